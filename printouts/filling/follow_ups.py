"""What the 回访记录表 says of a follow-up."""

from sqlalchemy.orm import Session

from models import FollowUp, Staff
from printouts.filling import Facts, fills
from printouts.filling.words import at, who, words
from rules.follow_ups import signature_of
from rules.person import Person


@fills("F-22", FollowUp)
def follow_up(session: Session, viewer: Person, it: FollowUp) -> Facts:
    """One page per follow-up, its number the page's (004-10§4.7); blank where it was not made yet."""
    signed = signature_of(session, it)
    visitor = session.get(Staff, it.visitor_id) if it.visitor_id else None
    return {
        "number": it.number or "",
        "ticket": (it.ticket.number or "") if it.ticket else "",
        "work_order": (it.order.number or "") if it.order else "",
        "unit": it.unit.code if it.unit else "",
        "proven_at": at(it.proven_at),
        "due_at": at(it.due_at),
        "at": at(it.at),
        "call_minute": at(it.call_minute),
        "satisfaction": str(it.satisfaction or ""),
        "customer_sign": signed.signer if signed else "",
        "visitor": who(visitor),
        **words(it, viewer, "kind", "customer", "phone", "method", "quality", "effect", "defects", "suggestion"),
    }
