"""Attachments on screen: taken in by POST, given back only to who may read the record they belong to."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from admin_views import errors, log
from admin_views.base import new_token
from admin_views.lookups import page_of
from admin_views.page import Action, AttachmentView, Field, FormPage, Notice, Section
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import Attachment, AttachmentVoid, Record, Staff, clock
from rules import attachments as files
from rules.attachment_voids import LONGEST_REASON, may_void, void_attachment, voids_of
from rules.errors import NotAllowed, RuleError
from rules.permissions import allows, who_may
from rules.person import Person

ORDER = 40
MOST_AT_ONCE = 20
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"
attachments = Blueprint("attachments", __name__, url_prefix="/attachments")


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(attachments)


def store() -> files.Store:
    """Where this application keeps its files."""
    return files.Store(Path(current_app.config["FILES"]))


@attachments.post("/<noun>/<int:row_id>")
def upload(noun: str, row_id: int) -> ResponseReturnValue:
    """Take files for a record: checked and on disk first, then one short transaction for the rows."""
    person = acting()
    row = files.owner(reading(), person, noun, row_id) or abort(404)
    errors.about(row)
    if not files.may_attach(person, row):
        raise NotAllowed(f"您没有权限给这条{row.__label__}上传附件")
    model = type(row)
    purpose = request.form.get("purpose", "")
    kept = [(one.filename or "", *keep(one)) for one in _sent()]
    saved = write(
        lambda s: [
            files.attach(s, person, s.get_one(model, row_id), file, digest, name=name, purpose=purpose or "附件")
            for name, file, digest in kept
        ]
    )
    if errors.wants_json():
        return jsonify({"files": [_said(one) for one in saved]}), 201
    flash(f"已上传 {len(saved)} 个附件", "done")
    return redirect(errors.page_before() or "/", 303)


def _sent() -> list[FileStorage]:
    sent = [one for one in request.files.getlist("file") if one.filename]
    if not sent:
        raise RuleError("请选择要上传的文件", field="file")
    if len(sent) > MOST_AT_ONCE:
        raise RuleError(f"一次最多上传 {MOST_AT_ONCE} 个文件", field="file")
    return sent


def keep(sent: FileStorage) -> tuple[files.Checked, str]:
    """Check one uploaded file and put it on disk; for forms that take a picture along. Raises RuleError."""
    file = files.checked(sent.stream.read(files.MOST_BYTES + 1))
    return file, store().keep(file)


@attachments.get("/<int:attachment_id>")
def download(attachment_id: int) -> ResponseReturnValue:
    """The file: a picture to look at, anything else to save."""
    found = files.find_attachment(reading(), acting(), attachment_id) or abort(404)
    try:
        content = store().read(found.sha256)
    except (FileNotFoundError, ValueError) as wrong:
        log.logger.error("attachment", id=found.id, why=str(wrong))
        abort(404)
    log.logger.info("attachment opened", id=found.id, noun=found.noun, row=found.row_id, by=acting().staff_id)
    way = "inline" if found.media.startswith("image/") and "save" not in request.args else "attachment"
    return _file(content, found.media, f"{way}; filename*=UTF-8''{quote(found.title)}")


@attachments.get("/<int:attachment_id>/thumb")
def thumb(attachment_id: int) -> ResponseReturnValue:
    """The small picture of a picture."""
    found = files.find_attachment(reading(), acting(), attachment_id) or abort(404)
    try:
        return _file(store().read_thumb(found.sha256), "image/jpeg", "inline")
    except FileNotFoundError:
        abort(404)


def _file(content: bytes, media: str, disposition: str) -> Response:
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": LOCKED}
    return Response(content, mimetype=media, headers=headers)


def _said(found: Attachment) -> dict[str, object]:
    view = view_of(found)
    return {"id": found.id, "name": view.name, "url": view.url, "thumb": view.thumb_url, "size": found.size}


@attachments.route("/<int:attachment_id>/void", methods=["GET", "POST"])
def void(attachment_id: int) -> ResponseReturnValue:
    """Withdraw a file uploaded by mistake, with the reason; also as a page of its own."""
    person, session = acting(), reading()
    found = files.find_attachment(session, person, attachment_id) or abort(404)
    row = files.owner(session, person, found.noun, found.row_id) or abort(404)
    errors.about(row)
    if request.method == "GET":
        if not may_void(session, person, found, row):
            raise NotAllowed(f"您不能作废附件“{found.title}”")
        return draw("form.html", _void_page(found, row))
    model, reason = type(row), request.form.get("reason", "")
    try:
        write(lambda s: _voided(s, person, found.id, s.get_one(model, row.id), reason), reason=reason[:LONGEST_REASON])
    except RuleError as no:
        if no.field != "reason" or errors.wants_json():
            raise
        return draw("form.html", _void_page(found, row, reason, str(no))), 422
    flash(f"附件“{found.title}”已作废", "done")
    return redirect(page_of(row), 303)


def _voided(session: Session, person: Person, attachment_id: int, row: Record, reason: str) -> None:
    void_attachment(session, person, session.get_one(Attachment, attachment_id), row, reason)


def _reason(typed: str = "", error: str = "") -> Field:
    return Field("reason", "作废原因", value=typed, error=error, required=True, longest=LONGEST_REASON, width="whole")


def _void_page(found: Attachment, row: Record, typed: str = "", error: str = "") -> FormPage:
    return FormPage(
        title=f"作废附件 {found.title}",
        url=url_for(".void", attachment_id=found.id),
        sections=(Section(str(row), (_reason(typed, error),)),),
        notices=(Notice(f"作废后不能恢复；文件和摘要留底，只有{who_may('attachment.read_void')}还能打开。", "wait"),),
        save_label="作废",
        danger=True,
        cancel_url=page_of(row),
        token=new_token(),
    )


def view_of(found: Attachment) -> AttachmentView:
    """One file as the document page shows it."""
    size = f"{found.size / 1024 / 1024:.1f} MB" if found.size >= 1024 * 1024 else f"{max(1, found.size // 1024)} KB"
    return AttachmentView(
        found.title,
        url_for("attachments.download", attachment_id=found.id),
        f"{found.purpose} · {size} · {clock.shown(found.at)}",
        url_for("attachments.thumb", attachment_id=found.id) if found.media.startswith("image/") else "",
    )


def views_of(row: Record) -> tuple[AttachmentView, ...]:
    """The files of a record, for its page; withdrawn ones say so, and lead nowhere for whom they are closed."""
    person, session = acting(), reading()
    kept = files.attachments_of(session, person, row)
    voids = voids_of(session, kept)
    sees = allows(person, "attachment.read_void", row)
    return tuple(_shown(session, person, one, row, voids.get(one.id), sees) for one in kept)


def _shown(
    session: Session, person: Person, one: Attachment, row: Record, gone: AttachmentVoid | None, sees: bool
) -> AttachmentView:
    view = view_of(one)
    if gone is None:
        return replace(view, remove=_void_action(one) if may_void(session, person, one, row) else None)
    by = session.get_one(Staff, gone.by_id).name
    note = f"已作废：{gone.reason}（{by} {clock.shown(gone.at)}）· {view.note}"
    return replace(view, note=note, url=view.url if sees else "", thumb_url=view.thumb_url if sees else "")


def _void_action(one: Attachment) -> Action:
    url = url_for("attachments.void", attachment_id=one.id)
    words = "文件留底，但不再显示；作废后不能恢复。"
    return Action("作废", url, "post", name=f"void-{one.id}", look="danger", fields=(_reason(),), confirm=words)


def attach_action(row: Record) -> Action | None:
    """The button 上传附件, for who may."""
    if not files.may_attach(acting(), row):
        return None
    url = url_for("attachments.upload", noun=row.__tablename__, row_id=row.id)
    picture = Field("file", "文件", "file", accept=files.ACCEPTED, several=True, required=True)
    purpose = Field("purpose", "用途", placeholder="如 现场照片、签字回单", longest=64)
    return Action("上传附件", url, "post", name="attach", icon="upload", fields=(picture, purpose))
