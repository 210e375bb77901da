"""A full disk: the page says so and keeps what was typed, nothing is half-written, and it goes on when it can."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.orm import Session

from admin_views.request import db
from models import FormToken, Ticket, secrecy
from rules.engine import prepare_engine
from rules.trail import verify, verify_numbers
from rules.write import Writer
from tests.conftest import make_app
from tests.desk import Desk, said, sit
from tests.engines import Databases, migrate
from tests.makers import world

FULL_POSTGRESQL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION USING MESSAGE = 'could not extend file: No space left on device', ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON form_token FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


@dataclass
class Cramped:
    """A house whose disk can fill up: the application, and how room is taken and made."""

    app: Flask
    fill: Callable[[], None]
    make_room: Callable[[], None]


@pytest.fixture
def cramped(databases: Databases, tmp_path: Path) -> Iterator[Cramped]:
    """SQLite on a disk of a few megabytes where root may mount one, else with a limit of pages (the same SQLITE_FULL).

    PostgreSQL: the server's own code for a full disk, raised late in the transaction.
    """
    with contextlib.ExitStack() as ending, secrecy.using(tmp_path / "keys"):
        if databases.name == "sqlite":
            yield _small_file(tmp_path, ending)
            return
        url = databases.empty("cramped")
        migrate(url)
        app = make_app(url, tmp_path)
        ending.callback(_left, app)
        yield Cramped(app, lambda: _do(app, FULL_POSTGRESQL), lambda: _do(app, "DROP TRIGGER full_disk ON form_token"))


def _small_file(tmp_path: Path, ending: contextlib.ExitStack) -> Cramped:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode  # fmt: skip
    if mounted:
        ending.callback(subprocess.run, ["umount", "-l", str(disk)], check=True)
    url = f"sqlite:///{disk / 'shoujie.db'}"
    migrate(url)
    app = make_app(url, tmp_path)
    ending.callback(_left, app)
    if mounted:
        bigger = ["mount", "-o", "remount,size=64m", str(disk)]
        return Cramped(app, lambda: None, lambda: _run(bigger))
    limit: list[int] = []

    def tell(dbapi, _record) -> None:
        if limit:
            dbapi.execute(f"PRAGMA max_page_count={limit[0]}")

    def make_room() -> None:
        limit.clear()
        _left(app)

    def fill() -> None:
        with app.app_context():
            limit.append(int(db.session.execute(text("PRAGMA page_count")).scalar_one()) + 20)
        _left(app)

    with app.app_context():
        event.listen(db.engine, "connect", tell)
    return Cramped(app, fill, make_room)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def _left(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _do(app: Flask, statements: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(statements)


def matter(n: int, unit: int) -> dict[str, object]:
    """A ticket as the desk types it."""
    return {
        "token": f"{n:024}",
        "channel": "call",
        "unit_id": unit,
        "customer": "徐明远",
        "reporter_phone": "13812342217",
        "kind": "repair",
        "priority": "normal",
        "content": f"第 {n} 件：" + "漏水" * 900,
        "read_back": "1",
    }


def post_until_refused(desk: Desk, unit: int) -> tuple[int, dict[str, object], str]:
    """(how many were taken, the one that was not, the page that came back)."""
    for taken in range(4000):
        form = matter(taken, unit)
        reply = desk.post("/ticket/new", form, status=None)
        if reply.status_code != 303:
            return taken, form, reply.text
    raise AssertionError("the disk never filled up")


@pytest.mark.rule("BASE-05")
def test_a_full_disk_refuses_cleanly_and_work_goes_on_when_there_is_room(cramped: Cramped):
    engine = prepare_engine(create_engine(cramped.app.config["SQLALCHEMY_DATABASE_URI"]))
    with Session(engine) as session:
        unit = world(session).units["3-2-1203"].id
        desk = sit(cramped.app, session, "desk_clerk")
    desk.get("/ticket/new")
    cramped.fill()
    taken, form, page = post_until_refused(desk, unit)
    assert "磁盘空间已满" in said(page)
    assert str(form["content"]) in page  # nothing typed is lost
    desk.get("/ticket/")  # reading goes on
    desk.get("/")
    assert reckoning(engine) == (taken, taken, [])
    reply = desk.post("/ticket/new", form, status=None)
    assert reply.status_code == 422, "refused again, not hung and not half-done"
    cramped.make_room()
    where = desk.post("/ticket/new", form).location
    assert desk.post("/ticket/new", form).location == where  # and once
    assert reckoning(engine) == (taken + 1, taken + 1, [])
    with Session(engine) as session:
        last = session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
        assert (last.number or "").endswith(f"-{taken + 1:04}")
        assert last.content == form["content"]
    engine.dispose()


def reckoning(engine) -> tuple[int, int, list[str]]:
    """Tickets, form tokens, and whatever is wrong with trail, numbers or file."""
    with Session(engine) as session:
        tickets = session.scalar(select(func.count()).select_from(Ticket)) or 0
        tokens = session.scalar(select(func.count(FormToken.row_id.distinct()))) or 0
        wrong = [*map(str, verify(session)), *verify_numbers(session)]
        if engine.dialect.name == "sqlite":
            sound = session.execute(text("PRAGMA integrity_check")).scalar_one()
            wrong += [] if sound == "ok" else [sound]
    return tickets, tokens, wrong


def test_any_other_fault_of_the_database_stays_a_fault(write: Writer, monkeypatch: pytest.MonkeyPatch):
    def wrong(session: Session) -> None:
        session.execute(text("SELECT nothing_of_the_kind"))

    with pytest.raises(Exception, match="nothing_of_the_kind") as raised:
        write(wrong)
    assert type(raised.value).__module__.startswith("sqlalchemy")


@pytest.mark.engines("sqlite")
def test_a_page_that_cannot_put_its_file_anywhere_says_so(cramped: Cramped, monkeypatch: pytest.MonkeyPatch):
    def full() -> None:
        raise OSError(28, "No space left on device")

    with cramped.app.app_context(), Session(db.engine) as session:
        world(session)
        desk = sit(cramped.app, session, "desk_clerk")
    monkeypatch.setitem(cramped.app.view_functions, "account.log_ins_page", full)
    cramped.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert "磁盘空间已满" in desk.get("/log-ins", status=507)
