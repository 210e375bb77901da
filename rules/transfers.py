"""调拨: an order inside one 业务部 or across, its pair of slips, the goods under way, the doubts (004-1§4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import OrgUnit, StockIn, StockOut, StockSlip, Transfer, Warehouse, clock
from models.warehouses import QUALITIES
from rules.advance import advance, check, edit, effect, start
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.permissions import require
from rules.person import Person, units_below
from rules.policies import policy
from rules.slip_kinds import SLIP_KINDS, matching
from rules.slips import put_on_file, set_lines
from rules.stock_months import OBSTACLES, named
from rules.stores import division_of, store

Details = dict[str, Any]
AGREED = "业务部经理同意调拨"
PLANNERS = ("central_planner", "central_accountant")


# ---- 增加, 修改 --------------------------------------------------------------------------------------------------


def order(session: Session, transfer: Transfer, lines: Sequence[Mapping[str, Any]], by: Person) -> Transfer:
    """保存 a new 调拨单. Whether it crosses 业务部 follows from its stores and is not chosen (INV-56).

    Raises NotAllowed for who may not order across, or the RuleError of what does not fit.
    """
    _place(session, transfer)
    set_lines(session, transfer, lines)
    return start(session, transfer, by)


def reorder(
    session: Session,
    transfer: Transfer,
    by: Person,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] | None,
) -> None:
    """修改 a 调拨单 that is not approved; what the manager agreed to must be agreed to again."""
    if transfer.is_frozen:
        raise WrongState(f"{transfer} 已{transfer.state_label}，请先弃审再修改", rule="INV-09")
    before = transfer.lines_print
    if lines is not None:
        set_lines(session, transfer, lines)
    if transfer.lines_print != before:
        transfer.agreed_by_id = transfer.agreed_at = None
    edit(session, transfer, by, **values)


def _place(session: Session, transfer: Transfer) -> None:
    """Who owns the order: the 业务部 when both stores are its own, else 业务管理部."""
    wrong = {
        name: f"请选择{transfer.labels()[name]}"
        for name in ("out_warehouse_id", "in_warehouse_id")
        if getattr(transfer, name) is None
    }
    if wrong:
        raise Invalid(wrong, rule="INV-46")
    ends = [store(session, w) for w in (transfer.out_warehouse_id, transfer.in_warehouse_id)]
    divisions = [division_of(session, end.org_id) for end in ends]
    transfer.crosses = divisions[0].id != divisions[1].id
    transfer.org_id = _above(divisions[0]).id if transfer.crosses else divisions[0].id


def _above(division: OrgUnit) -> OrgUnit:
    if division.parent is None:
        raise RuleError(f"{division} 上面没有业务管理部，不能跨业务部调拨", rule="INV-47")
    return division.parent


@check(Transfer, "start", "edit")
def _is_an_order(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    if transfer.day is None:
        transfer.day = clock.today()
    _may_be_ordered(session, transfer, by)
    ends = [store(session, w) for w in (transfer.out_warehouse_id, transfer.in_warehouse_id)]
    _refuse_wrong_pair(transfer, ends)
    for line in transfer.lines:
        if line.qty <= 0:
            raise RuleError(f"第 {line.line_no} 行：调拨数量必须大于 0", field="lines", rule="INV-46")
    if transfer.out_category == "broken_out":
        _one_batch_at_a_time(session, transfer)


def _may_be_ordered(session: Session, transfer: Transfer, by: Person) -> None:
    """计划室 orders across, inside one 业务部 whoever `inv.site_transfer` says (INV-47, C-27, C-28)."""
    inside_by = policy(session, "inv.site_transfer", transfer.org_id)
    if not transfer.crosses:
        wanted = ("division_accountant",) if inside_by == "division" else ("central_planner",)
        if not by.holds(*wanted, "central_accountant"):
            who = "业务部账务员" if inside_by == "division" else "业务管理部计划室"
            raise NotAllowed(f"业务部内部调拨由{who}制作和审核", rule="INV-55")
        return
    central = policy(session, "inv.neg_maker", transfer.org_id) == "central"
    if central and transfer.basis == "negotiated" and not by.holds(*PLANNERS, "division_manager"):
        raise NotAllowed("跨业务部的协商调拨由业务管理部计划室制作", rule="INV-47")


def _refuse_wrong_pair(transfer: Transfer, ends: Sequence[Warehouse]) -> None:
    """Two different stores of the quality both categories ask for (INV-45, INV-46, INV-58)."""
    if ends[0].id == ends[1].id:
        raise RuleError("转出仓库和转入仓库不能相同", field="in_warehouse_id", rule="INV-46")
    if matching(transfer.out_category) != transfer.in_category:
        raise RuleError("出库类别和入库类别须成对：完好品对完好品，损坏品对损坏品", field="in_category", rule="INV-46")
    quality = SLIP_KINDS[transfer.out_category].quality
    for name, end in zip(("out_warehouse_id", "in_warehouse_id"), ends, strict=True):
        if end.quality != quality:
            raise RuleError(
                f"{SLIP_KINDS[transfer.out_category].label}两端都须是{QUALITIES[quality]}，{end} 不是",
                field=name,
                rule="INV-45" if quality == "sound" else "INV-58",
            )


def _one_batch_at_a_time(session: Session, transfer: Transfer) -> None:
    """Damaged goods are booked by the day they came back, one order per batch (INV-59)."""
    if transfer.returned_on is None:
        raise RuleError("损坏品调拨须填物资返回日期", field="returned_on", rule="INV-59")
    if transfer.returned_on > clock.today():
        raise RuleError("物资返回日期不能晚于今天", field="returned_on", rule="INV-59")


# ---- 同意, 审核, 弃审 --------------------------------------------------------------------------------------------


@check(Transfer, "agree")
def _the_manager_agrees(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    """协商调拨: the manager of the 业务部 that gives the goods away says yes, in the system (INV-53, decision 37)."""
    if transfer.basis != "negotiated":
        raise RuleError("只有协商调拨要业务部经理同意", rule="INV-53")
    giver = division_of(session, transfer.out_warehouse.org_id)
    if not by.holds("division_manager", org_id=giver.id):
        raise NotAllowed(f"须由发出物资的{giver}经理同意", rule="INV-53")
    transfer.agreed_by_id, transfer.agreed_at = by.staff_id, clock.now()
    note = f"{AGREED}（{by.name} {clock.shown(clock.now())[:10]}）"
    if AGREED not in (transfer.remark or ""):
        transfer.remark = f"{transfer.remark}；{note}"[:255] if transfer.remark else note


@check(Transfer, "approve")
def _may_be_carried_out(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    _may_be_ordered(session, transfer, by)
    if transfer.made_by_id == by.staff_id and policy(session, "inv.self_audit", transfer.org_id) == "no":
        raise NotAllowed("本业务部规定制单人不得自审，请由其他有权的人审核", rule="INV-22")
    if transfer.crosses and transfer.basis == "unified" and not (transfer.memo_ref or "").strip():
        raise RuleError("跨业务部统一调拨须有业务管理部审批的联络单，请填写编号", field="memo_ref", rule="INV-44")
    if transfer.basis == "negotiated" and (transfer.agreed_by_id is None or AGREED not in (transfer.remark or "")):
        raise RuleError(f"协商调拨须由发出方经理在系统里同意，备注写明“{AGREED}”", field="remark", rule="INV-53")
    _refuse_wrong_pair(transfer, [transfer.out_warehouse, transfer.in_warehouse])
    transfer.approved_by_id, transfer.approved_at = by.staff_id, clock.now()
    transfer.turn += 1


@effect(Transfer, "approve")
def _its_pair_is_made(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    """One 其他出库单 and one 其他入库单 with the same lines, both 未审核, under 下查 (INV-48)."""
    lines = [
        {n: getattr(line, n) for n in ["material_id", "qty", "batch", "produced_on", "asset_no", "remark"]}
        for line in transfer.lines
    ]
    facts = {"transfer_id": transfer.id, "transfer": transfer, "packing": transfer.packing}
    out = StockOut(warehouse_id=transfer.out_warehouse_id, category=transfer.out_category, **facts)
    into = StockIn(warehouse_id=transfer.in_warehouse_id, category=transfer.in_category, **facts)
    for slip in (out, into):
        put_on_file(session, slip, lines, by, cause=transfer)


def pair(session: Session, transfer: Transfer) -> list[StockSlip]:
    """The living slips of the order: what goes out, then what comes in."""
    found: list[StockSlip] = []
    for model in (StockOut, StockIn):
        rows = select(model).where(model.transfer_id == transfer.id, model.state != "void", model.returns_id.is_(None))
        found += session.scalars(rows.order_by(model.id))
    return found


@check(Transfer, "unapprove")
def _neither_slip_is_approved(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    approved = [f"{slip}" for slip in pair(session, transfer) if slip.state == "approved"]
    if approved:
        raise RuleError(f"请先弃审 {'、'.join(approved)}，再弃审调拨单", rule="INV-52")
    transfer.approved_by_id = transfer.approved_at = None


@effect(Transfer, "unapprove")
def _its_pair_is_void(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    """Their numbers stay used (decision 35)."""
    for slip in pair(session, transfer):
        advance(session, slip, "drop", by, cause=transfer)


# ---- the pair moves the order --------------------------------------------------------------------------------------


@check(StockOut, "approve", "unapprove")
@check(StockIn, "approve", "unapprove")
def _in_its_turn(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """Out before in, and back in before out (INV-51, decision 35); the order's row is held meanwhile."""
    if slip.transfer_id is None or slip.is_red:
        return
    transfer = session.get_one(Transfer, slip.transfer_id, with_for_update=True, populate_existing=True)
    wanted = {("out", "saved"): "approved", ("in", "saved"): "in_transit"}.get((slip.side, slip.state))
    if wanted == "in_transit" and transfer.state == "approved":
        raise RuleError(f"{transfer} 的货还没有发出：出库单审核后才能审核入库单", rule="INV-51")
    if (slip.side, slip.state, transfer.state) == ("out", "approved", "done"):
        into = next(s for s in pair(session, transfer) if s.side == "in")
        raise RuleError(f"请先弃审 {into}，再弃审出库单", rule="INV-52")


