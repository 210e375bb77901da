"""The query bar: one field per column name, its kind from the column, and the condition it makes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, Integer, false, or_
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_views.page import Choice, QueryField
from admin_views.sources import Sources, end_of, label_of, rows_saying, target_of
from forms.fields import YEARS, clean, halved
from models import Encrypted, Record, Scaled, Stateful, UTCDateTime, clock
from rules.permissions import allows
from rules.person import Person
from rules.searching import ends_with, rows_ending

TAIL_LEAST = 4
"""A phone is asked for by so many last digits or more (decision 8)."""
TEXT_LONGEST = 100
LONGEST_WHOLE = 18
Make = Callable[[Sources], ColumnElement[bool]]


def whole(text: str, low: int, high: int, default: int | None) -> int | None:
    """The whole number of an address, held within its bounds; what is no number is the default."""
    found = re.fullmatch(r"(-?)0*(\d+)", text.strip()[:TEXT_LONGEST])
    if found is None:
        return default
    if len(found[2]) > LONGEST_WHOLE:
        return low if found[1] else high
    return max(low, min(high, int(found[1] + found[2])))


def day_of(text: str) -> date | None:
    """The day of an address, of a year people live in; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and through what."""

    session: Session
    person: Person | None
    args: MultiDict[str, str]
    noun: str

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return str(self.session.get_bind().dialect.name)

    def text(self, name: str) -> str:
        """One typed text."""
        return clean(self.args.get(name, ""))[:TEXT_LONGEST]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one field was filled with."""

    said: str
    where: Make
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One field of the query bar. `read` gives None when nothing, or nothing sensible, was asked."""

    name: str
    label: str
    always: bool = False
    extra: bool = False

    def permitted(self, person: Person | None) -> bool:
        """Whether this person may ask by this field at all."""
        return person is not None

    def read(self, asking: Asking) -> Asked | None:
        """The condition asked for."""
        raise NotImplementedError

    def field(self, asking: Asking) -> QueryField:
        """The field with what is in it."""
        raise NotImplementedError

    def _drawn(self, **kw: Any) -> QueryField:
        return QueryField(self.name, self.label, always=self.always, extra=self.extra, **kw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceFilter(Filter):
    """Any of some words; `wheres` gives a word its own condition, else it is the column's value."""

    choices: Mapping[Any, str]
    wheres: Mapping[str, Callable[[Sources, Asking], ColumnElement[bool]]] = field(default_factory=dict)

    def read(self, asking: Asking) -> Asked | None:
        """One condition per word, joined by or."""
        keys = {str(key): key for key in self.choices}
        asked = [text for text in dict.fromkeys(asking.args.getlist(self.name)) if text]
        texts = [text for text in asked if text in keys]
        if not asked:
            return None
        if not texts:  # a word that does not exist finds nothing, rather than everything
            return Asked(
                "（没有这个选项）", lambda _sources: false(), tuple((self.name, text[:32]) for text in asked[:1])
            )

        def where(sources: Sources) -> ColumnElement[bool]:
            plain = [keys[text] for text in texts if text not in self.wheres]
            own = [self.wheres[text](sources, asking) for text in texts if text in self.wheres]
            return or_(*own, *([sources.column(self.name).in_(plain)] if plain else []))

        said = "、".join(str(self.choices[keys[text]]) for text in texts)
        return Asked(said, where, tuple((self.name, text) for text in texts))

    def field(self, asking: Asking) -> QueryField:
        """Ticks in a small menu."""
        choices = tuple(Choice(str(key), label) for key, label in self.choices.items())
        asked = self.read(asking)
        return self._drawn(kind="multi", choices=choices, values=tuple(v for _n, v in asked.params) if asked else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoFilter(Filter):
    """是 or 否."""

    def read(self, asking: Asking) -> Asked | None:
        """A column's truth."""
        text = asking.text(self.name)
        if text not in ("yes", "no"):
            return None
        wanted = text == "yes"
        said = "是" if wanted else "否"
        return Asked(said, lambda sources: sources.column(self.name).is_(wanted), ((self.name, text),))

    def field(self, asking: Asking) -> QueryField:
        """A short list."""
        choices = (Choice("", "不限"), Choice("yes", "是"), Choice("no", "否"))
        return self._drawn(kind="select", choices=choices, value=asking.text(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesFilter(Filter):
    """From a day to a day, both included, by the office wall calendar."""

    moments: bool = True

    def read(self, asking: Asking) -> Asked | None:
        """Either end may be open."""
        first, last = (day_of(asking.text(f"{self.name}_{end}")) for end in ("from", "to"))
        if first is None and last is None:
            return None

        def where(sources: Sources) -> ColumnElement[bool]:
            column = sources.column(self.name)
            low, high = (self._edge(first, 0), self._edge(last, 1))
            parts = ([column >= low] if first else []) + ([column < high] if last else [])
            joined: ColumnElement[bool] = parts[0] if len(parts) == 1 else parts[0] & parts[1]
            return joined

        said = f"{first or ''} 至 {last or ''}".strip()
        params = [(f"{self.name}_{end}", day.isoformat()) for end, day in (("from", first), ("to", last)) if day]
        return Asked(said, where, tuple(params))

    def _edge(self, day: date | None, more: int) -> date | datetime | None:
        if day is None:
            return None
        later = day + timedelta(days=more)
        return clock.at_wall(later, time(0)) if self.moments else later

    def field(self, asking: Asking) -> QueryField:
        """Two dates."""
        return self._drawn(
            kind="dates", value=asking.text(f"{self.name}_from"), value_to=asking.text(f"{self.name}_to")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PickFilter(Filter):
    """A record by its id, `me` where it is a member of staff, or a part of how people say it."""

    picker: str

    def read(self, asking: Asking) -> Asked | None:
        """The id when one was chosen, else the text typed beside it."""
        chosen, text = asking.text(self.name), asking.text(f"{self.name}_text")
        if chosen == "me" and self.picker == "staff" and asking.person:
            mine = asking.person.staff_id
            return Asked("我", lambda sources: sources.column(self.name) == mine, ((self.name, "me"),))
        if chosen.isdecimal() and 0 < int(chosen) < 2**31:
            wanted = int(chosen)
            params = ((self.name, chosen), *(((f"{self.name}_text", text),) if text else ()))
            return Asked(text or chosen, lambda sources: sources.column(self.name) == wanted, params)
        if text:
            said = Asked(
                f"含“{text}”",
                lambda sources: sources.model.id.in_(rows_saying(asking.dialect, sources.model, self.name, text)),
                ((f"{self.name}_text", text),),
            )
            return said
        return None

    def field(self, asking: Asking) -> QueryField:
        """A picker; without scripts its text is matched."""
        asked = self.read(asking)
        mine = asking.text(self.name) == "me"
        return self._drawn(
            kind="picker",
            source=f"/lookup/{self.picker}",
            value=asking.text(self.name) if asked else "",
            shown="我" if mine else asking.text(f"{self.name}_text"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter(Filter):
    """A part of a text."""

    placeholder: str = ""

    def read(self, asking: Asking) -> Asked | None:
        """Anywhere in it."""
        text = asking.text(self.name)
        if not text:
            return None
        return Asked(
            text,
            lambda sources: sources.model.id.in_(rows_saying(asking.dialect, sources.model, self.name, text)),
            ((self.name, text),),
        )

    def field(self, asking: Asking) -> QueryField:
        """One box."""
        return self._drawn(value=asking.text(self.name), placeholder=self.placeholder)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFilter(Filter):
    """Exactly this number."""

    whole: bool = True

    def read(self, asking: Asking) -> Asked | None:
        """What is no number asks nothing."""
        text = halved(asking.text(self.name))
        wanted = whole(text, -(10**9), 10**9, None)
        if wanted is None or abs(wanted) == 10**9:
            return None
        return Asked(text, lambda sources: sources.column(self.name) == wanted, ((self.name, text),))

    def field(self, asking: Asking) -> QueryField:
        """One box."""
        return self._drawn(value=asking.text(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class TailFilter(Filter):
    """The last digits of a telephone number, for the posts that may search by them."""

    def permitted(self, person: Person | None) -> bool:
        """Desk posts may, lobby posts may not (decision 8)."""
        return allows(person, "resident.search_phone")

    def read(self, asking: Asking) -> Asked | None:
        """Four digits or more."""
        text = halved(asking.text(self.name))
        if not text.isdecimal() or len(text) < TAIL_LEAST:
            return None
        return Asked(f"尾号 {text}", lambda sources: self._ending(asking, sources, text), ((self.name, text),))

    def _ending(self, asking: Asking, sources: Sources, digits: str) -> ColumnElement[bool]:
        if "." in self.name:
            return ends_with(sources.column(self.name), digits)
        found: ColumnElement[bool] = sources.model.id.in_(rows_ending(asking.dialect, sources.model, self.name, digits))
        return found

    def field(self, asking: Asking) -> QueryField:
        """One box that says what it wants."""
        return self._drawn(value=asking.text(self.name), placeholder=f"尾号，至少 {TAIL_LEAST} 位")


def filters_for(model: type[Record], wanted: Sequence["str | Filter"]) -> tuple[Filter, ...]:
    """The declared filters; `+name` stays on a phone, `-name` only under 更多条件."""
    made = []
    for one in wanted:
        if isinstance(one, Filter):
            made.append(one)
            continue
        name = one.lstrip("+-")
        made.append(filter_for(model, name, always=one[0] == "+", extra=one[0] == "-"))
    return tuple(made)


def filter_for(model: type[Record], path: str, **kw: Any) -> Filter:
    """The kind of field a column asks for; raises ValueError for what nobody may ask by."""
    owner, name = end_of(model, path)
    info, column = owner.info(name), owner.__mapper__.column_attrs[name].columns[0]
    kw = {"name": path, "label": label_of(model, path), **kw}
    if info.get("secret") == "phone":
        return TailFilter(**{**kw, "label": f"{kw['label']}尾号"})
    if info.get("secret") or isinstance(column.type, Encrypted | Scaled):
        raise ValueError(f"{path}: secrets and amounts are not asked for")
    choices = owner.lifecycle.states if name == "state" and issubclass(owner, Stateful) else info.get("choices")
    if choices:
        return ChoiceFilter(choices=choices, **kw)
    if target_of(owner, name):
        return PickFilter(picker=target_of(owner, name), **kw)
    made = next((made for kind, made in BY_TYPE if isinstance(column.type, kind)), TextFilter)
    return made(**kw)


def _days(**kw: Any) -> DatesFilter:
    return DatesFilter(moments=False, **kw)


BY_TYPE: tuple[tuple[type[Any], Callable[..., Filter]], ...] = (
    (UTCDateTime, DatesFilter),
    (Boolean, YesNoFilter),
    (Integer, NumberFilter),
    (Date, _days),
)
