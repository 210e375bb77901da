"""The door (登录): who is behind a request, the way in and out, the project in front of the person."""

import secrets as random

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from admin_views import log
from admin_views.errors import page_before, safe_path, wants_json
from admin_views.page import LoginPage
from admin_views.request import acting, person, reading, write, writer
from admin_views.security import STATIC
from models import POSTS, Appointment, Staff, clock
from rules import login as door
from rules.doors import TooOften
from rules.errors import NotAllowed, RuleError

ORDER = 20
OPEN = STATIC | {"door.log_in", "door.log_in_page"}
"""Endpoints that strangers may reach; `open_to_strangers` adds a view to them."""
UNCHANGED = OPEN | {"door.log_out", "account.password_page", "account.change_password"}
"""What a person with a first password may reach before changing it."""

doors = Blueprint("door", __name__)


class Visitor(UserMixin):
    """What Flask-Login carries: the log-in behind the cookie, not the member of staff."""

    def __init__(self, token: str, log_in: door.LogIn | None = None) -> None:
        self.id = token
        self.log_in = log_in


def register(app: Flask, admin: Admin) -> None:
    """Routes, the reader of the cookie, and the gate before every request."""
    del admin
    manager = LoginManager(app)
    manager.session_protection = None  # the cookie's token is the protection; addresses change under way
    manager.user_loader(_load)
    app.register_blueprint(doors)
    app.before_request(_gate)


def open_to_strangers(endpoint: str) -> None:
    """Let people reach the endpoint without a log-in (a health check, say)."""
    OPEN.add(endpoint)
    UNCHANGED.add(endpoint)


def _load(token: str) -> Visitor | None:
    log_in = door.living(reading(), token)
    return Visitor(token, log_in) if log_in else None


def _gate() -> ResponseReturnValue | None:
    """Set the person acting; strangers get no further than the door, a first password no further than its change."""
    if request.endpoint in STATIC:
        return None
    log_in: door.LogIn | None = current_user.log_in if current_user.is_authenticated else None
    if log_in is not None:
        g.login_id, g.person = log_in.id, log_in.person
        _touch(log_in)
    if request.routing_exception is not None:
        return None  # 404 and 405 are the same for everybody
    if log_in is None:
        return None if request.endpoint in OPEN else _ask_to_log_in()
    if log_in.must_change and request.endpoint not in UNCHANGED:
        return _ask_to_change()
    return None


def _touch(log_in: door.LogIn) -> None:
    """The one write a GET may make; a database that cannot be written to still serves reading."""
    if clock.now() - log_in.seen_at < door.SEEN_EVERY:
        return
    try:
        write(lambda s: door.saw(s, log_in.id))
    except DBAPIError as error:
        log.fault(error)


def _ask_to_log_in() -> ResponseReturnValue:
    if request.method not in ("GET", "HEAD") or wants_json():
        abort(401)
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("door.log_in_page", next=wanted if wanted != "/" else None))


def _ask_to_change() -> ResponseReturnValue:
    if request.method not in ("GET", "HEAD") or wants_json():
        raise NotAllowed("请先修改初始密码，再办理业务")
    return redirect(url_for("account.password_page"))


def next_page(target: str) -> str:
    """Where to go after the door: the page asked for when it is one of ours, else the desk."""
    return target if safe_path(target) and not target.startswith(("/login", "/logout")) else "/"


@doors.get("/login", endpoint="log_in_page")
def log_in_page() -> ResponseReturnValue:
    """The way in."""
    wanted = next_page(request.args.get("next", ""))
    return redirect(wanted) if person() else _draw("", "", wanted)


@doors.post("/login", endpoint="log_in")
def log_in() -> ResponseReturnValue:
    """Name and password; a good one gets a new session with a new token."""
    who, password = request.form.get("who", ""), request.form.get("password", "")
    wanted = next_page(request.form.get("next", ""))
    try:
        token = door.log_in(writer(), who, password, address=address(), agent=request.user_agent.string)
    except TooOften as no:
        return _draw(who, str(no), wanted), 429, {"Retry-After": str(no.seconds)}
    except RuleError as no:
        return _draw(who, str(no), wanted), 422
    enter(token)
    return redirect(wanted, 303)


def enter(token: str) -> None:
    """Start the browser's session afresh around a new log-in: nothing of the session before survives."""
    session.clear()
    session["_salt"] = random.token_hex(8)
    login_user(Visitor(token))


@doors.post("/logout", endpoint="log_out")
def log_out() -> ResponseReturnValue:
    """End this log-in, for every copy of its cookie."""
    who = person()
    if who is not None:
        write(lambda s: door.end_login(s, who, g.login_id))
    session.clear()
    flash("已退出", "done")
    return redirect(url_for("door.log_in_page"), 303)


@doors.post("/project", endpoint="choose_project")
def choose_project() -> ResponseReturnValue:
    """Work in another project from now on; empty = all of one's own."""
    who, wanted = acting(), request.form.get("org", "")
    if wanted and not (wanted.isdecimal() and len(wanted) < 19):
        abort(400)
    write(lambda s: door.choose_project(s, who, g.login_id, int(wanted) if wanted else None))
    return redirect(page_before() or "/", 303)


def address() -> str:
    """Where the request came from, as far as the proxies in front are trusted."""
    return request.remote_addr or ""


def _draw(who: str, error: str, wanted: str) -> str:
    page = LoginPage(
        url_for("door.log_in"), who=who[:64], error=error, next=wanted if wanted != "/" else "", demo=_demo()
    )
    return render_template("login.html", page=page)


def _demo() -> tuple[tuple[str, str, str], ...]:
    """The accounts of the demo company with their one password, for who sits at this very machine."""
    config = current_app.config
    word = config.get("DEMO_PASSWORD")
    if config["PROXIES"] or config["BASE_URL"]:
        return ()  # then others come in by this address too, and a proxy on this machine looks like the machine
    if not word or address() not in ("127.0.0.1", "::1"):
        return ()
    found = reading().execute(
        select(Staff.login, Staff.name, Appointment.post)
        .join(Appointment, Appointment.staff_id == Staff.id)
        .where(Staff.demo, Staff.active, Staff.login.is_not(None))
        .order_by(Staff.id, Appointment.id)
        .limit(40)
    )
    return tuple((login, word, f"{POSTS[post].label} {name}") for login, name, post in found)
