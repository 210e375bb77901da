"""The deadlines T-01 … T-11 as one table: from which moment, how long, until what, who hears at which rung."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import FollowUp, Ticket, WorkOrder, clock
from models.document import Stateful
from rules.calendar import end_of_day
from rules.clauses import Clause, is_me, post
from rules.policies import policy
from rules.targets import FRONT, HEAD, Step, before, holders, named, when_due

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Moment = Callable[[Session, Any], datetime | None]

DESK = post("desk_clerk", "receptionist", "service_assistant", "service_administrator", "service_supervisor")
HANDLER, FIRST_CONTACT = is_me("handler_id", "责任人"), is_me("first_contact_id", "首接人")
TECHNICIAN, RECEIVER = is_me("technician_id", "责任人"), is_me("received_by_id", "接单人")

#: What a department must be seen at the place for; the rest is answered from the desk.
ON_THE_SPOT = ("repair", "help", "service")
OPEN_TICKET = ("registered", "appointed", "dispatched", "processing")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One line of the table. The limit is policy `key` × `unit`, unless `due` says otherwise.

    `starts` is None while the deadline does not apply, `stops` is None while the clock runs. `doers` are those who can
    end it, `steps` those who hear, upwards in time; `nag` repeats the last step. A `soft` one is no lateness of the
    paper. `missing` completes 「受理后 10 分…」.
    """

    id: str
    model: type[Stateful]
    label: str
    limit: str
    missing: str
    article: str
    rules: tuple[str, ...]
    starts: Moment
    stops: Moment
    steps: tuple[Step, ...]
    doers: tuple[Clause, ...]
    key: str = ""
    unit: timedelta = MINUTE
    due: Callable[[Session, Any, datetime, timedelta], datetime] | None = None
    depends: tuple[str, ...] = ()  # further policies
    level: int = 0
    nag: timedelta | None = None
    soft: bool = False

    def number(self, session: Session, org_id: int, started: datetime) -> int:
        """The policy's value as it was when the clock started."""
        return int(policy(session, self.key, org_id, started)) if self.key else 0

    def due_at(self, session: Session, doc: Any, started: datetime) -> datetime:
        """When the time is up."""
        limit = self.number(session, doc.org_id, started) * self.unit
        return self.due(session, doc, started, limit) if self.due else started + limit

    def limit_words(self, session: Session, org_id: int, started: datetime) -> str:
        """「限 10 分」."""
        return self.limit.format(n=self.number(session, org_id, started))

    def reason(self, session: Session, org_id: int, started: datetime) -> str:
        """Why it is late: 「受理后 10 分没有派单」."""
        return self.missing.format(n=self.number(session, org_id, started))

    def rung_at(self, due_at: datetime, n: int) -> datetime | None:
        """The moment of the n-th rung (from 0); None where there is none."""
        if n < len(self.steps):
            return due_at + self.steps[n].after
        return due_at + self.steps[-1].after + self.nag * (n - len(self.steps) + 1) if self.nag else None


def _first(*moments: datetime | None) -> datetime | None:
    return min((m for m in moments if m is not None), default=None)


# 报事 ----------------------------------------------------------------------------------------------------------------


def _waits_for_dispatch(_session: Session, ticket: Ticket) -> datetime | None:
    return None if ticket.state == "void" or ticket.appointment_at else ticket.received_at


def _has_appointment(_session: Session, ticket: Ticket) -> datetime | None:
    return None if ticket.state == "void" or not ticket.appointment_at else ticket.received_at


def _passed(_session: Session, ticket: Ticket) -> datetime | None:
    return _first(ticket.dispatched_at, ticket.passed_at, ticket.done_at, ticket.closed_at)


def _before_appointment(_session: Session, ticket: Ticket, started: datetime, limit: timedelta) -> datetime:
    return (ticket.appointment_at or started) - limit


def _department_sent(_session: Session, ticket: Ticket) -> datetime | None:
    sent = ticket.state != "void" and ticket.dispatched_at is None and ticket.kind in ON_THE_SPOT
    return ticket.passed_at if sent else None


def _department_there(_session: Session, ticket: Ticket) -> datetime | None:
    return _first(ticket.arrived_at, ticket.done_at, ticket.closed_at)


