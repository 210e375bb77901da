"""The HTTP hammer: server processes as in service, client processes that work like clerks, and the reckoning after."""

import contextlib
import http.client
import json
import multiprocessing
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import waitress
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app import create_app
from commands.sweep import chores_of, marks_file
from models import FormToken, Staff, Ticket, WorkOrder
from models.document import SeriesCounter
from rules.sweep import SweepThread
from rules.trail import one_moment, verify, verify_numbers
from tests.engines import HOUSE
from tests.makers import staff_of, world

CLIENTS = 8
TWICE = 0.1
WORD = "hammer and anvil"
POSTS = ("desk_clerk", "engineering_duty")
WALK = (("issue", 0), ("receive", 1), ("arrive", 1), ("begin", 1))


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


# ---- a clerk ---------------------------------------------------------------------------------------------------


class Lost(Exception):
    """The server is gone: nobody knows whether it was done."""


class Clerk:
    """One log-in at one server, over a connection that is kept."""

    def __init__(self, port: int, login: str) -> None:
        self.port, self.login = port, login
        self.cookie, self.secret = "", ""
        self.line: http.client.HTTPConnection | None = None

    def enter(self) -> None:
        """Through the door."""
        self.secret = self._hidden("csrf_token", self.ask("GET", "/login")[1])
        status, _page, _where = self.send("/login", who=self.login, password=WORD)
        assert status == 303, f"{self.login} was not let in: {status}"
        self.secret = self._hidden("csrf_token", self.ask("GET", "/pin")[1])

    @staticmethod
    def _hidden(name: str, page: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', page)
        assert found, f"no {name} in the page"
        return found[1]

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """(status, page, where it leads); raises Lost when the line breaks."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.line.request(method, path, body or None, headers)
            reply = self.line.getresponse()
            page = reply.read().decode()
        except (OSError, http.client.HTTPException) as broken:
            if self.line is not None:
                self.line.close()
            self.line = None
            raise Lost from broken
        if cookie := reply.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        return reply.status, page, reply.getheader("Location") or ""

    def send(self, path: str, **data: Any) -> tuple[int, str, str]:
        """A form with the secret of the page."""
        return self.ask("POST", path, urlencode({"csrf_token": self.secret, **data}))

    def twin(self) -> "Clerk":
        """The same browser on a second connection."""
        other = Clerk(self.port, self.login)
        other.cookie, other.secret = self.cookie, self.secret
        return other


@dataclass
class Told:
    """What one client was told: acknowledged papers by token, moves, waits in ms, and everything that was strange."""

    tickets: dict[str, int] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    twice: int = 0
    open: int = 0
    strange: list[str] = field(default_factory=list)

    def merge(self, other: "Told") -> None:
        """Take over what another was told."""
        self.tickets |= other.tickets
        self.orders |= other.orders
        self.states |= other.states
        self.waits += other.waits
        self.twice += other.twice
        self.open += other.open
        self.strange += other.strange


@dataclass
class Client:
    """One client process: a desk and an engineer who work on until the time is up."""

    number: int
    port: int
    desk: tuple[str, str, int]
    seconds: float
    told: Told = field(default_factory=Told)

    def work(self) -> Told:
        """Tickets, slips, moves; a broken line means the server was killed: enter again."""
        self.dice = random.Random(self.number)
        end = time.monotonic() + self.seconds
        self._enter(end)
        while time.monotonic() < end:
            try:
                self._one_matter()
            except Lost:
                self.told.open += 1
                time.sleep(0.05)
                self._enter(end)
        return self.told

    def _enter(self, end: float) -> None:
        while True:
            try:
                self.clerks = [Clerk(self.port, login) for login in self.desk[:2]]
                for clerk in self.clerks:
                    clerk.enter()
            except Lost:
                if time.monotonic() > end:
                    return
                time.sleep(0.1)
            else:
                return

    def _one_matter(self) -> None:
        token = secrets.token_urlsafe(18)
        where = self._made("/ticket/new", token, self._matter(), self.told.tickets)
        if where is None or self.dice.random() < 0.3:
            return
        token = secrets.token_urlsafe(18)
        slip = {"ticket_id": where, "kind": "home", "unit_id": self.desk[2], "trade": "plumbing", "reporter": "徐明远"}
        slip |= {"phone": "13812342217", "content": "厨房水槽下软管漏水"}
        order = self._made(f"/work_order/new?ticket_id={where}", token, slip, self.told.orders)
        if order is not None:
            self._walk(order)

    def _matter(self) -> dict[str, Any]:
        return {
            "channel": "call",
            "unit_id": self.desk[2],
            "customer": "徐明远",
            "reporter_phone": "13812342217",
            "kind": "repair",
            "priority": "normal",
            "content": f"厨房水槽下软管漏水 {self.number}-{len(self.told.tickets)}",
            "read_back": "1",
        }

    def _made(self, path: str, token: str, data: dict[str, Any], into: dict[str, int]) -> int | None:
        """Send a form, now and then twice at once; both clicks must lead to the same paper."""
        answers = [self._timed(self.clerks[0], path, token, data)]
        if self.dice.random() < TWICE:
            self.told.twice += 1
            answers = self._at_once(path, token, data)
        found = {where.rpartition("/")[2] for status, where in answers if status == 303}
        if len(found) != 1 or not all(status == 303 for status, _where in answers):
            self.told.strange.append(f"{path} {token}: {answers}")
            return None
        into[token] = int(found.pop().partition("?")[0])
        return into[token]

    def _at_once(self, path: str, token: str, data: dict[str, Any]) -> list[tuple[int, str]]:
        """Two more clicks with the same token, in parallel, after the first one."""
        answers: list[tuple[int, str]] = []
        broken: list[Lost] = []

        def click() -> None:
            try:
                answers.append(self._timed(self.clerks[0].twin(), path, token, data))
            except Lost as gone:
                broken.append(gone)

        threads = [threading.Thread(target=click) for _n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]
        return answers

    def _timed(self, clerk: Clerk, path: str, token: str, data: dict[str, Any]) -> tuple[int, str]:
        began = time.perf_counter()
        status, page, where = clerk.send(path, token=token, **data)
        self.told.waits.append((time.perf_counter() - began) * 1000)
        if status not in (200, 303):
            words = re.findall(r'class="(?:error|alert late)"[^>]*>(?:<[^>]+>)*([^<]+)', page)
            self.told.strange.append(f"{status} {path}: {words[:3]}")
        return status, where

    def _walk(self, order: int) -> None:
        for verb, who in WALK:
            status, _where = self._timed(self.clerks[who], f"/work_order/{order}/{verb}", secrets.token_urlsafe(18), {})
            if status != 303:
                self.told.strange.append(f"{verb} of {order}: {status}")
                return
            self.told.states[order] = verb


def _work(client: Client, answers: Any) -> None:
    """What a client process runs."""
    try:
        answers.put(client.work())
    except BaseException as broken:
        answers.put(Told(strange=[f"client {client.number}: {broken!r}"]))
        raise


@contextlib.contextmanager
def clients(house: House, desks: dict[str, tuple[str, str, int]], seconds: float) -> Iterator[Told]:
    """Client processes at work; what they were told is complete when the block ends."""
    context = multiprocessing.get_context("spawn")
    answers, told = context.Queue(), Told()
    codes = ["YJ" if n % 4 else "WJ" for n in range(CLIENTS)]
    crew = [Client(n, house.ports[n % len(house.ports)], desks[code], seconds) for n, code in enumerate(codes)]
    processes = [context.Process(target=_work, args=(client, answers)) for client in crew]
    for process in processes:
        process.start()
    yield told
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
    tokens = session.execute(
        select(FormToken.row_id, func.count()).where(FormToken.noun == noun).group_by(FormToken.row_id)
    ).all()
    moves = {"ticket": 0, "work_order": len(WALK)}[noun]
    found += [f"{noun}: acknowledged and lost {lost[:5]}"] if lost else []
    found += [f"{noun}: doubled numbers {doubled[:5]}"] if doubled else []
    found += [f"{noun}: two tokens for one paper {shared[:5]}"] if shared else []
    found += [f"{noun}: {extra} papers that nobody was told of"] if extra and not killed else []
    found += [f"{noun}: too many tokens"] if any(count > 1 + moves for _row, count in tokens) else []
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
