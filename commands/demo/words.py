"""How the demo company speaks: phrases dealt like cards, so that nothing is said too often."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def ways(said: str) -> tuple[str, ...]:
    """`a|b|c` as the ways to say one thing."""
    return tuple(one.strip() for one in said.split("|"))


class Deck:
    """Deals every card of a pack before the first one comes again; each pack is known by what lies in it."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._left: dict[Sequence[object], list[object]] = {}

    def draw(self, pack: Sequence[T]) -> T:
        """The next card."""
        left = self._left.get(pack)
        if not left:
            left = self._left[pack] = self._dice.sample(pack, len(pack))
        return left.pop()  # type: ignore[return-value]

    def say(self, *packs: Sequence[str], **facts: str) -> str:
        """One phrase of each pack, joined; `{place}` and the like are filled in."""
        words = "".join(self.draw(pack) for pack in packs)
        for name, value in facts.items():
            words = words.replace(f"{{{name}}}", value)
        return words
