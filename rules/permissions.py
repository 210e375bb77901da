"""Who may do what (权限表). One table; read it top to bottom with the client."""

from collections.abc import Mapping, Sequence
from typing import Any

from rules.clauses import Clause, anywhere, is_me, is_not_me, post, ranked, says, serving, staff
from rules.errors import NotAllowed
from rules.person import Person

desk = post(
    "desk_clerk",
    "receptionist",
    "service_assistant",
    "service_administrator",
    "service_supervisor",
)
service = post(
    "desk_clerk",
    "receptionist",
    "service_assistant",
    "zone_steward",
    "service_administrator",
    "service_supervisor",
    "archivist",
)
#: The lobby meets visitors: it takes matters up and passes them on, and reads no owner's data but what it wrote itself.
lobby = post("lobby_receptionist")
estate_readers = post("lobby_receptionist", "system_admin")
own_paper = is_me("made_by_id", "登记人")
administrator = post("service_administrator", "service_supervisor")
supervisor = post("service_supervisor")
manager = post("project_manager")
duty_manager = post("duty_manager")
overseers = post("area_manager", "quality_manager", "company_leader", "station_head")
engineering = ranked("engineering", 1)
engineering_lead = post("engineering_assistant", "engineering_supervisor", "engineering_manager")
technicians = post("engineering_duty", "technician", "engineering_assistant", "engineering_supervisor")
workers = post("engineering_duty", "technician", "engineering_supervisor")
heads = post("engineering_supervisor", "security_supervisor", "cleaning_supervisor", "greening_supervisor")
reporters = post("security_leader", "security_supervisor", "office_clerk", "sales_clerk")
first_contact = is_me("first_contact_id", "首接人")
handler = is_me("handler_id", "责任人")
not_own = is_not_me("made_by_id", "非制单人")
own_request = is_me("made_by_id", "申请人")
own_count = is_me("made_by_id", "清点人")
system_admin = post("system_admin")
convenors = post("service_supervisor", "project_manager", "area_manager", "quality_manager")
leaders = post(
    "service_supervisor",
    "engineering_supervisor",
    "engineering_manager",
    "security_supervisor",
    "cleaning_supervisor",
    "greening_supervisor",
    "duty_manager",
    "project_manager",
    "area_manager",
    "quality_manager",
    "company_leader",
)
editors = post("service_assistant", "service_administrator", "service_supervisor", "project_manager", "quality_manager")
#: 物资: who keeps the books of a 业务部, who keeps its goods, who looks at everybody's (table 2.4).
accountant = post("division_accountant")
central_accountant = post("central_accountant")
keepers = post("storekeeper", "site_representative")
division = anywhere("division_accountant", "division_planner", "division_supervisor", "division_manager")
headquarters = anywhere("central_planner", "central_accountant", "materials_head")
of_the_line = anywhere(
    "storekeeper",
    "site_representative",
    "division_accountant",
    "division_planner",
    "division_supervisor",
    "division_manager",
    "central_planner",
    "central_accountant",
    "materials_head",
)
planner = post("central_planner")
inside = says("crosses", False, "业务部内部调拨")
negotiated = says("basis", "negotiated", "协商调拨")
coders = post("central_accountant", "materials_head")

