"""The index of the words rows are found by (查找): which columns stand in it, and how each engine keeps it.

A model names its columns in `searched`. Both engines answer one question from it: which rows *may* hold this text? The
asker looks again at the columns themselves, so an index may say too much, never too little (rules.searching).

PostgreSQL keeps a GIN index over all characters and pairs of neighbours. SQLite keeps an FTS5 table of trigrams; rows
that changed are noted by triggers, whatever wrote them, and read into it before the transaction commits. FTS5 is no
table that a trigger may write to itself here: `trusted_schema` is off.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Mapper, Session

from models.base import Base, Record

PREFIX = "find_"
"""What every table, view, trigger, index and function of it is called by; the models know nothing of them."""
WAITING = "find_waiting"
TAIL = 4
"""So many last digits of a telephone number stand in an index of their own."""

NOTED = f"CREATE TABLE IF NOT EXISTS {WAITING} (noun TEXT NOT NULL, row_id INTEGER NOT NULL)"
GRAMS = """
CREATE OR REPLACE FUNCTION find_grams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT piece) FROM (
    SELECT c[i] || s.more AS piece
    FROM (SELECT string_to_array(lower(said COLLATE "C"), NULL) AS c) whole,
         generate_subscripts(c, 1) AS i, LATERAL (VALUES (''), (c[i + 1])) AS s(more)
  ) pieces WHERE piece IS NOT NULL
$$
"""


def is_of_the_index(name: str | None) -> bool:
    """Whether a name of the database belongs to the index: Alembic passes it over."""
    return bool(name and name.startswith(PREFIX))


def indexed() -> dict[str, tuple[str, ...]]:
    """Table → its searched columns, of today's models."""
    found = {str(m.class_.__tablename__): m.class_.searched for m in _records()}
    return {noun: columns for noun, columns in sorted(found.items()) if columns}


def tails() -> dict[str, tuple[str, ...]]:
    """Table → its telephone columns: asked for by their last digits, by whom that is allowed, and in no other index."""
    long = [mapper for mapper in _records() if mapper.class_.searched]
    found = {str(m.class_.__tablename__): [c.name for c in m.columns if c.info.get("secret") == "phone"] for m in long}
    return {noun: tuple(sorted(columns)) for noun, columns in sorted(found.items()) if columns}


def _records() -> list[Mapper[Any]]:
    return [mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]


def words_of(dialect: str, columns: Sequence[str], table: str = "") -> str:
    """SQL for all words of a row in one text; the separator stands in no word that a person typed."""
    char, dot = ("char(31)" if dialect == "sqlite" else "chr(31)"), f"{table}." if table else ""
    return f" || {char} || ".join(f"coalesce({dot}{column}, '')" for column in columns)


def tail_of(dialect: str, column: str, table: str = "") -> str:
    """SQL for the last digits of a telephone number."""
    dot = f"{table}." if table else ""
    return f"substr({dot}{column}, -{TAIL})" if dialect == "sqlite" else f"right({dot}{column}, {TAIL})"


# ---- making it -------------------------------------------------------------------------------------------------


def indexing_ddl(
    dialect: str, searched: Mapping[str, Sequence[str]], phones: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """The statements that index these tables, with what is in them already.

    A migration calls it with tables and columns written out, so that it stays what it was when the models go on.
    """
    each = _sqlite if dialect == "sqlite" else _postgresql
    made = [NOTED if dialect == "sqlite" else GRAMS]
    for table, columns in searched.items():
        made += each(table, columns)
    for table, columns in (phones or {}).items():
        made += [f"CREATE INDEX find_{table}_{c}_tail ON {table} ({tail_of(dialect, c)})" for c in columns]
    return made


def _sqlite(table: str, columns: Sequence[str]) -> list[str]:
    changed = f"UPDATE OF {', '.join(columns)}"
    when = (("insert", "INSERT", "NEW"), ("delete", "DELETE", "OLD"), ("update", changed, "NEW"))
    return [
        f"CREATE VIRTUAL TABLE find_{table} USING fts5(words, tokenize='trigram', detail='none', columnsize=0)",
        f"CREATE VIRTUAL TABLE find_{table}_term USING fts5vocab('find_{table}', 'instance')",
        _reading(table, columns),
        *(
            f"CREATE TRIGGER find_{table}_{name} AFTER {what} ON {table} "  # noqa: S608 (names of ours)
            f"BEGIN INSERT INTO {WAITING} VALUES ('{table}', {row}.id); END"
            for name, what, row in when
        ),
    ]


def _reading(table: str, columns: Sequence[str]) -> str:
    """Two more separators at the end, so that a trigram begins at every character: short words are found by those."""
    words = f"{words_of('sqlite', columns)} || char(31, 31)"
    return f"INSERT INTO find_{table} (rowid, words) SELECT id, {words} FROM {table}"  # noqa: S608 (names of ours)


def _postgresql(table: str, columns: Sequence[str]) -> list[str]:
    return [f"CREATE INDEX find_{table} ON {table} USING gin (find_grams({words_of('postgresql', columns)}))"]


def unindexing_ddl(
    dialect: str,
    searched: Mapping[str, Sequence[str]],
    phones: Mapping[str, Sequence[str]] | None = None,
    *,
    last: bool = False,
) -> list[str]:
    """The statements that take the index of these tables away; with `last` nothing of it stays."""
    drops = [f"DROP INDEX IF EXISTS find_{t}_{c}_tail" for t, columns in (phones or {}).items() for c in columns]
    if dialect != "sqlite":
        drops += [f"DROP INDEX IF EXISTS find_{table}" for table in searched]
        return [*drops, *(["DROP FUNCTION IF EXISTS find_grams(text)"] if last else [])]
    for table in searched:
        drops += [f"DROP TRIGGER IF EXISTS find_{table}_{what}" for what in ("insert", "delete", "update")]
        drops += [f"DROP TABLE IF EXISTS find_{table}_term", f"DROP TABLE IF EXISTS find_{table}"]
    return [*drops, *([f"DROP TABLE IF EXISTS {WAITING}"] if last else [])]


# ---- keeping it ------------------------------------------------------------------------------------------------


@event.listens_for(Session, "before_commit")
def _read_in(session: Session) -> None:
    """Last in every transaction, after the numbers are given."""
    if not session.in_nested_transaction() and session.get_bind().dialect.name == "sqlite":
        read_in(session.connection())


def read_in(connection: Connection) -> None:
    """Bring the index of SQLite up to the rows that were noted."""
    waiting = set(connection.execute(text(f"SELECT DISTINCT noun FROM {WAITING}")).scalars())  # noqa: S608
    for noun, columns in indexed().items() if waiting else ():
        mine = f"(SELECT row_id FROM {WAITING} WHERE noun = '{noun}')"  # noqa: S608
        if noun in waiting:
            connection.execute(text(f"DELETE FROM find_{noun} WHERE rowid IN {mine}"))  # noqa: S608
            connection.execute(text(f"{_reading(noun, columns)} WHERE id IN {mine}"))
            connection.execute(text(f"DELETE FROM {WAITING} WHERE noun = '{noun}'"))  # noqa: S608
