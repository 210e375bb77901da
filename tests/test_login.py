"""The door: who gets in, who stays in, and who is put out."""

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import LoginSession, LoginThrottle, PolicyValue, Staff, TrailEntry, clock
from rules import login as door
from rules.doors import LONGEST, TooOften, delay
from rules.login import WrongSecret, hash_secret, log_in, verify_secret
from rules.staffing import disable_staff
from rules.write import Writer
from tests.conftest import Hands
from tests.door import CHEAP, WORD, World, csrf, enter, people, post, try_door


@pytest.fixture
def world(write: Writer) -> World:
    return people(write)


def is_in(client: FlaskClient) -> bool:
    return client.get("/log-ins").status_code == 200


def actions(session: Session, chain: int = 0) -> list[str]:
    return list(session.scalars(select(TrailEntry.action).where(TrailEntry.chain_id == chain).order_by(TrailEntry.id)))


# --- in and out --------------------------------------------------------------------------------------------------


def test_the_right_password_opens_and_the_trail_tells(client: FlaskClient, world: World, session: Session) -> None:
    reply = try_door(client, " DESK ", next="/pin")
    assert (reply.status_code, reply.location) == (303, "/pin")
    assert is_in(client)
    assert "登录" in actions(session)


def test_a_stranger_reaches_nothing_but_the_door(app: Flask, client: FlaskClient, world: World) -> None:
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "admin.static", "home.favicon") or rule.endpoint.startswith("door.log_in"):
            continue
        path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        assert path is not None
        reply = (
            client.get(path[1]) if "GET" in rule.methods else client.post(path[1], data={"csrf_token": csrf(client)})
        )
        assert reply.status_code in (302, 401), f"{rule.rule}: {reply.status_code}"
        assert reply.status_code == 401 or reply.location.startswith("/login")
        tried += 1
    assert tried > 5


def test_a_stranger_who_wanted_a_page_is_led_there_after_the_door(client: FlaskClient, world: World) -> None:
    reply = client.get("/log-ins?x=%E4%B8%87")
    assert reply.location == "/login?next=/log-ins?x%3D%E4%B8%87" or "next=" in reply.location
    assert enter(client, "desk").get(reply.location).location.startswith("/log-ins?x=")


def test_a_name_nobody_has_and_a_wrong_password_get_the_same_answer(client: FlaskClient, world: World) -> None:
    wrong, nobody = try_door(client, "desk", "guess"), try_door(client, "nobody", "guess")
    assert wrong.status_code == nobody.status_code == 422
    assert "工号或密码不对" in wrong.text
    token = re.compile(r'(name="csrf_token"[^>]*value=")[^"]*')  # carries the second at which it was made
    assert token.sub("", wrong.text).replace("desk", "?") == token.sub("", nobody.text).replace("nobody", "?")


def test_what_was_typed_at_a_failure_is_kept_nowhere(client: FlaskClient, world: World, session: Session) -> None:
    try_door(client, "my-secret-in-the-wrong-box", "another-secret")
    try_door(client, "desk", "another-secret")
    lines = session.scalars(select(TrailEntry).where(TrailEntry.action == "登录失败")).all()
    assert len(lines) == 2
    assert not any("secret" in line.changes + line.subject for line in lines)
    assert {line.chain_id for line in lines} == {0}


def test_a_telephone_number_only_one_person_has_opens_too(client: FlaskClient, world: World, write: Writer) -> None:
    def give(session: Session, *logins: str) -> None:
        for login in logins:
            session.get_one(Staff, world.staff[login]).phone = "13800002217"

    write(lambda s: give(s, "desk"))
    assert try_door(client, "13800002217").status_code == 303
    post(client, "/logout")
    write(lambda s: give(s, "tech"))
    assert try_door(client, "13800002217").status_code == 422


