"""Saved and shared views of a register (存为视图), and what a person chose to see."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Record, field, short


class SavedView(Record):
    """A named query of one register, private or shared with the unit."""

    __tablename__ = "saved_view"
    __label__ = "视图"
    __table_args__ = (UniqueConstraint("staff_id", "noun", "name"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    staff_id: Mapped[int] = field("所有人", ForeignKey("staff.id"), index=True, picker="staff")
    noun: Mapped[str] = field("登记", String(64), index=True)
    name: Mapped[short] = field("名称")
    query: Mapped[str] = field("查询条件", String(2000), default="")
    columns: Mapped[Any] = field("显示列", JSON, default=list)
    shared: Mapped[bool] = field("共享", default=False)
