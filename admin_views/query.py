"""The list query: what was asked of a register, as ids of one page, lines, counts, a stream of all rows, or text."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, select, true, union_all
from sqlalchemy.orm import Session, aliased
from werkzeug.datastructures import MultiDict

from admin_views.columns import Col, Line
from admin_views.filters import TAIL_LEAST, Asked, Asking, ChoiceFilter, Filter, TailFilter, whole
from admin_views.sources import Sources, end_of, label_of, rows_saying, target_of
from models import OrgUnit, Record, Stateful, clock
from rules.counting import Remembered, count_of
from rules.permissions import allows
from rules.person import Person, units_below
from rules.scope import readable, wholly_readable
from rules.searching import rows_ending, rows_with

SIZES = (25, 50, 100, 200)
MOST_WORDS = 5
CHUNK = 1000
MOST_TICKED = SIZES[-1]
COUNTS: Remembered[int] = Remembered()


@dataclass(frozen=True)
class Listing:
    """What a register says of its list, once, at start-up."""

    model: type[Record]
    columns: dict[str, Col]
    filters: tuple[Filter, ...]
    search: tuple[str, ...] = ()
    default_sort: str = "-id"
    always: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """The register's noun."""
        return str(self.model.__tablename__)

    @cached_property
    def searched(self) -> tuple[str, ...]:
        """What the words are looked for in, in Chinese."""
        return tuple(label_of(self.model, path) for path in self.search)

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        """The searched columns of the register itself."""
        return tuple(path for path in self.search if path not in (*self.phones, *self.words_elsewhere))

    @cached_property
    def words_elsewhere(self) -> tuple[str, ...]:
        """The searched paths that lead to other tables."""
        return tuple(path for path in self.search if "." in path or target_of(self.model, path))

    @cached_property
    def phones(self) -> tuple[str, ...]:
        """The searched columns that are secret: telephones."""
        return tuple(p for p in self.search if "." not in p and self.model.info(p).get("secret"))

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """What every line has, so that permissions and buttons can be judged: keys, owner, state."""
        attributes = self.model.__mapper__.column_attrs
        keys = [a.key for a in attributes if a.columns[0].foreign_keys]
        own = [n for n in ("id", "number", "state", "version", "org_id") if n in attributes]
        return tuple(dict.fromkeys((*own, *keys, *self.always)))


def scope_of(session: Session, person: Person | None, model: type[Record], *, few: bool = False) -> ColumnElement[bool]:
    """What the person may read, narrowed to the project in front of them; `few` when the rows are known by their ids.

    Then the owner is asked as a sum, which no index serves: SQLite, that does not know how many rows a unit owns, would
    rather walk through all of them than go to the few.
    """
    owner = getattr(model, "org_id", None)
    if person is None or (owner is None and model is not OrgUnit):
        return readable(person, model)
    wide = person.project_id is None or getattr(model, "company_wide", False)
    inside = None if wide else project_units(session, person.project_id or 0)
    if owner is None:
        mine = readable(person, model)
        return mine if inside is None else and_(mine, OrgUnit.id.in_(inside))
    owning = owning_units(session, model)
    units = owning if inside is None else owning & inside
    condition: ColumnElement[bool] = (owner + 0 if few else owner).in_(sorted(units))
    return condition if units <= wholly_readable(person, model) else and_(condition, readable(person, model))


def project_units(session: Session, project_id: int) -> frozenset[int]:
    """The project, everything below it and the 现场 that serve it."""
    serving = session.scalars(select(OrgUnit.id).where(OrgUnit.serves_id == project_id))
    return units_below(session, project_id) | frozenset(serving)


def owning_units(session: Session, model: Any) -> frozenset[int]:
    """The units that own rows of the register at all: few, so that an index on owner and order serves a whole list.

    Asked once by a session that only reads (`admin_views.request.reading`).
    """
    known: dict[Any, frozenset[int]] = session.info.get("owning", {})
    if model not in known:
        asked = select(OrgUnit.id).where(exists().where(model.org_id == OrgUnit.id))
        known[model] = frozenset(session.scalars(asked))
    return known[model]


