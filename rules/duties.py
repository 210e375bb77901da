"""临时任务, 上报, 改进需求, 知识条目: who asks whom, who was told how, what holds up and in whose hands it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models import (
    CallRecord,
    ChangeRequest,
    Clock,
    DutyTask,
    FollowUp,
    KnowledgeEntry,
    Staff,
    Ticket,
    UpwardReport,
    WorkOrder,
    clock,
)
from models.document import Document
from models.duties import MEANS
from rules.advance import check
from rules.claimed_times import claimed
from rules.deadlines import deadline_of
from rules.due import span
from rules.errors import Invalid, RuleError, WrongState
from rules.org_units import posts_held
from rules.person import Person, person_of, units_below
from rules.scope import find, readable

Details = dict[str, Any]

#: Papers that somebody holds, and who that is: the first of these columns that is filled in.
HELD: dict[type[Document], tuple[str, ...]] = {
    Ticket: ("handler_id", "first_contact_id"),
    WorkOrder: ("received_by_id", "technician_id", "issued_by_id", "made_by_id"),
    FollowUp: ("visitor_id", "made_by_id"),
    CallRecord: ("made_by_id",),
}
MOST = 500


# 临时任务 ------------------------------------------------------------------------------------------------------------


@check(DutyTask, "start", "edit")
def _somebody_can_do_it(session: Session, task: DutyTask, by: Person, details: Details) -> None:
    """SYS-04: a task names one person below its giver, in the unit, and a time that is still to come."""
    with session.no_autoflush:
        wrong: dict[str, str] = {}
        if not (task.title or "").strip():
            wrong["title"] = "请填写任务"
        if task.due_at is None or task.due_at <= clock.now():
            wrong["due_at"] = "请填写完成期限，须晚于现在"
        who = _person(session, task.assignee_id)
        if who is None or not _works_for(who, task.org_id):
            wrong["assignee_id"] = "责任人须是本单位在岗人员，请重新选择"
        elif not by.is_system and who.rank >= by.rank:
            wrong["assignee_id"] = f"{who.name}的岗位不在您之下，不能交办；请改用上报"
        if wrong:
            raise Invalid(wrong, rule="SYS-04")


def _person(session: Session, staff_id: int | None) -> Person | None:
    staff = session.get(Staff, staff_id) if staff_id else None
    return person_of(session, staff) if staff else None


def _works_for(who: Person, org_id: int) -> bool:
    return bool(who.holdings) and org_id in who.units


@check(DutyTask, "finish")
def _says_how_it_went(session: Session, task: DutyTask, by: Person, details: Details) -> None:
    if not (task.result or "").strip():
        raise RuleError("请填写完成情况", field="result", rule="SYS-04")
    task.done_at = claimed(details.get("done_at"), "完成时间", "done_at", since=task.created_at, after="交办时间")


@check(DutyTask, "confirm")
def _is_dated(session: Session, task: DutyTask, by: Person, details: Details) -> None:
    task.confirmed_at = clock.now()


@check(DutyTask, "send_back")
def _is_open_again(session: Session, task: DutyTask, by: Person, details: Details) -> None:
    task.done_at = None


# 上报 ----------------------------------------------------------------------------------------------------------------


@check(UpwardReport, "start")
def _says_whom_when_and_how(session: Session, report: UpwardReport, by: Person, details: Details) -> None:
    """BASE-07: to whom, when, by which means; upwards, to somebody who answers for the unit."""
    with session.no_autoflush:
        report.at = claimed(report.at, "报告时间", "at", rule="BASE-07")
        wrong: dict[str, str] = {}
        if report.means not in MEANS:
            wrong["means"] = "请选择方式：口头、电话、书面或邮件"
        if not (report.content or "").strip():
            wrong["content"] = "请写明报告内容"
        who = _person(session, report.to_id)
        if who is None or not _works_for(who, report.org_id):
            wrong["to_id"] = "请选择向谁报告：本单位或上级单位的在岗人员"
        elif not by.is_system and who.rank <= by.rank:
            wrong["to_id"] = f"{who.name}的岗位不在您之上，请选择上级"
        if wrong:
            raise Invalid(wrong, rule="BASE-07")
        _names_a_real_paper(session, report, by)


def _names_a_real_paper(session: Session, report: UpwardReport, by: Person) -> None:
    said = (report.about or "").strip().upper()
    if not said:
        return
    for model in HELD:
        row_id = session.scalars(select(model.id).where(model.number == said)).first()
        if row_id is not None and find(session, by, model, row_id) is not None:
            report.noun, report.row_id, report.about = model.__tablename__, row_id, said
            return
    raise RuleError(f"没有找到单号 {said[:40]}，请核对", field="about", rule="BASE-07")


@check(UpwardReport, "edit")
def _stays_as_it_was_told(session: Session, report: UpwardReport, by: Person, details: Details) -> None:
    raise WrongState("上报一经登记不再修改，情况有变请另行上报", rule="BASE-07")


@check(UpwardReport, "answer")
def _says_what_to_do(session: Session, report: UpwardReport, by: Person, details: Details) -> None:
    if not (report.reply or "").strip():
        raise RuleError("请填写批示", field="reply", rule="SYS-05")
    report.replied_at = clock.now()


# 拖过期限的 ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """One open paper past its limit, in whose hands it is, and whether they reported it (SYS-05)."""

    noun: str
    row_id: int
    register: str
    number: str
    place: str
    text: str
    limit: str
    late: str
    due_at: datetime
    holder_id: int
    holder: str
    post: str
    reported: str


def held_beyond_limit(session: Session, person: Person, now: datetime | None = None) -> list[Held]:
    """The papers past their limit in the hands of those below this person, the oldest first.

    SYS-05, 002-6b§7: one's own are not among them, nor those of equals and superiors.
    """
    moment, ranks = now or clock.now(), dict[int, tuple[Person | None, str]]()
    found = [*_late_papers(session, person, moment), *_late_tasks(session, person, moment)]
    papers: dict[tuple[str, int], tuple[Document, str, datetime]] = {}
    for paper, limit, due in found:
        papers.setdefault((paper.__tablename__, paper.id), (paper, limit, due))
    held = []
    inside = units_below(session, person.project_id) if person.project_id else person.units
    for paper, limit, due in papers.values():
        if paper.org_id not in inside:
            continue
        holder = _holder(session, paper, ranks)
        if holder is not None and holder.staff_id != person.staff_id and holder.rank < person.rank:
            held.append(_held(session, paper, limit, due, holder, moment))
    return sorted(held, key=lambda it: (it.due_at, it.noun, it.row_id))


def held_count(session: Session, person: Person) -> int:
    """How many there are: the figure of the home page."""
    return len(held_beyond_limit(session, person))


def _late_papers(session: Session, person: Person, now: datetime) -> Iterator[tuple[Document, str, datetime]]:
    for model in HELD:
        frozen = model.lifecycle.frozen
        rows = session.execute(
            select(model, Clock)
            .join(Clock, and_(Clock.noun == model.__tablename__, Clock.row_id == model.id))
            .where(Clock.stopped_at.is_(None), Clock.due_at <= now, model.state.not_in(frozen), readable(person, model))
            .order_by(Clock.due_at)
            .limit(MOST)
        )
        for paper, running in rows:
            deadline = deadline_of(running)
            if not deadline.soft:
                yield paper, deadline.reason(session, running.org_id, running.started_at), running.due_at


def _late_tasks(session: Session, person: Person, now: datetime) -> Iterator[tuple[Document, str, datetime]]:
    rows = select(DutyTask).where(DutyTask.state == "assigned", DutyTask.due_at <= now, readable(person, DutyTask))
    for task in session.scalars(rows.order_by(DutyTask.due_at).limit(MOST)):
        yield task, "交办的期限已过", task.due_at
    reports = select(CallRecord).where(CallRecord.state == "open", readable(person, CallRecord))
    for call in session.scalars(reports.where(CallRecord.at <= _yesterday(now)).order_by(CallRecord.at).limit(MOST)):
        yield call, "当天没有答复", call.at


def _yesterday(now: datetime) -> datetime:
    return clock.at_wall(clock.local(now).date(), datetime.min.time())


def _holder(session: Session, paper: Document, known: dict[int, tuple[Person | None, str]]) -> Person | None:
    names = ("assignee_id",) if isinstance(paper, DutyTask) else HELD[type(paper)]
    staff_id = next((getattr(paper, name) for name in names if getattr(paper, name)), None)
    if staff_id is None:
        return None
    if staff_id not in known:
        known[staff_id] = (_person(session, staff_id), "")
    return known[staff_id][0]


def _held(session: Session, paper: Document, limit: str, due: datetime, holder: Person, now: datetime) -> Held:
    text = getattr(paper, "content", None) or getattr(paper, "title", None) or getattr(paper, "customer", "")
    return Held(
        paper.__tablename__,
        paper.id,
        paper.__label__,
        paper.number or "",
        getattr(paper, "where", None) or str(getattr(paper, "unit", None) or ""),
        str(text)[:60],
        limit,
        f"超 {span(now - due)}",
        due,
        holder.staff_id or 0,
        holder.name,
        posts_held(session, holder),
        _reported(session, paper),
    )


def _reported(session: Session, paper: Document) -> str:
    """「11-20 09:12 向 陈堃 电话」, or empty: nobody was told."""
    row = session.scalars(
        select(UpwardReport)
        .where(UpwardReport.noun == paper.__tablename__, UpwardReport.row_id == paper.id)
        .order_by(UpwardReport.at.desc())
    ).first()
    return f"{clock.local(row.at):%m-%d %H:%M} 向{row.to.name}{MEANS[row.means]}报告" if row else ""


# 改进需求、知识条目 --------------------------------------------------------------------------------------------------


@check(ChangeRequest, "start", "edit")
def _says_need_and_reason(session: Session, request: ChangeRequest, by: Person, details: Details) -> None:
    """SYS-02: the need and its reason."""
    names = ("title", "need", "why")
    wrong = {n: f"请填写{request.labels()[n]}" for n in names if not (getattr(request, n) or "").strip()}
    if wrong:
        raise Invalid(wrong, rule="SYS-02")


@check(ChangeRequest, "finish", "decline")
def _is_closed_now(session: Session, request: ChangeRequest, by: Person, details: Details) -> None:
    if not (request.outcome or details.get("reason") or "").strip():
        raise RuleError("请填写处理结果", field="outcome", rule="SYS-02")
    request.outcome = request.outcome or details.get("reason")
    request.closed_at = clock.now()


@check(KnowledgeEntry, "start", "edit")
def _has_author_and_review_date(session: Session, entry: KnowledgeEntry, by: Person, details: Details) -> None:
    """SYS-03: an author, and a day on which somebody looks at it again."""
    with session.no_autoflush:
        if entry.author_id is None and by.staff_id is not None:
            entry.author_id = by.staff_id
        wrong = {n: f"请填写{entry.labels()[n]}" for n in ("title", "body") if not (getattr(entry, n) or "").strip()}
        if entry.author_id is None or session.get(Staff, entry.author_id) is None:
            wrong["author_id"] = "请选择作者"
        is_new = entry.id is None or "review_on" in details
        if entry.review_on is None or (is_new and entry.review_on <= clock.today()):
            wrong["review_on"] = "请填写下次复审日期，须晚于今天"
        if wrong:
            raise Invalid(wrong, rule="SYS-03")


@check(KnowledgeEntry, "review")
def _is_reviewed_until(session: Session, entry: KnowledgeEntry, by: Person, details: Details) -> None:
    if details.get("review_on") is None or details["review_on"] <= clock.today():
        raise RuleError("请填写下次复审日期，须晚于今天", field="review_on", rule="SYS-03")
    entry.reviewed_at, entry.reviewed_by_id = clock.now(), by.staff_id


def due_for_review(session: Session, person: Person, day: date | None = None) -> list[KnowledgeEntry]:
    """The entries whose review date has come, the oldest first (SYS-03)."""
    rows = select(KnowledgeEntry).where(
        KnowledgeEntry.state == "current",
        KnowledgeEntry.review_on <= (day or clock.today()),
        readable(person, KnowledgeEntry),
    )
    return list(session.scalars(rows.order_by(KnowledgeEntry.review_on, KnowledgeEntry.id)))


def review_count(session: Session, person: Person) -> int:
    """How many wait: the figure of the home page."""
    rows = select(func.count()).where(
        KnowledgeEntry.state == "current", KnowledgeEntry.review_on <= clock.today(), readable(person, KnowledgeEntry)
    )
    return session.scalar(rows) or 0
