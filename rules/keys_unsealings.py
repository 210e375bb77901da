"""启封: the only way into a sealed envelope: asked, owner called, decided by 管理处经理, opened by two, re-sealed."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyEntry, KeyEnvelope, KeyUnsealing, clock
from models.keys import bunch_words
from models.keys_unsealings import DANGERS
from rules.advance import advance, check, effect
from rules.calendar import in_office_hours
from rules.claimed_times import claimed, explain_late
from rules.duty_log import duty_line
from rules.errors import RuleError, WrongState
from rules.keys import contents_words, counted_kinds, locked, note_mismatch
from rules.keys_deposits import end_deposit, envelope_of, refuse_used_seal, seal_up
from rules.keys_loans import opened_by_night
from rules.keys_owners import called, calls_of, owner_names
from rules.keys_signing import Hand, colleague, guest, other_colleague, put
from rules.person import Person
from rules.policies import policy

Details = dict[str, Any]
REQUESTER, DECIDER, OPENER, WITNESS = "申请人", "管理处经理审批", "启封人", "启封在场人"
ENTERING, RETURNER, RECEIVER, OWNER = "进入人员", "交还人", "接收清点人", "业户重新签字"
FEWEST_CALLS = 2
FEWEST_PEOPLE = 2
OPEN_STATES = ("asked", "agreed", "approved", "opened", "in_use", "to_reseal")


@check(KeyUnsealing, "start")
def _says_why_and_for_whom(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-46, KEY-49: no column of the request stays empty; only a sealed key is asked for, once at a time."""
    key = locked(session, paper.key_id) if paper.key_id else None
    if key is None or key.org_id != paper.org_id:
        raise RuleError("请选择本项目的封存钥匙", field="key_id", rule="KEY-46")
    if key.state != "sealed":
        raise WrongState(f"{key} 现为“{key.state_label}”，只有已封存的钥匙才申请启用", rule="KEY-46")
    for name, least in (("reason", 4), ("user", 2)):
        if len((getattr(paper, name) or "").strip()) < least:
            raise RuleError(f"请填写{paper.labels()[name]}（不少于 {least} 个字）", field=name, rule="KEY-49")
    envelope = envelope_of(session, key.id)
    assert envelope is not None, f"{key} is sealed in nothing"
    paper.envelope_id = envelope.id


