"""清点: blind while it goes on, every key once; then its differences, which go up and are never corrected away."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import KeyCabinet, KeyCount, KeyCountLine, KeyItem, KeyOpening, KeySection, clock
from models.keys import GONE
from rules.advance import advance, check, effect, start
from rules.duty import whoever_answers
from rules.errors import RuleError, WrongState
from rules.incidents import record
from rules.keys import locked, note_mismatch
from rules.keys_deposits import seal_up
from rules.keys_signing import colleague, other_colleague, put
from rules.permissions import require
from rules.person import Person

Details = dict[str, Any]
#: States in which a tag hangs in the cabinet, with what it should look like there.
AT_HOME = ("in_cabinet", "sealed", "consent", "approval", "approved", "to_reseal", "odd")
UNOPENED = ("sealed", "consent", "approval", "approved")


@check(KeyCount, "start")
def _counts_one_cabinet(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    """KEY-26, KEY-29: one count of a cabinet at a time; a handover says why."""
    cabinet = session.get(KeyCabinet, count.cabinet_id) if count.cabinet_id else None
    if cabinet is None or cabinet.org_id != count.org_id:
        raise RuleError("请选择本项目的钥匙柜", field="cabinet_id", rule="KEY-26")
    if count.kind == "handover" and not count.handover_reason:
        raise RuleError("移交清点请选择移交原因", field="handover_reason", rule="KEY-11")
    rows = select(KeyCount).where(KeyCount.cabinet_id == cabinet.id, KeyCount.state == "counting")
    if other := session.scalars(rows).first():
        raise WrongState(f"{cabinet} 正在清点（{other}），请接着清点", rule="KEY-26")


def keys_of(session: Session, cabinet_id: int) -> list[KeyItem]:
    """Every tag that belongs into the cabinet, by section and hook."""
    rows = (
        select(KeyItem)
        .join(KeySection, KeySection.id == KeyItem.section_id)
        .where(KeySection.cabinet_id == cabinet_id, KeyItem.state.not_in(GONE))
        .order_by(KeySection.position, KeySection.id, KeyItem.hook_no)
    )
    return list(session.scalars(rows))


def tally(session: Session, count: KeyCount, by: Person, seen: Mapping[int, tuple[int, bool | None]]) -> int:
    """Write down what was seen: key → (how many, or -1 for the whole tag; seal whole); the rest was not seen.

    Returns how many tags. Raises NotAllowed, or WrongState when the count is over.
    """
    require(by, "key_count.tally", count, "清点")
    if count.state != "counting":
        raise WrongState(f"{count} 已{count.state_label}，不能再改", rule="KEY-28")
    known = {line.key_id: line for line in count.lines}
    for key in keys_of(session, count.cabinet_id):
        qty, intact = seen.get(key.id, (0, None))
        line = known.get(key.id)
        if line is None:
            line = KeyCountLine(org_id=count.org_id, count_id=count.id, key_id=key.id)
            session.add(line)
        whole = key.total if qty < 0 else qty
        line.found, line.qty, line.seal_intact = key.id in seen, whole, intact
    session.flush()
    session.expire(count, ["lines"])
    return len(seen)


def see(session: Session, count: KeyCount, by: Person, key: KeyItem, *, intact: bool | None = None) -> KeyCountLine:
    """One label scanned: the tag was seen whole. Raises NotAllowed, WrongState, or RuleError for another cabinet's."""
    require(by, "key_count.tally", count, "清点")
    if count.state != "counting":
        raise WrongState(f"{count} 已{count.state_label}，不能再改", rule="KEY-28")
    if key.section is None or key.section.cabinet_id != count.cabinet_id:
        raise RuleError(f"{key.key_no} 不是这个柜的钥匙，请挂回 {key.hook}", field="code", rule="KEY-04")
    line = next((one for one in count.lines if one.key_id == key.id), None)
    if line is None:
        line = KeyCountLine(org_id=count.org_id, count_id=count.id, key_id=key.id)
        session.add(line)
    line.found, line.qty, line.seal_intact = True, key.total, intact
    session.flush()
    session.expire(count, ["lines"])
    return line


# ---- the end of it ---------------------------------------------------------------------------------------------


