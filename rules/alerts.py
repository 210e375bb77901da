"""待办: what is this person's to do now, by query over clocks, obligations and papers; and the alerts delivered."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from models import Alert, Clock, MeetingAction, Obligation, OrgUnit, Staff, clock
from models.lifecycle import Tone
from rules.counting import Remembered
from rules.deadline_table import DEADLINES, Deadline
from rules.deadlines import MODELS, deadline_of
from rules.due import ClockFact, due_word, fact_of
from rules.errors import NotAllowed
from rules.meetings import late_words, open_actions
from rules.obligations import DUTIES, DUTY_OF, Duty
from rules.permissions import allows
from rules.person import Person, ancestors, units_below
from rules.scope import readable
from rules.waiting import WAITING, Waiting, text_of

NEARLY = timedelta(hours=1)  # no clock is nearly up earlier than that: see due.warn_minutes
AHEAD = timedelta(hours=24)  # clocks further off are no business of the day
MOST = 200  # rows read per kind: a desk with more open matters than this looks at the register
SHOWN = 50
Matter = tuple[str, int | None]
BELLS: Remembered[frozenset[Matter]] = Remembered()


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of 待办. `noun` and `row_id` make its address, `verb` is the move that ends it."""

    noun: str
    row_id: int
    what: str  # 派单后 20 分没有到场反馈 / 待接单
    limit: str  # 到场 限 20 分
    number: str
    place: str
    text: str
    who: str
    word: str
    tone: Tone
    due_at: datetime | None
    warn_minutes: int = 0
    article: str = ""
    verb: str = ""
    key: str = ""
    mine: bool = True  # mine to do, not only mine to see to

    @property
    def group(self) -> str:
        """已超时, 快到时, or 今天."""
        return {"late": "已超时", "wait": "快到时"}.get(self.tone, "要办" if self.mine else "关注")


@dataclass(frozen=True, slots=True)
class Tally:
    """A count for the home page: how many, what, and the query of the register that opens exactly these rows."""

    key: str
    label: str
    number: int
    noun: str
    states: tuple[str, ...] = ()
    overdue: bool = False
    tone: Tone = ""


# 待办 ----------------------------------------------------------------------------------------------------------------


def todo(session: Session, person: Person, now: datetime | None = None, org_id: int | None = None) -> list[Todo]:
    """Everything that is this person's to do or to see to, overdue first; of one project when `org_id` is given.

    One line per paper: its most pressing clock, or else the move it waits for. Nothing outside the person's scope.
    """
    if person.staff_id is None or not person.holdings:
        return []
    moment = now or clock.now()
    lines = _by_clock(session, person, moment, org_id)
    for kind in WAITING:
        for line in _by_move(session, person, kind, moment, org_id):
            known = lines.get((line.noun, line.row_id))
            is_told = known is not None and (known.tone == "late" or line.tone != "late")
            said = known if known is not None and is_told else line
            lines[line.noun, line.row_id] = replace(said, verb=kind.verb, mine=True)
    found = [
        *lines.values(),
        *_by_obligation(session, person, moment, org_id),
        *_by_measure(session, person, moment, org_id),
    ]
    far = moment + timedelta(days=3650)
    return sorted(found, key=lambda it: (it.tone != "late", it.tone != "wait", it.due_at or far, it.noun, it.row_id))


