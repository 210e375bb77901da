"""What nobody presses a button for: imports a kill interrupted go on or are given back, old rows are forgotten."""

import logging
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ImportRun, OrgUnit, Staff, clock
from rules.errors import RuleError
from rules.importing.applying import apply_run
from rules.importing.judging import judge_run
from rules.importing.registers import register_of
from rules.importing.runs import abandoned_runs, forget_rows, give_back
from rules.importing.spool import Spool
from rules.importing.turns import is_spent
from rules.person import Person, person_of
from rules.policies import policy
from rules.write import Writer

log = logging.getLogger(__name__)


def tidy(write: Writer, spool: Spool) -> tuple[int, int]:
    """Carry on what a kill interrupted, as the person who asked for it; returns (runs carried on, runs forgotten)."""
    with Session(write.engine) as session:
        left = [
            (run, person_of(session, session.get_one(Staff, run.confirmed_by_id or run.by_id)))
            for run in abandoned_runs(session)
        ]
        company = session.scalars(select(OrgUnit.id).where(OrgUnit.kind == "company").order_by(OrgUnit.id)).first()
        days = policy(session, "import.keep_days", company) if company else 0
    for run, by in left:
        try:
            _carry_on(write, spool, run, by)
        except RuleError as refusal:
            log.info("import %s stays as it is: %s", run.id, refusal)
    forgotten = forget_rows(write, spool, clock.now() - timedelta(days=days)) if days else 0
    return len(left), forgotten


def _carry_on(write: Writer, spool: Spool, run: ImportRun, by: Person) -> None:
    register = register_of(run.register)
    if is_spent(run):
        log.warning("import %s brought down its process again and again: given back", run.id)
        give_back(write, run.id)
    elif run.state == "reading":
        judge_run(write, spool, register, run.id, by)
    else:
        apply_run(write, register, run.id, by)
