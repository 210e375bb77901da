"""What goes when its time is over: the content of old prints after the retention of their form, spooled files."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import PrintContent, PrintRun, clock
from rules.policies import policy
from rules.write import Writer

SPOOL_KEPT = timedelta(hours=1)
BATCH = 200
#: Forms of the 《工作任务单》 are kept as long as its article says; every other form by the house's default.
KEPT_BY = dict.fromkeys(("F-01", "F-02", "F-17"), "wo.keep_years")
DEFAULT = "ret.default_years"


def forget_print_content(write: Writer) -> int:
    """Drop what prints said once the retention of their form is over; the print's row and hash stay for ever.

    In short write transactions, none where there is nothing to do. Returns how many were dropped.
    """
    with Session(write.engine) as look:
        over = _over(look)
    for start in range(0, len(over), BATCH):
        write(_dropping(over[start : start + BATCH]))
    return len(over)


def _over(session: Session) -> list[int]:
    kept = select(PrintRun.org_id, PrintRun.form, func.min(PrintRun.at)).join(
        PrintContent, PrintContent.run_id == PrintRun.id
    )
    over: list[int] = []
    for org_id, form, oldest in session.execute(kept.group_by(PrintRun.org_id, PrintRun.form)).all():
        years = int(policy(session, KEPT_BY.get(form, DEFAULT), org_id))
        if (last := years_before(clock.now(), years)) is None or oldest > last:
            continue
        mine = (PrintRun.org_id == org_id, PrintRun.form == form, PrintRun.at <= last)
        over += session.scalars(
            select(PrintContent.run_id).join(PrintRun, PrintRun.id == PrintContent.run_id).where(*mine)
        )
    return over


def years_before(moment: datetime, years: int) -> datetime | None:
    """The same local day and minute so many years earlier, 1 March for a 29 February; None before the calendar."""
    then = moment.astimezone(clock.LOCAL)
    if then.year <= years:
        return None
    try:
        return then.replace(year=then.year - years)
    except ValueError:
        return then.replace(year=then.year - years, month=3, day=1)


def _dropping(ids: list[int]) -> Callable[[Session], None]:
    def drop(session: Session) -> None:
        session.execute(delete(PrintContent).where(PrintContent.run_id.in_(ids)))

    return drop


def spool_ended(file: Path) -> bool:
    """Whether a spooled file's hour is over; one that is gone has ended."""
    try:
        return file.stat().st_mtime < (clock.now() - SPOOL_KEPT).timestamp()
    except FileNotFoundError:
        return True


def clear_spool(folder: Path) -> int:
    """Remove the spooled files whose hour is over; others may do so at the same moment. Returns how many."""
    if not folder.is_dir():
        return 0
    ended = [file for file in folder.iterdir() if spool_ended(file)]
    for file in ended:
        file.unlink(missing_ok=True)
    return len(ended)
