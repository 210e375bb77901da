"""Every clock of a ticket, a slip and a follow-up: from when, how long, until what, who hears, once."""

import multiprocessing
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from models import (
    Alert,
    Clock,
    FollowUp,
    Leave,
    Obligation,
    PolicyValue,
    Rung,
    Staff,
    Ticket,
    TicketCheck,
    WorkOrder,
    clock,
)
from rules import sweep as sweeping
from rules.advance import advance, edit
from rules.deadline_table import DEADLINES
from rules.deadlines import follow_up_window, recompute_open, refresh_clocks
from rules.due import (
    clocks_of,
    due_facts,
    due_word,
    level_of,
    overdue_condition,
    responsible,
    soon_condition,
)
from rules.duty import on_duty
from rules.engine import prepare_engine
from rules.notes import add_note
from rules.sweep import SweepThread, sweep
from rules.write import Writer
from tests.office import Office, open_office


@pytest.fixture
def office(write: Writer) -> Office:
    return open_office(write)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


def clock_row(office: Office, deadline: str, noun: str = "ticket", row_id: int | None = None) -> Clock | None:
    where = [Clock.deadline == deadline, Clock.noun == noun]
    if row_id is not None:
        where.append(Clock.row_id == row_id)
    return office.look(lambda s: s.scalars(select(Clock).where(*where)).one_or_none())


def told(office: Office, deadline: str) -> list[str]:
    """The names of everybody who was told of a deadline, in order."""
    rows = select(Staff.name).join(Alert, Alert.staff_id == Staff.id).where(Alert.deadline == deadline)
    return office.look(lambda s: list(s.scalars(rows.order_by(Alert.at, Staff.id))))


def counts(office: Office) -> tuple[int, int]:
    def both(s: Session) -> tuple[int, int]:
        return s.scalar(select(func.count(Rung.id))) or 0, s.scalar(select(func.count(Alert.id))) or 0

    return office.look(both)


# ---- T-01, T-02: 派单 -----------------------------------------------------------------------------------------------


@pytest.mark.rule("TKT-04")
def test_ten_minutes_after_receipt_the_supervisor_hears_that_nobody_dispatched(office, at):
    office.ticket()
    at.forward(minutes=9, seconds=59)
    sweep(office.write)
    assert told(office, "T-01") == []
    at.forward(seconds=1)
    sweep(office.write)
    assert told(office, "T-01") == ["service_supervisor"]


@pytest.mark.rule("TKT-04")
def test_the_dispatch_stops_the_ten_minutes(office, at):
    ticket = office.ticket()
    at.forward(minutes=6)
    office.issued(ticket)
    at.forward(minutes=30)
    sweep(office.write)
    row = clock_row(office, "T-01")
    assert row.stopped_at - row.started_at == timedelta(minutes=6)
    assert told(office, "T-01") == []


@pytest.mark.rule("TKT-04")
@pytest.mark.parametrize("way", ["pass_on", "solve"])
def test_passing_on_and_solving_on_the_spot_stop_it_too(office, at, way):
    ticket = office.ticket()
    at.forward(minutes=3)
    details = {"pass_on": {"department": "cleaning"}, "solve": {"solution": "已重新合闸"}}[way]
    office.move(Ticket, ticket, way, "desk_clerk", **details)
    assert clock_row(office, "T-01").stopped_at == clock.now()


@pytest.mark.rule("TKT-05")
def test_with_an_appointment_the_slip_is_due_twenty_minutes_before_it(office, at):
    ticket = office.ticket()
    at.forward(minutes=2)
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-21 15:00"))
    assert clock_row(office, "T-01") is None
    assert clock_row(office, "T-02").due_at == local("2026-11-21 14:40")
    at("2026-11-21 14:29:59")
    sweep(office.write)
    assert told(office, "T-02") == []
    at("2026-11-21 14:30")
    sweep(office.write)
    assert told(office, "T-02") == ["desk_clerk", "receptionist"]
    at("2026-11-21 14:40")
    sweep(office.write)
    assert told(office, "T-02") == ["desk_clerk", "receptionist"] * 2


@pytest.mark.rule("TKT-05")
def test_a_moved_appointment_moves_the_clock_and_tells_anew(office, at):
    ticket = office.ticket()
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-21 15:00"))
    at("2026-11-21 14:45")
    sweep(office.write)
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-22 15:00"))
    row = clock_row(office, "T-02")
    assert (row.due_at, row.rung, row.round) == (local("2026-11-22 14:40"), 0, 1)
    before = len(told(office, "T-02"))
    at("2026-11-22 14:41")
    sweep(office.write)
    assert len(told(office, "T-02")) == before + 4


