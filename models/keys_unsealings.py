"""启封 (KeyUnsealing): the only way into a sealed envelope, from the request to the owner's new seal."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import AppendOnly, Record, field, line, short, text
from models.document import Document, Series
from models.keys import KeyItem
from models.keys_deposits import KeyEnvelope
from models.lifecycle import Lifecycle, move
from models.people import Staff

DANGERS = {"life": "人身安全", "fire": "火灾", "water": "水浸、漏水", "gas": "燃气泄漏"}


class KeyUnsealing(Document):
    """One opening of a sealed envelope (业户封存钥匙启用审批单) and everything that came of it."""

    __tablename__ = "key_unsealing"
    __label__ = "封存钥匙启用"
    __table_args__ = (
        CheckConstraint("seal_intact IS NOT NULL OR opened_at IS NULL", name="opened_was_looked_at"),
        Index(
            "uq_key_unsealing_key_id",
            "key_id",
            unique=True,
            sqlite_where=sql("state IN ('asked', 'agreed', 'approved', 'opened', 'in_use', 'to_reseal')"),
            postgresql_where=sql("state IN ('asked', 'agreed', 'approved', 'opened', 'in_use', 'to_reseal')"),
        ),
    )
    series = Series("QF")
    lifecycle = Lifecycle(
        {
            "asked": "待业户同意",
            "agreed": "待审批",
            "approved": "待启封",
            "opened": "已启封",
            "in_use": "使用中",
            "to_reseal": "待重新封存",
            "resealed": "已重新封存",
            "refused": "业户不同意",
            "declined": "经理不批准",
            "withdrawn": "已撤回",
            "taken": "业户收回",
            "odd": "异常",
        },
        [
            move("owner_agrees", "asked", "agreed", "业户同意", form="call", rule="KEY-50"),
            move("owner_refuses", "asked", "refused", "业户不同意", form="call", danger=True, rule="KEY-47"),
            move("not_reached", "asked", "asked", "未接通", form="call", rule="KEY-50"),
            move("go_up", "asked", "agreed", "多次未接通，呈报经理", form="go_up", rule="KEY-50"),
            move("approve", "agreed", "approved", "批准启封", form="approve", rule="KEY-48"),
            move("decline", "agreed", "declined", "不批准", form="reason", reason=True, danger=True, rule="KEY-48"),
            move("open", "approved", "opened", "启封", form="open", rule="KEY-49"),
            move("enter", "opened", "in_use", "进入房间", form="enter", rule="KEY-51"),
            move("bring_back", "opened in_use", "to_reseal", "交还清点", form="bring_back", rule="KEY-52"),
            move("reseal", "to_reseal", "resealed", "业户重新封存", form="reseal", rule="KEY-52"),
            move("owner_takes", "to_reseal", "taken", "业户收回", form="owner_takes", rule="KEY-52"),
            move(
                "withdraw",
                "asked agreed approved",
                "withdrawn",
                "撤回申请",
                form="reason",
                reason=True,
                danger=True,
                rule="KEY-46",
            ),
            move(
                "go_wrong", "asked agreed approved opened in_use to_reseal", "odd", "转异常", system=True, rule="KEY-54"
            ),
        ],
        frozen=(
            [
                "asked",
                "agreed",
                "approved",
                "opened",
                "in_use",
                "to_reseal",
                "resealed",
                "refused",
                "declined",
                "withdrawn",
                "taken",
                "odd",
            ]
        ),
        tones={
            "asked": "wait",
            "agreed": "wait",
            "approved": "wait",
            "opened": "late",
            "in_use": "open",
            "to_reseal": "wait",
            "resealed": "done",
            "refused": "void",
            "declined": "void",
            "withdrawn": "void",
            "taken": "void",
            "odd": "late",
        },
        path=("asked", "agreed", "approved", "opened", "in_use", "to_reseal", "resealed"),
    )
    always_open = frozenset(
        [
            "owner_contacted_at",
            "owner_reply",
            "owner_informed_at",
            "decision",
            "decided_at",
            "decided_by_id",
            "opened_at",
            "opened_by_id",
            "seal_intact",
            "contents_before",
            "entered_at",
            "entry_record",
            "left_at",
            "contents_after",
            "returned_at",
            "closed_at",
            "new_envelope_id",
        ]
    )

    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    envelope_id: Mapped[int] = field("信封", ForeignKey("key_envelope.id"), index=True, picker="key_envelope")
    reason: Mapped[text] = field("启用原因")
    user: Mapped[short] = field("谁用钥匙", note="使用人姓名和部门；业户以外的人使用须业户同意")
    danger: Mapped[str | None] = field("突发事件", String(16), choices=DANGERS)
    owner_contacted_at: Mapped[datetime | None] = field("联系时间")
    owner_reply: Mapped[str | None] = field(
        "业户答复", String(16), choices={"agreed": "同意", "refused": "不同意", "unreached": "未接通"}
    )
    owner_informed_at: Mapped[datetime | None] = field("事后告知业户时间")
    decision: Mapped[text | None] = field("经理审批意见")
    decided_at: Mapped[datetime | None] = field("审批时间")
    decided_by_id: Mapped[int | None] = field("审批人", ForeignKey("staff.id"), index=True, picker="staff")
    opened_at: Mapped[datetime | None] = field("启封时间", index=True)
    opened_by_id: Mapped[int | None] = field("启封人", ForeignKey("staff.id"), index=True, picker="staff")
    seal_intact: Mapped[bool | None] = field("启封前封口完好")
    contents_before: Mapped[short | None] = field("启封清点")
    entered_at: Mapped[datetime | None] = field("进入时间")
    entry_record: Mapped[text | None] = field("进入记录", note="做了什么、动了什么、离开时的情况")
    left_at: Mapped[datetime | None] = field("离开时间")
    contents_after: Mapped[short | None] = field("交还清点")
    returned_at: Mapped[datetime | None] = field("交还时间")
    new_envelope_id: Mapped[int | None] = field(
        "新信封", ForeignKey("key_envelope.id"), index=True, picker="key_envelope"
    )
    closed_at: Mapped[datetime | None] = field("重新封存时间")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])
    envelope: Mapped[KeyEnvelope] = relationship(foreign_keys=[envelope_id])
    new_envelope: Mapped[KeyEnvelope | None] = relationship(foreign_keys=[new_envelope_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
    opened_by: Mapped[Staff | None] = relationship(foreign_keys=[opened_by_id])
    entries: Mapped[list["KeyEntry"]] = relationship(
        back_populates="unsealing", foreign_keys="KeyEntry.unsealing_id", order_by="KeyEntry.id"
    )

    @property
    def where(self) -> str:
        """房号."""
        return self.key.where


class KeyEntry(AppendOnly, Record):
    """One person who entered the flat (进入人员); there are never fewer than two (004-8§4.4(1)⑤)."""

    __tablename__ = "key_entry"
    __label__ = "进入人员"
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    unsealing_id: Mapped[int] = field("启用单", ForeignKey("key_unsealing.id"), index=True, picker="key_unsealing")
    staff_id: Mapped[int | None] = field("员工", ForeignKey("staff.id"), index=True, picker="staff")
    name: Mapped[short] = field("姓名")
    role: Mapped[line | None] = field("身份")

    unsealing: Mapped[KeyUnsealing] = relationship(back_populates="entries", foreign_keys=[unsealing_id])
