"""`flask restore`: a backup opened into a fresh place, checked there, told in words, and on demand put in service."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import URL, Engine, create_engine, make_url, select
from sqlalchemy.orm import Session

from commands.backup import digest_of, keys_of, ring_name
from commands.database_copy import counts, load_dump, refuse_unless_empty, whole
from commands.schema import bring_up, newest, refuse_unknown, revision
from commands.swap import swap
from commands.verify import faults_of
from models import LoginSession, clock, secrecy
from rules import backups
from rules.backup_archive import DATABASE, MARKS, Archive, opened
from rules.engine import prepare_engine
from rules.errors import RuleError
from rules.space import space
from rules.trail import one_moment
from rules.write import Writer

HELP = (
    "检查或恢复一份备份。不写 --into 只检查并说明内容；写 --into 恢复到一个新的空文件夹并核对；"
    "再加 --swap 在核对通过后换下正在用的数据（旧的改名保留，须先停止服务）。"
    "需要备份时的钥匙（keys 文件夹）。PostgreSQL 的备份另用 --database 指定一个空数据库。"
)
NO_KEYS = "{} 里没有钥匙（keys 和 backup 两个文件），请放好备份时另存的 keys 文件夹，或用 --keys 指定"
NO_SPACE = "磁盘空间不足，没有恢复，正在用的数据没有动；请清理空间或把 --into 换一个位置"
SHOWN = {
    "staff": "员工",
    "unit": "房屋",
    "resident": "住户",
    "ticket": "报事",
    "work_order": "工作任务单",
    "attachment": "附件",
    "trail_entry": "操作日志",
}


def register(app: Flask) -> None:
    """Add `restore`."""

    @app.cli.command("restore", help=HELP)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--into", type=click.Path(path_type=Path), help="恢复到哪个新文件夹（要 --swap 时须与 INSTANCE 在同一磁盘）"
    )
    @click.option("--database", help="PostgreSQL：恢复到哪个空数据库，如 postgresql+psycopg://用户@主机/库名")
    @click.option("--keys", type=click.Path(path_type=Path), help="备份时的 keys 文件夹（默认本机在用的）")
    @click.option("--swap", "put_in", is_flag=True, help="核对通过后换下正在用的数据库和附件")
    def restore(file: Path, into: Path | None, database: str | None, keys: Path | None, put_in: bool) -> None:
        if into is None and (put_in or database):
            raise click.UsageError("--swap 和 --database 要与 --into 一起用")
        keys = keys or keys_of(app)
        try:
            if into is None:
                look_at(file, keys)
                return
            place = put_into(app, file, keys, Place.at(into, database))
            if put_in:
                click.echo(f"已换上，可以启动服务。旧的保留为：{'、'.join(swap(app, place.folder, place.url))}")
            else:
                click.echo(f"已恢复到 {place.folder}，正在用的数据没有动。")
                click.echo(f"打开看看（另用一个端口）：{place.words} PORT=8001 python app.py")
        except RuleError as no:
            raise click.ClickException(str(no)) from no


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is opened: a folder of its own, and the database in it or on a server."""

    folder: Path
    url: URL

    @classmethod
    def at(cls, folder: Path, database: str | None) -> "Place":
        """The place that was typed."""
        folder = folder.absolute()
        return cls(folder, make_url(database or f"sqlite:///{folder / 'shoujie.db'}"))

    @property
    def words(self) -> str:
        """The settings that lead there."""
        database = "" if self.url.get_backend_name() == "sqlite" else f" DATABASE_URL={self.url.render_as_string()}"
        return f"INSTANCE={self.folder}{database}"

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The restored database, opened as the house opens it."""
        engine = prepare_engine(create_engine(self.url, hide_parameters=True))
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _archive(file: Path, keys: Path) -> Iterator[Archive]:
    """The backup, opened with the keys of a folder, which are in use as long as the block lasts. Raises RuleError."""
    if not (keys / "keys").is_file() or not (keys / "backup").is_file():
        raise RuleError(NO_KEYS.format(keys))
    said = file.with_name(f"{file.name}.sha256")
    if said.exists() and said.read_text().split()[:1] != [digest_of(file)]:
        raise RuleError("备份文件与旁边的 .sha256 不符，已损坏或不是同一份，请换一份备份")
    with secrecy.using(keys), file.open("rb") as source, opened(source, secrecy.backup_key(keys, make=False)) as found:
        if found.about["ring"] != ring_name():
            raise RuleError(f"{keys / 'keys'} 不是备份时的那一份，加密的内容无法读出，请用当时的 keys 文件夹")
        yield found


def look_at(file: Path, keys: Path) -> None:
    """Read the whole of it and say what it holds. Raises RuleError."""
    with _archive(file, keys) as archive:
        for _part in archive.parts():
            pass
        _say(archive.about)
    click.echo("备份文件完整，钥匙相符。")


def put_into(app: Flask, file: Path, keys: Path, place: Place) -> Place:
    """Open it there, check everything, say what it holds. Raises RuleError for whatever is unsound."""
    if place.folder.exists() and (not place.folder.is_dir() or any(place.folder.iterdir())):
        raise RuleError(f"{place.folder} 已有内容，只能恢复到新的或空的文件夹")
    with _archive(file, keys) as archive, space(NO_SPACE):
        about = archive.about
        _refuse_other_engine(about["engine"], place.url)
        refuse_unknown(app, about["revision"])
        try:
            _unpack(archive, place, keys)
        except BaseException:
            shutil.rmtree(place.folder, ignore_errors=True)
            raise
    with secrecy.using(place.folder / "keys"):
        wrong = _load(app, place, about)
        _say(about)
        for sentence in wrong:
            click.secho(f"✗ {sentence}", fg="red", err=True)
        if wrong:
            raise RuleError(f"恢复到 {place.folder} 的内容核对不通过，没有换上，请换一份备份")
        click.echo("核对通过：行数、操作日志、单号、附件均与备份时一致。")
        with place.engine() as engine:
            Writer(engine)(lambda session: _first_line(session, file.name, about))
    return place


def _refuse_other_engine(engine: str, url: URL) -> None:
    if engine != url.get_backend_name():
        raise RuleError(
            "这是 PostgreSQL 的备份，请用 --database 指定一个空数据库"
            if engine == "postgresql"
            else "这是 SQLite 的备份，不要写 --database"
        )
    if engine == "postgresql":
        refuse_unless_empty(url)


def _unpack(archive: Archive, place: Place, keys: Path) -> None:
    """Every part to its place, the keys beside them; then the dump into the database."""
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.folder.chmod(0o700)
    sqlite = archive.about["engine"] == "sqlite"
    files = {DATABASE: Path(str(place.url.database)) if sqlite else place.folder / "dump", MARKS: place.folder / MARKS}
    for name, stream in archive.parts():
        file = files.get(name) or place.folder / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(0o600)
        with file.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
    (place.folder / "keys").mkdir(mode=0o700)
    for name in ("keys", "backup"):
        (place.folder / "keys" / name).touch(0o600)
        (place.folder / "keys" / name).write_bytes((keys / name).read_bytes())
    (place.folder / "files").mkdir(exist_ok=True, mode=0o700)


def _load(app: Flask, place: Place, about: dict[str, Any]) -> list[str]:
    """Fill the database where it is a dump, compare, bring up to this program, verify; what is wrong, in Chinese."""
    if (dump := place.folder / "dump").exists():
        load_dump(place.url, dump)
        dump.unlink()
    with place.engine() as engine:
        with one_moment(engine) as session:
            whole(session)
            wrong = _compared(counts(session), about["counts"])
            old = revision(session.connection()) != newest(app)
        if old:
            click.echo("备份的数据库结构较旧，正在升级 …")
            with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
                bring_up(app, connection)
        with one_moment(engine) as session:
            return wrong + faults_of(session, place.folder / MARKS, place.folder / "files")


def _compared(now: dict[str, int], then: dict[str, int]) -> list[str]:
    names = sorted(n for n in now.keys() | then.keys() if now.get(n) != then.get(n))
    return [f"表 {name} 备份时 {then.get(name, 0)} 行，恢复后 {now.get(name, 0)} 行" for name in names]


def _first_line(session: Session, name: str, about: dict[str, Any]) -> None:
    """The restored house begins with a line that says so, and with nobody logged in: who left since stays out."""
    backups.note(session, backups.PUT_BACK, {"文件": name, "备份时间": _when(about)})
    for login in session.scalars(select(LoginSession).where(LoginSession.revoked_at.is_(None))):
        login.revoked_at = clock.now()


def _when(about: dict[str, Any]) -> str:
    return clock.shown(datetime.fromisoformat(about["made_at"]))


def _say(about: dict[str, Any]) -> None:
    """What the backup holds."""
    click.echo(f"备份时间 {_when(about)}，{about['company']}，{about['engine']}，结构 {about['revision']}")
    click.echo("，".join(f"{label} {about['counts'].get(name, 0)}" for name, label in SHOWN.items()))
    click.echo(f"最后一条操作日志：{about['last_line']}")
    for sentence in about["faults"]:
        click.secho(f"备份时已有的问题：{sentence}", fg="yellow", err=True)
