"""Who may open what: every route and method of the house with the posts that may, written down by hand.

It says nothing of how the program decides. Whoever adds a route, a deed or a post has to say here who may use it:
a route that is not listed fails the test.
"""

from dataclasses import dataclass, field
from typing import Literal

Posts = frozenset[str]
Class = Literal["ok", "refused", "hidden", "door"]


def posts(names: str) -> Posts:
    """Posts by their keys."""
    return frozenset(names.split())


NOBODY: Posts = frozenset()
DESK = posts("desk_clerk receptionist service_assistant service_administrator service_supervisor")
SERVICE = DESK | posts("zone_steward archivist")
LOBBY = posts("lobby_receptionist")
TECHNICIANS = posts("engineering_duty technician engineering_assistant engineering_supervisor")
WORKERS = TECHNICIANS - posts("engineering_assistant")
ENGINEERING = TECHNICIANS | posts("engineering_manager")
HEADS = posts("engineering_supervisor security_supervisor cleaning_supervisor greening_supervisor")
REPORTERS = posts("security_leader security_supervisor office_clerk sales_clerk")
OVERSEERS = posts("area_manager quality_manager company_leader")
MANAGER, DUTY = posts("project_manager"), posts("duty_manager")
SUPERVISOR, ADMIN = posts("service_supervisor"), posts("system_admin")
LEADERS = SUPERVISOR | HEADS | posts("engineering_manager") | DUTY | MANAGER | OVERSEERS
ADMINISTRATORS = posts("service_administrator service_supervisor")
CONVENORS = SUPERVISOR | MANAGER | posts("area_manager quality_manager")
EDITORS = posts("service_assistant") | ADMINISTRATORS | MANAGER | posts("quality_manager")
GRANTERS = MANAGER | posts("area_manager company_leader") | ADMIN
#: The materials line, which reaches no project: 现场, 业务部, 业务管理部.
KEEPERS = posts("storekeeper site_representative")
ACCOUNTANT, DIVISION_MANAGER = posts("division_accountant"), posts("division_manager")
DIVISION = ACCOUNTANT | DIVISION_MANAGER | posts("division_planner")
PLANNER, CENTRAL_ACCOUNTANT = posts("central_planner"), posts("central_accountant")
CENTRE = PLANNER | CENTRAL_ACCOUNTANT
STORES = KEEPERS | DIVISION | CENTRE
PART_ISSUERS = KEEPERS | ACCOUNTANT  # they issue the parts of a 工作任务单
OF_THE_PROJECT = SERVICE | LOBBY | ENGINEERING | HEADS | REPORTERS | posts("guard") | DUTY | MANAGER | KEEPERS
ABOVE = OVERSEERS | ADMIN | DIVISION | CENTRE
EVERYBODY = OF_THE_PROJECT | ABOVE
RESIDENTS = DESK | OVERSEERS | posts("zone_steward archivist") | DUTY | MANAGER
IMPORTERS = ADMINISTRATORS | MANAGER
KEY_READERS = SERVICE | MANAGER | DUTY | OVERSEERS
KEY_DESK = DESK | MANAGER | DUTY | OVERSEERS


