"""What the slip, its register and the list of copies say of a work order."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Clock, FollowUp, PaperCopy, Rung, Staff, Ticket, WorkOrder, clock
from models.posts import POSTS
from models.tickets import PRIORITIES
from printouts.filling import Facts, fills, lists
from printouts.filling.words import at, listed, money, who, word, words
from rules.org_units import post_label
from rules.person import Person
from rules.slips import issued_for


@fills("F-01", WorkOrder)
def order(session: Session, viewer: Person, it: WorkOrder) -> Facts:
    """The three-part slip (004-5§4.1.3)."""
    ticket = it.ticket
    materials = [
        {
            "name": m.name,
            "unit": m.measure,
            "quantity": f"{m.quantity.normalize():f}",
            "price": money(m.price),
            "amount": money(m.amount),
        }
        for m in it.materials
    ]
    spent = sum((m.amount or Decimal(0) for m in it.materials), Decimal(0))
    priority = PRIORITIES[ticket.priority] if ticket else ""
    return {
        "number": it.number or "",
        "copy_ids": copy_codes(session, it),
        "ticket": (ticket.number or "") if ticket else "",
        "rework_of": (it.rework_of.number or "") if it.rework_of else "",
        "escalations": escalations(session, ticket) if ticket else [],
        "issued_on": "、".join(slip.number or "" for slip in issued_for(session, it.id)),
        "place": " ".join(w for w in (it.unit.code if it.unit else "", it.place or "") if w),
        "priority": "严重" if priority.startswith("严重") else priority,
        "reporter_dept": word(it, "reporter_department", viewer),
        "materials": materials,
        "charge": "有偿" if it.kind == "paid" or (it.fee or 0) > 0 else "",
        "material_fee": money(spent) if materials else "",
        "labour_fee": money(it.labour_fee),
        "fee": money(it.fee),
        "flags": [label for flag, label in ((it.safety, "安全设施"), (it.leak, "渗漏水")) if flag],
        "issued_by": who(it.issued_by),
        "received_by": who(it.technician or it.received_by),
        "signer": it.signer or "",
        "signer_kind": word(it, "signer_kind", viewer).replace("人员", "").removesuffix("工作"),
        **words(it, viewer, "kind", "reporter", "phone", "content", "result"),
        **words(it, viewer, "appointment_at", "issued_at", "received_at", "at_door_at", "on_site_at"),
        **words(it, viewer, "started_at", "done_at", "leak_tested_at"),
    }


def copy_codes(session: Session, it: WorkOrder) -> list[str]:
    """The opaque ids of the newest set of copies, one QR each."""
    copies = session.scalars(
        select(PaperCopy)
        .where(PaperCopy.noun == "work_order", PaperCopy.row_id == it.id, PaperCopy.state != "void")
        .order_by(PaperCopy.set_no.desc(), PaperCopy.copy_no)
        .limit(3)
    )
    return [c.code for c in copies]


def escalations(session: Session, ticket: Ticket) -> list[str]:
    """One line per rung reached, dated at its threshold: printed on the slip as a transfer note (TKT-18)."""
    rungs = session.execute(
        select(Rung.at, Rung.post)
        .join(Clock, Clock.id == Rung.clock_id)
        .where(Clock.noun == "ticket", Clock.row_id == ticket.id)
        .where(Clock.deadline.in_(("T-05", "T-06", "T-07", "T-08", "T-09")))
        .order_by(Rung.at)
    )
    return [
        f"{clock.shown(moment)[5:]} {post_label(session, post, ticket.org_id) if post in POSTS else post}"
        for moment, post in rungs
    ]


@lists("F-01", WorkOrder)
def register(session: Session, viewer: Person, orders: Sequence[WorkOrder]) -> list[Mapping[str, str]]:
    """The 工作任务单登记台账."""
    places = copy_words(session, [o.id for o in orders])
    return [
        {
            "number": o.number or "",
            "place": o.where,
            "received_by": who(o.technician or o.received_by),
            "signer": o.signer or "",
            "copies": places.get(o.id, ""),
            "fee": money(o.fee),
            **words(o, viewer, "kind", "reporter", "content", "issued_at", "received_at", "on_site_at", "done_at"),
            "state": o.state_label,
        }
        for o in orders
    ]


def copy_words(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Order id -> `一交 二归 三缺`."""
    mark = {"printed": "印", "out": "出", "back": "归", "handed": "交", "missing": "缺"}
    rows = session.execute(
        select(PaperCopy.row_id, PaperCopy.copy_no, PaperCopy.state)
        .where(PaperCopy.noun == "work_order", PaperCopy.row_id.in_(ids), PaperCopy.state != "void")
        .order_by(PaperCopy.row_id, PaperCopy.copy_no)
    )
    out: dict[int, list[str]] = {}
    for row_id, copy_no, state in rows:
        out.setdefault(row_id, []).append(f"{'一二三'[copy_no - 1]}{mark.get(state, '')}")
    return {row_id: " ".join(parts) for row_id, parts in out.items()}


