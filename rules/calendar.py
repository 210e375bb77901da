"""Days and hours of the office: the bundled holiday calendar under an editable one, quiet windows, day ends."""

import warnings
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import WorkDay, clock
from rules.person import ancestors
from rules.policies import policy

Window = tuple[time, time]
LONGEST_REST = 31  # days in a row; in a calendar without any working day the office closes every day


def known_years() -> range:
    """The years the bundled calendar knows; beyond them Saturday and Sunday rest and a warning is shown."""
    days = chinese_calendar.constants.holidays
    return range(min(d.year for d in days), max(d.year for d in days) + 1)


def is_work_day(session: Session, day: date, org_id: int) -> bool:
    """Whether the unit works on the day: its own edit, an ancestor's, the bundled calendar, else Monday to Friday."""
    line = ancestors(session, org_id)
    edits = session.execute(select(WorkDay.org_id, WorkDay.kind).where(WorkDay.org_id.in_(line), WorkDay.day == day))
    kinds = {edit.org_id: edit.kind for edit in edits}
    nearest = next((kinds[unit] for unit in line if unit in kinds), None)
    if nearest is not None:
        return nearest in ("work", "shifted")
    if day.year in known_years():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def end_of_day(session: Session, moment: datetime, org_id: int) -> datetime:
    """The end of 当日 for tickets and complaints: 24:00, or 下班时刻 where the unit says so."""
    if policy(session, "clock.same_day_end", org_id, moment) == "office":
        return closing_time(session, moment, org_id)
    return clock.at_wall(clock.local(moment).date() + timedelta(days=1), time(0))


def closing_time(session: Session, moment: datetime, org_id: int) -> datetime:
    """The next 下班时刻 after the moment: after hours and on days of rest that of the next working day (A-29)."""
    closes = max(end for _start, end in windows(policy(session, "clock.office_hours", org_id, moment)))
    days = [clock.local(moment).date() + timedelta(days=n) for n in range(LONGEST_REST)]
    closings = [(day, closing) for day in days if (closing := clock.at_wall(day, closes)) > moment]
    return next((closing for day, closing in closings if is_work_day(session, day, org_id)), closings[0][1])


def same_day_closing(session: Session, moment: datetime, org_id: int) -> datetime:
    """下班时刻 of the day itself while it is to come, on days of rest too; after hours of the next working day."""
    last = max(end for _start, end in windows(policy(session, "clock.office_hours", org_id, moment)))
    closing = clock.at_wall(clock.local(moment).date(), last)
    return closing if closing > moment else closing_time(session, moment, org_id)


def in_office_hours(session: Session, moment: datetime, org_id: int) -> bool:
    """Whether the office is open at the moment."""
    return is_inside(moment, windows(policy(session, "clock.office_hours", org_id, moment)))


def windows(value: Iterable[Iterable[str]]) -> list[Window]:
    """`[["21:00", "10:00"]]` as times; a window may pass midnight."""
    return [(time.fromisoformat(a), time.fromisoformat(b)) for a, b in value]


def words_of(closed: Iterable[Window]) -> str:
    """`21:00–10:00、12:00–14:00`, as a sentence says it."""
    return "、".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in closed)


def is_inside(moment: datetime, quiet: Iterable[Window]) -> bool:
    """Whether the wall clock stands in one of the windows (start included, end not)."""
    wall = clock.local(moment).time()
    return any(a <= wall < b if a <= b else (wall >= a or wall < b) for a, b in quiet)


def next_open(moment: datetime, quiet: list[Window]) -> datetime:
    """The moment itself, or the end of the window it stands in (windows may touch: go on until open)."""
    for _ in range(len(quiet) * 2 + 1):
        wall = clock.local(moment)
        inside = next((w for w in quiet if is_inside(moment, [w])), None)
        if inside is None:
            return moment
        ending = clock.at_wall(wall.date(), inside[1])
        moment = ending if ending > moment else clock.at_wall(wall.date() + timedelta(days=1), inside[1])
    return moment


def follow_up_quiet(session: Session, org_id: int, at: datetime | None = None) -> list[Window]:
    """When nobody is followed up: before 10:00, lunch, from 21:00 (003-2.005§4.1.8)."""
    return windows([*policy(session, "quiet.follow_up", org_id, at), *policy(session, "quiet.lunch", org_id, at)])


def call_quiet(session: Session, org_id: int, at: datetime | None = None) -> list[Window]:
    """When nobody is rung up unless it is urgent; adds the supper time (003-5§3(2))."""
    return windows([*policy(session, "quiet.call", org_id, at), *policy(session, "quiet.lunch", org_id, at)])
