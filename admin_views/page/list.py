"""A register on screen: query, columns, rows, bulk actions, exports."""

from dataclasses import dataclass
from typing import Literal

from admin_views.page.parts import Action, Cell, Choice, Crumb, Notice, Tab


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    label: str
    width: Literal["", "s", "m", "l", "xl", "xxl", "due"] = ""  # "" takes the rest; give it to the content column only
    number: bool = False
    sort_url: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    shown: bool = True  # the chooser lists every column, the table only these
    place: Literal["", "left", "right", "corner", "none"] = ""  # on a phone; "" = a line of its own


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    url: str
    title: str  # read out for the tick: GD-YJ-202609-0412
    cells: tuple[Cell, ...]  # one per shown column
    actions: tuple[Action, ...] = ()  # first = the next verb this person may do; at most two or three
    more: tuple[Action, ...] = ()  # fields are not asked here: the link leads to the action's form page


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class QueryField:
    """kind=dates posts `name_from` and `name_to`; multi repeats `name`; picker as in a form."""

    name: str
    label: str
    kind: Literal["text", "select", "multi", "dates", "picker"] = "text"
    value: str = ""
    value_to: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    source: str = ""
    shown: str = ""
    placeholder: str = ""
    always: bool = False  # stays on a phone
    extra: bool = False  # only under 更多条件


@dataclass(frozen=True, slots=True)
class PageLink:
    label: str
    url: str = ""  # empty: …
    current: bool = False


@dataclass(frozen=True, slots=True)
class Pager:
    total: int
    first: int
    last: int
    pages: tuple[PageLink, ...] = ()
    prev_url: str = ""
    next_url: str = ""
    sizes: tuple[PageLink, ...] = ()
    unit: str = "条"
    at_least: bool = False  # counting stopped early: 共 100,000+ 条


@dataclass(frozen=True, slots=True)
class Export:
    label: str  # Excel 工作簿
    kind: str  # posted as `kind`


@dataclass(frozen=True, slots=True)
class Empty:
    title: str
    note: str = ""
    actions: tuple[Action, ...] = ()
    icon: str = "inbox"


@dataclass(frozen=True, slots=True)
class ListPage:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pager: Pager
    url: str  # of the list itself; the query form GETs it
    token: str = ""
    crumbs: tuple[Crumb, ...] = ()
    note: str = ""
    notices: tuple[Notice, ...] = ()
    actions: tuple[Action, ...] = ()
    tabs: tuple[Tab, ...] = ()
    save_view_url: str = ""  # POST name=, query=, shared=
    can_share_view: bool = False
    query: tuple[QueryField, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()  # what the query form carries along: sort, size, view
    query_string: str = ""  # posted with 选择全部, exports and saved views
    chips: tuple[Chip, ...] = ()
    bulk: tuple[Action, ...] = ()
    exports: tuple[Export, ...] = ()
    export_url: str = ""  # POST kind=, query=, or the ticked ids
    export_note: str = ""
    columns_url: str = ""  # POST column= (in order), or reset=1
    empty: Empty = Empty("没有符合条件的记录")

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.shown)
