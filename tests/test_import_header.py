"""Finding the sheet, the header and the columns; telling data from headings, totals and remarks."""

import io

import pytest

from rules.errors import RuleError
from rules.importing.cells import Cell, shown
from rules.importing.cleaning import free_text
from rules.importing.columns import ImportColumn, ImportRegister
from rules.importing.plan import Plan, Survey, check_plan, read_rows, survey
from rules.importing.reading import opened
from rules.importing.residents import RESIDENTS
from rules.importing.rows import RowCleaner
from tests.import_files import DATA, HEADER, HOUSEHOLDS, table, workbook


def surveyed(file: io.BytesIO, register: ImportRegister = RESIDENTS, **how: object) -> Survey:
    with opened(file, len(file.getvalue())) as book:
        return survey(book, register, **how)  # type: ignore[arg-type]


def kinds(file: io.BytesIO) -> dict[int, str]:
    """Row number → kind, of every row below the header that is not blank."""
    with opened(file, len(file.getvalue())) as book:
        plan = survey(book, RESIDENTS).plan
        return {row.number: row.kind for row in read_rows(book, plan, RESIDENTS) if row.kind != "blank"}


def cleaned(file: io.BytesIO) -> dict[int, dict[str, object]]:
    """Row number → cleaned values and problems of every data row."""
    with opened(file, len(file.getvalue())) as book:
        plan = survey(book, RESIDENTS).plan
        cleaner = RowCleaner(RESIDENTS, plan.columns)
        rows = [cleaner.clean(row) for row in read_rows(book, plan, RESIDENTS) if row.kind == "data"]
        return {row.number: row.values | row.problems for row in rows}


def test_the_real_workbook_is_understood_without_a_word():
    file = io.BytesIO(HOUSEHOLDS.read_bytes())
    found = surveyed(file)
    assert found.plan.sheet == "业主资料"
    assert (found.plan.header.top, found.plan.header.bottom) == (3, 3)
    assert list(found.plan.columns.values()) == [
        "building", "unit", "area", "name", "relation", "phones", "id_no", "move_in_on", "household_size",
        "employer", "remark",
    ]  # fmt: skip
    assert found.matched.unmatched == ()  # 序号 is nothing to ask about
    assert found.samples[1][2] == "1#2-1004室"


def test_the_real_workbook_has_612_rows_of_data_among_headings_and_subtotals():
    file = io.BytesIO(HOUSEHOLDS.read_bytes())
    found = list(kinds(file).values())
    assert {kind: found.count(kind) for kind in set(found)} == {"data": 612, "heading": 12, "subtotal": 11}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        (
            "物资库存表.xlsx",
            ["物资编码", "物资名称", "规格型号", "单位", "类别", "库存数量", "单价", "存放位置", "备注"],
        ),
        (
            "钥匙登记表.xlsx",
            ["柜号", "挂位", "房号", "进户门", "室内门", "门禁卡", "信箱", "是否封存", "来源", "送交人", "日期"],
        ),
    ],
)
def test_another_register_gets_all_of_it_by_declaring_its_columns(name, labels):
    columns = tuple(ImportColumn(label, f"c{n}", free_text(100)) for n, label in enumerate(labels))
    register = ImportRegister("thing", "物品", columns, match=lambda *_a: [], save=lambda *_a: [])
    found = surveyed(io.BytesIO((DATA / name).read_bytes()), register)
    assert len(found.plan.columns) == len(labels)
    assert found.matched.missing == ()


def test_title_rows_merged_titles_and_unit_lines_are_passed_over():
    rows = [
        ["阳光花园 联系电话 表"],
        ["填表单位：客服", None, "统计日期：2026年"],
        ["房 号", "姓名\n", "身份*", "联系电话（手机）", "建筑面积(㎡)"],
        [None, None, None, "(11位)", "（㎡）"],
        ["1-1-101", "张丽", "业主", "13800138000", 98],
    ]
    file = workbook(("业主", rows), merges=["A1:E1"])
    found = surveyed(file)
    assert found.plan.header.top == 3
    assert sorted(found.plan.columns.values()) == ["area", "name", "phones", "relation", "unit"]
    assert kinds(file) == {4: "note", 5: "data"}


def test_a_header_of_two_rows_is_read_as_one():
    rows = [
        ["房号", "客户", None, "联系方式", None, "备注"],
        [None, "姓名", "身份", "手机", "固定电话", None],
        ["1-1-101", "张丽", "业主", "13800138000", "0755-26569972", "无"],
    ]
    file = workbook(("业主", rows), merges=["A1:A2", "B1:C1", "D1:E1", "F1:F2"])
    found = surveyed(file)
    assert (found.plan.header.top, found.plan.header.bottom) == (1, 2)
    assert found.plan.columns == {0: "unit", 1: "name", 2: "relation", 3: "phones", 4: "phones", 5: "remark"}
    assert cleaned(file)[3]["phones"] == ["13800138000", "075526569972"]


def test_the_same_word_under_two_headings_is_not_taken_for_one_column():
    rows = [
        ["房号", "姓名", "身份", "业主", None, "租户", None],
        [None, None, None, "电话", "单位名", "电话", "单位名"],
        ["1-1-101", "张丽", "业主", "1", "x", "2", "y"],
    ]
    found = surveyed(workbook(("业主", rows), merges=["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1"]))
    assert found.plan.columns == {0: "unit", 1: "name", 2: "relation", 3: "phones"}
    assert (5, "租户电话") in found.matched.unmatched


