"""盘点 on screen: the sheet, two blind counts, the differences, what was made of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

import forms.stocktakes  # noqa: F401  (what its moves ask for)
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.page import NOTHING, Column, LinesTable, Row, Text
from admin_views.slips import GROUP, Values
from forms.build import HouseForm, Lines
from forms.fields import Lookup
from models import Record, Stocktake, StocktakeLine
from rules import stocktakes
from rules.ledger import plain
from rules.person import Person
from rules.show import show


class StocktakeView(DocumentView):
    """The counts."""

    record = Stocktake
    menu_group = GROUP
    place = 15
    asks_owner = False
    columns = (
        "number",
        "warehouse_id",
        "kind",
        "mode",
        "state",
        "due_at",
        "snapshot_at",
        "first_by_id",
        "second_by_id",
        "witness_id",
        "reported_at",
        "-approved_by_id",
        "-made_by_id",
        "-judgement",
    )
    filters = ("state", "warehouse_id", "kind", "mode", "due_at", "reported_at", "-first_by_id", "-witness_id")
    search = "number remark"
    presets = (
        Preset("盘点中", "state=issued&state=counting", "wait"),
        Preset("待说明原因", "state=explaining", "late"),
        Preset("待批准", "state=to_approve", "wait"),
    )
    new_label = "生成盘点表"
    note = "盘点时不显示账面数量；两人各盘一遍；盘点期间的收发自动折算；批准后才能调账。"
    sections = (("盘点", "warehouse_id kind mode due_at only_id remark"),)
    over = {"only_id": Lookup("只抽点", picker="material", help="抽点时选一种存货；不选则盘全库")}
    fixed = "warehouse_id kind only_id"
    facts = (
        ("盘点", "number warehouse_id kind mode due_at snapshot_at remark"),
        ("经办", "made_by_id first_by_id second_by_id witness_id reported_at approved_by_id approved_at judgement"),
    )
    prints = ("F-42",)
    first_verbs = "issue begin record recount report explain approve judge"

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """With a line for everything that lies there."""
        only = values.pop("only_id", None)
        return stocktakes.template(session, Stocktake(**values), [only] if only else [], by)

    def lines_of(self, row: Any, lines: Lines) -> Sequence[Any]:
        """Every line to count, or those that differ."""
        return stocktakes.differing(row) if lines.name == "differing" else list(row.lines)

    def complete_lines(self, row: Any, lines: Lines, forms: Sequence[HouseForm], head: HouseForm | None) -> None:
        """What the thing is; of the books nothing while somebody counts."""
        del head, lines
        known = {str(line.line_no): line for line in row.lines}
        for form in forms:
            line = known.get(str(form["line_no"].data))
            if line is not None:
                form["thing"].data, form["measure"].data = str(line.material), line.material.measure
                if "said" in form:
                    form["said"].data = stocktakes.figure(line)

    def headline(self, row: Any) -> str:
        """Which store, which count."""
        return f"{row.warehouse} {show(Stocktake, 'kind', row.kind, None)}"

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """The lines: blind until they are reported."""
        names: tuple[str, ...] = ("first_qty", "second_qty")
        if row.is_blind:
            names = ()
        else:
            names = (
                "book_qty",
                "moved",
                "first_qty",
                "second_qty",
                "diff",
                "condition",
                "reason",
                "liable",
                "proposal",
            )
        labels = StocktakeLine.labels()
        figures = ("book_qty", "moved", "first_qty", "second_qty", "diff")
        columns = (
            Column("no", "行", "s"),
            Column("thing", "存货"),
            Column("unit", "单位", "s"),
            *(Column(n, labels[n], "m", number=n in figures) for n in names),
            *((Column("done", "已盘", "m"),) if row.is_blind else ()),
        )
        rows = tuple(self._row(line, names, row.is_blind, look) for line in row.lines)
        return (LinesTable("明细", columns, rows),)

    def _row(self, line: StocktakeLine, names: Sequence[str], blind: bool, look: Looker) -> Row:
        said: list[Any] = [Text(str(line.line_no)), Text(str(line.material)), Text(line.material.measure)]
        for name in names:
            value = getattr(line, name)
            if name == "diff":
                said.append(Text(stocktakes.figure(line), tone="late" if line.diff else ""))
            elif name.endswith("qty") or name == "moved":
                said.append(Text(plain(value)) if value is not None else NOTHING)
            else:
                said.append(Text(show(StocktakeLine, name, value, look.person)))
        if blind:
            counts = sum(q is not None for q in (line.first_qty, line.second_qty))
            said.append(Text("复盘" if counts == 2 else "初盘" if counts else ""))
        return Row(str(line.id), "", str(line.material), tuple(said))
