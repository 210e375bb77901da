"""待办: the right person sees the right thing at the right time, and nobody else's."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Alert, Appointment, CallRecord, FollowUp, Leave, PaperCopy, Ticket, WorkOrder, clock
from rules.advance import advance, start
from rules.alerts import Todo, acknowledge, bell, delivered, tallies, todo
from rules.errors import NotAllowed
from rules.person import Person
from rules.sweep import sweep
from rules.waiting import WAITING
from rules.write import Writer
from tests.office import Office, open_office


@pytest.fixture
def office(write: Writer) -> Office:
    return open_office(write)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


def list_of(office: Office, post: str, **kw: Any) -> list[Todo]:
    return office.look(lambda s: todo(s, office.person(post), **kw))


def keys(office: Office, post: str) -> list[tuple[str, str]]:
    return [(it.key, it.word) for it in list_of(office, post)]


# ---- clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("TKT-04")
def test_a_fresh_ticket_waits_for_the_desk_with_its_minutes(office, at):
    ticket = office.ticket()
    at.forward(minutes=7)
    (it,) = list_of(office, "desk_clerk")
    assert (it.noun, it.row_id, it.word, it.tone, it.verb) == ("ticket", ticket, "剩 3 分", "wait", "pass_on")
    assert (it.place, it.text, it.article, it.limit) == ("物业大堂", "顶灯不亮", "003-2.005§4.1.3", "派单 限 10 分")
    assert it.group == "快到时"


@pytest.mark.rule("TKT-04")
def test_when_the_time_is_up_it_is_first_in_the_list_without_any_sweep(office, at):
    office.ticket()
    at.forward(minutes=8)
    office.ticket()
    at.forward(minutes=3)
    first, second = list_of(office, "desk_clerk")
    assert (first.word, first.tone, first.what) == ("超 1 分", "late", "受理后 10 分没有派单")
    assert first.group == "已超时"
    assert second.word == "剩 7 分"


@pytest.mark.rule("TKT-15", "TKT-16")
def test_each_level_reaches_the_list_of_its_post_when_its_time_comes(office, at):
    office.ticket()
    at("2026-11-24 09:59")
    assert list_of(office, "project_manager") == []
    at("2026-11-24 10:00")
    (it,) = list_of(office, "project_manager")
    assert (it.key, it.what) == ("T-07", "72 小时没有办完")
    assert list_of(office, "area_manager") == []
    at("2026-11-28 10:00")
    assert [it.key for it in list_of(office, "area_manager")] == ["T-08"]


def test_one_line_per_paper_however_many_clocks_have_run_out(office, at):
    office.ticket()
    at("2026-11-24 10:00")
    lines = list_of(office, "service_supervisor")
    assert len(lines) == 1
    assert lines[0].tone == "late"


def test_who_stands_in_for_an_empty_post_has_it_in_the_list_once_told(office, at):
    office.dismiss("engineering_assistant")
    flat = office.ticket(unit_id=office.unit, place=None)
    order = office.issued(flat)
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=6)
    assert "T-04" not in [it.key for it in list_of(office, "engineering_supervisor")]
    sweep(office.write)
    assert "T-04" in [it.key for it in list_of(office, "engineering_supervisor")]


def test_a_reminder_to_inform_is_the_first_contact_s_own(office, at):
    office.staff["second"] = office.hire("desk_clerk", "service", "second")
    ticket = office.ticket(by="second")
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    at("2026-11-22 09:00")
    keys_of = {post: {it.key for it in list_of(office, post)} for post in ("second", "receptionist")}
    assert "FIRST-04" in keys_of["second"] or "T-05" in keys_of["second"]
    assert "FIRST-04" not in keys_of["receptionist"]


# ---- moves ----------------------------------------------------------------------------------------------------------


def test_a_slip_goes_from_list_to_list_as_it_moves(office, at):
    ticket = office.ticket()
    order = office.order(ticket)
    assert ("issue", "11-21 10:00 起") in keys(office, "desk_clerk")
    office.move(WorkOrder, order, "issue", "desk_clerk")

    def verbs() -> set[str]:
        return {it.verb for it in list_of(office, "engineering_duty") if it.noun == "work_order"}

    assert verbs() == {"receive"}
    office.move(WorkOrder, order, "receive", "engineering_duty")
    assert verbs() == {"arrive"}
    assert "finish" not in {it.verb for it in list_of(office, "engineering_duty")}


def test_another_technician_s_slip_is_not_on_the_list(office):
    office.issued(office.ticket())
    office.staff["colleague"] = office.hire("technician", "engineering", "colleague")
    assert list_of(office, "colleague") == []


def test_a_follow_up_is_on_the_list_once_it_may_be_made(office, at):
    at("2026-11-21 20:30")
    ticket = office.ticket()
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    at("2026-11-21 22:00")
    values = {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper", "solution": "已清洁"}
    office.move(Ticket, ticket, "finish", "desk_clerk", **values)
    assert "pass_" not in {it.verb for it in list_of(office, "desk_clerk")}
    at("2026-11-22 10:00")
    assert "pass_" in {it.verb for it in list_of(office, "desk_clerk")}
    assert office.look(lambda s: s.scalars(select(FollowUp.earliest_at)).one()) == clock.now()


@pytest.mark.rule("CALL-02")
def test_a_call_without_an_answer_waits_until_it_is_answered(office):
    facts = {"org_id": office.org["project"], "kind": "in", "party": "住户", "content": "问装修时间"}
    who = office.person("desk_clerk")
    call = office.do(lambda s: start(s, CallRecord(**facts, callback="13800002217"), who).id, "desk_clerk")
    assert [(it.key, it.verb) for it in list_of(office, "receptionist")] == [("CALL-06", "answer")]
    office.do(lambda s: advance(s, s.get_one(CallRecord, call), "answer", who, answer="周一至周五"), "desk_clerk")
    assert list_of(office, "receptionist") == []


@pytest.mark.rule("WO-08")
def test_a_copy_that_is_out_waits_at_the_desk_and_with_its_holder(office):
    order = office.issued(office.ticket())
    holder = office.staff["engineering_duty"]
    facts = {"org_id": office.org["project"], "noun": "work_order", "row_id": order, "recipient": "客服部"}
    third = PaperCopy(**facts, number="GD-YJ-202611-0001", copy_no=3, code="q1", holder_id=holder)
    office.do(lambda s: s.add(third))
    assert "copies" not in {it.key for it in list_of(office, "desk_clerk")}
    office.move(WorkOrder, order, "receive", "engineering_duty")
    assert "copies" in {it.key for it in list_of(office, "desk_clerk")}
    assert "copies" in {it.key for it in list_of(office, "engineering_duty")}
    assert "copies" not in {it.key for it in list_of(office, "engineering_assistant")}


def test_every_kind_of_waiting_names_states_and_moves_that_exist():
    for kind in WAITING:
        assert set(kind.states) <= kind.model.lifecycle.states.keys()
        assert kind.verb in kind.model.lifecycle.moves
        assert hasattr(kind.model, kind.since)


# ---- scope ----------------------------------------------------------------------------------------------------------


def test_another_project_s_matters_are_on_nobody_s_list(office, at):
    office.ticket()
    office.staff["stranger"] = office.hire("service_supervisor", "other_service", "stranger")
    at("2026-11-25 10:00")
    sweep(office.write)
    assert list_of(office, "stranger") == []
    assert office.look(lambda s: tallies(s, office.person("stranger"))) == []


def test_what_anybody_of_a_post_may_do_stays_in_its_project_and_with_its_posts(office, at):
    facts = {"org_id": office.org["project"], "kind": "in", "party": "住户", "content": "问装修时间"}
    clerk = office.person("desk_clerk")
    office.do(lambda s: start(s, CallRecord(**facts, callback="13800002217"), clerk), "desk_clerk")
    office.order(office.ticket())
    office.staff["stranger"] = office.hire("desk_clerk", "other_service", "stranger")
    assert {it.key for it in list_of(office, "desk_clerk")} >= {"CALL-06", "issue"}
    assert list_of(office, "stranger") == []
    assert {it.key for it in list_of(office, "engineering_duty")} == set()


def test_who_was_told_and_then_went_to_another_project_does_not_see_the_paper_any_more(office, at):
    office.ticket()
    at.forward(minutes=11)
    sweep(office.write)
    assert [it.key for it in list_of(office, "service_supervisor")] == ["T-01"]
    staff, today = office.staff["service_supervisor"], clock.today()

    def move_away(session: Session) -> None:
        held = session.scalars(select(Appointment).where(Appointment.staff_id == staff)).one()
        held.ends_on = today - timedelta(days=1)
        session.add(Appointment(staff_id=staff, post="service_supervisor", org_id=office.org["other_service"]))

    office.do(move_away)
    assert list_of(office, "service_supervisor") == []
    assert office.look(lambda s: bell(s, office.person("service_supervisor"))) == 0


def test_an_alert_of_a_unit_one_has_left_is_not_shown(office, at):
    office.ticket()
    at.forward(minutes=11)
    sweep(office.write)
    supervisor = office.person("service_supervisor")
    assert len(office.look(lambda s: delivered(s, supervisor))) == 1
    moved = Person(supervisor.staff_id, supervisor.name)
    assert office.look(lambda s: delivered(s, moved)) == []
    assert office.look(lambda s: todo(s, moved)) == []


def test_an_overseer_may_look_at_one_project_only(office, at):
    office.ticket()
    at("2026-11-28 10:00")
    assert len(list_of(office, "area_manager", org_id=office.org["project"])) == 1
    assert list_of(office, "area_manager", org_id=office.org["other"]) == []


@pytest.mark.rule("TKT-20")
def test_what_the_area_owes_stays_on_the_list_while_one_project_is_looked_at(office, at):
    at("2027-01-04 09:00")
    sweep(office.write)
    lines = list_of(office, "area_manager", org_id=office.org["project"])
    assert [(it.key, it.limit, it.place) for it in lines if it.key == "TKT-20"] == [("TKT-20", "2026Q4", "东片区")]
    assert "TKT-20" not in [it.key for it in list_of(office, "project_manager")]


# ---- counts and alerts ----------------------------------------------------------------------------------------------


def test_the_counts_of_the_home_page_are_exact_and_say_where_they_lead(office, at):
    for _ in range(3):
        office.ticket()
    office.order(office.ticket())
    at.forward(minutes=11)
    found = {t.key: t for t in office.look(lambda s: tallies(s, office.person("desk_clerk")))}
    assert (found["dispatch"].number, found["dispatch"].tone, found["dispatch"].noun) == (4, "late", "ticket")
    assert found["dispatch"].states == ("registered", "appointed")
    assert (found["issue"].number, found["issue"].tone) == (1, "")


def test_a_late_follow_up_is_late_for_whoever_may_make_it(office, at):
    """The clerk's list, the manager's list, the manager's figure and bell say the same of one follow-up."""
    ticket = office.ticket(kind="complaint")
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    done = {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper", "solution": "已清扫"}
    office.move(Ticket, ticket, "finish", "desk_clerk", **done)
    at("2026-11-26 15:00")
    (mine,) = [it for it in list_of(office, "desk_clerk") if it.noun == "follow_up"]
    (overseen,) = [it for it in list_of(office, "project_manager") if it.noun == "follow_up"]
    assert (mine.group, overseen.group) == ("已超时", "已超时")
    assert (mine.what, mine.word) == (overseen.what, overseen.word)
    figure = {t.key: t for t in office.look(lambda s: tallies(s, office.person("project_manager")))}
    assert figure["follow_up"].overdue
    late = [it for it in list_of(office, "project_manager") if it.tone]
    assert office.look(lambda s: bell(s, office.person("project_manager"))) == len(late)


def test_the_bell_counts_each_matter_once_until_it_is_dealt_with(office, at):
    ticket = office.ticket()
    supervisor = office.person("service_supervisor")

    def rung() -> int:
        return office.look(lambda s: bell(s, supervisor))

    assert rung() == 0
    at.forward(minutes=11)
    assert rung() == 1  # right without a sweep
    sweep(office.write)
    assert rung() == 1
    office.issued(ticket)
    assert rung() == 1  # told of and not yet acknowledged
    office.do(lambda s: acknowledge(s, supervisor))
    assert rung() == 0


def test_the_bell_counts_what_is_nearly_up_too(office, at):
    office.ticket()
    supervisor = office.person("desk_clerk")

    def rung() -> int:
        return office.look(lambda s: bell(s, supervisor))

    assert rung() == 0
    at("2026-11-21 10:04:59")
    assert rung() == 0
    at("2026-11-21 10:05")  # five minutes before the ten are over
    assert rung() == 1


def test_an_alert_is_acknowledged_once_and_only_by_its_own_person(office, at):
    office.ticket()
    at.forward(minutes=11)
    sweep(office.write)
    alert = office.look(lambda s: s.scalars(select(Alert)).one())
    with pytest.raises(NotAllowed, match="自己"):
        office.do(lambda s: acknowledge(s, office.person("desk_clerk"), [alert.id]))
    assert office.do(lambda s: acknowledge(s, office.person("service_supervisor"), [alert.id])) == 1
    at.forward(minutes=5)
    assert office.do(lambda s: acknowledge(s, office.person("service_supervisor"))) == 0
    row = office.look(lambda s: s.get_one(Alert, alert.id))
    assert row.acknowledged_at == clock.now() - timedelta(minutes=5)
    assert office.look(lambda s: delivered(s, office.person("service_supervisor"))) == []


def test_a_delegate_has_what_the_post_has(office, at):
    office.ticket()
    day = clock.today()
    office.staff["deputy"] = office.hire(
        "service_supervisor",
        "service",
        "deputy",
        delegated_by_id=office.staff["service_supervisor"],
        ends_on=day + timedelta(days=7),
    )
    leave = {"staff_id": office.staff["service_supervisor"], "org_id": office.org["service"], "reason": "年假"}
    office.do(lambda s: s.add(Leave(**leave, starts_on=day, ends_on=day + timedelta(days=7))))
    at.forward(minutes=11)
    sweep(office.write)
    assert office.look(lambda s: len(delivered(s, office.person("deputy")))) == 1
    assert office.look(lambda s: delivered(s, office.person("service_supervisor"))) == []
    assert [it.key for it in list_of(office, "deputy")] == ["T-01"]
