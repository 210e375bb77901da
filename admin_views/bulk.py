"""One thing done to many rows: ticked ids, or with 选择全部 the query itself; each row through its own door."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from admin_views import log
from admin_views.base import clash, crumbs, list_url, new_token, see_other, token_key
from admin_views.errors import about, write_down, write_down_strange
from admin_views.exports import asked_rows
from admin_views.form_pages import drawn
from admin_views.lookups import Looker
from admin_views.page import Action, Crumb, Field, FormPage, Link, Section, StalePage, StaleRow
from admin_views.prints import print_records
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from admin_views.stale import SentAnew, mark_sent, sent_before, stale_rows
from forms.actions import action_form, asked
from forms.build import HouseForm
from models import Record, Stateful
from models.lifecycle import Move
from printouts import FORMS
from rules.advance import advance
from rules.errors import RuleError
from rules.scope import find

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

MOST_MOVED = 500
MOST_PRINTED = 200
TOLD = 5
#: Kinds of field that one answer cannot fill for many rows.
SINGLE = ("signature", "file", "cosign", "password")
#: What of a bulk form says which rows, not what is done with them.
ROWS = ("id", "every", "query")


@dataclass
class Outcome:
    """What became of the rows."""

    done: int = 0
    refused: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)  # done from the same page before, with other words

    @property
    def sentence(self) -> str:
        """已办理 8 条；2 条没有办成：…"""
        said = f"已办理 {self.done} 条"
        if self.refused:
            more = f" 等 {len(self.refused)} 条" if len(self.refused) > TOLD else ""
            said += f"；{len(self.refused)} 条没有办成：{'；'.join(self.refused[:TOLD])}{more}"
        if self.sent:
            said += f"；{len(self.sent)} 条刚才已经办过，这次写的不同，没有再办"
        return said


def actions(view: "RegisterView") -> tuple[Action, ...]:
    """The buttons of the bulk bar: prints of papers, then the declared moves this person may make."""
    made = [
        Action(f"打印{FORMS[c].title}", f"/{view.noun}/bulk/print-{c}", "post", icon="printer") for c in view.prints
    ]
    for verb in view.bulk_verbs:
        if view.may(verb):
            made.append(_action(view, _move(view, verb)))
    return tuple(made)


def _move(view: "RegisterView", verb: str) -> Move:
    assert issubclass(view.record, Stateful)
    return view.record.lifecycle.moves[verb]


def _action(view: "RegisterView", move: Move) -> Action:
    made = action_form(view.record, move)
    fields: tuple[Field, ...] = ()
    if made is not None:
        look = Looker(reading(), acting())
        fields = tuple(drawn(one, look) for one in made() if one.kind not in SINGLE)
    return Action(
        move.label,
        f"/{view.noun}/bulk/{move.verb}",
        "post",
        f"bulk-{move.verb}",
        look="danger" if move.danger else "",
        fields=fields,
    )


def run(view: "RegisterView", verb: str) -> ResponseReturnValue:
    """Do it; refused rows stay as they are and are told."""
    query = asked_rows(view)
    if not request.form.get("every") and not request.form.getlist("id"):
        raise RuleError("请先勾选要办理的记录")
    if verb.startswith("print-"):
        return _print(view, verb.removeprefix("print-"), query.ids(0, MOST_PRINTED + 1))
    if verb not in view.bulk_verbs:
        abort(404)
    return _move_all(view, _move(view, verb), query.ids(0, MOST_MOVED + 1))


def _print(view: "RegisterView", code: str, ids: Sequence[int]) -> ResponseReturnValue:
    if code not in view.prints:
        abort(404)
    if len(ids) > MOST_PRINTED:
        raise RuleError(f"一次最多打印 {MOST_PRINTED} 份，请缩小范围")
    session = reading()
    rows = [row for row in (find(session, acting(), view.record, i) for i in ids) if row is not None]
    return print_records(code, rows)


def _move_all(view: "RegisterView", move: Move, ids: Sequence[int]) -> ResponseReturnValue:
    if len(ids) > MOST_MOVED:
        raise RuleError(f"一次最多办理 {MOST_MOVED} 条，请缩小范围")
    details: dict[str, Any] = {}
    made = action_form(view.record, move)
    if made is not None:
        form = made(request.form)
        if not form.finish(Looker(reading(), acting()).find):
            return _ask(view, move, form)
        details = form.values
    token, outcome = request.form.get("token", ""), Outcome()
    for row_id in ids:
        _move_one(view, move, row_id, token_key(token, view.noun, row_id, move.verb), details, outcome)
    if outcome.sent:
        return _draw_sent(view, move, outcome)
    flash(outcome.sentence, "wait" if outcome.refused else "done")
    return see_other(list_url(view.noun))


def _move_one(
    view: "RegisterView", move: Move, row_id: int, key: str, details: dict[str, Any], outcome: Outcome
) -> None:
    """Each row is a transaction of its own: one that is refused does not cost the others."""
    by, model = acting(), view.record

    def do(session: Session) -> None:
        if sent_before(session, key, ROWS) is not None:
            return
        row: Any = find(session, by, model, row_id) or abort(404)
        given = dict(details)
        advance(session, row, move.verb, by, reason=given.pop("reason", None), **given)
        mark_sent(session, key, row, ROWS)

    try:
        write(do, reason=details.get("reason"))
        outcome.done += 1
    except SentAnew as sent:
        outcome.sent.append(sent.row_id)
    except (RuleError, IntegrityError, NotFound) as no:
        outcome.refused.append(_refusal(model, row_id, no))


def _refusal(model: type[Record], row_id: int, no: RuleError | IntegrityError | NotFound) -> str:
    """Why a row was not done, in words; what belongs among the incidents is written down with the row."""
    row: Record | None = find(reading(), acting(), model, row_id)
    about(row)
    if isinstance(no, NotFound) or row is None:
        write_down_strange()
        return f"第 {row_id} 号：没有这条记录，或不在您的范围内"
    name = f"{getattr(row, 'number', None) or row}"
    if isinstance(no, RuleError):
        write_down(no)
        return f"{name}：{no}"
    words = "；".join(clash(no, model).values())
    if not words:
        log.fault(no)
    return f"{name}：{words or '与已有的记录冲突，没有保存'}"


def _draw_sent(view: "RegisterView", move: Move, outcome: Outcome) -> ResponseReturnValue:
    """The same page sent again with other words: what was done stands, beside what was typed now."""
    look, wanted = Looker(reading(), acting()), asked(view.record, move)
    rows: list[StaleRow] = []
    for row_id in outcome.sent[:TOLD]:
        row = find(reading(), acting(), view.record, row_id)
        if row is None or wanted is None:
            continue
        differing = stale_rows("", wanted.stored(row), wanted.form(request.form), look)
        rows += [replace(it, label=f"{getattr(row, 'number', None) or row} {it.label}") for it in differing]
    page = StalePage(
        title=move.label,
        what=f"这一页已经办过“{move.label}”",
        text=f"{outcome.sentence}。要改，请打开单据核对。",
        rows=tuple(rows),
        opened=False,
        back=Link(f"回到{view.name}", list_url(view.noun)),
        crumbs=crumbs(view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(move.label)),
    )
    return draw("stale.html", page, 409)


def _ask(view: "RegisterView", move: Move, form: HouseForm) -> ResponseReturnValue:
    """Without scripts, or with something missing: the same fields as a page, the ticked rows carried along."""
    look = Looker(reading(), acting())
    carried = [("id", one) for one in request.form.getlist("id")]
    carried += [(name, request.form[name]) for name in ("every", "query") if request.form.get(name)]
    page = FormPage(
        title=f"{move.label}（{len(carried)} 条）" if not request.form.get("every") else move.label,
        url=f"/{view.noun}/bulk/{move.verb}",
        sections=(Section(move.label, tuple(drawn(one, look) for one in form)),),
        token=request.form.get("token") or new_token(),
        crumbs=crumbs(view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(move.label)),
        hidden=tuple(carried),
        save_label=move.label,
        danger=move.danger,
        cancel_url=f"/{view.noun}/",
    )
    return draw("form.html", page, 422 if any(one.errors for one in form) else 200)
