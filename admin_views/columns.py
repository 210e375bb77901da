"""The columns of a register: what each fetches, how it sorts, how its cell is drawn and what it exports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Select
from sqlalchemy.orm import Session

from admin_views.page import (
    NOTHING,
    Badge,
    Cell,
    Copies,
    Due,
    LinkCell,
    Masked,
    Tags,
    Text,
)
from admin_views.sources import Sources, end_of, label_of, model_of, target_of
from models import Document, Encrypted, Record, Scaled, Stateful, clock
from models.masks import masked
from rules.person import Person
from rules.show import show, shown_value

Width = Literal["", "s", "m", "l", "xl", "xxl", "due"]
Place = Literal["", "left", "right", "corner", "none"]
Plain = str | int | Decimal | date | datetime | bool | None


class Line:
    """One row of a list: values by path, the words of foreign keys by `said`; permissions read it like a record."""

    __slots__ = ("__tablename__", "_said", "_values")

    def __init__(self, noun: str, values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        self.__tablename__ = noun
        self._values, self._said = values, said

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, path: str) -> Any:
        return self._values[path]

    def said(self, path: str) -> str:
        """The foreign key's row as people call it."""
        found = self._said.get(path)
        return "" if found is None else str(found)


@dataclass(frozen=True)
class Look:
    """Who looks at the lines, through what, and where the pages are."""

    session: Session
    person: Person | None
    model: type[Record]

    @cached_property
    def noun(self) -> str:
        """The register's noun: also the first part of its addresses."""
        return str(self.model.__tablename__)

    def url(self, row_id: Any) -> str:
        """The page of a row."""
        return f"/{self.noun}/{row_id}"


Draw = Callable[[Look, Line], Cell]
DrawAll = Callable[[Look, Sequence[Line]], Mapping[int, Cell]]


@dataclass(frozen=True, kw_only=True)
class Col:
    """A column. Only `key` is needed where it is an attribute's path; the rest says what is particular.

    `needs` are the paths `cell` reads; `batch` draws a whole page at once (one query for all its lines); `sort` is a
    path or an expression; `urgent` gives (row_id, rank) of the rows that come first when sorted by this column.
    One that is `filed` stands in every file taken away, also where the screen has no room for it.
    """

    key: str
    label: str = ""
    width: Width = ""
    place: Place = ""
    number: bool = False
    shown: bool = True
    needs: tuple[str, ...] = ()
    cell: Draw | None = None
    batch: DrawAll | None = None
    sort: str | Callable[[Sources], ColumnElement[Any]] = ""
    urgent: Callable[[], Select[Any]] | None = None
    strong: bool = False
    filed: bool = False

    @property
    def is_computed(self) -> bool:
        """Whether it is drawn by code rather than read from a path."""
        return self.cell is not None or self.batch is not None

    @property
    def paths(self) -> tuple[str, ...]:
        """What must be fetched for it."""
        return self.needs if self.is_computed else (self.key, *self.needs)


def columns_for(model: type[Record], wanted: Sequence[str | Col]) -> dict[str, Col]:
    """The declared columns by key; `-name` is in the chooser but not shown at first."""
    made = [
        completed(model, one if isinstance(one, Col) else Col(key=one.lstrip("-"), shown=one[0] != "-"))
        for one in wanted
    ]
    return {one.key: one for one in made}


def completed(model: type[Record], col: Col) -> Col:
    """Label, width and sort of a plain path, where they were not given."""
    if col.is_computed:
        return col
    owner, name = end_of(model, col.key)
    width, place, number = _looks(owner, name)
    return Col(
        **{
            **col.__dict__,
            "label": col.label or label_of(model, col.key),
            "width": col.width or width,
            "place": col.place or place,
            "number": col.number or number,
            "sort": col.sort or (col.key if is_sortable(owner, name) else ""),
        }
    )


def is_sortable(owner: type[Record], name: str) -> bool:
    """Not by what is masked (decision 8), nor by long texts."""
    column = owner.__mapper__.column_attrs[name].columns[0]
    secret = owner.info(name).get("secret") or isinstance(column.type, Encrypted)
    return not secret and (getattr(column.type, "length", None) or 0) <= 255


