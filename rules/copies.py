"""联次 (PaperCopy): which copy of a printed slip is where, who brings it back to whom, and what scanning it means."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models import PaperCopy, Staff, TrailEntry, WorkOrder, clock
from models.trail import tell
from models.work_orders import REPORTING_DEPARTMENTS
from rules.advance import advance, changed, check, effect
from rules.claimed_times import to_the_minute
from rules.errors import RuleError, WrongState
from rules.person import Person, person_of
from rules.scope import readable

Details = dict[str, Any]

#: After these the copies of a slip may come back; before, nobody has signed it.
SIGNED = ("signed", "completed", "archived", "cancelled")
COPIES_OF = (
    select(PaperCopy)
    .where(PaperCopy.noun == "work_order", PaperCopy.row_id == bindparam("order"))
    .order_by(PaperCopy.copy_no, PaperCopy.set_no)
)
_CODE = re.compile(r"[A-Za-z0-9_-]{16}")
_NUMBER = re.compile(r"(?P<number>[A-Z]{2}-[A-Z0-9]{1,8}-\d{6}-\d{4,})(?:[-/ ]?(?:第)?(?P<copy>[123一二三])联?)?")
_COPY_WORDS = {"一": 1, "二": 2, "三": 3}


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code or a typed number means: the slip, its living copies, and the one copy meant (None: ask which)."""

    order: WorkOrder
    copies: tuple[PaperCopy, ...]
    copy: PaperCopy | None


@dataclass(frozen=True, slots=True)
class CopyOut:
    """One line of the register of copies not yet returned (F-64)."""

    copy: PaperCopy
    order: WorkOrder
    holder: str
    out_for: timedelta


# ---- printing --------------------------------------------------------------------------------------------------


def recipient_of(order: WorkOrder, copy_no: int) -> str:
    """WO-06 … WO-08, WO-15: who keeps which copy."""
    if copy_no == 2:
        return "工程部"
    if copy_no == 3:
        return "客服部"
    if order.kind == "public":
        return f"报修部门（{REPORTING_DEPARTMENTS[order.reporter_department or '']}）"
    return "业主/住户"


def copies_for_print(session: Session, order: WorkOrder) -> list[PaperCopy]:
    """The three copies a print of the slip shows, made on first print; call it in the transaction of the print.

    A reprint (补打) shows the codes of the copies there are: a new copy exists only where the old one was voided.
    Raises WrongState for a slip that was never issued or was cancelled.
    """
    if order.state in ("draft", "cancelled"):
        raise WrongState(f"{order} 现为“{order.state_label}”，不能打印三联，请先签发", rule="WO-02")
    known = all_copies(session, order)
    made = [_living(known, n) or _new_copy(session, order, n, known) for n in (1, 2, 3)]
    session.flush()
    return made


def _new_copy(session: Session, order: WorkOrder, copy_no: int, known: Sequence[PaperCopy]) -> PaperCopy:
    copy = PaperCopy(
        org_id=order.org_id,
        noun="work_order",
        row_id=order.id,
        number=order.number,
        set_no=max((c.set_no for c in known if c.copy_no == copy_no), default=0) + 1,
        copy_no=copy_no,
        code=secrets.token_urlsafe(12),
        recipient=recipient_of(order, copy_no),
        printed_at=clock.now(),
    )
    session.add(copy)
    return copy


def all_copies(session: Session, order: WorkOrder) -> list[PaperCopy]:
    """Every copy ever printed of the slip, voided ones too."""
    return list(session.scalars(COPIES_OF, {"order": order.id}))


def living_copies(session: Session, order: WorkOrder) -> list[PaperCopy]:
    """The copies that count: at most one per 联."""
    return [c for c in all_copies(session, order) if c.state != "void"]


def _living(copies: Sequence[PaperCopy], copy_no: int) -> PaperCopy | None:
    return next((c for c in copies if c.copy_no == copy_no and c.state != "void"), None)


def order_of(session: Session, copy: PaperCopy) -> WorkOrder:
    """The slip a copy belongs to."""
    return session.get_one(WorkOrder, copy.row_id)


# ---- moves -----------------------------------------------------------------------------------------------------


@check(PaperCopy, "take_out")
def _goes_out_with_the_technician(session: Session, copy: PaperCopy, by: Person, details: Details) -> None:
    """Only copies 2 and 3 can be out (decision 18), and only after 签领 (WO-25)."""
    if copy.copy_no == 1:
        raise RuleError("第一联交业主或报修部门，不登记领出；只有第二、三联可以领出", rule="WO-06")
    order = order_of(session, copy)
    if order.received_by_id is None:
        raise RuleError("工程部还没有接单签领，不能领出单据", rule="WO-25")
    if copy.holder_id is None:
        copy.holder_id = order.technician_id or by.staff_id
    holder = session.get(Staff, copy.holder_id)
    if holder is None or not person_of(session, holder).ranks("engineering", 1, copy.org_id):
        raise RuleError("领取人须是工程部人员，请重新选择", field="holder_id", rule="WO-25")
    copy.out_at = clock.now()


