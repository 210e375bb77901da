"""A form on screen, and the answer to a stale one."""

from dataclasses import dataclass
from typing import Literal

from admin_views.page.parts import Badge, Crumb, Fact, Field, Link, Notice, SideCard


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]
    note: str = ""
    columns: Literal[2, 3] = 3


@dataclass(frozen=True, slots=True)
class LineColumn:
    key: str
    label: str
    width: Literal["", "s", "m", "l", "xl", "xxl"] = ""
    required: bool = False
    number: bool = False
    total: str = ""  # shown in the foot; recomputed while typing when `number`


@dataclass(frozen=True, slots=True)
class LineEditor:
    """Rows of fields; kind=static cells are filled from a picker's answer (`fill` by column key)."""

    title: str
    name: str  # prefix of the names: lines
    columns: tuple[LineColumn, ...]
    rows: tuple[tuple[Field, ...], ...]
    blank: tuple[Field, ...]
    note: str = ""
    error: str = ""
    most: int = 200


@dataclass(frozen=True, slots=True)
class DuplicateCheck:
    """While typing: GET url with these fields → {"message", "matches"}; a warning, never a refusal."""

    url: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormPage:
    title: str
    url: str  # POST
    sections: tuple[Section, ...]
    token: str = ""
    version: str = ""  # of the record when it was opened; a stale one answers 409 with stale.html
    crumbs: tuple[Crumb, ...] = ()
    badge: Badge | None = None
    note: str = ""
    notices: tuple[Notice, ...] = ()
    error: str = ""  # of the whole, when no field is to blame
    lines: tuple[LineEditor, ...] = ()
    facts: tuple[Fact, ...] = ()  # shown above, not typed
    side: tuple[SideCard, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    save_label: str = "保存"
    danger: bool = False
    then: tuple[tuple[str, str, str], ...] = ()  # further buttons: (value posted as `then`, label, icon)
    cancel_url: str = ""
    duplicates: DuplicateCheck | None = None
    draft_key: str = ""  # keep what is typed in this browser tab under this name until it is saved
    has_files: bool = False

    @property
    def errors(self) -> tuple[tuple[str, str, str], ...]:
        """(name, where, sentence) of every field that is wrong, in reading order."""
        own = [(f.name, f.label, f.error) for s in self.sections for f in s.fields if f.error]
        rows = [
            (f.name, f"{lines.title}第 {n} 行 {f.label}", f.error)
            for lines in self.lines for n, row in enumerate(lines.rows, 1) for f in row if f.error
        ]  # fmt: skip
        return (*own, *rows, *((lines.name, lines.title, lines.error) for lines in self.lines if lines.error))


@dataclass(frozen=True, slots=True)
class StaleRow:
    """One field that differs; the chosen side is posted under the field's own name, as if it had been typed."""

    name: str
    label: str
    opened: str
    theirs: str
    theirs_value: str
    mine: str
    mine_value: str
    pick: Literal["theirs", "mine"] = "mine"
    they_changed: bool = True


@dataclass(frozen=True, slots=True)
class StalePage:
    """409: somebody saved first, or this page was sent before. `hidden` carries every other typed value.

    With `url` one side is chosen field by field and posted; without it nothing can be saved any more: both sides are
    only shown, so that nothing typed is lost.
    """

    title: str
    rows: tuple[StaleRow, ...]
    what: str  # 保存时发现别人先改过 · 这一页已保存为 BS-YJ-202609-0007
    url: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    token: str = ""
    version: str = ""  # the one now in the database
    by: str = ""  # 宋佳宁 14:19
    text: str = ""
    link: Link | None = None  # the paper as it stands
    back: Link | None = None  # away from here, without what was typed
    anew: Link | None = None  # a POST of the same words as a thing of their own
    opened: bool = True  # what the form said when it was opened is known
    crumbs: tuple[Crumb, ...] = ()
    note: str = ""
