"""The life of a paper on its page: stepper, clocks, copies, signatures, prints, remarks, and what was done to it."""

import json
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.columns import brief
from admin_views.lookups import Looker
from admin_views.page import (
    Action,
    ClockView,
    Column,
    CopyView,
    Due,
    LinesTable,
    PrintView,
    Row,
    SignatureView,
    Step,
    Text,
    TrailEntryView,
)
from admin_views.trail import history
from models import (
    POSTS,
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
from printouts import FORMS
from rules.copies import living_copies
from rules.due import clocks_of, responsible
from rules.notes import notes_of
from rules.org_units import post_label
from rules.permissions import allows
from rules.prints import prints_of
from rules.show import show
from rules.signing import MEANS, signatures_of, still_holds

MOST_TRAIL = 16


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
