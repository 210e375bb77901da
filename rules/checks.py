"""报事抽查: a draw that nobody can steer and anybody can repeat, its worksheet, and the grades the regulation gives."""

import hashlib
import re
from dataclasses import dataclass
from datetime import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import CallRecord, Incident, OrgUnit, Ticket, TicketCheck, clock
from models.checks import CHECK_LEVELS, GRADES
from rules.completeness import gaps_of
from rules.errors import NotAllowed, RuleError, WrongState
from rules.figures import span_of
from rules.permissions import require
from rules.person import Person
from rules.policies import policy
from rules.scope import readable

MONTH = re.compile(r"\d{4}-\d{2}")
SEVERITY = ("good", "minor", "serious")


@dataclass(frozen=True, slots=True)
class Level:
    """Who samples, by which quota, under which rule."""

    post: str
    key: str
    rule: str
    article: str


LEVELS: dict[str, Level] = {
    "area": Level("area_manager", "tkt.sample_area", "TKT-11", "003-2.005§4.1.9"),
    "quality": Level("quality_manager", "tkt.sample_quality", "TKT-12", "003-2.005§4.1.10"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The grade the regulation gives (TKT-23), and what for."""

    grade: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One month's sample of one project at one level, as far as it has come."""

    period: str
    level: str
    wanted: int
    pool: int
    checks: tuple[TicketCheck, ...]

    @property
    def drawn(self) -> int:
        """How many tickets were drawn."""
        return sum(it.ticket_id is not None for it in self.checks)

    @property
    def checked(self) -> int:
        """How many of the drawn ones have their grade."""
        return sum(it.ticket_id is not None and it.grade is not None for it in self.checks)

    @property
    def quota(self) -> int:
        """What must be checked: all there are, where there are fewer than the policy asks for (A-20)."""
        return min(self.wanted, self.pool)

    @property
    def shortfall(self) -> int:
        """How many are still to be checked."""
        return max(0, self.quota - self.checked)

    @property
    def words(self) -> str:
        """「应抽 7 单，已抽 7 单，已查 5 单，还差 2 单」."""
        all_of_it = f"（本月共 {self.pool} 单，全部抽查）" if self.pool < self.wanted else ""
        left = f"，还差 {self.shortfall} 单" if self.shortfall else "，已完成"
        return f"应抽 {self.quota} 单{all_of_it}，已抽 {self.drawn} 单，已查 {self.checked} 单{left}"


# 抽取 ----------------------------------------------------------------------------------------------------------------


def seed_of(org: OrgUnit, period: str, level: str) -> str:
    """What the draw hangs on: project, month and level, nothing that a person could choose."""
    return f"{org.code or org.id}/{period}/{level}"


def drawn(seed: str, numbers: list[str], wanted: int) -> list[str]:
    """The numbers that the seed draws, all of them where there are fewer; the same on every machine, in any order."""
    return sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}#{number}".encode()).hexdigest())[:wanted]


def pool_of(session: Session, org_id: int, period: str) -> dict[str, int]:
    """Number → id of the month's tickets that can be drawn: every one but the void."""
    start, end = span_of(period)
    rows = session.execute(
        select(Ticket.number, Ticket.id).where(
            Ticket.org_id == org_id,
            Ticket.received_at >= start,
            Ticket.received_at < end,
            Ticket.state != "void",
            Ticket.number.is_not(None),
        )
    )
    return {number: row_id for number, row_id in rows if number}


def draw(session: Session, org_id: int, period: str, level: str, by: Person) -> list[TicketCheck]:
    """Draw what the month's quota still lacks; a later draw tops up with the tickets registered since.

    Raises NotAllowed for everybody but the level's own post, RuleError where there is nothing to draw.
    """
    org = session.get_one(OrgUnit, org_id)
    _may_sample(org, level, by)
    _is_begun(period)
    known = _drawn_already(session, org_id, period, level)
    wanted = int(policy(session, LEVELS[level].key, org_id, span_of(period)[0]))
    pool = pool_of(session, org_id, period)
    fresh = [n for n in pool if pool[n] not in known]
    seed = seed_of(org, period, level)
    numbers = drawn(seed, fresh, max(0, wanted - len(known)))
    if not numbers:
        why = f"已抽 {len(known)} 单，不必再抽" if len(known) >= wanted else "没有更多报事可抽"
        raise RuleError(f"{period} {CHECK_LEVELS[level]}抽查{why}", rule=LEVELS[level].rule)
    made = [
        TicketCheck(
            org_id=org_id,
            period=period,
            level=level,
            ticket_id=pool[number],
            seed=seed,
            pool=len(pool),
            drawn_by_id=by.staff_id,
        )
        for number in numbers
    ]
    session.add_all(made)
    session.flush()
    return made


def _drawn_already(session: Session, org_id: int, period: str, level: str) -> set[int]:
    rows = select(TicketCheck.ticket_id).where(
        TicketCheck.org_id == org_id, TicketCheck.period == period, TicketCheck.level == level
    )
    return {ticket for ticket in session.scalars(rows) if ticket is not None}


def _may_sample(org: OrgUnit, level: str, by: Person) -> None:
    if level not in LEVELS:
        raise RuleError("请选择抽查层级：片区或品质管理中心", field="level")
    if org.kind != "project":
        raise RuleError("抽查按项目进行，请选择项目", field="org_id")
    require(by, "ticket_check.write", TicketCheck(org_id=org.id), "抽查报事")
    if not by.holds(LEVELS[level].post, org_id=org.id):
        raise NotAllowed(f"{CHECK_LEVELS[level]}抽查须由本层级的经理办理", rule=LEVELS[level].rule)


def _is_begun(period: str) -> None:
    if not MONTH.fullmatch(period):
        raise RuleError("月份请写成 2026-10", field="period")
    if span_of(period)[0] > clock.now():
        raise RuleError("这个月还没有到，没有报事可抽", field="period")


# 工作表 --------------------------------------------------------------------------------------------------------------


def worksheet(session: Session, org_id: int, period: str, level: str) -> Worksheet:
    """What was drawn and checked of the month, and what is still lacking."""
    checks = session.scalars(
        select(TicketCheck)
        .where(TicketCheck.org_id == org_id, TicketCheck.period == period, TicketCheck.level == level)
        .order_by(TicketCheck.id)
    ).all()
    wanted = int(policy(session, LEVELS[level].key, org_id, span_of(period)[0]))
    return Worksheet(period, level, wanted, len(pool_of(session, org_id, period)), tuple(checks))


def quota_met(session: Session, org_id: int, period: str, level: str, wanted: int) -> bool:
    """Whether enough was checked; a month with fewer tickets is done when it is over and all were checked (A-20)."""
    checked = session.scalar(
        select(func.count()).where(
            TicketCheck.org_id == org_id,
            TicketCheck.period == period,
            TicketCheck.level == level,
            TicketCheck.ticket_id.is_not(None),
            TicketCheck.checked_at.is_not(None),
        )
    )
    if (checked or 0) >= wanted:
        return True
    over = span_of(period)[1] <= clock.now()
    return over and (checked or 0) >= len(pool_of(session, org_id, period))


def shortfalls(session: Session, person: Person, period: str) -> list[tuple[OrgUnit, Worksheet]]:
    """The samples of the month that this person must still make, project by project."""
    projects = session.scalars(
        select(OrgUnit)
        .where(OrgUnit.kind == "project", OrgUnit.active, OrgUnit.id.in_(person.units))
        .order_by(OrgUnit.id)
    )
    mine = [
        (org, worksheet(session, org.id, period, level))
        for org in projects
        for level, known in LEVELS.items()
        if person.holds(known.post, org_id=org.id)
    ]
    return [(org, sheet) for org, sheet in mine if sheet.shortfall]


# 结论 ----------------------------------------------------------------------------------------------------------------


def proposal(session: Session, check: TicketCheck) -> Proposal:
    """Never registered is serious; added afterwards or incomplete is a nonconformity (003-2.005§4.1.2)."""
    if check.ticket_id is None:
        return Proposal("serious", ("报事未登记",))
    ticket = session.get_one(Ticket, check.ticket_id)
    reasons = []
    if ticket.late_entry_reason:
        reasons.append(f"补单：{ticket.late_entry_reason}")
    reasons += [f"后补：{said}" for said in _late_entries(session, ticket)]
    if missing := gaps_of(session, ticket):
        reasons.append(f"记录不全：缺{'、'.join(missing)}")
    return Proposal("minor" if reasons else "good", tuple(reasons))


def _late_entries(session: Session, ticket: Ticket) -> list[str]:
    """Times that were put down afterwards, other than the ticket's own registration."""
    rows = session.scalars(
        select(Incident.body).where(
            Incident.noun == "ticket", Incident.row_id == ticket.id, Incident.kind == "late_entry"
        )
    )
    told = [body.split("：", 1)[-1] for body in rows]
    return [said for said in told if not said.startswith("受理时间")]


def record_check(session: Session, check: TicketCheck, by: Person, grade: str, finding: str = "") -> TicketCheck:
    """Grade one drawn ticket; a grade milder than the regulation's needs its reason, an unregistered one has no other.

    Raises NotAllowed, WrongState when it was graded before, RuleError at the field.
    """
    _may_sample(session.get_one(OrgUnit, check.org_id), check.level, by)
    if check.checked_at is not None:
        raise WrongState(f"{check} 已有结论“{GRADES[check.grade or 'good']}”，不能再改", rule=LEVELS[check.level].rule)
    if grade not in GRADES:
        raise RuleError("请选择结论", field="grade")
    given = proposal(session, check)
    milder = SEVERITY.index(grade) < SEVERITY.index(given.grade)
    if milder and check.ticket_id is None:
        raise RuleError("报事未登记按制度为严重不合格，不能改为其他结论", field="grade", rule="TKT-23")
    if (milder or grade != "good") and not finding.strip():
        said = (
            f"按制度应为{GRADES[given.grade]}（{'；'.join(given.reasons)}），从轻须写明理由"
            if milder
            else "请写明发现的问题"
        )
        raise RuleError(said[:250], field="finding", rule="TKT-23")
    check.grade, check.finding = grade, finding.strip() or None
    check.checked_at, check.checked_by_id = clock.now(), by.staff_id
    session.flush()
    return check


def record_unregistered(
    session: Session, org_id: int, period: str, level: str, by: Person, matter: str, finding: str
) -> TicketCheck:
    """Put down a matter that nobody registered: 严重不合格, beside the sample and never part of its quota (TKT-23)."""
    _may_sample(session.get_one(OrgUnit, org_id), level, by)
    _is_begun(period)
    if not matter.strip():
        raise RuleError("请写明没有登记的事项：时间、房号和内容", field="matter", rule="TKT-23")
    check = TicketCheck(org_id=org_id, period=period, level=level, matter=matter.strip()[:250], drawn_by_id=by.staff_id)
    session.add(check)
    session.flush()
    return record_check(session, check, by, "serious", finding or "报事未登记")


def unregistered(session: Session, person: Person, org_id: int, period: str) -> list[CallRecord]:
    """What looks like it: calls and visits still neither answered nor made a ticket when their day was over."""
    start, end = span_of(period)
    day_over = clock.at_wall(clock.today(), time(0))
    rows = select(CallRecord).where(
        CallRecord.org_id == org_id,
        CallRecord.at >= start,
        CallRecord.at < min(end, day_over),
        CallRecord.state == "open",
        readable(person, CallRecord),
    )
    return list(session.scalars(rows.order_by(CallRecord.at, CallRecord.id)))