@pytest.mark.rule("TKT-04", "TKT-05")
def test_what_was_already_told_stays_on_file_when_an_appointment_replaces_the_ten_minutes(office, at):
    ticket = office.ticket()
    at.forward(minutes=11)
    sweep(office.write)
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-21 15:00"))
    assert clock_row(office, "T-01").stopped_at == clock.now()
    assert told(office, "T-01") == ["service_supervisor"]


@pytest.mark.rule("TKT-04")
def test_an_appointment_made_after_the_dispatch_leaves_the_ten_minutes_as_they_were(office, at):
    ticket = office.ticket()
    at.forward(minutes=6)
    office.issued(ticket)
    at.forward(minutes=20)
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-21 15:00"))
    row = clock_row(office, "T-01")
    assert row.stopped_at - row.started_at == timedelta(minutes=6)


# ---- T-03, T-04: 到场, 到楼门 ---------------------------------------------------------------------------------------


@pytest.mark.rule("TKT-06")
def test_twenty_minutes_after_issue_the_desk_and_the_assistant_hear_that_nobody_arrived(office, at):
    office.issued(office.ticket())
    at.forward(minutes=19, seconds=59)
    sweep(office.write)
    assert told(office, "T-03") == []
    at.forward(seconds=1)
    sweep(office.write)
    assert told(office, "T-03") == ["desk_clerk", "receptionist", "engineering_assistant"]


@pytest.mark.rule("TKT-06")
def test_arrival_on_site_stops_the_twenty_minutes(office, at):
    order = office.issued(office.ticket())
    at.forward(minutes=4)
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=8)
    office.move(WorkOrder, order, "arrive", "engineering_duty")
    row = clock_row(office, "T-03", "work_order")
    assert row.stopped_at - row.started_at == timedelta(minutes=12)
    at.forward(hours=1)
    sweep(office.write)
    assert told(office, "T-03") == []


@pytest.mark.rule("TKT-06")
def test_nobody_has_to_be_there_before_the_agreed_time(office):
    ticket = office.ticket()
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-21 15:00"))
    office.issued(ticket)
    assert clock_row(office, "T-03", "work_order").due_at == local("2026-11-21 15:00")


@pytest.mark.rule("TKT-06")
def test_a_department_without_a_slip_reports_its_arrival_within_twenty_minutes_too(office, at):
    ticket = office.ticket(content="大堂地面有水")
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    at.forward(minutes=20)
    sweep(office.write)
    assert told(office, "T-03") == ["desk_clerk", "receptionist", "cleaning_supervisor"]
    office.move(Ticket, ticket, "report_arrival", "desk_clerk")
    assert clock_row(office, "T-03").stopped_at == clock.now()


@pytest.mark.rule("WO-03")
def test_five_minutes_after_receipt_the_assistant_hears_that_nobody_stands_at_the_door(office, at):
    order = office.issued(office.ticket())
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=4, seconds=59)
    sweep(office.write)
    assert told(office, "T-04") == []
    at.forward(seconds=1)
    sweep(office.write)
    assert told(office, "T-04") == ["engineering_assistant"]


@pytest.mark.rule("WO-03")
def test_standing_at_the_door_stops_the_five_minutes(office, at):
    order = office.issued(office.ticket())
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=4)
    office.move(WorkOrder, order, "reach_door", "engineering_duty")
    at.forward(minutes=10)
    sweep(office.write)
    assert told(office, "T-04") == []
    fact = next(f for f in office.look(lambda s: clocks_of(s, s.get_one(WorkOrder, order))) if f.id == "T-04")
    assert (fact.label, fact.word, fact.tone) == ("到楼门 限 5 分", "用 4 分", "done")


@pytest.mark.rule("WO-11")
def test_after_an_appointment_the_five_minutes_start_at_the_return(office, at):
    order = office.issued(office.ticket())
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=2)
    office.move(WorkOrder, order, "appoint", "desk_clerk", appointment_at=local("2026-11-21 11:00"))
    assert clock_row(office, "T-04", "work_order") is None
    at("2026-11-21 11:10")
    office.move(WorkOrder, order, "receive", "engineering_duty")
    row = clock_row(office, "T-04", "work_order")
    assert (row.started_at, row.due_at) == (local("2026-11-21 11:10"), local("2026-11-21 11:15"))


# ---- T-05 … T-09: 升级 ----------------------------------------------------------------------------------------------

