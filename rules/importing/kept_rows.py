"""A judged row as it is kept: verdict in the clear, everything that was written in it in one closed body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.imports import ImportRow
from rules.importing.cells import Cell, pack, shown, unpack
from rules.importing.columns import CleanRow, Judgement
from rules.importing.rows import DATA, KINDS, ReadRow


@dataclass
class Body:
    """What the verdict page, the error workbook and the applying need of a row."""

    raw: list[Cell]
    shared: dict[str, Cell] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def dump(self) -> str:
        """As JSON, to be closed by the column's type."""
        told = {
            "raw": [pack(cell) for cell in self.raw],
            "shared": {key: pack(cell) for key, cell in self.shared.items()},
            "after": self.after,
            "notes": self.notes,
            "problems": self.problems,
            "reason": self.reason,
        }
        return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)

    @classmethod
    def load(cls, kept: str) -> "Body":
        """What `dump` wrote."""
        told = json.loads(kept)
        return cls(
            [unpack(cell) for cell in told.get("raw", ())],
            {key: unpack(cell) for key, cell in told.get("shared", {}).items()},
            told.get("after", {}),
            told.get("notes", {}),
            told.get("problems", {}),
            told.get("reason", ""),
        )


def row_to_keep(run_id: int, read: ReadRow, clean: CleanRow | None, judged: Judgement) -> dict[str, Any]:
    """The columns of one ImportRow."""
    body = Body(read.cells, read.shared, reason=judged.reason)
    changes: Mapping[str, object] = {}
    if clean is not None:
        changes = clean.changes
        body.after = {key: clean.after[key] for key in changes}
        body.notes = {**clean.notes, **judged.notes}
        body.problems = {**clean.problems, **judged.problems}
    return {
        "run_id": run_id,
        "number": read.number,
        "kind": read.kind,
        "verdict": judged.verdict,
        "has_changes": bool(changes),
        "body": body.dump(),
    }


def read_again(row: ImportRow) -> ReadRow:
    """The row as it was read from the file."""
    body = Body.load(row.body)
    return ReadRow(row.number, row.kind, body.raw, body.shared)


def add_problems(row: ImportRow, problems: Mapping[str, str]) -> None:
    """A later row of the file contradicted this one."""
    body = Body.load(row.body)
    body.problems.update(problems)
    row.body, row.verdict = body.dump(), "error"


def reason_for(read: ReadRow) -> str:
    """Why a row that is no data is passed over."""
    words = "；".join(text for cell in read.cells if (text := shown(cell).strip()))
    return f"{KINDS[read.kind]}：{words[:60]}" if read.kind != DATA else ""
