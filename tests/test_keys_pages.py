"""Keys over HTTP: the board, lending at the counter, two clerks at once, the chain that no route goes round."""

import base64
import io
import threading
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, KeyCount, KeyDeposit, KeyEnvelope, KeyIncident, KeyItem, KeyLoan, KeyUnsealing, Staff
from printouts.draw.fonts import ensure_fonts
from rules.login import hash_secret
from rules.permissions import PERMISSIONS
from tests.asking import address_of, asked, browser, move_in
from tests.conftest import Hands
from tests.desk import Desk, said, sit, token
from tests.engines import Databases
from tests.full_house import HOME, POSTS_ABOVE, POSTS_HERE, House
from tests.key_makers import (
    OWNER,
    KeyRoom,
    asked_for,
    count,
    deposited,
    envelope_of,
    incident,
    key_room,
    lent,
    received,
    unsealing,
)
from tests.makers import set_policy, staff_of, world

PIN = "246813"


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    """The print fonts of this machine."""
    ensure_fonts()


@pytest.fixture
def room(session: Session) -> KeyRoom:
    """Everybody of the house has a PIN."""
    made = key_room(world(session))
    hashed, hash_of_nobody = hash_secret(PIN), hash_secret("never typed by anybody")
    for staff in session.scalars(select(Staff)):
        staff.password_hash, staff.pin_hash = hash_of_nobody, hashed
    session.commit()
    return made


def ink() -> str:
    """A signature drawn on the glass."""
    out = io.BytesIO()
    Image.new("RGB", (60, 20), "white").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def photo(name: str = "photo.png") -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, "PNG")
    out.seek(0)
    return out, name


def cosigned(session: Session, name: str, post: str) -> dict[str, str]:
    """A second person at the terminal, with their own number and PIN."""
    staff = staff_of(session, post)
    return {f"{name}_who": str(staff.login), f"{name}_secret": PIN}


def do(desk: Desk, path: str, status: int = 303, **data: Any) -> str:
    """Open the form of a deed and send it."""
    page = desk.get(path)
    reply = desk.post(path, {"token": token(page), **data}, status)
    return said(reply.text) if status != 303 else reply.text


# ---- the counter -------------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-27", "KEY-26")
def test_the_board_shows_every_hook_what_is_out_and_with_whom(app: Flask, session, room):
    at_home, out, sealed, odd = received(room), received(room), deposited(room, sealed=True), received(room)
    lent(room, out)
    incident(room, odd)
    page = sit(app, session, "desk_clerk").get("/keys")
    for words in ("一号钥匙柜", at_home.key_no, "借 17:30", "已封存", "异常", "今日清点（未做）"):
        assert words in page
    panel = sit(app, session, "desk_clerk").get(f"/keys?cabinet={room.cabinet.id}&key={out.id}")
    assert "莫小川 11-21 10:00 借出，应还 11-21 17:30" in panel
    chain = sit(app, session, "desk_clerk").get(f"/keys?cabinet={room.cabinet.id}&key={sealed.id}")
    assert "封签链" in chain
    assert "申请启封" in chain
    steward = sit(app, session, "zone_steward").get(f"/keys?cabinet={room.cabinet.id}&key={sealed.id}")
    assert "封签链" not in steward
    for stranger in ("guard", "technician", "lobby_receptionist"):
        sit(app, session, stranger).get("/keys", 403)


@pytest.mark.rule("KEY-16", "KEY-17")
def test_a_key_goes_out_and_comes_back_at_the_counter(app: Flask, session, room):
    key = received(room)
    desk = sit(app, session, "desk_clerk")
    new = {
        "key_id": key.id,
        "reason": "空房保洁开窗通风",
        "borrower_kind": "staff",
        "borrower_id": staff_of(session, "technician").id,
        "due_at": "",
    }
    do(desk, "/key_loan/new", **new)
    session.rollback()
    loan = session.scalars(select(KeyLoan)).one()
    out = {"out_at": "2026-11-21T10:00", **cosigned(session, "taker", "technician")}
    wrong = do(desk, f"/key_loan/{loan.id}/hand_out", 422, **{**out, **cosigned(session, "taker", "guard")})
    assert "签收人须是领取人 莫小川 本人" in wrong
    do(desk, f"/key_loan/{loan.id}/hand_out", **out)
    back = {"in_at": "2026-11-21T10:00", "qty_in": "2", "where_in": "3-2-1204"}
    back |= cosigned(session, "returner", "technician")
    refused = do(desk, f"/key_loan/{loan.id}/give_back", 422, **back)
    assert "交还 2 把，借出 3 把" in refused
    session.rollback()
    case = session.scalars(select(KeyIncident)).one()
    assert (case.kind, case.loan_id) == ("mismatch", loan.id)
    assert "mismatch" in session.scalars(select(Incident.kind)).all()
    do(desk, f"/key_loan/{loan.id}/give_back", **{**back, "qty_in": "3"})
    session.rollback()
    session.expire_all()
    assert (session.get_one(KeyLoan, loan.id).state, session.get_one(KeyItem, key.id).state) == (
        "returned",
        "in_cabinet",
    )


