"""临时任务, 上报, 改进需求, 知识条目 on screen; what is held too long and by whom; what is entered incompletely."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session

import forms.duties  # noqa: F401  (what the moves ask for)
from admin_views.documents import DocumentView
from admin_views.filters import day_of, whole
from admin_views.list_pages import Preset
from admin_views.page import (
    Action,
    Badge,
    Cell,
    Column,
    Count,
    Crumb,
    Due,
    LinesTable,
    LinkCell,
    QueryField,
    Row,
    Tab,
    Text,
)
from admin_views.page.tables import TablesPage
from admin_views.registers import listed
from admin_views.request import acting, reading
from admin_views.shell import draw
from forms.fields import LARGEST_WHOLE
from models import ChangeRequest, DutyTask, KnowledgeEntry, UpwardReport, clock
from rules.completeness import Gap, by_person, incomplete, unfinished, unfinished_count
from rules.duties import Held, held_beyond_limit, held_count, review_count
from rules.errors import RuleError
from rules.permissions import allows
from rules.person import Person

ORDER = 62
GROUP = "事务"
MOST_RANK = 2  # whose posts oversee nobody have no 超期未解决
duties_blueprint = Blueprint("duties", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the two lists; the registers add themselves."""
    del admin
    app.register_blueprint(duties_blueprint)


class DutyTaskView(DocumentView):
    """What leaders asked of somebody outside every plan."""

    record = DutyTask
    menu_group = GROUP
    place = 31
    columns = ("number", "title", "assignee_id", "due_at", "made_by_id", "state", "-done_at", "-content", "created_at")
    filters = ("state", "assignee_id", "made_by_id", "due_at", "-done_at")
    search = "number title content"
    presets = (Preset("我的任务", "state=assigned&assignee_id=me", "wait"), Preset("我交办的", "made_by_id=me"))
    menu_query = "state=assigned&assignee_id=me"
    new_label = "交办任务"
    sections = (("任务", "title assignee_id due_at content"),)
    facts = (("任务", "title assignee_id due_at made_by_id content"), ("完成", "done_at result confirmed_at"))

    def headline(self, row: Any) -> str:
        """The task."""
        return str(row.title)


class UpwardReportView(DocumentView):
    """What was reported upwards: to whom, when, by which means."""

    record = UpwardReport
    menu_group = GROUP
    place = 32
    columns = ("number", "at", "to_id", "means", "content", "about", "made_by_id", "state", "-reply", "-replied_at")
    filters = ("state", "to_id", "means", "at", "made_by_id")
    search = "number content about reply"
    presets = (Preset("待我批示", "state=reported&to_id=me", "wait"), Preset("我报的", "made_by_id=me"))
    menu_query = "state=reported&to_id=me"
    new_label = "登记上报"
    note = "自己解决不了的及时上报，不得隐瞒；登记后不能改，情况有变另行上报。"
    sections = (("上报", "to_id at means about content"),)
    fixed = "to_id at means about content"
    free = "at"
    facts = (("上报", "to_id at means about content made_by_id"), ("批示", "reply replied_at"))

    def fresh(self) -> dict[str, Any]:
        """Now; about the paper whose page led here."""
        return {**super().fresh(), "at": clock.now()}

    def headline(self, row: Any) -> str:
        """What was reported to whom."""
        return f"向 {row.to.name} 报告：{row.content.splitlines()[0][:40]}"


class ChangeRequestView(DocumentView):
    """What the office wants changed in this system, and why."""

    record = ChangeRequest
    menu_group = GROUP
    place = 34
    columns = (
        "number",
        "title",
        "where",
        "made_by_id",
        "created_at",
        "wanted_on",
        "state",
        "-why",
        "-outcome",
        "-closed_at",
    )
    filters = ("state", "made_by_id", "created_at", "-wanted_on")
    search = "number title need why where"
    presets = (Preset("未完成", "state=registered&state=accepted", "open"),)
    new_label = "登记需求"
    sections = (("需求", "title where wanted_on need why"),)
    facts = (("需求", "title where wanted_on need why made_by_id"), ("处理", "outcome closed_at"))

    def headline(self, row: Any) -> str:
        """The wish."""
        return str(row.title)


