"""操作日志 on screen: of a record, of a person, of a day; with its seal."""

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.filters import day_of, whole
from admin_views.list_pages import last_page, pages_of
from admin_views.page import (
    Chip,
    Choice,
    Crumb,
    Notice,
    QueryField,
    TrailEntryView,
    TrailPage,
)
from admin_views.request import acting, reading
from admin_views.shell import draw
from forms.fields import LARGEST_WHOLE, clean
from models import Staff, TrailEntry, clock
from rules import history as rules_history
from rules.administration import seal_state
from rules.history import TrailLine, lines_of, readable_entries
from rules.nouns import models_by_noun, noun_model
from rules.permissions import require
from rules.person import Person
from rules.trail import chain_name

ORDER = 70
SIZE = 50
MOST_PAGES = 2000
TONES = {
    "显示": "seal",
    "导出": "seal",
    "取走错误清单": "seal",
    "登录失败": "late",
    "作废": "void",
    "取消": "void",
    "拒签": "late",
}
trail_blueprint = Blueprint("trail", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(trail_blueprint)


def entry_view(line: TrailLine, *, link: bool = True, book: str = "") -> TrailEntryView:
    """One line as people read it: labels for names, values masked already; `book` is whose 操作日志 it stands in."""
    model = noun_model(line.noun)
    has_page = link and line.row_id is not None and model is not None and hasattr(model, "lifecycle")
    return TrailEntryView(
        f"{line.action} {line.subject or line.noun_label}".strip() + (f"：{line.reason}" if line.reason else ""),
        clock.shown(line.at, seconds=True),
        line.actor,
        TONES.get(line.action, ""),  # type: ignore[arg-type]
        f"/{line.noun}/{line.row_id}" if has_page else "",
        line.changes,
        f"{book}第 {line.seq:,} 条" if book else "",
        line.sealed or not book,
    )


def history(session: Session, person: Person, noun: str, row_id: int, limit: int = 30) -> tuple[TrailEntryView, ...]:
    """The trail of one record, newest first, for its own page, which asked whether the person may read the record."""
    del person
    return tuple(entry_view(line, link=False) for line in rules_history.history(session, noun, row_id, limit))


@trail_blueprint.get("/trail")
def trail() -> ResponseReturnValue:
    """Everything that was done in the person's units, filtered."""
    person, session = acting(), reading()
    require(person, "trail_entry.read", doing="查看操作日志")
    asked = {k: clean(request.args.get(k, ""))[:64] for k in ("noun", "row", "actor", "action", "from", "to")}
    conditions = [readable_entries(person), *_conditions(asked)]
    total = session.scalar(select(func.count()).select_from(TrailEntry).where(*conditions)) or 0
    pages = min(MOST_PAGES, last_page(total, SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    rows = session.scalars(
        select(TrailEntry)
        .where(*conditions)
        .order_by(TrailEntry.at.desc(), TrailEntry.id.desc())
        .offset((number - 1) * SIZE)
        .limit(SIZE)
    ).all()
    books = {chain: chain_name(session, chain) for chain in {row.chain_id for row in rows}}
    page = TrailPage(
        entries=tuple(entry_view(line, book=books[line.chain_id]) for line in lines_of(session, list(rows))),
        pager=pages_of(number, pages, SIZE, total, lambda n: _url(asked, page=n)),
        url=url_for("trail.trail"),
        query=_query(asked),
        chips=tuple(
            Chip(label, _said(session, k, asked[k]), _url({**asked, k: ""})) for k, label in CHIPS.items() if asked[k]
        ),
        token=new_token(),
        chain=_chain(session),
        crumbs=(Crumb("工作台", "/"), Crumb("操作日志")),
    )
    return draw("trail.html", page)


CHIPS = {"noun": "登记", "row": "记录", "actor": "操作人", "action": "动作", "from": "自", "to": "至"}


def _conditions(asked: dict[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked["noun"]:
        found.append(TrailEntry.noun == asked["noun"])
    if row_id := whole(asked["row"], 0, LARGEST_WHOLE, None):
        found.append(TrailEntry.row_id == row_id)
    if staff_id := _staff_id(asked["actor"]):  # from a person's own page: two people may share a name
        found.append(TrailEntry.actor_id == staff_id)
    elif asked["actor"]:
        found.append(TrailEntry.actor.contains(asked["actor"], autoescape=True))
    if asked["action"]:
        found.append(TrailEntry.action.contains(asked["action"], autoescape=True))
    if first := _moment(asked["from"]):
        found.append(TrailEntry.at >= first)
    if last := _moment(asked["to"]):
        found.append(TrailEntry.at < last + timedelta(days=1))
    return found


def _staff_id(typed: str) -> int | None:
    return whole(typed, 1, LARGEST_WHOLE, None)


def _said(session: Session, key: str, typed: str) -> str:
    """What a chip says: a person who is asked for by number by their name."""
    staff = session.get(Staff, found) if key == "actor" and (found := _staff_id(typed)) else None
    return staff.name if staff is not None and staff.org_id in acting().units else typed


def _moment(typed: str) -> datetime | None:
    day = day_of(typed)
    return clock.at_wall(day, time(0)) if day else None


def _query(asked: dict[str, str]) -> tuple[QueryField, ...]:
    nouns = sorted(models_by_noun().items(), key=lambda pair: pair[1].__label__)
    choices = (Choice("", "全部"), *(Choice(noun, model.__label__) for noun, model in nouns))
    return (
        QueryField("actor", "操作人", value=asked["actor"], placeholder="姓名", always=True),
        QueryField("noun", "登记", "select", asked["noun"], choices=choices),
        QueryField("action", "动作", value=asked["action"], placeholder="如 显示、导出、签发"),
        QueryField("row", "记录序号", value=asked["row"], extra=True),
        QueryField("from", "自", value=asked["from"], placeholder="2026-11-01"),
        QueryField("to", "至", value=asked["to"], placeholder="2026-11-30"),
    )


def _url(asked: dict[str, str], **more: int) -> str:
    return f"{url_for('trail.trail')}?{urlencode({**{k: v for k, v in asked.items() if v}, **more})}"


def _chain(session: Session) -> Notice:
    state = seal_state(session)
    return Notice(f"{state.words}。", "late" if state.is_late else "done")
