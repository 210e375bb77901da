"""`flask verify`: whether trail, append-only tables, number series, stock ledger and files are as they were written."""

from pathlib import Path

import click
from flask import Flask
from sqlalchemy.orm import Session

from commands.sweep import marks_file
from rules.append_only import open_tables
from rules.attachments import Store, store_faults
from rules.keys_conservation import custody_faults
from rules.ledger_check import verify_ledger
from rules.stock_months import verify_months
from rules.trail import mark_words, marks_of, one_moment, read_marks, unsealed_tail, verify, verify_numbers


def faults(session: Session, app: Flask) -> list[str]:
    """Every fault as one Chinese sentence; empty when everything is whole."""
    return faults_of(session, marks_file(app), Path(app.config["FILES"]))


def faults_of(session: Session, marks: Path, files: Path) -> list[str]:
    """The same for a database with marks and files of its own, such as a backup."""
    return [
        *(str(fault) for fault in verify(session, read_marks(marks))),
        *(f"表 {name} 的只增不改保护缺失" for name in open_tables(session.connection())),
        *verify_numbers(session),
        *verify_ledger(session),
        *verify_months(session),
        *store_faults(session, Store(files)),
        *custody_faults(session),
    ]


def register(app: Flask) -> None:
    """Add `verify`."""

    @app.cli.command(
        "verify", help="核对操作日志的封印、只增不改的表、单号的连续、库存台账和附件文件；有问题时逐条列出并返回 1。"
    )
    def run() -> None:
        with one_moment(app.extensions["writer"].engine) as session:
            wrong = faults(session, app)
            tail, mark = unsealed_tail(session), mark_words(marks_of(session))
        for sentence in wrong:
            click.secho(f"✗ {sentence}", fg="red", err=True)
        click.echo(f"未封存的日志 {tail} 条（服务运行时十秒内封存）。封印摘要：{mark}")
        if wrong:
            raise SystemExit(1)
        click.echo("操作日志、单号、库存台账、附件均完整。")
