"""A sheet: a register in columns, streamed row by row, with 承前页, 本页小计 and 过次页 where figures are summed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from printouts.blocks import FULL_TIME, texts
from printouts.draw.document import A4, A4_LANDSCAPE, Document
from printouts.draw.faces import BOLD, MEDIUM, REGULAR
from printouts.draw.heading import company_line, title_line
from printouts.draw.pen import BLACK, GRID, HAIR, MM, NOTE, RED, SECTION, Align, Pen
from printouts.draw.text import one_line, shorten
from printouts.form import BLANK, LEDGER, Context, Form, Rows

LEFT, RIGHT, TOP = 14 * MM, 9 * MM, 27 * MM
FOOT = 16.5 * MM  # signatures and footer under the table
GROUP_HEAD, COLUMN_HEAD = 5.6 * MM, 5.6 * MM
NUMBER = "序号"


@dataclass(frozen=True)
class Column:
    """One column; `width` in mm is scaled so that all together fill the page. `sums` adds it up."""

    name: str
    title: str
    width: float
    align: Align = "centre"
    group: str = ""
    sums: bool = False
    moment: bool = False  # 2026-11-21 09:42 is printed as 11-21 09:42


@dataclass(frozen=True)
class Sheet:
    """Row heights in mm: `row` when printed, `hand_row` on the blank form; 8 mm and more hold two lines of text."""

    columns: tuple[Column, ...]
    landscape: bool = True
    row: float = 5.6
    hand_row: float = 9.0
    heading: tuple[tuple[str, str], ...] = ()  # (name, caption) above the table
    closing: tuple[tuple[str, str], ...] = ()  # (name, caption) under the last row: 本页 __ 件
    signatures: tuple[str, ...] = ()
    note: str = ""
    shape = "sheet"

    @property
    def names(self) -> tuple[str, ...]:
        spoken = tuple(name for name, _ in self.heading + self.closing)
        return (*(column.name for column in self.columns), *spoken, "rows")

    @property
    def carries(self) -> bool:
        return any(column.sums for column in self.columns)

    def draw(self, document: Document, form: Form, context: Context, kind: str, data: Any) -> None:
        if isinstance(data, Mapping):  # one paper that is a list: its rows, and its own words above and below them
            own = {name: data[name] for name in ("nth", "watermark") if name in data}
            context, lines = replace(context, **own), list(data.get("rows") or ())
            data = Rows(lines, len(lines), {k: v for k, v in data.items() if k != "rows"})
        rows = data if isinstance(data, Rows) else Rows(list(data or ()), len(data or ()))
        Register(self, document, form, context, kind, Rows((), 0) if kind == BLANK else rows).draw()


class Totals:
    """Sums of the figure columns, as many decimals as the finest figure seen."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.page = {column.name: Decimal(0) for column in columns if column.sums}
        self.all = dict(self.page)

    def add(self, row: Mapping[str, str]) -> None:
        for name in self.page:
            figure = number(row.get(name))
            self.page[name] += figure
            self.all[name] += figure

    def turn(self) -> None:
        self.page = {name: Decimal(0) * total for name, total in self.page.items()}

    @staticmethod
    def shown(totals: Mapping[str, Decimal]) -> dict[str, str]:
        return {name: f"{total:,f}" if total else "" for name, total in totals.items()}


def number(text: object) -> Decimal:
    """A printed figure read back; a masked or empty cell counts nothing."""
    try:
        return Decimal(str(text or "0").replace(",", "").replace("￥", "").strip())
    except InvalidOperation:
        return Decimal(0)


