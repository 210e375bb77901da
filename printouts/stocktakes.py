"""The 《盘点表》: blind to count by hand, filled with books, counts and reasons."""

from __future__ import annotations

from typing import Any

from printouts.blocks import Field, LineColumn, Lines, Row, Signatures
from printouts.form import Form
from printouts.listed import retention, title
from printouts.slip import Slip

SHEET = Slip(
    height_mm=297,
    continues="lines",
    blocks=(
        Row((Field("warehouse", "仓库", 40), Field("kind", "类别", 20), Field("mode", "方式", 14)), 8),
        Row(
            (
                Field("snapshot_at", "现存量导出", 34, (), 20),
                Field("due_at", "规定时间", 34),
                Field("total", "行数", 12),
            ),
            8,
        ),
        Lines(
            "lines",
            "盘点",
            (
                LineColumn("no", "序号", 5, "centre"),
                LineColumn("code", "存货编码", 13),
                LineColumn("name", "物资名称规格", 26),
                LineColumn("unit", "单位", 5, "centre"),
                LineColumn("book", "账面数", 8, "right"),
                LineColumn("moved", "期间收发", 8, "right"),
                LineColumn("first", "初盘数", 8, "right"),
                LineColumn("second", "复盘数", 8, "right"),
                LineColumn("diff", "盘盈/盘亏", 9, "right"),
                LineColumn("reason", "原因", 16),
            ),
            rows=30,
            row_mm=6.6,
            head_mm=6,
        ),
        Row((Field("proposal", "处理意见", 60),), 12),
        Signatures(
            (
                ("first_by", "初盘"),
                ("second_by", "复盘"),
                ("witness", "监盘"),
                ("keeper", "保管"),
                ("approved_by", "业务部批准"),
            ),
            16,
        ),
    ),
    note="盘点时账面数留空；更正须划线签名；表号连续，全部收回。",
)
LINE = {
    "no": "1",
    "code": "WZ-2026-000871",
    "name": "不锈钢编织软管（加厚防爆型） DN15×60cm",
    "unit": "根",
    "book": "98765.5",
    "moved": "-12.5",
    "first": "98750",
    "second": "98750",
    "diff": "-3",
    "reason": "领用两根未登账，一根受潮变质已隔离",
}
SAMPLE: dict[str, Any] = {
    "number": "PD-YJX-202611-0003",
    "copy_ids": [],
    "warehouse": "云锦里现场完好品库",
    "kind": "季度盘点",
    "mode": "监盘",
    "snapshot_at": "2026-11-21 09:42",
    "due_at": "2026-11-25 18:00",
    "total": "共 34 行",
    "lines": [{**LINE, "no": str(n)} for n in range(1, 35)],
    "proposal": "盘亏由责任人说明后按自用领用补登，变质品移损坏品库，其余按盘点数调账",
    "first_by": "欧阳䶮淼",
    "second_by": "王翀玥",
    "witness": "阿不都热依木·㛃䶮",
    "approved_by": "南宫婉清",
}
Form("F-42", title("F-42"), page=SHEET, retention=retention("F-42"), sample=SAMPLE)
