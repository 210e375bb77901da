"""`flask backup` and `flask restore`: whole, closed, checked; what is unsound is refused and nothing is half-done."""

import fcntl
import json
import os
import re
import resource
import shutil
import stat
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.orm import Session

from admin_views.request import db
from commands import database_copy
from commands.backup import keys_of, prune
from commands.database_copy import counts
from commands.sweep import marks_file
from models import LoginSession, OrgUnit, Resident, TrailEntry, secrecy
from rules.attachments import Checked, Store
from rules.backup_archive import DATABASE, MARKS, Part, opened, write_archive
from rules.backups import overdue_words
from rules.engine import prepare_engine
from rules.sealed_file import HEADER, PIECE, TAG
from rules.sweep import seal_trail
from tests.conftest import Hands, make_app
from tests.desk import sit
from tests.engines import Databases, migrate
from tests.full_house import AWAY, HOME, House, build
from tests.makers import DRAWN, world

pytestmark = pytest.mark.rule("BASE-02")


@pytest.fixture
def own(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """A house of this test's own: database, keys, files; nobody else is connected to it."""
    url = databases.empty("backup")
    migrate(url)
    with secrecy.using(tmp_path / "house" / "keys"):
        app = make_app(url, tmp_path / "house")
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def second(databases: Databases) -> list[str]:
    """What `restore` needs besides on this engine: an empty database to restore into."""
    return [] if databases.name == "sqlite" else ["--database", databases.empty("restored")]


@contextmanager
def looking(app: Flask, url: str = "") -> Iterator[Session]:
    """A session that leaves nobody connected."""
    engine = prepare_engine(create_engine(url or app.config["SQLALCHEMY_DATABASE_URI"]))
    with Session(engine) as session:
        yield session
    engine.dispose()


def furnished(app: Flask) -> House:
    """The full house with everything in it, its trail sealed."""
    with looking(app) as session:
        house = build(session, app.extensions["writer"], Path(app.config["FILES"]))
    Store(Path(app.config["FILES"])).keep(Checked(DRAWN, "image/png", "png"))
    seal_trail(app.extensions["writer"], marks_file(app))
    left(app)
    return house


def small(app: Flask) -> None:
    """Two projects and the people in them."""
    with looking(app) as session:
        world(session)


def left(app: Flask) -> None:
    """Nobody is connected any more."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *args: object):
    """A command; afterwards nobody is connected."""
    done = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    left(app)
    return done


def backed_up(app: Flask, folder: Path) -> Path:
    """The file of a backup that went well."""
    done = run(app, "backup", "--to", folder)
    assert done.exit_code == 0, done.output
    return Path(re.search(r"备份完成：(\S+\.backup)", done.output)[1])


def restored_url(into: Path, second: list[str]) -> str:
    """Where the restored database lies."""
    return second[1] if second else f"sqlite:///{into / 'shoujie.db'}"


def test_what_was_backed_up_comes_back_whole_and_alone_with_its_keys(own: Flask, tmp_path: Path, second: list[str]):
    house = furnished(own)
    with looking(own) as session:
        before = counts(session)
    file = backed_up(own, tmp_path / "out")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    into = tmp_path / "new"
    done = run(own, "restore", file, "--into", into, *second)
    assert done.exit_code == 0, done.output
    for word in ("万和物业服务有限公司", f"报事 {before['ticket']}", "最后一条操作日志：2026-11-21 10:00", "核对通过"):
        assert word in done.output
    with looking(own, restored_url(into, second)) as session:
        after = counts(session)
        grown = {name for name in after if after[name] != before[name]}
        assert grown == {"trail_entry"}  # 恢复, and who was logged in there is not any more
        assert session.scalar(select(func.count()).where(LoginSession.revoked_at.is_(None))) == 0
        last = session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1)).one()
        assert (last.action, file.name in last.changes) == ("恢复", True)
        closed = {r.id_no for r in session.scalars(select(Resident)) if r.id_no}
    assert closed & house.secrets[HOME].keys()  # the keys that came along open what is closed
    kept, new = Store(Path(own.config["FILES"])), Store(into / "files")
    assert sorted(kept.digests()) == sorted(new.digests())
    with secrecy.using(into / "keys"):
        assert all(new.read(digest) == kept.read(digest) for digest in new.digests())
    with looking(own) as session:  # the house that goes on knows of its backup
        assert session.scalar(select(TrailEntry.action).order_by(TrailEntry.id.desc()).limit(1)) == "备份"
    assert json.loads((into / MARKS).read_text()) == json.loads(marks_file(own).read_text()) != {}


def test_nothing_personal_can_be_read_in_a_backup(own: Flask, tmp_path: Path):
    house = furnished(own)
    file = backed_up(own, tmp_path / "out")
    personal = [s for code in (HOME, AWAY) for s in house.secrets[code]]
    assert len(personal) > 20
    lying = file.read_bytes() + b"".join(f.read_bytes() for f in file.parent.iterdir())
    assert [s for s in personal if s.encode() in lying] == []
    with file.open("rb") as source, opened(source, secrecy.backup_key(keys_of(own), make=False)) as archive:
        inside = {name: stream.read() for name, stream in archive.parts()}
    assert not [name for name in inside if "key" in name or "secret" in name]
    if inside[DATABASE].startswith(b"SQLite"):  # the twin: opened, the telephones are there to be found
        assert [s for s in personal if s.isdigit() and s.encode() in inside[DATABASE]]
    assert secrecy.keys().data not in b"".join(inside.values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda b: b[: HEADER + PIECE // 2], "已损坏或不完整"),
        (lambda b: b[: HEADER + PIECE + TAG], "不完整，后面缺了一段"),
        (lambda b: b[:-1], "已损坏或不完整"),
        (lambda b: b[:60000] + bytes([b[60000] ^ 1]) + b[60001:], "已损坏"),
        (lambda b: b[:HEADER] + b[HEADER + PIECE + TAG :], "已损坏"),
        (lambda b: b"PK" + b, "不是首接的备份文件"),
        (lambda b: b"", "不是首接的备份文件"),
    ],
)
@pytest.mark.engines("sqlite")
def test_a_backup_that_is_not_whole_is_refused_and_nothing_stays(own: Flask, tmp_path: Path, wrong, words: str):
    small(own)
    put_file(own, os.urandom(3 * PIECE))
    file = backed_up(own, tmp_path / "out")
    bad = tmp_path / "bad.backup"
    bad.write_bytes(wrong(file.read_bytes()))
    for more in ((), ("--into", tmp_path / "new")):
        refused = run(own, "restore", bad, *more)
        assert refused.exit_code == 1
        assert words in refused.output, refused.output
    assert not (tmp_path / "new").exists()
    good = run(own, "restore", file)  # the twin
    assert good.exit_code == 0
    assert "备份文件完整" in good.output


def put_file(app: Flask, content: bytes) -> None:
    """An attachment's file that no row names; it is carried along all the same."""
    place = Path(app.config["FILES"]) / "ab" / f"ab{'0' * 62}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


@pytest.mark.engines("sqlite")
def test_the_hash_beside_it_notices_another_file_of_the_same_name(own: Flask, tmp_path: Path):
    small(own)
    file = backed_up(own, tmp_path / "out")
    other = file.with_name("other.backup")
    shutil.copy(file, other)
    other.with_name("other.backup.sha256").write_text(f"{'0' * 64}  other.backup\n")
    refused = run(own, "restore", other)
    assert refused.exit_code == 1
    assert ".sha256 不符" in refused.output


@pytest.mark.engines("sqlite")
def test_without_the_right_keys_it_stays_closed_and_says_which_are_wrong(own: Flask, tmp_path: Path):
    small(own)
    file = backed_up(own, tmp_path / "out")
    strange = tmp_path / "strange"
    said = run(own, "restore", file, "--keys", strange, "--into", tmp_path / "new")
    assert "里没有钥匙（keys 和 backup 两个文件）" in said.output
    assert not strange.exists()  # and none were made there
    with secrecy.using(strange):
        secrecy.backup_key(strange, make=True)
    said = run(own, "restore", file, "--keys", strange, "--into", tmp_path / "new")
    assert (said.exit_code, "备份钥匙不对" in said.output) == (1, True)
    shutil.copy(keys_of(own) / "backup", strange / "backup")
    said = run(own, "restore", file, "--keys", strange, "--into", tmp_path / "new")
    assert (said.exit_code, "不是备份时的那一份" in said.output) == (1, True)
    assert not (tmp_path / "new").exists()


def test_the_restored_house_takes_the_place_of_the_old_which_is_kept(own: Flask, tmp_path: Path, second: list[str]):
    small(own)
    put_file(own, b"then")
    file = backed_up(own, tmp_path / "out")
    rename(own, "后来的名字")
    put_file(own, b"later")
    into = tmp_path / "new"
    done = run(own, "restore", file, "--into", into, *second, "--swap")
    assert done.exit_code == 0, done.output
    assert company(own) == "万和物业服务有限公司"
    assert next(Path(own.config["FILES"]).glob("ab/*")).read_bytes() == b"then"
    aside = re.search(r"旧的保留为：(.+)", done.output)[1].split("、")
    kept = [Path(a) for a in aside if a.startswith("/")]
    assert all(k.exists() for k in kept)
    assert next(k for k in kept if k.name.startswith("files")).joinpath("ab", f"ab{'0' * 62}").read_bytes() == b"later"
    old = make_url(own.config["SQLALCHEMY_DATABASE_URI"])
    old = old.set(database=str(kept[-1]) if not second else aside[0].removeprefix("数据库 "))
    assert company(own, old.render_as_string(False)) == "后来的名字"


def rename(app: Flask, name: str) -> None:
    """The company is called something else from now on."""

    def do(session: Session) -> None:
        session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None))).one().name = name

    app.extensions["writer"](do)
    left(app)


