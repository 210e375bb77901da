"""报事抽查 on screen: the register of what was drawn, the month's worksheet, the grade of each ticket."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import done_before, mark_done, new_token, see_other, token_key
from admin_views.columns import Col, Line, Look
from admin_views.deeds import Deed, Details
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.page import (
    NOTHING,
    Action,
    Badge,
    Cell,
    Choice,
    Column,
    Count,
    Crumb,
    Fact,
    Field,
    FormPage,
    LinesTable,
    LinkCell,
    Notice,
    QueryField,
    Row,
    Section,
    Tab,
    Text,
)
from admin_views.page.tables import TablesPage
from admin_views.registers import RegisterView
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from forms.actions import Ask
from models import CallRecord, OrgUnit, TicketCheck, clock
from models.checks import CHECK_LEVELS, GRADES
from rules.checks import (
    LEVELS,
    Worksheet,
    proposal,
    record_check,
    record_unregistered,
    shortfalls,
    unregistered,
    worksheet,
)
from rules.checks import (
    draw as draw_sample,
)
from rules.errors import RuleError
from rules.figures import span_of
from rules.permissions import allows, require
from rules.person import Person
from rules.scope import readable

ORDER = 60
TONES = {"good": "done", "minor": "wait", "serious": "late"}
checks_blueprint = Blueprint("checks", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the worksheet's routes; the register adds itself."""
    del admin
    app.register_blueprint(checks_blueprint)


def grade_cell(_look: Look, line: Line) -> Cell:
    """The grade, or that it is still to come."""
    return Badge(GRADES[line.grade], TONES[line.grade]) if line.grade else Badge("待检查", "open")  # type: ignore[arg-type]


def _grade(session: Session, check: TicketCheck, by: Person, details: Details) -> None:
    record_check(session, check, by, details["grade"] or "", details["finding"] or "")


class TicketCheckView(RegisterView):
    """What was drawn and how it was graded, newest first."""

    record = TicketCheck
    menu_group = "品质"
    place = 21
    columns = (
        "period",
        "org_id",
        "level",
        "ticket_id",
        "matter",
        Col(key="grade_word", label="结论", width="m", place="right", needs=("grade",), cell=grade_cell, sort="grade"),
        "checked_by_id",
        "checked_at",
        "-finding",
        "-seed",
        "-pool",
        "-drawn_at",
    )
    always = "grade checked_at"
    filters = ("period", "level", "grade", "org_id", "checked_by_id", "-checked_at", "-ticket_id")
    search = "ticket.number finding matter"
    presets = (
        Preset("片区", "level=area"),
        Preset("品质管理中心", "level=quality"),
        Preset("不合格", "grade=minor&grade=serious", "late"),
    )
    facts = (
        ("抽取", "org_id period level ticket_id matter seed pool drawn_at drawn_by_id"),
        ("结论", "grade finding checked_at checked_by_id"),
    )
    deeds = (
        Deed(
            "check",
            "填写结论",
            _grade,
            Ask(TicketCheck, "grade finding", must="grade"),
            may="write",
            when=lambda check: check.checked_at is None,
            rule="TKT-23",
            icon="pen",
            primary=True,
            said=lambda _check: "结论已登记",
        ),
    )

    def list_actions(self) -> tuple[Action, ...]:
        """The month's worksheet is where one draws."""
        return (Action("抽查工作表", url_for("checks.checks"), icon="paper", look="primary"),)

    def deed_facts(self, row: TicketCheck) -> tuple[Fact, ...]:
        """What the regulation gives, above the grade."""
        given = proposal(reading(), row)
        said = "；".join(given.reasons) or "登记完整、及时"
        return (
            Fact("单号", Text(row.ticket.number or "" if row.ticket else row.matter or "")),
            Fact("建议结论", Badge(GRADES[given.grade], TONES[given.grade])),  # type: ignore[arg-type]
            Fact("理由", Text(said), "wide"),
        )

    def page_extras(self, row: Any) -> dict[str, Any]:
        """The proposal while the grade is open."""
        if row.checked_at is not None:
            return {}
        given = proposal(reading(), row)
        words = f"建议结论：{GRADES[given.grade]}{'（' + '；'.join(given.reasons) + '）' if given.reasons else ''}"
        return {"notices": (Notice(words, TONES[given.grade]),)}  # type: ignore[arg-type]


# ---- the worksheet ---------------------------------------------------------------------------------------------


def _projects(session: Session, person: Person) -> list[OrgUnit]:
    rows = select(OrgUnit).where(OrgUnit.kind == "project", OrgUnit.active, readable(person, OrgUnit))
    return [o for o in session.scalars(rows.order_by(OrgUnit.path)) if allows(person, "ticket_check.read", o_row(o))]


