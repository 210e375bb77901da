"""仓库 (Warehouse) by level and quality; 货位 (StorageBin): the four numbers at which a thing lies."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.base import Record, field, line, short
from models.materials import Material
from models.people import OrgUnit, Staff

LEVELS = {"site": "现场", "division": "业务部"}
QUALITIES = {"sound": "完好品库", "damaged": "损坏品库"}
ZONES = {"indoor": "室内", "shed": "棚下", "open": "露天", "apart": "单独储存"}
_ONE_PER_SITE = text("level = 'site' AND active")


class Warehouse(Record):
    """A store of a 现场 or a 业务部 (仓库): sound goods and damaged ones never lie in the same one."""

    __tablename__ = "warehouse"
    __label__ = "仓库"
    __table_args__ = (
        UniqueConstraint("org_id", "name"),
        Index(
            "uq_warehouse_site_quality",
            "org_id",
            "quality",
            unique=True,
            sqlite_where=_ONE_PER_SITE,
            postgresql_where=_ONE_PER_SITE,
        ),
    )
    company_wide = True

    org_id: Mapped[int] = field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    name: Mapped[short] = field("仓库")
    wh_no: Mapped[str] = field("库号", String(8), note="四号定位的第一号")
    level: Mapped[str] = field("级别", String(8), choices=LEVELS)
    quality: Mapped[str] = field("性质", String(8), choices=QUALITIES)
    keeper_id: Mapped[int | None] = field("保管人员", ForeignKey("staff.id"), index=True, picker="staff")
    active: Mapped[bool] = field("启用", default=True)
    remark: Mapped[line | None] = field("备注")

    org: Mapped[OrgUnit] = relationship(foreign_keys=[org_id])
    keeper: Mapped[Staff | None] = relationship(foreign_keys=[keeper_id])

    def __str__(self) -> str:
        return self.name


class StorageBin(Record):
    """One place in a store (货位) and what lies there; its card (物料卡) hangs in sight."""

    __tablename__ = "storage_bin"
    __label__ = "货位"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "rack_no", "level_no", "slot_no"),
        Index("ix_storage_bin_warehouse_id_material_id", "warehouse_id", "material_id"),
    )
    org_id: Mapped[int] = field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    warehouse_id: Mapped[int] = field("仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")
    rack_no: Mapped[str] = field("架（区）号", String(8))
    level_no: Mapped[str] = field("层（排）号", String(8))
    slot_no: Mapped[str] = field("位号", String(8))
    zone: Mapped[str] = field("存放条件", String(8), choices=ZONES, default="indoor")
    material_id: Mapped[int] = field("存货", ForeignKey("material.id"), index=True, picker="material")
    remark: Mapped[line | None] = field("备注")

    warehouse: Mapped[Warehouse] = relationship(foreign_keys=[warehouse_id])
    material: Mapped[Material] = relationship(foreign_keys=[material_id])

    @property
    def code(self) -> str:
        """四号定位: 库号-架号-层号-位号."""
        return f"{self.warehouse.wh_no}-{self.rack_no}-{self.level_no}-{self.slot_no}"

    def __str__(self) -> str:
        return self.code
