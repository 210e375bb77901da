"""Counting: blind first, differences then, upwards always; custody handed over on a count; the monthly report."""

from datetime import date

import pytest
from sqlalchemy import select

from models import Alert, Incident, KeyDelegation, KeyOpening, KeyReport, Leave, Obligation, Signature, clock
from rules.advance import advance, edit, start
from rules.errors import NotAllowed, RuleError, WrongState
from rules.keys_counts import counted_between, counted_today, finish, opening_for, see, tally
from rules.keys_custody import stands_in, unattended
from rules.keys_reports import figures_of, key_figures
from rules.person import person_of
from rules.sweep import sweep
from tests.key_makers import (
    NEXT_WEEK,
    KeyRoom,
    count,
    counted,
    deposited,
    given_back,
    incident,
    key_room,
    lent,
    received,
    unsealing,
)
from tests.makers import staff_of, world


@pytest.fixture
def room(session) -> KeyRoom:
    return key_room(world(session))


def swept(room: KeyRoom, write) -> None:
    room.session.rollback()
    sweep(write)
    room.session.expire_all()


@pytest.mark.rule("KEY-26", "KEY-29", "KEY-28")
def test_a_count_that_finds_everything_matches(room):
    at_home, out = received(room), received(room)
    sealed = deposited(room, sealed=True)
    lent(room, out)
    made = counted(room, count(room))
    assert (made.state, made.expected, made.present, made.on_loan, made.difference) == ("matched", 3, 2, 1, 0)
    assert (made.sealed_count, made.seals_intact) == (1, True)
    assert counted_today(room.session, room.cabinet.id) is made
    slots = room.session.scalars(select(Signature.slot).where(Signature.noun == "key_count")).all()
    assert slots == ["清点人"]
    assert at_home.state == "in_cabinet"
    assert sealed.state == "sealed"


@pytest.mark.rule("KEY-28")
def test_differences_are_incidents_at_once_and_the_numbers_stay(room):
    gone, there = received(room), received(room)
    made = counted(room, count(room), missing=(gone.id,))
    assert (made.state, made.difference) == ("differs", 1)
    line = next(line for line in made.lines if line.difference)
    assert (line.key_id, line.difference) == (gone.id, "登记为“在柜”，未见到")
    assert "未见到" in room.session.scalars(select(Incident.body).where(Incident.rule == "KEY-28")).one()
    with pytest.raises(WrongState, match="不能再改"):
        tally(room.session, made, room.by("desk_clerk"), {there.id: (-1, None), gone.id: (-1, None)})
    with pytest.raises(WrongState):
        edit(room.session, made, room.by("desk_clerk"), remark="算错了")
    room.session.rollback()
    made.difference = 0
    with pytest.raises(RuntimeError, match="neither changed nor deleted"):
        room.session.flush()


@pytest.mark.rule("KEY-28")
def test_differences_go_up_and_another_person_decides_on_them(room, at, write):
    made = counted(room, count(room), missing=(received(room).id,))
    at.forward(minutes=1)
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "KEY-29", Alert.row_id == made.id)
    assert set(room.session.scalars(told)) == {"service_supervisor"}
    at.forward(days=1)
    swept(room, write)
    assert "project_manager" in set(room.session.scalars(told))
    with pytest.raises(RuleError, match="请写明差异情况"):
        advance(room.session, made, "report", room.by("desk_clerk"), explanation="丢")
    room.session.rollback()
    advance(room.session, made, "report", room.by("desk_clerk"), explanation="空房钥匙一套不见，已查借出登记")
    room.commit()
    assert made.reported_to.name == "陈堃"
    advance(room.session, made, "settle", room.by("service_supervisor"), settlement="按丢失处理，报经理")
    room.commit()
    assert (made.state, made.difference) == ("settled", 1)


@pytest.mark.rule("KEY-28")
def test_who_counted_does_not_settle_their_own_differences(room):
    made = counted(room, count(room, post="service_supervisor"), "service_supervisor", missing=(received(room).id,))
    advance(room.session, made, "report", room.by("service_supervisor"), explanation="一套不见，正在查")
    with pytest.raises(RuleError, match="不能处理自己清点"):
        advance(room.session, made, "settle", room.by("service_supervisor"), settlement="无妨")


@pytest.mark.rule("KEY-28")
def test_a_lent_key_found_in_the_cabinet_and_a_short_tag_are_differences_too(room):
    lent_out, short = received(room), received(room)
    lent(room, lent_out)
    made = count(room)
    tally(room.session, made, room.by("desk_clerk"), {lent_out.id: (-1, None), short.id: (2, None)})
    finish(room.session, made, room.by("desk_clerk"), {})
    words = {line.key_id: line.difference for line in made.lines}
    assert words == {lent_out.id: "登记为“已借出”，却在柜", short.id: "少 1 把"}


