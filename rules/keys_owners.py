"""Owners and keys: who the owner of a flat is, and the calls that ask or tell them, to the minute (004-8§4.1(5))."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, KeyCall, clock
from models.keys_loans import ANSWERS
from rules.claimed_times import claimed
from rules.duty_log import duty_line
from rules.errors import RuleError
from rules.person import Person
from rules.residents import ties_of

Details = dict[str, Any]


def owner_names(session: Session, unit_id: int | None) -> list[str]:
    """Who is on file as owner of the unit today."""
    return [tie.resident.name for tie in ties_of(session, unit_id) if tie.relation == "owner"] if unit_id else []


def refuse_other_than_owner(session: Session, unit_id: int | None, name: str, field: str, rule: str) -> None:
    """Only the owner in person; raises RuleError naming whom the register knows as owner."""
    owners = owner_names(session, unit_id)
    if not name.strip():
        raise RuleError("请填写业户姓名", field=field, rule=rule)
    if not owners:
        raise RuleError("这套房屋还没有登记业主，请先在住户资料里登记并核对身份", field=field, rule=rule)
    if name.strip() not in owners:
        raise RuleError(
            f"{name}不是这套房屋登记的业主（{'、'.join(owners)}），须由业主本人办理", field=field, rule=rule
        )


def called(
    session: Session, paper: Document, unit_id: int | None, by: Person, answer: str, details: Details
) -> KeyCall:
    """Write one call down: when, whom, what was said; and its line for the 《值班日志》 (KEY-23, KEY-42).

    Raises RuleError for a person who is not the owner, or a time that is still to come.
    """
    assert answer in ANSWERS, answer
    callee = str(details.get("callee") or "").strip()
    refuse_other_than_owner(session, unit_id, callee, "callee", "KEY-22")
    at = claimed(details.get("call_at"), "通话时间", "call_at", rule="KEY-23")
    row = KeyCall(
        org_id=paper.org_id,
        noun=paper.__tablename__,
        row_id=paper.id,
        at=at,
        callee=callee,
        answer=answer,
        words=str(details.get("words") or "").strip()[:255] or None,
        by_id=by.staff_id,
    )
    session.add(row)
    said = f"，{row.words}" if row.words else ""
    where = getattr(paper, "where", "")
    duty_line(
        session,
        paper,
        by,
        at,
        f"{clock.shown(at)} 就 {paper.__label__} {where} 致电业户 {callee}：{ANSWERS[answer]}{said}",
    )
    session.flush()
    return row


def calls_of(session: Session, paper: Document) -> list[KeyCall]:
    """The calls about a paper, oldest first."""
    here = (KeyCall.noun == paper.__tablename__, KeyCall.row_id == paper.id)
    return list(session.scalars(select(KeyCall).where(*here).order_by(KeyCall.at, KeyCall.id)))


def last_call(session: Session, paper: Document, *answers: str) -> KeyCall | None:
    """The newest call, of these answers where they are named."""
    found = [call for call in calls_of(session, paper) if not answers or call.answer in answers]
    return found[-1] if found else None


def agreed_at(session: Session, paper: Document) -> datetime | None:
    """When the owner agreed, if that is the last thing they said."""
    last = last_call(session, paper, "agreed", "refused")
    return last.at if last is not None and last.answer == "agreed" else None
