"""What the key registers say: 寄存, 使用, 明细, 返修领取, a line each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import KeyDeposit, KeyEnvelope, KeyItem, KeyLoan, RepairKeyPickup, Signature, Staff, clock
from models.keys import CATEGORIES
from models.keys_loans import BORROWER_KINDS
from printouts.filling import Facts, fills, lists
from printouts.filling.words import at, listed, who, words
from rules.keys_loans import DEPARTMENT, ISSUER, LEAD, MANAGER, TAKER
from rules.keys_returns import RECEIVER, RETURNER
from rules.person import Person

Slots = dict[tuple[int, str], str]


def signers(session: Session, noun: str, ids: Iterable[int]) -> Slots:
    """(row, box) → who signed there."""
    rows = session.execute(
        select(Signature.row_id, Signature.slot, Signature.signer)
        .where(Signature.noun == noun, Signature.row_id.in_(list(ids)))
        .order_by(Signature.id)
    )
    found: dict[tuple[int, str], dict[str, None]] = {}
    for row_id, slot, signer in rows:
        found.setdefault((row_id, slot), {})[signer] = None
    return {place: "、".join(names) for place, names in found.items()}


def kinds_of(bunch: Any) -> dict[str, str]:
    """Each kind and the total; nothing where there is none."""
    return {**{name: str(n) if n else "" for name, n in bunch.kinds.items()}, "total": str(bunch.total)}


@lists("F-03", KeyDeposit, sheet=True)
def deposits(session: Session, viewer: Person, rows: Sequence[KeyDeposit]) -> list[Mapping[str, str]]:
    """《业户钥匙寄存登记表》 (004-8§4.1(1))."""
    ids = [it.id for it in rows]
    signed = signers(session, "key_deposit", ids)
    envelopes = {
        row.deposit_id: f"{row.number or ''}{f'/{row.seal_no}' if row.seal_no else ''}"
        for row in session.scalars(select(KeyEnvelope).where(KeyEnvelope.deposit_id.in_(ids)).order_by(KeyEnvelope.id))
    }
    return [
        {
            "number": it.number or "",
            "unit": it.where,
            "owner": it.owner.name,
            "phone": listed(it, "phone"),
            "kinds": it.kind_words,
            "term": "/".join(p for p in (str(words(it, viewer, "term")["term"]), it.handover_to or "") if p),
            "envelope": envelopes.get(it.id, ""),
            "owner_sign": signed.get((it.id, "业户"), ""),
            "receiver": who(it.received_by),
            "withdraw_sign": signed.get((it.id, "收回签字"), ""),
            "remark": it.remark or it.scope or "",
            **words(it, viewer, "deposited_at", "purpose", "withdrawn_at"),
        }
        for it in rows
    ]


@fills("F-03", KeyDeposit)
def deposit_line(session: Session, viewer: Person, it: KeyDeposit) -> Facts:
    """The register line of one deposit."""
    return {"rows": deposits(session, viewer, [it]), "project": "", "total": "1 件"}


@lists("F-04", KeyLoan, sheet=True)
def loans(session: Session, viewer: Person, rows: Sequence[KeyLoan]) -> list[Mapping[str, str]]:
    """《客服钥匙使用登记表》 (002-3§3, §4; 004-8§5)."""
    signed = signers(session, "key_loan", [it.id for it in rows])

    def box(it: KeyLoan, *slots: str) -> str:
        return "、".join(dict.fromkeys(signed[it.id, s] for s in slots if (it.id, s) in signed))

    return [
        {
            "key": it.key.key_no,
            "where": it.where_out,
            "qty_out": str(it.qty_out),
            "borrower": " ".join(w for w in (it.who, it.borrower_unit or BORROWER_KINDS[it.borrower_kind]) if w),
            "credential": " ".join(
                w for w in (str(words(it, viewer, "credential")["credential"]), it.credential_no or "") if w
            ),
            "approved": box(it, LEAD, MANAGER, DEPARTMENT),
            "call_at": at(it.owner_call_at),
            "taker": box(it, TAKER),
            "issuer": box(it, ISSUER),
            "qty_in": "" if it.qty_in is None else str(it.qty_in),
            "returner": box(it, RETURNER),
            "receiver": box(it, RECEIVER),
            "remark": _remark(it),
            **words(it, viewer, "reason", "out_at", "due_at", "in_at"),
        }
        for it in rows
    ]


def _remark(loan: KeyLoan) -> str:
    late = loan.due_at is not None and loan.in_at is None and loan.due_at <= clock.now() and loan.out_at is not None
    said = (
        "逾期未还" if late and loan.state in ("urgent", "lent") else "",
        loan.state_label if loan.state in ("urgent", "to_supplement", "refused", "lost") else "",
        f"后补：{loan.entry_reason}" if loan.entry_reason else "",
        loan.late_reason or loan.extended_for or "",
    )
    return "；".join(word for word in said if word)


@lists("F-05", KeyItem, sheet=True)
def details(session: Session, viewer: Person, rows: Sequence[KeyItem]) -> list[Mapping[str, str]]:
    """《客服钥匙明细登记表》, made from the data (004-8§4.4(2)①)."""
    del session, viewer
    return [
        {
            "hook": it.hook,
            "key_no": it.key_no,
            "category": CATEGORIES[it.category],
            "where": it.where,
            "source": "寄存" if it.deposit_id else "期初" if it.opening_id else f"{it.received_from} 送交",
            "keeper": who(_keeper(it)),
            "state": it.state_label,
            "remark": it.remark or "",
            **kinds_of(it),
        }
        for it in rows
    ]


def _keeper(key: KeyItem) -> Staff | None:
    return key.keeper or (key.section.keeper if key.section else None)


@lists("F-06", RepairKeyPickup, sheet=True)
def pickups(session: Session, viewer: Person, rows: Sequence[RepairKeyPickup]) -> list[Mapping[str, str]]:
    """《返修钥匙领取登记表》 (004-8§4.3(3), 4.4(2)②)."""
    signed = signers(session, "key_pickup", [it.id for it in rows])
    return [
        {
            "unit": it.where,
            "key": it.key.key_no,
            "qty": str(it.qty),
            "picker": signed.get((it.id, "领取人"), it.picker),
            "phone": listed(it, "picker_phone"),
            "call_at": at(it.owner_call_at),
            "issuer": who(it.issuer),
            "number": it.number or "",
            **words(it, viewer, "use", "reason", "picker_kind", "credential", "picked_at"),
        }
        for it in rows
    ]
