"""附件作废: a file uploaded by mistake is withdrawn with its reason; its row and content stay, for who may see it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Attachment, AttachmentVoid, Record, Signature, Stateful
from models.trail import tell
from rules.errors import RuleError, WrongState
from rules.permissions import allows, require
from rules.person import Person

LEAST_REASON, LONGEST_REASON = 2, 255


def voids_of(session: Session, attachments: Sequence[Attachment]) -> dict[int, AttachmentVoid]:
    """Attachment id → its withdrawal, of those that were withdrawn."""
    ids = [one.id for one in attachments]
    rows = session.scalars(select(AttachmentVoid).where(AttachmentVoid.attachment_id.in_(ids)))
    return {row.attachment_id: row for row in rows}


def is_closed_to(session: Session, person: Person | None, attachment: Attachment) -> bool:
    """Whether its content is kept from the person because it was withdrawn."""
    return bool(voids_of(session, [attachment])) and not allows(person, "attachment.read_void", attachment)


def may_void(session: Session, person: Person | None, attachment: Attachment, row: Record) -> bool:
    """Whoever uploaded it while the paper is open, afterwards whoever answers for the paper; never a signature."""
    needed = "attachment.void_filed" if _is_filed(row) else "attachment.void"
    return allows(person, needed, attachment) and not _is_signature(session, attachment)


def _is_filed(row: Record) -> bool:
    return isinstance(row, Stateful) and row.is_frozen


def _is_signature(session: Session, attachment: Attachment) -> bool:
    signed = select(Signature.id).where(Signature.attachment_id == attachment.id)
    return session.scalars(signed.limit(1)).first() is not None


def void_attachment(session: Session, by: Person, attachment: Attachment, row: Record, reason: str) -> AttachmentVoid:
    """Withdraw the file of `row`: nothing is deleted, the trail of the record tells why (BASE-05).

    Raises NotAllowed, WrongState for one withdrawn before, RuleError for a signature's image or without a reason.
    """
    needed = "attachment.void_filed" if _is_filed(row) else "attachment.void"
    require(by, needed, attachment, "作废附件")
    if voids_of(session, [attachment]):
        raise WrongState(f"附件“{attachment.title}”已经作废", rule="BASE-05")
    if _is_signature(session, attachment):
        raise RuleError("这是签字的一部分，不能作废；签错了请在单据上办理拒签或作废", rule="BASE-06")
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= LONGEST_REASON:
        raise RuleError(f"请写明作废原因（{LEAST_REASON} 到 {LONGEST_REASON} 个字）", field="reason", rule="BASE-05")
    assert by.staff_id is not None
    void = AttachmentVoid(org_id=attachment.org_id, attachment_id=attachment.id, reason=said, by_id=by.staff_id)
    session.add(void)
    session.flush()
    tell(session, "作废附件", row, {"附件": attachment.title, "原因": said})
    return void
