"""The demo company's last weeks: every ticket and slip walks through the real doors, at believable hours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from commands.demo.names import Namer
from commands.demo.stories import OTHERS, PRAISE, PUBLIC, REPAIRS, Story
from models import (
    CallRecord,
    FollowUp,
    Occupancy,
    OrgUnit,
    PaperCopy,
    Resident,
    Staff,
    Ticket,
    WorkOrder,
    clock,
)
from rules.advance import advance, start
from rules.calendar import follow_up_quiet, next_open
from rules.copies import copies_for_print, living_copies, take_back
from rules.notes import add_note
from rules.person import Person, person_of
from rules.sweep import sweep
from rules.tickets import needs_progress_contact, register_solved
from rules.work_orders import from_ticket
from rules.write import Writer

DAYS = 21
PER_DAY = {"YJ": 5, "WJ": 2, "TY": 1}


@dataclass
class Home:
    """Where a matter comes from."""

    unit_id: int
    code: str
    customer: str
    resident_id: int
    phone: str


@dataclass
class Desk:
    """One project's people and homes, as the walks need them."""

    org_id: int
    clerk: Person
    supervisor: Person
    technicians: list[Person]
    security: Person
    homes: list[Home]


@dataclass
class Walk:
    """One matter on its way: `do` makes a step at its own moment, unless that moment is still to come."""

    write: Writer
    now: datetime
    at: datetime

    def after(self, minutes: float) -> bool:
        """Let time pass; False when the next step has not happened yet."""
        self.at += timedelta(minutes=minutes)
        return self.at <= self.now

    def do(self, fn: Callable[[Session], Any], by: Person) -> Any:
        """One step in its own transaction, at its own moment."""
        with clock.pretend(self.at):
            return self.write(fn, by=by)


def make_matters(write: Writer, namer: Namer) -> None:
    """Three weeks of calls, tickets and slips in every state, relative to now."""
    now = clock.now()
    for code, per_day in PER_DAY.items():
        desk = write(lambda session, c=code: _desk(session, c))  # type: ignore[misc]
        for back in range(DAYS, -1, -1):
            day = clock.today() - timedelta(days=back)
            _one_day(write, namer, desk, day, per_day + (namer.random.random() < 0.4), now)
        _right_now(write, namer, desk, now)
    while sweep(write).rungs:
        pass


#: What is under way whenever somebody looks: (minutes ago, how many steps after the slip was issued, None = no slip).
UNDER_WAY = ((4, None), (17, None), (26, 0), (33, 1), (48, 2), (65, 4), (110, 5), (150, 6))


def _right_now(write: Writer, namer: Namer, desk: Desk, now: datetime) -> None:
    """A matter in each state, begun lately, at whatever hour the demo is looked at; some of them late."""
    stories = [s for s in REPAIRS if s.kind == "repair"]
    for minutes, steps in UNDER_WAY:
        walk = Walk(write, now, now - timedelta(minutes=minutes))
        story = namer.random.choice(stories)
        ticket_id = _ticket(walk, namer, desk, "repair", story.said)
        if steps is not None:
            _under_way(walk, desk, ticket_id, story, steps, desk.technicians[minutes % 2])


def _under_way(walk: Walk, desk: Desk, ticket_id: int, story: Story, steps: int, man: Person) -> None:
    walk.after(5)
    order_id = walk.do(lambda s: _issue(s, ticket_id, story, desk), desk.clerk)
    walk.do(lambda s: copies_for_print(s, s.get_one(WorkOrder, order_id)), desk.clerk)
    for verb in ("receive", "reach_door", "arrive", "begin")[:steps]:
        walk.after(4)
        walk.do(lambda s, v=verb: advance(s, s.get_one(WorkOrder, order_id), v, man), man)  # type: ignore[misc]
    if steps > 4:
        walk.after(30)
        walk.do(lambda s: _finish(s, order_id, story, man, walk.at), man)
    if steps > 5:
        walk.after(5)
        _claim(walk, desk, order_id, man)


def _desk(session: Session, code: str) -> Desk:
    org = session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one()
    letter = {"YJ": "", "WJ": "w", "TY": "t"}[code]

    def who(login: str) -> Person:
        return person_of(session, session.scalars(select(Staff).where(Staff.login == login + letter)).one())

    ties = session.scalars(
        select(Occupancy)
        .where(Occupancy.org_id == org.id, Occupancy.is_contact)
        .options(selectinload(Occupancy.unit), selectinload(Occupancy.resident).selectinload(Resident.phones))
        .order_by(Occupancy.id)
    )
    homes = [
        Home(t.unit_id, t.unit.code, t.resident.name, t.resident_id, t.resident.phones[0].number)
        for t in ties
        if t.resident.phones and t.resident.kind == "person"
    ]
    return Desk(org.id, who("qiantai"), who("zhuguan"), [who("weixiu"), who("weixiu2")], who("lingban"), homes)


