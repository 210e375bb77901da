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
    lines = row.__mapper__.relationships
    said = [f"{name}={plain(getattr(row, name))}" for name in sorted(names) if name in known]
    said += [f"{name}={_lines(getattr(row, name))}" for name in sorted(names) if name in lines and lines[name].uselist]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]


def _lines(rows: Iterable[Record]) -> str:
    """What stands in the rows that are typed together with this one, such as a resident's phones."""
    each = sorted(
        (row.id, *(f"{name}={plain(getattr(row, name))}" for name in row.__mapper__.column_attrs.keys()))  # noqa: SIM118
        for row in rows
    )
    return "\x1e".join("\x1d".join(map(str, one)) for one in each)
