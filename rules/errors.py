"""Errors a person at the counter can act on. Everything else is a bug and stays loud."""

from collections.abc import Callable
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
