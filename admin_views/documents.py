"""DocumentView: a register of papers (单据) or of things with states; its moves are deeds, the next one comes first."""

from collections.abc import Mapping
from typing import Any, ClassVar

from admin_views.columns import Line
from admin_views.deeds import Deed, buttons, deed_of
from admin_views.lookups import Looker, page_of
from admin_views.page import Action
from admin_views.registers import RegisterView, page_url
from admin_views.request import acting, reading
from forms.actions import asked
from models import Stateful
from models.lifecycle import Move
from printouts import FORMS
from rules.permissions import allows

MOST_BUTTONS = 3


class DocumentView(RegisterView):
    """A register whose rows live through states."""

    record: ClassVar[type[Stateful]]
    first_verbs: ClassVar[str] = ""
    """The verbs in the order in which they are likely next, where the lifecycle's own order does not say it."""
    print_after: ClassVar[Mapping[str, str]] = {}
    """The verbs after which a paper is printed as a rule, each with its form."""

    def moves(self, row: Any) -> list[Move]:
        """The moves open in the row's state, the next one first, the dangerous ones last."""
        order = {verb: n for n, verb in enumerate(self.first_verbs.split())}
        found: list[Move] = self.record.lifecycle.open_moves(row.state)
        return sorted(found, key=lambda step: (step.danger, order.get(step.verb, len(order))))

    def deeds_of(self, row: Any) -> list[Deed]:
        """Moves, then the register's other deeds."""
        return [*(self._deed_of(step) for step in self.moves(row)), *super().deeds_of(row)]

    def deed(self, row: Any, verb: str) -> Deed | None:
        """A move by its verb in whatever state: the door itself says why it cannot be made now."""
        step = self.record.lifecycle.moves.get(verb)
        if step is not None:
            return None if step.system else self._deed_of(step)
        return super().deed(row, verb)

    def _deed_of(self, step: Move) -> Deed:
        return deed_of(self.record, step, self.print_after.get(step.verb, ""))

    # -- on the page ---------------------------------------------------------------------------------------------

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """A few buttons with the next move last and loudest; the rest and what is not allowed under 更多."""
        made, why = buttons(self, self.deeds_of(row), row, Looker(reading(), acting()))
        extra = [*self.print_actions(row)]
        if self.is_edited and not row.is_frozen and self.may("write", row):
            extra.append(Action("修改", f"{page_of(row)}/edit", icon="pen"))
        loud = [a for a in made if a.look == "primary"]
        rest = [a for a in made if a.look != "primary"]
        shown = [*rest[: MOST_BUTTONS - 1], *extra[:1], *loud]
        return tuple(shown), (*rest[MOST_BUTTONS - 1 :], *extra[1:], *why)

    def print_actions(self, row: Any) -> list[Action]:
        """The papers this row prints on."""
        return [
            Action(f"打印{FORMS[code].title}", f"/print/{code}/{row.id}", "post", name=f"print-{code}", icon="printer")
            for code in self.prints
        ]

    # -- in the list ---------------------------------------------------------------------------------------------

    def row_actions(self, line: Line) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The next verb this person may do, then the rest under 更多."""
        person = acting()
        steps = [s for s in self.moves(line) if allows(person, f"{self.noun}.{s.verb}", line)]
        made = [self._step(line, step) for step in steps]
        page = Action("详情", page_url(self.noun, line.id))
        papers = [Action("打印", a.url, a.method) for a in self.print_actions(line)]
        first = (made[0] if made else page, *papers[:1])
        return first, tuple([page, *made[1:], *papers[1:]] if made else papers[1:])

    def _step(self, line: Line, step: Move) -> Action:
        url = f"{page_url(self.noun, line.id)}/{step.verb}"
        if asked(self.record, step) is not None or step.danger:
            return Action(step.label, url, name=step.verb)
        return Action(step.label, f"{url}?version={line.version}", "post", name=step.verb)
