"""收发存汇总表: opening, received, issued, closing of a period, counted from the last closed month on.

Figures go by the papers' dates. 期初 slips of the period count as opening. What is 调拨 can be left out of sight: then
received and issued are without it, and opening and closing stay what they are.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from models import Material, MonthBalance, StockEntry, StockMonth, Warehouse
from rules.ledger import NOTHING
from rules.person import Person
from rules.scope import readable
from rules.stock_months import last_day
from rules.stores import division_of

TRANSFERS = ("sound_in", "broken_in", "sound_out", "broken_out")


@dataclass(frozen=True, slots=True)
class Question:
    """From a day to a day, both included; of one store or all that may be read; of one material or all."""

    first: date
    last: date
    warehouse_id: int | None = None
    material_id: int | None = None
    transfers: bool = True
    by_category: bool = False


@dataclass(slots=True)
class Line:
    """One thing in one store over the period."""

    warehouse: Warehouse
    material: Material
    opening: Decimal = NOTHING
    received: Decimal = NOTHING
    issued: Decimal = NOTHING
    closing: Decimal = NOTHING
    categories: dict[str, Decimal] = field(default_factory=dict)

    @property
    def low(self) -> bool:
        """Less than the reserve at the end."""
        quota = self.material.reserve_quota
        return quota is not None and self.closing < quota


def summary(session: Session, person: Person, asked: Question) -> list[Line]:
    """The lines with anything in them, by store and code; all zeros are left out."""
    found: dict[tuple[int, int], Line] = {}
    stores = {w.id: w for w in session.scalars(select(Warehouse).where(*_stores(person, asked)))}
    if not stores:
        return []
    things: dict[int, Material] = {}
    for warehouse_id, material_id, opening, received, issued, moved in session.execute(
        _figures(session, stores, asked)
    ):
        if not (opening or received or issued or moved):
            continue
        material = things.setdefault(material_id, session.get_one(Material, material_id))
        found[warehouse_id, material_id] = Line(
            stores[warehouse_id], material, opening, received, issued, opening + moved
        )
    if asked.by_category and found:
        for warehouse_id, material_id, category, qty in session.execute(_by_category(list(stores), asked)):
            if (warehouse_id, material_id) in found:
                found[warehouse_id, material_id].categories[category] = qty
    return sorted(found.values(), key=lambda line: (line.warehouse.name, line.material.code))


def _stores(person: Person, asked: Question) -> list[ColumnElement[bool]]:
    where = [readable(person, Warehouse)]
    return [*where, Warehouse.id == asked.warehouse_id] if asked.warehouse_id else where


def _figures(session: Session, stores: dict[int, Warehouse], asked: Question) -> Select[*tuple[Any, ...]]:
    """(store, thing, opening, received, issued, net change) in one statement."""
    within = StockEntry.day >= asked.first
    opens = StockEntry.category == "opening"
    before = case((or_(~within, opens), StockEntry.delta), else_=0)
    seen = within & ~opens
    shown = seen if asked.transfers else seen & StockEntry.category.not_in(TRANSFERS)
    parts: list[Select[*tuple[Any, ...]]] = []
    for base, group in _since_when(session, stores, asked.first).items():
        parts.append(_movements(group, base, asked, before, shown, seen))
        if base is not None:
            parts.append(_month_end(group, base, asked))
    all_ = union_all(*parts).subquery()
    sums = [func.sum(all_.c[name]) for name in ("opening", "received", "issued", "moved")]
    return select(all_.c.warehouse_id, all_.c.material_id, *sums).group_by(all_.c.warehouse_id, all_.c.material_id)


def _since_when(session: Session, stores: dict[int, Warehouse], first: date) -> dict[StockMonth | None, list[int]]:
    """The stores by the last month that their 业务部 closed before the period; None where none is."""
    found: dict[StockMonth | None, list[int]] = {}
    known: dict[int, StockMonth | None] = {}
    for store in stores.values():
        division = division_of(session, store.org_id).id
        if division not in known:
            month = f"{first:%Y-%m}"
            closed = select(StockMonth).where(
                StockMonth.org_id == division, StockMonth.state == "closed", StockMonth.month < month
            )
            known[division] = session.scalars(closed.order_by(StockMonth.month.desc()).limit(1)).first()
        found.setdefault(known[division], []).append(store.id)
    return found


def _movements(
    stores: list[int], base: StockMonth | None, asked: Question, before: Any, shown: Any, seen: Any
) -> Select[*tuple[Any, ...]]:
    of = [StockEntry.warehouse_id.in_(stores), StockEntry.day <= asked.last]
    if base is not None:
        of.append(StockEntry.day > last_day(base.month))
    if asked.material_id:
        of.append(StockEntry.material_id == asked.material_id)
    found: Select[*tuple[Any, ...]] = (
        select(
            StockEntry.warehouse_id,
            StockEntry.material_id,
            func.sum(before).label("opening"),
            func.sum(case((and_(shown, StockEntry.side == "in"), StockEntry.qty), else_=0)).label("received"),
            func.sum(case((and_(shown, StockEntry.side == "out"), StockEntry.qty), else_=0)).label("issued"),
            func.sum(case((seen, StockEntry.delta), else_=0)).label("moved"),
        )
        .where(*of)
        .group_by(StockEntry.warehouse_id, StockEntry.material_id)
    )
    return found


def _month_end(stores: list[int], base: StockMonth, asked: Question) -> Select[*tuple[Any, ...]]:
    none = literal(0)
    kept = select(
        MonthBalance.warehouse_id,
        MonthBalance.material_id,
        MonthBalance.qty.label("opening"),
        none.label("received"),
        none.label("issued"),
        none.label("moved"),
    ).where(MonthBalance.month_id == base.id, MonthBalance.warehouse_id.in_(stores))
    return kept.where(MonthBalance.material_id == asked.material_id) if asked.material_id else kept


def _by_category(stores: list[int], asked: Question) -> Select[*tuple[Any, ...]]:
    of = [
        StockEntry.warehouse_id.in_(stores),
        StockEntry.day >= asked.first,
        StockEntry.day <= asked.last,
        StockEntry.category != "opening",
    ]
    if not asked.transfers:
        of.append(StockEntry.category.not_in(TRANSFERS))
    found: Select[*tuple[Any, ...]] = (
        select(StockEntry.warehouse_id, StockEntry.material_id, StockEntry.category, func.sum(StockEntry.qty))
        .where(*of)
        .group_by(StockEntry.warehouse_id, StockEntry.material_id, StockEntry.category)
    )
    return found


def month_of(text: str, today: date) -> tuple[date, date]:
    """The first and last day of `2026-11`; of this month when the text is none."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = today.replace(day=1)
    return first, last_day(f"{first:%Y-%m}")


def ledger_of(
    session: Session, warehouse_id: int, material_id: int, first: date, last: date
) -> tuple[Decimal, list[StockEntry]]:
    """What lay there before the period, and its lines in the order they were posted."""
    of = (StockEntry.warehouse_id == warehouse_id, StockEntry.material_id == material_id)
    before = session.scalar(select(func.sum(StockEntry.delta)).where(*of, StockEntry.day < first))
    lines = session.scalars(
        select(StockEntry).where(*of, StockEntry.day >= first, StockEntry.day <= last).order_by(StockEntry.id)
    )
    return before or NOTHING, list(lines)
