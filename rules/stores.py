"""Where stores belong: the 业务部 behind a warehouse, the 现场 it serves, what may be closed already."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import OrgUnit, StockMonth, Warehouse
from rules.errors import RuleError


def division_of(session: Session, org_id: int) -> OrgUnit:
    """The 业务部 that keeps the books of the unit. Raises RuleError where there is none."""
    known: dict[int, OrgUnit] = session.info.setdefault("divisions", {})
    if org_id not in known:
        org: OrgUnit | None = session.get_one(OrgUnit, org_id)
        while org is not None and org.kind != "division":
            org = org.parent
        if org is None:
            raise RuleError("这个单位不属于任何业务部，不能有库存账，请先建立业务部和现场", field="warehouse_id")
        known[org_id] = org
    return known[org_id]


def level_of(org: OrgUnit) -> str:
    """现场 or 业务部, from the unit a warehouse belongs to."""
    if org.kind not in ("site", "division"):
        raise RuleError("仓库须属于一个现场或一个业务部", field="org_id", rule="INV-04")
    return org.kind


def last_closed(session: Session, org_id: int) -> str:
    """The last closed month of the 业务部 behind the unit: `2026-10`; empty when none is."""
    division = division_of(session, org_id)
    closed = select(func.max(StockMonth.month)).where(StockMonth.org_id == division.id, StockMonth.state == "closed")
    return session.scalar(closed) or ""


def is_closed(session: Session, org_id: int, day: date) -> bool:
    """Whether the day lies in a month whose books are closed."""
    return f"{day:%Y-%m}" <= last_closed(session, org_id)


def month_words(day: date) -> str:
    """2026年10月."""
    return f"{day:%Y}年{day.month}月"


def hold_books(session: Session, org_id: int, *, alone: bool = False) -> None:
    """Keep the books of the 业务部 as they are until the end of the transaction.

    Whoever posts holds them together with others, whoever closes a month holds them `alone`.
    """
    division = division_of(session, org_id)
    session.execute(
        select(OrgUnit.id).where(OrgUnit.id == division.id).with_for_update(read=not alone, key_share=alone)
    )


def store(session: Session, warehouse_id: int | None) -> Warehouse:
    """The warehouse; raises RuleError when nobody chose one."""
    found = session.get(Warehouse, warehouse_id) if warehouse_id else None
    if found is None:
        raise RuleError("请选择仓库", field="warehouse_id", rule="INV-06")
    return found
