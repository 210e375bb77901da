"""The stock ledger: balances moved by one conditional statement each, lines appended, nothing ever below zero.

A paper's lines are posted in the order of their materials, so that two papers never wait for each other in a circle.
弃审 appends twins; nothing is changed and nothing deleted. Quantities are whole thousandths on both engines.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Material, StockBalance, StockEntry, StockSlip, Warehouse, clock
from models.slip_lines import SlipLine
from rules.errors import RuleError
from rules.stores import hold_books, is_closed, month_words

BALANCES = cast(Table, StockBalance.__table__)
NOTHING = Decimal(0)


class NotEnoughStock(RuleError):
    """The balance would fall below zero (库存不足)."""


def on_hand(session: Session, warehouse_id: int, material_ids: Iterable[int]) -> dict[int, Decimal]:
    """Material → what lies in the warehouse now, in its unit; nothing of what was never there."""
    rows = session.execute(
        select(BALANCES.c.material_id, BALANCES.c.qty).where(
            BALANCES.c.warehouse_id == warehouse_id, BALANCES.c.material_id.in_(list(material_ids))
        )
    )
    found: dict[int, Decimal] = {row.material_id: row.qty for row in rows}
    return found


def post(session: Session, slip: StockSlip) -> None:
    """Write the lines of an approved slip into the ledger and move the balances.

    Raises NotEnoughStock naming every material that is short, with what is there and what is needed; then the
    transaction must not be committed.
    """
    hold_books(session, slip.org_id)
    day, note = _posting_day(session, slip)
    sign = 1 if slip.side == "in" else -1
    lines = sorted(slip.lines, key=lambda line: (line.material_id, line.line_no))  # type: ignore[attr-defined]
    _refuse_shortage(session, slip.warehouse_id, [(line.material_id, sign * line.qty) for line in lines])
    common = {
        "org_id": slip.org_id,
        "at": clock.now(),
        "day": day,
        "moved_at": slip.happened_at or clock.now(),
        "warehouse_id": slip.warehouse_id,
        "side": slip.side,
        "category": slip.category,  # type: ignore[attr-defined]
        "turn": slip.turn,
        "note": note,
        **_paper(slip),
    }
    _make_room(session, slip.org_id, slip.warehouse_id, {line.material_id for line in lines})
    rows = [{**common, **_entry(session, slip.warehouse_id, line, sign)} for line in lines]
    session.execute(insert(StockEntry), rows)
    _refuse_overdrawn_batches(session, slip.warehouse_id, lines)


def unpost(session: Session, slip: StockSlip) -> None:
    """Take an approved slip back by twins in the same column (弃审): both columns of every report stay true.

    Raises RuleError when the month of the slip is closed, NotEnoughStock when what it brought in is gone already.
    """
    hold_books(session, slip.org_id)
    entries = live_entries(session, slip)
    closed = next((e.day for e in entries if is_closed(session, slip.org_id, e.day)), None)
    if closed is not None:
        raise RuleError(f"{slip} 记在 {month_words(closed)}，该月已结账，请先取消结账", rule="INV-14")
    _refuse_shortage(session, slip.warehouse_id, [(e.material_id, -e.delta) for e in entries], taking_back=True)
    rows = [
        {
            **{n: getattr(e, n) for n in _COPIED.split()},
            "at": clock.now(),
            "turn": slip.turn,
            "qty": -e.qty,
            "delta": -e.delta,
            "qty_after": _move(session, e.warehouse_id, e.material_id, -e.delta),
            "reverses_id": e.id,
            "note": "弃审冲销",
        }
        for e in entries
    ]
    session.execute(insert(StockEntry), rows)


_COPIED = (
    "org_id day moved_at warehouse_id material_id side category batch produced_on stock_in_id stock_out_id line_no"
)


def live_entries(session: Session, slip: StockSlip) -> list[StockEntry]:
    """The lines that stand in the ledger for the slip now, in the order of their materials."""
    own = StockEntry.stock_in_id == slip.id if slip.side == "in" else StockEntry.stock_out_id == slip.id
    twins = select(StockEntry.reverses_id).where(own, StockEntry.reverses_id.is_not(None))
    found = session.scalars(
        select(StockEntry)
        .where(own, StockEntry.reverses_id.is_(None), StockEntry.id.not_in(twins))
        .order_by(StockEntry.material_id, StockEntry.line_no)
    )
    return list(found)


def _paper(slip: StockSlip) -> dict[str, int | None]:
    is_in = slip.side == "in"
    return {"stock_in_id": slip.id if is_in else None, "stock_out_id": None if is_in else slip.id}


def _posting_day(session: Session, slip: StockSlip) -> tuple[date, str | None]:
    """The slip's date; what was under way when its month was closed is booked today, with a note (decision 39)."""
    if not is_closed(session, slip.org_id, slip.day):
        return slip.day, None
    return clock.today(), f"单据日期 {slip.day}，该月已结账"


