"""Files people bring: what they really are, how they lie on disk, and who gets them back."""

import io
import os
import resource
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Attachment, AttachmentVoid, Building, Incident, TrailEntry
from rules.advance import advance
from rules.attachment_voids import may_void, void_attachment
from rules.attachments import LONGEST_SIDE, MOST_BYTES, Store, checked, store_faults, title_of
from rules.errors import RuleError
from rules.signing import signatures_of
from rules.write import Writer
from tests.desk import Desk, sit
from tests.door import World, csrf, enter, people
from tests.makers import World as House
from tests.makers import make_order, make_ticket
from tests.makers import world as house

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
SECRET = b"<?php system($_GET['c']); ?><script>alert(1)</script>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are an enormous picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as whole:
        whole.writestr(name, content)
    return out.getvalue()


# --- what it really is -------------------------------------------------------------------------------------------

HOSTILE = {
    "nothing": b"",
    "text": b"hello",
    "html": b"<!doctype html><script>alert(1)</script>",
    "html that calls itself a jpeg": b"\xff\xd8\xff" + b"<script>alert(1)</script>" * 50,
    "svg with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "php": SECRET,
    "program": b"MZ\x90\x00" + b"\0" * 500,
    "elf": b"\x7fELF" + b"\0" * 500,
    "shell": b"#!/bin/sh\nrm -rf /\n",
    "zip": zipped("a.txt", b"x"),
    "workbook": zipped("xl/workbook.xml", b"<x/>"),
    "zip bomb": zipped("a", b"\0" * 50_000_000),
    "gif": picture("GIF"),
    "bmp": picture("BMP", (100, 100)),
    "tiff": picture("TIFF", (100, 100)),
    "ico": b"\0\0\1\0" + b"\0" * 100,
    "png of 50,000 pixels": png_that_claims(50_000, 10),
    "png of 2.5 milliard pixels": png_that_claims(50_000, 50_000),
    "png of 30 million pixels": png_that_claims(6000, 5000),
    "half a jpeg": picture()[:4000],
    "half a png": picture("PNG")[:4000],
    "pdf without an end": PDF[:-8],
    "pdf with a script": PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
    "pdf that starts a program": PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /Launch /F (cmd) >>"),
    "pdf behind html": b"<script>1</script>" + PDF,
    "test virus": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
    "postscript": b"%!PS-Adobe-3.0\n",
    "one byte more than allowed": b"%PDF-" + b"\0" * MOST_BYTES,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(what: str) -> None:
    with pytest.raises(RuleError) as no:
        checked(HOSTILE[what])
    assert no.value.field == "file"
    assert any("一" <= c <= "鿿" for c in str(no.value))


def test_pictures_that_would_swell_cost_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for what in HOSTILE.values():
        with pytest.raises(RuleError):
            checked(what)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000  # KB


def test_what_hides_in_a_picture_does_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "a phone", "22.543099,114.057868"
    hidden = PngInfo()
    hidden.add_text("comment", SECRET.decode())
    for raw in (
        picture("JPEG", exif=exif, comment=SECRET) + SECRET,
        picture("PNG", pnginfo=hidden) + zipped("evil.php", SECRET),
        picture("WEBP", exif=exif, xmp=SECRET),
    ):
        assert b"phone" in raw or SECRET in raw
        kept = checked(raw)
        for part in (kept.content, kept.thumb or b""):
            assert not any(sign in part for sign in (b"phone", b"114.05", b"<?php", b"<script", b"PK\x03\x04"))
            assert not Image.open(io.BytesIO(part)).getexif()


def test_a_picture_stands_upright_and_is_not_larger_than_useful() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    kept = checked(picture("JPEG", (LONGEST_SIDE + 600, 1000), exif=exif))
    with Image.open(io.BytesIO(kept.content)) as image:
        assert image.size[1] == LONGEST_SIDE
        assert image.size[0] < image.size[1]
    with Image.open(io.BytesIO(kept.thumb or b"")) as small:
        assert max(small.size) <= 320


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_that_scanners_and_phones_make_is_taken(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (60, 40)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    kept = checked(out.getvalue())
    assert Image.open(io.BytesIO(kept.content)).size == (60, 40)
    assert kept.thumb


def test_a_plain_pdf_is_taken_as_it_is() -> None:
    assert (checked(PDF).content, checked(PDF).media) == (PDF, "application/pdf")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("现场照片.JPG", "现场照片.jpg"),
        ("..\\..\\windows\\evil.php", "evil.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("a\x00b\r\nSet-Cookie: x.png", "abSet-Cookie x.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("", "附件.jpg"),
        ("....", "附件.jpg"),
        ("x" * 500, "x" * 100 + ".jpg"),
    ],
)
def test_a_file_keeps_a_name_that_harms_nobody(given: str, kept: str) -> None:
    assert title_of(given, "jpg") == kept


# --- how it lies on disk -----------------------------------------------------------------------------------------


@pytest.fixture
def world(write: Writer) -> World:
    return people(write)


@pytest.fixture
def store(app: Flask, tmp_path: Path) -> Store:
    """Where the app of this test keeps its files."""
    app.config["FILES"] = str(tmp_path / "files")
    return Store(tmp_path / "files")


@pytest.mark.engines("sqlite")
def test_files_lie_closed_by_hash_readable_by_nobody_else(store: Store) -> None:
    file = checked(PDF)
    digest = store.keep(file)
    assert store.keep(file) == digest
    assert list(store.digests()) == [digest]
    (place,) = store.folder.glob("*/*")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert b"%PDF" not in place.read_bytes()
    assert store.read(digest) == PDF


@pytest.mark.engines("sqlite")
def test_a_file_is_never_half_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        store.keep(checked(PDF))
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []


@pytest.mark.engines("sqlite")
def test_a_changed_byte_is_noticed(store: Store) -> None:
    digest = store.keep(checked(PDF))
    (place,) = store.folder.glob("*/*")
    raw = bytearray(place.read_bytes())
    raw[len(raw) // 2] ^= 1
    place.write_bytes(bytes(raw))
    with pytest.raises(ValueError, match="damaged"):
        store.read(digest)


# --- whose it is -------------------------------------------------------------------------------------------------


@pytest.fixture
def building(write: Writer, world: World) -> int:
    def make(session: Session) -> int:
        found = Building(org_id=world.orgs["yj"], name="3")
        session.add(found)
        session.flush()
        return found.id

    return write(make)


def send(client: FlaskClient, row: int, *files: tuple[str, bytes], noun: str = "building") -> TestResponse:
    data = {
        "csrf_token": csrf(client, "/pin"),
        "purpose": "现场照片",
        "file": [(io.BytesIO(raw), name) for name, raw in files],
    }
    return client.post(f"/attachments/{noun}/{row}", data=data, headers={"X-Requested-With": "fetch"})


def test_a_picture_goes_in_and_comes_back_to_who_may_see_the_record(
    app: Flask, client: FlaskClient, store: Store, world: World, building: int, session: Session
) -> None:
    reply = send(enter(client, "manager"), building, ("现场.jpeg", picture() + SECRET), ("报告.pdf", PDF))
    assert reply.status_code == 201
    photo, report = reply.json["files"]
    assert photo["name"] == "现场.jpg"
    desk = enter(app.test_client(), "desk")
    shown = desk.get(photo["url"])
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "no-store"
    assert SECRET not in shown.data
    assert Image.open(io.BytesIO(desk.get(photo["thumb"]).data)).format == "JPEG"
    saved = desk.get(report["url"])
    assert saved.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert saved.data == PDF
    assert desk.get(photo["url"] + "?save=1").headers["Content-Disposition"].startswith("attachment")
    rows = session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(a.noun, a.row_id, a.by_id, a.purpose) for a in rows] == [
        ("building", building, world.staff["manager"], "现场照片")
    ] * 2
    assert session.scalars(select(TrailEntry.noun).where(TrailEntry.noun == "attachment")).all() == ["attachment"] * 2


def test_another_project_gets_neither_file_nor_thumb_nor_a_hint(
    app: Flask, client: FlaskClient, store: Store, world: World, building: int
) -> None:
    photo = send(enter(client, "manager"), building, ("x.jpg", picture())).json["files"][0]
    stranger = enter(app.test_client(), "wh_desk")
    for path in (photo["url"], photo["thumb"], "/attachments/999999", "/attachments/99999999999999999999"):
        assert stranger.get(path).status_code == 404
    assert app.test_client().get(photo["url"]).status_code == 302


def test_a_file_is_closed_when_its_record_is_no_longer_in_reach(
    client: FlaskClient, app: Flask, store: Store, world: World, building: int, write: Writer
) -> None:
    photo = send(enter(client, "manager"), building, ("x.jpg", picture())).json["files"][0]
    desk = enter(app.test_client(), "desk")
    assert desk.get(photo["url"]).status_code == 200

    def move(session: Session) -> None:
        session.get_one(Building, building).org_id = world.orgs["wh"]

    write(move)
    assert desk.get(photo["url"]).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("desk", 403), ("tech", 403), ("wh_manager", 404)])
