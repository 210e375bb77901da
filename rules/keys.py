"""Keys (钥匙): where each one is and who has it, its number and hook, who keeps it; what holds for every key."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import KeyCabinet, KeyItem, KeyLoan, KeySection, Staff, clock
from models.keys import CATEGORIES, GONE, KEY_KINDS, PREFIXES, Bunch, bunch_words
from models.keys_loans import OUT
from models.posts import HEADS
from rules.advance import check, effect
from rules.errors import Invalid, RuleError, WrongState
from rules.incidents import record
from rules.permissions import require
from rules.person import Person, person_of
from rules.policies import policy

Details = dict[str, Any]


def locked(session: Session, key_id: int) -> KeyItem:
    """The key as it is now, held until the end of the transaction: of two clerks the second sees what the first did."""
    return session.get_one(KeyItem, key_id, with_for_update=True, populate_existing=True)


def open_loan(session: Session, key_id: int) -> KeyLoan | None:
    """The loan by which the key is out; the table allows one at most."""
    return session.scalars(select(KeyLoan).where(KeyLoan.key_id == key_id, KeyLoan.state.in_(OUT))).one_or_none()


def whereabouts(session: Session, key: KeyItem) -> str:
    """「在柜 一号钥匙柜 12」, 「罗志强 10:03 借出，应还 11-21 17:30」, 「已封存」: KEY-27."""
    if key.state == "lent" and (loan := open_loan(session, key.id)):
        return f"{loan.who} {_brief(loan.out_at)} 借出，应还 {_brief(loan.due_at)}"
    if key.state in ("in_cabinet", "sealed"):
        return f"{key.state_label} {key.hook}"
    return key.state_label


def _brief(moment: datetime | None) -> str:
    return clock.shown(moment)[5:] if moment else ""


def refuse_unless_in_cabinet(session: Session, key: KeyItem, doing: str) -> None:
    """A sealed, lent or missing key goes nowhere by the ordinary way; the refusal says who has it (KEY-46, KEY-52)."""
    if key.state == "in_cabinet":
        return
    how = "；封存钥匙只能经《启用审批单》启用" if key.state == "sealed" else ""
    how = "；须由业户重新签字封存后才能再用" if key.state == "to_reseal" else how
    rule = "KEY-52" if key.state == "to_reseal" else "KEY-46" if key.state == "sealed" else "KEY-30"
    raise WrongState(f"{key} 现为“{key.state_label}”（{whereabouts(session, key)}），不能{doing}{how}", rule=rule)


# ---- numbers and hooks -----------------------------------------------------------------------------------------


def next_number(session: Session, org_id: int, category: str) -> str:
    """WT-001, KF-001 …; the table's unique key settles two at once, the writer then tries again."""
    prefix = PREFIXES[category]
    last = session.scalar(
        select(func.max(KeyItem.key_no)).where(KeyItem.org_id == org_id, KeyItem.key_no.like(f"{prefix}-%"))
    )
    return f"{prefix}-{int(last.partition('-')[2]) + 1 if last else 1:04}"


def taken_hooks(session: Session, section_id: int) -> dict[int, KeyItem]:
    """Hook → the key whose place it is, also while that key is out."""
    rows = select(KeyItem).where(KeyItem.section_id == section_id, KeyItem.state.not_in(GONE))
    return {key.hook_no: key for key in session.scalars(rows) if key.hook_no is not None}


def chosen_hook(session: Session, section: KeySection, wanted: int | None) -> int:
    """The hook asked for, else the first free one; raises RuleError where it is taken or there is none."""
    taken = taken_hooks(session, section.id)
    if wanted is None:
        free = next((n for n in range(1, section.hooks + 1) if n not in taken), None)
        if free is None:
            raise RuleError(
                f"{section} 的 {section.hooks} 个挂位都挂满了，请增加挂位数", field="hook_no", rule="KEY-02"
            )
        return free
    if not 1 <= wanted <= section.hooks:
        raise RuleError(f"{section} 只有 1 到 {section.hooks} 号挂位", field="hook_no", rule="KEY-02")
    if wanted in taken:
        raise RuleError(f"{wanted} 号挂位已挂 {taken[wanted].key_no}，请另选", field="hook_no", rule="KEY-02")
    return wanted


