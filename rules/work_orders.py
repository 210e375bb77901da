"""工作任务单 (WorkOrder): made from a ticket or for a public facility; rework, repeats, what counts as done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Ticket, Unit, WorkOrder, clock
from models.document import Stateful
from models.work_orders import ORDER_KINDS
from rules.advance import changed, check, start
from rules.claimed_times import claimed
from rules.duty import is_there
from rules.errors import Invalid, RuleError, WrongState
from rules.importing.phones import plain_phone
from rules.permissions import require
from rules.person import Person, person_of, units_below
from rules.policies import policy

Details = dict[str, Any]

#: A slip counts as done only with its signature (WO-18).
DONE_STATES = ("completed", "archived")
IN_HAND_STATES = ("received", "on_site", "working")
OPEN_STATES = ("issued", "appointed", *IN_HAND_STATES, "to_sign", "signed")
#: Columns that only moves fill in; a correction (修改) never carries them.
_MOVED = """issued_by_id issued_at received_by_id received_at at_door_at on_site_at started_at done_at result
    no_material labour_fee fee signer signer_kind signer_adult signed_at proven_at refusals copy1_at copy2_at copy3_at
    archived_at returned_to_duty_at leak_tested_at recheck_passed accept_at ticket_id rework_of_id"""
MOVED = frozenset(_MOVED.split())
_SAME = "org_id ticket_id kind trade unit_id place zone_id reporter reporter_department phone safety leak"
_TICKET_KINDS = {"help": "help", "service": "paid"}


# ---- making ----------------------------------------------------------------------------------------------------


def from_ticket(session: Session, ticket: Ticket, by: Person, **values: Any) -> WorkOrder:
    """A draft slip with the ticket's facts (WO-01, WO-26); `values` are what the form adds or changes.

    A ticket for a place becomes a public slip reported by 客服部 unless `reporter_department` says otherwise.
    """
    if ticket.is_frozen:
        raise WrongState(f"{ticket} 已{ticket.state_label}，不能再下工作任务单")
    kind = _TICKET_KINDS.get(ticket.kind, "home") if ticket.unit_id else "public"
    facts = {
        "org_id": ticket.org_id,
        "ticket_id": ticket.id,
        "kind": kind,
        "unit_id": ticket.unit_id,
        "place": ticket.place,
        "reporter": ticket.reporter or ticket.customer,
        "phone": ticket.reporter_phone,
        "content": ticket.content,
        "reported_at": ticket.received_at,
        "appointment_at": ticket.appointment_at,
        "reporter_department": "service" if kind == "public" else None,
    }
    return start(session, WorkOrder(**{**facts, **values}), by)


def rework(
    session: Session, order: WorkOrder, by: Person, *, content: str = "", cause: Stateful | None = None
) -> WorkOrder:
    """A new draft slip for the same worker, linked to the first (WO-30); only a completed slip can be reworked."""
    if cause is None:
        require(by, "work_order.rework", order, "开返工单")
    if order.state not in DONE_STATES:
        raise WrongState(f"{order} 现为“{order.state_label}”，签认完成后才能开返工单", rule="WO-30")
    facts = {name: getattr(order, name) for name in _SAME.split()}
    if order.ticket is not None and order.ticket.is_frozen:
        facts["ticket_id"] = None  # that matter is over; this one stands on the slip it repeats
    facts["technician_id"] = _same_worker(session, order)
    body = f"返工（原单 {order.number}）：{content.strip() or order.content}"[:2000]
    again = WorkOrder(**facts, content=body, rework_of_id=order.id, reported_at=clock.now())
    return start(session, again, by, cause=cause)


def _same_worker(session: Session, order: WorkOrder) -> int | None:
    """Who did the work does it again, unless they are away or no longer of 工程部 (WO-30)."""
    worker = is_there(session, order.technician_id)
    repairs = worker is not None and person_of(session, worker).ranks("engineering", 1, order.org_id)
    return order.technician_id if repairs else None


@check(WorkOrder, "start")
def _is_a_slip(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-01, WO-12: a home slip comes from a reception record, a public one names the place and who reported it."""
    if order.reported_at is None:
        order.reported_at = clock.now()
    claimed(order.reported_at, "报修时间", "reported_at")
    _refuse_gaps(session, order)
    if order.kind != "public" and order.ticket_id is None and order.rework_of_id is None:
        raise RuleError("上门维修请先登记报事（接待记录），再由报事下工作任务单", field="ticket_id", rule="WO-01")
    if order.zone_id is None and order.unit_id:
        order.zone_id = session.get_one(Unit, order.unit_id).building_id


