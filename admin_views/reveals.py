"""显示 of one hidden value: asked for with a purpose, written to the trail before it is seen."""

from dataclasses import replace

from flask import Blueprint, Flask, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin

from admin_views.page import Fact, Field, FormPage, Section, Text
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from admin_views.sources import model_of
from models import Record
from rules.errors import RuleError
from rules.households import reveal
from rules.permissions import require
from rules.scope import find
from rules.show import shown_value

ORDER = 60
SECONDS_SHOWN = 120
reveals_blueprint = Blueprint("reveals", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(reveals_blueprint)


def _hider(noun: str, field: str) -> type[Record]:
    try:
        model = model_of(noun)
        secret = model.info(field).get("secret")
    except (KeyError, LookupError):
        abort(404)
    if not secret:
        abort(404)
    found: type[Record] = model
    return found


@reveals_blueprint.get("/<noun>/<int:row_id>/reveal/<field>")
def ask(noun: str, row_id: int, field: str) -> ResponseReturnValue:
    """For who has no JavaScript: the page that asks for the reason."""
    model = _hider(noun, field)
    row = find(reading(), acting(), model, row_id)
    if row is None:
        abort(404)
    require(acting(), "resident.reveal", row, "显示隐藏的内容")
    return draw("form.html", _reason_page(model, row, field))


def _reason_page(model: type[Record], row: Record, field: str, error: str = "") -> FormPage:
    reason = Field("reason", "用途", required=True, error=error, longest=64, placeholder="例：约上门时间")
    return FormPage(
        title=f"显示{row}的{model.info(field)['label']}",
        url=url_for("reveals.show_value", noun=model.__tablename__, row_id=row.id, field=field),
        sections=(Section("用途会记入操作日志", (reason,)),),
        save_label="显示",
        cancel_url=request.referrer or "/",
    )


@reveals_blueprint.post("/<noun>/<int:row_id>/reveal/<field>")
def show_value(noun: str, row_id: int, field: str) -> ResponseReturnValue:
    """One hidden value, after its line in the trail is committed."""
    model, person = _hider(noun, field), acting()
    reason = request.form.get("reason", "").strip()
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        value = write(lambda session: reveal(session, person, model, row_id, field, reason), reason=reason or None)
    except RuleError as no:
        row = find(reading(), person, model, row_id)
        if wants_json or no.field != "reason" or row is None:
            raise
        return draw("form.html", _reason_page(model, row, field, str(no)), 422)
    if wants_json:
        answer = jsonify(value=shown_value(value), seconds=SECONDS_SHOWN)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    row = find(reading(), person, model, row_id)
    assert row is not None
    page = _reason_page(model, row, field)
    label = str(model.info(field)["label"])
    answer = draw("form.html", replace(page, sections=(), facts=(Fact(label, Text(shown_value(value), strong=True)),)))
    answer.headers["Cache-Control"] = "no-store"
    return answer
