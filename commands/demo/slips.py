"""Repairs of the demo company: from the report to the slip's last copy, in every state a slip can be in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import printouts.filling.work_orders  # noqa: F401  (what the slip says when it is printed)
from commands.demo import talk
from commands.demo.counter import BUSY, clerk, kept_informed, some, take
from commands.demo.desk import settled
from commands.demo.faults import DEFECTS, FAULTS, PUBLIC, Case, Fault, case_of
from commands.demo.follow_ups import followed_up
from commands.demo.stage import Chapter, House, Stage, Walk
from commands.demo.talk import COMPLAINTS
from models import Building, PaperCopy, Ticket, WorkOrder, clock
from printouts.filling import FILLERS
from rules.advance import advance, start
from rules.copies import copies_for_print, living_copies, take_back
from rules.person import Person
from rules.prints import Printing, remember
from rules.work_orders import from_ticket, standby

DAILY = {"home": 0.31, "night": 0.02, "defect": 0.02, "public": 0.11}
ORDER_KIND = {"help": "help", "service": "paid"}
STEPS = ("receive", "reach_door", "arrive", "begin")
HOURS = {
    "receive": (1, 2, 2, 3, 3, 4, 5, 7),
    "reach_door": (2, 2, 3, 3, 4, 4, 6),
    "arrive": (1, 1, 2, 2, 3, 6),
    "begin": (1, 1, 2, 3),
}


# ---- how it begins -------------------------------------------------------------------------------------------------


def of_season(faults: tuple[Fault, ...], day: date, *, urgent: bool = False) -> tuple[Fault, ...]:
    """What breaks at this time of the year; at night only what cannot wait."""
    return tuple(f for f in faults if day.month in f.months and (f.urgent or not urgent))


def at_home(stage: Stage, house: House, day: date, *, night: bool = False) -> Walk:
    """A repair, a help or a paid service in somebody's flat."""
    case = case_of(stage.deck.draw(of_season(FAULTS, day, urgent=night)), stage.deck)
    hours = stage.dice.choice((("22:00", "23:50"), ("00:05", "07:30"))) if night else BUSY
    at = yield stage.on(day, *hours)
    by, home = clerk(stage, house), stage.dice.choice(house.homes)
    priority = "urgent" if case.fault.urgent else "severe" if stage.chance(0.01) else "normal"
    more = {"channel": "call"} if night else {}
    ticket = take(stage, house, by, home, case.fault.kind, case.said, priority=priority, **more)
    if not case.fault.urgent and stage.chance(0.09):
        at = yield from _by_appointment(stage, house, ticket, at)
    else:
        at = yield at + stage.minutes(1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 13)
    if stage.chance(0.025):
        _dropped(stage, house, ticket)
        return
    yield from slip(stage, house, ticket, case, by=clerk(stage, house))


def defect(stage: Stage, house: House, day: date) -> Walk:
    """房屋整改: put right, re-checked by the technicians, accepted by the owner alone."""
    case = case_of(stage.deck.draw(DEFECTS), stage.deck)
    at = yield stage.on(day, "09:00", "17:00")
    by = clerk(stage, house)
    ticket = take(stage, house, by, stage.dice.choice(house.homes), "repair", case.said, channel="visit")
    yield at + stage.minutes(4, 6, 8)
    yield from slip(stage, house, ticket, case, by=by, kind="defect")


def _by_appointment(stage: Stage, house: House, ticket: Ticket, at: datetime) -> Walk:
    """TKT-05: the resident names a time, the slip is written shortly before."""
    at = yield at + stage.minutes(1, 2)
    by = clerk(stage, house)
    agreed = round_hour(stage, at + timedelta(hours=stage.dice.choice((3, 5, 20, 24, 28))))
    with stage.acts(by) as session:
        advance(session, ticket, "appoint", by, appointment_at=agreed)
    lead = 12 if stage.chance(0.06) else stage.dice.randint(25, 45)
    return (yield max(at + stage.minutes(2), agreed - timedelta(minutes=lead)))


def round_hour(stage: Stage, at: datetime) -> datetime:
    wall = clock.local(stage.daytime(at, "09:00", "18:00"))
    return wall.replace(minute=stage.dice.choice((0, 30)), second=0, microsecond=0) + timedelta(hours=1)


def _dropped(stage: Stage, house: House, ticket: Ticket) -> None:
    chief = house.one("service_supervisor")
    with stage.acts(chief) as session:
        advance(session, ticket, "cancel", chief, reason=stage.deck.draw(talk.CANCELLED))


