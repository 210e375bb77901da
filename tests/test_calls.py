"""来电来访: every call and visit on file, answered or called back, never at supper, turned into a ticket."""

import re

import pytest
from sqlalchemy import select

from models import Alert, CallRecord, Clock, Incident, clock
from rules.advance import advance, start
from rules.calls import CALL_STEPS, RECEPTION_STEPS, UNKNOWN_MATTER, points, reception_of, steps, ticket_from_call
from rules.errors import Invalid, NotAllowed, RuleError
from rules.scope import readable
from rules.sweep import sweep
from rules.waiting import WAITING
from tests.desk import sit, token
from tests.makers import World, later, set_policy, world


@pytest.fixture
def yj(session) -> World:
    return world(session)


def call_of(yj, **values) -> CallRecord:
    facts = {
        "org_id": yj.yj.id,
        "kind": "in",
        "party": "3栋业主徐先生",
        "unit_id": yj.units["3-2-1203"].id,
        "content": "问停车费\n 厨房漏水 \n\n请尽快",
        "callback": "13812342217",
    }
    return CallRecord(**{**facts, **values})


def take(yj, by=None, **values) -> CallRecord:
    call = start(yj.session, call_of(yj, **values), by or yj.person("receptionist"))
    yj.session.commit()
    return call


def to_answer(yj, post="desk_clerk") -> list[CallRecord]:
    """What the person is asked to answer now."""
    where = next(k for k in WAITING if k.key == "answer").where(yj.session, yj.person(post), clock.now())
    return list(yj.session.scalars(select(CallRecord).where(where).order_by(CallRecord.id)))


@pytest.mark.rule("CALL-05")
def test_every_call_and_visit_is_on_file(yj):
    call = take(yj, yj.person("lobby_receptionist"))
    assert (call.number, call.state, call.at) == ("LD-YJ-202611-0001", "open", clock.now())
    with pytest.raises(NotAllowed):
        take(yj, yj.person("technician"))


@pytest.mark.rule("CALL-02")
@pytest.mark.parametrize(("gap", "field"), [({"party": " "}, "party"), ({"callback": ""}, "callback")])
def test_it_says_who_called_and_where_to_call_back(yj, gap, field):
    with pytest.raises(Invalid) as refused:
        take(yj, **gap)
    assert (refused.value.errors.keys(), refused.value.rule) == ({field}, "CALL-02")


@pytest.mark.rule("CALL-02")
def test_what_is_answered_at_once_needs_no_number(yj):
    call = take(yj, answered_now=True, callback=None)
    assert (call.state, call.answered_at) == ("answered", clock.now())


@pytest.mark.rule("CALL-03")
def test_requests_are_noted_point_by_point(yj):
    assert points(take(yj)) == ["问停车费", "厨房漏水", "请尽快"]
    with pytest.raises(Invalid, match="逐条"):
        take(yj, content=" \n ")


@pytest.mark.rule("CALL-03")
def test_the_page_of_a_call_lists_its_requests(app, yj):
    several, one = take(yj), take(yj, content="问停车费")
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get(f"/call_record/{several.id}")
    assert page.index("对方的要求") < page.index("请尽快", page.index("对方的要求"))
    assert "对方的要求" not in desk.get(f"/call_record/{one.id}")


@pytest.mark.rule("CALL-04")
def test_a_visitor_is_received_step_by_step(yj):
    with pytest.raises(Invalid, match="问明来意、确认身份"):
        take(yj, kind="visit")
    yj.session.rollback()
    visit = take(yj, kind="visit", reception=reception_of(["确认身份", "问明来意", "引座"]))
    assert visit.reception == "问明来意、确认身份、引座"
    assert steps(visit) == [(step, step in ("问明来意", "确认身份", "引座")) for step in RECEPTION_STEPS]


