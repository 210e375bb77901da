"""Processes that post slips at once, each in its own write transactions, on a database made before they start."""

import multiprocessing
import random
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import rules  # noqa: F401  (checks and effects register themselves)
from models import Staff, StockIn, StockOut, secrecy
from rules.advance import advance
from rules.engine import prepare_engine
from rules.ledger import NotEnoughStock
from rules.person import Person, person_of
from rules.slips import put_on_file
from rules.write import Writer

PROCESSES = 8


@dataclass
class Job:
    """What one process is to do: `slips` of them, on these things of this store, taking at most `most` of each."""

    url: str
    keys: str
    staff_id: int
    warehouse_id: int
    material_ids: list[int]
    seed: int
    slips: int
    incoming: float
    most: int = 3


@dataclass
class Done:
    """What came of it: the net change of each material that was acknowledged, refusals, and whatever was strange."""

    net: dict[int, Decimal] = field(default_factory=dict)
    posted: int = 0
    short: int = 0
    undone: int = 0
    waits: list[float] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


def work(job: Job, answers: Any) -> None:
    """One process."""
    done = Done()
    try:
        secrecy.use_keys(Path(job.keys))
        engine = prepare_engine(create_engine(job.url))
        with Session(engine) as look:
            by = person_of(look, look.get_one(Staff, job.staff_id))
        _labour(Writer(engine), job, by, done)
        engine.dispose()
    except BaseException as broken:  # noqa: BLE001 (told to the parent, who judges)
        done.strange.append(f"process {job.seed}: {broken!r}"[:500])
    answers.put(done)


def _labour(write: Writer, job: Job, by: Person, done: Done) -> None:
    dice = random.Random(job.seed)
    for _n in range(job.slips):
        comes_in = dice.random() < job.incoming
        things = dice.sample(job.material_ids, min(len(job.material_ids), dice.randint(1, 3)))
        said = {m: Decimal(dice.randint(1, job.most * 2) * 500) / 1000 for m in things}
        began = time.perf_counter()
        try:
            slip_id = write(lambda s, a=comes_in, b=said: _one(s, job, by, a, b), by=by)  # type: ignore[misc]
        except NotEnoughStock:
            done.short += 1
            continue
        done.waits.append((time.perf_counter() - began) * 1000)
        done.posted += 1
        for material, qty in said.items():
            done.net[material] = done.net.get(material, Decimal(0)) + (qty if comes_in else -qty)
        if not comes_in and dice.random() < 0.2:
            write(lambda s, i=slip_id: advance(s, s.get_one(StockOut, i), "unapprove", by, reason="录错"), by=by)  # type: ignore[misc]
            done.undone += 1
            for material, qty in said.items():
                done.net[material] += qty


def _one(session: Session, job: Job, by: Person, comes_in: bool, said: dict[int, Decimal]) -> int:
    slip: Any = (
        StockIn(warehouse_id=job.warehouse_id, category="purchase", supplier="鼎盛五金")
        if comes_in
        else StockOut(warehouse_id=job.warehouse_id, category="own_use", taker="罗志强", four_steps=True)
    )
    lines = [{"material_id": m, "qty": q, **({} if comes_in else {"use_kind": "consumable"})} for m, q in said.items()]
    put_on_file(session, slip, lines, by)
    session.flush()
    advance(session, slip, "approve", by)
    return int(slip.id)


def strike(jobs: list[Job]) -> Done:
    """All of them at once; what they were told, added up."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=work, args=(job, answers)) for job in jobs]
    for process in processes:
        process.start()
    total = Done()
    for _process in processes:
        one = answers.get(timeout=600)
        for material, qty in one.net.items():
            total.net[material] = total.net.get(material, Decimal(0)) + qty
        total.posted += one.posted
        total.short += one.short
        total.undone += one.undone
        total.waits += one.waits
        total.strange += one.strange
    for process in processes:
        process.join(30)
    return total
