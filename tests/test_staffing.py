"""Who holds which post where, and that nobody raises themselves."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    POSTS,
    Appointment,
    Leave,
    LoginSession,
    OrgUnit,
    SeriesCounter,
    Staff,
    Ticket,
    TrailEntry,
    clock,
    post_named,
)
from rules import org_units, staffing
from rules.errors import NotAllowed, RuleError
from rules.login import open_login
from rules.permissions import allows
from rules.person import Person, person_of
from rules.write import Writer
from tests.conftest import Hands
from tests.door import CHEAP, SINCE, World, people

Act = Callable[..., object]


@pytest.fixture
def world(write: Writer) -> World:
    return people(write)


@pytest.fixture
def grant(write: Writer, world: World) -> Act:
    """`grant("manager", "desk", "receptionist", "yj")`: who gives whom which post where."""

    def act(by: str, to: str, post: str, where: str, **days: date) -> None:
        starts, ends = days.get("starts", clock.today()), days.get("ends")

        def fn(session: Session) -> None:
            staff = session.get_one(Staff, world.staff[to])
            staffing.appoint(session, world.person(session, by), staff, post, world.orgs[where], starts, ends)

        write(fn)

    return act


def held(session: Session, world: World, login: str) -> list[tuple[str, date, date | None, int | None]]:
    session.expire_all()
    session.rollback()
    rows = session.scalars(
        select(Appointment).where(Appointment.staff_id == world.staff[login]).order_by(Appointment.id)
    )
    return [(a.post, a.starts_on, a.ends_on, a.delegated_by_id) for a in rows]


def own(session: Session, world: World, login: str) -> Appointment:
    return session.scalars(
        select(Appointment).where(Appointment.staff_id == world.staff[login], Appointment.delegated_by_id.is_(None))
    ).one()


# --- names of posts ----------------------------------------------------------------------------------------------


@pytest.mark.rule("BASE-08")
def test_every_name_the_regulations_give_a_post_means_one_post() -> None:
    names = [(name, p.key) for p in POSTS.values() for name in (p.label, *p.aliases)]
    assert len(names) == len({name for name, _key in names}) > 60
    for name, key in names:
        found = post_named(f" {name} ")
        assert found is not None
        assert found.key == key
    assert post_named("客户服务中心主管") is post_named("客服负责人") is POSTS["service_supervisor"]
    assert post_named("总经理助理的朋友") is None


@pytest.mark.rule("BASE-08")
def test_a_project_renames_a_post_and_no_rule_notices(write: Writer, world: World, session: Session) -> None:
    before = world.person(session, "desk")
    write(lambda s: org_units.name_post(s, world.person(s, "manager"), "desk_clerk", world.orgs["yj"], " 前台  管家 "))
    session.rollback()
    assert org_units.post_label(session, "desk_clerk", world.orgs["yj.service"]) == "前台 管家"
    assert org_units.post_label(session, "desk_clerk", world.orgs["wh"]) == "前台值班员"
    assert world.person(session, "desk") == before
    write(lambda s: org_units.name_post(s, world.person(s, "manager"), "desk_clerk", world.orgs["yj"], ""))
    session.rollback()
    assert org_units.post_label(session, "desk_clerk", world.orgs["yj"]) == "前台值班员"


def test_a_project_names_no_posts_of_another(write: Writer, world: World) -> None:
    with pytest.raises(NotAllowed):
        write(lambda s: org_units.name_post(s, world.person(s, "manager"), "desk_clerk", world.orgs["wh"], "x"))


# --- granting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "to", "post", "where"),
    [
        ("manager", "desk", "service_supervisor", "yj"),
        ("manager", "desk", "engineering_supervisor", "yj.engineering"),
        ("supervisor", "desk", "service_administrator", "yj.service"),
        ("area", "manager", "engineering_manager", "yj"),
        ("area", "wh_desk", "project_manager", "wh"),
        ("leader", "desk", "area_manager", "area"),
        ("admin", "desk", "company_leader", "company"),
    ],
)
def test_posts_below_ones_own_rank_are_given_inside_ones_own_units(
    grant: Act, world: World, session: Session, by: str, to: str, post: str, where: str
) -> None:
    grant(by, to, post, where)
    assert held(session, world, to)[-1] == (post, clock.today(), None, None)
    assert person_of(session, session.get_one(Staff, world.staff[to])).holds(post, org_id=world.orgs[where])


@pytest.mark.parametrize(
    ("by", "to", "post", "where", "why"),
    [
        ("manager", "manager", "duty_manager", "yj", "自己"),
        ("admin", "admin", "company_leader", "company", "自己"),
        ("manager", "desk", "project_manager", "yj", "不能授予"),  # sideways
        ("manager", "desk", "area_manager", "yj", "不能授予"),  # upwards
        ("manager", "desk", "system_admin", "yj", "不能授予"),
        ("manager", "desk", "duty_manager", "area", "不能授予"),  # reaches beyond the project
        ("manager", "desk", "duty_manager", "wh", "不能授予"),
        ("manager", "wh_desk", "duty_manager", "yj", "不是您管辖"),
        ("supervisor", "desk", "service_supervisor", "yj", "不能授予"),
        ("supervisor", "tech", "engineering_assistant", "yj", "不能授予"),  # another department
        ("supervisor", "desk", "duty_manager", "yj", "不能授予"),
        ("area", "desk", "company_leader", "area", "不能授予"),
        ("desk", "other_desk", "desk_clerk", "yj", "不能授予"),
        ("engineer", "tech", "engineering_duty", "yj", "不能授予"),
        ("leader", "desk", "system_admin", "company", "不能授予"),
    ],
)
def test_nobody_grants_upwards_sideways_elsewhere_or_to_themselves(
    grant: Act, world: World, session: Session, by: str, to: str, post: str, where: str, why: str
) -> None:
    before = held(session, world, to)
    with pytest.raises(NotAllowed, match=why):
        grant(by, to, post, where)
    assert held(session, world, to) == before


def test_the_same_post_is_not_given_twice_for_the_same_days(grant: Act, world: World) -> None:
    day = clock.today()
    grant("manager", "desk", "receptionist", "yj", starts=day, ends=day + timedelta(days=9))
    with pytest.raises(RuleError, match="已任"):
        grant("manager", "desk", "receptionist", "yj", starts=day + timedelta(days=9))
    grant("manager", "desk", "receptionist", "yj", starts=day + timedelta(days=10))
    with pytest.raises(RuleError, match="早于"):
        grant("manager", "desk", "duty_manager", "yj", starts=day, ends=day - timedelta(days=1))


def test_a_post_counts_from_its_first_to_its_last_day(grant: Act, world: World, session: Session, at: Hands) -> None:
    day = clock.today()
    grant("manager", "desk", "duty_manager", "yj", starts=day + timedelta(days=1), ends=day + timedelta(days=2))
    seen = []
    for _ in range(4):
        session.rollback()
        seen.append(world.person(session, "desk").holds("duty_manager"))
        at.forward(days=1)
    assert seen == [False, True, True, False]


def test_a_post_is_ended_by_who_could_give_it_and_by_nobody_else(write: Writer, world: World, session: Session) -> None:
    def end(by: str, whose: str) -> None:
        write(
            lambda s: staffing.end_appointment(
                s, s.get_one(Appointment, own(s, world, whose).id), world.person(s, by), clock.today()
            )
        )

    for by, whose in (("supervisor", "tech"), ("wh_manager", "desk"), ("desk", "supervisor"), ("manager", "manager")):
        with pytest.raises(NotAllowed):
            end(by, whose)
    end("supervisor", "desk")
    assert held(session, world, "desk") == [("desk_clerk", SINCE, clock.today(), None)]


def test_a_post_given_by_mistake_today_can_be_taken_back_today(
    grant: Act, write: Writer, world: World, session: Session
) -> None:
    grant("manager", "desk", "duty_manager", "yj")
    yesterday = clock.today() - timedelta(days=1)

    def undo(session: Session) -> None:
        wrong = session.scalars(select(Appointment).where(Appointment.post == "duty_manager")).one()
        staffing.end_appointment(session, wrong, world.person(session, "manager"), yesterday)

    write(undo)
    assert [post for post, *_ in held(session, world, "desk")] == ["desk_clerk"]
    lines = session.scalars(select(TrailEntry.action).where(TrailEntry.subject == "值班经理")).all()
    assert lines == ["新增", "删除"]


# --- delegation and leave ----------------------------------------------------------------------------------------


def hand_over(write: Writer, world: World, by: str, whose: str, to: str, days: int = 3, **more: bool) -> None:
    def fn(session: Session) -> None:
        staffing.delegate(
            session,
            world.person(session, by),
            session.get_one(Appointment, own(session, world, whose).id),
            session.get_one(Staff, world.staff[to]),
            clock.today(),
            clock.today() + timedelta(days=days),
            **more,
        )

    write(fn)


def test_a_delegation_lasts_its_days_raises_nobody_and_brings_no_approvals(
    write: Writer, world: World, session: Session, at: Hands
) -> None:
    hand_over(write, world, "supervisor", "supervisor", "desk", days=1)
    session.rollback()
    stand_in = world.person(session, "desk")
    (handed,) = [h for h in stand_in.holdings if h.delegated_by_id]
    assert (handed.post, handed.approvals, stand_in.rank) == ("service_supervisor", False, 1)
    assert stand_in.holds("service_supervisor", org_id=world.orgs["yj"])
    voiding = Ticket(org_id=world.orgs["yj"])
    assert not allows(stand_in, "ticket.cancel", voiding)
    assert allows(stand_in, "leave.write", voiding), "what approves nothing comes along"
    at.forward(days=2)
    session.rollback()
    assert not world.person(session, "desk").holds("service_supervisor")


def test_approvals_go_along_only_where_the_delegation_says_so(write: Writer, world: World, session: Session) -> None:
    hand_over(write, world, "supervisor", "supervisor", "desk", approvals=True)
    session.rollback()
    stand_in = world.person(session, "desk")
    assert [h.approvals for h in stand_in.holdings if h.delegated_by_id] == [True]
    assert allows(stand_in, "ticket.cancel", Ticket(org_id=world.orgs["yj"]))


def test_whoever_is_disabled_holds_nothing_even_where_a_post_was_never_ended(world: World, session: Session) -> None:
    staff = session.get_one(Staff, world.staff["desk"])
    assert world.person(session, "desk").holds("desk_clerk")
    staff.active = False
    session.flush()
    assert world.person(session, "desk").holdings == ()
    assert not allows(world.person(session, "desk"), "staff.read")


def test_whoever_stands_in_gives_no_posts_and_hands_nothing_on(write: Writer, grant: Act, world: World) -> None:
    hand_over(write, world, "manager", "manager", "desk", approvals=True)
    with pytest.raises(NotAllowed):
        grant("desk", "other_desk", "duty_manager", "yj")

    def hand_on(session: Session) -> None:
        handed = session.scalars(select(Appointment).where(Appointment.delegated_by_id.is_not(None))).one()
        to = session.get_one(Staff, world.staff["other_desk"])
        staffing.delegate(session, world.person(session, "desk"), handed, to, clock.today(), clock.today())

    with pytest.raises(NotAllowed, match="不能再委托"):
        write(hand_on)


@pytest.mark.parametrize(
    ("by", "whose", "to", "why"),
    [
        ("desk", "supervisor", "desk", "本人或上级"),
        ("supervisor", "supervisor", "supervisor", "自己"),
        ("manager", "supervisor", "manager", "自己"),
        ("desk", "supervisor", "other_desk", "本人或上级"),
        ("wh_manager", "supervisor", "wh_desk", "本人或上级"),
        ("supervisor", "supervisor", "wh_desk", "不是云锦里的员工"),
        ("admin", "admin", "desk", "不能委托"),
    ],
)
def test_a_post_is_handed_over_by_its_holder_or_above_and_inside_the_unit(
    write: Writer, world: World, by: str, whose: str, to: str, why: str
) -> None:
    with pytest.raises((NotAllowed, RuleError), match=why):
        hand_over(write, world, by, whose, to)


def test_a_delegation_stays_inside_the_days_of_the_post(write: Writer, world: World) -> None:
    def short(session: Session) -> None:
        own(session, world, "supervisor").ends_on = clock.today() + timedelta(days=1)

    write(short)
    with pytest.raises(RuleError, match="超出"):
        hand_over(write, world, "supervisor", "supervisor", "desk", days=2)


def test_a_delegation_ends_with_the_post_it_came_from(write: Writer, world: World, session: Session) -> None:
    hand_over(write, world, "supervisor", "supervisor", "desk")
    write(
        lambda s: staffing.end_appointment(
            s, s.get_one(Appointment, own(s, world, "supervisor").id), world.person(s, "manager"), clock.today()
        )
    )
    assert held(session, world, "desk")[-1][2] == clock.today()


def leave(write: Writer, world: World, by: str, whose: str, to: str | None, first: date, last: date) -> None:
    def fn(session: Session) -> None:
        stand_in = session.get_one(Staff, world.staff[to]) if to else None
        who = session.get_one(Staff, world.staff[whose])
        staffing.take_leave(session, world.person(session, by), who, first, last, "年假", stand_in=stand_in)

    write(fn)


def test_leave_puts_the_stand_in_there_for_just_these_days(
    write: Writer, world: World, session: Session, at: Hands
) -> None:
    first = clock.today() + timedelta(days=1)
    leave(write, world, "supervisor", "desk", "other_desk", first, first + timedelta(days=4))
    assert held(session, world, "other_desk")[-1] == (
        "desk_clerk",
        first,
        first + timedelta(days=4),
        world.staff["desk"],
    )
    assert staffing.away(session, [world.staff["desk"], world.staff["tech"]], first) == {world.staff["desk"]}
    assert staffing.away(session, [world.staff["desk"]], clock.today()) == set()

    def back(session: Session) -> None:
        row = session.scalars(select(Leave)).one()
        staffing.end_leave(session, row, world.person(session, "supervisor"), first)

    write(back)
    assert held(session, world, "other_desk")[-1][2] == first
    session.rollback()
    assert session.scalars(select(Leave.ends_on)).one() == first


def test_leave_is_written_once_with_a_reason_and_by_who_may(write: Writer, world: World) -> None:
    day = clock.today()
    leave(write, world, "manager", "desk", None, day, day)
    with pytest.raises(RuleError, match="已有请假"):
        leave(write, world, "manager", "desk", None, day, day)
    with pytest.raises(NotAllowed):
        leave(write, world, "desk", "other_desk", None, day, day)
    with pytest.raises(NotAllowed):
        leave(write, world, "wh_manager", "other_desk", None, day, day)
    with pytest.raises(NotAllowed, match="本人或上级"):  # 客服主管 may not hand over what the manager holds
        leave(write, world, "supervisor", "manager", "desk", day, day)


# --- accounts ----------------------------------------------------------------------------------------------------


def test_a_new_person_gets_a_log_in_name_initials_and_a_first_password(
    write: Writer, world: World, session: Session
) -> None:
    def make(session: Session) -> int:
        by = world.person(session, "manager")
        new = staffing.create_staff(
            session, by, name=" 张 丽华", org_id=world.orgs["yj.service"], login="ZLH", password_hash=CHEAP
        )
        return new.id

    new = session.get_one(Staff, write(make))
    assert (new.name, new.initials.replace(" ", ""), new.login, new.must_change) == ("张 丽华", "zlh", "zlh", True)
    assert person_of(session, new).holdings == ()
    with pytest.raises(RuleError, match="已有人使用") as taken:
        write(make)
    assert taken.value.field == "login"


@pytest.mark.parametrize("login", ["a", "张三", "with space", "x" * 33, "ta\tb", "Ａdmin！"])
def test_a_log_in_name_is_plain(write: Writer, world: World, login: str) -> None:
    with pytest.raises(RuleError, match="登录名"):
        write(
            lambda s: staffing.create_staff(
                s, world.person(s, "manager"), name="张三", org_id=world.orgs["yj"], login=login
            )
        )


def test_first_passwords_differ_and_are_long() -> None:
    words = {staffing.first_password() for _ in range(200)}
    assert len(words) == 200
    assert min(map(len, words)) >= 14


def reset(write: Writer, world: World, by: str, whose: str) -> None:
    write(lambda s: staffing.reset_password(s, s.get_one(Staff, world.staff[whose]), world.person(s, by), "pbkdf2:x"))


def test_a_reset_ends_the_log_ins_and_the_pin_and_must_be_changed(
    write: Writer, world: World, session: Session
) -> None:
    def at_work(session: Session) -> None:
        desk = session.get_one(Staff, world.staff["desk"])
        desk.pin_hash, desk.must_change = CHEAP, False
        open_login(session, desk)

    write(at_work)
    reset(write, world, "manager", "desk")
    desk = session.get_one(Staff, world.staff["desk"])
    assert (desk.must_change, desk.pin_hash, desk.password_hash) == (True, None, "pbkdf2:x")
    assert session.scalars(select(LoginSession.revoked_at)).one() is not None
    assert "重置密码" in session.scalars(select(TrailEntry.action)).all()


@pytest.mark.parametrize(
    ("by", "whose"),
    [
        ("manager", "admin"), ("manager", "area"), ("manager", "manager"), ("manager", "wh_desk"),
        ("supervisor", "desk"), ("desk", "other_desk"), ("area", "leader"), ("leader", "admin"),
    ],
)  # fmt: skip
def test_nobody_takes_over_an_account_that_is_not_below_them(write: Writer, world: World, by: str, whose: str) -> None:
    with pytest.raises(NotAllowed):
        reset(write, world, by, whose)
    with pytest.raises(NotAllowed):
        write(lambda s: staffing.disable_staff(s, s.get_one(Staff, world.staff[whose]), world.person(s, by)))


def test_whoever_was_moved_up_since_is_out_of_reach(write: Writer, grant: Act, world: World) -> None:
    reset(write, world, "manager", "desk")
    grant("area", "desk", "engineering_manager", "yj")  # rank 5, beside the manager
    with pytest.raises(NotAllowed, match="不在您之下"):
        reset(write, world, "manager", "desk")


def test_a_disabled_person_holds_nothing_and_nothing_they_handed_over_lasts(
    write: Writer, world: World, session: Session
) -> None:
    hand_over(write, world, "supervisor", "supervisor", "desk", days=30)
    write(lambda s: staffing.disable_staff(s, s.get_one(Staff, world.staff["supervisor"]), world.person(s, "manager")))
    session.rollback()
    assert world.person(session, "supervisor").holdings == ()
    assert [post for post, *_ in held(session, world, "desk")] == ["desk_clerk"]
    assert held(session, world, "supervisor") == [
        ("service_supervisor", SINCE, clock.today() - timedelta(days=1), None)
    ]
    write(
        lambda s: staffing.enable_staff(
            s, s.get_one(Staff, world.staff["supervisor"]), world.person(s, "manager"), CHEAP
        )
    )
    session.rollback()
    assert session.get_one(Staff, world.staff["supervisor"]).must_change
    assert world.person(session, "supervisor").holdings == ()


# --- org units ---------------------------------------------------------------------------------------------------


def unit(write: Writer, world: World, by: str, parent: str | None, **values: object) -> int:
    def make(session: Session) -> int:
        above = session.get_one(OrgUnit, world.orgs[parent]) if parent else None
        return org_units.create_unit(session, world.person(session, by), parent=above, **values).id

    return write(make)


def move(write: Writer, world: World, what: str, to: str, by: str = "admin") -> None:
    def fn(session: Session) -> None:
        one, parent = (session.get_one(OrgUnit, world.orgs[k]) for k in (what, to))
        org_units.move_unit(session, one, world.person(session, by), parent)

    write(fn)


def paths_hold(session: Session) -> None:
    session.rollback()
    units = {u.id: u for u in session.scalars(select(OrgUnit))}
    for one in units.values():
        above = units[one.parent_id].path if one.parent_id else "/"
        assert one.path == f"{above}{one.id}/"


def test_a_project_moved_takes_everything_below_along(write: Writer, world: World, session: Session) -> None:
    world.orgs["east"] = unit(write, world, "leader", "company", name="华东 片区", kind="area")
    move(write, world, "yj", "east")
    paths_hold(session)
    assert world.orgs["yj.service"] not in world.person(session, "area").units
    assert world.orgs["yj"] not in world.person(session, "area").units
    assert world.orgs["wh"] in world.person(session, "area").units
    told = session.scalars(select(TrailEntry.subject).where(TrailEntry.action == "修改", TrailEntry.noun == "org_unit"))
    assert "yj.service" in set(told)


@pytest.mark.parametrize(("what", "to"), [("area", "yj"), ("yj", "yj"), ("yj", "yj.service"), ("company", "area")])
def test_no_unit_stands_below_itself(write: Writer, world: World, session: Session, what: str, to: str) -> None:
    with pytest.raises(RuleError):
        move(write, world, what, to)
    paths_hold(session)


@pytest.mark.parametrize(
    ("parent", "values", "field"),
    [
        ("yj.service", {"name": "x", "kind": "project", "code": "XX"}, "parent_id"),
        ("yj", {"name": "x", "kind": "site"}, "parent_id"),
        ("area", {"name": "x", "kind": "project"}, "code"),
        ("area", {"name": "x", "kind": "project", "code": "yj"}, "code"),
        ("area", {"name": "x", "kind": "project", "code": "A-1"}, "code"),
        ("yj", {"name": "x", "kind": "department"}, "department"),
        ("area", {"name": "  ", "kind": "project", "code": "XX"}, "name"),
        ("area", {"name": "x", "kind": "palace"}, "kind"),
        (None, {"name": "x", "kind": "company"}, "parent_id"),
        (None, {"name": "x", "kind": "project", "code": "XX"}, "parent_id"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused_at_its_field(
    write: Writer, world: World, parent: str | None, values: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleError) as no:
        unit(write, world, "admin", parent, **values)
    assert no.value.field == field


def test_only_the_administrator_and_the_company_change_the_tree(write: Writer, world: World) -> None:
    for by in ("area", "manager", "desk"):
        with pytest.raises(NotAllowed):
            unit(write, world, by, "area", name="新项目", kind="project", code="NEW")
        with pytest.raises(NotAllowed):
            move(write, world, "wh", "company", by)


def test_a_code_that_stands_in_numbers_is_not_changed(write: Writer, world: World, session: Session) -> None:
    def rename(code: str) -> None:
        def fn(session: Session) -> None:
            yj = session.get_one(OrgUnit, world.orgs["yj"])
            org_units.edit_unit(session, yj, world.person(session, "admin"), name="云锦 里", code=code)

        write(fn)

    rename("yjl")
    assert session.get_one(OrgUnit, world.orgs["yj"]).code == "YJL"
    write(lambda s: s.add(SeriesCounter(key="GD-YJL-202611", last=3)))
    with pytest.raises(RuleError, match="已用于单号"):
        rename("YJ")


def test_a_unit_in_use_is_not_closed(write: Writer, world: World) -> None:
    def close(key: str) -> None:
        write(
            lambda s: org_units.close_unit(s, s.get_one(OrgUnit, world.orgs[key]), world.person(s, "admin")),
        )

    for key, why in (("area", "下面还有"), ("yj.service", "在岗员工")):
        with pytest.raises(RuleError, match=why):
            close(key)
    world.orgs["empty"] = unit(write, world, "admin", "area", name="空项目", kind="project", code="EM")
    close("empty")
    with pytest.raises(RuleError, match="已停用"):
        unit(write, world, "admin", "empty", name="x", kind="department", department="service")


def test_a_person_is_moved_only_inside_ones_own_units(write: Writer, world: World) -> None:
    def transfer(by: str, whose: str, where: str) -> None:
        write(
            lambda s: staffing.edit_staff(
                s, s.get_one(Staff, world.staff[whose]), world.person(s, by), org_id=world.orgs[where]
            )
        )

    with pytest.raises(NotAllowed):
        transfer("manager", "desk", "wh")
    with pytest.raises(NotAllowed):
        transfer("manager", "wh_desk", "yj")
    transfer("area", "desk", "wh.service")


def test_somebody_who_acts_for_the_system_alone_holds_no_post() -> None:
    assert Person(None, "系统", is_system=True).units == frozenset()
