"""What nobody presses a button for: imports whose process was killed go on, rows of old ones are forgotten."""

import logging
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import OrgUnit, Staff, clock
from rules.errors import RuleError
from rules.importing.applying import apply_run
from rules.importing.registers import register_of
from rules.importing.runs import abandoned_runs, forget_rows
from rules.importing.spool import Spool
from rules.person import person_of
from rules.policies import policy
from rules.write import Writer

log = logging.getLogger(__name__)


def tidy(write: Writer, spool: Spool) -> tuple[int, int]:
    """Carry on what a kill interrupted, as the person who confirmed it; returns (runs carried on, runs forgotten)."""
    with Session(write.engine) as session:
        left = [
            (run.id, run.register, person_of(session, session.get_one(Staff, run.confirmed_by_id or run.by_id)))
            for run in abandoned_runs(session)
        ]
        company = session.scalars(select(OrgUnit.id).where(OrgUnit.kind == "company").order_by(OrgUnit.id)).first()
        days = policy(session, "import.keep_days", company) if company else 0
    for run_id, noun, by in left:
        try:
            apply_run(write, register_of(noun), run_id, by)
        except RuleError as refusal:
            log.info("import %s stays as it is: %s", run_id, refusal)
    forgotten = forget_rows(write, spool, clock.now() - timedelta(days=days)) if days else 0
    return len(left), forgotten
