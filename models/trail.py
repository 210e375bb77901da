"""The 操作日志 (Trail): written in the same transaction as the change it tells of, masked, numbered, append-only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, Text, bindparam, event, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction

from models import clock
from models.base import AppendOnly, Base, Encrypted, Record, field
from models.document import Stateful
from models.masks import masked

COMPANY_CHAIN = 0
CHANGED = "修改"


class TrailEntry(AppendOnly, Base):
    """One line: who did what to which row, before → after with personal values masked."""

    __tablename__ = "trail_entry"
    __table_args__ = (
        Index("uq_trail_entry_chain_id_seq", "chain_id", "seq", unique=True),
        Index("ix_trail_entry_noun_row_id", "noun", "row_id"),
    )
    id: Mapped[int] = field("序号", primary_key=True)
    chain_id: Mapped[int] = field("链", default=COMPANY_CHAIN)
    seq: Mapped[int] = field("链内序号")
    at: Mapped[datetime] = field("时间", index=True)
    actor_id: Mapped[int | None] = field("操作人编号", index=True)
    actor: Mapped[str] = field("操作人", String(64))
    action: Mapped[str] = field("动作", String(32))
    noun: Mapped[str] = field("登记", String(64))
    row_id: Mapped[int | None] = field("记录")
    subject: Mapped[str] = field("对象", String(128), default="")
    changes: Mapped[str] = field("变更", Text, default="{}")
    reason: Mapped[str | None] = field("事由", String(255))
    request_id: Mapped[str | None] = field("请求号", String(32))


class TrailHead(Base):
    """The last number of each chain; it also serves as the version of everything the unit owns."""

    __tablename__ = "trail_head"
    chain_id: Mapped[int] = field("链", primary_key=True, autoincrement=False)
    seq: Mapped[int] = field("末号", default=0)


class TrailSeal(AppendOnly, Base):
    """The HMAC over a run of entries and the seal before it; whoever changes an old line breaks it.

    `lines` keeps a short HMAC per entry, so that the first wrong one can be named; `hash` covers them too.
    """

    __tablename__ = "trail_seal"
    __table_args__ = (Index("uq_trail_seal_chain_id_first_seq", "chain_id", "first_seq", unique=True),)
    id: Mapped[int] = field("序号", primary_key=True)
    chain_id: Mapped[int] = field("链")
    first_seq: Mapped[int] = field("起")
    last_seq: Mapped[int] = field("止")
    lines: Mapped[str] = field("逐条摘要", Text)
    hash: Mapped[str] = field("封印", String(64))
    sealed_at: Mapped[datetime] = field("封印时间", default=lambda: clock.now())


class RecordNote(AppendOnly, Record):
    """A dated remark added to any row (沟通记录, 跟进, 告知): log lines that never change."""

    __tablename__ = "record_note"
    __label__ = "记录"
    __table_args__ = (Index("ix_record_note_noun_row_id", "noun", "row_id"),)
    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    noun: Mapped[str] = field("登记", String(64), internal=True)
    row_id: Mapped[int] = field("所属记录", internal=True)
    kind: Mapped[str] = field(
        "类别",
        String(16),
        choices={
            "follow": "跟进",
            "inform": "告知客户",
            "contact": "客户沟通",
            "ask": "询问部门",
            "call": "通话",
            "duty": "值班日志",
        },
    )
    means: Mapped[str | None] = field(
        "方式", String(16), choices={"oral": "口头", "phone": "电话", "written": "书面", "mail": "邮件"}
    )
    to_whom: Mapped[str | None] = field("对象", String(64))
    at: Mapped[datetime] = field("时间", default=lambda: clock.now())
    recorded_at: Mapped[datetime] = field("登记时间", default=lambda: clock.now())
    by_id: Mapped[int] = field("记录人", ForeignKey("staff.id"), index=True, picker="staff")
    body: Mapped[str] = field("内容", String(2000))


def plain(value: Any) -> str | None:
    """A value as one line of text, the same on every run (it is hashed)."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return clock.shown(value, seconds=True)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _told(row: Record, name: str, value: Any) -> str | None:
    if value is None:
        return None
    column = row.__mapper__.column_attrs[name].columns[0]
    secret = column.info.get("secret")
    if secret and value is not None:
        return masked(secret, str(value))
    if isinstance(column.type, Encrypted):
        return None if value is None else "（已加密）"
    if name.endswith("_hash") and value is not None:
        return "（不记录）"
    if name == "state" and isinstance(row, Stateful):
        return row.lifecycle.states.get(value, plain(value)) if value else None
    choices = column.info.get("choices")
    if choices and value in choices:
        return str(choices[value])
    return plain(value)


