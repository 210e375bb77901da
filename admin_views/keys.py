"""Keys on screen: cabinets and sections, the 《客服钥匙明细登记表》, how keys come in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms.keys  # noqa: F401  (what the moves ask for)
from admin_views.columns import Col, Line, Look
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker, page_of
from admin_views.matter_columns import where_column
from admin_views.page import (
    NOTHING,
    Cell,
    Column,
    FactCard,
    LinesTable,
    Link,
    LinkCell,
    Row,
    Tag,
    Text,
)
from admin_views.registers import RegisterView
from admin_views.request import reading
from forms.fields import Pick
from models import DEPARTMENTS, KeyCabinet, KeyItem, KeyLoan, KeyOpening, KeyReceipt, KeySection, clock
from models.keys import BUNCH, CATEGORIES, KEY_KINDS
from models.keys_loans import OUT
from rules.keys import appoint_keeper, check_cabinet, check_section, whereabouts
from rules.keys_chain import chain_of
from rules.keys_counts import opened_count
from rules.permissions import require
from rules.person import Person
from rules.scope import find

NAMES = tuple(KEY_KINDS)


def total_column() -> Col:
    """合计 (把)."""

    def cell(_look: Look, line: Line) -> Cell:
        return Text(str(sum(line[name] for name in NAMES)))

    return Col(key="total", label="合计（把）", width="m", number=True, needs=NAMES, cell=cell)


def key_column(path: str = "key_id") -> Col:
    """The key and its room."""
    return Col(key=path, label="钥匙", width="l", strong=True)


class KeyCabinetView(RegisterView):
    """The cabinets: locked, their own keys with a named keeper."""

    record = KeyCabinet
    menu_group = "钥匙"
    place = 60
    columns = ("name", "location", "custodian_id", "locked", "active")
    filters = ("active", "custodian_id")
    search = "name location"
    default_sort = "name"
    sections = (("钥匙柜", "name location custodian_id locked active"),)
    facts = (("钥匙柜", "name location custodian_id locked active"),)
    new_label = "新增钥匙柜"
    note = "柜内按类别分区；柜钥匙由专人保管。"

    def make(self, session: Session, values: dict[str, Any], by: Person) -> KeyCabinet:
        """KEY-02, KEY-03."""
        cabinet = KeyCabinet(**self._owned(values, by))
        require(by, "key_cabinet.write", cabinet, "新增钥匙柜")
        check_cabinet(session, cabinet)
        session.add(cabinet)
        return cabinet

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """The same holds after a change."""
        super().change(session, row, values, by)
        check_cabinet(session, row)

    def more_cards(self, row: KeyCabinet, look: Looker) -> Sequence[LinesTable]:
        """Its sections."""
        del look
        columns = (Column("category", "分区"), Column("hooks", "挂位数", "m"), Column("keeper", "保管人", "l"))
        rows = tuple(
            Row(
                str(s.id),
                page_of(s),
                str(s),
                (LinkCell(CATEGORIES[s.category], page_of(s)), Text(str(s.hooks)), Text(s.keeper.name)),
            )
            for s in row.sections
        )
        return (LinesTable("分区", columns, rows, link=Link("柜图", f"/keys?cabinet={row.id}"), empty="还没有分区"),)


class KeySectionView(RegisterView):
    """The sections of the cabinets, one per category; only 客服负责人 names who keeps them."""

    record = KeySection
    menu_group = "钥匙"
    place = 61
    columns = ("cabinet_id", "category", "hooks", "keeper_id")
    filters = ("cabinet_id", "category", "keeper_id")
    search = "cabinet.name"
    default_sort = "id"
    sections = (("分区", "cabinet_id category hooks keeper_id"),)
    fixed = "cabinet_id category"
    facts = (("分区", "cabinet_id category hooks keeper_id"),)

    def make(self, session: Session, values: dict[str, Any], by: Person) -> KeySection:
        """KEY-04, KEY-10, KEY-12."""
        section = KeySection(**self._owned(values, by))
        require(by, "key_section.write", section, "新增分区")
        section.position = list(CATEGORIES).index(section.category) + 1
        with session.no_autoflush:
            check_section(session, section)
        session.add(section)
        return section

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """The keeper is named by the lead."""
        keeper = values.pop("keeper_id", row.keeper_id)
        super().change(session, row, values, by)
        appoint_keeper(session, row, by, keeper)
        check_section(session, row)


def where_is_column() -> Col:
    """KEY-27: at home on its hook, or with whom and until when."""

    def batch(look: Look, lines: Sequence[Line]) -> Mapping[int, Cell]:
        ids = [line.id for line in lines if line.state == "lent"]
        rows = select(KeyLoan).where(KeyLoan.key_id.in_(ids), KeyLoan.state.in_(OUT))
        out = {loan.key_id: loan for loan in look.session.scalars(rows)}
        return {line.id: _where_is(line, out.get(line.id)) for line in lines}

    return Col(key="where_is", label="在哪里", width="xxl", needs=("state", "section_id", "hook_no"), batch=batch)


def _where_is(line: Line, loan: KeyLoan | None) -> Cell:
    if loan is not None and loan.due_at is not None:
        late = loan.due_at <= clock.now()
        words = f"应还 {clock.shown(loan.due_at)[5:]}"
        return LinkCell(loan.who, page_of(loan), words, (Tag("逾期未还", "late"),) if late else ())
    if line.state in ("taken", "void"):
        return NOTHING
    return Text(f"{line.said('section_id')} {line.hook_no}" if line.section_id else "专人保管")


class KeyItemView(DocumentView):
    """《客服钥匙明细登记表》: every key, where it hangs, who has it; nobody edits it, papers move it."""

    record = KeyItem
    menu_group = "钥匙"
    place = 30
    columns = (
        "key_no",
        where_column("房号 / 部位"),
        "category",
        total_column(),
        where_is_column(),
        "keeper_id",
        "state",
        *(f"-{name}" for name in NAMES),
        "-received_from",
        "-received_on",
        "-deposit_id",
        "-remark",
    )
    always = "section_id hook_no"
    default_sort = "key_no"
    filters = ("state", "category", "unit_id", "section_id", "-keeper_id", "-place", "-received_on", "-deposit_id")
    search = "key_no unit.code place received_from"
    presets = (
        Preset("已借出", "state=lent"),
        Preset("已封存", "state=sealed"),
        Preset(
            "启封中",
            "&".join(f"state={s}" for s in ["consent", "approval", "approved", "opened", "in_use", "to_reseal"]),
            "wait",
        ),
        Preset("异常", "state=odd", "late"),
        Preset("业户委托", "category=entrusted"),
        Preset("空房", "category=vacant"),
        Preset("返修", "category=repair"),
    )
    note = "明细由交接、寄存、借还、启封、清点自动更新，不能手改。"
    facts = (
        ("钥匙", f"key_no category unit_id place department {BUNCH}"),
        (
            "存放与来源",
            """section_id hook_no keeper_id received_from received_on receipt_id opening_id deposit_id
            split_from_id remark""",
        ),
    )
    prints = ("F-69",)

    def headline(self, row: KeyItem) -> str:
        """Number and room."""
        return f"{row.key_no} {row.where}"

    def page_extras(self, row: KeyItem) -> dict[str, Any]:
        """Where it is now."""
        where = Text(whereabouts(reading(), row))
        return {"about": (Text(CATEGORIES[row.category]), Text(row.kind_words), where)}

    def more_cards(self, row: KeyItem, look: Looker) -> Sequence[LinesTable | FactCard]:
        """封签链 of a sealed key; the last uses."""
        return (*chain_card(row, look), *loans_card(row, look))


def chain_card(key: KeyItem, look: Looker) -> tuple[LinesTable, ...]:
    """The life of its envelopes as one chain, the newest link first."""
    links = chain_of(look.session, key)[::-1]
    columns = (
        Column("at", "时间", "l"),
        Column("what", "环节", "l"),
        Column("words", "内容"),
        Column("who", "签字", "xl"),
    )
    rows = tuple(
        Row(
            str(n),
            f"/{link.noun}/{link.row_id}",
            link.what,
            (
                Text(clock.shown(link.at)),
                Text(link.what, strong=True, tone=link.tone),
                LinkCell(link.words, f"/{link.noun}/{link.row_id}"),
                Text(link.who),
            ),
        )
        for n, link in enumerate(links)
    )
    return (LinesTable("封签链", columns, rows, note="新的在上；任何一环都不能删改"),) if links else ()


def loans_card(key: KeyItem, look: Looker) -> tuple[LinesTable, ...]:
    """The last uses of the key, for who may read them."""
    rows = look.session.scalars(select(KeyLoan).where(KeyLoan.key_id == key.id).order_by(KeyLoan.id.desc()).limit(8))
    found = [loan for loan in rows if find(look.session, look.person, KeyLoan, loan.id) is not None]
    columns = (
        Column("number", "单号", "xl"),
        Column("who", "领取人", "l"),
        Column("reason", "原因"),
        Column("out", "借出", "l"),
        Column("back", "交还", "l"),
    )
    made = tuple(
        Row(
            str(loan.id),
            page_of(loan),
            loan.number or "",
            (
                LinkCell(loan.number or "", page_of(loan), number=True),
                Text(loan.who),
                Text(loan.reason),
                Text(clock.shown(loan.out_at)[5:] if loan.out_at else "—"),
                Text(clock.shown(loan.in_at)[5:] if loan.in_at else loan.state_label),
            ),
        )
        for loan in found
    )
    return (LinesTable("最近使用", columns, made),) if made else ()


class KeyReceiptView(DocumentView):
    """钥匙交接纪录: keys handed in; signed, they hang in the cabinet."""

    record = KeyReceipt
    menu_group = "钥匙"
    place = 31
    columns = (
        "number",
        where_column("房间号 / 部位"),
        "category",
        total_column(),
        "deliverer",
        "from_department",
        "at",
        "received_by_id",
        "state",
    )
    filters = ("state", "category", "at", "unit_id", "-deliverer", "-received_by_id")
    search = "number deliverer unit.code place"
    presets = (Preset("待签收", "state=draft", "wait"),)
    menu_query = "state=draft"
    new_label = "收钥匙"
    sections = (
        ("什么钥匙", "category unit_id place department"),
        ("数量", BUNCH),
        ("谁送来", "deliverer from_department at late_reason"),
        ("挂在哪里", "section_id hook_no keeper_id remark"),
    )
    free = "at"
    over = {"department": Pick("所属部门", choices=DEPARTMENTS, help="特殊房间的管理部门，领取时由其领导签字")}
    facts = (
        (
            "交接",
            f"""category unit_id place department {BUNCH} deliverer from_department at
            received_by_id received_at late_reason""",
        ),
        ("存放", "section_id hook_no keeper_id remark"),
    )
    prints = ("F-07",)

    def fresh(self) -> dict[str, Any]:
        """Now."""
        return {**super().fresh(), "at": clock.now()}

    def headline(self, row: KeyReceipt) -> str:
        """Room and keys."""
        return f"{row.where} {row.kind_words}"


class KeyOpeningView(DocumentView):
    """期初单: the keys a cabinet held before this register, made by the import, confirmed by a count."""

    record = KeyOpening
    menu_group = "钥匙"
    place = 62
    columns = ("number", "cabinet_id", "made_by_id", "created_at", "confirmed_at", "state")
    filters = ("state", "cabinet_id")
    search = "number"
    facts = (("期初单", "cabinet_id made_by_id created_at confirmed_at remark"),)
    note = "导入钥匙登记表时自动生成；对该柜做一次期初核点后确认。"

    def page_extras(self, row: KeyOpening) -> dict[str, Any]:
        """How many keys it brought."""
        return {"about": (Text(f"{opened_count(reading(), row)} 牌钥匙"),)}
