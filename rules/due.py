"""What the clocks say: late or not, in words, at which level and whose responsibility. Right without a sweep."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from models import Clock, Record, Ticket, clock
from models.lifecycle import Tone
from rules.deadline_table import DEADLINES, Deadline
from rules.deadlines import deadline_of
from rules.duty import is_there
from rules.org_units import post_label
from rules.targets import head_of

MINUTES_PER_DAY = 1440
LEVELS = ("责任人", "部门主管", "客服主管", "项目经理", "片区经理", "品质管理中心客服专业经理")
_LADDER = tuple(d.id for d in DEADLINES if d.level)
_SOFT = tuple(d.id for d in DEADLINES if d.soft)


@dataclass(frozen=True, slots=True)
class ClockFact:
    """One clock as a page shows it."""

    id: str  # T-03
    label: str  # 到场 限 20 分
    word: str  # 用 17 分
    tone: Tone
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    late: bool
    warn_minutes: int
    evidence: str  # 13:21 → 13:38
    reason: str  # 派单后 20 分没有到场反馈 (only when late)
    article: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Responsible:
    """One level of the ladder (003-2.005§4.2) and who answers for the matter since."""

    level: int
    label: str
    since: datetime
    names: tuple[str, ...]
    article: str = ""


def is_late(row: Clock, now: datetime) -> bool:
    """Whether the time was up before it was stopped, or is up now."""
    return row.stopped_at > row.due_at if row.stopped_at else row.due_at <= now


def span(length: timedelta, exact: bool = False) -> str:
    """「26 分」, 「9 时」 (exact: 「9 时 34 分」), 「3 天」; whole units, downwards."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} 分"
    if minutes < MINUTES_PER_DAY:
        rest = minutes % 60
        return f"{minutes // 60} 时 {rest} 分" if exact and rest else f"{minutes // 60} 时"
    return f"{minutes // MINUTES_PER_DAY} 天"


def warn_minutes(row: Clock) -> int:
    """From how many minutes before the end the word turns amber: five of a short limit, an hour of a long one."""
    return 5 if row.due_at - row.started_at <= timedelta(hours=1) else 60


