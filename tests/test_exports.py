"""Taking registers away: exactly the rows asked for, masked, without a live formula, written down, memory flat."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import CallRecord, ExportRun, Ticket, TrailEntry, clock
from rules.advance import advance, start
from rules.exporting import LEADERS, Value, csv_lines, guarded, write_xlsx
from tests.conftest import Hands
from tests.desk import Desk, rows, sit
from tests.makers import World, make_order, make_ticket, world

PHONE = "13812342217"
FORMULAS = (
    "=1+1",
    '+HYPERLINK("http://x")',
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
)


@pytest.fixture
def made(session: Session) -> World:
    """The small world with a few tickets, one of them full of formulas."""
    made = world(session)
    for n, payload in enumerate(FORMULAS):
        make_ticket(made, content=payload.strip() if payload.startswith("\t") else payload, customer=f"=名{n}")
    make_ticket(made, content="普通漏水", priority="urgent")
    return made


def take(desk: Desk, noun: str, kind: str, **data: Any) -> TestResponse:
    """Press 导出, follow to the file."""
    home = desk.post(f"/{noun}/export", {"kind": kind, "query": "", **data}).headers["Location"]
    reply = desk.client.get(home)
    assert reply.status_code == 200, reply.text
    return reply


def table(reply: TestResponse) -> list[list[str]]:
    """The rows of a CSV."""
    text = reply.data.decode("utf-8")
    assert text.startswith("\ufeff"), "Excel needs the mark to read Chinese"
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_file_holds_exactly_the_rows_of_the_list_in_its_order(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    for question in ("", "priority=urgent", "q=普通", "sort=-number", "sort=content&state=registered"):
        listed = rows(desk.get(f"/ticket/?{question}&size=200"))
        head, *lines = table(take(desk, "ticket", "csv", query=question))
        numbers = {str(t.id): t.number for t in made.session.scalars(select(Ticket))}
        assert [line[head.index("编号")] for line in lines] == [numbers[i] for i in listed], question
        assert listed


def test_a_file_of_tickets_says_when_to_which_department_and_with_what_result(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    row = made.session.scalars(select(Ticket).where(Ticket.content == "普通漏水")).one()
    advance(made.session, row, "solve", made.person("desk_clerk"), solution="已告知关阀办法")
    made.session.commit()
    head, line = table(take(desk, "ticket", "csv", query="q=普通漏水"))
    said = dict(zip(head, line, strict=True))
    assert said["处理结果"] == "已告知关阀办法"
    assert said["受理时间"]
    assert "部门" in "".join(head)
    assert len(head) == len(set(head))
    assert "处理结果" not in desk.get("/ticket/?q=普通漏水").split("<tbody")[0].split("<thead")[-1]


def test_ticked_rows_are_taken_alone_and_every_takes_the_whole_question(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    listed = rows(desk.get("/ticket/?size=200"))
    assert len(table(take(desk, "ticket", "csv", id=listed[:3]))) == 1 + 3
    urgent = rows(desk.get("/ticket/?priority=urgent"))
    whole = table(take(desk, "ticket", "csv", id=listed[:3], every="1", query="priority=urgent"))
    assert len(whole) == 1 + len(urgent)


def test_another_projects_rows_are_not_taken_even_when_ticked(app: Flask, made: World) -> None:
    theirs = make_ticket(made, made.person("desk_clerk", "WJ"), org_id=made.wj.id, unit_id=made.units["WJ 3-2-1203"].id)
    desk = sit(app, made.session, "desk_clerk")
    assert len(table(take(desk, "ticket", "csv", id=[str(theirs.id)]))) == 1


@pytest.mark.rule("BASE-01")
def test_phones_stay_masked_in_files_and_the_taking_is_written_down(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    for kind in ("csv", "xlsx"):
        reply = take(desk, "ticket", kind, query="reporter_phone=2217")
        text = reply.data.decode("utf-8") if kind == "csv" else str(sheet(reply))
        assert PHONE not in text
        assert "138****2217" in text
    made.session.rollback()
    runs = made.session.scalars(select(ExportRun).order_by(ExportRun.id)).all()
    assert [(r.format, r.noun, r.by_id, r.rows) for r in runs] == [
        ("csv", "ticket", desk.staff_id, 10),
        ("xlsx", "ticket", desk.staff_id, 10),
    ]
    told = made.session.scalars(select(TrailEntry).where(TrailEntry.action == "导出")).all()
    assert len(told) == 2
    assert "2217" not in told[0].changes


def test_a_plain_column_with_a_phone_is_masked_too(app: Flask, made: World) -> None:
    call = CallRecord(org_id=made.yj.id, kind="in", party="徐明远", content="问停水时间", callback=PHONE)
    start(made.session, call, made.person("desk_clerk"))
    made.session.commit()
    desk = sit(app, made.session, "desk_clerk")
    head, line = table(take(desk, "call_record", "csv"))
    assert dict(zip(head, line, strict=True))["联系方式"] == "138****2217"


def sheet(reply: TestResponse) -> list[tuple[Any, ...]]:
    """The rows of a workbook."""
    book = load_workbook(io.BytesIO(reply.data))
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]


def test_no_formula_survives_in_a_csv(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    for line in table(take(desk, "ticket", "csv")):
        assert not [cell for cell in line if cell[:1] in LEADERS]


def test_texts_are_texts_in_a_workbook_and_dates_are_dates(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    desk.post("/ticket/columns", {"column": ["number", "content", "received_at", "state", "score"]})
    book = load_workbook(io.BytesIO(take(desk, "ticket", "xlsx").data))
    cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    contents = [row[1].value for row in book.active.iter_rows(min_row=2, max_row=11)]
    assert "=1+1" in contents
    assert book.active["C2"].value == datetime(2026, 11, 21, 10, 0)  # noqa: DTZ001 (the office wall clock)
    assert book.active.freeze_panes == "A2"


def test_the_file_is_named_in_chinese(app: Flask, made: World) -> None:
    desk = sit(app, made.session, "desk_clerk")
    said = take(desk, "ticket", "csv").headers["Content-Disposition"]
    assert said.isascii()
    assert f"filename*=UTF-8''{quote('报事_20261121_1000')}" in said
    assert said.endswith(".csv")


def test_a_file_is_only_for_who_asked_and_only_for_a_while(app: Flask, made: World, at: Hands) -> None:
    desk, other = sit(app, made.session, "desk_clerk"), sit(app, made.session, "receptionist")
    home = desk.post("/ticket/export", {"kind": "csv", "query": ""}).headers["Location"]
    other.get(home, 404)
    desk.get(home.replace("/ticket/", "/work_order/"), 404)
    assert desk.client.get(home).status_code == 200
    at.forward(minutes=16)
    assert desk.client.get(home).status_code == 422


def test_an_unknown_kind_is_refused_and_a_register_one_may_not_read_stays_closed(app: Flask, made: World) -> None:
    desk, tech = sit(app, made.session, "desk_clerk"), sit(app, made.session, "technician")
    desk.post("/ticket/export", {"kind": "exe"}, 400)
    tech.post("/resident/export", {"kind": "csv"}, 403)
    made.session.rollback()
    assert not made.session.scalars(select(ExportRun)).all()


def test_computed_columns_take_their_words_along(app: Flask, made: World) -> None:
    make_order(made, state="issued")
    desk = sit(app, made.session, "desk_clerk")
    head, *lines = table(take(desk, "work_order", "csv"))
    row = dict(zip(head, lines[0], strict=True))
    assert row["房号 / 故障点"] == "3-2-1203"
    assert row["时限"].startswith("到场 剩 ")
    assert row["责任人"] == "罗志强"


# ---- the writers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FORMULAS)
def test_every_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_plain_text_is_left_alone() -> None:
    for text in ("", "3-2-1203", "（一）", "1+1", "漏水=严重"):
        assert guarded(text) == text


def test_quotes_line_ends_and_commas_come_back_as_they_were() -> None:
    row: list[Value] = ['说"漏"了', "两行\n字", "a,b", None, True, Decimal("12.50"), 7, date(2026, 11, 21)]
    text = "".join(csv_lines([row])).removeprefix("\ufeff")
    (back,) = csv.reader(io.StringIO(text, newline=""))
    assert back == ['说"漏"了', "两行\n字", "a,b", "", "是", "12.50", "7", "2026-11-21"]


def test_a_workbook_keeps_what_spreadsheets_choke_on() -> None:
    moment = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    row: list[Value] = [
        "a\x00b\x0bc",
        "  空格  ",
        "<b>&",
        "𠮷",
        "\ud800",
        moment,
        date(2026, 11, 21),
        Decimal("1234.50"),
    ]
    out = io.BytesIO()
    assert write_xlsx(out, "一张[表]", [["头"] * len(row), row], [10] * len(row)) == 2
    book = load_workbook(io.BytesIO(out.getvalue()))
    back = [cell.value for cell in book.active[2]]
    assert back[:5] == ["abc", "  空格  ", "<b>&", "𠮷", ""]
    assert back[5] == clock.local(moment).replace(tzinfo=None)
    assert back[6].date() == date(2026, 11, 21)
    assert back[7] == 1234.5
    assert book.active.title == "一张表"


def test_memory_does_not_grow_with_the_rows(tmp_path: Any) -> None:
    peaks = []
    for count in (2_000, 20_000):
        tracemalloc.start()
        with (tmp_path / f"{count}.xlsx").open("w+b") as out:
            assert write_xlsx(out, "报事", many(count), [20, 40, 10]) == count
        assert sum(len(piece) for piece in csv_lines(many(count))) > count * 30
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000, f"{peaks[0]:,} → {peaks[1]:,} bytes"


def many(count: int) -> Iterator[list[Value]]:
    """Rows made while they are read."""
    for n in range(count):
        yield [f"BS-YJ-202611-{n:05}", "厨房水槽下软管漏水", n]
