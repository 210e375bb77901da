"""其他入库单, 其他出库单 on screen: 增加 → 保存 → 审核 → (弃审 → 修改 or 删除), 现存 beside every line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.page import Action, Column, Fact, LinesTable, LinkCell, Row, Tag, Text
from admin_views.request import reading
from forms.build import HouseForm, Lines
from forms.slips import IN_FIELDS, IN_LINES, OUT_FIELDS, OUT_LINES, returning
from models import Material, Record, StockIn, StockOut, StockSlip
from models.slip_lines import SlipLine
from rules import slips
from rules.ledger import on_hand, plain
from rules.permissions import allows
from rules.person import Person
from rules.policies import policy
from rules.show import show
from rules.slip_returns import WAYS, make_return, returnable

GROUP = "库存"
Values = dict[str, Any]
RETURNED_FROM = frozenset(category for way in WAYS for category in way.originals)


def _return(session: Session, slip: Any, by: Person, details: Details) -> StockSlip:
    said = {n: details.get(n) for n in ("scene", "party", "party_name", "reason", "remark")}
    return make_return(session, slip, by, lines=details.get("returnable") or (), **said)  # type: ignore[arg-type]


def _may_return(slip: Any) -> bool:
    return slip.state == "approved" and slip.colour == "blue" and slip.category in RETURNED_FROM


def asset_label(org_id: int | None) -> str:
    """What the house calls the thing a part is put into (A-06)."""
    return str(policy(reading(), "inv.asset_label", org_id)) if org_id else "设备/部位编号"


class LinedView(DocumentView):
    """A paper with lines of materials, owned by whom its store belongs to."""

    asks_owner = False
    menu_group = GROUP
    store_name = "warehouse_id"

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """保存: with its lines, through the door of its rules."""
        lines = values.pop("lines")
        return self.put(session, self.record(**values), lines, by)

    def put(self, session: Session, paper: Any, lines: Sequence[Mapping[str, Any]], by: Person) -> Record:
        """On file."""
        return slips.put_on_file(session, paper, lines, by)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """修改: the same door."""
        lines = values.pop("lines")
        slips.revise(session, row, by, values, lines)

    def plan(self, row: Record | None) -> list[tuple[str, str]]:
        """A return keeps the type of its original."""
        plan = super().plan(row)
        if row is None or getattr(row, "returns_id", None) is None:
            return plan
        return [(title, " ".join(n for n in names.split() if n != "category")) for title, names in plan]

    def then(self, row: Record | None) -> tuple[tuple[str, str, str], ...]:
        """A paper is printed when it is approved; saving goes on to the next one."""
        return tuple(way for way in super().then(row) if way[0] != "print")

    def form_hidden(self, form: HouseForm, row: Record | None) -> tuple[tuple[str, str], ...]:
        """The store, frozen after the first save, for the pickers of the lines."""
        del form
        return () if row is None else ((self.store_name, str(getattr(row, self.store_name))),)

    def form_extras(self, form: HouseForm, row: Record | None) -> dict[str, Any]:
        """The frozen store stands above the form."""
        del form
        if row is None:
            return {}
        label = row.labels()[self.store_name]
        store = getattr(row, self.store_name.removesuffix("_id"))
        return {"facts": (Fact("单号", Text(getattr(row, "number", "") or "")), Fact(label, Text(str(store))))}

    def complete_lines(self, row: Any, lines: Lines, forms: Sequence[HouseForm], head: HouseForm | None) -> None:
        """规格, 单位 and 现存 beside what was typed, also when the form comes back with errors."""
        if "material_id" not in lines.names.split():
            return
        store = getattr(row, self.store_name, None) if row is not None else None
        if store is None and head is not None and self.store_name in head:
            store = head[self.store_name].data
        ids = [one["material_id"].data for one in forms if one["material_id"].data]
        session = reading()
        there = on_hand(session, store, ids) if store and ids else {}
        for one in forms:
            material = session.get(Material, one["material_id"].data) if one["material_id"].data else None
            if material is not None:
                one["type_words"].data, one["measure"].data = material.type_words, material.measure
                one["onhand"].data = there.get(material.id, Decimal(0)) if store else None

    def headline(self, row: Any) -> str:
        """What kind of paper, of which store."""
        return str(row)

    # -- page ----------------------------------------------------------------------------------------------------

    line_columns = (
        "batch",
        "produced_on",
        "use_kind",
        "asset_no",
        "old_part_no",
        "new_part_no",
        "batch_reason",
        "remark",
    )

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """The lines, quantities of red slips with their minus."""
        shown = [n for n in self.line_columns if any(getattr(line, n, None) for line in row.lines)]
        labels = type(row).lines.property.mapper.class_.labels()
        labels["asset_no"] = asset_label(row.org_id)
        columns = (
            Column("no", "行", "s"),
            Column("material", "存货编码"),
            Column("type", "规格型号", "l"),
            Column("measure", "单位", "s"),
            Column("qty", "数量", "m", number=True),
            *(Column(name, labels[name], "l") for name in shown),
        )
        rows = tuple(Row(str(line.id), "", str(line.material), self._line(line, shown, look)) for line in row.lines)
        foot = ("", f"共 {len(row.lines)} 行", *("" for _c in columns[2:]))
        return (LinesTable("明细", columns, rows, foot),)

    def _line(self, line: SlipLine, shown: Sequence[str], look: Looker) -> tuple[Any, ...]:
        name = f"{line.material.code} {line.material.name}"
        opens = allows(look.person, "material.read", line.material)
        return (
            Text(str(line.line_no)),
            LinkCell(name, f"/material/{line.material_id}") if opens else Text(name),
            Text(line.type_words),
            Text(line.measure),
            Text(plain(line.qty), tone="late" if line.qty < 0 else ""),
            *(Text(show(type(line), n, getattr(line, n, None), look.person)) for n in shown),
        )


class SlipView(LinedView):
    """What both slips have in common."""

    default_sort = "-id"
    fixed = "warehouse_id"
    first_verbs = "approve settle"
    bulk_verbs = ("approve",)
    new_label = "增加"

    def lines_of(self, row: Any, lines: Lines) -> Sequence[Any]:
        """What is left to return of an approved slip."""
        return returnable(reading(), row) if lines.name == "returnable" else super().lines_of(row, lines)

    def complete_lines(self, row: Any, lines: Lines, forms: Sequence[HouseForm], head: HouseForm | None) -> None:
        """What is left to return stands there again when the form comes back."""
        if lines.name != "returnable":
            super().complete_lines(row, lines, forms, head)
            return
        known = {str(one.line_no): one for one in returnable(reading(), row)}
        for form in forms:
            one = known.get(str(form["line_no"].data))
            if one is not None:
                form["name"].data, form["issued"].data, form["left"].data = one.name, one.issued, one.left

    def page_extras(self, row: Any) -> dict[str, Any]:
        """Red, generated, doubted: what sticks out."""
        tags = []
        if row.is_red:
            tags.append(Tag("红字", "late"))
        if row.scene:
            tags.append(Tag(show(type(row), "scene", row.scene, None), "wait"))
        if row.is_generated:
            tags.append(Tag("生成", "open"))
        return {"tags": tuple(tags)}

    def may(self, verb: str, row: Any = None) -> bool:
        """A generated slip is not changed on its own (INV-52)."""
        if verb == "write" and isinstance(row, StockSlip) and row.is_generated:
            return False
        return super().may(verb, row)


_COLUMNS = (
    "number",
    "day",
    "category",
    "colour",
    "warehouse_id",
    "state",
)


class StockInView(SlipView):
    """入库业务."""

    def print_actions(self, row: Any) -> list[Action]:
        """A 期初 has a paper of its own."""
        own = "F-63" if row.category == "opening" else "F-39"
        return [one for one in super().print_actions(row) if own in one.url]

    record = StockIn
    place = 10
    columns = (
        *_COLUMNS,
        "supplier",
        "-party",
        "-party_name",
        "-scene",
        "transfer_id",
        "returns_id",
        "made_by_id",
        "approved_by_id",
        "-approved_at",
        "-approval_ref",
        "-happened_at",
        "-liable",
        "remark",
    )
    filters = (
        "state",
        "category",
        "warehouse_id",
        "day",
        "colour",
        "-scene",
        "-supplier",
        "-transfer_id",
        "-made_by_id",
        "-approved_by_id",
        "-approval_ref",
    )
    search = "number supplier party_name remark approval_ref"
    presets = (
        Preset("未审核", "state=saved", "wait"),
        Preset("红字", "colour=red"),
        Preset("物资退库", "category=return_in"),
        Preset("异议", "state=doubted", "late"),
    )
    menu_query = "state=saved"
    note = "供应链 → 库存管理 → 入库业务；保存不动库存，审核才入账。"
    over = IN_FIELDS
    lines = IN_LINES
    sections = (
        ("单据", "category warehouse_id happened_at"),
        ("来源", "supplier party party_name approval_ref"),
        ("说明", "spoiled reason liable remark"),
    )
    facts = (
        ("单据", "number day category colour warehouse_id happened_at"),
        ("来源", "supplier scene party party_name approval_ref returns_id transfer_id proposed_by_id packing"),
        ("说明", "spoiled reason liable objection answer remark"),
        ("经办", "made_by_id created_at approved_by_id approved_at"),
    )
    prints = ("F-39", "F-63")
    deeds = (
        Deed(
            "return_goods",
            "退库",
            _return,
            returning(StockIn),
            when=_may_return,
            quiet=True,
            icon="undo",
            rule="INV-38",
        ),
    )


class StockOutView(SlipView):
    """出库业务."""

    record = StockOut
    place = 11
    columns = (
        *_COLUMNS,
        "taker",
        "purpose",
        "work_order_id",
        "-scene",
        "-party",
        "transfer_id",
        "returns_id",
        "made_by_id",
        "approved_by_id",
        "-approved_at",
        "-approval_ref",
        "-happened_at",
        "remark",
    )
    filters = (
        "state",
        "category",
        "warehouse_id",
        "day",
        "colour",
        "-scene",
        "-taker",
        "-work_order_id",
        "-transfer_id",
        "-made_by_id",
        "-approved_by_id",
    )
    search = "number taker purpose remark approval_ref"
    presets = (
        Preset("未审核", "state=saved", "wait"),
        Preset("红字", "colour=red"),
        Preset("领用", "category=own_use"),
        Preset("异议", "state=doubted", "late"),
    )
    menu_query = "state=saved"
    note = "供应链 → 库存管理 → 出库业务；保存不动库存，审核才出账。"
    over = OUT_FIELDS
    lines = OUT_LINES
    sections = (
        ("单据", "category warehouse_id happened_at"),
        ("领用", "taker work_order_id purpose four_steps"),
        ("去向", "party party_name packing approval_ref beyond_repair"),
        ("说明", "reason remark"),
    )
    facts = (
        ("单据", "number day category colour warehouse_id happened_at"),
        ("领用", "taker work_order_id purpose four_steps"),
        ("去向", "scene party party_name packing approval_ref beyond_repair returns_id transfer_id"),
        ("说明", "reason liable objection answer remark"),
        ("经办", "made_by_id created_at approved_by_id approved_at"),
    )
    prints = ("F-40",)
    deeds = (
        Deed(
            "return_goods",
            "退库",
            _return,
            returning(StockOut),
            when=_may_return,
            quiet=True,
            icon="undo",
            rule="INV-39",
        ),
    )