@dataclass(frozen=True)
class Register:
    """A register: `enter` it, `see` the row that was made, `write` by its `forms`, and do the `verbs`.

    `new` are those who make rows, where that is not everybody who corrects them.
    `fetched` and `forgets` are the makers of the export and the saved view that were made. Unless `see` says so, nobody
    of the materials line sees a row of a project. `wide` rows belong to the whole company.
    """

    enter: Posts
    see: Posts | None = None
    write: Posts = NOBODY
    new: Posts | None = None
    forms: str = ""
    verbs: dict[str, Posts] = field(default_factory=dict)
    fetched: Posts = NOBODY
    forgets: Posts = NOBODY
    pages: dict[str, Posts] = field(default_factory=dict)  # further pages of a row that are no deeds
    wide: bool = False

    def of_row(self, post: str, away: bool) -> Class:
        """Whether the row is there for the post at all."""
        if post not in self.enter:
            return "refused"
        seen = self.enter - STORES if self.see is None else self.see
        return "hidden" if (away and not self.wide) or post not in seen else "ok"

    def answer(self, kind: str, post: str, away: bool) -> Class:
        """What the post is told; `kind` is the rest of the route's pattern after the noun."""
        if kind in ("", "export", "columns", "views", "bulk/<verb>"):
            return "ok" if post in self.enter else "refused"
        if kind == "new":
            if post not in (self.write if self.new is None else self.new):
                return "refused"
            return "ok" if "new" in self.forms else "hidden"
        if kind in ("export/<token>", "views/<int:view_id>/remove"):
            own = self.fetched if kind.startswith("export") else self.forgets
            if post not in self.enter:
                return "refused"
            return "ok" if post in own and not away else "hidden"
        return self._of_deed(kind.removeprefix("<int:row_id>").strip("/"), post, away)

    def _of_deed(self, verb: str, post: str, away: bool) -> Class:
        there = self.of_row(post, away)
        if there != "ok" or not verb:
            return there
        may = self.write if verb == "edit" else {**self.verbs, **self.pages}[verb]
        if post not in may:
            return "refused"
        return "hidden" if verb == "edit" and "edit" not in self.forms else "ok"