@check(WorkOrder, "edit")
def _is_still_a_slip(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    if moved := MOVED & details.keys():
        raise RuntimeError(f"only moves change {sorted(moved)} of a slip")
    if order.state in ("to_sign", "signed"):
        raise WrongState(f"{order} 已完工{order.state_label}，内容不能再改；有误请登记拒签后重新完工", rule="WO-17")
    _refuse_gaps(session, order)


def _where_it_is(session: Session, order: WorkOrder) -> dict[str, str]:
    """A home has its unit, a public facility its place and the department that reported it."""
    wrong: dict[str, str] = {}
    if order.kind != "public":
        unit = session.get(Unit, order.unit_id) if order.unit_id else None
        if unit is None or unit.org_id != order.org_id:
            wrong["unit_id"] = "这套房屋不在本项目，请重新选择房号" if order.unit_id else "上门维修请填写房号"
        return wrong
    if not (order.place or "").strip():
        wrong["place"] = "公共设施维修请填写故障点"
    if not order.reporter_department:
        wrong["reporter_department"] = "公共设施维修请选择报修部门，维修后由该部门签认"
    return wrong


def _refuse_gaps(session: Session, order: WorkOrder) -> None:
    wrong = _where_it_is(session, order)
    if order.kind not in ORDER_KINDS:
        wrong["kind"] = "请选择类别"
    for name in ("reporter", "content"):
        if not (getattr(order, name) or "").strip():
            wrong[name] = f"请填写{order.labels()[name]}"
    said = order.phone or ""
    order.phone = plain_phone(said) or said
    if not plain_phone(said):
        wrong["phone"] = f"“{said[:20]}”不像电话号码，请核对" if said else "请填写电话"
    ticket = session.get(Ticket, order.ticket_id) if order.ticket_id else None
    if ticket is not None and (ticket.org_id != order.org_id or ticket.unit_id != order.unit_id):
        wrong["unit_id"] = "工作任务单的项目、房号须与报事一致"
    if wrong:
        raise Invalid(wrong, rule="WO-12" if order.kind == "public" else "WO-17")


# ---- what counts, what comes back ------------------------------------------------------------------------------


def is_done(order: WorkOrder) -> bool:
    """Signed and proven; everything else is 未完成 whatever was repaired (WO-18)."""
    return order.state in DONE_STATES


@dataclass(frozen=True, slots=True)
class Completion:
    """The slips issued in a period: how many there were, were signed, were not, and were refused at least once."""

    issued: int
    done: int
    not_done: int
    refused: int


def completion(session: Session, org_id: int, since: datetime, until: datetime) -> Completion:
    """WO-18 in figures, of the unit and everything below it: without its signature a slip is among the 未完成."""
    done = func.coalesce(func.sum(case((WorkOrder.state.in_(DONE_STATES), 1), else_=0)), 0)
    refused = func.coalesce(func.sum(case((WorkOrder.refusals > 0, 1), else_=0)), 0)
    counted = select(func.count(), done, refused).where(
        WorkOrder.org_id.in_(units_below(session, org_id)),
        WorkOrder.issued_at >= since,
        WorkOrder.issued_at < until,
        WorkOrder.state != "cancelled",
    )
    issued, signed, withheld = session.execute(counted).one()
    return Completion(issued, signed, issued - signed, withheld)


def repeats(session: Session, order: WorkOrder) -> list[WorkOrder]:
    """The slips of the same trade for the same unit in the year up to this one, itself included (WO-31)."""
    if order.unit_id is None or order.trade == "other":
        return [order]
    year_before = order.reported_at - timedelta(days=365)
    found = session.scalars(
        select(WorkOrder)
        .where(WorkOrder.unit_id == order.unit_id, WorkOrder.trade == order.trade, WorkOrder.state != "cancelled")
        .where(WorkOrder.reported_at > year_before, WorkOrder.reported_at <= order.reported_at)
        .order_by(WorkOrder.reported_at, WorkOrder.id)
    )
    return list(found)


def is_repeated(session: Session, order: WorkOrder) -> bool:
    """同一种维修三次以上; whether 三 itself counts is a policy (C-57)."""
    limit = int(policy(session, "wo.repeat_count", order.org_id))
    inclusive = policy(session, "count.inclusive", order.org_id) == "yes"
    times = len(repeats(session, order))
    return times >= limit if inclusive else times > limit


def keep_until(session: Session, order: WorkOrder) -> datetime | None:
    """Until when the slip is kept: two years from its filing (WO-16); None while it is not on file."""
    if order.archived_at is None:
        return None
    years = int(policy(session, "wo.keep_years", order.org_id))
    day = clock.local(order.archived_at)
    last = day.replace(month=2, day=28) if (day.month, day.day) == (2, 29) else day
    return last.replace(year=day.year + years)


def standby(session: Session, order: WorkOrder, by: Person, at: datetime | None = None) -> None:
    """WO-09: the job done, the worker is back in the duty room and 待命."""
    require(by, "work_order.standby", order, "登记回值班室")
    if order.done_at is None or order.state in ("draft", "cancelled", *IN_HAND_STATES):
        raise WrongState(f"{order} 还没有完工，不能登记回值班室待命", rule="WO-09")
    label = "回值班室待命时间"
    order.returned_to_duty_at = claimed(at, label, "at", since=order.done_at, after="完工时间", rule="WO-09")
    changed(session, order)
