"""Prints: their numbers never repeat, what they said goes with its retention, the spool is cleared without a fall."""

import os
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_views import prints as pages
from models import PrintContent, PrintRun, WorkOrder, clock
from rules.prints import Printing, remember
from rules.retention import clear_spool, forget_print_content
from rules.write import Writer
from tests.conftest import Hands
from tests.desk import sit, token
from tests.makers import World, make_order, set_policy, world


@pytest.fixture
def yj(session: Session) -> World:
    return world(session)


def printed(yj: World, write: Writer, order_id: int, form: str = "F-01") -> int:
    by, org_id = yj.person("desk_clerk"), yj.yj.id

    def fn(session: Session) -> int:
        paper = Printing(form, "filled", session.get_one(WorkOrder, order_id), {"number": "一"})
        _batch, runs = remember(session, by, org_id, [paper])
        return runs[0].id

    return write(fn, by=by)


def test_two_reprints_at_the_same_moment_never_say_the_same_number(yj: World, write: Writer) -> None:
    order_id, by, org_id = make_order(yj, state="issued").id, yj.person("desk_clerk"), yj.yj.id
    ready, numbers = threading.Barrier(2), []

    def fn(session: Session) -> int:
        paper = Printing("F-01", "filled", session.get_one(WorkOrder, order_id), {"number": "一"})
        _batch, runs = remember(session, by, org_id, [paper])
        time.sleep(0.3)  # the other one counts meanwhile, if it is let
        return runs[0].nth

    def reprint() -> None:
        ready.wait(20)
        numbers.append(write(fn, by=by))

    threads = [threading.Thread(target=reprint) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(numbers) == [1, 2]


def kept(write: Writer) -> set[int]:
    with Session(write.engine) as session:
        return set(session.scalars(select(PrintContent.run_id)))


def test_what_a_print_said_goes_with_the_retention_of_its_form_and_its_row_stays(
    yj: World, write: Writer, at: Hands
) -> None:
    set_policy(yj.session, yj.company, "wo.keep_years", 1)
    set_policy(yj.session, yj.company, "ret.default_years", 3)
    order_id = make_order(yj, state="issued").id
    slip, other = printed(yj, write, order_id), printed(yj, write, order_id, "F-16")
    at("2027-11-21 09:59")
    late = printed(yj, write, order_id)
    assert forget_print_content(write) == 0
    assert kept(write) == {slip, other, late}
    at("2027-11-21 10:00")
    assert forget_print_content(write) == 1
    assert kept(write) == {other, late}
    at("2029-11-21 10:01")
    assert forget_print_content(write) == 2
    with Session(write.engine) as session:
        assert session.scalar(select(func.count()).select_from(PrintRun)) == 3


def test_the_timer_of_the_sweep_does_it_too(app: Flask, yj: World, write: Writer, at: Hands) -> None:
    set_policy(yj.session, yj.company, "wo.keep_years", 1)
    run = printed(yj, write, make_order(yj, state="issued").id)
    spooled = Path(app.instance_path) / "spool" / "f00d"
    spooled.parent.mkdir(exist_ok=True)
    spooled.touch()
    os.utime(spooled, (clock.now().timestamp(),) * 2)
    at("2027-11-21 11:00")
    assert run in kept(write)
    app.test_cli_runner().invoke(args=["sweep"], catch_exceptions=False)
    assert run not in kept(write)
    assert not spooled.exists()


def test_a_print_is_there_for_an_hour_and_then_said_to_be_over(app: Flask, yj: World, at: Hands) -> None:
    order = make_order(yj, state="issued")
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get(f"/work_order/{order.id}")
    file = desk.post(f"/print/F-01/{order.id}", {"token": token(page)}).location
    at.forward(minutes=59)
    assert desk.client.get(file).data.startswith(b"%PDF")
    at.forward(minutes=2)
    assert "已过期" in desk.client.get(file).text


def test_a_spooled_file_that_another_thread_removes_meanwhile_costs_no_print(
    app: Flask, yj: World, at: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(yj, state="issued")
    desk = sit(app, yj.session, "desk_clerk")
    page = desk.get(f"/work_order/{order.id}")
    ghost = Path(app.instance_path) / "spool" / "ghost"
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: [*listed(self), *([ghost] if self.name == "spool" else [])])
    file = desk.post(f"/print/F-01/{order.id}", {"token": token(page)}).location
    assert desk.client.get(file).data.startswith(b"%PDF")

    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: (self.unlink(missing_ok=True), read(self))[1])
    assert "已过期" in desk.client.get(file).text
    assert clear_spool(Path(app.instance_path) / "nowhere") == 0
    assert pages._kept_file(ghost) is None