@lists("F-02", WorkOrder)
def repairs(session: Session, viewer: Person, orders: Sequence[WorkOrder]) -> list[Mapping[str, str]]:
    """The 业主报修处理登记表."""
    calls = _follow_ups(session, [o.id for o in orders])
    return [
        {
            "unit": o.where,
            "number": o.number or "",
            "received_by": who(o.technician or o.received_by),
            "follow_up": calls.get(o.id, ""),
            "phone": listed(o, "phone"),
            **words(o, viewer, "reported_at", "reporter", "content", "issued_at", "done_at", "result"),
        }
        for o in orders
    ]


def _follow_ups(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(FollowUp.order_id, FollowUp.at, FollowUp.satisfaction).where(
            FollowUp.order_id.in_(ids), FollowUp.state.in_(("passed", "failed"))
        )
    )
    return {order_id: f"{at(moment)[5:10]} {score} 分" for order_id, moment, score in rows if order_id}


@lists("F-64", PaperCopy, sheet=True)
def copies_out(session: Session, viewer: Person, copies: Sequence[PaperCopy]) -> list[Mapping[str, str]]:
    """The list of copies still out or missing, one line per slip."""
    del viewer
    by_order: dict[int, dict[int, PaperCopy]] = {}
    ids = {c.row_id for c in copies if c.noun == "work_order"}
    everything = session.scalars(
        select(PaperCopy)
        .where(PaperCopy.noun == "work_order", PaperCopy.row_id.in_(ids), PaperCopy.state != "void")
        .order_by(PaperCopy.set_no)
    )
    for copy in everything:
        by_order.setdefault(copy.row_id, {})[copy.copy_no] = copy
    return [_copies_line(session, session.get_one(WorkOrder, order_id), own) for order_id, own in by_order.items()]


def _copies_line(session: Session, order: WorkOrder, own: dict[int, PaperCopy]) -> Mapping[str, str]:
    absent = [c for c in own.values() if c.state == "missing"]
    out_since = min((c.out_at for c in own.values() if c.state == "out" and c.out_at), default=None)
    clerk = next((c.received_by_id for c in own.values() if c.received_by_id), None)
    line = {
        "number": order.number or "",
        "issued_at": at(order.issued_at),
        "kind": WorkOrder.info("kind")["choices"][order.kind],
        "place": order.where,
        "received_by": who(order.technician or order.received_by),
        "absent": "、".join(c.copy_label for c in absent),
        "days": str((clock.now() - out_since).days) if out_since else "",
        "reason": "；".join(c.remark for c in absent if c.remark),
        "clerk": who(session.get(Staff, clerk)) if clerk else "",
        "copy1": f"{at(own[1].settled_at)[5:]} {own[1].recipient}" if 1 in own and own[1].state == "handed" else "",
    }
    for n in (2, 3):
        copy = own.get(n)
        line[f"copy{n}_out"] = at(copy.out_at) if copy else ""
        line[f"copy{n}_back"] = at(copy.settled_at) if copy and copy.state == "back" else ""
    return line