@check(PaperCopy, "bring_back")
def _comes_back_to_its_keeper(session: Session, copy: PaperCopy, by: Person, details: Details) -> None:
    """WO-07, WO-08: copy 2 is taken back by 工程部, copy 3 by 客服部, both only when the slip has been signed."""
    if copy.copy_no == 1:
        raise RuleError("第一联不收回：请登记交给业主或报修部门", rule="WO-06")
    order = order_of(session, copy)
    if order.state not in SIGNED:
        raise RuleError(f"{order} 还没有签认，不能收{copy.copy_label}，请先登记签认", rule="WO-18")
    if copy.copy_no == 3 and not (by.ranks("service", 1, copy.org_id) or by.holds("duty_manager", org_id=copy.org_id)):
        raise RuleError("第三联交客服部，须由客服部人员收回", rule="WO-08")
    if copy.copy_no == 3 and order.state == "signed":
        _refuse_as_proof(session, copy, order, by)
    if copy.copy_no == 2 and not by.ranks("engineering", 1, copy.org_id):
        raise RuleError("第二联由工程部自存，须由工程部人员收回", rule="WO-07")
    copy.settled_at, copy.received_by_id = clock.now(), by.staff_id


def is_too_young(copy: PaperCopy, order: WorkOrder) -> bool:
    """Printed after the slip was signed: that sheet cannot carry the signature. People type minutes."""
    return order.signed_at is not None and to_the_minute(copy.printed_at) > order.signed_at


def _refuse_as_proof(session: Session, copy: PaperCopy, order: WorkOrder, by: Person) -> None:
    """Decision 17: copy 3 proves the claim of another person, and only the sheet that was there to be signed."""
    if is_too_young(copy, order):
        raise RuleError(
            f"这张{copy.copy_label}打印于 {clock.shown(copy.printed_at)}，晚于签认时间，不能作为完工证明；"
            "请收回签过字的一联，或登记拒签后重新签认",
            rule="WO-05",
        )
    if by.staff_id is not None and by.staff_id == _claimed_by(session, order):
        raise RuleError("登记“纸质已签”的人不能自己收回第三联，请由客服部另一人收回", rule="WO-08")


def _claimed_by(session: Session, order: WorkOrder) -> int | None:
    """Who said that the paper was signed: the trail knows."""
    said = WorkOrder.lifecycle.moves["claim_signed"].label
    here = (TrailEntry.noun == "work_order", TrailEntry.row_id == order.id, TrailEntry.action == said)
    return session.scalars(select(TrailEntry.actor_id).where(*here).order_by(TrailEntry.id.desc())).first()


@check(PaperCopy, "hand_over")
def _is_handed_over_when_signed(session: Session, copy: PaperCopy, by: Person, details: Details) -> None:
    """WO-06, WO-15: copy 1 goes to the resident or the reporting department once it is signed."""
    if copy.copy_no != 1:
        raise RuleError("只有第一联交业主或报修部门；第二联归工程部，第三联归客服部", rule="WO-06")
    order = order_of(session, copy)
    if order.state not in ("signed", "completed"):
        raise RuleError(f"{order} 还没有签认，不能交出第一联", rule="WO-05")
    copy.settled_at = clock.now()


@effect(PaperCopy, "take_out", "bring_back", "hand_over", "report_missing", "void")
def _slip_follows_its_copies(session: Session, copy: PaperCopy, by: Person, details: Details) -> None:
    """Copy 3 back at the desk proves the work done (decision 17); three settled copies archive the slip."""
    order = order_of(session, copy)
    if copy.copy_no == 3 and copy.state == "back" and order.state == "signed":
        advance(session, order, "return_signed", by, cause=copy)
    settle(session, order, by)


def settle(session: Session, order: WorkOrder, by: Person) -> None:
    """Write down when each copy reached its keeper; a completed slip with all three there goes on file."""
    if order.state == "cancelled":
        return
    copies = {c.copy_no: c for c in living_copies(session, order)}
    for n, end in ((1, "handed"), (2, "back"), (3, "back")):
        copy = copies.get(n)
        at = copy.settled_at if copy is not None and copy.state == end else None
        if getattr(order, f"copy{n}_at") != at:
            setattr(order, f"copy{n}_at", at)
    last = copies.get(3) or next(iter(copies.values()), None)
    if order.state == "completed" and last is not None and order.copy1_at and order.copy2_at and order.copy3_at:
        advance(session, order, "archive", by, cause=last, archived_at=clock.now())
    else:
        changed(session, order)


