"""`flask sweep`: tell people what has come due, once; for a timer where the server runs without its own thread."""

from pathlib import Path

import click
from flask import Flask

from rules.sweep import sweep

MARKS = "trail.marks"


def marks_file(app: Flask) -> Path:
    """Where the last seals of the trail are remembered outside the database."""
    return Path(app.instance_path) / MARKS


def register(app: Flask) -> None:
    """Add `sweep`."""

    @app.cli.command("sweep", help="检查到期的时限并各提醒一次，登记应办事项，封存操作日志；可与服务同时运行。")
    def run() -> None:
        done = sweep(app.extensions["writer"], marks_file(app))
        click.echo(
            f"到级 {done.rungs} 项，提醒 {done.alerts} 人次，新增应办 {done.opened} 项，办结 {done.closed} 项，"
            f"封存日志 {done.sealed} 条。"
        )