def in_the_yard(stage: Stage, house: House, day: date) -> Walk:
    """A public facility: reported by a department, signed by it (WO-12)."""
    fault = stage.deck.draw(of_season(PUBLIC, day))
    building: Building = stage.dice.choice(house.buildings)
    floor = stage.dice.randint(2, int(building.floors or 12))
    case = case_of(fault, stage.deck)
    said, done = (w.replace("{b}", building.name).replace("{f}", str(floor)) for w in (case.said, case.done))
    place = said.split("，")[0][: len(said)]
    yield stage.on(day, "07:40", "20:30")
    by, (department, reporter) = clerk(stage, house), _reporter(stage, house)
    with stage.acts(by) as session:
        order = WorkOrder(
            org_id=house.org_id, kind="public", trade=fault.trade, place=_place(place, fault), reporter=reporter.name,
            zone_id=building.id if building.name + " 栋" in said else None, reporter_department=department,
            phone=f"82{stage.dice.randint(10, 99)}", content=said, reported_at=clock.now(), safety=fault.safety,
        )  # fmt: skip
        start(session, order, by)
        advance(session, order, "issue", by)
    again = Case(fault, said, done, case.materials, "")
    yield from work(stage, house, order, again, signer=reporter)


def _place(words: str, fault: Fault) -> str:
    """What stands before the sign: 「5 栋 7 层电梯厅」."""
    ends = [words.index(sign) for sign in fault.signs if sign in words]
    return words[: min(ends)] if ends else words


def _reporter(stage: Stage, house: House) -> tuple[str, Person]:
    """Mostly the guards on their rounds."""
    known = {
        "security": house.all("security_leader"),
        "service": house.all("service_assistant", "service_administrator"),
        "office": house.all("office_clerk"),
        "sales": house.all("sales_clerk"),
    }
    there = [name for name, people in known.items() for _ in range(5 if name == "security" else 1) if people]
    department = stage.dice.choice(there)
    return department, stage.dice.choice(known[department])


# ---- the slip ------------------------------------------------------------------------------------------------------


def slip(stage: Stage, house: House, ticket: Ticket, case: Case, *, by: Person, kind: str = "") -> Walk:
    """派单: the slip is made and issued, then worked on."""
    yield from work(stage, house, issued(stage, ticket, case, by, kind), case)


def issued(stage: Stage, ticket: Ticket, case: Case, by: Person, kind: str = "") -> WorkOrder:
    with stage.acts(by) as session:
        order = from_ticket(
            session, ticket, by, kind=kind or ORDER_KIND.get(ticket.kind, "home"), trade=case.fault.trade,
            safety=case.fault.safety, leak=case.fault.leak,
        )  # fmt: skip
        advance(session, order, "issue", by)
        return order


def printed(stage: Stage, house: House, order: WorkOrder, by: Person) -> None:
    """Print the three copies, remembered as every print is."""
    with stage.acts(by) as session:
        copies_for_print(session, order)
        facts = FILLERS["F-01"].fill(session, by, order)
        remember(session, by, house.org_id, [Printing("F-01", "filled", order, facts)])


def work(stage: Stage, house: House, order: WorkOrder, case: Case, *, signer: Person | None = None) -> Walk:
    """From the print to the file, and to the follow-up; what fails it comes again."""
    at = yield clock.now() + timedelta(seconds=stage.dice.randint(20, 70))
    printed(stage, house, order, clerk(stage, house))
    man = _man(stage, house)
    if stage.chance(0.03):
        yield at + stage.minutes(5, 15, 30)
        called_off(stage, house, order)
        return
    at = yield from _on_the_way(stage, house, order, man, at)
    if stage.chance(0.045):
        ready = at + timedelta(days=stage.dice.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 11, 17))) + stage.minutes(120)
        at = yield from _waits_for_parts(stage, house, order, at, stage.daytime(ready, "08:30", "17:30"))
    at = yield at + stage.minutes(12, 18, 25, 35, 50, 75, 110)
    finished(stage, order, case, man)
    at = yield at + stage.minutes(3, 6, 10, 18)
    if stage.chance(0.05):
        at = yield from _sent_back(stage, order, man, at)
    at = yield from _invited(stage, house, order, at)
    if signer is not None and stage.chance(0.35):
        _confirmed(stage, order, signer)
    else:
        claimed(stage, order, man, signer)
    at = yield at + stage.minutes(4, 8, 15)
    if stage.chance(0.8):
        with stage.acts(man) as session:
            standby(session, order, man)
    yield from _paper_comes_back(stage, house, order, man, at, signer)
    again = yield from followed_up(stage, house, clock.now(), order=order)
    if isinstance(again, WorkOrder):
        yield from work(stage, house, again, _once_more(stage, case), signer=signer)
    elif isinstance(again, Ticket):
        yield from settled(stage, house, again, stage.dice.choice(COMPLAINTS), clock.now())


def _once_more(stage: Stage, case: Case) -> Case:
    labour = "0" if case.fault.kind == "service" else ""
    return Case(case.fault, case.said, stage.deck.say(*talk.FIXED_AGAIN), (), labour)


