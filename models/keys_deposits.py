"""业户钥匙寄存 (KeyDeposit) and the sealed envelopes (KeyEnvelope) a deposited key lives in, one after the other."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import field, line, short
from models.document import Document, Series
from models.estate import Resident, Unit
from models.keys import Bunch, KeyItem, KeySection, bunch_checks
from models.lifecycle import Lifecycle, move
from models.people import Staff

PURPOSES = {"viewing": "出租看房", "emergency": "应急之用", "handover": "转交小时工或亲属"}
TERMS = {"long": "长期", "temporary": "暂时"}


class KeyDeposit(Bunch, Document):
    """An owner leaves keys with us (a line of 《业户钥匙寄存登记表》), open or sealed, until taken back."""

    __tablename__ = "key_deposit"
    __label__ = "业户钥匙寄存"
    __table_args__ = bunch_checks(
        CheckConstraint("term <> 'temporary' OR handover_to IS NOT NULL", name="temporary_names_whom"),
        CheckConstraint("NOT sealed OR seal_no IS NOT NULL", name="sealed_has_seal"),
    )
    series = Series("JC")
    lifecycle = Lifecycle(
        {"draft": "待签字", "kept": "寄存中", "withdrawn": "已收回", "void": "已作废"},
        [
            move("accept", "draft", "kept", "签字接收", form="accept", rule="KEY-09"),
            move("withdraw", "kept", "withdrawn", "业户收回", form="withdraw", rule="KEY-09"),
            move("give_up", "kept", "withdrawn", "随单据结束", system=True, rule="KEY-52"),
            move("cancel", "draft", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("kept", "withdrawn", "void"),
        tones={"draft": "wait", "kept": "open", "withdrawn": "done", "void": "void"},
        path=("draft", "kept", "withdrawn"),
    )
    always_open = frozenset({"withdrawn_at"})

    unit_id: Mapped[int] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    owner_id: Mapped[int] = field("业户", ForeignKey("resident.id"), index=True, picker="resident")
    phone: Mapped[str | None] = field("联系电话", String(32), secret="phone")
    identity_checked: Mapped[bool] = field("已核对业户身份", default=False)
    purpose: Mapped[str] = field("用途", String(16), choices=PURPOSES)
    term: Mapped[str] = field("期限", String(16), choices=TERMS, default="long")
    until_on: Mapped[date | None] = field("寄存至")
    handover_to: Mapped[short | None] = field("转交对象", note="暂时寄存：转交给哪位小时工或亲属")
    scope: Mapped[line | None] = field("授权使用范围")
    sealed: Mapped[bool] = field("封存", default=False, note="业户本人装入信封并在封口处签名")
    seal_no: Mapped[str | None] = field("封签号", String(32), note="封口贴上印的号码")
    section_id: Mapped[int] = field("分区", ForeignKey("key_section.id"), index=True, picker="key_section")
    hook_no: Mapped[int | None] = field("挂位", note="不填则挂在第一个空位")
    keeper_id: Mapped[int | None] = field(
        "保管人", ForeignKey("staff.id"), index=True, picker="staff", note="暂时寄存由客服负责人指定"
    )
    deposited_at: Mapped[datetime | None] = field("寄存时间", index=True)
    received_by_id: Mapped[int | None] = field("接收人", ForeignKey("staff.id"), index=True, picker="staff")
    withdrawn_at: Mapped[datetime | None] = field("收回时间")
    late_reason: Mapped[line | None] = field("后补原因")
    remark: Mapped[line | None] = field("备注")

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    owner: Mapped[Resident] = relationship(foreign_keys=[owner_id])
    section: Mapped[KeySection] = relationship(foreign_keys=[section_id])
    keeper: Mapped[Staff | None] = relationship(foreign_keys=[keeper_id])
    received_by: Mapped[Staff | None] = relationship(foreign_keys=[received_by_id])

    @property
    def where(self) -> str:
        """房号."""
        return self.unit.code


class KeyEnvelope(Bunch, Document):
    """One sealed envelope (封存信封): its number, its seal, what is in it; opened once, then another takes its place.

    It is frozen from its first moment: only a 启封单, the owner or an incident ends it.
    """

    __tablename__ = "key_envelope"
    __label__ = "封存信封"
    __table_args__ = bunch_checks(
        UniqueConstraint("org_id", "seal_no"),
        Index(
            "uq_key_envelope_key_id",
            "key_id",
            unique=True,
            sqlite_where=sql("state = 'sealed'"),
            postgresql_where=sql("state = 'sealed'"),
        ),
    )
    series = Series("XF")
    lifecycle = Lifecycle(
        {"sealed": "已封存", "opened": "已启封", "withdrawn": "业户收回", "odd": "异常"},
        [
            move("open", "sealed", "opened", "启封", system=True, rule="KEY-48"),
            move("withdraw", "sealed", "withdrawn", "业户收回", system=True, rule="KEY-09"),
            move("go_wrong", "sealed", "odd", "登记异常", system=True, rule="KEY-54"),
            move("restore", "odd", "sealed", "恢复封存", system=True, rule="KEY-54"),
        ],
        frozen=("sealed", "opened", "withdrawn", "odd"),
        tones={"sealed": "seal", "opened": "", "withdrawn": "void", "odd": "late"},
        path=("sealed", "opened"),
    )
    always_open = frozenset({"ended_at"})

    code: Mapped[str] = field("二维码", String(32), unique=True, internal=True)
    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    deposit_id: Mapped[int | None] = field("寄存单", ForeignKey("key_deposit.id"), index=True, picker="key_deposit")
    previous_id: Mapped[int | None] = field(
        "原信封", ForeignKey("key_envelope.id"), index=True, picker="key_envelope", unique=True
    )
    seal_no: Mapped[str | None] = field("封签号", String(32))
    sealed_by: Mapped[short] = field("封口签名人")
    sealed_at: Mapped[datetime] = field("封存时间", index=True)
    ended_at: Mapped[datetime | None] = field("启封或收回时间")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])
    deposit: Mapped[KeyDeposit | None] = relationship(foreign_keys=[deposit_id])
    previous: Mapped["KeyEnvelope | None"] = relationship(foreign_keys=[previous_id], remote_side="KeyEnvelope.id")

    @property
    def where(self) -> str:
        """房号."""
        return self.key.where
