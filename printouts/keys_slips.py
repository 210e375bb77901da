"""One-off key papers: 交接纪录, 委托书, 启用审批单 with the whole chain, 移交清单, and the labels."""

from __future__ import annotations

from printouts import keys_samples as samples
from printouts.blocks import Field, LineColumn, Lines, Notice, Row, Section, Signatures, Strip
from printouts.form import Form, Rows
from printouts.label import Label
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet
from printouts.slip import Copy, Slip

KINDS = (
    ("home_door", "进户门"),
    ("inner_door", "室内门"),
    ("entrance", "单元门/门禁卡"),
    ("mailbox", "信箱"),
    ("other", "其他"),
    ("total", "合计（把）"),
)
AT = "月　　日　　 :　　 "
DAY = "年　　月　　日"
COUNTED = Strip(tuple(Field(name, word, blank="把") for name, word in KINDS))

RECEIPT = Slip(
    copies=(Copy("第一联", "客服组"), Copy("第二联", "送交人")),
    height_mm=148.5,
    blocks=(
        Row(
            (Field("category", "类别", 100, ("业户委托钥匙", "空房钥匙", "返修钥匙", "特殊房间的钥匙", "钥匙柜钥匙")),),
            8.0,
        ),
        Row((Field("where", "钥匙房间号", 40, (), 21), Field("hook", "柜号/挂位", 40, (), 19)), 8.0),
        COUNTED,
        Row((Field("deliverer", "送交人", 40), Field("from_department", "送交部门", 40, (), 19)), 8.0),
        Row((Field("at", "送交时间", 40, (), 19, blank=AT), Field("keeper", "保管人", 40)), 8.0),
        Row((Field("remark", "备注", size=9),), 9.0, grows=True),
        Signatures((("deliverer_sign", "送交人签字"), ("receiver", "接收人签名")), 14.0),
    ),
    note="收到钥匙当面点清；接收人签本人姓名。",
)
Form("F-07", title("F-07"), page=RECEIPT, retention=retention("F-07"), sample=samples.RECEIPT)

MANDATE = Slip(
    copies=(Copy("第一联", "客服组存根"), Copy("第二联", "业户")),
    height_mm=148.5,
    blocks=(
        Row((Field("unit", "房号", 30), Field("owner", "业户", 40), Field("phone", "联系电话", 36, (), 19)), 7.0),
        COUNTED,
        Row(
            (
                Field("purpose", "托存用途", 70, ("出租看房", "应急之用", "转交小时工或亲属"), 19),
                Field("term", "期限", 34, ("长期", "暂时")),
            ),
            7.0,
        ),
        Row((Field("until", "寄存至", 40, blank=DAY), Field("handover_to", "转交对象", 46, (), 19)), 7.0),
        Row((Field("scope", "授权使用范围", 60, (), 25),), 7.0),
        Row(
            (
                Field("sealed", "封存", 34, ("封存", "不封存")),
                Field("envelope", "信封编号", 40, (), 19),
                Field("seal_no", "封签号", 26),
            ),
            7.0,
        ),
        Notice(
            "一、本人自愿将上述钥匙托存客服中心。二、封存的由本人装入信封并在封口处签名，未经本人同意不启封；"
            "遇紧急情况按审批程序由两人以上启封并尽快告知本人。三、换锁或门禁变更须及时送交新钥匙，迟交的风险由本人承担。"
            "四、客服中心不代管室内财物。五、领取凭本人身份证件；他人领取须持出入证、身份证或本人委托书并经本人同意。",
            19.0,
        ),
        Row(
            (
                Field("receiver", "接收人", 34),
                Field("deposited_at", "寄存时间", 40, (), 19, blank=AT),
                Field("hook", "柜号/挂位", 34, (), 19),
            ),
            7.0,
        ),
        Signatures(
            (("owner_sign", "业户签名"), ("receiver_sign", "接收人"), ("withdraw_sign", "收回时业户签名")), 14.0
        ),
    ),
    note="一式两联：客服组、业户各存一联。",
)
Form("F-57", title("F-57"), page=MANDATE, retention=retention("F-57"), sample=samples.MANDATE)

