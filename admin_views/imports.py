"""Taking over spreadsheets (导入): upload, match the columns, look at every verdict, confirm, watch it go in."""

import logging
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.page import (
    Action,
    Badge,
    Choice,
    Column,
    ColumnMatch,
    Count,
    Crumb,
    Field,
    ImportMatchPage,
    ImportProgressPage,
    ImportUploadPage,
    ImportVerdictsPage,
    LinesTable,
    LinkCell,
    PageLink,
    Pager,
    Row,
    Step,
    Tab,
    Text,
    Verdict,
    VerdictCell,
)
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from models import ImportRun, OrgUnit, Staff, clock
from models.masks import masked
from models.trail import tell
from rules import scope
from rules.errors import NotAllowed, RuleError
from rules.importing.applying import apply_run, progress_of
from rules.importing.columns import ImportRegister
from rules.importing.header import Matched
from rules.importing.judging import judge_run
from rules.importing.plan import Survey
from rules.importing.registers import REGISTERS, register_of
from rules.importing.runs import cancel_run, confirm_run, earlier_run, match_run, require_right, start_run, survey_run
from rules.importing.safety import MAX_FILE
from rules.importing.spool import Spool
from rules.importing.verdicts import FILTERS, PAGE, ShownCell, ShownRow, rows_page
from rules.importing.workbooks import write_errors, write_template
from rules.permissions import allows
from rules.person import Person
from rules.write import Writer

ORDER = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {"create": "done", "update": "open", "skip": "", "error": "late"}
DOING = {"reading": "正在逐行检查", "confirmed": "等待写入", "applying": "正在写入"}
STEPS = ("选文件", "对列名", "看结论", "写入")
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


def _steps(now: int) -> tuple[Step, ...]:
    return tuple(Step(label, past=n < now, current=n == now) for n, label in enumerate(STEPS))


def _crumbs(last: str) -> tuple[Crumb, ...]:
    return Crumb("工作台", "/"), Crumb("导入", url_for("imports.upload")), Crumb(last)


def _run(run_id: int) -> ImportRun:
    run = scope.find(reading(), acting(), ImportRun, run_id)
    if run is None:
        abort(404)
    return run


def _register() -> ImportRegister:
    person = acting()
    mine = [r for r in REGISTERS.values() if allows(person, f"{r.noun}.write") and allows(person, "import_run.write")]
    wanted = request.values.get("register")
    found = next((r for r in mine if wanted in (None, r.noun)), None)
    if found is None:
        raise NotAllowed("您没有可以导入的登记，须由客服管理员、客服主管或管理处经理办理")
    return found


def _project(person: Person) -> int:
    """The project the file belongs to: the chosen one, or the only one within reach."""
    if person.project_id:
        return person.project_id
    units = reading().scalars(select(OrgUnit.id).where(OrgUnit.kind == "project", OrgUnit.id.in_(person.units))).all()
    if len(units) != 1:
        raise RuleError("请先在左上角选择要导入的项目")
    return units[0]


@imports_blueprint.get("/imports")
def upload() -> ResponseReturnValue:
    """Choose a file; the last runs stand below."""
    return _upload_page(_register())


def _upload_page(register: ImportRegister, error: str = "", status: int = 200) -> ResponseReturnValue:
    page = ImportUploadPage(
        title=f"导入{register.title}",
        url=url_for("imports.take", register=register.noun),
        token=new_token(),
        steps=_steps(0),
        template=Action("下载模板", url_for("imports.template", register=register.noun), icon="download"),
        rules=(
            "表头不必在第一行：标题、填表单位、统计日期会跳过，合并单元格和小计行认得出来。",
            "列名认得的自动对上，认错了下一步可以改。",
            "全角数字、多余空格、3栋2单元1203 这类写法会整理好，改了什么逐格列出。",
            "被表格四舍五入的身份证号码不会去猜，列为错误。",
            "公式不执行，也不采用它的结果。",
        ),
        limit=f"xlsx 或 csv，不超过 {MAX_FILE // 1024 // 1024} MB",
        error=error,
        crumbs=_crumbs(register.title),
        recent=_recent(),
    )
    return draw("import_upload.html", page, status)


