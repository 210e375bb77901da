"""The drill: people at work, a backup meanwhile, then everything is gone; restored, the house opens and knows them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, select
from sqlalchemy.orm import Session

from models import Ticket, TrailEntry, secrecy
from rules.engine import prepare_engine
from rules.trail import one_moment, verify, verify_numbers
from tests.engines import HOUSE, Databases, migrate
from tests.hammer import House, clients, furnish
from tests.hammer_clients import Clerk

SECONDS = 5.0


def flask(house: House, *args: object) -> str:
    """A command as the operator types it, in a process of its own; what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *map(str, args)],
        cwd=HOUSE,
        env={**os.environ, "DATABASE_URL": house.url, "INSTANCE": str(house.folder), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def received(port: int, login: str, unit: int) -> tuple[int, str]:
    """A ticket that the house has acknowledged: (id, its number)."""
    clerk = Clerk(port, login)
    clerk.enter()
    matter = {"channel": "call", "unit_id": unit, "customer": "徐明远", "reporter_phone": "13812342217"}
    matter |= {"kind": "repair", "priority": "normal", "content": "备份开始之前登记的漏水", "read_back": "1"}
    status, _page, where = clerk.send("/ticket/new", token="before-the-backup-began", **matter)
    assert status == 303
    row_id = int(where.rpartition("/")[2].partition("?")[0])
    page = clerk.ask("GET", f"/ticket/{row_id}")[1]
    clerk.hang_up()
    return row_id, re.search(r"BS-YJ-\d{6}-\d{4}", page)[0]


def destroy(house: House) -> None:
    """The disk is gone: database, attachments, marks, secret and keys."""
    url = make_url(house.url)
    if url.get_backend_name() == "postgresql":
        with psycopg.connect(f"host={url.query['host']} user=postgres dbname=postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE "{url.database}"')  # without FORCE: nobody may be left in it
    else:
        for part in Path(str(url.database)).parent.glob(f"{Path(str(url.database)).name}*"):
            part.unlink()
    shutil.rmtree(house.folder)
    house.folder.mkdir()


@pytest.mark.rule("BASE-02")
def test_a_backup_made_under_load_brings_everything_back_after_everything_is_gone(databases: Databases, tmp_path: Path):
    url = databases.empty("drill")
    migrate(url)
    safe, keys = tmp_path / "elsewhere", tmp_path / "drawer" / "keys"
    with secrecy.using(tmp_path / "house" / "keys"):
        house = House(url, tmp_path / "house")
        engine = prepare_engine(create_engine(url))
        desks = furnish(engine)
        engine.dispose()
        house.start()
        row_id, number = received(house.ports[0], desks["YJ"][0], desks["YJ"][2])
        with clients(house, desks, SECONDS) as told:
            said = flask(house, "backup", "--to", safe, "--keep", 3)
        assert "备份完成" in said
        house.stop()
        assert len(told.tickets) > 5  # they were at work while it was made, and nobody was refused
        assert told.strange == []
        shutil.copytree(house.folder / "keys", keys)
        held = content(engine)
        engine.dispose()
        destroy(house)

        into = tmp_path / "restored"
        other = [] if databases.name == "sqlite" else ["--database", databases.empty("drilled")]
        (file,) = safe.glob("*.backup")
        said = flask(house, "restore", file, "--into", into, *other, "--keys", keys, "--swap")
        assert "核对通过" in said
        assert "可以启动服务" in said
        house.start()
        clerk = Clerk(house.ports[1], desks["YJ"][0])
        clerk.enter()
        status, again, _where = clerk.ask("GET", f"/ticket/{row_id}")
        clerk.hang_up()
        house.stop()
        assert status == 200
        assert number in again
        assert "备份开始之前登记的漏水" in again
        kept = content(engine)
        assert kept.items() <= held.items()  # nothing that was not there; what came after the backup is not
        assert row_id in kept
        with one_moment(engine) as session:
            assert [*map(str, verify(session)), *verify_numbers(session)] == []
            assert session.scalar(select(TrailEntry.id).where(TrailEntry.action == "恢复")) is not None
        engine.dispose()


def content(engine: Engine) -> dict[int, tuple[str | None, str]]:
    """Every ticket there is: id → number and words."""
    with Session(engine) as session:
        return {t.id: (t.number, t.content) for t in session.scalars(select(Ticket))}
