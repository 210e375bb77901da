"""Text in registers (查找): the rows in which a word stands, by the index where there is one, by reading otherwise."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, column, literal_column, or_, select, table, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from models import Record
from models.searching import TAIL, WAITING, tail_of, tails, words_of

SHORT = 3
"""Words of fewer characters are looked up among the beginnings of the trigrams."""


def contains(dialect: str, column: ColumnElement[Any], said: str) -> ColumnElement[bool]:
    """The text anywhere in the column, its % and _ taken as they are; letters of either case."""
    pattern = "%" + like_escaped(said) + "%"
    return column.like(pattern, escape="\\") if dialect == "sqlite" else column.ilike(pattern, escape="\\")


def ends_with(column: ColumnElement[Any], said: str) -> ColumnElement[bool]:
    """The text at the end of the column."""
    return column.like("%" + like_escaped(said), escape="\\")


def like_escaped(said: str) -> str:
    """The text as itself inside a LIKE pattern."""
    return said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def rows_with(dialect: str, model: type[Record], names: Sequence[str], said: str) -> Select[Any]:
    """The ids of the rows with the text anywhere in one of these columns."""
    it = _found(model)
    found = select(it.id).correlate(None).where(or_(*(contains(dialect, getattr(it, name), said) for name in names)))
    if set(names) <= set(model.searched):
        found = found.where(*maybe(dialect, model, it, said))
    return found


def rows_ending(dialect: str, model: type[Record], name: str, digits: str) -> Select[Any]:
    """The ids of the rows whose telephone number ends so; whoever asks has made sure that the person may ask."""
    it = _found(model)
    found = select(it.id).correlate(None).where(ends_with(getattr(it, name), digits))
    if name in tails().get(model.__tablename__, ()) and len(digits) >= TAIL:
        tail: ColumnElement[str] = literal_column(tail_of(dialect, name, f"found_{model.__tablename__}"))
        found = found.where(tail == digits[-TAIL:])
    return found


@cache
def _found(model: type[Record]) -> Any:
    """The table under another name, so that the rows found are not taken for those asked for."""
    return aliased(model, name=f"found_{model.__tablename__}")


def maybe(dialect: str, model: type[Record], it: Any, said: str) -> list[ColumnElement[bool]]:
    """What the index knows: the rows of `it` that may hold the text; nothing where it cannot tell."""
    if not said:
        return []
    if dialect == "sqlite":
        return _by_trigrams(model, it, said)
    words = words_of(dialect, model.searched, f"found_{model.__tablename__}")
    plain = _small(said)
    grams = [plain[n : n + 2] for n in range(len(plain) - 1)] or [plain]
    kept = literal_column(f"find_grams({words})", ARRAY(Text))
    return [kept.contains(list(dict.fromkeys(grams)))]


def _by_trigrams(model: type[Record], it: Any, said: str) -> list[ColumnElement[bool]]:
    noun = model.__tablename__
    if len(said) >= SHORT:
        pieces = dict.fromkeys(said[n : n + 3] for n in range(len(said) - 2))
        asked = " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
        found = table(f"find_{noun}", column("rowid"))
        hits = select(found.c.rowid).where(literal_column(f"find_{noun}").op("MATCH")(asked))
    elif any(ord(c) > 127 and c.casefold() != c for c in said):
        return []  # Ä and ä: the index folds them, the columns are not compared so
    else:
        terms = table(f"find_{noun}_term", column("term"), column("doc"))
        low = _small(said)
        hits = select(terms.c.doc).where(terms.c.term >= low, terms.c.term < _after(low))
    waiting = table(WAITING, column("noun"), column("row_id"))
    return [it.id.in_(union_all(hits, select(waiting.c.row_id).where(waiting.c.noun == noun)))]


def _small(said: str) -> str:
    """Small letters of the twenty-six only: what the columns are compared by."""
    return "".join(c.lower() if c.isascii() else c for c in said)


def _after(said: str) -> str:
    """The first text behind all that begin so."""
    last = ord(said[-1])
    if last >= 0x10FFFF:
        return said + "\U0010ffff"
    return said[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