@pytest.mark.rule("KEY-53")
def test_a_sealed_envelope_counts_only_when_its_seal_was_looked_at(room):
    key = deposited(room, sealed=True)
    made = count(room)
    tally(room.session, made, room.by("desk_clerk"), {key.id: (-1, None)})
    finish(room.session, made, room.by("desk_clerk"), {})
    assert made.lines[0].difference == "封口不完好或未查看封口"
    assert made.seals_intact is False


@pytest.mark.rule("KEY-29")
def test_a_count_without_a_look_is_no_count_and_only_the_counter_counts(room):
    received(room)
    made = count(room)
    with pytest.raises(RuleError, match="还没有清点"):
        finish(room.session, made, room.by("desk_clerk"), {})
    with pytest.raises(NotAllowed):
        tally(room.session, made, room.by("receptionist"), {})
    with pytest.raises(WrongState, match="正在清点"):
        count(room)


def test_a_scanned_label_is_a_tag_seen_whole_but_not_another_cabinets(room):
    key = received(room)
    made = count(room)
    line = see(room.session, made, room.by("desk_clerk"), key)
    assert (line.found, line.qty) == (True, 3)
    lead = room.by("service_supervisor").staff_id
    own = received(room, "cabinet", section_id=None, unit_id=None, place="一号钥匙柜", keeper_id=lead)
    with pytest.raises(RuleError, match="不是这个柜的钥匙"):
        see(room.session, made, room.by("desk_clerk"), own)


@pytest.mark.rule("KEY-29", "KEY-26")
def test_a_day_without_a_count_is_told_and_a_count_closes_the_day(room, at, write):
    received(room)
    swept(room, write)
    duty = select(Obligation).where(Obligation.duty == "T-32").order_by(Obligation.id)
    today = room.session.scalars(duty).one()
    assert (today.period, today.org_id) == ("2026-11-21", room.world.yj.id)
    at("2026-11-22 00:01")
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "T-32", Alert.row_id == today.id)
    assert "service_supervisor" in set(room.session.scalars(told))
    at("2026-11-22 09:00")
    counted(room, count(room))
    swept(room, write)
    closed = {it.period: it.closed_at is not None for it in room.session.scalars(duty)}
    assert closed == {"2026-11-21": False, "2026-11-22": True}
    away = duty.where(Obligation.org_id == room.world.wj.id)
    assert room.session.scalars(away).all() == []


@pytest.mark.rule("KEY-26")
def test_the_month_asks_for_a_monthly_count_of_every_cabinet(room, write):
    received(room)
    counted(room, count(room))
    since, until = clock.at_wall(date(2026, 11, 1), clock.local(clock.now()).time()), clock.now().replace(day=30)
    assert not counted_between(room.session, room.world.yj.id, since, until, "monthly")
    counted(room, count(room, "monthly"))
    assert counted_between(room.session, room.world.yj.id, since, until, "monthly")
    for _opened_then_closed in range(2):
        swept(room, write)
    done = room.session.scalars(select(Obligation).where(Obligation.duty == "KEY-26")).one()
    assert (done.period, done.closed_at) == ("2026-11", clock.now())


# ---- handing over ------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-11", "KEY-53")
def test_a_handover_is_counted_and_signed_by_both(room):
    deposited(room, sealed=True)
    with pytest.raises(RuleError, match="移交原因"):
        count(room, "handover")
    room.session.rollback()
    made = count(room, "handover", "service_supervisor", handover_reason="leave")
    with pytest.raises(RuleError, match="接收人"):
        counted(room, made, "service_supervisor")
    room.session.rollback()
    counted(room, made, "service_supervisor", taker=room.by("service_administrator"), watcher=room.by("duty_manager"))
    rows = select(Signature.slot, Signature.signer).where(Signature.noun == "key_count").order_by(Signature.id)
    assert [tuple(row) for row in room.session.execute(rows)] == [
        ("移交人", "陈堃"),
        ("接收人", "何婉清"),
        ("监交人", "夜长明"),
    ]


def delegation(room: KeyRoom, **values) -> KeyDelegation:
    facts = {
        "org_id": room.world.yj.id,
        "lead_id": room.by("service_supervisor").staff_id,
        "delegate_id": room.by("service_administrator").staff_id,
        "leave_from": clock.today(),
        "leave_to": NEXT_WEEK,
    }
    made = start(room.session, KeyDelegation(**{**facts, **values}), room.by("service_supervisor"))
    room.commit()
    return made