@pytest.mark.rule("KEY-45", "KEY-09")
def test_an_owner_seals_at_the_counter_and_the_papers_print(app: Flask, session, room):
    desk = sit(app, session, "desk_clerk")
    new = {
        "unit_id": room.world.units["3-2-1203"].id,
        "owner_id": room.world.residents[OWNER].id,
        "purpose": "emergency",
        "term": "long",
        "home_door": "2",
        "sealed": "1",
        "seal_no": "A-0001",
        "section_id": room.sections["entrusted"].id,
    }
    do(desk, "/key_deposit/new", **new)
    session.rollback()
    deposit = session.scalars(select(KeyDeposit)).one()
    signed = {
        "deposited_at": "2026-11-21T10:00",
        "identity_checked": "1",
        "owner_in_person": "1",
        "owner_sign": ink(),
        "flap_sign": ink(),
    }
    assert "拍下封好的信封" in do(desk, f"/key_deposit/{deposit.id}/accept", 422, **signed)
    do(desk, f"/key_deposit/{deposit.id}/accept", photo=photo(), **signed)
    session.rollback()
    envelope = session.scalars(select(KeyEnvelope)).one()
    for code, row in (("F-57", deposit.id), ("F-03", deposit.id), ("F-08", envelope.id)):
        words = printed(desk, code, row)
        assert envelope.number in words.replace("\n", ""), code
    label = printed(desk, "F-08", envelope.id)
    assert "3-2-1203" not in label
    assert OWNER not in label
    session.rollback()
    set_policy(session, room.world.yj, "key.label_room", "yes")
    assert "3-2-1203" in printed(desk, "F-08", envelope.id)
    session.rollback()
    assert desk.client.get(f"/q/{envelope.code}").location == f"/key_envelope/{envelope.id}"
    assert sit(app, session, "desk_clerk", "WJ").client.get(f"/q/{envelope.code}").status_code == 404


def printed(desk: Desk, code: str, row_id: int) -> str:
    """The words of a printed paper."""
    reply = desk.post(f"/print/{code}/{row_id}")
    content = desk.client.get(reply.location).data
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_labels_print_eight_to_a_page(app: Flask, session, room):
    for _n in range(9):
        received(room)
    desk = sit(app, session, "desk_clerk")
    page = desk.get("/key_item/")
    reply = desk.post("/key_item/bulk/print-F-69", {"token": token(page), "every": "1", "query": ""})
    pages = PdfReader(io.BytesIO(desk.client.get(reply.location).data)).pages
    assert len(pages) == 2
    assert pages[0].extract_text().count("KF-000") >= 8


@pytest.mark.rule("KEY-16")
def test_the_use_register_prints_over_a_period_under_the_name_the_project_chose(app: Flask, session, room):
    lent(room, received(room))
    desk = sit(app, session, "desk_clerk")
    session.rollback()
    set_policy(session, room.world.yj, "key.print_title", "钥匙收发本")
    page = desk.get("/key_loan/")
    reply = desk.post(
        "/key_loan/export", {"token": token(page), "kind": "ledger:F-04", "query": "out_at_from=2026-11-01"}
    )
    words = PdfReader(io.BytesIO(desk.client.get(reply.location).data)).pages[0].extract_text()
    assert "钥匙收发本" in "".join(words.split())
    assert "莫小川" in words


