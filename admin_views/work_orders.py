"""工作任务单 on screen: the register sorted by its clocks, the slip made from a ticket, its page with three copies."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, request
from sqlalchemy.orm import Session

import forms.work_orders  # noqa: F401  (what its moves ask for)
from admin_views.columns import Line
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.matter_columns import (
    copies_column,
    copies_filter,
    due_column,
    due_filter,
    waiting_filter,
    what_column,
    where_column,
    who_column,
)
from admin_views.page import Column, Fact, FactCard, LinesTable, LinkCell, Related, Row, Tag, Text
from admin_views.prints import print_along
from admin_views.registers import page_url
from admin_views.request import acting, reading, write
from forms.actions import Ask
from forms.build import HouseForm
from forms.fields import LongWords, Moment
from models import Ticket, WorkOrder, clock
from rules import work_orders
from rules.advance import advance
from rules.errors import RuleError
from rules.ledger import plain
from rules.permissions import allows
from rules.person import Person
from rules.scope import find
from rules.show import sees_phone, show
from rules.signing import who_signs
from rules.slips import issued_for
from rules.standards import standards

OPEN = "&".join(f"state={s}" for s in ("draft", *work_orders.OPEN_STATES))


def _tags(line: Line) -> Sequence[Tag]:
    said = (
        (line.safety, Tag("安全", "late")),
        (line.leak, Tag("渗漏水", "late")),
        (line.rework_of_id is not None, Tag("返工", "late")),
        (line.refusals > 0, Tag("拒签", "late")),
        (line.appointment_at is not None and line.state == "appointed", Tag(_agreed(line.appointment_at))),
    )
    return [tag for is_so, tag in said if is_so]


def _agreed(at: Any) -> str:
    if at is None:
        return ""
    wall = clock.local(at)
    return f"约 {wall:%H:%M}" if wall.date() == clock.today() else f"约 {wall:%m-%d %H:%M}"


def _rework(session: Session, order: WorkOrder, by: Person, details: Details) -> WorkOrder:
    return work_orders.rework(session, order, by, content=details.get("content") or "")


def _standby(session: Session, order: WorkOrder, by: Person, details: Details) -> None:
    work_orders.standby(session, order, by, details.get("at"))


def _may_rework(order: Any) -> bool:
    return order.state in work_orders.DONE_STATES


def _may_stand_by(order: Any) -> bool:
    return order.done_at is not None and order.returned_to_duty_at is None and order.state != "cancelled"


class WorkOrderView(DocumentView):
    """The three-part slips, overdue first."""

    record = WorkOrder
    menu_group = "前台"
    place = 11
    columns = (
        "number",
        where_column("房号 / 故障点"),
        what_column("报修内容", _tags, ("safety", "leak", "rework_of_id", "refusals", "appointment_at", "state")),
        who_column("报修人", "reporter", "phone"),
        "technician_id",
        "-kind",
        "-trade",
        "state",
        due_column(WorkOrder),
        copies_column(),
        "-issued_at",
        "-done_at",
        "-fee",
        "-reporter_department",
    )
    always = "kind done_at returned_to_duty_at"
    default_sort = "due"
    filters = (
        "state",
        "kind",
        "unit_id",
        "technician_id",
        "issued_at",
        due_filter(WorkOrder),
        copies_filter(),
        waiting_filter(WorkOrder),
        "-trade",
        "-place",
        "-reporter_department",
        "-safety",
        "-leak",
        "-ticket_id",
        "-phone",
    )
    search = "number content reporter unit.code place phone"
    presets = (
        Preset("未办结", OPEN),
        Preset("已超时", "due=late", "late"),
        Preset("我负责的", f"{OPEN}&technician_id=me"),
        Preset("待签认", "state=to_sign&state=signed", "wait"),
        Preset("缺联", "copies=missing", "late"),
        Preset("渗漏水", f"{OPEN}&leak=yes"),
    )
    menu_query = OPEN
    new_label = "开工作任务单"
    note = "上门维修由报事派出；公共设施维修可直接开单。"
    sections = (
        ("来源", "ticket_id kind trade"),
        ("在哪里", "unit_id place zone_id"),
        ("报修", "reporter reporter_department phone reported_at content"),
        ("安排", "technician_id appointment_at safety leak"),
    )
    fixed = "ticket_id reported_at"
    free = "reported_at phone"
    facts = (
        ("基本情况", "unit_id place reporter phone reporter_department kind trade reported_at content"),
        ("安排", "zone_id technician_id appointment_at safety leak issued_by_id issued_at received_by_id received_at"),
        (
            "处理",
            "at_door_at on_site_at started_at done_at leak_tested_at recheck_passed accept_at result labour_fee fee",
        ),
        (
            "签认与归档",
            "signer signer_kind signed_at proven_at refusals returned_to_duty_at archived_at late_reason made_by_id",
        ),
    )
    prints = ("F-01",)
    print_after: ClassVar[Mapping[str, str]] = {"issue": "F-01"}
    bulk_verbs = ("issue", "receive")
    first_verbs = "issue receive arrive begin finish sign claim_signed reach_door appoint"
    deeds = (
        Deed(
            "rework",
            "开返工单",
            _rework,
            Ask(WorkOrder, "content", over={"content": LongWords("返工内容", longest=1900, width="whole")}),
            when=_may_rework,
            quiet=True,
            icon="undo",
            said=lambda order: f"已开返工单 {order}",
        ),
        Deed(
            "standby",
            "回值班室待命",
            _standby,
            Ask(WorkOrder, "at", over={"at": Moment("时间", help="不填为现在")}),
            when=_may_stand_by,
            quiet=True,
            rule="WO-09",
            said=lambda order: f"{order} 已登记回值班室待命",
        ),
    )

    def headline(self, row: Any) -> str:
        """Where and what."""
        return f"{row.where} {row.content.splitlines()[0][:40]}"

    # -- made from a ticket ----------------------------------------------------------------------------------------

    def _ticket(self) -> Ticket | None:
        """The ticket the form was opened for."""
        wanted = request.args.get("ticket_id", "") or request.form.get("ticket_id", "")
        return find(reading(), acting(), Ticket, int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else None

    def fresh(self) -> dict[str, Any]:
        """What the ticket says already."""
        fresh, ticket = super().fresh(), self._ticket()
        fresh["reported_at"] = clock.now()
        if ticket is None:
            return {**fresh, "kind": "public", "reporter_department": "service"}
        kinds = {"help": "help", "service": "paid"}
        return {
            **fresh,
            "ticket_id": ticket.id,
            "kind": kinds.get(ticket.kind, "home") if ticket.unit_id else "public",
            "unit_id": ticket.unit_id,
            "place": ticket.place,
            "reporter": ticket.reporter or ticket.customer,
            "phone": ticket.reporter_phone if sees_phone(acting(), ticket) else "",
            "content": ticket.content,
            "reported_at": ticket.received_at,
            "appointment_at": ticket.appointment_at,
            "reporter_department": None if ticket.unit_id else "service",
        }

    def make(self, session: Session, values: dict[str, Any], by: Person) -> WorkOrder:
        """From its ticket where there is one: the rules carry its facts over."""
        ticket_id = values.pop("ticket_id", None)
        if ticket_id is not None:
            ticket = find(session, by, Ticket, ticket_id)
            if ticket is None:
                raise RuleError("没有这件报事，或不在您的范围内", field="ticket_id")
            own = {name: value for name, value in values.items() if name != "phone" or value}
            return work_orders.from_ticket(session, ticket, by, **own)
        return super().make(session, values, by)  # type: ignore[return-value]

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """What moves fill in is not corrected here."""
        super().change(session, row, {n: v for n, v in values.items() if n not in work_orders.MOVED}, by)

    def then(self, row: Any) -> tuple[tuple[str, str, str], ...]:
        """A new slip is issued and printed as a rule: one press; the draft alone is rarely wanted on paper."""
        ways = super().then(row)
        if row is not None or not allows(acting(), "work_order.issue"):
            return ways
        return (*(way for way in ways if way[0] != "print"), ("issue", "签发并打印", "printer"))

    def then_on(self, then: str, row: Any) -> str | None:
        """Issued after it was saved: what was written stands, also when the rules refuse to issue it."""
        if then != "issue":
            return super().then_on(then, row)
        row_id, said = row.id, f"{row} 已签发"

        def issue(session: Session) -> None:
            order = find(session, acting(), WorkOrder, row_id)
            if order is not None and order.state == "draft":  # a second press finds it issued
                advance(session, order, "issue", acting())

        try:
            write(issue)
        except RuleError as no:
            flash(f"已保存，还没有签发：{no}", "late")
            return page_of(row)
        print_along("F-01", find(reading(), acting(), WorkOrder, row_id) or row, said)
        return page_url(self.noun, row_id)

    def form_extras(self, form: HouseForm, row: Any) -> dict[str, Any]:
        """The ticket the slip comes from."""
        del form
        ticket = self._ticket() if row is None else row.ticket
        if ticket is None:
            return {}
        facts = (
            Fact("报事", LinkCell(ticket.number or "", page_of(ticket))),
            Fact("受理时间", Text(clock.shown(ticket.received_at))),
            Fact("首接人", Text(ticket.first_contact.name)),
        )
        return {"facts": facts}

    def deed_facts(self, row: Any) -> tuple[Fact, ...]:
        """Who has to sign stands above the signature."""
        if row.state not in ("to_sign", "working"):
            return ()
        return (Fact("须由谁签认", Text(who_signs(reading(), row)), "whole"),)

    # -- page ------------------------------------------------------------------------------------------------------

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable | FactCard]:
        """The material used with the fee that follows from it, and how long the slip on file is kept (WO-16)."""
        until = work_orders.keep_until(look.session, row)
        kept = (FactCard("保存", (Fact("保存至", Text(clock.shown(until)[:10])),)),) if until else ()
        return (*self._material(row, look), *self._issued(row, look), *kept)

    def _issued(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """The parts that left the store for it, with the 出库单 they left on."""
        slips = issued_for(look.session, row.id)
        columns = (Column("number", "出库单", "xl"), Column("what", "领用"), Column("state", "状态", "m"))
        rows = []
        for slip in slips:
            opens = allows(look.person, "stock_out.read", slip)
            number = LinkCell(slip.number or "", page_of(slip), number=True) if opens else Text(slip.number or "")
            what = "、".join(f"{line.material.name} {plain(line.qty)}{line.measure}" for line in slip.lines)
            rows.append(Row(str(slip.id), "", slip.number or "", (number, Text(what), Text(slip.state_label))))
        return (LinesTable("领用出库", columns, tuple(rows)),) if rows else ()

    def _material(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        if not row.materials:
            return ()
        columns = (
            Column("name", "材料名称及规格"),
            Column("measure", "单位", "s"),
            Column("quantity", "数量", "m", number=True),
            Column("price", "单价（元）", "l", number=True),
            Column("amount", "金额（元）", "l", number=True),
        )
        rows = tuple(
            Row(
                str(line.id),
                "",
                line.name,
                tuple(Text(show(type(line), c.key, getattr(line, c.key), look.person)) for c in columns),
            )
            for line in row.materials
        )
        labour = f" ＋ 人工费 {row.labour_fee:,.2f}" if row.labour_fee is not None else ""
        total = f"{row.fee:,.2f}" if row.fee is not None else ""
        return (LinesTable("材料", columns, rows, (f"合计{labour}", "", "", "", total)),)

    def page_extras(self, row: Any) -> dict[str, Any]:
        """What sticks out about the slip."""
        session = reading()
        said = (
            (row.safety, Tag("安全", "late")),
            (row.leak, Tag("渗漏水", "late")),
            (row.rework_of_id is not None, Tag("返工", "late")),
            (work_orders.is_repeated(session, row), Tag("同一种维修多次", "wait")),
        )
        standard = standards()["repair"]
        about: list[Text | LinkCell] = [
            Text(show(WorkOrder, "kind", row.kind, None)),
            LinkCell(standard.title, standard.url),
        ]
        if row.issued_at:
            about.append(Text(f"签发 {row.issued_by.name if row.issued_by else ''} {clock.shown(row.issued_at)[5:]}"))
        return {"tags": tuple(tag for is_so, tag in said if is_so), "about": tuple(about)}

    def related(self, session: Session, row: Any) -> Sequence[Related]:
        """The same trade in the same home within the year."""
        others = [one for one in work_orders.repeats(session, row) if one.id != row.id]
        return (
            [Related("同户", f"近一年同类维修 {len(others)} 次", "、".join(o.number or "" for o in others[:3]))]
            if others
            else ()
        )