def test_only_who_may_act_on_a_record_adds_files_to_it(
    client: FlaskClient, store: Store, world: World, building: int, session: Session, who: str, status: int
) -> None:
    assert send(enter(client, who), building, ("x.jpg", picture())).status_code == status
    assert session.scalars(select(Attachment)).all() == []
    told = session.scalars(select(Incident)).one()
    assert told.staff_id == world.staff[who]
    if status == 403:
        assert (told.noun, told.row_id, told.org_id) == ("building", building, world.orgs["yj"])


@pytest.mark.parametrize("noun", ["login_session", "trail_entry", "nothing", "attachment", "policy_value"])
@pytest.mark.engines("sqlite")
def test_files_are_hung_on_no_table_that_is_not_a_record_of_theirs(
    client: FlaskClient, store: Store, world: World, noun: str
) -> None:
    assert send(enter(client, "manager"), 1, ("x.jpg", picture()), noun=noun).status_code == 404


def test_one_bad_file_of_several_keeps_all_out_and_says_why(
    client: FlaskClient, store: Store, world: World, building: int, session: Session
) -> None:
    reply = send(enter(client, "manager"), building, ("a.jpg", picture()), ("b.jpg", SECRET))
    assert (reply.status_code, reply.json["field"]) == (422, "file")
    assert "只能上传" in reply.json["error"]
    assert session.scalars(select(Attachment)).all() == []


