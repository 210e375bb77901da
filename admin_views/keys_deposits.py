"""业户钥匙寄存 and the sealed envelopes on screen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.documents import DocumentView
from admin_views.keys import NAMES, chain_card, total_column
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.page import FactCard, LinesTable, Related, Tag
from models import KeyDeposit, KeyEnvelope, KeyItem
from models.keys import BUNCH
from rules.keys_deposits import envelope_of, key_of


class KeyDepositView(DocumentView):
    """What owners left with us, open or sealed."""

    record = KeyDeposit
    menu_group = "钥匙"
    place = 12
    columns = (
        "number",
        "unit_id",
        "owner_id",
        total_column(),
        "sealed",
        "purpose",
        "term",
        "deposited_at",
        "received_by_id",
        "withdrawn_at",
        "state",
        "-phone",
        "-until_on",
        "-handover_to",
    )
    filters = (
        "state",
        "sealed",
        "unit_id",
        "purpose",
        "term",
        "deposited_at",
        "-owner_id",
        "-keeper_id",
        "-withdrawn_at",
    )
    search = "number unit.code owner.name seal_no"
    presets = (
        Preset("寄存中", "state=kept"),
        Preset("封存的", "state=kept&sealed=yes"),
        Preset("待签字", "state=draft", "wait"),
        Preset("暂时寄存", "state=kept&term=temporary"),
    )
    menu_query = "state=draft"
    new_label = "登记寄存"
    note = "业户本人办理；封存的由业户装入信封、封口签名。"
    sections = (
        ("业户", "unit_id owner_id phone"),
        ("用途与期限", "purpose term until_on handover_to scope"),
        ("钥匙", BUNCH),
        ("封存", "sealed seal_no"),
        ("存放", "section_id hook_no keeper_id remark late_reason"),
    )
    facts = (
        ("寄存", f"unit_id owner_id phone identity_checked purpose term until_on handover_to scope {BUNCH}"),
        (
            "封存与存放",
            "sealed seal_no section_id hook_no keeper_id deposited_at received_by_id withdrawn_at late_reason remark",
        ),
    )
    prints = ("F-57", "F-03")
    first_verbs = "accept withdraw"

    def headline(self, row: KeyDeposit) -> str:
        """Whose keys."""
        return f"{row.where} {row.owner.name} {row.kind_words}"

    def page_extras(self, row: KeyDeposit) -> dict[str, Any]:
        """Sealed or open."""
        return {"tags": (Tag("封存", "seal"),) if row.sealed else ()}

    def related(self, session: Session, row: KeyDeposit) -> Sequence[Related]:
        """The tags and the envelope they lie in now."""
        found = []
        for key in key_of(session, row):
            found.append(Related("下查", str(key), key.hook, page_of(key)))
            envelope = envelope_of(session, key.id)
            if envelope is not None:
                found.append(Related("下查", "现信封", envelope.number or "", page_of(envelope)))
        return found


class KeyEnvelopeView(DocumentView):
    """Every envelope that was ever sealed; only a 启封单, the owner or an incident ends one."""

    record = KeyEnvelope
    menu_group = "钥匙"
    place = 32
    columns = (
        "number",
        "key_id",
        "seal_no",
        total_column(),
        "sealed_by",
        "sealed_at",
        "ended_at",
        "previous_id",
        "state",
        *(f"-{name}" for name in NAMES),
    )
    filters = ("state", "key_id", "sealed_at", "-seal_no", "-ended_at")
    search = "number seal_no sealed_by key.key_no"
    presets = (Preset("未启封", "state=sealed"), Preset("已启封", "state=opened"))
    facts = (("信封", f"key_id deposit_id seal_no {BUNCH} sealed_by sealed_at previous_id ended_at made_by_id"),)
    note = "信封不能改、不能移动；要用里面的钥匙，办理《封存钥匙启用》。"
    prints = ("F-08",)

    def headline(self, row: KeyEnvelope) -> str:
        """Room and seal."""
        return f"{row.where} 封存信封"

    def more_cards(self, row: KeyEnvelope, look: Looker) -> Sequence[LinesTable | FactCard]:
        """Its place in the chain."""
        return chain_card(row.key, look)

    def related(self, session: Session, row: KeyEnvelope) -> Sequence[Related]:
        """What took its place."""
        after = session.scalars(select(KeyEnvelope).where(KeyEnvelope.previous_id == row.id)).first()
        key = session.get_one(KeyItem, row.key_id)
        found = [Related("上查", str(key), key.state_label, page_of(key))]
        return [*found, *([Related("下查", "后一个信封", after.number or "", page_of(after))] if after else [])]
