"""夜间开柜: outside office hours the cabinet is opened by 值班经理 and the user of the key, both present (002-3§7)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyCabinet, KeyLoan, KeyNightOpening, clock
from rules.advance import check, effect
from rules.calendar import in_office_hours
from rules.errors import RuleError
from rules.keys_signing import colleague, put
from rules.person import Person

Details = dict[str, Any]


@check(KeyNightOpening, "start", "edit")
def _says_why_at_night(session: Session, opening: KeyNightOpening, by: Person, details: Details) -> None:
    cabinet = session.get(KeyCabinet, opening.cabinet_id) if opening.cabinet_id else None
    if cabinet is None or cabinet.org_id != opening.org_id:
        raise RuleError("请选择本项目的钥匙柜", field="cabinet_id", rule="KEY-25")
    if len((opening.reason or "").strip()) < 4:
        raise RuleError("请写明紧急或特殊原因，不少于四个字", field="reason", rule="KEY-25")
    if in_office_hours(session, clock.now(), opening.org_id):
        raise RuleError("办公时间内不用登记夜间开柜，直接办理借出", rule="KEY-25")


@check(KeyNightOpening, "sign")
def _is_opened_by_two(session: Session, opening: KeyNightOpening, by: Person, details: Details) -> None:
    """KEY-25: 值班经理 and the employee who uses the key, two people, each with their own secret."""
    manager, user = _two(opening, by, details)
    opening.duty_manager_id, opening.key_user_id, opening.opened_at = manager.staff_id, user.staff_id, clock.now()


def _two(opening: KeyNightOpening, by: Person, details: Details) -> tuple[Person, Person]:
    manager, user = details.get("duty_manager") or by, details.get("key_user") or by
    if not manager.holds("duty_manager", org_id=opening.org_id):
        raise RuleError("须由当班值班经理本人签字", field="duty_manager", rule="KEY-25")
    if user.staff_id is None or user.staff_id == manager.staff_id:
        raise RuleError("开柜须值班经理和所用钥匙的员工两人在场，请员工本人签字", field="key_user", rule="KEY-25")
    if opening.org_id not in user.units:
        raise RuleError("所用钥匙的须是本项目员工", field="key_user", rule="KEY-25")
    return manager, user


@effect(KeyNightOpening, "sign")
def _both_signed(session: Session, opening: KeyNightOpening, by: Person, details: Details) -> None:
    manager, user = _two(opening, by, details)
    put(session, opening, "值班经理", colleague(manager, "值班经理"))
    put(session, opening, "所用钥匙员工", colleague(user, "所用钥匙员工"))


def loans_of_night(session: Session, opening: KeyNightOpening) -> list[KeyLoan]:
    """The keys taken out of the cabinet that night."""
    return list(session.scalars(select(KeyLoan).where(KeyLoan.night_id == opening.id).order_by(KeyLoan.id)))


@check(KeyNightOpening, "close")
def _paperwork_is_there(session: Session, opening: KeyNightOpening, by: Person, details: Details) -> None:
    """T-35: every key taken stands in the use register with its forms complete, or it is said that none was."""
    loans = loans_of_night(session, opening)
    lacking = [loan.number or "" for loan in loans if loan.state in ("urgent", "to_supplement")]
    if lacking:
        raise RuleError(f"{'、'.join(lacking)} 的手续还没有补齐", rule="KEY-25")
    if not loans and not (opening.closing_note or "").strip():
        raise RuleError("没有借出登记，请写明开柜后的使用情况", field="closing_note", rule="KEY-25")
    opening.closed_at = clock.now()