def _untold(key: str) -> bool:
    """Columns that say nothing a person would want to know."""
    return key in {"id", "version", "initials", "reversed"} or key.endswith("_print")


def changes_of(row: Record, action: str) -> dict[str, list[str | None]]:
    """Attribute -> [before, after], masked; empty when nothing that matters changed."""
    out: dict[str, list[str | None]] = {}
    state = inspect(row)
    values, attributes = state.dict, state.attrs  # asked for once: a big import asks a million times
    touched = state.committed_state  # what was set since it was read: nothing else can have changed
    for attr in state.mapper.column_attrs:
        if action == CHANGED and attr.key not in touched:
            continue
        if _untold(attr.key):
            continue
        if action == "删除":
            old, new = values.get(attr.key), None
        else:
            history = attributes[attr.key].history
            if not history.has_changes():
                continue
            old, new = (v[0] if v else None for v in (history.deleted, history.added))
        pair = [_told(row, attr.key, old), _told(row, attr.key, new)]
        if pair[0] != pair[1] or (old != new and old is not None):
            out[attr.key] = pair
    return out


def chain_of(row: Record) -> int:
    """The chain of the owning org unit; what nobody owns stands in the company's chain."""
    return getattr(row, "org_id", None) or COMPANY_CHAIN


@dataclass(slots=True)
class _Line:
    """One line on its way: what was done to which row, `open` while later changes still belong to it."""

    transaction: SessionTransaction | None
    row: Record | None
    action: str
    changes: dict[str, list[str | None]]
    noun: str = ""
    chain_id: int | None = None
    told: bool = False


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _ctx: Any) -> None:
    collect(session)


def collect(session: Session) -> None:
    """Remember what the session is changing; it is written at the end of the transaction."""
    pending = session.info.setdefault("trail", [])
    transaction = session.get_nested_transaction() or session.get_transaction()
    for action, rows in (("新增", session.new), (CHANGED, session.dirty), ("删除", session.deleted)):
        for row in rows:
            if not isinstance(row, Record):
                continue
            changes = changes_of(row, action)
            if action == CHANGED and (not changes or changes.keys() == {"number"}):
                continue  # a new paper's number stands in its 新增 line's subject
            pending.append(_Line(transaction, row, action, changes))


