"""Whatever is typed, pasted or put into an address gets an answer: never a fault, never a half-made row."""

import io
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_views import shell
from admin_views.registers import RegisterView
from forms.build import HouseForm, Lines, form_for
from forms.fields import Lookup, Pick, Several, Tick, Typed
from models import Staff, clock
from rules.trail import verify, verify_numbers
from tests.asking import address_of, asked, browser, move_in
from tests.conftest import Hands
from tests.engines import HOUSE, Databases
from tests.full_house import HOME, House
from tests.route_table import PAGES, REGISTERS

pytestmark = pytest.mark.engines("sqlite")
VIEWS = RegisterView.registered
ROUNDS = 5
EXAMPLES = 200
SLOW = 5.0
NASTY = (
    "",
    " ",
    "\x00",
    "\u202etxt.exe",
    "𠮷😀\ufeff",
    "-1",
    "0",
    "9" * 40,
    "1e309",
    "NaN",
    "Infinity",
    "-0.0000000001",
    "½²٣",
    "2026-99-99T99:99",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "24:60",
    "null",
    "[]",
    '{"a":1}',
    "' OR 1=1 --",
    "%s%n{0}{{7*7}}",
    "../../etc/passwd\\..",
    "=cmd|'/c calc'!A1",
    "<script>alert(1)</script>",
    "a" * 70_000,
    "3-2-1203",
    "13800138000",
    "\r\nX: y",
)


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house; a fault is an answer of five hundred, not an exception in the test."""
    house = move_in(app, databases, database_url, tmp_path, monkeypatch)
    app.config.update(WTF_CSRF_ENABLED=False, IMPORTS_INLINE=True, PROPAGATE_EXCEPTIONS=False)
    return house


class Prober:
    """A person's browser that counts, and complains of faults and of answers that take long."""

    def __init__(self, app: Flask, house: House, post: str) -> None:
        known = house.tokens.get((HOME, post)) or house.tokens["", post]
        self.client: FlaskClient = browser(app, known)
        self.asked, self.faults = 0, list[str]()
        self.seen: dict[int, int] = {}

    def ask(self, method: str, path: str, **more: Any) -> int:
        """One request."""
        began = time.perf_counter()
        reply = self.client.open(path, method=method, **more)
        took = time.perf_counter() - began
        self.asked += 1
        self.seen[reply.status_code] = self.seen.get(reply.status_code, 0) + 1
        if reply.status_code >= 500 or took > SLOW:
            self.faults.append(f"{method} {path[:150]} {str(more)[:600]}: {reply.status_code} after {took:.1f} s")
        reply.close()
        return reply.status_code


# ---- forms -----------------------------------------------------------------------------------------------------


def boxes(form: type[HouseForm], prefix: str = "") -> list[Typed]:
    """The fields of a form."""
    return list(form(prefix=prefix))


def proper(box: Typed, house: House) -> str:
    """What a clerk might put there."""
    rows = {**house.rows[HOME], "org_unit": house.orgs[HOME]}
    if isinstance(box, Lookup):
        return str(rows.get(box.picker, 1))
    if isinstance(box, Pick | Several):
        return str(next(iter(box.choices), ""))
    if isinstance(box, Tick):
        return "1"
    now = clock.local(clock.now()) + timedelta(minutes=-1)
    return {
        "number": "1",
        "date": f"{now:%Y-%m-%d}",
        "datetime": f"{now:%Y-%m-%dT%H:%M}",
        "phone": "13800138000",
    }.get(box.kind, "测试")


def filled(
    form: type[HouseForm], lines: Lines | None, house: House, dice: random.Random, round_: int
) -> dict[str, Any]:
    """A form mostly right and partly nasty; the first round is all proper, the second all the same nonsense."""
    every = boxes(form)
    for n in range(2 if lines else 0):
        every += list(lines.form()(prefix=f"{lines.name}-{n}-")) if lines else []
    share = {0: 0.0, 1: 1.0}.get(round_, 0.35)
    nonsense = dice.choice(NASTY)
    data: dict[str, Any] = {}
    for box in every:
        data[box.name] = proper(box, house)
        if dice.random() < share:
            data[box.name] = nonsense if round_ == 1 else dice.choice(NASTY)
        if isinstance(box, Lookup) and dice.random() < 0.2:
            data[f"{box.name}_text"] = dice.choice(NASTY)
    return {**data, "token": f"{dice.getrandbits(90):024d}"[:24], "version": dice.choice(("1", "", "x", "9" * 30))}


