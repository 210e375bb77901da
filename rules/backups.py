"""What the house knows of its own backups: when the last one was made, and whether it is too long ago."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import OrgUnit, Staff, TrailEntry, clock
from models.trail import COMPANY_CHAIN, tell
from rules.policies import policy

MADE, PUT_BACK = "备份", "恢复"
LATE = timedelta(hours=2)  # a timer's backup takes a little longer on some days than on others


def root_unit(session: Session) -> OrgUnit | None:
    """The company at the top of the tree; None before anything was set up."""
    return session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None)).order_by(OrgUnit.id)).first()


def note(session: Session, action: str, facts: dict[str, str]) -> None:
    """A line in the company's 操作日志: a backup was made, or one was put back."""
    tell(session, action, root_unit(session), facts, noun="org_unit", chain_id=COMPANY_CHAIN)


def last_backup(session: Session) -> datetime | None:
    """When the last one was finished."""
    root = root_unit(session)
    if root is None:
        return None
    here = (TrailEntry.noun == "org_unit", TrailEntry.row_id == root.id, TrailEntry.action == MADE)
    return session.scalar(select(func.max(TrailEntry.at)).where(*here))


def overdue_words(session: Session) -> str:
    """What to tell the administrator when the last backup is older than 制度参数 allows; empty while all is well.

    A demo company is not worth a backup.
    """
    root = root_unit(session)
    if root is None or session.scalar(select(Staff.id).where(Staff.demo).limit(1)) is not None:
        return ""
    most, last = int(policy(session, "backup.max_days", root.id)), last_backup(session)
    if last is None:
        return "还没有做过备份，请执行 flask --app app backup 并设好定时任务"
    if clock.now() - last <= timedelta(days=most) + LATE:
        return ""
    return f"最近一次备份是 {clock.shown(last)}，已超过 {most} 天，请执行 flask --app app backup 并检查定时任务"
