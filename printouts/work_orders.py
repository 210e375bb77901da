"""The 工作任务单 in three copies, its register, the defect list and the list of copies not yet returned."""

from __future__ import annotations

from printouts import samples
from printouts.blocks import Field, LineColumn, Lines, Row, Signatures, Strip
from printouts.form import Data, Form, Rows
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet
from printouts.slip import Copy, Slip

KINDS = ("上门服务", "公共设施维修", "房屋整改", "有偿服务", "求助服务")
SIGNERS = ("业主", "住户", "家中成年人", "客服助理以上", "领班以上", "办公室", "现场销售")
AT = "月　　日　　 :　　 "


def first_copy_to(data: Data) -> str:
    """WO-06, WO-15: in a home the household keeps the first copy, else the department that reported."""
    told = str(data.get("copy1_to") or "")
    if told:
        return told
    kind = str(data.get("kind") or "")
    return "业主/住户·报修部门" if not kind else "报修部门" if kind == "公共设施维修" else "业主/住户"


COPIES = (Copy("第一联", first_copy_to, "白"), Copy("第二联", "工程部自存", "红"), Copy("第三联", "客服部存档", "黄"))

MATERIALS = Lines(
    "materials",
    "用料",
    (
        LineColumn("name", "材料名称及规格", 43),
        LineColumn("unit", "单位", 8, "centre"),
        LineColumn("quantity", "数量", 10, "right"),
        LineColumn("price", "单价", 12, "right"),
        LineColumn("amount", "金额（元）", 15, "right"),
    ),
    rows=2,
    halves=2,
)

ORDER = Slip(
    copies=COPIES,
    side=(
        ("ticket", "报事 "),
        ("channel", "来源 "),
        ("rework_of", "返工，原单 "),
        ("escalations", "转办 "),
        ("issued_on", "出库单 "),
    ),
    blocks=(
        Row((Field("kind", "类别", 97, KINDS), Field("priority", "轻重缓急", 50, ("一般", "紧急", "严重"), 15.5))),
        Row(
            (
                Field("place", "房号/部位", 44),
                Field("reporter", "报修人", 27, (), 13.5),
                Field("reporter_dept", "报修部门", 19, (), 14.5),
                Field("phone", "联系电话", 30, (), 14.5),
            )
        ),
        Row((Field("content", "报修内容", size=9),), 10.0),
        Strip(
            (
                Field("appointment_at", "预约", blank=AT),
                Field("issued_at", "出单", blank=AT),
                Field("received_at", "接单", blank=AT),
                Field("at_door_at", "到楼门", blank=AT),
                Field("on_site_at", "到场", blank=AT),
                Field("started_at", "开工", blank=AT),
                Field("done_at", "完工", blank=AT),
                Field("leak_tested_at", "试漏（渗漏水）", blank=AT),
            )
        ),
        Row((Field("result", "处理结果", size=9),), 8.0),
        MATERIALS,
        Row(
            (
                Field("charge", "收费", 44, ("无偿", "有偿", "保修"), 13.5),
                Field("material_fee", "材料费", 22, (), 13, prefix="￥ ", size=9),
                Field("labour_fee", "人工费", 22, (), 13, prefix="￥ ", size=9),
                Field("fee", "合计", 24, (), 13, prefix="￥ ", size=9),
                Field("flags", "", 40, ("安全设施", "渗漏水"), 0),
            )
        ),
        Row(
            (
                Field("signer_kind", "签认人身份", 115, SIGNERS),
                Field("opinion", "意见", 40, ("满意", "基本满意", "不满意"), 9),
            )
        ),
        Signatures(
            (
                ("issued_by", "签发人"),
                ("received_by", "维修人"),
                ("signer", "业主/住户/部门签认"),
                ("filed_by", "客服收第三联"),
            )
        ),
    ),
    note="未经签认按未完成论；有偿服务按公示标准收费；涂改无效。",
)

