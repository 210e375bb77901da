"""The four pages of an import: choose, match, verdicts, progress."""

from dataclasses import dataclass

from admin_views.page.document import LinesTable, Step
from admin_views.page.home import Count
from admin_views.page.list import Pager
from admin_views.page.parts import Action, Badge, Crumb, Field, Tab


@dataclass(frozen=True, slots=True)
class ImportUploadPage:
    title: str  # 导入住户
    url: str
    token: str
    steps: tuple[Step, ...]
    template: Action  # 下载模板
    rules: tuple[str, ...] = ()  # what will be read and how, one sentence each
    limit: str = "xlsx 或 csv，不超过 20 MB"
    most: int = 0  # bytes; a bigger file is refused before it is sent
    too_big: str = ""  # the sentence for it
    accept: str = ".xlsx,.csv"
    error: str = ""
    crumbs: tuple[Crumb, ...] = ()
    recent: LinesTable | None = None


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    letter: str  # C
    header: str  # 联系电话
    samples: tuple[str, ...]  # masked already
    field: Field  # select: which of our columns, or 不导入
    verdict: Badge | None = None  # 名称相同 / 猜的 / 没有认出


@dataclass(frozen=True, slots=True)
class ImportMatchPage:
    title: str
    url: str
    token: str
    steps: tuple[Step, ...]
    file: str  # 业主资料登记表.xlsx · 工作表 1 · 表头在第 3 行
    options: tuple[Field, ...]  # sheet, header row
    matches: tuple[ColumnMatch, ...]
    back_url: str
    missing: str = ""  # 还缺必填列：房号
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictCell:
    text: str
    was: str = ""  # before cleaning
    error: str = ""
    parts: tuple[str, ...] = ()  # several values in one cell: one line each


@dataclass(frozen=True, slots=True)
class Verdict:
    line: int  # row of the spreadsheet
    cells: tuple[VerdictCell, ...]
    badge: Badge  # 新增 更新 跳过 错误
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportVerdictsPage:
    title: str
    url: str  # POST mode=good|all
    token: str
    steps: tuple[Step, ...]
    file: str
    counts: tuple[Count, ...]
    tabs: tuple[Tab, ...]
    columns: tuple[str, ...]
    rows: tuple[Verdict, ...]
    pager: Pager
    back_url: str
    confirm_label: str  # 写入 303 行
    blocked: str = ""  # why it cannot be written at all
    warning: str = ""  # why it stopped, what to know before pressing
    counts_title: str = "试读结果，还没有写入"
    errors_file: Action | None = None  # POST → 303 file
    can_choose_all: bool = True  # 全部或全不
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportProgressPage:
    """Polls status_url → {"done", "total", "word", "finished", "failed", "next"}."""

    title: str
    steps: tuple[Step, ...]
    status_url: str
    done: int
    total: int
    word: str  # 正在写入第 12,300 行，共 50,000 行
    finished: bool = False
    failed: str = ""
    counts: tuple[Count, ...] = ()
    actions: tuple[Action, ...] = ()
    token: str = ""
    crumbs: tuple[Crumb, ...] = ()
