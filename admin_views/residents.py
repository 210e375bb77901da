"""住户 on screen: who they are, where they live, how they are reached (masked), two that are one."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_views.columns import Col, Line, Look
from admin_views.deeds import Deed, Details
from admin_views.filters import Asking, ChoiceFilter, TailFilter
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.page import NOTHING, Action, Cell, Column, LinesTable, LinkCell, Masked, Notice, Row, Tag, Text
from admin_views.registers import RegisterView
from admin_views.request import acting, reading
from admin_views.sources import Sources
from forms.estate import MERGE, MOVE_OUT, PHONES
from models import Occupancy, Record, Resident, ResidentPhone, Unit, clock
from models.masks import masked
from rules import residents
from rules.errors import RuleError
from rules.permissions import allows
from rules.person import Person
from rules.scope import find
from rules.show import show

Values = dict[str, Any]


def _merge(session: Session, gone: Resident, by: Person, details: Details) -> Resident:
    kept = find(session, by, Resident, details["kept_id"])
    if kept is None:
        raise RuleError("没有这位住户，或不在您的范围内", field="kept_id")
    residents.merge(session, by, gone, kept, details["reason"])
    return kept


def _unmerge(session: Session, gone: Resident, by: Person, details: Details) -> None:
    del details
    residents.unmerge(session, by, gone)


def _homes(look: Look, lines: Sequence[Line]) -> dict[int, Cell]:
    """The units of each resident today."""
    today = clock.today()
    rows = look.session.execute(
        select(Occupancy.resident_id, Occupancy.unit_id, Unit.code, Occupancy.relation)
        .join(Unit, Unit.id == Occupancy.unit_id)
        .where(Occupancy.resident_id.in_([line.id for line in lines]))
        .where(or_(Occupancy.ends_on.is_(None), Occupancy.ends_on >= today))
        .order_by(Occupancy.id)
    )
    cells: dict[int, Cell] = {}
    for resident_id, unit_id, code, relation in rows:
        word = show(Occupancy, "relation", relation, look.person)
        known = cells.get(resident_id)
        cells[resident_id] = (
            LinkCell(known.text, known.url, f"{known.note}、{code} {word}")
            if isinstance(known, LinkCell)
            else LinkCell(code, f"/household/{unit_id}", word)
        )
    return cells


def _phones(look: Look, lines: Sequence[Line]) -> dict[int, Cell]:
    """The first phone of each resident, masked, and how many more there are."""
    rows = look.session.execute(
        select(ResidentPhone.resident_id, ResidentPhone.number)
        .where(ResidentPhone.resident_id.in_([line.id for line in lines]))
        .order_by(ResidentPhone.resident_id, ResidentPhone.position)
    )
    numbers: dict[int, list[str]] = {}
    for resident_id, number in rows:
        numbers.setdefault(resident_id, []).append(masked("phone", number))
    return {
        resident_id: Text(own[0], f"等 {len(own)} 个" if len(own) > 1 else "") for resident_id, own in numbers.items()
    }


class PhoneTailFilter(TailFilter):
    """By the tail of any of a resident's phones: an index serves it."""

    def read(self, asking: Asking) -> Any:
        """Four digits or more."""
        asked = super().read(asking)
        if asked is None:
            return None
        text = asked.params[0][1]

        def where(_sources: Sources) -> Any:
            tail = ResidentPhone.reversed.like(text[::-1] + "%")
            return Resident.id.in_(select(ResidentPhone.resident_id).where(tail))

        return type(asked)(asked.said, where, asked.params)


def _is_merged(_sources: Sources, _asking: Asking) -> Any:
    return Resident.merged_into_id.is_not(None)


def _counts(_sources: Sources, _asking: Asking) -> Any:
    return Resident.merged_into_id.is_(None)


