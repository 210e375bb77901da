"""Units (房屋): a unit's code follows from where it stands; two rooms never carry the same one."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Building, Unit
from rules.errors import RuleError
from rules.importing.places import UnitCode
from rules.permissions import require
from rules.person import Person


def create_unit(session: Session, by: Person, **values: Any) -> Unit:
    """A new unit of a building; raises NotAllowed, or RuleError at `room_no` or `building_id`."""
    unit = Unit(**values)
    require(by, "unit.write", unit, "新增房屋")
    session.add(_placed(session, unit))
    session.flush()
    return unit


def edit_unit(session: Session, unit: Unit, by: Person, **values: Any) -> None:
    """Correct a unit; its code follows. Raises NotAllowed, or RuleError at `room_no` or `building_id`."""
    require(by, "unit.write", unit, "修改房屋")
    with session.no_autoflush:
        for name, value in values.items():
            setattr(unit, name, value)
        _placed(session, unit)
    session.flush()


def _placed(session: Session, unit: Unit) -> Unit:
    building = session.get(Building, unit.building_id)
    if building is None or building.org_id != unit.org_id:
        raise RuleError("这栋楼不在本项目，请重新选择", field="building_id")
    unit.entrance = (unit.entrance or "").strip()
    unit.room_no = (unit.room_no or "").strip()
    if not unit.room_no:
        raise RuleError("请填写室号", field="room_no")
    unit.code = UnitCode(building.name, unit.entrance, unit.room_no).code
    same = select(Unit.id).where(Unit.org_id == unit.org_id, Unit.code == unit.code)
    if any(found != unit.id for found in session.scalars(same)):
        raise RuleError(f"房号 {unit.code} 已经登记过，请核对", field="room_no")
    return unit
