"""What a register says of itself: its record and lists of names; the views of list, form and page read them here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from admin_views.base import View
from admin_views.columns import Col, columns_for
from admin_views.deeds import Deed
from admin_views.filters import Filter, filters_for
from admin_views.list_pages import Preset
from admin_views.query import Listing
from admin_views.request import acting
from forms.build import HouseForm, Lines
from models import Record
from rules.permissions import allows


class Declared(View):
    """A register: list, form, page, bulk, export, saved views, from a model and lists of names.

    `columns`: paths, `-path` for one not shown at first, or Col. `filters`: paths, `+path` always in sight, `-path`
    under 更多条件, or Filter. `sections`: (title, names) of the form. `fixed`: names typed once, on the new form only.
    """

    record: ClassVar[type[Record]]
    menu_group: ClassVar[str] = ""
    columns: ClassVar[Sequence[str | Col]] = ()
    filters: ClassVar[Sequence[str | Filter]] = ()
    search: ClassVar[str] = ""
    default_sort: ClassVar[str] = "-id"
    presets: ClassVar[Sequence[Preset]] = ()
    sections: ClassVar[Sequence[tuple[str, str]]] = ()
    fixed: ClassVar[str] = ""
    must: ClassVar[str] = ""
    free: ClassVar[str] = ""
    over: ClassVar[Mapping[str, Any]] = {}
    lines: ClassVar[Lines | None] = None
    deeds: ClassVar[Sequence[Deed]] = ()
    facts: ClassVar[Sequence[tuple[str, str]]] = ()
    always: ClassVar[str] = ""
    prints: ClassVar[Sequence[str]] = ()
    bulk_verbs: ClassVar[Sequence[str]] = ()
    new_label: ClassVar[str] = ""
    note: ClassVar[str] = ""
    menu_query: ClassVar[str] = ""
    asks_owner: ClassVar[bool] = True
    """Whether the new form asks whose the row is, where no project is chosen; else another field tells."""

    def __init__(self) -> None:
        self.noun = self.record.__tablename__
        super().__init__(self.record.__label__, self.menu_group, self.noun, f"/{self.noun}")
        self.listing = Listing(
            self.record,
            columns_for(self.record, self.columns),
            filters_for(self.record, self.filters),
            tuple(self.search.split()),
            self.default_sort,
            tuple(self.always.split()),
        )

    @property
    def permission(self) -> str:  # type: ignore[override]
        """Who may read may enter."""
        return f"{self.noun}.read"

    @property
    def is_edited(self) -> bool:
        """Whether anything may be typed anew after the first time."""
        names = {name for _title, part in self.sections for name in part.split()}
        return bool(names - set(self.fixed.split()))

    def complete_lines(self, row: Any, lines: Lines, forms: Sequence[HouseForm], head: HouseForm | None) -> None:
        """Put into line forms what is only shown beside what was typed."""
        del row, lines, forms, head

    def may(self, verb: str, row: Any = None) -> bool:
        """Whether the person acting may do it (to this row, or at all)."""
        return allows(acting(), f"{self.noun}.{verb}", row)
