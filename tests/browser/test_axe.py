"""Every kind of page for everybody: axe finds nothing to blame, on a desk's screen and a phone's, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.asking import address_of, asked, browser, move_in, token_of
from tests.conftest import Hands
from tests.engines import Databases
from tests.full_house import HOME, House
from tests.live import DESK, PHONE
from tests.route_table import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.engines("sqlite")]
AXE = Axe()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Registers whose list, form and page stand for those that are made the same way.
REGISTERS = ("ticket", "work_order", "resident", "staff", "follow_up", "meeting", "knowledge_entry")
#: What answers with a file, or with the look of another page.
NO_PAGE = (".pdf", ".xlsx", ".csv", "/static", "/attachments", "/favicon", "/flask-admin", "/logout", "template")

Enter = Callable[[str], Page]


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house behind the live server."""
    return move_in(app, databases, database_url, tmp_path, monkeypatch)


@pytest.fixture
def enter(app: Flask, full: House, live: str, chromium: Browser) -> Iterator[Enter]:
    """`enter("desk_clerk")`: their window, logged in; `enter("")`: a stranger's."""
    windows = []

    def window(post: str) -> Page:
        context = chromium.new_context(base_url=live, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        windows.append(context)
        if post:
            where = HOME if (HOME, post) in full.tokens else ""
            cookie = browser(app, token_of(full, (where, post))).get_cookie(app.config["SESSION_COOKIE_NAME"])
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        page = context.new_page()
        page.set_default_timeout(40_000)
        return page

    yield window
    for one in windows:
        one.close()


def blamed(page: Page, name: str) -> list[str]:
    """What axe says of the page as it stands: wide and light, wide and dark, narrow."""
    found = []
    for look, size, theme in (("", DESK, "light"), (" dark", DESK, "dark"), (" 390", PHONE, "light")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        rules: Any = {"type": "tag", "values": STANDARDS}
        if theme == "dark":
            rules = {"type": "rule", "values": ["color-contrast"]}
        answer = AXE.run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response
        for it in answer["violations"]:
            for node in it["nodes"][:3]:
                why = (node.get("failureSummary") or "").splitlines()[1:2]
                found.append(f"{name}{look}: {it['id']} {node['html'][:160]} {' '.join(why).strip()}")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    return found


def pages_of(app: Flask, full: House) -> list[str]:
    """One address per kind of page that is opened by a plain address."""
    found = []
    for method, pattern, filled in asked(app):
        if method != "GET" or any(word in pattern for word in NO_PAGE) or pattern in ("/login", "/lookup"):
            continue
        noun = pattern.split("/")[1]
        if (method, pattern) not in PAGES and noun not in REGISTERS:
            continue
        found.append(address_of("GET", filled, full))
    return list(dict.fromkeys(found))


def walk(page: Page, addresses: list[str]) -> tuple[int, list[str]]:
    """Open each; what is no page of ours (a file, a redirect to one seen) is passed by."""
    seen: set[str] = set()
    wrong: list[str] = []
    for address in addresses:
        try:
            reply = page.goto(address)
        except Exception as no:  # a file that downloads is no page
            if "Download" in str(no):
                continue
            raise
        kind = (reply.headers.get("content-type") or "") if reply else ""
        if reply is None or "html" not in kind or page.url in seen or reply.status >= 500:
            continue
        seen.add(page.url)
        wrong += blamed(page, address)
    return len(seen), wrong


def test_axe_blames_no_kind_of_page(app: Flask, full: House, enter: Enter) -> None:
    count, wrong = walk(enter("service_supervisor"), pages_of(app, full))
    assert count > 90
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])


@pytest.mark.parametrize(
    "post", ["desk_clerk", "engineering_duty", "project_manager", "area_manager", "system_admin", "lobby_receptionist"]
)
def test_axe_blames_no_post_s_own_pages(enter: Enter, post: str) -> None:
    count, wrong = walk(enter(post), ["/", "/alerts", "/ticket/", "/work_order/", "/staff/", "/trail", "/policies"])
    assert count >= 6
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])


def test_axe_blames_no_door_and_no_dead_end(enter: Enter) -> None:
    stranger, desk = enter(""), enter("desk_clerk")
    wrong = walk(stranger, ["/login"])[1] + walk(desk, ["/nothing", "/trail", "/search?q=zzzz", "/ticket/?q=zzzz"])[1]
    assert not wrong, "\n".join(wrong)