def company(app: Flask, url: str = "") -> str | None:
    """What it is called."""
    with looking(app, url) as session:
        return session.scalar(select(OrgUnit.name).where(OrgUnit.parent_id.is_(None)))


def test_while_the_house_is_served_nothing_is_swapped(own: Flask, tmp_path: Path, second: list[str]):
    small(own)
    put_file(own, b"then")
    file = backed_up(own, tmp_path / "out")
    rename(own, "后来的名字")
    with looking(own) as held:
        assert held.scalar(select(func.count()).select_from(OrgUnit))
        refused = run(own, "restore", file, "--into", tmp_path / "new", *second, "--swap")
    assert refused.exit_code == 1
    assert "请先停止服务" in refused.output
    assert company(own) == "后来的名字"
    assert [f.name for f in Path(own.instance_path).iterdir() if "before" in f.name] == []
    assert Path(own.config["FILES"]).is_dir()


def test_only_a_fresh_place_is_restored_into(own: Flask, tmp_path: Path, second: list[str]):
    small(own)
    file = backed_up(own, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    refused = run(own, "restore", file, "--into", tmp_path / "full", *second)
    assert (refused.exit_code, "已有内容" in refused.output) == (1, True)
    assert (tmp_path / "full" / "a").exists()
    if second:
        refused = run(own, "restore", file, "--into", tmp_path / "new")
        assert (refused.exit_code, "请用 --database" in refused.output) == (1, True)
        live = ["--database", own.config["SQLALCHEMY_DATABASE_URI"]]
        refused = run(own, "restore", file, "--into", tmp_path / "new", *live)
        assert (refused.exit_code, "只能恢复到空数据库" in refused.output) == (1, True)


def test_a_backup_of_a_later_program_is_refused(own: Flask, tmp_path: Path, second: list[str]):
    small(own)
    with looking(own) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.commit()
    file = backed_up(own, tmp_path / "out")
    refused = run(own, "restore", file, "--into", tmp_path / "new", *second)
    assert refused.exit_code == 1
    assert "比本程序新" in refused.output


def test_a_fault_in_the_database_is_told_and_no_older_backup_goes(own: Flask, tmp_path: Path, second: list[str]):
    furnished(own)
    good = backed_up(own, tmp_path / "out")
    with looking(own) as session:
        session.execute(text("UPDATE series_counter SET last = last + 1"))
        session.commit()
    done = run(own, "backup", "--to", tmp_path / "out", "--keep", 1)
    assert done.exit_code == 1
    assert "缺第" in done.output
    assert len(list(good.parent.glob("*.backup"))) == 2
    bad = next(f for f in good.parent.glob("*.backup") if f != good)
    refused = run(own, "restore", bad, "--into", tmp_path / "new", *second)
    assert refused.exit_code == 1
    assert "核对不通过" in refused.output


@pytest.mark.engines("sqlite")
def test_only_the_newest_are_kept(own: Flask, tmp_path: Path, at: Hands):
    small(own)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("not ours")
    for _n in range(4):
        at.forward(hours=1)
        assert run(own, "backup", "--to", tmp_path / "out", "--keep", 2).exit_code == 0
    names = sorted(f.name for f in (tmp_path / "out").iterdir())
    assert names == [
        "notes.txt",
        "shoujie-20261121-130000.backup",
        "shoujie-20261121-130000.backup.sha256",
        "shoujie-20261121-140000.backup",
        "shoujie-20261121-140000.backup.sha256",
    ]
    assert prune(tmp_path / "out", 2) == []


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The kernel refuses to write beyond it, as it does where the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_leaves_nothing_half_made(own: Flask, tmp_path: Path):
    small(own)
    first = backed_up(own, tmp_path / "out")
    put_file(own, os.urandom(24 * PIECE))
    with no_file_longer_than(16 * PIECE):  # the copy of the database fits, the archive does not
        refused = run(own, "backup", "--to", tmp_path / "out", "--keep", 1)
    assert refused.exit_code == 1, refused.output
    assert "磁盘空间不足" in refused.output
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == [first.name, f"{first.name}.sha256"]
    assert list((Path(own.instance_path) / "backup.work").iterdir()) == []
    assert run(own, "backup", "--to", tmp_path / "out").exit_code == 0


@pytest.mark.engines("sqlite")
def test_the_last_space_of_the_house_is_not_taken(own: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small(own)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=10_000_000))
    refused = run(own, "backup")
    assert refused.exit_code == 1
    assert "磁盘空间不足" in refused.output


