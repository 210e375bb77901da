"""A register declares its import (docs/adr/0007): columns, a match and a save; all the rest follows by itself."""

from collections.abc import Sequence

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Building
from rules.errors import RuleError
from rules.importing import registers
from rules.importing.cleaning import free_text, head_count, name
from rules.importing.columns import CleanRow, ImportColumn, ImportRegister, Job, Judgement
from rules.importing.new_ids import NewIds
from rules.importing.registers import imports_for, register_of
from rules.importing.verdicts import rows_page
from rules.importing.workbooks import write_template
from tests.desk import sit
from tests.import_files import person, table
from tests.importers import Importer, importer
from tests.makers import world

HEADER = ["楼栋名称", "层数", "组团"]


def _there(session: Session, job: Job, rows: Sequence[CleanRow]) -> dict[str, Building]:
    names = [row.values["name"] for row in rows if not row.problems]
    found = session.scalars(select(Building).where(Building.org_id == job.org_id, Building.name.in_(names)))
    return {building.name: building for building in found}


def _match(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    there = _there(session, job, rows)
    return [
        Judgement("error") if row.problems else Judgement("update" if row.values["name"] in there else "create")
        for row in rows
    ]


def _save(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    there, new = _there(session, job, rows), NewIds(session, {Building: len(rows)})
    out = []
    for row in rows:
        building = there.get(row.values["name"])
        if building is not None and building.cluster == "已封存":
            out.append(Judgement("error", "这一栋已封存，不能改"))
            continue
        out.append(Judgement("update" if building else "create"))
        building = building or new.give(Building(org_id=job.org_id, name=row.values["name"]))
        building.floors = str(row.values["floors"])
    new.put_in()
    return out


def _check(row: CleanRow) -> None:
    if row.values.get("floors") == 0:
        row.problems["floors"] = "一层都没有的楼不登记"


BUILDINGS = ImportRegister(
    "building",
    "楼栋表",
    (
        ImportColumn("楼栋名称", "name", name, ("楼名",), required=True, example="东楼"),
        ImportColumn("层数", "floors", head_count, required=True),
        ImportColumn("组团", "cluster", free_text(64)),
    ),
    match=_match,
    save=_save,
    check=_check,
)


@pytest.fixture(autouse=True)
def second(monkeypatch: pytest.MonkeyPatch) -> ImportRegister:
    """The office takes one more register over."""
    monkeypatch.setitem(registers.REGISTERS, "building", BUILDINGS)
    return BUILDINGS


@pytest.fixture
def desk(session, write, tmp_path) -> Importer:
    made = importer(world(session), write, tmp_path, "project_manager")
    made.noun = "building"
    return made


def test_a_declared_register_is_read_judged_and_taken_in(desk):
    rows = [["东楼", "12", "一期"], ["西楼", "0", ""], ["南楼", "三", ""], ["北楼", "许多", ""]]
    run_id = desk.read(file=table(*rows, header=HEADER))
    assert desk.verdicts(run_id) == {2: "create", 3: "error", 4: "create", 5: "error"}
    desk.confirm(run_id)
    assert desk.apply(run_id).created == 2
    floors = desk.look(select(Building.floors).where(Building.name.in_(("东楼", "南楼"))).order_by(Building.floors))
    assert floors == ["12", "3"]
    assert desk.take_in(file=table(["东楼", "14", ""], header=HEADER)).updated == 1


def test_all_or_nothing_holds_for_a_register_that_is_not_rehearsed(desk, session):
    run_id = desk.read(file=table(["东楼", "12", ""], ["西楼", "9", ""], header=HEADER))
    desk.confirm(run_id, "all")
    sealed = Building(org_id=desk.world.yj.id, name="西楼", cluster="已封存")
    session.rollback()
    session.add(sealed)
    session.commit()
    with pytest.raises(RuleError, match="第3行：这一栋已封存"):
        desk.apply(run_id)
    assert desk.look(select(Building).where(Building.name == "东楼")) == []
    session.delete(sealed)
    session.commit()
    desk.confirm(run_id, "all")
    assert desk.apply(run_id).created == 2


def test_its_template_can_be_filled_in_and_taken_over(desk, tmp_path):
    file = tmp_path / "模板.xlsx"
    with file.open("wb") as out:
        write_template(register_of("building"), out)
    book = load_workbook(file)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADER
    sheet.append(["东楼", "12"])
    book.save(file)
    with file.open("rb") as filled:
        assert desk.take_in(file=filled).created == 1


def test_the_button_stands_where_a_register_can_be_filled_and_only_for_who_may(desk):
    manager, clerk = desk.world.person("project_manager"), desk.world.person("desk_clerk")
    assert imports_for(manager, "building").noun == "building", "its own register first"
    assert imports_for(manager, "unit").noun == "resident"
    assert imports_for(manager, "ticket") is None
    assert imports_for(clerk, "resident") is None


@pytest.mark.engines("sqlite")
def test_the_pages_speak_of_the_register_that_is_taken_over(app: Flask, session: Session):
    world(session)
    manager, clerk = sit(app, session, "project_manager"), sit(app, session, "desk_clerk")
    session.rollback()
    assert 'href="/imports?register=resident"' in manager.get("/resident/")
    assert 'href="/imports?register=resident"' in manager.get("/unit/")
    assert "/imports?register" not in clerk.get("/resident/")
    page = manager.get("/imports?register=building")
    assert "导入楼栋表" in page
    upload = manager.client.post(
        "/imports?register=building",
        data={"csrf_token": manager.secret, "file": (table(["东楼", "12", ""], header=HEADER), "楼栋.xlsx")},
    )
    match = manager.get(upload.headers["Location"])
    assert "同时建立房屋" not in match, "this register makes no places"


@pytest.mark.engines("sqlite")
def test_a_file_the_server_does_not_even_read_is_refused_with_the_limit(app: Flask, session: Session):
    world(session)
    manager = sit(app, session, "project_manager")
    secret = manager.secret
    app.config["MAX_CONTENT_LENGTH"] = 1000
    reply = manager.client.post("/imports?register=resident", data={"csrf_token": secret, "rest": "x" * 5000})
    assert (reply.status_code, "文件超过 50 MB，不能导入，请拆成几份再导入" in reply.text) == (413, True)


def test_two_phones_in_one_cell_are_told_apart_and_masked_each_by_itself(desk):
    home = Importer(desk.world, desk.write, desk.spool, desk.by)
    run_id = home.read(
        person("7-1-301", "张丽华", "13800138000/0755-26569972"), person("7-1-302", "王芳", "13900139000")
    )
    two, one = (
        next(cell for cell in row.cells if cell.key == "phones") for row in rows_page(desk.now, desk.run(run_id)).rows
    )
    assert two.before == "138****8000/075******9972"
    assert two.parts == ("138****8000", "075*****9972")
    assert one.parts == ()
