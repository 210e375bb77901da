"""The counter of the demo company: who sits there at which hour, how a matter is taken, what customers are told."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from commands.demo import talk
from commands.demo.stage import Home, House, Stage, Walk
from models import CallRecord, Ticket, clock
from rules.advance import start
from rules.calendar import follow_up_quiet
from rules.calls import ticket_from_call
from rules.notes import add_note
from rules.person import Person
from rules.tickets import needs_progress_contact

BUSY = ("08:20", "19:40")
CHANNELS = ("call",) * 11 + ("visit",) * 5 + ("wechat",) * 5 + ("web", "letter", "patrol")


def some(stage: Stage, house: House, day: date, share: float) -> range:
    """How many of a thing there are today: by the number of homes, fewer at the week's end."""
    about = (
        share
        * stage.busyness
        * len(house.homes)
        / 100
        * (0.75 if day.weekday() > 4 else 1.08)
        * stage.dice.uniform(0.5, 1.5)
    )
    return range(int(about) + stage.chance(about % 1))


def clerk(stage: Stage, house: House) -> Person:
    """Who has the desk at this hour: early, late, or at night the duty manager."""
    hour = clock.local(clock.now()).hour
    if hour < 7 or hour >= 22:
        return house.one("duty_manager")
    early, late = house.all("desk_clerk")[:1], house.all("desk_clerk")[1:] or house.all("service_assistant")
    if stage.chance(0.12):
        return stage.dice.choice(house.all("service_assistant", "receptionist", "service_administrator"))
    return (early if hour < 15 else late)[0]


def take(stage: Stage, house: House, by: Person, home: Home, kind: str, said: str, **more: Any) -> Ticket:
    """Register a matter as it is told; a third of the calls stands in the register of calls before."""
    channel = more.pop("channel", None) or stage.deck.draw(CHANNELS)
    facts = {
        "unit_id": home.unit_id,
        "resident_id": home.resident_id,
        "customer": home.customer,
        "reporter_phone": home.phone,
        "kind": kind,
        "content": said,
        "read_back": channel in ("call", "visit", "wechat"),
        "priority": "normal",
        **more,
    }
    with stage.acts(by) as session:
        if channel == "call" and stage.chance(0.3):
            return ticket_from_call(session, _noted(stage, session, house, by, home, said), by, **facts)
        ticket = Ticket(org_id=house.org_id, channel=channel, received_at=clock.now(), **facts)
        return start(session, ticket, by)


def _noted(stage: Stage, session: Session, house: House, by: Person, home: Home, said: str) -> CallRecord:
    call = CallRecord(
        org_id=house.org_id, kind="in", at=clock.now(), party=home.customer, unit_id=home.unit_id, content=said,
        rings=rings(stage), callback=home.phone, answered_now=False,
    )  # fmt: skip
    return start(session, call, by)


def rings(stage: Stage) -> int:
    """Nearly always inside the rule, now and then one too many."""
    return stage.dice.choices((1, 2, 3, 4, 6), (30, 40, 24, 4, 2))[0]


def told_how_it_stands(stage: Stage, session: Session, ticket: Ticket | None, by: Person) -> None:
    """TKT-07: who waited too long hears how it stands before the matter ends."""
    if ticket is not None and not ticket.is_frozen and needs_progress_contact(session, ticket):
        add_note(session, ticket, by, "contact", stage.deck.say(*talk.APOLOGY), means="phone")


def kept_informed(stage: Stage, house: House, ticket: Ticket, at: datetime, until: datetime) -> Walk:
    """FIRST-04: an open matter's customer hears every day; once in a while a day is missed."""
    while True:
        at += timedelta(hours=22.5 if stage.chance(0.9) else 31) + stage.minutes(5, 20, 40)
        at = stage.opened(at, follow_up_quiet(stage.session, house.org_id))
        if at >= until:
            return until
        at = yield at
        by = clerk(stage, house)
        with stage.acts(by) as session:
            add_note(session, ticket, by, "inform", stage.deck.say(*talk.INFORMED), means="phone")


def record_call(
    stage: Stage,
    house: House,
    by: Person,
    code: str,
    said: str,
    unit_id: int | None,
    at: datetime,
    *,
    lost: float = 0.2,
) -> None:
    """One outgoing call with what came of it."""
    answer = stage.deck.draw(talk.NO_ANSWER if stage.chance(lost) else talk.OUT_ANSWERS)
    with stage.acts(by) as session:
        record = CallRecord(
            org_id=house.org_id, kind="out", at=at, party=f"{code} 业主", unit_id=unit_id,
            content=said.replace("{home}", code), answered_now=True, answer=answer,
        )  # fmt: skip
        start(session, record, by)
