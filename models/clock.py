"""The only place the program asks what time it is; tests replace `now`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """The current moment, aware."""
    return _pretended.get() or datetime.now(UTC)


@contextmanager
def pretend(moment: datetime) -> Iterator[None]:
    """Let the program believe it is `moment`: only the demo company's past and simulations are made so."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


def today() -> date:
    """Today on the office wall calendar."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The same moment on the office wall clock."""
    return moment.astimezone(LOCAL)


def at_wall(day: date, wall: time) -> datetime:
    """The moment at which the office wall clock shows `wall` on `day`."""
    return datetime.combine(day, wall, LOCAL).astimezone(UTC)


def shown(moment: datetime, seconds: bool = False) -> str:
    """`2026-11-21 10:00` in Shanghai: seconds are stored, minutes are shown."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}" if seconds else f"{local(moment):%Y-%m-%d %H:%M}"
