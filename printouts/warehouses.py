"""物料卡: the card that hangs at the goods, and agrees with ledger and stock."""

from __future__ import annotations

from typing import Any

from printouts.blocks import Field, LineColumn, Lines, Row
from printouts.form import Form
from printouts.listed import retention, title
from printouts.slip import Slip

CARD = Slip(
    height_mm=148.5,
    each_on_a5=True,
    continues="lines",
    blocks=(
        Row((Field("name", "名称", 44), Field("code", "编号", 30)), 7),
        Row((Field("spec", "规格", 30), Field("model", "型号", 30), Field("maker", "产地或厂商", 40, (), 20)), 7),
        Row(
            (
                Field("wh_no", "库号", 12, (), 11),
                Field("rack_no", "架（区）号", 12, (), 18),
                Field("level_no", "层（排）号", 12, (), 18),
                Field("slot_no", "位号", 12, (), 11),
                Field("valid_until", "有效期限", 20),
                Field("reserve", "储备定额", 14),
            ),
            7,
        ),
        Lines(
            "lines",
            "收发记录",
            (
                LineColumn("day", "日期", 14, "centre"),
                LineColumn("number", "单据号", 24),
                LineColumn("note", "摘要", 18),
                LineColumn("received", "收入", 11, "right"),
                LineColumn("issued", "发出", 11, "right"),
                LineColumn("after", "结存", 11, "right"),
                LineColumn("by", "经手", 11, "centre"),
            ),
            rows=14,
        ),
    ),
    note="卡、账、物三者相符；不得涂改，写错划线签名。",
)
SAMPLE: dict[str, Any] = {
    "number": "YJX1-A1-3-15",
    "copy_ids": [],
    "name": "不锈钢编织软管（加厚防爆型）",
    "code": "WZ-2026-000871",
    "spec": "DN15×60cm",
    "model": "双内丝 304",
    "maker": "鼎𬭎建设（集团）有限公司",
    "wh_no": "YJX1",
    "rack_no": "A1",
    "level_no": "3",
    "slot_no": "15",
    "valid_until": "2027-11-01",
    "reserve": "120",
    "lines": [
        {
            "day": "2026-11-21",
            "number": "QTRK-YJX-202611-0415",
            "note": "完好品调拨",
            "received": "-1234.125",
            "issued": "",
            "after": "98765.5",
            "by": "欧阳䶮淼",
        }
    ]
    * 20,
}
Form("F-47", title("F-47"), page=CARD, retention=retention("F-47"), sample=SAMPLE)
