"""The chapters of the demo company, in the order in which they are told, and how they are played."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from commands.demo import desk, keys, meetings, oversight, slips, stores, under_way
from commands.demo.names import Namer
from commands.demo.stage import Chapter, Stage
from models import clock
from rules.attachments import Store

DAYS = 91
BUSYNESS = 1.0  # how much comes of a hundred homes: a small estate may be a lively one
CHAPTERS: tuple[Chapter, ...] = (
    slips.CHAPTER,
    desk.CHAPTER,
    stores.CHAPTER,
    under_way.CHAPTER,
    meetings.CHAPTER,
    keys.CHAPTER,
    oversight.CHAPTER,
)


def play(session: Session, namer: Namer, days: int, tell: Callable[[date], None], store: Store | None = None) -> None:
    """Play every chapter up to now."""
    stage = Stage(session, namer, clock.now(), days, BUSYNESS, store)
    stage.people()
    for chapter in CHAPTERS:
        for walk in chapter.whole(stage) if chapter.whole else ():
            stage.enter(walk)
        for day in stage.days if chapter.daily else ():
            for house in stage.houses:
                for walk in chapter.daily(stage, house, day):  # type: ignore[misc]
                    stage.enter(walk)
    stage.play(tell)