LADDER = [
    pytest.param("T-05", "2026-11-22 00:00", 1, "service_supervisor", marks=pytest.mark.rule("TKT-13")),
    pytest.param("T-06", "2026-11-23 10:00", 2, "service_supervisor", marks=pytest.mark.rule("TKT-14")),
    pytest.param("T-07", "2026-11-24 10:00", 3, "project_manager", marks=pytest.mark.rule("TKT-15")),
    pytest.param("T-08", "2026-11-28 10:00", 4, "area_manager", marks=pytest.mark.rule("TKT-16")),
    pytest.param("T-09", "2026-12-06 10:00", 5, "quality_manager", marks=pytest.mark.rule("TKT-17")),
]


@pytest.mark.parametrize(("deadline", "moment", "level", "post"), LADDER)
def test_each_rung_of_the_ladder_is_reached_at_its_time_and_by_its_post(office, at, deadline, moment, level, post):
    ticket = office.ticket()
    at(local(moment) - timedelta(seconds=1))
    sweep(office.write)
    assert told(office, deadline) == []
    assert office.look(lambda s: level_of(s, s.get_one(Ticket, ticket))) == level - 1
    at(moment)
    assert office.look(lambda s: level_of(s, s.get_one(Ticket, ticket))) == level  # right without a sweep
    sweep(office.write)
    assert told(office, deadline) == [post]


@pytest.mark.rule("TKT-13")
def test_same_day_goes_to_the_head_of_the_department_that_has_it(office, at):
    ticket = office.ticket()
    office.issued(ticket)
    at("2026-11-22 00:00")
    sweep(office.write)
    assert told(office, "T-05") == ["engineering_supervisor"]


@pytest.mark.rule("TKT-18")
def test_a_level_adds_a_person_and_takes_nobody_away(office, at):
    ticket = office.ticket()
    at("2026-11-24 10:00")
    line = office.look(lambda s: responsible(s, s.get_one(Ticket, ticket)))
    assert [(r.level, r.names) for r in line] == [
        (0, ("desk_clerk",)),
        (1, ("service_supervisor",)),
        (2, ("service_supervisor",)),
        (3, ("project_manager",)),
    ]
    assert [clock.shown(r.since) for r in line[1:]] == ["2026-11-22 00:00", "2026-11-23 10:00", "2026-11-24 10:00"]


@pytest.mark.rule("TKT-18")
@pytest.mark.parametrize(("start", "due"), [("appointment", "2026-11-26 00:00"), ("received", "2026-11-22 00:00")])
def test_with_an_appointment_the_ladder_counts_from_it_unless_the_house_says_otherwise(office, at, start, due):
    _set(office, "tkt.clock_start", start)
    at.forward(minutes=1)
    ticket = office.ticket()
    office.move(Ticket, ticket, "appoint", "desk_clerk", appointment_at=local("2026-11-25 15:00"))
    assert clock_row(office, "T-05").due_at == local(due)


@pytest.mark.rule("TKT-13")
def test_the_day_ends_at_closing_time_where_the_house_says_so(office, at):
    _set(office, "clock.same_day_end", "office")
    at("2026-11-23 10:00")  # a Monday
    office.ticket()
    assert clock_row(office, "T-05").due_at == local("2026-11-23 17:30")


@pytest.mark.rule("TKT-14")
def test_what_is_done_in_time_rises_no_further_and_a_rework_opens_the_ladder_again(office, at):
    ticket = office.ticket()
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    at.forward(minutes=30)
    office.move(
        Ticket,
        ticket,
        "finish",
        "desk_clerk",
        done_at=clock.now(),
        signed_by="徐明远",
        means="paper",
        solution="已清洁",
    )
    at("2026-11-24 11:00")
    sweep(office.write)
    assert told(office, "T-06") == []
    assert office.look(lambda s: level_of(s, s.get_one(Ticket, ticket))) == 0

    def fail(session: Session) -> None:
        page = session.scalars(select(FollowUp)).one()
        values: dict[str, Any] = {
            "method": "phone",
            "satisfaction": 2,
            "quality": "差",
            "effect": "差",
            "defects": "仍有水",
        }
        advance(session, page, "fail", office.person("desk_clerk"), outcome="rework", reason="仍有水", **values)

    office.do(fail, "desk_clerk")
    assert clock_row(office, "T-06").stopped_at is None
    sweep(office.write)
    assert told(office, "T-06") == ["service_supervisor"]


def test_a_void_ticket_leaves_no_running_clock(office):
    ticket = office.ticket()
    office.move(Ticket, ticket, "cancel", "service_supervisor", reason="重复登记")
    assert office.look(lambda s: s.scalars(select(Clock).where(Clock.stopped_at.is_(None))).all()) == []


