"""Signatures on key papers: staff by their own log-in or PIN, everybody else on the glass or on the scanned sheet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, Signature
from rules.errors import RuleError
from rules.person import Person
from rules.signing import sign

Details = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose signature it is and how it was given."""

    signer: str
    relation: str
    means: str
    staff: Person | None = None
    attachment_id: int | None = None


def colleague(person: Person, relation: str) -> Hand:
    """A member of staff who is logged in or proved to be there."""
    return Hand(person.name, relation, "system", person)


def guest(details: Details, name: str, signer: str | None, relation: str, rule: str = "") -> Hand:
    """Somebody from outside: written on the glass (`name`) or on paper, scanned (`name`_scan). Raises RuleError."""
    kept = details.get("kept") or {}
    if not (signer or "").strip():
        raise RuleError(f"请填写{relation}姓名", field=f"{name}_name", rule=rule)
    if name in kept:
        return Hand(str(signer), relation, "glass", None, kept[name])
    if f"{name}_scan" in kept:
        return Hand(str(signer), relation, "paper", None, kept[f"{name}_scan"])
    raise RuleError(f"请{relation} {signer} 在屏幕上签名，或上传签过字的纸", field=name, rule=rule)


def other_colleague(details: Details, name: str, what: str, by: Person, rule: str) -> Person:
    """A second member of staff who signed with their own secret; never the one at the desk. Raises RuleError."""
    person = details.get(name)
    if not isinstance(person, Person) or person.staff_id is None:
        raise RuleError(f"请{what}用自己的工号和密码或 PIN 签字", field=name, rule=rule)
    if person.staff_id == by.staff_id:
        raise RuleError(f"{what}和经办人须是两个人，请另一人签字", field=name, rule=rule)
    return person


def put(session: Session, doc: Document, slot: str, hand: Hand, at: datetime | None = None) -> Signature:
    """Put the signature into its box on the paper as it now reads."""
    return sign(
        session,
        doc,
        slot,
        signer=hand.signer,
        relation=hand.relation,
        means=hand.means,
        staff=hand.staff,
        signed_at=at,
        attachment_id=hand.attachment_id,
    )


def has_signed(session: Session, doc: Document, slot: str) -> bool:
    """Whether the box is filled."""
    here = (Signature.noun == doc.__tablename__, Signature.row_id == doc.id, Signature.slot == slot)
    return session.scalars(select(Signature.id).where(*here).limit(1)).first() is not None


def signers_in(session: Session, doc: Document, slot: str) -> list[str]:
    """Who signed in the box, in order."""
    here = (Signature.noun == doc.__tablename__, Signature.row_id == doc.id, Signature.slot == slot)
    return list(session.scalars(select(Signature.signer).where(*here).order_by(Signature.id)))
