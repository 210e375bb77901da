"""From a person to the rows they may see: list, object, lookup, search, export, print, attachment go through here."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from models import Record
from rules.permissions import APPROVALS, PERMISSIONS
from rules.person import Person

R = TypeVar("R", bound=Record)


def readable(person: Person | None, model: type[Any]) -> ColumnElement[bool]:
    """The condition on `model` that selects what the person may read (read scope is not act scope)."""
    return _where(person, f"{model.__tablename__}.read", model)


def actable(person: Person | None, model: type[Any], verb: str = "write") -> ColumnElement[bool]:
    """The condition on `model` that selects the rows on which the person may do `verb`."""
    return _where(person, f"{model.__tablename__}.{verb}", model)


def _where(person: Person | None, permission: str, model: type[Any]) -> ColumnElement[bool]:
    if person is None:
        return false()
    if permission in APPROVALS:
        person = person.approving
    clauses = [and_(*(c.where(person, model) for c in clause)) for clause in PERMISSIONS.get(permission, ())]
    return or_(false(), *clauses)


def wholly_readable(person: Person | None, model: type[Any]) -> frozenset[int]:
    """The units of which the person may read every row of `model`, whatever stands in it."""
    clauses = PERMISSIONS.get(f"{model.__tablename__}.read", ()) if person else ()
    each = [frozenset.intersection(*(c.units(person) for c in clause)) for clause in clauses if person and clause]
    return frozenset().union(*each)


def find(session: Session, person: Person | None, model: type[R], row_id: int) -> R | None:
    """One row through the same scope as the list; None when it is not there or not theirs."""
    if not 0 < row_id < 2**63:
        return None
    return session.scalars(select(model).where(model.id == row_id, readable(person, model))).one_or_none()
