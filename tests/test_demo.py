"""The demo company: whole, believable, and nothing in it that the office would shake its head at."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from commands.demo import chapters, estate
from commands.seed import DEMO_ACCOUNTS, fill_demo, weeks_told
from models import (
    POSTS,
    Alert,
    Appointment,
    CallRecord,
    Clock,
    DutyTask,
    ExportRun,
    FollowUp,
    KeyCount,
    KeyItem,
    KeyLoan,
    KeyUnsealing,
    KnowledgeEntry,
    Meeting,
    MeetingAction,
    Obligation,
    OrgUnit,
    PaperCopy,
    PrintRun,
    Staff,
    Ticket,
    TicketCheck,
    TrailEntry,
    Unit,
    UpwardReport,
    WorkOrder,
    clock,
    secrecy,
)
from models.document import Document
from models.tickets import CHANNELS, TICKET_KINDS
from rules.calendar import call_quiet, follow_up_quiet, is_inside
from rules.completeness import gaps_of
from rules.engine import prepare_engine
from rules.keys_conservation import custody_faults
from rules.trail import verify, verify_numbers
from rules.write import Writer
from tests.engines import Databases

NOW = datetime(2026, 10, 27, 10, 0, tzinfo=clock.LOCAL)
DAYS = 34
SMALL = {"YJ": (4, 2, 12, 2), "WJ": (2, 2, 8, 2), "TY": (1, 1, 18, 2)}
PAPERS: tuple[type[Document], ...] = (Ticket, WorkOrder, FollowUp, CallRecord, Meeting, DutyTask, UpwardReport)


@pytest.fixture(scope="module")
def demo_engine(databases: Databases) -> Iterator[Engine]:
    """A smaller estate over nine weeks, made once per engine: the same doors, the same chapters."""
    secrecy.use_keys(databases.data / "keys")
    engine = prepare_engine(create_engine(databases.fresh("demo")))
    with pytest.MonkeyPatch.context() as patch, clock.pretend(NOW):
        patch.setattr(estate, "SHAPE", SMALL)
        patch.setattr(chapters, "BUSYNESS", 2.2)
        fill_demo(Writer(engine), days=DAYS)
    yield engine
    engine.dispose()


@pytest.fixture
def demo(demo_engine: Engine) -> Iterator[Session]:
    """A look at the company on the morning it was made for."""
    with clock.pretend(NOW), Session(demo_engine) as session:
        yield session


def every(session: Session, model: type[Any]) -> list[Any]:
    return list(session.scalars(select(model)))


def test_every_post_of_the_table_is_held_by_somebody(demo: Session):
    held = set(demo.scalars(select(Appointment.post)))
    assert held == set(POSTS)
    assert demo.scalar(select(func.count()).select_from(Staff)) >= 60
    logins = set(demo.scalars(select(Staff.login)))
    assert set(DEMO_ACCOUNTS) <= logins
    kinds = Counter(demo.scalars(select(OrgUnit.kind)))
    assert (kinds["area"], kinds["project"]) == (2, 3)


def test_every_state_a_paper_can_be_in_stands_on_some_paper(demo: Session):
    passing = {(WorkOrder, "draft")}  # issued in the same breath
    for model in (Ticket, WorkOrder, FollowUp, CallRecord, DutyTask, UpwardReport):
        found = {it.state for it in every(demo, model)}
        missing = {s for s in model.lifecycle.states if s not in found and (model, s) not in passing}
        assert not missing - rare(model), f"{model.__label__}: {missing}"


def rare(model: type[Document]) -> set[str]:
    """States a small company need not happen to show on one given morning."""
    return set() if model in (Ticket, WorkOrder) else {"void", "done"}


def test_tickets_of_every_kind_come_by_every_channel(demo: Session):
    found = every(demo, Ticket)
    assert {it.kind for it in found} == set(TICKET_KINDS)
    assert {it.channel for it in found} == set(CHANNELS)
    assert {it.priority for it in found} >= {"normal", "urgent"}


def test_slips_are_refused_reworked_lost_and_called_off_as_in_life(demo: Session):
    orders = every(demo, WorkOrder)
    assert any(it.refusals for it in orders)
    assert any(it.rework_of_id for it in orders)
    assert {it.kind for it in orders} == {"home", "public", "defect", "paid", "help"}
    copies = Counter(it.state for it in every(demo, PaperCopy))
    assert all((copies["out"], copies["missing"] + copies["void"], copies["handed"]))
    assert {it.method for it in every(demo, FollowUp) if it.method} >= {"phone"}
    assert any(it.arises_from_id for it in every(demo, Ticket))
    assert demo.scalar(select(func.count()).select_from(PrintRun).where(PrintRun.nth == 1))


def test_the_trail_the_numbers_and_the_order_of_time_hold(demo: Session):
    assert verify(demo) == []
    assert verify_numbers(demo) == []
    for model in PAPERS:
        for org_id in demo.scalars(select(model.org_id).distinct()):
            rows = demo.scalars(select(model).where(model.org_id == org_id).order_by(model.number))
            made = [it.created_at for it in rows]
            assert made == sorted(made), f"{model.__label__}: numbers run with time"
    last: dict[int, datetime] = {}
    for chain, at in demo.execute(select(TrailEntry.chain_id, TrailEntry.at).order_by(TrailEntry.seq)):
        assert at >= last.get(chain, at)
        last[chain] = at


def test_nothing_lies_in_the_future_but_what_was_agreed(demo: Session):
    agreed = {"appointment_at", "due_at", "overdue_at", "earliest_at"}
    for model in PAPERS:
        moments = [a.key for a in model.__mapper__.column_attrs if a.key.endswith("_at") and a.key not in agreed]
        for it in every(demo, model):
            late = [name for name in moments if getattr(it, name) and getattr(it, name) > NOW]
            assert not late, f"{it}: {late}"


def test_residents_ring_by_day_unless_it_is_urgent(demo: Session):
    for it in every(demo, Ticket):
        wall = clock.local(it.received_at).time()
        if it.priority != "urgent" and it.arises_from_id is None:
            assert time(7, 30) <= wall <= time(22), f"{it} {it.content} {wall}"


def test_nobody_is_rung_up_or_followed_up_in_the_quiet_hours(demo: Session):
    for it in every(demo, CallRecord):
        if it.kind == "out":
            assert not is_inside(it.at, call_quiet(demo, it.org_id, it.at)), it
    for it in every(demo, FollowUp):
        if it.at is not None:
            assert not is_inside(it.at, follow_up_quiet(demo, it.org_id, it.at)), it


def test_no_text_is_said_too_often(demo: Session):
    for column, share in (
        (Ticket.content, 0.02),
        (WorkOrder.content, 0.02),
        (WorkOrder.result, 0.03),
        (FollowUp.quality, 0.03),
        (FollowUp.effect, 0.03),
        (CallRecord.content, 0.03),
    ):
        said = Counter(demo.scalars(select(column).where(column.is_not(None))))
        often, times = said.most_common(1)[0]
        assert times <= max(3, share * said.total()), f"{column}: {often} {times} times in {said.total()}"
        assert not any("{" in words for words in said)


def test_records_are_complete(demo: Session):
    tickets = every(demo, Ticket)
    incomplete = [(it.number, gaps_of(demo, it)) for it in tickets if gaps_of(demo, it)]
    assert len(incomplete) <= len(tickets) * 0.02, incomplete[:5]


def test_what_was_due_in_the_past_was_told_then(demo: Session):
    alerts = every(demo, Alert)
    assert len(alerts) > 30
    begun = clock.at_wall(clock.local(NOW).date() - timedelta(days=DAYS - 1), time(23))  # what ran before, that day
    late = [it.title for it in alerts if it.delivered_at > begun and it.delivered_at - it.at > timedelta(hours=1)]
    assert not late, late[:3]
    unread = [it for it in alerts if it.acknowledged_at is None]
    assert len(unread) < 60
    assert all(NOW - it.at < timedelta(days=1) for it in unread)
    assert not demo.scalar(select(func.count()).select_from(Clock).where(Clock.next_rung_at <= NOW))


def test_some_things_are_overdue_but_not_many(demo: Session):
    late = select(func.count()).select_from(Clock).where(Clock.stopped_at.is_(None), Clock.due_at <= NOW)
    assert 5 <= (demo.scalar(late) or 0) <= 90
    assert demo.scalar(select(func.count()).select_from(Obligation).where(Obligation.closed_at.is_(None)))


def test_managers_have_met_sampled_and_decided(demo: Session):
    meetings = every(demo, Meeting)
    held = [it for it in meetings if it.state == "held"]
    assert {it.kind for it in held} >= {"month", "quarter"}
    assert all(it.figures and "达标" in (it.minutes or "") for it in held)
    actions = every(demo, MeetingAction)
    assert any(it.done_at for it in actions)
    graded = {it.grade for it in every(demo, TicketCheck)}
    assert graded >= {"good", "minor", None}
    assert demo.scalar(select(func.count()).select_from(TrailEntry).where(TrailEntry.action == "显示"))
    assert len(every(demo, KnowledgeEntry)) >= 8
    assert every(demo, ExportRun)


def test_keys_were_lent_counted_and_opened_and_every_one_is_in_its_place(demo: Session):
    assert custody_faults(demo) == []
    assert {"in_cabinet", "sealed", "to_reseal"} <= {it.state for it in every(demo, KeyItem)}
    assert {it.state for it in every(demo, KeyUnsealing)} >= {"to_reseal", "resealed"}
    counted = Counter(clock.local(it.finished_at).date() for it in every(demo, KeyCount) if it.finished_at)
    assert len(counted) == DAYS - 1
    assert "returned" in {it.state for it in every(demo, KeyLoan)}


def test_something_is_under_way_whenever_somebody_looks(demo: Session):
    lately = select(Ticket.state).where(Ticket.received_at >= NOW - timedelta(hours=3))
    assert set(demo.scalars(lately)) >= {"registered", "dispatched", "processing"}
    assert {it.state for it in every(demo, WorkOrder)} >= {"working", "to_sign", "signed"}


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    "at",
    [(2026, 3, 1, 0, 1), (2028, 2, 29, 3, 30), (2027, 1, 5, 12, 30), (2026, 6, 30, 23, 59), (2026, 8, 15, 7, 45)],
)
def test_the_company_can_be_made_at_any_hour_of_any_day(engine: Engine, at: tuple[int, ...], monkeypatch: Any):
    monkeypatch.setattr(estate, "SHAPE", {"YJ": (2, 1, 8, 2), "WJ": (1, 1, 8, 2), "TY": (1, 1, 8, 2)})
    monkeypatch.setattr(chapters, "BUSYNESS", 6.0)
    now = datetime(*at, tzinfo=clock.LOCAL)  # type: ignore[misc]
    with clock.pretend(now):
        fill_demo(Writer(engine), seed=at[2], days=5)
        with Session(engine) as session:
            assert verify(session) == []
            states = set(session.scalars(select(WorkOrder.state)))
    assert states >= {"issued", "working", "to_sign"}


@pytest.mark.engines("sqlite")
def test_a_company_that_cannot_be_finished_is_not_begun(write: Writer, session: Session, monkeypatch: Any):
    def stopped(*_told: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("commands.seed.play", stopped)
    with pytest.raises(KeyboardInterrupt):
        fill_demo(write, days=1)
    assert session.scalar(select(func.count()).select_from(OrgUnit)) == 0


@pytest.mark.engines("sqlite")
def test_a_database_with_anything_in_it_is_left_alone(write: Writer, session: Session):
    session.add(OrgUnit(name="真公司", kind="company", path="/1/"))
    session.commit()
    with pytest.raises(RuntimeError, match="empty"):
        fill_demo(write, days=1)


def test_whoever_waits_sees_the_weeks_go_by(capsys: pytest.CaptureFixture[str]):
    tell = weeks_told()
    for n in range(20):
        tell(NOW.date() + timedelta(days=n))
    assert capsys.readouterr().out.count("月") == 3


def test_the_room_that_the_manuals_name_is_there_with_an_owner_who_can_be_called(demo: Session):
    project = demo.scalars(select(OrgUnit).where(OrgUnit.code == "YJ")).one()
    unit = demo.scalars(select(Unit).where(Unit.org_id == project.id, Unit.code == "3-2-1203")).one()
    owner = next(tie.resident for tie in unit.occupancies if tie.relation == "owner")
    assert unit.sold
    assert owner.phones
