"""钥匙使用: asking for a key and handing it out, on the right papers, with two signatures, at the right hour."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyItem, KeyLoan, KeyNightOpening, Staff, clock
from rules.advance import advance, check, effect
from rules.calendar import in_office_hours, same_day_closing
from rules.claimed_times import claimed, explain_late
from rules.errors import NotAllowed, RuleError, WrongState
from rules.keys import department_head, locked, open_loan, refuse_unless_in_cabinet
from rules.keys_borrowers import COLLEAGUES, needs_consent, refuse_without_papers, refuse_wrong_borrower
from rules.keys_owners import agreed_at, called, last_call
from rules.keys_signing import Hand, colleague, guest, has_signed, other_colleague, put
from rules.person import Person

Details = dict[str, Any]
LEAD, MANAGER, DEPARTMENT = "客服负责人批准", "项目经理批准", "部门领导签字"
TAKER, ISSUER = "签收人（借出）", "签发人（借出）"
REASON_LEAST = 4
NIGHT = timedelta(hours=12)


@check(KeyLoan, "start", "edit")
def _says_who_wants_what_for(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-15, KEY-16, KEY-40: a reason in words, a borrower who may have this key, which key and how many."""
    key = session.get(KeyItem, loan.key_id) if loan.key_id else None
    if key is None or key.org_id != loan.org_id:
        raise RuleError("请选择本项目的钥匙", field="key_id", rule="KEY-16")
    if len((loan.reason or "").strip()) < REASON_LEAST:
        raise RuleError(f"请写明领取原因（工作需要），不少于 {REASON_LEAST} 个字", field="reason", rule="KEY-15")
    if key.state not in ("in_cabinet", "lent"):
        refuse_unless_in_cabinet(session, key, "借出")
    refuse_wrong_borrower(session, loan, key)
    if loan.borrower_kind == "department" and not loan.emergency:
        raise RuleError("其他部门只在紧急避险时借用，请勾选“紧急避险”", field="emergency", rule="KEY-41")
    loan.qty_out, loan.where_out = key.total, key.where
    if loan.borrower_id and not loan.borrower_unit:
        staff = session.get_one(Staff, loan.borrower_id)
        loan.borrower_unit = staff.org.name


# ---- approvals -------------------------------------------------------------------------------------------------


