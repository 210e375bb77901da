"""The sweep: tells people what has come due, once each; opens and closes obligations; seals the trail.

Nothing on screen depends on it. Two may run at once on either engine: a rung is taken by a conditional UPDATE and kept
by a unique constraint, so that the second finds it gone.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Alert, Clock, Obligation, OrgUnit, Rung, clock
from rules.deadlines import deadline_of, paper_of
from rules.due import span
from rules.obligations import DUTY_OF, close, fulfilled, missing_obligations
from rules.trail import has_unsealed, keep_marks, marks_of, seal
from rules.write import Writer

BATCH = 25  # one short write transaction: a clerk who saves meanwhile waits a tenth of a second
log = logging.getLogger("shoujie.sweep")


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one sweep did."""

    rungs: int = 0
    alerts: int = 0
    opened: int = 0
    closed: int = 0
    sealed: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(
            self.rungs + other.rungs,
            self.alerts + other.alerts,
            self.opened + other.opened,
            self.closed + other.closed,
            self.sealed + other.sealed,
        )


def sweep(write: Writer, marks: Path | None = None) -> SweepResult:
    """Do what is due now, in short write transactions and none where there is nothing to do.

    `marks` is the file outside the database that remembers how far the trail was sealed.
    """
    now = clock.now()
    result = _keep_obligations(write, now)
    with Session(write.engine) as look:
        clocks = look.scalars(_due(Clock, now)).all()
        obligations = look.scalars(_due(Obligation, now)).all()
    for batch in _batches(clocks):
        result += write(lambda session, ids=batch: _fire_all(session, Clock, ids, now))  # type: ignore[misc]
    for batch in _batches(obligations):
        result += write(lambda session, ids=batch: _fire_all(session, Obligation, ids, now))  # type: ignore[misc]
    return result + SweepResult(sealed=seal_trail(write, marks))


def seal_trail(write: Writer, marks: Path | None = None) -> int:
    """Seal what has been written since the last seal; returns how many lines."""
    sealed = 0
    while True:
        with Session(write.engine) as look:
            if not has_unsealed(look):
                break
        sealed += write(seal)
    if marks is not None and sealed:
        with Session(write.engine) as look:
            keep_marks(marks, marks_of(look))
    return sealed


def _batches(ids: Iterable[int]) -> list[list[int]]:
    every = sorted(ids)
    return [every[n : n + BATCH] for n in range(0, len(every), BATCH)]


def _due(model: Any, now: datetime) -> Any:
    ended = model.stopped_at if model is Clock else model.closed_at
    return select(model.id).where(ended.is_(None), model.next_rung_at <= now)


def _keep_obligations(write: Writer, now: datetime) -> SweepResult:
    with Session(write.engine) as look:
        if not missing_obligations(look, now) and not fulfilled(look, now):
            return SweepResult()

    return write(lambda session: _keep(session, now))


def _keep(session: Session, now: datetime) -> SweepResult:
    missing, done = missing_obligations(session, now), fulfilled(session, now)
    session.add_all(missing)
    for it in done:
        close(it, now)
    return SweepResult(opened=len(missing), closed=len(done))


def sweep_within(session: Session, now: datetime) -> SweepResult:
    """The same inside a transaction that is open already, nothing sealed: how a past is told moment by moment."""
    result = _keep(session, now)
    for model in (Clock, Obligation):
        result += fire_within(session, model, now)
    return result


def fire_within(session: Session, model: type[Clock] | type[Obligation], now: datetime) -> SweepResult:
    """Only the rungs that are due now of the clocks, or of the obligations."""
    return _fire_all(session, model, list(session.scalars(_due(model, now))), now)


def _fire_all(session: Session, model: type[Clock] | type[Obligation], ids: list[int], now: datetime) -> SweepResult:
    result = SweepResult()
    for row_id in ids:
        while rung := _take(session, session.get(model, row_id, populate_existing=True), now):
            result += SweepResult(rungs=1, alerts=_tell(session, rung))
    return result


@dataclass(frozen=True, slots=True)
class _Taken:
    """A rung that is ours to tell."""

    row: Any
    table: Any
    number: int
    at: datetime
    now: datetime


