"""临时任务, 上报, 改进需求, 知识条目, 超期未解决: who asks whom, who was told how, in whose hands it lies."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models import CallRecord, ChangeRequest, DutyTask, KnowledgeEntry, PostName, Signature, UpwardReport, clock
from rules.advance import advance, edit, start
from rules.duties import due_for_review, held_beyond_limit, held_count, review_count
from rules.errors import Invalid, NotAllowed, RuleError, WrongState
from tests.desk import Desk, sit, token, version
from tests.makers import World, make_order, make_ticket, staff_of, world


@pytest.fixture
def yj(session) -> World:
    return world(session)


def staff_id(made: World, post: str, project: str = "YJ") -> int:
    return staff_of(made.session, post, project).id


# ---- 临时任务 ------------------------------------------------------------------------------------------------------


def task_of(made: World, **values) -> DutyTask:
    facts = {
        "org_id": made.yj.id,
        "title": "核对三栋门禁卡",
        "assignee_id": staff_id(made, "desk_clerk"),
        "due_at": clock.now() + timedelta(hours=4),
    }
    return DutyTask(**{**facts, **values})


def given(made: World, post: str = "service_supervisor", **values) -> DutyTask:
    task = start(made.session, task_of(made, **values), made.person(post))
    made.session.commit()
    return task


@pytest.mark.rule("SYS-04")
def test_a_leader_s_request_is_a_task_with_one_person_and_a_time(app, yj):
    task = given(yj)
    assert task.number.startswith("RW-YJ-202611-")
    assert "交办给我的" in seat(app, yj, "desk_clerk").get("/")
    assert "交办给我的" not in seat(app, yj, "receptionist").get("/")


@pytest.mark.rule("SYS-04")
@pytest.mark.parametrize(
    ("gap", "field"),
    [({"title": " "}, "title"), ({"due_at": None}, "due_at"), ({"assignee_id": None}, "assignee_id")],
)
def test_a_task_without_matter_person_or_time_is_refused(yj, gap, field):
    with pytest.raises(Invalid) as refused:
        start(yj.session, task_of(yj, **gap), yj.person("service_supervisor"))
    assert refused.value.errors.keys() == {field}


@pytest.mark.rule("SYS-04")
def test_only_leaders_give_tasks_and_only_downwards_and_in_their_unit(yj):
    with pytest.raises(NotAllowed):
        start(yj.session, task_of(yj), yj.person("receptionist"))
    for who in (staff_id(yj, "project_manager"), staff_id(yj, "service_supervisor"), staff_id(yj, "desk_clerk", "WJ")):
        with pytest.raises(Invalid) as refused:
            start(yj.session, task_of(yj, assignee_id=who), yj.person("service_supervisor"))
        assert refused.value.errors.keys() == {"assignee_id"}


@pytest.mark.rule("SYS-04")
def test_it_is_reported_done_by_its_person_and_confirmed_or_sent_back_by_its_giver(yj, at):
    task, boss, clerk = given(yj), yj.person("service_supervisor"), yj.person("desk_clerk")
    with pytest.raises(NotAllowed):
        advance(yj.session, task, "finish", boss, result="办了")
    with pytest.raises(RuleError, match="完成情况"):
        advance(yj.session, task, "finish", clerk, result=" ")
    at.forward(hours=1)
    advance(yj.session, task, "finish", clerk, result="核对 42 张，两张停用")
    assert task.done_at == clock.now()
    with pytest.raises(NotAllowed):
        advance(yj.session, task, "confirm", clerk)
    advance(yj.session, task, "send_back", boss, reason="还差五栋")
    assert (task.state, task.done_at) == ("assigned", None)
    advance(yj.session, task, "finish", clerk, result="五栋也核对了")
    advance(yj.session, task, "confirm", boss)
    assert (task.state, task.confirmed_at) == ("confirmed", clock.now())
    with pytest.raises(WrongState):
        edit(yj.session, task, boss, title="改成别的")


# ---- 上报 ----------------------------------------------------------------------------------------------------------


def report_of(made: World, **values) -> UpwardReport:
    facts = {
        "org_id": made.yj.id,
        "to_id": staff_id(made, "service_supervisor"),
        "at": clock.now(),
        "means": "phone",
        "content": "业主拒绝入户，维修办不下去",
    }
    return UpwardReport(**{**facts, **values})


def reported(made: World, post: str = "desk_clerk", **values) -> UpwardReport:
    report = start(made.session, report_of(made, **values), made.person(post))
    made.session.commit()
    return report


@pytest.mark.rule("BASE-07")
@pytest.mark.parametrize("gap", ["to_id", "means", "content"])
def test_a_report_says_to_whom_and_by_which_means(yj, gap):
    with pytest.raises(Invalid) as refused:
        start(yj.session, report_of(yj, **{gap: None}), yj.person("desk_clerk"))
    assert refused.value.errors.keys() == {gap}
    assert refused.value.rule == "BASE-07"


@pytest.mark.rule("BASE-07")
def test_a_report_without_a_time_is_of_now_and_never_of_the_future(yj):
    assert reported(yj, at=None).at == clock.now()
    with pytest.raises(RuleError) as refused:
        start(yj.session, report_of(yj, at=clock.now() + timedelta(minutes=1)), yj.person("desk_clerk"))
    assert refused.value.field == "at"


@pytest.mark.rule("BASE-07")
@pytest.mark.parametrize(
    ("post", "project"), [("receptionist", "YJ"), ("desk_clerk", "YJ"), ("service_supervisor", "WJ")]
)
def test_it_goes_upwards_and_to_somebody_who_answers_for_the_unit(yj, post, project):
    with pytest.raises(Invalid) as refused:
        start(yj.session, report_of(yj, to_id=staff_id(yj, post, project)), yj.person("desk_clerk"))
    assert refused.value.errors.keys() == {"to_id"}


@pytest.mark.rule("BASE-07")
def test_what_was_reported_is_never_rewritten(yj):
    report = reported(yj)
    with pytest.raises(WrongState):
        edit(yj.session, report, yj.person("desk_clerk"), content="其实没事")
    yj.session.rollback()
    assert report.content == "业主拒绝入户，维修办不下去"


@pytest.mark.rule("BASE-07")
def test_it_names_its_paper_by_number_within_what_the_reporter_reads(yj):
    ticket = make_ticket(yj)
    report = reported(yj, about=ticket.number.lower())
    assert (report.noun, report.row_id, report.about) == ("ticket", ticket.id, ticket.number)
    with pytest.raises(RuleError) as refused:
        start(yj.session, report_of(yj, about="BS-YJ-202611-9999"), yj.person("desk_clerk"))
    assert refused.value.field == "about"


@pytest.mark.rule("SYS-05")
def test_only_the_superior_who_was_told_answers(yj):
    report = reported(yj)
    with pytest.raises(NotAllowed):
        advance(yj.session, report, "answer", yj.person("project_manager"), reply="知道了")
    with pytest.raises(RuleError, match="批示"):
        advance(yj.session, report, "answer", yj.person("service_supervisor"), reply=" ")
    advance(yj.session, report, "answer", yj.person("service_supervisor"), reply="我明早同业主谈")
    assert (report.state, report.replied_at) == ("answered", clock.now())


# ---- 超期未解决 ----------------------------------------------------------------------------------------------------


def lines(made: World, post: str, project: str = "YJ"):
    made.session.commit()
    return [
        (h.noun, h.number, h.holder, h.reported) for h in held_beyond_limit(made.session, made.person(post, project))
    ]


@pytest.mark.rule("SYS-05")
def test_what_is_past_its_limit_shows_the_holder_s_name_to_the_superior(yj, at):
    order = make_order(yj, state="received")
    assert lines(yj, "service_supervisor") == []
    at.forward(minutes=21)
    (late,) = held_beyond_limit(yj.session, yj.person("service_supervisor"))
    assert (late.number, late.holder, late.post) == (order.number, "罗志强", "工程部值班人员")
    assert "没有到" in late.limit
    assert held_count(yj.session, yj.person("service_supervisor")) == 1


@pytest.mark.rule("SYS-05")
def test_a_matter_nobody_was_given_is_in_its_first_contact_s_hands(yj, at):
    ticket = make_ticket(yj, kind="inquiry")
    at("2026-11-22 08:00")
    assert lines(yj, "service_supervisor") == [("ticket", ticket.number, "陆文婷", "")]


@pytest.mark.rule("SYS-05")
def test_neither_oneself_nor_equals_nor_strangers_are_shown(yj, at):
    make_ticket(yj)
    at("2026-11-22 08:00")
    assert lines(yj, "desk_clerk") == []
    assert lines(yj, "receptionist") == []
    assert lines(yj, "service_supervisor", "WJ") == []
    assert len(lines(yj, "project_manager")) == 1


@pytest.mark.rule("SYS-05", "BASE-07")
def test_it_shows_whether_the_holder_reported_it(yj, at):
    ticket = make_ticket(yj)
    at("2026-11-22 08:00")
    assert lines(yj, "project_manager")[0][3] == ""
    reported(yj, about=ticket.number)
    assert lines(yj, "project_manager")[0][3] == "11-22 08:00 向陈堃电话报告"


@pytest.mark.rule("SYS-05", "SYS-04")
def test_a_task_past_its_time_names_its_person_until_it_is_done(yj, at):
    task = given(yj, "project_manager")
    at.forward(hours=5)
    assert lines(yj, "project_manager") == [("duty_task", task.number, "陆文婷", "")]
    advance(yj.session, task, "finish", yj.person("desk_clerk"), result="核对完")
    assert lines(yj, "project_manager") == []


@pytest.mark.rule("SYS-05")
def test_a_call_nobody_answered_that_day_names_who_took_it(yj, at):
    facts = {"kind": "in", "party": "徐明远", "content": "问装修", "callback": "13812342217", "rings": 2}
    call = start(yj.session, CallRecord(org_id=yj.yj.id, **facts), yj.person("receptionist"))
    assert lines(yj, "service_supervisor") == []
    at("2026-11-22 09:00")
    assert ("call_record", call.number, "宋佳宁", "") in lines(yj, "service_supervisor")


# ---- 改进需求 ------------------------------------------------------------------------------------------------------


def request_of(made: World, **values) -> ChangeRequest:
    facts = {"org_id": made.yj.id, "title": "工单按楼排序", "need": "列表能按楼栋排序", "why": "技工一次跑一栋，少走路"}
    return ChangeRequest(**{**facts, **values})


@pytest.mark.rule("SYS-02")
@pytest.mark.parametrize("gap", ["title", "need", "why"])
def test_a_request_says_what_is_needed_and_why(yj, gap):
    with pytest.raises(Invalid) as refused:
        start(yj.session, request_of(yj, **{gap: ""}), yj.person("service_administrator"))
    assert refused.value.errors.keys() == {gap}


@pytest.mark.rule("SYS-02")
def test_business_management_registers_it_and_its_progress_is_kept(yj):
    with pytest.raises(NotAllowed):
        start(yj.session, request_of(yj), yj.person("desk_clerk"))
    made, centre = (
        start(yj.session, request_of(yj), yj.person("service_administrator")),
        yj.person("quality_manager"),
    )
    advance(yj.session, made, "accept", centre)
    with pytest.raises(RuleError, match="处理结果"):
        advance(yj.session, made, "finish", centre)
    advance(yj.session, made, "finish", centre, outcome="列表可按楼栋排序")
    assert (made.state, made.closed_at) == ("done", clock.now())


@pytest.mark.rule("SYS-02")
def test_a_request_is_declined_with_its_reason(yj):
    made = start(yj.session, request_of(yj), yj.person("service_administrator"))
    with pytest.raises(RuleError, match="原因"):
        advance(yj.session, made, "decline", yj.person("quality_manager"))
    advance(yj.session, made, "decline", yj.person("quality_manager"), reason="已有按房号排序")
    assert (made.state, made.outcome) == ("declined", "已有按房号排序")


# ---- 知识条目 ------------------------------------------------------------------------------------------------------


def entry_of(made: World, **values) -> KnowledgeEntry:
    facts = {
        "org_id": made.yj.id,
        "title": "地库车位分布",
        "body": "A 区 1–80，B 区 81–160",
        "review_on": date(2027, 5, 1),
    }
    return KnowledgeEntry(**{**facts, **values})


@pytest.mark.rule("SYS-03")
def test_an_entry_has_an_author_and_the_day_of_its_review(yj):
    writer = yj.person("service_assistant")
    assert start(yj.session, entry_of(yj), writer).author_id == writer.staff_id
    for wrong in (None, date(2026, 11, 21), date(2026, 11, 1)):
        with pytest.raises(Invalid) as refused:
            start(yj.session, entry_of(yj, review_on=wrong), writer)
        assert refused.value.errors.keys() == {"review_on"}


@pytest.mark.rule("SYS-03")
def test_entries_come_due_on_their_day_and_a_review_sets_the_next(yj, at):
    entry = start(yj.session, entry_of(yj, review_on=date(2026, 12, 1)), yj.person("service_assistant"))
    yj.session.commit()
    reader, other = yj.person("service_supervisor"), yj.person("service_supervisor", "WJ")
    at("2026-11-30 23:59")
    assert due_for_review(yj.session, reader) == []
    at("2026-12-01 00:00")
    assert due_for_review(yj.session, reader) == [entry]
    assert (review_count(yj.session, reader), review_count(yj.session, other)) == (1, 0)
    with pytest.raises(RuleError, match="复审日期"):
        advance(yj.session, entry, "review", reader, review_on=date(2026, 12, 1))
    yj.session.rollback()
    advance(yj.session, entry, "review", reader, review_on=date(2027, 6, 1))
    assert (entry.reviewed_by_id, entry.reviewed_at) == (reader.staff_id, clock.now())
    assert due_for_review(yj.session, reader) == []


@pytest.mark.rule("SYS-03")
def test_an_old_entry_is_corrected_without_moving_its_review(yj, at):
    entry = start(yj.session, entry_of(yj, review_on=date(2026, 12, 1)), yj.person("service_assistant"))
    yj.session.commit()
    at("2026-12-15 09:00")
    edit(yj.session, entry, yj.person("service_assistant"), body="A 区 1–90")
    assert due_for_review(yj.session, yj.person("service_supervisor")) == [entry]


# ---- on screen -----------------------------------------------------------------------------------------------------


def seat(app, made: World, post: str, project: str = "YJ", **kw: bool) -> Desk:
    made.session.commit()  # what others wrote meanwhile is seen, and SQLite lets this session write again
    return sit(app, made.session, post, project, **kw)


@pytest.mark.rule("SYS-05")
def test_the_superior_s_page_names_the_holder(app, yj, at):
    order = make_order(yj, state="received")
    at.forward(minutes=21)
    boss = seat(app, yj, "service_supervisor")
    page = boss.get("/held")
    assert order.number[-4:] in page
    assert "罗志强" in page
    assert "没有上报" in page
    assert "下级经手已超期" in boss.get("/")
    assert "罗志强" not in seat(app, yj, "service_supervisor", "WJ").get("/held")


@pytest.mark.rule("BASE-07")
def test_a_report_is_registered_on_screen_with_whom_when_and_how(app, yj):
    clerk = seat(app, yj, "desk_clerk")
    form = clerk.get("/upward_report/new")
    typed = {"token": token(form), "to_id": str(staff_id(yj, "service_supervisor")), "content": "业主拒绝入户"}
    refused = clerk.post("/upward_report/new", typed, 422).text
    assert "请选择方式" in refused
    assert "业主拒绝入户" in refused
    home = clerk.post("/upward_report/new", {**typed, "means": "oral"}).headers["Location"]
    page = clerk.get(home)
    assert "陈堃" in page
    assert "口头" in page
    assert "2026-11-21 10:00" in page
    boss = seat(app, yj, "service_supervisor")
    form = boss.get(f"{home}/answer")
    boss.post(f"{home}/answer", {"token": token(form), "version": version(form), "reply": "明早我去谈"})
    assert "明早我去谈" in clerk.get(home)


@pytest.mark.rule("SYS-04")
def test_a_task_is_given_and_reported_done_on_screen(app, yj):
    boss, clerk = seat(app, yj, "service_supervisor"), seat(app, yj, "desk_clerk")
    form = boss.get("/duty_task/new")
    typed = {
        "token": token(form),
        "title": "核对门禁卡",
        "assignee_id": str(staff_id(yj, "desk_clerk")),
        "due_at": "2026-11-21T16:00",
    }
    home = boss.post("/duty_task/new", typed).headers["Location"]
    assert "交办给我的" in clerk.get("/")
    form = clerk.get(f"{home}/finish")
    clerk.post(f"{home}/finish", {"token": token(form), "version": version(form), "result": "核对 42 张"})
    assert "待确认" in boss.get(home)
    clerk.get("/duty_task/new", 403)


@pytest.mark.rule("SYS-03")
def test_entries_due_for_review_are_counted_and_opened(app, yj, at):
    start(yj.session, entry_of(yj, review_on=date(2026, 12, 1)), yj.person("service_assistant"))
    yj.session.commit()
    boss = seat(app, yj, "service_supervisor")
    assert "待复审" not in boss.get("/knowledge_entry/")
    at("2026-12-01 08:00")
    boss = seat(app, yj, "service_supervisor")
    assert "待复审 1 条" in boss.get("/knowledge_entry/")
    assert "地库车位分布" in boss.get("/knowledge_entry/?state=current&review_on_to=2026-12-01")
    assert "地库车位分布" in boss.get("/handbook?q=地库")


@pytest.mark.rule("SYS-02")
def test_a_request_is_registered_on_screen_with_its_reason(app, yj):
    keeper = seat(app, yj, "service_administrator")
    form = keeper.get("/change_request/new")
    typed = {"token": token(form), "title": "工单按楼排序", "need": "列表能按楼栋排序"}
    assert "请填写提出理由" in keeper.post("/change_request/new", typed, 422).text
    home = keeper.post("/change_request/new", {**typed, "why": "少走路"}).headers["Location"]
    assert "已登记" in keeper.get(home)
    seat(app, yj, "desk_clerk").get("/change_request/new", 403)


@pytest.mark.rule("BASE-08")
def test_the_pages_call_a_post_as_its_project_does(app, yj):
    yj.session.add(PostName(org_id=yj.yj.id, post="desk_clerk", label="前台管家"))
    assert "前台管家" in seat(app, yj, "desk_clerk").get("/")
    assert "前台管家" not in seat(app, yj, "desk_clerk", "WJ").get("/")
    yj.session.delete(yj.session.scalars(select(PostName)).one())
    page = seat(app, yj, "desk_clerk").get("/")
    assert "前台管家" not in page
    assert "前台值班员" in page


@pytest.mark.rule("BASE-08")
def test_whoever_signed_stands_there_in_the_project_s_own_words(app, yj):
    order = make_order(yj, state="issued")
    clerk = yj.person("desk_clerk")
    yj.session.add(
        Signature(
            org_id=yj.yj.id, noun="work_order", row_id=order.id, slot="签发", staff_id=clerk.staff_id, signer="陆文婷",
            relation="本人", post="desk_clerk", means="system", signed_at=clock.now(), content_hash="0" * 64,
        )
    )  # fmt: skip
    yj.session.add(PostName(org_id=yj.yj.id, post="desk_clerk", label="前台管家"))
    assert "前台管家 11-21 10:00" in seat(app, yj, "service_supervisor").get(f"/work_order/{order.id}")


@pytest.mark.rule("TKT-18")
def test_the_ticket_s_page_names_everybody_it_has_risen_to(app, yj, at):
    ticket = make_ticket(yj)
    path = f"/ticket/{ticket.id}"
    assert "责任升级" not in seat(app, yj, "service_supervisor").get(path)
    yj.session.add(PostName(org_id=yj.yj.id, post="project_manager", label="管家总监"))
    at("2026-11-24 10:01")
    page = seat(app, yj, "service_supervisor").get(path)
    assert "责任升级" in page
    assert "管家总监" in page
    assert "高建国" in page


@pytest.mark.rule("SYS-03")
def test_the_home_page_names_the_entries_to_review(app, yj, at):
    entry = start(yj.session, entry_of(yj, review_on=date(2026, 12, 1)), yj.person("service_assistant"))
    assert "知识待复审" not in seat(app, yj, "service_supervisor").get("/")
    at("2026-12-01 08:00")
    page = seat(app, yj, "service_supervisor").get("/")
    assert f'href="/knowledge_entry/{entry.id}"' in page
    assert "应于 2026-12-01 前复审" in page
    assert "应于 2026-12-01" not in seat(app, yj, "service_supervisor", "WJ").get("/")


def test_a_person_s_page_leads_to_what_that_person_did(app, yj):
    keeper, boss = seat(app, yj, "service_administrator"), seat(app, yj, "project_manager")
    form = keeper.get("/change_request/new")
    keeper.post("/change_request/new", {"token": token(form), "title": "按楼排序", "need": "列表", "why": "好找"})

    def lines(staff: int) -> str:
        return boss.get(f"/trail?actor={staff}").split('aria-label="操作日志"')[-1]

    assert f'href="/trail?actor={keeper.staff_id}"' in boss.get(f"/staff/{keeper.staff_id}")
    assert "系统改进需求" in lines(keeper.staff_id)
    assert "系统改进需求" not in lines(boss.staff_id)
    assert f"{keeper.name}" in boss.get(f"/trail?actor={keeper.staff_id}").split('aria-label="操作日志"')[0]
    assert "此人的操作" not in keeper.get(f"/staff/{keeper.staff_id}")


@pytest.mark.rule("SYS-05")
def test_a_report_is_begun_from_the_paper_it_is_about(app, yj):
    ticket, clerk = make_ticket(yj), sit(app, yj.session, "desk_clerk")
    page = clerk.get(f"/upward_report/new?about={ticket.number}")
    assert re.search(rf'name="about"[^>]*value="{ticket.number}"', page)
    hostile = clerk.get("/upward_report/new?about=%22%3E%3Cb%3E")
    assert "&#34;&gt;&lt;b&gt;" in hostile
    typed = {"token": token(page), "to_id": str(staff_of(yj.session, "service_supervisor").id), "means": "oral"}
    typed |= {"about": ticket.number, "content": "业主不让进门", "at": "2026-11-21T10:00"}
    clerk.post("/upward_report/new", typed)
    yj.session.rollback()
    report = yj.session.scalars(select(UpwardReport)).one()
    assert (report.noun, report.row_id) == ("ticket", ticket.id)