def _matter(session: Session, ticket: Ticket) -> datetime | None:
    """The ladder counts from the report, or from the appointment (TKT-18)."""
    if ticket.state == "void":
        return None
    agreed = ticket.appointment_at
    later = agreed and policy(session, "tkt.clock_start", ticket.org_id, ticket.received_at) == "appointment"
    return max(agreed, ticket.received_at) if agreed and later else ticket.received_at


def _done(_session: Session, ticket: Ticket) -> datetime | None:
    """By state, so that a rework opens it again whatever was written before."""
    if ticket.state in OPEN_TICKET:
        return None
    return ticket.done_at or ticket.closed_at or clock.now()


def _same_day(session: Session, ticket: Ticket, started: datetime, _limit: timedelta) -> datetime:
    return end_of_day(session, started, ticket.org_id)


def _last_word(_session: Session, ticket: Ticket) -> datetime | None:
    """An agreed time is word enough until it comes."""
    if ticket.state == "void":
        return None
    return max(m for m in (ticket.received_at, ticket.last_informed_at, ticket.appointment_at) if m is not None)


# 工作任务单 ----------------------------------------------------------------------------------------------------------


def _issued(_session: Session, order: WorkOrder) -> datetime | None:
    return None if order.state in ("draft", "cancelled") else order.issued_at


def _on_site(_session: Session, order: WorkOrder) -> datetime | None:
    return _first(order.on_site_at, order.done_at)


def _received(_session: Session, order: WorkOrder) -> datetime | None:
    return None if order.state in ("draft", "appointed", "cancelled") else order.received_at


def _at_door(_session: Session, order: WorkOrder) -> datetime | None:
    return _first(order.at_door_at, order.on_site_at, order.done_at)


def _not_before_appointment(_session: Session, order: WorkOrder, started: datetime, limit: timedelta) -> datetime:
    """Nobody knocks before the agreed time 〔推定〕."""
    return max(started + limit, order.appointment_at or started)


# 回访 ----------------------------------------------------------------------------------------------------------------


def _window(session: Session, follow_up: FollowUp) -> str:
    return str(policy(session, "rv.repair_window", follow_up.org_id, follow_up.proven_at))


def _ticket_follow_up(session: Session, follow_up: FollowUp) -> datetime | None:
    applies = follow_up.due_at < follow_up.overdue_at or _window(session, follow_up) == "003"
    return follow_up.proven_at if applies and follow_up.state != "void" else None


def _repair_follow_up(session: Session, follow_up: FollowUp) -> datetime | None:
    applies = follow_up.due_at < follow_up.overdue_at or _window(session, follow_up) != "003"
    return follow_up.proven_at if applies and follow_up.state != "void" else None


def _made(_session: Session, follow_up: FollowUp) -> datetime | None:
    return None if follow_up.state == "pending" else (follow_up.at or clock.now())


def _ladder(
    number: str, level: int, limit: str, article: str, rule: str, to: Step, key: str, unit: timedelta
) -> Deadline:
    """One level of 003-2.005§4.2."""
    return Deadline(
        number,
        Ticket,
        "办完",
        limit,
        f"{limit.removesuffix('内')}没有办完",
        article,
        (rule, "TKT-18"),
        _matter,
        _done,
        (to,),
        (HANDLER, FIRST_CONTACT),
        key=key,
        unit=unit,
        depends=("tkt.clock_start",),
        level=level,
    )


