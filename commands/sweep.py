"""`flask sweep`: tell people what has come due, once; for a timer where the server runs without its own thread."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import Flask

from models import clock
from rules.importing.chores import tidy
from rules.importing.spool import Spool
from rules.policy_changes import Follow
from rules.retention import clear_spool, forget_print_content
from rules.sweep import sweep

MARKS = "trail.marks"


def marks_file(app: Flask) -> Path:
    """Where the last seals of the trail are remembered outside the database."""
    return Path(app.instance_path) / MARKS


def chores_of(app: Flask) -> list[Callable[[], object]]:
    """What is tidied up beside the sweep, by the server's thread and by `flask sweep` alike."""
    write, instance = app.extensions["writer"], Path(app.instance_path)
    return [
        Follow(write),
        _seldom(lambda: tidy(write, Spool(instance / "imports")), timedelta(minutes=1)),
        _seldom(lambda: forget_print_content(write)),
        lambda: clear_spool(instance / "spool"),
    ]


def _seldom(chore: Callable[[], object], every: timedelta = timedelta(hours=1)) -> Callable[[], object]:
    """The chore, once in a while only: what it looks for changes by the day."""
    done: list[datetime] = []

    def run() -> None:
        if not done or clock.now() - done[-1] >= every:
            chore()
            done[:] = [clock.now()]

    return run


def register(app: Flask) -> None:
    """Add `sweep`."""

    @app.cli.command("sweep", help="检查到期的时限并各提醒一次，登记应办事项，封存操作日志；可与服务同时运行。")
    def run() -> None:
        done = sweep(app.extensions["writer"], marks_file(app))
        for chore in chores_of(app):
            chore()
        click.echo(
            f"到级 {done.rungs} 项，提醒 {done.alerts} 人次，新增应办 {done.opened} 项，办结 {done.closed} 项，"
            f"封存日志 {done.sealed} 条。"
        )
