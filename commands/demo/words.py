"""How the demo company speaks: phrases dealt like cards, so that nothing is said too often."""

from collections.abc import Sequence
from math import prod
from random import Random
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 40  # how often to look for something that has not been said


def ways(said: str) -> tuple[str, ...]:
    """`a|b|c` as the ways to say one thing."""
    return tuple(one.strip() for one in said.split("|"))


class Deck:
    """Deals every card of a pack before the first one comes again; each pack is known by what lies in it."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._left: dict[Sequence[object], list[object]] = {}
        self._said: dict[tuple[Sequence[str], ...], set[str]] = {}

    def draw(self, pack: Sequence[T]) -> T:
        """The next card."""
        left = self._left.get(pack)
        if not left:
            left = self._left[pack] = self._dice.sample(pack, len(pack))
        return left.pop()  # type: ignore[return-value]

    def say(self, *packs: Sequence[str], **facts: str) -> str:
        """One phrase of each pack, joined, not twice before all have been said; `{place}` and the like filled in."""
        said = self._said.setdefault(packs, set())
        if len(said) >= prod(len(pack) for pack in packs):
            said.clear()
        words = "".join(self.draw(pack) for pack in packs)
        for _ in range(PATIENCE):
            if words not in said:
                break
            words = "".join(self._dice.choice(pack) for pack in packs)
        said.add(words)
        for name, value in facts.items():
            words = words.replace(f"{{{name}}}", value)
        return words
