"""Serving for `python app.py`: a production WSGI server with threads, the sweep beside it, the address in words."""

import logging
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import func, select
from waitress import serve as waitress_serve

from admin_views.request import db
from commands.check import LOOPBACK, faults, warnings
from commands.seed import DEMO_ACCOUNTS, DEMO_PASSWORD, fill_demo, weeks_told
from commands.sweep import chores_of, marks_file
from models import OrgUnit, Staff
from rules.sweep import SweepThread


def behind(proxies: int) -> dict[str, Any]:
    """What the server is told of the proxies in front: without it, it takes what they say of the visitor away."""
    if not proxies:
        return {}
    headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": "*", "trusted_proxy_count": proxies, "trusted_proxy_headers": headers}


def refuse_unsafe(app: Flask, host: str = "127.0.0.1") -> None:
    """Say every unsafe setting and end the process; before any server begins. What is only a reminder is said."""
    with app.app_context():
        wrong, also = faults(app, host), warnings()
        db.session.remove()
        db.engine.dispose()  # whoever forks afterwards shares no connection
    for sentence in wrong:
        click.secho(f"不能启动：{sentence}", fg="red", err=True)
    for sentence in also:
        click.echo(f"！ {sentence}", err=True)
    if wrong:
        raise SystemExit(1)


def serve(app: Flask, host: str, port: int) -> int:
    """Fill an empty database with the demo company (loopback only), refuse unsafe settings, serve until Ctrl+C."""
    with app.app_context():
        empty = not db.session.scalar(select(func.count()).select_from(OrgUnit))
        db.session.remove()
        if empty and host in LOOPBACK:
            click.echo("数据库是空的：正在填入演示公司（三个月的单据，约半分钟到一分钟）")
            fill_demo(app.extensions["writer"], tell=weeks_told(), files=Path(app.config["FILES"]))
            click.echo()
        demo = db.session.scalar(select(func.count()).select_from(Staff).where(Staff.demo))
        db.session.remove()
    refuse_unsafe(app, host)
    click.secho(f"\n首接已启动：http://{host}:{port}/   （按 Ctrl+C 停止）", bold=True)
    if demo:
        click.echo(f"演示账号（密码都是 {DEMO_PASSWORD}）：")
        for login, who in DEMO_ACCOUNTS.items():
            click.echo(f"  {login:<10} {who}")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    write = app.extensions["writer"]
    sweeper = SweepThread(write, marks=marks_file(app), chores=chores_of(app))
    sweeper.start()
    try:
        waitress_serve(
            app,
            host=host,
            port=port,
            threads=8,
            ident="shoujie",
            max_request_body_size=64 * 1024 * 1024,
            **behind(app.config["PROXIES"]),
        )
    finally:
        sweeper.stop()
    return 0
