"""Opening stock (期初) as an import: new codes, their bins, and one 期初单 per store, to be counted and approved."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Material, OrgUnit, StockIn, StockInLine, StorageBin, Warehouse, clock
from models.materials import MATERIAL_KINDS, REPAIR_CLASSES
from rules.importing.cells import Cell, shown, squeezed
from rules.importing.cleaning import choice, free_text
from rules.importing.columns import Bad, Clean, CleanRow, ImportColumn, ImportRegister, Job, Judgement
from rules.materials import add_material, coding_unit
from rules.stores import is_closed

_QTY = re.compile(r"(-?[\d,]+(?:\.\d+)?)\s*([^\d\s]{0,4})")
_PLACE = re.compile(r"(\S+?)库-(\S+?)架-(\S+?)层-(\S+?)位")


def quantity(cell: Cell) -> Clean | Bad:
    """A quantity, also with its unit behind it (16套); nothing below zero, at most three decimals."""
    words = squeezed(shown(cell))
    found = _QTY.fullmatch(words)
    if found is None:
        return Bad(f"“{words[:20]}”不是数量，请只写数字")
    number = Decimal(found[1].replace(",", ""))
    if number < 0 or number != round(number, 3) or number >= 10**9:
        return Bad(f"数量 {words[:20]} 不合理，请核对")
    return Clean(
        (number.normalize(), found[2]), f"{number.normalize():f}", f"单位“{found[2]}”已分开" if found[2] else ""
    )


def place(cell: Cell) -> Clean | Bad:
    """2库-6架-3层-4位: the four numbers."""
    words = squeezed(shown(cell))
    found = _PLACE.fullmatch(words)
    return Clean(found.groups(), words) if found else Bad(f"“{words[:20]}”不是四号定位，请写成 2库-6架-3层-4位")


def _ignored(cell: Cell) -> Clean | Bad:
    """Prices are not kept here."""
    return Clean(None, "", "单价不登记")


COLUMNS = (
    ImportColumn("物资编码", "code", free_text(40), ("存货编码", "编码", "物资编号"), required=True, example="KT-0001"),
    ImportColumn("物资名称", "name", free_text(64), ("名称", "存货名称", "品名"), required=True, example="网线"),
    ImportColumn("规格型号", "spec", free_text(64), ("规格", "型号"), example="超五类 305m"),
    ImportColumn("单位", "measure", free_text(16), ("计量单位",), note="数量里带单位的可不填", example="箱"),
    ImportColumn(
        "类别", "kind", choice(MATERIAL_KINDS), ("物资类别",), required=True, choices=tuple(MATERIAL_KINDS.values())
    ),
    ImportColumn("库存数量", "qty", quantity, ("数量", "现存量", "期初数量", "实盘数量"), required=True, example="12"),
    ImportColumn("单价", "price", _ignored, ("价格",), note="不登记"),
    ImportColumn("存放位置", "place", place, ("货位", "库位"), note="四号定位", example="2库-6架-3层-4位"),
    ImportColumn("商修类别", "repair_class", choice(REPAIR_CLASSES), choices=tuple(REPAIR_CLASSES.values())),
    ImportColumn("备注", "remark", free_text(255)),
)


def check_row(row: CleanRow) -> None:
    """The unit stands in its column or behind the quantity; where both do they are the same."""
    values = row.values
    if "qty" in row.problems or "qty" not in values:
        return
    _number, behind = values["qty"]
    said = values.get("measure") or ""
    if not said and not behind:
        row.problems["measure"] = "请填写单位"
    elif said and behind and said != behind:
        row.problems["measure"] = f"单位写的是“{said}”，数量里写的是“{behind}”，请核对"
    values["measure"] = said or behind


def match_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """The verdict of each row. Changes nothing."""
    return [_judge(session, job, row) for row in rows]


def _judge(session: Session, job: Job, row: CleanRow) -> Judgement:
    if row.problems:
        return Judgement("error")
    code = row.values["code"].upper()
    seen: dict[str, int] = job.memory.setdefault("codes", {})
    if seen.setdefault(code, row.number) != row.number:
        return Judgement("error", problems={"code": f"第{seen[code]}行已有这个编码，请合并成一行"})
    known = session.scalars(select(Material).where(Material.code == code)).one_or_none()
    problems = _against_code(known, row)
    if (store := opening_store(session, job.org_id)) is None:
        problems["code"] = "这个现场还没有完好品库，请先建立仓库"
    elif known is not None and _stands(session, store, known):
        return Judgement("skip", "期初单里已有这个编码")
    if problems:
        return Judgement("error", problems=problems)
    if not row.values["qty"][0]:
        return Judgement("skip", "数量为 0，不记期初")
    notes = {} if row.values.get("repair_class") else {"code": "没有写商修类别，按ⅰ类物资登记"}
    return Judgement("create", notes=notes if known is None else {})


def _against_code(known: Material | None, row: CleanRow) -> dict[str, str]:
    if known is None:
        return {}
    problems = {}
    if known.name != row.values["name"]:
        problems["name"] = f"编码 {known.code} 在系统里是“{known.name}”，请核对"
    if known.measure != row.values["measure"]:
        problems["measure"] = f"编码 {known.code} 在系统里的单位是“{known.measure}”，请核对"
    return problems


def opening_store(session: Session, org_id: int) -> Warehouse | None:
    """The 完好品库 of the unit."""
    return session.scalars(
        select(Warehouse).where(Warehouse.org_id == org_id, Warehouse.quality == "sound", Warehouse.active)
    ).first()


def _stands(session: Session, store: Warehouse, known: Material) -> bool:
    line = (
        select(StockInLine.id)
        .join(StockIn, StockIn.id == StockInLine.slip_id)
        .where(StockIn.warehouse_id == store.id, StockIn.category == "opening", StockIn.state != "void")
        .where(StockInLine.material_id == known.id)
    )
    return session.scalars(line.limit(1)).first() is not None


def save_rows(session: Session, job: Job, rows: Sequence[CleanRow]) -> list[Judgement]:
    """Codes, bins and the lines of the store's 期初单, which stays 未审核 until it was counted and approved."""
    return [_save(session, job, row) for row in rows]


