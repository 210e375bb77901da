"""The demo company's meetings with figures and minutes, and its sampled checks of tickets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from commands.demo.stage import Chapter, House, Stage, Walk
from commands.demo.words import ways
from models import Meeting, OrgUnit, TicketCheck, clock
from models.checks import GRADES
from rules.advance import advance, start
from rules.checks import draw, proposal, record_check
from rules.errors import RuleError
from rules.figures import Figure, figures, period_words
from rules.meetings import finish_action, set_actions
from rules.person import Person

NEVER_HELD = "TY"  # this project still owes last month's meeting
MEASURES = ways(
    "前台派单前先核对待命板，十分钟内必派|工程部中午增加一人待命|回访名单每日上午十点由客服管理员分派|"
    "超时单次日晨会通报原因"
    "|常用配件列清单，由业务部备足一周用量|夜间报事由值班经理电话跟到场|重复报修的房号由工程主管复查|"
    "第三联当日未归的逐张追回"
)
DONE = ways("已落实，本月无超时。|已执行两周，效果明显。|已排入值班表。|清单已发，缺口三项在途。|已抽查十单，均符合。")
MINUTES = ways(
    "会议对未达标单据逐件说明原因，重申首接责任。|会议通报了重复报修和投诉集中的楼栋。|会议要求各部门当日事当日毕，"
    "办不完的主动告知客户。"
    "|会议肯定了回访工作，指出个别单据记录过简。|会议讨论了夜间和周末的人手安排。"
)
FINDINGS = ways(
    "到场时间与业户说法不一致|内容过简，看不出故障点|处理结果未写材料|回访评价照抄上一单|联系电话少一位，已补正"
)


# ---- meetings ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """One meeting to be held: where, over which period, from which day on, by whom, in whose chair."""

    org: OrgUnit
    kind: str
    period: str
    first: date
    caller: Person
    chair: Person


def meetings(stage: Stage) -> Iterable[Walk]:
    """Every meeting whose time falls into the story; the last one of one project is still owed."""
    firsts = [day for day in stage.days if day.day == 1]
    for first in firsts:
        over = first - timedelta(days=1)
        for house in stage.houses:
            if house.org.code == NEVER_HELD and first == firsts[-1]:
                continue
            caller, chair = house.one("service_supervisor"), house.one("project_manager")
            yield meeting(stage, Due(house.org, "month", f"{over:%Y-%m}", first, caller, chair))
        if over.month % 3 == 0:
            yield from _of_areas(stage, f"{over.year}Q{over.month // 3}", first)
        if over.month == 12:
            chief = stage.holders("quality_manager", stage.houses[0].org_id)[0]
            root = stage.session.scalars(select(OrgUnit).where(OrgUnit.kind == "company")).one()
            yield meeting(stage, Due(root, "year", str(over.year), first + timedelta(days=9), chief, chief))


def _of_areas(stage: Stage, period: str, first: date) -> Iterable[Walk]:
    for area in stage.session.scalars(select(OrgUnit).where(OrgUnit.kind == "area").order_by(OrgUnit.id)):
        chief = stage.holders("area_manager", area.id)[0]
        yield meeting(stage, Due(area, "quarter", period, first + timedelta(days=2), chief, chief))


def meeting(stage: Stage, due: Due) -> Walk:
    """Called one day, held the next with its figures, minutes and measures; the measures are carried out later."""
    at = yield stage.on(due.first + timedelta(days=stage.dice.choice((0, 1, 1))), "09:30", "11:30")
    with stage.acts(due.caller) as session:
        place = stage.dice.choice(("管理处会议室", "客服中心二楼", "会所小会议室"))
        it = Meeting(org_id=due.org.id, kind=due.kind, period=due.period, place=place)
        start(session, it, due.caller)
    at = yield stage.on(clock.local(at).date() + timedelta(days=1), "15:00", "17:00")
    found = figures(stage.session, due.org.id, due.period)
    missed = [f for f in found if f.met is False]
    owners = [p for p in stage.chiefs(due.org.id) if p.staff_id != due.chair.staff_id] or [due.caller]
    with stage.acts(due.caller) as session:
        lines: list[dict[str, Any]] = [
            {"measure": stage.deck.draw(MEASURES), "owner_id": owner.staff_id, "due_on": _by(stage, at)}
            for owner in stage.dice.sample(owners, min(len(owners), max(1, min(len(missed), 3))))
        ]
        set_actions(session, it, due.caller, lines)
        there = "、".join(dict.fromkeys([due.chair.name, due.caller.name, *(p.name for p in owners)]))
        advance(
            session,
            it,
            "hold",
            due.caller,
            held_at=at,
            chair_id=due.chair.staff_id,
            attendees=there[:250],
            minutes=_minutes(stage, due, found, missed),
        )
    for action in it.actions:
        recent = clock.local(stage.now).date() - action.due_on < timedelta(days=12)
        if not recent or stage.chance(0.5):
            stage.enter(_carried_out(stage, action.id, action.owner_id, action.due_on))


def _by(stage: Stage, at: datetime) -> date:
    return clock.local(at).date() + timedelta(days=stage.dice.choice((7, 10, 14, 20, 27)))


def _minutes(stage: Stage, due: Due, found: tuple[Figure, ...], missed: list[Figure]) -> str:
    said = [
        f"一、通报{period_words(due.period)}报事处理情况：",
        "；".join(f"{f.label} {f.words}" for f in found) + "。",
    ]
    said.append(
        "二、" + (f"{'、'.join(f.label for f in missed)}未达标，原因已逐单分析。" if missed else "各项指标达标。")
    )
    said.append("三、" + stage.deck.draw(MINUTES) + stage.deck.draw(MINUTES))
    return "\n".join(said)


def _carried_out(stage: Stage, action_id: int, owner_id: int, due_on: date) -> Walk:
    yield stage.on(due_on - timedelta(days=stage.dice.randint(0, 4)), "10:00", "17:00")
    by = stage.person(owner_id)
    with stage.acts(by) as session:
        action = next(a for m in session.scalars(select(Meeting)) for a in m.actions if a.id == action_id)
        finish_action(session, action, by, stage.deck.draw(DONE))


# ---- sampled checks ------------------------------------------------------------------------------------------------


def checks(stage: Stage) -> Iterable[Walk]:
    """TKT-11, TKT-12: each month drawn on one day, graded over the next; the newest month only in part."""
    months = sorted({day.replace(day=1) for day in stage.days})
    for month in months:
        for house in stage.houses:
            for level, post in (("area", "area_manager"), ("quality", "quality_manager")):
                yield sample(stage, house, month, level, stage.holders(post, house.org_id)[0])


def sample(stage: Stage, house: House, month: date, level: str, by: Person) -> Walk:
    """Drawn in the last week of the month, topped up and graded; a ticket in seven has something."""
    day = max(month + timedelta(days=stage.dice.randint(17, 23)), stage.days[0] + timedelta(days=2))
    lately = clock.local(stage.now).date() - month < timedelta(days=62)  # what is older was finished long ago
    yield stage.on(day, "09:00", "16:30")
    for step in range(3):
        with stage.acts(by) as session:
            try:
                drawn = draw(session, house.org_id, f"{month:%Y-%m}", level, by)
            except RuleError:  # nothing (more) to draw in a month that has hardly begun
                drawn = []
        yield clock.now() + stage.minutes(120, 1500)
        for check in drawn[: -3 if lately and stage.chance(0.3) else None]:
            _graded(stage, check, by)
        stage.settle()
        after = month + timedelta(days=31)  # what came in the last days of the month is topped up on the next first
        first = clock.at_wall(after.replace(day=1), time(8, 40)) + stage.minutes(30, 60)
        yield clock.now() + timedelta(days=2) if step == 0 else max(first, clock.now())


def _graded(stage: Stage, check: TicketCheck, by: Person) -> None:
    with stage.acts(by) as session:
        given = proposal(session, check).grade
        grade = "minor" if given == "good" and stage.chance(0.08) else given
        assert grade in GRADES
        record_check(session, check, by, grade, "" if grade == "good" else stage.deck.draw(FINDINGS))


def both(stage: Stage) -> Iterable[Walk]:
    """Meetings and checks, month by month."""
    yield from meetings(stage)
    yield from checks(stage)


CHAPTER = Chapter("通报会与抽查", whole=both)
