"""The household register (业主资料) as an import: who a row means, what it would change, and doing it (decision 5)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.estate import Building, Occupancy, Resident, ResidentPhone, Unit
from rules.importing.columns import CleanRow, ImportRegister, Job, Judgement
from rules.importing.households import Households, households, print_of
from rules.importing.resident_columns import COLUMNS, check_row
from rules.importing.search_keys import add_grams, initials_of

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
    first, said = job.memory.setdefault("areas", {}).setdefault(unit.code, (row.number, area))
    if said == area:
        return {}
    job.memory.setdefault("contradicted", {})[first] = {"area": _two_areas(row.number, area)}
    return {"area": _two_areas(first, said)}


def _two_areas(number: int, area: Decimal) -> str:
    return f"同一房屋在第{number}行写的建筑面积是 {area:f}，请核对后写成一样的"


def _against_file(job: Job, row: CleanRow) -> tuple[dict[str, str], int | None]:
    """What an earlier row said of the same number or of the same name in the same unit."""
    number, name, code = print_of(row), row.values["name"], row.values["unit"].code
    owner = job.memory.get("numbers", {}).get(number) if number else None
    if owner and owner[0] != row.number and owner[1] != name:
        return {"id_no": f"这个身份证号码在第{owner[0]}行是{owner[1]}的，请核对"}, None
    same = job.memory.get("people", {}).get((code, name))
    if same and same[0] != row.number and number and same[1] and same[1] != number:
        return {"id_no": f"第{same[0]}行有同房同名的住户，身份证号码不同，请核对是否同一人"}, None
    twins = [place[0] for place in (owner, same) if place and place[0] != row.number]
    return {}, min(twins, default=None)


def _remember(job: Job, row: CleanRow) -> None:
    number, name, code = print_of(row), row.values["name"], row.values["unit"].code
    people = job.memory.setdefault("people", {})
    earlier = people.setdefault((code, name), (row.number, number))
    if number:
        job.memory.setdefault("numbers", {}).setdefault(number, (row.number, name))
        people[code, name] = (earlier[0], earlier[1] or number)


def _whom(known: Households, row: CleanRow) -> _Found:
    """A valid identity number decides; else the name inside the unit; two people it could be are a question."""
    number, name = print_of(row), row.values["name"]
    owner = known.by_print.get(number) if number else None
    if owner is not None:
        if owner.name == name:
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
    numbers = {phone.number for phone in resident.phones}
    if not numbers.issuperset(values.get("phones") or ()):
        changed.append("phones")
    tie = known.ties.get((code, resident))
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


def save_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """Do what the rows say, looking again at what is there now; a row that no longer fits comes back as an error."""
    known = households(session, job.org_id, rows)
    out: list[Judgement] = []
    touched: list[Resident] = []
    for row in rows:
        found = _whom(known, row)
        problems = {**row.problems, **found.problems, **_missing_place(job, known, row)}
        if problems:
            out.append(Judgement("error", "；".join(problems.values()), problems))
            continue
        out.append(Judgement("update" if found.resident else "create"))
        resident = found.resident or _new_resident(session, job, row)
        _save_row(session, job, known, row, resident)
        if found.resident is None:
            touched.append(resident)
    session.flush()
    add_grams(session, touched)
    return out


def _new_resident(session: Session, job: Job, row: CleanRow) -> Resident:
    name = row.values["name"]
    resident = Resident(org_id=job.org_id, name=name, kind=row.values["kind"], initials=initials_of(name))
    session.add(resident)
    return resident


def _save_row(session: Session, job: Job, known: Households, row: CleanRow, resident: Resident) -> None:
    values = row.values
    unit = _unit(session, job, known, row)
    if values.get("area") is not None and unit.area != values["area"]:
        unit.area = values["area"]
    for key in _FIELDS:
        if values.get(key) not in (None, "", getattr(resident, key)):
            setattr(resident, key, values[key])
    number = print_of(row)
    if number and not resident.id_no_print:
        resident.id_no, resident.id_no_print = values["id_no"], number
        known.by_print[number] = resident
    _add_phones(session, job, resident, values.get("phones") or ())
    _tie(session, job, known, unit, resident, values)


def _unit(session: Session, job: Job, known: Households, row: CleanRow) -> Unit:
    place = row.values["unit"]
    if place.code in known.units:
        return known.units[place.code]
    building = known.buildings.get(place.building)
    if building is None:
        building = known.buildings[place.building] = Building(org_id=job.org_id, name=place.building)
        session.add(building)
    unit = Unit(
        org_id=job.org_id, building=building, entrance=place.entrance, room_no=place.room_no, code=place.code
    )  # fmt: skip
    session.add(unit)
    known.units[place.code] = unit
    return unit


def _add_phones(session: Session, job: Job, resident: Resident, numbers: Sequence[str]) -> None:
    there = {phone.number for phone in resident.phones}
    for number in numbers:
        if number not in there:
            position = len(resident.phones) + 1
            phone = ResidentPhone(org_id=job.org_id, number=number, reversed=number[::-1], position=position)
            resident.phones.append(phone)
            session.add(phone)


def _tie(
    session: Session, job: Job, known: Households, unit: Unit, resident: Resident, values: Mapping[str, Any]
) -> None:
    tie = known.ties.get((unit.code, resident))
    if tie is None:
        tie = Occupancy(org_id=job.org_id, unit=unit, resident=resident, relation=values["relation"])
        session.add(tie)
        known.tie(tie, unit.code)
    for key in ("relation", "move_in_on"):
        if values.get(key) not in (None, getattr(tie, key)):
            setattr(tie, key, values[key])


RESIDENTS = ImportRegister(
    "resident",
    "业主资料登记表",
    COLUMNS,
    match=match_rows,
    save=save_rows,
    check=check_row,
    review=contradicted,
    places_note="系统里没有的楼栋和房屋一并建立",
)
