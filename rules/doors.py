"""Doors: every attempt with a password or PIN is counted, and the delay grows; nobody is locked out for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import LoginThrottle, clock
from rules.errors import RuleError

LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)
SHARED = ("address", "terminal")


class TooOften(RuleError):
    """Too many failures: the next attempt opens after `wait`, never later than `LONGEST`."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, round(wait.total_seconds()))
        said = f"{self.seconds} 秒" if self.seconds < 60 else f"{-(-self.seconds // 60)} 分钟"
        super().__init__(f"失败次数太多，请 {said}后再试", field="password")


@dataclass(frozen=True, slots=True)
class Door:
    """One counter an attempt passes: after `free` failures the delay grows."""

    kind: str
    subject: str
    free: int


def delay(failures: int, free: int) -> timedelta:
    """Nothing at first, then two seconds doubling with every failure, never more than a quarter of an hour."""
    if failures < free:
        return timedelta()
    return min(LONGEST, timedelta(seconds=2 ** min(failures - free + 1, 20)))


def row_of(session: Session, door: Door) -> LoginThrottle | None:
    return session.scalars(
        select(LoginThrottle).where(LoginThrottle.kind == door.kind, LoginThrottle.subject == door.subject)
    ).one_or_none()


def _own_row(session: Session, door: Door) -> LoginThrottle:
    """The counter, made if need be and locked, also when a crowd comes through a door for the first time at once."""
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    now = clock.now()
    fresh = dialect.insert(LoginThrottle).values(kind=door.kind, subject=door.subject, failures=0, last_at=now)
    upsert = fresh.on_conflict_do_update(index_elements=["kind", "subject"], set_={"last_at": now})
    row_id = session.execute(upsert.returning(LoginThrottle.id)).scalar_one()
    return session.get_one(LoginThrottle, row_id, populate_existing=True)


def refuse_if_closed(rows: Sequence[LoginThrottle | None]) -> None:
    now = clock.now()
    waits = [row.open_at - now for row in rows if row is not None and row.open_at is not None and row.open_at > now]
    if waits:
        raise TooOften(max(waits))


def count(session: Session, doors: Sequence[Door]) -> None:
    """Count the attempt before it is judged: a thousand at once get no further than one after another."""
    now = clock.now()
    session.execute(delete(LoginThrottle).where(LoginThrottle.last_at < now - FORGOTTEN))
    for door in sorted(doors, key=lambda d: (d.kind, d.subject)):
        row = _own_row(session, door)
        refuse_if_closed([row])
        row.failures += 1
        row.open_at = now + delay(row.failures, door.free)


def forgive(session: Session, doors: Sequence[Door]) -> None:
    """The attempt was good: the account starts afresh, an address or terminal only gets this one attempt back."""
    for door in sorted(doors, key=lambda d: (d.kind, d.subject)):
        row = _own_row(session, door)
        row.failures = max(0, row.failures - 1) if door.kind in SHARED else 0
        if row.failures < door.free:
            row.open_at = None
