"""《客服钥匙使用登记表》, the cabinet opened at night and 返修钥匙领取 on screen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

import forms.keys_loans  # noqa: F401  (what the moves ask for)
from admin_views.columns import Col, Line, Look
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.matter_columns import due_column, due_filter
from admin_views.page import Cell, Column, Fact, FactCard, LinesTable, LinkCell, Row, Tag, Text
from admin_views.request import reading
from forms.actions import Ask
from forms.keys_loans import CALL_FIELDS, CALL_FORM, TOLD_FIELDS
from models import KeyLoan, KeyNightOpening, RepairKeyPickup, clock
from models.keys_loans import ANSWERS
from rules import keys_pickups
from rules.keys_borrowers import papers_for
from rules.keys_loans import call_owner
from rules.keys_nights import loans_of_night
from rules.keys_owners import calls_of, owner_names
from rules.person import Person

OPEN = "state=draft&state=urgent&state=lent&state=to_supplement"


def _now(_row: Any) -> dict[str, Any]:
    return {"call_at": clock.now()}


def _called(session: Session, loan: KeyLoan, by: Person, details: Details) -> None:
    call_owner(session, loan, by, details)


def _called_for_pickup(session: Session, pickup: RepairKeyPickup, by: Person, details: Details) -> None:
    keys_pickups.call_owner(session, pickup, by, details)


def calls_card(paper: Any, look: Looker) -> tuple[LinesTable, ...]:
    """The calls to the owner, to the minute; none, no table."""
    columns = (
        Column("at", "通话时间", "l"),
        Column("callee", "业户", "l"),
        Column("answer", "答复", "l"),
        Column("words", "说明"),
    )
    rows = tuple(
        Row(
            str(call.id),
            "",
            call.callee,
            (Text(clock.shown(call.at)), Text(call.callee), Text(ANSWERS[call.answer]), Text(call.words or "—")),
        )
        for call in calls_of(look.session, paper)
    )
    return (LinesTable("业户通话（已记值班日志）", columns, rows),) if rows else ()


def who_has_column() -> Col:
    """领取人: a colleague by name, others as told."""

    def cell(_look: Look, line: Line) -> Cell:
        return Text(line.said("borrower_id") or line.borrower or "—", strong=True)

    return Col(key="who", label="领取人", width="l", needs=("borrower_id", "borrower"), cell=cell, sort="borrower")


def _is_asked(loan: Any) -> bool:
    return loan.state in ("draft", "urgent", "to_supplement", "lent")


class KeyLoanView(DocumentView):
    """The use register, what is due first on top."""

    record = KeyLoan
    menu_group = "钥匙"
    place = 10
    columns = (
        "number",
        "where_out",
        "key_id",
        who_has_column(),
        "borrower_kind",
        "reason",
        "out_at",
        "due_at",
        "in_at",
        "state",
        due_column(KeyLoan),
        "-qty_out",
        "-issuer_id",
        "-received_by_id",
        "-borrower_unit",
        "-credential",
        "-owner_call_at",
        "-late_reason",
    )
    default_sort = "due"
    filters = (
        "state",
        "key_id",
        "borrower_kind",
        "out_at",
        due_filter(KeyLoan),
        "-borrower_id",
        "-where_out",
        "-due_at",
        "-emergency",
    )
    search = "number where_out borrower staff.name reason key.key_no"
    presets = (
        Preset("在外", "state=lent&state=urgent"),
        Preset("逾期未还", "due=late&state=lent&state=urgent", "late"),
        Preset("待办理", "state=draft", "wait"),
        Preset("手续待补", "state=urgent&state=to_supplement", "late"),
    )
    menu_query = "state=lent&state=urgent"
    new_label = "借出登记"
    note = "空房、返修钥匙当天下班前收回；委托、特殊房间的更晚须批准；不得转借。"
    sections = (
        ("哪把钥匙", "key_id reason emergency due_at"),
        ("谁来领", "borrower_kind borrower_id borrower borrower_phone borrower_unit"),
    )
    facts = (
        (
            "借用",
            "key_id qty_out where_out reason emergency borrower_kind borrower_id borrower borrower_phone borrower_unit",
        ),
        ("证件与同意", "credential credential_no owner_consent owner_call_at owner_call_by_id night_id"),
        ("借出", "out_at due_at issuer_id extended_for supplemented_at entry_reason"),
        ("交还", "in_at qty_in where_in returned_by received_by_id late_reason"),
    )
    first_verbs = "hand_out give_back give_back_urgent supplement supplement_after hand_out_urgently explain extend"
    deeds = (
        Deed(
            "call",
            "致电业户",
            _called,
            Ask(KeyLoan, CALL_FORM, over=TOLD_FIELDS, initial=_now),
            when=_is_asked,
            rule="KEY-23",
            quiet=True,
            icon="phone",
            said=lambda loan: f"{loan} 的通话已登记，并记入值班日志",
        ),
    )

    def headline(self, row: KeyLoan) -> str:
        """Which key, who, what for."""
        return f"{row.key.key_no} {row.where_out} {row.who} {row.reason[:30]}"

    def deed_facts(self, row: KeyLoan) -> tuple[Fact, ...]:
        """What the papers must be stands above the form."""
        facts = [
            Fact("钥匙", Text(f"{row.key.key_no} {row.where_out} {row.qty_out} 把")),
            Fact("领取人", Text(row.who)),
        ]
        needed = papers_for(reading(), row.key, row.borrower_kind)
        if row.state == "draft" and needed.any_of:
            facts.append(Fact("须凭证件", Text(needed.words + ("，并留复印件或原件" if needed.kept else ""))))
        if row.state == "draft" and row.key.category == "entrusted":
            facts.append(Fact("业主", Text("、".join(owner_names(reading(), row.key.unit_id)) or "尚未登记")))
        return tuple(facts)

    def more_cards(self, row: KeyLoan, look: Looker) -> Sequence[LinesTable | FactCard]:
        """The calls."""
        return calls_card(row, look)

    def page_extras(self, row: KeyLoan) -> dict[str, Any]:
        """Emergency, and what is still to be written."""
        tags = [Tag("紧急避险", "late")] if row.emergency else []
        if row.state in ("urgent", "to_supplement"):
            tags.append(Tag("手续待补", "wait"))
        return {"tags": tuple(tags)}


class KeyNightOpeningView(DocumentView):
    """夜间开柜: 值班经理 and the user of the key, both signed."""

    record = KeyNightOpening
    menu_group = "钥匙"
    place = 33
    columns = (
        "number",
        "cabinet_id",
        "reason",
        "opened_at",
        "duty_manager_id",
        "key_user_id",
        "closed_at",
        "state",
        due_column(KeyNightOpening),
    )
    default_sort = "due"
    filters = ("state", "cabinet_id", "opened_at", "-duty_manager_id", "-key_user_id", due_filter(KeyNightOpening))
    search = "number reason"
    presets = (Preset("手续未齐", "state=open", "wait"),)
    menu_query = "state=open"
    new_label = "登记夜间开柜"
    sections = (("开柜", "cabinet_id reason"),)
    facts = (("开柜", "cabinet_id reason opened_at duty_manager_id key_user_id closed_at closing_note"),)
    first_verbs = "sign close"

    def headline(self, row: KeyNightOpening) -> str:
        """Why."""
        return f"{row.cabinet.name} {row.reason.splitlines()[0][:40]}"

    def more_cards(self, row: KeyNightOpening, look: Looker) -> Sequence[LinesTable]:
        """The keys taken out that night."""
        columns = (
            Column("number", "借出单", "xl"),
            Column("key", "钥匙", "l"),
            Column("who", "领取人", "l"),
            Column("state", "状态", "l"),
        )
        rows = tuple(
            Row(
                str(loan.id),
                f"/key_loan/{loan.id}",
                loan.number or "",
                (
                    LinkCell(loan.number or "", f"/key_loan/{loan.id}", number=True),
                    Text(f"{loan.key.key_no} {loan.where_out}"),
                    Text(loan.who),
                    Text(loan.state_label),
                ),
            )
            for loan in loans_of_night(look.session, row)
        )
        return (LinesTable("取出的钥匙", columns, rows, empty="还没有登记借出"),)


class RepairKeyPickupView(DocumentView):
    """《返修钥匙领取登记表》."""

    record = RepairKeyPickup
    menu_group = "钥匙"
    place = 13
    columns = (
        "number",
        "unit_id",
        "key_id",
        "picker_kind",
        "picker",
        "reason",
        "use",
        "picked_at",
        "issuer_id",
        "state",
        "-qty",
        "-owner_call_at",
        "-credential",
    )
    filters = ("state", "unit_id", "picker_kind", "reason", "picked_at", "-issuer_id")
    search = "number picker unit.code use key.key_no"
    presets = (Preset("待签领", "state=draft", "wait"),)
    menu_query = "state=draft"
    new_label = "登记领取"
    note = "业户领走返修钥匙在此签领；施工单位借用请走使用登记。"
    sections = (("领取", "key_id picker_kind picker picker_phone reason use"),)
    facts = (
        ("领取", "key_id unit_id qty picker_kind picker picker_phone reason use"),
        ("核实与签领", "id_verified credential owner_call_at picked_at issuer_id"),
    )
    first_verbs = "pick_up"
    deeds = (
        Deed(
            "call",
            "致电业户",
            _called_for_pickup,
            Ask(RepairKeyPickup, CALL_FORM, over=CALL_FIELDS, initial=_now),
            when=lambda pickup: pickup.state == "draft",
            rule="KEY-37",
            quiet=True,
            icon="phone",
            said=lambda pickup: f"{pickup} 的通话已登记，并记入值班日志",
        ),
    )

    def headline(self, row: RepairKeyPickup) -> str:
        """Which key, who."""
        return f"{row.key.key_no} {row.where} {row.picker}"

    def more_cards(self, row: RepairKeyPickup, look: Looker) -> Sequence[LinesTable]:
        """The calls."""
        return calls_card(row, look)
