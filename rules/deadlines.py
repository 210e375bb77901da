"""The clocks on papers: they follow the paper after every change, and the calendar after an edit of it.

A paper has one `Clock` row per line of rules/deadline_table.py. Whether something is late is a query on `due_at`
(rules/due.py); the sweep (rules/sweep.py) only tells people.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models import Clock, Record, clock
from models.document import Stateful
from rules.advance import after_any_change
from rules.calendar import follow_up_quiet, next_open
from rules.deadline_table import DEADLINES, Deadline
from rules.person import SYSTEM, Person, units_below
from rules.policies import policy
from rules.write import Writer

__all__ = [
    "DEADLINES",
    "MODELS",
    "deadline_of",
    "follow_up_window",
    "paper_of",
    "recompute_after",
    "recompute_open",
    "refresh_clocks",
]

BATCH = 200  # papers recomputed in one write transaction
DEADLINE_OF: dict[tuple[str, str], Deadline] = {(d.model.__tablename__, d.id): d for d in DEADLINES}
CLOCKS_OF = select(Clock).where(Clock.noun == bindparam("noun"), Clock.row_id == bindparam("row")).with_for_update()
MODELS: dict[str, type[Stateful]] = {d.model.__tablename__: d.model for d in DEADLINES}


def deadline_of(row: Clock) -> Deadline:
    """The line of the table a clock runs by."""
    return DEADLINE_OF[row.noun, row.deadline]


def paper_of(session: Session, row: Clock) -> Any:
    """The paper a clock runs on."""
    return session.get_one(MODELS[row.noun], row.row_id)


def refresh_clocks(session: Session, doc: Record) -> None:
    """Make the clocks of the paper follow it: start, move, stop, reopen, take away. Doing it twice changes nothing."""
    noun = doc.__tablename__
    found = session.scalars(CLOCKS_OF, {"noun": noun, "row": doc.id})
    rows = {row.deadline: row for row in found}
    for deadline in DEADLINES:
        if deadline.model.__tablename__ == noun:
            _follow(session, deadline, doc, rows.get(deadline.id))
    session.flush()


def _follow(session: Session, deadline: Deadline, doc: Any, row: Clock | None) -> None:
    started = deadline.starts(session, doc)
    if started is None:
        if row is not None:
            _retire(session, row)
        return
    due = deadline.due_at(session, doc, started)
    if row is None:
        row = Clock(org_id=doc.org_id, noun=doc.__tablename__, row_id=doc.id, deadline=deadline.id, rung=0, round=0)
        session.add(row)
    elif due > row.due_at and row.rung:  # it runs anew: those who heard of the old time hear of the new one too
        row.round, row.rung = row.round + 1, 0
    row.org_id, row.started_at, row.due_at = doc.org_id, started, due
    stopped = deadline.stops(session, doc)
    row.stopped_at = (row.stopped_at or stopped) if stopped else None
    row.next_rung_at = None if row.stopped_at else deadline.rung_at(due, row.rung)


def _retire(session: Session, row: Clock) -> None:
    """It does not apply any more: gone without a trace if nobody ever heard of it, else stopped."""
    if row.stopped_at is not None:
        return
    if row.rung or row.round:
        row.stopped_at, row.next_rung_at = clock.now(), None
    else:
        session.delete(row)


for _model in MODELS.values():
    after_any_change(_model)(refresh_clocks)


def recompute_open(session: Session, org_id: int, starting_from: datetime | None = None) -> int:
    """After an edit of the calendar or of a policy not yet begun: recompute the open clocks of the unit and below.

    The policy's version is that of the clock's start, so that a running clock keeps its value. Returns how many papers.
    """
    found = open_papers(session, org_id, starting_from)
    _refresh_all(session, found)
    return len(found)


def recompute_after(write: Writer, org_id: int, starting_from: datetime | None = None, *, by: Person = SYSTEM) -> int:
    """As `recompute_open` after the edit itself is committed, in short transactions others get in between."""
    with Session(write.engine) as look:
        found = open_papers(look, org_id, starting_from)
    for start in range(0, len(found), BATCH):
        write(lambda session, part=found[start : start + BATCH]: _refresh_all(session, part), by=by)  # type: ignore[misc]
    return len(found)


def _refresh_all(session: Session, papers: Iterable[tuple[str, int]]) -> None:
    for noun, row_id in papers:
        refresh_clocks(session, session.get_one(MODELS[noun], row_id))


def open_papers(session: Session, org_id: int, starting_from: datetime | None = None) -> list[tuple[str, int]]:
    """(noun, id) of the papers of the unit and below with a clock that runs and started at or after the moment."""
    papers = select(Clock.noun, Clock.row_id).where(Clock.stopped_at.is_(None))
    papers = papers.where(Clock.org_id.in_(units_below(session, org_id)))
    if starting_from is not None:
        papers = papers.where(Clock.started_at >= starting_from)
    return [(noun, row_id) for noun, row_id in session.execute(papers.distinct().order_by(Clock.noun, Clock.row_id))]


def follow_up_window(
    session: Session,
    org_id: int,
    proven_at: datetime,
    safety: bool = False,
    leak: bool = False,
    leak_tested_at: datetime | None = None,
    at: datetime | None = None,
) -> tuple[datetime, datetime, datetime]:
    """(earliest, due, overdue) of a repair's follow-up by the house's choice of `rv.repair_window` (C-01).

    What falls into a closed window moves to the next open minute (TKT-10). `at` picks the policies' version and is the
    proof of completion unless given. 001-8(1); 003-2.005§4.1.8; 004-10§4.1.1b.
    """
    moment = at or proven_at

    def number(key: str) -> int:
        return int(policy(session, key, org_id, moment))

    tested = leak_tested_at if leak and leak_tested_at else proven_at
    day = proven_at + timedelta(hours=number("rv.follow_up_hours"))
    days = proven_at + timedelta(days=number("rv.safety_days" if safety else "rv.repair_days"))
    after_test = tested + timedelta(days=number("rv.leak_days"))
    late = after_test if leak else days
    earliest, due, overdue = {
        "001": (tested, late, late),
        "003": (proven_at, day, day),
        "004-10": (proven_at + timedelta(hours=number("rv.earliest_hours")), days, days),
        "combined": (tested, after_test if leak else day, late),
    }[policy(session, "rv.repair_window", org_id, moment)]
    quiet = follow_up_quiet(session, org_id, moment)
    first, last, end = (next_open(m, quiet) for m in (earliest, due, overdue))
    return first, last, max(last, end)
