"""How keys come in: 钥匙交接纪录 (KeyReceipt) and, once per cabinet, the 期初单 (KeyOpening)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from models.base import field, line, short
from models.document import Document, Series
from models.estate import Unit
from models.keys import CATEGORIES, Bunch, KeyCabinet, KeySection, bunch_checks
from models.lifecycle import Lifecycle, move
from models.people import Staff
from models.posts import DEPARTMENTS


class KeyReceipt(Bunch, Document):
    """One handing-in of keys (钥匙交接纪录); without one no key exists (002-3§1)."""

    __tablename__ = "key_receipt"
    __label__ = "钥匙交接纪录"
    __table_args__ = bunch_checks(CheckConstraint("unit_id IS NOT NULL OR place IS NOT NULL", name="has_place"))
    series = Series("SY")
    lifecycle = Lifecycle(
        {"draft": "待签收", "received": "已签收", "void": "已作废"},
        [
            move("receive", "draft", "received", "签收", form="receive", rule="KEY-01"),
            move("cancel", "draft", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("received", "void"),
        tones={"draft": "wait", "received": "done", "void": "void"},
        path=("draft", "received"),
    )
    always_open = frozenset({"received_by_id", "received_at"})

    category: Mapped[str] = field("类别", String(16), choices=CATEGORIES)
    unit_id: Mapped[int | None] = field("钥匙房间号", ForeignKey("unit.id"), index=True, picker="unit")
    place: Mapped[short | None] = field("部位", note="特殊房间、钥匙柜写名称")
    department: Mapped[str | None] = field("所属部门", String(16), choices=DEPARTMENTS, note="特殊房间的管理部门")
    section_id: Mapped[int | None] = field("分区", ForeignKey("key_section.id"), index=True, picker="key_section")
    hook_no: Mapped[int | None] = field("挂位", note="不填则挂在第一个空位")
    keeper_id: Mapped[int | None] = field("保管人", ForeignKey("staff.id"), index=True, picker="staff")
    deliverer: Mapped[short] = field("送交人姓名")
    from_department: Mapped[short] = field("送交部门", note="业户送交写“业户”")
    at: Mapped[datetime] = field("送交时间", index=True)
    late_reason: Mapped[line | None] = field("后补原因")
    remark: Mapped[line | None] = field("备注")
    received_by_id: Mapped[int | None] = field("接收人", ForeignKey("staff.id"), index=True, picker="staff")
    received_at: Mapped[datetime | None] = field("签收时间")

    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    section: Mapped[KeySection | None] = relationship(foreign_keys=[section_id])
    received_by: Mapped[Staff | None] = relationship(foreign_keys=[received_by_id])

    @property
    def where(self) -> str:
        """房号 or 部位."""
        return self.unit.code if self.unit else (self.place or "")


class KeyOpening(Document):
    """The opening stock of a cabinet (期初单): the keys there were before this register, signed by a count."""

    __tablename__ = "key_opening"
    __label__ = "钥匙期初单"
    series = Series("QC")
    lifecycle = Lifecycle(
        {"draft": "待核点", "confirmed": "已核点"},
        [move("confirm", "draft", "confirmed", "核点确认", system=True, rule="KEY-08")],
        frozen=("confirmed",),
        tones={"draft": "wait", "confirmed": "done"},
        path=("draft", "confirmed"),
    )
    always_open = frozenset({"confirmed_at"})

    cabinet_id: Mapped[int] = field("钥匙柜", ForeignKey("key_cabinet.id"), index=True, picker="key_cabinet")
    confirmed_at: Mapped[datetime | None] = field("核点时间")
    remark: Mapped[line | None] = field("备注")

    cabinet: Mapped[KeyCabinet] = relationship(foreign_keys=[cabinet_id])
