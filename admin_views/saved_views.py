"""What a person chose to see of a register: saved and shared views (存为视图), columns, and who touched a row last."""

from typing import Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from admin_views.base import list_url, see_other
from admin_views.page import Tab
from admin_views.query import Listing, ListQuery
from admin_views.request import acting, write
from forms.fields import clean
from models import Record, SavedView, Staff, TrailEntry, clock
from rules.errors import RuleError
from rules.person import Person
from rules.scope import find

LAYOUT = ""
"""The view without a name holds the person's columns."""
LONGEST_NAME, LONGEST_QUERY, MOST = 24, 2000, 30


def layout(session: Session, person: Person, noun: str) -> list[str]:
    """The columns the person chose, in their order; empty for the register's own."""
    view = _own(session, person, noun, LAYOUT)
    return [str(key) for key in view.columns] if view and isinstance(view.columns, list) else []


def _own(session: Session, person: Person, noun: str, name: str) -> SavedView | None:
    mine = (SavedView.staff_id == person.staff_id, SavedView.noun == noun, SavedView.name == name)
    return session.scalars(select(SavedView).where(*mine)).one_or_none()


def tabs(query: ListQuery, listing: Listing) -> list[tuple[str, Tab]]:
    """One's own views and those shared in the units one reaches."""
    person = query.asking.person
    assert person is not None
    shared = and_(SavedView.shared, SavedView.org_id.in_(person.units))
    rows = query.session.execute(
        select(SavedView, Staff.name)
        .join(Staff, Staff.id == SavedView.staff_id)
        .where(SavedView.noun == listing.noun, SavedView.name != LAYOUT)
        .where(or_(SavedView.staff_id == person.staff_id, shared))
        .order_by(SavedView.id)
        .limit(MOST)
    )
    now = query.text
    return [(view.query, _tab(view, name, person, listing.noun, now)) for view, name in rows]


def _tab(view: SavedView, maker: str, person: Person, noun: str, now: str) -> Tab:
    mine = view.staff_id == person.staff_id
    return Tab(
        view.name,
        f"/{noun}/?{view.query}",
        current=view.query == now,
        shared_by="" if mine else maker,
        remove_url=f"/{noun}/views/{view.id}/remove" if mine else "",
    )


def keep(listing: Listing, query: ListQuery) -> ResponseReturnValue:
    """Keep the question under a name; the same name again replaces it."""
    person, text = acting(), query.kept_text
    name = clean(request.form.get("name", ""))
    if not name or len(name) > LONGEST_NAME:
        raise RuleError(f"请给视图起个名称，最多 {LONGEST_NAME} 个字", field="name")
    if len(text) > LONGEST_QUERY:
        raise RuleError("查询条件太长，不能存为视图")
    if query.params and not query.kept_params:
        raise RuleError("手机尾号和数字关键词不存入视图，请换别的条件")
    shared = bool(request.form.get("shared")) and person.project_id is not None

    def save(session: Session) -> None:
        view = _own(session, person, listing.noun, name) or _new(person, listing.noun, name)
        view.query, view.shared = text, shared
        session.add(view)

    write(save)
    flash(f"已存为视图“{name}”", "done")
    return see_other(f"/{listing.noun}/?{query.text}")


def _new(person: Person, noun: str, name: str) -> SavedView:
    if person.staff_id is None or not person.holdings:
        raise RuleError("您还没有任职单位，不能保存视图")
    org_id = person.project_id or person.holdings[0].org_id
    return SavedView(org_id=org_id, staff_id=person.staff_id, noun=noun, name=name, columns=[])


def forget(noun: str, view_id: int) -> ResponseReturnValue:
    """Forget a view of one's own."""
    person = acting()

    def remove(session: Session) -> None:
        view = find(session, person, SavedView, view_id)
        if view is None or view.staff_id != person.staff_id or view.noun != noun:
            abort(404)
        session.delete(view)

    write(remove)
    flash("视图已删去", "done")
    return see_other(f"/{noun}/")


def choose(listing: Listing) -> ResponseReturnValue:
    """Show these columns in this order, or the register's own again."""
    person = acting()
    wanted = list(dict.fromkeys(key for key in request.form.getlist("column") if key in listing.columns))
    if request.form.get("reset"):
        wanted = []

    def save(session: Session) -> None:
        view = _own(session, person, listing.noun, LAYOUT) or _new(person, listing.noun, LAYOUT)
        view.columns = wanted
        session.add(view)

    write(save)
    return see_other(list_url(listing.noun))


def last_hand(session: Session, row: Record) -> str:
    """Who changed the row last, and when: 宋佳宁 14:19."""
    here = (TrailEntry.noun == row.__tablename__, TrailEntry.row_id == row.id)
    entry: Any = session.scalars(select(TrailEntry).where(*here).order_by(TrailEntry.id.desc()).limit(1)).first()
    return f"{entry.actor} {clock.local(entry.at):%H:%M}" if entry else ""
