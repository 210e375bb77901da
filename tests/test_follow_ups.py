"""回访: not before the proof, inside its window, scored; it closes the matter or sends it back."""

import pytest
from sqlalchemy import select

from models import FollowUp, Signature, Ticket, WorkOrder, clock
from rules.advance import advance, start
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.follow_ups import signature_of, waiting
from rules.notes import add_note
from tests.makers import (
    World,
    asked,
    follow_up_of,
    later,
    make_order,
    make_public_order,
    make_ticket,
    set_policy,
    walk_to,
    world,
)


@pytest.fixture
def yj(session) -> World:
    return world(session)


def due(yj, **values) -> FollowUp:
    return follow_up_of(yj, make_order(yj, state="completed", **values))


@pytest.mark.rule("WO-29", "TKT-09")
def test_every_repair_is_followed_up_within_a_day(yj):
    follow_up = due(yj)
    assert (follow_up.kind, follow_up.customer, follow_up.phone) == ("repair", "徐明远", "13812342217")
    assert follow_up.number == "HF-YJ-202611-0001"
    assert clock.shown(follow_up.due_at) == "2026-11-22 10:00"
    assert clock.shown(follow_up.overdue_at) == "2026-11-23 10:00"
    assert make_public_order(yj, state="completed").state == "completed"
    assert len(waiting(yj.session, yj.person("desk_clerk"))) == 2
    assert waiting(yj.session, yj.person("desk_clerk", "WJ")) == []


@pytest.mark.rule("WO-29")
def test_safety_and_leaks_carry_their_own_clocks(yj):
    leak = due(yj, leak=True)
    assert clock.shown(leak.due_at) == "2026-11-24 10:00"
    assert clock.shown(due(yj, safety=True).overdue_at) == "2026-11-23 10:00"


@pytest.mark.rule("WO-18")
def test_no_follow_up_before_the_signature(yj):
    order = make_order(yj, state="to_sign")
    made_by_hand = FollowUp(
        org_id=yj.yj.id,
        kind="repair",
        order_id=order.id,
        customer="徐明远",
        proven_at=clock.now(),
        earliest_at=clock.now(),
        due_at=clock.now(),
        overdue_at=clock.now(),
    )
    with pytest.raises(WrongState, match="还没有签认"):
        start(yj.session, made_by_hand, yj.person("desk_clerk"), cause=order)


@pytest.mark.rule("TKT-09")
@pytest.mark.parametrize("score", [None, 0, 6])
def test_it_is_scored_from_one_to_five(yj, score):
    with pytest.raises(Invalid) as refused:
        advance(yj.session, due(yj), "pass_", yj.person("desk_clerk"), **asked(satisfaction=score))
    assert refused.value.errors.keys() == {"satisfaction"}


@pytest.mark.rule("RV-17")
def test_it_says_what_was_asked_about(yj):
    with pytest.raises(Invalid) as refused:
        advance(yj.session, due(yj), "pass_", yj.person("desk_clerk"), method="phone", satisfaction=5)
    assert refused.value.errors.keys() == {"quality", "effect"}


@pytest.mark.rule("TKT-10")
@pytest.mark.parametrize("hour", ["09:59", "12:00", "13:59", "21:00", "23:30"])
def test_nobody_is_disturbed_in_quiet_hours(yj, at, hour):
    follow_up = due(yj)
    at(f"2026-11-22 {hour}")
    desk = yj.person("desk_clerk")
    with pytest.raises(RuleError, match="不回访") as refused:
        advance(yj.session, follow_up, "pass_", desk, **asked())
    assert refused.value.rule == "TKT-10"


@pytest.mark.rule("TKT-10")
@pytest.mark.parametrize(("hour", "asked_for"), [("10:00", False), ("14:00", False), ("20:59", False), ("12:30", True)])
def test_open_hours_and_hours_the_resident_asked_for_are_good(yj, at, hour, asked_for):
    follow_up = due(yj)
    add_note(yj.session, follow_up.ticket, yj.person("desk_clerk"), "contact", "约好回访时间", means="phone")
    at(f"2026-11-22 {hour}")
    advance(yj.session, follow_up, "pass_", yj.person("desk_clerk"), **asked(on_request=asked_for))
    assert follow_up.state == "passed"


@pytest.mark.rule("WO-29")
def test_it_is_not_made_before_its_window_opens(yj, at):
    set_policy(yj.session, yj.yj, "rv.repair_window", "004-10")
    follow_up = due(yj)
    at.forward(hours=5)
    with pytest.raises(RuleError, match="最早") as refused:
        advance(yj.session, follow_up, "pass_", yj.person("desk_clerk"), **asked())
    assert refused.value.field == "at"


