"""制度参数 on screen: only units within reach, once per page sent; open clocks follow in short transactions."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Clock, PolicyValue, Ticket, WorkDay, clock
from rules import deadlines
from rules.deadlines import recompute_after
from rules.policies import POLICIES
from rules.policy_changes import Follow, set_policy
from rules.policy_words import typed_text
from rules.write import Writer
from tests.conftest import Hands
from tests.desk import Desk, found, sit, token
from tests.makers import World, later, make_ticket, world
from tests.office import open_office

KEY = "tkt.level2_hours"


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def values(yj: World) -> list[tuple[int, Any]]:
    yj.session.rollback()
    return [(row.org_id, row.value) for row in yj.session.scalars(select(PolicyValue).order_by(PolicyValue.id))]


def typed(desk: Desk, path: str, **values: str) -> dict[str, str]:
    """The form of a setting as somebody fills it in, not yet sent."""
    fresh = {"value": "24", "effective_from": "2026-11-21", "reason": "试行"}
    return {"token": token(desk.get(path)), **fresh, **values}


def shown(desk: Desk, path: str, form: dict[str, str]) -> tuple[dict[str, str], str]:
    """The form once more with the mark of the effect that was shown, and that page's text."""
    text = desk.post(path, form, 200).text
    return {**form, "shown": found(r'name="shown" value="(\w+)"', text)}, " ".join(
        re.sub(r"<[^>]+>", " ", text).split()
    )


@pytest.mark.parametrize("asked", ["other", "999999", "no"])
def test_a_unit_out_of_reach_is_not_there_and_no_other_takes_its_place(app: Flask, yj: World, asked: str) -> None:
    desk = sit(app, yj.session, "project_manager")
    form, _said = shown(desk, path := f"/policies/{KEY}?org={yj.yj.id}", typed(desk, path))
    org = str(yj.wj.id) if asked == "other" else asked
    desk.get(f"/policies?org={org}", 404)
    desk.get(f"/policies/{KEY}?org={org}", 404)
    desk.post(f"/policies/{KEY}?org={org}", form, 404)
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
    form, _said = shown(desk, path, typed(desk, path))
    desk.post(path, form)
    desk.post(path, form)
    assert values(yj) == [(yj.yj.id, 24)]
    desk.post(path, {**form, "token": ""}, 400)
    other, _said = shown(desk, path, {**form, "value": "36"})
    desk.post(path, other)
    assert values(yj) == [(yj.yj.id, 24), (yj.yj.id, 36)]


def test_nothing_is_changed_before_what_it_alters_has_been_shown(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "company_leader")
    other = {"org_id": yj.wj.id, "key": KEY, "value": 60, "effective_from": clock.now(), "reason": "另定"}
    yj.session.add(PolicyValue(**other, made_by_id=desk.staff_id))
    yj.session.commit()
    make_ticket(yj)
    path = f"/policies/{KEY}?org={yj.company.id}"
    form, said = shown(desk, path, typed(desk, path, effective_from="2026-12-01"))
    for sentence in (
        "升级客服主管由“48 小时”改为“24 小时”，2026-12-01 00:00 起。",
        "例：2026-12-01 00:00 开始的“报事办完”，原到 2026-12-03 00:00，改后到 2026-12-02 00:00。",
        f"{yj.wj.name}另有规定，不受影响。",
        "到时正在走的 1 个时限仍按原值。",
        "确认修改",
    ):
        assert sentence in said
    assert values(yj) == [(yj.wj.id, 60)]
    _changed, again = shown(desk, path, {**form, "value": "12"})
    assert "改为“12 小时”" in again, "what was not shown is shown first"
    assert values(yj) == [(yj.wj.id, 60)]
    desk.post(path, form)
    assert values(yj) == [(yj.wj.id, 60), (yj.company.id, 24)]
    page = desk.get(f"/policies?org={yj.company.id}")
    assert "2026-12-01 起改为 24 小时" in page


def test_the_form_says_where_it_stands_what_it_may_be_what_it_moves_and_what_it_was(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "project_manager")
    past = {"org_id": yj.company.id, "key": "rv.repair_window", "value": "003", "reason": "公司统一"}
    yj.session.add(PolicyValue(**past, effective_from=clock.now(), made_by_id=desk.staff_id))
    yj.session.commit()
    page = desk.get(f"/policies/rv.repair_window?org={yj.yj.id}")
    for words in ("出处 001-8(1)", "缺省 综合", "004-10：完工1天后2天内", "WO-29", "T-11 回访维修回访", "公司统一"):
        assert words in page
    assert "现在 003：24小时" in page
    every = desk.get(f"/policies?org={yj.yj.id}")
    assert "可选 001：安全2天、渗漏试漏后3天、其他2天、003：24小时" in every
    assert "可填 1–28 日" in every


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("effective_from", day) for day in ("", "9999-12-31", "0001-01-01", "2026-13-01", "20261201", "明天")),
        ("effective_from", "2026-11-20"),
        ("effective_from", "9" * 4000),
        ("value", "9" * 5000),
        ("value", "-1"),
        ("value", ""),
        ("reason", " "),
        ("reason", "试" * 300),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    app: Flask, yj: World, field: str, wrong: str
) -> None:
    desk = sit(app, yj.session, "project_manager")
    path = f"/policies/{KEY}?org={yj.yj.id}"
    form = typed(desk, path, **{field: wrong})
    text = desk.post(path, form, 422).text
    assert f'href="#f-{field}"' in text
    assert wrong.strip()[:100] in text
    desk.post(path, {**form, "shown": "0123456789abcdef"}, 422)
    assert values(yj) == []


@pytest.mark.engines("sqlite")
def test_every_setting_can_be_opened_and_its_default_be_set(app: Flask, yj: World) -> None:
    desk = sit(app, yj.session, "project_manager")
    for key, known in POLICIES.items():
        path = f"/policies/{key}?org={yj.yj.id}"
        form, said = shown(desk, path, typed(desk, path, value=typed_text(key, known.default)))
        assert f"{known.label}由“" in said
        desk.post(path, form)
        assert values(yj)[-1] == (yj.yj.id, known.default), key
    assert len(values(yj)) == len(POLICIES) > 40


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
    form, said = shown(desk, path, typed(desk, path))
    assert "到时还没有开始的 1 个时限改按新值" in said
    desk.post(path, form)
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