def _one_day(write: Writer, namer: Namer, desk: Desk, day: Any, matters: int, now: datetime) -> None:
    dice = namer.random
    for _ in range(matters):
        at = clock.at_wall(day, time(dice.randint(8, 18), dice.randint(0, 59)))
        if at > now:
            continue
        walk = Walk(write, now, at)
        what = dice.random()
        if what < 0.62:
            _repair(walk, namer, desk, dice.choice(REPAIRS))
        elif what < 0.74:
            _public(walk, namer, desk)
        elif what < 0.9:
            _other(walk, namer, desk)
        else:
            _call(walk, namer, desk)


def _ticket(walk: Walk, namer: Namer, desk: Desk, kind: str, said: str) -> int:
    home = namer.random.choice(desk.homes)
    channel = namer.random.choice(("call", "call", "call", "visit", "wechat"))

    def take(session: Session) -> int:
        ticket = Ticket(
            org_id=desk.org_id,
            channel=channel,
            received_at=walk.at,
            unit_id=home.unit_id,
            resident_id=home.resident_id,
            customer=home.customer,
            reporter_phone=home.phone,
            kind=kind,
            content=said,
            read_back=True,
            priority="urgent" if "打火" in said or "报警" in said or "反锁" in said else "normal",
        )
        start(session, ticket, desk.clerk)
        return ticket.id

    found: int = walk.do(take, desk.clerk)
    return found


def _repair(walk: Walk, namer: Namer, desk: Desk, story: Story) -> None:
    dice = namer.random
    ticket_id = _ticket(walk, namer, desk, story.kind, story.said)
    if not walk.after(dice.choice((3, 4, 6, 8, 8, 14))):
        return

    order_id = walk.do(lambda s: _issue(s, ticket_id, story, desk), desk.clerk)
    _work(walk, namer, desk, order_id, story)


def _issue(session: Session, ticket_id: int, story: Story, desk: Desk) -> int:
    ticket = session.get_one(Ticket, ticket_id)
    kind = "help" if story.kind == "help" else "paid" if story.kind == "service" else "home"
    order = from_ticket(session, ticket, desk.clerk, kind=kind, trade=story.trade, safety=story.safety, leak=story.leak)
    advance(session, order, "issue", desk.clerk)
    return order.id


def _public(walk: Walk, namer: Namer, desk: Desk) -> None:
    dice = namer.random
    place, trade, said, done = dice.choice(PUBLIC)

    def issue(session: Session) -> int:
        order = WorkOrder(
            org_id=desk.org_id,
            kind="public",
            trade=trade,
            place=place,
            reporter=desk.security.name,
            reporter_department="security",
            phone="8216",
            content=said,
            reported_at=walk.at,
        )
        start(session, order, desk.clerk)
        advance(session, order, "issue", desk.clerk)
        return order.id

    order_id = walk.do(issue, desk.clerk)
    _work(walk, namer, desk, order_id, Story("repair", trade, said, done))


def _work(walk: Walk, namer: Namer, desk: Desk, order_id: int, story: Story) -> None:
    """From the print and 接单 to 归档 and the follow-up, as far as time has come."""
    man = namer.random.choice(desk.technicians)
    walk.do(lambda s: copies_for_print(s, s.get_one(WorkOrder, order_id)), desk.clerk)
    if not _go_there(walk, namer, order_id, man):
        return
    dice = namer.random
    if dice.random() < 0.03:
        return  # waits for a part: one that grows old and climbs the ladder
    if not walk.after(dice.randint(12, 95)):
        return
    walk.do(lambda s: _finish(s, order_id, story, man, walk.at), man)
    if walk.after(dice.randint(3, 20)) and _signed(walk, namer, desk, order_id, man):
        _paper_comes_back(walk, namer, desk, order_id, man)


def _go_there(walk: Walk, namer: Namer, order_id: int, man: Person) -> bool:
    dice = namer.random
    steps: tuple[tuple[str, float], ...] = (
        ("receive", dice.choice((2, 3, 5, 9))),
        ("reach_door", dice.choice((3, 4, 4, 7))),
        ("arrive", dice.choice((2, 4, 8, 15))),
        ("begin", dice.choice((1, 2, 3))),
    )
    for verb, minutes in steps:
        if not walk.after(minutes):
            return False
        walk.do(lambda s, v=verb: advance(s, s.get_one(WorkOrder, order_id), v, man), man)  # type: ignore[misc]
    return True


