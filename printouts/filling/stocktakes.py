"""What the 《盘点表》 says: blind while somebody counts, whole afterwards."""

from typing import Any

from sqlalchemy.orm import Session

from models import Stocktake, StocktakeLine
from printouts.filling import fills
from printouts.filling.words import at, who
from rules.ledger import plain
from rules.person import Person
from rules.show import show
from rules.stocktakes import differing, figure


def _line(line: StocktakeLine, blind: bool) -> dict[str, str]:
    thing = line.material
    said = {
        "no": str(line.line_no),
        "code": thing.code,
        "name": f"{thing.name} {thing.type_words}".strip(),
        "unit": thing.measure,
    }
    if blind:
        return said
    counts = {"first": line.first_qty, "second": line.second_qty}
    return {
        **said,
        "book": plain(line.book_qty),
        "moved": plain(line.moved) if line.moved else "",
        **{name: plain(qty) if qty is not None else "" for name, qty in counts.items()},
        "diff": figure(line) if line.diff else "",
        "reason": line.reason or "",
    }


@fills("F-42", Stocktake)
def sheet(session: Session, viewer: Person, it: Stocktake) -> dict[str, Any]:
    """The sheet of one count."""
    del session
    return {
        "number": it.number or "",
        "copy_ids": [],
        "warehouse": str(it.warehouse),
        "kind": show(Stocktake, "kind", it.kind, viewer),
        "mode": show(Stocktake, "mode", it.mode, viewer),
        "snapshot_at": at(it.snapshot_at),
        "due_at": at(it.due_at),
        "total": f"共 {len(it.lines)} 行",
        "lines": [_line(line, it.is_blind) for line in it.lines],
        "proposal": "；".join(line.proposal or "" for line in differing(it) if line.proposal)[:200],
        "first_by": who(it.first_by) if not it.is_blind else "",
        "second_by": who(it.second_by) if not it.is_blind else "",
        "witness": who(it.witness),
        "keeper": who(it.warehouse.keeper),
        "approved_by": who(it.approved_by),
    }
