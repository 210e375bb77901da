"""A copy of the database as it stood at one moment, taken while people write; and the way back into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from rules.engine import prepare_engine
from rules.errors import RuleError
from rules.trail import one_moment

DEBIAN = Path("/usr/lib/postgresql")
NOT_THERE = "找不到 PostgreSQL 的程序 {}，请先安装与服务器同一版本的客户端（Debian：apt install postgresql-client）"


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy's file, and a session that sees exactly what is in it."""

    file: Path
    session: Session


@contextmanager
def copied(engine: Engine, file: Path) -> Iterator[Copy]:
    """Copy the live database to `file` (a new file). Raises RuleError when that cannot be done, or it is not whole."""
    make = _copied_file if engine.dialect.name == "sqlite" else _dumped
    file.touch(0o600, exist_ok=False)
    with make(engine, file) as session:
        yield Copy(file, session)


@contextmanager
def _copied_file(engine: Engine, file: Path) -> Iterator[Session]:
    """SQLite's own online copy; a plain copy of the file would miss what stands in the WAL."""
    with closing(sqlite3.connect(str(engine.url.database))) as live, closing(sqlite3.connect(file)) as copy:
        live.backup(copy)
    made = prepare_engine(create_engine(f"sqlite:///{file}"))
    try:
        with Session(made) as session:
            whole(session)
            yield session
    finally:
        made.dispose()  # the last one to leave folds the WAL into the file


def whole(session: Session) -> None:
    """SQLite's word on its own file; PostgreSQL has checked what it loaded. Raises RuleError."""
    if session.get_bind().dialect.name != "sqlite":
        return
    said = session.execute(text("PRAGMA integrity_check(1)")).scalar()
    if said != "ok":
        raise RuleError(f"数据库文件已损坏（{said}），请停止服务，从较早的备份恢复")


@contextmanager
def _dumped(engine: Engine, file: Path) -> Iterator[Session]:
    """pg_dump of the very snapshot that the session sees."""
    with one_moment(engine) as session:
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        plain = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments")
        _run(engine.url, "pg_dump", *plain, f"--snapshot={snapshot}", f"--file={file}")
        _run(engine.url, "pg_restore", "--list", str(file))
        yield session


def load_dump(url: URL, file: Path) -> None:
    """Fill an empty PostgreSQL database, all or nothing. Raises RuleError."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run(url, "pg_restore", *options, f"--dbname={url.database}", str(file))


def refuse_unless_empty(url: URL) -> None:
    """Only a database that can be reached and in which nothing is may be filled. Raises RuleError."""
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            raise RuleError(f"数据库 {url.database} 里已有表，只能恢复到空数据库（createdb 另建一个）")
    except OperationalError as no:
        raise RuleError(f"连不上数据库 {url.database}，请先用 createdb 建一个空数据库，并核对地址") from no
    finally:
        engine.dispose()


def program(name: str) -> str:
    """Where one of PostgreSQL's programs lies, the newest version there is. Raises RuleError."""
    versions = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda p: float(p.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise RuleError(NOT_THERE.format(name))
    return found


ENV = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def _run(url: URL, name: str, *args: str) -> None:
    """One program; the password goes by the environment, where other users do not see it. Raises RuleError."""
    _, known = url.get_dialect()().create_connect_args(url)
    env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    env |= {ENV.get(k, f"PG{k.upper()}"): str(v) for k, v in known.items() if v is not None and k != "context"}
    done = subprocess.run([program(name), *args], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuleError(f"{name} 没有成功：{_first_line(done.stderr)}")


def _first_line(said: str) -> str:
    """What went wrong; the lines after it may quote a row."""
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[0][:300] if lines else "没有说明原因"


def counts(session: Session) -> dict[str, int]:
    """How many rows every table holds, also the ones this program does not know."""
    connection = session.connection()
    quoted: Callable[[str], Any] = connection.dialect.identifier_preparer.quote
    return {
        name: connection.execute(text(f"SELECT count(*) FROM {quoted(name)}")).scalar_one()  # noqa: S608
        for name in sorted(inspect(connection).get_table_names())
    }
