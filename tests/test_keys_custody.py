"""Keys come in by a signed receipt, hang in the section of their category, and stay where a paper put them."""

import pytest
from sqlalchemy import select

from models import Incident, KeyEnvelope, KeyItem, KeyReceipt, RecordNote, Signature, clock
from rules.advance import advance, edit, start
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.keys import appoint_keeper, check_cabinet, whereabouts
from rules.keys_chain import chain_of
from rules.keys_conservation import custody_faults
from rules.keys_deposits import envelope_of
from tests.key_makers import (
    OWNER,
    KeyRoom,
    accepting,
    deposit_of,
    deposited,
    drawn,
    key_room,
    lent,
    receipt_of,
    received,
)
from tests.makers import set_policy, world


@pytest.fixture
def room(session) -> KeyRoom:
    return key_room(world(session))


def signers(room: KeyRoom, paper) -> set[str]:
    rows = select(Signature.slot).where(Signature.noun == paper.__tablename__, Signature.row_id == paper.id)
    return set(room.session.scalars(rows))


# ---- receipts --------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-01", "KEY-08")
def test_a_key_exists_only_after_deliverer_and_receiver_signed(room):
    receipt = start(room.session, receipt_of(room), room.by("desk_clerk"))
    assert room.session.scalars(select(KeyItem)).all() == []
    with pytest.raises(RuleError, match="送交人 谭涛 在屏幕上签名"):
        advance(room.session, receipt, "receive", room.by("desk_clerk"))
    advance(room.session, receipt, "receive", room.by("desk_clerk"), kept=drawn(room, receipt, "deliverer_sign"))
    room.commit()
    key = room.session.scalars(select(KeyItem)).one()
    assert (key.key_no, key.total, key.where, key.received_from) == ("KF-0001", 3, "3-2-1204", "谭涛")
    assert (receipt.number, signers(room, receipt)) == ("SY-YJ-202611-0001", {"送交人", "接收人"})
    assert receipt.received_by.name == "陆文婷"
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-01")
def test_no_key_without_a_receipt_or_opening_stock(room):
    room.session.add(
        KeyItem(
            org_id=room.world.yj.id,
            key_no="KF-9999",
            code="x" * 16,
            category="vacant",
            unit_id=room.world.units["3-2-1204"].id,
            section_id=room.sections["vacant"].id,
            hook_no=9,
            received_from="谁",
            received_on=clock.now(),
            home_door=1,
        )
    )
    with pytest.raises(Exception, match="was_received"):
        room.session.flush()


@pytest.mark.rule("KEY-01")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"deliverer": " "}, "deliverer"),
        ({"from_department": ""}, "from_department"),
        ({"unit_id": None}, "unit_id"),
        ({"home_door": 0, "mailbox": 0}, "home_door"),
        ({"inner_door": -1}, "inner_door"),
    ],
)
def test_a_receipt_says_who_what_room_and_how_many(room, values, field):
    with pytest.raises(RuleError) as no:
        start(room.session, receipt_of(room, **values), room.by("desk_clerk"))
    assert field in (no.value.errors if isinstance(no.value, Invalid) else {no.value.field: ""})


@pytest.mark.rule("KEY-01")
def test_a_receipt_put_down_late_says_why_and_is_marked(room, at):
    then = clock.now()
    at.forward(hours=2)
    with pytest.raises(RuleError, match="后补"):
        start(room.session, receipt_of(room, at=then), room.by("desk_clerk"))
    room.session.rollback()
    start(room.session, receipt_of(room, at=then, late_reason="停电"), room.by("desk_clerk"))
    assert room.session.scalars(select(Incident.kind)).all() == ["late_entry"]


@pytest.mark.rule("KEY-04", "KEY-05", "KEY-06", "KEY-03")
@pytest.mark.parametrize("category", ["vacant", "repair", "special"])
def test_each_category_hangs_in_its_own_locked_section(room, category):
    with pytest.raises(RuleError, match="分开存放"):
        start(
            room.session,
            receipt_of(room, category, section_id=room.sections["entrusted"].id),
            room.by("desk_clerk"),
        )
    room.session.rollback()
    key = received(room, category)
    assert key.section_id == room.sections[category].id
    assert key.section.cabinet.locked


