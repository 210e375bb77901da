"""钥匙 (KeyItem) and where they hang: cabinets (钥匙柜), one section (分区) per category, numbered hooks (挂位)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import Record, field, line, short
from models.document import Stateful
from models.estate import Unit
from models.lifecycle import Lifecycle, move
from models.people import Staff

KEY_KINDS = {
    "home_door": "进户门",
    "inner_door": "室内门",
    "entrance": "单元门/门禁卡",
    "mailbox": "信箱",
    "other": "其他",
}
CATEGORIES = {
    "entrusted": "业户委托钥匙",
    "vacant": "空房钥匙",
    "repair": "返修钥匙",
    "special": "特殊房间的钥匙",
    "cabinet": "钥匙柜钥匙",
}
#: Key numbers begin so; what hangs in a cabinet has one section per category, the cabinet's own key has none.
PREFIXES = {"entrusted": "WT", "vacant": "KF", "repair": "FX", "special": "TS", "cabinet": "GY"}
HUNG = {key: word for key, word in CATEGORIES.items() if key != "cabinet"}
#: The chain of a sealed envelope: only a 启封单, its deposit or an incident moves a key that is here.
CHAIN = ("sealed", "consent", "approval", "approved", "opened", "in_use", "to_reseal")
GONE = ("taken", "void")


class Bunch:
    """How many of each kind hang on one tag (钥匙类别及数量)."""

    home_door: Mapped[int] = field(KEY_KINDS["home_door"], default=0)
    inner_door: Mapped[int] = field(KEY_KINDS["inner_door"], default=0)
    entrance: Mapped[int] = field(KEY_KINDS["entrance"], default=0)
    mailbox: Mapped[int] = field(KEY_KINDS["mailbox"], default=0)
    other: Mapped[int] = field(KEY_KINDS["other"], default=0, note="储藏室、车库等")

    @property
    def kinds(self) -> dict[str, int]:
        """Kind → how many, none left out."""
        return {name: getattr(self, name) or 0 for name in KEY_KINDS}

    @property
    def total(self) -> int:
        """合计 (把)."""
        return sum(self.kinds.values())

    @property
    def kind_words(self) -> str:
        """「进户门 2、信箱 1，共 3 把」."""
        return bunch_words(self.kinds)


BUNCH = " ".join(KEY_KINDS)


def bunch_words(kinds: dict[str, int]) -> str:
    """「进户门 2、信箱 1，共 3 把」."""
    said = "、".join(f"{KEY_KINDS[name]} {n}" for name, n in kinds.items() if n)
    return f"{said}，共 {sum(kinds.values())} 把" if said else "0 把"


def bunch_checks(*more: Any) -> tuple[Any, ...]:
    """No kind below none, at least one key on the tag."""
    return (
        CheckConstraint(" AND ".join(f"{name} >= 0" for name in KEY_KINDS), name="kinds_not_negative"),
        CheckConstraint(f"{' + '.join(KEY_KINDS)} > 0", name="not_empty"),
        *more,
    )


class KeyCabinet(Record):
    """A locked cabinet (钥匙柜); its own key has a named keeper (002-3§2)."""

    __tablename__ = "key_cabinet"
    __label__ = "钥匙柜"
    __table_args__ = (UniqueConstraint("org_id", "name"), CheckConstraint("locked", name="is_locked"))

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    name: Mapped[short] = field("钥匙柜", note="如 一号钥匙柜")
    location: Mapped[short] = field("存放", note="放在哪里")
    locked: Mapped[bool] = field("上锁", default=True)
    custodian_id: Mapped[int] = field("柜钥匙专人保管", ForeignKey("staff.id"), index=True, picker="staff")
    active: Mapped[bool] = field("启用", default=True)

    custodian: Mapped[Staff] = relationship(foreign_keys=[custodian_id])
    sections: Mapped[list["KeySection"]] = relationship(
        back_populates="cabinet", foreign_keys="KeySection.cabinet_id", order_by="KeySection.position"
    )

    def __str__(self) -> str:
        return self.name


class KeySection(Record):
    """One section (分区) of a cabinet for one category of keys, with so many hooks and a keeper."""

    __tablename__ = "key_section"
    __label__ = "钥匙柜分区"
    __table_args__ = (
        UniqueConstraint("cabinet_id", "category"),
        CheckConstraint("hooks BETWEEN 1 AND 999", name="hooks"),
    )

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    cabinet_id: Mapped[int] = field("钥匙柜", ForeignKey("key_cabinet.id"), index=True, picker="key_cabinet")
    category: Mapped[str] = field("分区", String(16), choices=HUNG)
    position: Mapped[int] = field("次序", default=1, internal=True)
    hooks: Mapped[int] = field("挂位数", default=40)
    keeper_id: Mapped[int] = field("保管人", ForeignKey("staff.id"), index=True, picker="staff")

    cabinet: Mapped[KeyCabinet] = relationship(back_populates="sections", foreign_keys=[cabinet_id])
    keeper: Mapped[Staff] = relationship(foreign_keys=[keeper_id])

    def __str__(self) -> str:
        return f"{self.cabinet.name} {CATEGORIES[self.category]}"


class KeyItem(Bunch, Stateful):
    """One tag with its keys (a row of 《客服钥匙明细登记表》), lent whole; to lend part of it, split it first.

    Nobody edits it: receipts, loans, 启封单, counts and incidents move it, each with its signatures.
    """

    __tablename__ = "key_item"
    __label__ = "钥匙"
    __table_args__ = bunch_checks(
        UniqueConstraint("org_id", "key_no"),
        CheckConstraint("unit_id IS NOT NULL OR place IS NOT NULL", name="has_place"),
        CheckConstraint("receipt_id IS NOT NULL OR opening_id IS NOT NULL", name="was_received"),
        CheckConstraint("category = 'cabinet' OR section_id IS NOT NULL", name="hangs_in_a_section"),
        CheckConstraint("(section_id IS NULL) = (hook_no IS NULL)", name="section_and_hook"),
        Index(
            "uq_key_item_section_id_hook_no",
            "section_id",
            "hook_no",
            unique=True,
            sqlite_where=sql("state NOT IN ('taken', 'void')"),
            postgresql_where=sql("state NOT IN ('taken', 'void')"),
        ),
        Index("ix_key_item_org_id_state", "org_id", "state"),
    )
    lifecycle = Lifecycle(
        {
            "in_cabinet": "在柜",
            "lent": "已借出",
            "sealed": "已封存",
            "consent": "待业户同意",
            "approval": "待审批",
            "approved": "待启封",
            "opened": "已启封",
            "in_use": "使用中",
            "to_reseal": "待重新封存",
            "odd": "异常",
            "taken": "已领走",
            "void": "作废",
        },
        [
            move("rehang", "in_cabinet", "in_cabinet", "换挂位", form="rehang", rule="KEY-04"),
            move("split", "in_cabinet", "in_cabinet", "拆分", form="split", rule="KEY-30"),
            move("lend", "in_cabinet", "lent", "借出", system=True, rule="KEY-16"),
            move("come_back", "lent", "in_cabinet", "交还", system=True, rule="KEY-17"),
            move("seal", "in_cabinet", "sealed", "封存", system=True, rule="KEY-45"),
            move("ask", "sealed", "consent", "申请启用", system=True, rule="KEY-46"),
            move("agree", "consent", "approval", "业户同意", system=True, rule="KEY-50"),
            move("approve", "approval", "approved", "批准启封", system=True, rule="KEY-48"),
            move("stay", "consent approval approved", "sealed", "不启封", system=True, rule="KEY-46"),
            move("open", "approved", "opened", "启封", system=True, rule="KEY-48"),
            move("use", "opened", "in_use", "使用", system=True, rule="KEY-51"),
            move("bring", "opened in_use", "to_reseal", "交还", system=True, rule="KEY-52"),
            move("reseal", "to_reseal", "sealed", "重新封存", system=True, rule="KEY-52"),
            move("take_away", "in_cabinet sealed to_reseal", "taken", "领走", system=True, rule="KEY-39"),
            move(
                "go_wrong",
                "in_cabinet lent sealed consent approval approved opened in_use to_reseal",
                "odd",
                "登记异常",
                system=True,
                rule="KEY-54",
            ),
            move("mend", "odd", "in_cabinet", "恢复在柜", system=True, rule="KEY-54"),
            move("restore", "odd", "sealed", "恢复封存", system=True, rule="KEY-54"),
            move("scrap", "in_cabinet odd", "void", "作废", system=True, rule="KEY-54"),
        ],
        frozen=("lent", "sealed", "consent", "approval", "approved", "opened", "in_use", "taken", "void"),
        tones={
            "lent": "open",
            "sealed": "seal",
            "consent": "wait",
            "approval": "wait",
            "approved": "wait",
            "opened": "late",
            "in_use": "open",
            "to_reseal": "wait",
            "odd": "late",
            "taken": "void",
            "void": "void",
        },
        path=("in_cabinet",),
    )

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    key_no: Mapped[str] = field("钥匙号码", String(16), index=True)
    code: Mapped[str] = field("二维码", String(32), unique=True, internal=True)
    category: Mapped[str] = field("类别", String(16), choices=CATEGORIES, index=True)
    unit_id: Mapped[int | None] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    place: Mapped[short | None] = field("部位", note="特殊房间写房间名，如 一号配电房")
    department: Mapped[str | None] = field("所属部门", String(16), note="特殊房间：由该部门领导签字")
    section_id: Mapped[int | None] = field("分区", ForeignKey("key_section.id"), index=True, picker="key_section")
    hook_no: Mapped[int | None] = field("挂位")
    keeper_id: Mapped[int | None] = field("保管人", ForeignKey("staff.id"), index=True, picker="staff")
    received_from: Mapped[short] = field("送交人")
    received_on: Mapped[datetime] = field("收到时间")
    receipt_id: Mapped[int | None] = field("交接纪录", ForeignKey("key_receipt.id"), index=True, picker="key_receipt")
    opening_id: Mapped[int | None] = field("期初单", ForeignKey("key_opening.id"), index=True, picker="key_opening")
    deposit_id: Mapped[int | None] = field("寄存单", ForeignKey("key_deposit.id"), index=True, picker="key_deposit")
    split_from_id: Mapped[int | None] = field("拆自", ForeignKey("key_item.id"), index=True, picker="key_item")
    remark: Mapped[line | None] = field("备注")

    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    section: Mapped[KeySection | None] = relationship(foreign_keys=[section_id])
    keeper: Mapped[Staff | None] = relationship(foreign_keys=[keeper_id])

    @property
    def where(self) -> str:
        """房号 or 部位, as people say it."""
        return self.unit.code if self.unit else (self.place or "")

    @property
    def hook(self) -> str:
        """「一号钥匙柜 12」: where it hangs when it is at home."""
        return f"{self.section.cabinet.name} {self.hook_no}" if self.section else "专人保管"

    def __str__(self) -> str:
        return f"钥匙 {self.key_no}"
