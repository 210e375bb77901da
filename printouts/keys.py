"""The key registers: 寄存, 使用, 明细 and 返修领取, blank to write in, and over a period from the data."""

from __future__ import annotations

from printouts import keys_samples as samples
from printouts.form import Form, Rows
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet

DEPOSITS = Sheet(
    columns=(
        Column("number", "编号", 33),
        Column("deposited_at", "寄存时间", 15, moment=True),
        Column("unit", "房号", 17),
        Column("owner", "业户姓名", 18),
        Column("phone", "联系电话", 21),
        Column("kinds", "钥匙类别及数量（把）", 34, "left"),
        Column("purpose", "用途", 17),
        Column("term", "期限/转交对象", 20),
        Column("envelope", "信封编号/封签", 33),
        Column("owner_sign", "业户签名", 18),
        Column("receiver", "接收人", 14),
        Column("withdrawn_at", "收回时间", 15, moment=True),
        Column("withdraw_sign", "收回签字", 18),
        Column("remark", "备注", 16, "left"),
    ),
    row=8.2,
    hand_row=9.0,
    heading=(("project", "项目"),),
    closing=(("total", "本期件数"),),
    signatures=("制表", "客服负责人"),
    note="业户本人办理；换锁须及时送交新钥匙，迟交的风险由业户自负；本处不代管室内财物。",
)
Form(
    "F-03",
    title("F-03"),
    page=DEPOSITS,
    ledger=DEPOSITS,
    retention=retention("F-03"),
    sample=Rows((samples.DEPOSIT_ROW,) * 20, 20, {"project": "云锦里"}),
    ledger_sample=samples.DEPOSIT_ROW,
)

LOANS = Sheet(
    columns=(
        Column("key", "钥匙号码", 14),
        Column("where", "楼/房号", 20),
        Column("qty_out", "数量", 7),
        Column("reason", "原因", 36, "left"),
        Column("borrower", "领取人/部门", 24),
        Column("credential", "证件", 17),
        Column("approved", "批准", 17),
        Column("call_at", "业户同意电话", 15, moment=True),
        Column("out_at", "时间", 15, group="借出", moment=True),
        Column("taker", "签收人", 14, group="借出"),
        Column("issuer", "签发人", 14, group="借出"),
        Column("due_at", "应还", 15, moment=True),
        Column("in_at", "时间", 15, group="交还", moment=True),
        Column("qty_in", "数量", 7, group="交还"),
        Column("returner", "领取人", 14, group="交还"),
        Column("receiver", "签收人", 14, group="交还"),
        Column("remark", "备注", 20, "left"),
    ),
    row=8.2,
    hand_row=9.0,
    heading=(("project", "项目"),),
    closing=(("total", "本期件数"),),
    signatures=("制表", "客服负责人", "管理处经理"),
    note="空房、返修钥匙当天下班前收回；不得转借，用毕亲自交还；数量、房号不符即为异常。",
)
Form(
    "F-04",
    title("F-04"),
    page=LOANS,
    ledger=LOANS,
    retention=retention("F-04"),
    sample=Rows((samples.LOAN_ROW,) * 20, 20, {"project": "云锦里"}),
    ledger_sample=samples.LOAN_ROW,
)

DETAILS = Sheet(
    columns=(
        Column("hook", "柜号/挂位", 22),
        Column("key_no", "钥匙编号", 17),
        Column("category", "类别", 21),
        Column("where", "房号/部位", 22),
        Column("home_door", "进户门", 9),
        Column("inner_door", "室内门", 9),
        Column("entrance", "单元门/门禁卡", 11),
        Column("mailbox", "信箱", 8),
        Column("other", "其他", 8),
        Column("total", "合计（把）", 10, sums=True),
        Column("source", "来源", 18),
        Column("keeper", "保管人", 14),
        Column("state", "现状", 16),
        Column("remark", "备注", 20, "left"),
    ),
    landscape=False,
    row=6.4,
    hand_row=9.0,
    heading=(("project", "项目"),),
    closing=(("expected", "应有"), ("found", "实有")),
    signatures=("保管人", "清点人", "监盘人"),
    note="本表由系统明细生成，随时更新；手工改动无效。",
)
Form(
    "F-05",
    title("F-05"),
    page=DETAILS,
    ledger=DETAILS,
    retention=retention("F-05"),
    sample=Rows((samples.KEY_ROW,) * 40, 40, {"project": "云锦里", "expected": "40 牌"}),
    ledger_sample=samples.KEY_ROW,
)

PICKUPS = Sheet(
    columns=(
        Column("unit", "房号", 19),
        Column("key", "钥匙号码", 15),
        Column("qty", "数量", 8),
        Column("use", "返修项目及使用情况", 52, "left"),
        Column("reason", "领走原因", 16),
        Column("picker_kind", "领取人类别", 16),
        Column("picker", "领取人签字", 20),
        Column("phone", "联系电话", 20),
        Column("credential", "证件", 16),
        Column("call_at", "电话问询时间", 17, moment=True),
        Column("picked_at", "领取时间", 17, moment=True),
        Column("issuer", "发放人", 15),
        Column("number", "编号", 26),
    ),
    row=8.2,
    hand_row=9.0,
    heading=(("project", "项目"),),
    closing=(("total", "本期件数"),),
    signatures=("制表", "客服负责人"),
    note="业户本人领取核实身份；家属、代理人凭身份证或委托书并致电业户同意；施工单位借用登记使用登记表。",
)
Form(
    "F-06",
    title("F-06"),
    page=PICKUPS,
    ledger=PICKUPS,
    retention=retention("F-06"),
    sample=Rows((samples.PICKUP_ROW,) * 20, 20, {"project": "云锦里"}),
    ledger_sample=samples.PICKUP_ROW,
)
