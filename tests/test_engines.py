"""The ground every other test stands on: fresh databases, a clock that stands still, marks that are counted."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from models import OrgUnit, clock
from rules.engine import engine_faults
from tests.engines import Databases
from tests.rule_marks import wrong

HOUSE = Path(__file__).resolve().parent.parent


def bare_pytest(plugin: str) -> list[str]:
    """A run of its own, with our settings and one plugin but without our fixtures."""
    options = ["-q", "-p", plugin, "--noconftest", "-p", "no:cacheprovider", "-c", str(HOUSE / "pyproject.toml")]
    return [sys.executable, "-m", "pytest", *options]


def somebody_builds(session: Session) -> None:
    session.add(OrgUnit(kind="company", name="万和物业服务有限公司", code="WH"))
    session.commit()


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_begins_with_an_empty_house(session, time):
    assert session.scalars(select(OrgUnit)).all() == []
    somebody_builds(session)
    assert session.scalars(select(OrgUnit.id)).one() == 1


def test_a_forgotten_transaction_does_not_hold_up_the_next_test(databases: Databases):
    if databases.name == "sqlite":
        return
    url = databases.fresh("test")
    forgotten = create_engine(url).connect()
    forgotten.execute(text("LOCK TABLE org_unit"))
    databases.fresh("test")
    forgotten.invalidate()
    forgotten.close()


def test_an_empty_database_has_no_table(empty_database):
    engine = create_engine(empty_database)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.engines("sqlite")
def test_sqlite_is_opened_safely(engine: Engine):
    assert engine_faults(engine) == []


def test_the_clock_stands_until_it_is_moved(at):
    assert clock.shown(clock.now()) == "2026-11-21 10:00"
    at.forward(minutes=31)
    assert clock.shown(clock.now()) == "2026-11-21 10:31"
    at("2026-11-22 08:00")
    assert clock.now() == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_a_mark_must_name_a_rule():
    assert wrong(["WO-18", "T-01"], known=set()) == []
    assert wrong(["WO18", "wo-18"], known=set()) == ["WO18", "wo-18"]
    assert wrong(["WO-18", "WO-99", "KEY-01"], known={"WO-18"}) == ["WO-99"]


def test_marks_are_written_down_without_running_a_test(tmp_path: Path):
    (tmp_path / "test_marked.py").write_text(
        "import pytest\n"
        "@pytest.mark.rule('WO-18', 'WO-19')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_it(n): raise AssertionError('must not run')\n"
    )
    subprocess.run(
        [*bare_pytest("tests.rule_marks"), "--collect-only", "--rule-marks", tmp_path / "marks.json", tmp_path],
        cwd=HOUSE,
        check=True,
        capture_output=True,
    )
    marks = json.loads((tmp_path / "marks.json").read_text())
    assert {rule: [t.split("::")[1] for t in tests] for rule, tests in marks.items()} == {
        "WO-18": ["test_it"],
        "WO-19": ["test_it"],
    }


def test_in_ci_a_skip_fails_the_run_and_is_listed(tmp_path: Path, monkeypatch):
    (tmp_path / "test_skipped.py").write_text("import pytest\ndef test_it(): pytest.skip('没有打印机')\n")

    def run(ci: str) -> tuple[int, str]:
        monkeypatch.setenv("CI", ci)
        done = subprocess.run(
            [*bare_pytest("tests.not_run"), tmp_path], cwd=HOUSE, check=False, capture_output=True, text=True
        )
        return done.returncode, done.stdout

    code, said = run("")
    assert code == 0
    assert "1 项：没有打印机" in said
    code, said = run("true")
    assert code == 1
    assert "未能运行" in said
