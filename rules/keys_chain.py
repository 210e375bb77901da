"""封签链: the whole life of a sealed key as one chain, from the first seal to today, for page, board and paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyCall, KeyDeposit, KeyEnvelope, KeyIncident, KeyItem, KeyUnsealing, Signature, Staff, clock
from models.keys_loans import ANSWERS
from models.lifecycle import Tone
from rules.claimed_times import to_the_minute
from rules.keys_deposits import chain
from rules.keys_owners import calls_of
from rules.keys_signing import signers_in
from rules.keys_unsealings import unsealings_of, words_of_envelope


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what happened, in words, when, by whom."""

    at: datetime
    what: str
    words: str
    who: str
    tone: Tone = ""
    noun: str = ""
    row_id: int = 0


def chain_of(session: Session, key: KeyItem) -> list[Link]:
    """Every link of the chain, the oldest first; what happened in one minute stands as one thing led to the other."""
    papers = unsealings_of(session, key.id)
    links: list[Link] = []
    for envelope in chain(session, key.id):
        links += _of_envelope(session, envelope)
        links += [link for it in papers if it.envelope_id == envelope.id for link in _of_unsealing(session, it)]
    return sorted([*links, *_incidents(session, key)], key=lambda link: to_the_minute(link.at))


def _of_envelope(session: Session, envelope: KeyEnvelope) -> Iterator[Link]:
    what = "重新封存" if envelope.previous_id else "封存"
    deposit = session.get(KeyDeposit, envelope.deposit_id) if envelope.deposit_id else None
    words = words_of_envelope(envelope) + (f"；寄存 {deposit.number}" if deposit and deposit.number else "")
    by = session.get_one(Staff, envelope.made_by_id).name
    yield Link(
        envelope.sealed_at, what, words, f"{envelope.sealed_by} 签封，{by} 经办", "seal", "key_envelope", envelope.id
    )
    if envelope.state == "withdrawn" and envelope.ended_at:
        yield Link(
            envelope.ended_at,
            "业户收回",
            envelope.number or "",
            envelope.sealed_by,
            "void",
            "key_envelope",
            envelope.id,
        )


def _of_unsealing(session: Session, paper: KeyUnsealing) -> Iterator[Link]:
    yield from _asked(session, paper)
    yield from _used(session, paper)
    if paper.returned_at:
        same = "与启封时相符" if paper.contents_after == paper.contents_before else "与启封时不符"
        words = f"{paper.contents_after or ''}，{same}"
        yield _link(paper, paper.returned_at, "交还清点", words, _signed(session, paper, "交还人", "接收清点人"))
    if paper.state == "taken" and paper.closed_at:
        who = _signed(session, paper, "业户重新签字")
        yield _link(paper, paper.closed_at, "业户收回", "未再封存，钥匙交业户", who, "void")


def _link(paper: KeyUnsealing, at: datetime, what: str, words: str, who: str, tone: Tone = "") -> Link:
    return Link(at, what, words, who, tone, "key_unsealing", paper.id)


def _asked(session: Session, paper: KeyUnsealing) -> Iterator[Link]:
    maker = session.get_one(Staff, paper.made_by_id).name
    words = f"{paper.number or ''} {paper.reason}；使用人 {paper.user}".strip()
    yield _link(paper, paper.created_at, "申请启用", words, maker, "late")
    for call in calls_of(session, paper):
        yield _call(session, paper, call)
    if paper.decided_at:
        who = _signed(session, paper, "管理处经理审批")
        yield _link(paper, paper.decided_at, "批准", paper.decision or "", who, "done")
    if paper.state in ("declined", "withdrawn"):
        yield _ended(session, paper)


def _used(session: Session, paper: KeyUnsealing) -> Iterator[Link]:
    if paper.opened_at:
        seal = "封口完好" if paper.seal_intact else "封口不完好"
        words = f"{paper.envelope.number or ''} {seal}，清点 {paper.contents_before or ''}".strip()
        yield _link(paper, paper.opened_at, "启封", words, _signed(session, paper, "启封人", "启封在场人"), "late")
    if paper.entered_at:
        span = f"{clock.shown(paper.entered_at)[11:]}–{clock.shown(paper.left_at)[11:] if paper.left_at else ''}"
        names = "、".join(entry.name for entry in paper.entries)
        words = f"{names} {span}进入；{paper.entry_record or '使用中'}"
        yield _link(paper, paper.entered_at, "使用", words, _signed(session, paper, "进入人员"), "open")


def _call(session: Session, paper: KeyUnsealing, call: KeyCall) -> Link:
    tone: Tone = "done" if call.answer in ("agreed", "informed") else "late"
    by = session.get_one(Staff, call.by_id).name
    said = f"，{call.words}" if call.words else ""
    words = f"{call.callee}，电话 {clock.shown(call.at)[11:]}{said}，已记值班日志"
    return Link(call.at, f"业户{ANSWERS[call.answer]}", words, f"{by} 去电", tone, "key_unsealing", paper.id)


def _ended(session: Session, paper: KeyUnsealing) -> Link:
    rows = select(Signature).where(Signature.noun == "key_unsealing", Signature.row_id == paper.id)
    last = session.scalars(rows.order_by(Signature.id.desc())).first()
    at = last.signed_at if last else paper.created_at
    return Link(at, paper.state_label, "仍为已封存", last.signer if last else "", "void", "key_unsealing", paper.id)


def _signed(session: Session, paper: KeyUnsealing, *slots: str) -> str:
    return "、".join(dict.fromkeys(name for slot in slots for name in signers_in(session, paper, slot)))


def _incidents(session: Session, key: KeyItem) -> list[Link]:
    rows = select(KeyIncident).where(KeyIncident.key_id == key.id).order_by(KeyIncident.id)
    kinds = KeyIncident.info("kind")["choices"]
    found = []
    for it in session.scalars(rows):
        words = f"{it.number or ''} {it.facts}".strip()
        found.append(Link(it.found_at, f"异常：{kinds[it.kind]}", words, it.state_label, "late", "key_incident", it.id))
    return found
