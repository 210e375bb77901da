"""What states a paper or a thing may be in, and which moves join them. Pure data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "open", "wait", "done", "late", "seal", "void"]


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow.

    `needs` are attributes that must be filled before, `form` names the action form that asks for details,
    `system` marks a move that only another paper's move may cause, `reason` asks for one, `rule` is the article shown.
    """

    verb: str
    source: frozenset[str]
    target: str
    label: str
    needs: tuple[str, ...] = ()
    form: str = ""
    system: bool = False
    reason: bool = False
    danger: bool = False
    rule: str = ""


class Lifecycle:
    """The states (key: 中文), their tones on screen, and the only moves between them."""

    def __init__(
        self,
        states: dict[str, str],
        moves: Iterable[Move],
        *,
        frozen: Iterable[str] = (),
        tones: dict[str, Tone] | None = None,
        path: Iterable[str] = (),
    ) -> None:
        self.states = states
        self.initial = next(iter(states))
        self.moves: dict[str, Move] = {}
        for m in moves:
            assert m.verb not in self.moves, f"{m.verb} is declared twice"
            assert m.verb not in ("start", "edit"), f"{m.verb} is what the rules call a new and a corrected paper"
            self.moves[m.verb] = m
        self.frozen = frozenset(frozen)
        self.tones: dict[str, Tone] = tones or {}
        self.path = tuple(path) or tuple(states)
        for m in self.moves.values():  # a typo fails at import, not in front of a resident
            unknown = (m.source | {m.target}) - states.keys()
            assert not unknown, f"{m.verb}: unknown state {sorted(unknown)}"
        stray = (self.frozen | self.tones.keys() | set(self.path)) - states.keys()
        assert not stray, f"unknown state {sorted(stray)}"

    def open_moves(self, state: str) -> list[Move]:
        """The buttons a person might see in this state (permission decides further)."""
        return [m for m in self.moves.values() if state in m.source and not m.system]

    def tone(self, state: str) -> Tone:
        """The colour family of the state; the word always stands beside it."""
        return self.tones.get(state, "")


def move(
    verb: str,
    source: str,
    target: str,
    label: str,
    *needs: str,
    form: str = "",
    system: bool = False,
    reason: bool = False,
    danger: bool = False,
    rule: str = "",
) -> Move:
    """`move("issue", "draft", "issued", "签发", "content")`."""
    return Move(verb, frozenset(source.split()), target, label, needs, form, system, reason, danger, rule)