@pytest.mark.rule("KEY-29", "KEY-53")
def test_a_count_is_blind_until_it_is_over(app: Flask, session, room):
    key, out, sealed = received(room), received(room), deposited(room, sealed=True)
    lent(room, out)
    made = count(room)
    desk = sit(app, session, "desk_clerk")
    page = desk.get(f"/key_count/{made.id}/tally")
    for word in ("已借出", "已封存", "在柜"):
        assert word not in page.split("<main")[1].replace("封存信封另勾封口完好", "")
    ticks = {"seen": [str(key.id), str(sealed.id)], f"qty-{key.id}": "2", f"intact-{sealed.id}": "1", "then": "finish"}
    reply = desk.post(f"/key_count/{made.id}/tally", {"token": token(page), **ticks})
    assert reply.location == f"/key_count/{made.id}/finish"
    do(desk, f"/key_count/{made.id}/finish")
    shown = desk.get(f"/key_count/{made.id}")
    assert "少 1 把" in shown
    assert "差异 1 处" in shown
    again = desk.post(f"/key_count/{made.id}/tally", {"seen": [str(out.id)]}, None)
    assert again.status_code in (303, 409)
    session.rollback()
    assert session.get_one(KeyCount, made.id).difference == 1


def test_a_label_is_scanned_or_its_number_typed(app: Flask, session, room):
    key, sealed = received(room), deposited(room, sealed=True)
    made = count(room)
    desk = sit(app, session, "desk_clerk")
    for code in (f"https://k.example/q/{key.code}", envelope_of(room, sealed).code):
        desk.post(f"/key_count/{made.id}/see", {"code": code, "intact": "1"})
    assert "没有这个码" in desk.post(f"/key_count/{made.id}/see", {"code": "WT-9999"}, 422).text
    session.rollback()
    assert sum(line.found for line in session.get_one(KeyCount, made.id).lines) == 2


# ---- two clerks at once ------------------------------------------------------------------------------------------