def _man(stage: Stage, house: House) -> Person:
    """Whoever is least behind: nobody is at two places at once for long."""
    men = house.all("engineering_duty", "technician")
    free = [m for m in men if house.busy.get(m.staff_id or 0, clock.now()) <= clock.now()] or men
    man = stage.dice.choice(free)
    house.busy[man.staff_id or 0] = clock.now() + timedelta(minutes=50)
    return man


def called_off(stage: Stage, house: House, order: WorkOrder) -> None:
    """BASE-05: the supervisor takes the slip back; its ticket is cancelled as well."""
    chief, reason = house.one("service_supervisor"), stage.deck.draw(talk.CANCELLED)
    with stage.acts(chief) as session:
        advance(session, order, "cancel", chief, reason=reason)
        if order.ticket is not None and order.ticket.state == "registered":
            advance(session, order.ticket, "cancel", chief, reason=reason)


def _on_the_way(stage: Stage, house: House, order: WorkOrder, man: Person, at: datetime) -> Walk:
    """签领, 到楼门, 到场, 开工; now and then nobody is at home and another time is agreed (WO-10, WO-11)."""
    if order.appointment_at is not None and order.appointment_at > at:
        at = max(at, order.appointment_at - timedelta(minutes=6))
    moved = stage.chance(0.05) and order.kind != "public"
    for verb in STEPS:
        at = yield at + stage.minutes(*HOURS[verb])
        if verb == "reach_door" and moved:
            at = yield from _another_time(stage, house, order, man, at)
        with stage.acts(man) as session:
            advance(session, order, verb, man)
    return at


def _another_time(stage: Stage, house: House, order: WorkOrder, man: Person, at: datetime) -> Walk:
    by = clerk(stage, house)
    agreed = round_hour(stage, at + timedelta(hours=stage.dice.choice((2, 5, 20, 26))))
    with stage.acts(by, reason=stage.deck.draw(talk.AWAY)) as session:
        advance(session, order, "appoint", by, appointment_at=agreed)
    at = yield agreed - timedelta(minutes=5)
    with stage.acts(man) as session:
        advance(session, order, "receive", man)
    return (yield at + stage.minutes(3))


def _waits_for_parts(stage: Stage, house: House, order: WorkOrder, at: datetime, ready: datetime) -> Walk:
    """A part is missing: the matter grows old, climbs the ladder, and the customer hears every day."""
    if order.ticket is None or order.ticket.is_frozen:
        return (yield ready)
    return (yield (yield from kept_informed(stage, house, order.ticket, at, ready)))


def finished(stage: Stage, order: WorkOrder, case: Case, man: Person) -> None:
    lines = [{"name": n, "measure": m, "quantity": q, "price": p} for n, m, q, p in case.materials]
    if lines and stage.chance(0.3):
        lines = []
    details: dict[str, Any] = {"result": case.done, "materials": lines, "no_material": not lines}
    details["done_at"] = clock.now()
    if case.labour or order.kind == "paid":
        details["labour_fee"] = Decimal(case.labour or 0)
    if order.leak:
        details["leak_tested_at"] = max(clock.now() - timedelta(minutes=5), order.started_at or clock.now())
    if order.kind == "defect":
        details["recheck_passed"] = True
    with stage.acts(man) as session:
        advance(session, order, "finish", man, **details)


def _sent_back(stage: Stage, order: WorkOrder, man: Person, at: datetime) -> Walk:
    """WO-18: not signed is not done."""
    with stage.acts(man) as session:
        advance(session, order, "refuse", man, reason=stage.deck.draw(talk.REFUSED))
    at = yield stage.daytime(at + stage.minutes(30, 60, 150, 240))
    details: dict[str, Any] = {"result": stage.deck.say(*talk.FIXED_AGAIN), "done_at": at}
    if order.leak:
        details["leak_tested_at"] = at
    if order.kind == "defect":
        details["recheck_passed"] = True
    with stage.acts(man) as session:
        advance(session, order, "finish", man, **details)
    return (yield at + stage.minutes(3, 5))


def _invited(stage: Stage, house: House, order: WorkOrder, at: datetime) -> Walk:
    """WO-27: the desk asks the owner when to accept what was put right."""
    if order.kind != "defect":
        return at
    by, agreed = clerk(stage, house), stage.daytime(at + stage.minutes(90, 180, 1440), "09:00", "18:00")
    with stage.acts(by) as session:
        advance(session, order, "invite", by, accept_at=agreed)
    return (yield agreed + stage.minutes(2, 5))


