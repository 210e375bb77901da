"""What happens to the demo company's keys once in a while: opened and sealed, taken home, broken, reported."""

from datetime import date, timedelta
from typing import Any

from commands.demo.keys_counter import clerk, kept, some_key, torn_off
from commands.demo.stage import House, Stage, Walk
from commands.demo.words import ways
from models import KeyIncident, KeyItem, KeyReport, KeyUnsealing, RepairKeyPickup
from rules.advance import advance, start
from rules.keys_owners import owner_names

MENDED = ways("卫生间防水返修完工|墙面空鼓返修完工|门窗更换完工|地砖返修完工")
FLOODS = ways("楼下报卫生间漏水，疑本户|业户来电请开窗通风除味|对讲报修，业户不在本市|业户请代收大件入户")
DONE_INSIDE = ways("关总阀，未动其他物品|开窗通风，半小时后关好|查看对讲分机并复位|物品放在玄关，拍照告知业户")


def whole(key: KeyItem) -> dict[str, Any]:
    """Counted as it should be."""
    return dict(key.kinds)


def unsealed(stage: Stage, house: House, day: date, *, until: str = "reseal") -> Walk:
    """Asked, the owner agrees, the manager decides, two go in, counted again, sealed anew within days."""
    at = yield stage.on(day, "10:05", "11:10")
    key = some_key(stage, house, "sealed", "entrusted")
    if key is None:
        return
    by, manager = clerk(house), house.one("project_manager")
    first, second = house.all("engineering_duty", "technician")[:2]
    owner, there = owner_names(stage.session, key.unit_id)[0], whole(key)
    with stage.acts(by) as session:
        paper = KeyUnsealing(
            org_id=house.org_id, key_id=key.id, reason=stage.deck.draw(FLOODS), user=f"工程部 {first.name}"
        )
        start(session, paper, by)
    at = yield at + stage.minutes(3, 5)
    with stage.acts(by) as session:
        advance(session, paper, "owner_agrees", by, callee=owner, words="同意，请尽快处理")
    if until == "owner_agrees":
        return
    at = yield at + stage.minutes(8, 15)
    with stage.acts(manager) as session:
        advance(session, paper, "approve", manager, decision="同意启封，两人进入，用后当日请业户重新封存")
    at = yield at + stage.minutes(5, 8)
    with stage.acts(by) as session:
        advance(session, paper, "open", by, seal_intact=True, witness=first, **there)
    at = yield at + stage.minutes(6, 9)
    with stage.acts(by) as session:
        advance(session, paper, "enter", by, first=first, second=second)
    at = yield at + stage.minutes(25, 40)
    with stage.acts(by) as session:
        inside = stage.deck.draw(DONE_INSIDE)
        advance(session, paper, "bring_back", by, entry_record=inside, returner=first, **there)
    if until == "bring_back":
        return
    yield stage.daytime(at + timedelta(days=stage.dice.choice((0, 1, 2))) + stage.minutes(90, 150), "09:00", "17:00")
    by = clerk(house)
    with stage.acts(by) as session:
        said: dict[str, Any] = {"seal_no": torn_off(stage), "owner_name": owner, "owner_in_person": True, **there}
        advance(session, paper, "reseal", by, kept=kept(stage, by, paper, "owner_sign", "photo"), **said)


def picked_up(stage: Stage, house: House, day: date) -> Walk:
    """The repairs are done and the owner takes the key home (F-08)."""
    yield stage.on(day, "09:40", "16:20")
    key = some_key(stage, house, "in_cabinet", "repair")
    if key is None:
        return
    by = clerk(house)
    with stage.acts(by) as session:
        paper = RepairKeyPickup(
            org_id=house.org_id,
            key_id=key.id,
            picker_kind="owner",
            picker=owner_names(session, key.unit_id)[0],
            reason="finished",
            use=stage.deck.draw(MENDED),
        )
        start(session, paper, by)
        advance(session, paper, "pick_up", by, id_verified=True, kept=kept(stage, by, paper, "picker_sign"))


def damaged(stage: Stage, house: House, day: date) -> Walk:
    """A key breaks in the lock: reported, instructed, cut anew the same day, answered for."""
    at = yield stage.on(day, "09:10", "10:40")
    key = some_key(stage, house, "in_cabinet", "vacant")
    if key is None:
        return
    by, manager, lead = clerk(house), house.one("project_manager"), house.one("service_supervisor")
    there = whole(key)
    with stage.acts(by) as session:
        paper = KeyIncident(
            org_id=house.org_id,
            key_id=key.id,
            kind="damage",
            found_at=at,
            facts="巡查开门时一把户门钥匙断在锁芯内",
            protection="门已锁好，由秩序部加派巡逻",
        )
        start(session, paper, by)
    at = yield at + stage.minutes(12, 20)
    with stage.acts(manager) as session:
        advance(session, paper, "instruct", manager, instruction="今天请锁匠取出断匙并补配")
    at = yield at + stage.minutes(20, 30)
    with stage.acts(lead) as session:
        advance(session, paper, "handle", lead, measure="recut")
    at = yield at + stage.minutes(120, 180)
    with stage.acts(lead) as session:
        advance(session, paper, "resolve", lead, result="断匙已取出，按原匙补配一把，试开正常", **there)
    yield stage.daytime(at + timedelta(days=1), "09:00", "17:00")
    with stage.acts(manager) as session:
        advance(session, paper, "settle", manager, responsible="无", verdict="锁芯老化，非人为损坏")


def reported(stage: Stage, house: House, day: date) -> Walk:
    """The month's figures, read by the manager the next day."""
    at = yield stage.on(day, "09:30", "11:00")
    by, manager = house.one("service_administrator"), house.one("project_manager")
    last = day.replace(day=1) - timedelta(days=1)
    with stage.acts(by) as session:
        paper = start(session, KeyReport(org_id=house.org_id, period=f"{last:%Y-%m}"), by)
    yield stage.daytime(at + timedelta(days=1), "09:00", "17:00")
    with stage.acts(manager) as session:
        advance(session, paper, "read_", manager, opinion="已阅，封存钥匙启封后及时请业户重新封存")
