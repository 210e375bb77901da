"""Who is at work on an import: asked for by a person, taken by one process at a time, never busy for ever.

A run is asked for in the very transaction that keeps what the person chose, so that no page can find it idle while its
process is still starting. Each process that takes it gets the next turn; one that has been silent may be followed by
another, and if it wakes up again it finds that the turn is no longer its own.
"""

from datetime import timedelta

from models import clock
from models.imports import ImportRun
from rules.errors import WrongState

SILENCE = timedelta(seconds=90)  # no progress for so long: the process that worked on the run is gone
TURNS = 3  # a run that brought down this many processes is given back, else it would bring down every next one


def ask(run: ImportRun, state: str) -> None:
    """A person wants it read or applied: the run is busy from here on, and whoever comes first may begin."""
    run.state, run.message, run.beat_at = state, None, clock.now()
    run.asked_turn = run.turn


def is_free(run: ImportRun) -> bool:
    """Nobody has begun yet, or whoever did has been silent for too long."""
    return run.turn == run.asked_turn or run.beat_at is None or clock.now() - run.beat_at > SILENCE


def take_turn(run: ImportRun, state: str) -> int:
    """Begin; returns the number of the turn."""
    run.state, run.message, run.beat_at = state, None, clock.now()
    run.turn += 1
    return run.turn


def is_spent(run: ImportRun) -> bool:
    """As many processes fell over it as may."""
    return run.turn - run.asked_turn >= TURNS


def holds(run: ImportRun, turn: int, state: str) -> bool:
    """The turn is still this process's own."""
    return (run.turn, run.state) == (turn, state)


def require_turn(run: ImportRun, turn: int, state: str) -> None:
    """Raises WrongState when the run went to another process, or is past that."""
    if not holds(run, turn, state):
        raise WrongState(f"这次导入{state_words(run)}，由另一个进程办理，这里已停止")


def state_words(run: ImportRun) -> str:
    """`正处于“核对中”`, `已取消`: the state inside a sentence."""
    label = str(ImportRun.info("state")["choices"][run.state])
    return label if label.startswith("已") else f"正处于“{label}”"
