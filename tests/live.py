"""The house as a person meets it: served by waitress on a loopback port, looked at through Chromium."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress import create_server

from tests.machine import cannot

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def browser_program() -> str | None:
    """Debian's Chromium or another that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    """The address of the app of this test, served as in service."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="waitress", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, never a downloaded one."""
    program = browser_program()
    if program is None:
        cannot("没有 Chromium 浏览器：apt install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live: str, tmp_path: Path) -> Iterator[Page]:
    """A clerk's window on the live server; whatever the browser complains of (errors, CSP, 5xx) fails the test.

    A test that provokes a complaint takes it away again: `page.complaints.clear()`.
    """
    context = chromium.new_context(
        base_url=live, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True
    )
    window = context.new_page()
    window.set_default_timeout(15_000)
    complaints: list[str] = []
    window.complaints = complaints  # type: ignore[attr-defined]
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
    yield window
    window.screenshot(path=tmp_path / "last.png")
    context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)