def right_section(session: Session, section_id: int | None, category: str, org_id: int) -> KeySection | None:
    """The section where keys of the category hang; raises RuleError for a wrong one (KEY-04…KEY-07)."""
    if category == "cabinet":
        if section_id is not None:
            raise RuleError("钥匙柜钥匙由专人保管，不挂在柜里，请填写保管人", field="section_id", rule="KEY-02")
        return None
    section = session.get(KeySection, section_id) if section_id else None
    if section is None or section.org_id != org_id or not section.cabinet.active:
        raise RuleError("请选择本项目的钥匙柜分区", field="section_id", rule="KEY-02")
    if section.category != category:
        raise RuleError(
            f"{CATEGORIES[category]}不能挂在“{CATEGORIES[section.category]}”分区：三类钥匙分开存放",
            field="section_id",
            rule="KEY-04",
        )
    return section


def make_key(session: Session, like: Any, kinds: dict[str, int], **values: Any) -> KeyItem:
    """A new tag with what the paper `like` says of category, place, section and hook, and these keys on it."""
    facts: dict[str, Any] = {
        name: getattr(like, name, None)
        for name in ("org_id", "unit_id", "place", "department", "section_id", "hook_no", "keeper_id", "remark")
    }
    facts |= {"category": getattr(like, "category", "entrusted"), "code": secrets.token_urlsafe(12), **kinds, **values}
    facts.setdefault("key_no", next_number(session, facts["org_id"], facts["category"]))
    key = KeyItem(**facts)
    session.add(key)
    session.flush()
    return key


def refuse_empty(bunch: Bunch) -> None:
    """At least one key, no kind below none; raises RuleError at the first kind."""
    negative = next((name for name, n in bunch.kinds.items() if n < 0), None)
    if negative is not None:
        raise RuleError(f"{KEY_KINDS[negative]}的数量不能小于 0", field=negative, rule="KEY-01")
    if bunch.total == 0:
        raise RuleError("请填写钥匙的类别和数量，至少一把", field="home_door", rule="KEY-01")


def counted_kinds(details: Details) -> dict[str, int]:
    """The five counts as a form posted them."""
    return {name: int(details.get(name) or 0) for name in KEY_KINDS}


# ---- moves of a key that people make ---------------------------------------------------------------------------


@check(KeyItem, "rehang")
def _hangs_on_a_free_hook(session: Session, key: KeyItem, by: Person, details: Details) -> None:
    section = right_section(session, details.get("to_section_id"), key.category, key.org_id)
    if section is None:
        raise RuleError("钥匙柜钥匙不挂在柜里", field="to_section_id", rule="KEY-02")
    wanted = details.get("to_hook_no")
    if section.id == key.section_id and wanted == key.hook_no:
        raise RuleError("钥匙本来就挂在这里", field="to_hook_no", rule="KEY-02")
    hook = chosen_hook(session, section, wanted)
    key.section_id, key.hook_no = section.id, hook


@check(KeyItem, "split")
def _leaves_something_on_both(session: Session, key: KeyItem, by: Person, details: Details) -> None:
    """Decision 30: a tag is lent whole; what is to go alone gets a tag of its own first."""
    off = _off(details)
    wrong = {
        f"off_{name}": f"{KEY_KINDS[name]}只有 {there} 把"
        for name, there in key.kinds.items()
        if not 0 <= off[name] <= there
    }
    if wrong:
        raise Invalid(wrong, rule="KEY-30")
    if not 0 < sum(off.values()) < key.total:
        raise RuleError("拆出的和留下的都至少要有一把", field="off_home_door", rule="KEY-30")


