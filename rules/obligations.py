"""What must exist by a time in a period (通报会, 抽查): made as the period opens, closed by what fulfils it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyReport, Obligation, OrgUnit, clock
from rules.checks import quota_met
from rules.keys_counts import cabinets, counted_between
from rules.policies import policy
from rules.stock_months import last_day
from rules.stocktakes import counted_in
from rules.targets import Step, before, holders, when_due
from rules.transfers import negotiated_in

DAY = timedelta(days=1)
Period = Callable[[date, int], tuple[str, date, date] | None]


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of obligation: `period` says which period is open on a day, from when and until when (or None)."""

    id: str
    label: str
    org_kind: str
    article: str
    rules: tuple[str, ...]
    doers: tuple[str, ...]
    steps: tuple[Step, ...]
    period: Callable[[date, int], tuple[str, date, date] | None]
    key: str = ""
    is_done: Callable[[Session, Obligation, int], bool] | None = None
    applies: Callable[[Session, int], bool] | None = None  # to this unit; everywhere where nothing is said

    def number(self, session: Session, org_id: int, at: datetime) -> int:
        """The policy behind it: a day of the month, or how many."""
        return int(policy(session, self.key, org_id, at)) if self.key else 0

    def rung_at(self, due_at: datetime, n: int) -> datetime | None:
        """The moment of the n-th rung (from 0)."""
        return due_at + self.steps[n].after if n < len(self.steps) else None


def month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - DAY).replace(day=1)


def _last_month(day: date, by: int) -> tuple[str, date, date]:
    return f"{month_before(day):%Y-%m}", day.replace(day=1), day.replace(day=by)


def _last_quarter(day: date, by: int) -> tuple[str, date, date] | None:
    if day.month not in (1, 4, 7, 10):
        return None
    past = month_before(day)
    return f"{past.year}Q{(past.month + 2) // 3}", day.replace(day=1), day.replace(day=by)


def _last_year(day: date, by: int) -> tuple[str, date, date] | None:
    return (str(day.year - 1), date(day.year, 1, 1), date(day.year, 2, by)) if day.month <= 2 else None


def _this_month(day: date, _number: int) -> tuple[str, date, date]:
    following = (day.replace(day=1) + 32 * DAY).replace(day=1)
    return f"{day:%Y-%m}", day.replace(day=1), following - DAY


def _today(day: date, _number: int) -> tuple[str, date, date]:
    return f"{day}", day, day


def _has_cabinets(session: Session, org_id: int) -> bool:
    return bool(cabinets(session, org_id))


def _keys_counted(*kinds: str) -> Callable[[Session, Obligation, int], bool]:
    """Every cabinet of the project was counted in the period (2026-11-21 or 2026-11)."""

    def is_done(session: Session, it: Obligation, _number: int) -> bool:
        first = date.fromisoformat(it.period if len(it.period) > 7 else f"{it.period}-01")
        return counted_between(session, it.org_id, clock.at_wall(first, time(0)), it.due_at, *kinds)

    return is_done


def _key_report_made(session: Session, it: Obligation, _number: int) -> bool:
    rows = select(KeyReport.id).where(KeyReport.org_id == it.org_id, KeyReport.period == it.period)
    return session.scalars(rows).first() is not None


def _sampled(level: str) -> Callable[[Session, Obligation, int], bool]:
    def is_done(session: Session, it: Obligation, number: int) -> bool:
        return quota_met(session, it.org_id, it.period, level, number)

    return is_done


def _meeting(
    number: str,
    label: str,
    kind: str,
    article: str,
    rule: str,
    doer: str,
    up: str,
    period: Callable[[date, int], tuple[str, date, date] | None],
    key: str,
) -> Duty:
    steps = (before(2 * DAY, holders(doer)), when_due(holders(up)))
    return Duty(number, label, kind, article, (rule,), (doer,), steps, period, key)


def _sample(number: str, label: str, article: str, doer: str, up: str, key: str, level: str) -> Duty:
    steps = (before(5 * DAY, holders(doer)), when_due(holders(up)))
    return Duty(number, label, "project", article, (number,), (doer,), steps, _this_month, key, _sampled(level))


def _papers_sent(session: Session, it: Obligation, _number: int) -> bool:
    """Every transfer the manager agreed to in the month is at 计划室; before its last day more may come."""
    return clock.today() >= last_day(it.period) and all(t.sent_on for t in negotiated_in(session, it.period, it.org_id))


def _stock_counted(kind: str) -> Callable[[Session, Obligation, int], bool]:
    def is_done(session: Session, it: Obligation, _number: int) -> bool:
        return counted_in(session, it.org_id, kind, it.period)

    return is_done


def _count(number: str, label: str, kind: str, article: str, rule: str, period: Period) -> Duty:
    steps = (before(3 * DAY, holders("storekeeper", "division_accountant")), when_due(holders("division_manager")))
    return Duty(
        number, label, "site", article, (rule,), ("division_accountant",), steps, period, is_done=_stock_counted(kind)
    )


def _this_quarter(day: date, _number: int) -> tuple[str, date, date]:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    following = (first + 95 * DAY).replace(day=1)
    return f"{day.year}Q{(day.month + 2) // 3}", first, following - DAY