def test_the_session_starts_afresh_at_the_door(client: FlaskClient, world: World) -> None:
    before = csrf(client)
    with client.session_transaction() as kept:
        kept["planted"] = "by whoever sat here before"
    enter(client, "desk")
    with client.session_transaction() as kept:
        assert "planted" not in kept
    assert csrf(client, "/pin") != before


def test_the_table_does_not_hold_what_the_cookie_holds(client: FlaskClient, world: World, session: Session) -> None:
    enter(client, "desk")
    with client.session_transaction() as kept:
        token = kept["_user_id"]
    row = session.scalars(select(LoginSession)).one()
    assert token not in (row.token_hash, row.agent)
    assert len(token) >= 43


def test_leaving_ends_every_copy_of_the_cookie(app: Flask, client: FlaskClient, world: World) -> None:
    enter(client, "desk")
    stolen = client.get_cookie("shoujie").value
    post(client, "/logout")
    thief = app.test_client()
    thief.set_cookie("shoujie", stolen)
    assert not is_in(client)
    assert not is_in(thief)


def test_a_log_in_can_be_ended_from_another_machine(app: Flask, client: FlaskClient, world: World) -> None:
    here, there = enter(client, "desk"), enter(app.test_client(), "desk")
    assert here.get("/log-ins").text.count("结束</button>") >= 1
    post(here, "/log-ins/end-others")
    assert is_in(here)
    assert not is_in(there)


def test_nobody_ends_the_log_in_of_somebody_else(
    app: Flask, client: FlaskClient, world: World, session: Session
) -> None:
    enter(client, "desk")
    theirs = session.scalars(select(LoginSession.id)).one()
    assert post(enter(app.test_client(), "tech"), f"/log-ins/{theirs}/end").status_code == 403
    assert is_in(client)


def test_a_disabled_person_is_out_at_the_next_request(client: FlaskClient, world: World, write: Writer) -> None:
    enter(client, "desk")
    write(
        lambda s: disable_staff(s, s.get_one(Staff, world.staff["desk"]), world.person(s, "manager")),
    )
    assert not is_in(client)
    assert try_door(client, "desk").status_code == 422


def test_however_a_password_changes_every_cookie_dies(
    app: Flask, client: FlaskClient, world: World, write: Writer
) -> None:
    enter(client, "desk")

    def by_hand(session: Session) -> None:
        session.get_one(Staff, world.staff["desk"]).password_hash = "pbkdf2:sha256:1$x$00"

    write(by_hand)
    assert not is_in(client)


def test_changing_ones_own_password_keeps_this_machine_and_ends_the_others(
    app: Flask, client: FlaskClient, world: World
) -> None:
    here, there = enter(client, "desk"), enter(app.test_client(), "desk")
    before = here.get_cookie("shoujie").value
    new = "seven red umbrellas"
    reply = post(here, "/password", current=WORD, new=new, again=new)
    assert reply.status_code == 303
    assert is_in(here)
    assert not is_in(there)
    here.set_cookie("shoujie", before)
    assert not is_in(here)
    assert try_door(app.test_client(), "desk").status_code == 422
    assert try_door(app.test_client(), "desk", new).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        ("", "seven red umbrellas", "seven red umbrellas", "请填写现在的密码"),
        ("wrong", "seven red umbrellas", "seven red umbrellas", "现在的密码不对"),
        (WORD, "short", "short", "8 到 128"),
        (WORD, "password1", "password1", "太容易被猜到"),
        (WORD, "23456789", "23456789", "太容易被猜到"),
        (WORD, "aaaaaaaaaaa", "aaaaaaaaaaa", "太容易被猜到"),
        (WORD, "my-desk-2026", "my-desk-2026", "不能含工号"),
        (WORD, WORD, WORD, "不能与现在的相同"),
        (WORD, "seven red umbrellas", "seven red umbrella", "不一样"),
        (WORD, "x" * 129, "x" * 129, "8 到 128"),
    ],
)
@pytest.mark.engines("sqlite")
def test_a_bad_new_password_is_refused_at_its_field(
    client: FlaskClient, world: World, current: str, new: str, again: str, said: str
) -> None:
    reply = post(enter(client, "desk"), "/password", current=current, new=new, again=again)
    assert reply.status_code == 422
    assert said in reply.text


