"""What the system administrator looks after: accounts, posts that end, failed log-ins, settings to come, the seal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from models import Appointment, PolicyValue, Staff, TrailEntry, TrailHead, TrailSeal, clock
from rules.history import readable_entries
from rules.person import Person

POST = "system_admin"
SOON = timedelta(days=30)
SEALED_WITHIN = timedelta(minutes=10)  # the sweep seals every minute; a tail older than that means nobody sweeps
FAILED = "登录失败"


def looks_after_the_system(person: Person) -> bool:
    """Whether these are this person's cares."""
    return person.holds(POST)


def without_post(today: date) -> ColumnElement[bool]:
    """In service, but holding no post today: they can log in and see nothing."""
    held = exists().where(
        Appointment.staff_id == Staff.id,
        Appointment.starts_on <= today,
        or_(Appointment.ends_on.is_(None), Appointment.ends_on >= today),
    )
    return and_(Staff.active.is_(True), ~held)


def first_password_unused() -> ColumnElement[bool]:
    """An account whose first password nobody has changed yet."""
    return and_(Staff.active.is_(True), Staff.login.is_not(None), Staff.must_change.is_(True))


def without_account() -> ColumnElement[bool]:
    """In service without a log-in name or a password."""
    return and_(Staff.active.is_(True), or_(Staff.login.is_(None), Staff.password_hash.is_(None)))


def ending_soon(session: Session, person: Person) -> list[Appointment]:
    """Appointments that end within thirty days, the first to end first."""
    today = clock.today()
    rows = select(Appointment).where(
        Appointment.ends_on.between(today, today + SOON), Appointment.org_id.in_(person.units)
    )
    return list(session.scalars(rows.order_by(Appointment.ends_on, Appointment.id)))


def settings_to_come(session: Session, person: Person) -> list[PolicyValue]:
    """Values of 制度参数 that are decided and not in force yet, the next one first."""
    rows = select(PolicyValue).where(PolicyValue.effective_from > clock.now(), PolicyValue.org_id.in_(person.units))
    return list(session.scalars(rows.order_by(PolicyValue.effective_from, PolicyValue.id)))


def failed_log_ins(session: Session, person: Person, since: datetime, most: int) -> tuple[int, Sequence[TrailEntry]]:
    """How many log-ins failed since then, and the last of them."""
    here = and_(readable_entries(person), TrailEntry.action == FAILED, TrailEntry.at >= since)
    number = session.scalar(select(func.count()).select_from(TrailEntry).where(here)) or 0
    rows = select(TrailEntry).where(here).order_by(TrailEntry.at.desc(), TrailEntry.id.desc()).limit(most)
    return number, session.scalars(rows).all()


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the 操作日志 is sealed."""

    sealed: int
    waiting: int
    since: datetime | None  # when the oldest line that waits was written

    @property
    def is_late(self) -> bool:
        """Whether the seal should have come long ago."""
        return self.since is not None and clock.now() - self.since > SEALED_WITHIN

    @property
    def words(self) -> str:
        """As the office says it."""
        if not self.waiting:
            return f"{self.sealed:,} 条都已封存，改动任何一条都会在核验时查出"
        if self.is_late and self.since is not None:
            return f"有 {self.waiting:,} 条从 {clock.shown(self.since)} 起没有封存，请检查服务或定时任务是否在运行"
        return f"已封存 {self.sealed:,} 条；最新 {self.waiting:,} 条随后自动封存，不用处理"


def seal_state(session: Session) -> SealState:
    """Of all chains together."""
    done = select(TrailSeal.chain_id, func.max(TrailSeal.last_seq).label("last")).group_by(TrailSeal.chain_id)
    last = done.subquery()
    written = session.scalar(select(func.coalesce(func.sum(TrailHead.seq), 0))) or 0
    sealed = session.scalar(select(func.coalesce(func.sum(last.c.last), 0))) or 0
    tail = select(func.min(TrailEntry.at)).outerjoin(last, last.c.chain_id == TrailEntry.chain_id)
    since = session.scalar(tail.where(TrailEntry.seq > func.coalesce(last.c.last, 0)))
    return SealState(int(sealed), max(0, int(written) - int(sealed)), since)