DEADLINES: tuple[Deadline, ...] = (
    Deadline(
        "T-01",
        Ticket,
        "派单",
        "限 {n} 分",
        "受理后 {n} 分没有派单",
        "003-2.005§4.1.3",
        ("TKT-04",),
        _waits_for_dispatch,
        _passed,
        (when_due(holders("service_supervisor")),),
        (DESK,),
        key="tkt.dispatch_min",
    ),
    Deadline(
        "T-02",
        Ticket,
        "预约出单",
        "预约前 {n} 分",
        "预约前 {n} 分还没有出单",
        "003-2.005§4.1.4",
        ("TKT-05",),
        _has_appointment,
        _passed,
        (before(10 * MINUTE, holders(*FRONT)), when_due(holders(*FRONT))),
        (DESK,),
        key="tkt.appointment_lead_min",
        due=_before_appointment,
    ),
    Deadline(
        "T-03",
        WorkOrder,
        "到场",
        "限 {n} 分",
        "派单后 {n} 分没有到场反馈",
        "003-2.005§4.1.5",
        ("TKT-06",),
        _issued,
        _on_site,
        (when_due(holders(*FRONT), holders("engineering_assistant")),),
        (TECHNICIAN, RECEIVER, DESK),
        key="wo.onsite",
        due=_not_before_appointment,
    ),
    Deadline(
        "T-03",
        Ticket,
        "部门到场",
        "限 {n} 分",
        "转部门后 {n} 分没有到场反馈",
        "003-2.005§4.1.5",
        ("TKT-06",),
        _department_sent,
        _department_there,
        (when_due(holders(*FRONT), HEAD),),
        (HANDLER, DESK),
        key="wo.onsite",
    ),
    Deadline(
        "T-04",
        WorkOrder,
        "到楼门",
        "限 {n} 分",
        "接单后 {n} 分没有到楼门",
        "004-5§4.1.3.1a",
        ("WO-03", "WO-11"),
        _received,
        _at_door,
        (when_due(holders("engineering_assistant")),),
        (TECHNICIAN, RECEIVER),
        key="wo.door_min",
        due=_not_before_appointment,
    ),
    Deadline(
        "T-05",
        Ticket,
        "办完",
        "当天",
        "当天没有办完",
        "003-2.005§4.2.1",
        ("TKT-13", "TKT-18"),
        _matter,
        _done,
        (when_due(HEAD),),
        (HANDLER, FIRST_CONTACT),
        due=_same_day,
        depends=("tkt.clock_start", "clock.same_day_end", "clock.office_hours"),
        level=1,
    ),
    _ladder(
        "T-06",
        2,
        "{n} 小时内",
        "003-2.005§4.2.2",
        "TKT-14",
        when_due(holders("service_supervisor")),
        "tkt.level2_hours",
        HOUR,
    ),
    _ladder(
        "T-07",
        3,
        "{n} 小时内",
        "003-2.005§4.2.3",
        "TKT-15",
        when_due(holders("project_manager")),
        "tkt.level3_hours",
        HOUR,
    ),
    _ladder(
        "T-08",
        4,
        "{n} 天内",
        "003-2.005§4.2.4",
        "TKT-16",
        when_due(holders("area_manager")),
        "tkt.level4_days",
        DAY,
    ),
    _ladder(
        "T-09",
        5,
        "{n} 天内",
        "003-2.005§4.2.5",
        "TKT-17",
        when_due(holders("quality_manager")),
        "tkt.level5_days",
        DAY,
    ),
    Deadline(
        "FIRST-04",
        Ticket,
        "告知客户",
        "每 {n} 小时",
        "{n} 小时没有告知客户进展",
        "002-1",
        ("FIRST-04",),
        _last_word,
        _done,
        (when_due(named("first_contact_id")),),
        (FIRST_CONTACT,),
        key="first.inform_hours",
        unit=HOUR,
        nag=DAY,
        soft=True,
    ),
    Deadline(
        "T-10",
        FollowUp,
        "回访",
        "限 {n} 小时",
        "收到完工证明 {n} 小时没有回访",
        "003-2.005§4.1.8",
        ("TKT-09", "TKT-10", "RV-07"),
        _ticket_follow_up,
        _made,
        (
            before(2 * HOUR, holders("service_administrator")),
            when_due(holders("service_supervisor")),
        ),
        (DESK,),
        key="rv.follow_up_hours",
        due=lambda _session, follow_up, _started, _limit: follow_up.due_at,
    ),
    Deadline(
        "T-11",
        FollowUp,
        "维修回访",
        "最迟期限",
        "过了期限没有回访",
        "001-8(1)；004-10§4.1.1b",
        ("WO-29",),
        _repair_follow_up,
        _made,
        (when_due(holders("service_supervisor")),),
        (DESK,),
        due=lambda _session, follow_up, _started, _limit: follow_up.overdue_at,
    ),
)
