"""现存量, 台账, 收发存汇总表 and 月结: figures that agree with each other for any period, and lead to their lines."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import StockBalance, StockMonth
from rules.errors import NotAllowed, RuleError
from rules.slip_returns import make_return
from rules.stock_months import prepare_month, verify_months
from rules.stock_reports import Question, ledger_of, summary
from rules.transfers import pair
from tests.desk import token
from tests.storehouse import Stores, desk_of, storehouse
from tests.test_stock_transfers import ordered


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


def figures(made: Stores, period: tuple[date, date], name: str = "lamp", where: str = "yj.sound", **asked) -> tuple:
    """期初, 收入, 发出, 期末 of one thing in one store."""
    found = summary(made.session, made.accountant, Question(*period, **asked))
    for line in found:
        if (line.warehouse.id, line.material.id) == (made.stores[where].id, made.things[name].id):
            return line.opening, line.received, line.issued, line.closing
    return ()


def busy_november(made: Stores) -> None:
    """The worked example of the books: 期初 10, +5, 红字 −2, 领用 4, 红字 −1, 调拨出 3."""
    made.receive(category="opening", lamp=10)
    bought = made.receive(lamp=5)
    back(made, bought, "broken", "maker", 2)
    used = made.issue(lamp=4)
    back(made, used, "leftover", "site", 1)
    transfer = ordered(made, lamp=3)
    made.move(transfer, "approve")
    for slip in pair(made.session, transfer):
        made.move(slip, "approve")


def back(made: Stores, slip, scene: str, party: str, qty: int) -> None:
    lines = [{"line_no": "1", "qty": Decimal(qty)}]
    red = make_return(made.session, slip, made.accountant, scene=scene, party=party, lines=lines, reason="余料")
    made.session.commit()
    made.move(red, "approve")


def close(made: Stores, month: str) -> StockMonth:
    """结账, by the accountant of the south."""
    row = prepare_month(made.session, made.orgs["south"].id, made.accountant)
    assert row.month == month
    made.session.commit()
    made.move(row, "close")
    return row


@pytest.mark.rule("INV-02")
def test_red_letters_count_in_their_own_column(made: Stores):
    busy_november(made)
    assert figures(made, NOVEMBER) == (10, 3, 6, 7)
    assert made.left("lamp") == 7
    assert figures(made, NOVEMBER, where="wj.sound") == (0, 3, 0, 3)


def test_transfers_may_be_left_out_of_sight(made: Stores):
    busy_november(made)
    assert figures(made, NOVEMBER, transfers=False) == (10, 3, 3, 7), "the end is what it is"
    line = next(
        one
        for one in summary(made.session, made.accountant, Question(*NOVEMBER, by_category=True))
        if one.warehouse.id == made.stores["yj.sound"].id
    )
    assert line.categories == {"purchase": 5, "return_in": -2, "own_use": 3, "sound_out": 3}


def test_closing_a_month_changes_no_figure(made: Stores, at):
    busy_november(made)
    at("2026-12-05 09:00")
    made.issue(lamp=2)
    before = [figures(made, NOVEMBER), figures(made, DECEMBER)]
    assert before == [(10, 3, 6, 7), (7, 0, 2, 5)]
    row = close(made, "2026-11")
    assert [figures(made, NOVEMBER), figures(made, DECEMBER)] == before
    assert verify_months(made.session) == []
    made.move(row, "reopen", reason="漏了一张")
    assert [figures(made, NOVEMBER), figures(made, DECEMBER)] == before


def test_the_end_of_today_is_what_lies_there(made: Stores):
    busy_november(made)
    made.receive("wj.sound", pump=2)
    found = summary(made.session, made.accountant, Question(date(2020, 1, 1), date(2026, 11, 21)))
    balances = {(b.warehouse_id, b.material_id): b.qty for b in made.session.query(StockBalance) if b.qty}
    assert {(line.warehouse.id, line.material.id): line.closing for line in found} == balances
    for line in found:
        opening, entries = ledger_of(made.session, line.warehouse.id, line.material.id, *NOVEMBER)
        assert opening + sum(e.delta for e in entries) == line.closing


def test_a_kept_month_end_that_was_changed_is_found(made: Stores, at):
    made.receive(lamp=5)
    at("2026-12-05 09:00")
    row = close(made, "2026-11")
    made.session.connection().exec_driver_sql("UPDATE month_balance SET qty = 9000")
    assert verify_months(made.session) == [f"{row} 的月末结存与台账不符，请取消结账后重新结账"]


# ---- 月结 -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("STK-10")
def test_every_obstacle_is_named_at_once(made: Stores, at):
    made.receive(lamp=9)
    first, second = made.receive(lamp=1, approve=False), made.issue(lamp=1, approve=False)
    waiting = ordered(made, lamp=1)
    at("2026-12-02 09:00")
    with pytest.raises(RuleError) as no:
        close(made, "2026-11")
    for number in (first.number, second.number, waiting.number):
        assert str(number) in str(no.value)


@pytest.mark.rule("STK-10")
def test_goods_under_way_are_no_obstacle_and_arrive_in_the_open_month(made: Stores, at):
    made.receive(lamp=9)
    transfer = ordered(made, lamp=3)
    made.move(transfer, "approve")
    out, into = pair(made.session, transfer)
    made.move(out, "approve")
    at("2026-12-02 09:00")
    close(made, "2026-11")
    made.move(into, "approve")
    _opening, entries = ledger_of(made.session, into.warehouse_id, made.things["lamp"].id, *DECEMBER)
    assert [(e.day, e.note) for e in entries] == [(date(2026, 12, 2), "单据日期 2026-11-21，该月已结账")]


@pytest.mark.rule("STK-10")
def test_months_close_in_order_and_only_the_last_opens_again(made: Stores, at):
    made.receive(lamp=9)
    with pytest.raises(RuleError, match="2026年11月还没有结束"):
        close(made, "2026-11")
    made.session.rollback()
    at("2027-01-03 09:00")
    november = close(made, "2026-11")
    december = close(made, "2026-12")
    with pytest.raises(RuleError, match=r"只能取消最近一次结账（2026-12），请逐月取消"):
        made.move(november, "reopen", reason="改")
    made.session.rollback()
    made.move(december, "reopen", reason="改")
    made.move(november, "reopen", reason="改")
    with pytest.raises(RuleError, match="应先结 2026-11，不能跳月"):
        made.move(december, "close")


@pytest.mark.rule("STK-10")
def test_a_month_is_closed_by_the_accountant_of_its_division(made: Stores, at):
    made.receive(lamp=9)
    at("2026-12-02 09:00")
    with pytest.raises(NotAllowed):
        prepare_month(made.session, made.orgs["south"].id, made.person("division_accountant", "north"))
    with pytest.raises(RuleError, match="月结由业务部办理"):
        prepare_month(made.session, made.orgs["yj"].id, made.accountant)


# ---- on screen --------------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-02")
def test_every_figure_leads_to_its_lines_and_prints(app: Flask, made: Stores):
    busy_november(made)
    desk = desk_of(app, made, "division_accountant", "south")
    page = desk.get("/stock-summary?month=2026-11&by=category")
    store, lamp = made.stores["yj.sound"].id, made.things["lamp"].id
    drill = f"/stock_entry/?warehouse_id={store}&amp;material_id={lamp}&amp;day_from=2026-11-01&amp;day_to=2026-11-30"
    assert f"{drill}&amp;side=in" in page
    lines = desk.get(f"{drill}&side=in".replace("&amp;", "&"))
    assert "共 <b>3</b>" in lines
    assert ">-2<" in lines
    assert desk.post("/stock-summary/print?month=2026-11", {"token": token(page)}).status_code == 303
    balance = made.session.query(StockBalance).filter_by(warehouse_id=store, material_id=lamp).one()
    reply = desk.post(f"/stock-ledger/{balance.id}/print", {"token": token(page)})
    assert desk.client.get(reply.headers["Location"]).data.startswith(b"%PDF-")
    for kind in ("ledger:F-65", "ledger:F-66", "xlsx", "csv"):
        assert desk.post("/stock_entry/export", {"kind": kind, "query": "", "every": "1"}).status_code == 303
    assert desk.post("/stock_balance/export", {"kind": "ledger:F-68", "query": "", "every": "1"}).status_code == 303


def test_a_site_sees_only_its_own_figures(app: Flask, made: Stores):
    busy_november(made)
    desk = desk_of(app, made, "storekeeper", "wj")
    page = desk.get("/stock-summary?month=2026-11")
    assert "望江府完好品库" in page
    assert "云锦里完好品库" not in page
    assert desk.get("/stock_balance/").count("LED灯管") == 1
