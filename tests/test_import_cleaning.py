"""What cleaning makes of each kind of mess, what it refuses to guess, and that it never damages a proper value."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.estate import RELATIONS
from rules.importing.cells import Cell, shown
from rules.importing.cleaning import area, calendar_date, choice, free_text, head_count, looks_like_company, name
from rules.importing.columns import Bad, Clean, Cleaner
from rules.importing.identity import ROUNDED, check_digit, identity_number
from rules.importing.phones import phones
from rules.importing.places import UnitCode, placed, unit_code

relation = choice(RELATIONS, [("租客", "tenant")])


def cell_date(year: int, month: int, day: int) -> datetime:
    """A date as a spreadsheet cell holds it: a day, in nobody's time zone."""
    return datetime.combine(date(year, month, day), time())


def text_of(clean: Cleaner, value: object, kind: str | None = None) -> str:
    """What a cell becomes, or ✗ and why not."""
    if kind is None:
        kind = (
            "date" if isinstance(value, (date, datetime)) else "number" if isinstance(value, (int, float)) else "text"
        )
    result = clean(Cell(value, kind))
    return f"✗{result.reason}" if isinstance(result, Bad) else result.text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3-2-1203", "3-2-1203"),
        ("3栋2单元1203", "3-2-1203"),
        ("3幢2单元1203室", "3-2-1203"),
        ("3号楼2单元1203室", "3-2-1203"),
        ("12#3-3201室", "12-3-3201"),
        ("12－2－1902 ", "12-2-1902"),
        ("１２－２－１９０２", "12-2-1902"),
        ("3 — 2 — 1203", "3-2-1203"),
        ("三栋二单元1203", "3-2-1203"),
        ("十二栋二单元1203", "12-2-1203"),
        ("03-02-1203", "3-2-1203"),
        ("3\u200b-2-1203", "3-2-1203"),
        ("A座1203", "A-1203"),
        ("3/2/1203", "3-2-1203"),
        ("3-1203", "3-1203"),
        ("1203", "1203"),
    ],
)
def test_room_codes_of_every_spelling_become_one(written, read):
    assert text_of(unit_code, written) == read


@pytest.mark.parametrize(
    "written", ["商铺", "3栋", "3-2-1203,1204", "3-2-1203/1204", "3栋2单元", "地下室-2", "-", "1203.5"]
)
def test_what_is_no_room_code_is_refused(written):
    assert text_of(unit_code, written).startswith("✗")


def test_a_room_code_that_the_spreadsheet_made_a_date_is_refused_with_that_reason():
    assert "变成了日期" in text_of(unit_code, cell_date(2003, 2, 12))


def test_a_short_code_is_completed_by_the_building_beside_it_and_contradictions_are_refused():
    assert placed(UnitCode("", "", "1203"), "3", "2") == UnitCode("3", "2", "1203")
    assert placed(UnitCode("3", "2", "1203"), "3", "") == UnitCode("3", "2", "1203")
    assert placed(UnitCode("", "", "1203", "3"), "", "") == UnitCode("3", "", "1203")
    assert "请核对" in placed(UnitCode("3", "2", "1203"), "4", "")
    assert "没有写明是哪一栋" in placed(UnitCode("", "2", "1203"), "", "")
    assert "是楼栋还是单元" in placed(UnitCode("", "", "1203", "2"), "3", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13067924708/15654444634", "13067924708 / 15654444634"),
        ("13067924708、15654444634", "13067924708 / 15654444634"),
        ("13067924708；15654444634", "13067924708 / 15654444634"),
        ("13067924708\n15654444634", "13067924708 / 15654444634"),
        ("13067924708 15654444634", "13067924708 / 15654444634"),
        ("130 6792 4708 156 5444 4634", "13067924708 / 15654444634"),
        ("184 1215 4728", "18412154728"),
        ("184-1215-4728", "18412154728"),
        ("１８４１２１５４７２８", "18412154728"),
        ("+86 184 1215 4728", "18412154728"),
        ("86-18412154728", "18412154728"),
        ("0755-26569972", "075526569972"),
        ("(0755)26569972", "075526569972"),
        ("+86 755 2656 9972", "075526569972"),
        ("010 6552 9988", "01065529988"),
        ("26569972", "26569972"),
        ("400-830-1234", "4008301234"),
        ("+852 9123 4567", "0085291234567"),
        ("668812", "668812"),
        ("13067924708/13067924708", "13067924708"),
        ("无", ""),
    ],
)
def test_phones_of_every_spelling_become_digits(written, read):
    assert text_of(phones, written) == read


