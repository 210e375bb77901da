"""待命板: who is in the duty room and who is out on which slip, what I repair next, what the desk works on next."""

from collections.abc import Sequence
from typing import TypeVar

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from flask_admin import Admin

from admin_views.lookups import page_of
from admin_views.page import NOTHING, Badge, Column, Crumb, LinesTable, LinkCell, Row, Text, Tone
from admin_views.page.tables import TablesPage
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import Ticket, WorkOrder, clock
from models.tickets import PRIORITIES
from rules.duty_room import OnBoard, may_repair, standby_board, technician_queue
from rules.permissions import allows, require
from rules.tickets import desk_queue

P = TypeVar("P", Ticket, WorkOrder)
ORDER = 62
MOST = 50
TONES: dict[str, Tone] = {"待命": "done", "未回值班室": "wait"}
standby_blueprint = Blueprint("standby", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the page."""
    del admin
    app.register_blueprint(standby_blueprint)


@standby_blueprint.get("/standby")
def standby_page() -> ResponseReturnValue:
    """The board (WO-09); below it a technician's own queue (WO-11) and the desk's (TKT-24)."""
    person, session = acting(), reading()
    require(person, "work_order.read", doing="查看待命板")
    tables = [_board(standby_board(session, person, person.project_id))]
    if may_repair(person):
        tables.append(_slips(_here(technician_queue(session, person), person.project_id)))
    if allows(person, "work_order.issue"):
        tables.append(_tickets(_here(desk_queue(session, person), person.project_id)))
    page = TablesPage(
        title="待命板",
        url="/standby",
        tables=tuple(tables),
        note="干完活回值班室待命；人一回来先办约好的单",
        crumbs=(Crumb("前台"), Crumb("待命板")),
    )
    return draw("tables.html", page)


def _here(found: Sequence[P], project_id: int | None) -> list[P]:
    """The first of those of the project in front of the person."""
    return [one for one in found if project_id in (None, one.org_id)][:MOST]


def _board(lines: Sequence[OnBoard]) -> LinesTable:
    columns = (
        Column("who", "人员", "l"),
        Column("word", "现在", "m"),
        Column("slip", "工单"),
        Column("since", "自", "l"),
    )
    rows = tuple(
        Row(
            f"staff-{it.staff.id}",
            "",
            it.staff.name,
            (
                Text(it.staff.name, strong=True),
                Badge(it.word, TONES.get(it.word, "open")),
                LinkCell(it.order.number or "", page_of(it.order), it.order.where) if it.order else NOTHING,
                Text(clock.shown(it.since)[5:]) if it.since else NOTHING,
            ),
        )
        for it in lines
    )
    return LinesTable("值班室", columns, rows, empty="今天没有工程部值班人员和技工")


def _slips(orders: Sequence[WorkOrder]) -> LinesTable:
    columns = (Column("slip", "单号", "xl"), Column("where", "房号 / 故障点", "l"), Column("what", "报修内容"))
    rows = tuple(
        Row(
            f"order-{it.id}",
            page_of(it),
            it.number or "",
            (
                LinkCell(it.number or "", page_of(it), number=True),
                Text(it.where),
                Text(it.content.splitlines()[0][:60], _agreed(it)),
            ),
        )
        for it in orders
    )
    return LinesTable("我接下来的工单", columns, rows, note="约好的在先，再按轻重缓急", empty="没有待办的工单")


def _agreed(order: WorkOrder) -> str:
    if order.state == "appointed" and order.appointment_at:
        return f"约 {clock.shown(order.appointment_at)[5:]}"
    return order.state_label


def _tickets(tickets: Sequence[Ticket]) -> LinesTable:
    columns = (
        Column("ticket", "报事", "xl"),
        Column("priority", "轻重缓急", "l"),
        Column("where", "房号 / 地点", "l"),
        Column("what", "报事内容"),
        Column("at", "受理", "l"),
    )
    rows = tuple(
        Row(
            f"ticket-{it.id}",
            page_of(it),
            it.number or "",
            (
                LinkCell(it.number or "", page_of(it), number=True),
                Text(PRIORITIES[it.priority], strong=it.priority != "normal"),
                Text(it.where),
                Text(it.content.splitlines()[0][:60], it.state_label),
                Text(clock.shown(it.received_at)[5:]),
            ),
        )
        for it in tickets
    )
    return LinesTable("前台接下来的报事", columns, rows, note="先重后轻，同级先到先办", empty="没有未办结的报事")
