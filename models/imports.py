"""Imports (导入): one run per file taken over, one row per line of it until the run's retention ends."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from models import clock
from models.base import Base, Encrypted, Record, field, line

IMPORT_STATES = {
    "uploaded": "待匹配",
    "reading": "核对中",
    "read": "待确认",
    "confirmed": "待导入",
    "applying": "导入中",
    "done": "已导入",
    "failed": "未完成",
    "cancelled": "已取消",
}
IMPORT_MODES = {"rows": "逐行", "all": "全部或全不"}
VERDICTS = {"create": "新增", "update": "更新", "skip": "跳过", "error": "错误"}


class ImportRun(Record):
    """One file on its way into one register; its counts are what the pages and the progress bar show."""

    __tablename__ = "import_run"
    __label__ = "导入记录"
    __table_args__ = (CheckConstraint("done <= total", name="done_within_total"),)

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    register: Mapped[str] = field("登记", String(64), index=True)
    file_name: Mapped[line] = field("文件名")
    sha256: Mapped[str] = field("文件摘要", String(64), index=True)
    parcel: Mapped[str | None] = field("暂存件", String(64), internal=True)
    by_id: Mapped[int] = field("导入人", ForeignKey("staff.id"), index=True, picker="staff")
    created_at: Mapped[datetime] = field("上传时间", default=lambda: clock.now(), index=True)
    plan: Mapped[str | None] = field("列匹配", Text, internal=True)
    create_places: Mapped[bool] = field("同时建立房屋", default=True)
    mode: Mapped[str] = field("方式", String(8), default="rows", choices=IMPORT_MODES)
    state: Mapped[str] = field("状态", String(16), default="uploaded", index=True, choices=IMPORT_STATES)
    total: Mapped[int] = field("总行数", default=0)
    done: Mapped[int] = field("已处理", default=0)
    blank: Mapped[int] = field("空行", default=0)
    to_create: Mapped[int] = field("拟新增", default=0)
    to_update: Mapped[int] = field("拟更新", default=0)
    skipped: Mapped[int] = field("跳过", default=0)
    errors: Mapped[int] = field("错误", default=0)
    cleaned: Mapped[int] = field("有清洗的行", default=0)
    new_buildings: Mapped[int] = field("拟新建楼栋", default=0)
    new_units: Mapped[int] = field("拟新建房屋", default=0)
    created: Mapped[int] = field("已新增", default=0)
    updated: Mapped[int] = field("已更新", default=0)
    failed: Mapped[int] = field("未能导入", default=0)
    message: Mapped[line | None] = field("说明")
    confirmed_by_id: Mapped[int | None] = field("确认人", ForeignKey("staff.id"), index=True, picker="staff")
    confirmed_at: Mapped[datetime | None] = field("确认时间")
    beat_at: Mapped[datetime | None] = field("最近进展", internal=True)
    turn: Mapped[int] = field("第几次着手", default=0, internal=True)
    asked_turn: Mapped[int] = field("要求时的次数", default=0, internal=True)
    finished_at: Mapped[datetime | None] = field("完成时间")

    def __str__(self) -> str:
        return self.file_name


class ImportRow(Base):
    """A line of the file: its verdict in the clear, everything that was written in it closed.

    Not a Record: what it does to the registers stands in the trail there, once per row of theirs.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        Index("ix_import_row_run_id_verdict_number", "run_id", "verdict", "number"),
        Index("ix_import_row_run_id_outcome_number", "run_id", "outcome", "number"),
    )
    id: Mapped[int] = field("序号", primary_key=True)
    run_id: Mapped[int] = field("导入记录", ForeignKey("import_run.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = field("行号")
    kind: Mapped[str] = field("类别", String(16))
    verdict: Mapped[str] = field("判定", String(8), choices=VERDICTS)
    has_changes: Mapped[bool] = field("有清洗", default=False)
    body: Mapped[str] = field("内容", Encrypted())
    outcome: Mapped[str | None] = field("结果", String(8), choices={**VERDICTS, "error": "未能导入"})
    outcome_reason: Mapped[str | None] = field("未能导入的原因", Encrypted())