@pytest.mark.engines("sqlite")
def test_nothing_chosen_and_too_many_are_refused(
    client: FlaskClient, store: Store, world: World, building: int
) -> None:
    enter(client, "manager")
    assert "请选择" in send(client, building).json["error"]
    many = [(f"{n}.pdf", PDF) for n in range(21)]
    assert "最多" in send(client, building, *many).json["error"]


def test_verify_names_what_is_missing_or_damaged(
    client: FlaskClient, store: Store, world: World, building: int, session: Session
) -> None:
    send(enter(client, "manager"), building, ("a.pdf", PDF), ("b.jpg", picture()))
    assert store_faults(session, store) == []
    for place in store.folder.glob("*/" + "?" * 64):
        place.write_bytes(b"rubbish")
        break
    assert len(store_faults(session, store)) == 1
    assert client.get("/attachments/1").status_code in (200, 404)
    for place in store.folder.glob("*/" + "?" * 64):
        place.unlink()
    assert all("不见" in said for said in store_faults(session, store))


# --- withdrawn ---------------------------------------------------------------------------------------------------


@pytest.fixture
def yj(session: Session) -> House:
    return house(session)


def seat(app: Flask, made: House, post: str, project: str = "YJ") -> Desk:
    made.session.rollback()  # what others wrote meanwhile is seen, and SQLite lets this session write again
    return sit(app, made.session, post, project)


def hang(desk: Desk, row: str) -> int:
    """A picture on a record; its id."""
    form = {"csrf_token": desk.secret, "purpose": "现场照片", "file": [(io.BytesIO(picture()), "误传.jpg")]}
    reply = desk.client.post(f"/attachments/{row}", data=form, headers={"X-Requested-With": "fetch"})
    assert reply.status_code == 201, reply.text
    return int(reply.json["files"][0]["id"])


