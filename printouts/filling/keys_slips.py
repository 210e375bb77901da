"""What the one-off key papers and the labels say."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyCount, KeyDeposit, KeyEnvelope, KeyItem, KeyReceipt, KeyUnsealing, Signature, Staff, clock
from models.keys import CATEGORIES
from models.keys_counts import COUNT_KINDS, HANDOVER_REASONS
from models.keys_deposits import PURPOSES, TERMS
from models.keys_unsealings import DANGERS
from printouts.filling import Facts, fills
from printouts.filling.keys import kinds_of, signers
from printouts.filling.words import at, who, word
from rules.keys_chain import chain_of
from rules.keys_owners import owner_names
from rules.keys_unsealings import (
    DECIDER,
    ENTERING,
    OPENER,
    OWNER,
    RECEIVER,
    REQUESTER,
    WITNESS,
)
from rules.person import Person
from rules.policies import policy

SHOWN_LINKS = 14


def boxes(session: Session, paper: Any, **names: str) -> Facts:
    """name → who signed in the box, and on which day."""
    here = (Signature.noun == paper.__tablename__, Signature.row_id == paper.id)
    rows = session.scalars(select(Signature).where(*here).order_by(Signature.id)).all()
    facts: Facts = {}
    for name, slot in names.items():
        mine = [row for row in rows if row.slot == slot]
        if mine:
            facts[name] = "、".join(dict.fromkeys(row.signer for row in mine))
            facts[f"{name}_date"] = clock.shown(mine[-1].signed_at)[:10]
    return facts


@fills("F-07", KeyReceipt)
def receipt(session: Session, viewer: Person, it: KeyReceipt) -> Facts:
    """钥匙交接纪录 (002-3§1)."""
    del viewer
    section = it.section
    return {
        "number": it.number or "",
        "category": CATEGORIES[it.category],
        "where": it.where,
        "hook": f"{section.cabinet.name} {it.hook_no or ''}".strip() if section else "",
        "deliverer": it.deliverer,
        "from_department": it.from_department,
        "at": at(it.at),
        "keeper": who(session.get(Staff, it.keeper_id) if it.keeper_id else (section.keeper if section else None)),
        "remark": "；".join(w for w in (it.remark or "", f"后补：{it.late_reason}" if it.late_reason else "") if w),
        **kinds_of(it),
        **boxes(session, it, deliverer_sign="送交人", receiver="接收人"),
    }


@fills("F-57", KeyDeposit)
def mandate(session: Session, viewer: Person, it: KeyDeposit) -> Facts:
    """钥匙托管委托书 in two copies."""
    rows = select(KeyEnvelope).where(KeyEnvelope.deposit_id == it.id).order_by(KeyEnvelope.id)
    envelope = session.scalars(rows).first()
    return {
        "number": it.number or "",
        "unit": it.where,
        "owner": it.owner.name,
        "phone": word(it, "phone", viewer),
        "purpose": PURPOSES[it.purpose],
        "term": TERMS[it.term],
        "until": it.until_on.isoformat() if it.until_on else "",
        "handover_to": it.handover_to or "",
        "scope": it.scope or "",
        "sealed": "封存" if it.sealed else "不封存",
        "envelope": (envelope.number or "") if envelope else "",
        "seal_no": it.seal_no or "",
        "receiver": who(it.received_by),
        "deposited_at": at(it.deposited_at),
        "hook": f"{it.section.cabinet.name} {it.hook_no or ''}".strip(),
        **kinds_of(it),
        **boxes(session, it, owner_sign="业户", receiver_sign="接收人", withdraw_sign="收回签字"),
    }


@fills("F-09", KeyUnsealing)
def unsealing(session: Session, viewer: Person, it: KeyUnsealing) -> Facts:
    """业户封存钥匙启用审批单 with the whole life of the envelope on one page (004-8§4.4(1))."""
    del viewer
    envelope, fresh = it.envelope, it.new_envelope
    replies = KeyUnsealing.info("owner_reply")["choices"]
    seal = {True: "完好", False: "不完好", None: ""}[it.seal_intact]
    return {
        "number": it.number or "",
        "unit": it.where,
        "owner": "、".join(owner_names(session, it.key.unit_id)),
        "key": it.key.key_no,
        "envelope": envelope.number or "",
        "seal_no": envelope.seal_no or "",
        "sealed_at": at(envelope.sealed_at),
        "requester": who(session.get(Staff, it.made_by_id)),
        "user": it.user,
        "asked_at": at(it.created_at),
        "danger": DANGERS.get(it.danger or "", ""),
        "reason": it.reason,
        "contacted_at": at(it.owner_contacted_at),
        "reply": replies.get(it.owner_reply or "", ""),
        "decision": it.decision or "",
        "decided_at": at(it.decided_at),
        "opened_at": at(it.opened_at),
        "seal_intact": seal,
        "before": it.contents_before or "",
        "entered": "、".join(entry.name for entry in it.entries),
        "entered_at": at(it.entered_at),
        "record": it.entry_record or "",
        "returned_at": at(it.returned_at),
        "after": it.contents_after or "",
        "resealed_at": at(it.closed_at) if fresh else "",
        "new_envelope": (fresh.number or "") if fresh else "",
        "new_seal": (fresh.seal_no or "") if fresh else "",
        "chain": links_of(session, it.key),
        **boxes(session, it, requester_sign=REQUESTER, manager=DECIDER, opener=OPENER, witness=WITNESS),
        **boxes(session, it, entering=ENTERING, receiver=RECEIVER, owner_sign=OWNER),
    }


def links_of(session: Session, key: KeyItem) -> list[dict[str, str]]:
    """The chain as it fits on the page: the first seal and the newest links; what lies between is counted."""
    lines = [
        {"at": clock.shown(link.at)[2:], "what": link.what, "words": link.words, "who": link.who}
        for link in chain_of(session, key)
    ]
    if len(lines) <= SHOWN_LINKS:
        return lines
    newest = lines[2 - SHOWN_LINKS :]
    return [lines[0], {"what": "…", "words": f"中间 {len(lines) - 1 - len(newest)} 环见系统"}, *newest]


@fills("F-58", KeyCount)
def handover(session: Session, viewer: Person, it: KeyCount) -> Facts:
    """钥匙移交清单, or the list of any count: blind columns empty until it is over (004-8§4.1(10))."""
    del viewer
    signed = signers(session, "key_count", [it.id])
    rows = [
        {
            "where": line.key.where,
            "key_no": line.key.key_no,
            **kinds_of(line.key),
            "qty": str(line.qty) if line.found else "",
            "seal": {True: "完好", False: "不完好", None: ""}[line.seal_intact],
            "difference": line.difference or "",
        }
        for line in it.lines
    ]
    pieces = sum(line.qty for line in it.lines if line.found)
    intact = {True: "封口完好", False: "封口有不完好", None: ""}[it.seals_intact]
    return {
        "rows": rows,
        "cabinet": it.cabinet.name,
        "kind": " ".join((COUNT_KINDS[it.kind], signed.get((it.id, "移交人"), ""))).strip(),
        "reason": HANDOVER_REASONS.get(it.handover_reason or "", ""),
        "counted_at": at(it.finished_at),
        "sets": f"{it.present} 套 {pieces} 把",
        "sealed": f"{it.sealed_count} 个 {intact}".strip(),
    }


@fills("F-08", KeyEnvelope)
def envelope_label(session: Session, viewer: Person, it: KeyEnvelope) -> Facts:
    """信封面: code and QR; the room only where the project sets it (decision 11)."""
    del viewer
    room = policy(session, "key.label_room", it.org_id) == "yes"
    deposit = it.deposit
    return {
        "headline": it.where if room else (it.number or ""),
        "code": it.number or "",
        "copy_ids": [it.code],
        "kinds": it.kind_words,
        "sealed_at": f"{clock.shown(it.sealed_at)[:10]}{f'  封签 {it.seal_no}' if it.seal_no else ''}",
        "reason": PURPOSES[deposit.purpose] if deposit else "",
        "sealed_by": it.sealed_by if room else "",
        "keeper": who(session.get(Staff, it.made_by_id)),
    }


@fills("F-69", KeyItem)
def tag(session: Session, viewer: Person, it: KeyItem) -> Facts:
    """The tag on the hook."""
    del viewer
    room = policy(session, "key.label_room", it.org_id) == "yes"
    return {
        "headline": f"{it.key_no} {it.where}" if room else it.key_no,
        "code": it.key_no,
        "copy_ids": [it.code],
        "category": CATEGORIES[it.category],
        "kinds": it.kind_words,
        "hook": it.hook,
    }
