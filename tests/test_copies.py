"""联次: three copies per slip, who holds which, who takes which back, and what scanning one does."""

import pytest
from sqlalchemy import select

from models import Appointment, TrailEntry, clock
from rules.advance import advance
from rules.copies import (
    copies_for_print,
    copies_out,
    copy_to_take_back,
    find_by_scan,
    living_copies,
    take_back,
)
from rules.errors import NotAllowed, RuleError, WrongState
from tests.makers import (
    SINCE,
    World,
    follow_up_of,
    later,
    make_order,
    make_public_order,
    printed,
    signing,
    staff_of,
    walk_to,
    world,
)


@pytest.fixture
def yj(session) -> World:
    return world(session)


def signed_on_paper(yj, **details):
    """A slip printed, carried, signed on paper; its copies."""
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    walk_to(yj, order, "to_sign")
    advance(yj.session, order, "claim_signed", yj.person("engineering_duty"), **signing(yj, order), **details)
    yj.session.commit()
    return order, copies


@pytest.mark.rule("WO-06", "WO-07", "WO-08")
def test_a_home_slip_has_three_copies_and_their_keepers(yj):
    copies = printed(yj, make_order(yj, state="issued"))
    assert [(c.copy_no, c.recipient, c.state) for c in copies] == [
        (1, "业主/住户", "printed"),
        (2, "工程部", "printed"),
        (3, "客服部", "printed"),
    ]
    assert len({c.code for c in copies}) == 3


@pytest.mark.rule("WO-15")
def test_a_public_slips_first_copy_is_the_reporting_departments(yj):
    copies = printed(yj, make_public_order(yj, "security", state="issued"))
    assert [c.recipient for c in copies] == ["报修部门（保安部）", "工程部", "客服部"]


@pytest.mark.rule("WO-02")
def test_nothing_is_printed_before_it_is_issued(yj):
    with pytest.raises(WrongState, match="先签发"):
        copies_for_print(yj.session, make_order(yj))


def test_a_reprint_makes_no_second_set(yj):
    order = make_order(yj, state="issued")
    first = [c.code for c in printed(yj, order)]
    assert [c.code for c in printed(yj, order)] == first
    administrator = yj.person("service_administrator")
    advance(yj.session, living_copies(yj.session, order)[1], "void", administrator, reason="打印模糊")
    again = printed(yj, order)
    assert [c.code == old for c, old in zip(again, first, strict=True)] == [True, False, True]
    assert [c.set_no for c in again] == [1, 2, 1]


@pytest.mark.rule("WO-25")
def test_copies_two_and_three_leave_with_who_signs_for_the_slip(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    with pytest.raises(RuleError, match="没有接单"):
        advance(yj.session, copies[1], "take_out", yj.person("desk_clerk"))
    yj.session.rollback()
    walk_to(yj, order, "received")
    duty = staff_of(yj.session, "engineering_duty")
    assert [(c.state, c.holder_id) for c in copies] == [("printed", None), ("out", duty.id), ("out", duty.id)]
    with pytest.raises(RuleError, match="第一联"):
        advance(yj.session, copies[0], "take_out", duty_person(yj))


@pytest.mark.rule("WO-25")
def test_only_engineering_carries_copies(yj):
    order = make_order(yj, state="received")
    copies = printed(yj, order)
    with pytest.raises(RuleError, match="工程部人员"):
        advance(yj.session, copies[1], "take_out", yj.person("desk_clerk"), holder_id=staff_of(yj.session, "guard").id)


def duty_person(yj):
    return yj.person("engineering_duty")


@pytest.mark.rule("WO-05", "WO-06")
def test_the_signers_copy_is_handed_over_with_the_claim(yj):
    order, copies = signed_on_paper(yj)
    assert (copies[0].state, order.copy1_at) == ("handed", clock.now())
    with pytest.raises(WrongState):
        advance(yj.session, copies[0], "bring_back", yj.person("desk_clerk"))


@pytest.mark.rule("WO-06")
def test_the_first_copy_is_given_away_and_never_taken_back(yj):
    first, clerk = printed(yj, make_order(yj, state="completed"))[0], yj.person("desk_clerk")
    advance(yj.session, first, "report_missing", clerk, reason="没有交出")
    with pytest.raises(RuleError, match="第一联不收回"):
        advance(yj.session, first, "bring_back", clerk)


@pytest.mark.rule("WO-05", "WO-06")
def test_the_first_copy_is_not_handed_over_before_the_signature(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    with pytest.raises(RuleError, match="还没有签认"):
        advance(yj.session, copies[0], "hand_over", duty_person(yj))
    with pytest.raises(RuleError, match="只有第一联"):
        advance(yj.session, copies[1], "hand_over", duty_person(yj))


@pytest.mark.rule("WO-08", "WO-18")
def test_copy_three_at_the_desk_proves_the_work_and_starts_the_follow_up(yj, at):
    order, copies = signed_on_paper(yj)
    at.forward(minutes=25)
    advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))
    yj.session.commit()
    assert (order.state, order.proven_at, order.copy3_at) == ("completed", clock.now(), clock.now())
    assert order.ticket.state == "to_follow_up"
    assert follow_up_of(yj, order).proven_at == clock.now()


