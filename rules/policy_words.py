"""制度参数 as people type and read them: what stands in the field, what may stand there."""

import re
from datetime import datetime
from typing import Any

from models import clock
from rules.errors import RuleError
from rules.policies import POLICIES, Policy

LONGEST_NUMBER = 10
_DASH = re.compile("[－—–]")


def checked_value(key: str, value: Any) -> Any:
    """The value as it will be stored; raises RuleError in Chinese when the policy does not allow it."""
    known = POLICIES[key]
    if known.kind == "choice":
        if value not in (known.presets or {}):
            raise RuleError(f"{known.label}：请从给出的选项中选择", field="value")
        return value
    if known.kind == "int":
        low, high = known.bounds
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise RuleError(f"{known.label}：请填 {low} 到 {high} 之间的整数", field="value")
        return value
    return _checked_windows(known, value)


def _checked_windows(known: Policy, value: Any) -> list[list[str]]:
    try:
        pairs = [[_wall(a), _wall(b)] for a, b in value]
    except (TypeError, ValueError) as wrong:
        raise RuleError(f"{known.label}：请写成 12:00-14:00，多段用逗号分开", field="value") from wrong
    if any(a == b for a, b in pairs):
        raise RuleError(f"{known.label}：一段的开始和结束不能相同", field="value")
    if known.kind == "hours" and (not pairs or any(a > b for a, b in pairs)):
        raise RuleError(f"{known.label}：至少要有一段，且不能跨过午夜", field="value")
    return pairs


def _wall(text: str) -> str:
    moment = datetime.strptime(text.strip(), "%H:%M").replace(tzinfo=clock.LOCAL)
    return f"{moment:%H:%M}"


def bounds_words(key: str) -> str:
    """What the policy may be: 「可选 综合、003：24小时」, 「可填 1–28 日」."""
    known = POLICIES[key]
    if known.presets:
        return f"可选 {'、'.join(known.presets.values())}"
    if known.kind == "int":
        return f"可填 {known.bounds[0]}–{known.bounds[1]} {known.unit}".strip()
    return "写成 12:00-14:00，多段用逗号分开"


def typed_text(key: str, value: Any) -> str:
    """The value as it stands in the field, the way `typed_value` reads it."""
    return ",".join(f"{a}-{b}" for a, b in value) if POLICIES[key].kind in ("windows", "hours") else str(value)


def typed_value(key: str, words: str) -> Any:
    """What a person typed into one field, as `checked_value` wants it; raises RuleError when it cannot be read."""
    known = POLICIES[key]
    said = words.strip()
    if known.kind == "int":
        return checked_value(key, int(said) if said.isdecimal() and len(said) <= LONGEST_NUMBER else said)
    if known.kind in ("windows", "hours"):
        parts = [part for part in said.replace("，", ",").replace("、", ",").split(",") if part.strip()]
        return checked_value(key, [_DASH.sub("-", part).split("-") for part in parts])
    return checked_value(key, said)
