"""The 住户登记表 of one home and the ledger of residents."""

from __future__ import annotations

from printouts import samples
from printouts.blocks import Field, LineColumn, Lines, Notice, Row, Section, Signatures
from printouts.form import Form
from printouts.listed import retention, title
from printouts.sheet import Column, Sheet
from printouts.slip import Slip

USES = ("自住", "出租", "空置", "商用")
LINE = 8.0  # mm: a row one can write in

HOME = Slip(
    height_mm=297,
    blocks=(
        Row(
            (Field("unit", "房号", 40), Field("area", "建筑面积", 24, blank="㎡"), Field("structure", "户型", 30)), LINE
        ),
        Row(
            (
                Field("delivered_on", "交付日期", 30),
                Field("moved_in_on", "入住日期", 30),
                Field("use", "房屋性质", 60, USES),
            ),
            LINE,
        ),
        Section("业　主"),
        Row((Field("name", "姓名", 40), Field("gender", "性别", 22, ("男", "女")), Field("phone", "手机", 42)), LINE),
        Row((Field("id_kind", "证件类型", 24), Field("id_no", "证件号码", 50), Field("nation", "国籍/民族", 26)), LINE),
        Row((Field("employer", "工作单位", 60), Field("co_owners", "产权共有人", 44, (), 19)), LINE),
        Row((Field("address", "通讯地址", 70), Field("contact_wish", "联系时段", 30)), LINE),
        Lines(
            "family",
            "家庭成员",
            (
                LineColumn("name", "姓名", 16),
                LineColumn("relation", "与业主关系", 14, "centre"),
                LineColumn("gender", "性别", 8, "centre"),
                LineColumn("born", "出生年月", 14, "centre"),
                LineColumn("phone", "联系电话", 20, "centre"),
                LineColumn("note", "工作单位/备注", 28),
            ),
            rows=5,
            head_mm=5.2,
            row_mm=7.4,
            side_mm=9,
        ),
        Section("承租人／使用人"),
        Row((Field("tenant", "姓名", 30), Field("tenant_phone", "电话", 34), Field("lease", "租期", 44)), LINE),
        Row((Field("tenant_id_no", "证件号码", 50), Field("tenant_employer", "工作单位", 50)), LINE),
        Lines(
            "vehicles",
            "车辆",
            (
                LineColumn("plate", "车牌号码", 26, "centre"),
                LineColumn("model", "品牌型号", 30),
                LineColumn("colour", "颜色", 14, "centre"),
                LineColumn("space", "车位号", 30, "centre"),
            ),
            rows=2,
            head_mm=5.0,
            row_mm=7.0,
            side_mm=9,
        ),
        Lines(
            "pets",
            "宠物",
            (
                LineColumn("breed", "品种", 30),
                LineColumn("name", "名称", 24, "centre"),
                LineColumn("certificate", "免疫证号", 46, "centre"),
            ),
            rows=2,
            head_mm=5.0,
            row_mm=7.0,
            side_mm=9,
        ),
        Row((Field("emergency_contact", "紧急联系人", 40, (), 19), Field("emergency_phone", "联系电话", 40)), LINE),
        Row((Field("care", "特别关照", blank="老人 · 病人 · 残疾 · 儿童"),), LINE),
        Lines(
            "changes",
            "变更记录",
            (
                LineColumn("on", "日期", 18, "centre"),
                LineColumn("change", "变更事项", 62),
                LineColumn("clerk", "经办人", 20, "centre"),
            ),
            rows=6,
            head_mm=5.0,
            row_mm=7.0,
            side_mm=9,
            grows=True,
        ),
        Notice(
            "以上信息仅用于物业服务、紧急联系与安全管理，由本项目客户服务中心保管，未经本人同意不向他人提供；"
            "本人可随时要求查阅、更正或删除。本人已知悉并同意。",
            9.0,
        ),
        Signatures((("owner_sign", "业主（住户）签名"), ("registered_by", "登记人"), ("checked_by", "复核人")), 13.0),
    ),
    note="一户一表；内容变更时记入变更记录。",
)
LEDGER = Sheet(
    columns=(
        Column("unit", "房号", 20),
        Column("name", "姓名", 26),
        Column("relation", "身份", 13),
        Column("gender", "性别", 8),
        Column("id_no", "证件号码", 33),
        Column("phone", "联系电话", 27),
        Column("area", "面积（㎡）", 15, "right"),
        Column("delivered_on", "交付日期", 18),
        Column("moved_in_on", "入住日期", 18),
        Column("lives_here", "常住", 9),
        Column("importance", "客户细分", 15),
        Column("vehicles", "车牌", 24),
        Column("remark", "备注", 34, "left"),
    ),
    row=6.4,
    heading=(("project", "项目"), ("building", "楼栋")),
    closing=(("homes", "户数"), ("people", "人数")),
    signatures=("制表", "客服主管", "项目经理"),
    note="本台账含个人信息，仅限内部使用，用毕归档。",
)
Form(
    "F-29",
    title("F-29"),
    page=HOME,
    ledger=LEDGER,
    ledger_title="住户台账",
    retention=retention("F-29"),
    sample=samples.HOME,
    ledger_sample=samples.RESIDENT_ROW,
)