@pytest.mark.rule("CALL-01")
@pytest.mark.parametrize(("rings", "late"), [(None, 0), (3, 0), (4, 1)])
def test_a_phone_that_rang_too_long_is_put_down(yj, rings, late):
    take(yj, rings=rings)
    kept = yj.session.scalars(select(Incident)).all()
    assert [i.rule for i in kept] == ["CALL-01"] * late


@pytest.mark.rule("CALL-07")
@pytest.mark.parametrize("hour", ["07:30", "12:00", "17:30", "18:59", "21:00"])
def test_nobody_is_rung_up_at_meals_or_at_night_unless_it_is_urgent(yj, at, hour):
    at(f"2026-11-21 {hour}")
    with pytest.raises(RuleError, match="不给业户打电话") as refused:
        take(yj, kind="out")
    assert refused.value.rule == "CALL-07"
    yj.session.rollback()
    assert take(yj, kind="out", urgent=True).state == "open"
    assert take(yj, kind="in").state == "open"


@pytest.mark.rule("CALL-07")
@pytest.mark.parametrize("hour", ["10:00", "14:00", "17:29", "19:00", "20:59"])
def test_at_other_hours_the_phone_may_ring(yj, at, hour):
    at(f"2026-11-21 {hour}")
    assert take(yj, kind="out").state == "open"


@pytest.mark.rule("CALL-07")
def test_calls_to_make_wait_for_the_end_of_the_quiet_hours(yj, at):
    calm, urgent = take(yj), take(yj, urgent=True)
    desk = yj.person("desk_clerk")
    assert to_answer(yj) == [calm, urgent]
    at("2026-11-21 12:30")
    assert to_answer(yj) == [urgent]
    with pytest.raises(RuleError, match="不给业户打电话"):
        advance(yj.session, calm, "answer", desk, answer="已告知")


@pytest.mark.rule("CALL-07")
def test_the_refusal_names_the_hours_of_the_project(yj, at):
    set_policy(yj.session, yj.yj, "quiet.call", [["22:30", "07:15"]])
    at("2026-11-21 23:00")
    with pytest.raises(RuleError, match="22:30–07:15、12:00–14:00 不给业户打电话"):
        take(yj, kind="out")


@pytest.mark.rule("CALL-02")
def test_the_steps_of_a_call_stand_beside_its_form(app, yj):
    page = sit(app, yj.session, "desk_clerk").get("/call_record/new")
    places = [page.index(f"{n}. {step}") for n, step in enumerate(CALL_STEPS, 1)]
    assert places == sorted(places)


@pytest.mark.rule("CALL-06")
def test_an_unknown_matter_gets_the_set_phrase_and_is_followed_until_answered(app, yj):
    assert UNKNOWN_MATTER in sit(app, yj.session, "desk_clerk").get("/call_record/new")
    call, desk = take(yj, content="问地块规划", answered_now=False), yj.person("desk_clerk")
    assert to_answer(yj) == [call]
    with pytest.raises(RuleError, match="答复内容"):
        advance(yj.session, call, "answer", desk)
    yj.session.rollback()
    advance(yj.session, call, "answer", desk, answer="规划为小学，已告知")
    yj.session.commit()
    assert to_answer(yj) == []


@pytest.mark.rule("CALL-05")
def test_no_call_leaves_the_register(yj):
    first, second = take(yj), take(yj, kind="visit", reception="问明来意、确认身份")
    with pytest.raises(NotAllowed):
        advance(yj.session, first, "cancel", yj.person("desk_clerk"), reason="记错")
    advance(yj.session, first, "cancel", yj.person("service_supervisor"), reason="记错")
    yj.session.commit()
    third = take(yj, kind="out")
    assert [c.number[-4:] for c in (first, second, third)] == ["0001", "0002", "0003"]
    assert yj.session.scalars(select(CallRecord.state).order_by(CallRecord.id)).all() == ["void", "open", "open"]


# ---- 转报事 on screen ----------------------------------------------------------------------------------------------

PHONE = "13812342217"


