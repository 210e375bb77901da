"""`flask check`: what is not safe about this installation, in Chinese; `python app.py` refuses to serve with it."""

import stat
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from admin_views.request import db
from models import Staff
from rules.engine import engine_faults

HELP = (
    "检查本机设置是否可以投入使用；有问题时逐条列出并返回 1。"
    "正式启用前加 --host 0.0.0.0：仍有演示账号时，请先执行 start-real。"
)


def faults(app: Flask, host: str = "127.0.0.1") -> list[str]:
    """Every unsafe setting as one sentence; empty when the installation may serve."""
    found = engine_faults(db.engine)
    instance = Path(app.instance_path)
    database = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    for file in (instance / "keys" / "keys", instance / "secret", *([Path(database)] if database else [])):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            found.append(f"{file.name} 可被他人读取，请执行 chmod 600")
    if len(app.config["SECRET_KEY"]) < 32:
        found.append("SECRET_KEY 太短，至少 32 个字符")
    if app.debug and host not in {"127.0.0.1", "localhost"}:
        found.append("对外服务时不能打开调试模式")
    if host not in {"127.0.0.1", "localhost", "::1"}:
        if db.session.scalar(select(Staff.id).where(Staff.demo).limit(1)):
            found.append("演示账号不能对外服务，请先执行 flask --app app start-real")
        if not app.config["BASE_URL"]:
            found.append("请设置 BASE_URL，否则单据上的二维码无法打开")
    db.session.remove()
    return found


def register(app: Flask) -> None:
    """Add `check`."""

    @app.cli.command("check", help=HELP)
    @click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True, help="将要服务的地址")
    def check(host: str) -> None:
        wrong = faults(app, host)
        for sentence in wrong:
            click.echo(f"✗ {sentence}")
        if wrong:
            raise SystemExit(1)
        click.echo("设置正常。")
