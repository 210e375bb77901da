"""Which version of a row somebody has in front of them, so that the second to save sees what the first one wrote."""

import hashlib
from collections.abc import Iterable

from models import Record, Stateful
from models.trail import plain


def version_of(row: Record, names: Iterable[str]) -> str:
    """The counter of a thing with states; of other rows a digest of what the form shows of them."""
    if isinstance(row, Stateful):
        return str(row.version)
    known = row.__mapper__.column_attrs
    said = "\x1f".join(f"{name}={plain(getattr(row, name))}" for name in sorted(names) if name in known)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
