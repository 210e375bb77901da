"""New rows of a batch, with primary keys taken in advance, so that they go in with one statement per table.

SQLite cannot hand back the keys of many rows in their order, so the ORM would send each row by itself there: fifty
thousand households are two hundred thousand statements. And its unit of work costs ten times what inserting costs.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Column, func, insert, inspect, select, text
from sqlalchemy.orm import Session

from models.base import Base, Record
from models.document import Stateful
from models.trail import tell_new

R = TypeVar("R", bound=Record)
_SEQUENCE = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :wanted)")
#: Keys left free below those taken ahead of the write transaction, for what others add meanwhile (SQLite only).
_ROOM = 10_000
#: Where a rehearsal keeps the keys it has taken, in `session.info`.
TAKEN = "taken_ids"


class NewIds:
    """At most `wanted` new rows of each model: given keys one by one, put in all at once, each with its trail line."""

    def __init__(self, session: Session, wanted: Mapping[type[Record], int]) -> None:
        self._session = session
        self._wanted = wanted
        self._taken: dict[type[Record], Iterator[int]] = {}
        self._new: dict[type[Record], list[Record]] = defaultdict(list)

    def give(self, row: R) -> R:
        """Give the new row its key; it may still be changed until it is put in.

        Papers and whatever else has states go through `advance`, not through here.
        """
        model = type(row)
        if isinstance(row, Stateful):
            raise TypeError(f"{model.__name__} has states: start it, its number and its first move belong to it")
        if model not in self._taken:
            self._taken[model] = self._take(model, self._wanted[model])
        row.id = next(self._taken[model])
        self._new[model].append(row)
        return row

    def put_in(self) -> None:
        """Insert what was given a key since the last time, in the order the foreign keys ask for."""
        place = {table: n for n, table in enumerate(Base.metadata.sorted_tables)}
        for model in sorted(self._new, key=lambda model: place[model.__table__]):  # type: ignore[index]
            rows = self._new[model]
            self._session.execute(insert(model.__table__), [values_of(row) for row in rows])  # type: ignore[arg-type]
            tell_new(self._session, rows)
        self._new.clear()

    def _take(self, model: type[Record], wanted: int) -> Iterator[int]:
        if self._session.get_bind().dialect.name != "sqlite":
            connection = self._session.connection()
            return iter(connection.execute(_SEQUENCE, {"table": model.__tablename__, "wanted": wanted}).scalars().all())
        ahead: dict[type[Record], Iterator[int]] | None = self._session.info.get(TAKEN)
        if ahead is None:  # the only writer there is: the next keys are ours
            return count(self._last(model) + 1)
        return ahead.setdefault(model, count(self._last(model) + 1 + _ROOM))

    def _last(self, model: type[Record]) -> int:
        with self._session.no_autoflush:
            return self._session.scalar(select(func.max(model.id))) or 0


def values_of(row: Record) -> dict[str, Any]:
    """Every column of a new row, its defaults filled in: rows of one statement need the same columns."""
    told = inspect(row).dict
    return {c.key: told[a.key] if a.key in told else _default(c) for a, c in _columns(type(row))}


def _columns(model: type[Record]) -> list[tuple[Any, Column[Any]]]:
    return [(attr, attr.columns[0]) for attr in model.__mapper__.column_attrs]  # type: ignore[misc]


def _default(column: Column[Any]) -> Any:
    default = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg  # type: ignore[attr-defined]
