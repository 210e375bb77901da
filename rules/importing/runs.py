"""The life of an import as its pages walk it: upload, match, look at the verdicts, confirm or cancel, forget."""

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from models import Building, clock
from models.imports import IMPORT_MODES, ImportRow, ImportRun
from rules.errors import RuleError, WrongState
from rules.importing.plan import Plan, Survey, check_plan, survey
from rules.importing.reading import opened
from rules.importing.registers import register_of
from rules.importing.spool import Spool
from rules.importing.turns import SILENCE, ask, is_spent, state_words
from rules.permissions import require
from rules.person import Person
from rules.write import Writer


def start_run(write: Writer, spool: Spool, noun: str, org_id: int, by: Person, file_name: str, stream: BinaryIO) -> int:
    """Take an upload in; returns the run's id. Its columns are matched by name already.

    Raises RuleError when the person may not, or the file is no table of this register, too big, hostile or damaged.
    """
    register = register_of(noun)
    run = ImportRun(org_id=org_id, register=noun, file_name=file_name[-255:], by_id=by.staff_id or 0, sha256="")
    require_right(by, run)
    parcel = spool.take(stream)
    try:
        with spool.unlocked(parcel.key) as file, opened(file, parcel.size) as book:
            run.plan = survey(book, register).plan.dump()
        run.parcel, run.sha256 = parcel.key, parcel.sha256
        values = {name: getattr(run, name) for name in ("org_id", "register", "file_name", "by_id")}
        values |= {"plan": run.plan, "parcel": run.parcel, "sha256": run.sha256}
        return write(lambda session: _add(session, values), by=by)
    except BaseException:
        spool.drop(parcel.key)
        raise


def _add(session: Session, values: Mapping[str, object]) -> int:
    run = ImportRun(**values)
    session.add(run)
    session.flush()
    return run.id


def require_right(by: Person, run: ImportRun) -> None:
    """Importing needs the right to import and the right to write that register, in that project."""
    require(by, "import_run.write", run, "导入")
    require(by, f"{run.register}.write", run, "导入这个登记")


def earlier_run(session: Session, run: ImportRun) -> ImportRun | None:
    """The last time this very file was imported into this register of this project."""
    return session.scalars(
        select(ImportRun)
        .where(ImportRun.sha256 == run.sha256, ImportRun.id != run.id, ImportRun.state == "done")
        .where(ImportRun.org_id == run.org_id, ImportRun.register == run.register)
        .order_by(ImportRun.finished_at.desc())
    ).first()


def has_buildings(session: Session, org_id: int) -> bool:
    """Whether the project's houses are on file already."""
    return bool(session.scalar(select(exists().where(Building.org_id == org_id))))


def survey_run(
    spool: Spool, run: ImportRun, sheet: str | None = None, chosen: Mapping[int, str] | None = None
) -> Survey:
    """What the match page shows: as the run stands, or for another sheet or other columns. Raises RuleError."""
    if run.parcel is None:
        raise WrongState("文件已不在，请重新上传")
    kept = Plan.load(run.plan) if run.plan else None
    if sheet is None and kept is not None:
        sheet, chosen = kept.sheet, kept.columns if chosen is None else chosen
    with spool.unlocked(run.parcel) as file:
        size = file.seek(0, 2)
        with opened(file, size) as book:
            return survey(book, register_of(run.register), sheet, chosen)


def match_run(
    write: Writer,
    spool: Spool,
    run_id: int,
    by: Person,
    *,
    sheet: str | None = None,
    columns: Mapping[int, str] | None = None,
    create_places: bool = True,
) -> None:
    """Keep the plan chosen on the match page and ask for the reading; the caller then has the run judged.

    From here on the run is busy: pages wait for its verdicts, a second clerk who presses too is refused.
    Raises RuleError when a required column is not matched or the run is past that.
    """

    def keep(session: Session) -> None:
        run = _open_run(session, run_id, by, "uploaded", "read")
        run.plan, run.create_places = plan.dump(), create_places
        run.total = run.done = 0
        ask(run, "reading")

    with Session(write.engine) as session:
        run = session.get_one(ImportRun, run_id)
    plan = survey_run(spool, run, sheet, columns).plan
    check_plan(plan, register_of(run.register))
    write(keep, by=by)


