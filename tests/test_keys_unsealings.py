"""The chain: nothing opens a sealed envelope but request, owner, manager, two people; then the owner seals anew."""

import pytest
from sqlalchemy import select

from models import Alert, Incident, KeyCall, KeyEnvelope, KeyUnsealing, RecordNote, Signature, clock
from rules.advance import advance, edit, start
from rules.errors import NotAllowed, RuleError, WrongState
from rules.keys_chain import chain_of
from rules.keys_conservation import custody_faults
from rules.keys_unsealings import inform_owner, sealed_now
from rules.sweep import sweep
from tests.key_makers import (
    OWNER,
    KeyRoom,
    asked_for,
    call,
    deposited,
    drawn,
    envelope_of,
    key_room,
    loan_of,
    resealing,
    step,
    unsealing,
    walk,
)
from tests.makers import set_policy, world


@pytest.fixture
def room(session) -> KeyRoom:
    return key_room(world(session))


@pytest.fixture
def key(room):
    return deposited(room, sealed=True)


def slots(room: KeyRoom, paper) -> list[str]:
    rows = select(Signature.slot).where(Signature.noun == paper.__tablename__, Signature.row_id == paper.id)
    return list(room.session.scalars(rows.order_by(Signature.id)))


def go(room: KeyRoom, paper: KeyUnsealing, target: str, **other) -> None:
    verb, post, details = step(room, paper, target)
    advance(room.session, paper, verb, room.by(post), **{**details, **other})
    room.commit()


@pytest.mark.rule("KEY-46", "KEY-52")
def test_a_sealed_key_is_not_lent_not_moved_not_split_not_edited(room, key):
    with pytest.raises(WrongState, match="只能经《启用审批单》"):
        start(room.session, loan_of(room, key), room.by("desk_clerk"))
    room.session.rollback()
    for verb, details in (("rehang", {"to_hook_no": 9}), ("split", {"off_home_door": 1})):
        with pytest.raises(WrongState):
            advance(room.session, key, verb, room.by("service_administrator"), **details)
    key.home_door = 9
    with pytest.raises(RuntimeError, match="neither changed nor deleted"):
        room.session.flush()
    room.session.rollback()
    envelope = envelope_of(room, key)
    envelope.seal_no = "Z"
    with pytest.raises(RuntimeError, match="neither changed nor deleted"):
        room.session.flush()
    room.session.rollback()
    with pytest.raises(NotAllowed):
        edit(room.session, envelope, room.by("service_supervisor"), seal_no="Z")
    room.session.delete(envelope)
    with pytest.raises(RuntimeError, match="never deleted"):
        room.session.flush()


@pytest.mark.rule("KEY-46", "KEY-48", "KEY-49", "KEY-50", "KEY-51", "KEY-52")
def test_the_whole_chain_with_its_signatures(room, key):
    first = envelope_of(room, key)
    paper = unsealing(room, key)
    seen = [(paper.state, key.state)]
    for target in ("agreed", "approved", "opened", "in_use", "to_reseal", "resealed"):
        walk(room, paper, target)
        seen.append((paper.state, key.state))
        assert custody_faults(room.session) == [], target
    assert seen == [
        ("asked", "consent"),
        ("agreed", "approval"),
        ("approved", "approved"),
        ("opened", "opened"),
        ("in_use", "in_use"),
        ("to_reseal", "to_reseal"),
        ("resealed", "sealed"),
    ]
    signed = "申请人 管理处经理审批 启封人 启封在场人 进入人员 进入人员 交还人 接收清点人 业户重新签字 封存经办"
    assert slots(room, paper) == signed.split()
    fresh = envelope_of(room, key)
    assert (fresh.previous_id, paper.new_envelope_id, first.state) == (first.id, fresh.id, "opened")
    assert fresh.number != first.number
    words = [link.what for link in chain_of(room.session, key)]
    assert words == ["封存", "申请启用", "业户同意", "批准", "启封", "使用", "交还清点", "重新封存"]
    notes = room.session.scalars(select(RecordNote.body).where(RecordNote.kind == "duty")).all()
    assert any("关总阀，未动物品" in body for body in notes)


@pytest.mark.rule("KEY-49")
def test_no_column_of_the_request_stays_empty_and_one_request_at_a_time(room, key):
    for gap in ({"reason": " "}, {"user": ""}):
        with pytest.raises(RuleError, match="请填写"):
            unsealing(room, key, **gap)
        room.session.rollback()
    unsealing(room, key)
    with pytest.raises(WrongState, match="只有已封存的钥匙"):
        unsealing(room, key)


