"""The one search box and the page of a household; 显示 of one hidden value, asked for with a reason."""

from dataclasses import replace

from flask import Blueprint, Flask, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session

from admin_views.base import new_token
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
    Field,
    FormPage,
    Found,
    FoundGroup,
    HouseholdPage,
    LinesTable,
    LinkCell,
    Masked,
    Notice,
    Row,
    SearchPage,
    Section,
    Tab,
    Tag,
    Text,
    TrailEntryView,
)
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from admin_views.sources import model_of
from models import Record, Stateful, clock
from models.document import Document
from rules.due import clocks_of
from rules.errors import RuleError
from rules.finding import Hit, search
from rules.households import Dweller, Event, Hidden, Household, household, reveal
from rules.permissions import allows, require
from rules.person import Person
from rules.scope import find
from rules.show import shown_value

ORDER = 60
SECONDS_SHOWN = 120
MOST_WORDS = 80
households_blueprint = Blueprint("households", __name__)
KINDS = {
    "unit": ("房屋", "house"),
    "resident": ("住户", "people"),
    "ticket": ("报事", "chat"),
    "work_order": ("工作任务单", "paper"),
    "follow_up": ("回访", "phone"),
    "call_record": ("来电来访", "phone"),
}


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(households_blueprint)


# ---- search ----------------------------------------------------------------------------------------------------


def address_of(hit: Hit) -> str:
    """A household opens for a unit or a resident with a home, a paper opens itself."""
    if hit.noun in ("unit", "resident") and hit.unit_id:
        return url_for("households.page", unit_id=hit.unit_id)
    return f"/{hit.noun}/{hit.row_id}"


def groups_of(hits: list[Hit]) -> tuple[FoundGroup, ...]:
    """The hits by kind, in the order in which the kinds were found."""
    kinds = dict.fromkeys(h.noun for h in hits)
    return tuple(FoundGroup(KINDS[noun][0], tuple(_found(h) for h in hits if h.noun == noun)) for noun in kinds)


def _found(hit: Hit) -> Found:
    model = model_of(hit.noun)
    badge = None
    if hit.state and issubclass(model, Stateful):
        key = next((k for k, word in model.lifecycle.states.items() if word == hit.state), "")
        badge = Badge(hit.state, model.lifecycle.tone(key))
    return Found(hit.title, address_of(hit), KINDS[hit.noun][1], hit.note, badge)


@households_blueprint.get("/search")
def search_page() -> ResponseReturnValue:
    """Everything the words may mean; a single hit opens at once."""
    person, session = acting(), reading()
    words = request.args.get("q", "").strip()[:MOST_WORDS]
    hits = search(session, person, words, person.project_id) if words else []
    if len(hits) == 1:
        return redirect(address_of(hits[0]))
    note = "" if hits or not words else "没有找到：可以试房号、电话后四位、姓名、拼音首字母或单号"
    return draw("search.html", SearchPage(words, groups_of(hits), url_for("households.search_page"), note))


@households_blueprint.get("/lookup")
def finder() -> ResponseReturnValue:
    """The same while typing, as JSON."""
    person, session = acting(), reading()
    words = request.args.get("q", "").strip()[:MOST_WORDS]
    hits = search(session, person, words, person.project_id) if words else []
    return jsonify(
        groups=[
            {
                "label": group.label,
                "hits": [
                    {
                        "label": it.label,
                        "url": it.url,
                        "icon": it.icon,
                        "note": it.note,
                        "badge": {"word": it.badge.word, "tone": it.badge.tone} if it.badge else None,
                    }
                    for it in group.hits
                ],
            }
            for group in groups_of(hits)
        ]
    )


# ---- the household's page --------------------------------------------------------------------------------------


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
        url = url_for("households.ask", noun=it.noun, row_id=it.row_id, field=it.field)
    return Masked(it.masked or "—", f"{d.resident.name} 的{what}", url)


def _open_table(session: Session, known: Household) -> LinesTable:
    columns = (
        Column("number", "单据", "xxl", place="left"),
        Column("content", "内容"),
        Column("state", "状态", "l", place="right"),
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


# ---- 显示 ------------------------------------------------------------------------------------------------------


def _hider(noun: str, field: str) -> type[Record]:
    try:
        model = model_of(noun)
        secret = model.info(field).get("secret")
    except (KeyError, LookupError):
        abort(404)
    if not secret:
        abort(404)
    found: type[Record] = model
    return found


@households_blueprint.get("/<noun>/<int:row_id>/reveal/<field>")
def ask(noun: str, row_id: int, field: str) -> ResponseReturnValue:
    """For who has no JavaScript: the page that asks for the reason."""
    model = _hider(noun, field)
    row = find(reading(), acting(), model, row_id)
    if row is None:
        abort(404)
    require(acting(), "resident.reveal", row, "显示隐藏的内容")
    return draw("form.html", _reason_page(model, row, field))


def _reason_page(model: type[Record], row: Record, field: str, error: str = "") -> FormPage:
    reason = Field("reason", "用途", required=True, error=error, longest=64, placeholder="例：约上门时间")
    return FormPage(
        title=f"显示{row}的{model.info(field)['label']}",
        url=url_for("households.show_value", noun=model.__tablename__, row_id=row.id, field=field),
        sections=(Section("用途会记入操作日志", (reason,)),),
        save_label="显示",
        cancel_url=request.referrer or "/",
    )


@households_blueprint.post("/<noun>/<int:row_id>/reveal/<field>")
def show_value(noun: str, row_id: int, field: str) -> ResponseReturnValue:
    """One hidden value, after its line in the trail is committed."""
    model, person = _hider(noun, field), acting()
    reason = request.form.get("reason", "").strip()
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        value = write(lambda session: reveal(session, person, model, row_id, field, reason), reason=reason or None)
    except RuleError as no:
        row = find(reading(), person, model, row_id)
        if wants_json or no.field != "reason" or row is None:
            raise
        return draw("form.html", _reason_page(model, row, field, str(no)), 422)
    if wants_json:
        answer = jsonify(value=shown_value(value), seconds=SECONDS_SHOWN)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    row = find(reading(), person, model, row_id)
    assert row is not None
    page = _reason_page(model, row, field)
    label = str(model.info(field)["label"])
    answer = draw("form.html", replace(page, sections=(), facts=(Fact(label, Text(shown_value(value), strong=True)),)))
    answer.headers["Cache-Control"] = "no-store"
    return answer
