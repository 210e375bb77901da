"""The office's key spreadsheet (钥匙登记表) as opening stock: one 期初单 per cabinet, confirmed by a count."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Building, KeyCabinet, KeyItem, KeySection, Unit, clock
from models.keys import CATEGORIES, GONE, HUNG, KEY_KINDS
from rules.duty import whoever_answers
from rules.errors import RuleError
from rules.importing.cells import Cell, shown, squeezed
from rules.importing.cleaning import BLANK_WORDS, calendar_date, choice, free_text, name
from rules.importing.columns import Bad, Clean, CleanRow, ImportColumn, ImportRegister, Job, Judgement
from rules.importing.marks import mark
from rules.importing.places import UnitCode, unit_code
from rules.incidents import record
from rules.keys import make_key
from rules.keys_counts import opening_for, seal_from_opening
from rules.person import SYSTEM, Person

MOST = 99
LEAST_HOOKS = 40
NEW_LOCATION = "待补填"
_LOST = re.compile(r"丢失(\d{1,2})(?:张|把|个)?")
#: 装修借用 says what the key was for and not whose it is: the owner's, with a remark (decision 34).
RENOVATION = "装修借用"
_SOURCES = (
    ("业户委托", "entrusted"), ("委托", "entrusted"), ("业主委托", "entrusted"), ("寄存", "entrusted"),
    (RENOVATION, "entrusted"), ("空房", "vacant"), ("开发商移交", "vacant"), ("移交", "vacant"),
    ("返修", "repair"), ("特殊房间", "special"),
)  # fmt: skip


def counted(cell: Cell) -> Clean | Bad:
    """How many of a kind: a number; 丢失1张 is none, and a loss to be written down."""
    said = squeezed(shown(cell))
    if said.upper() in BLANK_WORDS:
        return Clean((0, 0), "0", f"“{said}”按 0 处理")
    if lost := _LOST.fullmatch(said):
        return Clean((0, int(lost[1])), "0", f"“{said}”没有实物，数量记 0，另记异常和备注")
    if said.isascii() and said.isdigit() and int(said) <= MOST:
        return Clean((int(said), 0), str(int(said)))
    return Bad(f"“{said[:20]}”看不出是几把，请只写数字")


def hook(cell: Cell) -> Clean | Bad:
    """The number of the hook."""
    said = squeezed(shown(cell))
    if said.isascii() and said.isdigit() and 1 <= int(said) <= 999:
        return Clean(int(said), str(int(said)))
    return Bad(f"“{said[:20]}”不是挂位号，请写 1 到 999 的数字")


def cabinet_name(cell: Cell) -> Clean | Bad:
    """A柜, 1: a bare figure is called N号柜."""
    said = squeezed(shown(cell))
    if not said or len(said) > 32:
        return Bad("请写钥匙柜的名称")
    return Clean(f"{said}号柜", f"{said}号柜", f"“{said}”登记为 {said}号柜") if said.isdigit() else Clean(said, said)


def sealed(cell: Cell) -> Clean | Bad:
    """是, √, 否."""
    said = squeezed(shown(cell))
    if said in ("是", "√", "✓", "封", "已封存", "封存"):
        return Clean(True, "是")
    return (
        Clean(False, "否") if said in ("否", "×", "未封存", "不") else Bad(f"“{said[:10]}”看不出是否封存，请写是或否")
    )


def _count_column(key: str, *aliases: str) -> ImportColumn:
    return ImportColumn(KEY_KINDS[key], key, counted, aliases, note="没有就空着", example="1")


COLUMNS = (
    ImportColumn("柜号", "cabinet", cabinet_name, ("钥匙柜", "柜", "柜名"), required=True, example="A柜"),
    ImportColumn("挂位", "hook_no", hook, ("挂位号", "位置", "挂钩"), required=True, example="12"),
    ImportColumn("房号", "unit", unit_code, ("房间号", "房屋", "楼房号"), required=True, example="3-2-1203"),
    _count_column("home_door", "入户门", "防盗门"),
    _count_column("inner_door", "房门", "房间门"),
    _count_column("entrance", "门禁卡", "单元门", "门禁"),
    _count_column("mailbox", "信报箱"),
    _count_column("other", "储藏室", "车库"),
    ImportColumn("是否封存", "sealed", sealed, ("封存",), choices=("是", "否"), example="否"),
    ImportColumn(
        "来源", "category", choice(CATEGORIES, _SOURCES), ("类别", "钥匙类别", "钥匙来源"),
        required=True, choices=("业户委托", "空房", "返修", "开发商移交"), example="业户委托",
    ),
    ImportColumn("送交人", "deliverer", name, ("移交人", "业主", "业户"), required=True, example="张丽"),
    ImportColumn("日期", "received_on", calendar_date, ("收到日期", "送交日期", "登记日期"), example="2024-03-23"),
    ImportColumn("备注", "remark", free_text(120), ("说明",)),
)  # fmt: skip


def check_row(row: CleanRow) -> None:
    """At least one key; only owners' keys are sealed; words that have no place become remarks."""
    kinds = {key: row.values.get(key) or (0, 0) for key in KEY_KINDS}
    if not any(n for n, _lost in kinds.values()) and not set(KEY_KINDS) & row.problems.keys():
        row.problems["home_door"] = "一把钥匙也没有，不能登记；确有实物的请填数量"
    remarks = [row.values.get("remark") or ""]
    remarks += [f"期初登记{KEY_KINDS[key]}丢失 {lost}" for key, (_n, lost) in kinds.items() if lost]
    source = shown(row.before["category"]) if "category" in row.before else ""
    if squeezed(source) == RENOVATION:
        row.notes["category"] = "装修借用不是类别：按业户委托钥匙登记，原话写入备注"
        remarks.append("期初登记为装修借用")
    elif squeezed(source) == "开发商移交":
        row.notes["category"] = "开发商移交的钥匙属于尚未办理入住的房屋，按空房钥匙登记"
    if row.values.get("sealed") and row.values.get("category") != "entrusted":
        row.values["sealed"], row.after["sealed"] = False, "否"
        row.notes["sealed"] = "只有业户委托钥匙能封存，按未封存登记，原话写入备注；核点时请打开看"
        remarks.append("期初登记为封存")
    elif row.values.get("sealed"):
        row.notes["sealed"] = "将编信封号，核点时查看封口"
    row.values["remark"] = "；".join(word for word in remarks if word)[:250] or None
    if row.values.get("received_on") is None and "received_on" not in row.problems:
        row.notes["received_on"] = "没有日期，按导入当天登记"


