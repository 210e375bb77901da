"""Room codes (房号) as offices write them: `3栋2单元1203`, `3-2-1203`, `12#3-3201室`, `12－2－1902 `."""

import re
from typing import NamedTuple

from rules.importing.cells import Cell, shown, squeezed
from rules.importing.cleaning import chinese_number
from rules.importing.columns import Bad, Clean

_NUMBER = r"[0-9]{1,3}|[一二三四五六七八九十]{1,3}|[A-Z][0-9]{0,2}|[0-9]{1,2}[A-Z]"
_ROOM = r"[0-9]{1,5}[A-Z]?|[A-Z][0-9]{1,4}"
_BUILDING_WORD = r"栋|幢|座|号楼|号|楼|#"
_ENTRANCE_WORD = r"单元|门|梯"
_THREE = re.compile(
    rf"(?P<building>{_NUMBER})(?:(?:{_BUILDING_WORD})-?|[-/_])"
    rf"(?P<entrance>{_NUMBER})(?:(?:{_ENTRANCE_WORD})-?|[-/_])(?P<room>{_ROOM})(?:室|号|房)?"
)
_NO_ENTRANCE = re.compile(rf"(?P<building>{_NUMBER})(?:{_BUILDING_WORD})-?(?P<room>{_ROOM})(?:室|号|房)?")
_NO_BUILDING = re.compile(rf"(?P<entrance>{_NUMBER})(?:{_ENTRANCE_WORD})-?(?P<room>{_ROOM})(?:室|号|房)?")
_TWO = re.compile(rf"(?P<first>{_NUMBER})[-/_](?P<room>{_ROOM})(?:室|号|房)?")
_ROOM_ONLY = re.compile(rf"(?P<room>{_ROOM})(?:室|号|房)?")
_BEGUN = re.compile(
    rf"(?P<building>{_NUMBER})(?:(?:{_BUILDING_WORD})-?|[-/_])"
    rf"(?:(?P<entrance>{_NUMBER})(?:(?:{_ENTRANCE_WORD})-?|[-/_]))?(?P<room>{_ROOM})?"
)
_BUILDING_ONLY = re.compile(rf"(?:第)?(?P<building>{_NUMBER})(?:{_BUILDING_WORD})?")
_ENTRANCE_ONLY = re.compile(rf"(?P<entrance>{_NUMBER})(?:{_ENTRANCE_WORD})?")


class UnitCode(NamedTuple):
    """Building, entrance and room; `first` is a leading part that may be the building or the entrance (3-1203)."""

    building: str
    entrance: str
    room_no: str
    first: str = ""

    @property
    def code(self) -> str:
        """What people say: 3-2-1203."""
        return "-".join(part for part in (self.first or self.building, self.entrance, self.room_no) if part)


def unit_code(cell: Cell) -> Clean | Bad:
    """Building, entrance and room of a cell; parts it does not name stay empty for the columns beside it."""
    if cell.kind == "date":
        return Bad(f"表格把房号变成了日期 {shown(cell)}，请把这一列设为文本后重新填写")
    said = squeezed(shown(cell)).upper()
    for shape in (_THREE, _NO_ENTRANCE, _NO_BUILDING, _TWO, _ROOM_ONLY):
        if found := shape.fullmatch(said):
            parts = {key: _plain(value) for key, value in found.groupdict().items() if key != "room"}
            place = UnitCode(
                parts.get("building", ""), parts.get("entrance", ""), found["room"], parts.get("first", "")
            )
            return Clean(place, place.code)
    return Bad(f"“{said[:20]}”不像房号，请写成 3-2-1203（楼栋-单元-房号）")


def unit_begun(text: str) -> UnitCode | None:
    """An unfinished code: `3-`, `3栋2单元`, `3-2-12`; `room_no` is how the room begins (of 3-12 also the entrance)."""
    found = _BEGUN.fullmatch(squeezed(text).upper())
    return UnitCode(_plain(found["building"]), _plain(found["entrance"] or ""), found["room"] or "") if found else None


def building_name(cell: Cell) -> Clean | Bad:
    """`3栋`, `3号楼`, `三栋` as 3."""
    return _single(cell, _BUILDING_ONLY, "building", "楼栋，请写成 3 或 3栋")


def entrance_name(cell: Cell) -> Clean | Bad:
    """`2单元`, `二单元` as 2."""
    return _single(cell, _ENTRANCE_ONLY, "entrance", "单元，请写成 2 或 2单元")


def _single(cell: Cell, shape: re.Pattern[str], part: str, what: str) -> Clean | Bad:
    said = squeezed(shown(cell)).upper()
    found = shape.fullmatch(said)
    if not found:
        return Bad(f"“{said[:20]}”不像{what}")
    plain = _plain(found[part])
    return Clean(plain, plain)


def _plain(part: str) -> str:
    """Chinese figures as Arabic ones, without leading zeros; letters stay."""
    number = chinese_number(part)
    return part if number is None else str(number)


def placed(code: UnitCode, building: str, entrance: str) -> UnitCode | str:
    """The full code, helped by the columns (or group headings) beside it; a sentence when they contradict or lack."""
    if code.first:
        if building or entrance:
            return f"看不出“{code.code}”里的 {code.first} 是楼栋还是单元，请写成 楼栋-单元-房号"
        code = UnitCode(code.first, "", code.room_no)
    for own, beside, word in ((code.building, building, "楼栋"), (code.entrance, entrance, "单元")):
        if own and beside and own != beside:
            return f"房号里的{word}是 {own}，{word}一栏（或分组行）是 {beside}，请核对"
    code = UnitCode(code.building or building, code.entrance or entrance, code.room_no)
    return code if code.building else f"“{code.code}”没有写明是哪一栋，请写成 楼栋-单元-房号"
