"""联次 on screen: which copy of which slip is where, the longest out first."""

from typing import Any

import forms.work_orders  # noqa: F401  (what its moves ask for)
from admin_views.columns import Col, Line, Look
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.matter_columns import waiting_filter
from admin_views.page import Action, Cell, LinkCell
from admin_views.registers import page_url
from models import PaperCopy


def _slip(_look: Look, line: Line) -> Cell:
    return LinkCell(line.number, f"/work_order/{line.row_id}", number=True)


class PaperCopyView(DocumentView):
    """The copies of slips; only printing makes one."""

    record = PaperCopy
    menu_group = "前台"
    place = 14
    columns = (
        Col(key="slip", label="单号", width="xl", place="left", needs=("number", "row_id"), cell=_slip, sort="number"),
        "copy_no",
        "recipient",
        "state",
        "holder_id",
        "out_at",
        "settled_at",
        "received_by_id",
        "-printed_at",
        "remark",
    )
    always = "row_id copy_no"
    filters = ("state", "copy_no", "holder_id", "out_at", waiting_filter(PaperCopy), "-received_by_id", "-number")
    search = "number holder_id"
    default_sort = "out_at"
    presets = (Preset("在外", "state=out", "wait"), Preset("缺联", "state=missing", "late"))
    menu_query = "state=out&state=missing"
    facts = (("联次", "number copy_no set_no recipient holder_id printed_at out_at settled_at received_by_id remark"),)
    bulk_verbs = ("bring_back",)

    def row_actions(self, line: Line) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Its page is the slip's."""
        first, more = super().row_actions(line)
        slip = Action("看工单", page_url("work_order", line.row_id))
        return first, (slip, *more)

    def page_extras(self, row: Any) -> dict[str, Any]:
        """The slip it belongs to."""
        return {"about": (LinkCell(row.number, page_url("work_order", row.row_id)),)}
