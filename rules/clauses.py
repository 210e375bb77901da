"""The words permissions are written in: each knows how to judge one row and how to select many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, true

from models import POSTS
from rules.person import Person


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: `words` for people, `holds` for one row (None = any row), `where` for lists."""

    words: str
    holds: Callable[[Person, Any], bool]
    where: Callable[[Person, Any], ColumnElement[bool]]


def org_of(it: Any) -> int | None:
    """The owning unit of a row; units own themselves."""
    owner: int | None = it.id if getattr(it, "__tablename__", "") == "org_unit" else getattr(it, "org_id", None)
    return owner


def _owner_column(model: Any) -> Any:
    return model.id if model.__tablename__ == "org_unit" else getattr(model, "org_id", None)


def post(*names: str) -> Clause:
    """Holds one of the posts, reaching the row's unit."""
    unknown = set(names) - POSTS.keys()
    assert not unknown, f"unknown post {sorted(unknown)}"

    def holds(person: Person, it: Any) -> bool:
        return person.holds(*names, org_id=None if it is None else org_of(it))

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        units = {u for h in person.holdings if h.post in names for u in h.units}
        owner = _owner_column(model)
        if owner is None:
            return true() if units else false()
        condition: ColumnElement[bool] = owner.in_(units)
        return condition if units else false()

    return Clause("、".join(POSTS[n].label for n in names), holds, where)


def ranked(department: str, at_least: int) -> Clause:
    """「领班以上」: any post of the department from a rank on."""
    return post(*(p.key for p in POSTS.values() if p.department == department and p.rank >= at_least))


def is_me(column: str, words: str) -> Clause:
    """The row names the person in this column."""

    def holds(person: Person, it: Any) -> bool:
        return it is None or (person.staff_id is not None and getattr(it, column) == person.staff_id)

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = getattr(model, column) == person.staff_id
        return condition

    return Clause(words, holds, where)


def is_not_me(column: str, words: str) -> Clause:
    """The row names somebody else (自制不得自审)."""

    def holds(person: Person, it: Any) -> bool:
        return it is None or getattr(it, column) != person.staff_id

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = getattr(model, column) != person.staff_id
        return condition

    return Clause(words, holds, where)


def _anyone_where(person: Person, model: Any) -> ColumnElement[bool]:
    owner = _owner_column(model)
    condition: ColumnElement[bool] = true() if owner is None else owner.in_(person.units)
    return condition if person.holdings else false()


#: Any post at all, inside the units it reaches.
staff = Clause(
    "本单位员工",
    lambda person, it: bool(person.holdings) and (it is None or org_of(it) is None or org_of(it) in person.units),
    _anyone_where,
)