@pytest.mark.rule("KEY-27")
def test_of_two_clerks_who_lend_one_key_at_once_one_wins_and_the_other_reads_who_has_it(app: Flask, session, room):
    key = received(room)
    loans = [asked_for(room, key).id, asked_for(room, key).id]
    desks = [sit(app, session, "desk_clerk"), sit(app, session, "receptionist")]
    details = cosigned(session, "taker", "technician")
    pages = [token(d.get(f"/key_loan/{n}/hand_out")) for d, n in zip(desks, loans, strict=True)]
    secrets = [d.secret for d in desks]
    session.rollback()
    gate, replies = threading.Barrier(2, timeout=30), {}

    def lend(n: int) -> None:
        data = {"csrf_token": secrets[n], "token": pages[n], "out_at": "2026-11-21T10:00", **details}
        gate.wait()
        replies[n] = desks[n].client.post(
            f"/key_loan/{loans[n]}/hand_out", data=data, headers={"X-Requested-With": "fetch"}
        )

    threads = [threading.Thread(target=lend, args=(n,)) for n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert sorted(reply.status_code for reply in replies.values()) == [303, 409], [
        said(r.text) for r in replies.values()
    ]
    loser = next(reply for reply in replies.values() if reply.status_code == 409)
    assert "由 莫小川 于 2026-11-21 10:00 借出，应还 2026-11-21 17:30" in loser.get_json()["error"]
    session.rollback()
    session.expire_all()
    assert sorted(session.scalars(select(KeyLoan.state)).all()) == ["draft", "lent"]
    assert session.get_one(KeyItem, key.id).state == "lent"
    refused = session.scalars(select(Incident.rule).where(Incident.kind == "refused")).all()
    assert refused == ["KEY-27"]


# ---- nothing goes round the chain --------------------------------------------------------------------------------


@pytest.fixture
def full(
    app: Flask, database_url: str, databases: Databases, at: Hands, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> House:
    """The full house behind the app."""
    house = move_in(app, databases, database_url, tmp_path, monkeypatch)
    app.config.update(WTF_CSRF_ENABLED=False, IMPORTS_INLINE=True, PROPAGATE_EXCEPTIONS=False)
    return house


#: What may end or open an envelope, with its signatures: the chain itself, the owner, an incident.
CHAIN_ROUTES = ("/key_unsealing/", "/key_incident/")


@pytest.mark.engines("sqlite")
@pytest.mark.rule("KEY-46", "KEY-52")
def test_no_route_and_no_post_lends_edits_or_moves_a_sealed_envelope(app: Flask, full: House, session: Session):
    """Every POST of the house, by everybody who may do anything with keys, aimed at the sealed key and its papers."""
    sealed = session.scalars(
        select(KeyItem).where(KeyItem.org_id == full.orgs[HOME], KeyItem.state == "sealed")
    ).first()
    assert sealed is not None
    envelope = session.scalars(select(KeyEnvelope).where(KeyEnvelope.key_id == sealed.id)).one()
    rows = full.rows[HOME]
    rows |= {"key_item": sealed.id, "key_envelope": envelope.id, "key_deposit": sealed.deposit_id or 0}
    before = shape(session, sealed.id)
    signed = {"owner_sign": ink(), "taker_sign": ink(), "returner_sign": ink(), "picker_sign": ink()}
    data: dict[str, Any] = {
        **signed,
        "key_id": sealed.id,
        "reason": "就想拿出来用一下",
        "borrower_kind": "staff",
        "borrower_id": full.staff[HOME, "technician"],
        "to_section_id": rows["key_section"],
        "to_hook_no": "9",
        "off_home_door": "1",
        "home_door": "1",
        "seal_no": "Z-1",
        "state": "in_cabinet",
        "id": [str(sealed.id)],
        "seen": [str(sealed.id)],
        "code": sealed.code,
        "identity_seen": "1",
        "taker_who": "s0001",
    }
    tried = 0
    for post in (*POSTS_HERE, *POSTS_ABOVE):
        if not any(p.startswith("key_") and not p.endswith(".read") and mentions(p, post) for p in PERMISSIONS):
            continue
        client = browser(app, full.tokens["" if post in POSTS_ABOVE else HOME, post])
        for method, _pattern, filled in asked(app):
            if method != "POST" or filled.startswith(CHAIN_ROUTES) or filled == "/logout":
                continue
            page = {"token": f"t{tried:020}", **data}
            client.post(address_of("POST", filled, full), data=page, headers={"X-Requested-With": "fetch"}).close()
            tried += 1
        session.rollback()
        session.expire_all()
        assert shape(session, sealed.id) == before, f"{post} got at it"
    assert tried > 1500


def mentions(permission: str, post: str) -> bool:
    """Whether the post stands in a line of the permission table."""
    holder = type("Holder", (), {"holds": lambda self, *names, org_id=None: post in names})()
    return any(_holds(clause, holder) for clauses in PERMISSIONS[permission] for clause in clauses)


def _holds(clause: Any, holder: Any) -> bool:
    try:
        return bool(clause.holds(holder, None))
    except AttributeError:
        return False


def shape(session: Session, key_id: int) -> tuple[Any, ...]:
    """Everything about the key and its envelope that only the chain may change."""
    key = session.get_one(KeyItem, key_id)
    envelope = session.scalars(select(KeyEnvelope).where(KeyEnvelope.key_id == key_id)).one()
    loans = session.scalars(select(KeyLoan.id).where(KeyLoan.key_id == key_id, KeyLoan.out_at.is_not(None))).all()
    return (
        key.state, key.kinds, key.section_id, key.hook_no, key.version,
        envelope.state, envelope.kinds, envelope.seal_no, envelope.version, tuple(loans),
    )  # fmt: skip


@pytest.mark.rule("KEY-52")
def test_the_chain_page_tells_the_whole_life_of_the_envelope_and_prints_on_one_page(app: Flask, session, room):
    key = deposited(room, sealed=True)
    paper = unsealing(room, key, "resealed")
    desk = sit(app, session, "desk_clerk")
    for address in (f"/key_unsealing/{paper.id}", f"/key_item/{key.id}", f"/key_envelope/{envelope_of(room, key).id}"):
        page = desk.get(address).rsplit(">封签链<", 1)[1]
        at = [
            page.index(f">{word}<") for word in ("重新封存", "交还清点", "使用", "启封", "批准", "业户同意", "申请启用")
        ]
        assert at == sorted(at), address
    reply = desk.post(f"/print/F-09/{paper.id}")
    pages = PdfReader(io.BytesIO(desk.client.get(reply.location).data)).pages
    assert len(pages) == 1
    words = "".join(pages[0].extract_text().split())
    for word in ("业户封存钥匙启用审批单", "高建国", "莫小川", "罗志强", "XF-YJ-202611-0002", "关总阀，未动物品"):
        assert word in words


def test_nobody_of_another_project_sees_a_key_paper(app: Flask, session, room):
    paper = unsealing(room, deposited(room, sealed=True))
    stranger = sit(app, session, "desk_clerk", "WJ")
    stranger.get(f"/key_unsealing/{paper.id}", 404)
    assert "还没有钥匙柜" in stranger.get("/keys")
    sit(app, session, "technician").get(f"/key_unsealing/{paper.id}", 403)
    assert session.scalars(select(KeyUnsealing)).one().made_by_id == staff_of(session, "desk_clerk").id
