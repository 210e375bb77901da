"""制度参数 on screen: every setting with its source, what is in force here, and the change that is coming."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import done_before, mark_done, see_other, token_key
from admin_views.page import Action, Crumb, PoliciesPage, PolicyGroup, PolicyRow, Tab
from admin_views.policy_form import NAMES, Sheet, day_typed, form_of
from admin_views.request import acting, reading, write, writer
from admin_views.shell import draw
from models import OrgUnit, PolicyValue, Staff, clock
from rules import scope
from rules.deadlines import recompute_after
from rules.errors import RuleError
from rules.permissions import allows, require
from rules.person import Person
from rules.policies import POLICIES, Policy, policy, value_words
from rules.policy_changes import refuse_policy, set_policy
from rules.policy_words import bounds_words, typed_value

ORDER = 70
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("时限与升级", ("tkt.dispatch", "tkt.appointment", "wo.onsite", "wo.door", "wo.kpi", "tkt.level", "tkt.clock")),
    ("当日与告知", ("clock.", "first.inform")),
    ("休息时段", ("quiet.",)),
    ("回访", ("rv.",)),
    ("指标与通报", ("kpi.", "tkt.sample", "tkt.meeting", "tkt.quarter", "tkt.year")),
    ("钥匙", ("key.",)),
    ("工作任务单与报事", ("wo.", "ret.", "count.", "first.title", "call.", "tkt.", "entry.")),
    ("物资", ("inv.", "led.", "stk.", "req.", "rcv.", "wh.", "dmg.", "frt.")),
    ("登录、个人信息与备份", ("login.", "reveal.", "import.", "backup.")),
)
PRESUMED = "原文未写明，为建议值"
policies_blueprint = Blueprint("policies", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(policies_blueprint)


def _units(session: Session, person: Person) -> list[OrgUnit]:
    """The units that may have their own settings: company, areas, projects, the materials line, within reach."""
    kinds = ("company", "region", "area", "project", "materials", "division", "site")
    rows = session.scalars(
        select(OrgUnit)
        .where(OrgUnit.kind.in_(kinds), scope.readable(person, OrgUnit), OrgUnit.active)
        .order_by(OrgUnit.path)
    )
    return list(rows)


def _chosen(units: list[OrgUnit], person: Person) -> OrgUnit:
    """The unit asked for, which is not there when it is out of reach; else the project in front of the person."""
    if asked := request.args.get("org", ""):
        return next((u for u in units if str(u.id) == asked), None) or abort(404)
    found = next((u for u in units if u.id == person.project_id), units[0] if units else None)
    if found is None:
        raise RuleError("您还没有任职单位，看不到制度参数")
    return found


@policies_blueprint.get("/policies")
def policies() -> ResponseReturnValue:
    """The settings of one unit, searchable by word, key or article."""
    person, session = acting(), reading()
    units = _units(session, person)
    org, query = _chosen(units, person), request.args.get("q", "").strip()
    left = [p for p in POLICIES.values() if not query or query in f"{p.label}{p.key}{p.source}{' '.join(p.rules)}"]
    groups = []
    for title, prefixes in GROUPS:
        own = [p for p in left if p.key.startswith(prefixes)]
        left = [p for p in left if p not in own]
        groups.append(PolicyGroup(title, tuple(_row(session, p, org, person) for p in own)))
    page = PoliciesPage(
        groups=tuple(g for g in groups if g.rows),
        url=url_for(".policies", org=org.id),
        query=query,
        tabs=tuple(Tab(u.name, url_for(".policies", org=u.id, q=query or None), current=u is org) for u in units),
        note=f"{org.name} 现行的制度参数。下级没有另定的，跟随上级；正在走的时限用它开始时的规定。",
        crumbs=(Crumb("工作台", "/"), Crumb("制度参数")),
    )
    return draw("policies.html", page)


def _row(session: Session, known: Policy, org: OrgUnit, person: Person) -> PolicyRow:
    own = session.scalars(
        select(PolicyValue)
        .where(PolicyValue.key == known.key, PolicyValue.org_id == org.id)
        .order_by(PolicyValue.effective_from.desc(), PolicyValue.id.desc())
    ).all()
    now = clock.now()
    current = next((v for v in own if v.effective_from <= now), None)
    coming = next((v for v in reversed(own) if v.effective_from > now), None)
    later = f"{clock.shown(coming.effective_from)[:10]} 起改为 {value_words(known.key, coming.value)}" if coming else ""
    since = ""
    if current:
        maker = session.get(Staff, current.made_by_id)
        since = f"{clock.shown(current.effective_from)[:10]} 起 · {maker.name if maker else ''}"
    may = allows(person, "policy_value.write", org)
    return PolicyRow(
        key=known.key,
        label=known.label,
        value=value_words(known.key, policy(session, known.key, org.id)),
        default=value_words(known.key, known.default),
        article=known.source,
        choices=bounds_words(known.key),
        note=" ".join(n for n in (known.case, "、".join(known.rules), PRESUMED if known.presumed else "") if n),
        since=since,
        own=current is not None,
        coming=later,
        edit=Action("修改", url_for(".change", key=known.key, org=org.id)) if may else None,
    )


@policies_blueprint.route("/policies/<key>", methods=["GET", "POST"])
def change(key: str) -> ResponseReturnValue:
    """Change one setting of one unit from a day on, with a reason; first the page says what that would alter."""
    person, session = acting(), reading()
    known = POLICIES.get(key)
    if known is None:
        raise RuleError("没有这个制度参数")
    org = _chosen(_units(session, person), person)
    require(person, "policy_value.write", org, "修改制度参数")
    if request.method == "GET":
        return draw("form.html", form_of(session, Sheet(known, org)))
    sheet = Sheet(known, org, {name: request.form.get(name, "").strip() for name in NAMES})
    try:
        value, since = typed_value(key, sheet.typed["value"]), day_typed(sheet.typed["effective_from"])
        if request.form.get("shown") != sheet.mark:
            refuse_policy(session, key, org.id, value, since, sheet.typed["reason"], person)
            return draw("form.html", form_of(session, replace(sheet, shown=True)))
        _set(sheet, value, since, person)
    except RuleError as no:
        if no.field not in NAMES:
            raise
        return draw("form.html", form_of(reading(), replace(sheet, errors={no.field: str(no)}))), 422
    flash(f"{known.label} 已改为 {value_words(key, value)}，{sheet.typed['effective_from']} 起", "done")
    return see_other(url_for(".policies", org=org.id))


def _set(sheet: Sheet, value: Any, since: datetime, person: Person) -> None:
    """Once for the page that was shown; what has not begun by then follows."""
    key, org_id, reason = sheet.known.key, sheet.org.id, sheet.typed["reason"]
    page = token_key(request.form.get("token", ""), "policy", key, org_id, *sheet.typed.values())

    def fn(session: Session) -> datetime | None:
        if done_before(session, page) is not None:
            return None
        made = set_policy(session, key, org_id, value, since, reason, person)
        mark_done(session, page, made)
        return made.effective_from

    begins = write(fn, reason=reason)
    if begins is not None:
        recompute_after(writer(), org_id, begins, by=person)
