"""Forms made from models: one field per column name, its kind, label, help and limits from what `field` says of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, String
from wtforms import Form

from forms.fields import (
    Day,
    Finder,
    LongWords,
    Lookup,
    Moment,
    Number,
    Phone,
    Pick,
    Secret,
    Tick,
    Typed,
    Whole,
    Words,
    YesNo,
    phone,
)
from models import Encrypted, Record, Scaled, UTCDateTime

LONG = 255  # columns longer than this are written in several lines
ENCRYPTED_LONGEST = 255


class HouseForm(Form):
    """A form as the house uses it: looked-up records, errors put at a field from outside, what was typed kept."""

    def finish(self, find: Finder) -> bool:
        """Validate, then look up what the pickers chose; True when nothing is wrong."""
        self.validate()
        for one in self:
            if isinstance(one, Lookup):
                one.resolve(find)
        return not any(one.errors for one in self)

    def mark(self, names: str) -> None:
        """Show these fields as required."""
        for name in names.split():
            if name in self:
                self[name].marked = True

    def blame(self, name: str, sentence: str) -> bool:
        """Put a sentence at the field; False when the form has no such field."""
        if name not in self:
            return False
        self[name].errors = [*self[name].errors, sentence]
        return True

    @property
    def values(self) -> dict[str, Any]:
        """Name to value of every field a person can type into; an untouched secret is left out."""
        return {
            one.short_name: one.data
            for one in self
            if not one.readonly and not (isinstance(one, Secret) and one.typed is None)
        }


@dataclass(frozen=True)
class Lines:
    """Child lines typed in a table of a form: `name` is what they are called in the values that are saved."""

    name: str
    model: type[Record]
    names: str
    title: str
    note: str = ""
    least: int = 0
    most: int = 200
    totals: tuple[str, ...] = ()
    over: Mapping[str, Typed] = field(default_factory=dict)

    def form(self) -> type[HouseForm]:
        """The form of one line."""
        return form_for(self.model, self.names, self.over)

    def read(self, formdata: Any) -> list[HouseForm]:
        """One form per line posted, in order; lines left empty are not lines."""
        return [
            form for form in (one(formdata) for one in self._posted(formdata)) if any(_filled(cell) for cell in form)
        ]

    def _posted(self, formdata: Any) -> list[Any]:
        made = self.form()
        shape = re.compile(rf"{re.escape(self.name)}-(\d{{1,6}})-")
        numbers = sorted({int(found[1]) for name in formdata if (found := shape.match(name))})[: self.most + 1]
        fresh = defaults(self.model, self.names.split())
        return [lambda data, n=n: made(data, data=fresh, prefix=f"{self.name}-{n}-") for n in numbers]

    def shown(self, rows: Sequence[Any]) -> list[HouseForm]:
        """One form per line that exists."""
        made = self.form()
        return [made(obj=row, prefix=f"{self.name}-{n}-") for n, row in enumerate(rows)]

    def blank(self) -> HouseForm:
        """The line that is copied for a new one."""
        return self.form()(data=defaults(self.model, self.names.split()), prefix=f"{self.name}-__n__-")


def _filled(cell: Typed) -> bool:
    """Something was typed that does not stand in an empty line by itself."""
    if cell.kind == "check":
        return bool(cell.data)
    fresh = "" if cell.object_data is None else cell.write(cell.object_data)
    return bool(cell.process_errors or (cell.typed and cell.typed != fresh))


def form_for(
    model: type[Record],
    names: str | Iterable[str],
    over: Mapping[str, Any] | None = None,
    *,
    must: str = "",
    free: str = "",
    readonly: str = "",
    hidden_secrets: bool = False,
) -> type[HouseForm]:
    """A form class for these attributes of the model.

    `over` gives fields that are not columns, or other fields for columns; `must` and `free` are filled or left empty
    whatever the table says; `hidden_secrets` makes personal values replaceable but not readable.
    """
    wanted = names.split() if isinstance(names, str) else list(names)
    strict, loose, fixed = must.split(), free.split(), readonly.split()
    fields = {}
    for name in wanted:
        if over and name in over:
            fields[name] = _anew(over[name])
            continue
        required = True if name in strict else False if name in loose else None
        fields[name] = field_for(model, name, required, name in fixed, hidden_secrets)
    return type(f"{model.__name__}Form", (HouseForm,), fields)


def _anew(declared: Any) -> Any:
    """The same field, made now: WTForms puts fields in the order in which they were made."""
    return type(declared)(declared.field_class, *declared.args, **declared.kwargs)


def field_for(
    model: type[Record], name: str, required: bool | None = None, readonly: bool = False, hidden: bool = False
) -> Any:
    """The field for one column: label, help, choices and mask from its info, limits from its type."""
    column: Column[Any] = model.__mapper__.column_attrs[name].columns[0]  # type: ignore[assignment]
    info = column.info
    settings: dict[str, Any] = {
        "required": must_be_filled(column) if required is None else required,
        "readonly": readonly,
        "help": info.get("note", ""),
        "empty": "" if not column.nullable and isinstance(column.type, String) else None,
    }
    kind, own = _kind(column, info, hidden)
    return kind(info["label"], **{**settings, **own})


def must_be_filled(column: Column[Any]) -> bool:
    """Whether the table refuses an empty value; an empty text is a value where it is the default."""
    if column.nullable or isinstance(column.type, Boolean):
        return False
    return not (isinstance(column.type, String) and column.default is not None and default_of(column) == "")


def default_of(column: Column[Any]) -> Any:
    """What a new row gets when nobody says anything."""
    default = column.default
    if default is None or not hasattr(default, "arg"):
        return None
    return default.arg(None) if callable(default.arg) else default.arg


def defaults(model: type[Record], names: Iterable[str]) -> dict[str, Any]:
    """What stands in a new form's boxes."""
    columns = {a.key: a.columns[0] for a in model.__mapper__.column_attrs}
    found = {n: default_of(columns[n]) for n in names if n in columns}  # type: ignore[arg-type]
    return {name: value for name, value in found.items() if value is not None}


