"""资料录入是否完整: what each register must say, and whose entries of a day do not (BASE-09, 003-4§2)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from models import (
    CallRecord,
    Occupancy,
    Record,
    Resident,
    ResidentPhone,
    Staff,
    Ticket,
    TrailEntry,
    WorkOrder,
    WorkOrderMaterial,
    clock,
)
from models.document import Stateful
from rules.person import Person
from rules.scope import readable
from rules.tickets import READ_BACK_CHANNELS

MOST = 500
SENT = ("dispatched", "processing", "to_follow_up", "closed")
ENDED = ("to_follow_up", "closed")
TAKEN = ("received", "on_site", "working", "to_sign", "signed", "completed", "archived")
MADE = ("to_sign", "signed", "completed", "archived")
SIGNED = ("completed", "archived")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a record must say; `missing` selects the rows that do not say it, once `when` holds."""

    label: str
    missing: ColumnElement[bool]
    when: ColumnElement[bool] | None = None

    @property
    def gap(self) -> ColumnElement[bool]:
        """The rows with this gap."""
        return self.missing if self.when is None else and_(self.when, self.missing)


@dataclass(frozen=True, slots=True)
class Complete:
    """What a register's rows must say. `named` is the attribute people know a row by; `counts` leaves out void ones."""

    model: type[Record]
    named: str
    needs: tuple[Need, ...]
    counts: ColumnElement[bool]

    @property
    def incomplete(self) -> ColumnElement[bool]:
        """The rows with any gap."""
        return and_(self.counts, or_(*(need.gap for need in self.needs)))


@dataclass(frozen=True, slots=True)
class Gap:
    """One incomplete record: whose entry, when, what is missing, and whether it can still be filled in."""

    noun: str
    row_id: int
    register: str
    name: str
    missing: tuple[str, ...]
    at: datetime
    staff_id: int
    fixable: bool


def _empty(column: Any) -> ColumnElement[bool]:
    return or_(column.is_(None), func.trim(column) == "")


