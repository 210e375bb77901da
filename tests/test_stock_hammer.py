"""Eight processes on one store: nothing lost, nothing oversold, no gap in the numbers, the replay agrees."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from models import StockBalance, StockEntry, StockIn, StockOut
from rules.engine import prepare_engine
from rules.ledger_check import verify_ledger
from rules.trail import verify_numbers
from tests.engines import Databases
from tests.stock_hammer import PROCESSES, Done, Job, strike
from tests.storehouse import Stores, storehouse

SHORT, LONG = 12, 300


@pytest.fixture
def ground(databases: Databases) -> tuple[str, Engine]:
    """A database of their own."""
    url = databases.fresh("hammer")
    return url, prepare_engine(create_engine(url))


def jobs(made: Stores, databases: Databases, url: str, slips: int, incoming: float, things: str) -> list[Job]:
    """The same work for each, with dice of its own."""
    by = made.accountant.staff_id
    assert by is not None
    store, ids = made.stores["yj.sound"].id, [made.things[name].id for name in things.split()]
    return [Job(url, str(databases.data / "keys"), by, store, ids, n, slips, incoming) for n in range(PROCESSES)]


def reckon(engine: Engine, done: Done, opening: dict[int, Decimal]) -> None:
    """Everything that was acknowledged is there, and nothing else."""
    assert done.strange == []
    with Session(engine) as session:
        assert verify_ledger(session) == []
        assert verify_numbers(session) == []
        left = dict(session.execute(select(StockBalance.material_id, StockBalance.qty)).all())
        for material, qty in left.items():
            assert qty == opening.get(material, Decimal(0)) + done.net.get(material, Decimal(0))
            assert qty >= 0
        papers = sum(session.query(model).filter(model.state == "approved").count() for model in (StockIn, StockOut))
        assert papers == done.posted - done.undone + len(opening)
        assert session.query(StockEntry).filter(StockEntry.qty_after < 0).count() == 0
    waits = sorted(done.waits)
    middle = waits[len(waits) // 2]
    told = f"{done.posted} posted, {done.short} short, {done.undone} undone, p50 {middle:.0f} ms"
    print(f"{engine.dialect.name}: {told}")


def hammered(
    ground: tuple[str, Engine], databases: Databases, slips: int, incoming: float, things: str, stock: int
) -> Done:
    url, engine = ground
    opening = {}
    with Session(engine) as session:
        made = storehouse(session)
        for name in things.split():
            made.receive(**{name: stock})
            opening[made.things[name].id] = Decimal(stock)
        todo = jobs(made, databases, url, slips, incoming, things)
    done = strike(todo)
    reckon(engine, done, opening)
    engine.dispose()
    return done


@pytest.mark.rule("INV-23")
def test_nothing_is_lost_and_nothing_oversold(ground: tuple[str, Engine], databases: Databases):
    """Hot things that run out again and again."""
    done = hammered(ground, databases, SHORT, 0.3, "lamp pump", 20)
    assert done.posted > 20
    assert done.short > 0


@pytest.mark.long
@pytest.mark.parametrize(
    ("incoming", "things", "stock"),
    [(0.5, "lamp", 1000), (0.4, "lamp pump ladder", 500), (0.1, "lamp pump ladder", 200)],
    ids=["hot", "spread", "down to zero"],
)
def test_nothing_is_lost_and_nothing_oversold_in_minutes_of_it(
    ground: tuple[str, Engine], databases: Databases, incoming: float, things: str, stock: int
):
    done = hammered(ground, databases, LONG, incoming, things, stock)
    assert done.posted > 500