@pytest.mark.rule("KEY-47", "KEY-46")
def test_when_the_owner_says_no_it_stays_sealed_and_the_refusal_stays_on_file(room, key):
    paper = unsealing(room, key)
    advance(room.session, paper, "owner_refuses", room.by("desk_clerk"), **call())
    room.commit()
    assert (paper.state, key.state, paper.owner_reply) == ("refused", "sealed", "refused")
    assert room.session.scalars(select(KeyCall.answer)).all() == ["refused"]
    assert envelope_of(room, key).state == "sealed"
    with pytest.raises(WrongState):
        go(room, paper, "approved")


@pytest.mark.rule("KEY-50")
def test_without_the_owner_only_in_danger_after_two_calls_and_then_the_owner_is_told(room, key, at, write):
    calm = unsealing(room, key)
    with pytest.raises(RuleError, match="只有人身安全"):
        advance(room.session, calm, "go_up", room.by("desk_clerk"))
    room.session.rollback()
    advance(room.session, calm, "withdraw", room.by("desk_clerk"), reason="重新填写")
    room.commit()
    paper = unsealing(room, key, danger="water")
    for _attempt in range(2):
        with pytest.raises(RuleError, match="至少 2 次未接通"):
            advance(room.session, paper, "go_up", room.by("desk_clerk"))
        room.session.rollback()
        at.forward(minutes=2)
        advance(room.session, paper, "not_reached", room.by("desk_clerk"), **call())
        room.commit()
    advance(room.session, paper, "go_up", room.by("desk_clerk"))
    room.commit()
    with pytest.raises(RuleError, match="写明批准的理由"):
        go(room, paper, "approved", decision="")
    room.session.rollback()
    go(room, paper, "approved", decision="楼下持续漏水，两次未接通，同意")
    go(room, paper, "opened")
    room.session.rollback()
    sweep(write)
    room.session.expire_all()
    told = room.session.scalars(select(Alert.post).where(Alert.deadline == "KEY-50")).all()
    assert set(told) == {"service_supervisor", "project_manager"}
    inform_owner(room.session, paper, room.by("desk_clerk"), call())
    room.commit()
    assert paper.owner_informed_at == clock.now()
    assert [link.what for link in chain_of(room.session, key)].count("业户未接通") == 2


@pytest.mark.rule("KEY-50")
def test_a_project_may_forbid_opening_without_the_owner_altogether(room, key):
    set_policy(room.session, room.world.yj, "key.sealed_unreachable", "refuse")
    paper = unsealing(room, key, danger="gas")
    for _attempt in range(2):
        advance(room.session, paper, "not_reached", room.by("desk_clerk"), **call())
    with pytest.raises(RuleError, match="一律不启封"):
        advance(room.session, paper, "go_up", room.by("desk_clerk"))


@pytest.mark.rule("KEY-48")
def test_only_the_projects_manager_approves_and_never_their_own_request(room, key):
    paper = unsealing(room, key, "agreed")
    for post in ("desk_clerk", "service_supervisor", "duty_manager"):
        with pytest.raises(NotAllowed):
            advance(room.session, paper, "approve", room.by(post), decision="同意启封")
    advance(room.session, paper, "decline", room.by("project_manager"), reason="改日再办")
    room.commit()
    assert (paper.state, key.state) == ("declined", "sealed")
    assert [link.what for link in chain_of(room.session, key)][-1] == "经理不批准"


@pytest.mark.rule("KEY-49", "KEY-51")
def test_it_is_opened_by_two_who_look_at_the_seal_and_count(room, key):
    paper = unsealing(room, key, "approved")
    for wrong, said in (
        ({"witness": None}, "在场人"),
        ({"witness": room.by("desk_clerk")}, "两个人"),
        ({"seal_intact": None}, "封口是否完好"),
        (dict.fromkeys(key.kinds, 0), "清点信封里"),
    ):
        with pytest.raises(RuleError, match=said):
            go(room, paper, "opened", **wrong)
        room.session.rollback()
        assert envelope_of(room, key).state == "sealed"


