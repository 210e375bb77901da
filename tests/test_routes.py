"""Every route × method × post against the table of tests/route_table.py; no POST without the secret of our page."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from admin_views import shell
from admin_views.registers import RegisterView
from admin_views.security import HEADERS
from tests.asking import address_of, asked, browser, move_in, token_of, verbs_of
from tests.conftest import Hands
from tests.engines import Databases
from tests.full_house import AWAY, HOME, POSTS_ABOVE, POSTS_HERE, House, built
from tests.route_table import ABOVE, EVERYBODY, OF_THE_PROJECT, PAGES, REGISTERS, Class, Page

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.rule("BASE-02")]
PARTS = 4
EVIL = "https://evil.example"
ELSEWHERE = dict.fromkeys(("next", "url", "back", "return"), f"//{EVIL}")
STRANGERS = (("stranger", ""), ("disabled", ""))
PEOPLE = (
    *STRANGERS,
    *((HOME, post) for post in POSTS_HERE),
    *(("", post) for post in POSTS_ABOVE),
    *((AWAY, post) for post in POSTS_HERE),
)


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house behind the app; pages are decided but not drawn, errors come as JSON."""
    house = move_in(app, databases, database_url, tmp_path, monkeypatch)
    monkeypatch.setattr(shell, "render_template", lambda *_a, **_kw: "")
    monkeypatch.setattr(shell, "shell", lambda: None)
    app.config["IMPORTS_INLINE"] = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is counted as one, with all the others
    return house


def expected(method: str, pattern: str, who: tuple[str, str]) -> Class:
    """What the table says."""
    where, post = who
    page = PAGES.get((method, pattern))
    if who in STRANGERS:
        if page is None or not page.open:
            return "door"
        return page.answer("desk_clerk", away=False)
    if page is not None:
        return page.answer(post, where == AWAY)
    noun, _, kind = pattern.lstrip("/").partition("/")
    return REGISTERS[noun].answer(kind, post, where == AWAY)


def class_of(reply: TestResponse) -> Class | str:
    """The answer's kind; anything of five hundred stands for itself."""
    if reply.status_code == 401 or (reply.status_code == 302 and "/login" in reply.headers["Location"]):
        return "door"
    if reply.status_code >= 500:
        return str(reply.status_code)
    return {403: "refused", 404: "hidden"}.get(reply.status_code, "ok")


# ---- the table -------------------------------------------------------------------------------------------------


def unlisted(app: Flask) -> list[tuple[str, str]]:
    """Routes that nobody has said anything about."""
    return [
        (method, pattern)
        for method, pattern, filled in asked(app)
        if (method, pattern) not in PAGES
        and not ((noun := pattern.split("/")[1]) in REGISTERS and _is_known(noun, filled))
    ]


def _is_known(noun: str, filled: str) -> bool:
    rest = filled.removeprefix(f"/{noun}/")
    if rest.startswith("<int:row_id>/"):
        return rest.split("/")[1] in {*REGISTERS[noun].verbs, *REGISTERS[noun].pages, "edit"}
    return rest in (
        "", "new", "export", "columns", "views", "bulk/<verb>", "<int:row_id>", "export/<token>",
        "views/<int:view_id>/remove",
    )  # fmt: skip


def test_every_route_every_deed_and_every_post_is_listed(app: Flask):
    routes = list(asked(app))
    assert unlisted(app) == []
    assert len(routes) > 300
    here = {(method, pattern) for method, pattern, _filled in routes}
    assert sorted(PAGES.keys() - here) == [], "listed, but not there any more"
    assert set(RegisterView.registered) == set(REGISTERS)
    assert {n: set(verbs_of(n)) for n in REGISTERS} == {n: set(r.verbs) for n, r in REGISTERS.items()}
    assert set(POSTS_HERE) == OF_THE_PROJECT
    assert set(POSTS_ABOVE) == ABOVE


def test_a_new_route_is_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(PAGES, ("GET", "/scan"))
    monkeypatch.delitem(REGISTERS, "leave")
    missing = unlisted(app)
    assert ("GET", "/scan") in missing
    assert ("POST", "/leave/<int:row_id>/<verb>") in missing


def test_the_table_tells_posts_apart():
    """A table that allowed everything to everybody would pass everything."""
    answers = Counter(page.answer(post, away=False) for page in PAGES.values() for post in EVERYBODY)
    assert min(answers[k] for k in ("ok", "refused", "hidden")) > 100


