"""The demo company's keys: the cabinet filled on the first day, and what every day does with it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from commands.demo.keys_chain import damaged, picked_up, reported, unsealed
from commands.demo.keys_counter import count, kept, loan, torn_off
from commands.demo.stage import Chapter, Home, House, Stage, Walk
from commands.demo.words import ways
from models import (
    KeyCabinet,
    KeyDeposit,
    KeyReceipt,
    KeySection,
    Unit,
    clock,
)
from models.keys import HUNG
from rules.advance import advance, start
from rules.keys import check_cabinet, check_section
from rules.keys_owners import owner_names

#: Which projects have a cabinet, and what came into it: vacant, repair, special rooms, deposits open and sealed.
CABINETS = {"YJ": (8, 6, 3, 4, 6), "WJ": (3, 2, 2, 1, 2)}
ROOMS = ways("一号配电房|生活水泵房|消防控制室")


def keyed(stage: Stage) -> list[House]:
    """The projects that keep keys."""
    return [house for house in stage.houses if house.org.code in CABINETS]


def filled(stage: Stage, house: House) -> Walk:
    """The cabinet is hung up, and what the developer and the owners bring is signed in, one key after the other."""
    at = yield stage.on(stage.days[0], "08:31", "08:36")
    sections = _cabinet(stage, house)
    vacant, repair, special, plain, sealed = CABINETS[house.org.code or ""]
    empty = (
        select(Unit)
        .where(Unit.org_id == house.org_id, Unit.kind == "flat")
        .order_by(Unit.sold, Unit.long_vacant.desc(), Unit.id)
    )
    homes = stage.session.scalars(empty.limit(vacant)).all()
    owned = _owned(stage, house, repair + plain + sealed)
    brought: list[dict[str, Any]] = [{"category": "vacant", "unit_id": unit.id} for unit in homes]
    brought += [{"category": "repair", "unit_id": home.unit_id} for home in owned[:repair]]
    brought += [{"category": "special", "place": room, "department": "engineering"} for room in ROOMS[:special]]
    for facts in brought:
        at = yield at + stage.minutes(2, 3)
        _received(stage, house, sections[facts["category"]], facts)
    for n, home in enumerate(owned[repair:]):
        at = yield at + stage.minutes(4, 6)
        _deposited(stage, house, sections["entrusted"], home, sealed=n >= plain)


def _owned(stage: Stage, house: House, number: int) -> list[Home]:
    """Homes whose contact is the owner."""
    mixed = stage.dice.sample(house.homes, len(house.homes))
    owned = (home for home in mixed if home.customer in owner_names(stage.session, home.unit_id))
    return [home for home, _n in zip(owned, range(number), strict=False)]


def _cabinet(stage: Stage, house: House) -> dict[str, KeySection]:
    lead, keeper = house.one("service_supervisor"), house.one("service_administrator")
    sections = {}
    with stage.acts(lead) as session:
        cabinet = KeyCabinet(
            org_id=house.org_id, name="一号钥匙柜", location="客服中心前台后侧", locked=True, custodian_id=lead.staff_id
        )
        check_cabinet(session, cabinet)
        session.add(cabinet)
        session.flush()
        for n, category in enumerate(HUNG, 1):
            who = lead if category == "entrusted" else keeper
            section = KeySection(
                org_id=house.org_id,
                cabinet_id=cabinet.id,
                category=category,
                position=n,
                hooks=24,
                keeper_id=who.staff_id,
            )
            check_section(session, section)
            session.add(section)
            session.flush()
            sections[category] = section
    return sections


def _received(stage: Stage, house: House, section: KeySection, facts: dict[str, Any]) -> None:
    by = house.one("service_administrator")
    kinds = {"other": 1} if facts["category"] == "special" else {"home_door": 2, "mailbox": stage.dice.choice((0, 1))}
    from_ = "工程部" if facts["category"] == "special" else "开发公司"
    with stage.acts(by) as session:
        paper = KeyReceipt(
            org_id=house.org_id,
            section_id=section.id,
            deliverer=stage.dice.choice(("谭涛", "姜波", "石磊")),
            from_department=from_,
            at=clock.now(),
            **kinds,
            **facts,
        )
        start(session, paper, by)
        advance(session, paper, "receive", by, kept=kept(stage, by, paper, "deliverer_sign"))


def _deposited(stage: Stage, house: House, section: KeySection, home: Home, *, sealed: bool) -> None:
    by = house.one("service_administrator")
    with stage.acts(by) as session:
        paper = KeyDeposit(
            org_id=house.org_id,
            unit_id=home.unit_id,
            owner_id=home.resident_id,
            purpose="emergency" if sealed else stage.dice.choice(("viewing", "emergency")),
            home_door=2,
            entrance=1,
            section_id=section.id,
            sealed=sealed,
            seal_no=torn_off(stage) if sealed else None,
        )
        start(session, paper, by)
        names = ["owner_sign", *(("flap_sign", "photo") if sealed else ())]
        advance(
            session,
            paper,
            "accept",
            by,
            identity_checked=True,
            owner_in_person=True,
            kept=kept(stage, by, paper, *names),
        )


def everything(stage: Stage) -> Iterable[Walk]:
    """The cabinet first; then what every day brings, and what happens once in a while."""
    for house in keyed(stage):
        yield filled(stage, house)
        for n, day in enumerate(stage.days):
            for _ in range(stage.dice.choice((1, 2, 3) if house.org.code == "YJ" else (0, 0, 1))):
                yield loan(stage, house, day)
            yield count(stage, house, day)
            if day.day == 2 and n:
                yield reported(stage, house, day)
            if n % 9 == 4:
                yield unsealed(stage, house, day)
            if n % 31 == 17:
                yield picked_up(stage, house, day)
        yield damaged(stage, house, stage.days[len(stage.days) // 2])
        yield unsealed(stage, house, stage.days[-2:][0], until="bring_back")
        yield unsealed(stage, house, stage.days[-1], until="owner_agrees")


CHAPTER = Chapter("钥匙", whole=everything)