def forms_of(house: House) -> Iterator[tuple[str, type[HouseForm], Lines | None]]:
    """(address, form, lines) of everything a register asks for."""
    for noun, view in VIEWS.items():
        made, row_id = view(), house.rows[HOME][noun]
        names = tuple(n for _t, part in made.sections for n in part.split())
        if names:
            owned = ("org_id", *names) if hasattr(view.record, "org_id") else names
            form = form_for(view.record, dict.fromkeys(owned), view.over)
            yield f"/{noun}/new", form, made.lines
            yield f"/{noun}/{row_id}/edit", form, made.lines
        for verb, ask in _asks(made):
            yield f"/{noun}/{row_id}/{verb}", ask.form, ask.lines


def _asks(view: Any) -> Iterator[tuple[str, Any]]:
    lifecycle = getattr(view.record, "lifecycle", None)
    for verb in lifecycle.moves if lifecycle else ():
        deed = view.deed(None, verb) if not lifecycle.moves[verb].system else None
        if deed is not None and deed.ask is not None:
            yield verb, deed.ask
    for deed in view.deeds:
        if deed.ask is not None:
            yield deed.verb, deed.ask


def whose(path: str) -> str:
    """A post that may send the form, by the table."""
    noun, _, kind = path.lstrip("/").partition("/")
    shape = kind if kind == "new" else f"<int:row_id>/{kind.split('/')[1]}"
    liked = ("service_supervisor", "technician", "quality_manager", "system_admin")
    return next((post for post in liked if REGISTERS[noun].answer(shape, post, away=False) == "ok"), liked[0])


def test_no_form_breaks_whatever_is_typed(app: Flask, full: House, session: Session):
    dice, forms = random.Random(2026), list(forms_of(full))
    probers = {post: Prober(app, full, post) for post in {whose(path) for path, _f, _l in forms}}
    assert len(forms) > 60
    assert len(probers) >= 3
    for round_ in range(ROUNDS):
        for path, form, lines in forms:
            probers[whose(path)].ask("POST", path, data=filled(form, lines, full, dice, round_))
            probers[whose(path)].ask("POST", path, data={}) if round_ == 0 else None
    faults = [fault for prober in probers.values() for fault in prober.faults]
    seen: Counter[int] = sum((Counter(prober.seen) for prober in probers.values()), Counter())
    print(f"{seen.total()} posts: {dict(seen)}")
    assert not faults, f"{len(faults)} of {seen.total()}:\n" + "\n".join(faults[:15])
    assert seen[422] > 150
    assert seen[303] > 20, "some of them were right and were done"
    assert verify(session) == []
    assert verify_numbers(session) == []


def typed_into(box: Typed, house: House) -> st.SearchStrategy[str]:
    """What could stand in a field of this kind, well-meant or not."""
    kinds: dict[str, st.SearchStrategy[str]] = {
        "number": st.integers().map(str) | st.decimals(allow_nan=True).map(str) | st.floats().map(str),
        "date": st.dates().map(str),
        "datetime": st.datetimes().map(lambda moment: moment.isoformat()[:16]),
        "phone": st.from_regex(r"[0-9+() -]{1,40}", fullmatch=True),
    }
    own = kinds.get(box.kind, st.nothing())
    if isinstance(box, Lookup):
        own = st.integers(-(2**70), 2**70).map(str)
    elif isinstance(box, Pick | Several) and box.choices:
        own = st.sampled_from([str(value) for value in box.choices])
    return st.just(proper(box, house)) | own | st.sampled_from(NASTY) | st.text(max_size=300)