BOTH = "new edit"
REGISTERS: dict[str, Register] = {
    # 组织与人
    "org_unit": Register(
        EVERYBODY,
        write=posts("company_leader") | ADMIN,
        forms=BOTH,
        verbs=dict.fromkeys(("move", "close"), posts("company_leader") | ADMIN),
    ),
    "staff": Register(
        EVERYBODY,
        write=GRANTERS,
        forms=BOTH,
        verbs=dict.fromkeys(("reset_password", "disable", "enable"), GRANTERS),
    ),
    "appointment": Register(
        EVERYBODY,
        write=SUPERVISOR | GRANTERS,
        forms="new",
        verbs=dict.fromkeys(("delegate", "end"), SUPERVISOR | GRANTERS),
    ),
    "leave": Register(
        EVERYBODY,
        write=SUPERVISOR | HEADS | posts("engineering_manager") | MANAGER | ADMIN,
        forms="new",
        verbs={"end": SUPERVISOR | HEADS | posts("engineering_manager") | MANAGER | ADMIN},
    ),
    "post_name": Register(EVERYBODY, write=GRANTERS, forms=BOTH),
    "work_day": Register(EVERYBODY, write=MANAGER | posts("quality_manager company_leader") | ADMIN, forms=BOTH),
    # 房屋与住户
    "building": Register(
        EVERYBODY - posts("guard cleaning_supervisor greening_supervisor") - STORES,
        write=ADMINISTRATORS | MANAGER | ADMIN,
        forms=BOTH,
    ),
    "unit": Register(
        EVERYBODY - posts("guard cleaning_supervisor greening_supervisor") - STORES,
        write=ADMINISTRATORS | MANAGER,
        forms=BOTH,
    ),
    "resident": Register(
        RESIDENTS,
        write=DESK | MANAGER,
        forms=BOTH,
        verbs=dict.fromkeys(("merge", "unmerge"), ADMINISTRATORS | MANAGER),
    ),
    "occupancy": Register(RESIDENTS, write=DESK | MANAGER, forms=BOTH, verbs={"move_out": DESK | MANAGER}),
    # 报事与工单
    "ticket": Register(
        EVERYBODY,
        see=SERVICE | ENGINEERING | LEADERS,
        write=DESK | DUTY | MANAGER,
        new=SERVICE | LOBBY | DUTY | MANAGER,  # whoever of 客服部 takes a matter first registers it (FIRST-05)
        forms=BOTH,
        verbs={
            "solve": DESK | DUTY,
            "appoint": DESK | DUTY,
            "pass_on": DESK | DUTY,
            "report_arrival": DESK | DUTY | HEADS,
            "finish": DESK | DUTY,
            "cancel": SUPERVISOR | MANAGER,
            "note": DESK | DUTY | MANAGER | HEADS,
        },
        fetched=SUPERVISOR,
        forgets=posts("desk_clerk"),
    ),
    "call_record": Register(
        EVERYBODY,
        see=SERVICE | DUTY | MANAGER | OVERSEERS,  # the others see what they wrote themselves
        write=SERVICE | DUTY | MANAGER,
        new=EVERYBODY,  # whoever meets a need on patrol notes it (TKT-22)
        forms=BOTH,
        verbs={
            "answer": SERVICE | DUTY,
            "make_ticket": DESK | DUTY | MANAGER,
            "cancel": SUPERVISOR | MANAGER,
        },
    ),
    "work_order": Register(
        EVERYBODY - posts("guard") - ADMIN - LOBBY - (STORES - PART_ISSUERS),
        see=EVERYBODY - posts("guard") - ADMIN - LOBBY - (STORES - PART_ISSUERS),
        write=DESK | DUTY,
        forms=BOTH,
        verbs={
            **dict.fromkeys(("issue", "appoint", "invite", "rework"), DESK | DUTY),
            "receive": TECHNICIANS,
            **dict.fromkeys(("reach_door", "begin", "finish", "standby", "claim_signed"), WORKERS),
            "arrive": WORKERS | DESK | DUTY,
            **dict.fromkeys(("sign", "refuse"), TECHNICIANS | DESK | DUTY | REPORTERS),
            "cancel": SUPERVISOR,
        },
    ),
    "paper_copy": Register(
        SERVICE | ENGINEERING | DUTY | MANAGER | OVERSEERS,
        verbs={
            **dict.fromkeys(("take_out", "bring_back", "hand_over"), DESK | DUTY | TECHNICIANS),
            "report_missing": DESK | DUTY | posts("engineering_assistant engineering_supervisor engineering_manager"),
            "void": ADMINISTRATORS,
        },
    ),
    "follow_up": Register(
        SERVICE | DUTY | MANAGER | OVERSEERS,
        verbs={"pass_": DESK | MANAGER, "fail": DESK | MANAGER, "cancel": SUPERVISOR},
    ),
    # 物资
    "material": Register(
        STORES,
        see=STORES,
        write=CENTRAL_ACCOUNTANT,
        forms=BOTH,
        verbs=dict.fromkeys(("photo_far", "photo_near"), CENTRAL_ACCOUNTANT),
        wide=True,
    ),
    "new_code_request": Register(
        STORES,
        see=STORES,
        write=KEEPERS | ACCOUNTANT,
        forms=BOTH,
        verbs={
            **dict.fromkeys(("submit", "cancel"), KEEPERS | ACCOUNTANT),
            "forward": ACCOUNTANT | posts("division_planner"),
            "assign_code": CENTRAL_ACCOUNTANT,
            "send_back": ACCOUNTANT | posts("division_planner") | CENTRAL_ACCOUNTANT,
        },
    ),
    "warehouse": Register(STORES, see=STORES, write=ACCOUNTANT | CENTRAL_ACCOUNTANT, forms=BOTH),
    "storage_bin": Register(STORES, see=STORES, write=KEEPERS | ACCOUNTANT, forms=BOTH),
    **{
        noun: Register(
            STORES,
            see=STORES,
            write=ACCOUNTANT,
            new=ACCOUNTANT | KEEPERS,
            forms=BOTH,
            verbs={
                "approve": ACCOUNTANT | CENTRAL_ACCOUNTANT,
                **dict.fromkeys(("unapprove", "void", "doubt", "return_goods"), ACCOUNTANT),
                "settle": ACCOUNTANT | PLANNER,
            },
        )
        for noun in ("stock_in", "stock_out")
    },
    "transfer": Register(
        DIVISION | CENTRE,
        see=DIVISION | CENTRE,
        write=ACCOUNTANT | CENTRE,
        new=ACCOUNTANT | CENTRE | posts("division_planner"),
        forms=BOTH,
        verbs={
            "agree": NOBODY,
            "approve": ACCOUNTANT | CENTRE,
            **dict.fromkeys(("unapprove", "void"), ACCOUNTANT | PLANNER),
            "send_paper": ACCOUNTANT,
        },
    ),
    "stocktake": Register(
        STORES,
        see=STORES,
        write=ACCOUNTANT,
        forms=BOTH,
        verbs={
            **dict.fromkeys(("issue", "cancel"), ACCOUNTANT),
            **dict.fromkeys(("begin", "record", "recount", "report", "explain"), KEEPERS | ACCOUNTANT),
            "count_again": ACCOUNTANT | DIVISION_MANAGER,
            **dict.fromkeys(("approve", "send_back"), DIVISION_MANAGER),
            "judge": NOBODY,
        },
    ),
    "stock_balance": Register(STORES, see=STORES),
    "stock_entry": Register(STORES, see=STORES),
    "stock_month": Register(
        STORES,
        see=DIVISION | CENTRE,
        write=ACCOUNTANT,
        forms="new",
        verbs=dict.fromkeys(("close", "reopen"), ACCOUNTANT),
    ),
    # 品质与事务
    "ticket_check": Register(
        CONVENORS | posts("company_leader"),
        write=posts("area_manager quality_manager"),
        verbs={"check": posts("area_manager quality_manager")},
    ),
    "meeting": Register(
        SERVICE | LEADERS | posts("engineering_assistant"),
        write=CONVENORS,
        forms=BOTH,
        verbs={"hold": CONVENORS, "cancel": CONVENORS},
    ),
    "meeting_action": Register(
        EVERYBODY,
        see=SERVICE | HEADS | MANAGER | OVERSEERS | posts("technician"),  # 责任人 of the one that was made
        verbs={"finish": CONVENORS | posts("technician")},
    ),
    "duty_task": Register(
        EVERYBODY,
        see=LEADERS | posts("technician"),  # 责任人; 交办人 is the supervisor
        write=LEADERS,
        forms=BOTH,
        verbs={
            "finish": posts("technician"),
            **dict.fromkeys(("confirm", "send_back", "cancel"), SUPERVISOR | MANAGER),
        },
    ),
    "upward_report": Register(
        EVERYBODY,
        see=LEADERS | posts("desk_clerk"),  # 报告人; 报告对象 is the supervisor
        write=EVERYBODY,
        forms="new",
        verbs={"answer": SUPERVISOR},
    ),
    "change_request": Register(
        EVERYBODY,
        write=ADMINISTRATORS | MANAGER | posts("quality_manager") | ADMIN,
        forms=BOTH,
        verbs=dict.fromkeys(("accept", "finish", "decline"), posts("quality_manager") | ADMIN),
    ),
    "knowledge_entry": Register(EVERYBODY, write=EDITORS, forms=BOTH, verbs={"review": EDITORS, "retire": EDITORS}),
    # 钥匙
    "key_cabinet": Register(KEY_READERS, write=SUPERVISOR | MANAGER, forms=BOTH),
    "key_section": Register(KEY_READERS, write=SUPERVISOR, forms=BOTH),
    "key_item": Register(KEY_READERS, verbs=dict.fromkeys(("rehang", "split"), ADMINISTRATORS)),
    "key_receipt": Register(KEY_READERS, write=DESK, forms=BOTH, verbs={"receive": DESK, "cancel": SUPERVISOR}),
    "key_opening": Register(SERVICE | MANAGER | OVERSEERS, write=ADMINISTRATORS | MANAGER),
    "key_deposit": Register(
        KEY_DESK, write=DESK, forms=BOTH, verbs={"accept": DESK, "withdraw": DESK, "cancel": SUPERVISOR}
    ),
    "key_envelope": Register(KEY_DESK),
    "key_loan": Register(
        EVERYBODY,
        see=KEY_DESK,
        write=DESK | DUTY,
        forms=BOTH,
        verbs={
            **dict.fromkeys(
                ("call", "hand_out", "hand_out_urgently", "supplement", "supplement_after", "give_back"), DESK | DUTY
            ),
            **dict.fromkeys(("give_back_urgent", "explain", "refuse"), DESK | DUTY),
            "lead_agrees": SUPERVISOR,
            "manager_agrees": MANAGER,
            "department_agrees": SUPERVISOR | MANAGER,
            "extend": SUPERVISOR,
        },
    ),
    "key_night_opening": Register(
        KEY_DESK,
        write=DESK | DUTY,
        forms=BOTH,
        verbs={"sign": DESK | DUTY, "close": DESK | DUTY, "cancel": SUPERVISOR | DUTY},
    ),
    "key_unsealing": Register(
        KEY_DESK,
        write=DESK | DUTY,
        forms="new",
        verbs={
            **dict.fromkeys(("owner_agrees", "owner_refuses", "not_reached", "go_up", "inform"), DESK | DUTY),
            **dict.fromkeys(("open", "enter", "bring_back"), DESK | DUTY),
            **dict.fromkeys(("reseal", "owner_takes"), DESK),
            **dict.fromkeys(("approve", "decline"), MANAGER),
            "withdraw": SUPERVISOR | posts("desk_clerk"),
        },
    ),
    "key_pickup": Register(KEY_DESK, write=DESK, forms=BOTH, verbs=dict.fromkeys(("call", "pick_up", "cancel"), DESK)),
    "key_incident": Register(
        KEY_DESK,
        write=DESK | DUTY,
        forms="new",
        verbs={
            "instruct": MANAGER,
            "consent": DESK | MANAGER,
            **dict.fromkeys(("handle", "resolve", "find"), SUPERVISOR | MANAGER | DUTY),
            "settle": SUPERVISOR | MANAGER,
        },
    ),
    "key_copy_order": Register(
        KEY_DESK,
        write=DESK,
        forms=BOTH,
        verbs={
            "call": DESK,
            "finish": DESK,
            **dict.fromkeys(("approve", "decline"), SUPERVISOR | MANAGER),
        },
    ),
    "key_lock_change": Register(
        KEY_DESK, write=DESK, forms="new", verbs={"remind": DESK, "finish": DESK, "cancel": SUPERVISOR}
    ),
    "key_count": Register(
        KEY_READERS,
        write=DESK,
        forms="new",
        verbs={
            "finish": posts("desk_clerk"),  # 清点人
            "report": DESK,
            "settle": SUPERVISOR | MANAGER,
            "cancel": SUPERVISOR,
        },
        pages=dict.fromkeys(("tally", "see"), posts("desk_clerk")),
    ),
    "key_delegation": Register(
        KEY_DESK,
        write=SUPERVISOR | MANAGER,
        forms=BOTH,
        verbs={"hand_over": SUPERVISOR, "take_back": SUPERVISOR, "cancel": SUPERVISOR | MANAGER},
    ),
    "key_report": Register(
        ADMINISTRATORS | MANAGER | OVERSEERS, write=ADMINISTRATORS, forms="new", verbs={"read_": MANAGER}
    ),
    "incident": Register(CONVENORS | posts("company_leader") | ADMIN),
    "print_run": Register(SERVICE | MANAGER | OVERSEERS),
    "export_run": Register(CONVENORS | posts("company_leader") | ADMIN),
}


