"""Follow-ups of the demo company: reached at once or at the second call, content or not, once in a while forgotten."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from commands.demo import talk
from commands.demo.counter import record_call, told_how_it_stands
from commands.demo.stage import House, Stage, Walk
from models import FollowUp, Ticket, WorkOrder
from rules.advance import advance
from rules.calendar import call_quiet, follow_up_quiet
from rules.person import Person

SCORES = (5,) * 60 + (4,) * 33 + (3,) * 5 + (2,) * 1 + (1,)
METHODS = ("phone",) * 17 + ("visit", "look", "talk")


def followed_up(
    stage: Stage, house: House, at: datetime, *, ticket: Ticket | None = None, order: WorkOrder | None = None
) -> Walk:
    """The follow-up that the proof opened; returns the rework slip or the complaint that came of it, if any."""
    here = FollowUp.order_id == order.id if order is not None else FollowUp.ticket_id == getattr(ticket, "id", None)
    found = stage.session.scalars(select(FollowUp).where(here, FollowUp.state == "pending")).first()
    if found is None:
        return None
    by = stage.dice.choice(house.all("service_administrator", "service_assistant", "desk_clerk"))
    at = yield _moment(stage, house, found, at)
    if stage.chance(0.015):
        found = yield from _spoilt(stage, house, found)
    while stage.chance(0.1):
        where = found.unit.code if found.unit else found.customer
        if found.unit is not None:
            at = yield stage.opened(at, call_quiet(stage.session, house.org_id))
            record_call(stage, house, by, where, f"回访 {where} 的{_about(found)}", found.unit_id, at, lost=1)
        at = yield stage.opened(at + stage.minutes(90, 200, 1100), follow_up_quiet(stage.session, house.org_id))
    return _asked(stage, house, found, by, at)


def _about(found: FollowUp) -> str:
    return "维修情况" if found.order_id else "处理结果"


def _moment(stage: Stage, house: House, found: FollowUp, at: datetime) -> datetime:
    """Inside the window as a rule; a few come late."""
    first = max(at + stage.minutes(30), found.earliest_at)
    room = max((found.due_at - first).total_seconds(), 0)
    when = first + timedelta(seconds=room * stage.dice.betavariate(1.3, 3))
    if stage.chance(0.05):
        when = found.overdue_at + stage.minutes(60, 300, 1500, 6000)
    return stage.opened(when, follow_up_quiet(stage.session, house.org_id))


def _spoilt(stage: Stage, house: House, found: FollowUp) -> Walk:
    """RV-27: a spoilt page stays in its place, the next one is written."""
    chief = house.one("service_supervisor")
    with stage.acts(chief) as session:
        advance(session, found, "cancel", chief, reason=stage.deck.draw(talk.VOIDED))
        here = (FollowUp.ticket_id == found.ticket_id, FollowUp.order_id == found.order_id)
        again = session.scalars(select(FollowUp).where(*here, FollowUp.state == "pending")).one()
    yield again.earliest_at
    return again


def _asked(stage: Stage, house: House, found: FollowUp, by: Person, at: datetime) -> Ticket | WorkOrder | None:
    score, method = stage.deck.draw(SCORES), stage.deck.draw(METHODS)
    good = score >= 4
    details: dict[str, Any] = {
        "method": method,
        "satisfaction": score,
        "quality": stage.deck.say(*(talk.QUALITY if good else talk.BAD_QUALITY)),
        "effect": stage.deck.say(*talk.SERVICE) if good else stage.deck.draw(talk.BAD_SERVICE),
        "suggestion": stage.deck.draw(talk.SUGGESTIONS) if stage.chance(0.7) else None,
        "at": at,
    }
    if method != "phone":
        details["signer"] = found.customer
    if not good:
        complaint = score < 3 or found.order_id is None
        details |= {"defects": stage.deck.draw(talk.DEFECTS_TOLD), "outcome": "complaint" if complaint else "rework"}
    with stage.acts(by) as session:
        ticket = session.get(Ticket, found.ticket_id) if found.ticket_id else None
        told_how_it_stands(stage, session, ticket, by)
        advance(session, found, "pass_" if good else "fail", by, **details)
        return None if good else _what_came(stage, found)


def _what_came(stage: Stage, found: FollowUp) -> Ticket | WorkOrder | None:
    """The rework slip of this slip, or the complaint made of this matter."""
    if found.order_id is not None:
        again = stage.session.scalars(
            select(WorkOrder).where(WorkOrder.rework_of_id == found.order_id).order_by(WorkOrder.id.desc())
        ).first()
        if again is not None:
            return again
    made = select(Ticket).where(Ticket.kind == "complaint", Ticket.content.contains(str(found)))
    return stage.session.scalars(made.order_by(Ticket.id.desc())).first()
