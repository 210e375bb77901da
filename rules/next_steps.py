"""下一步: what can be done with a paper now, by whom, on which ground (SYS-06, 004-0 方案2)."""

from dataclasses import dataclass

from models.document import Stateful
from rules.handbook import rules
from rules.permissions import allows, who_may
from rules.person import Person


@dataclass(frozen=True, slots=True)
class NextStep:
    """One arrow out of the state a paper is in."""

    verb: str
    label: str
    leads_to: str
    who: str
    rule: str
    article: str
    mine: bool


def next_steps(doc: Stateful, by: Person | None) -> list[NextStep]:
    """Every move open in the paper's state, those that other papers cause included, in the lifecycle's order."""
    noun, known = doc.__tablename__, rules()
    steps = []
    for step in doc.lifecycle.moves.values():
        if doc.state not in step.source:
            continue
        permission = f"{noun}.{step.verb}"
        who = "系统，随相关单据办理" if step.system else who_may(permission)
        ground = known.get(step.rule)
        steps.append(
            NextStep(
                step.verb,
                step.label,
                doc.lifecycle.states[step.target],
                who,
                step.rule,
                ground.source if ground else "",
                not step.system and allows(by, permission, doc),
            )
        )
    return steps
