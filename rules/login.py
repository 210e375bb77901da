"""Log-ins (登录): who is let in, how often they may try, which log-ins live, and second signers at one terminal."""

import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, event, func, inspect, or_, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from models import LoginSession, OrgUnit, Staff, clock
from models.trail import COMPANY_CHAIN, tell
from rules.doors import Door, TooOften, count, forgive, refuse_if_closed, row_of
from rules.errors import NotAllowed, RuleError
from rules.person import Person, person_of
from rules.policies import policy
from rules.write import Writer

METHOD = "scrypt:32768:8:1"
NOBODY = f"{METHOD}$nobodynobodynobo${'0' * 128}"
"""What the secret of an unknown person is compared with: the same work, never a match."""

FAMILIAR = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_SECRET = 128
_hashing = threading.BoundedSemaphore(4)  # each hash takes 32 MB


class WrongSecret(RuleError):
    """The one answer for an unknown name, a disabled account and a wrong password or PIN."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A living log-in, as the request needs it."""

    id: int
    staff_id: int
    person: Person
    must_change: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class _Candidate:
    staff_id: int
    name: str
    hashes: tuple[str, ...]


# --- secrets -----------------------------------------------------------------------------------------------------


def hash_secret(secret: str) -> str:
    """A password or PIN as it is kept; slow on purpose, so call it outside any transaction."""
    with _hashing:
        return generate_password_hash(_normal(secret), METHOD)


def secret_fits(kept: Sequence[str | None], secret: str) -> bool:
    """Whether the secret is one of those kept; as slow for nobody as for somebody."""
    found = False
    for one in kept or (None,):
        with _hashing:
            found |= check_password_hash(one or NOBODY, _normal(secret)[:LONGEST_SECRET])
    return found


def _normal(secret: str) -> str:
    return unicodedata.normalize("NFKC", secret)


# --- judging an attempt ------------------------------------------------------------------------------------------


def _doors(session: Session, staff: Staff | None, who: str, address: str) -> list[Door]:
    """An account is slowed down as a whole for strangers, but by itself at an address it is used from.

    So whoever hammers on an account from elsewhere cannot keep its owner out of the office's own machines.
    """
    doors = [Door("address", address[:128], 30)] if address else []
    if staff is not None and address and _is_familiar(session, staff, address):
        return [*doors, Door("familiar", f"{staff.id}@{address}"[:128], 5)]
    return [*doors, Door("account", _name(who), 5)]


def _is_familiar(session: Session, staff: Staff, address: str) -> bool:
    since = clock.now() - FAMILIAR
    known = select(LoginSession.id).where(
        LoginSession.staff_id == staff.id, LoginSession.address == address[:64], LoginSession.created_at > since
    )
    return session.scalars(known.limit(1)).first() is not None


def _name(who: str) -> str:
    return unicodedata.normalize("NFKC", who).strip().casefold()[:128]


def staff_named(session: Session, who: str) -> Staff | None:
    """The active staff member behind a log-in name, else behind a telephone number only one of them has."""
    name = _name(who)
    if not name or not name.isprintable():
        return None
    active: ColumnElement[bool] = Staff.active.is_(True)
    found = session.scalars(select(Staff).where(active, func.lower(Staff.login) == name)).first()
    if found is not None or not (name.isdigit() and len(name) == 11):
        return found
    same = session.scalars(select(Staff).where(active, Staff.phone == name, Staff.login.is_not(None)).limit(2)).all()
    return same[0] if len(same) == 1 else None


def _sign_doors(who: str, address: str, terminal: int | None) -> list[Door]:
    """By the signer's name, by the machine, and by whose log-in stands open on it: many names do not help."""
    doors = [Door("sign", _name(who), 5)]
    doors += [Door("address", address[:128], 30)] if address else []
    return doors + ([Door("terminal", str(terminal), 10)] if terminal is not None else [])


def _judge(
    write: Writer, who: str, secret: str, address: str, *, pin: bool, terminal: int | None = None
) -> tuple[_Candidate, list[Door]]:
    """Count, compare outside any transaction, write a failure down; raises TooOften or WrongSecret."""
    with Session(write.engine) as session:
        staff = staff_named(session, who)
        doors = _sign_doors(who, address, terminal) if pin else _doors(session, staff, who, address)
        refuse_if_closed([row_of(session, door) for door in doors])
        candidate = _candidate(staff, pin)
    write(lambda s: count(s, doors))
    kept = candidate.hashes if candidate else ()
    fits = len(secret) <= LONGEST_SECRET and secret_fits(kept, secret)
    if candidate is None or not fits:
        write(lambda s: _tell_failure(s, candidate, address, pin))
        raise WrongSecret("工号、密码或 PIN 不对" if pin else "工号或密码不对", field="password")
    return candidate, doors