def finish(session: Session, count: KeyCount, by: Person, details: Details) -> KeyCount:
    """KEY-28: compare with where every key should be; differences are incidents at once and wait to be reported.

    A handover is signed by who gives, who takes and, where there is one, who watches. Raises RuleError.
    """
    require(by, "key_count.tally", count, "清点")
    if count.state != "counting":
        raise WrongState(f"{count} 已{count.state_label}", rule="KEY-28")
    lines = {line.key_id: line for line in count.lines}
    keys = keys_of(session, count.cabinet_id)
    if keys and not lines:
        raise RuleError("还没有清点：请逐个扫标签，或在柜图上勾选见到的钥匙", rule="KEY-29")
    taker = _taker(count, by, details)
    for key in keys:
        _compare(session, count, key, lines.get(key.id))
    session.flush()
    session.expire(count, ["lines"])
    _sum_up(count, keys)
    wrong = [line for line in count.lines if line.difference]
    count.remark = str(details.get("remark") or "").strip()[:255] or count.remark
    advance(session, count, "differ" if wrong else "match", by, cause=count)
    _sign(session, count, by, taker, details)
    for line in wrong:
        note_mismatch(
            session, line.key, by, f"{count} 清点：{line.key.key_no} {line.key.where} {line.difference}", "KEY-28"
        )
    if count.kind == "opening":
        _confirm_opening(session, count, by)
    return count


def _taker(count: KeyCount, by: Person, details: Details) -> Person | None:
    if count.kind != "handover":
        return None
    return other_colleague(details, "taker", "接收人", by, "KEY-11")


def _sign(session: Session, count: KeyCount, by: Person, taker: Person | None, details: Details) -> None:
    put(session, count, "移交人" if taker else "清点人", colleague(by, "移交人" if taker else "清点人"))
    if taker is not None:
        put(session, count, "接收人", colleague(taker, "接收人"))
    watcher = details.get("watcher")
    if isinstance(watcher, Person) and watcher.staff_id not in (by.staff_id, taker.staff_id if taker else None):
        put(session, count, "监交人", colleague(watcher, "监交人"))


def _compare(session: Session, count: KeyCount, key: KeyItem, line: KeyCountLine | None) -> None:
    """Where the key should be now, and in what it differs; a sealed one must have been looked at (KEY-53)."""
    if line is None:
        line = KeyCountLine(org_id=count.org_id, count_id=count.id, key_id=key.id, found=False, qty=0)
        session.add(line)
    line.expected_state, line.expected_qty = key.state, key.total if key.state in AT_HOME else 0
    line.difference = difference_of(key, line)


def difference_of(key: KeyItem, line: KeyCountLine) -> str | None:
    """「应在柜，未见到」, 「少 1 把」, 「登记为已借出，却在柜」, 「封口不完好」; None where all is as it should be."""
    at_home = key.state in AT_HOME
    if not line.found:
        return f"登记为“{key.state_label}”，未见到" if at_home and key.state != "odd" else None
    if not at_home:
        return f"登记为“{key.state_label}”，却在柜"
    if key.state in UNOPENED:
        return None if line.seal_intact else "封口不完好或未查看封口"
    short = key.total - line.qty
    if short == 0 or key.state == "odd":
        return None
    return f"少 {short} 把" if short > 0 else f"多 {-short} 把"


def _sum_up(count: KeyCount, keys: list[KeyItem]) -> None:
    lines = list(count.lines)
    sealed = [line for line in lines if line.expected_state in UNOPENED]
    count.finished_at = clock.now()
    count.expected = len(keys)
    count.present = sum(line.found for line in lines)
    count.on_loan = sum(line.expected_state not in AT_HOME for line in lines)
    count.sealed_count = sum(line.found for line in sealed)
    count.seals_intact = all(bool(line.seal_intact) for line in sealed) if sealed else None
    count.difference = sum(bool(line.difference) for line in lines)


def _confirm_opening(session: Session, count: KeyCount, by: Person) -> None:
    """Decision 34: the opening stock stands once it was counted; what differs stays among the differences."""
    rows = select(KeyOpening).where(KeyOpening.cabinet_id == count.cabinet_id, KeyOpening.state == "draft")
    for opening in session.scalars(rows):
        advance(session, opening, "confirm", by, cause=count, confirmed_at=clock.now())


