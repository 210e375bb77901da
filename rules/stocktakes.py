"""盘点: the template, two blind counts, movements meanwhile folded in, reasons, and slips only after approval."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models import (
    Appointment,
    StockBalance,
    StockEntry,
    StockIn,
    StockOut,
    StockSlip,
    Stocktake,
    StocktakeLine,
    Warehouse,
    clock,
)
from rules.advance import advance, check, effect, start
from rules.errors import NotAllowed, RuleError
from rules.ledger import live_entries, moved_since, plain
from rules.person import Person
from rules.policies import policy
from rules.slips import BLOCKERS, put_on_file
from rules.stock_months import OBSTACLES, named
from rules.stores import store

Details = dict[str, Any]
FINISHED = ("approved", "adjusted", "done", "judged")
OVER = (*FINISHED, "void")


def template(session: Session, take: Stocktake, material_ids: Iterable[int], by: Person) -> Stocktake:
    """生成模板: everything that lies in the store, for a spot count what was chosen (STK-02, STK-11).

    Raises NotAllowed, or RuleError when the store is being counted already or there is nothing to count.
    """
    warehouse = store(session, take.warehouse_id)
    take.org_id = warehouse.org_id
    under_way = session.scalars(
        select(Stocktake).where(Stocktake.warehouse_id == warehouse.id, Stocktake.state.not_in(OVER))
    ).first()
    if under_way is not None:
        raise RuleError(f"{warehouse} 已有未完成的 {under_way}", field="warehouse_id", rule="STK-02")
    chosen = sorted(set(material_ids))
    if take.kind != "spot" or not chosen:
        lies = select(StockBalance.material_id).where(StockBalance.warehouse_id == warehouse.id, StockBalance.qty > 0)
        chosen = sorted({*chosen, *session.scalars(lies)})
    if not chosen:
        raise RuleError(f"{warehouse} 没有存货可盘", field="warehouse_id", rule="STK-02")
    start(session, take, by)
    for n, material_id in enumerate(chosen, 1):
        session.add(StocktakeLine(org_id=take.org_id, stocktake_id=take.id, line_no=n, material_id=material_id))
    session.flush()
    return take


@check(Stocktake, "start", "edit")
def _is_a_count(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """季度盘点 is supervised (C-31)."""
    if take.kind == "quarter" and take.mode != "supervised":
        raise RuleError("季度盘点须监盘，请把方式改为监盘", field="mode", rule="STK-01")
    cycle = policy(session, "stk.cycle", take.org_id)
    if take.kind != "spot" and cycle not in ("both", take.kind):
        raise RuleError("按本业务部的盘点周期设置，不做这一类盘点", field="kind", rule="STK-06")


@check(Stocktake, "issue")
def _has_its_time(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    if take.due_at is not None and take.due_at <= clock.now():
        raise RuleError("规定时间应晚于现在", field="due_at", rule="STK-03")


@check(Stocktake, "begin")
def _books_are_noted(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """The snapshot: what the books say now, and up to which line of the ledger (STK-13)."""
    _note_books(session, take)


def _note_books(session: Session, take: Stocktake) -> None:
    take.snapshot_at = clock.now()
    last = select(func.max(StockEntry.id)).where(StockEntry.warehouse_id == take.warehouse_id)
    take.after_entry = session.scalar(last) or 0
    lies = session.execute(
        select(StockBalance.material_id, StockBalance.qty).where(StockBalance.warehouse_id == take.warehouse_id)
    )
    books: dict[int, Decimal] = {row.material_id: row.qty for row in lies}
    for line in take.lines:
        line.book_qty = books.get(line.material_id, Decimal(0))
        line.first_qty = line.second_qty = line.counted_at = line.diff = None
        line.moved = Decimal(0)
    take.first_by_id = take.second_by_id = None


@check(Stocktake, "record")
def _first_count(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """初盘; zero is a figure."""
    _take_down(take, details.get("first") or (), "first_qty")
    take.first_by_id = by.staff_id
    for line in take.lines:
        if line.first_qty is not None and line.counted_at is None:
            line.counted_at = clock.now()


@check(Stocktake, "recount")
def _second_count(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """复盘, by somebody else."""
    if by.staff_id == take.first_by_id:
        raise NotAllowed("复盘须由初盘以外的人登记", rule="STK-11")
    _take_down(take, details.get("second") or (), "second_qty")
    take.second_by_id = by.staff_id


def _take_down(take: Stocktake, said: Iterable[Mapping[str, Any]], name: str) -> None:
    known = {str(line.line_no): line for line in take.lines}
    for one in said:
        line, qty = known.get(str(one.get("line_no"))), one.get(name)
        if line is None or qty is None:
            continue
        if qty < 0:
            raise RuleError(f"第 {line.line_no} 行：盘点数不能小于 0", field="lines", rule="STK-03")
        setattr(line, name, qty)


@check(Stocktake, "report")
def _is_counted(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """Every line counted twice with the same figure; a supervised count names its witness from another site."""
    left = [str(line.line_no) for line in take.lines if line.first_qty is None or line.second_qty is None]
    if left:
        raise RuleError(f"还有 {len(left)} 行没有初盘或复盘：第 {'、'.join(left[:20])} 行", rule="STK-03")
    unlike = [line for line in take.lines if line.first_qty != line.second_qty]
    if unlike:
        words = "；".join(f"第 {line.line_no} 行 {line.material}" for line in unlike[:10])
        raise RuleError(f"初盘与复盘不一致，请再盘：{words}", rule="STK-11")
    if take.mode == "supervised":
        _refuse_own_witness(session, take)
    take.reported_at = clock.now()
    for line in take.lines:
        assert line.counted_at is not None
        moved = moved_since(session, take.warehouse_id, take.after_entry or 0, line.counted_at)
        line.moved = moved.get(line.material_id, Decimal(0))
        line.diff = (line.second_qty or Decimal(0)) - line.book_qty - line.moved


def _refuse_own_witness(session: Session, take: Stocktake) -> None:
    if take.witness_id is None:
        raise RuleError("监盘请填写监盘人员（其他现场的人）", field="witness_id", rule="STK-03")
    held = session.scalars(select(Appointment.org_id).where(Appointment.staff_id == take.witness_id)).all()
    if take.org_id in held or take.witness_id in (take.first_by_id, take.second_by_id):
        raise RuleError("监盘人员须是其他现场或业务部的人", field="witness_id", rule="STK-03")


@effect(Stocktake, "report")
def _goes_on_by_its_differences(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    advance(session, take, "differ" if any(line.diff for line in take.lines) else "clear", by, cause=take)


@check(Stocktake, "explain")
def _every_difference_has_its_reason(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """盘盈 and 盘亏 line by line: why, who, and what is proposed (STK-04, STK-07)."""
    known = {str(line.line_no): line for line in take.lines}
    for one in details.get("differing") or ():
        line = known.get(str(one.get("line_no")))
        if line is not None:
            for name in ("condition", "reason", "liable", "proposal"):
                setattr(line, name, one.get(name))
    for line in differing(take):
        if not (line.reason or "").strip() or not (line.proposal or "").strip():
            raise RuleError(
                f"第 {line.line_no} 行 {line.material} 请填写原因和处理建议", field="differing", rule="STK-04"
            )


def differing(take: Stocktake) -> list[StocktakeLine]:
    """The lines that do not agree with the books."""
    return [line for line in take.lines if line.diff]


@check(Stocktake, "count_again")
def _starts_from_new_books(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    _note_books(session, take)


@check(Stocktake, "approve")
def _is_approved(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    take.approved_by_id, take.approved_at = by.staff_id, clock.now()


@effect(Stocktake, "approve")
def _slips_are_made(session: Session, take: Stocktake, by: Person, details: Details) -> None:
    """At most one 盘盈入库 and one 盘亏出库, for the 账务员 to approve: nobody adjusts the books by hand (STK-08)."""
    more = [line for line in differing(take) if (line.diff or 0) > 0]
    less = [line for line in differing(take) if (line.diff or 0) < 0]
    facts: Details = {"warehouse_id": take.warehouse_id, "stocktake_id": take.id, "stocktake": take}
    slips: list[tuple[StockSlip, list[StocktakeLine]]] = [
        (StockIn(category="surplus", **facts), more),
        (StockOut(category="shortage", **facts), less),
    ]
    for slip, lines in slips:
        if lines:
            rows = [{"material_id": n.material_id, "qty": abs(n.diff or 0), "remark": n.reason} for n in lines]
            put_on_file(session, slip, rows, by, cause=take)


def slips_of(session: Session, take: Stocktake) -> list[StockSlip]:
    """What the approved sheet made."""
    found: list[StockSlip] = []
    for model in (StockIn, StockOut):
        found += session.scalars(select(model).where(model.stocktake_id == take.id, model.state != "void"))
    return found


@effect(StockIn, "approve")
@effect(StockOut, "approve")
def _count_is_adjusted(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    take = slip.stocktake
    if take is not None and all(one.state == "approved" for one in slips_of(session, take)):
        advance(session, take, "adjust", by, cause=slip)


@check(StockIn, "approve")
@check(StockOut, "approve")
def _is_not_booked_already(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """A movement from before a finished count is in its figures already (已入账, decision 38)."""
    if slip.happened_at is None or slip.stocktake_id is not None:
        return
    things = [line.material_id for line in slip.lines]  # type: ignore[attr-defined]
    line = session.scalars(
        select(StocktakeLine)
        .join(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
        .where(
            Stocktake.warehouse_id == slip.warehouse_id, Stocktake.state.in_((*FINISHED, "to_approve", "explaining"))
        )
        .where(StocktakeLine.material_id.in_(things), StocktakeLine.counted_at >= slip.happened_at)
        .limit(1)
    ).first()
    if line is not None:
        raise RuleError(
            f"{line.material} 已在 {line.stocktake} 里按实盘入账，盘点前发生的业务不能再记",
            field="happened_at",
            rule="STK-13",
        )


# ---- what stands in the way --------------------------------------------------------------------------------------


def _counted_since(session: Session, slip: StockSlip) -> list[str]:
    """弃审 of what a later finished count found to be so (INV-14); and nobody undoes an adjustment by hand."""
    if slip.stocktake is not None:
        return [f"由 {slip.stocktake} 生成，不能弃审；有误请重新盘点"]
    entries = live_entries(session, slip)
    if not entries:
        return []
    take = session.scalars(
        select(Stocktake)
        .where(Stocktake.warehouse_id == slip.warehouse_id, Stocktake.state.in_(FINISHED))
        .where(Stocktake.after_entry >= min(e.id for e in entries))
        .where(
            exists().where(
                StocktakeLine.stocktake_id == Stocktake.id,
                StocktakeLine.material_id.in_([e.material_id for e in entries]),
            )
        )
        .limit(1)
    ).first()
    return [f"其后的盘点表 {take.number} 已经盘过"] if take is not None else []


BLOCKERS.append(_counted_since)


def _open_counts(session: Session, units: frozenset[int], end: date) -> list[str]:
    rows = session.scalars(
        select(Stocktake).where(
            Stocktake.org_id.in_(units), Stocktake.state.not_in((*OVER,)), Stocktake.snapshot_at.is_not(None)
        )
    )
    open_ = [t.number or "" for t in rows if t.snapshot_at and clock.local(t.snapshot_at).date() <= end]
    return named(f"有 {len(open_)} 张盘点表未完成", open_)


OBSTACLES.append(_open_counts)


# ---- duties ------------------------------------------------------------------------------------------------------


def counted_in(session: Session, org_id: int, kind: str, period: str) -> bool:
    """Whether every store of the site was counted in `2026-11` or `2026Q4`; always, where `stk.cycle` asks for none."""
    if policy(session, "stk.cycle", org_id) not in ("both", kind):
        return True
    since, until = _span(period)
    stores = session.scalars(select(Warehouse.id).where(Warehouse.org_id == org_id, Warehouse.active)).all()
    full = session.scalars(
        select(StockBalance.warehouse_id).where(StockBalance.warehouse_id.in_(stores), StockBalance.qty > 0).distinct()
    ).all()
    done = session.scalars(
        select(Stocktake.warehouse_id).where(
            Stocktake.org_id == org_id,
            Stocktake.kind == kind,
            Stocktake.reported_at >= since,
            Stocktake.reported_at < until,
        )
    ).all()
    return bool(full) and set(full) <= set(done)


def _span(period: str) -> tuple[datetime, datetime]:
    year, months = int(period[:4]), 3 if "Q" in period else 1
    month = (int(period[-1]) - 1) * 3 + 1 if "Q" in period else int(period[5:])
    first = date(year, month, 1)
    after = (first + timedelta(days=31 * months)).replace(day=1)
    return clock.at_wall(first, time(0)), clock.at_wall(after, time(0))


def figure(line: StocktakeLine) -> str:
    """The difference with its sign: `+2`, `-1`."""
    return "" if line.diff is None else f"{'+' if line.diff > 0 else ''}{plain(line.diff)}"