def test_no_form_breaks_on_what_its_fields_could_hold(app: Flask, full: House, session: Session):
    """Drawn by hypothesis from the fields themselves; a fault comes back as the smallest form that makes it."""
    forms = list(forms_of(full))
    probers = {post: Prober(app, full, post) for post in {whose(path) for path, _f, _l in forms}}

    @settings(max_examples=EXAMPLES, derandomize=True, database=None)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        path, form, lines = data.draw(st.sampled_from(forms))
        every = boxes(form) + (list(lines.form()(prefix=f"{lines.name}-0-")) if lines else [])
        typed = {box.name: data.draw(typed_into(box, full)) for box in every}
        prober = probers[whose(path)]
        prober.ask("POST", path, data={**typed, "token": f"{prober.asked:024d}", "version": "1"})
        assert not prober.faults, prober.faults.pop()

    one()
    seen: Counter[int] = sum((Counter(prober.seen) for prober in probers.values()), Counter())
    print(f"{seen.total()} posts drawn from {len(forms)} forms: {dict(seen)}, 5xx 0")
    assert seen.total() >= EXAMPLES
    assert verify(session) == []


def test_no_question_breaks_a_list(app: Flask, full: House):
    """Every filter of every register asked for whatever could stand in it, sorted and paged anyhow."""
    prober = Prober(app, full, "service_supervisor")
    asked_for = {
        noun: sorted(
            {name for one in view().listing.filters for name in (one.name, f"{one.name}_from", f"{one.name}_to")}
        )
        for noun, view in VIEWS.items()
    }
    words = st.sampled_from(NASTY[:25]) | st.text(max_size=80) | st.integers().map(str) | st.dates().map(str)
    more = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("q", "sort", "page", "size", "columns", "view", "dir"), words)
    )

    @settings(max_examples=EXAMPLES, derandomize=True, database=None)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        noun = data.draw(st.sampled_from(sorted(VIEWS)))
        own = st.dictionaries(st.sampled_from(asked_for[noun] or ["q"]), words, max_size=4)
        prober.ask("GET", f"/{noun}/", query_string={**data.draw(own), **data.draw(more)})
        assert not prober.faults, prober.faults.pop()

    one()
    print(f"{prober.asked} questions: {prober.seen}, 5xx 0")
    assert set(prober.seen) <= {200, 302, 303, 400, 403, 404, 422}


def test_routes_without_a_form_of_ours_do_not_break_either(app: Flask, full: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shell, "render_template", lambda *_a, **_kw: "")  # the forms' own tests draw
    dice = random.Random(2026)
    prober = Prober(app, full, "service_supervisor")
    names = sorted(_names_read())
    assert {"token", "query", "code", "reason", "kind"} <= set(names)
    routes = [f for m, _p, f in asked(app) if m == "POST" and f not in ("/logout", "/log-ins/end-others")]
    for pattern in routes:
        path = address_of("POST", pattern, full)
        for nonsense in ("\r\nX: y", dice.choice(NASTY)):
            data = dict.fromkeys(names, nonsense)
            prober.ask("POST", path, data={**data, "token": f"{dice.getrandbits(90):024d}"[:24], "kind": "csv"})
        files = {"file": (io.BytesIO(b"PK\x03\x04nonsense"), "a.xlsx"), "photo": (io.BytesIO(b"GIF89a"), "b.png")}
        prober.ask("POST", path, data=files)
    for pattern in routes[::7]:
        path = address_of("POST", pattern, full)
        prober.ask("POST", path, data=b"\xff\xfe{", content_type="application/json")
        prober.ask("POST", path, data=b"--x\r\nno", content_type="multipart/form-data; boundary=x")
    assert not prober.faults, f"{len(prober.faults)} of {prober.asked}:\n" + "\n".join(prober.faults[:15])
    assert prober.client.get("/pin").status_code == 200


def _names_read() -> set[str]:
    """Every name that the views read from a form or an address."""
    read = re.compile(r'request\.(?:args|values|form|files)(?:\.get|\.getlist)?[(\[]"(\w+)"')
    code = "".join(Path(f).read_text("utf-8") for f in (HOUSE / "admin_views").rglob("*.py"))
    return set(read.findall(code)) | {"csrf_token", "id", "sort", "page", "size", "q", "ids"}