@pytest.mark.rule("WO-05")
@pytest.mark.parametrize("post", ["desk_clerk", "duty_manager", "engineering_assistant"])
def test_only_who_was_there_says_that_the_paper_was_signed(yj, post):
    order = make_order(yj, state="issued")
    printed(yj, order)
    walk_to(yj, order, "to_sign")
    with pytest.raises(NotAllowed):
        advance(yj.session, order, "claim_signed", yj.person(post), **signing(yj, order))


@pytest.mark.rule("WO-08")
def test_a_copy_that_never_left_does_not_come_back(yj):
    order = make_order(yj, state="received")
    copies = printed(yj, order)
    walk_to(yj, order, "to_sign")
    advance(yj.session, order, "claim_signed", duty_person(yj), **signing(yj, order))
    yj.session.commit()
    for copy, keeper in ((copies[1], duty_person(yj)), (copies[2], yj.person("desk_clerk"))):
        with pytest.raises(WrongState, match="不能收回"):
            take_back(yj.session, copy, keeper)
    assert order.state == "signed"


@pytest.mark.rule("WO-05", "WO-08")
def test_a_sheet_printed_after_the_signature_proves_nothing(yj, at):
    order, copies = signed_on_paper(yj)
    at.forward(minutes=5)
    advance(yj.session, copies[2], "void", yj.person("service_administrator"), reason="找不到")
    again = printed(yj, order)[2]
    advance(yj.session, again, "take_out", duty_person(yj))
    yj.session.commit()
    with pytest.raises(RuleError, match="晚于签认时间"):
        take_back(yj.session, again, yj.person("desk_clerk"))
    assert order.state == "signed"


@pytest.mark.rule("WO-05")
def test_nobody_signed_a_sheet_before_it_was_printed(yj, at):
    order = make_order(yj, state="issued")
    walk_to(yj, order, "to_sign")
    at.forward(minutes=10)
    printed(yj, order)
    said = signing(yj, order)
    with pytest.raises(RuleError, match="之后才打印") as refused:
        advance(yj.session, order, "claim_signed", duty_person(yj), **said, signed_at=later(minutes=-5))
    assert refused.value.field == "signed_at"


@pytest.mark.rule("WO-08")
def test_who_claimed_the_signature_does_not_receive_the_proof(yj):
    duty = staff_of(yj.session, "engineering_duty")
    yj.session.add(Appointment(staff_id=duty.id, post="desk_clerk", org_id=yj.yj.id, starts_on=SINCE))
    yj.session.commit()
    yj.session.expire_all()
    yj.session.info["actor"] = duty_person(yj)
    order, copies = signed_on_paper(yj)
    with pytest.raises(RuleError, match="另一人收回"):
        advance(yj.session, copies[2], "bring_back", duty_person(yj))
    yj.session.rollback()
    advance(yj.session, copies[2], "bring_back", yj.person("receptionist"))
    assert order.state == "completed"


@pytest.mark.rule("WO-25")
def test_copies_out_pass_to_the_technician_who_takes_over_the_slip(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    walk_to(yj, order, "received")
    advance(yj.session, order, "appoint", yj.person("desk_clerk"), appointment_at=later(minutes=30))
    other = yj.person("technician")
    advance(yj.session, order, "receive", other)
    yj.session.commit()
    assert [c.holder_id for c in copies] == [None, other.staff_id, other.staff_id]
    said = select(TrailEntry.changes).where(TrailEntry.noun == "paper_copy", TrailEntry.action == "转领")
    assert len(found := yj.session.scalars(said).all()) == 2
    assert all("罗志强" in changes for changes in found)


@pytest.mark.rule("WO-18")
def test_a_copy_does_not_come_back_unsigned(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    walk_to(yj, order, "to_sign")
    with pytest.raises(RuleError, match="先登记签认"):
        advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))


@pytest.mark.rule("WO-07", "WO-08")
def test_each_copy_is_taken_back_by_its_keeper(yj):
    _order, copies = signed_on_paper(yj)
    with pytest.raises(RuleError, match="客服部人员收回"):
        advance(yj.session, copies[2], "bring_back", duty_person(yj))
    with pytest.raises(RuleError, match="工程部人员收回"):
        advance(yj.session, copies[1], "bring_back", yj.person("desk_clerk"))
    with pytest.raises(NotAllowed):
        advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk", "WJ"))


@pytest.mark.rule("WO-06", "WO-07", "WO-08")
def test_three_settled_copies_put_the_slip_on_file(yj, at):
    order, copies = signed_on_paper(yj)
    at.forward(minutes=1)
    advance(yj.session, copies[1], "bring_back", duty_person(yj))
    assert order.state == "signed"
    at.forward(minutes=1)
    advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))
    yj.session.commit()
    assert order.state == "archived"
    assert order.copy1_at < order.copy2_at < order.copy3_at == order.archived_at


