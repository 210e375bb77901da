"""`flask check`: what is not safe about this installation, in Chinese; neither way of serving starts with it."""

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask
from sqlalchemy import select

from admin_views.request import db
from commands.schema import newest, revision
from models import Staff
from rules.backups import overdue_words
from rules.engine import engine_faults

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
HELP = (
    "检查本机设置是否可以投入使用；有问题时逐条列出并返回 1，python app.py 和 gunicorn 带着这些问题都不启动。"
    "打“！”的只是提醒。正式启用前加 --host 0.0.0.0：仍有演示账号时，请先执行 start-real。"
)


def serves_others(app: Flask, host: str) -> bool:
    """Whether anybody but this machine is to come: by the address served, by the name known, or through a proxy."""
    known = urlsplit(app.config["BASE_URL"]).hostname
    return host not in LOOPBACK or (known or "localhost") not in LOOPBACK or bool(app.config["PROXIES"])


def faults(app: Flask, host: str = "127.0.0.1") -> list[str]:
    """Every unsafe setting as one sentence; empty when the installation may serve."""
    found = [*engine_faults(db.engine), *_table_faults(app), *_file_faults(app), *_secret_faults(app)]
    if serves_others(app, host):
        found += _open_faults(app)
    db.session.remove()
    return found


def _table_faults(app: Flask) -> list[str]:
    with db.engine.connect() as connection:
        there, wanted = revision(connection), newest(app)
    return [] if there == wanted else ["数据库结构与程序不符，请执行 flask --app app db upgrade"]


def _file_faults(app: Flask) -> list[str]:
    instance = Path(app.instance_path)
    database = Path(db.engine.url.database or "") if db.engine.dialect.name == "sqlite" else None
    beside = sorted(database.parent.glob(f"{database.name}*")) if database else []
    private = [*sorted((instance / "keys").glob("*")), instance / "secret", instance / "trail.marks", *beside]
    return [
        f"{file.name} 可被他人读取，请执行 chmod 600"
        for file in private
        if file.exists() and not file.name.endswith(".wlock") and stat.S_IMODE(file.stat().st_mode) & 0o077
    ]


def _secret_faults(app: Flask) -> list[str]:
    secret = app.config["SECRET_KEY"]
    found = [] if len(secret) >= 32 else ["SECRET_KEY 太短，至少 32 个字符"]
    return found if len(set(secret)) >= 8 else [*found, "SECRET_KEY 太简单，请删除 secret 文件让程序重新生成"]


def _open_faults(app: Flask) -> list[str]:
    """What only matters when others come: who may log in, over which line, under which name."""
    found = []
    if app.debug:
        found.append("对外服务时不能打开调试模式")
    if revision_known() and db.session.scalar(select(Staff.id).where(Staff.demo).limit(1)):
        found.append("演示账号不能对外服务，请先执行 flask --app app start-real")
    if not app.config["BASE_URL"]:
        found.append("请设置 BASE_URL，否则单据上的二维码无法打开")
    elif not app.config["BASE_URL"].startswith("https://"):
        found.append("BASE_URL 须以 https:// 开头：密码和住户资料不能在网上明文传送")
    if not app.config["SESSION_COOKIE_SECURE"]:
        found.append("请设置 COOKIE_SECURE=1，登录凭证只走 https")
    if not app.config["PROXIES"]:
        found.append("https 由反向代理提供，请设置 PROXIES=1，否则所有人共用一个来源地址，一人输错密码会拖累全部")
    return found


def revision_known() -> bool:
    """Whether there are tables to ask."""
    with db.engine.connect() as connection:
        return bool(revision(connection))


def warnings() -> list[str]:
    """What should be seen to but is no reason to stay closed."""
    found = ["正以 root 运行，请换一个专用账号"] if os.geteuid() == 0 else []
    if revision_known() and (words := overdue_words(db.session())):
        found.append(words)
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
        for sentence in warnings():
            click.echo(f"！ {sentence}")
        if wrong:
            raise SystemExit(1)
        click.echo("设置正常。")
