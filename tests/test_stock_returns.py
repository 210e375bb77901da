"""物资退库 by scene: linked to the original lines, never more than is left, red letters in their own column."""

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import StockEntry, StockIn, StockOut
from rules.errors import NotAllowed, RuleError, WrongState
from rules.ledger import NotEnoughStock
from rules.ledger_check import verify_ledger
from rules.slip_returns import make_return, returnable
from rules.slips import revise
from tests.desk import token
from tests.makers import set_policy
from tests.storehouse import Stores, desk_of, storehouse


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


def back(made: Stores, slip, scene: str, party: str, *quantities: object, by=None, **said):
    """退库 of so much of each line, in order; committed."""
    lines = [{"line_no": n, "qty": q and Decimal(str(q))} for n, q in enumerate(quantities, 1)]
    facts = {"scene": scene, "party": party, "reason": "余料", **said}
    red = make_return(made.session, slip, by or made.accountant, lines=lines, **facts)
    made.session.commit()
    return red


def columns(made: Stores) -> tuple[Decimal, Decimal]:
    """收入 and 发出."""
    sums = dict(made.session.execute(select(StockEntry.side, func.sum(StockEntry.qty)).group_by(StockEntry.side)).all())
    return sums.get("in", Decimal(0)), sums.get("out", Decimal(0))


@pytest.mark.rule("INV-37", "INV-38", "INV-42")
def test_what_arrived_broken_goes_back_on_a_red_receipt(made: Stores):
    slip = made.receive(lamp=10, pump=2)
    red = back(made, slip, "broken", "maker", 3)
    assert (red.category, red.colour, red.returns_id, red.lines[0].qty) == ("return_in", "red", slip.id, -3)
    assert red.title == "其他入库单--物资退库（红字）"
    assert made.left("lamp") == 10, "saving moves nothing"
    made.move(red, "approve")
    assert made.left("lamp") == 7
    assert columns(made) == (9, 0), "a red receipt is a negative 收入, not a 发出"


@pytest.mark.rule("INV-39", "INV-40")
def test_leftovers_of_a_job_come_back_on_a_red_issue(made: Stores):
    made.receive(lamp=10)
    out = made.issue(lamp=6)
    red = back(made, out, "leftover", "site", 2)
    assert isinstance(red, StockOut)
    assert (red.category, red.colour) == ("own_use", "red")
    made.move(red, "approve")
    assert made.left("lamp") == 6
    assert columns(made) == (10, 4), "a red issue is a negative 发出, not a 收入"
    with pytest.raises(RuleError, match="已有退库"):
        made.move(out, "unapprove", reason="错")


@pytest.mark.rule("INV-40")
def test_leftovers_sent_back_to_the_central_store_lower_the_site_s_stock(made: Stores):
    slip = made.receive(lamp=10)
    red = back(made, slip, "leftover", "central", 4)
    made.move(red, "approve")
    assert (red.side, made.left("lamp")) == ("in", 6)


@pytest.mark.rule("INV-41")
def test_damaged_goods_that_bounce_are_back_in_the_damaged_store(made: Stores):
    made.receive("yj.damaged", category="damaged_in", pump=3)
    out = made.issue("yj.damaged", category="repair_out", party="central", packing="木箱", pump=3)
    red = back(made, out, "bounced", "central", 1)
    made.move(red, "approve")
    assert (red.category, made.left("pump", "yj.damaged")) == ("repair_out", 1)


@pytest.mark.rule("INV-40", "INV-41")
def test_the_exception_books_what_comes_back_on_a_blue_receipt(made: Stores):
    set_policy(made.session, made.orgs["south"], "inv.return_back", "blue")
    made.receive(lamp=10)
    out = made.issue(lamp=6)
    blue = back(made, out, "leftover", "site", 2)
    assert (type(blue), blue.colour, blue.category) == (StockIn, "blue", "return_in")
    made.move(blue, "approve")
    assert made.left("lamp") == 6
    with pytest.raises(RuleError, match="原单 6，最多还能退 4"):
        back(made, out, "leftover", "site", 5)


@pytest.mark.rule("INV-38")
def test_never_more_than_is_left_comes_back(made: Stores):
    slip = made.receive(lamp=10)
    back(made, slip, "broken", "maker", 6)
    assert [one.left for one in returnable(made.session, slip)] == [4], "a saved return counts"
    with pytest.raises(RuleError, match="原单 10，最多还能退 4"):
        back(made, slip, "broken", "maker", 5)
    made.session.rollback()
    second = back(made, slip, "broken", "maker", 4)
    assert returnable(made.session, slip) == []
    more = [{**line, "returns_id": slip.lines[0].id} for line in made.lines({"lamp": -5})]
    with pytest.raises(RuleError, match="最多还能退 4"):
        revise(made.session, second, made.accountant, {}, more)