@check(KeyCount, "report")
def _says_it_upwards(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    """KEY-28: reported, not concealed: to whom, with what is known of it."""
    if len((count.explanation or "").strip()) < 4:
        raise RuleError("请写明差异情况和已采取的措施", field="explanation", rule="KEY-28")
    told = whoever_answers(session, ("service_supervisor",), count.org_id)
    count.reported_at, count.reported_to_id = clock.now(), told[0][1].id if told else None


@effect(KeyCount, "report")
def _report_is_on_file(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    put(session, count, "上报人", colleague(by, "上报人"))
    record(session, count, "mismatch", f"{count} 有 {count.difference} 处差异：{count.explanation}", rule="KEY-28")


@check(KeyCount, "settle")
def _somebody_else_decides(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    """The counter does not settle their own differences; the numbers stay as they were counted."""
    if by.staff_id == count.made_by_id:
        raise RuleError("清点人不能处理自己清点的差异", rule="KEY-28")
    if not (count.settlement or "").strip():
        raise RuleError("请写明处理意见", field="settlement", rule="KEY-28")
    count.settled_at = clock.now()


@effect(KeyCount, "settle")
def _settler_has_signed(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    put(session, count, "负责人", colleague(by, "负责人"))


# ---- what must be counted ---------------------------------------------------------------------------------------


def cabinets(session: Session, org_id: int) -> list[KeyCabinet]:
    """The cabinets in use."""
    rows = select(KeyCabinet).where(KeyCabinet.org_id == org_id, KeyCabinet.active).order_by(KeyCabinet.id)
    return list(session.scalars(rows))


def counted_between(session: Session, org_id: int, since: datetime, until: datetime, *kinds: str) -> bool:
    """KEY-29: whether every cabinet of the project was counted in the time, by a count of these kinds or any."""
    wanted = {cabinet.id for cabinet in cabinets(session, org_id)}
    rows = select(KeyCount.cabinet_id).where(
        KeyCount.org_id == org_id, KeyCount.finished_at >= since, KeyCount.finished_at < until
    )
    if kinds:
        rows = rows.where(KeyCount.kind.in_(kinds))
    return bool(wanted) and wanted <= set(session.scalars(rows))


def counted_today(session: Session, cabinet_id: int) -> KeyCount | None:
    """Today's finished count of a cabinet."""
    day = clock.at_wall(clock.today(), datetime.min.time())
    rows = select(KeyCount).where(KeyCount.cabinet_id == cabinet_id, KeyCount.finished_at >= day)
    return session.scalars(rows.order_by(KeyCount.id.desc())).first()


def count_under_way(session: Session, cabinet_id: int) -> KeyCount | None:
    """The count that goes on now."""
    rows = select(KeyCount).where(KeyCount.cabinet_id == cabinet_id, KeyCount.state == "counting")
    return session.scalars(rows).one_or_none()


def last_handover(session: Session, count_id: int | None, org_id: int, within: timedelta) -> KeyCount | None:
    """A finished handover count, signed by both, fresh enough for a delegation to stand on."""
    count = session.get(KeyCount, count_id) if count_id else None
    fresh = count is not None and count.finished_at is not None and clock.now() - count.finished_at <= within
    if count is None or count.org_id != org_id or count.kind != "handover" or not fresh:
        return None
    return count


# ---- opening stock ---------------------------------------------------------------------------------------------


def opening_for(session: Session, cabinet: KeyCabinet, by: Person) -> KeyOpening:
    """The cabinet's 期初单 that is still to be counted, else a new one (decision 34)."""
    rows = select(KeyOpening).where(KeyOpening.cabinet_id == cabinet.id, KeyOpening.state == "draft")
    found = session.scalars(rows).first()
    return found or start(session, KeyOpening(org_id=cabinet.org_id, cabinet_id=cabinet.id), by)


def seal_from_opening(session: Session, key: KeyItem, by: Person, opening: KeyOpening) -> None:
    """An envelope sealed before this register: it has a number from now on, its seal is looked at in the count."""
    seal_up(session, locked(session, key.id), by, opening, sealed_by=key.received_from, seal_no=None)


def opened_count(session: Session, opening: KeyOpening) -> int:
    """How many tags came with a 期初单."""
    return session.scalar(select(func.count()).where(KeyItem.opening_id == opening.id)) or 0
