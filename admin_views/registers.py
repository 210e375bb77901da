"""RegisterView: a register (登记) is a list of names; its list, page, deeds, bulk, exports and saved views."""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin, expose
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_views import bulk, deeds, doing, exports, saved_views
from admin_views.base import crumbs, found, new_token
from admin_views.columns import Line, Look
from admin_views.deeds import Deed
from admin_views.document_pages import record_page
from admin_views.form_views import FormView
from admin_views.list_pages import ListAddress, chips_of, columns_of, pager, query_bar, rows_of, tabs_of
from admin_views.lookups import Looker, page_of
from admin_views.page import Action, Count, Crumb, DocumentPage, Empty, Fact, LinesTable, ListPage, Related, Tone
from admin_views.query import ListQuery
from admin_views.request import acting, reading
from admin_views.shell import draw
from forms.build import Lines
from rules.importing.registers import imports_for

ORDER = 50


class RegisterView(FormView):
    """A register: declare `record` and lists of names, and it has all of this."""

    registered: ClassVar[dict[str, type["RegisterView"]]] = {}

    def __init_subclass__(cls) -> None:
        """Every view that names its record is a register of the house."""
        if "record" in cls.__dict__:
            RegisterView.registered[cls.record.__tablename__] = cls

    # -- list ----------------------------------------------------------------------------------------------------

    def query(self, args: MultiDict[str, str] | None = None, session: Session | None = None) -> ListQuery:
        """What was asked of the list."""
        return ListQuery.parse(self.listing, session or reading(), acting(), request.args if args is None else args)

    def asked(self, text: str, session: Session | None = None) -> ListQuery:
        """A question kept as text: of a saved view, an export, 选择全部."""
        return self.query(MultiDict(parse_qsl(text[:2000])), session)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The list."""
        query = self.query()
        total = query.count()
        at = ListAddress(f"/{self.noun}/", query)
        pages = pager(query, total, at)
        chosen = [key for key in saved_views.layout(query.session, acting(), self.noun) if key in self.listing.columns]
        columns = columns_of(self.listing, chosen, at, query.sort)
        shown = [self.listing.columns[c.key] for c in columns if c.shown]
        lines = query.lines(query.ids((query.page - 1) * query.size, query.size), shown)
        look = Look(query.session, acting(), self.record)
        return draw(
            "list.html",
            ListPage(
                title=self.name,
                note=self.note,
                columns=columns,
                rows=rows_of(look, lines, shown, self.row_actions),
                pager=pages,
                url=f"/{self.noun}/",
                token=new_token(),
                crumbs=crumbs(self.menu_group, Crumb(self.name)),
                actions=self.list_actions(),
                tabs=tabs_of(query, f"/{self.noun}/", self.presets, saved_views.tabs(query, self.listing)),
                save_view_url=f"/{self.noun}/views" if query.params else "",
                can_share_view=bool(acting().project_id),
                query=query_bar(query),
                kept=tuple(
                    (k, v)
                    for k, v in (("sort", request.args.get("sort", "")), ("size", request.args.get("size", "")))
                    if v
                ),
                query_string=query.text,
                chips=chips_of(query, at),
                bulk=self.bulk_actions(),
                exports=exports.kinds(self.record),
                export_url=f"/{self.noun}/export",
                columns_url=f"/{self.noun}/columns",
                empty=self.nothing(query),
            ),
        )

    def list_actions(self) -> tuple[Action, ...]:
        """At the right of the title: 导入 where a spreadsheet can fill the register, the new form."""
        brought = imports_for(acting(), self.noun)
        taken = (Action("导入", f"/imports?register={brought.noun}", icon="upload"),) if brought else ()
        if not self.sections or not self.may("write"):
            return taken
        new = Action(self.new_label or f"新增{self.name}", f"/{self.noun}/new", icon="plus", look="primary")
        return (*taken, new)

    def row_actions(self, line: Line) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The next thing to do, then the rest under 更多."""
        first = [Action("详情", page_url(self.noun, line.id))]
        if self.is_edited and self.may("write", line):
            first.append(Action("修改", f"{page_url(self.noun, line.id)}/edit"))
        return tuple(first), ()

    def bulk_actions(self) -> tuple[Action, ...]:
        """What can be done to all ticked rows."""
        return bulk.actions(self)

    def nothing(self, query: ListQuery) -> Empty:
        """What an empty list says."""
        if query.params:
            return Empty("没有符合条件的记录", "换个条件试试，或清除条件。", icon="search")
        return Empty(f"还没有{self.name}", actions=self.list_actions())

    def menu_count(self) -> int | None:
        """The figure beside the menu's entry."""
        return self.asked(self.menu_query).count() if self.menu_query else None

    # -- page ----------------------------------------------------------------------------------------------------

    @expose("/<int:row_id>")
    def page(self, row_id: int) -> ResponseReturnValue:
        """One row."""
        row = found(self.record, row_id)
        return draw("document.html", self.page_of(row))

    def page_of(self, row: Any) -> DocumentPage:
        """What the page of a row shows."""
        return record_page(self, row, Looker(reading(), acting()))

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The buttons of the page, and what stands under 更多."""
        made, why = deeds.buttons(self, self.deeds_of(row), row, Looker(reading(), acting()))
        if self.is_edited and self.may("write", row):
            made.append(Action("修改", f"{page_of(row)}/edit", icon="pen", look="primary"))
        return tuple(made), tuple(why)

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """Tables of the page: lines of a paper, notes, what belongs to the row."""
        del row, look
        return ()

    def page_extras(self, row: Any) -> dict[str, Any]:
        """What a page shows besides: tags, a line under the title, notices."""
        del row
        return {}

    def related(self, session: Session, row: Any) -> Sequence[Related]:
        """Papers that hang together with this row, beyond those the foreign keys tell of."""
        del session, row
        return ()

    def headline(self, row: Any) -> str:
        """The title of the page."""
        return str(row)

    # -- deeds ---------------------------------------------------------------------------------------------------

    def deeds_of(self, row: Any) -> list[Deed]:
        """What can be done to the row as it is now, whoever may."""
        return [deed for deed in self.deeds if deed.when(row)]

    def deed(self, row: Any, verb: str) -> Deed | None:
        """One of them, also when the row is not where it makes sense: then the rule says so."""
        del row
        return next((deed for deed in self.deeds if deed.verb == verb), None)

    def lines_of(self, row: Any, lines: Lines) -> Sequence[Any]:
        """What stands in a deed's table at first."""
        return list(getattr(row, lines.name, ()))

    def deed_facts(self, row: Any) -> tuple[Fact, ...]:
        """What stands above a deed's form."""
        del row
        return ()

    @expose("/<int:row_id>/<verb>", methods=("GET", "POST"))
    def do(self, row_id: int, verb: str) -> ResponseReturnValue:
        """A deed: its form, or the deed itself."""
        return doing.answer(self, row_id, verb)

    # -- bulk, export, views: one file each ------------------------------------------------------------------------

    @expose("/bulk/<verb>", methods=("POST",))
    def bulk(self, verb: str) -> ResponseReturnValue:
        """Something for all ticked rows."""
        return bulk.run(self, verb)

    @expose("/export", methods=("POST",))
    def export(self) -> ResponseReturnValue:
        """Write down what is taken away, then lead to the file."""
        return exports.start(self)

    @expose("/export/<token>")
    def fetch(self, token: str) -> ResponseReturnValue:
        """The file, streamed."""
        return exports.fetch(self, token)

    @expose("/views", methods=("POST",))
    def save_view(self) -> ResponseReturnValue:
        """Keep this question under a name."""
        return saved_views.keep(self.listing, self.asked(request.form.get("query", "")))

    @expose("/views/<int:view_id>/remove", methods=("POST",))
    def forget_view(self, view_id: int) -> ResponseReturnValue:
        """Forget one of one's own."""
        return saved_views.forget(self.noun, view_id)

    @expose("/columns", methods=("POST",))
    def choose_columns(self) -> ResponseReturnValue:
        """Which columns this person wants to see, in which order."""
        return saved_views.choose(self.listing)


def page_url(noun: str, row_id: Any) -> str:
    """The page of a row."""
    return f"/{noun}/{row_id}"


def listed(noun: str, query: str, label: str, note: str = "", tone: Tone = "") -> Count:
    """A figure that opens its rows: counted by the register's own question, so that the two cannot differ."""
    number = RegisterView.registered[noun]().asked(query).count()
    return Count(number, label, f"/{noun}/?{query}", note, tone if number else "")


def register(app: Flask, admin: Admin) -> None:
    """Add every declared register."""
    del app
    for made in sorted(RegisterView.registered.values(), key=lambda view: view.place):
        admin.add_view(made())
