"""The plan of an import: which sheet, where its header is, which column is which; made by looking, changed by hand."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from rules.errors import RuleError
from rules.importing.cells import shown
from rules.importing.columns import ImportRegister
from rules.importing.header import SEARCHED_ROWS, Header, Matched, find_header, match_columns
from rules.importing.reading import Book, SheetInfo
from rules.importing.rows import ReadRow, RowReader

SAMPLE_ROWS = 5
_NOT_DATA = ("说明", "旧", "备份", "示例", "样例", "字典", "模板说明", "填写")


@dataclass(frozen=True)
class Plan:
    """What reading needs to know; kept with the run as JSON."""

    sheet: str
    header: Header
    columns: dict[int, str]

    def dump(self) -> str:
        """As the run keeps it."""
        header = [self.header.top, self.header.bottom, self.header.labels]
        return json.dumps({"sheet": self.sheet, "header": header, "columns": self.columns}, ensure_ascii=False)

    @classmethod
    def load(cls, kept: str) -> "Plan":
        """What `dump` wrote."""
        told = json.loads(kept)
        top, bottom, labels = told["header"]
        columns = {int(index): key for index, key in told["columns"].items()}
        return cls(told["sheet"], Header(top, bottom, tuple(labels)), columns)


@dataclass(frozen=True)
class SheetChoice:
    """A sheet in the chooser: `why_not` says why it was not taken of itself."""

    info: SheetInfo
    header: Header | None
    why_not: str = ""


@dataclass(frozen=True)
class Survey:
    """Everything the match page shows: sheets, labels, what matched, what did not, and some rows to look at."""

    sheets: list[SheetChoice]
    plan: Plan
    matched: Matched
    samples: list[list[str]]


def survey(
    book: Book, register: ImportRegister, sheet: str | None = None, chosen: Mapping[int, str] | None = None
) -> Survey:
    """Look at the file: the sheet given or the likeliest, its header, its columns by name or as `chosen`.

    Raises RuleError when no sheet has a header row of this register.
    """
    sheets = [_look_at(book, info, register) for info in book.sheets]
    taken = _named(sheets, sheet) if sheet else _likeliest(sheets, register)
    header = taken.header if taken else None
    if taken is None or header is None:
        wanted = "、".join(column.label for column in register.columns if column.required)
        raise RuleError(f"没有找到表头行：表里要有一行写着列名，至少包括{wanted}；也可以下载模板填写后再导入")
    matched = match_columns(header.labels, register.columns, register.ignored, chosen)
    plan = Plan(taken.info.name, header, matched.columns)
    return Survey(sheets, plan, matched, _samples(book, plan))


def _look_at(book: Book, info: SheetInfo, register: ImportRegister) -> SheetChoice:
    header = find_header(islice(book.rows(info.name), SEARCHED_ROWS), book.merges(info.name), register.columns)
    if header is None:
        return SheetChoice(info, None, "没有表头行")
    if info.hidden:
        return SheetChoice(info, header, "隐藏的工作表")
    if any(word in info.name for word in _NOT_DATA):
        return SheetChoice(info, header, "看名称不是要导入的数据")
    return SheetChoice(info, header)


def _named(sheets: list[SheetChoice], name: str) -> SheetChoice | None:
    return next((choice for choice in sheets if choice.info.name == name), None)


def _likeliest(sheets: list[SheetChoice], register: ImportRegister) -> SheetChoice | None:
    """Most columns found; among equals the longer sheet. Sheets with a `why_not` only when nothing else is there."""
    open_ones = [choice for choice in sheets if choice.header and not choice.why_not]

    def weight(choice: SheetChoice) -> tuple[int, int]:
        labels = choice.header.labels if choice.header else ()
        return len(match_columns(labels, register.columns).columns), choice.info.rows

    return max(open_ones or [choice for choice in sheets if choice.header], key=weight, default=None)


def _samples(book: Book, plan: Plan) -> list[list[str]]:
    below = (row for row in book.rows(plan.sheet) if row.number > plan.header.bottom and not row.is_blank)
    return [[shown(cell) for cell in row.cells] for row in islice(below, SAMPLE_ROWS)]


def check_plan(plan: Plan, register: ImportRegister) -> None:
    """A required column that nobody matched stops the run before it starts. Raises RuleError."""
    missing = [c.label for c in register.columns if c.required and c.key not in plan.columns.values()]
    if missing:
        raise RuleError(f"还没有指定哪一列是{'、'.join(missing)}，请在匹配页选好再继续", field="columns")


def read_rows(book: Book, plan: Plan, register: ImportRegister) -> Iterator[ReadRow]:
    """Every row below the header with its kind."""
    reader = RowReader(register, plan.header, plan.columns, book.merges(plan.sheet))
    return reader.read(book.rows(plan.sheet))
