"""The form of one 制度参数: what it may be, what it moves, what it was before, and what the change would alter."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from admin_views.base import new_token
from admin_views.handbook import handbook_url
from admin_views.page import Choice, Crumb, Field, FormPage, Link, Notice, Section, SideCard, SideLine
from forms.fields import YEARS
from models import OrgUnit, PolicyValue, Staff, clock
from rules.errors import RuleError
from rules.handbook import rules
from rules.policies import Policy, policy, value_words
from rules.policy_changes import governs, history_of, what_would_change
from rules.policy_words import bounds_words, typed_text, typed_value

NAMES = ("value", "effective_from", "reason")
HISTORY = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """What somebody typed for one setting of one unit, and what they have been shown of its effect."""

    known: Policy
    org: OrgUnit
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    shown: bool = False

    @property
    def mark(self) -> str:
        """Stands in the page that shows the effect of exactly this value from exactly this day."""
        said = (self.known.key, str(self.org.id), self.typed.get("value", ""), self.typed.get("effective_from", ""))
        return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]


def day_typed(typed: str) -> datetime:
    """The moment a typed day begins, now for today; raises RuleError at the field."""
    try:
        day = date.fromisoformat(typed) if len(typed) == len("2026-11-21") else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise RuleError("请填生效日期，如 2026-11-21", field="effective_from")
    return clock.now() if day == clock.today() else clock.at_wall(day, time(0))


def form_of(session: Session, sheet: Sheet) -> FormPage:
    """The page; `sheet.shown` says the effect and asks for the last click."""
    known, org = sheet.known, sheet.org
    current = policy(session, known.key, org.id)
    tomorrow = f"{clock.today() + timedelta(days=1):%Y-%m-%d}"
    values = sheet.typed or {"value": typed_text(known.key, current), "effective_from": tomorrow, "reason": ""}
    back = url_for("policies.policies", org=org.id)
    now = f"现在 {value_words(known.key, current)}"
    return FormPage(
        title=f"{known.label} · {org.name}",
        url=url_for("policies.change", key=known.key, org=org.id),
        sections=(Section("修改制度参数", _fields(known, values, sheet.errors), note=now),),
        notices=_notices(session, sheet),
        side=(_about(known), _governed(known), _past(session, known, org)),
        hidden=(("shown", sheet.mark),) if sheet.shown else (),
        save_label="确认修改" if sheet.shown else "看会改变什么",
        crumbs=(Crumb("工作台", "/"), Crumb("制度参数", back), Crumb(known.label)),
        cancel_url=back,
        token=request.form.get("token") or new_token(),
        draft_key="" if sheet.shown else f"policy-{known.key}-{org.id}",
    )


def _fields(known: Policy, values: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    choices = tuple(Choice(str(v), label) for v, label in (known.presets or {}).items())
    low, high = (str(n) for n in known.bounds) if known.kind == "int" else ("", "")
    kind = "select" if choices else "number" if known.kind == "int" else "text"
    return (
        Field(
            "value", known.label, kind, values["value"], error=wrong.get("value", ""), required=True, choices=choices,
            unit=known.unit, low=low, high=high, help=bounds_words(known.key), width="wide",
        ),
        Field(
            "effective_from", "生效日期", "date", values["effective_from"], error=wrong.get("effective_from", ""),
            required=True, help="当天零时起；填今天就立即生效",
        ),
        Field(
            "reason", "修改原因", "text", values["reason"], error=wrong.get("reason", ""), required=True, longest=255,
            width="whole",
        ),
    )  # fmt: skip


def _notices(session: Session, sheet: Sheet) -> tuple[Notice, ...]:
    """What the change would alter, sentence by sentence, once something has been typed."""
    if not sheet.shown:
        return (Notice("改后只影响生效日期起新开始的时限；正在走的时限仍按它开始时的规定。"),)
    value, since = typed_value(sheet.known.key, sheet.typed["value"]), day_typed(sheet.typed["effective_from"])
    effect = what_would_change(session, sheet.known.key, sheet.org.id, value, since)
    said = tuple(Notice(f"{line}。", "wait" if n == 0 else "open") for n, line in enumerate(effect.lines))
    return (*said, Notice("核对无误请按“确认修改”；要改就在下面改，再看一次。"))


def _about(known: Policy) -> SideCard:
    """Where it stands, what it is without anybody's change, and what else it may be."""
    lines = [
        SideLine(f"出处 {known.source}", known.case, url=handbook_url(known.source)),
        SideLine(f"缺省 {value_words(known.key, known.default)}", "原文未写明，为建议值" if known.presumed else ""),
        *(
            SideLine(words, "缺省" if value == known.default else "可选")
            for value, words in (known.presets or {}).items()
        ),
    ]
    return SideCard("这个参数", tuple(lines))


def _governed(known: Policy) -> SideCard:
    """The rules it stands for and the deadlines it moves."""
    book = rules()
    named = [SideLine(r, book[r].text, url=handbook_url(r)) for r in known.rules if r in book]
    moved = [SideLine(one, "时限") for one in governs(known.key)]
    return SideCard("管到哪里", (*named, *moved), empty="只管系统本身")


def _past(session: Session, known: Policy, org: OrgUnit) -> SideCard:
    """Who set it here or above, from when, why."""
    found = history_of(session, known.key, org.id)
    lines = tuple(
        SideLine(f"{clock.shown(row.effective_from)} 起 {value_words(known.key, row.value)}", _who(session, row, unit))
        for row, unit in found[:HISTORY]
    )
    more = f"另有 {len(found) - HISTORY} 次" if len(found) > HISTORY else ""
    return SideCard(
        "历次修改", lines, note=more, link=Link("操作日志", "/trail?noun=policy_value"), empty="没有改过，按缺省"
    )


def _who(session: Session, row: PolicyValue, unit: str) -> str:
    maker: Any = session.get(Staff, row.made_by_id)
    return f"{unit} · {maker.name if maker else ''} · {row.reason}"
