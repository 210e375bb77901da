"""`flask start-real`: the demo goes, the house's own company stands; nothing of a real house is ever emptied."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select

from admin_views.request import db
from commands.verify import faults
from models import Appointment, OrgUnit, Staff, Ticket
from models.people import org_path
from rules.engine import prepare_engine
from rules.login import secret_fits
from tests.conftest import make_app
from tests.engines import migrate

WORDS = (
    "start-real", "--company", "安和物业", "--project", "晴川苑", "--code", "QC", "--login", "Boss", "--name", "简舟"
)  # fmt: skip


@pytest.fixture
def demo(empty_database: str, tmp_path: Path) -> Iterator[Flask]:
    """A database of its own with two demo people; nobody else is connected to it."""
    migrate(empty_database)
    app = make_app(empty_database, tmp_path)

    def fill(session):
        root = OrgUnit(name="万和物业服务有限公司", kind="company", path="/")
        session.add(root)
        session.flush()
        root.path = org_path(None, root.id)
        for login in ("xitong", "boss"):
            session.add(Staff(name=login, org_id=root.id, login=login, demo=True))

    with app.app_context():
        app.extensions["writer"](fill)
        db.engine.dispose()
    (tmp_path / "trail.marks").write_text("{}")
    yield app
    with app.app_context():
        db.engine.dispose()


def start(app: Flask, sure: str = "清空\n"):
    return app.test_cli_runner().invoke(args=list(WORDS), input=sure)


def names(app: Flask, model) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(model.name).order_by(model.id)))
        db.session.remove()
        db.engine.dispose()
    return found


def test_the_demo_goes_and_company_project_and_administrator_stand(demo, tmp_path):
    done = start(demo)
    assert done.exit_code == 0, done.output
    assert names(demo, OrgUnit) == ["安和物业", "晴川苑"]
    with demo.app_context():
        (staff,) = db.session.scalars(select(Staff))
        word = re.search(r"初始密码 (\S+?)（", done.output)[1]
        assert secret_fits([staff.password_hash], word)
        assert (staff.login, staff.demo, staff.must_change) == ("boss", False, True)
        assert db.session.scalars(select(Appointment.post)).all() == ["system_admin"]
        assert not db.session.scalar(select(func.count()).select_from(Ticket))
        assert faults(db.session, demo) == []
        db.session.remove()
        db.engine.dispose()
    assert not (tmp_path / "trail.marks").exists()  # the old seals do not judge the new trail
    again = start(demo)
    assert again.exit_code == 1
    assert "1 名员工不是演示账号" in again.output


@pytest.mark.engines("sqlite")
def test_the_old_file_is_kept_aside(demo, empty_database):
    assert start(demo).exit_code == 0
    file = Path(empty_database.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(f"{file}.demo")) as old:
        assert old.execute("SELECT login FROM staff ORDER BY id").fetchall() == [("xitong",), ("boss",)]
    assert not list(file.parent.glob(f"{file.name}.new*"))


def test_without_the_typed_word_nothing_happens(demo):
    for said in ("\n", "是\n"):
        assert start(demo, said).exit_code == 1
        assert names(demo, Staff) == ["xitong", "boss"]


def test_a_house_with_one_real_person_is_never_emptied(demo):
    def hire(session):
        session.add(Staff(name="真人", org_id=session.scalars(select(OrgUnit.id)).one(), login="real"))

    with demo.app_context():
        demo.extensions["writer"](hire)
        db.engine.dispose()
    refused = start(demo)
    assert refused.exit_code == 1
    assert "1 名员工不是演示账号" in refused.output
    assert names(demo, Staff) == ["xitong", "boss", "真人"]


def test_while_somebody_is_connected_nothing_happens(demo, empty_database):
    other = prepare_engine(create_engine(empty_database))
    with other.connect() as held:
        assert held.scalar(select(func.count()).select_from(Staff)) == 2
        refused = start(demo)
    other.dispose()
    assert refused.exit_code == 1
    assert "请先停止服务" in refused.output
    assert names(demo, Staff) == ["xitong", "boss"]


def test_what_does_not_fit_leaves_the_demo_as_it_was(demo):
    wrong = ["qc-1" if word == "QC" else word for word in WORDS]
    refused = demo.test_cli_runner().invoke(args=wrong, input="清空\n")
    assert refused.exit_code == 1
    assert "大写字母或数字" in refused.output
    assert names(demo, Staff) == ["xitong", "boss"]


def test_the_check_sends_a_demo_that_is_to_serve_others_here(demo):
    said = demo.test_cli_runner().invoke(args=["check", "--host", "0.0.0.0"])
    assert said.exit_code == 1
    assert "start-real" in said.output
    assert "演示账号" not in demo.test_cli_runner().invoke(args=["check"]).output