@dataclass(frozen=True)
class Page:
    """A route that belongs to no register.

    `may` open it, for the posts of `hidden` it is not there, the rest are refused; `at` is the address asked for,
    `away` what people of the other project are told, where that is not the same.
    """

    may: Posts = EVERYBODY
    hidden: Posts = NOBODY
    at: str = ""
    away: Class | Literal[""] = ""
    open: bool = False

    def answer(self, post: str, away: bool) -> Class:
        """What the post is told."""
        if away and self.away:
            return self.away
        if post in self.may:
            return "ok"
        return "hidden" if post in self.hidden else "refused"


_SEES_MATTER = SERVICE | ENGINEERING | LEADERS
_OTHERS = EVERYBODY - IMPORTERS - ADMIN
PAGES: dict[tuple[str, str], Page] = {
    # the door and oneself
    ("GET", "/login"): Page(open=True),
    ("POST", "/login"): Page(open=True),
    ("POST", "/logout"): Page(),
    ("GET", "/static/<path:filename>"): Page(at="/static/app.css", open=True),
    ("GET", "/flask-admin-static/<path:filename>"): Page(
        NOBODY, hidden=EVERYBODY, at="/flask-admin-static/none.js", open=True
    ),
    ("GET", "/favicon.ico"): Page(open=True),
    ("GET", "/password"): Page(),
    ("POST", "/password"): Page(),
    ("GET", "/pin"): Page(),
    ("POST", "/pin"): Page(),
    ("GET", "/log-ins"): Page(),
    ("POST", "/log-ins/<int:login_id>/end"): Page(NOBODY, at="/log-ins/{login}/end"),
    ("POST", "/log-ins/end-others"): Page(),
    ("POST", "/project"): Page(),
    ("POST", "/cosign"): Page(),
    # what everybody looks at
    ("GET", "/"): Page(),
    ("GET", "/alerts"): Page(),
    ("POST", "/alerts/acknowledge"): Page(),
    ("GET", "/search"): Page(),
    ("GET", "/lookup"): Page(),
    ("GET", "/lookup/<noun>"): Page(at="/lookup/resident?q=1203"),
    ("GET", "/handbook"): Page(),
    ("GET", "/forms"): Page(),
    ("POST", "/forms/<code>/print"): Page(at="/forms/F-01/print"),
    ("GET", "/held"): Page(),
    ("GET", "/standby"): Page(EVERYBODY - posts("guard") - ADMIN - LOBBY - (STORES - PART_ISSUERS)),
    ("GET", "/incomplete"): Page(),
    ("GET", "/ticket/duplicates"): Page(),
    ("GET", "/policies"): Page(),
    ("GET", "/obligation/<int:row_id>"): Page(
        EVERYBODY - STORES, hidden=STORES, at="/obligation/{obligation}", away="hidden"
    ),
    # what some may do
    **dict.fromkeys(
        (("GET", "/policies/<key>"), ("POST", "/policies/<key>")),
        Page(MANAGER | OVERSEERS, hidden=STORES, at="/policies/wo.onsite?org={org}", away="hidden"),
    ),
    ("GET", "/trail"): Page(CONVENORS | posts("company_leader") | ADMIN),
    ("GET", "/reveals"): Page(CONVENORS | posts("company_leader") | ADMIN),
    ("GET", "/figures"): Page(ADMINISTRATORS | MANAGER | DUTY | OVERSEERS | HEADS),
    ("GET", "/checks"): Page(CONVENORS | posts("company_leader")),
    ("POST", "/checks/draw"): Page(posts("area_manager quality_manager")),
    ("GET", "/checks/unregistered"): Page(posts("area_manager quality_manager")),
    ("POST", "/checks/unregistered"): Page(posts("area_manager quality_manager")),
    ("GET", "/keys"): Page(KEY_READERS),
    ("GET", "/scan"): Page(DESK | DUTY | TECHNICIANS),
    ("POST", "/scan"): Page(DESK | DUTY | TECHNICIANS),
    # by the record
    ("GET", "/household/<int:unit_id>"): Page(
        REGISTERS["unit"].enter, hidden=EVERYBODY - REGISTERS["unit"].enter, at="/household/{unit}", away="hidden"
    ),
    ("GET", "/<noun>/<int:row_id>/reveal/<field>"): Page(
        RESIDENTS - posts("archivist"), hidden=EVERYBODY - RESIDENTS, at="/resident/{resident}/reveal/id_no",
        away="hidden",
    ),
    ("POST", "/<noun>/<int:row_id>/reveal/<field>"): Page(
        RESIDENTS - posts("archivist"), at="/resident/{resident}/reveal/id_no", away="refused"
    ),
    ("GET", "/attachments/<int:attachment_id>"): Page(
        _SEES_MATTER, hidden=EVERYBODY - _SEES_MATTER, at="/attachments/{attachment}", away="hidden"
    ),
    ("GET", "/attachments/<int:attachment_id>/thumb"): Page(
        _SEES_MATTER, hidden=EVERYBODY - _SEES_MATTER, at="/attachments/{attachment}/thumb", away="hidden"
    ),
    ("GET", "/attachments/<int:attachment_id>/void"): Page(
        SUPERVISOR | MANAGER | posts("desk_clerk"), hidden=EVERYBODY - _SEES_MATTER,
        at="/attachments/{attachment}/void", away="hidden",
    ),
    ("POST", "/attachments/<int:attachment_id>/void"): Page(
        SUPERVISOR | MANAGER | posts("desk_clerk"), hidden=EVERYBODY - _SEES_MATTER,
        at="/attachments/{attachment}/void", away="hidden",
    ),
    ("POST", "/attachments/<noun>/<int:row_id>"): Page(
        DESK | HEADS | DUTY | MANAGER, hidden=EVERYBODY - _SEES_MATTER, at="/attachments/ticket/{ticket}", away="hidden"
    ),
    ("POST", "/print/<code>/<int:row_id>"): Page(
        RESIDENTS, hidden=EVERYBODY - REGISTERS["unit"].enter, at="/print/F-29/{unit}", away="hidden"
    ),
    ("GET", "/prints/<batch>.pdf"): Page(
        posts("desk_clerk"), hidden=EVERYBODY, at="/prints/{batch}.pdf", away="hidden"
    ),
    ("GET", "/prints/<int:run_id>/then.pdf"): Page(
        REGISTERS["print_run"].enter, hidden=EVERYBODY, at="/prints/{print_run}/then.pdf", away="hidden"
    ),
    ("GET", "/q/<code>"): Page(
        REGISTERS["paper_copy"].enter, hidden=EVERYBODY, at="/q/{copy_code}", away="hidden"
    ),
    # 物资
    ("GET", "/stock-summary"): Page(STORES),
    ("POST", "/stock-summary/print"): Page(STORES),
    ("POST", "/stock-ledger/<int:row_id>/print"): Page(
        STORES, hidden=EVERYBODY - STORES, at="/stock-ledger/{stock_balance}/print", away="hidden"
    ),
    # 导入
    ("GET", "/imports"): Page(IMPORTERS | ACCOUNTANT),
    ("POST", "/imports"): Page(IMPORTERS | ACCOUNTANT),
    ("GET", "/imports/template.xlsx"): Page(IMPORTERS | ACCOUNTANT),
    **{
        (method, f"/imports/<int:run_id>{rest}"): Page(
            may, hidden=_OTHERS, at=f"/imports/{{import_run}}{rest}", away="hidden"
        )
        for method, rest, may in (
            ("GET", "", IMPORTERS | ADMIN),
            ("POST", "", IMPORTERS),
            ("GET", "/match", IMPORTERS | ADMIN),
            ("POST", "/match", IMPORTERS | ADMIN),
            ("GET", "/progress", IMPORTERS | ADMIN),
            ("GET", "/status", IMPORTERS | ADMIN),
            ("POST", "/cancel", IMPORTERS),
            ("POST", "/errors", IMPORTERS),
            ("GET", "/errors.xlsx", IMPORTERS),
        )
    },
}  # fmt: skip