#: noun.verb -> clauses of conditions; a clause is a list that must hold as a whole; any clause will do.
PERMISSIONS: Mapping[str, Sequence[Sequence[Clause]]] = {
    # 组织、员工、任职
    "org_unit.read": [[staff]],
    "org_unit.write": [[system_admin], [post("company_leader")]],
    "staff.read": [[staff]],
    "staff.write": [[system_admin], [manager], [post("area_manager", "company_leader")]],
    "staff.reset_password": [[system_admin], [manager], [post("area_manager", "company_leader")]],
    "appointment.read": [[staff]],
    "appointment.write": [[system_admin], [manager], [supervisor], [post("area_manager", "company_leader")]],
    "post_name.read": [[staff]],
    "post_name.write": [[manager], [post("area_manager", "company_leader")], [system_admin]],
    "leave.read": [[staff]],
    "leave.write": [[supervisor], [manager], [heads], [post("engineering_manager")], [system_admin]],
    # 房屋与住户
    "building.read": [[estate_readers], [service], [manager], [duty_manager], [overseers], [engineering], [reporters]],
    "building.write": [[administrator], [manager], [system_admin]],
    "unit.read": [[estate_readers], [service], [manager], [duty_manager], [overseers], [engineering], [reporters]],
    "unit.write": [[administrator], [manager]],
    "resident.read": [[desk], [manager], [duty_manager], [overseers], [post("zone_steward", "archivist")]],
    "resident.write": [[desk], [manager]],
    "resident.merge": [[administrator], [manager]],
    "resident.reveal": [[desk], [manager], [duty_manager], [overseers], [post("zone_steward")]],
    "resident.search_phone": [[desk], [manager], [duty_manager]],
    "resident_phone.read": [[desk], [manager], [duty_manager], [overseers], [post("zone_steward", "archivist")]],
    "resident_phone.write": [[desk], [manager]],
    "occupancy.read": [[desk], [manager], [duty_manager], [overseers], [post("zone_steward", "archivist")]],
    "occupancy.write": [[desk], [manager]],
    "import_run.read": [[administrator], [manager], [system_admin], [post("division_accountant")]],
    "import_run.write": [[administrator], [manager], [system_admin], [post("division_accountant")]],
    # 报事
    "ticket.read": [
        [service],
        [manager],
        [duty_manager],
        [overseers],
        [heads],
        [engineering],
        [first_contact],
        [handler],
    ],
    "ticket.write": [[desk], [manager], [duty_manager], [service, first_contact], [lobby, first_contact]],
    "ticket.solve": [[desk], [duty_manager], [first_contact]],
    "ticket.appoint": [[desk], [duty_manager]],
    "ticket.pass_on": [[desk], [duty_manager], [first_contact]],
    "ticket.report_arrival": [[desk], [duty_manager], [handler], [heads]],
    "ticket.finish": [[desk], [duty_manager], [handler]],
    "ticket.cancel": [[supervisor], [manager]],
    "ticket.note": [[desk], [duty_manager], [manager], [first_contact], [handler], [heads]],
    "call_record.read": [[service], [manager], [duty_manager], [overseers], [staff, own_paper]],
    "call_record.write": [[service], [manager], [duty_manager], [staff, own_paper]],
    "call_record.take": [[service], [manager], [duty_manager], [lobby, own_paper]],
    "call_record.make_ticket": [[desk], [manager], [duty_manager], [service, own_paper], [lobby, own_paper]],
    "call_record.answer": [[service], [duty_manager], [lobby, own_paper]],
    "call_record.cancel": [[supervisor], [manager]],
    # 工作任务单
    "work_order.read": [
        [service],
        [manager],
        [duty_manager],
        [overseers],
        [engineering],
        [heads],
        [reporters],
        [serving("storekeeper", "site_representative", "division_accountant")],  # they issue its parts
    ],
    "work_order.write": [[desk], [duty_manager]],
    "work_order.issue": [[desk], [duty_manager]],
    "work_order.appoint": [[desk], [duty_manager]],
    "work_order.receive": [[technicians]],
    "work_order.reach_door": [[workers]],
    "work_order.arrive": [[workers], [desk], [duty_manager]],
    "work_order.begin": [[workers]],
    "work_order.finish": [[workers]],
    "work_order.invite": [[desk], [duty_manager]],
    "work_order.sign": [[technicians], [desk], [duty_manager], [reporters]],
    "work_order.claim_signed": [[workers]],
    "work_order.refuse": [[technicians], [desk], [duty_manager], [reporters]],
    "work_order.cancel": [[supervisor]],
    "work_order.rework": [[desk], [duty_manager]],
    "work_order.standby": [[workers]],
    "work_order.note": [[desk], [duty_manager], [engineering], [heads]],
    "work_order_material.read": [[service], [manager], [duty_manager], [overseers], [engineering]],
    "paper_copy.read": [[service], [manager], [duty_manager], [overseers], [engineering]],
    "paper_copy.take_out": [[desk], [duty_manager], [technicians]],
    "paper_copy.bring_back": [[desk], [duty_manager], [technicians]],
    "paper_copy.hand_over": [[desk], [duty_manager], [technicians]],
    "paper_copy.report_missing": [[desk], [duty_manager], [engineering_lead]],
    "paper_copy.void": [[administrator]],
    # 回访
    "follow_up.read": [[service], [manager], [duty_manager], [overseers]],
    "follow_up.pass_": [[desk], [manager]],
    "follow_up.fail": [[desk], [manager]],
    "follow_up.cancel": [[supervisor]],
    # 物资：存货、仓库、货位
    "material.read": [[of_the_line]],
    "material.write": [[coders]],
    "new_code_request.read": [[keepers], [division], [headquarters]],
    "new_code_request.write": [[keepers], [accountant]],
    "new_code_request.submit": [[keepers], [accountant]],
    "new_code_request.forward": [[accountant], [post("division_planner")]],
    "new_code_request.assign_code": [[coders]],
    "new_code_request.send_back": [[accountant], [post("division_planner")], [coders]],
    "new_code_request.cancel": [[keepers], [accountant]],
    "warehouse.read": [[keepers], [division], [headquarters]],
    "warehouse.write": [[accountant], [coders]],
    "storage_bin.read": [[keepers], [division], [headquarters]],
    "storage_bin.write": [[keepers], [accountant]],
    # 物资：出入库（表 2.4）与台账
    "stock_in.read": [[keepers], [division], [headquarters]],
    "stock_in.write": [[accountant], [keepers, own_paper]],
    "stock_in.approve": [[accountant], [central_accountant]],
    "stock_in.unapprove": [[accountant]],
    "stock_in.void": [[accountant], [keepers, own_paper]],
    "stock_in.doubt": [[accountant]],
    "stock_in.settle": [[accountant], [post("central_planner")]],
    "stock_in.return_goods": [[accountant]],
    "stock_out.read": [[keepers], [division], [headquarters]],
    "stock_out.write": [[accountant], [keepers, own_paper]],
    "stock_out.approve": [[accountant], [central_accountant]],
    "stock_out.unapprove": [[accountant]],
    "stock_out.void": [[accountant], [keepers, own_paper]],
    "stock_out.doubt": [[accountant]],
    "stock_out.settle": [[accountant], [post("central_planner")]],
    "stock_out.return_goods": [[accountant]],
    "transfer.read": [[division], [headquarters]],
    "transfer.write": [
        [accountant, inside],
        [planner],
        [central_accountant],
        [anywhere("division_planner"), negotiated],
    ],
    "transfer.agree": [[anywhere("division_manager"), negotiated]],
    "transfer.approve": [[accountant, inside], [planner], [central_accountant]],
    "transfer.unapprove": [[accountant, inside], [planner]],
    "transfer.void": [[accountant, inside], [planner]],
    "transfer.send_paper": [[accountant, inside], [anywhere("division_accountant"), negotiated]],
    "stocktake.read": [[keepers], [division], [headquarters]],
    "stocktake.write": [[accountant]],
    "stocktake.issue": [[accountant]],
    "stocktake.begin": [[keepers], [accountant]],
    "stocktake.record": [[keepers], [accountant]],
    "stocktake.recount": [[keepers], [accountant]],
    "stocktake.report": [[keepers], [accountant]],
    "stocktake.explain": [[keepers], [accountant]],
    "stocktake.count_again": [[accountant], [post("division_manager")]],
    "stocktake.approve": [[post("division_manager")]],
    "stocktake.send_back": [[post("division_manager")]],
    "stocktake.judge": [[post("materials_head")]],
    "stocktake.cancel": [[accountant]],
    "stock_balance.read": [[keepers], [division], [headquarters]],
    "stock_entry.read": [[keepers], [division], [headquarters]],
    "stock_month.read": [[keepers], [division], [headquarters]],
    "stock_month.write": [[accountant]],
    "stock_month.close": [[accountant]],
    "stock_month.reopen": [[accountant]],
    # 抽查与会议
    "ticket_check.read": [[overseers], [manager], [supervisor]],
    "ticket_check.write": [[post("area_manager", "quality_manager")]],
    "meeting.read": [[service], [manager], [duty_manager], [overseers], [heads], [engineering_lead]],
    "meeting.write": [[convenors]],
    "meeting.hold": [[convenors]],
    "meeting.cancel": [[convenors]],
    "meeting_action.read": [[is_me("owner_id", "责任人")], [service], [manager], [overseers], [heads]],
    "meeting_action.finish": [[is_me("owner_id", "责任人")], [convenors]],
    "figure.read": [[administrator], [manager], [duty_manager], [overseers], [heads]],
    "incomplete.oversee": [[administrator], [manager], [overseers]],
    # 任务、上报、需求、知识
    "duty_task.read": [[is_me("assignee_id", "责任人")], [is_me("made_by_id", "交办人")], [leaders]],
    "duty_task.write": [[leaders]],
    "duty_task.finish": [[is_me("assignee_id", "责任人")]],
    "duty_task.confirm": [[is_me("made_by_id", "交办人")], [manager]],
    "duty_task.send_back": [[is_me("made_by_id", "交办人")], [manager]],
    "duty_task.cancel": [[is_me("made_by_id", "交办人")], [manager]],
    "upward_report.read": [[is_me("made_by_id", "报告人")], [is_me("to_id", "报告对象")], [leaders]],
    "upward_report.write": [[staff]],
    "upward_report.answer": [[is_me("to_id", "报告对象")]],
    "change_request.read": [[staff]],
    "change_request.write": [[administrator], [manager], [post("quality_manager")], [system_admin]],
    "change_request.accept": [[post("quality_manager")], [system_admin]],
    "change_request.finish": [[post("quality_manager")], [system_admin]],
    "change_request.decline": [[post("quality_manager")], [system_admin]],
    "knowledge_entry.read": [[staff]],
    "knowledge_entry.write": [[editors]],
    "knowledge_entry.review": [[editors]],
    "knowledge_entry.retire": [[editors]],
    # 钥匙
    "key_cabinet.read": [[service], [manager], [duty_manager], [overseers]],
    "key_cabinet.write": [[supervisor], [manager]],
    "key_section.read": [[service], [manager], [duty_manager], [overseers]],
    "key_section.write": [[supervisor]],
    "key_item.read": [[service], [manager], [duty_manager], [overseers]],
    "key_item.rehang": [[administrator]],
    "key_item.split": [[administrator]],
    "key_receipt.read": [[service], [manager], [duty_manager], [overseers]],
    "key_receipt.write": [[desk]],
    "key_receipt.receive": [[desk]],
    "key_receipt.cancel": [[supervisor]],
    "key_opening.read": [[service], [manager], [overseers]],
    "key_opening.write": [[administrator], [manager]],
    "key_deposit.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_deposit.write": [[desk]],
    "key_deposit.accept": [[desk]],
    "key_deposit.withdraw": [[desk]],
    "key_deposit.cancel": [[supervisor]],
    "key_envelope.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_loan.read": [[desk], [manager], [duty_manager], [overseers], [is_me("borrower_id", "领取人")]],
    "key_loan.write": [[desk], [duty_manager]],
    "key_loan.call": [[desk], [duty_manager]],
    "key_loan.lead_agrees": [[supervisor]],
    "key_loan.manager_agrees": [[manager]],
    "key_loan.department_agrees": [[heads], [supervisor], [manager], [post("engineering_manager")]],
    "key_loan.hand_out": [[desk], [duty_manager]],
    "key_loan.hand_out_urgently": [[desk], [duty_manager]],
    "key_loan.supplement": [[desk], [duty_manager]],
    "key_loan.supplement_after": [[desk], [duty_manager]],
    "key_loan.give_back": [[desk], [duty_manager]],
    "key_loan.give_back_urgent": [[desk], [duty_manager]],
    "key_loan.extend": [[supervisor]],
    "key_loan.explain": [[desk], [duty_manager]],
    "key_loan.refuse": [[desk], [duty_manager]],
    "key_night_opening.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_night_opening.write": [[desk], [duty_manager]],
    "key_night_opening.sign": [[desk], [duty_manager]],
    "key_night_opening.close": [[desk], [duty_manager]],
    "key_night_opening.cancel": [[supervisor], [duty_manager]],
    "key_unsealing.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_unsealing.write": [[desk], [duty_manager]],
    "key_unsealing.owner_agrees": [[desk], [duty_manager]],
    "key_unsealing.owner_refuses": [[desk], [duty_manager]],
    "key_unsealing.not_reached": [[desk], [duty_manager]],
    "key_unsealing.go_up": [[desk], [duty_manager]],
    "key_unsealing.approve": [[manager]],
    "key_unsealing.decline": [[manager]],
    "key_unsealing.open": [[desk], [duty_manager]],
    "key_unsealing.enter": [[desk], [duty_manager]],
    "key_unsealing.bring_back": [[desk], [duty_manager]],
    "key_unsealing.reseal": [[desk]],
    "key_unsealing.owner_takes": [[desk]],
    "key_unsealing.withdraw": [[supervisor], [own_request]],
    "key_unsealing.inform": [[desk], [duty_manager]],
    "key_pickup.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_pickup.write": [[desk]],
    "key_pickup.call": [[desk]],
    "key_pickup.pick_up": [[desk]],
    "key_pickup.cancel": [[desk]],
    "key_incident.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_incident.write": [[desk], [duty_manager]],
    "key_incident.instruct": [[manager]],
    "key_incident.consent": [[desk], [manager]],
    "key_incident.handle": [[supervisor], [manager], [duty_manager]],
    "key_incident.resolve": [[supervisor], [manager], [duty_manager]],
    "key_incident.find": [[supervisor], [manager], [duty_manager]],
    "key_incident.settle": [[supervisor], [manager]],
    "key_copy_order.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_copy_order.write": [[desk]],
    "key_copy_order.call": [[desk]],
    "key_copy_order.approve": [[supervisor], [manager]],
    "key_copy_order.finish": [[desk]],
    "key_copy_order.decline": [[supervisor], [manager]],
    "key_lock_change.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_lock_change.write": [[desk]],
    "key_lock_change.remind": [[desk]],
    "key_lock_change.finish": [[desk]],
    "key_lock_change.cancel": [[supervisor]],
    "key_count.read": [[service], [manager], [duty_manager], [overseers]],
    "key_count.write": [[desk]],
    "key_count.tally": [[desk, own_count]],
    "key_count.report": [[desk]],
    "key_count.settle": [[supervisor], [manager]],
    "key_count.cancel": [[supervisor]],
    "key_delegation.read": [[desk], [manager], [duty_manager], [overseers]],
    "key_delegation.write": [[supervisor], [manager]],
    "key_delegation.hand_over": [[is_me("lead_id", "委托人")]],
    "key_delegation.take_back": [[is_me("lead_id", "委托人")]],
    "key_delegation.cancel": [[supervisor], [manager]],
    "key_report.read": [[administrator], [manager], [overseers]],
    "key_report.write": [[administrator]],
    "key_report.read_": [[manager]],
    # 时限、制度、日志
    "incident.read": [[supervisor], [manager], [overseers], [system_admin]],
    "work_day.read": [[staff]],
    "work_day.write": [[manager], [post("company_leader", "quality_manager")], [system_admin]],
    "policy_value.read": [[staff]],
    "policy_value.write": [
        [manager],
        [post("company_leader", "quality_manager", "area_manager")],
        [post("division_manager", "materials_head")],
    ],
    "trail_entry.read": [[supervisor], [manager], [overseers], [system_admin]],
    "print_run.read": [[service], [manager], [overseers]],
    "export_run.read": [[supervisor], [manager], [overseers], [system_admin]],
    "signature.read": [[staff]],
    "attachment.read": [[staff]],
    "attachment.void": [[is_me("by_id", "上传人"), staff], [supervisor], [manager]],
    "attachment.void_filed": [[supervisor], [manager]],
    "attachment.read_void": [[manager]],
    "attachment_void.read": [[staff]],
    "record_note.read": [[staff]],
    "saved_view.read": [[is_me("staff_id", "本人")]],
    "saved_view.write": [[is_me("staff_id", "本人")]],
}


