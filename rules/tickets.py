"""报事 (Ticket): registered at once by the first contact, passed on, followed to its end, closed by a follow-up."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models import DEPARTMENTS, RecordNote, Resident, Staff, Ticket, Unit, WorkOrder, clock
from rules.advance import advance, check, effect, start
from rules.calendar import end_of_day
from rules.claimed_times import claimed, explain_late
from rules.errors import Gathering, Invalid, RuleError, WrongState
from rules.importing.phones import plain_phone
from rules.notes import TOLD_THE_CUSTOMER
from rules.person import Person, person_of
from rules.policies import policy
from rules.scope import readable
from rules.signing import sign

Details = dict[str, Any]

#: 来函, 巡查 and 网络 have nobody at the other end to repeat the words to (TKT-03).
READ_BACK_CHANNELS = ("call", "visit", "wechat")
#: Posts outside 客服部 that stand in for the front desk and may be the first contact (FIRST-05).
STAND_INS = ("duty_manager", "project_manager")
#: Columns that only moves and the house itself fill in; a correction (修改) never carries them.
_MOVED = """passed_at dispatched_at arrived_at done_at proven_at signed_by score last_informed_at closed_at
    transferred arises_from_id solution"""
MOVED = frozenset(_MOVED.split())
OPEN_STATES = ("registered", "appointed", "dispatched", "processing", "to_follow_up")
URGENCY = {"severe": 0, "urgent": 1, "normal": 2}
_CLOSED_ORDERS = ("completed", "archived", "cancelled")


# ---- registering -----------------------------------------------------------------------------------------------


def register_solved(session: Session, ticket: Ticket, by: Person, solution: str) -> Ticket:
    """Solved on the spot: a short record, no read-back and no phone asked for (FIRST-01)."""
    if not ticket.unit_id and not (ticket.place or "").strip():
        ticket.place = "客服中心前台"
    start(session, ticket, by, solved=True)
    advance(session, ticket, "solve", by, solution=solution)
    return ticket


@check(Ticket, "start")
def _is_complete_when_registered(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    """TKT-02, TKT-03, FIRST-01: complete, repeated to the owner, dated truthfully, with a first contact."""
    if ticket.first_contact_id is None and by.staff_id is not None:
        ticket.first_contact_id = by.staff_id
    ticket.received_at = claimed(ticket.received_at, "受理时间", "received_at", rule="TKT-02")
    ticket.last_informed_at = ticket.received_at  # whoever reports a matter has just been spoken to
    _refuse_gaps(ticket, short=bool(details.get("solved")))
    _first_contact_is_of_the_desk(session, ticket)
    _same_project(session, ticket)


@check(Ticket, "edit")
def _is_complete_when_corrected(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    if moved := MOVED & details.keys():
        raise RuntimeError(f"only moves change {sorted(moved)} of a ticket")
    if ticket.state == "to_follow_up":
        raise WrongState(f"{ticket} 已办结{ticket.state_label}，内容不能再改；有补充请用“记沟通”", rule="TKT-08")
    _first_contact_stays(session, ticket, by, details)
    claimed(ticket.received_at, "受理时间", "received_at", rule="TKT-02")
    _refuse_gaps(ticket, short=False)
    _same_project(session, ticket)
    if inspect(ticket).attrs.received_at.history.has_changes():  # the form always sends it back
        explain_late(
            session, ticket, by, ticket.received_at, "受理时间", ticket.late_entry_reason, name="late_entry_reason"
        )


@effect(Ticket, "start")
def _late_entries_are_kept(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    """TKT-02: what was added afterwards (补单) is flagged, it never looks like an entry of the hour."""
    label = "受理时间"
    explain_late(session, ticket, by, ticket.received_at, label, ticket.late_entry_reason, name="late_entry_reason")


def _refuse_gaps(ticket: Ticket, *, short: bool) -> None:
    """Every empty or impossible field at once, so that the clerk corrects the form once (TKT-03)."""
    said = ticket.reporter_phone or ""
    ticket.reporter_phone = plain_phone(said) or said
    if wrong := gaps(ticket, short=short):
        raise Invalid(wrong, rule="TKT-03")


def gaps(ticket: Ticket, *, short: bool = False) -> dict[str, str]:
    """What a ticket lacks: field to sentence; a short record asks neither for a phone nor for the words repeated."""
    wrong: dict[str, str] = {}
    if not ticket.unit_id and not (ticket.place or "").strip():
        wrong["unit_id"] = "请填写房号，公共部位请填写地点"
    for name, sentence in (("customer", "请填写业主姓名"), ("content", "请填写报事内容")):
        if not (getattr(ticket, name) or "").strip():
            wrong[name] = sentence
    said = ticket.reporter_phone or ""
    if said and not plain_phone(said):
        wrong["reporter_phone"] = f"“{said[:20]}”不像电话号码，请核对"
    elif not said and not short:
        wrong["reporter_phone"] = "请填写报事人电话"
    if not short and ticket.channel in READ_BACK_CHANNELS and not ticket.read_back:
        wrong["read_back"] = "请向业主复述报事内容并核对，再勾选"
    return wrong


def _first_contact_is_of_the_desk(session: Session, ticket: Ticket) -> None:
    """FIRST-05, A-25: a guard or a cleaner passes the matter to the desk, and the desk becomes the first contact."""
    if not may_be_first_contact(session, ticket.first_contact_id, ticket.org_id):
        raise RuleError(
            "首接人须是本项目客服部人员：其他部门接到报事请转前台登记，由前台作首接人",
            field="first_contact_id",
            rule="FIRST-05",
        )


def may_be_first_contact(session: Session, staff_id: int | None, org_id: int) -> bool:
    """客服部 of the project, or who stands in for its front desk."""
    staff = session.get(Staff, staff_id) if staff_id else None
    person = person_of(session, staff) if staff else None
    return person is not None and (person.ranks("service", 1, org_id) or person.holds(*STAND_INS, org_id=org_id))


def _same_project(session: Session, ticket: Ticket) -> None:
    unit = session.get(Unit, ticket.unit_id) if ticket.unit_id else None
    if ticket.unit_id and (unit is None or unit.org_id != ticket.org_id):
        raise RuleError("这套房屋不在本项目，请重新选择房号", field="unit_id")
    resident = session.get(Resident, ticket.resident_id) if ticket.resident_id else None
    if ticket.resident_id and (resident is None or resident.org_id != ticket.org_id):
        raise RuleError("这位住户不在本项目，请重新选择", field="resident_id")


@check(Ticket, *Ticket.lifecycle.moves)
def _first_contact_stays(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    """FIRST-03: no escalation, change of shift or correction takes the matter from its first contact."""
    if inspect(ticket).attrs.first_contact_id.history.deleted:
        raise RuleError(
            "首接人不随转办、升级或交接班改变（首接责任制），不能修改", field="first_contact_id", rule="FIRST-03"
        )


# ---- moves -----------------------------------------------------------------------------------------------------


@check(Ticket, "solve")
def _says_how_it_was_solved(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    if not (ticket.solution or "").strip():
        raise RuleError("请简要写明当场如何解决", field="solution", rule="FIRST-01")
    ticket.done_at = ticket.closed_at = clock.now()


@check(Ticket, "appoint")
def _appointment_lies_ahead(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    refuse_past_appointment(ticket.appointment_at)


def refuse_past_appointment(at: datetime | None) -> None:
    """An appointment has a time, and the time is still to come (TKT-05, WO-10)."""
    if at is None:
        raise RuleError("请填写预约时间", field="appointment_at", rule="WO-10")
    if at <= clock.now():
        raise RuleError(f"预约时间须晚于现在（{clock.shown(clock.now())}）", field="appointment_at", rule="TKT-05")


@check(Ticket, "pass_on")
def _goes_to_a_department(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    """FIRST-02: to which department, when; a person named must work in this project."""
    if ticket.department not in DEPARTMENTS:
        raise RuleError("请选择处理部门", field="department", rule="FIRST-02")
    if ticket.handler_id:
        handler = session.get(Staff, ticket.handler_id)
        if handler is None or ticket.org_id not in person_of(session, handler).units:
            raise RuleError("责任人须是本项目在岗人员，请重新选择", field="handler_id", rule="FIRST-02")
    ticket.passed_at = clock.now()


@check(Ticket, "report_arrival")
def _arrival_is_dated(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    since = ticket.dispatched_at or ticket.passed_at
    ticket.arrived_at = claimed(
        ticket.arrived_at, "到场反馈时间", "arrived_at", since=since, after="派单时间", rule="TKT-06"
    )
    explain_late(session, ticket, by, ticket.arrived_at, "到场反馈时间", details.get("late_reason"))


@check(Ticket, "finish")
def _completion_is_proven(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    """TKT-08: 完工时间 and 业主签名; a ticket with open slips is finished by its slips."""
    if session.scalars(_open_orders(ticket)).first() is not None:
        raise RuleError("本报事还有未完成的工作任务单，由工单签认后自动转回访", rule="TKT-08")
    said = Gathering()
    with said.hear():
        if wrong := _unproven(ticket, details):
            raise Invalid(wrong, rule="TKT-08")
    with said.hear():
        if details.get("done_at") is not None:
            since, label = ticket.arrived_at or ticket.received_at, "完工时间"
            ticket.done_at = claimed(
                ticket.done_at, label, "done_at", since=since, after="到场或受理时间", rule="TKT-08"
            )
            explain_late(session, ticket, by, ticket.done_at, label, details.get("late_reason"))
    said.refuse()
    refuse_without_progress_contact(session, ticket)
    ticket.proven_at = clock.now()


def _unproven(ticket: Ticket, details: Details) -> dict[str, str]:
    """What the completion lacks: field to sentence."""
    wrong: dict[str, str] = {}
    if details.get("done_at") is None:
        wrong["done_at"] = "请填写完工时间"
    if not (ticket.signed_by or "").strip():
        wrong["signed_by"] = "没有业主签名不能办结，请填写签名人"
    if details.get("means") not in ("glass", "paper"):
        wrong["means"] = "请选择业主签名的方式：屏幕手写或纸质签字扫描"
    elif details["means"] == "glass" and not details.get("attachment_id"):
        wrong["signature"] = "请业主在屏幕上手写签名；签在纸上的请选“纸质签字扫描”"
    return wrong


@effect(Ticket, "finish")
def _signature_is_kept(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    sign(
        session,
        ticket,
        "业主签名",
        signer=ticket.signed_by or "",
        relation="业主",
        means=details["means"],
        attachment_id=details.get("attachment_id"),
        late_reason=details.get("late_reason"),
    )


@check(Ticket, "cancel")
def _has_no_work_under_way(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    if session.scalars(_open_orders(ticket)).first() is not None:
        raise RuleError("本报事还有未完成的工作任务单，请先取消工单再作废报事")
    twin = session.get(Ticket, ticket.duplicate_of_id) if ticket.duplicate_of_id else None
    if ticket.duplicate_of_id and (twin is None or twin.org_id != ticket.org_id or twin.id == ticket.id):
        raise RuleError("并入的报事须是本项目的另一件报事", field="duplicate_of_id")


@check(Ticket, "close", "transfer")
def _was_told_how_it_stands(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    refuse_without_progress_contact(session, ticket)
    ticket.closed_at = clock.now()


def _open_orders(ticket: Ticket) -> Any:
    return select(WorkOrder).where(WorkOrder.ticket_id == ticket.id, WorkOrder.state.not_in(_CLOSED_ORDERS))


# ---- informing the customer ------------------------------------------------------------------------------------


def is_overdue(session: Session, ticket: Ticket) -> bool:
    """超期报事: not done by the end of the day it was received, or agreed for (TKT-07, TKT-13, TKT-18)."""
    by_appointment = policy(session, "tkt.clock_start", ticket.org_id, ticket.received_at) == "appointment"
    agreed = ticket.appointment_at if by_appointment else None
    began = max(agreed or ticket.received_at, ticket.received_at)
    return (ticket.done_at or clock.now()) > end_of_day(session, began, ticket.org_id)


def needs_progress_contact(session: Session, ticket: Ticket) -> bool:
    """Overdue or severe, and nobody has told the customer how the matter stands (TKT-07)."""
    if ticket.priority != "severe" and not is_overdue(session, ticket):
        return False
    told = select(RecordNote.id).where(
        RecordNote.noun == "ticket", RecordNote.row_id == ticket.id, RecordNote.kind.in_(TOLD_THE_CUSTOMER)
    )
    return session.scalars(told.limit(1)).first() is None


def refuse_without_progress_contact(session: Session, ticket: Ticket) -> None:
    """TKT-07: at least one progress contact before the matter may end."""
    if needs_progress_contact(session, ticket):
        why = "严重影响客户生活品质" if ticket.priority == "severe" else "已超期"
        raise RuleError(f"本报事{why}，须先向客户说明处理情况并登记至少一次客户沟通", field="contact", rule="TKT-07")


def informed_lately(session: Session, ticket: Ticket) -> bool:
    """Whether the customer heard from us within the policy's hours (FIRST-04)."""
    hours = timedelta(hours=policy(session, "first.inform_hours", ticket.org_id))
    return clock.now() - (ticket.last_informed_at or ticket.received_at) <= hours


