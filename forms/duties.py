"""What the manager's moves ask for: meetings, tasks, reports, requests, knowledge."""

from typing import Any

from forms.actions import ask
from models import ChangeRequest, DutyTask, KnowledgeEntry, Meeting, UpwardReport, clock


def _now(_row: Any) -> dict[str, Any]:
    return {"held_at": clock.now(), "done_at": clock.now()}


ask(
    Meeting,
    "hold",
    "held_at place chair_id attendees minutes",
    must="held_at attendees minutes",
    initial=_now,
    note="归档后指标、纪要不再改；未达标的指标须先在“修改”里写好改进措施。",
)
ask(DutyTask, "finish", "done_at result", must="result", initial=_now)
ask(UpwardReport, "answer", "reply", must="reply")
ask(ChangeRequest, "finish", "outcome", must="outcome")
ask(KnowledgeEntry, "review", "review_on", must="review_on", note="内容有变的先修改，再复审；日期须晚于今天。")
