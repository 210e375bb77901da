"""制度手册: every rule with its source and an anchor, found by word, id or article; and how pages lead there."""

import re
from functools import cache
from urllib.parse import quote

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_views.page import Column, Crumb, LinesTable, Link, LinkCell, Row, SideCard, SideLine, Text
from admin_views.page.tables import HandbookChapter, HandbookPage, RuleRow, StandardText
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import Base, KnowledgeEntry
from models.document import Stateful
from rules.deadline_table import DEADLINES
from rules.handbook import FOLDER, KINDS, Rule, rules
from rules.person import Person
from rules.policies import POLICIES
from rules.scope import readable
from rules.searching import contains
from rules.standards import Standard, standards

ORDER = 71
KIND_WORDS = {key: word for word, key in KINDS.items()}
ID = re.compile(r"[A-Z]+-\d+")
MOST_KNOWLEDGE = 50
handbook_blueprint = Blueprint("handbook", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the page, and the filter by which templates lead to it."""
    del admin
    app.register_blueprint(handbook_blueprint)
    app.add_template_filter(handbook_url)


def handbook_url(said: str) -> str:
    """`WO-18` → its place in the handbook; an article → the rules that come from it; nothing → the whole book."""
    if said in rules():
        return f"/handbook#{said}"
    return f"/handbook?q={quote(said)}" if said else "/handbook"


@handbook_blueprint.get("/handbook")
def handbook() -> ResponseReturnValue:
    """The book, or what of it was asked for. Open to everybody who is logged in."""
    query = request.args.get("q", "").strip()[:60]
    found = [rule for rule in rules().values() if fits(rule, query)]
    chapters = tuple(
        HandbookChapter(titles().get(code, code), code, tuple(_row(r) for r in found if r.module == code))
        for code in dict.fromkeys(rule.module for rule in found)
    )
    page = HandbookPage(
        chapters,
        url_for("handbook.handbook"),
        query,
        note=f"{len(found)} 条；强制＝不符合就不让办，计算＝提示、升级、计数，服务＝表单和页面",
        crumbs=(Crumb("工作台", "/"), Crumb("制度手册")),
        standards=tuple(
            StandardText(it.key, it.title, it.source, it.lines) for it in standards().values() if _says(it, query)
        ),
        knowledge=_knowledge(reading(), acting(), query) if query else None,
    )
    return draw("handbook.html", page)


def fits(rule: Rule, query: str) -> bool:
    """Whether every word asked for stands in the rule's id, source or text; an id alone finds that rule only."""
    if ID.fullmatch(query.upper()):
        return rule.id == query.upper()
    whole = f"{rule.id} {rule.source} {rule.text}".lower()
    return all(word in whole for word in query.lower().split())


def _says(it: Standard, query: str) -> bool:
    whole = f"{it.title} {it.source} {' '.join(it.lines)}".lower()
    return all(word in whole for word in query.lower().split())


def standard_card(key: str) -> SideCard:
    """The standard beside a form: its lines, and the way to its page."""
    it = standards()[key]
    lines = tuple(SideLine(head, said) for head, _colon, said in (text.partition("：") for text in it.lines))
    return SideCard(it.title, lines, link=Link("制度手册", it.url))


@cache
def titles() -> dict[str, str]:
    """BASE → 总则, from the heads of the pages."""
    found = {}
    for page in sorted(FOLDER.glob("*.md")):
        head = page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
        code = next((word for word in head.split() if word.startswith(page.stem.upper())), "")
        if code:
            found[page.stem.upper()] = head.replace(code, f"（{page.stem.upper()}）").replace(" （", "（")
    return found


@cache
def steps_of() -> dict[str, tuple[str, ...]]:
    """Rule id → the moves that stand on it, in words."""
    found: dict[str, list[str]] = {}
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if issubclass(model, Stateful):
            for step in model.lifecycle.moves.values():
                found.setdefault(step.rule, []).append(f"{model.__label__}·{step.label}")
    return {rule: tuple(sorted(words)) for rule, words in found.items()}


@cache
def places_of() -> dict[str, tuple[tuple[str, str], ...]]:
    """Rule id → the settings that carry its numbers."""
    found: dict[str, dict[str, str]] = {}
    for known in POLICIES.values():
        for rule in known.rules:
            found.setdefault(rule, {})[known.label] = f"/policies?q={known.key}"
    for deadline in DEADLINES:
        for rule in deadline.rules:
            if deadline.key:
                label = POLICIES[deadline.key].label
                found.setdefault(rule, {})[label] = f"/policies?q={deadline.key}"
    return {rule: tuple(places.items()) for rule, places in found.items()}


def _row(rule: Rule) -> RuleRow:
    return RuleRow(
        rule.id,
        KIND_WORDS[rule.kind],
        rule.source,
        rule.text,
        steps_of().get(rule.id, ()),
        places_of().get(rule.id, ()),
    )


def _knowledge(session: Session, person: Person, query: str) -> LinesTable | None:
    """What the office itself wrote down about it."""
    dialect = session.get_bind().dialect.name
    words = [
        or_(*(contains(dialect, getattr(KnowledgeEntry, name), word) for name in ("title", "body", "topic", "source")))
        for word in query.split()
    ]
    rows = session.scalars(
        select(KnowledgeEntry)
        .where(KnowledgeEntry.state == "current", readable(person, KnowledgeEntry), *words)
        .order_by(KnowledgeEntry.id.desc())
        .limit(MOST_KNOWLEDGE)
    ).all()
    if not rows:
        return None
    columns = (Column("title", "知识条目", "xxl"), Column("body", "内容"), Column("author", "作者", "m"))
    lines = tuple(
        Row(
            str(it.id),
            f"/knowledge_entry/{it.id}",
            it.title,
            (LinkCell(it.title, f"/knowledge_entry/{it.id}"), Text(it.body[:80]), Text(it.author.name)),
        )
        for it in rows
    )
    return LinesTable("知识条目", columns, lines)
