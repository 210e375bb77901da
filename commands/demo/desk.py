"""The front desk of the demo company: who sits there, tickets taken, calls, matters that other departments settle."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from commands.demo import talk
from commands.demo.counter import BUSY, clerk, kept_informed, record_call, rings, some, take, told_how_it_stands
from commands.demo.follow_ups import followed_up
from commands.demo.stage import Chapter, Home, House, Stage, Walk
from commands.demo.talk import Topic
from models import CallRecord, Ticket, clock
from rules.advance import advance, start
from rules.calendar import call_quiet
from rules.calls import reception_of
from rules.tickets import register_solved

#: How many matters of each kind a project of a hundred flats brings on a working day.
DAILY = {"question": 0.12, "wish": 0.035, "application": 0.03, "complaint": 0.05, "call": 0.12, "out": 0.03}


# ---- matters without a slip ----------------------------------------------------------------------------------------


def fitted(stage: Stage, house: House, topics: tuple[Topic, ...], day: date, home: Home) -> tuple[Topic, str]:
    """A topic of the season, in somebody's words."""
    topic = stage.deck.draw(tuple(t for t in topics if day.month in t.months))
    facts = {
        "b": stage.dice.choice(house.buildings).name,
        "n": str(stage.dice.randint(2, 12)),
        "home": home.code,
    }
    return topic, stage.deck.say(topic.said, topic.more, **facts).rstrip("，") + "。"


def question(stage: Stage, house: House, day: date) -> Walk:
    """Answered on the spot (FIRST-01)."""
    home = stage.dice.choice(house.homes)
    topic, said = fitted(stage, house, talk.QUESTIONS, day, home)
    yield stage.on(day, *BUSY)
    by = clerk(stage, house)
    facts = {"unit_id": home.unit_id, "customer": home.customer, "reporter_phone": home.phone}
    channel = stage.dice.choice(("call", "call", "visit", "wechat"))
    with stage.acts(by) as session:
        ticket = Ticket(
            org_id=house.org_id, channel=channel, received_at=clock.now(), kind="inquiry", content=said, **facts
        )
        register_solved(session, ticket, by, stage.deck.draw(topic.answers))


def matter(stage: Stage, house: House, day: date, kind: str, topics: tuple[Topic, ...]) -> Walk:
    """A wish, an application or a complaint: passed on, seen to, finished, followed up."""
    home = stage.dice.choice(house.homes)
    topic, said = fitted(stage, house, topics, day, home)
    at = yield stage.on(day, *(BUSY if kind != "complaint" else ("08:00", "21:40")))
    by = clerk(stage, house)
    severe = kind == "complaint" and stage.chance(0.12)
    ticket = take(stage, house, by, home, kind, said, priority="severe" if severe else "normal")
    yield from settled(stage, house, ticket, topic, at)


def settled(stage: Stage, house: House, ticket: Ticket, topic: Topic, at: datetime) -> Walk:
    """From 转部门 to the follow-up."""
    at = yield at + stage.minutes(2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 12)
    by = clerk(stage, house)
    if stage.chance(0.04):
        chief = house.one("service_supervisor")
        with stage.acts(chief) as session:
            advance(session, ticket, "cancel", chief, reason=stage.deck.draw(talk.CANCELLED))
        return
    with stage.acts(by) as session:
        advance(session, ticket, "pass_on", by, department=topic.department)
    at = yield at + stage.minutes(6, 9, 12, 16, 28)
    with stage.acts(by) as session:
        advance(session, ticket, "report_arrival", by)
    slow = stage.chance(0.13)
    until = stage.daytime(at + (timedelta(days=stage.dice.randint(1, 8)) if slow else stage.minutes(25, 50, 90, 180)))
    at = yield (yield from kept_informed(stage, house, ticket, at, until))
    by = clerk(stage, house)
    with stage.acts(by) as session:
        told_how_it_stands(stage, session, ticket, by)
        advance(
            session, ticket, "finish", by, done_at=at, signed_by=ticket.customer, means="paper",
            solution=stage.deck.draw(topic.answers),
        )  # fmt: skip
    again = yield from followed_up(stage, house, at, ticket=ticket)
    if isinstance(again, Ticket):
        yield from settled(stage, house, again, topic, clock.now())


