"""工作任务单 (WorkOrder): the three-part slip from 签发 to 归档, and the material it used."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models.base import Money, Quantity, Record, field, line, short, text
from models.document import Document, Series
from models.estate import Building, Unit
from models.lifecycle import Lifecycle, move
from models.people import Staff
from models.tickets import Ticket

ORDER_KINDS = {
    "home": "上门服务",
    "public": "公共设施维修",
    "defect": "房屋整改",
    "paid": "有偿服务",
    "help": "求助服务",
}
REPORTING_DEPARTMENTS = {"service": "客服部", "security": "保安部", "office": "办公室", "sales": "销售部"}
SIGNER_KINDS = {
    "owner": "业主",
    "resident": "住户",
    "adult": "家中成年人",
    "service_assistant": "客服助理以上人员",
    "security_leader": "领班以上人员",
    "office_clerk": "办公室工作人员",
    "sales_clerk": "现场销售人员",
}
TRADES = {
    "plumbing": "给排水",
    "power": "强电",
    "weak": "弱电",
    "aircon": "空调",
    "doors": "门锁",
    "masonry": "土建",
    "fire": "消防",
    "other": "其他",
}


class WorkOrder(Document):
    """One three-part slip (工作任务单 / 派工单 / 维修工作单); owns dispatch, arrival, completion and signature."""

    __tablename__ = "work_order"
    __label__ = "工作任务单"
    searched = ("number", "content", "reporter", "place")
    __table_args__ = (
        CheckConstraint("kind = 'public' OR unit_id IS NOT NULL", name="home_has_unit"),
        CheckConstraint("kind <> 'public' OR place IS NOT NULL", name="public_has_place"),
        CheckConstraint("kind <> 'public' OR reporter_department IS NOT NULL", name="public_has_department"),
        CheckConstraint("fee IS NULL OR fee >= 0", name="fee_not_negative"),
        Index("ix_work_order_unit_id_state", "unit_id", "state"),
        Index("ix_work_order_org_id_state", "org_id", "state"),
        Index("ix_work_order_technician_id_state", "technician_id", "state"),
    )
    series = Series("GD")
    lifecycle = Lifecycle(
        {
            "draft": "草稿",
            "issued": "已出单",
            "appointed": "已预约",
            "received": "已接单",
            "on_site": "已到场",
            "working": "处理中",
            "to_sign": "待签认",
            "signed": "已签待回单",
            "completed": "已完成",
            "archived": "已归档",
            "cancelled": "已取消",
        },
        [
            move("issue", "draft", "issued", "签发", form="issue", rule="WO-02"),
            move("appoint", "issued received appointed", "appointed", "改为预约", form="appoint", rule="WO-10"),
            move("receive", "issued appointed", "received", "接单签领", form="receive", rule="WO-25"),
            move("reach_door", "received", "received", "到楼门", form="claimed_time", rule="WO-03"),
            move("arrive", "received", "on_site", "到场反馈", form="claimed_time", rule="TKT-06"),
            move("begin", "on_site", "working", "开工", form="claimed_time", rule="WO-04"),
            move("finish", "working", "to_sign", "完工", form="finish", rule="WO-17"),
            move("invite", "to_sign", "to_sign", "约业主验收", form="invite", rule="WO-27"),
            move("sign", "to_sign", "completed", "签认", form="sign", rule="WO-18"),
            move("claim_signed", "to_sign", "signed", "纸质已签待回单", form="claim_signed", rule="WO-18"),
            move("return_signed", "signed", "completed", "收回第三联", system=True, rule="WO-08"),
            move("refuse", "to_sign signed", "working", "拒签", form="reason", reason=True, danger=True, rule="WO-18"),
            move("archive", "completed", "archived", "归档", system=True, rule="WO-06"),
            move(
                "cancel",
                "draft issued appointed received",
                "cancelled",
                "取消",
                form="reason",
                reason=True,
                danger=True,
                rule="BASE-05",
            ),
        ],
        frozen=("completed", "archived", "cancelled"),
        tones={
            "issued": "open",
            "appointed": "open",
            "received": "open",
            "on_site": "open",
            "working": "open",
            "to_sign": "wait",
            "signed": "wait",
            "completed": "done",
            "cancelled": "void",
        },
        path=("draft", "issued", "received", "on_site", "working", "to_sign", "completed", "archived"),
    )
    always_open = frozenset({"copy1_at", "copy2_at", "copy3_at", "archived_at", "returned_to_duty_at", "late_reason"})

    ticket_id: Mapped[int | None] = field("报事", ForeignKey("ticket.id"), index=True, picker="ticket")
    rework_of_id: Mapped[int | None] = field("返工自", ForeignKey("work_order.id"), index=True, picker="work_order")
    kind: Mapped[str] = field("类别", String(16), choices=ORDER_KINDS, index=True)
    trade: Mapped[str] = field("专业", String(16), choices=TRADES, default="other")
    unit_id: Mapped[int | None] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    place: Mapped[short | None] = field("故障点")
    zone_id: Mapped[int | None] = field("责任区", ForeignKey("building.id"), index=True, picker="building")
    reporter: Mapped[short] = field("报修人")
    reporter_department: Mapped[str | None] = field("报修部门", String(16), choices=REPORTING_DEPARTMENTS)
    phone: Mapped[str] = field("电话", String(32), secret="phone")
    content: Mapped[text] = field("报修内容")
    safety: Mapped[bool] = field("安全设施维修", default=False)
    leak: Mapped[bool] = field("房屋渗漏水项目", default=False)
    leak_tested_at: Mapped[datetime | None] = field("试漏时间")
    recheck_passed: Mapped[bool | None] = field("维修部复检合格", note="房屋整改：复检合格才约业主验收")
    accept_at: Mapped[datetime | None] = field("约定验收时间", note="房屋整改：复检合格后由客服与业主约定")
    reported_at: Mapped[datetime] = field("报修时间")
    appointment_at: Mapped[datetime | None] = field("预约时间")
    issued_by_id: Mapped[int | None] = field("签发值班人员", ForeignKey("staff.id"), index=True, picker="staff")
    issued_at: Mapped[datetime | None] = field("出单时间", index=True)
    technician_id: Mapped[int | None] = field("责任人", ForeignKey("staff.id"), index=True, picker="staff")
    received_by_id: Mapped[int | None] = field("接单人", ForeignKey("staff.id"), index=True, picker="staff")
    received_at: Mapped[datetime | None] = field("接单时间")
    at_door_at: Mapped[datetime | None] = field("到楼门时间")
    on_site_at: Mapped[datetime | None] = field("到场时间")
    started_at: Mapped[datetime | None] = field("开工时间")
    done_at: Mapped[datetime | None] = field("完工时间")
    result: Mapped[text | None] = field("处理结果")
    no_material: Mapped[bool] = field("未用材料", default=False)
    labour_fee: Mapped[Decimal | None] = field("人工费", Money())
    fee: Mapped[Decimal | None] = field("费用", Money())
    signer: Mapped[short | None] = field("签认人")
    signer_kind: Mapped[str | None] = field("签认人身份", String(24), choices=SIGNER_KINDS)
    signer_adult: Mapped[bool] = field("家中成年人", default=False)
    signed_at: Mapped[datetime | None] = field("签认时间")
    proven_at: Mapped[datetime | None] = field("收到完工证明时间")
    refusals: Mapped[int] = field("拒签次数", default=0)
    copy1_at: Mapped[datetime | None] = field("第一联交付")
    copy2_at: Mapped[datetime | None] = field("第二联工程部自存")
    copy3_at: Mapped[datetime | None] = field("第三联交客服部")
    returned_to_duty_at: Mapped[datetime | None] = field("回值班室待命时间")
    archived_at: Mapped[datetime | None] = field("归档时间")
    late_reason: Mapped[line | None] = field("后补原因")

    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    rework_of: Mapped["WorkOrder | None"] = relationship(foreign_keys=[rework_of_id], remote_side="WorkOrder.id")
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    zone: Mapped[Building | None] = relationship(foreign_keys=[zone_id])
    technician: Mapped[Staff | None] = relationship(foreign_keys=[technician_id])
    received_by: Mapped[Staff | None] = relationship(foreign_keys=[received_by_id])
    issued_by: Mapped[Staff | None] = relationship(foreign_keys=[issued_by_id])
    materials: Mapped[list["WorkOrderMaterial"]] = relationship(
        back_populates="order", foreign_keys="WorkOrderMaterial.order_id", order_by="WorkOrderMaterial.line_no"
    )

    @property
    def where(self) -> str:
        """房号 or 故障点, as people say it."""
        return self.unit.code if self.unit else (self.place or "")


class WorkOrderMaterial(Record):
    """One line of material used on a slip; the fee is computed, never typed."""

    __tablename__ = "work_order_material"
    __label__ = "工单用料"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("uq_work_order_material_order_id_line_no", "order_id", "line_no", unique=True),
    )
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    order_id: Mapped[int] = field("工作任务单", ForeignKey("work_order.id"), index=True, picker="work_order")
    line_no: Mapped[int] = field("行")
    name: Mapped[line] = field("材料名称及规格")
    measure: Mapped[str] = field("单位", String(16), default="个")
    quantity: Mapped[Decimal] = field("数量", Quantity())
    price: Mapped[Decimal | None] = field("单价", Money())
    amount: Mapped[Decimal | None] = field("金额", Money())

    order: Mapped[WorkOrder] = relationship(back_populates="materials", foreign_keys=[order_id])
