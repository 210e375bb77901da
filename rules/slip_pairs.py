"""Slips that come in pairs: what was spoiled in the store leaves it first, what was replaced comes in as damaged."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StockIn, StockOut, Warehouse
from rules.advance import advance, check, effect
from rules.errors import RuleError
from rules.person import Person
from rules.policies import policy
from rules.slips import put_on_file

Details = dict[str, Any]


@effect(StockIn, "start")
def _spoiled_goods_leave_the_sound_store(session: Session, slip: StockIn, by: Person, details: Details) -> None:
    """保存不善: what comes into the damaged store leaves the sound one on a slip of its own (INV-30)."""
    if slip.category != "damaged_in" or not slip.spoiled:
        return
    if policy(session, "inv.storage_damage_out", slip.org_id) == "none":
        return
    sound = session.scalars(
        select(Warehouse).where(Warehouse.org_id == slip.org_id, Warehouse.quality == "sound", Warehouse.active)
    ).first()
    if sound is None:
        raise RuleError("本单位没有完好品库，不能登记保存不善的损坏", field="warehouse_id", rule="INV-30")
    out = StockOut(
        warehouse_id=sound.id,
        category="own_use",
        taker=slip.liable,
        reason="保存不善",
        four_steps=True,
        happened_at=slip.happened_at,
        remark=f"损坏入库：{slip.reason}"[:255],
    )
    lines = [{"material_id": line.material_id, "qty": line.qty, "use_kind": "consumable"} for line in slip.lines]
    slip.proposed_by_id = put_on_file(session, out, lines, by, cause=slip).id


@check(StockIn, "approve")
def _goods_have_left_before_they_come_back(session: Session, slip: StockIn, by: Person, details: Details) -> None:
    out = slip.proposed_by
    if out is not None and out.state != "approved":
        raise RuleError(f"请先审核配套的 {out}，再审核损坏入库", rule="INV-30")


@effect(StockIn, "void")
def _its_pair_goes_too(session: Session, slip: StockIn, by: Person, details: Details) -> None:
    out = slip.proposed_by
    if slip.spoiled and out is not None and out.state == "saved":
        advance(session, out, "drop", by, cause=slip)


@effect(StockOut, "approve")
def _removed_parts_are_proposed(session: Session, slip: StockOut, by: Person, details: Details) -> None:
    """备件更换: the part that came out is proposed as 损坏入库 into the site's damaged store (INV-32)."""
    removed = [line for line in slip.lines if line.use_kind == "replace"]
    damaged = session.scalars(
        select(Warehouse).where(Warehouse.org_id == slip.org_id, Warehouse.quality == "damaged", Warehouse.active)
    ).first()
    if slip.is_red or not removed or damaged is None:
        return
    proposal = StockIn(
        warehouse_id=damaged.id,
        category="damaged_in",
        proposed_by_id=slip.id,
        happened_at=slip.happened_at,
        remark=f"备件更换 {slip.number} 换下的旧件",
    )
    lines = [
        {
            "material_id": line.material_id,
            "qty": line.qty,
            "asset_no": line.asset_no,
            "remark": f"旧件 {line.old_part_no}",
        }
        for line in removed
    ]
    put_on_file(session, proposal, lines, by, cause=slip)
