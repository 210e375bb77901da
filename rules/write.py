"""Every change is one short write transaction: queued, retried from scratch when the engine asks for it."""

import fcntl
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models import FormToken, Record, clock
from rules.person import SYSTEM, Person
from rules.space import space

T = TypeVar("T")
R = TypeVar("R", bound=Record)

RETRY_POSTGRES = {"40001", "40P01", "55P03"}
RETRY_SQLITE = {5, 6}
UNIQUE = {"23505", 2067, 1555}
_here = threading.local()


class Writer:
    """The one way to write: `write(fn, by=person)` runs `fn(session)` and commits."""

    def __init__(self, engine: Engine, tries: int = 8) -> None:
        self.engine = engine
        self.tries = tries
        self._immediate = engine.execution_options(sqlite_begin="IMMEDIATE")

    def __call__(
        self,
        fn: Callable[[Session], T],
        *,
        by: Person = SYSTEM,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> T:
        """Run `fn` in one transaction as `by`; slow work (passwords, files, PDFs) belongs outside.

        `fn` may run several times and must not keep anything of a failed run. Raises whatever `fn` raises, and NoSpace.
        """
        if getattr(_here, "writing", False):
            raise RuntimeError("nested write transaction")
        _here.writing = True
        try:
            for attempt in range(self.tries):
                try:
                    with space(), _queue(self.engine), Session(self._immediate, expire_on_commit=False) as session:
                        session.info.update(actor=by, reason=reason, request_id=request_id)
                        with session.begin():
                            return fn(session)
                except (DBAPIError, StaleDataError) as error:
                    if attempt == self.tries - 1 or not _worth_another_try(error, attempt):
                        raise
                time.sleep(random.random() * min(0.5, 0.005 * 2**attempt))
            raise AssertionError("unreachable")
        finally:
            _here.writing = False


def _worth_another_try(error: DBAPIError | StaleDataError, attempt: int) -> bool:
    if isinstance(error, StaleDataError):
        return attempt == 0
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorcode", 0)
    busy = isinstance(code, int) and code & 255 in RETRY_SQLITE
    return code in RETRY_POSTGRES or busy or (code in UNIQUE and attempt == 0)


@contextmanager
def _queue(engine: Engine) -> Iterator[None]:
    """A kernel queue instead of SQLite's polling: it buys fairness; released by the kernel on kill -9."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not path or path == ":memory:":
        yield
        return
    with open(f"{path}.wlock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


def once(session: Session, token: str, model: type[R], make: Callable[[], R]) -> R:
    """One form shown = one row made: a second submit of `token` gets the first one's row."""
    used = session.scalars(select(FormToken).where(FormToken.token == token)).one_or_none()
    if used is not None:
        return session.get_one(model, used.row_id)
    row = make()
    session.add(row)
    session.flush()
    session.add(FormToken(token=token, noun=model.__tablename__, row_id=row.id, used_at=clock.now()))
    return row
