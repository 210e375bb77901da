"""The deadlines of tickets, slips and keys as one table: from which moment, how long, until what, who hears when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import (
    CallRecord,
    FollowUp,
    KeyCount,
    KeyIncident,
    KeyLoan,
    KeyLockChange,
    KeyNightOpening,
    KeyUnsealing,
    Ticket,
    Transfer,
    WorkOrder,
)
from models.document import Stateful
from rules import deadline_moments as moments
from rules import keys_moments as keys
from rules.clauses import Clause, anywhere, is_me, post
from rules.policies import policy
from rules.targets import FRONT, HEAD, KEEPER, Step, after, before, holders, named, when_due

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Moment = Callable[[Session, Any], datetime | None]

DESK = post("desk_clerk", "receptionist", "service_assistant", "service_administrator", "service_supervisor")
HANDLER, FIRST_CONTACT = is_me("handler_id", "责任人"), is_me("first_contact_id", "首接人")
LEAD = post("service_supervisor", "project_manager")
ON_THE_SPOT = moments.ON_THE_SPOT
TECHNICIAN, RECEIVER = is_me("technician_id", "责任人"), is_me("received_by_id", "接单人")


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
        moments.matter,
        moments.done,
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
        moments.waits_for_dispatch,
        moments.passed_or_solved,
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
        moments.has_appointment,
        moments.passed_or_solved,
        (before(10 * MINUTE, holders(*FRONT)), when_due(holders(*FRONT))),
        (DESK,),
        key="tkt.appointment_lead_min",
        due=moments.before_appointment,
    ),
    Deadline(
        "T-03",
        WorkOrder,
        "到场",
        "限 {n} 分",
        "派单后 {n} 分没有到场反馈",
        "003-2.005§4.1.5",
        ("TKT-06",),
        moments.issued,
        moments.on_site,
        (when_due(holders(*FRONT), holders("engineering_assistant")),),
        (TECHNICIAN, RECEIVER, DESK),
        key="wo.onsite",
        due=moments.not_before_appointment,
    ),
    Deadline(
        "T-03",
        Ticket,
        "部门到场",
        "限 {n} 分",
        "转部门后 {n} 分没有到场反馈",
        "003-2.005§4.1.5",
        ("TKT-06",),
        moments.department_sent,
        moments.department_there,
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
        moments.taken,
        moments.at_door,
        (when_due(holders("engineering_assistant")),),
        (TECHNICIAN, RECEIVER),
        key="wo.door_min",
        due=moments.not_before_appointment,
    ),
    Deadline(
        "WO-27",
        WorkOrder,
        "业主验收",
        "按约定时间",
        "到了与业主约定的验收时间，还没有签字",
        "001-1",
        ("WO-27", "WO-28"),
        moments.invited,
        moments.accepted,
        (before(DAY, named("technician_id"), holders("engineering_assistant")), when_due(holders(*FRONT))),
        (TECHNICIAN, DESK),
        due=moments.at_acceptance,
        soft=True,
    ),
    Deadline(
        "T-05",
        Ticket,
        "办完",
        "当天",
        "当天没有办完",
        "003-2.005§4.2.1",
        ("TKT-13", "TKT-18"),
        moments.matter,
        moments.done,
        (when_due(HEAD),),
        (HANDLER, FIRST_CONTACT),
        due=moments.same_day,
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
        moments.last_word,
        moments.done,
        (when_due(named("first_contact_id")),),
        (FIRST_CONTACT,),
        key="first.inform_hours",
        unit=HOUR,
        nag=DAY,
        soft=True,
    ),
    Deadline(
        "CALL-06",
        CallRecord,
        "答复",
        "限 {n} 小时",
        "{n} 小时没有答复，也没有转报事",
        "003-5§9(2)",
        ("CALL-06", "CALL-02", "TKT-22"),
        moments.noted,
        moments.answered,
        (when_due(named("made_by_id")), Step(4 * HOUR, (holders("service_supervisor"),))),
        (is_me("made_by_id", "登记人"), DESK),
        key="call.answer_hours",
        unit=HOUR,
        nag=DAY,
    ),
    Deadline(
        "T-10",
        FollowUp,
        "回访",
        "限 {n} 小时",
        "收到完工证明 {n} 小时没有回访",
        "003-2.005§4.1.8",
        ("TKT-09", "TKT-10", "RV-07"),
        moments.ticket_follow_up,
        moments.made,
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
        moments.repair_follow_up,
        moments.made,
        (when_due(holders("service_supervisor")),),
        (DESK,),
        due=lambda _session, follow_up, _started, _limit: follow_up.overdue_at,
        depends=("rv.repair_window", "rv.repair_days", "rv.safety_days", "rv.leak_days", "rv.earliest_hours"),
    ),
    # 钥匙
    Deadline(
        "T-31",
        KeyLoan,
        "还钥匙",
        "应还",
        "过了应还时间没有交还",
        "004-8§4.2(5)；4.3(5)",
        ("KEY-31", "KEY-32", "KEY-33"),
        keys.lent,
        keys.back,
        (before(HOUR / 2, holders(*FRONT)), when_due(KEEPER, holders("service_supervisor"))),
        (DESK,),
        due=keys.due_back,
        depends=("clock.office_hours",),
        nag=DAY,
    ),
    Deadline(
        "KEY-28",
        KeyLoan,
        "长期未归",
        "{n} 天",
        "借出 {n} 天没有归还",
        "002-3§9",
        ("KEY-28",),
        keys.lent,
        keys.back,
        (when_due(holders("service_supervisor"), holders("project_manager")),),
        (DESK,),
        key="key.long_out_days",
        unit=DAY,
        nag=DAY,
        soft=True,
    ),
    Deadline(
        "KEY-42",
        KeyLoan,
        "补办手续",
        "当天下班前",
        "紧急借出的手续当天没有补齐",
        "004-8§4.1(4)",
        ("KEY-42", "KEY-43"),
        keys.urgent,
        keys.supplemented,
        (before(HOUR, holders(*FRONT)), when_due(holders("service_supervisor"), holders("project_manager"))),
        (DESK,),
        due=keys.closing,
        depends=("clock.office_hours",),
        nag=DAY,
    ),
    Deadline(
        "T-33",
        KeyIncident,
        "解决",
        "当天下班前",
        "钥匙异常当天没有解决",
        "004-8§4.1(8)",
        ("KEY-55", "KEY-56", "KEY-57"),
        keys.found,
        keys.resolved,
        (before(2 * HOUR, holders("service_supervisor")), when_due(holders("project_manager"))),
        (LEAD,),
        due=keys.closing,
        depends=("clock.office_hours", "key.loss_same_day"),
        nag=DAY,
    ),
    Deadline(
        "T-34",
        KeyUnsealing,
        "重新封存",
        "尽快，每天提醒",
        "启封后还没有由业户重新签字封存",
        "004-8§4.4(1)⑥",
        ("KEY-52",),
        keys.unsealed,
        keys.sealed_again,
        (when_due(holders("service_supervisor")),),
        (DESK,),
        due=keys.closing,
        depends=("clock.office_hours",),
        nag=DAY,
    ),
    Deadline(
        "KEY-50",
        KeyUnsealing,
        "告知业户",
        "联系上即告知",
        "未经业户同意启封，还没有告知业户",
        "004-8§4.4(1)⑤",
        ("KEY-50",),
        keys.untold,
        keys.told,
        (when_due(holders("service_supervisor"), holders("project_manager")),),
        (DESK,),
        due=keys.at_once,
        nag=DAY,
    ),
    Deadline(
        "T-35",
        KeyNightOpening,
        "夜间手续",
        "当天",
        "夜间开柜的手续没有补齐",
        "002-3§7",
        ("KEY-25",),
        keys.opened_at_night,
        keys.paperwork_done,
        (when_due(holders("duty_manager")),),
        (DESK,),
        due=keys.closing,
        depends=("clock.office_hours",),
        nag=DAY,
    ),
    Deadline(
        "KEY-29",
        KeyCount,
        "差异上报",
        "立即",
        "清点有差异，还没有处理",
        "002-3§9；004-8§4.1(7)",
        ("KEY-28", "KEY-29"),
        keys.differs,
        keys.settled,
        (when_due(holders("service_supervisor")), after(DAY, holders("project_manager"))),
        (LEAD,),
        due=keys.at_once,
        nag=DAY,
    ),
    Deadline(
        "KEY-14",
        KeyLockChange,
        "催交新钥匙",
        "每天",
        "换锁后还没有收到新钥匙",
        "004-8§4.1(3)",
        ("KEY-14",),
        keys.lock_changed,
        keys.new_key_there,
        (when_due(holders("service_administrator")),),
        (DESK,),
        due=lambda _session, _change, started, _limit: started + DAY,
        nag=DAY,
        soft=True,
    ),
    Deadline(
        "INV-51",
        Transfer,
        "到货入库",
        "发出后 {n} 天",
        "发出 {n} 天没有到货入库",
        "004-1§4.1",
        ("INV-51",),
        moments.shipped,
        moments.arrived,
        (when_due(holders("division_accountant", "central_planner")),),
        (anywhere("division_accountant"),),
        key="inv.transit_days",
        unit=DAY,
    ),
)
