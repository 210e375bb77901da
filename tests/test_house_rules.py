"""What holds for everything: moves, permissions, columns, constraints, forms, settings, errors, and the guards."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine, UniqueConstraint, func, select, update
from sqlalchemy.orm import Session

import printouts
from admin_views.lookups import LOOKUPS
from admin_views.registers import RegisterView
from admin_views.request import db, reading
from forms.actions import ASKS
from forms.fields import Lookup
from models import Base, Document, Record, Staff, Stateful, Ticket, TrailHead, clock
from models.base import AppendOnly
from models.document import permit
from printouts.filling import DAY_SHEETS, FILLERS, LEDGERS
from rules.deadlines import DEADLINES
from rules.handbook import rules
from rules.obligations import DUTIES
from rules.permissions import PERMISSIONS
from rules.person import person_of
from rules.policies import POLICIES
from rules.policy_words import checked_value
from rules.write import Writer
from tests.asking import address_of, asked, browser, move_in
from tests.conftest import Hands
from tests.engines import HOUSE, Databases
from tests.full_house import HOME, House
from tests.makers import make_order, make_ticket, world

MODELS: list[type[Any]] = sorted((m.class_ for m in Base.registry.mappers), key=lambda c: c.__name__)
RECORDS = [m for m in MODELS if issubclass(m, Record)]
LIVING = [m for m in RECORDS if issubclass(m, Stateful)]
FOLDERS = ("models", "rules", "forms", "printouts", "admin_views", "commands")
HAN = re.compile(r"[一-鿿]")
LATIN = re.compile(r"[A-Za-z]{3,}")
TABLES = Base.metadata.sorted_tables


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """(path in the house, syntax tree) of the program's modules."""
    for folder in folders:
        for path in sorted((HOUSE / folder).rglob("*.py")):
            yield str(path.relative_to(HOUSE)), ast.parse(path.read_text("utf-8"))


def is_chinese(words: str) -> bool:
    """Written for people here."""
    return bool(HAN.search(words))


# ---- moves and permissions -------------------------------------------------------------------------------------


def test_every_move_has_a_permission_line_and_a_system_move_has_none():
    steps = [(m.__tablename__, step) for m in LIVING for step in m.lifecycle.moves.values()]
    assert len(steps) > 40
    assert [f"{noun}.{s.verb}" for noun, s in steps if not s.system and f"{noun}.{s.verb}" not in PERMISSIONS] == []
    lines = [f"{noun}.{s.verb}" for noun, s in steps if s.system and f"{noun}.{s.verb}" in PERMISSIONS]
    assert set(lines) <= _deeds(), "a line nobody asks: the causing move is what is authorised (decision 14)"
    assert sum(s.system for _noun, s in steps) > 5


def _deeds() -> set[str]:
    """What buttons ask for that are no moves of their own, such as 转报事, which causes one."""
    views = RegisterView.registered.items()
    return {f"{noun}.{deed.permission}" for noun, view in views for deed in view.deeds}


