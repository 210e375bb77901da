"""Doing a deed: its form as a page, the one transaction, and what is shown when it comes too late, twice or wrongly."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict

from admin_views import cosign, saved_views
from admin_views.attachments import store
from admin_views.base import clash, crumbs, found, new_token, see_other, token_key
from admin_views.deeds import Deed, Details, asking, form_of, is_hidden
from admin_views.errors import follow_up, wants_json
from admin_views.form_pages import line_editor
from admin_views.held_files import file_of, hold
from admin_views.lookups import Looker, page_of
from admin_views.page import Action, Crumb, Fact, FormPage, LineEditor, Link, Notice, Section, StalePage, Text
from admin_views.page.tables import TablesPage
from admin_views.prints import print_along
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from admin_views.stale import SentAnew, mark_sent, sent_before, stale_rows
from forms.build import HouseForm
from forms.evidence import Cosign, Handwriting, Upload
from models import Record, Stateful
from rules.advance import rehearse
from rules.attachments import Checked, attach, checked
from rules.errors import Invalid, NotAllowed, RuleError, Stale, WrongState, wrong_of
from rules.permissions import allows, require
from rules.scope import find

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

SAID = "shoujie.said"


@dataclass
class Sent:
    """What came with the post besides texts: files already kept, the second signer already checked."""

    files: list[tuple[str, str, Checked, str]] = field(default_factory=list)
    purposes: dict[str, str] = field(default_factory=dict)
    signers: dict[str, cosign.Signer | None] = field(default_factory=dict)
    rehearsal: bool = False


@dataclass
class Try:
    """One deed on one row with what was typed for it."""

    view: "RegisterView"
    deed: Deed
    row_id: int
    form: HouseForm | None
    lines: Sequence[HouseForm] | None = None

    @property
    def row(self) -> Any:
        """The row as it stands now."""
        return found(self.view.record, self.row_id)


def answer(view: "RegisterView", row_id: int, verb: str) -> ResponseReturnValue:
    """GET: the deed's form as a page. POST: do it, once, on the version that was seen."""
    row = found(view.record, row_id)
    deed = view.deed(row, verb) or abort(404)
    require(acting(), f"{view.noun}.{deed.permission}", row, deed.label)
    if request.method == "POST":
        return _do(view, deed, row)
    if not deed.when(row):
        return _draw_too_late(Try(view, deed, row_id, None), row)
    return _draw(Try(view, deed, row_id, form_of(deed, row)))


def _out_of_place(deed: Deed, row: Any) -> WrongState:
    """Why a deed makes no sense for the row now; its button is left out for the same reason."""
    state = f"现为“{row.state_label}”，" if isinstance(row, Stateful) else ""
    return WrongState(f"{row} {state}不能{deed.label}", rule=deed.rule)


def _refuse_out_of_place(deed: Deed, row: Any) -> None:
    if not deed.when(row):
        raise _out_of_place(deed, row)


def _do(view: "RegisterView", deed: Deed, row: Record) -> ResponseReturnValue:
    look = Looker(reading(), acting())
    sent: Any = CombinedMultiDict([request.files, request.form])
    form = deed.ask.posted(sent, row, hidden=is_hidden(row)) if deed.ask else None
    lines = deed.lines.read(request.form) if deed.lines else []
    now = Try(view, deed, row.id, form, lines)
    hold(form, f"{view.noun}/{row.id}/{deed.verb}")
    if request.form.get("then", "").startswith("add-"):
        return _draw(now)
    if not all([form is None or form.finish(look.find), *(one.finish(look.find) for one in lines)]):
        return _draw(now, line_error=_told_at_once(now), status=422)
    try:
        url = _perform(now)
    except Stale as stale:
        return _too_late(now, stale)
    except (RuleError, IntegrityError) as no:
        return _refused(now, no)
    said = request.environ.pop(SAID, "")
    if deed.once:
        return tell_once(view, deed.label, said, url)
    if request.form.get("then") == "print" and deed.prints:
        print_along(deed.prints, now.row, said)
    elif said:
        flash(said, "done")
    return see_other(url)


def tell_once(view: "RegisterView", title: str, words: str, url: str) -> ResponseReturnValue:
    """A secret made for somebody, on a page of its own that nobody keeps: not in the cookie, not in a cache."""
    page = TablesPage(
        title=title,
        url=url,
        tables=(),
        crumbs=crumbs(view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(title)),
        notices=(Notice(words, "seal"),),
        actions=(Action("记下了，返回", url, look="primary"),),
    )
    reply = draw("tables.html", page)
    reply.headers["Cache-Control"] = "no-store"
    return reply


# ---- the transaction -------------------------------------------------------------------------------------------