def test_a_phone_kept_as_a_number_is_the_same_phone():
    assert text_of(phones, 18617603137) == "18617603137"
    assert text_of(phones, 18617603137.0) == "18617603137"


@pytest.mark.parametrize(
    "written",
    [
        "1355166160",
        "130679247081",
        "12067924708",
        "13067924708（妻）",
        "张丽13067924708",
        "13067924708/1565444463",
        "电话见物业",
    ],
)
def test_a_phone_with_a_digit_too_few_or_words_beside_it_is_refused(written):
    assert text_of(phones, written).startswith("✗")


def test_the_reason_for_a_wrong_phone_does_not_spell_it_out():
    assert "1355166160" not in text_of(phones, "1355166160")


@pytest.mark.parametrize(
    "cell",
    [
        Cell(4.40301197507051e17, "number"),
        Cell(440301197507051000, "number"),
        Cell(440301199704215903, "number"),
        Cell("4.40301E+17"),
        Cell("4.40301197507051E+17"),
        Cell("440301197507051000"),
        Cell("４４０３０１１９７５０７０５１０００"),
    ],
)
def test_an_identity_number_that_the_spreadsheet_rounded_is_an_error_and_never_a_number(cell):
    assert identity_number(cell) == Bad(ROUNDED)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("440301199704215903", "440301199704215903"),
        ("44030120140414519x", "44030120140414519X"),
        (" 440301 19970421 5903", "440301199704215903"),
        ("'440301199704215903", "440301199704215903"),
        ("４４０３０１１９９７０４２１５９０３", "440301199704215903"),
        ("110105491231002", "110105491231002"),
        ("待补", ""),
        ("440301199704215904", "✗身份证号码的校验位不对，至少有一位写错了，请按证件核对"),
        ("44030119970421590", "✗身份证号码应是18位，现在是17位，请核对"),
        ("440301199702305903", "✗身份证号码里的出生日期不存在，请核对"),
        ("440301209704215903", "✗身份证号码里的出生日期不存在，请核对"),
        ("990301199704215903", "✗身份证号码开头的地区代码不存在，请核对"),
        ("H1234567890", "✗不是身份证号码；护照、通行证等请写在备注里"),
    ],
)
def test_identity_numbers_are_checked_to_the_last_digit(written, read):
    assert text_of(identity_number, written) == read


def test_an_old_card_kept_as_a_number_is_exact_and_taken():
    assert text_of(identity_number, 110105491231002) == "110105491231002"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019年5月6日", "2019-05-06"),
        ("2015.4.12", "2015-04-12"),
        ("2023/02/07", "2023-02-07"),
        ("2023-2-7", "2023-02-07"),
        ("２０２３年２月７日", "2023-02-07"),
        ("2023-02-07 00:00:00", "2023-02-07"),
        ("20230207", "2023-02-07"),
        (cell_date(2021, 12, 29), "2021-12-29"),
        (44559, "2021-12-29"),
        (20211229, "2021-12-29"),
        ("待定", ""),
        ("2023-02-30", "✗没有2023年2月30日这一天，请核对"),
        ("19年6月", "✗“19年6月”不是完整的日期，请写出年、月、日，如 2019-05-06"),
        ("2019年6月", "✗“2019年6月”不是完整的日期，请写出年、月、日，如 2019-05-06"),
        ("5/6/2019", "✗“5/6/2019”看不出是哪一天，请写成 2019-05-06"),
        ("19.5.6", "✗“19.5.6”看不出是哪一天，请写成 2019-05-06"),
        (3.5, "✗“3.5”看不出是哪一天，请写成 2019-05-06"),
        ("1019-05-06", "✗年份 1019 不合理，请核对"),
    ],
)
def test_dates_are_read_whole_or_refused(written, read):
    assert text_of(calendar_date, written) == read


def test_a_serial_day_of_a_workbook_that_counts_from_1904_is_not_guessed():
    assert isinstance(calendar_date(Cell(43097, "number", epoch=1904)), Bad)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("122.36㎡", "122.36"),
        ("148.1 平方", "148.1"),
        ("98.76平方米", "98.76"),
        ("98.76m²", "98.76"),
        (73.98, "73.98"),
        (0.1 + 0.2, "0.3"),
        (50, "50"),
        ("1,250.5", "1250.5"),
        ("约120", "✗“约120”不是面积，请只写数字，如 98.76"),
        (-3, "✗“-3”不是面积，请只写数字，如 98.76"),
        (0, "✗面积 0 不合理，请核对"),
        (98.12345, "✗面积 98.12345 的小数超过三位，请核对"),
    ],
)
def test_areas_lose_their_unit_and_nothing_else(written, read):
    assert text_of(area, written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("三口", "3"),
        ("3", "3"),
        (4, "4"),
        (4.0, "4"),
        ("5人", "5"),
        ("两口", "2"),
        ("一家三口", "3"),
        ("十二口人", "12"),
        ("不详", ""),
    ],
)
def test_heads_are_counted(written, read):
    assert text_of(head_count, written) == read


