"""Registers as files that a spreadsheet opens: CSV and XLSX, row by row, never a formula that somebody typed."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from models import clock

Value = str | int | Decimal | date | datetime | bool | None
Row = Sequence[Value]
BOM = "\ufeff"
LEADERS = frozenset("=+-@\t\r\n＝＋－＠")
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
EPOCH = date(1899, 12, 30)
_TO_QUOTE = re.compile('[,"\r\n]')
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def guarded(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{text}" if text[:1] in LEADERS else text


# ---- CSV -------------------------------------------------------------------------------------------------------


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The file in pieces: UTF-8 with its mark, so that Excel reads Chinese; every text guarded."""
    yield BOM
    for row in rows:
        yield ",".join(_quoted(_csv_text(value)) for value in row) + "\r\n"


def _csv_text(value: Value) -> str:
    if type(value) is str:  # most of them
        return guarded(value)
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            return clock.shown(value)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


# ---- XLSX ------------------------------------------------------------------------------------------------------

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>'
)
_BOOK_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    "</Relationships>"
)
_BOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
#: Styles by number: 0 plain, 1 head, 2 moment, 3 day, 4 amount.
_STYLES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/>'
    '<diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    '</cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><cols>{cols}</cols><sheetData>"
)


def write_xlsx(out: IO[bytes], title: str, rows: Iterable[Row], widths: Sequence[int]) -> int:
    """Write a workbook of one sheet, the first row its head; returns how many rows. Texts stay texts: no formula."""
    count = 0
    cols = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(widths, 1))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _RELATIONS)
        book.writestr("xl/workbook.xml", _BOOK.format(title=_sheet_name(title)))
        book.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS)
        book.writestr("xl/styles.xml", _STYLES)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as raw:
            sheet = io.TextIOWrapper(raw, "utf-8", write_through=False)
            sheet.write(_SHEET.format(cols=cols))
            names = [_letters(n) for n in range(len(widths))]
            for count, row in enumerate(rows, 1):
                if count > MOST_ROWS:
                    raise ValueError("more rows than a sheet holds")
                cells = "".join(_cell(names[n], count, value) for n, value in enumerate(row))
                sheet.write(f'<row r="{count}">{cells}</row>')
            sheet.write("</sheetData></worksheet>")
            sheet.flush()
            sheet.detach()
    return count


def _cell(column: str, row: int, value: Value) -> str:
    at = f'<c r="{column}{row}"'
    if type(value) is str and value:
        return _text(at, value, 1 if row == 1 else 0)
    match value:
        case None | "":
            return ""
        case bool():
            return _text(at, "是" if value else "否", 0)
        case datetime():
            return f'{at} s="2"><v>{_serial(value)}</v></c>'
        case date():
            return f'{at} s="3"><v>{(value - EPOCH).days}</v></c>'
        case Decimal():
            return f'{at} s="{4 if value.as_tuple().exponent == -2 else 0}"><v>{value:f}</v></c>'
        case _:
            return f"{at}><v>{value}</v></c>"


def _text(at: str, text: str, style: int) -> str:
    plain = _NO_XML.sub("", text[:LONGEST_CELL])
    return f'{at} t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(plain)}</t></is></c>'


def _serial(moment: datetime) -> str:
    """Days since the sheet's epoch by the office wall clock, to the second."""
    wall = clock.local(moment)
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
    return f"{(wall.date() - EPOCH).days + seconds / 86400:.8f}"


def _letters(n: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        name = chr(65 + rest) + name
    return name


def _sheet_name(title: str) -> str:
    plain = "".join(c for c in title if c not in "[]:*?/\\'\"<>&")[:31]
    return plain or "Sheet1"
