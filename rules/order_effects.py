"""What else happens when a 工作任务单 moves: its copies travel with it, its ticket follows, a follow-up falls due."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Ticket, WorkOrder, clock
from rules.advance import advance, effect
from rules.copies import hand_over_with, take_out_with, void_with
from rules.follow_ups import open_for_order
from rules.person import Person
from rules.work_orders import DONE_STATES

Details = dict[str, Any]
#: What others committed while this transaction waited for the ticket, not what was read before.
FRESH = {"populate_existing": True}


def _ticket(session: Session, order: WorkOrder, *, lock: bool = False) -> Ticket | None:
    """The slip's ticket; locked where its other slips decide, so that the last two do not miss each other."""
    session.flush()
    return session.get(Ticket, order.ticket_id, with_for_update=lock) if order.ticket_id else None


def _follow(session: Session, ticket: Ticket | None, verb: str, by: Person, order: WorkOrder, **details: Any) -> None:
    """Move the ticket where its own state allows; another of its slips may have brought it further already."""
    if ticket is not None and ticket.state in ticket.lifecycle.moves[verb].source:
        advance(session, ticket, verb, by, cause=order, **details)


@effect(WorkOrder, "issue")
def _ticket_is_dispatched(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """派单 is the issue of the first slip (TKT-04); a later slip changes neither the time nor a ticket in work."""
    ticket = _ticket(session, order)
    if ticket is None or ticket.state == "processing":
        return
    facts: dict[str, Any] = {
        "dispatched_at": ticket.dispatched_at or order.issued_at,
        "department": "engineering",
        "handler_id": ticket.handler_id or order.technician_id,
    }
    if ticket.state == "to_follow_up":  # one more slip: the matter is not finished after all
        facts |= dict.fromkeys(("done_at", "proven_at", "signed_by", "solution"))
    _follow(session, ticket, "dispatch", by, order, **facts)


@effect(WorkOrder, "appoint")
def _ticket_is_appointed(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    _follow(session, _ticket(session, order), "appoint", by, order, appointment_at=order.appointment_at)


@effect(WorkOrder, "receive")
def _copies_leave(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-25: who signs for the slip takes copies 2 and 3 along and is the ticket's 责任人."""
    take_out_with(session, order, by)
    ticket = _ticket(session, order)
    if ticket is not None and not ticket.is_frozen and ticket.state == "dispatched":
        ticket.handler_id = order.technician_id


@effect(WorkOrder, "arrive")
def _ticket_is_in_work(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    ticket = _ticket(session, order)
    arrived = ticket.arrived_at if ticket else None
    _follow(session, ticket, "process", by, order, arrived_at=arrived or order.on_site_at)


@effect(WorkOrder, "claim_signed")
def _first_copy_is_handed_over(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-05, WO-06: who signed the three parts keeps the first; `copy1_kept` says it was not handed over."""
    if not details.get("copy1_kept"):
        hand_over_with(session, order, by)


@effect(WorkOrder, "sign", "return_signed")
def _work_is_proven(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """The follow-up's clock starts and the ticket waits for it."""
    open_for_order(session, order, by)
    _ticket_after(session, order, by)


@effect(WorkOrder, "cancel")
def _nothing_is_left_of_it(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    void_with(session, order, by, details.get("reason") or "工单取消")
    if order.issued_at is not None:
        _ticket_after(session, order, by)


def _ticket_after(session: Session, order: WorkOrder, by: Person) -> None:
    """The ticket is done when all its slips are; when every one was cancelled it is back where it was registered."""
    ticket = _ticket(session, order, lock=True)
    if ticket is None:
        return
    its_own = select(WorkOrder).where(WorkOrder.ticket_id == ticket.id).order_by(WorkOrder.id)
    live = [o for o in session.scalars(its_own, execution_options=FRESH) if o.state != "cancelled"]
    if any(o.state not in DONE_STATES for o in live):
        return
    if not live:
        _follow(session, ticket, "withdraw", by, order, dispatched_at=None, arrived_at=None, handler_id=None)
        return
    last = max(live, key=lambda o: (o.proven_at or clock.now(), o.id))
    _follow(
        session,
        ticket,
        "complete",
        by,
        order,
        done_at=max(o.done_at for o in live if o.done_at),
        proven_at=last.proven_at,
        signed_by=last.signer,
        solution="；".join(o.result for o in live if o.result)[:2000],
    )
