"""The stock ledger: what lies there, what moved it, what can never be; replayed line by line."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models import StockBalance, StockEntry, StockMonth, clock
from rules.advance import advance
from rules.append_only import open_tables
from rules.errors import NotAllowed, RuleError, WrongState
from rules.ledger import NotEnoughStock
from rules.ledger_check import verify_ledger
from rules.slips import revise
from tests.storehouse import Stores, storehouse


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


def column(made: Stores, side: str) -> Decimal:
    """收入 or 发出 as the reports add them up."""
    return made.session.scalar(select(func.sum(StockEntry.qty)).where(StockEntry.side == side)) or Decimal(0)


@pytest.mark.rule("INV-08")
def test_saving_moves_nothing_and_approving_does(made: Stores):
    slip = made.receive(lamp=5, approve=False)
    assert made.left("lamp") == 0
    assert made.session.scalar(select(func.count(StockEntry.id))) == 0
    made.move(slip, "approve")
    assert made.left("lamp") == 5
    entry = made.session.scalars(select(StockEntry)).one()
    assert (entry.qty, entry.delta, entry.qty_after, entry.day) == (5, 5, 5, slip.day)


@pytest.mark.rule("INV-23")
def test_a_shortage_names_the_store_the_thing_and_what_is_missing(made: Stores):
    made.receive(lamp=3, pump=1)
    slip = made.issue(lamp=5, pump=4, approve=False)
    with pytest.raises(NotEnoughStock) as no:
        made.move(slip, "approve")
    said = str(no.value)
    assert "云锦里完好品库" in said
    assert "A001 LED灯管 T8 现存 3，需要 5，差 2" in said
    assert "B001 水泵 1.5kW 现存 1，需要 4，差 3" in said, "every short line is named, not the first only"
    made.session.rollback()
    assert (made.left("lamp"), made.left("pump")) == (3, 1)


@pytest.mark.rule("INV-23")
def test_two_lines_of_one_thing_are_judged_together(made: Stores):
    made.receive(lamp=3)
    lines = [*made.lines({"lamp": {"qty": 2, "use_kind": "consumable"}})] * 2
    slip = made.issue(lamp=1, approve=False)
    from_form = [dict(one) for one in lines]
    made.session.commit()
    revised(made, slip, from_form)
    with pytest.raises(NotEnoughStock, match="现存 3，需要 4，差 1"):
        made.move(slip, "approve")


def revised(made: Stores, slip, lines) -> None:
    revise(made.session, slip, made.accountant, {}, lines)
    made.session.commit()


@pytest.mark.rule("INV-14")
def test_unapproving_writes_twins_and_both_columns_stay_true(made: Stores):
    made.receive(lamp=10)
    out = made.issue(lamp=4)
    for verb, after in (("unapprove", 10), ("approve", 6), ("unapprove", 10)):
        made.move(out, verb, reason="录错数量")
        assert made.left("lamp") == after
    assert (column(made, "in"), column(made, "out")) == (10, 0)
    twins = made.session.scalars(select(StockEntry).where(StockEntry.reverses_id.is_not(None))).all()
    assert [(t.qty, t.delta, t.note) for t in twins] == [(-4, 4, "弃审冲销")] * 2
    assert out.number == "QTCK-YJX-202611-0001", "the number stays"
    assert verify_ledger(made.session) == []


@pytest.mark.rule("INV-14")
def test_what_is_gone_cannot_be_unapproved(made: Stores):
    first = made.receive(lamp=5)
    made.issue(lamp=3)
    with pytest.raises(NotEnoughStock, match="弃审后结存将为负：云锦里完好品库 A001 LED灯管 T8 现存 2，需要 5，差 3"):
        made.move(first, "unapprove", reason="录错")
    made.session.rollback()
    assert (first.state, made.left("lamp")) == ("approved", 2)


def test_fractions_add_up_exactly_on_both_engines(made: Stores):
    made.receive(paint={"qty": "0.3", "produced_on": clock.today(), "batch": "一"})
    for _n in range(3):
        made.issue(paint="0.1")
    assert made.left("paint") == 0
    with pytest.raises(NotEnoughStock, match=r"现存 0，需要 0\.001"):
        made.issue(paint="0.001")


def test_lines_are_posted_in_the_order_of_their_materials(made: Stores):
    made.receive(ladder=1, lamp=1, pump=1)
    order = made.session.scalars(select(StockEntry.material_id).order_by(StockEntry.id)).all()
    assert order == sorted(order)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_entry SET qty = 6000, delta = 6000",
        "DELETE FROM stock_entry",
    ],
)
def test_the_ledger_cannot_be_rewritten(made: Stores, engine: Engine, statement: str):
    made.receive(lamp=5)
    with engine.begin() as connection:
        assert open_tables(connection) == []
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))


def test_the_table_itself_refuses_less_than_nothing(made: Stores, engine: Engine):
    made.receive(lamp=5)
    with pytest.raises(DatabaseError, match="not_negative"), engine.begin() as connection:
        connection.execute(text("UPDATE stock_balance SET qty = qty - 6000"))


def test_a_line_is_reversed_only_once(made: Stores, engine: Engine):
    slip = made.receive(lamp=5)
    made.move(slip, "unapprove", reason="录错")
    copied = "org_id, at, day, moved_at, warehouse_id, material_id, side, category, qty, delta, stock_in_id, line_no"
    twin = (
        f"INSERT INTO stock_entry ({copied}, turn, qty_after, reverses_id) "
        f"SELECT {copied}, 9, 0, reverses_id FROM stock_entry WHERE reverses_id IS NOT NULL"
    )
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text(twin))


# ---- closed months ----------------------------------------------------------------------------------------------


def close_month(made: Stores, month: str) -> None:
    """The month's books are closed."""
    row = StockMonth(org_id=made.orgs["south"].id, month=month)
    made.session.add(row)
    made.session.flush()
    made.move(row, "close")


