"""The system administrator's part of the 工作台: what needs a hand, and how the system stands, in plain words."""

from datetime import time, timedelta

from sqlalchemy.orm import Session

from admin_views.page import Badge, Count, Link, SideCard, SideLine
from admin_views.registers import listed
from models import clock
from rules import administration as care
from rules.backups import last_backup
from rules.calendar import known_years
from rules.history import lines_of
from rules.org_units import post_label
from rules.person import Person
from rules.policies import POLICIES

SHOWN = 6
DAYS_BACK = 1


def home_counts(session: Session, person: Person) -> tuple[Count, ...]:
    """What needs a hand; each opens its rows."""
    if not care.looks_after_the_system(person):
        return ()
    today = clock.today()
    since = today - timedelta(days=DAYS_BACK)
    failed, _last = care.failed_log_ins(session, person, clock.at_wall(since, time(0)), 0)
    return (
        listed("staff", "account=none", "没有账号的员工", "不能登录"),
        listed("staff", "account=fresh", "还没改初始密码", "", "wait"),
        listed("staff", "post=none", "没有任职的员工", "看不到任何登记", "wait"),
        listed("appointment", f"ends_on_from={today}&ends_on_to={today + care.SOON}", "三十天内到期的任职", "", "wait"),
        Count(failed, "登录失败", f"/trail?action={care.FAILED}&from={since}", "昨天以来", "late" if failed else ""),
    )


def home_cards(session: Session, person: Person) -> tuple[SideCard, ...]:
    """How the system stands."""
    if not care.looks_after_the_system(person):
        return ()
    return (_state(session), _to_come(session, person), _ending(session, person), _failed(session, person))


def _state(session: Session) -> SideCard:
    seal, backed_up = care.seal_state(session), last_backup(session)
    last, today = known_years()[-1], clock.today()
    lines = (
        SideLine(
            "操作日志", seal.words, "/trail", right=Badge("待封存", "late") if seal.is_late else Badge("正常", "done")
        ),
        SideLine(
            "备份",
            f"最近一次 {clock.shown(backed_up)}" if backed_up else "没有备份记录，请按运维说明设好每天的备份",
            right=Badge("有备份", "done") if backed_up else Badge("没有", "wait"),
        ),
        SideLine(
            "节假日安排",
            f"内置到 {last} 年" + ("，之后的请录入工作日历" if last <= today.year else ""),
            "/work_day/",
            right=Badge("够用", "done") if last >= today.year else Badge("要补", "wait"),
        ),
    )
    return SideCard("系统状况", lines)


def _to_come(session: Session, person: Person) -> SideCard:
    found = [it for it in care.settings_to_come(session, person) if it.key in POLICIES]
    lines = tuple(
        SideLine(POLICIES[it.key].label, f"{clock.shown(it.effective_from)} 起", "/policies") for it in found[:SHOWN]
    )
    note = f"{len(found)} 项" if found else ""
    return SideCard("将生效的制度参数", lines, note, Link("制度参数", "/policies"), "没有等着生效的改动")


def _ending(session: Session, person: Person) -> SideCard:
    found = care.ending_soon(session, person)
    lines = tuple(
        SideLine(
            f"{it.staff.name} {post_label(session, it.post, it.org_id)}",
            f"{it.org} · 到 {it.ends_on}",
            f"/appointment/{it.id}",
        )
        for it in found[:SHOWN]
    )
    note = f"{len(found)} 项" if found else ""
    return SideCard("将到期的任职", lines, note, Link("任职", "/appointment/"), "三十天内没有到期的")


def _failed(session: Session, person: Person) -> SideCard:
    since = clock.at_wall(clock.today() - timedelta(days=DAYS_BACK), time(0))
    _number, last = care.failed_log_ins(session, person, since, SHOWN)
    lines = tuple(
        SideLine(
            it.subject or "不认识的登录名",
            "，".join([clock.shown(it.at), *(f"{name} {after}" for name, _before, after in it.changes if after)]),
        )
        for it in lines_of(session, list(last))
    )
    all_of_it = Link("操作日志", f"/trail?action={care.FAILED}")
    return SideCard("最近的登录失败", lines, link=all_of_it, empty="昨天以来没有")
