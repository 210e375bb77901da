"""调拨: inside a 业务部 and across, the pair, the goods under way, doubts, what goes to 计划室 at the month's end."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Alert, Obligation, Staff, StockIn, StockOut, Transfer, clock
from rules.errors import NotAllowed, RuleError
from rules.ledger_check import verify_ledger
from rules.obligations import fulfilled
from rules.person import Person
from rules.slips import revise
from rules.sweep import sweep
from rules.trail import verify_numbers
from rules.transfers import negotiated_in, note_sent, order, pair, reorder
from rules.write import Writer
from tests.desk import token
from tests.makers import set_policy
from tests.storehouse import Stores, desk_of, storehouse


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


def ordered(made: Stores, out: str = "yj.sound", into: str = "wj.sound", by: Person | None = None, **said) -> Transfer:
    """A saved 调拨单 of three lamps."""
    things = {n: said.pop(n) for n in list(said) if n in made.things} or {"lamp": 3}
    damaged = out.endswith("damaged")
    facts = {
        "out_warehouse_id": made.stores[out].id,
        "in_warehouse_id": made.stores[into].id,
        "out_category": "broken_out" if damaged else "sound_out",
        "in_category": "broken_in" if damaged else "sound_in",
        **said,
    }
    transfer = order(made.session, Transfer(**facts), made.lines(things), by or made.accountant)
    made.session.commit()
    return transfer


def planner(made: Stores) -> Person:
    """业务管理部计划室."""
    return made.person("central_planner")


# ---- inside one 业务部 --------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-48", "INV-55", "INV-57")
def test_an_order_makes_a_pair_and_moves_nothing_itself(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    assert (transfer.number, transfer.crosses) == ("DB-HN-202611-0001", False)
    made.move(transfer, "approve")
    out, into = pair(made.session, transfer)
    assert [(s.state, s.lines[0].qty, s.category) for s in (out, into)] == [
        ("saved", 3, "sound_out"), ("saved", 3, "sound_in"),
    ]  # fmt: skip
    assert (made.left("lamp"), made.left("lamp", "wj.sound")) == (5, 0)
    made.move(out, "approve")
    assert (transfer.state_label, made.left("lamp"), made.left("lamp", "wj.sound")) == ("在途", 2, 0)
    made.move(into, "approve")
    assert (transfer.state_label, made.left("lamp"), made.left("lamp", "wj.sound")) == ("完成", 2, 3)
    assert verify_ledger(made.session) + verify_numbers(made.session) == []


@pytest.mark.rule("INV-51")
def test_nothing_arrives_before_it_has_left(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    with pytest.raises(RuleError, match="的货还没有发出"):
        made.move(pair(made.session, transfer)[1], "approve")


@pytest.mark.rule("INV-52")
def test_everything_is_undone_in_its_order_in_out_order(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    out, into = pair(made.session, transfer)
    made.move(out, "approve")
    made.move(into, "approve")
    with pytest.raises(RuleError, match="请先弃审 其他入库单--完好品调拨"):
        made.move(out, "unapprove", reason="错")
    made.session.rollback()
    made.move(into, "unapprove", reason="错")
    assert transfer.state == "in_transit"
    made.move(out, "unapprove", reason="错")
    assert (transfer.state, made.left("lamp")) == ("approved", 5)
    made.move(transfer, "unapprove", reason="错")
    assert (out.state, into.state, transfer.state) == ("void", "void", "saved")
    assert out.number == "QTCK-YJX-202611-0001", "their numbers stay"
    made.move(transfer, "approve")
    assert [s.number for s in pair(made.session, transfer)] == ["QTCK-YJX-202611-0002", "QTRK-WJX-202611-0002"]


@pytest.mark.rule("INV-52")
def test_an_order_with_an_approved_slip_is_not_undone(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    made.move(pair(made.session, transfer)[0], "approve")
    with pytest.raises(RuleError):
        made.move(transfer, "unapprove", reason="错")


@pytest.mark.rule("INV-52")
def test_generated_slips_are_neither_changed_nor_deleted_but_doubted(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    out = pair(made.session, transfer)[0]
    with pytest.raises(RuleError, match="不能单独删除"):
        made.move(out, "void")
    made.session.rollback()
    with pytest.raises(RuleError, match="不能单独修改；有疑问请提出异议"):
        revise(made.session, out, made.accountant, {"remark": "改"}, None)
    made.session.rollback()
    with pytest.raises(RuleError, match="请写明异议"):
        made.move(out, "doubt")
    made.session.rollback()
    made.move(out, "doubt", objection="实发两支")
    assert out.state_label == "异议"
    with pytest.raises(RuleError, match="现为“异议”，不能审核"):
        made.move(out, "approve")
    made.session.rollback()
    made.move(out, "settle", answer="已核对，确为三支")
    made.move(out, "approve")
    assert made.left("lamp") == 2


@pytest.mark.rule("INV-52")
def test_a_doubt_that_is_right_undoes_the_order(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    out = pair(made.session, transfer)[0]
    made.move(out, "doubt", objection="实发两支")
    made.move(transfer, "unapprove", reason="数量错")
    assert out.state == "void"


@pytest.mark.rule("INV-45", "INV-46", "INV-58")
@pytest.mark.parametrize(
    ("out", "into", "said", "no"),
    [
        ("yj.sound", "yj.sound", {}, "转出仓库和转入仓库不能相同"),
        ("yj.sound", "wj.damaged", {}, "两端都须是完好品库，望江府损坏品库 不是"),
        ("yj.damaged", "wj.sound", {"returned_on": date(2026, 11, 20)}, "两端都须是损坏品库，望江府完好品库 不是"),
        ("yj.sound", "wj.sound", {"in_category": "broken_in"}, "须成对"),
    ],
)
def test_both_ends_are_of_one_kind(made: Stores, out: str, into: str, said: dict, no: str):
    with pytest.raises(RuleError, match=no):
        ordered(made, out, into, **said)


@pytest.mark.rule("INV-58", "INV-59")
def test_damaged_goods_are_booked_by_the_day_they_came_back(made: Stores):
    made.receive("yj.damaged", category="damaged_in", pump=2)
    with pytest.raises(RuleError, match="损坏品调拨须填物资返回日期"):
        ordered(made, "yj.damaged", "south.damaged", pump=2)
    made.session.rollback()
    transfer = ordered(made, "yj.damaged", "south.damaged", pump=2, returned_on=date(2026, 11, 20))
    made.move(transfer, "approve")
    for slip in pair(made.session, transfer):
        made.move(slip, "approve")
    assert made.left("pump", "south.damaged") == 2


@pytest.mark.rule("INV-55")
def test_who_orders_inside_a_division_is_a_setting(made: Stores):
    set_policy(made.session, made.orgs["south"], "inv.site_transfer", "central")
    with pytest.raises(NotAllowed, match="业务部内部调拨由业务管理部计划室制作和审核"):
        ordered(made)
    made.session.rollback()
    transfer = ordered(made, by=planner(made))
    made.move(transfer, "approve", planner(made))
    assert transfer.state == "approved"


# ---- across -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-43", "INV-44", "INV-47", "INV-56", "INV-19", "INV-61")
def test_across_divisions_headquarters_orders_and_each_side_approves_its_own(made: Stores):
    made.receive(lamp=5)
    with pytest.raises(NotAllowed):
        ordered(made, into="bj.sound")
    made.session.rollback()
    transfer = ordered(made, into="bj.sound", by=planner(made), packing="发货单、装箱单各一")
    assert (transfer.crosses, transfer.number) == (True, "DB-YG-202611-0001")
    with pytest.raises(NotAllowed):
        made.move(transfer, "approve")
    made.session.rollback()
    with pytest.raises(RuleError, match="须有业务管理部审批的联络单"):
        made.move(transfer, "approve", planner(made))
    made.session.rollback()
    reorder(made.session, transfer, planner(made), {"memo_ref": "LL-8"}, None)
    made.session.commit()
    made.move(transfer, "approve", planner(made))
    out, into = pair(made.session, transfer)
    assert out.packing == "发货单、装箱单各一"
    north = made.person("division_accountant", "north")
    for slip, wrong in ((out, north), (into, made.accountant), (out, planner(made))):
        with pytest.raises(NotAllowed):
            made.move(slip, "approve", wrong)
        made.session.rollback()
    made.move(out, "approve")
    made.move(into, "approve", north)
    assert (made.left("lamp"), made.left("lamp", "bj.sound"), transfer.state) == (2, 3, "done")


@pytest.mark.rule("INV-19")
def test_the_accountant_of_headquarters_may_order_across_and_approve(made: Stores):
    made.receive(lamp=5)
    centre = made.person("central_accountant")
    transfer = ordered(made, into="bj.sound", by=centre, memo_ref="LL-8")
    made.move(transfer, "approve", centre)
    for slip in pair(made.session, transfer):
        made.move(slip, "approve", centre)
    assert transfer.state == "done"


@pytest.mark.rule("INV-53")
def test_a_negotiated_transfer_is_agreed_to_by_the_manager_who_gives(made: Stores):
    made.receive(lamp=5)
    transfer = ordered(made, into="bj.sound", by=planner(made), basis="negotiated")
    with pytest.raises(RuleError, match="协商调拨须由发出方经理在系统里同意"):
        made.move(transfer, "approve", planner(made))
    made.session.rollback()
    with pytest.raises(NotAllowed, match="须由发出物资的华南业务部经理同意"):
        made.move(transfer, "agree", made.person("division_manager", "north"))
    made.session.rollback()
    made.move(transfer, "agree", made.person("division_manager", "south"))
    assert transfer.remark == "业务部经理同意调拨（南经理 2026-11-21）"
    reorder(made.session, transfer, planner(made), {}, made.lines({"lamp": 4}))
    made.session.commit()
    assert transfer.agreed_by_id is None, "more lamps than were agreed to are agreed to anew"
    made.move(transfer, "agree", made.person("division_manager", "south"))
    made.move(transfer, "approve", planner(made))
    assert transfer.state == "approved"


@pytest.mark.rule("INV-47")
@pytest.mark.parametrize("maker", ["central", "division"])
def test_who_makes_negotiated_transfers_is_a_setting(made: Stores, maker: str):
    set_policy(made.session, made.orgs["centre"], "inv.neg_maker", maker)
    by = made.person("division_planner", "south")
    if maker == "division":
        assert ordered(made, into="bj.sound", by=by, basis="negotiated").state == "saved"
        return
    with pytest.raises(NotAllowed, match="由业务管理部计划室制作"):
        ordered(made, into="bj.sound", by=by, basis="negotiated")


@pytest.mark.rule("INV-54")
def test_what_managers_agreed_to_in_a_month_is_printed_and_sent(made: Stores, at):
    made.receive(lamp=9)
    first = ordered(made, into="bj.sound", by=planner(made), basis="negotiated")
    made.move(first, "agree", made.person("division_manager", "south"))
    ordered(made, into="bj.sound", by=planner(made), memo_ref="LL-9")
    south = made.orgs["south"].id
    assert negotiated_in(made.session, "2026-11", south) == [first]
    duty = Obligation(duty="T-42", org_id=south, period="2026-11", due_at=clock.now(), next_rung_at=None)
    made.session.add(duty)
    made.session.commit()
    at("2026-11-30 16:00")
    assert duty not in fulfilled(made.session, clock.now())
    note_sent(made.session, first, made.accountant)
    made.session.commit()
    assert first.sent_on == date(2026, 11, 30)
    assert duty in fulfilled(made.session, clock.now())


@pytest.mark.rule("INV-51")
def test_goods_too_long_under_way_ring(made: Stores, write: Writer, at):
    made.receive(lamp=5)
    transfer = ordered(made)
    made.move(transfer, "approve")
    made.move(pair(made.session, transfer)[0], "approve")
    made.session.rollback()
    at.forward(days=6, hours=23)
    sweep(write)
    assert heard(made) == set()
    at.forward(hours=2)
    sweep(write)
    assert heard(made) == {"南账务", "京计划"}


def heard(made: Stores) -> set[str]:
    """Who was told that something did not arrive."""
    made.session.rollback()
    alerts = made.session.scalars(select(Alert).where(Alert.noun == "transfer"))
    return {made.session.get_one(Staff, a.staff_id).name for a in alerts}


# ---- on screen --------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-49", "INV-50")
def test_each_side_finds_its_slip_under_the_order(app: Flask, made: Stores):
    made.receive(lamp=5)
    desk = desk_of(app, made, "division_accountant", "south")
    facts = {
        "out_warehouse_id": str(made.stores["yj.sound"].id),
        "in_warehouse_id": str(made.stores["wj.sound"].id),
        "out_category": "sound_out",
        "in_category": "sound_in",
        "basis": "unified",
        "lines-0-material_id": str(made.things["lamp"].id),
        "lines-0-qty": "3",
        "token": token(desk.get("/transfer/new")),
    }
    home = desk.post("/transfer/new", facts).headers["Location"]
    desk.post(f"{home}/approve", {"token": token(desk.get(home))})
    page = desk.get(home)
    assert page.count("下查") >= 2
    made.session.rollback()
    out, into = made.session.scalars(select(StockOut)).one(), made.session.scalars(select(StockIn)).all()[-1]
    for slip in (out, into):
        assert f"/{slip.__tablename__}/{slip.id}" in page
        assert "上查" in desk.get(f"/{slip.__tablename__}/{slip.id}")
    desk.post(f"/stock_out/{out.id}/approve", {"token": token(desk.get(f"/stock_out/{out.id}"))})
    assert "在途" in desk.get("/transfer/?state=in_transit")
