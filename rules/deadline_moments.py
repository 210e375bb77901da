"""The moments of the deadlines: from when each clock runs (None: not at all) and until when (None: still)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import CallRecord, FollowUp, Ticket, Transfer, WorkOrder, clock
from rules.calendar import end_of_day
from rules.policies import policy

#: What a department must be seen at the place for; the rest is answered from the desk.
ON_THE_SPOT = ("repair", "help", "service")
OPEN_TICKET = ("registered", "appointed", "dispatched", "processing")


def earliest(*moments: datetime | None) -> datetime | None:
    """The first that has happened."""
    return min((m for m in moments if m is not None), default=None)


# 报事 ----------------------------------------------------------------------------------------------------------------


def waits_for_dispatch(_session: Session, ticket: Ticket) -> datetime | None:
    """T-01 counts from the receipt, unless a time was agreed."""
    return None if ticket.state == "void" or ticket.appointment_at else ticket.received_at


def has_appointment(_session: Session, ticket: Ticket) -> datetime | None:
    """T-02 stands in its place where a time was agreed."""
    return None if ticket.state == "void" or not ticket.appointment_at else ticket.received_at


def passed_or_solved(_session: Session, ticket: Ticket) -> datetime | None:
    """A slip, a department or an answer on the spot: somebody has it in hand."""
    return earliest(ticket.dispatched_at, ticket.passed_at, ticket.done_at, ticket.closed_at)


def before_appointment(_session: Session, ticket: Ticket, started: datetime, limit: timedelta) -> datetime:
    """The latest moment for the slip."""
    return (ticket.appointment_at or started) - limit


def department_sent(_session: Session, ticket: Ticket) -> datetime | None:
    """T-03 for a department that works without a slip."""
    sent = ticket.state != "void" and ticket.dispatched_at is None and ticket.kind in ON_THE_SPOT
    return ticket.passed_at if sent else None


def department_there(_session: Session, ticket: Ticket) -> datetime | None:
    """It reported its arrival, or was done without."""
    return earliest(ticket.arrived_at, ticket.done_at, ticket.closed_at)


def matter(session: Session, ticket: Ticket) -> datetime | None:
    """The ladder counts from the report, or from the appointment (TKT-18)."""
    if ticket.state == "void":
        return None
    agreed = ticket.appointment_at
    later = agreed and policy(session, "tkt.clock_start", ticket.org_id, ticket.received_at) == "appointment"
    return max(agreed, ticket.received_at) if agreed and later else ticket.received_at


def done(_session: Session, ticket: Ticket) -> datetime | None:
    """By state, so that a rework opens it again whatever was written before."""
    if ticket.state in OPEN_TICKET:
        return None
    return ticket.done_at or ticket.closed_at or clock.now()


def same_day(session: Session, ticket: Ticket, started: datetime, _limit: timedelta) -> datetime:
    """The end of 当日."""
    return end_of_day(session, started, ticket.org_id)


def last_word(_session: Session, ticket: Ticket) -> datetime | None:
    """An agreed time is word enough until it comes."""
    if ticket.state == "void":
        return None
    return max(m for m in (ticket.received_at, ticket.last_informed_at, ticket.appointment_at) if m is not None)


# 来电来访 ------------------------------------------------------------------------------------------------------------


def noted(_session: Session, call: CallRecord) -> datetime | None:
    """CALL-06 counts from the call, unless it was answered on the spot."""
    return None if call.state == "void" or call.answered_now else call.at


def answered(_session: Session, call: CallRecord) -> datetime | None:
    """Answered, or in the hands of a 报事."""
    if call.state == "open":
        return None
    return call.answered_at or (call.ticket.created_at if call.ticket else clock.now())


# 工作任务单 ----------------------------------------------------------------------------------------------------------


def issued(_session: Session, order: WorkOrder) -> datetime | None:
    """派单 of the slip."""
    return None if order.state in ("draft", "cancelled") else order.issued_at


def on_site(_session: Session, order: WorkOrder) -> datetime | None:
    """到场反馈, at the latest the completion."""
    return earliest(order.on_site_at, order.done_at)


def invited(_session: Session, order: WorkOrder) -> datetime | None:
    """The owner was asked to accept a defect that was put right (WO-27)."""
    return order.done_at if order.accept_at and order.state != "cancelled" else None


def accepted(_session: Session, order: WorkOrder) -> datetime | None:
    """Signed, on the screen or on paper."""
    return order.signed_at


def at_acceptance(_session: Session, order: WorkOrder, started: datetime, _limit: timedelta) -> datetime:
    """The time agreed."""
    return order.accept_at or started


def taken(_session: Session, order: WorkOrder) -> datetime | None:
    """接单签领; after an appointment the return to the duty room (WO-11)."""
    return None if order.state in ("draft", "appointed", "cancelled") else order.received_at


def at_door(_session: Session, order: WorkOrder) -> datetime | None:
    """Who is on site has been at the door."""
    return earliest(order.at_door_at, order.on_site_at, order.done_at)


def not_before_appointment(_session: Session, order: WorkOrder, started: datetime, limit: timedelta) -> datetime:
    """Nobody knocks before the agreed time 〔推定〕."""
    return max(started + limit, order.appointment_at or started)


# 回访 ----------------------------------------------------------------------------------------------------------------


def window(session: Session, follow_up: FollowUp) -> str:
    """The house's choice of C-01 when the work was proven."""
    return str(policy(session, "rv.repair_window", follow_up.org_id, follow_up.proven_at))


def ticket_follow_up(session: Session, follow_up: FollowUp) -> datetime | None:
    """The 24 hours, where they are not the last limit anyway."""
    applies = follow_up.due_at < follow_up.overdue_at or window(session, follow_up) == "003"
    return follow_up.proven_at if applies and follow_up.state != "void" else None


def repair_follow_up(session: Session, follow_up: FollowUp) -> datetime | None:
    """The days, where 24 hours are not the only limit."""
    applies = follow_up.due_at < follow_up.overdue_at or window(session, follow_up) != "003"
    return follow_up.proven_at if applies and follow_up.state != "void" else None


def made(_session: Session, follow_up: FollowUp) -> datetime | None:
    """When it was made."""
    return None if follow_up.state == "pending" else (follow_up.at or clock.now())


# 调拨 ----------------------------------------------------------------------------------------------------------------


def shipped(_session: Session, transfer: Transfer) -> datetime | None:
    """The goods have left the one store."""
    return transfer.shipped_at if transfer.state in ("in_transit", "done") else None


def arrived(_session: Session, transfer: Transfer) -> datetime | None:
    """They are booked in the other."""
    return transfer.arrived_at if transfer.state == "done" else None
