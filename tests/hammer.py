"""The HTTP hammer: server processes as in service, client processes that work like clerks, and the reckoning after."""

import contextlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import waitress
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app import create_app
from commands.sweep import chores_of, marks_file
from models import Staff, Ticket, WorkOrder
from models.document import SeriesCounter
from rules.sweep import SweepThread
from rules.trail import one_moment, verify, verify_numbers
from tests.engines import HOUSE
from tests.hammer_clients import WORD, Client, Told, work
from tests.makers import staff_of, world

CLIENTS = 8
POSTS = ("desk_clerk", "engineering_duty")


# ---- the house -------------------------------------------------------------------------------------------------


def furnish(engine: Engine) -> dict[str, tuple[str, str, int]]:
    """A company with two projects; project code -> (log-in of the desk, of engineering, a unit)."""
    with Session(engine) as session:
        made = world(session)
        desks = {}
        cheap = generate_password_hash(WORD, "pbkdf2:sha256:1")
        for code, unit in (("YJ", "3-2-1203"), ("WJ", "WJ 3-2-1203")):
            people = [staff_of(session, post, code) for post in POSTS]
            for member in people:
                member.password_hash = cheap
            desks[code] = (str(people[0].login), str(people[1].login), made.units[unit].id)
        session.commit()
        assert session.scalar(select(func.count()).select_from(Staff)) or 0
    return desks


@dataclass
class House:
    """Server processes on one database, each on a port of its own, killed and started again at will."""

    url: str
    folder: Path
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start them all and wait until they answer."""
        with (self.folder / "server.log").open("ab") as log:
            self.running = [self._serve(port, log) for port in self.ports]
        for port, process in zip(self.ports, self.running, strict=True):
            self._wait(port, process)

    def _serve(self, port: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
        env = {**os.environ, "DATABASE_URL": self.url, "INSTANCE": str(self.folder), "LOG_LEVEL": "warning"}
        env |= {"PYTHONUTF8": "1", "ALLOWED_HOSTS": "", "BASE_URL": ""}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.hammer", str(port)],
            cwd=HOUSE,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _wait(self, port: int, process: subprocess.Popen[bytes]) -> None:
        for _n in range(600):
            with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)):
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"no server at {port}: {self.said()}")

    def kill(self) -> None:
        """Without warning, all at once."""
        for process in self.running:
            process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> None:
        """As Ctrl+C does."""
        for process in self.running:
            process.send_signal(signal.SIGINT)
        self._gone()

    def _gone(self) -> None:
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
        self.running = []

    def said(self) -> str:
        """The end of what the servers wrote."""
        log = self.folder / "server.log"
        return log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""


def free_port() -> int:
    """A port nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---- the clients ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def clients(
    house: House, desks: dict[str, tuple[str, str, int]], seconds: float, *, go_on: bool = True
) -> Iterator[Told]:
    """Client processes at work; what they were told is complete when the block ends.

    They work for as long as it says, or without `go_on` until the block has done what it wanted.
    """
    context = multiprocessing.get_context("spawn")
    answers, enough, told = context.Queue(), context.Event(), Told()
    codes = ["YJ" if n % 4 else "WJ" for n in range(CLIENTS)]
    crew = [Client(n, house.ports[n % len(house.ports)], desks[code], seconds) for n, code in enumerate(codes)]
    processes = [context.Process(target=work, args=(client, answers, enough)) for client in crew]
    for process in processes:
        process.start()
    yield told
    if not go_on:
        enough.set()
    for _process in processes:
        told.merge(answers.get(timeout=seconds + 120))
    for process in processes:
        process.join(30)


# ---- the reckoning ---------------------------------------------------------------------------------------------

AFTER = {"issue": "issued", "receive": "received", "arrive": "on_site", "begin": "working"}
ORDER = ("draft", *AFTER.values())


def faults(engine: Engine, told: Told, *, killed: bool = False) -> list[str]:
    """Everything that is not as it was acknowledged; empty when nothing was lost, doubled or skipped."""
    with one_moment(engine) as session:
        found = [str(fault) for fault in verify(session)] + verify_numbers(session)
        found += _papers(session, Ticket, told.tickets, killed) + _papers(session, WorkOrder, told.orders, killed)
        states: dict[int, str] = dict(session.execute(select(WorkOrder.id, WorkOrder.state)).all())  # type: ignore[arg-type]
        behind = [o for o, verb in told.states.items() if ORDER.index(states[o]) < ORDER.index(AFTER[verb])]
        found += [f"orders behind what was acknowledged: {behind[:5]}"] if behind else []
        if engine.dialect.name == "sqlite":
            said = session.execute(text("PRAGMA integrity_check")).scalar_one()
            found += [] if said == "ok" else [f"integrity: {said}"]
    return found


def _papers(session: Session, model: Any, acknowledged: dict[str, int], killed: bool) -> list[str]:
    rows = dict(session.execute(select(model.id, model.number)).all())
    noun, found = model.__tablename__, []
    lost = [n for n in acknowledged.values() if n not in rows]
    doubled = [number for number, n in Counter(rows.values()).items() if n > 1]
    shared = [n for n, count in Counter(acknowledged.values()).items() if count > 1]
    extra = len(rows) - len(set(acknowledged.values()))
    found += [f"{noun}: acknowledged and lost {lost[:5]}"] if lost else []
    found += [f"{noun}: doubled numbers {doubled[:5]}"] if doubled else []
    found += [f"{noun}: two tokens for one paper {shared[:5]}"] if shared else []
    found += [f"{noun}: {extra} papers that nobody was told of"] if extra and not killed else []
    counted = session.scalar(
        select(func.sum(SeriesCounter.last)).where(SeriesCounter.key.like(f"{model.series.prefix}-%"))
    )
    return found + ([f"{noun}: counters say {counted}, there are {len(rows)}"] if (counted or 0) != len(rows) else [])


def figures(told: Told, seconds: float) -> dict[str, Any]:
    """Throughput and waits, for the record."""
    waits = sorted(told.waits) or [0.0]
    return {
        "posts": len(waits),
        "posts/s": round(len(waits) / seconds, 1),
        "tickets": len(told.tickets),
        "orders": len(told.orders),
        "moves": len(told.states),
        "sent twice": told.twice,
        "p50 ms": round(waits[len(waits) // 2], 1),
        "p99 ms": round(waits[int(len(waits) * 0.99) - 1], 1),
        "max ms": round(waits[-1], 1),
        "unanswered": told.open,
        "strange": len(told.strange),
    }


def serve(port: int) -> None:
    """As `python app.py` does, sweep and all, but without asking whether the engine is safe: the test's own is not."""
    app = create_app()
    write = app.extensions["writer"]
    sweeper = SweepThread(write, marks=marks_file(app), chores=chores_of(app))
    sweeper.start()
    try:
        waitress.serve(app, host="127.0.0.1", port=port, threads=8)
    finally:
        sweeper.stop()


def report(name: str, told: Told, seconds: float) -> str:
    """One line of figures."""
    return f"hammer {name}: {json.dumps(figures(told, seconds), ensure_ascii=False)}"


if __name__ == "__main__":
    serve(int(sys.argv[1]))
