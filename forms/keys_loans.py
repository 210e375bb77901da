"""What handing out a key and taking it back ask for."""

from typing import Any

from forms.actions import ask, reason
from forms.evidence import Cosign, Upload
from forms.fields import Moment, Pick, Tick, Whole, Words
from forms.keys import CALL, by_hand, now
from models import KeyLoan, KeyNightOpening, RepairKeyPickup
from models.keys_loans import ANSWERS

ASKED = {name: word for name, word in ANSWERS.items() if name != "informed"}
ANSWER = {"answer": Pick("业户答复", choices=ASKED, required=True)}
TOLD = {"answer": Pick("业户答复", choices=ANSWERS, required=True)}
ENTRY = {"entry_reason": Words("后补原因", help="填的时间早于现在较多时，请写明为什么现在才登记")}
TAKER = {"taker": Cosign("签收人（本公司员工）"), **by_hand("taker_sign", "签收人")}
OUT: dict[str, Any] = {
    "identity_seen": Tick("已核对领取人身份", help="业户、家属、代理人、施工人员须核对"),
    "credential_file": Upload("身份证复印件、委托书原件或证明材料"),
    **TAKER,
    **ENTRY,
}
BACK: dict[str, Any] = {
    "qty_in": Whole("交还数量", required=True, unit="把", help="当面清点后填写"),
    "where_in": Words("交还的楼/房号", longest=64, required=True, help="按钥匙牌上的房号填写"),
    "returned_by": Words("交还人", longest=64, help="不填即领取人本人"),
    "other_reason": Words("不是本人交还的原因", help="别人送回的记为异常"),
    "returner": Cosign("领取人（本公司员工）"),
    **by_hand("returner_sign", "交还人"),
    **ENTRY,
}
GIVEN_BACK = (
    "in_at qty_in where_in returned_by other_reason late_reason returner returner_sign returner_sign_scan entry_reason"
)

ask(
    KeyLoan,
    "hand_out",
    "out_at due_at credential credential_no identity_seen credential_file"
    " taker taker_sign taker_sign_scan entry_reason",
    must="out_at",
    over=OUT,
    initial=now("out_at"),
    note="签发人是登录的本人；签收人当面签字，两人签字后钥匙才算借出。",
)
ask(
    KeyLoan,
    "hand_out_urgently",
    "out_at due_at entry_reason",
    must="out_at",
    over=ENTRY,
    initial=now("out_at"),
    note="火灾、水浸、燃气泄漏等紧急避险时先借出，当天下班前补齐通话登记和签收。",
)
ask(KeyLoan, "supplement supplement_after", "taker taker_sign taker_sign_scan", over=TAKER)
ask(KeyLoan, "give_back give_back_urgent", GIVEN_BACK, must="in_at", over=BACK, initial=now("in_at"))
ask(
    KeyLoan,
    "extend",
    "due_at reason",
    must="due_at",
    over={"due_at": Moment("新的应还时间", required=True), "reason": reason("延期原因")},
)
ask(KeyLoan, "explain", "late_reason", must="late_reason")
ask(KeyLoan, "refuse", "reason", over={"reason": reason("不予借出的原因")})
ask(
    KeyNightOpening,
    "sign",
    "duty_manager key_user",
    over={
        "duty_manager": Cosign("值班经理", help="登录的本人就是值班经理时不填"),
        "key_user": Cosign("所用钥匙的员工", help="登录的本人就是使用人时不填"),
    },
)
ask(KeyNightOpening, "close", "closing_note")
ask(KeyNightOpening, "cancel", "reason", over={"reason": reason("作废原因")})
ask(
    RepairKeyPickup,
    "pick_up",
    "picked_at id_verified credential credential_file picker_sign picker_sign_scan late_reason",
    must="picked_at",
    over={
        "id_verified": Tick("已核实身份", required=True),
        "credential_file": Upload("身份证复印件或委托书原件", help="不是业户本人领取时必须保留"),
        **by_hand("picker_sign", "领取人"),
        "late_reason": Words("后补原因", help="填的时间早于现在较多时填写"),
    },
    initial=now("picked_at"),
)
ask(RepairKeyPickup, "cancel", "reason", over={"reason": reason("不予领取的原因")})

CALL_FORM = "callee call_at answer words"
CALL_FIELDS = {**CALL, **ANSWER}
TOLD_FIELDS = {**CALL, **TOLD}
