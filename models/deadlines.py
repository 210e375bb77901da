"""What runs against time: clocks on papers, obligations of a period, alerts delivered, the work calendar."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from models import clock
from models.base import Base, Record, field, line, short

DAY_KINDS = {"work": "工作日", "rest": "休息日", "holiday": "法定节假日", "shifted": "调休上班"}


class WorkDay(Record):
    """An edited day of the 工作日历; days without a row follow the bundled calendar."""

    __tablename__ = "work_day"
    __label__ = "工作日历"
    __table_args__ = (UniqueConstraint("org_id", "day"),)
    org_id: Mapped[int] = field("单位", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    day: Mapped[date] = field("日期", index=True)
    kind: Mapped[str] = field("类别", String(16), choices=DAY_KINDS)
    holiday: Mapped[short | None] = field("节日")


class Clock(Base):
    """One running or stopped clock on one paper. Overdue is a query on `due_at`, never a state."""

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("noun", "row_id", "deadline"),
        Index("ix_clock_waiting", "stopped_at", "next_rung_at"),
        Index("ix_clock_org_id_due", "org_id", "stopped_at", "due_at"),
    )
    id: Mapped[int] = field("序号", primary_key=True)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True)
    noun: Mapped[str] = field("登记", String(64))
    row_id: Mapped[int] = field("记录")
    deadline: Mapped[str] = field("时限编号", String(16), index=True)
    started_at: Mapped[datetime] = field("起算时间")
    due_at: Mapped[datetime] = field("到期时间")
    stopped_at: Mapped[datetime | None] = field("停止时间")
    next_rung_at: Mapped[datetime | None] = field("下次提醒")
    rung: Mapped[int] = field("已到级数", default=0)
    round: Mapped[int] = field("轮次", default=0, note="改约、再次告知后重新计时，加一")


class Rung(Base):
    """A rung that was reached, dated at its threshold, and whose responsibility it became."""

    __tablename__ = "rung"
    __table_args__ = (
        UniqueConstraint("clock_id", "round", "rung"),
        UniqueConstraint("obligation_id", "rung"),
        CheckConstraint("(clock_id IS NULL) <> (obligation_id IS NULL)", name="one_source"),
    )
    id: Mapped[int] = field("序号", primary_key=True)
    clock_id: Mapped[int | None] = field("时限", ForeignKey("clock.id"), index=True)
    obligation_id: Mapped[int | None] = field("事项", ForeignKey("obligation.id"), index=True)
    round: Mapped[int] = field("轮次", default=0)
    rung: Mapped[int] = field("级数")
    post: Mapped[str] = field("岗位", String(32))
    at: Mapped[datetime] = field("到达时间")
    told_at: Mapped[datetime] = field("通知时间", default=lambda: clock.now())


class Obligation(Base):
    """What must exist by a time in a period (月报, 清点, 排班); closed by the record that fulfils it."""

    __tablename__ = "obligation"
    __table_args__ = (UniqueConstraint("duty", "org_id", "period"), Index("ix_obligation_open", "closed_at", "due_at"))
    id: Mapped[int] = field("序号", primary_key=True)
    duty: Mapped[str] = field("事项", String(16), index=True)
    org_id: Mapped[int] = field("单位", ForeignKey("org_unit.id"), index=True)
    period: Mapped[str] = field("期间", String(16))
    due_at: Mapped[datetime] = field("到期时间")
    next_rung_at: Mapped[datetime | None] = field("下次提醒", index=True)
    rung: Mapped[int] = field("已到级数", default=0)
    closed_at: Mapped[datetime | None] = field("完成时间")
    closed_noun: Mapped[str | None] = field("完成登记", String(64))
    closed_row_id: Mapped[int | None] = field("完成记录")


class Alert(Base):
    """What was delivered to whom (待办提醒), once per person and rung, and when they acknowledged it."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("staff_id", "source", "source_id", "rung"),
        Index("ix_alert_open", "staff_id", "acknowledged_at"),
        Index("ix_alert_noun_row_id", "noun", "row_id", "staff_id"),
    )
    id: Mapped[int] = field("序号", primary_key=True)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True)
    staff_id: Mapped[int] = field("收件人", ForeignKey("staff.id"), index=True)
    post: Mapped[str] = field("岗位", String(32), default="")
    source: Mapped[str] = field("来源", String(16))
    source_id: Mapped[int] = field("来源编号")
    rung: Mapped[int] = field("级数", default=0)
    deadline: Mapped[str] = field("时限编号", String(16), default="")
    noun: Mapped[str] = field("登记", String(64), default="")
    row_id: Mapped[int | None] = field("记录")
    title: Mapped[line] = field("标题")
    body: Mapped[str] = field("内容", String(500), default="")
    at: Mapped[datetime] = field("到点时间")
    delivered_at: Mapped[datetime] = field("送达时间", default=lambda: clock.now())
    acknowledged_at: Mapped[datetime | None] = field("确认时间")


class Incident(Record):
    """The one record of refusals, violations, mismatches and losses."""

    __tablename__ = "incident"
    __label__ = "异常记录"
    __table_args__ = (Index("ix_incident_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    kind: Mapped[str] = field(
        "性质",
        String(32),
        choices={
            "refused": "操作被拒",
            "violation": "违反制度",
            "mismatch": "不符",
            "loss": "丢失",
            "late_entry": "后补登记",
        },
    )
    rule: Mapped[str | None] = field("依据", String(32))
    noun: Mapped[str] = field("登记", String(64), default="")
    row_id: Mapped[int | None] = field("记录")
    staff_id: Mapped[int | None] = field("当事人", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("时间", default=lambda: clock.now(), index=True)
    body: Mapped[str] = field("情况", String(500))
