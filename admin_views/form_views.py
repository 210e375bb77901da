"""FormView: the forms of a register, made from its sections; saved once, on the version opened, errors in place."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_views import saved_views
from admin_views.base import clash, crumbs, found, new_token, see_other, token_key
from admin_views.declared import Declared
from admin_views.errors import wants_json, write_down
from admin_views.form_pages import line_editor, opened_text, sections_of
from admin_views.lookups import Looker, page_of
from admin_views.page import Crumb, FormPage, Link, Section, StalePage
from admin_views.prints import print_along
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from admin_views.stale import SentAnew, carried, hold, mark_sent, sent_before, stale_rows
from forms.build import HouseForm, defaults, form_for
from forms.fields import Tick
from models import Record, Stateful
from rules import advance
from rules.errors import Invalid, NotAllowed, RuleError, Stale, WrongState
from rules.permissions import require
from rules.person import Person
from rules.scope import find
from rules.show import sees_phone
from rules.versions import version_of

Values = dict[str, Any]
BOTH_KEPT = "两边改的都留着，逐项选一个再保存。没有列出的项两边相同。"
NOT_SAVED = "您改的没有保存，留在下面供您核对。"


class FormView(Declared):
    """New and edit."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: dict[tuple[tuple[str, ...], bool], type[HouseForm]] = {}

    def plan(self, row: Record | None) -> list[tuple[str, str]]:
        """The sections of this form: what is typed once only stands on the new one, the project where it is open."""
        sections = list(self.sections)
        if row is not None:
            fixed = set(self.fixed.split())
            return [(title, " ".join(n for n in names.split() if n not in fixed)) for title, names in sections]
        declared = {name for _title, names in sections for name in names.split()}
        asks = self.asks_owner and hasattr(self.record, "org_id") and "org_id" not in declared
        if asks and acting().project_id is None:
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
        if not self.is_edited:
            abort(404)
        if isinstance(row, Stateful) and row.is_frozen:
            return self._refuse_frozen(row)
        form = self.form_of(row)(request.form if request.method == "POST" else None, obj=row)
        return self._save(form, row) if request.method == "POST" else self._draw_form(form, row)

    def _refuse_frozen(self, row: Stateful) -> ResponseReturnValue:
        """Too late to correct: what was typed meanwhile is shown beside what stands."""
        refusal = WrongState(f"{row} 已{row.state_label}，不能再修改")
        if request.method == "GET" or wants_json():
            raise refusal
        write_down(refusal)
        return self._draw_stale(Stale(str(refusal)), row.id)

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
        good = all([self._is_right(form, row, look), *(one.finish(look.find) for one in lines)])
        wanting = self._too_few(lines)
        if not good or wanting:
            return self._draw_form(form, row, lines, line_error=wanting, status=422)
        values = {**form.values, **({self.lines.name: [one.values for one in lines]} if self.lines else {})}
        row_id = row.id if row is not None else None
        shown = version_of(row, form._fields) if row is not None else ""
        posted, key = request.form.get("version", shown), token_key(request.form.get("token", ""), self.noun, row_id)
        try:
            values = self.before(values, row)
            saved = write(lambda session: self._written(session, row_id, posted, key, dict(values), list(form._fields)))
        except Stale as stale:
            return self._draw_stale(stale, row_id)
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

    def _is_right(self, form: HouseForm, row: Record | None, look: Looker) -> bool:
        """What the fields and the rules have to say of it, each at its field, all at once."""
        good = form.finish(look.find)
        for name, sentence in self.also_wrong(form, row).items():
            good = False
            if name in form and not form[name].errors:
                form.blame(name, sentence)
        return good

    def also_wrong(self, form: HouseForm, row: Record | None) -> dict[str, str]:
        """What the rules miss in what was typed, told together with what the fields say themselves: one round."""
        del form, row
        return {}

    def before(self, values: Values, row: Record | None) -> Values:
        """Slow work on what was typed, before the transaction."""
        del row
        return values

    def saved(self, row: Any) -> None:
        """What is told besides, once."""
        del row

    def _too_few(self, lines: Sequence[HouseForm]) -> str:
        if self.lines is None or self.lines.least <= len(lines) <= self.lines.most:
            return ""
        return f"至少要有 {self.lines.least} 行" if len(lines) < self.lines.least else f"最多 {self.lines.most} 行"

    def _written(
        self, session: Session, row_id: int | None, version: str, key: str, values: Values, names: Sequence[str]
    ) -> int:
        """Inside the write transaction: once per page sent, on the version that was opened, in scope."""
        by = acting()
        if (before := sent_before(session, key)) is not None:
            return before
        if row_id is None:
            row = self.make(session, values, by)
        else:
            hold(session, self.record, row_id)
            row = find(session, by, self.record, row_id) or abort(404)
            if version != version_of(row, names):
                raise Stale(f"{row} 已被他人修改，请核对后再保存")
            self.change(session, row, values, by)
        session.flush()
        mark_sent(session, key, row)
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
        self.saved(row)
        if (url := self.then_on(then, row)) is not None:
            return see_other(url)
        flash(
            {"text": f"{row} 已保存", "url": page_of(row), "label": "打开"} if then == "new" else f"{row} 已保存",
            "done",
        )
        return see_other(f"/{self.noun}/new" if then == "new" and is_new else page_of(row))

    def then_on(self, then: str, row: Any) -> str | None:
        """What else the button asked for, and where that leads; None: nothing."""
        if then != "print" or not self.prints:
            return None
        print_along(self.prints[0], row, f"{row} 已保存")
        return page_of(row)

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
        if self.lines:
            self.complete_lines(row, self.lines, forms, form)
        editors = (line_editor(self.lines, forms, look, line_error),) if self.lines else ()
        hidden = (("opened", posted.get("opened") or opened_text(form)),) if row is not None else ()
        page = FormPage(
            title=f"修改{self.name}" if row is not None else (self.new_label or f"新增{self.name}"),
            url=f"{page_of(row)}/edit" if row is not None else f"/{self.noun}/new",
            sections=(*self.form_sections(form, look, row),),
            token=posted.get("token") or new_token(),
            version=posted.get("version") or (version_of(row, form._fields) if row is not None else ""),
            crumbs=crumbs(
                self.menu_group,
                Crumb(self.name, f"/{self.noun}/"),
                Crumb(str(row), home) if row is not None else Crumb("新增"),
            ),
            note=str(row) if row is not None else "",
            error=error,
            lines=editors,
            hidden=(*hidden, *self.form_hidden(form, row)),
            then=self.then(row),
            cancel_url=home,
            draft_key=f"{self.noun}-{row.id if row is not None else 'new'}",
            **self.form_extras(form, row),
        )
        return draw("form.html", page, status)

    def form_sections(self, form: HouseForm, look: Looker, row: Record | None) -> tuple[Section, ...]:
        """The form's sections drawn."""
        form.mark(self.needed(form))
        return sections_of(form, self.plan(row), look, row)

    def needed(self, form: HouseForm) -> str:
        """What the rules want filled besides, as the form stands: marked in red."""
        del form
        return ""

    def form_hidden(self, form: HouseForm, row: Record | None) -> tuple[tuple[str, str], ...]:
        """What the form carries along unseen."""
        del form, row
        return ()

    def form_extras(self, form: HouseForm, row: Record | None) -> dict[str, Any]:
        """What a form shows besides its fields: facts, side cards, the check for duplicates."""
        del form, row
        return {}

    def then(self, row: Record | None) -> tuple[tuple[str, str, str], ...]:
        """Further ways to save."""
        ways = [("print", "保存并打印", "printer")] if self.prints else []
        return tuple(ways + ([("new", "保存并新增", "")] if row is None else []))

    def _draw_stale(self, stale: Stale, row_id: int | None) -> ResponseReturnValue:
        """409: both versions side by side, nothing typed is lost; a new form that was saved may be a second matter."""
        sent = isinstance(stale, SentAnew)
        row = found(self.record, stale.row_id if isinstance(stale, SentAnew) else row_id or 0)
        look, home = Looker(reading(), acting()), page_of(row)
        known = getattr(row, "number", None) or str(row)
        open_still = self.is_edited and not (isinstance(row, Stateful) and row.is_frozen)
        made = self.form_of(row if open_still else None)
        mine, theirs = made(request.form, obj=row), made(obj=row)
        mine.finish(look.find)
        rows = stale_rows(request.form.get("opened", ""), theirs, mine, look)
        page = StalePage(
            title=f"修改{self.name}" if row_id else (self.new_label or f"新增{self.name}"),
            what=f"这一页已保存为 {known}" if sent else "保存时发现别人先改过" if open_still else str(stale),
            text=_sent_words(row_id is None, open_still) if sent else BOTH_KEPT if open_still else NOT_SAVED,
            url=f"{home}/edit" if open_still else "",
            rows=rows,
            opened=bool(request.form.get("opened")),
            hidden=(*carried(rows), ("opened", opened_text(theirs))),
            token=new_token(),
            version=version_of(row, mine._fields),
            by=saved_views.last_hand(reading(), row),
            link=Link(f"打开 {known}", home),
            back=Link("放弃我的", home),
            anew=Link("是另一件，另存", f"/{self.noun}/new") if sent and row_id is None else None,
            crumbs=crumbs(self.menu_group, Crumb(self.name, f"/{self.noun}/"), Crumb(str(row), home)),
            note="状态由流程决定，不能在这里选。" if isinstance(row, Stateful) else "",
        )
        return draw("stale.html", page, 409)


def _sent_words(is_new: bool, open_still: bool) -> str:
    """What became of a page that came again with other words, and what to do now."""
    said = "同一页又提交了一次，内容和保存的不同，这一次没有保存。"
    if open_still:
        said += "要改原来这件，逐项选好再按所选保存"
    else:
        said += "原来这件已不能改，请打开它核对"
    return said + ("；确是另一件，按“另存”。" if is_new else "。")
