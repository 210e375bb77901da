"""One matter all the way round, by the hands of the people who do it, in a real browser."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from models import FollowUp, PaperCopy, PrintRun, Staff, Ticket, Unit, WorkOrder, secrecy
from rules.sweep import sweep
from tests.live import DESK, PHONE
from tests.makers import World, world

pytestmark = [pytest.mark.browser, pytest.mark.engines("sqlite")]
PASSWORD = "walk-the-house"
WORKBOOK = Path(__file__).parent.parent / "data" / "业主资料登记表.xlsx"

Enter = Callable[..., Page]


@pytest.fixture
def office(app: Any, session: Session, fonts: None) -> World:
    """The small world, everybody with a log-in named after their post."""
    made = world(session)
    secrecy.use_keys(Path(app.instance_path) / "keys")
    hashed = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
    for who in session.scalars(select(Staff)):
        post = who.appointments[0].post
        code = "" if who.org.path.startswith(made.yj.path) or made.yj.path.startswith(who.org.path) else "-wj"
        who.login, who.password_hash, who.must_change = f"{post}{code}", hashed, False
    session.commit()
    return made


@pytest.fixture
def enter(chromium: Browser, live: str, office: World) -> Iterator[Enter]:
    """`enter("desk_clerk")`: a window of somebody logged in; whatever the browser complains of fails the test."""
    windows, complaints = [], []

    def open_window(who: str, size: Any = DESK) -> Page:
        context = chromium.new_context(base_url=live, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        windows.append(context)
        page = context.new_page()
        page.set_default_timeout(40_000)  # a busy machine is not a failed walk
        page.set_default_navigation_timeout(40_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto("/login")
        page.fill("[name=who]", who)
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/")
        return page

    yield open_window
    for window in windows:
        window.close()
    assert not complaints, "\n".join(complaints)


def press(page: Page, label: str, **values: str) -> None:
    """Press a move's button and answer its dialog."""
    page.locator(".slip-head .actions").get_by_text(label, exact=True).click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    for name, value in values.items():
        box = dialog.locator(f"[name={name}]")
        if box.get_attribute("type") == "checkbox":
            box.check()
        elif box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    dialog.locator("button.primary").click()
    expect(dialog).to_have_count(0)


def state(page: Page, word: str) -> None:
    """The page's state badge says this."""
    expect(page.locator(".slip-head .badge").first).to_contain_text(word)


def test_the_office_s_own_table_is_taken_over(enter: Enter, session: Session, tmp_path: Path) -> None:
    page = enter("service_administrator")
    page.goto("/imports")
    page.set_input_files("input[type=file]", WORKBOOK)
    page.get_by_text("上传并试读").click()
    page.wait_for_url("**/match")
    expect(page.locator(".page-head")).to_contain_text("表头在第 3 行")
    page.check("[name=places]")
    page.get_by_text("逐行检查").click()
    page.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit(), timeout=60_000)
    page.locator(".tabs").get_by_text("错误").click()
    expect(page.locator("table.verdicts")).to_contain_text("末几位已经变成0")
    assert page.locator("table.verdicts del").count() > 5
    with page.expect_download() as taken:
        page.get_by_text("取走错误清单").click()
    taken.value.save_as(tmp_path / "errors.xlsx")
    assert load_workbook(tmp_path / "errors.xlsx").active.max_row > 100
    before = session.query(Unit).count()
    page.locator(".bottom-bar button.primary").click()
    expect(page.locator("main")).to_contain_text("导入完了", timeout=60_000)
    session.rollback()
    assert session.query(Unit).count() > before + 300
    page.keyboard.press("Control+k")
    page.keyboard.type("1-2-1004")
    page.wait_for_selector("text=金华")
    page.keyboard.press("Enter")
    page.wait_for_url("**/household/**")
    expect(page.locator("main")).to_contain_text("181****0913")


