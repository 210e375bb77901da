"""Errors a person at the counter can act on. Everything else is a bug and stays loud."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class RuleError(Exception):
    """A rule of the house said no; str(error) is the one Chinese sentence shown, `rule` the article behind it.

    `aftermath(session, person)` is what the refusal itself brings about (an incident opened): it is done in a second
    transaction, after the refused one is rolled back.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        rule: str = "",
        aftermath: Callable[[Any, Any], None] | None = None,
    ) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule
        self.aftermath = aftermath


class NotAllowed(RuleError):
    """The person lacks the permission or the unit is not theirs (无权限)."""


class WrongState(RuleError):
    """The paper is not in a state that allows this move (状态不符)."""


class Stale(RuleError):
    """Somebody else saved the row meanwhile; the page shows both versions (已被他人修改)."""


class NoSpace(RuleError):
    """The disk is full: nothing was written, and the same works again when there is room (磁盘已满)."""


class Invalid(RuleError):
    """Several fields are wrong at once: {field: sentence}."""

    def __init__(self, errors: dict[str, str], *, rule: str = "") -> None:
        super().__init__("；".join(errors.values()), field=next(iter(errors), None), rule=rule)
        self.errors = errors


class Gathering:
    """Hears what several rules refuse at fields, so that one sending of a form tells all of it."""

    def __init__(self) -> None:
        self.heard: list[RuleError] = []

    @contextmanager
    def hear(self) -> Iterator[None]:
        """A refusal at a field is noted and the next rule asked; any other, or one with an aftermath, rises."""
        try:
            yield
        except RuleError as no:
            if no.field is None or no.aftermath is not None:
                raise
            self.heard.append(no)

    def refuse(self) -> None:
        """Raise what was heard: a single refusal as it was, several as one Invalid."""
        if len(self.heard) == 1:
            raise self.heard[0]
        if self.heard:
            raise Invalid(self.wrong, rule=self.heard[0].rule)

    @property
    def wrong(self) -> dict[str, str]:
        """Field to sentence; the first sentence at a field stands."""
        told: dict[str, str] = {}
        for no in self.heard:
            for name, sentence in wrong_of(no).items():
                told.setdefault(name, sentence)
        return told


def wrong_of(no: RuleError) -> dict[str, str]:
    """A refusal as field to sentence; under the empty name what no field is to blame for."""
    return no.errors if isinstance(no, Invalid) else {no.field or "": str(no)}
