"""`flask sweep`: tell people what has come due, once; for a timer where the server runs without its own thread."""

import signal
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
from rules.sweep import SweepThread, sweep

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


HELP = (
    "检查到期的时限并各提醒一次，登记应办事项，封存操作日志；可与服务同时运行，同时运行两个也只提醒一次。"
    "python app.py 自带；用 gunicorn 时须另外运行。"
)


def _keep_on(sweeper: SweepThread) -> None:
    """Until somebody asks for the end; the sweep under way is finished first."""
    signal.signal(signal.SIGTERM, lambda *_: sweeper.stop())
    sweeper.start()
    try:
        sweeper.join()
    except KeyboardInterrupt:
        sweeper.stop()


def register(app: Flask) -> None:
    """Add `sweep`."""

    @app.cli.command("sweep", help=HELP)
    @click.option("--every", type=click.IntRange(min=1), help="每隔几秒一次，一直运行（给 systemd 用）；不写只做一次")
    def run(every: int | None) -> None:
        if every:
            _keep_on(SweepThread(app.extensions["writer"], every, marks_file(app), chores_of(app)))
            return
        done = sweep(app.extensions["writer"], marks_file(app))
        for chore in chores_of(app):
            chore()
        click.echo(
            f"到级 {done.rungs} 项，提醒 {done.alerts} 人次，新增应办 {done.opened} 项，办结 {done.closed} 项，"
            f"封存日志 {done.sealed} 条。"
        )
