"""The verdict page (核对结果): rows of a run, filtered and paged, each cell before → after with note or fault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.imports import VERDICTS, ImportRow, ImportRun
from models.masks import masked
from rules.importing.cells import EMPTY, Cell, shown
from rules.importing.columns import ImportColumn
from rules.importing.kept_rows import Body
from rules.importing.plan import Plan
from rules.importing.registers import register_of
from rules.importing.rows import KINDS

PAGE = 50
SEVERAL = " / "  # between the values of a cell that holds several
_BETWEEN = re.compile(r"(\s*[/\\、,;|，；／｜\n\r]+\s*)")
#: The filters of the page: key → label; `changed` are the rows in which cleaning changed something.
FILTERS = {"": "全部", **VERDICTS, "changed": "有清洗", "failed": "未能导入"}


@dataclass(frozen=True)
class ShownCell:
    """One cell of the page. `after` is empty where nothing was changed; personal values are masked already."""

    key: str
    before: str
    after: str = ""
    note: str = ""
    problem: str = ""
    is_changed: bool = False  # cleaning made something else of it, perhaps nothing at all
    parts: tuple[str, ...] = ()  # the values of a cell that holds several (two phones)


@dataclass(frozen=True)
class ShownRow:
    """One row of the page, its cells in the order of `RowsPage.columns`."""

    number: int
    verdict: str
    verdict_label: str
    kind_label: str
    reason: str
    outcome: str
    outcome_reason: str
    cells: list[ShownCell] = field(default_factory=list)


@dataclass(frozen=True)
class RowsPage:
    """One page of verdicts: columns as (key, label), rows, and how many there are in all."""

    columns: list[tuple[str, str]]
    rows: list[ShownRow]
    total: int
    page: int
    pages: int


def rows_page(
    session: Session, run: ImportRun, which: str = "", page: int = 1, size: int = PAGE, *, clear: bool = False
) -> RowsPage:
    """The rows of `which` filter; personal values masked unless `clear` (the person who brought the file sees it)."""
    register, plan = register_of(run.register), Plan.load(run.plan or "")
    columns = [column for column in register.columns if column.key in plan.columns.values()]
    chosen = select(ImportRow).where(ImportRow.run_id == run.id)
    if which == "changed":
        chosen = chosen.where(ImportRow.has_changes)
    elif which == "failed":
        chosen = chosen.where(ImportRow.outcome == "error")
    elif which:
        chosen = chosen.where(ImportRow.verdict == which)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    found = session.scalars(chosen.order_by(ImportRow.number).limit(size).offset((page - 1) * size))
    rows = [_shown_row(row, columns, plan, clear) for row in found]
    return RowsPage([(column.key, column.label) for column in columns], rows, total, page, pages)


def _shown_row(row: ImportRow, columns: list[ImportColumn], plan: Plan, clear: bool) -> ShownRow:
    body = Body.load(row.body)
    return ShownRow(
        row.number,
        row.verdict,
        VERDICTS[row.verdict],
        KINDS[row.kind],
        reason_of(body, columns),
        row.outcome or "",
        row.outcome_reason or "",
        [_shown_cell(body, column, plan, clear) for column in columns],
    )


def reason_of(body: Body, columns: list[ImportColumn]) -> str:
    """`身份证号码：…；联系电话：…`, or why the row was passed over or what it updates."""
    labels = {column.key: column.label for column in columns}
    parts = [f"{labels.get(key, key)}：{words}" for key, words in body.problems.items()]
    return "；".join([*parts, *([body.reason] if body.reason else [])])


def _shown_cell(body: Body, column: ImportColumn, plan: Plan, clear: bool) -> ShownCell:
    before = raw_cell(body, column.key, plan.columns)
    words, after = shown(before) or shown(body.shared.get(column.key, EMPTY)), body.after.get(column.key, "")
    if column.secret and not clear:
        words, after = _hidden(column, words), _hidden(column, after)
    note, problem = body.notes.get(column.key, ""), body.problems.get(column.key, "")
    parts = tuple((after or words).split(SEVERAL)) if column.many and not problem else ()
    return ShownCell(column.key, words, after, note, problem, column.key in body.after, parts if parts[1:] else ())


def _hidden(column: ImportColumn, words: str) -> str:
    """Masked; of several values in one cell each by itself, else nobody could tell that there are two."""
    if column.secret is None or not column.many:
        return masked(column.secret, words) if column.secret else words
    pieces = _BETWEEN.split(words)
    return "".join(piece if n % 2 else masked(column.secret, piece) for n, piece in enumerate(pieces))


def raw_cell(body: Body, key: str, columns: Mapping[int, str]) -> Cell:
    """What stood in the file under a register column; several sheet columns are shown one after the other."""
    found = [body.raw[i] for i, k in columns.items() if k == key and i < len(body.raw) and not body.raw[i].is_empty]
    if len(found) < 2:
        return found[0] if found else EMPTY
    return Cell(SEVERAL.join(shown(cell) for cell in found))