DUTIES: tuple[Duty, ...] = (
    _sample(
        "TKT-11", "片区每月抽查报事", "003-2.005§4.1.9", "area_manager", "quality_manager", "tkt.sample_area", "area"
    ),
    _sample(
        "TKT-12",
        "品质管理中心每月抽查报事",
        "003-2.005§4.1.10",
        "quality_manager",
        "company_leader",
        "tkt.sample_quality",
        "quality",
    ),
    _meeting(
        "TKT-19",
        "上月报事处理情况通报会",
        "project",
        "003-2.005§4.4.1",
        "TKT-19",
        "service_supervisor",
        "project_manager",
        _last_month,
        "tkt.meeting_day",
    ),
    _meeting(
        "TKT-20",
        "上季度报事处理情况通报会",
        "area",
        "003-2.005§4.4.2",
        "TKT-20",
        "area_manager",
        "quality_manager",
        _last_quarter,
        "tkt.quarter_meeting_day",
    ),
    _meeting(
        "TKT-21",
        "上年度报事处理情况通报会",
        "company",
        "003-2.005§4.4.3",
        "TKT-21",
        "quality_manager",
        "company_leader",
        _last_year,
        "tkt.year_meeting_day",
    ),
    # 钥匙
    Duty(
        "T-32",
        "每日钥匙清点",
        "project",
        "004-8§4.1(7)",
        ("KEY-26", "KEY-29"),
        ("service_administrator", "desk_clerk"),
        (
            before(timedelta(hours=6, minutes=30), holders("service_administrator")),
            when_due(holders("service_supervisor")),
        ),
        _today,
        is_done=_keys_counted(),
        applies=_has_cabinets,
    ),
    Duty(
        "KEY-26",
        "每月钥匙清点",
        "project",
        "002-3§8",
        ("KEY-26",),
        ("service_administrator",),
        (before(3 * DAY, holders("service_administrator")), when_due(holders("service_supervisor"))),
        _this_month,
        is_done=_keys_counted("monthly", "opening"),
        applies=_has_cabinets,
    ),
    Duty(
        "KEY-59",
        "上月钥匙月报",
        "project",
        "004-8§3.1",
        ("KEY-59",),
        ("service_administrator", "service_supervisor"),
        (before(DAY, holders("service_supervisor")), when_due(holders("project_manager"))),
        _last_month,
        "key.report_day",
        _key_report_made,
        _has_cabinets,
    ),
    # 物资
    _count("T-38M", "本月库存盘点", "month", "004-2§1.4.1", "STK-06", _this_month),
    _count("T-38Q", "本季库存监盘", "quarter", "004-1§6", "STK-01", _this_quarter),
    Duty(
        "T-42",
        "本月协商调拨单寄计划室",
        "division",
        "004-1§4.1",
        ("INV-54",),
        ("division_accountant",),
        (before(DAY, holders("division_accountant")), when_due(holders("division_manager"))),
        _this_month,
        is_done=_papers_sent,
    ),
)
DUTY_OF: dict[str, Duty] = {d.id: d for d in DUTIES}


def missing_obligations(session: Session, now: datetime) -> list[Obligation]:
    """What is open now and not yet written down (not added to the session); never what was over before we looked."""
    day = clock.local(now).date()
    recent = Obligation.due_at > now - 70 * DAY  # longer than any period stays open
    rows = session.execute(select(Obligation.duty, Obligation.org_id, Obligation.period).where(recent))
    there = {(row.duty, row.org_id, row.period) for row in rows}
    orgs = session.scalars(select(OrgUnit).where(OrgUnit.active).order_by(OrgUnit.id)).all()
    made = []
    for duty in DUTIES:
        for org in (o for o in orgs if o.kind == duty.org_kind):
            found = duty.period(day, duty.number(session, org.id, now))
            if found is None or (duty.id, org.id, found[0]) in there:
                continue
            if duty.applies is not None and not duty.applies(session, org.id):
                continue
            due = clock.at_wall(found[2] + DAY, time(0))
            if due > now:
                rung = duty.rung_at(due, 0)
                made.append(Obligation(duty=duty.id, org_id=org.id, period=found[0], due_at=due, next_rung_at=rung))
    return made


def fulfilled(session: Session, now: datetime) -> list[Obligation]:
    """The open ones whose records are there by now."""
    counted = {d.id: d for d in DUTIES if d.is_done}
    rows = select(Obligation).where(Obligation.closed_at.is_(None), Obligation.duty.in_(counted))
    return [it for it in session.scalars(rows) if _is_done(session, counted[it.duty], it)]


def _is_done(session: Session, duty: Duty, it: Obligation) -> bool:
    assert duty.is_done is not None
    return duty.is_done(session, it, duty.number(session, it.org_id, it.due_at))


def close(it: Obligation, at: datetime, noun: str | None = None, row_id: int | None = None) -> None:
    """It is fulfilled, by this record where there is one."""
    it.closed_at, it.next_rung_at, it.closed_noun, it.closed_row_id = at, None, noun, row_id
