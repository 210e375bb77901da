"""A cabinet with keys in it, and makers that go through the same doors as the counter."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Attachment,
    KeyCabinet,
    KeyCount,
    KeyDeposit,
    KeyEnvelope,
    KeyIncident,
    KeyItem,
    KeyLoan,
    KeyReceipt,
    KeySection,
    KeyUnsealing,
    RepairKeyPickup,
    clock,
)
from models.keys import HUNG
from rules.advance import advance, start
from rules.keys_counts import finish, tally
from rules.keys_loans import call_owner
from rules.person import Person
from tests.makers import DRAWN, World

OWNER, HOME = "徐明远", "3-2-1203"


class HomeMaker(Protocol):
    """What furnishes a full house, as far as keys need it."""

    world: Any

    def text(self, longest: int = 64) -> str:
        """A hostile text."""

    def secret(self, kind: str, where: str) -> str:
        """A personal value."""

    def keep(self, row: Any, name: str = "") -> Any:
        """Remember the row as the one of its register."""


@dataclass
class KeyRoom:
    """一号钥匙柜 of 云锦里 and what hangs there."""

    world: World
    cabinet: KeyCabinet
    sections: dict[str, KeySection] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """Through which it is written."""
        return self.world.session

    def by(self, post: str, project: str = "") -> Person:
        """Whoever holds the post here, or in the project named."""
        return self.world.person(post, project) if project else self.world.person(post)

    def commit(self) -> None:
        """Keep what was done."""
        self.session.commit()


def key_room(made: World, **hooks: int) -> KeyRoom:
    """A cabinet with its four sections; the lead keeps the owners' keys, the administrator the rest."""
    lead, keeper = made.person("service_supervisor"), made.person("service_administrator")
    cabinet = KeyCabinet(org_id=made.yj.id, name="一号钥匙柜", location="客服中心前台后侧", custodian_id=lead.staff_id)
    made.session.add(cabinet)
    made.session.flush()
    room = KeyRoom(made, cabinet)
    for n, category in enumerate(HUNG, 1):
        who = lead if category == "entrusted" else keeper
        section = KeySection(
            org_id=made.yj.id,
            cabinet_id=cabinet.id,
            category=category,
            position=n,
            hooks=hooks.get(category, 20),
            keeper_id=who.staff_id,
        )
        made.session.add(section)
        room.sections[category] = section
    made.session.commit()
    return room


def drawn(room: KeyRoom, row: Any, *names: str) -> dict[str, int]:
    """Files kept with a paper: a signature on the glass, a photo, a copy of a card."""
    kept = {}
    for name in names:
        file = Attachment(
            org_id=row.org_id,
            noun=row.__tablename__,
            row_id=row.id,
            title=f"{name}.png",
            media="image/png",
            size=len(DRAWN),
            sha256=hashlib.sha256(DRAWN).hexdigest(),
            by_id=room.by("desk_clerk").staff_id,
        )
        room.session.add(file)
        room.session.flush()
        kept[name] = file.id
    return kept


def receipt_of(room: KeyRoom, category: str = "vacant", **values: Any) -> KeyReceipt:
    """A receipt as the form hands it over."""
    flat: dict[str, Any] = {"unit_id": room.world.units["3-2-1204"].id}
    where = {"place": "一号配电房", "department": "engineering"} if category == "special" else flat
    facts: dict[str, Any] = {
        "org_id": room.world.yj.id,
        "category": category,
        "section_id": room.sections[category].id if category in room.sections else None,
        "deliverer": "谭涛",
        "from_department": "开发公司",
        "at": clock.now(),
        "home_door": 2,
        "mailbox": 1,
    }
    return KeyReceipt(**{**facts, **where, **values})


def received(room: KeyRoom, category: str = "vacant", **values: Any) -> KeyItem:
    """A key in the cabinet, by a signed receipt."""
    receipt = start(room.session, receipt_of(room, category, **values), room.by("desk_clerk"))
    advance(room.session, receipt, "receive", room.by("desk_clerk"), kept=drawn(room, receipt, "deliverer_sign"))
    room.commit()
    return room.session.scalars(select(KeyItem).where(KeyItem.receipt_id == receipt.id)).one()