def test_a_first_password_must_be_changed_before_anything_else(
    client: FlaskClient, world: World, write: Writer
) -> None:
    def first(session: Session) -> None:
        session.get_one(Staff, world.staff["desk"]).must_change = True

    write(first)
    enter(client, "desk")
    assert client.get("/").location == "/password"
    assert client.get("/pin").location == "/password"
    token = csrf(client, "/password")
    assert client.post("/project", data={"csrf_token": token, "org": ""}).status_code == 403
    reply = client.get("/log-ins", headers={"X-Requested-With": "fetch"})
    assert (reply.status_code, "初始密码" in reply.json["error"]) == (403, True)
    new = "seven red umbrellas"
    client.post("/password", data={"csrf_token": token, "current": WORD, "new": new, "again": new})
    assert is_in(client)


# --- time --------------------------------------------------------------------------------------------------------


def test_an_idle_log_in_ends_after_two_hours(client: FlaskClient, world: World, at: Hands) -> None:
    enter(client, "desk")
    for _ in range(3):
        at.forward(minutes=119)
        assert is_in(client)
    at.forward(minutes=121)
    assert not is_in(client)


def test_no_log_in_outlives_its_hours_however_busy(client: FlaskClient, world: World, at: Hands) -> None:
    enter(client, "desk")
    for _ in range(11):
        at.forward(minutes=60)
        assert is_in(client)
    at.forward(minutes=61)
    assert not is_in(client)


def test_a_project_may_shorten_the_idle_time(client: FlaskClient, world: World, write: Writer, at: Hands) -> None:
    shorter = PolicyValue(
        org_id=world.orgs["yj"],
        key="login.idle_min",
        value=10,
        effective_from=clock.now(),
        made_by_id=world.staff["manager"],
        reason="前台共用电脑",
    )
    write(lambda s: s.add(shorter))
    enter(client, "desk")
    at.forward(minutes=9)
    assert is_in(client)
    at.forward(minutes=11)
    assert not is_in(client)


def test_a_page_writes_last_seen_at_most_once_a_minute_and_nothing_else(
    client: FlaskClient, world: World, session: Session, at: Hands
) -> None:
    def seen() -> tuple[object, int]:
        session.expire_all()
        session.rollback()
        lines = session.scalar(select(func.count()).select_from(TrailEntry)) or 0
        return session.scalars(select(LoginSession.last_seen_at)).one(), lines

    enter(client, "desk")
    first = seen()
    at.forward(seconds=59)
    assert is_in(client)
    assert seen() == first
    at.forward(seconds=2)
    assert is_in(client)
    assert seen() == (clock.now(), first[1])


def test_the_day_an_appointment_ends_the_next_request_knows(
    client: FlaskClient, world: World, write: Writer, session: Session, at: Hands
) -> None:
    enter(client, "desk")
    with client.session_transaction() as kept:
        token = kept["_user_id"]
    assert door.living(session, token).person.holds("desk_clerk")

    def end(session: Session) -> None:
        held = session.get_one(Staff, world.staff["desk"]).appointments[0]
        held.ends_on = clock.today() - timedelta(days=1)

    write(end)
    session.rollback()
    assert not door.living(session, token).person.holdings


# --- the project in front ----------------------------------------------------------------------------------------


def test_whoever_works_in_one_project_starts_in_it(client: FlaskClient, world: World, session: Session) -> None:
    enter(client, "desk")
    assert session.scalars(select(LoginSession.project_id)).one() == world.orgs["yj"]


