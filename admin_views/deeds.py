"""Deeds: what a person does to one row by pressing a button; the moves of a lifecycle are deeds, there are others."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict

from admin_views import cosign
from admin_views.attachments import keep, store
from admin_views.base import clash, crumbs, done_before, found, mark_done, new_token, see_other, token_key
from admin_views.form_pages import drawn, line_editor
from admin_views.lookups import Looker, page_of
from admin_views.page import Action, Crumb, Field, FormPage, Notice, Section
from admin_views.page.tables import TablesPage
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from forms.actions import Ask, asked
from forms.build import HouseForm, Lines
from forms.evidence import Cosign, Handwriting, Upload
from models import Record, Stateful
from models.lifecycle import Move
from rules.advance import advance
from rules.attachments import Checked, attach, checked
from rules.errors import Invalid, NotAllowed, RuleError, Stale, WrongState
from rules.permissions import allows, require, who_may
from rules.scope import find
from rules.show import sees_phone

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

SAID = "shoujie.said"
Details = dict[str, Any]
Run = Callable[[Session, Any, Any, Details], Record | None]


@dataclass(frozen=True)
class Deed:
    """One button: `run(session, row, by, details)` inside the write transaction; what it returns is opened next.

    `may` is the verb of the permission table, `when` whether it makes sense for the row, `before` what is worked on
    outside the transaction (a password hashed) and added to the details.
    """

    verb: str
    label: str
    run: Run
    ask: Ask | None = None
    may: str = ""
    when: Callable[[Any], bool] = lambda _row: True
    before: Callable[[Details], Mapping[str, Any]] = lambda _details: {}
    danger: bool = False
    confirm: str = ""
    rule: str = ""
    icon: str = ""
    primary: bool = False
    quiet: bool = False  # never the loud button
    said: Callable[[Any], str] | None = None
    once: bool = False  # what is said is a secret: on a page of its own

    @property
    def lines(self) -> Lines | None:
        """The table of its form, where it has one."""
        return self.ask.lines if self.ask else None

    @property
    def permission(self) -> str:
        """The second part of its line in the permission table."""
        return self.may or self.verb


def deed_of(model: type[Stateful], step: Move) -> Deed:
    """A move of the lifecycle as a deed."""

    def run(session: Session, row: Any, by: Any, details: Details) -> None:
        given = dict(details)
        advance(session, row, step.verb, by, reason=given.pop("reason", None), **given)

    wanted = asked(model, step)
    confirm = f"{step.label}后不能撤回。" if step.danger and wanted is None else ""
    return Deed(step.verb, step.label, run, wanted, danger=step.danger, confirm=confirm, rule=step.rule)


def _hidden(row: Any) -> bool:
    """Whether the personal values of the row are closed to the person acting, in its deeds' forms too."""
    return not sees_phone(acting(), row)


# ---- buttons ---------------------------------------------------------------------------------------------------


def action(view: "RegisterView", deed: Deed, row: Any, look: Looker, *, on_page: bool) -> Action:
    """The deed as something to press: on its row's page it asks in a dialog, in a list it leads to its form."""
    url = f"/{view.noun}/{row.id}/{deed.verb}"
    version = getattr(row, "version", None)
    posted = f"{url}?version={version}" if version else url
    asks = deed.ask is not None or bool(deed.confirm)
    if asks and (not on_page or deed.lines):
        return Action(deed.label, url, name=deed.verb, icon=deed.icon)
    fields: tuple[Field, ...] = ()
    if deed.ask is not None:
        fields = tuple(drawn(one, look, row) for one in deed.ask.opened(row, hidden=_hidden(row)))
    return Action(
        deed.label,
        posted,
        "post",
        deed.verb,
        deed.icon,
        "danger" if deed.danger else "",
        fields=fields,
        confirm=deed.confirm,
    )


