"""The trail cannot be changed without being seen, the append-only tables not at all, and no number is missing."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import commands.sweep
import commands.verify
from models import AppendOnly, Attachment, OrgUnit, SeriesCounter, Ticket, TrailEntry, TrailSeal, clock, secrecy
from models.append_only import append_only_ddl, append_only_tables, drop_append_only_ddl
from models.base import Base
from models.trail import COMPANY_CHAIN, tell
from rules import trail
from rules.append_only import open_tables
from rules.engine import prepare_engine
from rules.history import history, readable_chains, readable_entries
from rules.sweep import seal_trail
from rules.trail import (
    keep_marks,
    mark_words,
    marks_of,
    one_moment,
    read_marks,
    unsealed_tail,
    verify,
    verify_numbers,
)
from rules.write import Writer
from tests.office import Office, open_office


@pytest.fixture(autouse=True)
def keys(tmp_path: Path) -> Iterator[None]:
    """A key ring of this test's own; the one of the run comes back after it."""
    before = list(secrecy._ring)
    secrecy.use_keys(tmp_path / "keys")
    yield
    secrecy._ring[:] = before


@pytest.fixture
def office(write: Writer) -> Office:
    return open_office(write)


@pytest.fixture
def busy(office: Office) -> Office:
    """Two sealed runs and a tail that is not sealed yet."""
    for _ in range(3):
        office.ticket()
        seal_trail(office.write)
    office.ticket()
    return office


def tamper(office: Office, *statements: str) -> None:
    """What somebody with the database in hand and the triggers off would do."""
    engine = office.write.engine
    with engine.begin() as connection:
        for statement in drop_append_only_ddl(engine.dialect.name):
            connection.exec_driver_sql(statement)
        for statement in statements:
            connection.exec_driver_sql(statement)
        for statement in append_only_ddl(engine.dialect.name):
            connection.exec_driver_sql(statement)


def faults(office: Office, marks: Any = None) -> list[tuple[int, int, str]]:
    return office.look(lambda s: [(f.chain_id, f.seq, str(f)) for f in verify(s, marks)])


def chain(office: Office) -> int:
    return office.org["project"]


def lines(office: Office) -> list[tuple[int, str]]:
    rows = select(TrailEntry.seq, TrailEntry.action).where(TrailEntry.chain_id == chain(office))
    rows = rows.order_by(TrailEntry.seq)
    return office.look(lambda s: [(row.seq, row.action) for row in s.execute(rows)])


# ---- sealing --------------------------------------------------------------------------------------------------------


def test_what_is_written_is_sealed_in_runs_and_the_rest_is_the_tail(busy):
    assert faults(busy) == []
    assert busy.look(unsealed_tail) > 0
    assert seal_trail(busy.write) > 0
    assert busy.look(unsealed_tail) == 0
    assert seal_trail(busy.write) == 0
    assert faults(busy) == []
    rows = select(TrailSeal).where(TrailSeal.chain_id == chain(busy)).order_by(TrailSeal.first_seq)
    seals = busy.look(lambda s: s.scalars(rows).all())
    assert len(seals) == 4
    assert [it.first_seq for it in seals[1:]] == [it.last_seq + 1 for it in seals[:-1]]


def test_a_long_tail_is_sealed_run_by_run(office, monkeypatch):
    monkeypatch.setattr(trail, "RUN", 3)
    for _ in range(4):
        office.ticket()
    count = office.look(unsealed_tail)
    assert seal_trail(office.write) == count
    assert office.look(lambda s: s.scalar(select(func.max(TrailSeal.last_seq - TrailSeal.first_seq)))) == 2
    assert faults(office) == []


def _seal_together(url: str, ring: Any, gate: Any, out: Any) -> None:
    secrecy._ring[:] = [ring]
    engine = prepare_engine(create_engine(url))
    gate.wait()
    out.put(seal_trail(Writer(engine)))
    engine.dispose()


def test_several_sealers_at_once_seal_each_line_once(office, database_url):
    for _ in range(5):
        office.ticket()
    count = office.look(unsealed_tail)
    office.write.engine.dispose()
    context = multiprocessing.get_context("fork")
    gate, out = context.Barrier(3), context.Queue()
    sealers = [context.Process(target=_seal_together, args=(database_url, secrecy.keys(), gate, out)) for _ in range(3)]
    for process in sealers:
        process.start()
    done = [out.get(timeout=60) for _ in sealers]
    for process in sealers:
        process.join()
    assert sum(done) == count
    assert faults(office) == []


