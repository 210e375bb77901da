"""`flask backup`: an online copy of database and files, checked, closed with its own key, hashed, put in its place."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import click
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from admin_views.request import db
from commands.database_copy import copied, counts
from commands.schema import revision
from commands.sweep import marks_file
from commands.verify import faults_of
from models import TrailEntry, clock, secrecy
from rules import backups
from rules.backup_archive import BLOCK, DATABASE, MARKS, Part, opened, write_archive
from rules.errors import RuleError
from rules.space import space

NO_SPACE = "磁盘空间不足，备份没有做成，原有备份未动；请清理空间或用 --to 换一个位置"
SPARE = 64 * 1024 * 1024  # what the copy must leave to the house that goes on working beside it
HELP = (
    "备份数据库、附件和日志标记：运行中可做，先核对再加密，带 SHA-256 校验，在操作日志留一条“备份”。"
    "钥匙不在备份里：请把 INSTANCE/keys 文件夹另存到别处，没有它备份打不开。"
)


def register(app: Flask) -> None:
    """Add `backup`."""

    @app.cli.command("backup", help=HELP)
    @click.option(
        "--to",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="放到哪个文件夹（默认 INSTANCE/backups）",
    )
    @click.option("--keep", type=click.IntRange(min=1), help="只保留最近几份（默认全部保留；本次核对有问题时不删旧的）")
    def backup(folder: Path | None, keep: int | None) -> None:
        try:
            done = back_up(app, folder or Path(app.instance_path) / "backups")
        except RuleError as no:
            raise click.ClickException(str(no)) from no
        click.echo(f"备份完成：{done.file}（{done.file.stat().st_size / 1e6:.1f} MB）")
        click.echo(f"SHA-256 {done.digest}，另存于同名 .sha256 文件，可用 sha256sum -c 核对。")
        click.echo(f"钥匙不在备份里：请把 {keys_of(app)} 文件夹另存到别处，不与备份放在一起；没有它备份打不开。")
        for sentence in done.faults:
            click.secho(f"✗ {sentence}", fg="red", err=True)
        if done.faults:
            raise click.ClickException("备份已做成，但库内核对有上述问题；旧备份全部保留，请先查明")
        for old in prune(done.file.parent, keep) if keep else ():
            click.echo(f"已删除旧备份 {old.name}")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished backup, and what was found wrong in what it holds."""

    file: Path
    digest: str
    faults: list[str]


def keys_of(app: Flask) -> Path:
    """Where this installation keeps its keys."""
    return Path(app.config.get("KEYS", Path(app.instance_path) / "keys"))


def back_up(app: Flask, folder: Path) -> Done:
    """Make one; in the trail when it is safe on the disk. Raises RuleError, and leaves nothing half-made behind."""
    key = secrecy.backup_key(keys_of(app), make=True)
    with _work_room(Path(app.instance_path)) as room, space(NO_SPACE):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        marks = room / MARKS  # read before the copy: marks only move forward, so the copy holds all of them
        marks.write_bytes(marks_file(app).read_bytes() if marks_file(app).exists() else b"{}")
        _room_for(db.engine, room)
        with copied(db.engine, room / DATABASE) as copy:
            faults = faults_of(copy.session, marks, Path(app.config["FILES"]))
            about = _about(copy.session, faults)
        parts = [Part(DATABASE, room / DATABASE), Part(MARKS, marks), *_files(Path(app.config["FILES"]))]
        done = Done(*_put(folder, key, about, parts), faults)
    told = {"文件": done.file.name, "大小": str(done.file.stat().st_size), "SHA-256": done.digest}
    app.extensions["writer"](lambda session: backups.note(session, backups.MADE, told))
    return done


@contextmanager
def _work_room(instance: Path) -> Iterator[Path]:
    """A private folder for the copy that is not closed yet; what a killed backup left there goes first."""
    room = instance / "backup.work"
    room.mkdir(exist_ok=True, mode=0o700)
    with (instance / "backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise RuleError("另一个备份正在进行，请等它结束") from busy
        _clear(room)
        try:
            yield room
        finally:
            _clear(room)


def _clear(room: Path) -> None:
    for left in room.iterdir():
        left.unlink()


def _room_for(engine: Any, room: Path) -> None:
    """Refuse before the copy would take the house's own last space."""
    sizes = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with engine.connect() as connection:
        size = connection.execute(text(sizes[engine.dialect.name])).scalar_one()
    if shutil.disk_usage(room).free < size + SPARE:
        raise RuleError(NO_SPACE)


def _files(folder: Path) -> Iterator[Part]:
    """Every attachment as it lies there, closed already; after the database, so that what it names is there."""
    for file in sorted(folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*")):
        yield Part(f"files/{file.parent.name}/{file.name}", file)


def _about(session: Session, faults: list[str]) -> dict[str, Any]:
    root, last = backups.root_unit(session), session.scalars(select(TrailEntry).order_by(TrailEntry.at.desc())).first()
    return {
        "made_at": clock.now().isoformat(timespec="seconds"),
        "engine": session.get_bind().dialect.name,
        "revision": revision(session.connection()),
        "company": root.name if root else "",
        "ring": ring_name(),
        "last_line": f"{clock.shown(last.at)} {last.actor} {last.action} {last.subject}".strip() if last else "",
        "counts": counts(session),
        "faults": faults,
    }


def ring_name() -> str:
    """What tells the ring in use from another one without telling a key."""
    return secrecy.seal("", b"name of the key ring")[:16]


def _put(folder: Path, key: bytes, about: dict[str, Any], parts: list[Part]) -> tuple[Path, str]:
    """Draft, fsync, read back whole, hash file, rename, fsync of the folder: a name that is there is a whole backup."""
    place = _free(folder)
    draft, hashed = place.with_name(f".{place.name}.tmp"), place.with_name(f"{place.name}.sha256")
    for left in folder.glob(".shoujie-*.tmp"):
        left.unlink()
    try:
        with _private(draft) as out:
            write_archive(out, key, about, parts)
        _read_back(draft, key)
        digest = digest_of(draft)
        with _private(hashed) as out:
            out.write(f"{digest}  {place.name}\n".encode())
        draft.rename(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        hashed.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    return place, digest


def _free(folder: Path) -> Path:
    stem = f"shoujie-{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    names = (folder / f"{stem}{n}.backup" for n in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


@contextmanager
def _private(file: Path) -> Iterator[BinaryIO]:
    """A new file for nobody else's eyes, on the disk when the block ends."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        yield cast(BinaryIO, out)
        out.flush()
        os.fsync(out.fileno())


def _read_back(file: Path, key: bytes) -> None:
    """What lies on the disk opens with the key and agrees with its hashes. Raises RuleError."""
    with file.open("rb") as source, opened(source, key) as archive:
        for _name, stream in archive.parts():
            while stream.read(BLOCK):
                pass


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """The names in it survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest; only files of ours. Returns what went."""
    old = sorted(folder.glob("shoujie-????????-??????*.backup"), key=lambda f: (f.stat().st_mtime_ns, f.name))[:-keep]
    for file in old:
        file.unlink()
        file.with_name(f"{file.name}.sha256").unlink(missing_ok=True)
    return old
