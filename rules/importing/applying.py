"""Does what a confirmed import says (导入), in short transactions others get in between; killed, it goes on later."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from models import clock
from models.imports import ImportRow, ImportRun
from models.trail import append_pending
from rules.errors import RuleError, WrongState
from rules.importing.columns import CleanRow, ImportRegister, Job, Judgement
from rules.importing.judging import BATCH, Progress
from rules.importing.kept_rows import read_again
from rules.importing.plan import Plan
from rules.importing.rehearsing import Outrun, Script, Tangled
from rules.importing.rows import RowCleaner
from rules.importing.turns import holds, is_free, require_turn, state_words, take_turn
from rules.person import Person
from rules.write import Writer

REHEARSALS = 3


class _Order(NamedTuple):
    run_id: int
    turn: int
    register: ImportRegister
    cleaner: RowCleaner
    job: Job
    mode: str
    total: int


def apply_run(
    write: Writer, register: ImportRegister, run_id: int, by: Person, progress: Progress | None = None
) -> None:
    """Apply every row not yet applied. Safe to call again after a kill: a row and its mark are one transaction.

    Raises WrongState when the run is not confirmed, or another process is at work on it.
    """
    order = write(lambda session: _claim(session, register, run_id), by=by)
    try:
        if order.mode == "all":
            _apply_all(write, order, by, progress)
        else:
            while rows := _next_rows(write, order):
                done = write(lambda session, r=rows: _apply_some(session, order, r), by=by)  # type: ignore[misc]
                if progress:
                    progress(done, order.total)
        write(lambda session: _finish(session, order), by=by)
    except Exception as error:
        words = str(error) if isinstance(error, RuleError) else "程序出错，已停在出错之前，可以继续导入"
        write(lambda session, why=words: _stop(session, order, why), by=by)  # type: ignore[misc]
        raise


def _claim(session: Session, register: ImportRegister, run_id: int) -> _Order:
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    again = run.state == "failed" and run.confirmed_at is not None
    if not (run.state == "confirmed" or again or (run.state == "applying" and is_free(run))):
        raise WrongState(f"这次导入{state_words(run)}，不能开始导入")
    if run.plan is None:
        raise WrongState("这次导入还没有匹配列")
    turn = take_turn(run, "applying")
    run.total = run.to_create + run.to_update
    run.done = run.created + run.updated + run.failed
    job = Job(run.org_id, run.create_places)
    cleaner = RowCleaner(register, Plan.load(run.plan).columns)
    return _Order(run_id, turn, register, cleaner, job, run.mode, run.total)


def _waiting(run_id: int) -> Any:
    return (
        select(ImportRow)
        .where(ImportRow.run_id == run_id, ImportRow.outcome.is_(None), ImportRow.verdict.in_(("create", "update")))
        .order_by(ImportRow.number)
        .limit(BATCH)
    )


def _next_rows(write: Writer, order: _Order) -> list[tuple[int, CleanRow]]:
    """The next rows, opened and cleaned outside the write transaction."""
    with Session(write.engine) as session:
        return [(row.id, order.cleaner.clean(read_again(row))) for row in session.scalars(_waiting(order.run_id))]


def _apply_some(session: Session, order: _Order, rows: Sequence[tuple[int, CleanRow]]) -> int:
    run = session.get_one(ImportRun, order.run_id, with_for_update=True)
    require_turn(run, order.turn, "applying")
    ids = select(ImportRow.id).where(ImportRow.id.in_([i for i, _row in rows]), ImportRow.outcome.is_(None))
    still = set(session.scalars(ids))
    todo = [(row_id, row) for row_id, row in rows if row_id in still]
    _mark(session, order.run_id, [i for i, _row in todo], _save(session, order, [row for _i, row in todo]))
    return run.done + len(todo)


def _save(session: Session, order: _Order, rows: Sequence[CleanRow]) -> list[Judgement]:
    """All rows at once; when one of them does not go in, each for itself, so that it costs only itself."""
    try:
        with session.begin_nested():
            return order.register.save(session, order.job, rows)
    except (RuleError, IntegrityError, DataError):
        return [_save_one(session, order, row) for row in rows]


def _save_one(session: Session, order: _Order, row: CleanRow) -> Judgement:
    try:
        with session.begin_nested():
            return order.register.save(session, order.job, [row])[0]
    except RuleError as refusal:
        return Judgement("error", str(refusal))
    except (IntegrityError, DataError):
        return Judgement("error", "与系统里已有的内容冲突，请核对后单独登记")


def _mark(session: Session, run_id: int, ids: Sequence[int], results: Sequence[Judgement]) -> None:
    if not ids:
        return
    session.execute(
        update(ImportRow),
        [
            {"id": i, "outcome": result.verdict, "outcome_reason": result.reason or None}
            for i, result in zip(ids, results, strict=True)
        ],
    )
    verdicts = [result.verdict for result in results]
    _tell(
        session,
        run_id,
        done=ImportRun.done + len(ids),
        created=ImportRun.created + verdicts.count("create"),
        updated=ImportRun.updated + verdicts.count("update"),
        failed=ImportRun.failed + verdicts.count("error"),
    )


def _apply_all(write: Writer, order: _Order, by: Person, progress: Progress | None) -> None:
    """全部或全不: worked out ahead and put in by one short transaction, else all of it in one long one.

    Long it is where a register cannot be rehearsed, and after the third time somebody else was faster.
    """
    for _try in range(REHEARSALS if order.register.stands_alone else 0):
        with closing(Script(write.engine, order.register, order.job.org_id, order.job.create_places)) as script:
            try:
                _rehearse(write, order, by, script, progress)
                return write(lambda session, s=script: _perform(session, order, s), by=by)  # type: ignore[misc]
            except Tangled:
                break
            except (Outrun, IntegrityError):
                continue
    return write(lambda session: _apply_long(session, order, progress), by=by)


def _rehearse(write: Writer, order: _Order, by: Person, script: Script, progress: Progress | None) -> None:
    last = done = 0
    while True:
        with Session(write.engine) as session:
            found = session.scalars(_waiting(order.run_id).where(ImportRow.number > last)).all()
            rows = [(row.id, row.verdict, order.cleaner.clean(read_again(row))) for row in found]
        if not rows:
            return
        if refused := script.rehearse(rows):
            raise _nothing_goes_in(*refused)
        last, done = rows[-1][2].number, done + len(rows)
        write(lambda session, n=done: _beat(session, order, n), by=by)  # type: ignore[misc]
        if progress:
            progress(done, order.total)


def _nothing_goes_in(row: CleanRow, result: Judgement) -> RuleError:
    return RuleError(f"第{row.number}行：{result.reason}；按“全部或全不”，没有导入任何一行")


def _beat(session: Session, order: _Order, done: int) -> None:
    require_turn(session.get_one(ImportRun, order.run_id, with_for_update=True), order.turn, "applying")
    _tell(session, order.run_id, done=done)


def _perform(session: Session, order: _Order, script: Script) -> None:
    require_turn(session.get_one(ImportRun, order.run_id, with_for_update=True), order.turn, "applying")
    script.perform(session)
    outcomes = dict(script.differing)
    late = _rows_of(session, order, script.late)
    for (row_id, row), result in zip(late, order.register.save(session, order.job, [r for _i, r in late]), strict=True):
        if result.verdict == "error":
            raise _nothing_goes_in(row, result)
        outcomes[row_id] = result.verdict
    session.execute(
        update(ImportRow)
        .where(ImportRow.run_id == order.run_id, ImportRow.verdict.in_(("create", "update")))
        .values(outcome=ImportRow.verdict),
        execution_options={"synchronize_session": False},
    )
    if outcomes:
        session.execute(update(ImportRow), [{"id": row_id, "outcome": verdict} for row_id, verdict in outcomes.items()])
    created = script.created + sum(outcomes[row_id] == "create" for row_id in script.late)
    _tell(session, order.run_id, done=order.total, created=created, updated=order.total - created)


def _rows_of(session: Session, order: _Order, ids: Sequence[int]) -> list[tuple[int, CleanRow]]:
    found = [
        row
        for some in (ids[n : n + BATCH] for n in range(0, len(ids), BATCH))
        for row in session.scalars(select(ImportRow).where(ImportRow.id.in_(some)).order_by(ImportRow.number))
    ]
    return [(row.id, order.cleaner.clean(read_again(row))) for row in found]


def _apply_long(session: Session, order: _Order, progress: Progress | None) -> None:
    """One transaction; the first row that does not go in takes everything back."""
    require_turn(session.get_one(ImportRun, order.run_id, with_for_update=True), order.turn, "applying")
    _tell(session, order.run_id, done=0)
    done = 0
    while rows := [(row.id, order.cleaner.clean(read_again(row))) for row in session.scalars(_waiting(order.run_id))]:
        results = order.register.save(session, order.job, [row for _i, row in rows])
        for (_i, row), result in zip(rows, results, strict=True):
            if result.verdict == "error":
                raise _nothing_goes_in(row, result)
        _mark(session, order.run_id, [i for i, _row in rows], results)
        append_pending(session)  # else every row of the run stays in memory until the end
        session.expunge_all()
        done += len(rows)
        if progress:
            progress(done, order.total)


def _tell(session: Session, run_id: int, **values: Any) -> None:
    """A progress bar is no news for the trail; what the rows did is."""
    session.execute(
        update(ImportRun).where(ImportRun.id == run_id).values(beat_at=clock.now(), **values),
        execution_options={"trailed": True, "synchronize_session": False},
    )


def _stop(session: Session, order: _Order, why: str) -> None:
    run = session.get_one(ImportRun, order.run_id, with_for_update=True)
    if holds(run, order.turn, "applying"):
        run.state, run.message = "failed", why[:255]


def _finish(session: Session, order: _Order) -> None:
    run = session.get_one(ImportRun, order.run_id, with_for_update=True)
    require_turn(run, order.turn, "applying")
    run.state, run.finished_at = "done", clock.now()
    left = run.errors + run.failed
    run.message = f"新增 {run.created} 行，更新 {run.updated} 行" + (f"，有错没有导入 {left} 行" if left else "")


def progress_of(session: Session, run: ImportRun) -> dict[str, Any]:
    """What the progress bar asks for: state, how far, how much, and the counts."""
    done, total = run.done, run.total
    waiting = select(func.count()).where(ImportRow.run_id == run.id, ImportRow.outcome == "error")
    return {
        "state": run.state,
        "mode": run.mode,
        "state_label": ImportRun.info("state")["choices"][run.state],
        "done": done,
        "total": total,
        "percent": 100 * done // total if total else 0,
        "is_busy": run.state in ("reading", "confirmed", "applying"),
        "created": run.created,
        "updated": run.updated,
        "failed": session.scalar(waiting) if run.state == "done" else run.failed,
        "message": run.message or "",
    }