def _perform(now: Try, *, rehearsal: bool = False) -> str:
    """Slow work first, then the one short transaction; returns where to go. A rehearsal always ends in Invalid."""
    view, deed, form = now.view, now.deed, now.form
    key = token_key(request.form.get("token", ""), view.noun, now.row_id, deed.verb)
    version = request.values.get("version", "")
    sent = _gathered(form, cosign.Paper(view.noun, now.row_id, version))
    details = {**(form.values if form else {})}
    if deed.lines:
        details[deed.lines.name] = [one.values for one in now.lines or ()]
    details |= deed.before(details)
    reason = str(details.get("reason") or "")[:255] or None
    sent.rehearsal = rehearsal
    return write(lambda s: _written(s, now, version, key, details, sent), reason=reason)


def _told_at_once(now: Try) -> str:
    """Fields are wrong: what the rules would say besides is put at the others; returns what is wrong with the lines."""
    form, deed = now.form, now.deed
    if form is None or deed.ask is None or not deed.ask.at_once:
        return ""
    try:
        _perform(now, rehearsal=True)
    except RuleError as no:
        wrong = wrong_of(no)
        for name in wrong.keys() & form._fields.keys():
            if not form[name].errors:
                form.blame(name, wrong[name])
        typed_wrong = any(one.errors for line in now.lines or () for one in line)
        return wrong.get(deed.lines.name, "") if deed.lines and not typed_wrong else ""
    return ""


def _written(session: Session, now: Try, version: str, key: str, details: Details, sent: Sent) -> str:
    """Inside the transaction; may run again from scratch, so it changes nothing but the session."""
    view, deed, by = now.view, now.deed, acting()
    home = f"/{view.noun}/{now.row_id}"
    if sent_before(session, key) is not None:
        request.environ[SAID] = f"“{deed.label}”刚才已经办过，没有再办一次"
        return home
    row: Any = find(session, by, view.record, now.row_id) or abort(404)
    if version and version != str(getattr(row, "version", version)):
        raise Stale("您打开之后别人先办了")
    _refuse_out_of_place(deed, row)
    given = dict(details)
    for name, title, file, digest in sent.files:
        kept = attach(session, by, row, file, digest, name=title, purpose=sent.purposes.get(name) or deed.label)
        given.setdefault("attachment_id", kept.id)
        given.setdefault("kept", {}).setdefault(name, kept.id)
        given.pop(name, None)
    given |= {name: signer and cosign.signed(session, signer, row) for name, signer in sent.signers.items()}
    if sent.rehearsal:
        raise Invalid(rehearse(session, row, deed.verb, by, given))
    next_row = deed.run(session, row, by, given)
    session.flush()
    mark_sent(session, key, row)
    told = next_row if next_row is not None else row  # the last of several tries speaks
    request.environ[SAID] = deed.said(told) if deed.said else f"{told} 已{deed.label}"
    if next_row is not None:
        return page_of(next_row)
    return f"/{view.noun}/" if inspect(row).deleted else home


def _gathered(form: HouseForm | None, paper: cosign.Paper) -> Sent:
    """Slow work before the transaction: files checked and kept, the glass signature too, the second person verified."""
    sent = Sent()
    for one in form or ():
        if isinstance(one, Upload):
            sent.purposes[one.short_name] = one.purpose
            sent.files.extend((one.short_name, it.name, file_of(it), it.digest) for it in one.held)
        elif isinstance(one, Handwriting) and one.data:
            picture = _drawing(one)
            sent.files.append((one.short_name, "签名.png", picture, store().keep(picture)))
        elif isinstance(one, Cosign):
            sent.signers[one.short_name] = cosign.signer_of_post(one, paper)
    return sent


def _drawing(one: Handwriting) -> Checked:
    """The signature on the glass as a picture that may be kept."""
    try:
        return checked(base64.b64decode(str(one.data).partition(",")[2], validate=True))
    except (binascii.Error, RuleError) as wrong:
        raise RuleError("签名没有收到，请重签", field=one.short_name) from wrong


# ---- refused, too late -----------------------------------------------------------------------------------------


def _refused(now: Try, no: RuleError | IntegrityError) -> ResponseReturnValue:
    """The form again with the sentence at its field; what no form can mend rises."""
    form, deed = now.form, now.deed
    if isinstance(no, IntegrityError):
        clashing = clash(no, now.view.record)
        if not clashing:
            raise no
        no = Invalid(clashing)
    if form is None or isinstance(no, NotAllowed | WrongState):
        raise no
    follow_up(no)
    wrong = dict(wrong_of(no))
    line_error = wrong.pop(deed.lines.name, "") if deed.lines else ""
    rest = [sentence for name, sentence in wrong.items() if not form.blame(name, sentence)]
    error = "；".join(rest) + (f"（{no.rule}）" if rest and no.rule else "")
    return _draw(now, error=error, line_error=line_error, status=422)


