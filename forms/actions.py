"""What a move or another deed asks for before it is done: the fields, what stands in them at first, its lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.build import HouseForm, Lines, form_for
from forms.fields import LongWords, Typed
from models import Record
from models.lifecycle import Move

Initial = Callable[[Any], Mapping[str, Any]]
Needed = Callable[[Any, HouseForm], str]


@dataclass(frozen=True)
class Ask:
    """The fields of one deed: names of columns, and fields of its own in `over`. Lines make it a page, not a dialog."""

    model: type[Record]
    names: str
    must: str = ""
    over: Mapping[str, Any] = field(default_factory=dict)
    initial: Initial | None = None
    lines: Lines | None = None
    note: str = ""
    needed: Needed = lambda _row, _form: ""  # what the rules want filled for this row besides: names, marked in red
    at_once: bool = False  # the rules are asked too when a field is wrong, so that all is told in one round
    made: dict[str, type[HouseForm]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def form(self) -> type[HouseForm]:
        """The form's class."""
        return self._form(hidden=False)

    def _form(self, hidden: bool) -> type[HouseForm]:
        """Made once; `hidden`: personal values may be replaced but not read."""
        key = "hidden" if hidden else "open"
        if key not in self.made:
            self.made[key] = form_for(self.model, self.names, self.over, must=self.must, hidden_secrets=hidden)
        return self.made[key]

    def _first(self, row: Any, hidden: bool) -> dict[str, Any]:
        columns, values = self.model.__mapper__.column_attrs, self.values(row)
        closed = {name for name in values if name in columns and self.model.info(name).get("secret")} if hidden else ()
        return {name: value for name, value in values.items() if name not in closed}

    def values(self, row: Any) -> dict[str, Any]:
        """What stands in the boxes at first: what the row says, then what the deed begins with."""
        columns = self.model.__mapper__.column_attrs
        stored = {
            name: getattr(row, name) for name in self.names.split() if isinstance(row, self.model) and name in columns
        }
        fresh = dict(self.initial(row)) if self.initial else {}
        return {**stored, **{name: value for name, value in fresh.items() if stored.get(name) is None}}

    def stored(self, row: Any) -> HouseForm:
        """What the row itself says in these boxes; personal values are left out."""
        columns = self.model.__mapper__.column_attrs
        names = [name for name in self.names.split() if isinstance(row, self.model) and name in columns]
        said = {name: getattr(row, name) for name in names if not self.model.info(name).get("secret")}
        return self._form(hidden=True)(data=said)

    def opened(self, row: Any, *, hidden: bool = False) -> HouseForm:
        """The form as it opens; `hidden` for whom personal values of the row are closed."""
        return self._marked(self._form(hidden)(data=self._first(row, hidden)), row)

    def posted(self, formdata: Any, row: Any, *, hidden: bool = False) -> HouseForm:
        """The form as it comes back."""
        return self._marked(self._form(hidden)(formdata, data=self._first(row, hidden)), row)

    def _marked(self, form: HouseForm, row: Any) -> HouseForm:
        form.mark(self.needed(row, form))
        return form


ASKS: dict[tuple[str, str], Ask] = {}


def ask(
    model: type[Record],
    verbs: str,
    names: str,
    *,
    must: str = "",
    over: Mapping[str, Any] | None = None,
    initial: Initial | None = None,
    lines: Lines | None = None,
    note: str = "",
    needed: Needed = lambda _row, _form: "",
    at_once: bool = False,
) -> None:
    """`ask(Ticket, "solve", "solution", must="solution")`: the form of these moves."""
    for verb in verbs.split():
        assert (model.__tablename__, verb) not in ASKS, f"{model.__name__}.{verb} asks twice"
        ASKS[model.__tablename__, verb] = Ask(
            model, names, must, dict(over or {}), initial, lines, note, needed, at_once
        )


def asked(model: type[Record], step: Move) -> Ask | None:
    """What a move asks for: what was declared, else the reason where one is needed, else nothing."""
    declared = ASKS.get((model.__tablename__, step.verb))
    if declared is None and step.reason:
        return Ask(model, "reason", over={"reason": reason()})
    return declared


def action_form(model: type[Record], step: Move) -> type[HouseForm] | None:
    """The form of a move, for callers that need no first values."""
    found = asked(model, step)
    return found.form if found else None


def reason(label: str = "原因") -> Typed:
    """Why: goes to the trail with the deed."""
    return LongWords(label, required=True, longest=255, width="whole")