@pytest.mark.engines("sqlite")
def test_two_at_once_are_one(own: Flask, tmp_path: Path):
    small(own)
    with (Path(own.instance_path) / "backup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = run(own, "backup")
    assert (refused.exit_code, "另一个备份正在进行" in refused.output) == (1, True)
    (Path(own.instance_path) / "backup.work" / DATABASE).write_bytes(b"left by one that was killed")
    assert run(own, "backup").exit_code == 0


@pytest.mark.engines("postgresql")
def test_a_machine_without_the_programs_of_postgresql_says_so(own: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path):
    small(own)
    monkeypatch.setattr(database_copy, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run(own, "backup", "--to", tmp_path / "out")
    assert refused.exit_code == 1
    assert "找不到 PostgreSQL 的程序 pg_dump" in refused.output


@pytest.mark.engines("postgresql")
def test_the_password_of_the_database_stands_in_no_argument(monkeypatch: pytest.MonkeyPatch):
    asked = []

    def run(args, env, **_more):
        asked.append((args, env))
        return psycopg  # anything with a return code

    monkeypatch.setattr(psycopg, "returncode", 0, raising=False)
    monkeypatch.setattr(database_copy.subprocess, "run", run)
    database_copy._run(make_url("postgresql+psycopg://a:geheim@db:5433/x"), "pg_dump", "--format=custom")
    ((args, env),) = asked
    assert "geheim" not in " ".join(args)
    known = {k: env[k] for k in ("PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE")}
    assert known == {"PGPASSWORD": "geheim", "PGUSER": "a", "PGHOST": "db", "PGPORT": "5433", "PGDATABASE": "x"}


@pytest.mark.engines("sqlite")
def test_the_administrator_hears_when_the_last_backup_is_too_old(own: Flask, at: Hands, tmp_path: Path):
    small(own)
    with looking(own) as session:
        desk = sit(own, session, "system_admin")
        assert overdue_words(session).startswith("还没有做过备份")
    assert "还没有做过备份" in desk.get("/")
    backed_up(own, tmp_path / "out")
    assert "还没有做过备份" not in desk.get("/")
    at.forward(hours=25)
    with looking(own) as session:
        assert overdue_words(session) == ""
        at.forward(hours=2)
        assert "最近一次备份是 2026-11-21 10:00，已超过 1 天" in overdue_words(session)
        assert "已超过 1 天" in sit(own, session, "system_admin").get("/")
        assert "已超过 1 天" not in sit(own, session, "desk_clerk").get("/")
    said = run(own, "check")
    assert "已超过 1 天" in said.output
    assert said.exit_code == 0  # a house without a backup of today still has to open


def test_a_big_backup_passes_through_in_pieces(tmp_path: Path):
    """What writer and reader hold at once does not grow with the file: 16 MB through less than 8."""
    big, key = tmp_path / "big", os.urandom(32)
    with big.open("wb") as out:
        for _n in range(16):
            out.write(os.urandom(PIECE))
    tracemalloc.start()
    with (tmp_path / "closed").open("wb") as out:
        write_archive(out, key, {}, [Part(DATABASE, big)])
    with (tmp_path / "closed").open("rb") as source, opened(source, key) as archive:
        for _name, stream in archive.parts():
            while stream.read(PIECE):
                pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * PIECE
