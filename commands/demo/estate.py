"""The demo company's buildings, units and residents."""

from datetime import timedelta
from decimal import Decimal

from pypinyin import Style, lazy_pinyin
from sqlalchemy.orm import Session

from commands.demo.names import COMPANIES, EMPLOYERS, Namer
from commands.demo.people import Company
from models import Building, Occupancy, OrgUnit, Resident, ResidentPhone, Unit, clock
from models.secrecy import fingerprint

#: project -> (buildings, entrances, floors, flats per landing)
SHAPE = {"YJ": (8, 2, 16, 2), "WJ": (6, 2, 17, 2), "TY": (5, 1, 28, 2)}
#: where the flats of a floor are numbered through all entrances: 3-1-1201, 3-1-1202, 3-2-1203, 3-2-1204
THROUGH = {"YJ"}
IN_THE_MANUALS = "3-2-1203"
RELATION_MIX = ("owner", "owner", "owner", "family", "tenant", "family")


def make_estate(session: Session, made: Company, namer: Namer) -> dict[str, list[Unit]]:
    """Buildings, units and who lives there; returns the units of each project."""
    units: dict[str, list[Unit]] = {}
    for code, (buildings, entrances, floors, landing) in SHAPE.items():
        project = made.orgs[code]
        suffix = {"YJ": "", "WJ": "w", "TY": "t"}[code]
        engineers = [made.staff["weixiu" + suffix], made.staff["weixiu2" + suffix]]
        own: list[Unit] = []
        for number in range(1, buildings + 1):
            building = Building(
                org_id=project.id, name=str(number), floors=str(floors), engineer_id=engineers[number % 2].id
            )
            session.add(building)
            session.flush()
            own += _flats(session, project, building, entrances, floors, landing, namer)
        units[code] = own
        _residents(session, project, own, namer)
    return units


def _flats(
    session: Session, project: OrgUnit, building: Building, entrances: int, floors: int, landing: int, namer: Namer
) -> list[Unit]:
    rooms = [
        (str(e), f"{floor}{flat + (landing * (e - 1) if project.code in THROUGH else 0):02d}")
        for e in range(1, entrances + 1)
        for floor in range(1, floors + 1)
        for flat in range(1, landing + 1)
    ]
    flats = [
        Unit(
            org_id=project.id,
            building_id=building.id,
            entrance=entrance,
            room_no=room,
            code=f"{building.name}-{entrance}-{room}",
            area=Decimal(namer.random.randint(4500, 17800)) / 100,
            structure=namer.random.choice(("两室一厅", "三室两厅", "四室两厅", "一室一厅")),
            sold=namer.random.random() > 0.03 or f"{building.name}-{entrance}-{room}" == IN_THE_MANUALS,
            long_vacant=namer.random.random() < 0.04,
            renovating=namer.random.random() < 0.03,
        )
        for entrance, room in rooms
    ]
    session.add_all(flats)
    session.flush()
    return flats


def _residents(session: Session, project: OrgUnit, units: list[Unit], namer: Namer) -> None:
    """Everybody of the project in three statements: people, their ties, their phones."""
    homes = [
        (unit, nth, _resident(project, namer, nth))
        for unit in units
        if unit.sold
        for nth in range(namer.random.choice((1, 2, 2, 2, 3, 3)))
    ]
    session.add_all(resident for _unit, _nth, resident in homes)
    session.flush()
    for unit, nth, resident in homes:
        _tie(session, project, unit, resident, namer, nth)
    session.flush()


def _resident(project: OrgUnit, namer: Namer, nth: int) -> Resident:
    firm = nth == 0 and namer.random.random() < 0.02
    name = namer.random.choice(COMPANIES) if firm else namer.name()
    male = namer.random.random() < 0.5
    id_no = None if firm or namer.random.random() < 0.2 else namer.id_no(namer.random.randint(1948, 2002), male)
    return Resident(
        org_id=project.id,
        name=name,
        initials="".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:64],
        kind="company" if firm else "person",
        gender=None if firm else ("male" if male else "female"),
        salutation=None if firm else ("先生" if male else "女士"),
        id_no=id_no,
        id_no_print=fingerprint(id_no) if id_no else None,
        employer=None if firm else namer.random.choice(EMPLOYERS),
        important=namer.random.random() < 0.05,
        household_size=namer.random.randint(1, 5) if nth == 0 else None,
    )


def _tie(session: Session, project: OrgUnit, unit: Unit, resident: Resident, namer: Namer, nth: int) -> None:
    moved_in = clock.today() - timedelta(days=namer.random.randint(200, 3600))
    session.add(
        Occupancy(
            org_id=project.id,
            unit_id=unit.id,
            resident_id=resident.id,
            relation="owner" if nth == 0 else namer.random.choice(RELATION_MIX[3:]),
            move_in_on=moved_in,
            starts_on=moved_in,
            is_contact=nth == 0,
        )
    )
    if nth == 0 or namer.random.random() < 0.7:
        number = namer.phone()
        session.add(
            ResidentPhone(org_id=project.id, resident_id=resident.id, number=number, reversed=number[::-1], position=1)
        )