# ---- FIRST-04 -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIRST-04")
def test_the_first_contact_is_reminded_when_the_customer_heard_nothing_for_a_day(office, at):
    ticket = office.ticket()
    at("2026-11-22 09:00")
    office.do(
        lambda s: add_note(s, s.get_one(Ticket, ticket), office.person("desk_clerk"), "inform", "明天修", means="phone")
    )
    at("2026-11-22 10:30")
    sweep(office.write)
    assert told(office, "FIRST-04") == []
    at("2026-11-23 09:00")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["desk_clerk"]


@pytest.mark.rule("FIRST-04")
def test_the_reminder_comes_again_every_day_but_after_a_pause_only_once(office, at):
    office.ticket()
    at("2026-11-22 10:00")
    sweep(office.write)
    at("2026-11-23 10:00")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["desk_clerk"] * 2
    at("2026-11-26 12:00")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["desk_clerk"] * 3


@pytest.mark.rule("FIRST-04")
def test_after_a_word_to_the_customer_the_reminder_starts_over(office, at):
    ticket = office.ticket()
    at("2026-11-22 10:00")
    sweep(office.write)
    office.do(
        lambda s: add_note(s, s.get_one(Ticket, ticket), office.person("desk_clerk"), "inform", "明天修", means="phone")
    )
    at("2026-11-23 10:00")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["desk_clerk"] * 2


@pytest.mark.rule("FIRST-04")
def test_a_reminder_makes_no_matter_overdue(office, at):
    _set(office, "first.inform_hours", 2)
    at.forward(minutes=1)
    ticket = office.ticket(kind="inquiry")
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    at("2026-11-21 12:30")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["desk_clerk"]
    assert office.look(lambda s: overdue(s, Ticket)) == []


# ---- T-10, T-11: 回访 -----------------------------------------------------------------------------------------------


def window(office: Office, proven: str, **flags: Any) -> tuple[str, str, str]:
    def fn(session: Session) -> tuple[str, str, str]:
        a, b, c = follow_up_window(session, office.org["project"], local(proven), **flags)
        return clock.shown(a), clock.shown(b), clock.shown(c)

    return office.look(fn)


@pytest.mark.rule("TKT-09")
def test_a_follow_up_is_due_twenty_four_hours_after_the_proof(office):
    assert window(office, "2026-11-21 15:00") == ("2026-11-21 15:00", "2026-11-22 15:00", "2026-11-23 15:00")


@pytest.mark.rule("TKT-10")
@pytest.mark.parametrize(
    ("proven", "due"),
    [
        ("2026-11-21 09:30", "2026-11-22 10:00"),
        ("2026-11-21 10:00", "2026-11-22 10:00"),
        ("2026-11-21 12:30", "2026-11-22 14:00"),
        ("2026-11-21 13:59", "2026-11-22 14:00"),
        ("2026-11-21 20:59", "2026-11-22 20:59"),
        ("2026-11-21 21:00", "2026-11-23 10:00"),
        ("2026-11-21 23:30", "2026-11-23 10:00"),
        ("2026-11-22 03:00", "2026-11-23 10:00"),
    ],
)
def test_what_ends_in_quiet_hours_is_due_at_the_next_open_minute(office, proven, due):
    assert window(office, proven)[1] == due


@pytest.mark.rule("WO-29")
@pytest.mark.parametrize(
    ("preset", "flags", "expected"),
    [
        ("combined", {}, ("11-21 15:00", "11-22 15:00", "11-23 15:00")),
        ("combined", {"safety": True}, ("11-21 15:00", "11-22 15:00", "11-23 15:00")),
        ("combined", {"leak": True}, ("11-22 11:00", "11-25 11:00", "11-25 11:00")),
        ("001", {}, ("11-21 15:00", "11-23 15:00", "11-23 15:00")),
        ("001", {"safety": True}, ("11-21 15:00", "11-23 15:00", "11-23 15:00")),
        ("001", {"leak": True}, ("11-22 11:00", "11-25 11:00", "11-25 11:00")),
        ("003", {"leak": True}, ("11-21 15:00", "11-22 15:00", "11-22 15:00")),
        ("004-10", {}, ("11-22 15:00", "11-23 15:00", "11-23 15:00")),
    ],
)
def test_the_four_windows_of_a_repair(office, at, preset, flags, expected):
    at("2026-11-01 10:00")
    _set(office, "rv.repair_window", preset)
    at("2026-11-21 15:00")
    found = window(office, "2026-11-21 15:00", leak_tested_at=local("2026-11-22 11:00"), **flags)
    assert found == tuple(f"2026-{e}" for e in expected)


