"""盘点: blind, twice, with what moved meanwhile folded in; the books change only after approval."""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Obligation, StockIn, StockOut, Stocktake, clock
from rules.errors import NotAllowed, RuleError
from rules.ledger_check import verify_ledger
from rules.obligations import fulfilled
from rules.person import Person
from rules.stocktakes import slips_of, template
from tests.desk import token
from tests.makers import set_policy
from tests.storehouse import Stores, desk_of, storehouse


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


def keeper(made: Stores) -> Person:
    """Who counts first."""
    return made.person("storekeeper", "yj")


def second(made: Stores) -> Person:
    """Who counts again."""
    return made.person("site_representative", "yj")


def begun(made: Stores, kind: str = "month", mode: str = "self") -> Stocktake:
    """A sheet whose counting has begun."""
    facts = {"warehouse_id": made.stores["yj.sound"].id, "kind": kind, "mode": mode}
    take = template(made.session, Stocktake(**facts), [], made.accountant)
    made.session.commit()
    made.move(take, "issue", due_at=clock.now() + timedelta(days=2))
    made.move(take, "begin", keeper(made))
    return take


def counted(made: Stores, take: Stocktake, *found: int, again: tuple[int, ...] = ()) -> None:
    """Both counts, line by line."""
    for verb, name, by, figures in (
        ("record", "first", keeper(made), found),
        ("recount", "second", second(made), again or found),
    ):
        said = [{"line_no": n, f"{name}_qty": Decimal(q)} for n, q in enumerate(figures, 1)]
        made.move(take, verb, by, **{name: said})


def explained(made: Stores, take: Stocktake) -> None:
    """Every difference has its reason."""
    said = [{"line_no": line.line_no, "reason": "漏登", "proposal": "按实盘调账"} for line in take.lines if line.diff]
    made.move(take, "explain", keeper(made), differing=said)


def manager(made: Stores) -> Person:
    """业务部经理."""
    return made.person("division_manager", "south")


@pytest.mark.rule("STK-02", "STK-03", "STK-08", "STK-12")
def test_the_books_follow_the_approved_sheet_and_nothing_else(made: Stores):
    made.receive(lamp=10, pump=4)
    take = begun(made)
    assert [(line.material.code, line.book_qty) for line in take.lines] == [("A001", 10), ("B001", 4)]
    counted(made, take, 12, 3)
    made.move(take, "report", keeper(made))
    assert [line.diff for line in take.lines] == [2, -1]
    explained(made, take)
    assert made.left("lamp") == 10
    with pytest.raises(NotAllowed):
        made.move(take, "approve")
    made.session.rollback()
    made.move(take, "approve", manager(made))
    assert made.left("lamp") == 10, "approval makes slips, the 账务员 books them"
    slips = slips_of(made.session, take)
    assert [(type(s), s.category, s.lines[0].qty) for s in slips] == [
        (StockIn, "surplus", 2),
        (StockOut, "shortage", 1),
    ]
    for slip in slips:
        made.move(slip, "approve")
    assert (made.left("lamp"), made.left("pump"), take.state_label) == (12, 3, "已调账")
    assert verify_ledger(made.session) == []
    with pytest.raises(RuleError, match=r"由 盘点表 .* 生成，不能弃审"):
        made.move(slips[0], "unapprove", reason="错")


@pytest.mark.rule("STK-13")
def test_what_moved_while_they_counted_is_folded_in(made: Stores, at):
    made.receive(lamp=10)
    take = begun(made)
    at.forward(minutes=10)
    made.issue(lamp=3)
    at.forward(minutes=10)
    counted(made, take, 7)
    at.forward(minutes=10)
    made.issue(lamp=2)
    made.move(take, "report", keeper(made))
    line = take.lines[0]
    assert (line.book_qty, line.moved, line.diff) == (10, -3, 0)
    assert take.state_label == "无差异完成"


@pytest.mark.rule("STK-13")
def test_a_slip_keyed_later_for_a_movement_before_the_count_is_booked_already(made: Stores, at):
    made.receive(lamp=10)
    take = begun(made)
    at.forward(hours=1)
    counted(made, take, 8)
    made.move(take, "report", keeper(made))
    explained(made, take)
    made.move(take, "approve", manager(made))
    late = made.issue(lamp=2, happened_at=clock.now() - timedelta(minutes=30), approve=False)
    with pytest.raises(RuleError, match=r"已在 盘点表 .* 里按实盘入账"):
        made.move(late, "approve")


@pytest.mark.rule("STK-13")
def test_a_slip_keyed_late_but_before_the_report_is_folded_in(made: Stores, at):
    made.receive(lamp=10)
    take = begun(made)
    at.forward(hours=1)
    counted(made, take, 8)
    made.issue(lamp=2, happened_at=clock.now() - timedelta(minutes=30))
    made.move(take, "report", keeper(made))
    assert take.lines[0].diff == 0


@pytest.mark.rule("STK-11")
def test_two_people_count_and_must_agree(made: Stores):
    made.receive(lamp=10)
    take = begun(made)
    counted(made, take, 9, again=(10,))
    with pytest.raises(RuleError, match="初盘与复盘不一致，请再盘：第 1 行 A001"):
        made.move(take, "report", keeper(made))
    made.session.rollback()
    with pytest.raises(NotAllowed, match="复盘须由初盘以外的人登记"):
        made.move(take, "recount", keeper(made), second=[])