def _take(session: Session, row: Any, now: datetime) -> _Taken | None:
    """Move the row on to its next rung, unless somebody else did or the paper went on meanwhile."""
    if row is None or row.next_rung_at is None or row.next_rung_at > now:
        return None
    model, table = type(row), deadline_of(row) if isinstance(row, Clock) else DUTY_OF[row.duty]
    number, at = _last_missed(table, row, now)
    taken: Any = session.execute(
        update(model)  # what was stopped or closed meanwhile has no next rung
        .where(model.id == row.id, model.rung == row.rung, model.next_rung_at == row.next_rung_at)
        .values(rung=number + 1, next_rung_at=table.rung_at(row.due_at, number + 1))
        .execution_options(synchronize_session=False)
    )
    return _Taken(row, table, number, at, now) if taken.rowcount else None


def _last_missed(table: Any, row: Any, now: datetime) -> tuple[int, datetime]:
    """The rung to fire; of a reminder that comes again and again only the last missed one is told."""
    number, at = row.rung, row.next_rung_at
    while getattr(table, "nag", None) and number >= len(table.steps) - 1:
        later = table.rung_at(row.due_at, number + 1)
        if later > now:
            break
        number, at = number + 1, later
    return number, at


def _tell(session: Session, it: _Taken) -> int:
    """Write the rung, dated at its threshold, and one alert for everybody it names; returns how many."""
    row, is_clock = it.row, isinstance(it.row, Clock)
    paper: Any = paper_of(session, row) if is_clock else row
    step = it.table.steps[min(it.number, len(it.table.steps) - 1)]
    told: dict[int, str] = {}
    for post, staff in (pair for target in step.to for pair in target.told(session, paper, it.now)):
        told.setdefault(staff.id, post)
    rung = Rung(round=row.round if is_clock else 0, rung=it.number, at=it.at, told_at=it.now)
    rung.clock_id, rung.obligation_id = (row.id, None) if is_clock else (None, row.id)
    rung.post = next((post for post in told.values() if post), "")
    session.add(rung)
    session.flush()
    words = _words(session, it, paper)
    session.add_all(_alert(it, rung, staff_id, post, words) for staff_id, post in told.items())
    session.flush()
    return len(told)


def _alert(it: _Taken, rung: Rung, staff_id: int, post: str, title: str) -> Alert:
    row, is_clock = it.row, isinstance(it.row, Clock)
    return Alert(
        org_id=row.org_id,
        staff_id=staff_id,
        post=post,
        source="clock" if is_clock else "obligation",
        source_id=rung.id,
        rung=it.number,
        deadline=row.deadline if is_clock else row.duty,
        noun=row.noun if is_clock else "obligation",
        row_id=row.row_id if is_clock else row.id,
        title=title[:255],
        body=it.table.article,
        at=it.at,
        delivered_at=it.now,
    )


def _words(session: Session, it: _Taken, paper: Any) -> str:
    """「BS-YJ-202611-0001 3-2-1203：受理后 10 分没有派单」."""
    row, table = it.row, it.table
    ahead = f"还有 {span(row.due_at - it.at)}，" if it.at < row.due_at else ""
    if isinstance(row, Clock):
        place = getattr(paper, "where", None) or str(getattr(paper, "unit", None) or "")
        what = table.label if ahead else table.reason(session, row.org_id, row.started_at)
        return f"{f'{paper.number or str()} {place}'.strip()}：{ahead}{what}"
    unit = session.get_one(OrgUnit, row.org_id).name
    return f"{unit} {row.period}：{ahead}{table.label}{'' if ahead else '没有按时完成'}"


class SweepThread(threading.Thread):
    """The sweep beside the server of `python app.py`: survives what goes wrong, ends when asked."""

    def __init__(
        self,
        write: Writer,
        seconds: float = 10,
        marks: Path | None = None,
        chores: Iterable[Callable[[], object]] = (),
    ) -> None:
        super().__init__(name="sweep", daemon=True)
        self._write, self._seconds, self._marks, self._chores = write, seconds, marks, tuple(chores)
        self._ending = threading.Event()

    def run(self) -> None:
        """Sweep, wait, sweep."""
        while not self._ending.is_set():
            try:
                sweep(self._write, self._marks)
                for chore in self._chores:
                    chore()
            except Exception:
                log.exception("sweep failed; the next one follows in %s s", self._seconds)
            self._ending.wait(self._seconds)

    def stop(self, timeout: float = 30) -> None:
        """Finish the sweep under way and end."""
        self._ending.set()
        if self.is_alive():
            self.join(timeout)
