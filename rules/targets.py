"""Whom a rung of a deadline names: a post, the head of the paper's department, or a person named on the paper."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from models import KeyItem, KeySection, Staff
from models.posts import HEADS
from rules.clauses import post
from rules.duty import is_there, whoever_answers
from rules.person import Person

FRONT = ("desk_clerk", "receptionist")  # 前台
NO_DEPARTMENT = "service"  # what no department has got yet is still the service centre's


@dataclass(frozen=True, slots=True)
class Target:
    """Exactly one is set: `posts`, `head` (部门主管 of the paper's department), `column` (a person named there) or
    `keeper` (保管人 of the paper's key)."""

    posts: tuple[str, ...] = ()
    head: bool = False
    column: str = ""
    keeper: bool = False

    def told(self, session: Session, doc: Any, at: datetime) -> list[tuple[str, Staff]]:
        """(post, person) of everybody who hears; where nobody is there, the next above, at once."""
        if self.keeper:
            staff = is_there(session, keeper_of(doc), at)
            return [("", staff)] if staff else []
        if self.column:
            staff = is_there(session, getattr(doc, self.column), at)
            if staff is not None:
                return [("", staff)]
            return whoever_answers(session, (head_of(doc),), doc.org_id, at)
        return whoever_answers(session, (head_of(doc),) if self.head else self.posts, doc.org_id, at)

    def is_mine(self, person: Person, model: Any) -> ColumnElement[bool]:
        """The rows of `model` whose rung names this person, for lists."""
        if self.column:
            named: ColumnElement[bool] = getattr(model, self.column) == person.staff_id
            return named if person.staff_id is not None else false()
        if self.head:
            return _headed(person, model)
        if self.keeper:
            return _kept(person, model)
        return post(*self.posts).where(person, model)


def head_of(doc: Any) -> str:
    """The post that heads the department which has the paper in hand; above all departments the project's manager."""
    return HEADS.get(getattr(doc, "department", None) or NO_DEPARTMENT, "project_manager")


def keeper_of(doc: Any) -> int | None:
    """Who keeps the key the paper is about: by name, or with its section."""
    key = doc.key
    keeper: int | None = key.keeper_id or (key.section.keeper_id if key.section else None)
    return keeper


def _kept(person: Person, model: Any) -> ColumnElement[bool]:
    mine = select(KeySection.id).where(KeySection.keeper_id == person.staff_id)
    kept = select(KeyItem.id).where(or_(KeyItem.keeper_id == person.staff_id, KeyItem.section_id.in_(mine)))
    found: ColumnElement[bool] = model.key_id.in_(kept)
    return found if person.staff_id is not None else false()


def _headed(person: Person, model: Any) -> ColumnElement[bool]:
    column = getattr(model, "department", None)
    if column is None:
        return post(HEADS[NO_DEPARTMENT]).where(person, model)
    cases = [and_(column == d, post(head).where(person, model)) for d, head in HEADS.items() if head in person.posts]
    if HEADS[NO_DEPARTMENT] in person.posts:
        cases.append(and_(column.is_(None), post(HEADS[NO_DEPARTMENT]).where(person, model)))
    if "project_manager" in person.posts:
        cases.append(and_(column.not_in(HEADS), post("project_manager").where(person, model)))
    return or_(false(), *cases)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: how long after the time is up (negative: a warning before it), and who hears."""

    after: timedelta
    to: tuple[Target, ...]


def holders(*posts: str) -> Target:
    """Whoever holds any of these posts."""
    return Target(posts=posts)


def named(column: str) -> Target:
    """The person in this column of the paper."""
    return Target(column=column)


def after(time: timedelta, *to: Target) -> Step:
    """A rung some time after the time was up."""
    return Step(time, to)


HEAD = Target(head=True)
KEEPER = Target(keeper=True)


def when_due(*to: Target) -> Step:
    """The rung at the moment the time is up."""
    return Step(timedelta(0), to)


def before(lead: timedelta, *to: Target) -> Step:
    """A warning before the time is up."""
    return Step(-lead, to)