def test_an_area_manager_chooses_among_their_projects(client: FlaskClient, world: World, session: Session) -> None:
    enter(client, "area")
    assert session.scalars(select(LoginSession.project_id)).one() is None
    assert post(client, "/project", org=world.orgs["wh"]).status_code == 303
    session.rollback()
    assert session.scalars(select(LoginSession.project_id)).one() == world.orgs["wh"]
    assert post(client, "/project", org="").status_code == 303
    session.rollback()
    assert session.scalars(select(LoginSession.project_id)).one() is None


def test_a_project_chosen_is_left_when_the_post_there_ends(
    client: FlaskClient, world: World, write: Writer, session: Session
) -> None:
    enter(client, "desk")
    with client.session_transaction() as kept:
        token = kept["_user_id"]
    assert door.living(session, token).person.project_id == world.orgs["yj"]

    def elsewhere(session: Session) -> None:
        session.get_one(Staff, world.staff["desk"]).appointments[0].org_id = world.orgs["wh"]

    write(elsewhere)
    session.rollback()
    assert door.living(session, token).person.project_id is None


def test_a_crowd_from_one_office_gets_in_at_the_same_moment(write: Writer, world: World) -> None:
    verdicts: list[str] = []
    logins = ("desk", "other_desk", "tech", "manager", "supervisor", "engineer", "area", "leader")
    start = threading.Barrier(len(logins))

    def work(login: str) -> None:
        start.wait()
        verdicts.append(guess(write, login, WORD))

    crowd = [threading.Thread(target=work, args=(login,)) for login in logins]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert verdicts == ["in"] * len(logins)


@pytest.mark.parametrize("org", ["wh", "company", "yj.service"])
def test_nobody_switches_to_a_project_that_is_not_theirs(
    client: FlaskClient, world: World, session: Session, org: str
) -> None:
    enter(client, "desk")
    assert post(client, "/project", org=world.orgs[org]).status_code == 403
    assert session.scalars(select(LoginSession.project_id)).one() == world.orgs["yj"]


@pytest.mark.parametrize("org", ["abc", "-1", "99999999999999999999999", "1 OR 1=1"])
@pytest.mark.engines("sqlite")
def test_nonsense_for_a_project_is_refused(client: FlaskClient, world: World, org: str) -> None:
    assert post(enter(client, "desk"), "/project", org=org).status_code in (400, 403)


# --- where the door leads ----------------------------------------------------------------------------------------

HOSTILE = [
    "https://evil.example/", "http:evil.example", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example",
    "/\r\nLocation: https://evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)",
    "data:text/html,x", "evil.example", "@evil.example", "/a//evil.example", "http://localhost@evil.example/",
    "//localhost@evil.example", "/\u2028/evil.example", "/\u00a0/evil.example", "／／evil.example", "http://[::1",
    "/x\x00y", "?next=//evil", "#//evil", "/login", "/logout", "/" + "a" * 3000, "",
]  # fmt: skip


@pytest.mark.parametrize("target", HOSTILE)
@pytest.mark.engines("sqlite")
def test_the_door_never_leads_elsewhere(client: FlaskClient, world: World, target: str) -> None:
    assert try_door(client, "desk", next=target).location == "/"


@pytest.mark.engines("sqlite")
def test_the_door_leads_to_a_page_of_ours(client: FlaskClient, world: World) -> None:
    assert try_door(client, "desk", next="/work_order/?state=issued&q=3-2-1203").location.startswith(
        "/work_order/?state="
    )


# --- guessing ----------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names nobody has are refused without the work that makes them indistinguishable."""
    monkeypatch.setattr(door, "NOBODY", CHEAP)


def guess(write: Writer, who: str, word: str, address: str = "203.0.113.9") -> str:
    try:
        log_in(write, who, word, address=address)
    except TooOften:
        return "too often"
    except WrongSecret:
        return "judged"
    return "in"


def test_the_delay_grows_and_never_locks_for_good() -> None:
    waits = [delay(n, 5) for n in range(1, 40)]
    assert waits[:4] == [timedelta()] * 4
    assert all(a < b for a, b in pairwise(waits[3:12]))
    assert max(waits) == LONGEST == timedelta(minutes=15)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("who", ["desk", "nobody"])
