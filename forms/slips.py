"""How the papers of the stores are typed in: their lines, and what their moves ask for."""

from typing import Any

from forms.actions import Ask, ask, reason
from forms.build import Lines, form_for
from forms.fields import LongWords, Lookup, Number, Pick, Shown, Words
from models import StockIn, StockInLine, StockOut, StockOutLine, Transfer, TransferLine
from models.slips import PARTIES, SCENES
from rules.slip_kinds import by_hand

NOTE = "编码、名称或拼音首字母查找，可扫码；可从 Excel 直接粘贴"


def _material(within: str) -> Lookup:
    return Lookup("存货编码", picker="material", within=within, required=True)


def _of_the_material(within: str) -> dict[str, Any]:
    """The picker, and what it fills in beside itself."""
    return {
        "material_id": _material(within),
        "type_words": Shown("规格型号"),
        "measure": Shown("单位"),
        "onhand": Shown("现存"),
        "qty": Number("数量", places=3, negative=True, required=True),
    }


IN_LINES = Lines(
    "lines",
    StockInLine,
    "material_id type_words measure onhand qty batch produced_on asset_no remark",
    "明细",
    note=NOTE,
    least=1,
    most=500,
    over=_of_the_material("warehouse_id"),
)
OUT_LINES = Lines(
    "lines",
    StockOutLine,
    "material_id type_words measure onhand qty use_kind batch asset_no old_part_no new_part_no batch_reason remark",
    "明细",
    note=NOTE,
    least=1,
    most=500,
    over=_of_the_material("warehouse_id"),
)
TRANSFER_LINES = Lines(
    "lines",
    TransferLine,
    "material_id type_words measure onhand qty batch asset_no remark",
    "明细",
    note=NOTE,
    least=1,
    most=500,
    over=_of_the_material("out_warehouse_id"),
)
IN_FIELDS = {"category": Pick("入库类别", choices=by_hand("in"), required=True)}
OUT_FIELDS = {"category": Pick("出库类别", choices=by_hand("out"), required=True)}


class ReturnLines(Lines):
    """What can still be returned of a slip: only the quantity is typed."""

    def form(self) -> Any:
        """Its number says which line of the original it is."""
        return form_for(self.model, self.names, RETURN_FIELDS)

    def blank(self) -> Any:
        """There is no new line to copy: what can be returned stands there already."""
        return self.form()(prefix=f"{self.name}-__n__-")


RETURN_FIELDS: dict[str, Any] = {
    "line_no": Words("原单行", longest=12),
    "name": Shown("存货"),
    "issued": Shown("原数量"),
    "left": Shown("可退"),
    "qty": Number("退库数量", places=3),
}


def returning(model: type[StockIn] | type[StockOut]) -> Ask:
    """The scene, the other side, and how much of each line."""
    return Ask(
        model,
        "scene party party_name reason remark",
        must="scene party reason",
        over={
            "scene": Pick("退库情形", choices=SCENES, required=True),
            "party": Pick("往来单位", choices=PARTIES, required=True),
            "reason": LongWords("退库原因", required=True, longest=255, width="whole"),
        },
        lines=ReturnLines("returnable", StockInLine, "line_no name issued left qty", "可退的行", note="填写要退的数量"),
        note="余料退回班组领用、到货损坏退回厂家或生产管理部库房、损坏品被退回，生成一张红字单据；数量自动记为负数。",
    )


for _model in (StockIn, StockOut):
    ask(_model, "unapprove", "reason", over={"reason": reason("弃审原因")})
    ask(_model, "doubt", "objection", must="objection")
    ask(_model, "settle", "answer", must="answer")
ask(Transfer, "unapprove", "reason", over={"reason": reason("弃审原因")})
