"""通报会: who holds it over which past period, figures frozen when it is held, measures followed to their end."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Meeting, MeetingAction, Obligation, OrgUnit, Staff, clock
from models.meetings import MEETING_KINDS
from models.people import ORG_KINDS
from rules.advance import check, effect
from rules.claimed_times import claimed
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.figures import Figure, figures, period_words, span_of
from rules.obligations import close, missing_obligations
from rules.permissions import require
from rules.person import Person
from rules.scope import readable

Details = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of meeting: its obligation and rule, which units hold it, who calls it, how its period is written."""

    duty: str
    article: str
    org_kinds: tuple[str, ...]
    posts: tuple[str, ...]
    shape: str


KINDS: dict[str, Kind] = {
    "month": Kind("TKT-19", "003-2.005§4.4.1", ("project",), ("service_supervisor", "project_manager"), r"\d{4}-\d{2}"),
    "quarter": Kind("TKT-20", "003-2.005§4.4.2", ("area", "region"), ("area_manager",), r"\d{4}Q[1-4]"),
    "year": Kind("TKT-21", "003-2.005§4.4.3", ("company",), ("quality_manager",), r"\d{4}"),
}


# 召集 ----------------------------------------------------------------------------------------------------------------


@check(Meeting, "start", "edit")
def _is_a_meeting_of_this_unit(session: Session, meeting: Meeting, by: Person, details: Details) -> None:
    """The project meets over a month, the area over a quarter, the company over a year; over what has passed."""
    with session.no_autoflush:
        known = KINDS.get(meeting.kind or "")
        if known is None:
            raise RuleError("请选择月度、季度或年度", field="kind")
        org = session.get_one(OrgUnit, meeting.org_id)
        if org.kind not in known.org_kinds:
            where = "、".join(ORG_KINDS[k] for k in known.org_kinds)
            raise RuleError(f"{MEETING_KINDS[meeting.kind]}通报会由{where}召开", field="org_id", rule=known.duty)
        _is_over(meeting, known)
        _is_theirs(meeting, known, by)
        _is_the_only_one(session, meeting)


def _is_over(meeting: Meeting, known: Kind) -> None:
    period = (meeting.period or "").strip()
    if not re.fullmatch(known.shape, period):
        raise RuleError("通报期间请写成 2026-10（月）、2026Q3（季）或 2025（年）", field="period", rule=known.duty)
    meeting.period = period
    if span_of(period)[1] > clock.now():
        raise RuleError(f"{period_words(period)}还没有结束，指标还不完整", field="period", rule=known.duty)


def _is_theirs(meeting: Meeting, known: Kind, by: Person) -> None:
    if not by.is_system and not by.holds(*known.posts, org_id=meeting.org_id):
        raise NotAllowed(f"{MEETING_KINDS[meeting.kind]}通报会不由您的岗位召开", rule=known.duty)


def _is_the_only_one(session: Session, meeting: Meeting) -> None:
    twin = session.scalars(
        select(Meeting).where(
            Meeting.org_id == meeting.org_id,
            Meeting.kind == meeting.kind,
            Meeting.period == meeting.period,
            Meeting.state != "void",
        )
    ).first()
    if twin is not None and twin is not meeting:
        raise RuleError(f"{period_words(meeting.period)}的通报会已经登记（{twin.number}）", field="period")


# 召开 ----------------------------------------------------------------------------------------------------------------


@check(Meeting, "hold")
def _is_really_held(session: Session, meeting: Meeting, by: Person, details: Details) -> None:
    """Held after the period, with who was there and minutes; figures below their target need a corrective action."""
    known = KINDS[meeting.kind]
    with session.no_autoflush:
        _is_theirs(meeting, known, by)
        ended = span_of(meeting.period)[1]
        words = f"{period_words(meeting.period)}结束"
        meeting.held_at = claimed(meeting.held_at, "召开时间", "held_at", since=ended, after=words, rule=known.duty)
        meeting.chair_id = meeting.chair_id or by.staff_id
        wrong = {
            name: f"请填写{meeting.labels()[name]}"
            for name in ("attendees", "minutes")
            if not (getattr(meeting, name) or "").strip()
        }
        if wrong:
            raise Invalid(wrong, rule=known.duty)
        found = figures(session, meeting.org_id, meeting.period)
        missed = [it.label for it in found if it.met is False]
        if missed and not _has_actions(session, meeting):
            raise RuleError(f"{'、'.join(missed)}未达标，请至少写一条改进措施再归档", field="actions", rule=known.duty)
        meeting.figures = [it.as_kept() for it in found]


