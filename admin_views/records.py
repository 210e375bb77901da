"""Registers that are mostly read: work calendar, incidents, prints and exports."""

from typing import Any

from sqlalchemy.orm import Session

from admin_views.columns import Col, Line, Look
from admin_views.list_pages import Preset
from admin_views.page import NOTHING, Cell, LinkCell
from admin_views.registers import RegisterView, page_url
from admin_views.request import acting, writer
from admin_views.sources import model_of
from models import ExportRun, Incident, PrintRun, WorkDay
from rules.deadlines import recompute_after, recompute_open
from rules.nouns import noun_model
from rules.person import Person


class WorkDayView(RegisterView):
    """Days that differ from the bundled calendar; every open clock of the unit follows."""

    record = WorkDay
    menu_group = "设置"
    place = 20
    columns = ("day", "kind", "holiday", "org_id")
    filters = ("day", "kind", "org_id")
    search = "holiday"
    default_sort = "-day"
    sections = (("工作日历", "org_id day kind holiday"),)
    note = "没有登记的日子按内置的节假日安排；改动后未到期的时限随之重算。"

    def headline(self, row: Any) -> str:
        """The day."""
        return f"{row.day}"

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """A day that moves to another unit lets go of the one it was in."""
        before = row.org_id
        super().change(session, row, values, by)
        session.flush()
        if before != row.org_id:
            recompute_open(session, before)

    def saved(self, row: Any) -> None:
        """And every open clock follows, once the day itself is kept."""
        org_id, person = row.org_id, acting()
        recompute_after(writer(), org_id, by=person)


def _about(_look: Look, line: Line) -> Cell:
    """The record it is about."""
    model = noun_model(line.noun or "")
    if model is None or line["row_id"] is None:
        return NOTHING
    return LinkCell(f"{model.__label__} {line['row_id']}", page_url(line.noun, line["row_id"]))


ABOUT = Col(key="about", label="有关记录", width="xl", needs=("noun", "row_id"), cell=_about)


class IncidentView(RegisterView):
    """Refusals, violations, mismatches and losses: the one record of what went wrong."""

    record = Incident
    menu_group = "品质"
    place = 30
    columns = ("at", "kind", "body", "rule", "staff_id", ABOUT, "-org_id")
    filters = ("kind", "at", "staff_id", "rule", "-body")
    search = "body rule staff_id"
    default_sort = "-at"
    presets = (Preset("操作被拒", "kind=refused"), Preset("后补登记", "kind=late_entry", "wait"))
    facts = (("异常", "kind at rule staff_id org_id body"),)

    def headline(self, row: Any) -> str:
        """What went wrong."""
        return str(row.body)[:60]


class PrintRunView(RegisterView):
    """Every print, with the hash of what it said."""

    record = PrintRun
    menu_group = "品质"
    place = 40
    columns = ("at", "form", "kind", ABOUT, "nth", "rows", "by_id", "-content_hash", "-batch_id")
    filters = ("form", "kind", "at", "by_id", "-batch_id")
    search = "form batch_id by_id"
    default_sort = "-at"
    facts = (("打印", "form kind nth rows batch_id by_id at content_hash"),)

    def headline(self, row: Any) -> str:
        """Which form."""
        return f"{row.form} 第 {row.nth} 次"


class ExportRunView(RegisterView):
    """Every register taken away, by whom, with which filter."""

    record = ExportRun
    menu_group = "品质"
    place = 41
    columns = ("at", "noun", "format", "rows", "by_id", "-org_id")
    filters = ("at", "by_id", "format")
    search = "noun by_id"
    default_sort = "-at"
    facts = (("导出", "noun format rows by_id at"),)

    def headline(self, row: Any) -> str:
        """Which register."""
        return f"{model_of(row.noun).__label__} {row.rows} 行"
