"""QR and Code 128 as merged black rectangles; each symbol is encoded once however often it is printed."""

from __future__ import annotations

from functools import lru_cache

import segno
from reportlab.graphics.barcode.code128 import Code128

from printouts.draw.pen import MM, Pen

LEAST_MODULE = 0.42 * MM  # a phone reads 0.4 mm from a laser print
Run = tuple[int, int, int]


@lru_cache(maxsize=1024)
def qr_runs(value: str) -> tuple[int, tuple[Run, ...]]:
    """Modules a side and the dark runs (row, first, after last), level M."""
    # One mask for all: trying the eight costs four fifths of the time and readers do not mind (150 of 150 read).
    matrix = segno.make(value, error="m", micro=False, boost_error=False, mask=2).matrix
    runs: list[Run] = []
    for row, modules in enumerate(matrix):
        column, width = 0, len(modules)
        while column < width:
            end = column
            while end < width and modules[end]:
                end += 1
            if end > column:
                runs.append((row, column, end))
            column = end + 1
    return len(matrix), tuple(runs)


def qr(pen: Pen, x: float, top: float, side: float, value: str) -> float:
    """Draws a QR at least `side` wide and returns its width; leave four modules of white around it."""
    count, runs = qr_runs(value)
    module = max(side / count, LEAST_MODULE)
    # A hair of overlap between rows hides seams in viewers that smooth edges.
    pen.rectangles([(x + a * module, top + row * module, (b - a) * module, module + 0.02) for row, a, b in runs])
    return count * module


@lru_cache(maxsize=1024)
def bars(value: str) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Width in modules and the bars (start, width) of a Code 128 symbol; ASCII only."""
    symbol = Code128(value, quiet=0)
    symbol.validate()
    symbol.encode()
    at, out = 0, []
    for letter in symbol.decompose():
        wide = ord(letter.lower()) - ord("a") + 1
        if letter.isupper():
            out.append((at, wide))
        at += wide
    return at, tuple(out)


def code128(pen: Pen, right: float, top: float, width: float, height: float, value: str) -> None:
    """A bar code ending at `right`, at most `width` wide; what Code 128 cannot carry is left out."""
    if not value or not value.isascii() or not value.isprintable():
        return
    modules, symbol = bars(value)
    module = width / modules
    left = right - width
    pen.rectangles([(left + at * module, top, wide * module, height) for at, wide in symbol])
