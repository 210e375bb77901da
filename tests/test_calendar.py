"""Days and hours of the office: holidays, edits of the calendar, quiet windows, the end of the day."""

from datetime import date, datetime, time

import pytest

from models import PolicyValue, WorkDay, clock
from rules.calendar import (
    call_quiet,
    closing_time,
    end_of_day,
    follow_up_quiet,
    is_inside,
    is_work_day,
    known_years,
    next_open,
    windows,
)
from rules.write import Writer
from tests.office import Office, open_office

LUNCH = (time(12, 0), time(14, 0))
NIGHT = (time(21, 0), time(10, 0))


@pytest.fixture
def office(write: Writer) -> Office:
    return open_office(write)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


def works(office: Office, day: str, org: str = "project") -> bool:
    return bool(office.look(lambda s: is_work_day(s, date.fromisoformat(day), office.org[org])))


def edit(office: Office, org: str, day: str, kind: str) -> None:
    office.do(lambda s: s.add(WorkDay(org_id=office.org[org], day=date.fromisoformat(day), kind=kind)))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-20", True),  # Friday
        ("2026-11-21", False),  # Saturday
        ("2026-10-01", False),  # 国庆节, a Thursday
        ("2026-02-14", True),  # a Saturday worked for 春节
    ],
)
def test_the_bundled_calendar_knows_holidays_and_worked_weekends(office, day, expected):
    assert works(office, day) is expected


def test_beyond_the_bundled_calendar_monday_to_friday_work(office):
    year = known_years().stop + 1
    monday = next(date(year, 10, d) for d in range(1, 8) if date(year, 10, d).weekday() == 0)
    assert works(office, monday.isoformat())
    assert not works(office, monday.replace(day=monday.day + 5).isoformat())


def test_the_nearest_edit_of_the_calendar_wins(office):
    edit(office, "company", "2026-11-20", "rest")
    assert not works(office, "2026-11-20")
    edit(office, "project", "2026-11-20", "work")
    assert works(office, "2026-11-20")
    assert works(office, "2026-11-20", "service")
    assert not works(office, "2026-11-20", "other")


@pytest.mark.parametrize(("kind", "expected"), [("work", True), ("shifted", True), ("rest", False), ("holiday", False)])
def test_every_kind_of_day_works_or_rests(office, kind, expected):
    edit(office, "project", "2026-11-21", kind)
    assert works(office, "2026-11-21") is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-21 09:59:59", "2026-11-21 10:00"),
        ("2026-11-21 10:00", "2026-11-21 10:00"),
        ("2026-11-21 11:59:59", "2026-11-21 11:59"),
        ("2026-11-21 12:00", "2026-11-21 14:00"),
        ("2026-11-21 14:00", "2026-11-21 14:00"),
        ("2026-11-21 20:59:59", "2026-11-21 20:59"),
        ("2026-11-21 21:00", "2026-11-22 10:00"),
        ("2026-11-22 00:00", "2026-11-22 10:00"),
    ],
)
@pytest.mark.rule("TKT-10")
def test_the_next_open_minute(moment, expected):
    assert clock.shown(next_open(local(moment), [LUNCH, NIGHT])) == expected


def test_windows_that_touch_are_left_together():
    touching = [(time(10, 0), time(12, 0)), (time(12, 0), time(14, 0))]
    assert clock.shown(next_open(local("2026-11-21 10:30"), touching)) == "2026-11-21 14:00"


def test_windows_that_cover_the_whole_day_do_not_hang():
    whole = [(time(0, 0), time(12, 0)), (time(12, 0), time(0, 0))]
    assert next_open(local("2026-11-21 10:30"), whole) >= local("2026-11-21 10:30")


@pytest.mark.rule("TKT-10")
def test_nobody_is_followed_up_early_at_lunch_or_late(office):
    quiet = office.look(lambda s: follow_up_quiet(s, office.org["project"]))
    hours = [h for h in range(24) if not is_inside(local(f"2026-11-21 {h:02}:30"), quiet)]
    assert hours == [10, 11, 14, 15, 16, 17, 18, 19, 20]


@pytest.mark.rule("CALL-07")
def test_nobody_is_rung_up_at_supper_either(office):
    quiet = office.look(lambda s: call_quiet(s, office.org["project"]))
    hours = [h for h in range(24) if not is_inside(local(f"2026-11-21 {h:02}:30"), quiet)]
    assert hours == [10, 11, 14, 15, 16, 19, 20]


@pytest.mark.rule("TKT-13")
def test_the_day_of_a_ticket_ends_at_midnight_or_at_closing_time(office):
    def end(moment: str) -> str:
        return office.look(lambda s: clock.shown(end_of_day(s, local(moment), office.org["project"])))

    assert end("2026-11-21 10:00") == "2026-11-22 00:00"
    assert end("2026-11-21 23:59:59") == "2026-11-22 00:00"
    value = {"org_id": office.org["project"], "key": "clock.same_day_end", "value": "office", "reason": "试行"}
    since = local("2026-11-01 00:00")
    maker = office.staff["project_manager"]
    office.do(lambda s: s.add(PolicyValue(**value, effective_from=since, made_by_id=maker)))
    assert end("2026-11-19 10:00") == "2026-11-19 17:30"
    assert end("2026-11-19 17:30") == "2026-11-20 17:30"
    assert end("2026-11-20 17:30") == end("2026-11-21 10:00") == "2026-11-23 17:30", "nobody closes on a Saturday"
    edit(office, "project", "2026-11-21", "shifted")
    assert end("2026-11-20 17:30") == end("2026-11-21 10:00") == "2026-11-21 17:30"


def test_a_calendar_without_any_working_day_still_ends_the_day(office):
    for day in range(1, 31):
        edit(office, "project", f"2026-11-{day:02}", "rest")
        edit(office, "project", f"2026-12-{day:02}", "rest")
    shown = office.look(lambda s: clock.shown(closing_time(s, local("2026-11-10 18:00"), office.org["project"])))
    assert shown == "2026-11-11 17:30"


def test_a_window_is_read_from_its_two_times():
    assert windows([["21:00", "10:00"], ["12:00", "14:00"]]) == [NIGHT, LUNCH]
