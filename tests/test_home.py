"""工作台: every figure opens exactly the rows it counts, for every post; the administrator sees the system's state."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Appointment, PolicyValue, Staff, clock
from models.trail import COMPANY_CHAIN, tell
from rules.administration import seal_state
from rules.login import open_login
from rules.trail import seal
from tests.asking import browser, move_in
from tests.conftest import Hands
from tests.desk import sit, total
from tests.engines import Databases
from tests.full_house import HOME, POSTS_ABOVE, POSTS_HERE, House
from tests.makers import World, make_order, make_ticket, world

COUNT = re.compile(r'<a href="([^"]+)"[^>]*><b>([\d,]+)</b>([^<]+)')


def figures(page: str) -> list[tuple[str, int, str]]:
    """(address, number, label) of every figure of the page."""
    strip = page[page.find('class="card counts"') :].partition("</nav>")[0]
    return [(unescape(url), int(n.replace(",", "")), label) for url, n, label in COUNT.findall(strip)]


def rows_of(page: str, url: str) -> int:
    """How many rows the page that was opened shows."""
    if url.startswith(("/held", "/incomplete")):
        return sum(body.count("<tr>") for body in re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL))
    return total(page)


@pytest.mark.engines("sqlite")
def test_every_figure_opens_exactly_its_rows_for_every_post(
    app: Flask,
    session: Session,
    database_url: str,
    databases: Databases,
    at: Hands,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house: House = move_in(app, databases, database_url, tmp_path, monkeypatch)
    at.forward(days=8)  # by then much is late
    wrong, seen = [], set()
    for who in (*((HOME, post) for post in POSTS_HERE), *(("", post) for post in POSTS_ABOVE)):
        token = open_login(session, session.get_one(Staff, house.staff[who]))
        session.commit()
        client = browser(app, token)
        for url, number, label in figures(client.get("/").text):
            page = client.get(url).text
            seen.add(url.partition("?")[0])
            is_rate = url.startswith("/figures")
            if f"{number} / " not in page if is_rate else rows_of(page, url) != number:
                wrong.append(f"{who[1]}: {number} {label} opens {'other rates' if is_rate else rows_of(page, url)}")
    assert not wrong, "\n".join(wrong)
    assert {"/ticket/", "/work_order/", "/follow_up/", "/held", "/figures", "/staff/", "/appointment/"} <= seen


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def test_what_waits_for_one_technician_is_not_what_waits_for_another(app: Flask, yj: World) -> None:
    mine = yj.person("technician")
    make_order(yj, make_ticket(yj, content="水"), technician_id=mine.staff_id, state="issued")
    make_order(yj, make_ticket(yj, content="电"), technician_id=yj.person("engineering_duty").staff_id, state="issued")
    desk = sit(app, yj.session, "technician")
    (card,) = [it for it in figures(desk.get("/")) if it[2].startswith("待接单")]
    page = desk.get(card[0])
    assert card[1] == total(page) == 1
    assert "水" in page


def test_lists_and_home_count_the_same_overdue_papers(app: Flask, yj: World, at: Any) -> None:
    for n in range(3):
        make_ticket(yj, content=f"第 {n} 件")
    at.forward(days=2)
    boss = sit(app, yj.session, "service_supervisor")
    late = next(it for it in figures(boss.get("/")) if it[2].startswith("超时的报事"))
    assert late[1] == total(boss.get("/ticket/?due=late")) == 3


# ---- the administrator -----------------------------------------------------------------------------------------


def test_the_administrator_sees_what_needs_a_hand(app: Flask, yj: World, at: Any) -> None:
    session = yj.session
    guard = session.get_one(Staff, yj.person("desk_clerk").staff_id)
    ending = guard.appointments[0]
    ending.ends_on = clock.today().replace(day=28)
    session.add(Staff(name="新来的", org_id=guard.org_id, active=True))
    boss = yj.person("project_manager")
    session.add(
        PolicyValue(
            org_id=yj.yj.id,
            key="wo.onsite",
            value=15,
            effective_from=clock.at_wall(clock.today().replace(day=30), clock.local(clock.now()).time()),
            made_by_id=boss.staff_id or 0,
            reason="试行",
        )
    )
    tell(session, "登录失败", guard, {"来源": "10.0.0.9"}, noun="staff", chain_id=COMPANY_CHAIN)
    session.commit()
    page = sit(app, session, "system_admin").get("/")
    counts = {label.strip(): n for _url, n, label in figures(page)}
    assert counts["三十天内到期的任职"] == 1
    assert counts["没有任职的员工"] == 1
    assert counts["登录失败"] == 1
    assert "10.0.0.9" in page
    assert "没有备份记录" in page
    assert "11-30" in page, "the setting that comes into force"
    assert "系统状况" not in sit(app, session, "desk_clerk").get("/")


def test_the_administrator_is_told_when_nobody_seals(app: Flask, yj: World, at: Any) -> None:
    make_ticket(yj)
    assert seal_state(yj.session).waiting > 0
    admin = sit(app, yj.session, "system_admin")
    assert "随后自动封存" in admin.get("/")
    at.forward(minutes=30)
    assert "没有封存，请检查" in sit(app, yj.session, "system_admin").get("/")
    seal(yj.session)
    yj.session.commit()
    assert seal_state(yj.session).waiting == 0


def test_an_appointment_that_ends_is_found_by_its_figure(app: Flask, yj: World) -> None:
    held = yj.session.query(Appointment).first()
    assert held is not None
    held.ends_on = clock.today()
    yj.session.commit()
    admin = sit(app, yj.session, "system_admin")
    url = next(url for url, _n, label in figures(admin.get("/")) if label.startswith("三十天内"))
    assert f"/appointment/{held.id}" in admin.get(url)
