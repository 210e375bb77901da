"""The page of a household: who lives there, what is open, what was, what to mind; and 显示 of one hidden value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    CallRecord,
    FollowUp,
    Occupancy,
    Record,
    Resident,
    Ticket,
    TrailEntry,
    Unit,
    WorkOrder,
    clock,
)
from models.estate import RELATIONS, UNIT_KINDS
from models.trail import tell
from rules.copies import living_copies
from rules.errors import NotAllowed, RuleError
from rules.finding import Hit, search
from rules.permissions import allows, require
from rules.person import Person
from rules.policies import policy
from rules.residents import one_person, ties_of
from rules.scope import find, readable
from rules.show import show
from rules.tickets import OPEN_STATES, needs_progress_contact
from rules.work_orders import is_repeated

__all__ = ["Dweller", "Event", "Hidden", "Hit", "Household", "history", "household", "reveal", "search"]

HISTORY = 30
D = TypeVar("D", Ticket, WorkOrder, FollowUp)
REVEALED = "显示"
_OPEN_ORDERS = ("draft", "issued", "appointed", "received", "on_site", "working", "to_sign", "signed")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A masked value and where to ask for it: 138****2217 of the row `noun` `row_id`, attribute `field`."""

    noun: str
    row_id: int
    field: str
    masked: str


@dataclass(frozen=True, slots=True)
class Dweller:
    """Somebody tied to the unit, as far as the viewer may see."""

    resident: Resident
    tie: Occupancy
    relation: str
    phones: tuple[Hidden, ...]
    id_no: Hidden | None
    employer: Hidden | None
    also: tuple[str, ...]  # other units of the same person


@dataclass(frozen=True, slots=True)
class Event:
    """One line of 来往经过."""

    at: datetime
    noun: str
    row_id: int
    number: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Household:
    """Everything the household's page shows, inside the viewer's scope."""

    unit: Unit
    about: tuple[str, ...]
    people: tuple[Dweller, ...]
    tickets: tuple[Ticket, ...]
    orders: tuple[WorkOrder, ...]
    follow_ups: tuple[FollowUp, ...]
    history: tuple[Event, ...]
    alerts: tuple[str, ...]


def household(session: Session, person: Person, unit_id: int) -> Household | None:
    """The unit's page; None when it is not there or not the viewer's; residents for those who may read them."""
    unit = find(session, person, Unit, unit_id)
    if unit is None:
        return None
    people = _people(session, person, unit)
    tickets = _open(session, person, Ticket, unit_id, OPEN_STATES)
    orders = _open(session, person, WorkOrder, unit_id, _OPEN_ORDERS)
    return Household(
        unit,
        _about(unit),
        people,
        tickets,
        orders,
        _open(session, person, FollowUp, unit_id, ("pending",)),
        tuple(history(session, person, unit_id)),
        _alerts(session, people, tickets, orders),
    )


def _about(unit: Unit) -> tuple[str, ...]:
    """The derived flags (decision 5): not one mixed state."""
    flags = [
        (not unit.sold, "未售出"),
        (unit.renovating, "装修中"),
        (unit.in_custody, "托管"),
        (unit.long_vacant, "长期空房户"),
    ]
    return (UNIT_KINDS[unit.kind], *(word for true, word in flags if true))


def _people(session: Session, person: Person, unit: Unit) -> tuple[Dweller, ...]:
    if not allows(person, "resident.read", unit):
        return ()
    seen: set[int] = set()
    dwellers = []
    for tie in ties_of(session, unit.id):
        same = one_person(session, tie.resident_id)
        if same and same[0].id not in seen:
            seen.add(same[0].id)
            dwellers.append(_dweller(person, tie, same, unit))
    return tuple(dwellers)


def _dweller(person: Person, tie: Occupancy, same: Sequence[Resident], unit: Unit) -> Dweller:
    head = same[0]
    phones = {p.number: p for r in same for p in r.phones}
    with_number = next((r for r in same if r.id_no), None)
    with_employer = next((r for r in same if r.employer), None)
    return Dweller(
        head,
        tie,
        RELATIONS[tie.relation],
        tuple(_hidden(p, "number", person) for p in phones.values()),
        _hidden(with_number, "id_no", person) if with_number else None,
        _hidden(with_employer, "employer", person) if with_employer else None,
        tuple(sorted({o.unit.code for r in same for o in r.occupancies if o.unit_id != unit.id})),
    )


