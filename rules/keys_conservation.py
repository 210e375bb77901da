"""What must be true of keys at any moment: each in exactly one place, each movement with its signatures."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Document,
    KeyDeposit,
    KeyEnvelope,
    KeyIncident,
    KeyItem,
    KeyLoan,
    KeyUnsealing,
    RepairKeyPickup,
    Signature,
)
from models.keys_loans import OUT
from rules import keys_returns
from rules.keys_incidents import OVER
from rules.keys_loans import ISSUER, TAKER
from rules.keys_signing import signers_in
from rules.keys_unsealings import (
    DECIDER,
    ENTERING,
    FEWEST_PEOPLE,
    OPEN_STATES,
    OPENER,
    OWNER,
    RECEIVER,
    REQUESTER,
    RETURNER,
    WITNESS,
)

#: The state of a key while its 启封单 is in this state.
SIDE_BY_SIDE = {
    "asked": "consent",
    "agreed": "approval",
    "approved": "approved",
    "opened": "opened",
    "in_use": "in_use",
    "to_reseal": "to_reseal",
}
UNOPENED = ("sealed", "consent", "approval", "approved")
#: Paper and state → the boxes that must be signed by then.
SIGNED: tuple[tuple[str, type[Document], str, tuple[str, ...]], ...] = (
    ("借出", KeyLoan, "lent returned", (TAKER, ISSUER)),
    ("紧急借出", KeyLoan, "urgent to_supplement", (ISSUER,)),
    ("交还", KeyLoan, "returned to_supplement", (keys_returns.RETURNER, keys_returns.RECEIVER)),
    ("启封", KeyUnsealing, "opened in_use to_reseal resealed taken", (REQUESTER, DECIDER, OPENER, WITNESS)),
    ("交还清点", KeyUnsealing, "to_reseal resealed taken", (RETURNER, RECEIVER)),
    ("重新封存", KeyUnsealing, "resealed", (OWNER,)),
    ("寄存", KeyDeposit, "kept withdrawn", ("业户", "接收人")),
    ("领走", RepairKeyPickup, "picked", ("领取人", "发放人")),
)


def custody_faults(session: Session) -> list[str]:
    """What is not as it must be, one Chinese sentence each; empty when custody is conserved."""
    return [*_places(session), *_signatures(session)]


def _places(session: Session) -> Iterator[str]:
    loans = _by_key(session.scalars(select(KeyLoan).where(KeyLoan.state.in_(OUT))))
    papers = _by_key(session.scalars(select(KeyUnsealing).where(KeyUnsealing.state.in_(OPEN_STATES))))
    envelopes = _by_key(session.scalars(select(KeyEnvelope).where(KeyEnvelope.state == "sealed")))
    incidents = _by_key(session.scalars(select(KeyIncident).where(KeyIncident.state.not_in(OVER))))
    hooks: dict[tuple[int | None, int | None], KeyItem] = {}
    for key in session.scalars(select(KeyItem).order_by(KeyItem.id)):
        if (key.state == "lent") != (len(loans.get(key.id, ())) == 1) or len(loans.get(key.id, ())) > 1:
            yield f"{key} 为“{key.state_label}”，在外的借出单却有 {len(loans.get(key.id, ()))} 张"
        state = [SIDE_BY_SIDE[paper.state] for paper in papers.get(key.id, ())]
        if state != ([key.state] if key.state in SIDE_BY_SIDE.values() else []):
            yield f"{key} 为“{key.state_label}”，与启用单不符"
        if (key.state in UNOPENED) != (len(envelopes.get(key.id, ())) == 1):
            yield f"{key} 为“{key.state_label}”，未启封的信封却有 {len(envelopes.get(key.id, ()))} 个"
        if key.state == "odd" and not incidents.get(key.id):
            yield f"{key} 为“异常”，却没有未了结的异常单"
        if key.state not in ("taken", "void") and key.section_id is not None:
            other = hooks.setdefault((key.section_id, key.hook_no), key)
            if other is not key:
                yield f"{key} 与 {other} 挂在同一个挂位"


def _by_key(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.key_id, []).append(row)
    return found


def _signatures(session: Session) -> Iterator[str]:
    signed: dict[tuple[str, int], set[str]] = {}
    rows = session.execute(select(Signature.noun, Signature.row_id, Signature.slot).where(Signature.noun.like("key_%")))
    for noun, row_id, slot in rows:
        signed.setdefault((noun, row_id), set()).add(slot)
    for word, model, states, slots in SIGNED:
        for paper in session.scalars(select(model).where(model.state.in_(states.split()))):
            missing = set(slots) - signed.get((paper.__tablename__, paper.id), set())
            if missing:
                yield f"{paper} {word}缺签字：{'、'.join(sorted(missing))}"
    for paper in session.scalars(select(KeyUnsealing).where(KeyUnsealing.entered_at.is_not(None))):
        if len(set(signers_in(session, paper, ENTERING))) < FEWEST_PEOPLE:
            yield f"{paper} 进入房间不足两人"
