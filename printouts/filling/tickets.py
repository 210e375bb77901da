"""What the day book, the ledger and the 派工单 say of a ticket."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DEPARTMENTS, Clock, FollowUp, RecordNote, Rung, Ticket, WorkOrder, clock
from models.posts import POSTS
from printouts.filling import Facts, fills, lists
from printouts.filling.words import at, listed, who, words
from printouts.filling.work_orders import copy_codes, escalations
from rules.org_units import post_label
from rules.person import Person


@lists("F-16", Ticket, sheet=True)
def day_book(session: Session, viewer: Person, tickets: Sequence[Ticket]) -> list[Mapping[str, str]]:
    """The 《客户信息记录表》 and the ticket ledger (003-2.005§4.1.2)."""
    ids = [t.id for t in tickets]
    levels, calls = _levels(session, ids), _calls(session, ids)
    return [
        {
            "number": t.number or "",
            "address": t.where,
            "read_back": "√" if t.read_back else "",
            "first_contact": who(t.first_contact),
            "handler": " ".join(p for p in (DEPARTMENTS.get(t.department or "", ""), who(t.handler)) if p),
            "score": str(t.score or ""),
            "remark": t.late_entry_reason or "",
            "level": levels.get(t.id, ""),
            "follow_up_at": calls.get(t.id, ""),
            "state": t.state_label,
            "reporter_phone": listed(t, "reporter_phone"),
            **words(t, viewer, "received_at", "channel", "customer", "kind", "content"),
            **words(t, viewer, "dispatched_at", "arrived_at", "done_at"),
        }
        for t in tickets
    ]


def _levels(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Clock.row_id, Rung.post, Clock.org_id)
        .join(Rung, Rung.clock_id == Clock.id)
        .where(Clock.noun == "ticket", Clock.row_id.in_(ids))
        .where(Clock.deadline.in_(("T-05", "T-06", "T-07", "T-08", "T-09")))
        .order_by(Rung.at)
    )
    return {row_id: post_label(session, post, org_id) for row_id, post, org_id in rows if post in POSTS}


def _calls(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(FollowUp.ticket_id, FollowUp.at).where(FollowUp.ticket_id.in_(ids), FollowUp.at.is_not(None))
    )
    return {ticket_id: at(moment) for ticket_id, moment in rows if ticket_id}


@fills("F-17", Ticket)
def dispatch(session: Session, viewer: Person, it: Ticket) -> Facts:
    """The 派工单 of a ticket with its newest order."""
    order = session.scalars(
        select(WorkOrder)
        .where(WorkOrder.ticket_id == it.id, WorkOrder.state != "cancelled")
        .order_by(WorkOrder.id.desc())
        .limit(1)
    ).one_or_none()
    note = session.scalars(
        select(RecordNote)
        .where(RecordNote.noun == "ticket", RecordNote.row_id == it.id, RecordNote.kind.in_(("inform", "contact")))
        .order_by(RecordNote.id.desc())
        .limit(1)
    ).one_or_none()
    priority = str(words(it, viewer, "priority")["priority"])
    return {
        "number": it.number or "",
        "copy_ids": copy_codes(session, order) if order else [],
        "work_order": (order.number or "") if order else "",
        "escalations": escalations(session, it),
        "rework_of": (order.rework_of.number or "") if order and order.rework_of else "",
        "address": it.where,
        "priority": "严重" if priority.startswith("严重") else priority,
        "read_back": ["已复述核对"] if it.read_back else [],
        "first_contact": who(it.first_contact),
        "dept": DEPARTMENTS.get(it.department or "", ""),
        "handler": who(it.handler),
        "result": (order.result if order else it.solution) or "",
        "progress": f"{clock.shown(note.at)[5:]} {note.body}" if note else "",
        "score": str(it.score or ""),
        "dispatched_by": who(order.issued_by) if order else "",
        "handled_by": who(it.handler),
        "owner_sign": it.signed_by or "",
        **words(it, viewer, "kind", "channel", "customer", "reporter_phone", "content"),
        **words(it, viewer, "received_at", "appointment_at", "dispatched_at", "arrived_at", "done_at"),
    }
