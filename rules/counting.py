"""Counts of long registers, remembered until anything in the units they count over changes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.trail import chain_version

KEPT = 4096


class Counts:
    """One process's memory of counts; a version in the key makes stale ones unreachable, age drops them."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, session: Session, rows: Callable[[], Select[Any]], chains: Iterable[int], key: Hashable) -> int:
        """How many rows the statement selects; `key` must name everything the statement depends on."""
        whole = (key, _version(session, frozenset(chains)))
        with self._lock:
            known = self._known.get(whole)
        if known is not None:
            return known
        found = session.scalar(select(func.count()).select_from(rows().order_by(None).subquery())) or 0
        with self._lock:
            self._known[whole] = found
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return found


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
