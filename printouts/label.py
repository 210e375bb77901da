"""Labels: small stickers laid out in a grid on A4, each with its big line, facts, QR and bar code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from printouts.draw.codes import code128, qr
from printouts.draw.document import A4, Document
from printouts.draw.faces import BOLD, MEDIUM
from printouts.draw.pen import HAIR, MM, NOTE, Pen
from printouts.draw.text import one_line, shorten
from printouts.form import BLANK, Context, Data, Form

INSET = 4 * MM


@dataclass(frozen=True)
class Label:
    """Width and height in mm; as many as fit on A4. Data is one label or a sequence of them.

    Names: `headline`, those of `facts`, `code` for the bar code and `copy_ids` for the QR.
    """

    width: float
    height: float
    facts: tuple[tuple[str, str], ...]
    headline: str = "headline"
    signature: str = ""  # caption of a line signed across the lower edge, half on the flap
    shape = "label"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.headline, "code", "copy_ids", *(name for name, _ in self.facts))

    @property
    def grid(self) -> tuple[int, int]:
        return int(210 // self.width), int(297 // self.height)

    def draw(self, document: Document, form: Form, context: Context, kind: str, data: Any) -> None:
        columns, rows = self.grid
        place = columns * rows
        labels = [{}] * place if kind == BLANK or not data else [data] if isinstance(data, Mapping) else list(data)
        for start in range(0, len(labels), place):
            with document.page(A4) as pen:
                for n, one in enumerate(labels[start : start + place]):
                    self.draw_one(pen, form, context, one, *self.corner(n))

    def corner(self, n: int) -> tuple[float, float]:
        columns, rows = self.grid
        left = (210 - columns * self.width) / 2 + n % columns * self.width
        return left * MM, ((297 - rows * self.height) / 2 + n // columns * self.height) * MM

    def draw_one(self, pen: Pen, form: Form, context: Context, data: Data, x: float, top: float) -> None:
        wide, high = self.width * MM, self.height * MM
        pen.frame(x, top, wide, high, HAIR)
        left, right, room = x + INSET, x + wide - INSET, wide - 2 * INSET
        ids = data.get("copy_ids") or ()
        code_side = 0.0
        if ids and context.base_url:
            address = f"{context.base_url.rstrip('/')}/q/{one_line(ids[0])}"
            code_side = qr(pen, right - 16 * MM, top + INSET, 15 * MM, address) + 3 * MM
        free = room - code_side
        pen.write(
            left, top + INSET + 6, shorten(one_line(context.project), lambda t: pen.measure(t, 7), free), 7, ink=NOTE
        )
        headline = one_line(data.get(self.headline))
        pen.cell(left, top + INSET + 3 * MM, free, 11 * MM, headline, 22, BOLD, pad=0, least=9)
        self.draw_facts(pen, data, left, top + INSET + 17 * MM, room, top + high)
        code128(pen, right, top + high - INSET - 7 * MM, min(room * 0.6, 50 * MM), 6 * MM, one_line(data.get("code")))
        if self.signature:
            pen.write(left, top + high - INSET, self.signature, 7, MEDIUM)
            pen.dashes(x, top + high - 1.6 * MM, x + wide, top + high - 1.6 * MM)

    def draw_facts(self, pen: Pen, data: Data, left: float, top: float, room: float, bottom: float) -> None:
        step = 5.4 * MM
        for n, (name, caption) in enumerate(self.facts):
            at = top + n * step
            if at + step > bottom - INSET:
                raise ValueError(f"label has no room for {caption}")
            pen.write(left, at + 3.6 * MM, caption, 8, MEDIUM)
            start = left + pen.measure("国" * 5, 8)
            pen.cell(start, at, room - (start - left), step, one_line(data.get(name)), 8.5, pad=0)
            pen.line(start, at + step - 0.6 * MM, left + room, at + step - 0.6 * MM, HAIR)
