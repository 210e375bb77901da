"""What a register declares to be importable: its columns, how each is cleaned, how rows are matched and saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.base import Secret
from rules.importing.cells import Cell, shown
from rules.importing.marks import Marks, mark


class Clean(NamedTuple):
    """A value the register can take; `text` is how people see it, `note` what they should know about it."""

    value: Any
    text: str
    note: str = ""


class Bad(NamedTuple):
    """A cell that cannot be taken, and why, in one Chinese sentence."""

    reason: str


Cleaner = Callable[[Cell], Clean | Bad]
NOTHING = Clean(None, "")


@dataclass(frozen=True)
class ImportColumn:
    """One column: its label stands in the header of our template, its aliases in other people's tables.

    `many` lets several sheet columns feed it (联系电话1, 联系电话2); a row that holds nothing but a value of the
    `group` column (1栋) speaks for the rows below it; `choices` becomes a list in the template; `secret` names the
    mask under which it is shown.
    """

    label: str
    key: str
    clean: Cleaner
    aliases: tuple[str, ...] = ()
    required: bool = False
    many: bool = False
    group: bool = False
    secret: Secret | None = None
    note: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()


@dataclass
class CleanRow:
    """One data row after cleaning: what may be used, what was changed (before, after), what stands in the way."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Cell] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """Key → (before, after) of every cell that cleaning changed."""
        pairs = {key: (shown(self.before[key]), now) for key, now in self.after.items() if key not in self.problems}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


class Judgement(NamedTuple):
    """create, update, skip or error, with its reason; `problems` adds what only the database could tell, by column."""

    verdict: str
    reason: str = ""
    problems: Mapping[str, str] = {}
    notes: Mapping[str, str] = {}


@dataclass
class Job:
    """What matching and saving know of the run: whose register, which options, what earlier rows of the file said.

    In a rehearsal what earlier batches make is not in the database yet: saving must remember it by `said`.
    """

    org_id: int
    create_places: bool = True
    memory: dict[str, Any] = field(default_factory=dict)
    is_rehearsal: bool = False

    def said(self, what: str) -> Marks:
        """What earlier rows of the file said of something, in little memory."""
        found: Marks = self.memory.get(what) or self.memory.setdefault(what, Marks())
        return found

    def will_make(self, building: str, unit: str, *, is_new_building: bool) -> None:
        """A good row names a unit that is not there: it is made, and perhaps its building, once for all its rows."""
        self.said("new_units").put(mark(unit), 1)
        if is_new_building:
            self.said("new_buildings").put(mark(building), 1)


Match = Callable[[Session, Job, Sequence[CleanRow]], list[Judgement]]
Save = Callable[[Session, Job, Sequence[CleanRow]], list[Judgement]]
Review = Callable[[Job], Mapping[int, Mapping[str, str]]]
Alone = Callable[[Job, CleanRow], bool]


@dataclass(frozen=True)
class ImportRegister:
    """A register that takes imports (the mechanism does the rest).

    `check` looks at one cleaned row as a whole; `match` says for a batch what would happen to each row; `save` does
    it and says what happened; `review` names, after the last row, earlier rows that a later one contradicts.
    """

    noun: str
    title: str
    columns: tuple[ImportColumn, ...]
    match: Match
    save: Save
    check: Callable[[CleanRow], None] = lambda row: None
    review: Review = lambda job: {}
    ignored: tuple[str, ...] = ("序号", "编号", "No", "行号", "判定", "原因")
    places_note: str = ""
    offered_at: tuple[str, ...] = ()
    stands_alone: Alone | None = None
    touches: tuple[str, ...] = ()

    def column(self, key: str) -> ImportColumn:
        """The column of that key."""
        return next(column for column in self.columns if column.key == key)
