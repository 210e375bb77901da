"""A small world for tests, built once per test, and makers that go through the same doors as the office."""

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    POSTS,
    Appointment,
    Attachment,
    Building,
    FollowUp,
    OrgUnit,
    PaperCopy,
    PolicyValue,
    Resident,
    Staff,
    Ticket,
    Unit,
    WorkOrder,
    clock,
    secrecy,
)
from models.people import org_path
from models.posts import DEPARTMENTS
from rules import residents
from rules.advance import advance, start
from rules.copies import copies_for_print
from rules.person import Person, person_of
from rules.work_orders import from_ticket

SINCE = date(2020, 1, 1)
#: Who works in 云锦里: post → name. 望江府 has the few that a stranger is needed for.
YJ_STAFF = {
    "desk_clerk": "陆文婷",
    "receptionist": "宋佳宁",
    "service_assistant": "施雨薇",
    "service_administrator": "何婉清",
    "service_supervisor": "陈堃",
    "zone_steward": "方静怡",
    "lobby_receptionist": "江月",
    "archivist": "温故",
    "engineering_duty": "罗志强",
    "technician": "莫小川",
    "engineering_assistant": "段立军",
    "engineering_supervisor": "蒙伟",
    "engineering_manager": "雷鸣",
    "security_supervisor": "韩卫国",
    "security_leader": "谭卫东",
    "guard": "牛大力",
    "cleaning_supervisor": "白洁",
    "greening_supervisor": "林青",
    "office_clerk": "文小芳",
    "sales_clerk": "金多多",
    "duty_manager": "夜长明",
    "project_manager": "高建国",
}
WJ_STAFF = {
    "desk_clerk": "苗望江",
    "service_supervisor": "水望江",
    "engineering_duty": "石望江",
    "project_manager": "山望江",
}
ABOVE = {"area_manager": "区平", "quality_manager": "质心", "company_leader": "总览", "system_admin": "管系统"}
DRAWN = b"a signature drawn on the screen"
_numbers = itertools.count(1)


@dataclass
class World:
    """The company, its two projects and what stands in them."""

    session: Session
    company: OrgUnit
    area: OrgUnit
    projects: dict[str, OrgUnit] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    residents: dict[str, Resident] = field(default_factory=dict)

    @property
    def yj(self) -> OrgUnit:
        """云锦里."""
        return self.projects["YJ"]

    @property
    def wj(self) -> OrgUnit:
        """望江府."""
        return self.projects["WJ"]

    def person(self, post: str, project: str = "YJ") -> Person:
        """Whoever holds the post there."""
        return person(self.session, post, project)


def world(session: Session) -> World:
    """公司 → 片区 → 云锦里 (YJ) and 望江府 (WJ), with staff, a few units and the people in them; committed."""
    use_test_keys()
    company = org(session, "万和物业服务有限公司", "company", None)
    area = org(session, "城南片区", "area", company)
    made = World(session, company, area)
    for post, name in ABOVE.items():
        staff(session, name, post, area if post == "area_manager" else company)
    for code, name, people in (("YJ", "云锦里", YJ_STAFF), ("WJ", "望江府", WJ_STAFF)):
        project = made.projects[code] = org(session, name, "project", area, code=code)
        departments: dict[str, OrgUnit] = {}
        for post, who in people.items():
            key = POSTS[post].department
            if key not in departments:
                departments[key] = org(session, DEPARTMENTS[key], "department", project, department=key)
            session.add(_member(who, post, departments[key]))
        session.flush()
        _estate(made, project, code)
    session.commit()
    return made


def use_test_keys() -> None:
    """Personal data is closed with keys of the test's own, unless a house was opened with its own before."""
    if not secrecy._ring:
        data = b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        secrecy._ring[:] = [secrecy.KeyRing(data, b"index key of the tests", b"trail key of the tests")]


def org(session: Session, name: str, kind: str, parent: OrgUnit | None, **values: Any) -> OrgUnit:
    """A unit in its place in the tree."""
    unit = OrgUnit(name=name, kind=kind, parent_id=parent.id if parent else None, **values)
    session.add(unit)
    session.flush()
    unit.path = org_path(parent, unit.id)
    session.flush()
    return unit


