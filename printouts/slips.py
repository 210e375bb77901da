"""其他入库单, 其他出库单, 调拨单 and 期初单 in three copies, and the registers of the slips."""

from __future__ import annotations

from typing import Any

from printouts.blocks import Field, LineColumn, Lines, Row, Signatures
from printouts.form import Form
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet
from printouts.slip import Copy, Slip

ROWS = 7
RED_NOTE = "红字单据的数量带负号；未经审核不作出入库依据；涂改无效。"


def lines(*columns: LineColumn) -> Lines:
    """The lines of a slip, seven to a copy; more run on over the next sheet."""
    return Lines("lines", "明细", columns, rows=ROWS)


IN_SLIP = Slip(
    copies=(Copy("第一联", "库房存根"), Copy("第二联", "账务记账"), Copy("第三联", "现场")),
    side=(("from_paper", "来源 "),),
    continues="lines",
    blocks=(
        Row((Field("warehouse", "仓库", 40), Field("category", "入库类别", 34), Field("day", "入库日期", 26))),
        Row((Field("supplier", "供应商", 40), Field("source", "来源单号", 34), Field("approval_ref", "申请/审批", 26))),
        lines(
            LineColumn("no", "序号", 5, "centre"),
            LineColumn("code", "存货编码", 14),
            LineColumn("name", "物资名称", 24),
            LineColumn("type", "规格型号", 18),
            LineColumn("unit", "单位", 6, "centre"),
            LineColumn("qty", "数量", 10, "right"),
            LineColumn("batch", "批次/生产日期", 12),
            LineColumn("remark", "货位/备注", 11),
        ),
        Row((Field("remark", "备注", 60), Field("total", "行数", 12))),
        Signatures((("made_by", "制单"), ("approved_by", "审核"), ("handler", "经手（送货）"), ("keeper", "保管"))),
    ),
    note=RED_NOTE,
)
OUT_SLIP = Slip(
    copies=(Copy("第一联", "库房存根"), Copy("第二联", "账务记账"), Copy("第三联", "领用部门")),
    side=(("from_paper", "来源 "),),
    continues="lines",
    blocks=(
        Row((Field("warehouse", "仓库", 40), Field("category", "出库类别", 34), Field("day", "出库日期", 26))),
        Row(
            (
                Field("taker", "领用人", 26),
                Field("purpose", "用途/房号", 40),
                Field("source", "任务/来源单号", 34, (), 20),
            )
        ),
        lines(
            LineColumn("no", "序号", 5, "centre"),
            LineColumn("code", "存货编码", 13),
            LineColumn("name", "物资名称", 22),
            LineColumn("type", "规格型号", 16),
            LineColumn("unit", "单位", 6, "centre"),
            LineColumn("qty", "数量", 9, "right"),
            LineColumn("use", "领用类型", 9, "centre"),
            LineColumn("parts", "设备编号/新旧编号", 14),
            LineColumn("remark", "备注", 8),
        ),
        Row((Field("remark", "备注", 60), Field("total", "行数", 12))),
        Signatures((("made_by", "制单"), ("approved_by", "审核"), ("taken_by", "领用"), ("keeper", "保管"))),
    ),
    note=RED_NOTE,
)
TRANSFER = Slip(
    copies=(Copy("第一联", "转出仓"), Copy("第二联", "转入仓"), Copy("第三联", "记账")),
    side=(("scope", "范围 "), ("basis", "依据 ")),
    continues="lines",
    blocks=(
        Row(
            (
                Field("out_warehouse", "转出仓库", 44),
                Field("in_warehouse", "转入仓库", 44),
                Field("day", "调拨日期", 26),
            )
        ),
        Row((Field("category", "类别", 44), Field("memo_ref", "内部联络单", 30), Field("returned_on", "返回日期", 26))),
        lines(
            LineColumn("no", "序号", 5, "centre"),
            LineColumn("code", "存货编码", 14),
            LineColumn("name", "物资名称", 24),
            LineColumn("type", "规格型号", 18),
            LineColumn("unit", "单位", 7, "centre"),
            LineColumn("qty", "调拨数量", 10, "right"),
            LineColumn("arrived", "实收数量", 10, "right"),
            LineColumn("remark", "备注", 12),
        ),
        Row((Field("remark", "备注", 60), Field("total", "行数", 12))),
        Signatures(
            (("made_by", "制单"), ("approved_by", "审核"), ("out_keeper", "转出保管"), ("in_keeper", "转入保管"))
        ),
    ),
    note="协商调拨须经业务部经理同意并写在备注；货随发货清单、装箱单同行。",
)
OPENING = Slip(
    height_mm=297,
    continues="lines",
    blocks=(
        Row((Field("warehouse", "仓库", 50), Field("day", "期初日期", 30), Field("total", "行数", 16)), 8),
        Lines(
            "lines",
            "期初结存",
            (
                LineColumn("no", "序号", 5, "centre"),
                LineColumn("code", "存货编码", 16),
                LineColumn("name", "物资名称", 28),
                LineColumn("type", "规格型号", 22),
                LineColumn("unit", "单位", 7, "centre"),
                LineColumn("qty", "期初数量", 12, "right"),
                LineColumn("remark", "备注", 14),
            ),
            rows=34,
            row_mm=6.2,
            head_mm=6,
        ),
        Row((Field("remark", "备注", 60),), 8),
        Signatures((("made_by", "制单"), ("approved_by", "审核"), ("keeper", "保管"), ("checked_by", "监盘")), 16),
    ),
    note="每个仓库一张，须在所有出入库之前，经盘点签字。",
)


