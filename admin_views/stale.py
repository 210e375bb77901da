"""A page sent too late, or sent twice: what stands now beside what was typed; no second paper, no lost word."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import done_before, mark_done
from admin_views.form_pages import is_private, words_of
from admin_views.lookups import Looker
from admin_views.page import StaleRow
from forms.build import HouseForm
from forms.fields import Typed
from models import Record
from models.secrecy import fingerprint
from rules.errors import Stale

NOT_TYPED = frozenset({"csrf_token", "token", "version", "opened", "then"})


class SentAnew(Stale):
    """A page that was saved or done already came again with other words."""

    def __init__(self, row_id: int, words: str = "这一页已经保存过，请核对后再保存") -> None:
        super().__init__(words)
        self.row_id = row_id


def said_key(key: str, but: Iterable[str] = ()) -> str:
    """The page's key bound to what was typed, keyed so that nothing typed can be guessed from it."""
    left = NOT_TYPED.union(but)
    typed = [(n, v) for n, v in request.form.items(multi=True) if n not in left]
    files = [(n, f.filename or "") for n, f in request.files.items(multi=True)]
    content = json.dumps([key, sorted(typed), sorted(files)], ensure_ascii=False)
    return fingerprint(hashlib.sha256(content.encode()).hexdigest())


def sent_before(session: Session, key: str, but: Iterable[str] = ()) -> int | None:
    """The row that the same words made or moved before; raises SentAnew when the words were others."""
    before = done_before(session, key)
    if before is not None and done_before(session, said_key(key, but)) is None:
        raise SentAnew(before)
    return before


def mark_sent(session: Session, key: str, row: Record, but: Iterable[str] = ()) -> None:
    """Remember in the same transaction that this page was sent, and with which words."""
    mark_done(session, key, row)
    mark_done(session, said_key(key, but), row)


def hold(session: Session, model: type[Record], row_id: int) -> None:
    """Keep the row until the end of the transaction: between comparing versions and saving nobody else saves."""
    session.execute(select(model.id).where(model.id == row_id).with_for_update(key_share=True))


def stale_rows(opened: str, theirs: HouseForm, mine: HouseForm, look: Looker) -> tuple[StaleRow, ...]:
    """What differs between the copy opened, the one now stored and the one typed."""
    before = _opened(opened)
    rows = []
    for one in mine:
        other = theirs[one.short_name]
        if one.shown == other.shown or is_private(one) or one.readonly:
            continue
        was = before.get(one.name, other.shown)
        rows.append(
            StaleRow(
                one.name,
                one.label.text,
                words_of(one, was, look),
                words_of(other, other.shown, look),
                other.shown,
                words_of(one, one.shown, look),
                one.shown,
                pick="theirs" if one.shown == was and before else "mine",
                they_changed=other.shown != was or not before,
            )
        )
    return tuple(rows)


def _opened(text: str) -> dict[str, str]:
    try:
        return {str(k): str(v) for k, v in json.loads(text).items()}
    except (ValueError, AttributeError):
        return {}


def typed_rows(mine: Iterable[Typed], look: Looker) -> tuple[StaleRow, ...]:
    """What was typed, where nothing of its kind is stored: shown, so that it can be written elsewhere."""
    return tuple(
        StaleRow(one.name, one.label.text, "", "", "", words_of(one, one.shown, look), one.shown)
        for one in mine
        if one.shown and not is_private(one) and not one.readonly
    )


def carried(rows: Sequence[StaleRow]) -> tuple[tuple[str, str], ...]:
    """What a stale page carries along: everything that was posted, but for its choices and the page's own secrets."""
    left = {*NOT_TYPED, *(row.name for row in rows), *(f"{row.name}_text" for row in rows)}
    posted = request.form.items(multi=True)
    return tuple((name, value) for name, value in posted if name not in left and not name.endswith("_secret"))
