"""What the moves of keys, receipts and deposits ask for: signatures by hand or scan, counts, who else signs."""

from typing import Any

from forms.actions import ask, reason
from forms.evidence import Cosign, Handwriting, Upload
from forms.fields import LongWords, Lookup, Moment, Tick, Whole, Words
from models import KeyDeposit, KeyItem, KeyReceipt, clock
from models.keys import KEY_KINDS

KINDS = " ".join(KEY_KINDS)


def counts(prefix: str = "") -> dict[str, Any]:
    """Five boxes for the five kinds, empty: what stands there is counted, not copied."""
    return {f"{prefix}{name}": Whole(word, unit="把") for name, word in KEY_KINDS.items()}


def by_hand(name: str, label: str) -> dict[str, Any]:
    """A signature on the glass, or the scan of one on paper."""
    return {
        name: Handwriting(f"{label}手写签名", width="whole"),
        f"{name}_scan": Upload(f"{label}纸质签字扫描", help="签在纸上的在此上传"),
    }


LATE = {"late_reason": Words("后补原因", help="填的时间早于现在较多时，请写明为什么现在才登记")}
CALL: dict[str, Any] = {
    "callee": Words("接电话的业户", longest=64, required=True, help="登记的业主姓名"),
    "call_at": Moment("通话时间", required=True, help="准确到分钟，记入值班日志"),
    "words": LongWords("业户怎么说", longest=255, width="whole"),
}


def now(name: str) -> Any:
    """The box begins with the current minute."""
    return lambda _row: {name: clock.now()}


ask(
    KeyItem,
    "rehang",
    "to_section_id to_hook_no",
    over={
        "to_section_id": Lookup("分区", picker="key_section", required=True),
        "to_hook_no": Whole("挂位", help="不填则挂在第一个空位"),
    },
    initial=lambda key: {"to_section_id": key.section_id},
)
ask(
    KeyItem,
    "split",
    " ".join(f"off_{name}" for name in KEY_KINDS),
    over={f"off_{name}": Whole(f"拆出{word}", unit="把") for name, word in KEY_KINDS.items()},
    note="拆出的钥匙另挂一个牌，挂在同一分区的第一个空位。",
)
ask(
    KeyReceipt,
    "receive",
    "deliverer_staff deliverer_sign deliverer_sign_scan",
    over={"deliverer_staff": Cosign("送交人（本公司员工）"), **by_hand("deliverer_sign", "送交人")},
    note="送交人是本公司员工的用工号和密码或 PIN 签字，其他人手写。",
)
ask(KeyReceipt, "cancel", "reason", over={"reason": reason("作废原因")})
ask(
    KeyDeposit,
    "accept",
    "deposited_at identity_checked owner_sign owner_sign_scan owner_in_person"
    " flap_sign flap_sign_scan photo late_reason",
    must="deposited_at",
    over={
        "identity_checked": Tick("已核对业户身份", required=True),
        **by_hand("owner_sign", "业户"),
        "owner_in_person": Tick("业户本人亲手装入信封并在封口处签名", help="封存时确认；他人不能代办"),
        **by_hand("flap_sign", "封口处"),
        "photo": Upload("封好的信封照片", accept="image/*", help="封存时拍下封口签名和封签号"),
        **LATE,
    },
    initial=now("deposited_at"),
    note="迟交备用钥匙、换锁未通知的风险由业户自负；本处不代管室内财物。",
)
ask(
    KeyDeposit,
    "withdraw",
    "seal_intact owner_sign owner_sign_scan",
    over={
        "seal_intact": Tick("与业户一起查看，封口完好", help="封存的钥匙收回时确认"),
        **by_hand("owner_sign", "业户"),
    },
)
ask(KeyDeposit, "cancel", "reason", over={"reason": reason("作废原因")})
