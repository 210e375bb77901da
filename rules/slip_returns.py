"""物资退库 by scene: a red slip linked line by line to the original, never more than is left of it (004-1§5, C-33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Material, StockIn, StockOut, StockSlip
from models.slip_lines import SlipLine
from models.slips import SCENES, StockInLine
from rules.advance import check
from rules.errors import RuleError, WrongState
from rules.ledger import NOTHING, plain
from rules.permissions import require
from rules.person import Person
from rules.policies import policy
from rules.slips import LINE_OF, put_on_file

Details = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """How a scene is booked: from which slips, to whom, and on what (decision 36, C-33)."""

    scene: str
    party: str
    originals: tuple[str, ...]
    rule: str


#: Goods that go back out of the store are a red 入库单, goods that come back into it a red 出库单.
WAYS: tuple[Way, ...] = (
    Way("broken", "maker", ("purchase", "small_purchase", "sound_in"), "INV-38"),
    Way("broken", "central", ("purchase", "small_purchase", "sound_in"), "INV-38"),
    Way("leftover", "central", ("purchase", "small_purchase", "sound_in", "opening"), "INV-40"),
    Way("leftover", "site", ("own_use",), "INV-40"),
    Way("bounced", "maker", ("repair_out",), "INV-41"),
    Way("bounced", "central", ("repair_out", "broken_out"), "INV-41"),
)


@dataclass(slots=True)
class Returnable:
    """One line of the original with what is left to return of it; `qty` is what is to be typed."""

    line_no: int
    material: Material
    issued: Decimal
    left: Decimal
    qty: Decimal | None = None

    @property
    def name(self) -> str:
        """The thing."""
        return str(self.material)


def returnable(session: Session, slip: StockSlip) -> list[Returnable]:
    """The lines of an approved blue slip of which something is left to return, in their order."""
    if slip.state != "approved" or slip.is_red:
        return []
    gone = returned_so_far(session, slip)
    found = [
        Returnable(line.line_no, line.material, line.qty, line.qty - gone.get(line.id, NOTHING))
        for line in slip.lines  # type: ignore[attr-defined]
    ]
    return [one for one in found if one.left > 0]


def returned_so_far(session: Session, slip: StockSlip, but: int | None = None) -> dict[int, Decimal]:
    """Line of the original → what its returns take back of it, saved ones included, as a number above zero."""
    line: Any = LINE_OF[type(slip)]
    model: Any = type(slip)
    statement = (
        select(line.returns_id, func.sum(line.qty))
        .join(model, model.id == line.slip_id)
        .where(model.returns_id == slip.id, model.state != "void")
        .group_by(line.returns_id)
    )
    if but is not None:
        statement = statement.where(model.id != but)
    gone = {line_id: abs(Decimal(qty)) for line_id, qty in session.execute(statement) if line_id}
    return _with_blue_ones(session, slip, gone)


def _with_blue_ones(session: Session, slip: StockSlip, gone: dict[int, Decimal]) -> dict[int, Decimal]:
    """What came back on blue slips (C-33's exception) is taken off the lines of its material in turn."""
    if not isinstance(slip, StockOut):
        return gone
    back = select(StockInLine.material_id, func.sum(StockInLine.qty)).join(StockIn, StockIn.id == StockInLine.slip_id)
    back = back.where(StockIn.proposed_by_id == slip.id, StockIn.category == "return_in", StockIn.state != "void")
    rest = {m: Decimal(q) for m, q in session.execute(back.group_by(StockInLine.material_id))}
    for line in slip.lines:
        taken = min(rest.get(line.material_id, NOTHING), line.qty - gone.get(line.id, NOTHING))
        if taken > 0:
            gone[line.id] = gone.get(line.id, NOTHING) + taken
            rest[line.material_id] -= taken
    return gone


def make_return(
    session: Session,
    slip: StockSlip,
    by: Person,
    *,
    scene: str,
    party: str,
    lines: Sequence[Mapping[str, Any]],
    **said: Any,
) -> StockSlip:
    """退库: a slip of the same store that takes back part of this one; quantities are typed above zero.

    Raises NotAllowed, WrongState, or RuleError when the scene does not fit the slip or more comes back than is left.
    """
    require(by, f"{slip.__tablename__}.return_goods", slip, "退库")
    if slip.state != "approved" or slip.is_red:
        raise WrongState(f"{slip} 现为“{slip.state_label}”，只有已审核的蓝字单据可以退库", rule="INV-42")
    way = _way(slip, scene, party)
    session.execute(select(type(slip).id).where(type(slip).id == slip.id).with_for_update())
    blue = way.originals[0] in ("own_use", "repair_out") and _comes_back_blue(session, slip)
    made = _draft(slip, scene, party, blue, said)
    typed = [one for one in lines if one.get("qty")]
    known = {str(line.line_no): line for line in slip.lines}  # type: ignore[attr-defined]
    rows = [
        _return_line(known.get(str(one.get("line_no"))), Decimal(one["qty"]), blue, n) for n, one in enumerate(typed, 1)
    ]
    _refuse_too_much(session, slip, rows, None)
    for row in rows:
        row.pop("against", None)
    return put_on_file(session, made, rows, by, cause=slip)


def _way(slip: StockSlip, scene: str, party: str) -> Way:
    if scene == "lost":
        raise RuleError("到货丢失按发货单少收登记（到货验收），不做退库单", field="scene", rule="INV-38")
    category = slip.category  # type: ignore[attr-defined]
    for way in WAYS:
        if (way.scene, way.party) == (scene, party) and category in way.originals:
            return way
    raise RuleError(
        f"“{SCENES.get(scene, scene)}”不适用于{slip.category_label}的单据，或往来单位不对", field="scene", rule="INV-42"
    )


def _comes_back_blue(session: Session, slip: StockSlip) -> bool:
    return bool(policy(session, "inv.return_back", slip.org_id) == "blue")


def _draft(slip: StockSlip, scene: str, party: str, blue: bool, said: Mapping[str, Any]) -> StockSlip:
    facts = {"warehouse_id": slip.warehouse_id, "scene": scene, "party": party, **said}
    if isinstance(slip, StockIn):
        return StockIn(**facts, category="return_in", colour="red", returns_id=slip.id)
    assert isinstance(slip, StockOut)
    if blue:  # the exception of C-33: goods that come back stand among the receipts
        return StockIn(**facts, category="return_in", colour="blue", proposed_by_id=slip.id)
    taker = slip.taker
    return StockOut(**facts, category=slip.category, colour="red", returns_id=slip.id, taker=taker)


def _return_line(original: SlipLine | None, qty: Decimal, blue: bool, n: int) -> dict[str, Any]:
    if original is None or qty <= 0:
        raise RuleError(f"第 {n} 行：退库数量请填大于 0 的数", field="lines", rule="INV-37")
    facts = {"material_id": original.material_id, "qty": qty if blue else -qty, "batch": original.batch}
    return {**facts, "asset_no": original.asset_no, "against" if blue else "returns_id": original.id}


def _refuse_too_much(session: Session, slip: StockSlip, rows: Sequence[Mapping[str, Any]], but: int | None) -> None:
    """abs(退库) ≤ original − what was returned already, line by line (INV-38)."""
    gone = returned_so_far(session, slip, but)
    known = {line.id: line for line in slip.lines}  # type: ignore[attr-defined]
    for row in rows:
        line = known.get(row.get("returns_id") or row.get("against") or 0)
        if line is None:
            continue
        gone[line.id] = gone.get(line.id, NOTHING) + abs(row["qty"])
        if gone[line.id] > line.qty:
            left = line.qty - gone[line.id] + abs(row["qty"])
            raise RuleError(
                f"{line.material} 原单 {plain(line.qty)}，最多还能退 {plain(left)}", field="lines", rule="INV-38"
            )


@check(StockIn, "edit", "approve")
@check(StockOut, "edit", "approve")
def _takes_back_no_more_than_is_left(session: Session, slip: Any, by: Person, details: Details) -> None:
    """The original is held meanwhile, so that two returns cannot pass each other by."""
    if slip.returns_id is None:
        return
    original = session.get_one(type(slip), slip.returns_id, with_for_update=True, populate_existing=True)
    if original.state != "approved":
        raise RuleError(f"原单 {original.number} 现为“{original.state_label}”，不能退库", rule="INV-42")
    rows = [{"returns_id": line.returns_id, "qty": line.qty} for line in slip.lines]
    if any(row["returns_id"] is None for row in rows):
        raise RuleError("退库单的每一行都要对应原单的一行，请从原单重新退库", field="lines", rule="INV-42")
    _refuse_too_much(session, original, rows, slip.id)
