"""A small office to watch time in: one company, two projects, a holder for every post that hears, real moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models import Appointment, Building, OrgUnit, Staff, Ticket, Unit, WorkOrder, clock
from models.people import org_path
from rules.advance import advance, start
from rules.person import Person, person_of
from rules.work_orders import from_ticket
from rules.write import Writer

WHERE = {
    "company_leader": "company",
    "quality_manager": "company",
    "area_manager": "area",
    "project_manager": "project",
    "service_supervisor": "service",
    "service_administrator": "service",
    "desk_clerk": "service",
    "receptionist": "service",
    "engineering_supervisor": "engineering",
    "engineering_assistant": "engineering",
    "engineering_duty": "engineering",
    "cleaning_supervisor": "project",
}


@dataclass
class Office:
    """The ids of what was made, and the moves the tests arrange with."""

    write: Writer
    org: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    unit: int = 0

    def do(self, fn: Callable[[Session], Any], by: str | None = None) -> Any:
        """One write, as the holder of a post."""
        return self.write(fn, by=self.person(by)) if by else self.write(fn)

    def look(self, fn: Callable[[Session], Any]) -> Any:
        """One look."""
        with Session(self.write.engine) as session:
            return fn(session)

    def person(self, post: str) -> Person:
        """The holder of the post, as they stand today."""
        return self.look(lambda s: person_of(s, s.get_one(Staff, self.staff[post])))

    def ticket(self, by: str = "desk_clerk", org: str = "project", **values: Any) -> int:
        """A ticket about the lobby, just received."""
        facts = {
            "org_id": self.org[org],
            "channel": "call",
            "place": "物业大堂",
            "customer": "徐明远",
            "reporter_phone": "13800002217",
            "kind": "repair",
            "content": "顶灯不亮",
            "read_back": True,
            **values,
        }
        who = self.person(by)
        return int(self.write(lambda s: start(s, Ticket(**facts), who).id, by=who))

    def order(self, ticket_id: int, by: str = "desk_clerk", **values: Any) -> int:
        """A draft slip of the ticket."""
        who = self.person(by)
        return int(self.write(lambda s: from_ticket(s, s.get_one(Ticket, ticket_id), who, **values).id, by=who))

    def move(self, model: type[Any], row_id: int, verb: str, by: str, **details: Any) -> None:
        """One move by the holder of the post."""
        who = self.person(by)
        self.write(lambda s: advance(s, s.get_one(model, row_id), verb, who, **details), by=who)

    def issued(self, ticket_id: int) -> int:
        """A slip of the ticket, issued."""
        order = self.order(ticket_id)
        self.move(WorkOrder, order, "issue", "desk_clerk")
        return order

    def hire(self, post: str, org: str, name: str, **appointment: Any) -> int:
        """One more person in a post."""

        def fn(session: Session) -> int:
            staff = Staff(name=name, org_id=self.org[org])
            session.add(staff)
            session.flush()
            session.add(Appointment(staff_id=staff.id, post=post, org_id=self.org[org], **appointment))
            return staff.id

        return int(self.write(fn))

    def dismiss(self, post: str) -> None:
        """The post's holder leaves."""

        def fn(session: Session) -> None:
            session.get_one(Staff, self.staff[post]).active = False

        self.write(fn)


def open_office(write: Writer) -> Office:
    """The office as it stands in the morning."""
    office = Office(write)

    def unit_of(session: Session, key: str, kind: str, parent: OrgUnit | None, name: str, **kw: Any) -> OrgUnit:
        org = OrgUnit(kind=kind, name=name, parent_id=parent.id if parent else None, **kw)
        session.add(org)
        session.flush()
        org.path = org_path(parent, org.id)
        office.org[key] = org.id
        return org

    def build(session: Session) -> None:
        company = unit_of(session, "company", "company", None, "万和物业服务有限公司")
        area = unit_of(session, "area", "area", company, "东片区")
        project = unit_of(session, "project", "project", area, "云锦里", code="YJ")
        unit_of(session, "service", "department", project, "客服部", department="service")
        unit_of(session, "engineering", "department", project, "工程部", department="engineering")
        other = unit_of(session, "other", "project", area, "望湖苑", code="WH")
        unit_of(session, "other_service", "department", other, "客服部", department="service")
        for post, where in WHERE.items():
            staff = Staff(name=post, org_id=office.org[where])
            session.add(staff)
            session.flush()
            session.add(
                Appointment(
                    staff_id=staff.id, post=post, org_id=office.org[where], starts_on=clock.today().replace(day=1)
                )
            )
            office.staff[post] = staff.id
        building = Building(org_id=project.id, name="3")
        session.add(building)
        session.flush()
        flat = Unit(org_id=project.id, building_id=building.id, entrance="2", room_no="1203", code="3-2-1203")
        session.add(flat)
        session.flush()
        office.unit = flat.id

    write(build)
    return office