class KnowledgeEntryView(DocumentView):
    """What everybody at the desk should know; each entry is looked at again by its day."""

    record = KnowledgeEntry
    menu_group = GROUP
    place = 33
    columns = (
        "number",
        "title",
        "topic",
        "author_id",
        "review_on",
        "reviewed_at",
        "state",
        "-source",
        "-reviewed_by_id",
    )
    filters = ("state", "topic", "author_id", "review_on")
    search = "number title topic body source"
    new_label = "写知识条目"
    sections = (("条目", "title topic author_id review_on source body"),)
    free = "author_id"
    facts = (("条目", "title topic author_id source body"), ("复审", "review_on reviewed_at reviewed_by_id"))

    @staticmethod
    def due_query() -> str:
        """What is due for review today."""
        return f"state=current&review_on_to={clock.today()}"

    def list_actions(self) -> tuple[Action, ...]:
        """What is due for review stands beside the new entry."""
        waiting = review_count(reading(), acting())
        due = (
            (Action(f"待复审 {waiting} 条", f"/knowledge_entry/?{self.due_query()}", icon="clock"),) if waiting else ()
        )
        return (*due, *super().list_actions())

    def fresh(self) -> dict[str, Any]:
        """The person acting writes it; half a year on it is looked at again."""
        return {**super().fresh(), "author_id": acting().staff_id, "review_on": clock.today() + timedelta(days=183)}

    def headline(self, row: Any) -> str:
        """The title."""
        return str(row.title)


# ---- 超期未解决 --------------------------------------------------------------------------------------------------


@duties_blueprint.get("/held")
def held() -> ResponseReturnValue:
    """What is past its limit in the hands of those below this person (SYS-05)."""
    person, session = acting(), reading()
    found = held_beyond_limit(session, person)
    columns = (
        Column("late", "超时", "l"),
        Column("number", "单号", "xl"),
        Column("what", "事项"),
        Column("holder", "在谁手里", "xl"),
        Column("limit", "超了哪个时限", "xxl"),
        Column("reported", "上报情况", "xxl"),
    )
    page = TablesPage(
        title="超期未解决",
        url=url_for(".held"),
        tables=(LinesTable("下级手里超过期限的", columns, tuple(map(_held_row, found)), empty="没有超过期限的事"),),
        note=f"{len(found)} 件；自己解决不了的要及时上报，不得隐瞒（002-6b§7）",
        crumbs=(Crumb(GROUP), Crumb("超期未解决")),
    )
    return draw("tables.html", page)


def _held_row(it: Held) -> Row:
    url = f"/{it.noun}/{it.row_id}"
    cells: tuple[Cell, ...] = (
        Due(it.late, "late"),
        LinkCell(it.number, url, number=True),
        Text(f"{it.place} {it.text}".strip(), it.register),
        Text(it.holder, it.post, strong=True),
        Text(it.limit),
        Text(it.reported) if it.reported else Badge("没有上报", "late"),
    )
    return Row(f"{it.noun}-{it.row_id}", url, it.number, cells)


# ---- 未录完整 ----------------------------------------------------------------------------------------------------


@duties_blueprint.get("/incomplete")
def incomplete_page() -> ResponseReturnValue:
    """The day's incomplete entries, person by person; everybody sees their own, supervisors everybody's (BASE-09)."""
    person, session = acting(), reading()
    if request.args.get("open"):
        return _still_open(unfinished(session, person))
    day, all_ = _day(), allows(person, "incomplete.oversee")
    of = whole(request.args.get("staff", ""), 0, LARGEST_WHOLE, None) if all_ else None
    mine = incomplete(session, person, day, of)
    open_ = unfinished(session, person, of)
    tables = [_gap_table(f"{day} 录入的", mine, "当天录入的都完整")]
    if of is None:
        tables.append(_gap_table("我还没有补全的", [g for g in open_ if g not in mine], "没有要补的"))
    if all_:
        tables.insert(0, _people(session, person, day, of))
    page = TablesPage(
        title="录入不完整",
        url=url_for(".incomplete_page"),
        tables=tuple(tables),
        note="资料要录全、软件要真用（003-4§2）",
        crumbs=(Crumb(GROUP), Crumb("录入不完整")),
        tabs=_tabs(day),
        query=(QueryField("day", "日期", value=str(day), placeholder="2026-11-21", always=True),),
    )
    return draw("tables.html", page)