def _recent() -> LinesTable:
    session = reading()
    runs = session.scalars(
        select(ImportRun).where(scope.readable(acting(), ImportRun)).order_by(ImportRun.id.desc()).limit(8)
    ).all()
    names = {s.id: s.name for s in session.scalars(select(Staff).where(Staff.id.in_({r.by_id for r in runs})))}
    columns = (
        Column("file", "文件"),
        Column("by", "导入人", "m"),
        Column("at", "上传时间", "l"),
        Column("state", "结果", "xl"),
    )
    rows = tuple(
        Row(
            str(r.id),
            url_for("imports.verdicts", run_id=r.id),
            r.file_name,
            (
                LinkCell(r.file_name, url_for("imports.verdicts", run_id=r.id)),
                Text(names.get(r.by_id, "")),
                Text(clock.shown(r.created_at)),
                Badge(
                    ImportRun.info("state")["choices"][r.state],
                    "done" if r.state == "done" else "late" if r.state == "failed" else "wait",
                ),
            ),
        )
        for r in runs
    )
    return LinesTable("最近的导入", columns, rows, empty="还没有导入过")


@imports_blueprint.post("/imports")
def take() -> ResponseReturnValue:
    """Take the upload in; a file that cannot be read is refused here, in words."""
    person, register = acting(), _register()
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(register, "请选择要导入的文件", 422)
    org_id = _project(person)
    reading().rollback()
    try:
        run_id = start_run(_writer(), _spool(), register.noun, org_id, person, file.filename, file.stream)  # type: ignore[arg-type]
    except RuleError as no:
        return _upload_page(register, str(no), 422)
    return redirect(url_for("imports.match", run_id=run_id), 303)


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
    return _match_page(run, survey_run(_spool(), run))


@imports_blueprint.post("/imports/<int:run_id>/match")
def matched(run_id: int) -> ResponseReturnValue:
    """Keep the choice and have every row judged."""
    person, run = acting(), _run(run_id)
    sheet = request.form.get("sheet") or None
    if request.form.get("then") == "again":
        return _match_page(run, survey_run(_spool(), run, sheet))
    chosen = {int(k[4:]): v for k, v in request.form.items() if k.startswith("col-") and k[4:].isdecimal() and v}
    create_places = "places" in request.form
    reading().rollback()
    try:
        match_run(_writer(), _spool(), run_id, person, sheet=sheet, columns=chosen, create_places=create_places)
    except RuleError as no:
        if no.field != "columns":
            raise
        return _match_page(_run(run_id), survey_run(_spool(), _run(run_id), sheet, chosen), str(no), 422)
    register = register_of(run.register)
    _in_background(lambda writer, spool: judge_run(writer, spool, register, run_id, person))
    return redirect(url_for("imports.progress", run_id=run_id), 303)


def _match_page(run: ImportRun, seen: Survey, error: str = "", status: int = 200) -> ResponseReturnValue:
    register, plan = register_of(run.register), seen.plan
    choices = (
        Choice("", "不导入"),
        *(Choice(c.key, f"{c.label}{' *' if c.required else ''}") for c in register.columns),
    )
    sheets = tuple(
        Choice(s.info.name, f"{s.info.name}（{s.why_not}）" if s.why_not else s.info.name, disabled=s.header is None)
        for s in seen.sheets
    )
    twin = earlier_run(reading(), run)
    missing = "、".join(seen.matched.missing)
    note = error or (f"还没有认出必填的列：{missing}" if missing else "")
    if twin and not note:
        note = f"这个文件在 {clock.shown(twin.finished_at or twin.created_at)} 已导入过一次，再导入会更新已有的住户"
    page = ImportMatchPage(
        title=f"导入{register.title}：对列名",
        url=url_for("imports.match", run_id=run.id),
        token=new_token(),
        steps=_steps(1),
        file=f"{run.file_name} · 工作表 {plan.sheet} · 表头在第 {plan.header.top} 行",
        options=(
            Field("sheet", "工作表", "select", plan.sheet, choices=sheets),
            Field(
                "places",
                "同时建立房屋",
                "check",
                "1" if run.create_places else "",
                help="系统里没有的楼栋和房号一并建立",
            ),
        ),
        matches=tuple(
            _column_match(register, seen, index, label, choices) for index, label in enumerate(plan.header.labels)
        ),
        back_url=url_for("imports.upload", register=run.register),
        missing=note,
        crumbs=_crumbs(run.file_name),
    )
    return draw("import_match.html", page, status)


