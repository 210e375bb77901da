"""Times that people say (at) beside the time the house recorded them: in order, never ahead of the clock."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import Document, Incident, clock
from rules.errors import RuleError
from rules.person import Person
from rules.policies import policy


def to_the_minute(moment: datetime) -> datetime:
    """What a person can type: the forms know minutes, the table keeps seconds."""
    return moment.replace(second=0, microsecond=0)


def claimed(
    at: datetime | None, label: str, name: str, *, since: datetime | None = None, after: str = "", rule: str = ""
) -> datetime:
    """The claimed time, now when none is said; refused when ahead of the clock or before what it must follow.

    Within the minute of the step before it is taken as that very moment: the forms cut seconds off, the order stays.
    """
    now = clock.now()
    moment = at or now
    if moment > now:
        raise RuleError(f"{label}不能晚于现在（{clock.shown(now)}），请核对", field=name, rule=rule)
    if since is not None and moment < to_the_minute(since):
        raise RuleError(f"{label}不能早于{after}（{clock.shown(since)}），请核对", field=name, rule=rule)
    return moment if since is None else max(moment, since)


def is_late_entry(session: Session, org_id: int, at: datetime) -> bool:
    """Whether what happened at `at` is put down so late that it counts as 后补 (decision 19)."""
    return clock.now() - at > timedelta(minutes=policy(session, "entry.late_min", org_id))


def explain_late(
    session: Session, doc: Document, by: Person, at: datetime, label: str, reason: Any, *, name: str = "late_reason"
) -> None:
    """A late entry needs its reason and leaves an 异常记录; the paper must have been flushed."""
    if not is_late_entry(session, doc.org_id, at):
        return
    limit = policy(session, "entry.late_min", doc.org_id)
    if not str(reason or "").strip():
        raise RuleError(f"{label}已过去超过 {limit} 分钟，属后补登记，请写明后补原因", field=name, rule="TKT-02")
    body = f"{doc}：{label} {clock.shown(at)}，登记 {clock.shown(clock.now())}，原因：{reason}"
    session.add(
        Incident(
            org_id=doc.org_id,
            kind="late_entry",
            rule="TKT-02",
            noun=doc.__tablename__,
            row_id=doc.id,
            staff_id=by.staff_id,
            at=clock.now(),
            body=body[:500],
        )
    )
