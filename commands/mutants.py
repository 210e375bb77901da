"""`make mutants`: takes away one guard at a time in a copy of the tree and shows that a test notices."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from commands.guards import GUARDS

ROOT = Path(__file__).parent.parent
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant: killed by a failing test, survived, or no longer to be made."""

    name: str
    killed: bool
    words: str


def _copy(folder: Path) -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def try_one(file: str, old: str, new: str, tests: Sequence[str]) -> Verdict:
    """Make the mutant, run its tests on SQLite, say what happened; the guard's text must stand exactly once."""
    name = f"{file}: {old.strip().splitlines()[0][:70]}"
    with tempfile.TemporaryDirectory(prefix="mutant-") as made:
        folder = Path(made)
        _copy(folder)
        target = folder / file
        text = target.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return Verdict(name, False, f"the guard stands {text.count(old)} times: mend the list")
        target.write_text(text.replace(old, new), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", "not postgresql", *tests]
        env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "FONT_CACHE": str(ROOT / "instance" / "fonts")}
        env["FONT_CACHE"] = os.environ.get("FONT_CACHE", env["FONT_CACHE"])
        try:
            done = subprocess.run(
                command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return Verdict(name, True, "the tests never ended")
        failed = done.returncode == 1 or (done.returncode == 2 and "rror" in done.stdout)
        return Verdict(name, failed, (done.stdout.strip().splitlines() or [""])[-1])


def main() -> int:
    """Run them all, two at a time; 1 when one survives."""
    with ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        verdicts = list(pool.map(lambda guard: try_one(*guard), GUARDS))
    for one in verdicts:
        click.echo(f"{'killed  ' if one.killed else 'SURVIVED'} {one.name}   {one.words if not one.killed else ''}")
    killed = sum(v.killed for v in verdicts)
    click.echo(f"{killed} killed, {len(verdicts) - killed} survived")
    return 0 if killed == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
