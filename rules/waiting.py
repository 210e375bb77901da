"""What waits for a person's hand, as one table: papers in a state in which it is this person who must move them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import Session

from models import (
    POSTS,
    CallRecord,
    FollowUp,
    NewCodeRequest,
    PaperCopy,
    StockIn,
    StockOut,
    StockSlip,
    Stocktake,
    Ticket,
    Transfer,
    WorkOrder,
)
from models.document import Stateful
from models.posts import HEADS
from rules.calls import may_be_rung
from rules.clauses import post
from rules.deadline_table import DESK
from rules.person import Person
from rules.scope import actable, readable

Condition = Callable[[Person, datetime], ColumnElement[bool]]

#: 报修部门 -> the posts that speak for it (WO-20…23).
SPEAK_FOR = {"service": "service", "security": "security", "office": "office", "sales": "sales"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of thing to do: papers of `model` in `states` that the person may `verb` and that `mine` picks."""

    key: str
    label: str
    model: type[Stateful]
    states: tuple[str, ...]
    verb: str
    article: str
    mine: Condition
    since: str
    open_now: Callable[[Session, Person, datetime], ColumnElement[bool]] | None = None

    def where(self, session: Session, person: Person, now: datetime) -> ColumnElement[bool]:
        """The condition on the model."""
        open_now = self.open_now(session, person, now) if self.open_now else true()
        return and_(
            open_now,
            self.model.state.in_(self.states),
            readable(person, self.model),
            actable(person, self.model, self.verb),
            self.mine(person, now),
        )


def everybody(_person: Person, _now: datetime) -> ColumnElement[bool]:
    """Whoever may do it."""
    return true()


def _my_order(person: Person, _now: datetime) -> ColumnElement[bool]:
    return or_(WorkOrder.technician_id == person.staff_id, WorkOrder.received_by_id == person.staff_id)


def _for_me_or_nobody(person: Person, _now: datetime) -> ColumnElement[bool]:
    return or_(WorkOrder.technician_id == person.staff_id, WorkOrder.technician_id.is_(None))


def _to_sign(person: Person, now: datetime) -> ColumnElement[bool]:
    """In a home the technician gets the signature; in public places the reporting department signs (WO-14, WO-19)."""
    speaking = [d for d, dept in SPEAK_FOR.items() if any(POSTS[p].department == dept for p in person.posts)]
    public = and_(WorkOrder.kind == "public", WorkOrder.reporter_department.in_(speaking))
    return or_(_my_order(person, now), public, DESK.where(person, WorkOrder))


def _my_ticket(person: Person, _now: datetime) -> ColumnElement[bool]:
    """Without a slip under way: with one the slip is what waits, and its signature ends the ticket."""
    under_way = WorkOrder.state.not_in(("completed", "archived", "cancelled"))
    return and_(Ticket.handler_id == person.staff_id, ~exists().where(WorkOrder.ticket_id == Ticket.id, under_way))


def _of_my_department(person: Person, _now: datetime) -> ColumnElement[bool]:
    heads = [and_(Ticket.department == d, post(h).where(person, Ticket)) for d, h in HEADS.items() if h in person.posts]
    return and_(Ticket.handler_id.is_(None), Ticket.dispatched_at.is_(None), or_(false(), *heads))


def _copy(person: Person, _now: datetime) -> ColumnElement[bool]:
    """Copies 2 and 3 come back: the desk waits for all, a technician brings their own."""
    out = PaperCopy.copy_no.in_((2, 3))
    return and_(out, or_(PaperCopy.holder_id == person.staff_id, DESK.where(person, PaperCopy)))


def _may_call(_person: Person, now: datetime) -> ColumnElement[bool]:
    return FollowUp.earliest_at <= now


def _to_arrive(_person: Person, _now: datetime) -> ColumnElement[bool]:
    """What is under way waits for its arrival; what has not even left waits for nobody here."""
    left = exists().where(Transfer.id == StockIn.transfer_id, Transfer.state == "in_transit")
    return or_(StockIn.transfer_id.is_(None), left)


