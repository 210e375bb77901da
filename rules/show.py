"""One pure function formats and masks every value, for grids, forms, prints and exports alike."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models import Money, Record, Scaled, clock
from models.document import Stateful
from models.masks import masked
from rules.person import Person


def show(model: type[Record], name: str, value: Any, viewer: Person | None, *, clear: bool = False) -> str:
    """`value` of the attribute as people read it; a personal value is masked unless `clear` was decided before."""
    if value is None:
        return ""
    info = model.info(name)
    if info.get("secret"):
        return str(value) if clear else masked(info["secret"], str(value))
    if name == "state" and issubclass(model, Stateful):
        return model.lifecycle.states.get(value, str(value))
    choices = info.get("choices")
    if choices:
        return str(choices.get(value, value))
    return shown_value(value, model.__table__.c[name].type if name in model.__table__.c else None)


def shown_value(value: Any, kind: Any = None) -> str:
    """A plain value: times to the minute in Shanghai, money with two decimals, yes and no in Chinese."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            return clock.shown(value)
        case date():
            return value.isoformat()
        case Decimal():
            if isinstance(kind, Money):
                return f"{value:,.2f}"
            return f"{value.normalize():f}" if isinstance(kind, Scaled) else str(value)
        case _:
            return str(value)


def sees_phone(viewer: Person | None, row: Any) -> bool:
    """Inside an open matter the desk and the assignee see its phone (decision 7); nowhere else without 显示."""
    if viewer is None or row is None:
        return False
    is_open = isinstance(row, Stateful) and not row.is_frozen
    desk = viewer.holds(
        "desk_clerk",
        "receptionist",
        "service_assistant",
        "service_administrator",
        "service_supervisor",
        org_id=getattr(row, "org_id", None),
    )
    mine = viewer.staff_id is not None and viewer.staff_id in (
        getattr(row, "technician_id", None),
        getattr(row, "handler_id", None),
        getattr(row, "received_by_id", None),
    )
    return is_open and (desk or mine)
