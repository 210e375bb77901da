"""The 操作日志 as people read it: of one record, and which chains somebody may read."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from models import Record, TrailEntry, TrailSeal
from models.trail import COMPANY_CHAIN
from rules.nouns import noun_model
from rules.permissions import allows
from rules.person import Person

REVEALED = "显示"
MOST_REVEALS = 1000
COMPANY_READERS = ("system_admin", "company_leader", "quality_manager")


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line, with Chinese labels; `changes` are (label, before, after), masked since they were written."""

    chain_id: int
    seq: int
    at: datetime
    actor: str
    action: str
    noun: str
    noun_label: str
    row_id: int | None
    subject: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class _Chain:
    """What the permission table judges a chain by."""

    org_id: int
    __tablename__ = "trail_entry"


def history(session: Session, noun: str, row_id: int, limit: int = 200, before: int | None = None) -> list[TrailLine]:
    """What happened to one record, newest first; the caller has asked whether the reader may read the record."""
    where = [TrailEntry.noun == noun, TrailEntry.row_id == row_id]
    if before is not None:
        where.append(TrailEntry.id < before)
    return _lines(session, limit, *where)


def readable_entries(reader: Person | None) -> ColumnElement[bool]:
    """The condition on the trail that selects what the person may read."""
    chains = readable_chains(reader)
    condition: ColumnElement[bool] = TrailEntry.chain_id.in_(chains)
    return condition if chains else false()


def readable_chains(reader: Person | None) -> set[int]:
    """The chains whose lines the person may read: of their own units; the company's only above the projects."""
    if reader is None:
        return set()
    chains = {unit for unit in reader.units if allows(reader, "trail_entry.read", _Chain(unit))}
    return chains | ({COMPANY_CHAIN} if reader.holds(*COMPANY_READERS) else set())


def reveals(session: Session, reader: Person | None, since: datetime, until: datetime) -> list[TrailLine]:
    """Every 显示 of a hidden value in the units the person answers for, newest first (BASE-01, 002-2§3)."""
    inside = (TrailEntry.action == REVEALED, TrailEntry.at >= since, TrailEntry.at < until)
    return _lines(session, MOST_REVEALS, readable_entries(reader), *inside)


def lines_of(session: Session, entries: list[TrailEntry]) -> list[TrailLine]:
    """Rows of the trail in words, for a page that asked its own question."""
    chains = {entry.chain_id for entry in entries}
    last = select(TrailSeal.chain_id, func.max(TrailSeal.last_seq)).where(TrailSeal.chain_id.in_(chains))
    sealed = {chain: seq for chain, seq in session.execute(last.group_by(TrailSeal.chain_id))}  # noqa: C416
    names = _Names(session)
    return [_line(entry, entry.seq <= sealed.get(entry.chain_id, 0), names) for entry in entries]


class _Names:
    """What people call the rows that a line names by number: 责任人 罗志强 instead of 21; each asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str], str] = {}

    def word(self, model: type[Record] | None, key: str, told: str | None) -> str:
        """The value of the attribute in words."""
        if not told or model is None or not told.isdecimal() or key not in model.labels():
            return told or ""
        noun = model.info(key).get("picker")
        if not noun:
            return told
        if (noun, told) not in self._known:
            target = noun_model(noun)
            row = self._session.get(target, int(told)) if target else None
            self._known[noun, told] = (getattr(row, "number", None) or str(row)) if row is not None else told
        return self._known[noun, told]


def _lines(session: Session, limit: int, *where: ColumnElement[bool]) -> list[TrailLine]:
    rows = select(TrailEntry).where(*where).order_by(TrailEntry.at.desc(), TrailEntry.id.desc()).limit(limit)
    return lines_of(session, list(session.scalars(rows)))


def _line(entry: TrailEntry, sealed: bool, names: _Names) -> TrailLine:
    model = noun_model(entry.noun)
    labels = model.labels() if model else {}
    told = json.loads(entry.changes)
    changes = tuple(
        (labels.get(key, key), names.word(model, key, old), names.word(model, key, new))
        for key, (old, new) in told.items()
        if not (key in labels and model and model.info(key)["internal"])  # kept and sealed, but for no reader's eyes
    )
    return TrailLine(
        entry.chain_id,
        entry.seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.noun,
        model.__label__ if model else entry.noun,
        entry.row_id,
        entry.subject,
        changes,
        entry.reason or "",
        sealed,
    )
