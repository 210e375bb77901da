"""Which test proves which rule of the catalogue: checks the marks, and writes them down on request.

`python -m pytest --collect-only -q --rule-marks FILE` runs no test, opens no database and leaves in FILE
`{"WO-18": ["tests/test_work_orders.py::test_…", …], …}`; `make rules` reads it.
"""

import functools
import json
import re
from pathlib import Path

import pytest

HANDBOOK = Path(__file__).resolve().parent.parent / "docs" / "handbook"
SHAPE = re.compile(r"[A-Z]+-\d{1,3}[a-z]?")
ROW = re.compile(rf"^\|\s*`?({SHAPE.pattern})`?\s*\|", re.MULTILINE)


@functools.cache
def known_ids() -> set[str]:
    """The rule ids in the first column of the handbook's tables; empty until the handbook has any."""
    return {found for page in HANDBOOK.rglob("*.md") for found in ROW.findall(page.read_text("utf-8"))}


def ids_of(item: pytest.Item) -> list[str]:
    """The rules this test says it proves."""
    return [str(rule) for mark in item.iter_markers("rule") for rule in mark.args]


def wrong(ids: list[str], known: set[str]) -> list[str]:
    """The ids that are misspelt or that the handbook does not have."""
    return [rule for rule in ids if not SHAPE.fullmatch(rule) or (known and rule not in known)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rule-marks", metavar="FILE", help="write which test proves which rule, as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs before anything is deselected, so that the long tests count too."""
    if file := config.getoption("--rule-marks"):
        marks: dict[str, set[str]] = {}
        for item in items:
            for rule in ids_of(item):
                marks.setdefault(rule, set()).add(item.nodeid.split("[")[0])
        table = {rule: sorted(tests) for rule, tests in sorted(marks.items())}
        Path(file).write_text(json.dumps(table, ensure_ascii=False, indent=1), "utf-8")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A mark that names no rule fails its test."""
    if bad := wrong(ids_of(item), known_ids()):
        pytest.fail(f"no such rule in the catalogue: {', '.join(bad)}", pytrace=False)