def staff(session: Session, name: str, post: str | None, where: OrgUnit, **values: Any) -> Staff:
    """Somebody who works there, with a post since long ago."""
    member = _member(name, post, where, **values)
    session.add(member)
    session.flush()
    return member


def _member(name: str, post: str | None, where: OrgUnit, **values: Any) -> Staff:
    login = values.pop("login", f"s{next(_numbers):04}")
    held = [Appointment(post=post, org_id=where.id, starts_on=SINCE)] if post else []
    return Staff(name=name, org_id=where.id, login=login, must_change=False, appointments=held, **values)


def staff_of(session: Session, post: str, project: str = "YJ") -> Staff:
    """The member of staff who holds the post in the project, or above it."""
    held = session.scalars(select(Appointment).where(Appointment.post == post).order_by(Appointment.id)).all()
    unit = session.scalars(select(OrgUnit).where(OrgUnit.code == project)).one()
    for found in held:
        if found.org.path.startswith(unit.path) or unit.path.startswith(found.org.path):
            return found.staff
    raise LookupError(f"nobody is {post} in {project}")


def person(session: Session, post: str, project: str = "YJ") -> Person:
    """That member of staff as the house sees them when they act."""
    return person_of(session, staff_of(session, post, project))


def _estate(made: World, project: OrgUnit, code: str) -> None:
    session, manager = made.session, made.person("project_manager", code)
    for building, rooms in {"3": ("2-1203", "2-1204", "1-0801"), "5": ("1-0802",)}.items():
        engineer = staff_of(session, "technician", code).id if code == "YJ" and building == "3" else None
        block = Building(org_id=project.id, name=building, engineer_id=engineer)
        session.add(block)
        session.flush()
        for room in rooms:
            entrance, room_no = room.split("-")
            unit = Unit(
                org_id=project.id,
                building_id=block.id,
                entrance=entrance,
                room_no=room_no,
                code=f"{building}-{room}",
            )
            session.add(unit)
            session.flush()
            made.units[unit.code if code == "YJ" else f"{code} {unit.code}"] = unit
    living = {
        "YJ": (
            ("徐明远", "owner", "3-2-1203", "13812342217"),
            ("沈若兰", "family", "3-2-1203", "13910018406"),
            ("林阿姨", "hourly", "3-2-1203", "15210026630"),
            ("张伟", "owner", "3-2-1204", "13655512217"),
            ("租小客", "tenant", "5-1-0802", "13700001111"),
        ),
        "WJ": (("赵望舒", "owner", "WJ 3-2-1203", "13844442217"),),
    }
    for name, relation, where, phone in living[code]:
        resident = residents.create(session, manager, project.id, name=name, phones=[phone])
        residents.move_in(session, manager, resident, made.units[where], relation)
        made.residents[name] = resident


def set_policy(session: Session, org_unit: OrgUnit, key: str, value: Any) -> None:
    """The unit's own value of a 制度参数, in force since long ago."""
    who = session.scalars(select(Staff).order_by(Staff.id)).first()
    long_ago = datetime(2020, 1, 1, tzinfo=clock.LOCAL)
    assert who is not None
    session.add(
        PolicyValue(org_id=org_unit.id, key=key, value=value, effective_from=long_ago, made_by_id=who.id, reason="测试")
    )
    session.commit()
    session.info.pop("policies", None)


# ---- the matter ------------------------------------------------------------------------------------------------


def ticket_of(made: World, **values: Any) -> Ticket:
    """A ticket as the form hands it over, nothing checked yet."""
    facts: dict[str, Any] = {
        "org_id": made.yj.id,
        "channel": "call",
        "unit_id": made.units["3-2-1203"].id,
        "customer": "徐明远",
        "reporter_phone": "138 1234 2217",
        "kind": "repair",
        "content": "厨房水槽下软管漏水",
        "read_back": True,
    }
    if "place" in values:
        facts.pop("unit_id")
    return Ticket(**{**facts, **values})


def make_ticket(made: World, by: Person | None = None, **values: Any) -> Ticket:
    """A registered ticket of 3-2-1203, by the front desk."""
    ticket = start(made.session, ticket_of(made, **values), by or made.person("desk_clerk"))
    made.session.commit()
    return ticket


def make_order(made: World, ticket: Ticket | None = None, *, state: str = "draft", **values: Any) -> WorkOrder:
    """A slip for a ticket (a new one unless given), walked to `state`."""
    desk = made.person("desk_clerk")
    order = from_ticket(made.session, ticket or make_ticket(made), desk, **values)
    made.session.commit()
    return walk_to(made, order, state)


