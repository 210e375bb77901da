"""One's own account: password (修改密码), signing PIN (签字 PIN), one's log-ins (我的登录)."""

from flask import Blueprint, Flask, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session

from admin_views.login import address, enter
from admin_views.page import (
    Action,
    Badge,
    Column,
    Crumb,
    Field,
    FormPage,
    ListPage,
    Pager,
    PasswordPage,
    Row,
    Section,
    Text,
)
from admin_views.request import acting, reading, write, writer
from admin_views.shell import draw
from forms.login import LONGEST, PASSWORD_RULES, PIN_RULES, password_fault, pin_fault
from models import LoginSession, Staff, clock
from rules import login as door
from rules.doors import TooOften
from rules.errors import RuleError

ORDER = 30
BROWSERS = {"MicroMessenger": "微信", "Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac": "macOS",
    "Linux": "Linux",
}
account = Blueprint("account", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(account)


def _me(session: Session) -> Staff:
    return session.get_one(Staff, acting().staff_id)


# --- password ----------------------------------------------------------------------------------------------------


@account.get("/password")
def password_page() -> ResponseReturnValue:
    """The form."""
    return _draw_password({})


@account.post("/password")
def change_password() -> ResponseReturnValue:
    """The old one, a good new one twice; every other log-in of the person ends, this one gets a new token."""
    current, new, again = (request.form.get(n, "") for n in ("current", "new", "again"))
    me = _me(reading())
    staff_id = me.id
    errors = _password_errors(me, current, new, again)
    if errors:
        return _draw_password(errors), 422
    try:
        door.check_own_password(writer(), staff_id, current, address=address())
    except RuleError as no:
        return _draw_password({no.field or "current": str(no)}), 429 if isinstance(no, TooOften) else 422
    kept = door.hash_secret(new)
    enter(write(lambda s: door.change_password(s, acting(), kept, address(), request.user_agent.string)))
    flash("密码已修改，其他电脑上的登录都已退出", "done")
    return redirect("/", 303)


def _password_errors(me: Staff, current: str, new: str, again: str) -> dict[str, str]:
    errors = {}
    if not current:
        errors["current"] = "请填写现在的密码"
    if fault := password_fault(new, me.login, me.phone, me.badge_no):
        errors["new"] = fault
    elif new == current:
        errors["new"] = "新密码不能与现在的相同"
    elif new != again:
        errors["again"] = "两次填写的新密码不一样"
    return errors


def _draw_password(errors: dict[str, str]) -> str:
    forced = _me(reading()).must_change
    page = PasswordPage(
        url_for("account.change_password"),
        fields=(
            _secret("current", "现在的密码", errors, "current-password"),
            _secret("new", "新密码", errors, "new-password"),
            _secret("again", "再填一次新密码", errors, "new-password"),
        ),
        rules=PASSWORD_RULES,
        forced=forced,
        cancel_url="" if forced else "/",
    )
    return render_template("password.html", page=page)


def _secret(name: str, label: str, errors: dict[str, str], autocomplete: str) -> Field:
    return Field(
        name,
        label,
        "password",
        error=errors.get(name, ""),
        required=True,
        longest=LONGEST,
        width="whole",
        autocomplete=autocomplete,
    )


# --- PIN ---------------------------------------------------------------------------------------------------------


@account.get("/pin")
def pin_page() -> ResponseReturnValue:
    """The form."""
    return _draw_pin({})


@account.post("/pin")
def change_pin() -> ResponseReturnValue:
    """Set the PIN one signs with at somebody else's terminal; asks for the password."""
    current, pin, again = (request.form.get(n, "") for n in ("current", "pin", "again"))
    me = _me(reading())
    staff_id = me.id
    errors = {}
    if not current:
        errors["current"] = "请填写登录密码"
    if fault := pin_fault(pin, me.phone):
        errors["pin"] = fault
    elif pin != again:
        errors["again"] = "两次填写的 PIN 不一样"
    if errors:
        return _draw_pin(errors), 422
    try:
        door.check_own_password(writer(), staff_id, current, address=address())
    except RuleError as no:
        return _draw_pin({no.field or "current": str(no)}), 429 if isinstance(no, TooOften) else 422
    kept = door.hash_secret(pin)
    write(lambda s: door.change_pin(s, acting(), kept))
    flash("签字 PIN 已设好", "done")
    return redirect("/", 303)


def _draw_pin(errors: dict[str, str]) -> Response:
    fields = (
        _secret("current", "登录密码", errors, "current-password"),
        _secret("pin", "新 PIN", errors, "off"),
        _secret("again", "再填一次 PIN", errors, "off"),
    )
    page = FormPage(
        title="签字 PIN",
        url=url_for("account.change_pin"),
        sections=(Section("", fields, columns=2),),
        crumbs=(Crumb("工作台", "/"), Crumb("签字 PIN")),
        note="；".join(PIN_RULES),
        cancel_url="/",
    )
    return draw("form.html", page)


# --- log-ins -----------------------------------------------------------------------------------------------------


@account.get("/log-ins")
def log_ins_page() -> ResponseReturnValue:
    """Where one is logged in now."""
    return _draw_log_ins(door.log_ins_of(reading(), acting().staff_id or 0))


@account.post("/log-ins/<int:login_id>/end")
def end_login(login_id: int) -> ResponseReturnValue:
    """End one of them."""
    who = acting()
    if login_id >= 2**63:
        abort(404)
    write(lambda s: door.end_login(s, who, login_id))
    flash("已结束那一处登录", "done")
    return redirect(url_for("account.log_ins_page"), 303)


@account.post("/log-ins/end-others")
def end_other_log_ins() -> ResponseReturnValue:
    """End all but this one."""
    who = acting()
    ended = write(lambda s: door.end_other_log_ins(s, who, g.login_id))
    flash(f"已结束其他 {ended} 处登录" if ended else "没有其他登录", "done")
    return redirect(url_for("account.log_ins_page"), 303)


def _draw_log_ins(found: list[LoginSession]) -> Response:
    columns = (
        Column("agent", "浏览器"),
        Column("address", "来源地址", "m"),
        Column("created_at", "登录时间", "xl"),
        Column("last_seen_at", "最近使用", "xl"),
        Column("state", "", "m"),
    )
    others = Action("结束其他登录", url_for("account.end_other_log_ins"), "post", name="end_others", icon="close")
    page = ListPage(
        title="我的登录",
        columns=columns,
        rows=tuple(_log_in_row(login) for login in found),
        pager=Pager(len(found), 1, len(found), unit="处"),
        url=url_for("account.log_ins_page"),
        crumbs=(Crumb("工作台", "/"), Crumb("我的登录")),
        note="看到不认识的登录，请结束它并修改密码。",
        actions=(others,) if len(found) > 1 else (),
    )
    return draw("list.html", page)


def _log_in_row(login: LoginSession) -> Row:
    here = login.id == g.login_id
    end = Action("结束", url_for("account.end_login", login_id=login.id), "post", name=f"end_{login.id}")
    return Row(
        str(login.id),
        "",
        login.agent or "未知",
        (
            Text(_browser(login.agent)),
            Text(login.address or "—"),
            Text(clock.shown(login.created_at)),
            Text(clock.shown(login.last_seen_at)),
            Badge("本机", "done") if here else Text(""),
        ),
        () if here else (end,),
    )


def _browser(agent: str) -> str:
    """`Edge · Windows`: enough to know one's own machines apart."""
    kinds = (
        ("MicroMessenger", "微信"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac", "macOS"))
    kind = next((word for sign, word in kinds if sign in agent), "其他浏览器")
    system = next((word for sign, word in systems if sign in agent), "Linux" if "Linux" in agent else "")
    return f"{kind} · {system}" if system else kind
