"""库存: what lies where (StockBalance), the ledger of every movement (StockEntry), closed months (StockMonth)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import AppendOnly, Base, Quantity, Record, field
from models.document import Stateful
from models.lifecycle import Lifecycle, move
from models.materials import Material
from models.people import OrgUnit, Staff
from models.slips import IN_CATEGORIES, OUT_CATEGORIES, StockIn, StockOut
from models.warehouses import Warehouse

SIDES = {"in": "收入", "out": "发出"}
CATEGORIES = {**IN_CATEGORIES, **OUT_CATEGORIES}


class StockBalance(Record):
    """What lies in one warehouse of one material (现存量): moved only with a line of the ledger, never below zero."""

    __tablename__ = "stock_balance"
    __label__ = "现存量"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "material_id"),
        CheckConstraint("qty >= 0", name="not_negative"),
    )
    org_id: Mapped[int] = field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    warehouse_id: Mapped[int] = field("仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")
    material_id: Mapped[int] = field("存货", ForeignKey("material.id"), index=True, picker="material")
    qty: Mapped[Decimal] = field("现存量", Quantity(), default=Decimal(0))

    warehouse: Mapped[Warehouse] = relationship(foreign_keys=[warehouse_id])
    material: Mapped[Material] = relationship(foreign_keys=[material_id])

    def __str__(self) -> str:
        return f"{self.warehouse} {self.material}"


class StockEntry(AppendOnly, Record):
    """One line of the stock ledger (台账): signed, with what was left after it, corrected only by a twin.

    `qty` stands in its own column, 收入 or 发出: red letters are negative there, and so is the twin of a 弃审.
    `delta` is what it does to the stock. Lines run in the order they were posted; `day` is the paper's date.
    """

    __tablename__ = "stock_entry"
    __label__ = "库存台账"
    __table_args__ = (
        CheckConstraint("qty <> 0", name="not_nothing"),
        CheckConstraint("delta = CASE WHEN side = 'in' THEN qty ELSE -qty END", name="delta_is_signed"),
        CheckConstraint("qty_after >= 0", name="after_not_negative"),
        CheckConstraint("(stock_in_id IS NULL) <> (stock_out_id IS NULL)", name="one_paper"),
        CheckConstraint("(stock_in_id IS NOT NULL) = (side = 'in')", name="side_of_paper"),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("stock_in_id", "turn", "line_no"),
        UniqueConstraint("stock_out_id", "turn", "line_no"),
        Index("ix_stock_entry_warehouse_id_material_id_id", "warehouse_id", "material_id", "id"),
        Index("ix_stock_entry_warehouse_id_day", "warehouse_id", "day"),
    )
    org_id: Mapped[int] = field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    at: Mapped[datetime] = field("入账时间", default=lambda: clock.now())
    day: Mapped[date] = field("单据日期")
    moved_at: Mapped[datetime] = field("发生时间")
    warehouse_id: Mapped[int] = field("仓库", ForeignKey("warehouse.id"), picker="warehouse")
    material_id: Mapped[int] = field("存货", ForeignKey("material.id"), index=True, picker="material")
    side: Mapped[str] = field("收发", String(4), choices=SIDES)
    category: Mapped[str] = field("收发类别", String(16), choices=CATEGORIES)
    qty: Mapped[Decimal] = field("数量", Quantity())
    delta: Mapped[Decimal] = field("增减", Quantity())
    qty_after: Mapped[Decimal] = field("结存", Quantity())
    batch: Mapped[str | None] = field("批次", String(32))
    produced_on: Mapped[date | None] = field("生产日期")
    stock_in_id: Mapped[int | None] = field("入库单", ForeignKey("stock_in.id"), picker="stock_in")
    stock_out_id: Mapped[int | None] = field("出库单", ForeignKey("stock_out.id"), picker="stock_out")
    turn: Mapped[int] = field("第几次记账", internal=True)
    line_no: Mapped[int] = field("行")
    reverses_id: Mapped[int | None] = field("冲销", ForeignKey("stock_entry.id"), picker="stock_entry")
    note: Mapped[str | None] = field("说明", String(64))

    warehouse: Mapped[Warehouse] = relationship(foreign_keys=[warehouse_id])
    material: Mapped[Material] = relationship(foreign_keys=[material_id])
    stock_in: Mapped[StockIn | None] = relationship(foreign_keys=[stock_in_id])
    stock_out: Mapped[StockOut | None] = relationship(foreign_keys=[stock_out_id])

    @property
    def paper(self) -> StockIn | StockOut:
        """The slip that wrote it."""
        found = self.stock_in or self.stock_out
        assert found is not None
        return found


class StockMonth(Stateful):
    """One month of a 业务部's books (月结): closed in order, only the last one opened again."""

    __tablename__ = "stock_month"
    __label__ = "月结"
    __table_args__ = (UniqueConstraint("org_id", "month"),)
    lifecycle = Lifecycle(
        {"open": "未结账", "closed": "已结账"},
        [
            move("close", "open", "closed", "结账", rule="STK-10"),
            move("reopen", "closed", "open", "取消结账", reason=True, danger=True, rule="STK-10"),
        ],
        frozen=("closed",),
        tones={"open": "wait", "closed": "done"},
    )
    always_open = frozenset({"closed_at", "closed_by_id"})

    org_id: Mapped[int] = field("业务部", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    month: Mapped[str] = field("月份", String(7), index=True, note="如 2026-11")
    closed_at: Mapped[datetime | None] = field("结账时间")
    closed_by_id: Mapped[int | None] = field("结账人", ForeignKey("staff.id"), index=True, picker="staff")

    org: Mapped[OrgUnit] = relationship(foreign_keys=[org_id])
    closed_by: Mapped[Staff | None] = relationship(foreign_keys=[closed_by_id])

    def __str__(self) -> str:
        return f"{self.org.name} {self.month}"


class MonthBalance(Base):
    """What lay there at the end of a closed month (月末结存): the opening of every later report; zeros are left out."""

    __tablename__ = "month_balance"
    month_id: Mapped[int] = field("月结", ForeignKey("stock_month.id"), primary_key=True)
    warehouse_id: Mapped[int] = field("仓库", ForeignKey("warehouse.id"), primary_key=True, index=True)
    material_id: Mapped[int] = field("存货", ForeignKey("material.id"), primary_key=True, index=True)
    qty: Mapped[Decimal] = field("月末结存", Quantity())