def take_out_with(session: Session, order: WorkOrder, by: Person) -> None:
    """签领: copies 2 and 3 leave with the technician who receives the slip; those out already pass to them."""
    for copy in living_copies(session, order):
        if copy.state == "out" and copy.holder_id != order.technician_id:
            before = session.get(Staff, copy.holder_id) if copy.holder_id else None
            copy.holder_id = order.technician_id
            session.flush()
            tell(session, "转领", copy, {"原领取人": before.name if before else "", "由": str(order)})
        if copy.copy_no != 1 and copy.state == "printed":
            advance(session, copy, "take_out", by, cause=order, holder_id=order.technician_id)


def hand_over_with(session: Session, order: WorkOrder, by: Person) -> None:
    """The signed slip's first copy stays with who signed it."""
    copy = _living(living_copies(session, order), 1)
    if copy is not None and copy.state == "printed":
        advance(session, copy, "hand_over", by, cause=order)


def void_with(session: Session, order: WorkOrder, by: Person, reason: str) -> None:
    """A cancelled slip's copies are worth nothing any more."""
    for copy in living_copies(session, order):
        if copy.state in ("printed", "out", "missing"):
            advance(session, copy, "void", by, cause=order, reason=reason)


# ---- scanning --------------------------------------------------------------------------------------------------


def find_by_scan(session: Session, person: Person, text: str) -> Scan | None:
    """The slip behind a QR (its address or code), a number, or a number and a copy (…-0415-3, …-0415 第三联)."""
    said = text.strip()
    code = said.rsplit("/q/", 1)[-1].split("?")[0].strip("/") if "/q/" in said else said
    if _CODE.fullmatch(code):
        copy = session.scalars(select(PaperCopy).where(PaperCopy.code == code, readable(person, PaperCopy))).first()
        if copy is not None:
            order = _readable_order(session, person, WorkOrder.id == copy.row_id)
            return Scan(order, tuple(living_copies(session, order)), copy) if order else None
    found = _NUMBER.fullmatch(said.upper())
    if found is None:
        return None
    order = _readable_order(session, person, WorkOrder.number == found["number"])
    if order is None:
        return None
    copies = living_copies(session, order)
    wanted = found["copy"] and int(_COPY_WORDS.get(found["copy"], found["copy"]))
    return Scan(order, tuple(copies), _living(copies, wanted) if wanted else None)


def _readable_order(session: Session, person: Person, condition: Any) -> WorkOrder | None:
    return session.scalars(select(WorkOrder).where(condition, readable(person, WorkOrder))).one_or_none()


def copy_to_take_back(scan: Scan, by: Person) -> PaperCopy | None:
    """The copy meant; where only the number was said, the one this person keeps: the desk 3, 工程部 2."""
    if scan.copy is not None:
        return scan.copy
    mine = 2 if by.ranks("engineering", 1, scan.order.org_id) else 3
    return _living(scan.copies, mine)


def take_back(session: Session, copy: PaperCopy, by: Person) -> None:
    """What scanning a copy at the counter does: 1 is handed over, 2 and 3 come back; raises RuleError when not due."""
    if copy.state in ("back", "handed"):
        raise WrongState(f"{copy} 已{'收回' if copy.state == 'back' else '交出'}，不用再收")
    if copy.state == "void":
        raise WrongState(f"{copy} 已作废，请收新打印的一联")
    advance(session, copy, "hand_over" if copy.copy_no == 1 else "bring_back", by)


def copies_out(session: Session, person: Person, *, org_id: int | None = None) -> list[CopyOut]:
    """The copies not yet returned or missing that the person may see, the longest out first."""
    query = (
        select(PaperCopy, WorkOrder, Staff.name)
        .join(WorkOrder, WorkOrder.id == PaperCopy.row_id)
        .outerjoin(Staff, Staff.id == PaperCopy.holder_id)
        .where(PaperCopy.noun == "work_order", PaperCopy.state.in_(("out", "missing")))
        .where(readable(person, PaperCopy), readable(person, WorkOrder))
        .order_by(PaperCopy.out_at, PaperCopy.id)
    )
    if org_id is not None:
        query = query.where(PaperCopy.org_id == org_id)
    now = clock.now()
    return [
        CopyOut(copy, order, name or "", now - (copy.out_at or copy.printed_at))
        for copy, order, name in session.execute(query)
    ]
