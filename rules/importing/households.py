"""What the house already knows of the places and people that a batch of rows speaks of (one look per batch)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import clock
from models.estate import Building, Occupancy, Resident, Unit
from models.secrecy import fingerprint
from rules.importing.columns import CleanRow


@dataclass
class Households:
    """Units by code, buildings by name, residents by identity number and by (unit code, name), ties of both."""

    units: dict[str, Unit] = field(default_factory=dict)
    buildings: dict[str, Building] = field(default_factory=dict)
    by_print: dict[str, Resident] = field(default_factory=dict)
    by_place: dict[tuple[str, str], list[Resident]] = field(default_factory=lambda: defaultdict(list))
    ties: dict[tuple[str, Resident], Occupancy] = field(default_factory=dict)

    def tie(self, occupancy: Occupancy, code: str) -> None:
        """Remember who lives where."""
        resident = occupancy.resident
        self.ties[code, resident] = occupancy
        if resident not in self.by_place[code, resident.name]:
            self.by_place[code, resident.name].append(resident)


def print_of(row: CleanRow) -> str | None:
    """The equality index of the row's identity number."""
    number = row.values.get("id_no")
    return fingerprint(number) if number else None


def households(session: Session, org_id: int, rows: Sequence[CleanRow]) -> Households:
    """Look up everything the good rows name, in five statements however many rows there are."""
    known = Households()
    good = [row for row in rows if not row.problems]
    codes = {row.values["unit"].code for row in good}
    names = {row.values["unit"].building for row in good}
    prints = {found for row in good if (found := print_of(row))}
    if not good:
        return known
    found = session.scalars(select(Building).where(Building.org_id == org_id, Building.name.in_(names)))
    known.buildings = {building.name: building for building in found}
    units = session.scalars(
        select(Unit).where(Unit.org_id == org_id, Unit.code.in_(codes)).options(joinedload(Unit.building))
    )
    known.units = {unit.code: unit for unit in units}
    if prints:
        _find_by_number(session, org_id, prints, known)
    _find_by_place(session, {row.values["name"] for row in good}, known)
    return known


def _find_by_number(session: Session, org_id: int, prints: set[str], known: Households) -> None:
    people = session.scalars(
        select(Resident)
        .where(Resident.org_id == org_id, Resident.id_no_print.in_(prints), Resident.merged_into_id.is_(None))
        .options(selectinload(Resident.phones), selectinload(Resident.occupancies).joinedload(Occupancy.unit))
    )
    for resident in people:
        known.by_print[resident.id_no_print or ""] = resident
        for occupancy in resident.occupancies:
            if _is_current(occupancy):
                known.tie(occupancy, occupancy.unit.code)


def _find_by_place(session: Session, names: set[str], known: Households) -> None:
    codes = {unit.id: code for code, unit in known.units.items()}
    if not codes:
        return
    today = clock.today()
    ties = session.scalars(
        select(Occupancy)
        .join(Occupancy.resident)
        .where(Occupancy.unit_id.in_(codes), Resident.name.in_(names), Resident.merged_into_id.is_(None))
        .where(or_(Occupancy.ends_on.is_(None), Occupancy.ends_on >= today))
        .options(joinedload(Occupancy.resident).selectinload(Resident.phones))
    )
    for occupancy in ties:
        known.tie(occupancy, codes[occupancy.unit_id])


def _is_current(occupancy: Occupancy) -> bool:
    return occupancy.ends_on is None or occupancy.ends_on >= clock.today()
