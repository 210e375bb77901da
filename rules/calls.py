"""来电来访 (CallRecord): every call and visit on file, answered at once or called back, and turned into a 报事."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import CallRecord, Incident, Ticket, Unit
from rules.advance import advance, check, effect, start
from rules.calendar import call_quiet, is_inside, words_of
from rules.claimed_times import claimed, explain_late
from rules.errors import Invalid, RuleError
from rules.permissions import require
from rules.person import Person
from rules.policies import policy
from rules.scope import readable
from rules.tickets import may_be_first_contact

Details = dict[str, Any]

#: 接待来访的步骤 (001-3.5); the first two are asked of every visit, the rest are ticked as they happen.
RECEPTION_STEPS = ("问明来意", "确认身份", "通报部门", "引座", "上茶")
NEEDED_STEPS, ANNOUNCED = RECEPTION_STEPS[:2], RECEPTION_STEPS[2]
#: 接听来电的步骤 (001-3.3), for the checklist beside the form.
CALL_STEPS = ("报本项目管理处名称", "问清对方身份", "听清内容", "做好记录", "解答或留下联系方式", "转相关部门", "回访")
UNKNOWN_MATTER = "我帮您汇报后尽快给您回复"


def points(call: CallRecord) -> list[str]:
    """What the other side asked for, point by point (CALL-03)."""
    return _points(call.content)


def _points(words: str | None) -> list[str]:
    return [line.strip() for line in (words or "").splitlines() if line.strip()]


def steps(call: CallRecord) -> list[tuple[str, bool]]:
    """The reception checklist with what was done (CALL-04)."""
    done = set((call.reception or "").split("、"))
    return [(step, step in done) for step in RECEPTION_STEPS]


def reception_of(ticked: Iterable[str]) -> str:
    """The ticked steps as the register keeps them."""
    return "、".join(step for step in RECEPTION_STEPS if step in set(ticked))


def rang_too_long(session: Session, call: CallRecord) -> bool:
    """Whether the phone rang more often than the policy allows (CALL-01)."""
    return call.rings is not None and call.rings > int(policy(session, "call.rings", call.org_id))


@check(CallRecord, "start", "edit")
def _is_recorded_completely(session: Session, call: CallRecord, by: Person, details: Details) -> None:
    """CALL-02, CALL-03, CALL-04, CALL-07: who, what point by point, how to answer; nobody rung up in quiet hours.

    Whoever is on patrol may note a need (TKT-22); calls and visits are the desk's.
    """
    if call.kind != "patrol":
        require(by, "call_record.take", call, "登记来电、来访和去电，只能记巡视中遇到的需求")
    call.content = "\n".join(_points(call.content))
    call.at = claimed(call.at, "时间", "at", rule="CALL-05")
    wrong = _gaps(call)
    unit = session.get(Unit, call.unit_id) if call.unit_id else None
    if call.unit_id and (unit is None or unit.org_id != call.org_id):
        wrong["unit_id"] = "这套房屋不在本项目，请重新选择房号"
    if wrong:
        raise Invalid(wrong, rule=_rule_of(wrong))
    refuse_quiet_call(session, call)


def _gaps(call: CallRecord) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not (call.party or "").strip():
        wrong["party"] = "请问清并填写对方的身份"
    if not call.content:
        wrong["content"] = "请逐条记录对方的要求"
    if call.kind == "patrol":
        if call.answered_now:
            wrong["answered_now"] = "巡视中遇到的需求要转报事或投诉，不能只记当场解答"
    elif not call.answered_now and not (call.callback or "").strip():
        wrong["callback"] = "不能当场解答的，请留下对方的联系方式"
    return wrong | _reception_gaps(call)


def _reception_gaps(call: CallRecord) -> dict[str, str]:
    """CALL-04: the first two steps of every visit, and to which department it was announced."""
    wrong: dict[str, str] = {}
    missing = [step for step, done in steps(call) if step in NEEDED_STEPS and not done]
    if call.kind == "visit" and missing:
        wrong["reception"] = f"接待来访须先{'、'.join(missing)}"
    if dict(steps(call))[ANNOUNCED] and not call.department:
        wrong["department"] = "勾选了通报部门，请填写通报的部门"
    return wrong


def _rule_of(wrong: dict[str, str]) -> str:
    if "answered_now" in wrong:
        return "TKT-22"
    if "callback" in wrong or "party" in wrong:
        return "CALL-02"
    return "CALL-03" if "content" in wrong else "CALL-04"


def refuse_quiet_call(session: Session, call: CallRecord) -> None:
    """CALL-07: no outgoing call at meal times, early or late unless it is urgent."""
    if call.kind == "out" and not call.urgent:
        _refuse_quiet_hour(session, call.org_id, call.at, "urgent")


def _refuse_quiet_hour(session: Session, org_id: int, at: datetime, field: str) -> None:
    quiet = call_quiet(session, org_id, at)
    if is_inside(at, quiet):
        raise RuleError(f"{words_of(quiet)} 不给业户打电话；确有急事请勾选“紧急”", field=field, rule="CALL-07")


@effect(CallRecord, "start")
def _settles_or_waits(session: Session, call: CallRecord, by: Person, details: Details) -> None:
    """A call answered on the spot is finished; a phone that rang too long is an 异常记录 (CALL-01)."""
    explain_late(session, call, by, call.at, "时间", details.get("late_reason"))
    if rang_too_long(session, call):
        limit = policy(session, "call.rings", call.org_id)
        session.add(
            Incident(
                org_id=call.org_id,
                kind="violation",
                rule="CALL-01",
                noun="call_record",
                row_id=call.id,
                staff_id=by.staff_id,
                at=call.at,
                body=f"{call.labels()['rings']} {call.rings}，规定 {limit} 声内接听",
            )
        )
    if call.answered_now:
        advance(session, call, "settle", by, cause=call, answered_at=call.at)


@check(CallRecord, "answer")
def _says_what_was_answered(session: Session, call: CallRecord, by: Person, details: Details) -> None:
    """CALL-02: the answer is written down; calling back keeps to the quiet hours (CALL-07)."""
    if call.kind == "patrol":
        raise RuleError("巡视中遇到的需求请转报事或投诉，由报事跟到办完", rule="TKT-22")
    if not (call.answer or "").strip():
        raise RuleError("请填写答复内容", field="answer", rule="CALL-02")
    call.answered_at = claimed(call.answered_at, "答复时间", "answered_at", since=call.at, after="来电来访时间")
    explain_late(session, call, by, call.answered_at, "答复时间", details.get("late_reason"))
    by_phone = details.get("by_phone", call.kind != "visit")
    urgent = call.urgent or bool(details.get("urgent"))
    if by_phone and not urgent:
        _refuse_quiet_hour(session, call.org_id, call.answered_at, "answered_at")


def ticket_from_call(session: Session, call: CallRecord, by: Person, **values: Any) -> Ticket:
    """A 报事 with what was noted; the call is then 已转报事 and leads to it (FIRST-01, CALL-02, TKT-22).

    What a guard or a cleaner noted has the desk as its first contact (A-25).
    """
    facts: dict[str, Any] = {
        "org_id": call.org_id,
        "channel": {"visit": "visit", "patrol": "patrol"}.get(call.kind, "call"),
        "received_at": call.at,
        "unit_id": call.unit_id,
        "customer": call.party,
        "reporter_phone": call.callback or "",
        "content": call.content,
        "first_contact_id": call.made_by_id if may_be_first_contact(session, call.made_by_id, call.org_id) else None,
    }
    ticket = start(session, Ticket(**{**facts, **values}), by)
    advance(session, call, "make_ticket", by, cause=ticket, ticket_id=ticket.id)
    return ticket


def may_be_rung(session: Session, person: Person, now: datetime) -> ColumnElement[bool]:
    """The calls that may be answered now: in a project's quiet hours only its urgent ones (CALL-07)."""
    waiting = select(CallRecord.org_id).where(CallRecord.state == "open", readable(person, CallRecord)).distinct()
    quiet = [org for org in session.scalars(waiting) if is_inside(now, call_quiet(session, org, now))]
    return or_(CallRecord.urgent, CallRecord.org_id.not_in(quiet))