def _off(details: Details) -> dict[str, int]:
    """What is to come off, under names of its own: the tag's own counts are no details of the move."""
    return {name: int(details.get(f"off_{name}") or 0) for name in KEY_KINDS}


@effect(KeyItem, "split")
def _gets_a_tag_of_its_own(session: Session, key: KeyItem, by: Person, details: Details) -> None:
    off = _off(details)
    section = right_section(session, key.section_id, key.category, key.org_id)
    hook = chosen_hook(session, section, None) if section else None
    for name, n in off.items():
        setattr(key, name, getattr(key, name) - n)
    same = ("received_from", "received_on", "receipt_id", "opening_id", "deposit_id")
    facts = {name: getattr(key, name) for name in same}
    make_key(session, key, off, hook_no=hook, split_from_id=key.id, **facts)


# ---- who keeps them --------------------------------------------------------------------------------------------


def refuse_wrong_keeper(session: Session, staff_id: int | None, category: str, org_id: int, field: str) -> None:
    """KEY-10, KEY-12, C-25: 客服负责人, or somebody of 客服部 named by that person, as the project chose."""
    staff = session.get(Staff, staff_id) if staff_id else None
    keeper = person_of(session, staff) if staff else None
    lead = keeper is not None and keeper.holds("service_supervisor", org_id=org_id)
    ours = keeper is not None and keeper.ranks("service", 1, org_id)
    choice = policy(session, "key.custodian", org_id)
    if not ours:
        raise RuleError("保管人须是本项目客服部在岗人员", field=field, rule="KEY-12")
    if category == "entrusted" and choice == "lead" and not lead:
        raise RuleError("业户委托钥匙由客服负责人亲自保管", field=field, rule="KEY-10")


def appoint_keeper(session: Session, section: KeySection, by: Person, keeper_id: int) -> None:
    """KEY-10, KEY-12: only 客服负责人 names who keeps a section; raises NotAllowed or RuleError."""
    require(by, "key_section.write", section, "指定保管人")
    refuse_wrong_keeper(session, keeper_id, section.category, section.org_id, "keeper_id")
    section.keeper_id = keeper_id
    session.flush()


def check_section(session: Session, section: KeySection) -> None:
    """A section belongs to a cabinet of its project and never has fewer hooks than keys on them."""
    cabinet = session.get(KeyCabinet, section.cabinet_id) if section.cabinet_id else None
    if cabinet is None or cabinet.org_id != section.org_id:
        raise RuleError("请选择本项目的钥匙柜", field="cabinet_id", rule="KEY-02")
    refuse_wrong_keeper(session, section.keeper_id, section.category, section.org_id, "keeper_id")
    if section.id is not None:
        highest = max(taken_hooks(session, section.id), default=0)
        if (section.hooks or 0) < highest:
            raise RuleError(f"{highest} 号挂位上还有钥匙，挂位数不能少于 {highest}", field="hooks", rule="KEY-02")


def check_cabinet(session: Session, cabinet: KeyCabinet) -> None:
    """KEY-02, KEY-03: locked, with a named keeper of its own key who works here."""
    if not cabinet.locked:
        raise RuleError("钥匙柜须上锁", field="locked", rule="KEY-03")
    staff = session.get(Staff, cabinet.custodian_id) if cabinet.custodian_id else None
    if staff is None or cabinet.org_id not in person_of(session, staff).units:
        raise RuleError("柜钥匙须由本项目在岗人员专人保管", field="custodian_id", rule="KEY-02")


def department_head(key: KeyItem) -> str:
    """The post whose holder signs for a special room (KEY-24)."""
    return HEADS.get(key.department or "", "project_manager")


def note_mismatch(session: Session, key: KeyItem, by: Person, body: str, rule: str = "KEY-30") -> None:
    """What does not match is an 异常记录 at once, whatever becomes of it."""
    record(session, key, "mismatch", body, rule=rule, staff_id=by.staff_id)


def contents_words(kinds: dict[str, int]) -> str:
    """As a count is written down in a line."""
    return bunch_words(kinds)[:64]
