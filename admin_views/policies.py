"""制度参数 on screen: every setting with its source, what is in force here, and the change that is coming."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import done_before, mark_done, new_token, see_other, token_key
from admin_views.page import Action, Choice, Crumb, Field, FormPage, PoliciesPage, PolicyGroup, PolicyRow, Section, Tab
from admin_views.request import acting, reading, write, writer
from admin_views.shell import draw
from models import OrgUnit, PolicyValue, Staff, clock
from rules import scope
from rules.deadlines import recompute_after
from rules.errors import RuleError
from rules.permissions import allows, require
from rules.person import Person
from rules.policies import POLICIES, Policy, policy, value_words
from rules.policy_changes import set_policy, what_would_change

ORDER = 70
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("时限与升级", ("tkt.dispatch", "tkt.appointment", "wo.onsite", "wo.door", "wo.kpi", "tkt.level", "tkt.clock")),
    ("当日与告知", ("clock.", "first.inform")),
    ("休息时段", ("quiet.",)),
    ("回访", ("rv.",)),
    ("工作任务单与报事", ("wo.", "ret.", "count.", "first.title", "call.", "tkt.", "entry.")),
    ("登录与个人信息", ("login.", "reveal.", "import.")),
)
PRESUMED = "原文未写明，为建议值"
policies_blueprint = Blueprint("policies", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(policies_blueprint)


def words(known: Policy, value: Any) -> str:
    """A value as people say it: 10 分钟, 含本数, 21:00–10:00."""
    return value_words(known.key, value)


def _units(session: Session, person: Person) -> list[OrgUnit]:
    """The units that may have their own settings: company, areas and projects within reach."""
    kinds = ("company", "region", "area", "project")
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
    since = ""
    if current:
        maker = session.get(Staff, current.made_by_id)
        since = f"{clock.shown(current.effective_from)[:10]} 起 · {maker.name if maker else ''}"
    may = allows(person, "policy_value.write", org)
    return PolicyRow(
        key=known.key,
        label=known.label,
        value=words(known, policy(session, known.key, org.id)),
        default=words(known, known.default),
        article=known.source,
        note=" ".join(n for n in (known.case, "、".join(known.rules), PRESUMED if known.presumed else "") if n),
        since=since,
        own=current is not None,
        coming=f"{clock.shown(coming.effective_from)[:10]} 起改为 {words(known, coming.value)}" if coming else "",
        edit=Action("修改", url_for(".change", key=known.key, org=org.id)) if may else None,
    )


@policies_blueprint.route("/policies/<key>", methods=["GET", "POST"])
def change(key: str) -> ResponseReturnValue:
    """Change one setting of one unit from a day on, with a reason; the page says what would change."""
    person, session = acting(), reading()
    known = POLICIES.get(key)
    if known is None:
        raise RuleError("没有这个制度参数")
    org = _chosen(_units(session, person), person)
    require(person, "policy_value.write", org, "修改制度参数")
    if request.method == "GET":
        return draw("form.html", _form(session, known, org))
    typed = {name: request.form.get(name, "").strip() for name in ("value", "from", "reason")}
    org_id = org.id
    page = token_key(request.form.get("token", ""), "policy", key, org_id, *typed.values())
    try:
        value, since = parsed(known, typed["value"]), _day(typed["from"])

        def fn(session: Session) -> datetime | None:
            if done_before(session, page) is not None:
                return None
            made = set_policy(session, key, org_id, value, since, typed["reason"], person)
            mark_done(session, page, made)
            return made.effective_from

        begins = write(fn, reason=typed["reason"])
        if begins is not None:
            recompute_after(writer(), org_id, begins, by=person)
    except RuleError as no:
        if no.field is None:
            raise
        return draw("form.html", _form(reading(), known, org, typed, {no.field: str(no)}), 422)
    flash(f"{known.label} 已改为 {words(known, value)}", "done")
    return see_other(url_for(".policies", org=org_id))


def parsed(known: Policy, typed: str) -> Any:
    """What was typed as the policy's kind of value; raises RuleError at the field."""
    if known.kind == "int":
        if not typed.isdecimal():
            raise RuleError(f"{known.label}：请填整数", field="value")
        return int(typed)
    if known.kind == "windows":
        parts = [p for p in typed.replace("，", ",").replace("–", "-").split(",") if p.strip()]
        try:
            return [[a, b] for a, b in (p.split("-") for p in parts)]
        except ValueError as wrong:
            raise RuleError(f"{known.label}：请写成 12:00-14:00，多段用逗号分开", field="value") from wrong
    return typed


def _day(typed: str) -> datetime:
    try:
        day = datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=clock.LOCAL)
    except ValueError as wrong:
        raise RuleError("请填生效日期", field="from") from wrong
    return max(day, clock.now()) if day.date() == clock.today() else day


def _effect(session: Session, known: Policy, org: OrgUnit, typed: str) -> str:
    """What the typed value would change, where it is one."""
    try:
        value = parsed(known, typed)
        if value == policy(session, known.key, org.id):
            return "改后只影响生效日期起新开始的时限；正在走的时限仍按原值。"
        return what_would_change(session, known.key, org.id, value).words
    except RuleError:
        return ""


def _form(
    session: Session,
    known: Policy,
    org: OrgUnit,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> FormPage:
    current = policy(session, known.key, org.id)
    shown = "，".join(f"{a}-{b}" for a, b in current) if known.kind == "windows" else str(current)
    values = typed or {"value": shown, "from": f"{clock.today() + timedelta(days=1):%Y-%m-%d}", "reason": ""}
    wrong = errors or {}
    choices = tuple(Choice(str(v), label) for v, label in (known.presets or {}).items())
    low, high = known.bounds
    fields = (
        Field(
            "value",
            known.label,
            "select" if choices else "number" if known.kind == "int" else "text",
            values["value"],
            error=wrong.get("value", ""),
            required=True,
            choices=choices,
            unit=known.unit,
            low=str(low) if known.kind == "int" else "",
            high=str(high) if known.kind == "int" else "",
            help=f"出处 {known.source}；缺省 {words(known, known.default)}",
        ),
        Field("from", "生效日期", "date", values["from"], error=wrong.get("from", ""), required=True),
        Field(
            "reason", "修改原因", "text", values["reason"], error=wrong.get("reason", ""), required=True, longest=255
        ),
    )
    return FormPage(
        title=f"{known.label} · {org.name}",
        url=url_for(".change", key=known.key, org=org.id),
        sections=(Section("修改制度参数", fields, note=_effect(session, known, org, values["value"])),),
        crumbs=(Crumb("工作台", "/"), Crumb("制度参数", url_for(".policies", org=org.id)), Crumb(known.label)),
        cancel_url=url_for(".policies", org=org.id),
        token=request.form.get("token") or new_token(),
        draft_key=f"policy-{known.key}-{org.id}",
    )
