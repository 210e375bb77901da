"""制度手册: every rule on its page with an anchor, found by word, id or article; every step says who may and why."""

import re

import pytest
from sqlalchemy.orm import Session

from admin_views.page import Action
from models import Base, CallRecord, Ticket
from models.document import Stateful
from rules import handbook
from rules.advance import start
from rules.deadline_table import DEADLINES
from rules.handbook import article, rules
from rules.next_steps import next_steps
from rules.permissions import PERMISSIONS
from rules.policies import POLICIES
from rules.standards import standards
from tests.desk import sit
from tests.door import enter, people
from tests.makers import make_order, make_ticket, world

PAPERS = sorted(
    (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Stateful)), key=lambda m: m.__tablename__
)
MOVES = [(model, step) for model in PAPERS for step in model.lifecycle.moves.values()]


@pytest.fixture
def inside(client, write):
    people(write)
    return enter(client, "desk")


# ---- the book ------------------------------------------------------------------------------------------------------


def test_every_row_of_every_page_is_read():
    rows = [
        line
        for page in handbook.FOLDER.glob("*.md")
        for line in page.read_text("utf-8").splitlines()
        if re.match(r"\| [A-Z]+-\d+", line)
    ]
    assert len(rows) == len(rules()) > 80
    assert {"BASE", "WO", "TKT", "FIRST", "CALL", "SYS"} <= {rule.module for rule in rules().values()}


@pytest.mark.rule("SYS-01")
def test_every_rule_says_where_it_stands_and_what_it_asks():
    assert all(rule.source and len(rule.text) > 5 for rule in rules().values())
    assert article("WO-18") == "WO-18（004-5§4.3.4）"


@pytest.mark.rule("SYS-01")
def test_the_whole_book_is_a_page_with_an_anchor_for_every_rule(inside):
    page = inside.get("/handbook").text
    missing = [rule for rule in rules() if f'id="{rule}"' not in page]
    assert not missing
    assert all(rule.text in page and rule.source in page for rule in rules().values())


@pytest.mark.rule("SYS-01")
@pytest.mark.parametrize(
    ("asked", "found", "not_found"),
    [
        ("WO-18", {"WO-18"}, {"WO-17", "TKT-08"}),
        ("wo-18", {"WO-18"}, {"WO-17"}),
        ("004-5§4.3.4", {"WO-18"}, {"WO-19"}),
        ("签认", {"WO-18"}, {"CALL-01"}),
        ("签认 回访", {"WO-18"}, {"WO-28"}),
    ],
)
def test_it_is_searched_by_word_by_id_and_by_article(inside, asked, found, not_found):
    page = inside.get("/handbook", query_string={"q": asked}).text
    assert all(f'id="{rule}"' in page for rule in found)
    assert not any(f'id="{rule}"' in page for rule in not_found)


def test_a_search_for_nothing_that_exists_says_so_and_shows_it_as_text(inside):
    page = inside.get("/handbook", query_string={"q": "<script>没有"}).text
    assert "没有找到" in page
    assert "<script>没有" not in page


@pytest.mark.rule("SYS-01")
def test_the_book_is_in_the_menu_of_every_page_forms_too(inside):
    assert 'href="/handbook"' in inside.get("/upward_report/new").text


@pytest.mark.rule("SYS-01")
def test_a_rule_names_the_buttons_and_settings_that_stand_on_it(inside):
    page = inside.get("/handbook", query_string={"q": "TKT-04"}).text
    assert "/policies?q=tkt.dispatch_min" in page
    assert "工作任务单·签发" in inside.get("/handbook", query_string={"q": "WO-02"}).text


