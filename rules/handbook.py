"""The handbook's rows: which rules of the regulations there are, how each is served, and in whose words."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "handbook"
KINDS = {"强制": "enforced", "计算": "computed", "服务": "served"}
_ROW = re.compile(r"^\| ([A-Z]+-\d+) \| (强制|计算|服务) \| (.*?) \| (.*?) \|$")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: id, kind (enforced, computed, served), source article, what it asks."""

    id: str
    kind: str
    source: str
    text: str

    @property
    def module(self) -> str:
        """WO of WO-18."""
        return self.id.split("-")[0]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by id, in the order of the pages."""
    found = {}
    for page in sorted(FOLDER.glob("*.md")):
        for text in page.read_text(encoding="utf-8").splitlines():
            if row := _ROW.match(text):
                found[row[1]] = Rule(row[1], KINDS[row[2]], row[3], row[4])
    return found


def article(rule_id: str) -> str:
    """`WO-18（004-5§4.3.4）`: how a refusal or a deadline names its ground; the id alone when unknown."""
    rule = rules().get(rule_id)
    return f"{rule_id}（{rule.source}）" if rule else rule_id
