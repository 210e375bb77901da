"""The triggers that hold every append-only table (只增不改) on both engines, against us as well."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, UniqueConstraint, event

from models.base import AppendOnly, Base

FUNCTION = """
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'P0A01';
END $$
"""


def append_only_tables() -> list[Table]:
    """The tables of every AppendOnly model, by name."""
    marked = [m.local_table for m in Base.registry.mappers if issubclass(m.class_, AppendOnly)]
    return sorted((t for t in marked if isinstance(t, Table)), key=lambda t: t.name)


def append_only_ddl(dialect: str) -> list[str]:
    """The statements that close the tables of today's models; running them twice does no harm."""
    return closing_ddl(dialect, _keys_of(append_only_tables()))


def drop_append_only_ddl(dialect: str) -> list[str]:
    """The statements that open the tables of today's models again."""
    drops = opening_ddl(dialect, [table.name for table in append_only_tables()])
    return drops if dialect == "sqlite" else [*drops, "DROP FUNCTION IF EXISTS append_only()"]


def closing_ddl(dialect: str, keys: Mapping[str, Sequence[str]]) -> list[str]:
    """The statements that close the named tables: name → its unique keys, the columns of each parted by blanks.

    A migration calls it with names and keys written out, so that it stays what it was when the models go on.
    """
    if dialect == "sqlite":
        return [statement for name, unique in keys.items() for statement in _sqlite(name, unique)]
    return [FUNCTION, *(statement for name in keys for statement in _postgresql(name))]


def opening_ddl(dialect: str, names: Iterable[str]) -> list[str]:
    """The statements that open the named tables again, for migrations that go down."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {n}_no_{what}" for n in names for what in ("update", "delete", "replace")]
    return [f"DROP TRIGGER IF EXISTS {n}_{what} ON {n}" for n in names for what in ("no_change", "no_truncate")]


def _sqlite(name: str, keys: Sequence[str]) -> list[str]:
    # REPLACE passes by the DELETE trigger unless recursive_triggers is on, which each connection decides for itself
    refuse = f"SELECT RAISE(ABORT, '{name} is append-only')"
    taken = " OR ".join(f"({' AND '.join(f'{c} = NEW.{c}' for c in key.split())})" for key in keys)
    there = f"EXISTS (SELECT 1 FROM {name} WHERE {taken})"  # noqa: S608 (names of our own tables)
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_update BEFORE UPDATE ON {name} BEGIN {refuse}; END",
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_delete BEFORE DELETE ON {name} BEGIN {refuse}; END",
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_replace BEFORE INSERT ON {name} WHEN {there} BEGIN {refuse}; END",
    ]


def _keys_of(tables: Iterable[Table]) -> dict[str, list[str]]:
    return {table.name: _unique_keys(table) for table in tables}


def _unique_keys(table: Table) -> list[str]:
    keys = [[c.name for c in table.primary_key.columns]]
    keys += [[c.name for c in u.columns] for u in table.constraints if isinstance(u, UniqueConstraint)]
    keys += [[c.name for c in i.columns] for i in table.indexes if i.unique]
    return sorted(" ".join(key) for key in keys)


def _postgresql(name: str) -> list[str]:
    refuse = "EXECUTE FUNCTION append_only()"
    return [
        f"CREATE OR REPLACE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW {refuse}",
        f"CREATE OR REPLACE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {refuse}",
    ]


@event.listens_for(Base.metadata, "after_create")
def _close_what_was_created(_metadata: Any, connection: Connection, tables: Any = (), **_kw: Any) -> None:
    made = [table for table in append_only_tables() if table in set(tables)]
    for statement in closing_ddl(connection.dialect.name, _keys_of(made)):
        connection.exec_driver_sql(statement)