# ---- tampering ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("changes", "{}"),
        ("actor", "别人"),
        ("at", "2026-11-20 10:00:00"),
        ("action", "查看"),
        ("row_id", "999"),
        ("subject", "别的单"),
        ("reason", "补写"),
    ],
)
def test_a_changed_line_is_named(busy, column, value):
    tamper(busy, f"UPDATE trail_entry SET {column} = '{value}' WHERE chain_id = {chain(busy)} AND seq = 4")
    assert [f[:2] for f in faults(busy)] == [(chain(busy), 4)]
    assert "第 4 条的内容被改动" in faults(busy)[0][2]
    assert "云锦里" in faults(busy)[0][2]


def test_a_removed_line_is_named(busy):
    tamper(busy, f"DELETE FROM trail_entry WHERE chain_id = {chain(busy)} AND seq = 4")
    assert faults(busy)[0][:2] == (chain(busy), 4)
    assert "缺失" in faults(busy)[0][2]


def test_a_line_put_in_between_is_named(busy):
    seq = 4
    columns = "at, actor, action, noun, subject, changes"
    tamper(
        busy,
        "DROP INDEX uq_trail_entry_chain_id_seq",
        f"INSERT INTO trail_entry (chain_id, seq, {columns}) "
        f"SELECT chain_id, {seq}, {columns} FROM trail_entry WHERE chain_id = {chain(busy)} AND seq = {seq}",
    )
    assert faults(busy)[0][:2] == (chain(busy), 4)
    assert "后来插入" in faults(busy)[0][2]


def test_two_lines_that_changed_places_are_named(busy):
    where = f"chain_id = {chain(busy)} AND seq"
    swap = [f"UPDATE trail_entry SET seq = {b} WHERE {where} = {a}" for a, b in ((3, -1), (4, 3), (-1, 4))]
    tamper(busy, *swap)
    assert faults(busy)[0][:2] == (chain(busy), 3)


@pytest.mark.parametrize(("cut", "words"), [(1, "应到第 {last} 条"), (2, "缺失")])
def test_the_end_cut_off_is_named_sealed_or_not(busy, cut, words):
    last = lines(busy)[-1][0]
    tamper(busy, f"DELETE FROM trail_entry WHERE chain_id = {chain(busy)} AND seq > {last - cut}")
    assert faults(busy)[0][:2] == (chain(busy), last - cut + 1)
    assert words.format(last=last) in faults(busy)[0][2]


def test_a_line_added_past_the_head_is_named(busy):
    last = lines(busy)[-1][0]
    row = {"chain_id": chain(busy), "seq": last + 1, "actor": "某人", "action": "审核", "noun": "ticket"}
    busy.do(lambda s: s.execute(insert(TrailEntry).values(**row, at=clock.now())))
    assert faults(busy)[0][:2] == (chain(busy), last + 1)


def test_a_missing_seal_is_named(busy):
    first = busy.look(lambda s: s.scalar(select(TrailSeal.id).where(TrailSeal.chain_id == chain(busy)).limit(1)))
    tamper(busy, f"DELETE FROM trail_seal WHERE id = {first}")
    assert "封印缺失" in faults(busy)[0][2]


def test_a_forged_seal_is_named(busy):
    """Whoever changes a line and its short digest still lacks the key of the seal."""
    tamper(busy, f"UPDATE trail_seal SET lines = '{'0' * 16}' || substr(lines, 17) WHERE chain_id = {chain(busy)}")
    assert "封印被改动" in faults(busy)[0][2]


def test_with_another_key_no_seal_is_right(busy, tmp_path):
    secrecy.use_keys(tmp_path / "others")
    assert {f[0] for f in faults(busy)} == {COMPANY_CHAIN, *busy.org.values()} & {f[0] for f in faults(busy)}
    assert faults(busy)


