"""Finding records by what people type, for the pickers of forms: in scope, masked, never many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from admin_views.filters import TAIL_LEAST, TEXT_LONGEST
from admin_views.query import scope_of
from admin_views.request import acting, reading
from admin_views.sources import model_of, section_said
from forms.fields import clean, halved
from models import (
    Building,
    Document,
    KeyCabinet,
    KeyItem,
    KeySection,
    Material,
    Occupancy,
    OrgUnit,
    Record,
    Resident,
    ResidentPhone,
    Staff,
    Stateful,
    Unit,
    Warehouse,
    clock,
)
from models.keys import CATEGORIES, GONE
from models.masks import masked
from models.warehouses import QUALITIES
from rules.importing.cells import Cell
from rules.importing.columns import Clean
from rules.importing.places import unit_code
from rules.ledger import on_hand, plain
from rules.permissions import allows
from rules.person import Person
from rules.scope import find, readable
from rules.searching import contains, ends_with, like_escaped, rows_with

MOST = 12
ORDER = 40
lookups_blueprint = Blueprint("lookups", __name__)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, by whom, through what."""

    session: Session
    person: Person
    text: str

    def has(self, column: Any) -> ColumnElement[bool]:
        """The text anywhere in the column."""
        model = column.class_
        found: ColumnElement[bool] = model.id.in_(
            rows_with(str(self.session.get_bind().dialect.name), model, (column.key,), self.text)
        )
        return found

    @property
    def is_tail(self) -> bool:
        """Digits enough for a telephone's tail, by somebody who may search by it (decision 8)."""
        plain = halved(self.text)
        return plain.isdecimal() and len(plain) >= TAIL_LEAST and allows(self.person, "resident.search_phone")


