"""The schema goes up, down and up again on a filled database, on both engines, and is what the models say."""

import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Row, create_engine, func, inspect, select, table, text
from sqlalchemy.orm import Session

from models import Base, OrgUnit, secrecy
from models.append_only import append_only_ddl, drop_append_only_ddl
from models.searching import is_of_the_index
from rules.append_only import open_tables
from rules.engine import engine_faults, prepare_engine
from tests.engines import HOUSE, migrate
from tests.makers import make_order, world

LEFT_OVER = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'alembic_version'",
    "postgresql": "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}

#: The index of words is compared in test_searching: the models know nothing of its tables.
OPTIONS = {"include_object": lambda _obj, name, *_more: not is_of_the_index(name)}

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
}


@pytest.fixture
def opened(empty_database: str, databases) -> Iterator[Engine]:
    """An empty database, opened as the house opens it."""
    secrecy.use_keys(databases.data / "keys")
    engine = prepare_engine(create_engine(empty_database))
    yield engine
    engine.dispose()


def step(engine: Engine, to: str) -> None:
    migrate(engine.url.render_as_string(hide_password=False), to)


def rows(engine: Engine) -> dict[str, int]:
    """How many rows each table holds."""
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: connection.scalar(select(func.count()).select_from(table(name))) for name in names}


def fill(engine: Engine) -> None:
    """A company, its people and houses, and a slip half way round."""
    with Session(engine) as session:
        make_order(world(session), state="working")


def test_a_filled_database_goes_up_down_and_up_again(opened: Engine):
    step(opened, "head")
    fill(opened)
    filled = rows(opened)
    assert filled["work_order"] == 1

    step(opened, "base")
    with opened.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert connection.scalars(text(LEFT_OVER[opened.dialect.name])).all() == []

    step(opened, "head")
    fill(opened)
    assert rows(opened) == filled


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index find_")
def test_the_migrations_make_exactly_what_the_models_say(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False, **OPTIONS})
        assert compare_metadata(context, Base.metadata) == []


LATER = """
import sys
from models.base import AppendOnly, Record, field
from sqlalchemy.orm import Mapped

class Later(AppendOnly, Record):
    __tablename__ = "later"
    __label__ = "后来的"
    word: Mapped[str] = field("字", unique=True)

from tests.engines import migrate
migrate(sys.argv[1])
"""


def test_a_table_closed_by_a_later_release_does_not_break_a_fresh_install(opened: Engine):
    url = opened.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", LATER, url], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with opened.connect() as connection:
        assert "later" not in inspect(connection).get_table_names()
        assert open_tables(connection) == []


def test_the_migrations_close_every_append_only_table_just_as_the_models_would(engine: Engine):
    with engine.begin() as connection:
        dialect = connection.dialect.name
        assert open_tables(connection) == []
        migrated = connection.execute(text(TRIGGERS[dialect])).all()
        for statement in [*drop_append_only_ddl(dialect), *append_only_ddl(dialect)]:
            connection.exec_driver_sql(statement)
        assert shape(connection.execute(text(TRIGGERS[dialect])).all()) == shape(migrated)
        connection.rollback()


def shape(triggers: Sequence[Row[tuple[str, str]]]) -> list[tuple[str, str]]:
    return [(name, " ".join(said.split())) for name, said in triggers]


def test_a_postgresql_without_replaceable_triggers_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    assert not [fault for fault in engine_faults(engine) if "版本" in fault]
    monkeypatch.setattr("rules.engine.OLDEST_POSTGRESQL", 990000)
    old = [fault for fault in engine_faults(engine) if "版本太旧" in fault]
    assert len(old) == (engine.dialect.name == "postgresql")


def test_there_is_one_head():
    config = Config()
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index find_")
def test_the_comparison_sees_a_missing_column(engine: Engine):
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {OrgUnit.__tablename__} ADD COLUMN forgotten INTEGER"))
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert [change[0] for change in compare_metadata(context, Base.metadata)] == ["remove_column"]
        connection.rollback()