def claimed(stage: Stage, order: WorkOrder, man: Person, signer: Person | None) -> None:
    """The technician says that the paper was signed."""
    details: dict[str, Any] = {"signer": order.reporter, "signer_kind": "owner", "signer_adult": True}
    if signer is not None:
        details = {"signer_staff_id": signer.staff_id}
    with stage.acts(man) as session:
        advance(session, order, "claim_signed", man, signed_at=clock.now(), **details)


def _confirmed(stage: Stage, order: WorkOrder, signer: Person) -> None:
    """The reporting department confirms as itself, on the screen."""
    with stage.acts(signer) as session:
        advance(session, order, "sign", signer, signed_at=clock.now())


# ---- the paper -----------------------------------------------------------------------------------------------------


def _paper_comes_back(
    stage: Stage, house: House, order: WorkOrder, man: Person, at: datetime, signer: Person | None
) -> Walk:
    """Copy 3 to the desk, copy 2 to 工程部, copy 1 where it belongs; once in a while one is lost (F-64)."""
    if stage.chance(0.015):  # it lies in a tool bag until somebody goes through the list
        back = at + timedelta(days=stage.dice.choice((2, 3, 4, 6, 9)))
    else:
        back = at + (stage.minutes(300, 900, 1400) if stage.chance(0.07) else stage.minutes(10, 25, 60, 120, 180))
    at = yield stage.daytime(back)
    if stage.chance(0.02):
        at = yield from _lost(stage, house, order, man, at, signer)
    by = clerk(stage, house)
    _settle(stage, order, 3, by)
    stage.enter(_filed(stage, order, man, by, at))


def _filed(stage: Stage, order: WorkOrder, man: Person, by: Person, at: datetime) -> Walk:
    """Copies 2 and 1 reach their keepers the same day as a rule; the rest at the monthly search for missing ones."""
    late = timedelta(days=stage.dice.randint(4, 24)) if stage.chance(0.07) else timedelta(0)
    yield stage.daytime(at + late + stage.minutes(10, 40, 120, 240))
    _settle(stage, order, 2, man)
    _settle(stage, order, 1, by)


def _settle(stage: Stage, order: WorkOrder, number: int, by: Person) -> None:
    copy = _copy(stage, order, number)
    if copy is not None and copy.state in ("out", "missing") + (("printed",) if number == 1 else ()):
        with stage.acts(by) as session:
            take_back(session, copy, by)


def _copy(stage: Stage, order: WorkOrder, number: int) -> PaperCopy | None:
    return next((c for c in living_copies(stage.session, order) if c.copy_no == number), None)


def _lost(stage: Stage, house: House, order: WorkOrder, man: Person, at: datetime, signer: Person | None) -> Walk:
    """缺联: put down, found again after days, or the signature is asked for once more on a new print."""
    by, copy = clerk(stage, house), _copy(stage, order, 3)
    if copy is None or copy.state != "out":
        return at
    with stage.acts(by) as session:
        advance(session, copy, "report_missing", by, reason=stage.deck.draw(talk.COPY_LOST))
    at = yield stage.daytime(at + timedelta(days=stage.dice.choice((1, 2, 3, 6, 12))), "08:30", "17:30")
    if order.state != "signed" or stage.chance(0.6):
        return at  # it turned up after all
    administrator = house.one("service_administrator")
    with stage.acts(administrator) as session:
        advance(session, copy, "void", administrator, reason="缺联，补打重签")
    printed(stage, house, order, administrator)
    return (yield from _signed_anew(stage, house, order, man, signer))


def _signed_anew(stage: Stage, house: House, order: WorkOrder, man: Person, signer: Person | None) -> Walk:
    """The signature is asked for once more, on the new print."""
    with stage.acts(man) as session:
        advance(session, order, "refuse", man, reason="第三联缺失，补打后请签认人重签")
    at = yield clock.now() + stage.minutes(30, 60)
    with stage.acts(man) as session:
        fresh = _copy(stage, order, 3)
        if fresh is not None and fresh.state == "printed":
            advance(session, fresh, "take_out", man)
        advance(session, order, "finish", man, result=order.result, done_at=at, leak_tested_at=order.leak_tested_at)
    at = yield at + stage.minutes(5)
    at = yield from _invited(stage, house, order, at)
    claimed(stage, order, man, signer)
    return (yield at + stage.minutes(30))


# ---- the day -------------------------------------------------------------------------------------------------------


def a_day(stage: Stage, house: House, day: date) -> Iterable[Walk]:
    """What breaks on one day."""
    for _ in some(stage, house, day, DAILY["home"]):
        yield at_home(stage, house, day)
    for _ in some(stage, house, day, DAILY["night"]):
        yield at_home(stage, house, day, night=True)
    for _ in some(stage, house, day, DAILY["defect"]):
        yield defect(stage, house, day)
    for _ in some(stage, house, day, DAILY["public"]):
        yield in_the_yard(stage, house, day)


CHAPTER = Chapter("维修", daily=a_day)
