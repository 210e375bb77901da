"""Staff (员工): accounts, appointments (任职), delegation (委托), leave (请假). Nobody raises themselves."""

import secrets
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, inspect, or_, select
from sqlalchemy.orm import Session

from models import POSTS, Appointment, Leave, Staff, clock
from models.trail import COMPANY_CHAIN, tell
from rules.errors import NotAllowed, RuleError
from rules.importing.search_keys import initials_of
from rules.permissions import allows, require, who_may
from rules.person import Person, reach_of, units_below

ACROSS = 5
"""From this rank on (管理处经理) a post grants in every department below it; under it only in its own."""

CANNOT_DELEGATE = {"system_admin"}
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LOGIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def first_password() -> str:
    """A password for the first log-in, shown once: four groups without letters people mix up."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


# --- accounts ----------------------------------------------------------------------------------------------------


def create_staff(
    session: Session,
    by: Person,
    *,
    name: str,
    org_id: int,
    login: str | None = None,
    password_hash: str | None = None,
    **more: Any,
) -> Staff:
    """A new member of staff; with a log-in name they get a first password (hashed before, outside the transaction).

    Raises NotAllowed, or RuleError at field `name` or `login`.
    """
    staff = Staff(name=" ".join(name.split()), org_id=org_id, must_change=True, **more)
    require(by, "staff.write", staff, "新增员工")
    if not staff.name:
        raise RuleError("请填写姓名", field="name")
    staff.initials = initials_of(staff.name)[:32]
    if login:
        staff.login = chosen_login(session, login, staff)
        staff.password_hash = password_hash
    session.add(staff)
    session.flush()
    return staff


def edit_staff(session: Session, staff: Staff, by: Person, **values: Any) -> None:
    """Change name, badge, telephone, unit or log-in name; the last two only of people below. Raises NotAllowed."""
    require(by, "staff.write", staff, "修改员工资料")
    unknown = values.keys() - {"name", "badge_no", "phone", "org_id", "login"}
    assert not unknown, f"not edited here: {sorted(unknown)}"
    if "org_id" in values or "login" in values:
        _must_stand_above(session, by, staff, "修改其所属组织或登录名")
    if (moved := values.get("org_id")) is not None and moved not in by.units:
        raise NotAllowed("只能把员工调到自己管辖的单位")
    if (login := values.pop("login", None)) and login != staff.login:
        staff.login = chosen_login(session, login, staff)
    for key, value in values.items():
        setattr(staff, key, value)
    if "name" in values:
        staff.name = " ".join(str(values["name"]).split())
        staff.initials = initials_of(staff.name)[:32]


def chosen_login(session: Session, login: str, staff: Staff | None) -> str:
    """The log-in name as it is kept; raises RuleError at `login` when it cannot be one or is somebody else's."""
    wanted = login.strip().lower()
    if not 2 <= len(wanted) <= 32 or not set(wanted) <= LOGIN:
        raise RuleError("登录名用 2 到 32 个小写字母、数字或 . _ -", field="login")
    with session.no_autoflush:
        taken = session.scalars(select(Staff).where(func.lower(Staff.login) == wanted)).first()
    if taken is not None and taken is not staff:
        raise RuleError(f"登录名 {wanted} 已有人使用，请换一个", field="login")
    return wanted


def disable_staff(session: Session, staff: Staff, by: Person) -> None:
    """The person leaves: every log-in and post ends at once, what they delegated too; they stay on file."""
    require(by, "staff.write", staff, "停用员工")
    _must_stand_above(session, by, staff, "停用")
    staff.active = False
    today = clock.today()
    for held in _held_or_coming(session, staff.id, today):
        _stop(session, held, today)


def enable_staff(session: Session, staff: Staff, by: Person, password_hash: str) -> None:
    """The person comes back, with a first password and without any post."""
    require(by, "staff.write", staff, "启用员工")
    _must_stand_above(session, by, staff, "启用")
    staff.active = True
    staff.must_change = True
    staff.password_hash = password_hash
    staff.pin_hash = None


def reset_password(session: Session, staff: Staff, by: Person, password_hash: str) -> None:
    """A new first password (hashed before); old log-ins and the signing PIN end. Never one's own, never upwards."""
    require(by, "staff.reset_password", staff, "重置密码")
    _must_stand_above(session, by, staff, "重置密码")
    if not staff.active:
        raise RuleError(f"{staff.name}已停用，请先启用")
    if not staff.login:
        raise RuleError(f"{staff.name}还没有登录名，请先填写", field="login")
    staff.password_hash = password_hash
    staff.must_change = True
    staff.pin_hash = None
    tell(session, "重置密码", staff, chain_id=COMPANY_CHAIN)


def _must_stand_above(session: Session, by: Person, staff: Staff, doing: str) -> None:
    """Whoever could take over a higher account would raise themselves."""
    if staff.id is not None and staff.id == by.staff_id:
        raise NotAllowed(f"不能对自己的账号{doing}，须由上级办理")
    held = session.scalars(
        select(Appointment).where(Appointment.staff_id == staff.id).where(_not_ended(clock.today()))
    ).all()
    for a in held:
        if a.delegated_by_id is None and not may_grant(by, a.post, a.org_id, "staff.write"):
            raise NotAllowed(f"{staff.name}任{POSTS[a.post].label}，不在您之下，{doing}须由上级办理")


