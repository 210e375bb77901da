"""The ledger replayed: whether every line follows from the one before, the balances from the lines, the lines from the
papers."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models import Material, StockBalance, StockEntry, StockIn, StockInLine, StockOut, StockOutLine, Warehouse
from rules.ledger import NOTHING, plain

MOST = 20  # sentences of one kind: the first wrong line says more than a thousand after it
CHUNK = 10_000


def verify_ledger(session: Session) -> list[str]:
    """What is not as it was written, as Chinese sentences, the first wrong line first; empty when all is whole."""
    walked: dict[tuple[int, int], Decimal] = {}
    return [
        *_first(_walk(session, walked)),
        *_first(_against_balances(session, walked)),
        *_first(_twins(session)),
        *_first(_against_papers(session, StockIn, StockInLine)),
        *_first(_against_papers(session, StockOut, StockOutLine)),
    ]


def _first(faults: Iterator[str]) -> list[str]:
    return [fault for fault, _n in zip(faults, range(MOST), strict=False)]


def _walk(session: Session, left: dict[tuple[int, int], Decimal]) -> Iterator[str]:
    """Line after line in the order they were posted: what was left before, and the line, give what was left after."""
    rows = session.execute(
        select(
            StockEntry.id, StockEntry.warehouse_id, StockEntry.material_id, StockEntry.delta, StockEntry.qty_after
        ).order_by(StockEntry.id),
        execution_options={"yield_per": CHUNK},
    )
    wrong: set[tuple[int, int]] = set()
    for row_id, warehouse_id, material_id, delta, after in rows:
        key = (warehouse_id, material_id)
        should = left.get(key, NOTHING) + delta
        if after != should and key not in wrong:
            wrong.add(key)
            where = _place(session, *key)
            yield f"库存台账第 {row_id} 行（{where}）：结存应为 {plain(should)}，账上是 {plain(after)}"
        left[key] = after


def _against_balances(session: Session, left: dict[tuple[int, int], Decimal]) -> Iterator[str]:
    rest = dict(left)
    rows = session.execute(
        select(StockBalance.warehouse_id, StockBalance.material_id, StockBalance.qty).order_by(StockBalance.id),
        execution_options={"yield_per": CHUNK},
    )
    for warehouse_id, material_id, qty in rows:
        key = (warehouse_id, material_id)
        should = rest.pop(key, NOTHING)
        if qty != should:
            yield f"现存量（{_place(session, *key)}）是 {plain(qty)}，台账最后结存是 {plain(should)}"
    for key, should in rest.items():
        if should:
            yield f"现存量（{_place(session, *key)}）缺失，台账最后结存是 {plain(should)}"


def _twins(session: Session) -> Iterator[str]:
    """Every twin undoes exactly one earlier line of the same paper, store and material."""
    twin, first = aliased(StockEntry), aliased(StockEntry)
    same = (
        (twin.qty == -first.qty)
        & (twin.delta == -first.delta)
        & (twin.warehouse_id == first.warehouse_id)
        & (twin.material_id == first.material_id)
        & (twin.day == first.day)
        & (func.coalesce(twin.stock_in_id, 0) == func.coalesce(first.stock_in_id, 0))
        & (func.coalesce(twin.stock_out_id, 0) == func.coalesce(first.stock_out_id, 0))
        & (twin.id > first.id)
        & first.reverses_id.is_(None)
    )
    rows = session.scalars(select(twin.id).join(first, first.id == twin.reverses_id).where(~same).order_by(twin.id))
    for row_id in rows:
        yield f"库存台账第 {row_id} 行与它冲销的那一行不符"


def _against_papers(
    session: Session, paper: type[StockIn] | type[StockOut], line: type[StockInLine] | type[StockOutLine]
) -> Iterator[str]:
    """An approved slip stands in the ledger line by line with its quantities; any other slip does not stand there."""
    key = StockEntry.stock_in_id if paper is StockIn else StockEntry.stock_out_id
    booked = (
        select(key.label("slip_id"), StockEntry.line_no, StockEntry.material_id, func.sum(StockEntry.qty).label("qty"))
        .where(key.is_not(None))
        .group_by(key, StockEntry.line_no, StockEntry.material_id)
        .having(func.sum(StockEntry.qty) != NOTHING)
        .subquery()
    )
    told = (
        select(line.slip_id, line.line_no, line.material_id, line.qty)
        .join(paper, paper.id == line.slip_id)
        .where(paper.state == "approved")
        .subquery()
    )
    same = (
        (booked.c.slip_id == told.c.slip_id)
        & (booked.c.line_no == told.c.line_no)
        & (booked.c.material_id == told.c.material_id)
        & (booked.c.qty == told.c.qty)
    )
    unbooked = select(told.c.slip_id, told.c.line_no).outerjoin(booked, same).where(booked.c.slip_id.is_(None))
    untold = select(booked.c.slip_id, booked.c.line_no).outerjoin(told, same).where(told.c.slip_id.is_(None))
    for words, statement in (("已审核，台账里没有这一行", unbooked), ("在台账里，单据上没有这一行", untold)):
        for slip_id, line_no in session.execute(statement.order_by("slip_id", "line_no")):
            number = session.scalar(select(paper.number).where(paper.id == slip_id))
            yield f"{paper.__label__} {number or slip_id} 第 {line_no} 行：{words}或数量不符"


def _place(session: Session, warehouse_id: int, material_id: int) -> str:
    return f"{session.get(Warehouse, warehouse_id)} {session.get(Material, material_id)}"
