"""报事抽查: nobody chooses what is drawn, fewer are taken whole, the regulation's grades stand, shortfalls show."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import CallRecord, Obligation, Ticket, TicketCheck, clock
from rules.advance import advance, start
from rules.calls import ticket_from_call
from rules.checks import (
    draw,
    drawn,
    proposal,
    quota_met,
    record_check,
    record_unregistered,
    shortfalls,
    unregistered,
    worksheet,
)
from rules.errors import NotAllowed, RuleError, WrongState
from rules.sweep import sweep
from tests.desk import Desk, sit, token
from tests.makers import World, make_ticket, set_policy, ticket_of, world

LEVELS = [
    pytest.param("area", "area_manager", 10, marks=pytest.mark.rule("TKT-11")),
    pytest.param("quality", "quality_manager", 7, marks=pytest.mark.rule("TKT-12")),
]
MONTH = "2026-11"


@pytest.fixture
def yj(session) -> World:
    return world(session)


def tickets(made: World, number: int) -> list[Ticket]:
    return [make_ticket(made, content=f"第 {n} 件") for n in range(number)]


def numbers(checks: list[TicketCheck]) -> list[str]:
    return [check.ticket.number for check in checks]


# ---- the draw ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "post", "quota"), LEVELS)
def test_the_quota_is_drawn_from_the_month_s_tickets(yj, level, post, quota):
    tickets(yj, 14)
    made = draw(yj.session, yj.yj.id, MONTH, level, yj.person(post))
    assert len(made) == len(set(numbers(made))) == quota
    assert {(c.seed, c.pool) for c in made} == {(f"YJ/{MONTH}/{level}", 14)}


@pytest.mark.parametrize(("level", "post", "quota"), LEVELS)
def test_the_quota_is_the_house_s_own(yj, level, post, quota):
    set_policy(yj.session, yj.company, f"tkt.sample_{level}", 3)
    tickets(yj, 5)
    assert len(draw(yj.session, yj.yj.id, MONTH, level, yj.person(post))) == 3


@pytest.mark.parametrize(("level", "post", "quota"), LEVELS)
def test_anybody_draws_the_same_again(yj, level, post, quota):
    pool = [t.number for t in tickets(yj, 14)]
    made = draw(yj.session, yj.yj.id, MONTH, level, yj.person(post))
    assert numbers(made) == drawn(made[0].seed, list(reversed(pool)), quota)
    assert numbers(made) != sorted(pool)[:quota]  # not just the first ones


def test_project_month_and_level_each_draw_differently():
    pool = [f"BS-YJ-202611-{n:04}" for n in range(1, 40)]
    draws = [
        tuple(drawn(seed, pool, 7))
        for seed in ("YJ/2026-11/area", "YJ/2026-11/quality", "YJ/2026-12/area", "WJ/2026-11/area")
    ]
    assert len(set(draws)) == 4


@pytest.mark.rule("TKT-11", "TKT-12")
def test_fewer_tickets_than_the_quota_are_all_taken(yj):
    made = tickets(yj, 4)
    drawn_ = draw(yj.session, yj.yj.id, MONTH, "quality", yj.person("quality_manager"))
    assert sorted(numbers(drawn_)) == [t.number for t in made]
    sheet = worksheet(yj.session, yj.yj.id, MONTH, "quality")
    assert (sheet.quota, sheet.drawn, sheet.shortfall) == (4, 4, 4)
    assert "全部抽查" in sheet.words


def test_a_later_draw_tops_up_and_never_draws_twice(yj):
    first = tickets(yj, 4)
    draw(yj.session, yj.yj.id, MONTH, "area", yj.person("area_manager"))
    tickets(yj, 20)
    more = draw(yj.session, yj.yj.id, MONTH, "area", yj.person("area_manager"))
    assert len(more) == 6
    assert not {c.ticket_id for c in more} & {t.id for t in first}
    with pytest.raises(RuleError, match="不必再抽"):
        draw(yj.session, yj.yj.id, MONTH, "area", yj.person("area_manager"))


def test_void_tickets_and_those_of_other_months_and_projects_are_not_drawn(yj, at):
    old = make_ticket(yj)
    at("2026-12-02 10:00")
    mine, void = make_ticket(yj, content="十二月的一件"), make_ticket(yj, content="登记重了")
    advance(yj.session, void, "cancel", yj.person("service_supervisor"), reason="重复登记")
    start(
        yj.session,
        ticket_of(yj, org_id=yj.wj.id, unit_id=yj.units["WJ 3-2-1203"].id),
        yj.person("desk_clerk", "WJ"),
    )
    made = draw(yj.session, yj.yj.id, "2026-12", "area", yj.person("area_manager"))
    assert numbers(made) == [mine.number]
    assert old.number not in numbers(made)


@pytest.mark.rule("TKT-11", "TKT-12")
@pytest.mark.parametrize(
    ("level", "post"),
    [("area", "quality_manager"), ("quality", "area_manager"), ("area", "project_manager"), ("area", "desk_clerk")],
)
def test_only_the_level_s_own_post_draws_and_grades(yj, level, post):
    tickets(yj, 2)
    with pytest.raises(NotAllowed):
        draw(yj.session, yj.yj.id, MONTH, level, yj.person(post))
    right = {"area": "area_manager", "quality": "quality_manager"}[level]
    (one, _other) = draw(yj.session, yj.yj.id, MONTH, level, yj.person(right))
    with pytest.raises(NotAllowed):
        record_check(yj.session, one, yj.person(post), "good")


@pytest.mark.parametrize("period", ["2026-13", "2026", "十一月", "2027-01"])
def test_a_month_that_is_none_or_has_not_come_cannot_be_drawn(yj, period):
    with pytest.raises(RuleError) as refused:
        draw(yj.session, yj.yj.id, period, "area", yj.person("area_manager"))
    assert refused.value.field == "period"


def test_a_month_without_tickets_says_so(yj):
    with pytest.raises(RuleError, match="没有更多报事"):
        draw(yj.session, yj.yj.id, MONTH, "area", yj.person("area_manager"))


# ---- worksheet and shortfall -------------------------------------------------------------------------------------


@pytest.mark.rule("TKT-11", "TKT-12")
@pytest.mark.parametrize(("level", "post", "quota"), LEVELS)
def test_the_shortfall_falls_with_every_check_and_is_shown_to_its_post(yj, level, post, quota):
    tickets(yj, 12)
    who = yj.person(post)
    assert [(o.id, s.shortfall) for o, s in shortfalls(yj.session, who, MONTH)] == [(yj.yj.id, quota)]
    for check in draw(yj.session, yj.yj.id, MONTH, level, who)[:-1]:
        record_check(yj.session, check, who, "good")
    ((_org, sheet),) = shortfalls(yj.session, who, MONTH)
    assert (sheet.drawn, sheet.checked, sheet.shortfall) == (quota, quota - 1, 1)
    record_check(yj.session, sheet.checks[-1], who, "good")
    assert shortfalls(yj.session, who, MONTH) == []
    assert "已完成" in worksheet(yj.session, yj.yj.id, MONTH, level).words


@pytest.mark.rule("TKT-11")
def test_a_month_with_few_tickets_is_done_only_when_it_is_over_and_all_were_checked(yj, write, at):
    sweep(write)
    tickets(yj, 3)
    who = yj.person("area_manager")
    checks = draw(yj.session, yj.yj.id, MONTH, "area", who)
    for check in checks[1:]:
        record_check(yj.session, check, who, "good")
    at("2026-12-01 00:00")
    assert not quota_met(yj.session, yj.yj.id, MONTH, "area", 10)
    record_check(yj.session, checks[0], who, "good")
    yj.session.commit()
    at("2026-11-30 23:59")
    assert not quota_met(yj.session, yj.yj.id, MONTH, "area", 10)
    at("2026-12-01 00:00")
    yj.session.commit()
    sweep(write)
    yj.session.expire_all()
    due = yj.session.scalars(
        select(Obligation).where(Obligation.duty == "TKT-11", Obligation.org_id == yj.yj.id, Obligation.period == MONTH)
    ).first()
    assert due is not None
    assert due.closed_at == clock.now()


# ---- grades ------------------------------------------------------------------------------------------------------


def one_check(made: World) -> TicketCheck:
    (check,) = draw(made.session, made.yj.id, MONTH, "area", made.person("area_manager"))
    return check


@pytest.mark.rule("TKT-23")
def test_a_ticket_in_order_is_proposed_as_good(yj):
    make_ticket(yj)
    assert proposal(yj.session, one_check(yj)).grade == "good"


@pytest.mark.rule("TKT-23")
def test_an_entry_added_afterwards_is_a_nonconformity(yj):
    make_ticket(yj, received_at=clock.now() - timedelta(hours=2), late_entry_reason="前台忙，下班前补")
    given = proposal(yj.session, one_check(yj))
    assert (given.grade, given.reasons) == ("minor", ("补单：前台忙，下班前补",))


@pytest.mark.rule("TKT-23", "BASE-09")
def test_an_incomplete_ticket_is_a_nonconformity_and_says_what_is_missing(yj):
    ticket = make_ticket(yj)
    ticket.reporter_phone = ""
    yj.session.commit()
    given = proposal(yj.session, one_check(yj))
    assert (given.grade, given.reasons) == ("minor", ("记录不全：缺报事人电话",))


@pytest.mark.rule("TKT-23")
def test_a_grade_milder_than_the_regulation_s_needs_its_reason(yj):
    make_ticket(yj, received_at=clock.now() - timedelta(hours=2), late_entry_reason="停电")
    check, who = one_check(yj), yj.person("area_manager")
    with pytest.raises(RuleError) as refused:
        record_check(yj.session, check, who, "good")
    assert (refused.value.field, refused.value.rule) == ("finding", "TKT-23")
    record_check(yj.session, check, who, "good", "全小区停电，纸面当时已登记")
    assert (check.grade, check.checked_by_id) == ("good", who.staff_id)


def test_what_is_not_good_says_what_was_found(yj):
    make_ticket(yj)
    check = one_check(yj)
    with pytest.raises(RuleError, match="发现"):
        record_check(yj.session, check, yj.person("area_manager"), "minor", " ")


def test_a_grade_is_given_once(yj):
    make_ticket(yj)
    check, who = one_check(yj), yj.person("area_manager")
    record_check(yj.session, check, who, "good")
    with pytest.raises(WrongState):
        record_check(yj.session, check, who, "minor", "再看不行")


@pytest.mark.rule("TKT-23")
def test_a_matter_never_registered_is_serious_and_nothing_less(yj):
    who = yj.person("quality_manager")
    found = record_unregistered(
        yj.session, yj.yj.id, MONTH, "quality", who, "11-18 3-2-1203 来电报漏水，没有登记", "电话抽访得知"
    )
    assert found.grade == "serious"
    mild = TicketCheck(org_id=yj.yj.id, period=MONTH, level="quality", matter="11-19 5-1-0802 报门锁")
    yj.session.add(mild)
    yj.session.flush()
    with pytest.raises(RuleError, match="严重不合格") as refused:
        record_check(yj.session, mild, who, "minor", "从轻")
    assert refused.value.rule == "TKT-23"


def test_an_unregistered_matter_is_no_part_of_the_quota(yj):
    tickets(yj, 8)
    record_unregistered(yj.session, yj.yj.id, MONTH, "quality", yj.person("quality_manager"), "一件漏登", "")
    sheet = worksheet(yj.session, yj.yj.id, MONTH, "quality")
    assert (sheet.drawn, sheet.checked, sheet.shortfall) == (0, 0, 7)


@pytest.mark.rule("TKT-23")
def test_a_call_left_open_over_night_looks_unregistered(yj, at):
    desk, who = yj.person("desk_clerk"), yj.person("quality_manager")
    left, turned = (
        start(yj.session, call(yj, content), desk) for content in ("楼道灯不亮，要人修", "水管漏，已转报事")
    )
    ticket_from_call(yj.session, turned, desk, unit_id=yj.units["3-2-1203"].id, read_back=True, kind="repair")
    yj.session.commit()
    assert unregistered(yj.session, who, yj.yj.id, MONTH) == []  # its day is not over
    at("2026-11-22 08:00")
    assert unregistered(yj.session, who, yj.yj.id, MONTH) == [left]


def call(made: World, content: str) -> CallRecord:
    facts = {"kind": "in", "party": "徐明远", "callback": "13812342217", "rings": 2}
    return CallRecord(org_id=made.yj.id, content=content, **facts)


# ---- on screen ---------------------------------------------------------------------------------------------------


def seat(app, made: World, post: str, project: str = "YJ", **kw: bool) -> Desk:
    made.session.commit()  # what others wrote meanwhile is seen, and SQLite lets this session write again
    return sit(app, made.session, post, project, **kw)


@pytest.mark.rule("TKT-11")
def test_the_worksheet_draws_once_per_page_and_takes_the_grades(app, yj):
    tickets(yj, 12)
    late = make_ticket(yj, received_at=clock.now() - timedelta(hours=2), late_entry_reason="停电")
    area = seat(app, yj, "area_manager")
    page = area.get(f"/checks?org={yj.yj.id}&period={MONTH}&level=area")
    assert "还差 10 单" in page
    here = f"/checks/draw?org={yj.yj.id}&period={MONTH}&level=area"
    for _twice in range(2):
        area.post(here, {"token": token(page)})
    yj.session.rollback()
    drawn_ = yj.session.scalars(select(TicketCheck).order_by(TicketCheck.id)).all()
    assert len(drawn_) == 10
    page = area.get(f"/checks?org={yj.yj.id}&period={MONTH}&level=area")
    assert all(check.ticket.number[-4:] in page for check in drawn_)
    assert ("补单：停电" in page) == (late.id in {c.ticket_id for c in drawn_})
    first = drawn_[0]
    form = area.get(f"/ticket_check/{first.id}/check")
    assert "建议结论" in form
    refused = area.post(f"/ticket_check/{first.id}/check", {"token": token(form), "grade": "minor"}, 422)
    assert "请写明发现的问题" in refused.text
    area.post(f"/ticket_check/{first.id}/check", {"token": token(form), "grade": "minor", "finding": "没写到场时间"})
    assert "还差 9 单" in area.get(f"/checks?org={yj.yj.id}&period={MONTH}&level=area")


def test_the_project_reads_its_worksheet_and_draws_nothing(app, yj):
    tickets(yj, 3)
    boss = seat(app, yj, "project_manager")
    page = boss.get(f"/checks?period={MONTH}&level=area")
    assert "/checks/draw" not in page
    boss.post(f"/checks/draw?org={yj.yj.id}&period={MONTH}&level=area", {"token": "t" * 24}, 403)
    seat(app, yj, "desk_clerk").get("/checks", 403)
    yj.session.rollback()
    assert yj.session.scalars(select(TicketCheck)).all() == []


@pytest.mark.rule("TKT-23")
def test_an_unregistered_matter_is_put_down_on_screen(app, yj):
    centre = seat(app, yj, "quality_manager")
    url = f"/checks/unregistered?org={yj.yj.id}&period={MONTH}&level=quality"
    form = centre.get(url)
    assert "请写明没有登记的事项" in centre.post(url, {"token": token(form), "matter": " "}, 422).text
    centre.post(url, {"token": token(form), "matter": "11-18 3-2-1203 报漏水没有登记", "finding": "电话抽访"})
    assert "严重不合格" in centre.get(f"/checks?org={yj.yj.id}&period={MONTH}&level=quality")


@pytest.mark.parametrize("asked", ["period=2026-99", "org=999999", "period=%00", "level=nobody"])
def test_nonsense_in_the_address_is_answered_in_chinese(app, yj, asked):
    reply = seat(app, yj, "area_manager").client.get(f"/checks?{asked}")
    assert reply.status_code == 404 if "org" in asked else reply.status_code in (200, 400, 422)


@pytest.mark.rule("TKT-11", "TKT-12")
@pytest.mark.parametrize(("level", "post", "quota"), LEVELS)
def test_the_page_lists_every_project_this_post_must_still_sample(app, yj, level, post, quota):
    tickets(yj, 12)
    who = yj.person(post)
    page = seat(app, yj, post).get(f"/checks?org={yj.wj.id}&period={MONTH}&level={level}")
    assert "我还要抽查的项目" in page
    assert f"还差 {quota} 单" in page
    assert f"org={yj.yj.id}&amp;period={MONTH}&amp;level={level}" in page
    for check in draw(yj.session, yj.yj.id, MONTH, level, who):
        record_check(yj.session, check, who, "good")
    assert "我还要抽查的项目" not in seat(app, yj, post).get(f"/checks?period={MONTH}&level={level}")
    assert "我还要抽查的项目" not in seat(app, yj, "project_manager").get("/checks")