@pytest.mark.rule("WO-29")
def test_safety_repairs_have_a_number_of_their_own(office, at):
    at("2026-11-01 10:00")
    _set(office, "rv.safety_days", 1)
    at("2026-11-21 15:00")
    assert window(office, "2026-11-21 15:00", safety=True)[2] == "2026-11-22 15:00"
    assert window(office, "2026-11-21 15:00")[2] == "2026-11-23 15:00"


@pytest.fixture
def page(office: Office) -> int:
    """A follow-up of a matter that the cleaners finished at ten."""
    ticket = office.ticket()
    office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
    values = {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper", "solution": "已清洁"}
    office.move(Ticket, ticket, "finish", "desk_clerk", **values)
    return office.look(lambda s: s.scalars(select(FollowUp.id)).one())


@pytest.mark.rule("TKT-09", "WO-29")
def test_the_follow_up_warns_then_rises_then_is_overdue(office, at, page):
    at("2026-11-22 08:00")
    sweep(office.write)
    assert told(office, "T-10") == ["service_administrator"]
    at("2026-11-22 10:00")
    sweep(office.write)
    assert told(office, "T-10") == ["service_administrator", "service_supervisor"]
    assert told(office, "T-11") == []
    at("2026-11-23 10:00")
    sweep(office.write)
    assert told(office, "T-11") == ["service_supervisor"]


@pytest.mark.rule("TKT-09")
def test_the_follow_up_made_stops_both_clocks(office, at, page):
    at("2026-11-21 15:00")
    values = {"method": "phone", "satisfaction": 5, "quality": "好", "effect": "好"}
    office.move(FollowUp, page, "pass_", "desk_clerk", **values)
    at("2026-11-25 10:00")
    sweep(office.write)
    assert told(office, "T-10") + told(office, "T-11") == []


@pytest.mark.rule("WO-29")
def test_where_only_one_window_counts_only_one_clock_runs(office, at):
    for preset, deadline in (("003", "T-10"), ("001", "T-11")):
        _set(office, "rv.repair_window", preset)
        at.forward(minutes=5)
        ticket = office.ticket()
        office.move(Ticket, ticket, "pass_on", "desk_clerk", department="cleaning")
        values = {"done_at": clock.now(), "signed_by": "徐明远", "means": "paper", "solution": "已清洁"}
        office.move(Ticket, ticket, "finish", "desk_clerk", **values)
        newest = office.look(lambda s: s.scalar(select(func.max(FollowUp.id))))
        ids = office.look(lambda s, n=newest: {f.id for f in clocks_of(s, s.get_one(FollowUp, n))})
        assert ids == {deadline}


# ---- policies and the calendar under running clocks -----------------------------------------------------------------


def _set(office: Office, key: str, value: Any) -> None:
    """The project's own value from now on."""
    row = {"org_id": office.org["project"], "key": key, "value": value, "effective_from": clock.now(), "reason": "试行"}
    office.do(lambda s: s.add(PolicyValue(**row, made_by_id=office.staff["project_manager"])))


@pytest.mark.rule("TKT-04")
def test_a_running_clock_keeps_the_value_it_started_with(office, at):
    first = office.ticket()
    at.forward(minutes=1)
    _set(office, "tkt.dispatch_min", 30)
    second = office.ticket()
    office.do(lambda s: recompute_open(s, office.org["company"]))
    assert clock_row(office, "T-01", row_id=first).due_at == local("2026-11-21 10:10")
    assert clock_row(office, "T-01", row_id=second).due_at == local("2026-11-21 10:31")


def test_only_the_papers_in_reach_are_recomputed(office, at):
    office.ticket()
    begun = clock.now()
    at.forward(minutes=1)
    office.ticket()

    def papers(org: str, since: datetime | None = None) -> int:
        return office.do(lambda s: recompute_open(s, office.org[org], since))

    assert (papers("company"), papers("project"), papers("other")) == (2, 2, 0)
    assert (papers("project", begun), papers("project", clock.now())) == (2, 1)


def test_another_project_does_not_feel_the_policy(office, at):
    _set(office, "tkt.dispatch_min", 30)
    office.hire("desk_clerk", "other_service", "other")
    office.staff["other"] = office.look(lambda s: s.scalars(select(Staff.id).where(Staff.name == "other")).one())
    at.forward(minutes=1)
    ticket = office.ticket(by="other", org="other")
    assert clock_row(office, "T-01", row_id=ticket).due_at == local("2026-11-21 10:11")


def test_refreshing_twice_changes_nothing(office):
    ticket = office.ticket()

    def shape(session: Session) -> list[Any]:
        rows = session.scalars(select(Clock).order_by(Clock.deadline)).all()
        return [(r.id, r.deadline, r.due_at, r.stopped_at, r.next_rung_at, r.rung, r.round) for r in rows]

    before = office.look(shape)
    assert [r[1] for r in before] == ["FIRST-04", "T-01", "T-05", "T-06", "T-07", "T-08", "T-09"]
    office.do(lambda s: refresh_clocks(s, s.get_one(Ticket, ticket)))
    assert office.look(shape) == before


def test_an_edited_paper_takes_its_clocks_along(office):
    ticket = office.ticket()
    earlier = local("2026-11-21 09:50")
    office.do(lambda s: edit(s, s.get_one(Ticket, ticket), office.person("desk_clerk"), received_at=earlier))
    assert clock_row(office, "T-01").due_at == local("2026-11-21 10:00")


# ---- in words -------------------------------------------------------------------------------------------------------


def words(
    due: str, now: str, stopped: str | None = None, started: str = "2026-11-21 09:00", exact: bool = False
) -> Any:
    row = Clock(started_at=local(started), due_at=local(due), stopped_at=local(stopped) if stopped else None)
    return due_word(row, local(now), exact)


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        ("2026-11-21 10:00", "2026-11-21 10:26", ("late", "超 26 分")),
        ("2026-11-21 10:00", "2026-11-21 12:30", ("late", "超 2 时")),
        ("2026-11-21 10:00", "2026-11-24 12:30", ("late", "超 3 天")),
        ("2026-11-21 10:00", "2026-11-21 09:57", ("wait", "剩 3 分")),
        ("2026-11-21 10:00", "2026-11-21 09:57:30", ("wait", "剩 3 分")),
        ("2026-11-21 10:00", "2026-11-21 09:50", ("", "剩 10 分")),
        ("2026-11-21 17:30", "2026-11-21 09:57", ("", "今天 17:30")),
        ("2026-11-21 17:30", "2026-11-21 16:40", ("wait", "剩 50 分")),
        ("2026-11-22 00:00", "2026-11-21 09:57", ("", "今天办完")),
        ("2026-11-22 10:00", "2026-11-21 09:57", ("", "明天 10:00")),
        ("2026-11-24 10:00", "2026-11-21 09:57", ("", "11-24 10:00")),
    ],
)
def test_the_due_word_of_a_running_clock(due, now, expected):
    assert words(due, now) == expected


