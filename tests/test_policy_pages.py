"""制度参数 on screen: only units within reach, once per page sent; open clocks follow in short transactions."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Clock, PolicyValue, Ticket, WorkDay, clock
from rules import deadlines
from rules.deadlines import recompute_after
from rules.policy_changes import Follow, set_policy
from rules.write import Writer
from tests.conftest import Hands
from tests.desk import sit, token
from tests.makers import World, later, make_ticket, world
from tests.office import open_office

KEY = "tkt.level2_hours"


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def values(yj: World) -> list[tuple[int, Any]]:
    yj.session.rollback()
    return [(row.org_id, row.value) for row in yj.session.scalars(select(PolicyValue).order_by(PolicyValue.id))]


@pytest.mark.parametrize("asked", ["other", "999999", "no"])
def test_a_unit_out_of_reach_is_not_there_and_no_other_takes_its_place(app: Flask, yj: World, asked: str) -> None:
    desk = sit(app, yj.session, "project_manager")
    form = {"token": token(desk.get(f"/policies/{KEY}?org={yj.yj.id}")), "value": "24", "from": "2026-11-21"}
    org = str(yj.wj.id) if asked == "other" else asked
    desk.get(f"/policies?org={org}", 404)
    desk.get(f"/policies/{KEY}?org={org}", 404)
    desk.post(f"/policies/{KEY}?org={org}", {**form, "reason": "试行"}, 404)
    assert values(yj) == []
    desk.get("/policies")


@pytest.mark.parametrize("asked", ["other", "999999", "no"])
def test_a_worksheet_of_a_project_out_of_reach_is_not_there(app: Flask, yj: World, asked: str) -> None:
    desk = sit(app, yj.session, "project_manager")
    desk.get(f"/checks?org={yj.wj.id if asked == 'other' else asked}", 404)
    desk.get(f"/checks?org={yj.yj.id}")
    desk.get("/checks")


def test_a_double_click_sets_a_policy_once(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "project_manager")
    path = f"/policies/{KEY}?org={yj.yj.id}"
    form = {"token": token(desk.get(path)), "value": "24", "from": "2026-11-21", "reason": "试行"}
    desk.post(path, form)
    desk.post(path, form)
    assert values(yj) == [(yj.yj.id, 24)]
    desk.post(path, {**form, "token": ""}, 400)
    desk.post(path, {**form, "value": "36"})
    assert values(yj) == [(yj.yj.id, 24), (yj.yj.id, 36)]


def hours(yj: World, ticket: Ticket) -> float:
    yj.session.rollback()
    row = yj.session.scalars(select(Clock).where(Clock.deadline == "T-06", Clock.row_id == ticket.id)).one()
    return (row.due_at - row.started_at).total_seconds() / 3600


def test_what_has_not_begun_follows_the_page_at_once(app: Flask, yj: World, at: Hands) -> None:
    waiting = make_ticket(yj, appointment_at=later(days=3))
    assert hours(yj, waiting) == 48
    at.forward(minutes=1)
    desk = sit(app, yj.session, "project_manager")
    path = f"/policies/{KEY}?org={yj.yj.id}"
    desk.post(path, {"token": token(desk.get(path)), "value": "24", "from": "2026-11-21", "reason": "试行"})
    assert hours(yj, waiting) == 24


def test_a_day_of_the_calendar_takes_the_open_clocks_along(app: Flask, yj: World, monkeypatch: Any) -> None:
    desk, followed = sit(app, yj.session, "project_manager"), []
    make_ticket(yj)
    seen = deadlines.refresh_clocks
    monkeypatch.setattr(deadlines, "refresh_clocks", lambda s, doc: (followed.append(doc.id), seen(s, doc)))
    page = desk.get("/work_day/new")
    desk.post(
        "/work_day/new",
        {"token": token(page), "org_id": str(yj.yj.id), "day": "2026-11-23", "kind": "holiday", "holiday": "停电"},
    )
    yj.session.rollback()
    assert yj.session.scalars(select(WorkDay.org_id)).all() == [yj.yj.id]
    assert len(followed) == 1


def test_many_papers_are_recomputed_in_several_short_transactions(write: Writer, monkeypatch: Any) -> None:
    office = open_office(write)
    for _ in range(5):
        office.ticket()
    monkeypatch.setattr(deadlines, "BATCH", 2)
    sizes: list[int] = []
    all_of = deadlines._refresh_all
    monkeypatch.setattr(deadlines, "_refresh_all", lambda s, part: (sizes.append(len(part)), all_of(s, part)))
    assert recompute_after(write, office.org["company"]) == 5
    assert sizes == [2, 2, 1]


def test_the_sweep_catches_up_with_what_a_kill_cut_short(write: Writer, at: Hands) -> None:
    office = open_office(write)
    waiting = office.ticket()
    office.move(Ticket, waiting, "appoint", "desk_clerk", appointment_at=later(days=3))
    at.forward(minutes=1)
    who = office.person("project_manager")
    office.do(lambda s: set_policy(s, KEY, office.org["project"], 24, clock.now(), "试行", who), "project_manager")

    def due(session: Session) -> float:
        row = session.scalars(select(Clock).where(Clock.deadline == "T-06", Clock.row_id == waiting)).one()
        return (row.due_at - row.started_at).total_seconds() / 3600

    assert office.look(due) == 48
    follow = Follow(write)
    assert (follow(), office.look(due), follow()) == (1, 24, 0)
    at.forward(hours=2)
    assert Follow(write)() == 0
