"""The stores of the demo company: opening stock, deliveries, parts for repairs, a transfer now and then, a count."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from commands.demo.stage import Chapter, House, Stage, Walk
from models import Material, OrgUnit, StockIn, StockOut, Stocktake, StorageBin, Transfer, Warehouse, WorkOrder, clock
from rules.advance import advance
from rules.ledger import on_hand
from rules.materials import add_material, coding_unit
from rules.person import Person
from rules.slips import put_on_file
from rules.stocktakes import OVER, template
from rules.transfers import order, pair
from rules.warehouses import save_bin

#: code, name, spec, measure, kind, repair class, opening quantity
THINGS: tuple[tuple[str, str, str, str, str, str, int], ...] = (
    ("DQ-0001", "LED灯管", "T8 1.2m 16W", "支", "consumable", "class1", 120),
    ("DQ-0002", "空气开关", "C32 2P", "只", "spare", "class1", 24),
    ("DQ-0003", "五孔插座", "10A", "个", "consumable", "class1", 60),
    ("DQ-0004", "网线", "超五类 305m", "箱", "consumable", "class1", 8),
    ("GP-0001", "不锈钢编织软管", "DN15×60cm", "根", "consumable", "class1", 150),
    ("GP-0002", "角阀", '1/2" 全铜', "只", "spare", "class1", 80),
    ("GP-0003", "生活水泵", "CDL8-6 3kW", "台", "spare", "class2", 3),
    ("GP-0004", "生料带", "20m", "卷", "consumable", "class1", 200),
    ("MS-0001", "执手锁", "72锁舌 304", "套", "spare", "class1", 18),
    ("MS-0002", "闭门器", "60kg", "只", "spare", "class2", 10),
    ("KT-0001", "温控器", "86型", "只", "spare", "class2", 14),
    ("XF-0001", "干粉灭火器", "MFZ/ABC4", "具", "gear", "class1", 40),
    ("GJ-0001", "电动扳手", "M12", "把", "tool", "class2", 4),
    ("GJ-0002", "人字梯", "3m", "把", "tool", "class1", 3),
    ("BJ-0001", "垃圾袋", "80×100cm 加厚", "包", "consumable", "class1", 300),
    ("YQ-0001", "防锈漆", "5L", "桶", "consumable", "class1", 12),
)
SUPPLIERS = ("鼎盛五金", "永泰机电", "宏远建材", "中原消防器材", "佳洁用品")
USES = ("楼道灯更换", "水管维修", "门锁维修", "配电房检修", "保洁日常", "车库照明", "业主家维修", "公区巡检更换")


class Site:
    """One project's 现场 as the walks need it."""

    def __init__(self, stage: Stage, house: House) -> None:
        session = stage.session
        self.house = house
        self.org = session.scalars(select(OrgUnit).where(OrgUnit.serves_id == house.org_id)).one()
        stores = session.scalars(select(Warehouse).where(Warehouse.org_id == self.org.id))
        self.store = {w.quality: w for w in stores}
        self.books = stage.holders("division_accountant", self.org.id)[0]
        self.keeper = stage.holders("storekeeper", self.org.id)[0]
        self.things = list(session.scalars(select(Material).order_by(Material.id)))


def opened(stage: Stage, house: House) -> Walk:
    """期初 before the first day."""
    yield stage.on(stage.days[0], "07:10", "07:40")
    with stage.acts(Person(None, "系统", is_system=True)) as session:
        if session.scalar(select(Material.id).limit(1)) is None:
            for code, name, spec, measure, kind, repair_class, _n in THINGS:
                said = {"name": name, "spec": spec, "measure": measure, "kind": kind, "repair_class": repair_class}
                quota = Decimal(4) if kind == "spare" else None
                add_material(
                    session,
                    Material(
                        org_id=coding_unit(session).id,
                        code=code,
                        on_spare_list=kind == "spare",
                        reserve_quota=quota,
                        upkeep_days=90 if kind == "tool" else None,
                        **said,
                    ),
                )
    site = Site(stage, house)
    amounts = {code: n for code, *_rest, n in THINGS}
    lines = [
        {"material_id": m.id, "qty": Decimal(max(1, amounts[m.code] + stage.dice.randint(-2, 6)))} for m in site.things
    ]
    with stage.acts(site.books) as session:
        facts: dict[str, Any] = {"warehouse_id": site.store["sound"].id, "category": "opening"}
        slip = put_on_file(session, StockIn(**facts), lines, site.books)
        for n, thing in enumerate(site.things):
            place = {"rack_no": f"{n // 8 + 1}", "level_no": f"{n // 4 % 2 + 1}", "slot_no": f"{n % 4 + 1}"}
            save_bin(session, StorageBin(), site.books, warehouse_id=slip.warehouse_id, material_id=thing.id, **place)
    yield clock.now() + timedelta(minutes=20)
    with stage.acts(site.books) as session:
        advance(session, slip, "approve", site.books)


def delivered(stage: Stage, house: House, day: date) -> Walk:
    """A supplier brings what runs low: saved by the storekeeper, approved by the books."""
    at = yield stage.on(day, "09:10", "16:30")
    site = Site(stage, house)
    chosen = stage.dice.sample(site.things, stage.dice.randint(1, 4))
    lines = [
        {"material_id": m.id, "qty": Decimal(stage.dice.randint(1, 6) * (10 if m.kind == "consumable" else 1))}
        for m in chosen
    ]
    with stage.acts(site.keeper) as session:
        facts: dict[str, Any] = {"category": "purchase", "supplier": stage.dice.choice(SUPPLIERS)}
        slip = put_on_file(session, StockIn(warehouse_id=site.store["sound"].id, **facts), lines, site.keeper)
    yield at + stage.minutes(40, 90, 180)
    with stage.acts(site.books) as session:
        advance(session, slip, "approve", site.books)


