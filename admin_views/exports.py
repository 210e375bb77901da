"""Taking a register away: POST writes down who takes what, 303 leads to the file, which is streamed."""

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from cryptography.fernet import InvalidToken
from flask import Response, abort, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_views import saved_views
from admin_views.base import see_other
from admin_views.columns import Col, Line, Look, draw_column, exported, text_of
from admin_views.page import Export
from admin_views.prints import print_day_sheet, print_ledger
from admin_views.query import MOST_TICKED, ListQuery
from admin_views.request import acting, engine, reading, write
from models import ExportRun, Record, clock
from models.secrecy import close, open_
from models.trail import tell
from printouts import FORMS
from printouts.filling import DAY_SHEETS, LEDGERS
from rules.errors import RuleError
from rules.exporting import MOST_ROWS, Value, csv_lines, write_xlsx
from rules.person import Person

if TYPE_CHECKING:
    from admin_views.registers import RegisterView

FETCH_WITHIN = timedelta(minutes=15)
LONGEST_QUERY = 2000
MOST_PRINTED = 20_000
WIDE = {"": 40, "s": 8, "m": 10, "l": 14, "due": 14, "xl": 20, "xxl": 30}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def kinds(model: type[Record]) -> tuple[Export, ...]:
    """What a register can be taken away as: two files, and each official form it is kept on."""
    papers = [
        Export(f"{FORMS[code].ledger_title or FORMS[code].title}（PDF）", f"ledger:{code}")
        for code, ledger in sorted(LEDGERS.items())
        if ledger.model is model and code in FORMS and "ledger" in FORMS[code].kinds
    ]
    days = [
        Export(f"{FORMS[code].title}（PDF）", f"day:{code}")
        for code, day in sorted(DAY_SHEETS.items())
        if day.model is model
    ]
    return (Export("Excel 工作簿", "xlsx"), Export("CSV", "csv"), *papers, *days)


def asked_rows(view: "RegisterView") -> ListQuery:
    """The ticked rows, or with `every` (or nothing ticked) all rows of the posted query."""
    ticked = [one for one in request.form.getlist("id") if one.isdecimal()]
    if ticked and not request.form.get("every"):
        if len(ticked) > MOST_TICKED:
            raise RuleError(f"一次最多勾选 {MOST_TICKED} 条，更多请用“选择全部”")
        return view.asked(f"ids={','.join(ticked)}")
    text = request.form.get("query", "")
    if len(text) > LONGEST_QUERY:
        raise RuleError("查询条件太长，请减少条件后再试")
    return view.asked(text)


def start(view: "RegisterView") -> ResponseReturnValue:
    """Write the run down with its rows counted, then lead to the file; a print writes its own row."""
    kind, query = request.form.get("kind", ""), asked_rows(view)
    if kind not in {one.kind for one in kinds(view.record)}:
        abort(400, "没有这种导出格式。")
    if ":" in kind:
        return _printed(view, query, *kind.split(":", 1))
    rows, text, by = query.count(), query.kept_text, acting()
    if rows > MOST_ROWS:
        raise RuleError(f"一次最多导出 {MOST_ROWS:,} 行，现有 {rows:,} 行，请缩小查询范围")
    token, org_id = secrets.token_urlsafe(24), by.project_id or _home(by)

    def record(session: Session) -> None:
        run = ExportRun(
            org_id=org_id, noun=view.noun, format=kind, query=text, rows=rows, token=token, by_id=by.staff_id
        )
        session.add(run)
        session.flush()
        tell(session, "导出", run, {"登记": view.name, "格式": kind, "条件": _told(query) or "全部", "行数": str(rows)})

    write(record)
    return see_other(f"/{view.noun}/export/{token}" + _sealed(token, query))


def _sealed(token: str, query: ListQuery) -> str:
    """What the table does not keep (a phone's tail) travels in the address of the file, closed."""
    if query.text == query.kept_text:
        return ""
    return "?" + urlencode({"asked": close(f"{token}\n{query.text}")})


def _question(run: ExportRun) -> str:
    """The question of a run, with what only its maker's address carries."""
    closed = request.args.get("asked", "")
    if not closed:
        return run.query
    try:
        token, _, text = open_(closed).partition("\n")
    except InvalidToken:
        abort(404)
    return text if token == run.token else abort(404)


def _told(query: ListQuery) -> str:
    """The conditions in words, personal ones masked: a phone's tail is a phone."""
    parts = [f"{one.label} {'****' if '尾号' in one.label else asked.said}" for one, asked in query.asked]
    parts += [f"关键词 {'****' if query.words.isdecimal() else query.words}"] if query.words else []
    return "；".join([*parts, *([f"勾选 {len(query.ticked)} 条"] if query.ticked else [])])