@pytest.mark.rule("KEY-02")
def test_the_cabinet_is_locked_and_its_own_key_has_a_keeper(room):
    room.cabinet.locked = False
    with pytest.raises(RuleError, match="须上锁"):
        check_cabinet(room.session, room.cabinet)
    room.cabinet.locked = True
    room.cabinet.custodian_id = room.by("desk_clerk", "WJ").staff_id
    with pytest.raises(RuleError, match="专人保管"):
        check_cabinet(room.session, room.cabinet)
    room.session.rollback()
    own = receipt_of(room, "cabinet", section_id=None, keeper_id=None, place="一号钥匙柜", unit_id=None)
    with pytest.raises(RuleError, match="保管人"):
        start(room.session, own, room.by("desk_clerk"))
    room.session.rollback()
    key = received(
        room,
        "cabinet",
        section_id=None,
        unit_id=None,
        place="一号钥匙柜",
        keeper_id=room.by("service_supervisor").staff_id,
    )
    assert (key.key_no, key.hook) == ("GY-0001", "专人保管")


@pytest.mark.rule("KEY-02")
def test_a_hook_holds_one_tag_and_a_full_section_says_so(session):
    room = key_room(world(session), vacant=2)
    first = received(room, hook_no=2)
    with pytest.raises(RuleError, match="2 号挂位已挂 KF-0001"):
        start(room.session, receipt_of(room, hook_no=2), room.by("desk_clerk"))
    room.session.rollback()
    second = received(room)
    assert (first.hook_no, second.hook_no) == (2, 1)
    with pytest.raises(RuleError, match="都挂满了"):
        received(room)


@pytest.mark.rule("KEY-12", "KEY-60")
def test_only_the_lead_names_who_keeps_a_section(room):
    clerk = room.by("desk_clerk").staff_id
    with pytest.raises(NotAllowed):
        appoint_keeper(room.session, room.sections["vacant"], room.by("service_administrator"), clerk)
    appoint_keeper(room.session, room.sections["vacant"], room.by("service_supervisor"), clerk)
    assert room.sections["vacant"].keeper.name == "陆文婷"
    with pytest.raises(RuleError, match="客服部在岗人员"):
        appoint_keeper(
            room.session, room.sections["vacant"], room.by("service_supervisor"), room.by("technician").staff_id
        )


@pytest.mark.rule("KEY-10", "KEY-60")
def test_entrusted_keys_are_kept_by_the_lead_or_whom_the_lead_names_as_the_project_chose(room):
    clerk = room.by("desk_clerk").staff_id
    appoint_keeper(room.session, room.sections["entrusted"], room.by("service_supervisor"), clerk)
    set_policy(room.session, room.world.yj, "key.custodian", "lead")
    with pytest.raises(RuleError, match="亲自保管"):
        appoint_keeper(room.session, room.sections["entrusted"], room.by("service_supervisor"), clerk)
    appoint_keeper(room.session, room.sections["vacant"], room.by("service_supervisor"), clerk)


@pytest.mark.rule("KEY-08")
def test_the_register_is_made_from_the_data_and_no_door_edits_it(room):
    key = received(room)
    with pytest.raises(NotAllowed):
        edit(room.session, key, room.by("service_supervisor"), remark="改一下")
    room.session.rollback()
    advance(
        room.session,
        key,
        "rehang",
        room.by("service_administrator"),
        to_section_id=room.sections["vacant"].id,
        to_hook_no=7,
    )
    assert (key.hook_no, whereabouts(room.session, key)) == (7, "在柜 一号钥匙柜 7")
    with pytest.raises(RuleError, match="分开存放"):
        advance(
            room.session,
            key,
            "rehang",
            room.by("service_administrator"),
            to_section_id=room.sections["repair"].id,
        )


@pytest.mark.rule("KEY-30")
def test_to_lend_a_part_the_tag_is_split_first(room):
    key = received(room)
    with pytest.raises(Invalid):
        advance(room.session, key, "split", room.by("service_administrator"), off_home_door=3)
    with pytest.raises(RuleError, match="至少要有一把"):
        advance(room.session, key, "split", room.by("service_administrator"), off_home_door=2, off_mailbox=1)
    advance(room.session, key, "split", room.by("service_administrator"), off_home_door=1)
    room.commit()
    one, other = room.session.scalars(select(KeyItem).order_by(KeyItem.id))
    assert (one.total, other.total, other.split_from_id) == (2, 1, one.id)
    assert (other.receipt_id, other.hook_no) == (one.receipt_id, 2)
    assert custody_faults(room.session) == []


# ---- deposits --------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-09", "KEY-01")
def test_a_deposit_is_identity_purpose_signatures_then_a_key(room):
    deposit = start(room.session, deposit_of(room), room.by("desk_clerk"))
    with pytest.raises(RuleError, match="核对业户身份"):
        advance(
            room.session, deposit, "accept", room.by("desk_clerk"), **accepting(room, deposit, identity_checked=False)
        )
    room.session.rollback()
    deposit = start(room.session, deposit_of(room), room.by("desk_clerk"))
    advance(room.session, deposit, "accept", room.by("desk_clerk"), **accepting(room, deposit))
    room.commit()
    assert deposit.number == "JC-YJ-202611-0001"
    assert signers(room, deposit) == {"业户", "接收人"}
    key = room.session.scalars(select(KeyItem)).one()
    assert (key.state, key.category, key.key_no) == ("in_cabinet", "entrusted", "WT-0001")
    receipt = room.session.get_one(KeyReceipt, key.receipt_id)
    assert (receipt.deliverer, receipt.from_department, receipt.state) == (OWNER, "业户", "received")
    assert signers(room, receipt) == {"送交人", "接收人"}


