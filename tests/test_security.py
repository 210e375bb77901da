"""What holds for every answer: headers, refusals, errors, logs."""

import io
import json
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from admin_views import security
from admin_views.request import write as write_in_request
from models import Incident, OrgUnit, Staff, TrailEntry
from rules.errors import Invalid, NotAllowed, RuleError, Stale, WrongState
from rules.write import Writer
from tests.conftest import Hands, make_app
from tests.door import World, csrf, enter, people, post

JSON = {"X-Requested-With": "fetch"}
NEEDED = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "X-Request-Id")


@pytest.fixture
def world(write: Writer) -> World:
    return people(write)


@pytest.fixture
def desk(client: FlaskClient, world: World) -> FlaskClient:
    return enter(client, "desk")


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Exception]:
    """A house in which changing the PIN raises what the test puts into `error`."""
    raised: dict[str, Exception] = {}

    def fail() -> NoReturn:
        raise raised["error"]

    monkeypatch.setitem(app.view_functions, "account.change_pin", fail)
    monkeypatch.setitem(app.view_functions, "account.log_ins_page", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return raised


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


# --- headers and cookies -----------------------------------------------------------------------------------------


def test_every_kind_of_answer_carries_the_headers(desk: FlaskClient, broken: dict[str, Exception]) -> None:
    broken["error"] = ValueError("x")
    answers = [
        desk.get("/pin"),
        desk.get("/nowhere"),
        desk.get("/login"),
        desk.get("/static/app.css", buffered=True),
        desk.get("/log-ins"),
        desk.post("/pin"),
        desk.get("/pin", headers={"Host": "evil.example"}),
    ]
    assert [a.status_code for a in answers] == [200, 404, 302, 200, 500, 400, 400]
    for answer in answers:
        assert all(answer.headers.get(name) for name in NEEDED), answer.request.path
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_pages_are_kept_nowhere_and_versioned_files_for_a_year(app: Flask, desk: FlaskClient) -> None:
    assert desk.get("/pin").headers["Cache-Control"] == "no-store"
    assert desk.get("/nowhere").headers["Cache-Control"] == "no-store"
    assert desk.get("/static/app.css", buffered=True).headers["Cache-Control"] == "no-cache"
    with app.test_request_context():
        named = app.url_for("static", filename="app.css")
    assert "?v=" in named
    assert "max-age=31536000" in desk.get(named, buffered=True).headers["Cache-Control"]
    assert desk.get("/static/nothing.css?v=1", buffered=True).headers["Cache-Control"] == "no-store"


def test_no_page_has_inline_script_style_or_a_foreign_address(desk: FlaskClient) -> None:
    for path in ("/pin", "/password", "/log-ins", "/nowhere"):
        page = desk.get(path).text
        for bad in ("<style", " style=", " onclick=", " onload=", "javascript:", "https://"):
            assert bad not in page, f"{path}: {bad}"
        assert page.count("<script") == page.count("<script src=")


def test_the_cookie_is_closed_to_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain=" not in cookie


@pytest.mark.engines("sqlite")
def test_over_https_the_cookie_belongs_to_this_host_alone(database_url: str, tmp_path: object) -> None:
    app = make_app(database_url, tmp_path, SESSION_COOKIE_SECURE=True)
    reply = app.test_client().get("/login", base_url="https://localhost")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "max-age" in reply.headers["Strict-Transport-Security"]
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.mark.parametrize(
    ("host", "named", "answer"),
    [
        ("localhost", "", True),
        ("127.0.0.1:8000", "", True),
        ("[::1]:8000", "", True),
        ("192.168.1.20:8000", "", True),
        ("evil.example", "", False),
        ("localhost.evil.example", "", False),
        ("127.0.0.1.evil.example", "", False),
        ("wuye.example", "wuye.example", True),
        ("192.168.1.20", "wuye.example", False),
        ("evil.example", "wuye.example", False),
        ("sub.wuye.example", "wuye.example", False),
    ],
)
@pytest.mark.engines("sqlite")
def test_only_our_own_names_are_answered(client: FlaskClient, app: Flask, host: str, named: str, answer: bool) -> None:
    app.config["HOSTS"] = (named,) if named else ()
    assert (client.get("/login", headers={"Host": host}).status_code == 200) is answer


@pytest.mark.engines("sqlite")
def test_the_base_url_names_the_host(client: FlaskClient, app: Flask) -> None:
    app.config["BASE_URL"] = "https://wuye.example"
    assert client.get("/login", headers={"Host": "wuye.example"}).status_code == 200
    assert client.get("/login", headers={"Host": "192.168.1.20"}).status_code == 400


# --- forged requests ---------------------------------------------------------------------------------------------


def test_no_post_is_taken_without_the_secret_of_our_page(app: Flask, desk: FlaskClient, session: Session) -> None:
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        assert path is not None
        for data in ({}, {"csrf_token": "made-up"}, {"csrf_token": csrf(app.test_client())}):
            reply = desk.post(path[1], data=data)
            assert reply.status_code == 400, rule.rule
            assert "页面已过期" in reply.text
            tried += 1
    assert tried > 10
    assert session.scalars(select(Incident)).all() == []


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_refused_button_shows_the_page_of_refusal_and_is_written_down(
    desk: FlaskClient, broken: dict[str, Exception], session: Session, world: World
) -> None:
    broken["error"] = NotAllowed("您没有权限作废，须由客服主管办理", rule="WO-12")
    reply = desk.post("/pin", data={"csrf_token": csrf(desk, "/password")})
    assert reply.status_code == 403
    assert "须由客服主管办理" in reply.text
    assert reply.headers["X-Request-Id"] in reply.text
    told = session.scalars(select(Incident)).one()
    assert (told.kind, told.staff_id, told.org_id, told.rule) == (
        "refused",
        world.staff["desk"],
        world.orgs["yj"],
        "WO-12",
    )
    line = session.scalars(select(TrailEntry).where(TrailEntry.noun == "incident")).one()
    assert (line.actor_id, line.request_id) == (world.staff["desk"], reply.headers["X-Request-Id"])


def test_what_a_refused_post_had_begun_is_undone(
    app: Flask, desk: FlaskClient, session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_way() -> NoReturn:
        def fn(session: Session) -> NoReturn:
            session.get_one(OrgUnit, world.orgs["yj"]).name = "改了一半"
            session.flush()
            raise NotAllowed("不行")

        write_in_request(fn)
        raise AssertionError("unreachable")

    monkeypatch.setitem(app.view_functions, "account.change_pin", half_way)
    assert desk.post("/pin", data={"csrf_token": csrf(desk, "/password")}).status_code == 403
    assert session.get_one(OrgUnit, world.orgs["yj"]).name == "云锦里"
    assert len(session.scalars(select(Incident)).all()) == 1


def test_a_refused_look_goes_to_the_log_only(
    desk: FlaskClient, broken: dict[str, Exception], session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    broken["error"] = NotAllowed("您没有权限查看")
    assert desk.get("/log-ins").status_code == 403
    assert session.scalars(select(Incident)).all() == []
    assert any(line["event"] == "refused" for line in log_lines(capsys))


def test_a_post_to_somebody_elses_record_is_written_down(desk: FlaskClient, session: Session) -> None:
    assert desk.post("/attachments/building/77", data={"csrf_token": csrf(desk, "/pin")}).status_code == 404
    told = session.scalars(select(Incident)).one()
    assert "不在本人范围内" in told.body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuleError("库存不足：现存 3，需要 5", field="qty"), 422),
        (WrongState("工单 已完成，不能再到场"), 409),
        (Stale("宋佳宁 14:19 已保存"), 409),
        (NotAllowed("须由客服主管办理"), 403),
        (Invalid({"qty": "请填写数量", "unit_id": "请选择房屋"}), 422),
    ],
)
@pytest.mark.engines("sqlite")
def test_our_scripts_get_the_sentence_as_json(
    desk: FlaskClient, broken: dict[str, Exception], error: RuleError, status: int
) -> None:
    broken["error"] = error
    reply = desk.post("/pin", data={"csrf_token": csrf(desk, "/password")}, headers=JSON)
    assert (reply.status_code, reply.json["error"], reply.json["field"]) == (status, str(error), error.field)
    if isinstance(error, Invalid):
        assert reply.json["errors"] == error.errors


