"""回访 on screen: what is due, made by phone or visit, and what the residents said."""

from typing import Any

import forms.follow_ups  # noqa: F401  (what its moves ask for)
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.matter_columns import due_column, due_filter, waiting_filter, who_column
from admin_views.page import Text
from models import FollowUp, clock


class FollowUpView(DocumentView):
    """The follow-ups, the most pressing first; they come from finished work, nobody types one in."""

    record = FollowUp
    menu_group = "前台"
    place = 12
    columns = (
        "number",
        "unit_id",
        "kind",
        who_column("住户", "customer", "phone"),
        "-ticket_id",
        "order_id",
        "visitor_id",
        "-satisfaction",
        "state",
        due_column(FollowUp),
        "-earliest_at",
        "-due_at",
        "-at",
        "-method",
    )
    default_sort = "due"
    filters = (
        "state",
        "kind",
        "unit_id",
        due_filter(FollowUp),
        waiting_filter(FollowUp),
        "due_at",
        "-at",
        "-visitor_id",
        "-method",
        "-satisfaction",
        "-phone",
    )
    search = "number customer unit.code ticket.number order.number phone"
    presets = (
        Preset("待回访", "state=pending", "wait"),
        Preset("已超时", "due=late", "late"),
        Preset("不合格", "state=failed", "late"),
    )
    menu_query = "state=pending"
    facts = (
        ("回访什么", "kind ticket_id order_id unit_id customer phone proven_at earliest_at due_at overdue_at"),
        ("回访情况", "method at call_minute on_request visitor_id satisfaction quality effect defects suggestion"),
    )
    prints = ("F-22",)
    first_verbs = "pass_ fail"

    def headline(self, row: Any) -> str:
        """Whom about what."""
        where = f"{row.unit.code} " if row.unit else ""
        return f"{where}{row.customer} {FollowUp.info('kind')['choices'][row.kind]}"

    def page_extras(self, row: Any) -> dict[str, Any]:
        """The window in which it may be made."""
        return {"about": (Text(f"可回访 {clock.shown(row.earliest_at)} 至 {clock.shown(row.overdue_at)}"),)}
