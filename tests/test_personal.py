"""Personal values where nobody looks for them: pickers, attachments, stored questions, cookies."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.attachments import store
from models import Attachment, ExportRun, SavedView, Staff
from rules.attachments import checked
from tests.desk import sit, token, total
from tests.makers import World, make_ticket, world
from tests.test_attachments import picture
from tests.test_exports import table

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


# ---- pickers -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("BASE-04")
@pytest.mark.parametrize("post", ["lobby_receptionist", "technician", "security_leader", "system_admin"])
def test_the_picker_of_units_names_no_owner_to_who_may_not_read_residents(app: Flask, made: World, post: str):
    hits = sit(app, made.session, post).json("/lookup/unit?q=3-2-1203")["hits"]
    assert [hit["label"] for hit in hits][:1] == ["3-2-1203"]
    assert not any(hit["note"] or "fill" in hit for hit in hits)


def test_the_picker_of_units_fills_in_the_owner_for_the_desk(app: Flask, made: World):
    [hit] = sit(app, made.session, "desk_clerk").json("/lookup/unit?q=3-2-1203")["hits"]
    assert (hit["note"], hit["fill"]) == ("徐明远", {"customer": "徐明远"})


# ---- attachments -------------------------------------------------------------------------------------------------


def test_a_residents_papers_are_only_for_who_may_have_personal_values_shown(app: Flask, made: World):
    resident, clerk = made.residents["徐明远"], made.person("desk_clerk")
    with app.app_context():
        file = checked(picture())
        digest = store().keep(file)
    row = Attachment(
        org_id=resident.org_id, noun="resident", row_id=resident.id, title="房产证.jpg", media=file.media,
        size=9, sha256=digest, by_id=clerk.staff_id,
    )  # fmt: skip
    made.session.add(row)
    made.session.commit()
    archivist, desk = sit(app, made.session, "archivist"), sit(app, made.session, "desk_clerk")
    assert "房产证" not in archivist.get(f"/resident/{resident.id}")
    for rest in ("", "/thumb"):
        archivist.get(f"/attachments/{row.id}{rest}", 404)
        assert desk.client.get(f"/attachments/{row.id}{rest}").status_code == 200
    assert "房产证" in desk.get(f"/resident/{resident.id}")


# ---- stored questions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["reporter_phone=2217", "q=2217"])
def test_a_phones_tail_is_in_no_stored_question_and_the_file_still_obeys_it(app: Flask, made: World, question: str):
    make_ticket(made)
    make_ticket(made, reporter_phone="13900001234")
    desk = sit(app, made.session, "desk_clerk")
    home = desk.post("/ticket/export", {"kind": "csv", "query": question}).headers["Location"]
    assert "2217" not in home
    assert len(table(desk.client.get(home))) == 1 + 1
    assert desk.client.get(home.replace("asked=", "asked=x")).status_code == 404
    made.session.rollback()
    assert "2217" not in made.session.scalars(select(ExportRun.query)).one()


def test_a_phones_tail_is_in_no_saved_view(app: Flask, made: World):
    desk = sit(app, made.session, "desk_clerk")
    desk.post("/ticket/views", {"name": "我的", "query": "reporter_phone=2217&state=registered&q=漏水 2217"})
    made.session.rollback()
    assert made.session.scalars(select(SavedView.query)).one() == "state=registered&q=%E6%BC%8F%E6%B0%B4"
    desk.post("/ticket/views", {"name": "尾号", "query": "reporter_phone=2217"}, None)
    made.session.rollback()
    assert len(made.session.scalars(select(SavedView)).all()) == 1


# ---- first passwords ---------------------------------------------------------------------------------------------


def test_a_reset_password_is_told_on_one_page_and_never_in_the_cookie(app: Flask, made: World):
    desk = sit(app, made.session, "project_manager")
    technician = made.person("technician").staff_id
    made.session.get_one(Staff, technician).login = "tech"
    made.session.commit()
    reply = desk.post(f"/staff/{technician}/reset_password", {"token": "t" * 20}, 200)
    word = reply.text.split("初始密码是 ")[1].split("，")[0]
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in reply.headers or "_flashes" not in _cookie(desk.client)
    again = desk.post(f"/staff/{technician}/reset_password", {"token": "t" * 20}, 200)
    assert "初始密码是" not in again.text
    assert word not in desk.get(f"/staff/{technician}")


def _cookie(client):
    with client.session_transaction() as cookie:
        return dict(cookie)


def test_the_second_click_on_a_new_account_tells_no_password_that_is_not_its(app: Flask, made: World):
    desk = sit(app, made.session, "project_manager")
    form = {"token": token(desk.get("/staff/new")), "name": "新来的", "org_id": str(made.yj.id), "login": "xinlai"}
    assert "初始密码是" in desk.post("/staff/new", form, 200).text
    desk.post("/staff/new", form, 303)


@pytest.mark.rule("BASE-01")
def test_who_reads_the_matters_without_the_right_to_ask_by_phone_finds_nothing_by_its_tail(
    app: Flask, made: World
) -> None:
    """Decision 8: in the list, by its filter, and in every picker; the same question by name has its answer."""
    make_ticket(made, content="按尾号找")
    desk, technician, archivist = (sit(app, made.session, post) for post in ("desk_clerk", "technician", "archivist"))
    assert total(desk.get("/ticket/?q=2217")) == total(technician.get("/ticket/")) == 1
    assert total(technician.get("/ticket/?q=2217")) == 0
    assert total(technician.get("/ticket/?reporter_phone=9999")) == 1, "a question that may not be asked asks nothing"
    assert total(desk.get("/ticket/?reporter_phone=9999")) == 0
    named = archivist.json("/lookup/resident?q=徐明远")["hits"]
    assert [hit["label"] for hit in named] == ["徐明远"]
    assert archivist.json("/lookup/resident?q=2217")["hits"] == []
    assert {hit["label"] for hit in desk.json("/lookup/resident?q=2217")["hits"]} == {"徐明远", "张伟"}
