"""Asking the house everything it answers: every route with a real row in it, by whoever the full house employs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from admin_views.registers import RegisterView
from models import Stateful
from tests.engines import Databases
from tests.full_house import HOME, House, built
from tests.route_table import PAGES, REGISTERS

METHODS = {"GET", "POST"}


def move_in(
    app: Flask, databases: Databases, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """Put the full house behind the app of this test (SQLite only), its uploads into a folder of the test's own."""
    file, house = built(databases)
    shutil.copyfile(file, database_url.removeprefix("sqlite:///"))
    shutil.copytree(databases.root / "full_instance", folder / "instance")
    monkeypatch.setattr(app, "instance_path", str(folder / "instance"))
    app.config["FILES"] = str(folder / "instance" / "files")
    return house


def kind_of(rule: Rule) -> tuple[str, str] | None:
    """(noun, the rest of the pattern) of a register's route."""
    noun, _, rest = rule.rule.lstrip("/").partition("/")
    is_page = any((method, rule.rule) in PAGES for method in METHODS)
    return (noun, rest) if noun in REGISTERS and not is_page else None


def verbs_of(noun: str) -> list[str]:
    """Every deed of a register, in whatever state it makes sense."""
    view = RegisterView.registered[noun]
    record = view.record
    moves = [m.verb for m in record.lifecycle.moves.values() if not m.system] if issubclass(record, Stateful) else []
    return [*moves, *(deed.verb for deed in view.deeds)]


def asked(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, pattern, pattern with its verb) of everything that can be asked."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        known = kind_of(rule)
        deeds = known is not None and known[1] == "<int:row_id>/<verb>"
        for method in sorted(METHODS & (rule.methods or set())):
            if known is None or not deeds:
                yield method, rule.rule, rule.rule
                continue
            yield from ((method, rule.rule, rule.rule.replace("<verb>", verb)) for verb in verbs_of(known[0]))


def address_of(method: str, pattern: str, house: House, code: str = HOME) -> str:
    """Where it is asked: the rows that the project has."""
    rows, more = house.rows[code], house.more[code]
    known = {**more, **rows, "org": house.orgs[code], "login": house.more[HOME]["login"]}
    if (method, pattern) in PAGES:
        return (PAGES[method, pattern].at or pattern).format(**known)
    noun = pattern.split("/")[1]
    filled = pattern.replace("<int:row_id>", str(rows[noun])).replace("<int:view_id>", str(rows["saved_view"]))
    return filled.replace("<token>", f"token-{code}-00000000").replace("<verb>", "nothing")


def browser(app: Flask, token: str | None) -> FlaskClient:
    """Whoever the token belongs to."""
    client = app.test_client()
    if token:
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def token_of(house: House, who: tuple[str, str]) -> str | None:
    """The living log-in of the person; that of the disabled one is dead."""
    if who[0] == "disabled":
        return str(house.more[HOME]["disabled_token"])
    return house.tokens.get(who)
