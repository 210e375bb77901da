"""指标: response, dispatch, arrival, solution, follow-up and satisfaction of tickets, n of N, from the rows."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from models import Clock, FollowUp, OrgUnit, Ticket, WorkOrder, clock
from rules.deadline_table import ON_THE_SPOT
from rules.errors import RuleError
from rules.person import Person, units_below
from rules.policies import policy

DAYS_SHOWN = 7
SOLVED = ("to_follow_up", "closed", "solved")
FOLLOWED = ("to_follow_up", "closed")
ASKED = ("passed", "failed")
_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])|Q([1-4]))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """One key figure: what it counts, the policy of the percent it must reach (none: shown only), where it stands."""

    key: str
    label: str
    policy: str
    article: str


KINDS: tuple[Kind, ...] = (
    Kind("response", "报事响应及时率", "kpi.response", "003-3§5"),
    Kind("dispatch", "派单及时率", "kpi.dispatch", "003-2.005§4.1.3"),
    Kind("arrival", "到场及时率", "kpi.arrival", "003-2.005§4.1.5"),
    Kind("solution", "问题解决率", "", "004-0§2"),
    Kind("follow_up", "报事回访率", "kpi.follow_up", "003-3§6"),
    Kind("satisfaction", "报事处理满意率", "kpi.satisfaction", "003-3§7"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """n of N: a percentage never stands alone, since 98 % of seven is seven (A-24)."""

    key: str
    label: str
    number: int
    of: int
    target: int | None
    article: str

    @property
    def percent(self) -> float | None:
        """One decimal; None where there is nothing to count."""
        return round(100 * self.number / self.of, 1) if self.of else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target or without anything to count."""
        if self.target is None or not self.of:
            return None
        return self.number * 100 >= self.target * self.of

    @property
    def words(self) -> str:
        """「7/7，100%」, 「没有单据」."""
        return f"{self.number}/{self.of}，{self.percent:g}%" if self.of else "没有单据"

    def as_kept(self) -> dict[str, Any]:
        """What a held meeting keeps of it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DayLoad:
    """One day's tickets and how many of them nobody reached in time."""

    day: date
    received: int
    late: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the home page shows of the service standard (SYS-07): the month so far, and the last days."""

    period: str
    figures: tuple[Figure, ...]
    days: tuple[DayLoad, ...]


class epoch_seconds(FunctionElement[int]):  # noqa: N801 (an SQL function)
    """The moment as whole seconds, on both engines."""

    type = Integer()
    inherit_cache = True


@compiles(epoch_seconds, "sqlite")
def _sqlite_seconds(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kw)}) AS INTEGER)"


@compiles(epoch_seconds, "postgresql")
def _postgresql_seconds(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(floor(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)})) AS BIGINT)"


# 期间 ----------------------------------------------------------------------------------------------------------------


def span_of(period: str) -> tuple[datetime, datetime]:
    """From when until when (not included) `2026-10`, `2026Q3` or `2025` runs; raises RuleError for anything else."""
    found = _PERIOD.fullmatch(period)
    if found is None or not 2000 <= int(found[1]) < 2200:
        raise RuleError("期间请写成 2026-10（月）、2026Q3（季）或 2026（年）", field="period")
    year, month, quarter = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    first, months = (3 * quarter - 2, 3) if found[3] else (month, 1 if found[2] else 12)
    after = year * 12 + first - 1 + months
    return _midnight(date(year, first, 1)), _midnight(date(after // 12, after % 12 + 1, 1))


def period_words(period: str) -> str:
    """「2026年10月」, 「2026年第3季度」, 「2025年度」."""
    year, rest = period[:4], period[4:]
    if rest.startswith("Q"):
        return f"{year}年第{rest[1:]}季度"
    return f"{year}年{int(rest[1:])}月" if rest else f"{year}年度"


def _midnight(day: date) -> datetime:
    return clock.at_wall(day, time(0))


# 指标 ----------------------------------------------------------------------------------------------------------------


def figures(session: Session, org_id: int, period: str) -> tuple[Figure, ...]:
    """The key figures of a unit and everything below it over a period, against the targets that held when it began."""
    return _figures(session, org_id, units_below(session, org_id), *span_of(period))


def _figures(
    session: Session, org_id: int | None, units: Iterable[int], start: datetime, end: datetime
) -> tuple[Figure, ...]:
    inside = _Inside(session, frozenset(units), start, end)
    counted = _of_tickets(inside) | _of_clocks(inside) | _of_follow_ups(inside)
    aims = {kind.key: _target(session, kind, org_id, start) for kind in KINDS}
    return tuple(Figure(k.key, k.label, *counted[k.key], aims[k.key], k.article) for k in KINDS)


def _target(session: Session, kind: Kind, org_id: int | None, at: datetime) -> int | None:
    """What the unit must reach: its own setting; somebody without any unit has nothing to reach."""
    if not kind.policy or org_id is None:
        return None
    return int(policy(session, kind.policy, org_id, at))


@dataclass(frozen=True, slots=True)
class _Inside:
    """What is counted: which units, from when until when."""

    session: Session
    units: frozenset[int]
    start: datetime
    end: datetime

    def limit(self, key: str) -> Any:
        """The policy's value as SQL: one number, or one per project where they differ."""
        orgs = self.session.scalars(select(OrgUnit.id).where(OrgUnit.id.in_(self.units), OrgUnit.kind == "project"))
        values = {org: int(policy(self.session, key, org, self.start)) for org in orgs}
        if len(set(values.values())) < 2:
            return next(iter(values.values()), 0)
        return case(values, value=Ticket.org_id, else_=0)

    def holds(self, column: Any, org: Any) -> ColumnElement[bool]:
        """The rows of the units whose moment lies in the period."""
        return and_(org.in_(self.units), column >= self.start, column < self.end)


