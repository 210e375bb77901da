"""钥匙异常: reported at once, instructed by 管理处经理, solved the same day, answered for (004-8§4.1(8))."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyEnvelope, KeyIncident, KeyItem, KeyLoan, KeyUnsealing, Staff, clock
from models.keys import BUNCH, CHAIN, bunch_words
from models.keys_incidents import MEASURES
from rules.advance import advance, check, effect
from rules.claimed_times import claimed, explain_late
from rules.duty_log import duty_line
from rules.errors import Invalid, RuleError, WrongState
from rules.incidents import record
from rules.keys import counted_kinds, locked
from rules.keys_owners import called
from rules.keys_signing import colleague, put
from rules.person import Person
from rules.policies import policy

Details = dict[str, Any]
OVER = ("resolved", "settled")
#: An owner is asked before anything is done about their key (KEY-54, KEY-57); a vacant flat has none (KEY-56).
OWNED = ("entrusted", "repair")
STAYS = ("mismatch", "long_out")  # reported while the key is still with somebody


def open_incident(session: Session, key_id: int) -> KeyIncident | None:
    """The one under way; the table allows one at most."""
    rows = select(KeyIncident).where(KeyIncident.key_id == key_id, KeyIncident.state.not_in(OVER))
    return session.scalars(rows).one_or_none()


@check(KeyIncident, "start")
def _says_what_happened(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """KEY-54, KEY-56: what, when, how the flat is protected meanwhile; one at a time."""
    key = session.get(KeyItem, incident.key_id) if incident.key_id else None
    if key is None or key.org_id != incident.org_id:
        raise RuleError("请选择本项目的钥匙", field="key_id", rule="KEY-54")
    wrong = {n: f"请填写{incident.labels()[n]}" for n in ("facts", "protection") if not _said(incident, n)}
    if wrong:
        raise Invalid(wrong, rule="KEY-54")
    incident.found_at = claimed(incident.found_at, "发现时间", "found_at", rule="KEY-54")
    other = open_incident(session, key.id)
    if other is not None:
        raise WrongState(f"{key} 已有未了结的 {other}，请在那里继续办理", rule="KEY-54")
    if key.state in ("taken", "void"):
        raise WrongState(f"{key} 现为“{key.state_label}”，不在本处保管", rule="KEY-54")
    incident.reported_to_lead_at = clock.now()
    incident.loan_id = incident.loan_id or _loan_id(session, key)


def _said(incident: KeyIncident, name: str) -> bool:
    return bool((getattr(incident, name) or "").strip())


def _loan_id(session: Session, key: KeyItem) -> int | None:
    rows = select(KeyLoan.id).where(KeyLoan.key_id == key.id, KeyLoan.state.in_(("urgent", "lent")))
    return session.scalars(rows).first()


@check(KeyIncident, "edit")
def _stays_as_it_was_reported(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    raise WrongState("异常一经报告不再修改，办理中的情况写在各步骤里", rule="KEY-54")


@effect(KeyIncident, "start")
def _is_known_at_once(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """The key is 异常 from now on, its loan or 启封单 stops, and the 《值班日志》 has the first line (KEY-55)."""
    explain_late(session, incident, by, incident.found_at, "发现时间", details.get("late_reason"))
    session.flush()
    if incident.kind not in STAYS:
        _goes_wrong(session, incident, by)
    kind = "loss" if incident.kind == "loss" else "mismatch"
    record(session, incident.key, kind, f"{incident}：{incident.facts}", rule="KEY-54", staff_id=by.staff_id)
    _log(session, incident, by, f"{_word(incident)}：{incident.facts}；防护：{incident.protection}")


def _word(incident: KeyIncident) -> str:
    return str(KeyIncident.info("kind")["choices"][incident.kind])


def _log(session: Session, incident: KeyIncident, by: Person, words: str) -> None:
    key = incident.key
    duty_line(session, incident, by, clock.now(), f"钥匙 {key.key_no}（{key.where}）{words}")


def _goes_wrong(session: Session, incident: KeyIncident, by: Person) -> None:
    """Whatever the key was in the middle of ends here; the incident has it from now on."""
    key = locked(session, incident.key_id)
    if key.state == "odd":
        return
    if key.state in CHAIN:
        _break_chain(session, key, by, incident)
    if incident.loan_id is not None and key.state == "lent":
        advance(session, session.get_one(KeyLoan, incident.loan_id), "lose", by, cause=incident)
    advance(session, key, "go_wrong", by, cause=incident)


def _break_chain(session: Session, key: KeyItem, by: Person, incident: KeyIncident) -> None:
    under_way = KeyUnsealing.lifecycle.moves["go_wrong"].source
    for paper in session.scalars(
        select(KeyUnsealing).where(KeyUnsealing.key_id == key.id, KeyUnsealing.state.in_(under_way))
    ):
        advance(session, paper, "go_wrong", by, cause=incident)
    sealed = select(KeyEnvelope).where(KeyEnvelope.key_id == key.id, KeyEnvelope.state == "sealed")
    for envelope in session.scalars(sealed):
        advance(session, envelope, "go_wrong", by, cause=incident)


# ---- what is done about it ------------------------------------------------------------------------------------


@check(KeyIncident, "instruct")
def _manager_says_what_to_do(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    if not _said(incident, "instruction"):
        raise RuleError("请写明批示意见", field="instruction", rule="KEY-54")
    incident.manager_instructed_at = clock.now()


@effect(KeyIncident, "instruct")
def _manager_has_signed(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    put(session, incident, "管理处经理", colleague(by, "管理处经理"))
    _log(session, incident, by, f"经理批示：{incident.instruction}")


@check(KeyIncident, "consent")
def _owner_is_asked(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    if incident.key.category not in OWNED:
        raise RuleError("空房、特殊房间的钥匙不用征得业户同意，直接采取措施", rule="KEY-56")


@effect(KeyIncident, "consent")
def _owner_has_agreed(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    incident.owner_consent_at = called(session, incident, incident.key.unit_id, by, "agreed", details).at


@check(KeyIncident, "handle")
def _measure_is_chosen(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """KEY-54, KEY-57: 补配 or 换锁, of an owner's key only with the owner's consent."""
    if incident.key.category in OWNED and incident.owner_consent_at is None:
        raise RuleError("请先征得业户同意，再补配钥匙或换锁", rule="KEY-54")
    if incident.measure not in MEASURES:
        raise RuleError("请选择措施：补配钥匙或换锁", field="measure", rule="KEY-54")


@effect(KeyIncident, "handle")
def _measure_is_begun(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    _goes_wrong(session, incident, by)
    _log(session, incident, by, f"采取措施：{MEASURES[incident.measure or '']}")


@check(KeyIncident, "resolve", "find")
def _result_is_written(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    if not _said(incident, "result"):
        raise RuleError("请写明处理结果", field="result", rule="KEY-55")
    if incident.kind == "long_out" or incident.kind == "mismatch":
        return
    if locked(session, incident.key_id).state != "odd":
        raise WrongState(f"{incident.key} 不在异常状态", rule="KEY-55")


@effect(KeyIncident, "resolve")
def _key_is_good_again(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """Cut anew: as many as are there now hang in the cabinet; a new lock: the old keys are void."""
    key = locked(session, incident.key_id)
    if incident.measure == "change_lock":
        advance(session, key, "scrap", by, cause=incident)
    else:
        kinds = counted_kinds(details)
        if sum(kinds.values()):
            for name in BUNCH.split():
                setattr(key, name, kinds[name])
        advance(session, key, "mend", by, cause=incident)
    _over(session, incident, by, bunch_words(key.kinds))


@effect(KeyIncident, "find")
def _key_was_found(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """A sealed one goes back among the sealed only with its seal whole; with a broken one the owner is asked first."""
    key = locked(session, incident.key_id)
    if key.state == "odd":
        envelope = _last_envelope(session, key)
        was_sealed = envelope is not None and envelope.state == "odd"
        if was_sealed and not details.get("seal_intact"):
            raise RuleError(
                "封口已坏的不能放回：请征得业户同意后换锁或补配，或由业户收回", field="seal_intact", rule="KEY-46"
            )
        if was_sealed and envelope is not None:
            advance(session, envelope, "restore", by, cause=incident)
        advance(session, key, "restore" if was_sealed else "mend", by, cause=incident)
    _over(session, incident, by, "找回")


def _last_envelope(session: Session, key: KeyItem) -> KeyEnvelope | None:
    rows = select(KeyEnvelope).where(KeyEnvelope.key_id == key.id).order_by(KeyEnvelope.id.desc())
    return session.scalars(rows).first()


def _over(session: Session, incident: KeyIncident, by: Person, words: str) -> None:
    incident_at = clock.now()
    _log(session, incident, by, f"处理完毕（{words}）：{incident.result}")
    put(session, incident, "处理人", colleague(by, "处理人"), incident_at)


@check(KeyIncident, "resolve", "find")
def _is_dated(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    incident.resolved_at = clock.now()


@check(KeyIncident, "settle")
def _somebody_answers_for_it(session: Session, incident: KeyIncident, by: Person, details: Details) -> None:
    """KEY-58, C-24: of 委托 and 空房 keys whoever had it, of 返修 keys whoever gave it out."""
    meant = liable(session, incident)
    if incident.responsible_id is None and not (incident.responsible or "").strip():
        if meant is None:
            raise RuleError("请填写责任人", field="responsible_id", rule="KEY-58")
        incident.responsible_id = meant.id
    other = meant is not None and incident.responsible_id != meant.id
    if other and not (incident.verdict or "").strip():
        assert meant is not None
        raise RuleError(f"按规定责任人是 {meant.name}，认定为他人须写明理由", field="verdict", rule="KEY-58")


def liable(session: Session, incident: KeyIncident) -> Staff | None:
    """Who answers (C-24): by category 返修 the issuer, else the borrower; or one for all; without a loan the keeper."""
    loan = session.get(KeyLoan, incident.loan_id) if incident.loan_id else None
    if loan is None:
        keeper = incident.key.keeper_id or (incident.key.section.keeper_id if incident.key.section else None)
        return session.get(Staff, keeper) if keeper else None
    choice = policy(session, "key.liable", incident.org_id, incident.found_at)
    by_issuer = choice == "issuer" or (choice == "category" and incident.key.category == "repair")
    return loan.issuer if by_issuer else loan.staff
