"""钥匙交还: in person, the same keys of the same room, two signatures; what does not match is an incident (KEY-30)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Alert, KeyIncident, KeyLoan, clock
from rules.advance import advance, check, effect, start
from rules.claimed_times import claimed, explain_late
from rules.duty import whoever_answers
from rules.errors import RuleError
from rules.importing.cells import Cell
from rules.importing.columns import Clean
from rules.importing.places import unit_code
from rules.incidents import record
from rules.keys import locked, note_mismatch
from rules.keys_borrowers import COLLEAGUES
from rules.keys_incidents import open_incident
from rules.keys_signing import Hand, colleague, guest, other_colleague, put
from rules.person import Person

Details = dict[str, Any]
RETURNER, RECEIVER = "领取人（交还）", "签收人（交还）"


@check(KeyLoan, "give_back", "give_back_urgent")
def _comes_back_as_it_went(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-17, KEY-18, KEY-30: in person, the number and the room that went out, received by somebody else."""
    if by.staff_id is None or by.staff_id == loan.borrower_id:
        raise RuleError("交还人和签收人须是两个人，请另一位同事签收", rule="KEY-17")
    loan.in_at = claimed(details.get("in_at"), "交还时间", "in_at", since=loan.out_at, after="借出时间", rule="KEY-17")
    _refuse_mismatch(session, loan, details)
    who = str(details.get("returned_by") or "").strip() or loan.who
    if who != loan.who and not str(details.get("other_reason") or "").strip():
        raise RuleError(
            f"钥匙须由领取人 {loan.who} 亲自交还；别人送回的，请写明原因，系统记为异常",
            field="other_reason",
            rule="KEY-18",
        )
    if loan.due_at and loan.in_at > loan.due_at and not (loan.late_reason or "").strip():
        raise RuleError("已过应还时间，请写明未按时收回的原因", field="late_reason", rule="KEY-33")
    loan.returned_by, loan.received_by_id = who, by.staff_id
    _returner_hand(loan, by, details)


def _refuse_mismatch(session: Session, loan: KeyLoan, details: Details) -> None:
    qty, where = details.get("qty_in"), str(details.get("where_in") or "").strip()
    wrong = []
    if qty != loan.qty_out:
        wrong.append(f"交还 {qty if qty is not None else '未填'} 把，借出 {loan.qty_out} 把")
    if not same_place(where, loan.where_out):
        wrong.append(f"交还房号 {where or '未填'}，借出 {loan.where_out}")
    if wrong:
        words = "；".join(wrong)
        raise RuleError(
            f"{words}。不相符不能收回，已登记钥匙异常，请当面核对",
            field="qty_in" if qty != loan.qty_out else "where_in",
            rule="KEY-30",
            aftermath=mismatch_aftermath(loan.id, loan.key_id, words),
        )
    loan.qty_in, loan.where_in = qty, loan.where_out


def same_place(said: str, meant: str) -> bool:
    """Whether the room as typed is the room lent, however it is written: 3栋2单元1203, 3-2-1203."""
    if said == meant:
        return True
    one, other = unit_code(Cell(said)) if said else None, unit_code(Cell(meant))
    return isinstance(one, Clean) and isinstance(other, Clean) and one.value.code == other.value.code


def mismatch_aftermath(loan_id: int, key_id: int, words: str) -> Callable[[Session, Person], None]:
    """After the refused return is rolled back: the incident it is (KEY-30)."""

    def write_down(session: Session, by: Person) -> None:
        loan, key = session.get_one(KeyLoan, loan_id), locked(session, key_id)
        note_mismatch(session, key, by, f"{loan} 交还不符：{words}")
        if open_incident(session, key_id) is None:
            incident = KeyIncident(
                org_id=key.org_id,
                key_id=key_id,
                loan_id=loan_id,
                kind="mismatch",
                found_at=clock.now(),
                facts=f"{loan.who} 交还 {key.key_no}（{key.where}）时不符：{words}",
                protection="钥匙未收回，由领取人当面核对",
            )
            start(session, incident, by, cause=loan)

    return write_down


def _returner_hand(loan: KeyLoan, by: Person, details: Details) -> Hand:
    if loan.returned_by != loan.who:
        return guest(details, "returner_sign", loan.returned_by, "交还人", "KEY-17")
    if loan.borrower_kind not in COLLEAGUES:
        return guest(details, "returner_sign", loan.borrower, "领取人", "KEY-17")
    taker = other_colleague(details, "returner", "领取人", by, "KEY-17")
    if taker.staff_id != loan.borrower_id:
        raise RuleError(f"领取人签字须是 {loan.who} 本人", field="returner", rule="KEY-18")
    return colleague(taker, "领取人")


@effect(KeyLoan, "give_back", "give_back_urgent")
def _is_at_home_again(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    assert loan.in_at is not None
    put(session, loan, RETURNER, _returner_hand(loan, by, details), loan.in_at)
    put(session, loan, RECEIVER, colleague(by, "签收人"), loan.in_at)
    reason = details.get("entry_reason")
    explain_late(session, loan, by, loan.in_at, "交还时间", reason, name="entry_reason")
    advance(session, locked(session, loan.key_id), "come_back", by, cause=loan)
    if loan.returned_by != loan.who:
        _somebody_else_brought_it(session, loan, str(details.get("other_reason")))


def _somebody_else_brought_it(session: Session, loan: KeyLoan, why: str) -> None:
    """KEY-18, decision 32: an incident, and the keeper hears of it."""
    body = f"{loan} 由 {loan.returned_by} 代 {loan.who} 送回 {loan.key.key_no}：{why}"
    incident = record(session, loan, "violation", body, rule="KEY-18", staff_id=loan.borrower_id)
    session.flush()
    tell_keeper(session, loan, body, incident.id)


def tell_keeper(session: Session, loan: KeyLoan, words: str, source_id: int) -> None:
    """An alert for who keeps the key and for 客服组负责人."""
    key = loan.key
    keeper = key.keeper_id or (key.section.keeper_id if key.section else None)
    told = {staff.id: post for post, staff in whoever_answers(session, ("service_supervisor",), loan.org_id)}
    if keeper is not None:
        told.setdefault(keeper, "")
    for staff_id, post in told.items():
        session.add(
            Alert(
                org_id=loan.org_id,
                staff_id=staff_id,
                post=post,
                source="incident",
                source_id=source_id,
                noun="key_loan",
                row_id=loan.id,
                title=words[:255],
                body="002-3§5",
                at=clock.now(),
            )
        )


# ---- longer than meant -----------------------------------------------------------------------------------------


@check(KeyLoan, "extend")
def _is_extended_with_a_reason(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    """KEY-33: later only by 客服负责人, with the reason, and into the future."""
    until: datetime | None = details.get("due_at")
    if until is None or until <= clock.now():
        raise RuleError("新的应还时间须晚于现在", field="due_at", rule="KEY-33")
    loan.extended_for = str(details.get("reason") or "")[:255]


@check(KeyLoan, "explain")
def _says_why_it_is_still_out(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    if not (loan.late_reason or "").strip():
        raise RuleError("请写明未按时收回的原因", field="late_reason", rule="KEY-33")
    if loan.due_at is None or loan.due_at > clock.now():
        raise RuleError("还没有到应还时间，不用说明", field="late_reason", rule="KEY-33")
