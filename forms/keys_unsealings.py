"""What each step of an opening, an incident, a count and the rest of the key papers asks for."""

from typing import Any

from forms.actions import ask, reason
from forms.evidence import Cosign, Upload
from forms.fields import Lookup, Pick, Tick, Words, YesNo
from forms.keys import CALL, KINDS, LATE, by_hand, counts, now
from models import (
    KeyCopyOrder,
    KeyCount,
    KeyDelegation,
    KeyIncident,
    KeyLockChange,
    KeyReport,
    KeyUnsealing,
    clock,
)

OWNER: dict[str, Any] = {
    "owner_name": Words("业户姓名", longest=64, help="有几位业主时填写是哪一位"),
    "owner_in_person": Tick("业户本人亲手装入信封并在封口处签名", help="他人不能代办"),
    **by_hand("owner_sign", "业户"),
}


def _called(_row: Any) -> dict[str, Any]:
    return {"call_at": clock.now()}


ask(KeyUnsealing, "owner_agrees owner_refuses not_reached", "callee call_at words", over=CALL, initial=_called)
ask(
    KeyUnsealing,
    "approve",
    "decision",
    note="业户同意的可只写“同意启封”；没有联系到业户的，须写明批准的理由。",
)
ask(KeyUnsealing, "decline", "reason", over={"reason": reason("不批准的理由")})
ask(KeyUnsealing, "withdraw", "reason", over={"reason": reason("撤回原因")})
ask(
    KeyUnsealing,
    "open",
    f"opened_at seal_intact {KINDS} witness late_reason",
    must="opened_at",
    over={
        "seal_intact": YesNo("启封前封口完好", required=True),
        **counts(),
        "witness": Cosign("在场人", required=True),
        **LATE,
    },
    initial=now("opened_at"),
    note="两人在场：先看封口，再剪开，清点信封里的钥匙。",
)
ask(
    KeyUnsealing,
    "enter",
    "entered_at first second others",
    must="entered_at",
    over={
        "first": Cosign("进入人员一", required=True),
        "second": Cosign("进入人员二", required=True),
        "others": Words("其他进入人员", help="姓名用顿号分开"),
    },
    initial=now("entered_at"),
    note="进入业户房间必须两人以上。",
)
ask(
    KeyUnsealing,
    "bring_back",
    f"entry_record left_at {KINDS} returner",
    over={**counts(), "returner": Cosign("交还人", required=True)},
    initial=now("left_at"),
    note="交还时重新清点；与启封时不符的自动记为异常。",
)
ask(
    KeyUnsealing,
    "reseal",
    f"{KINDS} seal_no owner_name owner_in_person owner_sign owner_sign_scan photo",
    over={
        **counts(),
        "seal_no": Words("新封签号", longest=32, required=True),
        **OWNER,
        "photo": Upload("重新封好的信封照片", accept="image/*"),
    },
    note="新信封编号由系统给出。",
)
ask(
    KeyUnsealing,
    "owner_takes",
    "owner_name owner_sign owner_sign_scan",
    over={name: one for name, one in OWNER.items() if name != "owner_in_person"},
)

ask(KeyIncident, "instruct", "instruction", must="instruction")
ask(KeyIncident, "consent", "callee call_at words", over=CALL, initial=_called)
ask(KeyIncident, "handle", "measure", must="measure")
ask(
    KeyIncident,
    "resolve",
    f"result {KINDS}",
    must="result",
    over=counts(),
    note="补配的填现在牌上各类钥匙的数量，不填即与原来相同；换锁的原钥匙作废，新钥匙另办交接。",
)
ask(
    KeyIncident,
    "find",
    "result seal_intact",
    must="result",
    over={"seal_intact": Tick("封口完好", help="原为封存钥匙的须确认")},
)
ask(KeyIncident, "settle", "responsible_id responsible verdict", note="不填即按制度认定。")
ask(KeyCopyOrder, "finish", "result", must="result")
ask(KeyCopyOrder, "decline", "reason", over={"reason": reason("不批准的理由")})
ask(
    KeyLockChange,
    "remind",
    "callee call_at answer words",
    over={**CALL, "answer": Pick("结果", choices={"informed": "已告知", "unreached": "未接通"}, required=True)},
    initial=_called,
)
ask(
    KeyLockChange,
    "finish",
    f"{KINDS} owner_name owner_sign owner_sign_scan",
    over={**counts(), **{name: one for name, one in OWNER.items() if name != "owner_in_person"}},
    note="新钥匙随即登记入柜，原钥匙交还业户，由业户签字。",
)
ask(KeyLockChange, "cancel", "reason", over={"reason": reason("作废原因")})
ask(KeyCount, "report", "explanation", must="explanation")
ask(KeyCount, "settle", "settlement", must="settlement", note="只写处理意见，清点的数不能改。")
ask(KeyCount, "cancel", "reason", over={"reason": reason("作废原因")})
ask(
    KeyDelegation,
    "hand_over",
    "count_id receiver",
    over={
        "count_id": Lookup("移交清点", picker="key_count", required=True, help="24 小时内双方签字的移交清点"),
        "receiver": Cosign("受托人", required=True),
    },
)
ask(
    KeyDelegation,
    "take_back",
    "back_count_id",
    over={"back_count_id": Lookup("交回清点", picker="key_count", required=True)},
)
ask(KeyDelegation, "cancel", "reason", over={"reason": reason("作废原因")})
ask(KeyReport, "read_", "opinion")

FINISH: dict[str, Any] = {
    "taker": Cosign("接收人", help="移交清点时必填"),
    "watcher": Cosign("监交人"),
    "remark": Words("说明"),
}
INFORM = {**CALL}