def _register(day: str, category: str, more: tuple[Column, ...]) -> Sheet:
    return Sheet(
        columns=(
            Column("number", "单据号", 32),
            Column("day", day, 17),
            Column("category", category, 20),
            Column("warehouse", "仓库", 30, "left"),
            Column("code", "存货编码", 18),
            Column("name", "名称规格", 44, "left"),
            Column("unit", "单位", 9),
            Column("qty", "数量", 17, "right"),
            *more,
            Column("made_by", "制单", 14),
            Column("approved_by", "审核", 14),
            Column("state", "状态", 13),
        ),
        heading=(("project", "单位"),),
        signatures=("制表", "账务", "主管"),
        note="红字带负号，在本栏内冲减；不同计量单位不相加。",
    )


IN_REGISTER = _register("入库日期", "入库类别", (Column("party", "供应商/往来", 26, "left"),))
OUT_REGISTER = _register("出库日期", "出库类别", (Column("party", "领用人/往来", 26, "left"),))
TRANSFER_REGISTER = Sheet(
    columns=(
        Column("number", "调拨单号", 32),
        Column("day", "调拨日期", 17),
        Column("out_warehouse", "转出仓库", 30, "left"),
        Column("in_warehouse", "转入仓库", 30, "left"),
        Column("category", "类别", 20),
        Column("code", "存货编码", 18),
        Column("name", "名称规格", 40, "left"),
        Column("unit", "单位", 9),
        Column("qty", "数量", 15, "right"),
        Column("shipped_at", "出库", 17, moment=True),
        Column("arrived_at", "到货", 17, moment=True),
        Column("agreed_by", "同意经理", 15),
        Column("state", "状态", 13),
    ),
    heading=(("project", "单位"),),
    signatures=("制表", "账务", "经理"),
    note="月末将本月业务部经理同意的协商调拨单打印寄业务管理部计划室备查。",
)