# ---- calls ---------------------------------------------------------------------------------------------------------


def call(stage: Stage, house: House, day: date) -> Walk:
    """A call or a visit that needs no ticket; three in ten are answered later the same day."""
    home = stage.dice.choice(house.homes)
    topic, said = fitted(stage, house, talk.CALL_MATTERS, day, home)
    at = yield stage.on(day, *BUSY)
    by, visit, later = clerk(stage, house), stage.chance(0.25), stage.chance(0.3)
    more = stage.deck.draw(topic.more)
    facts: dict[str, Any] = {
        "content": "\n".join(w for w in (said, more) if w),
        "party": stage.deck.say(talk.CALLERS, home=home.code),
        "kind": "visit" if visit else "in",
        "rings": None if visit else rings(stage),
        "reception": reception_of(talk.VISIT_STEPS[: stage.dice.randint(2, 5)]) if visit else None,
    }
    if visit or later:
        facts["department"] = "service"
    facts |= {"callback": home.phone} if later else {"answer": stage.deck.draw(topic.answers)}
    with stage.acts(by) as session:
        record = start(session, CallRecord(org_id=house.org_id, at=at, answered_now=not later, **facts), by)
    if not later:
        return
    if stage.chance(0.03):
        yield at + stage.minutes(40)
        chief = house.one("service_supervisor")
        with stage.acts(chief) as session:
            advance(session, record, "cancel", chief, reason="打错电话，误登记")
        return
    yield stage.opened(at + stage.minutes(20, 60, 120, 300), call_quiet(stage.session, house.org_id))
    with stage.acts(by) as session:
        advance(session, record, "answer", by, answer=stage.deck.draw(topic.answers))


def ring_up(stage: Stage, house: House, day: date) -> Walk:
    """The desk rings somebody, never in the quiet hours; some are not reached."""
    home = stage.dice.choice(house.homes)
    at = yield stage.opened(stage.on(day, "10:00", "20:30"), call_quiet(stage.session, house.org_id))
    record_call(stage, house, clerk(stage, house), home.code, stage.deck.draw(talk.OUTGOING), home.unit_id, at)


# ---- the day -------------------------------------------------------------------------------------------------------


def a_day(stage: Stage, house: House, day: date) -> Iterable[Walk]:
    """What the desk gets on one day besides repairs."""
    for _ in some(stage, house, day, DAILY["question"]):
        yield question(stage, house, day)
    for kind, topics, name in (
        ("suggestion", talk.WISHES, "wish"),
        ("application", talk.APPLICATIONS, "application"),
        ("complaint", talk.COMPLAINTS, "complaint"),
    ):
        for _ in some(stage, house, day, DAILY[name]):
            yield matter(stage, house, day, kind, topics)
    for _ in some(stage, house, day, DAILY["call"]):
        yield call(stage, house, day)
    for _ in some(stage, house, day, DAILY["out"]):
        yield ring_up(stage, house, day)


def right_now(stage: Stage) -> Iterable[Walk]:
    """A call in each project that still waits for its answer."""
    for house in stage.houses:
        yield _unanswered(stage, house)


def _unanswered(stage: Stage, house: House) -> Walk:
    at = yield stage.now - timedelta(minutes=12)
    home, by = stage.dice.choice(house.homes), clerk(stage, house)
    topic, said = fitted(stage, house, talk.CALL_MATTERS[2:3], clock.local(at).date(), home)
    with stage.acts(by) as session:
        record = CallRecord(
            org_id=house.org_id, kind="in", at=at, party=f"{home.code} 业主", unit_id=home.unit_id, content=said,
            rings=rings(stage), callback=home.phone, department=topic.department, urgent=True,
        )  # fmt: skip
        start(session, record, by)


CHAPTER = Chapter("前台", daily=a_day, whole=right_now)
