"""钥匙月报: what 管理处经理 supervises by (004-8§3.1): loans, overdue, incidents, openings, counts of a month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import KeyCount, KeyDeposit, KeyIncident, KeyItem, KeyLoan, KeyReport, KeyUnsealing, clock
from models.keys import CATEGORIES, GONE
from models.keys_loans import OUT
from rules.advance import check, effect
from rules.errors import RuleError
from rules.keys_counts import counted_between
from rules.keys_signing import colleague, put
from rules.person import Person
from rules.policies import policy
from rules.scope import readable

Details = dict[str, Any]
DAY = timedelta(days=1)
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One line of the report: how many, and of which register the rows are."""

    key: str
    label: str
    number: int
    note: str = ""


def month_span(period: str) -> tuple[datetime, datetime]:
    """From the first minute of the month to the first of the next; raises RuleError."""
    if not MONTH.fullmatch(period or ""):
        raise RuleError("月份请写成 2026-11", field="period", rule="KEY-59")
    first = date(int(period[:4]), int(period[5:]), 1)
    following = (first + 32 * DAY).replace(day=1)
    return clock.at_wall(first, time(0)), clock.at_wall(following, time(0))


def key_figures(session: Session, org_id: int, period: str) -> tuple[KeyFigure, ...]:
    """The month's figures, counted anew every time until the report is made."""
    since, until = month_span(period)
    late = KeyLoan.due_at < func.coalesce(KeyLoan.in_at, min(until, clock.now()))

    def number(model: Any, at: Any, *where: ColumnElement[bool]) -> int:
        rows = select(func.count()).select_from(model).where(model.org_id == org_id, at >= since, at < until, *where)
        return session.scalar(rows) or 0

    days = _days_counted(session, org_id, since, min(until, clock.now()))
    return (
        KeyFigure("kept", "在管钥匙", _kept(session, org_id), _by_category(session, org_id)),
        KeyFigure("deposits", "新寄存", number(KeyDeposit, KeyDeposit.deposited_at)),
        KeyFigure("loans", "借出", number(KeyLoan, KeyLoan.out_at)),
        KeyFigure("urgent", "其中紧急借出", number(KeyLoan, KeyLoan.out_at, KeyLoan.emergency.is_(True))),
        KeyFigure("late", "逾期归还或未还", number(KeyLoan, KeyLoan.out_at, late)),
        KeyFigure("refused", "不予借出", number(KeyLoan, KeyLoan.created_at, KeyLoan.state == "refused")),
        KeyFigure("out", "月末仍在外", len(long_out(session, org_id, days=0))),
        KeyFigure("opened", "封存钥匙启封", number(KeyUnsealing, KeyUnsealing.opened_at)),
        KeyFigure("to_reseal", "尚待重新封存", _states(session, org_id, "opened", "in_use", "to_reseal")),
        KeyFigure("incidents", "异常", number(KeyIncident, KeyIncident.found_at)),
        KeyFigure("counts", "应清点天数中已清点", days[0], f"应清点 {days[1]} 天"),
        KeyFigure("differences", "清点差异", number(KeyCount, KeyCount.finished_at, KeyCount.difference > 0)),
    )


def _kept(session: Session, org_id: int) -> int:
    rows = select(func.count()).where(KeyItem.org_id == org_id, KeyItem.state.not_in(GONE))
    return session.scalar(rows) or 0


def _by_category(session: Session, org_id: int) -> str:
    rows = session.execute(
        select(KeyItem.category, func.count())
        .where(KeyItem.org_id == org_id, KeyItem.state.not_in(GONE))
        .group_by(KeyItem.category)
    )
    found = {str(row[0]): int(row[1]) for row in rows}
    return "、".join(f"{word} {found[name]}" for name, word in CATEGORIES.items() if name in found)


def _states(session: Session, org_id: int, *states: str) -> int:
    rows = select(func.count()).where(KeyItem.org_id == org_id, KeyItem.state.in_(states))
    return session.scalar(rows) or 0


def _days_counted(session: Session, org_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    done, due, day = 0, 0, since
    while day < until:
        due += 1
        done += counted_between(session, org_id, day, day + DAY)
        day += DAY
    return done, due


def long_out(session: Session, org_id: int, days: int | None = None) -> list[KeyLoan]:
    """KEY-28: the keys out for longer than the policy calls 长期未归 (or than `days`), the longest first."""
    limit = int(policy(session, "key.long_out_days", org_id)) if days is None else days
    rows = select(KeyLoan).where(KeyLoan.org_id == org_id, KeyLoan.state.in_(OUT))
    return list(session.scalars(rows.where(KeyLoan.out_at <= clock.now() - limit * DAY).order_by(KeyLoan.out_at)))


@check(KeyReport, "start")
def _counts_a_month(session: Session, report: KeyReport, by: Person, details: Details) -> None:
    """KEY-59: a month once, as it stood when the report was made."""
    since, _until = month_span(report.period)
    if since > clock.now():
        raise RuleError("这个月还没有开始", field="period", rule="KEY-59")
    rows = select(KeyReport.id).where(KeyReport.org_id == report.org_id, KeyReport.period == report.period)
    if session.scalars(rows).first() is not None:
        raise RuleError(f"{report.period} 的钥匙月报已经有了", field="period", rule="KEY-59")
    found = key_figures(session, report.org_id, report.period)
    report.figures = [[f.key, f.label, f.number, f.note] for f in found]


@effect(KeyReport, "start")
def _maker_has_signed(session: Session, report: KeyReport, by: Person, details: Details) -> None:
    put(session, report, "制表人", colleague(by, "制表人"))


@check(KeyReport, "read_")
def _manager_has_read_it(session: Session, report: KeyReport, by: Person, details: Details) -> None:
    report.read_at = clock.now()


@effect(KeyReport, "read_")
def _manager_has_signed(session: Session, report: KeyReport, by: Person, details: Details) -> None:
    put(session, report, "管理处经理", colleague(by, "管理处经理"))


def figures_of(report: KeyReport) -> Sequence[KeyFigure]:
    """The figures as they were reported."""
    return [KeyFigure(*row) for row in report.figures or ()]


def loans_out(session: Session, person: Person, org_id: int | None = None) -> list[KeyLoan]:
    """KEY-27: every key that is out, what is due first on top."""
    rows = select(KeyLoan).where(KeyLoan.state.in_(OUT), readable(person, KeyLoan))
    if org_id is not None:
        rows = rows.where(KeyLoan.org_id == org_id)
    return list(session.scalars(rows.order_by(KeyLoan.due_at, KeyLoan.id)))
