"""签字: exactly the person the regulation names, over exactly what stood on the slip."""

from datetime import date

import pytest
from sqlalchemy import select

from models import FollowUp, Signature, clock
from printouts.filling.residents import home
from rules import residents
from rules.advance import advance
from rules.errors import NotAllowed, RuleError
from rules.signing import content_hash, sign, signatures_of, still_holds, who_signs
from tests.makers import (
    World,
    finishing,
    later,
    make_order,
    make_public_order,
    picture,
    printed,
    set_policy,
    signing,
    staff_of,
    walk_to,
    world,
)


@pytest.fixture
def yj(session) -> World:
    return world(session)


# ---- in a home -------------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-05", "WO-18", "WO-19")
def test_an_adult_of_the_household_signs_and_the_follow_up_falls_due(yj):
    order = make_order(yj, state="to_sign")
    assert yj.session.scalars(select(FollowUp)).all() == []
    advance(yj.session, order, "sign", yj.person("engineering_duty"), **signing(yj, order))
    yj.session.commit()
    assert (order.state, order.proven_at) == ("completed", clock.now())
    kept = signatures_of(yj.session, order)[0]
    assert (kept.signer, kept.relation, kept.means, kept.staff_id) == ("徐明远", "业主", "glass", None)
    assert yj.session.scalars(select(FollowUp)).one().order_id == order.id


@pytest.mark.rule("WO-19")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"signer_adult": False}, "signer_adult"),
        ({"signer": " "}, "signer"),
        ({"signer": " ", "signer_kind": "adult"}, "signer"),
        ({"signer_kind": None}, "signer_kind"),
        ({"signer_kind": "service_assistant"}, "signer_kind"),
        ({"signer": "林阿姨", "signer_kind": "adult"}, "signer"),
        ({"signer": "张伟", "signer_kind": "owner"}, "signer"),
        ({"signer": "张伟", "signer_kind": "resident"}, "signer"),
    ],
)
def test_anybody_else_is_refused_and_told_who_may(yj, said, field):
    order = make_order(yj, state="to_sign")
    with pytest.raises(RuleError, match="成年人") as refused:
        advance(yj.session, order, "sign", yj.person("engineering_duty"), **signing(yj, order, **said))
    assert (refused.value.field, refused.value.rule) == (field, "WO-19")
    assert order.state == "to_sign"


@pytest.mark.rule("WO-19")
@pytest.mark.parametrize(
    ("signer", "kind"), [("徐明远", "owner"), ("沈若兰", "resident"), ("沈若兰", "adult"), ("徐外公", "adult")]
)
def test_those_the_regulation_names_may_sign(yj, signer, kind):
    order = make_order(yj, state="to_sign")
    said = signing(yj, order, signer=signer, signer_kind=kind)
    advance(yj.session, order, "sign", yj.person("engineering_duty"), **said)
    assert order.state == "completed"


@pytest.mark.rule("WO-19")
def test_where_the_policy_says_so_only_the_owner_or_resident_signs(yj):
    set_policy(yj.session, yj.yj, "wo.signer", "owner")
    order = make_order(yj, state="to_sign")
    assert who_signs(yj.session, order) == "业主（住户）本人"
    said = signing(yj, order, signer="徐外公", signer_kind="adult")
    with pytest.raises(RuleError, match="业主（住户）"):
        advance(yj.session, order, "sign", yj.person("engineering_duty"), **said)


@pytest.mark.rule("WO-28")
def test_a_defect_is_accepted_by_the_owner_or_resident(yj):
    order = make_order(yj, state="to_sign", kind="defect")
    duty = yj.person("engineering_duty")
    advance(yj.session, order, "invite", yj.person("desk_clerk"), accept_at=later(hours=2))
    yj.session.commit()
    with pytest.raises(RuleError, match="业主（住户）") as refused:
        advance(yj.session, order, "sign", duty, **signing(yj, order, signer="徐外公", signer_kind="adult"))
    assert refused.value.rule == "WO-28"
    advance(yj.session, order, "sign", duty, **signing(yj, order))
    assert order.state == "completed"