# --- appointments ------------------------------------------------------------------------------------------------


def may_grant(by: Person, post: str, org_id: int, permission: str = "appointment.write") -> bool:
    """Decision 4: a post of one's own, not a delegated one, reaching the unit, and ranking above the post granted."""
    wanted = POSTS[post]
    row = Appointment(post=post, org_id=org_id)
    for held in by.holdings:
        own = POSTS[held.post]
        above = own.rank > wanted.rank and (own.rank >= ACROSS or own.department == wanted.department)
        if held.delegated_by_id is None and above and allows(replace(by, holdings=(held,)), permission, row):
            return True
    return False


def appoint(
    session: Session, by: Person, staff: Staff, post: str, org_id: int, starts_on: date, ends_on: date | None = None
) -> Appointment:
    """Give somebody a post in a unit; raises NotAllowed (upwards, sideways, oneself, elsewhere) or RuleError."""
    _checked_days(starts_on, ends_on)
    if post not in POSTS:
        raise RuleError("没有这个岗位", field="post")
    if staff.id == by.staff_id:
        raise NotAllowed("不能给自己任职，须由上级办理")
    if staff.org_id not in by.units:
        raise NotAllowed(f"{staff.name}不是您管辖单位的员工")
    if not may_grant(by, post, org_id):
        raise NotAllowed(
            f"您不能授予{POSTS[post].label}：只能在自己管辖的单位内授予低于本人的岗位"
            f"（可任命者：{who_may('appointment.write')}）"
        )
    if not staff.active:
        raise RuleError(f"{staff.name}已停用，不能任职", field="staff_id")
    if _overlapping(session, staff.id, post, org_id, starts_on, ends_on, delegated=False):
        raise RuleError(f"{staff.name}在这段时间已任{POSTS[post].label}", field="post")
    appointment = Appointment(staff_id=staff.id, post=post, org_id=org_id, starts_on=starts_on, ends_on=ends_on)
    session.add(appointment)
    session.flush()
    return appointment


def end_appointment(session: Session, appointment: Appointment, by: Person, last_day: date) -> None:
    """End a post after `last_day`; a day in the past ends it now. One's own delegation may be taken back by oneself."""
    mine = appointment.delegated_by_id is not None and appointment.delegated_by_id == by.staff_id
    if not mine:
        if appointment.staff_id == by.staff_id and appointment.delegated_by_id is None:
            raise NotAllowed("不能终止自己的任职，须由上级办理")
        if not may_grant(by, appointment.post, appointment.org_id):
            raise NotAllowed(f"您不能终止{POSTS[appointment.post].label}的任职，须由上级办理")
    if appointment.ends_on is not None and appointment.ends_on < clock.today():
        raise RuleError("这项任职已经结束")
    _stop(session, appointment, last_day + timedelta(days=1))


def _stop(session: Session, appointment: Appointment, first_day_without: date) -> None:
    """What never began is taken out (the trail keeps it); else it ends, with all delegations of it."""
    if inspect(appointment).deleted or inspect(appointment).detached:
        return  # went with the post it was delegated from
    last = first_day_without - timedelta(days=1)
    for passed_on in _delegations_of(session, appointment):
        _stop(session, passed_on, first_day_without)
    if last < appointment.starts_on:
        session.delete(appointment)
    elif appointment.ends_on is None or appointment.ends_on > last:
        appointment.ends_on = last
    session.flush()


def _delegations_of(session: Session, appointment: Appointment) -> list[Appointment]:
    if appointment.delegated_by_id is not None:
        return []
    same = select(Appointment).where(
        Appointment.delegated_by_id == appointment.staff_id,
        Appointment.post == appointment.post,
        Appointment.org_id == appointment.org_id,
    )
    return list(session.scalars(same.where(_not_ended(clock.today()))))


def _held_or_coming(session: Session, staff_id: int, day: date) -> list[Appointment]:
    mine = or_(Appointment.staff_id == staff_id, Appointment.delegated_by_id == staff_id)
    return list(session.scalars(select(Appointment).where(mine, _not_ended(day)).order_by(Appointment.id)))


def _not_ended(day: date) -> Any:
    return or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day)


def _overlapping(
    session: Session, staff_id: int, post: str, org_id: int, starts: date, ends: date | None, *, delegated: bool
) -> bool:
    same = select(Appointment.id).where(
        Appointment.staff_id == staff_id,
        Appointment.post == post,
        Appointment.org_id == org_id,
        _not_ended(starts),
        Appointment.delegated_by_id.is_not(None) if delegated else Appointment.delegated_by_id.is_(None),
    )
    if ends is not None:
        same = same.where(Appointment.starts_on <= ends)
    return session.scalars(same).first() is not None


def _checked_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise RuleError("结束日期不能早于开始日期", field="ends_on")


