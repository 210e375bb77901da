"""Client processes of the hammer: a desk and an engineer each, over plain HTTP; they import nothing of the house."""

import http.client
import random
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

TWICE = 0.1
WORD = "hammer and anvil"
WALK = (("issue", 0), ("receive", 1), ("arrive", 1), ("begin", 1))


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
        if status == 429:  # killed between counting the attempt and forgiving it: as for anybody, the door is slow
            time.sleep(1)
            raise Lost
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

    def hang_up(self) -> None:
        """Close the connection; the log-in goes on."""
        if self.line is not None:
            self.line.close()
        self.line = None

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

    def work(self, enough: Any) -> Told:
        """Tickets, slips, moves until `enough` is set; a broken line means the server was killed: enter again."""
        self.dice = random.Random(self.number)
        end = time.monotonic() + self.seconds
        self._enter(end)
        while time.monotonic() < end and not enough.is_set():
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
        if self.dice.random() < TWICE:
            self.told.twice += 1
            answers = self._at_once(path, token, data)
        else:
            answers = [self._timed(self.clerks[0], path, token, data)]
        found = {where.rpartition("/")[2] for status, where in answers if status == 303}
        if len(found) != 1 or not all(status == 303 for status, _where in answers):
            self.told.strange.append(f"{path} {token}: {answers}")
            return None
        into[token] = int(found.pop().partition("?")[0])
        return into[token]

    def _at_once(self, path: str, token: str, data: dict[str, Any]) -> list[tuple[int, str]]:
        """Two clicks with the same token, in parallel."""
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


def work(client: Client, answers: Any, enough: Any) -> None:
    """What a client process runs."""
    try:
        answers.put(client.work(enough))
    except BaseException as broken:
        answers.put(Told(strange=[f"client {client.number}: {broken!r}"]))
        raise
