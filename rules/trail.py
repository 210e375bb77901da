"""The trail sealed and checked: HMAC over runs of lines, marks kept outside; and the number series without gap.

Sealing stands beside the writing, not in it: no hot row in the posting path (decision 28). What has been written since
the last seal is the unsealed tail. Nothing inside a database can show that a whole old copy was put back: for that the
marks are kept in a file outside it, and a line of them can be printed.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from sqlalchemy import Engine, and_, func, select
from sqlalchemy.orm import Session

from models import Document, OrgUnit, SeriesCounter, TrailEntry, TrailHead, TrailSeal, clock, secrecy
from models.base import Base

RUN = 2000  # lines under one seal: what is read and hashed in one short transaction
SHORT = 16  # hex digits kept per line, to name the first wrong one; the seal itself is whole
Marks = Mapping[int, tuple[int, str]]  # chain -> (last sealed line, its seal)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written: the chain, the first wrong line and a Chinese sentence."""

    chain_id: int
    seq: int
    words: str

    def __str__(self) -> str:
        return self.words


def _row(entry: TrailEntry) -> bytes:
    """The line as it is sealed: every column, always in the same order and shape."""
    told = [
        entry.chain_id,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor,
        entry.action,
        entry.noun,
        entry.row_id,
        entry.subject,
        entry.changes,
        entry.reason,
        entry.request_id,
    ]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _short(entry: TrailEntry) -> str:
    return secrecy.seal("", _row(entry))[:SHORT]


def _seal_of(previous: str, chain_id: int, first: int, last: int, lines: str) -> str:
    return secrecy.seal(previous, f"{chain_id}:{first}-{last}:{lines}".encode())


# 封印 ----------------------------------------------------------------------------------------------------------------


def _unsealed(session: Session) -> list[tuple[int, int, int]]:
    """(chain, first unsealed, last written) of every chain with a tail."""
    sealed = select(TrailSeal.chain_id, func.max(TrailSeal.last_seq).label("last")).group_by(TrailSeal.chain_id)
    done = sealed.subquery()
    rows = session.execute(
        select(TrailHead.chain_id, func.coalesce(done.c.last, 0) + 1, TrailHead.seq)
        .join(done, done.c.chain_id == TrailHead.chain_id, isouter=True)
        .where(TrailHead.seq > func.coalesce(done.c.last, 0))
        .order_by(TrailHead.chain_id)
    )
    return [(chain, first, last) for chain, first, last in rows]


def has_unsealed(session: Session) -> bool:
    """Whether lines wait for a seal that can be given: a torn chain waits for a person, not for the sweep."""
    return any(_next_run(session, chain, first) for chain, first, _last in _unsealed(session))


def _next_run(session: Session, chain_id: int, first: int) -> list[TrailEntry]:
    """The lines from `first` on, as far as none is missing."""
    rows = session.scalars(
        select(TrailEntry)
        .where(TrailEntry.chain_id == chain_id, TrailEntry.seq.between(first, first + RUN - 1))
        .order_by(TrailEntry.seq)
    ).all()
    return [row for n, row in enumerate(rows, first) if row.seq == n]


def seal(session: Session) -> int:
    """Seal one run of every chain; returns how many lines. Two at once: the unique index sends the second home."""
    count = 0
    for chain_id, first, _last in _unsealed(session):
        run = _next_run(session, chain_id, first)
        if not run:
            continue
        lines = "".join(_short(entry) for entry in run)
        previous = session.scalars(
            select(TrailSeal.hash).where(TrailSeal.chain_id == chain_id, TrailSeal.last_seq == first - 1)
        ).one_or_none()
        sealed = _seal_of(previous or "", chain_id, first, run[-1].seq, lines)
        session.add(TrailSeal(chain_id=chain_id, first_seq=first, last_seq=run[-1].seq, lines=lines, hash=sealed))
        count += len(run)
    session.flush()
    return count


# 库外的标记 ----------------------------------------------------------------------------------------------------------


def marks_of(session: Session) -> dict[int, tuple[int, str]]:
    """The last seal of every chain."""
    last = select(TrailSeal.chain_id, func.max(TrailSeal.last_seq).label("last")).group_by(TrailSeal.chain_id)
    top = last.subquery()
    rows = session.execute(
        select(TrailSeal.chain_id, TrailSeal.last_seq, TrailSeal.hash).join(
            top, and_(top.c.chain_id == TrailSeal.chain_id, top.c.last == TrailSeal.last_seq)
        )
    )
    return {chain: (seq, sealed) for chain, seq, sealed in rows}


def keep_marks(file: Path, marks: Marks) -> None:
    """Remember the marks outside the database; a chain's mark only ever moves forward."""
    kept = read_marks(file)
    newer = {c: m for c, m in marks.items() if c not in kept or m[0] > kept[c][0]}
    draft = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    draft.write_text(json.dumps({str(c): list(m) for c, m in sorted({**kept, **newer}.items())}))
    draft.chmod(0o600)
    draft.replace(file)


def read_marks(file: Path | None) -> dict[int, tuple[int, str]]:
    """The marks kept outside; none where the file is not there."""
    if file is None or not file.exists():
        return {}
    return {int(c): (int(seq), str(sealed)) for c, (seq, sealed) in json.loads(file.read_text()).items()}


def mark_words(marks: Marks) -> str:
    """All marks as one short code, to print on the day's sheet: who has the paper can see an old copy put back."""
    whole = json.dumps(sorted((c, *m) for c, m in marks.items()))
    return f"{clock.shown(clock.now())} {hashlib.sha256(whole.encode()).hexdigest()[:SHORT]}"


# 检查 ----------------------------------------------------------------------------------------------------------------