# ---- every route × method × post -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(PARTS))
def test_every_post_gets_what_the_table_says(
    app: Flask, full: House, database_url: str, part: int, monkeypatch: pytest.MonkeyPatch
):
    app.config["WTF_CSRF_ENABLED"] = False
    door = app.login_manager  # type: ignore[attr-defined]
    monkeypatch.setattr(door, "_user_callback", cache(door._user_callback))  # each cookie is read once
    routes = sorted(asked(app), key=lambda it: it[1] == "/logout")
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as watch:
        for who in PEOPLE[part::PARTS]:
            client = browser(app, token_of(full, who))
            for method, pattern, filled in routes:
                if who[0] == AWAY and not _names_a_row(method, pattern):
                    continue
                before = _writes(watch)
                reply = client.open(
                    address_of(method, filled, full),
                    method=method,
                    headers={"X-Requested-With": "fetch", "Referer": f"{EVIL}/ticket/"},
                    data=ELSEWHERE if method == "POST" else None,
                )
                reply.close()
                wrong += _unsafe(method, filled, reply)
                should, said = expected(method, filled, who), class_of(reply)
                counts[said] += 1
                if said != should:
                    wrong.append(f"{method} {filled} by {' '.join(who)}: {said}, the table says {should}")
                if method == "GET" and _writes(watch) != before:
                    wrong.append(f"GET {filled} by {' '.join(who)} wrote to the database")
    print(f"{sum(counts.values())} requests: {dict(counts)}, unlisted {len(unlisted(app))}, not as listed {len(wrong)}")
    assert not wrong, f"{len(wrong)} of {sum(counts.values())}:\n" + "\n".join(wrong[:40])
    assert min(counts[k] for k in ("ok", "refused", "hidden")) > 200


def _unsafe(method: str, pattern: str, reply: TestResponse) -> Iterator[str]:
    """An answer without its headers, or one that leads away from us whatever it was asked with."""
    lacking = [name for name in HEADERS if name not in reply.headers]
    if lacking:
        yield f"{method} {pattern} answers without {lacking}"
    if urlsplit(reply.headers.get("Location", "")).netloc not in ("", "localhost"):
        yield f"{method} {pattern} leads to {reply.headers['Location']}"


def _writes(watch: sqlite3.Connection) -> int:
    """A number that changes with every commit of another connection."""
    return int(watch.execute("PRAGMA data_version").fetchone()[0])


def _names_a_row(method: str, pattern: str) -> bool:
    """The people of the other project ask for rows that are not theirs; what names none is as at home."""
    page = PAGES.get((method, pattern))
    return bool(page.away or "{" in page.at) if page is not None else "<" in pattern and "bulk" not in pattern


# ---- forged requests -------------------------------------------------------------------------------------------


def test_no_post_is_taken_without_the_secret_of_our_page_and_nothing_changes(
    app: Flask, full: House, database_url: str
):
    routes = [
        (m, filled) for m, pattern, filled in asked(app) if m == "POST" and not PAGES.get((m, pattern), Page()).open
    ]
    client = browser(app, full.tokens[HOME, "service_supervisor"])
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as watch:
        before = _writes(watch)
        for method, filled in routes:
            for data in ({}, {"csrf_token": "IjEyMyI.forged.forged"}):
                reply = client.open(address_of(method, filled, full), method=method, data={**data, "reason": "测试"})
                assert reply.status_code == 400, f"{reply.request.path}: {reply.status_code}"
        assert _writes(watch) == before
    assert len(routes) > 150
    assert client.get("/pin").status_code == 200, "the log-in is still there"


def test_the_secret_of_another_browser_is_not_taken(app: Flask, full: House):
    theirs = browser(app, full.tokens[HOME, "desk_clerk"])
    with theirs.session_transaction() as cookie:
        cookie["csrf_token"] = "theirs"
    mine = browser(app, full.tokens[HOME, "service_supervisor"])
    with app.test_request_context():
        secret = _signed(app, "theirs")
    reply = mine.post("/alerts/acknowledge", data={"csrf_token": secret}, headers={"X-Requested-With": "fetch"})
    assert reply.status_code == 400
    assert "没有被接受" in reply.get_json()["error"]
    assert theirs.post("/alerts/acknowledge", data={"csrf_token": secret}).status_code == 303


def _signed(app: Flask, raw: str) -> str:
    """A secret as Flask-WTF puts it into the pages of the browser that holds `raw`."""
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


def test_the_files_of_the_full_house_are_the_run_s_own(databases: Databases):
    file, _house = built(databases)
    assert Path(file).is_relative_to(databases.root)
