"""From records to the words on paper: what each form says of a record, masked for the person who prints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import Record
from rules.person import Person

Facts = dict[str, Any]
Fill = Callable[[Session, Person, Any], Facts]
RowsOf = Callable[[Session, Person, Sequence[Any]], list[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Filler:
    """One paper of a form from one record."""

    model: type[Record]
    fill: Fill


@dataclass(frozen=True, slots=True)
class LedgerFiller:
    """The rows of a register's official form (台账) from a batch of records."""

    model: type[Record]
    rows: RowsOf


FILLERS: dict[str, Filler] = {}
LEDGERS: dict[str, LedgerFiller] = {}
DAY_SHEETS: dict[str, LedgerFiller] = {}
"""Forms that are one sheet over a day or a list (F-16, F-64): filled from rows, not from one record."""


def fills(code: str, model: type[Record]) -> Callable[[Fill], Fill]:
    """`@fills("F-01", WorkOrder)`: how the form is filled from one record."""

    def register(fn: Fill) -> Fill:
        FILLERS[code] = Filler(model, fn)
        return fn

    return register


def lists(code: str, model: type[Record], *, sheet: bool = False) -> Callable[[RowsOf], RowsOf]:
    """`@lists("F-01", WorkOrder)`: the rows of the ledger; `sheet` says that the form itself is such a list."""

    def register(fn: RowsOf) -> RowsOf:
        LEDGERS[code] = LedgerFiller(model, fn)
        if sheet:
            DAY_SHEETS[code] = LedgerFiller(model, fn)
        return fn

    return register