@effect(StockOut, "approve")
@effect(StockIn, "approve")
def _the_order_goes_on(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    if slip.transfer is None or slip.is_red:
        return
    verb, name = ("ship", "shipped_at") if slip.side == "out" else ("arrive", "arrived_at")
    now: Details = {name: clock.now()}
    advance(session, slip.transfer, verb, by, cause=slip, **now)


@effect(StockOut, "unapprove")
@effect(StockIn, "unapprove")
def _the_order_goes_back(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    if slip.transfer is None or slip.is_red:
        return
    verb, name = ("unship", "shipped_at") if slip.side == "out" else ("take_back", "arrived_at")
    gone: Details = {name: None}
    advance(session, slip.transfer, verb, by, cause=slip, **gone)


@check(StockIn, "doubt")
@check(StockOut, "doubt")
def _doubts_are_about_orders(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """A doubt about a generated slip goes back to whoever made the order (INV-52)."""
    if not slip.is_generated:
        raise RuleError("自制的单据直接修改，异议只对生成的单据提出", rule="INV-52")
    if not (slip.objection or "").strip():
        raise RuleError("请写明异议", field="objection", rule="INV-52")


@check(StockIn, "settle")
@check(StockOut, "settle")
def _the_maker_answers(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    maker = slip.generated_by
    assert maker is not None
    if maker.made_by_id != by.staff_id and not by.holds(*PLANNERS):
        raise NotAllowed(f"异议由{maker}的制单人核对；确实有误的请弃审调拨单", rule="INV-52")
    if not (slip.answer or "").strip():
        raise RuleError("请写明核对意见", field="answer", rule="INV-52")


def _unapproved_orders(session: Session, units: frozenset[int], end: date) -> list[str]:
    rows = session.scalars(
        select(Transfer.number).where(Transfer.org_id.in_(units), Transfer.day <= end, Transfer.state == "saved")
    ).all()
    return named(f"有 {len(rows)} 张调拨单未审核", [number or "" for number in rows])


OBSTACLES.append(_unapproved_orders)


# ---- month end -------------------------------------------------------------------------------------------------


def negotiated_in(session: Session, month: str, division_id: int) -> list[Transfer]:
    """The 协商调拨 a 业务部 agreed to in a month: what is printed and sent to 计划室 at its end (INV-54)."""
    rows = session.scalars(
        select(Transfer)
        .where(Transfer.basis == "negotiated", Transfer.agreed_at.is_not(None), Transfer.state != "void")
        .order_by(Transfer.id)
    )
    own = units_below(session, division_id)
    return [
        t
        for t in rows
        if t.agreed_at and f"{clock.local(t.agreed_at):%Y-%m}" == month and t.out_warehouse.org_id in own
    ]


def note_sent(session: Session, transfer: Transfer, by: Person) -> None:
    """The paper of the order was sent to 计划室 today. Raises NotAllowed."""
    require(by, "transfer.send_paper", transfer, "登记纸质版寄出")
    transfer.sent_on = clock.today()
