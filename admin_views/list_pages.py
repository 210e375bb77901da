"""The page of a list: rows drawn, query bar, chips, tabs, pager, columns, exports. Nothing here decides anything."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from admin_views.columns import Col, Line, Look, draw_column
from admin_views.page import Chip, Column, PageLink, Pager, QueryField, Row, Tab
from admin_views.query import SIZES, Listing, ListQuery
from models import Document

AROUND = 2


@dataclass(frozen=True, slots=True)
class Preset:
    """A view of the register that everybody has: a name and its query."""

    label: str
    query: str
    tone: str = ""


@dataclass(frozen=True)
class ListAddress:
    """The list's address with the question in it, for links that change one thing."""

    url: str
    query: ListQuery
    kept: tuple[tuple[str, str], ...] = ()

    def with_(self, params: Iterable[tuple[str, str]] | None = None, **changes: str | int | None) -> str:
        """The same question with other parameters; page one unless a page is named."""
        own = list(self.query.params if params is None else params)
        rest = {
            "sort": self.query.sort if self.query.sort != self.query.listing.default_sort else None,
            "size": self.query.size if self.query.size != SIZES[0] else None,
            "page": None,
            **changes,
        }
        pairs = [*own, *self.kept, *((k, str(v)) for k, v in rest.items() if v not in (None, ""))]
        return f"{self.url}?{urlencode(pairs)}" if pairs else self.url


def columns_of(listing: Listing, chosen: Sequence[str], at: ListAddress, sort: str) -> tuple[Column, ...]:
    """All columns in the person's order, those shown first as such; heads that sort are links."""
    order = [*chosen, *(key for key in listing.columns if key not in chosen)]
    shown = set(chosen) or {key for key, col in listing.columns.items() if col.shown}
    return tuple(_column(listing.columns[key], key in shown, at, sort) for key in order)


def _column(col: Col, shown: bool, at: ListAddress, sort: str) -> Column:
    down, mine = sort == f"-{col.key}", sort.removeprefix("-") == col.key
    url = ""
    if col.sort or col.urgent:
        url = at.with_(sort=col.key if not mine or down or col.urgent else f"-{col.key}")
    word = ("descending" if down else "ascending") if mine else ""
    return Column(col.key, col.label, col.width, col.number, url, word, shown, col.place)  # type: ignore[arg-type]


def rows_of(
    look: Look, lines: Sequence[Line], columns: Sequence[Col], actions: Callable[[Line], tuple[Any, Any]]
) -> tuple[Row, ...]:
    """The lines drawn column by column, then turned into rows."""
    cells = [draw_column(look, col, lines, first=n == 0) for n, col in enumerate(columns)]
    made = []
    for n, line in enumerate(lines):
        first, more = actions(line)
        made.append(Row(str(line.id), look.url(line.id), title_of(look, line), tuple(c[n] for c in cells), first, more))
    return tuple(made)


def title_of(look: Look, line: Line) -> str:
    """What is read out for a row."""
    if issubclass(look.model, Document) and line.number:
        return str(line.number)
    return f"{look.model.__label__} {line.id}"


def query_bar(query: ListQuery) -> tuple[QueryField, ...]:
    """The fields this person may ask by, and the words' box."""
    fields = [one.field(query.asking) for one in query.listing.filters if one.permitted(query.asking.person)]
    if query.listing.search:
        labels = "、".join(dict.fromkeys(query.listing.searched))
        fields.append(QueryField("q", "关键词", value=query.words, placeholder=labels, always=True))
    return tuple(fields)


def chips_of(query: ListQuery, at: ListAddress) -> tuple[Chip, ...]:
    """What is being asked, each with the way to stop asking it."""
    chips = []
    for one, asked in query.asked:
        rest = [pair for pair in query.params if pair not in asked.params]
        chips.append(Chip(one.label, asked.said, at.with_(rest)))
    if query.ticked:
        chips.append(Chip("勾选", f"{len(query.ticked)} 条", at.with_([p for p in query.params if p[0] != "ids"])))
    if query.words:
        chips.append(Chip("关键词", query.words, at.with_([p for p in query.params if p[0] != "q"])))
    return tuple(chips)


def pager(query: ListQuery, total: int, at: ListAddress) -> Pager:
    """Where this page stands; a page beyond the last is the last."""
    last = last_page(total, query.size)
    query.page = min(query.page, last)
    sizes = tuple(PageLink(str(s), at.with_(size=s), s == query.size) for s in SIZES) if total > SIZES[0] else ()
    return pages_of(query.page, last, query.size, total, lambda n: at.with_(page=n if n > 1 else None), sizes)


def last_page(total: int, size: int) -> int:
    """The number of the last page; an empty list has one."""
    return max(1, -(-total // size))


def pages_of(
    page: int, last: int, size: int, total: int, address: Callable[[int], str], sizes: tuple[PageLink, ...] = ()
) -> Pager:
    """The pager of any list that is read page by page: `address` says where a page is."""
    wanted = sorted({1, last, *range(max(1, page - AROUND), min(last, page + AROUND) + 1)})
    links: list[PageLink] = []
    for n, number in enumerate(wanted):
        if n and number - wanted[n - 1] > 1:
            links.append(PageLink("…"))
        links.append(PageLink(f"{number:,}", address(number), number == page))
    first = (page - 1) * size
    return Pager(
        total=total,
        first=first + 1 if total else 0,
        last=min(total, first + size),
        pages=tuple(links),
        prev_url=address(page - 1) if page > 1 else "",
        next_url=address(page + 1) if page < last else "",
        sizes=sizes,
    )


def tabs_of(query: ListQuery, url: str, presets: Sequence[Preset], saved: Sequence[tuple[str, Tab]]) -> tuple[Tab, ...]:
    """Everything, the views everybody has with their counts, then one's own and the shared ones."""
    now = sorted(query.params)
    tabs = [Tab("全部", url, current=not now)]
    for one in presets:
        asked = ListQuery.parse(query.listing, query.session, query.asking.person, MultiDict(parse_qsl(one.query)))
        count = asked.count()
        now_here = sorted(asked.params) == now
        tabs.append(Tab(one.label, f"{url}?{one.query}", count, one.tone if count else "", now_here))  # type: ignore[arg-type]
    tabs += [tab for _query, tab in saved]
    return tuple(tabs)
