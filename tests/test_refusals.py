"""Refusals that a page tells itself: they leave their Incident, and one bad row costs the others nothing."""

import io

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_views import bulk
from models import Incident, WorkOrder
from rules import attachments
from tests.desk import sit
from tests.makers import World, make_order, printed, walk_to, world
from tests.test_attachments import picture, png_that_claims


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def incidents(made: World) -> list[tuple[str, int | None]]:
    made.session.rollback()
    return [(i.noun, i.row_id) for i in made.session.scalars(select(Incident).order_by(Incident.id))]


def test_a_refused_copy_at_the_counter_is_an_incident(app: Flask, made: World):
    order = make_order(made, state="issued")
    copies = printed(made, order)
    walk_to(made, order, "completed")
    copy = copies[0]
    desk = sit(app, made.session, "desk_clerk")
    desk.post("/scan", {"code": copy.code})
    assert incidents(made) == []
    desk.post("/scan", {"code": copy.code}, 422)
    assert incidents(made) == [("paper_copy", copy.id)]


def test_a_refused_row_of_many_is_an_incident_of_that_row(app: Flask, made: World):
    draft, issued = make_order(made), make_order(made, state="issued")
    desk = sit(app, made.session, "desk_clerk")
    ids = [str(draft.id), str(issued.id)]
    home = desk.post("/work_order/bulk/issue", {"token": "t" * 20, "id": ids}).headers["Location"]
    assert "已办理 1 条" in desk.get(home)
    assert incidents(made) == [("work_order", issued.id)]


@pytest.mark.parametrize("fault", ["clash", "gone"])
def test_one_broken_row_of_many_is_told_and_the_others_are_done(
    app: Flask, made: World, monkeypatch: pytest.MonkeyPatch, fault: str
):
    first, second, third = (make_order(made).id for _n in range(3))
    real_advance, real_find = bulk.advance, bulk.find

    def clashing(session, row, *args, **kw):
        if row.id == second and fault == "clash":
            raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed: x.y"))
        return real_advance(session, row, *args, **kw)

    def losing(session, by, model, row_id):
        return None if row_id == second and fault == "gone" else real_find(session, by, model, row_id)

    monkeypatch.setattr(bulk, "advance", clashing)
    monkeypatch.setattr(bulk, "find", losing)
    desk = sit(app, made.session, "desk_clerk")
    ids = [str(i) for i in (first, second, third)]
    home = desk.post("/work_order/bulk/issue", {"token": "t" * 20, "id": ids}).headers["Location"]
    said = desk.get(home)
    assert "已办理 2 条" in said
    assert "1 条没有办成" in said
    made.session.rollback()
    made.session.expire_all()
    assert [made.session.get_one(WorkOrder, i).state for i in (first, second, third)] == ["issued", "draft", "issued"]


# ---- the photo of a code -------------------------------------------------------------------------------------------


def bomb() -> bytes:
    return png_that_claims(9000, 9000)


def broken() -> bytes:
    return picture("PNG")[:200] + b"\0" * 300


def gif() -> bytes:
    return picture("GIF", (64, 64))


@pytest.mark.parametrize("photo", [bomb, broken, gif])
@pytest.mark.engines("sqlite")
def test_a_photo_that_is_none_is_refused_in_words(app: Flask, made: World, photo):
    desk = sit(app, made.session, "desk_clerk")
    reply = desk.post("/scan", {"photo": (io.BytesIO(photo()), "q.png")}, 422)
    assert "请重拍或输入单号" in reply.text


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("error", [ValueError, SyntaxError])
def test_whatever_the_decoder_says_is_a_sentence(
    app: Flask, made: World, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
):
    def breaks(_image):
        raise error("broken PNG file")

    monkeypatch.setattr(attachments, "_refuse_too_large", breaks)
    desk = sit(app, made.session, "desk_clerk")
    desk.post("/scan", {"photo": (io.BytesIO(picture("PNG", (64, 64))), "q.png")}, 422)


def test_only_what_belongs_there_is_an_incident(app: Flask, made: World):
    desk = sit(app, made.session, "desk_clerk")
    desk.post("/scan", {"code": "GD-YJ-209901-0001"}, 422)
    assert incidents(made) == []