def _paper_comes_back(walk: Walk, namer: Namer, desk: Desk, order_id: int, man: Person) -> None:
    dice = namer.random
    if not walk.after(dice.randint(10, 200)):
        return
    walk.do(lambda s: _bring_back(s, order_id, desk), desk.clerk)
    if dice.random() < 0.9 and walk.after(dice.randint(10, 240)):
        walk.do(lambda s: _file(s, order_id, desk, man), desk.clerk)
    _follow_up(walk, namer, desk, order_id)


def _finish(session: Session, order_id: int, story: Story, man: Person, at: datetime) -> None:
    lines = [{"name": n, "measure": m, "quantity": q, "price": p} for n, m, q, p in story.material]
    details: dict[str, Any] = {"result": story.done, "materials": lines, "no_material": not lines, "done_at": at}
    if story.labour:
        details["labour_fee"] = Decimal(story.labour)
    if story.leak:
        details["leak_tested_at"] = at - timedelta(minutes=5)
    advance(session, session.get_one(WorkOrder, order_id), "finish", man, **details)


def _claim(walk: Walk, desk: Desk, order_id: int, man: Person) -> None:
    """The technician says that the paper was signed."""

    def claim(session: Session) -> None:
        order = session.get_one(WorkOrder, order_id)
        details: dict[str, Any] = {"signer_staff_id": desk.security.staff_id}
        if order.kind != "public":
            details = {"signer": order.reporter, "signer_kind": "owner", "signer_adult": True}
        advance(session, order, "claim_signed", man, signed_at=walk.at, **details)

    walk.do(claim, man)


def _signed(walk: Walk, namer: Namer, desk: Desk, order_id: int, man: Person) -> bool:
    if namer.random.random() < 0.04:
        walk.do(lambda s: advance(s, s.get_one(WorkOrder, order_id), "refuse", man, reason="业户说还有一处没修好"), man)
        if not walk.after(namer.random.randint(60, 300)):
            return False
        story = Story("repair", "other", "", "返工处理后再次试用，正常。")
        walk.do(lambda s: _finish_again(s, order_id, story, man, walk.at), man)
        if not walk.after(5):
            return False
    _claim(walk, desk, order_id, man)
    return True


def _finish_again(session: Session, order_id: int, story: Story, man: Person, at: datetime) -> None:
    order = session.get_one(WorkOrder, order_id)
    details: dict[str, Any] = {"result": story.done, "done_at": at}
    if order.leak:
        details["leak_tested_at"] = at
    advance(session, order, "finish", man, **details)


def _copy(session: Session, order_id: int, number: int) -> PaperCopy | None:
    order = session.get_one(WorkOrder, order_id)
    return next((c for c in living_copies(session, order) if c.copy_no == number), None)


def _bring_back(session: Session, order_id: int, desk: Desk) -> None:
    copy = _copy(session, order_id, 3)
    if copy is not None and copy.state == "out":
        take_back(session, copy, desk.clerk)


def _file(session: Session, order_id: int, desk: Desk, man: Person) -> None:
    for number, who in ((1, desk.clerk), (2, man)):
        copy = _copy(session, order_id, number)
        if copy is not None and copy.state in ("printed", "out"):
            take_back(session, copy, who)


def _follow_up(walk: Walk, namer: Namer, desk: Desk, order_id: int) -> None:
    made = walk.do(
        lambda s: s.scalars(
            select(FollowUp.id).where(FollowUp.order_id == order_id, FollowUp.state == "pending")
        ).first(),
        desk.clerk,
    )
    if not _make_follow_up(walk, namer, desk, made) or not walk.after(namer.random.randint(3, 15)):
        return
    again = walk.do(
        lambda s: s.scalars(select(WorkOrder.id).where(WorkOrder.rework_of_id == order_id)).first(), desk.clerk
    )
    if again is not None:
        _work(
            walk,
            namer,
            desk,
            again,
            Story("repair", "other", "", "返工处理，反复试用正常。", leak=_leaks(walk, again, desk), labour="0"),
        )


def _leaks(walk: Walk, order_id: int, desk: Desk) -> bool:
    return bool(walk.do(lambda s: s.get_one(WorkOrder, order_id).leak, desk.clerk))


def _make_follow_up(walk: Walk, namer: Namer, desk: Desk, made: int | None) -> bool:
    """Ring the customer inside the window; False while that is still to come."""
    dice = namer.random
    if made is None or dice.random() < 0.06:
        return False
    walk.at += timedelta(hours=dice.choice((2, 5, 16, 18, 20, 22)))
    walk.at = max(walk.at, walk.do(lambda s: s.get_one(FollowUp, made).earliest_at, desk.clerk))
    walk.at = walk.do(lambda s: next_open(walk.at, follow_up_quiet(s, desk.org_id)), desk.clerk)
    if walk.at > walk.now:
        return False
    score = dice.choice((5, 5, 5, 5, 4, 4, 4, 3))
    verb, details = _said(namer, score, walk.at)

    def ring(session: Session) -> None:
        follow_up = session.get_one(FollowUp, made)
        _talk(session, session.get(Ticket, follow_up.ticket_id) if follow_up.ticket_id else None, desk)
        advance(session, follow_up, verb, desk.clerk, **details)

    walk.do(ring, desk.clerk)
    return True


