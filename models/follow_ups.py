"""回访 (FollowUp): the call or visit after the work, inside its window, scored 1 to 5."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models.base import field, short, text
from models.document import Document, Series
from models.estate import Unit
from models.lifecycle import Lifecycle, move
from models.tickets import Ticket
from models.work_orders import WorkOrder

FOLLOW_UP_KINDS = {
    "complaint": "投诉事件",
    "repair": "维修工程",
    "contract": "特约服务",
    "help": "求助服务",
    "rescue": "急救病人",
    "press": "报刊、杂志",
    "event": "文体活动",
    "other": "其他管理服务工作",
}
METHODS = {"talk": "与住户面谈", "look": "现场查看", "phone": "电话回访", "visit": "上门"}


class FollowUp(Document):
    """One follow-up (回访记录) of a ticket or a slip; its pages are numbered without a gap and never torn out."""

    __tablename__ = "follow_up"
    __label__ = "回访"
    searched = ("number", "customer")
    __table_args__ = (
        CheckConstraint("satisfaction IS NULL OR satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_follow_up_state_due", "state", "due_at"),
        Index("ix_follow_up_org_id_state", "org_id", "state"),
    )
    series = Series("HF")
    lifecycle = Lifecycle(
        {"pending": "待回访", "passed": "合格", "failed": "不合格", "void": "作废"},
        [
            move("pass_", "pending", "passed", "回访合格", form="follow_up", rule="TKT-09"),
            move("fail", "pending", "failed", "回访不合格", form="follow_up", danger=True, rule="RV-23"),
            move("cancel", "pending", "void", "作废", form="reason", reason=True, danger=True, rule="RV-27"),
        ],
        frozen=("passed", "failed", "void"),
        tones={"pending": "wait", "passed": "done", "failed": "late", "void": "void"},
        path=("pending", "passed"),
    )

    kind: Mapped[str] = field("类别", String(16), choices=FOLLOW_UP_KINDS)
    ticket_id: Mapped[int | None] = field("报事", ForeignKey("ticket.id"), index=True, picker="ticket")
    order_id: Mapped[int | None] = field("工作任务单", ForeignKey("work_order.id"), index=True, picker="work_order")
    unit_id: Mapped[int | None] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    customer: Mapped[short] = field("住户")
    phone: Mapped[str | None] = field("电话", String(32), secret="phone")
    proven_at: Mapped[datetime] = field("完工证明时间")
    earliest_at: Mapped[datetime] = field("最早时间")
    due_at: Mapped[datetime] = field("期限")
    overdue_at: Mapped[datetime] = field("逾期界限")
    method: Mapped[str | None] = field("方式", String(16), choices=METHODS)
    at: Mapped[datetime | None] = field("回访时间")
    visitor_id: Mapped[int | None] = field("回访人员", ForeignKey("staff.id"), index=True, picker="staff")
    quality: Mapped[text | None] = field("质量评价")
    effect: Mapped[text | None] = field("服务效果的评价")
    satisfaction: Mapped[int | None] = field("住户的满意程度评价", choices={n: f"{n} 分" for n in range(1, 6)})
    defects: Mapped[text | None] = field("缺点与不足评价")
    suggestion: Mapped[text | None] = field("住户建议的征集")
    on_request: Mapped[bool] = field("应住户要求的时间", default=False, note="休息时段回访须为住户要求")
    call_minute: Mapped[datetime | None] = field("电话时间")

    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    order: Mapped[WorkOrder | None] = relationship(foreign_keys=[order_id])
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
