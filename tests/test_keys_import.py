"""The office's own spreadsheet becomes opening stock: verdicts say what becomes of each word, a count signs it."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, KeyCabinet, KeyCount, KeyEnvelope, KeyItem, KeyOpening
from rules.advance import start
from rules.keys_conservation import custody_faults
from rules.keys_counts import finish, keys_of, tally
from tests.import_files import table
from tests.importers import Importer, importer
from tests.makers import World, world

OFFICE = Path(__file__).parent / "data" / "钥匙登记表.xlsx"
HEADER = ["柜号", "挂位", "房号", "进户门", "室内门", "门禁卡", "信箱", "是否封存", "来源", "送交人", "日期"]


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


@pytest.fixture
def clerk(yj: World, write, tmp_path: Path) -> Importer:
    made = importer(yj, write, tmp_path)
    made.noun = "key_opening"
    return made


def sheet(*rows):
    return table(*rows, header=HEADER)


@pytest.mark.rule("KEY-08", "KEY-07")
def test_the_offices_spreadsheet_gets_a_verdict_per_row_and_changes_nothing_yet(yj, clerk, session):
    with OFFICE.open("rb") as file:
        run_id = clerk.read(file=file)
    verdicts = Counter(clerk.verdicts(run_id).values())
    assert verdicts == {"create": 77, "error": 3}
    said = {number for number, verdict in clerk.verdicts(run_id).items() if verdict == "error"}
    assert said == {52, 65, 67}  # no key on the tag (twice); 「19年6月」 is no day
    assert session.scalars(select(KeyItem)).all() == []


@pytest.mark.rule("KEY-08", "KEY-04", "KEY-07", "KEY-06")
def test_it_becomes_one_opening_paper_per_cabinet_that_a_count_confirms(yj, clerk, session):
    with OFFICE.open("rb") as file:
        run = clerk.take_in(file=file)
    assert run.created == 77
    session.rollback()
    keys = session.scalars(select(KeyItem)).all()
    assert Counter(key.category for key in keys).keys() == {"entrusted", "vacant", "repair"}
    openings = session.scalars(select(KeyOpening)).all()
    assert [it.state for it in openings] == ["draft"] * 3
    assert {it.cabinet.name for it in openings} == {"A柜", "B柜", "1号柜"}
    sealed = session.scalars(select(KeyEnvelope)).all()
    assert {it.key.category for it in sealed} == {"entrusted"}
    assert len(sealed) == sum(key.state == "sealed" for key in keys) > 5
    lost = session.scalars(select(Incident).where(Incident.kind == "loss")).all()
    assert len(lost) == sum("丢失 1" in (key.remark or "") for key in keys) > 10
    assert any("期初登记为装修借用" in (key.remark or "") for key in keys)
    assert custody_faults(session) == []
    cabinet = session.scalars(select(KeyCabinet).where(KeyCabinet.name == "A柜")).one()
    by = yj.person("desk_clerk")
    count = start(session, KeyCount(org_id=yj.yj.id, cabinet_id=cabinet.id, kind="opening"), by)
    tally(session, count, by, {key.id: (-1, True) for key in keys_of(session, cabinet.id)})
    finish(session, count, by, {})
    session.commit()
    assert Counter(it.state for it in session.scalars(select(KeyOpening))) == {"confirmed": 1, "draft": 2}


def test_taking_the_same_file_in_twice_makes_nothing_twice(yj, clerk, session):
    row = ["A柜", 1, "3-2-1203", 2, "", 1, "", "是", "业户委托", "徐明远", "2024-03-23"]
    assert clerk.take_in(file=sheet(row)).created == 1
    again = clerk.read(file=sheet(row))
    assert set(clerk.verdicts(again).values()) == {"skip"}


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({0: ""}, "error"),
        ({1: "零"}, "error"),
        ({2: "三楼"}, "error"),
        ({3: "若干", 5: ""}, "error"),
        ({3: "", 5: "丢失1张"}, "error"),
        ({7: "也许"}, "error"),
        ({8: "捡来的"}, "error"),
        ({10: "19年6月"}, "error"),
        ({10: ""}, "create"),
    ],
)
def test_what_cannot_be_known_is_not_guessed(yj, clerk, cells, word):
    row = ["A柜", 1, "3-2-1203", 2, "", 1, "", "否", "业户委托", "徐明远", "2024-03-23"]
    for n, cell in cells.items():
        row[n] = cell
    run_id = clerk.read(file=sheet(row))
    assert set(clerk.verdicts(run_id).values()) == {word}


def test_two_rows_on_one_hook_are_a_question(yj, clerk, session):
    first = ["A柜", 1, "3-2-1203", 2, "", 1, "", "否", "业户委托", "徐明远", ""]
    second = ["A柜", 1, "3-2-1204", 2, "", 1, "", "否", "业户委托", "张伟", ""]
    run_id = clerk.read(file=sheet(first, second))
    assert sorted(clerk.verdicts(run_id).values()) == ["create", "error"]
    clerk.confirm(run_id)
    clerk.apply(run_id)
    other = clerk.read(file=sheet(second))
    assert set(clerk.verdicts(other).values()) == {"error"}
