"""What the ledger, 现存量 and the 物料卡 say on paper."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StockBalance, StockEntry, StorageBin
from printouts.filling import fills, lists
from printouts.filling.words import at, who
from rules.ledger import plain
from rules.person import Person

CARD_LINES = 28


def _entry(it: StockEntry) -> dict[str, str]:
    figure = plain(it.qty)
    return {
        "day": str(it.day),
        "number": it.paper.number or "",
        "category": str(StockEntry.info("category")["choices"][it.category]),
        "received": figure if it.side == "in" else "",
        "issued": figure if it.side == "out" else "",
        "after": plain(it.qty_after),
        "note": it.note or "",
    }


@lists("F-65", StockEntry)
def ledger(session: Session, viewer: Person, entries: Sequence[Any]) -> list[Mapping[str, str]]:
    """台账 of one material: in the order of posting, with what was left."""
    del session, viewer
    return [{**_entry(it), "batch": it.batch or "", "at": at(it.at), "note": it.note or _party(it)} for it in entries]


def _party(it: StockEntry) -> str:
    paper: Any = it.paper
    return str(getattr(paper, "supplier", None) or getattr(paper, "taker", None) or paper.party_name or "")


@lists("F-66", StockEntry)
def journal(session: Session, viewer: Person, entries: Sequence[Any]) -> list[Mapping[str, str]]:
    """出入库流水账: every movement with its thing and store."""
    del session, viewer
    return [
        {
            **_entry(it),
            "kind": str(StockEntry.info("side")["choices"][it.side]),
            "warehouse": str(it.warehouse),
            "code": it.material.code,
            "name": f"{it.material.name} {it.material.type_words}".strip(),
            "unit": it.material.measure,
            "party": _party(it),
        }
        for it in entries
    ]


@lists("F-68", StockBalance)
def balances(session: Session, viewer: Person, rows: Sequence[Any]) -> list[Mapping[str, str]]:
    """现存量表."""
    del session, viewer
    return [
        {
            "warehouse": str(it.warehouse),
            "code": it.material.code,
            "name": it.material.name,
            "type": it.material.type_words,
            "unit": it.material.measure,
            "qty": plain(it.qty),
            "reserve": plain(it.material.reserve_quota) if it.material.reserve_quota is not None else "",
            "alarm": "低于储备" if it.material.reserve_quota and it.qty < it.material.reserve_quota else "",
        }
        for it in rows
    ]


@fills("F-47", StorageBin)
def card(session: Session, viewer: Person, it: StorageBin) -> dict[str, Any]:
    """The card at the goods: who they are, where they lie, and the last movements (WH-08)."""
    del viewer
    newest = session.scalars(
        select(StockEntry)
        .where(StockEntry.warehouse_id == it.warehouse_id, StockEntry.material_id == it.material_id)
        .order_by(StockEntry.id.desc())
        .limit(CARD_LINES)
    ).all()
    thing = it.material
    made = max((e.produced_on for e in newest if e.produced_on), default=None)
    life = thing.shelf_life_days
    lines = []
    for entry in reversed(newest):
        said = _entry(entry)
        said["note"] = said["note"] or said.pop("category")
        lines.append({**said, "by": who(entry.paper.approved_by)})
    return {
        "number": it.code,
        "copy_ids": [],
        "name": thing.name,
        "code": thing.code,
        "spec": thing.spec,
        "model": thing.model,
        "maker": thing.maker or "",
        "wh_no": it.warehouse.wh_no,
        "rack_no": it.rack_no,
        "level_no": it.level_no,
        "slot_no": it.slot_no,
        "valid_until": str(made + timedelta(days=life)) if made and life else "",
        "reserve": plain(thing.reserve_quota) if thing.reserve_quota is not None else "",
        "lines": lines,
    }