@dataclass
class ListQuery:
    """One query of one register by one person, parsed from a query string; nonsense asks nothing."""

    listing: Listing
    asking: Asking
    asked: list[tuple[Filter, Asked]] = field(default_factory=list)
    words: str = ""
    ticked: tuple[int, ...] = ()
    sort: str = ""
    page: int = 1
    size: int = SIZES[0]

    @classmethod
    def parse(cls, listing: Listing, session: Session, person: Person | None, args: MultiDict[str, str]) -> "ListQuery":
        """Read the parameters; unknown, forbidden and senseless ones are passed over."""
        asking = Asking(session, person, args, listing.noun)
        query = cls(listing, asking)
        for one in listing.filters:
            if one.permitted(person) and (asked := one.read(asking)) is not None:
                query.asked.append((one, asked))
        query.words = asking.text("q") if listing.search else ""
        query.ticked = tuple(int(part) for part in args.get("ids", "").split(",")[:MOST_TICKED] if _is_id(part))
        query.sort = query._sort(asking.text("sort"))
        query.size = whole(asking.text("size"), SIZES[0], SIZES[-1], SIZES[0]) or SIZES[0]
        query.page = whole(asking.text("page"), 1, 10**9, 1) or 1
        return query

    def _sort(self, text: str) -> str:
        """Only declared columns that may be sorted by; else the register's own order."""
        col = self.listing.columns.get(text.removeprefix("-"))
        if col is not None and (col.sort or (col.urgent and not text.startswith("-"))):
            return text
        return self.listing.default_sort

    @property
    def session(self) -> Session:
        """Through which it is read."""
        return self.asking.session

    @property
    def params(self) -> list[tuple[str, str]]:
        """What defines the rows: filters and words, in one order, so that the same question is the same text."""
        asked = [pair for _f, one in self.asked for pair in one.params]
        ticked = [("ids", ",".join(map(str, self.ticked)))] if self.ticked else []
        return [*asked, *([("q", self.words)] if self.words else []), *ticked]

    @property
    def text(self) -> str:
        """The question and its order as a query string: what bulk actions, exports and saved views keep."""
        return urlencode([*self.params, *self._own_sort])

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """The params without what may be a piece of a telephone number: a table that is kept does not keep that."""
        asked = [pair for one, said in self.asked if not isinstance(one, TailFilter) for pair in said.params]
        words = " ".join(w for w in self.words.split() if not (w.isdecimal() and len(w) >= TAIL_LEAST))
        ticked = [pair for pair in self.params if pair[0] == "ids"]
        return [*asked, *([("q", words)] if words else []), *ticked]

    @property
    def kept_text(self) -> str:
        """The question as exports and saved views keep it."""
        return urlencode([*self.kept_params, *self._own_sort])

    @property
    def _own_sort(self) -> list[tuple[str, str]]:
        return [("sort", self.sort)] if self.sort != self.listing.default_sort else []

    def where(self, sources: Sources) -> ColumnElement[bool]:
        """Scope, fields and words."""
        model, person = self.listing.model, self.asking.person
        parts = [scope_of(self.session, person, model, few=self.few), *(one.where(sources) for _f, one in self.asked)]
        parts += [self._word(word) for word in self.words.split()[:MOST_WORDS]]
        if self.ticked:
            parts.append(model.id.in_(self.ticked))
        return and_(*parts)

    def _word(self, word: str) -> ColumnElement[bool]:
        """The word in any of the searched columns; phones only by tail and only for whom they may be searched."""
        model, dialect = self.listing.model, self.asking.dialect
        own = self.listing.own_words
        found = [rows_with(dialect, model, own, word)] if own else []
        found += [rows_saying(dialect, model, path, word) for path in self.listing.words_elsewhere]
        if word.isdecimal() and len(word) >= TAIL_LEAST and allows(self.asking.person, "resident.search_phone"):
            found += [rows_ending(dialect, model, name, word) for name in self.listing.phones]
        return model.id.in_(found[0] if len(found) == 1 else union_all(*found)) if found else false()

    # -- rows ----------------------------------------------------------------------------------------------------

    def matching(self) -> Select[Any]:
        """The ids of every row, in no order."""
        sources = Sources(self.listing.model)
        where = self.where(sources)
        return sources.select(self.listing.model.id).where(where)

    def count(self) -> int:
        """How many rows match."""
        person = self.asking.person
        units = person.units if person else frozenset()
        if person is not None and person.units_wide:  # others' rows too: any change anywhere may change the count
            units = frozenset(self.session.scalars(select(OrgUnit.id)))
        moving = any(isinstance(f, ChoiceFilter) and f.wheres for f, _a in self.asked)
        minute = int(clock.now().timestamp() // 60) if moving else 0
        key = (self.listing.noun, person, person.project_id if person else None, tuple(self.params), minute)
        return COUNTS.of(self.session, lambda: count_of(self.session, self.matching()), units, key)

    def ids(self, offset: int, limit: int) -> list[int]:
        """The ids of some rows in order; the rows that are urgent come first where the order is by urgency."""
        urgent = self._urgent
        if urgent is not None and not self.few:
            return self._urgent_ids(urgent.subquery(), offset, limit)
        return list(self.session.scalars(self._ordered().offset(offset).limit(limit)))

    @property
    def few(self) -> bool:
        """Whether the question names its rows so closely that they are sorted rather than walked to in order."""
        return bool(self.words or self.ticked)

    def _ordered(self) -> Select[Any]:
        """The ids of all rows in order, in one statement."""
        sources, model, urgent = Sources(self.listing.model), self.listing.model, self._urgent
        where = self.where(sources)
        if urgent is None:
            order = self._order(sources)
            return sources.select(model.id).where(where).order_by(*order)
        ranks = urgent.subquery()
        is_open = model.state.in_(open_states(model)) if issubclass(model, Stateful) else true()
        order = [ranks.c.rank.asc().nulls_last(), case((is_open, 0), else_=1), model.id.desc()]
        joined = sources.select(model.id).outerjoin(ranks, ranks.c.row_id == model.id)
        return joined.where(where).order_by(*order)

    @property
    def _urgent(self) -> Select[Any] | None:
        col = self.listing.columns.get(self.sort.removeprefix("-"))
        return col.urgent() if col is not None and col.urgent is not None else None

    def _urgent_ids(self, ranks: Any, offset: int, limit: int) -> list[int]:
        """What has a rank, then what is open, then the rest newest first: the few are sorted, the many are not."""
        found: list[int] = []
        for tier, order in self._tiers(ranks):
            page = list(self.session.scalars(tier.order_by(*order).offset(offset).limit(limit - len(found))))
            found += page
            if len(found) == limit:
                break
            if page or not offset:
                offset = 0  # this tier ended here: the next one begins at its first row
            else:
                offset -= self.session.scalar(select(func.count()).select_from(tier.subquery())) or 0
        return found

    def _tiers(self, ranks: Any) -> Iterator[tuple[Select[Any], list[Any]]]:
        """Each tier of rows with its own order; together they are all rows."""
        model, sources = self.listing.model, Sources(self.listing.model)
        where = self.where(sources)
        ranked = sources.select(model.id).join(ranks, ranks.c.row_id == model.id).where(where)
        yield ranked, [ranks.c.rank, model.id.desc()]
        rest, shown = sources.select(model.id).where(where), select(ranks.c.row_id)
        if issubclass(model, Stateful):
            it = aliased(model)
            is_open = model.state.in_(open_states(model))
            # + 0: the few are sorted, where the many would be walked in order to find them
            yield rest.where(is_open, model.id.not_in(shown)), [(model.id + 0).desc()]
            shown = union_all(shown, select(it.id).where(it.state.in_(open_states(model))))
        yield rest.where(model.id.not_in(shown)), [model.id.desc()]

    def _order(self, sources: Sources) -> list[Any]:
        """The order asked for, with the id last so that pages never overlap."""
        name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        model = self.listing.model
        if name == "id":
            return [model.id.desc() if down else model.id]
        by = self.listing.columns[name].sort
        key = by(sources) if callable(by) else sources.said(by)
        first = key.desc() if down else key.asc()
        always = not callable(by) and "." not in by and not target_of(model, by) and not _is_nullable(model, by)
        return [first if always else first.nulls_last(), model.id.desc() if down else model.id]

    def lines(self, ids: Sequence[int], columns: Sequence[Col]) -> list[Line]:
        """The rows of these ids in this order, with what the columns need."""
        if not ids:
            return []
        sources = Sources(self.listing.model)
        wide, unpack = self._wide(sources, columns)
        statement = sources.select(*wide).where(self.listing.model.id.in_(ids), scope_of(*self._whose, few=True))
        found = {line.id: line for line in map(unpack, self.session.execute(statement))}
        return [found[i] for i in ids if i in found]

    @property
    def _whose(self) -> tuple[Session, Person | None, type[Record]]:
        return self.session, self.asking.person, self.listing.model

    def stream(self, columns: Sequence[Col]) -> Iterator[list[Line]]:
        """Every matching row in order, by the thousand, never all at once in memory: only their ids are sorted."""
        ids = array("q", self.session.scalars(self._ordered().execution_options(yield_per=CHUNK)))
        for start in range(0, len(ids), CHUNK):
            yield self.lines(ids[start : start + CHUNK].tolist(), columns)

    def _wide(self, sources: Sources, columns: Sequence[Col]) -> tuple[list[Any], Callable[[Any], Line]]:
        """All paths the columns need, and the function that makes a line of their row."""
        model = self.listing.model
        paths = list(dict.fromkeys([*self.listing.carried, *(p for col in columns for p in col.paths)]))
        keys = dict.fromkeys(p for col in columns for p in col.paths if target_of(*end_of(model, p)))
        wide = [*(sources.column(path) for path in paths), *(sources.said(path) for path in keys)]
        cut = len(paths)

        def unpack(row: Any) -> Line:
            values, said = dict(zip(paths, row[:cut], strict=True)), dict(zip(keys, row[cut:], strict=True))
            return Line(model.__tablename__, values, said)

        return [c.label(f"c{n}") for n, c in enumerate(wide)], unpack


def _is_nullable(model: type[Record], name: str) -> bool:
    """An order that says where nothing stands is served by no index: it is said only where nothing may stand."""
    return bool(model.__mapper__.column_attrs[name].columns[0].nullable)


def _is_id(text: str) -> bool:
    return text.isdecimal() and 0 < len(text) < 10


def open_states(model: type[Stateful]) -> tuple[str, ...]:
    """The states in which something is still to be done."""
    return tuple(s for s in model.lifecycle.states if s not in model.lifecycle.frozen)