# --- delegation --------------------------------------------------------------------------------------------------


def delegate(
    session: Session,
    by: Person,
    appointment: Appointment,
    to: Staff,
    starts_on: date,
    ends_on: date,
    *,
    approvals: bool = False,
    permission: str = "appointment.write",
) -> Appointment:
    """Hand a post over for some days: its holder may, or who could grant it.

    Duties and custody go along, approvals only where asked for. It raises nobody's rank and cannot be handed on.
    Raises NotAllowed or RuleError.
    """
    _checked_days(starts_on, ends_on)
    _may_be_handed_over(session, by, appointment, permission)
    if to.id in (appointment.staff_id, by.staff_id):
        raise NotAllowed("不能委托给自己或委托人本人")
    if not to.active:
        raise RuleError(f"{to.name}已停用，不能受委托", field="staff_id")
    if to.org_id not in units_below(session, appointment.org_id):
        where = reach_of(session, appointment.org_id).name
        raise RuleError(f"{to.name}不是{where}的员工，不能受委托", field="staff_id")
    if starts_on < appointment.starts_on or (appointment.ends_on is not None and ends_on > appointment.ends_on):
        raise RuleError("委托日期超出了本岗位的任职日期", field="ends_on")
    if _overlapping(session, to.id, appointment.post, appointment.org_id, starts_on, ends_on, delegated=True):
        raise RuleError(f"{to.name}在这段时间已受委托任{POSTS[appointment.post].label}", field="starts_on")
    handed = Appointment(
        staff_id=to.id,
        post=appointment.post,
        org_id=appointment.org_id,
        starts_on=starts_on,
        ends_on=ends_on,
        delegated_by_id=appointment.staff_id,
        approvals=approvals,
    )
    session.add(handed)
    session.flush()
    return handed


def _may_be_handed_over(session: Session, by: Person, appointment: Appointment, permission: str) -> None:
    if appointment.delegated_by_id is not None:
        raise NotAllowed("受委托的岗位不能再委托给别人")
    if appointment.post in CANNOT_DELEGATE:
        raise NotAllowed(f"{POSTS[appointment.post].label}不能委托")
    if appointment.staff_id != by.staff_id and not may_grant(by, appointment.post, appointment.org_id, permission):
        raise NotAllowed(f"{POSTS[appointment.post].label}只能由本人或上级委托")


# --- leave -------------------------------------------------------------------------------------------------------


def take_leave(
    session: Session,
    by: Person,
    staff: Staff,
    starts_on: date,
    ends_on: date,
    reason: str,
    *,
    stand_in: Staff | None = None,
    approvals: bool = False,
) -> Leave:
    """Write leave down; a stand-in gets every post of the person's own meanwhile. Raises NotAllowed or RuleError."""
    leave = Leave(staff_id=staff.id, org_id=staff.org_id, starts_on=starts_on, ends_on=ends_on, reason=reason.strip())
    require(by, "leave.write", leave, "登记请假")
    _checked_days(starts_on, ends_on)
    if not leave.reason:
        raise RuleError("请填写请假事由", field="reason")
    if away(session, [staff.id], starts_on, ends_on):
        raise RuleError(f"{staff.name}在这段时间已有请假", field="starts_on")
    session.add(leave)
    if stand_in is not None:
        _stand_in(session, by, staff, stand_in, starts_on, ends_on, approvals)
    session.flush()
    return leave


def _stand_in(
    session: Session, by: Person, staff: Staff, stand_in: Staff, starts_on: date, ends_on: date, approvals: bool
) -> None:
    for held in _held_or_coming(session, staff.id, starts_on):
        own = held.staff_id == staff.id and held.delegated_by_id is None and held.post not in CANNOT_DELEGATE
        if own and held.starts_on <= ends_on:
            first, last = max(starts_on, held.starts_on), min(ends_on, held.ends_on or ends_on)
            delegate(session, by, held, stand_in, first, last, approvals=approvals, permission="leave.write")


def end_leave(session: Session, leave: Leave, by: Person, last_day: date) -> None:
    """The person is back after `last_day`: the leave and the delegations made for it end with that day."""
    require(by, "leave.write", leave, "销假")
    _checked_days(leave.starts_on, leave.ends_on)
    made = select(Appointment).where(
        Appointment.delegated_by_id == leave.staff_id,
        Appointment.starts_on >= leave.starts_on,
        Appointment.ends_on <= leave.ends_on,
        Appointment.ends_on > last_day,
    )
    for handed in session.scalars(made).all():
        _stop(session, handed, last_day + timedelta(days=1))
    if last_day < leave.starts_on:
        session.delete(leave)
    else:
        leave.ends_on = min(last_day, leave.ends_on)


def away(session: Session, staff_ids: list[int], first: date, last: date | None = None) -> set[int]:
    """Which of them are on leave on the day, or on any day up to `last`."""
    found = select(Leave.staff_id).where(
        Leave.staff_id.in_(staff_ids), Leave.starts_on <= (last or first), Leave.ends_on >= first
    )
    return set(session.scalars(found))
