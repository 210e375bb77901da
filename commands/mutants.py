"""`make mutants`: takes away one guard at a time in a copy of the tree and shows that a test notices."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import click

from commands.guards import GUARDS, Guard

ROOT = Path(__file__).parent.parent
SECONDS = 600
FAILED, BROKEN = 1, 2
NONE_RAN = "No test ran: mend the list"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant: killed by the test named in `words`, or why not."""

    guard: Guard
    killed: bool
    words: str

    def __str__(self) -> str:
        words = f"   {self.words}" if self.words else ""
        return f"{'killed  ' if self.killed else 'SURVIVED'} {self.guard.kind}: {self.guard.name}{words}"


class Bench:
    """Copies of the tree as it stands now, uncommitted work too: one for each mutant made at the same time."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        said = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
        listed = subprocess.run(said, cwd=ROOT, capture_output=True, text=True, check=True)
        names = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
        for n in range(jobs):
            copy = folder / str(n)
            for name in names:
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
            self._free.put(copy)

    @contextmanager
    def tree(self) -> Iterator[Path]:
        """A copy that nobody else works in; it goes back as it came."""
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def sound(self, tests: list[str]) -> str:
        """Why the tests do not pass with every guard in its place; empty when they do."""
        with self.tree() as copy:
            done = run(copy, tests)
        return "" if done.returncode == 0 else f"{done.stdout[-3000:]}{done.stderr[-1000:]}"

    def tried(self, guard: Guard) -> Verdict:
        """Take the guard away, ask its tests, put it back; its text must stand exactly once."""
        with self.tree() as copy:
            file = copy / guard.file
            text = file.read_text(encoding="utf-8")
            if text.count(guard.old) != 1:
                return Verdict(guard, False, f"the guard stands {text.count(guard.old)} times: mend the list")
            file.write_text(text.replace(guard.old, guard.new), encoding="utf-8")
            try:
                return judged(guard, run(copy, list(guard.tests)))
            except subprocess.TimeoutExpired:
                return Verdict(guard, True, "the tests never ended")
            finally:
                file.write_text(text, encoding="utf-8")


def judged(guard: Guard, done: "subprocess.CompletedProcess[str]") -> Verdict:
    """Killed by a failing test, or by a tree that the tests can no longer even load."""
    first = next((line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))), "")
    if done.returncode in (FAILED, BROKEN) and first:
        return Verdict(guard, True, first.split(" - ")[0].split("::")[-1])
    return Verdict(guard, False, "" if done.returncode == 0 else NONE_RAN)


def run(copy: Path, tests: list[str]) -> "subprocess.CompletedProcess[str]":
    """The tests on SQLite, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", "not postgresql", *tests]
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    env.setdefault("FONT_CACHE", str(ROOT / "instance" / "fonts"))
    return subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)


def main() -> int:
    """Run them all, `JOBS` at a time; 1 when one survives, 2 when the tests fail without any mutant."""
    jobs = int(os.environ.get("JOBS", "2"))
    with tempfile.TemporaryDirectory(prefix="mutants-") as made, ThreadPoolExecutor(jobs) as pool:
        bench = Bench(Path(made), jobs)
        if faults := bench.sound(sorted({test for guard in GUARDS for test in guard.tests})):
            click.echo(f"The tests fail with every guard in its place:\n{faults}")
            return 2
        verdicts = []
        for verdict in pool.map(bench.tried, GUARDS):
            click.echo(str(verdict))
            verdicts.append(verdict)
    killed = sum(v.killed for v in verdicts)
    click.echo(f"{killed} killed, {len(verdicts) - killed} survived")
    return 0 if killed == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
