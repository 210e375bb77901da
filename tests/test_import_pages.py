"""What a clerk's browser is shown while an import is read or written beside it, however late that begins."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from admin_views import imports
from models import OrgUnit
from rules.importing import applying, judging
from rules.importing.runs import has_buildings
from rules.importing.spool import Spool
from rules.write import Writer
from tests.desk import Desk, sit
from tests.import_files import person, table
from tests.importers import Importer
from tests.makers import world

Work = Callable[[Writer, Spool], None]


class Clerks:
    """Two clerks of one project at one upload; the work beside the requests waits until it is let go."""

    def __init__(self, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        made = world(session)
        self.mine, self.other = sit(app, session, "service_supervisor"), sit(app, session, "service_administrator")
        by = made.person("service_supervisor")
        session.rollback()
        self.writer, self.spool = app.extensions["writer"], Spool(Path(app.instance_path) / "imports")
        self.desk = Importer(made, self.writer, self.spool, by)
        self.waiting: list[Work] = []
        monkeypatch.setattr(imports, "_in_background", self.waiting.append)
        self.run_id = self.desk.upload(table(person("7-1-301", "张丽华"), person("7-1-302", "王芳")))
        self.at = f"/imports/{self.run_id}"

    def let_go(self) -> None:
        """Now the waiting work is done."""
        while self.waiting:
            self.waiting.pop()(self.writer, self.spool)

    def match(self, desk: Desk, status: int = 303) -> Any:
        """逐行检查 is pressed, with the columns as they were recognised."""
        columns = {f"col-{index}": key for index, key in self.desk.plan(self.run_id).items()}
        return desk.post(f"{self.at}/match", {**columns, "places": "1"}, status)


@pytest.fixture
def clerks(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Clerks:
    return Clerks(app, session, monkeypatch)


def test_a_clerk_who_is_faster_than_the_reader_waits_at_the_bar(clerks: Clerks):
    assert clerks.match(clerks.mine).headers["Location"] == f"{clerks.at}/progress"
    assert "正在逐行检查" in clerks.mine.get(f"{clerks.at}/progress")
    assert not clerks.mine.json(f"{clerks.at}/status")["finished"]
    assert clerks.mine.client.get(clerks.at).headers["Location"] == f"{clerks.at}/progress"
    clerks.let_go()
    assert clerks.mine.json(f"{clerks.at}/status")["finished"]
    assert "写入 2 行" in clerks.mine.get(clerks.at)


def test_a_second_reading_shows_no_verdict_of_the_first(clerks: Clerks):
    clerks.match(clerks.mine)
    clerks.let_go()
    clerks.match(clerks.mine)
    assert clerks.mine.client.get(clerks.at).status_code == 302
    assert not clerks.mine.json(f"{clerks.at}/status")["finished"]


def test_the_second_of_two_clerks_starts_nothing(clerks: Clerks):
    clerks.match(clerks.mine)
    assert "核对中" in clerks.match(clerks.other, 409).text
    assert len(clerks.waiting) == 1


def test_a_clerk_who_is_faster_than_the_writer_waits_at_the_bar(clerks: Clerks):
    clerks.match(clerks.mine)
    clerks.let_go()
    clerks.mine.post(clerks.at, {"mode": "good"})
    assert "等待写入" in clerks.mine.get(f"{clerks.at}/progress")
    assert clerks.mine.client.get(clerks.at).headers["Location"] == f"{clerks.at}/progress"
    assert "待导入" in clerks.other.post(clerks.at, {"mode": "all"}, 409).text
    assert len(clerks.waiting) == 1
    clerks.let_go()
    assert "导入完了" in clerks.mine.get(clerks.at)


def test_why_a_reading_was_given_back_stands_on_the_match_page(clerks: Clerks, monkeypatch: pytest.MonkeyPatch):
    clerks.match(clerks.mine)
    with monkeypatch.context() as patch:
        patch.setattr(judging, "_finish", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clerks.let_go()
    assert clerks.mine.client.get(clerks.at).headers["Location"] == f"{clerks.at}/match"
    assert "程序出错，没有检查完" in clerks.mine.get(f"{clerks.at}/match")


def test_an_import_that_stopped_says_why_and_is_carried_on_by_its_button(
    clerks: Clerks, monkeypatch: pytest.MonkeyPatch
):
    clerks.match(clerks.mine)
    clerks.let_go()
    clerks.mine.post(clerks.at, {"mode": "good"})
    with monkeypatch.context() as patch:
        patch.setattr(applying, "BATCH", 1)
        patch.setattr(applying, "_finish", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clerks.let_go()
    page = clerks.mine.get(clerks.at)
    assert "程序出错" in page
    assert "已经写入 2 行" in page
    assert "全部或全不" not in page, "half of it stands already"
    clerks.mine.post(clerks.at)
    clerks.let_go()
    assert "导入完了" in clerks.mine.get(clerks.at)


def places_ticked(page: str) -> bool:
    """Whether 同时建立房屋 is ticked on the match page."""
    box = re.search(r'<input[^>]*name="places"[^>]*>', page)
    assert box
    return " checked" in box[0]


def test_houses_are_not_made_along_unasked_where_the_project_has_some(clerks: Clerks):
    assert not places_ticked(clerks.mine.get(f"{clerks.at}/match"))
    clerks.match(clerks.mine)
    clerks.let_go()
    assert places_ticked(clerks.mine.get(f"{clerks.at}/match")), "what was chosen stays chosen"


def test_a_new_project_is_told_from_one_whose_houses_are_on_file(session: Session):
    made = world(session)
    project = OrgUnit(parent=made.yj.parent, name="新苑", kind="project", code="XY")
    session.add(project)
    session.commit()
    assert not has_buildings(session, project.id)
    assert has_buildings(session, made.yj.id)


def test_the_verdicts_say_how_many_houses_would_be_made(clerks: Clerks):
    clerks.match(clerks.mine)
    clerks.let_go()
    said = re.sub(r"<[^>]+>|\s+", " ", clerks.mine.get(clerks.at))
    assert re.search(r"1 +新建楼栋", said) or re.search(r"新建楼栋 +1 ", said)
    assert re.search(r"2 +新建房屋", said) or re.search(r"新建房屋 +2 ", said)