def tell(
    session: Session,
    action: str,
    row: Record | None = None,
    changes: dict[str, str] | None = None,
    *,
    noun: str = "",
    chain_id: int | None = None,
) -> None:
    """Add a line that no column change tells of: 显示, 打印, 导出, 登录; a move's name takes its changes along."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    words: dict[str, list[str | None]] = {k: [None, v] for k, v in (changes or {}).items()}
    session.info.setdefault("trail", []).append(_Line(transaction, row, action, words, noun, chain_id, told=True))


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    kept = [r for r in session.info.get("trail", []) if r.transaction is not previous]
    session.info["trail"] = kept if previous.nested else []


def tell_new(session: Session, rows: Iterable[Record]) -> None:
    """The 新增 lines of rows that go in by a statement of their own, past the unit of work: as if it had seen them."""
    pending = session.info.setdefault("trail", [])
    transaction = session.get_nested_transaction() or session.get_transaction()
    for row in rows:
        values, mapper = inspect(row).dict, row.__mapper__
        said = (key for key in values if key in mapper.column_attrs and not _untold(key))
        told = {key: words for key in said if (words := _told(row, key, values[key])) is not None}
        pending.append(_Line(transaction, row, "新增", {key: [None, words] for key, words in told.items()}))


def append_pending(session: Session) -> None:
    """Write the collected lines; called once, late in the transaction, by the before_commit hook of models.numbers."""
    append_entries(session, pending_entries(session))


def pending_entries(session: Session) -> list[dict[str, Any]]:
    """The collected lines as they will stand, without the moment, the actor and the number they get at the end."""
    return [_entry(line) for line in _folded(session.info.pop("trail", []))]


def append_entries(session: Session, lines: list[dict[str, Any]]) -> None:
    """Give the lines their numbers and write them."""
    if not lines:
        return
    actor = session.info.get("actor")
    common = {
        "at": clock.now(),
        "actor_id": getattr(actor, "staff_id", None),
        "actor": getattr(actor, "name", None) or "系统",
        "reason": session.info.get("reason"),
        "request_id": session.info.get("request_id"),
    }
    connection = session.connection()
    for chain in sorted({e["chain_id"] for e in lines}):
        own = [e for e in lines if e["chain_id"] == chain]
        last = _take(connection, chain, len(own))
        for n, entry in enumerate(own, last - len(own) + 1):
            entry.update(common, seq=n)
    connection.execute(insert(TrailEntry), lines)


def _folded(lines: list[_Line]) -> list[_Line]:
    """One line per move of a row: the changes flushed before it belong to it, those after the last one too."""
    out: list[_Line] = []
    loose: dict[int, _Line] = {}
    latest: dict[int, _Line] = {}
    for line in lines:
        key = id(line.row)
        if line.row is None or not (line.told or line.action == CHANGED):
            out.append(line)
        elif line.action == CHANGED:
            if key in loose:
                _merge(loose[key].changes, line.changes)
                continue
            loose[key] = line
            out.append(line)
            continue
        elif key in loose:
            move = loose.pop(key)
            move.action, move.told = line.action, True
            move.changes = {**line.changes, **move.changes}
            line = move
        else:
            out.append(line)
        latest[key] = line
    for key, rest in loose.items():
        if key in latest:
            _merge(latest[key].changes, rest.changes)
            out.remove(rest)
    return out


def _merge(into: dict[str, list[str | None]], more: dict[str, list[str | None]]) -> None:
    """Later changes of the same row: the first before, the last after."""
    for name, (before, after) in more.items():
        into[name] = [into[name][0] if name in into else before, after]


def _entry(line: _Line) -> dict[str, Any]:
    if line.row is None:
        entry = _bare(line.noun, line.action, line.changes)
    else:
        entry = {
            "chain_id": chain_of(line.row),
            "action": line.action,
            "noun": line.row.__tablename__,
            "row_id": line.row.id,
            "subject": str(line.row)[:128],
            "changes": _json(line.changes),
        }
    if line.chain_id is not None:
        entry["chain_id"] = line.chain_id
    return entry


def _json(changes: dict[str, Any]) -> str:
    return json.dumps(changes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _bare(noun: str, action: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "chain_id": COMPANY_CHAIN,
        "action": action,
        "noun": noun,
        "row_id": None,
        "subject": "",
        "changes": _json(changes),
    }


@cache
def _taking(dialect: str) -> Any:
    """The statement that moves a chain's head on: built once, it runs at the end of every transaction."""
    insert_into = (sqlite if dialect == "sqlite" else postgresql).insert(TrailHead)
    statement = insert_into.values(chain_id=bindparam("chain"), seq=bindparam("count"))
    on = {"seq": TrailHead.seq + bindparam("count")}
    return statement.on_conflict_do_update(index_elements=["chain_id"], set_=on).returning(TrailHead.seq)


def _take(connection: Connection, chain: int, count: int) -> int:
    """Reserve `count` numbers of the chain in one statement; returns the last."""
    taken = connection.execute(_taking(connection.dialect.name), {"chain": chain, "count": count})
    return int(taken.scalar_one())


def chain_version(session: Session, chain_ids: list[int]) -> int:
    """A number that grows with every change in any of the chains: the version of cached counts."""
    heads = session.execute(select(TrailHead.seq).where(TrailHead.chain_id.in_([*chain_ids, COMPANY_CHAIN]))).scalars()
    return sum(heads)


@event.listens_for(Session, "do_orm_execute")
def _no_bulk_writes(state: ORMExecuteState) -> None:
    """UPDATE/DELETE statements would pass the trail by; change rows one at a time."""
    mapper = state.bind_mapper
    told = state.execution_options.get("trailed")
    if (state.is_update or state.is_delete) and mapper and issubclass(mapper.class_, Record) and not told:
        raise RuntimeError(f"bulk write on {mapper.class_.__name__} leaves no trail")
