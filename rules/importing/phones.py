"""Telephone numbers as people write them into one cell: several, with blanks, dashes, brackets and +86."""

import re
from collections.abc import Iterator

from models.masks import masked
from rules.importing.cells import Cell, half_width, shown, tidy
from rules.importing.cleaning import BLANK_WORDS
from rules.importing.columns import Bad, Clean

_SEPARATORS = re.compile(r"[/\\、,;|\n\r]|或|和|及")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_AREA_CODE = r"0(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(rf"{_AREA_CODE}[2-9]\d{{6,7}}")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_SERVICE = re.compile(r"(?:400|800)\d{7}|95\d{3}|1[02]\d{3}|[2-9]\d{2,5}")
_ABROAD = re.compile(r"00(?:852\d{8}|853\d{8}|886\d{8,9})")
_MAX_TOKENS = 8


def phones(cell: Cell) -> Clean | Bad:
    """A list of numbers, digits only. Every piece must be a whole number; what could be read two ways is refused."""
    words = half_width(tidy(shown(cell)))
    if words.upper() in BLANK_WORDS:
        return Clean([], "", f"“{words}”按未填处理")
    found: list[str] = []
    for piece in _SEPARATORS.split(words):
        if not piece.strip():
            continue
        numbers = _numbers_of(piece)
        if not numbers:
            return Bad(_fault(piece))
        found += [number for number in numbers if number not in found]
    return Clean(found, " / ".join(found))


def _numbers_of(piece: str) -> list[str]:
    """The piece as one number, else as the only way to cut it at its blanks into whole numbers; [] when neither."""
    whole = plain_phone(piece)
    if whole:
        return [whole]
    tokens = piece.split()
    if not 1 < len(tokens) <= _MAX_TOKENS:
        return []
    ways = list(_cuts(tokens))
    return ways[0] if len(ways) == 1 else []


def _cuts(tokens: list[str]) -> Iterator[list[str]]:
    if not tokens:
        yield []
    for size in range(1, len(tokens) + 1):
        number = plain_phone("".join(tokens[:size]))
        if number and len(number) > 6:  # short numbers only when they stand alone
            for rest in _cuts(tokens[size:]):
                yield [number, *rest]


def plain_phone(words: str) -> str:
    """One number without its punctuation, or "" when it is none."""
    digits = re.sub(r"[\s\-.()]", "", words)
    if digits.startswith("+"):
        digits = "00" + digits[1:]
    digits = re.sub(rf"^(?:0086|86)(?={_MOBILE.pattern}$)", "", digits)
    digits = re.sub(rf"^0086(?={_AREA_CODE[1:]})", "0", digits)
    shapes = (_MOBILE, _LANDLINE, _LOCAL, _SERVICE, _ABROAD)
    return digits if any(shape.fullmatch(digits) for shape in shapes) else ""


def _fault(piece: str) -> str:
    digits = re.sub(r"\D", "", piece)
    hidden = masked("phone", digits)
    if re.search(r"[^\d\s\-+.()]", piece):
        return "号码旁边还有文字，不知道怎么登记，请把文字移到备注"
    if digits.startswith("1") and len(digits) != 11:
        return f"手机号码应是11位，{hidden} 是{len(digits)}位，请核对"
    return f"{hidden} 不是手机或固定电话号码，请核对"
