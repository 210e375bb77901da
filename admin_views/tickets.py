"""报事 on screen: the register, the form of a call, the page that leads to slips, notes and follow-ups."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import Session

import forms.tickets
from admin_views.columns import Col, Line
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.filters import Asking
from admin_views.handbook import standard_card
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.matter_columns import due_column, due_filter, waiting_filter, what_column, where_column, who_column
from admin_views.page import Action, DuplicateCheck, LinesTable, Notice, Tag
from admin_views.paper_life import notes_table
from admin_views.request import acting, reading
from forms.actions import Ask
from forms.build import HouseForm
from forms.fields import Tick
from models import RecordNote, Resident, Ticket, Unit
from rules.deadline_moments import OPEN_TICKET
from rules.due import level_of
from rules.notes import add_note
from rules.permissions import allows
from rules.scope import find
from rules.tickets import MOVED, READ_BACK_CHANNELS, gaps, informed_lately, open_here, open_like

MOST_MATCHES = 6
OPEN = "state=registered&state=appointed&state=dispatched&state=processing"
PRIORITY_TAGS = {"urgent": Tag("紧急", "late"), "severe": Tag("严重", "late")}


def _tags(line: Line) -> Sequence[Tag]:
    tags = [PRIORITY_TAGS[line.priority]] if line.priority in PRIORITY_TAGS else []
    if line.transferred:
        tags.append(Tag("已转投诉", "wait"))
    return tags


def _note(session: Session, ticket: Ticket, by: Any, details: Details) -> None:
    add_note(
        session,
        ticket,
        by,
        details["kind"],
        details["body"] or "",
        means=details["means"],
        to_whom=details["to_whom"],
        at=details["at"],
    )


class TicketView(DocumentView):
    """What residents ask for, the most pressing first."""

    record = Ticket
    menu_group = "前台"
    place = 10
    columns = (
        "number",
        where_column("房号 / 地点"),
        what_column("报事内容", _tags, ("priority", "transferred")),
        who_column("报事人", "customer", "reporter_phone"),
        Col(key="kind", place="none"),
        "-channel",
        "first_contact_id",
        Col(key="department", shown=False, filed=True),
        "-handler_id",
        "state",
        due_column(Ticket),
        Col(key="received_at", shown=False, filed=True),
        "-done_at",
        Col(key="solution", shown=False, filed=True),
        "-score",
    )
    always = "priority transferred kind"
    default_sort = "due"
    filters = (
        "state",
        "kind",
        "unit_id",
        due_filter(Ticket),
        waiting_filter(Ticket),
        "received_at",
        "first_contact_id",
        "-channel",
        "-priority",
        "-department",
        "-handler_id",
        "-place",
        "-reporter_phone",
    )
    search = "number content customer unit.code place reporter_phone"
    presets = (
        Preset("未办结", OPEN),
        Preset("已超时", "due=late", "late"),
        Preset("待回访", "state=to_follow_up", "wait"),
        Preset("我首接的", f"{OPEN}&first_contact_id=me"),
        Preset("我负责的", f"{OPEN}&handler_id=me"),
    )
    menu_query = OPEN
    new_label = "登记报事"
    sections = (
        ("谁，在哪里", "channel received_at unit_id place customer resident_id reporter reporter_phone"),
        ("什么事", "kind priority content read_back"),
        ("首接与补登", "first_contact_id late_entry_reason"),
    )
    fixed = "first_contact_id"
    must = "reporter_phone"
    free = "first_contact_id"
    over = {"read_back": Tick("复述与业主核对", help="来电、来访、微信：先向业主复述，核对后勾选")}
    facts = (
        (
            "基本情况",
            "unit_id place customer resident_id reporter reporter_phone channel kind priority received_at content",
        ),
        (
            "处理",
            "first_contact_id department handler_id appointment_at dispatched_at arrived_at done_at signed_by solution",
        ),
        ("其他", "late_entry_reason duplicate_of_id arises_from_id read_back last_informed_at closed_at made_by_id"),
    )
    prints = ("F-17",)
    first_verbs = "pass_on finish report_arrival appoint solve"
    deeds = (
        Deed(
            "note",
            "记沟通",
            _note,
            Ask(RecordNote, "kind means to_whom at body", over=forms.tickets.NOTE),
            said=lambda ticket: f"{ticket} 已记下",
            icon="chat",
            quiet=True,
        ),
    )

    def headline(self, row: Any) -> str:
        """Where and what."""
        return f"{row.where} {row.content.splitlines()[0][:40]}"

    def fresh(self) -> dict[str, Any]:
        """The one who types is the first contact; a household chosen before brings its owner."""
        person = acting()
        fresh = {**super().fresh(), "first_contact_id": person.staff_id, "channel": "call"}
        unit = find(reading(), person, Unit, request.args.get("unit_id", 0, int))
        resident = find(reading(), person, Resident, request.args.get("resident_id", 0, int))
        if unit is not None and resident is not None:
            fresh["customer"] = resident.name
        return fresh

    def also_wrong(self, form: HouseForm, row: Any) -> dict[str, str]:
        """What a ticket lacks, told at once with the rest."""
        names = ("unit_id", "place", "customer", "content", "reporter_phone", "channel", "read_back")
        typed = form.values
        return gaps(Ticket(**{n: typed[n] if n in typed else getattr(row, n, None) for n in names}))

    def needed(self, form: HouseForm) -> str:
        """Who speaks to the desk hears their own words again."""
        return "read_back" if "channel" in form and form["channel"].data in READ_BACK_CHANNELS else ""

    def then(self, row: Any) -> tuple[tuple[str, str, str], ...]:
        """A repair goes on to its slip."""
        slip = (("order", "保存并下单", "paper"),) if row is None and self._may_slip() else ()
        return (*slip, *super().then(row))

    def then_on(self, then: str, row: Any) -> str | None:
        """On to the slip of what was just registered."""
        if then == "order" and self._may_slip():
            return f"/work_order/new?ticket_id={row.id}"
        return super().then_on(then, row)

    @staticmethod
    def _may_slip() -> bool:
        return allows(acting(), "work_order.write")

    def form_extras(self, form: HouseForm, row: Any) -> dict[str, Any]:
        """While typing: is the same matter open already?"""
        del form
        if row is not None:
            return {}
        return {
            "duplicates": DuplicateCheck("/ticket/duplicates", ("unit_id", "place", "kind", "content")),
            "side": (standard_card("reception"),),
        }

    @expose("/duplicates")
    def duplicates(self) -> ResponseReturnValue:
        """Open matters of the same household or place, first those like what is being typed: a warning, no refusal."""
        person, session, args = acting(), reading(), request.args
        asking = Asking(session, person, args, self.noun)
        unit = find(session, person, Unit, args.get("unit_id", 0, int))
        org_id = unit.org_id if unit else person.project_id
        if org_id is None:
            return jsonify(message="", matches=[])
        where: dict[str, Any] = {"unit_id": unit.id if unit else None, "place": asking.text("place")}
        found = open_here(session, person, org_id, **where)
        like = open_like(session, person, org_id, **where, kind=asking.text("kind"), content=asking.text("content"))
        found.sort(key=lambda ticket: ticket not in like)
        here = "这一户" if unit else "这个地点"
        message = f"{here}有 {len(found)} 件没办完的" + ("，前面标出的可能是同一件：" if like else "：")
        return jsonify(message=message, matches=[self._match(t, is_like=t in like) for t in found[:MOST_MATCHES]])

    def _match(self, ticket: Ticket, *, is_like: bool) -> dict[str, Any]:
        badge = {"word": ticket.state_label, "tone": ticket.lifecycle.tone(ticket.state)}
        text = ticket.content.splitlines()[0][:40]
        note = f"可能是同一件 · {ticket.customer}" if is_like else ticket.customer
        return {"number": ticket.number, "url": page_of(ticket), "text": text, "note": note, "badge": badge}

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Any) -> None:
        """What moves fill in is not corrected here."""
        super().change(session, row, {name: value for name, value in values.items() if name not in MOVED}, by)

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """A ticket in hand may get a slip."""
        actions, more = super().page_actions(row)
        if not row.is_frozen and allows(acting(), "work_order.write", row):
            repair = row.kind == "repair" and row.state in ("registered", "appointed")
            slip = Action("下工作任务单", f"/work_order/new?ticket_id={row.id}", icon="paper")
            if repair:  # the likely next thing: it alone is loud
                actions = (
                    *(replace(a, look="") if a.look == "primary" else a for a in actions),
                    replace(slip, look="primary"),
                )
            else:
                actions = (*actions[:-1], slip, *actions[-1:])
        return actions, more

    def row_actions(self, line: Line) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Repairs go out as slips; the rest as the lifecycle says."""
        actions, more = super().row_actions(line)
        if (
            line.state in ("registered", "appointed")
            and line.kind == "repair"
            and allows(acting(), "work_order.write", line)
        ):
            return (Action("派单", f"/work_order/new?ticket_id={line.id}"),), (*actions, *more)
        return actions, more

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """What was said to the customer and asked of departments."""
        return notes_table(row, look)

    def page_extras(self, row: Any) -> dict[str, Any]:
        """How far it has risen, and what the ladder says."""
        tags = [PRIORITY_TAGS[row.priority]] if row.priority in PRIORITY_TAGS else []
        level = level_of(reading(), row) if not row.is_frozen else 0
        if level:
            tags.append(Tag(f"已升至第 {level} 级", "wait"))
        notices = [Notice("这件报事已转投诉。", "wait")] if row.transferred else []
        if row.state in OPEN_TICKET and not informed_lately(reading(), row):
            notices.append(Notice("客户很久没有听到进展了，请首接人告知客户，并用“记沟通”记下。", "late"))
        return {"tags": tuple(tags), "notices": tuple(notices)}