Match = Callable[[Typed], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """How the records of one noun are found and shown in a list of hits."""

    match: Match
    note: Callable[[Session, Person, Any], str] = lambda _session, _person, _row: ""
    fill: Callable[[Session, Person, Any], Mapping[str, str]] = lambda _session, _person, _row: {}
    within: str = ""
    beside: Callable[[Session, Person, Any, int | None], tuple[str, Mapping[str, str]]] | None = None
    """What else a hit says and fills in, seen from the record named by `within` (现存 in the chosen store)."""
    order: Callable[[Any], Any] | None = None
    limits: tuple[Callable[[Any], ColumnElement[bool]], ...] = field(default=())


def _unit(typed: Typed) -> ColumnElement[bool]:
    """By code however it is written; `3-2` finds what begins with it."""
    said = unit_code(Cell(typed.text)) if typed.text else None
    code = said.value.code if isinstance(said, Clean) else typed.text
    return or_(Unit.code.like(like_escaped(code) + "%", escape="\\"), typed.has(Unit.code))


def _staff(typed: Typed) -> ColumnElement[bool]:
    """By name, pinyin initials, badge or log-in name."""
    return or_(
        typed.has(Staff.name),
        Staff.initials.like(like_escaped(typed.text.lower()) + "%", escape="\\"),
        Staff.badge_no == typed.text,
        Staff.login == typed.text.lower(),
    )


def _resident(typed: Typed) -> ColumnElement[bool]:
    """By name, pinyin initials, or the tail of a phone where that is allowed."""
    ways = [
        typed.has(Resident.name),
        Resident.initials.like(like_escaped(typed.text.lower()) + "%", escape="\\"),
    ]
    if typed.is_tail:
        tail = ResidentPhone.reversed.like(halved(typed.text)[::-1] + "%")
        ways.append(exists().where(ResidentPhone.resident_id == Resident.id, tail))
    return or_(*ways)


def _key(typed: Typed) -> ColumnElement[bool]:
    """By number, room or place."""
    return or_(
        typed.has(KeyItem.key_no),
        typed.has(KeyItem.place),
        KeyItem.unit_id.in_(select(Unit.id).where(_unit(typed))),
    )


def _section(typed: Typed) -> ColumnElement[bool]:
    """By cabinet or category."""
    return contains(str(typed.session.get_bind().dialect.name), section_said(KeySection), typed.text)


def _paper(model: Any) -> Match:
    """By number: the whole, or its last digits; and by where it is about."""

    def match(typed: Typed) -> ColumnElement[bool]:
        ways = [ends_with(model.number, typed.text.upper())]
        if hasattr(model, "unit_id"):
            ways.append(model.unit_id.in_(select(Unit.id).where(typed.has(Unit.code))))
        return or_(*ways)

    return match


def _owner_of(session: Session, person: Person, unit: Unit) -> str:
    """The owner's name, for who may read residents: what a ticket's form fills in."""
    today = clock.today()
    found = session.scalars(
        select(Resident.name)
        .join(Occupancy, Occupancy.resident_id == Resident.id)
        .where(Occupancy.unit_id == unit.id, Occupancy.relation == "owner")
        .where(readable(person, Occupancy), readable(person, Resident))
        .where(or_(Occupancy.ends_on.is_(None), Occupancy.ends_on >= today))
        .order_by(Occupancy.is_contact.desc(), Occupancy.id)
        .limit(1)
    ).first()
    return found or ""


def _homes_of(session: Session, person: Person, resident: Resident) -> str:
    """Where they live, as far as the person may read."""
    found = session.scalars(
        select(Unit.code)
        .join(Occupancy, Occupancy.unit_id == Unit.id)
        .where(Occupancy.resident_id == resident.id, readable(person, Occupancy), readable(person, Unit))
    )
    return "、".join(dict.fromkeys(found))


def _paper_note(session: Session, person: Person, paper: Any) -> str:
    del session, person
    words = [getattr(paper, "where", ""), str(getattr(paper, "content", "") or "")[:24]]
    return " ".join(word for word in words if word)


def _material(typed: Typed) -> ColumnElement[bool]:
    """By code, name, pinyin initials, spec or model."""
    return or_(
        Material.code.like(like_escaped(typed.text.upper()) + "%", escape="\\"),
        typed.has(Material.name),
        Material.initials.like(like_escaped(typed.text.lower()) + "%", escape="\\"),
        typed.has(Material.spec),
        typed.has(Material.model),
    )


def _on_hand(session: Session, person: Person, material: Material, within: int | None) -> tuple[str, dict[str, str]]:
    """What a line shows of the thing: spec, measure, and what lies of it in the store that was chosen."""
    fill = {"type_words": material.type_words, "measure": material.measure}
    store = find(session, person, Warehouse, within) if within else None
    if store is None:
        return "", fill
    there = plain(on_hand(session, store.id, [material.id]).get(material.id, Decimal(0)))
    return f"现存 {there} {material.measure}", {**fill, "onhand": there}


LOOKUPS: dict[str, Lookup] = {
    "unit": Lookup(
        _unit,
        note=_owner_of,
        fill=lambda session, person, unit: {"customer": owner} if (owner := _owner_of(session, person, unit)) else {},
        within="building_id",
        order=lambda model: model.code,
    ),
    "resident": Lookup(_resident, note=_homes_of, order=lambda model: model.name),
    "staff": Lookup(
        _staff,
        note=lambda _session, _person, staff: staff.org.name,
        within="org_id",
        order=lambda model: model.name,
        limits=(lambda model: model.active.is_(True),),
    ),
    "building": Lookup(lambda typed: typed.has(Building.name), note=lambda _s, _p, b: b.cluster or ""),
    "material": Lookup(
        _material,
        beside=_on_hand,
        order=lambda model: model.code,
        limits=(lambda model: model.active.is_(True),),
    ),
    "warehouse": Lookup(
        lambda typed: or_(typed.has(Warehouse.name), Warehouse.wh_no == typed.text.upper()),
        note=lambda _s, _p, warehouse: f"{warehouse.org} {QUALITIES[warehouse.quality]}",
        order=lambda model: model.name,
        limits=(lambda model: model.active.is_(True),),
    ),
    "org_unit": Lookup(
        lambda typed: or_(typed.has(OrgUnit.name), OrgUnit.code == typed.text.upper()),
        note=lambda _s, _p, org: OrgUnit.info("kind")["choices"].get(org.kind, ""),
        order=lambda model: model.path,
        limits=(lambda model: model.active.is_(True),),
    ),
    "key_item": Lookup(
        _key,
        note=lambda _s, _p, key: f"{key.where} {CATEGORIES[key.category]}",
        order=lambda model: model.key_no,
        limits=(lambda model: model.state.not_in(GONE),),
    ),
    "key_cabinet": Lookup(
        lambda typed: typed.has(KeyCabinet.name),
        note=lambda _s, _p, cabinet: cabinet.location,
        limits=(lambda model: model.active.is_(True),),
    ),
    "key_section": Lookup(_section, note=lambda _s, _p, section: f"{section.hooks} 个挂位，{section.keeper.name} 保管"),
    **{
        noun: Lookup(_paper(model_of(noun)), note=_paper_note)
        for noun in (
            "ticket",
            "work_order",
            "follow_up",
            "call_record",
            "key_count",
            "key_loan",
            "key_unsealing",
            "stock_in",
            "stock_out",
            "transfer",
            "stocktake",
        )
    },
}


def hits(
    session: Session, person: Person, noun: str, text: str, within: int | None = None, most: int = MOST
) -> list[Any]:
    """The records of a noun that the text finds, in what the person may read of the project in front of them."""
    known, model = LOOKUPS[noun], model_of(noun)
    conditions = [scope_of(session, person, model), *(limit(model) for limit in known.limits)]
    if text:
        conditions.append(known.match(Typed(session, person, text)))
    if within is not None and known.within:
        conditions.append(getattr(model, known.within) == within)
    order = known.order(model) if known.order else model.id.desc()
    return list(session.scalars(select(model).where(*conditions).order_by(order, model.id).limit(most)))


def said(row: Record) -> str:
    """What people call a record in one short word."""
    if isinstance(row, Document):
        return row.number or str(row)
    return str(row)


class Looker:
    """What a form needs of the records round it, for one person in one request."""

    def __init__(self, session: Session, person: Person) -> None:
        self.session, self.person = session, person

    def label(self, noun: str, row_id: int) -> str:
        """What people call the record; empty when the person may not read it."""
        row = find(self.session, self.person, model_of(noun), row_id)
        return said(row) if row is not None else ""

    def find(self, noun: str, row_id: int | None, text: str, within: int | None) -> tuple[int, str]:
        """The record chosen, or the only one the text means; raises ValueError with a sentence."""
        if row_id is not None:
            row = find(self.session, self.person, model_of(noun), row_id)
            if row is None:
                raise ValueError("没有这条记录，或不在您的范围内，请重新选择")
            return row.id, said(row)
        found = hits(self.session, self.person, noun, text[:TEXT_LONGEST], within)
        exact = [row for row in found if text in (said(row), getattr(row, "code", None))]
        found = exact or found
        if not found:
            raise ValueError(f"没有找到“{text[:20]}”，请从列表中选择")
        if len(found) > 1:
            raise ValueError(f"“{text[:20]}”有几条相近的，请从列表中选择")
        return found[0].id, said(found[0])

    def reveal_url(self, row: Record, name: str) -> str:
        """Where a masked value may be asked for; empty for whom it may not."""
        if row.id is None or not may_reveal(self.person, row):
            return ""
        return f"/{row.__tablename__}/{row.id}/reveal/{name}"


def may_reveal(person: Person | None, row: Any) -> bool:
    """Who may ask for the personal values of any record of the unit."""
    return allows(person, "resident.reveal", row)


# ---- JSON ------------------------------------------------------------------------------------------------------


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(lookups_blueprint)


@lookups_blueprint.get("/lookup/<noun>")
def lookup(noun: str) -> ResponseReturnValue:
    """What a picker asks while somebody types: at most a dozen hits."""
    person, session = acting(), reading()
    if noun not in LOOKUPS or not allows(person, f"{noun}.read"):
        return jsonify(hits=[])
    text = clean(request.args.get("q", ""))[:TEXT_LONGEST]
    within = request.args.get("within", type=int)
    found = hits(session, person, noun, text, within if within and 0 < within < 2**31 else None)
    return jsonify(hits=[_hit(session, noun, row, text, person, within) for row in found])


def _hit(session: Session, noun: str, row: Any, text: str, person: Person, within: int | None = None) -> dict[str, Any]:
    known = LOOKUPS[noun]
    hit: dict[str, Any] = {"id": row.id, "label": said(row), "note": known.note(session, person, row)}
    if noun == "resident" and Typed(session, person, text).is_tail:
        hit["note"] = " ".join(word for word in (hit["note"], _phone(session, row, text)) if word)
    if filled := known.fill(session, person, row):
        hit["fill"] = dict(filled)
    if known.beside is not None:
        note, more = known.beside(session, person, row, within)
        hit["note"] = " ".join(word for word in (hit["note"], note) if word)
        hit["fill"] = {**hit.get("fill", {}), **more}
    if isinstance(row, Stateful):
        hit["badge"] = {"word": row.state_label, "tone": row.lifecycle.tone(row.state)}
    return hit


def _phone(session: Session, resident: Resident, text: str) -> str:
    """The masked number that ends so."""
    tail = ResidentPhone.reversed.like(halved(text)[::-1] + "%")
    number = session.scalars(
        select(ResidentPhone.number).where(ResidentPhone.resident_id == resident.id, tail).limit(1)
    ).first()
    return masked("phone", number) if number else ""


def page_of(row: Record) -> str:
    """The page a record opens on."""
    return f"/{row.__tablename__}/{row.id}"
