"""The moments of the key deadlines T-31 … T-35: from when each clock runs, until when, and when it is up."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import KeyCount, KeyIncident, KeyLoan, KeyLockChange, KeyNightOpening, KeyUnsealing, clock
from models.keys_loans import OUT
from rules.calendar import same_day_closing
from rules.keys_incidents import OWNED
from rules.policies import policy


def lent(_session: Session, loan: KeyLoan) -> datetime | None:
    """Out of the cabinet."""
    return loan.out_at


def back(_session: Session, loan: KeyLoan) -> datetime | None:
    """In again, or an incident has taken its place."""
    return None if loan.state in OUT else (loan.in_at or clock.now())


def due_back(_session: Session, loan: KeyLoan, started: datetime, _limit: timedelta) -> datetime:
    """应还时间 as it was agreed."""
    return loan.due_at or started


def urgent(_session: Session, loan: KeyLoan) -> datetime | None:
    """KEY-42: taken first, forms later."""
    return loan.out_at if loan.state in ("urgent", "to_supplement") or loan.supplemented_at else None


def supplemented(_session: Session, loan: KeyLoan) -> datetime | None:
    """The forms are there, or the loss is what is pursued."""
    return loan.supplemented_at or (clock.now() if loan.state == "lost" else None)


def closing(session: Session, paper: Any, started: datetime, _limit: timedelta) -> datetime:
    """下班时刻 of the day, of the next one for what begins at night (decision 25)."""
    return same_day_closing(session, started, paper.org_id)


def found(session: Session, incident: KeyIncident) -> datetime | None:
    """T-33, C-23: every category, or only the owners' keys where the project chose so."""
    if incident.kind == "long_out":
        return None
    choice = policy(session, "key.loss_same_day", incident.org_id, incident.found_at)
    return incident.found_at if choice == "all" or incident.key.category in OWNED else None


def resolved(_session: Session, incident: KeyIncident) -> datetime | None:
    """处理完毕 or 找回."""
    return incident.resolved_at


def unsealed(_session: Session, paper: KeyUnsealing) -> datetime | None:
    """T-34: an opened envelope waits for its owner."""
    return paper.opened_at


def sealed_again(_session: Session, paper: KeyUnsealing) -> datetime | None:
    """By the owner, or ended another way."""
    return None if paper.state in ("opened", "in_use", "to_reseal") else (paper.closed_at or clock.now())


def untold(_session: Session, paper: KeyUnsealing) -> datetime | None:
    """C-22: opened without the owner, who is to be told as soon as they are reached."""
    return paper.opened_at if paper.owner_reply == "unreached" else None


def told(_session: Session, paper: KeyUnsealing) -> datetime | None:
    """They know."""
    return paper.owner_informed_at


def opened_at_night(_session: Session, opening: KeyNightOpening) -> datetime | None:
    """T-35."""
    return opening.opened_at


def paperwork_done(_session: Session, opening: KeyNightOpening) -> datetime | None:
    """手续补齐."""
    return opening.closed_at


def differs(_session: Session, count: KeyCount) -> datetime | None:
    """KEY-28: a difference was counted."""
    return count.finished_at if count.difference else None


def settled(_session: Session, count: KeyCount) -> datetime | None:
    """Somebody decided on it."""
    return count.settled_at


def at_once(_session: Session, _paper: Any, started: datetime, _limit: timedelta) -> datetime:
    """No grace: those who must know hear with the next sweep."""
    return started


def lock_changed(_session: Session, change: KeyLockChange) -> datetime | None:
    """KEY-14: we wait for the new key; every reminder starts the day anew."""
    return change.reminded_at or change.changed_at


def new_key_there(_session: Session, change: KeyLockChange) -> datetime | None:
    """Exchanged or given up."""
    return None if change.state == "waiting" else (change.finished_at or clock.now())
