"""Opens a workbook or a csv file and hands its rows on one by one; formulas are seen as formulas, never worked out."""

import csv
import io
import struct
import zipfile
import zlib
from array import array
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, BinaryIO, NamedTuple, Protocol
from xml.etree.ElementTree import ParseError

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import range_boundaries
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from rules.errors import RuleError
from rules.importing.cells import EMPTY, Cell, shown
from rules.importing.safety import REFUSED_BROKEN, SheetFacts, inspect_xlsx, kind_of

_TEXT = f"{{{SHEET_MAIN_NS}}}si"
MAX_ROWS = 100_000
MAX_COLUMNS = 256
MAX_TEXT = 32_767  # what one cell of a spreadsheet holds
MAX_BLANK_RUN = 5_000  # whole sheets "formatted to the bottom" are common; nobody writes on after so many blank rows

_KINDS = {"s": "text", "n": "number", "d": "date", "b": "bool", "f": "formula", "e": "error"}
# Whatever a damaged workbook makes the reader stumble over; to the office it is one thing: it cannot be opened.
_STUMBLES = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, ParseError, OverflowError,
    AssertionError, NotImplementedError, RecursionError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


class Merge(NamedTuple):
    """A merged range, all ends included, columns from 0, rows from 1."""

    left: int
    top: int
    right: int
    bottom: int


class SheetInfo(NamedTuple):
    """A sheet as the chooser lists it; `rows` is the last row that is written down."""

    name: str
    hidden: bool
    rows: int


class Row(NamedTuple):
    """One row of the file; `number` is what the person sees at the left edge."""

    number: int
    cells: list[Cell]

    @property
    def is_blank(self) -> bool:
        """Nothing stands in it."""
        return all(cell.is_empty for cell in self.cells)


class Book(Protocol):
    """A file that passed the gate."""

    sheets: list[SheetInfo]

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows from the top, blank ones too. Raises RuleError when the file is broken or too long."""
        ...

    def merges(self, sheet: str) -> list[Merge]:
        """The merged ranges of a sheet."""
        ...


@contextmanager
def opened(file: BinaryIO, size: int) -> Iterator[Book]:
    """The file as a book. Raises RuleError (one Chinese sentence) when it is not a table, hostile or damaged."""
    if kind_of(file, size) == "text":
        yield CsvBook(file)
        return
    book = XlsxBook(file, inspect_xlsx(file))
    try:
        yield book
    finally:
        book.close()


class XlsxBook:
    """A workbook read as a stream, once for its formulas and, where there are any, once for their stored results."""

    def __init__(self, file: BinaryIO, facts: dict[str, SheetFacts]) -> None:
        self._file = file
        self._facts = facts
        self._results: Any = None
        self._book = self._load(results=False)
        self._epoch = 1904 if self._book.epoch.year == 1904 else 1900
        self.sheets = [
            SheetInfo(sheet.title, sheet.sheet_state != "visible", self._facts_of(sheet).last_row)
            for sheet in self._book.worksheets
        ]
        if not self.sheets:
            raise RuleError(REFUSED_BROKEN)

    def _load(self, results: bool) -> Any:
        self._file.seek(0)
        try:
            reader = _Reader(self._file, read_only=True, data_only=results, keep_links=False)
            reader.read()
        except _STUMBLES as broken:
            raise RuleError(REFUSED_BROKEN) from broken
        return reader.wb

    def _facts_of(self, sheet: Any) -> SheetFacts:
        # openpyxl names the part only in a private attribute; without it merges and the formula flag would be guesses
        return self._facts.get(sheet._worksheet_path.lstrip("/"), SheetFacts())

    def merges(self, sheet: str) -> list[Merge]:
        """The merged ranges, taken from the gate's pass: a stream knows them only after its last row."""
        found = []
        for reference in self._facts_of(self._book[sheet]).merges:
            try:
                left, top, right, bottom = range_boundaries(reference)
            except (ValueError, TypeError):
                continue
            if left and top and right and bottom:
                found.append(Merge(left - 1, top, right - 1, bottom))
        return sorted(found, key=lambda merge: merge.top)

    def rows(self, sheet: str) -> Iterator[Row]:
        """See Book.rows."""
        try:
            yield from _within_limits(self._read(sheet))
        except _STUMBLES as broken:
            raise RuleError(REFUSED_BROKEN) from broken

    def _read(self, sheet: str) -> Iterator[Row]:
        results: Iterator[tuple[Any, ...]] | None = None
        if self._facts_of(self._book[sheet]).has_formula:
            self._results = self._results or self._load(results=True)
            results = _stream(self._results[sheet])
        for number, cells in enumerate(_stream(self._book[sheet]), 1):
            stored = next(results, ()) if results is not None else ()
            yield Row(number, [self._cell(cell, stored, column) for column, cell in enumerate(cells)])

    def _cell(self, cell: Any, stored: tuple[Any, ...], column: int) -> Cell:
        value = cell.value
        if value is None:
            return EMPTY
        kind = _KINDS.get(cell.data_type, "text")
        if kind == "formula":
            result = stored[column].value if column < len(stored) else None
            return Cell(_formula_text(value), kind, result=shown(Cell(result)))
        if kind == "number" and self._epoch != 1900:
            return Cell(value, kind, self._epoch)
        if isinstance(value, (str, int, float, bool, datetime, date, time)):
            return Cell(value, kind if kind != "text" or isinstance(value, str) else "number")
        return Cell(str(value), "error")  # a length of time, or another thing no register has

    def close(self) -> None:
        """Let go of the archive."""
        for book in (self._book, self._results):
            if book is not None:
                book.close()