def deposit_of(room: KeyRoom, **values: Any) -> KeyDeposit:
    """What the owner of 3-2-1203 leaves, as the form hands it over."""
    facts: dict[str, Any] = {
        "org_id": room.world.yj.id,
        "unit_id": room.world.units[HOME].id,
        "owner_id": room.world.residents[OWNER].id,
        "purpose": "emergency",
        "term": "long",
        "home_door": 2,
        "entrance": 1,
        "section_id": room.sections["entrusted"].id,
    }
    if values.get("sealed"):
        facts["seal_no"] = f"A-{room.session.query(KeyEnvelope).count() + room.session.query(KeyDeposit).count():04}"
    return KeyDeposit(**{**facts, **values})


def accepting(room: KeyRoom, deposit: KeyDeposit, **values: Any) -> dict[str, Any]:
    """What the counter fills in when the owner signs."""
    names = ["owner_sign"] + (["flap_sign", "photo"] if deposit.sealed else [])
    said = {"identity_checked": True, "owner_in_person": True, "kept": drawn(room, deposit, *names)}
    return {**said, **values}


def deposited(room: KeyRoom, *, sealed: bool = False, **values: Any) -> KeyItem:
    """The owner's key, open or sealed."""
    deposit = start(room.session, deposit_of(room, sealed=sealed, **values), room.by("desk_clerk"))
    advance(room.session, deposit, "accept", room.by("desk_clerk"), **accepting(room, deposit))
    room.commit()
    return room.session.scalars(select(KeyItem).where(KeyItem.deposit_id == deposit.id)).one()


def envelope_of(room: KeyRoom, key: KeyItem) -> KeyEnvelope:
    """The newest envelope of a key."""
    rows = select(KeyEnvelope).where(KeyEnvelope.key_id == key.id).order_by(KeyEnvelope.id.desc())
    return room.session.scalars(rows).first()  # type: ignore[return-value]


# ---- loans -----------------------------------------------------------------------------------------------------


def loan_of(room: KeyRoom, key: KeyItem, **values: Any) -> KeyLoan:
    """A technician wants the key."""
    facts: dict[str, Any] = {
        "org_id": key.org_id,
        "key_id": key.id,
        "reason": "入户检查地漏",
        "borrower_kind": "staff",
        "borrower_id": room.by("technician").staff_id,
    }
    if values.get("borrower_kind", "staff") not in ("staff", "department"):
        facts["borrower_id"] = None
    return KeyLoan(**{**facts, **values})


def asked_for(room: KeyRoom, key: KeyItem, **values: Any) -> KeyLoan:
    """The loan on file, not yet handed out; for an owner's key the owner was called and agrees."""
    loan = start(room.session, loan_of(room, key, **values), room.by("desk_clerk"))
    if key.category == "entrusted" and loan.borrower_kind != "owner":
        call_owner(room.session, loan, room.by("desk_clerk"), call(answer="agreed"))
    if key.category == "special":
        advance(room.session, loan, "department_agrees", room.by("engineering_supervisor"))
    room.commit()
    return loan


def call(**values: Any) -> dict[str, Any]:
    """A call to the owner, now."""
    return {"callee": OWNER, "call_at": clock.now(), "words": "知道了", **values}


def handing_out(room: KeyRoom, loan: KeyLoan, **values: Any) -> dict[str, Any]:
    """What the counter fills in when the key goes."""
    if loan.borrower_kind in ("staff", "department"):
        return {"taker": room.by("technician"), **values}
    return {"identity_seen": True, "kept": drawn(room, loan, "taker_sign", "credential_file"), **values}


def lent(room: KeyRoom, key: KeyItem, **values: Any) -> KeyLoan:
    """The key is out with a technician."""
    loan = asked_for(room, key, **values)
    advance(room.session, loan, "hand_out", room.by("desk_clerk"), **handing_out(room, loan))
    room.commit()
    return loan


def giving_back(room: KeyRoom, loan: KeyLoan, **values: Any) -> dict[str, Any]:
    """What the counter fills in when the key is back, as it went."""
    said: dict[str, Any] = {"in_at": clock.now(), "qty_in": loan.qty_out, "where_in": loan.where_out}
    if loan.borrower_kind in ("staff", "department"):
        said["returner"] = room.by("technician")
    else:
        said["kept"] = drawn(room, loan, "returner_sign")
    return {**said, **values}


def given_back(room: KeyRoom, loan: KeyLoan, **values: Any) -> KeyLoan:
    """The key is home again."""
    advance(room.session, loan, "give_back", room.by("desk_clerk"), **giving_back(room, loan, **values))
    room.commit()
    return loan