def buttons(view: "RegisterView", deeds: Sequence[Deed], row: Any, look: Looker) -> tuple[list[Action], list[Action]]:
    """The allowed ones as buttons, the first as primary at the end; the refused ones with who may."""
    person = acting()
    allowed = [d for d in deeds if allows(person, f"{view.noun}.{d.permission}", row)]
    refused = [d for d in deeds if d not in allowed]
    made = [action(view, deed, row, look, on_page=True) for deed in allowed]
    first = next((n for n, d in enumerate(allowed) if d.primary), None)
    first = (
        first if first is not None else next((n for n, d in enumerate(allowed) if not d.danger and not d.quiet), None)
    )
    if first is not None:
        primary = made.pop(first)
        made.insert(0, replace(primary, look="primary"))
    why = [
        Action(d.label, reason=f"须由{who_may(f'{view.noun}.{d.permission}')}办理", rule=d.rule, name=d.verb)
        for d in refused
    ]
    return made, why


# ---- doing -----------------------------------------------------------------------------------------------------


@dataclass
class Sent:
    """What came with the post besides texts: files already kept, the second signer already checked."""

    files: list[tuple[str, str, Checked, str]] = field(default_factory=list)
    signers: dict[str, cosign.Signer | None] = field(default_factory=dict)


def answer(view: "RegisterView", row_id: int, verb: str) -> ResponseReturnValue:
    """GET: the deed's form as a page. POST: do it, once, on the version that was seen."""
    row = found(view.record, row_id)
    deed = view.deed(row, verb) or abort(404)
    require(acting(), f"{view.noun}.{deed.permission}", row, deed.label)
    if request.method == "GET":
        _refuse_out_of_place(deed, row)
        return _draw(view, deed, row, deed.ask.opened(row, hidden=_hidden(row)) if deed.ask else None)
    return _do(view, deed, row)


def _refuse_out_of_place(deed: Deed, row: Any) -> None:
    """A deed that makes no sense for the row now is refused as its button is left out."""
    if not deed.when(row):
        state = f"现为“{row.state_label}”，" if isinstance(row, Stateful) else ""
        raise WrongState(f"{row} {state}不能{deed.label}", rule=deed.rule)


def _do(view: "RegisterView", deed: Deed, row: Record) -> ResponseReturnValue:
    look, row_id = Looker(reading(), acting()), row.id
    sent: Any = CombinedMultiDict([request.files, request.form])
    form = deed.ask.posted(sent, row, hidden=_hidden(row)) if deed.ask else None
    lines = deed.lines.read(request.form) if deed.lines else []
    if request.form.get("then", "").startswith("add-"):
        return _draw(view, deed, row, form, lines)
    if not all([form is None or form.finish(look.find), *(one.finish(look.find) for one in lines)]):
        return _draw(view, deed, row, form, lines, status=422)
    try:
        url = _perform(view, deed, row_id, form, lines)
    except Stale as stale:
        return _draw(view, deed, found(view.record, row_id), form, lines, error=str(stale), status=409, fresh=True)
    except (RuleError, IntegrityError) as no:
        return _refused(view, deed, row_id, form, lines, no)
    if deed.once:
        return tell_once(view, deed.label, request.environ.pop(SAID, ""), url)
    say_done()
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


def _perform(view: "RegisterView", deed: Deed, row_id: int, form: HouseForm | None, lines: Sequence[HouseForm]) -> str:
    """Slow work first, then the one short transaction; returns where to go."""
    key = token_key(request.form.get("token", ""), view.noun, row_id, deed.verb)
    version = request.values.get("version", "")
    sent = _gathered(form, cosign.Paper(view.noun, row_id, version))
    details = {**(form.values if form else {})}
    if deed.lines:
        details[deed.lines.name] = [one.values for one in lines]
    details |= deed.before(details)
    reason = str(details.get("reason") or "")[:255] or None
    return write(lambda s: _written(s, view, deed, row_id, version, key, details, sent), reason=reason)


def _written(
    session: Session,
    view: "RegisterView",
    deed: Deed,
    row_id: int,
    version: str,
    key: str,
    details: Details,
    sent: Sent,
) -> str:
    """Inside the transaction; may run again from scratch, so it changes nothing but the session."""
    by, home = acting(), f"/{view.noun}/{row_id}"
    if done_before(session, key) is not None:
        request.environ[SAID] = f"“{deed.label}”刚才已经办过，没有再办一次"
        return home
    row: Any = find(session, by, view.record, row_id) or abort(404)
    if version and version != str(getattr(row, "version", version)):
        state = f"现为“{row.state_label}”" if isinstance(row, Stateful) else ""
        raise Stale(f"您打开之后别人先办了，{row} {state}。请核对下面的内容再提交。")
    _refuse_out_of_place(deed, row)
    given = dict(details)
    for name, title, file, digest in sent.files:
        kept = attach(session, by, row, file, digest, name=title, purpose=deed.label)
        given.setdefault("attachment_id", kept.id)
        given.pop(name, None)
    given |= {name: signer and cosign.signed(session, signer, row) for name, signer in sent.signers.items()}
    next_row = deed.run(session, row, by, given)
    session.flush()
    mark_done(session, key, row)
    flash_later(deed, next_row if next_row is not None else row)
    if next_row is not None:
        return page_of(next_row)
    return f"/{view.noun}/" if inspect(row).deleted else home


