"""bench/RESULTS.md: what was measured beside the aim, on which machine, with which versions."""

import os
import platform
import re
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from bench.figures import Result
from bench.town import Size
from models import clock
from tests.engines import Server

LIBRARIES = ("flask", "flask-admin", "sqlalchemy", "waitress", "reportlab", "openpyxl", "psycopg")
HEAD = {"demo": "The demo company", "town": "The generated town"}
WORDS = """`make bench` writes this file. Pages: median / 95th percentile of the serving process's CPU time and of the
whole wait over HTTP. Jobs: seconds until the last byte; RSS of the serving process before → at its peak. Aims are held
against the median of the CPU, which is what a free core waits; what stands below the tables is written by hand."""
NOTES = "<!-- notes -->"


def written(results: Mapping[str, Sequence[Result]], engine: str, size: Size, kept: Path) -> str:
    """The report. What stands below the notes' mark in the file that is there stays."""
    parts = [
        "# Measured",
        "",
        WORDS,
        "",
        f"- {clock.today().isoformat()}, {machine()}",
        f"- how fast a core was meanwhile: {yardstick():.0f} ms CPU for 200,000 small steps of Python",
        f"- {engine} {database(engine)}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        f"- the town: {size.residents:,} residents in {size.homes:,} units, {size.tickets:,} tickets",
    ]
    for name, lines in results.items():
        parts += ["", f"## {HEAD[name]}", "", "| | measured | aim | |", "|---|---|---|---|"]
        parts += [f"| {one.what} | {one.measured} | {one.aim} | {_word(one)} |" for one in lines]
    notes = kept.read_text("utf-8").partition(NOTES)[2] if kept.exists() else ""
    return "\n".join([*parts, "", NOTES, notes.strip(), ""]).rstrip() + "\n"


def _word(one: Result) -> str:
    return "" if one.met is None else "met" if one.met else "**not met**"


def machine() -> str:
    """Cores, processor, system and how busy it is."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        name = found[1] if found else name
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores {name}, {platform.system()} {platform.release()}{load}"


def yardstick() -> float:
    """CPU milliseconds of a fixed piece of work (the median): a machine shared with others does it slower."""
    taken = []
    for _n in range(15):
        started, kept = time.process_time(), {}
        for n in range(200_000):
            kept[n % 1000] = str(n)
        taken.append(time.process_time() - started)
    return sorted(taken)[7] * 1000


def database(engine: str) -> str:
    """The version of the database's program."""
    if engine == "sqlite":
        return sqlite3.sqlite_version
    programs = Server.programs()
    said = subprocess.run([str(programs) + "/postgres", "--version"], capture_output=True, text=True, check=False)
    return said.stdout.split()[-1] if said.stdout else ""
