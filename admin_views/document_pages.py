"""The parts of a row's page, each made from the row alone: facts, stepper, copies, signatures, what hangs together."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.attachments import attach_action, views_of
from admin_views.base import crumbs, new_token
from admin_views.columns import brief
from admin_views.lookups import Looker, page_of
from admin_views.page import (
    NOTHING,
    Action,
    Badge,
    Cell,
    ClockView,
    Column,
    CopyView,
    Crumb,
    DocumentPage,
    Due,
    Fact,
    FactCard,
    LinesTable,
    Link,
    LinkCell,
    Masked,
    PrintView,
    Related,
    Row,
    SignatureView,
    Step,
    Text,
    TrailEntryView,
)
from admin_views.sources import label_of, model_of, target_of
from admin_views.trail import history
from models import (
    POSTS,
    Appointment,
    Attachment,
    Document,
    PaperCopy,
    PrintContent,
    Record,
    RecordNote,
    Staff,
    Stateful,
    Ticket,
    TrailEntry,
    WorkOrder,
    clock,
)
from models.masks import masked
from printouts import FORMS
from rules.copies import living_copies
from rules.due import clocks_of, responsible
from rules.next_steps import next_steps
from rules.notes import notes_of
from rules.org_units import post_label
from rules.permissions import allows
from rules.prints import prints_of
from rules.scope import find, readable
from rules.show import sees_phone, show
from rules.signing import MEANS, signatures_of, still_holds

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

MOST_RELATED = 8
MOST_TRAIL = 16
LONG = 255


def record_page(view: "RegisterView", row: Any, look: Looker) -> DocumentPage:
    """The page of any row: what it says, what was done to it, what hangs together with it."""
    actions, more = view.page_actions(row)
    if isinstance(row, Staff) and allows(look.person, "trail_entry.read"):
        more = (*more, Action("此人的操作", f"/trail?actor={row.id}", icon="clock"))
    return DocumentPage(
        title=view.headline(row),
        number=getattr(row, "number", None) or f"{row.__label__} {row.id}",
        badge=badge_of(row),
        token=new_token(),
        crumbs=crumbs(
            view.menu_group, Crumb(view.name, f"/{view.noun}/"), Crumb(str(getattr(row, "number", None) or row))
        ),
        actions=actions,
        more=more,
        steps=steps(look.session, row) if isinstance(row, Stateful) else (),
        clocks=clock_views(look.session, row) if isinstance(row, Stateful) else (),
        cards=(*cards(view, row, look), *view.more_cards(row, look), *next_steps_table(row, look), *risen(row, look)),
        copies=copy_views(look, row) if isinstance(row, WorkOrder) else (),
        signatures=signature_views(look, row) if isinstance(row, Document) else (),
        attachments=views_of(row),
        attach=attach_action(row) if isinstance(row, Document) else None,
        related=(*up(row, look), *down(row, look), *view.related(look.session, row)),
        prints=print_views(look, row),
        trail=lately(look, row),
        trail_url=f"/trail?noun={row.__tablename__}&row={row.id}" if allows(look.person, "trail_entry.read") else "",
        barcode=getattr(row, "number", None) or "",
        **view.page_extras(row),
    )


def badge_of(row: Any) -> Badge:
    """The state; of rows without states whether they are in use, or of which kind they are."""
    if isinstance(row, Stateful):
        return Badge(row.state_label, row.lifecycle.tone(row.state))
    if hasattr(row, "active"):
        return Badge("启用" if row.active else "停用", "done" if row.active else "void")
    kinds = row.info("kind")["choices"] if "kind" in row.__mapper__.column_attrs else None
    return Badge(str(kinds.get(row.kind, "")) if kinds else row.__label__)


# ---- facts -----------------------------------------------------------------------------------------------------


def cards(view: "RegisterView", row: Any, look: Looker) -> list[FactCard]:
    """One card per declared section; empty sections are left out."""
    made = []
    for n, (title, names) in enumerate(view.facts or view.sections):
        facts = tuple(fact(row, name, look) for name in names.split() if name in row.__mapper__.column_attrs)
        if any(one.value != NOTHING for one in facts):
            made.append(FactCard(title, facts if n == 0 else tuple(f for f in facts if f.value != NOTHING)))
    return made


def fact(row: Any, name: str, look: Looker) -> Fact:
    """One attribute with its label; long texts take the whole width."""
    column = row.__mapper__.column_attrs[name].columns[0]
    longest = getattr(column.type, "length", None) or 0
    return Fact(label_of(type(row), name), value_cell(row, name, look), "whole" if longest > LONG else "")


def value_cell(row: Any, name: str, look: Looker) -> Cell:
    """A value as people read it: keys lead to their rows, personal values are masked with the way to ask for them."""
    value, info = getattr(row, name), row.info(name)
    if value is None or value == "":
        return NOTHING
    if info.get("secret"):
        if info["secret"] == "phone" and sees_phone(look.person, row):
            return Text(str(value))
        return Masked(masked(info["secret"], str(value)), f"{row} 的{info['label']}", look.reveal_url(row, name))
    if target_of(type(row), name):
        return key_cell(target_of(type(row), name), int(value), look)
    if name == "post" and isinstance(row, Appointment):
        return Text(post_label(look.session, row.post, row.org_id))
    return Text(show(type(row), name, value, look.person))


def key_cell(noun: str, row_id: int, look: Looker) -> Cell:
    """The row behind a foreign key: a link for whom it opens, a name for the rest."""
    label = look.label(noun, row_id)
    if not label:
        target = look.session.get(model_of(noun), row_id)
        return Text(str(target)) if isinstance(target, Staff) else NOTHING
    if noun in ("staff", "org_unit", "building"):
        return Text(label)
    url = f"/household/{row_id}" if noun == "unit" else f"/{noun}/{row_id}"
    return LinkCell(label, url)


def next_steps_table(row: Record, look: Looker) -> tuple[LinesTable, ...]:
    """What can be done with the paper now, by whom, on which ground (SYS-06); none where nothing is left to do."""
    found = next_steps(row, look.person) if isinstance(row, Stateful) else []
    columns = (Column("step", "可以办的下一步", "xl"), Column("who", "由谁办理"), Column("rule", "依据", "xl"))
    rows = tuple(
        Row(
            step.verb,
            "",
            step.label,
            (
                Text(step.label, f"→ {step.leads_to}", strong=step.mine),
                Text(step.who),
                LinkCell(step.rule, f"/handbook#{step.rule}", step.article) if step.rule else NOTHING,
            ),
        )
        for step in found
    )
    return (LinesTable("下一步", columns, rows, link=Link("制度手册", "/handbook")),) if rows else ()


# ---- the life of a paper -----------------------------------------------------------------------------------------


def steps(session: Session, row: Stateful) -> tuple[Step, ...]:
    """The path with when and who for what was walked, from the trail; a state beside the path is put in its place."""
    walked = _walked(session, row)
    path = list(row.lifecycle.path)
    if row.state not in path:
        reached = [n for n, state in enumerate(path) if state in walked]
        path = [*path[: (max(reached) + 1 if reached else 1)], row.state]
    here = path.index(row.state)
    made = []
    for n, state in enumerate(path):
        when, who = walked.get(state, ("", "")) if n <= here else ("", "")
        tone = row.lifecycle.tone(row.state) or "open"
        made.append(Step(row.lifecycle.states[state], when, who, n < here, n == here, tone))
    return tuple(made)


def _walked(session: Session, row: Stateful) -> dict[str, tuple[str, str]]:
    """State to (when, who) of the last time it was entered."""
    words = {word: state for state, word in row.lifecycle.states.items()}
    entries = session.scalars(
        select(TrailEntry)
        .where(TrailEntry.noun == row.__tablename__, TrailEntry.row_id == row.id)
        .order_by(TrailEntry.id)
    )
    walked = {}
    today = clock.today()
    for entry in entries:
        change = json.loads(entry.changes).get("state")
        if change and change[1] in words:
            wall = clock.local(entry.at)
            when = f"{wall:%H:%M}" if wall.date() == today else f"{wall:%m-%d %H:%M}"
            walked[words[change[1]]] = (when, entry.actor)
    return walked


def clock_views(session: Session, row: Stateful) -> tuple[ClockView, ...]:
    """The clocks of the paper in words."""
    views = []
    for one in clocks_of(session, row):
        iso = "" if one.stopped_at else clock.local(one.due_at).isoformat(timespec="seconds")
        due = Due(one.word, one.tone, iso=iso, warn_minutes=one.warn_minutes, reason=one.reason, article=one.article)
        views.append(ClockView(one.label, due, one.evidence))
    return tuple(views)


def copy_views(look: Looker, order: WorkOrder) -> tuple[CopyView, ...]:
    """Where the three sheets are, with what may be done to each."""
    return tuple(_copy(look, copy) for copy in living_copies(look.session, order))


def _copy(look: Looker, copy: PaperCopy) -> CopyView:
    holder = look.session.get(Staff, copy.holder_id) if copy.holder_id else None
    word = f"在 {holder.name} 处" if holder is not None and copy.state == "out" else copy.state_label
    when = copy.settled_at or copy.out_at or copy.printed_at
    actions = tuple(
        Action(
            step.label,
            f"/paper_copy/{copy.id}/{step.verb}",
            "get" if step.reason else "post",
            name=f"copy-{copy.id}-{step.verb}",
        )
        for step in copy.lifecycle.open_moves(copy.state)
        if step.verb not in (("take_out", "bring_back") if copy.copy_no == 1 else ("hand_over",))
        and allows(look.person, f"paper_copy.{step.verb}", copy)
    )
    return CopyView(
        copy.copy_no,
        f"{copy.copy_label} {copy.recipient}",
        word,
        copy.lifecycle.tone(copy.state),
        f"{clock.shown(when)[5:]}{f' {copy.remark}' if copy.remark else ''}",
        copy.state in ("out", "missing"),
        actions,
    )


def signature_views(look: Looker, row: Document) -> tuple[SignatureView, ...]:
    """Who signed, as what, when and how; a signature over other words than the paper's now says so."""
    views = []
    for one in signatures_of(look.session, row):
        post = f"{post_label(look.session, one.post, one.org_id)} " if one.post in POSTS else ""
        note = f"{post}{clock.shown(one.signed_at)[5:]} {MEANS[one.means]}"
        if not still_holds(row, one):
            note += "，内容其后有变"
        image = f"/attachments/{one.attachment_id}/thumb" if _is_picture(look, one.attachment_id) else ""
        views.append(SignatureView(f"{one.slot} · {one.relation}", one.signer, note, image))
    return tuple(views)


