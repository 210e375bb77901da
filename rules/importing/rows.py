"""What each row of the sheet is (数据, 分组, 小计, 重复表头 …) and what its cells come to after cleaning."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rules.importing.cells import EMPTY, Cell, shown, squeezed
from rules.importing.cleaning import refused_kind
from rules.importing.columns import Bad, CleanRow, ImportColumn, ImportRegister
from rules.importing.header import Header, is_repeated
from rules.importing.marks import mark
from rules.importing.reading import Merge, Row

DATA = "data"
KINDS = {
    DATA: "数据",
    "blank": "空行",
    "heading": "分组行或说明行",
    "subtotal": "小计、合计行",
    "header": "重复的表头",
    "note": "制表、审核等说明行",
}
_TOTAL = re.compile(r"(?:本页|本栋|本楼|\d+[栋幢座])?(?:小计|合计|总计|共计|累计)[:：]?")
_FOOTER = re.compile(r"(?:制表|填表|审核|复核|审批|打印|统计|制单)(?:人|日期|时间|单位)?[:：].*|第\d+页.*")
_UNITS = re.compile(r"\(.*\)|㎡|m²|元|人|平方米")


@dataclass
class ReadRow:
    """A row of the file with its kind; `shared` holds what merged cells and group rows lend it, by column key."""

    number: int
    kind: str
    cells: list[Cell]
    shared: dict[str, Cell] = field(default_factory=dict)


class RowReader:
    """Goes down the sheet below the header and remembers what a row inherits from the rows above it."""

    def __init__(
        self, register: ImportRegister, header: Header, columns: Mapping[int, str], merges: Sequence[Merge]
    ) -> None:
        self._header = header
        self._columns = columns
        self._required = [(i, register.column(k)) for i, k in columns.items() if register.column(k).required]
        self._group = next((column for column in register.columns if column.group), None)
        self._waiting = [m for m in merges if m.bottom > m.top and m.top > header.bottom]
        self._open: list[tuple[Merge, Cell]] = []
        self._heading = EMPTY

    def read(self, rows: Iterable[Row]) -> Iterator[ReadRow]:
        """Every row below the header, blank ones included."""
        for row in rows:
            if row.number > self._header.bottom:
                self._follow_merges(row)
                kind = self._kind_of(row)
                yield ReadRow(row.number, kind, row.cells, self._shared(row) if kind == DATA else {})

    def _follow_merges(self, row: Row) -> None:
        self._open = [(merge, cell) for merge, cell in self._open if merge.bottom >= row.number]
        while self._waiting and self._waiting[0].top <= row.number:
            merge = self._waiting.pop(0)
            if merge.top == row.number and merge.left < len(row.cells):
                self._open.append((merge, row.cells[merge.left]))

    def _shared(self, row: Row) -> dict[str, Cell]:
        lent = {} if self._group is None or self._heading.is_empty else {self._group.key: self._heading}
        for merge, cell in self._open:
            key = self._columns.get(merge.left)
            if key and not cell.is_empty and _at(row.cells, merge.left).is_empty:
                lent[key] = cell
        return lent

    def _kind_of(self, row: Row) -> str:
        filled = [(i, cell) for i, cell in enumerate(row.cells) if not cell.is_empty]
        if not filled:
            return "blank"
        if self._is_total(row, filled):
            self._heading = EMPTY
            return "subtotal"
        if is_repeated(row.cells, self._header):
            return "header"
        if len(filled) == 1 and not self._is_lone_value(*filled[0]):
            self._enter_group(filled[0][1])
            return "heading"
        if self._is_note(row, [cell for _i, cell in filled]):
            return "note"
        return DATA

    def _is_total(self, row: Row, filled: Sequence[tuple[int, Cell]]) -> bool:
        if not any(cell.kind == "text" and _TOTAL.fullmatch(squeezed(shown(cell))) for _i, cell in filled):
            return False
        others = [cell for cell in self._wanted(row) if not _TOTAL.fullmatch(squeezed(shown(cell)))]
        return not others or any(cell.is_empty for cell in others)

    def _wanted(self, row: Row) -> list[Cell]:
        return [_at(row.cells, i) for i, _column in self._required]

    def _is_lone_value(self, index: int, cell: Cell) -> bool:
        """A single cell is data only where a required column can take it."""
        column = next((column for i, column in self._required if i == index), None)
        return column is not None and not refused_kind(cell) and not isinstance(column.clean(cell), Bad)

    def _enter_group(self, cell: Cell) -> None:
        is_group = self._group is not None and not isinstance(self._group.clean(cell), Bad)
        self._heading = cell if is_group else self._heading

    def _is_note(self, row: Row, filled: Sequence[Cell]) -> bool:
        """A line of units below the header, or 制表人：… where data would stand."""
        words = [squeezed(shown(cell)) for cell in filled]
        if row.number == self._header.bottom + 1 and all(_UNITS.fullmatch(word) for word in words):
            return True
        wanted = [squeezed(shown(cell)) for cell in self._wanted(row)]
        return any(map(_FOOTER.fullmatch, words)) and all(not word or _FOOTER.fullmatch(word) for word in wanted)


def _at(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else EMPTY


class RowCleaner:
    """Cleans rows of one plan: cell by cell, then as a whole by the register's own check."""

    def __init__(self, register: ImportRegister, columns: Mapping[int, str]) -> None:
        self._check = register.check
        self._places = [(column, [i for i, key in columns.items() if key == column.key]) for column in register.columns]

    def clean(self, row: ReadRow) -> CleanRow:
        """What may be used of the row, what was changed, what stands in the way."""
        out = CleanRow(row.number)
        for column, places in self._places:
            own = [cell for i in places if not (cell := _at(row.cells, i)).is_empty]
            cell = _together(own) if own else row.shared.get(column.key, EMPTY)
            _clean_cell(out, column, cell, bool(own))
        self._check(out)
        return out


def _together(cells: Sequence[Cell]) -> Cell:
    """Several sheet columns that feed one register column, as one cell; a refused one decides."""
    if len(cells) == 1:
        return cells[0]
    return next((cell for cell in cells if refused_kind(cell)), Cell("\n".join(shown(cell) for cell in cells)))


def _clean_cell(out: CleanRow, column: ImportColumn, cell: Cell, own: bool) -> None:
    if own:
        out.before[column.key] = cell
    if cell.is_empty:
        if column.required:
            out.problems[column.key] = f"没有填{column.label}"
        return
    result = refused_kind(cell) or column.clean(cell)
    if isinstance(result, Bad):
        out.problems[column.key] = result.reason
        return
    if column.required and result.value in (None, "", []):
        out.problems[column.key] = f"没有填{column.label}"
        return
    out.values[column.key] = result.value
    if own:
        out.after[column.key] = result.text
        if result.note:
            out.notes[column.key] = result.note


def fingerprint_of(row: CleanRow) -> int:
    """What makes a row the same as an earlier one: every value after cleaning, or as written where it was refused."""
    parts: dict[str, Any] = {key: shown(cell) for key, cell in row.before.items()}
    parts.update({key: text for key, text in row.after.items() if key not in row.problems})
    return mark(*(f"{key}\x1e{parts[key]}" for key in sorted(parts)))
