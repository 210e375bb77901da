"""仓库 and 货位 on screen."""

from typing import Any

from sqlalchemy.orm import Session

from admin_views.columns import Col, Line, Look
from admin_views.list_pages import Preset
from admin_views.page import Action, Cell, Text
from admin_views.registers import RegisterView
from admin_views.slips import GROUP, Values
from models import Record, StorageBin, Warehouse
from printouts import FORMS
from rules import warehouses
from rules.person import Person


class WarehouseView(RegisterView):
    """The stores by level and quality."""

    record = Warehouse
    menu_group = GROUP
    place = 32
    columns = ("name", "wh_no", "org_id", "level", "quality", "keeper_id", "active", "remark")
    filters = ("name", "org_id", "level", "quality", "keeper_id", "active")
    search = "name wh_no"
    default_sort = "name"
    sections = (("仓库", "org_id name wh_no quality keeper_id active remark"),)
    facts = (("仓库", "name wh_no org_id level quality keeper_id active remark"),)
    note = "每个现场一个完好品库、一个损坏品库；级别由所属单位决定。"

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """Its level follows from where it belongs."""
        return warehouses.save_warehouse(session, Warehouse(), by, **values)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """The same when corrected."""
        warehouses.save_warehouse(session, row, by, **values)


def _code(_look: Look, line: Line) -> Cell:
    return Text(f"{line['warehouse.wh_no']}-{line.rack_no}-{line.level_no}-{line.slot_no}", strong=True)


class StorageBinView(RegisterView):
    """四号定位: what lies where, with its 物料卡."""

    record = StorageBin
    menu_group = GROUP
    place = 33
    asks_owner = False
    columns = (
        Col(
            key="code",
            label="货位",
            width="xl",
            place="left",
            needs=("warehouse.wh_no", "rack_no", "level_no", "slot_no"),
            cell=_code,
            sort="rack_no",
        ),
        "warehouse_id",
        "material_id",
        "zone",
        "remark",
    )
    filters = ("warehouse_id", "material_id", "zone", "-rack_no")
    search = "rack_no slot_no material.code material.name"
    presets = (Preset("单独储存", "zone=apart"),)
    sections = (("货位", "warehouse_id rack_no level_no slot_no zone material_id remark"),)
    prints = ("F-47",)
    note = "库号-架（区）号-层（排）号-位号；易燃、易爆、易腐蚀的须放单独储存的货位。"

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """Owned by its store's unit."""
        return warehouses.save_bin(session, StorageBin(), by, **values)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """The same when corrected."""
        warehouses.save_bin(session, row, by, **values)

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Its card."""
        made, more = super().page_actions(row)
        card = Action(f"打印{FORMS['F-47'].title}", f"/print/F-47/{row.id}", "post", name="print-F-47", icon="printer")
        return (card, *made), more
