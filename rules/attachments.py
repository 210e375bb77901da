"""Attachments (附件): what kind a file really is, how it is kept, and who may have it back."""

import hashlib
import io
import os
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import InvalidToken
from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Attachment, Record
from models.secrecy import close_bytes, open_bytes
from rules.attachment_voids import is_closed_to
from rules.errors import NotAllowed, RuleError
from rules.nouns import noun_model
from rules.permissions import PERMISSIONS, allows
from rules.person import Person
from rules.scope import find, readable

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 25_000_000
"""What is decoded whole takes four bytes a pixel; a JPEG is decoded at a fraction, so its own limit is higher."""
MOST_JPEG_PIXELS = 120_000_000
LONGEST_SIDE = 4000
THUMB_SIDE = 320
IMAGES = {
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/jpeg", "jpg"),
}
ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"
PERSONAL = ("resident", "occupancy", "key_loan", "key_pickup")  # copies of identity cards hang on these
ACTIVE_PDF = (b"/JavaScript", b"/JS ", b"/JS(", b"/JS<", b"/Launch", b"/RichMedia", b"/XFA")
_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_decoding = threading.BoundedSemaphore(2)  # a picture being decoded may take 120 MB


@dataclass(frozen=True, slots=True)
class Checked:
    """A file whose kind is known and which carries nothing but what is seen."""

    content: bytes
    media: str
    extension: str
    thumb: bytes | None = None

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in a page."""
        return self.media.startswith("image/")


# --- what it really is -------------------------------------------------------------------------------------------


def checked(raw: bytes) -> Checked:
    """The file as it may be kept: pictures are drawn anew, so that nothing hidden in them survives; PDF by its marks.

    The name it came with is not asked. Raises RuleError at field `file`.
    """
    if not raw:
        raise _no("文件是空的，请重新选择")
    if len(raw) > MOST_BYTES:
        raise _no(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请压缩后再上传")
    if raw.startswith(b"%PDF-"):
        return _checked_pdf(raw)
    return _redrawn(raw)


def _no(sentence: str) -> RuleError:
    return RuleError(sentence, field="file")


def _checked_pdf(raw: bytes) -> Checked:
    if b"%%EOF" not in raw[-2048:]:
        raise _no("PDF 不完整，请重新扫描或导出后再上传")
    if any(sign in raw for sign in ACTIVE_PDF):
        raise _no("PDF 里含有脚本或可运行的内容，不能上传，请打印成普通 PDF")
    return Checked(raw, "application/pdf", "pdf")


@contextmanager
def opened_picture(raw: bytes) -> Iterator[Image.Image]:
    """A picture of a kind we know and of a size we can hold, two of them at a time; raises RuleError."""
    if len(raw) > MOST_BYTES:
        raise _no(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请压缩后再上传")
    try:
        with _decoding, Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as image:
            _refuse_too_large(image)
            yield image
    except _UNREADABLE as wrong:
        raise _no("只能上传 JPG、PNG、WebP 图片或 PDF，且文件不能损坏") from wrong


def _redrawn(raw: bytes) -> Checked:
    with opened_picture(raw) as image:
        media, extension = IMAGES[image.format or ""]
        ImageOps.exif_transpose(image, in_place=True)
        picture: Image.Image = image if image.mode != "P" else image.convert("RGBA")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = _flat(picture, media)
        content = _encoded(picture, media)
        picture.thumbnail((THUMB_SIDE, THUMB_SIDE))
        return Checked(content, media, extension, _encoded(_flat(picture, "image/jpeg"), "image/jpeg"))


def _refuse_too_large(image: Image.Image) -> None:
    width, height = image.size
    if image.format in ("JPEG", "MPO"):
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    most = MOST_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MOST_PIXELS
    if width * height > most or max(width, height) > 30_000:
        raise _no(f"图片有 {width}×{height} 像素，太大了，请缩小后再上传")


def _flat(picture: Image.Image, media: str) -> Image.Image:
    """Plain pixels, nothing else: no metadata, no palette, no second frame; JPEG knows no transparency."""
    if media == "image/png":
        return picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    ground = Image.new("RGB", whole.size, "white")
    ground.paste(whole, mask=whole.getchannel("A"))
    return ground


def _encoded(picture: Image.Image, media: str) -> bytes:
    picture.info = {}
    out = io.BytesIO()
    if media == "image/png":
        picture.save(out, "PNG", optimize=False)
    else:
        picture.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def title_of(name: str, extension: str) -> str:
    """A name people know the file by: no folders, no control or direction characters, the extension it deserves."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem = plain.rsplit(".", 1)[0] if "." in plain else plain
    return f"{stem[:100] or '附件'}.{extension}"


# --- where it is kept --------------------------------------------------------------------------------------------