def test_it_says_how_it_was_made_and_why_it_is_put_down_late(yj, at):
    follow_up, desk = due(yj), yj.person("desk_clerk")
    with pytest.raises(Invalid, match="方式"):
        advance(yj.session, follow_up, "pass_", desk, **asked(method=None))
    yj.session.rollback()
    at("2026-11-21 11:50")
    with pytest.raises(RuleError, match="后补"):
        advance(yj.session, follow_up, "pass_", desk, **asked(at=later(minutes=-60)))
    yj.session.rollback()
    advance(yj.session, follow_up, "pass_", desk, **asked(at=later(minutes=-60), late_reason="系统停电"))
    assert follow_up.state == "passed"


def test_it_is_not_made_before_the_proof(yj, at):
    at.forward(minutes=30)
    follow_up = due(yj)
    with pytest.raises(RuleError, match="不能早于"):
        advance(yj.session, follow_up, "pass_", yj.person("desk_clerk"), **asked(at=later(minutes=-20)))


@pytest.mark.rule("RV-20")
def test_a_call_leaves_its_minute_and_a_visit_the_residents_signature(yj):
    call, visit, desk = due(yj), due(yj), yj.person("desk_clerk")
    advance(yj.session, call, "pass_", desk, **asked())
    assert (call.call_minute, signature_of(yj.session, call)) == (clock.now(), None)
    with pytest.raises(RuleError, match="住户签名"):
        advance(yj.session, visit, "pass_", desk, **asked(method="visit"))
    advance(yj.session, visit, "pass_", desk, **asked(method="visit", signer="徐明远"))
    yj.session.commit()
    assert (visit.call_minute, signature_of(yj.session, visit).signer) == (None, "徐明远")
    assert visit.visitor_id == desk.staff_id


@pytest.mark.rule("TKT-09")
def test_a_good_score_closes_the_matter(yj, at):
    order = make_order(yj, state="completed")
    at.forward(hours=1)
    advance(yj.session, follow_up_of(yj, order), "pass_", yj.person("desk_clerk"), **asked(satisfaction=4))
    yj.session.commit()
    assert (order.ticket.state, order.ticket.score, order.ticket.closed_at) == ("closed", 4, clock.now())


@pytest.mark.rule("TKT-09")
def test_a_low_score_does_not_pass(yj):
    with pytest.raises(RuleError, match="低于 4 分"):
        advance(yj.session, due(yj), "pass_", yj.person("desk_clerk"), **asked(satisfaction=3))


def test_the_last_follow_up_closes_the_matter_with_its_own_score(yj, at):
    ticket = make_ticket(yj)
    one, two = make_order(yj, ticket), make_order(yj, ticket)
    walk_to(yj, one, "completed")
    desk = yj.person("desk_clerk")
    advance(yj.session, follow_up_of(yj, one), "pass_", desk, **asked(satisfaction=4))
    assert ticket.state != "closed"
    walk_to(yj, two, "completed")
    advance(yj.session, follow_up_of(yj, two), "pass_", desk, **asked(satisfaction=5))
    yj.session.commit()
    assert (ticket.state, ticket.score) == ("closed", 5)


@pytest.mark.rule("TKT-07")
def test_an_overdue_or_severe_matter_is_not_closed_before_a_progress_contact(yj):
    order = make_order(yj, make_ticket(yj, priority="severe"), state="completed")
    follow_up, desk = follow_up_of(yj, order), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="客户沟通") as refused:
        advance(yj.session, follow_up, "pass_", desk, **asked())
    assert refused.value.rule == "TKT-07"
    yj.session.rollback()
    add_note(yj.session, order.ticket, desk, "contact", "已告知修好", means="phone")
    advance(yj.session, follow_up, "pass_", desk, **asked())
    assert order.ticket.state == "closed"


# ---- not content -----------------------------------------------------------------------------------------------


@pytest.mark.rule("RV-23", "WO-30")
def test_a_problem_goes_back_as_a_rework_slip_and_reopens_the_ticket(yj, at):
    order, desk = make_order(yj, state="completed"), yj.person("desk_clerk")
    at.forward(hours=1)
    said = asked(satisfaction=2, defects="又滴水", outcome="rework")
    advance(yj.session, follow_up_of(yj, order), "fail", desk, **said)
    yj.session.commit()
    again = yj.session.scalars(select(WorkOrder).where(WorkOrder.rework_of_id == order.id)).one()
    assert (again.state, again.issued_by_id, again.issued_at) == ("issued", desk.staff_id, clock.now())
    assert "又滴水" in again.content
    ticket = order.ticket
    assert (ticket.state, ticket.done_at, ticket.dispatched_at) == ("dispatched", None, clock.now())
    walk_to(yj, again, "completed")
    advance(yj.session, follow_up_of(yj, again), "pass_", desk, **asked(satisfaction=4))
    yj.session.commit()
    assert (ticket.state, ticket.score) == ("closed", 4)


