"""Work of the house itself: 临时任务 DutyTask, 上报 UpwardReport, 改进需求 ChangeRequest, 知识条目 KnowledgeEntry."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models.base import field, line, short, text
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.people import Staff

MEANS = {"oral": "口头", "phone": "电话", "written": "书面", "mail": "邮件"}


class DutyTask(Document):
    """Something a leader asks of somebody (临时任务), outside every plan: done by a time, reported, confirmed."""

    __tablename__ = "duty_task"
    __label__ = "临时任务"
    __table_args__ = (Index("ix_duty_task_assignee_id_state", "assignee_id", "state"),)
    series = Series("RW")
    lifecycle = Lifecycle(
        {"assigned": "已交办", "done": "待确认", "confirmed": "已办结", "void": "已取消"},
        [
            move("finish", "assigned", "done", "报告完成", "result", form="result", rule="SYS-04"),
            move("confirm", "done", "confirmed", "确认办结", rule="SYS-04"),
            move("send_back", "done", "assigned", "退回重办", form="reason", reason=True, rule="SYS-04"),
            move("cancel", "assigned", "void", "取消", form="reason", reason=True, danger=True, rule="SYS-04"),
        ],
        frozen=("confirmed", "void"),
        tones={"assigned": "open", "done": "wait", "confirmed": "done", "void": "void"},
        path=("assigned", "done", "confirmed"),
    )

    title: Mapped[short] = field("任务")
    content: Mapped[text | None] = field("要求")
    assignee_id: Mapped[int] = field("责任人", ForeignKey("staff.id"), index=True, picker="staff")
    due_at: Mapped[datetime] = field("完成期限", index=True)
    done_at: Mapped[datetime | None] = field("完成时间")
    result: Mapped[text | None] = field("完成情况")
    confirmed_at: Mapped[datetime | None] = field("确认时间")

    assignee: Mapped[Staff] = relationship(foreign_keys=[assignee_id])


class UpwardReport(Document):
    """What somebody could not settle and told their superior (上报): to whom, when, by which means, the answer."""

    __tablename__ = "upward_report"
    __label__ = "上报"
    __table_args__ = (Index("ix_upward_report_noun_row_id", "noun", "row_id"),)
    series = Series("SB")
    lifecycle = Lifecycle(
        {"reported": "待批示", "answered": "已批示"},
        [move("answer", "reported", "answered", "批示", "reply", form="reply", rule="SYS-05")],
        frozen=("answered",),
        tones={"reported": "wait", "answered": "done"},
        path=("reported", "answered"),
    )

    to_id: Mapped[int] = field("向谁报告", ForeignKey("staff.id"), index=True, picker="staff")
    at: Mapped[datetime] = field("报告时间", index=True)
    means: Mapped[str] = field("方式", String(16), choices=MEANS)
    content: Mapped[text] = field("报告内容")
    noun: Mapped[str | None] = field("有关登记", String(64), internal=True)
    row_id: Mapped[int | None] = field("有关记录", internal=True)
    about: Mapped[short | None] = field("有关单号", note="如 BS-YJ-202611-0001；没有可不填")
    reply: Mapped[text | None] = field("批示")
    replied_at: Mapped[datetime | None] = field("批示时间")

    to: Mapped[Staff] = relationship(foreign_keys=[to_id])


class ChangeRequest(Document):
    """A wish to change this system (系统改进需求): the need, its reason, how far it has come."""

    __tablename__ = "change_request"
    __label__ = "系统改进需求"
    series = Series("XQ")
    lifecycle = Lifecycle(
        {
            "registered": "已登记",
            "accepted": "已受理",
            "done": "已完成",
            "declined": "不采纳",
        },
        [
            move("accept", "registered", "accepted", "受理", rule="SYS-02"),
            move("finish", "accepted", "done", "完成", "outcome", form="outcome", rule="SYS-02"),
            move(
                "decline",
                "registered accepted",
                "declined",
                "不采纳",
                form="reason",
                reason=True,
                danger=True,
                rule="SYS-02",
            ),
        ],
        frozen=("done", "declined"),
        tones={"registered": "wait", "accepted": "open", "done": "done", "declined": "void"},
        path=("registered", "accepted", "done"),
    )

    title: Mapped[short] = field("需求")
    need: Mapped[text] = field("需求说明")
    why: Mapped[text] = field("提出理由")
    where: Mapped[short | None] = field("涉及页面或表单")
    wanted_on: Mapped[date | None] = field("希望完成日期")
    outcome: Mapped[text | None] = field("处理结果")
    closed_at: Mapped[datetime | None] = field("处理时间")


class KnowledgeEntry(Document):
    """What everybody at the desk should know (知识条目), with its author and the day it must be looked at again."""

    __tablename__ = "knowledge_entry"
    __label__ = "知识条目"
    __table_args__ = (Index("ix_knowledge_entry_state_review_on", "state", "review_on"),)
    series = Series("ZS")
    lifecycle = Lifecycle(
        {"current": "现行", "retired": "停用"},
        [
            move("review", "current", "current", "复审", "review_on", form="review", rule="SYS-03"),
            move("retire", "current", "retired", "停用", form="reason", reason=True, danger=True, rule="SYS-03"),
        ],
        frozen=("retired",),
        tones={"current": "done", "retired": "void"},
        path=("current",),
    )

    title: Mapped[short] = field("标题", index=True)
    topic: Mapped[short | None] = field("类别", note="如 小区设施、周边服务、办事流程")
    body: Mapped[text] = field("内容")
    source: Mapped[line | None] = field("依据或来源")
    author_id: Mapped[int] = field("作者", ForeignKey("staff.id"), index=True, picker="staff")
    review_on: Mapped[date] = field("下次复审日期")
    reviewed_at: Mapped[datetime | None] = field("最近复审时间")
    reviewed_by_id: Mapped[int | None] = field("复审人", ForeignKey("staff.id"), index=True, picker="staff")

    author: Mapped[Staff] = relationship(foreign_keys=[author_id])
