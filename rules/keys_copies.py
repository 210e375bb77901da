"""复配和换锁: nobody copies a key without approval; a changed lock brings the new key in and the old one out."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyCopyOrder, KeyItem, KeyLockChange, KeyReceipt, clock
from models.keys import BUNCH
from rules.advance import advance, check, effect, start
from rules.claimed_times import claimed
from rules.errors import NotAllowed, RuleError, WrongState
from rules.keys import counted_kinds, locked, refuse_empty, refuse_unless_in_cabinet
from rules.keys_owners import agreed_at, called, owner_names
from rules.keys_signing import Hand, colleague, guest, put
from rules.person import Person

Details = dict[str, Any]


# ---- 复配 ------------------------------------------------------------------------------------------------------


@check(KeyCopyOrder, "start", "edit")
def _says_why_another_is_cut(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    """KEY-35: which key, how many of which kind, what for."""
    key = session.get(KeyItem, order.key_id) if order.key_id else None
    if key is None or key.org_id != order.org_id:
        raise RuleError("请选择本项目的钥匙", field="key_id", rule="KEY-35")
    refuse_unless_in_cabinet(session, key, "申请复配")
    if len((order.reason or "").strip()) < 4:
        raise RuleError("请写明复配原因，不少于四个字", field="reason", rule="KEY-35")
    refuse_empty(order)


@check(KeyCopyOrder, "approve")
def _is_approved_by_another(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    """KEY-35: 客服组负责人 for 空房 and special rooms; an owner's key also needs the owner and 管理处经理 (KEY-54)."""
    if by.staff_id == order.made_by_id:
        raise RuleError("申请人不能批准自己的申请", rule="KEY-35")
    if order.key.category in ("entrusted", "repair"):
        if not by.approving.holds("project_manager", org_id=order.org_id):
            raise NotAllowed("业户的钥匙复配须由管理处经理批准", rule="KEY-54")
        if agreed_at(session, order) is None:
            raise RuleError("请先致电业户，登记其同意后再批准复配", rule="KEY-54")
    order.approved_at = clock.now()


@effect(KeyCopyOrder, "approve")
def _approver_has_signed(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    put(session, order, "批准人", colleague(by, "批准人"))


def call_about_copy(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    """The owner's word on a copy of their key."""
    called(session, order, order.key.unit_id, by, str(details.get("answer") or ""), details)


@check(KeyCopyOrder, "finish")
def _copies_come_into_the_cabinet(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    refuse_unless_in_cabinet(session, locked(session, order.key_id), "登记复配")
    if not (order.result or "").strip():
        raise RuleError("请写明在哪里配的、由谁带回", field="result", rule="KEY-35")
    order.done_at = clock.now()


@effect(KeyCopyOrder, "finish")
def _hang_on_the_tag(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    key = locked(session, order.key_id)
    for name in BUNCH.split():
        setattr(key, name, getattr(key, name) + getattr(order, name))
    put(session, order, "入柜经办", colleague(by, "经办人"))


# ---- 换锁 ------------------------------------------------------------------------------------------------------


@check(KeyLockChange, "start")
def _is_about_a_key_we_keep(session: Session, change: KeyLockChange, by: Person, details: Details) -> None:
    key = session.get(KeyItem, change.key_id) if change.key_id else None
    if key is None or key.org_id != change.org_id:
        raise RuleError("请选择本项目的钥匙", field="key_id", rule="KEY-14")
    if key.category != "entrusted" or key.state in ("taken", "void"):
        raise RuleError("换锁催交只登记在管的业户委托钥匙", field="key_id", rule="KEY-14")
    change.changed_at = claimed(change.changed_at, "得知换锁时间", "changed_at", rule="KEY-14")
    rows = select(KeyLockChange).where(KeyLockChange.key_id == key.id, KeyLockChange.state == "waiting")
    if other := session.scalars(rows).first():
        raise WrongState(f"{key} 已在催交：{other}", rule="KEY-14")


@check(KeyLockChange, "remind")
def _is_reminded_again(session: Session, change: KeyLockChange, by: Person, details: Details) -> None:
    change.reminders, change.reminded_at = change.reminders + 1, clock.now()


@effect(KeyLockChange, "remind")
def _reminder_is_on_file(session: Session, change: KeyLockChange, by: Person, details: Details) -> None:
    answer = str(details.get("answer") or "informed")
    called(session, change, change.key.unit_id, by, answer, details)


@check(KeyLockChange, "finish")
def _new_in_old_out(session: Session, change: KeyLockChange, by: Person, details: Details) -> None:
    """KEY-14: the new key is handed in, the old one goes back to the owner, signed."""
    refuse_unless_in_cabinet(session, locked(session, change.key_id), "收新交旧")
    if sum(counted_kinds(details).values()) == 0:
        raise RuleError("请填写新钥匙的类别和数量", field="home_door", rule="KEY-14")
    _owner_hand(session, change, details)
    change.finished_at = clock.now()


def _owner_hand(session: Session, change: KeyLockChange, details: Details) -> Hand:
    owners = owner_names(session, change.key.unit_id)
    name = str(details.get("owner_name") or "").strip() or (owners[0] if len(owners) == 1 else "")
    if name not in owners:
        raise RuleError("请填写登记的业主姓名", field="owner_name", rule="KEY-14")
    return guest(details, "owner_sign", name, "业户", "KEY-14")


@effect(KeyLockChange, "finish")
def _keys_change_places(session: Session, change: KeyLockChange, by: Person, details: Details) -> None:
    """The old tag leaves its hook first, so that the new one may hang there."""
    hand, old = _owner_hand(session, change, details), locked(session, change.key_id)
    put(session, change, "原钥匙收回", hand)
    put(session, change, "经办人", colleague(by, "经办人"))
    advance(session, old, "take_away", by, cause=change)
    receipt = KeyReceipt(
        org_id=change.org_id,
        category="entrusted",
        unit_id=old.unit_id,
        section_id=old.section_id,
        hook_no=old.hook_no,
        keeper_id=old.keeper_id,
        deliverer=hand.signer,
        from_department="业户",
        at=clock.now(),
        remark=f"换锁，原钥匙 {old.key_no}",
        **counted_kinds(details),
    )
    start(session, receipt, by, cause=change)
    kept = {"deliverer_sign" if hand.means == "glass" else "deliverer_sign_scan": hand.attachment_id}
    advance(session, receipt, "receive", by, cause=change, kept=kept, as_key={"deposit_id": old.deposit_id})
    change.new_receipt_id = receipt.id
