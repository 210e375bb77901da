"""Eight client processes on two server processes: none lost, none doubled, no gap, no fault; what kill -9 leaves."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from models import Ticket, secrecy
from rules.engine import prepare_engine
from tests.engines import Databases
from tests.hammer import House, clients, faults, furnish, report
from tests.hammer_clients import Told

SHORT, LONG, ROUNDS = 8.0, 120.0, 12


@pytest.fixture
def ground(databases: Databases, tmp_path: Path) -> Iterator[tuple[House, Engine]]:
    """Servers not yet started on a database of their own, with keys of their own."""
    url = databases.fresh("hammer")
    before = secrecy._ring[:]
    secrecy.use_keys(tmp_path / "keys")
    engine = prepare_engine(create_engine(url))
    if engine.dialect.name == "sqlite":
        Path(url.removeprefix("sqlite:///")).chmod(0o600)
    house = House(url, tmp_path)
    yield house, engine
    house.kill()
    engine.dispose()
    secrecy._ring[:] = before


def strike(ground: tuple[House, Engine], seconds: float) -> Told:
    """Let the clients work."""
    house, engine = ground
    desks = furnish(engine)
    house.start()
    with clients(house, desks, seconds) as told:
        pass
    house.stop()
    print(report(engine.dialect.name, told, seconds))
    assert told.strange == [], house.said()
    return told


@pytest.mark.rule("BASE-05")
def test_nothing_is_lost_doubled_or_skipped_under_the_hammer(ground: tuple[House, Engine]):
    told = strike(ground, SHORT)
    assert faults(ground[1], told) == []
    assert len(told.tickets) > 20
    assert len(told.orders) > 10
    assert len(told.states) > 5
    assert told.twice > 1


@pytest.mark.long
def test_nothing_is_lost_doubled_or_skipped_in_minutes_of_it(ground: tuple[House, Engine]):
    told = strike(ground, LONG)
    assert faults(ground[1], told) == []


@pytest.mark.long
def test_what_was_acknowledged_survives_kill_9(ground: tuple[House, Engine]):
    house, engine = ground
    desks, dice = furnish(engine), random.Random(9)
    house.start()
    seconds = ROUNDS * 6.0
    with clients(house, desks, seconds) as told:
        end = time.monotonic() + seconds - 5
        kills = 0
        while time.monotonic() < end:
            time.sleep(dice.uniform(1.5, 4.5))
            house.kill()
            house.start()
            kills += 1
    house.stop()
    print(report(f"{engine.dialect.name} {kills} kills", told, seconds))
    assert kills >= ROUNDS // 2
    assert told.strange == []
    assert faults(engine, told, killed=True) == []
    assert len(told.tickets) > 50


@pytest.mark.engines("sqlite")
def test_the_reckoning_notices_what_is_lost_and_what_is_skipped(ground: tuple[House, Engine]):
    """The twin: a hammer that finds nothing must be able to find something."""
    engine = ground[1]
    furnish(engine)
    with Session(engine) as session:
        assert session.get(Ticket, 1) is None
    good = Told()
    assert faults(engine, good) == []
    lost = replace(good, tickets={"a" * 24: 4711})
    assert any("lost" in fault for fault in faults(engine, lost))
    doubled = replace(good, tickets={"a" * 24: 1, "b" * 24: 1})
    assert any("two tokens" in fault for fault in faults(engine, doubled))
