"""Nobody's words are lost: two who save at once, phones typed by two, one page sent twice with other words."""

import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.estate import UnitView
from models import FormToken, Ticket
from tests.desk import Desk, sit, token, version
from tests.makers import World, make_ticket, world


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
