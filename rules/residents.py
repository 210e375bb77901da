"""住户 (Resident): made, corrected, tied to units, merged and parted again; phones and names kept findable."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from models import Occupancy, Resident, ResidentPhone, Unit, clock
from models.estate import RELATIONS
from models.secrecy import fingerprint
from models.trail import tell
from rules.errors import Invalid, RuleError
from rules.importing.cells import Cell
from rules.importing.columns import Bad
from rules.importing.identity import identity_number
from rules.importing.phones import plain_phone
from rules.importing.search_keys import initials_of
from rules.permissions import require
from rules.person import Person

_FIELDS = """name kind gender salutation employer important vip_reason contact_wish household_size remark"""
FIELDS = frozenset(_FIELDS.split())


# ---- one resident ----------------------------------------------------------------------------------------------


def create(
    session: Session, by: Person, org_id: int, *, phones: Iterable[str] = (), id_no: str | None = None, **values: Any
) -> Resident:
    """Put a resident on file with phones and identity number; raises RuleError at the field that is wrong."""
    resident = Resident(org_id=org_id, name="")
    require(by, "resident.write", resident, "登记住户")
    _fill(resident, values)
    _set_id_no(session, resident, id_no)
    session.add(resident)
    session.flush()
    set_phones(session, by, resident, phones)
    return resident


def edit(session: Session, by: Person, resident: Resident, **values: Any) -> None:
    """Correct a resident; `id_no` and `phones` only when given (a masked field that was not touched stays)."""
    require(by, "resident.write", resident, "修改住户资料")
    with session.no_autoflush:
        if "id_no" in values:
            _set_id_no(session, resident, values.pop("id_no"))
        phones = values.pop("phones", None)
        _fill(resident, values)
    session.flush()
    if phones is not None:
        set_phones(session, by, resident, phones)


def _fill(resident: Resident, values: dict[str, Any]) -> None:
    if strange := values.keys() - FIELDS:
        raise RuntimeError(f"a resident has no {sorted(strange)} to type in")
    for name, value in values.items():
        setattr(resident, name, value.strip() if isinstance(value, str) else value)
    resident.initials = initials_of(resident.name)
    wrong = {}
    if not resident.name:
        wrong["name"] = "请填写姓名或单位名称"
    if resident.important and not resident.vip_reason:
        wrong["vip_reason"] = "重要客户请写明说明"
    if resident.household_size is not None and not 0 <= resident.household_size <= 50:
        wrong["household_size"] = "家庭人口请填 0 到 50 之间的整数"
    if wrong:
        raise Invalid(wrong)


def _set_id_no(session: Session, resident: Resident, said: str | None) -> None:
    """Checked by its digits; the same number twice in a project is a question for a person, not a second row."""
    if not (said or "").strip():
        resident.id_no = resident.id_no_print = None
        return
    number = identity_number(Cell(said))
    if isinstance(number, Bad):
        raise RuleError(number.reason, field="id_no")
    if number.value is None:
        resident.id_no = resident.id_no_print = None
        return
    mark = fingerprint(number.value)
    if any(
        found != resident.id for found in session.scalars(_with_number(resident.org_id, mark))
    ):  # of two at once the index lets the first in
        raise RuleError("本项目已有住户登记了这个身份证号码，请查找后使用或合并", field="id_no")
    resident.id_no, resident.id_no_print = number.value, mark


def _with_number(org_id: int, mark: str) -> Select[int]:
    """Those that count in the project with this identity number: at most one, the database sees to it."""
    mine = (Resident.org_id == org_id, Resident.id_no_print == mark, Resident.merged_into_id.is_(None))
    return select(Resident.id).where(*mine)


def set_phones(session: Session, by: Person, resident: Resident, said: Iterable[str]) -> None:
    """Make the resident's phones these, in this order; each is checked, the same number stands once."""
    require(by, "resident_phone.write", resident, "登记联系电话")
    numbers: list[str] = []
    for words in (w.strip() for w in said):
        number = plain_phone(words)
        if words and not number:
            raise RuleError(f"“{words[:20]}”不是手机或固定电话号码，请核对", field="phones")
        if number and number not in numbers:
            numbers.append(number)
    kept = {phone.number: phone for phone in resident.phones}
    for number, phone in kept.items():
        if number not in numbers:
            resident.phones.remove(phone)
            session.delete(phone)
    for position, number in enumerate(numbers, 1):
        phone = kept.get(number) or ResidentPhone(org_id=resident.org_id, number=number, reversed=number[::-1])
        phone.position = position
        if number not in kept:
            resident.phones.append(phone)
            session.add(phone)
    session.flush()


# ---- ties to units ---------------------------------------------------------------------------------------------


