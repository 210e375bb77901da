"""A technician's phone: a slip walked to its end at 390 px, and what was sent while the connection was gone."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Attachment, RecordNote, Ticket, WorkOrder
from rules.login import open_login
from tests.asking import browser
from tests.live import DESK, PHONE
from tests.makers import World, make_order, make_ticket, printed, staff_of, world

pytestmark = [pytest.mark.browser, pytest.mark.engines("sqlite")]
Enter = Callable[..., Page]


@pytest.fixture
def office(session: Session) -> World:
    """The small world."""
    return world(session)


@pytest.fixture
def enter(app: Flask, office: World, live: str, chromium: Browser) -> Iterator[Enter]:
    """`enter("engineering_duty")`: their phone, logged in."""
    windows = []

    def window(post: str, size: Any = PHONE) -> Page:
        token = open_login(office.session, staff_of(office.session, post, "YJ"))
        office.session.commit()
        cookie = browser(app, token).get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        context = chromium.new_context(base_url=live, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        windows.append(context)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        page = context.new_page()
        page.set_default_timeout(40_000)
        return page

    yield window
    for one in windows:
        one.close()


def photo() -> dict[str, Any]:
    """What a phone's camera gives."""
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "#886644").save(kept, "JPEG")
    return {"name": "修后.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def write_name(page: Page, box: Locator) -> None:
    """A stroke over the pad, as a pen makes it."""
    box.scroll_into_view_if_needed()
    area = box.bounding_box()
    assert area is not None
    left, top = area["x"] + 20, area["y"] + area["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    for n in range(1, 12):
        page.mouse.move(left + 9 * n, top + (10 if n % 2 else -10))
    page.mouse.up()


def narrow(page: Page) -> None:
    """Nothing runs over the edge."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def do(page: Page, label: str) -> None:
    """Press a move and its dialog's button."""
    page.locator(".slip-head .actions").get_by_text(label, exact=True).click()
    page.locator("dialog[open] button.primary").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_slip_is_walked_to_its_end_on_a_phone(enter: Enter, office: World) -> None:
    order = make_order(office, state="received")
    white = printed(office, order)[0].code
    man = enter("engineering_duty")
    man.goto("/")
    narrow(man)
    man.goto(f"/q/{white}")  # what the phone's camera makes of the QR on the slip
    man.wait_for_url(f"**/work_order/{order.id}")
    narrow(man)
    do(man, "到场反馈")
    do(man, "开工")
    man.locator(".slip-head .actions").get_by_text("完工").click()
    man.wait_for_url("**/finish")
    narrow(man)
    for n, (name, number, price) in enumerate((("软管 60cm", "2", "18"), ("角阀", "1", "25.5"))):
        line = man.locator("[data-line]").nth(n)
        for key, value in (("name", name), ("quantity", number), ("price", price)):
            box = line.locator(f"[data-key={key}] input")
            at = box.bounding_box()
            assert at is not None
            assert at["x"] >= 0, "every cell of a line is in sight"
            assert at["x"] + at["width"] <= PHONE["width"]
            box.fill(value)
        if n == 0:
            man.get_by_role("button", name="加一行").click()
    man.fill("[name=result]", "换软管两根、角阀一只，试水不漏")
    man.fill("[name=labour_fee]", "30")
    man.set_input_files("[name=photos]", [photo()])
    expect(man.locator("[data-drop-word]").first).to_contain_text("修后.jpg")
    man.locator(".bottom-bar button.primary").click()
    man.wait_for_url(f"**/work_order/{order.id}")
    expect(man.locator(".slip-head .badge").first).to_contain_text("待签认")
    expect(man.locator("main")).to_contain_text("91.50")
    narrow(man)
    office.session.rollback()
    assert office.session.scalars(select(Attachment.title)).all() == ["修后.jpg"]


# ---- without a connection --------------------------------------------------------------------------------------


def test_a_move_pressed_without_connection_is_sent_once_when_it_is_back(enter: Enter, office: World) -> None:
    order = make_order(office, state="received")
    man = enter("engineering_duty")
    man.goto(f"/work_order/{order.id}")
    man.context.set_offline(True)
    do(man, "到场反馈")
    unsent = man.locator("[data-unsent]")
    expect(unsent).to_contain_text("未送出")
    expect(unsent).to_contain_text("到场反馈")
    office.session.rollback()
    assert order.state == "received"
    man.context.set_offline(False)
    expect(man.locator(".slip-head .badge").first).to_contain_text("已到场")
    expect(man.locator("#toasts")).to_contain_text("已送出")
    expect(man.locator("[data-unsent]")).to_have_count(0)
    office.session.rollback()
    assert order.state == "on_site"


def test_a_form_with_its_photo_waits_and_goes_by_itself(enter: Enter, office: World) -> None:
    order = make_order(office, state="working")
    man = enter("engineering_duty")
    man.goto(f"/work_order/{order.id}/finish")
    man.fill("[name=result]", "更换软管，试水不漏")
    man.check("[name=no_material]")
    man.set_input_files("[name=photos]", [photo()])
    man.context.set_offline(True)
    man.locator(".bottom-bar button.primary").click()
    expect(man.locator("[data-unsent]")).to_contain_text("未送出")
    expect(man.locator("[name=result]")).to_have_value("更换软管，试水不漏")
    man.context.set_offline(False)
    man.wait_for_url(f"**/work_order/{order.id}")
    office.session.rollback()
    assert order.state == "to_sign"
    assert len(office.session.scalars(select(Attachment.id)).all()) == 1


def test_what_waits_may_be_called_back_and_changed(enter: Enter, office: World) -> None:
    ticket = make_ticket(office)
    desk = enter("desk_clerk")
    desk.goto(f"/ticket/{ticket.id}/note")
    desk.select_option("[name=kind]", "follow")
    desk.fill("[name=body]", "已约明早")
    desk.context.set_offline(True)
    desk.locator(".bottom-bar button.primary").click()
    desk.locator("[data-unsent]").get_by_text("先不送").click()
    expect(desk.locator("[data-unsent]")).to_have_count(0)
    desk.context.set_offline(False)
    desk.fill("[name=body]", "改约下午")
    desk.locator(".bottom-bar button.primary").click()
    desk.wait_for_url(f"**/ticket/{ticket.id}")
    office.session.rollback()
    assert office.session.scalars(select(RecordNote.body)).all() == ["改约下午"]


def test_an_answer_lost_on_the_way_does_not_make_a_second_one(enter: Enter, office: World) -> None:
    ticket = make_ticket(office)
    desk = enter("desk_clerk")
    desk.goto(f"/ticket/{ticket.id}/note")
    desk.select_option("[name=kind]", "follow")
    desk.fill("[name=body]", "已约明早")
    sent = desk.evaluate(
        "() => { const form = document.querySelector('main form');"
        " return fetch(form.action, {method: 'POST', body: new FormData(form)}).then(it => it.ok); }"
    )
    assert sent, "it arrived, but the page never heard so"
    desk.locator(".bottom-bar button.primary").click()
    desk.wait_for_url(f"**/ticket/{ticket.id}")
    office.session.rollback()
    assert len(office.session.scalars(select(RecordNote.id)).all()) == 1


# ---- back, and print -------------------------------------------------------------------------------------------


def fill_ticket(page: Page, content: str) -> None:
    """A call, written down."""
    page.select_option("[name=kind]", "repair")
    page.fill("[name=customer]", "徐明远")
    page.fill("[name=reporter_phone]", "13812342217")
    page.fill("[name=content]", content)
    page.check("[name=read_back]")


def test_going_back_and_saving_again_makes_no_second_ticket(enter: Enter, office: World) -> None:
    unit = office.units["3-2-1203"]
    desk = enter("desk_clerk", DESK)
    desk.goto("/ticket/")
    desk.goto(f"/ticket/new?unit_id={unit.id}")
    fill_ticket(desk, "厨房漏水")
    desk.keyboard.press("Control+s")
    desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    desk.go_back()
    desk.wait_for_url("**/ticket/new**")
    fill_ticket(desk, "厨房和卫生间漏水")
    desk.keyboard.press("Control+s")
    expect(desk.locator("h2#stale")).to_contain_text("这一页已保存为 BS-YJ-")
    expect(desk.locator("main")).to_contain_text("厨房和卫生间漏水")
    office.session.rollback()
    assert office.session.scalars(select(Ticket.content)).all() == ["厨房漏水"]


def test_a_household_s_open_matters_are_shown_as_soon_as_it_is_chosen(enter: Enter, office: World) -> None:
    ticket = make_ticket(office, content="客厅灯不亮")
    desk = enter("desk_clerk", DESK)
    desk.goto("/ticket/new")
    desk.fill("[name=unit_id_text]", "3-2-1203")
    desk.locator(".picks .found").first.click()
    known = desk.locator("[data-duplicate-note]")
    expect(known).to_contain_text(ticket.number or "")
    expect(known).to_contain_text("这一户有 1 件没办完的")


def test_saving_issuing_and_printing_is_one_press(enter: Enter, office: World, fonts: None) -> None:
    ticket = make_ticket(office, content="厨房漏水")
    desk = enter("desk_clerk", DESK)
    desk.goto(f"/work_order/new?ticket_id={ticket.id}")
    desk.select_option("[name=trade]", "plumbing")
    desk.locator("[name=content]").focus()
    with desk.context.expect_page() as beside:
        desk.keyboard.press("Control+p")
    desk.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    expect(desk.locator(".slip-head .badge").first).to_contain_text("已出单")
    link = desk.locator("[data-open-beside]")
    assert (link.get_attribute("href") or "").startswith("/prints/")
    assert desk.request.get(link.get_attribute("href") or "").headers["content-type"] == "application/pdf"
    assert beside.value is not None
    office.session.rollback()
    assert office.session.scalars(select(WorkOrder.state)).all() == ["issued"]


def test_the_signature_outlives_a_form_that_is_sent_back(enter: Enter, office: World) -> None:
    order = make_order(office, state="to_sign")
    page = enter("engineering_duty")
    page.goto(f"/work_order/{order.id}/sign")
    write_name(page, page.locator("canvas[data-pad=signature]"))
    drawn = page.locator("[name=signature]").input_value()
    page.locator("[data-save]").click()
    expect(page.locator("[data-errors]")).to_contain_text("处要改")
    assert page.locator("[name=signature]").input_value() == drawn
    ink = """() => { const pad = document.querySelector("canvas[data-pad=signature]");
        return pad.getContext("2d").getImageData(0, 0, pad.width, pad.height).data.filter((it) => it).length; }"""
    page.wait_for_function(f"({ink})() > 200")
    page.select_option("[name=signer_kind]", "owner")
    page.check("[name=signer_adult]")
    assert page.locator("[name=signature]").input_value() == drawn  # what is typed elsewhere does not wipe it
    page.locator("[data-save]").click()
    expect(page.locator("[data-errors]")).to_have_count(0)
    office.session.rollback()
    assert order.state == "completed"
