"""Lost, broken, copied, locks changed: who is asked, what becomes of the key, who answers for it."""

import pytest
from sqlalchemy import select

from models import Alert, Incident, KeyCopyOrder, KeyItem, KeyLockChange, KeyReceipt, RecordNote, Signature, clock
from rules.advance import advance, start
from rules.errors import NotAllowed, RuleError, WrongState
from rules.keys_conservation import custody_faults
from rules.keys_copies import call_about_copy
from rules.keys_incidents import liable
from rules.sweep import sweep
from tests.key_makers import (
    KeyRoom,
    asked_for,
    call,
    deposited,
    drawn,
    envelope_of,
    incident,
    key_room,
    lent,
    received,
    unsealing,
)
from tests.makers import set_policy, world


@pytest.fixture
def room(session) -> KeyRoom:
    return key_room(world(session))


def do(room: KeyRoom, paper, verb: str, post: str, **details) -> None:
    advance(room.session, paper, verb, room.by(post), **details)
    room.commit()


def refused(room: KeyRoom, said: str, paper, verb: str, post: str, **details) -> None:
    with pytest.raises(RuleError, match=said):
        advance(room.session, paper, verb, room.by(post), **details)
    room.session.rollback()


@pytest.mark.rule("KEY-54", "KEY-55")
def test_an_entrusted_key_lost_goes_by_the_manager_and_the_owner_to_a_new_key(room):
    key = deposited(room)
    loan = lent(room, key)
    case = incident(room, key)
    assert (key.state, loan.state, case.loan_id) == ("odd", "lost", loan.id)
    assert case.reported_to_lead_at == clock.now()
    assert "loss" in room.session.scalars(select(Incident.kind)).all()
    with pytest.raises(NotAllowed):
        advance(room.session, case, "instruct", room.by("service_supervisor"), instruction="先守门")
    do(room, case, "instruct", "project_manager", instruction="派人守门，联系业户")
    refused(room, "先征得业户同意", case, "handle", "service_supervisor", measure="recut")
    do(room, case, "consent", "desk_clerk", **call())
    do(room, case, "handle", "service_supervisor", measure="recut")
    refused(room, "处理结果", case, "resolve", "service_supervisor")
    do(room, case, "resolve", "service_supervisor", result="按原样补配三把", home_door=2, entrance=1)
    assert (case.state, key.state, key.total, case.resolved_at) == ("resolved", "in_cabinet", 3, clock.now())
    log = room.session.scalars(select(RecordNote.body).where(RecordNote.noun == "key_incident")).all()
    assert len(log) >= 5
    assert any("派人守门" in line for line in log)
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-56")
def test_a_vacant_flats_key_needs_no_owner(room):
    key = received(room)
    case = incident(room, key)
    do(room, case, "instruct", "project_manager", instruction="换锁")
    refused(room, "不用征得业户同意", case, "consent", "desk_clerk", **call())
    do(room, case, "handle", "service_supervisor", measure="change_lock")
    do(room, case, "resolve", "service_supervisor", result="已换锁")
    assert key.state == "void"
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-57")
def test_a_repair_key_lost_is_the_owners_matter_too(room):
    key = received(room, "repair", unit_id=room.world.units["3-2-1203"].id)
    case = incident(room, key)
    do(room, case, "instruct", "project_manager", instruction="联系业户")
    refused(room, "先征得业户同意", case, "handle", "service_supervisor", measure="recut")


@pytest.mark.rule("KEY-55", "KEY-57")
def test_it_is_solved_the_same_day_or_the_manager_hears_of_it(room, at, write):
    case = incident(room, received(room))
    at("2026-11-21 17:31")
    room.session.rollback()
    sweep(write)
    room.session.expire_all()
    told = select(Alert.post).where(Alert.deadline == "T-33", Alert.row_id == case.id, Alert.rung == 1)
    assert set(room.session.scalars(told)) == {"project_manager"}


@pytest.mark.rule("KEY-55")
def test_a_project_may_leave_vacant_keys_without_that_limit(room, at, write):
    set_policy(room.session, room.world.yj, "key.loss_same_day", "owned")
    incident(room, received(room))
    owned = incident(room, deposited(room))
    at("2026-11-21 17:31")
    room.session.rollback()
    sweep(write)
    room.session.expire_all()
    told = select(Alert.row_id).where(Alert.deadline == "T-33", Alert.post == "project_manager")
    assert set(room.session.scalars(told)) == {owned.id}


@pytest.mark.rule("KEY-54")
def test_facts_and_protection_are_written_and_one_case_at_a_time(room):
    key = received(room)
    for gap in ({"facts": " "}, {"protection": ""}):
        with pytest.raises(RuleError):
            incident(room, key, **gap)
        room.session.rollback()
    case = incident(room, key)
    with pytest.raises(WrongState, match="未了结"):
        incident(room, key)
    room.session.rollback()
    with pytest.raises(WrongState, match="异常"):
        asked_for(room, key)
    room.session.rollback()
    do(room, case, "find", "service_supervisor", result="在值班室抽屉找到")
    assert (case.state, key.state) == ("resolved", "in_cabinet")


