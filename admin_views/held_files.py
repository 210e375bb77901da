"""Files of a form that was sent back: on disk at once, named in the page by a receipt, used at the next sending."""

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from admin_views.attachments import keep, store
from admin_views.request import acting
from forms.build import HouseForm
from forms.evidence import Held, Upload
from rules.attachments import Checked, title_of
from rules.errors import RuleError

HELD_SECONDS = 12 * 3600
LOST = "先前的文件没有留住，请重新选择"


def hold(form: HouseForm | None, place: str) -> None:
    """Put every file of the form on disk, beside those held before; what cannot be taken is told at its field.

    `place` is the one form a receipt is good for, and only in the hands of whoever sent the file.
    """
    for one in form or ():
        if isinstance(one, Upload):
            before, fresh = _before(one, place), _fresh(one, place)
            one.held = [*before, *fresh] if one.several or not fresh else fresh


def file_of(held: Held) -> Checked:
    """The file again, to be attached; raises RuleError where it is gone."""
    try:
        content = store().read(held.digest)
    except (FileNotFoundError, ValueError) as wrong:
        raise RuleError(LOST) from wrong
    return Checked(content, held.media, held.name.rpartition(".")[2])


def _receipts(one: Upload, place: str) -> URLSafeTimedSerializer:
    mine = f"held/{acting().staff_id}/{place}/{one.name}"
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=mine)


def _before(one: Upload, place: str) -> list[Held]:
    found = []
    for receipt in dict.fromkeys(one.receipts):
        try:
            said = _receipts(one, place).loads(receipt, max_age=HELD_SECONDS)
            held = Held(receipt, *said)
            file_of(held)
        except (BadData, RuleError):
            one.process_errors = [*one.process_errors, LOST]
            continue
        found.append(held)
    return found


def _fresh(one: Upload, place: str) -> list[Held]:
    sent: list[FileStorage] = one.data if one.several and one.data else [one.data] if one.data else []
    taken = []
    for file in sent:
        try:
            kept, digest = keep(file)
        except RuleError as no:
            one.process_errors = [*one.process_errors, f"{file.filename}：{no}"]
            continue
        said = (title_of(file.filename or "", kept.extension), kept.media, len(kept.content), digest)
        taken.append(Held(_receipts(one, place).dumps(said), *said))
    return taken
