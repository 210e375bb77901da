"""How both engines are opened: SQLite with WAL and FULL, checked at start; PostgreSQL with READ COMMITTED."""

from typing import Any

from sqlalchemy import Connection, Engine, event, text

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "recursive_triggers": "1",
    "trusted_schema": "0",
    "cell_size_check": "1",
    "busy_timeout": "30000",
}
OLDEST_POSTGRESQL = 140000  # CREATE OR REPLACE TRIGGER


def prepare_engine(engine: Engine) -> Engine:
    """Hook the pragmas and the BEGIN listener on; call once, before the first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # the driver must not open transactions by itself
    for name, value in PRAGMAS.items():
        dbapi.execute(f"PRAGMA {name}={value}")


def _on_begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))


def _postgresql_faults(connection: Connection) -> list[str]:
    faults = []
    if connection.execute(text("SHOW fsync")).scalar() != "on":
        faults.append("PostgreSQL 的 fsync 已关闭，断电会丢失已确认的数据")
    version = int(connection.execute(text("SHOW server_version_num")).scalar() or 0)
    if version < OLDEST_POSTGRESQL:
        faults.append(f"PostgreSQL 版本太旧（{version // 10000}），请升级到 {OLDEST_POSTGRESQL // 10000} 或更新的版本")
    return faults


def engine_faults(engine: Engine) -> list[str]:
    """What is not as it must be for safe service (a PRAGMA that fails is silent): Chinese sentences, empty = good."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            return _postgresql_faults(connection)
        faults = []
        for name, wanted in PRAGMAS.items():
            found = str(connection.execute(text(f"PRAGMA {name}")).scalar())
            if found.lower() != wanted:
                faults.append(f"SQLite 的 {name} 应为 {wanted}，实际为 {found}")
        return faults
