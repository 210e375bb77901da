"""Two projects that mirror each other, a row in every register of each, every text hostile and marked by its project.

Built once per run and copied for each test: what it holds is known by ids, marks and secrets, never by open objects.
"""

import io
import pickle
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from models import (
    POSTS,
    Alert,
    Attachment,
    AttachmentVoid,
    Base,
    Building,
    CallRecord,
    ChangeRequest,
    Document,
    DutyTask,
    ExportRun,
    FollowUp,
    Incident,
    KnowledgeEntry,
    Leave,
    LoginSession,
    Meeting,
    MeetingAction,
    Obligation,
    OrgUnit,
    PaperCopy,
    PolicyValue,
    PostName,
    Record,
    RecordNote,
    SavedView,
    Signature,
    Staff,
    Ticket,
    TicketCheck,
    Unit,
    UpwardReport,
    WorkDay,
    WorkOrder,
    clock,
)
from models.posts import DEPARTMENTS
from rules import residents
from rules.advance import start
from rules.attachments import Store, checked
from rules.engine import prepare_engine
from rules.importing.judging import judge_run
from rules.importing.registers import register_of
from rules.importing.runs import start_run
from rules.importing.spool import Spool
from rules.login import open_login
from rules.person import Person, person_of
from rules.prints import Printing, remember
from rules.work_orders import from_ticket
from rules.write import Writer
from tests.engines import Databases, one_at_a_time
from tests.full_store import CENTRE_STAFF, DIVISION_STAFF, SITE_STAFF, build_line, build_site, furnish_stores
from tests.import_files import table
from tests.key_house import furnish as furnish_keys
from tests.makers import ABOVE, YJ_STAFF, World, make_ticket, org, printed, staff, walk_to

TEN = datetime(2026, 11, 21, 10, 0, tzinfo=clock.LOCAL)
HOME, AWAY = "YJ", "WJ"
MARKS = {HOME: "雀甲", AWAY: "雀乙"}
#: A formula, an end of every kind of quotation, a tag and a call that a browser would make unasked: one text for
#: spreadsheets, attributes and pages.
PAYLOAD = "=1+1\"'><s onx=1><img src onerror=alert(7)>"
POSTS_HERE = (*YJ_STAFF, *SITE_STAFF)
POSTS_ABOVE = (*ABOVE, *DIVISION_STAFF, *CENTRE_STAFF)


def said(code: str, longest: int = 64) -> str:
    """A hostile text that tells whose it is."""
    return f"{PAYLOAD}{MARKS[code]}" if longest >= 24 else f"=<s>{MARKS[code]}"


@dataclass
class House:
    """What was made, by ids."""

    orgs: dict[str, int] = field(default_factory=dict)
    staff: dict[tuple[str, str], int] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=lambda: {HOME: {}, AWAY: {}})
    more: dict[str, dict[str, Any]] = field(default_factory=lambda: {HOME: {}, AWAY: {}})
    #: project -> what must stay closed -> where it stands: 身份证号码 and 工作单位 of residents, phones of anything.
    secrets: dict[str, dict[str, str]] = field(default_factory=lambda: {HOME: {}, AWAY: {}})


@dataclass
class Project(World):
    """One of the two as the makers of tests know it: whatever they call 云锦里 is this one."""

    code: str = HOME

    def person(self, post: str, project: str = "") -> Person:
        """Whoever holds the post here."""
        house: House = self.session.info["house"]
        code = project or self.code
        return person_of(self.session, self.session.get_one(Staff, house.staff[code, post]))


def secret(house: House, code: str, kind: str, where: str) -> str:
    """A personal value of the project that stands nowhere else."""
    known = house.secrets[code]
    n = len(known) + 1
    own = "7" if code == HOME else "8"
    made = {
        "phone": f"13{own}6{n:02}4{own}{n:02}5",
        "id_no": identity(f"44030119850{own}{n % 28 + 1:02}{n:03}"),
        "employer": f"某某{MARKS[code]}单位{n}号",
    }[kind]
    known[made] = where
    return made