class ResidentView(RegisterView):
    """The residents, persons and firms."""

    record = Resident
    menu_group = "住户"
    place = 10
    columns = (
        Col(key="name", label="姓名", width="l", place="left", strong=True),
        Col(key="homes", label="房号", width="xl", batch=_homes),
        Col(key="phones", label="电话", width="xl", batch=_phones),
        "kind",
        "-gender",
        "salutation",
        "important",
        "contact_wish",
        "household_size",
        "-id_no",
        "-employer",
        "remark",
    )
    filters = (
        "name",
        PhoneTailFilter(name="phone", label="电话尾号"),
        "kind",
        "important",
        "-gender",
        "-contact_wish",
        ChoiceFilter(
            name="merged",
            label="合并",
            choices={"no": "不含已并入的", "yes": "已并入的"},
            wheres={"yes": _is_merged, "no": _counts},
            extra=True,
        ),
    )
    search = "name salutation remark"
    default_sort = "name"
    presets = (Preset("重要客户", "important=yes", "wait"), Preset("单位", "kind=company"))
    sections = (
        ("住户", "name kind gender salutation phones id_no employer household_size"),
        ("服务", "important vip_reason contact_wish remark"),
    )
    over = {"phones": PHONES}
    prints = ()
    facts = (
        ("住户", "name kind gender salutation id_no employer household_size"),
        ("服务", "important vip_reason contact_wish remark merged_into_id"),
    )
    deeds = (
        Deed(
            "merge",
            "合并",
            _merge,
            MERGE,
            when=lambda row: row.merged_into_id is None,
            danger=True,
            said=lambda kept: f"已并入 {kept}",
        ),
        Deed(
            "unmerge",
            "拆分",
            _unmerge,
            may="merge",
            when=lambda row: row.merged_into_id is not None,
            said=lambda gone: f"{gone} 已拆分出来",
        ),
    )

    def make(self, session: Session, values: Values, by: Person) -> Resident:
        """With phones and a checked identity number."""
        owned = self._owned(values, by)
        phones = _split(owned.pop("phones", None))
        return residents.create(session, by, owned.pop("org_id"), phones=phones, **owned)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """Personal values only when new ones were typed."""
        phones = _split(values.pop("phones", None))
        if phones:
            values["phones"] = phones
        if "employer" in values and values["employer"] is None:
            values.pop("employer")
        residents.edit(session, by, row, **values)

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """Where they live, and their phones masked."""
        homes = tuple(
            Row(str(tie.id), f"/occupancy/{tie.id}", tie.unit.code, _tie_cells(tie, look))
            for tie in sorted(row.occupancies, key=lambda tie: -tie.id)
        )
        phones = tuple(Row(str(p.id), "", "", (_phone_cell(p, look), Text(p.note or ""))) for p in row.phones)
        return (
            LinesTable(
                "入住关系",
                (
                    Column("unit", "房号", "l"),
                    Column("relation", "关系", "m"),
                    Column("days", "起止"),
                    Column("contact", "联系人", "m"),
                ),
                homes,
                empty="没有登记在任何房屋",
            ),
            LinesTable(
                "联系电话", (Column("number", "电话", "xl"), Column("note", "说明")), phones, empty="没有登记电话"
            ),
        )

    def page_extras(self, row: Any) -> dict[str, Any]:
        """Who they were merged into, and why they matter."""
        notices = []
        if row.merged_into_id:
            kept = reading().get(Resident, row.merged_into_id)
            notices.append(Notice(f"已并入 {kept}", "wait"))
        return {"tags": (Tag("重要客户", "wait"),) if row.important else (), "notices": tuple(notices)}

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Ties to a unit are made from here."""
        actions, more = super().page_actions(row)
        if allows(acting(), "occupancy.write", row) and row.merged_into_id is None:
            actions = (Action("登记入住", f"/occupancy/new?resident_id={row.id}", icon="house"), *actions)
        return actions, more


def _split(said: str | None) -> list[str]:
    return [part for part in re.split(r"[,，、;；\s]+", said or "") if part]


def _tie_cells(tie: Occupancy, look: Looker) -> tuple[Cell, ...]:
    days = f"{tie.starts_on or '…'} 至 {tie.ends_on or '今'}"
    return (
        LinkCell(tie.unit.code, f"/household/{tie.unit_id}"),
        Text(show(Occupancy, "relation", tie.relation, look.person)),
        Text(days),
        Text("是" if tie.is_contact else ""),
    )


def _phone_cell(phone: ResidentPhone, look: Looker) -> Cell:
    url = look.reveal_url(phone, "number")
    return Masked(masked("phone", phone.number), f"{phone.resident} 的电话", url) if phone.number else NOTHING


def _move_out(session: Session, tie: Occupancy, by: Person, details: Details) -> None:
    residents.move_out(session, by, tie, details["ends_on"])


class OccupancyView(RegisterView):
    """Who is tied to which unit, from when to when."""

    record = Occupancy
    menu_group = "住户"
    place = 40
    columns = ("unit_id", "resident_id", "relation", "starts_on", "ends_on", "move_in_on", "lives_here", "is_contact")
    filters = ("unit_id", "resident_id", "relation", "starts_on", "ends_on", "-lives_here", "-is_contact")
    search = "unit.code resident.name"
    sections = (("入住关系", "unit_id resident_id relation starts_on move_in_on lives_here is_contact"),)
    fixed = "unit_id resident_id relation"
    deeds = (
        Deed(
            "move_out",
            "迁出",
            _move_out,
            MOVE_OUT,
            may="write",
            when=lambda tie: tie.ends_on is None,
            danger=True,
            said=lambda tie: f"{tie.resident} 已登记迁出",
        ),
    )

    def headline(self, row: Any) -> str:
        """Who lives where as what."""
        return f"{row.unit.code} {row.resident.name} {show(Occupancy, 'relation', row.relation, None)}"

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """Both ends in the person's scope."""
        unit = find(session, by, Unit, values.pop("unit_id"))
        resident = find(session, by, Resident, values.pop("resident_id"))
        if unit is None or resident is None:
            raise RuleError("没有这套房屋或这位住户，或不在您的范围内", field="unit_id")
        values.pop("org_id", None)
        return residents.move_in(session, by, resident, unit, values.pop("relation"), **values)
