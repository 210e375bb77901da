"""One cell as it stood in the file, and the plain-text repairs every cleaner starts from."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

Value = str | int | float | bool | datetime | date | time | None

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x3000, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F), " ")
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0x2500, 0xFE63), "-")
_INVISIBLE = dict.fromkeys(
    (0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, 0x2061, 0x2062, 0x2063, 0xFEFF)
)
_CONTROL = {code: None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if code not in (0x09, 0x0A, 0x0D)}
_TIDY: dict[int, str | None] = {**_INVISIBLE, **_CONTROL, **_SPACES}
_NARROW: dict[int, int | str] = {**_HALF, **_SPACES, **_DASHES}
_EXACT_DIGITS = 15  # a spreadsheet number keeps no more significant digits than this


class Cell(NamedTuple):
    """What one cell held: `kind` is text, number, date, bool, formula or error.

    `epoch` is the workbook's year zero; `result` what the file says a formula came to, shown but never used.
    """

    value: Value = None
    kind: str = "text"
    epoch: int = 1900
    result: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing a person could see."""
        value = self.value
        return value is None or (isinstance(value, str) and not value[:1].isalnum() and not tidy(value))


EMPTY = Cell()
_READERS: dict[str, Callable[[str], Value]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def tidy(text: str) -> str:
    """Without control and invisible characters and outer blanks; every kind of blank becomes a plain one."""
    return text.translate(_TIDY).strip()


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones, every dash as a plain one."""
    return text.translate(_NARROW)


@lru_cache(maxsize=1024)  # a row is looked at five times before its cells are cleaned
def squeezed(text: str) -> str:
    """Half-width, without any blank or line break: what codes and labels are compared by."""
    return re.sub(r"\s+", "", half_width(tidy(text)))


def shown(cell: Cell) -> str:
    """The cell as the person who filled it in saw it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return plain_number(value)
    return str(value)


def plain_number(value: float) -> str:
    """A spreadsheet number at the precision the spreadsheet really kept."""
    number = Decimal(f"{value:.{_EXACT_DIGITS}g}")
    if number == number.to_integral_value() and abs(number) < Decimal(10) ** _EXACT_DIGITS:
        return str(int(number))
    return f"{value!r}".upper() if abs(number) >= Decimal(10) ** _EXACT_DIGITS else f"{number:f}"


def pack(cell: Cell) -> Any:
    """The cell as JSON keeps it, short because fifty thousand rows are kept."""
    value = cell.value
    if value is None:
        return None
    if cell.kind == "text":
        return value
    if isinstance(value, (datetime, date, time)):
        return [cell.kind, value.isoformat(), type(value).__name__]
    return [cell.kind, value] if cell[2:] == EMPTY[2:] else [cell.kind, value, cell.epoch, cell.result]


def unpack(packed: Any) -> Cell:
    """The cell that `pack` put away."""
    if packed is None or isinstance(packed, str):
        return Cell(packed)
    kind, value, *extra = packed
    if extra and isinstance(extra[0], str):
        return Cell(_READERS[extra[0]](value), kind)
    return Cell(value, kind, *extra)
