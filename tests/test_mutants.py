"""The list of `make mutants` is true: each guard stands once where it says, its mutant loads, its tests exist."""

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from commands import mutants
from commands.guards import GUARDS, Guard
from commands.mutants import Bench, judged
from tests.engines import HOUSE

LEAST = 48
KINDS = {
    "permission", "scope", "arrow", "mask", "reveal", "signer", "copy", "paper", "clock", "quiet hours", "people",
    "token", "version", "writing", "sealing", "import identity", "log-in", "export", "web",
    "key custody", "key lending", "key chain",
    "ledger", "stock slip", "transfer", "count",
}  # fmt: skip


def faults(guard: Guard) -> list[str]:
    """What is not as the list says."""
    text = (HOUSE / guard.file).read_text("utf-8")
    wrong = [] if text.count(guard.old) == 1 else [f"stands {text.count(guard.old)} times"]
    wrong += ["changes nothing"] if guard.old == guard.new else []
    try:
        ast.parse(text.replace(guard.old, guard.new))
    except SyntaxError as error:
        wrong.append(f"would not load: {error}")
    for node in guard.tests:
        file, _, name = node.partition("::")
        path = HOUSE / file
        if not path.exists() or f"\ndef {name}(" not in path.read_text("utf-8"):
            wrong.append(f"no {node}")
    return wrong


def test_every_guard_stands_once_where_the_list_says_and_names_its_tests():
    found = {guard.name: wrong for guard in GUARDS if (wrong := faults(guard))}
    assert not found, "mend commands/guards.py: " + "; ".join(f"{name} {wrong}" for name, wrong in found.items())
    assert all(guard.tests for guard in GUARDS)
    assert len({(guard.file, guard.old) for guard in GUARDS}) == len(GUARDS)


def test_the_guards_are_of_every_kind():
    counts = Counter(guard.kind for guard in GUARDS)
    assert set(counts) == KINDS
    assert counts.total() >= LEAST
    assert max(counts.values()) < counts.total() / 4, "a list of one kind proves one kind"


def test_a_guard_that_moved_and_a_test_that_went_are_noticed():
    good = GUARDS[0]
    assert faults(good) == []
    assert faults(good._replace(old="no such line")) == ["stands 0 times"]
    assert faults(good._replace(new=good.old)) == ["changes nothing"]
    assert faults(good._replace(tests=("tests/test_base.py::test_gone",))) == ["no tests/test_base.py::test_gone"]
    assert faults(good._replace(new="[[")) != []


@pytest.mark.parametrize(
    ("code", "told", "killed", "words"),
    [
        (1, "FAILED tests/test_x.py::test_y[sqlite] - assert", True, "test_y[sqlite]"),
        (2, "ERROR tests/test_x.py - NameError", True, "ERROR tests/test_x.py"),
        (0, "3 passed", False, ""),
        (5, "2 deselected", False, mutants.NONE_RAN),
        (4, "ERROR: not found: tests/test_x.py::test_gone", False, mutants.NONE_RAN),
        (1, "", False, mutants.NONE_RAN),
    ],
)
def test_only_a_test_that_fails_kills(code: int, told: str, killed: bool, words: str):
    done = subprocess.CompletedProcess([], code, told, "")
    verdict = judged(GUARDS[0], done)
    assert (verdict.killed, verdict.words) == (killed, words)
    assert str(verdict).startswith("killed  " if killed else "SURVIVED")


def test_mutants_are_made_in_copies_that_hold_what_is_not_committed_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tree, made = tmp_path / "tree", tmp_path / "made"
    tree.mkdir()
    subprocess.run(["git", "init", "-q", tree], check=True)
    (tree / "old.py").write_text("if True:\n    x = 1\n")
    (tree / "new.py").write_text("y = 2\n")
    (tree / ".gitignore").write_text("hidden.py\n")
    (tree / "hidden.py").write_text("z = 3\n")
    subprocess.run(["git", "add", "old.py"], cwd=tree, check=True)
    (tree / "old.py").write_text("if 1 < 2:\n    x = 1\n")
    monkeypatch.setattr(mutants, "ROOT", tree)
    seen: list[str] = []

    def pretend(copy: Path, tests: list[str]) -> "subprocess.CompletedProcess[str]":
        seen.append((copy / "old.py").read_text())
        return subprocess.CompletedProcess(tests, 0, "1 passed", "")

    monkeypatch.setattr(mutants, "run", pretend)
    bench = Bench(made, 1)
    verdict = bench.tried(Guard("arrow", "old.py", "if 1 < 2:", "if False:", ("tests/test_x.py::test_y",)))
    assert not verdict.killed
    assert seen == ["if False:\n    x = 1\n"]
    assert (made / "0" / "old.py").read_text() == (tree / "old.py").read_text() == "if 1 < 2:\n    x = 1\n"
    assert {p.name for p in (made / "0").iterdir()} == {"old.py", "new.py", ".gitignore"}