@pytest.mark.parametrize("written", ["三四口", "很多", 2.5, -1, 300])
def test_heads_that_cannot_be_counted_are_refused(written):
    assert text_of(head_count, written).startswith("✗")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" 白建建 ", "白建建"),
        ("白 建建", "白建建"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("\u00a0王\u3000芳\u200b", "王芳"),
        ("郝平䶮", "郝平䶮"),
        ("𬭸𬭛", "𬭸𬭛"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("John Smith", "John Smith"),
        ("鼎锐贸易（深圳）有限公司", "鼎锐贸易（深圳）有限公司"),
        ("Ａ座物业", "A座物业"),
    ],
)
def test_names_keep_every_character_that_belongs_to_them(written, read):
    assert text_of(name, written) == read


@pytest.mark.parametrize("written", ["张三、李四", "张三/李四", "张三 李四", "13800138000", "—", "长" * 65])
def test_names_of_two_people_or_of_nobody_are_refused(written):
    assert text_of(name, written).startswith("✗")


def test_firms_are_told_from_people_by_their_names():
    firms = ["鼎锐贸易（深圳）有限公司", "和信会计师事务所", "远航物流有限公司"]
    assert all(map(looks_like_company, firms))
    assert not any(map(looks_like_company, ["张店", "韩部", "欧阳中心"]))


def test_other_words_for_a_relation_are_understood_and_unknown_ones_refused():
    assert text_of(relation, "租 客") == "租户"
    assert "只能填：业主、" in text_of(relation, "邻居")


def test_words_longer_than_the_register_holds_are_refused_and_not_cut():
    assert text_of(free_text(5), "五个字以上") == "五个字以上"
    assert text_of(free_text(5), "五个字以上了").startswith("✗")


# ---- nothing proper is ever damaged -----------------------------------------------------------------------------


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
    head = f"{draw(st.sampled_from(['110105', '440301', '650102']))}{born:%Y%m%d}{draw(st.integers(1, 999)):03d}"
    return head + check_digit(head)


units = st.builds(
    lambda b, e, floor, room: f"{b}-{e}-{floor}{room:02d}",
    st.integers(1, 99), st.integers(1, 9), st.integers(1, 60), st.integers(1, 12),
)  # fmt: skip
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
PROPER: dict[str, tuple[Cleaner, st.SearchStrategy[str]]] = {
    "unit": (unit_code, units),
    "phones": (phones, st.lists(mobiles, min_size=1, max_size=3, unique=True).map(" / ".join)),
    "identity": (identity_number, identity_numbers().filter(lambda n: not n.endswith("000"))),
    "date": (calendar_date, st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(date.isoformat)),
    "area": (area, st.integers(1, 9_999_999).map(lambda n: f"{(Decimal(n) / 1000).normalize():f}")),
    "heads": (head_count, st.integers(0, 50).map(str)),
    "name": (name, han),
    "relation": (relation, st.sampled_from(list(RELATIONS.values()))),
    "text": (free_text(200), st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=50)),
}


@pytest.mark.parametrize("what", PROPER)
@given(data=st.data())
def test_a_proper_value_stays_itself(what, data):
    clean, values = PROPER[what]
    value = data.draw(values)
    assert text_of(clean, value) == value


@pytest.mark.parametrize("what", PROPER)
@given(anything=st.one_of(st.text(max_size=30), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_cleaning_twice_is_cleaning_once_and_never_falls_over(what, anything):
    clean, _values = PROPER[what]
    first = clean(Cell(anything, "text" if isinstance(anything, str) else "number"))
    if isinstance(first, Clean):
        assert text_of(clean, first.text) == first.text or not first.text
    else:
        assert first.reason


@given(st.dates(date(1960, 1, 1), date(2060, 1, 1)))
def test_a_day_is_the_same_day_whichever_way_it_is_written(day):
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    ways = [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}", f"{day.year}.{day.month}.{day.day}", serial,
            cell_date(day.year, day.month, day.day)]  # fmt: skip
    assert {text_of(calendar_date, way) for way in ways} == {day.isoformat()}


@given(st.floats(1, 1e6).map(lambda x: round(x, 2)))
def test_a_number_of_the_spreadsheet_is_shown_as_it_was_typed(number):
    assert float(shown(Cell(number, "number"))) == number
