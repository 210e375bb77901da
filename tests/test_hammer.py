"""Eight client processes on two server processes: none lost, none doubled, no gap, no fault; what kill -9 leaves."""

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from models import Ticket, secrecy
from rules.engine import prepare_engine
from tests.engines import Databases
from tests.hammer import House, clients, faults, furnish, report
from tests.hammer_clients import Told

SHORT, LONG = 8.0, 120.0
ROUNDS = int(os.environ.get("HAMMER_ROUNDS", "20"))


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


def count(engine: Engine) -> int:
    """How many tickets there are."""
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def kill_and_kill(ground: tuple[House, Engine], rounds: int) -> Told:
    """Kill every server process at a random moment, start them again, while the clients work on."""
    house, engine = ground
    desks, dice = furnish(engine), random.Random(rounds)
    house.start()
    began, down = time.monotonic(), []
    with clients(house, desks, rounds * 60.0, go_on=False) as told:
        while not count(engine):  # nobody is killed before the first one was at work
            time.sleep(0.1)
        for _n in range(rounds):
            time.sleep(dice.uniform(0.3, 4.0))
            house.kill()
            killed = time.monotonic()
            house.start()
            down.append(time.monotonic() - killed)
        time.sleep(2)
    house.stop()
    print(
        report(f"{engine.dialect.name} {rounds} kills, worst start {max(down):.1f} s", told, time.monotonic() - began)
    )
    assert told.strange == [], house.said()
    return told


@pytest.mark.rule("BASE-05")
def test_what_was_acknowledged_survives_two_kills(ground: tuple[House, Engine]):
    told = kill_and_kill(ground, 2)
    assert faults(ground[1], told, killed=True) == []
    assert len(told.tickets) > 5


@pytest.mark.long
def test_what_was_acknowledged_survives_kill_9_again_and_again(ground: tuple[House, Engine]):
    told = kill_and_kill(ground, ROUNDS)
    assert faults(ground[1], told, killed=True) == []
    assert len(told.tickets) > ROUNDS


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
