"""Households: found by whatever people say, shown to whom it may concern, hidden values given one at a time."""

from datetime import date

import pytest
from sqlalchemy import select, text

from models import Resident, TrailEntry, WorkOrder
from printouts.filling.residents import ledger
from rules import residents
from rules.advance import advance
from rules.errors import Invalid, NotAllowed, RuleError
from rules.finding import search
from rules.households import household, reveal
from rules.write import Writer
from tests.makers import World, make_order, make_ticket, person, printed, set_policy, world

ID_NO = "110101199003078515"


@pytest.fixture
def yj(session) -> World:
    return world(session)


def titles(yj, words, post="desk_clerk", project="YJ"):
    return [(hit.noun, hit.title) for hit in search(yj.session, yj.person(post, project), words)]


# ---- the one search box ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "3-2-1203",
        "3栋2单元1203",
        "3栋2单元1203室",
        "３－２－１２０３",
        "三栋二单元1203",
        "3#2-1203",
        " 3-2-1203 ",
        "3/2/1203",
    ],
)
def test_a_unit_is_found_however_it_is_written(yj, words):
    assert titles(yj, words)[0] == ("unit", "3-2-1203")


def test_a_part_of_a_unit_finds_what_it_may_mean(yj):
    assert titles(yj, "1203") == [("unit", "3-2-1203")]
    assert titles(yj, "3-801") == [("unit", "3-1-0801")]
    assert titles(yj, "5-0802") == [("unit", "5-1-0802")]
    assert titles(yj, "9-9-9999") == []


@pytest.mark.parametrize(
    ("words", "rooms"),
    [
        ("3-2-12", ["3-2-1203", "3-2-1204"]),
        ("３－２－", ["3-2-1203", "3-2-1204"]),
        ("3-2", ["3-2-1203", "3-2-1204"]),
        ("3号楼2单元", ["3-2-1203", "3-2-1204"]),
        ("三栋二单元120", ["3-2-1203", "3-2-1204"]),
        ("3栋", ["3-1-0801", "3-2-1203", "3-2-1204"]),
        ("3-", ["3-1-0801", "3-2-1203", "3-2-1204"]),
        ("3-2-13", []),
        ("3-9-", []),
    ],
)
def test_an_unfinished_room_number_lists_the_rooms_that_begin_so(yj, words, rooms):
    assert titles(yj, words) == [("unit", room) for room in rooms]


def test_an_unfinished_room_number_is_not_read_as_the_tail_of_a_phone(yj):
    residents.create(yj.session, yj.person("project_manager"), yj.yj.id, name="周小满", phones=["13600003212"])
    assert ("resident", "周小满") not in titles(yj, "3-2-12")
    assert ("resident", "周小满") in titles(yj, "3212")
    assert ("resident", "周小满") in titles(yj, "136-0000-3212")


@pytest.mark.parametrize("words", ["2217", "12342217", "13812342217", "138 1234 2217"])
def test_a_phone_is_found_by_its_tail(yj, words):
    assert ("resident", "徐明远") in titles(yj, words)


def test_a_tail_of_three_finds_nobody_and_another_projects_phone_stays_hidden(yj):
    assert titles(yj, "217") == []
    assert {title for _, title in titles(yj, "2217")} == {"徐明远", "张伟"}
    assert {title for _, title in titles(yj, "2217", project="WJ")} == {"赵望舒"}


@pytest.mark.rule("BASE-01")
@pytest.mark.parametrize("post", ["lobby_receptionist", "engineering_duty", "security_leader", "archivist"])
def test_only_the_desk_searches_by_phone(yj, post):
    assert [hit for hit in titles(yj, "2217", post) if hit[0] == "resident"] == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("徐明远", "徐明远"),
        ("徐", "徐明远"),
        ("明远", "徐明远"),
        ("张伟", "张伟"),
        ("林阿姨", "林阿姨"),
        ("xmy", "徐明远"),
    ],
)
def test_a_resident_is_found_by_name_or_initials(yj, words, name):
    assert ("resident", name) in titles(yj, words)
    assert ("resident", name) not in titles(yj, words, project="WJ")


