"""The demo company (演示公司): invented people in an invented estate, made relative to today.

How it is told. The past is played on one stage (`stage.py`), in one transaction, moment by moment in order of time:
every matter is a *walk*, a generator that yields the moment at which it wants to go on and acts when it is woken, with
the clock standing at that moment and the very `start` / `advance` the screens call; in between the deadlines ring as
the sweep would have rung them. Nothing that lies ahead of now ever happens: a walk that asks for a later moment is left
as it stands, and that is what is under way when somebody looks. **A new module adds a chapter:** a file of its own here
with one `Chapter(daily=…, whole=…)`, named in the list `CHAPTERS` of `chapters.py`. `daily(stage, house, day)` gives
the walks that begin in one project on one day, `whole(stage)` those that run through all of it or stand at its end
(monthly duties, opening stock before the first day, what is under way right now). Draw only from `stage.dice`, take
people from `house.one("post")`, act inside `with stage.acts(person) as session`, and take words from packs that are
dealt (`words.py`): no text may stand on more than a fiftieth of a register's rows. `tests/test_demo.py` then holds the
chapter to what the office would notice.
"""
