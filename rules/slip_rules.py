"""What each type of slip asks for before it may stand on file: its store, its colour, its columns and its lines."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StockIn, StockOut, StockSlip, clock
from models.slip_lines import SlipLine
from models.warehouses import QUALITIES, Warehouse
from rules.errors import Invalid, RuleError
from rules.ledger import batch_stock, plain
from rules.policies import policy
from rules.slip_kinds import SLIP_KINDS, SlipKind
from rules.stores import store


def judge(session: Session, slip: StockSlip) -> None:
    """Everything table 2.3 says of the slip's type; raises Invalid or RuleError. Asked at 保存 and again at 审核."""
    kind = _kind_of(slip)
    warehouse = store(session, slip.warehouse_id)
    _refuse_wrong_store(slip, kind, warehouse)
    _refuse_gaps(slip, kind)
    for line in slip.lines:  # type: ignore[attr-defined]
        _refuse_wrong_sign(slip, line)
    if not slip.is_generated:
        _refuse_wrong_colour(session, slip, kind)
        OWN_RULES.get(kind.key, _nothing_more)(session, slip)


def _kind_of(slip: StockSlip) -> SlipKind:
    kind = SLIP_KINDS.get(slip.category or "")  # type: ignore[attr-defined]
    if kind is None or kind.side != slip.side:
        raise RuleError(f"请选择{'入' if slip.side == 'in' else '出'}库类别", field="category", rule="INV-06")
    if kind.made == "transfer" and not slip.is_generated and not slip.is_red:
        raise RuleError(f"{kind.label}的单据由调拨单审核后生成，不能手工增加", field="category", rule="INV-48")
    if kind.made == "count" and not slip.is_generated:
        raise RuleError(f"{kind.label}只能由批准的盘点表生成，不能手工增加", field="category", rule="STK-08")
    return kind


def _refuse_wrong_store(slip: StockSlip, kind: SlipKind, warehouse: Warehouse) -> None:
    if not warehouse.active:
        raise RuleError(f"{warehouse} 已停用，请换一个仓库", field="warehouse_id", rule="INV-04")
    if kind.quality and warehouse.quality != kind.quality:
        raise RuleError(
            f"{kind.label}只能用{QUALITIES[kind.quality]}，{warehouse} 是{QUALITIES[warehouse.quality]}",
            field="warehouse_id",
            rule=kind.rule,
        )


def _refuse_gaps(slip: StockSlip, kind: SlipKind) -> None:
    """What the type needs, all at once at its fields."""
    needs = () if slip.is_generated else kind.needs if not slip.is_red else ("scene", "party")
    labels = slip.labels()
    wrong = {name: f"{kind.label}须填写{labels[name]}" for name in needs if not str(getattr(slip, name) or "").strip()}
    if wrong:
        raise Invalid(wrong, rule=kind.rule)


def _refuse_wrong_sign(slip: StockSlip, line: SlipLine) -> None:
    """Every line of a blue slip is above zero, every line of a red one below (INV-36, INV-37)."""
    if slip.is_red and line.qty >= 0:
        raise RuleError(f"第 {line.line_no} 行：红字单据的数量必须小于 0", field="lines", rule="INV-37")
    if not slip.is_red and line.qty <= 0:
        raise RuleError(f"第 {line.line_no} 行：蓝字单据的数量必须大于 0", field="lines", rule="INV-36")


def _refuse_wrong_colour(session: Session, slip: StockSlip, kind: SlipKind) -> None:
    """A red slip takes back what an earlier one moved, so it names that one (INV-42)."""
    if slip.is_red and kind.red is False:
        raise RuleError(f"{kind.label}没有红字单据", field="colour", rule="INV-37")
    original = slip.returns_id or (None if slip.is_red else getattr(slip, "proposed_by_id", None))  # type: ignore[attr-defined]
    if (slip.is_red or kind.made == "return") and original is None:
        raise RuleError("退库请在原单据上点“退库”，写明情形并选要退的行", field="colour", rule="INV-42")


def _nothing_more(session: Session, slip: Any) -> None:
    """Most types ask for nothing more."""


