"""其他入库单, 其他出库单: put on file (保存), changed (修改), approved (审核), un-approved (弃审), deleted (删除)."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models import Material, StockIn, StockOut, StockSlip, Transfer, TransferLine, clock
from models.document import Document
from models.slip_lines import SlipLine
from models.slips import StockInLine, StockOutLine
from rules.advance import check, edit, effect, start
from rules.errors import NotAllowed, RuleError, WrongState
from rules.ledger import post, unpost
from rules.person import Person
from rules.policies import policy
from rules.slip_rules import judge
from rules.stores import is_closed, month_words, store

Details = dict[str, Any]
S = TypeVar("S", bound=StockSlip)
LINE_OF: dict[type[Document], type[SlipLine]] = {
    StockIn: StockInLine,
    StockOut: StockOutLine,
    Transfer: TransferLine,
}
SITE_POSTS = ("storekeeper", "site_representative")
BOOKKEEPERS = ("division_accountant", "central_accountant")


# ---- 增加, 修改 --------------------------------------------------------------------------------------------------


def put_on_file(
    session: Session, slip: S, lines: Sequence[Mapping[str, Any]], by: Person, *, cause: Document | None = None
) -> S:
    """保存 a new slip with its lines; number, date and owner are the house's to give (004-1§2.1).

    Raises NotAllowed, or the RuleError of whatever its type asks for.
    """
    slip.org_id = store(session, slip.warehouse_id).org_id
    set_lines(session, slip, lines)
    return start(session, slip, by, cause=cause)


def revise(
    session: Session, slip: StockSlip, by: Person, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] | None
) -> None:
    """修改 a slip that is not approved: everything but its warehouse (INV-10)."""
    if slip.is_frozen:
        raise WrongState(f"{slip} 已{slip.state_label}，请先弃审再修改", rule="INV-09")
    if lines is not None:
        set_lines(session, slip, lines)
    edit(session, slip, by, **values)


def set_lines(session: Session, slip: Any, said: Sequence[Mapping[str, Any]]) -> None:
    """Make the paper's lines those that were typed, in their order; raises RuleError at the line that is wrong."""
    model = LINE_OF[type(slip)]
    with session.no_autoflush:
        typed = [_typed_line(session, n, one) for n, one in enumerate(said, 1)]
        if not typed:
            raise RuleError("请至少填写一行存货和数量", field="lines", rule="INV-06")
        here = list(slip.lines)
        for line in here[len(typed) :]:
            slip.lines.remove(line)
            if inspect(line).persistent:
                session.delete(line)
        for n, values in enumerate(typed, 1):
            line = here[n - 1] if n <= len(here) else model()
            if line not in here:
                slip.lines.append(line)
            for name, value in {**values, "line_no": n, "org_id": slip.org_id}.items():
                setattr(line, name, value)
        slip.lines_print = _print_of(slip.lines)


def _typed_line(session: Session, n: int, said: Mapping[str, Any]) -> dict[str, Any]:
    material = session.get(Material, said["material_id"]) if said.get("material_id") else None
    if material is None:
        raise RuleError(f"第 {n} 行请选择存货编码", field="lines", rule="INV-06")
    if not material.active:
        raise RuleError(f"第 {n} 行：{material} 已停用，请换一个编码", field="lines", rule="INV-06")
    qty = said.get("qty")
    if not isinstance(qty, Decimal | int) or qty == 0:
        raise RuleError(f"第 {n} 行请填写数量", field="lines", rule="INV-06")
    return {**said, "material_id": material.id, "material": material, "qty": Decimal(qty)}


def _print_of(lines: Sequence[SlipLine]) -> str:
    """A digest that changes with any line: what makes a change of lines alone a new version of the slip."""
    names = [c.key for c in inspect(type(lines[0])).column_attrs if c.key not in ("id", "slip_id")]
    told = "\n".join("\t".join(str(getattr(line, name)) for name in names) for line in lines)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@check(StockIn, "start", "edit")
