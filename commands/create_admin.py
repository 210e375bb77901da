"""`flask create-admin` and `flask reset-password`: the way in when nobody is in yet, and the way back in."""

from collections.abc import Callable

import click
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Appointment, OrgUnit, Staff, clock
from models.people import org_path
from models.trail import tell
from rules.errors import RuleError
from rules.importing.search_keys import initials_of
from rules.login import hash_secret
from rules.staffing import chosen_login, first_password


def register(app: Flask) -> None:
    """Add both."""

    @app.cli.command("create-admin", help="新建系统管理员（没有公司总部时一并建立），显示一次初始密码。")
    @click.option("--login", prompt="登录名", help="登录名，小写字母和数字")
    @click.option("--name", prompt="姓名", help="系统管理员的姓名")
    @click.option("--company", default="物业服务公司", show_default=True, help="公司总部的名称（还没有时才用）")
    def create_admin(login: str, name: str, company: str) -> None:
        word = first_password()
        kept = hash_secret(word)
        _say(lambda: app.extensions["writer"](lambda s: make_admin(s, login, name, company, kept)))
        click.echo(f"系统管理员 {name} 已建立，登录名 {login.strip().lower()}。")
        click.echo(f"初始密码 {word}（只显示这一次，登录后须修改）")

    @app.cli.command("reset-password", help="重置某个登录名的密码（例如系统管理员忘记了），显示一次初始密码。")
    @click.argument("login")
    def reset_password(login: str) -> None:
        word = first_password()
        kept = hash_secret(word)
        _say(lambda: app.extensions["writer"](lambda s: put_password(s, login, kept)))
        click.echo(f"{login} 的初始密码是 {word}（只显示这一次，登录后须修改），原有登录已全部退出。")


def _say(work: Callable[[], object]) -> None:
    try:
        work()
    except RuleError as no:
        raise click.ClickException(str(no)) from no


def make_admin(session: Session, login: str, name: str, company: str, password_hash: str) -> Staff:
    """The first administrator, in the company (made when there is none). Raises RuleError at `login` or `name`."""
    if not name.strip():
        raise RuleError("请填写姓名", field="name")
    root = session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None)).order_by(OrgUnit.id)).first()
    if root is None:
        root = OrgUnit(name=company, kind="company", path="/")
        session.add(root)
        session.flush()
        root.path = org_path(None, root.id)
    staff = Staff(
        name=name.strip(),
        initials=initials_of(name.strip())[:32],
        org_id=root.id,
        login=chosen_login(session, login, None),
        password_hash=password_hash,
        must_change=True,
    )
    session.add(staff)
    session.flush()
    session.add(Appointment(staff_id=staff.id, post="system_admin", org_id=root.id, starts_on=clock.today()))
    return staff


def put_password(session: Session, login: str, password_hash: str) -> None:
    """A new first password from the terminal, for whoever owns the machine. Raises RuleError for an unknown name."""
    staff = session.scalars(select(Staff).where(func.lower(Staff.login) == login.strip().lower())).one_or_none()
    if staff is None or not staff.active:
        raise RuleError(f"没有在岗员工使用登录名 {login}")
    staff.password_hash = password_hash
    staff.must_change = True
    staff.pin_hash = None
    tell(session, "重置密码", staff, {"方式": "命令行"})
