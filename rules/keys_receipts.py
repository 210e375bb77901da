"""钥匙交接纪录: nothing hangs in a cabinet that was not handed in by somebody and signed for (002-3§1)."""

from typing import Any

from sqlalchemy.orm import Session

from models import KeyItem, KeyReceipt, Unit, clock
from rules.advance import check, effect
from rules.claimed_times import claimed, explain_late
from rules.errors import Invalid, RuleError
from rules.keys import chosen_hook, make_key, refuse_empty, refuse_wrong_keeper, right_section
from rules.keys_signing import colleague, guest, put
from rules.person import Person

Details = dict[str, Any]
DELIVERED, RECEIVED = "送交人", "接收人"


@check(KeyReceipt, "start", "edit")
def _says_whose_keys_these_are(session: Session, receipt: KeyReceipt, by: Person, details: Details) -> None:
    """KEY-01, KEY-04…07: who, when, which room, how many; the section of its category."""
    receipt.at = claimed(receipt.at, "送交时间", "at", rule="KEY-01")
    wrong = {n: f"请填写{receipt.labels()[n]}" for n in ("deliverer", "from_department") if not _said(receipt, n)}
    if receipt.unit_id is None and not _said(receipt, "place"):
        wrong["unit_id"] = "请选择钥匙房间号，特殊房间填部位"
    unit = session.get(Unit, receipt.unit_id) if receipt.unit_id else None
    if unit is not None and unit.org_id != receipt.org_id:
        wrong["unit_id"] = "这套房屋不在本项目，请重新选择"
    if receipt.category == "special" and not receipt.department:
        wrong["department"] = "特殊房间须填所属部门，领取时由该部门领导签字"
    if wrong:
        raise Invalid(wrong, rule="KEY-01")
    refuse_empty(receipt)
    section = right_section(session, receipt.section_id, receipt.category, receipt.org_id)
    if section is not None and receipt.hook_no is not None:
        chosen_hook(session, section, receipt.hook_no)
    if receipt.category == "cabinet" or receipt.keeper_id is not None:
        refuse_wrong_keeper(session, receipt.keeper_id, receipt.category, receipt.org_id, "keeper_id")


def _said(receipt: KeyReceipt, name: str) -> bool:
    return bool((getattr(receipt, name) or "").strip())


@effect(KeyReceipt, "start")
def _is_explained_when_late(session: Session, receipt: KeyReceipt, by: Person, details: Details) -> None:
    explain_late(session, receipt, by, receipt.at, "送交时间", receipt.late_reason)


@check(KeyReceipt, "receive")
def _is_signed_by_both(session: Session, receipt: KeyReceipt, by: Person, details: Details) -> None:
    """KEY-01: the deliverer signs, the receiver is whoever is logged in."""
    if by.staff_id is None:
        raise RuleError("接收人须是本人登录的员工", rule="KEY-01")
    _hand(receipt, details)
    receipt.received_by_id, receipt.received_at = by.staff_id, clock.now()


def _hand(receipt: KeyReceipt, details: Details) -> Any:
    if isinstance(details.get("deliverer_staff"), Person):
        return colleague(details["deliverer_staff"], DELIVERED)
    return guest(details, "deliverer_sign", receipt.deliverer, DELIVERED, "KEY-01")


@effect(KeyReceipt, "receive")
def _key_is_there(session: Session, receipt: KeyReceipt, by: Person, details: Details) -> None:
    """The tag exists from this signature on (KEY-01, KEY-08)."""
    put(session, receipt, DELIVERED, _hand(receipt, details), receipt.at)
    put(session, receipt, RECEIVED, colleague(by, RECEIVED))
    key_of_receipt(session, receipt, **details.get("as_key", {}))


def key_of_receipt(session: Session, receipt: KeyReceipt, **values: Any) -> KeyItem:
    """The new tag of a signed receipt, on its hook."""
    section = right_section(session, receipt.section_id, receipt.category, receipt.org_id)
    hook = chosen_hook(session, section, receipt.hook_no) if section else None
    facts = {"received_from": receipt.deliverer, "received_on": receipt.at, "receipt_id": receipt.id, "hook_no": hook}
    return make_key(session, receipt, receipt.kinds, **{**facts, **values})