# ---- against the house -----------------------------------------------------------------------------------------


class _Known:
    """What the project has: cabinets, sections, hooks and units by the names of the sheet."""

    def __init__(self, session: Session, org_id: int) -> None:
        self.org_id = org_id
        mine = (KeyCabinet.org_id == org_id, KeyCabinet.active)
        self.cabinets = {it.name: it for it in session.scalars(select(KeyCabinet).where(*mine))}
        sections = session.scalars(select(KeySection).where(KeySection.org_id == org_id))
        self.sections = {(it.cabinet.name, it.category): it for it in sections}
        hung = select(KeyItem).where(
            KeyItem.org_id == org_id, KeyItem.state.not_in(GONE), KeyItem.section_id.is_not(None)
        )
        self.buildings = set(session.scalars(select(Building.name).where(Building.org_id == org_id)))
        self.hooks = {(it.section_id, it.hook_no): it for it in session.scalars(hung)}

    def there(self, row: CleanRow) -> KeyItem | None:
        """The key on the row's hook."""
        section = self.sections.get((row.values["cabinet"], row.values["category"]))
        return self.hooks.get((section.id, row.values["hook_no"])) if section else None


def _units(session: Session, org_id: int, rows: Sequence[CleanRow]) -> dict[str, Unit]:
    codes = {row.values["unit"].code for row in rows if isinstance(row.values.get("unit"), UnitCode)}
    found = session.scalars(select(Unit).where(Unit.org_id == org_id, Unit.code.in_(codes)))
    return {unit.code: unit for unit in found}


def match_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """The verdict of each row; changes nothing."""
    known, units = _Known(session, job.org_id), _units(session, job.org_id, rows)
    return [_judge(job, known, units, row) for row in rows]


def _judge(job: Job, known: _Known, units: dict[str, Unit], row: CleanRow) -> Judgement:
    if row.problems:
        return Judgement("error")
    place = mark(row.values["cabinet"], row.values["category"], str(row.values["hook_no"]))
    twin, _ = job.said("hooks").get(place)
    if twin not in (0, row.number):
        return Judgement("error", problems={"hook_no": f"与第{twin}行挂在同一个挂位，请核对"})
    job.said("hooks").put(place, row.number)
    problems = _against_house(job, known, units, row)
    if problems:
        return Judgement("error", problems=problems)
    if known.there(row) is not None:
        return Judgement("skip", "这个挂位上已经登记了这套房的钥匙")
    notes = {} if row.values["unit"].code in units else {"unit": "系统里没有这套房屋，将新建"}
    if row.values["cabinet"] not in known.cabinets:
        notes["cabinet"] = f"将新建钥匙柜 {row.values['cabinet']}"
    if "unit" in notes:
        building = row.values["unit"].building or row.values["unit"].first
        job.will_make(building, row.values["unit"].code, is_new_building=building not in known.buildings)
    return Judgement("create", notes=notes)


