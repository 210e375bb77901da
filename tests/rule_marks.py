"""Which test proves which rule of the catalogue: checks the marks, and writes them down on request.

`python -m pytest --collect-only -q --rule-marks FILE` runs no test, opens no database and leaves in FILE
`{"WO-18": ["tests/test_work_orders.py::test_…", …], …}`; `make rules` reads it.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path

import pytest

from rules.handbook import rules

SHAPE = re.compile(r"[A-Z]+-\d{2,3}")


def ids_of(item: pytest.Item) -> list[str]:
    """The rules this test says it proves."""
    return [str(rule) for mark in item.iter_markers("rule") for rule in mark.args]


def wrong(ids: list[str], known: Collection[str]) -> list[str]:
    """The ids that are misspelt, or whose module the handbook has without this rule."""
    modules = {rule.split("-")[0] for rule in known}
    return [r for r in ids if not SHAPE.fullmatch(r) or (r.split("-")[0] in modules and r not in known)]


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
    if bad := wrong(ids_of(item), rules()):
        pytest.fail(f"no such rule in the catalogue: {', '.join(bad)}", pytrace=False)
