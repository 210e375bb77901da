"""Printing: POST makes the rows and the PDF, 303 leads to the file; the 表单中心 lists every form."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.fernet import Fernet
from flask import Blueprint, Flask, Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import RelationshipDirection, Session, selectinload
from werkzeug.wrappers import Response as WSGIResponse

import printouts
import printouts.filling.follow_ups
import printouts.filling.keys
import printouts.filling.keys_slips
import printouts.filling.residents
import printouts.filling.slips
import printouts.filling.stock
import printouts.filling.stocktakes
import printouts.filling.tickets
import printouts.filling.work_orders
from admin_views.page import Action, Crumb, FormEntry, FormGroup, FormsCenterPage
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import Document, OrgUnit, PrintContent, PrintRun, Record, WorkOrder, clock
from models.masks import masked
from models.secrecy import keys
from printouts.filling import FILLERS, LEDGERS
from rules import prints, scope
from rules.copies import copies_for_print
from rules.errors import RuleError
from rules.permissions import allows, require
from rules.person import Person, project_of
from rules.policies import policy
from rules.prints import Printing
from rules.retention import clear_spool, spool_ended
from rules.show import sees_phone

ORDER = 60
MOST_ROWS = 20_000
KIND_WORDS = {"blank": "空白", "filled": "填好的", "ledger": "台账", "sample": "样张"}
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("报事与工单", ("F-01", "F-02", "F-16", "F-17", "F-64")),
    ("钥匙", ("F-03", "F-04", "F-05", "F-06", "F-07", "F-08", "F-09", "F-57", "F-58", "F-69")),
    (
        "库存",
        tuple(f"F-{n}" for n in (*range(39, 49), 59, 60, 62, 63, 65, 66, 67, 68)),
    ),
    ("住户", ("F-29", "F-28", "F-30", "F-31", "F-32", "F-33", "F-34")),
)
#: Forms whose name the project chooses.
TITLES = {"F-01": "wo.title", "F-04": "key.print_title"}
prints_blueprint = Blueprint("prints", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(prints_blueprint)


@prints_blueprint.get("/forms")
def forms_center() -> ResponseReturnValue:
    """Every form of the office; those not drawn yet say so."""
    person, query = acting(), request.args.get("q", "").strip()
    known = [f for f in printouts.FORMS.values() if query in f.code or query in f.title]
    placed = {code for _title, codes in GROUPS for code in codes}
    groups = [(title, [f for f in known if f.code in codes]) for title, codes in GROUPS]
    groups.append(("其他表单", [f for f in known if f.code not in placed]))
    page = FormsCenterPage(
        groups=tuple(
            FormGroup(title, tuple(_entry(f, person) for f in sorted(forms, key=lambda f: f.code)))
            for title, forms in groups
            if forms
        ),
        url=url_for("prints.forms_center"),
        query=query,
        crumbs=(Crumb("工作台", "/"), Crumb("表单中心")),
        note="空白表可直接打印手填；填好的在单据页打印；台账在登记列表按查询结果打印。",
    )
    return draw("forms_center.html", page)


def _entry(form: printouts.Form, person: Person) -> FormEntry:
    actions = []
    if "blank" in form.kinds:
        actions.append(Action("空白", url_for("prints.print_form", code=form.code), "post", value="blank"))
    ledger = LEDGERS.get(form.code)
    if ledger and allows(person, f"{ledger.model.__tablename__}.read"):
        actions.append(Action("台账", f"/{ledger.model.__tablename__}/"))
    return FormEntry(form.code, form.title, form.footing if form.kinds else "尚未启用", tuple(actions))


@prints_blueprint.post("/forms/<code>/print")
def print_form(code: str) -> ResponseReturnValue:
    """A blank form."""
    form = printouts.FORMS.get(code) or abort(404)
    if "blank" not in form.kinds:
        raise RuleError(f"表单 {code}《{form.title}》还没有空白样式")
    person = acting()
    org_id = _home_org(person)
    context = _context(reading(), person, org_id, form)

    def remember(session: Session) -> str:
        batch, _runs = prints.remember(session, person, org_id, [Printing(code, "blank", None, {"kind": "blank"})])
        return batch

    return _spooled(write(remember), printouts.render(code, "blank", context), f"{form.title}（空白）")


@prints_blueprint.post("/print/<code>/<int:row_id>")
def print_one(code: str, row_id: int) -> ResponseReturnValue:
    """One record on one form: the button of its page."""
    filler = FILLERS.get(code) or abort(404)
    row = scope.find(reading(), acting(), filler.model, row_id)
    if row is None:
        abort(404)
    return print_records(code, [row])


def print_records(code: str, records: Sequence[Record]) -> WSGIResponse:
    """One PDF of the records on the form, each print remembered; two at a time is a batch.

    Raises NotAllowed when one of them may not be read, RuleError when there is nothing to print.
    """
    person, filler = acting(), FILLERS[code]
    if not records:
        raise RuleError("没有选中要打印的单据")
    ids = [r.id for r in records]

    def remember(session: Session) -> tuple[str, list[dict[str, Any]]]:
        papers = []
        for row_id in ids:
            row = scope.find(session, person, filler.model, row_id)
            require(person, f"{filler.model.__tablename__}.read", row, "打印")
            if row is None:
                raise RuleError("有单据已不在您的范围内，请刷新列表")
            if code == "F-01" and isinstance(row, WorkOrder) and row.state not in ("draft", "cancelled"):
                copies_for_print(session, row)
            kind = "filled" if len(ids) == 1 else "batch"
            papers.append(Printing(code, kind, row, filler.fill(session, person, row)))
        batch, runs = prints.remember(session, person, getattr(papers[0].row, "org_id", 0), papers)
        facts = [
            {**p.facts, "nth": run.nth, "watermark": _watermark(p.row)} for p, run in zip(papers, runs, strict=True)
        ]
        return batch, facts

    batch, facts = write(remember)
    form = printouts.form(code)
    context = _context(reading(), person, _org_of(records[0], person), form)
    name = (
        f"{form.title} {facts[0].get('number') or ''}".strip() if len(facts) == 1 else f"{form.title} {len(facts)} 份"
    )
    return _spooled(batch, printouts.render_many(code, context, facts), name)


def print_along(code: str, row: Record, said: str) -> None:
    """Print what was just saved or moved: the page that comes next tells so and opens the file beside itself.

    What was done stands, also when the print is refused: then the next page says why.
    """
    try:
        reply = print_records(code, [row])
    except RuleError as no:
        flash(f"{said}，但没有打印：{no}", "wait")
        return
    flash({"text": said, "url": reply.location, "label": "打开打印件", "open": True}, "done")


def _watermark(row: Record | None) -> str:
    """未签发 across a slip that nobody issued yet, 作废 across a void one; a paper may have words of its own."""
    if isinstance(row, Document):
        if (own := getattr(row, "stamps", None)) is not None:
            return str(own.get(row.state, ""))
        if row.state == "draft":
            return "未签发"
        if row.state in ("void", "cancelled", "declined"):
            return "作废"
    return ""


def print_ledger(
    code: str, ids: Sequence[int], period: str = "", heading: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The register's official form over exactly the rows of a query, in their order."""
    if len(ids) > MOST_ROWS:
        raise RuleError(f"台账一次最多打印 {MOST_ROWS:,} 行，现有 {len(ids):,} 行，请缩小查询范围")
    rows = list(_ledger_rows(reading(), acting(), LEDGERS[code].model, code, ids))
    return print_rows(code, printouts.Rows(rows, len(rows), heading or {}), period, ids)


