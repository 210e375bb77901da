"""工作台: what this post must do now, overdue first; counts that open their rows; and the whole list of 待办."""

from datetime import time, timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.duties import home_counts
from admin_views.login import open_to_strangers
from admin_views.meetings import home_figures
from admin_views.page import (
    Action,
    AlertsPage,
    Badge,
    Bar,
    BarChart,
    Count,
    Crumb,
    Due,
    HomePage,
    Link,
    Notice,
    SideCard,
    SideLine,
    Tab,
    TodoGroup,
    TodoItem,
)
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import Ticket, clock
from rules import alerts
from rules.alerts import Tally, Todo
from rules.backups import overdue_words
from rules.calendar import known_years
from rules.copies import copies_out
from rules.duties import due_for_review
from rules.nouns import models_by_noun
from rules.org_units import posts_held
from rules.permissions import allows
from rules.person import Person
from rules.scope import readable

ORDER = 50
GROUPS = ("已超时", "快到时", "要办", "关注")
ON_HOME = 14
DAYS = 14
home_blueprint = Blueprint("home", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(home_blueprint)
    open_to_strangers("home.favicon")


def _greeting() -> str:
    hour = clock.local(clock.now()).hour
    return "早上好" if hour < 11 else "中午好" if hour < 13 else "下午好" if hour < 18 else "晚上好"


class HomeView(AdminIndexView):
    """Flask-Admin's index, drawn as our 工作台."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The desk of today for this person's posts."""
        return home()


def home() -> ResponseReturnValue:
    """What this person must do now, and the counts that open their rows."""
    person, session = acting(), reading()
    lines = alerts.todo(session, person, org_id=person.project_id)
    late = sum(it.tone == "late" for it in lines)
    today = clock.local(clock.now())
    figure_counts, figure_charts = home_figures(session, person)
    page = HomePage(
        title=f"{_greeting()}，{person.name}",
        note=f"{today:%Y 年 %m 月 %d 日} · " + posts_held(session, person),
        token=new_token(),
        actions=_actions(person),
        notices=_notices(person),
        counts=(
            *map(_count, alerts.tallies(session, person, org_id=person.project_id)),
            *home_counts(session, person),
            *figure_counts,
        ),
        todo=_groups(lines, ON_HOME),
        todo_note=f"{len(lines)} 件，{late} 件已超时" if lines else "",
        todo_link=Link(f"全部 {len(lines)} 件", url_for("home.alerts_page")) if len(lines) > ON_HOME else None,
        charts=(*_charts(session, person), *figure_charts),
        side=_side(session, person),
    )
    return draw("home.html", page)


def _actions(person: Person) -> tuple[Action, ...]:
    found = []
    if allows(person, "paper_copy.bring_back"):
        found.append(Action("收联", url_for("scan.scan"), icon="inbox"))
    if allows(person, "call_record.write"):
        found.append(Action("记来电", "/call_record/new", icon="phone"))
    if allows(person, "ticket.write"):
        found.append(Action("登记报事", "/ticket/new", icon="plus", look="primary"))
    return tuple(found)


def _notices(person: Person) -> tuple[Notice, ...]:
    said = []
    if not person.holdings:
        said.append(Notice("您今天没有任职，看不到任何登记；请与主管核对任职日期。", "late"))
    if person.holds("system_admin") and (words := overdue_words(reading())):
        said.append(Notice(words, "late"))
    year = clock.today().year
    if year not in known_years() and allows(person, "work_day.write"):
        said.append(
            Notice(
                f"节假日安排只内置到 {known_years()[-1]} 年，{year} 年的请在工作日历里录入。", "wait",
                (Link("工作日历", "/work_day/"),),
            )
        )  # fmt: skip
    return tuple(said)


def _count(it: Tally) -> Count:
    query = "&".join(f"state={s}" for s in it.states)
    return Count(it.number, it.label, f"/{it.noun}/?{query}", "有超时的" if it.overdue else "", it.tone)


def _groups(lines: list[Todo], most: int) -> tuple[TodoGroup, ...]:
    shown = lines[:most]
    groups = ((title, [it for it in shown if it.group == title]) for title in GROUPS)
    return tuple(TodoGroup(title, tuple(map(_item, own))) for title, own in groups if own)


def _item(it: Todo) -> TodoItem:
    url = f"/{it.noun}/{it.row_id}"
    due = Due(
        it.word,
        it.tone,
        iso=clock.local(it.due_at).isoformat(timespec="seconds") if it.due_at else "",
        warn_minutes=it.warn_minutes,
        article=it.article,
    )
    return TodoItem(due, it.what, it.limit, it.place, it.text, it.number, url, it.who, _next(it))


def _next(it: Todo) -> Action | None:
    """The move that ends it, one press away; copies come back over the counter."""
    if it.noun == "paper_copy":
        return Action("收联", url_for("scan.scan"))
    if it.noun == "follow_up":  # how it went is said on its page, not here
        return Action("回访", f"/follow_up/{it.row_id}")
    model: Any = models_by_noun().get(it.noun)
    step = model.lifecycle.moves.get(it.verb) if model is not None and hasattr(model, "lifecycle") else None
    return Action(step.label, f"/{it.noun}/{it.row_id}/{it.verb}") if step is not None and not step.system else None


def _charts(session: Session, person: Person) -> tuple[BarChart, ...]:
    """Tickets of the last two weeks by day, with the share not yet done: shown, never a state of its own."""
    if not allows(person, "ticket.read"):
        return ()
    first = clock.today() - timedelta(days=DAYS - 1)
    since = clock.at_wall(first, time(0))
    rows = session.execute(
        select(Ticket.received_at, Ticket.done_at, Ticket.state).where(
            Ticket.received_at >= since, Ticket.state != "void", readable(person, Ticket)
        )
    )
    days: dict[Any, list[bool]] = {first + timedelta(days=n): [] for n in range(DAYS)}
    for received, done, state in rows:
        days.setdefault(clock.local(received).date(), []).append(done is None and state not in ("closed", "solved"))
    total, left = sum(map(len, days.values())), sum(map(sum, days.values()))
    bars = tuple(Bar(f"{day:%m-%d}", len(own), sum(own), now=day == clock.today()) for day, own in sorted(days.items()))
    sentence = f"近两周受理报事 {total} 件，其中 {left} 件还没办完"
    return (BarChart("近两周报事", sentence, bars, "红色是没办完的", every=2),)


def _side(session: Session, person: Person) -> tuple[SideCard, ...]:
    cards = []
    if allows(person, "paper_copy.read"):
        out = copies_out(session, person, org_id=person.project_id)
        lines = tuple(
            SideLine(
                it.copy.number,
                f"{it.copy.copy_label} 在 {it.holder or '不明'} 处",
                f"/work_order/{it.order.id}",
                True,
                Badge(_days(it.out_for), "late" if it.copy.state == "missing" else "wait"),
            )
            for it in out[:6]
        )
        cards.append(
            SideCard("没收回的联", lines, f"{len(out)} 张" if out else "", Link("全部", "/paper_copy/"), "都收回了")
        )
    if review := due_for_review(session, person) if allows(person, "knowledge_entry.review") else []:
        entries = tuple(
            SideLine(it.title, f"应于 {it.review_on} 前复审", f"/knowledge_entry/{it.id}") for it in review[:6]
        )
        all_of_it = Link("全部", f"/knowledge_entry/?state=current&review_on_to={clock.today()}")
        cards.append(SideCard("知识待复审", entries, f"{len(review)} 条", all_of_it))
    return tuple(cards)


def _days(span: timedelta) -> str:
    if span.days:
        return f"{span.days} 天"
    return f"{int(span.total_seconds() // 3600)} 时"


@home_blueprint.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """What a browser asks for beside a PDF."""
    return current_app.send_static_file("mark.svg")


# ---- 待办 ------------------------------------------------------------------------------------------------------


@home_blueprint.get("/alerts")
def alerts_page() -> ResponseReturnValue:
    """Everything that waits for this person, and what they were told."""
    person, session = acting(), reading()
    lines = alerts.todo(session, person, org_id=person.project_id)
    wanted = request.args.get("group", "")
    told = alerts.delivered(session, person)
    counts = {g: sum(it.group == g for it in lines) for g in GROUPS}
    here = url_for("home.alerts_page")
    tabs = (
        Tab("全部", here, len(lines), current=not wanted),
        *(
            Tab(g, f"{here}?group={g}", counts[g], "late" if g == GROUPS[0] and counts[g] else "", wanted == g)
            for g in GROUPS
        ),
    )
    page = AlertsPage(
        groups=_groups([it for it in lines if wanted in ("", it.group)], len(lines)),
        tabs=tabs,
        delivered=tuple(
            SideLine(a.title, f"{clock.shown(a.at)} {a.body}", f"/{a.noun}/{a.row_id}" if a.noun and a.row_id else "")
            for a in told
        ),
        acknowledge=Action("全部知道了", url_for("home.acknowledge"), "post", icon="check") if told else None,
        token=new_token(),
        note="超时的在前。提醒只发一次，事情没办完就一直在这里。",
        crumbs=(Crumb("工作台", "/"), Crumb("待办")),
    )
    return draw("alerts.html", page)


@home_blueprint.post("/alerts/acknowledge")
def acknowledge() -> ResponseReturnValue:
    """知道了."""
    person = acting()
    count = write(lambda session: alerts.acknowledge(session, person))
    flash(f"已确认 {count} 条提醒", "done")
    return redirect(url_for("home.alerts_page"), 303)
