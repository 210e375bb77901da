"""Dated remarks on a paper (跟进、告知客户、客户沟通、询问部门): written once, never changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, RecordNote, Ticket
from rules.advance import changed
from rules.claimed_times import claimed
from rules.errors import RuleError
from rules.permissions import require
from rules.person import Person

#: Kinds by which the customer heard from us: they restart the clock of FIRST-04 and count for TKT-07.
TOLD_THE_CUSTOMER = ("inform", "contact", "call")


def add_note(
    session: Session,
    doc: Document,
    by: Person,
    kind: str,
    body: str,
    *,
    means: str | None = None,
    to_whom: str | None = None,
    at: datetime | None = None,
) -> RecordNote:
    """Write a remark; asking a department names whom and how (BASE-07), telling the customer says by which means.

    Raises NotAllowed, or RuleError for an empty body, a missing means or a time that is still to come.
    """
    require(by, f"{doc.__tablename__}.note", doc, "登记沟通记录")
    if not body.strip():
        raise RuleError("请填写内容", field="body")
    if kind in ("ask", *TOLD_THE_CUSTOMER) and not means:
        raise RuleError("请选择方式：口头、电话、书面或邮件", field="means", rule="BASE-07")
    if kind == "ask" and not (to_whom or "").strip():
        raise RuleError("请写明询问了谁", field="to_whom", rule="BASE-07")
    moment = claimed(at, "时间", "at")
    note = RecordNote(
        org_id=doc.org_id,
        noun=doc.__tablename__,
        row_id=doc.id,
        kind=kind,
        means=means,
        to_whom=(to_whom or "").strip() or None,
        at=moment,
        by_id=by.staff_id,
        body=body.strip(),
    )
    session.add(note)
    session.flush()
    if isinstance(doc, Ticket) and kind in TOLD_THE_CUSTOMER:
        doc.last_informed_at = max(moment, doc.last_informed_at or moment)
        changed(session, doc)
    return note


def notes_of(session: Session, doc: Document) -> list[RecordNote]:
    """The remarks on a paper, oldest first."""
    here = (RecordNote.noun == doc.__tablename__, RecordNote.row_id == doc.id)
    return list(session.scalars(select(RecordNote).where(*here).order_by(RecordNote.at, RecordNote.id)))