def _said(namer: Namer, score: int, at: datetime) -> tuple[str, dict[str, Any]]:
    good = score >= 4
    details: dict[str, Any] = {
        "method": "phone",
        "satisfaction": score,
        "quality": "修好，没有再犯" if good else "同一处又有小毛病",
        "effect": "按时到场，说明清楚" if good else "希望再看一次",
        "suggestion": namer.random.choice(PRAISE) if good else "请尽快再来看",
        "at": at,
    }
    if not good:
        details |= {"defects": "处理后仍有轻微问题", "outcome": "rework"}
    return ("pass_" if good else "fail"), details


def _other(walk: Walk, namer: Namer, desk: Desk) -> None:
    dice = namer.random
    kind, said, answer = dice.choice(OTHERS)
    if kind == "inquiry":
        _answered_at_once(walk, dice.choice(desk.homes), desk, kind, said, answer)
        return
    ticket_id = _ticket(walk, namer, desk, kind, said)
    if not walk.after(dice.randint(3, 9)):
        return
    department = "security" if kind == "complaint" else "service"
    walk.do(
        lambda s: advance(s, s.get_one(Ticket, ticket_id), "pass_on", desk.clerk, department=department), desk.clerk
    )
    if not walk.after(dice.randint(8, 18)):
        return
    walk.do(lambda s: advance(s, s.get_one(Ticket, ticket_id), "report_arrival", desk.clerk), desk.clerk)
    if dice.random() < 0.12 or not walk.after(dice.randint(30, 240)):
        _kept_informed(walk, ticket_id, desk)
        return
    walk.do(lambda s: _finish_ticket(s, ticket_id, answer, desk, walk.at), desk.clerk)
    made = walk.do(lambda s: s.scalars(select(FollowUp.id).where(FollowUp.ticket_id == ticket_id)).first(), desk.clerk)
    _make_follow_up(walk, namer, desk, made)


def _talk(session: Session, ticket: Ticket | None, desk: Desk) -> None:
    """TKT-07: who waited too long is told how it stands before the matter ends."""
    if ticket is not None and needs_progress_contact(session, ticket):
        add_note(session, ticket, desk.clerk, "contact", "已向客户说明处理情况并致歉", means="phone")


def _answered_at_once(walk: Walk, home: Home, desk: Desk, kind: str, said: str, answer: str) -> None:
    facts = {
        "org_id": desk.org_id,
        "channel": "call",
        "received_at": walk.at,
        "unit_id": home.unit_id,
        "customer": home.customer,
        "reporter_phone": home.phone,
        "kind": kind,
        "content": said,
    }
    walk.do(lambda s: register_solved(s, Ticket(**facts), desk.clerk, answer).id, desk.clerk)


def _finish_ticket(session: Session, ticket_id: int, answer: str, desk: Desk, at: datetime) -> None:
    ticket = session.get_one(Ticket, ticket_id)
    _talk(session, ticket, desk)
    advance(
        session,
        ticket,
        "finish",
        desk.clerk,
        done_at=at,
        signed_by=ticket.customer,
        means="paper",
        solution=answer,
    )


def _kept_informed(walk: Walk, ticket_id: int, desk: Desk) -> None:
    """An open matter: the first contact rings the customer every day."""
    words = "仍在办理，已告知客户进展和预计时间"
    while walk.after(22 * 60):
        quiet = walk.do(lambda s: next_open(walk.at, follow_up_quiet(s, desk.org_id)), desk.clerk)
        walk.at = quiet
        if walk.at > walk.now:
            return
        walk.do(
            lambda s: add_note(s, s.get_one(Ticket, ticket_id), desk.clerk, "inform", words, means="phone").id,
            desk.clerk,
        )


def _call(walk: Walk, namer: Namer, desk: Desk) -> None:
    dice = namer.random
    home = dice.choice(desk.homes)
    _kind, said, answer = dice.choice(OTHERS)
    now = dice.random() < 0.7

    def record(session: Session) -> None:
        call = CallRecord(
            org_id=desk.org_id,
            kind="in",
            at=walk.at,
            party=home.customer,
            unit_id=home.unit_id,
            content=said,
            rings=dice.choice((1, 2, 2, 3, 4)),
            answered_now=now,
            answer=answer if now else None,
            callback=None if now else home.phone,
        )
        start(session, call, desk.clerk)

    walk.do(record, desk.clerk)