@pytest.mark.rule("BASE-04")
def test_the_lobby_finds_units_but_no_resident(yj):
    assert titles(yj, "3-2-1203", "lobby_receptionist") == [("unit", "3-2-1203")]
    assert search(yj.session, yj.person("lobby_receptionist"), "3-2-1203")[0].note == ""
    for words in ("徐明远", "xmy", "2217"):
        assert titles(yj, words, "lobby_receptionist") == []


def test_a_hit_says_where_somebody_lives_and_masks_the_phone(yj):
    hit = next(h for h in search(yj.session, yj.person("desk_clerk"), "12342217"))
    assert (hit.title, hit.note, hit.unit_id) == ("徐明远", "3-2-1203 138****2217", yj.units["3-2-1203"].id)


def test_a_paper_is_found_by_its_number_and_by_its_code(yj):
    order = make_order(yj, state="issued")
    copies = printed(yj, order)
    assert titles(yj, order.number.lower()) == [("work_order", f"工作任务单 {order.number}")]
    assert titles(yj, f"http://x/q/{copies[2].code}") == [("work_order", f"工作任务单 {order.number}")]
    assert titles(yj, order.ticket.number) == [("ticket", f"报事 {order.ticket.number}")]
    assert titles(yj, order.number, project="WJ") == []


def test_the_search_can_be_narrowed_to_one_project(yj):
    everywhere = yj.person("area_manager")
    both = search(yj.session, everywhere, "3-2-1203")
    assert len(both) == 2
    assert [h.unit_id for h in search(yj.session, everywhere, "3-2-1203", yj.wj.id)] == [yj.units["WJ 3-2-1203"].id]


@pytest.mark.parametrize("words", ["", "  ", "%", "_", "'; DROP TABLE", "😀", "a" * 300, "张%", "-", "0"])
def test_odd_words_find_nothing_and_break_nothing(yj, words):
    assert titles(yj, words) == []


# ---- the household's page --------------------------------------------------------------------------------------


def test_the_page_shows_who_lives_there_and_what_is_open(yj):
    order = make_order(yj, state="issued")
    page = household(yj.session, yj.person("desk_clerk"), yj.units["3-2-1203"].id)
    assert [(d.resident.name, d.relation) for d in page.people] == [
        ("徐明远", "业主"),
        ("沈若兰", "家属"),
        ("林阿姨", "小时工"),
    ]
    assert [p.masked for p in page.people[0].phones] == ["138****2217"]
    assert (page.tickets, page.orders) == ((order.ticket,), (order,))
    assert {(e.noun, e.number) for e in page.history} == {
        ("ticket", order.ticket.number),
        ("work_order", order.number),
    }


def test_another_projects_household_is_not_there(yj):
    assert household(yj.session, yj.person("desk_clerk"), yj.units["WJ 3-2-1203"].id) is None
    assert household(yj.session, yj.person("desk_clerk"), 999_999) is None


@pytest.mark.rule("BASE-04")
@pytest.mark.parametrize("post", ["lobby_receptionist", "engineering_duty"])
def test_the_lobby_and_the_technician_see_no_residents_there(yj, post):
    assert household(yj.session, yj.person(post), yj.units["3-2-1203"].id).people == ()


def test_the_page_says_what_to_mind(yj):
    manager = yj.person("project_manager")
    owner = yj.residents["徐明远"]
    residents.edit(yj.session, manager, owner, important=True, vip_reason="老人独居", contact_wish="18:00 后")
    make_ticket(yj, priority="severe")
    for _ in range(3):
        make_order(yj, trade="plumbing")
    alerts = household(yj.session, yj.person("desk_clerk"), yj.units["3-2-1203"].id).alerts
    for words in ("重要客户：徐明远 老人独居", "联系时段：18:00 后", "须向客户说明进展", "同一种维修多次"):
        assert any(words in alert for alert in alerts), words


