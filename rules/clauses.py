"""The words permissions are written in: each knows how to judge one row and how to select many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, true

from models import POSTS
from rules.person import Person


def _no_unit(_person: Person) -> frozenset[int]:
    """It asks more of a row than whose it is."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: `words` for people, `holds` for one row (None = any row), `where` for lists.

    `units` are those whose every row meets it, so that a long register need not ask row by row.
    """

    words: str
    holds: Callable[[Person, Any], bool]
    where: Callable[[Person, Any], ColumnElement[bool]]
    units: Callable[[Person], frozenset[int]] = _no_unit


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

    def units(person: Person) -> frozenset[int]:
        return frozenset(u for h in person.holdings if h.post in names for u in h.units)

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        reached = units(person)
        owner = _owner_column(model)
        if owner is None:
            return true() if reached else false()
        condition: ColumnElement[bool] = owner.in_(reached)
        return condition if reached else false()

    return Clause("、".join(POSTS[n].label for n in names), holds, where, units)


def anywhere(*names: str) -> Clause:
    """Holds one of the posts, wherever the row belongs: who may look at what other units keep."""
    unknown = set(names) - POSTS.keys()
    assert not unknown, f"unknown post {sorted(unknown)}"

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        return true() if person.holds(*names) else false()

    return Clause("、".join(POSTS[n].label for n in names), lambda person, it: person.holds(*names), where)


def serving(*names: str) -> Clause:
    """Holds one of the posts in a 现场, or in the 业务部 above it, that serves the row's project."""
    unknown = set(names) - POSTS.keys()
    assert not unknown, f"unknown post {sorted(unknown)}"

    def served(person: Person) -> set[int]:
        return {project for h in person.holdings if h.post in names for project in h.serves}

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = _owner_column(model).in_(served(person))
        return condition if served(person) else false()

    words = "、".join(POSTS[n].label for n in names)
    return Clause(
        f"服务本项目的{words}", lambda p, it: bool(served(p)) if it is None else org_of(it) in served(p), where
    )


def says(column: str, value: Any, words: str) -> Clause:
    """The row says so itself: this value stands in this column."""

    def where(person: Person, model: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = getattr(model, column) == value
        return condition

    return Clause(words, lambda person, it: it is None or getattr(it, column) == value, where)


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
    lambda person: person.units,
)