UNSEALING = Slip(
    height_mm=297,
    blocks=(
        Row((Field("unit", "房号", 26), Field("owner", "业户", 34), Field("key", "钥匙号码", 26, (), 19)), 7.0),
        Row(
            (
                Field("envelope", "原信封编号", 40, (), 21),
                Field("seal_no", "封签号", 26),
                Field("sealed_at", "封存时间", 30, (), 19),
            ),
            7.0,
        ),
        Row(
            (
                Field("requester", "申请人", 26),
                Field("user", "使用人", 40),
                Field("asked_at", "申请时间", 30, (), 19, blank=AT),
            ),
            7.0,
        ),
        Row((Field("danger", "突发事件", 100, ("人身安全", "火灾", "水浸、漏水", "燃气泄漏"), 19),), 7.0),
        Row((Field("reason", "启用原因", size=9),), 12.0),
        Row(
            (
                Field("contacted_at", "联系时间", 40, (), 19, blank=AT),
                Field("reply", "业户答复", 60, ("同意", "不同意", "未接通"), 19),
            ),
            7.0,
        ),
        Row((Field("decision", "经理意见", 60, (), 19), Field("decided_at", "审批时间", 30, (), 19, blank=AT)), 10.0),
        Section("启封与使用"),
        Row(
            (
                Field("opened_at", "启封时间", 34, (), 19, blank=AT),
                Field("seal_intact", "封口", 30, ("完好", "不完好")),
                Field("before", "启封清点", 50, (), 19),
            ),
            8.0,
        ),
        Row((Field("entered", "进入人员", 60, (), 19), Field("entered_at", "进入时间", 34, (), 19, blank=AT)), 8.0),
        Row((Field("record", "进入记录", size=9),), 16.0),
        Row((Field("returned_at", "交还时间", 34, (), 19, blank=AT), Field("after", "交还清点", 50, (), 19)), 8.0),
        Row(
            (
                Field("resealed_at", "重新封存", 34, (), 19, blank=AT),
                Field("new_envelope", "新信封编号", 40, (), 21),
                Field("new_seal", "新封签号", 30, (), 19),
            ),
            8.0,
        ),
        Lines(
            "chain",
            "封签链",
            (
                LineColumn("at", "时间", 20, "centre"),
                LineColumn("what", "环节", 14, "centre"),
                LineColumn("words", "内容", 76),
                LineColumn("who", "签字", 34),
            ),
            rows=14,
            head_mm=5.0,
            row_mm=6.0,
            side_mm=8,
            grows=True,
        ),
        Signatures(
            (("requester_sign", "申请人"), ("manager", "管理处经理"), ("opener", "启封人"), ("witness", "在场人")), 13.0
        ),
        Signatures(
            (("entering", "进入人员（两人以上）"), ("receiver", "交还接收人"), ("owner_sign", "业户重新签封")), 13.0
        ),
    ),
    note="封存钥匙未经业户同意不启封；每次启封后须由业户重新签字封存。",
)
Form("F-09", title("F-09"), page=UNSEALING, retention=retention("F-09"), sample=samples.UNSEALING)

HANDOVER = Sheet(
    columns=(
        Column("where", "楼栋房号/部位", 30),
        Column("key_no", "钥匙编号", 18),
        Column("home_door", "进户门", 11),
        Column("inner_door", "室内门", 11),
        Column("entrance", "单元门/卡", 12),
        Column("mailbox", "信箱", 10),
        Column("other", "其他", 10),
        Column("total", "合计", 11, sums=True),
        Column("qty", "实点数", 12, sums=True),
        Column("seal", "封口", 12),
        Column("difference", "差异说明", 32, "left"),
    ),
    landscape=False,
    row=6.4,
    hand_row=9.0,
    heading=(
        ("cabinet", "钥匙柜"),
        ("kind", "清点"),
        ("reason", "移交原因"),
        ("counted_at", "时间"),
        ("sealed", "封存信封"),
    ),
    closing=(("sets", "合计"),),
    signatures=("移交/清点人", "接收人", "监交人"),
    note="一式两份；每页签字；差异须说明并上报，不得涂改。",
)
Form(
    "F-58",
    title("F-58"),
    page=HANDOVER,
    retention=retention("F-58"),
    sample=Rows((samples.COUNT_ROW,) * 50, 50, samples.COUNT_HEADING),
)

ENVELOPE = Label(
    100,
    70,
    (
        ("kinds", "类别数量"),
        ("sealed_at", "封存日期"),
        ("reason", "封存原因"),
        ("sealed_by", "业户"),
        ("keeper", "经办"),
    ),
    signature="封口处业户签名（骑缝）：",
)
Form("F-08", title("F-08"), page=ENVELOPE, retention=retention("F-08"), sample=[samples.ENVELOPE] * 8)

TAG = Label(100, 70, (("category", "类别"), ("kinds", "类别数量"), ("hook", "挂位")))
Form("F-69", title("F-69"), page=TAG, retention=retention("F-69"), sample=[samples.TAG] * 8)