def test_the_due_word_of_a_stopped_clock():
    assert words("2026-11-21 10:00", "2026-11-21 12:00", "2026-11-21 10:00") == ("done", "按时")
    assert words("2026-11-21 10:00", "2026-11-21 12:00", "2026-11-21 10:12") == ("late", "迟 12 分")
    assert words("2026-11-21 10:00", "2026-11-21 12:00", "2026-11-21 10:00:05") == ("late", "迟 1 分")


def test_the_page_of_a_ticket_shows_the_next_level_only_and_says_why_it_is_late(office, at):
    ticket = office.ticket()
    at.forward(minutes=26)
    facts = office.look(lambda s: clocks_of(s, s.get_one(Ticket, ticket)))
    assert [(f.id, f.label, f.word) for f in facts] == [
        ("T-01", "派单 限 10 分", "超 16 分"),
        ("T-05", "办完 当天", "剩 13 时 34 分"),
    ]
    assert (facts[0].reason, facts[0].article) == ("受理后 10 分没有派单", "003-2.005§4.1.3")
    assert facts[0].rules == ("TKT-04",)


def overdue(session: Session, model: Any) -> list[int]:
    return list(session.scalars(select(model.id).where(overdue_condition(model, clock.now())).order_by(model.id)))


def test_overdue_and_soon_are_queries_and_right_without_a_sweep(office, at):
    first = office.ticket()
    at.forward(minutes=5)
    second = office.ticket()
    assert office.look(lambda s: overdue(s, Ticket)) == []
    at("2026-11-21 10:10")
    assert office.look(lambda s: overdue(s, Ticket)) == [first]
    soon = office.look(lambda s: list(s.scalars(select(Ticket.id).where(soon_condition(Ticket, clock.now())))))
    assert soon == [second]
    at("2026-11-21 23:30")  # the day is nearly over too, but what is late is not soon
    assert office.look(lambda s: list(s.scalars(select(Ticket.id).where(soon_condition(Ticket, clock.now()))))) == []
    at("2026-11-21 10:10")
    facts = office.look(lambda s: due_facts(s, Ticket, [first, second]))
    assert (facts[first].word, facts[second].word) == ("超 0 分", "剩 5 分")


def test_every_deadline_of_the_catalogue_is_in_the_table():
    assert {d.id for d in DEADLINES} >= {f"T-{n:02}" for n in range(1, 12)} | {"FIRST-04", "INV-51"}
    assert all(d.rules and d.article and d.steps and d.doers for d in DEADLINES)
    assert all(list(d.steps) == sorted(d.steps, key=lambda s: s.after) for d in DEADLINES)


