"""库存台账, 出入库流水账, 收发存汇总表 and 现存量表: streamed, with 承前页 and 过次页."""

from __future__ import annotations

from printouts.form import Form
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet

LEDGER = Sheet(
    columns=(
        Column("day", "单据日期", 18),
        Column("number", "单据号", 34),
        Column("category", "收发类别", 20),
        Column("note", "摘要", 44, "left"),
        Column("batch", "批次", 18),
        Column("received", "收入", 20, "right", sums=True),
        Column("issued", "发出", 20, "right", sums=True),
        Column("after", "结存", 20, "right"),
        Column("at", "入账时间", 20, moment=True),
    ),
    heading=(("material", "存货"), ("unit", "单位"), ("warehouse", "仓库"), ("bin", "货位"), ("opening", "期初结存")),
    signatures=("制表", "账务", "主管"),
    note="按入账次序登记；红字、弃审冲销在本栏记负数，结存为入账当时的结存。",
)
JOURNAL = Sheet(
    columns=(
        Column("day", "日期", 17),
        Column("number", "单据号", 33),
        Column("kind", "收发", 9),
        Column("category", "收发类别", 19),
        Column("warehouse", "仓库", 28, "left"),
        Column("code", "存货编码", 18),
        Column("name", "名称规格", 40, "left"),
        Column("unit", "单位", 9),
        Column("received", "收入", 16, "right"),
        Column("issued", "发出", 16, "right"),
        Column("after", "结存", 16, "right"),
        Column("party", "对方/领用人", 20, "left"),
        Column("note", "备注", 16, "left"),
    ),
    heading=(("project", "单位"), ("warehouse", "仓库")),
    signatures=("制表", "账务", "主管"),
    note="红字带负号，在本栏内冲减；不同计量单位不相加。",
)
SUMMARY = Sheet(
    columns=(
        Column("warehouse", "仓库", 28, "left"),
        Column("code", "存货编码", 18),
        Column("name", "名称", 34, "left"),
        Column("type", "规格型号", 24, "left"),
        Column("unit", "单位", 9),
        Column("opening", "期初", 18, "right"),
        Column("received", "收入", 18, "right"),
        Column("issued", "发出", 18, "right"),
        Column("closing", "期末", 18, "right"),
        Column("alarm", "预警", 14),
    ),
    heading=(("project", "单位"), ("basis", "口径")),
    signatures=("制表", "审核", "主管"),
    note="期末＝期初＋收入－发出；按单据日期；不同计量单位不相加。",
)
ON_HAND = Sheet(
    columns=(
        Column("warehouse", "仓库", 32, "left"),
        Column("code", "存货编码", 22),
        Column("name", "名称", 44, "left"),
        Column("type", "规格型号", 32, "left"),
        Column("unit", "单位", 12),
        Column("qty", "现存量", 24, "right"),
        Column("reserve", "储备定额", 20, "right"),
        Column("alarm", "预警", 20),
    ),
    heading=(("project", "单位"),),
    signatures=("制表", "保管", "账务"),
    note="现存量只随审核过的单据变动。",
)
ENTRY_ROW = {
    "day": "2026-11-21",
    "number": "QTRK-YJX-202611-0415",
    "kind": "收入",
    "category": "完好品调拨",
    "warehouse": "云锦里现场完好品库",
    "code": "WZ-2026-000871",
    "name": "不锈钢编织软管 DN15×60cm（加厚防爆型）",
    "unit": "根",
    "received": "-1234.125",
    "issued": "",
    "after": "98765.5",
    "party": "鼎𬭎国际贸易（上海）有限公司",
    "note": "弃审冲销",
}
LEDGER_ROW = {n: ENTRY_ROW[n] for n in ("day", "number", "category", "received", "issued", "after", "note")} | {
    "batch": "20261101",
    "at": "2026-11-21 09:42",
}
SUMMARY_ROW = {
    "warehouse": "云锦里现场完好品库",
    "code": "WZ-2026-000871",
    "name": "不锈钢编织软管（加厚防爆型）",
    "type": "DN15×60cm 双内丝",
    "unit": "根",
    "opening": "98,765.5",
    "received": "1,234.125",
    "issued": "-12.5",
    "closing": "100,012.125",
    "alarm": "低于储备",
}
ON_HAND_ROW = {n: SUMMARY_ROW[n] for n in ("warehouse", "code", "name", "type", "unit", "alarm")} | {
    "qty": "98,765.5",
    "reserve": "100",
}
for _code, _sheet, _row in (
    ("F-65", LEDGER, LEDGER_ROW),
    ("F-66", JOURNAL, ENTRY_ROW),
    ("F-67", SUMMARY, SUMMARY_ROW),
    ("F-68", ON_HAND, ON_HAND_ROW),
):
    Form(_code, title(_code), ledger=_sheet, retention=retention(_code), ledger_sample=_row)
