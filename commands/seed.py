"""`flask seed`: the demo company, only into an empty database, and whole or not at all."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from commands.demo.chapters import DAYS, play
from commands.demo.estate import make_estate
from commands.demo.names import Namer
from commands.demo.people import CAST, make_staff, make_tree
from models import POSTS, OrgUnit, clock
from models.numbers import close_the_books
from rules.attachments import Store
from rules.person import SYSTEM
from rules.sweep import sweep
from rules.write import Writer

DEMO_PASSWORD = "shoujie-demo"
DEMO_ACCOUNTS = {login: f"{POSTS[post].label} {name}" for login, (post, name, _where) in CAST.items()}


def fill_demo(
    write: Writer,
    seed: int = 7,
    *,
    days: int = DAYS,
    tell: Callable[[date], None] | None = None,
    files: Path | None = None,
) -> None:
    """Make the company, its estate and its last weeks; raises RuntimeError where anything exists already.

    One transaction: nobody ever sees half a company, and the disk is waited for once. `tell` hears of each new day;
    what was signed on the glass lies in `files`, where there is such a folder.
    """
    hashed = generate_password_hash(DEMO_PASSWORD)
    now = clock.now()

    def make(session: Session) -> None:
        if session.scalar(select(func.count()).select_from(OrgUnit)):
            raise RuntimeError("the demo company is only made into an empty database")
        namer = Namer(seed)
        with clock.pretend(_opening(now, days)):
            made = make_tree(session)
            make_staff(session, made, namer, hashed)
            make_estate(session, made, namer)
            close_the_books(session)
        play(session, namer, days, tell or (lambda _day: None), Store(files) if files else None)

    with clock.pretend(now):
        write(make, by=SYSTEM)
    while sweep(write).rungs:
        pass


def _opening(now: datetime, days: int) -> datetime:
    """The morning before the first day: the registers were brought over then."""
    return clock.at_wall(clock.local(now).date() - timedelta(days=days), time(9))


def weeks_told() -> Callable[[date], None]:
    """Say at each new week how far the story has come: whoever waits sees that it moves."""
    began: list[date] = []

    def tell(day: date) -> None:
        if not began or day >= began[-1] + timedelta(days=7):
            began.append(day)
            click.echo(
                f"  {'…' if began[1:] else '房屋、住户和员工已建好，开始填写日常单据：'} {day:%m月%d日}", nl=False
            )

    return tell


def register(app: Flask) -> None:
    """Add `seed`; the log-in page of this very machine tells the demo password."""
    app.config.setdefault("DEMO_PASSWORD", DEMO_PASSWORD)

    @app.cli.command("seed", help="向空数据库填入演示公司（总部、片区、项目、员工、房屋、住户和近期单据）。")
    def seed() -> None:
        try:
            fill_demo(app.extensions["writer"], tell=weeks_told(), files=Path(app.config["FILES"]))
            click.echo()
        except RuntimeError as no:
            raise click.ClickException("数据库里已有数据，演示公司只能填入空数据库") from no
        click.echo("演示公司已填入。")
