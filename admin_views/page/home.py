"""What opens in front of a person: the desk of today, a household, a search."""

from dataclasses import dataclass

from admin_views.page.document import FactCard, LinesTable, TrailEntryView
from admin_views.page.parts import Action, Badge, Crumb, Due, Fact, Link, Notice, SideCard, Tab, Tag, Tone


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    label: str
    url: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class TodoItem:
    due: Due
    what: str  # 到场没有反馈
    limit: str  # 派单后 20 分
    place: str  # 5-1-0802
    text: str
    note: str = ""  # GD-YJ-202609-0412 · 13:40 派
    url: str = ""
    who: str = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class TodoGroup:
    title: str  # 已超时
    items: tuple[TodoItem, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int
    part: int = 0  # the red share of it
    now: bool = False


@dataclass(frozen=True, slots=True)
class BarChart:
    title: str
    sentence: str  # what it says, for who does not see it
    bars: tuple[Bar, ...]
    note: str = ""
    every: int = 1  # label each n-th bar


@dataclass(frozen=True, slots=True)
class Shift:
    label: str
    start: float  # hours of the day; after 24 = tomorrow
    end: float
    now: bool = False


@dataclass(frozen=True, slots=True)
class RosterStrip:
    title: str
    sentence: str
    shifts: tuple[Shift, ...]
    now: float
    now_word: str  # 现在 14:26
    note: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class HomePage:
    title: str  # 下午好，陆文婷
    note: str = ""
    token: str = ""
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    counts: tuple[Count, ...] = ()
    todo: tuple[TodoGroup, ...] = ()
    todo_title: str = "现在要办"
    todo_note: str = ""
    todo_link: Link | None = None
    todo_empty: str = "现在没有要办的事"
    charts: tuple[BarChart, ...] = ()
    roster: RosterStrip | None = None
    side: tuple[SideCard, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A framed block beside another: one deposited envelope, one key."""

    title: str
    icon: str
    badge: Badge | None
    facts: tuple[Fact, ...]
    tone: Tone = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    title: str  # 3-2-1203
    badges: tuple[Badge, ...] = ()
    tags: tuple[Tag, ...] = ()
    note: str = ""
    token: str = ""
    crumbs: tuple[Crumb, ...] = ()
    actions: tuple[Action, ...] = ()
    more: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    tables: tuple[LinesTable, ...] = ()  # 住在这里的人, 未办结
    papers_title: str = "存放的钥匙"
    papers: tuple[PaperCard, ...] = ()
    papers_link: Link | None = None
    facts: tuple[FactCard, ...] = ()
    history_tabs: tuple[Tab, ...] = ()
    history: tuple[TrailEntryView, ...] = ()
    history_url: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    label: str
    url: str
    icon: str = "paper"
    note: str = ""
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class FoundGroup:
    label: str
    hits: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    query: str
    groups: tuple[FoundGroup, ...]
    url: str
    note: str = ""
    title: str = "查找"
