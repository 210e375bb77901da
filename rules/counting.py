"""Figures of long registers, remembered until anything in the units they are about changes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, Select, event, func, select
from sqlalchemy.orm import Session

from models.trail import chain_version

KEPT = 4096
T = TypeVar("T")
_everything: list["Remembered[Any]"] = []


class Remembered(Generic[T]):
    """One process's memory; a version in the key makes what is stale unreachable, age drops it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        _everything.append(self)

    def of(self, session: Session, find: Callable[[], T], chains: Iterable[int], key: Hashable) -> T:
        """What `find` says; `key` must name everything it depends on but what the units (chains) hold."""
        database = session.get_bind().engine.url
        whole = (database, key, _version(session, frozenset(chains)))
        with self._lock:
            if whole in self._known:
                return self._known[whole]
        found = find()
        with self._lock:
            self._known[whole] = found
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._known.clear()


@event.listens_for(Engine, "engine_disposed")
def _forget_everything(_engine: Engine) -> None:
    """Who lets go of all connections may find another database behind the address; what was remembered goes."""
    for one in _everything:
        one.forget()


def count_of(session: Session, rows: Select[Any]) -> int:
    """How many rows the statement selects."""
    return session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def _version(session: Session, chains: frozenset[int]) -> int:
    """The version of the units, asked once in a reading transaction: a page counts many times."""
    session.connection()
    now = session.get_transaction()
    then, known = session.info.get("versions", (None, {}))
    if then is not now:
        known = {}
        session.info["versions"] = (now, known)
    if chains not in known:
        known[chains] = chain_version(session, sorted(chains))
    found: int = known[chains]
    return found