@pytest.mark.rule("SYS-01")
def test_limits_settings_and_refusals_lead_to_their_entry(app):
    with app.test_request_context():
        macro = "{% from 'parts/actions.html' import more %}{{ more(actions) }}"
        drawn = app.jinja_env.from_string(macro).render(
            actions=(Action("签认", reason="须由客服助理办理", rule="WO-18"),)
        )
    assert 'href="/handbook#WO-18"' in drawn
    to = app.jinja_env.filters["handbook_url"]
    assert to("004-5§4.3.4") == "/handbook?q=004-5%C2%A74.3.4"


def test_a_stranger_does_not_read_it(client, write):
    people(write)
    assert client.get("/handbook").status_code == 302


# ---- each step says what next, who, and why (SYS-06) ---------------------------------------------------------------


@pytest.mark.rule("SYS-06")
@pytest.mark.parametrize(("model", "step"), MOVES, ids=[f"{m.__tablename__}.{s.verb}" for m, s in MOVES])
def test_every_move_stands_on_a_rule_of_the_handbook_and_somebody_may_make_it(model, step):
    assert step.rule in rules(), f"{model.__name__}.{step.verb} names no rule"
    assert step.system or PERMISSIONS.get(f"{model.__tablename__}.{step.verb}")


@pytest.mark.rule("SYS-06")
def test_settings_and_limits_name_rules_of_the_handbook():
    named = {r for p in POLICIES.values() for r in p.rules} | {r for d in DEADLINES for r in d.rules}
    assert named
    assert not named - rules().keys()


@pytest.mark.rule("SYS-06")
def test_the_next_steps_say_who_and_on_which_ground_system_steps_too(session):
    yj = world(session)
    ticket = make_ticket(yj)
    steps = {s.verb: s for s in next_steps(ticket, yj.person("desk_clerk"))}
    assert steps["solve"].mine
    assert (steps["cancel"].mine, steps["cancel"].who) == (False, "客服主管，或管理处经理")
    assert (steps["solve"].rule, steps["solve"].article) == ("FIRST-01", "002-1")
    assert "系统" in steps["dispatch"].who
    assert steps["pass_on"].leads_to == Ticket.lifecycle.states["dispatched"]


@pytest.mark.rule("SYS-06")
def test_the_page_of_a_paper_shows_them(client, write):
    house = people(write)
    enter(client, "desk")

    def call(session: Session) -> int:
        facts = {"kind": "in", "party": "徐明远", "content": "问装修", "callback": "13812342217", "rings": 2}
        return start(session, CallRecord(org_id=house.orgs["yj"], **facts), house.person(session, "desk")).id

    page = client.get(f"/call_record/{write(call)}").text
    assert "可以办的下一步" in page
    for step in CallRecord.lifecycle.open_moves("open"):
        assert step.label in page
        assert f'href="/handbook#{step.rule}"' in page
    assert "客服主管，或管理处经理" in page  # who may void it


# ---- standards -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("TKT-01", "CALL-06")
@pytest.mark.parametrize("form", ["/ticket/new", "/call_record/new"])
def test_how_people_are_received_stands_beside_the_form_and_in_the_book(inside, form):
    page, book = inside.get(form).text, inside.get("/handbook").text
    assert 'href="/handbook#reception"' in page
    assert 'id="reception"' in book
    for said in ("热情接待", "先安抚情绪", "我帮您汇报后尽快给您回复"):
        assert said in page
        assert said in book


@pytest.mark.rule("WO-04")
def test_the_standard_of_repairs_opens_from_the_slip(app, session):
    yj = world(session)
    order = make_order(yj, state="issued")
    tech = sit(app, session, "engineering_duty")
    assert 'href="/handbook#repair"' in tech.get(f"/work_order/{order.id}")
    book = tech.get("/handbook")
    assert 'id="repair"' in book
    assert all(line in book for line in standards()["repair"].lines)


def test_a_standard_is_found_by_its_words(inside):
    page = inside.get("/handbook", query_string={"q": "鞋套"}).text
    assert 'id="repair"' in page
    assert 'id="reception"' not in page
    assert "没有找到" not in page
