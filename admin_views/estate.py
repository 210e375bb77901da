"""楼栋 and 房屋 on screen; a unit opens its household."""

from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import Session

from admin_views.base import found
from admin_views.columns import Col
from admin_views.list_pages import Preset
from admin_views.registers import RegisterView
from models import Building, Unit
from rules import estate
from rules.person import Person

Values = dict[str, Any]


class BuildingView(RegisterView):
    """The buildings of a project."""

    record = Building
    menu_group = "住户"
    place = 30
    columns = ("name", "cluster", "floors", "engineer_id", "steward_id")
    filters = ("name", "cluster", "engineer_id", "steward_id")
    search = "name cluster"
    default_sort = "name"
    sections = (("楼栋", "name cluster floors engineer_id steward_id"),)


class UnitView(RegisterView):
    """The units; each opens the page of its household."""

    record = Unit
    menu_group = "住户"
    place = 20
    columns = (
        Col(key="code", label="房号", width="l", place="left", strong=True),
        "building_id",
        "-entrance",
        "kind",
        "area",
        "structure",
        "sold",
        "renovating",
        "in_custody",
        "long_vacant",
        "-ownership",
        "remark",
    )
    filters = ("code", "building_id", "kind", "sold", "renovating", "in_custody", "long_vacant", "-structure")
    search = "code ownership remark"
    default_sort = "code"
    presets = (
        Preset("装修中", "renovating=yes", "wait"),
        Preset("托管", "in_custody=yes"),
        Preset("长期空房户", "long_vacant=yes"),
    )
    sections = (
        ("位置", "building_id entrance room_no kind"),
        ("情况", "area structure ownership sold renovating in_custody long_vacant remark"),
    )

    @expose("/<int:row_id>")
    def page(self, row_id: int) -> ResponseReturnValue:
        """Its household says it all."""
        return redirect(f"/household/{found(Unit, row_id).id}")

    def make(self, session: Session, values: Values, by: Person) -> Unit:
        """Its code follows from where it stands."""
        return estate.create_unit(session, by, **self._owned(values, by))

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """The same when corrected."""
        estate.edit_unit(session, row, by, **values)
