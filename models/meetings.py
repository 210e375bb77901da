"""报事处理情况通报会 (Meeting): by month, quarter and year, its figures as they stood, what is done about them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import Record, field, line, short, text
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.people import OrgUnit, Staff

MEETING_KINDS = {"month": "月度", "quarter": "季度", "year": "年度"}


class Meeting(Document):
    """One meeting on the tickets of a past month, quarter or year; held once, then its figures stay as they are."""

    __tablename__ = "meeting"
    __label__ = "通报会"
    __table_args__ = (
        Index(
            "uq_meeting_org_id_kind_period",
            "org_id",
            "kind",
            "period",
            unique=True,
            sqlite_where=sql("state <> 'void'"),
            postgresql_where=sql("state <> 'void'"),
        ),
        CheckConstraint("state <> 'held' OR (held_at IS NOT NULL AND minutes IS NOT NULL)", name="held_has_minutes"),
    )
    series = Series("HY")
    lifecycle = Lifecycle(
        {"planned": "待召开", "held": "已召开", "void": "已作废"},
        [
            move("hold", "planned", "held", "召开并归档纪要", form="hold", rule="TKT-19"),
            move("cancel", "planned", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("held", "void"),
        tones={"planned": "wait", "held": "done", "void": "void"},
        path=("planned", "held"),
    )

    kind: Mapped[str] = field("会议", String(8), choices=MEETING_KINDS)
    period: Mapped[str] = field("通报期间", String(8), note="月 2026-10，季 2026Q3，年 2025")
    held_at: Mapped[datetime | None] = field("召开时间")
    place: Mapped[short | None] = field("地点")
    chair_id: Mapped[int | None] = field("主持人", ForeignKey("staff.id"), index=True, picker="staff")
    attendees: Mapped[line | None] = field("到会人员", note="姓名用顿号分开")
    minutes: Mapped[text | None] = field("会议纪要")
    figures: Mapped[Any] = field("指标", JSON, nullable=True, internal=True)

    org: Mapped[OrgUnit] = relationship(foreign_keys="Meeting.org_id")
    chair: Mapped[Staff | None] = relationship(foreign_keys=[chair_id])
    actions: Mapped[list["MeetingAction"]] = relationship(
        back_populates="meeting", foreign_keys="MeetingAction.meeting_id", order_by="MeetingAction.line_no"
    )


class MeetingAction(Record):
    """One corrective action (改进措施) a meeting decided: who does what by when, and how it came out."""

    __tablename__ = "meeting_action"
    __label__ = "改进措施"
    __table_args__ = (UniqueConstraint("meeting_id", "line_no"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    meeting_id: Mapped[int] = field("通报会", ForeignKey("meeting.id"), index=True, picker="meeting")
    line_no: Mapped[int] = field("行")
    measure: Mapped[line] = field("措施")
    owner_id: Mapped[int] = field("责任人", ForeignKey("staff.id"), index=True, picker="staff")
    due_on: Mapped[date] = field("完成期限")
    done_at: Mapped[datetime | None] = field("完成时间")
    result: Mapped[line | None] = field("完成情况")

    meeting: Mapped[Meeting] = relationship(back_populates="actions", foreign_keys=[meeting_id])
    owner: Mapped[Staff] = relationship(foreign_keys=[owner_id])

    def __str__(self) -> str:
        return self.measure
