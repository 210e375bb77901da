"""The stage of the demo company: walks woken in order of time, each step acted and written down at its own moment."""

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from commands.demo.names import Namer
from commands.demo.pictures import Album
from commands.demo.words import Deck
from models import POSTS, Appointment, Building, Clock, Occupancy, OrgUnit, Resident, Staff, Unit, clock
from models.numbers import close_the_books
from rules.attachments import Store
from rules.calendar import next_open
from rules.person import SYSTEM, Person, person_of
from rules.sweep import fire_within, sweep_within

Walk = Generator[datetime, datetime, Any]  # yields when it wants to go on, is sent the moment at which it does
CLOCKS = Clock.metadata.tables["clock"]
FIRST_RUNG = select(func.min(CLOCKS.c.next_rung_at)).where(CLOCKS.c.stopped_at.is_(None))


@dataclass(frozen=True, slots=True)
class Home:
    """Where a matter comes from: a sold flat, who answers for it, how to ring them."""

    unit_id: int
    code: str
    customer: str
    resident_id: int
    phone: str


@dataclass
class House:
    """One project as the walks need it."""

    org: OrgUnit
    homes: list[Home]
    buildings: list[Building]
    staff: dict[str, list[Person]]
    busy: dict[int, datetime] = field(default_factory=dict)

    @property
    def org_id(self) -> int:
        """The project's id."""
        return self.org.id

    def all(self, *posts: str) -> list[Person]:
        """Everybody in the project who holds one of the posts, in the order of the posts."""
        return [person for post in posts for person in self.staff.get(post, ())]

    def one(self, *posts: str) -> Person:
        """The first who holds one of the posts."""
        return self.all(*posts)[0]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the story; a module brings its own. `begin` and `rest` say nothing of each other."""

    name: str
    daily: "Callable[[Stage, House, date], Iterable[Walk]] | None" = None
    whole: "Callable[[Stage], Iterable[Walk]] | None" = None


class Stage:
    """The company's past being played: one session, one dice, every walk that still wants to go on."""

    def __init__(
        self, session: Session, namer: Namer, now: datetime, days: int, busyness: float = 1, store: Store | None = None
    ) -> None:
        self.session, self.namer, self.now, self.busyness = session, namer, now, busyness
        self.dice: Random = namer.random
        self.deck = Deck(self.dice)
        self.album = Album(Random(days), store)
        self.seals = 200  # the number last torn off the roll
        self.days = [clock.local(now).date() - timedelta(days=n) for n in range(days - 1, -1, -1)]
        self.begin = clock.at_wall(self.days[0], time(0))
        self.houses: list[House] = []
        self._waiting: list[tuple[datetime, int, Walk]] = []
        self._entered = 0
        self._people: dict[int, Person] = {}
        self._kept: list[Any] = []  # the session holds rows weakly: what every rule asks for again is held here

    # who and where ---------------------------------------------------------------------------------------------------

    def people(self) -> None:
        """Read the company that was made: its projects, their homes, who holds which post there."""
        self._kept += self.session.scalars(select(OrgUnit)).all()
        self._kept += self.session.scalars(select(Staff)).all()
        self._kept += self.session.scalars(select(Unit)).all()
        projects = self.session.scalars(select(OrgUnit).where(OrgUnit.kind == "project").order_by(OrgUnit.id))
        self.houses = [self._house(org) for org in projects.all()]

    def _house(self, org: OrgUnit) -> House:
        ties = self.session.scalars(
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
        buildings = self.session.scalars(select(Building).where(Building.org_id == org.id).order_by(Building.id)).all()
        return House(org, homes, list(buildings), {post: self.holders(post, org.id) for post in POSTS})

    def holders(self, post: str, org_id: int) -> list[Person]:
        """Who holds the post in this very unit or one above it."""
        held = self.session.scalars(
            select(Staff)
            .join(Appointment, Appointment.staff_id == Staff.id)
            .where(Appointment.post == post)
            .order_by(Staff.id)
        )
        people = (person_of(self.session, staff) for staff in held)
        return [person for person in people if any(h.post == post and org_id in h.units for h in person.holdings)]

    def person(self, staff_id: int) -> Person:
        """A member of staff as they stand."""
        if staff_id not in self._people:
            self._people[staff_id] = person_of(self.session, self.session.get_one(Staff, staff_id))
        return self._people[staff_id]

    def chiefs(self, org_id: int) -> list[Person]:
        """Who is asked to a meeting of the unit: the heads of its departments, or of its projects."""
        posts = ("service_supervisor", "engineering_supervisor", "security_supervisor", "cleaning_supervisor")
        inside = [h for h in self.houses if f"/{org_id}/" in h.org.path]
        heads = ("project_manager",) if len(inside) > 1 or org_id not in {h.org_id for h in inside} else posts
        return [person for house in inside for person in house.all(*heads)]

    # acting ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def acts(self, by: Person, reason: str | None = None) -> Iterator[Session]:
        """One step of one person: what it does is numbered and written down under their name when it is over."""
        self.session.info.update(actor=by, reason=reason)
        yield self.session
        close_the_books(self.session)
        self.session.info.pop("permitted", None)  # as after a commit: what was permitted was done

    def enter(self, walk: Walk) -> None:
        """Let a walk begin at the moment it asks for first; what would have begun before the story is none of it."""
        first = next(walk, None)
        self._ask(walk, None if first is None or first < self.begin else first)

    def _ask(self, walk: Walk, moment: datetime | None) -> None:
        if moment is not None and moment <= self.now:
            self._entered += 1
            heapq.heappush(self._waiting, (moment, self._entered, walk))
        else:
            walk.close()  # over, or still to come

    def play(self, tell: Callable[[date], None] = lambda _day: None) -> None:
        """Wake every walk at its moment until now is reached; `tell` hears of each new day."""
        day: date | None = None
        while self._waiting:
            moment, _n, walk = heapq.heappop(self._waiting)
            today = clock.local(moment).date()
            if today != day:
                self._new_day(today)
                tell(day := today)
            self._ring_until(moment)
            with clock.pretend(moment):
                wants = self._woken(walk, moment)
            self._ask(walk, wants if wants is None else max(wants, moment))
        self._ring_until(self.now)

    def _woken(self, walk: Walk, moment: datetime) -> datetime | None:
        try:
            return walk.send(moment)
        except StopIteration:
            return None

    def _new_day(self, day: date) -> None:
        """What the sweep does after midnight: the obligations of the period, their reminders."""
        midnight = clock.at_wall(day, time(0, 0, 5))
        self._ring_until(midnight)
        if midnight <= self.now:
            with clock.pretend(midnight), self.acts(SYSTEM) as session:
                sweep_within(session, midnight)

    def _ring_until(self, moment: datetime) -> None:
        """Ring every clock at its own time, as the sweep of that time did."""
        connection = self.session.connection()  # asked at every step, and everything is flushed between steps
        while (due := connection.scalar(FIRST_RUNG)) is not None and due <= moment:
            with clock.pretend(due), self.acts(SYSTEM) as session:
                fire_within(session, Clock, due)

    def settle(self) -> None:
        """Close the obligations that are fulfilled by now, inside a walk."""
        with self.acts(SYSTEM) as session:
            sweep_within(session, clock.now())

    # time ------------------------------------------------------------------------------------------------------------

    def minutes(self, *about: float) -> timedelta:
        """One of these, give or take, never on the full second."""
        return timedelta(
            seconds=int(self.dice.choice(about) * 60 * self.dice.uniform(0.8, 1.2)) + self.dice.randint(1, 50)
        )

    def on(self, day: date, first: str, last: str) -> datetime:
        """A moment between two times of the day."""
        start, end = (clock.at_wall(day, time.fromisoformat(wall)) for wall in (first, last))
        return start + timedelta(seconds=self.dice.randint(0, int((end - start).total_seconds())))

    def daytime(self, moment: datetime, first: str = "08:00", last: str = "21:30") -> datetime:
        """The moment itself, or shortly after the doors open again."""
        wall = clock.local(moment)
        if time.fromisoformat(first) <= wall.time() <= time.fromisoformat(last):
            return moment
        day = wall.date() + timedelta(days=wall.time() > time.fromisoformat(last))
        return clock.at_wall(day, time.fromisoformat(first)) + timedelta(seconds=self.dice.randint(300, 4500))

    def opened(self, moment: datetime, quiet: list[tuple[time, time]]) -> datetime:
        """The moment itself, or some minutes after the quiet hours it stands in: nobody rings on the stroke of ten."""
        first = next_open(moment, quiet)
        return first if first == moment else first + self.minutes(4, 15, 35, 60)

    def chance(self, share: float) -> bool:
        """True as often as `share` says."""
        return self.dice.random() < share