@pytest.mark.engines("sqlite")
def test_a_sentence_no_form_took_is_said_on_the_page_before(desk: FlaskClient, broken: dict[str, Exception]) -> None:
    broken["error"] = WrongState("工单 已完成，不能再到场")
    data = {"csrf_token": csrf(desk, "/password")}
    reply = desk.post("/pin", data=data, headers={"Referer": "http://localhost/password?x=1"})
    assert (reply.status_code, reply.location) == (303, "/password?x=1")
    with desk.session_transaction() as kept:
        assert kept["_flashes"] == [("late", "工单 已完成，不能再到场")]
    foreign = desk.post("/pin", data=data, headers={"Referer": "http://localhost.evil.example/password"})
    assert (foreign.status_code, "不能再到场" in foreign.text) == (409, True)


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/nowhere", "GET", 404, "没有这一页"),
        ("/log-ins/999999999999999999999999/end", "POST", 404, "没有这一页"),
        ("/log-ins/abc/end", "POST", 404, "没有这一页"),
        ("/logout", "GET", 405, "不能这样打开"),
        ("/project", "GET", 405, "不能这样打开"),
    ],
)
@pytest.mark.engines("sqlite")
def test_http_errors_are_chinese_pages_and_json(
    desk: FlaskClient, path: str, method: str, status: int, said: str
) -> None:
    data = {"csrf_token": csrf(desk, "/pin")} if method == "POST" else None
    page = desk.open(path, method=method, data=data)
    assert (page.status_code, said in page.text) == (status, True)
    answer = desk.open(path, method=method, data=data, headers=JSON)
    assert (answer.status_code, bool(answer.json["error"])) == (status, True)