def _not_agreed(_person: Person, _now: datetime) -> ColumnElement[bool]:
    return Transfer.agreed_by_id.is_(None)


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "dispatch",
        "待派单",
        Ticket,
        ("registered", "appointed"),
        "pass_on",
        "003-2.005§4.1.3",
        lambda person, now: or_(DESK.where(person, Ticket), Ticket.first_contact_id == person.staff_id),
        "received_at",
    ),
    Waiting(
        "finish", "待办结", Ticket, ("dispatched", "processing"), "finish", "003-2.005§4.1.7", _my_ticket, "received_at"
    ),
    Waiting(
        "arrive",
        "本部门待办",
        Ticket,
        ("dispatched",),
        "report_arrival",
        "002-1",
        _of_my_department,
        "received_at",
    ),
    Waiting("issue", "待签发", WorkOrder, ("draft",), "issue", "004-5§4.3.2", everybody, "created_at"),
    Waiting(
        "receive",
        "待接单",
        WorkOrder,
        ("issued", "appointed"),
        "receive",
        "004-5§4.1.3.1a",
        _for_me_or_nobody,
        "issued_at",
    ),
    Waiting(
        "work",
        "手上的工单",
        WorkOrder,
        ("received", "on_site", "working"),
        "arrive",
        "004-5§4.1.3",
        _my_order,
        "received_at",
    ),
    Waiting("sign", "待签认", WorkOrder, ("to_sign",), "sign", "004-5§4.3.4", _to_sign, "done_at"),
    Waiting(
        "return",
        "待收回第三联",
        WorkOrder,
        ("signed",),
        "refuse",
        "004-5§4.1.3.1c",
        lambda person, now: DESK.where(person, WorkOrder),
        "signed_at",
    ),
    Waiting("copies", "在外的联次", PaperCopy, ("out",), "bring_back", "004-5§4.3.1", _copy, "out_at"),
    Waiting("follow_up", "待回访", FollowUp, ("pending",), "pass_", "003-2.005§4.1.8", _may_call, "due_at"),
    Waiting(
        "forward", "待转发的新增编码", NewCodeRequest, ("submitted",), "forward", "004-1§2.2", everybody, "created_at"
    ),
    Waiting(
        "code", "待增加的编码", NewCodeRequest, ("forwarded",), "assign_code", "004-1§2.2", everybody, "created_at"
    ),
    Waiting("stock_in", "待审核入库单", StockIn, ("saved",), "approve", "004-1§2.1", _to_arrive, "created_at"),
    Waiting("stock_out", "待审核出库单", StockOut, ("saved",), "approve", "004-1§3", everybody, "created_at"),
    Waiting("doubt", "待核对的异议", StockOut, ("doubted",), "settle", "004-1§4.1", everybody, "created_at"),
    Waiting("doubt_in", "待核对的异议", StockIn, ("doubted",), "settle", "004-1§4.1", everybody, "created_at"),
    Waiting("agree", "待同意的调拨", Transfer, ("saved",), "agree", "004-1§4.1", _not_agreed, "created_at"),
    Waiting("transfer", "待审核调拨单", Transfer, ("saved",), "approve", "004-1§4.1", everybody, "created_at"),
    Waiting("count", "待盘点", Stocktake, ("issued", "counting"), "record", "004-2§1.4.1", everybody, "created_at"),
    Waiting("explain", "待说明盘点差异", Stocktake, ("explaining",), "explain", "004-1§6", everybody, "created_at"),
    Waiting(
        "approve_count", "待批准盘点表", Stocktake, ("to_approve",), "approve", "004-2§1.4.1", everybody, "created_at"
    ),
    Waiting("answer", "待答复来电来访", CallRecord, ("open",), "answer", "001-3.3", everybody, "at", may_be_rung),
)


def text_of(row: Any) -> tuple[str, str, str]:
    """(number, place, text) of a row in a list of things to do; nothing personal."""
    place = getattr(row, "where", None) or str(getattr(row, "unit", None) or "")
    if isinstance(row, StockSlip):
        return row.number or "", str(row.warehouse), row.title
    if isinstance(row, Stocktake):
        return row.number or "", str(row.warehouse), Stocktake.info("kind")["choices"][row.kind]
    if isinstance(row, Transfer):
        return row.number or "", f"{row.out_warehouse} → {row.in_warehouse}", row.remark or ""
    if isinstance(row, PaperCopy):
        return row.number, "", row.copy_label
    if isinstance(row, FollowUp):
        return row.number or "", place, row.customer
    return getattr(row, "number", None) or "", place, (getattr(row, "content", "") or "")[:60]
