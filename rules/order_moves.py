"""What each move of a 工作任务单 asks for: who issues, times in order, every column filled, the right signature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from models import Building, Staff, WorkOrder, WorkOrderMaterial, clock
from rules.advance import check, effect
from rules.claimed_times import claimed, explain_late
from rules.copies import is_too_young, living_copies
from rules.duty import is_there, on_duty
from rules.duty_room import slips_in_hand
from rules.errors import Gathering, Invalid, RuleError, WrongState
from rules.person import Person, person_of
from rules.signing import (
    refuse_wrong_household_signer,
    refuse_wrong_public_signer,
    sign,
    staff_named,
)
from rules.tickets import refuse_past_appointment

Details = dict[str, Any]
FEN = Decimal("0.01")
#: What must stand on a slip before it is 待签认 (WO-17); `at_door_at` only where there is a building door to stand at.
REQUIRED = (
    "issued_by_id issued_at received_by_id received_at at_door_at on_site_at started_at done_at result content reporter"
)


# ---- issue, appointment, receipt -------------------------------------------------------------------------------


@check(WorkOrder, "issue")
def _is_issued_by_the_duty_person(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-02: the issuer is whoever is logged in; WO-13: the zone's engineer repairs, else the duty person."""
    if order.ticket is not None and order.ticket.is_frozen:
        raise WrongState(f"{order.ticket} 已{order.ticket.state_label}，不能再签发它的工作任务单")
    order.issued_by_id, order.issued_at = by.staff_id, clock.now()
    if order.appointment_at is not None and details.get("appointment_at") is not None:
        refuse_past_appointment(order.appointment_at)
    if order.technician_id:
        refuse_other_trade(session, order.technician_id, order.org_id)
    else:
        order.technician_id = whoever_repairs(session, order)


