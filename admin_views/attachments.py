"""Attachments on screen: taken in by POST, given back only to who may read the record they belong to."""

from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from werkzeug.datastructures import FileStorage

from admin_views import errors, log
from admin_views.page import Action, AttachmentView, Field
from admin_views.request import acting, reading, write
from models import Attachment, Record, clock
from rules import attachments as files
from rules.errors import NotAllowed, RuleError

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
    """The files of a record, for its page."""
    return tuple(view_of(one) for one in files.attachments_of(reading(), acting(), row))


def attach_action(row: Record) -> Action | None:
    """The button 上传附件, for who may."""
    if not files.may_attach(acting(), row):
        return None
    url = url_for("attachments.upload", noun=row.__tablename__, row_id=row.id)
    picture = Field("file", "文件", "file", accept=files.ACCEPTED, several=True, required=True)
    purpose = Field("purpose", "用途", placeholder="如 现场照片、签字回单", longest=64)
    return Action("上传附件", url, "post", name="attach", icon="upload", fields=(picture, purpose))