def _against_house(job: Job, known: _Known, units: dict[str, Unit], row: CleanRow) -> dict[str, str]:
    code, there = row.values["unit"].code, known.there(row)
    if there is not None and there.where != code:
        return {"hook_no": f"这个挂位上已挂 {there.key_no}（{there.where}），请核对"}
    if code not in units and not job.create_places:
        return {"unit": f"系统里没有房屋 {code}，请先建立，或选择“同时建立房屋”"}
    return {}


# ---- doing it --------------------------------------------------------------------------------------------------


class _Saving:
    """One batch on its way into the cabinets."""

    def __init__(self, session: Session, job: Job, rows: Sequence[CleanRow]) -> None:
        self.session, self.job = session, job
        self.by: Person = session.info.get("actor", SYSTEM)
        self.known, self.units = _Known(session, job.org_id), _units(session, job.org_id, rows)

    def save(self, row: CleanRow) -> Judgement:
        """What one row says, looking again at what is there now."""
        problems = {**row.problems, **_against_house(self.job, self.known, self.units, row)}
        if problems:
            return Judgement("error", "；".join(problems.values()), problems)
        if self.known.there(row) is not None:
            return Judgement("skip", "这个挂位上已经登记了这套房的钥匙")
        self._key(row)
        return Judgement("create")

    def _key(self, row: CleanRow) -> None:
        values, section = row.values, self._section(row)
        opening = opening_for(self.session, section.cabinet, self.by)
        day = values.get("received_on")
        facts: dict[str, Any] = {
            "category": values["category"],
            "unit_id": self._unit(values["unit"]).id,
            "section_id": section.id,
            "hook_no": values["hook_no"],
            "received_from": values["deliverer"],
            "received_on": clock.at_wall(day, time(0)) if day else clock.now(),
            "opening_id": opening.id,
            "remark": values["remark"],
        }
        key = make_key(self.session, opening, {name: (values.get(name) or (0, 0))[0] for name in KEY_KINDS}, **facts)
        self.known.hooks[section.id, key.hook_no] = key
        if values.get("sealed"):
            seal_from_opening(self.session, key, self.by, opening)
        for kind in KEY_KINDS:
            lost = (values.get(kind) or (0, 0))[1]
            if lost:
                body = f"期初登记 {key.key_no}（{key.where}）{KEY_KINDS[kind]}丢失 {lost}"
                record(self.session, key, "loss", body, rule="KEY-54", staff_id=self.by.staff_id)

    def _section(self, row: CleanRow) -> KeySection:
        at = (row.values["cabinet"], row.values["category"])
        section = self.known.sections.get(at)
        if section is None:
            section = self.known.sections[at] = KeySection(
                org_id=self.job.org_id,
                cabinet_id=self._cabinet(at[0]).id,
                category=at[1],
                position=list(HUNG).index(at[1]) + 1,
                hooks=LEAST_HOOKS,
                keeper_id=self._lead(),
            )
            self.session.add(section)
            self.session.flush()
        section.hooks = max(section.hooks, row.values["hook_no"])
        return section

    def _cabinet(self, called: str) -> KeyCabinet:
        cabinet = self.known.cabinets.get(called)
        if cabinet is None:
            cabinet = self.known.cabinets[called] = KeyCabinet(
                org_id=self.job.org_id, name=called, location=NEW_LOCATION, custodian_id=self._lead()
            )
            self.session.add(cabinet)
            self.session.flush()
        return cabinet

    def _lead(self) -> int:
        """客服负责人 keeps what nobody was named for yet."""
        found = whoever_answers(self.session, ("service_supervisor",), self.job.org_id)
        if not found:
            raise RuleError("本项目还没有客服负责人，不能导入钥匙：请先任命")
        return found[0][1].id

    def _unit(self, place: UnitCode) -> Unit:
        unit = self.units.get(place.code)
        if unit is None:
            building = place.building or place.first
            rows = select(Building).where(Building.org_id == self.job.org_id, Building.name == building)
            block = self.session.scalars(rows).one_or_none() or Building(org_id=self.job.org_id, name=building)
            self.session.add(block)
            self.session.flush()
            unit = self.units[place.code] = Unit(
                org_id=self.job.org_id,
                building_id=block.id,
                entrance=place.entrance,
                room_no=place.room_no,
                code=place.code,
            )
            self.session.add(unit)
            self.session.flush()
        return unit


def save_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """Do what the rows say."""
    saving = _Saving(session, job, rows)
    return [saving.save(row) for row in rows]


KEYS = ImportRegister(
    "key_opening",
    "钥匙登记表",
    COLUMNS,
    match=match_rows,
    save=save_rows,
    check=check_row,
    places_note="系统里没有的楼栋和房屋一并建立；没有的钥匙柜和分区自动建立",
    offered_at=("key_item", "key_cabinet"),
)
