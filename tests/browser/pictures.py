"""Pictures of every kind of page, both widths, both themes, from a running demo: to be looked at by a person.

`python -m tests.browser.pictures http://127.0.0.1:8000 /tmp/pictures [name …]`
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from tests.live import DESK, FLAGS, PHONE, browser_program

PASSWORD = "shoujie-demo"

#: name -> (who looks, where; a second address is a link to follow from the first, by what its address holds)
PLACES: dict[str, tuple[str, ...]] = {
    "login": ("", "/login"),
    "home-desk": ("qiantai", "/"),
    "home-technician": ("weixiu", "/"),
    "home-supervisor": ("zhuguan", "/"),
    "home-manager": ("jingli", "/"),
    "home-area": ("pianqu", "/"),
    "home-quality": ("pinzhi", "/"),
    "home-system": ("xitong", "/"),
    "home-lobby": ("datang", "/"),
    "home-guard": ("baoan", "/"),
    "alerts": ("zhuguan", "/alerts"),
    "tickets": ("qiantai", "/ticket/"),
    "tickets-filtered": ("qiantai", "/ticket/?state=registered&kind=repair&q=水"),
    "tickets-empty": ("qiantai", "/ticket/?q=没有这样的事"),
    "orders": ("qiantai", "/work_order/"),
    "units": ("qiantai", "/unit/"),
    "residents": ("qiantai", "/resident/"),
    "copies": ("qiantai", "/paper_copy/"),
    "follow-ups": ("zhuguan", "/follow_up/"),
    "calls": ("qiantai", "/call_record/"),
    "staff": ("xitong", "/staff/"),
    "ticket-new": ("qiantai", "/ticket/new"),
    "order-new": ("qiantai", "/work_order/new"),
    "call-new": ("qiantai", "/call_record/new"),
    "resident-new": ("qiantai", "/resident/new"),
    "staff-new": ("xitong", "/staff/new"),
    "ticket": ("qiantai", "/ticket/", "/ticket/\\d+$"),
    "order": ("zhuguan", "/work_order/?state=completed", "/work_order/\\d+$"),
    "order-done": ("zhuguan", "/work_order/?state=archived", "/work_order/\\d+$"),
    "order-open": ("weixiu", "/work_order/?state=on_site&state=received&state=working", "/work_order/\\d+$"),
    "order-finish": ("weixiu", "/work_order/?state=working", "/work_order/\\d+$", "/finish$"),
    "order-sign": ("weixiu", "/work_order/?state=to_sign", "/work_order/\\d+$", "/sign(\\?|$)"),
    "household": ("qiantai", "/ticket/?kind=repair", "/household/\\d+$"),
    "scan": ("qiantai", "/scan"),
    "standby": ("zhuguan", "/standby"),
    "forms": ("qiantai", "/forms"),
    "imports": ("guanli", "/imports"),
    "trail": ("xitong", "/trail"),
    "policies": ("jingli", "/policies"),
    "handbook": ("qiantai", "/handbook"),
    "search": ("qiantai", "/search?q=3-2"),
    "search-none": ("qiantai", "/search?q=zzzz"),
    "checks": ("zhuguan", "/checks"),
    "figures": ("jingli", "/figures"),
    "held": ("jingli", "/held"),
    "incomplete": ("zhuguan", "/incomplete"),
    "meetings": ("jingli", "/meeting/"),
    "log-ins": ("qiantai", "/log-ins"),
    "pin": ("qiantai", "/pin"),
    "password": ("qiantai", "/password"),
    "missing": ("qiantai", "/nothing"),
    "refused": ("baoan", "/policies"),
}


def entered(browser: Browser, address: str, who: str, size: dict[str, int], theme: str) -> Page:
    """A window of somebody logged in."""
    context = browser.new_context(
        base_url=address,
        viewport=size,
        color_scheme=theme,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",  # type: ignore[arg-type]
    )
    page = context.new_page()
    if who:
        page.goto("/login")
        page.fill("[name=who]", who)
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/")
    return page


def visit(page: Page, steps: tuple[str, ...]) -> bool:
    """Go there; False when the demo has nothing of the kind today."""
    page.goto(steps[0])
    for pattern in filter(None, steps[1:]):
        url = page.evaluate(
            "pattern => [...document.querySelectorAll('main a[href]')].map(a => a.getAttribute('href'))"
            ".find(h => new RegExp(pattern).test(h)) || ''",
            pattern,
        )
        if not url:
            return False
        page.goto(url)
    return True


def overflowing(page: Page) -> int:
    """By how many pixels the page itself is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def shoot(browser: Browser, address: str, out: Path, wanted: set[str]) -> Iterator[str]:
    """One picture per place, width and theme; tells what is missing or runs over."""
    for size_name, size in (("1440", DESK), ("390", PHONE)):
        for theme in ("light", "dark"):
            windows: dict[str, Page] = {}
            for name, (who, *steps) in PLACES.items():
                if wanted and name not in wanted:
                    continue
                page = windows.get(who) or windows.setdefault(who, entered(browser, address, who, size, theme))
                if not visit(page, tuple(steps)):
                    yield f"{name}: nothing to show"
                    continue
                page.wait_for_timeout(150)
                if (wide := overflowing(page)) > 0:
                    yield f"{name} {size_name}: {wide} px too wide"
                page.screenshot(path=out / f"{name}-{size_name}-{theme}.png", full_page=size_name == "390")
            for page in windows.values():
                page.context.close()


def sheet(files: list[Path], out: Path, columns: int, width: int, most: int) -> None:
    """Many pictures on one, each with its name."""
    pictures = []
    for file in files:
        with Image.open(file) as found:
            scaled = found.convert("RGB").resize((width, round(found.height * width / found.width)))
            pictures.append((file.stem, scaled.crop((0, 0, width, min(scaled.height, most)))))
    tall = max(p.height for _n, p in pictures) + 24
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * (width + 8), rows * tall), "#888")
    pen = ImageDraw.Draw(whole)
    for n, (name, picture) in enumerate(pictures):
        at = (n % columns * (width + 8), n // columns * tall)
        pen.text((at[0] + 4, at[1] + 4), name, fill="#fff")
        whole.paste(picture, (at[0], at[1] + 20))
    whole.save(out)


def main(address: str, folder: str, *wanted: str) -> None:
    """Shoot, then lay the pictures side by side."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_program(), args=FLAGS)
        for said in shoot(browser, address, out, set(wanted)):
            print(said)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
