"""How things look on paper: the forms of the office and the one door through which they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from printouts import (  # noqa: F401 - each registers its forms
    follow_ups,
    keys,
    keys_slips,
    listed,
    residents,
    slips,
    stock,
    stocktakes,
    tickets,
    warehouses,
    work_orders,
)
from printouts.draw.document import Document
from printouts.draw.faces import unprintable
from printouts.form import FILLED, FORMS, KINDS, Context, Data, Form, Rows

__all__ = ["FORMS", "KINDS", "Context", "Data", "Form", "Rows", "form", "render", "render_many", "unprintable"]


def form(code: str) -> Form:
    """The form of a code; raises LookupError with a sentence for people."""
    if code not in FORMS:
        raise LookupError(f"没有编号为 {code} 的表单")
    return FORMS[code]


def render(code: str, kind: str, context: Context, data: Any = None) -> bytes:
    """One paper as PDF.

    `data` is a mapping for a slip, `Rows` (or a sequence of rows) for a sheet or ledger, nothing for blank and
    sample. Characters the fonts lack print as 〓 and are added to `context.missing`. Raises LookupError for an
    unknown code or kind, FontsMissing when the fonts are not built.
    """
    return paper(form(code), kind, context, [data])


def render_many(code: str, context: Context, data: Iterable[Any]) -> bytes:
    """Filled papers one after the other in one PDF, each font embedded once."""
    return paper(form(code), FILLED, context, data)


def labels_of(part: Any) -> list[Any]:
    """One label, several, or the rows of a register."""
    if isinstance(part, Rows):
        return list(part.rows)
    return list(part) if isinstance(part, list) else [part]


def paper(one: Form, kind: str, context: Context, data: Iterable[Any]) -> bytes:
    if one.shape == "label" and kind == FILLED:
        data = [[each for part in data for each in labels_of(part)]]  # eight to a page
    document = Document(one.name(kind, context), context.company, f"{one.code} {one.title}", context.printed_at)
    for each in data:
        one.draw(document, kind, context, each)
    if not document.pages:
        raise ValueError(f"{one.code}: nothing to print")
    context.missing.update(document.missing)
    return document.finish()
