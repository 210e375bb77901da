"""The columns of the household register (业主资料) and what one row must agree on with itself."""

from models.estate import RELATIONS
from rules.importing.cleaning import area, calendar_date, choice, free_text, head_count, looks_like_company, name
from rules.importing.columns import CleanRow, ImportColumn
from rules.importing.identity import identity_number
from rules.importing.phones import phones
from rules.importing.places import UnitCode, building_name, entrance_name, placed, unit_code

COMPANY = "company"
#: Words of other offices for the relation; 单位 says what the customer is, not how it is tied to the unit.
_OTHER_WORDS = (
    ("产权人", "owner"), ("房主", "owner"), ("户主", "owner"), ("业户", "owner"),
    ("家人", "family"), ("亲属", "family"),
    ("租客", "tenant"), ("承租人", "tenant"), ("承租户", "tenant"), ("使用者", "user"), ("代理", "agent"),
    ("单位", COMPANY), ("公司", COMPANY), ("企业", COMPANY),
)  # fmt: skip

COLUMNS = (
    ImportColumn(
        "楼栋", "building", building_name, ("楼号", "楼", "栋", "栋号", "幢", "楼宇", "楼座"), group=True,
        note="房号写全时可不填", example="3",
    ),
    ImportColumn("单元", "entrance", entrance_name, ("单元号", "梯"), note="房号写全时可不填", example="2"),
    ImportColumn(
        "房号", "unit", unit_code,
        ("房间号", "房屋", "房屋编号", "房间", "室号", "门牌号", "单元房号", "户号", "地址"),
        required=True, note="楼栋-单元-房号", example="3-2-1203",
    ),
    ImportColumn(
        "建筑面积", "area", area, ("面积", "房屋面积", "产权面积", "建面"), note="平方米", example="98.76",
    ),
    ImportColumn(
        "姓名", "name", name,
        ("业主姓名", "住户姓名", "客户姓名", "业主", "业主名称", "户主姓名", "客户名称", "住户", "业户姓名"),
        required=True, example="张丽",
    ),
    ImportColumn(
        "身份", "relation", choice({**RELATIONS, COMPANY: "单位"}, _OTHER_WORDS),
        ("关系", "与业主关系", "身份类别", "住户类型", "客户类型", "业主类型", "类型", "客户身份"),
        required=True, choices=(*RELATIONS.values(), "单位"), example="业主",
    ),
    ImportColumn(
        "联系电话", "phones", phones,
        ("电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "移动电话", "固定电话", "业主电话", "座机"),
        many=True, secret="phone", note="两个以上用斜杠分开", example="13800138000/0755-26569972",
    ),
    ImportColumn(
        "身份证号码", "id_no", identity_number,
        ("身份证", "身份证号", "证件号码", "证件号", "身份证件号", "居民身份证号码"),
        secret="id_no", note="18位，整列设为文本", example="11010519491231002X",
    ),
    ImportColumn(
        "入住时间", "move_in_on", calendar_date, ("入住日期", "入伙时间", "入伙日期", "收楼时间", "收楼日期", "入住"),
        example="2019-05-06",
    ),
    ImportColumn(
        "家庭人口", "household_size", head_count,
        ("人口", "家庭人数", "人口数", "居住人数", "常住人口", "家庭成员数"), example="3",
    ),
    ImportColumn(
        "工作单位", "employer", free_text(128), ("单位", "工作单位名称", "就职单位", "职业单位"),
        secret="employer", example="",
    ),
    ImportColumn("备注", "remark", free_text(2000), ("说明", "备注说明", "其他", "特殊说明")),
)  # fmt: skip


def check_row(row: CleanRow) -> None:
    """Building, entrance and room must say one thing; a firm has no identity number of its own."""
    _settle_place(row)
    _settle_kind(row)


def _settle_place(row: CleanRow) -> None:
    code = row.values.get("unit")
    if not isinstance(code, UnitCode):
        return
    whole = placed(code, row.values.get("building") or "", row.values.get("entrance") or "")
    if isinstance(whole, str):
        row.problems["unit"] = whole
        return
    row.values["unit"] = whole
    if "unit" in row.after:
        row.after["unit"] = whole.code


def _settle_kind(row: CleanRow) -> None:
    words = row.values.get("name") or ""
    said_company = row.values.get("relation") == COMPANY
    row.values["kind"] = "company" if said_company or looks_like_company(words) else "person"
    if said_company:
        row.values["relation"] = "user"
        row.notes["relation"] = "身份写的是单位：客户性质按单位登记，与房屋的关系没有写明，按使用人登记"
        row.after["relation"] = "使用人"
    elif row.values["kind"] == "company":
        row.notes["name"] = "看名称是单位，客户性质按单位登记"
    if row.values["kind"] == "company" and row.values.get("id_no"):
        row.values["id_no"] = None
        row.after["id_no"] = ""
        row.notes["id_no"] = "单位没有身份证号码，不知是谁的，这一格不导入"