def due_word(row: Clock, now: datetime, exact: bool = False) -> tuple[Tone, str]:
    """超 26 分 · 剩 3 分 · 今天办完 · 按时 · 迟 12 分; further off the day and time it is due."""
    if row.stopped_at:
        if is_late(row, now):
            return "late", f"迟 {span(max(row.stopped_at - row.due_at, timedelta(minutes=1)))}"
        return "done", "按时"
    if is_late(row, now):
        return "late", f"超 {span(now - row.due_at, exact)}"
    left = row.due_at - now
    up = timedelta(minutes=-(-left.total_seconds() // 60))
    tone: Tone = "wait" if up <= timedelta(minutes=warn_minutes(row)) else ""
    return tone, f"剩 {span(up, exact)}" if exact and up < timedelta(days=1) else _future(row.due_at, up, now)


def _future(due: datetime, left: timedelta, now: datetime) -> str:
    if left <= timedelta(hours=1):
        return f"剩 {span(left)}"
    wall, today = clock.local(due), clock.local(now).date()
    if due == clock.at_wall(today + timedelta(days=1), time(0)):
        return "今天办完"
    days = (wall.date() - today).days
    return f"{('今天', '明天')[days]} {wall:%H:%M}" if days < 2 else f"{wall:%m-%d %H:%M}"


def clocks_of(session: Session, doc: Record, now: datetime | None = None) -> list[ClockFact]:
    """The clocks of a paper in the order of the table; of the ladder the next level only (and those reached)."""
    moment = now or clock.now()
    found = session.scalars(select(Clock).where(Clock.noun == doc.__tablename__, Clock.row_id == doc.id))
    rows = {row.deadline: row for row in found}
    facts, waiting = [], False
    for deadline in DEADLINES:
        row = rows.get(deadline.id) if deadline.model.__tablename__ == doc.__tablename__ else None
        if row is None or (deadline.level and waiting) or (deadline.soft and not is_late(row, moment)):
            continue
        waiting = waiting or bool(deadline.level and not is_late(row, moment))
        facts.append(fact_of(session, row, moment))
    return facts


def fact_of(session: Session, row: Clock, now: datetime) -> ClockFact:
    """One clock in words."""
    deadline = deadline_of(row)
    tone, word = due_word(row, now, exact=True)
    if tone == "done" and row.stopped_at and row.due_at - row.started_at <= timedelta(hours=1):
        word = f"用 {span(row.stopped_at - row.started_at)}"
    late = is_late(row, now)
    return ClockFact(
        deadline.id,
        f"{deadline.label} {deadline.limit_words(session, row.org_id, row.started_at)}",
        word,
        tone,
        row.started_at,
        row.due_at,
        row.stopped_at,
        late,
        warn_minutes(row),
        f"{_wall(row.started_at, now)} → {_wall(row.stopped_at, now) if row.stopped_at else '…'}",
        deadline.reason(session, row.org_id, row.started_at) if late else "",
        deadline.article,
        deadline.rules,
    )


def _wall(moment: datetime, now: datetime) -> str:
    wall = clock.local(moment)
    return f"{wall:%H:%M}" if wall.date() == clock.local(now).date() else f"{wall:%m-%d %H:%M}"


# 升级 ----------------------------------------------------------------------------------------------------------------


def level_of(session: Session, ticket: Ticket, now: datetime | None = None) -> int:
    """0 责任人 … 5 品质管理中心: the level the matter has reached, or had reached when it was done (TKT-13…17)."""
    return max((d.level for d, _row in _reached(session, ticket, now or clock.now())), default=0)


def _reached(session: Session, ticket: Ticket, now: datetime) -> list[tuple[Deadline, Clock]]:
    rows = select(Clock).where(Clock.noun == "ticket", Clock.row_id == ticket.id, Clock.deadline.in_(_LADDER))
    late = [(deadline_of(row), row) for row in session.scalars(rows) if is_late(row, now)]
    return sorted(late, key=lambda pair: pair[0].level)


def responsible(session: Session, ticket: Ticket, now: datetime | None = None) -> list[Responsible]:
    """The one who has it in hand and everybody it has risen to: a level adds a person, takes nobody away (TKT-18)."""
    moment = now or clock.now()
    handler = is_there(session, ticket.handler_id or ticket.first_contact_id, moment)
    line = [Responsible(0, LEVELS[0], ticket.received_at, (handler.name,) if handler else ())]
    for deadline, row in _reached(session, ticket, moment):
        told = [pair for target in deadline.steps[0].to for pair in target.told(session, ticket, row.due_at)]
        names = tuple(dict.fromkeys(staff.name for _post, staff in told))
        posts = dict.fromkeys(post_label(session, post, ticket.org_id) for post, _staff in told if post)
        head = post_label(session, head_of(ticket), ticket.org_id) if deadline.level == 1 else LEVELS[deadline.level]
        label = "、".join(posts) or head
        line.append(Responsible(deadline.level, label, row.due_at, names, deadline.article))
    return line


# 列表 ----------------------------------------------------------------------------------------------------------------


def _open_of(model: type[Any]) -> ColumnElement[bool]:
    return and_(
        Clock.noun == model.__tablename__,
        Clock.row_id == model.id,
        Clock.stopped_at.is_(None),
        Clock.deadline.not_in(_SOFT),
    )


def overdue_condition(model: type[Any], now: datetime) -> ColumnElement[bool]:
    """The rows of which some time is up now."""
    return exists().where(_open_of(model), Clock.due_at <= now)


def soon_condition(model: type[Any], now: datetime, within: timedelta = timedelta(hours=1)) -> ColumnElement[bool]:
    """The rows of which some time will be up within the hour, and none is up yet."""
    near = exists().where(_open_of(model), Clock.due_at > now, Clock.due_at <= now + within)
    return and_(near, ~overdue_condition(model, now))


def due_facts(
    session: Session, model: type[Any], ids: Iterable[int], now: datetime | None = None
) -> dict[int, ClockFact]:
    """Row id -> its most pressing clock in words, for one page of a list; rows without an open clock are left out."""
    moment = now or clock.now()
    rows = select(Clock).where(Clock.noun == model.__tablename__, Clock.row_id.in_(list(ids)))
    rows = rows.where(Clock.stopped_at.is_(None), Clock.deadline.not_in(_SOFT)).order_by(Clock.due_at.desc())
    first = {row.row_id: row for row in session.scalars(rows)}
    return {row_id: fact_of(session, row, moment) for row_id, row in first.items()}