class _Strings(Sequence[str]):
    """The texts of a workbook in one piece: as a list of strings they would take five times the memory."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts, self._ends = bytearray(), array("Q")
        for text in texts:
            self._texts += text.encode("utf-8", "surrogatepass")
            self._ends.append(len(self._texts))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: Any) -> Any:
        return self._texts[self._ends[index - 1] if index else 0 : self._ends[index]].decode("utf-8", "surrogatepass")


class _Reader(ExcelReader):  # type: ignore[misc]
    """Reads the table of texts as a stream; openpyxl's own keeps an element per text until it is through."""

    def read_strings(self) -> None:
        """See ExcelReader."""
        found = self.package.find(SHARED_STRINGS)
        if found is not None:
            with self.archive.open(found.PartName[1:]) as source:
                self.shared_strings = _Strings(_texts(source))


def _texts(source: Any) -> Iterator[str]:
    steps = iterparse(source, events=("start", "end"))
    _start, root = next(steps)
    for step, node in steps:
        if step == "end" and node.tag == _TEXT:
            yield Text.from_tree(node).content.replace("x005F_", "")
            root.clear()


def _stream(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # some programs write a wrong size down, and columns would be cut off
    return iter(sheet.iter_rows())


def _formula_text(value: Any) -> str:
    text = value if isinstance(value, str) else getattr(value, "text", None)
    return text or "="


def _within_limits(rows: Iterator[Row]) -> Iterator[Row]:
    blank = used = 0
    for row in rows:
        if row.is_blank:
            blank += 1
            if blank > MAX_BLANK_RUN:
                return
            yield Row(row.number, [])
            continue
        blank, used = 0, used + 1
        if used > MAX_ROWS:
            raise RuleError(f"表格超过 {MAX_ROWS} 行，请拆成几份再导入")
        _check_row(row)
        yield Row(row.number, row.cells[:MAX_COLUMNS])


def _check_row(row: Row) -> None:
    if any(not cell.is_empty for cell in row.cells[MAX_COLUMNS:]):
        raise RuleError(f"第{row.number}行超过 {MAX_COLUMNS} 列，请删去多余的列再导入")
    if any(isinstance(cell.value, str) and len(cell.value) > MAX_TEXT for cell in row.cells):
        raise RuleError(f"第{row.number}行有一格文字超过 {MAX_TEXT} 字，请改短再导入")


class CsvBook:
    """A csv file in UTF-8, UTF-16 with mark, or GB18030; it has one sheet and no merged cells."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encoding = _encoding_of(file)
        self.sheets = [SheetInfo("csv", False, 0)]

    def merges(self, sheet: str) -> list[Merge]:
        """None: text has no merged cells."""
        return []

    def rows(self, sheet: str) -> Iterator[Row]:
        """See Book.rows."""
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._encoding, newline="")
        try:
            delimiter = _delimiter_of(text.readline())
            text.seek(0)
            records = enumerate(csv.reader(text, delimiter=delimiter), 1)
            yield from _within_limits(Row(n, [_text_cell(value) for value in record]) for n, record in records)
        except (csv.Error, UnicodeError) as broken:
            raise RuleError(REFUSED_BROKEN) from broken
        finally:
            text.detach()  # the file itself belongs to the caller


def _text_cell(value: str) -> Cell:
    if not value:
        return EMPTY
    return Cell(value, "formula" if value.lstrip().startswith("=") else "text")


def _encoding_of(file: BinaryIO) -> str:
    file.seek(0)
    if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = getincrementaldecoder(encoding)()
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise RuleError("csv 的文字编码认不出，请另存为 xlsx 或“CSV UTF-8”再导入")


def _delimiter_of(line: str) -> str:
    return max(",\t;|", key=line.count)
