"""Short ways to say a record's values on paper."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from models import Record, Staff, clock
from rules.person import Person
from rules.show import sees_phone, show


def at(moment: datetime | None) -> str:
    """`2026-11-21 10:00`, empty when nothing happened yet."""
    return clock.shown(moment) if moment else ""


def who(staff: Staff | None) -> str:
    """A name, empty when nobody."""
    return staff.name if staff else ""


def money(value: Decimal | None) -> str:
    """`1,028.00`, empty when unknown."""
    return "" if value is None else f"{value:,.2f}"


def word(record: Record, name: str, viewer: Person) -> str:
    """The attribute as everywhere; a phone is clear where the viewer may see it on this paper (decision 7)."""
    clear = type(record).info(name).get("secret") == "phone" and sees_phone(viewer, record)
    return show(type(record), name, getattr(record, name), viewer, clear=clear)


def listed(record: Record, name: str) -> str:
    """The attribute in a list of many matters, where a personal value stays masked for everybody (decision 7)."""
    return show(type(record), name, getattr(record, name), None)


def words(record: Record, viewer: Person, *names: str) -> dict[str, Any]:
    """Several attributes under their own names."""
    return {name: word(record, name, viewer) for name in names}
