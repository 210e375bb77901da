"""Primary keys taken in advance, so that a batch of new rows goes in with one statement per table.

SQLite cannot hand back the keys of many rows in their order, so the ORM would send each row by itself there: fifty
thousand households are two hundred thousand statements.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.base import Record

R = TypeVar("R", bound=Record)
_SEQUENCE = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :wanted)")


class NewIds:
    """Keys for at most `wanted` new rows of each model; only inside one write transaction."""

    def __init__(self, session: Session, wanted: Mapping[type[Record], int]) -> None:
        self._session = session
        self._wanted = wanted
        self._taken: dict[type[Record], Iterator[int]] = {}

    def give(self, row: R) -> R:
        """Give the new row its key and add it to the session."""
        model = type(row)
        if model not in self._taken:
            self._taken[model] = self._take(model, self._wanted[model])
        row.id = next(self._taken[model])
        self._session.add(row)
        return row

    def _take(self, model: type[Record], wanted: int) -> Iterator[int]:
        if self._session.get_bind().dialect.name == "sqlite":  # the only writer there is: the next keys are ours
            with self._session.no_autoflush:
                last = self._session.scalar(select(func.max(model.id)))
            return count((last or 0) + 1)
        connection = self._session.connection()
        return iter(connection.execute(_SEQUENCE, {"table": model.__tablename__, "wanted": wanted}).scalars().all())
