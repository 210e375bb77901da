"""What the house already knows of the places and people that a batch of rows speaks of (one look per batch)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
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
    ties: dict[tuple[str, Resident], list[Occupancy]] = field(default_factory=lambda: defaultdict(list))
    names: dict[int, set[str]] = field(default_factory=dict)
    numbers: dict[int, list[str]] = field(default_factory=dict)

    def numbers_of(self, resident: Resident) -> list[str]:
        """The phone numbers a resident has, as a list that new ones are added to."""
        return self.numbers.setdefault(resident.id, [])

    def names_of(self, resident: Resident) -> set[str]:
        """What the resident is called, also by those who were merged into them."""
        return self.names.setdefault(resident.id, {resident.name})

    def tie(self, occupancy: Occupancy, code: str, resident: Resident, name: str) -> None:
        """Remember who lives where, under which name."""
        if occupancy not in self.ties[code, resident]:
            self.ties[code, resident].append(occupancy)
        if resident not in self.by_place[code, name]:
            self.by_place[code, name].append(resident)

    def tie_of(self, code: str, resident: Resident, relation: str | None) -> Occupancy | None:
        """The resident's tie to the unit: that of this relation, else any."""
        ties = self.ties.get((code, resident), [])
        return next((tie for tie in ties if tie.relation == relation), ties[0] if ties else None)


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
    buildings = session.scalars(select(Building).where(Building.org_id == org_id, Building.name.in_(names)))
    known.buildings = {building.name: building for building in buildings}
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
        .where(Resident.org_id == org_id, Resident.id_no_print.in_(prints))
        .options(selectinload(Resident.phones), selectinload(Resident.occupancies).joinedload(Occupancy.unit))
    )
    for found in people:
        resident = _meet(session, known, found)
        known.by_print[found.id_no_print or ""] = resident
        for occupancy in found.occupancies:
            if _is_current(occupancy):
                known.tie(occupancy, occupancy.unit.code, resident, found.name)


def _find_by_place(session: Session, names: set[str], known: Households) -> None:
    codes = {unit.id: code for code, unit in known.units.items()}
    if not codes:
        return
    ties = session.scalars(
        select(Occupancy)
        .join(Occupancy.resident)
        .where(Occupancy.unit_id.in_(codes), Resident.name.in_(names))
        .options(joinedload(Occupancy.resident).selectinload(Resident.phones))
    )
    for occupancy in ties:
        if _is_current(occupancy):
            resident = _meet(session, known, occupancy.resident)
            known.tie(occupancy, codes[occupancy.unit_id], resident, occupancy.resident.name)


def _meet(session: Session, known: Households, found: Resident) -> Resident:
    """The resident that counts: the one found, or whom they were merged into; with the names and numbers of both."""
    resident = session.get_one(Resident, found.merged_into_id) if found.merged_into_id else found
    known.names_of(resident).add(found.name)
    numbers = known.numbers_of(resident)
    theirs = dict.fromkeys(phone.number for who in (resident, found) for phone in who.phones)
    numbers += [number for number in theirs if number not in numbers]
    return resident


def _is_current(occupancy: Occupancy) -> bool:
    return occupancy.ends_on is None or occupancy.ends_on >= clock.today()
