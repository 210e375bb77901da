"""A form sent back tells everything at once and loses nothing: photos, the signature, the order of the steps."""

import base64
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Attachment, WorkOrder, clock
from rules.advance import advance
from tests.desk import Desk, said, sit, token, version
from tests.makers import World, finishing, make_order, make_ticket, world
from tests.test_attachments import picture

HELD = re.compile(r'name="photos_held" value="([^"]+)" checked> 已收到：([^<]+)<')
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def files_of(made: World, order: WorkOrder) -> list[Attachment]:
    made.session.rollback()
    here = select(Attachment).where(Attachment.noun == "work_order", Attachment.row_id == order.id)
    return list(made.session.scalars(here.order_by(Attachment.id)))


def wall(moment: object) -> str:
    return f"{clock.local(moment):%Y-%m-%dT%H:%M}"  # type: ignore[arg-type]


def send(desk: Desk, order: WorkOrder, verb: str, page: str, status: int, **form: object) -> str:
    sent = {"token": token(page), "version": version(page), **form}
    return desk.post(f"/work_order/{order.id}/{verb}", sent, status).text


def technician(app: Flask, made: World, **values: object) -> tuple[Desk, WorkOrder, str]:
    order = make_order(made, state="working", **values)
    desk = sit(app, made.session, "engineering_duty")
    return desk, order, desk.get(f"/work_order/{order.id}/finish")


def required(page: str, name: str) -> bool:
    """Whether the page carries the red mark at the field."""
    marks = re.findall(rf'class="(?:label |tick )?must" (?:for|id)="f-{name}(?:-label)?"', page)
    ticks = re.findall(rf'<label class="tick must"><input type="checkbox" id="f-{name}"', page)
    return bool(marks or ticks)


# ---- photos --------------------------------------------------------------------------------------------------------


def test_a_photo_of_a_completion_sent_back_is_named_and_kept_for_the_next_sending(app: Flask, made: World):
    desk, order, page = technician(app, made)
    photo = (io.BytesIO(picture()), "墙角.jpg")
    back = send(desk, order, "finish", page, 422, done_at=wall(clock.now()), no_material="1", photos=photo)
    assert [name for _receipt, name in HELD.findall(back)] == ["墙角.jpg"]
    receipt = HELD.findall(back)[0][0]
    done = {"done_at": wall(clock.now()), "no_material": "1", "result": "已换软管"}
    more = (io.BytesIO(picture(size=(300, 200))), "水表.jpg")
    send(desk, order, "finish", back, 303, **done, photos_held=receipt, photos=more)
    assert [one.title for one in files_of(made, order)] == ["墙角.jpg", "水表.jpg"]
    assert order.state == "to_sign"


def test_a_held_photo_that_is_unticked_is_not_filed(app: Flask, made: World):
    desk, order, page = technician(app, made)
    back = send(desk, order, "finish", page, 422, photos=(io.BytesIO(picture()), "错的.jpg"))
    done = {"done_at": wall(clock.now()), "no_material": "1", "result": "已换软管"}
    send(desk, order, "finish", back, 303, **done)
    assert files_of(made, order) == []


def test_a_receipt_is_good_for_its_own_slip_and_person_only_and_says_so(app: Flask, made: World):
    desk, order, page = technician(app, made)
    back = send(desk, order, "finish", page, 422, photos=(io.BytesIO(picture()), "墙角.jpg"))
    receipt = HELD.findall(back)[0][0]
    other = make_order(made, state="working")
    made.session.commit()
    page = desk.get(f"/work_order/{other.id}/finish")
    done = {"done_at": wall(clock.now()), "no_material": "1", "result": "已换软管"}
    back = send(desk, other, "finish", page, 422, **done, photos_held=receipt)
    assert "请重新选择" in said(back)
    assert files_of(made, other) == []


def test_a_receipt_that_has_grown_too_old_asks_for_the_photo_again(app: Flask, made: World, monkeypatch):
    desk, order, page = technician(app, made)
    back = send(desk, order, "finish", page, 422, photos=(io.BytesIO(picture()), "墙角.jpg"))
    monkeypatch.setattr("admin_views.held_files.HELD_SECONDS", -1)
    receipt = HELD.findall(back)[0][0]
    done = {"done_at": wall(clock.now()), "no_material": "1", "result": "已换软管"}
    assert "请重新选择" in said(send(desk, order, "finish", back, 422, **done, photos_held=receipt))
    assert order.state == "working"


def test_a_damaged_photo_is_told_with_the_other_errors_while_the_good_one_is_held(app: Flask, made: World):
    desk, order, page = technician(app, made)
    both = [(io.BytesIO(picture()), "好的.jpg"), (io.BytesIO(b"no picture"), "坏的.jpg")]
    back = send(desk, order, "finish", page, 422, no_material="1", photos=both)
    assert "坏的.jpg：只能上传" in said(back)
    assert "处理结果" in said(back)
    assert [name for _receipt, name in HELD.findall(back)] == ["好的.jpg"]


