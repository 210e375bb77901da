"""From an attribute's name to SQL: `content`, `unit_id` as people say it, `unit.building.name` over its joins."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, literal, select
from sqlalchemy.orm import aliased

from models import KeyCabinet, Record
from models.keys import CATEGORIES
from rules.nouns import noun_model
from rules.searching import contains, rows_with


def section_said(it: Any) -> ColumnElement[str]:
    """「一号钥匙柜 空房钥匙」."""
    cabinet = select(KeyCabinet.name).where(KeyCabinet.id == it.cabinet_id).scalar_subquery()
    return cabinet + literal(" ") + case(CATEGORIES, value=it.category)


#: How people say the row of a foreign key; what is not listed is said by its number or name.
SPOKEN: dict[str, Callable[[Any], ColumnElement[str]]] = {
    "unit": lambda it: it.code,
    "building": lambda it: it.name + literal("栋"),
    "attachment": lambda it: it.title,
    "key_item": lambda it: it.key_no,
    "key_section": section_said,
    "material": lambda it: it.code + literal(" ") + it.name,
    "storage_bin": lambda it: it.rack_no + literal("-") + it.level_no + literal("-") + it.slot_no,
    "stock_month": lambda it: it.month,
    "stock_entry": lambda it: cast(it.id, String),
}


@cache
def model_of(noun: str) -> type[Any]:
    """The model of a table; raises LookupError where there is none."""
    found = noun_model(noun)
    if found is None:
        raise LookupError(noun)
    return found


def spoken(it: Any, noun: str) -> ColumnElement[str]:
    """What people call a row of the table, in SQL."""
    if noun in SPOKEN:
        return SPOKEN[noun](it)
    model = model_of(noun)
    for name in ("number", "name", "code"):
        if hasattr(model, name):
            found: ColumnElement[str] = getattr(it, name)
            return found
    raise LookupError(f"nobody said how a {noun} is called: add it to SPOKEN")


def target_of(model: type[Record], name: str) -> str:
    """The table a foreign key leads to; empty when the attribute is none."""
    attributes = model.__mapper__.column_attrs
    if name not in attributes:
        return ""
    keys = list(attributes[name].columns[0].foreign_keys)
    return keys[0].column.table.name if keys else ""


def end_of(model: type[Record], path: str) -> tuple[type[Record], str]:
    """The model and the attribute a path ends at; raises KeyError when there is no such thing."""
    *steps, last = path.split(".")
    for step in steps:
        model = model.__mapper__.relationships[step].mapper.class_
    if last not in model.__mapper__.column_attrs:
        raise KeyError(f"{model.__name__} has no {last}")
    return model, last


def label_of(model: type[Record], path: str) -> str:
    """The Chinese label of a path: the end's own, but `unit.code` is called as the key that leads there."""
    if "." in path:
        step, rest = path.split(".", 1)
        relation = model.__mapper__.relationships[step]
        if "." not in rest and rest in ("code", "name", "number"):
            key = next(iter(relation.local_columns)).key
            return str(model.info(str(key))["label"])
        return label_of(relation.mapper.class_, rest)
    return str(model.info(path)["label"])


@cache
def _other(model: type[Any], where: str) -> Any:
    """The table a second time, as the end of a path; made once, for making it costs more than a query."""
    del where
    return aliased(model)


class Sources:
    """The joins one statement needs, found while its columns are asked for."""

    def __init__(self, model: type[Record]) -> None:
        self.model: Any = model
        self._joins: dict[str, tuple[Any, Any]] = {}

    def column(self, path: str) -> ColumnElement[Any]:
        """The stored value."""
        return self._end(path)[2]

    def said(self, path: str) -> ColumnElement[Any]:
        """The value as people say it: a foreign key by the name of its row."""
        holder, where, column = self._end(path)
        noun = target_of(holder, where.rpartition(".")[2])
        return spoken(self._joined(where, column, model_of(noun)), noun) if noun else column

    def select(self, *columns: Any) -> Select[Any]:
        """A statement over the model and every join asked for so far."""
        statement = select(*columns).select_from(self.model)
        for alias, on in self._joins.values():
            statement = statement.outerjoin(alias, on)
        return statement

    def _end(self, path: str) -> tuple[type[Record], str, ColumnElement[Any]]:
        """Model, full path and column at the end of a path, joining on the way."""
        model, it, walked = self.model, self.model, ""
        *steps, last = path.split(".")
        for step in steps:
            relation = model.__mapper__.relationships[step]
            key = next(iter(relation.local_columns)).key
            model = relation.mapper.class_
            it = self._joined(f"{walked}{key}", getattr(it, key), model)
            walked = f"{walked}{key}."
        return model, f"{walked}{last}", getattr(it, last)

    def _joined(self, where: str, key: ColumnElement[Any], model: type[Any]) -> Any:
        if where not in self._joins:
            alias = _other(model, where)
            self._joins[where] = (alias, key == alias.id)
        return self._joins[where][0]


def rows_saying(dialect: str, model: type[Record], path: str, said: str) -> Select[Any]:
    """The ids of the rows in which the text stands at the path, a foreign key as people say its row."""
    name, _dot, rest = path.partition(".")
    if rest:
        relation = model.__mapper__.relationships[name]
        key, target = next(iter(relation.local_columns)).key, relation.mapper.class_
        return _leading_to(model, str(key), rows_saying(dialect, target, rest, said))
    noun = target_of(model, name)
    return (
        _leading_to(model, name, _rows_called(dialect, noun, said))
        if noun
        else rows_with(dialect, model, (name,), said)
    )


def _leading_to(model: type[Any], key: str, found: Select[Any]) -> Select[Any]:
    it = _other(model, f"{key} leads to what is found")
    return select(it.id).correlate(None).where(getattr(it, key).in_(found))


def _rows_called(dialect: str, noun: str, said: str) -> Select[Any]:
    """The rows of a table whose spoken name holds the text."""
    model = model_of(noun)
    name = getattr(spoken(model, noun), "key", None)
    if name in model.__mapper__.column_attrs:
        return rows_with(dialect, model, (name,), said)
    it = _other(model, "called")
    return select(it.id).where(contains(dialect, spoken(it, noun), said))
