"""Signatures (签字): who signed which paper in which slot, over which content, and who may sign a 工作任务单."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models import Document, Record, Signature, Staff, WorkOrder, clock
from models.estate import HOUSEHOLD_RELATIONS, RELATIONS
from models.keys import BUNCH
from models.trail import plain
from models.work_orders import REPORTING_DEPARTMENTS, SIGNER_KINDS
from rules.errors import Invalid, RuleError
from rules.person import Person, person_of
from rules.policies import policy
from rules.residents import ties_of

#: What a signature covers, where it is not the whole paper: what stood on the slip when it was signed.
COVERED: Mapping[str, str] = {
    "work_order": """number kind trade unit_id place reporter reporter_department content reported_at safety leak
        leak_tested_at issued_by_id issued_at technician_id received_by_id received_at at_door_at on_site_at
        started_at done_at result no_material labour_fee fee rework_of_id""",
    "ticket": "number unit_id place customer kind content received_at department handler_id arrived_at done_at",
    # keys: numbers are given at the end of the transaction in which some of these are already signed
    "key_receipt": f"category unit_id place deliverer from_department at {BUNCH}",
    "key_deposit": f"unit_id owner_id purpose term until_on handover_to scope sealed seal_no deposited_at {BUNCH}",
    "key_loan": "key_id where_out reason borrower_kind borrower_id borrower emergency",
    "key_night_opening": "cabinet_id reason",
    "key_unsealing": "key_id envelope_id reason user danger",
    "key_pickup": "key_id unit_id qty picker_kind picker reason use",
    "key_incident": "key_id kind found_at facts protection",
    "key_copy_order": f"key_id reason {BUNCH}",
    "key_lock_change": "key_id changed_at",
    "key_count": """cabinet_id kind handover_reason finished_at expected present on_loan sealed_count
        seals_intact difference""",
    "key_delegation": "lead_id delegate_id leave_from leave_to approvals",
    "key_report": "period figures",
    "follow_up": "number kind unit_id customer method at quality effect satisfaction defects",
}
MEANS = {"system": "系统确认", "glass": "屏幕手写", "paper": "纸质签字扫描"}


@dataclass(frozen=True, slots=True)
class PublicSigner:
    """Who signs for a reporting department: the words of the regulation, and the post that fulfils them."""

    kind: str
    department: str
    rank: int
    rule: str


#: 报修部门 → who signs (004-5§4.3.6).
PUBLIC_SIGNERS: Mapping[str, PublicSigner] = {
    "service": PublicSigner("service_assistant", "service", 2, "WO-20"),
    "security": PublicSigner("security_leader", "security", 2, "WO-21"),
    "office": PublicSigner("office_clerk", "office", 1, "WO-22"),
    "sales": PublicSigner("sales_clerk", "sales", 1, "WO-23"),
}


def content_of(doc: Record) -> bytes:
    """What the paper says, the same bytes for the same words: columns a person reads, and the lines of material."""
    columns = [a.key for a in inspect(doc).mapper.column_attrs if a.key not in ("id", "state", "version")]
    names = COVERED.get(doc.__tablename__, " ".join(columns)).split()
    said: dict[str, Any] = {name: plain(getattr(doc, name)) for name in names}
    if isinstance(doc, WorkOrder):
        said["materials"] = [
            [m.line_no, m.name, m.measure, plain(m.quantity), plain(m.price), plain(m.amount)] for m in doc.materials
        ]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(doc: Record) -> str:
    """The digest of what the paper says now (64 hex digits)."""
    return hashlib.sha256(content_of(doc)).hexdigest()


def sign(
    session: Session,
    doc: Document,
    slot: str,
    *,
    signer: str,
    relation: str,
    means: str,
    staff: Person | None = None,
    signed_at: datetime | None = None,
    attachment_id: int | None = None,
    late_reason: str | None = None,
) -> Signature:
    """Add one signature over what the paper says at this moment. Whether the signer may is asked before."""
    if means not in MEANS:
        raise RuntimeError(f"no such means of signing: {means}")
    row = Signature(
        org_id=doc.org_id,
        noun=doc.__tablename__,
        row_id=doc.id,
        slot=slot,
        staff_id=staff.staff_id if staff else None,
        signer=signer,
        relation=relation,
        post=_post_held(staff, doc.org_id) if staff else None,
        means=means,
        signed_at=signed_at or clock.now(),
        recorded_at=clock.now(),
        late_reason=late_reason,
        attachment_id=attachment_id,
        content_hash=content_hash(doc),
    )
    session.add(row)
    session.flush()
    return row


def _post_held(staff: Person, org_id: int) -> str | None:
    """The highest post the person holds over the unit at this moment."""
    held = [h for h in staff.holdings if org_id in h.units]
    return max(held, key=lambda h: h.rank).post if held else None


def signatures_of(session: Session, doc: Record) -> list[Signature]:
    """The signatures on a paper, oldest first."""
    here = (Signature.noun == doc.__tablename__, Signature.row_id == doc.id)
    return list(session.scalars(select(Signature).where(*here).order_by(Signature.id)))


def still_holds(doc: Record, signature: Signature) -> bool:
    """Whether the paper still says what was signed."""
    return signature.content_hash == content_hash(doc)


# ---- who may sign a 工作任务单 (WO-19 … WO-23, WO-28, C-46) ------------------------------------------------------


def who_signs(session: Session, order: WorkOrder) -> str:
    """In words, for the form and for the refusal: 家中成年人, 客服助理以上人员（客服部）…"""
    if order.kind == "public":
        said = PUBLIC_SIGNERS[order.reporter_department or ""]
        return f"{SIGNER_KINDS[said.kind]}（报修部门：{REPORTING_DEPARTMENTS[order.reporter_department or '']}）"
    return "业主（住户）本人" if _owner_only(session, order) else "业主、住户或家中成年人"


def _owner_only(session: Session, order: WorkOrder) -> bool:
    """房屋整改 is accepted by 业主(住户) itself (C-46, WO-28); a home repair where the policy says so."""
    return order.kind == "defect" or policy(session, "wo.signer", order.org_id, order.issued_at) == "owner"


def refuse_wrong_household_signer(
    session: Session, order: WorkOrder, signer: str, kind: str | None, adult: bool
) -> None:
    """WO-19, WO-28: an adult of the household, never the nanny or hourly helper; raises RuleError naming who may."""
    rule = "WO-28" if order.kind == "defect" else "WO-19"
    may = who_signs(session, order)
    allowed = ("owner", "resident") if _owner_only(session, order) else ("owner", "resident", "adult")
    wrong: dict[str, str] = {}
    if not signer.strip():
        wrong["signer"] = f"请填写签认人姓名，须由{may}签认"
    if kind is None or kind not in allowed:
        wrong["signer_kind"] = f"签认人不符：须由{may}签认"
    if not adult:
        wrong["signer_adult"] = "在业户家中维修由其家中成年人签认，请核实并勾选“家中成年人”"
    if wrong:
        raise Invalid(wrong, rule=rule)
    _refuse_strangers(session, order, signer.strip(), str(kind), may, rule)


def _refuse_strangers(session: Session, order: WorkOrder, signer: str, kind: str, may: str, rule: str) -> None:
    known = _relations(session, order.unit_id)
    mine = known.get(signer, set())
    if mine and not mine & set(HOUSEHOLD_RELATIONS):
        said = "、".join(sorted(RELATIONS[r] for r in mine))
        raise RuleError(f"{signer}登记为{said}，不能签认，须由{may}签认", field="signer", rule=rule)
    owners = any("owner" in relations for relations in known.values())
    if kind == "owner" and owners and "owner" not in mine:
        raise RuleError(f"{signer}不是这套房屋登记的业主，须由{may}签认", field="signer", rule=rule)
    if kind == "resident" and known and not mine:
        raise RuleError(f"{signer}没有登记在这套房屋，须由{may}签认", field="signer", rule=rule)


def _relations(session: Session, unit_id: int | None) -> dict[str, set[str]]:
    """Name → relations of those tied to the unit today."""
    found: dict[str, set[str]] = {}
    for tie in ties_of(session, unit_id) if unit_id else ():
        found.setdefault(tie.resident.name, set()).add(tie.relation)
    return found


def refuse_wrong_public_signer(session: Session, order: WorkOrder, staff: Person | None) -> PublicSigner:
    """WO-20 … WO-23: a post of the reporting department from its rank on; raises RuleError naming who may."""
    said = PUBLIC_SIGNERS[order.reporter_department or ""]
    if staff is None or not staff.ranks(said.department, said.rank, order.org_id):
        named = f"{staff.name}不能签认" if staff else "签认人不符"
        raise RuleError(f"{named}：须由{who_signs(session, order)}签认", field="signer", rule=said.rule)
    return said


def staff_named(session: Session, staff_id: int | None) -> Person | None:
    """The member of staff whose signature stands on paper, with the posts held today."""
    staff = session.get(Staff, staff_id) if staff_id else None
    return person_of(session, staff) if staff else None