def flash_later(deed: Deed, row: Any) -> None:
    """What was done, told on the next page (the last of several tries speaks)."""
    words = deed.said(row) if deed.said else f"{row} 已{deed.label}"
    request.environ[SAID] = words


def _gathered(form: HouseForm | None, paper: cosign.Paper) -> Sent:
    """Slow work before the transaction: files checked and kept, the glass signature too, the second person verified."""
    sent = Sent()
    for one in form or ():
        if isinstance(one, Upload) and one.data:
            for file in one.data if one.several else [one.data]:
                sent.files.append((one.short_name, file.filename or "", *keep(file)))
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


def _refused(
    view: "RegisterView",
    deed: Deed,
    row_id: int,
    form: HouseForm | None,
    lines: Sequence[HouseForm],
    no: RuleError | IntegrityError,
) -> ResponseReturnValue:
    """The form again with the sentence at its field; what no form can mend rises."""
    if isinstance(no, IntegrityError):
        clashing = clash(no, view.record)
        if not clashing:
            raise no
        no = Invalid(clashing)
    if form is None or isinstance(no, NotAllowed | WrongState):
        raise no
    wrong = no.errors if isinstance(no, Invalid) else {no.field or "": str(no)}
    line_error = wrong.pop(deed.lines.name, "") if deed.lines else ""
    rest = [sentence for name, sentence in wrong.items() if not form.blame(name, sentence)]
    error = "；".join(rest) + (f"（{no.rule}）" if rest and no.rule else "")
    row = found(view.record, row_id)
    return _draw(view, deed, row, form, lines, error=error, line_error=line_error, status=422)


def _draw(
    view: "RegisterView",
    deed: Deed,
    row: Any,
    form: HouseForm | None,
    lines: Sequence[HouseForm] | None = None,
    *,
    error: str = "",
    line_error: str = "",
    status: int = 200,
    fresh: bool = False,
) -> ResponseReturnValue:
    """The deed's form as a page."""
    look = Looker(reading(), acting())
    ask, posted = deed.ask, request.form
    editors: tuple[Any, ...] = ()
    if ask is not None and ask.lines is not None:
        shown = list(lines) if lines is not None else ask.lines.shown(getattr(row, ask.lines.name, ()))
        if posted.get("then", "").startswith("add-"):
            shown.append(ask.lines.form()(prefix=f"{ask.lines.name}-{900 + len(shown)}-"))
        editors = (line_editor(ask.lines, shown, look, line_error),)
    version = str(getattr(row, "version", "") or "")
    page = FormPage(
        title=deed.label,
        url=f"/{view.noun}/{row.id}/{deed.verb}",
        sections=(Section("", tuple(drawn(one, look, row) for one in form)),) if form is not None else (),
        token=new_token() if fresh else posted.get("token") or new_token(),
        version=version if fresh else request.values.get("version") or version,
        crumbs=crumbs(
            view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(str(row), page_of(row)), Crumb(deed.label)
        ),
        note=view.headline(row),
        notices=(Notice(deed.confirm or ask.note if ask else deed.confirm, "wait"),)
        if deed.confirm or (ask and ask.note)
        else (),
        error=error,
        lines=editors,
        save_label=deed.label,
        danger=deed.danger,
        cancel_url=page_of(row),
        draft_key=f"{view.noun}-{row.id}-{deed.verb}-{version}",
        has_files=form is not None and any(isinstance(one, Upload) for one in form),
        facts=view.deed_facts(row),
    )
    return draw("form.html", page, status)


def say_done() -> None:
    """After the transaction: the sentence of the deed as a toast."""
    if words := request.environ.pop(SAID, ""):
        flash(words, "done")
