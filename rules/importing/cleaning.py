"""Cleaners that any register uses: each gives the value, or says in Chinese why it cannot be known."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from rules.importing.cells import Cell, half_width, shown, squeezed, tidy
from rules.importing.columns import NOTHING, Bad, Clean, Cleaner

BLANK_WORDS = frozenset(("待定", "未定", "不详", "未知", "暂无", "无", "没有", "待补", "待核", "未入住", "未填", "空"))
BLANK_WORDS |= {"/", "-", "--", "N/A", "NA"}
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}·])[ \t]+(?=[{_HAN}·])")
_COMPANY = re.compile(
    r"(公司|集团|事务所|银行|学校|医院|商行|工作室|中心|协会|委员会|研究院|合作社|酒店|餐厅|厂|店|行|部|局|院)$"
)
_DOUBLE_SURNAMES = re.compile(
    "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文|端木|轩辕|南宫|独孤|闻人|澹台|公羊|呼延|完颜"
)
_TWO_HAN = re.compile(rf"[{_HAN}]{{2,3}}")
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:\s+0{1,2}:00(?::00)?)?")
_MONTH_ONLY = re.compile(r"\d{2,4}\s*[-./年]\s*\d{1,2}\s*月?|\d{4}年?")
_AREA_UNITS = re.compile(r"(平方米|平方|平米|㎡|m²|m2|M2|平)$")
_PEOPLE = re.compile(r"(?:一家|共|全家)?([\d零〇一二三四五六七八九十两俩仨]+)\s*(?:口人|口|个人|人|位)?")
_SERIALS = range(20_000, 70_000)  # 1954 … 2091 as the spreadsheet counts days
_YEARS = range(1900, 2101)


def refused_kind(cell: Cell) -> Bad | None:
    """A formula or an error value is never taken, whatever the column."""
    if cell.kind == "formula":
        result = f"（表里显示的结果是 {cell.result}）" if cell.result else ""
        return Bad(f"这一格是公式 {shown(cell)[:60]}{result}，请粘贴为数值后再导入")
    if cell.kind == "text" and tidy(shown(cell)).startswith("="):
        return Bad("这一格以等号开头，像是公式，请改成实际内容")
    if cell.kind == "error":
        return Bad(f"这一格是错误值 {shown(cell)}，请改成实际内容")
    return None


def free_text(limit: int) -> Cleaner:
    """Words as they are, without what cannot be seen; longer than the register holds is refused, not cut."""

    def clean(cell: Cell) -> Clean | Bad:
        words = tidy(shown(cell))
        if len(words) > limit:
            return Bad(f"最多 {limit} 字，现在 {len(words)} 字，请改短")
        return Clean(words, words)

    return clean


def name(cell: Cell) -> Clean | Bad:
    """A person's or a firm's name: blanks between Chinese characters go, Chinese punctuation stays."""
    if cell.kind != "text":
        return Bad(f"“{shown(cell)}”不像姓名或单位名称")
    words = " ".join(tidy(shown(cell)).split())
    parts = words.split()
    if len(parts) > 1 and all(_TWO_HAN.fullmatch(part) for part in parts) and not _DOUBLE_SURNAMES.fullmatch(parts[0]):
        return Bad(f"“{words[:20]}”是一个人还是几个人，请写清楚")
    words = _BETWEEN_HAN.sub("", words)
    words = re.sub(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", lambda m: half_width(m.group()), words)
    if not words:
        return NOTHING
    if re.search(r"[、/\\;；,，\n]", words):
        return Bad("一格里像是有两个姓名，请分成两行")
    if len(words) > 64 or not re.search(rf"[A-Za-z{_HAN}]", words):
        return Bad(f"“{words[:20]}”不像姓名或单位名称")
    return Clean(words, words)


def looks_like_company(words: str) -> bool:
    """The name ends as firms' names do and is too long for a person's."""
    return len(words) > 4 and bool(_COMPANY.search(words))


def calendar_date(cell: Cell) -> Clean | Bad:
    """A day. `2019年5月6日`, `2015.4.12`, a date cell or its serial number; half a date is refused, never completed."""
    if isinstance(cell.value, datetime):
        return _day(cell.value.year, cell.value.month, cell.value.day)
    if isinstance(cell.value, date):
        return _day(cell.value.year, cell.value.month, cell.value.day)
    if cell.kind == "number":
        return _from_number(cell)
    words = half_width(tidy(shown(cell)))
    if squeezed(words).upper() in BLANK_WORDS:
        return Clean(None, "", f"“{words}”按未填处理")
    if found := _DATE.fullmatch(words) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", words):
        return _day(*map(int, found.groups()))
    if _MONTH_ONLY.fullmatch(words):
        return Bad(f"“{words}”不是完整的日期，请写出年、月、日，如 2019-05-06")
    return Bad(f"“{words[:20]}”看不出是哪一天，请写成 2019-05-06")


def _from_number(cell: Cell) -> Clean | Bad:
    text = shown(cell)
    if re.fullmatch(r"\d{8}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if cell.epoch == 1900 and isinstance(cell.value, (int, float)) and text.isdigit() and int(text) in _SERIALS:
        day = date(1899, 12, 30) + timedelta(days=int(text))
        return Clean(day, day.isoformat(), "表格把日期存成了天数，已换算")
    return Bad(f"“{text}”看不出是哪一天，请写成 2019-05-06")


def _day(year: int, month: int, day: int) -> Clean | Bad:
    try:
        found = date(year, month, day)
    except ValueError:
        return Bad(f"没有{year}年{month}月{day}日这一天，请核对")
    if year not in _YEARS:
        return Bad(f"年份 {year} 不合理，请核对")
    return Clean(found, found.isoformat())


def area(cell: Cell) -> Clean | Bad:
    """Square metres with at most three decimals, greater than nothing."""
    words = squeezed(shown(cell))
    if words.upper() in BLANK_WORDS:
        return Clean(None, "", f"“{words}”按未填处理")
    bare = _AREA_UNITS.sub("", words)
    try:
        number = Decimal(bare.replace(",", "")) if re.fullmatch(r"[\d,]+(\.\d+)?", bare) else None
    except InvalidOperation:
        number = None
    if number is None:
        return Bad(f"“{words[:20]}”不是面积，请只写数字，如 98.76")
    if not 0 < number < 100_000:
        return Bad(f"面积 {bare} 不合理，请核对")
    if number != round(number, 3):
        return Bad(f"面积 {bare} 的小数超过三位，请核对")
    number = number.normalize()
    return Clean(number, f"{number:f}")


def head_count(cell: Cell) -> Clean | Bad:
    """How many people: 3, 三口, 3人."""
    words = squeezed(shown(cell))
    if words.upper() in BLANK_WORDS:
        return Clean(None, "", f"“{words}”按未填处理")
    found = _PEOPLE.fullmatch(words)
    number = chinese_number(found.group(1)) if found else None
    if number is None or number > 50:
        return Bad(f"“{words[:20]}”看不出是几口人，请只写数字")
    return Clean(number, str(number))


def chinese_number(words: str) -> int | None:
    """0…99 in Arabic or Chinese figures; None when it is neither."""
    if words.isascii() and words.isdigit():
        return int(words) if len(words) < 4 else None
    if len(words) == 1:
        return _DIGITS.get(words)
    tens, ten, units = words.partition("十")
    if not ten or len(tens) > 1 or len(units) > 1:
        return None
    parts = (_DIGITS.get(tens or "一"), _DIGITS.get(units or "零"))
    if None in parts or 10 in parts:
        return None
    return (parts[0] or 0) * 10 + (parts[1] or 0)


def choice(words: Mapping[str, str], others: Iterable[tuple[str, str]] = ()) -> Cleaner:
    """One of a register's words (`words`: key → label) or another office's word for it (`others`: word, key)."""
    known = {label: key for key, label in words.items()} | dict(others)

    def clean(cell: Cell) -> Clean | Bad:
        said = squeezed(shown(cell))
        key = known.get(said)
        if key is None:
            return Bad(f"“{said[:20]}”不在可填的内容里，只能填：{'、'.join(words.values())}")
        return Clean(key, words[key])

    return clean
