"""What is under way in the demo company whenever somebody looks: a matter in each state, some of them late."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from commands.demo import talk
from commands.demo.counter import clerk, take
from commands.demo.faults import FAULTS, Case, case_of
from commands.demo.slips import called_off, claimed, finished, issued, of_season, printed, round_hour
from commands.demo.stage import Chapter, House, Stage, Walk
from models import Ticket, WorkOrder, clock
from rules.advance import advance
from rules.copies import living_copies
from rules.person import Person

#: (minutes ago, what was done since the slip was issued; None = no slip yet).
UNDER_WAY: tuple[tuple[int, str | None], ...] = (
    (4, None),
    (17, None),
    (26, ""),
    (33, "receive"),
    (48, "receive reach_door"),
    (55, "receive reach_door arrive"),
    (65, "receive reach_door arrive begin"),
    (88, "receive appoint"),
    (110, "receive reach_door arrive begin finish"),
    (130, "cancel"),
    (150, "receive reach_door arrive begin finish claim"),
    (2885, "receive reach_door arrive begin finish claim lose"),
)


def under_way(stage: Stage) -> Iterable[Walk]:
    """A matter in each state, begun lately, at whatever hour somebody looks; at night only what cannot wait."""
    for n, house in enumerate(stage.houses):
        yield _agreed(stage, house)
        for minutes, verbs in UNDER_WAY if n == 0 else UNDER_WAY[n::3]:  # the others are smaller and quieter
            yield _until(stage, house, minutes, verbs)


def _begun(stage: Stage, house: House, begin: datetime) -> tuple[Ticket, Case]:
    wall = clock.local(begin)
    night = wall.hour < 7 or wall.hour >= 22
    case = case_of(stage.deck.draw(of_season(FAULTS, wall.date(), urgent=night)), stage.deck)
    priority = "urgent" if case.fault.urgent else "normal"
    home, by = stage.dice.choice(house.homes), clerk(stage, house)
    return take(stage, house, by, home, case.fault.kind, case.said, channel="call", priority=priority), case


def _agreed(stage: Stage, house: House) -> Walk:
    """A time was agreed and is still to come."""
    at = yield stage.now - timedelta(minutes=72)
    ticket, _case = _begun(stage, house, at)
    at = yield at + timedelta(minutes=2)
    by = clerk(stage, house)
    with stage.acts(by) as session:
        advance(session, ticket, "appoint", by, appointment_at=round_hour(stage, at + timedelta(hours=4)))


def _until(stage: Stage, house: House, minutes: int, verbs: str | None) -> Walk:
    at = yield stage.now - timedelta(minutes=minutes)
    ticket, case = _begun(stage, house, at)
    if verbs is None:
        return
    at = yield at + timedelta(minutes=5)
    order = issued(stage, ticket, case, clerk(stage, house))
    printed(stage, house, order, clerk(stage, house))
    man = house.all("engineering_duty", "technician")[minutes % 2]
    for verb in verbs.split():
        at = yield at + timedelta(minutes=30 if verb == "finish" else 4)
        _step(stage, house, order, case, man, verb)


def _step(stage: Stage, house: House, order: WorkOrder, case: Case, man: Person, verb: str) -> None:
    if verb == "finish":
        finished(stage, order, case, man)
    elif verb == "claim":
        claimed(stage, order, man, None)
    elif verb == "lose":
        by, third = clerk(stage, house), next(c for c in living_copies(stage.session, order) if c.copy_no == 3)
        with stage.acts(by) as session:
            advance(session, third, "report_missing", by, reason=stage.deck.draw(talk.COPY_LOST))
    elif verb == "cancel":
        called_off(stage, house, order)
    elif verb == "appoint":
        by, agreed = clerk(stage, house), round_hour(stage, clock.now() + timedelta(hours=4))
        with stage.acts(by, reason=stage.deck.draw(talk.AWAY)) as session:
            advance(session, order, "appoint", by, appointment_at=agreed)
    else:
        with stage.acts(man) as session:
            advance(session, order, verb, man)


CHAPTER = Chapter("正在办理", whole=under_way)
