"""来电来访 on screen: every call and visit, answered at once, called back, or turned into a 报事."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

import forms.tickets  # noqa: F401  (what its moves ask for)
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.handbook import standard_card
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.matter_columns import waiting_filter, what_column
from admin_views.page import Column, LinesTable, Notice, Row, SideCard, SideLine, Text
from admin_views.request import acting
from forms.actions import Ask
from forms.build import HouseForm
from forms.fields import Phone, Several
from models import CallRecord, Ticket
from rules.calls import CALL_STEPS, RECEPTION_STEPS, UNKNOWN_MATTER, points, reception_of, ticket_from_call
from rules.permissions import allows
from rules.person import Person

STEPS = {step: step for step in RECEPTION_STEPS}


def _make_ticket(session: Session, call: CallRecord, by: Person, details: Details) -> Ticket:
    """What was left empty the rules copy from the call: the phone too, for whom it is masked."""
    return ticket_from_call(session, call, by, **{n: value for n, value in details.items() if value not in (None, "")})


def _noted(call: CallRecord) -> dict[str, Any]:
    """What the call says already; the deed closes its phone for whom it is masked."""
    return {
        "unit_id": call.unit_id,
        "customer": call.party,
        "content": call.content,
        "reporter_phone": call.callback,
        "priority": "urgent" if call.urgent else "normal",
    }


class CallView(DocumentView):
    """Every call and visit, newest first."""

    record = CallRecord
    menu_group = "前台"
    place = 13
    columns = (
        "number",
        "at",
        "kind",
        "party",
        "unit_id",
        what_column("内容", lambda _line: ()),
        "callback",
        "-department",
        "state",
        "made_by_id",
        "-answered_at",
        "-ticket_id",
    )
    filters = (
        "state",
        "kind",
        "unit_id",
        "at",
        "department",
        waiting_filter(CallRecord),
        "-urgent",
        "-made_by_id",
        "-party",
        "-callback",
    )
    search = "number party content unit.code callback"
    presets = (
        Preset("待答复", "state=open", "wait"),
        Preset("巡视需求", "state=open&kind=patrol"),
        Preset("我记的", "made_by_id=me"),
    )
    menu_query = "state=open"
    new_label = "记来电来访"
    sections = (
        ("来电来访", "kind at party unit_id urgent rings"),
        ("内容", "content answered_now callback department reception"),
    )
    over = {"reception": Several("接待步骤", choices=STEPS, help="来访时逐步勾选", width="whole")}
    facts = (
        ("来电来访", "kind at party unit_id content answered_now callback department urgent rings reception"),
        ("答复", "answered_at answer ticket_id made_by_id"),
    )
    deeds = (
        Deed(
            "make_ticket",
            "转报事",
            _make_ticket,
            Ask(
                Ticket,
                "unit_id place customer reporter_phone kind priority content read_back",
                over={"reporter_phone": Phone("报事人电话", help="不填则用来电登记的联系方式")},
                initial=_noted,
            ),
            when=lambda call: call.state == "open",
            icon="swap",
            quiet=True,
            said=lambda ticket: f"已转为 {ticket}",
        ),
    )

    def fresh(self) -> dict[str, Any]:
        """Who does not sit at the desk notes what was met on patrol (TKT-22)."""
        at_the_desk = allows(acting(), "call_record.take")
        return super().fresh() | ({} if at_the_desk else {"kind": "patrol"})

    def form_extras(self, form: HouseForm, row: Any) -> dict[str, Any]:
        """How people are received stands beside the form (TKT-01, CALL-06)."""
        del form, row
        phrase = Notice(f"不清楚的事不随口答：“{UNKNOWN_MATTER}”，记下联系方式，跟到答复为止。")
        spoken = SideCard(
            "接听来电", tuple(SideLine(f"{n}. {step}") for n, step in enumerate(CALL_STEPS, 1)), "CALL-02"
        )
        return {"side": (spoken, standard_card("reception")), "notices": (phrase,)}

    def headline(self, row: Any) -> str:
        """Who, about what."""
        return f"{row.party} {row.content.splitlines()[0][:40]}"

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """What was asked for, point by point (CALL-03)."""
        del look
        said = points(row)
        rows = tuple(Row(str(n), "", f"第 {n} 点", (Text(str(n)), Text(one))) for n, one in enumerate(said, 1))
        return (LinesTable("对方的要求", (Column("n", "序", "s"), Column("point", "内容")), rows),) if rows[1:] else ()

    def make(self, session: Session, values: dict[str, Any], by: Person) -> Any:
        """The ticked steps as the register keeps them."""
        return super().make(session, self._kept(values), by)

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """The same when corrected."""
        super().change(session, row, self._kept(values), by)

    @staticmethod
    def _kept(values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "reception": reception_of(values.get("reception") or ()) or None}

    def deed(self, row: Any, verb: str) -> Deed | None:
        """转报事 is a system move of the call: here it is the deed that makes the ticket."""
        return next((d for d in self.deeds if d.verb == verb), None) or super().deed(row, verb)