def _still_open(gaps: list[Gap]) -> ResponseReturnValue:
    """What the 工作台 counts: one's own entries of any day that can still be completed."""
    page = TablesPage(
        title="录入不完整",
        url=url_for(".incomplete_page"),
        tables=(_gap_table("我还没有补全的", gaps, "没有要补的"),),
        note="哪天录的都算，补全了就不再出现",
        crumbs=(Crumb(GROUP), Crumb("录入不完整", url_for(".incomplete_page")), Crumb("我还没有补全的")),
        tabs=_tabs(None),
    )
    return draw("tables.html", page)


def _tabs(day: date | None) -> tuple[Tab, ...]:
    here = url_for(".incomplete_page")
    days = (Tab(word, url_for(".incomplete_page", day=d), current=d == day) for word, d in _days())
    return (*days, Tab("我还没有补全的", f"{here}?open=1", current=day is None))


def _days() -> list[tuple[str, date]]:
    today = clock.today()
    return [("今天", today), ("昨天", today - timedelta(days=1)), ("前天", today - timedelta(days=2))]


def _day() -> date:
    said = request.args.get("day", "").strip()
    day = day_of(said) if said else clock.today()
    if day is None:
        raise RuleError("日期请写成 2026-11-21", field="day")
    return day


def _people(session: Session, person: Person, day: date, of: int | None) -> LinesTable:
    columns = (Column("who", "录入人"), Column("number", "不完整", "m", number=True))
    rows = tuple(
        Row(
            str(staff.id),
            "",
            staff.name,
            (
                LinkCell(staff.name, url_for(".incomplete_page", day=day, staff=staff.id), strong=staff.id == of),
                Text(f"{number} 条"),
            ),
        )
        for staff, number in by_person(session, person, day)
    )
    return LinesTable(f"{day} 按人", columns, rows, empty="没有不完整的录入")


def _gap_table(title: str, gaps: list[Gap], empty: str) -> LinesTable:
    columns = (
        Column("register", "登记", "l"),
        Column("name", "记录", "xl"),
        Column("missing", "缺什么"),
        Column("at", "录入时间", "xl"),
    )
    rows = tuple(
        Row(
            f"{it.noun}-{it.row_id}",
            f"/{it.noun}/{it.row_id}",
            it.name,
            (
                Text(it.register),
                LinkCell(it.name, f"/{it.noun}/{it.row_id}"),
                Text("、".join(it.missing), "" if it.fixable else "已归档，不能再补", tone="late"),
                Text(clock.shown(it.at)),
            ),
        )
        for it in gaps
    )
    return LinesTable(title, columns, rows, note=f"{len(gaps)} 条" if gaps else "", empty=empty)


def home_counts(session: Session, person: Person) -> tuple[Count, ...]:
    """For the 工作台: what hangs over this person that is no paper of the day; nothing where there is nothing."""
    gaps = unfinished_count(session, person)
    late = held_count(session, person) if person.rank > MOST_RANK else 0
    counts = [
        Count(late, "下级经手已超期", "/held", "本人的不计", "late"),
        Count(gaps, "录入不完整", "/incomplete?open=1", "我录的", "wait"),
    ]
    if allows(person, "duty_task.read"):
        counts.insert(1, listed("duty_task", "state=assigned&assignee_id=me", "交办给我的", tone="wait"))
    if allows(person, "knowledge_entry.review"):
        counts.append(listed("knowledge_entry", KnowledgeEntryView.due_query(), "知识待复审"))
    return tuple(it for it in counts if it.number)