ORDER_REGISTER = Sheet(
    columns=(
        Column("number", "编号", 30),
        Column("kind", "类别", 17),
        Column("place", "房号/部位", 25, "left"),
        Column("reporter", "报修人", 15),
        Column("content", "报修内容", 44, "left"),
        Column("issued_at", "出单", 15, moment=True),
        Column("received_at", "接单", 15, moment=True),
        Column("on_site_at", "到场", 15, moment=True),
        Column("done_at", "完工", 15, moment=True),
        Column("received_by", "维修人", 14),
        Column("signer", "签认人", 14),
        Column("copies", "三联去向", 21),
        Column("fee", "费用（元）", 17, "right", sums=True),
        Column("state", "状态", 15),
    ),
    row=8.2,
    heading=(("project", "项目"),),
    signatures=("制表", "工程部", "客服主管", "项目经理"),
    note="三联去向：一＝业主/住户或报修部门，二＝工程部，三＝客服部；缺号须说明；“…”后文字见系统。",
)
Form(
    "F-01",
    title("F-01"),
    page=ORDER,
    ledger=ORDER_REGISTER,
    ledger_title="工作任务单登记台账",
    retention=retention("F-01"),
    sample=samples.ORDER,
    ledger_sample=samples.ORDER_ROW,
)

DEFECTS = Sheet(
    columns=(
        Column("part", "部位", 22),
        Column("item", "验收项目", 24),
        Column("defect", "缺陷情况", 66, "left"),
        Column("number", "工作任务单号", 28),
        Column("responsible", "责任单位", 26),
        Column("due_on", "要求完成", 19),
        Column("done_at", "完成时间", 19, moment=True),
        Column("recheck", "复检结果/复检人", 26),
        Column("owner", "业主签认", 22),
    ),
    row=8.2,
    heading=(("unit", "房号"), ("owner", "业主"), ("accepted_on", "验收日期"), ("phone", "联系电话")),
    signatures=("业主", "客服验收人", "工程维修部", "地产/施工单位"),
    note="复检合格后由客服与业主约定再次验收；业主签认后本项销案。",
)
REPAIRS = Sheet(
    columns=(
        Column("reported_at", "接报时间", 16, moment=True),
        Column("unit", "房号", 18),
        Column("reporter", "报修人", 16),
        Column("phone", "联系电话", 22),
        Column("content", "报修内容", 60, "left"),
        Column("number", "派工单号", 27),
        Column("issued_at", "派工时间", 16, moment=True),
        Column("received_by", "维修人", 15),
        Column("done_at", "完成时间", 16, moment=True),
        Column("result", "处理结果", 28, "left"),
        Column("follow_up", "回访", 16),
    ),
    row=8.2,
    heading=(("project", "项目"),),
    closing=(("total", "本期件数"), ("done", "完成件数"), ("on_time", "及时率")),
    signatures=("制表", "审核"),
    note="“…”后文字见系统。",
)
Form(
    "F-02",
    title("F-02"),
    page=DEFECTS,
    ledger=REPAIRS,
    ledger_title="业主报修处理登记表",
    retention=retention("F-02"),
    sample=Rows((samples.DEFECT_ROW,) * 20, 20, samples.DEFECT_HEADING),
    ledger_sample=samples.REPAIR_ROW,
)

COPIES_OUT = Sheet(
    columns=(
        Column("number", "编号", 28),
        Column("issued_at", "出单时间", 16, moment=True),
        Column("kind", "类别", 18),
        Column("place", "房号/部位", 28, "left"),
        Column("received_by", "维修人", 15),
        Column("copy1", "交业主/报修部门", 26, group="第一联"),
        Column("copy2_out", "领出", 16, group="第二联　工程部", moment=True),
        Column("copy2_back", "归还", 16, group="第二联　工程部", moment=True),
        Column("copy3_out", "领出", 16, group="第三联　客服部", moment=True),
        Column("copy3_back", "归还", 16, group="第三联　客服部", moment=True),
        Column("absent", "缺联", 14),
        Column("days", "在外天数", 13),
        Column("reason", "缺联说明及处理", 38, "left"),
        Column("clerk", "登记人", 14),
    ),
    row=8.2,
    heading=(("project", "项目"),),
    closing=(("absent_total", "缺联"),),
    signatures=("登记", "工程部", "客服主管"),
    note="只有第二、三联可以在外；缺联须写明原因，缺号须逐号说明。",
)
Form(
    "F-64",
    title("F-64"),
    page=COPIES_OUT,
    ledger=COPIES_OUT,
    retention=retention("F-64"),
    sample=Rows((samples.COPY_ROW,) * 40, 40, {"project": "云锦里", "absent_total": "40 张"}),
    ledger_sample=samples.COPY_ROW,
)
