"""What the moves of a 工作任务单 and of its copies ask for."""

from typing import Any

from forms.actions import ask, reason
from forms.build import HouseForm, Lines
from forms.evidence import Cosign, Handwriting, Upload
from forms.fields import Lookup, Tick
from forms.tickets import LATE
from models import PaperCopy, WorkOrder, WorkOrderMaterial, clock

MATERIALS = Lines(
    "materials",
    WorkOrderMaterial,
    "name measure quantity price",
    "用料",
    note="没有用料请勾选“未用材料”；金额由系统计算",
    totals=("quantity",),
)


def _now(name: str) -> Any:
    return lambda _order: {name: clock.now()}


def _wanted_when_done(order: Any, _form: HouseForm) -> str:
    """WO-17, WO-27, WO-29: a fee for paid work, a test of what leaked, a second look at a defect."""
    wanted = {
        "labour_fee": order.kind == "paid",
        "leak_tested_at": order.leak,
        "recheck_passed": order.kind == "defect",
    }
    return " ".join(name for name, is_wanted in wanted.items() if is_wanted)


def _wanted_on_glass(order: Any, _form: HouseForm) -> str:
    return "" if order.kind == "public" else "signer signer_kind signer_adult signature"


def _wanted_on_paper(order: Any, _form: HouseForm) -> str:
    return "signer_staff_id" if order.kind == "public" else "signer signer_kind signer_adult"


ask(WorkOrder, "issue", "technician_id appointment_at", note="责任人不填则派给责任区或工程部值班人员。")
ask(WorkOrder, "appoint", "appointment_at", must="appointment_at")
ask(WorkOrder, "receive", "technician_id", note="不填责任人即由本人接单。")
ask(
    WorkOrder,
    "reach_door",
    "at_door_at late_reason",
    must="at_door_at",
    over=LATE,
    initial=_now("at_door_at"),
)
ask(WorkOrder, "arrive", "on_site_at late_reason", must="on_site_at", over=LATE, initial=_now("on_site_at"))
ask(WorkOrder, "begin", "started_at late_reason", must="started_at", over=LATE, initial=_now("started_at"))
ask(
    WorkOrder,
    "finish",
    "done_at result no_material labour_fee leak_tested_at recheck_passed photos late_reason",
    must="done_at result",
    over={"photos": Upload("现场照片", accept="image/*", several=True), **LATE},
    initial=_now("done_at"),
    lines=MATERIALS,
    needed=_wanted_when_done,
    at_once=True,
)
ask(WorkOrder, "invite", "accept_at", must="accept_at", note="约好后维修部会收到提醒，到时一同到场。")
ask(
    WorkOrder,
    "sign",
    "signer signer_kind signer_adult signed_at signature co_signer late_reason",
    must="signed_at",
    over={
        "signature": Handwriting("签认人手写签名", width="whole"),
        "co_signer": Cosign("报修部门签认人", help="公共设施维修：由报修部门的人用自己的工号和密码签认"),
        **LATE,
    },
    initial=lambda order: {"signed_at": clock.now(), "signer": order.reporter},
    needed=_wanted_on_glass,
    at_once=True,
)
ask(
    WorkOrder,
    "claim_signed",
    "signer signer_kind signer_adult signer_staff_id signed_at copy1_kept scan late_reason",
    must="signed_at",
    over={
        "signer_staff_id": Lookup("签认员工", picker="staff", help="公共设施维修时选择"),
        "copy1_kept": Tick("第一联尚未交出"),
        "scan": Upload("签字扫描件"),
        **LATE,
    },
    initial=lambda order: {"signed_at": clock.now(), "signer": order.reporter},
    needed=_wanted_on_paper,
    at_once=True,
)
ask(WorkOrder, "refuse", "reason", over={"reason": reason("拒签原因")})
ask(WorkOrder, "cancel", "reason", over={"reason": reason("取消原因")})
ask(PaperCopy, "take_out", "holder_id")
ask(PaperCopy, "report_missing", "reason", over={"reason": reason("缺联原因")})
ask(PaperCopy, "void", "reason", over={"reason": reason("作废原因")})