def one_moment(engine: Engine) -> Session:
    """A session that sees the database as it stood at one moment, however much is written meanwhile."""
    if engine.dialect.name == "sqlite":
        return Session(engine)
    return Session(engine.execution_options(isolation_level="REPEATABLE READ"))


def verify(session: Session, marks: Marks | None = None) -> list[Fault]:
    """Walk every chain: the first wrong line of each, changed, missing, added, reordered, cut off or of an old copy.

    Where people write meanwhile the session must come from `one_moment`.
    """
    chains: set[int] = set()
    for column in (TrailHead.chain_id, TrailEntry.chain_id, TrailSeal.chain_id):
        chains.update(session.scalars(select(column).distinct()))
    known = marks or {}
    faults = [_walk(session, chain, known.get(chain)) for chain in sorted(chains | known.keys())]
    return [fault for fault in faults if fault is not None]


def unsealed_tail(session: Session) -> int:
    """How many lines are not sealed yet."""
    return sum(last - first + 1 for _chain, first, last in _unsealed(session))


def _walk(session: Session, chain_id: int, mark: tuple[int, str] | None) -> Fault | None:
    of_chain = select(TrailEntry).where(TrailEntry.chain_id == chain_id).order_by(TrailEntry.seq, TrailEntry.id)
    seals = session.scalars(
        select(TrailSeal).where(TrailSeal.chain_id == chain_id).order_by(TrailSeal.first_seq, TrailSeal.id)
    ).all()
    head = session.scalar(select(TrailHead.seq).where(TrailHead.chain_id == chain_id))
    name = chain_name(session, chain_id)
    with closing(session.scalars(of_chain, execution_options={"yield_per": 1000})) as rows:
        entries = iter(rows)
        wrong = _walk_sealed(entries, seals)
        wrong = wrong or _walk_tail(entries, seals[-1].last_seq if seals else 0, head or 0)
    wrong = wrong or (_against(mark, seals) if mark else None)
    return Fault(chain_id, wrong[0], f"操作日志“{name}”第 {wrong[0]} 条{wrong[1]}") if wrong else None


def _walk_sealed(entries: Iterator[TrailEntry], seals: Iterable[TrailSeal]) -> tuple[int, str] | None:
    previous, expected = "", 1
    for it in seals:
        if it.first_seq != expected:
            return expected, "起的封印缺失"
        short = [it.lines[n : n + SHORT] for n in range(0, len(it.lines), SHORT)]
        sound = it.hash == _seal_of(previous, it.chain_id, it.first_seq, it.last_seq, it.lines)
        if len(short) != it.last_seq - it.first_seq + 1 or not sound:
            return it.first_seq, f"至第 {it.last_seq} 条的封印被改动"
        for seq, line in enumerate(short, it.first_seq):
            entry = next(entries, None)
            if entry is None or entry.seq > seq:
                return seq, "缺失"
            if entry.seq < seq:
                return entry.seq, "重复，是后来插入的"
            if _short(entry) != line:
                return seq, "的内容被改动"
        previous, expected = it.hash, it.last_seq + 1
    return None


def _walk_tail(entries: Iterator[TrailEntry], sealed: int, head: int) -> tuple[int, str] | None:
    expected = sealed + 1
    for entry in entries:
        if entry.seq != expected:
            missing = entry.seq > expected
            return (expected, "缺失") if missing else (entry.seq, "重复，是后来插入的")
        expected += 1
    if expected - 1 < head:
        return expected, f"起缺失，应到第 {head} 条"
    return (head + 1, "起是后来插入的") if expected - 1 > head else None


def _against(mark: tuple[int, str], seals: Iterable[TrailSeal]) -> tuple[int, str] | None:
    seq, sealed = mark
    found = next((it for it in seals if it.last_seq == seq), None)
    if found is None:
        return seq, "曾经封存，现在的数据库里没有：放回了旧的副本"
    return None if found.hash == sealed else (seq, "的封印与库外的标记不符")


def chain_name(session: Session, chain_id: int) -> str:
    """Whose 操作日志 it is, as the office says it."""
    org = session.get(OrgUnit, chain_id) if chain_id else None
    return org.name if org else "全公司"


# 单号 ----------------------------------------------------------------------------------------------------------------


def verify_numbers(session: Session) -> list[str]:
    """Every series of every paper without gap or double, up to its counter; what is not, in Chinese."""
    counters = {row.key: row.last for row in session.execute(select(SeriesCounter.key, SeriesCounter.last))}
    faults: list[str] = []
    for model in sorted(_papers(), key=lambda m: m.__tablename__):
        series: dict[str, list[int]] = {}
        for number in session.scalars(select(model.number).execution_options(yield_per=5000)):
            key, _, tail = (number or "").rpartition("-")
            if not tail.isdigit():
                faults.append(f"{model.__label__}有一张没有单号或单号不合规则：{number or '空'}")
                continue
            series.setdefault(key, []).append(int(tail))
        for key in [k for k in counters if k.startswith(f"{model.series.prefix}-")]:
            series.setdefault(key, [])
        for key, numbers in sorted(series.items()):
            faults += [f"{model.__label__} {key}：{what}" for what in _gaps(numbers, counters.get(key, 0))]
    return faults


def _gaps(numbers: list[int], last: int) -> list[str]:
    there = set(numbers)
    lost = [n for n in range(1, last + 1) if n not in there]
    beyond = sorted(n for n in there if not 1 <= n <= last)
    return [
        *([f"缺第 {'、'.join(map(str, lost[:10]))} 号"] if lost else []),
        *([f"第 {'、'.join(map(str, beyond[:10]))} 号超出末号 {last}"] if beyond else []),
        *(["有重号"] if len(numbers) != len(there) else []),
    ]


def _papers() -> list[type[Document]]:
    return [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Document)]
