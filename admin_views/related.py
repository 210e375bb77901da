"""上查 and 下查: the papers that one comes from, and those that come from it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from admin_views.lookups import Looker, page_of
from admin_views.page import (
    Badge,
    Related,
)
from admin_views.sources import model_of, target_of
from models import (
    Document,
    Record,
)
from rules.scope import find, readable

MOST_RELATED = 8


def up(row: Record, look: Looker) -> list[Related]:
    """The papers this one comes from."""
    found = []
    for attribute in row.__mapper__.column_attrs:
        noun, value = target_of(type(row), attribute.key), getattr(row, attribute.key)
        if noun and value is not None and issubclass(model_of(noun), Document):
            paper = find(look.session, look.person, model_of(noun), value)
            if paper is not None:
                found.append(related("上查", paper, str(row.info(attribute.key)["label"])))
    return found


def down(row: Record, look: Looker) -> list[Related]:
    """The papers that come from this one, newest first."""
    found: list[Related] = []
    if not isinstance(row, Document):
        return found
    for column, model in _keys_to(type(row)):
        query = select(model).where(column == row.id, readable(look.person, model)).order_by(model.id.desc())
        found += [related("下查", paper) for paper in look.session.scalars(query.limit(MOST_RELATED))]
    return found


def _keys_to(model: type[Record]) -> Sequence[tuple[Any, Any]]:
    """Every foreign key of a paper that leads to the table."""
    mappers = Record.registry.mappers
    return [
        (getattr(m.class_, a.key), m.class_)
        for m in sorted(mappers, key=lambda m: m.class_.__name__)
        if issubclass(m.class_, Document)
        for a in m.column_attrs
        if target_of(m.class_, a.key) == model.__tablename__
    ]


def related(way: str, paper: Document, word: str = "") -> Related:
    """One paper beside this one."""
    badge = Badge(paper.state_label, paper.lifecycle.tone(paper.state))
    return Related(way, word or paper.__label__, paper.number or "", page_of(paper), badge)
