"""The slips of table 2.3: who makes them, what they need, which store they touch, how they are changed and undone."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StockIn, StockOut, TrailEntry, clock
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from rules.ledger_check import verify_ledger
from rules.slip_kinds import SLIP_KINDS, by_hand
from rules.slips import put_on_file, revise
from tests.desk import rows, sit, token, version
from tests.makers import make_order, set_policy
from tests.storehouse import Stores, desk_of, storehouse


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


# ---- 增加, 保存 --------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-05", "INV-16")
def test_number_date_and_colour_are_given_by_the_house(made: Stores):
    slip = made.receive(lamp=5, approve=False)
    assert slip.number == "QTRK-YJX-202611-0001"
    assert (slip.day, slip.colour) == (date(2026, 11, 21), "blue")
    assert slip.made_by_id == made.accountant.staff_id
    assert made.issue("wj.sound", lamp=1, approve=False).number == "QTCK-WJX-202611-0001"


@pytest.mark.rule("INV-06", "INV-25")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"warehouse_id": None}, "warehouse_id"),
        ({"category": None}, "category"),
        ({"supplier": " "}, "supplier"),
    ],
)
def test_what_must_be_filled(made: Stores, said: dict, field: str):
    facts = {"warehouse_id": made.stores["yj.sound"].id, "category": "purchase", "supplier": "鼎盛", **said}
    with pytest.raises(RuleError) as no:
        put_on_file(made.session, StockIn(**facts), made.lines({"lamp": 1}), made.accountant)
    assert no.value.field == field


@pytest.mark.rule("INV-06")
@pytest.mark.parametrize("lines", [[], [{"material_id": None, "qty": 1}], [{"qty": 0}]])
def test_a_slip_without_lines_is_no_slip(made: Stores, lines: list):
    lines = [{"material_id": made.things["lamp"].id, **one} for one in lines]
    slip = StockIn(warehouse_id=made.stores["yj.sound"].id, category="purchase", supplier="鼎盛")
    with pytest.raises(RuleError) as no:
        put_on_file(made.session, slip, lines, made.accountant)
    assert no.value.field == "lines"


@pytest.mark.rule("INV-13")
def test_every_type_made_by_hand_goes_the_same_way(made: Stores):
    """增加 → 保存 → 审核 → 弃审 → 修改 → 审核, whatever the type."""
    own = {
        "small_purchase": {"approval_ref": "零采-118"},
        "repaired_in": {"party_name": "鼎盛水泵厂"},
        "damaged_in": {"where": "yj.damaged"},
        "opening": {"where": "wj.sound"},
    }
    for category in by_hand("in"):
        facts = dict(own.get(category, {}))
        slip = made.receive(facts.pop("where", "yj.sound"), category=category, pump=2, **facts)
        made.move(slip, "unapprove", reason="更正")
        revise(made.session, slip, made.accountant, {"remark": "更正"}, made.lines({"pump": 3}))
        made.session.commit()
        made.move(slip, "approve")
        assert (slip.state, slip.lines[0].qty, slip.turn) == ("approved", 3, 3), category
    assert made.left("pump", "yj.damaged") == 3
    assert verify_ledger(made.session) == []


def test_the_table_holds_the_types_of_the_books_with_their_names():
    names = {f"{k.side}:{k.label}" for k in SLIP_KINDS.values()}
    assert names == {
        "in:采购入库", "in:零采入库", "in:损坏入库", "in:修复入库", "in:完好品调拨", "in:损坏品调拨", "in:物资退库",
        "in:盘盈入库", "in:期初", "out:自用领用", "out:返修出库", "out:报废出库", "out:完好品调拨", "out:损坏品调拨",
        "out:盘亏出库",
    }  # fmt: skip
    assert str(StockIn(category="purchase")).startswith("其他入库单--采购入库")


# ---- which store ------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-04", "INV-24", "INV-31", "INV-33", "INV-29")
@pytest.mark.parametrize(
    ("category", "wrong", "facts"),
    [
        ("purchase", "yj.damaged", {"supplier": "鼎盛"}),
        ("small_purchase", "south.damaged", {"approval_ref": "118"}),
        ("repaired_in", "yj.damaged", {"party_name": "鼎盛"}),
        ("damaged_in", "yj.sound", {}),
        ("own_use", "yj.damaged", {"taker": "罗志强"}),
        ("repair_out", "yj.sound", {"party": "maker", "packing": "木箱一件"}),
        ("scrap_out", "south.sound", {"reason": "报废", "approval_ref": "1"}),
    ],
)
def test_each_type_touches_only_its_own_kind_of_store(made: Stores, category: str, wrong: str, facts: dict):
    model = StockIn if SLIP_KINDS[category].side == "in" else StockOut
    slip = model(warehouse_id=made.stores[wrong].id, category=category, **facts)
    with pytest.raises(RuleError, match=f"{SLIP_KINDS[category].label}只能用") as no:
        put_on_file(made.session, slip, made.lines({"pump": {"qty": 1, "use_kind": "spare"}}), made.accountant)
    assert (no.value.field, no.value.rule) == ("warehouse_id", SLIP_KINDS[category].rule)


@pytest.mark.rule("INV-10", "INV-11")
def test_everything_may_change_but_the_store(made: Stores):
    slip = made.receive(lamp=5)
    made.move(slip, "unapprove", reason="仓库错了")
    values = {"supplier": "永泰五金", "category": "purchase", "remark": "改"}
    revise(made.session, slip, made.accountant, values, made.lines({"pump": 2}))
    made.session.commit()
    assert (slip.supplier, slip.lines[0].material.code) == ("永泰五金", "B001")
    with pytest.raises(RuleError, match="仓库保存后不能改；选错了请弃审后删除，重新做一张"):
        revise(made.session, slip, made.accountant, {"warehouse_id": made.stores["wj.sound"].id}, None)


@pytest.mark.rule("INV-11", "INV-12")
def test_a_wrong_store_is_unapproved_deleted_and_made_anew(made: Stores):
    slip = made.receive(lamp=5)
    with pytest.raises(WrongState, match="不能删除"):
        made.move(slip, "void")
    made.session.rollback()
    made.move(slip, "unapprove", reason="仓库错了")
    made.move(slip, "void")
    assert (slip.state_label, slip.number) == ("已删除", "QTRK-YJX-202611-0001")
    again = made.receive("wj.sound", lamp=5)
    assert made.receive(lamp=1).number == "QTRK-YJX-202611-0002", "the number of the deleted one stays used"
    told = made.session.scalars(
        select(TrailEntry).where(TrailEntry.noun == "stock_in", TrailEntry.action == "删除")
    ).all()
    assert [t.row_id for t in told] == [slip.id]
    assert again.state == "approved"


@pytest.mark.rule("INV-07")
def test_only_what_is_saved_is_approved_and_only_once(made: Stores):
    slip = made.receive(lamp=5)
    with pytest.raises(WrongState):
        made.move(slip, "approve")
    made.session.rollback()
    assert made.left("lamp") == 5


@pytest.mark.rule("INV-15")
def test_unapproving_asks_for_a_reason_and_keeps_it(made: Stores):
    slip = made.receive(lamp=5)
    with pytest.raises(RuleError, match="弃审须写明原因"):
        made.move(slip, "unapprove")
    made.session.rollback()
    made.move(slip, "unapprove", reason="数量录错")
    entry = made.session.scalars(select(TrailEntry).where(TrailEntry.action == "弃审")).one()
    assert "数量录错" in entry.changes
    assert slip.approved_by_id is None


# ---- table 2.4 --------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-15", "INV-17", "INV-18", "INV-20", "INV-21")
@pytest.mark.parametrize(
    ("post", "where", "may"),
    [
        ("division_accountant", "south", "write approve unapprove void"),
        ("division_accountant", "north", ""),
        ("central_accountant", "centre", "approve"),
        ("central_planner", "centre", ""),
        ("division_manager", "south", ""),
        ("division_planner", "south", ""),
        ("storekeeper", "yj", ""),
        ("site_representative", "yj", ""),
        ("storekeeper", "wj", ""),
    ],
)
def test_rights_are_those_of_table_2_4(made: Stores, post: str, where: str, may: str):
    by = made.person(post, where)
    slip = made.receive(lamp=5, approve=False)
    found = []
    for verb in ("write", "approve", "unapprove", "void"):
        try:
            if verb == "write":
                revise(made.session, slip, by, {"remark": "改"}, None)
            else:
                made.move(slip, verb, by, reason="试")
            found.append(verb)
        except NotAllowed:
            made.session.rollback()
    assert " ".join(found) == may


@pytest.mark.rule("INV-18")
def test_the_books_of_another_division_are_read_and_not_touched(app: Flask, made: Stores):
    slip = made.receive(lamp=5)
    north = desk_of(app, made, "division_accountant", "north")
    page = north.get(f"/stock_in/{slip.id}")
    assert "QTRK-YJX-202611-0001" in page
    assert f"/stock_in/{slip.id}/unapprove" not in page
    assert rows(north.get("/stock_in/")) == [str(slip.id)]
    storekeeper = desk_of(app, made, "storekeeper", "wj")
    storekeeper.get(f"/stock_in/{slip.id}", 404)


@pytest.mark.rule("INV-21")
def test_the_site_drafts_and_the_division_approves(made: Stores):
    keeper = made.person("storekeeper", "yj")
    slip = made.receive(by=keeper, lamp=5, approve=False)
    revise(made.session, slip, keeper, {"remark": "少一箱"}, None)
    made.session.commit()
    with pytest.raises(NotAllowed):
        made.move(slip, "approve", keeper)
    made.session.rollback()
    made.move(slip, "approve")
    assert made.left("lamp") == 5


@pytest.mark.rule("INV-21")
@pytest.mark.parametrize(("keying", "allowed"), [("draft", "purchase scrap"), ("scrap", "scrap"), ("division", "")])
def test_how_far_a_site_may_draft_is_a_setting(made: Stores, keying: str, allowed: str):
    set_policy(made.session, made.orgs["south"], "inv.site_keying", keying)
    keeper, found = made.person("storekeeper", "yj"), []
    for name, make in (
        ("purchase", lambda: made.receive(by=keeper, lamp=1, approve=False)),
        (
            "scrap",
            lambda: made.issue(
                "yj.damaged", keeper, approve=False, category="scrap_out", reason="老化", approval_ref="9", lamp=1
            ),
        ),
    ):
        try:
            make()
            found.append(name)
        except NotAllowed:
            made.session.rollback()
    assert " ".join(found) == allowed


@pytest.mark.rule("INV-22")
def test_whether_the_maker_may_approve_is_a_setting(made: Stores):
    set_policy(made.session, made.orgs["south"], "inv.self_audit", "no")
    slip = made.receive(lamp=5, approve=False)
    with pytest.raises(NotAllowed, match="制单人不得自审"):
        made.move(slip, "approve")
    made.session.rollback()
    made.move(slip, "approve", made.person("central_accountant"))
    assert slip.state == "approved"


# ---- what some types ask for ------------------------------------------------------------------------------------


@pytest.mark.rule("INV-26", "INV-28")
def test_a_small_purchase_names_its_approved_request(made: Stores):
    with pytest.raises(Invalid, match="零采入库须填写申请/审批"):
        made.receive(category="small_purchase", lamp=1)
    made.session.rollback()
    assert made.receive(category="small_purchase", approval_ref="零采-118", lamp=1).state == "approved"


@pytest.mark.rule("INV-36")
def test_a_blue_slip_takes_only_quantities_above_zero(made: Stores):
    with pytest.raises(RuleError, match="第 1 行：蓝字单据的数量必须大于 0"):
        made.receive(lamp=-1)


@pytest.mark.rule("INV-30")
def test_goods_spoiled_in_the_store_leave_it_before_they_come_in_as_damaged(made: Stores):
    made.receive(ladder=3)
    with pytest.raises(Invalid, match="保存不善的损坏入库须填写原因"):
        made.receive("yj.damaged", category="damaged_in", spoiled=True, ladder=1)
    made.session.rollback()
    slip = made.receive(
        "yj.damaged", category="damaged_in", spoiled=True, reason="受潮变形", liable="云保管", ladder=1, approve=False
    )
    out = slip.proposed_by
    assert out is not None
    assert (out.category, out.reason, out.warehouse_id, out.state) == (
        "own_use", "保存不善", made.stores["yj.sound"].id, "saved",
    )  # fmt: skip
    with pytest.raises(RuleError, match="请先审核配套的"):
        made.move(slip, "approve")
    made.session.rollback()
    made.move(out, "approve")
    made.move(slip, "approve")
    assert (made.left("ladder"), made.left("ladder", "yj.damaged")) == (2, 1)
    with pytest.raises(RuleError, match="已有配套的损坏入库"):
        made.move(out, "unapprove", reason="错")


@pytest.mark.rule("INV-30")
def test_without_the_pairing_nothing_leaves_the_sound_store(made: Stores):
    set_policy(made.session, made.orgs["south"], "inv.storage_damage_out", "none")
    facts = {"category": "damaged_in", "spoiled": True, "reason": "受潮", "liable": "云保管"}
    assert made.receive("yj.damaged", ladder=1, **facts).proposed_by_id is None


@pytest.mark.rule("INV-32", "ISS-03")
def test_a_replaced_part_is_proposed_as_damaged(made: Stores):
    made.receive(pump=2)
    with pytest.raises(RuleError, match="请选择领用类型"):
        made.issue(pump={"qty": 1, "use_kind": None})
    made.session.rollback()
    with pytest.raises(RuleError, match="备件更换须填更换下来的旧编号和更换上的新编号"):
        made.issue(pump={"qty": 1, "use_kind": "replace", "old_part_no": "P-1"})
    made.session.rollback()
    part = {"qty": 1, "use_kind": "replace", "old_part_no": "P-1", "new_part_no": "P-2", "asset_no": "3#泵房"}
    out = made.issue(pump=part)
    proposal = made.session.scalars(select(StockIn)).all()[-1]
    assert (proposal.category, proposal.state, proposal.proposed_by_id) == ("damaged_in", "saved", out.id)
    assert (proposal.lines[0].qty, proposal.lines[0].asset_no, proposal.lines[0].remark) == (1, "3#泵房", "旧件 P-1")
    made.move(proposal, "approve")
    assert (made.left("pump"), made.left("pump", "yj.damaged")) == (1, 1)


@pytest.mark.rule("DMG-15")
def test_only_parts_on_the_spare_list_are_replaced(made: Stores):
    made.receive(lamp=2)
    with pytest.raises(RuleError, match="不在备品备件清单内"):
        made.issue(lamp={"qty": 1, "use_kind": "replace", "old_part_no": "1", "new_part_no": "2"})


@pytest.mark.rule("INV-34", "ISS-08")
def test_only_goods_worth_repairing_go_to_repair_with_their_list(made: Stores):
    made.receive("yj.damaged", category="damaged_in", pump=2, lamp=2)
    with pytest.raises(Invalid, match="返修出库须填写往来单位；返修出库须填写装箱单信息"):
        made.issue("yj.damaged", category="repair_out", pump=1)
    made.session.rollback()
    facts = {"category": "repair_out", "party": "central", "packing": "木箱一件"}
    with pytest.raises(RuleError, match="是ⅰ类物资，没有商修价值，不能返修出库"):
        made.issue("yj.damaged", lamp=1, **facts)
    made.session.rollback()
    made.issue("yj.damaged", pump=1, **facts)
    assert made.left("pump", "yj.damaged") == 1


@pytest.mark.rule("INV-35", "DMG-03", "DMG-01")
@pytest.mark.parametrize(
    ("route", "thing", "facts", "no"),
    [
        ("approved", "lamp", {}, "请填写申请/审批单号"),
        ("approved", "lamp", {"approval_ref": "9"}, ""),
        ("scrap", "lamp", {}, ""),
        ("return", "lamp", {"approval_ref": "9"}, "ⅰ类物资也须统一返回"),
        ("approved", "pump", {"approval_ref": "9"}, "ⅱ类物资须返修"),
        ("scrap", "pump", {"beyond_repair": True}, "请填写申请/审批单号"),
        ("scrap", "pump", {"beyond_repair": True, "approval_ref": "9"}, ""),
    ],
)
def test_what_may_be_scrapped_where_it_lies(made: Stores, route: str, thing: str, facts: dict, no: str):
    set_policy(made.session, made.orgs["south"], "inv.class1_route", route)
    made.receive("yj.damaged", category="damaged_in", **{thing: 2})
    said = {"category": "scrap_out", "reason": "老化开裂", thing: 1, **facts}
    if not no:
        made.issue("yj.damaged", **said)
        assert made.left(thing, "yj.damaged") == 1
        return
    with pytest.raises(RuleError, match=no):
        made.issue("yj.damaged", **said)


@pytest.mark.rule("ISS-05", "WH-09")
def test_the_oldest_batch_goes_first(made: Stores):
    today = clock.today()
    made.receive(paint={"qty": 2, "produced_on": today - timedelta(days=10)})
    made.receive(paint={"qty": 2, "produced_on": today - timedelta(days=90), "batch": "老"})
    assert made.issue(paint=1).lines[0].batch == "老"
    with pytest.raises(RuleError, match=r"应先发批次 老（现存 1），发其他批次请写明原因"):
        made.issue(paint={"qty": 1, "batch": "20261111"})
    made.session.rollback()
    made.issue(paint={"qty": 1, "batch": "20261111", "batch_reason": "老批次桶底渗漏"})
    with pytest.raises(RuleError, match="批次 老 不足，差 1"):
        made.issue(paint=2)


@pytest.mark.rule("WH-09")
def test_goods_with_a_shelf_life_tell_when_they_were_made(made: Stores):
    with pytest.raises(RuleError, match="有保质期，须填生产日期"):
        made.receive(paint=1)


@pytest.mark.rule("ISS-06")
def test_goods_leave_for_use_after_four_steps(made: Stores):
    made.receive(lamp=2)
    slip = made.issue(lamp=1, four_steps=False, approve=False)
    with pytest.raises(RuleError, match="一盘底、二核对、三发货、四减数"):
        made.move(slip, "approve")


def test_the_opening_stock_comes_before_everything_else(made: Stores):
    opening = made.receive(category="opening", lamp=7)
    assert made.left("lamp") == 7
    with pytest.raises(RuleError, match="期初须在所有单据之前、每库一张"):
        made.receive(category="opening", lamp=1)
    made.session.rollback()
    assert opening.state == "approved"


@pytest.mark.rule("INV-48", "STK-08")
@pytest.mark.parametrize(
    ("category", "no"), [("sound_in", "由调拨单审核后生成"), ("surplus", "只能由批准的盘点表生成")]
)
def test_generated_types_are_not_made_by_hand(made: Stores, category: str, no: str):
    with pytest.raises(RuleError, match=no):
        made.receive(category=category, lamp=1)


def test_what_happened_days_ago_says_why_it_comes_so_late(made: Stores):
    with pytest.raises(RuleError, match="补登前些天的业务，请在备注写明原因"):
        made.receive(lamp=1, happened_at=clock.now() - timedelta(days=2))
    made.session.rollback()
    slip = made.receive(lamp=1, happened_at=clock.now() - timedelta(days=2), remark="停电补录")
    assert slip.day == date(2026, 11, 19)


# ---- on screen --------------------------------------------------------------------------------------------------


def form(made: Stores, **values: str) -> dict[str, str]:
    """A receipt of five lamps as a browser sends it."""
    facts = {
        "category": "purchase",
        "warehouse_id": str(made.stores["yj.sound"].id),
        "supplier": "鼎盛五金",
        "lines-0-material_id": str(made.things["lamp"].id),
        "lines-0-qty": "5",
    }
    return {**facts, **values}


@pytest.mark.rule("INV-06", "INV-07")
def test_a_slip_is_saved_changed_approved_and_undone_on_screen(app: Flask, made: Stores):
    desk = desk_of(app, made, "division_accountant", "south")
    page = desk.get("/stock_in/new")
    home = desk.post("/stock_in/new", {"token": token(page), **form(made)}).headers["Location"]
    edit = desk.get(f"{home}/edit")
    assert "云锦里完好品库" in edit
    assert 'name="warehouse_id" value="' in edit, "the pickers of the lines know the frozen store"
    changed = form(made, **{"lines-0-qty": "6", "remark": "核对后六支"})
    changed.pop("warehouse_id")
    desk.post(f"{home}/edit", {"token": token(edit), "version": version(edit), **changed})
    desk.post(f"{home}/approve", {"token": token(desk.get(home))})
    made.session.rollback()
    assert made.left("lamp") == 6
    page = desk.get(home)
    assert "已审核" in page
    desk.post(f"{home}/unapprove", {"token": token(page), "reason": "录错"})
    made.session.rollback()
    assert made.left("lamp") == 0


def test_a_block_from_a_spreadsheet_is_found_by_its_codes(app: Flask, made: Stores):
    """What a paste leaves in the boxes: texts, no ids."""
    desk = desk_of(app, made, "division_accountant", "south")
    typed = {"lines-0-material_id": "", "lines-0-material_id_text": "a001", "lines-0-qty": "５"}
    typed |= {"lines-1-material_id": "", "lines-1-material_id_text": "水泵", "lines-1-qty": "1.5"}
    desk.post("/stock_in/new", {"token": token(desk.get("/stock_in/new")), **form(made), **typed})
    made.session.rollback()
    slip = made.session.scalars(select(StockIn)).one()
    assert [(line.material.code, line.qty) for line in slip.lines] == [("A001", 5), ("B001", 1.5)]


def test_what_lies_there_is_told_while_typing(app: Flask, made: Stores):
    made.receive(lamp=5)
    desk = desk_of(app, made, "division_accountant", "south")
    store = made.stores["yj.sound"].id
    for typed in ("A00", "灯管", "leddg", "T8"):
        (hit,) = desk.json(f"/lookup/material?q={typed}&within={store}")["hits"]
        assert hit["fill"] == {"type_words": "T8", "measure": "支", "onhand": "5"}
        assert hit["note"] == "现存 5 支"


def test_a_shortage_on_screen_is_told_in_the_rule_s_own_words(app: Flask, made: Stores):
    made.receive(lamp=3)
    slip = made.issue(lamp=5, approve=False)
    desk = desk_of(app, made, "division_accountant", "south")
    reply = desk.post(f"/stock_out/{slip.id}/approve", {"token": "t" * 20}, None)
    assert reply.status_code in (409, 422)
    assert "现存 3，需要 5，差 2" in reply.text


@pytest.mark.rule("ISS-03")
def test_parts_for_a_work_order_name_each_other(app: Flask, made: Stores):
    made.receive(pump=1)
    order = make_order(made.world)
    out = made.issue(pump=1, work_order_id=order.id)
    desk = sit(app, made.session, "engineering_supervisor")
    assert (out.number or "") in desk.get(f"/work_order/{order.id}")
