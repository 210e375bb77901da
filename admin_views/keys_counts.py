"""清点 on screen: the blind board, the scanner, what differs; handing custody over; the monthly report."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import Session

from admin_views.base import crumbs, found, new_token, see_other
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.errors import write_down
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.matter_columns import due_column, due_filter
from admin_views.page import Action, Badge, Column, Crumb, FactCard, LinesTable, LinkCell, Row, Text
from admin_views.page.keys import CountPage, Hook, HookGroup
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from forms.actions import Ask
from forms.fields import clean
from forms.keys_unsealings import FINISH
from models import KeyCount, KeyDelegation, KeyItem, KeyReport, clock
from models.keys import CATEGORIES
from rules.errors import RuleError
from rules.keys_counts import finish, keys_of, see, tally
from rules.keys_labels import key_of_code
from rules.keys_reports import figures_of
from rules.permissions import require
from rules.person import Person
from rules.scope import find

LARGEST = 9999


def _finish(session: Session, count: KeyCount, by: Person, details: Details) -> None:
    finish(session, count, by, details)


class KeyCountView(DocumentView):
    """The counts: daily, monthly, at a handover, of the opening stock."""

    record = KeyCount
    menu_group = "钥匙"
    place = 15
    columns = (
        "number",
        "cabinet_id",
        "kind",
        "finished_at",
        "expected",
        "present",
        "on_loan",
        "sealed_count",
        "difference",
        "made_by_id",
        "state",
        due_column(KeyCount),
        "-seals_intact",
        "-handover_reason",
        "-reported_to_id",
    )
    filters = ("state", "kind", "cabinet_id", "finished_at", due_filter(KeyCount), "-made_by_id", "-difference")
    search = "number"
    presets = (
        Preset("清点中", "state=counting"),
        Preset("有差异未处理", "state=differs&state=reported", "late"),
        Preset("每日", "kind=daily"),
        Preset("移交", "kind=handover"),
    )
    menu_query = "state=counting&state=differs&state=reported"
    new_label = "开始清点"
    note = "先盲点，后比对；差异自动记为异常并须上报，不能改数。"
    sections = (("清点", "cabinet_id kind handover_reason"),)
    fixed = "cabinet_id kind handover_reason"
    facts = (
        (
            "清点",
            """cabinet_id kind handover_reason made_by_id finished_at expected present on_loan sealed_count
            seals_intact difference remark""",
        ),
        ("差异", "explanation reported_at reported_to_id settlement settled_at"),
    )
    prints = ("F-58",)
    first_verbs = "report settle"
    deeds = (
        Deed(
            "finish",
            "清点完毕",
            _finish,
            Ask(KeyCount, "taker watcher remark", over=FINISH),
            may="tally",
            when=lambda count: count.state == "counting",
            confirm="完成后与登记比对，差异自动记为异常，清点的数不能再改。",
            rule="KEY-28",
            said=lambda count: (
                f"{count} {count.state_label}" + (f"，差异 {count.difference} 处" if count.difference else "")
            ),
        ),
    )

    def headline(self, row: KeyCount) -> str:
        """Which cabinet, which kind."""
        return f"{row.cabinet.name} {KeyCount.info('kind')['choices'][row.kind]}"

    def page_actions(self, row: Any) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """The way to the blind board while it goes on."""
        shown, more = super().page_actions(row)
        if row.state == "counting" and self.may("tally", row):
            shown = (Action("去清点", f"{page_of(row)}/tally", icon="key"), *shown)
        return shown, more

    def more_cards(self, row: KeyCount, look: Looker) -> Sequence[LinesTable | FactCard]:
        """Differences first, and only when the count is over."""
        del look
        if row.state in ("counting", "void"):
            return ()
        lines = sorted(row.lines, key=lambda line: (not line.difference, line.id))
        columns = (
            Column("key", "钥匙", "l"),
            Column("where", "房号 / 部位", "l"),
            Column("should", "登记为", "l"),
            Column("expected", "应有", "s", number=True),
            Column("qty", "实点", "s", number=True),
            Column("seal", "封口", "s"),
            Column("difference", "差异"),
        )
        rows = tuple(
            Row(
                str(line.id),
                page_of(line.key),
                line.key.key_no,
                (
                    LinkCell(line.key.key_no, page_of(line.key)),
                    Text(line.key.where),
                    Text(KeyItem.lifecycle.states.get(line.expected_state or "", "")),
                    Text(str(line.expected_qty or 0)),
                    Text(str(line.qty) if line.found else "—"),
                    Text({True: "完好", False: "不完好", None: "—"}[line.seal_intact]),
                    Badge(line.difference, "late") if line.difference else Text("相符"),
                ),
            )
            for line in lines
        )
        return (LinesTable("清点明细", columns, rows, note=f"{len(lines)} 牌，差异 {row.difference} 处"),)

    # -- the blind board -----------------------------------------------------------------------------------------

    @expose("/<int:row_id>/tally", methods=("GET", "POST"))
    def tally(self, row_id: int) -> ResponseReturnValue:
        """GET: every tag to tick, without a word of where it should be. POST: what was seen."""
        count = found(KeyCount, row_id)
        require(acting(), "key_count.tally", count, "清点")
        if request.method == "GET":
            return self._board(count)
        seen = _seen()
        write(lambda session: tally(session, self._own(session, row_id), acting(), seen))
        flash(f"已记下 {len(seen)} 牌", "done")
        return see_other(f"/key_count/{row_id}/{'finish' if request.form.get('then') == 'finish' else 'tally'}")

    @expose("/<int:row_id>/see", methods=("POST",))
    def see(self, row_id: int) -> ResponseReturnValue:
        """One label scanned or typed."""
        count = found(KeyCount, row_id)
        require(acting(), "key_count.tally", count, "清点")
        code = clean(request.form.get("code", ""))[:300]
        intact = request.form.get("intact") == "1"

        def saw(session: Session) -> str:
            own = self._own(session, row_id)
            key = key_of_code(session, acting(), code, own.org_id)
            if key is None:
                raise RuleError("没有这个码或钥匙号，或不在本项目", field="code")
            line = see(session, own, acting(), key, intact=intact)
            return f"{line.key.key_no} {line.key.where} 已见到"

        try:
            words = write(saw)
        except RuleError as no:
            write_down(no)
            return self._board(found(KeyCount, row_id), code, str(no))
        flash(words, "done")
        return see_other(f"/key_count/{row_id}/tally")

    def _own(self, session: Session, row_id: int) -> KeyCount:
        return find(session, acting(), KeyCount, row_id) or abort(404)

    def _board(self, count: KeyCount, value: str = "", error: str = "") -> ResponseReturnValue:
        session = reading()
        keys, lines = keys_of(session, count.cabinet_id), {line.key_id: line for line in count.lines}

        def hook(key: KeyItem) -> Hook:
            line = lines.get(key.id)
            seen = line is not None and line.found
            return Hook(
                key.id,
                key.where,
                key.key_no,
                seen=seen,
                intact=bool(line and line.seal_intact),
                qty=str(line.qty) if line is not None and seen else "",
            )

        groups = tuple(
            HookGroup(
                CATEGORIES[section.category],
                f"{section.hooks} 个挂位",
                tuple(hook(key) for key in keys if key.section_id == section.id),
            )
            for section in count.cabinet.sections
        )
        page = CountPage(
            title=f"清点 {count.cabinet.name}",
            url=f"/key_count/{count.id}/tally",
            scan_url=f"/key_count/{count.id}/see",
            finish_url=f"/key_count/{count.id}/finish",
            note=f"{count.number or ''} · {KeyCount.info('kind')['choices'][count.kind]}",
            token=new_token(),
            groups=groups,
            crumbs=crumbs(self.menu_group, Crumb(self.name, "/key_count/"), Crumb(str(count.number), page_of(count))),
            done=sum(line.found for line in count.lines),
            total=len(keys),
            error=error,
            value=value,
        )
        return draw("keys_count.html", page, 422 if error else 200)


def _seen() -> dict[int, tuple[int, bool | None]]:
    """What was ticked: key → how many (as many as were typed; a bare tick is one tag seen whole), seal whole."""
    seen: dict[int, tuple[int, bool | None]] = {}
    for said in request.form.getlist("seen"):
        if not said.isdecimal() or len(said) > 9:
            continue
        typed = clean(request.form.get(f"qty-{said}", ""))
        qty = int(typed) if typed.isdecimal() and len(typed) < 5 else -1
        intact = request.form.get(f"intact-{said}") == "1"
        seen[int(said)] = (qty, intact or None)
    return seen


class KeyDelegationView(DocumentView):
    """保管委托 while the lead is away."""

    record = KeyDelegation
    menu_group = "钥匙"
    place = 36
    columns = (
        "number",
        "lead_id",
        "delegate_id",
        "leave_from",
        "leave_to",
        "counted",
        "handed_at",
        "ended_at",
        "state",
    )
    filters = ("state", "lead_id", "delegate_id", "leave_from")
    search = "number"
    presets = (Preset("受托中", "state=handed"), Preset("待交接", "state=draft", "wait"))
    new_label = "办理保管委托"
    note = "客服负责人休假期间，业户寄存钥匙须清点移交给指定专人；受托人职责与负责人相同。"
    sections = (("委托", "lead_id delegate_id leave_from leave_to approvals"),)
    facts = (
        ("委托", "lead_id delegate_id leave_from leave_to approvals"),
        ("交接", "count_id counted handed_at back_count_id ended_at"),
    )
    first_verbs = "hand_over take_back"

    def headline(self, row: KeyDelegation) -> str:
        """From whom to whom."""
        return f"{row.lead.name} 委托 {row.delegate.name} {row.leave_from} 至 {row.leave_to}"


class KeyReportView(DocumentView):
    """The monthly report to 管理处经理."""

    record = KeyReport
    menu_group = "钥匙"
    place = 37
    columns = ("number", "period", "org_id", "made_by_id", "created_at", "read_at", "state")
    filters = ("state", "period", "org_id")
    search = "number period"
    presets = (Preset("待审阅", "state=made", "wait"),)
    menu_query = "state=made"
    new_label = "编制月报"
    sections = (("月报", "period"),)
    fixed = "period"
    facts = (("月报", "period made_by_id created_at opinion read_at"),)
    first_verbs = "read_"

    def fresh(self) -> dict[str, Any]:
        """The month just past."""
        last = clock.today().replace(day=1)
        period = f"{last.year - (last.month == 1)}-{(last.month - 2) % 12 + 1:02}"
        return {**super().fresh(), "period": period}

    def headline(self, row: KeyReport) -> str:
        """Which month."""
        return f"{row.period} 钥匙月报"

    def more_cards(self, row: KeyReport, look: Looker) -> Sequence[LinesTable]:
        """The figures as they were reported."""
        del look
        columns = (Column("label", "项目", "xl"), Column("number", "数", "m", number=True), Column("note", "说明"))
        rows = tuple(
            Row(f.key, "", f.label, (Text(f.label), Text(str(f.number)), Text(f.note))) for f in figures_of(row)
        )
        return (LinesTable("本月钥匙使用和管理情况", columns, rows),)
