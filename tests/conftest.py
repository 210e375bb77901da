"""Where every test starts: both engines, an empty house, the clock at ten o'clock of 21 November 2026 in Shanghai."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from models import clock, secrecy
from rules.engine import prepare_engine
from rules.write import Writer
from tests.engines import ENGINES, Databases, clear, new_root
from tests.machine import cannot

pytest_plugins = ["tests.not_run", "tests.rule_marks", "tests.live"]

ROOT = "SHOUJIE_TEST_ROOT"
TEN_O_CLOCK = datetime(2026, 11, 21, 10, 0, tzinfo=clock.LOCAL)

settings.register_profile(  # a busy machine is not a failed property
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the run; the workers find it in their environment."""
    if not hasattr(config, "workerinput"):
        os.environ[ROOT] = str(new_root())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The server stops and the folder goes with the run."""
    if not hasattr(config, "workerinput") and (root := os.environ.pop(ROOT, None)):
        clear(Path(root))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that touches the database runs on both engines, unless it says `@pytest.mark.engines("sqlite")`."""
    if "databases" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("engines")
        names = mark.args if mark else tuple(ENGINES)
        metafunc.parametrize("databases", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Where the databases of this half of the run come from."""
    maker = ENGINES[request.param](Path(os.environ[ROOT]), os.environ.get("PYTEST_XDIST_WORKER", "main"))
    if reason := maker.why_not():
        cannot(reason)
    yield maker
    maker.close()


@pytest.fixture
def database_url(databases: Databases) -> str:
    """The address of a database as the migrations leave it: this test's own, also for processes it starts."""
    secrecy.use_keys(databases.data / "keys")
    return databases.fresh("test")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """This test's database, opened as the house opens it, without the house."""
    engine = prepare_engine(create_engine(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session to arrange and to look with: read, change, commit; `expire_all()` to see what others did."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def write(engine: Engine) -> Writer:
    """The one way to write."""
    return Writer(engine)


@pytest.fixture
def empty_database(databases: Databases) -> str:
    """The address of a database without a single table, for the migrations."""
    return databases.empty("empty")


def make_app(url: str, folder: Path, **config: Any) -> Flask:
    """The application on another database or with other settings."""
    create_app = import_string("app:create_app")  # only here: the tests of models and rules need no web
    return create_app(DATABASE_URL=url, INSTANCE=folder, TESTING=True, **config)


@pytest.fixture(scope="session")
def house(databases: Databases) -> Flask:
    """The application, built once per engine and worker: built anew for each test it would be most of the run."""
    return make_app(databases.fresh("test"), databases.data)


@pytest.fixture
def app(house: Flask, database_url: str) -> Iterator[Flask]:
    """The application on this test's database. No context is pushed: `with app.app_context():`."""
    before = dict(house.config)
    yield house
    with house.app_context():  # no connection may outlive the database behind the address
        house.extensions["sqlalchemy"].engine.dispose()
    house.config.clear()
    house.config.update(before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a person in front of it."""
    return app.test_client()


class Hands:
    """The hands of the office clock, which stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = TEN_O_CLOCK.astimezone(UTC)

    def __call__(self, when: datetime | str) -> None:
        """Set the clock; a text such as `2026-11-21 17:45` is read as Shanghai time."""
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
        self.now = (moment if moment.tzinfo else moment.replace(tzinfo=clock.LOCAL)).astimezone(UTC)

    def forward(self, **by: float) -> None:
        """Let time pass: `at.forward(minutes=31)`."""
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock stands at ten o'clock; `at("2026-11-21 17:45")` sets it, `at.forward(hours=2)` moves it."""
    hands = Hands()
    monkeypatch.setattr(clock, "now", lambda: clock._pretended.get() or hands.now)
    return hands