def _save(session: Session, job: Job, row: CleanRow) -> Judgement:
    store = opening_store(session, job.org_id)
    slip = _opening_slip(session, store) if store is not None else None
    if store is None or slip is None:
        return Judgement("error", "期初单已审核或不能再改", {"code": "期初单已审核，不能再导入"})
    values, code = row.values, row.values["code"].upper()
    known = session.scalars(select(Material).where(Material.code == code)).one_or_none()
    problems = _against_code(known, row)
    if problems:
        return Judgement("error", "；".join(problems.values()), problems)
    material = known or _material(session, code, values)
    if _stands(session, store, material):
        return Judgement("skip", "期初单里已有这个编码")
    line_no = len(slip.lines) + 1
    slip.lines.append(
        StockInLine(
            org_id=slip.org_id,
            line_no=line_no,
            material_id=material.id,
            material=material,
            qty=values["qty"][0],
            remark=values.get("remark") or None,
        )
    )
    slip.lines_print = f"导入 {line_no} 行"
    _bin(session, store, material, values.get("place"))
    session.flush()
    return Judgement("create")


def _material(session: Session, code: str, values: dict[str, Any]) -> Material:
    facts = {n: values.get(n) or "" for n in ("name", "spec", "measure", "kind")}
    repair_class = values.get("repair_class") or "class1"
    return add_material(
        session, Material(org_id=coding_unit(session).id, code=code, repair_class=repair_class, model="", **facts)
    )


def _opening_slip(session: Session, store: Warehouse) -> StockIn | None:
    found = session.scalars(
        select(StockIn).where(StockIn.warehouse_id == store.id, StockIn.category == "opening", StockIn.state != "void")
    ).first()
    if found is not None:
        return None if found.is_frozen else found
    maker = session.info["actor"].staff_id
    org = session.get_one(OrgUnit, store.org_id)
    if maker is None or is_closed(session, org.id, clock.today()):
        return None
    slip = StockIn(
        org_id=org.id, warehouse_id=store.id, category="opening", made_by_id=maker, day=clock.today(), remark="导入"
    )
    session.add(slip)
    session.flush()
    return slip


def _bin(session: Session, store: Warehouse, material: Material, said: tuple[str, str, str, str] | None) -> None:
    """The first of the four numbers is the office's own number of the room; it stands before the rack."""
    if said is None:
        return
    room, rack, level, slot = said
    facts = {"rack_no": f"{room}-{rack}"[:8], "level_no": level[:8], "slot_no": slot[:8]}
    taken = select(StorageBin.id).where(StorageBin.warehouse_id == store.id).filter_by(**facts)
    if session.scalars(taken).first() is None:
        session.add(StorageBin(org_id=store.org_id, warehouse_id=store.id, material_id=material.id, **facts))


OPENING = ImportRegister(
    noun="stock_in",
    title="期初库存",
    columns=COLUMNS,
    match=match_rows,
    save=save_rows,
    check=check_row,
    places_note="",
)