def pickup_of(room: KeyRoom, key: KeyItem, **values: Any) -> RepairKeyPickup:
    """The owner of the flat wants the 返修 key home."""
    facts = {
        "org_id": key.org_id,
        "key_id": key.id,
        "picker_kind": "owner",
        "picker": "张伟",
        "reason": "finished",
        "use": "卫生间防水返修完工",
    }
    return RepairKeyPickup(**{**facts, **values})


# ---- the chain -------------------------------------------------------------------------------------------------

STEPS = ("asked", "agreed", "approved", "opened", "in_use", "to_reseal", "resealed")


def unsealing(room: KeyRoom, key: KeyItem, state: str = "asked", **values: Any) -> KeyUnsealing:
    """A 启封单 walked to `state`."""
    facts = {"org_id": key.org_id, "key_id": key.id, "reason": "楼下报漏水，疑本户", "user": "工程部罗志强"}
    paper = start(room.session, KeyUnsealing(**{**facts, **values}), room.by("desk_clerk"))
    room.commit()
    return walk(room, paper, state)


def walk(room: KeyRoom, paper: KeyUnsealing, state: str) -> KeyUnsealing:
    """Along the path of the chain."""
    for target in STEPS[STEPS.index(paper.state) + 1 : STEPS.index(state) + 1]:
        verb, post, details = step(room, paper, target)
        advance(room.session, paper, verb, room.by(post), **details)
        room.commit()
    return paper


def step(room: KeyRoom, paper: KeyUnsealing, target: str) -> tuple[str, str, dict[str, Any]]:
    """The move that leads there, who makes it, and what it asks for."""
    kinds = paper.key.kinds
    tech, duty = room.by("technician"), room.by("engineering_duty")
    moves: dict[str, tuple[str, str, dict[str, Any]]] = {
        "agreed": ("owner_agrees", "desk_clerk", call()),
        "approved": ("approve", "project_manager", {"decision": "同意启封"}),
        "opened": ("open", "desk_clerk", {"seal_intact": True, "witness": tech, **kinds}),
        "in_use": ("enter", "desk_clerk", {"first": tech, "second": duty}),
        "to_reseal": ("bring_back", "desk_clerk", {"entry_record": "关总阀，未动物品", "returner": tech, **kinds}),
    }
    if target != "resealed":
        return moves[target]
    return "reseal", "desk_clerk", resealing(room, paper)


def resealing(room: KeyRoom, paper: KeyUnsealing, **values: Any) -> dict[str, Any]:
    """What the counter fills in when the owner seals anew."""
    said = {
        "seal_no": f"B-{paper.id:04}",
        "owner_name": OWNER,
        "owner_in_person": True,
        "kept": drawn(room, paper, "owner_sign", "photo"),
        **paper.key.kinds,
    }
    return {**said, **values}


# ---- incidents and counts --------------------------------------------------------------------------------------


def incident(room: KeyRoom, key: KeyItem, kind: str = "loss", **values: Any) -> KeyIncident:
    """Reported by the desk."""
    facts = {
        "org_id": key.org_id,
        "key_id": key.id,
        "kind": kind,
        "found_at": clock.now(),
        "facts": "归还后清点时不见",
        "protection": "派保安员在门口值守",
    }
    made = start(room.session, KeyIncident(**{**facts, **values}), room.by("desk_clerk"))
    room.commit()
    return made


def count(room: KeyRoom, kind: str = "daily", post: str = "desk_clerk", **values: Any) -> KeyCount:
    """A count begun."""
    made = start(
        room.session, KeyCount(org_id=room.world.yj.id, cabinet_id=room.cabinet.id, kind=kind, **values), room.by(post)
    )
    room.commit()
    return made


def counted(
    room: KeyRoom, made: KeyCount, post: str = "desk_clerk", missing: tuple[int, ...] = (), **details: Any
) -> KeyCount:
    """Everything at home ticked with its seal whole, except what is `missing`; then finished."""
    home = ("in_cabinet", "sealed", "consent", "approval", "approved", "to_reseal", "odd")
    rows = select(KeyItem).where(
        KeyItem.section_id.in_([s.id for s in room.sections.values()]), KeyItem.state.in_(home)
    )
    seen = {key.id: (-1, True) for key in room.session.scalars(rows) if key.id not in missing}
    tally(room.session, made, room.by(post), seen)
    finish(room.session, made, room.by(post), details)
    room.commit()
    return made


NEXT_WEEK = date(2026, 11, 27)