def print_rows(code: str, rows: printouts.Rows, period: str = "", ids: Sequence[int] = ()) -> ResponseReturnValue:
    """A ledger form over rows that somebody worked out already; the print is remembered."""
    if rows.count > MOST_ROWS:
        raise RuleError(f"台账一次最多打印 {MOST_ROWS:,} 行，现有 {rows.count:,} 行，请缩小查询范围")
    person, form = acting(), printouts.form(code)
    org_id = _home_org(person)
    context = _context(reading(), person, org_id, form, period)
    lines = list(rows.rows)
    heading = {"project": context.project, "total": f"{len(lines)} 件", **rows.heading}
    document = printouts.render(code, "ledger", context, printouts.Rows(lines, len(lines), heading))

    def remember(session: Session) -> str:
        facts = {"ids": list(ids), "rows": lines}
        paper = Printing(code, "ledger", None, facts, rows=len(lines))
        return prints.remember(session, person, org_id, [paper], keep=False)[0]

    return _spooled(write(remember), document, f"{form.ledger_title or form.title}")


def _ledger_rows(session: Session, person: Person, model: Any, code: str, ids: Sequence[int]) -> Any:
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows = select(model).where(model.id.in_(part), scope.readable(person, model)).options(*_named_by(model))
        found = {row.id: row for row in session.scalars(rows)}
        yield from LEDGERS[code].rows(session, person, [found[i] for i in part if i in found])


def _named_by(model: Any) -> list[Any]:
    """What a line of a ledger says of other rows (房号, 责任人), read for all lines together."""
    ties = model.__mapper__.relationships
    return [selectinload(tie.class_attribute) for tie in ties if tie.direction is RelationshipDirection.MANYTOONE]


