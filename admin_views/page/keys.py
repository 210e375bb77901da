"""The board of a key cabinet and the board on which it is counted."""

from dataclasses import dataclass

from admin_views.page.document import TrailEntryView
from admin_views.page.parts import Action, Badge, Crumb, Fact, Link, LinkCell, Notice, Tab, Text, Tone


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook with its tag: colour only where somebody must act."""

    id: int
    title: str  # 3-2-1203
    note: str  # WT-0018
    word: str = ""  # 借 17:30
    tone: Tone = ""
    look: str = ""  # odd: dashed red · none: taken away
    url: str = ""
    chosen: bool = False
    seen: bool = False  # counting: ticked
    sealed: bool = False  # counting: its seal is to be looked at
    intact: bool = False
    qty: str = ""


@dataclass(frozen=True, slots=True)
class HookGroup:
    title: str
    note: str
    hooks: tuple[Hook, ...]


@dataclass(frozen=True, slots=True)
class KeyPanel:
    """What is known of the key that was chosen."""

    title: str
    url: str
    badge: Badge
    close_url: str
    facts: tuple[Fact, ...]
    about: tuple[Text | LinkCell, ...] = ()
    notice: Notice | None = None
    chain: tuple[TrailEntryView, ...] = ()
    actions: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysPage:
    """The board: figures by state, the hooks by section, the panel of one key."""

    title: str
    url: str
    note: str
    crumbs: tuple[Crumb, ...] = ()
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    cabinets: tuple[Tab, ...] = ()
    counts: tuple[tuple[str, int, Tone, str], ...] = ()  # (state, how many, tone, url)
    groups: tuple[HookGroup, ...] = ()
    panel: KeyPanel | None = None
    query: str = ""
    cabinet_id: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class CountPage:
    """Counting: every tag without a word of where it should be."""

    title: str
    url: str  # POST the ticks
    scan_url: str  # POST one code
    finish_url: str
    note: str
    token: str
    groups: tuple[HookGroup, ...]
    crumbs: tuple[Crumb, ...] = ()
    notices: tuple[Notice, ...] = ()
    done: int = 0
    total: int = 0
    error: str = ""
    value: str = ""
