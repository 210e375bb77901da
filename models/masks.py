"""How a personal value looks to those who may not read it: one pure function for every surface."""

from models.base import Secret


def masked(secret: Secret, value: str) -> str:
    """`138****2217`, `4403***********3316`, and nothing at all of an employer."""
    if not value:
        return ""
    match secret:
        case "phone":
            return _middle(value, 3, 4)
        case "id_no":
            return _middle(value, 3, 4)
        case "employer":
            return "＊＊＊＊"


def _middle(value: str, head: int, tail: int) -> str:
    """Keep both ends only where at least three characters between them stay hidden."""
    hidden = len(value) - head - tail
    if hidden < 3:
        return "*" * max(0, len(value) - 2) + value[-2:] if len(value) > 4 else "*" * len(value)
    return value[:head] + "*" * hidden + value[-tail:]