def test_a_call_becomes_a_slip_that_comes_home_signed(
    enter: Enter, office: World, session: Session, at: Any, tmp_path: Path
) -> None:
    desk = enter("desk_clerk")
    unit = next(iter(office.units.values()))
    desk.keyboard.press("Control+k")
    desk.keyboard.type(unit.code)
    desk.wait_for_selector(f"text={unit.code}")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/household/**")
    desk.get_by_text("登记报事").click()
    desk.wait_for_url("**/ticket/new**")
    desk.select_option("[name=kind]", "repair")
    desk.fill("[name=content]", "厨房水槽下方漏水，地柜已湿")
    desk.keyboard.press("Control+s")
    expect(desk.locator(".alert.late")).to_be_visible()  # nothing typed is lost, the gaps are named
    expect(desk.locator("[name=content]")).to_have_value("厨房水槽下方漏水，地柜已湿")
    desk.fill("[name=reporter_phone]", "13812342217")
    desk.fill("[name=customer]", "徐明远")
    desk.check("[name=read_back]")
    desk.keyboard.press("Control+s")
    desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    ticket_url = desk.url
    desk.goto(f"/ticket/new?unit_id={unit.id}")
    desk.select_option("[name=kind]", "repair")
    desk.fill("[name=content]", "厨房漏水")
    expect(desk.locator("[data-duplicate-note]")).to_be_visible()  # the same matter is open already

    desk.goto(ticket_url)
    desk.get_by_text("下工作任务单").click()
    desk.wait_for_load_state()  # the keys are heard from then on
    desk.select_option("[name=trade]", "plumbing")
    desk.keyboard.press("Control+s")
    desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    order_url = desk.url
    press(desk, "签发")
    state(desk, "已出单")
    printed = desk.request.post(
        f"/print/F-01/{order_url.rsplit('/', 1)[-1]}",
        form={"csrf_token": desk.locator("[name=csrf_token]").first.get_attribute("value") or ""},
    )
    pages = PdfReader(io.BytesIO(printed.body())).pages
    assert len(pages) == 1
    assert pages[0].extract_text().count("徐明远") == 3

    man = enter("engineering_duty", PHONE)
    man.goto(order_url)
    for label in ("接单签领", "到楼门", "到场反馈", "开工"):
        press(man, label)
    man.locator(".slip-head .actions").get_by_text("完工").click()
    man.wait_for_url("**/finish")
    man.fill("[name=result]", "更换软管两根，试水十分钟不漏")
    man.fill("[name='materials-0-name']", "不锈钢软管 60cm")
    man.fill("[name='materials-0-quantity']", "2")
    man.fill("[name='materials-0-price']", "18")
    man.locator(".bottom-bar button.primary").click()
    man.wait_for_url(order_url)
    state(man, "待签认")
    expect(man.locator("main")).to_contain_text("36.00")
    press(man, "纸质已签待回单", signer="徐明远", signer_kind="owner", signer_adult="1")
    state(man, "已签待回单")

    session.rollback()
    number = session.scalars(select(WorkOrder.number)).one()
    desk.goto("/scan")
    expect(desk.locator("main")).to_contain_text("还在外面 2 张")
    desk.fill("#code", number or "")
    desk.keyboard.press("Enter")
    desk.wait_for_load_state()
    expect(desk.locator("main")).to_contain_text("还在外面 1 张")
    code = session.scalars(select(PaperCopy.code).where(PaperCopy.copy_no == 2)).one()
    man.goto(f"/q/{code}")  # what the phone's camera opens: the copy stands in the box
    man.wait_for_url("**/scan**")
    expect(man.locator("#code")).to_have_value(code)
    man.press("#code", "Enter")
    expect(man.locator("main")).to_contain_text("还在外面 0 张")

    session.rollback()
    follow_up = session.scalars(select(FollowUp.id)).one()
    desk.goto(f"/follow_up/{follow_up}")
    press(desk, "回访合格", method="phone", satisfaction="5", quality="修好了", effect="来得快")
    state(desk, "合格")
    desk.goto(ticket_url)
    state(desk, "已关闭")
    session.rollback()
    ticket = session.scalars(select(Ticket)).one()
    assert (ticket.score, ticket.state) == (5, "closed")
    assert session.scalars(select(WorkOrder)).one().state == "archived"
    assert session.scalars(select(PrintRun.nth)).all() == [1]


def test_what_is_late_is_red_with_its_article_and_told_once(
    enter: Enter, app: Any, office: World, session: Session, at: Any
) -> None:
    desk = enter("desk_clerk")
    unit = next(iter(office.units.values()))
    desk.goto(f"/ticket/new?unit_id={unit.id}")
    desk.select_option("[name=kind]", "repair")
    desk.fill("[name=customer]", "徐明远")
    desk.fill("[name=reporter_phone]", "13812342217")
    desk.fill("[name=content]", "客厅灯不亮")
    desk.check("[name=read_back]")
    desk.keyboard.press("Control+s")
    desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    at.forward(minutes=31)
    desk.goto("/")
    late = desk.locator("#now")
    expect(late).to_contain_text("已超时")
    expect(late).to_contain_text("超 21 分")
    desk.goto("/ticket/")
    expect(desk.locator("table.register")).to_contain_text("超 21 分")
    with app.app_context():
        assert sweep(app.extensions["writer"]).alerts >= 1
        assert sweep(app.extensions["writer"]).alerts == 0
    boss = enter("service_supervisor")
    boss.goto("/alerts")
    expect(boss.locator("main")).to_contain_text("BS-YJ-202611-0001")
    stranger = enter("desk_clerk-wj")
    stranger.goto("/alerts")
    expect(stranger.locator("main")).not_to_contain_text("BS-YJ-202611-0001")


def test_exactly_the_filtered_rows_are_taken_away(enter: Enter, office: World, session: Session) -> None:
    desk = enter("desk_clerk")
    units = list(office.units.values())[:2]
    for n, kind in enumerate(("repair", "inquiry", "repair")):
        desk.goto(f"/ticket/new?unit_id={units[n % 2].id}")
        desk.select_option("[name=kind]", kind)
        desk.fill("[name=customer]", "徐明远")
        desk.fill("[name=reporter_phone]", "13812342217")
        desk.fill("[name=content]", f"=第 {n + 1} 件")
        desk.check("[name=read_back]")
        desk.keyboard.press("Control+s")
        desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    desk.goto("/ticket/?kind=repair")
    expect(desk.locator(".pager")).to_contain_text("共 2 条")
    token = desk.locator("[name=csrf_token]").first.get_attribute("value") or ""

    def take(kind: str) -> bytes:
        answer = desk.request.post("/ticket/export", form={"csrf_token": token, "kind": kind, "query": "kind=repair"})
        assert answer.status == 200, answer.text()[:400]
        return answer.body()

    rows = list(csv.reader(io.StringIO(take("csv").decode("utf-8-sig"))))
    assert len(rows) == 3, rows
    assert not any(cell.startswith("=") for row in rows for cell in row)
    sheet = load_workbook(io.BytesIO(take("xlsx"))).active
    assert sheet.max_row == 3
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(take("ledger:F-16"))).pages)
    assert "第 1 件" in text
    assert "第 3 件" in text
    assert "第 2 件" not in text
