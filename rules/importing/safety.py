"""Whether a file may be opened at all: told by its content, never by its name; nothing is unpacked whole."""

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from rules.errors import RuleError

MB = 1024 * 1024
MAX_FILE = 50 * MB
MAX_UNPACKED = 256 * MB  # all parts together
MAX_STRINGS = 32 * MB  # the shared strings are the one part that is held in memory
MAX_SMALL_PART = 8 * MB  # styles, theme, relations …
MAX_RATIO = 200
MAX_ENTRIES = 1_000
MAX_SMALL_ELEMENTS = 200_000
MAX_STRING_ELEMENTS = 1_200_000  # about six hundred thousand different texts
MAX_ELEMENTS_BETWEEN_ROWS = 60_000
MAX_BYTES_BETWEEN_ROWS = 4 * MB
MAX_DEPTH = 64
MAX_MERGES = 50_000
_CHUNK = 64 * 1024

REFUSED_OLD = "这是旧版表格（xls 或 et），请在表格软件里另存为 xlsx 再导入"
REFUSED_LOCKED = "表格设了打开密码，请先去掉密码再导入"
REFUSED_HTML = "这个文件其实是网页（有些系统导出的“xls”就是这样），请用表格软件打开后另存为 xlsx 再导入"
REFUSED_XML = "这是 XML 格式的旧表格，请用表格软件打开后另存为 xlsx 再导入"
REFUSED_MACRO = "表格里带有宏，不能导入，请另存为不带宏的 xlsx 再导入"
REFUSED_BINARY = "这是二进制格式的表格（xlsb），请另存为 xlsx 再导入"
REFUSED_ODS = "这是 ods 表格，请另存为 xlsx 再导入"
REFUSED_OTHER = "这个文件不是表格，请选择 xlsx 或 csv 文件"
REFUSED_BROKEN = "表格已损坏，打不开，请在表格软件里另存一份再导入"
REFUSED_BOMB = "表格解开后大得不合常理，不能导入；请只保留要导入的工作表，另存一份再导入"
REFUSED_DTD = "表格里夹带了外部引用（DTD），不能导入，请在表格软件里另存一份再导入"
REFUSED_EMPTY = "文件是空的，请重新选择"
REFUSED_BIG = f"文件超过 {MAX_FILE // MB} MB，不能导入，请拆成几份再导入"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW, _CELL_FORMULA, _MERGE = "row", "f", "mergeCell"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_NEVER_READ = re.compile(
    r"(xl/(media|drawings|charts|embeddings|printerSettings|externalLinks|comments)|customXml|docProps/thumbnail)"
)


@dataclass
class SheetFacts:
    """What one pass over a sheet's XML tells without keeping any of it."""

    last_row: int = 0
    has_formula: bool = False
    merges: list[str] = field(default_factory=list)


def kind_of(file: BinaryIO, size: int) -> str:
    """`xlsx` or `text`; anything else is refused with what it is and what to do. Raises RuleError."""
    if size == 0:
        raise RuleError(REFUSED_EMPTY)
    if size > MAX_FILE:
        raise RuleError(REFUSED_BIG)
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        raise RuleError(REFUSED_LOCKED if _is_locked(file) else REFUSED_OLD)
    return _kind_of_text(head)


def _is_locked(file: BinaryIO) -> bool:
    """An encrypted workbook is an OLE file with a stream of this name; an old xls has none."""
    mark, tail = "EncryptedPackage".encode("utf-16-le"), b""
    file.seek(0)
    while chunk := file.read(MB):
        if mark in tail + chunk:
            return True
        tail = chunk[-len(mark) :]
    return False


def _kind_of_text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"mime-version:")):
        raise RuleError(REFUSED_HTML)
    if start.startswith((b"<?xml", b"<workbook")):
        raise RuleError(REFUSED_HTML if b"<html" in start else REFUSED_XML)
    if start.startswith((b"%pdf", b"{\\rtf")):
        raise RuleError(REFUSED_OTHER)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RuleError(REFUSED_OTHER)
    return "text"


