"""制度参数: which value is in force where and when, who may change it, and what a change does and does not touch."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import Clock, PolicyValue, Ticket, TrailEntry, clock
from rules.deadlines import recompute_after
from rules.errors import NotAllowed, RuleError
from rules.policies import POLICIES, policy, value_words
from rules.policy_changes import governs, set_policy, what_would_change
from rules.policy_words import checked_value, typed_text, typed_value
from rules.write import Writer
from tests.office import Office, open_office

KEY = "tkt.dispatch_min"
TWO_WINDOWS = "12:00-13:30，17:00-18:00"


@pytest.fixture
def office(write: Writer) -> Office:
    return open_office(write)


def change(
    office: Office, value: Any, by: str = "project_manager", org: str = "project", key: str = KEY, **kw: Any
) -> None:
    since = kw.get("effective_from", clock.now())
    why = kw.get("reason", "试行")
    office.do(lambda s: set_policy(s, key, office.org[org], value, since, why, office.person(by)), by)
    recompute_after(office.write, office.org[org], since)


def value(office: Office, org: str = "project", key: str = KEY, at: Any = None) -> Any:
    return office.look(lambda s: policy(s, key, office.org[org], at))


def test_without_a_value_of_its_own_a_unit_has_the_default(office):
    assert value(office) == 10
    assert value(office, "company") == 10


def test_the_nearest_unit_s_value_wins_and_reaches_everything_below(office, at):
    change(office, 15, by="company_leader", org="company")
    assert [value(office, org) for org in ("company", "project", "service", "other")] == [15, 15, 15, 15]
    change(office, 8)
    assert [value(office, org) for org in ("company", "project", "service", "other")] == [15, 8, 8, 15]


def test_a_value_holds_from_its_moment_on_and_not_before(office, at):
    before = clock.now()
    change(office, 15, effective_from=clock.now() + timedelta(days=2))
    assert value(office) == 10
    at.forward(days=2)
    assert value(office) == 15
    assert value(office, at=before) == 10


def test_of_two_values_the_later_one_is_in_force(office, at):
    change(office, 15)
    at.forward(minutes=1)
    change(office, 20)
    assert value(office) == 20
    assert value(office, at=clock.now() - timedelta(seconds=30)) == 15


@pytest.mark.parametrize(
    ("by", "org"),
    [
        ("desk_clerk", "project"),
        ("service_supervisor", "project"),
        ("project_manager", "company"),
        ("project_manager", "other"),
    ],
)
def test_nobody_changes_a_policy_above_or_beside_their_own_units(office, by, org):
    with pytest.raises(NotAllowed, match="没有权限"):
        change(office, 15, by=by, org=org)
    assert value(office, org) == 10


@pytest.mark.parametrize(
    ("by", "org"), [("project_manager", "project"), ("area_manager", "project"), ("company_leader", "company")]
)
def test_the_heads_change_it_in_their_own_units(office, by, org):
    change(office, 15, by=by, org=org)
    assert value(office, org) == 15


def test_a_change_needs_a_reason_and_a_moment_that_is_not_past(office):
    with pytest.raises(RuleError, match="原因"):
        change(office, 15, reason="  ")
    with pytest.raises(RuleError, match="不能早于现在"):
        change(office, 15, effective_from=clock.now() - timedelta(hours=1))
    with pytest.raises(RuleError, match="最远到 2031-11-21"):
        change(office, 15, effective_from=clock.now() + timedelta(days=1827))
    with pytest.raises(RuleError, match="最多 255 个字"):
        change(office, 15, reason="试" * 256)
    with pytest.raises(RuleError, match="没有这样的"):
        change(office, 15, key="no.such")
    assert value(office) == 10


def test_a_change_stands_in_the_trail_with_its_reason(office):
    change(office, 15, reason="试行三个月")
    entry = office.look(lambda s: s.scalars(select(TrailEntry).where(TrailEntry.noun == "policy_value")).one())
    assert (entry.chain_id, entry.actor, entry.action) == (office.org["project"], "project_manager", "新增")
    assert "试行三个月" in entry.changes
    assert "15" in entry.changes


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        (KEY, 0),
        (KEY, -5),
        (KEY, "10"),
        (KEY, True),
        (KEY, 10.5),
        (KEY, None),
        ("tkt.meeting_day", 29),
        ("rv.pass_score", 6),
        ("rv.repair_window", "005"),
        ("quiet.lunch", [["12:00"]]),
        ("quiet.lunch", [["12:00", "25:00"]]),
        ("quiet.lunch", [["12:00", "12:00"]]),
        ("quiet.lunch", "noon"),
        ("quiet.lunch", None),
        ("clock.office_hours", []),
        ("clock.office_hours", [["21:00", "06:00"]]),
    ],
)
def test_a_value_the_policy_does_not_allow_is_refused_in_chinese(key, wrong):
    with pytest.raises(RuleError) as refused:
        checked_value(key, wrong)
    assert POLICIES[key].label in str(refused.value)
    assert refused.value.field == "value"


@pytest.mark.parametrize(
    ("key", "typed", "stored", "words"),
    [
        (KEY, " 12 ", 12, "12 分钟"),
        ("rv.repair_window", "003", "003", "003：24小时"),
        (
            "quiet.lunch",
            "12:00-13:30，17:00-18:00",
            [["12:00", "13:30"], ["17:00", "18:00"]],
            "12:00-13:30，17:00-18:00",
        ),
        ("quiet.lunch", "", [], "无"),
        ("clock.office_hours", "08:30－12:00,13:30—18:00", [["08:30", "12:00"], ["13:30", "18:00"]], None),
    ],
)
def test_what_a_person_types_is_stored_and_read_back_in_words(key, typed, stored, words):
    assert typed_value(key, typed) == stored
    assert words in (None, value_words(key, stored))
    assert typed_value(key, typed_text(key, stored)) == stored


@pytest.mark.parametrize("typed", ["", "十", "12分", "-3", "9" * 5000, "²", "1_0"])
def test_what_is_not_a_number_is_refused(typed):
    with pytest.raises(RuleError, match="整数"):
        typed_value(KEY, typed)


def test_every_default_is_a_value_the_policy_itself_allows():
    assert len(POLICIES) > 30
    for key, known in POLICIES.items():
        assert checked_value(key, known.default) == known.default
        assert value_words(key, known.default)
        assert known.label
        assert known.source


def test_the_form_says_what_would_change_and_what_not(office, at):
    change(office, 8, by="area_manager", org="other")
    office.ticket()
    office.ticket()
    effect = office.look(lambda s: what_would_change(s, KEY, office.org["company"], 15))
    assert (effect.before, effect.after, effect.units, effect.running) == ("10 分钟", "15 分钟", ("望湖苑",), 2)
    assert effect.lines == (
        "受理到派单由“10 分钟”改为“15 分钟”，2026-11-21 10:00 起",
        "例：2026-11-21 10:00 开始的“报事派单”，原到 2026-11-21 10:10，改后到 2026-11-21 10:15",
        "望湖苑另有规定，不受影响",
        "到时正在走的 2 个时限仍按原值",
    )


def test_a_change_for_later_says_what_runs_by_then_and_what_follows(office, at):
    agreed = office.ticket()
    office.move(Ticket, agreed, "appoint", "desk_clerk", appointment_at=clock.now() + timedelta(days=9))
    office.ticket()
    since = clock.now() + timedelta(days=5)
    change(office, 60, key="tkt.level2_hours", effective_from=clock.now() + timedelta(days=30))
    effect = office.look(lambda s: what_would_change(s, "tkt.level2_hours", office.org["project"], 24, since))
    assert (effect.running, effect.waiting) == (1, 1)
    assert effect.lines[0].endswith("2026-11-26 10:00 起")
    assert effect.lines[-1] == "2026-12-21 10:00 起已另定为“60 小时”，到时再变"


def test_a_setting_names_the_deadlines_and_duties_it_moves():
    assert governs("wo.onsite") == ("T-03 工作任务单到场", "T-03 报事部门到场")
    assert governs("tkt.year_meeting_day") == ("TKT-21 上年度报事处理情况通报会",)
    assert "T-11 回访维修回访" in governs("rv.leak_days")
    assert governs("wo.title") == ()


def test_a_change_of_the_clock_s_start_also_counts_the_clocks_that_depend_on_it(office):
    office.ticket()
    effect = office.look(lambda s: what_would_change(s, "tkt.clock_start", office.org["project"], "received"))
    assert effect.running == 5


def test_running_clocks_keep_their_value_those_not_begun_take_the_new_one(office, at):
    running = office.ticket()
    waiting = office.ticket()
    agreed = clock.now() + timedelta(days=3)
    office.move(Ticket, waiting, "appoint", "desk_clerk", appointment_at=agreed)
    at.forward(minutes=1)
    change(office, 24, key="tkt.level2_hours")

    def hours(ticket: int) -> float:
        where = (Clock.deadline == "T-06", Clock.row_id == ticket)
        row = office.look(lambda s: s.scalars(select(Clock).where(*where)).one())
        return (row.due_at - row.started_at).total_seconds() / 3600

    assert hours(running) == 48
    assert hours(waiting) == 24


def test_a_value_set_and_read_in_one_transaction_is_the_new_one(office):
    def both(session: Any) -> tuple[Any, Any]:
        org, who = office.org["project"], office.person("project_manager")
        before = policy(session, KEY, org)
        set_policy(session, KEY, org, 15, clock.now(), "试行", who)
        return before, policy(session, KEY, org)

    assert office.do(both) == (10, 15)
    assert office.look(lambda s: s.scalars(select(PolicyValue.value)).all()) == [15]
