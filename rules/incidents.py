"""异常记录: refusals, violations, mismatches and losses, each one row."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import Incident, OrgUnit, Record, Staff, clock
from rules.nouns import noun_model
from rules.person import Person


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody was refused, on which record."""

    what: str
    rule: str = ""
    noun: str = ""
    row_id: int | None = None
    org_id: int | None = None


def refused(session: Session, by: Person, told: Refusal) -> Incident:
    """Write a refusal down where the record belongs, else where the person works."""
    org_id = told.org_id or _owner(session, told) or by.project_id or _home(session, by)
    incident = Incident(
        org_id=org_id,
        kind="refused",
        rule=told.rule or None,
        noun=told.noun,
        row_id=told.row_id,
        staff_id=by.staff_id,
        body=told.what[:500],
    )
    session.add(incident)
    return incident


def record(
    session: Session, row: Record, kind: str, body: str, *, rule: str = "", staff_id: int | None = None
) -> Incident:
    """Write down what went wrong with a record: `kind` is one of the choices of Incident.kind."""
    assert kind in Incident.info("kind")["choices"], kind
    incident = Incident(
        org_id=_org(row),
        kind=kind,
        rule=rule or None,
        noun=row.__tablename__,
        row_id=row.id,
        staff_id=staff_id,
        at=clock.now(),
        body=body[:500],
    )
    session.add(incident)
    return incident


def _org(row: Record) -> int:
    owner: int | None = row.id if isinstance(row, OrgUnit) else getattr(row, "org_id", None)
    assert owner is not None, f"{row} belongs to nobody"
    return owner


def _owner(session: Session, told: Refusal) -> int | None:
    model = noun_model(told.noun)
    row = session.get(model, told.row_id) if model and told.row_id else None
    return _org(row) if row is not None and (isinstance(row, OrgUnit) or getattr(row, "org_id", None)) else None


def _home(session: Session, by: Person) -> int:
    return session.get_one(Staff, by.staff_id).org_id
