"""Every other page: doors, errors, forms centre, copies, alerts, trail, policies."""

from dataclasses import dataclass

from admin_views.page.document import LinesTable, TrailEntryView
from admin_views.page.home import TodoGroup
from admin_views.page.list import Chip, Export, Pager, QueryField
from admin_views.page.parts import Action, Crumb, Field, Notice, SideLine, Tab


@dataclass(frozen=True, slots=True)
class LoginPage:
    url: str
    who: str = ""
    error: str = ""
    next: str = ""
    note: str = "忘记密码请找客服主管重置。首次登录须改密码。"
    place: str = "物业客户服务中心"
    demo: tuple[tuple[str, str, str], ...] = ()  # (number, password, post) of the demo company, on a loopback host only


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """Change of password; forced = the first log-in, nothing else opens before it is done."""

    url: str
    fields: tuple[Field, ...]
    rules: tuple[str, ...] = ()
    forced: bool = False
    logout_url: str = "/logout"
    cancel_url: str = ""
    error: str = ""
    title: str = "修改密码"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    status: int
    title: str  # 没有这一页
    text: str
    number: str = ""  # reference for the log
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class FormEntry:
    code: str  # F-01
    title: str
    note: str = ""  # 一式三联 · 004-5
    actions: tuple[Action, ...] = ()  # 空白 · 填好的 · 台账


@dataclass(frozen=True, slots=True)
class FormGroup:
    title: str
    entries: tuple[FormEntry, ...]


@dataclass(frozen=True, slots=True)
class FormsCenterPage:
    groups: tuple[FormGroup, ...]
    url: str
    token: str = ""
    query: str = ""
    title: str = "表单中心"
    note: str = ""
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanPage:
    """收联: a scanner types code and Enter; a phone may send a photo of the code instead."""

    url: str  # POST code= or photo=
    token: str
    title: str = "收联"
    note: str = ""
    value: str = ""
    error: str = ""
    said: Notice | None = None  # what the last scan did
    asks: tuple[Action, ...] = ()  # which copy, when the number alone does not say
    done: LinesTable | None = None  # taken back today
    out: LinesTable | None = None  # still out
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsPage:
    groups: tuple[TodoGroup, ...]
    tabs: tuple[Tab, ...] = ()
    delivered: tuple[SideLine, ...] = ()  # what was told, with when and by which rung
    acknowledge: Action | None = None  # POST: 全部知道了
    token: str = ""
    title: str = "待办"
    note: str = ""
    pager: Pager | None = None
    crumbs: tuple[Crumb, ...] = ()
    empty: str = "没有待办"


@dataclass(frozen=True, slots=True)
class TrailPage:
    entries: tuple[TrailEntryView, ...]
    pager: Pager
    url: str
    query: tuple[QueryField, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    query_string: str = ""
    chips: tuple[Chip, ...] = ()
    exports: tuple[Export, ...] = ()
    export_url: str = ""
    export_note: str = ""
    token: str = ""
    chain: Notice | None = None  # 已封 1,204 条，验证到 09-18 14:20；未封 3 条
    title: str = "操作日志"
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRow:
    key: str
    label: str
    value: str
    default: str
    article: str  # 004-8§4.4(1)①
    choices: str = ""  # 可选 …、… or 可填 1–28 日
    note: str = ""
    since: str = ""  # 2026-09-01 起 · 何婉清
    own: bool = False  # differs here from what the company set
    coming: str = ""  # 10-01 起改为 30 分
    edit: Action | None = None


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    title: str
    rows: tuple[PolicyRow, ...]


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    groups: tuple[PolicyGroup, ...]
    url: str
    token: str = ""
    query: str = ""
    tabs: tuple[Tab, ...] = ()  # 公司 · 云锦里 · 望湖苑
    title: str = "制度参数"
    note: str = ""
    crumbs: tuple[Crumb, ...] = ()