def risen(row: Record, look: Looker) -> tuple[LinesTable, ...]:
    """Who answers for a ticket by now, level by level, once it has risen (TKT-18)."""
    line = responsible(look.session, row) if isinstance(row, Ticket) else []
    if len(line) < 2:
        return ()
    columns = (
        Column("level", "层级", "l"),
        Column("names", "责任人"),
        Column("since", "自", "l"),
        Column("article", "出处"),
    )
    rows = tuple(
        Row(
            str(one.level),
            "",
            one.label,
            (
                Text(one.label),
                Text("、".join(one.names) or "无人在岗"),
                Text(clock.shown(one.since)[5:]),
                Text(one.article),
            ),
        )
        for one in line
    )
    return (LinesTable("责任升级", columns, rows, note="每升一级增加一名责任人，原责任人不解除"),)


def _is_picture(look: Looker, attachment_id: int | None) -> bool:
    kept = look.session.get(Attachment, attachment_id) if attachment_id else None
    return kept is not None and kept.media.startswith("image/")


def print_views(look: Looker, row: Record) -> tuple[PrintView, ...]:
    """When it was printed, and the way to see what it said then."""
    if not allows(look.person, "print_run.read", row):
        return ()
    made, runs = [], prints_of(look.session, row.__tablename__, row.id)
    kept = set(look.session.scalars(select(PrintContent.run_id).where(PrintContent.run_id.in_([r.id for r in runs]))))
    for run in runs:
        by = look.session.get(Staff, run.by_id)
        form = FORMS.get(run.form)
        label = f"{form.title if form else run.form} · 第 {run.nth} 次"
        url = f"/prints/{run.id}/then.pdf" if run.id in kept else ""
        made.append(PrintView(label, f"{clock.shown(run.at)} {by.name if by else ''}", url))
    return tuple(made)