def o_row(org: OrgUnit) -> TicketCheck:
    """A row of the project, to ask permissions about."""
    return TicketCheck(org_id=org.id)


def _asked(session: Session, person: Person) -> tuple[list[OrgUnit], OrgUnit, str, str]:
    """(projects, project, month, level) of the query; nonsense asks for this month."""
    projects = _projects(session, person)
    asked = request.values.get("org", "") or str(person.project_id or "")
    org = next((o for o in projects if str(o.id) == asked), None)
    if org is None and request.values.get("org"):
        abort(404)
    org = org or (projects[0] if projects else None)
    if org is None:
        raise RuleError("您没有可以查看抽查的项目")
    level = request.values.get("level", "")
    mine = next((k for k, known in LEVELS.items() if known.post in person.posts), "area")
    period = request.values.get("period", "").strip() or f"{clock.today():%Y-%m}"
    span_of(period)
    return projects, org, period, level if level in LEVELS else mine


@checks_blueprint.get("/checks")
def checks() -> ResponseReturnValue:
    """One month's sample of one project at one level: what was drawn, what is graded, what is lacking."""
    person, session = acting(), reading()
    require(person, "ticket_check.read", doing="查看抽查")
    projects, org, period, level = _asked(session, person)
    sheet = worksheet(session, org.id, period, level)
    here = {"org": org.id, "period": period}
    late = sheet.shortfall and span_of(period)[1] <= clock.now()
    page = TablesPage(
        title=f"{org.name} {period} 抽查工作表",
        url=url_for(".checks"),
        tables=(
            _drawn(session, sheet, person, org),
            *_lacking(session, person, period),
            *_suspects(session, person, org, period),
        ),
        token=new_token(),
        note=f"{CHECK_LEVELS[level]} · {LEVELS[level].article}",
        crumbs=(Crumb("品质"), Crumb("报事抽查", "/ticket_check/"), Crumb("工作表")),
        notices=(Notice(sheet.words, "late" if late else "wait" if sheet.shortfall else "done"),),
        actions=_actions(person, org, sheet),
        tabs=tuple(
            Tab(word, url_for(".checks", level=k, **here), current=k == level) for k, word in CHECK_LEVELS.items()
        ),
        query=(
            QueryField(
                "org",
                "项目",
                "select",
                str(org.id),
                choices=tuple(Choice(str(o.id), o.name) for o in projects),
                always=True,
            ),
            QueryField("period", "月份", value=period, placeholder="2026-11", always=True),
        ),
        kept=(("level", level),),
        counts=tuple(
            Count(number, label, url_for("ticket_check.index", period=period, level=level), tone=tone)
            for number, label, tone in (
                (sheet.quota, "应抽", ""),
                (sheet.drawn, "已抽", ""),
                (sheet.checked, "已查", ""),
                (sheet.shortfall, "还差", "late" if sheet.shortfall else ""),
            )
        ),  # type: ignore[arg-type]
    )
    return draw("tables.html", page)


def _lacking(session: Session, person: Person, period: str) -> tuple[LinesTable, ...]:
    """What this person must still sample this month, project by project, each leading to its worksheet."""
    found = shortfalls(session, person, period)
    if not found:
        return ()
    columns = (Column("org", "项目", "xl"), Column("level", "层级", "l"), Column("words", "进度"))
    rows = []
    for org, sheet in found:
        url = url_for(".checks", org=org.id, period=period, level=sheet.level)
        cells = (LinkCell(org.name, url), Text(CHECK_LEVELS[sheet.level]), Text(sheet.words))
        rows.append(Row(f"{org.id}-{sheet.level}", url, org.name, cells))
    return (LinesTable("我还要抽查的项目", columns, tuple(rows), note=f"{period}，{len(found)} 个项目没有完成"),)


def _may_sample(person: Person, org: OrgUnit, level: str) -> bool:
    return allows(person, "ticket_check.write", o_row(org)) and person.holds(LEVELS[level].post, org_id=org.id)


def _actions(person: Person, org: OrgUnit, sheet: Worksheet) -> tuple[Action, ...]:
    if not _may_sample(person, org, sheet.level):
        return ()
    here = {"org": org.id, "period": sheet.period, "level": sheet.level}
    return (
        Action("登记未登记的报事", url_for(".found_unregistered", **here), icon="plus"),
        Action("抽取", url_for(".draw_now", **here), "post", "draw", icon="swap", look="primary"),
    )


def _drawn(session: Session, sheet: Worksheet, person: Person, org: OrgUnit) -> LinesTable:
    columns = (
        Column("ticket", "报事", "xl"),
        Column("what", "报事内容"),
        Column("proposal", "建议结论", "xxl"),
        Column("grade", "结论", "m"),
        Column("finding", "发现", "xxl"),
    )
    may = _may_sample(person, org, sheet.level)
    rows = tuple(_row(session, check, may, Looker(session, person)) for check in sheet.checks)
    note = f"种子 {sheet.checks[0].seed}" if sheet.checks and sheet.checks[0].seed else ""
    return LinesTable("抽到的报事", columns, rows, note=note, empty="还没有抽取")


