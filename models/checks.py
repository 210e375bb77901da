"""报事抽查 (TicketCheck): one drawn ticket, or one matter found unregistered, of a month's sample."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import Record, field, line, text
from models.people import Staff
from models.tickets import Ticket

CHECK_LEVELS = {"area": "片区", "quality": "品质管理中心"}
GRADES = {"good": "合格", "minor": "不合格", "serious": "严重不合格"}


class TicketCheck(Record):
    """One ticket drawn for a month's sampled check (抽查) by the area or the quality centre.

    `seed` and `pool` let anybody draw again and find the same tickets; a row without a ticket is a matter that was
    never registered.
    """

    __tablename__ = "ticket_check"
    __label__ = "报事抽查"
    __table_args__ = (
        UniqueConstraint("org_id", "period", "level", "ticket_id"),
        CheckConstraint("ticket_id IS NOT NULL OR matter IS NOT NULL", name="ticket_or_matter"),
        CheckConstraint("(checked_at IS NULL) = (grade IS NULL)", name="checked_is_graded"),
    )
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    period: Mapped[str] = field("月份", String(8), note="如 2026-11")
    level: Mapped[str] = field("层级", String(8), choices=CHECK_LEVELS)
    ticket_id: Mapped[int | None] = field("报事", ForeignKey("ticket.id"), index=True, picker="ticket")
    matter: Mapped[line | None] = field("未登记的事项", note="没有登记报事的，写明时间、房号和事项")
    seed: Mapped[str] = field("抽样种子", String(48), default="")
    pool: Mapped[int] = field("可抽单数", default=0)
    drawn_at: Mapped[datetime] = field("抽取时间", default=lambda: clock.now())
    drawn_by_id: Mapped[int | None] = field("抽取人", ForeignKey("staff.id"), index=True, picker="staff")
    checked_at: Mapped[datetime | None] = field("检查时间")
    checked_by_id: Mapped[int | None] = field("检查人", ForeignKey("staff.id"), index=True, picker="staff")
    grade: Mapped[str | None] = field("结论", String(16), choices=GRADES)
    finding: Mapped[text | None] = field("发现")

    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    checked_by: Mapped[Staff | None] = relationship(foreign_keys=[checked_by_id])

    def __str__(self) -> str:
        return f"抽查 {self.period} {CHECK_LEVELS[self.level]} {self.ticket.number if self.ticket else '未登记事项'}"