def test_every_permission_names_something_that_exists_and_is_asked():
    literals = {
        node.value
        for path, tree in modules("rules", "admin_views", "printouts")
        if path != "rules/permissions.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    nouns = {m.__tablename__: m for m in RECORDS}
    strange = []
    for permission in PERMISSIONS:
        noun, verb = permission.split(".")
        model, view = nouns.get(noun), RegisterView.registered.get(noun)
        known = {"read", "write"} if model else set()
        known |= set(model.lifecycle.moves) if model and issubclass(model, Stateful) else set()
        known |= {deed.permission for deed in view.deeds} if view else set()
        if verb not in known and not {permission, f".{verb}"} & literals:
            strange.append(permission)
    assert strange == []
    assert len(PERMISSIONS) > 80


def test_every_permission_is_some_post_s():
    assert [p for p, clauses in PERMISSIONS.items() if not clauses or not all(clauses)] == []


def test_every_register_that_can_be_read_belongs_to_a_unit_or_is_one():
    nouns = {p.split(".")[0] for p in PERMISSIONS}
    owned = [m for m in RECORDS if m.__tablename__ in nouns]
    assert len(owned) > 25
    assert [m.__name__ for m in owned if m.__tablename__ != "org_unit" and "org_id" not in m.__mapper__.columns] == []


# ---- columns and constraints -----------------------------------------------------------------------------------


def columns() -> Iterator[tuple[type[Any], str, Any]]:
    """(model, attribute, column) of every table."""
    for model in MODELS:
        for attribute in model.__mapper__.column_attrs:
            yield model, attribute.key, attribute.columns[0]


def test_every_column_has_a_chinese_label_and_chinese_choices():
    every = list(columns())
    assert len(every) > 400
    assert [f"{m.__name__}.{n}" for m, n, c in every if not is_chinese(c.info.get("label") or "")] == []
    choices = [(m, n, c.info["choices"]) for m, n, c in every if c.info.get("choices")]
    assert len(choices) > 30
    wrong = [f"{m.__name__}.{n}: {w}" for m, n, known in choices for w in known.values() if not is_chinese(w)]
    assert [w for w in wrong if not re.search(r": (MM|PDF|Excel|CSV)", w)] == []


def test_every_register_every_state_and_every_move_is_called_by_a_chinese_name():
    assert len(RECORDS) > 25
    assert [m.__name__ for m in RECORDS if not is_chinese(getattr(m, "__label__", ""))] == []
    words = [w for m in LIVING for w in (*m.lifecycle.states.values(), *(s.label for s in m.lifecycle.moves.values()))]
    assert len(words) > 80
    assert [w for w in words if not is_chinese(w)] == []
    assert len({m.__label__ for m in RECORDS}) == len(RECORDS), "two registers of one name"


def test_every_foreign_key_is_indexed_and_finds_its_row_by_the_right_picker():
    keys = [(m, n, c) for m, n, c in columns() if c.foreign_keys]
    assert len(keys) > 80
    assert [f"{m.__name__}.{n}" for m, n, c in keys if c.name not in _first_of_an_index(c.table)] == []
    wrong = []
    for model, name, column in keys:
        target = next(iter(column.foreign_keys)).column.table.name
        picker = column.info.get("picker")
        if issubclass(model, Record) and picker != target and not column.info.get("internal"):
            wrong.append(f"{model.__name__}.{name}: picker {picker!r} for {target}")
    assert wrong == []


def _first_of_an_index(table: Any) -> set[str]:
    found = {next(iter(index.columns)).name for index in table.indexes}
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint) and len(c.columns)]
    found |= {next(iter(c.columns)).name for c in unique}
    return found | {next(iter(table.primary_key.columns)).name}


def test_every_picker_of_a_form_asks_a_lookup_that_answers(app: Flask):
    del app  # the registers are declared
    boxes = [(f"{noun}.{verb}", one) for (noun, verb), ask in ASKS.items() for one in ask.form()]
    for noun, view in RegisterView.registered.items():
        names = {n for _t, part in view.sections for n in part.split()}
        pickers = {n: view.record.info(n).get("picker") for n in names if n in view.record.__mapper__.column_attrs}
        wrong = {n: p for n, p in pickers.items() if p and p not in LOOKUPS}
        assert wrong == {}, f"{noun}: nobody answers {wrong}"
        boxes += [(f"{noun}.{deed.verb}", one) for deed in view.deeds if deed.ask for one in deed.ask.form()]
    asking = [(where, one.picker) for where, one in boxes if isinstance(one, Lookup)]
    assert asking
    assert [f"{where}: {picker}" for where, picker in asking if picker not in LOOKUPS] == []


def test_every_constraint_and_index_has_a_name_that_fits():
    names = [(t.name, c.name) for t in TABLES for c in (*t.constraints, *t.indexes)]
    assert len(names) > 200
    assert [f"{table}: {name}" for table, name in names if not name or len(str(name)) > 63] == []


