"""`flask seed`: the demo company, only into an empty database."""

import click
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from commands.demo.estate import make_estate
from commands.demo.matters import make_matters
from commands.demo.names import Namer
from commands.demo.people import CAST, make_staff, make_tree
from models import POSTS, OrgUnit
from rules.write import Writer

DEMO_PASSWORD = "shoujie-demo"
DEMO_ACCOUNTS = {login: f"{POSTS[post].label} {name}" for login, (post, name, _where) in CAST.items()}


def fill_demo(write: Writer, seed: int = 7) -> None:
    """Make the company, its estate and its last weeks; raises RuntimeError where anything exists already."""
    hashed = generate_password_hash(DEMO_PASSWORD)
    namer = Namer(seed)

    def people_and_estate(session: Session) -> None:
        if session.scalar(select(func.count()).select_from(OrgUnit)):
            raise RuntimeError("the demo company is only made into an empty database")
        made = make_tree(session)
        make_staff(session, made, namer, hashed)
        make_estate(session, made, namer)

    write(people_and_estate)
    make_matters(write, namer)


def register(app: Flask) -> None:
    """Add `seed`; the log-in page of this very machine tells the demo password."""
    app.config.setdefault("DEMO_PASSWORD", DEMO_PASSWORD)

    @app.cli.command("seed", help="向空数据库填入演示公司（总部、片区、项目、员工、房屋、住户和近期单据）。")
    def seed() -> None:
        try:
            fill_demo(app.extensions["writer"])
        except RuntimeError as no:
            raise click.ClickException("数据库里已有数据，演示公司只能填入空数据库") from no
        click.echo("演示公司已填入。")