def _sum(condition: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _response(limit: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """(counted, in time): somebody at the place within the limit of the report, or of the time agreed.

    The first slip's arrival counts: a rework must not make the first answer look late.
    """
    first = select(func.min(WorkOrder.on_site_at)).where(WorkOrder.ticket_id == Ticket.id).correlate(Ticket)
    there = func.coalesce(first.scalar_subquery(), Ticket.arrived_at)
    agreed = case((Ticket.appointment_at > Ticket.received_at, Ticket.appointment_at), else_=Ticket.received_at)
    allowed = epoch_seconds(agreed) + limit * 60
    needed = and_(Ticket.kind.in_(ON_THE_SPOT), Ticket.state.not_in(("void", "solved")))
    over = allowed < int(clock.now().timestamp())
    counted = and_(needed, or_(there.is_not(None), and_(over, Ticket.state.not_in(FOLLOWED))))
    return counted, and_(counted, there.is_not(None), epoch_seconds(there) <= allowed)


def _of_tickets(inside: _Inside) -> dict[str, tuple[int, int]]:
    counted, in_time = _response(inside.limit("wo.kpi_min"))
    real = Ticket.state != "void"
    solved = and_(Ticket.state.in_(SOLVED), Ticket.transferred.is_(False))
    row = inside.session.execute(
        select(_sum(in_time), _sum(counted), _sum(solved), _sum(real)).where(
            inside.holds(Ticket.received_at, Ticket.org_id)
        )
    ).one()
    return {"response": (row[0], row[1]), "solution": (row[2], row[3])}


def _of_clocks(inside: _Inside) -> dict[str, tuple[int, int]]:
    """Dispatch and arrival as their clocks ran; a clock still running in time is not counted yet."""
    over = or_(Clock.stopped_at.is_not(None), Clock.due_at <= clock.now())
    on_spot = exists().where(Clock.noun == "ticket", Ticket.id == Clock.row_id, Ticket.state.in_(("solved", "void")))
    arrival, in_time = Clock.deadline == "T-03", Clock.stopped_at <= Clock.due_at
    row = inside.session.execute(
        select(_sum(and_(~arrival, in_time)), _sum(~arrival), _sum(and_(arrival, in_time)), _sum(arrival))
        .where(Clock.deadline.in_(("T-01", "T-02", "T-03")), inside.holds(Clock.started_at, Clock.org_id))
        .where(over, ~on_spot)
    ).one()
    return {"dispatch": (row[0], row[1]), "arrival": (row[2], row[3])}


def _of_follow_ups(inside: _Inside) -> dict[str, tuple[int, int]]:
    """Of the matters that ended: asked how content they are; of the answers: content."""
    asked = exists().where(FollowUp.ticket_id == Ticket.id, FollowUp.state.in_(ASKED))
    ended = select(_sum(asked), func.count()).where(Ticket.state.in_(FOLLOWED))
    followed = inside.session.execute(ended.where(inside.holds(Ticket.received_at, Ticket.org_id))).one()
    content = FollowUp.satisfaction >= inside.limit("rv.pass_score")
    scored = (
        select(_sum(content), func.count())
        .select_from(FollowUp)
        .join(Ticket, FollowUp.ticket_id == Ticket.id)
        .where(FollowUp.state.in_(ASKED), inside.holds(Ticket.received_at, Ticket.org_id))
    )
    answers = inside.session.execute(scored).one()
    return {"follow_up": (followed[0], followed[1]), "satisfaction": (answers[0], answers[1])}


# 工作台 --------------------------------------------------------------------------------------------------------------


def dashboard_figures(session: Session, person: Person) -> Dashboard:
    """The month so far and the last seven days of the project in front of the person, else of all their units."""
    units = units_below(session, person.project_id) & person.units if person.project_id else person.units
    today = clock.today()
    first = today.replace(day=1)
    home = person.project_id or next((held.org_id for held in person.holdings), None)
    month = _figures(session, home, units, _midnight(first), _midnight(today + timedelta(days=1)))
    return Dashboard(f"{first:%Y-%m}", month, _days(session, frozenset(units), today))


def _days(session: Session, units: frozenset[int], today: date) -> tuple[DayLoad, ...]:
    days = [today - timedelta(days=n) for n in reversed(range(DAYS_SHOWN))]
    inside = _Inside(session, units, _midnight(days[0]), _midnight(today + timedelta(days=1)))
    counted, in_time = _response(inside.limit("wo.kpi_min"))
    late = and_(counted, ~in_time)
    sums = []
    for day in days:
        on_day = and_(
            Ticket.received_at >= _midnight(day), Ticket.received_at < _midnight(day + timedelta(days=1)),
            Ticket.state != "void",
        )  # fmt: skip
        sums += [_sum(on_day), _sum(and_(on_day, late))]
    row = session.execute(select(*sums).where(inside.holds(Ticket.received_at, Ticket.org_id))).one()
    return tuple(DayLoad(day, row[2 * n], row[2 * n + 1]) for n, day in enumerate(days))
