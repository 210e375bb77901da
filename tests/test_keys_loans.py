"""Lending and taking back: who on which papers, the owner's word, two signatures each way, back the same day."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Alert, Incident, KeyIncident, KeyLoan, KeyNightOpening, Signature, clock
from rules.advance import advance, edit, start
from rules.due import overdue_condition
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.keys import whereabouts
from rules.keys_conservation import custody_faults
from rules.keys_incidents import open_incident
from rules.keys_loans import call_owner
from rules.keys_pickups import call_owner as ask
from rules.keys_reports import loans_out, long_out
from rules.keys_returns import same_place
from rules.sweep import sweep
from tests.key_makers import (
    OWNER,
    KeyRoom,
    asked_for,
    call,
    deposited,
    drawn,
    given_back,
    giving_back,
    handing_out,
    key_room,
    lent,
    loan_of,
    pickup_of,
    received,
)
from tests.makers import set_policy, world


@pytest.fixture
def room(session) -> KeyRoom:
    return key_room(world(session))


def slots(room: KeyRoom, paper) -> set[str]:
    rows = select(Signature.slot).where(Signature.noun == paper.__tablename__, Signature.row_id == paper.id)
    return set(room.session.scalars(rows))


def swept(room: KeyRoom, write) -> None:
    """The sweep writes by a session of its own: ours looks anew."""
    room.session.rollback()
    sweep(write)
    room.session.expire_all()


def out(room: KeyRoom, loan: KeyLoan, **details) -> None:
    advance(room.session, loan, "hand_out", room.by("desk_clerk"), **handing_out(room, loan, **details))
    room.commit()


# ---- asking ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-15", "KEY-34")
def test_a_key_is_taken_only_for_work_and_the_reason_is_written(room):
    key = received(room)
    for reason in ("", "保洁", "   "):
        with pytest.raises(RuleError, match="不少于 4 个字"):
            start(room.session, loan_of(room, key, reason=reason), room.by("desk_clerk"))
        room.session.rollback()
    cleaning = start(room.session, loan_of(room, key, reason="空房保洁开窗通风"), room.by("desk_clerk"))
    assert cleaning.where_out == "3-2-1204"


@pytest.mark.rule("KEY-38", "KEY-04")
@pytest.mark.parametrize(
    ("category", "kind", "allowed"),
    [
        ("vacant", "owner", False),
        ("vacant", "family", False),
        ("vacant", "contractor", True),
        ("repair", "owner", False),
        ("repair", "contractor", True),
        ("special", "nanny", False),
        ("entrusted", "contractor", False),
        ("entrusted", "nanny", True),
    ],
)
def test_who_may_borrow_what(room, category, kind, allowed):
    key = deposited(room) if category == "entrusted" else received(room, category)
    loan = loan_of(room, key, borrower_kind=kind, borrower="沈若兰", borrower_unit="鼎建公司")
    if allowed:
        start(room.session, loan, room.by("desk_clerk"))
    else:
        with pytest.raises(RuleError, match="只能借给"):
            start(room.session, loan, room.by("desk_clerk"))


def test_the_cabinets_own_key_is_not_lent(room):
    lead = room.by("service_supervisor").staff_id
    key = received(room, "cabinet", section_id=None, unit_id=None, place="一号钥匙柜", keeper_id=lead)
    with pytest.raises(RuleError, match="不外借"):
        start(room.session, loan_of(room, key), room.by("desk_clerk"))


# ---- papers ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-20", "KEY-21")
def test_family_shows_card_or_mandate_and_leaves_a_copy(room):
    loan = asked_for(room, deposited(room), borrower_kind="family", borrower="沈若兰")
    with pytest.raises(RuleError, match="核对领取人身份"):
        out(room, loan, identity_seen=False)
    room.session.rollback()
    with pytest.raises(RuleError, match="身份证或业户委托书"):
        out(room, loan, credential="pass")
    room.session.rollback()
    with pytest.raises(RuleError, match="须保留"):
        out(room, loan, credential="id_card", kept=drawn(room, loan, "taker_sign"))
    room.session.rollback()
    out(room, loan, credential="mandate")
    assert loan.state == "lent"


@pytest.mark.rule("KEY-20")
def test_a_nanny_shows_the_pass_whose_number_is_written(room):
    loan = asked_for(room, deposited(room), borrower_kind="nanny", borrower="林阿姨")
    with pytest.raises(RuleError, match="出入证"):
        out(room, loan, credential="id_card")
    room.session.rollback()
    with pytest.raises(RuleError, match="出入证号"):
        out(room, loan, credential="pass")
    room.session.rollback()
    out(room, loan, credential="pass", credential_no="YJ-0871")
    assert loan.credential_no == "YJ-0871"


@pytest.mark.rule("KEY-19")
def test_by_the_other_regulation_everybody_but_the_owner_brings_the_mandate(room):
    set_policy(room.session, room.world.yj, "key.credential", "002")
    loan = asked_for(room, deposited(room), borrower_kind="nanny", borrower="林阿姨")
    with pytest.raises(RuleError, match="须凭业户委托书"):
        out(room, loan, credential="pass", credential_no="YJ-0871")
    room.session.rollback()
    out(room, loan, credential="mandate")
    strict = asked_for(room, deposited(room), borrower_kind="family", borrower="沈若兰")
    set_policy(room.session, room.world.yj, "key.credential", "strict")
    with pytest.raises(RuleError, match="须凭业户委托书"):
        out(room, strict, credential="id_card")


@pytest.mark.rule("KEY-38")
def test_a_contractor_brings_the_developers_proof(room):
    loan = asked_for(room, received(room, "repair"), borrower_kind="contractor", borrower="包工", borrower_unit="鼎建")
    with pytest.raises(RuleError, match="开发商的证明确认材料"):
        out(room, loan, credential="id_card")
    room.session.rollback()
    with pytest.raises(RuleError, match="须保留"):
        out(room, loan, credential="proof", kept=drawn(room, loan, "taker_sign"))
    room.session.rollback()
    out(room, loan, credential="proof")
    assert slots(room, loan) == {"签收人（借出）", "签发人（借出）"}


@pytest.mark.rule("KEY-20")
def test_the_owner_is_who_the_register_says(room):
    key = deposited(room)
    with pytest.raises(RuleError, match="不是这套房屋登记的业主"):
        start(room.session, loan_of(room, key, borrower_kind="owner", borrower="沈若兰"), room.by("desk_clerk"))
    room.session.rollback()
    loan = start(room.session, loan_of(room, key, borrower_kind="owner", borrower=OWNER), room.by("desk_clerk"))
    room.commit()
    out(room, loan)
    assert loan.state == "lent"


# ---- the owner's word --------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-22", "KEY-23")
def test_an_entrusted_key_goes_out_only_after_the_owner_agreed_on_the_telephone(room, at):
    key = deposited(room)
    loan = start(room.session, loan_of(room, key), room.by("desk_clerk"))
    room.commit()
    with pytest.raises(RuleError, match="先致电业户"):
        out(room, loan)
    room.session.rollback()
    with pytest.raises(RuleError, match="不是这套房屋登记的业主"):
        call_owner(room.session, loan, room.by("desk_clerk"), call(answer="agreed", callee="沈若兰"))
    room.session.rollback()
    call_owner(room.session, loan, room.by("desk_clerk"), call(answer="refused"))
    room.commit()
    with pytest.raises(RuleError, match="不同意，不能借出"):
        out(room, loan)
    room.session.rollback()
    at.forward(minutes=3)
    call_owner(room.session, loan, room.by("desk_clerk"), call(answer="agreed"))
    room.commit()
    out(room, loan)
    assert (clock.shown(loan.owner_call_at), loan.owner_consent) == ("2026-11-21 10:03", True)


@pytest.mark.rule("KEY-22")
def test_where_the_project_chose_002_a_call_is_made_when_needed_but_a_no_is_a_no(room):
    set_policy(room.session, room.world.yj, "key.consent", "002")
    key = deposited(room)
    loan = start(room.session, loan_of(room, key), room.by("desk_clerk"))
    room.commit()
    out(room, loan)
    given_back(room, loan)
    again = start(room.session, loan_of(room, key), room.by("desk_clerk"))
    call_owner(room.session, again, room.by("desk_clerk"), call(answer="refused"))
    room.commit()
    with pytest.raises(RuleError, match="不同意"):
        out(room, again)


@pytest.mark.rule("KEY-24")
def test_a_special_room_needs_the_leader_whose_room_it_is(room):
    key = received(room, "special")
    loan = start(room.session, loan_of(room, key), room.by("desk_clerk"))
    room.commit()
    with pytest.raises(RuleError, match="所属部门领导签字"):
        out(room, loan)
    room.session.rollback()
    with pytest.raises(NotAllowed, match="所属部门的领导"):
        advance(room.session, loan, "department_agrees", room.by("security_supervisor"))
    room.session.rollback()
    advance(room.session, loan, "department_agrees", room.by("engineering_supervisor"))
    room.commit()
    out(room, loan)
    assert "部门领导签字" in slots(room, loan)


# ---- signatures ------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-16")
def test_both_sign_before_a_key_counts_as_lent(room):
    loan = asked_for(room, received(room))
    for wrong in (None, room.by("engineering_duty"), room.by("desk_clerk")):
        with pytest.raises(RuleError):
            out(room, loan, taker=wrong)
        room.session.rollback()
        assert loan.key.state == "in_cabinet"
    out(room, loan)
    assert (loan.state, loan.key.state, loan.issuer.name) == ("lent", "lent", "陆文婷")
    assert slots(room, loan) == {"签收人（借出）", "签发人（借出）"}
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-16")
def test_nobody_issues_a_key_to_themselves(room):
    clerk = room.by("desk_clerk")
    loan = start(room.session, loan_of(room, received(room), borrower_id=clerk.staff_id), clerk)
    room.commit()
    with pytest.raises(RuleError, match="两个人"):
        advance(room.session, loan, "hand_out", clerk, taker=clerk)


@pytest.mark.rule("KEY-27")
def test_the_second_borrower_reads_who_has_it_and_until_when(room):
    key = received(room)
    first, second = asked_for(room, key), asked_for(room, key)
    out(room, first)
    with pytest.raises(WrongState, match="由 莫小川 于 2026-11-21 10:00 借出，应还 2026-11-21 17:30"):
        out(room, second)
    room.session.rollback()
    assert whereabouts(room.session, key) == "莫小川 11-21 10:00 借出，应还 11-21 17:30"
    assert [loan.id for loan in loans_out(room.session, room.by("desk_clerk"), key.org_id)] == [first.id]
    assert loans_out(room.session, room.by("desk_clerk", "WJ")) == []


@pytest.mark.rule("KEY-17", "KEY-30")
def test_it_comes_back_as_it_went_with_two_signatures(room, at):
    loan = lent(room, received(room))
    at.forward(hours=1)
    alone = giving_back(room, loan, returner=room.by("desk_clerk"))
    with pytest.raises(RuleError, match="两个人"):
        advance(room.session, loan, "give_back", room.by("desk_clerk"), **alone)
    room.session.rollback()
    given_back(room, loan, where_in="3栋2单元1204")
    assert (loan.state, loan.key.state, loan.qty_in, loan.where_in) == ("returned", "in_cabinet", 3, "3-2-1204")
    assert {"领取人（交还）", "签收人（交还）"} <= slots(room, loan)
    assert loan.received_by.name == "陆文婷"
    assert custody_faults(room.session) == []


def test_a_room_is_the_same_however_it_is_written():
    assert same_place("3栋2单元1203", "3-2-1203")
    assert same_place("一号配电房", "一号配电房")
    assert not same_place("3-2-1204", "3-2-1203")
    assert not same_place("", "3-2-1203")


@pytest.mark.rule("KEY-30")
@pytest.mark.parametrize(
    ("wrong", "said"), [({"qty_in": 2}, "交还 2 把，借出 3 把"), ({"where_in": "5-1-0802"}, "交还房号")]
)
def test_what_does_not_match_is_refused_and_becomes_an_incident(room, wrong, said):
    loan = lent(room, received(room))
    with pytest.raises(RuleError, match=said) as no:
        advance(room.session, loan, "give_back", room.by("desk_clerk"), **giving_back(room, loan, **wrong))
    room.session.rollback()
    assert loan.state == "lent"
    for _twice in range(2):
        no.value.aftermath(room.session, room.by("desk_clerk"))
        room.commit()
    case = open_incident(room.session, loan.key_id)
    assert (case.kind, case.loan_id, case.state, case.key.state) == ("mismatch", loan.id, "reported", "lent")
    assert said in case.facts
    kinds = room.session.scalars(select(Incident.kind).where(Incident.rule == "KEY-30")).all()
    assert kinds == ["mismatch", "mismatch"]
    assert len(room.session.scalars(select(KeyIncident)).all()) == 1
    given_back(room, loan)
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-18")
def test_somebody_else_bringing_it_is_an_incident_the_keeper_hears_of(room):
    loan = lent(room, received(room))
    details = giving_back(room, loan, returned_by="牛大力", kept=drawn(room, loan, "returner_sign"))
    with pytest.raises(RuleError, match="须由领取人 莫小川 亲自交还"):
        advance(room.session, loan, "give_back", room.by("desk_clerk"), **details)
    room.session.rollback()
    details = giving_back(room, loan, returned_by="牛大力", kept=drawn(room, loan, "returner_sign"))
    advance(room.session, loan, "give_back", room.by("desk_clerk"), other_reason="本人急诊", **details)
    room.commit()
    assert loan.key.state == "in_cabinet"
    violation = room.session.scalars(select(Incident).where(Incident.rule == "KEY-18")).one()
    assert (violation.kind, violation.staff_id) == ("violation", loan.borrower_id)
    told = set(room.session.scalars(select(Alert.staff_id).where(Alert.source == "incident")))
    assert told == {room.by("service_administrator").staff_id, room.by("service_supervisor").staff_id}


@pytest.mark.rule("KEY-18")
def test_no_door_passes_a_key_on_to_another_borrower(room):
    loan = lent(room, received(room))
    with pytest.raises(WrongState, match="不能再修改"):
        edit(room.session, loan, room.by("desk_clerk"), borrower_id=room.by("engineering_duty").staff_id)
    room.session.rollback()
    loan.borrower_id = room.by("engineering_duty").staff_id
    with pytest.raises(RuntimeError, match="neither changed nor deleted"):
        room.session.flush()


# ---- until when --------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-31", "KEY-32")
@pytest.mark.parametrize("category", ["vacant", "repair"])
def test_vacant_and_repair_keys_are_due_before_closing_and_never_later(room, category):
    key = received(room, category)
    loan = asked_for(room, key, due_at=clock.now() + timedelta(days=1))
    with pytest.raises(RuleError, match="当天下班前"):
        out(room, loan)
    room.session.rollback()
    other = lent(room, key)
    assert clock.shown(other.due_at) == "2026-11-21 17:30"


@pytest.mark.rule("KEY-33")
def test_an_entrusted_key_stays_longer_only_when_the_lead_approved(room):
    key = deposited(room)
    loan = asked_for(room, key, due_at=clock.now() + timedelta(days=1))
    with pytest.raises(RuleError, match="须先由客服负责人批准"):
        out(room, loan)
    room.session.rollback()
    advance(room.session, loan, "lead_agrees", room.by("service_supervisor"))
    room.commit()
    out(room, loan)
    assert clock.shown(loan.due_at) == "2026-11-22 10:00"


@pytest.mark.rule("KEY-33", "KEY-31")
def test_what_is_late_nags_every_day_until_it_is_back_and_says_why(room, at, write):
    loan = lent(room, received(room))
    at("2026-11-21 17:01")
    swept(room, write)
    at("2026-11-21 17:31")
    swept(room, write)
    assert room.session.scalars(select(KeyLoan.id).where(overdue_condition(KeyLoan, clock.now()))).all() == [loan.id]
    rows = select(Alert).where(Alert.noun == "key_loan", Alert.deadline == "T-31").order_by(Alert.id)
    posts = [(a.post, a.rung) for a in room.session.scalars(rows)]
    assert ("desk_clerk", 0) in posts
    assert ("service_supervisor", 1) in posts
    keeper = room.by("service_administrator").staff_id
    assert any(a.staff_id == keeper and a.rung == 1 for a in room.session.scalars(rows))
    at("2026-11-22 17:31")
    swept(room, write)
    assert max(a.rung for a in room.session.scalars(rows)) == 2
    advance(room.session, loan, "explain", room.by("desk_clerk"), late_reason="施工未完，已催")
    room.commit()
    with pytest.raises(RuleError, match="新的应还时间须晚于现在"):
        advance(room.session, loan, "extend", room.by("service_supervisor"), reason="再用一天", due_at=loan.due_at)
    room.session.rollback()
    until = clock.now() + timedelta(days=1)
    advance(room.session, loan, "extend", room.by("service_supervisor"), reason="再用一天", due_at=until)
    room.commit()
    assert (loan.extended_for, loan.due_at) == ("再用一天", until)
    at("2026-11-23 18:00")
    given_back(room, loan)


@pytest.mark.rule("KEY-33")
def test_a_late_return_without_a_reason_is_refused_and_only_the_lead_extends(room, at):
    loan = lent(room, received(room))
    with pytest.raises(NotAllowed):
        advance(room.session, loan, "extend", room.by("desk_clerk"), reason="x", due_at=clock.now())
    with pytest.raises(RuleError, match="还没有到应还时间"):
        advance(room.session, loan, "explain", room.by("desk_clerk"), late_reason="早了")
    room.session.rollback()
    at("2026-11-22 09:00")
    with pytest.raises(RuleError, match="未按时收回的原因"):
        given_back(room, loan)
    room.session.rollback()
    given_back(room, loan, late_reason="昨晚抢修")
    assert loan.late_reason == "昨晚抢修"


@pytest.mark.rule("KEY-28")
def test_a_key_long_away_goes_up_to_the_manager(room, at, write):
    loan = lent(room, received(room))
    at("2026-11-24 09:59")
    assert long_out(room.session, loan.org_id) == []
    at("2026-11-24 10:01")
    assert long_out(room.session, loan.org_id) == [loan]
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "KEY-28")
    assert set(room.session.scalars(told)) == {"service_supervisor", "project_manager"}


@pytest.mark.rule("KEY-16")
def test_a_loan_put_down_afterwards_is_marked_and_explained(room, at):
    key = received(room)
    loan = asked_for(room, key)
    then = clock.now()
    at.forward(hours=1)
    with pytest.raises(RuleError, match="后补"):
        out(room, loan, out_at=then)
    room.session.rollback()
    out(room, loan, out_at=then, entry_reason="抢修时先借")
    assert loan.entry_reason == "抢修时先借"
    assert "late_entry" in room.session.scalars(select(Incident.kind)).all()
    with pytest.raises(RuleError, match="不能早于借出时间"):
        given_back(room, loan, in_at=then - timedelta(hours=1))


# ---- after hours -------------------------------------------------------------------------------------------------


def night(room: KeyRoom, user: str = "technician") -> KeyNightOpening:
    opening = KeyNightOpening(org_id=room.world.yj.id, cabinet_id=room.cabinet.id, reason="夜间水管爆裂")
    opening = start(room.session, opening, room.by("duty_manager"))
    advance(room.session, opening, "sign", room.by("duty_manager"), key_user=room.by(user))
    room.commit()
    return opening


@pytest.mark.rule("KEY-25")
def test_after_hours_the_cabinet_is_opened_by_the_duty_manager_and_the_user_together(room, at, write):
    key = received(room)
    at("2026-11-21 22:00")
    loan = asked_for(room, key)
    with pytest.raises(RuleError, match="夜间开柜"):
        out(room, loan)
    room.session.rollback()
    other = night(room, "engineering_duty")
    with pytest.raises(RuleError, match="夜间开柜"):
        out(room, loan)
    room.session.rollback()
    opening = night(room)
    out(room, loan)
    assert loan.night_id == opening.id
    assert clock.shown(loan.due_at) == "2026-11-23 17:30"  # Sunday the office rests
    assert slots(room, opening) == {"值班经理", "所用钥匙员工"}
    with pytest.raises(RuleError, match="没有借出登记"):
        advance(room.session, other, "close", room.by("duty_manager"))
    room.session.rollback()
    at("2026-11-23 17:31")
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "T-35")
    assert set(room.session.scalars(told)) == {"duty_manager"}
    advance(room.session, opening, "close", room.by("duty_manager"))
    assert opening.state == "closed"


@pytest.mark.rule("KEY-25")
def test_one_person_does_not_open_the_cabinet_alone(room, at):
    with pytest.raises(RuleError, match="办公时间内"):
        night(room)
    room.session.rollback()
    at("2026-11-21 22:00")
    opening = KeyNightOpening(org_id=room.world.yj.id, cabinet_id=room.cabinet.id, reason="夜间水管爆裂")
    start(room.session, opening, room.by("duty_manager"))
    for details, said in (({}, "两人在场"), ({"duty_manager": room.by("technician")}, "值班经理本人")):
        with pytest.raises(RuleError, match=said):
            advance(room.session, opening, "sign", room.by("duty_manager"), **details)


# ---- emergency ---------------------------------------------------------------------------------------------------


def urgent(room: KeyRoom) -> KeyLoan:
    key = deposited(room)
    loan = loan_of(room, key, borrower_kind="department", emergency=True, reason="楼下报水浸紧急入户")
    loan = start(room.session, loan, room.by("desk_clerk"))
    room.commit()
    return loan


@pytest.mark.rule("KEY-41")
def test_another_department_borrows_only_in_an_emergency_with_two_approvals(room):
    key = deposited(room)
    with pytest.raises(RuleError, match="紧急避险"):
        start(room.session, loan_of(room, key, borrower_kind="department"), room.by("desk_clerk"))
    room.session.rollback()
    loan = urgent(room)
    with pytest.raises(RuleError, match="客服负责人批准、项目经理批准"):
        advance(room.session, loan, "hand_out_urgently", room.by("desk_clerk"))
    room.session.rollback()
    with pytest.raises(NotAllowed):
        advance(room.session, loan, "manager_agrees", room.by("service_supervisor"))
    advance(room.session, loan, "lead_agrees", room.by("service_supervisor"))
    advance(room.session, loan, "manager_agrees", room.by("project_manager"))
    advance(room.session, loan, "hand_out_urgently", room.by("desk_clerk"))
    room.commit()
    assert (loan.state, loan.key.state) == ("urgent", "lent")
    calm = asked_for(room, received(room))
    with pytest.raises(RuleError, match="只有紧急避险"):
        advance(room.session, calm, "hand_out_urgently", room.by("desk_clerk"))


@pytest.mark.rule("KEY-42", "KEY-43")
def test_the_forms_left_for_later_are_due_the_same_day_and_ask_for_the_call(room, at, write):
    loan = urgent(room)
    advance(room.session, loan, "lead_agrees", room.by("service_supervisor"))
    advance(room.session, loan, "manager_agrees", room.by("project_manager"))
    advance(room.session, loan, "hand_out_urgently", room.by("desk_clerk"))
    room.commit()
    at.forward(minutes=40)
    advance(room.session, loan, "give_back_urgent", room.by("desk_clerk"), **giving_back(room, loan))
    room.commit()
    assert (loan.state, loan.key.state) == ("to_supplement", "in_cabinet")
    at("2026-11-21 17:31")
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "KEY-42")
    assert {"service_supervisor", "project_manager"} <= set(room.session.scalars(told))
    with pytest.raises(RuleError, match="告知情况并登记通话"):
        advance(room.session, loan, "supplement_after", room.by("desk_clerk"), taker=room.by("technician"))
    room.session.rollback()
    call_owner(room.session, loan, room.by("desk_clerk"), call(answer="informed"))
    with pytest.raises(RuleError, match="签收人"):
        advance(room.session, loan, "supplement_after", room.by("desk_clerk"))
    advance(room.session, loan, "supplement_after", room.by("desk_clerk"), taker=room.by("technician"))
    room.commit()
    assert loan.state == "returned"
    assert {"签收人（借出）", "签发人（借出）"} <= slots(room, loan)
    assert custody_faults(room.session) == []


@pytest.mark.rule("KEY-47")
def test_a_refusal_is_on_file_with_its_reason(room):
    loan = asked_for(room, deposited(room))
    advance(room.session, loan, "refuse", room.by("desk_clerk"), reason="业户改变主意")
    room.commit()
    assert loan.state == "refused"
    with pytest.raises(WrongState):
        out(room, loan)


# ---- pickups -----------------------------------------------------------------------------------------------------


def pick_up(room: KeyRoom, pickup, **details) -> None:
    said = {"id_verified": True, "kept": drawn(room, pickup, "picker_sign", "credential_file"), **details}
    advance(room.session, pickup, "pick_up", room.by("desk_clerk"), **said)
    room.commit()


@pytest.mark.rule("KEY-36", "KEY-39", "KEY-40")
def test_the_owner_signs_for_a_repair_key_after_showing_who_they_are(room):
    key = received(room, "repair")
    with pytest.raises(RuleError, match="写清使用情况"):
        start(room.session, pickup_of(room, key, use="修"), room.by("desk_clerk"))
    room.session.rollback()
    with pytest.raises(RuleError, match="只领取返修钥匙"):
        start(room.session, pickup_of(room, received(room)), room.by("desk_clerk"))
    room.session.rollback()
    pickup = start(room.session, pickup_of(room, key), room.by("desk_clerk"))
    room.commit()
    for wrong, said in (({"id_verified": False}, "核实身份"), ({"kept": {}}, "在屏幕上签名")):
        with pytest.raises(RuleError, match=said):
            pick_up(room, pickup, **wrong)
        room.session.rollback()
    pick_up(room, pickup)
    assert (pickup.state, key.state, pickup.qty) == ("picked", "taken", 3)
    assert slots(room, pickup) == {"领取人", "发放人"}
    with pytest.raises(WrongState, match="已领走"):
        asked_for(room, key)


@pytest.mark.rule("KEY-37")
def test_others_bring_the_mandate_leave_a_copy_and_the_owner_agrees(room):

    key = received(room, "repair", unit_id=room.world.units["3-2-1203"].id)
    pickup = pickup_of(room, key, picker_kind="agent", picker="沈若兰")
    pickup = start(room.session, pickup, room.by("desk_clerk"))
    room.commit()
    steps = (
        ({}, "身份证或业户委托书"),
        ({"credential": "mandate", "kept": drawn(room, pickup, "picker_sign")}, "须保留"),
        ({"credential": "mandate"}, "先致电业户"),
    )
    for details, said in steps:
        with pytest.raises(RuleError, match=said):
            pick_up(room, pickup, **details)
        room.session.rollback()
    ask(room.session, pickup, room.by("desk_clerk"), call(answer="agreed"))
    room.commit()
    pick_up(room, pickup, credential="mandate")
    assert clock.shown(pickup.owner_call_at) == "2026-11-21 10:00"


def test_an_invalid_split_names_every_kind(room):
    key = received(room)
    with pytest.raises(Invalid) as no:
        advance(room.session, key, "split", room.by("service_administrator"), off_home_door=9, off_mailbox=9)
    assert no.value.errors.keys() == {"off_home_door", "off_mailbox"}