def inspect_xlsx(file: BinaryIO) -> dict[str, SheetFacts]:
    """Walk every part that will be read, in small pieces, and refuse what no office ever saved. Raises RuleError.

    Returns the facts of each sheet by the path of its part.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            return _walk_parts(archive, entries)
    except RuleError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as broken:
        locked = "encrypted" in str(broken) or "password" in str(broken)
        raise RuleError(REFUSED_LOCKED if locked else REFUSED_BROKEN) from broken


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise RuleError(REFUSED_BOMB)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise RuleError(REFUSED_BOMB)
    if any(e.file_size > MB and e.file_size > MAX_RATIO * max(e.compress_size, 1) for e in entries):
        raise RuleError(REFUSED_BOMB)
    lowered = {name.lower() for name in names}
    if "xl/workbook.bin" in lowered:
        raise RuleError(REFUSED_BINARY)
    if "mimetype" in lowered and "content.xml" in lowered:
        raise RuleError(REFUSED_ODS)
    if "xl/workbook.xml" not in lowered:
        raise RuleError(REFUSED_OTHER)
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in lowered):
        raise RuleError(REFUSED_MACRO)


def _walk_parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, SheetFacts]:
    sheets: dict[str, SheetFacts] = {}
    for entry in entries:
        name = entry.filename
        if _NEVER_READ.match(name) or not name.endswith((".xml", ".rels", ".vml")):
            continue
        is_sheet, is_strings = bool(_SHEET.fullmatch(name)), name == "xl/sharedStrings.xml"
        if not is_sheet and entry.file_size > (MAX_STRINGS if is_strings else MAX_SMALL_PART):
            raise RuleError(REFUSED_BOMB)
        watch = _Watch(is_sheet, MAX_STRING_ELEMENTS if is_strings else MAX_SMALL_ELEMENTS)
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                watch.feed(chunk)
        watch.close()
        if name == "[Content_Types].xml":
            _check_types(archive.read(entry))
        if is_sheet:
            sheets[name] = watch.facts
    return sheets


def _check_types(listing: bytes) -> None:
    if b"macroEnabled" in listing:
        raise RuleError(REFUSED_MACRO)


class _Watch:
    """Counts what a parser would have to hold at once: depth, elements and bytes between two rows; refuses any DTD."""

    def __init__(self, is_sheet: bool, limit: int) -> None:
        self.facts = SheetFacts()
        self._is_sheet = is_sheet
        self._limit = MAX_ELEMENTS_BETWEEN_ROWS if is_sheet else limit
        self._depth = self._elements = self._fed = self._row_began = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; raises RuleError as soon as it is too much."""
        self._fed += len(chunk)
        self._parse(chunk, False)
        if self._is_sheet and self._fed - self._row_began > MAX_BYTES_BETWEEN_ROWS:
            raise RuleError(REFUSED_BOMB)

    def close(self) -> None:
        """The part is at its end: half a document is a broken one."""
        self._parse(b"", True)

    def _parse(self, chunk: bytes, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as broken:
            raise RuleError(REFUSED_BROKEN) from broken

    def _doctype(self, *_told: object) -> None:
        raise RuleError(REFUSED_DTD)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > self._limit:
            raise RuleError(REFUSED_BOMB)
        if not self._is_sheet:
            return
        local = name.rpartition(":")[2]
        if local == _CELL_FORMULA:
            self.facts.has_formula = True
        elif local == _MERGE:
            self._merge(attributes.get("ref", ""))
        elif local == _ROW:
            number = attributes.get("r", "")
            self.facts.last_row = int(number) if number.isdigit() else self.facts.last_row + 1

    def _merge(self, reference: str) -> None:
        if len(self.facts.merges) >= MAX_MERGES:
            raise RuleError(REFUSED_BOMB)
        self.facts.merges.append(reference)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._is_sheet and name.rpartition(":")[2] == _ROW:
            self._elements = 0
            self._row_began = self._parser.CurrentByteIndex
