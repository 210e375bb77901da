"""What the moves of a 盘点表 ask for: figures without sight of the books, reasons line by line."""

from typing import Any

from forms.actions import ask, reason
from forms.build import Lines, form_for
from forms.fields import Lookup, Number, Pick, Shown, Words
from models import Stocktake, StocktakeLine
from models.stocktakes import CONDITIONS


class CountLines(Lines):
    """The lines of a sheet: what they are stands there, one column is typed."""

    def form(self) -> Any:
        """Its number says which line it is."""
        return form_for(self.model, self.names, dict(self.over))

    def blank(self) -> Any:
        """There is no further line to copy."""
        return self.form()(prefix=f"{self.name}-__n__-")


def _lines(name: str, names: str, title: str, **own: Any) -> CountLines:
    shown = {"line_no": Words("行", longest=8), "thing": Shown("存货"), "measure": Shown("单位")}
    return CountLines(name, StocktakeLine, f"line_no thing measure {names}", title, most=2000, over={**shown, **own})


FIRST = _lines("first", "first_qty", "初盘", first_qty=Number("初盘数", places=3))
SECOND = _lines("second", "second_qty", "复盘", second_qty=Number("复盘数", places=3))
DIFFERING = _lines(
    "differing",
    "said condition reason liable proposal",
    "有差异的行",
    said=Shown("盘盈/盘亏"),
    condition=Pick("情况", choices=CONDITIONS),
)

ask(Stocktake, "issue", "due_at", must="due_at")
ask(Stocktake, "record", "", lines=FIRST, note="只填实盘数，账面数量不显示；没有的填 0。")
ask(Stocktake, "recount", "", lines=SECOND, note="由初盘以外的人再盘一遍，账面数量和初盘数都不显示。")
ask(
    Stocktake,
    "report",
    "witness_id",
    over={"witness_id": Lookup("监盘人员", picker="staff", help="监盘时必填，其他现场的人")},
)
ask(Stocktake, "explain", "", lines=DIFFERING)
ask(Stocktake, "judge", "judgement", must="judgement")
ask(Stocktake, "count_again", "reason", over={"reason": reason("重盘原因")})