#: What approves rather than does: a delegated post gives these only where the delegation says so (decision 32).
APPROVALS = frozenset(
    {
        "ticket.cancel",
        "call_record.cancel",
        "work_order.cancel",
        "follow_up.cancel",
        "paper_copy.void",
        "resident.merge",
        "key_copy_order.approve",
        "key_copy_order.decline",
        "key_count.settle",
        "key_deposit.cancel",
        "key_incident.instruct",
        "key_incident.settle",
        "key_loan.department_agrees",
        "key_loan.extend",
        "key_loan.lead_agrees",
        "key_loan.manager_agrees",
        "key_receipt.cancel",
        "key_report.read_",
        "key_unsealing.approve",
        "key_unsealing.decline",
        "policy_value.write",
        "appointment.write",
        "staff.write",
        "staff.reset_password",
        "work_day.write",
        "stock_in.approve",
        "stock_in.unapprove",
        "stock_out.approve",
        "stock_out.unapprove",
        "stocktake.approve",
        "transfer.agree",
        "transfer.approve",
        "transfer.unapprove",
        "stock_month.reopen",
    }
)


def allows(person: Person | None, permission: str, it: Any = None) -> bool:
    """Whether the person may; `it` is the row, None asks "on any row at all". Missing from the table = refused."""
    if person is None:
        return False
    if permission in APPROVALS:
        person = person.approving
    return any(all(c.holds(person, it) for c in clause) for clause in PERMISSIONS.get(permission, ()))


def require(person: Person | None, permission: str, it: Any = None, doing: str = "") -> None:
    """Raise NotAllowed, naming who may, unless the person may."""
    if not allows(person, permission, it):
        raise NotAllowed(f"您没有权限{doing or '执行此操作'}，须由{who_may(permission)}办理")


def who_may(permission: str) -> str:
    """「客服主管，或管理处经理」: the table in words."""
    clauses = PERMISSIONS.get(permission, ())
    return "，或".join("且".join(c.words for c in clause) for clause in clauses) or "无人"