@pytest.mark.rule("KEY-54", "KEY-46")
def test_a_sealed_envelope_that_was_lost_goes_back_only_with_its_seal_whole(room):
    key = deposited(room, sealed=True)
    paper = unsealing(room, key, "agreed")
    case = incident(room, key)
    assert (key.state, paper.state, envelope_of(room, key).state) == ("odd", "odd", "odd")
    refused(room, "封口已坏", case, "find", "service_supervisor", result="在柜缝里找到")
    do(room, case, "find", "service_supervisor", result="在柜缝里找到", seal_intact=True)
    assert (key.state, envelope_of(room, key).state) == ("sealed", "sealed")
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-58")
@pytest.mark.parametrize(
    ("category", "choice", "name"),
    [
        ("vacant", "category", "莫小川"),
        ("repair", "category", "陆文婷"),
        ("repair", "party", "莫小川"),
        ("vacant", "issuer", "陆文婷"),
    ],
)
def test_who_answers_goes_by_the_category_or_as_the_project_chose(room, category, choice, name):
    set_policy(room.session, room.world.yj, "key.liable", choice)
    key = received(room, category)
    lent(room, key)
    case = incident(room, key)
    assert liable(room.session, case).name == name
    do(room, case, "find", "service_supervisor", result="在值班室找到")
    other = room.by("guard").staff_id
    refused(room, f"按规定责任人是 {name}", case, "settle", "service_supervisor", responsible_id=other)
    do(room, case, "settle", "service_supervisor")
    assert case.responsible_staff.name == name


# ---- copies ------------------------------------------------------------------------------------------------------


def copy_order(room: KeyRoom, key: KeyItem, post: str = "desk_clerk") -> KeyCopyOrder:
    order = KeyCopyOrder(org_id=key.org_id, key_id=key.id, reason="保洁另备一把", home_door=1)
    order = start(room.session, order, room.by(post))
    room.commit()
    return order


@pytest.mark.rule("KEY-35")
def test_nobody_copies_a_vacant_flats_key_without_the_lead(room):
    key = received(room)
    order = copy_order(room, key, "service_supervisor")
    refused(room, "不能批准自己的申请", order, "approve", "service_supervisor")
    with pytest.raises(WrongState):
        advance(room.session, order, "finish", room.by("desk_clerk"), result="门口锁匠")
    room.session.rollback()
    order = copy_order(room, key)
    with pytest.raises(NotAllowed):
        advance(room.session, order, "approve", room.by("service_administrator"))
    do(room, order, "approve", "service_supervisor")
    assert key.total == 3
    refused(room, "在哪里配的", order, "finish", "desk_clerk")
    do(room, order, "finish", "desk_clerk", result="门口锁匠，白露带回")
    assert key.total == 4
    slots = set(room.session.scalars(select(Signature.slot).where(Signature.noun == "key_copy_order")))
    assert slots == {"批准人", "入柜经办"}


@pytest.mark.rule("KEY-35", "KEY-54")
def test_an_owners_key_is_copied_with_the_owner_and_the_manager(room):
    order = copy_order(room, deposited(room))
    refused(room, "由管理处经理批准", order, "approve", "service_supervisor")
    refused(room, "先致电业户", order, "approve", "project_manager")
    call_about_copy(room.session, order, room.by("desk_clerk"), call(answer="agreed"))
    room.commit()
    do(room, order, "approve", "project_manager")
    assert order.state == "approved"


@pytest.mark.rule("KEY-46", "KEY-35")
def test_a_sealed_key_is_not_copied(room):
    with pytest.raises(WrongState, match="只能经《启用审批单》"):
        copy_order(room, deposited(room, sealed=True))


# ---- a changed lock ----------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-14")
def test_a_changed_lock_is_reminded_until_the_new_key_is_in_and_the_old_one_back(room, at, write):
    key = deposited(room)
    change = KeyLockChange(org_id=key.org_id, key_id=key.id, changed_at=clock.now())
    change = start(room.session, change, room.by("desk_clerk"))
    room.commit()
    do(room, change, "remind", "desk_clerk", **call(answer="informed"))
    do(room, change, "remind", "desk_clerk", **call(answer="unreached"))
    assert change.reminders == 2
    for day, heard in (("2026-11-22 10:01", 1), ("2026-11-23 10:01", 2)):
        at(day)
        room.session.rollback()
        sweep(write)
        room.session.expire_all()
        told = select(Alert.id).where(Alert.deadline == "KEY-14", Alert.row_id == change.id)
        assert len(room.session.scalars(told).all()) == heard
    refused(room, "新钥匙的类别和数量", change, "finish", "desk_clerk", kept=drawn(room, change, "owner_sign"))
    refused(room, "在屏幕上签名", change, "finish", "desk_clerk", home_door=3)
    hook = key.hook_no
    do(room, change, "finish", "desk_clerk", home_door=3, kept=drawn(room, change, "owner_sign"))
    fresh = room.session.scalars(select(KeyItem).where(KeyItem.state == "in_cabinet")).one()
    assert (key.state, fresh.total, fresh.hook_no, fresh.deposit_id) == ("taken", 3, hook, key.deposit_id)
    assert room.session.get_one(KeyReceipt, change.new_receipt_id).state == "received"
    assert custody_faults(room.session) == []
