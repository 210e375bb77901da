"""月结: a 业务部 closes its months in order, told of every obstacle at once, and opens only the last one again."""

import calendar
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, literal, select, union_all
from sqlalchemy.orm import Session

from models import MonthBalance, OrgUnit, StockEntry, StockIn, StockMonth, StockOut, StockSlip, Warehouse, clock
from rules.advance import check, effect
from rules.errors import RuleError
from rules.ledger import NOTHING
from rules.permissions import require
from rules.person import Person, units_below
from rules.stores import hold_books, last_closed, month_words

Details = dict[str, Any]
BALANCES = cast(Table, MonthBalance.__table__)
MOST_NAMED = 10


def last_day(month: str) -> date:
    """2026-11-30 of 2026-11."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def month_after(month: str) -> str:
    """2026-12 after 2026-11."""
    return f"{last_day(month) + timedelta(days=1):%Y-%m}"


def next_month(session: Session, division: OrgUnit) -> str:
    """The month that is to be closed next: the one after the last closed, at first that of the first paper."""
    closed = last_closed(session, division.id)
    if closed:
        return month_after(closed)
    units = units_below(session, division.id)
    days = [
        session.scalar(select(func.min(model.day)).where(model.org_id.in_(units), model.state != "void"))
        for model in (StockIn, StockOut)
    ]
    first = min((day for day in days if day), default=clock.today())
    return f"{first:%Y-%m}"


def prepare_month(session: Session, division_id: int, by: Person) -> StockMonth:
    """The row of the month to close next. Raises NotAllowed, or RuleError when the unit keeps no books."""
    division = session.get_one(OrgUnit, division_id)
    if division.kind != "division":
        raise RuleError("月结由业务部办理，请选择业务部", field="org_id", rule="STK-10")
    month = next_month(session, division)
    row = session.scalars(
        select(StockMonth).where(StockMonth.org_id == division.id, StockMonth.month == month)
    ).one_or_none()
    row = row or StockMonth(org_id=division.id, month=month)
    require(by, "stock_month.write", row, "办理月结")
    session.add(row)
    session.flush()
    return row


def obstacles(session: Session, row: StockMonth) -> list[str]:
    """Everything that keeps the month from being closed, each as one sentence that names its papers."""
    division, end = session.get_one(OrgUnit, row.org_id), last_day(row.month)
    found = []
    if end >= clock.today():
        found.append(f"{month_words(end)}还没有结束")
    due = next_month(session, division)
    if row.month != due:
        found.append(f"应先结 {due}，不能跳月")
    units = units_below(session, row.org_id)
    return [*found, *(words for ask in OBSTACLES for words in ask(session, units, end))]


def unapproved_slips(session: Session, units: frozenset[int], end: date) -> list[str]:
    """Slips of the month nobody approved; goods under way between two stores are no obstacle (decision 39)."""
    found = []
    for model in (StockIn, StockOut):
        rows = session.scalars(
            select(model)
            .where(model.org_id.in_(units), model.day <= end, model.state.in_(("saved", "doubted")))
            .order_by(model.id)
        )
        open_ = [slip for slip in rows if not is_under_way(slip)]
        found += named(f"有 {len(open_)} 张{model.__label__}未审核", [s.number or "" for s in open_])
    return found


def is_under_way(slip: StockSlip) -> bool:
    """An in-slip whose goods have left the other store and not arrived."""
    return slip.side == "in" and slip.transfer is not None and slip.transfer.state == "in_transit"


def named(words: str, numbers: list[str]) -> list[str]:
    """「有 3 张…：QTRK-…、…」; nothing where there are none."""
    if not numbers:
        return []
    rest = " 等" if len(numbers) > MOST_NAMED else ""
    return [f"{words}：{'、'.join(numbers[:MOST_NAMED])}{rest}"]


#: Each says what of its subject keeps a month open; later subjects add their own.
OBSTACLES = [unapproved_slips]


@check(StockMonth, "close")
def _nothing_is_open(session: Session, row: StockMonth, by: Person, details: Details) -> None:
    hold_books(session, row.org_id, alone=True)
    if found := obstacles(session, row):
        raise RuleError(f"{row.month} 不能结账：{'；'.join(found)}", rule="STK-10")
    row.closed_at, row.closed_by_id = clock.now(), by.staff_id


@effect(StockMonth, "close")
def _month_end_is_kept(session: Session, row: StockMonth, by: Person, details: Details) -> None:
    """What lay there at the end, so that no later report has to add up from the beginning."""
    stores = select(Warehouse.id).where(Warehouse.org_id.in_(units_below(session, row.org_id)))
    end, start = last_day(row.month), date(int(row.month[:4]), int(row.month[5:]), 1)
    before = session.scalars(
        select(StockMonth)
        .where(StockMonth.org_id == row.org_id, StockMonth.state == "closed", StockMonth.month < row.month)
        .order_by(StockMonth.month.desc())
        .limit(1)
    ).first()
    moved = select(StockEntry.warehouse_id, StockEntry.material_id, StockEntry.delta.label("qty")).where(
        StockEntry.warehouse_id.in_(stores), StockEntry.day <= end
    )
    parts = [moved]
    if before is not None:
        parts = [
            moved.where(StockEntry.day >= start),
            select(MonthBalance.warehouse_id, MonthBalance.material_id, MonthBalance.qty).where(
                MonthBalance.month_id == before.id
            ),
        ]
    all_ = union_all(*parts).subquery()
    total = func.sum(all_.c.qty)
    summed = (
        select(literal(row.id), all_.c.warehouse_id, all_.c.material_id, total)
        .group_by(all_.c.warehouse_id, all_.c.material_id)
        .having(total != NOTHING)
    )
    session.execute(delete(BALANCES).where(BALANCES.c.month_id == row.id))
    session.execute(insert(BALANCES).from_select(["month_id", "warehouse_id", "material_id", "qty"], summed))


@check(StockMonth, "reopen")
def _only_the_last(session: Session, row: StockMonth, by: Person, details: Details) -> None:
    hold_books(session, row.org_id, alone=True)
    last = last_closed(session, row.org_id)
    if row.month != last:
        raise RuleError(f"只能取消最近一次结账（{last}），请逐月取消", rule="STK-10")
    row.closed_at = row.closed_by_id = None


@effect(StockMonth, "reopen")
def _its_end_is_open_again(session: Session, row: StockMonth, by: Person, details: Details) -> None:
    session.execute(delete(BALANCES).where(BALANCES.c.month_id == row.id))


def verify_months(session: Session) -> list[str]:
    """Every month end kept is what the ledger adds up to; what is not, in Chinese."""
    found = []
    for row in session.scalars(select(StockMonth).where(StockMonth.state == "closed").order_by(StockMonth.month)):
        stores = select(Warehouse.id).where(Warehouse.org_id.in_(units_below(session, row.org_id)))
        summed = session.execute(
            select(StockEntry.warehouse_id, StockEntry.material_id, func.sum(StockEntry.delta))
            .where(StockEntry.warehouse_id.in_(stores), StockEntry.day <= last_day(row.month))
            .group_by(StockEntry.warehouse_id, StockEntry.material_id)
        )
        should = {(w, m): qty for w, m, qty in summed if qty}
        kept = session.execute(
            select(BALANCES.c.warehouse_id, BALANCES.c.material_id, BALANCES.c.qty).where(BALANCES.c.month_id == row.id)
        )
        if {(w, m): qty for w, m, qty in kept} != should:
            found.append(f"{row} 的月末结存与台账不符，请取消结账后重新结账")
    return found
