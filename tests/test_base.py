"""总则: what holds for every register, paper and print of the house (BASE)."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

import printouts.filling.follow_ups
import printouts.filling.tickets
import printouts.filling.work_orders  # noqa: F401  (each registers how its forms are filled)
from models import Resident, Signature, Ticket, TrailEntry, clock
from printouts import FORMS, Context, render
from printouts.blocks import Signatures
from printouts.draw.fonts import ensure_fonts
from printouts.filling import FILLERS
from printouts.form import FILLED
from rules import residents
from rules.advance import advance, edit
from rules.copies import copies_for_print
from rules.deadlines import follow_up_window
from rules.notes import add_note
from rules.signing import signatures_of
from tests.makers import (
    World,
    asked,
    follow_up_of,
    make_order,
    make_public_order,
    make_ticket,
    picture,
    set_policy,
    signing,
    walk_to,
    world,
)

CONTEXT = Context(company="万和物业服务有限公司", project="云锦里", printed_at="2026-11-21 10:00")
#: What is signed in the system → the form and its box in which the same is signed on paper.
BOXES = {
    ("work_order", "签认"): ("F-01", "signer"),
    ("ticket", "业主签名"): ("F-17", "owner_sign"),
    ("follow_up", "住户签名确认"): ("F-22", "customer_sign"),
}


@pytest.fixture
def yj(session) -> World:
    return world(session)


@pytest.fixture(scope="module", autouse=True)
def fonts():
    return ensure_fonts()


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def printed(made: World, code: str, doc, post: str = "desk_clerk") -> str:
    """The words of the paper as the person would hold it."""
    facts = FILLERS[code].fill(made.session, made.person(post), doc)
    return words_of(render(code, FILLED, CONTEXT, facts))


# ---- BASE-03 -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("BASE-03")
def test_what_the_desk_notes_among_itself_is_on_no_paper_that_leaves_the_house(yj):
    order = make_order(yj, state="issued")
    desk, ticket = yj.person("desk_clerk"), order.ticket
    assert ticket is not None
    add_note(yj.session, ticket, desk, "contact", "已告知下午两点前到", means="phone")
    add_note(yj.session, ticket, desk, "ask", "工程部说人手不够先拖一拖", means="phone", to_whom="蒙伟")
    add_note(yj.session, ticket, desk, "follow", "业主情绪激动交接班时提醒")
    add_note(yj.session, order, desk, "follow", "内部备注不要外传")
    walk_to(yj, order, "completed")
    papers = {
        "F-01": printed(yj, "F-01", order),
        "F-17": printed(yj, "F-17", ticket),
        "F-22": printed(yj, "F-22", follow_up_of(yj, order)),
    }
    for code, words in papers.items():
        assert not [said for said in ("人手不够", "情绪激动", "不要外传") if said in words], code
    assert "已告知下午两点前到" in papers["F-17"]  # what the customer was told may be read by the customer


@pytest.mark.rule("BASE-03")
def test_the_duty_papers_have_no_copy_for_a_customer():
    for code in ("F-10", "F-11", "F-15", "F-53"):  # 值班日志, 值班记录表, 交接班记录, 工作日记
        copies = getattr(FORMS[code].page, "copies", ())
        assert not [c for c in copies if any(word in c.name({}) for word in ("业主", "住户", "客户"))]


# ---- BASE-05 -------------------------------------------------------------------------------------------------------


def lines(made: World, noun: str, row_id: int) -> list[TrailEntry]:
    rows = select(TrailEntry).where(TrailEntry.noun == noun, TrailEntry.row_id == row_id).order_by(TrailEntry.id)
    made.session.rollback()
    return list(made.session.scalars(rows))


@pytest.mark.rule("BASE-05")
def test_every_change_of_a_register_is_dated_and_names_who_made_it(yj, write, at):
    ticket, desk, other = make_ticket(yj), yj.person("desk_clerk"), yj.person("receptionist")
    at.forward(minutes=7)
    write(lambda s: edit(s, s.get_one(Ticket, ticket.id), other, content="厨房水管爆裂"), by=other, reason="业主更正")
    at.forward(minutes=2)
    write(lambda s: advance(s, s.get_one(Ticket, ticket.id), "pass_on", desk, department="engineering"), by=desk)
    told = lines(yj, "ticket", ticket.id)[-2:]
    assert [(line.actor_id, line.actor) for line in told] == [(other.staff_id, "宋佳宁"), (desk.staff_id, "陆文婷")]
    assert [line.at for line in told] == [clock.now() - timedelta(minutes=2), clock.now()]
    assert json.loads(told[0].changes)["content"] == ["厨房水槽下软管漏水", "厨房水管爆裂"]
    assert told[0].reason == "业主更正"


@pytest.mark.rule("BASE-05")
def test_the_register_of_residents_is_kept_the_same_way(yj, write):
    desk = yj.person("desk_clerk")
    someone = yj.residents["张伟"]
    write(lambda s: residents.edit(s, desk, s.get_one(Resident, someone.id), remark="晚七点后在家"), by=desk)
    last = lines(yj, "resident", someone.id)[-1]
    assert (last.actor_id, last.at) == (desk.staff_id, clock.now())
    assert json.loads(last.changes)["remark"] == [None, "晚七点后在家"]


@pytest.mark.rule("BASE-05")
def test_no_change_passes_the_trail_by(yj):
    ticket = make_ticket(yj)
    with pytest.raises(RuntimeError, match="leaves no trail"):
        yj.session.execute(update(Ticket).where(Ticket.id == ticket.id).values(content="悄悄改掉"))


# ---- BASE-06 -------------------------------------------------------------------------------------------------------


def boxes_of(code: str) -> dict[str, str]:
    """Name to caption of the boxes a form is signed in."""
    return {n: c for block in FORMS[code].page.blocks if isinstance(block, Signatures) for n, c in block.slots}


@pytest.mark.rule("BASE-06")
def test_everything_signed_in_the_system_has_its_box_on_paper_and_both_say_the_same(yj, at):
    home = walk_to(yj, make_order(yj, state="to_sign"), "completed", signer="沈若兰", signer_kind="adult")
    public = make_public_order(yj, state="completed", reporter="夜班巡逻")
    matter = make_ticket(yj, kind="inquiry", content="问装修手续")
    desk = yj.person("desk_clerk")
    advance(yj.session, matter, "pass_on", desk, department="service")
    said = {"done_at": clock.now(), "signed_by": "沈若兰", "means": "paper", "solution": "已答复"}
    advance(yj.session, matter, "finish", desk, **said)
    at("2026-11-22 15:00")
    visit = follow_up_of(yj, home)
    advance(yj.session, visit, "pass_", desk, **asked(method="visit", signer="沈若兰"))
    yj.session.commit()
    signed = yj.session.scalars(select(Signature)).all()
    assert {(s.noun, s.slot) for s in signed} == BOXES.keys()  # a new kind of signature needs its box here
    papers = {"work_order": (home, public), "ticket": (matter,), "follow_up": (visit,)}
    for (noun, slot), (code, name) in BOXES.items():
        assert name in boxes_of(code)
        for paper in papers[noun]:
            (one,) = (s for s in signatures_of(yj.session, paper) if s.slot == slot)
            assert one.signer in printed(yj, code, paper)


@pytest.mark.rule("BASE-06")
@pytest.mark.parametrize("code", sorted({code for code, _name in BOXES.values()}))
def test_the_box_is_there_to_sign_by_hand_on_the_blank_form(code):
    words = words_of(render(code, "blank", CONTEXT))
    assert boxes_of(code)
    assert all("".join(caption.split()) in words for caption in boxes_of(code).values())


@pytest.mark.rule("BASE-06")
def test_the_scan_of_the_signed_paper_is_kept_with_the_signature(yj):
    order = make_order(yj, state="to_sign")
    copies_for_print(yj.session, order)
    scan = picture(yj, order)
    said = signing(yj, order, attachment_id=scan.id)
    advance(yj.session, order, "claim_signed", yj.person("engineering_duty"), **said)
    yj.session.commit()
    (one,) = signatures_of(yj.session, order)
    assert (one.means, one.attachment_id, one.signer) == ("paper", scan.id, "徐明远")
    assert (one.signed_at, one.recorded_at) == (clock.now(), clock.now())


# ---- RV-07 ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("RV-07")
def test_a_matter_is_followed_up_within_a_day_of_the_proof_of_its_completion(yj):
    set_policy(yj.session, yj.yj, "rv.repair_window", "003")
    order = make_order(yj, state="completed")
    follow_up = follow_up_of(yj, order)
    assert follow_up.proven_at == clock.now()
    assert follow_up.due_at == follow_up.proven_at + timedelta(hours=24)
    set_policy(yj.session, yj.yj, "rv.follow_up_hours", 48)
    _first, due, _late = follow_up_window(yj.session, yj.yj.id, clock.now())
    assert due == clock.now() + timedelta(hours=48)
