"""全部或全不 for big files: everything is worked out ahead, then goes in by one short transaction of ready statements.

A long transaction would make every other clerk wait (on SQLite there is one writer), batches put into place would be
seen before it is known that all of them go in, and taking them back would leave rows others may already have built on.
So the register's own `save` runs against a session that only collects what it would write; nothing of it is in the
database yet, and a kill leaves nothing behind. The transaction at the end first makes sure that nobody changed what
the rehearsal looked at: the trail tells. If somebody did, it is rehearsed again.
"""

import pickle
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from sqlalchemy import Connection, Dialect, Engine, Insert, Table, bindparam, exists, insert, inspect, select, update
from sqlalchemy.orm import Session

from models.base import Base, Record
from models.document import Stateful
from models.trail import TrailEntry, TrailHead, append_entries, collect, pending_entries
from rules.importing.columns import CleanRow, ImportRegister, Job, Judgement
from rules.importing.new_ids import TAKEN

Ready = tuple[str, list[Any]]  # a statement of the driver's own and its parameter sets


class Tangled(Exception):
    """The rows of the file hang together in a way that only one long transaction can follow."""


class Outrun(Exception):
    """Somebody changed the register while it was rehearsed."""


class Rehearsal(Session):
    """A session that never writes: inserts and changed rows are collected, queries go to the database."""

    def __init__(self, engine: Engine, taken: dict[Any, Iterator[int]]) -> None:
        super().__init__(engine, autoflush=False, expire_on_commit=False, info={TAKEN: taken})
        self._dialect = engine.dialect
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)

    def execute(self, statement: Any, params: Any = None, **more: Any) -> Any:
        """Inserts are put aside."""
        if not isinstance(statement, Insert):
            return super().execute(statement, params, **more)
        self._rows[statement.table].extend(params)  # type: ignore[index]
        return None

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Nothing goes to the database."""

    def reap(self, changed: set[tuple[str, int]]) -> tuple[list[Ready], list[dict[str, Any]]]:
        """What was collected since the last time, ready for the driver, and its lines of the trail.

        Raises Tangled when an earlier batch `changed` the same row: this one has looked at it as it was before.
        """
        if self.new or self.deleted:
            raise TypeError("a rehearsed register gives new rows to NewIds and removes none")
        collect(self)
        lines = pending_entries(self)
        ready = [_inserting(self._dialect, table, rows) for table, rows in self._rows.items() if rows]
        for row in self.dirty:
            if self.is_modified(row):
                key = (row.__tablename__, row.id)
                if key in changed:
                    raise Tangled
                changed.add(key)
                ready.append(_changing(self._dialect, row))
        self._rows.clear()
        self.expunge_all()
        return ready, lines


def _inserting(dialect: Dialect, table: Table, rows: list[dict[str, Any]]) -> Ready:
    return _ready(dialect, insert(table).compile(dialect=dialect, column_keys=list(rows[0])), table, rows)


def _changing(dialect: Dialect, row: Any) -> Ready:
    if not isinstance(row, Record) or isinstance(row, Stateful):
        raise TypeError(f"{type(row).__name__} changes by its own moves, not by a rehearsal")
    state, table = inspect(row), Base.metadata.tables[row.__tablename__]
    changed = {
        attr.columns[0].key: state.dict[attr.key]
        for attr in row.__mapper__.column_attrs
        if state.attrs[attr.key].history.has_changes()
    }
    statement = update(table).where(table.c.id == bindparam("row_id")).values({key: bindparam(key) for key in changed})
    return _ready(dialect, statement.compile(dialect=dialect), table, [{**changed, "row_id": row.id}])


def _ready(dialect: Dialect, compiled: Any, table: Any, rows: list[dict[str, Any]]) -> Ready:
    """Values as the driver takes them: closing personal values is slow, and nobody shall wait for it."""
    closers = {key: _closer(dialect, table, key) for key in rows[0]}
    plain = ({key: close(row[key]) if close else row[key] for key, close in closers.items()} for row in rows)
    order = compiled.positiontup
    return str(compiled), [tuple(row[key] for key in order) for row in plain] if order else list(plain)


def _closer(dialect: Dialect, table: Any, key: str) -> Any:
    return table.c[key].type.dialect_impl(dialect).bind_processor(dialect) if key in table.c else None


@dataclass
class Script:
    """What a whole run comes to, in nameless files that die with the process; personal values lie closed in it."""

    engine: Engine
    register: ImportRegister
    org_id: int
    create_places: bool
    taken: dict[Any, Iterator[int]] = field(default_factory=dict)
    late: list[int] = field(default_factory=list)  # rows that add to an earlier one of this file: saved at the end
    differing: dict[int, str] = field(default_factory=dict)  # rows whose verdict is no longer what the clerk saw
    created: int = 0

    def __post_init__(self) -> None:
        self._deeds: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._lines: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._changed: set[tuple[str, int]] = set()
        self._job = Job(self.org_id, self.create_places, is_rehearsal=True)
        with Session(self.engine) as session:
            self._since = session.scalar(select(TrailHead.seq).where(TrailHead.chain_id == self.org_id)) or 0

    def close(self) -> None:
        """Forget it."""
        self._deeds.close()
        self._lines.close()

    def rehearse(self, rows: Sequence[tuple[int, str, CleanRow]]) -> tuple[CleanRow, Judgement] | None:
        """Work out a batch of (row id, verdict shown, row); returns the first row that does not go in, with why."""
        alone = self.register.stands_alone
        if alone is None:
            raise TypeError(f"the register {self.register.noun} cannot be rehearsed")
        now = [row for row in rows if alone(self._job, row[2])]
        self.late += [row_id for row_id, _verdict, row in rows if not any(row is it for _i, _v, it in now)]
        with Rehearsal(self.engine, self.taken) as session:
            results = self.register.save(session, self._job, [row for _i, _v, row in now])
            ready, lines = session.reap(self._changed)
        for (row_id, verdict, row), result in zip(now, results, strict=True):
            if result.verdict == "error":
                return row, result
            self.created += result.verdict == "create"
            if result.verdict != verdict:
                self.differing[row_id] = result.verdict
        pickle.dump(ready, self._deeds, pickle.HIGHEST_PROTOCOL)
        pickle.dump(lines, self._lines, pickle.HIGHEST_PROTOCOL)
        return None

    def is_stale(self, session: Session) -> bool:
        """Somebody changed what the rehearsal looked at."""
        later = (TrailEntry.chain_id == self.org_id) & (TrailEntry.seq > self._since)
        return bool(session.scalar(select(exists().where(later, TrailEntry.noun.in_(self.register.touches)))))

    def perform(self, session: Session) -> None:
        """All of it, in the caller's transaction. Raises Outrun when somebody was faster."""
        if self.is_stale(session):
            raise Outrun
        connection = session.connection()
        for ready in _read(self._deeds):
            _run(connection, ready)
        # Whoever changes the project needs its chain: from here on nobody else does. PostgreSQL let them until now.
        session.scalar(select(TrailHead.seq).where(TrailHead.chain_id == self.org_id).with_for_update())
        if self.is_stale(session):
            raise Outrun
        for lines in _read(self._lines):
            append_entries(session, lines)


def _read(file: IO[bytes]) -> Iterator[Any]:
    file.seek(0)
    while True:
        try:
            yield pickle.load(file)  # noqa: S301  (our own nameless file)
        except EOFError:
            return


def _run(connection: Connection, ready: list[Ready]) -> None:
    for statement, values in ready:
        connection.exec_driver_sql(statement, values)