def test_a_clean_cut_of_lines_seals_and_head_is_seen_by_the_marks_outside(busy, tmp_path):
    seal_trail(busy.write, tmp_path / "marks")
    marks = read_marks(tmp_path / "marks")
    assert faults(busy, marks) == []
    c = chain(busy)
    start = busy.look(lambda s: s.scalar(select(func.max(TrailSeal.first_seq)).where(TrailSeal.chain_id == c)))
    tamper(
        busy,
        f"DELETE FROM trail_entry WHERE chain_id = {c} AND seq >= {start}",
        f"DELETE FROM trail_seal WHERE chain_id = {c} AND first_seq >= {start}",
        f"UPDATE trail_head SET seq = {start - 1} WHERE chain_id = {c}",
    )
    assert faults(busy) == []  # nothing inside the database shows it
    assert "旧的副本" in faults(busy, marks)[0][2]


def test_an_old_copy_that_was_written_on_is_seen_too(busy, tmp_path):
    seal_trail(busy.write, tmp_path / "marks")
    c = chain(busy)
    start = busy.look(lambda s: s.scalar(select(func.max(TrailSeal.first_seq)).where(TrailSeal.chain_id == c)))
    length = lines(busy)[-1][0] - start + 1
    tamper(
        busy,
        f"DELETE FROM trail_entry WHERE chain_id = {c} AND seq >= {start}",
        f"DELETE FROM trail_seal WHERE chain_id = {c} AND first_seq >= {start}",
        f"UPDATE trail_head SET seq = {start - 1} WHERE chain_id = {c}",
    )
    for _ in range(length):
        busy.do(lambda s: tell(s, "查看", s.get_one(OrgUnit, c), chain_id=c))
    seal_trail(busy.write)
    assert faults(busy) == []
    assert faults(busy, read_marks(tmp_path / "marks"))[0][0] == c


def test_marks_only_move_forward(tmp_path):
    file = tmp_path / "marks"
    keep_marks(file, {3: (40, "b")})
    keep_marks(file, {3: (12, "a"), 4: (1, "c")})
    assert read_marks(file) == {3: (40, "b"), 4: (1, "c")}
    assert file.stat().st_mode & 0o077 == 0


def test_the_words_of_the_marks_change_with_every_seal(busy):
    before = busy.look(lambda s: mark_words(marks_of(s)))
    seal_trail(busy.write)
    assert busy.look(lambda s: mark_words(marks_of(s))) != before


def test_checking_while_people_write_finds_nothing(office):
    stop = threading.Event()

    def people_write() -> None:
        while not stop.is_set():
            office.do(lambda s: tell(s, "查看", s.get_one(OrgUnit, chain(office)), chain_id=chain(office)))
            seal_trail(office.write)

    writer = threading.Thread(target=people_write)
    writer.start()
    try:
        for _ in range(10):
            with one_moment(office.write.engine) as session:
                assert verify(session) == []
    finally:
        stop.set()
        writer.join()


# ---- append-only ----------------------------------------------------------------------------------------------------


def _refused(engine: Engine, statement: str, values: dict[str, Any] | None = None) -> bool:
    connection = engine.connect()
    try:
        with connection.begin():
            connection.execute(text(statement), values or {})
    except DBAPIError as error:
        return "append-only" in str(error.orig)
    finally:
        connection.close()
    return False


#: What a table asks of its rows beside types.
BESIDES: dict[str, dict[str, Any]] = {"stock_entry": {"stock_in_id": 1}}


def _one_row(session: Session, table: Any) -> dict[str, Any]:
    """A row of any append-only table, filled by type: the triggers care for nothing else."""
    texts, numbers = dict.fromkeys(("VARCHAR", "TEXT"), "x"), dict.fromkeys(("INTEGER", "BIGINT"), 999)
    from_type = {**texts, **numbers, "DATETIME": clock.now(), "DATE": clock.today(), "BOOLEAN": True}
    row = {}
    for column in table.columns:
        if column.primary_key or column.nullable:
            continue
        if choices := column.info.get("choices"):
            row[column.name] = next(iter(choices))
            continue
        named = str(column.type.compile(dialect=session.get_bind().dialect)).split("(")[0]
        row[column.name] = (
            1 if column.foreign_keys else from_type.get(named, clock.now() if "TIMESTAMP" in named else "x")
        )
    return row


