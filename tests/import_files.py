"""Workbooks for the import tests: proper ones, untidy ones, and ones no office ever saved."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from rules.importing.reading import Row, opened

DATA = Path(__file__).resolve().parent / "data"
HOUSEHOLDS = DATA / "业主资料登记表.xlsx"
HEADER = ["房号", "姓名", "身份", "联系电话", "身份证号码", "入住时间", "建筑面积", "家庭人口", "工作单位", "备注"]
CONTENT_TYPES = b"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""


def workbook(*sheets: tuple[str, Iterable[Sequence[Any]]], merges: Sequence[str] = ()) -> io.BytesIO:
    """A workbook; a text beginning with = becomes a formula, merges are of the first sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False})
    for index, (name, rows) in enumerate(sheets):
        sheet = book.add_worksheet(name)
        for reference in merges if index == 0 else ():
            sheet.merge_range(reference, "")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    book.close()
    out.seek(0)
    return out


def table(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> io.BytesIO:
    """A workbook of one sheet: the header of the household register and these rows."""
    return workbook(("业主资料", [header, *rows]))


def person(code: str, name: str, *more: Any, relation: str = "业主") -> list[Any]:
    """A row of `table`: 房号, 姓名, 身份, then the rest in the order of HEADER."""
    return [code, name, relation, *more]


def rows_of(file: io.BytesIO, sheet: str | None = None) -> list[Row]:
    """Everything in a sheet."""
    with opened(file, len(file.getvalue())) as book:
        return list(book.rows(sheet or book.sheets[0].name))


def with_part(file: io.BytesIO, name: str, content: bytes) -> io.BytesIO:
    """The workbook with one part of it replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    out.seek(0)
    return out


def sheet_xml(body: str, before: str = "") -> bytes:
    """A sheet part with this between its sheetData tags."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'.encode()
