"""What may be opened, what is refused and with which words, and that neither takes memory."""

import io
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rules.errors import RuleError
from rules.importing import reading, safety
from rules.importing.cells import Cell, pack, shown, unpack
from rules.importing.reading import opened
from tests.import_files import CONTENT_TYPES, HOUSEHOLDS, rows_of, sheet_xml, table, with_part, workbook

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def archive(**parts: bytes) -> bytes:
    """A zip with these parts; `__` in a name stands for `/`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in parts.items():
            box.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def refusal(content: bytes) -> str:
    """The sentence the file is refused with."""
    with pytest.raises(RuleError) as caught:
        read_to_the_end(content)
    return str(caught.value)


def read_to_the_end(content: bytes) -> None:
    with opened(io.BytesIO(content), len(content)) as book:
        for info in book.sheets:
            for _row in book.rows(info.name):
                pass


def hostile_sheet(xml: bytes) -> bytes:
    return with_part(table(["1-1-101", "张丽", "业主"]), SHEET, xml).getvalue()


MACRO_TYPES = CONTENT_TYPES.replace(b"spreadsheetml.sheet", b"macroEnabled")
MANY_STRINGS = b"<sst>" + b"<si><t>1</t></si>" * 2_000_000 + b"</sst>"
NOISE = "".join(random.Random(1).choices("0123456789", k=6_000_000))
BROKEN_HALF = table(["1-1-101", "张丽", "业主"]).getvalue()[:-200]
REFUSED = {
    "empty file": (b"", safety.REFUSED_EMPTY),
    "old xls": (OLE + "Workbook".encode("utf-16-le"), safety.REFUSED_OLD),
    "locked with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), safety.REFUSED_LOCKED),
    "web page called xls": (b"\n<HTML><table><tr><td>1</td></tr></table>", safety.REFUSED_HTML),
    "web page with mark": ("\ufeff<table><tr><td>房号</td></tr></table>".encode(), safety.REFUSED_HTML),
    "xml spreadsheet of 2003": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', safety.REFUSED_XML),
    "pdf": (b"%PDF-1.7\n", safety.REFUSED_OTHER),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", safety.REFUSED_OTHER),
    "word document": (archive(word__document=b"<w/>"), safety.REFUSED_OTHER),
    "binary workbook": (archive(**{"xl__workbook.bin": b"x"}), safety.REFUSED_BINARY),
    "open document": (archive(mimetype=b"ods", **{"content.xml": b"<x/>"}), safety.REFUSED_ODS),
    "half a file": (BROKEN_HALF, safety.REFUSED_BROKEN),
    "macros": (with_part(table(), "xl/vbaProject.bin", b"x").getvalue(), safety.REFUSED_MACRO),
    "macro sheet": (with_part(table(), "xl/macrosheets/sheet1.xml", b"<x/>").getvalue(), safety.REFUSED_MACRO),
    "macro by its type": (
        with_part(table(), "[Content_Types].xml", MACRO_TYPES).getvalue(),
        safety.REFUSED_MACRO,
    ),
    "external entity": (
        hostile_sheet(sheet_xml("<row><c><v>&e;</v></c></row>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')),
        safety.REFUSED_DTD,
    ),
    "entity bomb in the workbook part": (
        with_part(table(), "xl/workbook.xml", b'<!DOCTYPE l [<!ENTITY a "x">]><workbook>&a;</workbook>').getvalue(),
        safety.REFUSED_DTD,
    ),
    "entity in another encoding": (
        hostile_sheet('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e "x">]><x/>'.encode("utf-16")),
        safety.REFUSED_DTD,
    ),
    "torn xml": (hostile_sheet(b"<worksheet><sheetData><row>"), safety.REFUSED_BROKEN),
    "depth": (hostile_sheet(sheet_xml("<row>" + "<is>" * 500 + "</is>" * 500 + "</row>")), safety.REFUSED_BOMB),
    "a row without end": (hostile_sheet(sheet_xml("<row>" + "<c/>" * 80_000 + "</row>")), safety.REFUSED_BOMB),
    "one endless text": (hostile_sheet(sheet_xml(f"<row><c><v>{NOISE}</v></c></row>")), safety.REFUSED_BOMB),
    "a sheet of nothing": (hostile_sheet(sheet_xml("<row/>" * 500_000)), safety.REFUSED_BOMB),
    "a thousand styles a second": (
        with_part(table(), "xl/styles.xml", b"<s>" + b"<f/>" * 300_000 + b"</s>").getvalue(), safety.REFUSED_BOMB,
    ),
    "zeros": (with_part(table(), "xl/theme/theme9.xml", b"\0" * 30_000_000).getvalue(), safety.REFUSED_BOMB),
    "too many parts": (archive(**{f"xl__x{n}.xml": b"<x/>" for n in range(1_100)}), safety.REFUSED_BOMB),
    "twice the same part": (table().getvalue(), safety.REFUSED_BOMB),
    "shared string that is not there": (
        hostile_sheet(sheet_xml('<row r="1"><c r="A1" t="s"><v>999</v></c></row>')), safety.REFUSED_BROKEN,
    ),
    "a number that is none": (hostile_sheet(sheet_xml('<row><c r="A1"><v>x</v></c></row>')), safety.REFUSED_BROKEN),
    "no text at all": (b"\xff\xfa\x80\x81\xff\xff\xff", "csv 的文字编码认不出，请另存为 xlsx 或“CSV UTF-8”再导入"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_proper_table_is_refused_with_what_it_is_and_what_to_do(what):
    content, sentence = REFUSED[what]
    if what == "twice the same part":
        box = io.BytesIO(content)
        with zipfile.ZipFile(box, "a") as again:
            again.writestr(SHEET, sheet_xml(""))
        content = box.getvalue()
    assert refusal(content) == sentence


def test_a_file_above_the_limit_is_refused_before_it_is_looked_at():
    class Unreadable(io.BytesIO):
        def read(self, *_a):
            raise AssertionError("was read")

    with pytest.raises(RuleError, match="50 MB"), opened(Unreadable(), safety.MAX_FILE + 1):
        pass


def test_a_part_that_lies_about_its_size_is_refused():
    content = bytearray(table(*[["1-1-101", "张丽", "业主"]] * 200).getvalue())
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        size = box.getinfo(SHEET).file_size
    wrong = bytes(content).replace(size.to_bytes(4, "little"), (size // 3).to_bytes(4, "little"))
    assert wrong != bytes(content)
    assert refusal(wrong) == safety.REFUSED_BROKEN


def test_parts_that_are_too_much_together_are_refused(monkeypatch):
    content = table(["1-1-101", "张丽", "业主"]).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        monkeypatch.setattr(safety, "MAX_UNPACKED", sum(entry.file_size for entry in box.infolist()) - 1)
    assert refusal(content) == safety.REFUSED_BOMB


def test_too_many_rows_are_refused_and_not_cut_off(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 30)
    content = table(*[["1-1-101", "张丽", "业主"]] * 30).getvalue()
    assert refusal(content) == "表格超过 30 行，请拆成几份再导入"


def test_a_value_beyond_the_last_column_is_refused_and_not_cut_off():
    content = hostile_sheet(sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert refusal(content) == "第1行超过 256 列，请删去多余的列再导入"


def test_a_text_longer_than_a_cell_can_be_is_refused():
    long = "长" * 40_000
    content = hostile_sheet(sheet_xml(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{long}</t></is></c></row>'))
    assert refusal(content) == "第1行有一格文字超过 32767 字，请改短再导入"


def test_a_sheet_formatted_down_to_the_last_row_ends_after_a_run_of_blank_rows():
    content = hostile_sheet(
        sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1"><v>2</v></c></row>')
    )
    assert len(rows_of(io.BytesIO(content))) == reading.MAX_BLANK_RUN + 1


def test_a_wrong_size_written_in_the_sheet_does_not_cut_columns_off():
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c></row>')
    xml = xml.replace(b"<sheetData>", b'<dimension ref="A1"/><sheetData>')
    assert [shown(cell) for cell in rows_of(io.BytesIO(hostile_sheet(xml)))[0].cells] == ["1", "", "3"]


def test_a_formula_is_seen_as_one_with_the_result_the_file_claims():
    file = workbook(("a", [["=1+1", "=没有"], ["=SUM(A1)", 3]]))
    first, second = rows_of(file)
    assert [cell.kind for cell in (*first.cells, *second.cells)] == ["formula", "formula", "formula", "number"]
    assert first.cells[0] == Cell("=1+1", "formula", result="0")


def test_the_real_workbook_has_formulas_where_the_eye_sees_nothing():
    with HOUSEHOLDS.open("rb") as file, opened(file, HOUSEHOLDS.stat().st_size) as book:
        cells = [cell for row in book.rows("业主资料") for cell in row.cells if cell.kind == "formula"]
    assert len(cells) == 11 + 48
    assert {cell.value for cell in cells} >= {"=SUM(D4:D55)", '=HYPERLINK("x")'}


def test_hidden_sheets_are_listed_as_hidden():
    with HOUSEHOLDS.open("rb") as file, opened(file, HOUSEHOLDS.stat().st_size) as book:
        assert [(s.name, s.hidden, s.rows) for s in book.sheets] == [
            ("业主资料", False, 648), ("说明", False, 1), ("旧数据", True, 0),
        ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_every_encoding_an_office_saves(encoding, delimiter):
    lines = [["房号", "姓名", "备注"], ["1-1-101", "欧阳䶮", '"两行\n备注"'], ["1-1-102", "王芳", "=1+1"]]
    rows = rows_of(io.BytesIO("\r\n".join(delimiter.join(line) for line in lines).encode(encoding)))
    assert [shown(cell) for cell in rows[1].cells] == ["1-1-101", "欧阳䶮", "两行\n备注"]
    assert rows[2].cells[2].kind == "formula"


def test_cells_come_back_from_the_store_as_they_went_in():
    with HOUSEHOLDS.open("rb") as file, opened(file, HOUSEHOLDS.stat().st_size) as book:
        cells = [cell for row in book.rows("业主资料") for cell in row.cells]
    assert len({cell.kind for cell in cells}) == 4
    assert [unpack(pack(cell)) for cell in cells] == cells


MEMORY = """
import sys
sys.path.insert(0, sys.argv[1])
from rules.errors import RuleError
from rules.importing.reading import opened
def rss(name):
    return int(open("/proc/self/status").read().split(name + ":")[1].split()[0]) // 1024
