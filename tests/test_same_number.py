"""One identity number is one resident of a project, also when two people register it at the same moment."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Resident
from models.secrecy import fingerprint
from rules import residents
from rules.errors import RuleError
from rules.write import Writer
from tests.makers import World, world

NUMBER = "110101199003074514"


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def plain(yj: World, name: str, **values: Any) -> Resident:
    row = Resident(org_id=yj.yj.id, name=name, id_no=NUMBER, id_no_print=fingerprint(NUMBER), **values)
    yj.session.add(row)
    return row


def test_the_table_itself_holds_one_resident_per_number_and_project(yj):
    first = plain(yj, "甲")
    yj.session.commit()
    plain(yj, "乙", merged_into_id=first.id)
    plain(yj, "丙").org_id = yj.wj.id
    yj.session.commit()
    plain(yj, "丁")
    with pytest.raises(IntegrityError):
        yj.session.flush()
    yj.session.rollback()


def test_of_two_who_register_the_same_number_at_once_one_is_told(yj, write: Writer, monkeypatch):
    manager, org_id = yj.person("project_manager"), yj.yj.id
    set_number, both, first_tries = residents._set_id_no, threading.Barrier(2), threading.local()
    said: list[str] = []

    def looked(session: Session, resident: Resident, number: str | None) -> None:
        set_number(session, resident, number)
        if write.engine.dialect.name == "postgresql" and not hasattr(first_tries, "done"):
            first_tries.done = True
            both.wait(20)  # both have looked and found nobody

    monkeypatch.setattr(residents, "_set_id_no", looked)

    def register(name: str) -> None:
        try:
            write(lambda s: residents.create(s, manager, org_id, name=name, id_no=NUMBER), by=manager)
        except RuleError as no:
            said.append(str(no))

    threads = [threading.Thread(target=register, args=(name,)) for name in ("甲", "乙")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    yj.session.rollback()
    mine = select(func.count()).select_from(Resident).where(Resident.id_no_print == fingerprint(NUMBER))
    assert yj.session.scalar(mine) == 1
    assert len(said) == 1
    assert "已有住户登记了这个身份证号码" in said[0]


def test_two_are_not_parted_while_somebody_else_has_the_number(yj):
    manager, kept = yj.person("project_manager"), yj.residents["徐明远"]
    gone = residents.create(yj.session, manager, yj.yj.id, name="徐明元", id_no=NUMBER)
    residents.merge(yj.session, manager, gone, kept, "同一人")
    residents.create(yj.session, manager, yj.yj.id, name="后来的", id_no=NUMBER)
    with pytest.raises(RuleError, match="同一个身份证号码"):
        residents.unmerge(yj.session, manager, gone)
    assert gone.merged_into_id == kept.id