@pytest.mark.rule("BASE-01")
def test_the_phone_of_a_call_is_masked_in_the_form_that_makes_a_ticket_of_it(app, yj):
    call = take(yj)
    assert PHONE in sit(app, yj.session, "desk_clerk").get(f"/call_record/{call.id}/make_ticket")
    masked = sit(app, yj.session, "duty_manager")
    for path in (f"/call_record/{call.id}", f"/call_record/{call.id}/make_ticket"):
        assert PHONE not in masked.get(path)
    lobby = sit(app, yj.session, "lobby_receptionist")
    lobby.get(f"/call_record/{call.id}/make_ticket", status=404)
    lobby.get(f"/call_record/{call.id}", status=404)  # the lobby reads what it wrote itself, nobody else's


def test_the_phone_left_out_of_the_form_is_copied_from_the_call(app, yj):
    call, manager = take(yj), sit(app, yj.session, "duty_manager")
    page = manager.get(f"/call_record/{call.id}/make_ticket")
    typed = {
        "token": token(page),
        "unit_id": call.unit_id,
        "customer": "徐明远",
        "reporter_phone": "",
        "kind": "repair",
        "priority": "normal",
        "content": "厨房漏水",
        "read_back": "1",
    }
    path = f"/call_record/{call.id}/make_ticket"
    manager.post(path, typed)
    yj.session.commit()
    assert (call.state, call.ticket.reporter_phone) == ("ticketed", PHONE)
    manager.post(path, typed)  # the same page again: nothing is done twice
    manager.get(path, status=409)
    manager.post(path, {**typed, "token": "B" * 32}, status=409)


@pytest.mark.rule("CALL-02")
def test_an_answer_is_written_down(yj, at):
    call, desk = take(yj), yj.person("desk_clerk")
    with pytest.raises(RuleError, match="答复内容"):
        advance(yj.session, call, "answer", desk)
    at.forward(minutes=50)
    with pytest.raises(RuleError, match="后补"):
        advance(yj.session, call, "answer", desk, answer="月租 400 元", answered_at=later(minutes=-40))
    yj.session.rollback()
    advance(yj.session, call, "answer", desk, answer="月租 400 元")
    assert (call.state, call.answered_at) == ("answered", clock.now())


@pytest.mark.rule("CALL-02", "FIRST-01")
def test_a_call_becomes_a_ticket_with_what_was_noted(yj, at):
    clerk = yj.person("desk_clerk")
    call = take(yj, clerk)
    at.forward(minutes=2)
    ticket = ticket_from_call(yj.session, call, clerk, kind="repair", read_back=True)
    yj.session.commit()
    assert (ticket.channel, ticket.received_at, ticket.content) == ("call", call.at, call.content)
    assert (ticket.first_contact_id, ticket.reporter_phone) == (call.made_by_id, "13812342217")
    assert (call.state, call.ticket_id) == ("ticketed", ticket.id)


def test_a_call_put_down_long_after_needs_its_reason(yj):
    with pytest.raises(RuleError, match="后补"):
        take(yj, at=later(minutes=-40))


def test_the_unit_is_the_projects_own(yj):
    with pytest.raises(Invalid, match="不在本项目"):
        take(yj, unit_id=yj.units["WJ 3-2-1203"].id)


# ---- met on patrol -------------------------------------------------------------------------------------------------


def met(yj, post="guard", **values) -> CallRecord:
    facts = {"kind": "patrol", "party": "3栋业主", "content": "单元门闭门器坏了", "callback": None}
    return take(yj, yj.person(post), **{**facts, **values})


@pytest.mark.rule("TKT-22")
@pytest.mark.parametrize("post", ["guard", "technician", "cleaning_supervisor", "zone_steward", "lobby_receptionist"])
def test_whoever_is_on_patrol_notes_a_need_and_the_desk_is_asked_to_take_it_up(yj, post):
    need = met(yj, post)
    assert to_answer(yj) == [need]
    assert (need.state, need.callback) == ("open", None)
    if post in ("guard", "technician", "cleaning_supervisor"):
        with pytest.raises(NotAllowed, match="只能记巡视"):
            take(yj, yj.person(post))
        assert yj.session.scalars(select(CallRecord).where(readable(yj.person(post), CallRecord))).all() == [need]


