"""The duty room of 工程部: who is 待命, who is out on which slip, and what a technician has to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import Staff, Ticket, WorkOrder, clock
from rules.duty import on_duty
from rules.person import Person
from rules.scope import readable
from rules.tickets import URGENCY
from rules.work_orders import IN_HAND_STATES, OPEN_STATES

_ANY_TECHNICIAN = ("engineering_duty", "technician", "engineering_assistant", "engineering_supervisor")


def slips_in_hand(session: Session, staff_id: int) -> int:
    """How many slips the person is on, from issue to signature."""
    mine = (WorkOrder.technician_id == staff_id, WorkOrder.state.in_(("issued", *IN_HAND_STATES)))
    return session.scalar(select(func.count()).select_from(WorkOrder).where(*mine)) or 0


@dataclass(frozen=True, slots=True)
class OnBoard:
    """One line of the availability board: who, 待命/在途或作业中/未回值班室, on which slip, since when."""

    staff: Staff
    word: str
    order: WorkOrder | None
    since: datetime | None

    @property
    def is_free(self) -> bool:
        """May be sent now."""
        return self.word == "待命"


def standby_board(session: Session, person: Person, org_id: int | None = None) -> list[OnBoard]:
    """Everybody of 工程部 who is there today, the free first, who has waited longest first of all.

    Of one project, or of all the person's own.
    """
    units = person.units if org_id is None else person.units & {org_id}
    posts = ("engineering_duty", "technician")
    people = {s.id: s for unit in sorted(units) for post in posts for s in on_duty(session, post, unit)}
    lines = [_line(session, staff) for staff in people.values()]
    long_ago = datetime.min.replace(tzinfo=clock.LOCAL)
    return sorted(lines, key=lambda b: (not b.is_free, b.since or long_ago, b.staff.id))


def _line(session: Session, staff: Staff) -> OnBoard:
    busy = session.scalars(
        select(WorkOrder)
        .where(WorkOrder.technician_id == staff.id, WorkOrder.state.in_(IN_HAND_STATES))
        .order_by(WorkOrder.received_at.desc())
    ).first()
    if busy is not None:
        word = "在途" if busy.state == "received" else "作业中"
        return OnBoard(staff, word, busy, busy.on_site_at or busy.received_at)
    last = session.scalars(
        select(WorkOrder)
        .where(WorkOrder.technician_id == staff.id, WorkOrder.done_at.is_not(None), WorkOrder.state != "cancelled")
        .order_by(WorkOrder.done_at.desc(), WorkOrder.id.desc())
    ).first()
    if last is None or last.returned_to_duty_at is not None:
        return OnBoard(staff, "待命", None, last.returned_to_duty_at if last else None)
    today = clock.local(last.done_at).date() == clock.today() if last.done_at else False
    return OnBoard(staff, "未回值班室" if today else "待命", last if today else None, last.done_at)


def may_repair(person: Person) -> bool:
    """Whether slips may be the person's to repair."""
    return person.holds(*_ANY_TECHNICIAN)


def technician_queue(session: Session, person: Person) -> list[WorkOrder]:
    """What this technician has to do: a slip agreed by appointment first (WO-11), then the gravest, then the oldest."""
    mine: ColumnElement[bool] = WorkOrder.technician_id == person.staff_id
    if may_repair(person):
        mine = or_(mine, WorkOrder.technician_id.is_(None))
    found = session.execute(
        select(WorkOrder, Ticket.priority)
        .outerjoin(Ticket, Ticket.id == WorkOrder.ticket_id)
        .where(WorkOrder.state.in_(OPEN_STATES), mine, readable(person, WorkOrder))
    ).all()

    def turn(row: Any) -> tuple[bool, int, datetime, int]:
        order, priority = row
        waiting_since = order.appointment_at or order.issued_at or order.created_at
        return order.state != "appointed", URGENCY.get(priority, 2), waiting_since, order.id

    return [order for order, _ in sorted(found, key=turn)]
