"""钥匙柜图: the board of a cabinet, every hook with what hangs there, and what is known of the key one points at."""

from collections import Counter
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.lookups import page_of
from admin_views.page import Action, Badge, Crumb, Fact, Link, LinkCell, Notice, Tab, Text, TrailEntryView
from admin_views.page.keys import Hook, HookGroup, KeyPanel, KeysPage
from admin_views.request import acting, reading
from admin_views.shell import draw
from models import KeyCabinet, KeyItem, KeyLoan, KeySection, KeyUnsealing, clock
from models.keys import CATEGORIES, CHAIN
from models.lifecycle import Tone
from rules.due import span
from rules.keys import open_loan, whereabouts
from rules.keys_chain import chain_of
from rules.keys_counts import cabinets, count_under_way, counted_today, keys_of
from rules.keys_custody import unattended
from rules.keys_deposits import envelope_of
from rules.keys_reports import loans_out
from rules.keys_unsealings import open_unsealing, sealed_now
from rules.permissions import allows, require
from rules.scope import find

ORDER = 61
NOTES = {
    "entrusted": "借出先征得业户同意；封存的只经启用审批",
    "vacant": "未售与未办入住，当天下班前收回",
    "repair": "当天下班前收回",
    "special": "领取须部门领导签字",
}
LATE = "逾期未还"
keys_blueprint = Blueprint("keys_board", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the board."""
    del admin
    app.register_blueprint(keys_blueprint)


@keys_blueprint.get("/keys")
def board() -> ResponseReturnValue:
    """One cabinet of the project in front of the person."""
    person, session = acting(), reading()
    require(person, "key_item.read", doing="查看钥匙柜")
    units = (person.project_id,) if person.project_id else sorted(person.units)
    every = [c for unit in units for c in cabinets(session, unit) if find(session, person, KeyCabinet, c.id)]
    wanted = request.args.get("cabinet", type=int)
    cabinet = next((c for c in every if c.id == wanted), None) or (abort(404) if wanted else None)
    cabinet = cabinet or next(iter(every), None)
    return draw("keys_board.html", _page(session, cabinet, every))


def _page(session: Session, cabinet: KeyCabinet | None, every: list[KeyCabinet]) -> KeysPage:
    person, query = acting(), request.args.get("q", "").strip()[:40]
    if cabinet is None:
        new = (Action("新增钥匙柜", "/key_cabinet/new", look="primary"),) if allows(person, "key_cabinet.write") else ()
        return KeysPage("钥匙柜", "/keys", "还没有钥匙柜", (Crumb("钥匙"),), new, token=new_token())
    keys = keys_of(session, cabinet.id)
    loans = {loan.key_id: loan for loan in loans_out(session, person, cabinet.org_id)}
    chosen = next((key for key in keys if key.id == request.args.get("key", type=int)), None)
    shown = [key for key in keys if not query or query in key.where or query.upper() in key.key_no]
    return KeysPage(
        title=cabinet.name,
        url="/keys",
        note=f"{cabinet.location} · 已上锁 · 柜钥匙由 {cabinet.custodian.name} 保管 · 应有 {len(keys)} 牌"
        f" · 本项目封存信封 {len(sealed_now(session, cabinet.org_id))} 个，由当班人负责",
        crumbs=(Crumb("钥匙", "/key_item/"), Crumb("钥匙柜图")),
        actions=_actions(session, cabinet),
        notices=_notices(session, cabinet),
        cabinets=tuple(Tab(c.name, f"/keys?cabinet={c.id}", current=c.id == cabinet.id) for c in every),
        counts=_counts(keys, loans),
        groups=tuple(_group(section, shown, loans, chosen) for section in cabinet.sections),
        panel=_panel(session, cabinet, chosen) if chosen else None,
        query=query,
        cabinet_id=cabinet.id,
        token=new_token(),
    )


def _actions(session: Session, cabinet: KeyCabinet) -> tuple[Action, ...]:
    person, under_way = acting(), count_under_way(session, cabinet.id)
    made = [Action("使用登记", "/key_loan/?state=lent&state=urgent", icon="printer")]
    if allows(person, "key_count.write"):
        word = "今日已清点" if counted_today(session, cabinet.id) else "今日清点（未做）"
        url = f"/key_count/{under_way.id}/tally" if under_way else f"/key_count/new?cabinet_id={cabinet.id}&kind=daily"
        made.append(Action("接着清点" if under_way else word, url, icon="clock"))
    if allows(person, "key_receipt.write"):
        made.append(Action("收钥匙", "/key_receipt/new"))
    if allows(person, "key_loan.write"):
        made.append(Action("借出", "/key_loan/new", icon="key", look="primary"))
    return tuple(made)


def _notices(session: Session, cabinet: KeyCabinet) -> tuple[Notice, ...]:
    """KEY-11: a keeper on leave without a delegation."""
    away = unattended(session, cabinet.org_id)
    words = f"{'、'.join(staff.name for staff in away)} 休假期间没有办理钥匙保管委托"
    return (Notice(words, "late", (Link("办理委托", "/key_delegation/new"),)),) if away else ()


def _is_late(loan: KeyLoan | None) -> bool:
    return loan is not None and loan.due_at is not None and loan.due_at <= clock.now()


def _counts(keys: list[KeyItem], loans: dict[int, KeyLoan]) -> tuple[tuple[str, int, Tone, str], ...]:
    found = Counter(key.state for key in keys)
    late = sum(_is_late(loans.get(key.id)) for key in keys)
    states = KeyItem.lifecycle
    made: list[tuple[str, int, Tone, str]] = [
        (word, found[state], states.tone(state), f"/key_item/?state={state}")
        for state, word in states.states.items()
        if found[state]
    ]
    return (*made, *(((LATE, late, "late", "/key_loan/?due=late&state=lent&state=urgent"),) if late else ()))


def _group(section: KeySection, keys: list[KeyItem], loans: dict[int, KeyLoan], chosen: KeyItem | None) -> HookGroup:
    mine = [key for key in keys if key.section_id == section.id]
    sealed = sum(key.state in CHAIN for key in mine)
    words = [f"{len(mine)} 牌", f"其中封存信封 {sealed} 个" if sealed else "", NOTES[section.category]]
    note = " · ".join(word for word in (*words, f"保管 {section.keeper.name}") if word)
    hooks = tuple(_hook(section, key, loans.get(key.id), chosen) for key in mine)
    return HookGroup(CATEGORIES[section.category], note, hooks)


def _hook(section: KeySection, key: KeyItem, loan: KeyLoan | None, chosen: KeyItem | None) -> Hook:
    word, tone = _word(key, loan)
    query = urlencode({"cabinet": section.cabinet_id, "key": key.id})
    look = "odd" if key.state == "odd" else ""
    return Hook(
        key.id, key.where, key.key_no, word, tone, look, f"/keys?{query}", chosen is not None and chosen.id == key.id
    )


def _word(key: KeyItem, loan: KeyLoan | None) -> tuple[str, Tone]:
    """「借 17:30」, 「逾 1 天」, the state; nothing at all of a key at home."""
    if key.state == "lent" and loan is not None and loan.due_at is not None:
        if _is_late(loan):
            return f"逾 {span(clock.now() - loan.due_at)}", "late"
        wall = clock.local(loan.due_at)
        return f"借 {wall:%H:%M}" if wall.date() == clock.today() else f"借 {wall:%m-%d}", "open"
    if key.state == "in_cabinet":
        return "", ""
    return key.state_label, KeyItem.lifecycle.tone(key.state)


# ---- the panel -------------------------------------------------------------------------------------------------


def _panel(session: Session, cabinet: KeyCabinet, key: KeyItem) -> KeyPanel:
    loan, paper, envelope = open_loan(session, key.id), open_unsealing(session, key.id), envelope_of(session, key.id)
    may_loan = loan is not None and find(session, acting(), KeyLoan, loan.id) is not None
    facts = [
        Fact("数量", Text(key.kind_words)),
        Fact("现在", Text(whereabouts(session, key))),
        Fact("挂位", Text(key.hook)),
        Fact("送交人", Text(key.received_from)),
    ]
    if envelope is not None and allows(acting(), "key_envelope.read", envelope):
        seal = f" 封签 {envelope.seal_no}" if envelope.seal_no else ""
        facts.append(Fact("现信封", LinkCell(f"{envelope.number or ''}{seal}", page_of(envelope))))
    if loan is not None and may_loan:
        facts.append(Fact("借出单", LinkCell(loan.number or "", page_of(loan))))
    return KeyPanel(
        title=f"{key.key_no} {key.where}",
        url=page_of(key),
        badge=Badge(key.state_label, KeyItem.lifecycle.tone(key.state)),
        close_url=f"/keys?cabinet={cabinet.id}",
        facts=tuple(facts),
        notice=_warning(key),
        chain=_chain(session, key),
        actions=_next(key, loan if may_loan else None, paper),
    )


def _warning(key: KeyItem) -> Notice | None:
    if key.state == "to_reseal":
        return Notice("重新封存前不能借出。每天提醒客服主管，直到业户本人重新签封。", "wait")
    if key.state in CHAIN:
        return Notice("封存钥匙由当班人负责，只经启用审批单启封；每次交接班核对信封数和封口。", "seal")
    return None


def _chain(session: Session, key: KeyItem) -> tuple[TrailEntryView, ...]:
    if not allows(acting(), "key_envelope.read", key):
        return ()
    return tuple(
        TrailEntryView(f"{link.what} {link.words}", clock.shown(link.at)[5:], link.who, link.tone)
        for link in chain_of(session, key)[::-1]
    )


def _next(key: KeyItem, loan: KeyLoan | None, paper: KeyUnsealing | None) -> tuple[Link, ...]:
    person, links = acting(), []
    if key.state == "in_cabinet" and allows(person, "key_loan.write", key):
        links.append(Link("借出", f"/key_loan/new?key_id={key.id}", "key"))
    if loan is not None:
        links.append(Link("交还", f"{page_of(loan)}/{'give_back' if loan.state == 'lent' else 'give_back_urgent'}"))
    if key.state == "sealed" and allows(person, "key_unsealing.write", key):
        links.append(Link("申请启封", f"/key_unsealing/new?key_id={key.id}", "seal"))
    if paper is not None and find(reading(), person, KeyUnsealing, paper.id) is not None:
        links.append(Link("启用审批单", page_of(paper), "seal"))
    return (*links, Link("详情", page_of(key)))