def _none_of(model: Any, key: Any, owner: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = ~exists().where(key == owner).correlate(model)
    return found


_short = Ticket.state == "solved"  # solved on the spot: a short record will do (FIRST-01)

COMPLETE: tuple[Complete, ...] = (
    Complete(
        Ticket,
        "number",
        (
            Need("业主姓名", _empty(Ticket.customer)),
            Need("报事人电话", _empty(Ticket.reporter_phone), ~_short),
            Need("报事内容", _empty(Ticket.content)),
            Need("复述核对", Ticket.read_back.is_(False), and_(~_short, Ticket.channel.in_(READ_BACK_CHANNELS))),
            Need("处理部门", _empty(Ticket.department), Ticket.state.in_(SENT)),
            Need("完工时间", Ticket.done_at.is_(None), Ticket.state.in_(ENDED)),
            Need("业主签名", _empty(Ticket.signed_by), Ticket.state.in_(ENDED)),
            Need("处理结果", _empty(Ticket.solution), Ticket.state.in_((*ENDED, "solved"))),
        ),
        Ticket.state != "void",
    ),
    Complete(
        WorkOrder,
        "number",
        (
            Need("责任人", WorkOrder.technician_id.is_(None), WorkOrder.state.in_(TAKEN)),
            Need("到场时间", WorkOrder.on_site_at.is_(None), WorkOrder.state.in_(MADE)),
            Need("完工时间", WorkOrder.done_at.is_(None), WorkOrder.state.in_(MADE)),
            Need("处理结果", _empty(WorkOrder.result), WorkOrder.state.in_(MADE)),
            Need(
                "用料",
                _none_of(WorkOrder, WorkOrderMaterial.order_id, WorkOrder.id),
                and_(WorkOrder.state.in_(MADE), WorkOrder.no_material.is_(False)),
            ),
            Need("签认人", _empty(WorkOrder.signer), WorkOrder.state.in_(SIGNED)),
        ),
        WorkOrder.state != "cancelled",
    ),
    Complete(
        Resident,
        "name",
        (
            Need("联系电话", _none_of(Resident, ResidentPhone.resident_id, Resident.id)),
            Need("身份证号码", Resident.id_no_print.is_(None), Resident.kind == "person"),
            Need("房号", _none_of(Resident, Occupancy.resident_id, Resident.id)),
        ),
        Resident.merged_into_id.is_(None),
    ),
    Complete(
        CallRecord,
        "number",
        (
            Need("铃响声数", CallRecord.rings.is_(None), CallRecord.kind == "in"),
            Need("相关部门", _empty(CallRecord.department), CallRecord.state == "open"),
            Need("答复内容", _empty(CallRecord.answer), CallRecord.state == "answered"),
        ),
        CallRecord.state != "void",
    ),
)
_OF = {it.model: it for it in COMPLETE}


def gaps_of(session: Session, row: Record) -> tuple[str, ...]:
    """What the record does not say and should, in Chinese; empty when it is complete."""
    known = _OF[type(row)]
    found = session.execute(select(*(n.gap for n in known.needs)).where(known.model.id == row.id, known.counts)).first()
    return tuple(n.label for n, gap in zip(known.needs, found, strict=True) if gap) if found else ()


def incomplete(session: Session, person: Person, day: date, of: int | None = None) -> list[Gap]:
    """The incomplete records that one member of staff (`of`, the person unless given) entered on the day."""
    return [gap for known in COMPLETE for gap in _gaps(session, person, known, of or person.staff_id or 0, day)]


def unfinished(session: Session, person: Person, of: int | None = None) -> list[Gap]:
    """Everything one member of staff entered on any day that is incomplete and can still be filled in."""
    found = [gap for known in COMPLETE for gap in _gaps(session, person, known, of or person.staff_id or 0, None)]
    return [gap for gap in found if gap.fixable]


def unfinished_count(session: Session, person: Person) -> int:
    """How many of the person's own records wait to be completed: the figure of the home page."""
    number = 0
    for known in COMPLETE:
        mine, _at, joined = _entered(known, select(func.count()), None)
        number += session.scalar(joined.where(mine == person.staff_id, *_still_open(person, known))) or 0
    return number


def by_person(session: Session, person: Person, day: date) -> list[tuple[Staff, int]]:
    """Who entered how many incomplete records on the day, the most first; inside what the person may read."""
    counts: dict[int, int] = {}
    for known in COMPLETE:
        who, at, joined = _entered(known, select(), day)
        rows = joined.add_columns(who, func.count()).where(known.incomplete, readable(person, known.model), at)
        for staff_id, number in session.execute(rows.group_by(who)):
            if staff_id is not None:
                counts[staff_id] = counts.get(staff_id, 0) + number
    people = session.scalars(select(Staff).where(Staff.id.in_(counts)))
    return sorted(((it, counts[it.id]) for it in people), key=lambda pair: (-pair[1], pair[0].name))


def _still_open(person: Person, known: Complete) -> tuple[ColumnElement[bool], ...]:
    model: Any = known.model
    frozen = model.lifecycle.frozen if issubclass(model, Stateful) else ()
    not_frozen = (model.state.not_in(frozen),) if frozen else ()
    return (known.incomplete, readable(person, known.model), *not_frozen)


def _entered(known: Complete, rows: Select[Any], day: date | None) -> tuple[Any, ColumnElement[bool], Select[Any]]:
    """(who entered a row, condition of the day, statement): papers name their maker, for the rest the trail does."""
    model: Any = known.model
    if hasattr(model, "made_by_id"):
        return model.made_by_id, _on(model.created_at, day), rows.select_from(model)
    first = and_(TrailEntry.noun == model.__tablename__, TrailEntry.row_id == model.id, TrailEntry.action == "新增")
    return TrailEntry.actor_id, _on(TrailEntry.at, day), rows.select_from(model).join(TrailEntry, first)


def _on(column: Any, day: date | None) -> ColumnElement[bool]:
    if day is None:
        return true()
    return and_(column >= clock.at_wall(day, time(0)), column < clock.at_wall(day + timedelta(days=1), time(0)))


def _gaps(session: Session, person: Person, known: Complete, staff_id: int, day: date | None) -> list[Gap]:
    model: Any = known.model
    who, on_day, joined = _entered(known, select(model), day)
    at = model.created_at if hasattr(model, "made_by_id") else TrailEntry.at
    rows = joined.add_columns(at, *(need.gap for need in known.needs))
    rows = rows.where(who == staff_id, on_day, known.incomplete, readable(person, model)).order_by(at.desc(), model.id)
    return [_gap(known, row, staff_id) for row in session.execute(rows.limit(MOST))]


def _gap(known: Complete, found: Any, staff_id: int) -> Gap:
    row, at, *flags = found
    return Gap(
        known.model.__tablename__,
        row.id,
        known.model.__label__,
        getattr(row, known.named) or str(row),
        tuple(need.label for need, missing in zip(known.needs, flags, strict=True) if missing),
        at,
        staff_id,
        not (isinstance(row, Stateful) and row.is_frozen),
    )
