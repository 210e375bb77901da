"""Where the header row is and which column of the sheet is which column of the register."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rules.importing.cells import Cell, shown, squeezed
from rules.importing.columns import ImportColumn
from rules.importing.reading import Merge, Row

SEARCHED_ROWS = 40
MAX_HEADER_ROWS = 4
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
_SIGNS = re.compile(r"[*：:、,，.。/\\_\-—()\[\]【】*＊]+")


@lru_cache(maxsize=1024)  # of the header's own labels it is asked once per row
def plain_label(text: str) -> str:
    """A heading as labels are compared: `楼 栋`, `建筑面积（㎡）` and `房号*` as 楼栋, 建筑面积 and 房号."""
    return _SIGNS.sub("", _BRACKETS.sub("", squeezed(text))).upper()


@dataclass(frozen=True)
class Header:
    """Rows `top`…`bottom` are the header; `labels` is its text per column, left to right."""

    top: int
    bottom: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """`columns`: sheet column → register column; the rest is what the match page has to tell."""

    columns: dict[int, str]
    unmatched: tuple[tuple[int, str], ...]
    missing: tuple[str, ...]


def find_header(rows: Iterable[Row], merges: Sequence[Merge], columns: Sequence[ImportColumn]) -> Header | None:
    """The row that names most of the columns, with the rows that merged cells tie to it; None if none does."""
    known = _known_labels(columns)
    seen: dict[int, list[Cell]] = {}
    best, best_score = 0, 1  # one known word alone is a title or a remark, not a header
    for row in rows:
        seen[row.number] = row.cells
        score = len({known[label] for label in _labels_of(row.cells) if label in known})
        if score > best_score:
            best, best_score = row.number, score
        if row.number >= SEARCHED_ROWS:
            break
    if not best:
        return None
    top, bottom = _span(best, merges, set(seen))
    layers = [_spread(seen.get(number, []), number, merges) for number in range(top, bottom + 1)]
    return Header(top, bottom, _joined(layers, known))


def match_columns(
    labels: Sequence[str],
    columns: Sequence[ImportColumn],
    ignored: Iterable[str] = (),
    chosen: Mapping[int, str] | None = None,
) -> Matched:
    """Columns by name, or as `chosen` (sheet column → key, "" for none) by a person, who is always right."""
    known = _known_labels(columns)
    many = {column.key for column in columns if column.many}
    found: dict[int, str] = {}
    for index, label in enumerate(labels):
        key = known.get(plain_label(label)) if chosen is None else chosen.get(index, "")
        if key and (key not in found.values() or key in many):
            found[index] = key
    hushed = {plain_label(label) for label in ignored}
    unmatched = tuple(
        (index, label)
        for index, label in enumerate(labels)
        if label and index not in found and plain_label(label) not in hushed
    )
    missing = tuple(c.label for c in columns if c.required and c.key not in found.values())
    return Matched(found, unmatched, missing)


def is_repeated(cells: Sequence[Cell], header: Header) -> bool:
    """The header once more, as every printed page of an old register carries it."""
    words = [(i, plain_label(shown(cell))) for i, cell in enumerate(cells) if not cell.is_empty]
    same = sum(1 for i, word in words if i < len(header.labels) and word and word == plain_label(header.labels[i]))
    return len(words) > 1 and same * 2 > len(words)


def _known_labels(columns: Sequence[ImportColumn]) -> dict[str, str]:
    """Every spelling of every column, also numbered ones (联系电话2) where a column may stand more than once."""
    known: dict[str, str] = {}
    for column in columns:
        for label in (column.label, *column.aliases):
            known.setdefault(plain_label(label), column.key)
            if column.many:
                for mark in "123456789一二三":
                    known.setdefault(plain_label(label) + mark, column.key)
    return known


def _labels_of(cells: Sequence[Cell]) -> list[str]:
    return [plain_label(shown(cell)) for cell in cells if not cell.is_empty and cell.kind == "text"]


def _span(row: int, merges: Sequence[Merge], seen: set[int]) -> tuple[int, int]:
    """Header rows belong together when a merged cell crosses them, or a merged heading spans columns just above."""
    top = bottom = row
    for merge in merges:
        if merge.top <= row <= merge.bottom and merge.bottom - merge.top < MAX_HEADER_ROWS:
            top, bottom = min(top, merge.top), max(bottom, merge.bottom)
    if sum(1 for m in merges if m.top == m.bottom == top - 1 and m.right > m.left) > 1:
        top -= 1
    return max(top, min(seen)), min(bottom, max(seen))


def _spread(cells: Sequence[Cell], number: int, merges: Sequence[Merge]) -> list[str]:
    """The labels of one header row, a heading over several columns repeated over each."""
    labels = [shown(cell) if cell.kind == "text" else "" for cell in cells]
    for merge in merges:
        if merge.top == number and merge.right > merge.left and merge.left < len(labels):
            labels += [""] * (merge.right + 1 - len(labels))
            for column in range(merge.left + 1, merge.right + 1):
                labels[column] = labels[column] or labels[merge.left]
    return labels


def _joined(layers: Sequence[Sequence[str]], known: Mapping[str, str]) -> tuple[str, ...]:
    """One label per column: the lowest part that is a known word, else all parts one after the other.

    The same word under two headings (业主 电话, 租户 电话) is two things, so there the whole name counts.
    """
    stacks = []
    for column in range(max(map(len, layers))):
        parts = [" ".join(layer[column].split()) for layer in layers if column < len(layer) and layer[column]]
        stacks.append([part for i, part in enumerate(parts) if part not in parts[:i]])
    lowest = Counter(stack[-1] for stack in stacks if len(stack) > 1)
    return tuple(_label_of(stack, known, lowest) for stack in stacks)


def _label_of(stack: Sequence[str], known: Mapping[str, str], lowest: Mapping[str, int]) -> str:
    whole = "".join(stack)
    if not stack or plain_label(whole) in known or lowest.get(stack[-1], 0) > 1:
        return whole
    return next((part for part in reversed(stack) if plain_label(part) in known), whole)
