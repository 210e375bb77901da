"""Changing a 制度参数: by whom, from when, why, and what it will change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Clock, OrgUnit, PolicyValue, TrailEntry, WorkDay, clock
from rules.deadline_table import DEADLINES
from rules.deadlines import recompute_after
from rules.errors import RuleError
from rules.obligations import DUTIES
from rules.permissions import require
from rules.person import Person, ancestors, units_below
from rules.policies import POLICIES, policy, value_words
from rules.policy_words import checked_value
from rules.write import Writer

LOOK_BACK = timedelta(hours=1)
SLOW = timedelta(minutes=5)  # an edit is dated before its transaction ends: look again at the last minutes
GRACE = timedelta(minutes=1)  # between showing the form and pressing the button
FURTHEST = timedelta(days=1826)
LONGEST_REASON = 255


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a change would do, said before it is done."""

    label: str
    before: str
    after: str
    since: str  # 「2026-11-22 00:00 起」
    units: tuple[str, ...]  # the units below that keep a value of their own
    running: int  # clocks that go on with the value they started with
    waiting: int  # clocks not begun by then, which follow
    example: str = ""  # what one clock would do
    coming: str = ""  # what has been set for later already

    @property
    def lines(self) -> tuple[str, ...]:
        """One sentence each, for the form."""
        said = [f"{self.label}由“{self.before}”改为“{self.after}”，{self.since}"]
        if self.example:
            said.append(self.example)
        if self.units:
            said.append(f"{'、'.join(self.units)}另有规定，不受影响")
        if self.running:
            said.append(f"到时正在走的 {self.running} 个时限仍按原值")
        if self.waiting:
            said.append(f"到时还没有开始的 {self.waiting} 个时限改按新值")
        if self.coming:
            said.append(self.coming)
        return tuple(said)

    @property
    def words(self) -> str:
        """All of it in one line."""
        return "；".join(self.lines) + "。"


def governs(key: str) -> tuple[str, ...]:
    """The deadlines and duties that a policy moves, as people know them: 「T-01 报事 派单」."""
    clocks = [f"{d.id} {d.model.__label__}{d.label}" for d in DEADLINES if key in (d.key, *d.depends)]
    return (*clocks, *(f"{duty.id} {duty.label}" for duty in DUTIES if duty.key == key))


def what_would_change(
    session: Session, key: str, org_id: int, value: Any, since: datetime | None = None
) -> PolicyEffect:
    """From when, the old and the new value in words, who below is not touched, which clocks follow and which do not.

    Raises RuleError for a value the policy does not allow.
    """
    known, new, begins = POLICIES[key], checked_value(key, value), max(since or clock.now(), clock.now())
    before = policy(session, key, org_id, begins)
    running, waiting = _clocks(session, key, org_id, begins)
    return PolicyEffect(
        known.label,
        value_words(key, before),
        value_words(key, new),
        f"{clock.shown(begins)} 起",
        _with_their_own(session, key, org_id),
        running,
        waiting,
        _example(key, before, new, begins),
        _set_for_later(session, key, org_id, begins),
    )


def _with_their_own(session: Session, key: str, org_id: int) -> tuple[str, ...]:
    below = units_below(session, org_id) - {org_id}
    own = select(PolicyValue.org_id).where(PolicyValue.key == key)
    rows = select(OrgUnit.name).where(OrgUnit.id.in_(own), OrgUnit.id.in_(below)).order_by(OrgUnit.path)
    return tuple(session.scalars(rows))


def _clocks(session: Session, key: str, org_id: int, begins: datetime) -> tuple[int, int]:
    """(clocks of the policy that will be running at the moment, clocks that begin later)."""
    of_key = [d.id for d in DEADLINES if key in (d.key, *d.depends)]
    if not of_key:
        return 0, 0
    later = func.coalesce(func.sum(case((Clock.started_at > begins, 1), else_=0)), 0)
    still = select(func.count(), later).where(
        Clock.stopped_at.is_(None), Clock.org_id.in_(units_below(session, org_id)), Clock.deadline.in_(of_key)
    )
    every, after = session.execute(still).one()
    return every - after, after


def _example(key: str, before: Any, after: Any, begins: datetime) -> str:
    """「例：11-22 00:00 开始的“派单”，原到 00:10，改后到 00:15」, where the limit alone decides."""
    plain = next((d for d in DEADLINES if d.key == key and d.due is None), None)
    if plain is None or before == after:
        return ""
    was, now = (clock.shown(begins + n * plain.unit) for n in (before, after))
    return f"例：{clock.shown(begins)} 开始的“{plain.model.__label__}{plain.label}”，原到 {was}，改后到 {now}"