def notes_table(row: Document, look: Looker) -> tuple[LinesTable, ...]:
    """The dated remarks on a paper, newest first; none, no table."""
    notes = notes_of(look.session, row)[::-1]
    columns = (
        Column("at", "时间", "l"),
        Column("kind", "类别", "m"),
        Column("means", "方式", "s"),
        Column("body", "内容"),
        Column("by", "记录人", "m"),
    )
    rows = []
    for note in notes:
        by = look.session.get(Staff, note.by_id)
        words = (show(RecordNote, name, getattr(note, name), look.person) for name in ("kind", "means"))
        body = f"{note.to_whom}：{note.body}" if note.to_whom else note.body
        cells = (Text(brief(note.at)), *map(Text, words), Text(body), Text(by.name if by else ""))
        rows.append(Row(str(note.id), "", "", cells))
    return (LinesTable("跟进与沟通", columns, tuple(rows)),) if rows else ()


def lately(look: Looker, row: Record) -> tuple[TrailEntryView, ...]:
    """What happened to the row last; what it said at its birth stands on the page already."""
    entries = history(look.session, look.person, row.__tablename__, row.id, MOST_TRAIL)
    return tuple(replace(one, changes=()) if one.text.startswith("新增") else one for one in entries)


# ---- 上查, 下查 --------------------------------------------------------------------------------------------------


