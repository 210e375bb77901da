"""业户钥匙寄存与封存: the owner in person leaves keys open or sealed, each with its signatures, and takes them back."""

import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyDeposit, KeyEnvelope, KeyItem, KeyReceipt, Resident, Unit, clock
from rules.advance import advance, check, effect, start
from rules.claimed_times import claimed, explain_late
from rules.errors import Invalid, RuleError, WrongState
from rules.keys import chosen_hook, locked, refuse_empty, refuse_wrong_keeper, right_section
from rules.keys_owners import refuse_other_than_owner
from rules.keys_signing import Hand, colleague, guest, put
from rules.person import Person

Details = dict[str, Any]
OWNER, FLAP, RECEIVER, WITHDRAWN = "业户", "封口处签名", "接收人", "收回签字"


@check(KeyDeposit, "start", "edit")
def _is_filled_completely(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> None:
    """KEY-09, KEY-13: purpose and term; a temporary one names whom and keeper; a sealed one its seal."""
    unit = session.get(Unit, deposit.unit_id) if deposit.unit_id else None
    if unit is None or unit.org_id != deposit.org_id:
        raise RuleError("请选择本项目的房屋", field="unit_id", rule="KEY-09")
    owner = session.get(Resident, deposit.owner_id) if deposit.owner_id else None
    if owner is None:
        raise RuleError("请选择业户", field="owner_id", rule="KEY-09")
    refuse_other_than_owner(session, unit.id, owner.name, "owner_id", "KEY-45" if deposit.sealed else "KEY-09")
    wrong = _gaps(deposit)
    if wrong:
        raise Invalid(wrong, rule="KEY-13" if deposit.term == "temporary" else "KEY-09")
    refuse_empty(deposit)
    section = right_section(session, deposit.section_id, "entrusted", deposit.org_id)
    if section is not None and deposit.hook_no is not None:
        chosen_hook(session, section, deposit.hook_no)
    if deposit.keeper_id is not None:
        refuse_wrong_keeper(session, deposit.keeper_id, "entrusted", deposit.org_id, "keeper_id")


def _gaps(deposit: KeyDeposit) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if deposit.term == "temporary":
        if not (deposit.handover_to or "").strip():
            wrong["handover_to"] = "暂时寄存请填写转交给谁"
        if deposit.keeper_id is None:
            wrong["keeper_id"] = "暂时寄存由客服负责人指定专人保管和转交，请选择保管人"
        if deposit.until_on is None:
            wrong["until_on"] = "暂时寄存请填写寄存至哪一天"
    if deposit.until_on is not None and deposit.until_on < clock.today():
        wrong["until_on"] = "寄存至的日期不能早于今天"
    if deposit.sealed and not (deposit.seal_no or "").strip():
        wrong["seal_no"] = "封存请填写封签号"
    return wrong


@check(KeyDeposit, "accept")
def _is_signed_by_the_owner(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> None:
    """KEY-09 identity checked; KEY-45 the owner in person seals and signs across the flap, nobody for them."""
    if not details.get("identity_checked"):
        raise RuleError("请先核对业户身份，再勾选“已核对业户身份”", field="identity_checked", rule="KEY-09")
    if by.staff_id is None:
        raise RuleError("接收人须是本人登录的员工", rule="KEY-09")
    _owner_hand(deposit, details)
    if deposit.sealed:
        _flap_hand(deposit, details)
        if "photo" not in (details.get("kept") or {}):
            raise RuleError("请拍下封好的信封（封口签名要看得清）", field="photo", rule="KEY-45")
        refuse_used_seal(session, deposit.org_id, deposit.seal_no)
    at = claimed(details.get("deposited_at"), "寄存时间", "deposited_at", rule="KEY-09")
    deposit.identity_checked, deposit.deposited_at, deposit.received_by_id = True, at, by.staff_id


def _owner_hand(deposit: KeyDeposit, details: Details) -> Hand:
    return guest(details, "owner_sign", deposit.owner.name, OWNER, "KEY-09")


def _flap_hand(deposit: KeyDeposit, details: Details) -> Hand:
    if not details.get("owner_in_person"):
        raise RuleError("封存须由业户本人装入信封、封口签名，他人不能代办", field="owner_in_person", rule="KEY-45")
    return guest(details, "flap_sign", deposit.owner.name, OWNER, "KEY-45")


def refuse_used_seal(session: Session, org_id: int, seal_no: str | None) -> None:
    """A seal closes one envelope once."""
    if not (seal_no or "").strip():
        raise RuleError("请填写封签号", field="seal_no", rule="KEY-45")
    used = select(KeyEnvelope).where(KeyEnvelope.org_id == org_id, KeyEnvelope.seal_no == seal_no)
    other = session.scalars(used).first()
    if other is not None:
        raise RuleError(f"封签号 {seal_no} 已用在 {other}，请核对", field="seal_no", rule="KEY-45")


@effect(KeyDeposit, "accept")
def _keys_are_ours_to_keep(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> None:
    """The 交接纪录, the tag and, where sealed, the envelope come into being with the owner's signature."""
    at = deposit.deposited_at or clock.now()
    explain_late(session, deposit, by, at, "寄存时间", details.get("late_reason") or deposit.late_reason)
    put(session, deposit, OWNER, _owner_hand(deposit, details), at)
    put(session, deposit, RECEIVER, colleague(by, RECEIVER))
    key = _received(session, deposit, by, details)
    if deposit.sealed:
        put(session, deposit, FLAP, _flap_hand(deposit, details), at)
        seal_up(session, key, by, deposit, sealed_by=deposit.owner.name, seal_no=deposit.seal_no)


def _received(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> KeyItem:
    receipt = KeyReceipt(
        org_id=deposit.org_id,
        category="entrusted",
        unit_id=deposit.unit_id,
        section_id=deposit.section_id,
        hook_no=deposit.hook_no,
        keeper_id=deposit.keeper_id,
        deliverer=deposit.owner.name,
        from_department="业户",
        at=deposit.deposited_at,
        late_reason=details.get("late_reason") or deposit.late_reason,
        remark=deposit.remark,
        **deposit.kinds,
    )
    start(session, receipt, by, cause=deposit)
    hand = {"deliverer_sign": (details.get("kept") or {}).get("owner_sign")}
    scan = {"deliverer_sign_scan": (details.get("kept") or {}).get("owner_sign_scan")}
    kept = {name: file for name, file in {**hand, **scan}.items() if file is not None}
    advance(session, receipt, "receive", by, cause=deposit, kept=kept, as_key={"deposit_id": deposit.id})
    return session.scalars(select(KeyItem).where(KeyItem.receipt_id == receipt.id)).one()


def seal_up(
    session: Session,
    key: KeyItem,
    by: Person,
    cause: Any,
    *,
    sealed_by: str,
    seal_no: str | None,
    previous: KeyEnvelope | None = None,
    verb: str = "seal",
) -> KeyEnvelope:
    """A new envelope with a number of its own round the key; the key is then only reached through a 启封单."""
    envelope = KeyEnvelope(
        org_id=key.org_id,
        code=secrets.token_urlsafe(12),
        key_id=key.id,
        deposit_id=key.deposit_id,
        previous_id=previous.id if previous else None,
        seal_no=(seal_no or "").strip() or None,
        sealed_by=sealed_by,
        sealed_at=clock.now(),
        made_by_id=by.staff_id,
        **key.kinds,
    )
    start(session, envelope, by, cause=cause)
    advance(session, key, verb, by, cause=envelope)
    return envelope


def envelope_of(session: Session, key_id: int) -> KeyEnvelope | None:
    """The envelope the key lies in, unopened; the table allows one at most."""
    here = (KeyEnvelope.key_id == key_id, KeyEnvelope.state == "sealed")
    return session.scalars(select(KeyEnvelope).where(*here)).one_or_none()


def key_of(session: Session, deposit: KeyDeposit) -> list[KeyItem]:
    """The tags of a deposit that are still with us; one, unless it was split."""
    rows = select(KeyItem).where(KeyItem.deposit_id == deposit.id, KeyItem.state.not_in(("taken", "void")))
    return list(session.scalars(rows.order_by(KeyItem.id)))


@check(KeyDeposit, "withdraw")
def _is_given_back_to_the_owner(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> None:
    """The owner signs for it; a key that is out or being unsealed cannot be given back yet."""
    for key in key_of(session, deposit):
        fresh = locked(session, key.id)
        if fresh.state not in ("in_cabinet", "sealed"):
            raise WrongState(f"{fresh} 现为“{fresh.state_label}”，收回前请先办完", rule="KEY-09")
    if deposit.sealed and not details.get("seal_intact"):
        raise RuleError(
            "请与业户一起查看封口完好，再勾选确认；封口不好的请登记钥匙异常", field="seal_intact", rule="KEY-46"
        )
    guest(details, "owner_sign", deposit.owner.name, OWNER, "KEY-09")
    deposit.withdrawn_at = clock.now()


@effect(KeyDeposit, "withdraw")
def _keys_are_gone(session: Session, deposit: KeyDeposit, by: Person, details: Details) -> None:
    put(session, deposit, WITHDRAWN, guest(details, "owner_sign", deposit.owner.name, OWNER), deposit.withdrawn_at)
    put(session, deposit, "交回经办", colleague(by, "经办人"))
    for key in key_of(session, deposit):
        envelope = envelope_of(session, key.id)
        if envelope is not None:
            advance(session, envelope, "withdraw", by, cause=deposit, ended_at=clock.now())
        advance(session, key, "take_away", by, cause=deposit)


def end_deposit(session: Session, key: KeyItem, by: Person, cause: Any) -> None:
    """The last tag of a deposit went another way (the owner took it after an opening): the deposit is over."""
    deposit = session.get(KeyDeposit, key.deposit_id) if key.deposit_id else None
    if deposit is not None and deposit.state == "kept" and not key_of(session, deposit):
        advance(session, deposit, "give_up", by, cause=cause, withdrawn_at=clock.now())


def chain(session: Session, key_id: int) -> list[KeyEnvelope]:
    """The envelopes a key lay in, the first one first."""
    rows = select(KeyEnvelope).where(KeyEnvelope.key_id == key_id).order_by(KeyEnvelope.id)
    return list(session.scalars(rows))
