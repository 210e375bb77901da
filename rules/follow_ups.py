"""回访 (FollowUp): opened by the proof of completion, made inside its window, scored, ending the matter or not."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import FollowUp, Signature, Ticket, WorkOrder, clock
from rules.advance import advance, check, effect, start
from rules.calendar import follow_up_quiet, is_inside, words_of
from rules.claimed_times import claimed, explain_late
from rules.deadlines import follow_up_window
from rules.errors import Invalid, RuleError, WrongState
from rules.person import Person
from rules.policies import policy
from rules.scope import readable
from rules.signing import sign
from rules.work_orders import DONE_STATES, rework

Details = dict[str, Any]

_SAME = "org_id kind ticket_id order_id unit_id customer phone proven_at"
_TICKET_KINDS = {"repair": "repair", "help": "help", "complaint": "complaint"}


# ---- opening ---------------------------------------------------------------------------------------------------


def open_for_order(session: Session, order: WorkOrder, by: Person) -> FollowUp:
    """WO-29: every repair is followed up, each from its own proof of completion."""
    return _open(
        session,
        by,
        cause=order,
        org_id=order.org_id,
        kind="help" if order.kind == "help" else "repair",
        ticket_id=order.ticket_id,
        order_id=order.id,
        unit_id=order.unit_id,
        customer=order.reporter,
        phone=order.phone,
        proven_at=order.proven_at,
    )


def open_for_ticket(session: Session, ticket: Ticket, by: Person) -> FollowUp:
    """TKT-09: a matter that a department finished without a slip is followed up too."""
    return _open(
        session,
        by,
        cause=ticket,
        org_id=ticket.org_id,
        kind=_TICKET_KINDS.get(ticket.kind, "other"),
        ticket_id=ticket.id,
        unit_id=ticket.unit_id,
        customer=ticket.customer,
        phone=ticket.reporter_phone,
        proven_at=ticket.proven_at,
    )


def _open(session: Session, by: Person, *, cause: Ticket | WorkOrder | FollowUp, **facts: Any) -> FollowUp:
    follow_up = FollowUp(**facts)
    order = session.get(WorkOrder, follow_up.order_id) if follow_up.order_id else None
    follow_up.earliest_at, follow_up.due_at, follow_up.overdue_at = follow_up_window(
        session,
        follow_up.org_id,
        follow_up.proven_at,
        safety=bool(order and order.safety),
        leak=bool(order and order.leak),
        leak_tested_at=order.leak_tested_at if order else None,
    )
    return start(session, follow_up, by, cause=cause)


@check(FollowUp, "start")
def _work_was_signed(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    """WO-18: never before the signature."""
    order = session.get(WorkOrder, follow_up.order_id) if follow_up.order_id else None
    if order is not None and order.state not in DONE_STATES:
        raise WrongState(f"{order} 还没有签认，不能安排回访", rule="WO-18")


@effect(Ticket, "finish")
def _department_is_done(session: Session, ticket: Ticket, by: Person, details: Details) -> None:
    open_for_ticket(session, ticket, by)


@effect(FollowUp, "cancel")
def _page_is_made_anew(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    """RV-27: a spoilt page stays void in its place, the follow-up itself is still owed, with its old clock."""
    _open(session, by, cause=follow_up, **{name: getattr(follow_up, name) for name in _SAME.split()})


# ---- making ----------------------------------------------------------------------------------------------------


@check(FollowUp, "pass_", "fail")
def _was_made_properly(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    """TKT-09, TKT-10, C-53, RV-17: in its window, out of quiet hours, scored, and with its evidence."""
    _refuse_gaps(follow_up)
    follow_up.at = claimed(
        follow_up.at, "回访时间", "at", since=follow_up.proven_at, after="收到完工证明的时间", rule="TKT-09"
    )
    _refuse_wrong_hour(session, follow_up, follow_up.at)
    explain_late(session, follow_up, by, follow_up.at, "回访时间", details.get("late_reason"))
    follow_up.visitor_id = follow_up.visitor_id or by.staff_id
    if follow_up.method == "phone":
        _refuse_phone(session, follow_up)
        follow_up.call_minute = follow_up.call_minute or follow_up.at
    elif not (details.get("signer") or "").strip():
        raise RuleError(
            "上门、面谈、现场查看须有住户签名；电话回访请改选方式并登记电话时间", field="signer", rule="RV-20"
        )


def _refuse_phone(session: Session, follow_up: FollowUp) -> None:
    """C-53: where every follow-up is signed there is none by phone."""
    if policy(session, "rv.sign", follow_up.org_id, follow_up.proven_at) == "always":
        raise RuleError("本项目规定回访一律由住户签名，请当面回访", field="method", rule="RV-20")


def _refuse_gaps(follow_up: FollowUp) -> None:
    wrong: dict[str, str] = {}
    if not follow_up.method:
        wrong["method"] = "请选择回访方式"
    if follow_up.satisfaction not in range(1, 6):
        wrong["satisfaction"] = "请住户打分，1 到 5 分，5 分最高"
    for name in ("quality", "effect"):
        if not (getattr(follow_up, name) or "").strip():
            wrong[name] = f"请填写{follow_up.labels()[name]}"
    if wrong:
        raise Invalid(wrong, rule="TKT-09" if "satisfaction" in wrong else "RV-17")


def _refuse_wrong_hour(session: Session, follow_up: FollowUp, at: datetime) -> None:
    if at < follow_up.earliest_at.replace(second=0, microsecond=0):
        raise RuleError(f"回访最早在 {clock.shown(follow_up.earliest_at)}，请到时再回访", field="at", rule="WO-29")
    if not follow_up.on_request and is_inside(at, follow_up_quiet(session, follow_up.org_id, at)):
        closed = words_of(follow_up_quiet(session, follow_up.org_id, at))
        raise RuleError(f"{closed} 不回访；住户要求的时间请勾选“应住户要求的时间”", field="at", rule="TKT-10")


@check(FollowUp, "pass_")
def _customer_is_content(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    lowest = int(policy(session, "rv.pass_score", follow_up.org_id))
    if (follow_up.satisfaction or 0) < lowest:
        raise RuleError(f"评分低于 {lowest} 分不算满意，请按“回访不合格”办理", field="satisfaction", rule="TKT-09")


@check(FollowUp, "fail")
def _says_what_is_wrong(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    if not (follow_up.defects or "").strip():
        raise RuleError("请写明住户反映的缺点与不足", field="defects", rule="RV-23")
    if details.get("outcome") not in ("rework", "complaint"):
        raise RuleError("请选择如何处理：返工或转投诉", field="outcome", rule="RV-23")


@effect(FollowUp, "pass_", "fail")
def _evidence_is_kept(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    if follow_up.method != "phone":
        sign(
            session,
            follow_up,
            "住户签名确认",
            signer=details["signer"].strip(),
            relation="住户",
            means="glass" if details.get("attachment_id") else "paper",
            signed_at=follow_up.at,
            attachment_id=details.get("attachment_id"),
        )


# ---- what follows ----------------------------------------------------------------------------------------------


@effect(FollowUp, "pass_")
def _matter_is_closed(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    """TKT-09: the last follow-up of a finished matter closes it, with its own score.

    Scores given before, failed ones too, stay on the pages of their follow-ups.
    """
    session.flush()
    ticket = _ticket(session, follow_up, lock=True)
    if ticket is None or ticket.state != "to_follow_up":
        return
    its_own = select(FollowUp).where(FollowUp.ticket_id == ticket.id)
    all_of_it = session.scalars(its_own, execution_options={"populate_existing": True}).all()
    if any(f.state == "pending" for f in all_of_it):
        return
    advance(session, ticket, "close", by, cause=follow_up, score=follow_up.satisfaction)


@effect(FollowUp, "fail")
def _problem_goes_back(session: Session, follow_up: FollowUp, by: Person, details: Details) -> None:
    """WO-30, RV-23: to the worker as a rework slip linked to the first, or to the complaints."""
    ticket = _ticket(session, follow_up)
    if details["outcome"] == "complaint":
        _complain(session, follow_up, ticket, by)
        return
    if ticket is not None and ticket.state == "to_follow_up":
        clear = dict.fromkeys(("done_at", "proven_at", "signed_by", "solution", "dispatched_at", "arrived_at"))
        advance(session, ticket, "rework", by, cause=follow_up, passed_at=clock.now(), **clear)
    order = session.get(WorkOrder, follow_up.order_id) if follow_up.order_id else None
    if order is not None:
        again = rework(session, order, by, content=follow_up.defects or "", cause=follow_up)
        advance(session, again, "issue", by, cause=follow_up)


def _complain(session: Session, follow_up: FollowUp, ticket: Ticket | None, by: Person) -> None:
    """A new matter of the kind 投诉 that names the old one, which ends as transferred."""
    order = session.get(WorkOrder, follow_up.order_id) if follow_up.order_id else None
    body = f"回访不合格转投诉（{ticket or order}，{follow_up}）：{follow_up.defects}"
    complaint = Ticket(
        org_id=follow_up.org_id,
        channel="call" if follow_up.method == "phone" else "visit",
        kind="complaint",
        unit_id=follow_up.unit_id,
        place=(ticket.place if ticket else None) or (order.place if order else None),
        resident_id=ticket.resident_id if ticket else None,
        customer=follow_up.customer,
        reporter_phone=follow_up.phone or "",
        content=body[:2000],
        read_back=True,
        priority="urgent",
        first_contact_id=by.staff_id,
        arises_from_id=ticket.id if ticket else None,
    )
    start(session, complaint, by, cause=follow_up)
    if ticket is not None and ticket.state == "to_follow_up":
        advance(session, ticket, "transfer", by, cause=follow_up, transferred=True, score=follow_up.satisfaction)


def _ticket(session: Session, follow_up: FollowUp, *, lock: bool = False) -> Ticket | None:
    return session.get(Ticket, follow_up.ticket_id, with_for_update=lock) if follow_up.ticket_id else None


# ---- looking ---------------------------------------------------------------------------------------------------


def waiting(session: Session, person: Person, org_id: int | None = None) -> list[FollowUp]:
    """The follow-ups still to be made that the person may see, the most pressing first."""
    query = select(FollowUp).where(FollowUp.state == "pending", readable(person, FollowUp)).order_by(FollowUp.due_at)
    if org_id is not None:
        query = query.where(FollowUp.org_id == org_id)
    return list(session.scalars(query))


def signature_of(session: Session, follow_up: FollowUp) -> Signature | None:
    """The resident's signature, where there was one to give."""
    here = (Signature.noun == "follow_up", Signature.row_id == follow_up.id)
    return session.scalars(select(Signature).where(*here).order_by(Signature.id.desc())).first()
