"""A second person signs at somebody else's terminal: for one paper as it was seen, once, as who they are now."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import LoginThrottle, Staff, WorkOrder
from rules.login import TooOften, WrongSecret, hash_secret, verify_secret
from rules.write import Writer
from tests.conftest import Hands
from tests.desk import Desk, said, sit, version
from tests.makers import World, make_public_order, world

PIN = "480215"


@pytest.fixture
def made(session: Session) -> World:
    made = world(session)
    leader = session.get_one(Staff, made.person("security_leader").staff_id)
    leader.login, leader.must_change = "leader", False
    leader.password_hash, leader.pin_hash = hash_secret("a long first one"), hash_secret(PIN)
    session.commit()
    return made


def form_of(desk: Desk, order: WorkOrder) -> str:
    return desk.get(f"/work_order/{order.id}/sign")


def passed(desk: Desk, page: str) -> str:
    """What the script does: asks at the address the form names."""
    source = re.search(r'data-cosign="([^"]+)"', page)
    assert source
    data = {"who": "leader", "secret": PIN, "slot": "co_signer"}
    return str(desk.post(source[1].replace("&amp;", "&"), data, 200).get_json()["pass"])


def sign(desk: Desk, order: WorkOrder, said_pass: str, number: int = 1, page: str = "") -> tuple[int, str]:
    form = {"token": f"{number:020}", "version": version(page or form_of(desk, order)), "co_signer": said_pass}
    reply = desk.post(f"/work_order/{order.id}/sign", form, None)
    return reply.status_code, said(reply.text)


@pytest.mark.engines("sqlite")
def test_a_pass_signs_the_paper_it_was_given_for_and_no_other(app: Flask, made: World):
    first, second = (make_public_order(made, state="to_sign") for _n in range(2))
    desk = sit(app, made.session, "engineering_duty")
    given = passed(desk, form_of(desk, first))
    status, words = sign(desk, second, given)
    assert (status, "不是在这张表单上" in words) == (422, True)
    assert sign(desk, first, given, 2)[0] == 303
    made.session.rollback()
    assert (first.state, first.signer, second.state) == ("completed", "谭卫东", "to_sign")


@pytest.mark.engines("sqlite")
def test_a_pass_is_for_the_version_that_was_seen(app: Flask, made: World):
    order = make_public_order(made, state="to_sign")
    desk = sit(app, made.session, "engineering_duty")
    given = passed(desk, form_of(desk, order))
    made.session.rollback()
    order.result = "换了读卡器"
    made.session.commit()
    assert "不是在这张表单上" in sign(desk, order, given)[1]


@pytest.mark.engines("sqlite")
def test_a_pass_that_signed_once_signs_never_again(app: Flask, made: World, monkeypatch: pytest.MonkeyPatch):
    order = make_public_order(made, state="to_sign")
    desk = sit(app, made.session, "engineering_duty")
    page = form_of(desk, order)
    given = passed(desk, page)
    assert sign(desk, order, given, 1, page)[0] == 303
    monkeypatch.setattr("admin_views.deeds.advance", lambda *_a, **_kw: None)  # were it still to be signed
    monkeypatch.setattr("admin_views.cosign.Paper.said", property(lambda _s: f"work_order/{order.id}/{version(page)}"))
    monkeypatch.setattr("admin_views.doing._refuse_out_of_place", lambda *_a: None)
    form = {"token": "9" * 20, "co_signer": given}
    reply = desk.post(f"/work_order/{order.id}/sign", form, None)
    assert "已经用过" in reply.text


@pytest.mark.engines("sqlite")
def test_a_pass_runs_out_and_dies_with_the_account(app: Flask, made: World, at: Hands):
    order = make_public_order(made, state="to_sign")
    desk = sit(app, made.session, "engineering_duty")
    given = passed(desk, form_of(desk, order))
    made.session.rollback()
    leader = made.session.scalars(select(Staff).where(Staff.login == "leader")).one()
    leader.active = False
    made.session.commit()
    assert "已停用" in sign(desk, order, given)[1]
    made.session.rollback()
    leader.active = True
    made.session.commit()
    at.forward(minutes=11)
    assert "已过期" in sign(desk, order, given, 2)[1]


def test_guessing_many_names_at_one_terminal_is_slowed_down(session: Session, write: Writer):
    world(session)
    judged = 0
    for n in range(40):
        try:
            verify_secret(write, f"somebody-{n}", "000000", address="10.0.0.9", terminal=7)
        except WrongSecret:
            judged += 1
        except TooOften:
            break
    assert judged == 10
    with pytest.raises(TooOften):
        verify_secret(write, "another", "000000", address="10.0.0.8", terminal=7)
    with pytest.raises(WrongSecret):
        verify_secret(write, "another", "000000", address="10.0.0.8", terminal=8)


@pytest.mark.engines("sqlite")
def test_the_machine_counts_too_and_a_good_pin_does_not_wipe_it_clean(made: World, write: Writer):
    for n in range(9):
        with pytest.raises(WrongSecret):
            verify_secret(write, f"somebody-{n}", "000000", address="10.0.0.9", terminal=7)
    verify_secret(write, "leader", PIN, address="10.0.0.9", terminal=7)
    counted = {row.kind: row.failures for row in made.session.scalars(select(LoginThrottle)) if row.kind != "sign"}
    assert counted == {"address": 9, "terminal": 9}
