"""Fields of residents' forms that are not columns, and what the deeds done to residents ask for."""

from typing import Any

from forms.actions import Ask, reason
from forms.fields import Day, Lookup, Words
from models import Occupancy, Resident, clock


class Phones(Words):
    """All numbers in one box; the stored ones never stand in it, an empty box leaves them as they are."""

    def process_data(self, value: Any) -> None:
        """Nothing of what is stored."""
        del value
        self.data = None


PHONES = Phones("联系电话", longest=200, help="几个号码用逗号分开；修改时空着就不改", width="wide")
MERGE = Ask(
    Resident,
    "kept_id reason",
    over={"kept_id": Lookup("并入哪位住户", picker="resident", required=True), "reason": reason("合并的依据")},
    note="两人的资料都保留，合并后仍可拆开。",
)
MOVE_OUT = Ask(
    Occupancy,
    "ends_on",
    over={"ends_on": Day("结束日期", required=True)},
    initial=lambda _tie: {"ends_on": clock.today()},
)