class Register:
    """One sheet being drawn: geometry, furniture, rows."""

    def __init__(self, sheet: Sheet, document: Document, form: Form, context: Context, kind: str, rows: Rows) -> None:
        self.sheet, self.document, self.form, self.context, self.kind, self.data = (
            sheet, document, form, context, kind, rows,
        )  # fmt: skip
        self.blank = kind == BLANK
        self.size = A4_LANDSCAPE if sheet.landscape else A4
        self.width = self.size[0] - LEFT - RIGHT
        self.columns = (Column("", NUMBER, 8), *sheet.columns)
        self.edges = self.column_edges()
        self.grouped = any(column.group for column in sheet.columns)
        self.body = TOP + COLUMN_HEAD + (GROUP_HEAD if self.grouped else 1.6 * MM)
        self.row_height = (sheet.hand_row if self.blank else sheet.row) * MM
        self.carries = sheet.carries and not self.blank
        self.lines = max(4, int((self.size[1] - FOOT - self.body + 0.01) // self.row_height))
        self.first_page = self.lines - (2 if self.carries else 0)  # 本页小计, 过次页
        self.per_page = self.lines - (3 if self.carries else 0)  # and 承前页
        self.pages = 1 + max(0, -(-(rows.count - self.first_page) // self.per_page))

    def column_edges(self) -> list[float]:
        scale = self.width / sum(column.width for column in self.columns)
        edges = [LEFT]
        for column in self.columns:
            edges.append(edges[-1] + column.width * scale)
        return edges

    def draw(self) -> None:
        totals, rows, serial = Totals(self.sheet.columns), iter(self.data.rows), 0
        with self.document.furniture(self.size) as (furniture, pen):
            self.draw_furniture(pen)
        for page in range(1, self.pages + 1):
            room = self.first_page if page == 1 else self.per_page
            with self.document.page(self.size, furniture) as pen:
                self.draw_page_line(pen, page)
                drawn = self.draw_rows(pen, islice(rows, room), serial, page, totals)
                self.draw_end(pen, drawn, room, page, totals)
            serial += drawn
            if drawn != min(room, self.data.count - serial + drawn):
                raise ValueError(f"{self.form.code}: {serial} rows came where {self.data.count} were announced")
        if next(rows, None) is not None:
            raise ValueError(f"{self.form.code}: more rows than the {self.data.count} announced")

    # -- rows -----------------------------------------------------------------------------------------
    def draw_rows(self, pen: Pen, rows: Iterable[Mapping[str, str]], serial: int, page: int, totals: Totals) -> int:
        top, drawn = self.body, 0
        if self.carries and page > 1:
            self.draw_total(pen, top, "承　前　页", totals.all, MEDIUM)
            top += self.row_height
        for row in rows:
            drawn += 1
            self.draw_row(pen, top, str(serial + drawn), row)
            totals.add(row)
            top += self.row_height
        return drawn

    def draw_end(self, pen: Pen, drawn: int, room: int, page: int, totals: Totals) -> None:
        """What follows the rows of a page: a word where it stays empty, the totals at the foot."""
        if drawn < room and not self.blank:
            top = self.body + (drawn + self.lines - room - (2 if self.carries else 0)) * self.row_height
            said = "（以下空白）" if drawn or page > 1 else "（本期无记录）"
            pen.write(LEFT + self.width / 2, pen.middle(top, self.row_height, 8), said, 8, align="centre", ink=NOTE)
        if self.carries:
            top = self.body + (self.lines - 2) * self.row_height
            self.draw_total(pen, top, "本　页　小　计", totals.page, MEDIUM)
            last = "过　次　页" if page < self.pages else "本　期　合　计"
            self.draw_total(pen, top + self.row_height, last, totals.all, BOLD)
            totals.turn()

    def draw_row(self, pen: Pen, top: float, serial: str, row: Mapping[str, str]) -> None:
        self.draw_cell(pen, 0, top, serial, REGULAR)
        for n, column in enumerate(self.sheet.columns, 1):
            value = row.get(column.name)
            if value:
                text = one_line(str(value)[:400])
                self.draw_cell(pen, n, top, FULL_TIME.sub(r"\1", text) if column.moment else text, REGULAR)

    def draw_cell(self, pen: Pen, n: int, top: float, text: str, face: str) -> None:
        column, left = self.columns[n], self.edges[n]
        ink = RED if column.align == "right" and text.startswith("-") else BLACK
        pen.cell(
            left, top, self.edges[n + 1] - left, self.row_height, text, 7.6, face, column.align,
            pad=0.9 * MM, least=6.0, leading=1.22, ink=ink,
        )  # fmt: skip

    def draw_total(self, pen: Pen, top: float, caption: str, totals: Mapping[str, Decimal], face: str) -> None:
        shown = Totals.shown(totals)
        first = next(n for n, column in enumerate(self.columns) if column.sums)
        widest = max(range(1, first), key=lambda n: self.columns[n].width)
        left, right = self.edges[widest], self.edges[widest + 1]
        pen.cell(left, top, right - left, self.row_height, caption, 8, face, "centre")
        for n, column in enumerate(self.columns):
            if column.sums:
                self.draw_cell(pen, n, top, shown.get(column.name, ""), face)

    # -- furniture ------------------------------------------------------------------------------------
    def draw_furniture(self, pen: Pen) -> None:
        middle = self.size[0] / 2
        company_line(pen, middle, 12.4 * MM, self.context)
        title_line(pen, middle, 19.6 * MM, self.form.name(self.kind, self.context), 18, 72 * MM, 120 * MM)
        pen.write(LEFT + self.width, 12.4 * MM, self.form.code, 8, align="right", ink=NOTE)
        pen.write(LEFT, 25.2 * MM, self.heading(pen), 8.5)
        self.draw_head(pen)
        self.draw_grid(pen)
        self.draw_foot(pen)

    def heading(self, pen: Pen) -> str:
        parts = []
        for name, caption in self.sheet.heading:
            given = texts(self.data.heading.get(name))
            parts.append(f"{caption}：{given[0] if given else '＿＿＿＿＿＿' if self.blank else ''}")
        if self.context.period and self.kind == LEDGER:
            parts.append(f"期间：{one_line(self.context.period)}")
        room = self.width - 40 * MM
        return shorten("　　".join(parts), lambda piece: pen.measure(piece, 8.5), room)

    def draw_head(self, pen: Pen) -> None:
        pen.fill(LEFT, TOP, self.width, self.body - TOP)
        at = 0
        while at < len(self.columns):
            group = self.columns[at].group
            end = at + 1
            while group and end < len(self.columns) and self.columns[end].group == group:
                end += 1
            if group:
                left, right, under = self.edges[at], self.edges[end], TOP + GROUP_HEAD
                pen.cell(left, TOP, right - left, GROUP_HEAD, group, 8.5, BOLD, "centre")
                pen.line(left, under, right, under)
                for n in range(at, end):
                    self.head_cell(pen, n, under)
            else:
                self.head_cell(pen, at, TOP)
            at = end

    def head_cell(self, pen: Pen, n: int, top: float) -> None:
        left, wide = self.edges[n], self.edges[n + 1] - self.edges[n]
        title = self.columns[n].title
        pen.cell(left, top, wide, self.body - top, title, 8, MEDIUM, "centre", pad=0.4 * MM, leading=1.15)

    def draw_grid(self, pen: Pen) -> None:
        bottom = self.body + self.lines * self.row_height
        right = LEFT + self.width
        for n in range(self.lines):
            weight = SECTION if n == 0 else GRID if n % 5 == 0 or self.blank else HAIR
            at = self.body + n * self.row_height
            pen.line(LEFT, at, right, at, weight)
        for n in range(1, len(self.columns)):
            before, after = self.columns[n - 1].group, self.columns[n].group
            if before and before == after:
                pen.line(self.edges[n], TOP + GROUP_HEAD, self.edges[n], bottom, HAIR)
            else:
                pen.line(self.edges[n], TOP, self.edges[n], bottom, SECTION if before or after else HAIR)
        pen.frame(LEFT, TOP, self.width, bottom - TOP)
        self.bottom = bottom

    def draw_foot(self, pen: Pen) -> None:
        top = self.bottom + 5.2 * MM
        spoken = [*(caption for _, caption in self.sheet.closing), *self.sheet.signatures]
        each = self.width / max(1, len(spoken))
        for n, caption in enumerate(spoken):
            x = LEFT + n * each
            pen.write(x, top, f"{caption}：", 8.5)
            start = x + pen.measure(f"{caption}：", 8.5) + 0.5 * MM
            if n < len(self.sheet.closing):
                given = texts(self.data.heading.get(self.sheet.closing[n][0]))
                pen.write(start, top, given[0] if given else "", 8.5)
            pen.line(start, top + 1 * MM, x + each - 6 * MM, top + 1 * MM, GRID)
        foot = top + 4.4 * MM
        right = "　".join(part for part in (self.form.footing, self.context.printed) if part)
        pen.write(LEFT + self.width, foot, right, 6.5, align="right", ink=NOTE)
        room = self.width - pen.measure(right, 6.5) - 6 * MM
        pen.write(LEFT, foot, shorten(self.sheet.note, lambda piece: pen.measure(piece, 6.5), room), 6.5, ink=NOTE)

    def draw_page_line(self, pen: Pen, page: int) -> None:
        right, base = LEFT + self.width, 25.2 * MM
        pages = f"第 {page} 页　共 {self.pages} 页"
        pen.write(right, base, pages, 8.5, align="right")
        if self.context.reprint:
            pen.write(right - pen.measure(pages, 8.5) - 4 * MM, base, self.context.reprint, 8.5, BOLD, "right")
        if self.context.watermark:
            pen.stamp(one_line(self.context.watermark), self.size[0] / 2, self.size[1] / 2, 120)
