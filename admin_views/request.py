"""What a request carries: the read session, the one way to write, the person acting, the project chosen."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from flask import current_app, g, has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from models import Base
from rules.person import SYSTEM, Person
from rules.write import Writer

db = SQLAlchemy(model_class=Base)
T = TypeVar("T")


def reading() -> Session:
    """The request's session, for reading only: a flush in it is a programming error."""
    session: Session = db.session()
    if not session.info.get("guarded"):
        session.info["guarded"] = True
        session.info.update(units_below={}, owning={})  # it lives as long as the request and sees one moment
        event.listen(session, "before_flush", _refuse)
    return session


def _refuse(session: Session, _context: object, _objects: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("the request session only reads: use admin_views.request.write")


def engine() -> Engine:
    """The application's engine."""
    return db.engine


def write(fn: Callable[[Session], T], *, reason: str | None = None, by: Person | None = None) -> T:
    """End the reading transaction, run `fn(session)` in one short write transaction as the person acting.

    What was read before is stale afterwards: redirect.
    """
    return writer()(fn, by=by or person() or SYSTEM, reason=reason, request_id=request_id())


def writer() -> Writer:
    """The application's writer, with the reading transaction ended; for rules that write between slow work."""
    db.session.remove()
    found: Writer = current_app.extensions["writer"]
    return found


def person() -> Person | None:
    """Who acts in this request; None for strangers. Set by admin_views.login before every request."""
    found: Person | None = g.get("person") if has_request_context() else None
    return found


def acting() -> Person:
    """Who acts, where somebody must: routes behind the log-in."""
    found = person()
    assert found is not None, "a route behind the log-in was reached without one"
    return found


def request_id() -> str:
    """The reference number of this request: on the error page, in the log, in the trail."""
    if not has_request_context():
        return "-"
    if "request_id" not in g:
        g.request_id = secrets.token_hex(5).upper()
    found: str = g.request_id
    return found
