"""The page of one paper: state, clocks, facts, copies, signatures, prints, trail."""

from dataclasses import dataclass

from admin_views.page.list import Column, Row
from admin_views.page.parts import Action, Badge, Crumb, Due, Fact, Link, LinkCell, Notice, Tag, Text, Tone


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    when: str = ""
    who: str = ""
    past: bool = False
    current: bool = False
    tone: Tone = "open"


@dataclass(frozen=True, slots=True)
class ClockView:
    label: str  # 到场 限 20 分
    due: Due
    evidence: str = ""  # 13:21 → 13:38


@dataclass(frozen=True, slots=True)
class FactCard:
    title: str
    facts: tuple[Fact, ...]
    note: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class LinesTable:
    """A table inside a page: lines of a paper, people of a household, open matters."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: tuple[str, ...] = ()  # one text per column; empty = none
    note: str = ""
    link: Link | None = None
    empty: str = "没有记录"


@dataclass(frozen=True, slots=True)
class CopyView:
    number: int  # 1 white, 2 red, 3 yellow
    title: str  # 第一联 业主/住户
    word: str  # 在 罗志强 处
    tone: Tone = ""
    note: str = ""
    out: bool = False
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureView:
    slot: str  # 签发 · 值班人员
    name: str
    note: str = ""  # 09-18 13:21 系统确认
    image_url: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentView:
    name: str
    url: str
    note: str = ""
    thumb_url: str = ""
    remove: Action | None = None


@dataclass(frozen=True, slots=True)
class Related:
    way: str  # 上查 下查 同户
    label: str
    note: str = ""
    url: str = ""
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class PrintView:
    label: str  # 三联 · 第 1 次
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class TrailEntryView:
    text: str
    when: str
    who: str = ""
    tone: Tone = ""
    url: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()  # (field, before, after), masked already
    number: str = ""  # place in the chain
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class DocumentPage:
    title: str  # 3-2-1203 厨房水槽下软管漏水
    number: str
    badge: Badge
    token: str = ""
    crumbs: tuple[Crumb, ...] = ()
    tags: tuple[Tag, ...] = ()
    about: tuple[Text | LinkCell, ...] = ()  # the line under the title
    prev_url: str = ""
    next_url: str = ""
    actions: tuple[Action, ...] = ()  # drawn in this order; one primary, last
    more: tuple[Action, ...] = ()  # the menu, with what is not allowed and why
    notices: tuple[Notice, ...] = ()
    steps: tuple[Step, ...] = ()
    clocks: tuple[ClockView, ...] = ()
    cards: tuple[FactCard | LinesTable, ...] = ()
    copies: tuple[CopyView, ...] = ()
    copies_note: str = ""
    signatures: tuple[SignatureView, ...] = ()
    signatures_note: str = ""
    attachments: tuple[AttachmentView, ...] = ()
    attach: Action | None = None  # a POST with one file field
    related: tuple[Related, ...] = ()
    prints: tuple[PrintView, ...] = ()
    trail: tuple[TrailEntryView, ...] = ()
    trail_url: str = ""
    barcode: str = ""  # what a scanner reads: opens this page
