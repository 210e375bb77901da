"""The daily 客户信息记录表, the ticket ledger and the 派工单 of a ticket."""

from __future__ import annotations

from printouts import samples
from printouts.blocks import Field, Row, Signatures, Strip
from printouts.form import Form, Rows
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet
from printouts.slip import Slip
from printouts.work_orders import AT, COPIES, MATERIALS

KINDS = ("咨询", "报修", "求助", "服务需求", "申请", "建议", "投诉")

DAY_BOOK = Sheet(
    columns=(
        Column("received_at", "受理时间", 15, moment=True),
        Column("channel", "来源", 10),
        Column("customer", "业主姓名", 16),
        Column("address", "地址", 20),
        Column("reporter_phone", "报事人电话", 21),
        Column("kind", "类别", 13),
        Column("content", "报事内容", 60, "left"),
        Column("read_back", "复述核对", 8),
        Column("first_contact", "首接人", 14),
        Column("dispatched_at", "派单", 15, group="处理", moment=True),
        Column("handler", "部门/责任人", 22, group="处理"),
        Column("arrived_at", "到场", 15, group="处理", moment=True),
        Column("done_at", "完工", 15, group="处理", moment=True),
        Column("score", "回访评分", 9),
        Column("remark", "备注", 16, "left"),
    ),
    row=8.2,
    heading=(("day", "日期"), ("shift", "班次"), ("project", "项目")),
    closing=(("open", "未结转交接班"),),
    signatures=("记录人", "接班人", "客服主管"),
    note="当日报事当日登记，不漏单、不补单；“…”后文字见系统。",
)
LEDGER = Sheet(
    columns=(
        Column("number", "编号", 30),
        Column("received_at", "受理时间", 15, moment=True),
        Column("channel", "来源", 10),
        Column("address", "地址", 19),
        Column("customer", "业主姓名", 16),
        Column("kind", "类别", 13),
        Column("content", "报事内容", 59, "left"),
        Column("first_contact", "首接人", 14),
        Column("dispatched_at", "派单", 15, moment=True),
        Column("handler", "部门/责任人", 22),
        Column("arrived_at", "到场", 15, moment=True),
        Column("done_at", "完工", 15, moment=True),
        Column("follow_up_at", "回访", 15, moment=True),
        Column("score", "评分", 8),
        Column("level", "升级至", 15),
        Column("state", "状态", 13),
    ),
    row=8.2,
    heading=(("project", "项目"),),
    closing=(("total", "本期件数"), ("open", "未结件数")),
    signatures=("制表", "客服主管", "项目经理"),
    note="“…”后文字见系统。",
)

Form(
    "F-16",
    title("F-16"),
    page=DAY_BOOK,
    ledger=LEDGER,
    ledger_title="客户报事台账",
    retention=retention("F-16"),
    sample=Rows(
        (samples.TICKET_ROW,) * 40,
        40,
        {"day": "2026-11-21", "shift": "早班 08:00–16:00", "project": "云锦里", "open": "3 件"},
    ),
    ledger_sample=samples.TICKET_ROW,
)

DISPATCH = Slip(
    copies=COPIES,
    side=(("ticket", "报事 "), ("work_order", "工作任务单 "), ("rework_of", "返工，原单 "), ("escalations", "转办 ")),
    blocks=(
        Row(
            (
                Field("kind", "类别", 100, KINDS),
                Field("channel", "来源", 47, ("来电", "来访", "来函", "巡查", "网络"), 11),
            )
        ),
        Row(
            (
                Field("customer", "业主姓名", 38),
                Field("address", "地址", 36, (), 13),
                Field("reporter_phone", "报事人电话", 36, (), 18.5),
            )
        ),
        Row((Field("content", "报事内容", size=9),), 10.0),
        Row(
            (
                Field("priority", "轻重缓急", 50, ("一般", "紧急", "严重")),
                Field("first_contact", "首接人", 30),
                Field("read_back", "", 30, ("已复述核对",), 0),
            )
        ),
        Strip(
            (
                Field("received_at", "受理", blank=AT),
                Field("appointment_at", "预约", blank=AT),
                Field("dispatched_at", "派单", blank=AT),
                Field("arrived_at", "到场反馈", blank=AT),
                Field("done_at", "完工", blank=AT),
                Field("dept", "处理部门"),
                Field("handler", "责任人"),
            )
        ),
        Row((Field("result", "处理结果", size=9),), 8.0),
        MATERIALS,
        Row((Field("progress", "客户沟通", 90), Field("score", "满意度", 50, ("5", "4", "3", "2", "1"), 14))),
        Signatures(
            (
                ("dispatched_by", "派单人"),
                ("handled_by", "责任人"),
                ("owner_sign", "业主/住户签名"),
                ("follow_up_by", "回访人"),
            )
        ),
    ),
    note="派单后20分钟内到场并反馈；无业主签名不算完工。",
)
Form("F-17", title("F-17"), page=DISPATCH, retention=retention("F-17"), sample=samples.DISPATCH)
