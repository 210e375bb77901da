"""The page of any row, put together: its facts, what can be done next, and what its life and its kin have to say."""

from typing import TYPE_CHECKING, Any

from admin_views.attachments import attach_action, views_of
from admin_views.base import crumbs, new_token
from admin_views.lookups import Looker
from admin_views.page import (
    NOTHING,
    Action,
    Badge,
    Cell,
    Column,
    Crumb,
    DocumentPage,
    Fact,
    FactCard,
    LinesTable,
    Link,
    LinkCell,
    Masked,
    Row,
    Text,
)
from admin_views.paper_life import clock_views, copy_views, lately, print_views, risen, signature_views, steps
from admin_views.related import down, up
from admin_views.sources import label_of, model_of, target_of
from models import (
    Appointment,
    Document,
    Record,
    Staff,
    Stateful,
    WorkOrder,
)
from models.masks import masked
from rules.next_steps import next_steps
from rules.org_units import post_label
from rules.permissions import allows
from rules.show import sees_phone, show

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

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