def test_of_a_thousand_guesses_in_an_hour_only_a_dozen_are_judged(
    write: Writer, world: World, at: Hands, who: str
) -> None:
    verdicts = []
    for n in range(1000):
        verdicts.append(guess(write, who, f"guess {n}", f"203.0.113.{n % 250}"))
        at.forward(seconds=3.6)
    assert verdicts.count("in") == 0
    assert verdicts.count("judged") <= 16


def test_a_crowd_guessing_at_the_same_moment_gets_no_further(write: Writer, world: World) -> None:
    verdicts: list[str] = []
    start = threading.Barrier(8)

    def work(me: int) -> None:
        start.wait()
        for n in range(5):
            verdicts.append(guess(write, "desk", f"{me} {n}", f"203.0.113.{me}"))

    crowd = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(verdicts) == 40
    assert verdicts.count("judged") == 5


@pytest.mark.usefixtures("quick")
def test_one_address_trying_many_names_is_slowed_down_too(write: Writer, world: World) -> None:
    verdicts = [guess(write, f"name{n}", "x") for n in range(100)]
    assert verdicts.count("judged") == 30


def test_whoever_hammers_from_elsewhere_cannot_keep_the_owner_out(
    client: FlaskClient, app: Flask, world: World, write: Writer
) -> None:
    enter(client, "desk")
    post(client, "/logout")
    while guess(write, "desk", "x") != "too often":
        pass
    assert try_door(client, "desk").status_code == 303  # the office's own machine
    far = app.test_client()
    far.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    reply = try_door(far, "desk")
    assert reply.status_code == 429
    assert 0 < int(reply.headers["Retry-After"]) <= 900
    assert "失败次数太多" in reply.text


def test_after_the_delay_the_right_password_opens_and_the_slate_is_clean(
    write: Writer, world: World, session: Session, at: Hands
) -> None:
    while guess(write, "desk", "x") != "too often":
        pass
    assert guess(write, "desk", WORD) == "too often"
    at.forward(minutes=15)
    assert guess(write, "desk", WORD) == "in"
    rows = session.execute(select(LoginThrottle.failures, LoginThrottle.open_at).where(LoginThrottle.kind == "account"))
    assert rows.all() == [(0, None)]


@pytest.mark.usefixtures("quick")
def test_failures_are_forgotten_after_a_day(write: Writer, world: World, session: Session, at: Hands) -> None:
    for n in range(20):
        guess(write, f"name{n}", "x")
    at.forward(hours=25)
    assert guess(write, "desk", "x") == "judged"
    assert session.scalars(select(LoginThrottle.failures)).all() == [1, 1]


def test_an_unknown_name_costs_as_much_time_as_a_known_one(write: Writer, world: World) -> None:
    kept = hash_secret(WORD)

    def real(session: Session) -> None:
        session.get_one(Staff, world.staff["desk"]).password_hash = kept

    write(real)

    def took(who: Callable[[int], str]) -> float:
        times = []
        for n in range(4):
            began = time.perf_counter()
            guess(write, who(n), "x", "")
            times.append(time.perf_counter() - began)
        return min(times)

    known, unknown = took(lambda n: "desk"), took(lambda n: f"nobody{n}")
    assert 0.5 < unknown / known < 2


@pytest.mark.engines("sqlite")
def test_a_very_long_password_is_refused_without_being_hashed(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "check_password_hash", lambda *_: pytest.fail("hashed"))
    assert try_door(client, "desk", "x" * 200_000).status_code == 422


# --- a second signer at the same terminal ------------------------------------------------------------------------


def with_pin(write: Writer, world: World, login: str, pin: str) -> None:
    kept = hash_secret(pin)
    write(lambda s: door.change_pin(s, world.person(s, login), kept))