def test_a_closed_month_takes_nothing_back(made: Stores, at):
    slip = made.receive(lamp=5)
    at("2026-12-02 09:00")
    close_month(made, "2026-11")
    with pytest.raises(RuleError, match="记在 2026年11月，该月已结账，请先取消结账"):
        made.move(slip, "unapprove", reason="录错")


def test_nothing_is_written_into_a_closed_month(made: Stores, at):
    made.receive(lamp=5)
    at("2026-12-02 09:00")
    close_month(made, "2026-11")
    with pytest.raises(RuleError, match="2026年11月已结账，不能补登该月的业务"):
        made.receive(lamp=5, happened_at=clock.now() - timedelta(days=3), remark="补登")


# ---- replay -----------------------------------------------------------------------------------------------------


def tamper(engine: Engine, statement: str) -> None:
    """What the owner of the database could do."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER stock_entry_no_update"))
            connection.execute(text("DROP TRIGGER stock_entry_no_delete"))
        else:
            connection.execute(text("ALTER TABLE stock_entry DISABLE TRIGGER USER"))
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE stock_entry SET qty = 4000, delta = -4000 WHERE id = 2",
            "库存台账第 2 行（云锦里完好品库 A001 LED灯管 T8）：结存应为 6，账上是 8",
        ),
        ("UPDATE stock_entry SET qty_after = 9000 WHERE id = 2", "库存台账第 2 行（云锦里完好品库 A001 LED灯管 T8）"),
        (
            "DELETE FROM stock_entry WHERE id = 2",
            "库存台账第 3 行（云锦里完好品库 A001 LED灯管 T8）：结存应为 9，账上是 7",
        ),
        ("UPDATE stock_balance SET qty = 8000", "现存量（云锦里完好品库 A001 LED灯管 T8）是 8，台账最后结存是 7"),
        ("DELETE FROM stock_balance", "现存量（云锦里完好品库 A001 LED灯管 T8）缺失，台账最后结存是 7"),
        ("UPDATE stock_out_line SET qty = 3000 WHERE qty = 2000", "其他出库单 QTCK-YJX-202611-0001 第 1 行：已审核"),
        ("UPDATE stock_out SET state = 'saved'", "在台账里，单据上没有这一行"),
    ],
)
def test_the_replay_names_the_first_wrong_line(made: Stores, engine: Engine, statement: str, said: str):
    made.receive(lamp=10)
    made.issue(lamp=2)
    made.issue(lamp=1)
    assert verify_ledger(made.session) == []
    made.session.rollback()
    tamper(engine, statement)
    found = verify_ledger(made.session)
    assert found
    assert said in found[0], found


def test_a_twin_that_undoes_something_else_is_found(made: Stores, engine: Engine):
    slip = made.receive(lamp=10)
    made.move(slip, "unapprove", reason="录错")
    made.session.rollback()
    tamper(engine, "UPDATE stock_entry SET day = '2026-10-01' WHERE reverses_id IS NOT NULL")
    assert "库存台账第 2 行与它冲销的那一行不符" in verify_ledger(made.session)


# ---- the slip's life ---------------------------------------------------------------------------------------------


@pytest.mark.rule("INV-09")
def test_an_approved_slip_is_read_only_until_it_is_unapproved(made: Stores):
    slip = made.receive(lamp=5)
    with pytest.raises(WrongState, match="请先弃审再修改"):
        revise(made.session, slip, made.accountant, {"remark": "改"}, None)
    slip.lines[0].qty = Decimal(6)
    with pytest.raises(RuntimeError, match="its lines are neither changed nor deleted"):
        made.session.flush()


def test_nobody_without_the_right_moves_stock(made: Stores):
    slip = made.receive(lamp=5, approve=False)
    for post, where in (("storekeeper", "yj"), ("division_manager", "south"), ("division_accountant", "north")):
        with pytest.raises(NotAllowed):
            advance(made.session, slip, "approve", made.person(post, where))
        made.session.rollback()
    assert made.session.scalar(select(func.count(StockBalance.id))) == 0
