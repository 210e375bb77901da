"""What the deeds of the people's registers ask for: ending, delegating, moving, closing."""

from forms.actions import Ask
from forms.fields import Day, Lookup, Tick
from models import Appointment, Leave, OrgUnit, clock

LAST_DAY = Day("最后一天", required=True)
END = Ask(Appointment, "last_day", over={"last_day": LAST_DAY}, initial=lambda _row: {"last_day": clock.today()})
END_LEAVE = Ask(Leave, "last_day", over={"last_day": LAST_DAY}, initial=lambda _row: {"last_day": clock.today()})
DELEGATE = Ask(
    Appointment,
    "to_id starts_on ends_on approvals",
    over={
        "to_id": Lookup("委托给", picker="staff", required=True),
        "starts_on": Day("开始日期", required=True),
        "ends_on": Day("结束日期", required=True),
        "approvals": Tick("连同审批一并委托"),
    },
    initial=lambda _row: {"starts_on": clock.today()},
    note="委托移交职责和保管；审批只有勾选才一并委托。",
)
MOVE = Ask(OrgUnit, "parent_id", over={"parent_id": Lookup("新的上级", picker="org_unit", required=True)})
STAND_IN = {
    "stand_in_id": Lookup("代班人", picker="staff", help="填了就把本人的岗位在这几天委托给他"),
    "approvals": Tick("连同审批一并委托"),
}
