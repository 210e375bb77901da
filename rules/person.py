"""The person acting: their posts today, own and delegated, and the units each post reaches."""

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import POSTS, Appointment, OrgUnit, Staff, clock


@dataclass(frozen=True, slots=True)
class Holding:
    """One post held, the unit it is held in, and every unit it reaches."""

    post: str
    org_id: int
    units: frozenset[int]
    delegated_by_id: int | None = None
    approvals: bool = True
    serves: frozenset[int] = frozenset()
    """The projects that the 现场 among the units serve."""

    @property
    def rank(self) -> int:
        """The post's rank inside its department."""
        return POSTS[self.post].rank

    @property
    def department(self) -> str:
        """The post's department key."""
        return POSTS[self.post].department


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts. A value, so that it can travel from the request into the write transaction."""

    staff_id: int | None
    name: str
    holdings: tuple[Holding, ...] = ()
    is_system: bool = False
    project_id: int | None = field(default=None, compare=False)

    @property
    def units(self) -> frozenset[int]:
        """Every unit any of the posts reaches."""
        return frozenset().union(*(h.units for h in self.holdings))

    @property
    def units_wide(self) -> bool:
        """Whether they read what other units keep too: the posts of the materials line look at everybody's books."""
        return any(h.department in ("division", "materials") for h in self.holdings)

    @property
    def posts(self) -> frozenset[str]:
        """The keys of the posts held."""
        return frozenset(h.post for h in self.holdings)

    def holds(self, *posts: str, org_id: int | None = None) -> bool:
        """Whether one of the posts is held, reaching the unit when one is named."""
        return any(h.post in posts and (org_id is None or org_id in h.units) for h in self.holdings)

    def ranks(self, department: str, at_least: int, org_id: int | None = None) -> bool:
        """「领班以上」: a post of the department of at least this rank, reaching the unit."""
        return any(
            h.department == department and h.rank >= at_least and (org_id is None or org_id in h.units)
            for h in self.holdings
        )

    @property
    def approving(self) -> "Person":
        """The same person with only the posts that may approve: a delegation may hand over duties alone."""
        return replace(self, holdings=tuple(h for h in self.holdings if h.approvals))

    @property
    def rank(self) -> int:
        """The highest rank of any post held directly (a delegation raises nobody)."""
        return max((h.rank for h in self.holdings if h.delegated_by_id is None), default=0)


SYSTEM = Person(None, "系统", is_system=True)


def person_of(session: Session, staff: Staff, on: date | None = None, project_id: int | None = None) -> Person:
    """The staff member as they stand on the day: inactive staff hold nothing."""
    if not staff.active:
        return Person(staff.id, staff.name)
    day = on or clock.today()
    current = session.scalars(
        select(Appointment)
        .where(Appointment.staff_id == staff.id, Appointment.starts_on <= day)
        .where(or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day))
        .order_by(Appointment.id)
    )
    holdings = tuple(_holding(session, a) for a in current)
    return Person(staff.id, staff.name, holdings, project_id=project_id)


def _holding(session: Session, held: Appointment) -> Holding:
    units = units_below(session, held.org_id)
    serves: frozenset[int] = frozenset()
    if POSTS[held.post].department in ("site", "division"):
        served = select(OrgUnit.serves_id).where(OrgUnit.id.in_(units), OrgUnit.serves_id.is_not(None))
        serves = frozenset(found for found in session.scalars(served) if found)
    return Holding(held.post, held.org_id, units, held.delegated_by_id, held.approvals, serves)


def reach_of(session: Session, org_id: int) -> OrgUnit:
    """The unit a post really works for: a department's post serves the unit above it."""
    org = session.get_one(OrgUnit, org_id)
    while org.kind == "department" and org.parent is not None:
        org = org.parent
    return org


def units_below(session: Session, org_id: int) -> frozenset[int]:
    """The ids of the unit that a post in `org_id` works for and of everything below it.

    A session that only reads may carry a memory for them: a page asks a dozen times.
    """
    known: dict[int, frozenset[int]] = session.info.get("units_below", {})
    if org_id not in known:
        known[org_id] = _units_below(session, org_id)
    return known[org_id]


def _units_below(session: Session, org_id: int) -> frozenset[int]:
    root = reach_of(session, org_id)
    below = select(OrgUnit.id).where(OrgUnit.path.startswith(root.path, autoescape=True))
    return frozenset(session.scalars(below)) | {root.id}


def project_of(session: Session, org_id: int) -> OrgUnit | None:
    """The project a unit belongs to or serves; None above the projects."""
    org: OrgUnit | None = session.get_one(OrgUnit, org_id)
    while org is not None and org.kind != "project":
        org = session.get(OrgUnit, org.serves_id) if org.serves_id else org.parent
    return org


def ancestors(session: Session, org_id: int) -> list[int]:
    """The unit itself and every unit above it, nearest first."""
    org = session.get_one(OrgUnit, org_id)
    return [int(part) for part in reversed(org.path.strip("/").split("/")) if part]
