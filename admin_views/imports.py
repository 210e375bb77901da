"""Taking over spreadsheets (导入): upload, match the columns, look at every verdict, confirm, watch it go in."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from admin_views.base import new_token
from admin_views.errors import WORDS, broken, draw_error, wants_json
from admin_views.import_pages import (
    blocked,
    confirm_label,
    counts,
    counts_title,
    crumbs_to,
    finished_page,
    is_untouched,
    match_page,
    pager,
    steps,
    tabs,
    upload_page,
    verdict_of,
    word_of,
)
from admin_views.page import (
    Action,
    ImportProgressPage,
    ImportVerdictsPage,
)
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import ImportRun, OrgUnit, TrailEntry, clock
from models.trail import tell
from rules import scope
from rules.errors import NotAllowed, RuleError
from rules.importing.applying import apply_run, progress_of
from rules.importing.columns import ImportRegister
from rules.importing.judging import judge_run
from rules.importing.registers import REGISTERS, may_import, register_of
from rules.importing.runs import cancel_run, confirm_run, match_run, require_right, start_run, survey_run
from rules.importing.safety import REFUSED_BIG
from rules.importing.spool import Spool
from rules.importing.verdicts import FILTERS, rows_page
from rules.importing.workbooks import write_errors, write_template
from rules.person import Person
from rules.write import Writer

ORDER = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAKEN = "取走错误清单"
FETCH_WITHIN = timedelta(minutes=15)
imports_blueprint = Blueprint("imports", __name__)
log = logging.getLogger(__name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(imports_blueprint)


def _spool() -> Spool:
    return Spool(Path(current_app.instance_path) / "imports")


def _writer() -> Writer:
    found: Writer = current_app.extensions["writer"]
    return found


def _run(run_id: int) -> ImportRun:
    run = scope.find(reading(), acting(), ImportRun, run_id)
    if run is None:
        abort(404)
    return run


def _register() -> ImportRegister:
    person = acting()
    mine = [r for r in REGISTERS.values() if may_import(person, r)]
    wanted = request.args.get("register")
    found = next((r for r in mine if wanted in (None, r.noun)), None)
    if found is None:
        raise NotAllowed("您没有可以导入的登记，须由客服管理员、客服主管、管理处经理或业务部账务员办理")
    return found


def _site(person: Person) -> int:
    """The 现场 whose opening stock it is: the one that serves the chosen project, or the only one within reach."""
    sites = select(OrgUnit.id).where(OrgUnit.kind == "site", OrgUnit.active, OrgUnit.id.in_(person.units))
    if person.project_id:
        sites = sites.where(OrgUnit.serves_id == person.project_id)
    units = reading().scalars(sites).all()
    if len(units) != 1:
        raise RuleError("请先在左上角选择现场所服务的项目")
    return units[0]


def _project(person: Person, noun: str = "") -> int:
    """The unit the file belongs to: the chosen project, or the only one within reach; of stock its 现场."""
    if noun == "stock_in":
        return _site(person)
    if person.project_id:
        return person.project_id
    units = reading().scalars(select(OrgUnit.id).where(OrgUnit.kind == "project", OrgUnit.id.in_(person.units))).all()
    if len(units) != 1:
        raise RuleError("请先在左上角选择要导入的项目")
    return units[0]


@imports_blueprint.get("/imports")
def upload() -> ResponseReturnValue:
    """Choose a file; the last runs stand below."""
    return upload_page(_register())


@imports_blueprint.post("/imports")
def take() -> ResponseReturnValue:
    """Take the upload in; a file that cannot be read is refused here, in words."""
    person, register = acting(), _register()
    file = request.files.get("file")
    if file is None or not file.filename:
        return upload_page(register, "请选择要导入的文件", 422)
    org_id = _project(person, register.noun)
    reading().rollback()
    try:
        run_id = start_run(_writer(), _spool(), register.noun, org_id, person, file.filename, file.stream)  # type: ignore[arg-type]
    except RuleError as no:
        return upload_page(register, str(no), 422)
    return redirect(url_for("imports.match", run_id=run_id), 303)


@imports_blueprint.errorhandler(413)
def too_big(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """More than the server reads at all (nobody is known yet): the words of a file that is just above the limit."""
    if request.endpoint != "imports.take" or wants_json():
        return broken(error)
    return draw_error(413, WORDS[413][0], REFUSED_BIG)


@imports_blueprint.get("/imports/template.xlsx")
def template() -> ResponseReturnValue:
    """Our own empty table of a register."""
    register, out = _register(), BytesIO()
    write_template(register, out)
    return _file(out, f"{register.title}导入模板.xlsx")


def _file(out: BytesIO, name: str) -> Response:
    answer = Response(out.getvalue(), mimetype=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"import.xlsx\"; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@imports_blueprint.get("/imports/<int:run_id>/match")
def match(run_id: int) -> ResponseReturnValue:
    """Which column is which: as matched by name, or as chosen."""
    run = _run(run_id)
    if run.state not in ("uploaded", "read"):
        return redirect(url_for("imports.verdicts", run_id=run_id))
    return match_page(run, survey_run(_spool(), run))


@imports_blueprint.post("/imports/<int:run_id>/match")
def matched(run_id: int) -> ResponseReturnValue:
    """Keep the choice and have every row judged."""
    person, run = acting(), _run(run_id)
    sheet = request.form.get("sheet") or None
    if request.form.get("then") == "again":
        return match_page(run, survey_run(_spool(), run, sheet))
    chosen = {int(k[4:]): v for k, v in request.form.items() if k.startswith("col-") and k[4:].isdecimal() and v}
    create_places = "places" in request.form
    reading().rollback()
    try:
        match_run(_writer(), _spool(), run_id, person, sheet=sheet, columns=chosen, create_places=create_places)
    except RuleError as no:
        if no.field != "columns":
            raise
        return match_page(_run(run_id), survey_run(_spool(), _run(run_id), sheet, chosen), str(no), 422)
    register = register_of(run.register)
    _in_background(lambda writer, spool: judge_run(writer, spool, register, run_id, person))
    return redirect(url_for("imports.progress", run_id=run_id), 303)


def _in_background(work: Callable[[Writer, Spool], None]) -> None:
    """Run it beside the requests; a refusal stands in the run itself, a bug in the log."""
    writer, spool = _writer(), _spool()

    def run() -> None:
        try:
            work(writer, spool)
        except RuleError:
            log.info("an import stopped with a refusal that its page shows")
        except Exception:
            log.exception("an import stopped")

    if current_app.config.get("IMPORTS_INLINE"):
        reading().rollback()
        run()
    else:
        threading.Thread(target=run, name="import", daemon=True).start()


@imports_blueprint.get("/imports/<int:run_id>/progress")
def progress(run_id: int) -> ResponseReturnValue:
    """The bar, while the file is read or goes in; afterwards the way on."""
    run = _run(run_id)
    told = progress_of(reading(), run)
    if not told["is_busy"]:
        return redirect(url_for("imports.verdicts", run_id=run_id))
    page = ImportProgressPage(
        title=f"导入{register_of(run.register).title}",
        steps=steps(2 if run.state == "reading" else 3),
        status_url=url_for("imports.status", run_id=run_id),
        done=told["done"],
        total=told["total"],
        word=word_of(told),
        crumbs=crumbs_to(run.file_name),
    )
    return draw("import_progress.html", page)


@imports_blueprint.get("/imports/<int:run_id>/status")
def status(run_id: int) -> ResponseReturnValue:
    """How far it is, as JSON."""
    told = progress_of(reading(), _run(run_id))
    return jsonify(
        done=told["done"],
        total=told["total"],
        word=word_of(told),
        finished=not told["is_busy"],
        failed=told["message"] if told["state"] == "failed" else "",
        next=url_for("imports.verdicts", run_id=run_id),
    )


@imports_blueprint.get("/imports/<int:run_id>")
def verdicts(run_id: int) -> ResponseReturnValue:
    """Every row with its verdict: before → after at each cell, the reason at each fault."""
    run = _run(run_id)
    if run.state in ("reading", "confirmed", "applying"):
        return redirect(url_for("imports.progress", run_id=run_id))
    if run.state == "uploaded":
        return redirect(url_for("imports.match", run_id=run_id))
    if run.state == "cancelled":
        raise RuleError("这次导入已取消，请重新上传")
    if run.state == "done" and "which" not in request.args:
        return finished_page(run)
    which = request.args.get("which", "")
    which = which if which in FILTERS else ""
    number = request.args.get("page", 1, type=int)
    stopped = (run.message or "") if run.state == "failed" else ""
    shown = rows_page(reading(), run, which, min(max(1, number), 100_000))
    page = ImportVerdictsPage(
        title=f"导入{register_of(run.register).title}：{'结果' if run.state == 'done' else '看结论'}",
        url=url_for("imports.confirm", run_id=run_id),
        token=new_token(),
        steps=steps(4 if run.state == "done" else 2),
        file=f"{run.file_name} · {run.total:,} 行" + (f" · {run.message}" if run.message and not stopped else ""),
        counts=counts(run),
        tabs=tabs(run, which),
        columns=tuple(label for _key, label in shown.columns),
        rows=tuple(verdict_of(r) for r in shown.rows),
        pager=pager(run_id, which, shown.page, shown.pages, shown.total),
        back_url=url_for("imports.upload", register=run.register),
        confirm_label=confirm_label(run),
        blocked=blocked(run),
        warning=stopped,
        counts_title=counts_title(run),
        errors_file=Action("取走错误清单", url_for("imports.errors", run_id=run_id), "post", icon="download")
        if run.errors or run.failed
        else None,
        can_choose_all=is_untouched(run),
        crumbs=crumbs_to(run.file_name),
    )
    return draw("import_verdicts.html", page)


@imports_blueprint.post("/imports/<int:run_id>")
def confirm(run_id: int) -> ResponseReturnValue:
    """Confirmed: every good row goes in, or all or none."""
    person, run = acting(), _run(run_id)
    mode = "all" if request.form.get("mode") == "all" else "rows"
    register = register_of(run.register)
    reading().rollback()
    confirm_run(_writer(), _spool(), run_id, person, mode)
    _in_background(lambda writer, spool: apply_run(writer, register, run_id, person))
    return redirect(url_for("imports.progress", run_id=run_id), 303)


@imports_blueprint.post("/imports/<int:run_id>/cancel")
def cancel(run_id: int) -> ResponseReturnValue:
    """Given up before anything was written."""
    person, run = acting(), _run(run_id)
    noun = run.register
    reading().rollback()
    cancel_run(_writer(), _spool(), run_id, person)
    flash("这次导入已取消，没有写入任何一行", "void")
    return redirect(url_for("imports.upload", register=noun), 303)


@imports_blueprint.post("/imports/<int:run_id>/errors")
def errors(run_id: int) -> ResponseReturnValue:
    """The faulty rows are taken away, in the clear, by who may import: the trail says so."""
    person, run = acting(), _run(run_id)
    require_right(person, run)

    def note(session: Session) -> None:
        tell(session, TAKEN, session.get_one(ImportRun, run_id))

    write(note)
    return redirect(url_for("imports.errors_file", run_id=run_id), 303)


def _took_lately(person: Person, run_id: int) -> bool:
    said = select(TrailEntry.id).where(
        TrailEntry.noun == "import_run",
        TrailEntry.row_id == run_id,
        TrailEntry.action == TAKEN,
        TrailEntry.actor_id == person.staff_id,
        TrailEntry.at > clock.now() - FETCH_WITHIN,
    )
    return reading().scalars(said.limit(1)).first() is not None


@imports_blueprint.get("/imports/<int:run_id>/errors.xlsx")
def errors_file(run_id: int) -> ResponseReturnValue:
    """The workbook itself, for a quarter of an hour to whoever was written down as taking it."""
    run, person = _run(run_id), acting()
    require_right(person, run)
    if not _took_lately(person, run_id):
        raise RuleError("请在核对页点“取走错误清单”，取走会记入操作日志")
    out = BytesIO()
    write_errors(reading(), run, out)
    return _file(out, f"{Path(run.file_name).stem}_错误清单.xlsx")
