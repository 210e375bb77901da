"""Lines for the 《值班日志》 that other papers write: kept on the paper, handed to the log that listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import Document, RecordNote
from rules.person import Person


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One line: when (to the minute), what happened and what was done, on which paper."""

    org_id: int
    at: datetime
    content: str
    noun: str
    row_id: int


LISTENERS: list[Callable[[Session, Person, DutyLine], None]] = []
"""The duty log adds itself here; a line is written in the transaction of what it tells."""


def duty_line(session: Session, paper: Document, by: Person, at: datetime, content: str) -> RecordNote:
    """Write the line; the paper must have been flushed. 004-8§4.1(5)."""
    note = RecordNote(
        org_id=paper.org_id,
        noun=paper.__tablename__,
        row_id=paper.id,
        kind="duty",
        at=at,
        by_id=by.staff_id,
        body=content[:2000],
    )
    session.add(note)
    line = DutyLine(paper.org_id, at, content, paper.__tablename__, paper.id)
    for listen in LISTENERS:
        listen(session, by, line)
    return note
