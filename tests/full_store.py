"""The stores of the full house: a 现场 for each project under one 业务部, a row in every register of materials."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Material,
    NewCodeRequest,
    OrgUnit,
    Staff,
    StockBalance,
    StockEntry,
    StockIn,
    StockMonth,
    StockOut,
    Stocktake,
    StorageBin,
    Transfer,
    Warehouse,
)
from rules.advance import advance, start
from rules.materials import add_material
from rules.person import Person, person_of
from rules.slips import put_on_file
from rules.stocktakes import template
from rules.transfers import order
from rules.warehouses import save_bin
from tests.makers import org, staff

SITE_STAFF = {"storekeeper": "保管", "site_representative": "代表"}
DIVISION_STAFF = {"division_accountant": "账务", "division_planner": "计划", "division_manager": "经理"}
CENTRE_STAFF = {"central_planner": "京计划", "central_accountant": "京账务"}


def build_line(session: Session, house: Any, company: OrgUnit) -> None:
    """业务管理部 and its 业务部, once for both projects."""
    centre = org(session, "业务管理部", "materials", company, code="YG")
    division = org(session, "华南业务部", "division", centre, code="HN")
    house.orgs |= {"centre": centre.id, "division": division.id}
    for unit, crew in ((division, DIVISION_STAFF), (centre, CENTRE_STAFF)):
        for post, name in crew.items():
            house.staff["", post] = staff(session, name, post, unit).id
    for quality, word in (("sound", "完好品库"), ("damaged", "损坏品库")):
        store = Warehouse(
            org_id=division.id, name=f"华南{word}", wh_no=f"HN{word[0]}", level="division", quality=quality
        )
        session.add(store)
        session.flush()
        house.more["YJ"][f"division.{quality}"] = store.id


def build_site(session: Session, house: Any, code: str, mark: str, said: str) -> None:
    """The 现场 that serves a project, and its people."""
    division = session.get_one(OrgUnit, house.orgs["division"])
    site = org(session, f"现场{mark}", "site", division, code=f"{code}X", serves_id=house.orgs[code])
    house.orgs[f"{code}.site"] = site.id
    for post, name in SITE_STAFF.items():
        house.staff[code, post] = staff(session, f"{name}{said}", post, site).id


def furnish_stores(it: Any) -> None:
    """A row in every register, by the office's own doors; `it` is the Furnisher of the project."""
    session, house, code = it.session, it.house, it.code
    site = house.orgs[f"{code}.site"]
    by = person_of(session, session.get_one(Staff, house.staff["", "division_accountant"]))
    session.info["actor"] = by
    thing = it.keep(_thing(session, house, code))
    stores = {}
    for quality in ("damaged", "sound"):
        stores[quality] = Warehouse(
            org_id=site, name=f"{quality}{it.text(32)}"[:60], wh_no=f"{code}{quality[0]}", level="site", quality=quality
        )
        session.add(stores[quality])
    session.flush()
    it.keep(stores["sound"])
    it.keep(_bin(session, by, stores["sound"], thing, it.text(32)))
    _papers(it, by, stores, thing)
    session.commit()


def _thing(session: Session, house: Any, code: str) -> Material:
    facts = {"name": "LED灯管", "spec": "T8", "measure": "支", "kind": "consumable", "repair_class": "class1"}
    return add_material(session, Material(org_id=house.orgs["centre"], code=f"A-{code}", **facts))


def _bin(session: Session, by: Person, store: Warehouse, thing: Material, words: str) -> StorageBin:
    facts = {"warehouse_id": store.id, "rack_no": "A1", "level_no": "3", "slot_no": "15", "material_id": thing.id}
    return save_bin(session, StorageBin(), by, **facts, remark=words)


def _papers(it: Any, by: Person, stores: dict[str, Warehouse], thing: Material) -> None:
    session, house, code = it.session, it.house, it.code
    lines = [{"material_id": thing.id, "qty": Decimal(9), "remark": it.text()}]
    bought = StockIn(warehouse_id=stores["sound"].id, category="purchase", supplier=it.text(), remark=it.text())
    it.keep(put_on_file(session, bought, lines, by))
    session.commit()
    advance(session, bought, "approve", by)
    session.commit()
    used = StockOut(warehouse_id=stores["sound"].id, category="own_use", taker=it.text(), purpose=it.text())
    it.keep(put_on_file(session, used, [{**lines[0], "qty": Decimal(2), "use_kind": "consumable"}], by))
    for model in (StockEntry, StockBalance):
        it.keep(session.scalars(select(model).where(model.warehouse_id == stores["sound"].id)).one())
    transfer = Transfer(
        out_warehouse_id=stores["sound"].id,
        in_warehouse_id=house.more["YJ"]["division.sound"],
        out_category="sound_out",
        in_category="sound_in",
        remark=it.text(),
    )
    it.keep(order(session, transfer, [{"material_id": thing.id, "qty": Decimal(1)}], by))
    keeper = person_of(session, session.get_one(Staff, house.staff[code, "storekeeper"]))
    wanted = NewCodeRequest(
        org_id=house.orgs[f"{code}.site"], name=it.text(), spec=it.text(32), model="M", measure="个", kind="spare"
    )
    it.keep(start(session, wanted, keeper))
    take = Stocktake(warehouse_id=stores["sound"].id, kind="month", remark=it.text())
    it.keep(template(session, take, [], by))
    month = StockMonth(org_id=house.orgs["division"], month="2026-10" if code == "YJ" else "2026-09")
    it.keep(month)
