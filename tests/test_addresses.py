"""Addresses as somebody types them: whatever stands in them, no page breaks."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from admin_views.filters import day_of, whole
from admin_views.registers import RegisterView
from tests.desk import sit
from tests.makers import make_order, printed, walk_to, world

LONG = "9" * 20
TYPED = [
    *(f"/{noun}/?page=--5&size=--5&ids=--5" for noun in sorted(RegisterView.registered)),
    *(f"/{noun}/?page={LONG}&size=-{LONG}" for noun in ("ticket", "staff")),
    "/duty_task/?priority=--5&made_by_id=--5",
    f"/obligation/{LONG}",
    "/figures?period=9999-12",
    "/figures?period=9999",
    f"/figures?org={LONG}",
    "/checks?period=9999-12",
    f"/checks?org={LONG}",
    "/trail?from=0001-01-01",
    "/trail?to=9999-12-31",
    f"/trail?row={LONG}&page={LONG}",
    "/trail?row=--5&page=--5&actor=%00",
    "/incomplete?day=0001-01-01",
    f"/incomplete?staff={LONG}",
    f"/lookup/unit?q=3&within={LONG}",
    f"/lookup/resident?q={'9' * 5000}",
    f"/ticket/{LONG}",
    f"/q/{LONG}",
    f"/scan?code={LONG}",
]


def test_no_typed_address_breaks_a_page(app: Flask, session: Session):
    made = world(session)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    people = [sit(app, made.session, post) for post in ("service_supervisor", "quality_manager")]
    broken = []
    for desk in people:
        for path in TYPED:
            status = desk.client.get(path).status_code
            if status >= 500:
                broken.append(f"{path}: {status}")
        for path in (f"/ticket/views/{LONG}/remove", f"/ticket/{LONG}/cancel", f"/work_order/bulk/issue?id={LONG}"):
            reply = desk.post(path, {"token": "t" * 20, "id": LONG}, None)
            if reply.status_code >= 500:
                broken.append(f"POST {path}: {reply.status_code}")
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("--5", 1), ("-5", 1), ("", 1), (LONG, 9), (f"-{LONG}", 1), ("９", 9), ("5.0", 1), ("²", 1), ("007", 7)],
)
def test_a_whole_number_is_held_within_its_bounds(text: str, value: int):
    assert whole(text, 1, 9, 1) == value


def test_a_day_is_of_a_year_people_live_in():
    assert day_of("2026-11-21") is not None
    assert [day_of(text) for text in ("0001-01-01", "9999-12-31", "x", "")] == [None] * 4


def test_a_scanned_code_brings_its_copy_to_the_counter_and_others_to_the_slip(app: Flask, session: Session):
    made = world(session)
    order = make_order(made, state="issued")
    copies = printed(made, order)
    walk_to(made, order, "completed")
    code = copies[1].code
    desk, steward = sit(app, made.session, "desk_clerk"), sit(app, made.session, "zone_steward")
    home = desk.client.get(f"/q/{code}").headers["Location"]
    assert f'name="code" value="{code}"' in desk.get(home)
    assert steward.client.get(f"/q/{code}").headers["Location"] == f"/work_order/{order.id}"
