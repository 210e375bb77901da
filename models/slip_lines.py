"""What the lines of every paper of the stores have in common (单据行); they freeze with their paper."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, event
from sqlalchemy.orm import Mapped, Session, declared_attr, relationship

from models.base import Quantity, Record, field, line
from models.materials import Material


class SlipLine(Record):
    """What the lines of both slips have (单据行)."""

    __abstract__ = True
    slip: Any

    @declared_attr
    def org_id(cls) -> Mapped[int]:
        return field("所属", ForeignKey("org_unit.id"), index=True, picker="org_unit")

    line_no: Mapped[int] = field("行")

    @declared_attr
    def material_id(cls) -> Mapped[int]:
        return field("存货", ForeignKey("material.id"), index=True, picker="material")

    qty: Mapped[Decimal] = field("数量", Quantity())
    batch: Mapped[str | None] = field("批次", String(32))
    produced_on: Mapped[date | None] = field("生产日期")
    asset_no: Mapped[str | None] = field("设备/部位编号", String(32))
    remark: Mapped[line | None] = field("备注")

    @declared_attr
    def material(cls) -> Mapped[Material]:
        return relationship(Material, foreign_keys=[cls.material_id], lazy="joined")  # type: ignore[list-item]

    onhand: Any = None
    """What lies in the store now: put there by the page that shows the line."""

    @property
    def type_words(self) -> str:
        """规格型号."""
        return self.material.type_words

    @property
    def measure(self) -> str:
        """单位."""
        return self.material.measure


@event.listens_for(Session, "before_flush")
def _lines_freeze_with_their_slip(session: Session, _ctx: object, _objs: object) -> None:
    """Whoever changes a line of an approved or deleted slip is stopped here, whatever door they came by."""
    for row in (*session.new, *session.dirty, *session.deleted):
        touched = isinstance(row, SlipLine) and (row in session.deleted or session.is_modified(row))
        if touched and row.slip is not None and row.slip.is_frozen:
            raise RuntimeError(f"{row.slip}: its lines are neither changed nor deleted while it is {row.slip.state}")
