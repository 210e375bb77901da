"""Cleaning, measuring and breaking of Chinese text; knows widths only through the function it is given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

Width = Callable[[str], float]

LONGEST = 4000  # characters of one value that can reach paper; more would only cost time
ELLIPSIS = "…"
# Marks that may not begin a line (避头) or end one (避尾).
NO_START = frozenset("!%),.:;?]}¢°·’”‰′″℃、。〉》」』】〕〗〞！＂％），．：；？］｝～—…ー々〻‥﹏")
NO_END = frozenset("$([{£¥‘“〈《「『【〔〖〝﹙＄（［｛￡￥#＃№")
HANGING = frozenset("，。、；：）》」』】”’")
WORD = re.compile(r"[A-Za-z0-9\-_/.@#&+:*]+|.", re.DOTALL)
# Controls, bidi overrides, zero-width and surrogates: invisible on screen, able to turn a printed line round.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]"
)
TOFU = "〓"


def clean(value: object) -> str:
    """The printable text of a value: NFC, no control or bidi characters, bounded length."""
    if value is None:
        return ""
    text = str(value)[: LONGEST * 2]
    if text.isascii() and text.isprintable():
        return text[:LONGEST]
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "  ")
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text))[:LONGEST]


def one_line(value: object) -> str:
    return clean(value).replace("\n", " ")


def shorten(text: str, width: Width, room: float, ending: str = ELLIPSIS) -> str:
    """Cuts text with an ellipsis so that it fits the room."""
    if width(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle] + ending) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low] + ending


def wrap(text: str, width: Width, room: float) -> list[str]:
    """Lines of text: 避头尾 obeyed, Latin and number runs kept whole, one closing mark may hang half an em."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(wrap_paragraph(paragraph, width, room))
    return lines


def wrap_paragraph(paragraph: str, width: Width, room: float) -> Iterator[str]:
    line: list[str] = []
    used = 0.0
    for piece in pieces(paragraph, width, room):
        advance = width(piece)
        if used + advance <= room + 0.01 or not line or hangs(piece, used, advance, room):
            line.append(piece)
            used += advance
        elif piece != " ":
            carried = carry(line, piece)
            if width("".join(carried)) + advance > room:  # nothing but marks: better a wrong break than a long line
                line, carried = line + carried, []
            yield "".join(line)
            line = [*carried, piece]
            used = width("".join(line))
    yield "".join(line)


def pieces(paragraph: str, width: Width, room: float) -> Iterator[str]:
    """Words and single characters; a run wider than the line falls apart into characters."""
    for word in WORD.findall(paragraph):
        if len(word) > 1 and width(word) > room:
            yield from word
        else:
            yield word


def hangs(piece: str, used: float, advance: float, room: float) -> bool:
    return piece in HANGING and used + advance * 0.5 <= room + 0.01


def carry(line: list[str], piece: str) -> list[str]:
    """What must move down with the piece so that no line begins or ends with a forbidden mark."""
    carried: list[str] = []
    if piece in NO_START and len(line) > 1:
        carried.append(line.pop())
    while len(line) > 1 and (line[-1] in NO_END or (carried and carried[0] in NO_START)):
        carried.insert(0, line.pop())
    return carried


def cut_lines(lines: list[str], most: int, width: Width, room: float, ending: str = ELLIPSIS) -> list[str]:
    """The first lines, the last of them saying that something is missing."""
    if len(lines) <= most:
        return lines
    kept = lines[:most]
    last = kept[-1]
    while last and width(last + ending) > room:
        last = last[:-1]
    return [*kept[:-1], last + ending]