@pytest.mark.rule("KEY-13")
def test_temporary_custody_names_whom_until_when_and_its_keeper(room):
    with pytest.raises(Invalid) as no:
        start(room.session, deposit_of(room, term="temporary", purpose="handover"), room.by("desk_clerk"))
    assert no.value.errors.keys() == {"handover_to", "keeper_id", "until_on"}


@pytest.mark.rule("KEY-45")
def test_only_the_owner_in_person_seals_with_signature_and_photo(room):
    stranger = room.world.residents["沈若兰"].id
    with pytest.raises(RuleError, match="须由业主本人"):
        start(room.session, deposit_of(room, sealed=True, owner_id=stranger), room.by("desk_clerk"))
    room.session.rollback()
    with pytest.raises(Invalid, match="封签号"):
        start(room.session, deposit_of(room, sealed=True, seal_no=" "), room.by("desk_clerk"))
    room.session.rollback()
    deposit = start(room.session, deposit_of(room, sealed=True), room.by("desk_clerk"))
    room.commit()
    for lacking, said in (
        ({"owner_in_person": False}, "他人不能代办"),
        ({"kept": drawn(room, deposit, "owner_sign", "photo")}, "在屏幕上签名"),
        ({"kept": drawn(room, deposit, "owner_sign", "flap_sign")}, "拍下封好的信封"),
    ):
        with pytest.raises(RuleError, match=said):
            advance(room.session, deposit, "accept", room.by("desk_clerk"), **accepting(room, deposit, **lacking))
        room.session.rollback()
    advance(room.session, deposit, "accept", room.by("desk_clerk"), **accepting(room, deposit))
    room.commit()
    assert signers(room, deposit) == {"业户", "接收人", "封口处签名"}
    envelope = room.session.scalars(select(KeyEnvelope)).one()
    assert (envelope.number, envelope.seal_no, envelope.sealed_by) == ("XF-YJ-202611-0001", deposit.seal_no, OWNER)
    assert (envelope.key.state, envelope.kinds) == ("sealed", deposit.kinds)
    assert [link.what for link in chain_of(room.session, envelope.key)] == ["封存"]


@pytest.mark.rule("KEY-45")
def test_a_seal_is_used_once(room):
    deposited(room, sealed=True, seal_no="A-1")
    again = start(room.session, deposit_of(room, sealed=True, seal_no="A-1"), room.by("desk_clerk"))
    with pytest.raises(RuleError, match="已用在"):
        advance(room.session, again, "accept", room.by("desk_clerk"), **accepting(room, again))


@pytest.mark.rule("KEY-09", "KEY-46")
def test_the_owner_takes_the_keys_back_when_they_are_there_and_the_seal_is_whole(room):
    key = deposited(room, sealed=True)
    deposit = room.session.get_one(type(deposit_of(room)), key.deposit_id)
    signed = {"kept": drawn(room, deposit, "owner_sign")}
    with pytest.raises(RuleError, match="封口完好"):
        advance(room.session, deposit, "withdraw", room.by("desk_clerk"), **signed)
    room.session.rollback()
    signed = {"kept": drawn(room, deposit, "owner_sign")}
    advance(room.session, deposit, "withdraw", room.by("desk_clerk"), seal_intact=True, **signed)
    room.commit()
    assert (deposit.state, key.state) == ("withdrawn", "taken")
    assert envelope_of(room.session, key.id) is None
    assert custody_faults(room.session) == []
    open_key = deposited(room)
    lent(room, open_key)
    deposit = room.session.get_one(type(deposit), open_key.deposit_id)
    with pytest.raises(WrongState, match="已借出"):
        advance(room.session, deposit, "withdraw", room.by("desk_clerk"), kept=drawn(room, deposit, "owner_sign"))


@pytest.mark.rule("KEY-23")
def test_a_call_to_the_owner_writes_its_line_for_the_duty_log(room):
    key = deposited(room)
    lent(room, key)
    note = room.session.scalars(select(RecordNote).where(RecordNote.kind == "duty")).one()
    assert "2026-11-21 10:00" in note.body
    assert OWNER in note.body
    assert "同意" in note.body