def make_public_order(made: World, department: str = "security", *, state: str = "draft", **values: Any) -> WorkOrder:
    """A slip for a public facility that the department reported to the desk."""
    facts: dict[str, Any] = {
        "org_id": made.yj.id,
        "kind": "public",
        "place": "2栋大堂门禁",
        "reporter": "谭卫东",
        "reporter_department": department,
        "phone": "8216",
        "content": "门禁读卡无反应",
    }
    order = start(made.session, WorkOrder(**{**facts, **values}), made.person("desk_clerk"))
    made.session.commit()
    return walk_to(made, order, state)


PATH = ("draft", "issued", "received", "on_site", "working", "to_sign", "completed")


def walk_to(made: World, order: WorkOrder, state: str, **details: Any) -> WorkOrder:
    """Move the slip along its path up to `state`; `details` are those of the last move."""
    steps = {
        "issued": ("issue", "desk_clerk"),
        "received": ("receive", "engineering_duty"),
        "on_site": ("arrive", "engineering_duty"),
        "working": ("begin", "engineering_duty"),
        "to_sign": ("finish", "engineering_duty"),
        "completed": ("sign", "engineering_duty"),
    }
    for target in PATH[PATH.index(order.state) + 1 : PATH.index(state) + 1]:
        verb, post = steps[target]
        said = dict(details) if target == state else {}
        if verb == "finish":
            said = finishing(order) | said
        if verb == "sign" and order.kind == "defect" and order.accept_at is None:
            advance(made.session, order, "invite", made.person("desk_clerk"), accept_at=later(hours=2))
        if verb == "sign":
            said, post = signing(made, order) | said, _signing_post(order, post)
        advance(made.session, order, verb, made.person(post), **said)
    made.session.commit()
    return order


def finishing(order: WorkOrder, **values: Any) -> dict[str, Any]:
    """What the technician fills in at the end."""
    said: dict[str, Any] = {"done_at": clock.now(), "result": "更换软管两根，试水不漏", "no_material": True}
    if order.leak:
        said["leak_tested_at"] = clock.now()
    if order.kind == "defect":
        said["recheck_passed"] = True
    if order.kind == "paid":
        said["labour_fee"] = 0
    return said | values


def signing(made: World, order: WorkOrder, **values: Any) -> dict[str, Any]:
    """The right signature for the slip."""
    if order.kind == "public":
        return {} | values
    said = {"signer": order.reporter, "signer_kind": "owner", "signer_adult": True}
    return {**said, "attachment_id": picture(made, order).id, **values}


def _signing_post(order: WorkOrder, post: str) -> str:
    signers = {
        "service": "service_assistant",
        "security": "security_leader",
        "office": "office_clerk",
        "sales": "sales_clerk",
    }
    return signers[order.reporter_department or ""] if order.kind == "public" else post


def picture(made: World, order: Any) -> Attachment:
    """A signature drawn on the screen."""
    row = Attachment(
        org_id=order.org_id,
        noun=order.__tablename__,
        row_id=order.id,
        title="签名.png",
        media="image/png",
        size=len(DRAWN),
        sha256=hashlib.sha256(DRAWN).hexdigest(),
        by_id=made.person("desk_clerk").staff_id,
    )
    made.session.add(row)
    made.session.flush()
    return row


def printed(made: World, order: WorkOrder) -> list[PaperCopy]:
    """The three copies, printed."""
    copies = copies_for_print(made.session, order)
    made.session.commit()
    return copies


def follow_up_of(made: World, order: WorkOrder) -> FollowUp:
    """The newest follow-up of a slip."""
    found = made.session.scalars(select(FollowUp).where(FollowUp.order_id == order.id).order_by(FollowUp.id.desc()))
    follow_up = found.first()
    assert follow_up is not None
    return follow_up


def asked(**values: Any) -> dict[str, Any]:
    """A follow-up by phone that went well."""
    said = {"method": "phone", "satisfaction": 5, "quality": "修好了", "effect": "当天来人，满意"}
    return {**said, **values}


def later(**by: float) -> datetime:
    """A moment from now on."""
    return clock.now() + timedelta(**by)
