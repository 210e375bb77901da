"""Company line and spaced title over a double rule, the same on every form."""

from __future__ import annotations

from typing import Protocol

from printouts.draw.faces import BOLD
from printouts.draw.pen import MM, Pen
from printouts.draw.text import one_line, shorten


class Letterhead(Protocol):
    """Whose paper it is."""

    @property
    def company(self) -> str: ...

    @property
    def project(self) -> str: ...


def company_line(pen: Pen, x: float, base: float, of: Letterhead, size: float = 9) -> None:
    name = " · ".join(part for part in (one_line(of.company), one_line(of.project)) if part)
    room = pen.width / 2 - 20 * MM
    pen.write(x, base, shorten(name, lambda piece: pen.measure(piece, size), room), size, align="centre", tracking=0.3)


def title_line(pen: Pen, x: float, base: float, title: str, size: float, width: float, widest: float) -> None:
    """The title spaced out over a rule of `width`; up to `widest` both grow, then spacing and size give way."""
    title = one_line(title)
    track = 4.0 if any(character.isdigit() for character in title) else 6.3
    track = max(0.0, min(track, (widest - pen.measure(title, size, BOLD)) / max(len(title), 1)))
    while size > 10 and pen.measure(title, size, BOLD, track) > widest:
        size -= 0.5
    title = shorten(title, lambda piece: pen.measure(piece, size, BOLD), widest)
    pen.write(x, base, title, size, BOLD, "centre", track)
    half = min(widest, max(width, pen.measure(title, size, BOLD, track) + 6 * MM)) / 2
    pen.line(x - half, base + 2.0 * MM, x + half, base + 2.0 * MM, 0.9)
    pen.line(x - half, base + 2.6 * MM, x + half, base + 2.6 * MM, 0.35)
