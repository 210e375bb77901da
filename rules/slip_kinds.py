"""The slip types of the old books as one table (004-1§2–5): which store, which colour, how made, what they need."""

from dataclasses import dataclass
from typing import Literal

from models.slips import IN_CATEGORIES, OUT_CATEGORIES

Made = Literal["hand", "transfer", "count", "return"]


@dataclass(frozen=True, slots=True)
class SlipKind:
    """One type: `quality` is the only kind of store it may touch, `made` how such a slip comes to be.

    `needs` are columns that must be filled, `red` whether it may (True), must ("only") or may not (False) be red.
    """

    key: str
    side: Literal["in", "out"]
    quality: Literal["sound", "damaged", ""]
    rule: str
    made: Made = "hand"
    needs: tuple[str, ...] = ()
    red: bool | Literal["only"] = False
    levels: tuple[str, ...] = ("site", "division")

    @property
    def label(self) -> str:
        """采购入库."""
        return (IN_CATEGORIES if self.side == "in" else OUT_CATEGORIES)[self.key]


SLIP_KINDS: dict[str, SlipKind] = {
    kind.key: kind
    for kind in (
        SlipKind("purchase", "in", "sound", "INV-24", needs=("supplier",)),
        SlipKind("small_purchase", "in", "sound", "INV-26", needs=("approval_ref",)),
        SlipKind("damaged_in", "in", "damaged", "INV-29"),
        SlipKind("repaired_in", "in", "sound", "INV-31", needs=("party_name",)),
        SlipKind("sound_in", "in", "sound", "INV-45", made="transfer"),
        SlipKind("broken_in", "in", "damaged", "INV-58", made="transfer"),
        SlipKind("return_in", "in", "", "INV-37", made="return", red=True, needs=("scene", "party")),
        SlipKind("surplus", "in", "", "STK-08", made="count"),
        SlipKind("opening", "in", "", "STK-02"),
        SlipKind("own_use", "out", "sound", "INV-32", needs=("taker",), red=True),
        SlipKind("repair_out", "out", "damaged", "INV-33", needs=("party", "packing"), red=True),
        SlipKind("scrap_out", "out", "damaged", "INV-35", needs=("reason",)),
        SlipKind("sound_out", "out", "sound", "INV-45", made="transfer"),
        SlipKind("broken_out", "out", "damaged", "INV-58", made="transfer", red=True),
        SlipKind("shortage", "out", "", "STK-08", made="count"),
    )
}


def by_hand(side: str) -> dict[str, str]:
    """Key → name of the types a clerk may begin with 增加, in the order of the books."""
    return {k.key: k.label for k in SLIP_KINDS.values() if k.side == side and k.made == "hand"}


def matching(out_category: str) -> str:
    """The in-type that belongs to a transfer's out-type: 完好品/完好品, 损坏品/损坏品 (INV-46)."""
    return {"sound_out": "sound_in", "broken_out": "broken_in"}[out_category]