def _column_match(
    register: ImportRegister, seen: Survey, index: int, label: str, choices: tuple[Choice, ...]
) -> ColumnMatch:
    key = seen.plan.columns.get(index, "")
    secret = register.column(key).secret if key else None
    samples = [row[index] if index < len(row) else "" for row in seen.samples]
    shown = tuple(masked(secret, s) if secret else s for s in samples if s)[:3]
    field = Field(f"col-{index}", label or _letter(index), "select", key, choices=choices)
    return ColumnMatch(_letter(index), label, shown, field, _how(register, seen.matched, index, key, label))


def _how(register: ImportRegister, found: Matched, index: int, key: str, label: str) -> Badge:
    if not key:
        return Badge("没有认出", "wait") if any(index == i for i, _label in found.unmatched) else Badge("不导入")
    return Badge("名称相同", "done") if register.column(key).label == label else Badge("按别名认的", "open")


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


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
        steps=_steps(2 if run.state == "reading" else 3),
        status_url=url_for("imports.status", run_id=run_id),
        done=told["done"],
        total=told["total"],
        word=_word(told),
        crumbs=_crumbs(run.file_name),
    )
    return draw("import_progress.html", page)


def _word(told: dict[str, Any]) -> str:
    doing = DOING.get(told["state"], told["state_label"])
    return f"{doing}：第 {told['done']:,} 行，共 {told['total']:,} 行"


