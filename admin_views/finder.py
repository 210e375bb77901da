"""The one search box: everything some words may mean, on a page and while typing."""

from flask import Blueprint, Flask, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin

from admin_views.page import Badge, Found, FoundGroup, SearchPage
from admin_views.request import acting, reading
from admin_views.shell import draw
from admin_views.sources import model_of
from models import Stateful
from rules.finding import Hit, search

ORDER = 60
MOST_WORDS = 80
finder_blueprint = Blueprint("finder", __name__)
#: What may be found, with its label and icon.
KINDS = {
    "unit": ("房屋", "house"),
    "resident": ("住户", "people"),
    "ticket": ("报事", "chat"),
    "work_order": ("工作任务单", "paper"),
    "follow_up": ("回访", "phone"),
    "call_record": ("来电来访", "phone"),
}


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(finder_blueprint)


def address_of(hit: Hit) -> str:
    """A household opens for a unit or a resident with a home, a paper opens itself."""
    if hit.noun in ("unit", "resident") and hit.unit_id:
        return url_for("households.page", unit_id=hit.unit_id)
    return f"/{hit.noun}/{hit.row_id}"


def groups_of(hits: list[Hit]) -> tuple[FoundGroup, ...]:
    """The hits by kind, in the order in which the kinds were found."""
    kinds = dict.fromkeys(h.noun for h in hits)
    return tuple(FoundGroup(KINDS[noun][0], tuple(_found(h) for h in hits if h.noun == noun)) for noun in kinds)


def _found(hit: Hit) -> Found:
    model = model_of(hit.noun)
    badge = None
    if hit.state and issubclass(model, Stateful):
        key = next((k for k, word in model.lifecycle.states.items() if word == hit.state), "")
        badge = Badge(hit.state, model.lifecycle.tone(key))
    return Found(hit.title, address_of(hit), KINDS[hit.noun][1], hit.note, badge)


@finder_blueprint.get("/search")
def search_page() -> ResponseReturnValue:
    """Everything the words may mean; a single hit opens at once."""
    person, session = acting(), reading()
    words = request.args.get("q", "").strip()[:MOST_WORDS]
    hits = search(session, person, words, person.project_id) if words else []
    if len(hits) == 1:
        return redirect(address_of(hits[0]))
    note = "" if hits or not words else "没有找到：可以试房号、电话后四位、姓名、拼音首字母或单号"
    return draw("search.html", SearchPage(words, groups_of(hits), url_for("finder.search_page"), note))


@finder_blueprint.get("/lookup")
def finder() -> ResponseReturnValue:
    """The same while typing, as JSON."""
    person, session = acting(), reading()
    words = request.args.get("q", "").strip()[:MOST_WORDS]
    hits = search(session, person, words, person.project_id) if words else []
    return jsonify(
        groups=[
            {
                "label": group.label,
                "hits": [
                    {
                        "label": it.label,
                        "url": it.url,
                        "icon": it.icon,
                        "note": it.note,
                        "badge": {"word": it.badge.word, "tone": it.badge.tone} if it.badge else None,
                    }
                    for it in group.hits
                ],
            }
            for group in groups_of(hits)
        ]
    )
