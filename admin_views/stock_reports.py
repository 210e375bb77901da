"""收发存汇总表 on screen: a period, a store, a thing; every figure leads to its lines; printed as it stands."""

from decimal import Decimal
from urllib.parse import urlencode

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select

import printouts
from admin_views.base import found, new_token
from admin_views.filters import day_of, whole
from admin_views.page import Action, Cell, Column, Crumb, LinesTable, LinkCell, QueryField, Row, Tab, Tag, Text
from admin_views.page.parts import Choice
from admin_views.page.tables import TablesPage
from admin_views.prints import print_rows
from admin_views.request import acting, reading
from admin_views.shell import draw
from admin_views.slips import GROUP
from forms.fields import LARGEST_WHOLE
from models import StockBalance, StockEntry, StorageBin, Warehouse, clock
from printouts.filling import LEDGERS
from rules.errors import RuleError
from rules.ledger import plain
from rules.permissions import require
from rules.scope import readable
from rules.stock_reports import Line, Question, ledger_of, month_of, summary

ORDER = 63
MOST_SHOWN = 500
reports_blueprint = Blueprint("stock_reports", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the report."""
    del admin
    app.register_blueprint(reports_blueprint)


def asked() -> Question:
    """What the address asks: this month of all stores unless it says otherwise."""
    first, last = month_of(request.values.get("month", ""), clock.today())
    first = day_of(request.values.get("from", "")) or first
    last = day_of(request.values.get("to", "")) or last
    if last < first:
        raise RuleError("截止日期早于起始日期，请核对", field="to")
    return Question(
        first,
        last,
        whole(request.values.get("warehouse_id", ""), 1, LARGEST_WHOLE, None),
        whole(request.values.get("material_id", ""), 1, LARGEST_WHOLE, None),
        transfers=request.values.get("transfers") != "no",
        by_category=request.values.get("by") == "category",
    )


@reports_blueprint.get("/stock-summary")
def stock_summary() -> ResponseReturnValue:
    """The report."""
    person, session, question = acting(), reading(), asked()
    require(person, "stock_entry.read", doing="查看收发存汇总")
    lines = summary(session, person, question)
    stores = session.scalars(select(Warehouse).where(readable(person, Warehouse)).order_by(Warehouse.name))
    chosen = str(question.warehouse_id or "")
    page = TablesPage(
        title="收发存汇总表",
        url=url_for(".stock_summary"),
        token=new_token(),
        tables=(_table(lines[:MOST_SHOWN], question),),
        note=_note(lines, question),
        crumbs=(Crumb(GROUP), Crumb("收发存汇总表")),
        actions=(Action("打印", f"{url_for('.print_summary')}?{_query()}", "post", name="print", icon="printer"),),
        tabs=tuple(_tabs(question)),
        query=(
            QueryField("from", "从", value=str(question.first), placeholder="2026-11-01", always=True),
            QueryField("to", "到", value=str(question.last), placeholder="2026-11-30", always=True),
            QueryField(
                "warehouse_id",
                "仓库",
                kind="select",
                value=chosen,
                choices=(Choice("", "全部仓库"), *(Choice(str(w.id), w.name) for w in stores)),
            ),
            QueryField(
                "transfers",
                "调拨",
                kind="select",
                value="yes" if question.transfers else "no",
                choices=(Choice("yes", "计入"), Choice("no", "不计入收发")),
            ),
            QueryField(
                "by",
                "收发类别",
                kind="select",
                value="category" if question.by_category else "",
                choices=(Choice("", "不分"), Choice("category", "分类别")),
            ),
        ),
    )
    return draw("tables.html", page)


def _query() -> str:
    return urlencode([(k, v) for k, v in request.args.items() if v])


def _note(lines: list[Line], question: Question) -> str:
    more = f"，只显示前 {MOST_SHOWN} 行，打印是全部" if len(lines) > MOST_SHOWN else ""
    return (
        f"{len(lines)} 行；按单据日期；期末＝期初＋收入－发出{'' if question.transfers else '（调拨不计入收发）'}{more}"
    )


def _tabs(question: Question) -> list[Tab]:
    today = clock.today()
    before = (today.replace(day=1)).toordinal() - 1
    months = [f"{today:%Y-%m}", f"{type(today).fromordinal(before):%Y-%m}"]
    return [
        Tab(word, url_for(".stock_summary", month=month), current=f"{question.first:%Y-%m}" == month)
        for word, month in zip(("本月", "上月"), months, strict=True)
    ]


def _table(lines: list[Line], question: Question) -> LinesTable:
    names = StockEntry.info("category")["choices"]
    kinds = sorted({c for line in lines for c in line.categories}, key=list(names).index)
    columns = (
        Column("store", "仓库", "xl"),
        Column("code", "存货编码", "l"),
        Column("name", "名称规格"),
        Column("unit", "单位", "s"),
        Column("opening", "期初", "m", number=True),
        Column("received", "收入", "m", number=True),
        Column("issued", "发出", "m", number=True),
        Column("closing", "期末", "m", number=True),
        *(Column(kind, names[kind], "m", number=True) for kind in kinds),
    )
    rows = tuple(_row(line, question, kinds) for line in lines)
    return LinesTable(f"{question.first} 至 {question.last}", columns, rows, empty="这段时间没有收发和结存")


def _row(line: Line, question: Question, kinds: list[str]) -> Row:
    thing = line.material
    base = [("warehouse_id", str(line.warehouse.id)), ("material_id", str(thing.id))]
    period = [("day_from", str(question.first)), ("day_to", str(question.last))]

    def drill(qty: Decimal, *more: tuple[str, str]) -> Cell:
        return LinkCell(plain(qty), f"/stock_entry/?{urlencode([*base, *more])}") if qty else Text("")

    low = (Tag("低于储备", "late"),) if line.low else ()
    cells: tuple[Cell, ...] = (
        Text(line.warehouse.name),
        LinkCell(thing.code, f"/material/{thing.id}"),
        Text(f"{thing.name} {thing.type_words}".strip(), tags=low),
        Text(thing.measure),
        Text(plain(line.opening)),
        drill(line.received, *period, ("side", "in")),
        drill(line.issued, *period, ("side", "out")),
        LinkCell(plain(line.closing), f"/stock_entry/?{urlencode(base)}", strong=True),
        *(drill(line.categories.get(kind, Decimal(0)), *period, ("category", kind)) for kind in kinds),
    )
    return Row(f"{line.warehouse.id}-{thing.id}", "", thing.code, cells)


@reports_blueprint.post("/stock-summary/print")
def print_summary() -> ResponseReturnValue:
    """The same on paper, with 承前页 where it runs on."""
    person, session, question = acting(), reading(), asked()
    require(person, "stock_entry.read", doing="打印收发存汇总")
    lines = summary(session, person, question)
    rows = [
        {
            "warehouse": line.warehouse.name,
            "code": line.material.code,
            "name": line.material.name,
            "type": line.material.type_words,
            "unit": line.material.measure,
            **{n: plain(getattr(line, n)) for n in ("opening", "received", "issued", "closing")},
            "alarm": "低于储备" if line.low else "",
        }
        for line in lines
    ]
    basis = "按单据日期，只含已审核" + ("" if question.transfers else "，调拨不计入收发")
    return print_rows("F-67", printouts.Rows(rows, len(rows), {"basis": basis}), f"{question.first} 至 {question.last}")


@reports_blueprint.post("/stock-ledger/<int:row_id>/print")
def print_ledger_of(row_id: int) -> ResponseReturnValue:
    """台账 of one thing in one store over a period, with what was carried over and what is carried on."""
    person, session, question = acting(), reading(), asked()
    balance = found(StockBalance, row_id)
    opening, entries = ledger_of(session, balance.warehouse_id, balance.material_id, question.first, question.last)
    rows = LEDGERS["F-65"].rows(session, person, entries)
    places = session.scalars(
        select(StorageBin).where(
            StorageBin.warehouse_id == balance.warehouse_id, StorageBin.material_id == balance.material_id
        )
    )
    heading = {
        "material": str(balance.material),
        "unit": balance.material.measure,
        "warehouse": balance.warehouse.name,
        "bin": "、".join(str(place) for place in places),
        "opening": plain(opening),
    }
    period = f"{question.first} 至 {question.last}"
    return print_rows("F-65", printouts.Rows(rows, len(rows), heading), period, [e.id for e in entries])
