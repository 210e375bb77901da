"""From a form as values to a form on screen: fields, line editors, sections, what stands in a box in words."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from admin_views import cosign
from admin_views.lookups import Looker
from admin_views.page import Choice, Field, LineColumn, LineEditor, Section
from forms.build import HouseForm, Lines
from forms.evidence import Cosign, Upload
from forms.fields import Lookup, Pick, Secret, Several, Tick, Typed, Words
from models import Record
from models.masks import masked

MOST_SHOWN = 2000
SHORT = 16


def drawn(one: Typed, look: Looker, row: Record | None = None) -> Field:
    """One field as the template draws it, with what stands in it."""
    own: dict[str, Any] = {}
    for kind, settings in OWN:
        if isinstance(one, kind):
            own |= settings(one, look, row)
    return Field(
        **{
            "name": one.name,
            "label": one.label.text,
            "kind": one.kind,
            "value": one.shown,
            "error": "；".join(one.errors),
            "help": one.help,
            "required": one.required or one.marked,
            "readonly": one.readonly,
            "width": one.width,
            "placeholder": one.placeholder,
            "unit": one.unit,
            **own,
        }
    )


def _picker(one: Lookup, look: Looker, _row: Record | None) -> dict[str, Any]:
    text = one.text
    if one.data is not None and not one.errors:
        text = look.label(one.picker, one.data) or text
    return {
        "source": f"/lookup/{one.picker}",
        "shown": text,
        "depends_on": one.within,
        "value": "" if one.data is None else str(one.data),
    }


def _choices(one: Pick, _look: Looker, _row: Record | None) -> dict[str, Any]:
    words = tuple(Choice(str(key), label) for key, label in one.choices.items())
    free = () if one.kind == "radio" or (one.required and one.shown) else (Choice("", "请选择"),)
    return {"choices": (*free, *words)}


def _secret(one: Secret, look: Looker, row: Record | None) -> dict[str, Any]:
    stored = getattr(row, one.short_name, None)
    if row is None or not stored:
        return {"value": one.typed or "", "shown": "", "reveal_url": ""}
    shown = masked(row.info(one.short_name)["secret"], stored)
    return {"value": one.typed or "", "shown": shown, "reveal_url": look.reveal_url(row, one.short_name)}


OWN: tuple[tuple[type[Typed], Any], ...] = (
    (Lookup, _picker),
    (Pick, _choices),
    (Secret, _secret),
    (Words, lambda one, _look, _row: {"longest": one.longest}),
    (
        Several,
        lambda one, _look, _row: {
            "choices": tuple(Choice(k, v) for k, v in one.choices.items()),
            "values": tuple(one.data or ()),
        },
    ),
    (
        Upload,
        lambda one, _look, _row: {
            "accept": one.accept,
            "several": one.several,
            "camera": "image" in one.accept,
            "held": tuple((it.receipt, it.name) for it in one.held),
        },
    ),
    (
        Cosign,
        lambda one, _look, row: {
            "source": cosign.source(row),
            "shown": getattr(one, "who", ""),
            "value": one.data or "",
        },
    ),
)


def sections_of(
    form: HouseForm, plan: Sequence[tuple[str, str]], look: Looker, row: Record | None = None
) -> tuple[Section, ...]:
    """The declared sections: (title, names), those of the form only."""
    made = []
    for title, names in plan:
        fields = tuple(drawn(form[name], look, row) for name in names.split() if name in form)
        if fields:
            made.append(Section(title, fields))
    return tuple(made)


def line_editor(lines: Lines, forms: Sequence[HouseForm], look: Looker, error: str = "") -> LineEditor:
    """The table in which child lines are typed."""
    blank = lines.blank()
    columns = tuple(
        LineColumn(
            one.short_name,
            one.label.text,
            _width(one),
            one.required,
            one.kind == "number",
            _total(one.short_name, forms) if one.short_name in lines.totals else "",
        )
        for one in blank
    )
    rows = tuple(tuple(drawn(one, look) for one in form) for form in forms)
    return LineEditor(
        title=lines.title,
        name=lines.name,
        columns=columns,
        rows=rows or (tuple(_numbered(one, look) for one in blank),),
        blank=tuple(drawn(one, look) for one in blank),
        note=lines.note,
        error=error,
        most=lines.most,
    )


def _total(name: str, forms: Sequence[HouseForm]) -> str:
    """What the lines add up to now; what is no number yet counts nothing."""
    total = sum((form[name].data or 0 for form in forms), Decimal(0))
    return f"合计 {total.normalize():f}" if total else "0"


def _numbered(one: Typed, look: Looker) -> Field:
    """The empty first line: the blank one with a number for its index."""
    made = drawn(one, look)
    return Field(**{**{f: getattr(made, f) for f in made.__slots__}, "name": made.name.replace("__n__", "0")})


def _width(one: Typed) -> str:
    if isinstance(one, Words) and one.longest <= SHORT:
        return "m"
    return {"number": "m", "date": "xl", "select": "l"}.get(one.kind, "")


def typed_in(form: HouseForm) -> dict[str, str]:
    """Name to text of every box whose content may travel in a page: nothing secret."""
    return {one.name: one.shown[:MOST_SHOWN] for one in form if not is_private(one)}


def is_private(one: Typed) -> bool:
    """Whether its content must not travel in a page."""
    return one.kind in ("masked", "password", "signature", "file", "cosign", "phone")


def opened_text(form: HouseForm) -> str:
    """What the form said when it was opened, carried along so that a stale one can be compared."""
    return json.dumps(typed_in(form), ensure_ascii=False, separators=(",", ":"))


def words_of(one: Typed, text: str, look: Looker) -> str:
    """A box's text as people read it."""
    if not text:
        return ""
    if isinstance(one, Tick):
        return "是"
    if isinstance(one, Pick):
        return next((label for key, label in one.choices.items() if str(key) == text), text)
    if isinstance(one, Lookup) and text.isdecimal():
        return look.label(one.picker, int(text)) or text
    return text.replace("T", " ") if one.kind == "datetime" else text
