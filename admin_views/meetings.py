"""通报会 on screen: the register with figures and measures, the figures of any period, the way from a duty there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session

import forms.duties  # noqa: F401  (what the moves ask for)
from admin_views.columns import Col, Line, Look
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.page import (
    NOTHING,
    Action,
    Badge,
    Bar,
    BarChart,
    Cell,
    Choice,
    Column,
    Count,
    Crumb,
    LinesTable,
    LinkCell,
    QueryField,
    Row,
    Tab,
    Text,
)
from admin_views.page.tables import TablesPage
from admin_views.registers import RegisterView
from admin_views.request import acting, reading
from admin_views.shell import draw
from forms.actions import Ask
from forms.build import Lines
from models import Meeting, MeetingAction, Obligation, OrgUnit, clock
from models.people import ORG_KINDS
from rules.advance import edit, start
from rules.figures import Dashboard, Figure, dashboard_figures, figures, period_words, span_of
from rules.meetings import KINDS, finish_action, late_words, set_actions, shown_figures
from rules.obligations import DUTY_OF
from rules.permissions import allows, require
from rules.person import Person
from rules.scope import readable
from rules.work_orders import Completion, completion

ORDER = 61
LARGEST_ID = 2**63
SAMPLES = {"TKT-11": "area", "TKT-12": "quality"}
#: Duties about keys: where they are done.
KEY_DUTIES = {"T-32": "/keys", "KEY-26": "/keys", "KEY-59": "/key_report/new?period={period}"}
MEETING_OF = {known.duty: kind for kind, known in KINDS.items()}
meetings_blueprint = Blueprint("meetings", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the figures' page and the way from a duty to where it is done; the registers add themselves."""
    del admin
    app.register_blueprint(meetings_blueprint)


def figures_table(found: Sequence[Figure], title: str = "指标", note: str = "") -> LinesTable:
    """n of N beside every percentage (A-24)."""
    columns = (
        Column("label", "指标", "xxl"),
        Column("count", "达到 / 应计", "l", number=True),
        Column("percent", "比率", "m", number=True),
        Column("target", "要求", "m", number=True),
        Column("met", "", "m"),
        Column("article", "出处"),
    )
    rows = tuple(Row(it.key, "", it.label, _figure(it)) for it in found)
    return LinesTable(title, columns, rows, note=note)


def _figure(it: Figure) -> tuple[Cell, ...]:
    word = {None: NOTHING, True: Badge("达标", "done"), False: Badge("未达标", "late")}[it.met]
    return (
        Text(it.label),
        Text(f"{it.number} / {it.of}"),
        Text(f"{it.percent:g}%") if it.percent is not None else NOTHING,
        Text(f"≥ {it.target}%") if it.target is not None else NOTHING,
        word,
        Text(it.article, tone=""),
    )


class MeetingView(DocumentView):
    """The meetings, newest first."""

    record = Meeting
    menu_group = "品质"
    place = 22
    columns = (
        "number",
        "period",
        "kind",
        "org_id",
        "held_at",
        "chair_id",
        "state",
        "-attendees",
        "-place",
        "created_at",
    )
    filters = ("state", "kind", "period", "org_id", "held_at", "-chair_id", "-made_by_id")
    search = "number period minutes attendees"
    presets = (
        Preset("待召开", "state=planned", "wait"),
        Preset("月度", "kind=month"),
        Preset("季度", "kind=quarter"),
        Preset("年度", "kind=year"),
    )
    menu_query = "state=planned"
    new_label = "登记通报会"
    sections = (
        ("通报会", "org_id kind period"),
        ("召开", "held_at place chair_id attendees minutes"),
    )
    free = "held_at place chair_id attendees minutes"
    fixed = "org_id kind period"
    facts = (("通报会", "org_id kind period held_at place chair_id attendees minutes"),)
    lines = Lines("actions", MeetingAction, "measure owner_id due_on", "改进措施", "未达标的指标至少写一条")

    def fresh(self) -> dict[str, Any]:
        """The meeting of this person's level over the period just past."""
        person = acting()
        kind = next((k for k, known in reversed(KINDS.items()) if set(known.posts) & person.posts), "month")
        last = clock.today().replace(day=1) - timedelta(days=1)
        period = {"month": f"{last:%Y-%m}", "quarter": f"{last.year}Q{(last.month + 2) // 3}", "year": str(last.year)}[
            kind
        ]
        return {**super().fresh(), "kind": kind, "period": period, "org_id": _home(person, kind)}

    def make(self, session: Session, values: dict[str, Any], by: Person) -> Meeting:
        """The meeting with its measures."""
        measures = values.pop("actions", [])
        made = start(session, Meeting(**self._owned(values, by)), by)
        if measures:
            set_actions(session, made, by, measures)
        return made

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """The measures go with it."""
        measures = values.pop("actions", [])
        edit(session, row, by, **values)
        set_actions(session, row, by, measures)

    def headline(self, row: Meeting) -> str:
        """What was reported on."""
        return f"{row.org.name} {period_words(row.period)}报事处理情况通报会"

    def more_cards(self, row: Meeting, look: Looker) -> Sequence[LinesTable]:
        """The figures as they stood, and what was decided."""
        kept = "召开时的指标，不再变动" if row.figures is not None else "到现在为止的指标，归档时定格"
        return (figures_table(shown_figures(look.session, row), "通报指标", kept), _measures(row, look))