def _candidate(staff: Staff | None, pin: bool) -> _Candidate | None:
    if staff is None or staff.password_hash is None:
        return None
    hashes = (staff.password_hash, staff.pin_hash) if pin else (staff.password_hash,)
    return _Candidate(staff.id, staff.name, tuple(h for h in hashes if h))


def _tell_failure(session: Session, candidate: _Candidate | None, address: str, pin: bool) -> None:
    """What was typed is never kept: people type their password into the wrong box."""
    staff = session.get(Staff, candidate.staff_id) if candidate else None
    told = {"来源": address or "—"} | ({} if staff else {"工号": "（不存在或已停用）"})
    tell(session, "签字验证失败" if pin else "登录失败", staff, told, noun="staff", chain_id=COMPANY_CHAIN)


def log_in(write: Writer, who: str, password: str, *, address: str = "", agent: str = "") -> str:
    """Let somebody in and return the token for their cookie; raises TooOften or WrongSecret.

    The password is compared between two transactions, never inside one.
    """
    candidate, doors = _judge(write, who, password, address, pin=False)

    def let_in(session: Session) -> str:
        staff = session.get_one(Staff, candidate.staff_id)
        if not staff.active or staff.password_hash not in candidate.hashes:
            raise WrongSecret("工号或密码不对", field="password")
        forgive(session, doors)
        return open_login(session, staff, address=address, agent=agent)

    return write(let_in, by=Person(candidate.staff_id, candidate.name))


def verify_secret(write: Writer, who: str, secret: str, *, address: str = "", terminal: int | None = None) -> Staff:
    """The second person at a terminal proves who they are by password or PIN (rate-limited); opens no log-in.

    `terminal` is the staff id of whoever is logged in there.
    Call it before the write transaction that signs, and read the person again inside it.
    Raises TooOften or WrongSecret.
    """
    candidate, doors = _judge(write, who, secret, address, pin=True, terminal=terminal)

    def verified(session: Session) -> Staff:
        staff = session.get_one(Staff, candidate.staff_id)
        if not staff.active or staff.must_change:
            raise WrongSecret("此账号已停用或尚未修改初始密码，不能签字", field="password")
        forgive(session, doors)
        return staff

    return write(verified, by=Person(candidate.staff_id, candidate.name))


def check_own_password(write: Writer, staff_id: int, password: str, *, address: str = "") -> None:
    """Ask for the password again before something grave; raises TooOften or WrongSecret at field `current`."""
    with Session(write.engine) as session:
        login = session.get_one(Staff, staff_id).login or ""
    try:
        _me, doors = _judge(write, login, password, address, pin=False)
    except WrongSecret as wrong:
        raise WrongSecret("现在的密码不对", field="current") from wrong
    except TooOften as wrong:
        wrong.field = "current"
        raise
    write(lambda s: forgive(s, doors))


# --- log-ins alive -----------------------------------------------------------------------------------------------


def token_print(token: str) -> str:
    """What the table keeps of a token: whoever reads the table cannot log in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_login(session: Session, staff: Staff, *, address: str = "", agent: str = "") -> str:
    """A new log-in of the person and its token; old ones of theirs that nobody needs any more go."""
    now = clock.now()
    session.execute(
        delete(LoginSession).where(LoginSession.staff_id == staff.id, LoginSession.expires_at < now - FAMILIAR)
    )
    token = secrets.token_urlsafe(32)
    hours = max(1, int(policy(session, "login.hours", staff.org_id)))
    projects = projects_of(session, person_of(session, staff))
    session.add(
        LoginSession(
            token_hash=token_print(token),
            staff_id=staff.id,
            project_id=projects[0].id if len(projects) == 1 else None,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=hours),
            address=address[:64],
            agent="".join(c for c in agent if c.isprintable())[:255],
        )
    )
    tell(session, "登录", staff, {"来源": address or "—"}, chain_id=COMPANY_CHAIN)
    return token


def living(session: Session, token: str) -> LogIn | None:
    """The log-in behind a cookie, unless it was ended, ran out, lay idle or its owner was disabled."""
    now = clock.now()
    found = session.execute(
        select(LoginSession, Staff)
        .join(Staff, Staff.id == LoginSession.staff_id)
        .where(LoginSession.token_hash == token_print(token), LoginSession.revoked_at.is_(None))
        .where(LoginSession.expires_at > now, Staff.active.is_(True))
    ).one_or_none()
    if found is None:
        return None
    login, staff = found
    idle = max(1, int(policy(session, "login.idle_min", staff.org_id)))
    if login.last_seen_at + timedelta(minutes=idle) <= now:
        return None
    person = person_of(session, staff)
    person = replace(person, project_id=_still_theirs(session, person, login.project_id))
    return LogIn(login.id, staff.id, person, staff.must_change, login.last_seen_at)


def _still_theirs(session: Session, person: Person, project_id: int | None) -> int | None:
    """The project chosen, unless the person's posts no longer reach it."""
    if project_id is None or project_id in person.units:
        return project_id
    return project_id if project_id in {p.id for p in projects_of(session, person)} else None


