"""钥匙异常, 复配 and 换锁催交 on screen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.keys import total_column
from admin_views.keys_loans import calls_card
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.matter_columns import due_column, due_filter
from admin_views.page import Fact, LinesTable, Text
from admin_views.paper_life import notes_table
from admin_views.request import reading
from forms.actions import Ask
from forms.keys_loans import CALL_FIELDS, CALL_FORM
from models import KeyCopyOrder, KeyIncident, KeyLockChange, clock
from models.keys import BUNCH
from rules.keys_copies import call_about_copy
from rules.keys_incidents import liable
from rules.keys_owners import owner_names
from rules.person import Person


class KeyIncidentView(DocumentView):
    """Lost, broken, not matching: reported at once, solved the same day."""

    record = KeyIncident
    menu_group = "钥匙"
    place = 14
    columns = (
        "number",
        "key_id",
        "kind",
        "facts",
        "found_at",
        "measure",
        "resolved_at",
        "responsible_id",
        "state",
        due_column(KeyIncident),
    )
    default_sort = "due"
    filters = ("state", "kind", "key_id", "found_at", due_filter(KeyIncident), "-measure", "-responsible_id")
    search = "number facts key.key_no"
    presets = (
        Preset("未解决", "state=reported&state=instructed&state=consented&state=handling", "late"),
        Preset("待批示", "state=reported", "wait"),
        Preset("待认定责任", "state=resolved", "wait"),
    )
    menu_query = "state=reported&state=instructed&state=consented&state=handling"
    new_label = "报告异常"
    note = "立即报告客服负责人并请示管理处经理；当天下班前解决，经过记入值班日志。"
    sections = (("异常", "key_id kind found_at facts protection"),)
    fixed = "key_id kind found_at facts protection"
    free = "found_at"
    facts = (
        ("异常", "key_id loan_id kind found_at facts protection reported_to_lead_at"),
        ("处理", "instruction manager_instructed_at owner_consent_at measure result resolved_at"),
        ("责任", "responsible_id responsible verdict"),
    )
    first_verbs = "instruct consent handle resolve settle find"

    def fresh(self) -> dict[str, Any]:
        """Now."""
        return {**super().fresh(), "found_at": clock.now()}

    def headline(self, row: KeyIncident) -> str:
        """Which key, what."""
        return f"{row.key.key_no} {row.where} {KeyIncident.info('kind')['choices'][row.kind]}"

    def deed_facts(self, row: KeyIncident) -> tuple[Fact, ...]:
        """Who is asked, who answers for it by the text."""
        facts = [
            Fact("经过", Text(row.facts)),
            Fact("业主", Text("、".join(owner_names(reading(), row.key.unit_id)) or "—")),
        ]
        meant = liable(reading(), row)
        return (*facts, Fact("按制度责任人", Text(meant.name if meant else "—")))

    def more_cards(self, row: KeyIncident, look: Looker) -> Sequence[LinesTable]:
        """Calls and the lines of the 《值班日志》."""
        return (*calls_card(row, look), *notes_table(row, look))


def _called(session: Session, order: KeyCopyOrder, by: Person, details: Details) -> None:
    call_about_copy(session, order, by, details)


class KeyCopyOrderView(DocumentView):
    """复配: only with approval."""

    record = KeyCopyOrder
    menu_group = "钥匙"
    place = 34
    columns = ("number", "key_id", total_column(), "reason", "made_by_id", "approved_at", "done_at", "state")
    filters = ("state", "key_id", "created_at", "-made_by_id")
    search = "number reason key.key_no"
    presets = (Preset("待批准", "state=asked", "wait"), Preset("待入柜", "state=approved"))
    menu_query = "state=asked"
    new_label = "申请复配"
    note = "任何人不得私自复配；业户的钥匙还须业户同意、管理处经理批准。"
    sections = (("复配", f"key_id reason {BUNCH}"),)
    facts = (("复配", f"key_id reason {BUNCH} made_by_id approved_at done_at result"),)
    first_verbs = "approve finish"
    deeds = (
        Deed(
            "call",
            "致电业户",
            _called,
            Ask(KeyCopyOrder, CALL_FORM, over=CALL_FIELDS, initial=lambda _row: {"call_at": clock.now()}),
            when=lambda order: order.state == "asked",
            rule="KEY-54",
            quiet=True,
            icon="phone",
            said=lambda order: f"{order} 的通话已登记，并记入值班日志",
        ),
    )

    def headline(self, row: KeyCopyOrder) -> str:
        """Which key."""
        return f"{row.key.key_no} {row.where} 复配 {row.kind_words}"

    def more_cards(self, row: KeyCopyOrder, look: Looker) -> Sequence[LinesTable]:
        """The calls."""
        return calls_card(row, look)


class KeyLockChangeView(DocumentView):
    """换锁催交: reminded until the new key is in and the old one back with its owner."""

    record = KeyLockChange
    menu_group = "钥匙"
    place = 35
    columns = (
        "number",
        "key_id",
        "changed_at",
        "reminders",
        "reminded_at",
        "finished_at",
        "state",
        due_column(KeyLockChange),
    )
    filters = ("state", "key_id", "changed_at")
    search = "number key.key_no"
    presets = (Preset("待交送", "state=waiting", "wait"),)
    menu_query = "state=waiting"
    new_label = "登记换锁"
    note = "新钥匙送到之前反复催促，每次都记下；迟交的风险由业户自负。"
    sections = (("换锁", "key_id changed_at remark"),)
    fixed = "key_id changed_at remark"
    free = "changed_at"
    facts = (("换锁", "key_id changed_at reminders reminded_at new_receipt_id finished_at remark"),)
    first_verbs = "finish remind"

    def fresh(self) -> dict[str, Any]:
        """Now."""
        return {**super().fresh(), "changed_at": clock.now()}

    def headline(self, row: KeyLockChange) -> str:
        """Which flat."""
        return f"{row.where} {row.key.key_no} 换锁"

    def more_cards(self, row: KeyLockChange, look: Looker) -> Sequence[LinesTable]:
        """The reminders."""
        return calls_card(row, look)