@pytest.mark.rule("INV-38")
def test_a_deleted_return_gives_its_lines_free_again(made: Stores):
    slip = made.receive(lamp=10)
    red = back(made, slip, "broken", "maker", 10)
    made.move(red, "void")
    assert [one.left for one in returnable(made.session, slip)] == [10]


@pytest.mark.rule("INV-23")
def test_a_red_receipt_is_an_issue_where_stock_is_concerned(made: Stores):
    slip = made.receive(lamp=10)
    made.issue(lamp=8)
    red = back(made, slip, "broken", "maker", 3)
    with pytest.raises(NotEnoughStock, match="现存 2，需要 3"):
        made.move(red, "approve")


@pytest.mark.rule("INV-14")
def test_a_red_issue_cannot_be_unapproved_when_what_came_back_is_gone(made: Stores):
    made.receive(lamp=5)
    out = made.issue(lamp=5)
    red = back(made, out, "leftover", "site", 2)
    made.move(red, "approve")
    made.issue(lamp=2)
    with pytest.raises(NotEnoughStock, match="弃审后结存将为负"):
        made.move(red, "unapprove", reason="错")


@pytest.mark.rule("INV-37")
def test_a_red_slip_takes_only_quantities_below_zero(made: Stores):
    slip = made.receive(lamp=10)
    red = back(made, slip, "broken", "maker", 3)
    lines = [{**line, "returns_id": slip.lines[0].id} for line in made.lines({"lamp": 3})]
    with pytest.raises(RuleError, match="红字单据的数量必须小于 0"):
        revise(made.session, red, made.accountant, {}, lines)


@pytest.mark.rule("INV-38")
def test_what_never_arrived_is_no_return(made: Stores):
    slip = made.receive(lamp=10)
    with pytest.raises(RuleError, match="到货丢失按发货单少收登记"):
        back(made, slip, "lost", "maker", 1)


@pytest.mark.rule("INV-42")
@pytest.mark.parametrize(("scene", "party"), [("leftover", "site"), ("bounced", "central"), ("broken", "site")])
def test_a_scene_that_does_not_fit_the_slip_is_refused(made: Stores, scene: str, party: str):
    slip = made.receive(lamp=10)
    with pytest.raises(RuleError, match="不适用于采购入库的单据"):
        back(made, slip, scene, party, 1)


@pytest.mark.rule("INV-42")
def test_only_approved_blue_slips_are_returned_and_only_by_their_accountant(made: Stores):
    saved = made.receive(lamp=10, approve=False)
    with pytest.raises(WrongState, match="只有已审核的蓝字单据可以退库"):
        back(made, saved, "broken", "maker", 1)
    made.session.rollback()
    made.move(saved, "approve")
    with pytest.raises(NotAllowed):
        back(made, saved, "broken", "maker", 1, by=made.person("storekeeper", "yj"))


@pytest.mark.rule("INV-37")
def test_the_worked_example_of_the_books(made: Stores):
    """期初 10, +5, 红字 −2, 领用 4, 红字 −1, 调拨出 3: 收入 3, 发出 6, 期末 7."""
    made.receive(category="opening", lamp=10)
    bought = made.receive(lamp=5)
    made.move(back(made, bought, "broken", "maker", 2), "approve")
    used = made.issue(lamp=4)
    made.move(back(made, used, "leftover", "site", 1), "approve")
    made.issue(lamp=3)
    assert columns(made) == (10 + 3, 6)
    assert made.left("lamp") == 7
    assert verify_ledger(made.session) == []


@pytest.mark.rule("INV-42")
def test_a_return_is_made_on_the_page_of_its_original(app: Flask, made: Stores):
    slip = made.receive(lamp=10, pump=2)
    desk = desk_of(app, made, "division_accountant", "south")
    page = desk.get(f"/stock_in/{slip.id}/return_goods")
    assert "A001 LED灯管 T8" in page
    typed = {"scene": "broken", "party": "maker", "reason": "外箱破损", "token": token(page)}
    typed |= {"returnable-0-line_no": "1", "returnable-0-qty": "11"}
    refused = desk.post(f"/stock_in/{slip.id}/return_goods", typed, 422)
    assert "最多还能退 10" in refused.text
    assert "A001 LED灯管 T8" in refused.text, "what can be returned still stands there"
    typed |= {"returnable-0-qty": "3", "token": token(refused.text)}
    home = desk.post(f"/stock_in/{slip.id}/return_goods", typed).headers["Location"]
    page = desk.get(home)
    assert "红字" in page
    assert ">-3<" in page
    assert "上查" in page
    assert "QTRK-YJX-202611-0001" in page
