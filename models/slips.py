"""其他入库单 (StockIn) and 其他出库单 (StockOut) with their lines; red ones carry negative quantities."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, relationship

from models import clock
from models.base import field, line, short
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.people import Staff
from models.slip_lines import SlipLine
from models.stocktakes import Stocktake
from models.transfers import Transfer
from models.warehouses import Warehouse
from models.work_orders import WorkOrder

COLOURS = {"blue": "蓝字", "red": "红字"}
IN_CATEGORIES = {
    "purchase": "采购入库",
    "small_purchase": "零采入库",
    "damaged_in": "损坏入库",
    "repaired_in": "修复入库",
    "sound_in": "完好品调拨",
    "broken_in": "损坏品调拨",
    "return_in": "物资退库",
    "surplus": "盘盈入库",
    "opening": "期初",
}
OUT_CATEGORIES = {
    "own_use": "自用领用",
    "repair_out": "返修出库",
    "scrap_out": "报废出库",
    "sound_out": "完好品调拨",
    "broken_out": "损坏品调拨",
    "shortage": "盘亏出库",
}
USE_KINDS = {"consumable": "耗材领用", "spare": "备件领用", "replace": "备件更换"}
SCENES = {"lost": "到货丢失", "broken": "到货损坏", "leftover": "领用剩余", "bounced": "损坏品被退回"}
PARTIES = {"maker": "厂家", "central": "生产管理部库房", "site": "现场库房"}


def _life() -> Lifecycle:
    return Lifecycle(
        {"saved": "未审核", "doubted": "异议", "approved": "已审核", "void": "已删除"},
        [
            move("approve", "saved", "approved", "审核", rule="INV-07"),
            move("unapprove", "approved", "saved", "弃审", reason=True, danger=True, rule="INV-09"),
            move("doubt", "saved", "doubted", "提出异议", form="doubt", rule="INV-52"),
            move("settle", "doubted", "saved", "核对无误", form="settle", rule="INV-52"),
            move("void", "saved", "void", "删除", danger=True, rule="INV-12"),
            move("drop", "saved doubted", "void", "随来源单据删除", system=True, rule="INV-52"),
        ],
        frozen=("approved", "void"),
        tones={"saved": "wait", "doubted": "late", "approved": "done", "void": "void"},
        path=("saved", "approved"),
    )


class StockSlip(Document):
    """What both slips have: 增加 → 保存 → 审核 → (弃审 → 修改 or 删除). Stock moves at 审核, never at 保存."""

    __abstract__ = True
    side: ClassVar[str]
    stamps: ClassVar[dict[str, str]] = {"saved": "未审核", "doubted": "未审核", "void": "作废"}
    always_open = frozenset({"approved_by_id", "approved_at", "turn"})

    day: Mapped[date] = field("单据日期", default=lambda: clock.today(), index=True)
    colour: Mapped[str] = field("红蓝字", String(8), choices=COLOURS, default="blue")

    @declared_attr
    def warehouse_id(cls) -> Mapped[int]:
        return field("仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")

    happened_at: Mapped[datetime | None] = field("发生时间", note="不填为现在；补登前些天的业务时填实际时间")

    @declared_attr
    def transfer_id(cls) -> Mapped[int | None]:
        return field("调拨单", ForeignKey("transfer.id"), index=True, picker="transfer")

    @declared_attr
    def stocktake_id(cls) -> Mapped[int | None]:
        return field("盘点表", ForeignKey("stocktake.id"), index=True, picker="stocktake")

    scene: Mapped[str | None] = field("退库情形", String(16), choices=SCENES)
    party: Mapped[str | None] = field("往来单位", String(16), choices=PARTIES)
    party_name: Mapped[short | None] = field("单位名称")
    approval_ref: Mapped[short | None] = field("申请/审批", note="同意的申请或审批单号")
    reason: Mapped[line | None] = field("原因")
    liable: Mapped[short | None] = field("责任人")
    packing: Mapped[line | None] = field("装箱单信息")
    objection: Mapped[line | None] = field("异议")
    answer: Mapped[line | None] = field("核对意见")
    remark: Mapped[line | None] = field("备注")

    @declared_attr
    def approved_by_id(cls) -> Mapped[int | None]:
        return field("审核人", ForeignKey("staff.id"), index=True, picker="staff")

    approved_at: Mapped[datetime | None] = field("审核时间", index=True)
    turn: Mapped[int] = field("记账次数", default=0, internal=True)
    lines_print: Mapped[str] = field("明细摘要", String(32), default="", internal=True)

    @declared_attr
    def warehouse(cls) -> Mapped[Warehouse]:
        return relationship(Warehouse, foreign_keys=[cls.warehouse_id])  # type: ignore[list-item]

    @declared_attr
    def transfer(cls) -> Mapped[Transfer | None]:
        return relationship(Transfer, foreign_keys=[cls.transfer_id])  # type: ignore[list-item]

    @declared_attr
    def stocktake(cls) -> Mapped[Stocktake | None]:
        return relationship(Stocktake, foreign_keys=[cls.stocktake_id])  # type: ignore[list-item]

    @declared_attr
    def approved_by(cls) -> Mapped[Staff | None]:
        return relationship(Staff, foreign_keys=[cls.approved_by_id])  # type: ignore[list-item]

    @declared_attr
    def made_by(cls) -> Mapped[Staff]:
        return relationship(Staff, foreign_keys=[cls.made_by_id])  # type: ignore[list-item]

    @property
    def is_red(self) -> bool:
        """Every quantity of it is negative."""
        return self.colour == "red"

    @property
    def category_label(self) -> str:
        """采购入库."""
        return str(type(self).info("category")["choices"][self.category])  # type: ignore[attr-defined]

    @property
    def title(self) -> str:
        """其他入库单--采购入库, as the menu of the old books calls it."""
        return f"{self.__label__}--{self.category_label}{'（红字）' if self.is_red else ''}"

    @property
    def is_generated(self) -> bool:
        """Another paper made it; it is neither changed nor deleted on its own."""
        return self.generated_by is not None

    def __str__(self) -> str:
        return f"{self.title if self.category else self.__label__} {self.number or '（保存后编号）'}"  # type: ignore[attr-defined]

    @property
    def generated_by(self) -> Document | None:
        """The paper that made it."""
        return self.transfer or self.stocktake


class StockIn(StockSlip):
    """其他入库单."""

    __tablename__ = "stock_in"
    __label__ = "其他入库单"
    __table_args__ = (Index("ix_stock_in_warehouse_id_day", "warehouse_id", "day"),)
    series = Series("QTRK")
    side = "in"
    lifecycle = _life()

    category: Mapped[str] = field("入库类别", String(16), choices=IN_CATEGORIES, index=True)
    supplier: Mapped[short | None] = field("供应商")
    spoiled: Mapped[bool] = field("保存不善", default=False, note="库房保存不善造成的损坏，须写原因和责任人")
    returns_id: Mapped[int | None] = field("原入库单", ForeignKey("stock_in.id"), index=True, picker="stock_in")
    proposed_by_id: Mapped[int | None] = field("配套出库单", ForeignKey("stock_out.id"), index=True, picker="stock_out")

    returns: Mapped["StockIn | None"] = relationship(foreign_keys=[returns_id], remote_side="StockIn.id")
    proposed_by: Mapped["StockOut | None"] = relationship(foreign_keys=[proposed_by_id])
    lines: Mapped[list["StockInLine"]] = relationship(
        back_populates="slip", foreign_keys="StockInLine.slip_id", order_by="StockInLine.line_no"
    )


class StockOut(StockSlip):
    """其他出库单."""

    __tablename__ = "stock_out"
    __label__ = "其他出库单"
    __table_args__ = (Index("ix_stock_out_warehouse_id_day", "warehouse_id", "day"),)
    series = Series("QTCK")
    side = "out"
    lifecycle = _life()

    category: Mapped[str] = field("出库类别", String(16), choices=OUT_CATEGORIES, index=True)
    taker: Mapped[short | None] = field("领用人")
    purpose: Mapped[line | None] = field("用途/房号")
    work_order_id: Mapped[int | None] = field(
        "工作任务单", ForeignKey("work_order.id"), index=True, picker="work_order"
    )
    beyond_repair: Mapped[bool] = field("维修次数过多或已无法修复", default=False, note="ⅱ类物资报废时须勾选")
    four_steps: Mapped[bool] = field("一盘底、二核对、三发货、四减数", default=False)
    returns_id: Mapped[int | None] = field("原出库单", ForeignKey("stock_out.id"), index=True, picker="stock_out")

    work_order: Mapped[WorkOrder | None] = relationship(foreign_keys=[work_order_id])
    returns: Mapped["StockOut | None"] = relationship(foreign_keys=[returns_id], remote_side="StockOut.id")
    lines: Mapped[list["StockOutLine"]] = relationship(
        back_populates="slip", foreign_keys="StockOutLine.slip_id", order_by="StockOutLine.line_no"
    )


class StockInLine(SlipLine):
    """One line of a 其他入库单."""

    __tablename__ = "stock_in_line"
    __label__ = "入库单行"
    __table_args__ = (
        CheckConstraint("qty <> 0", name="not_nothing"),
        Index("uq_stock_in_line_slip_id_line_no", "slip_id", "line_no", unique=True),
    )
    slip_id: Mapped[int] = field("其他入库单", ForeignKey("stock_in.id"), index=True, picker="stock_in")
    returns_id: Mapped[int | None] = field("所退行", ForeignKey("stock_in_line.id"), index=True, picker="stock_in_line")

    slip: Mapped[StockIn] = relationship(back_populates="lines", foreign_keys=[slip_id])
    returns: Mapped["StockInLine | None"] = relationship(foreign_keys=[returns_id], remote_side="StockInLine.id")


class StockOutLine(SlipLine):
    """One line of a 其他出库单."""

    __tablename__ = "stock_out_line"
    __label__ = "出库单行"
    __table_args__ = (
        CheckConstraint("qty <> 0", name="not_nothing"),
        Index("uq_stock_out_line_slip_id_line_no", "slip_id", "line_no", unique=True),
    )
    slip_id: Mapped[int] = field("其他出库单", ForeignKey("stock_out.id"), index=True, picker="stock_out")
    use_kind: Mapped[str | None] = field("领用类型", String(16), choices=USE_KINDS)
    old_part_no: Mapped[str | None] = field("更换下来的旧备件编号", String(32))
    new_part_no: Mapped[str | None] = field("更换上的新备件编号", String(32))
    batch_reason: Mapped[line | None] = field("不按先进先出的原因")
    returns_id: Mapped[int | None] = field(
        "所退行", ForeignKey("stock_out_line.id"), index=True, picker="stock_out_line"
    )

    slip: Mapped[StockOut] = relationship(back_populates="lines", foreign_keys=[slip_id])
    returns: Mapped["StockOutLine | None"] = relationship(foreign_keys=[returns_id], remote_side="StockOutLine.id")
