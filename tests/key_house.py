"""Keys for the full house: a row in every register of keys, every text hostile and marked by its project."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from models import (
    KeyCopyOrder,
    KeyCount,
    KeyDelegation,
    KeyDeposit,
    KeyEnvelope,
    KeyIncident,
    KeyItem,
    KeyLoan,
    KeyLockChange,
    KeyNightOpening,
    KeyReport,
    KeySection,
    KeyUnsealing,
    RepairKeyPickup,
    clock,
)
from rules.advance import advance, start
from rules.keys_counts import finish, opening_for, tally
from rules.keys_loans import call_owner
from tests.key_makers import OWNER, HomeMaker, KeyRoom, accepting, deposit_of, drawn, key_room, receipt_of


def furnish(maker: HomeMaker) -> None:
    """Everything about keys."""
    world = maker.world
    owner = world.residents["owner"]
    world.residents[OWNER] = owner
    room = key_room(world)
    room.cabinet.name, room.cabinet.location = maker.text(), maker.text()
    maker.keep(room.cabinet)
    maker.keep(room.sections["vacant"])
    keys = {category: _key(maker, room, category) for category in ("vacant", "repair")}
    _sealed(maker, room)
    _uses(maker, room, keys)
    _troubles(maker, room, keys)
    _counts(maker, room)


def _key(maker: HomeMaker, room: KeyRoom, category: str) -> KeyItem:
    desk = room.by("desk_clerk")
    said = {"deliverer": maker.text(), "from_department": maker.text(), "remark": maker.text()}
    receipt = maker.keep(
        start(room.session, receipt_of(room, category, unit_id=room.world.units["3-2-1203"].id, **said), desk)
    )
    advance(room.session, receipt, "receive", desk, kept=drawn(room, receipt, "deliverer_sign"))
    key: KeyItem = room.session.scalars(select(KeyItem).where(KeyItem.receipt_id == receipt.id)).one()
    return maker.keep(key)  # type: ignore[no-any-return]


def _sealed(maker: HomeMaker, room: KeyRoom) -> None:
    desk = room.by("desk_clerk")
    texts = {"scope": maker.text(), "remark": maker.text(), "phone": maker.secret("phone", "key_deposit")}
    maker.keep(start(room.session, deposit_of(room, **texts), desk))
    for n in range(2):  # one stays sealed, one is asked for
        deposit: KeyDeposit = start(room.session, deposit_of(room, sealed=True, seal_no=f"=<s>{n}", **texts), desk)
        advance(room.session, deposit, "accept", desk, **accepting(room, deposit))
        key = room.session.scalars(select(KeyItem).where(KeyItem.deposit_id == deposit.id)).one()
    maker.keep(room.session.scalars(select(KeyEnvelope).where(KeyEnvelope.key_id == key.id)).one())
    paper = KeyUnsealing(org_id=key.org_id, key_id=key.id, reason=maker.text(), user=maker.text())
    maker.keep(start(room.session, paper, desk))


def _uses(maker: HomeMaker, room: KeyRoom, keys: dict[str, KeyItem]) -> None:
    desk, org_id = room.by("desk_clerk"), room.world.yj.id
    loan = KeyLoan(
        org_id=org_id,
        key_id=keys["repair"].id,
        reason=maker.text(),
        borrower_kind="contractor",
        borrower=maker.text(),
        borrower_unit=maker.text(),
        borrower_phone=maker.secret("phone", "key_loan"),
    )
    maker.keep(start(room.session, loan, desk))
    called: dict[str, Any] = {"callee": room.world.residents[OWNER].name, "answer": "agreed", "words": maker.text()}
    call_owner(room.session, loan, desk, called)
    with clock.pretend(clock.now() + timedelta(hours=12)):
        opening = KeyNightOpening(org_id=org_id, cabinet_id=room.cabinet.id, reason=maker.text())
        maker.keep(start(room.session, opening, room.by("duty_manager")))
    pickup = RepairKeyPickup(
        org_id=org_id,
        key_id=keys["repair"].id,
        picker_kind="family",
        picker=maker.text(),
        picker_phone=maker.secret("phone", "key_pickup"),
        reason="finished",
        use=maker.text(),
    )
    maker.keep(start(room.session, pickup, desk))


def _troubles(maker: HomeMaker, room: KeyRoom, keys: dict[str, KeyItem]) -> None:
    desk, org_id = room.by("desk_clerk"), room.world.yj.id
    order = KeyCopyOrder(org_id=org_id, key_id=keys["vacant"].id, reason=maker.text(), home_door=1)
    maker.keep(start(room.session, order, desk))
    sealed = room.session.scalars(select(KeyItem).where(KeyItem.org_id == org_id, KeyItem.state == "sealed")).first()
    assert sealed is not None
    change = KeyLockChange(org_id=org_id, key_id=sealed.id, changed_at=clock.now(), remark=maker.text())
    maker.keep(start(room.session, change, desk))
    case = KeyIncident(
        org_id=org_id,
        key_id=keys["vacant"].id,
        kind="mismatch",
        found_at=clock.now(),
        facts=maker.text(),
        protection=maker.text(),
    )
    maker.keep(start(room.session, case, desk))


def _counts(maker: HomeMaker, room: KeyRoom) -> None:
    desk, org_id = room.by("desk_clerk"), room.world.yj.id
    lead, keeper = room.by("service_supervisor"), room.by("service_administrator")
    done = start(room.session, KeyCount(org_id=org_id, cabinet_id=room.cabinet.id, kind="daily"), desk)
    mine = select(KeyItem.id).where(KeyItem.section_id.in_(select(KeySection.id).where(KeySection.org_id == org_id)))
    tally(room.session, done, desk, dict.fromkeys(room.session.scalars(mine), (-1, None)))
    finish(room.session, done, desk, {"remark": maker.text()})
    maker.keep(done)
    maker.keep(opening_for(room.session, room.cabinet, keeper))
    paper = KeyDelegation(
        org_id=org_id,
        lead_id=lead.staff_id,
        delegate_id=keeper.staff_id,
        leave_from=date(2026, 12, 1),
        leave_to=date(2026, 12, 5),
    )
    maker.keep(start(room.session, paper, lead))
    maker.keep(start(room.session, KeyReport(org_id=org_id, period="2026-10"), lead))
