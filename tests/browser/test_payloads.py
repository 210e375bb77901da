"""Hostile texts in every field of every register, seen by a real browser: they stay texts, nothing of them is done."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from admin_views.registers import RegisterView
from tests.asking import address_of, asked, browser, move_in, token_of
from tests.conftest import Hands
from tests.engines import Databases
from tests.full_house import HOME, House
from tests.live import DESK

pytestmark = [pytest.mark.browser, pytest.mark.engines("sqlite"), pytest.mark.rule("BASE-02")]
SEEN = "onerror=alert(7)"
NO_PAGE = (".pdf", ".xlsx", "/static", "/attachments", "/favicon", "/flask-admin", "/logout", "/login", "/lookup")
#: Whatever a payload would bring about leaves a line: a call, or its refusal by the CSP.
TRAP = """
window.caught = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = (...said) => { window.caught.push(name + " " + said); };
addEventListener("securitypolicyviolation", it => window.caught.push("csp " + it.violatedDirective + " " + it.sample));
"""
MADE_OF_TEXT = (
    "document.querySelectorAll('s[onx], s:empty, img[onerror], [onload], [onclick], a[href^=\"javascript:\"]').length"
)
WORDS = """[document.querySelector("main")?.innerText, document.querySelector("#finder")?.innerText,
  ...[...document.querySelectorAll("main :is(input, textarea, option, [title], [aria-label])")]
  .map(it => [it.value, it.title, it.ariaLabel].join(" "))].join(" ")"""


@dataclass
class Watch:
    """One window, and what it was caught at."""

    page: Page
    pages: int = 0
    carrying: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        """What stands on the page now."""
        self.pages += 1
        self.carrying += SEEN in self.page.evaluate(WORDS)
        caught, made = self.page.evaluate("window.caught || []"), self.page.evaluate(MADE_OF_TEXT)
        self.wrong += [f"{name}: {one}" for one in caught]
        self.wrong += [f"{name}: {made} elements out of a text"] if made else []


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house behind the live server."""
    return move_in(app, databases, database_url, tmp_path, monkeypatch)


@pytest.fixture
def watch(app: Flask, full: House, live: str, chromium: Browser) -> Iterator[Any]:
    """`watch("desk_clerk")`: their window with every trap set."""
    windows = []

    def window(post: str) -> Watch:
        context = chromium.new_context(base_url=live, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        windows.append(context)
        where = HOME if (HOME, post) in full.tokens else ""
        cookie = browser(app, token_of(full, (where, post))).get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(TRAP)
        seen = Watch(page)
        page.on("dialog", lambda it: (seen.wrong.append(f"dialog {it.message}"), it.dismiss()))
        page.on("pageerror", lambda error: seen.wrong.append(f"{page.url}: {error}"))
        return seen

    yield window
    for one in windows:
        one.close()


def addresses(app: Flask, full: House) -> list[str]:
    """Every page of every register, filled with the rows of the project."""
    found = [
        address_of("GET", filled, full)
        for method, pattern, filled in asked(app)
        if method == "GET" and not any(word in pattern for word in NO_PAGE)
    ]
    rows, more = full.rows[HOME], full.more[HOME]
    found += [f"/imports/{rows['import_run']}?show=all", f"/work_order/{more['completed']}", "/search?q=1203"]
    found += [f"/{noun}/?size=200&columns=all" for noun in RegisterView.registered]
    found += [f"/ticket/new?unit_id={rows['unit']}&content=%3Cimg+src+onerror%3Dalert(7)%3E"]
    return list(dict.fromkeys(found))


def walk(seen: Watch, every: list[str]) -> None:
    """Open each as its person does; files are no pages."""
    for address in every:
        try:
            reply = seen.page.goto(address)
        except Exception as no:
            if "Download" in str(no):
                continue
            raise
        if reply is not None and "html" in (reply.headers.get("content-type") or ""):
            assert reply.status < 500, address
            seen.look(address)


def test_no_text_of_any_register_becomes_a_deed_in_the_browser(app: Flask, full: House, watch: Any) -> None:
    seen = watch("service_supervisor")
    walk(seen, addresses(app, full))
    print(f"{seen.pages} pages, hostile texts on {seen.carrying}, executed {len(seen.wrong)}")
    assert not seen.wrong, "\n".join(seen.wrong[:30])
    assert seen.pages > 120
    assert seen.carrying > 60, "the hostile texts were there to be seen"


def test_what_scripts_draw_from_answers_stays_text_too(full: House, watch: Any) -> None:
    """The finder, a picker with what it fills in, the warning of the same matter: drawn by our scripts from JSON."""
    seen = watch("desk_clerk")
    seen.page.goto("/")
    seen.page.keyboard.press("Control+k")
    seen.page.locator("#finder input").fill("3-2-1203")
    expect(seen.page.locator("#finder")).to_contain_text(SEEN)
    seen.look("finder")
    seen.page.goto("/ticket/new")
    unit = seen.page.locator("[name=unit_id_text]")
    unit.press_sequentially("1203")
    expect(seen.page.locator("[role=option]").first).to_be_visible()
    seen.look("picker")
    unit.press("Enter")
    seen.page.locator("[name=content]").fill(f"{SEEN} 又坏了")
    seen.page.locator("[name=content]").press("Tab")
    seen.page.wait_for_timeout(1500)
    seen.look("what the picker fills in, and the same matter")
    assert not seen.wrong, "\n".join(seen.wrong)
    assert seen.carrying == 3


def test_the_trap_catches_what_would_be_done(watch: Any) -> None:
    """A payload put into the page as markup is noticed in each of the ways."""
    seen = watch("desk_clerk")
    seen.page.goto("/")
    seen.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<s onx=1>x</s><img src onerror=alert(7)>')")
    seen.page.wait_for_timeout(300)
    seen.page.evaluate("alert(8)")
    seen.look("trap")
    assert any("csp script-src-attr" in line for line in seen.wrong)
    assert any("alert 8" in line for line in seen.wrong)
    assert any("2 elements out of a text" in line for line in seen.wrong)
