"""保管委托: while 客服负责人 is away the keys are counted over to a named person (004-8§4.1(10))."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Appointment, KeyCount, KeyDelegation, KeySection, Leave, Signature, Staff, clock
from rules.advance import check, effect
from rules.errors import NotAllowed, RuleError
from rules.keys_counts import cabinets, last_handover
from rules.keys_signing import colleague, other_colleague, put
from rules.person import Person, person_of, reach_of
from rules.staffing import delegate, end_appointment

Details = dict[str, Any]
FRESH = timedelta(hours=24)
LEAD = "service_supervisor"


@check(KeyDelegation, "start", "edit")
def _names_both_and_the_days(session: Session, paper: KeyDelegation, by: Person, details: Details) -> None:
    """KEY-11: the lead who goes, the person of 客服部 who stands in, from when until when."""
    lead, other = _person(session, paper.lead_id), _person(session, paper.delegate_id)
    if lead is None or not lead.holds(LEAD, org_id=paper.org_id):
        raise RuleError("委托人须是本项目的客服负责人", field="lead_id", rule="KEY-11")
    if other is None or not other.ranks("service", 1, paper.org_id):
        raise RuleError("受托人须是本项目客服部在岗人员", field="delegate_id", rule="KEY-11")
    if other.staff_id == lead.staff_id:
        raise RuleError("受托人不能是委托人本人", field="delegate_id", rule="KEY-11")
    if paper.leave_from is None or paper.leave_to is None or paper.leave_to < paper.leave_from:
        raise RuleError("请填写休假起止日期，止不早于起", field="leave_to", rule="KEY-11")
    if paper.leave_to < clock.today():
        raise RuleError("休假已经结束，不用再委托", field="leave_to", rule="KEY-11")


def _person(session: Session, staff_id: int | None) -> Person | None:
    staff = session.get(Staff, staff_id) if staff_id else None
    return person_of(session, staff) if staff else None


@check(KeyDelegation, "hand_over")
def _is_counted_and_signed(session: Session, paper: KeyDelegation, by: Person, details: Details) -> None:
    """KEY-11: on a fresh handover count, signed by the lead (logged in) and by the delegate."""
    if by.staff_id != paper.lead_id:
        raise NotAllowed("须由委托的客服负责人本人移交", rule="KEY-11")
    _the_delegate(paper, by, details)
    count = last_handover(session, details.get("count_id"), paper.org_id, FRESH)
    if count is None:
        raise RuleError("请先做移交清点（24 小时内，双方签字），再选择它", field="count_id", rule="KEY-11")
    if (count.made_by_id, _taker_of(session, count)) != (paper.lead_id, paper.delegate_id):
        raise RuleError("这次清点不是委托人移交给受托人的，请重新清点", field="count_id", rule="KEY-11")
    paper.count_id, paper.counted, paper.handed_at = count.id, count.present, clock.now()


def _the_delegate(paper: KeyDelegation, by: Person, details: Details) -> Person:
    person = other_colleague(details, "receiver", "受托人", by, "KEY-11")
    if person.staff_id != paper.delegate_id:
        raise RuleError("须由受托人本人签字", field="receiver", rule="KEY-11")
    return person


def _taker_of(session: Session, count: KeyCount) -> int | None:
    here = (Signature.noun == count.__tablename__, Signature.row_id == count.id, Signature.slot == "接收人")
    return session.scalars(select(Signature.staff_id).where(*here)).first()


@effect(KeyDelegation, "hand_over")
def _delegate_has_the_duty(session: Session, paper: KeyDelegation, by: Person, details: Details) -> None:
    """Duties and custody go along, approvals only where it says so (decision 32)."""
    put(session, paper, "交出签字", colleague(by, "客服负责人"))
    put(session, paper, "接收签字", colleague(_the_delegate(paper, by, details), "受托人"))
    held = _post_of(session, paper)
    to = session.get_one(Staff, paper.delegate_id)
    first = max(paper.leave_from, clock.today())
    delegate(session, by, held, to, first, paper.leave_to, approvals=paper.approvals)


def _post_of(session: Session, paper: KeyDelegation) -> Appointment:
    rows = select(Appointment).where(
        Appointment.staff_id == paper.lead_id, Appointment.post == LEAD, Appointment.delegated_by_id.is_(None)
    )
    found = [a for a in session.scalars(rows) if reach_of(session, a.org_id).id == paper.org_id]
    if not found:
        raise RuleError("委托人已不任客服负责人", rule="KEY-11")
    return found[0]


@check(KeyDelegation, "take_back")
def _is_counted_back(session: Session, paper: KeyDelegation, by: Person, details: Details) -> None:
    if by.staff_id != paper.lead_id:
        raise NotAllowed("须由委托的客服负责人本人收回", rule="KEY-11")
    count = last_handover(session, details.get("back_count_id"), paper.org_id, FRESH)
    if count is None or count.id == paper.count_id:
        raise RuleError("请先做交回清点（24 小时内，双方签字），再选择它", field="back_count_id", rule="KEY-11")
    paper.back_count_id, paper.ended_at = count.id, clock.now()


@effect(KeyDelegation, "take_back")
def _lead_has_it_again(session: Session, paper: KeyDelegation, by: Person, details: Details) -> None:
    put(session, paper, "收回签字", colleague(by, "客服负责人"))
    rows = select(Appointment).where(
        Appointment.staff_id == paper.delegate_id,
        Appointment.delegated_by_id == paper.lead_id,
        Appointment.post == LEAD,
        Appointment.ends_on >= clock.today(),
    )
    for handed in session.scalars(rows):
        end_appointment(session, handed, by, clock.today() - timedelta(days=1))


def stands_in(session: Session, staff_id: int, day: date | None = None) -> int | None:
    """Who has the custody of this lead's keys on the day, when it was handed over."""
    on = day or clock.today()
    rows = select(KeyDelegation.delegate_id).where(
        KeyDelegation.lead_id == staff_id,
        KeyDelegation.state == "handed",
        KeyDelegation.leave_from <= on,
        KeyDelegation.leave_to >= on,
    )
    return session.scalars(rows).first()


def unattended(session: Session, org_id: int) -> list[Staff]:
    """KEY-11: leads on leave today whose sections nobody stands in for."""
    if not cabinets(session, org_id):
        return []
    day = clock.today()
    rows = (
        select(Staff)
        .join(Leave, Leave.staff_id == Staff.id)
        .join(KeySection, KeySection.keeper_id == Staff.id)
        .where(KeySection.org_id == org_id, KeySection.category == "entrusted")
        .where(Leave.starts_on <= day, Leave.ends_on >= day)
        .distinct()
    )
    return [staff for staff in session.scalars(rows) if stands_in(session, staff.id) is None]