@pytest.mark.rule("KEY-30", "KEY-46")
def test_a_broken_seal_or_a_wrong_count_is_an_incident_by_itself(room, key):
    paper = unsealing(room, key, "approved")
    go(room, paper, "opened", seal_intact=False, home_door=1)
    said = room.session.scalars(select(Incident.body).where(Incident.kind == "mismatch").order_by(Incident.id)).all()
    assert len(said) == 2
    assert "封口不完好" in said[0]
    assert "封存时为" in said[1]
    go(room, paper, "in_use")
    go(room, paper, "to_reseal")
    assert len(room.session.scalars(select(Incident).where(Incident.kind == "mismatch")).all()) == 3


@pytest.mark.rule("KEY-51")
def test_nobody_enters_alone_and_the_visit_is_written_down(room, key):
    paper = unsealing(room, key, "opened")
    one = room.by("technician")
    for wrong in ({"second": None}, {"second": one}):
        with pytest.raises(RuleError, match="两人以上"):
            go(room, paper, "in_use", **wrong)
        room.session.rollback()
    go(room, paper, "in_use", others="阿不都热依木、㛃䶮")
    assert [entry.name for entry in paper.entries] == ["莫小川", "罗志强", "阿不都热依木", "㛃䶮"]
    with pytest.raises(RuleError, match="进入记录"):
        go(room, paper, "to_reseal", entry_record=" ")


@pytest.mark.rule("KEY-25")
def test_at_night_the_cabinet_must_have_been_opened_by_two(room, key, at):
    paper = unsealing(room, key, "approved")
    at("2026-11-21 23:10")
    with pytest.raises(RuleError, match="夜间开柜"):
        go(room, paper, "opened")


@pytest.mark.rule("KEY-52", "KEY-45")
def test_only_the_owner_seals_again_with_a_new_seal(room, key):
    paper = unsealing(room, key, "to_reseal")
    old = envelope_of(room, key)
    for wrong, said in (
        ({"owner_name": "沈若兰"}, "登记的业主本人"),
        ({"owner_in_person": False}, "他人不能代办"),
        ({"seal_no": old.seal_no}, "已用在"),
        ({"kept": drawn(room, paper, "owner_sign")}, "拍下重新封好"),
        ({"kept": drawn(room, paper, "photo")}, "在屏幕上签名"),
    ):
        with pytest.raises(RuleError, match=said):
            advance(room.session, paper, "reseal", room.by("desk_clerk"), **resealing(room, paper, **wrong))
        room.session.rollback()
    with pytest.raises(WrongState, match="须由业户重新签字封存"):
        asked_for(room, key)


@pytest.mark.rule("KEY-52")
def test_until_it_is_sealed_again_the_lead_hears_of_it_every_day(room, key, at, write):
    paper = unsealing(room, key, "to_reseal")
    for day, rungs in (("2026-11-21 17:31", 1), ("2026-11-22 17:31", 2), ("2026-11-23 17:31", 3)):
        at(day)
        room.session.rollback()
        sweep(write)
        room.session.expire_all()
        rows = select(Alert).where(Alert.deadline == "T-34", Alert.row_id == paper.id)
        assert len(room.session.scalars(rows).all()) == rungs
    walk(room, paper, "resealed")
    at("2026-11-24 17:31")
    room.session.rollback()
    sweep(write)
    room.session.expire_all()
    assert len(room.session.scalars(rows).all()) == 3


@pytest.mark.rule("KEY-52")
def test_the_owner_may_take_the_keys_home_instead(room, key):
    paper = unsealing(room, key, "to_reseal")
    signed = {"owner_name": OWNER, "kept": drawn(room, paper, "owner_sign")}
    advance(room.session, paper, "owner_takes", room.by("desk_clerk"), **signed)
    room.commit()
    assert (paper.state, key.state) == ("taken", "taken")
    assert chain_of(room.session, key)[-1].what == "业户收回"
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-53")
def test_every_shift_knows_which_envelopes_it_answers_for(room, key):
    assert sealed_now(room.session, room.world.yj.id) == [envelope_of(room, key)]
    unsealing(room, key, "opened")
    assert sealed_now(room.session, room.world.yj.id) == []
    assert sealed_now(room.session, room.world.wj.id) == []


def test_two_envelopes_never_hold_one_key(room, key):
    old = envelope_of(room, key)
    room.session.add(
        KeyEnvelope(
            org_id=key.org_id, code="y" * 16, key_id=key.id, sealed_by=OWNER, sealed_at=clock.now(),
            made_by_id=old.made_by_id, home_door=1,
        )
    )  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)unique"):
        room.session.flush()