def _row(session: Session, check: TicketCheck, may: bool, look: Looker) -> Row:
    given = proposal(session, check)
    shown = bool(check.ticket_id and look.label("ticket", check.ticket_id))
    ticket = check.ticket if shown else None
    acts = (Action("填写结论", f"{page_of(check)}/check"),) if may and check.checked_at is None else ()
    return Row(
        str(check.id),
        page_of(check),
        str(check),
        (
            LinkCell(ticket.number or "", page_of(ticket), number=True) if ticket else Text("未登记"),
            Text(f"{ticket.where} {ticket.content[:60]}" if ticket else check.matter or ""),
            Text(GRADES[given.grade], "；".join(given.reasons), tone=TONES[given.grade]),  # type: ignore[arg-type]
            Badge(GRADES[check.grade], TONES[check.grade]) if check.grade else Badge("待检查", "open"),  # type: ignore[arg-type]
            Text(check.finding) if check.finding else NOTHING,
        ),
        acts,
    )


def _suspects(session: Session, person: Person, org: OrgUnit, period: str) -> tuple[LinesTable, ...]:
    found = unregistered(session, person, org.id, period)
    if not found:
        return ()
    columns = (Column("number", "来电来访", "xl"), Column("at", "时间", "l"), Column("content", "内容"))
    return (LinesTable("疑似未登记", columns, tuple(map(_suspect, found)), note="过了当天既没有答复，也没有转成报事"),)


def _suspect(call: CallRecord) -> Row:
    cells = (
        LinkCell(call.number or "", page_of(call), number=True),
        Text(clock.shown(call.at)[5:]),
        Text(call.content[:80]),
    )
    return Row(str(call.id), page_of(call), str(call), cells)


@checks_blueprint.post("/checks/draw")
def draw_now() -> ResponseReturnValue:
    """Draw what the month still lacks."""
    person = acting()
    require(person, "ticket_check.write", doing="抽取报事")
    _all, org, period, level = _asked(reading(), person)
    org_id, key = org.id, token_key(request.form.get("token", ""), "draw", org.id, period, level)

    def fn(session: Session) -> int:
        if done_before(session, key) is not None:
            return 0
        made = draw_sample(session, org_id, period, level, person)
        mark_done(session, key, made[0])
        return len(made)

    number = write(fn)
    flash(f"已抽取 {number} 单" if number else "已经抽取过了", "done")
    return see_other(url_for(".checks", org=org_id, period=period, level=level))


@checks_blueprint.route("/checks/unregistered", methods=["GET", "POST"])
def found_unregistered() -> ResponseReturnValue:
    """Put down a matter that nobody registered."""
    person = acting()
    require(person, "ticket_check.write", doing="登记未登记的报事")
    _all, org, period, level = _asked(reading(), person)
    require(person, "ticket_check.write", o_row(org), "登记未登记的报事")
    home = url_for(".checks", org=org.id, period=period, level=level)
    if request.method == "GET":
        return draw("form.html", _form(home, {}, {}))
    typed = {name: request.form.get(name, "").strip() for name in ("matter", "finding")}
    org_id, key = org.id, token_key(request.form.get("token", ""), "unregistered", org.id, period, level)

    def fn(session: Session) -> None:
        if done_before(session, key) is None:
            made = record_unregistered(session, org_id, period, level, person, typed["matter"], typed["finding"])
            mark_done(session, key, made)

    try:
        write(fn)
    except RuleError as no:
        if no.field is None:
            raise
        return draw("form.html", _form(home, typed, {no.field: str(no)}), 422)
    flash("已登记为严重不合格", "done")
    return see_other(home)


def _form(home: str, typed: dict[str, str], wrong: dict[str, str]) -> FormPage:
    fields = tuple(
        Field(
            name,
            TicketCheck.info(name)["label"],
            "textarea",
            typed.get(name, ""),
            error=wrong.get(name, ""),
            help=TicketCheck.info(name)["note"],
            required=name == "matter",
            width="whole",
            longest=longest,
        )
        for name, longest in (("matter", 250), ("finding", 2000))
    )
    return FormPage(
        title="登记未登记的报事",
        url=request.full_path.rstrip("?"),
        sections=(Section("抽查所见", fields, note="按制度为严重不合格，不占抽查数量"),),
        token=request.form.get("token") or new_token(),
        crumbs=(Crumb("品质"), Crumb("报事抽查", "/ticket_check/"), Crumb("工作表", home), Crumb("未登记的报事")),
        cancel_url=home,
    )
