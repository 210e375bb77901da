"""The counter of the demo company's keys: lent and brought back, counted every evening."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from commands.demo.stage import House, Stage, Walk
from commands.demo.words import ways
from models import KeyCabinet, KeyCount, KeyItem, KeyLoan, clock
from models.document import Document
from rules.advance import advance, start
from rules.attachments import attach
from rules.calendar import in_office_hours, same_day_closing
from rules.keys_counts import AT_HOME, finish, keys_of, tally
from rules.keys_loans import call_owner
from rules.keys_owners import owner_names
from rules.person import Person

WORK = ways(
    "入户检查地漏|配合厂家查看门窗|空置房月度巡查|通水试验|查看墙面渗水|带返修单位勘查|抄表核对|关闭进户阀门|清理阳台地漏|"
    "检查燃气阀门|消杀前开门|复核空鼓部位"
)
ROUNDS = ways("月度设备巡检|配电柜红外测温|水泵轮换运行|消防主机检查|更换指示灯|配合维保单位检查")
LATE = ways("施工未完，已电话说明|开会延误，次日一早交还")


def kept(stage: Stage, by: Person, row: Document, *names: str) -> dict[str, int]:
    """What was written on the glass or photographed with a paper."""
    files = {}
    for name in names:
        picture = stage.album.envelope if name == "photo" else stage.dice.choice(stage.album.names)
        digest = stage.album.keep(picture)
        files[name] = attach(stage.session, by, row, picture, digest, name=name, purpose="签名").id
    return files


def clerk(house: House) -> Person:
    """Who stands at the cabinet: the early desk, the late desk."""
    desk = house.all("desk_clerk", "service_administrator")
    return desk[0] if clock.local(clock.now()).hour < 15 else desk[1]


def some_key(stage: Stage, house: House, state: str, *categories: str) -> KeyItem | None:
    """One of the keys that are in the state now."""
    rows = select(KeyItem).where(
        KeyItem.org_id == house.org_id, KeyItem.state == state, KeyItem.category.in_(categories)
    )
    found = stage.session.scalars(rows.order_by(KeyItem.id)).all()
    return stage.dice.choice(found) if found else None


def torn_off(stage: Stage) -> str:
    """Seals come off one printed roll."""
    stage.seals += 1
    return f"FQ-{stage.seals:05}"


def loan(stage: Stage, house: House, day: date) -> Walk:
    """A technician takes a key, as a rule for an hour; of a special room with the leader's signature."""
    at = yield stage.on(day, "09:30", "15:30")
    key = some_key(stage, house, "in_cabinet", "vacant", "repair", "special", "entrusted")
    if key is None or not in_office_hours(stage.session, at, house.org_id):
        return
    by, man = clerk(house), stage.dice.choice(house.all("engineering_duty", "technician"))
    words = stage.deck.draw(ROUNDS if key.category == "special" else WORK)
    with stage.acts(by) as session:
        paper = KeyLoan(
            org_id=house.org_id, key_id=key.id, reason=words, borrower_kind="staff", borrower_id=man.staff_id
        )
        start(session, paper, by)
        if key.category == "entrusted":
            call_owner(session, paper, by, {"callee": owner_names(session, key.unit_id)[0], "answer": "agreed"})
    at = yield at + stage.minutes(3, 5)
    if key.category == "special":
        head = house.one("engineering_supervisor")
        with stage.acts(head) as session:
            advance(session, paper, "department_agrees", head)
    at = yield at + stage.minutes(2, 3)
    if key.state != "in_cabinet":
        with stage.acts(by, reason="钥匙已由他人借出") as session:
            advance(session, paper, "refuse", by, reason="钥匙已由他人借出，改日再领")
        return
    with stage.acts(by) as session:
        advance(session, paper, "hand_out", by, taker=man)
    yield from _brought_back(stage, house, paper, man, at)


def _brought_back(stage: Stage, house: House, paper: KeyLoan, man: Person, at: datetime) -> Walk:
    late = stage.chance(0.03)
    closing = same_day_closing(stage.session, at, house.org_id)
    back = min(at + stage.minutes(35, 60, 90, 150), closing - stage.minutes(35))
    yield stage.on(clock.local(at).date() + timedelta(days=1), "08:32", "08:50") if late else back
    if paper.state != "lent":
        return
    by = clerk(house)
    said: dict[str, Any] = {"late_reason": stage.deck.draw(LATE)} if late else {}
    with stage.acts(by) as session:
        advance(session, paper, "give_back", by, qty_in=paper.qty_out, where_in=paper.where_out, returner=man, **said)


def count(stage: Stage, house: House, day: date) -> Walk:
    """Every evening, blind; on the last of the month for the month. Once in a while one key hangs elsewhere."""
    at = yield stage.on(day, "17:06", "17:14")
    cabinet = stage.session.scalars(select(KeyCabinet).where(KeyCabinet.org_id == house.org_id)).first()
    if cabinet is None:
        return
    kind = "monthly" if (day + timedelta(days=1)).day == 1 else "daily"
    by = house.one("service_administrator") if kind == "monthly" else clerk(house)
    with stage.acts(by) as session:
        paper = start(session, KeyCount(org_id=house.org_id, cabinet_id=cabinet.id, kind=kind), by)
    yield at + stage.minutes(4, 6, 9)
    seen: dict[int, tuple[int, bool | None]] = {
        key.id: (-1, True) for key in keys_of(stage.session, cabinet.id) if key.state in AT_HOME
    }
    if stage.chance(0.02) and (astray := some_key(stage, house, "in_cabinet", "vacant")):
        seen.pop(astray.id, None)
    with stage.acts(by) as session:
        tally(session, paper, by, seen)
        finish(session, paper, by, {})
    if paper.state == "differs":
        yield from _settled(stage, house, paper, by)


def _settled(stage: Stage, house: House, paper: KeyCount, by: Person) -> Walk:
    at = yield clock.now() + stage.minutes(6, 10)
    with stage.acts(by) as session:
        advance(session, paper, "report", by, explanation="清点时未见，正逐个挂位查找")
    yield stage.daytime(at + stage.minutes(60, 900), "08:40", "20:00")
    lead = house.one("service_supervisor")
    with stage.acts(lead) as session:
        advance(session, paper, "settle", lead, settlement="挂错挂位，已找到并挂回，当班人员已提醒")