@pytest.mark.rule("RV-23")
@pytest.mark.parametrize(("gap", "field"), [("defects", "defects"), ("outcome", "outcome")])
def test_a_failure_says_what_is_wrong_and_what_happens(yj, gap, field):
    said = asked(satisfaction=2, defects="又滴水", outcome="rework")
    with pytest.raises(RuleError) as refused:
        advance(yj.session, due(yj), "fail", yj.person("desk_clerk"), **{**said, gap: None})
    assert refused.value.field == field


def test_a_failure_may_become_a_complaint(yj):
    order, desk = make_order(yj, state="completed"), yj.person("receptionist")
    said = asked(satisfaction=1, defects="师傅态度差", outcome="complaint")
    advance(yj.session, follow_up_of(yj, order), "fail", desk, **said)
    yj.session.commit()
    complaint = yj.session.scalars(select(Ticket).where(Ticket.kind == "complaint")).one()
    assert (complaint.arises_from_id, complaint.state) == (order.ticket_id, "registered")
    assert complaint.first_contact_id == desk.staff_id
    assert (order.ticket.state, order.ticket.transferred, order.ticket.score) == ("closed", True, 1)
    assert yj.session.scalars(select(WorkOrder)).all() == [order]


@pytest.mark.rule("TKT-07")
def test_a_severe_matter_is_not_transferred_before_a_progress_contact_either(yj):
    order = make_order(yj, make_ticket(yj, priority="severe"), state="completed")
    said = asked(satisfaction=1, defects="师傅态度差", outcome="complaint")
    with pytest.raises(RuleError, match="客户沟通"):
        advance(yj.session, follow_up_of(yj, order), "fail", yj.person("desk_clerk"), **said)


@pytest.mark.rule("RV-27")
def test_a_spoilt_page_is_kept_void_and_the_follow_up_still_owed(yj):
    order = make_order(yj, state="completed")
    page, supervisor = follow_up_of(yj, order), yj.person("service_supervisor")
    with pytest.raises(NotAllowed):
        advance(yj.session, page, "cancel", yj.person("desk_clerk"), reason="写错")
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, page, "cancel", supervisor)
    advance(yj.session, page, "cancel", supervisor, reason="写错")
    yj.session.commit()
    fresh = follow_up_of(yj, order)
    assert (page.state, page.number, fresh.number) == ("void", "HF-YJ-202611-0001", "HF-YJ-202611-0002")
    assert (fresh.state, fresh.due_at) == ("pending", page.due_at)


def test_the_rework_of_a_matter_without_a_slip_goes_back_to_its_department(yj, at):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    done = {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper"}
    advance(yj.session, ticket, "finish", desk, **done)
    yj.session.commit()
    follow_up = waiting(yj.session, desk)[0]
    at.forward(hours=1)
    said = asked(satisfaction=2, defects="噪声还在", outcome="rework")
    advance(yj.session, follow_up, "fail", desk, **said)
    yj.session.commit()
    assert (ticket.state, ticket.passed_at, ticket.done_at) == ("dispatched", clock.now(), None)
    assert yj.session.scalars(select(Signature)).one().noun == "ticket"


@pytest.mark.rule("RV-20")
def test_where_every_follow_up_is_signed_none_is_made_by_phone(yj):
    set_policy(yj.session, yj.yj, "rv.sign", "always")
    follow_up, desk = due(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="一律由住户签名") as refused:
        advance(yj.session, follow_up, "pass_", desk, **asked(method="phone"))
    assert (refused.value.field, refused.value.rule) == ("method", "RV-20")
    yj.session.rollback()
    advance(yj.session, follow_up, "pass_", desk, **asked(method="visit", signer="徐明远"))
    assert follow_up.state == "passed"


@pytest.mark.rule("TKT-09")
@pytest.mark.parametrize("post", ["technician", "archivist", "duty_manager", "area_manager", "guard"])
def test_the_desk_and_the_manager_make_follow_ups_and_nobody_else(yj, post):
    follow_up = due(yj)
    with pytest.raises(NotAllowed):
        advance(yj.session, follow_up, "pass_", yj.person(post), **asked())
    yj.session.rollback()
    advance(yj.session, follow_up, "pass_", yj.person("project_manager"), **asked())
    assert follow_up.state == "passed"