def bell(session: Session, person: Person) -> int:
    """The number on the bell: matters late or nearly, or told of and not acknowledged, in the project in front of them.

    The same on every page; what time alone makes late shows within a minute.
    """
    if person.staff_id is None or not person.holdings:
        return 0
    moment, org_id = clock.now(), person.project_id
    key = (person, org_id, int(moment.timestamp() // 60))
    known = BELLS.of(session, lambda: _matters(session, person, moment, org_id), person.units, key)
    return len(known | _told(session, person))


def _matters(session: Session, person: Person, moment: datetime, org_id: int | None) -> frozenset[Matter]:
    """What is late or nearly late for this person."""
    pressing: set[Matter] = set()
    for model in MODELS.values():
        rows = _pressing(session, person, model, moment, moment + NEARLY, org_id).with_only_columns(Clock)
        pressing.update((row.noun, row.row_id) for row in session.scalars(rows) if due_word(row, moment)[0])
    late = select(Obligation.id).where(_open_duties(session, person, moment, org_id), Obligation.due_at <= moment)
    pressing.update(("obligation", row_id) for row_id in session.scalars(late))
    measures = _by_measure(session, person, moment, org_id)
    pressing.update((it.noun, it.row_id) for it in measures if it.tone)
    for kind in WAITING:
        if kind.model.__tablename__ in MODELS:
            waits = and_(kind.where(session, person, moment), _inside(session, kind.model, org_id))
            waiting = select(kind.model.id).where(waits, _is_late(kind.model, moment)).limit(MOST)
            pressing.update((kind.model.__tablename__, row_id) for row_id in session.scalars(waiting))
    return frozenset(pressing)


def _told(session: Session, person: Person) -> frozenset[Matter]:
    rows = _unread(person).with_only_columns(Alert.noun, Alert.row_id).limit(MOST)
    return frozenset((noun, row_id) for noun, row_id in session.execute(rows))


def tallies(session: Session, person: Person, now: datetime | None = None, org_id: int | None = None) -> list[Tally]:
    """The counts of the home page, exact: one per kind of thing that waits, and what is overdue among them."""
    moment = now or clock.now()
    out = []
    for kind in WAITING:
        where = and_(kind.where(session, person, moment), _inside(session, kind.model, org_id))
        number = session.scalar(select(func.count()).select_from(kind.model).where(where)) or 0
        late = select(func.count()).select_from(kind.model).where(where, _is_late(kind.model, moment))
        over = session.scalar(late) if number else 0
        if number:
            tone: Tone = "late" if over else ""
            out.append(Tally(kind.key, kind.label, number, kind.model.__tablename__, kind.states, bool(over), tone))
    return out


def _is_late(model: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether a limit of the paper is past, whoever has it in hand: the figure, the list and the bell say the same."""
    return exists().where(
        Clock.noun == model.__tablename__,
        Clock.row_id == model.id,
        Clock.stopped_at.is_(None),
        Clock.due_at <= moment,
    )


def _inside(session: Session, model: Any, org_id: int | None) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true() if org_id is None else model.org_id.in_(units_below(session, org_id))
    return condition


def _pressing(
    session: Session, person: Person, model: Any, now: datetime, until: datetime, org_id: int | None
) -> Select[Any]:
    """(clock, paper) of what will be up by then and is theirs to end, has risen to them, or was told to them."""
    theirs = or_(*(_is_theirs(d, person, now) for d in DEADLINES if d.model is model))
    told = exists().where(
        Alert.staff_id == person.staff_id,
        Alert.noun == Clock.noun,
        Alert.row_id == Clock.row_id,
        Alert.deadline == Clock.deadline,
    )
    return (
        select(Clock, model)
        .join(model, and_(Clock.noun == model.__tablename__, Clock.row_id == model.id))
        .where(Clock.stopped_at.is_(None), Clock.due_at <= until, readable(person, model))
        .where(or_(theirs, and_(told, Clock.due_at <= now)), _inside(session, model, org_id))
        .order_by(Clock.due_at)
        .limit(MOST)
    )


def _by_clock(session: Session, person: Person, now: datetime, org_id: int | None) -> dict[tuple[str, int], Todo]:
    """The most pressing clock of each paper that is this person's: theirs to end, or risen to them."""
    lines: dict[tuple[str, int], Todo] = {}
    for model in MODELS.values():
        rows = _pressing(session, person, model, now, now + AHEAD, org_id).options(*_whole(model))
        for row, paper in session.execute(rows):
            _put(lines, _line(session, person, row, paper, now))
    return lines


def _whole(model: Any) -> list[Any]:
    """What a line shows beside the paper itself, read along with it."""
    return [joinedload(model.unit)] if hasattr(model, "unit") else []


def _is_theirs(deadline: Deadline, person: Person, now: datetime) -> ColumnElement[bool]:
    doer = or_(*(clause.where(person, deadline.model) for clause in deadline.doers))
    hears = [
        and_(target.is_mine(person, deadline.model), Clock.due_at <= now - step.after)
        for step in deadline.steps
        for target in step.to
    ]
    return and_(Clock.deadline == deadline.id, or_(doer, *hears))


def _put(lines: dict[tuple[str, int], Todo], line: Todo) -> None:
    """Rows come oldest first. Of late clocks the last one says most (72 小时 rather than 当天); else the first."""
    key = (line.noun, line.row_id)
    known = lines.get(key)
    if known is None or (known.tone == "late" and line.tone == "late"):
        lines[key] = line


def _line(session: Session, person: Person, row: Clock, paper: Any, now: datetime) -> Todo:
    fact: ClockFact = fact_of(session, row, now)
    deadline = deadline_of(row)
    tone, word = due_word(row, now)
    number, place, text = text_of(paper)
    return Todo(
        row.noun,
        row.row_id,
        fact.reason or deadline.label,
        fact.label,
        number,
        place,
        text,
        _hand(session, paper),
        word,
        tone,
        row.due_at,
        fact.warn_minutes,
        deadline.article,
        key=deadline.id,
        mine=_hand_id(paper) in (None, person.staff_id),
    )


def _hand_id(paper: Any) -> int | None:
    for name in ("technician_id", "received_by_id", "handler_id", "visitor_id"):
        if getattr(paper, name, None):
            return int(getattr(paper, name))
    return None


def _hand(session: Session, paper: Any) -> str:
    staff = session.get(Staff, found) if (found := _hand_id(paper)) else None
    return staff.name if staff else ""


def _by_move(session: Session, person: Person, kind: Waiting, now: datetime, org_id: int | None) -> list[Todo]:
    found = session.scalars(
        select(kind.model)
        .where(kind.where(session, person, now), _inside(session, kind.model, org_id))
        .options(*_whole(kind.model))
        .order_by(getattr(kind.model, kind.since), kind.model.id)
        .limit(SHOWN)
    )
    rows = list(found)
    late = _late_clocks(session, kind.model, [row.id for row in rows], now)
    return [
        _line(session, person, late[row.id], row, now) if row.id in late else _move_line(session, kind, row)
        for row in rows
    ]


def _late_clocks(session: Session, model: Any, ids: list[int], now: datetime) -> dict[int, Clock]:
    """The last limit that each of these papers has passed, also where another has the paper in hand."""
    if not ids or model.__tablename__ not in MODELS:
        return {}
    running = (Clock.noun == model.__tablename__, Clock.row_id.in_(ids), Clock.stopped_at.is_(None))
    rows = select(Clock).where(*running, Clock.due_at <= now).order_by(Clock.due_at)
    return {row.row_id: row for row in session.scalars(rows)}


def _move_line(session: Session, kind: Waiting, row: Any) -> Todo:
    number, place, text = text_of(row)
    since = getattr(row, kind.since)
    return Todo(
        kind.model.__tablename__,
        row.id,
        kind.label,
        "",
        number,
        place,
        text,
        _hand(session, row),
        f"{clock.local(since):%m-%d %H:%M} 起" if since else "",
        "",
        None,
        article=kind.article,
        verb=kind.verb,
        key=kind.key,
    )


def _by_obligation(session: Session, person: Person, now: datetime, org_id: int | None) -> list[Todo]:
    rows = select(Obligation).where(_open_duties(session, person, now, org_id))
    return [
        _duty_line(session, person, it, now) for it in session.scalars(rows.order_by(Obligation.due_at).limit(MOST))
    ]


def _open_duties(session: Session, person: Person, now: datetime, org_id: int | None) -> ColumnElement[bool]:
    theirs = or_(*(_is_due_from(d, person, now) for d in DUTIES))
    if org_id is None:
        return and_(Obligation.closed_at.is_(None), theirs)
    # what the area or the company owes stays on the list while one project is looked at
    units = {*units_below(session, org_id), *ancestors(session, org_id)}
    return and_(Obligation.closed_at.is_(None), theirs, Obligation.org_id.in_(units))


def _is_due_from(duty: Duty, person: Person, now: datetime) -> ColumnElement[bool]:
    hears = [
        and_(target.is_mine(person, Obligation), Obligation.due_at <= now - step.after)
        for step in duty.steps
        for target in step.to
    ]
    return and_(Obligation.duty == duty.id, or_(*hears))


def _duty_line(session: Session, person: Person, it: Obligation, now: datetime) -> Todo:
    duty = DUTY_OF[it.duty]
    as_clock = Clock(started_at=it.due_at - timedelta(days=30), due_at=it.due_at)
    tone, word = due_word(as_clock, now)
    unit = session.get_one(OrgUnit, it.org_id)
    mine = person.holds(*duty.doers, org_id=it.org_id)
    return Todo(
        "obligation", it.id, duty.label, it.period, "", unit.name, "", "", word, tone, it.due_at, 60, duty.article,
        key=duty.id, mine=mine,
    )  # fmt: skip


def _by_measure(session: Session, person: Person, now: datetime, org_id: int | None) -> list[Todo]:
    """What meetings decided and is not yet done: the owner's own, and what is late for whoever holds the meetings."""
    units = None if org_id is None else {*units_below(session, org_id), *ancestors(session, org_id)}
    return [
        _measure_line(session, person, it, now)
        for it in open_actions(session, person, clock.local(now).date())
        if (units is None or it.org_id in units)
        and (it.owner_id == person.staff_id or allows(person, "meeting_action.finish", it))
    ]


def _measure_line(session: Session, person: Person, it: MeetingAction, now: datetime) -> Todo:
    late = late_words(it, now)
    near = it.due_on == clock.local(now).date()
    word = late or ("今天办完" if near else f"{it.due_on:%m-%d} 前")
    due = clock.at_wall(it.due_on + timedelta(days=1), time(0))
    place = session.get_one(OrgUnit, it.org_id).name
    return Todo(
        "meeting_action", it.id, "改进措施待完成", "", "", place, it.measure[:60], it.owner.name, word,
        "late" if late else "wait" if near else "", due, 60, "003-2.005§4.4.1", "finish", "TKT-19",
        it.owner_id == person.staff_id,
    )  # fmt: skip


# 提醒 ----------------------------------------------------------------------------------------------------------------


def delivered(session: Session, person: Person, limit: int = SHOWN, acknowledged: bool = False) -> list[Alert]:
    """The alerts told to this person and not yet acknowledged (or all of them), newest first, inside their scope."""
    return list(session.scalars((_inbox(person) if acknowledged else _unread(person)).limit(limit)))


def _inbox(person: Person) -> Select[Any]:
    mine = select(Alert).where(Alert.staff_id == person.staff_id, Alert.org_id.in_(person.units))
    return mine.order_by(Alert.at.desc(), Alert.id.desc())


def _unread(person: Person) -> Select[Any]:
    return _inbox(person).where(Alert.acknowledged_at.is_(None))


def acknowledge(session: Session, by: Person, ids: Iterable[int] | None = None) -> int:
    """知道了: mark these alerts (or all) of this person; raises NotAllowed for somebody else's. Returns how many."""
    wanted = None if ids is None else set(ids)
    rows = select(Alert).where(Alert.acknowledged_at.is_(None))
    rows = rows.where(Alert.staff_id == by.staff_id) if wanted is None else rows.where(Alert.id.in_(wanted))
    found = list(session.scalars(rows))
    if any(alert.staff_id != by.staff_id for alert in found):
        raise NotAllowed("只能确认发给自己的提醒")
    for alert in found:
        alert.acknowledged_at = clock.now()
    session.flush()
    return len(found)
