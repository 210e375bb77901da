"""What stands round every page: menu, project, person, clock."""

from dataclasses import dataclass

from admin_views.page.parts import Choice, Link, Notice, Tone


@dataclass(frozen=True, slots=True)
class MenuItem:
    label: str
    url: str
    count: int | None = None
    tone: Tone = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A group of the side menu; with `url` and no items it is a plain link (工作台)."""

    label: str
    icon: str
    items: tuple[MenuItem, ...] = ()
    url: str = ""
    open: bool = False
    current: bool = False

    @property
    def here(self) -> bool:
        return self.current or any(item.current for item in self.items)


@dataclass(frozen=True, slots=True)
class Shell:
    menu: tuple[MenuGroup, ...]
    person_name: str
    person_note: str = ""  # 前台值班员 · 早班
    project: str = ""  # what is chosen now
    projects: tuple[Choice, ...] = ()
    project_url: str = ""  # POST org=
    home_url: str = "/"
    alerts: int = 0
    alerts_url: str = "/alerts"
    search_url: str = "/search"  # GET q= : search.html
    lookup_url: str = "/lookup"  # GET q= : JSON
    search_hint: str = "房号、电话尾号、姓名、拼音首字母、单号"
    password_url: str = "/password"
    logout_url: str = "/logout"  # POST
    person_links: tuple[Link, ...] = ()
    notice: Notice | None = None  # demo data, read-only mode …
    now_iso: str = ""  # the server's clock, so that due words run right on a wrong office clock
