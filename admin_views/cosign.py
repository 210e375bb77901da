"""A second person signs at this terminal: their own secret is checked once, a short-lived pass goes into the form.

The pass is for one field of one paper as it was seen, and for one signing.
"""

import hashlib
import secrets
from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from admin_views.base import done_before, mark_done
from admin_views.login import address
from admin_views.request import acting, reading, writer
from forms.evidence import Cosign
from models import Record, Staff, clock
from rules.errors import RuleError
from rules.login import verify_secret
from rules.org_units import posts_held
from rules.person import Person, person_of

ORDER = 40
PASS_SECONDS = 600
cosign_blueprint = Blueprint("cosign", __name__)


@dataclass(frozen=True, slots=True)
class Paper:
    """What is signed: the row of a register in the version that was seen."""

    noun: str
    row_id: int
    version: str

    @property
    def said(self) -> str:
        """As one text."""
        return f"{self.noun}/{self.row_id}/{self.version}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who proved to be there for which field; `key` is what the signing uses up."""

    staff_id: int
    field: str
    key: str


def register(app: Flask, admin: Admin) -> None:
    """Add the route."""
    del admin
    app.register_blueprint(cosign_blueprint)


def source(row: Record | None) -> str:
    """Where the form of a row asks for the pass."""
    if row is None:
        return "/cosign"
    return f"/cosign?paper={row.__tablename__}/{row.id}/{getattr(row, 'version', '')}"


def _passes() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="cosign")


@cosign_blueprint.post("/cosign")
def check() -> ResponseReturnValue:
    """Who it is, and a pass that only this log-in's form of this paper can use, once."""
    known = _standing(_verified(request.form.get("who", ""), request.form.get("secret", "")))
    paper, slot = request.args.get("paper", "")[:128], request.form.get("slot", "")[:64]
    now, nonce = clock.now(), secrets.token_urlsafe(18)
    said = _passes().dumps([known.staff_id, acting().staff_id, paper, slot, nonce, now.timestamp()])
    posts = posts_held(reading(), known)
    answer = jsonify({"pass": said, "name": known.name, "post": posts, "at": f"{clock.local(now):%H:%M}"})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _verified(who: str, secret: str) -> int:
    return verify_secret(writer(), who, secret, address=address(), terminal=acting().staff_id).id


def _standing(staff_id: int) -> Person:
    session = reading()
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise RuleError("没有这位员工")
    return person_of(session, staff)


def signer_of_post(one: Cosign, paper: Paper) -> Signer | None:
    """The second signer of a posted form: by the pass, or by number and secret where there were no scripts."""
    if one.data:
        return _passed(one, paper)
    if one.who and one.secret:
        try:
            return Signer(_verified(one.who, one.secret), one.short_name, "")
        except RuleError as no:
            raise RuleError(str(no), field=one.short_name, rule=no.rule) from no
    return None


def _passed(one: Cosign, paper: Paper) -> Signer:
    try:
        signer, owner, of_paper, slot, nonce, at = _passes().loads(str(one.data))
    except (BadData, ValueError) as wrong:
        raise RuleError("签字已过期，请重新签字", field=one.short_name) from wrong
    if clock.now().timestamp() - at > PASS_SECONDS:
        raise RuleError("签字已过期，请重新签字", field=one.short_name)
    if (owner, of_paper, slot) != (acting().staff_id, paper.said, one.name):
        raise RuleError("签字不是在这张表单上作出的，请重新签字", field=one.short_name)
    return Signer(int(signer), one.short_name, hashlib.sha256(f"cosign/{nonce}".encode()).hexdigest())


def signed(session: Session, signer: Signer, row: Record) -> Person:
    """Inside the transaction that signs: the pass is used up, and the person is who they are now."""
    if signer.key:
        if done_before(session, signer.key) is not None:
            raise RuleError("这次签字已经用过，请重新签字", field=signer.field)
        mark_done(session, signer.key, row)
    staff = session.get_one(Staff, signer.staff_id)
    if not staff.active or staff.must_change:
        raise RuleError("此账号已停用或尚未修改初始密码，不能签字", field=signer.field)
    return person_of(session, staff)
