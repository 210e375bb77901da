"""`flask start-real`: from the demo company to the house's own: empty registers, one project, one administrator."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from admin_views.request import db
from commands.create_admin import make_admin
from commands.schema import bring_up
from commands.sweep import marks_file
from models import OrgUnit, Staff
from rules.engine import prepare_engine
from rules.errors import RuleError
from rules.login import hash_secret
from rules.org_units import create_unit
from rules.person import SYSTEM, person_of
from rules.staffing import first_password
from rules.write import Writer

SURE = "清空"


@dataclass(frozen=True, slots=True)
class Opening:
    """What the new house starts with."""

    company: str
    project: str
    code: str
    login: str
    name: str
    password_hash: str

    def fill(self, session: Session) -> None:
        """Company, project, administrator. Raises RuleError at whatever does not fit."""
        if not self.company.strip():
            raise RuleError("请填写公司名称", field="company")
        admin = make_admin(session, self.login, self.name, self.company.strip(), self.password_hash)
        by, root = person_of(session, admin), session.get_one(OrgUnit, admin.org_id)
        create_unit(session, by, name=self.project, kind="project", parent=root, code=self.code)


def register(app: Flask) -> None:
    """Add `start-real`."""

    @app.cli.command("start-real", help=HELP)
    @click.option("--company", prompt="公司名称", help="公司总部的名称")
    @click.option("--project", prompt="第一个项目的名称", help="第一个项目（管理处）的名称")
    @click.option("--code", prompt="项目代码（用于单号，如 YJ）", help="项目代码，2 到 8 个大写字母或数字")
    @click.option("--login", prompt="系统管理员登录名", help="第一个系统管理员的登录名")
    @click.option("--name", prompt="系统管理员姓名", help="第一个系统管理员的姓名")
    def start_real(company: str, project: str, code: str, login: str, name: str) -> None:
        if wrong := refusal():
            raise click.ClickException(wrong)
        if click.prompt(f"演示公司的全部数据将不再使用。确定请输入“{SURE}”", default="", show_default=False) != SURE:
            raise click.ClickException("没有清空，数据未变")
        word = first_password()
        opening = Opening(company, project, code, login, name, hash_secret(word))
        try:
            kept = empty_and_open(app, opening)
        except RuleError as no:
            raise click.ClickException(f"{no}。数据未变") from no
        click.echo(f"{company} {project} 已启用，系统管理员 {name}，登录名 {login.strip().lower()}。")
        click.echo(f"初始密码 {word}（只显示这一次，登录后须修改）")
        if kept:
            click.echo(f"演示数据保留在 {kept}，不需要时可删除。")


HELP = (
    "结束演示、正式启用：清空演示公司，建立公司、第一个项目和第一个系统管理员，显示一次初始密码。"
    "只有全部员工都是演示账号时才执行，须输入“清空”确认；请先停止服务。"
    "SQLite 的原数据库改名为 .demo 保留；PostgreSQL 在一个事务内清空，不保留。"
)


def refusal() -> str:
    """Why this database is not to be emptied; empty when all in it is demo."""
    staff = db.session.scalar(select(func.count()).select_from(Staff)) or 0
    real = db.session.scalar(select(func.count()).select_from(Staff).where(~Staff.demo)) or 0
    units = db.session.scalar(select(func.count()).select_from(OrgUnit)) or 0
    db.session.remove()
    if real:
        return (
            f"有 {real} 名员工不是演示账号，不能清空。"
            "确实要从头开始，请另设 DATABASE_URL 或 INSTANCE，再执行 create-admin"
        )
    if not staff:
        return "没有演示账号" + ("，不能清空" if units else "，数据库是空的，请直接执行 create-admin")
    return ""


def empty_and_open(app: Flask, opening: Opening) -> str:
    """Empty the database and fill in the opening; where the old one was kept. All or nothing. Raises RuleError."""
    db.engine.dispose()
    renew: Callable[[Flask, Engine, Opening], str]
    renew = _other_file if db.engine.dialect.name == "sqlite" else _other_tables
    try:
        kept = renew(app, db.engine, opening)
    finally:
        db.engine.dispose()
    marks = marks_file(app)
    if marks.exists():  # the seals of the demo's trail: the new trail must not be measured by them
        marks.rename(_free(marks))
    return kept


def _free(file: Path) -> Path:
    names = (file.with_name(f"{file.name}.demo{n}") for n in ("", *range(2, 1000)))
    return next(one for one in names if not one.exists())


def _other_file(app: Flask, engine: Engine, opening: Opening) -> str:
    """SQLite: the new database is made beside the old one, and takes its place when it is whole."""
    file = Path(engine.url.database or "")
    nobody_else(file)
    draft = file.with_name(f"{file.name}.new")
    for part in draft.parent.glob(f"{draft.name}*"):
        part.unlink()
    made = prepare_engine(create_engine(engine.url.set(database=str(draft))))
    try:
        with made.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
            bring_up(app, connection)
        Writer(made)(opening.fill)
        made.dispose()
        kept = file.rename(_free(file))
        draft.rename(file)
    finally:
        made.dispose()
        for part in draft.parent.glob(f"{draft.name}*"):
            part.unlink()
    return str(kept)


def nobody_else(file: Path) -> None:
    """SQLite leaves its WAL only when nobody else has the file open; with the WAL folded in, the file is all of it.

    Raises RuleError while somebody has, sqlite3.DatabaseError where it is no database any more.
    """
    with closing(sqlite3.connect(file, timeout=1)) as alone:
        try:
            mode = alone.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as no:
            raise RuleError("数据库正在使用，请先停止服务") from no
    if mode != ("delete",):
        raise RuleError("数据库正在使用，请先停止服务")


def _other_tables(app: Flask, engine: Engine, opening: Opening) -> str:
    """PostgreSQL: every table is dropped, made and filled in one transaction."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with engine.begin() as connection:
        if connection.execute(text(others)).scalar():
            raise RuleError("数据库还有别的连接，请先停止服务")
        bring_up(app, connection, again=True)
        with Session(connection) as session:
            session.info.update(actor=SYSTEM, reason="正式启用", request_id=None)
            opening.fill(session)
            session.commit()
    return ""
