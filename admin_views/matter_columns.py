"""Columns that the registers of matters share: where, who with a masked phone, what with its tags, due, copies."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, false, func, or_, select

from admin_views.columns import Col, Line, Look
from admin_views.filters import Asking, ChoiceFilter
from admin_views.page import NOTHING, Cell, Copies, Due, LinkCell, Masked, Tag, Text
from admin_views.sources import Sources
from models import Clock, PaperCopy, Record, Stateful, clock
from models.masks import masked
from rules.deadline_table import DEADLINES
from rules.due import ClockFact, due_facts, overdue_condition, soon_condition
from rules.waiting import WAITING, Waiting

LEVELS = frozenset(d.id for d in DEADLINES if d.level)
SOFT = tuple(d.id for d in DEADLINES if d.soft)
TagsOf = Callable[[Line], Sequence[Tag]]


def where_column(label: str = "房号 / 地点") -> Col:
    """房号, or the place of a public matter; the household opens."""

    def cell(_look: Look, line: Line) -> Cell:
        if line.unit_id:
            return LinkCell(line.said("unit_id"), f"/household/{line.unit_id}", strong=True)
        return Text(line.place or "—", strong=True)

    def key(sources: Sources) -> Any:
        return func.coalesce(sources.said("unit_id"), sources.column("place"))

    return Col(key="where", label=label, width="l", needs=("unit_id", "place"), cell=cell, sort=key)


def what_column(label: str, tags: TagsOf, needs: tuple[str, ...] = ()) -> Col:
    """The content with what sticks out about it."""

    def cell(look: Look, line: Line) -> Cell:
        return LinkCell(line.content, look.url(line.id), tags=tuple(tags(line)))

    return Col(key="content", label=label, needs=("content", *needs), cell=cell)


def who_column(label: str, name: str, phone: str) -> Col:
    """The name as told, the phone masked."""

    def cell(_look: Look, line: Line) -> Cell:
        number = line[phone]
        return Masked(masked("phone", number), note=line[name] or "") if number else Text(line[name] or "—")

    return Col(key=name, label=label, width="xl", place="left", needs=(name, phone), cell=cell, sort=name)


def due_column(model: type[Stateful]) -> Col:
    """The most pressing clock of each row; sorted by it, overdue comes first, then soon, then the rest."""

    def batch(look: Look, lines: Sequence[Line]) -> Mapping[int, Cell]:
        facts = due_facts(look.session, model, [line.id for line in lines])
        return {row_id: _due(fact) for row_id, fact in facts.items()}

    def urgent() -> Select[Any]:
        running = (Clock.noun == model.__tablename__, Clock.stopped_at.is_(None), Clock.deadline.not_in(SOFT))
        ranked = select(Clock.row_id.label("row_id"), func.min(Clock.due_at).label("rank"))
        return ranked.where(*running).group_by(Clock.row_id)

    return Col(key="due", label="时限", width="due", place="left", batch=batch, urgent=urgent)


def _which(fact: ClockFact) -> str:
    """派单, 到场; of the levels of 办完 its limit: the same matter may be late by another on the 工作台."""
    name, _, limit = fact.label.partition(" ")
    return f"限{limit.removesuffix('内').replace(' ', '')} " if fact.id in LEVELS else f"{name} "


def _due(fact: ClockFact) -> Due:
    iso = clock.local(fact.due_at).isoformat(timespec="seconds")
    return Due(
        fact.word,
        fact.tone,
        prefix=_which(fact),
        iso=iso,
        warn_minutes=fact.warn_minutes,
        reason=fact.reason,
        article=fact.article,
    )


def due_filter(model: type[Stateful]) -> ChoiceFilter:
    """超时 and 快到时 are questions, never states."""

    def late(_sources: Sources, _asking: Asking) -> Any:
        return overdue_condition(model, clock.now())

    def soon(_sources: Sources, _asking: Asking) -> Any:
        return soon_condition(model, clock.now())

    return ChoiceFilter(
        name="due",
        label="时限",
        choices={"late": "已超时", "soon": "一小时内到时"},
        wheres={"late": late, "soon": soon},
    )


def waiting_filter(model: type[Stateful]) -> ChoiceFilter:
    """What waits for the person who asks, as the 工作台 counts it: each of its figures opens exactly its rows."""

    def mine(kind: Waiting) -> Any:
        return lambda _sources, asking: (
            kind.where(asking.session, asking.person, clock.now()) if asking.person else false()
        )

    kinds = [kind for kind in WAITING if kind.model is model]
    return ChoiceFilter(
        name="waiting",
        label="等我办",
        choices={kind.key: kind.label for kind in kinds},
        wheres={kind.key: mine(kind) for kind in kinds},
        extra=True,
    )


def copies_column() -> Col:
    """The three sheets: dashed is not back; the word is the truth."""

    def batch(look: Look, lines: Sequence[Line]) -> Mapping[int, Cell]:
        found = look.session.scalars(
            select(PaperCopy)
            .where(PaperCopy.noun == look.noun, PaperCopy.row_id.in_([line.id for line in lines]))
            .where(PaperCopy.state != "void")
            .order_by(PaperCopy.copy_no)
        )
        sets: dict[int, list[PaperCopy]] = {}
        for copy in found:
            sets.setdefault(copy.row_id, []).append(copy)
        states = {line.id: line.state for line in lines}
        return {row_id: _copies(copies, states[row_id]) for row_id, copies in sets.items()}

    return Col(key="copies", label="三联", width="l", place="none", batch=batch)


def _copies(copies: Sequence[PaperCopy], state: str) -> Cell:
    by_number = {copy.copy_no: copy for copy in copies}
    settled = {n: n in by_number and by_number[n].state in ("back", "handed") for n in (1, 2, 3)}
    out = tuple(not settled[n] and by_number.get(n) is not None and by_number[n].state != "printed" for n in (1, 2, 3))
    missing = "".join("①②③"[n - 1] for n in (1, 2, 3) if not settled[n])
    if not missing:
        return Copies(out, "齐")
    if any(copy.state == "missing" for copy in copies):
        return Copies(out, f"缺{missing}", "late")
    if state in ("completed", "signed"):
        return Copies(out, f"缺{missing}", "wait")
    return Copies(out, "随单" if any(out) else "已打印")


def copies_filter() -> ChoiceFilter:
    """Slips by where their copies are."""

    def has(model: type[Record], *states: str) -> Any:
        copies = select(PaperCopy.row_id).where(
            PaperCopy.noun == model.__tablename__, PaperCopy.state.in_(states), PaperCopy.row_id == model.id
        )
        return copies.exists()

    def out(sources: Sources, _asking: Asking) -> Any:
        return has(sources.model, "out")

    def missing(sources: Sources, _asking: Asking) -> Any:
        return has(sources.model, "missing")

    def unprinted(sources: Sources, _asking: Asking) -> Any:
        return ~or_(has(sources.model, "printed", "out", "back", "handed", "missing"))

    return ChoiceFilter(
        name="copies",
        label="三联",
        choices={"out": "有联在外", "missing": "缺联", "unprinted": "未打印"},
        wheres={"out": out, "missing": missing, "unprinted": unprinted},
        extra=True,
    )


__all__ = [
    "NOTHING",
    "copies_column",
    "copies_filter",
    "due_column",
    "due_filter",
    "waiting_filter",
    "what_column",
    "where_column",
    "who_column",
]
