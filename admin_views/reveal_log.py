"""显示记录: who looked at which hidden value for what, month by month, for whoever answers for the unit."""

from collections import Counter
from datetime import timedelta

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin

from admin_views.page import Column, Crumb, LinesTable, LinkCell, QueryField, Row, Tab, Text
from admin_views.page.tables import TablesPage
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import clock
from rules.figures import period_words, span_of
from rules.history import TrailLine, reveals
from rules.permissions import require

reveal_log_blueprint = Blueprint("reveal_log", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the page."""
    del admin
    app.register_blueprint(reveal_log_blueprint)


@reveal_log_blueprint.get("/reveals")
def reveals_page() -> ResponseReturnValue:
    """The period's lines, and how many each person asked for: one who asks much is asked why (002-2§3)."""
    person, session = acting(), reading()
    require(person, "trail_entry.read", doing="查看显示记录")
    period = request.args.get("period", "").strip() or f"{clock.today():%Y-%m}"
    lines = reveals(session, person, *span_of(period))
    page = TablesPage(
        title=f"{period_words(period)}显示记录",
        url=url_for(".reveals_page"),
        tables=(_by_person(lines, period), _all(lines)),
        note="隐藏的证件号、电话每显示一次，都在这里和操作日志里",
        crumbs=(Crumb("品质"), Crumb("显示记录")),
        tabs=tuple(Tab(w, url_for(".reveals_page", period=p), current=p == period) for p, w in _recent()),
        query=(QueryField("period", "期间", value=period, placeholder="2026-10、2026Q3 或 2026", always=True),),
    )
    return draw("tables.html", page)


def _recent() -> tuple[tuple[str, str], ...]:
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    return (f"{today:%Y-%m}", "本月"), (f"{last:%Y-%m}", "上月"), (str(today.year), "今年")


def _by_person(lines: list[TrailLine], period: str) -> LinesTable:
    columns = (
        Column("who", "员工", "l"),
        Column("times", "次数", "s", number=True),
        Column("whom", "涉及人数", "m", number=True),
    )
    times = Counter(line.actor for line in lines)
    whom = {who: len({(it.noun, it.row_id) for it in lines if it.actor == who}) for who in times}
    start, end = (clock.local(moment).date() for moment in span_of(period))
    rows = tuple(
        Row(
            str(n),
            "",
            who,
            (
                LinkCell(who, _trail_of(who, f"{start}", f"{end - timedelta(days=1)}")),
                Text(str(count)),
                Text(str(whom[who])),
            ),
        )
        for n, (who, count) in enumerate(times.most_common())
    )
    return LinesTable("按员工", columns, rows, empty="这段时间没有人显示过隐藏内容")


def _trail_of(who: str, first: str, last: str) -> str:
    return url_for("trail.trail", actor=who, action="显示", **{"from": first, "to": last})


def _all(lines: list[TrailLine]) -> LinesTable:
    columns = (
        Column("at", "时间", "xl"),
        Column("who", "员工", "m"),
        Column("what", "对象", "l"),
        Column("field", "内容", "m"),
        Column("why", "用途"),
    )
    rows = tuple(
        Row(
            f"{line.chain_id}-{line.seq}",
            "",
            line.subject,
            (
                Text(clock.shown(line.at)),
                Text(line.actor),
                LinkCell(line.subject or line.noun_label, f"/{line.noun}/{line.row_id}"),
                Text(_said(line, "字段")),
                Text(_said(line, "用途") or line.reason),
            ),
        )
        for line in lines
    )
    return LinesTable("逐次", columns, rows, note=f"{len(lines)} 次", empty="没有记录")


def _said(line: TrailLine, label: str) -> str:
    return next((new for name, _old, new in line.changes if name == label), "")