def identity(body: str) -> str:
    """Seventeen digits with the last one that belongs to them."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def build(session: Session, write: Writer, files: Path) -> House:
    """Both projects with everything in them; committed."""
    house = House()
    session.info["house"] = house
    company = org(session, "万和物业服务有限公司", "company", None)
    area = org(session, "城南片区", "area", company)
    house.orgs |= {"company": company.id, "area": area.id}
    for post, name in ABOVE.items():
        member = staff(session, name, post, area if post == "area_manager" else company)
        house.staff["", post] = member.id
    build_line(session, house, company)
    for code in (HOME, AWAY):
        project = org(session, f"{code}{said(code)}", "project", area, code=code)
        house.orgs[code] = project.id
        _people(session, house, project, code)
        build_site(session, house, code, MARKS[code], said(code))
        session.commit()
        world = Project(session, company, area, {"YJ": project}, code=code)
        furnisher = Furnisher(world, house, code, files)
        furnisher.furnish()
        furnish_stores(furnisher)
        furnisher.take_in(write)
    for key, staff_id in house.staff.items():
        house.tokens[key] = open_login(session, session.get_one(Staff, staff_id))
    for code in (HOME, AWAY):
        gone = session.get_one(Staff, house.more[code]["disabled"])
        house.more[code]["disabled_token"] = open_login(session, gone)
        session.flush()
        gone.active = False
    session.commit()
    newcomer = staff(session, f"新来{said(AWAY)}", None, session.get_one(OrgUnit, house.orgs[AWAY]))
    open_login(session, newcomer)
    session.commit()
    house.more[HOME]["login"] = session.scalars(
        select(LoginSession.id).where(LoginSession.staff_id == newcomer.id)
    ).one()
    return house


def _people(session: Session, house: House, project: OrgUnit, code: str) -> None:
    departments: dict[str, OrgUnit] = {}
    for post, name in YJ_STAFF.items():
        key = POSTS[post].department
        if key not in departments:
            departments[key] = org(session, f"{DEPARTMENTS[key]}{MARKS[code]}", "department", project, department=key)
        phone = secret(house, code, "phone", "staff")
        member = staff(session, f"{name}{said(code)}", post, departments[key], phone=phone, badge_no=f"=1{MARKS[code]}")
        house.staff[code, post] = member.id
    gone = staff(session, f"离职{said(code)}", "desk_clerk", departments["service"])
    house.more[code]["disabled"] = gone.id
    house.orgs[f"{code}.service"] = departments["service"].id


@dataclass
class Furnisher:
    """Puts a row into every register of one project, by the office's own doors where there are any."""

    world: Project
    house: House
    code: str
    files: Path

    @property
    def session(self) -> Session:
        """Through which it is written."""
        return self.world.session

    @property
    def org_id(self) -> int:
        """The project."""
        return self.world.yj.id

    def by(self, post: str) -> Person:
        """Whoever holds the post."""
        return self.world.person(post)

    def text(self, longest: int = 64) -> str:
        """A hostile text."""
        return said(self.code, longest)

    def secret(self, kind: str, where: str) -> str:
        """A personal value."""
        return secret(self.house, self.code, kind, where)

    def keep(self, row: Record | Base, name: str = "") -> Any:
        """Remember the row as the one of its register."""
        self.session.add(row)
        self.session.flush()
        self.house.rows[self.code].setdefault(name or row.__tablename__, row.id)  # type: ignore[attr-defined]
        return row

    def furnish(self) -> None:
        """Everything."""
        session = self.session
        session.info["actor"] = self.by("service_supervisor")
        self.estate()
        self.matters()
        self.papers()
        self.work_of_the_house()
        furnish_keys(self)
        self.settings()
        session.commit()
        session.info.pop("actor")

    def estate(self) -> None:
        """A building, units and the people in them."""
        building = self.keep(
            Building(org_id=self.org_id, name="3", cluster=self.text(), engineer_id=self.by("technician").staff_id)
        )
        for room in ("1203", "1204"):
            unit = self.keep(
                Unit(
                    org_id=self.org_id,
                    building_id=building.id,
                    entrance="2",
                    room_no=room,
                    code=f"3-2-{room}",
                    ownership=self.text(),
                    structure=self.text(),
                    remark=self.text(),
                )
            )
            self.world.units[unit.code] = unit
        for n, relation in enumerate(("owner", "family")):
            self._dweller(n, relation)
        self.keep(self.world.residents["owner"].occupancies[0])
        self.keep(self.world.residents["owner"].phones[0])

    def _dweller(self, n: int, relation: str) -> None:
        manager = self.by("project_manager")
        resident = residents.create(
            self.session,
            manager,
            self.org_id,
            name=f"{'赵钱'[n]}{self.text()}",
            phones=[self.secret("phone", "resident_phone"), self.secret("phone", "resident_phone")],
            id_no=self.secret("id_no", "resident"),
            employer=self.secret("employer", "resident"),
            salutation=self.text(16),
            remark=self.text(),
            contact_wish=self.text(),
        )
        residents.move_in(self.session, manager, resident, self.world.units["3-2-1203"], relation)
        self.world.residents[relation] = self.keep(resident)

    def matters(self) -> None:
        """报事, 来电来访, 工作任务单, 回访, the copies of the slip."""
        unit, owner = self.world.units["3-2-1203"], self.world.residents["owner"]
        facts = {"customer": self.text(), "reporter": owner.name, "content": self.text(), "resident_id": owner.id}
        ticket = self.keep(make_ticket(self.world, reporter_phone=self.secret("phone", "ticket"), **facts))
        other = make_ticket(self.world, reporter_phone=self.secret("phone", "work_order"), **facts)
        draft = self.keep(self._order(other, content=self.text()))
        issued = make_ticket(self.world, reporter_phone=self.secret("phone", "work_order"), **facts)
        slip = walk_to(self.world, self._order(issued), "issued")
        self.keep(printed(self.world, slip)[1])
        done = make_ticket(self.world, reporter_phone=self.secret("phone", "work_order"), **facts)
        finished = walk_to(self.world, self._order(done), "completed")
        call = CallRecord(
            org_id=self.org_id,
            kind="in",
            party=self.text(),
            unit_id=unit.id,
            content=self.text(),
            callback=self.secret("phone", "call_record"),
        )
        self.keep(start(self.session, call, self.by("desk_clerk")))
        self.session.commit()
        follow_up = self.session.scalars(select(FollowUp).where(FollowUp.order_id == finished.id)).one()
        self.keep(follow_up)
        self.house.more[self.code] |= {
            "ticket": ticket.number,
            "draft": draft.number,
            "issued": slip.id,
            "issued_number": slip.number,
            "completed": finished.id,
            "closed_ticket": done.id,
            "copy_code": self.session.get_one(PaperCopy, self.house.rows[self.code]["paper_copy"]).code,
        }

    def _order(self, ticket: Ticket, **values: Any) -> WorkOrder:
        order = from_ticket(self.session, ticket, self.by("desk_clerk"), **values)
        self.session.commit()
        return order

    def papers(self) -> None:
        """Attachments, signatures, notes, prints, exports, imports, saved views."""
        desk, rows = self.by("desk_clerk").staff_id, self.house.rows[self.code]
        of_ticket = {"org_id": self.org_id, "noun": "ticket", "row_id": rows["ticket"]}
        picture = checked(_picture(self.code))
        digest = Store(self.files).keep(picture)
        self.keep(
            Attachment(
                **of_ticket, title=f"{self.text()}.png", media=picture.media, size=9, sha256=digest, by_id=desk,
                purpose=self.text(),
            )
        )  # fmt: skip
        wrong = Attachment(
            **of_ticket, title=f"{self.text()}.png", media=picture.media, size=9, sha256=digest, by_id=desk,
            purpose="误传",
        )  # fmt: skip
        self.session.add(wrong)
        self.session.flush()
        self.house.more[self.code]["voided"] = wrong.id
        self.keep(AttachmentVoid(org_id=self.org_id, attachment_id=wrong.id, reason=self.text(), by_id=desk))
        self.keep(
            Signature(
                **of_ticket, slot="业主签名", signer=self.text(), relation=self.text(), means="paper",
                signed_at=clock.now(), content_hash="0" * 64,
            )
        )  # fmt: skip
        self.keep(RecordNote(**of_ticket, kind="follow", to_whom=self.text(), by_id=desk, body=self.text()))
        paper = Printing(
            "F-01", "filled", self.session.get_one(WorkOrder, rows["work_order"]), {"content": self.text()}
        )
        batch, runs = remember(self.session, self.by("desk_clerk"), self.org_id, [paper])
        self.keep(runs[0])
        self.house.more[self.code]["batch"] = batch
        self.keep(
            ExportRun(
                org_id=self.org_id, noun="ticket", format="csv", token=f"token-{self.code}-00000000", rows=4,
                query="", by_id=self.by("service_supervisor").staff_id,
            )
        )  # fmt: skip
        self.keep(
            SavedView(
                org_id=self.org_id, staff_id=desk, noun="ticket", name=self.text(), query="state=registered",
                shared=True,
            )
        )  # fmt: skip

    def take_in(self, write: Writer) -> None:
        """A file of two rows, one good and one of which nobody can know the identity number, not yet confirmed."""
        good, bad = self.text(), f"孙{self.text()}"
        phones = [self.secret("phone", "import_row") for _row in (good, bad)]
        id_no, employer = self.secret("id_no", "import_row"), self.secret("employer", "import_row")
        file = table(
            [
                "3-2-1204",
                f"李{good}",
                "业主",
                phones[0],
                id_no,
                "2019年5月6日",
                "89",
                "3",
                employer,
                f"注{self.text()}",
            ],
            ["3-2-1204", bad, "家属", phones[1], "4.40301E+17", "", "", "", "", ""],
        )
        by, spool, org_id = self.by("service_supervisor"), Spool(self.files.parent / "imports"), self.org_id
        self.session.rollback()  # what it has read until now would be stale
        run_id = start_run(write, spool, "resident", org_id, by, f"{MARKS[self.code]}<s onx=1>.xlsx", file)
        judge_run(write, spool, register_of("resident"), run_id, by)
        self.house.rows[self.code]["import_run"] = run_id

    def work_of_the_house(self) -> None:
        """Meetings, samples, tasks, reports, wishes, knowledge, leave."""
        supervisor, technician = self.by("service_supervisor"), self.by("technician")
        papers: list[tuple[Document, str]] = [
            (
                Meeting(
                    org_id=self.org_id, kind="month", period="2026-10", place=self.text(), attendees=self.text(),
                    chair_id=supervisor.staff_id,
                ),
                "service_supervisor",
            ),
            (
                DutyTask(
                    org_id=self.org_id, title=self.text(), content=self.text(), assignee_id=technician.staff_id,
                    due_at=clock.now() + timedelta(days=1),
                ),
                "service_supervisor",
            ),
            (
                UpwardReport(
                    org_id=self.org_id, to_id=supervisor.staff_id, at=clock.now(), means="phone", content=self.text()
                ),
                "desk_clerk",
            ),
            (
                ChangeRequest(org_id=self.org_id, title=self.text(), need=self.text(), why=self.text()),
                "service_supervisor",
            ),
            (
                KnowledgeEntry(
                    org_id=self.org_id, title=self.text(), topic=self.text(), body=self.text(), source=self.text(),
                    author_id=supervisor.staff_id, review_on=date(2027, 5, 1),
                ),
                "service_supervisor",
            ),
        ]  # fmt: skip
        for paper, post in papers:
            self.keep(start(self.session, paper, self.by(post)))
        meeting = self.house.rows[self.code]["meeting"]
        self.keep(
            MeetingAction(
                org_id=self.org_id, meeting_id=meeting, line_no=1, measure=self.text(), owner_id=technician.staff_id,
                due_on=date(2026, 12, 1),
            )
        )  # fmt: skip
        self.keep(
            TicketCheck(
                org_id=self.org_id, period="2026-11", level="area", ticket_id=self.house.rows[self.code]["ticket"],
                seed=self.text(48), pool=4,
            )
        )  # fmt: skip
        self.keep(
            Leave(
                staff_id=technician.staff_id, org_id=self.org_id, starts_on=date(2026, 11, 20),
                ends_on=date(2026, 11, 25), reason=self.text(),
            )
        )  # fmt: skip

    def settings(self) -> None:
        """What is set, what went wrong, what is due, who was told."""
        supervisor = self.by("service_supervisor").staff_id
        assert supervisor is not None
        held = self.session.get_one(Staff, supervisor).appointments[0]
        self.keep(held)
        self.house.rows[self.code] |= {"staff": supervisor, "org_unit": self.house.orgs[f"{self.code}.service"]}
        self.keep(PostName(org_id=self.org_id, post="desk_clerk", label=self.text()))
        self.keep(WorkDay(org_id=self.org_id, day=date(2026, 12, 5), kind="shifted", holiday=self.text()))
        self.keep(
            Incident(org_id=self.org_id, kind="refused", noun="ticket", row_id=1, staff_id=supervisor, body=self.text())
        )
        self.keep(
            PolicyValue(
                org_id=self.org_id, key="wo.onsite", value=25, effective_from=clock.now() - timedelta(days=9),
                made_by_id=supervisor, reason=self.text(),
            )
        )  # fmt: skip
        self.keep(
            Obligation(duty="TKT-19", org_id=self.org_id, period="2026-09", due_at=clock.now() + timedelta(hours=5))
        )
        for post in ("desk_clerk", "service_supervisor"):
            self.keep(
                Alert(
                    org_id=self.org_id, staff_id=self.by(post).staff_id, post=post, source="clock", source_id=1,
                    noun="ticket", row_id=self.house.rows[self.code]["ticket"], title=self.text(), body=self.text(),
                    at=clock.now(),
                )
            )  # fmt: skip


def _picture(code: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red" if code == HOME else "blue").save(out, "PNG")
    return out.getvalue()


def built(databases: Databases) -> tuple[Path, House]:
    """The file of the run's full house and what is in it, made by the first worker that asks."""
    file, known = databases.root / "full_house.db", databases.root / "full_house.pickle"
    with one_at_a_time(databases.root, "full_house"):
        if not known.exists():
            url = databases.fresh("full")
            engine = prepare_engine(create_engine(url))
            with clock.pretend(TEN), Session(engine) as session:
                house = build(session, Writer(engine), databases.root / "full_instance" / "files")
            engine.dispose()
            path = url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path)) as whole:
                whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(path, file)
            known.write_bytes(pickle.dumps(house))
    return file, pickle.loads(known.read_bytes())


__all__ = ["AWAY", "HOME", "MARKS", "PAYLOAD", "POSTS_ABOVE", "POSTS_HERE", "House", "built"]