def test_what_cannot_be_matched_is_told_and_can_be_matched_by_hand():
    rows = [["房间", "称谓", "身份", "电话", "养狗"], ["1-1-101", "张丽", "业主", "13800138000", "两条"]]
    found = surveyed(workbook(("业主", rows)))
    assert found.matched.missing == ("姓名",)
    assert found.matched.unmatched == ((1, "称谓"), (4, "养狗"))
    with pytest.raises(RuleError, match="还没有指定哪一列是姓名"):
        check_plan(found.plan, RESIDENTS)
    again = surveyed(workbook(("业主", rows)), chosen={0: "unit", 1: "name", 2: "relation", 4: "remark", 3: ""})
    assert again.plan.columns == {0: "unit", 1: "name", 2: "relation", 4: "remark"}
    check_plan(again.plan, RESIDENTS)
    assert Plan.load(again.plan.dump()) == again.plan


def test_the_sheet_with_the_data_is_taken_and_the_others_can_be():
    row = ["1-1-101", "张丽", "业主"]
    file = workbook(("填写说明", [HEADER, row]), ("旧数据", [HEADER, row, row]), ("一期", [HEADER, row]), ("空", []))
    found = surveyed(file)
    assert found.plan.sheet == "一期"
    assert [bool(choice.why_not) for choice in found.sheets] == [True, True, False, True]
    assert surveyed(file, sheet="旧数据").plan.sheet == "旧数据"


def test_a_file_without_a_header_is_refused_with_what_is_missing():
    with pytest.raises(RuleError, match="没有找到表头行：表里要有一行写着列名，至少包括房号、姓名、身份"):
        surveyed(workbook(("a", [["随便", "写写"], [1, 2]])))


def test_headings_totals_repeated_headers_and_footers_are_no_data():
    file = table(
        ["1栋"], ["1-1-101", "张丽", "业主"], [None, "小 计", None, None, None, None, "=SUM(G2:G3)"], HEADER,
        ["2-1-101", "王芳", "业主"], ["合计：", None, None, None, None, None, 2], ["制表人：李", None, "审核：王"],
        [None, None, None, "以上为2020年的数据"],
    )  # fmt: skip
    assert kinds(file) == {
        2: "heading", 3: "data", 4: "subtotal", 5: "header", 6: "data", 7: "subtotal", 8: "note", 9: "heading",
    }  # fmt: skip


def test_a_lonely_room_code_is_a_faulty_row_and_not_a_heading():
    found = cleaned(table(["1-1-101"], ["1-1-102", "张丽", "业主"]))
    assert found[2]["name"] == "没有填姓名"


def test_a_person_called_total_stays_a_person():
    assert kinds(table(["1-1-101", "合计", "业主"])) == {2: "data"}


def test_a_group_row_speaks_for_the_rows_below_it_until_the_total():
    file = table(
        ["3栋"], ["2单元1203", "张丽", "业主"], ["1203", "王芳", "业主"], [None, "小计"], ["1204", "李娜", "业主"]
    )  # fmt: skip
    found = cleaned(file)
    assert [found[n]["unit"].code for n in (3, 4)] == ["3-2-1203", "3-1203"]
    assert "没有写明是哪一栋" in found[6]["unit"]


def test_a_merged_cell_speaks_for_every_row_it_covers():
    rows = [
        ["楼栋", "房号", "姓名", "身份"],
        ["3栋", "2-1203", "张丽", "业主"],
        [None, "2单元1204", "王芳", "业主"],
        [None, "1205", "李娜", "业主"],
        [None, "4-2-1206", "赵静", "业主"],
        [None, "1207", "周敏", "业主"],
    ]
    found = cleaned(workbook(("业主", rows), merges=["A2:A5"]))
    assert "是楼栋还是单元" in found[2]["unit"]
    assert [found[n]["unit"].code for n in (3, 4)] == ["3-2-1204", "3-1205"]
    assert found[5]["unit"] == "房号里的楼栋是 4，楼栋一栏（或分组行）是 3，请核对"
    assert "没有写明是哪一栋" in found[6]["unit"]


def test_formulas_and_error_values_are_refused_in_whatever_column_they_stand():
    file = table(["1-1-101", "张丽", "业主", None, None, None, "=50+48", 3, "=HYPERLINK(1)", "好"])
    found = cleaned(file)[2]
    assert found["area"] == "这一格是公式 =50+48（表里显示的结果是 0），请粘贴为数值后再导入"
    assert found["employer"].startswith("这一格是公式 =HYPERLINK(1)")
    assert found["remark"] == "好"
    text = Cell('=HYPERLINK("x")')
    assert shown(text) == '=HYPERLINK("x")'
    cleaner = RowCleaner(RESIDENTS, {0: "remark"})
    read = type("Read", (), {"number": 1, "cells": [text], "shared": {}})()
    assert "像是公式" in cleaner.clean(read).problems["remark"]


def test_a_firm_is_told_from_a_person_and_gets_no_identity_number():
    number = "310104199205231502"
    file = table(
        ["1-1-101", "和信会计师事务所", "单位", "0755-26569972", number],
        ["1-1-102", "远航物流有限公司", "业主"],
        ["1-1-103", "张丽", "业主", None, number],
    )
    found = cleaned(file)
    assert [(found[n]["kind"], found[n]["relation"], found[n].get("id_no")) for n in (2, 3, 4)] == [
        ("company", "user", None), ("company", "owner", None), ("person", "owner", number),
    ]  # fmt: skip