def _receipt(session: Session, slip: Any) -> None:
    """Goods with a shelf life are received with their production date and kept by batch (WH-09)."""
    for line in slip.lines:
        if line.material.shelf_life_days and line.produced_on is None:
            raise RuleError(
                f"第 {line.line_no} 行：{line.material} 有保质期，须填生产日期", field="lines", rule="WH-09"
            )
        if line.produced_on and line.produced_on > clock.today():
            raise RuleError(f"第 {line.line_no} 行：生产日期晚于今天，请核对", field="lines", rule="WH-09")
        if line.produced_on and not line.batch:
            line.batch = f"{line.produced_on:%Y%m%d}"


def _opening(session: Session, slip: Any) -> None:
    """期初 comes before everything else in its store (decision 36)."""
    _receipt(session, slip)
    for model in (StockIn, StockOut):
        others = select(model).where(model.warehouse_id == slip.warehouse_id, model.state != "void")
        if slip.id is not None and model is StockIn:
            others = others.where(model.id != slip.id)
        first = session.scalars(others.order_by(model.id).limit(1)).first()
        if first is not None:
            raise RuleError(f"{slip.warehouse} 已有 {first}，期初须在所有单据之前、每库一张", rule="STK-02")


def _damaged(session: Session, slip: Any) -> None:
    """Goods spoiled in the store: why, and who answers for it (INV-30)."""
    if slip.spoiled:
        names = ("reason", "liable")
        wrong = {
            n: f"保存不善的损坏入库须填写{slip.labels()[n]}" for n in names if not (getattr(slip, n) or "").strip()
        }
        if wrong:
            raise Invalid(wrong, rule="INV-30")


def _own_use(session: Session, slip: Any) -> None:
    """自用领用 says of each line what it is for; a replaced part names both numbers (INV-32)."""
    if slip.is_red:
        return
    for line in slip.lines:
        at = f"第 {line.line_no} 行："
        if line.use_kind is None:
            raise RuleError(f"{at}请选择领用类型", field="lines", rule="INV-32")
        if line.use_kind == "replace":
            if not line.material.on_spare_list:
                raise RuleError(f"{at}{line.material} 不在备品备件清单内，不属于备件更换", field="lines", rule="DMG-15")
            if not (line.old_part_no and line.new_part_no):
                raise RuleError(f"{at}备件更换须填更换下来的旧编号和更换上的新编号", field="lines", rule="INV-32")
        _take_oldest_batch(session, slip, line)


def _take_oldest_batch(session: Session, slip: Any, line: Any) -> None:
    """先进先出: the oldest batch unless somebody says why not (ISS-05)."""
    left = {b: q for b, q in batch_stock(session, slip.warehouse_id, line.material_id).items() if q > 0}
    if not left:
        return
    oldest, there = next(iter(left.items()))
    line.batch = line.batch or oldest
    if line.batch != oldest and not line.batch_reason:
        raise RuleError(
            f"第 {line.line_no} 行：应先发批次 {oldest}（现存 {plain(there)}），发其他批次请写明原因",
            field="lines",
            rule="ISS-05",
        )


def _repair(session: Session, slip: Any) -> None:
    """返修出库 only of what is worth repairing (INV-34)."""
    for line in slip.lines:
        if line.material.repair_class != "class2":
            raise RuleError(
                f"第 {line.line_no} 行：{line.material} 是ⅰ类物资，没有商修价值，不能返修出库",
                field="lines",
                rule="INV-34",
            )


def _scrap(session: Session, slip: Any) -> None:
    """报废出库: ⅰ类 as `inv.class1_route` says, ⅱ类 only when it is beyond repair (INV-35, C-29)."""
    route = policy(session, "inv.class1_route", slip.org_id)
    classes = {line.material.repair_class for line in slip.lines}
    if "class1" in classes and route == "return":
        raise RuleError("按本业务部的设置，ⅰ类物资也须统一返回生产管理部库房", field="lines", rule="DMG-03")
    if "class2" in classes and not slip.beyond_repair:
        raise RuleError("ⅱ类物资须返修；维修次数过多或已无法修复的请勾选后再报废", field="beyond_repair", rule="INV-35")
    if (route == "approved" or "class2" in classes) and not (slip.approval_ref or "").strip():
        raise RuleError("报废须先经业务部同意，请填写申请/审批单号", field="approval_ref", rule="INV-35")


OWN_RULES = {
    "purchase": _receipt,
    "small_purchase": _receipt,
    "repaired_in": _receipt,
    "opening": _opening,
    "damaged_in": _damaged,
    "own_use": _own_use,
    "repair_out": _repair,
    "scrap_out": _scrap,
}