@check(WorkOrder, "start", "edit")
def _is_given_to_engineering(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    if order.technician_id:
        refuse_other_trade(session, order.technician_id, order.org_id)


def refuse_other_trade(session: Session, staff_id: int, org_id: int) -> None:
    """Only 工程部 of this project repairs."""
    staff = session.get(Staff, staff_id)
    if staff is None or not person_of(session, staff).ranks("engineering", 1, org_id):
        raise RuleError("责任人须是本项目工程部在岗人员，请重新选择", field="technician_id")


def whoever_repairs(session: Session, order: WorkOrder) -> int | None:
    """Public facilities: the engineer of the fault's zone, else the duty person (WO-13); a home: the duty person."""
    if order.kind == "public" and order.zone_id:
        engineer = is_there(session, session.get_one(Building, order.zone_id).engineer_id)
        if engineer is not None:
            return engineer.id
    duty = on_duty(session, "engineering_duty", order.org_id)
    if not duty:
        return None
    return min(duty, key=lambda staff: (slips_in_hand(session, staff.id), staff.id)).id


@check(WorkOrder, "appoint")
def _has_a_time_to_come(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-10: the duty person is out, the desk agrees a time; the five minutes start anew on return (WO-11)."""
    refuse_past_appointment(details.get("appointment_at"))
    order.received_at = order.received_by_id = order.at_door_at = None


@check(WorkOrder, "receive")
def _is_received_now(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """签领: now, never before; after an appointment this is the return to the duty room (WO-11)."""
    order.received_at, order.received_by_id = clock.now(), by.staff_id
    if details.get("technician_id"):
        refuse_other_trade(session, details["technician_id"], order.org_id)
    else:
        order.technician_id = by.staff_id


# ---- on the spot -----------------------------------------------------------------------------------------------


def _claim(
    session: Session, order: WorkOrder, by: Person, details: Details, name: str, since: datetime | None, after: str
) -> None:
    """Take the claimed time of a step, in order after the step before, explained when put down late."""
    label = order.labels()[name]
    moment = claimed(getattr(order, name), label, name, since=since, after=after, rule="WO-17")
    setattr(order, name, moment)
    explain_late(session, order, by, moment, label, details.get("late_reason"))


@check(WorkOrder, "reach_door")
def _stands_at_the_door(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    _claim(session, order, by, details, "at_door_at", order.received_at, "接单时间")


@check(WorkOrder, "arrive")
def _is_on_site(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """Who is on site has been at the door: then at the latest."""
    _claim(session, order, by, details, "on_site_at", order.at_door_at or order.received_at, "到楼门或接单时间")
    if order.at_door_at is None:
        order.at_door_at = order.on_site_at


@check(WorkOrder, "begin")
def _works_when_there(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    _claim(session, order, by, details, "started_at", order.on_site_at, "到场时间")


# ---- completion ------------------------------------------------------------------------------------------------


@check(WorkOrder, "finish")
def _every_column_is_filled(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-17, WO-27, WO-29: done when, with what result, material and fee; a leak tested; a defect re-checked."""
    if details.get("done_at") is None:
        order.done_at = None
    lines, said = list(order.materials), Gathering()
    with said.hear():
        lines = _lines(details["materials"]) if "materials" in details else lines
        if wrong := _gaps(order, bool(lines)):
            raise Invalid(wrong, rule=_rule_of(wrong))
    with said.hear():
        if order.done_at is not None:
            _claim(session, order, by, details, "done_at", order.started_at, "开工时间")
    with said.hear():
        _claim_leak_test(order)
    said.refuse()
    if "materials" in details:
        _replace_lines(session, order, lines)
    order.fee = fee_of(order)


def _claim_leak_test(order: WorkOrder) -> None:
    """WO-29: the test for leaks followed the work."""
    at, since = order.leak_tested_at, order.started_at
    if at is not None:
        order.leak_tested_at = claimed(at, "试漏时间", "leak_tested_at", since=since, after="开工", rule="WO-29")


def _gaps(order: WorkOrder, has_material: bool) -> dict[str, str]:
    """Every empty column at once: {column: sentence}."""
    labels = order.labels()
    wrong = {name: f"请填写{labels[name]}" for name in REQUIRED.split() if getattr(order, name) in (None, "")}
    if order.kind == "public":
        wrong.pop("at_door_at", None)
    if not (order.result or "").strip():
        wrong["result"] = "请填写处理结果"
    if has_material == order.no_material:
        wrong["materials"] = "填了用料就不能勾选“未用材料”" if has_material else "请填写用料，没有用料请勾选“未用材料”"
    if order.kind == "paid" and order.labour_fee is None:
        wrong["labour_fee"] = "有偿服务请填写人工费，不收请填 0"
    if order.labour_fee is not None and not (order.labour_fee >= 0 and order.labour_fee == round(order.labour_fee, 2)):
        wrong["labour_fee"] = "人工费请填不小于 0、最多两位小数的数字"
    if order.leak and order.leak_tested_at is None:
        wrong["leak_tested_at"] = "渗漏水项目请填写试漏时间，试漏后才能完工"
    if order.kind == "defect" and not order.recheck_passed:
        wrong["recheck_passed"] = "房屋整改须经维修部复检合格，才能约业主验收"
    return wrong


def _rule_of(wrong: Mapping[str, str]) -> str:
    if "leak_tested_at" in wrong:
        return "WO-29"
    return "WO-27" if "recheck_passed" in wrong else "WO-17"


def _lines(said: Sequence[Mapping[str, Any]]) -> list[WorkOrderMaterial]:
    """The lines of material as typed, blank ones left out; raises RuleError at the line that is wrong."""
    lines = []
    for n, line in enumerate((s for s in said if any(s.get(k) for k in ("name", "quantity", "price"))), 1):
        name = str(line.get("name") or "").strip()
        quantity = _number(line.get("quantity"), f"第 {n} 行数量", places=3)
        price = _number(line.get("price"), f"第 {n} 行单价", places=2)
        if not name:
            raise RuleError(f"第 {n} 行请填写材料名称及规格", field="materials", rule="WO-17")
        if quantity is None or quantity <= 0:
            raise RuleError(f"第 {n} 行数量须大于 0", field="materials", rule="WO-17")
        amount = None if price is None else (quantity * price).quantize(FEN, ROUND_HALF_UP)
        measure = str(line.get("measure") or "").strip() or "个"
        lines.append(
            WorkOrderMaterial(line_no=n, name=name, measure=measure, quantity=quantity, price=price, amount=amount)
        )
    return lines


def _number(said: Any, what: str, *, places: int) -> Decimal | None:
    if said in (None, ""):
        return None
    try:
        number = Decimal(str(said))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < 10_000_000 or number != round(number, places):
        raise RuleError(f"{what}请填不小于 0、最多 {places} 位小数的数字", field="materials", rule="WO-17")
    return number


def _replace_lines(session: Session, order: WorkOrder, lines: list[WorkOrderMaterial]) -> None:
    for old in list(order.materials):
        session.delete(old)
    session.flush()
    for line in lines:
        line.org_id, line.order_id = order.org_id, order.id
        session.add(line)
    session.flush()
    session.expire(order, ["materials"])


def fee_of(order: WorkOrder) -> Decimal | None:
    """Material plus labour, never typed; None where neither was charged."""
    parts = [m.amount for m in order.materials if m.amount is not None]
    if order.labour_fee is not None:
        parts.append(order.labour_fee)
    return sum(parts, Decimal(0)) if parts else None


@check(WorkOrder, "invite")
def _is_asked_to_accept(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-27: re-checked and good, the owner is asked when to come; 维修部 hears of it by its clock."""
    if order.kind != "defect":
        raise RuleError("只有房屋整改要约业主验收", rule="WO-27")
    if order.accept_at is None or order.accept_at <= clock.now():
        raise RuleError("请填写与业主约定的验收时间，须晚于现在", field="accept_at", rule="WO-27")


def _refuse_before_acceptance(order: WorkOrder) -> None:
    if order.kind == "defect" and order.accept_at is None:
        raise RuleError("房屋整改须先由客服与业主约定验收时间，再验收签字", field="accept_at", rule="WO-27")


# ---- signature -------------------------------------------------------------------------------------------------


@check(WorkOrder, "sign")
def _is_signed_on_the_spot(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """On the screen: a resident writes, a reporting department confirms as itself (its own log-in or `co_signer`)."""
    said = Gathering()
    with said.hear():
        _claim_signature(session, order, by, details)
    with said.hear():
        _take_signer(session, order, details.get("co_signer") or by)
    with said.hear():
        if order.kind != "public" and not details.get("attachment_id"):
            raise RuleError("请签认人在屏幕上手写签名；签在纸上的请用“纸质已签待回单”", field="signature", rule="WO-05")
    said.refuse()
    order.proven_at = clock.now()


def _take_signer(session: Session, order: WorkOrder, staff: Person | None) -> None:
    """A public facility is signed for by the member of staff, whose name is taken; a home by whom the form names."""
    if order.kind != "public":
        refuse_wrong_household_signer(session, order, order.signer or "", order.signer_kind, order.signer_adult)
        return
    said = refuse_wrong_public_signer(session, order, staff)
    order.signer, order.signer_kind, order.signer_adult = staff.name if staff else "", said.kind, False


@check(WorkOrder, "claim_signed")
def _is_said_to_be_signed_on_paper(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-05: a printed three-part slip was signed; it counts when copy 3 is back at the desk (decision 17)."""
    if len(living_copies(session, order)) < 3:
        raise RuleError("三联还没有打印，不可能有纸质签字，请先打印三联或在屏幕上签认", rule="WO-05")
    said = Gathering()
    with said.hear():
        _claim_signature(session, order, by, details)
        if any(is_too_young(copy, order) for copy in living_copies(session, order) if copy.copy_no == 3):
            sentence = "第三联是签认时间之后才打印的，不可能有签字，请核对签认时间"
            raise RuleError(sentence, field="signed_at", rule="WO-05")
    with said.hear():
        _take_signer(session, order, staff_named(session, details.get("signer_staff_id")))
    said.refuse()


def _claim_signature(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    _refuse_before_acceptance(order)
    if details.get("signed_at") is None:
        order.signed_at = None
    _claim(session, order, by, details, "signed_at", order.done_at, "完工时间")


@effect(WorkOrder, "sign", "claim_signed")
def _signature_is_kept(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    public, on_paper = order.kind == "public", order.state == "signed"
    staff = None
    if public:
        staff = staff_named(session, details.get("signer_staff_id")) if on_paper else details.get("co_signer") or by
    means = "paper" if on_paper else "system" if public else "glass"
    sign(
        session,
        order,
        "签认",
        signer=order.signer or "",
        relation=WorkOrder.info("signer_kind")["choices"][order.signer_kind],
        means=means,
        staff=staff,
        signed_at=order.signed_at,
        attachment_id=details.get("attachment_id"),
        late_reason=details.get("late_reason"),
    )


@check(WorkOrder, "return_signed")
def _paper_is_the_proof(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    order.proven_at = clock.now()


@check(WorkOrder, "refuse")
def _signature_is_withheld(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    """WO-18: what nobody signed is not done: back to work, the claim taken away, the refusal counted."""
    order.refusals += 1
    order.accept_at = None
    order.signer = order.signer_kind = order.signed_at = None
    order.signer_adult = False
