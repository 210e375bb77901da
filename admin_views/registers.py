"""RegisterView: a register (登记) is a list of names. Columns, filters and sections are declared; the rest is here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from flask import Flask, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin, expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_views import bulk, deeds, exports, saved_views
from admin_views.base import View, clash, crumbs, done_before, found, mark_done, new_token, see_other, token_key
from admin_views.columns import Col, Line, Look, columns_for
from admin_views.deeds import Deed
from admin_views.document_pages import record_page
from admin_views.filters import Filter, filters_for
from admin_views.form_pages import kept, line_editor, opened_text, sections_of, stale_rows
from admin_views.list_pages import (
    ListAddress,
    Preset,
    chips_of,
    columns_of,
    pager,
    query_bar,
    rows_of,
    tabs_of,
)
from admin_views.lookups import Looker, page_of
from admin_views.page import Action, Crumb, DocumentPage, Empty, Fact, FormPage, ListPage, Related, Section, StalePage
from admin_views.prints import print_records
from admin_views.query import Listing, ListQuery
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from forms.build import HouseForm, Lines, defaults, form_for
from forms.fields import Tick
from models import Record, Stateful
from rules import advance
from rules.errors import Invalid, NotAllowed, RuleError, Stale, WrongState
from rules.permissions import allows, require
from rules.person import Person
from rules.scope import find
from rules.show import sees_phone
from rules.versions import version_of

ORDER = 50
Values = dict[str, Any]


class RegisterView(View):
    """A register: list, form, page, bulk, export, saved views, from a model and lists of names.

    `columns`: paths, `-path` for one not shown at first, or Col. `filters`: paths, `+path` always in sight, `-path`
    under 更多条件, or Filter. `sections`: (title, names) of the form. `fixed`: names typed once, on the new form only.
    """

    registered: ClassVar[dict[str, type["RegisterView"]]] = {}

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

    def __init_subclass__(cls) -> None:
        """Every view that names its record is a register of the house."""
        if "record" in cls.__dict__:
            RegisterView.registered[cls.record.__tablename__] = cls

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
        self._forms: dict[tuple[tuple[str, ...], bool], type[HouseForm]] = {}

    @property
    def permission(self) -> str:  # type: ignore[override]
        """Who may read may enter."""
        return f"{self.noun}.read"

    def may(self, verb: str, row: Any = None) -> bool:
        """Whether the person acting may do it (to this row, or at all)."""
        return allows(acting(), f"{self.noun}.{verb}", row)

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
                kept=tuple((k, v) for k, v in (("sort", request.args.get("sort", "")), ("size", request.args.get("size", ""))) if v),
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
        """At the right of the title: the new form."""
        if not self.sections or not self.may("write"):
            return ()
        return (Action(self.new_label or f"新增{self.name}", f"/{self.noun}/new", icon="plus", look="primary", key="Alt+N"),)

    def row_actions(self, line: Line) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The next thing to do, then the rest under 更多."""
        first = [Action("详情", page_url(self.noun, line.id))]
        if self.sections and self.may("write", line):
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

    # -- form ----------------------------------------------------------------------------------------------------

    def plan(self, row: Record | None) -> list[tuple[str, str]]:
        """The sections of this form: what is typed once only stands on the new one, the project where it is open."""
        sections = list(self.sections)
        if row is not None:
            fixed = set(self.fixed.split())
            return [(title, " ".join(n for n in names.split() if n not in fixed)) for title, names in sections]
        declared = {name for _title, names in sections for name in names.split()}
        if hasattr(self.record, "org_id") and "org_id" not in declared and acting().project_id is None:
            sections.insert(0, ("项目", "org_id"))
        return sections

    def form_of(self, row: Record | None) -> type[HouseForm]:
        """The form's class, made once per set of names; personal values stay closed to whom they are not open."""
        names = tuple(name for _title, part in self.plan(row) for name in part.split())
        hidden = row is not None and not sees_phone(acting(), row)
        key = (names, hidden)
        if key not in self._forms:
            self._forms[key] = form_for(
                self.record, names, self.over, must=self.must, free=self.free, hidden_secrets=hidden
            )
        return self._forms[key]

    def fresh(self) -> dict[str, Any]:
        """What stands in a new form's boxes at first."""
        return defaults(self.record, [n for _t, names in self.plan(None) for n in names.split()])

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """The new form, and its saving."""
        require(acting(), f"{self.noun}.write", doing=f"新增{self.name}")
        if not self.sections:
            abort(404)
        fresh = self.fresh()
        if request.method == "GET":
            form = self.form_of(None)(request.args or None, data=fresh)
            for one in form:
                if isinstance(one, Tick) and one.name not in request.args:
                    one.data = bool(fresh.get(one.name))
            return self._draw_form(form, None)
        return self._save(self.form_of(None)(request.form, data=fresh), None)

    @expose("/<int:row_id>/edit", methods=("GET", "POST"))
    def edit(self, row_id: int) -> ResponseReturnValue:
        """The form of a row, and its saving."""
        row = found(self.record, row_id)
        require(acting(), f"{self.noun}.write", row, f"修改{self.name}")
        if not self.sections:
            abort(404)
        if isinstance(row, Stateful) and row.is_frozen:
            raise WrongState(f"{row} 已{row.state_label}，不能再修改")
        form = self.form_of(row)(request.form if request.method == "POST" else None, obj=row)
        return self._save(form, row) if request.method == "POST" else self._draw_form(form, row)

    def _line_forms(self, row: Record | None) -> list[HouseForm]:
        if self.lines is None:
            return []
        if request.method == "POST":
            return self.lines.read(request.form)
        return self.lines.shown(getattr(row, self.lines.name, ())) if row is not None else []

    def _save(self, form: HouseForm, row: Record | None) -> ResponseReturnValue:
        look = Looker(reading(), acting())
        lines = self._line_forms(row)
        if request.form.get("then", "").startswith("add-"):
            return self._draw_form(form, row, lines, blank=True)
        good = all([form.finish(look.find), *(one.finish(look.find) for one in lines)])
        error = self._too_few(lines)
        if not good or error:
            return self._draw_form(form, row, lines, line_error=error, status=422)
        values = {**form.values, **({self.lines.name: [one.values for one in lines]} if self.lines else {})}
        row_id = row.id if row is not None else None
        shown = version_of(row, form._fields) if row is not None else ""
        posted, key = request.form.get("version", shown), token_key(request.form.get("token", ""), self.noun, row_id)
        try:
            saved = write(lambda session: self._written(session, row_id, posted, key, dict(values), list(form._fields)))
        except Stale:
            return self._draw_stale(row_id or 0)
        except (NotAllowed, WrongState):
            raise
        except RuleError as no:
            return self._draw_blamed(form, row_id, lines, no)
        except IntegrityError as error:
            wrong = clash(error, self.record)
            if not wrong:
                raise
            return self._draw_blamed(form, row_id, lines, Invalid(wrong))
        return self._after(saved, row_id is None)

    def _too_few(self, lines: Sequence[HouseForm]) -> str:
        if self.lines is None or self.lines.least <= len(lines) <= self.lines.most:
            return ""
        return f"至少要有 {self.lines.least} 行" if len(lines) < self.lines.least else f"最多 {self.lines.most} 行"

    def _written(
        self, session: Session, row_id: int | None, version: str, key: str, values: Values, names: Sequence[str]
    ) -> int:
        """Inside the write transaction: once per page sent, on the version that was opened, in scope."""
        by = acting()
        if (before := done_before(session, key)) is not None:
            return before
        if row_id is None:
            row = self.make(session, values, by)
        else:
            row = find(session, by, self.record, row_id) or abort(404)
            if version != version_of(row, names):
                raise Stale(f"{row} 已被他人修改，请核对后再保存")
            self.change(session, row, values, by)
        session.flush()
        mark_done(session, key, row)
        return row.id

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """A new row from what was typed; a paper is put on file by its own door."""
        row = self.record(**self._owned(values, by))
        if isinstance(row, Stateful) and hasattr(row, "number"):
            return advance.start(session, row, by)  # type: ignore[type-var]
        require(by, f"{self.noun}.write", row, f"新增{self.name}")
        session.add(row)
        return row

    def _owned(self, values: Values, by: Person) -> Values:
        """The project in front of the person owns what they write."""
        if hasattr(self.record, "org_id") and values.get("org_id") is None:
            if by.project_id is None:
                raise RuleError("请先在右上方选择项目，再新增", field="org_id")
            values["org_id"] = by.project_id
        return values

    def change(self, session: Session, row: Record, values: Values, by: Person) -> None:
        """The row as it was typed: permission before and after, so that nobody moves it out of or into their reach."""
        if isinstance(row, Stateful):
            advance.edit(session, row, by, **values)
            return
        require(by, f"{self.noun}.write", row, f"修改{self.name}")
        for name, value in values.items():
            setattr(row, name, value)
        require(by, f"{self.noun}.write", row, f"修改{self.name}")

    def _after(self, row_id: int, is_new: bool) -> ResponseReturnValue:
        then = request.form.get("then", "")
        row = found(self.record, row_id)
        if then == "print" and self.prints:
            return print_records(self.prints[0], [row])
        flash({"text": f"{row} 已保存", "url": page_of(row), "label": "打开"} if then == "new" else f"{row} 已保存", "done")
        return see_other(f"/{self.noun}/new" if then == "new" and is_new else page_of(row))

    def _draw_blamed(
        self, form: HouseForm, row_id: int | None, lines: Sequence[HouseForm], no: RuleError
    ) -> ResponseReturnValue:
        """The form again with the rule's sentence at its field, or on top when no field is to blame."""
        wrong = no.errors if isinstance(no, Invalid) else {no.field or "": str(no)}
        rest = [sentence for name, sentence in wrong.items() if not form.blame(name, sentence)]
        row = found(self.record, row_id) if row_id is not None else None
        error = "；".join(rest) + (f"（{no.rule}）" if rest and no.rule else "")
        return self._draw_form(form, row, lines, error=error, status=422)

    def _draw_form(
        self,
        form: HouseForm,
        row: Record | None,
        lines: Sequence[HouseForm] | None = None,
        *,
        error: str = "",
        line_error: str = "",
        blank: bool = False,
        status: int = 200,
    ) -> ResponseReturnValue:
        look = Looker(reading(), acting())
        posted = request.form
        home = page_of(row) if row is not None else f"/{self.noun}/"
        forms = list(self._line_forms(row) if lines is None else lines)
        if blank and self.lines:
            forms.append(self.lines.form()(prefix=f"{self.lines.name}-{len(forms) + 900}-"))
        editors = (line_editor(self.lines, forms, look, line_error),) if self.lines else ()
        hidden = (("opened", posted.get("opened") or opened_text(form)),) if row is not None else ()
        page = FormPage(
            title=f"修改{self.name}" if row is not None else (self.new_label or f"新增{self.name}"),
            url=f"{page_of(row)}/edit" if row is not None else f"/{self.noun}/new",
            sections=(*self.form_sections(form, look, row),),
            token=posted.get("token") or new_token(),
            version=posted.get("version") or (version_of(row, form._fields) if row is not None else ""),
            crumbs=crumbs(
                self.menu_group, Crumb(self.name, f"/{self.noun}/"), Crumb(str(row), home) if row is not None else Crumb("新增")
            ),
            note=str(row) if row is not None else "",
            error=error,
            lines=editors,
            hidden=(*hidden, *self.form_hidden(form)),
            then=self.then(row),
            cancel_url=home,
            draft_key=f"{self.noun}-{row.id if row is not None else 'new'}",
            **self.form_extras(form, row),
        )
        return draw("form.html", page, status)

    def form_sections(self, form: HouseForm, look: Looker, row: Record | None) -> tuple[Section, ...]:
        """The form's sections drawn."""
        return sections_of(form, self.plan(row), look, row)

    def form_hidden(self, form: HouseForm) -> tuple[tuple[str, str], ...]:
        """What the new form carries along unseen."""
        del form
        return ()

    def form_extras(self, form: HouseForm, row: Record | None) -> dict[str, Any]:
        """What a form shows besides its fields: facts, side cards, the check for duplicates."""
        del form, row
        return {}

    def then(self, row: Record | None) -> tuple[tuple[str, str, str], ...]:
        """Further ways to save."""
        ways = [("print", "保存并打印", "printer")] if self.prints else []
        return tuple(ways + ([("new", "保存并新增", "")] if row is None else []))

    def _draw_stale(self, row_id: int) -> ResponseReturnValue:
        """409: both versions side by side, nothing typed is lost."""
        row, look = found(self.record, row_id), Looker(reading(), acting())
        made = self.form_of(row)
        mine, theirs = made(request.form, obj=row), made(obj=row)
        mine.finish(look.find)
        rows = stale_rows(request.form.get("opened", ""), theirs, mine, look)
        page = StalePage(
            title=f"修改{self.name}",
            url=f"{page_of(row)}/edit",
            rows=rows,
            hidden=(*kept(mine, (r.name for r in rows), request.form), ("opened", opened_text(theirs))),
            token=new_token(),
            version=version_of(row, mine._fields),
            what=str(row),
            by=saved_views.last_hand(reading(), row),
            discard_url=page_of(row),
            crumbs=crumbs(self.menu_group, Crumb(self.name, f"/{self.noun}/"), Crumb(str(row), page_of(row))),
        )
        return draw("stale.html", page, 409)

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
        if self.sections and self.may("write", row):
            made.append(Action("修改", f"{page_of(row)}/edit", icon="pen", look="primary"))
        return tuple(made), tuple(why)

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

    def deed_facts(self, row: Any) -> tuple[Fact, ...]:
        """What stands above a deed's form."""
        del row
        return ()

    @expose("/<int:row_id>/<verb>", methods=("GET", "POST"))
    def do(self, row_id: int, verb: str) -> ResponseReturnValue:
        """A deed: its form, or the deed itself."""
        return deeds.answer(self, row_id, verb)

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


def register(app: Flask, admin: Admin) -> None:
    """Add every declared register."""
    del app
    for made in sorted(RegisterView.registered.values(), key=lambda view: view.place):
        admin.add_view(made())
