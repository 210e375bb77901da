"""The pages of an import as values: choose a file, match its columns, look at the verdicts, see it finished."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

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
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import ImportRun, Staff, clock
from models.masks import masked
from rules import scope
from rules.importing.columns import ImportRegister
from rules.importing.header import Matched
from rules.importing.plan import Survey
from rules.importing.registers import register_of
from rules.importing.runs import earlier_run, has_buildings
from rules.importing.safety import MAX_FILE, REFUSED_BIG
from rules.importing.verdicts import FILTERS, PAGE, ShownCell, ShownRow
from rules.nouns import noun_model

TONES = {"create": "done", "update": "open", "skip": "", "error": "late"}
DOING = {"reading": "正在逐行检查", "confirmed": "等待写入", "applying": "正在写入"}
AHEAD = "正在逐行准备，最后一次写入"  # 全部或全不: nothing is written before the last row has been worked out
STEPS = ("选文件", "对列名", "看结论", "写入")


def steps(now: int) -> tuple[Step, ...]:
    """The four steps with the present one marked."""
    return tuple(Step(label, past=n < now, current=n == now) for n, label in enumerate(STEPS))


def crumbs_to(last: str) -> tuple[Crumb, ...]:
    """Where one stands."""
    return Crumb("工作台", "/"), Crumb("导入", url_for("imports.upload")), Crumb(last)


def upload_page(register: ImportRegister, error: str = "", status: int = 200) -> ResponseReturnValue:
    """Choose a file; how it will be read; the last runs."""
    page = ImportUploadPage(
        title=f"导入{register.title}",
        url=url_for("imports.take", register=register.noun),
        token=new_token(),
        steps=steps(0),
        template=Action("下载模板", url_for("imports.template", register=register.noun), icon="download"),
        rules=(
            "表头不必在第一行：标题、填表单位、统计日期会跳过，合并单元格和小计行认得出来。",
            "列名认得的自动对上，认错了下一步可以改。",
            "全角数字、多余空格、3栋2单元1203 这类写法会整理好，改了什么逐格列出。",
            "被表格四舍五入的身份证号码不会去猜，列为错误。",
            "公式不执行，也不采用它的结果。",
        ),
        limit=f"xlsx 或 csv，不超过 {MAX_FILE // 1024 // 1024} MB",
        most=MAX_FILE,
        too_big=REFUSED_BIG,
        error=error,
        crumbs=crumbs_to(register.title),
        recent=recent(),
    )
    return draw("import_upload.html", page, status)


def recent() -> LinesTable:
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


def match_page(run: ImportRun, seen: Survey, error: str = "", status: int = 200) -> ResponseReturnValue:
    """Which column is which, with samples masked as far as a column is known."""
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
    note = error or run.message or (f"还没有认出必填的列：{missing}" if missing else "")
    if twin and not note:
        note = f"这个文件在 {clock.shown(twin.finished_at or twin.created_at)} 已导入过一次，再导入会更新已有的记录"
    page = ImportMatchPage(
        title=f"导入{register.title}：对列名",
        url=url_for("imports.match", run_id=run.id),
        token=new_token(),
        steps=steps(1),
        file=f"{run.file_name} · 工作表 {plan.sheet} · 表头在第 {plan.header.top} 行",
        options=(
            Field("sheet", "工作表", "select", plan.sheet, choices=sheets),
            *([places_field(run, register)] if register.places_note else []),
        ),
        matches=tuple(
            column_match(register, seen, index, label, choices) for index, label in enumerate(plan.header.labels)
        ),
        back_url=url_for("imports.upload", register=run.register),
        missing=note,
        crumbs=crumbs_to(run.file_name),
    )
    return draw("import_match.html", page, status)


def places_field(run: ImportRun, register: ImportRegister) -> Field:
    """Whether places the house does not know are made along with the rows: not without being told, once it knows any.

    A slip of the pen in the file would stand in the registers as a house.
    """
    chosen = run.create_places if run.turn else not has_buildings(reading(), run.org_id)
    return Field("places", "同时建立房屋", "check", "1" if chosen else "", help=register.places_note)


def column_match(
    register: ImportRegister, seen: Survey, index: int, label: str, choices: tuple[Choice, ...]
) -> ColumnMatch:
    key = seen.plan.columns.get(index, "")
    secret = register.column(key).secret if key else None
    samples = [row[index] if index < len(row) else "" for row in seen.samples]
    shown = tuple(masked(secret, s) if secret else s for s in samples if s)[:3]
    field = Field(f"col-{index}", label or letter(index), "select", key, choices=choices)
    return ColumnMatch(letter(index), label, shown, field, how(register, seen.matched, index, key, label))


def how(register: ImportRegister, found: Matched, index: int, key: str, label: str) -> Badge:
    if not key:
        return Badge("没有认出", "wait") if any(index == i for i, _label in found.unmatched) else Badge("不导入")
    return Badge("名称相同", "done") if register.column(key).label == label else Badge("按别名认的", "open")


def letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def word_of(told: dict[str, Any]) -> str:
    """How far it is, in words."""
    ahead = told["state"] == "applying" and told["mode"] == "all"
    doing = AHEAD if ahead else DOING.get(told["state"], told["state_label"])
    return f"{doing}：第 {told['done']:,} 行，共 {told['total']:,} 行"


def finished_page(run: ImportRun) -> ResponseReturnValue:
    """What went in, and the way on."""
    at = url_for("imports.verdicts", run_id=run.id, which="")
    actions = [Action("逐行看结果", f"{at}?which=" if "?" not in at else at)]
    if run.errors or run.failed:
        actions.append(Action("取走错误清单", url_for("imports.errors", run_id=run.id), "post", icon="download"))
    actions.append(Action(f"看{label_of(run.register)}", f"/{run.register}/", look="primary"))
    page = ImportProgressPage(
        title=f"导入{register_of(run.register).title}",
        steps=steps(len(STEPS)),
        status_url="",
        done=run.done,
        total=run.total,
        word=run.message or "",
        finished=True,
        counts=counts(run),
        actions=tuple(actions),
        crumbs=crumbs_to(run.file_name),
    )
    return draw("import_progress.html", page)


def label_of(noun: str) -> str:
    """The register's word for one row of it."""
    model = noun_model(noun)
    return model.__label__ if model else "登记"


