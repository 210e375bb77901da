"""The one search box (房号、电话尾号、姓名、拼音首字母、单号、扫码), always inside what the person may see."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from models import (
    Building,
    CallRecord,
    Document,
    FollowUp,
    Occupancy,
    Resident,
    ResidentPhone,
    Ticket,
    Unit,
    WorkOrder,
)
from models.masks import masked
from rules.copies import find_by_scan
from rules.importing.cells import Cell, half_width, squeezed, tidy
from rules.importing.columns import Clean
from rules.importing.places import UnitCode, unit_begun, unit_code
from rules.permissions import allows
from rules.person import Person
from rules.residents import is_current
from rules.scope import actable, readable
from rules.searching import rows_with

LIMIT = 20
PAPERS: tuple[type[Document], ...] = (Ticket, WorkOrder, FollowUp, CallRecord)
_NUMBER = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,8}-\d{6}-\d{4,}")
_TAIL = re.compile(r"\d{4,11}")
_LETTERS = re.compile(r"[a-z]{2,16}")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{1,32}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: `noun` and `row_id` lead to its page, `unit_id` to the household where there is one."""

    noun: str
    row_id: int
    title: str
    note: str = ""
    unit_id: int | None = None
    state: str = ""


Finder = Callable[[Session, Person, str, int | None], list[Hit]]


def search(session: Session, person: Person, text: str, org_id: int | None = None) -> list[Hit]:
    """Everything the words may mean, the surest first, without doubles; `org_id` narrows to one project."""
    said = half_width(tidy(text))
    if not said or len(said) > 200:
        return []
    hits: dict[tuple[str, int], Hit] = {}
    for find in (_scanned, _numbered, _units, _rooms_begun, _phones, _names, _initials):
        for hit in find(session, person, said, org_id):
            hits.setdefault((hit.noun, hit.row_id), hit)
    return list(hits.values())[:LIMIT]