def _home(person: Person, kind: str) -> int | None:
    held = [h.org_id for h in person.holdings if h.post in KINDS[kind].posts]
    return person.project_id if kind == "month" else (held[0] if held else None)


def _measures(meeting: Meeting, look: Looker) -> LinesTable:
    columns = (
        Column("measure", "措施"),
        Column("owner", "责任人", "l"),
        Column("due", "完成期限", "l"),
        Column("state", "", "l"),
        Column("result", "完成情况", "xxl"),
    )
    rows = []
    for it in meeting.actions:
        may = it.done_at is None and allows(look.person, "meeting_action.finish", it)
        acts = (Action("报告完成", f"{page_of(it)}/finish"),) if may else ()
        cells = (
            Text(it.measure),
            Text(it.owner.name),
            Text(f"{it.due_on}"),
            _how(it),
            Text(it.result) if it.result else NOTHING,
        )
        rows.append(Row(str(it.id), page_of(it), it.measure, cells, acts))
    return LinesTable("改进措施", columns, tuple(rows), empty="没有改进措施")


def _how(it: Any) -> Badge:
    if it.done_at:
        return Badge("已完成", "done")
    late = late_words(it)
    return Badge(late, "late") if late else Badge("进行中", "open")


def _finish(session: Session, action: MeetingAction, by: Person, details: Details) -> None:
    finish_action(session, action, by, details["result"] or "")


def _due_cell(_look: Look, line: Line) -> Cell:
    return _how(line)


class MeetingActionView(RegisterView):
    """What meetings decided, by whom and until when."""

    record = MeetingAction
    menu_group = "品质"
    place = 23
    columns = (
        "measure",
        "owner_id",
        "due_on",
        Col(
            key="how",
            label="进度",
            width="l",
            place="right",
            needs=("done_at", "due_on"),
            cell=_due_cell,
            sort="done_at",
        ),
        "meeting_id",
        "done_at",
        "-result",
    )
    filters = ("owner_id", "due_on", "done_at", "-meeting_id")
    search = "measure result"
    default_sort = "-due_on"
    presets = (Preset("我负责的", "owner_id=me"),)
    facts = (("改进措施", "measure owner_id due_on meeting_id"), ("完成情况", "done_at result"))
    deeds = (
        Deed(
            "finish",
            "报告完成",
            _finish,
            Ask(MeetingAction, "result", must="result"),
            when=lambda action: action.done_at is None,
            rule="TKT-19",
            primary=True,
            said=lambda _action: "已报告完成",
        ),
    )


# ---- figures ---------------------------------------------------------------------------------------------------


@meetings_blueprint.get("/figures")
def figures_page() -> ResponseReturnValue:
    """The key figures of a unit over a month, a quarter or a year."""
    person, session = acting(), reading()
    require(person, "figure.read", doing="查看指标")
    units = _units(session, person)
    wanted = request.args.get("org", type=int) or person.project_id
    org = next((o for o in units if o.id == wanted), units[0] if units else None) or abort(404)
    period = request.args.get("period", "").strip() or f"{clock.today():%Y-%m}"
    start_at, end_at = span_of(period)
    shares = [_of_project(session, o, period) for o in units if o.kind == "project" and o.path.startswith(org.path)]
    page = TablesPage(
        title=f"{org.name} {period_words(period)}指标",
        url=url_for(".figures_page"),
        tables=(
            figures_table(figures(session, org.id, period), note="按受理时间统计；没到时限的不计"),
            _slips_table(completion(session, org.id, start_at, end_at)),
            *((_projects_table(shares, period),) if org.kind != "project" and shares else ()),
        ),
        note="还没有结束，随时在变" if end_at > clock.now() else f"{clock.shown(start_at)[:10]} 起",
        crumbs=(Crumb("品质"), Crumb("指标")),
        tabs=tuple(
            Tab(words, url_for(".figures_page", org=org.id, period=p), current=p == period) for p, words in _recent()
        ),
        query=(
            QueryField(
                "org",
                "单位",
                "select",
                str(org.id),
                choices=tuple(Choice(str(o.id), f"{o.name}（{ORG_KINDS[o.kind]}）") for o in units),
                always=True,
            ),
            QueryField("period", "期间", value=period, placeholder="2026-10、2026Q3 或 2026", always=True),
        ),
    )
    return draw("tables.html", page)