def up(row: Record, look: Looker) -> list[Related]:
    """The papers this one comes from."""
    found = []
    for attribute in row.__mapper__.column_attrs:
        noun, value = target_of(type(row), attribute.key), getattr(row, attribute.key)
        if noun and value is not None and issubclass(model_of(noun), Document):
            paper = find(look.session, look.person, model_of(noun), value)
            if paper is not None:
                found.append(related("上查", paper, str(row.info(attribute.key)["label"])))
    return found


def down(row: Record, look: Looker) -> list[Related]:
    """The papers that come from this one, newest first."""
    found: list[Related] = []
    if not isinstance(row, Document):
        return found
    for column, model in _keys_to(type(row)):
        query = select(model).where(column == row.id, readable(look.person, model)).order_by(model.id.desc())
        found += [related("下查", paper) for paper in look.session.scalars(query.limit(MOST_RELATED))]
    return found


def _keys_to(model: type[Record]) -> Sequence[tuple[Any, Any]]:
    """Every foreign key of a paper that leads to the table."""
    mappers = Record.registry.mappers
    return [
        (getattr(m.class_, a.key), m.class_)
        for m in sorted(mappers, key=lambda m: m.class_.__name__)
        if issubclass(m.class_, Document)
        for a in m.column_attrs
        if target_of(m.class_, a.key) == model.__tablename__
    ]


def related(way: str, paper: Document, word: str = "") -> Related:
    """One paper beside this one."""
    badge = Badge(paper.state_label, paper.lifecycle.tone(paper.state))
    return Related(way, word or paper.__label__, paper.number or "", page_of(paper), badge)