def _too_late(now: Try, stale: Stale) -> ResponseReturnValue:
    """The paper has moved on, or this page was sent before: where the deed still can be done, its form with both."""
    row, deed = now.row, now.deed
    sent = isinstance(stale, SentAnew)
    may = allows(acting(), f"{now.view.noun}.{deed.permission}", row)
    if not may or not deed.when(row) or (sent and now.form is None):
        return _draw_too_late(now, row, sent=sent)
    error = f"{stale}，{row} {_state_words(row)}。请核对后再提交。"
    if sent:
        error = f"这一页刚才已经办过“{deed.label}”，这次写的不同，没有再办。确要再办一次，请核对后提交。"
    return _draw(now, error=error, status=409, fresh=True)


def _state_words(row: Any) -> str:
    return f"现为“{row.state_label}”" if isinstance(row, Stateful) else "已改过"


def _draw_too_late(now: Try, row: Any, *, sent: bool = False) -> ResponseReturnValue:
    """The deed is no longer to be done: says so, shows what was typed beside what stands, and leads back."""
    if wants_json():
        raise _out_of_place(now.deed, row)
    look, deed, home = Looker(reading(), acting()), now.deed, page_of(row)
    rows = stale_rows("", deed.ask.stored(row), now.form, look) if deed.ask and now.form else ()
    what = f"这一页已经办过“{deed.label}”" if sent else f"{row} {_state_words(row)}，不能再{deed.label}"
    page = StalePage(
        title=deed.label,
        what=what,
        text=("后来改写的内容没有办。" if sent else "您打开之后已经办到下一步，没有再做任何改动。")
        + ("您填的留在下面供核对。" if rows else ""),
        rows=rows,
        opened=False,
        by=saved_views.last_hand(reading(), row),
        link=Link(f"打开 {row}", home),
        back=Link("回到单据", home),
        crumbs=_crumbs(now.view, row, deed),
    )
    return draw("stale.html", page, 409)


# ---- the deed's form as a page ---------------------------------------------------------------------------------


def _crumbs(view: "RegisterView", row: Any, deed: Deed) -> tuple[Crumb, ...]:
    return crumbs(view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(str(row), page_of(row)), Crumb(deed.label))


def _editors(now: Try, row: Any, look: Looker, error: str) -> tuple[LineEditor, ...]:
    wanted = now.deed.lines
    if wanted is None:
        return ()
    shown = list(now.lines) if now.lines is not None else wanted.shown(now.view.lines_of(row, wanted))
    if request.form.get("then", "").startswith("add-"):
        shown.append(wanted.form()(prefix=f"{wanted.name}-{900 + len(shown)}-"))
    now.view.complete_lines(row, wanted, shown, now.form)
    return (line_editor(wanted, shown, look, error),)


def _stored_facts(now: Try, row: Any, look: Looker) -> tuple[Fact, ...]:
    """What stands in the paper now, where something else was typed."""
    if now.deed.ask is None or now.form is None:
        return ()
    differing = stale_rows("", now.deed.ask.stored(row), now.form, look)
    return tuple(Fact(f"现在的{it.label}", Text(it.theirs)) for it in differing if it.theirs)


def _draw(
    now: Try, *, error: str = "", line_error: str = "", status: int = 200, fresh: bool = False
) -> ResponseReturnValue:
    """What the deed asks, as a page of its own; `fresh`: on the version that stands now, to be sent anew."""
    look, posted, row, view = Looker(reading(), acting()), request.form, now.row, now.view
    asked = asking(view, now.deed, row, look, now.form)
    version = str(getattr(row, "version", "") or "")
    said = [Notice(words, "wait") for words in (asked.confirm, asked.note) if words]
    page = FormPage(
        title=asked.label,
        url=asked.url.partition("?")[0],
        sections=(Section("", asked.fields),) if asked.fields else (),
        token=new_token() if fresh else posted.get("token") or new_token(),
        version=version if fresh else request.values.get("version") or version,
        crumbs=_crumbs(view, row, now.deed),
        note=view.headline(row),
        notices=tuple(said),
        error=error,
        lines=_editors(now, row, look, line_error),
        save_label=asked.submit or asked.label,
        danger=now.deed.danger,
        then=asked.then,
        cancel_url=page_of(row),
        draft_key=f"{view.noun}-{row.id}-{now.deed.verb}-{version}",
        has_files=any(one.kind == "file" for one in asked.fields),
        facts=(*asked.facts, *(_stored_facts(now, row, look) if fresh else ())),
    )
    return draw("form.html", page, status)
