"""What our views share: one permission to enter, rows found in scope, tokens that make one paper of two clicks.

Of Flask-Admin we keep blueprints, addresses, menu and the permission hook, on its plain `BaseView`: its model view
would bring create, update, delete, inline and export routes of its own that pass our write path, scope and masks by.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_views.errors import about
from admin_views.page import Crumb
from admin_views.request import acting, person, reading
from models import FormToken, Record, clock
from rules.permissions import allows, require
from rules.scope import find

R = TypeVar("R", bound=Record)
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_token() -> str:
    """What a page carries so that sending it twice is noticed."""
    return secrets.token_urlsafe(18)


def token_key(token: str, *purpose: object) -> str:
    """The posted token bound to what it is used for, so that one page's token serves each of its buttons once."""
    if not TOKEN.fullmatch(token):
        abort(400, "这一页缺少表单令牌，请返回刷新后再试。")
    return hashlib.sha256("/".join((token, *map(str, purpose))).encode()).hexdigest()


def done_before(session: Session, key: str) -> int | None:
    """The row that the first sending of this page made or moved."""
    used = session.get(FormToken, key)
    return used.row_id if used else None


def mark_done(session: Session, key: str, row: Record) -> None:
    """Remember in the same transaction that this page was sent."""
    session.add(FormToken(token=key, noun=row.__tablename__, row_id=row.id, used_at=clock.now()))


class View(BaseView):
    """A view of the house: who may not read does not enter, and errors rise to where they are answered."""

    permission: ClassVar[str] = ""
    menu_group: ClassVar[str] = ""
    place: ClassVar[int] = 50

    def is_accessible(self) -> bool:
        """Asked by the menu and before every route."""
        return allows(person(), self.permission)

    def inaccessible_callback(self, name: str, **kw: Any) -> ResponseReturnValue:
        """Strangers were sent to the log-in before; who is known is told who may."""
        del name, kw
        require(person(), self.permission, doing=f"查看{self.name}")
        return abort(403)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        """Without Flask-Admin's second try on a TypeError, which hides the first."""
        return fn(self, *args, **kw)


def found(model: type[R], row_id: int) -> R:
    """The row in scope, or 404: what is not yours is not there. A refused post is written down with it."""
    row = find(reading(), acting(), model, row_id)
    if row is None:
        abort(404)
    about(row)
    return row


def crumbs(group: str, *more: Crumb) -> tuple[Crumb, ...]:
    """Where one stands: the menu's group first."""
    return (*((Crumb(group),) if group else ()), *more)


def see_other(url: str) -> ResponseReturnValue:
    """After a post, look there."""
    return redirect(url, 303)


def list_url(noun: str) -> str:
    """The list with the question that was posted along, put together anew: what was posted is no part of a header."""
    query = urlencode(parse_qsl(request.form.get("query", "")[:2000]))
    return f"/{noun}/?{query}" if query else f"/{noun}/"


def here() -> str:
    """The address asked for, with its query."""
    return request.full_path.rstrip("?")


def clash(error: IntegrityError, model: type[Record]) -> dict[str, str]:
    """What a violated constraint means at which field; empty when it means nothing to a person."""
    said = str(error.orig)
    unique = re.search(r"UNIQUE constraint failed: (.+)", said)
    if unique:
        names = [part.strip().rpartition(".")[2] for part in unique[1].split(",")]
    else:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        names = _columns_of(model, constraint)
    labels = model.labels()
    known = [name for name in names if name in labels and not model.info(name).get("internal")]
    if not known:
        return {}
    words = "、".join(labels[name] for name in known if name != "org_id" or len(known) == 1)
    last = known[-1]
    return {last: f"同样的{words}已经登记过，请核对"}


def _columns_of(model: type[Record], constraint: str) -> list[str]:
    """The columns of a unique constraint or index by its name."""
    table: Any = model.__table__
    for one in (*table.constraints, *table.indexes):
        if one.name == constraint and hasattr(one, "columns"):
            return [column.key for column in one.columns]
    return []