@pytest.mark.rule("WO-05")
def test_a_signature_on_the_screen_has_a_picture(yj):
    order = make_order(yj, state="to_sign")
    with pytest.raises(RuleError, match="手写签名"):
        advance(yj.session, order, "sign", yj.person("engineering_duty"), **signing(yj, order, attachment_id=None))


def test_nobody_signs_before_the_work_is_done(yj, at):
    order, duty = make_order(yj, state="working"), yj.person("engineering_duty")
    at.forward(minutes=20)
    advance(yj.session, order, "finish", duty, **finishing(order))
    with pytest.raises(RuleError, match="不能早于完工时间"):
        advance(yj.session, order, "sign", duty, **signing(yj, order, signed_at=later(minutes=-5)))


# ---- public facilities -----------------------------------------------------------------------------------------

MAY = {
    "service": ("service_assistant", "service_administrator", "service_supervisor"),
    "security": ("security_leader", "security_supervisor"),
    "office": ("office_clerk",),
    "sales": ("sales_clerk",),
}
ALL = [
    pytest.param("service", marks=pytest.mark.rule("WO-20")),
    pytest.param("security", marks=pytest.mark.rule("WO-21")),
    pytest.param("office", marks=pytest.mark.rule("WO-22")),
    pytest.param("sales", marks=pytest.mark.rule("WO-23")),
]
RULES = {"service": "WO-20", "security": "WO-21", "office": "WO-22", "sales": "WO-23"}
POSTS = ("desk_clerk", "guard", "engineering_duty", "project_manager", *(p for posts in MAY.values() for p in posts))


@pytest.mark.rule("WO-14")
@pytest.mark.parametrize("department", ALL)
def test_exactly_the_reporting_department_signs_from_its_rank_on(yj, department):
    """Every post tries by its own password at the technician's terminal; only those of 004-5§4.3.6 may."""
    order, duty = make_public_order(yj, department, state="to_sign"), yj.person("engineering_duty")
    for post in set(POSTS) - set(MAY[department]):
        with pytest.raises(RuleError, match="须由") as refused:
            advance(yj.session, order, "sign", duty, co_signer=yj.person(post))
        assert refused.value.rule == RULES[department]
    yj.session.rollback()
    for post in MAY[department]:
        order = make_public_order(yj, department, state="to_sign")
        advance(yj.session, order, "sign", duty, co_signer=yj.person(post))
        kept = signatures_of(yj.session, order)[0]
        assert (kept.staff_id, kept.means) == (staff_of(yj.session, post).id, "system")
        assert order.state == "completed"


@pytest.mark.rule("WO-14", "WO-21")
def test_a_leader_signs_with_their_own_log_in(yj):
    order, leader = make_public_order(yj, "security", state="to_sign"), yj.person("security_leader")
    advance(yj.session, order, "sign", leader, signer="别人")
    kept = signatures_of(yj.session, order)[0]
    assert (kept.signer, kept.staff_id, kept.post) == ("谭卫东", leader.staff_id, "security_leader")
    assert order.signer_kind == "security_leader"


@pytest.mark.rule("WO-21")
def test_a_technician_does_not_sign_for_the_department(yj):
    order = make_public_order(yj, "security", state="to_sign")
    with pytest.raises(RuleError, match="领班以上人员（报修部门：保安部）"):
        advance(yj.session, order, "sign", yj.person("engineering_duty"))
    with pytest.raises(NotAllowed):
        advance(yj.session, order, "sign", yj.person("guard"))


@pytest.mark.rule("WO-19")
def test_who_moves_in_next_month_neither_signs_nor_stands_on_the_sheet(yj):
    unit, manager = yj.units["3-2-1203"], yj.person("project_manager")
    order = make_order(yj, state="to_sign")
    coming = residents.create(yj.session, manager, yj.yj.id, name="未来客", phones=["13700009999"])
    residents.move_in(yj.session, manager, coming, unit, "owner", starts_on=date(2026, 12, 21))
    yj.session.commit()
    yj.session.expire_all()
    with pytest.raises(RuleError, match="不是这套房屋登记的业主"):
        advance(yj.session, order, "sign", yj.person("engineering_duty"), **signing(yj, order, signer="未来客"))
    yj.session.rollback()
    sheet = home(yj.session, manager, unit)
    assert sheet["name"] == "徐明远"
    assert "未来客" not in [person["name"] for person in sheet["family"]]


