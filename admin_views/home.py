"""工作台: what this post must do now, overdue first; counts that open their rows; and the whole list of 待办."""

from datetime import time, timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views import administration
from admin_views.alerts import groups_of
from admin_views.base import new_token
from admin_views.duties import home_counts
from admin_views.login import open_to_strangers
from admin_views.meetings import home_figures
from admin_views.page import (
    Action,
    Badge,
    Bar,
    BarChart,
    Count,
    HomePage,
    Link,
    Notice,
    SideCard,
    SideLine,
)
from admin_views.registers import listed
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import Ticket, clock
from rules import alerts
from rules.alerts import Tally
from rules.backups import overdue_words
from rules.calendar import known_years
from rules.copies import copies_out
from rules.duties import due_for_review
from rules.org_units import posts_held
from rules.permissions import allows
from rules.person import Person
from rules.scope import readable

ORDER = 50
ON_HOME = 14
OVERSEES = 3  # from this rank on a person answers for what others have in hand
WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
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
        note=f"{today:%Y 年 %-m 月 %-d 日} {WEEK[today.weekday()]} {today:%H:%M} · " + posts_held(session, person),
        token=new_token(),
        actions=_actions(person),
        notices=_notices(person),
        counts=(
            *map(_count, alerts.tallies(session, person, org_id=person.project_id)),
            *_overdue(person),
            *home_counts(session, person),
            *figure_counts,
            *administration.home_counts(session, person),
        ),
        todo=groups_of(lines, ON_HOME),
        todo_note=f"我要办、要盯的 {len(lines)} 件，其中 {late} 件已超时" if lines else "",
        todo_link=Link(f"全部 {len(lines)} 件", url_for("alerts.alerts_page")) if len(lines) > ON_HOME else None,
        charts=(*_charts(session, person), *figure_charts),
        side=(*administration.home_cards(session, person), *_side(session, person)),
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
    return Count(it.number, it.label, f"/{it.noun}/?waiting={it.key}", "有超时的" if it.overdue else "", it.tone)


def _overdue(person: Person) -> tuple[Count, ...]:
    """Everything past its limit in the registers a leader reads, whoever has it in hand."""
    if person.rank < OVERSEES:
        return ()
    made = (
        listed(noun, "due=late", f"超时的{word}", "不论谁办", "late")
        for noun, word in (("ticket", "报事"), ("work_order", "工单"))
        if allows(person, f"{noun}.read")
    )
    return tuple(it for it in made if it.number)


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
    if not total:
        return ()
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
