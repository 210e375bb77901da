"""Changing a 制度参数: by whom, from when, why, and what it will change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Clock, OrgUnit, PolicyValue, TrailEntry, WorkDay, clock
from rules.deadline_table import DEADLINES
from rules.deadlines import recompute_after
from rules.errors import RuleError
from rules.permissions import require
from rules.person import Person, units_below
from rules.policies import POLICIES, checked_value, policy, value_words
from rules.write import Writer

LOOK_BACK = timedelta(hours=1)
SLOW = timedelta(minutes=5)  # an edit is dated before its transaction ends: look again at the last minutes
GRACE = timedelta(minutes=1)  # between showing the form and pressing the button


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a change would do, said before it is done."""

    label: str
    before: str
    after: str
    units: tuple[str, ...]  # the units below that keep a value of their own
    running: int  # clocks that go on with the value they started with

    @property
    def words(self) -> str:
        """One sentence or two for the form."""
        said = [f"{self.label}由“{self.before}”改为“{self.after}”"]
        if self.units:
            said.append(f"{'、'.join(self.units)}另有规定，不受影响")
        if self.running:
            said.append(f"正在走的 {self.running} 个时限仍按原值")
        return "；".join(said) + "。"


def what_would_change(session: Session, key: str, org_id: int, value: Any) -> PolicyEffect:
    """The old and the new value in words, who below is not touched, and which clocks go on as they are."""
    known = POLICIES[key]
    new = checked_value(key, value)
    below = units_below(session, org_id)
    own = session.scalars(
        select(OrgUnit.name)
        .where(OrgUnit.id.in_(select(PolicyValue.org_id).where(PolicyValue.key == key)))
        .where(OrgUnit.id.in_(below - {org_id}))
        .order_by(OrgUnit.path)
    )
    of_key = [d.id for d in DEADLINES if key in (d.key, *d.depends)]
    running = select(func.count()).select_from(Clock).where(Clock.stopped_at.is_(None), Clock.org_id.in_(below))
    count = session.scalar(running.where(Clock.deadline.in_(of_key))) if of_key else 0
    before = value_words(key, policy(session, key, org_id))
    return PolicyEffect(known.label, before, value_words(key, new), tuple(own), count or 0)


def set_policy(
    session: Session, key: str, org_id: int, value: Any, effective_from: datetime, reason: str, by: Person
) -> PolicyValue:
    """Set the value in the unit from a moment on; it stands in the trail and takes nothing back that was before.

    Clocks not yet begun follow after the commit: `recompute_after(write, org_id, row.effective_from)`.

    Raises NotAllowed outside one's own units, RuleError for a value the policy does not allow, a moment that is past
    or no reason.
    """
    if key not in POLICIES:
        raise RuleError("没有这样的制度参数", field="key")
    require(by, "policy_value.write", session.get_one(OrgUnit, org_id), "修改制度参数")
    checked = checked_value(key, value)
    if not reason.strip():
        raise RuleError("请写明修改原因", field="reason")
    if effective_from < clock.now() - GRACE:
        raise RuleError("生效时间不能早于现在：已经开始的时限不能改", field="effective_from")
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
