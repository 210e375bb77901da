"""The household register taken over: who a row means, what it changes, and what nobody can know."""

import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import Building, Occupancy, Resident, ResidentPhone, TrailEntry, Unit
from models.secrecy import fingerprint
from rules import residents
from rules.importing.judging import judge_run
from rules.importing.registers import register_of
from rules.importing.runs import match_run
from rules.searching import rows_with
from tests.import_files import HOUSEHOLDS, person, workbook
from tests.importers import Importer, importer
from tests.makers import world

NUMBER, OTHER = "440301199704215903", "44030120140414519X"


@pytest.fixture
def desk(session, write, tmp_path) -> Importer:
    return importer(world(session), write, tmp_path)


def one(desk: Importer, name: str) -> Resident:
    """The resident of that name, fresh from the table."""
    (found,) = desk.look(select(Resident).where(Resident.name == name))
    return found


def test_the_real_workbook_goes_in_and_every_row_has_its_verdict(desk):
    before = {model: desk.count(model) for model in (Resident, Unit, Building)}
    run_id = desk.read(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    run = desk.run(run_id)
    verdicts = list(desk.verdicts(run_id).values())
    assert len(verdicts) == 635  # 648 rows without the three above the data and ten blank ones
    assert (run.to_create, run.to_update, run.skipped, run.errors) == (
        verdicts.count("create"), verdicts.count("update"), verdicts.count("skip"), verdicts.count("error"),
    )  # fmt: skip
    assert run.skipped == 12 + 11 + 12  # headings, subtotals, doubled rows
    assert run.blank == 10
    desk.confirm(run_id)
    run = desk.apply(run_id)
    assert (run.state, run.failed) == ("done", 0)
    assert desk.count(Resident) - before[Resident] == run.created == run.to_create
    assert desk.count(Building) - before[Building] == 12 - 2


def test_no_rounded_identity_number_of_the_real_workbook_gets_into_the_house(desk):
    run_id = desk.read(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    assert desk.verdicts(run_id)[10] == "error"
    assert "真实号码无从得知" in desk.body(run_id, 10).problems["id_no"]
    desk.confirm(run_id)
    desk.apply(run_id)
    numbers = desk.look(select(Resident.id_no).where(Resident.id_no.is_not(None)))
    assert len(numbers) > 250
    assert not [number for number in numbers if number.endswith("000")]


def test_the_real_workbook_taken_in_twice_changes_nothing_the_second_time(desk):
    desk.take_in(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    counts = {m: desk.count(m) for m in (Resident, Unit, Occupancy, ResidentPhone)}
    run_id = desk.read(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    assert set(desk.verdicts(run_id).values()) == {"skip", "error"}
    assert {m: desk.count(m) for m in counts} == counts


def test_a_new_household_is_made_whole(desk):
    run = desk.take_in(
        person(
            "7栋1单元301",
            " 欧阳 娜娜 ",
            "13067924708/0755-26569972",
            NUMBER,
            "2019年5月6日",
            "98.76㎡",
            "三口",
            "学校",
            "重点客户",
        )
    )
    made = one(desk, "欧阳娜娜")
    tie = made.occupancies[0]
    assert (run.created, run.updated, run.failed) == (1, 0, 0)
    assert (made.id_no, made.id_no_print) == (NUMBER, fingerprint(NUMBER))
    assert [(phone.number, phone.position) for phone in made.phones] == [("13067924708", 1), ("075526569972", 2)]
    assert (made.household_size, made.employer, made.remark, made.kind) == (3, "学校", "重点客户", "person")
    assert (tie.relation, tie.move_in_on) == ("owner", date(2019, 5, 6))
    assert (tie.unit.code, tie.unit.area, tie.unit.building.name) == ("7-1-301", Decimal("98.76"), "7")


def test_the_imported_resident_is_found_by_initials_and_by_pieces_of_the_name(desk):
    desk.take_in(person("7-1-301", "张丽华"))
    made = one(desk, "张丽华")
    session = desk.world.session
    dialect = session.get_bind().dialect.name
    assert made.initials == "zlh"
    for piece in ("张", "丽", "华", "张丽", "丽华", "张丽华"):
        assert made.id in session.scalars(rows_with(dialect, Resident, ("name",), piece)).all()
    assert session.scalars(rows_with(dialect, Resident, ("name",), "张华")).all() == []


def test_the_import_stands_in_the_trail_with_its_clerk_and_without_personal_values(desk):
    desk.take_in(person("7-1-301", "张丽华", "13067924708", NUMBER))
    made = one(desk, "张丽华")
    entry = desk.world.session.scalars(
        select(TrailEntry).where(TrailEntry.noun == "resident", TrailEntry.row_id == made.id)
    ).one()
    assert entry.actor_id == desk.by.staff_id
    assert "张丽华" in entry.changes
    assert NUMBER not in entry.changes


@pytest.mark.rule("BASE-02")
def test_what_was_written_in_the_file_lies_closed_in_the_table_and_on_the_disk(desk):
    run_id = desk.read(person("7-1-301", "张丽华", "13067924708", NUMBER, None, None, None, "某科技公司"))
    with desk.write.engine.connect() as connection:
        bodies = connection.exec_driver_sql(f"SELECT body FROM import_row WHERE run_id = {run_id}").scalars().all()
    lying = [path.read_bytes() for path in desk.spool._folder.iterdir()]
    assert bodies
    assert lying
    assert not [body for body in bodies if NUMBER in body or "某科技公司" in body]
    assert not [content for content in lying if content.startswith(b"PK")]


# ---- who is meant (decision 5) ----------------------------------------------------------------------------------


def test_a_valid_identity_number_decides_who_is_meant_even_in_another_flat(desk):
    desk.take_in(person("7-1-301", "张丽华", None, NUMBER))
    run = desk.take_in(person("7-1-302", "张丽华", None, NUMBER, relation="租户"))
    assert (run.created, run.updated) == (0, 1)
    assert {(tie.unit.code, tie.relation) for tie in one(desk, "张丽华").occupancies} == {
        ("7-1-301", "owner"), ("7-1-302", "tenant"),
    }  # fmt: skip


def test_without_a_number_the_name_inside_the_flat_decides(desk):
    run = desk.take_in(person("3-2-1204", "张伟", "13655512217/13700009999"), person("3-2-1203", "张伟"))
    named = desk.look(select(Resident).where(Resident.name == "张伟"))
    assert (run.created, run.updated) == (1, 1)
    assert len(named) == 2


def test_a_row_that_says_what_is_known_is_passed_over(desk):
    run_id = desk.read(person("3-2-1204", "张伟", "13655512217"))
    assert desk.verdicts(run_id) == {2: "skip"}
    assert desk.body(run_id, 2).reason == "与系统里的内容相同"


def test_a_blank_cell_wipes_nothing_out(desk):
    desk.take_in(person("7-1-301", "张丽华", "13067924708", NUMBER, "2019-05-06", 98, 3, "学校", "重点客户"))
    desk.take_in(person("7-1-301", "张丽华", None, NUMBER, None, None, 4))
    kept = one(desk, "张丽华")
    assert (kept.household_size, kept.employer, kept.remark) == (4, "学校", "重点客户")
    assert [phone.number for phone in kept.phones] == ["13067924708"]
    assert kept.occupancies[0].move_in_on == date(2019, 5, 6)


def test_the_number_of_another_person_is_an_error_and_not_a_renaming(desk):
    desk.take_in(person("7-1-301", "张丽华", None, NUMBER))
    run_id = desk.read(person("7-1-301", "王芳", None, NUMBER))
    assert desk.verdicts(run_id) == {2: "error"}
    assert desk.body(run_id, 2).problems == {"id_no": "这个身份证号码在系统里是张丽华的，请核对"}


def test_two_namesakes_in_one_flat_with_two_numbers_are_a_question(desk):
    desk.take_in(person("7-1-301", "张丽华", None, NUMBER))
    run_id = desk.read(person("7-1-301", "张丽华", None, OTHER))
    assert "另一个身份证号码" in desk.body(run_id, 2).problems["id_no"]


def test_the_file_may_not_contradict_itself_about_a_number(desk):
    run_id = desk.read(
        person("7-1-301", "张丽华", None, NUMBER),
        person("7-1-302", "王芳", None, NUMBER),
        person("7-1-301", "张丽华", None, OTHER),
    )
    assert desk.verdicts(run_id) == {2: "create", 3: "error", 4: "error"}
    assert "第2行是另一个人的" in desk.body(run_id, 3).problems["id_no"]


def test_two_rows_of_one_file_about_one_person_become_one_person(desk):
    run_id = desk.read(person("7-1-301", "张丽华", "13067924708"), person("7-1-301", "张丽华", "15654444634"))
    assert desk.verdicts(run_id) == {2: "create", 3: "update"}
    assert "与第2行是同一住户" in desk.body(run_id, 3).reason
    desk.confirm(run_id)
    run = desk.apply(run_id)
    assert (run.created, run.updated) == (1, 1)
    assert [phone.number for phone in one(desk, "张丽华").phones] == ["13067924708", "15654444634"]


def test_a_doubled_row_is_passed_over_however_it_is_spelled(desk):
    run_id = desk.read(
        person("7-1-301", "张丽华", 13067924708), person("7栋1单元301", " 张丽华", "１３０６７９２４７０８")
    )
    assert desk.verdicts(run_id) == {2: "create", 3: "skip"}
    assert desk.body(run_id, 3).reason == "与第2行重复"


def test_two_areas_for_one_flat_put_both_rows_in_question(desk):
    run_id = desk.read(
        person("7-1-301", "张丽华", None, None, None, 98),
        person("7-1-301", "王芳", None, None, None, 99),
        person("7-1-302", "李娜"),
    )
    assert desk.verdicts(run_id) == {2: "error", 3: "error", 4: "create"}
    assert desk.body(run_id, 2).problems["area"] == "同一房屋在第3行写的建筑面积是 99，请核对后写成一样的"
    assert desk.run(run_id).errors == 2


def test_someone_merged_into_another_is_met_as_the_one_who_counts(desk):
    desk.take_in(person("7-1-301", "张丽华", "13067924708", NUMBER), person("7-1-302", "张莉华"))
    session, manager = desk.world.session, desk.world.person("project_manager")
    residents.merge(session, manager, one(desk, "张丽华"), one(desk, "张莉华"), "同一人，原名登记有误")
    session.commit()
    run = desk.take_in(person("7-1-303", "张丽华", "13067924708", NUMBER))
    assert (run.created, run.updated) == (0, 1)
    assert {tie.unit.code for tie in one(desk, "张莉华").occupancies} == {"7-1-302", "7-1-303"}


def test_another_project_is_another_house(desk):
    assert desk.take_in(person("3-2-1203", "赵望舒")).created == 1
    found = desk.look(select(Resident).where(Resident.name == "赵望舒"))
    assert {who.org_id for who in found} == {desk.world.yj.id, desk.world.wj.id}


def test_unknown_flats_are_an_error_when_they_shall_not_be_made(desk):
    run_id = desk.read(person("7-1-301", "张丽华"), person("3-2-1203", "李娜"), create_places=False)
    assert desk.verdicts(run_id) == {2: "error", 3: "create"}
    assert "同时建立房屋" in desk.body(run_id, 2).problems["unit"]
    run_id = desk.read(person("7-1-301", "张丽华"))
    assert desk.body(run_id, 2).notes["unit"] == "系统里没有这套房屋，将新建 7-1-301（楼栋 7 也新建）"


def test_a_firm_is_a_resident_of_kind_firm(desk):
    desk.take_in(person("7-1-301", "和信会计师事务所", "0755-26569972", NUMBER, relation="单位"))
    made = one(desk, "和信会计师事务所")
    assert (made.kind, made.id_no, made.occupancies[0].relation) == ("company", None, "user")


def test_each_cleaned_value_is_kept_before_and_after(desk):
    run_id = desk.read(person("7栋1单元301", " 张丽华", "１３０６７９２４７０８", None, "待定", "98㎡", "三口"))
    body = desk.body(run_id, 2)
    assert body.after == {
        "unit": "7-1-301", "name": "张丽华", "phones": "13067924708",
        "move_in_on": "", "area": "98", "household_size": "3",
    }  # fmt: skip
    assert body.notes["move_in_on"] == "“待定”按未填处理"
    assert desk.run(run_id).cleaned == 1


def test_columns_matched_by_hand_are_read_that_way(desk):
    file = workbook(("a", [["房号", "姓名", "身份", "联系电话"], ["7-1-301", "张丽华", "业主", "2019-05-06"]]))
    run_id = desk.upload(file)
    chosen = {0: "unit", 1: "name", 2: "relation", 3: "move_in_on"}
    match_run(desk.write, desk.spool, run_id, desk.by, columns=chosen)
    judge_run(desk.write, desk.spool, register_of("resident"), run_id, desk.by)
    desk.confirm(run_id)
    desk.apply(run_id)
    assert one(desk, "张丽华").occupancies[0].move_in_on == date(2019, 5, 6)
