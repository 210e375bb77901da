"""When a key is lost, broken or does not match (KeyIncident), copied (KeyCopyOrder), or its lock changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models.base import field, line, short, text
from models.document import Document, Series
from models.estate import Unit
from models.keys import Bunch, KeyItem, bunch_checks
from models.keys_loans import KeyLoan
from models.lifecycle import Lifecycle, move
from models.people import Staff

INCIDENT_KINDS = {"loss": "丢失", "damage": "损坏", "mismatch": "借出与收回不符", "long_out": "长期未归"}
MEASURES = {"recut": "补配钥匙", "change_lock": "换锁"}


class KeyIncident(Document):
    """A key that is lost, damaged, does not match or stays away (钥匙异常); solved the same day, then answered for."""

    __tablename__ = "key_incident"
    __label__ = "钥匙异常"
    __table_args__ = (
        Index(
            "uq_key_incident_key_id",
            "key_id",
            unique=True,
            sqlite_where=sql("state NOT IN ('resolved', 'settled')"),
            postgresql_where=sql("state NOT IN ('resolved', 'settled')"),
        ),
    )
    series = Series("YC")
    lifecycle = Lifecycle(
        {
            "reported": "已报告",
            "instructed": "已请示管理处经理",
            "consented": "业户已同意",
            "handling": "处理中",
            "resolved": "已解决",
            "settled": "责任已认定",
        },
        [
            move("instruct", "reported", "instructed", "经理批示", form="instruct", rule="KEY-54"),
            move("consent", "instructed", "consented", "业户同意", form="call", rule="KEY-54"),
            move("handle", "instructed consented", "handling", "采取措施", form="handle", rule="KEY-54"),
            move("resolve", "handling", "resolved", "处理完毕", form="resolve", rule="KEY-55"),
            move("find", "reported instructed consented handling", "resolved", "找回", form="find", rule="KEY-55"),
            move("settle", "resolved", "settled", "认定责任", form="settle", rule="KEY-58"),
        ],
        frozen=("resolved", "settled"),
        tones={
            "reported": "late",
            "instructed": "wait",
            "consented": "open",
            "handling": "open",
            "resolved": "done",
            "settled": "done",
        },
        path=("reported", "instructed", "consented", "handling", "resolved", "settled"),
    )
    always_open = frozenset({"responsible_id", "responsible", "verdict"})

    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    loan_id: Mapped[int | None] = field("借出单", ForeignKey("key_loan.id"), index=True, picker="key_loan")
    kind: Mapped[str] = field("性质", String(16), choices=INCIDENT_KINDS)
    found_at: Mapped[datetime] = field("发现时间", index=True)
    facts: Mapped[text] = field("经过")
    protection: Mapped[text] = field("防护措施", note="处理完之前怎样保证房屋安全")
    reported_to_lead_at: Mapped[datetime | None] = field("报告客服负责人时间")
    instruction: Mapped[text | None] = field("经理批示")
    manager_instructed_at: Mapped[datetime | None] = field("请示管理处经理时间")
    owner_consent_at: Mapped[datetime | None] = field("业户同意时间")
    measure: Mapped[str | None] = field("措施", String(16), choices=MEASURES)
    result: Mapped[text | None] = field("处理结果")
    resolved_at: Mapped[datetime | None] = field("解决时间")
    responsible_id: Mapped[int | None] = field("责任人", ForeignKey("staff.id"), index=True, picker="staff")
    responsible: Mapped[short | None] = field("责任人姓名", note="不是本公司员工时填写")
    verdict: Mapped[line | None] = field("责任认定")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])
    loan: Mapped[KeyLoan | None] = relationship(foreign_keys=[loan_id])
    responsible_staff: Mapped[Staff | None] = relationship(foreign_keys=[responsible_id])

    @property
    def where(self) -> str:
        """房号 or 部位."""
        return self.key.where


class KeyCopyOrder(Bunch, Document):
    """An order to cut more keys (钥匙复配申请); nobody copies a key without it (004-8§4.2(9))."""

    __tablename__ = "key_copy_order"
    __label__ = "钥匙复配申请"
    __table_args__ = bunch_checks()
    series = Series("FP")
    lifecycle = Lifecycle(
        {"asked": "待批准", "approved": "已批准", "done": "已复配", "declined": "不批准"},
        [
            move("approve", "asked", "approved", "批准复配", rule="KEY-35"),
            move("finish", "approved", "done", "复配入柜", form="finish", rule="KEY-35"),
            move(
                "decline",
                "asked approved",
                "declined",
                "不批准",
                form="reason",
                reason=True,
                danger=True,
                rule="KEY-35",
            ),
        ],
        frozen=("approved", "done", "declined"),
        tones={"asked": "wait", "approved": "open", "done": "done", "declined": "void"},
        path=("asked", "approved", "done"),
    )
    always_open = frozenset({"done_at", "result"})

    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    reason: Mapped[line] = field("复配原因")
    approved_at: Mapped[datetime | None] = field("批准时间")
    done_at: Mapped[datetime | None] = field("复配入柜时间")
    result: Mapped[line | None] = field("复配情况")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])

    @property
    def where(self) -> str:
        """房号 or 部位."""
        return self.key.where


class KeyLockChange(Document):
    """An owner changed the lock (换锁催交): the new key comes to us, the old one goes back, signed (004-8§4.1(3))."""

    __tablename__ = "key_lock_change"
    __label__ = "换锁催交"
    __table_args__ = (CheckConstraint("reminders >= 0", name="reminders"),)
    series = Series("HS")
    lifecycle = Lifecycle(
        {"waiting": "待交送新钥匙", "done": "完成", "void": "已作废"},
        [
            move("remind", "waiting", "waiting", "催促", form="call", rule="KEY-14"),
            move("finish", "waiting", "done", "收新交旧", form="finish", rule="KEY-14"),
            move("cancel", "waiting", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("done", "void"),
        tones={"waiting": "wait", "done": "done", "void": "void"},
        path=("waiting", "done"),
    )

    always_open = frozenset({"new_receipt_id"})

    key_id: Mapped[int] = field("原钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    changed_at: Mapped[datetime] = field("得知换锁时间")
    reminders: Mapped[int] = field("催促次数", default=0)
    reminded_at: Mapped[datetime | None] = field("最近催促时间")
    new_receipt_id: Mapped[int | None] = field(
        "新钥匙交接纪录", ForeignKey("key_receipt.id"), index=True, picker="key_receipt"
    )
    finished_at: Mapped[datetime | None] = field("收新交旧时间")
    remark: Mapped[line | None] = field("备注")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])

    @property
    def where(self) -> str:
        """房号."""
        return self.key.where


class RepairKeyPickup(Document):
    """An owner or who speaks for them takes a 返修钥匙 away for good (《返修钥匙领取登记表》)."""

    __tablename__ = "key_pickup"
    __label__ = "返修钥匙领取"
    __table_args__ = (CheckConstraint("qty > 0", name="quantity"),)
    series = Series("LQ")
    lifecycle = Lifecycle(
        {"draft": "待签领", "picked": "已领走", "void": "已作废"},
        [
            move("pick_up", "draft", "picked", "签领", form="pick_up", rule="KEY-39"),
            move("cancel", "draft", "void", "不予领取", form="reason", reason=True, danger=True, rule="KEY-37"),
        ],
        frozen=("picked", "void"),
        tones={"draft": "wait", "picked": "done", "void": "void"},
        path=("draft", "picked"),
    )

    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    unit_id: Mapped[int | None] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    qty: Mapped[int] = field("数量", default=1)
    picker_kind: Mapped[str] = field(
        "领取人类别", String(16), choices={"owner": "业户本人", "family": "业户家属", "agent": "代理人"}
    )
    picker: Mapped[short] = field("领取人")
    picker_phone: Mapped[str | None] = field("领取人电话", String(32), secret="phone")
    id_verified: Mapped[bool] = field("已核实身份", default=False)
    credential: Mapped[str | None] = field("证件", String(16), choices={"id_card": "身份证", "mandate": "业户委托书"})
    owner_call_at: Mapped[datetime | None] = field("电话问询时间")
    reason: Mapped[str] = field("领走原因", String(16), choices={"finished": "返修结束", "other": "其他原因"})
    use: Mapped[line] = field("使用情况", note="返修项目、返修单号、领走后的用途")
    picked_at: Mapped[datetime | None] = field("领取时间", index=True)
    issuer_id: Mapped[int | None] = field("发放人", ForeignKey("staff.id"), index=True, picker="staff")

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    issuer: Mapped[Staff | None] = relationship(foreign_keys=[issuer_id])

    @property
    def where(self) -> str:
        """房号."""
        return self.key.where
