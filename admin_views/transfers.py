"""调拨业务 on screen: the order, its pair under 下查, what is under way, the papers of the month for 计划室."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from admin_views.deeds import Deed, Details
from admin_views.list_pages import Preset
from admin_views.page import Tag
from admin_views.slips import LinedView, Values
from forms.slips import TRANSFER_LINES
from models import Record, Transfer, clock
from rules import transfers
from rules.person import Person


def _sent(session: Session, transfer: Transfer, by: Person, details: Details) -> None:
    del details
    transfers.note_sent(session, transfer, by)


class TransferView(LinedView):
    """调拨单列表."""

    record = Transfer
    place = 12
    store_name = "out_warehouse_id"
    columns = (
        "number",
        "day",
        "out_warehouse_id",
        "in_warehouse_id",
        "out_category",
        "crosses",
        "basis",
        "state",
        "shipped_at",
        "arrived_at",
        "-memo_ref",
        "-returned_on",
        "-agreed_by_id",
        "-agreed_at",
        "-sent_on",
        "made_by_id",
        "approved_by_id",
        "remark",
    )
    filters = (
        "state",
        "out_warehouse_id",
        "in_warehouse_id",
        "day",
        "basis",
        "crosses",
        "-out_category",
        "-agreed_at",
        "-shipped_at",
        "-made_by_id",
    )
    search = "number memo_ref remark"
    menu_query = "state=saved"
    new_label = "增加"
    note = "供应链 → 库存管理 → 调拨业务；审核后生成一对未审核的出入库单，在“下查”里。"
    lines = TRANSFER_LINES
    sections = (
        ("调拨", "out_warehouse_id in_warehouse_id out_category in_category"),
        ("依据", "basis memo_ref returned_on packing remark"),
    )
    fixed = "out_warehouse_id in_warehouse_id"
    facts = (
        ("调拨", "number day out_warehouse_id in_warehouse_id out_category in_category crosses"),
        ("依据", "basis memo_ref agreed_by_id agreed_at returned_on packing remark"),
        ("经办", "made_by_id created_at approved_by_id approved_at shipped_at arrived_at sent_on"),
    )
    first_verbs = "agree approve"
    prints = ("F-41",)
    deeds = (
        Deed(
            "send_paper",
            "登记已寄计划室",
            _sent,
            when=lambda t: t.basis == "negotiated" and t.agreed_at is not None and t.sent_on is None,
            quiet=True,
            rule="INV-54",
            said=lambda t: f"{t} 已登记寄出",
        ),
    )

    @property
    def presets(self) -> Sequence[Preset]:  # type: ignore[override]
        """What is under way, and the papers of this month."""
        month = clock.today().replace(day=1)
        return (
            Preset("未审核", "state=saved", "wait"),
            Preset("待发出", "state=approved"),
            Preset("在途", "state=in_transit", "wait"),
            Preset("本月协商调拨", f"basis=negotiated&agreed_at_from={month}"),
        )

    def put(self, session: Session, paper: Any, lines: Sequence[Mapping[str, Any]], by: Person) -> Record:
        """On file."""
        return transfers.order(session, paper, lines, by)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """修改."""
        lines = values.pop("lines")
        transfers.reorder(session, row, by, values, lines)

    def page_extras(self, row: Any) -> dict[str, Any]:
        """Across or inside, and on what ground."""
        tags = [Tag("跨业务部" if row.crosses else "业务部内部", "open")]
        if row.basis == "negotiated":
            tags.append(Tag("经理已同意" if row.agreed_by_id else "待经理同意", "done" if row.agreed_by_id else "wait"))
        return {"tags": tuple(tags)}
