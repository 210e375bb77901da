"""Things with states (Stateful) and numbered papers (单据, Document) that live through them and freeze."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String, event, inspect
from sqlalchemy.orm import Mapped, Session, declared_attr

from models import clock
from models.base import Base, Record, field
from models.lifecycle import Lifecycle, Move


@dataclass(frozen=True, slots=True)
class Series:
    """A number series (单号规则): prefix + project code + yyyymm + running number, e.g. GD-YJ-202609-0415."""

    prefix: str
    period: str = "%Y%m"
    width: int = 4

    def key(self, org_code: str, day: date) -> str:
        """`GD-YJ-202609`: one counter each."""
        return f"{self.prefix}-{org_code}-{day:{self.period}}"

    def format(self, key: str, n: int) -> str:
        """`GD-YJ-202609-0415`."""
        return f"{key}-{n:0{self.width}d}"


class SeriesCounter(Base):
    """The last number given out per series, unit and month; locked while taken, never reused."""

    __tablename__ = "series_counter"
    key: Mapped[str] = field("序列", String(40), primary_key=True)
    last: Mapped[int] = field("末号", default=0)


class FormToken(Base):
    """One form shown = one paper made: the second click finds the first one's paper here."""

    __tablename__ = "form_token"
    token: Mapped[str] = field("表单令牌", String(64), primary_key=True)
    noun: Mapped[str] = field("登记", String(64))
    row_id: Mapped[int] = field("记录")
    used_at: Mapped[datetime] = field("使用时间", default=lambda: clock.now(), index=True)


class Stateful(Record):
    """A thing with states: a paper, a key, an envelope, a roster. The guard below holds for all of them."""

    __abstract__ = True
    lifecycle: ClassVar[Lifecycle]
    always_open: ClassVar[frozenset[str]] = frozenset()
    """Columns that a frozen row may still change (what the house computes, never what a person typed)."""

    state: Mapped[str] = field("状态", String(32), index=True)
    version: Mapped[int] = field("版本", default=1, internal=True)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    @property
    def is_frozen(self) -> bool:
        """Nothing a person typed may change any more."""
        return self.state in self.lifecycle.frozen

    @property
    def state_label(self) -> str:
        """The state in Chinese."""
        return self.lifecycle.states[self.state]


class Document(Stateful):
    """Base of every paper: subclass, name the series and the lifecycle, add fields."""

    __abstract__ = True
    series: ClassVar[Series]

    number: Mapped[str | None] = field("编号", String(40), unique=True, sort_order=-9)

    @declared_attr
    def org_id(cls) -> Mapped[int]:
        return field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")

    @declared_attr
    def made_by_id(cls) -> Mapped[int]:
        return field("制单人", ForeignKey("staff.id"), index=True, picker="staff")

    created_at: Mapped[datetime] = field("登记时间", default=lambda: clock.now(), index=True)

    def __str__(self) -> str:
        return f"{self.__label__} {self.number or '（保存后编号）'}"


@event.listens_for(Stateful, "init", propagate=True)
def _born(thing: Stateful, _args: Any, kw: dict[str, Any]) -> None:
    """Flask-Admin builds rows without calling __init__, but it does send this event."""
    kw.setdefault("state", thing.lifecycle.initial)
    thing.state = thing.lifecycle.initial
    if isinstance(thing, Document):
        thing.created_at = clock.now()


def permit(session: Session, thing: Stateful, step: Move) -> None:
    """Only `rules.advance` calls this: the one door through which a state may change."""
    session.info.setdefault("permitted", set()).add((id(thing), thing.state, step.target))


@event.listens_for(Session, "before_flush")
def _only_through_the_door(session: Session, _ctx: Any, _objs: Any) -> None:
    """Whoever wrote a state by hand, changed a frozen paper or deleted a numbered one is stopped here."""
    permitted = session.info.get("permitted", set())
    for thing in (d for d in session.new if isinstance(d, Stateful)):
        if (
            thing.state != thing.lifecycle.initial
            and (id(thing), thing.lifecycle.initial, thing.state) not in permitted
        ):
            _must_have_walked(thing, thing.lifecycle.initial, permitted)
    for thing in (d for d in (*session.dirty, *session.deleted) if isinstance(d, Stateful)):
        if thing in session.deleted:
            raise RuntimeError(f"{thing}: papers are voided, never deleted")
        if session.is_modified(thing):
            _guard(thing, permitted)


def _guard(thing: Stateful, permitted: set[tuple[int, str, str]]) -> None:
    look = inspect(thing)
    states = look.attrs.state.history
    was = states.deleted[0] if states.deleted else thing.state
    if was != thing.state:
        _must_have_walked(thing, was, permitted)
    touched = look.committed_state.keys() & look.mapper.column_attrs.keys()  # only these can have a history
    changed = {key for key in touched if look.attrs[key].history.has_changes()}
    if was in thing.lifecycle.frozen and changed - {"state", "version", "number"} - thing.always_open:
        raise RuntimeError(f"{thing}: {was} papers are neither changed nor deleted")
    if "number" in changed and look.attrs["number"].history.deleted not in ((), [None], [], (None,)):
        raise RuntimeError(f"{thing}: a number is never changed")


def _must_have_walked(thing: Stateful, was: str, permitted: set[tuple[int, str, str]]) -> None:
    """Between two flushes a thing may have made several moves: each must have come through the door."""
    steps = {(a, b) for key, a, b in permitted if key == id(thing)}
    seen, front = {was}, {was}
    while front:
        front = {b for a, b in steps if a in front} - seen
        seen |= front
    if thing.state not in seen:
        raise RuntimeError(f"{thing}: no move led from {was} to {thing.state}")


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("permitted", None)
