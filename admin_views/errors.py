"""What people see when something is refused or breaks: one sentence, the right status, a number to report."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, flash, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from admin_views import log
from admin_views.page import Action, ErrorPage
from admin_views.request import db, person, request_id, writer
from admin_views.shell import shell
from models import Record
from rules import incidents
from rules.doors import TooOften
from rules.errors import Invalid, NoSpace, NotAllowed, RuleError, Stale, WrongState
from rules.space import WORDS as NO_ROOM
from rules.space import is_full

ORDER = 10
SAFE = {"GET", "HEAD", "OPTIONS"}
STATUS: tuple[tuple[type[RuleError], int], ...] = (
    (TooOften, 429),
    (NotAllowed, 403),
    (Stale, 409),
    (WrongState, 409),
    (NoSpace, 507),
)

#: status -> (title, what is so and what to do)
WORDS: dict[int, tuple[str, str]] = {
    400: ("请求不完整", "页面发来的内容不完整或已损坏。请返回上一页刷新后再试。"),
    401: ("登录已过期", "请在新窗口登录，再回到原来的页面重新提交，填写的内容还在。"),
    403: ("没有权限", "您的岗位不能做这一步。没有做任何改动，本次操作已记录。"),
    404: ("没有这一页", "网址不对，或者这条记录不在您的范围内。"),
    405: ("不能这样打开", "这个网址只能由页面上的按钮提交，不能直接打开。"),
    409: ("已被他人修改", "您打开之后有人先保存了。请重新打开后再改。"),
    413: ("文件太大", "上传的内容超过上限。请压缩或拆分后再上传。"),
    415: ("不认识的格式", "服务器不接受这种格式的内容。"),
    422: ("没有办成", "请按提示修改后再试。"),
    429: ("太频繁", "操作太频繁，请稍后再试。"),
    500: ("系统出错了", "系统遇到了没有预料的问题，刚才的操作没有保存。请稍后再试，仍不行请把编号报给管理员。"),
    503: ("系统正忙", "现在办不了，刚才的操作没有保存。请稍后再试。"),
    507: ("磁盘空间已满", f"{NO_ROOM}。按“后退”可回到填写的内容。"),
}
CSRF_WORDS = ("页面已过期", "这一页打开太久或登录已变，提交没有被接受，也没有做任何改动。请返回上一页刷新后再试。")


@dataclass(frozen=True, slots=True)
class About:
    """Which record a request is about, for the record of its refusal."""

    noun: str
    row_id: int | None
    org_id: int | None


def register(app: Flask, admin: Admin) -> None:
    """Answer every kind of error."""
    del admin
    app.register_error_handler(RuleError, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, broken)


def wants_json() -> bool:
    """Whether our own scripts (or a program) asked, who read JSON."""
    if request.headers.get("X-Requested-With") in ("fetch", "XMLHttpRequest"):
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), default="text/html")
    return best == "application/json"


def about(row: Record | None) -> None:
    """Views name the record they work on, so that a refusal is written down with it; None forgets the one before."""
    if row is None:
        g.pop("about", None)
        return
    owner = row.id if row.__tablename__ == "org_unit" else getattr(row, "org_id", None)
    g.about = About(row.__tablename__, row.id, owner)


def refused(error: RuleError) -> ResponseReturnValue:
    """A rule said no and no form took the sentence: a page, a message on the page before, or JSON."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
    write_down(error)
    log.logger.info("refused", kind=type(error).__name__, status=status, rule=error.rule or None)
    if wants_json():
        return _json(status, str(error), error)
    title = "没有办成" if isinstance(error, WrongState) else WORDS[status][0]
    if request.method not in SAFE and status != 403 and (back := page_before()):
        flash(str(error) + (f"（{error.rule}）" if error.rule else ""), "late")
        return redirect(back, 303)
    return draw_error(status, title, str(error), number=request_id() if status == 403 else "")


def forged(error: CSRFError) -> ResponseReturnValue:
    """The page's secret is missing, old or somebody else's."""
    log.logger.warning("csrf", why=error.description)
    title, text = CSRF_WORDS
    return _json(400, text) if wants_json() else draw_error(400, title, text)