def _slips_table(counted: Completion) -> LinesTable:
    """WO-18: what nobody signed is not done, whatever was repaired."""
    said = {"签发": counted.issued, "已签认": counted.done, "未完成": counted.not_done, "曾被拒签": counted.refused}
    columns = tuple(Column(word, word, "m", number=True) for word in said)
    row = Row("slips", "", "工作任务单", tuple(Text(str(n)) for n in said.values()))
    return LinesTable("工作任务单", columns, (row,), note="按签发时间统计；没有签认的一律算未完成")


def _units(session: Session, person: Person) -> list[OrgUnit]:
    kinds = ("company", "region", "area", "project")
    rows = (
        select(OrgUnit).where(OrgUnit.kind.in_(kinds), OrgUnit.active, readable(person, OrgUnit)).order_by(OrgUnit.path)
    )
    return [o for o in session.scalars(rows) if o.id in person.units]


def _recent() -> list[tuple[str, str]]:
    """This month, the last, the last quarter and this year."""
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
    return [
        (f"{today:%Y-%m}", "本月"),
        (f"{last:%Y-%m}", "上月"),
        (f"{quarter.year}Q{(quarter.month + 2) // 3}", "上季度"),
        (str(today.year), "今年"),
    ]


def _of_project(session: Session, org: OrgUnit, period: str) -> tuple[OrgUnit, tuple[Figure, ...]]:
    return org, figures(session, org.id, period)


def _projects_table(shares: Sequence[tuple[OrgUnit, tuple[Figure, ...]]], period: str) -> LinesTable:
    columns = (Column("org", "项目"), *(Column(f.key, f.label, "xl", number=True) for f in shares[0][1]))
    rows = tuple(
        Row(
            str(org.id),
            "",
            org.name,
            (
                LinkCell(org.name, url_for(".figures_page", org=org.id, period=period)),
                *(Text(f.words if f.of else "—", tone="late" if f.met is False else "") for f in found),
            ),
        )
        for org, found in shares
    )
    return LinesTable("各项目", columns, rows)


def home_figures(session: Session, person: Person) -> tuple[tuple[Count, ...], tuple[BarChart, ...]]:
    """For the 工作台 (SYS-07): the month's rates as counts that open the figures, the last days as bars."""
    if not allows(person, "figure.read"):
        return (), ()
    board = dashboard_figures(session, person)
    shown = [f for f in board.figures if f.key in ("response", "solution") and f.of]
    counts = tuple(
        Count(
            f.number,
            f"/ {f.of} {f.label} {f.percent:g}%",
            "/figures",
            f"要求 {f.target}%" if f.target else "",
            "late" if f.met is False else "",
        )
        for f in shown
    )
    return counts, (_chart(board),)


def _chart(board: Dashboard) -> BarChart:
    bars = tuple(Bar(f"{d.day:%m-%d}", d.received, d.late, now=d.day == clock.today()) for d in board.days)
    known = {f.key: f for f in board.figures}
    sentence = f"{period_words(board.period)}响应及时 {known['response'].words}，问题解决 {known['solution'].words}"
    return BarChart("响应与解决", sentence, bars, "红色是没有及时响应的")


# ---- duties ----------------------------------------------------------------------------------------------------


@meetings_blueprint.get("/obligation/<int:row_id>")
def duty(row_id: int) -> ResponseReturnValue:
    """From an alert to the page where its duty is done."""
    person, session = acting(), reading()
    it = session.get(Obligation, row_id) if row_id < LARGEST_ID else None
    if it is None or it.org_id not in person.units or it.duty not in DUTY_OF:
        abort(404)
    if it.duty in SAMPLES:
        return redirect(url_for("checks.checks", org=it.org_id, period=it.period, level=SAMPLES[it.duty]))
    if it.duty in KEY_DUTIES:
        return redirect(KEY_DUTIES[it.duty].format(period=it.period))
    kind = MEETING_OF[it.duty]
    found = session.scalars(
        select(Meeting).where(
            Meeting.org_id == it.org_id, Meeting.kind == kind, Meeting.period == it.period, Meeting.state != "void"
        )
    ).first()
    if found is not None:
        return redirect(page_of(found))
    return redirect(url_for("meeting.new", org_id=it.org_id, kind=kind, period=it.period))