@pytest.mark.rule("WO-06")
def test_a_copy_that_is_still_out_keeps_the_slip_off_the_file(yj):
    order, copies = signed_on_paper(yj, copy1_kept=True)
    advance(yj.session, copies[1], "bring_back", duty_person(yj))
    advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))
    assert (order.state, order.copy1_at) == ("completed", None)
    advance(yj.session, copies[0], "hand_over", duty_person(yj))
    yj.session.commit()
    assert order.state == "archived"


@pytest.mark.rule("WO-06")
def test_copies_printed_after_a_signature_on_the_screen_are_settled_too(yj):
    order = make_order(yj, state="completed")
    copies = printed(yj, order)
    take_back(yj.session, copies[0], yj.person("desk_clerk"))
    for copy, keeper in ((copies[1], duty_person(yj)), (copies[2], yj.person("desk_clerk"))):
        advance(yj.session, copy, "take_out", duty_person(yj))
        take_back(yj.session, copy, keeper)
    yj.session.commit()
    assert order.state == "archived"


def test_a_cancelled_slips_copies_are_void(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    advance(yj.session, order, "cancel", yj.person("service_supervisor"), reason="业主取消")
    yj.session.commit()
    assert {c.state for c in copies} == {"void"}
    with pytest.raises(WrongState):
        copies_for_print(yj.session, order)


def test_after_a_refusal_copy_three_is_still_owed(yj):
    order, copies = signed_on_paper(yj, copy1_kept=True)
    advance(yj.session, order, "refuse", duty_person(yj), reason="业主发现仍漏水")
    with pytest.raises(RuleError, match="先登记签认"):
        advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))
    assert copies[2].state == "out"


# ---- the register of copies out --------------------------------------------------------------------------------


def test_the_register_lists_what_is_out_and_missing(yj, at):
    order, copies = signed_on_paper(yj)
    at.forward(hours=3)
    lines = copies_out(yj.session, yj.person("desk_clerk"))
    assert [(line.copy.copy_no, line.holder, line.order) for line in lines] == [
        (2, "罗志强", order),
        (3, "罗志强", order),
    ]
    assert lines[0].out_for.total_seconds() == 3 * 3600
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, copies[2], "report_missing", yj.person("desk_clerk"))
    advance(yj.session, copies[2], "report_missing", yj.person("desk_clerk"), reason="技工遗失")
    advance(yj.session, copies[1], "bring_back", duty_person(yj))
    assert [line.copy.state for line in copies_out(yj.session, yj.person("desk_clerk"))] == ["missing"]
    assert copies_out(yj.session, yj.person("desk_clerk", "WJ")) == []
    advance(yj.session, copies[2], "bring_back", yj.person("desk_clerk"))
    assert order.state == "archived"


# ---- scanning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{code}", "http://10.0.0.5:8000/q/{code}", "https://x.cn/q/{code}?v=1", " {code}\n"])
def test_a_scanned_code_is_its_copy(yj, form):
    order, copies = signed_on_paper(yj)
    scan = find_by_scan(yj.session, yj.person("desk_clerk"), form.format(code=copies[1].code))
    assert (scan.order, scan.copy) == (order, copies[1])


@pytest.mark.parametrize(
    ("form", "copy_no"), [("{n}", None), ("{n}-3", 3), ("{n} 第二联", 2), ("{n}/1", 1), ("{lower}-2", 2)]
)
def test_a_typed_number_is_its_slip_and_perhaps_its_copy(yj, form, copy_no):
    order, _copies = signed_on_paper(yj)
    said = form.format(n=order.number, lower=order.number.lower())
    scan = find_by_scan(yj.session, yj.person("desk_clerk"), said)
    assert scan.order is order
    assert (scan.copy and scan.copy.copy_no) == copy_no


def test_the_number_alone_takes_back_the_copy_one_keeps(yj):
    order, copies = signed_on_paper(yj)
    desk = yj.person("desk_clerk")
    assert copy_to_take_back(find_by_scan(yj.session, desk, order.number), desk) is copies[2]
    assert copy_to_take_back(find_by_scan(yj.session, duty_person(yj), order.number), duty_person(yj)) is copies[1]


def test_nobody_scans_another_projects_paper(yj):
    order, copies = signed_on_paper(yj)
    stranger = yj.person("desk_clerk", "WJ")
    assert find_by_scan(yj.session, stranger, copies[1].code) is None
    assert find_by_scan(yj.session, stranger, order.number) is None
    assert find_by_scan(yj.session, yj.person("desk_clerk"), "不是单号") is None


def test_a_copy_is_taken_back_once(yj):
    _order, copies = signed_on_paper(yj)
    desk = yj.person("desk_clerk")
    take_back(yj.session, copies[2], desk)
    with pytest.raises(WrongState, match="已收回"):
        take_back(yj.session, copies[2], desk)
    advance(yj.session, copies[1], "void", yj.person("service_administrator"), reason="撕坏")
    with pytest.raises(WrongState, match="已作废"):
        take_back(yj.session, copies[1], duty_person(yj))
