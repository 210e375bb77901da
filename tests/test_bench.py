"""The benchmarks run: a tiny town, every figure once, written down beside its aim."""

import pytest

from bench.__main__ import main
from bench.figures import Aims
from bench.service import Times


@pytest.mark.engines("sqlite")
def test_a_tiny_town_is_measured_and_written_down(tmp_path, capsys):
    out = tmp_path / "RESULTS.md"
    out.write_text("old\n\n<!-- notes -->\n\nwhat was learned", "utf-8")
    tiny = ["--data", "town", "--days", "3", "--residents", "200", "--tickets", "300", "--rounds", "1"]
    assert main([*tiny, "--out", str(out)]) == 0
    said = out.read_text("utf-8")
    for what in ("## The generated town", "residents, page 1", "household page", "| ≤ 10 ms CPU |"):
        assert what in said, what
    files = ("CSV of", "XLSX of", "one 三联", "rows, drawing alone", "rows of XLSX")
    for what in (*files, "what was learned", "sqlite 3."):
        assert what in said, what
    assert "NOT MET" in capsys.readouterr().out or "**not met**" not in said


def test_an_aim_is_held_against_the_median():
    times = Times(cpu=[9, 9, 50], wall=[100, 100, 100], idle=100, peak=130)
    assert (Aims(cpu=10).met(times), Aims(cpu=8).met(times), Aims().met(times)) == (True, False, None)
    assert (Aims(growth=40).met(times), Aims(growth=29).met(times), Aims(peak=120).met(times)) == (True, False, False)
    assert Aims(cpu=10, growth=29).said == "≤ 10 ms CPU, ≤ idle + 29 MB"