LINE = {
    "no": "1",
    "code": "WZ-2026-000871",
    "name": "不锈钢编织软管 DN15×60cm（加厚防爆型）",
    "type": "DN15×60cm 双内丝",
    "unit": "根",
    "qty": "-1,234.125",
    "batch": "20261101",
    "use": "备件更换",
    "parts": "旧BJ-0087 新BJ-1203",
    "arrived": "1,234.125",
    "remark": "A1-03-2-15",
}
SAMPLE: dict[str, Any] = {
    "number": "QTRK-YJX-202611-0415",
    "copy_ids": [],
    "from_paper": "调拨单 DB-HN-202611-0032",
    "warehouse": "云锦里现场完好品库",
    "category": "其他入库单--完好品调拨（红字）",
    "day": "2026-11-21",
    "supplier": "鼎𬭎国际贸易（上海）自由贸易试验区有限公司",
    "source": "QTRK-YJX-202610-0398",
    "approval_ref": "零采申请 2026-118",
    "lines": [dict(LINE, no=str(n)) for n in range(1, 10)],
    "remark": "到货损坏两件，外包装箱角破损，已拍照，承运人在发货单上签字确认后退回",
    "total": "共 9 行",
    "made_by": "欧阳䶮淼",
    "approved_by": "王翀玥",
}
OUT_SAMPLE = {
    **{n: v for n, v in SAMPLE.items() if n not in ("supplier", "approval_ref")},
    "number": "QTCK-YJX-202611-0415",
    "category": "其他出库单--自用领用（红字）",
    "taker": "阿不都热依木·㛃䶮",
    "purpose": "13栋2单元2203 主卧卫生间更换软管",
    "source": "GD-YJ-202611-0415",
    "taken_by": "赵犇",
}
TRANSFER_SAMPLE = {
    **{n: SAMPLE[n] for n in ("copy_ids", "lines", "total", "made_by", "approved_by", "day")},
    "number": "DB-YG-202611-0032",
    "scope": "跨业务部",
    "basis": "协商调拨",
    "out_warehouse": "云锦里现场完好品库",
    "in_warehouse": "北苑现场完好品库",
    "category": "完好品调拨",
    "memo_ref": "LL-YG-202611-0008",
    "returned_on": "2026-11-18",
    "remark": "业务部经理同意调拨（南宫婉清 2026-11-20）；随货发货单、装箱单各一份",
}
ROW = {
    **{n: str(LINE[n]) for n in ("code", "name", "unit", "qty")},
    "number": "QTRK-YJX-202611-0415",
    "day": "2026-11-21",
    "category": "完好品调拨",
    "warehouse": "云锦里现场完好品库",
    "party": "鼎𬭎国际贸易（上海）有限公司",
    "made_by": "欧阳䶮淼",
    "approved_by": "王翀玥",
    "state": "已审核",
}
TRANSFER_ROW = {
    **{n: ROW[n] for n in ("code", "name", "unit", "day")},
    "number": "DB-YG-202611-0032",
    "out_warehouse": "云锦里现场完好品库",
    "in_warehouse": "北苑现场完好品库",
    "category": "完好品调拨",
    "qty": "1,234.125",
    "shipped_at": "2026-11-21 09:42",
    "arrived_at": "2026-11-25 15:20",
    "agreed_by": "南宫婉清",
    "state": "在途",
}


def _form(code: str, page: Any, sample: Any, ledger: Any = None, name: str = "", row: Any = None) -> Form:
    return Form(
        code,
        title(code),
        page=page,
        ledger=ledger,
        ledger_title=name,
        retention=retention(code),
        sample=sample,
        ledger_sample=row or {},
    )


_form("F-39", IN_SLIP, SAMPLE, IN_REGISTER, "入库登记台账", ROW)
_form("F-40", OUT_SLIP, OUT_SAMPLE, OUT_REGISTER, "出库登记台账", ROW)
_form("F-41", TRANSFER, TRANSFER_SAMPLE, TRANSFER_REGISTER, "调拨登记台账", TRANSFER_ROW)
_OPENING_HEAD = ["number", "copy_ids", "warehouse", "day", "remark", "total", "made_by", "approved_by"]
_OPENING_LINE = {n: LINE[n] for n in ["code", "name", "type", "unit", "qty", "remark"]}
_form(
    "F-63",
    OPENING,
    {**{n: SAMPLE[n] for n in _OPENING_HEAD}, "lines": [{**_OPENING_LINE, "no": str(n)} for n in range(1, 40)]},
)
