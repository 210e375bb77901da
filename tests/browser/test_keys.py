"""Keys at the counter in a real browser: sealed with a signature on the glass, lent by two, opened along the chain."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyDeposit, KeyEnvelope, KeyItem, KeyLoan, KeyUnsealing, Signature, Staff
from rules.login import hash_secret, open_login
from tests.asking import browser
from tests.browser.test_phone import photo, write_name
from tests.key_makers import OWNER, KeyRoom, key_room, received
from tests.live import DESK
from tests.makers import staff_of, world

pytestmark = [pytest.mark.browser, pytest.mark.engines("sqlite")]
PIN = "246813"
Enter = Callable[[str], Page]


@pytest.fixture
def room(session: Session) -> KeyRoom:
    """A cabinet, and everybody with a number and a PIN of their own."""
    made = key_room(world(session))
    hashed, never = hash_secret(PIN), hash_secret("never typed by anybody")
    for staff in session.scalars(select(Staff)):
        staff.password_hash, staff.pin_hash = never, hashed
    received(made)
    session.commit()
    return made


@pytest.fixture
def enter(app: Flask, room: KeyRoom, live: str, chromium: Browser) -> Iterator[Enter]:
    """`enter("desk_clerk")`: their window, logged in; what the browser complains of fails the test."""
    windows, complaints = [], []

    def window(post: str) -> Page:
        room.session.rollback()  # what was read before is old by now: SQLite writes only from the newest state
        token = open_login(room.session, staff_of(room.session, post))
        room.session.commit()
        cookie = browser(app, token).get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        context = chromium.new_context(base_url=live, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        windows.append(context)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        page = context.new_page()
        page.set_default_timeout(60_000)  # a busy machine is not a failed walk
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        return page

    yield window
    for one in windows:
        one.close()
    assert not complaints, "\n".join(complaints)


def cosign(page: Page, room: KeyRoom, name: str, post: str) -> None:
    """A second person signs with their own number and PIN."""
    page.fill(f"[name={name}_who]", str(staff_of(room.session, post).login))
    page.fill(f"[name={name}_secret]", PIN)
    group = page.locator(".cosign", has=page.locator(f"[name={name}]"))
    group.get_by_text("签字", exact=True).click()
    expect(group.locator("[data-cosign-done]")).to_be_visible(timeout=60_000)


def choose(page: Page, name: str, text: str) -> None:
    """A record found by what one types."""
    page.fill(f"[name={name}_text]", text)
    page.locator("[role=option]:visible").first.click()


def save(page: Page) -> None:
    """The primary button of a form, and the page it leads to."""
    was = page.url
    page.locator(".bottom-bar button.primary").click()
    page.wait_for_url(lambda url: url != was)


def latest(room: KeyRoom, model: Any) -> Any:
    """The newest row, as it is now."""
    room.session.rollback()
    room.session.expire_all()
    return room.session.scalars(select(model).order_by(model.id.desc())).first()


@pytest.mark.rule("KEY-45", "KEY-09", "KEY-46", "KEY-48", "KEY-51", "KEY-52")
def test_an_owner_seals_on_the_glass_and_the_envelope_goes_the_whole_chain(enter: Enter, room: KeyRoom) -> None:
    desk = enter("desk_clerk")
    desk.goto("/key_deposit/new")
    choose(desk, "unit_id", "3-2-1203")
    choose(desk, "owner_id", OWNER)
    desk.select_option("[name=purpose]", "emergency")
    desk.fill("[name=home_door]", "2")
    desk.check("[name=sealed]")
    desk.fill("[name=seal_no]", "A-0207")
    choose(desk, "section_id", "业户委托")
    save(desk)
    deposit = latest(room, KeyDeposit)
    desk.goto(f"/key_deposit/{deposit.id}/accept")
    desk.check("[name=identity_checked]")
    desk.check("[name=owner_in_person]")
    for name in ("owner_sign", "flap_sign"):
        write_name(desk, desk.locator(f".field:has([name={name}]) canvas"))
    desk.set_input_files("[name=photo]", [photo()])
    save(desk)
    envelope = latest(room, KeyEnvelope)
    assert (envelope.state, envelope.seal_no, envelope.key.state) == ("sealed", "A-0207", "sealed")
    means = set(room.session.scalars(select(Signature.means).where(Signature.slot.in_(("业户", "封口处签名")))))
    assert means == {"glass"}
    desk.goto("/keys")
    expect(desk.locator(".hook.seal")).to_contain_text("3-2-1203")
    desk.locator(".hook.seal").click()
    expect(desk.locator(".panel")).to_contain_text("封签链")
    desk.locator(".panel").get_by_text("申请启封").click()
    desk.fill("[name=reason]", "楼下报漏水，疑本户")
    desk.fill("[name=user]", "工程部罗志强、莫小川")
    save(desk)
    paper = latest(room, KeyUnsealing)
    desk.goto(f"/key_unsealing/{paper.id}/owner_agrees")
    desk.fill("[name=callee]", OWNER)
    save(desk)
    manager = enter("project_manager")
    manager.goto(f"/key_unsealing/{paper.id}/approve")
    manager.fill("[name=decision]", "同意启封")
    save(manager)
    desk.goto(f"/key_unsealing/{paper.id}/open")
    desk.select_option("[name=seal_intact]", "yes")
    desk.fill("[name=home_door]", "2")
    cosign(desk, room, "witness", "technician")
    save(desk)
    desk.goto(f"/key_unsealing/{paper.id}/enter")
    cosign(desk, room, "first", "technician")
    cosign(desk, room, "second", "engineering_duty")
    save(desk)
    desk.goto(f"/key_unsealing/{paper.id}/bring_back")
    desk.fill("[name=entry_record]", "关厨房总阀，未动其他物品")
    desk.fill("[name=home_door]", "2")
    cosign(desk, room, "returner", "technician")
    save(desk)
    expect(desk.locator("main")).to_contain_text("待重新封存")
    desk.goto(f"/key_unsealing/{paper.id}/reseal")
    desk.fill("[name=home_door]", "2")
    desk.fill("[name=seal_no]", "A-0208")
    desk.check("[name=owner_in_person]")
    write_name(desk, desk.locator(".field:has([name=owner_sign]) canvas"))
    desk.set_input_files("[name=photo]", [photo()])
    save(desk)
    fresh = latest(room, KeyEnvelope)
    assert (fresh.previous_id, fresh.seal_no, fresh.key.state) == (envelope.id, "A-0208", "sealed")
    for word in ("重新封存", "交还清点", "启封", "批准", "业户同意", "申请启用"):
        expect(desk.locator("main")).to_contain_text(word)


@pytest.mark.rule("KEY-16", "KEY-17", "KEY-30")
def test_a_key_is_lent_and_brought_back_and_a_wrong_number_is_refused(enter: Enter, room: KeyRoom) -> None:
    desk, key = enter("desk_clerk"), latest(room, KeyItem)
    desk.goto(f"/key_loan/new?key_id={key.id}")
    desk.fill("[name=reason]", "空房保洁开窗通风")
    desk.select_option("[name=borrower_kind]", "staff")
    choose(desk, "borrower_id", "莫小川")
    save(desk)
    loan = latest(room, KeyLoan)
    desk.goto(f"/key_loan/{loan.id}/hand_out")
    cosign(desk, room, "taker", "technician")
    save(desk)
    desk.goto("/keys")
    expect(desk.locator(".hook.open")).to_contain_text("借")
    desk.goto(f"/key_loan/{loan.id}/give_back")
    desk.fill("[name=qty_in]", "2")
    desk.fill("[name=where_in]", "3-2-1204")
    cosign(desk, room, "returner", "technician")
    desk.locator(".bottom-bar button.primary").click()
    expect(desk.locator("main")).to_contain_text("交还 2 把，借出 3 把")
    desk.goto(f"/key_loan/{loan.id}/give_back")
    desk.fill("[name=qty_in]", "3")
    desk.fill("[name=where_in]", "3-2-1204")
    cosign(desk, room, "returner", "technician")
    save(desk)
    assert (latest(room, KeyLoan).state, latest(room, KeyItem).state) == ("returned", "in_cabinet")
    desk.goto("/key_incident/")
    expect(desk.locator("main")).to_contain_text("借出与收回不符")
