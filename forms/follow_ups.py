"""What a follow-up asks for: how it was made, what the resident said and gave, and what happens when it failed."""

from typing import Any

from forms.actions import ask, reason
from forms.evidence import Handwriting
from forms.fields import Pick, Words
from forms.tickets import LATE
from models import FollowUp, clock

MADE = "method at call_minute on_request satisfaction quality effect defects suggestion signer signature"
OVER: dict[str, Any] = {
    "signer": Words("签名住户", longest=64, help="上门、面谈、现场查看须住户签名"),
    "signature": Handwriting("住户签名", width="whole"),
    **LATE,
}


def _now(_follow_up: Any) -> dict[str, Any]:
    return {"at": clock.now(), "method": "phone"}


ask(FollowUp, "pass_", f"{MADE} late_reason", must="method at satisfaction quality effect", over=OVER, initial=_now)
ask(
    FollowUp,
    "fail",
    f"{MADE} outcome late_reason",
    must="method at satisfaction quality effect defects",
    over={
        **OVER,
        "outcome": Pick("如何处理", choices={"rework": "返工", "complaint": "转投诉"}, required=True),
    },
    initial=_now,
)
ask(FollowUp, "cancel", "reason", over={"reason": reason("作废原因")})