def move_in(
    session: Session,
    by: Person,
    resident: Resident,
    unit: Unit,
    relation: str,
    *,
    starts_on: date | None = None,
    **values: Any,
) -> Occupancy:
    """Tie a resident to a unit from a day on; the same tie twice at once is refused."""
    tie = Occupancy(
        org_id=unit.org_id,
        unit_id=unit.id,
        resident_id=resident.id,
        relation=relation,
        starts_on=starts_on,
        **values,
    )
    require(by, "occupancy.write", tie, "登记入住关系")
    if unit.org_id != resident.org_id:
        raise RuleError("住户与房屋不在同一项目", field="unit_id")
    if relation not in RELATIONS:
        raise RuleError("请选择与房屋的关系", field="relation")
    if any(o.resident_id == resident.id and o.relation == relation for o in ties_of(session, unit.id)):
        raise RuleError(f"{resident.name}已经是 {unit.code} 的{RELATIONS[relation]}", field="relation")
    session.add(tie)
    session.flush()
    return tie


def move_out(session: Session, by: Person, tie: Occupancy, on: date | None = None) -> None:
    """End a tie; it stays on file."""
    require(by, "occupancy.write", tie, "登记迁出")
    day = on or clock.today()
    if tie.starts_on and day < tie.starts_on:
        raise RuleError("结束日期不能早于起始日期", field="ends_on")
    tie.ends_on, tie.is_contact = day, False
    session.flush()


def ties_of(session: Session, unit_id: int, day: date | None = None) -> list[Occupancy]:
    """Who is tied to the unit on the day, owners first."""
    on = day or clock.today()
    found = session.scalars(
        select(Occupancy)
        .where(Occupancy.unit_id == unit_id)
        .where(or_(Occupancy.starts_on.is_(None), Occupancy.starts_on <= on))
        .where(or_(Occupancy.ends_on.is_(None), Occupancy.ends_on >= on))
    )
    order = list(RELATIONS)
    return sorted(found, key=lambda o: (order.index(o.relation), not o.is_contact, o.id))


def is_current(tie: Occupancy, day: date | None = None) -> bool:
    """Whether the tie holds on the day."""
    on = day or clock.today()
    return (tie.starts_on is None or tie.starts_on <= on) and (tie.ends_on is None or tie.ends_on >= on)


# ---- two that are one ------------------------------------------------------------------------------------------


def merge(session: Session, by: Person, gone: Resident, kept: Resident, reason: str) -> None:
    """`gone` is the same person as `kept`: nothing is moved or deleted, so that parting them loses nothing."""
    for resident in (gone, kept):
        require(by, "resident.merge", resident, "合并住户")
    if gone.id == kept.id or gone.org_id != kept.org_id:
        raise RuleError("只能把同一项目的两位住户合并", field="kept_id")
    if gone.merged_into_id or kept.merged_into_id:
        raise RuleError("已并入他人的住户不能再合并，请先拆开", field="kept_id")
    if gone.id_no_print and kept.id_no_print and gone.id_no_print != kept.id_no_print:
        raise RuleError("两位住户的身份证号码不同，不是同一人，不能合并", field="kept_id")
    if not reason.strip():
        raise RuleError("请写明合并的依据", field="reason")
    for earlier in session.scalars(select(Resident).where(Resident.merged_into_id == gone.id)):
        raise RuleError(f"{earlier.name}已并入{gone.name}，请先拆开", field="kept_id")
    gone.merged_into_id = kept.id
    session.flush()
    tell(session, "合并", gone, {"并入": f"{kept.name}（{kept.id}）", "原因": reason.strip()})


def unmerge(session: Session, by: Person, gone: Resident) -> None:
    """Undo a merge: the two are again what they were."""
    require(by, "resident.merge", gone, "拆分住户")
    if gone.merged_into_id is None:
        raise RuleError(f"{gone.name}没有并入他人", field="kept_id")
    kept = session.get_one(Resident, gone.merged_into_id)
    if gone.id_no_print and session.scalar(select(_with_number(gone.org_id, gone.id_no_print).exists())):
        raise RuleError("本项目另有住户登记了同一个身份证号码，请先核对更正再拆分", field="kept_id")
    gone.merged_into_id = None
    session.flush()
    tell(session, "拆分", gone, {"原并入": f"{kept.name}（{kept.id}）"})


def one_person(session: Session, resident_id: int) -> list[Resident]:
    """The resident that counts, then everybody merged into it."""
    resident = session.get(Resident, resident_id)
    if resident is None:
        return []
    head = session.get_one(Resident, resident.merged_into_id) if resident.merged_into_id else resident
    merged = session.scalars(select(Resident).where(Resident.merged_into_id == head.id).order_by(Resident.id))
    return [head, *merged]