def issued(stage: Stage, house: House, day: date) -> Walk:
    """Parts leave for a repair, often for a 工作任务单 of the day; now and then something comes back."""
    at = yield stage.on(day, "08:40", "17:20")
    site = Site(stage, house)
    store = site.store["sound"]
    chosen = stage.dice.sample(site.things, stage.dice.randint(1, 3))
    there = on_hand(stage.session, store.id, [m.id for m in chosen])
    lines: list[dict[str, Any]] = [
        {
            "material_id": m.id,
            "qty": Decimal(stage.dice.randint(1, 3)),
            "use_kind": "spare" if m.kind == "spare" else "consumable",
        }
        for m in chosen
        if there.get(m.id, 0) > 3
    ]
    if not lines:
        return
    by, worker = site.books, house.one("technician", "engineering_duty")
    order_id = _order_of_the_day(stage, house, at)
    with stage.acts(by) as session:
        facts: dict[str, Any] = {"taker": worker.name, "purpose": stage.dice.choice(USES), "work_order_id": order_id}
        slip = put_on_file(
            session, StockOut(warehouse_id=store.id, category="own_use", four_steps=True, **facts), lines, by
        )
    if stage.chance(0.05):
        return
    at = yield at + stage.minutes(10, 30, 120)
    with stage.acts(by) as session:
        if all(on_hand(session, store.id, [n["material_id"]]).get(n["material_id"], 0) >= n["qty"] for n in lines):
            advance(session, slip, "approve", by)


def _order_of_the_day(stage: Stage, house: House, at: datetime) -> int | None:
    if stage.chance(0.4):
        return None
    return stage.session.scalar(
        select(WorkOrder.id)
        .where(WorkOrder.org_id == house.org_id, WorkOrder.created_at > at - timedelta(hours=12))
        .order_by(WorkOrder.id.desc())
        .limit(1)
    )


def moved(stage: Stage, house: House, other: House, day: date) -> Walk:
    """One 现场 helps another out."""
    at = yield stage.on(day, "10:00", "15:00")
    site, there = Site(stage, house), Site(stage, other)
    if site.org.parent_id != there.org.parent_id:
        return  # across 业务部 is for headquarters
    thing = site.things[stage.dice.choice((0, 4, 5, 7, 14))]
    facts: dict[str, Any] = {
        "out_warehouse_id": site.store["sound"].id,
        "in_warehouse_id": there.store["sound"].id,
        "out_category": "sound_out",
        "in_category": "sound_in",
        "remark": "支援邻近现场",
    }
    with stage.acts(site.books) as session:
        transfer = order(session, Transfer(**facts), [{"material_id": thing.id, "qty": Decimal(5)}], site.books)
    at = yield at + stage.minutes(30)
    with stage.acts(site.books) as session:
        advance(session, transfer, "approve", site.books)
    at = yield at + stage.minutes(60)
    if on_hand(stage.session, site.store["sound"].id, [thing.id]).get(thing.id, 0) < 5:
        return
    out, into = pair(stage.session, transfer)
    with stage.acts(site.books) as session:
        advance(session, out, "approve", site.books)
    yield at + timedelta(days=stage.dice.randint(1, 3))
    with stage.acts(site.books) as session:
        advance(session, into, "approve", there.books)


def counted(stage: Stage, house: House, day: date) -> Walk:
    """月度盘点: twice, blind, one thing not where the books say."""
    at = yield stage.on(day, "09:00", "09:40")
    site = Site(stage, house)
    second = stage.holders("site_representative", site.org.id)[0]
    before = select(Stocktake.id).where(Stocktake.warehouse_id == site.store["sound"].id, Stocktake.state.not_in(OVER))
    if stage.session.scalar(before.limit(1)):
        return  # last month's differences are still being explained
    with stage.acts(site.books) as session:
        take = template(session, Stocktake(warehouse_id=site.store["sound"].id, kind="month"), [], site.books)
        advance(session, take, "issue", site.books, due_at=clock.now() + timedelta(days=2))
    at = yield at + stage.minutes(30)
    with stage.acts(site.keeper) as session:
        advance(session, take, "begin", site.keeper)
        found = {line.line_no: line.book_qty for line in take.lines}
        if stage.chance(0.6):
            odd = stage.dice.choice(list(found))
            found[odd] = max(Decimal(0), found[odd] + stage.dice.choice((-2, -1, 1)))
        said = [{"line_no": n, "first_qty": q} for n, q in found.items()]
        advance(session, take, "record", site.keeper, first=said)
    at = yield at + stage.minutes(50)
    with stage.acts(second) as session:
        advance(session, take, "recount", second, second=[{"line_no": n, "second_qty": q} for n, q in found.items()])
        advance(session, take, "report", second)


def daily(stage: Stage, house: House, day: date) -> Iterable[Walk]:
    """A few slips a day, a delivery a week, a count a month."""
    if day == stage.days[0]:
        return
    for _n in range(2 if day.weekday() < 5 else 1):
        if stage.chance(0.6):
            yield issued(stage, house, day)
    if day.weekday() in (1, 4) and stage.chance(0.5):
        yield delivered(stage, house, day)
    others = [h for h in stage.houses if h is not house]
    if others and day.weekday() == 3 and stage.chance(0.25):
        yield moved(stage, house, others[0], day)
    if day.day == 25:
        yield counted(stage, house, day)


def whole(stage: Stage) -> Iterable[Walk]:
    """Opening stock."""
    for house in stage.houses:
        yield opened(stage, house)


CHAPTER = Chapter("物资", daily=daily, whole=whole)