def _entry(session: Session, warehouse_id: int, line: SlipLine, sign: int) -> dict[str, Any]:
    delta = sign * line.qty
    return {
        "material_id": line.material_id,
        "line_no": line.line_no,
        "batch": line.batch,
        "produced_on": line.produced_on,
        "qty": line.qty,
        "delta": delta,
        "qty_after": _move(session, warehouse_id, line.material_id, delta),
    }


def _make_room(session: Session, org_id: int, warehouse_id: int, material_ids: set[int]) -> None:
    """A balance of nothing for what was never there, so that there is a row to move."""
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    known = on_hand(session, warehouse_id, material_ids)
    rows = [
        {"org_id": org_id, "warehouse_id": warehouse_id, "material_id": m, "qty": NOTHING}
        for m in sorted(material_ids - known.keys())
    ]
    if rows:
        made = dialect.insert(BALANCES).on_conflict_do_nothing(index_elements=["warehouse_id", "material_id"])
        session.execute(made, rows)


def _move(session: Session, warehouse_id: int, material_id: int, delta: Decimal) -> Decimal:
    """Move one balance; the condition stands in the statement, so that nobody can come between."""
    moved = (
        update(BALANCES)
        .where(BALANCES.c.warehouse_id == warehouse_id, BALANCES.c.material_id == material_id)
        .where(BALANCES.c.qty + delta >= NOTHING)
        .values(qty=BALANCES.c.qty + delta)
        .returning(BALANCES.c.qty)
    )
    left: Decimal | None = session.execute(moved).scalar()
    if left is None:
        there = on_hand(session, warehouse_id, [material_id]).get(material_id, NOTHING)
        raise _short(session, warehouse_id, {material_id: (there, -delta)})
    return left


def _refuse_shortage(
    session: Session, warehouse_id: int, moves: list[tuple[int, Decimal]], *, taking_back: bool = False
) -> None:
    """Judge the whole paper first, so that the sentence names every short material and not only the first."""
    net: dict[int, Decimal] = {}
    for material_id, delta in moves:
        net[material_id] = net.get(material_id, NOTHING) + delta
    lowered = [m for m, delta in net.items() if delta < 0]
    there = on_hand(session, warehouse_id, lowered)
    short = {m: (there.get(m, NOTHING), -net[m]) for m in lowered if there.get(m, NOTHING) + net[m] < 0}
    if short:
        raise _short(session, warehouse_id, short, taking_back=taking_back)


def _short(
    session: Session, warehouse_id: int, short: Mapping[int, tuple[Decimal, Decimal]], *, taking_back: bool = False
) -> NotEnoughStock:
    """「库存不足：现存 3，需要 5」 with the warehouse and the material; 弃审 says what it would undo."""
    store = session.get_one(Warehouse, warehouse_id)
    words = "；".join(
        f"{session.get_one(Material, m)} 现存 {plain(there)}，需要 {plain(needed)}，差 {plain(needed - there)}"
        for m, (there, needed) in sorted(short.items())
    )
    head = "弃审后结存将为负" if taking_back else "库存不足"
    return NotEnoughStock(f"{head}：{store} {words}", field="lines", rule="INV-14" if taking_back else "INV-23")


def plain(qty: Decimal) -> str:
    """A quantity without trailing zeros: `3`, `0.5`."""
    return f"{qty.normalize():f}"


# ---- batches ---------------------------------------------------------------------------------------------------


def batch_stock(session: Session, warehouse_id: int, material_id: int) -> dict[str, Decimal]:
    """Batch → what is left of it in the warehouse, the oldest standing first (先进先出)."""
    rows = session.execute(
        select(StockEntry.batch, func.sum(StockEntry.delta), func.min(StockEntry.id))
        .where(StockEntry.warehouse_id == warehouse_id, StockEntry.material_id == material_id)
        .where(StockEntry.batch.is_not(None))
        .group_by(StockEntry.batch)
        .order_by(func.min(func.coalesce(StockEntry.produced_on, StockEntry.day)), func.min(StockEntry.id))
    )
    return {batch: Decimal(left) for batch, left, _first in rows if left and batch}


def _refuse_overdrawn_batches(session: Session, warehouse_id: int, lines: list[SlipLine]) -> None:
    """No batch gives more than came in of it; the balance's row is held, so nobody else moves it meanwhile."""
    for material_id in {line.material_id for line in lines if line.batch}:
        for batch, left in batch_stock(session, warehouse_id, material_id).items():
            if left < 0:
                material = session.get_one(Material, material_id)
                raise NotEnoughStock(f"{material} 批次 {batch} 不足，差 {plain(-left)}", field="lines", rule="ISS-05")


def moved_since(session: Session, warehouse_id: int, after_id: int, until: datetime) -> dict[int, Decimal]:
    """Material → what was booked after a line of the ledger and had happened by a moment: folded into a count."""
    rows = session.execute(
        select(StockEntry.material_id, func.sum(StockEntry.delta))
        .where(StockEntry.warehouse_id == warehouse_id, StockEntry.id > after_id, StockEntry.moved_at <= until)
        .group_by(StockEntry.material_id)
    )
    return {material_id: Decimal(moved) for material_id, moved in rows}
