"""The last step of a restore: what was restored takes the place of what was in service, which is kept aside."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from psycopg import errors
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from admin_views.request import db
from commands.backup import keys_of
from commands.start_real import nobody_else
from commands.sweep import MARKS, marks_file
from models import clock
from rules.errors import RuleError

BUSY = "数据库正在使用，请先停止服务"
Move = tuple[Path, Path]


def swap(app: Flask, folder: Path, url: URL) -> list[str]:
    """Put it in service, all or nothing; the names under which the old things are kept. Raises RuleError."""
    live = db.engine.url
    db.session.remove()
    db.engine.dispose()
    if live.get_backend_name() != url.get_backend_name():
        raise RuleError("备份与正在用的数据库不是同一种，不能直接换上：请把 DATABASE_URL 和 INSTANCE 指向恢复的位置")
    stamp = f"before-{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    moves = _moves(app, folder, stamp)
    if live.get_backend_name() == "sqlite":
        file = Path(str(live.database))
        _alone(file)
        loose = [file.with_name(f"{file.name}-{end}") for end in ("wal", "shm")]
        moves += [(part, part.with_name(f"{part.name}.{stamp}")) for part in loose if part.exists()]
        moves += _exchange(file, Path(str(url.database)), stamp)
        with _moved(moves):
            return _kept(moves, stamp)
    with _moved(moves):
        return [_renamed(live, url, stamp), *_kept(moves, stamp)]


def _moves(app: Flask, folder: Path, stamp: str) -> list[Move]:
    """Files, marks, and the keys where they are not the same: a new machine had made keys of its own."""
    moves = _exchange(Path(app.config["FILES"]), folder / "files", stamp)
    moves += _exchange(marks_file(app), folder / MARKS, stamp)
    keys = keys_of(app)
    if any(not (keys / n).exists() or (keys / n).read_bytes() != (folder / "keys" / n).read_bytes() for n in KEYS):
        moves += _exchange(keys, folder / "keys", stamp)
    return moves


KEYS = ("keys", "backup")


def _exchange(live: Path, restored: Path, stamp: str) -> list[Move]:
    aside = live.with_name(f"{live.name}.{stamp}")
    if aside.exists():
        raise RuleError(f"{aside} 已存在，请稍等一秒再试")
    return [*([(live, aside)] if live.exists() else []), (restored, live)]


@contextmanager
def _moved(moves: list[Move]) -> Iterator[None]:
    """Rename everything, and everything back when one of them, or what follows, does not work."""
    done: list[Move] = []
    try:
        for old, new in moves:
            old.rename(new)
            done.append((old, new))
        yield
    except BaseException as wrong:
        for old, new in reversed(done):
            new.rename(old)
        if isinstance(wrong, OSError) and wrong.errno == errno.EXDEV:
            raise RuleError("--into 与 INSTANCE 不在同一磁盘，不能换上：请把 --into 放在 INSTANCE 旁边") from wrong
        raise


def _kept(moves: list[Move], stamp: str) -> list[str]:
    return [str(new) for _old, new in moves if new.name.endswith(stamp)]


def _alone(file: Path) -> None:
    """Nobody works in it; what is no database any more cannot tell, and goes aside as it is. Raises RuleError."""
    try:
        nobody_else(file)
    except sqlite3.DatabaseError:
        return


def _renamed(live: URL, restored: URL, stamp: str) -> str:
    """PostgreSQL: both databases change their names in one transaction; the name the old one is kept under."""
    if live.set(database="") != restored.set(database=""):
        raise RuleError("恢复到了另一台服务器，不能改名换上：请把 DATABASE_URL 指向恢复的数据库")
    engine = create_engine(live.set(database="postgres"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            known = set(connection.execute(text("SELECT datname FROM pg_database")).scalars())
            if there := live.database in known:
                aside = next(name for name in _names(f"{live.database}_{stamp}".replace("-", "_")) if name not in known)
                _rename(connection, str(live.database), aside)
            _rename(connection, str(restored.database), str(live.database))
    except DBAPIError as no:
        raise _refusal(no, live, restored) from no
    return f"数据库 {aside}" if there else "（原数据库已不在）"


def _names(first: str) -> Iterator[str]:
    yield first
    yield from (f"{first}_{n}" for n in range(2, 1000))


def _rename(connection: Connection, old: str, new: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"ALTER DATABASE {quote(old)} RENAME TO {quote(new)}"))


def _refusal(no: DBAPIError, live: URL, restored: URL) -> RuleError:
    if isinstance(no.orig, errors.ObjectInUse):
        return RuleError(BUSY)
    if isinstance(no.orig, errors.InsufficientPrivilege):
        return RuleError(
            f"数据库账号没有改名的权限，什么都没有换：请由管理员执行 ALTER ROLE {live.username or '账号'} CREATEDB，"
            "再换一个空的位置重做"
        )
    code = getattr(no.orig, "sqlstate", None) or type(no.orig).__name__
    return RuleError(f"数据库改名没有成功（{code}），什么都没有换，可把 DATABASE_URL 指向 {restored.database}")
