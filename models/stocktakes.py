"""盘点表 (Stocktake): what was found in a store, counted twice without sight of the books, and what became of it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models.base import Quantity, Record, field, line
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.materials import Material
from models.people import Staff
from models.warehouses import Warehouse

COUNT_KINDS = {"month": "月度盘点", "quarter": "季度盘点", "spot": "抽点"}
MODES = {"self": "自盘", "supervised": "监盘"}
CONDITIONS = {"surplus": "盈余", "short": "短少", "damaged": "残损", "spoiled": "变质"}


class Stocktake(Document):
    """One count of one store (《盘点表》)."""

    __tablename__ = "stocktake"
    __label__ = "盘点表"
    series = Series("PD")
    lifecycle = Lifecycle(
        {
            "drafted": "模板已生成",
            "issued": "已下发",
            "counting": "盘点中",
            "reported": "已报回",
            "explaining": "待说明原因",
            "to_approve": "待批准",
            "approved": "已批准待调账",
            "adjusted": "已调账",
            "done": "无差异完成",
            "judged": "已考核",
            "void": "已作废",
        },
        [
            move("issue", "drafted", "issued", "下发", "due_at", form="issue", rule="STK-02"),
            move("begin", "issued", "counting", "开始盘点", rule="STK-03"),
            move("record", "counting", "counting", "登记初盘", form="record", rule="STK-03"),
            move("recount", "counting", "counting", "登记复盘", form="recount", rule="STK-11"),
            move("report", "counting", "reported", "报回", form="report", rule="STK-03"),
            move("clear", "reported", "done", "无差异", system=True, rule="STK-04"),
            move("differ", "reported", "explaining", "有差异", system=True, rule="STK-04"),
            move("explain", "explaining", "to_approve", "说明原因", form="explain", rule="STK-07"),
            move(
                "count_again", "explaining to_approve", "counting", "重新盘点", reason=True, danger=True, rule="STK-07"
            ),
            move("approve", "to_approve", "approved", "批准", rule="STK-08"),
            move("send_back", "to_approve", "explaining", "退回", reason=True, danger=True, rule="STK-07"),
            move("adjust", "approved", "adjusted", "调账", system=True, rule="STK-08"),
            move("judge", "adjusted done", "judged", "登记考核或奖励", "judgement", form="judge", rule="STK-05"),
            move("cancel", "drafted issued counting", "void", "作废", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("approved", "adjusted", "done", "judged", "void"),
        tones={
            "issued": "open",
            "counting": "open",
            "reported": "wait",
            "explaining": "late",
            "to_approve": "wait",
            "approved": "wait",
            "adjusted": "done",
            "done": "done",
            "void": "void",
        },
        path=("drafted", "issued", "counting", "reported", "to_approve", "adjusted"),
    )
    always_open = frozenset({"judgement"})

    warehouse_id: Mapped[int] = field("仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")
    kind: Mapped[str] = field("类别", String(8), choices=COUNT_KINDS)
    mode: Mapped[str] = field("方式", String(16), choices=MODES, default="self")
    due_at: Mapped[datetime | None] = field("规定时间")
    snapshot_at: Mapped[datetime | None] = field("现存量导出")
    after_entry: Mapped[int | None] = field("截止台账行", internal=True)
    first_by_id: Mapped[int | None] = field("初盘人", ForeignKey("staff.id"), index=True, picker="staff")
    second_by_id: Mapped[int | None] = field("复盘人", ForeignKey("staff.id"), index=True, picker="staff")
    witness_id: Mapped[int | None] = field("监盘人员", ForeignKey("staff.id"), index=True, picker="staff")
    reported_at: Mapped[datetime | None] = field("报回时间", index=True)
    approved_by_id: Mapped[int | None] = field("批准人", ForeignKey("staff.id"), index=True, picker="staff")
    approved_at: Mapped[datetime | None] = field("批准时间")
    judgement: Mapped[line | None] = field("考核或奖励", note="按《员工手册》奖惩规定")
    remark: Mapped[line | None] = field("备注")

    warehouse: Mapped[Warehouse] = relationship(foreign_keys=[warehouse_id])
    first_by: Mapped[Staff | None] = relationship(foreign_keys=[first_by_id])
    second_by: Mapped[Staff | None] = relationship(foreign_keys=[second_by_id])
    witness: Mapped[Staff | None] = relationship(foreign_keys=[witness_id])
    approved_by: Mapped[Staff | None] = relationship(foreign_keys=[approved_by_id])
    made_by: Mapped[Staff] = relationship(foreign_keys="Stocktake.made_by_id")
    lines: Mapped[list["StocktakeLine"]] = relationship(
        back_populates="stocktake", foreign_keys="StocktakeLine.stocktake_id", order_by="StocktakeLine.line_no"
    )

    @property
    def is_blind(self) -> bool:
        """The books are not shown to anybody who could still count by them."""
        return self.state in ("drafted", "issued", "counting")


class StocktakeLine(Record):
    """One thing of a 盘点表."""

    __tablename__ = "stocktake_line"
    __label__ = "盘点表行"
    __table_args__ = (
        CheckConstraint("first_qty IS NULL OR first_qty >= 0", name="first_not_negative"),
        CheckConstraint("second_qty IS NULL OR second_qty >= 0", name="second_not_negative"),
        Index("uq_stocktake_line_stocktake_id_material_id", "stocktake_id", "material_id", unique=True),
    )
    org_id: Mapped[int] = field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    stocktake_id: Mapped[int] = field("盘点表", ForeignKey("stocktake.id"), index=True, picker="stocktake")
    line_no: Mapped[int] = field("行")
    material_id: Mapped[int] = field("存货", ForeignKey("material.id"), index=True, picker="material")
    book_qty: Mapped[Decimal] = field("账面数量", Quantity(), default=Decimal(0))
    first_qty: Mapped[Decimal | None] = field("初盘数", Quantity())
    second_qty: Mapped[Decimal | None] = field("复盘数", Quantity())
    counted_at: Mapped[datetime | None] = field("盘点时间")
    moved: Mapped[Decimal] = field("盘点期间收发", Quantity(), default=Decimal(0))
    diff: Mapped[Decimal | None] = field("盘盈/盘亏", Quantity())
    condition: Mapped[str | None] = field("情况", String(16), choices=CONDITIONS)
    reason: Mapped[line | None] = field("原因")
    liable: Mapped[str | None] = field("责任", String(64))
    proposal: Mapped[line | None] = field("处理建议")

    stocktake: Mapped[Stocktake] = relationship(back_populates="lines", foreign_keys=[stocktake_id])
    material: Mapped[Material] = relationship(foreign_keys=[material_id], lazy="joined")