def _scanned(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    scan = find_by_scan(session, person, said)
    if scan is None or (org_id is not None and scan.order.org_id != org_id):
        return []
    return [_paper_hit(scan.order, scan.copy.copy_label if scan.copy else "")]


def _numbered(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    number = squeezed(said).upper()
    if not _NUMBER.fullmatch(number):
        return []
    found: list[Hit] = []
    for model in PAPERS:
        paper = session.scalars(select(model).where(model.number == number, readable(person, model))).one_or_none()
        if paper is not None and org_id in (None, paper.org_id):
            found.append(_paper_hit(paper))
    return found


def _paper_hit(paper: Any, note: str = "") -> Hit:
    words = note or (getattr(paper, "content", "") or getattr(paper, "customer", ""))[:40]
    title = f"{paper.__label__} {paper.number}"
    return Hit(paper.__tablename__, paper.id, title, words, paper.unit_id, paper.state_label)


def _units(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    """3-2-1203 as any office writes it; 3-1203 means building or entrance, 1203 any room of that number."""
    cleaned = unit_code(Cell(said))
    if not isinstance(cleaned, Clean):
        return []
    so_called = _units_called(cleaned.value)
    query = select(Unit).where(Unit.id.in_(so_called), readable(person, Unit)).order_by(_sorted(Unit.code)).limit(LIMIT)
    return _unit_hits(session, person, list(session.scalars(_in_project(query, Unit, org_id))))


def _units_called(code: UnitCode) -> Select[Any]:
    """Their ids, by the index of rooms or of codes, before anybody asks whose they are."""
    it = aliased(Unit, name="called_unit")
    rooms = {code.room_no, code.room_no.lstrip("0"), code.room_no.zfill(4)} - {""}
    found = select(it.id).join(Building, Building.id == it.building_id).where(it.room_no.in_(sorted(rooms)))
    if code.first:
        return found.where(or_(Building.name == code.first, it.entrance == code.first))
    if code.building:
        found = found.where(Building.name == code.building)
    if code.entrance:
        found = found.where(it.entrance == code.entrance)
    return select(union_all(found, select(it.id).where(it.code == code.code)).subquery().c.id)


def _rooms_begun(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    """The rooms that begin as far as the number was typed: 3-2-12, 3-2-, 3栋2单元."""
    begun = unit_begun(said)
    if begun is None:
        return []
    room = _begins(Unit.room_no, begun.room_no) if begun.room_no else true()
    inside = and_(Unit.entrance == begun.entrance, room) if begun.entrance else room
    if begun.room_no and not begun.entrance:
        inside = or_(room, Unit.entrance == begun.room_no)  # 3-2: entrance 2, or a room of no entrance
    query = (
        select(Unit)
        .join(Building, Building.id == Unit.building_id)
        .where(Building.name == begun.building, inside, readable(person, Unit))
        .order_by(Unit.entrance, func.length(Unit.room_no), Unit.room_no, Unit.id)
        .limit(LIMIT)
    )
    return _unit_hits(session, person, list(session.scalars(_in_project(query, Unit, org_id))))


def _unit_hits(session: Session, person: Person, units: list[Unit]) -> list[Hit]:
    """Units with the names of their owners and tenants, for those who may read residents."""
    names: dict[int, list[str]] = {}
    ties = (
        select(Occupancy)
        .where(Occupancy.unit_id.in_([u.id for u in units]), Occupancy.relation.in_(("owner", "tenant")))
        .where(readable(person, Occupancy))
        .options(joinedload(Occupancy.resident))
        .order_by(Occupancy.id)
    )
    for tie in session.scalars(ties) if units else ():
        if is_current(tie):
            names.setdefault(tie.unit_id, []).append(tie.resident.name)
    return [Hit("unit", unit.id, unit.code, "、".join(names.get(unit.id, ())), unit.id) for unit in units]


def _phones(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    """The tail of a phone, four digits or more, only for those with the right to search by it (decision 8)."""
    tail = re.sub(r"[\s-]", "", said)
    if unit_begun(said):  # 3-2-12 is a room
        return []
    if not _TAIL.fullmatch(tail) or not allows(person, "resident.search_phone"):
        return []
    it = aliased(ResidentPhone, name="called_phone")
    so_called = select(it.resident_id).where(_begins(it.reversed, tail[::-1]))
    query = (
        select(Resident, ResidentPhone.number)
        .join(ResidentPhone, ResidentPhone.resident_id == Resident.id)
        .where(Resident.id.in_(so_called), _begins(ResidentPhone.reversed, tail[::-1]))
        .where(readable(person, Resident), actable(person, Resident, "search_phone"))
        .order_by(_sorted(ResidentPhone.reversed), Resident.id)
        .limit(LIMIT)
    )
    rows = session.execute(_in_project(query, Resident, org_id)).all()
    return _resident_hits(session, [(resident, masked("phone", number)) for resident, number in rows])


def _names(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    name = squeezed(said)
    if not _HAN.fullmatch(name):
        return []
    so_called = rows_with(str(session.get_bind().dialect.name), Resident, ("name",), name)
    query = select(Resident).where(Resident.id.in_(so_called), readable(person, Resident))
    return _residents(session, query.order_by(_sorted(Resident.name), Resident.id), org_id)


def _initials(session: Session, person: Person, said: str, org_id: int | None) -> list[Hit]:
    letters = squeezed(said).lower()
    if not _LETTERS.fullmatch(letters):
        return []
    it = aliased(Resident, name="called_resident")
    so_called = select(it.id).where(_begins(it.initials, letters))
    query = select(Resident).where(Resident.id.in_(so_called), readable(person, Resident))
    return _residents(session, query.order_by(_sorted(Resident.initials), Resident.name, Resident.id), org_id)


def _residents(session: Session, query: Any, org_id: int | None) -> list[Hit]:
    found = session.scalars(_in_project(query, Resident, org_id).limit(LIMIT))
    return _resident_hits(session, [(resident, "") for resident in found])


def _begins(column: Any, prefix: str) -> Any:
    """A prefix of digits or small letters, said as a range too: SQLite uses no index for LIKE alone."""
    stem = prefix.rstrip("9z")
    bounds = [column >= prefix, column.startswith(prefix, autoescape=True)]
    return and_(*bounds, column < stem[:-1] + chr(ord(stem[-1]) + 1)) if stem else and_(*bounds)


def _sorted(column: Any) -> Any:
    """The order of the few that were found: an index that is in this order would be walked through for them."""
    return column.concat("")


def _in_project(query: Any, model: type[Any], org_id: int | None) -> Any:
    return query if org_id is None else query.where(model.org_id == org_id)


def _resident_hits(session: Session, found: list[tuple[Resident, str]]) -> list[Hit]:
    """Residents, each as the one they were merged into, with the units of today (three statements for all of them)."""
    heads = {resident.merged_into_id or resident.id for resident, _ in found}
    same = (
        select(Resident)
        .where(or_(Resident.id.in_(heads), Resident.merged_into_id.in_(heads)))
        .options(selectinload(Resident.occupancies).joinedload(Occupancy.unit))
        .order_by(Resident.id)
    )
    people: dict[int, Resident] = {}
    units: dict[int, dict[int, str]] = {}
    for resident in session.scalars(same) if heads else ():
        people[resident.id] = resident
        home = units.setdefault(resident.merged_into_id or resident.id, {})
        home |= {tie.unit_id: tie.unit.code for tie in resident.occupancies if is_current(tie)}
    hits = []
    for resident, note in found:
        head = people[resident.merged_into_id or resident.id]
        home = units[head.id]
        said = " ".join(part for part in ("、".join(home.values()), note) if part)
        hits.append(Hit("resident", head.id, head.name, said, next(iter(home), None)))
    return hits
