"""The served house: one process that tells what it has used, and the browser that asks it and counts."""

import contextlib
import http.client
import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HOUSE = Path(__file__).resolve().parent.parent
START = "/bench/start"
USED = "/bench/used"
CPU = "Bench-Cpu"


# ---- the server's side -----------------------------------------------------------------------------------------


def metered(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, each answer marked with the CPU seconds the process had used when the question came in."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        cpu = f"{time.process_time():.6f}"
        if environ["PATH_INFO"] in (START, USED):
            if environ["PATH_INFO"] == START:
                forget_peak()
            start("200 OK", [("Content-Type", "text/plain"), (CPU, cpu)])
            now, peak = memory()
            return [f"{now} {peak}".encode()]

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start(status, [*headers, (CPU, cpu)], exc_info)

        return app(environ, begin)

    return answer


def forget_peak() -> None:
    """Let the peak of the resident memory begin anew, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def memory() -> tuple[int, int]:
    """Resident memory now and at its peak, in kB."""
    with contextlib.suppress(OSError):
        said = Path("/proc/self/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", said)[1]) for name in ("VmRSS", "VmHWM"))  # type: ignore
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak, peak


def serve(port: int) -> None:
    """As `python app.py` does, without the sweep, which would be counted as somebody's page."""
    from waitress import serve as waitress_serve  # noqa: PLC0415 (the browser's side needs none of the house)

    from app import create_app  # noqa: PLC0415

    waitress_serve(metered(create_app()), host="127.0.0.1", port=port, threads=4)


@contextlib.contextmanager
def served(url: str, folder: Path) -> Iterator[int]:
    """A server process on the database; gives its port."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = {**os.environ, "DATABASE_URL": url, "INSTANCE": str(folder), "LOG_LEVEL": "warning", "BASE_URL": ""}
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.service", str(port)], cwd=HOUSE, env=env, stdout=log, stderr=log
        )
    try:
        _await(port, process, folder)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _n in range(1200):
        with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"no server: {(folder / 'server.log').read_text('utf-8', 'replace')[-2000:]}")


# ---- the browser's side ----------------------------------------------------------------------------------------


@dataclass
class Times:
    """What some answers took: milliseconds of the server's CPU and of waiting; memory in MB before and at the peak."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    idle: float = 0.0
    peak: float = 0.0

    @staticmethod
    def at(values: list[float], part: float) -> float:
        """The value that so many of them do not exceed."""
        ordered = sorted(values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Browser:
    """Somebody logged in, over one connection that is kept."""

    def __init__(self, port: int, login: str, word: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=900)
        self.cookie = ""
        self.secret = self._hidden("csrf_token", self.get("/login"))
        self.post("/login", {"who": login, "password": word})
        self.secret = self._hidden("csrf_token", self.get("/pin"))

    def close(self) -> None:
        """Hang up."""
        self.line.close()

    @staticmethod
    def _hidden(name: str, page: bytes) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', page.decode())
        if found is None:
            raise RuntimeError(f"no {name} in the page")
        return found[1]

    def ask(self, method: str, path: str, body: str = "") -> tuple[http.client.HTTPResponse, bytes]:
        """One question and its whole answer; anything but a page or a redirect is a fault of the bench."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, body or None, headers)
        reply = self.line.getresponse()
        said = reply.read()
        if reply.status not in (200, 302, 303):
            raise RuntimeError(f"{method} {path}: {reply.status} {said.decode('utf-8', 'replace')[-600:]}")
        if cookie := reply.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        return reply, said

    def get(self, path: str) -> bytes:
        """A page."""
        return self.ask("GET", path)[1]

    def post(self, path: str, data: dict[str, Any] | list[tuple[str, Any]]) -> str:
        """A form sent; gives the address it leads to."""
        pairs = list(data.items()) if isinstance(data, dict) else data
        reply, _said = self.ask("POST", path, urlencode([("csrf_token", getattr(self, "secret", "")), *pairs]))
        return reply.getheader("Location") or ""

    def used(self, path: str = USED) -> tuple[float, float, float]:
        """CPU milliseconds so far, memory now and at its peak in MB."""
        reply, said = self.ask("GET", path)
        now, peak = (int(part) / 1024 for part in said.split())
        return float(reply.getheader(CPU) or 0) * 1000, now, peak

    def measure(self, ask: Callable[[int], object], rounds: int, warm: int = 2) -> Times:
        """Do `ask(n)` so often, each between two looks at what the server has used."""
        for n in range(warm):
            ask(n)
        times = Times()
        before, times.idle, _peak = self.used(START)
        for n in range(warm, warm + rounds):
            started = time.perf_counter()
            ask(n)
            times.wall.append((time.perf_counter() - started) * 1000)
            after, _now, times.peak = self.used()
            times.cpu.append(after - before)
            before = after
        return times


if __name__ == "__main__":
    serve(int(sys.argv[1]))