def test_who_moved_out_is_not_at_home_any_more(yj):
    tie = residents.ties_of(yj.session, yj.units["3-2-1204"].id)[0]
    tie.starts_on = residents.clock.today()
    with pytest.raises(RuleError, match="不能早于"):
        residents.move_out(yj.session, yj.person("desk_clerk"), tie, tie.starts_on.replace(day=20))
    residents.move_out(yj.session, yj.person("desk_clerk"), tie)
    yj.session.commit()
    assert residents.is_current(tie)
    tomorrow = residents.clock.today().replace(day=22)
    assert residents.ties_of(yj.session, yj.units["3-2-1204"].id, tomorrow) == []


# ---- 显示 ------------------------------------------------------------------------------------------------------


def phone_of(yj, name):
    return yj.residents[name].phones[0].id


@pytest.mark.rule("BASE-01", "BASE-02")
def test_a_value_is_shown_for_a_reason_that_stays_in_the_trail(yj, write: Writer):
    desk, row = yj.person("desk_clerk"), phone_of(yj, "徐明远")
    phone = type(yj.residents["徐明远"].phones[0])
    shown = write(lambda s: reveal(s, desk, phone, row, "number", "确认上门时间"), by=desk)
    assert shown == "13812342217"
    yj.session.rollback()
    entry = yj.session.scalars(select(TrailEntry).where(TrailEntry.action == "显示")).one()
    assert (entry.actor_id, entry.row_id) == (desk.staff_id, row)
    assert "确认上门时间" in entry.changes
    assert "13812342217" not in entry.changes + entry.subject


@pytest.mark.rule("BASE-01")
def test_without_a_reason_or_the_right_nothing_is_shown(yj):
    row = phone_of(yj, "徐明远")
    phone = type(yj.residents["徐明远"].phones[0])
    with pytest.raises(RuleError, match="用途"):
        reveal(yj.session, yj.person("desk_clerk"), phone, row, "number", " ")
    for post, project in (("lobby_receptionist", "YJ"), ("engineering_duty", "YJ"), ("desk_clerk", "WJ")):
        with pytest.raises(NotAllowed):
            reveal(yj.session, yj.person(post, project), phone, row, "number", "看看")
    with pytest.raises(NotAllowed):
        reveal(yj.session, yj.person("archivist"), phone, row, "number", "归档")
    with pytest.raises(RuntimeError, match="hides nothing"):
        reveal(yj.session, yj.person("desk_clerk"), Resident, yj.residents["徐明远"].id, "name", "看看")


@pytest.mark.rule("BASE-01")
def test_nobody_is_shown_more_than_the_hourly_number(yj, write: Writer, at):
    set_policy(yj.session, yj.yj, "reveal.per_hour", 2)
    desk, row = yj.person("desk_clerk"), phone_of(yj, "徐明远")
    phone = type(yj.residents["徐明远"].phones[0])

    def look():
        return write(lambda s: reveal(s, desk, phone, row, "number", "约时间"), by=desk)

    assert [look(), look()] == ["13812342217"] * 2
    with pytest.raises(RuleError, match="2 次"):
        look()
    at.forward(minutes=61)
    assert look() == "13812342217"


@pytest.mark.rule("BASE-01")
def test_the_phone_on_a_paper_is_shown_the_same_way(yj, write: Writer):
    order = make_order(yj)
    duty, desk = yj.person("engineering_duty"), yj.person("duty_manager")
    with pytest.raises(NotAllowed):
        reveal(yj.session, duty, WorkOrder, order.id, "phone", "联系业主")
    assert write(lambda s: reveal(s, desk, WorkOrder, order.id, "phone", "联系业主"), by=desk) == "13812342217"


# ---- residents -------------------------------------------------------------------------------------------------


def new(yj, **values):
    said = {"name": "王小明", "phones": ["138 0000 9999"], **values}
    return residents.create(yj.session, yj.person("desk_clerk"), yj.yj.id, **said)


