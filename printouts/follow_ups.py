"""The 回访记录表 of one follow-up, for the visitor to fill in and the household to sign."""

from __future__ import annotations

from printouts import samples
from printouts.blocks import Field, Row, Signatures
from printouts.form import Form
from printouts.listed import retention, title
from printouts.slip import Slip

KINDS = ("投诉事件", "维修工程", "特约服务", "求助服务", "急救病人", "报刊、杂志", "文体活动", "其他管理服务工作")
METHODS = ("与住户面谈", "现场查看", "电话回访", "上门")
WRITTEN = 11.0  # mm: room for two lines by hand
AT = "月　　日　　 :　　 "

PAGE = Slip(
    height_mm=148.5,
    each_on_a5=True,
    side=(("ticket", "报事 "), ("work_order", "工作任务单 ")),
    blocks=(
        Row((Field("kind", "类别", choices=KINDS, size=8),), 6.5),
        Row((Field("unit", "房号", 30), Field("customer", "住户", 40), Field("phone", "电话", 40)), 6.5),
        Row((Field("proven_at", "完工证明", 40, blank=AT), Field("due_at", "回访期限", 40, blank=AT)), 6.5),
        Row((Field("method", "方式", 70, METHODS), Field("at", "回访时间", 40, blank=AT)), 6.5),
        Row((Field("quality", "质量评价", label_mm=26),), WRITTEN),
        Row((Field("effect", "服务效果", label_mm=26),), WRITTEN),
        Row((Field("satisfaction", "满意程度", 60, ("5", "4", "3", "2", "1"), 26),), 6.5),
        Row((Field("defects", "缺点与不足", label_mm=26),), WRITTEN),
        Row((Field("suggestion", "住户建议", label_mm=26),), WRITTEN),
        Row((Field("call_minute", "电话回访填电话时间", 40, blank=AT, label_mm=34),), 6.5),
        Signatures((("customer_sign", "住户签名确认"), ("visitor", "回访人员"), ("filed_by", "客服中心收回")), 13.0),
    ),
    note="每页有编号，不得撕毁；写坏的注明作废并留存。电话回访不需住户签名。",
)
Form("F-22", title("F-22"), page=PAGE, retention=retention("F-22"), sample=samples.FOLLOW_UP)
