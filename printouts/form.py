"""A form of the office: its code, title, kinds and how each kind is drawn; the register of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from printouts.draw.document import Document

Data = Mapping[str, Any]
"""One paper: names to text, to a sequence of texts (ticks, codes) or to a sequence of lines (names to text).

Everything is formatted and masked by the caller. Two names belong to the machinery and override the context of
one paper in a batch: `nth` (int) and `watermark`.
"""

BLANK, FILLED, SAMPLE, LEDGER = "blank", "filled", "sample", "ledger"
KINDS = {BLANK: "空白", FILLED: "填写", SAMPLE: "样张", LEDGER: "台账"}

FORMS: dict[str, Form] = {}


@dataclass(frozen=True)
class Context:
    """What stands on a paper besides its matter; all text is ready to print."""

    company: str = ""
    project: str = ""
    period: str = ""
    printed_by: str = ""
    printed_at: str = ""
    nth: int = 1  # 1 is the first print; the second says 补打第1次
    watermark: str = ""  # 未审核
    base_url: str = ""
    title: str = ""  # policy wo.title and its like; empty takes the form's own
    copies: tuple[int, ...] = ()  # which copies to print, from 1; empty means all
    missing: set[str] = field(default_factory=set, compare=False)  # filled while drawing: printed as 〓

    @property
    def reprint(self) -> str:
        return f"补打第{self.nth - 1}次" if self.nth > 1 else ""

    @property
    def printed(self) -> str:
        return " ".join(part for part in ("打印", self.printed_by, self.printed_at) if part) if self.printed_by else ""


@dataclass(frozen=True)
class Rows:
    """Rows of a register: an iterable read once, and how many it will give (that fixes 第 x 页 共 y 页)."""

    rows: Iterable[Mapping[str, str]]
    count: int
    heading: Mapping[str, str] = field(default_factory=dict)


class Page(Protocol):
    """How a kind is drawn: a Slip, a Sheet or a sheet of Labels."""

    @property
    def shape(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def draw(self, document: Document, form: Form, context: Context, kind: str, data: Any) -> None: ...


@dataclass(frozen=True)
class Form:
    """Registers itself by its code. Without page and ledger it is listed but cannot be printed yet."""

    code: str
    title: str
    page: Page | None = None
    ledger: Page | None = None
    ledger_title: str = ""
    retention: str = ""
    version: str = "A/1"
    sample: Any = None  # the longest plausible values: Data of a slip, Rows of a sheet
    ledger_sample: Mapping[str, str] = field(default_factory=dict)  # one row of the ledger

    def __post_init__(self) -> None:
        known = FORMS.get(self.code)
        if known is not None and known.kinds:
            raise ValueError(f"form {self.code} is declared twice")
        FORMS[self.code] = self

    @property
    def kinds(self) -> tuple[str, ...]:
        own = (BLANK, FILLED, SAMPLE) if self.page else ()
        return own + ((LEDGER,) if self.ledger else ())

    @property
    def shape(self) -> str:
        """slip, sheet or label; empty while the form is only listed."""
        face = self.page or self.ledger
        return face.shape if face else ""

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name this kind asks its data (or rows and heading) for."""
        face = self.ledger if kind == LEDGER else self.page
        return face.names if face else ()

    @property
    def footing(self) -> str:
        """保存二年 · F-01 · A/1"""
        kept = (f"保存{self.retention}",) if self.retention else ()
        return " · ".join((*kept, self.code, self.version))

    def draw(self, document: Document, kind: str, context: Context, data: Any) -> None:
        """Draws one paper of a kind; raises LookupError for a kind this form does not have."""
        face = self.ledger if kind == LEDGER else self.page
        if kind not in self.kinds or face is None:
            raise LookupError(f"表单 {self.code}《{self.title}》没有“{KINDS.get(kind, kind)}”这种打印")
        face.draw(document, self, context, kind, self.sample if kind == SAMPLE and data is None else data)

    def name(self, kind: str, context: Context) -> str:
        if kind == LEDGER and self.ledger_title:
            return self.ledger_title
        return context.title or self.title
