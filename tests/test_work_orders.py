"""工作任务单: issued, received, walked in order, finished with every column, and what its ticket makes of it."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import Alert, CallRecord, FollowUp, Incident, Leave, WorkOrder, clock
from rules.advance import advance, edit, start
from rules.calls import ticket_from_call
from rules.copies import copies_for_print
from rules.duty_room import standby_board, technician_queue
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.follow_ups import waiting
from rules.notes import add_note
from rules.permissions import PERMISSIONS, allows
from rules.scope import find
from rules.signing import who_signs
from rules.sweep import sweep
from rules.work_orders import completion, from_ticket, is_done, is_repeated, keep_until, repeats, rework, standby
from tests.desk import sit
from tests.makers import (
    World,
    asked,
    finishing,
    follow_up_of,
    later,
    make_order,
    make_public_order,
    make_ticket,
    printed,
    set_policy,
    signing,
    walk_to,
    world,
)

EXECUTION = {"reach_door", "arrive", "begin", "finish", "claim_signed", "standby"}


@pytest.fixture
def yj(session) -> World:
    return world(session)


# ---- made and issued -------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-01")
def test_a_call_becomes_a_reception_record_and_a_slip(yj):
    desk = yj.person("desk_clerk")
    call = CallRecord(
        org_id=yj.yj.id,
        kind="in",
        party="徐先生",
        unit_id=yj.units["3-2-1203"].id,
        content="厨房漏水",
        callback="13812342217",
    )
    start(yj.session, call, desk)
    ticket = ticket_from_call(yj.session, call, desk, kind="repair", read_back=True)
    order = from_ticket(yj.session, ticket, desk)
    advance(yj.session, order, "issue", desk)
    yj.session.commit()
    assert (order.reporter, order.phone, order.content, order.reported_at) == (
        "徐先生",
        "13812342217",
        "厨房漏水",
        call.at,
    )
    assert (call.state, call.ticket_id, ticket.state) == ("ticketed", ticket.id, "dispatched")


@pytest.mark.rule("WO-01")
def test_a_home_slip_without_a_reception_record_is_refused(yj):
    order = WorkOrder(
        org_id=yj.yj.id,
        kind="home",
        unit_id=yj.units["3-2-1203"].id,
        reporter="徐明远",
        phone="13812342217",
        content="漏水",
    )
    with pytest.raises(RuleError, match="先登记报事") as refused:
        start(yj.session, order, yj.person("desk_clerk"))
    assert refused.value.rule == "WO-01"


@pytest.mark.rule("WO-02", "WO-25")
def test_the_issuer_is_whoever_is_logged_in_at_the_desk(yj):
    order, desk = make_order(yj), yj.person("receptionist")
    assert order.state == "draft"
    with pytest.raises(NotAllowed):
        advance(yj.session, order, "issue", yj.person("engineering_duty"))
    advance(yj.session, order, "issue", desk, issued_by_id=yj.person("service_supervisor").staff_id)
    assert (order.issued_by_id, order.issued_at) == (desk.staff_id, clock.now())


@pytest.mark.rule("WO-12")
def test_a_public_facility_names_its_place_and_who_reported_it(yj):
    with pytest.raises(Invalid) as refused:
        make_public_order(yj, "", place=" ")
    assert refused.value.errors.keys() == {"place", "reporter_department"}
    assert refused.value.rule == "WO-12"
    yj.session.rollback()
    with pytest.raises(NotAllowed):
        start(yj.session, make_public_order(yj), yj.person("security_leader"))


def test_a_ticket_for_a_place_becomes_a_public_slip_of_the_service_centre(yj):
    order = make_order(yj, make_ticket(yj, place="2栋大堂"))
    assert (order.kind, order.place, order.reporter_department) == ("public", "2栋大堂", "service")


@pytest.mark.rule("WO-17")
@pytest.mark.parametrize(
    ("gap", "field"), [({"kind": "gift"}, "kind"), ({"reporter": " "}, "reporter"), ({"content": ""}, "content")]
)
def test_a_slip_says_what_it_is_who_reported_it_and_what(yj, gap, field):
    with pytest.raises(Invalid) as refused:
        make_order(yj, **gap)
    assert refused.value.errors.keys() == {field}


def test_a_home_slip_has_a_unit_of_the_project(yj):
    facts = {"org_id": yj.yj.id, "kind": "home", "reporter": "徐明远", "phone": "13812342217", "content": "漏水"}
    for unit_id in (None, yj.units["WJ 3-2-1203"].id):
        with pytest.raises(Invalid) as refused:
            start(yj.session, WorkOrder(**facts, unit_id=unit_id), yj.person("desk_clerk"))
        assert refused.value.errors.keys() == {"unit_id"}


def test_a_slip_needs_a_phone_and_the_unit_of_its_ticket(yj):
    ticket = make_ticket(yj)
    with pytest.raises(Invalid, match="电话"):
        make_order(yj, ticket, phone="一二三")
    yj.session.rollback()
    with pytest.raises(RuleError, match="与报事一致"):
        make_order(yj, ticket, unit_id=yj.units["3-2-1204"].id)


@pytest.mark.rule("WO-13")
def test_a_fault_goes_to_the_zones_engineer_and_else_to_the_duty_person(yj):
    zone = yj.units["3-2-1203"].building_id
    engineer, duty = yj.person("technician"), yj.person("engineering_duty")
    assert make_public_order(yj, zone_id=zone, state="issued").technician_id == engineer.staff_id
    away = Leave(
        staff_id=engineer.staff_id,
        org_id=yj.yj.id,
        starts_on=date(2026, 11, 20),
        ends_on=date(2026, 11, 22),
        reason="年假",
    )
    yj.session.add(away)
    assert make_public_order(yj, zone_id=zone, state="issued").technician_id == duty.staff_id
    assert make_public_order(yj, state="issued").technician_id == duty.staff_id
    assert make_order(yj, state="issued").technician_id == duty.staff_id


def test_only_engineering_of_the_project_repairs(yj):
    order = make_order(yj)
    for stranger in (yj.person("guard"), yj.person("engineering_duty", "WJ")):
        with pytest.raises(RuleError, match="责任人"):
            advance(yj.session, order, "issue", yj.person("desk_clerk"), technician_id=stranger.staff_id)
        yj.session.rollback()
        with pytest.raises(RuleError, match="责任人"):
            edit(yj.session, order, yj.person("desk_clerk"), technician_id=stranger.staff_id)
        yj.session.rollback()
    issued, assistant = make_order(yj, state="issued"), yj.person("engineering_assistant")
    with pytest.raises(RuleError, match="责任人"):
        advance(yj.session, issued, "receive", assistant, technician_id=yj.person("guard").staff_id)
    yj.session.rollback()
    other = yj.person("technician").staff_id
    advance(yj.session, issued, "receive", assistant, technician_id=other)
    assert (issued.technician_id, issued.received_by_id) == (other, assistant.staff_id)


# ---- appointment and receipt -----------------------------------------------------------------------------------


@pytest.mark.rule("WO-10")
def test_when_the_duty_person_is_out_the_desk_agrees_a_time(yj):
    order, desk = make_order(yj, state="issued"), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="预约时间") as refused:
        advance(yj.session, order, "appoint", desk)
    assert refused.value.rule == "WO-10"
    advance(yj.session, order, "appoint", desk, appointment_at=later(hours=2))
    assert (order.state, order.ticket.state, order.ticket.appointment_at) == ("appointed", "appointed", later(hours=2))


@pytest.mark.rule("TKT-05")
def test_no_slip_is_issued_for_a_time_gone_by(yj):
    order = make_order(yj)
    with pytest.raises(RuleError, match="须晚于现在"):
        advance(yj.session, order, "issue", yj.person("desk_clerk"), appointment_at=later(minutes=-1))


@pytest.mark.rule("WO-10")
def test_a_public_slip_is_agreed_for_a_time_to_come_too(yj):
    order, desk = make_public_order(yj, state="issued"), yj.person("desk_clerk")
    for when in (None, later(minutes=-1)):
        with pytest.raises(RuleError, match="预约时间"):
            advance(yj.session, order, "appoint", desk, appointment_at=when)
        yj.session.rollback()


@pytest.mark.rule("WO-11")
def test_on_return_the_five_minutes_start_anew_and_the_slip_comes_first(yj, at):
    order, duty, desk = make_order(yj, state="received"), yj.person("engineering_duty"), yj.person("desk_clerk")
    severe = make_order(yj, make_ticket(yj, priority="severe"), state="issued")
    advance(yj.session, order, "appoint", desk, appointment_at=later(minutes=30))
    assert order.received_at is None
    yj.session.commit()
    at.forward(minutes=40)
    assert technician_queue(yj.session, duty) == [order, severe]
    advance(yj.session, order, "receive", duty)
    assert order.received_at == clock.now()
    assert technician_queue(yj.session, duty) == [severe, order]


def test_the_queue_is_the_technicians_own(yj):
    make_order(yj, state="issued")
    assert len(technician_queue(yj.session, yj.person("engineering_duty"))) == 1
    assert technician_queue(yj.session, yj.person("technician")) == []
    assert technician_queue(yj.session, yj.person("engineering_duty", "WJ")) == []


def test_whoever_receives_the_slip_is_responsible(yj):
    order, other = make_order(yj, state="issued"), yj.person("technician")
    advance(yj.session, order, "receive", other)
    assert order.technician_id == order.received_by_id == order.ticket.handler_id == other.staff_id
    with pytest.raises(NotAllowed):
        advance(yj.session, make_order(yj, state="issued"), "receive", yj.person("desk_clerk"))


# ---- on the spot -----------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-03", "WO-25")
def test_each_step_has_its_time_in_order(yj, at):
    order, duty = make_order(yj, state="issued"), yj.person("engineering_duty")
    at.forward(minutes=5)
    advance(yj.session, order, "receive", duty)
    at.forward(minutes=4, seconds=30)
    with pytest.raises(RuleError, match="不能早于接单时间"):
        advance(yj.session, order, "reach_door", duty, at_door_at=later(minutes=-6))
    with pytest.raises(RuleError, match="不能晚于现在"):
        advance(yj.session, order, "reach_door", duty, at_door_at=later(minutes=1))
    advance(yj.session, order, "reach_door", duty, at_door_at=None)
    assert (order.state, order.at_door_at) == ("received", clock.now())
    at.forward(minutes=5)
    advance(yj.session, order, "arrive", duty)
    with pytest.raises(RuleError, match="不能早于到场时间"):
        advance(yj.session, order, "begin", duty, started_at=later(minutes=-2))
    advance(yj.session, order, "begin", duty, started_at=None)
    assert order.received_at < order.at_door_at < order.on_site_at <= order.started_at


def test_the_minute_a_person_types_may_be_the_minute_of_the_step_before(yj, at):
    at.forward(seconds=40)
    order = make_order(yj, state="received")
    advance(yj.session, order, "arrive", yj.person("engineering_duty"), on_site_at=later(seconds=-40))
    assert order.at_door_at == order.on_site_at


@pytest.mark.rule("TKT-02")
def test_a_step_put_down_long_after_needs_its_reason(yj, at):
    order, duty = make_order(yj, state="received"), yj.person("engineering_duty")
    at.forward(minutes=45)
    with pytest.raises(RuleError, match="后补"):
        advance(yj.session, order, "arrive", duty, on_site_at=later(minutes=-40))
    yj.session.rollback()
    advance(yj.session, order, "arrive", duty, on_site_at=later(minutes=-40), late_reason="手机没电")
    yj.session.commit()
    assert yj.session.scalars(select(Incident)).one().row_id == order.id


@pytest.mark.rule("TKT-04", "TKT-06")
def test_the_ticket_follows_its_slip(yj, at):
    order, ticket = make_order(yj), None
    ticket = order.ticket
    at.forward(minutes=3)
    walk_to(yj, order, "issued")
    assert (ticket.state, ticket.dispatched_at, ticket.department) == ("dispatched", clock.now(), "engineering")
    at.forward(minutes=7)
    walk_to(yj, order, "on_site")
    assert (ticket.state, ticket.arrived_at) == ("processing", clock.now())
    at.forward(minutes=7)
    walk_to(yj, order, "completed")
    assert (ticket.state, ticket.done_at, ticket.proven_at) == ("to_follow_up", order.done_at, order.proven_at)
    assert (ticket.signed_by, ticket.solution) == ("徐明远", order.result)


def test_a_ticket_waits_for_its_last_slip(yj, at):
    ticket = make_ticket(yj)
    first, second = make_order(yj, ticket, state="completed"), None
    assert ticket.state == "to_follow_up"
    at.forward(minutes=1)
    second = make_order(yj, ticket, state="issued")
    assert (ticket.state, ticket.done_at) == ("dispatched", None)
    walk_to(yj, second, "completed")
    assert (ticket.state, ticket.done_at) == ("to_follow_up", second.done_at)
    assert ticket.dispatched_at == first.issued_at


@pytest.mark.rule("WO-25")
def test_a_cancelled_slip_gives_the_ticket_back(yj):
    order, supervisor = make_order(yj, state="received"), yj.person("service_supervisor")
    with pytest.raises(NotAllowed):
        advance(yj.session, order, "cancel", yj.person("desk_clerk"), reason="业主取消")
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, order, "cancel", supervisor)
    advance(yj.session, order, "cancel", supervisor, reason="业主取消")
    assert (order.state, order.ticket.state, order.ticket.dispatched_at) == ("cancelled", "registered", None)


# ---- completion ------------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-17")
@pytest.mark.parametrize(
    ("gap", "field"),
    [
        ({"done_at": None}, "done_at"),
        ({"result": " "}, "result"),
        ({"no_material": False}, "materials"),
        ({"materials": [{"name": "软管", "quantity": 2}]}, "materials"),
    ],
)
def test_an_empty_column_blocks_completion(yj, gap, field):
    order = make_order(yj, state="working")
    with pytest.raises(Invalid) as refused:
        advance(yj.session, order, "finish", yj.person("engineering_duty"), **finishing(order, **gap))
    assert refused.value.errors.keys() == {field}
    assert refused.value.rule == "WO-17"


@pytest.mark.rule("WO-17")
def test_a_paid_service_says_what_the_labour_costs(yj):
    order = make_order(yj, make_ticket(yj, kind="service"), state="working")
    assert order.kind == "paid"
    with pytest.raises(Invalid, match="人工费"):
        advance(yj.session, order, "finish", yj.person("engineering_duty"), **finishing(order, labour_fee=None))


@pytest.mark.rule("WO-17")
@pytest.mark.parametrize("fee", ["-1", "1.001"])
def test_a_wrong_labour_fee_is_refused(yj, fee):
    order = make_order(yj, state="working")
    with pytest.raises(Invalid) as refused:
        advance(yj.session, order, "finish", yj.person("engineering_duty"), **finishing(order, labour_fee=Decimal(fee)))
    assert refused.value.errors.keys() == {"labour_fee"}


@pytest.mark.rule("WO-17")
def test_the_fee_is_worked_out_and_never_typed(yj):
    order = make_order(yj, state="working")
    said = finishing(
        order,
        no_material=False,
        labour_fee=Decimal(80),
        fee=Decimal(1),
        materials=[
            {"name": "软管", "measure": "根", "quantity": "2", "price": "18.00"},
            {"name": "", "quantity": "", "price": ""},
            {"name": "生料带", "measure": "卷", "quantity": "0.5", "price": "3.01"},
            {"name": "胶", "quantity": 1, "price": None},
        ],
    )
    advance(yj.session, order, "finish", yj.person("engineering_duty"), **said)
    yj.session.commit()
    assert [(m.line_no, m.name, m.amount) for m in order.materials] == [
        (1, "软管", Decimal("36.00")),
        (2, "生料带", Decimal("1.51")),
        (3, "胶", None),
    ]
    assert order.fee == Decimal("117.51")


@pytest.mark.rule("WO-17")
@pytest.mark.parametrize(
    "line",
    [
        {"name": "", "quantity": 1},
        {"name": "软管", "quantity": 0},
        {"name": "软管", "quantity": "-1"},
        {"name": "软管", "quantity": "0.0001"},
        {"name": "软管", "quantity": "abc"},
        {"name": "软管", "quantity": 1, "price": "1.001"},
        {"name": "软管", "quantity": "NaN"},
    ],
)
def test_a_wrong_line_of_material_is_refused(yj, line):
    order = make_order(yj, state="working")
    said = finishing(order, no_material=False, materials=[line])
    with pytest.raises(RuleError) as refused:
        advance(yj.session, order, "finish", yj.person("engineering_duty"), **said)
    assert refused.value.field == "materials"


@pytest.mark.rule("WO-29")
def test_a_leak_is_tested_before_completion(yj, at):
    order = make_order(yj, state="working", leak=True)
    duty = yj.person("engineering_duty")
    with pytest.raises(Invalid) as refused:
        advance(yj.session, order, "finish", duty, **finishing(order, leak_tested_at=None))
    assert (refused.value.rule, refused.value.errors.keys()) == ("WO-29", {"leak_tested_at"})
    with pytest.raises(RuleError, match="试漏时间"):
        advance(yj.session, order, "finish", duty, **finishing(order, leak_tested_at=later(hours=-1)))
    at.forward(minutes=20)
    advance(yj.session, order, "finish", duty, **finishing(order))
    assert order.state == "to_sign"


@pytest.mark.rule("WO-27")
def test_a_defect_is_rechecked_before_the_owner_is_asked_to_accept(yj):
    order = make_order(yj, state="working", kind="defect")
    duty = yj.person("engineering_duty")
    for said in (None, False):
        with pytest.raises(Invalid, match="复检合格") as refused:
            advance(yj.session, order, "finish", duty, **finishing(order, recheck_passed=said))
        assert refused.value.rule == "WO-27"
    advance(yj.session, order, "finish", duty, **finishing(order))
    assert order.state == "to_sign"


@pytest.mark.rule("WO-27", "WO-28")
def test_the_desk_agrees_with_the_owner_when_to_accept_and_engineering_hears_of_it(yj, write, at):
    order, desk = make_order(yj, state="to_sign", kind="defect"), yj.person("desk_clerk")
    technician = yj.person("engineering_duty")
    for verb, said in (("sign", signing(yj, order)), ("claim_signed", signing(yj, order))):
        copies_for_print(yj.session, order)
        with pytest.raises(RuleError) as refused:
            advance(yj.session, order, verb, technician, **said)
        assert (refused.value.rule, refused.value.field) == ("WO-27", "accept_at")
        yj.session.rollback()
    for wrong in (None, clock.now(), later(hours=-1)):
        with pytest.raises(RuleError, match="须晚于现在"):
            advance(yj.session, order, "invite", desk, accept_at=wrong)
        yj.session.rollback()
    with pytest.raises(NotAllowed):
        advance(yj.session, order, "invite", technician, accept_at=later(days=2))
    advance(yj.session, order, "invite", desk, accept_at=later(days=2))
    yj.session.commit()

    def told():
        sweep(write)
        yj.session.rollback()
        alerts = yj.session.scalars(select(Alert).where(Alert.deadline == "WO-27"))
        return {alert.staff_id for alert in alerts}

    assert told() == set()
    at.forward(days=1)
    helper = yj.person("engineering_assistant").staff_id
    assert told() == {order.technician_id, helper}
    advance(yj.session, order, "sign", technician, **signing(yj, order, signed_at=clock.now()))
    yj.session.commit()
    at.forward(days=2)
    assert told() == {order.technician_id, helper}, "accepted in time, nobody else hears"


@pytest.mark.rule("WO-27")
def test_only_a_defect_is_accepted_by_appointment_and_a_refusal_asks_anew(yj):
    desk = yj.person("desk_clerk")
    with pytest.raises(RuleError, match="只有房屋整改"):
        advance(yj.session, make_order(yj, state="to_sign"), "invite", desk, accept_at=later(hours=2))
    yj.session.rollback()
    order = make_order(yj, state="to_sign", kind="defect")
    advance(yj.session, order, "invite", desk, accept_at=later(hours=2))
    advance(yj.session, order, "refuse", yj.person("engineering_duty"), reason="墙面又空鼓")
    assert order.accept_at is None


@pytest.mark.rule("WO-17")
def test_what_was_finished_is_not_rewritten_before_the_signature(yj):
    order = make_order(yj, state="to_sign")
    with pytest.raises(WrongState, match="拒签"):
        edit(yj.session, order, yj.person("desk_clerk"), content="改成别的")
    yj.session.rollback()
    with pytest.raises(RuntimeError, match="only moves"):
        edit(yj.session, make_order(yj), yj.person("desk_clerk"), issued_at=later(days=-1))


@pytest.mark.rule("WO-26")
def test_only_the_service_centre_opens_the_slip_of_a_defect_found_at_acceptance(yj):
    found = make_ticket(yj, channel="patrol", read_back=False, content="验收：卧室墙面空鼓")
    for post in ("engineering_manager", "engineering_duty", "technician"):
        with pytest.raises(NotAllowed):
            from_ticket(yj.session, found, yj.person(post), kind="defect")
    yj.session.rollback()
    order = from_ticket(yj.session, found, yj.person("receptionist"), kind="defect")
    yj.session.commit()
    assert (order.kind, order.ticket_id, order.content) == ("defect", found.id, "验收：卧室墙面空鼓")
    assert who_signs(yj.session, order) == "业主（住户）本人"


# ---- unfinished, rework, repeats -------------------------------------------------------------------------------


@pytest.mark.rule("WO-18")
def test_without_a_signature_the_work_counts_as_not_done(yj):
    order = make_order(yj, state="to_sign")
    make_order(yj, state="completed")
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, order, "refuse", yj.person("engineering_duty"))
    advance(yj.session, order, "refuse", yj.person("engineering_duty"), reason="还在滴水")
    yj.session.commit()
    assert (order.state, order.refusals, order.signer, order.signed_at) == ("working", 1, None, None)
    assert not is_done(order)
    assert order.ticket.state == "processing"
    assert yj.session.scalars(select(FollowUp).where(FollowUp.order_id == order.id)).all() == []
    for org in (yj.yj, yj.area, yj.company):
        counted = completion(yj.session, org.id, later(days=-1), later(days=1))
        assert (counted.issued, counted.done, counted.not_done, counted.refused) == (2, 1, 1, 1)
    assert completion(yj.session, yj.wj.id, later(days=-1), later(days=1)).issued == 0
    assert completion(yj.session, yj.yj.id, later(days=1), later(days=2)).issued == 0


@pytest.mark.rule("WO-18")
def test_after_a_refusal_it_is_finished_and_signed_again(yj, at):
    order = make_order(yj, state="to_sign")
    advance(yj.session, order, "refuse", yj.person("engineering_duty"), reason="还在滴水")
    at.forward(minutes=9)
    walk_to(yj, order, "completed")
    assert (is_done(order), order.done_at, order.refusals) == (True, clock.now(), 1)


@pytest.mark.rule("WO-30")
def test_a_rework_slip_is_linked_to_the_first(yj):
    first, desk = make_order(yj, state="completed", trade="plumbing"), yj.person("desk_clerk")
    again = rework(yj.session, first, desk, content="又漏了")
    yj.session.commit()
    assert (again.rework_of_id, again.ticket_id, again.trade, again.state) == (
        first.id,
        first.ticket_id,
        "plumbing",
        "draft",
    )
    assert first.number in again.content
    with pytest.raises(WrongState):
        rework(yj.session, again, desk)
    with pytest.raises(NotAllowed):
        rework(yj.session, first, yj.person("technician"))


@pytest.mark.rule("WO-30")
def test_a_rework_goes_back_to_who_did_the_work_unless_they_are_away(yj):
    technician, desk = yj.person("technician"), yj.person("desk_clerk")
    first = make_order(yj, state="issued")
    advance(yj.session, first, "receive", technician)
    walk_to(yj, first, "completed")
    again = rework(yj.session, first, desk, content="又漏了")
    advance(yj.session, again, "issue", desk)
    yj.session.commit()
    assert again.technician_id == technician.staff_id
    day = {"starts_on": date(2026, 11, 20), "ends_on": date(2026, 11, 22)}
    yj.session.add(Leave(staff_id=technician.staff_id, org_id=yj.yj.id, reason="年假", **day))
    yj.session.commit()
    assert rework(yj.session, first, desk, content="还漏").technician_id is None


@pytest.mark.rule("WO-31")
def test_the_third_repair_of_one_kind_in_a_year_is_flagged(yj, at):
    at("2025-11-20 10:00")
    make_order(yj, trade="plumbing")
    at("2026-03-01 10:00")
    make_order(yj, trade="plumbing")
    make_order(yj, trade="power")
    make_order(yj, make_ticket(yj, unit_id=yj.units["3-2-1204"].id), trade="plumbing")
    at("2026-11-21 10:00")
    second = make_order(yj, trade="plumbing")
    assert (len(repeats(yj.session, second)), is_repeated(yj.session, second)) == (2, False)
    at.forward(days=1)
    third = make_order(yj, trade="plumbing")
    assert (len(repeats(yj.session, third)), is_repeated(yj.session, third)) == (3, True)
    assert not is_repeated(yj.session, second)
    set_policy(yj.session, yj.yj, "count.inclusive", "no")
    assert not is_repeated(yj.session, third)


@pytest.mark.rule("WO-31")
def test_other_is_no_kind_of_repair(yj):
    for _ in range(3):
        last = make_order(yj, trade="other")
    assert not is_repeated(yj.session, last)


@pytest.mark.rule("WO-16")
def test_a_filed_slip_is_kept_two_years(yj):
    order = make_order(yj, state="completed")
    assert keep_until(yj.session, order) is None
    order.archived_at = later()
    assert clock.shown(keep_until(yj.session, order)) == "2028-11-21 10:00"


@pytest.mark.rule("WO-16")
def test_the_page_of_a_filed_slip_says_how_long_it_is_kept(app, yj):
    order = make_order(yj, state="completed")
    copies = printed(yj, order)
    desk = sit(app, yj.session, "desk_clerk")
    assert "保存至" not in desk.get(f"/work_order/{order.id}")
    duty, clerk = yj.person("engineering_duty"), yj.person("desk_clerk")
    advance(yj.session, copies[0], "hand_over", duty)
    for copy, keeper in ((copies[1], duty), (copies[2], clerk)):
        advance(yj.session, copy, "take_out", duty)
        advance(yj.session, copy, "bring_back", keeper)
    yj.session.commit()
    page = desk.get(f"/work_order/{order.id}")
    assert "保存至" in page
    assert "2028-11-21" in page


@pytest.mark.rule("WO-24")
def test_the_manager_inspects_the_assistant_follows_up_and_the_technician_executes(yj):
    order = make_order(yj, state="working")
    manager, assistant, technician = (
        yj.person(post) for post in ("engineering_manager", "engineering_assistant", "technician")
    )
    assert all(find(yj.session, who, WorkOrder, order.id) is order for who in (manager, assistant, technician))
    add_note(yj.session, order, manager, "follow", "现场检查，合格")
    add_note(yj.session, order, assistant, "follow", "跟进配件")
    for who in (manager, assistant):
        with pytest.raises(NotAllowed):
            advance(yj.session, order, "finish", who, **finishing(order))
    advance(yj.session, order, "finish", technician, **finishing(order))
    assert order.state == "to_sign"


@pytest.mark.rule("WO-24")
@pytest.mark.parametrize(
    ("post", "own"),
    [
        ("engineering_manager", {"read", "note"}),
        ("engineering_assistant", {"read", "note", "receive", "sign", "refuse"}),
        ("technician", {"read", "note", "receive", "sign", "refuse"} | EXECUTION),
    ],
)
def test_each_of_engineering_has_its_own_verbs(yj, post, own):
    order = make_order(yj, state="issued")
    verbs = {name.removeprefix("work_order.") for name in PERMISSIONS if name.startswith("work_order.")}
    assert {verb for verb in verbs if allows(yj.person(post), f"work_order.{verb}", order)} == own


# ---- the duty room ---------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-09")
def test_the_board_shows_who_is_free(yj, at):
    duty, other = yj.person("engineering_duty"), yj.person("technician")

    def words():
        return {line.staff.id: line.word for line in standby_board(yj.session, yj.person("desk_clerk"))}

    assert words() == {duty.staff_id: "待命", other.staff_id: "待命"}
    order = make_order(yj, state="received")
    assert words()[duty.staff_id] == "在途"
    with pytest.raises(WrongState, match="还没有完工"):
        standby(yj.session, order, duty)
    walk_to(yj, order, "working")
    assert words()[duty.staff_id] == "作业中"
    walk_to(yj, order, "completed")
    assert words()[duty.staff_id] == "未回值班室"
    at.forward(minutes=6)
    standby(yj.session, order, duty)
    yj.session.commit()
    board = standby_board(yj.session, yj.person("desk_clerk"))
    assert [line.is_free for line in board] == [True, True]
    assert order.returned_to_duty_at == clock.now()
    assert standby_board(yj.session, yj.person("desk_clerk", "WJ"), yj.yj.id) == []


@pytest.mark.rule("WO-09", "WO-11")
def test_the_board_is_a_page_for_the_desk_and_the_duty_room(app, yj, at):
    order, desk = make_order(yj, state="received"), yj.person("desk_clerk")
    page = sit(app, yj.session, "desk_clerk").get("/standby")
    assert order.number in page
    assert "在途" in page
    assert "11-21 10:00" in page
    assert 'href="/standby"' in page
    severe = make_order(yj, make_ticket(yj, priority="severe"), state="issued")
    advance(yj.session, order, "appoint", desk, appointment_at=later(minutes=30))
    yj.session.commit()
    mine = sit(app, yj.session, "engineering_duty").get("/standby")
    mine = mine[mine.index("我接下来的工单") :]
    assert mine.index(f'href="/work_order/{order.id}"') < mine.index(f'href="/work_order/{severe.id}"')
    sit(app, yj.session, "guard").get("/standby", status=403)


def test_only_a_technician_says_they_are_back(yj):
    order = make_order(yj, state="completed")
    with pytest.raises(NotAllowed):
        standby(yj.session, order, yj.person("desk_clerk"))
    with pytest.raises(RuleError, match="不能晚于现在"):
        standby(yj.session, order, yj.person("engineering_duty"), later(minutes=1))


@pytest.mark.rule("WO-25", "WO-05")
def test_the_desks_chain_leaves_a_time_at_every_step(yj, at):
    """出单 → 通知工程部 → 签领 → 跟进 → 回访."""
    desk, duty = yj.person("desk_clerk"), yj.person("engineering_duty")
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    at.forward(minutes=2)
    walk_to(yj, order, "to_sign")
    note = add_note(yj.session, order, desk, "follow", "已完工，等签认")
    advance(yj.session, order, "claim_signed", duty, **signing(yj, order))
    advance(yj.session, copies[2], "bring_back", desk)
    yj.session.commit()
    assert waiting(yj.session, desk) == [follow_up_of(yj, order)]
    at.forward(hours=1)
    advance(yj.session, follow_up_of(yj, order), "pass_", desk, **asked())
    yj.session.commit()
    times = [order.issued_at, copies[1].out_at, order.received_at, note.at, follow_up_of(yj, order).at]
    assert times == sorted(times)
    assert order.ticket.state == "closed"


def test_a_slip_of_a_voided_ticket_is_not_issued(yj):
    order = make_order(yj)
    advance(yj.session, order, "cancel", yj.person("service_supervisor"), reason="不用了")
    draft = make_order(yj, order.ticket)
    draft.ticket_id = make_ticket(yj).id
    advance(yj.session, draft.ticket, "solve", yj.person("desk_clerk"), solution="自行修好")
    yj.session.commit()
    with pytest.raises(WrongState, match="不能再签发"):
        advance(yj.session, draft, "issue", yj.person("desk_clerk"))


@pytest.mark.rule("WO-30")
def test_a_rework_long_after_the_matter_was_closed_stands_on_its_first_slip(yj, at):
    first, desk = make_order(yj, state="completed"), yj.person("desk_clerk")
    at.forward(hours=1)
    advance(yj.session, follow_up_of(yj, first), "pass_", desk, **asked())
    yj.session.commit()
    again = rework(yj.session, first, desk, content="一个月后又漏")
    advance(yj.session, again, "issue", desk)
    yj.session.commit()
    assert (again.ticket_id, again.rework_of_id, again.state) == (None, first.id, "issued")
    assert first.ticket.state == "closed"


@pytest.mark.engines("postgresql")
def test_two_last_slips_signed_at_once_do_not_miss_each_other(yj, write):
    """Each transaction sees the other's slip unsigned: without the lock on the ticket neither would end it."""
    ticket, duty = make_ticket(yj), yj.person("engineering_duty")
    orders = [make_order(yj, ticket, state="to_sign") for _ in range(2)]
    said = [signing(yj, order) for order in orders]
    yj.session.commit()
    both_looked, looked = threading.Barrier(2, timeout=20), set()

    def one(n):
        def fn(session):
            order = session.get_one(WorkOrder, orders[n].id)
            session.scalars(select(WorkOrder).where(WorkOrder.ticket_id == ticket.id)).all()
            if n not in looked:  # not again when the house tries once more
                looked.add(n)
                both_looked.wait()
            advance(session, order, "sign", duty, **said[n])

        write(fn, by=duty)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yj.session.expire_all()
    assert ([o.state for o in orders], ticket.state) == (["completed", "completed"], "to_follow_up")
