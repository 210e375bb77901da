"""The page of a household: who lives there, what is open, what was; for whoever picks up the phone."""

from flask import Blueprint, Flask, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.finder import KINDS
from admin_views.lookups import may_reveal
from admin_views.page import (
    NOTHING,
    Action,
    Badge,
    Cell,
    Column,
    Crumb,
    Due,
    Fact,
    FactCard,
    HouseholdPage,
    LinesTable,
    LinkCell,
    Masked,
    Notice,
    Row,
    Tab,
    Tag,
    Text,
    TrailEntryView,
)
from admin_views.request import acting, reading
from admin_views.shell import draw
from admin_views.sources import model_of
from models import clock
from models.document import Document
from rules.due import clocks_of
from rules.households import Dweller, Event, Hidden, Household, household
from rules.permissions import allows
from rules.person import Person

ORDER = 60
households_blueprint = Blueprint("households", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(households_blueprint)


@households_blueprint.get("/household/<int:unit_id>")
def page(unit_id: int) -> ResponseReturnValue:
    """Who lives there, what is open, what was; one page for whoever picks up the phone."""
    person, session = acting(), reading()
    known = household(session, person, unit_id)
    if known is None:
        abort(404)
    unit = known.unit
    entrance = f"{unit.entrance} 单元 " if unit.entrance else ""
    facts = [f"{unit.building.name} 栋 {entrance}{unit.room_no}"]
    facts += [f"{unit.area.normalize():f} ㎡"] if unit.area else []
    facts += [t for t in (unit.structure, f"产权 {unit.ownership}" if unit.ownership else "") if t]
    moved_in = next((d.tie.move_in_on for d in known.people if d.tie.move_in_on), None)
    facts += [f"{moved_in:%Y-%m-%d} 入住"] if moved_in else []
    shown = HouseholdPage(
        title=unit.code,
        badges=tuple(Badge(word, "wait" if word in ("装修中", "托管") else "") for word in known.about),
        tags=tuple(Tag("重要客户", "wait") for d in known.people if d.resident.important)[:1],
        note=" · ".join(facts),
        token=new_token(),
        crumbs=(Crumb("住户"), Crumb("房屋", "/unit/"), Crumb(unit.code)),
        actions=_actions(person, known),
        more=_more(person, known),
        notices=tuple(Notice(words, "wait") for words in known.alerts),
        tables=(_people_table(known, person), _open_table(session, known)),
        facts=(_unit_card(known),),
        history_tabs=_history_tabs(known),
        history=tuple(_event(e) for e in known.history if _is_wanted(e)),
        history_url=f"/ticket/?unit_id={unit.id}",
    )
    return draw("household.html", shown)


def _actions(person: Person, known: Household) -> tuple[Action, ...]:
    unit, actions = known.unit, []
    if allows(person, "ticket.write"):  # the form asks again, of the ticket itself
        owner = next((d.resident for d in known.people), None)
        extra = f"&resident_id={owner.id}" if owner else ""
        actions.append(Action("登记报事", f"/ticket/new?unit_id={unit.id}{extra}", icon="plus", look="primary"))
    if allows(person, "call_record.write"):
        actions.append(Action("记来电", f"/call_record/new?unit_id={unit.id}", icon="phone"))
    if allows(person, "occupancy.write", unit):
        actions.append(Action("登记入住人", f"/occupancy/new?unit_id={unit.id}", icon="people"))
    return tuple(actions)


def _more(person: Person, known: Household) -> tuple[Action, ...]:
    unit, more = known.unit, []
    if allows(person, "unit.write", unit):
        more.append(Action("修改房屋", f"/unit/{unit.id}/edit"))
    if allows(person, "resident.read", unit):
        more.append(
            Action("打印住户登记表", url_for("prints.print_one", code="F-29", row_id=unit.id), "post", icon="printer")
        )
    return tuple(more)


def _people_table(known: Household, person: Person) -> LinesTable:
    columns = (
        Column("name", "姓名", "xl", place="left"),
        Column("relation", "身份 / 关系", "m"),
        Column("phone", "电话", "xl"),
        Column("wish", "联系时段", "m"),
        Column("id", "证件", "xxl"),
        Column("also", "另有房屋"),
    )
    rows = tuple(
        Row(
            str(d.resident.id),
            f"/resident/{d.resident.id}",
            d.resident.name,
            (
                LinkCell(
                    d.resident.name,
                    f"/resident/{d.resident.id}",
                    tags=(Tag("联系人"),) if d.tie.is_contact else (),
                    strong=True,
                ),
                Text(_relation(d)),
                _hidden(d.phones[0], d, person, "电话") if d.phones else NOTHING,
                Text(d.resident.contact_wish or "—"),
                _hidden(d.id_no, d, person, "身份证号码") if d.id_no else NOTHING,
                Text("、".join(d.also) or "—"),
            ),
        )
        for d in known.people
    )
    empty = "还没有登记住户" if allows(person, "resident.read", known.unit) else "您的岗位不能查看住户资料"
    return LinesTable("住在这里的人", columns, rows, note="电话打码，显示要写用途并记入日志", empty=empty)


def _relation(d: Dweller) -> str:
    return d.relation if d.resident.kind == "person" else f"{d.relation} · 单位"


def _hidden(it: Hidden, d: Dweller, person: Person, what: str) -> Cell:
    url = ""
    if it.masked and may_reveal(person, d.resident):
        url = url_for("reveals.ask", noun=it.noun, row_id=it.row_id, field=it.field)
    return Masked(it.masked or "—", f"{d.resident.name} 的{what}", url)


def _open_table(session: Session, known: Household) -> LinesTable:
    columns = (
        Column("number", "单据", "xxl", place="left"),
        Column("content", "内容"),
        Column("state", "状态", "l", place="corner"),
        Column("who", "责任人", "l"),
        Column("due", "时限", "l"),
    )
    papers: list[Document] = [*known.tickets, *known.orders, *known.follow_ups]
    rows = tuple(_open_row(session, p) for p in papers)
    return LinesTable(f"未办结 {len(rows)} 件", columns, rows, empty="没有未办结的事")


def _open_row(session: Session, paper: Document) -> Row:
    noun, url = paper.__tablename__, f"/{paper.__tablename__}/{paper.id}"
    running = [c for c in clocks_of(session, paper) if c.stopped_at is None]
    fact = min(running, key=lambda c: c.due_at, default=None)
    who = getattr(paper, "technician", None) or getattr(paper, "handler", None) or getattr(paper, "first_contact", None)
    due: Cell = NOTHING
    if fact is not None:
        due = Due(
            fact.word,
            fact.tone,
            iso=clock.local(fact.due_at).isoformat(timespec="seconds"),
            warn_minutes=fact.warn_minutes,
            reason=fact.reason,
            article=fact.article,
        )
    words = str(getattr(paper, "content", "") or getattr(paper, "customer", "") or "")
    cells: tuple[Cell, ...] = (
        LinkCell(paper.number or "", url, note=KINDS[noun][0], number=True),
        Text(words[:60]),
        Badge(paper.state_label, paper.lifecycle.tone(paper.state)),
        Text(who.name if who else "—"),
        due,
    )
    return Row(f"{noun}-{paper.id}", url, str(paper), cells)


def _unit_card(known: Household) -> FactCard:
    unit = known.unit
    facts = [
        Fact("类型", Text(known.about[0])),
        Fact("建筑面积", Text(f"{unit.area.normalize():f} ㎡" if unit.area else "—")),
        Fact("房屋结构", Text(unit.structure or "—")),
        Fact("产权归属", Text(unit.ownership or "—")),
        Fact("备注", Text(unit.remark or "—"), "whole"),
    ]
    return FactCard("房屋", tuple(facts))


def _history_tabs(known: Household) -> tuple[Tab, ...]:
    here = url_for("households.page", unit_id=known.unit.id)
    wanted = request.args.get("kind", "")
    nouns = dict.fromkeys(e.noun for e in known.history)
    tabs = [Tab("全部", here, current=not wanted)]
    tabs += [Tab(KINDS[n][0], f"{here}?kind={n}", current=wanted == n) for n in nouns if n in KINDS]
    return tuple(tabs)


def _is_wanted(event: Event) -> bool:
    return request.args.get("kind", "") in ("", event.noun)


def _event(event: Event) -> TrailEntryView:
    model = model_of(event.noun)
    key = next((k for k, word in model.lifecycle.states.items() if word == event.state), "")
    said = event.text.splitlines()[0][:40].rstrip("。，；、！？.,;!? ") if event.text else ""
    text = "，".join(part for part in (f"{KINDS[event.noun][0]} {event.number}", said, event.state) if part)
    return TrailEntryView(
        text, clock.shown(event.at), tone=model.lifecycle.tone(key), url=f"/{event.noun}/{event.row_id}"
    )
