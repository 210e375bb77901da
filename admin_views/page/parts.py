"""Small parts of every page: tones, links, cells, fields and actions."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Tone = Literal["", "open", "wait", "done", "late", "seal", "void"]
Method = Literal["get", "post"]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    url: str = ""  # empty for where one stands


@dataclass(frozen=True, slots=True)
class Tag:
    word: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above the content: what to know or do; `links` lead there."""

    text: str
    tone: Tone = "open"
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    group: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view or a part of a page; `count` opens its rows."""

    label: str
    url: str
    count: int | None = None
    tone: Tone = ""
    current: bool = False
    shared_by: str = ""
    remove_url: str = ""  # POST: forget this saved view


@dataclass(frozen=True, slots=True)
class Text:
    kind: ClassVar[str] = "text"
    text: str
    note: str = ""
    tags: tuple[Tag, ...] = ()
    strong: bool = False
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class LinkCell:
    """A link; a slip number (number=True) shows its last four digits in blue, the rest grey."""

    kind: ClassVar[str] = "link"
    text: str
    url: str
    note: str = ""
    tags: tuple[Tag, ...] = ()
    number: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Badge:
    kind: ClassVar[str] = "badge"
    word: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A limit in words: 超 26 分 · 剩 3 分 · 今天办完 · 按时 · 迟 12 分.

    With `iso` a word that begins with 剩 or 超 runs on in the browser.
    """

    kind: ClassVar[str] = "due"
    word: str
    tone: Tone = ""
    prefix: str = ""  # 派单, 到场 …
    iso: str = ""  # the moment it is due, aware ISO 8601
    warn_minutes: int = 0  # from here on the running word turns amber
    reason: str = ""  # why: 派单后 20 分没有到场反馈
    article: str = ""  # 004-5§4.2(3)


@dataclass(frozen=True, slots=True)
class Copies:
    """The three sheets as little papers; the word is the truth (齐, 缺③, 随单)."""

    kind: ClassVar[str] = "copies"
    out: tuple[bool, ...] = ()  # one per sheet; empty = not printed yet
    word: str = "—"
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Tags:
    kind: ClassVar[str] = "tags"
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked value; `url` set = the person may ask (POST reason → JSON), GET of it is a form page."""

    kind: ClassVar[str] = "masked"
    text: str  # 138****2217
    what: str = "电话"  # 徐明远 的电话
    url: str = ""
    note: str = ""  # stands before it: 徐先生


Cell = Text | LinkCell | Badge | Due | Copies | Tags | Masked
NOTHING = Text("—")


FieldKind = Literal[
    "text", "textarea", "number", "date", "time", "datetime", "select", "multi", "radio", "check",
    "picker", "file", "signature", "password", "cosign", "phone", "masked", "static", "hidden",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field with what is in it. kind=masked shows text and 显示; an empty post leaves the stored value as it is."""

    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""
    values: tuple[str, ...] = ()  # multi
    error: str = ""
    help: str = ""
    required: bool = False
    readonly: bool = False
    width: Literal["", "wide", "whole"] = ""
    choices: tuple[Choice, ...] = ()
    source: str = ""  # picker: JSON url · cosign: JSON url that checks the second person
    shown: str = ""  # picker: the text of the chosen one · masked: the masked value
    reveal_url: str = ""
    placeholder: str = ""
    unit: str = ""  # 元, 把
    low: str = ""
    high: str = ""
    step: str = ""
    longest: int = 0
    autocomplete: str = "off"
    accept: str = ""  # file
    camera: bool = False
    several: bool = False  # file: more than one
    held: tuple[tuple[str, str], ...] = ()  # file: (receipt, name) of those that came before, posted as name_held
    add_url: str = ""  # picker: where a new one is made
    depends_on: str = ""  # picker: the name of a field whose value goes along as `within`


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: Cell | tuple[Cell, ...]
    width: Literal["", "wide", "whole"] = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A thing to press. GET is a link; POST goes through the page's one form; `fields` or `confirm` ask first."""

    label: str
    url: str = ""
    method: Method = "get"
    name: str = ""  # the verb; must be unique on the page when it has fields or asks
    icon: str = ""
    look: Literal["", "primary", "danger"] = ""
    fields: tuple[Field, ...] = ()
    confirm: str = ""  # what it does that cannot be taken back
    note: str = ""  # what to know before answering
    facts: tuple[Fact, ...] = ()  # shown above the fields
    then: tuple[tuple[str, str, str], ...] = ()  # further ways to answer: (value posted as `then`, label, icon)
    submit: str = ""  # word on the dialog's button, else the label
    reason: str = ""  # set = not allowed now, and why
    rule: str = ""  # rule id or article of the reason
    key: str = ""  # shortcut shown beside it
    value: str = ""  # posted as `value`, for one url with several answers

    @property
    def asks(self) -> bool:
        return bool(self.fields or self.confirm)


@dataclass(frozen=True, slots=True)
class SideLine:
    text: str
    note: str = ""
    url: str = ""
    number: bool = False
    right: Due | Badge | None = None


@dataclass(frozen=True, slots=True)
class SideCard:
    title: str
    lines: tuple[SideLine, ...]
    note: str = ""
    link: Link | None = None
    empty: str = "没有"