# ---- who is there ---------------------------------------------------------------------------------------------------


def names(office: Office, post: str, org: str = "project") -> list[str]:
    return office.look(lambda s: [p.name for p in on_duty(s, post, office.org[org])])


def test_on_duty_is_every_holder_whose_post_reaches_the_unit(office):
    assert names(office, "service_supervisor") == ["service_supervisor"]
    assert names(office, "service_supervisor", "other") == []
    assert names(office, "area_manager", "other") == ["area_manager"]
    assert names(office, "area_manager", "company") == []


def test_leave_departure_and_the_end_of_an_appointment_take_a_person_off_duty(office):
    day = clock.today()
    gone = office.hire(
        "desk_clerk", "service", "ended", starts_on=day - timedelta(days=9), ends_on=day - timedelta(days=1)
    )
    assert gone
    assert "ended" not in names(office, "desk_clerk")
    office.dismiss("receptionist")
    assert names(office, "receptionist") == []
    leave = {"staff_id": office.staff["desk_clerk"], "org_id": office.org["service"], "reason": "年假"}
    office.do(lambda s: s.add(Leave(**leave, starts_on=day, ends_on=day)))
    assert names(office, "desk_clerk") == []
    office.hire("desk_clerk", "service", "stand-in", delegated_by_id=office.staff["desk_clerk"], ends_on=day)
    assert names(office, "desk_clerk") == ["stand-in"]


def test_where_nobody_is_the_next_above_hears_at_once(office, at):
    office.dismiss("engineering_assistant")
    order = office.issued(office.ticket())
    office.move(WorkOrder, order, "receive", "engineering_duty")
    at.forward(minutes=6)
    sweep(office.write)
    assert told(office, "T-04") == ["engineering_supervisor"]
    assert office.look(lambda s: s.scalars(select(Rung.post)).all()) == ["engineering_supervisor"]


def test_a_first_contact_on_leave_is_stood_in_for_by_the_head(office, at):
    office.ticket()
    day = clock.today()
    leave = {"staff_id": office.staff["desk_clerk"], "org_id": office.org["service"], "reason": "年假"}
    office.do(lambda s: s.add(Leave(**leave, starts_on=day, ends_on=day + timedelta(days=3))))
    at("2026-11-22 10:00")
    sweep(office.write)
    assert told(office, "FIRST-04") == ["service_supervisor"]


# ---- the sweep ------------------------------------------------------------------------------------------------------


def test_a_rung_is_told_once_and_dated_at_its_threshold(office, at):
    office.ticket()
    at("2026-11-21 13:00")
    assert sweep(office.write).rungs == 1
    assert sweep(office.write).rungs == 0
    rung = office.look(lambda s: s.scalars(select(Rung)).one())
    assert (rung.at, rung.told_at, rung.post) == (local("2026-11-21 10:10"), clock.now(), "service_supervisor")
    alert = office.look(lambda s: s.scalars(select(Alert)).one())
    number = office.look(lambda s: s.scalars(select(Ticket.number)).one())
    assert alert.title == f"{number} 物业大堂：受理后 10 分没有派单"
    assert (alert.at, alert.noun, alert.body) == (rung.at, "ticket", "003-2.005§4.1.3")


def test_after_a_long_pause_every_rung_is_told_each_at_its_own_time(office, at):
    office.ticket()
    at("2026-12-07 10:00")
    assert sweep(office.write).rungs == 7  # T-01, five levels, one reminder
    shown = office.look(lambda s: sorted(clock.shown(m) for m in s.scalars(select(Rung.at))))
    assert shown[:3] == ["2026-11-21 10:10", "2026-11-22 00:00", "2026-11-23 10:00"]


def _sweep_together(url: str, moment: datetime, gate: Any, out: Any) -> None:
    clock.now = lambda: moment  # type: ignore[assignment]
    engine = prepare_engine(create_engine(url))
    gate.wait()
    out.put(sweep(Writer(engine)).rungs)
    engine.dispose()


def test_four_sweeps_at_once_tell_everybody_once(office, at, database_url):
    for _ in range(12):
        office.ticket()
    at("2026-11-22 00:00")
    context = multiprocessing.get_context("fork")
    office.write.engine.dispose()
    gate, out = context.Barrier(4), context.Queue()
    sweepers = [context.Process(target=_sweep_together, args=(database_url, clock.now(), gate, out)) for _ in range(4)]
    for process in sweepers:
        process.start()
    fired = [out.get(timeout=60) for _ in sweepers]
    for process in sweepers:
        process.join()
    assert sum(fired) == 24
    assert counts(office) == (24, 24)
    pairs = office.look(lambda s: s.execute(select(Alert.staff_id, Alert.row_id, Alert.deadline)).all())
    assert len(pairs) == len(set(pairs)) == 24