def test_every_register_that_may_only_grow_is_guarded_by_triggers(engine: Engine):
    growing = {m.__tablename__ for m in MODELS if issubclass(m, AppendOnly)}
    assert len(growing) > 5
    query = {
        "sqlite": "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid",
    }[engine.dialect.name]
    with engine.connect() as connection:
        guarded = {str(name) for (name,) in connection.exec_driver_sql(query)}
    assert growing - guarded == set()


# ---- the guards ------------------------------------------------------------------------------------------------


def test_no_state_is_written_by_hand_in_any_register(session: Session):
    made = world(session)
    make_order(made, state="issued")
    session.commit()
    tried = 0
    for model in LIVING:
        thing = session.scalars(select(model).limit(1)).first()
        if thing is None:
            continue
        thing.state = next(s for s in model.lifecycle.states if s != thing.state)
        with pytest.raises(RuntimeError, match="no move led"):
            session.flush()
        session.rollback()
        tried += 1
    assert tried >= 2


def test_the_door_opens_for_the_move_that_was_permitted_and_no_other(session: Session):
    ticket = make_ticket(world(session))
    step = Ticket.lifecycle.moves["solve"]
    permit(session, ticket, step)
    ticket.state = "void"
    with pytest.raises(RuntimeError, match="no move led"):
        session.flush()


def test_no_paper_is_deleted_and_no_frozen_one_changed(session: Session):
    made = world(session)
    order = make_order(made, state="completed")
    session.delete(order)
    with pytest.raises(RuntimeError, match="voided, never deleted"):
        session.flush()
    session.rollback()
    order.content = "另一件事"
    with pytest.raises(RuntimeError, match="neither changed nor deleted"):
        session.flush()
    session.rollback()
    order.number = "GD-YJ-202611-9999"
    with pytest.raises(RuntimeError, match="a number is never changed"):
        session.flush()


def test_no_bulk_write_passes_the_trail_by_in_any_register(session: Session):
    world(session)
    for model in RECORDS:
        name = next(a.key for a in model.__mapper__.column_attrs if a.key != "id")
        with pytest.raises(RuntimeError, match="leaves no trail"):
            session.execute(update(model).values({name: None}))
        session.rollback()


def test_a_write_within_a_write_is_a_programming_error(write: Writer):
    with pytest.raises(RuntimeError, match="nested write transaction"):
        write(lambda _session: write(lambda _inner: None))


# ---- paper -----------------------------------------------------------------------------------------------------

CONTEXT = printouts.Context("万和物业服务有限公司", "云锦里", printed_by="陆文婷", printed_at="2026-11-21 10:00")
PRINTED = [(code, kind) for code, form in sorted(printouts.FORMS.items()) for kind in form.kinds]


@pytest.mark.parametrize(("code", "kind"), PRINTED, ids=lambda it: str(it))
def test_every_form_prints_empty_and_full(code: str, kind: str):
    form = printouts.FORMS[code]
    empty = None if kind in ("blank", "sample") else printouts.Rows([], 0) if form.shape != "slip" else {}
    datas = [empty] if kind in ("blank", "sample") else [empty, form.sample if kind == "filled" else _many(form)]
    for data in datas:
        if kind == "ledger" and data == {}:
            data = printouts.Rows([], 0)
        context = printouts.Context(**{**vars(CONTEXT), "missing": set()})
        content = printouts.render(code, kind, context, data)
        assert content.startswith(b"%PDF-")
        pages = PdfReader(io.BytesIO(content)).pages
        assert len(pages) >= 1
        assert "".join("".join(p.extract_text().split()) for p in pages[:1]), f"{code} {kind} prints nothing"
        assert context.missing == set(), f"{code} {kind} lacks {context.missing}"


def _many(form: printouts.Form) -> printouts.Rows:
    return printouts.Rows([dict(form.ledger_sample)] * 60, 60)