@pytest.mark.rule("WO-21")
def test_a_leader_of_another_project_is_a_stranger(yj):
    order = make_public_order(yj, "security", state="to_sign")
    stranger = yj.person("desk_clerk", "WJ")
    with pytest.raises(RuleError, match="不能签认"):
        advance(yj.session, order, "sign", yj.person("engineering_duty"), co_signer=stranger)


@pytest.mark.rule("WO-14", "WO-21")
def test_paper_names_the_member_of_staff_who_signed(yj):
    order, duty = make_public_order(yj, "security", state="to_sign"), yj.person("engineering_duty")
    printed(yj, order)
    for nobody in (None, staff_of(yj.session, "guard").id):
        with pytest.raises(RuleError, match="领班以上"):
            advance(yj.session, order, "claim_signed", duty, signer_staff_id=nobody)
    advance(yj.session, order, "claim_signed", duty, signer_staff_id=staff_of(yj.session, "security_leader").id)
    assert (order.state, order.signer) == ("signed", "谭卫东")


# ---- on paper --------------------------------------------------------------------------------------------------


@pytest.mark.rule("WO-05")
def test_paper_cannot_be_signed_before_it_is_printed(yj):
    order = make_order(yj, state="to_sign")
    with pytest.raises(RuleError, match="三联还没有打印"):
        advance(yj.session, order, "claim_signed", yj.person("engineering_duty"), **signing(yj, order))


@pytest.mark.rule("WO-18")
def test_the_technicians_claim_is_not_yet_the_proof(yj):
    order = make_order(yj, state="to_sign")
    printed(yj, order)
    advance(yj.session, order, "claim_signed", yj.person("engineering_duty"), **signing(yj, order))
    yj.session.commit()
    assert (order.state, order.proven_at, order.ticket.state) == ("signed", None, "processing")
    assert yj.session.scalars(select(FollowUp)).all() == []
    with pytest.raises(RuntimeError, match="system move"):
        advance(yj.session, order, "return_signed", yj.person("desk_clerk"))


@pytest.mark.rule("WO-19")
def test_the_claim_names_the_right_signer_too(yj):
    order = make_order(yj, state="to_sign")
    printed(yj, order)
    said = signing(yj, order, signer="林阿姨", signer_kind="adult")
    with pytest.raises(RuleError, match="小时工"):
        advance(yj.session, order, "claim_signed", yj.person("engineering_duty"), **said)


# ---- what was signed -------------------------------------------------------------------------------------------


def test_the_signature_covers_what_stood_on_the_slip(yj):
    order = make_order(yj, state="working")
    lines = [{"name": "软管", "quantity": 2, "price": 18}]
    said = finishing(order, no_material=False, materials=lines)
    advance(yj.session, order, "finish", yj.person("engineering_duty"), **said)
    walk_to(yj, order, "completed")
    kept = yj.session.scalars(select(Signature)).one()
    assert still_holds(order, kept)
    before = content_hash(order)
    order.materials[0].quantity = 3
    assert content_hash(order) != before
    assert not still_holds(order, kept)


def test_a_signature_keeps_the_post_then_held(yj):
    order, desk = make_order(yj, state="issued"), yj.person("service_supervisor")
    kept = sign(yj.session, order, "审核", signer=desk.name, relation="客服主管", means="system", staff=desk)
    assert kept.post == "service_supervisor"
    with pytest.raises(RuntimeError):
        sign(yj.session, order, "审核", signer="某人", relation="", means="mind reading")


def test_a_picture_is_kept_with_the_signature(yj):
    order = make_order(yj, state="to_sign")
    drawn = picture(yj, order)
    advance(yj.session, order, "sign", yj.person("engineering_duty"), **signing(yj, order, attachment_id=drawn.id))
    assert signatures_of(yj.session, order)[0].attachment_id == drawn.id
