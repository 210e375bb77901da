"""调拨单 (Transfer): an order that moves nothing itself; its two slips do, and in between the goods are 在途."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import field, line, short
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.people import Staff
from models.slip_lines import SlipLine
from models.warehouses import Warehouse

TRANSFER_OUT = {"sound_out": "其他出库单--完好品调拨", "broken_out": "其他出库单--损坏品调拨"}
TRANSFER_IN = {"sound_in": "其他入库单--完好品调拨", "broken_in": "其他入库单--损坏品调拨"}
BASES = {"unified": "统一调拨", "negotiated": "协商调拨"}


class Transfer(Document):
    """An order to move goods from store to store (调拨单), inside one 业务部 or across."""

    __tablename__ = "transfer"
    __label__ = "调拨单"
    __table_args__ = (CheckConstraint("out_warehouse_id <> in_warehouse_id", name="two_stores"),)
    series = Series("DB")
    lifecycle = Lifecycle(
        {
            "saved": "未审核",
            "approved": "已审核",
            "in_transit": "在途",
            "done": "完成",
            "void": "已删除",
        },
        [
            move("agree", "saved", "saved", "经理同意调拨", rule="INV-53"),
            move("approve", "saved", "approved", "审核", rule="INV-48"),
            move("ship", "approved", "in_transit", "出库审核", system=True, rule="INV-49"),
            move("arrive", "in_transit", "done", "入库审核", system=True, rule="INV-50"),
            move("take_back", "done", "in_transit", "入库弃审", system=True, rule="INV-52"),
            move("unship", "in_transit", "approved", "出库弃审", system=True, rule="INV-52"),
            move("unapprove", "approved", "saved", "弃审", reason=True, danger=True, rule="INV-52"),
            move("void", "saved", "void", "删除", danger=True, rule="INV-12"),
        ],
        frozen=("approved", "in_transit", "done", "void"),
        tones={"saved": "wait", "approved": "open", "in_transit": "wait", "done": "done", "void": "void"},
        path=("saved", "approved", "in_transit", "done"),
    )
    always_open = frozenset({"approved_by_id", "approved_at", "shipped_at", "arrived_at", "sent_on", "turn"})
    stamps: ClassVar[dict[str, str]] = {"saved": "未审核", "void": "作废"}

    day: Mapped[date] = field("调拨日期", default=lambda: clock.today(), index=True)
    out_warehouse_id: Mapped[int] = field("转出仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")
    in_warehouse_id: Mapped[int] = field("转入仓库", ForeignKey("warehouse.id"), index=True, picker="warehouse")
    out_category: Mapped[str] = field("出库类别", String(16), choices=TRANSFER_OUT, default="sound_out")
    in_category: Mapped[str] = field("入库类别", String(16), choices=TRANSFER_IN, default="sound_in")
    crosses: Mapped[bool] = field("跨业务部", default=False)
    basis: Mapped[str] = field("依据", String(16), choices=BASES, default="unified")
    memo_ref: Mapped[short | None] = field("内部联络单", note="跨业务部统一调拨：业务管理部审批的联络单号")
    returned_on: Mapped[date | None] = field("物资返回日期", note="损坏品调拨必填，每批一张")
    agreed_by_id: Mapped[int | None] = field("同意调拨的经理", ForeignKey("staff.id"), index=True, picker="staff")
    agreed_at: Mapped[datetime | None] = field("同意时间")
    approved_by_id: Mapped[int | None] = field("审核人", ForeignKey("staff.id"), index=True, picker="staff")
    approved_at: Mapped[datetime | None] = field("审核时间")
    shipped_at: Mapped[datetime | None] = field("出库时间")
    arrived_at: Mapped[datetime | None] = field("到货入库时间")
    sent_on: Mapped[date | None] = field("纸质版寄计划室日期")
    packing: Mapped[line | None] = field("发货单/装箱单")
    remark: Mapped[line | None] = field("备注")
    turn: Mapped[int] = field("审核次数", default=0, internal=True)
    lines_print: Mapped[str] = field("明细摘要", String(32), default="", internal=True)

    out_warehouse: Mapped[Warehouse] = relationship(foreign_keys=[out_warehouse_id])
    in_warehouse: Mapped[Warehouse] = relationship(foreign_keys=[in_warehouse_id])
    agreed_by: Mapped[Staff | None] = relationship(foreign_keys=[agreed_by_id])
    approved_by: Mapped[Staff | None] = relationship(foreign_keys=[approved_by_id])
    made_by: Mapped[Staff] = relationship(foreign_keys="Transfer.made_by_id")
    lines: Mapped[list["TransferLine"]] = relationship(
        back_populates="slip", foreign_keys="TransferLine.slip_id", order_by="TransferLine.line_no"
    )


class TransferLine(SlipLine):
    """One line of a 调拨单."""

    __tablename__ = "transfer_line"
    __label__ = "调拨单行"
    __table_args__ = (
        CheckConstraint("qty > 0", name="above_nothing"),
        Index("uq_transfer_line_slip_id_line_no", "slip_id", "line_no", unique=True),
    )
    slip_id: Mapped[int] = field("调拨单", ForeignKey("transfer.id"), index=True, picker="transfer")

    slip: Mapped[Transfer] = relationship(back_populates="lines", foreign_keys=[slip_id])
