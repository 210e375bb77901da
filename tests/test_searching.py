"""Words are found in registers by an index that says what reading every row would say, on both engines."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from admin_views.sources import rows_saying
from models import Base, Building, Resident, Ticket, Unit
from models.searching import indexed, indexing_ddl, tails, unindexing_ddl
from rules import residents
from rules.searching import contains, ends_with, rows_ending, rows_with
from tests.desk import rows, sit
from tests.makers import make_ticket, world

CHARACTERS = "水管漏厨房甲𠮷A aBbÄäßςσ0415%_\\'\"*-^:()\x1e~é"
NASTY = ["水", "水管", "漏水管", "0415", "BS-YJ", "%", "_", "\\", '"', "''", '""', "AND", "OR NOT", "NEAR(a b)", "a*"]
NASTY += ["^水", "words:水", "-水", "(", "{水}", "Ä", "ä", "ß", "ς", "aB", "AB", "ab", "𠮷", "𠮷管", "\U0010ffff"]
NASTY += ["\ud7ff", "水%管"]

said = st.text(CHARACTERS, min_size=1, max_size=8)


def dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)


def found(session: Session, word: str, *names: str) -> list[int]:
    """The residents the index and a second look find."""
    names = names or ("name", "remark")
    return sorted(session.scalars(rows_with(dialect(session), Resident, names, word)))


def read(session: Session, word: str, *names: str) -> list[int]:
    """The residents found by reading every row."""
    names = names or ("name", "remark")
    hits = [row for name in names for row in session.scalars(
        select(Resident.id).where(contains(dialect(session), getattr(Resident, name), word))
    )]  # fmt: skip
    return sorted(set(hits))


@pytest.fixture
def office(session):
    return world(session)


def put(session: Session, org_id: int, texts: list[tuple[str, str | None]]) -> None:
    """Residents as an import writes them: past the rows of the ORM."""
    lines = [{"org_id": org_id, "name": name, "initials": "", "kind": "person", "important": False, "remark": remark}
             for name, remark in texts]  # fmt: skip
    session.execute(insert(Resident.__table__), lines)  # type: ignore[arg-type]
    session.commit()


@settings(max_examples=12)
@given(texts=st.lists(st.tuples(said, st.none() | said), min_size=1, max_size=8), words=st.lists(said, max_size=6))
@example(texts=[("漏水", "管道"), ("水管漏", None), ("a%b", "a_b"), ('a"b', "a\\b")], words=NASTY)
@example(texts=[(word, f"前{word}后") for word in NASTY], words=NASTY)
def test_the_index_finds_what_reading_every_row_finds(session, office, texts, words):
    put(session, office.projects["YJ"].id, texts)
    pieces = [text[n : n + size] for text, _remark in texts for size in (1, 2, 3, 5) for n in range(len(text))]
    for word in [*words, *pieces[:40]]:
        assert found(session, word) == read(session, word), word
        assert found(session, word, "remark") == read(session, word, "remark"), word


def test_the_index_is_what_finds(session, office):
    put(session, office.projects["YJ"].id, [("张丽华", "备注")])
    for word in ("张", "丽华", "张丽华", "备注"):
        plan = _plan(session, rows_with(dialect(session), Resident, ("name", "remark"), word))
        assert "find_resident" in plan, plan
    short = rows_with(dialect(session), Building, ("name",), "3")
    assert "find_" not in _plan(session, short), "a short register is read"


def _plan(session: Session, statement) -> str:
    sql = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    if dialect(session) == "sqlite":
        return "\n".join(row[-1] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
    session.execute(text("SET LOCAL enable_seqscan = off"))
    return "\n".join(row[0] for row in session.connection().exec_driver_sql("EXPLAIN " + str(sql).replace("%", "%%")))


def test_what_was_changed_or_removed_is_found_as_it_is_now(session, office):
    desk = office.person("desk_clerk")
    someone = residents.create(session, desk, office.projects["YJ"].id, name="王小明")
    session.commit()
    assert found(session, "王小明") == found(session, "小明") == [someone.id]

    residents.edit(session, desk, someone, name="李大力")
    assert found(session, "大力") == [someone.id], "also before the transaction ends"
    session.commit()
    assert (found(session, "王小明"), found(session, "小明"), found(session, "李大力")) == ([], [], [someone.id])

    session.execute(
        update(Resident).where(Resident.id == someone.id).values(name="赵四海"), execution_options={"trailed": True}
    )
    session.commit()
    assert (found(session, "李大力"), found(session, "四海")) == ([], [someone.id])

    session.execute(delete(Resident).where(Resident.id == someone.id), execution_options={"trailed": True})
    session.commit()
    assert found(session, "四海") == found(session, "赵四海") == []


def test_what_is_taken_back_is_not_found(session, office):
    put(session, office.projects["YJ"].id, [("孙悟空", None)])
    (one,) = found(session, "孙悟空")
    row = session.get_one(Resident, one)
    row.name = "猪八戒"
    session.flush()
    session.rollback()
    assert (found(session, "猪八戒"), found(session, "孙悟空")) == ([], [one])


def test_a_paper_is_found_by_the_number_it_gets_at_the_end_of_the_transaction(session, office):
    ticket = make_ticket(office, content="厨房漏水")
    session.commit()
    tail = (ticket.number or "")[-4:]
    for word in (ticket.number, (ticket.number or "").lower(), tail, "BS-YJ", "房漏"):
        assert list(session.scalars(rows_with(dialect(session), Ticket, ("number", "content"), word))) == [ticket.id]


def test_words_are_followed_to_the_rows_a_register_leads_to(session, office):
    ticket = make_ticket(office)
    session.commit()
    unit = session.get_one(Unit, ticket.unit_id)
    for path, word in (
        ("unit.code", unit.code[1:]),
        ("unit_id", unit.code),
        ("unit.building.name", unit.building.name),
    ):
        assert list(session.scalars(rows_saying(dialect(session), Ticket, path, word))) == [ticket.id], path
    for path in ("unit.code", "unit_id", "unit.building_id", "first_contact_id"):
        assert list(session.scalars(rows_saying(dialect(session), Ticket, path, "没有这样的"))) == [], path


def test_a_telephone_is_found_by_its_last_digits_and_stands_in_no_index_of_words(session, office):
    ticket = make_ticket(office, reporter_phone="13812340415")
    session.commit()
    for digits in ("0415", "40415", "13812340415"):
        assert list(session.scalars(rows_ending(dialect(session), Ticket, "reporter_phone", digits))) == [ticket.id]
    for digits in ("0416", "90415", "3812"):
        assert list(session.scalars(rows_ending(dialect(session), Ticket, "reporter_phone", digits))) == []
    plain = select(Ticket.id).where(ends_with(Ticket.reporter_phone, "0415"))
    assert list(session.scalars(plain)) == [ticket.id]
    for noun, columns in indexed().items():
        model = next(m.class_ for m in Base.registry.mappers if m.local_table.name == noun)
        assert not [name for name in columns if model.info(name).get("secret")], noun
        assert not set(columns) & set(tails().get(noun, ())), noun


def test_the_lobby_finds_no_ticket_by_a_telephone(app, session):
    made = world(session)
    ticket = make_ticket(made, reporter_phone="13812340415")
    session.commit()
    assert rows(sit(app, session, "desk_clerk").get("/ticket/?q=0415")) == [str(ticket.id)]
    assert rows(sit(app, session, "quality_manager").get("/ticket/?q=0415")) == []


SHAPE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name LIKE 'find\\_%' ESCAPE '\\' ORDER BY name",
    "postgresql": "SELECT indexname::text, indexdef FROM pg_indexes WHERE indexname LIKE 'find\\_%' ORDER BY 1",
}


def test_the_migrations_index_just_what_the_models_say(engine: Engine):
    with engine.begin() as connection:
        name = connection.dialect.name
        migrated = connection.execute(text(SHAPE[name])).all()
        assert {row[0] for row in migrated} >= {f"find_{noun}" for noun in indexed()}
        for statement in [
            *unindexing_ddl(name, indexed(), tails(), last=True),
            *indexing_ddl(name, indexed(), tails()),
        ]:
            connection.exec_driver_sql(statement)
        assert connection.execute(text(SHAPE[name])).all() == migrated
        connection.rollback()


def test_rows_that_were_there_before_are_indexed_by_the_migration(session, engine, office):
    put(session, office.projects["YJ"].id, [("唐三藏", None)])
    session.rollback()
    with engine.begin() as connection:
        for ddl in (unindexing_ddl, indexing_ddl):
            for statement in ddl(engine.dialect.name, indexed(), tails()):
                connection.exec_driver_sql(statement)
    assert len(found(session, "三藏")) == len(found(session, "唐三藏")) == 1


def test_nothing_waits_after_a_commit(session, engine, office):
    put(session, office.projects["YJ"].id, [("沙和尚", None)])
    if "find_waiting" in inspect(engine).get_table_names():
        assert session.scalar(text("SELECT count(*) FROM find_waiting")) == 0
    assert session.scalar(select(func.count()).select_from(Resident)) or 0