@pytest.mark.parametrize("secret", ["480215", WORD])
def test_a_second_person_proves_themselves_by_pin_or_password(write: Writer, world: World, secret: str) -> None:
    with_pin(write, world, "tech", "480215")
    assert verify_secret(write, "TECH", secret).id == world.staff["tech"]


def test_a_second_signer_opens_no_log_in(write: Writer, world: World, session: Session) -> None:
    verify_secret(write, "tech", WORD)
    assert session.scalars(select(LoginSession)).all() == []


def test_a_pin_opens_no_door(client: FlaskClient, write: Writer, world: World) -> None:
    with_pin(write, world, "tech", "480215")
    assert try_door(client, "tech", "480215").status_code == 422


def test_guessing_a_pin_is_slowed_down_and_told(write: Writer, world: World, session: Session) -> None:
    with_pin(write, world, "tech", "480215")
    judged = 0
    for n in range(50):
        try:
            verify_secret(write, "tech", f"{n:06}")
        except WrongSecret:
            judged += 1
        except TooOften:
            break
    assert judged == 5
    with pytest.raises(TooOften):
        verify_secret(write, "tech", "480215")
    assert actions(session).count("签字验证失败") == 5


def test_whoever_is_disabled_or_has_a_first_password_signs_nothing(write: Writer, world: World) -> None:
    def spoil(session: Session) -> None:
        session.get_one(Staff, world.staff["tech"]).active = False
        session.get_one(Staff, world.staff["desk"]).must_change = True

    write(spoil)
    for login in ("tech", "desk", "nobody"):
        with pytest.raises(WrongSecret):
            verify_secret(write, login, WORD)


@pytest.mark.parametrize(
    ("pin", "said"), [("12345", "6 位"), ("123456", "太容易"), ("111222", "太容易"), ("48021五", "6 位")]
)
@pytest.mark.engines("sqlite")
def test_a_bad_pin_is_refused_at_its_field(client: FlaskClient, world: World, pin: str, said: str) -> None:
    reply = post(enter(client, "desk"), "/pin", current=WORD, pin=pin, again=pin)
    assert reply.status_code == 422
    assert said in reply.text


def test_setting_a_pin_asks_for_the_password_and_leaves_no_secret_behind(
    client: FlaskClient, world: World, session: Session, write: Writer
) -> None:
    enter(client, "desk")
    assert post(client, "/pin", current="wrong", pin="480215", again="480215").status_code == 422
    assert post(client, "/pin", current=WORD, pin="480215", again="480215").status_code == 303
    assert verify_secret(write, "desk", "480215").id == world.staff["desk"]
    lines = session.scalars(select(TrailEntry.changes)).all()
    assert not any("scrypt" in line or "480215" in line for line in lines)
    assert any("pin_hash" in json.loads(line) for line in lines)


# --- the terminal ------------------------------------------------------------------------------------------------


def test_the_first_administrator_is_made_at_the_terminal_and_must_change_the_password(
    app: Flask, client: FlaskClient
) -> None:
    said = app.test_cli_runner().invoke(args=["create-admin", "--login", "Boss", "--name", "简舟"]).output
    word = said.split("初始密码 ")[1].split("（")[0]
    assert try_door(client, "boss", word).status_code == 303
    assert client.get("/").location == "/password"
    again = app.test_cli_runner().invoke(args=["create-admin", "--login", "boss", "--name", "别人"])
    assert (again.exit_code, "已有人使用" in again.output) == (1, True)


def test_a_password_reset_at_the_terminal_ends_the_log_ins(app: Flask, client: FlaskClient, world: World) -> None:
    enter(client, "admin")
    said = app.test_cli_runner().invoke(args=["reset-password", "admin"]).output
    assert not is_in(client)
    assert try_door(client, "admin").status_code == 422
    assert try_door(client, "admin", said.split("初始密码是 ")[1].split("（")[0]).status_code == 303
    assert app.test_cli_runner().invoke(args=["reset-password", "nobody"]).exit_code == 1