def _looks(owner: type[Record], name: str) -> tuple[Width, Place, bool]:
    column = owner.__mapper__.column_attrs[name].columns[0]
    kind = column.type
    if name == "state":
        return "l", "corner", False
    if name == "number" and issubclass(owner, Document):
        return "xl", "left", False
    if choices := owner.info(name).get("choices"):
        return ("m" if max(map(len, choices.values())) <= 4 else "l"), "", False
    if noun := target_of(owner, name):
        place: Place = "right" if noun == "staff" else ""
        return ("xl" if issubclass(model_of(noun), Document) else "m" if noun == "staff" else "l"), place, False
    is_number = isinstance(kind, Scaled | Integer)
    longest = getattr(kind, "length", None) or 0
    return ("" if longest > 64 else "m" if isinstance(kind, Integer) else "l"), "", is_number


def draw_column(look: Look, col: Col, lines: Sequence[Line], *, first: bool = False) -> list[Cell]:
    """One cell per line; the first column of a register leads to the row's page."""
    if col.batch is not None:
        found = col.batch(look, lines)
        return [found.get(line.id, NOTHING) for line in lines]
    draw = col.cell or plain_cell(look.model, col)
    cells = [draw(look, line) for line in lines]
    if first:
        cells = [_linked(look, line, cell) for line, cell in zip(lines, cells, strict=True)]
    return cells


def _linked(look: Look, line: Line, cell: Cell) -> Cell:
    if isinstance(cell, Text):
        return LinkCell(cell.text, look.url(line.id), cell.note, cell.tags, strong=cell.strong)
    return cell


def plain_cell(model: type[Record], col: Col) -> Draw:
    """How a path is drawn: decided once per page, by its column."""
    owner, name = end_of(model, col.key)
    if name == "state" and issubclass(owner, Stateful):
        states = owner.lifecycle
        return lambda look, line: Badge(states.states.get(line[col.key], ""), states.tone(line[col.key]))
    if col.key == "number" and issubclass(model, Document):
        return lambda look, line: LinkCell(line.number or "（保存后编号）", look.url(line.id), number=bool(line.number))
    secret = owner.info(name).get("secret")
    if secret:
        return lambda look, line: Masked(masked(secret, line[col.key] or "")) if line[col.key] else NOTHING
    if target_of(owner, name):
        return lambda look, line: Text(line.said(col.key), strong=col.strong) if line.said(col.key) else NOTHING

    def draw(look: Look, line: Line) -> Cell:
        value = line[col.key]
        text = brief(value) if isinstance(value, datetime) else show(owner, name, value, look.person)
        return Text(text, strong=col.strong) if text else NOTHING

    return draw


def brief(moment: datetime) -> str:
    """A moment in a narrow column: 11-21 10:00 of this year, the day alone of others."""
    wall = clock.local(moment)
    return f"{wall:%m-%d %H:%M}" if wall.year == clock.today().year else f"{wall:%Y-%m-%d}"


def exported(model: type[Record], col: Col) -> Callable[[Line], Plain] | None:
    """The value a plain path takes away, numbers and dates as such; None where the drawn cell's words go."""
    if col.is_computed:
        return None
    owner, name = end_of(model, col.key)
    info = owner.info(name)
    if info.get("secret"):
        return lambda line: masked(info["secret"], line[col.key] or "")
    if target_of(owner, name):
        return lambda line: line.said(col.key)
    if name == "state" or info.get("choices"):
        return lambda line: show(owner, name, line[col.key], None)
    return lambda line: _plain(line[col.key])


def _plain(value: Any) -> Plain:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | date | datetime | None):
        return shown_value(value)
    return value


def text_of(cell: Cell) -> str:
    """The words of a drawn cell, for files and prints."""
    match cell:
        case Text() | LinkCell():
            words = [*(f"[{tag.word}]" for tag in cell.tags), cell.text, cell.note]
            said = " ".join(word for word in words if word)
            return "" if said == "—" else said
        case Masked():
            return f"{cell.note} {cell.text}".strip()
        case Due():
            return f"{cell.prefix}{cell.word}"
        case Tags():
            return "、".join(tag.word for tag in cell.tags)
        case Badge() | Copies():
            return "" if cell.word == "—" else cell.word
