"""The materials side of the small world: two 业务部 with their sites and stores, a few things, slips by real moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from models import Appointment, Material, OrgUnit, Staff, StockIn, StockOut, Warehouse
from rules.advance import advance
from rules.ledger import on_hand
from rules.login import open_login
from rules.materials import add_material
from rules.person import Person, person_of
from rules.slips import put_on_file
from tests.desk import Desk
from tests.makers import World, org, staff, world

#: unit -> its posts with the names of those who hold them
CREW: dict[str, dict[str, str]] = {
    "centre": {"central_planner": "京计划", "central_accountant": "京账务", "materials_head": "京主任"},
    "south": {
        "division_accountant": "南账务",
        "division_planner": "南计划",
        "division_supervisor": "南主管",
        "division_manager": "南经理",
    },
    "north": {"division_accountant": "北账务", "division_planner": "北计划", "division_manager": "北经理"},
    "yj": {"storekeeper": "云保管", "site_representative": "云代表"},
    "wj": {"storekeeper": "望保管", "site_representative": "望代表"},
    "bj": {"storekeeper": "北保管"},
}
THINGS: dict[str, dict[str, Any]] = {
    "lamp": {"code": "A001", "name": "LED灯管", "spec": "T8", "measure": "支", "kind": "consumable"},
    "pump": {
        "code": "B001",
        "name": "水泵",
        "spec": "1.5kW",
        "measure": "台",
        "kind": "spare",
        "repair_class": "class2",
        "on_spare_list": True,
    },
    "paint": {
        "code": "C001",
        "name": "防锈漆",
        "spec": "5L",
        "measure": "桶",
        "kind": "consumable",
        "shelf_life_days": 365,
    },
    "ladder": {"code": "D001", "name": "人字梯", "spec": "3m", "measure": "把", "kind": "tool"},
}
Lines = Mapping[str, Any]


@dataclass
class Stores:
    """What was made, by short names: units, stores such as `yj.sound`, things such as `lamp`."""

    world: World
    orgs: dict[str, OrgUnit] = field(default_factory=dict)
    stores: dict[str, Warehouse] = field(default_factory=dict)
    things: dict[str, Material] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """Through which it is written."""
        return self.world.session

    def person(self, post: str, where: str = "") -> Person:
        """Whoever holds the post in the unit (the first that has one, unless said)."""
        unit = where or next(key for key, crew in CREW.items() if post in crew)
        held = self.session.query(Appointment).filter_by(post=post, org_id=self.orgs[unit].id).one()
        return person_of(self.session, held.staff)

    @property
    def accountant(self) -> Person:
        """业务部账务员 of the south."""
        return self.person("division_accountant", "south")

    def lines(self, said: Lines) -> list[dict[str, Any]]:
        """`{"lamp": 5}`, or with more columns `{"paint": {"qty": 1, "produced_on": …}}`, as a form hands them over."""
        made = []
        for name, value in said.items():
            more = dict(value) if isinstance(value, Mapping) else {"qty": value}
            made.append({**more, "material_id": self.things[name].id, "qty": Decimal(str(more["qty"]))})
        return made

    def receive(
        self, where: str = "yj.sound", by: Person | None = None, *, approve: bool = True, **said: Any
    ) -> StockIn:
        """采购入库 unless another category is said; `receive(lamp=5)`."""
        values = {n: said.pop(n) for n in list(said) if n not in self.things}
        facts = {"category": "purchase", "supplier": "鼎盛五金", **values}
        return self._slip(StockIn(warehouse_id=self.stores[where].id, **facts), said, by, approve)

    def issue(
        self, where: str = "yj.sound", by: Person | None = None, *, approve: bool = True, **said: Any
    ) -> StockOut:
        """自用领用 unless another category is said; `issue(lamp=2)`."""
        values = {n: said.pop(n) for n in list(said) if n not in self.things}
        facts = {"category": "own_use", "taker": "罗志强", "four_steps": True, **values}
        if facts["category"] == "own_use":
            said = {
                n: {"use_kind": "consumable", **(v if isinstance(v, Mapping) else {"qty": v})} for n, v in said.items()
            }
        return self._slip(StockOut(warehouse_id=self.stores[where].id, **facts), said, by, approve)

    def _slip(self, slip: Any, said: Lines, by: Person | None, approve: bool) -> Any:
        who = by or self.accountant
        put_on_file(self.session, slip, self.lines(said), who)
        self.session.commit()
        if approve:
            self.move(slip, "approve", who)
        return slip

    def move(self, slip: Any, verb: str, by: Person | None = None, **details: Any) -> None:
        """One move, committed."""
        advance(self.session, slip, verb, by or self.accountant, **details)
        self.session.commit()

    def left(self, name: str, where: str = "yj.sound") -> Decimal:
        """现存量."""
        return on_hand(self.session, self.stores[where].id, [self.things[name].id]).get(
            self.things[name].id, Decimal(0)
        )


def desk_of(app: Flask, made: Stores, post: str, where: str) -> Desk:
    """The browser of whoever holds the post in that unit."""
    made.session.rollback()
    member = made.session.get_one(Staff, made.person(post, where).staff_id)
    key = open_login(made.session, member)
    made.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = key, True
    return Desk(client, member)


def storehouse(session: Session) -> Stores:
    """业务管理部 → 华南 (云锦里现场, 望江府现场) and 华北 (北苑现场), a sound and a damaged store each; committed."""
    made = Stores(world(session))
    company = made.world.company
    centre = made.orgs["centre"] = org(session, "业务管理部", "materials", company, code="YG")
    for key, name, code in (("south", "华南业务部", "HN"), ("north", "华北业务部", "HB")):
        made.orgs[key] = org(session, name, "division", centre, code=code)
    for key, name, above, code, project in (
        ("yj", "云锦里现场", "south", "YJX", "YJ"),
        ("wj", "望江府现场", "south", "WJX", "WJ"),
        ("bj", "北苑现场", "north", "BYX", ""),
    ):
        serves = made.world.projects[project].id if project else None
        made.orgs[key] = org(session, name, "site", made.orgs[above], code=code, serves_id=serves)
    for key, crew in CREW.items():
        for post, name in crew.items():
            staff(session, name, post, made.orgs[key])
    for key, label in (("yj", "云锦里"), ("wj", "望江府"), ("bj", "北苑"), ("south", "华南"), ("north", "华北")):
        unit = made.orgs[key]
        for n, (quality, word) in enumerate((("sound", "完好品库"), ("damaged", "损坏品库")), 1):
            made.stores[f"{key}.{quality}"] = Warehouse(
                org_id=unit.id, name=f"{label}{word}", wh_no=f"{unit.code}{n}", level=unit.kind, quality=quality
            )
    session.add_all(made.stores.values())
    for key, facts in THINGS.items():
        made.things[key] = add_material(session, Material(org_id=centre.id, **{"repair_class": "class1", **facts}))
    session.commit()
    return made