def _put_in(engine: Engine, table: Any) -> None:
    """One row whose foreign keys point nowhere: as an owner of the database might write it."""
    plain = create_engine(engine.url)  # somebody's own tool: none of our pragmas
    with Session(plain) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(insert(table).values(**_one_row(session, table), **BESIDES.get(table.name, {})))
        session.commit()
    plain.dispose()


@pytest.mark.parametrize("table", append_only_tables(), ids=lambda t: t.name)
def test_no_append_only_table_can_be_changed_emptied_or_written_over(office, engine, table):
    _put_in(engine, table)
    name = table.name
    rows = f"SELECT count(*) FROM {name}"
    column = next(c.name for c in table.columns if not c.primary_key)
    with engine.connect() as connection:
        before = connection.scalar(text(rows))
    assert _refused(engine, f"UPDATE {name} SET {column} = {column}")
    assert _refused(engine, f"DELETE FROM {name}")
    if engine.dialect.name == "sqlite":
        assert _refused(engine, f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")
        assert _refused(engine, f"REPLACE INTO {name} SELECT * FROM {name}")
    else:
        assert _refused(engine, f"TRUNCATE {name} CASCADE")
    with engine.connect() as connection:
        assert connection.scalar(text(rows)) == before


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("key", ["id", "chain_id, seq"])
def test_replace_is_refused_by_every_unique_key_also_without_recursive_triggers(busy, key):
    plain = create_engine(busy.write.engine.url)  # somebody's own tool: none of our pragmas
    columns = [c.name for c in TrailEntry.__table__.columns]
    taken = "id" if key == "id" else "id + 100000"
    picked = ", ".join([taken, *columns[1:]])
    into = f"INSERT OR REPLACE INTO trail_entry ({', '.join(columns)})"
    assert _refused(plain, f"{into} SELECT {picked} FROM trail_entry")
    plain.dispose()


def test_every_append_only_model_is_closed_and_a_missing_trigger_is_seen(engine, office):
    marked = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, AppendOnly)}
    assert {"trail_entry", "trail_seal", "print_run", "signature", "attachment", "record_note"} <= marked
    with engine.begin() as connection:
        assert open_tables(connection) == []
        for statement in drop_append_only_ddl(engine.dialect.name):
            connection.exec_driver_sql(statement)
        assert set(open_tables(connection)) == marked
        for statement in append_only_ddl(engine.dialect.name) * 2:  # twice does no harm
            connection.exec_driver_sql(statement)
        assert open_tables(connection) == []


# ---- numbers --------------------------------------------------------------------------------------------------------


def test_a_series_without_gap_is_whole(busy):
    assert busy.look(verify_numbers) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("UPDATE ticket SET number = 'BS-YJ-202611-0009' WHERE number = 'BS-YJ-202611-0002'", "缺第 2 号"),
        ("UPDATE ticket SET number = 'BS-YJ-202611-0009' WHERE number = 'BS-YJ-202611-0002'", "第 9 号超出末号 4"),
        ("UPDATE ticket SET number = NULL WHERE number = 'BS-YJ-202611-0002'", "没有单号"),
        ("UPDATE series_counter SET last = 7", "缺第 5、6、7 号"),
        ("DELETE FROM series_counter", "超出末号 0"),
    ],
)
def test_a_gap_a_stray_and_a_missing_number_are_named(busy, harm, words):
    tamper(busy, harm)
    assert any(words in fault for fault in busy.look(verify_numbers))


def test_a_refused_paper_takes_no_number(busy):
    with pytest.raises(Exception, match="请填写业主姓名"):
        busy.ticket(customer="")
    assert busy.look(verify_numbers) == []
    assert busy.look(lambda s: s.scalar(select(SeriesCounter.last))) == 4


# ---- flask sweep, flask verify --------------------------------------------------------------------------------------


@pytest.fixture
def terminal(office: Office, tmp_path: Path) -> Callable[..., Any]:
    """The two commands at a terminal, on an application of nothing but the writer."""
    app = Flask("terminal", instance_path=str(tmp_path))
    app.extensions["writer"] = office.write
    app.config["FILES"] = str(tmp_path / "files")
    commands.sweep.register(app)
    commands.verify.register(app)
    return lambda *words: app.test_cli_runner().invoke(args=list(words))