@pytest.mark.rule("TKT-22", "FIRST-05")
def test_a_need_becomes_a_ticket_or_complaint_with_the_desk_as_first_contact(yj):
    desk = yj.person("desk_clerk")
    facts = {"kind": "complaint", "customer": "徐明远", "reporter_phone": "13812342217"}
    complaint = ticket_from_call(yj.session, met(yj), desk, **facts)
    assert (complaint.channel, complaint.kind, complaint.first_contact_id) == ("patrol", "complaint", desk.staff_id)
    steward = yj.person("zone_steward")
    own = ticket_from_call(yj.session, met(yj, "zone_steward"), desk, **{**facts, "kind": "repair"})
    assert own.first_contact_id == steward.staff_id, "客服部 keeps what it took first"


@pytest.mark.rule("TKT-22")
def test_a_need_is_not_done_with_a_word_alone(yj):
    with pytest.raises(Invalid) as refused:
        met(yj, answered_now=True)
    assert (refused.value.errors.keys(), refused.value.rule) == ({"answered_now"}, "TKT-22")
    yj.session.rollback()
    need = met(yj, "zone_steward")
    with pytest.raises(RuleError, match="转报事或投诉") as no:
        advance(yj.session, need, "answer", yj.person("zone_steward"), answer="已经告诉工程部了")
    assert no.value.rule == "TKT-22"


@pytest.mark.rule("TKT-22")
def test_on_screen_a_guard_notes_a_need_and_the_desk_turns_it_into_a_ticket(app, yj):
    guard = sit(app, yj.session, "guard")
    page = guard.get("/call_record/new")
    assert re.search(r'<option value="patrol" selected', page)
    form = {
        "token": token(page),
        "kind": "patrol",
        "party": "3栋业主",
        "content": "闭门器坏了",
        "at": "2026-11-21T10:00",
    }
    home = guard.post("/call_record/new", form).headers["Location"]
    assert "闭门器坏了" in guard.get(home)
    yj.session.rollback()
    clerk = sit(app, yj.session, "desk_clerk")
    assert "闭门器坏了" in clerk.get("/call_record/?state=open&kind=patrol")
    assert "转报事" in clerk.get(home)


@pytest.mark.rule("CALL-06", "TKT-22")
def test_whoever_took_a_matter_hears_when_nobody_answered_and_then_the_supervisor(yj, write, at):
    call, need = take(yj), met(yj, "zone_steward")
    solved = take(yj, answered_now=True, callback=None)
    due = {row.row_id: clock.shown(row.due_at) for row in yj.session.scalars(select(Clock))}
    assert due == {call.id: "2026-11-22 10:00", need.id: "2026-11-22 10:00"}
    assert solved.id not in due
    advance(yj.session, call, "answer", yj.person("receptionist"), answer="已告知")
    yj.session.commit()

    def told():
        sweep(write)
        yj.session.rollback()
        return {(a.row_id, a.staff_id) for a in yj.session.scalars(select(Alert).where(Alert.noun == "call_record"))}

    at("2026-11-22 09:59")
    assert told() == set()
    at("2026-11-22 10:00")
    assert told() == {(need.id, yj.person("zone_steward").staff_id)}
    at("2026-11-22 14:00")
    assert told() == {(need.id, yj.person(post).staff_id) for post in ("zone_steward", "service_supervisor")}


@pytest.mark.rule("CALL-04")
def test_a_visit_announced_says_to_which_department(yj):
    ticked = reception_of(RECEPTION_STEPS[:3])
    with pytest.raises(Invalid) as refused:
        take(yj, kind="visit", reception=ticked)
    assert refused.value.errors.keys() == {"department"}
    yj.session.rollback()
    assert take(yj, kind="visit", reception=ticked, department="engineering").state == "open"
