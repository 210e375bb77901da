"""Identity numbers (身份证号码): a number the spreadsheet rounded is an error, never a number."""

import re
from datetime import date

from models import clock
from rules.importing.cells import Cell, shown, squeezed
from rules.importing.cleaning import BLANK_WORDS
from rules.importing.columns import Bad, Clean

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_OLD_LENGTH, _LENGTH = 15, 18
ROUNDED = "表格把身份证号码当成数字存，末几位已经变成0，真实号码无从得知；请按证件重新填写（先把这一列设为文本）"


def identity_number(cell: Cell) -> Clean | Bad:
    """18 digits with a right check digit, or the 15 of an old card. Blank words count as not filled in."""
    said = squeezed(shown(cell)).lstrip("'‘’`").upper()
    if said in BLANK_WORDS:
        return Clean(None, "", f"“{said}”按未填处理")
    if _was_rounded(cell, said):
        return Bad(ROUNDED)
    said = re.sub(r"(?<=\d)[-.·](?=[\dX])", "", said)
    if not re.fullmatch(r"\d+X?", said):
        return Bad("不是身份证号码；护照、通行证等请写在备注里")
    if len(said) not in (_OLD_LENGTH, _LENGTH) or (len(said) == _OLD_LENGTH and said.endswith("X")):
        return Bad(f"身份证号码应是18位，现在是{len(said)}位，请核对")
    fault = _fault(said)
    return Bad(fault) if fault else Clean(said, said)


def _was_rounded(cell: Cell, said: str) -> bool:
    """A number cell keeps 15 digits: longer ones have lost their tail, and 000 at the end is what rounding leaves."""
    if cell.kind == "number":
        return not (said.isdigit() and len(said) <= _OLD_LENGTH)
    return bool(re.fullmatch(r"\d(\.\d+)?E\+?\d+", said) or re.fullmatch(r"\d{15}000", said))


def _fault(number: str) -> str:
    old = len(number) == _OLD_LENGTH
    if not _PROVINCES.match(number):
        return "身份证号码开头的地区代码不存在，请核对"
    if not _is_birthday("19" + number[6:12] if old else number[6:14]):
        return "身份证号码里的出生日期不存在，请核对"
    if not old and check_digit(number) != number[-1]:
        return "身份证号码的校验位不对，至少有一位写错了，请按证件核对"
    return ""


def check_digit(number: str) -> str:
    """The eighteenth digit that the first seventeen demand (GB 11643)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]


def _is_birthday(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(1880, 1, 1) < born <= clock.today()