class Store:
    """Files by the hash of their content, closed by the house's key, outside the web root, readable by nobody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, file: Checked) -> str:
        """Put the file (and its thumbnail) safely on disk and return its hash; before the row that names it."""
        digest = hashlib.sha256(file.content).hexdigest()
        if file.thumb is not None:
            self._write(self._thumb(digest), file.thumb)
        self._write(self._place(digest), file.content)
        return digest

    def read(self, digest: str) -> bytes:
        """The content; raises FileNotFoundError where it is missing, ValueError where it is not what was kept."""
        try:
            content = open_bytes(self._place(digest).read_bytes())
        except InvalidToken as wrong:
            raise ValueError(f"attachment {digest} is damaged") from wrong
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"attachment {digest} is damaged")
        return content

    def read_thumb(self, digest: str) -> bytes:
        """The small picture; raises FileNotFoundError where there is none."""
        return open_bytes(self._thumb(digest).read_bytes())

    def digests(self) -> Iterator[str]:
        """Every file kept."""
        return (file.name for file in self.folder.glob("[0-9a-f][0-9a-f]/*") if len(file.name) == 64)

    def remove(self, digest: str) -> None:
        """Take a file away that no row names."""
        self._place(digest).unlink(missing_ok=True)
        self._thumb(digest).unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        assert len(digest) == 64, digest
        assert set(digest) <= set("0123456789abcdef"), digest
        return self.folder / digest[:2] / digest

    def _thumb(self, digest: str) -> Path:
        return self._place(digest).with_suffix(".thumb")

    def _write(self, place: Path, content: bytes) -> None:
        """Whole or not at all: draft, fsync, rename, fsync of the folder."""
        if place.exists():
            return
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place.with_name(f".{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(close_bytes(content))
                out.flush()
                os.fsync(out.fileno())
            draft.rename(place)
        finally:
            draft.unlink(missing_ok=True)
        for folder in (place.parent, self.folder):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


# --- whose it is -------------------------------------------------------------------------------------------------


def may_attach(by: Person | None, row: Record) -> bool:
    """Whoever may do anything with a record beyond reading it may add files to it, also when it is frozen."""
    noun = f"{row.__tablename__}."
    return any(allows(by, p, row) for p in PERMISSIONS if p.startswith(noun) and not p.endswith(".read"))


def attach(
    session: Session, by: Person, row: Record, file: Checked, digest: str, *, name: str, purpose: str = "附件"
) -> Attachment:
    """Add a file already kept to a record; the trail tells of it. Raises NotAllowed."""
    if not may_attach(by, row):
        raise NotAllowed(f"您没有权限给这条{row.__label__}上传附件")
    org_id = getattr(row, "org_id", None)
    assert org_id is not None
    assert by.staff_id is not None
    attachment = Attachment(
        org_id=org_id,
        noun=row.__tablename__,
        row_id=row.id,
        title=title_of(name, file.extension),
        media=file.media,
        size=len(file.content),
        sha256=digest,
        purpose=" ".join(purpose.split())[:64] or "附件",
        by_id=by.staff_id,
    )
    session.add(attachment)
    session.flush()
    return attachment


def owner(session: Session, person: Person | None, noun: str, row_id: int) -> Record | None:
    """The record a file belongs to, through the same scope as its list."""
    model = noun_model(noun)
    return find(session, person, model, row_id) if model is not None else None


def find_attachment(session: Session, person: Person | None, attachment_id: int) -> Attachment | None:
    """One file, only for who may read the record it belongs to; a withdrawn one only for who may see those."""
    found = find(session, person, Attachment, attachment_id)
    row = owner(session, person, found.noun, found.row_id) if found is not None else None
    if found is None or row is None or not may_open(person, row):
        return None
    return None if is_closed_to(session, person, found) else found


def may_open(person: Person | None, row: Record) -> bool:
    """What hangs on a resident (an identity card) is as personal as the numbers: for who may have those shown."""
    return row.__tablename__ not in PERSONAL or allows(person, "resident.reveal", row)


def attachments_of(session: Session, person: Person | None, row: Record) -> list[Attachment]:
    """The files of a record the person was given, oldest first."""
    if not may_open(person, row):
        return []
    here = select(Attachment).where(Attachment.noun == row.__tablename__, Attachment.row_id == row.id)
    return list(session.scalars(here.where(readable(person, Attachment)).order_by(Attachment.id)))


def store_faults(session: Session, store: Store) -> list[str]:
    """What `flask verify` says: rows whose file is missing or damaged. Files without a row are no fault (see keep)."""
    faults = []
    for digest in session.scalars(select(Attachment.sha256).distinct()):
        try:
            store.read(digest)
        except FileNotFoundError:
            faults.append(f"附件 {digest[:12]} 的文件不见了")
        except ValueError:
            faults.append(f"附件 {digest[:12]} 的文件已损坏")
    return faults
