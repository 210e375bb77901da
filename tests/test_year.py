"""A year of the office, day by day: everybody is told once, no number is skipped, the 操作日志 stays whole."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Alert, Clock, FollowUp, Obligation, Rung, Ticket, WorkOrder, clock
from models.document import SeriesCounter
from rules.advance import advance
from rules.notes import add_note
from rules.obligations import DUTIES
from rules.sweep import SweepResult, sweep
from rules.trail import read_marks, unsealed_tail, verify, verify_numbers
from rules.write import Writer
from tests.conftest import Hands
from tests.makers import PATH, World, asked, later, make_order, make_public_order, make_ticket, walk_to, world

FIRST, DAYS = date(2027, 3, 1), 366  # ends on 29 February
STATES = ("draft", "issued", "received", "on_site", "working", "to_sign", "completed", "completed", "completed")
MORNING, EVENING = (time(8, 30),), (time(18, 40), time(23, 55))


def a_days_matters(made: World, at: Hands, day: date, dice: random.Random) -> None:
    """What comes in on a day: some are finished at once, some are left lying, some are cancelled."""
    for n in range(dice.randint(1, 3)):
        at(datetime.combine(day, time(9 + 3 * n, dice.randint(0, 59)), clock.LOCAL))
        what = dice.random()
        if what < 0.15:
            make_public_order(made, state=dice.choice(STATES))
        elif what < 0.18:  # nobody ever sees to these: every rung there is gets its turn
            make_ticket(made, unit_id=made.units["3-2-1204"].id, customer="张伟", kind="inquiry", content="问门禁卡")
        else:
            ticket = make_ticket(made, content=f"第 {day:%m%d}{n} 件漏水")
            order = make_order(made, ticket, state=dice.choice(STATES))
            if order.state == "draft" and dice.random() < 0.5:
                advance(made.session, order, "cancel", made.person("service_supervisor"), reason="重复登记")
                made.session.commit()


def catch_up(made: World, at: Hands, day: date, dice: random.Random) -> None:
    """First thing some of what was left lying since the day before yesterday is finished after all."""
    at(datetime.combine(day, time(8, 45), clock.LOCAL))
    lying = select(WorkOrder).where(WorkOrder.state.in_(PATH[:-1]), WorkOrder.created_at < later(days=-2))
    for order in made.session.scalars(lying.order_by(WorkOrder.id)).all():
        if dice.random() < 0.6:
            if order.ticket is not None:
                desk = made.person("desk_clerk")
                add_note(made.session, order.ticket, desk, "contact", "已告知今天上门", means="phone")
            walk_to(made, order, "completed")


def ring_back(made: World, at: Hands, day: date, dice: random.Random) -> None:
    """In the afternoon the desk rings whom it owes a call; not everybody, every day."""
    at(datetime.combine(day, time(16, 30), clock.LOCAL))
    owed = select(FollowUp).where(FollowUp.state == "pending", FollowUp.earliest_at <= clock.now())
    for follow_up in made.session.scalars(owed.order_by(FollowUp.id)).all():
        if dice.random() < 0.7:
            advance(made.session, follow_up, "pass_", made.person("desk_clerk"), **asked())
    made.session.commit()


def told(write: Writer, at: Hands, day: date, hours: tuple[time, ...], marks: Path) -> SweepResult:
    """The sweeps at these hours, each run twice: the second finds nothing left to tell."""
    done = SweepResult()
    for hour in hours:
        at(datetime.combine(day, hour, clock.LOCAL))
        done += sweep(write, marks)
        again = sweep(write, marks)
        assert (again.rungs, again.alerts, again.opened, again.closed) == (0, 0, 0, 0), f"told twice on {day}"
    return done


@pytest.mark.long
@pytest.mark.rule("BASE-05")
def test_a_year_goes_by(session: Session, write: Writer, at: Hands, tmp_path: Path):
    dice, marks = random.Random(2027), tmp_path / "trail.marks"
    at(datetime.combine(FIRST, time(8), clock.LOCAL))
    made, whole = world(session), SweepResult()
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        whole += told(write, at, day, MORNING, marks)
        catch_up(made, at, day, dice)
        a_days_matters(made, at, day, dice)
        ring_back(made, at, day, dice)
        session.expire_all()
        session.commit()
        whole += told(write, at, day, EVENING, marks)
        if (day + timedelta(days=1)).day == 1:
            session.expire_all()
            assert [*map(str, verify(session, read_marks(marks))), *verify_numbers(session)] == [], f"by {day}"
            session.commit()
    assert clock.today() == date(2028, 2, 29)
    assert_everybody_was_told_once(session, whole)
    assert_numbers_are_whole(session)
    assert_every_duty_opened_once_a_period(session)
    assert unsealed_tail(session) == 0
    print(f"a year: {session.scalar(select(func.count()).select_from(Ticket))} tickets, {whole}")


def assert_everybody_was_told_once(session: Session, whole: SweepResult) -> None:
    rungs = session.scalars(select(Rung)).all()
    assert len(rungs) == whole.rungs > DAYS
    assert len({(r.clock_id, r.obligation_id, r.round, r.rung) for r in rungs}) == len(rungs)
    alerts = session.execute(select(Alert.staff_id, Alert.source, Alert.source_id)).all()
    assert len(set(alerts)) == len(alerts) == whole.alerts
    assert all(r.told_at >= r.at for r in rungs)
    late = select(Clock.id).where(Clock.stopped_at.is_(None), Clock.next_rung_at <= clock.now())
    assert session.scalars(late).all() == []  # nothing that was due has been forgotten


def assert_numbers_are_whole(session: Session) -> None:
    for model, prefix in ((Ticket, "BS"), (WorkOrder, model_prefix())):
        months = Counter((number or "")[:-5] for number in session.scalars(select(model.number)))
        counters = dict(
            session.execute(
                select(SeriesCounter.key, SeriesCounter.last).where(SeriesCounter.key.like(f"{prefix}-%"))
            ).all()
        )
        assert months == counters
        assert len(months) == 12


def model_prefix() -> str:
    """What the numbers of slips begin with."""
    return WorkOrder.series.prefix


def assert_every_duty_opened_once_a_period(session: Session) -> None:
    rows = session.execute(select(Obligation.duty, Obligation.org_id, Obligation.period)).all()
    assert len(set(rows)) == len(rows)
    periods = {duty.id: {p for d, _o, p in rows if d == duty.id} for duty in DUTIES}
    assert len(periods["TKT-19"]) == 12
    assert periods["TKT-20"] >= {"2027Q1", "2027Q2", "2027Q3", "2027Q4"}
    assert "2027" in periods["TKT-21"]
    assert len(periods["TKT-11"]) == len(periods["TKT-12"]) == 12