def _hidden(row: Record, field: str, viewer: Person) -> Hidden:
    return Hidden(row.__tablename__, row.id, field, show(type(row), field, getattr(row, field), viewer))


def _open(session: Session, person: Person, model: type[D], unit_id: int, states: tuple[str, ...]) -> tuple[D, ...]:
    here = select(model).where(model.unit_id == unit_id, model.state.in_(states), readable(person, model))
    return tuple(session.scalars(here.order_by(model.created_at, model.id)))


def history(session: Session, person: Person, unit_id: int, limit: int = HISTORY) -> list[Event]:
    """What passed between the household and the house, newest first."""
    events: list[Event] = []
    for model, when, words in (
        (Ticket, Ticket.received_at, "content"),
        (WorkOrder, WorkOrder.reported_at, "content"),
        (FollowUp, FollowUp.proven_at, "suggestion"),
        (CallRecord, CallRecord.at, "content"),
    ):
        rows = session.scalars(
            select(model)
            .where(model.unit_id == unit_id, readable(person, model))
            .order_by(when.desc(), model.id.desc())
            .limit(limit)
        )
        events += [
            Event(
                getattr(row, when.key),
                model.__tablename__,
                row.id,
                row.number or "",
                getattr(row, words) or "",
                row.state_label,
            )
            for row in rows
        ]
    return sorted(events, key=lambda e: (e.at, e.row_id), reverse=True)[:limit]


def _alerts(
    session: Session, people: Sequence[Dweller], tickets: Sequence[Ticket], orders: Sequence[WorkOrder]
) -> tuple[str, ...]:
    """What whoever picks up the phone should know first."""
    said = [
        f"重要客户：{d.resident.name} {d.resident.vip_reason or ''}".strip() for d in people if d.resident.important
    ]
    said += [f"{d.resident.name}的联系时段：{d.resident.contact_wish}" for d in people if d.resident.contact_wish]
    said += [f"{t} 须向客户说明进展" for t in tickets if needs_progress_contact(session, t)]
    said += [f"{o} 属同一种维修多次发生" for o in orders if is_repeated(session, o)]
    said += [f"{o} 是返工单" for o in orders if o.rework_of_id]
    said += [f"{c} 缺联" for o in orders for c in living_copies(session, o) if c.state == "missing"]
    return tuple(said)


# ---- 显示 ------------------------------------------------------------------------------------------------------


def reveal(session: Session, person: Person, model: type[Record], row_id: int, field: str, reason: str) -> str:
    """One hidden value of one record, for a reason that goes into the 操作日志 with it (BASE-01, decision 7).

    Call it inside `write`: the value is given only when the line is committed. Raises NotAllowed for a row that is
    not the person's, RuleError without a reason or beyond the hourly limit.
    """
    if not model.info(field).get("secret"):
        raise RuntimeError(f"{model.__name__}.{field} hides nothing")
    row = find(session, person, model, row_id)
    if row is None:
        raise NotAllowed("没有这条记录，或不在您的范围内")
    require(person, "resident.reveal", row, "显示隐藏的内容")
    if len(reason.strip()) < 2:
        raise RuleError("请写明显示的用途，会记入操作日志", field="reason", rule="BASE-01")
    _refuse_too_many(session, person, getattr(row, "org_id", None) or 0)
    tell(session, REVEALED, row, {"字段": model.info(field)["label"], "用途": reason.strip()[:100]})
    value = getattr(row, field)
    return "" if value is None else str(value)


def _refuse_too_many(session: Session, person: Person, org_id: int) -> None:
    limit = int(policy(session, "reveal.per_hour", org_id))
    lately = session.scalar(
        select(func.count())
        .select_from(TrailEntry)
        .where(TrailEntry.actor_id == person.staff_id, TrailEntry.action == REVEALED)
        .where(TrailEntry.at > clock.now() - timedelta(hours=1))
    )
    if (lately or 0) >= limit:
        raise RuleError(f"您在一小时内已显示 {limit} 次，请稍后再试或请客服主管办理", rule="BASE-01")