def broken(error: HTTPException) -> ResponseReturnValue:
    """Every HTTP error, the unknown exception (500) among them."""
    if error.code is None or error.code < 400 or isinstance(error.response, Response):
        return error
    if isinstance(error, InternalServerError) and is_full(error.original_exception):
        return refused(NoSpace(NO_ROOM))
    title, text = WORDS.get(error.code, WORDS[500] if error.code >= 500 else WORDS[400])
    if error.code in (400, 422) and _is_ours(error):
        text = str(error.description)
    if error.code == 404 and request.method not in SAFE:
        write_down_strange()
    number = request_id() if error.code >= 500 or error.code == 403 else ""
    if isinstance(error, InternalServerError):
        db.session.remove()
    headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
    if wants_json():
        return (*_json(error.code, text, number=number), headers)
    return (*draw_error(error.code, title, text, number=number), headers)


def _is_ours(error: HTTPException) -> bool:
    """Whether somebody of us wrote the sentence (Chinese), not the framework."""
    return any("一" <= c <= "鿿" for c in error.description or "")


def _json(status: int, text: str, error: RuleError | None = None, number: str = "") -> tuple[Any, int]:
    said: dict[str, Any] = {"error": text}
    if error is not None:
        said |= {"field": error.field, "rule": error.rule}
    if isinstance(error, Invalid):
        said["errors"] = error.errors
    if isinstance(error, TooOften):
        said["seconds"] = error.seconds
    if number:
        said["number"] = number
    return jsonify(said), status


def draw_error(status: int, title: str, text: str, *, number: str = "") -> tuple[str, int]:
    """The page; the menu stands round it unless the house itself is what broke."""
    actions = (Action("回工作台", "/", look="primary"),) if status in (404, 405) else ()
    if status == 401:
        actions = (Action("登录", "/login", look="primary"),)
    page = ErrorPage(status, title, text, number, actions)
    return render_template("error.html", page=page, shell=None if status >= 500 else shell()), status


def page_before() -> str:
    """The page of ours the browser came from, without host; empty when it came from elsewhere."""
    came = request.referrer or ""
    if not came.startswith(request.host_url):
        return ""
    path = "/" + came[len(request.host_url) :].split("#")[0]
    return path if safe_path(path) else ""


def safe_path(target: str) -> bool:
    """Whether a target leads to a page of ours and nowhere else, whatever a browser makes of it."""
    if not target.startswith("/") or len(target) > 2000 or "\\" in target:
        return False
    path = target.split("?")[0]
    return "//" not in path and all(c.isprintable() and not c.isspace() for c in target)


def write_down(no: RuleError) -> None:
    """A refusal that is for the incidents, also where a view answers it itself (name the record with `about`)."""
    if isinstance(no, NotAllowed | WrongState):
        _write_down(str(no), no.rule)
    follow_up(no)


def follow_up(no: RuleError) -> None:
    """What a refusal itself brings about (a mismatch opens an incident), in a transaction of its own, once."""
    who, aftermath = person(), no.aftermath
    if who is None or aftermath is None or request.method in SAFE:
        return
    no.aftermath = None
    try:
        writer()(lambda s: aftermath(s, who), by=who, request_id=request_id())
    except SQLAlchemyError as error:  # the refusal stands even when nothing can come of it
        log.fault(error)


def write_down_strange() -> None:
    """A post to a row that is not there, or not theirs."""
    _write_down("提交到不存在或不在本人范围内的记录", "")


def _write_down(what: str, rule: str) -> None:
    """A refused POST becomes an Incident, in a transaction of its own after the rollback; a refused GET only a line."""
    who = person()
    if who is None or who.staff_id is None or request.method in SAFE:
        return
    subject: About = g.get("about") or _guess()
    told = incidents.Refusal(what, rule, subject.noun, subject.row_id, subject.org_id)
    try:
        writer()(lambda s: incidents.refused(s, who, told), by=who, request_id=request_id())
    except SQLAlchemyError as error:  # the refusal stands even when it cannot be written down
        log.fault(error)


def _guess() -> About:
    """Views of a register are named after it and carry the id in the address or in the form."""
    noun = (request.blueprint or request.endpoint or "").split(".")[0][:64]
    args = request.view_args or {}
    found = args.get("id") or args.get("row_id") or request.args.get("id") or request.form.get("id") or ""
    return About(noun, int(found) if str(found).isdecimal() and len(str(found)) < 19 else None, None)