def confirm_run(write: Writer, spool: Spool, run_id: int, by: Person, mode: str = "rows") -> None:
    """The clerk has seen the verdicts and wants it so; the caller then has the run applied.

    A run that stopped is confirmed once more to go on; how it is done may be chosen anew while nothing has gone in.
    """

    def confirm(session: Session) -> str | None:
        run = _open_run(session, run_id, by, "read", "failed")
        if mode not in IMPORT_MODES:
            raise RuleError("请选择逐行导入，还是全部或全不", field="mode")
        if not run.to_create + run.to_update:
            raise RuleError(
                "没有可以导入的行，请先处理错误的行再导入" if run.errors else "表里没有系统里还没有的内容，不用导入"
            )
        if mode == "all" and run.errors:
            raise RuleError(
                f"还有 {run.errors} 行错误，按“全部或全不”不能导入；请改好后重新上传，或改为逐行", field="mode"
            )
        if not run.created + run.updated + run.failed:
            run.mode = mode
        ask(run, "confirmed")
        run.confirmed_by_id, run.confirmed_at = by.staff_id, clock.now()
        parcel, run.parcel = run.parcel, None
        return parcel

    spool.drop(write(confirm, by=by))


def cancel_run(write: Writer, spool: Spool, run_id: int, by: Person) -> None:
    """Give it up before anything was applied; what was read is forgotten at once."""

    def cancel(session: Session) -> str | None:
        run = _open_run(session, run_id, by, "uploaded", "read")
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        run.state, run.finished_at = "cancelled", clock.now()
        parcel, run.parcel = run.parcel, None
        return parcel

    spool.drop(write(cancel, by=by))


def _open_run(session: Session, run_id: int, by: Person, *states: str) -> ImportRun:
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    require_right(by, run)
    if run.state not in states:
        raise WrongState(f"这次导入{state_words(run)}，请刷新页面查看")
    return run


def abandoned_runs(session: Session) -> list[ImportRun]:
    """Busy runs whose process is gone: the server reads or applies them further when it starts and at every sweep."""
    silent = clock.now() - SILENCE
    busy = ImportRun.state.in_(("reading", "confirmed", "applying"))
    return list(session.scalars(select(ImportRun).where(busy, ImportRun.beat_at < silent).order_by(ImportRun.id)))


def give_back(write: Writer, run_id: int) -> None:
    """A run over which one process after another fell: back to the clerk, in words, instead of on to the next one."""

    def back(session: Session) -> None:
        run = session.get_one(ImportRun, run_id, with_for_update=True)
        if run.state == "reading" and is_spent(run):
            run.state = "uploaded"
            run.message = "检查多次中断，已停下；请核对文件后再点“逐行检查”，仍不行请联系系统管理员"
        elif run.state == "applying" and is_spent(run):
            run.state = "failed"
            run.message = "写入多次中断，已停下；已写入的不会重复，可以继续写入，仍不行请联系系统管理员"

    write(back)


def forget_rows(write: Writer, spool: Spool, before: datetime) -> int:
    """End of retention: rows of runs older than `before` go, open ones are given up; returns how many runs."""

    def forget(session: Session) -> tuple[int, set[str]]:
        finished = ImportRun.state.in_(("done", "cancelled", "failed")) & _has_rows()
        waiting = ImportRun.state.in_(("uploaded", "reading", "read"))
        old = list(session.scalars(select(ImportRun).where(ImportRun.created_at < before, finished | waiting)))
        for run in old:
            if run.state in ("uploaded", "reading", "read"):
                run.state, run.parcel, run.finished_at = "cancelled", None, clock.now()
            session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        return len(old), {key for key in session.scalars(select(ImportRun.parcel)) if key}

    lying = spool.older_than(before)
    count, held = write(forget)
    for key in lying - held:
        spool.drop(key)
    return count


def _has_rows() -> ColumnElement[bool]:
    return exists().where(ImportRow.run_id == ImportRun.id)