def test_the_forms_that_print_are_many_enough_to_prove_something():
    assert len(PRINTED) > 20
    assert len(printouts.FORMS) >= 60
    assert all(is_chinese(form.title) for form in printouts.FORMS.values())
    assert {f"F-{n:02}" for n in range(1, 57)} <= printouts.FORMS.keys()


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house behind the app."""
    return move_in(app, databases, database_url, tmp_path, monkeypatch)


@pytest.mark.engines("sqlite")
def test_every_filler_and_ledger_fills_its_form_from_a_real_record(full: House, session: Session):
    viewer = person_of(session, session.get_one(Staff, full.staff[HOME, "desk_clerk"]))
    for code, filler in FILLERS.items():
        row = session.get_one(filler.model, full.rows[HOME][filler.model.__tablename__])
        facts = filler.fill(session, viewer, row)
        assert any(facts.values()), code
        unknown = facts.keys() - set(printouts.FORMS[code].names("filled"))
        assert unknown == set(), f"{code} has no place for {sorted(unknown)}"
        printouts.render(code, "filled", CONTEXT, facts)
    for code, ledger in (*LEDGERS.items(), *DAY_SHEETS.items()):
        rows = session.scalars(select(ledger.model)).all()
        lines = ledger.rows(session, viewer, rows)
        assert lines, code
        form = printouts.FORMS[code]
        unknown = {k for line in lines for k in line} - {*form.names("ledger"), *form.names("filled")}
        assert unknown == set(), f"{code} has no place for {sorted(unknown)}"
    assert len(FILLERS) >= 4
    assert len(LEDGERS) >= 5


# ---- looking ---------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
def test_no_get_writes_anything(app: Flask, full: House, session: Session):
    """Row counts and trail heads of the whole database; test_routes counts commits for every post besides."""
    client = browser(app, full.tokens[HOME, "service_supervisor"])
    before, looked = _weighed(session), 0
    for method, _pattern, filled in asked(app):
        if method == "GET":
            client.get(address_of("GET", filled, full)).close()
            looked += 1
    assert looked > 150
    assert _weighed(session) == before
    client.post("/alerts/acknowledge", data={"csrf_token": _secret(client)})
    client.post("/ticket/views", data={"csrf_token": _secret(client), "name": "新视图", "query": "state=registered"})
    assert _weighed(session) != before, "what a POST writes is seen"


def _weighed(session: Session) -> dict[str, Any]:
    session.rollback()
    counts = {t.name: session.scalar(select(func.count()).select_from(t)) for t in TABLES}
    heads = session.execute(select(TrailHead.chain_id, TrailHead.seq).order_by(TrailHead.chain_id)).all()
    return {**counts, "heads": [tuple(h) for h in heads]}


def _secret(client: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/pin").text)
    assert found
    return found[1]


def test_the_session_of_a_request_only_reads(app: Flask, session: Session):
    make_ticket(world(session))
    with app.test_request_context():
        read = reading()
        read.scalars(select(Ticket)).first().content = "改了"  # type: ignore[union-attr]
        with pytest.raises(RuntimeError, match="only reads"):
            read.flush()
        read.rollback()
        db.session.remove()


# ---- settings and limits ---------------------------------------------------------------------------------------


def literals_of(*folders: str, but: str = "") -> set[str]:
    """Every text in the code of the folders, parts of f-strings too."""
    return {
        node.value
        for path, tree in modules(*folders)
        if path != but
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_policy_is_read_somewhere():
    said = literals_of("rules", "admin_views", "printouts", "forms", "commands", but="rules/policies.py")
    assert len(POLICIES) > 30
    assert [key for key in POLICIES if key not in said] == []


@pytest.mark.parametrize("key", sorted(POLICIES))
def test_every_policy_says_where_it_comes_from_and_what_it_may_be(key: str):
    known = POLICIES[key]
    assert known.source
    assert is_chinese(known.label)
    assert known.presumed == ("推定" in known.source) or known.presumed
    if known.kind == "choice":
        assert known.presets
        assert known.default in known.presets
        assert all(is_chinese(w) or re.search(r"\d", w) for w in known.presets.values())
    if known.kind == "int":
        low, high = known.bounds
        assert low <= known.default <= high
        assert is_chinese(known.unit) or known.unit == "%"
    assert checked_value(key, known.default) == known.default
    assert [r for r in known.rules if r not in rules()] == []


@pytest.mark.engines("sqlite")
def test_every_policy_stands_on_its_page(app: Flask, full: House):
    page = browser(app, full.tokens[HOME, "project_manager"]).get("/policies").text
    assert [p.key for p in POLICIES.values() if p.label not in page] == []
    assert [p.source for p in POLICIES.values() if p.source not in page] == []


def test_every_deadline_and_every_duty_has_its_article_and_rules():
    limits = [(d.id, d.article, d.rules) for d in (*DEADLINES, *DUTIES)]
    assert len(limits) > 15
    assert [i for i, article, _r in limits if not article] == []
    assert [f"{i}: {r}" for i, _a, ids in limits for r in ids if r not in rules()] == []
    assert [i for i, _a, ids in limits if not ids] == []
    keys = [(d.id, k) for d in DEADLINES for k in (d.key, *d.depends) if k] + [(d.id, d.key) for d in DUTIES if d.key]
    assert [f"{i}: {k}" for i, k in keys if k not in POLICIES] == []


def test_every_move_stands_on_a_rule_of_the_handbook():
    steps = [(m.__tablename__, s) for m in LIVING for s in m.lifecycle.moves.values()]
    assert [f"{noun}.{s.verb}: {s.rule!r}" for noun, s in steps if s.rule not in rules()] == []


# ---- code ------------------------------------------------------------------------------------------------------

REFUSALS = {"RuleError", "NotAllowed", "WrongState", "Stale", "Invalid", "TooOften", "WrongSecret"}


def refusals(*folders: str) -> Iterator[tuple[str, str]]:
    """(place, sentence) of every refusal that is written out."""
    for path, tree in modules(*folders):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in REFUSALS
                and node.args
            ):
                for words in _sentences(node.args[0]):
                    yield f"{path}:{node.lineno}", words


def _sentences(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(words)):
            yield words
        case ast.JoinedStr(values=parts):
            yield "".join(p.value if isinstance(p, ast.Constant) else "○" for p in parts)  # type: ignore[misc]
        case ast.Dict(values=values):
            for value in values:
                yield from _sentences(value)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_sentences(body), *_sentences(orelse))


def test_every_refusal_is_a_chinese_sentence():
    every = list(refusals("rules", "admin_views", "forms"))
    assert len(every) > 150
    assert [f"{place}: {words}" for place, words in every if not is_chinese(words)] == []
    english = [f"{place}: {words}" for place, words in every if LATIN.search(ALLOWED_LATIN.sub("", words))]
    assert english == []


ALLOWED_LATIN = re.compile("PIN|PDF|JPE?G|PNG|xlsx?|csv|Excel|UTF|GBK|XML|ZIP|VBA", re.IGNORECASE)


def test_an_english_refusal_would_be_noticed():
    tree = ast.parse('raise RuleError(f"{x} is not allowed", field="x")')
    (call,) = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    assert not any(is_chinese(w) for w in _sentences(call.args[0]))


#: Where statements write past the rows of the ORM, and why nothing is lost by it.
WRITES_SQL = {
    "rules/login.py": "log-ins are not records of the office",
    "rules/doors.py": "failed attempts are not records of the office",
    "models/searching.py": "the index of words follows the rows",
    "rules/importing/runs.py": "lines of a file, closed; what they do to the registers is in the trail",
    "rules/importing/new_ids.py": "new rows of an import, each with its line by tell_new",
    "rules/importing/rehearsing.py": "what a rehearsed import made of them, with the lines collected then",
    "rules/importing/judging.py": "lines of a file, closed",
    "rules/importing/applying.py": "lines of a file, closed, and the counters of their run",
    "rules/sweep.py": "a clock's next rung is taken by whoever comes first",
    "rules/retention.py": "kept content goes with its retention; the run stays",
    "rules/ledger.py": "the stock ledger is a trail of its own; the move that posts stands in the trail",
    "rules/stock_months.py": "month ends are worked out from the ledger; 结账 stands in the trail",
    "models/trail.py": "the trail itself",
    "models/numbers.py": "the counters of the series",
}


STATEMENTS = {"insert", "update", "delete"}  # delete(X) of SQLAlchemy, or table.delete(), which has no arguments
BULK = {"bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "on_conflict_do_update"}
WRITING = re.compile(r"\s*(INSERT INTO|UPDATE \w+ SET|DELETE FROM|TRUNCATE TABLE)\b", re.IGNORECASE)


def writes_of(tree: ast.Module) -> Iterator[int]:
    """Lines where a statement writes: insert, update, delete of SQLAlchemy, bulk methods, or SQL as text."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            is_statement = name in STATEMENTS and (
                not (node.args or node.keywords) if isinstance(node.func, ast.Attribute) else name in imported
            )
            if is_statement or name in BULK:
                yield node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITING.match(node.value):
            yield node.lineno