@pytest.mark.engines("sqlite")
def test_more_than_the_house_takes_is_refused_in_chinese(app: Flask, desk: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    reply = desk.post("/pin", data={"current": "x" * 5000})
    assert (reply.status_code, "文件太大" in reply.text) == (413, True)


@pytest.mark.engines("sqlite")
def test_a_log_in_that_ran_out_loses_nothing_typed(desk: FlaskClient, at: Hands) -> None:
    token = csrf(desk, "/pin")
    at.forward(hours=3)
    reply = desk.post("/pin", data={"csrf_token": token, "pin": "480215"})
    assert (reply.status_code, "填写的内容还在" in reply.text) == (401, True)
    assert desk.get("/pin", headers=JSON).status_code == 401


# --- what nobody expected ----------------------------------------------------------------------------------------


def test_an_unknown_exception_shows_a_number_and_keeps_its_stack_in_the_log(
    desk: FlaskClient, broken: dict[str, Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    broken["error"] = OperationalError("SELECT phone FROM staff", {"phone": "13800002217"}, Exception("near phone"))
    reply = desk.get("/log-ins")
    number = reply.headers["X-Request-Id"]
    assert reply.status_code == 500
    assert number in reply.text
    assert "系统出错了" in reply.text
    for inner in ("SELECT", "Traceback", "OperationalError", "13800002217", ".py"):
        assert inner not in reply.text
    (fault,) = [line for line in log_lines(capsys) if line["event"] == "fault"]
    assert fault["request"] == number
    assert "in fail" in json.dumps(fault)
    assert desk.get("/log-ins", headers=JSON).json.keys() == {"error", "number"}


def test_a_fault_of_the_database_tells_no_values(
    app: Flask, desk: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def twice() -> NoReturn:
        def fn(session: Session) -> None:
            first = session.get_one(Staff, world.staff["desk"])
            session.execute(
                text("INSERT INTO staff (name, initials, org_id, login, phone, must_change, active, demo) "
                     "VALUES ('张三', '', :org, :login, '13800002217', true, true, false)"),
                {"org": first.org_id, "login": first.login},
            )  # fmt: skip

        write_in_request(fn)
        raise AssertionError("the log-in name is unique")

    monkeypatch.setitem(app.view_functions, "account.log_ins_page", twice)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert desk.get("/log-ins").status_code == 500
    said = json.dumps(log_lines(capsys), ensure_ascii=False)
    assert "IntegrityError" in said
    assert "13800002217" not in said
    assert "'desk'" not in said
    assert "=(desk)" not in said


def test_the_access_line_holds_no_personal_data(desk: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    desk.get("/nowhere?q=13800002217&name=徐明远")
    desk.get("/pin?q=徐明远")
    desk.get("/static/app.css", buffered=True)
    said = log_lines(capsys)
    assert [(line["route"], line["status"]) for line in said] == [(None, 404), ("/pin", 200)]
    assert all(line["request"] and line["staff"] for line in said)
    assert not any(word in json.dumps(said, ensure_ascii=False) for word in ("13800002217", "徐明远", "员工desk"))


@pytest.mark.engines("sqlite")
def test_hostile_input_at_the_door_never_breaks_it(client: FlaskClient, world: World) -> None:
    token = csrf(client)
    for nasty in (
        "\x00",
        "a\x00b",
        "\u202edesk",
        "𠮷" * 50,
        "x" * 100_000,
        "' OR 1=1 --",
        "{{7*7}}",
        "<script>",
        "\ud800",
    ):
        for name in ("who", "password", "next"):
            data = {"csrf_token": token, "who": "x", "password": "x", "next": "/"}
            data[name] = nasty.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            reply = client.post("/login", data=data)
            assert reply.status_code in (422, 429), (nasty[:10], name)
            assert "<script>" not in reply.text.replace("<script src=", "")


@pytest.mark.engines("sqlite")
def test_broken_multipart_and_strange_bodies_are_refused(client: FlaskClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain"):
        reply = client.post("/login", data=io.BytesIO(b"--x\r\nrubbish"), content_type=kind)
        assert reply.status_code == 400


def test_the_policy_names_no_other_host() -> None:
    assert set(" ".join(security.DIRECTIVES.values()).split()) <= {"'self'", "'none'", "data:", "blob:"}


@pytest.mark.engines("sqlite")
def test_a_post_of_a_page_leaves_one_log_in_line(desk: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    post(desk, "/logout")
    assert [line["route"] for line in log_lines(capsys)] == ["/pin", "/logout"]
