"""Paper with memory: every print is a row with the hash of what it said, its place in the count, and who printed."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import PrintContent, PrintRun, Record
from models.trail import tell
from rules.person import Person


@dataclass(frozen=True, slots=True)
class Printing:
    """One paper about to be printed: which record, what it says."""

    form: str
    kind: str
    row: Record | None
    facts: Mapping[str, Any]
    rows: int = 1


def canonical(facts: Mapping[str, Any]) -> bytes:
    """The content as bytes, the same for the same content."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def times_printed(session: Session, form: str, row: Record) -> int:
    """How often the record has been printed on this form."""
    found = session.scalar(
        select(func.count())
        .select_from(PrintRun)
        .where(PrintRun.form == form, PrintRun.noun == row.__tablename__, PrintRun.row_id == row.id)
        .where(PrintRun.kind.in_(("filled", "batch")))
    )
    return found or 0


def remember(
    session: Session, by: Person, org_id: int, papers: list[Printing], *, keep: bool = True
) -> tuple[str, list[PrintRun]]:
    """Write one row per paper (batch id, rows): n-th counts the prints of the same record on the same form.

    `keep` stores the content encrypted until its retention ends; ledgers keep the hash only.
    """
    batch = secrets.token_hex(8)
    runs = []
    _one_at_a_time(session, papers)
    for paper in papers:
        said = canonical(paper.facts)
        run = PrintRun(
            org_id=getattr(paper.row, "org_id", None) or org_id,
            form=paper.form,
            kind=paper.kind,
            noun=paper.row.__tablename__ if paper.row is not None else "",
            row_id=paper.row.id if paper.row is not None else None,
            batch_id=batch,
            nth=times_printed(session, paper.form, paper.row) + 1 if paper.row is not None else 1,
            rows=paper.rows,
            content_hash=hashlib.sha256(said).hexdigest(),
            by_id=by.staff_id,
        )
        session.add(run)
        session.flush()
        if keep and paper.row is not None:
            session.add(PrintContent(run_id=run.id, content=said.decode()))
        runs.append(run)
        if paper.row is not None:
            word = "打印" if run.nth == 1 else f"补打第{run.nth - 1}次"
            tell(session, word, paper.row, {"表单": paper.form})
    return batch, runs


def _one_at_a_time(session: Session, papers: list[Printing]) -> None:
    """Hold the papers' rows until the end of the transaction: two reprints at once never bear the same number."""
    rows = {(type(paper.row), paper.row.id) for paper in papers if paper.row is not None}
    for model, row_id in sorted(rows, key=lambda row: (row[0].__tablename__, row[1])):
        session.execute(select(model.id).where(model.id == row_id).with_for_update(key_share=True))


def prints_of(session: Session, noun: str, row_id: int) -> list[PrintRun]:
    """The prints of a record, newest first."""
    return list(
        session.scalars(
            select(PrintRun).where(PrintRun.noun == noun, PrintRun.row_id == row_id).order_by(PrintRun.id.desc())
        )
    )
