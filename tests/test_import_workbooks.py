"""What goes back to the office as a workbook: the faulty rows, and our template; neither carries a formula."""

import io
import re
import zipfile

import openpyxl
import pytest

from rules.importing.cells import shown
from rules.importing.columns import ImportRegister
from rules.importing.registers import register_of
from rules.importing.workbooks import write_errors, write_template
from tests.import_files import HEADER, HOUSEHOLDS, person, rows_of, table, workbook
from tests.importers import Importer, importer
from tests.makers import world

RESIDENTS: ImportRegister = register_of("resident")


@pytest.fixture
def desk(session, write, tmp_path) -> Importer:
    return importer(world(session), write, tmp_path)


def errors_of(desk: Importer, run_id: int) -> io.BytesIO:
    out = io.BytesIO()
    write_errors(desk.now, desk.run(run_id), out)
    out.seek(0)
    return out


def formulas_in(file: io.BytesIO) -> int:
    with zipfile.ZipFile(file) as box:
        return sum(len(re.findall(rb"<f[ >/]", box.read(n))) for n in box.namelist() if n.startswith("xl/worksheets/s"))


def test_the_error_workbook_holds_each_faulty_row_as_it_was_with_its_reason(desk):
    run_id = desk.read(
        person("7-1-301", "张丽华"),
        person("商铺", "王 芳", "1355166160", None, "2019年5月6日"),
        person("7-1-303", "李娜", 13067924708, 4.40301197507051e17),
    )
    file = errors_of(desk, run_id)
    rows = [[shown(cell) for cell in row.cells] for row in rows_of(file)]
    assert rows[0] == [*HEADER, "行号", "原因"]
    assert rows[1][:6] == ["商铺", "王 芳", "业主", "1355166160", "", "2019年5月6日"]
    assert rows[1][10] == "3"
    assert rows[1][11].startswith("房号：“商铺”不像房号")
    assert "联系电话：手机号码应是11位" in rows[1][11]
    assert rows[2][4] == "4.40301197507051E+17"
    assert len(rows) == 3


def test_faulty_cells_are_coloured_and_carry_the_reason(desk):
    run_id = desk.read(person("商铺", "王芳", "13067924708"))
    sheet = openpyxl.load_workbook(errors_of(desk, run_id)).active
    assert sheet["A2"].fill.fgColor.rgb == "FFFFC7CE"
    assert "不像房号" in sheet["A2"].comment.text
    assert sheet["B2"].comment is None
    assert sheet["D2"].number_format == "@"


@pytest.mark.parametrize("leader", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "=cmd|' /C calc'!A0"])
def test_no_leader_of_a_formula_becomes_one_in_the_error_workbook(desk, leader):
    file = workbook(("a", [HEADER, ["商铺", leader, "业主", None, None, None, None, None, None, leader]]))
    file = errors_of(desk, desk.read(file=file))
    assert formulas_in(file) == 0
    assert openpyxl.load_workbook(file).active["J2"].quotePrefix


def test_the_corrected_error_workbook_is_imported_as_it_is(desk):
    run_id = desk.read(person("商铺", "张丽华"), person("7-1-302", "王芳", None, None, None, None, None, None, "=1+1"))
    book = openpyxl.load_workbook(errors_of(desk, run_id))
    book.active["A2"].value = "7-1-301"
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    run_id = desk.read(file=out)
    assert desk.verdicts(run_id) == {2: "create", 3: "error"}  # the formula was not corrected and stays refused
    assert "等号" in desk.body(run_id, 3).problems["remark"]


def test_the_error_workbook_of_the_real_file_has_every_error_and_no_formula(desk):
    run_id = desk.read(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    file = errors_of(desk, run_id)
    assert len(rows_of(file)) == 1 + desk.run(run_id).errors
    assert formulas_in(file) == 0
    again = desk.read(file=file)
    assert desk.run(again).errors == desk.run(run_id).errors


def test_the_template_imports_cleanly(desk):
    out = io.BytesIO()
    write_template(RESIDENTS, out)
    assert formulas_in(out) == 0
    book = openpyxl.load_workbook(out)
    sheet = book[RESIDENTS.title]
    assert [cell.value for cell in sheet[1]] == [column.label for column in RESIDENTS.columns]
    for index, column in enumerate(RESIDENTS.columns, 1):
        sheet.cell(2, index, column.example or None)
    filled = io.BytesIO()
    book.save(filled)
    filled.seek(0)
    run_id = desk.read(file=filled)
    assert desk.verdicts(run_id) == {2: "update" if "3-2-1203" not in desk.world.units else "create"}
    assert desk.body(run_id, 2).problems == {}


def test_an_empty_template_has_nothing_to_import(desk):
    out = io.BytesIO()
    write_template(RESIDENTS, out)
    out.seek(0)
    run_id = desk.read(file=out)
    assert (desk.run(run_id).state, desk.verdicts(run_id)) == ("read", {})


def test_the_template_offers_the_words_that_are_allowed():
    out = io.BytesIO()
    write_template(RESIDENTS, out)
    sheet = openpyxl.load_workbook(out)[RESIDENTS.title]
    lists = [v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert lists == ['"业主,家属,租户,代理人,保姆,小时工,使用人,单位"']
    assert "必填" in sheet["C1"].comment.text


@pytest.mark.parametrize("control", ["\x01", "\x0b", "\ufffe", "\ud800"])
def test_what_xml_cannot_carry_does_not_break_the_error_workbook(desk, control):
    csv = f"房号,姓名,身份,备注\n商铺,张丽华,业主,坏{control}字\n".encode("utf-8", "ignore")
    file = errors_of(desk, desk.read(file=io.BytesIO(csv)))
    assert len(rows_of(file)) == 2


def test_numbers_stay_what_was_written_in_the_error_workbook(desk):
    run_id = desk.read(person("商铺", "张丽华", 13067924708, None, None, 98.5, 3))
    row = rows_of(errors_of(desk, run_id))[1]
    assert [(cell.kind, shown(cell)) for cell in row.cells[3:8] if not cell.is_empty] == [
        ("text", "13067924708"), ("text", "98.5"), ("text", "3"),
    ]  # fmt: skip


def test_a_table_without_errors_gives_an_empty_error_workbook(desk):
    run_id = desk.read(file=table(person("7-1-301", "张丽华")))
    assert len(rows_of(errors_of(desk, run_id))) == 1