def test_sql_that_writes_stands_only_where_it_is_listed():
    found = {path: lines for path, tree in modules(*FOLDERS) if (lines := list(writes_of(tree)))}
    assert sorted(found.keys() - WRITES_SQL.keys()) == []
    assert sorted(WRITES_SQL.keys() - found.keys()) == [], "listed, but writes nothing any more"
    assert list(writes_of(ast.parse("from sqlalchemy import update\ns.execute(update(X))\nt('DELETE FROM x')")))


#: Asks the machine's clock, and is not about the time of the office.
ASKS_THE_TIME = {"models/clock.py": "the only place", "admin_views/prints.py": "the age of a file in the spool"}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}


def times_of(tree: ast.Module) -> Iterator[int]:
    """Lines that ask what time it is without models.clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (name in ("datetime", "date") and node.func.attr in CLOCKS) or (name, node.func.attr) == (
                "time",
                "time",
            ):
                yield node.lineno


def test_only_the_clock_of_the_house_is_asked_for_the_time():
    found = {path: list(times_of(tree)) for path, tree in modules(*FOLDERS)}
    asking = {path for path, lines in found.items() if lines}
    assert asking <= ASKS_THE_TIME.keys()
    assert "models/clock.py" in asking
    assert list(times_of(ast.parse("datetime.now()\ndate.today()\ntime.time()"))) == [1, 2, 3]


def test_now_is_what_the_test_says(at: Hands):
    at("2026-11-21 17:45")
    assert clock.shown(clock.now()) == "2026-11-21 17:45"


MACHINE = re.compile("/" + "work/|" + r"\.lib" + "rary/|/" + "home/|" + "far" + r"m-\w+|\bissues " + r"show\b")
TEXTS = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".mako", ".yml", ".yaml", ".cfg", ".ini", ".sh", ""}


def test_nothing_that_is_kept_names_this_machine():
    looked = 0
    for path in sorted(HOUSE.rglob("*")):
        inside = path.relative_to(HOUSE).parts
        if not path.is_file() or path.suffix not in TEXTS or inside[0] in {".venv", ".git", "instance"}:
            continue
        if any(part.startswith(".") and part != ".ci" for part in inside[:-1]) or "__pycache__" in inside:
            continue
        found = MACHINE.search(path.read_text("utf-8", "replace"))
        assert found is None, f"{'/'.join(inside)}: {found and found[0]}"
        looked += 1
    assert looked > 200


def test_every_document_has_a_series_of_its_own():
    papers = [m for m in LIVING if issubclass(m, Document)]
    prefixes = [m.series.prefix for m in papers]
    assert len(papers) >= 8
    assert len(set(prefixes)) == len(prefixes)
    assert all(re.fullmatch(r"[A-Z]{2}|QT[RC]K", p) for p in prefixes)
