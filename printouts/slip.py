"""A slip: one document on one to three copies, perforated on A4, on A5 each, or one full A4 page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from printouts.blocks import Block, Lines, texts
from printouts.draw.codes import code128, qr
from printouts.draw.document import A4, A5_LANDSCAPE, Document
from printouts.draw.faces import BOLD, MEDIUM
from printouts.draw.heading import company_line, title_line
from printouts.draw.pen import GRID, MM, NOTE, RED, Pen
from printouts.draw.text import one_line, shorten
from printouts.form import BLANK, Context, Data, Form

LEFT, RIGHT = 14 * MM, 9 * MM  # the left edge is punched and bound
EDGE = 6.5 * MM  # the column of the copy's name
HEAD = 13.2 * MM
FOOT = 3.6 * MM


@dataclass(frozen=True)
class Copy:
    """一联: its ordinal, who gets it (a function when that depends on the paper) and its paper colour in words."""

    ordinal: str
    to: str | Callable[[Data], str]
    colour: str = ""

    def recipient(self, data: Data) -> str:
        return self.to if isinstance(self.to, str) else self.to(data)

    def name(self, data: Data) -> str:
        colour = f"（{self.colour}）" if self.colour else ""
        return f"{self.ordinal} {self.recipient(data)}{colour}"


@dataclass(frozen=True)
class Slip:
    """Its data: the names of its blocks and side lines, `number`, `copy_ids` (one opaque id per copy for the QR).

    `continues` names the lines that run on over further papers (第 1/2 页); of other lines what is too much is counted.
    """

    blocks: tuple[Block, ...]
    copies: tuple[Copy, ...] = ()
    height_mm: float = 99.0  # of one part: 99 (three on A4), 148.5 (two on A4, or A5 each), 297
    each_on_a5: bool = False
    side: tuple[tuple[str, str], ...] = ()  # (name, caption) lines beside the QR
    note: str = ""
    continues: str = ""
    shape = "slip"

    def __post_init__(self) -> None:
        over = sum(block.height for block in self.blocks) - (self.last - self.first)
        if over > 0.1 * MM:
            raise ValueError(f"the blocks of a slip of {self.height_mm:g} mm are {over / MM:.1f} mm too tall")

    @property
    def full_page(self) -> bool:
        return self.height_mm > 200

    @property
    def first(self) -> float:
        """Where the table begins, from the top of the part: 5 mm are left for the printer's edge."""
        return HEAD + (14 if self.full_page else 5) * MM

    @property
    def last(self) -> float:
        """Where the table must have ended."""
        return self.height_mm * MM - (8 if self.full_page else 5) * MM - FOOT

    @property
    def names(self) -> tuple[str, ...]:
        inside = [name for block in self.blocks for name in block.names]
        return ("number", "copy_ids", "title", *(name for name, _ in self.side), *inside)

    def draw(self, document: Document, form: Form, context: Context, kind: str, data: Any) -> None:
        whole: Data = {} if kind == BLANK or data is None else data
        for values in self.sheets(whole):
            self.draw_sheet(document, form, for_this_paper(context, whole), values)

    def sheets(self, values: Data) -> list[Data]:
        """The same paper as often as its lines need, each time with the next of them and 第 n/m 页."""
        block = next((b for b in self.blocks if isinstance(b, Lines) and b.name == self.continues), None)
        lines = list(values.get(self.continues) or ()) if block else []
        room = block.rows * block.halves if block else 1
        if len(lines) <= room:
            return [values]
        count = -(-len(lines) // room)
        return [
            {**values, self.continues: lines[n * room : (n + 1) * room], "page_of": f"第 {n + 1}/{count} 页"}
            for n in range(count)
        ]

    def draw_sheet(self, document: Document, form: Form, context: Context, values: Data) -> None:
        """All copies of one sheet."""
        chosen = [n for n in range(max(1, len(self.copies))) if not context.copies or n + 1 in context.copies]
        size = A5_LANDSCAPE if self.each_on_a5 else A4
        per_page = max(1, int(size[1] // (self.height_mm * MM - 1)))
        for start in range(0, len(chosen), per_page):
            with document.page(size) as pen:
                for place, n in enumerate(chosen[start : start + per_page]):
                    Part(self, pen, form, context, values, n, place * self.height_mm * MM).draw()
                for place in range(1, per_page):
                    perforation(pen, place * self.height_mm * MM)


def for_this_paper(context: Context, data: Data) -> Context:
    """A batch shares one context; each paper has its own count of prints, its own state, maybe its own title."""
    own = {name: data[name] for name in ("nth", "watermark", "title") if name in data}
    return replace(context, **own)


def perforation(pen: Pen, top: float) -> None:
    pen.dashes(0, top, pen.width, top)
    pen.write(4 * MM, top + 0.75 * MM, "✂", 8, ink=NOTE)
    pen.write(pen.width - 4 * MM, top - 0.7 * MM, "沿虚线撕开", 5, align="right", tracking=0.3, ink=NOTE)


@dataclass(frozen=True)
class Part:
    """One copy of a slip being drawn at its place on the page."""

    slip: Slip
    pen: Pen
    form: Form
    context: Context
    data: Data
    index: int
    top: float

    @property
    def right(self) -> float:
        return self.pen.width - RIGHT - (EDGE if self.slip.copies else 0)

    def draw(self) -> None:
        self.draw_head(self.top + (10 if self.slip.full_page else 5) * MM)
        table = self.top + self.slip.first
        bottom = self.draw_blocks(table, self.top + self.slip.last)
        self.draw_foot(bottom)
        if self.slip.copies:
            name = self.slip.copies[self.index].name(self.data)
            self.pen.vertical(self.right + EDGE / 2 + 0.8 * MM, table, bottom - table, name, 8.5, MEDIUM)
        if self.context.watermark:
            middle = (LEFT + self.right) / 2
            self.pen.stamp(
                one_line(self.context.watermark), middle, (table + bottom) / 2, 90 if self.slip.full_page else 58
            )

    def draw_head(self, top: float) -> None:
        pen, middle = self.pen, (LEFT + self.right) / 2
        company_line(pen, middle, top + 3.1 * MM, self.context, 8.5)
        title_line(pen, middle, top + 9.6 * MM, self.context.title or self.form.title, 17, 64 * MM, 73 * MM)
        beside = LEFT + self.draw_qr(top)
        self.draw_side(beside, top, middle - 38 * MM - beside)
        self.draw_number(top)

    def draw_qr(self, top: float) -> float:
        """The width taken by the code, with its white margin; nothing when there is nothing to open."""
        ids = texts(self.data.get("copy_ids"))
        if self.index >= len(ids) or not self.context.base_url:
            return 0.0
        address = f"{self.context.base_url.rstrip('/')}/q/{ids[self.index]}"
        return qr(self.pen, LEFT, top, 12.6 * MM, address) + 2 * MM

    def draw_side(self, x: float, top: float, room: float) -> None:
        lines = [f"{caption}{one}" for name, caption in self.slip.side for one in texts(self.data.get(name))]
        if len(lines) > 4:
            lines = [*lines[:2], *lines[-2:]]  # the first facts and the latest notes
        for n, line in enumerate(reversed(lines)):
            short = shorten(line, lambda piece: self.pen.measure(piece, 7), room)
            self.pen.write(x, top + 12.2 * MM - n * 3.3 * MM, short, 7)

    def draw_number(self, top: float) -> None:
        pen, number = self.pen, one_line(self.data.get("number"))
        code128(pen, self.right, top + 0.2 * MM, 50 * MM, 7.2 * MM, number)
        base = top + 11.8 * MM
        if number:
            pen.write(self.right, base, number, 10.5, BOLD, "right", 0.35, RED)
        else:
            pen.line(self.right - 38 * MM, base + 0.8 * MM, self.right, base + 0.8 * MM, GRID)
        sign = self.right - (pen.measure(number, 10.5, BOLD, 0.35) if number else 38 * MM) - 1.2 * MM
        pen.write(sign, base, "№", 9.5, MEDIUM, "right")
        said = " ".join(part for part in (one_line(self.data.get("page_of")), self.context.reprint) if part)
        pen.write(sign - 5 * MM, base, said, 8.5, BOLD, "right")

    def draw_blocks(self, top: float, end: float) -> float:
        """Draws the bands; those that grow share what the paper has left. Returns the lower edge."""
        pen, width, start = self.pen, self.right - LEFT, top
        growing = sum(1 for block in self.slip.blocks if block.grows)
        spare = end - top - sum(block.height for block in self.slip.blocks)
        for n, block in enumerate(self.slip.blocks):
            height = block.height + (max(0.0, spare) / growing if block.grows else 0.0)
            if n:
                pen.line(LEFT, top, self.right, top)
            block.draw(pen, LEFT, top, width, height, self.data)
            top += height
        pen.frame(LEFT, start, width, top - start)
        return top

    def draw_foot(self, top: float) -> None:
        pen = self.pen
        copy = [self.slip.copies[self.index].name(self.data)] if self.slip.copies else []
        right = "　".join(part for part in (*copy, self.form.footing, self.context.printed) if part)
        base = top + 3.1 * MM
        pen.write(self.right, base, right, 6.5, align="right", ink=NOTE)
        room = self.right - LEFT - pen.measure(right, 6.5) - 4 * MM
        pen.write(LEFT, base, shorten(self.slip.note, lambda piece: pen.measure(piece, 6.5), room), 6.5, ink=NOTE)