@pytest.mark.rule("KEY-11")
def test_a_lead_on_leave_hands_custody_over_on_a_count_and_the_delegate_has_the_duty(room, at):
    deposited(room)
    lead, other = room.by("service_supervisor"), room.by("service_administrator")
    room.session.add(
        Leave(
            staff_id=lead.staff_id, org_id=room.world.yj.id, starts_on=clock.today(), ends_on=NEXT_WEEK, reason="休假"
        )
    )
    room.commit()
    assert [staff.name for staff in unattended(room.session, room.world.yj.id)] == ["陈堃"]
    paper = delegation(room)
    for wrong, said in (({}, "用自己的工号"), ({"receiver": other}, "先做移交清点")):
        with pytest.raises(RuleError, match=said):
            advance(room.session, paper, "hand_over", lead, **wrong)
        room.session.rollback()
    tallied = count(room, "handover", "service_supervisor", handover_reason="leave")
    counted(room, tallied, "service_supervisor", taker=other)
    advance(room.session, paper, "hand_over", lead, count_id=tallied.id, receiver=other)
    room.commit()
    assert (paper.counted, stands_in(room.session, lead.staff_id)) == (1, other.staff_id)
    assert unattended(room.session, room.world.yj.id) == []
    standing = person_of(room.session, staff_of(room.session, "service_administrator"))
    assert standing.holds("service_supervisor", org_id=room.world.yj.id)
    assert not standing.approving.holds("service_supervisor", org_id=room.world.yj.id)
    at.forward(days=1)
    back = count(room, "handover", "service_administrator", handover_reason="leave")
    counted(room, back, "service_administrator", taker=lead)
    advance(room.session, paper, "take_back", lead, back_count_id=back.id)
    room.commit()
    assert (paper.state, stands_in(room.session, lead.staff_id)) == ("ended", None)


@pytest.mark.rule("KEY-11")
def test_a_delegation_names_the_lead_and_somebody_of_the_service_department(room):
    for wrong, said in (
        ({"lead_id": room.by("desk_clerk").staff_id}, "客服负责人"),
        ({"delegate_id": room.by("technician").staff_id}, "客服部在岗"),
        ({"delegate_id": room.by("service_supervisor").staff_id}, "不能是委托人本人"),
        ({"leave_to": date(2026, 11, 1)}, "起止日期"),
    ):
        with pytest.raises(RuleError, match=said):
            delegation(room, **wrong)
        room.session.rollback()
    with pytest.raises(NotAllowed):
        advance(room.session, delegation(room), "hand_over", room.by("project_manager"))


# ---- opening stock and report --------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-08")
def test_the_opening_stock_of_a_cabinet_stands_once_it_was_counted(room):
    opening = opening_for(room.session, room.cabinet, room.by("service_administrator"))
    assert opening_for(room.session, room.cabinet, room.by("service_administrator")) is opening
    room.commit()
    received(room)
    counted(room, count(room, "opening"))
    assert room.session.get_one(KeyOpening, opening.id).state == "confirmed"


@pytest.mark.rule("KEY-59", "KEY-44", "KEY-07")
def test_the_monthly_report_tells_the_manager_what_happened_to_the_keys(room, at, write):
    vacant = received(room)
    given_back(room, lent(room, vacant))
    late = lent(room, received(room, "repair"))
    unsealing(room, deposited(room, sealed=True), "opened")
    incident(room, received(room))
    counted(room, count(room), missing=(vacant.id,))
    at("2026-11-30 20:00")
    found = {figure.key: figure.number for figure in key_figures(room.session, room.world.yj.id, "2026-11")}
    assert found | {"kept": 4} == found
    assert (found["loans"], found["late"], found["out"], found["opened"]) == (2, 1, 1, 1)
    assert (found["incidents"], found["differences"], found["to_reseal"], found["counts"]) == (1, 1, 1, 1)
    at("2026-12-02 09:00")
    report = KeyReport(org_id=room.world.yj.id, period="2026-11")
    report = start(room.session, report, room.by("service_supervisor"))
    room.commit()
    again = KeyReport(org_id=room.world.yj.id, period="2026-11")
    with pytest.raises(RuleError, match="已经有了"):
        start(room.session, again, room.by("service_supervisor"))
    room.session.rollback()
    advance(room.session, report, "read_", room.by("project_manager"), opinion="返修钥匙要催")
    room.commit()
    assert report.state == "read"
    assert {f.key: f.number for f in figures_of(report)}["loans"] == 2
    for _opened_then_closed in range(2):
        swept(room, write)
    duty = room.session.scalars(select(Obligation).where(Obligation.duty == "KEY-59", Obligation.period == "2026-11"))
    assert duty.one().closed_at == clock.now()
    assert late.state == "lent"


@pytest.mark.rule("KEY-59")
def test_a_month_without_its_report_goes_up_to_the_manager(room, at, write):
    received(room)
    at("2026-12-01 09:00")
    swept(room, write)
    at("2026-12-06 00:01")
    swept(room, write)
    told = select(Alert.post).where(Alert.deadline == "KEY-59")
    assert {"service_supervisor", "project_manager"} <= set(room.session.scalars(told))
    with pytest.raises(RuleError, match="还没有开始"):
        start(room.session, KeyReport(org_id=room.world.yj.id, period="2027-01"), room.by("service_supervisor"))
    room.session.rollback()
    with pytest.raises(RuleError, match="请写成"):
        start(room.session, KeyReport(org_id=room.world.yj.id, period="十一月"), room.by("service_supervisor"))
