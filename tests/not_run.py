"""What could not run and why: listed at the end in plain words; with CI=true nothing may be missing."""

from collections import Counter

import pytest

from tests.machine import in_ci


def _reasons(config: pytest.Config) -> Counter[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    return Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skip in CI is a failure."""
    here = not hasattr(session.config, "workerinput")
    if here and in_ci() and exitstatus == pytest.ExitCode.OK and _reasons(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The list, shortest possible: how many tests, and what they lack."""
    if reasons := _reasons(config):
        terminalreporter.section("未能运行", red=in_ci(), yellow=not in_ci())
        for reason, count in reasons.most_common():
            terminalreporter.line(f"{count} 项：{reason}")
        if in_ci():
            terminalreporter.line("CI=true 时不允许跳过任何测试。", red=True)
