"""A project's own value of a 制度参数 (Policy) from a moment on."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from models import clock
from models.base import Record, field, line


class PolicyValue(Record):
    """One setting in one unit from a moment on; the nearest ancestor's newest value wins."""

    __tablename__ = "policy_value"
    __label__ = "制度参数"
    __table_args__ = (Index("ix_policy_value_lookup", "key", "org_id", "effective_from"),)

    org_id: Mapped[int] = field("单位", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    key: Mapped[str] = field("参数", String(64), index=True)
    value: Mapped[Any] = field("取值", JSON)
    effective_from: Mapped[datetime] = field("生效时间")
    made_by_id: Mapped[int] = field("修改人", ForeignKey("staff.id"), index=True, picker="staff")
    made_at: Mapped[datetime] = field("修改时间", default=lambda: clock.now())
    reason: Mapped[line] = field("修改原因")