def test_a_resident_is_put_on_file_and_findable_at_once(yj):
    someone = new(yj)
    yj.session.commit()
    assert (someone.initials, someone.phones[0].number) == ("wxm", "13800009999")
    for words in ("王", "小明", "wx", "9999"):
        assert ("resident", "王小明") in titles(yj, words)


@pytest.mark.rule("BASE-01", "BASE-02")
def test_identity_number_and_employer_lie_closed_in_the_table_and_out_of_the_trail(yj):
    someone = new(yj, id_no=ID_NO, employer="某某公司")
    yj.session.commit()
    raw = yj.session.execute(text("SELECT id_no, employer FROM resident WHERE id = :id"), {"id": someone.id}).one()
    assert all(raw)
    assert ID_NO not in str(raw)
    assert "某某公司" not in str(raw)
    page = residents.one_person(yj.session, someone.id)
    assert (page[0].id_no, page[0].employer) == (ID_NO, "某某公司")
    told = yj.session.scalars(select(TrailEntry.changes).where(TrailEntry.noun == "resident")).all()
    assert not any(ID_NO in line or "某某公司" in line for line in told)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"phones": ["1381234"]}, "phones"),
        ({"id_no": "110101199003078516"}, "id_no"),
        ({"id_no": "110101199003078000"}, "id_no"),
        ({"important": True}, "vip_reason"),
        ({"household_size": 99}, "household_size"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(yj, wrong, field):
    with pytest.raises(RuleError) as refused:
        new(yj, **wrong)
    assert refused.value.field == field


def test_one_identity_number_stands_once_in_a_project(yj):
    first = new(yj, id_no=ID_NO)
    with pytest.raises(RuleError, match="身份证号码"):
        new(yj, name="王大明", id_no=ID_NO)
    residents.edit(yj.session, yj.person("desk_clerk"), first, id_no=ID_NO, gender="male")


def test_a_new_name_is_found_and_the_old_one_is_not(yj):
    desk, someone = yj.person("desk_clerk"), new(yj)
    residents.edit(yj.session, desk, someone, name="李大力", phones=["13900000001", "13800009999", "13900000001"])
    yj.session.commit()
    assert titles(yj, "李大力") == [("resident", "李大力")]
    assert titles(yj, "王小明") == []
    assert [p.number for p in someone.phones] == ["13900000001", "13800009999"]
    assert titles(yj, "大力") == [("resident", "李大力")]
    residents.edit(yj.session, desk, someone, phones=["13900000001"])
    yj.session.commit()
    assert [p.number for p in someone.phones] == ["13900000001"]


def test_a_surname_is_looked_for_as_it_is_read(yj):
    new(yj, name="曾丽")
    assert titles(yj, "zl") == [("resident", "曾丽")]
    assert titles(yj, "cl") == []


def test_only_the_desk_writes_residents(yj):
    owner, unit = yj.residents["徐明远"], yj.units["3-2-1204"]
    for post in ("lobby_receptionist", "engineering_duty", "zone_steward"):
        stranger = yj.person(post)
        for write in (
            lambda by: residents.edit(yj.session, by, owner, remark="x"),
            lambda by: residents.create(yj.session, by, yj.yj.id, name="王小明"),
            lambda by: residents.set_phones(yj.session, by, owner, ["13800009999"]),
            lambda by: residents.move_in(yj.session, by, owner, unit, "tenant"),
            lambda by: residents.move_out(yj.session, by, residents.ties_of(yj.session, unit.id)[0]),
        ):
            with pytest.raises(NotAllowed):
                write(stranger)
    with pytest.raises(RuntimeError):
        new(yj, merged_into_id=1)
    with pytest.raises(Invalid):
        residents.edit(yj.session, yj.person("desk_clerk"), yj.residents["徐明远"], name="")


def test_two_that_are_one_are_merged_and_parted_again(yj):
    manager, clerk = yj.person("service_administrator"), yj.person("desk_clerk")
    kept, gone = yj.residents["徐明远"], new(yj, name="徐明元")
    residents.move_in(yj.session, clerk, gone, yj.units["3-2-1204"], "tenant")
    with pytest.raises(NotAllowed):
        residents.merge(yj.session, clerk, gone, kept, "同一人")
    with pytest.raises(RuleError, match="依据"):
        residents.merge(yj.session, manager, gone, kept, " ")
    residents.merge(yj.session, manager, gone, kept, "同一人，登记时写错")
    yj.session.commit()
    with pytest.raises(RuleError, match="先拆开"):
        residents.merge(yj.session, manager, gone, yj.residents["张伟"], "同一人")
    with pytest.raises(RuleError, match="先拆开"):
        residents.merge(yj.session, manager, kept, yj.residents["张伟"], "同一人")
    assert ("resident", "徐明远") in titles(yj, "徐明元")
    assert ("resident", "徐明远") in titles(yj, "9999")
    page = household(yj.session, clerk, yj.units["3-2-1204"].id)
    assert [(d.resident.name, d.also) for d in page.people] == [("张伟", ()), ("徐明远", ("3-2-1203",))]
    with pytest.raises(NotAllowed):
        residents.unmerge(yj.session, clerk, gone)
    residents.unmerge(yj.session, manager, gone)
    yj.session.commit()
    assert [d.resident.name for d in household(yj.session, clerk, yj.units["3-2-1204"].id).people] == ["张伟", "徐明元"]
    actions = yj.session.scalars(select(TrailEntry.action).where(TrailEntry.row_id == gone.id)).all()
    assert {"合并", "拆分"} <= set(actions)


def test_two_different_people_are_not_merged(yj):
    manager = yj.person("service_administrator")
    one, two = new(yj, id_no=ID_NO), new(yj, name="王二", id_no="11010119900307889X")
    with pytest.raises(RuleError, match="不是同一人"):
        residents.merge(yj.session, manager, one, two, "像")
    with pytest.raises(RuleError):
        residents.merge(yj.session, manager, one, one, "像")
    area = person(yj.session, "project_manager")
    with pytest.raises(NotAllowed):
        residents.merge(yj.session, area, one, yj.residents["赵望舒"], "像")


def test_the_same_tie_stands_once(yj):
    desk, owner = yj.person("desk_clerk"), yj.residents["徐明远"]
    with pytest.raises(RuleError, match="已经是"):
        residents.move_in(yj.session, desk, owner, yj.units["3-2-1203"], "owner")
    with pytest.raises(RuleError, match="同一项目"):
        residents.move_in(yj.session, desk, yj.residents["赵望舒"], yj.units["3-2-1203"], "owner")
    with pytest.raises(RuleError, match="关系"):
        residents.move_in(yj.session, desk, owner, yj.units["3-2-1204"], "friend")


def test_the_history_keeps_what_is_closed(yj):
    ticket = make_ticket(yj)
    advance(yj.session, ticket, "cancel", yj.person("service_supervisor"), reason="误报")
    yj.session.commit()
    page = household(yj.session, yj.person("desk_clerk"), yj.units["3-2-1203"].id)
    assert page.tickets == ()
    assert [(e.number, e.state) for e in page.history] == [(ticket.number, "已作废")]


def test_the_ledger_lists_the_homes_of_today_not_those_of_former_times(yj):
    viewer = yj.person("project_manager")
    here, gone = yj.residents["徐明远"], yj.residents["张伟"]
    residents.move_in(yj.session, viewer, here, yj.units["3-2-1204"], "tenant")
    for resident in (here, gone):
        tie = min(resident.occupancies, key=lambda tie: tie.id)
        tie.starts_on, tie.ends_on = date(2020, 1, 1), date(2026, 11, 20)
    yj.session.commit()
    lines = ledger(yj.session, viewer, [here, gone])
    assert [(line["name"], line["unit"], line["relation"]) for line in lines] == [
        ("徐明远", "3-2-1204", "租户"),
        ("张伟", "", ""),
    ]