@check(StockOut, "start", "edit")
def _is_a_slip(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    if inspect(slip).attrs.warehouse_id.history.deleted:
        raise RuleError("仓库保存后不能改；选错了请弃审后删除，重新做一张", field="warehouse_id", rule="INV-11")
    if slip.id is not None and slip.is_generated:
        raise RuleError(f"{slip} 由 {slip.generated_by} 生成，不能单独修改；有疑问请提出异议", rule="INV-52")
    _may_be_keyed(session, slip, by)
    _date(session, slip)
    judge(session, slip)


def _may_be_keyed(session: Session, slip: StockSlip, by: Person) -> None:
    """The 业务部 keys slips, the site may draft them as far as `inv.site_keying` goes (C-30, decision 40)."""
    if slip.is_generated or by.holds(*BOOKKEEPERS) or not by.holds(*SITE_POSTS):
        return
    keying = policy(session, "inv.site_keying", slip.org_id)
    scrapping = slip.category == "scrap_out"  # type: ignore[attr-defined]
    if keying == "division" or (keying == "scrap" and not scrapping):
        raise NotAllowed("按本业务部的设置，现场不录单据，由业务部账务员录入", rule="INV-21")


def _date(session: Session, slip: StockSlip) -> None:
    """The slip's date is given by the house (INV-05); what happened earlier is never written into a closed month."""
    happened = slip.happened_at
    if happened is None:
        slip.day = clock.today() if slip.id is None else slip.day
        return
    if happened > clock.now():
        raise RuleError("发生时间不能晚于现在，请核对", field="happened_at", rule="INV-05")
    slip.day = clock.local(happened).date()
    if is_closed(session, slip.org_id, slip.day):
        raise RuleError(f"{month_words(slip.day)}已结账，不能补登该月的业务", field="happened_at", rule="STK-10")
    if slip.day < clock.today() and not (slip.remark or "").strip():
        raise RuleError("补登前些天的业务，请在备注写明原因", field="remark", rule="INV-05")


# ---- 审核, 弃审, 删除 --------------------------------------------------------------------------------------------


@check(StockIn, "approve")
@check(StockOut, "approve")
def _may_be_approved(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """The slip is judged once more: stores, settings and what is left may have changed since it was saved."""
    if slip.made_by_id == by.staff_id and policy(session, "inv.self_audit", slip.org_id) == "no":
        raise NotAllowed("本业务部规定制单人不得自审，请由其他有权的人审核", rule="INV-22")
    judge(session, slip)
    slip.approved_by_id, slip.approved_at = by.staff_id, clock.now()
    slip.turn += 1


@check(StockOut, "approve")
def _four_steps_are_done(session: Session, slip: StockOut, by: Person, details: Details) -> None:
    """一盘底、二核对、三发货、四减数 before goods leave for use (ISS-06)."""
    if slip.category == "own_use" and not slip.is_red and not slip.four_steps:
        raise RuleError("请确认已按“一盘底、二核对、三发货、四减数”办理", field="four_steps", rule="ISS-06")


@effect(StockIn, "approve")
@effect(StockOut, "approve")
def _stock_moves(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """Only 审核 completes the business: now, and not at 保存, the stock moves (INV-08)."""
    post(session, slip)


@check(StockIn, "unapprove")
@check(StockOut, "unapprove")
def _nothing_stands_on_it(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """弃审 names every paper that stands in its way (INV-14)."""
    if found := [words for ask in BLOCKERS for words in ask(session, slip)]:
        raise RuleError(f"{slip} 不能弃审：{'；'.join(found)}", rule="INV-14")
    slip.approved_by_id = slip.approved_at = None
    slip.turn += 1


@effect(StockIn, "unapprove")
@effect(StockOut, "unapprove")
def _stock_moves_back(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    unpost(session, slip)


def returned_by(session: Session, slip: StockSlip) -> list[str]:
    """The returns that name the slip as their original."""
    model = type(slip)
    found = session.scalars(select(model).where(model.returns_id == slip.id, model.state != "void"))  # type: ignore[attr-defined]
    return [f"已有退库 {one.number}，请先处理它" for one in found]


def paired_with(session: Session, slip: StockSlip) -> list[str]:
    """The 入库单 of what this slip took out: a removed part, goods that came back."""
    if not isinstance(slip, StockOut):
        return []
    found = session.scalars(select(StockIn).where(StockIn.proposed_by_id == slip.id, StockIn.state != "void"))
    return [f"已有配套的{one.category_label} {one.number}，请先弃审并删除它" for one in found]


def issued_for(session: Session, order_id: int) -> list[StockOut]:
    """The slips on which parts were issued for a 工作任务单, deleted ones left out."""
    found = select(StockOut).where(StockOut.work_order_id == order_id, StockOut.state != "void").order_by(StockOut.id)
    return list(session.scalars(found))


#: Each says which papers stand in the way of a 弃审; later subjects add their own.
BLOCKERS = [returned_by, paired_with]


@check(StockIn, "void")
@check(StockOut, "void")
def _may_be_deleted(session: Session, slip: StockSlip, by: Person, details: Details) -> None:
    """Only what nobody approved, and what no other paper made (INV-12, INV-52); the number stays used."""
    if slip.is_generated:
        raise RuleError(f"{slip} 由 {slip.generated_by} 生成，不能单独删除", rule="INV-52")
    if found := [*returned_by(session, slip), *paired_with(session, slip)]:
        raise RuleError(f"{slip} 不能删除：{'；'.join(found)}", rule="INV-12")
