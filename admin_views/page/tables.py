"""A page of tables with a question on top: worksheets, figures, lists of what is lacking."""

from dataclasses import dataclass

from admin_views.page.document import LinesTable
from admin_views.page.home import BarChart, Count
from admin_views.page.list import Chip, QueryField
from admin_views.page.parts import Action, Crumb, Notice, Tab


@dataclass(frozen=True, slots=True)
class TablesPage:
    title: str
    url: str  # the query form GETs it
    tables: tuple[LinesTable, ...]
    token: str = ""
    note: str = ""
    crumbs: tuple[Crumb, ...] = ()
    notices: tuple[Notice, ...] = ()
    actions: tuple[Action, ...] = ()
    tabs: tuple[Tab, ...] = ()
    query: tuple[QueryField, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    chips: tuple[Chip, ...] = ()
    counts: tuple[Count, ...] = ()
    charts: tuple[BarChart, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    id: str  # also the anchor
    kind: str  # 强制 计算 服务
    source: str
    text: str
    steps: tuple[str, ...] = ()  # 工作任务单 · 签认
    places: tuple[tuple[str, str], ...] = ()  # (label, url) of settings and limits that follow it


@dataclass(frozen=True, slots=True)
class HandbookChapter:
    title: str
    code: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class StandardText:
    key: str  # also the anchor
    title: str
    source: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandbookPage:
    chapters: tuple[HandbookChapter, ...]
    url: str
    query: str = ""
    title: str = "制度手册"
    note: str = ""
    crumbs: tuple[Crumb, ...] = ()
    standards: tuple[StandardText, ...] = ()
    knowledge: LinesTable | None = None
    token: str = ""