@pytest.mark.rule("STK-03")
def test_every_line_is_counted_and_zero_is_a_figure(made: Stores):
    made.receive(lamp=10, pump=1)
    take = begun(made)
    counted(made, take, 10)
    with pytest.raises(RuleError, match="还有 1 行没有初盘或复盘：第 2 行"):
        made.move(take, "report", keeper(made))
    made.session.rollback()
    counted(made, take, 10, 0)
    made.move(take, "report", keeper(made))
    assert take.lines[1].diff == -1


@pytest.mark.rule("STK-01", "STK-03")
def test_a_quarterly_count_is_watched_by_somebody_from_another_site(made: Stores):
    made.receive(lamp=10)
    with pytest.raises(RuleError, match="季度盘点须监盘"):
        begun(made, "quarter")
    made.session.rollback()
    take = begun(made, "quarter", "supervised")
    counted(made, take, 10)
    with pytest.raises(RuleError, match="监盘请填写监盘人员"):
        made.move(take, "report", keeper(made))
    made.session.rollback()
    with pytest.raises(RuleError, match="监盘人员须是其他现场"):
        made.move(take, "report", keeper(made), witness_id=second(made).staff_id)
    made.session.rollback()
    made.move(take, "report", keeper(made), witness_id=made.person("storekeeper", "wj").staff_id)
    assert take.state == "done"


@pytest.mark.rule("STK-04", "STK-07")
def test_every_difference_has_a_reason_and_a_proposal(made: Stores):
    made.receive(lamp=10)
    take = begun(made)
    counted(made, take, 9)
    made.move(take, "report", keeper(made))
    with pytest.raises(RuleError, match=r"第 1 行 A001 .* 请填写原因和处理建议"):
        made.move(take, "explain", keeper(made), differing=[{"line_no": 1, "reason": "漏登"}])
    made.session.rollback()
    explained(made, take)
    made.move(take, "send_back", manager(made), reason="查明责任")
    assert take.state == "explaining"


@pytest.mark.rule("STK-05")
def test_headquarters_rewards_or_penalises(made: Stores):
    made.receive(lamp=10)
    take = begun(made)
    counted(made, take, 10)
    made.move(take, "report", keeper(made))
    head = made.person("materials_head")
    with pytest.raises(RuleError):
        made.move(take, "judge", head)
    made.session.rollback()
    made.move(take, "judge", head, judgement="账实相符，奖励保管人员")
    assert take.state_label == "已考核"


@pytest.mark.rule("INV-14")
def test_what_a_later_count_found_is_not_unapproved(made: Stores):
    slip = made.receive(lamp=10)
    take = begun(made)
    counted(made, take, 10)
    made.move(take, "report", keeper(made))
    with pytest.raises(RuleError, match=f"其后的盘点表 {take.number} 已经盘过"):
        made.move(slip, "unapprove", reason="错")


def test_one_count_at_a_time_per_store(made: Stores):
    made.receive(lamp=10)
    take = begun(made)
    with pytest.raises(RuleError, match=f"已有未完成的 盘点表 {take.number}"):
        begun(made)


@pytest.mark.rule("STK-01", "STK-06")
def test_a_site_owes_its_counts_until_every_store_was_counted(made: Stores):
    made.receive(lamp=10)
    yj = made.orgs["yj"].id
    duty = Obligation(duty="T-38M", org_id=yj, period="2026-11", due_at=clock.now())
    quarter = Obligation(duty="T-38Q", org_id=yj, period="2026Q4", due_at=clock.now())
    made.session.add_all([duty, quarter])
    made.session.commit()
    assert fulfilled(made.session, clock.now()) == []
    take = begun(made)
    counted(made, take, 10)
    made.move(take, "report", keeper(made))
    assert fulfilled(made.session, clock.now()) == [duty]
    set_policy(made.session, made.orgs["south"], "stk.cycle", "month")
    assert set(fulfilled(made.session, clock.now())) == {duty, quarter}
    with pytest.raises(RuleError, match="不做这一类盘点"):
        begun(made, "quarter", "supervised")


@pytest.mark.rule("STK-03")
def test_the_books_do_not_reach_whoever_counts(app: Flask, made: Stores):
    made.receive(lamp="8675.309")
    take = begun(made)
    desk = desk_of(app, made, "storekeeper", "yj")
    pages = [desk.get(f"/stocktake/{take.id}"), desk.get(f"/stocktake/{take.id}/record")]
    assert all("A001" in page and "8675.309" not in page for page in pages)
    typed = {"first-0-line_no": "1", "first-0-first_qty": "8670", "token": token(pages[1])}
    desk.post(f"/stocktake/{take.id}/record", typed)
    other = desk_of(app, made, "site_representative", "yj")
    page = other.get(f"/stocktake/{take.id}/recount")
    assert "8670" not in page, "the second counter does not see the first one's figure"
    typed = {"second-0-line_no": "1", "second-0-second_qty": "8670", "token": token(page)}
    other.post(f"/stocktake/{take.id}/recount", typed)
    other.post(f"/stocktake/{take.id}/report", {"token": token(other.get(f"/stocktake/{take.id}"))})
    assert "-5.309" in other.get(f"/stocktake/{take.id}")
    reply = other.post(f"/print/F-42/{take.id}", {"token": "t" * 20})
    assert other.client.get(reply.headers["Location"]).data.startswith(b"%PDF-")
