"""Deeds: what a person does to one row by pressing a button; the moves of a lifecycle are deeds, there are others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from admin_views.form_pages import drawn
from admin_views.lookups import Looker
from admin_views.page import Action
from admin_views.request import acting
from forms.actions import Ask, asked
from forms.build import HouseForm, Lines
from models import Record, Stateful
from models.lifecycle import Move
from rules.advance import advance
from rules.permissions import allows, who_may
from rules.show import sees_phone

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

Details = dict[str, Any]
Run = Callable[[Session, Any, Any, Details], Record | None]


@dataclass(frozen=True)
class Deed:
    """One button: `run(session, row, by, details)` inside the write transaction; what it returns is opened next.

    `may` is the verb of the permission table, `when` whether it makes sense for the row, `before` what is worked on
    outside the transaction (a password hashed) and added to the details.
    """

    verb: str
    label: str
    run: Run
    ask: Ask | None = None
    may: str = ""
    when: Callable[[Any], bool] = lambda _row: True
    before: Callable[[Details], Mapping[str, Any]] = lambda _details: {}
    danger: bool = False
    confirm: str = ""
    rule: str = ""
    icon: str = ""
    primary: bool = False
    quiet: bool = False  # never the loud button
    said: Callable[[Any], str] | None = None
    once: bool = False  # what is said is a secret: on a page of its own
    prints: str = ""  # the form that may be printed along with it

    @property
    def lines(self) -> Lines | None:
        """The table of its form, where it has one."""
        return self.ask.lines if self.ask else None

    @property
    def permission(self) -> str:
        """The second part of its line in the permission table."""
        return self.may or self.verb


def deed_of(model: type[Stateful], step: Move, prints: str = "") -> Deed:
    """A move of the lifecycle as a deed; out of its states it makes no sense."""

    def run(session: Session, row: Any, by: Any, details: Details) -> None:
        given = dict(details)
        advance(session, row, step.verb, by, reason=given.pop("reason", None), **given)

    def open_now(row: Any) -> bool:
        return row.state in step.source

    wanted = asked(model, step)
    confirm = f"{step.label}后不能撤回。" if step.danger and wanted is None else ""
    return Deed(
        step.verb,
        step.label,
        run,
        wanted,
        when=open_now,
        danger=step.danger,
        confirm=confirm,
        rule=step.rule,
        prints=prints,
    )


def form_of(deed: Deed, row: Any) -> HouseForm | None:
    """The deed's form as it opens for the person acting."""
    return deed.ask.opened(row, hidden=is_hidden(row)) if deed.ask else None


def is_hidden(row: Any) -> bool:
    """Whether the personal values of the row are closed to the person acting, in its deeds' forms too."""
    return not sees_phone(acting(), row)


# ---- buttons ---------------------------------------------------------------------------------------------------


def action(view: "RegisterView", deed: Deed, row: Any, look: Looker, *, on_page: bool = True) -> Action:
    """The deed as something to press: on its row's page it asks in a dialog, in a list it leads to its form."""
    if (deed.ask is not None or deed.confirm) and (not on_page or deed.lines):
        return Action(deed.label, f"/{view.noun}/{row.id}/{deed.verb}", name=deed.verb, icon=deed.icon)
    return asking(view, deed, row, look, form_of(deed, row))


def asking(view: "RegisterView", deed: Deed, row: Any, look: Looker, form: HouseForm | None) -> Action:
    """What a deed asks, for its dialog and for its page alike: said once here."""
    version = getattr(row, "version", None)
    url = f"/{view.noun}/{row.id}/{deed.verb}"
    return Action(
        deed.label,
        f"{url}?version={version}" if version else url,
        "post",
        deed.verb,
        deed.icon,
        "danger" if deed.danger else "",
        fields=tuple(drawn(one, look, row) for one in form) if form is not None else (),
        confirm=deed.confirm,
        note=deed.ask.note if deed.ask else "",
        facts=view.deed_facts(row) if deed.ask else (),
        then=(("print", f"{deed.label}并打印", "printer"),) if deed.prints else (),
    )


def buttons(view: "RegisterView", deeds: Sequence[Deed], row: Any, look: Looker) -> tuple[list[Action], list[Action]]:
    """The allowed ones as buttons, the first as primary at the end; the refused ones with who may."""
    person = acting()
    allowed = [d for d in deeds if allows(person, f"{view.noun}.{d.permission}", row)]
    refused = [d for d in deeds if d not in allowed]
    made = [action(view, deed, row, look, on_page=True) for deed in allowed]
    first = next((n for n, d in enumerate(allowed) if d.primary), None)
    first = (
        first if first is not None else next((n for n, d in enumerate(allowed) if not d.danger and not d.quiet), None)
    )
    if first is not None:
        primary = made.pop(first)
        made.insert(0, replace(primary, look="primary"))
    why = [
        Action(d.label, reason=f"须由{who_may(f'{view.noun}.{d.permission}')}办理", rule=d.rule, name=d.verb)
        for d in refused
    ]
    return made, why