@imports_blueprint.get("/imports/<int:run_id>/status")
def status(run_id: int) -> ResponseReturnValue:
    """How far it is, as JSON."""
    told = progress_of(reading(), _run(run_id))
    return jsonify(
        done=told["done"],
        total=told["total"],
        word=_word(told),
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
        return _finished(run)
    which = request.args.get("which", "")
    which = which if which in FILTERS else ""
    number = request.args.get("page", 1, type=int)
    shown = rows_page(reading(), run, which, min(max(1, number), 100_000))
    page = ImportVerdictsPage(
        title=f"导入{register_of(run.register).title}：{'结果' if run.state == 'done' else '看结论'}",
        url=url_for("imports.confirm", run_id=run_id),
        token=new_token(),
        steps=_steps(4 if run.state == "done" else 2),
        file=f"{run.file_name} · {run.total:,} 行" + (f" · {run.message}" if run.message else ""),
        counts=_counts(run),
        tabs=_tabs(run, which),
        columns=tuple(label for _key, label in shown.columns),
        rows=tuple(_verdict(r) for r in shown.rows),
        pager=_pager(run_id, which, shown.page, shown.pages, shown.total),
        back_url=url_for("imports.upload", register=run.register),
        confirm_label=f"写入 {run.to_create + run.to_update:,} 行",
        blocked=_blocked(run),
        errors_file=Action("取走错误清单", url_for("imports.errors", run_id=run_id), "post", icon="download")
        if run.errors or run.failed
        else None,
        can_choose_all=run.state == "read",
        crumbs=_crumbs(run.file_name),
    )
    return draw("import_verdicts.html", page)


def _finished(run: ImportRun) -> ResponseReturnValue:
    """What went in, and the way on."""
    at = url_for("imports.verdicts", run_id=run.id, which="")
    actions = [Action("逐行看结果", f"{at}?which=" if "?" not in at else at)]
    if run.errors or run.failed:
        actions.append(Action("取走错误清单", url_for("imports.errors", run_id=run.id), "post", icon="download"))
    actions.append(Action("看住户", f"/{run.register}/", look="primary"))
    page = ImportProgressPage(
        title=f"导入{register_of(run.register).title}",
        steps=_steps(len(STEPS)),
        status_url="",
        done=run.done,
        total=run.total,
        word=run.message or "",
        finished=True,
        counts=_counts(run),
        actions=tuple(actions),
        crumbs=_crumbs(run.file_name),
    )
    return draw("import_progress.html", page)


def _blocked(run: ImportRun) -> str:
    if run.state == "done":
        return f"这个文件已经写入，不能再写一次：{run.message}"
    if run.state == "read" and not run.to_create + run.to_update:
        return "没有可以写入的行：请取走错误清单，改好后重新上传"
    return ""


def _counts(run: ImportRun) -> tuple[Count, ...]:
    def at(which: str) -> str:
        return url_for("imports.verdicts", run_id=run.id, which=which)

    done = run.state == "done"
    return (
        Count(run.created if done else run.to_create, "已新增" if done else "新增", at("create"), tone="done"),
        Count(run.updated if done else run.to_update, "已更新" if done else "更新", at("update"), tone="open"),
        Count(run.skipped, "跳过", at("skip")),
        Count(run.errors + (run.failed if done else 0), "错误", at("error"), tone="late" if run.errors else ""),
        Count(run.cleaned, "整理过的行", at("changed"), tone="wait" if run.cleaned else ""),
    )


def _tabs(run: ImportRun, which: str) -> tuple[Tab, ...]:
    counts = {
        "create": run.to_create,
        "update": run.to_update,
        "skip": run.skipped,
        "error": run.errors,
        "changed": run.cleaned,
        "failed": run.failed,
    }
    return tuple(
        Tab(label, url_for("imports.verdicts", run_id=run.id, which=key or None), counts.get(key), current=key == which)
        for key, label in FILTERS.items()
        if key != "failed" or run.failed
    )


def _verdict(row: ShownRow) -> Verdict:
    outcome = row.outcome == "error"
    badge = Badge("未能导入" if outcome else row.verdict_label, "late" if outcome else TONES[row.verdict])  # type: ignore[arg-type]
    notes = [f"{c.note}" for c in row.cells if c.note]
    why = row.outcome_reason if outcome else "" if row.verdict == "error" else row.reason
    return Verdict(row.number, tuple(map(_cell, row.cells)), badge, "；".join(n for n in (why, *notes) if n))


def _cell(cell: ShownCell) -> VerdictCell:
    if cell.is_changed and cell.before != cell.after:
        return VerdictCell(cell.after or "（空）", was=cell.before, error=cell.problem)
    return VerdictCell(cell.before, error=cell.problem)


def _pager(run_id: int, which: str, number: int, pages: int, total: int) -> Pager:
    def at(n: int) -> str:
        return url_for("imports.verdicts", run_id=run_id, which=which or None, page=n)

    near = sorted({1, pages, *range(max(1, number - 2), min(pages, number + 2) + 1)}) if pages else []
    links: list[PageLink] = []
    for n in near:
        if links and n - int(links[-1].label) > 1:
            links.append(PageLink("…"))
        links.append(PageLink(str(n), at(n), n == number))
    return Pager(
        total,
        (number - 1) * PAGE + 1 if total else 0,
        min(number * PAGE, total),
        tuple(links),
        at(number - 1) if number > 1 else "",
        at(number + 1) if number < pages else "",
        unit="行",
    )


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
        tell(session, "取走错误清单", session.get_one(ImportRun, run_id))

    write(note)
    return redirect(url_for("imports.errors_file", run_id=run_id), 303)


@imports_blueprint.get("/imports/<int:run_id>/errors.xlsx")
def errors_file(run_id: int) -> ResponseReturnValue:
    """The workbook itself."""
    run = _run(run_id)
    require_right(acting(), run)
    out = BytesIO()
    write_errors(reading(), run, out)
    return _file(out, f"{Path(run.file_name).stem}_错误清单.xlsx")