def test_a_dispatch_between_looking_and_taking_is_not_told(office, at):
    ticket = office.ticket()
    at.forward(minutes=11)
    row = clock_row(office, "T-01")
    office.issued(ticket)
    result = office.do(lambda s: sweeping._fire_all(s, Clock, [row.id], clock.now()))
    assert result.rungs == 0
    assert told(office, "T-01") == []


def test_a_stale_copy_of_a_clock_takes_nothing(office, at):
    office.ticket()
    at.forward(minutes=11)
    stale = clock_row(office, "T-01")
    sweep(office.write)
    assert office.do(lambda s: sweeping._take(s, stale, clock.now())) is None


def test_the_thread_survives_an_error_says_so_and_stops(office, at, caplog, monkeypatch):
    office.ticket()
    at.forward(minutes=11)
    seen = threading.Event()
    tries: list[int] = []

    def shaky(write: Writer, marks: Any = None) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("the disk was away")
        result = sweep(write, marks)
        seen.set()
        return result

    monkeypatch.setattr(sweeping, "sweep", shaky)
    thread = SweepThread(office.write, seconds=0.01)
    thread.start()
    assert seen.wait(20)
    thread.stop()
    assert not thread.is_alive()
    assert "sweep failed" in caplog.text
    assert told(office, "T-01") == ["service_supervisor"]


# ---- obligations ----------------------------------------------------------------------------------------------------


def duties(office: Office, duty: str) -> list[Obligation]:
    return office.look(
        lambda s: list(s.scalars(select(Obligation).where(Obligation.duty == duty).order_by(Obligation.org_id)))
    )


@pytest.mark.rule("TKT-19")
def test_by_the_fifth_the_month_s_meeting_must_have_been_held(office, at):
    at("2026-12-01 09:00")
    sweep(office.write)
    assert [(o.period, o.due_at) for o in duties(office, "TKT-19")] == [("2026-11", local("2026-12-06 00:00"))] * 2
    at("2026-12-06 00:00")
    sweep(office.write)
    assert sorted(told(office, "TKT-19")) == ["area_manager", "area_manager", "project_manager", "service_supervisor"]


@pytest.mark.rule("TKT-20", "TKT-21")
def test_the_area_meets_by_the_quarter_the_company_by_the_year(office, at):
    at("2027-01-02 09:00")
    sweep(office.write)
    assert [(o.period, o.due_at) for o in duties(office, "TKT-20")] == [("2026Q4", local("2027-01-06 00:00"))]
    assert [(o.period, o.due_at) for o in duties(office, "TKT-21")] == [("2026", local("2027-02-06 00:00"))]
    at("2027-02-06 00:00")
    sweep(office.write)
    assert told(office, "TKT-20") == ["area_manager", "quality_manager"]
    assert told(office, "TKT-21") == ["quality_manager", "company_leader"]
    at("2027-05-02 09:00")
    sweep(office.write)
    assert len(duties(office, "TKT-20")) == 1


@pytest.mark.parametrize(
    ("duty", "level", "number"),
    [
        pytest.param("TKT-11", "area", 10, marks=pytest.mark.rule("TKT-11")),
        pytest.param("TKT-12", "quality", 7, marks=pytest.mark.rule("TKT-12")),
    ],
)
def test_the_month_s_samples_close_by_being_checked(office, at, duty, level, number):
    sweep(office.write)
    mine, other = duties(office, duty)
    assert (mine.period, mine.due_at) == ("2026-11", local("2026-12-01 00:00"))
    tickets = [office.ticket() for _ in range(number)]

    def draw(session: Session, n: int) -> None:
        facts = {"org_id": office.org["project"], "period": "2026-11", "level": level}
        graded = {"checked_at": clock.now(), "grade": "good"}
        session.add_all(TicketCheck(**facts, **graded, ticket_id=tickets.pop()) for _ in range(n))

    office.do(lambda s: draw(s, number - 1))
    sweep(office.write)
    assert duties(office, duty)[0].closed_at is None
    office.do(lambda s: draw(s, 1))
    sweep(office.write)
    assert [o.closed_at is not None for o in duties(office, duty)] == [True, False]
    assert other.id == duties(office, duty)[1].id


def test_a_period_that_was_over_before_anybody_looked_is_not_made_up(office):
    sweep(office.write)  # 21 November: the meeting of October was due on the 5th
    assert duties(office, "TKT-19") == []