@check(KeyLoan, "department_agrees")
def _is_the_right_department(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-24: the leader of the department whose room it is."""
    if loan.key.category != "special":
        raise RuleError("只有特殊房间的钥匙须部门领导签字", rule="KEY-24")
    head = department_head(loan.key)
    if not by.approving.holds(head, "engineering_manager" if head == "engineering_supervisor" else head):
        raise NotAllowed("须由该房间所属部门的领导签字", rule="KEY-24")


@effect(KeyLoan, "lead_agrees")
def _lead_has_signed(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    put(session, loan, LEAD, colleague(by, "客服组负责人"))


@effect(KeyLoan, "manager_agrees")
def _manager_has_signed(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    put(session, loan, MANAGER, colleague(by, "项目经理"))


@effect(KeyLoan, "department_agrees")
def _department_has_signed(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    put(session, loan, DEPARTMENT, colleague(by, "部门领导"))


def call_owner(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-22, KEY-23: the call, to the minute; what the owner said stands on the loan."""
    row = called(session, loan, loan.key.unit_id, by, str(details.get("answer") or ""), details)
    loan.owner_call_at, loan.owner_call_by_id = row.at, row.by_id
    if row.answer in ("agreed", "refused"):
        loan.owner_consent = row.answer == "agreed"
    session.flush()


# ---- out -------------------------------------------------------------------------------------------------------


@check(KeyLoan, "hand_out")
def _goes_out_on_the_right_papers(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-16, KEY-19…24: papers, consent, leader; both signatures; nobody else has it."""
    key = _free_key(session, loan)
    _refuse_when_owner_said_no(session, loan, key)
    refuse_without_papers(session, loan, key, details)
    if needs_consent(session, loan, key) and agreed_at(session, loan) is None:
        raise RuleError("请先致电业户，登记其同意后再借出", rule="KEY-22")
    _refuse_without_leaders(session, loan, key)
    _taker_hand(session, loan, by, details)
    _leaves(session, loan, key, by, details)


@check(KeyLoan, "hand_out_urgently")
def _goes_out_at_once(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-41, KEY-42: fire, water, gas: two approvals first, the rest of the forms the same day."""
    if not loan.emergency:
        raise RuleError("只有紧急避险才能先借出后补手续，请走正常借出", rule="KEY-41")
    key = _free_key(session, loan)
    _refuse_when_owner_said_no(session, loan, key)
    _refuse_without_leaders(session, loan, key)
    _leaves(session, loan, key, by, details)


def _free_key(session: Session, loan: KeyLoan) -> KeyItem:
    """The key, held; whoever comes second reads who has it (KEY-27)."""
    key = locked(session, loan.key_id)
    if key.state == "lent":
        other = open_loan(session, key.id)
        said = f"由 {other.who} 于 {clock.shown(other.out_at)} 借出" if other and other.out_at else "已借出"
        due = f"，应还 {clock.shown(other.due_at)}" if other and other.due_at else ""
        raise WrongState(f"{key} 已{said.removeprefix('已')}{due}，不能再借", rule="KEY-27")
    refuse_unless_in_cabinet(session, key, "借出")
    if (key.total, key.where) != (loan.qty_out, loan.where_out):
        loan.qty_out, loan.where_out = key.total, key.where
    return key


def _refuse_when_owner_said_no(session: Session, loan: KeyLoan, key: KeyItem) -> None:
    last = last_call(session, loan, "agreed", "refused")
    if key.category == "entrusted" and last is not None and last.answer == "refused":
        raise RuleError(f"业户 {last.callee} {clock.shown(last.at)} 不同意，不能借出", rule="KEY-22")


def _refuse_without_leaders(session: Session, loan: KeyLoan, key: KeyItem) -> None:
    """KEY-24 the department's leader; KEY-41 客服组负责人 and 项目经理 in an emergency."""
    if key.category == "special" and not has_signed(session, loan, DEPARTMENT):
        raise RuleError("特殊房间的钥匙须先由所属部门领导签字", rule="KEY-24")
    if loan.emergency and key.category == "entrusted":
        missing = [slot for slot in (LEAD, MANAGER) if not has_signed(session, loan, slot)]
        if missing:
            raise RuleError(f"紧急使用业户委托钥匙须{'、'.join(missing)}", rule="KEY-41")


def _leaves(session: Session, loan: KeyLoan, key: KeyItem, by: Person, details: Details) -> None:
    """When, until when, by whose hand; after hours with the cabinet opened by two."""
    if by.staff_id is None:
        raise RuleError("签发人须是本人登录的员工", rule="KEY-16")
    if loan.borrower_id is not None and loan.borrower_id == by.staff_id:
        raise RuleError("签收人和签发人须是两个人：自己领用的，请另一位同事签发", rule="KEY-16")
    loan.out_at = claimed(details.get("out_at"), "借出时间", "out_at", rule="KEY-16")
    loan.issuer_id = by.staff_id
    loan.due_at = due_for(session, loan, key, by)
    if not in_office_hours(session, loan.out_at, loan.org_id):
        loan.night_id = _night_opening(session, loan, key).id


def due_for(session: Session, loan: KeyLoan, key: KeyItem, by: Person) -> datetime:
    """KEY-31, KEY-32, decision 33, A-29: the end of the office day; later only for 委托 and 特殊房间, approved."""
    assert loan.out_at is not None
    closing = same_day_closing(session, loan.out_at, loan.org_id)
    if loan.due_at is None or loan.due_at <= loan.out_at:
        return closing
    if loan.due_at <= closing:
        return loan.due_at
    if key.category in ("vacant", "repair"):
        raise RuleError(
            f"空房钥匙、返修钥匙须在当天下班前（{clock.shown(closing)}）收回", field="due_at", rule="KEY-31"
        )
    if not has_signed(session, loan, LEAD) and not by.approving.holds("service_supervisor", org_id=loan.org_id):
        raise RuleError(
            f"应还时间晚于下班（{clock.shown(closing)}）须先由客服负责人批准", field="due_at", rule="KEY-33"
        )
    return loan.due_at


def _night_opening(session: Session, loan: KeyLoan, key: KeyItem) -> KeyNightOpening:
    """KEY-25: outside office hours 值班经理 and the employee who uses the key open the cabinet together."""
    assert loan.out_at is not None
    found = opened_by_night(session, key, loan.out_at, loan.borrower_id)
    if found is None:
        raise RuleError("下班后须由值班经理和所用钥匙的员工一同开柜：请先登记“夜间开柜”并两人签字", rule="KEY-25")
    return found


def opened_by_night(session: Session, key: KeyItem, at: datetime, user_id: int | None = None) -> KeyNightOpening | None:
    """The signed opening of the key's cabinet under way at the moment, by this user where one is named."""
    cabinet_id = key.section.cabinet_id if key.section else None
    rows = select(KeyNightOpening).where(
        KeyNightOpening.cabinet_id == cabinet_id,
        KeyNightOpening.state == "open",
        KeyNightOpening.opened_at <= at,
        KeyNightOpening.opened_at > at - NIGHT,
    )
    if user_id is not None:
        rows = rows.where(KeyNightOpening.key_user_id == user_id)
    return session.scalars(rows.order_by(KeyNightOpening.id.desc())).first()


def _taker_hand(session: Session, loan: KeyLoan, by: Person, details: Details) -> Hand:
    """KEY-16: a colleague signs with their own secret, anybody else by hand."""
    if loan.borrower_kind not in COLLEAGUES:
        return guest(details, "taker_sign", loan.borrower, "签收人", "KEY-16")
    taker = other_colleague(details, "taker", "签收人", by, "KEY-16")
    if taker.staff_id != loan.borrower_id:
        raise RuleError(f"签收人须是领取人 {loan.who} 本人", field="taker", rule="KEY-16")
    return colleague(taker, "签收人")


@effect(KeyLoan, "hand_out")
def _both_have_signed(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    put(session, loan, TAKER, _taker_hand(session, loan, by, details), loan.out_at)
    _gone(session, loan, by, details)


@effect(KeyLoan, "hand_out_urgently")
def _issuer_has_signed(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    _gone(session, loan, by, details)


def _gone(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    assert loan.out_at is not None
    put(session, loan, ISSUER, colleague(by, "签发人"), loan.out_at)
    explain_late(session, loan, by, loan.out_at, "借出时间", loan.entry_reason, name="entry_reason")
    advance(session, locked(session, loan.key_id), "lend", by, cause=loan)


# ---- what was left for later -----------------------------------------------------------------------------------


@check(KeyLoan, "supplement", "supplement_after")
def _is_made_good(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-42: the owner was told, to the minute; the taker signs what was taken."""
    if loan.key.category == "entrusted" and last_call(session, loan, "agreed", "informed") is None:
        raise RuleError("请先致电业户告知情况并登记通话（准确到分钟）", rule="KEY-42")
    _taker_hand(session, loan, by, details)
    loan.supplemented_at = clock.now()


@effect(KeyLoan, "supplement", "supplement_after")
def _taker_has_signed_later(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    put(session, loan, TAKER, _taker_hand(session, loan, by, details))


# ---- not lent --------------------------------------------------------------------------------------------------


@effect(KeyLoan, "refuse")
def _refusal_is_kept(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-47: who was refused what, and why, stays on file."""
    put(session, loan, "经办人", colleague(by, "经办人"))
