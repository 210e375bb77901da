"""Two projects and the people in them, and the way through the door, for the tests of people and security."""

import re
from dataclasses import dataclass
from datetime import date

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from models import Appointment, OrgUnit, Staff
from models.people import org_path
from rules.person import Person, person_of
from rules.write import Writer

WORD = "correct horse"
CHEAP = generate_password_hash(WORD, "pbkdf2:sha256:1")  # the real one takes 50 ms, on purpose
SINCE = date(2026, 1, 1)

UNITS = (
    ("company", "company", None, None),
    ("area", "area", "company", None),
    ("yj", "project", "area", "YJ"),
    ("yj.service", "department", "yj", None),
    ("yj.engineering", "department", "yj", None),
    ("wh", "project", "area", "WH"),
    ("wh.service", "department", "wh", None),
)
NAMES = {"company": "万和物业服务有限公司", "area": "华南片区", "yj": "云锦里", "wh": "望湖苑"}
PEOPLE = (
    ("admin", "system_admin", "company"),
    ("leader", "company_leader", "company"),
    ("area", "area_manager", "area"),
    ("manager", "project_manager", "yj"),
    ("supervisor", "service_supervisor", "yj.service"),
    ("engineer", "engineering_supervisor", "yj.engineering"),
    ("desk", "desk_clerk", "yj.service"),
    ("other_desk", "desk_clerk", "yj.service"),
    ("tech", "technician", "yj.engineering"),
    ("wh_manager", "project_manager", "wh"),
    ("wh_desk", "desk_clerk", "wh.service"),
)


@dataclass(frozen=True)
class World:
    """Ids by short names."""

    orgs: dict[str, int]
    staff: dict[str, int]

    def person(self, session: Session, login: str) -> Person:
        """The member of staff as they stand today."""
        return person_of(session, session.get_one(Staff, self.staff[login]))


def people(write: Writer) -> World:
    """Make the two projects and everybody in them; every password is WORD and need not be changed."""

    def make(session: Session) -> World:
        orgs: dict[str, OrgUnit] = {}
        for key, kind, above, code in UNITS:
            parent = orgs[above] if above else None
            unit = OrgUnit(name=NAMES.get(key, key), kind=kind, code=code, parent_id=parent.id if parent else None)
            unit.department = key.split(".")[1] if kind == "department" else None
            session.add(unit)
            session.flush()
            unit.path = org_path(parent, unit.id)
            orgs[key] = unit
        made = {}
        for login, post, where in PEOPLE:
            staff = Staff(
                name=f"员工{login}", org_id=orgs[where].id, login=login, password_hash=CHEAP, must_change=False
            )
            session.add(staff)
            session.flush()
            session.add(Appointment(staff_id=staff.id, post=post, org_id=orgs[where].id, starts_on=SINCE))
            made[login] = staff.id
        return World({k: o.id for k, o in orgs.items()}, made)

    return write(make)


def csrf(client: FlaskClient, path: str = "/login") -> str:
    """The secret of a page of ours."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found[1]


def try_door(client: FlaskClient, who: str, word: str = WORD, **more: str) -> TestResponse:
    """Type a name and a password at the door."""
    return client.post("/login", data={"who": who, "password": word, "csrf_token": csrf(client), **more})


def enter(client: FlaskClient, who: str, word: str = WORD) -> FlaskClient:
    """Be logged in."""
    reply = try_door(client, who, word)
    assert reply.status_code == 303, reply.text
    return client


def post(client: FlaskClient, path: str, **data: object) -> TestResponse:
    """Press a button: a POST with the secret of one of the person's own pages."""
    return client.post(path, data={"csrf_token": csrf(client, "/pin"), **data})
