"""A second person signs at this terminal: their own secret is checked once, a short-lived pass goes into the form."""

from flask import Blueprint, Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from itsdangerous import BadData, URLSafeTimedSerializer

from admin_views.login import address
from admin_views.request import acting, reading, writer
from forms.evidence import Cosign
from models import POSTS, Staff, clock
from rules.errors import RuleError
from rules.login import verify_secret
from rules.person import Person, person_of

ORDER = 40
PASS_SECONDS = 600
cosign_blueprint = Blueprint("cosign", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the route."""
    del admin
    app.register_blueprint(cosign_blueprint)


def _passes() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="cosign")


@cosign_blueprint.post("/cosign")
def check() -> ResponseReturnValue:
    """Who it is, and a pass that only this log-in's forms can use."""
    signer = verify_secret(writer(), request.form.get("who", ""), request.form.get("secret", ""), address=address())
    known = _standing(signer.id)
    slot = request.form.get("slot", "")[:64]
    said = _passes().dumps([signer.id, acting().staff_id, slot])
    posts = "、".join(dict.fromkeys(POSTS[h.post].label for h in known.holdings))
    answer = jsonify({"pass": said, "name": known.name, "post": posts, "at": f"{clock.local(clock.now()):%H:%M}"})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _standing(staff_id: int) -> Person:
    session = reading()
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise RuleError("没有这位员工")
    return person_of(session, staff)


def person_of_post(one: Cosign) -> Person | None:
    """The second signer of a posted form: by the pass, or by number and secret where there were no scripts."""
    if one.data:
        return _standing(_passed(one))
    if one.who and one.secret:
        try:
            return _standing(verify_secret(writer(), one.who, one.secret, address=address()).id)
        except RuleError as no:
            raise RuleError(str(no), field=one.short_name, rule=no.rule) from no
    return None


def _passed(one: Cosign) -> int:
    try:
        signer, owner, slot = _passes().loads(str(one.data), max_age=PASS_SECONDS)
    except BadData as wrong:
        raise RuleError("签字已过期，请重新签字", field=one.short_name) from wrong
    if owner != acting().staff_id or slot != one.name:
        raise RuleError("签字不是在这张表单上作出的，请重新签字", field=one.short_name)
    return int(signer)
