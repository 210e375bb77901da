"""Whether the append-only tables are really closed in the database at hand."""

from sqlalchemy import Connection, text

from models.append_only import append_only_tables

SQLITE = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
POSTGRESQL = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = 'public'::regnamespace
"""
KINDS = {"sqlite": ("update", "delete", "replace"), "postgresql": ("change", "truncate")}


def open_tables(connection: Connection) -> list[str]:
    """The append-only tables that lack one of their triggers."""
    dialect = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    there = {(table, name) for table, name in connection.execute(text(SQLITE if dialect == "sqlite" else POSTGRESQL))}
    return [
        table.name
        for table in append_only_tables()
        if not all((table.name, f"{table.name}_no_{kind}") in there for kind in KINDS[dialect])
    ]