def print_day_sheet(code: str, ids: Sequence[int], heading: dict[str, str]) -> ResponseReturnValue:
    """A form that is itself a list (《客户信息记录表》 of a day, F-64): filled, not a ledger."""
    person, ledger = acting(), LEDGERS[code]
    form = printouts.form(code)
    org_id = _home_org(person)
    rows = list(_ledger_rows(reading(), person, ledger.model, code, ids))
    context = _context(reading(), person, org_id, form)
    heading = {"project": context.project, **heading}
    document = printouts.render(code, "filled", context, printouts.Rows(rows, len(rows), heading))

    def remember(session: Session) -> str:
        facts = {"ids": list(ids), "rows": rows, "heading": heading}
        paper = Printing(code, "filled", None, facts, rows=len(rows))
        return prints.remember(session, person, org_id, [paper], keep=False)[0]

    return _spooled(write(remember), document, form.title)


def _home_org(person: Person) -> int:
    """The unit a paper without a record belongs to: the chosen project, else where the person holds a post."""
    if person.project_id:
        return person.project_id
    if not person.holdings:
        raise RuleError("您还没有任职单位，不能打印")
    return person.holdings[0].org_id


def _org_of(row: Record, person: Person) -> int:
    return getattr(row, "org_id", None) or _home_org(person)


def _context(
    session: Session, person: Person, org_id: int, form: printouts.Form, period: str = ""
) -> printouts.Context:
    project = project_of(session, org_id)
    company = session.scalars(select(OrgUnit).where(OrgUnit.kind == "company").order_by(OrgUnit.id).limit(1)).first()
    title = policy(session, TITLES[form.code], org_id) if form.code in TITLES else ""
    return printouts.Context(
        company=company.name if company else "",
        project=project.name if project else "",
        period=period,
        printed_by=person.name,
        printed_at=clock.shown(clock.now()),
        base_url=current_app.config["BASE_URL"] or request.host_url.rstrip("/"),
        title=title if title != form.title else "",
    )


def _spool() -> Path:
    folder = Path(current_app.instance_path) / "spool"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _spooled(batch: str, document: bytes, name: str) -> WSGIResponse:
    """Keep the PDF encrypted for an hour and lead there: the GET writes nothing."""
    folder = _spool()
    clear_spool(folder)
    closed = Fernet(keys().data).encrypt(document)
    draft = folder / f".{batch}"
    draft.write_bytes(closed)
    made = clock.now().timestamp()
    os.utime(draft, (made, made))
    draft.rename(folder / batch)
    return redirect(url_for("prints.fetch", batch=batch, name=name), 303)


def _kept_file(file: Path) -> bytes | None:
    """What was spooled, while its hour lasts; another thread may be clearing it away this moment."""
    try:
        return None if spool_ended(file) else file.read_bytes()
    except FileNotFoundError:
        return None


@prints_blueprint.get("/prints/<batch>.pdf")
def fetch(batch: str) -> ResponseReturnValue:
    """The file of a print, for whoever printed it."""
    person, session = acting(), reading()
    run = session.scalars(select(PrintRun).where(PrintRun.batch_id == batch).order_by(PrintRun.id).limit(1)).first()
    if run is None or run.by_id != person.staff_id:
        abort(404)
    closed = _kept_file(_spool() / run.batch_id)
    if closed is None:
        raise RuleError("这份文件已过期，请重新打印（会记为补打）")
    name = "".join(c for c in request.args.get("name", run.form) if c.isprintable() and c not in '/\\"<>:|?*')[:80]
    answer = Response(Fernet(keys().data).decrypt(closed), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"inline; filename=\"{run.form}.pdf\"; filename*=UTF-8''{quote(name)}.pdf"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _for_these_eyes(person: Person, row: Record, facts: dict[str, Any]) -> dict[str, Any]:
    """What was printed clear for somebody else is masked again for who may not see it now (decision 7)."""
    if sees_phone(person, row):
        return facts
    columns = type(row).__mapper__.column_attrs
    hidden = {n: type(row).info(n).get("secret") for n in facts if n in columns}
    return {n: masked(hidden[n], str(v)) if hidden.get(n) and "*" not in str(v) else v for n, v in facts.items()}


@prints_blueprint.get("/prints/<int:run_id>/then.pdf")
def as_printed(run_id: int) -> ResponseReturnValue:
    """看当时的: the paper with the words it had then, marked as a look and not a print."""
    person, session = acting(), reading()
    run = scope.find(session, person, PrintRun, run_id) or abort(404)
    filler, kept = FILLERS.get(run.form), session.get(PrintContent, run.id)
    if kept is None or filler is None:
        raise RuleError("这次打印的内容已按保存期限清除")
    row = scope.find(session, person, filler.model, run.row_id or 0) or abort(404)
    filler.fill(session, person, row)  # whoever may not print it may not look at it either
    form = printouts.form(run.form)
    context = _context(session, person, run.org_id, form)
    facts = {**_for_these_eyes(person, row, json.loads(kept.content)), "nth": run.nth, "watermark": "仅供查看"}
    answer = Response(printouts.render_many(run.form, context, [facts]), mimetype="application/pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
