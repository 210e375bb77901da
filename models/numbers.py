"""The end of every transaction: numbers first, then the trail, so that the hottest rows are held shortest."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import clock, trail
from models.document import Document, SeriesCounter
from models.people import OrgUnit


def take_number(session: Session, key: str) -> int:
    """The next number of a series; gap-free because the counter moves in the same transaction."""
    connection = session.connection()
    return int(connection.execute(_counting(connection.dialect.name), {"series": key}).scalar_one())


@cache
def _counting(dialect: str) -> Any:
    """The statement that moves a counter on: built once, the row is held from here to the commit."""
    insert_into = (sqlite if dialect == "sqlite" else postgresql).insert(SeriesCounter)
    statement = insert_into.values(key=bindparam("series"), last=1)
    on = {"last": SeriesCounter.last + 1}
    return statement.on_conflict_do_update(index_elements=["key"], set_=on).returning(SeriesCounter.last)


def give_numbers(session: Session) -> None:
    """Number the papers that have none yet, in sorted order of their series (one order for everybody: no deadlock)."""
    fresh = [d for d in session.info.pop("unnumbered", []) if d in session and d.number is None]
    month = clock.today()
    keyed = []
    for doc in fresh:
        org = session.get_one(OrgUnit, doc.org_id)
        keyed.append((doc.series.key(org.code or str(org.id), month), doc))
    for key, doc in sorted(keyed, key=lambda pair: (pair[0], pair[1].id)):
        doc.number = doc.series.format(key, take_number(session, key))


@event.listens_for(Session, "after_flush")
def _note_new_papers(session: Session, _ctx: object) -> None:
    papers = [d for d in session.new if isinstance(d, Document) and d.number is None]
    session.info.setdefault("unnumbered", []).extend(papers)


@event.listens_for(Session, "before_commit")
def _before_the_end(session: Session) -> None:
    if not session.in_nested_transaction():
        close_the_books(session)


def close_the_books(session: Session) -> None:
    """Number and write down what was done since the last time; a simulation does it at every simulated moment."""
    session.flush()
    if session.info.get("unnumbered"):
        give_numbers(session)
        session.flush()
    trail.append_pending(session)
