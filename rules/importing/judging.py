"""Reads a file and gives every row its verdict (核对): 新增, 更新, 跳过, 错误. Nothing of the registers changes."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from models import clock
from models.imports import ImportRow, ImportRun
from rules.errors import RuleError, WrongState
from rules.importing.columns import CleanRow, ImportRegister, Job, Judgement
from rules.importing.kept_rows import add_problems, reason_for, row_to_keep
from rules.importing.marks import Marks
from rules.importing.plan import Plan, check_plan, read_rows
from rules.importing.reading import opened
from rules.importing.rows import DATA, ReadRow, RowCleaner, fingerprint_of
from rules.importing.spool import Spool
from rules.importing.turns import ask, holds, is_free, require_turn, state_words, take_turn
from rules.person import Person
from rules.write import Writer

BATCH = 500
_FELL = "程序出错，没有检查完，请再点一次“逐行检查”；仍不行请联系系统管理员"

T = TypeVar("T")
Progress = Callable[[int, int], None]


class _Read(NamedTuple):
    read: ReadRow
    clean: CleanRow | None
    twin: int | None  # the row above that says the same


def judge_run(
    write: Writer, spool: Spool, register: ImportRegister, run_id: int, by: Person, progress: Progress | None = None
) -> None:
    """Read the run's file by its plan and keep a verdict per row; may be called again after the plan changed.

    Raises RuleError when the file turns out broken, too long or not matched; the run then waits for another try.
    Raises WrongState when another process is at it.
    """
    run = write(lambda session: _begin(session, run_id), by=by)
    turn, plan = run.turn, Plan.load(run.plan or "")
    job = Job(run.org_id, run.create_places)
    try:
        check_plan(plan, register)
        with spool.unlocked(run.parcel or "") as file, opened(file, _size_of(file)) as book:
            total = next((info.rows for info in book.sheets if info.name == plan.sheet), 0)
            seen = Marks()
            cleaner = RowCleaner(register, plan.columns)
            rows = (_clean(read, cleaner, seen) for read in read_rows(book, plan, register))
            for batch in _batches(rows):
                total = max(total, batch[-1].read.number)
                write(lambda session, b=batch, t=total: _store(session, register, job, (run_id, turn), b, t), by=by)  # type: ignore[misc]
                if progress:
                    progress(batch[-1].read.number, total)
        write(lambda session: _finish(session, register, job, run_id, turn), by=by)
    except Exception as error:
        words = str(error) if isinstance(error, RuleError) else _FELL
        write(lambda session, why=words: _give_back(session, run_id, turn, why), by=by)  # type: ignore[misc]
        raise


def _size_of(file: Any) -> int:
    size = int(file.seek(0, 2))
    file.seek(0)
    return size


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _clean(read: ReadRow, cleaner: RowCleaner, seen: Marks) -> _Read:
    if read.kind != DATA:
        return _Read(read, None, None)
    row = cleaner.clean(read)
    said = fingerprint_of(row)
    first, _nothing = seen.get(said)
    if not first:
        seen.put(said, read.number)
    return _Read(read, row, first or None)


def _begin(session: Session, run_id: int) -> ImportRun:
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    if run.state not in ("uploaded", "read") and not (run.state == "reading" and is_free(run)):
        raise WrongState(f"这次导入{state_words(run)}，不能再核对")
    if run.parcel is None or run.plan is None:
        raise WrongState("文件已不在，请重新上传")
    session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    if run.state != "reading":
        ask(run, "reading")
    take_turn(run, "reading")
    run.total = run.done = run.blank = run.cleaned = 0
    run.to_create = run.to_update = run.skipped = run.errors = 0
    run.new_buildings = run.new_units = 0
    return run


def _store(
    session: Session, register: ImportRegister, job: Job, ours: tuple[int, int], batch: Sequence[_Read], total: int
) -> None:
    run_id, turn = ours
    require_turn(session.get_one(ImportRun, run_id, with_for_update=True), turn, "reading")
    fresh = [r.clean for r in batch if r.clean is not None and r.twin is None]
    verdicts = dict(zip((row.number for row in fresh), register.match(session, job, fresh), strict=True))
    kept = [r for r in batch if r.read.kind != "blank"]
    rows = [row_to_keep(run_id, r.read, r.clean, _judge(r, verdicts)) for r in kept]
    if rows:
        session.execute(insert(ImportRow), rows)
    # the counters of a progress bar are no news for the trail; the states are
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(total=total, done=batch[-1].read.number, blank=ImportRun.blank + len(batch) - len(kept))
        .values(beat_at=clock.now()),
        execution_options={"trailed": True, "synchronize_session": False},
    )


def _judge(row: _Read, verdicts: dict[int, Judgement]) -> Judgement:
    if row.clean is None:
        return Judgement("skip", reason_for(row.read))
    if row.twin is not None:
        return Judgement("skip", f"与第{row.twin}行重复")
    return verdicts[row.read.number]


def _finish(session: Session, register: ImportRegister, job: Job, run_id: int, turn: int) -> None:
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    require_turn(run, turn, "reading")
    problems = dict(register.review(job))
    for some in _batches(iter(problems)):
        for row in session.scalars(select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.number.in_(some))):
            if row.verdict != "skip":
                add_problems(row, problems[row.number])
        session.flush()
    mine = ImportRow.run_id == run_id
    by_verdict = select(ImportRow.verdict, func.count()).where(mine).group_by(ImportRow.verdict)
    counts: dict[str, int] = dict(session.execute(by_verdict).all())
    cleaned = session.scalar(select(func.count()).where(mine, ImportRow.has_changes)) or 0
    run.to_create, run.to_update = counts.get("create", 0), counts.get("update", 0)
    run.skipped, run.errors, run.cleaned = counts.get("skip", 0), counts.get("error", 0), cleaned
    run.new_buildings, run.new_units = len(job.said("new_buildings")), len(job.said("new_units"))
    run.state, run.done = "read", run.total


def _give_back(session: Session, run_id: int, turn: int, why: str) -> None:
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    if holds(run, turn, "reading"):
        run.state, run.message = "uploaded", why[:255]