def saw(session: Session, login_id: int) -> None:
    """Remember that the log-in is in use; the one thing a GET may write, at most once a minute."""
    now = clock.now()
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == login_id, LoginSession.last_seen_at <= now - SEEN_EVERY)
        .values(last_seen_at=now)
    )


def log_ins_of(session: Session, staff_id: int) -> list[LoginSession]:
    """The person's log-ins that are open now, newest first."""
    alive = select(LoginSession).where(
        LoginSession.staff_id == staff_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > clock.now()
    )
    return list(session.scalars(alive.order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())))


def end_login(session: Session, by: Person, login_id: int) -> None:
    """End one log-in of one's own; raises NotAllowed for somebody else's."""
    login = session.get(LoginSession, login_id)
    if login is None or login.staff_id != by.staff_id:
        raise NotAllowed("只能结束自己的登录")
    _end(session, login.staff_id, LoginSession.id == login_id)


def end_other_log_ins(session: Session, by: Person, login_id: int) -> int:
    """End every log-in of one's own but this one; how many there were."""
    assert by.staff_id is not None
    return _end(session, by.staff_id, LoginSession.id != login_id)


def _end(session: Session, staff_id: int, which: ColumnElement[bool], action: str = "退出登录") -> int:
    open_ones = session.scalars(
        select(LoginSession).where(LoginSession.staff_id == staff_id, LoginSession.revoked_at.is_(None), which)
    ).all()
    for login in open_ones:
        login.revoked_at = clock.now()
    if open_ones:
        told = {"登录数": str(len(open_ones))}
        tell(session, action, session.get_one(Staff, staff_id), told, chain_id=COMPANY_CHAIN)
    return len(open_ones)


@event.listens_for(Session, "after_flush")
def _end_with_the_account(session: Session, _ctx: Any) -> None:
    """However somebody is disabled or their password changes, every living cookie of theirs dies with it."""
    for staff in (s for s in session.dirty if isinstance(s, Staff)):
        attrs = inspect(staff).attrs
        disabled = attrs.active.history.has_changes() and not staff.active
        if disabled or attrs.password_hash.history.has_changes():
            session.execute(
                update(LoginSession)
                .where(LoginSession.staff_id == staff.id, LoginSession.revoked_at.is_(None))
                .values(revoked_at=clock.now()),
                execution_options={"synchronize_session": False},
            )


# --- the project in front of the person --------------------------------------------------------------------------


def projects_of(session: Session, person: Person) -> list[OrgUnit]:
    """The projects the person may switch to, by name."""
    if not person.units:
        return []
    served = select(OrgUnit.serves_id).where(OrgUnit.id.in_(person.units), OrgUnit.serves_id.is_not(None))
    mine = or_(OrgUnit.id.in_(person.units), OrgUnit.id.in_(served))
    query = select(OrgUnit).where(OrgUnit.kind == "project", OrgUnit.active.is_(True), mine)
    return list(session.scalars(query.order_by(OrgUnit.name, OrgUnit.id)))


def choose_project(session: Session, by: Person, login_id: int, project_id: int | None) -> None:
    """Work in one project from now on, or in all of one's own (None); raises NotAllowed for another's."""
    if project_id is not None and project_id not in {p.id for p in projects_of(session, by)}:
        raise NotAllowed("这个项目不在您的任职范围内")
    login = session.get_one(LoginSession, login_id)
    assert login.staff_id == by.staff_id
    login.project_id = project_id


# --- one's own secrets -------------------------------------------------------------------------------------------


def change_password(session: Session, by: Person, kept: str, address: str = "", agent: str = "") -> str:
    """Put one's new password (already hashed) in place; all log-ins end, the token of a fresh one comes back."""
    staff = session.get_one(Staff, by.staff_id)
    staff.password_hash = kept
    staff.must_change = False
    session.flush()
    tell(session, "修改密码", staff, chain_id=COMPANY_CHAIN)
    return open_login(session, staff, address=address, agent=agent)


def change_pin(session: Session, by: Person, kept: str) -> None:
    """Put one's new signing PIN (already hashed) in place."""
    staff = session.get_one(Staff, by.staff_id)
    staff.pin_hash = kept
    tell(session, "修改签字 PIN", staff, chain_id=COMPANY_CHAIN)
