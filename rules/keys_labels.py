"""Labels of keys and envelopes: what a scanned code or a typed number means, in the person's own projects."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyEnvelope, KeyItem
from rules.person import Person
from rules.scope import readable

_CODE = re.compile(r"[A-Za-z0-9_-]{16}")


def code_in(said: str) -> str:
    """The opaque code in a scanned address, else what was said."""
    return said.strip().rsplit("/q/", 1)[-1].split("?")[0].strip()


def labelled(session: Session, person: Person, said: str) -> KeyItem | KeyEnvelope | None:
    """What the QR of a tag or an envelope opens; None where it is neither, or not theirs."""
    code = code_in(said)
    if not _CODE.fullmatch(code):
        return None
    tags = select(KeyItem).where(KeyItem.code == code, readable(person, KeyItem))
    envelopes = select(KeyEnvelope).where(KeyEnvelope.code == code, readable(person, KeyEnvelope))
    return session.scalars(tags).one_or_none() or session.scalars(envelopes).one_or_none()


def key_of_code(session: Session, person: Person, said: str, org_id: int) -> KeyItem | None:
    """The key meant by a tag, by its envelope or by its number; None where there is none in the project."""
    row = labelled(session, person, said)
    if isinstance(row, KeyEnvelope):
        row = row.key
    if row is None:
        mine = (KeyItem.org_id == org_id, KeyItem.key_no == said.strip().upper(), readable(person, KeyItem))
        row = session.scalars(select(KeyItem).where(*mine)).one_or_none()
    return row if row is not None and row.org_id == org_id else None
