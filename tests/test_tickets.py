"""报事: registered completely and at once, owned by its first contact, told to the customer, ended with proof."""

import pytest
from sqlalchemy import select

from models import Clock, FollowUp, Incident, Signature, Ticket, clock
from rules.advance import advance, edit, start
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.notes import add_note, notes_of
from rules.tickets import (
    alike,
    desk_queue,
    informed_lately,
    needs_progress_contact,
    open_like,
    register_solved,
)
from tests.desk import sit, token, version
from tests.makers import World, later, make_order, make_ticket, picture, set_policy, ticket_of, world


@pytest.fixture
def yj(session) -> World:
    return world(session)


def finished(**values):
    return {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper", "solution": "已处理", **values}


@pytest.mark.rule("FIRST-01", "TKT-03")
def test_the_desk_registers_a_ticket_and_becomes_its_first_contact(yj):
    desk = yj.person("desk_clerk")
    ticket = make_ticket(yj, desk)
    assert (ticket.state, ticket.first_contact_id) == ("registered", desk.staff_id)
    assert ticket.number == "BS-YJ-202611-0001"
    assert ticket.reporter_phone == "13812342217"


@pytest.mark.rule("TKT-03")
@pytest.mark.parametrize(
    ("gap", "field"),
    [
        ({"customer": " "}, "customer"),
        ({"unit_id": None}, "unit_id"),
        ({"reporter_phone": ""}, "reporter_phone"),
        ({"reporter_phone": "1381234"}, "reporter_phone"),
        ({"content": ""}, "content"),
        ({"read_back": False}, "read_back"),
    ],
)
def test_a_ticket_with_a_gap_is_refused_at_the_field(yj, gap, field):
    with pytest.raises(Invalid) as refused:
        start(yj.session, ticket_of(yj, **gap), yj.person("desk_clerk"))
    assert refused.value.errors.keys() == {field}
    assert refused.value.rule == "TKT-03"


@pytest.mark.rule("TKT-03")
def test_every_gap_is_told_at_once(yj):
    with pytest.raises(Invalid) as refused:
        start(yj.session, ticket_of(yj, customer="", content="", reporter_phone="abc"), yj.person("desk_clerk"))
    assert refused.value.errors.keys() == {"customer", "content", "reporter_phone"}


@pytest.mark.rule("TKT-03")
def test_a_correction_cannot_empty_what_is_required(yj):
    ticket = make_ticket(yj)
    with pytest.raises(Invalid):
        edit(yj.session, ticket, yj.person("desk_clerk"), customer="")


def test_a_letter_has_nobody_to_repeat_it_to(yj):
    assert make_ticket(yj, channel="letter", read_back=False).state == "registered"


@pytest.mark.rule("TKT-02")
def test_a_back_dated_entry_needs_its_reason_and_is_flagged(yj):
    desk = yj.person("desk_clerk")
    with pytest.raises(RuleError, match="补登"):
        start(yj.session, ticket_of(yj, received_at=later(minutes=-31)), desk)
    yj.session.rollback()
    ticket = make_ticket(yj, received_at=later(minutes=-31), late_entry_reason="停电，先记在纸上")
    kept = yj.session.scalars(select(Incident)).one()
    assert (kept.kind, kept.rule, kept.row_id, kept.staff_id) == ("late_entry", "TKT-02", ticket.id, desk.staff_id)
    assert "停电" in kept.body


@pytest.mark.rule("TKT-02")
def test_an_entry_of_the_hour_is_no_late_entry(yj):
    make_ticket(yj, received_at=later(minutes=-30))
    assert yj.session.scalars(select(Incident)).all() == []


def test_nothing_is_received_in_the_future(yj):
    with pytest.raises(RuleError, match="不能晚于现在"):
        start(yj.session, ticket_of(yj, received_at=later(minutes=1)), yj.person("desk_clerk"))


@pytest.mark.rule("FIRST-01")
def test_what_is_solved_on_the_spot_needs_only_a_short_record(yj):
    short = ticket_of(yj, unit_id=None, reporter_phone="", read_back=False, kind="inquiry", content="问车位月租")
    ticket = register_solved(yj.session, short, yj.person("desk_clerk"), "告知月租 400 元")
    yj.session.commit()
    assert ticket.state == "solved"
    assert ticket.solution == "告知月租 400 元"
    with pytest.raises(RuleError):
        register_solved(yj.session, ticket_of(yj), yj.person("desk_clerk"), " ")


@pytest.mark.rule("FIRST-05")
def test_a_guard_passes_the_matter_to_the_desk(yj):
    guard = yj.person("guard")
    for claimed in (None, guard.staff_id):
        with pytest.raises(NotAllowed):
            start(yj.session, ticket_of(yj, first_contact_id=claimed), guard)
    with pytest.raises(RuleError, match="转前台登记") as refused:
        start(yj.session, ticket_of(yj, first_contact_id=guard.staff_id), yj.person("desk_clerk"))
    assert refused.value.rule == "FIRST-05"
    ticket = make_ticket(yj, reporter="牛大力（秩序维护员）")
    assert ticket.first_contact_id == yj.person("desk_clerk").staff_id


@pytest.mark.rule("FIRST-05")
def test_anybody_of_the_service_department_may_be_first_contact(yj):
    steward = yj.person("zone_steward")
    ticket = make_ticket(yj, steward, first_contact_id=steward.staff_id, channel="patrol", read_back=False)
    assert ticket.first_contact_id == steward.staff_id


def test_the_first_contact_belongs_to_the_project(yj):
    stranger = yj.person("desk_clerk", "WJ")
    with pytest.raises(RuleError, match="首接人"):
        start(yj.session, ticket_of(yj, first_contact_id=stranger.staff_id), yj.person("desk_clerk"))


@pytest.mark.rule("FIRST-03")
def test_the_first_contact_never_changes(yj):
    ticket, other = make_ticket(yj), yj.person("receptionist")
    with pytest.raises(RuleError, match="首接人") as refused:
        edit(yj.session, ticket, yj.person("desk_clerk"), first_contact_id=other.staff_id)
    assert refused.value.rule == "FIRST-03"
    yj.session.rollback()
    with pytest.raises(RuleError, match="首接人"):
        advance(yj.session, ticket, "pass_on", other, department="security", first_contact_id=other.staff_id)
    yj.session.rollback()
    ticket.first_contact_id = other.staff_id
    with pytest.raises(RuntimeError, match="first contact"):
        yj.session.flush()


@pytest.mark.rule("FIRST-03")
def test_the_first_contact_follows_to_the_end_whoever_works_on_it(yj):
    first, other = yj.person("desk_clerk"), yj.person("receptionist")
    ticket = make_ticket(yj, first)
    advance(yj.session, ticket, "pass_on", other, department="security")
    advance(yj.session, ticket, "report_arrival", other)
    advance(yj.session, ticket, "finish", other, **finished())
    yj.session.commit()
    assert ticket.first_contact_id == first.staff_id


def test_the_unit_belongs_to_the_project(yj):
    with pytest.raises(RuleError, match="不在本项目"):
        start(yj.session, ticket_of(yj, unit_id=yj.units["WJ 3-2-1203"].id), yj.person("desk_clerk"))
    with pytest.raises(RuleError, match="不在本项目"):
        start(yj.session, ticket_of(yj, resident_id=yj.residents["赵望舒"].id), yj.person("desk_clerk"))


def test_a_correction_keeps_to_the_project_and_explains_an_earlier_time(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="不在本项目"):
        edit(yj.session, ticket, desk, unit_id=yj.units["WJ 3-2-1203"].id)
    yj.session.rollback()
    with pytest.raises(RuleError, match="后补"):
        edit(yj.session, ticket, desk, received_at=later(hours=-2))
    yj.session.rollback()
    edit(yj.session, ticket, desk, received_at=later(hours=-2), late_entry_reason="先记在本上")
    assert yj.session.scalars(select(Incident)).one().row_id == ticket.id


@pytest.mark.rule("TKT-02")
def test_a_ticket_is_corrected_hours_later_without_being_called_a_late_entry(app, yj, at):
    at.forward(seconds=23)
    ticket = make_ticket(yj)
    at.forward(hours=3)
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get(f"/ticket/{ticket.id}/edit")
    typed = {
        "token": token(page),
        "version": version(page),
        "channel": "call",
        "received_at": "2026-11-21T10:00",
        "unit_id": ticket.unit_id,
        "customer": "徐明远",
        "reporter_phone": "13812342217",
        "kind": "repair",
        "priority": "urgent",
        "content": "厨房水槽下软管漏水，越漏越大",
        "read_back": "1",
    }
    desk.post(f"/ticket/{ticket.id}/edit", typed)
    yj.session.commit()
    assert (ticket.priority, ticket.content) == ("urgent", "厨房水槽下软管漏水，越漏越大")
    assert yj.session.scalars(select(Incident)).all() == []


@pytest.mark.rule("TKT-08")
def test_what_was_signed_for_is_not_rewritten_but_noted(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    advance(yj.session, ticket, "finish", desk, **finished())
    yj.session.commit()
    with pytest.raises(WrongState, match="记沟通"):
        edit(yj.session, ticket, desk, content="别的事")
    yj.session.rollback()
    assert add_note(yj.session, ticket, desk, "follow", "业主补充：另有一处").row_id == ticket.id


@pytest.mark.rule("TKT-08")
def test_a_signature_on_the_glass_is_there_to_be_seen(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    yj.session.commit()
    with pytest.raises(RuleError, match="手写签名") as refused:
        advance(yj.session, ticket, "finish", desk, **finished(means="glass"))
    assert (refused.value.field, refused.value.rule) == ("signature", "TKT-08")
    yj.session.rollback()
    drawn = picture(yj, ticket)
    advance(yj.session, ticket, "finish", desk, **finished(means="glass", attachment_id=drawn.id))
    assert yj.session.scalars(select(Signature)).one().attachment_id == drawn.id


@pytest.mark.rule("TKT-22")
@pytest.mark.parametrize("kind", ["service", "complaint"])
def test_a_need_met_on_patrol_becomes_a_matter_with_its_clocks(yj, kind):
    steward = yj.person("zone_steward")
    said = {"channel": "patrol", "read_back": False, "kind": kind, "first_contact_id": steward.staff_id}
    ticket = make_ticket(yj, steward, **said)
    assert (ticket.state, ticket.kind, ticket.channel) == ("registered", kind, "patrol")
    assert ticket in desk_queue(yj.session, yj.person("desk_clerk"))
    assert yj.session.scalars(select(Clock.deadline).where(Clock.noun == "ticket", Clock.row_id == ticket.id)).all()


@pytest.mark.rule("FIRST-02")
def test_it_is_passed_to_a_department_at_a_time(yj, at):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="处理部门"):
        advance(yj.session, ticket, "pass_on", desk)
    at.forward(minutes=4)
    advance(yj.session, ticket, "pass_on", desk, department="security")
    assert (ticket.state, ticket.passed_at) == ("dispatched", clock.now())


@pytest.mark.rule("FIRST-02")
def test_nobody_of_another_project_is_made_responsible(yj):
    stranger = yj.person("engineering_duty", "WJ").staff_id
    with pytest.raises(RuleError, match="责任人"):
        advance(
            yj.session,
            make_ticket(yj),
            "pass_on",
            yj.person("desk_clerk"),
            department="engineering",
            handler_id=stranger,
        )


@pytest.mark.rule("TKT-05")
def test_an_appointment_lies_ahead(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="预约时间"):
        advance(yj.session, ticket, "appoint", desk)
    with pytest.raises(RuleError, match="须晚于现在"):
        advance(yj.session, ticket, "appoint", desk, appointment_at=clock.now())
    advance(yj.session, ticket, "appoint", desk, appointment_at=later(hours=3))
    assert ticket.state == "appointed"


@pytest.mark.rule("TKT-06")
def test_an_arrival_is_reported_in_order(yj, at):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    at.forward(minutes=10)
    advance(yj.session, ticket, "pass_on", desk, department="security")
    with pytest.raises(RuleError, match="不能早于"):
        advance(yj.session, ticket, "report_arrival", desk, arrived_at=later(minutes=-5))
    at.forward(minutes=15)
    advance(yj.session, ticket, "report_arrival", desk, arrived_at=later(minutes=-2))
    assert (ticket.state, ticket.arrived_at) == ("processing", later(minutes=-2))


@pytest.mark.rule("TKT-02")
def test_what_a_department_reports_late_is_explained(yj, at):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    yj.session.commit()
    at.forward(hours=2)
    with pytest.raises(RuleError, match="后补"):
        advance(yj.session, ticket, "report_arrival", desk, arrived_at=later(minutes=-90))
    yj.session.rollback()
    with pytest.raises(RuleError, match="后补"):
        advance(yj.session, ticket, "finish", desk, **finished(done_at=later(minutes=-60)))
    yj.session.rollback()
    advance(yj.session, ticket, "report_arrival", desk, arrived_at=later(minutes=-90), late_reason="在处理现场")
    assert ticket.state == "processing"


@pytest.mark.rule("TKT-08")
@pytest.mark.parametrize(("gap", "field"), [("done_at", "done_at"), ("signed_by", "signed_by"), ("means", "means")])
def test_it_is_not_finished_without_its_time_and_the_owners_signature(yj, gap, field):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    yj.session.commit()
    with pytest.raises(RuleError) as refused:
        advance(yj.session, ticket, "finish", desk, **finished(**{gap: None}))
    assert (refused.value.field, refused.value.rule) == (field, "TKT-08")


@pytest.mark.rule("TKT-08", "TKT-09")
def test_the_signature_is_kept_and_the_follow_up_falls_due(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    advance(yj.session, ticket, "finish", desk, **finished())
    yj.session.commit()
    signature = yj.session.scalars(select(Signature)).one()
    assert (signature.noun, signature.row_id, signature.signer) == ("ticket", ticket.id, "徐明远")
    follow_up = yj.session.scalars(select(FollowUp)).one()
    assert (follow_up.ticket_id, follow_up.proven_at) == (ticket.id, clock.now())
    assert ticket.state == "to_follow_up"


def test_a_ticket_with_an_open_slip_is_finished_by_its_slip(yj):
    order = make_order(yj, state="issued")
    with pytest.raises(RuleError, match="工作任务单"):
        advance(yj.session, order.ticket, "finish", yj.person("desk_clerk"), **finished())


@pytest.mark.rule("TKT-07")
def test_a_severe_ticket_is_not_finished_before_the_customer_was_told(yj):
    ticket, desk = make_ticket(yj, priority="severe"), yj.person("desk_clerk")
    advance(yj.session, ticket, "pass_on", desk, department="security")
    yj.session.commit()
    with pytest.raises(RuleError, match="客户沟通") as refused:
        advance(yj.session, ticket, "finish", desk, **finished())
    assert refused.value.rule == "TKT-07"
    yj.session.rollback()
    add_note(yj.session, ticket, desk, "ask", "问进度", means="phone", to_whom="保安部 谭卫东")
    assert needs_progress_contact(yj.session, ticket)
    add_note(yj.session, ticket, desk, "contact", "已派人，今天处理完", means="phone")
    advance(yj.session, ticket, "finish", desk, **finished())
    assert ticket.state == "to_follow_up"


@pytest.mark.rule("TKT-07")
def test_an_overdue_ticket_needs_a_progress_contact_and_a_timely_one_does_not(yj, at):
    ticket = make_ticket(yj)
    at("2026-11-21 23:59")
    assert not needs_progress_contact(yj.session, ticket)
    at("2026-11-22 00:01")
    assert needs_progress_contact(yj.session, ticket)


@pytest.mark.rule("TKT-07", "TKT-18")
def test_an_appointed_ticket_is_overdue_only_after_the_day_agreed(yj, at):
    ticket = make_ticket(yj)
    advance(yj.session, ticket, "appoint", yj.person("desk_clerk"), appointment_at=later(days=2))
    yj.session.commit()
    at("2026-11-23 20:00")
    assert not needs_progress_contact(yj.session, ticket)
    set_policy(yj.session, yj.yj, "tkt.clock_start", "received")
    assert needs_progress_contact(yj.session, ticket)


@pytest.mark.rule("FIRST-04")
def test_telling_the_customer_restarts_the_clock_of_the_first_contact(yj, at):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    at.forward(hours=25)
    assert not informed_lately(yj.session, ticket)
    add_note(yj.session, ticket, desk, "follow", "配件在路上")
    assert not informed_lately(yj.session, ticket)
    add_note(yj.session, ticket, desk, "inform", "告知配件明天到", means="phone")
    assert informed_lately(yj.session, ticket)
    assert [n.kind for n in notes_of(yj.session, ticket)] == ["follow", "inform"]


@pytest.mark.rule("FIRST-04")
def test_the_page_of_a_ticket_says_that_the_customer_waits_for_word(app, yj, at):
    ticket, words = make_ticket(yj), "客户很久没有听到进展了"
    page = f"/ticket/{ticket.id}"
    assert words not in sit(app, yj.session, "desk_clerk").get(page)
    at.forward(hours=25)
    assert words in sit(app, yj.session, "desk_clerk").get(page)
    add_note(yj.session, ticket, yj.person("desk_clerk"), "inform", "告知配件明天到", means="phone")
    yj.session.commit()
    assert words not in sit(app, yj.session, "desk_clerk").get(page)


def test_a_remark_says_how_and_to_whom(yj):
    ticket, desk = make_ticket(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="方式"):
        add_note(yj.session, ticket, desk, "inform", "已告知")
    with pytest.raises(RuleError, match="填写内容"):
        add_note(yj.session, ticket, desk, "follow", " ")
    with pytest.raises(RuleError, match="询问了谁"):
        add_note(yj.session, ticket, desk, "ask", "问进度", means="phone")
    with pytest.raises(NotAllowed):
        add_note(yj.session, ticket, yj.person("desk_clerk", "WJ"), "follow", "看看")


def test_the_same_matter_already_open_is_found(yj):
    first = make_ticket(yj)
    desk = yj.person("desk_clerk")
    here = yj.units["3-2-1203"].id

    def like(**values):
        return open_like(yj.session, desk, yj.yj.id, **{"unit_id": here, **values})

    assert like(kind="repair") == [first]
    assert like(kind="help", content="厨房水槽又漏水了") == [first]
    assert like(kind="help", content="忘带门禁卡") == []
    assert like(kind="repair", but=first.id) == []
    assert like(unit_id=yj.units["3-2-1204"].id, kind="repair") == []
    assert open_like(yj.session, yj.person("desk_clerk", "WJ"), yj.yj.id, unit_id=here, kind="repair") == []
    advance(yj.session, first, "cancel", yj.person("service_supervisor"), reason="重复登记")
    assert like(kind="repair") == []


def test_words_are_alike_when_they_share_a_third():
    assert alike("厨房漏水", "厨房水管漏水")
    assert not alike("厨房漏水", "电梯困人")
    assert not alike("", "厨房漏水")


@pytest.mark.rule("TKT-24")
def test_the_desk_works_by_urgency_then_by_age(yj, at):
    normal = make_ticket(yj)
    at.forward(minutes=1)
    urgent = make_ticket(yj, priority="urgent")
    at.forward(minutes=1)
    severe = make_ticket(yj, priority="severe")
    assert desk_queue(yj.session, yj.person("desk_clerk")) == [severe, urgent, normal]
    assert desk_queue(yj.session, yj.person("desk_clerk", "WJ")) == []


@pytest.mark.rule("TKT-24")
def test_the_desk_sees_what_comes_next_on_the_board(app, yj, at):
    normal = make_ticket(yj, content="灯不亮")
    at.forward(minutes=1)
    severe = make_ticket(yj, priority="severe", content="水管爆裂")
    page = sit(app, yj.session, "desk_clerk").get("/standby")
    link = f'href="/ticket/{severe.id}"'
    assert page.index(link) < page.index(f'href="/ticket/{normal.id}"')
    assert link not in sit(app, yj.session, "desk_clerk", "WJ").get("/standby")
    assert link not in sit(app, yj.session, "technician").get("/standby")


def test_a_ticket_is_voided_with_a_reason_when_no_slip_is_open(yj):
    order = make_order(yj, state="issued")
    supervisor = yj.person("service_supervisor")
    with pytest.raises(RuleError, match="先取消工单"):
        advance(yj.session, order.ticket, "cancel", supervisor, reason="误报")
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, make_ticket(yj), "cancel", supervisor)
    with pytest.raises(NotAllowed):
        advance(yj.session, make_ticket(yj), "cancel", yj.person("desk_clerk"), reason="误报")


def test_a_double_points_at_the_other_ticket_of_the_project(yj):
    first, double, supervisor = make_ticket(yj), make_ticket(yj), yj.person("service_supervisor")
    for wrong in (double.id, 999_999):
        with pytest.raises(RuleError, match="另一件报事"):
            advance(yj.session, double, "cancel", supervisor, reason="重复", duplicate_of_id=wrong)
        yj.session.rollback()
    advance(yj.session, double, "cancel", supervisor, reason="重复", duplicate_of_id=first.id)
    yj.session.commit()
    assert (double.state, double.duplicate_of_id) == ("void", first.id)


def test_a_void_ticket_keeps_its_number_and_takes_no_slip(yj):
    ticket = make_ticket(yj)
    advance(yj.session, ticket, "cancel", yj.person("service_supervisor"), reason="误报")
    yj.session.commit()
    assert ticket.number == "BS-YJ-202611-0001"
    with pytest.raises(WrongState):
        make_order(yj, ticket)
    assert yj.session.scalars(select(Ticket)).one() is ticket


@pytest.mark.rule("BASE-01")
def test_the_phone_of_a_ticket_is_prefilled_only_for_whom_it_is_open(app, yj):
    ticket = make_ticket(yj, content="门铃不响")
    path = f"/work_order/new?ticket_id={ticket.id}"
    assert "13812342217" in sit(app, yj.session, "desk_clerk").get(path)
    assert "13812342217" not in sit(app, yj.session, "duty_manager").get(path)
    advance(yj.session, ticket, "solve", yj.person("desk_clerk"), solution="换电池")
    yj.session.commit()
    assert "13812342217" not in sit(app, yj.session, "desk_clerk").get(path)


# ---- the form ----------------------------------------------------------------------------------------------------


def test_everything_a_ticket_lacks_is_said_in_one_round(app, yj):
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get("/ticket/new")
    phone = page[page.rindex("<label", 0, page.index('id="f-reporter_phone"')) :][:120]
    assert 'class="must"' in phone, "what must be filled in is marked so"
    refused = desk.post("/ticket/new", {"token": token(page), "channel": "call"}, 422).text
    for sentence in (
        "请填写业主姓名",
        "请选择类别",
        "请填写报事内容",
        "请填写报事人电话",
        "请填写房号",
        "请向业主复述",
    ):
        assert sentence in refused
    walked_in = desk.post("/ticket/new", {"token": token(page), "channel": "patrol"}, 422).text
    assert "请向业主复述" not in walked_in


def test_open_matters_of_a_household_are_told_before_anything_is_typed(app, yj):
    ticket = make_ticket(yj, content="客厅灯不亮")
    desk, unit = sit(app, yj.session, "desk_clerk"), yj.units["3-2-1203"].id
    said = desk.json(f"/ticket/duplicates?unit_id={unit}")
    assert [it["number"] for it in said["matches"]] == [ticket.number]
    assert said["message"].startswith("这一户有 1 件没办完的")
    assert "可能是同一件" not in said["message"]
    alike = desk.json(f"/ticket/duplicates?unit_id={unit}&kind=repair&content=客厅灯不亮了")
    assert "可能是同一件" in alike["message"]
    place = make_ticket(yj, unit_id=None, place="物业大堂", content="地砖松了")
    assert desk.json("/ticket/duplicates?place=物业大堂")["matches"][0]["number"] == place.number


def test_a_ticket_goes_on_to_its_slip_in_one_press(app, yj):
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get("/ticket/new")
    form = {
        "token": token(page),
        "channel": "call",
        "received_at": "2026-11-21T10:00",
        "unit_id": str(yj.units["3-2-1203"].id),
        "unit_id_text": "3-2-1203",
        "customer": "徐明远",
        "reporter_phone": "13812342217",
        "kind": "repair",
        "priority": "normal",
        "content": "厨房漏水",
        "read_back": "1",
        "then": "order",
    }
    ticket = yj.session.scalars(select(Ticket)).all()
    assert ticket == []
    home = desk.post("/ticket/new", form).location
    yj.session.rollback()
    assert home == f"/work_order/new?ticket_id={yj.session.scalars(select(Ticket.id)).one()}"
