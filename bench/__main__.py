"""`python -m bench`: measure the house on the demo and on a generated town, write bench/RESULTS.md."""

import argparse
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine, create_engine

from bench.figures import PARTS, House, Result
from bench.report import written
from bench.service import Browser, served
from bench.town import Size, build
from commands.demo.chapters import DAYS
from commands.seed import DEMO_PASSWORD, fill_demo
from models import secrecy
from rules.engine import prepare_engine
from rules.write import Writer
from tests.engines import ENGINES, clear, new_root

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
DATA = ("demo", "town")
LOGIN = "zhuguan"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; with everything asked for the report is kept."""
    asked = _asked(arguments)
    size = Size(asked.residents, asked.tickets)
    parts = asked.part or list(PARTS)
    results: dict[str, list[Result]] = {}
    with _folder() as root:
        for name in asked.data or DATA:
            results[name] = []
            with _house(root, asked.engine, name, size, asked.rounds, asked.days) as house:
                for part in parts:
                    for one in PARTS[part](house) if _fits(part, name) else ():
                        results[name].append(one)
                        print(f"{name} · {one.part} · {one.what}: {one.measured}  {_verdict(one)}", flush=True)
    if asked.out:
        Path(asked.out).write_text(written(results, asked.engine, size, Path(asked.out)), encoding="utf-8")
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m bench", description="测量首接的速度和内存，每项旁边写目标值")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="sqlite", help="数据库")
    parser.add_argument("--part", choices=list(PARTS), action="append", help="只测这些部分")
    parser.add_argument("--data", choices=DATA, action="append", help="只测演示公司（demo）或生成的数据（town）")
    parser.add_argument("--residents", type=int, default=usual.residents, help="生成多少住户")
    parser.add_argument("--tickets", type=int, default=usual.tickets, help="生成多少报事")
    parser.add_argument("--rounds", type=int, default=60, help="每页测几次")
    parser.add_argument("--days", type=int, default=DAYS, help="演示公司有多少天的单据")
    parser.add_argument("--out", default="", help=f"把结果写到这个文件（make bench 写 {RESULTS.name}）")
    asked = parser.parse_args(arguments)
    whole = not (asked.part or asked.data) and Size(asked.residents, asked.tickets) == usual
    asked.out = asked.out or (str(RESULTS) if whole else "")
    return asked


def _verdict(one: Result) -> str:
    return "" if one.met is None else f"[{one.aim}: {'met' if one.met else 'NOT MET'}]"


def _fits(part: str, name: str) -> bool:
    """The import of fifty thousand rows is measured once, into the town."""
    return part != "imports" or name == "town"


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    root = new_root()
    try:
        yield root
    finally:
        clear(root)


@contextlib.contextmanager
def _house(root: Path, engine_name: str, name: str, size: Size, rounds: int, days: int) -> Iterator[House]:
    """A throw-away database with its data, and a server on it."""
    databases = ENGINES[engine_name](root, "bench")
    if reason := databases.why_not():
        raise SystemExit(reason)
    folder = root / name
    folder.mkdir(mode=0o700)
    secrecy.use_keys(folder / "keys")
    url = databases.fresh(name)
    engine: Engine = prepare_engine(create_engine(url))
    fill_demo(Writer(engine), days=days)
    if name == "town":
        print(f"town: {size.residents:,} residents, {size.tickets:,} tickets …", flush=True)
        build(engine, size)
    os.environ.setdefault("FONT_CACHE", str(Path(__file__).resolve().parent.parent / "instance" / "fonts"))
    try:
        with served(url, folder) as port, contextlib.closing(Browser(port, LOGIN, DEMO_PASSWORD)) as browser:
            yield House(name, engine, browser, size, rounds, folder, url, aims=name == "town")
    finally:
        engine.dispose()
        databases.close()


if __name__ == "__main__":
    raise SystemExit(main())