idle = rss("VmRSS")
size = __import__("os").path.getsize(sys.argv[2])
try:
    with open(sys.argv[2], "rb") as file, opened(file, size) as book:
        print(sum(1 for row in book.rows(book.sheets[0].name)))
except RuleError as refusal:
    print(refusal)
print(rss("VmHWM") - idle)
"""


def grown(tmp_path: Path, content: bytes) -> tuple[str, int]:
    """What a fresh process says of the file, and by how many MB its memory grew at most."""
    (tmp_path / "file.xlsx").write_bytes(content)
    root = Path(__file__).resolve().parent.parent
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, str(root), str(tmp_path / "file.xlsx")],
        capture_output=True,
        text=True,
        check=True,
    )
    words, megabytes = told.stdout.split("\n")[:2]
    return words, int(megabytes)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("bomb", ["zeros", "cells", "strings", "noise"])
def test_memory_stays_flat_whatever_the_file_holds(tmp_path, bomb):
    content = {
        "zeros": lambda: with_part(table(), "xl/theme/theme9.xml", b"\0" * 200_000_000).getvalue(),
        "cells": lambda: hostile_sheet(sheet_xml("<row>" + "<c/>" * 9_000_000 + "</row>")),
        "strings": lambda: with_part(table(), "xl/sharedStrings.xml", MANY_STRINGS).getvalue(),
        "noise": lambda: bytes(range(256)) * 4096 * 49,
    }[bomb]()  # fmt: skip
    words, megabytes = grown(tmp_path, content)
    assert words.endswith(("导入", "文件")), words
    assert megabytes < 40
