"""待办: everything that waits for a person, overdue first, with the move that ends it; and what they were told."""

from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin

from admin_views.base import new_token
from admin_views.page import Action, AlertsPage, Crumb, Due, SideLine, Tab, TodoGroup, TodoItem
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import clock
from rules import alerts
from rules.alerts import Todo
from rules.nouns import models_by_noun

ORDER = 50
GROUPS = ("已超时", "快到时", "要办", "关注")
alerts_blueprint = Blueprint("alerts", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(alerts_blueprint)


def groups_of(lines: list[Todo], most: int) -> tuple[TodoGroup, ...]:
    """The first of the lines, under what they have in common."""
    shown = lines[:most]
    groups = ((title, [it for it in shown if it.group == title]) for title in GROUPS)
    return tuple(TodoGroup(title, tuple(map(_item, own))) for title, own in groups if own)


def _item(it: Todo) -> TodoItem:
    url = f"/{it.noun}/{it.row_id}"
    due = Due(
        it.word,
        it.tone,
        iso=clock.local(it.due_at).isoformat(timespec="seconds") if it.due_at else "",
        warn_minutes=it.warn_minutes,
        article=it.article,
    )
    return TodoItem(due, it.what, it.limit, it.place, it.text, it.number, url, it.who, _next(it))


def _next(it: Todo) -> Action | None:
    """The move that ends it, one press away; copies come back over the counter."""
    if it.noun == "paper_copy":
        return Action("收联", url_for("scan.scan"))
    if it.noun == "follow_up":  # how it went is said on its page, not here
        return Action("回访", f"/follow_up/{it.row_id}")
    model: Any = models_by_noun().get(it.noun)
    step = model.lifecycle.moves.get(it.verb) if model is not None and hasattr(model, "lifecycle") else None
    return Action(step.label, f"/{it.noun}/{it.row_id}/{it.verb}") if step is not None and not step.system else None


@alerts_blueprint.get("/alerts")
def alerts_page() -> ResponseReturnValue:
    """Everything that waits for this person, and what they were told."""
    person, session = acting(), reading()
    lines = alerts.todo(session, person, org_id=person.project_id)
    wanted = request.args.get("group", "")
    told = alerts.delivered(session, person)
    counts = {g: sum(it.group == g for it in lines) for g in GROUPS}
    here = url_for("alerts.alerts_page")
    tabs = (
        Tab("全部", here, len(lines), current=not wanted),
        *(
            Tab(g, f"{here}?group={g}", counts[g], "late" if g == GROUPS[0] and counts[g] else "", wanted == g)
            for g in GROUPS
        ),
    )
    page = AlertsPage(
        groups=groups_of([it for it in lines if wanted in ("", it.group)], len(lines)),
        tabs=tabs,
        delivered=tuple(
            SideLine(a.title, f"{clock.shown(a.at)} {a.body}", f"/{a.noun}/{a.row_id}" if a.noun and a.row_id else "")
            for a in told
        ),
        acknowledge=Action("全部知道了", url_for("alerts.acknowledge"), "post", icon="check") if told else None,
        token=new_token(),
        note="超时的在前。提醒只发一次，事情没办完就一直在这里。",
        crumbs=(Crumb("工作台", "/"), Crumb("待办")),
    )
    return draw("alerts.html", page)


@alerts_blueprint.post("/alerts/acknowledge")
def acknowledge() -> ResponseReturnValue:
    """知道了."""
    person = acting()
    count = write(lambda session: alerts.acknowledge(session, person))
    flash(f"已确认 {count} 条提醒", "done")
    return redirect(url_for("alerts.alerts_page"), 303)
