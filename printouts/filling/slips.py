"""What 其他入库单, 其他出库单, 调拨单 and 期初单 say on paper, and the lines of their registers."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from models import StockIn, StockOut, StockSlip, Transfer
from models.slip_lines import SlipLine
from printouts.filling import fills, lists
from printouts.filling.words import at, who, words
from rules.ledger import plain
from rules.person import Person
from rules.show import show

USES = {"consumable": "耗材领用", "spare": "备件领用", "replace": "备件更换"}


def _line(line: SlipLine) -> dict[str, str]:
    parts = [line.asset_no, *(f"{word}{no}" for word, no in _numbers(line) if no)]
    return {
        "no": str(line.line_no),
        "code": line.material.code,
        "name": line.material.name,
        "type": line.type_words,
        "unit": line.measure,
        "qty": plain(line.qty),
        "batch": line.batch or (str(line.produced_on) if line.produced_on else ""),
        "use": USES.get(getattr(line, "use_kind", None) or "", ""),
        "parts": " ".join(part for part in parts if part),
        "remark": line.remark or "",
    }


def _numbers(line: SlipLine) -> list[tuple[str, Any]]:
    return [("旧", getattr(line, "old_part_no", None)), ("新", getattr(line, "new_part_no", None))]


def _common(slip: Any) -> dict[str, Any]:
    return {
        "number": slip.number or "",
        "copy_ids": [],
        "day": str(slip.day),
        "lines": [_line(line) for line in slip.lines],
        "total": f"共 {len(slip.lines)} 行",
        "made_by": who(slip.made_by),
        "approved_by": who(slip.approved_by),
        "approved_by_date": at(slip.approved_at)[:10],
    }


def _slip(slip: StockSlip) -> dict[str, Any]:
    maker = slip.generated_by
    source = maker.number if maker else (slip.returns.number if slip.returns else "")  # type: ignore[attr-defined]
    return {
        **_common(slip),
        "title": f"{slip.__label__}（红字）" if slip.is_red else slip.__label__,
        "warehouse": str(slip.warehouse),
        "category": slip.title,
        "source": source or "",
        "from_paper": str(maker) if maker else "",
        "remark": "；".join(part for part in (slip.reason, slip.remark) if part),
        "keeper": who(slip.warehouse.keeper),
    }


@fills("F-39", StockIn)
def stock_in(session: Session, viewer: Person, it: StockIn) -> dict[str, Any]:
    """The three copies of a 其他入库单."""
    del session, viewer
    party = it.supplier or it.party_name or (StockIn.info("party")["choices"].get(it.party or "", ""))
    return {**_slip(it), "supplier": party, "approval_ref": it.approval_ref or ""}


@fills("F-63", StockIn)
def opening(session: Session, viewer: Person, it: StockIn) -> dict[str, Any]:
    """The 期初单 of a store."""
    del session, viewer
    facts = _common(it)
    lines = [{n: line[n] for n in ["no", "code", "name", "type", "unit", "qty", "remark"]} for line in facts["lines"]]
    return {**facts, "lines": lines, "warehouse": str(it.warehouse), "remark": it.remark or ""}


@fills("F-40", StockOut)
def stock_out(session: Session, viewer: Person, it: StockOut) -> dict[str, Any]:
    """The three copies of a 其他出库单."""
    del session, viewer
    facts = _slip(it)
    order = it.work_order.number if it.work_order else ""
    return {**facts, "taker": it.taker or "", "purpose": it.purpose or "", "source": order or facts["source"]}


@fills("F-41", Transfer)
def transfer(session: Session, viewer: Person, it: Transfer) -> dict[str, Any]:
    """The three copies of a 调拨单; what the manager agreed to stands in 备注 (decision 37)."""
    del session
    facts = _common(it)
    arrived = it.state == "done"
    names = ["no", "code", "name", "type", "unit", "qty", "remark"]
    lines = [{**{n: line[n] for n in names}, "arrived": line["qty"] if arrived else ""} for line in facts["lines"]]
    return {
        **facts,
        "lines": lines,
        "scope": "跨业务部" if it.crosses else "业务部内部",
        "basis": show(Transfer, "basis", it.basis, viewer),
        "out_warehouse": str(it.out_warehouse),
        "in_warehouse": str(it.in_warehouse),
        "category": "完好品调拨" if it.out_category == "sound_out" else "损坏品调拨",
        "memo_ref": it.memo_ref or "",
        "returned_on": str(it.returned_on or ""),
        "remark": it.remark or "",
        "out_keeper": who(it.out_warehouse.keeper),
        "in_keeper": who(it.in_warehouse.keeper),
    }


def _rows(slips: Sequence[Any], viewer: Person, party: str) -> list[Mapping[str, str]]:
    """One row per line of each slip: a register of quantities says of what."""
    found: list[Mapping[str, str]] = []
    for slip in slips:
        head = {
            "number": slip.number or "",
            "day": str(slip.day),
            "category": slip.category_label,
            "warehouse": str(slip.warehouse),
            "party": getattr(slip, party) or slip.party_name or show(type(slip), "party", slip.party, viewer),
            "made_by": who(slip.made_by),
            "approved_by": who(slip.approved_by),
            "state": slip.state_label,
        }
        for line in slip.lines:
            found.append({**head, **_thing(line), "qty": plain(line.qty)})
    return found


def _thing(line: SlipLine) -> dict[str, str]:
    name = f"{line.material.name} {line.type_words}".strip()
    return {"code": line.material.code, "name": name, "unit": line.measure}


@lists("F-39", StockIn)
def in_register(session: Session, viewer: Person, slips: Sequence[Any]) -> list[Mapping[str, str]]:
    """The 入库登记台账."""
    del session
    return _rows(slips, viewer, "supplier")


@lists("F-40", StockOut)
def out_register(session: Session, viewer: Person, slips: Sequence[Any]) -> list[Mapping[str, str]]:
    """The 出库登记台账."""
    del session
    return _rows(slips, viewer, "taker")


@lists("F-41", Transfer)
def transfer_register(session: Session, viewer: Person, orders: Sequence[Any]) -> list[Mapping[str, str]]:
    """The 调拨登记台账."""
    del session
    found: list[Mapping[str, str]] = []
    for it in orders:
        head = {
            "number": it.number or "",
            "out_warehouse": str(it.out_warehouse),
            "in_warehouse": str(it.in_warehouse),
            "category": "完好品调拨" if it.out_category == "sound_out" else "损坏品调拨",
            "agreed_by": who(it.agreed_by),
            "state": it.state_label,
            **words(it, viewer, "day", "shipped_at", "arrived_at"),
        }
        found += [{**head, **_thing(line), "qty": plain(line.qty)} for line in it.lines]
    return found
