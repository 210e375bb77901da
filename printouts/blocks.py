"""Blocks a slip is made of: rows of labelled fields, time strips, line tables, signature cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from printouts.draw.faces import BOLD, MEDIUM
from printouts.draw.pen import BLACK, GRID, MM, RED, SECTION, SHADE, Align, Pen
from printouts.draw.text import clean, one_line
from printouts.form import Data

IDEOGRAPHS = re.compile(r"[\u2e80-\uffff]{2,3}")
FULL_TIME = re.compile(r"\d{4}-(\d{2}-\d{2} \d{2}:\d{2})(:\d{2})?")
TICK = 2.9 * MM
SEE_SYSTEM = "…（余见系统）"


class Block(Protocol):
    """A horizontal band of a slip."""

    @property
    def height(self) -> float: ...

    @property
    def grows(self) -> bool: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None: ...


def label(pen: Pen, x: float, top: float, width: float, height: float, text: str, size: float = 8.5) -> None:
    """A shaded label; two or three characters are spread to the measure of four (均排)."""
    pen.fill(x, top, width, height)
    if IDEOGRAPHS.fullmatch(text):
        room = min(4 * size, width - 2.4 * MM)
        spread = max(0.0, (room - len(text) * size) / (len(text) - 1))
        pen.write(x + width / 2, pen.middle(top, height, size), text, size, MEDIUM, "centre", spread)
    else:
        pen.cell(x, top, width, height, text, size, MEDIUM, "centre", pad=0.6 * MM)


def ticks(
    pen: Pen, x: float, top: float, width: float, height: float, choices: tuple[str, ...], chosen: Sequence[str],
    size: float = 8.5,
) -> None:  # fmt: skip
    """Checkboxes in one line; a choice may be just the beginning of its value. Other values are added, not lost."""
    ticked = {choice for choice in choices if any(value.startswith(choice) for value in chosen)}
    others = [value for value in chosen if not value.startswith(choices)]
    items, ticked = [*choices, *others], ticked.union(others)
    room = width - 2.6 * MM
    while size > 6.5 and tick_width(pen, items, size) + 1.4 * MM * (len(items) - 1) > room:
        size -= 0.25
    spare = (room - tick_width(pen, items, size)) / max(len(items) - 1, 1)
    x += 1.5 * MM
    for item in items:
        pen.box(x, top + (height - TICK) / 2, TICK, item in ticked)
        pen.write(x + TICK + 0.8 * MM, pen.middle(top, height, size), item, size)
        x += tick_width(pen, [item], size) + min(3.2 * MM, spare)


def tick_width(pen: Pen, items: Sequence[str], size: float) -> float:
    return sum(TICK + 0.8 * MM + pen.measure(item, size) for item in items)


def texts(value: object) -> list[str]:
    """A value or several, as clean single lines without empty ones."""
    several = value if isinstance(value, list | tuple | set) else [value]
    return [text for text in map(one_line, several) if text]


@dataclass(frozen=True)
class Field:
    """A label and its value; with choices, boxes to tick. `share` is its part of what the labels leave."""

    name: str
    label: str
    share: float = 1.0
    choices: tuple[str, ...] = ()
    label_mm: float = 17.0
    blank: str = ""  # shown small at the right while there is no value, for the pen: 年　月　日
    size: float = 9.5
    prefix: str = ""  # ￥

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        value = data.get(self.name)
        if self.choices:
            ticks(pen, x, top, width, height, self.choices, texts(value))
        elif value in (None, "") and self.blank:
            pen.write(x + width - 1.6 * MM, pen.middle(top, height, 8), self.blank, 8, align="right")
        else:
            size = self.size if height < 8 * MM else min(self.size, 9)
            text = self.prefix + clean(value)
            pen.cell(x, top, width, height, text, size, ending=SEE_SYSTEM if height > 6 * MM else "…")


@dataclass(frozen=True)
class Row:
    """Labelled fields side by side."""

    fields: tuple[Field, ...]
    height_mm: float = 5.3
    grows: bool = False

    @property
    def height(self) -> float:
        return self.height_mm * MM

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields)

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        free = width - sum(each.label_mm for each in self.fields) * MM
        shares = sum(each.share for each in self.fields)
        for n, each in enumerate(self.fields):
            if n:
                pen.line(x, top, x, top + height)
            wide = each.label_mm * MM
            if wide:
                label(pen, x, top, wide, height, each.label)
                pen.line(x + wide, top, x + wide, top + height)
            room = free * each.share / shares
            each.draw(pen, x + wide, top, room, height, data)
            x += wide + room


@dataclass(frozen=True)
class Strip:
    """Equal columns with the caption above the value: the moments of a slip, to print or to write in."""

    fields: tuple[Field, ...]
    head_mm: float = 3.9
    height_mm: float = 10.0
    grows: bool = False

    @property
    def height(self) -> float:
        return self.height_mm * MM

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields)

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        head, each = self.head_mm * MM, width / len(self.fields)
        pen.fill(x, top, width, head)
        pen.line(x, top + head, x + width, top + head)
        for n, one in enumerate(self.fields):
            left = x + n * each
            if n:
                pen.line(left, top, left, top + height)
            pen.cell(left, top, each, head, one.label, 7.5, MEDIUM, "centre", pad=0.3 * MM)
            moment = FULL_TIME.sub(r"\1", one_line(data.get(one.name)))
            if moment:
                pen.cell(left, top + head, each, height - head, moment, 8.5, align="centre", pad=0.6 * MM)
            else:
                pen.write(left + each, pen.middle(top + head, height - head, 6.5), one.blank, 6.5, align="right")


@dataclass(frozen=True)
class LineColumn:
    name: str
    title: str
    width: float  # relative
    align: Align = "left"


@dataclass(frozen=True)
class Lines:
    """A small table with a vertical caption; `halves` puts two lines side by side. What is too much is counted."""

    name: str
    caption: str
    columns: tuple[LineColumn, ...]
    rows: int
    halves: int = 1
    head_mm: float = 4.0
    row_mm: float = 4.8
    side_mm: float = 7.0
    grows: bool = False

    @property
    def height(self) -> float:
        return (self.head_mm + self.rows * self.row_mm) * MM

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        side = self.side_mm * MM
        pen.fill(x, top, side, height)
        pen.vertical(x + side / 2, top, height, self.caption, 8.5, MEDIUM, 1.3)
        pen.line(x + side, top, x + side, top + height, GRID)
        half = (width - side) / self.halves
        lines = self.held(data.get(self.name) or ())
        row = (height - self.head_mm * MM) / self.rows
        for n in range(self.halves):
            left = x + side + n * half
            if n:
                pen.line(left, top, left, top + height, SECTION)
            self.draw_half(pen, left, top, half, row, lines[n * self.rows : (n + 1) * self.rows])
        for r in range(self.rows):
            at = top + self.head_mm * MM + r * row
            pen.line(x + side, at, x + width, at)

    def held(self, lines: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        room = self.rows * self.halves
        if len(lines) <= room:
            return list(lines)
        rest = len(lines) - room + 1
        return [*lines[: room - 1], {self.columns[0].name: f"另有 {rest} 项，见系统"}]

    def draw_half(
        self, pen: Pen, x: float, top: float, width: float, row: float, lines: Sequence[Mapping[str, str]]
    ) -> None:
        head, total = self.head_mm * MM, sum(column.width for column in self.columns)
        pen.fill(x, top, width, head, SHADE)
        for n, column in enumerate(self.columns):
            wide = width * column.width / total
            if n:
                pen.line(x, top, x, top + head + row * self.rows)
            pen.cell(x, top, wide, head, column.title, 7.5, MEDIUM, "centre", pad=0.4 * MM)
            for r, line in enumerate(lines):
                text = one_line(line.get(column.name))
                ink = RED if column.align == "right" and text.startswith("-") else BLACK
                pen.cell(
                    x, top + head + r * row, wide, row, text, 8.5, align=column.align, pad=1.1 * MM, least=6, ink=ink
                )
            x += wide


@dataclass(frozen=True)
class Signatures:
    """One cell each: caption above, room for name or chop, printed name if signed in the system, date at the foot."""

    slots: tuple[tuple[str, str], ...]  # (name of the value, caption)
    height_mm: float = 9.4
    grows: bool = False

    @property
    def height(self) -> float:
        return self.height_mm * MM

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part for name, _ in self.slots for part in (name, f"{name}_date"))

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        each = width / len(self.slots)
        for n, (name, caption) in enumerate(self.slots):
            left = x + n * each
            if n:
                pen.line(left, top, left, top + height)
            pen.write(left + 1.4 * MM, top + 3.5 * MM, f"{caption}：", 7.5)
            signed, date = one_line(data.get(name)), one_line(data.get(f"{name}_date"))
            above = pen.measure(f"{caption}：", 7.5) + 1.6 * MM
            if signed:
                pen.cell(left + above, top, each - above, 5.4 * MM, signed, 9, pad=0.8 * MM)
            pen.write(left + each - 1.4 * MM, top + height - 1.5 * MM, date or "年　 月　 日", 7, align="right")


@dataclass(frozen=True)
class Section:
    """A shaded band that names the rows under it."""

    title: str
    height_mm: float = 5.6
    grows: bool = False

    @property
    def height(self) -> float:
        return self.height_mm * MM

    @property
    def names(self) -> tuple[str, ...]:
        return ()

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        pen.fill(x, top, width, height)
        pen.write(x + 2 * MM, pen.middle(top, height, 9), self.title, 9, BOLD)


@dataclass(frozen=True)
class Notice:
    """Running text inside the frame: purpose of collection, conditions."""

    text: str
    height_mm: float = 8.0
    grows: bool = False

    @property
    def height(self) -> float:
        return self.height_mm * MM

    @property
    def names(self) -> tuple[str, ...]:
        return ()

    def draw(self, pen: Pen, x: float, top: float, width: float, height: float, data: Data) -> None:
        pen.cell(x, top, width, height, self.text, 8)