def _kind(column: Column[Any], info: Mapping[str, Any], hidden: bool) -> tuple[type[Typed], dict[str, Any]]:
    if info.get("secret"):
        return _secret(column, info, hidden)
    if info.get("choices"):
        return Pick, {"choices": info["choices"]}
    if info.get("picker"):
        return Lookup, {"picker": info["picker"]}
    for of, made, own in TYPES:
        if isinstance(column.type, of):
            return made, own
    if isinstance(column.type, Boolean):
        return (YesNo, {}) if column.nullable else (Tick, {})
    if isinstance(column.type, Scaled):
        places = column.type.places
        return Number, {"places": places, "unit": "元" if places == 2 else ""}
    return _words(column)


TYPES: tuple[tuple[type[Any], type[Typed], dict[str, Any]], ...] = (
    (UTCDateTime, Moment, {}),
    (Date, Day, {}),
    (Integer, Whole, {}),
)


def _secret(column: Column[Any], info: Mapping[str, Any], hidden: bool) -> tuple[type[Typed], dict[str, Any]]:
    longest = getattr(column.type, "length", None) or ENCRYPTED_LONGEST
    is_phone = info["secret"] == "phone"
    if hidden:
        own = {"required": False, "longest": longest, **({"check": phone} if is_phone else {})}
        return Secret, own
    return (Phone if is_phone else Words), {"longest": longest}


def _words(column: Column[Any]) -> tuple[type[Typed], dict[str, Any]]:
    longest = (
        ENCRYPTED_LONGEST if isinstance(column.type, Encrypted) else (getattr(column.type, "length", None) or LONG)
    )
    return (LongWords if longest > LONG else Words), {
        "longest": longest,
        **({"width": "whole"} if longest >= LONG else {}),
    }
