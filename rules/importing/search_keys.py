"""The letters and pieces a new name is found by: 张丽华 → zlh, 张, 丽, 华, 张丽, 丽华."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.estate import Resident, SearchGram

_LONGEST = 64
#: Characters that are read otherwise when they are a surname: 曾丽 is looked for as zl.
_SURNAMES = dict(zip("单解曾仇区查翟乐覃种召阚隗繁", "sxzqozzyqcskwp", strict=True))
_PERSON = 4  # longer names are firms'


def initials_of(name: str) -> str:
    """The first letters of the name's pinyin; what is no Chinese character stays as it is."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:_LONGEST]
    if 1 < len(name) <= _PERSON and name[0] in _SURNAMES:
        return _SURNAMES[name[0]] + letters[1:]
    return letters


def grams_of(name: str) -> set[str]:
    """Every character and every pair of neighbours."""
    return {*name, *(a + b for a, b in pairwise(name))}


def add_grams(session: Session, residents: Iterable[Resident]) -> None:
    """Make new residents findable by pieces of their names; they must have been flushed."""
    rows: list[dict[str, Any]] = [
        {"resident_id": resident.id, "gram": gram, "org_id": resident.org_id}
        for resident in residents
        for gram in grams_of(resident.name)
    ]
    if rows:
        session.execute(insert(SearchGram), rows)