def _set_for_later(session: Session, key: str, org_id: int, begins: datetime) -> str:
    coming = session.scalars(
        select(PolicyValue)
        .where(PolicyValue.key == key, PolicyValue.org_id == org_id, PolicyValue.effective_from > begins)
        .order_by(PolicyValue.effective_from, PolicyValue.id)
    ).first()
    if coming is None:
        return ""
    return f"{clock.shown(coming.effective_from)} 起已另定为“{value_words(key, coming.value)}”，到时再变"


def history_of(session: Session, key: str, org_id: int) -> list[tuple[PolicyValue, str]]:
    """What the unit and those above it set, the newest first, each with the unit's name."""
    line = ancestors(session, org_id)
    rows = session.execute(
        select(PolicyValue, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == PolicyValue.org_id)
        .where(PolicyValue.key == key, PolicyValue.org_id.in_(line))
        .order_by(PolicyValue.effective_from.desc(), PolicyValue.id.desc())
    )
    return [(row, name) for row, name in rows]


def set_policy(
    session: Session, key: str, org_id: int, value: Any, effective_from: datetime, reason: str, by: Person
) -> PolicyValue:
    """Set the value in the unit from a moment on; it stands in the trail and takes nothing back that was before.

    Clocks not yet begun follow after the commit: `recompute_after(write, org_id, row.effective_from)`.

    Raises NotAllowed outside one's own units, RuleError for a value the policy does not allow, a moment that is past
    or no reason.
    """
    checked = refuse_policy(session, key, org_id, value, effective_from, reason, by)
    row = PolicyValue(
        org_id=org_id,
        key=key,
        value=checked,
        effective_from=max(effective_from, clock.now()),
        made_by_id=by.staff_id,
        made_at=clock.now(),
        reason=reason.strip(),
    )
    session.add(row)
    session.flush()
    session.info.pop("policies", None)
    return row


def refuse_policy(
    session: Session, key: str, org_id: int, value: Any, effective_from: datetime, reason: str, by: Person
) -> Any:
    """Whatever is wrong with a change before it is made; the value as it would be stored. Raises as `set_policy`."""
    if key not in POLICIES:
        raise RuleError("没有这样的制度参数", field="key")
    require(by, "policy_value.write", session.get_one(OrgUnit, org_id), "修改制度参数")
    checked = checked_value(key, value)
    if not reason.strip():
        raise RuleError("请写明修改原因", field="reason")
    if effective_from < clock.now() - GRACE:
        raise RuleError("生效时间不能早于现在：已经开始的时限不能改", field="effective_from")
    if effective_from > clock.now() + FURTHEST:
        raise RuleError(
            f"生效日期最远到 {clock.local(clock.now() + FURTHEST):%Y-%m-%d}，请核对", field="effective_from"
        )
    if len(reason.strip()) > LONGEST_REASON:
        raise RuleError(f"修改原因最多 {LONGEST_REASON} 个字", field="reason")
    return checked


class Follow:
    """The chore beside the sweep: open clocks follow every edit of a 制度参数 or the calendar, read from the trail.

    Whoever edits recomputes right after the edit is committed; this catches up where that was cut short. A new process
    begins with the edits of the last `LOOK_BACK`. Doing it twice changes nothing.
    """

    def __init__(self, write: Writer) -> None:
        self._write = write
        self._looked: datetime | None = None
        self._followed: set[int] = set()

    def __call__(self) -> int:
        """Recompute for the edits not yet followed; returns how many papers."""
        now = clock.now()
        begin = max(self._looked - SLOW, now - LOOK_BACK) if self._looked else now - LOOK_BACK
        nouns = (PolicyValue.__tablename__, WorkDay.__tablename__)
        with Session(self._write.engine) as look:
            recent = select(TrailEntry).where(TrailEntry.at >= begin, TrailEntry.noun.in_(nouns))
            edits = [edit for edit in look.scalars(recent) if edit.id not in self._followed]
            todo = {(edit.chain_id, _since(look, edit)) for edit in edits}
            seen = {edit.id for edit in edits}
        papers = sum(recompute_after(self._write, org_id, since) for org_id, since in todo)
        self._looked, self._followed = now, self._followed | seen
        return papers


def _since(session: Session, edit: TrailEntry) -> datetime | None:
    """The clocks a policy does not reach are those that started before it; a day of the calendar reaches all."""
    if edit.noun != PolicyValue.__tablename__ or edit.row_id is None:
        return None
    row = session.get(PolicyValue, edit.row_id)
    return row.effective_from if row else None
