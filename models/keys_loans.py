"""钥匙使用 (KeyLoan), the calls to owners about keys, and the cabinet opened after hours (KeyNightOpening)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import AppendOnly, Record, field, line, short, text
from models.document import Document, Series
from models.keys import KeyCabinet, KeyItem
from models.lifecycle import Lifecycle, move
from models.people import Staff

BORROWER_KINDS = {
    "owner": "业户本人",
    "nanny": "保姆、小时工",
    "family": "业户家属",
    "agent": "代理人",
    "staff": "本公司员工",
    "department": "其他部门（紧急）",
    "contractor": "施工返修单位",
}
CREDENTIALS = {
    "pass": "出入证",
    "id_card": "身份证",
    "mandate": "业户委托书",
    "badge": "工作牌",
    "proof": "开发商的证明确认材料",
}
ANSWERS = {"agreed": "同意", "refused": "不同意", "unreached": "未接通", "informed": "已告知"}
#: The states in which the key is out with somebody.
OUT = ("urgent", "lent")


class KeyLoan(Document):
    """One use of a key (a line of 《客服钥匙使用登记表》), from asking to the signed return."""

    __tablename__ = "key_loan"
    __label__ = "钥匙使用登记"
    __table_args__ = (
        CheckConstraint("due_at IS NULL OR out_at IS NULL OR due_at > out_at", name="due_after_out"),
        CheckConstraint("qty_out > 0", name="quantity"),
        Index(
            "uq_key_loan_key_id",
            "key_id",
            unique=True,
            sqlite_where=sql("state IN ('urgent', 'lent')"),
            postgresql_where=sql("state IN ('urgent', 'lent')"),
        ),
        Index("ix_key_loan_state_due_at", "state", "due_at"),
    )
    series = Series("JY")
    lifecycle = Lifecycle(
        {
            "draft": "待办理",
            "urgent": "紧急借出（手续待补）",
            "lent": "已借出",
            "to_supplement": "已归还（手续待补）",
            "returned": "已归还",
            "lost": "未能归还",
            "refused": "未借出",
        },
        [
            move("lead_agrees", "draft", "draft", "客服负责人批准", rule="KEY-41"),
            move("manager_agrees", "draft", "draft", "项目经理批准", rule="KEY-41"),
            move("department_agrees", "draft", "draft", "部门领导签字", rule="KEY-24"),
            move("hand_out", "draft", "lent", "借出", form="hand_out", rule="KEY-16"),
            move("hand_out_urgently", "draft", "urgent", "紧急借出", form="hand_out_urgently", rule="KEY-41"),
            move("supplement", "urgent", "lent", "补办手续", form="supplement", rule="KEY-42"),
            move("give_back", "lent", "returned", "交还", form="give_back", rule="KEY-17"),
            move("give_back_urgent", "urgent", "to_supplement", "交还", form="give_back_urgent", rule="KEY-43"),
            move("supplement_after", "to_supplement", "returned", "补办手续", form="supplement", rule="KEY-42"),
            move("extend", "lent", "lent", "延期", form="extend", reason=True, rule="KEY-33"),
            move("explain", "lent", "lent", "说明未还原因", form="explain", rule="KEY-33"),
            move("lose", "urgent lent", "lost", "转丢失处理", system=True, rule="KEY-54"),
            move("refuse", "draft", "refused", "不予借出", form="reason", reason=True, danger=True, rule="KEY-47"),
        ],
        frozen=("urgent", "lent", "to_supplement", "returned", "lost", "refused"),
        tones={
            "draft": "wait",
            "urgent": "late",
            "lent": "open",
            "to_supplement": "wait",
            "returned": "done",
            "lost": "late",
            "refused": "void",
        },
        path=("draft", "lent", "returned"),
    )
    always_open = frozenset(
        [
            "due_at",
            "extended_for",
            "late_reason",
            "in_at",
            "qty_in",
            "where_in",
            "returned_by",
            "received_by_id",
            "supplemented_at",
            "owner_call_at",
            "owner_call_by_id",
            "owner_consent",
            "entry_reason",
        ]
    )

    key_id: Mapped[int] = field("钥匙", ForeignKey("key_item.id"), index=True, picker="key_item")
    qty_out: Mapped[int] = field("借出数量", default=0)
    where_out: Mapped[str] = field("楼/房号", String(64), default="")
    reason: Mapped[line] = field("原因", note="写明用途，不少于四个字")
    borrower_kind: Mapped[str] = field("借用人类别", String(16), choices=BORROWER_KINDS)
    borrower_id: Mapped[int | None] = field(
        "领取员工", ForeignKey("staff.id"), index=True, picker="staff", note="本公司员工在此选择"
    )
    borrower: Mapped[short | None] = field("领取人", note="业户、家属、施工人员填姓名")
    borrower_phone: Mapped[str | None] = field("领取人电话", String(32), secret="phone")
    borrower_unit: Mapped[short | None] = field("部门/单位")
    emergency: Mapped[bool] = field("紧急避险", default=False, note="火灾、水浸、燃气泄漏等")
    credential: Mapped[str | None] = field("证件", String(16), choices=CREDENTIALS)
    credential_no: Mapped[short | None] = field("出入证号", note="出入证登记号码；身份证只留复印件，不登记号码")
    owner_consent: Mapped[bool | None] = field("业户同意")
    owner_call_at: Mapped[datetime | None] = field("电话问询时间")
    owner_call_by_id: Mapped[int | None] = field("通话人", ForeignKey("staff.id"), index=True, picker="staff")
    out_at: Mapped[datetime | None] = field("借出时间", index=True)
    issuer_id: Mapped[int | None] = field("签发人", ForeignKey("staff.id"), index=True, picker="staff")
    due_at: Mapped[datetime | None] = field("应还时间", note="不填为当天下班前；更晚须客服负责人批准")
    extended_for: Mapped[line | None] = field("延期原因")
    in_at: Mapped[datetime | None] = field("交还时间")
    qty_in: Mapped[int | None] = field("交还数量")
    where_in: Mapped[str | None] = field("交还楼/房号", String(64))
    returned_by: Mapped[short | None] = field("交还人")
    received_by_id: Mapped[int | None] = field("交还签收人", ForeignKey("staff.id"), index=True, picker="staff")
    late_reason: Mapped[line | None] = field("未按时收回原因")
    supplemented_at: Mapped[datetime | None] = field("补办手续时间")
    entry_reason: Mapped[line | None] = field("后补原因")
    night_id: Mapped[int | None] = field(
        "夜间开柜", ForeignKey("key_night_opening.id"), index=True, picker="key_night_opening"
    )

    key: Mapped[KeyItem] = relationship(foreign_keys=[key_id])
    staff: Mapped[Staff | None] = relationship(foreign_keys=[borrower_id])
    issuer: Mapped[Staff | None] = relationship(foreign_keys=[issuer_id])
    received_by: Mapped[Staff | None] = relationship(foreign_keys=[received_by_id])

    @property
    def where(self) -> str:
        """房号 or 部位."""
        return self.where_out

    @property
    def who(self) -> str:
        """Who has it, or had it."""
        return self.staff.name if self.staff else (self.borrower or "")


class KeyCall(AppendOnly, Record):
    """One telephone call to an owner about a key, to the minute, reached or not (004-8§4.1(5))."""

    __tablename__ = "key_call"
    __label__ = "钥匙问询电话"
    __table_args__ = (Index("ix_key_call_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), internal=True)
    row_id: Mapped[int] = field("所属单据", internal=True)
    at: Mapped[datetime] = field("通话时间")
    recorded_at: Mapped[datetime] = field("登记时间", default=lambda: clock.now())
    callee: Mapped[short] = field("接电话的业户")
    answer: Mapped[str] = field("答复", String(16), choices=ANSWERS)
    words: Mapped[line | None] = field("说明")
    by_id: Mapped[int] = field("通话人", ForeignKey("staff.id"), index=True, picker="staff")


class KeyNightOpening(Document):
    """The cabinet opened outside office hours by 值班经理 and the user of the key together (002-3§7)."""

    __tablename__ = "key_night_opening"
    __label__ = "夜间开柜"
    series = Series("YK")
    lifecycle = Lifecycle(
        {"draft": "待签字", "open": "已开柜", "closed": "手续已齐", "void": "已作废"},
        [
            move("sign", "draft", "open", "共同开柜签字", form="sign", rule="KEY-25"),
            move("close", "open", "closed", "手续补齐", form="close", rule="KEY-25"),
            move("cancel", "draft", "void", "作废", form="reason", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("open", "closed", "void"),
        tones={"draft": "wait", "open": "open", "closed": "done", "void": "void"},
        path=("draft", "open", "closed"),
    )
    always_open = frozenset({"closed_at", "closing_note"})

    cabinet_id: Mapped[int] = field("钥匙柜", ForeignKey("key_cabinet.id"), index=True, picker="key_cabinet")
    reason: Mapped[text] = field("紧急或特殊原因")
    opened_at: Mapped[datetime | None] = field("开柜时间", index=True)
    duty_manager_id: Mapped[int | None] = field("值班经理", ForeignKey("staff.id"), index=True, picker="staff")
    key_user_id: Mapped[int | None] = field("所用钥匙员工", ForeignKey("staff.id"), index=True, picker="staff")
    closed_at: Mapped[datetime | None] = field("手续补齐时间")
    closing_note: Mapped[line | None] = field("使用情况")

    cabinet: Mapped[KeyCabinet] = relationship(foreign_keys=[cabinet_id])
    duty_manager: Mapped[Staff | None] = relationship(foreign_keys=[duty_manager_id])
    key_user: Mapped[Staff | None] = relationship(foreign_keys=[key_user_id])