# ---- addresses -------------------------------------------------------------------------------------------------


def test_no_address_breaks_a_page(app: Flask, full: House):
    dice = random.Random(2026)
    prober = Prober(app, full, "service_supervisor")
    names = sorted(_names_read())
    for method, pattern, shaped in asked(app):
        if method != "GET" or pattern.startswith(("/static", "/flask-admin", "/login")) or shaped != pattern:
            continue
        path = address_of("GET", shaped, full).partition("?")[0]
        noun = pattern.split("/")[1]
        is_list = noun in VIEWS and (method, pattern) not in PAGES
        filters = [one.name for one in VIEWS[noun]().listing.filters] if is_list else []
        if "<" not in pattern:
            for nonsense in dice.sample(NASTY, 3):
                prober.ask("GET", path, query_string=dict.fromkeys([*names, *filters], nonsense[:1500]))
            mixed = {
                f"{one}{dice.choice(('', '_from', '_to'))}": dice.choice(NASTY)[:300] for one in (*names, *filters)
            }
            prober.ask("GET", path, query_string=mixed)
            prober.ask(
                "GET", path, query_string={"page": dice.choice((str(10**21), "-1")), "sort": "foo", "size": "-3"}
            )
        prober.ask("GET", f"{path}?q=%00%ff%C0%AF&page=%F0%9F&sort[]=1&&&=&ids=1,2,x,{'9' * 30}")
    for path in _strange_paths():
        for method in ("GET", "POST"):
            assert prober.ask(method, path) in (302, 303, 308, 400, 403, 404, 405, 422), path
    print(f"{prober.asked} requests: {prober.seen}")
    assert not prober.faults, f"{len(prober.faults)} of {prober.asked}:\n" + "\n".join(prober.faults[:15])
    assert prober.asked > 600


def _strange_paths() -> Iterator[str]:
    for noun in (*VIEWS, "nothing", "login_session", "form_token", "clock", "..", "%00"):
        for row in ("0", "9" * 18, "9" * 30, "-1", "1.0", "%00", "１"):
            yield f"/{noun}/{row}/nothing"
        yield f"/{noun}/1/reveal/password_hash"
        yield f"/{noun}/1/reveal/%00"
    huge = "9" * 25
    yield from (f"/{page}/{huge}" for page in ("print/F-01", "attachments", "household", "imports", "obligation"))
    yield from (f"/log-ins/{huge}/end", f"/ticket/views/{huge}/remove", f"/prints/{huge}/then.pdf")
    yield from ("/print/F-99/1", "/attachments/nothing/1", "/attachments/clock/1", "/policies/nothing", "/q/%00")
    yield from (f"/q/{'a' * 5000}", f"/ticket/export/{'x' * 300}", "/prints/..%2F..%2Fetc%2Fpasswd.pdf")
    yield from ("/static/../app.py", "/static/%2e%2e/app.py")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_methods_nobody_needs_are_not_answered(app: Flask, full: House, method: str):
    prober = Prober(app, full, "service_supervisor")
    for path in ("/", "/ticket/", f"/ticket/{full.rows[HOME]['ticket']}", "/login", "/imports", "/nothing"):
        assert prober.ask(method, path) in (404, 405)


def test_nothing_is_made_when_a_form_is_refused(app: Flask, full: House, session: Session):
    """The row counts of every register stay as they were, refusals aside."""
    prober = Prober(app, full, "guard")

    def counted() -> dict[str, int]:
        session.rollback()
        models = [v.record for v in VIEWS.values() if v.record.__tablename__ not in ("incident", "upward_report")]
        return {m.__tablename__: session.scalar(select(func.count()).select_from(m)) or 0 for m in (*models, Staff)}

    before, dice = counted(), random.Random(7)
    for path, form, lines in forms_of(full):
        prober.ask("POST", path, data=filled(form, lines, full, dice, 0))
    assert counted() == before
    assert set(prober.seen) <= {303, 403, 404, 409, 422}
    assert prober.seen[403] > 40
