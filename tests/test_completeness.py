"""资料录入: what is incomplete stands on the list of whoever entered it, day by day, until it is filled in."""

from datetime import date

import pytest

from models import CallRecord, Resident, clock
from rules import residents
from rules.advance import advance, edit, start
from rules.completeness import by_person, gaps_of, incomplete, unfinished, unfinished_count
from tests.desk import Desk, sit
from tests.makers import World, make_order, make_ticket, staff_of, world

pytestmark = pytest.mark.rule("BASE-09")
TODAY = date(2026, 11, 21)


@pytest.fixture
def yj(session, at) -> World:
    at("2026-11-20 10:00")
    made = world(session)
    at("2026-11-21 10:00")
    return made


def of(made: World, post: str, day: date = TODAY):
    return [(g.register, g.name, g.missing) for g in incomplete(made.session, made.person(post), day)]


def person_without_phone(made: World, post: str = "desk_clerk") -> Resident:
    """As the desk puts somebody on file who came without papers, through the trail."""
    made.session.info["actor"] = made.person(post)
    found = residents.create(made.session, made.person(post), made.yj.id, name="何无号")
    made.session.commit()
    return found


def test_a_complete_day_has_no_list(yj):
    make_ticket(yj)
    assert of(yj, "desk_clerk") == []
    assert unfinished_count(yj.session, yj.person("desk_clerk")) == 0


def test_a_ticket_whose_phone_was_lost_stands_on_its_maker_s_list(yj):
    ticket = make_ticket(yj)
    ticket.reporter_phone = " "
    yj.session.commit()
    assert of(yj, "desk_clerk") == [("报事", ticket.number, ("报事人电话",))]
    assert of(yj, "receptionist") == []


def test_a_resident_without_phone_number_and_home_stands_on_the_list_of_who_entered_them(yj):
    person_without_phone(yj)
    assert of(yj, "desk_clerk") == [("住户", "何无号", ("联系电话", "身份证号码", "房号"))]
    assert of(yj, "receptionist") == []


def test_a_call_without_its_rings_and_its_answer_is_incomplete(yj):
    desk = yj.person("desk_clerk")
    call = start(
        yj.session, CallRecord(org_id=yj.yj.id, kind="in", party="徐明远", content="问物业费", answered_now=True), desk
    )
    yj.session.commit()
    assert of(yj, "desk_clerk") == [("来电来访", call.number, ("铃响声数", "答复内容"))]


def test_a_slip_walked_to_its_end_by_the_rules_is_complete(yj):
    order = make_order(yj, state="completed")
    assert gaps_of(yj.session, order) == ()
    assert order.ticket is not None
    assert gaps_of(yj.session, order.ticket) == ()


def test_what_a_later_state_asks_for_is_not_asked_before(yj):
    order = make_order(yj, state="issued")
    assert gaps_of(yj.session, order) == ()
    order.on_site_at = None
    assert "到场时间" not in gaps_of(yj.session, order)


def test_a_void_ticket_is_nobody_s_gap(yj):
    ticket = make_ticket(yj)
    ticket.customer = ""
    yj.session.flush()
    assert of(yj, "desk_clerk")
    advance(yj.session, ticket, "cancel", yj.person("service_supervisor"), reason="重复")
    yj.session.commit()
    assert of(yj, "desk_clerk") == []


def test_the_list_is_the_day_s_and_what_can_still_be_filled_in_stays(yj, at):
    ticket = make_ticket(yj)
    ticket.reporter_phone = ""
    yj.session.commit()
    at("2026-11-22 09:00")
    desk = yj.person("desk_clerk")
    assert of(yj, "desk_clerk", clock.today()) == []
    assert [g.name for g in unfinished(yj.session, desk)] == [ticket.number]
    assert unfinished_count(yj.session, desk) == 1
    edit(yj.session, ticket, desk, reporter_phone="13812342217")
    yj.session.commit()
    assert of(yj, "desk_clerk") == []
    assert unfinished_count(yj.session, desk) == 0


def test_what_is_frozen_is_on_its_day_s_list_but_waits_for_nobody(yj):
    desk = yj.person("desk_clerk")
    facts = {"kind": "in", "party": "徐明远", "content": "问物业费", "answered_now": True}
    start(yj.session, CallRecord(org_id=yj.yj.id, **facts), desk)
    yj.session.commit()
    assert len(of(yj, "desk_clerk")) == 1
    assert unfinished(yj.session, desk) == []
    assert unfinished_count(yj.session, desk) == 0


def test_the_supervisor_sees_whose_entries_they_are(yj):
    for post in ("desk_clerk", "desk_clerk", "receptionist"):
        ticket = make_ticket(yj, yj.person(post))
        ticket.customer = ""
    person_without_phone(yj, "receptionist")
    ticket = make_ticket(yj, yj.person("service_assistant"))
    yj.session.commit()
    names = [(s.name, n) for s, n in by_person(yj.session, yj.person("service_supervisor"), TODAY)]
    assert sorted(names) == sorted(
        [(staff_of(yj.session, "desk_clerk").name, 2), (staff_of(yj.session, "receptionist").name, 2)]
    )
    assert by_person(yj.session, yj.person("service_supervisor", "WJ"), TODAY) == []


def test_a_stranger_s_entries_are_not_shown(yj):
    ticket = make_ticket(yj)
    ticket.customer = ""
    yj.session.commit()
    other = yj.person("desk_clerk", "WJ")
    assert incomplete(yj.session, other, TODAY, of=yj.person("desk_clerk").staff_id) == []


# ---- on screen -----------------------------------------------------------------------------------------------------


def seat(app, made: World, post: str, project: str = "YJ", **kw: bool) -> Desk:
    made.session.commit()  # what others wrote meanwhile is seen, and SQLite lets this session write again
    return sit(app, made.session, post, project, **kw)


def test_everybody_sees_their_own_day_and_the_supervisor_everybody_s(app, yj):
    ticket = make_ticket(yj)
    ticket.reporter_phone = ""
    yj.session.commit()
    clerk, other, boss = (seat(app, yj, p) for p in ("desk_clerk", "receptionist", "service_supervisor"))
    page = clerk.get("/incomplete")
    assert ticket.number in page
    assert "报事人电话" in page
    assert "录入不完整" in clerk.get("/")
    assert ticket.number not in other.get("/incomplete")
    assert ticket.number not in other.get(f"/incomplete?staff={clerk.staff_id}")
    assert clerk.name in boss.get("/incomplete")
    assert ticket.number in boss.get(f"/incomplete?staff={clerk.staff_id}")
    assert ticket.number not in boss.get(f"/incomplete?staff={clerk.staff_id}&day=2026-11-20")
    assert boss.client.get("/incomplete?day=昨天").status_code in (400, 422)