# ---- looking ---------------------------------------------------------------------------------------------------


def open_here(
    session: Session, person: Person, org_id: int, *, unit_id: int | None = None, place: str | None = None
) -> list[Ticket]:
    """Tickets still open at the same unit or place, the newest first."""
    if not unit_id and not (place or "").strip():
        return []
    here = Ticket.unit_id == unit_id if unit_id else Ticket.place == (place or "").strip()
    found = session.scalars(
        select(Ticket)
        .where(Ticket.org_id == org_id, here, Ticket.state.in_(OPEN_STATES), readable(person, Ticket))
        .order_by(Ticket.received_at.desc())
    )
    return list(found)


def open_like(
    session: Session,
    person: Person,
    org_id: int,
    *,
    unit_id: int | None = None,
    place: str | None = None,
    kind: str = "",
    content: str = "",
    but: int | None = None,
) -> list[Ticket]:
    """Tickets still open at the same unit or place that are of the same kind or speak of the same thing."""
    found = open_here(session, person, org_id, unit_id=unit_id, place=place)
    return [t for t in found if t.id != but and (t.kind == kind or alike(t.content, content))]


def alike(one: str, other: str) -> bool:
    """Whether two descriptions share a third of their pairs of letters: 厨房漏水 and 厨房水管漏水 do."""
    a, b = _pairs(one), _pairs(other)
    return bool(a and b) and len(a & b) * 3 >= min(len(a), len(b))


def _pairs(words: str) -> set[str]:
    letters = [c for c in words if c.isalnum()]
    return {a + b for a, b in pairwise(letters)}


def desk_queue(session: Session, person: Person) -> list[Ticket]:
    """The open tickets the person may read, the gravest first, then the oldest (TKT-24)."""
    found = session.scalars(select(Ticket).where(Ticket.state.in_(OPEN_STATES), readable(person, Ticket)))
    return sorted(found, key=lambda t: (URGENCY[t.priority], t.received_at, t.id))
