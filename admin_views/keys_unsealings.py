"""启封: the request and everything after it, with the whole chain of the envelope on one page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

import forms.keys_unsealings  # noqa: F401  (what the moves ask for)
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.keys import chain_card
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.matter_columns import due_column, due_filter
from admin_views.page import Column, Fact, FactCard, LinesTable, Row, Tag, Text
from admin_views.request import reading
from forms.actions import Ask
from forms.keys_unsealings import INFORM
from models import KeyUnsealing, clock
from rules.keys_owners import owner_names
from rules.keys_unsealings import OPEN_STATES, inform_owner
from rules.person import Person

OPEN = "&".join(f"state={s}" for s in OPEN_STATES)


def _inform(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    inform_owner(session, paper, by, details)


class KeyUnsealingView(DocumentView):
    """The openings of sealed envelopes, what waits longest first."""

    record = KeyUnsealing
    menu_group = "钥匙"
    place = 11
    columns = (
        "number",
        "key_id",
        "envelope_id",
        "reason",
        "user",
        "danger",
        "owner_reply",
        "decided_by_id",
        "opened_at",
        "state",
        due_column(KeyUnsealing),
        "-made_by_id",
        "-closed_at",
        "-new_envelope_id",
    )
    default_sort = "due"
    filters = (
        "state",
        "key_id",
        "danger",
        "opened_at",
        due_filter(KeyUnsealing),
        "-made_by_id",
        "-owner_reply",
        "-created_at",
    )
    search = "number reason user key.key_no"
    presets = (
        Preset("未办结", OPEN),
        Preset("待审批", "state=agreed", "wait"),
        Preset("待重新封存", "state=to_reseal", "wait"),
        Preset("不同意、不批准", "state=refused&state=declined"),
    )
    menu_query = OPEN
    new_label = "申请启封"
    note = "封存钥匙只能这样启用：联系业户 → 管理处经理审批 → 两人启封 → 业户重新签封。"
    sections = (("申请启用", "key_id reason user danger"),)
    fixed = "key_id reason user danger"
    facts = (
        ("申请", "key_id envelope_id reason user danger made_by_id created_at"),
        ("业户与审批", "owner_contacted_at owner_reply decision decided_at decided_by_id owner_informed_at"),
        ("启封与使用", "opened_at opened_by_id seal_intact contents_before entered_at entry_record left_at"),
        ("交还与重新封存", "contents_after returned_at new_envelope_id closed_at"),
    )
    prints = ("F-09",)
    first_verbs = "owner_agrees approve open enter bring_back reseal owner_takes not_reached go_up"
    deeds = (
        Deed(
            "inform",
            "告知业户",
            _inform,
            Ask(KeyUnsealing, "callee call_at words", over=INFORM, initial=lambda _row: {"call_at": clock.now()}),
            when=lambda paper: paper.opened_at is not None and paper.owner_informed_at is None,
            rule="KEY-50",
            quiet=True,
            icon="phone",
            said=lambda paper: f"{paper} 已登记告知业户",
        ),
    )

    def headline(self, row: KeyUnsealing) -> str:
        """Which flat, why."""
        return f"{row.where} {row.reason.splitlines()[0][:40]}"

    def deed_facts(self, row: KeyUnsealing) -> tuple[Fact, ...]:
        """The envelope, what was in it, and who is asked."""
        seal = f"，封签 {row.envelope.seal_no}" if row.envelope.seal_no else ""
        return (
            Fact("信封", Text(f"{row.envelope.number or ''}{seal}")),
            Fact("申请原因", Text(f"{row.reason}（使用人 {row.user}）")),
            Fact("业主", Text("、".join(owner_names(reading(), row.key.unit_id)) or "尚未登记")),
        )

    def page_extras(self, row: KeyUnsealing) -> dict[str, Any]:
        """An emergency; until it is sealed again nobody else gets the key."""
        tags = (Tag(KeyUnsealing.info("danger")["choices"][row.danger], "late"),) if row.danger else ()
        return {"tags": tags}

    def more_cards(self, row: KeyUnsealing, look: Looker) -> Sequence[LinesTable | FactCard]:
        """Who entered, and the chain."""
        return (*self._entered(row), *chain_card(row.key, look))

    def _entered(self, row: KeyUnsealing) -> tuple[LinesTable, ...]:
        columns = (Column("name", "进入人员"), Column("role", "说明"))
        rows = tuple(Row(str(e.id), "", e.name, (Text(e.name), Text(e.role or "本人签字"))) for e in row.entries)
        return (LinesTable("进入人员", columns, rows),) if rows else ()
