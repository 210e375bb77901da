"""What stands round every page: menu by permission, project switcher, alerts; and the one way to draw a page."""

from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, g, make_response, render_template, request
from flask_admin.menu import MenuView

from admin_views.page import Choice, Link, MenuGroup, MenuItem, Notice, Shell
from admin_views.request import person, reading
from models import OrgUnit, clock
from rules.alerts import bell
from rules.login import projects_of
from rules.org_units import posts_held
from rules.permissions import allows
from rules.person import Person

HOME = "工作台"

#: Groups of the side menu in order, each with its icon; registers name theirs by `menu`.
GROUPS: dict[str, str] = {
    "前台": "desk",
    "钥匙": "key",
    "住户": "people",
    "库存": "box",
    "品质": "shield",
    "事务": "paper",
    "设置": "gear",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the menu that is not a register."""

    group: str
    label: str
    url: str
    permission: str = ""


#: Pages beside the registers; a place whose route does not exist is not shown.
PLACES: tuple[Place, ...] = (
    Place("前台", "待命板", "/standby", "work_order.read"),
    Place("前台", "收联", "/scan", "paper_copy.bring_back"),
    Place("前台", "表单中心", "/forms"),
    Place("钥匙", "钥匙柜图", "/keys", "key_item.read"),
    Place("住户", "导入", "/imports", "import_run.write"),
    Place("库存", "收发存汇总表", "/stock-summary", "stock_entry.read"),
    Place("品质", "抽查工作表", "/checks", "ticket_check.read"),
    Place("品质", "指标", "/figures", "figure.read"),
    Place("品质", "显示记录", "/reveals", "trail_entry.read"),
    Place("事务", "超期未解决", "/held", "figure.read"),
    Place("事务", "录入不完整", "/incomplete"),
    Place("事务", "制度手册", "/handbook"),
    Place("设置", "制度参数", "/policies", "policy_value.read"),
    Place("设置", "操作日志", "/trail", "trail_entry.read"),
)


def draw(template: str, page: Any, status: int = 200) -> Response:
    """A page inside the shell, as an answer."""
    return make_response(render_template(template, page=page, shell=shell()), status)


def shell() -> Shell | None:
    """The shell of the person acting; None for strangers, whose few pages stand alone."""
    who = person()
    if who is None:
        return None
    session = reading()
    projects = projects_of(session, who)
    chosen = next((p for p in projects if p.id == who.project_id), None)
    now = clock.now()
    return Shell(
        menu=menu(who),
        person_name=who.name,
        person_note=posts_held(session, who),
        project=chosen.name if chosen else ("全部项目" if len(projects) > 1 else ""),
        projects=_projects(projects),
        project_url="/project",
        alerts=bell(session, who),
        person_links=(Link("我的登录", "/log-ins"), Link("签字 PIN", "/pin")),
        notice=g.get("shell_notice"),
        now_iso=clock.local(now).isoformat(timespec="seconds"),
    )


def warn(text: str, tone: str = "wait") -> None:
    """A sentence over whatever page this request draws."""
    g.shell_notice = Notice(text, tone)  # type: ignore[arg-type]


def _projects(projects: list[OrgUnit]) -> tuple[Choice, ...]:
    every = (Choice("", "全部项目"),) if len(projects) > 1 else ()
    return (*every, *(Choice(str(p.id), p.name) for p in projects))


def menu(who: Person) -> tuple[MenuGroup, ...]:
    """The groups with what this person may open; a group with nothing in it is left out."""
    at_home = request.path == "/"
    groups = [MenuGroup(HOME, "home", url="/", current=at_home)]
    for label, symbol in GROUPS.items():
        items = (*_registers(label), *_places(label, who))
        if items:  # at home the first group stands open: its figures are what the day begins with
            groups.append(MenuGroup(label, symbol, items, open=at_home and len(groups) == 1))
    return tuple(groups)


def _registers(group: str) -> list[MenuItem]:
    """The registers' entries in Flask-Admin's menu, in the order the views say."""
    (admin,) = current_app.extensions["admin"]
    category = admin.get_category_menu_item(group)
    if category is None:
        return []
    views = [item for item in category.get_children() if isinstance(item, MenuView)]
    views.sort(key=lambda item: getattr(item._view, "place", 50))
    return [
        MenuItem(item.name, url, getattr(item._view, "menu_count", _none)(), current=_is_here(url))
        for item in views
        if (url := item.get_url())
    ]


def _none() -> None:
    """No figure beside the entry."""


def _places(group: str, who: Person) -> list[MenuItem]:
    known = _known_urls()
    return [
        MenuItem(p.label, p.url, current=_is_here(p.url))
        for p in PLACES
        if p.group == group and p.url in known and (not p.permission or allows(who, p.permission))
    ]


def _known_urls() -> frozenset[str]:
    """The addresses without arguments that this application answers."""
    known = current_app.extensions.get("known_urls")
    if known is None:
        rules = current_app.url_map.iter_rules()
        known = frozenset(r.rule.rstrip("/") for r in rules if not r.arguments and "GET" in (r.methods or ()))
        current_app.extensions["known_urls"] = known
    found: frozenset[str] = known
    return found


def _is_here(url: str) -> bool:
    return request.path == url or request.path.startswith(url.rstrip("/") + "/")
