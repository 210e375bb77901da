"""Moving a paper along its lifecycle: one door, the same checks for everybody."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from models import Document, Move, Stateful
from models.document import permit
from models.trail import tell
from rules.errors import RuleError, WrongState, wrong_of
from rules.permissions import require
from rules.person import Person

Details = dict[str, Any]
Step = Callable[[Session, Any, Person, Details], None]
D = TypeVar("D", bound=Document)

CHECKS: dict[tuple[type[Stateful], str], list[Step]] = {}
EFFECTS: dict[tuple[type[Stateful], str], list[Step]] = {}
AFTER: dict[type[Stateful], list[Callable[[Session, Any], None]]] = {}


def check(model: type[Stateful], *verbs: str) -> Callable[[Step], Step]:
    """Before the move: the function refuses by RuleError, or fills in what the house works out."""
    return _register(CHECKS, model, verbs)


def effect(model: type[Stateful], *verbs: str) -> Callable[[Step], Step]:
    """After the move, in the same transaction: what else happens. `start` is the verb of a new paper."""
    return _register(EFFECTS, model, verbs)


def after_any_change(
    model: type[Stateful],
) -> Callable[[Callable[[Session, Any], None]], Callable[[Session, Any], None]]:
    """After every start, move or edit of a `model`: clocks and search follow the paper."""

    def register(fn: Callable[[Session, Any], None]) -> Callable[[Session, Any], None]:
        AFTER.setdefault(model, []).append(fn)
        return fn

    return register


def _register(
    table: dict[tuple[type[Stateful], str], list[Step]], model: type[Stateful], verbs: tuple[str, ...]
) -> Callable[[Step], Step]:
    unknown = set(verbs) - model.lifecycle.moves.keys() - {"start", "edit"}
    assert not unknown, f"{model.__name__} has no move {sorted(unknown)}"

    def register(fn: Step) -> Step:
        for verb in verbs:
            table.setdefault((model, verb), []).append(fn)
        return fn

    return register


def start(session: Session, doc: D, by: Person, *, cause: Stateful | None = None, **details: Any) -> D:
    """Put a new paper on file: permission (unless another paper's move causes it), maker, checks, number at the end.

    Raises NotAllowed, or the RuleError of a check.
    """
    if by.staff_id is not None and doc.made_by_id is None:
        doc.made_by_id = by.staff_id
    if cause is None:
        require(by, f"{doc.__tablename__}.write", doc, f"新增{doc.__label__}")
    _judge(session, doc, "start", by, details)
    session.add(doc)
    session.flush()
    _run(EFFECTS, session, doc, "start", by, details)
    changed(session, doc)
    return doc


def edit(session: Session, doc: Stateful, by: Person, **values: Any) -> None:
    """Change what a person typed: permission, not frozen, checks; raises NotAllowed or WrongState."""
    require(by, f"{doc.__tablename__}.write", doc, f"修改{doc.__label__}")
    if doc.is_frozen:
        raise WrongState(f"{doc} 已{doc.state_label}，不能再修改")
    for name, value in values.items():
        setattr(doc, name, value)
    _judge(session, doc, "edit", by, values)
    session.flush()
    changed(session, doc)


def advance(
    session: Session,
    doc: Stateful,
    verb: str,
    by: Person,
    *,
    reason: str | None = None,
    cause: Stateful | None = None,
    **details: Any,
) -> None:
    """Check permission, state, needed fields and the house's rules; change the state; run the effects.

    `details` are the values of the action form: those that are columns are set on the paper, all are handed to
    checks and effects. A system move needs `cause`, the paper whose own authorised move brings this one about.
    Raises NotAllowed, WrongState or another RuleError; then nothing has changed that a rollback does not undo.
    """
    step = doc.lifecycle.moves[verb]
    _may_be_made(doc, step, by, cause, reason)
    _put_down(doc, details)
    _judge(session, doc, verb, by, {**details, "reason": reason})
    for name in step.needs:
        if getattr(doc, name) in (None, ""):
            raise RuleError(f"请先填写{doc.labels()[name]}", field=name, rule=step.rule)
    permit(session, doc, step)
    doc.state = step.target
    told = {**({"原因": reason} if reason else {}), **({"由": str(cause)} if cause else {})}
    session.flush()
    tell(session, step.label, doc, told)
    _run(EFFECTS, session, doc, verb, by, {**details, "reason": reason})
    changed(session, doc)


def rehearse(session: Session, doc: Stateful, verb: str, by: Person, details: Details) -> dict[str, str]:
    """What the checks of a move refuse at fields: name to sentence. Nothing moves; the caller rolls everything back."""
    _put_down(doc, details)
    try:
        _judge(session, doc, verb, by, details)
    except RuleError as no:
        return wrong_of(no)
    return {}


def _put_down(doc: Stateful, details: Details) -> None:
    columns = inspect(doc).mapper.column_attrs
    for name, value in details.items():
        if name in columns:
            setattr(doc, name, value)


def _may_be_made(doc: Stateful, step: Move, by: Person, cause: Stateful | None, reason: str | None) -> None:
    """Permission or a causing paper, the right state, a reason where one is asked for."""
    if cause is None:
        if step.system:
            raise RuntimeError(f"{step.verb} is a system move and needs the paper that causes it")
        require(by, f"{doc.__tablename__}.{step.verb}", doc, step.label)
    if doc.state not in step.source:
        raise WrongState(f"{doc} 现为“{doc.state_label}”，不能{step.label}", rule=step.rule)
    if step.reason and not (reason or "").strip():
        raise RuleError(f"{step.label}须写明原因", field="reason", rule=step.rule)


def changed(session: Session, doc: Stateful) -> None:
    """Let everything that follows the paper (clocks, search) follow it now."""
    session.flush()
    for fn in AFTER.get(type(doc), ()):
        fn(session, doc)


def _judge(session: Session, doc: Stateful, verb: str, by: Person, details: Details) -> None:
    """Every check, before the database sees what was typed: it would only say that a constraint failed."""
    with session.no_autoflush:
        _run(CHECKS, session, doc, verb, by, details)


def _run(
    table: dict[tuple[type[Stateful], str], list[Step]],
    session: Session,
    doc: Stateful,
    verb: str,
    by: Person,
    details: Details,
) -> None:
    for fn in table.get((type(doc), verb), ()):
        fn(session, doc, by, details)
