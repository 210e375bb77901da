"""现存量, 库存台账 and 月结 on screen."""

from typing import Any

from sqlalchemy.orm import Session

from admin_views.columns import Col, Line, Look
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.page import NOTHING, Action, Cell, LinkCell, Notice, Tag, Text
from admin_views.registers import RegisterView
from admin_views.request import acting, reading
from admin_views.slips import GROUP, Values
from models import Record, StockBalance, StockEntry, StockMonth
from rules.ledger import plain
from rules.person import Person
from rules.stock_months import obstacles, prepare_month


def _quantity(look: Look, line: Line) -> Cell:
    """Drill: the figure opens its lines; less than the reserve says so."""
    quota = line["material.reserve_quota"]
    low = quota is not None and line.qty < quota
    url = f"/stock_entry/?warehouse_id={line.warehouse_id}&material_id={line.material_id}"
    tags = (Tag(f"低于储备 {plain(quota)}", "late"),) if low else ()
    return LinkCell(plain(line.qty), url, tags=tags, strong=True)


class StockBalanceView(RegisterView):
    """现存量查询."""

    record = StockBalance
    menu_group = GROUP
    place = 20
    columns = (
        "warehouse_id",
        Col(key="material.code", label="存货编码", width="l", place="left", strong=True),
        Col(key="material.name", label="名称"),
        Col(key="material.spec", label="规格", width="m"),
        Col(key="material.model", label="型号", width="m"),
        Col(key="material.measure", label="单位", width="s"),
        Col(
            key="qty",
            label="现存量",
            width="l",
            number=True,
            needs=("qty", "warehouse_id", "material_id", "material.reserve_quota"),
            cell=_quantity,
            sort="qty",
        ),
        "-material.kind",
        "-material.abc",
        "-material.repair_class",
    )
    filters = ("warehouse_id", "material_id", "material.kind", "-material.abc", "-material.repair_class", "-org_id")
    search = "material.code material.name material.initials material.spec"
    default_sort = "material.code"
    note = "现存量只随审核过的单据变动；点数量看逐笔台账。"
    facts = (("现存量", "warehouse_id material_id qty"),)

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The lines behind the figure, and the ledger of this month on paper."""
        made, more = super().page_actions(row)
        lines = f"/stock_entry/?warehouse_id={row.warehouse_id}&material_id={row.material_id}"
        paper = Action("打印本月台账", f"/stock-ledger/{row.id}/print", "post", name="print-F-65", icon="printer")
        return (Action("逐笔台账", lines), paper, *made), more


def _in(_look: Look, line: Line) -> Cell:
    return _figure(line, "in")


def _out(_look: Look, line: Line) -> Cell:
    return _figure(line, "out")


def _figure(line: Line, side: str) -> Cell:
    """Red letters stay in their own column, with a minus and not only in red."""
    return Text(plain(line.qty), tone="late" if line.qty < 0 else "") if line.side == side else NOTHING


def _paper(look: Look, line: Line) -> Cell:
    noun = "stock_in" if line.stock_in_id else "stock_out"
    return LinkCell(line.said(f"{noun}_id"), f"/{noun}/{line[f'{noun}_id']}", number=True)


class StockEntryView(RegisterView):
    """台账 and 流水账: every movement in the order it was posted."""

    record = StockEntry
    menu_group = GROUP
    place = 21
    columns = (
        Col(
            key="paper",
            label="单据号",
            width="xxl",
            place="left",
            needs=("stock_in_id", "stock_out_id"),
            cell=_paper,
        ),
        "day",
        "category",
        "warehouse_id",
        Col(key="material.code", label="存货编码", width="l"),
        Col(key="material.name", label="名称"),
        Col(key="material.measure", label="单位", width="s"),
        Col(key="in", label="收入", width="m", number=True, needs=("qty", "side"), cell=_in),
        Col(key="out", label="发出", width="m", number=True, needs=("qty", "side"), cell=_out),
        "qty_after",
        "-batch",
        "-moved_at",
        "at",
        "-reverses_id",
        "note",
    )
    filters = (
        "warehouse_id",
        "material_id",
        "day",
        "side",
        "category",
        "-batch",
        "-stock_in_id",
        "-stock_out_id",
        "-org_id",
    )
    search = "material.code material.name stock_in.number stock_out.number"
    default_sort = "-id"
    presets = (Preset("收入", "side=in"), Preset("发出", "side=out"))
    note = "按入账次序排列，结存是该仓库该存货当时的结存；红字在本栏记负数。"
    facts = (
        ("台账", "day at moved_at warehouse_id material_id side category qty delta qty_after batch"),
        ("单据", "stock_in_id stock_out_id line_no reverses_id note"),
    )

    def headline(self, row: Any) -> str:
        """Which line of which paper."""
        return f"{row.paper} 第 {row.line_no} 行"


class StockMonthView(DocumentView):
    """月结: in order, with what stands in the way."""

    record = StockMonth
    menu_group = GROUP
    place = 25
    columns = ("month", "org_id", "state", "closed_at", "closed_by_id")
    filters = ("state", "org_id", "month")
    search = "month"
    default_sort = "-month"
    new_label = "准备下一个月的结账"
    asks_owner = False
    sections = (("月结", "org_id"),)
    fixed = "org_id"
    facts = (("月结", "month org_id closed_at closed_by_id"),)

    def fresh(self) -> dict[str, Any]:
        """The 业务部 of whoever keeps its books."""
        homes = {h.org_id for h in acting().holdings if h.post == "division_accountant"}
        return {**super().fresh(), **({"org_id": homes.pop()} if len(homes) == 1 else {})}

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """Which month it is follows from what is closed."""
        return prepare_month(session, values["org_id"], by)

    def page_extras(self, row: Any) -> dict[str, Any]:
        """Everything that stands in the way of closing, at once."""
        found = obstacles(reading(), row) if row.state == "open" else []
        return {"notices": tuple(Notice(words, "wait") for words in found)}
