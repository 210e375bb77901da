"""Who is there for a post at a moment, and who stands above it when nobody is (decisions 23, 42)."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import POSTS, Appointment, Leave, Staff, clock
from rules.person import ancestors, reach_of

#: The line of command inside a department, upwards; then the line above every department.
LINES: dict[str, tuple[str, ...]] = {
    "service": ("service_assistant", "service_administrator", "service_supervisor"),
    "engineering": ("engineering_assistant", "engineering_supervisor", "engineering_manager"),
    "security": ("security_leader", "security_supervisor"),
    "cleaning": ("cleaning_supervisor",),
    "greening": ("greening_supervisor",),
    "management": ("duty_manager",),
    "site": ("storekeeper", "site_representative"),
    "division": ("division_accountant", "division_planner", "division_supervisor", "division_manager"),
    "materials": ("central_accountant", "central_planner", "materials_head"),
}
TOP = ("project_manager", "area_manager", "quality_manager", "company_leader")


def above(post: str) -> list[str]:
    """The posts that hear in its place, nearest first: those of its department that rank higher, then the top."""
    if post in TOP:
        return list(TOP[TOP.index(post) + 1 :])
    own = POSTS[post]
    return [p for p in LINES.get(own.department, ()) if POSTS[p].rank > own.rank] + list(TOP)


def on_duty(session: Session, post: str, org_id: int, at: datetime | None = None) -> list[Staff]:
    """Everybody who holds the post for the unit on the day, own or by delegation, and is not on leave.

    Until there are rosters every holder counts as on duty (decision 23).
    """
    day = clock.local(at or clock.now()).date()
    away = select(Leave.staff_id).where(Leave.starts_on <= day, Leave.ends_on >= day)
    held = session.execute(
        select(Appointment, Staff)
        .join(Staff, Appointment.staff_id == Staff.id)
        .where(Appointment.post == post, Appointment.starts_on <= day, Staff.active)
        .where(or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day))
        .where(Staff.id.not_in(away))
        .order_by(Staff.id)
    ).all()
    line = set(ancestors(session, org_id)) if held else set()
    there = {staff.id: staff for held_in, staff in held if reach_of(session, held_in.org_id).id in line}
    return list(there.values())


def is_there(session: Session, staff_id: int | None, at: datetime | None = None) -> Staff | None:
    """The member of staff, unless they left or are on leave that day."""
    staff = session.get(Staff, staff_id) if staff_id is not None else None
    if staff is None or not staff.active:
        return None
    day = clock.local(at or clock.now()).date()
    leave = select(Leave.id).where(Leave.staff_id == staff.id, Leave.starts_on <= day, Leave.ends_on >= day)
    return None if session.scalars(leave.limit(1)).first() else staff


def whoever_answers(
    session: Session, posts: tuple[str, ...], org_id: int, at: datetime | None = None
) -> list[tuple[str, Staff]]:
    """The holders of any of the posts; where there is nobody at all, those of the first post above with somebody."""
    found = [(post, staff) for post in posts for staff in on_duty(session, post, org_id, at)]
    for post in above(posts[-1]) if posts else ():
        if found:
            break
        found = [(post, staff) for staff in on_duty(session, post, org_id, at)]
    return found