def _has_actions(session: Session, meeting: Meeting) -> bool:
    rows = select(MeetingAction.id).where(MeetingAction.meeting_id == meeting.id)
    return session.scalars(rows.limit(1)).first() is not None


@effect(Meeting, "hold")
def _duty_is_done(session: Session, meeting: Meeting, by: Person, details: Details) -> None:
    """The obligation of the period is closed by this meeting, written down first where no sweep has come by yet."""
    known = KINDS[meeting.kind]
    here = (known.duty, meeting.org_id, meeting.period)
    due = session.scalars(
        select(Obligation).where(Obligation.duty == here[0], Obligation.org_id == here[1], Obligation.period == here[2])
    ).one_or_none()
    if due is None:
        open_now = missing_obligations(session, clock.now())
        due = next((it for it in open_now if (it.duty, it.org_id, it.period) == here), None)
        if due is None:
            return
        session.add(due)
    if due.closed_at is None:
        close(due, clock.now(), "meeting", meeting.id)


def shown_figures(session: Session, meeting: Meeting) -> list[Figure]:
    """The figures as they stood when it was held; before that, as they stand now."""
    if meeting.figures is None:
        return list(figures(session, meeting.org_id, meeting.period))
    return [Figure(**kept) for kept in meeting.figures]


# 改进措施 ------------------------------------------------------------------------------------------------------------


def set_actions(session: Session, meeting: Meeting, by: Person, lines: list[dict[str, Any]]) -> list[MeetingAction]:
    """What the meeting decided, in this order, in place of what stood there; raises RuleError at the line's field."""
    require(by, "meeting.write", meeting, "登记改进措施")
    if meeting.is_frozen:
        raise WrongState(f"{meeting} 已{meeting.state_label}，措施不能再改")
    for old in session.scalars(select(MeetingAction).where(MeetingAction.meeting_id == meeting.id)):
        session.delete(old)
    session.flush()
    made = [_action(session, meeting, n, **line) for n, line in enumerate(lines, 1)]
    session.add_all(made)
    session.flush()
    session.expire(meeting, ["actions"])
    return made


def _action(
    session: Session, meeting: Meeting, line_no: int, measure: str, owner_id: int | None, due_on: date | None
) -> MeetingAction:
    if not measure.strip():
        raise RuleError(f"第 {line_no} 行请写明措施", field="actions", rule="TKT-19")
    if owner_id is None or session.get(Staff, owner_id) is None:
        raise RuleError(f"第 {line_no} 行请选择责任人", field="actions", rule="TKT-19")
    if due_on is None or due_on < clock.today():
        raise RuleError(f"第 {line_no} 行请填写今天以后的完成期限", field="actions", rule="TKT-19")
    return MeetingAction(
        org_id=meeting.org_id,
        meeting_id=meeting.id,
        line_no=line_no,
        measure=measure.strip(),
        owner_id=owner_id,
        due_on=due_on,
    )


def finish_action(session: Session, action: MeetingAction, by: Person, result: str) -> None:
    """The measure is carried out: by its owner, or by whoever holds the meetings; raises RuleError."""
    require(by, "meeting_action.finish", action, "报告这条措施完成")
    if action.done_at is not None:
        raise WrongState("这条措施已经报告完成")
    if not result.strip():
        raise RuleError("请填写完成情况", field="result", rule="TKT-19")
    action.done_at, action.result = clock.now(), result.strip()
    session.flush()


def open_actions(session: Session, person: Person, until: date | None = None) -> list[MeetingAction]:
    """The person's own measures still to be carried out, and those of meetings they read that are past their day."""
    day = until or clock.today()
    rows = (
        select(MeetingAction)
        .where(MeetingAction.done_at.is_(None), readable(person, MeetingAction))
        .order_by(MeetingAction.due_on, MeetingAction.id)
    )
    return [it for it in session.scalars(rows) if it.owner_id == person.staff_id or it.due_on < day]


def late_words(action: MeetingAction, now: datetime | None = None) -> str:
    """「逾期 3 天」 for what is still open past its day; empty otherwise."""
    day = clock.local(now or clock.now()).date()
    return f"逾期 {(day - action.due_on).days} 天" if action.done_at is None and day > action.due_on else ""
