"""Hands for the import tests: a project, its clerk, and the walk from a file to its rows in the registers."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.imports import ImportRow, ImportRun
from rules.importing.applying import apply_run
from rules.importing.judging import judge_run
from rules.importing.kept_rows import Body
from rules.importing.plan import Plan
from rules.importing.registers import register_of
from rules.importing.runs import confirm_run, match_run, start_run
from rules.importing.spool import Spool
from rules.person import Person
from rules.write import Writer
from tests.import_files import table
from tests.makers import World


@dataclass
class Importer:
    """The clerk of 云锦里 at the import pages."""

    world: World
    write: Writer
    spool: Spool
    by: Person
    noun: str = "resident"
    org_id: int = 0

    def upload(self, file: io.BytesIO, name: str = "业主.xlsx") -> int:
        """A run, its columns matched by name."""
        file.seek(0)
        org_id = self.org_id or self.world.yj.id
        return start_run(self.write, self.spool, self.noun, org_id, self.by, name, file)

    def read(self, *rows: Any, file: io.BytesIO | None = None, create_places: bool = True) -> int:
        """A run with its verdicts."""
        run_id = self.upload(file or table(*rows))
        if not create_places:
            match_run(self.write, self.spool, run_id, self.by, create_places=False)
        judge_run(self.write, self.spool, register_of(self.noun), run_id, self.by)
        return run_id

    def apply(self, run_id: int) -> ImportRun:
        """A confirmed run, applied."""
        apply_run(self.write, register_of(self.noun), run_id, self.by)
        return self.run(run_id)

    def confirm(self, run_id: int, mode: str = "rows") -> None:
        """The clerk's 确认导入."""
        confirm_run(self.write, self.spool, run_id, self.by, mode)

    def take_in(self, *rows: Any, file: io.BytesIO | None = None, mode: str = "rows") -> ImportRun:
        """From the file into the registers."""
        run_id = self.read(*rows, file=file)
        self.confirm(run_id, mode)
        return self.apply(run_id)

    def run(self, run_id: int) -> ImportRun:
        """The run as it stands."""
        with Session(self.write.engine, expire_on_commit=False) as session:
            return session.get_one(ImportRun, run_id)

    def plan(self, run_id: int) -> dict[int, str]:
        """Sheet column → register column, as recognised."""
        return Plan.load(self.run(run_id).plan or "").columns

    def verdicts(self, run_id: int) -> dict[int, str]:
        """Row number → verdict."""
        with Session(self.write.engine) as session:
            rows = session.execute(select(ImportRow.number, ImportRow.verdict).where(ImportRow.run_id == run_id))
            return dict(tuple(row) for row in rows)

    def body(self, run_id: int, number: int) -> Body:
        """What is kept of a row."""
        with Session(self.write.engine) as session:
            row = session.scalars(
                select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.number == number)
            ).one()  # fmt: skip
            return Body.load(row.body)

    def look(self, statement: Select[Any]) -> list[Any]:
        """What is there now, not what an open session saw before."""
        return list(self.now.scalars(statement))

    @property
    def now(self) -> Session:
        """The world's session, having forgotten what it saw before."""
        self.world.session.rollback()
        self.world.session.expire_all()
        return self.world.session

    def count(self, model: type[Any]) -> int:
        """How many there are."""
        with Session(self.write.engine) as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


def importer(world: World, write: Writer, folder: Path, post: str = "service_supervisor") -> Importer:
    """Whoever holds the post in 云锦里, with an empty spool."""
    return Importer(world, write, Spool(folder / "spool"), world.person(post))