# ---- the signature -------------------------------------------------------------------------------------------------


def test_the_signature_on_the_glass_travels_back_with_a_form_that_is_refused(app: Flask, made: World):
    order = make_order(made, state="to_sign")
    desk = sit(app, made.session, "engineering_duty")
    drawn = "data:image/png;base64," + base64.b64encode(picture("PNG", (200, 80))).decode()
    page = desk.get(f"/work_order/{order.id}/sign")
    form = {"signer": order.reporter, "signed_at": wall(clock.now()), "signature": drawn}
    back = send(desk, order, "sign", page, 422, **form)
    assert f'name="signature" value="{drawn}"' in back
    form |= {"signer_kind": "owner", "signer_adult": "1"}
    send(desk, order, "sign", back, 303, **form)
    assert [one.purpose for one in files_of(made, order)] == ["签认"]
    assert order.state == "completed"


# ---- everything at once --------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-17")
@pytest.mark.rule("WO-29")
def test_a_completion_tells_empty_fields_material_and_leak_test_in_one_round(app: Flask, made: World):
    desk, order, page = technician(app, made, leak=True)
    back = send(desk, order, "finish", page, 422, done_at="")
    for wanting in ("请填写完工时间", "请填写处理结果", "请填写用料，没有用料请勾选", "项目请填写试漏时间"):
        assert wanting in back, wanting


@pytest.mark.rule("WO-19")
@pytest.mark.rule("WO-05")
def test_a_signature_tells_relation_adult_and_missing_drawing_in_one_round(app: Flask, made: World):
    order = make_order(made, state="to_sign")
    desk = sit(app, made.session, "engineering_duty")
    page = desk.get(f"/work_order/{order.id}/sign")
    words = said(send(desk, order, "sign", page, 422, signer="", signed_at=""))
    for wanting in ("签认人姓名", "签认人不符", "勾选“家中成年人”", "手写签名", "签认时间"):
        assert wanting in words, wanting
    made.session.rollback()
    assert order.state == "to_sign"


@pytest.mark.rule("TKT-08")
def test_a_ticket_done_without_a_slip_tells_everything_in_one_round(app: Flask, made: World):
    ticket = make_ticket(made)
    advance(made.session, ticket, "pass_on", made.person("desk_clerk"), department="service")
    desk = sit(app, made.session, "desk_clerk")
    reply = desk.post(
        f"/ticket/{ticket.id}/finish", {"token": "1" * 20, "done_at": "", "signed_by": "", "means": "glass"}, 422
    )
    for wanting in ("请填写完工时间", "请填写业主签名", "手写签名"):
        assert wanting in said(reply.text), wanting


def test_the_red_mark_stands_where_the_paper_already_makes_a_field_needed(app: Flask, made: World):
    clerk = sit(app, made.session, "desk_clerk")
    desk, order, leaking = technician(app, made, leak=True)
    dry = desk.get(f"/work_order/{make_order_now(made)}/finish")
    assert (required(leaking, "leak_tested_at"), required(dry, "leak_tested_at")) == (True, False)
    send(desk, order, "finish", leaking, 303, done_at=wall(clock.now()), result="已修",
         no_material="1", leak_tested_at=wall(clock.now()))  # fmt: skip
    sign = desk.get(f"/work_order/{order.id}/sign")
    assert all(required(sign, name) for name in ("signer", "signer_kind", "signer_adult", "signature"))
    assert required(clerk.get("/ticket/new"), "read_back")


def make_order_now(made: World) -> int:
    order = make_order(made, state="working")
    made.session.commit()
    return order.id


def test_the_total_of_the_material_stands_on_the_form_that_comes_back(app: Flask, made: World):
    desk, order, page = technician(app, made)
    lines = {"materials-0-name": "软管", "materials-0-measure": "根", "materials-0-quantity": "2",
             "materials-1-name": "角阀", "materials-1-measure": "个", "materials-1-quantity": "1.5"}  # fmt: skip
    back = send(desk, order, "finish", page, 422, **lines)
    assert re.search(r'data-total="quantity">合计 3\.5<', back)


# ---- the order of the steps ----------------------------------------------------------------------------------------


@pytest.mark.rule("WO-17")
def test_a_completion_claimed_in_the_minute_of_the_start_is_not_before_it(made: World, at):
    order = make_order(made, state="working")
    order.started_at = order.started_at.replace(second=40)
    at(order.started_at + timedelta(seconds=15))
    typed = order.started_at.replace(second=0, microsecond=0)
    advance(made.session, order, "finish", made.person("engineering_duty"), **finishing(order, done_at=typed))
    assert order.done_at == order.started_at
