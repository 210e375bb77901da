"""The generated town: residents with units, ties and phones, and a year of closed tickets, written by plain inserts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from commands.demo.names import GIVEN, SURNAMES
from models import Building, Occupancy, OrgUnit, Resident, ResidentPhone, Staff, Ticket, Unit, clock
from models.base import Base

PER_HOME = 2
HOMES_PER_BUILDING = 480
TICKETS_PER_DAY = 250
NEWEST = 120
"""The newest generated ticket is so many days old: before the demo's own, so that a period holds a known number."""
BATCH = 5000
MATTERS = (
    ("repair", "厨房水管漏水，水已流到楼下"),
    ("repair", "卫生间马桶堵塞"),
    ("repair", "客厅灯不亮，跳闸后合不上"),
    ("repair", "门禁读卡器没有反应"),
    ("repair", "电梯停在七楼，门打不开"),
    ("complaint", "楼上装修噪音大，午休时间还在打孔"),
    ("inquiry", "询问车位租赁费用"),
    ("service", "需要安排保洁上门"),
    ("help", "老人独自在家，请帮忙查看"),
    ("suggestion", "建议小区北门增加路灯"),
)
PLACES = ("请尽快处理", "已第二次来电", "业主下午在家", "联系家属开门", "请带梯子", "已拍照", "先电话联系", "周末再来")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a town: residents (two to a unit) and tickets (so many a day)."""

    residents: int = 300_000
    tickets: int = 100_000

    @property
    def homes(self) -> int:
        """Units."""
        return -(-self.residents // PER_HOME)


def build(engine: Engine, size: Size, project: str = "YJ", seed: int = 11) -> None:
    """Add the town to a project of the demo company."""
    with Session(engine) as session:
        org_id = session.scalars(select(OrgUnit.id).where(OrgUnit.code == project)).one()
        by = session.scalars(select(Staff.id).where(Staff.login == "qiantai")).one()
        town = _Town(session, size, org_id, by, random.Random(seed))
        for model, rows in town.parts():
            _fill(session, model, rows)
        session.commit()


def _fill(session: Session, model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    table: Any = model.__table__
    while part := list(islice(rows, BATCH)):
        session.connection().execute(insert(table), part)
    if session.get_bind().dialect.name == "postgresql":
        last = select(func.max(table.c.id)).scalar_subquery()
        session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


class _Town:
    """The rows of every table, in the order in which they refer to each other."""

    def __init__(self, session: Session, size: Size, org_id: int, by: int, chance: random.Random) -> None:
        self.size, self.org_id, self.by, self.chance = size, org_id, by, chance
        self.first = {m: self._next(session, m) for m in (Building, Unit, Resident, Occupancy, ResidentPhone, Ticket)}
        self.names = [surname + given for surname in SURNAMES for given in self._given()]

    @staticmethod
    def _next(session: Session, model: Any) -> int:
        return (session.scalar(select(func.max(model.id))) or 0) + 1

    def _given(self) -> list[str]:
        return ["".join(self.chance.sample(GIVEN, self.chance.choice((1, 2, 2)))) for _n in range(60)]

    def parts(self) -> Iterator[tuple[type[Base], Iterator[dict[str, Any]]]]:
        """Table after table."""
        yield Building, self.buildings()
        yield Unit, self.units()
        yield Resident, self.residents()
        yield Occupancy, self.occupancies()
        yield ResidentPhone, self.phones()
        yield Ticket, self.tickets()

    def buildings(self) -> Iterator[dict[str, Any]]:
        """Beside the demo's own: 101, 102 …"""
        for n in range(-(-self.size.homes // HOMES_PER_BUILDING)):
            yield {"id": self.first[Building] + n, "org_id": self.org_id, "name": str(101 + n), "floors": "60"}

    def units(self) -> Iterator[dict[str, Any]]:
        """Two entrances, sixty floors, four flats to a landing."""
        for n in range(self.size.homes):
            building, place = divmod(n, HOMES_PER_BUILDING)
            entrance, place = divmod(place, 240)
            room = f"{place // 4 + 1}{place % 4 + 1:02d}"
            yield {
                "id": self.first[Unit] + n,
                "org_id": self.org_id,
                "building_id": self.first[Building] + building,
                "entrance": str(entrance + 1),
                "room_no": room,
                "code": f"{101 + building}-{entrance + 1}-{room}",
                "kind": "flat",
                "sold": True,
                "renovating": False,
                "in_custody": False,
                "long_vacant": False,
            }

    def residents(self) -> Iterator[dict[str, Any]]:
        """Names repeat, as they do."""
        letters = {name: "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower() for name in self.names}
        for n in range(self.size.residents):
            name = self.chance.choice(self.names)
            yield {
                "id": self.first[Resident] + n,
                "org_id": self.org_id,
                "name": name,
                "initials": letters[name],
                "kind": "person",
                "gender": self.chance.choice(("male", "female")),
                "important": n % 40 == 0,
                "remark": f"备注{n}" if n % 10 == 0 else None,
            }

    def occupancies(self) -> Iterator[dict[str, Any]]:
        """Owner and family of each unit."""
        for n in range(self.size.residents):
            yield {
                "id": self.first[Occupancy] + n,
                "org_id": self.org_id,
                "unit_id": self.first[Unit] + n // PER_HOME,
                "resident_id": self.first[Resident] + n,
                "relation": "family" if n % PER_HOME else "owner",
                "starts_on": date(2020, 1, 1),
                "lives_here": True,
                "is_contact": n % PER_HOME == 0,
            }

    def phones(self) -> Iterator[dict[str, Any]]:
        """One each, in a range no operator gives out."""
        for n in range(self.size.residents):
            number = f"149{n * 7_654_321 % 100_000_000:08d}"
            yield {
                "id": self.first[ResidentPhone] + n,
                "org_id": self.org_id,
                "resident_id": self.first[Resident] + n,
                "number": number,
                "reversed": number[::-1],
                "position": 1,
            }

    def tickets(self) -> Iterator[dict[str, Any]]:
        """All settled."""
        midnight = clock.at_wall(clock.today(), datetime.min.time())
        for n in range(self.size.tickets):
            day, nth = divmod(n, TICKETS_PER_DAY)
            at = midnight - timedelta(days=day + NEWEST) + timedelta(hours=7, minutes=nth * 3)
            kind, matter = self.chance.choice(MATTERS)
            home = self.chance.randrange(self.size.homes)
            yield {
                "id": self.first[Ticket] + n,
                "number": f"BS-YJ-{clock.local(at):%Y%m}-{90_000 + n}",
                "org_id": self.org_id,
                "made_by_id": self.by,
                "first_contact_id": self.by,
                "created_at": at,
                "received_at": at,
                "done_at": at + timedelta(hours=3),
                "closed_at": at + timedelta(hours=30),
                "state": "closed" if n % 20 else "solved",
                "version": 1,
                "channel": "call",
                "kind": kind,
                "priority": "normal",
                "unit_id": self.first[Unit] + home,
                "customer": self.chance.choice(self.names),
                "reporter_phone": f"149{home * 2 * 7_654_321 % 100_000_000:08d}",
                "content": f"{matter}，{self.chance.choice(PLACES)}（{n % 997}）",
                "read_back": True,
                "score": n % 5 + 1,
                "transferred": False,
            }
