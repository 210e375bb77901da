"""The household register (业主资料) as an import: who a row means, what it would change, and doing it (decision 5)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.estate import Building, Occupancy, Resident, ResidentPhone, Unit
from rules.importing.columns import CleanRow, ImportRegister, Job, Judgement
from rules.importing.households import Households, households, print_of
from rules.importing.marks import mark
from rules.importing.new_ids import NewIds
from rules.importing.places import UnitCode
from rules.importing.resident_columns import COLUMNS, check_row
from rules.importing.search_keys import initials_of

_FIELDS = ("employer", "household_size", "remark")
_LABELS = {column.key: column.label for column in COLUMNS}


class _Found(NamedTuple):
    """Whom a row means: an existing resident, nobody yet, or a reason why that cannot be told."""

    resident: Resident | None
    problems: Mapping[str, str] = {}


def match_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """The verdict of each row against the house and against the earlier rows of the file. Changes nothing."""
    known = households(session, job.org_id, rows)
    return [_judge(job, known, row) for row in rows]


def _judge(job: Job, known: Households, row: CleanRow) -> Judgement:
    problems = _against_area(job, row)
    if row.problems or problems:
        return Judgement("error", problems=problems)
    problems, twin = _against_file(job, row)
    found = _whom(known, row)
    problems = {**problems, **found.problems, **_missing_place(job, known, row)}
    if problems:
        return Judgement("error", problems=problems)
    _remember(job, row)
    notes = _place_notes(known, row)
    if notes:
        building = row.values["unit"].building
        job.will_make(building, row.values["unit"].code, is_new_building=building not in known.buildings)
    if found.resident is None:
        if twin:
            return Judgement("update", f"与第{twin}行是同一住户，合并登记", notes=notes)
        return Judgement("create", notes=notes)
    changed = _differences(known, row, found.resident)
    if not changed and not notes:
        return Judgement("skip", "与系统里的内容相同")
    return Judgement("update", f"更新{'、'.join(changed)}" if changed else "", notes=notes)


def _against_area(job: Job, row: CleanRow) -> dict[str, str]:
    """Two rows that give one unit two areas: nobody can tell which is right, so neither is taken."""
    unit, area = row.values.get("unit"), row.values.get("area")
    if unit is None or area is None or "unit" in row.problems:
        return {}
    areas, where = job.said("areas"), mark(unit.code)
    first, said = areas.get(where)
    if not first:
        areas.put(where, row.number, int(area * 1000))
    if not first or said == int(area * 1000):
        return {}
    job.memory.setdefault("contradicted", {})[first] = {"area": _two_areas(row.number, area)}
    return {"area": _two_areas(first, Decimal(said) / 1000)}


def _two_areas(number: int, area: Decimal) -> str:
    return f"同一房屋在第{number}行写的建筑面积是 {area:f}，请核对后写成一样的"


def _against_file(job: Job, row: CleanRow) -> tuple[dict[str, str], int | None]:
    """What an earlier row said of the same number or of the same name in the same unit."""
    number, name, place = _marks(row)
    owner, owner_name = job.said("numbers").get(number)
    same, same_number = job.said("people").get(place)
    if number and owner not in (0, row.number) and owner_name != name:
        return {"id_no": f"这个身份证号码在第{owner}行是另一个人的，请核对"}, None
    if number and same not in (0, row.number) and same_number not in (0, number):
        return {"id_no": f"第{same}行有同房同名的住户，身份证号码不同，请核对是否同一人"}, None
    return {}, min((twin for twin in (owner, same) if twin not in (0, row.number)), default=None)


def _remember(job: Job, row: CleanRow) -> None:
    """Row number and a mark: by identity number the name, by place and name the number."""
    number, name, place = _marks(row)
    people, numbers = job.said("people"), job.said("numbers")
    first, said = people.get(place)
    people.put(place, first or row.number, said or number)
    if number and number not in numbers:
        numbers.put(number, row.number, name)


def _marks(row: CleanRow) -> tuple[int, int, int]:
    """Of the identity number (0 for none), of the name, of unit and name."""
    number, name = row.values.get("id_no"), row.values["name"]
    return mark(number) if number else 0, mark(name), mark(row.values["unit"].code, name)


def _whom(known: Households, row: CleanRow) -> _Found:
    """A valid identity number decides; else the name inside the unit; two people it could be are a question."""
    number, name = print_of(row), row.values["name"]
    owner = known.by_print.get(number) if number else None
    if owner is not None:
        if name in known.names_of(owner):
            return _Found(owner)
        return _Found(None, {"id_no": f"这个身份证号码在系统里是{owner.name}的，请核对"})
    same = known.by_place.get((row.values["unit"].code, name), [])
    if len(same) > 1:
        return _Found(None, {"name": f"这套房屋有{len(same)}位同名住户，请填身份证号码以便分清"})
    if same and number and same[0].id_no_print and same[0].id_no_print != number:
        return _Found(None, {"id_no": "系统里同房同名的住户登记了另一个身份证号码，请核对是否同一人"})
    return _Found(same[0] if same else None)


def _missing_place(job: Job, known: Households, row: CleanRow) -> dict[str, str]:
    if job.create_places or row.values["unit"].code in known.units:
        return {}
    return {"unit": f"系统里没有房屋 {row.values['unit'].code}，请先建立，或选择“同时建立房屋”"}


def _place_notes(known: Households, row: CleanRow) -> dict[str, str]:
    unit = row.values["unit"]
    if unit.code in known.units:
        return {}
    new_building = "" if unit.building in known.buildings else f"（楼栋 {unit.building} 也新建）"
    return {"unit": f"系统里没有这套房屋，将新建 {unit.code}{new_building}"}


def _differences(known: Households, row: CleanRow, resident: Resident) -> list[str]:
    """Labels of what the row would change; a blank cell never wipes anything out."""
    code, values = row.values["unit"].code, row.values
    changed = [key for key in _FIELDS if values.get(key) not in (None, "", getattr(resident, key))]
    if print_of(row) and not resident.id_no_print:
        changed.append("id_no")
    if not set(known.numbers_of(resident)).issuperset(values.get("phones") or ()):
        changed.append("phones")
    tie = known.tie_of(code, resident, values.get("relation"))
    if tie is None:
        changed.append("unit")
    else:
        changed += [key for key in ("relation", "move_in_on") if values.get(key) not in (None, getattr(tie, key))]
    unit = known.units.get(code)
    if unit is not None and values.get("area") not in (None, unit.area):
        changed.append("area")
    return [_LABELS[key] for key in _LABELS if key in changed]


def contradicted(job: Job) -> Mapping[int, Mapping[str, str]]:
    """Earlier rows whose area a later row contradicts."""
    found: Mapping[int, Mapping[str, str]] = job.memory.get("contradicted", {})
    return found


class _Saving:
    """One batch on its way into the registers."""

    def __init__(self, session: Session, job: Job, rows: Sequence[CleanRow]) -> None:
        numbers = sum(len(row.values.get("phones") or ()) for row in rows)
        each = dict.fromkeys((Building, Unit, Resident, Occupancy), len(rows))
        self.job = job
        self.known = households(session, job.org_id, rows)
        self.ids = NewIds(session, {**each, ResidentPhone: numbers})
        self.had_area = {code: unit.area is not None for code, unit in self.known.units.items()}

    def save(self, row: CleanRow) -> Judgement:
        """Do what one row says, looking again at what is there now."""
        found = _whom(self.known, row)
        problems = {**row.problems, **found.problems, **_missing_place(self.job, self.known, row)}
        if problems:
            return Judgement("error", "；".join(problems.values()), problems)
        resident = found.resident or self._resident(row)
        for key in _FIELDS:
            if row.values.get(key) not in (None, "", getattr(resident, key)):
                setattr(resident, key, row.values[key])
        number = print_of(row)
        if number and not resident.id_no_print:
            resident.id_no, resident.id_no_print = row.values["id_no"], number
            self.known.by_print[number] = resident
        self._phones(resident, row.values.get("phones") or ())
        self._tie(self._unit(row), resident, row.values)
        return Judgement("update" if found.resident else "create")

    def _resident(self, row: CleanRow) -> Resident:
        name = row.values["name"]
        resident = Resident(
            org_id=self.job.org_id, name=name, kind=row.values["kind"], initials=initials_of(name)
        )  # fmt: skip
        return self.ids.give(resident)

    def _unit(self, row: CleanRow) -> Unit:
        place, area = row.values["unit"], row.values.get("area")
        unit = self.known.units.get(place.code)
        if unit is None:
            unit = self.known.units[place.code] = self._ahead(place.code, area) or self._new_unit(place)
        if area not in (None, unit.area):
            unit.area = area
        return unit

    def _ahead(self, code: str, area: Decimal | None) -> Unit | None:
        """The unit that an earlier batch of a rehearsal makes: known by its key, there is nothing to change in it."""
        unit_id, _has_area = self.job.said("units").get(mark(code)) if self.job.is_rehearsal else (0, 0)
        return Unit(id=unit_id, code=code, area=area) if unit_id else None

    def _new_unit(self, place: UnitCode) -> Unit:
        unit = Unit(
            org_id=self.job.org_id,
            building_id=self._building(place.building),
            entrance=place.entrance,
            room_no=place.room_no,
            code=place.code,
        )
        return self.ids.give(unit)

    def _building(self, name: str) -> int:
        building = self.known.buildings.get(name)
        made, _nothing = self.job.said("buildings").get(mark(name)) if self.job.is_rehearsal else (0, 0)
        if building is None and not made:
            building = self.known.buildings[name] = self.ids.give(Building(org_id=self.job.org_id, name=name))
        return building.id if building else made

    def look_ahead(self) -> None:
        """Tell the later batches of a rehearsal what this one makes."""
        if not self.job.is_rehearsal:
            return
        units, buildings = self.job.said("units"), self.job.said("buildings")
        for name, building in self.known.buildings.items():
            buildings.put(mark(name), building.id)
        for code, unit in self.known.units.items():
            if mark(code) not in units:
                units.put(mark(code), unit.id, self.had_area.get(code, unit.area is not None))

    def _phones(self, resident: Resident, numbers: Sequence[str]) -> None:
        there = self.known.numbers_of(resident)
        for number in numbers:
            if number not in there:
                there.append(number)
                self.ids.give(
                    ResidentPhone(
                        org_id=self.job.org_id,
                        resident_id=resident.id,
                        number=number,
                        reversed=number[::-1],
                        position=len(there),
                    )
                )

    def _tie(self, unit: Unit, resident: Resident, values: Mapping[str, Any]) -> None:
        tie = self.known.tie_of(unit.code, resident, values["relation"])
        if tie is None:
            tie = Occupancy(
                org_id=self.job.org_id, unit_id=unit.id, resident_id=resident.id, relation=values["relation"]
            )  # fmt: skip
            self.known.tie(self.ids.give(tie), unit.code, resident, resident.name)
        for key in ("relation", "move_in_on"):
            if values.get(key) not in (None, getattr(tie, key)):
                setattr(tie, key, values[key])


def save_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """Do what the rows say; a row that no longer fits what is there now comes back as an error."""
    saving = _Saving(session, job, rows)
    results = [saving.save(row) for row in rows]
    saving.look_ahead()
    saving.ids.put_in()
    session.flush()
    return results


def stands_alone(job: Job, row: CleanRow) -> bool:
    """Nobody of this file has spoken of the person yet, and the row adds no area to a unit that an earlier one made."""
    said = job.said("rehearsed")
    number, _name, place = _marks(row)
    unit_id, has_area = job.said("units").get(mark(row.values["unit"].code))
    adds_area = unit_id and not has_area and row.values.get("area") is not None
    is_first = not (number and number in said) and place not in said and not adds_area
    for it in filter(None, (number, place)):
        said.put(it, row.number)
    return is_first


RESIDENTS = ImportRegister(
    "resident",
    "业主资料登记表",
    COLUMNS,
    match=match_rows,
    save=save_rows,
    check=check_row,
    review=contradicted,
    places_note="系统里没有的楼栋和房屋一并建立",
    offered_at=("unit", "building"),
    stands_alone=stands_alone,
    touches=("building", "unit", "resident", "resident_phone", "occupancy"),
)