def _home(by: Person) -> int:
    if not by.holdings:
        raise RuleError("您还没有任职单位，不能导出")
    return by.holdings[0].org_id


def _printed(view: "RegisterView", query: ListQuery, way: str, code: str) -> ResponseReturnValue:
    if query.count() > MOST_PRINTED:
        raise RuleError(f"一次最多打印 {MOST_PRINTED:,} 行，现有 {query.count():,} 行，请缩小查询范围")
    ids = query.ids(0, MOST_PRINTED)
    if way == "day":
        return print_day_sheet(code, ids, {"day": _day_of(query)})
    return print_ledger(code, ids, _period_of(query))


def _period_of(query: ListQuery) -> str:
    """The dates asked for, as the ledger's period."""
    said = [asked.said for one, asked in query.asked if any(p[0].endswith(("_from", "_to")) for p in asked.params)]
    return said[0] if said else ""


def _day_of(query: ListQuery) -> str:
    first, _, last = _period_of(query).partition(" 至 ")
    return first if first == last else _period_of(query) or clock.today().isoformat()


def fetch(view: "RegisterView", token: str) -> ResponseReturnValue:
    """The file of a run, for whoever made it, for a quarter of an hour; its rows in scope as they are now."""
    person, session = acting(), reading()
    mine = (ExportRun.token == token, ExportRun.noun == view.noun)
    run = session.scalars(select(ExportRun).where(*mine)).one_or_none()
    if run is None or run.by_id != person.staff_id:
        abort(404)
    if clock.now() - run.at > FETCH_WITHIN:
        raise RuleError("这份文件已过期，请重新导出")
    text = _question(run)
    query = view.asked(text)
    shown = saved_views.layout(session, person, view.noun)
    columns = chosen_columns(query, shown)
    name = f"{view.name}_{clock.local(run.at):%Y%m%d_%H%M}_{person.name}_{run.id}"
    made = _csv if run.format == "csv" else _xlsx
    answer = made(view, text, columns)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{view.noun}.{run.format}\"; filename*=UTF-8''{quote(name)}.{run.format}"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.content_type = TYPES[run.format]
    return answer


def chosen_columns(query: ListQuery, layout: Sequence[str]) -> list[Col]:
    """The columns as the person sees them, and behind them what a file always needs."""
    known = query.listing.columns
    chosen = [known[key] for key in layout if key in known] or [col for col in known.values() if col.shown]
    return [*chosen, *(col for col in known.values() if col.filed and col not in chosen)]


def _csv(view: "RegisterView", text: str, columns: list[Col]) -> Response:
    return Response(stream_with_context(_encoded(csv_lines(file_rows(view, text, columns)))))


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    """Pieces of a size worth sending."""
    held: list[str] = []
    for n, piece in enumerate(pieces):
        held.append(piece)
        if n % 256 == 255:
            yield "".join(held).encode()
            held.clear()
    yield "".join(held).encode()


def _xlsx(view: "RegisterView", text: str, columns: list[Col]) -> Response:
    out = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it has been sent)
    write_xlsx(out, view.name, file_rows(view, text, columns), [WIDE[col.width] for col in columns])
    size = out.tell()
    out.seek(0)
    answer = Response(_read_out(out))
    answer.content_length = size
    answer.call_on_close(out.close)
    return answer


def _read_out(out: IO[bytes]) -> Iterator[bytes]:
    """The temporary file in pieces; it is gone when it has been sent."""
    with out:
        while piece := out.read(65536):
            yield piece


def file_rows(view: "RegisterView", text: str, columns: list[Col]) -> Iterator[list[Value]]:
    """Head, rows in order, a last line that says who took them; on a connection of its own, so memory stays flat."""
    person = acting()
    yield [col.label for col in columns]
    with Session(engine()) as session:
        query = ListQuery.parse(view.listing, session, person, MultiDict(parse_qsl(text)))
        look = Look(session, person, view.record)
        for lines in query.stream(columns):
            yield from rows_of_file(look, columns, lines)
            session.expunge_all()


def rows_of_file(look: Look, columns: Sequence[Col], lines: list[Line]) -> Iterator[list[Value]]:
    """The values of some lines: numbers and dates as such, everything else in words, masked as on screen."""
    values: list[list[Any]] = []
    for col in columns:
        plain = exported(look.model, col)
        if plain is not None:
            values.append([plain(line) for line in lines])
        else:
            values.append([text_of(cell) for cell in draw_column(look, col, lines)])
    for n in range(len(lines)):
        yield [column[n] for column in values]
