"""仓库 and 货位: a store's level follows from where it belongs; what lies where follows from what it is."""

from typing import Any

from sqlalchemy import exists, inspect, select
from sqlalchemy.orm import Session

from models import Material, OrgUnit, StockBalance, StockEntry, StorageBin, Warehouse
from models.materials import HAZARDS
from models.warehouses import QUALITIES, ZONES
from rules.errors import RuleError
from rules.permissions import require
from rules.person import Person
from rules.stores import level_of, store

#: What must lie in a 单独储存 zone (WH-01), and what may not lie in the open (WH-13).
APART = ("flammable", "explosive", "corrosive")
UNDER_A_ROOF = ("heat", "frost", "damp", "sun", "volatile")


def save_warehouse(session: Session, warehouse: Warehouse, by: Person, **values: Any) -> Warehouse:
    """Put a store on file or correct it. Raises NotAllowed, or RuleError at the field that is wrong (INV-04)."""
    with session.no_autoflush:
        for name, value in values.items():
            setattr(warehouse, name, value)
        require(by, "warehouse.write", warehouse, "保存仓库")
        warehouse.level = level_of(session.get_one(OrgUnit, warehouse.org_id))
        if warehouse.active is None:
            warehouse.active = True
        _refuse_second_of_its_kind(session, warehouse)
        if warehouse.id is not None:
            _refuse_changes_under_stock(session, warehouse)
    session.add(warehouse)
    session.flush()
    return warehouse


def _refuse_second_of_its_kind(session: Session, warehouse: Warehouse) -> None:
    """A 现场 has one 完好品库 and one 损坏品库."""
    if warehouse.level != "site" or not warehouse.active:
        return
    same = select(Warehouse).where(
        Warehouse.org_id == warehouse.org_id, Warehouse.quality == warehouse.quality, Warehouse.active
    )
    other = next((w for w in session.scalars(same) if w.id != warehouse.id), None)
    if other is not None:
        raise RuleError(
            f"这个现场已有{QUALITIES[warehouse.quality]}“{other}”，每个现场完好品库、损坏品库各一个",
            field="quality",
            rule="INV-04",
        )


def _refuse_changes_under_stock(session: Session, warehouse: Warehouse) -> None:
    state = inspect(warehouse)
    moved = any(state.attrs[name].history.deleted for name in ("org_id", "quality"))
    if moved and session.scalar(select(exists().where(StockEntry.warehouse_id == warehouse.id))):
        raise RuleError(f"{warehouse} 已有库存账，所属和性质不能改", field="quality", rule="INV-04")
    closed = state.attrs.active.history.deleted and not warehouse.active
    full = exists().where(StockBalance.warehouse_id == warehouse.id, StockBalance.qty > 0)
    if closed and session.scalar(select(full)):
        raise RuleError(f"{warehouse} 还有存货，调出或盘清以后才能停用", field="active", rule="INV-04")


def save_bin(session: Session, place: StorageBin, by: Person, **values: Any) -> StorageBin:
    """Give a thing its place by four numbers. Raises NotAllowed, or RuleError (WH-01, WH-06, WH-13)."""
    with session.no_autoflush:
        for name, value in values.items():
            setattr(place, name, value)
        place.org_id = store(session, place.warehouse_id).org_id
        require(by, "storage_bin.write", place, "保存货位")
        material = session.get(Material, place.material_id)
        if material is None:
            raise RuleError("请选择存货", field="material_id", rule="WH-08")
        _refuse_unsafe(place, material)
    session.add(place)
    session.flush()
    return place


def _refuse_unsafe(place: StorageBin, material: Material) -> None:
    """Dangerous goods lie apart, sensitive ones under a roof."""
    zone = place.zone or "indoor"
    if material.hazard in APART and zone != "apart":
        raise RuleError(f"{material} {HAZARDS[material.hazard]}，须放在单独储存的货位", field="zone", rule="WH-01")
    if material.hazard in UNDER_A_ROOF and zone == "open":
        raise RuleError(f"{material} {HAZARDS[material.hazard]}，不能放在{ZONES[zone]}", field="zone", rule="WH-13")