@pytest.mark.rule("BASE-05")
def test_a_file_uploaded_by_mistake_is_withdrawn_and_opens_for_the_manager_alone(
    app: Flask, store: Store, yj: House
) -> None:
    ticket, clerk = make_ticket(yj), seat(app, yj, "desk_clerk")
    file = hang(clerk, f"ticket/{ticket.id}")
    assert f"/attachments/{file}/void" in clerk.get(f"/ticket/{ticket.id}")
    clerk.post(f"/attachments/{file}/void", {"reason": "传错了户"})
    for post, status in (
        ("desk_clerk", 404),
        ("service_supervisor", 404),
        ("area_manager", 404),
        ("project_manager", 200),
    ):
        desk = seat(app, yj, post)
        assert [desk.client.get(f"/attachments/{file}{part}").status_code for part in ("", "/thumb")] == [status] * 2, (
            post
        )
        page = desk.get(f"/ticket/{ticket.id}")
        assert "已作废：传错了户（" in page
        assert f"/attachments/{file}/void" not in page
        assert (f'src="/attachments/{file}/thumb"' in page) is (status == 200)
    yj.session.rollback()
    kept = yj.session.get_one(Attachment, file)
    assert store.read(kept.sha256)[:3] == b"\xff\xd8\xff"
    told = yj.session.scalars(select(TrailEntry).where(TrailEntry.action == "作废附件")).one()
    assert (told.noun, told.row_id, told.actor) == ("ticket", ticket.id, clerk.name)
    assert "传错了户" in told.changes
    assert store_faults(yj.session, store) == []


def test_who_neither_uploaded_it_nor_answers_for_the_paper_withdraws_nothing(
    app: Flask, store: Store, yj: House
) -> None:
    ticket = make_ticket(yj)
    file = hang(seat(app, yj, "desk_clerk"), f"ticket/{ticket.id}")
    for post, project, status in (
        ("receptionist", "YJ", 403),
        ("area_manager", "YJ", 403),
        ("project_manager", "WJ", 404),
    ):
        desk = seat(app, yj, post, project)
        desk.get(f"/attachments/{file}/void", status)
        desk.post(f"/attachments/{file}/void", {"reason": "不想让人看"}, status)
        assert f"/attachments/{file}/void" not in desk.client.get(f"/ticket/{ticket.id}").text
    yj.session.rollback()
    assert yj.session.scalars(select(AttachmentVoid)).all() == []
    refused = yj.session.scalars(select(Incident).where(Incident.kind == "refused").order_by(Incident.id)).all()
    assert [(i.noun, i.row_id) for i in refused[:2]] == [("ticket", ticket.id)] * 2


@pytest.mark.parametrize("reason", ["", "  ", "误", "误" * 256])
def test_the_reason_is_asked_for_at_its_field(app: Flask, store: Store, yj: House, reason: str) -> None:
    clerk = seat(app, yj, "desk_clerk")
    file = hang(clerk, f"ticket/{make_ticket(yj).id}")
    assert "请写明作废原因" in clerk.post(f"/attachments/{file}/void", {"reason": reason}, 422).text
    assert clerk.client.get(f"/attachments/{file}").status_code == 200


def test_it_is_withdrawn_once(app: Flask, store: Store, yj: House) -> None:
    clerk, manager = (seat(app, yj, post) for post in ("desk_clerk", "project_manager"))
    file = hang(clerk, f"ticket/{make_ticket(yj).id}")
    manager.post(f"/attachments/{file}/void", {"reason": "传错了户"})
    again = manager.client.post(
        f"/attachments/{file}/void",
        data={"csrf_token": manager.secret, "reason": "再来一次"},
        headers={"X-Requested-With": "fetch"},
    )
    assert (again.status_code, "已经作废" in again.json["error"]) == (409, True)
    clerk.post(f"/attachments/{file}/void", {"reason": "再来一次"}, 404)


def test_of_a_paper_on_file_its_uploader_alone_withdraws_nothing(app: Flask, store: Store, yj: House) -> None:
    ticket, clerk = make_ticket(yj), seat(app, yj, "desk_clerk")
    file = hang(clerk, f"ticket/{ticket.id}")
    yj.session.rollback()
    advance(yj.session, ticket, "cancel", yj.person("service_supervisor"), reason="重复登记")
    yj.session.commit()
    clerk.post(f"/attachments/{file}/void", {"reason": "传错了户"}, 403)
    seat(app, yj, "service_supervisor").post(f"/attachments/{file}/void", {"reason": "传错了户"})


@pytest.mark.rule("BASE-06")
def test_the_image_of_a_signature_is_never_withdrawn(app: Flask, store: Store, yj: House) -> None:
    order = make_order(yj, state="completed")
    signature = signatures_of(yj.session, order)[-1]
    image = yj.session.get_one(Attachment, signature.attachment_id)
    with pytest.raises(RuleError, match="签字的一部分") as refused:
        void_attachment(yj.session, yj.person("project_manager"), image, order, "看着不清楚")
    assert refused.value.rule == "BASE-06"
    assert not may_void(yj.session, yj.person("project_manager"), image, order)
