"""Nobody's words are lost: two who save at once, phones typed by two, one page sent twice with other words."""

import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.estate import UnitView
from models import FormToken, RecordNote, Ticket, clock
from rules.advance import advance
from tests.desk import Desk, sit, token, version
from tests.makers import World, later, make_order, make_ticket, world


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def resident_form(page: str, **values: str) -> dict[str, str]:
    said = {"token": token(page), "version": version(page), "name": "徐明远", "kind": "person"}
    return {**said, **values}


def test_phones_typed_by_two_show_both_to_the_second(app: Flask, yj: World) -> None:
    resident = yj.residents["徐明远"]
    path = f"/resident/{resident.id}/edit"
    one, two = sit(app, yj.session, "service_administrator"), sit(app, yj.session, "project_manager")
    pages = [desk.get(path) for desk in (one, two)]
    one.post(path, resident_form(pages[0], phones="13900000001"))
    two.post(path, resident_form(pages[1], phones="13900000002"), 409)
    yj.session.rollback()
    assert [phone.number for phone in resident.phones] == ["13900000001"]


def test_two_who_save_at_the_same_moment_do_not_both_succeed(
    app: Flask, yj: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = yj.units["3-2-1203"]
    path, same = f"/unit/{unit.id}/edit", {"building_id": str(unit.building_id), "entrance": "2", "room_no": "1203"}
    desks = [sit(app, yj.session, post) for post in ("service_administrator", "project_manager")]
    pages = [desk.get(path) for desk in desks]
    change, ready = UnitView.change, threading.Barrier(2)

    def slow(self: Any, *args: Any) -> None:
        time.sleep(0.3)  # the other one compares versions meanwhile, if it is let
        change(self, *args)

    monkeypatch.setattr(UnitView, "change", slow)
    status: list[int] = []

    def save(desk: Desk, page: str, words: str) -> None:
        form = {"token": token(page), "version": version(page), "kind": "flat", "sold": "1", "remark": words, **same}
        secret = desk.secret
        ready.wait(20)
        status.append(desk.client.post(path, data={"csrf_token": secret, **form}).status_code)

    threads = [
        threading.Thread(target=save, args=(desk, page, words))
        for desk, page, words in zip(desks, pages, ("先", "后"), strict=True)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(status) == [303, 409]


def ticket_form(yj: World, page: str, **values: str) -> dict[str, str]:
    facts = {
        "token": token(page),
        "channel": "call",
        "received_at": "2026-11-21T10:00",
        "unit_id": str(yj.units["3-2-1203"].id),
        "unit_id_text": "3-2-1203",
        "customer": "徐明远",
        "reporter_phone": "13812342217",
        "kind": "repair",
        "priority": "normal",
        "content": "厨房漏水",
        "read_back": "1",
    }
    return {**facts, **values}


def test_a_page_sent_again_with_other_words_is_not_said_to_be_saved(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "desk_clerk")
    form = ticket_form(yj, desk.get("/ticket/new"))
    first = desk.post("/ticket/new", form).location
    assert desk.post("/ticket/new", form).location == first, "the same words are the same ticket"

    other = desk.post("/ticket/new", {**form, "content": "卫生间也漏水"}, 409).text
    assert "厨房漏水" in other
    assert "卫生间也漏水" in other
    yj.session.rollback()
    assert yj.session.scalars(select(Ticket.content)).all() == ["厨房漏水"]

    saved = {**form, "content": "卫生间也漏水", "token": token(other), "version": version(other)}
    assert desk.post(f"{first}/edit", saved).location == first
    yj.session.rollback()
    assert yj.session.scalars(select(Ticket.content)).all() == ["卫生间也漏水"]
    assert not [row for row in yj.session.scalars(select(FormToken)) if "漏水" in row.token]


def test_an_edit_sent_again_with_other_words_shows_both(app: Flask, yj: World) -> None:
    ticket = make_ticket(yj)
    desk = sit(app, yj.session, "desk_clerk")
    path = f"/ticket/{ticket.id}/edit"
    page = desk.get(path)
    form = {**ticket_form(yj, page), "version": version(page)}
    desk.post(path, {**form, "content": "先写的"})
    desk.post(path, {**form, "content": "先写的"})
    again = desk.post(path, {**form, "content": "后写的"}, 409).text
    assert "先写的" in again
    assert "后写的" in again


# ---- moves and whole selections --------------------------------------------------------------------------------


def test_a_move_sent_again_with_other_words_shows_both_and_does_nothing(app: Flask, yj: World) -> None:
    order = make_order(yj)
    desk, path = sit(app, yj.session, "desk_clerk"), f"/work_order/{order.id}/issue"
    form = {"token": token(desk.get(path)), "version": str(order.version)}
    first = {**form, "appointment_at": "2026-11-21T15:00"}
    desk.post(path, first)
    assert desk.post(path, first).location == f"/work_order/{order.id}", "the same words are the same move"
    again = desk.post(path, {**form, "appointment_at": "2026-11-21T17:30"}, 409).text
    assert "这一页已经办过“签发”" in again
    assert "2026-11-21 15:00" in again
    assert "2026-11-21 17:30" in again
    assert f'href="/work_order/{order.id}"' in again
    assert f'action="{path}"' not in again, "nothing more can be sent from here"
    yj.session.rollback()
    assert clock.shown(order.appointment_at) == "2026-11-21 15:00"


def test_a_remark_sent_again_with_other_words_is_written_only_when_asked_for_again(app: Flask, yj: World) -> None:
    ticket = make_ticket(yj)
    desk, path = sit(app, yj.session, "desk_clerk"), f"/ticket/{ticket.id}/note"
    form = {"token": token(desk.get(path)), "kind": "follow"}
    desk.post(path, {**form, "body": "已约明早"})
    again = desk.post(path, {**form, "body": "改约下午"}, 409).text
    assert "刚才已经办过“记沟通”" in again
    assert "改约下午" in again, "nothing typed is lost"
    desk.post(path, {**form, "body": "改约下午", "token": token(again), "version": version(again)})
    yj.session.rollback()
    assert yj.session.scalars(select(RecordNote.body).order_by(RecordNote.id)).all() == ["已约明早", "改约下午"]


def test_a_move_that_somebody_made_meanwhile_is_not_offered_any_more(app: Flask, yj: World) -> None:
    order = make_order(yj)
    one, two = sit(app, yj.session, "desk_clerk"), sit(app, yj.session, "service_supervisor")
    path = f"/work_order/{order.id}/issue"
    pages = [desk.get(path) for desk in (one, two)]
    one.post(path, {"token": token(pages[0]), "version": version(pages[0])})
    late = {"token": token(pages[1]), "version": version(pages[1]), "appointment_at": "2026-11-21T16:00"}
    for page in (two.post(path, late, 409).text, two.get(path, 409)):
        assert "现为“已出单”，不能再签发" in page
        assert f'href="/work_order/{order.id}"' in page
        assert f'action="{path}"' not in page
    assert "2026-11-21 16:00" in two.post(path, late, 409).text, "nothing typed is lost"
    yj.session.rollback()
    assert order.appointment_at is None


def test_a_move_still_open_on_a_paper_that_changed_shows_what_stands_now(app: Flask, yj: World) -> None:
    order = make_order(yj, appointment_at=later(hours=2))
    desk, path = sit(app, yj.session, "desk_clerk"), f"/work_order/{order.id}/issue"
    page = desk.get(path)
    order.appointment_at = later(hours=5)
    yj.session.commit()
    late = {"token": token(page), "version": version(page), "appointment_at": "2026-11-21T12:00"}
    both = desk.post(path, late, 409).text
    assert "现在的预约时间" in both
    assert "2026-11-21 15:00" in both
    assert 'value="2026-11-21T12:00"' in both
    desk.post(path, {**late, "token": token(both), "version": version(both)})


def test_a_selection_sent_again_with_other_words_says_what_was_done(app: Flask, yj: World) -> None:
    orders = [make_order(yj, make_ticket(yj, content=f"第 {n} 件")) for n in range(2)]
    desk = sit(app, yj.session, "desk_clerk")
    form = {"token": "t" * 20, "id": [str(order.id) for order in orders], "appointment_at": "2026-11-21T15:00"}
    desk.post("/work_order/bulk/issue", form)
    desk.post("/work_order/bulk/issue", form)
    again = desk.post("/work_order/bulk/issue", {**form, "appointment_at": "2026-11-21T18:00"}, 409).text
    assert "2 条刚才已经办过，这次写的不同，没有再办" in again
    assert "2026-11-21 15:00" in again
    assert "2026-11-21 18:00" in again
    yj.session.rollback()
    assert {clock.shown(order.appointment_at) for order in orders} == {"2026-11-21 15:00"}


def test_a_matter_of_its_own_may_be_saved_from_the_page_that_was_sent_twice(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "desk_clerk")
    form = ticket_form(yj, desk.get("/ticket/new"))
    first = desk.post("/ticket/new", form).location
    other = desk.post("/ticket/new", {**form, "content": "卫生间也漏水"}, 409).text
    yj.session.rollback()
    number = yj.session.scalars(select(Ticket.number)).one()
    assert f"这一页已保存为 {number}" in other
    assert f'href="{first}"' in other
    assert "是另一件，另存" in other
    second = desk.post("/ticket/new", {**form, "content": "卫生间也漏水", "token": token(other)}).location
    assert second != first
    yj.session.rollback()
    assert len(yj.session.scalars(select(Ticket.id)).all()) == 2


def test_what_was_typed_for_a_paper_closed_meanwhile_stays_in_sight(app: Flask, yj: World) -> None:
    ticket = make_ticket(yj)
    desk, path = sit(app, yj.session, "desk_clerk"), f"/ticket/{ticket.id}/edit"
    page = desk.get(path)
    advance(yj.session, ticket, "cancel", yj.person("service_supervisor"), reason="重复")
    yj.session.commit()
    late = desk.post(path, {**ticket_form(yj, page, content="水管也裂了"), "version": version(page)}, 409).text
    assert "不能再修改" in late
    assert "水管也裂了" in late
    assert f'action="{path}"' not in late