@effect(KeyUnsealing, "start")
def _is_asked_for(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    put(session, paper, REQUESTER, colleague(by, "申请人"))
    advance(session, locked(session, paper.key_id), "ask", by, cause=paper)
    duty_line(session, paper, by, clock.now(), f"申请启用 {paper.where} 封存钥匙：{paper.reason}；使用人 {paper.user}")


# ---- the owner -------------------------------------------------------------------------------------------------


@effect(KeyUnsealing, "owner_agrees", "owner_refuses", "not_reached")
def _call_is_written_down(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-50: every call to the minute; an agreement moves on, a refusal ends it and stays on file (KEY-47)."""
    answer = {"agreed": "agreed", "refused": "refused"}.get(paper.state, "unreached")
    call = called(session, paper, paper.key.unit_id, by, answer, details)
    paper.owner_contacted_at, paper.owner_reply = call.at, answer
    if answer == "agreed":
        paper.owner_informed_at = call.at
        advance(session, locked(session, paper.key_id), "agree", by, cause=paper)
    elif answer == "refused":
        _stays_sealed(session, paper, by)


@check(KeyUnsealing, "go_up")
def _was_tried_in_earnest(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """C-22: without the owner only for life, fire, water, gas, after documented calls, where the project allows it."""
    if policy(session, "key.sealed_unreachable", paper.org_id, paper.created_at) == "refuse":
        raise RuleError("本项目规定：未联系到业户一律不启封", rule="KEY-50")
    if paper.danger not in DANGERS:
        raise RuleError("没有联系到业户时，只有人身安全、火灾、水浸、燃气泄漏才能呈报经理", rule="KEY-50")
    tried = [call for call in calls_of(session, paper) if call.answer == "unreached"]
    if len(tried) < FEWEST_CALLS:
        raise RuleError(f"请先致电业户并登记，至少 {FEWEST_CALLS} 次未接通，现有 {len(tried)} 次", rule="KEY-50")


@effect(KeyUnsealing, "go_up")
def _goes_to_the_manager(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    paper.owner_reply = "unreached"
    advance(session, locked(session, paper.key_id), "agree", by, cause=paper)


def inform_owner(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """C-22: the owner who could not be reached is told as soon as they are; until then it stays on the list."""
    if paper.opened_at is None:
        raise WrongState("还没有启封，请登记征求意见的通话", rule="KEY-50")
    call = called(session, paper, paper.key.unit_id, by, "informed", details)
    paper.owner_informed_at = call.at
    session.flush()


# ---- the decision ----------------------------------------------------------------------------------------------


@check(KeyUnsealing, "approve")
def _manager_decides_in_words(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-48: 管理处经理 in writing; without the owner's yes the decision says why."""
    decision = (paper.decision or "").strip()
    if paper.owner_reply != "agreed" and len(decision) < 4:
        raise RuleError("未经业户同意的，请写明批准的理由", field="decision", rule="KEY-48")
    if by.staff_id == paper.made_by_id:
        raise RuleError("申请人不能审批自己的申请", rule="KEY-48")
    paper.decision = decision or "同意启封"
    paper.decided_at, paper.decided_by_id = clock.now(), by.staff_id


@effect(KeyUnsealing, "approve")
def _manager_has_signed(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    put(session, paper, DECIDER, colleague(by, "管理处经理"))
    advance(session, locked(session, paper.key_id), "approve", by, cause=paper)


@effect(KeyUnsealing, "decline", "withdraw")
def _is_not_opened(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    put(session, paper, DECIDER if paper.state == "declined" else "撤回人", colleague(by, "经办人"))
    _stays_sealed(session, paper, by)


def _stays_sealed(session: Session, paper: KeyUnsealing, by: Person) -> None:
    advance(session, locked(session, paper.key_id), "stay", by, cause=paper)


# ---- opened and used -------------------------------------------------------------------------------------------


@check(KeyUnsealing, "open")
def _is_opened_by_two(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-49, KEY-51: two people, the seal looked at, the keys counted; at night with 值班经理 (KEY-25)."""
    other_colleague(details, "witness", "在场人", by, "KEY-51")
    if details.get("seal_intact") is None:
        raise RuleError("请写明启封前封口是否完好", field="seal_intact", rule="KEY-49")
    if sum(counted_kinds(details).values()) == 0:
        raise RuleError("请清点信封里的钥匙", field="home_door", rule="KEY-49")
    paper.opened_at = claimed(
        details.get("opened_at"), "启封时间", "opened_at", since=paper.decided_at, after="批准时间", rule="KEY-48"
    )
    at_night = not in_office_hours(session, paper.opened_at, paper.org_id)
    if at_night and opened_by_night(session, paper.key, paper.opened_at) is None:
        raise RuleError("下班后须由值班经理和所用钥匙的员工一同开柜：请先登记“夜间开柜”", rule="KEY-25")
    paper.opened_by_id, paper.contents_before = by.staff_id, contents_words(counted_kinds(details))


@effect(KeyUnsealing, "open")
def _envelope_is_spent(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    assert paper.opened_at is not None
    explain_late(session, paper, by, paper.opened_at, "启封时间", details.get("late_reason"))
    put(session, paper, OPENER, colleague(by, "启封人"), paper.opened_at)
    put(session, paper, WITNESS, colleague(details["witness"], "在场人"), paper.opened_at)
    envelope, key = paper.envelope, locked(session, paper.key_id)
    if not paper.seal_intact:
        note_mismatch(session, key, by, f"{paper} 启封前发现 {envelope} 封口不完好", "KEY-46")
    if counted_kinds(details) != envelope.kinds:
        said = f"{paper} 启封清点 {paper.contents_before}，{envelope} 封存时为 {envelope.kind_words}"
        note_mismatch(session, key, by, said, "KEY-30")
    advance(session, envelope, "open", by, cause=paper, ended_at=paper.opened_at)
    advance(session, key, "open", by, cause=paper)


@check(KeyUnsealing, "enter")
def _never_alone(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-51: at least two people enter, each by name, two of them by their own signature."""
    first, second = _two(details)
    if first.staff_id == second.staff_id:
        raise RuleError("进入业户房间必须两人以上，请另一人签字", field="second", rule="KEY-51")
    paper.entered_at = claimed(
        details.get("entered_at"), "进入时间", "entered_at", since=paper.opened_at, after="启封时间", rule="KEY-51"
    )


def _two(details: Details) -> tuple[Person, Person]:
    found = []
    for name, what in (("first", "进入人员一"), ("second", "进入人员二")):
        person = details.get(name)
        if not isinstance(person, Person) or person.staff_id is None:
            raise RuleError(
                f"进入业户房间必须两人以上：请{what}用自己的工号和密码或 PIN 签字", field=name, rule="KEY-51"
            )
        found.append(person)
    return found[0], found[1]


@effect(KeyUnsealing, "enter")
def _who_entered_is_written_down(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    for person in _two(details):
        session.add(KeyEntry(org_id=paper.org_id, unsealing_id=paper.id, staff_id=person.staff_id, name=person.name))
        put(session, paper, ENTERING, colleague(person, "进入人员"), paper.entered_at)
    for name in str(details.get("others") or "").replace("，", "、").split("、"):
        if name.strip():
            session.add(
                KeyEntry(org_id=paper.org_id, unsealing_id=paper.id, name=name.strip()[:64], role="随同进入")
            )  # fmt: skip
    session.flush()
    session.expire(paper, ["entries"])
    advance(session, locked(session, paper.key_id), "use", by, cause=paper)


@check(KeyUnsealing, "bring_back")
def _is_counted_again(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-49, KEY-51: what was done inside, counted as it was before, handed over to another person."""
    other_colleague(details, "returner", "交还人", by, "KEY-17")
    if paper.state == "in_use":
        if len((paper.entry_record or "").strip()) < 4:
            raise RuleError("请填写进入记录：做了什么、动了什么、离开时的情况", field="entry_record", rule="KEY-51")
        if len(paper.entries) < FEWEST_PEOPLE:
            raise WrongState("进入记录上不足两人", rule="KEY-51")
        paper.left_at = claimed(
            details.get("left_at"), "离开时间", "left_at", since=paper.entered_at, after="进入时间", rule="KEY-51"
        )
    if sum(counted_kinds(details).values()) == 0:
        raise RuleError("请清点交还的钥匙", field="home_door", rule="KEY-49")
    paper.returned_at, paper.contents_after = clock.now(), contents_words(counted_kinds(details))


@effect(KeyUnsealing, "bring_back")
def _waits_for_the_owner(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    put(session, paper, RETURNER, colleague(details["returner"], "交还人"))
    put(session, paper, RECEIVER, colleague(by, "接收清点人"))
    key = locked(session, paper.key_id)
    if paper.contents_after != paper.contents_before:
        said = f"{paper} 交还清点 {paper.contents_after}，启封时为 {paper.contents_before}"
        note_mismatch(session, key, by, said, "KEY-30")
        duty_line(session, paper, by, clock.now(), said)
    advance(session, key, "bring", by, cause=paper)
    words = paper.entry_record or "未进入房间"
    duty_line(session, paper, by, clock.now(), f"{paper.where} 封存钥匙用毕交还：{words}；待业户重新签字封存")


# ---- the owner again -------------------------------------------------------------------------------------------


def _owner_hand(session: Session, paper: KeyUnsealing, details: Details) -> Hand:
    """KEY-45, KEY-52: the owner in person, nobody for them."""
    owners = owner_names(session, paper.key.unit_id)
    name = str(details.get("owner_name") or "").strip() or (owners[0] if len(owners) == 1 else "")
    if name not in owners:
        said = "、".join(owners) or "尚未登记"
        raise RuleError(f"须由登记的业主本人签字（{said}）", field="owner_name", rule="KEY-45")
    if not details.get("owner_in_person"):
        raise RuleError("须由业户本人装入信封、封口签名，他人不能代办", field="owner_in_person", rule="KEY-45")
    return guest(details, "owner_sign", name, "业户", "KEY-52")


@check(KeyUnsealing, "reseal")
def _is_sealed_anew_by_the_owner(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """KEY-52: the owner in person, a new seal, a photo, the keys counted once more."""
    _owner_hand(session, paper, details)
    refuse_used_seal(session, paper.org_id, details.get("seal_no"))
    if "photo" not in (details.get("kept") or {}):
        raise RuleError("请拍下重新封好的信封（封口签名要看得清）", field="photo", rule="KEY-52")
    kinds = counted_kinds(details)
    if any(n < 0 for n in kinds.values()) or sum(kinds.values()) == 0:
        raise RuleError("请清点装入新信封的钥匙", field="home_door", rule="KEY-52")
    paper.closed_at = clock.now()


@effect(KeyUnsealing, "reseal")
def _lies_in_a_new_envelope(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    hand = _owner_hand(session, paper, details)
    put(session, paper, OWNER, hand, paper.closed_at)
    put(session, paper, "封存经办", colleague(by, "经办人"))
    key = locked(session, paper.key_id)
    for name, n in counted_kinds(details).items():
        setattr(key, name, n)
    envelope = seal_up(
        session,
        key,
        by,
        paper,
        sealed_by=hand.signer,
        seal_no=details.get("seal_no"),
        previous=paper.envelope,
        verb="reseal",
    )
    paper.new_envelope_id, paper.owner_informed_at = envelope.id, paper.owner_informed_at or paper.closed_at


@check(KeyUnsealing, "owner_takes")
def _owner_takes_the_keys(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    _owner_hand(session, paper, {**details, "owner_in_person": True})
    paper.closed_at = clock.now()


@effect(KeyUnsealing, "owner_takes")
def _keys_leave_the_house(session: Session, paper: KeyUnsealing, by: Person, details: Details) -> None:
    """Decision 31: instead of sealing anew the owner may take the keys home; the deposit ends with it."""
    put(session, paper, OWNER, _owner_hand(session, paper, {**details, "owner_in_person": True}), paper.closed_at)
    put(session, paper, "交回经办", colleague(by, "经办人"))
    key = locked(session, paper.key_id)
    advance(session, key, "take_away", by, cause=paper)
    paper.owner_informed_at = paper.owner_informed_at or paper.closed_at
    end_deposit(session, key, by, paper)


def open_unsealing(session: Session, key_id: int) -> KeyUnsealing | None:
    """The 启封单 under way; the table allows one at most."""
    rows = select(KeyUnsealing).where(KeyUnsealing.key_id == key_id, KeyUnsealing.state.in_(OPEN_STATES))
    return session.scalars(rows).one_or_none()


def sealed_now(session: Session, org_id: int) -> list[KeyEnvelope]:
    """The unopened envelopes of a project: what every shift counts and hands over (KEY-53)."""
    rows = select(KeyEnvelope).where(KeyEnvelope.org_id == org_id, KeyEnvelope.state == "sealed")
    return list(session.scalars(rows.order_by(KeyEnvelope.id)))


def unsealings_of(session: Session, key_id: int) -> list[KeyUnsealing]:
    """Every opening of the envelopes of a key, the first one first."""
    return list(session.scalars(select(KeyUnsealing).where(KeyUnsealing.key_id == key_id).order_by(KeyUnsealing.id)))


def words_of_envelope(envelope: KeyEnvelope) -> str:
    """「XF-YJ-202611-0001 封签 A-0207，进户门 2，共 2 把」."""
    seal = f" 封签 {envelope.seal_no}" if envelope.seal_no else ""
    return f"{envelope.number or ''}{seal}，{bunch_words(envelope.kinds)}"
