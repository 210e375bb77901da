"""What the moves of a 报事 and of a 来电来访 ask for."""

from forms.actions import ask, reason
from forms.evidence import Handwriting, Upload
from forms.fields import LongWords, Lookup, Moment, Pick, Tick, Words
from models import CallRecord, RecordNote, Ticket, clock

LATE = {"late_reason": Words("后补原因", help="填的时间早于现在较多时，请写明为什么现在才登记")}
NOTE_KINDS = {"inform": "告知客户", "contact": "客户沟通", "follow": "跟进", "ask": "询问部门"}

ask(Ticket, "solve", "solution", must="solution")
ask(Ticket, "appoint", "appointment_at", must="appointment_at")
ask(Ticket, "pass_on", "department handler_id", must="department")
ask(
    Ticket,
    "report_arrival",
    "arrived_at late_reason",
    must="arrived_at",
    over=LATE,
    initial=lambda _ticket: {"arrived_at": clock.now()},
)
ask(
    Ticket,
    "finish",
    "done_at solution signed_by means signature scan late_reason",
    must="done_at solution signed_by",
    over={
        "means": Pick("签名方式", choices={"glass": "屏幕手写", "paper": "纸质签字扫描"}, required=True),
        "signature": Handwriting("业主签名", width="whole"),
        "scan": Upload("签字扫描件", help="纸质签字时上传"),
        **LATE,
    },
    initial=lambda ticket: {"done_at": clock.now(), "signed_by": ticket.customer},
    needed=lambda _ticket, form: "signature" if form["means"].data == "glass" else "",
    at_once=True,
)
ask(Ticket, "cancel", "reason duplicate_of_id", over={"reason": reason("作废原因")})

ask(
    CallRecord,
    "answer",
    "answer answered_at by_phone urgent late_reason",
    must="answer answered_at",
    over={
        "by_phone": Tick("电话答复"),
        "urgent": Tick("紧急"),
        **LATE,
    },
    initial=lambda call: {"answered_at": clock.now(), "by_phone": call.kind != "visit"},
)

NOTE = {
    "kind": Pick("类别", choices=NOTE_KINDS, required=True, default="inform"),
    "means": Pick("方式", choices=RecordNote.info("means")["choices"]),
    "to_whom": Words("对象", longest=64, help="询问部门时写明问了谁"),
    "at": Moment("时间", help="不填为现在"),
    "body": LongWords("内容", longest=2000, required=True, width="whole"),
}
OTHER_TICKET = Lookup("并入报事", picker="ticket")
