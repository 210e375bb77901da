"""`make rules`: per module how many rules of the handbook a test proves, and which none does."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from rules.handbook import Rule, rules

ROOT = Path(__file__).parent.parent


def proven() -> set[str]:
    """The ids that a test is marked with: a collection without running anything."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "marks.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--rule-marks", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not file.exists():
            raise click.ClickException(f"测试收集失败：\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return set(json.loads(file.read_text(encoding="utf-8")))


def line(name: str, rows: list[Rule], tested: set[str]) -> str:
    """`WO 31 31 0 25 5 1`: total, tested, missing, then how each tested rule is met."""
    done = [r for r in rows if r.id in tested]
    kinds = Counter(r.kind for r in done)
    met = " ".join(str(kinds[k]) for k in ("enforced", "computed", "served"))
    return f"{name} {len(rows)} {len(done)} {len(rows) - len(done)} {met}"


def main() -> int:
    """Print the table; 1 when a rule has no test."""
    tested, known = proven(), list(rules().values())
    click.echo("NAME total tested missing enforced computed served")
    for module in dict.fromkeys(r.module for r in known):
        click.echo(line(module, [r for r in known if r.module == module], tested))
    missing = [r.id for r in known if r.id not in tested]
    if missing:
        click.echo(f"没有测试：{' '.join(missing)}", err=True)
    click.echo(line("ALL", known, tested))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