def blocked(run: ImportRun) -> str:
    """Why nothing can be written, empty when it can."""
    if run.state == "done":
        return f"这个文件已经写入，不能再写一次：{run.message}"
    if run.state == "read" and not run.to_create + run.to_update:
        return "没有可以写入的行：请取走错误清单，改好后重新上传"
    return ""


def is_untouched(run: ImportRun) -> bool:
    """Nothing of it has gone in: how it goes in may still be chosen."""
    return run.state in ("read", "failed") and not run.created + run.updated + run.failed


def confirm_label(run: ImportRun) -> str:
    """What pressing does, with how many rows are left to do."""
    left = run.to_create + run.to_update - run.created - run.updated - run.failed
    return f"{'写入' if is_untouched(run) else '继续写入'} {left:,} 行"


def counts_title(run: ImportRun) -> str:
    """Whether the counts are a forecast or a result."""
    if run.state == "done":
        return "写入结果"
    return "试读结果，还没有写入" if is_untouched(run) else f"试读结果，已经写入 {run.created + run.updated:,} 行"


def counts(run: ImportRun) -> tuple[Count, ...]:
    """What was or would be written, each opening its rows."""

    def at(which: str) -> str:
        return url_for("imports.verdicts", run_id=run.id, which=which)

    done = run.state == "done"
    made = ((run.new_buildings, "新建楼栋"), (run.new_units, "新建房屋")) if run.new_units and not done else ()
    return (
        Count(run.created if done else run.to_create, "已新增" if done else "新增", at("create"), tone="done"),
        Count(run.updated if done else run.to_update, "已更新" if done else "更新", at("update"), tone="open"),
        Count(run.skipped, "跳过", at("skip")),
        Count(run.errors + (run.failed if done else 0), "错误", at("error"), tone="late" if run.errors else ""),
        Count(run.cleaned, "整理过的行", at("changed"), tone="wait" if run.cleaned else ""),
        *(Count(number, label, at("create"), "同时建立", "wait") for number, label in made),
    )


def tabs(run: ImportRun, which: str) -> tuple[Tab, ...]:
    """The filters with their counts."""
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


def verdict_of(row: ShownRow) -> Verdict:
    """One row with its verdict."""
    outcome = row.outcome == "error"
    badge = Badge("未能导入" if outcome else row.verdict_label, "late" if outcome else TONES[row.verdict])  # type: ignore[arg-type]
    notes = [f"{c.note}" for c in row.cells if c.note]
    why = row.outcome_reason if outcome else "" if row.verdict == "error" else row.reason
    return Verdict(row.number, tuple(map(cell_of, row.cells)), badge, "；".join(n for n in (why, *notes) if n))


def cell_of(cell: ShownCell) -> VerdictCell:
    if cell.is_changed and cell.before != cell.after:
        return VerdictCell(cell.after or "（空）", was=cell.before, error=cell.problem, parts=cell.parts)
    return VerdictCell(cell.before, error=cell.problem, parts=cell.parts)


def pager(run_id: int, which: str, number: int, pages: int, total: int) -> Pager:
    """The pages round the present one."""

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