def test_the_sweep_at_a_terminal_says_what_it_did(office, terminal, at):
    office.ticket()
    at.forward(minutes=11)
    done = terminal("sweep")
    assert done.exit_code == 0
    assert "到级 1 项，提醒 1 人次" in done.output
    assert "到级 0 项，提醒 0 人次" in terminal("sweep").output


def test_verify_at_a_terminal_is_content_with_what_nobody_touched(office, terminal):
    office.ticket()
    terminal("sweep")
    done = terminal("verify")
    assert (done.exit_code, "均完整" in done.output, "未封存的日志 0 条" in done.output) == (0, True, True)


def test_verify_at_a_terminal_names_what_is_wrong_and_returns_one(office, terminal):
    office.ticket()
    terminal("sweep")
    tamper(office, "UPDATE trail_entry SET actor = '别人' WHERE seq = 1", "UPDATE series_counter SET last = 2")
    with office.write.engine.begin() as connection:
        for statement in drop_append_only_ddl(connection.dialect.name):
            connection.exec_driver_sql(statement)
    done = terminal("verify")
    assert done.exit_code == 1
    for words in ("第 1 条的内容被改动", "缺第 2 号", "表 trail_entry 的只增不改保护缺失"):
        assert words in done.output


def test_verify_at_a_terminal_misses_a_file_that_is_gone(office, terminal):
    office.ticket()
    lost = {"noun": "ticket", "row_id": 1, "title": "现场照片", "media": "image/png", "size": 3, "sha256": "0" * 64}
    office.do(lambda s: s.add(Attachment(org_id=office.org["project"], by_id=office.staff["desk_clerk"], **lost)))
    done = terminal("verify")
    assert done.exit_code == 1
    assert "附件" in done.output
    assert "不见" in done.output


def test_verify_at_a_terminal_remembers_what_was_sealed(busy, terminal):
    terminal("sweep")
    c = chain(busy)
    start = busy.look(lambda s: s.scalar(select(func.max(TrailSeal.first_seq)).where(TrailSeal.chain_id == c)))
    tamper(
        busy,
        f"DELETE FROM trail_entry WHERE chain_id = {c} AND seq >= {start}",
        f"DELETE FROM trail_seal WHERE chain_id = {c} AND first_seq >= {start}",
        f"UPDATE trail_head SET seq = {start - 1} WHERE chain_id = {c}",
    )
    assert "旧的副本" in terminal("verify").output


# ---- history --------------------------------------------------------------------------------------------------------


def test_the_history_of_a_record_speaks_chinese_and_says_what_is_sealed(office):
    ticket = office.ticket()
    seal_trail(office.write)
    office.move(Ticket, ticket, "cancel", "service_supervisor", reason="重复登记")
    told = office.look(lambda s: history(s, "ticket", ticket))
    newest, oldest = told[0], told[-1]
    assert oldest.action == "新增"
    assert ("业主姓名", "", "徐明远") in oldest.changes
    assert ("报事人电话", "", "138****2217") in oldest.changes
    assert oldest.sealed
    assert not newest.sealed
    assert [line.action for line in told] == ["作废", "新增"]  # the move's line carries what it changed
    assert ("状态", "已登记", "已作废") in newest.changes
    assert newest.actor == "service_supervisor"
    assert [line.seq for line in told] == sorted((line.seq for line in told), reverse=True)


def test_what_a_person_did_is_listed_inside_the_reader_s_chains_only(office):
    office.ticket()
    staff = office.staff["desk_clerk"]

    def seen(reader: str) -> set[str]:
        where = (TrailEntry.actor_id == staff, readable_entries(office.person(reader)))
        return set(office.look(lambda s: list(s.scalars(select(TrailEntry.noun).where(*where)))))

    assert seen("service_supervisor") == {"ticket"}
    assert seen("desk_clerk") == set()
    office.staff["stranger"] = office.hire("service_supervisor", "other_service", "stranger")
    assert seen("stranger") == set()


def test_the_chain_of_the_company_is_for_the_company_only(office):
    inside = {office.org["project"], office.org["service"], office.org["engineering"]}
    assert readable_chains(office.person("project_manager")) == inside
    assert COMPANY_CHAIN in readable_chains(office.person("quality_manager"))
    assert readable_chains(office.person("desk_clerk")) == set()
