"""Paper with memory: prints, the copies of a slip, signatures, attachments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from models import clock
from models.base import AppendOnly, Base, Encrypted, Record, field, line, short
from models.document import Stateful
from models.lifecycle import Lifecycle, move


class PrintRun(AppendOnly, Record):
    """One print: what, the hash of its content, who, when, the n-th time of this paper."""

    __tablename__ = "print_run"
    __label__ = "打印记录"
    __table_args__ = (Index("ix_print_run_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    form: Mapped[str] = field("表单", String(16), index=True)
    kind: Mapped[str] = field(
        "种类", String(16), choices={"blank": "空白", "filled": "填写", "ledger": "台账", "batch": "批量"}
    )
    noun: Mapped[str] = field("登记", String(64), default="")
    row_id: Mapped[int | None] = field("记录")
    batch_id: Mapped[str] = field("批次", String(32), index=True)
    nth: Mapped[int] = field("第几次", default=1)
    rows: Mapped[int] = field("行数", default=1)
    content_hash: Mapped[str] = field("内容摘要", String(64))
    by_id: Mapped[int] = field("打印人", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("打印时间", default=lambda: clock.now(), index=True)


class PrintContent(Base):
    """What a print said, closed; its run stays for ever, this goes with the retention of its form."""

    __tablename__ = "print_content"
    run_id: Mapped[int] = field("打印记录", ForeignKey("print_run.id"), primary_key=True)
    content: Mapped[str] = field("内容", Encrypted())


class ExportRun(AppendOnly, Record):
    """One register taken away: by whom, when, which, with which filter, how many rows; the file itself is not kept."""

    __tablename__ = "export_run"
    __label__ = "导出记录"
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), index=True)
    format: Mapped[str] = field("格式", String(8))
    query: Mapped[str] = field("查询条件", String(2000), default="")
    rows: Mapped[int] = field("行数", default=0)
    token: Mapped[str] = field("取件号", String(64), unique=True, internal=True)
    by_id: Mapped[int] = field("导出人", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("导出时间", default=lambda: clock.now(), index=True)


class PaperCopy(Stateful):
    """One copy (联) of a printed slip and where it is. Only copies 2 and 3 can be out; copy 1 is handed over."""

    __tablename__ = "paper_copy"
    __label__ = "联次"
    __table_args__ = (
        UniqueConstraint("noun", "row_id", "copy_no", "set_no"),
        Index("ix_paper_copy_noun_row_id", "noun", "row_id"),
        CheckConstraint("copy_no BETWEEN 1 AND 3", name="copy_no"),
    )
    lifecycle = Lifecycle(
        {"printed": "已打印", "out": "已领出", "back": "已归", "handed": "已交出", "missing": "缺联", "void": "作废"},
        [
            move("take_out", "printed", "out", "领出", rule="WO-25"),
            move("bring_back", "out missing", "back", "收回", rule="WO-08"),
            move("hand_over", "printed out", "handed", "交业主/报修部门", rule="WO-06"),
            move("report_missing", "printed out", "missing", "登记缺联", reason=True, danger=True, rule="WO-08"),
            move("void", "printed out missing", "void", "作废", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("void",),
        tones={"printed": "open", "out": "wait", "back": "done", "handed": "done", "missing": "late", "void": "void"},
        path=("printed", "out", "back"),
    )
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), internal=True)
    row_id: Mapped[int] = field("所属单据", internal=True)
    number: Mapped[str] = field("单号", String(40), index=True)
    set_no: Mapped[int] = field("套次", default=1)
    copy_no: Mapped[int] = field("联")
    code: Mapped[str] = field("二维码", String(32), unique=True, internal=True)
    recipient: Mapped[short] = field("应存")
    holder_id: Mapped[int | None] = field("领取人", ForeignKey("staff.id"), index=True, picker="staff")
    printed_at: Mapped[datetime] = field("打印时间", default=lambda: clock.now())
    out_at: Mapped[datetime | None] = field("领出时间", index=True)
    settled_at: Mapped[datetime | None] = field("归还/交出时间")
    received_by_id: Mapped[int | None] = field("收回人", ForeignKey("staff.id"), index=True, picker="staff")
    remark: Mapped[line | None] = field("说明")

    @property
    def copy_label(self) -> str:
        """第一联, 第二联, 第三联."""
        return f"第{'一二三'[self.copy_no - 1]}联"

    def __str__(self) -> str:
        return f"{self.number} {self.copy_label}"


class Signature(AppendOnly, Record):
    """One signature: which paper and slot, who in which post, when, by which means, over which content."""

    __tablename__ = "signature"
    __label__ = "签字"
    __table_args__ = (Index("ix_signature_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), internal=True)
    row_id: Mapped[int] = field("所属单据", internal=True)
    slot: Mapped[str] = field("签字栏", String(32))
    staff_id: Mapped[int | None] = field("签字员工", ForeignKey("staff.id"), index=True, picker="staff")
    signer: Mapped[short] = field("签字人")
    relation: Mapped[short] = field("身份")
    post: Mapped[str | None] = field("签字时岗位", String(32))
    means: Mapped[str] = field(
        "方式",
        String(16),
        choices={"system": "系统确认", "glass": "屏幕手写", "paper": "纸质签字扫描"},
    )
    signed_at: Mapped[datetime] = field("签字时间")
    recorded_at: Mapped[datetime] = field("登记时间", default=lambda: clock.now())
    late_reason: Mapped[line | None] = field("后补原因")
    attachment_id: Mapped[int | None] = field("签名图", ForeignKey("attachment.id"), index=True, picker="attachment")
    content_hash: Mapped[str] = field("所签内容摘要", String(64))


class Attachment(AppendOnly, Record):
    """A file kept by its hash outside the web root; images are re-encoded before they are kept."""

    __tablename__ = "attachment"
    __label__ = "附件"
    __table_args__ = (Index("ix_attachment_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), internal=True)
    row_id: Mapped[int] = field("所属单据", internal=True)
    title: Mapped[line] = field("文件名")
    media: Mapped[str] = field("类型", String(64))
    size: Mapped[int] = field("大小")
    sha256: Mapped[str] = field("摘要", String(64), index=True)
    purpose: Mapped[short] = field("用途", default="附件")
    by_id: Mapped[int] = field("上传人", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("上传时间", default=lambda: clock.now())


class AttachmentVoid(AppendOnly, Record):
    """One file uploaded by mistake and withdrawn (作废): the file's own row and its hash stay as they were."""

    __tablename__ = "attachment_void"
    __label__ = "附件作废"
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    attachment_id: Mapped[int] = field("附件", ForeignKey("attachment.id"), unique=True, picker="attachment")
    reason: Mapped[line] = field("原因")
    by_id: Mapped[int] = field("作废人", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("作废时间", default=lambda: clock.now())
