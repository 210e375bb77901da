"""报事 (Ticket), 来电来访记录 (CallRecord): what residents ask for, row by row of the 《客户信息记录表》."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, event, inspect
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import field, line, short, text
from models.document import Document, Series
from models.estate import Resident, Unit
from models.lifecycle import Lifecycle, move
from models.people import Staff
from models.posts import DEPARTMENTS

CHANNELS = {
    "call": "来电",
    "visit": "来访",
    "letter": "来函",
    "patrol": "巡查",
    "web": "网络",
    "wechat": "微信",
}
TICKET_KINDS = {
    "inquiry": "咨询",
    "repair": "报修",
    "help": "求助",
    "service": "服务需求",
    "application": "申请",
    "suggestion": "建议",
    "complaint": "投诉",
}
CALL_KINDS = {"in": "来电", "visit": "来访", "out": "去电", "patrol": "巡视"}
PRIORITIES = {"normal": "一般", "urgent": "紧急", "severe": "严重影响客户生活品质"}


class Ticket(Document):
    """A matter a resident brought (报事); whoever took it first follows it to its end."""

    __tablename__ = "ticket"
    __label__ = "报事"
    searched = ("number", "content", "customer", "place")
    __table_args__ = (
        CheckConstraint("unit_id IS NOT NULL OR place IS NOT NULL", name="unit_or_place"),
        CheckConstraint("score IS NULL OR score BETWEEN 1 AND 5", name="score"),
        Index("ix_ticket_unit_id_state", "unit_id", "state"),
        Index("ix_ticket_org_id_state", "org_id", "state"),
    )
    series = Series("BS")
    lifecycle = Lifecycle(
        {
            "registered": "已登记",
            "appointed": "已预约",
            "dispatched": "已派单",
            "processing": "处理中",
            "to_follow_up": "待回访",
            "closed": "已关闭",
            "solved": "已完成",
            "void": "已作废",
        },
        [
            move("solve", "registered", "solved", "当场解决", form="solve", rule="FIRST-01"),
            move("appoint", "registered appointed dispatched", "appointed", "预约", form="appoint", rule="TKT-05"),
            move("pass_on", "registered appointed", "dispatched", "转部门处理", form="pass_on", rule="FIRST-02"),
            move(
                "dispatch",
                "registered appointed dispatched processing to_follow_up",
                "dispatched",
                "派单",
                system=True,
                rule="TKT-04",
            ),
            move("process", "dispatched appointed processing", "processing", "到场处理", system=True, rule="TKT-06"),
            move("report_arrival", "dispatched", "processing", "部门到场反馈", form="report_arrival", rule="TKT-06"),
            move("complete", "dispatched processing appointed", "to_follow_up", "维修完成", system=True, rule="TKT-08"),
            move("finish", "dispatched processing", "to_follow_up", "办结", form="finish", rule="TKT-08"),
            move("close", "to_follow_up", "closed", "回访合格关闭", system=True, rule="TKT-09"),
            move("rework", "to_follow_up", "dispatched", "回访不合格返工", system=True, rule="RV-23"),
            move("transfer", "to_follow_up", "closed", "转投诉", system=True, rule="TKT-09"),
            move(
                "cancel",
                "registered appointed dispatched",
                "void",
                "作废",
                form="cancel",
                reason=True,
                danger=True,
                rule="BASE-05",
            ),
            move("withdraw", "dispatched processing", "registered", "工单取消，退回登记", system=True, rule="BASE-05"),
        ],
        frozen=("closed", "solved", "void"),
        tones={
            "appointed": "open",
            "dispatched": "open",
            "processing": "open",
            "to_follow_up": "wait",
            "closed": "done",
            "solved": "done",
            "void": "void",
        },
        path=("registered", "dispatched", "processing", "to_follow_up", "closed"),
    )
    always_open = frozenset({"closed_at", "last_informed_at"})

    channel: Mapped[str] = field("来源", String(16), choices=CHANNELS)
    received_at: Mapped[datetime] = field("受理时间", default=lambda: clock.now(), index=True)
    unit_id: Mapped[int | None] = field("地址", ForeignKey("unit.id"), index=True, picker="unit")
    place: Mapped[short | None] = field("地点", note="公共部位，没有房号时填")
    resident_id: Mapped[int | None] = field("住户", ForeignKey("resident.id"), index=True, picker="resident")
    customer: Mapped[short] = field("业主姓名")
    reporter: Mapped[short | None] = field("报事人", note="不是业主本人时填")
    reporter_phone: Mapped[str] = field("报事人电话", String(32), secret="phone")
    kind: Mapped[str] = field("类别", String(16), choices=TICKET_KINDS, index=True)
    content: Mapped[text] = field("报事内容")
    read_back: Mapped[bool] = field("复述与业主核对", default=False)
    priority: Mapped[str] = field("轻重缓急", String(16), choices=PRIORITIES, default="normal")
    first_contact_id: Mapped[int] = field("首接人", ForeignKey("staff.id"), index=True, picker="staff")
    department: Mapped[str | None] = field("处理部门", String(16), choices=DEPARTMENTS)
    handler_id: Mapped[int | None] = field("责任人", ForeignKey("staff.id"), index=True, picker="staff")
    appointment_at: Mapped[datetime | None] = field("预约时间")
    passed_at: Mapped[datetime | None] = field("反馈时间")
    dispatched_at: Mapped[datetime | None] = field("派单时间")
    arrived_at: Mapped[datetime | None] = field("到场反馈时间")
    done_at: Mapped[datetime | None] = field("完工时间")
    proven_at: Mapped[datetime | None] = field("收到完工证明时间")
    signed_by: Mapped[short | None] = field("业主签名")
    solution: Mapped[text | None] = field("处理结果")
    score: Mapped[int | None] = field("满意度")
    last_informed_at: Mapped[datetime | None] = field("最近告知时间")
    closed_at: Mapped[datetime | None] = field("关闭时间")
    late_entry_reason: Mapped[line | None] = field("补登原因")
    arises_from_id: Mapped[int | None] = field("转自报事", ForeignKey("ticket.id"), index=True, picker="ticket")
    duplicate_of_id: Mapped[int | None] = field("并入报事", ForeignKey("ticket.id"), index=True, picker="ticket")
    transferred: Mapped[bool] = field("已转投诉", default=False)

    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    resident: Mapped[Resident | None] = relationship(foreign_keys=[resident_id])
    first_contact: Mapped[Staff] = relationship(foreign_keys=[first_contact_id])
    handler: Mapped[Staff | None] = relationship(foreign_keys=[handler_id])

    @property
    def where(self) -> str:
        """房号 or 地点, as people say it."""
        return self.unit.code if self.unit else (self.place or "")


@event.listens_for(Ticket, "before_update")
def _first_contact_stays(_mapper: object, _connection: object, ticket: Ticket) -> None:
    """The 首接人 never changes, whoever takes over the work (FIRST-03); the rules say so earlier and in Chinese."""
    if inspect(ticket).attrs.first_contact_id.history.deleted:
        raise RuntimeError(f"{ticket}: the first contact is never changed")


class CallRecord(Document):
    """One call or visit (来电来访记录), whether or not a 报事 came of it."""

    __tablename__ = "call_record"
    __label__ = "来电来访"
    searched = ("number", "party", "content")
    __table_args__ = (
        CheckConstraint("answered_now OR callback IS NOT NULL OR kind = 'patrol'", name="callback_when_open"),
    )
    series = Series("LD")
    lifecycle = Lifecycle(
        {"open": "待答复", "answered": "已答复", "ticketed": "已转报事", "void": "已作废"},
        [
            move("answer", "open", "answered", "答复", form="answer", rule="CALL-02"),
            move("settle", "open", "answered", "当场解答", system=True, rule="CALL-02"),
            move("make_ticket", "open", "ticketed", "转报事", system=True, rule="CALL-02"),
            move("cancel", "open", "void", "作废", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("answered", "ticketed", "void"),
        tones={"open": "wait", "answered": "done", "ticketed": "done", "void": "void"},
        path=("open", "answered"),
    )

    kind: Mapped[str] = field("来源", String(16), choices=CALL_KINDS)
    at: Mapped[datetime] = field("时间", default=lambda: clock.now(), index=True)
    party: Mapped[short] = field("对方的身份")
    unit_id: Mapped[int | None] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    content: Mapped[text] = field("内容", note="逐条记录对方要求，一行一条")
    answered_now: Mapped[bool] = field("当场解答", default=False)
    callback: Mapped[str | None] = field("联系方式", String(64), secret="phone", note="不能当场解答时必填")
    department: Mapped[str | None] = field("相关部门", String(16), choices=DEPARTMENTS)
    rings: Mapped[int | None] = field("铃响声数")
    urgent: Mapped[bool] = field("紧急", default=False, note="去电在休息时段时须为紧急")
    reception: Mapped[line | None] = field("接待步骤", note="来访：问明来意、确认身份、通报部门、引座、上茶")
    answered_at: Mapped[datetime | None] = field("答复时间")
    answer: Mapped[text | None] = field("答复内容")
    ticket_id: Mapped[int | None] = field("报事", ForeignKey("ticket.id"), index=True, picker="ticket")

    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
