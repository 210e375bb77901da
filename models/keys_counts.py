"""Counting keys (清点), handing custody over while the keeper is away, and the monthly report to 管理处经理."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import Record, field, line, short, text
from models.document import Document, Series
from models.keys import KeyCabinet, KeyItem
from models.lifecycle import Lifecycle, move
from models.people import Staff

COUNT_KINDS = {"daily": "每日清点", "monthly": "每月清点", "handover": "移交清点", "opening": "期初核点"}
HANDOVER_REASONS = {"shift": "交班", "leave": "休假", "transfer": "调岗", "quit": "离职", "takeover": "接管"}


class KeyCount(Document):
    """One count of a cabinet (钥匙清点): blind while it goes on, then its differences, never corrected away."""

    __tablename__ = "key_count"
    __label__ = "钥匙清点"
    __table_args__ = (
        Index(
            "uq_key_count_cabinet_id",
            "cabinet_id",
            unique=True,
            sqlite_where=sql("state = 'counting'"),
            postgresql_where=sql("state = 'counting'"),
        ),
        Index("ix_key_count_cabinet_id_kind", "cabinet_id", "kind", "finished_at"),
    )
    series = Series("QD")
    lifecycle = Lifecycle(
        {
            "counting": "清点中",
            "matched": "相符",
            "differs": "有差异",
            "reported": "差异已上报",
            "settled": "差异已处理",
            "void": "已作废",
        },
        [
            move("match", "counting", "matched", "清点相符", system=True, rule="KEY-28"),
            move("differ", "counting", "differs", "清点有差异", system=True, rule="KEY-28"),
            move("report", "differs", "reported", "上报差异", form="report", rule="KEY-28"),
            move("settle", "reported", "settled", "差异处理", form="settle", rule="KEY-28"),
            move("cancel", "counting", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("matched", "differs", "reported", "settled", "void"),
        tones={
            "counting": "open",
            "matched": "done",
            "differs": "late",
            "reported": "wait",
            "settled": "done",
            "void": "void",
        },
        path=("counting", "matched"),
    )
    always_open = frozenset(["explanation", "reported_at", "reported_to_id", "settlement", "settled_at"])

    cabinet_id: Mapped[int] = field("钥匙柜", ForeignKey("key_cabinet.id"), index=True, picker="key_cabinet")
    kind: Mapped[str] = field("清点种类", String(16), choices=COUNT_KINDS)
    handover_reason: Mapped[str | None] = field("移交原因", String(16), choices=HANDOVER_REASONS)
    finished_at: Mapped[datetime | None] = field("清点时间", index=True)
    expected: Mapped[int] = field("应有数", default=0)
    present: Mapped[int] = field("在柜数", default=0)
    on_loan: Mapped[int] = field("借出数", default=0)
    sealed_count: Mapped[int] = field("业户封存钥匙数", default=0)
    seals_intact: Mapped[bool | None] = field("封口完好")
    difference: Mapped[int] = field("差异", default=0)
    remark: Mapped[line | None] = field("说明")
    explanation: Mapped[text | None] = field("差异说明")
    reported_at: Mapped[datetime | None] = field("上报时间")
    reported_to_id: Mapped[int | None] = field("向谁上报", ForeignKey("staff.id"), index=True, picker="staff")
    settlement: Mapped[text | None] = field("处理意见")
    settled_at: Mapped[datetime | None] = field("处理时间")

    cabinet: Mapped[KeyCabinet] = relationship(foreign_keys=[cabinet_id])
    reported_to: Mapped[Staff | None] = relationship(foreign_keys=[reported_to_id])
    lines: Mapped[list["KeyCountLine"]] = relationship(
        back_populates="count", foreign_keys="KeyCountLine.count_id", order_by="KeyCountLine.id"
    )


class KeyCountLine(Record):
    """One tag as the counter found it, and, once the count is over, where it should have been."""

    __tablename__ = "key_count_line"
    __label__ = "清点明细"
    __table_args__ = (
        UniqueConstraint("count_id", "key_id"),
        CheckConstraint("qty >= 0", name="quantity"),
    )
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    count_id: Mapped[int] = field("清点单", ForeignKey("key_count.id"), index=True, picker="key_count")
    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    found: Mapped[bool] = field("见到", default=False)
    qty: Mapped[int] = field("实点数", default=0)
    seal_intact: Mapped[bool | None] = field("封口完好")
    expected_state: Mapped[str | None] = field("应在何处", String(32))
    expected_qty: Mapped[int | None] = field("应有数")
    difference: Mapped[short | None] = field("差异")

    count: Mapped[KeyCount] = relationship(back_populates="lines", foreign_keys=[count_id])
    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])


class KeyDelegation(Document):
    """Custody handed over while 客服负责人 is on leave (保管委托), on a count both sign (004-8§4.1(10))."""

    __tablename__ = "key_delegation"
    __label__ = "钥匙保管委托"
    __table_args__ = (CheckConstraint("leave_to >= leave_from", name="in_order"),)
    series = Series("WB")
    lifecycle = Lifecycle(
        {"draft": "待交接", "handed": "受托保管中", "ended": "已交回", "void": "已作废"},
        [
            move("hand_over", "draft", "handed", "清点移交", form="hand_over", rule="KEY-11"),
            move("take_back", "handed", "ended", "清点交回", form="take_back", rule="KEY-11"),
            move("cancel", "draft", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("handed", "ended", "void"),
        tones={"draft": "wait", "handed": "open", "ended": "done", "void": "void"},
        path=("draft", "handed", "ended"),
    )
    always_open = frozenset({"ended_at", "back_count_id"})

    lead_id: Mapped[int] = field("客服负责人", ForeignKey("staff.id"), index=True, picker="staff")
    delegate_id: Mapped[int] = field("委托专人", ForeignKey("staff.id"), index=True, picker="staff")
    leave_from: Mapped[date] = field("休假期间起")
    leave_to: Mapped[date] = field("休假期间止")
    approvals: Mapped[bool] = field("连同审批权", default=False, note="不勾选则只委托保管职责，不含批准")
    count_id: Mapped[int | None] = field("移交清点", ForeignKey("key_count.id"), index=True, picker="key_count")
    counted: Mapped[int | None] = field("清点数")
    handed_at: Mapped[datetime | None] = field("移交时间")
    back_count_id: Mapped[int | None] = field("交回清点", ForeignKey("key_count.id"), index=True, picker="key_count")
    ended_at: Mapped[datetime | None] = field("交回时间")

    lead: Mapped[Staff] = relationship(foreign_keys=[lead_id])
    delegate: Mapped[Staff] = relationship(foreign_keys=[delegate_id])


class KeyReport(Document):
    """The month's use of keys as it was reported to 管理处经理 (钥匙月报): loans, overdue, incidents, openings."""

    __tablename__ = "key_report"
    __label__ = "钥匙月报"
    __table_args__ = (UniqueConstraint("org_id", "period"),)
    series = Series("YB")
    lifecycle = Lifecycle(
        {"made": "待经理审阅", "read": "已审阅"},
        [move("read_", "made", "read", "审阅", form="read", rule="KEY-59")],
        frozen=("made", "read"),
        tones={"made": "wait", "read": "done"},
        path=("made", "read"),
    )
    always_open = frozenset({"opinion", "read_at"})

    period: Mapped[str] = field("月份", String(8), note="如 2026-11")
    figures: Mapped[Any] = field("指标", JSON, nullable=True, internal=True)
    opinion: Mapped[text | None] = field("经理意见")
    read_at: Mapped[datetime | None] = field("审阅时间")
