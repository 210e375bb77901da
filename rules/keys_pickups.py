"""返修钥匙领取: an owner, or who speaks for them, takes a 返修钥匙 home and signs for it (004-8§4.3(3), 4.4(2)②)."""

from typing import Any

from sqlalchemy.orm import Session

from models import KeyItem, RepairKeyPickup
from rules.advance import advance, check, effect
from rules.claimed_times import claimed, explain_late
from rules.errors import RuleError
from rules.keys import locked, refuse_unless_in_cabinet
from rules.keys_owners import agreed_at, called, owner_names
from rules.keys_signing import Hand, colleague, guest, put
from rules.person import Person

Details = dict[str, Any]


@check(RepairKeyPickup, "start", "edit")
def _says_who_takes_it_and_what_for(session: Session, pickup: RepairKeyPickup, by: Person, details: Details) -> None:
    """KEY-36, KEY-40: only 返修 keys go this way, the use written out; contractors borrow instead (decision 32)."""
    key = session.get(KeyItem, pickup.key_id) if pickup.key_id else None
    if key is None or key.org_id != pickup.org_id:
        raise RuleError("请选择本项目的钥匙", field="key_id", rule="KEY-36")
    if key.category != "repair":
        raise RuleError("这里只领取返修钥匙；其他钥匙请走使用登记或业户收回", field="key_id", rule="KEY-36")
    if not (pickup.picker or "").strip():
        raise RuleError("请填写领取人姓名", field="picker", rule="KEY-39")
    if len((pickup.use or "").strip()) < 4:
        raise RuleError("请写清使用情况，不少于四个字", field="use", rule="KEY-40")
    refuse_unless_in_cabinet(session, key, "领走")
    pickup.unit_id, pickup.qty = key.unit_id, key.total


def call_owner(session: Session, pickup: RepairKeyPickup, by: Person, details: Details) -> None:
    """KEY-37: the owner is asked before anybody else may take the key, to the minute."""
    row = called(session, pickup, pickup.unit_id, by, str(details.get("answer") or ""), details)
    pickup.owner_call_at = row.at
    session.flush()


@check(RepairKeyPickup, "pick_up")
def _is_who_they_say(session: Session, pickup: RepairKeyPickup, by: Person, details: Details) -> None:
    """KEY-36, KEY-37, KEY-39: identity checked; not the owner: credential kept and consent; signed by hand."""
    if not details.get("id_verified"):
        raise RuleError("请核实身份，再勾选“已核实身份”", field="id_verified", rule="KEY-36")
    if pickup.picker_kind == "owner":
        owners = owner_names(session, pickup.unit_id)
        if pickup.picker not in owners:
            said = "、".join(owners) or "尚未登记"
            raise RuleError(f"{pickup.picker}不是登记的业主（{said}）", field="picker", rule="KEY-36")
    else:
        _refuse_without_mandate(session, pickup, details)
    _hand(pickup, details)
    refuse_unless_in_cabinet(session, locked(session, pickup.key_id), "领走")
    pickup.picked_at = claimed(details.get("picked_at"), "领取时间", "picked_at", rule="KEY-39")
    pickup.issuer_id = by.staff_id


def _refuse_without_mandate(session: Session, pickup: RepairKeyPickup, details: Details) -> None:
    if pickup.credential not in ("id_card", "mandate"):
        raise RuleError("业户家属或代理人须凭身份证或业户委托书领取", field="credential", rule="KEY-37")
    if "credential_file" not in (details.get("kept") or {}):
        raise RuleError("须保留身份证复印件或委托书原件，请上传", field="credential_file", rule="KEY-37")
    if agreed_at(session, pickup) is None:
        raise RuleError("请先致电业户，登记其同意后再发放", rule="KEY-37")


def _hand(pickup: RepairKeyPickup, details: Details) -> Hand:
    return guest(details, "picker_sign", pickup.picker, "领取人", "KEY-39")


@effect(RepairKeyPickup, "pick_up")
def _key_is_theirs(session: Session, pickup: RepairKeyPickup, by: Person, details: Details) -> None:
    assert pickup.picked_at is not None
    explain_late(session, pickup, by, pickup.picked_at, "领取时间", details.get("late_reason"))
    put(session, pickup, "领取人", _hand(pickup, details), pickup.picked_at)
    put(session, pickup, "发放人", colleague(by, "发放人"), pickup.picked_at)
    advance(session, locked(session, pickup.key_id), "take_away", by, cause=pickup)
