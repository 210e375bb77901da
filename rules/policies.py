"""制度参数: every number and choice of the regulations by name, with presets, default and source article."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import PolicyValue, clock
from rules.person import ancestors

Kind = Literal["int", "choice", "windows", "hours"]
"""`windows` may pass midnight or be none at all, `hours` (of the office) not."""

MOST = {"分钟": 1440, "小时": 720, "天": 366, "年": 100}
"""What a setting may be at most by its unit, where nothing else is said: a slip of the hand is noticed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting. `presets` are value -> Chinese words; a whole number has bounds instead."""

    key: str
    label: str
    kind: Kind
    default: Any
    source: str
    unit: str = ""
    presets: Mapping[Any, str] | None = None
    bounds: tuple[int, int] = (0, 100_000)
    case: str = ""
    rules: tuple[str, ...] = ()
    presumed: bool = False


def _number(
    key: str,
    label: str,
    default: int,
    unit: str,
    source: str,
    rules: str = "",
    case: str = "",
    presumed: bool = False,
    bounds: tuple[int, int] | None = None,
) -> Policy:
    low, high = bounds or (1, MOST.get(unit, 1000))
    return Policy(key, label, "int", default, source, unit, None, (low, high), case, tuple(rules.split()), presumed)


def _percent(
    key: str, label: str, default: int, source: str, rules: str, case: str = "", presumed: bool = False
) -> Policy:
    """What a key figure must reach; 0 asks for nothing."""
    return _number(key, label, default, "%", source, rules, case, presumed, bounds=(0, 100))


def _choice(
    key: str,
    label: str,
    default: str,
    presets: Mapping[str, str],
    source: str,
    rules: str = "",
    case: str = "",
    presumed: bool = False,
) -> Policy:
    return Policy(key, label, "choice", default, source, "", presets, (0, 0), case, tuple(rules.split()), presumed)


def _windows(
    key: str,
    label: str,
    default: list[list[str]],
    source: str,
    rules: str = "",
    case: str = "",
    presumed: bool = False,
    kind: Kind = "windows",
) -> Policy:
    return Policy(key, label, kind, default, source, "", None, (0, 0), case, tuple(rules.split()), presumed)


POLICIES: dict[str, Policy] = {
    p.key: p
    for p in (
        # 时限
        _number("tkt.dispatch_min", "受理到派单", 10, "分钟", "003-2.005§4.1.3", "TKT-04"),
        _number("tkt.appointment_lead_min", "预约时间前多久出单", 20, "分钟", "003-2.005§4.1.4", "TKT-05"),
        _number("wo.onsite", "派单到到场反馈", 20, "分钟", "003-2.005§4.1.5", "TKT-06", "C-13"),
        _number("wo.door_min", "接单到楼门", 5, "分钟", "004-5§4.1.3.1a", "WO-03", "C-13"),
        _number("wo.kpi_min", "报事响应及时的界限", 30, "分钟", "003-3§5", "SYS-07", "C-13"),
        _number("tkt.level2_hours", "升级客服主管", 48, "小时", "003-2.005§4.2.2", "TKT-14", "C-12"),
        _number("tkt.level3_hours", "升级项目经理", 72, "小时", "003-2.005§4.2.3", "TKT-15", "C-12"),
        _number("tkt.level4_days", "升级片区经理", 7, "天", "003-2.005§4.2.4", "TKT-16", "C-12"),
        _number("tkt.level5_days", "升级品质管理中心", 15, "天", "003-2.005§4.2.5", "TKT-17", "C-12"),
        _choice(
            "tkt.clock_start",
            "有预约的报事从何时起算",
            "appointment",
            {"appointment": "预约时间", "received": "受理时间"},
            "〔推定〕",
            "TKT-18",
            presumed=True,
        ),
        _choice(
            "clock.same_day_end",
            "“当日”到何时止（报事、投诉）",
            "24:00",
            {"24:00": "24:00", "office": "下班时刻"},
            "A-01",
            "TKT-13",
        ),
        _windows("clock.office_hours", "办公时间", [["08:30", "17:30"]], "A-01", "TKT-13", presumed=True, kind="hours"),
        _number("first.inform_hours", "多久未告知客户即提醒", 24, "小时", "002-1", "FIRST-04", presumed=True),
        # 休息时段
        _windows("quiet.lunch", "午休时间", [["12:00", "14:00"]], "〔推定〕", "TKT-10", presumed=True),
        _windows(
            "quiet.follow_up", "不回访时段（午休另计）", [["21:00", "10:00"]], "003-2.005§4.1.8", "TKT-10", "C-35"
        ),
        _windows(
            "quiet.call",
            "不去电时段（午休另计）",
            [["21:00", "10:00"], ["17:30", "19:00"]],
            "003-5§3(2)",
            "CALL-07",
            "C-35",
        ),
        # 回访
        _choice(
            "rv.repair_window",
            "维修回访时限",
            "combined",
            {
                "001": "001：安全2天、渗漏试漏后3天、其他2天",
                "003": "003：24小时",
                "004-10": "004-10：完工1天后2天内",
                "combined": "综合",
            },
            "001-8(1)；003-2.005§4.1.8；004-10§4.1.1b",
            "WO-29 TKT-09",
            "C-01",
        ),
        _number("rv.follow_up_hours", "收到完工证明后回访", 24, "小时", "003-2.005§4.1.8", "TKT-09", "C-01"),
        _number("rv.repair_days", "维修回访逾期界限", 2, "天", "001-8(1)", "WO-29", "C-01"),
        _number("rv.safety_days", "安全设施维修后回访", 2, "天", "001-8(1)", "WO-29", "C-01"),
        _number("rv.leak_days", "渗漏维修试漏后回访", 3, "天", "001-8(1)", "WO-29", "C-01"),
        _number(
            "rv.earliest_hours",
            "完工后最早回访（004-10）",
            24,
            "小时",
            "004-10§4.1.1b",
            "WO-29",
            "C-01",
            bounds=(0, 720),
        ),
        _choice(
            "rv.sign",
            "回访由住户签名确认",
            "by_method",
            {"by_method": "当面回访签名，电话回访记通话时间", "always": "一律签名，不用电话回访"},
            "004-10§4.3–4.4；001-8；003-2.005§4.1.8",
            "RV-20",
            "C-53",
        ),
        _number("rv.pass_score", "满意的最低分", 4, "分", "A-12", "TKT-09", bounds=(1, 5)),
        # 工作任务单
        _choice(
            "wo.signer",
            "上门维修由谁签认",
            "adult",
            {"adult": "家中成年人", "owner": "业主（住户）"},
            "004-5§4.3.5；001",
            "WO-19",
            "C-46",
        ),
        _choice(
            "wo.title",
            "工单名称",
            "工作任务单",
            {
                "工作任务单": "《工作任务单》三联",
                "派工单": "派工单",
                "业主报修处理登记表": "业主报修处理登记表（维修工作单）",
            },
            "004-5；001；003",
            "WO-01",
            "C-47",
        ),
        _number("wo.keep_years", "《工作任务单》保存", 2, "年", "004-5§4.3.1", "WO-16"),
        _number("ret.default_years", "其他表单保存", 2, "年", "〔推定〕", "WO-16", "C-51", presumed=True),
        _number("wo.repeat_count", "同一种维修几次即标出", 3, "次", "004-10§4.6", "WO-31", "C-57"),
        _choice(
            "count.inclusive",
            "“以上”是否含本数",
            "yes",
            {"yes": "含本数", "no": "不含本数"},
            "A-10",
            "WO-31",
            "C-57",
        ),
        _choice(
            "first.title",
            "首接制度的名称",
            "首接责任制",
            {"首接责任制": "首接责任制", "首问负责制": "首问负责制"},
            "002-1；004-0",
            "FIRST-05",
            "C-55",
        ),
        _number("call.answer_hours", "多久没有答复即提醒", 24, "小时", "003-5§9(2)", "CALL-06 TKT-22", presumed=True),
        _number("call.rings", "铃响几声内接听", 3, "声", "004-11§4.7.1", "CALL-01"),
        # 抽查与通报
        _number("tkt.sample_area", "片区每月抽查", 10, "单/项目", "003-2.005§4.1.9", "TKT-11"),
        _number("tkt.sample_quality", "品质管理中心每月抽查", 7, "单/项目", "003-2.005§4.1.10", "TKT-12"),
        _number("tkt.meeting_day", "月度通报会不迟于每月", 5, "日", "003-2.005§4.4.1", "TKT-19", bounds=(1, 28)),
        _number(
            "tkt.quarter_meeting_day", "季度通报会不迟于下季首月", 5, "日", "003-2.005§4.4.2", "TKT-20", bounds=(1, 28)
        ),
        _number(
            "tkt.year_meeting_day", "年度通报会不迟于次年二月", 5, "日", "003-2.005§4.4.3", "TKT-21", bounds=(1, 28)
        ),
        # 指标
        _percent("kpi.response", "报事响应及时率不低于", 98, "003-3§5", "SYS-07"),
        _percent("kpi.dispatch", "派单及时率不低于", 100, "003-2.005§4.1.3", "TKT-04", presumed=True),
        _percent("kpi.arrival", "到场及时率不低于", 100, "003-2.005§4.1.5", "TKT-06", presumed=True),
        _percent("kpi.follow_up", "报事回访率不低于", 80, "003-3§6", "TKT-09", "C-02"),
        _percent("kpi.satisfaction", "报事处理满意率不低于", 90, "003-3§7", "TKT-09"),
        # 钥匙
        _choice(
            "key.consent",
            "借出业户委托钥匙是否一律先征得业户同意",
            "004-8",
            {"004-8": "一律先致电业户", "002": "必要时致电业户"},
            "002-3§5；004-8§4.1(5)",
            "KEY-22",
            "C-20",
        ),
        _choice(
            "key.credential",
            "借用人凭什么领取业户委托钥匙",
            "004-8",
            {
                "004-8": "出入证、身份证或业户委托书",
                "002": "非业主一律凭业户委托书",
                "strict": "从严：家属、代理人凭委托书，保姆、小时工凭出入证",
            },
            "002-3§5；004-8§4.1(5)",
            "KEY-19 KEY-20",
            "C-21",
        ),
        _choice(
            "key.sealed_unreachable",
            "紧急启封而联系不到业户时",
            "manager",
            {"manager": "经理批准后双人启封", "refuse": "一律不启封"},
            "004-8§4.4(1)⑤",
            "KEY-50",
            "C-22",
        ),
        _choice(
            "key.loss_same_day",
            "哪些钥匙丢失须当天解决",
            "all",
            {"all": "各类钥匙当天", "owned": "委托、返修当天，空房不限"},
            "004-8§4.1(8)；4.3(8)",
            "KEY-55 KEY-57",
            "C-23",
        ),
        _choice(
            "key.liable",
            "不符或丢失由谁负责",
            "category",
            {"category": "委托、空房为当事人，返修为发放人", "party": "一律当事人", "issuer": "一律发放人"},
            "004-8§4.3(6)",
            "KEY-58",
            "C-24",
        ),
        _choice(
            "key.custodian",
            "业户委托钥匙由谁保管",
            "named",
            {"named": "客服负责人或其指定专人", "lead": "客服负责人亲自保管"},
            "004-8§3.2；4.1(2)",
            "KEY-10 KEY-60",
            "C-25",
        ),
        _choice(
            "key.print_title",
            "钥匙使用登记表的名称",
            "客服钥匙使用登记表",
            {"客服钥匙使用登记表": "《客服钥匙使用登记表》", "钥匙收发本": "钥匙收发本"},
            "002-3§3；004-8§5",
            "KEY-16",
            "C-26",
        ),
        _choice(
            "key.label_room",
            "钥匙标签、信封面是否印房号",
            "no",
            {"no": "只印编号和二维码", "yes": "印房号"},
            "〔推定〕",
            "KEY-45",
            presumed=True,
        ),
        _number("key.long_out_days", "钥匙借出几天算长期未归", 3, "天", "002-3§9", "KEY-28", presumed=True),
        _number("key.report_day", "钥匙月报不迟于", 5, "日", "004-8§3.1", "KEY-59", presumed=True, bounds=(1, 28)),
        # 物资：出入库与调拨
        _choice(
            "inv.self_audit",
            "制单人可否自审",
            "yes",
            {"yes": "允许", "no": "须由他人审核"},
            "004-1§2.1",
            "INV-22",
        ),
        _choice(
            "inv.site_keying",
            "现场可录哪些单据",
            "draft",
            {"draft": "各类单据可录草稿", "scrap": "只可录报废出库", "division": "一律由业务部录"},
            "004-1§3.3；004-1§7",
            "INV-21",
            "C-30",
        ),
        _choice(
            "inv.class1_route",
            "ⅰ类物资的去向",
            "approved",
            {"scrap": "就地报废", "return": "统一返回", "approved": "批准后就地报废，否则返回"},
            "004-1§3.3；004-2§1.5",
            "INV-35 DMG-03",
            "C-29",
        ),
        _choice(
            "inv.site_transfer",
            "业务部内部调拨由谁制作和审核",
            "division",
            {"division": "业务部账务员", "central": "业务管理部计划室"},
            "004-1§4.2；004-2§1.2",
            "INV-55",
            "C-27",
        ),
        _choice(
            "inv.neg_maker",
            "跨业务部协商调拨由谁制作",
            "central",
            {"central": "业务管理部计划室", "division": "发出方业务部计划员"},
            "004-1§4.1",
            "INV-47",
            "C-28",
        ),
        _choice(
            "inv.asset_label",
            "备件所装设备的编号叫什么",
            "设备/部位编号",
            {"设备/部位编号": "设备/部位编号", "风机号": "风机号"},
            "A-06",
            "INV-32",
            presumed=True,
        ),
        _choice(
            "stk.cycle",
            "盘点的周期",
            "both",
            {"both": "月度自盘＋季度监盘", "month": "月度", "quarter": "季度"},
            "004-1§6；004-2§1.4.1",
            "STK-01 STK-06",
            "C-31",
        ),
        _number("inv.transit_days", "调拨在途多少天即提醒", 7, "天", "〔推定〕", "INV-51", presumed=True),
        _choice(
            "inv.return_back",
            "退回来的物资怎样记账",
            "red",
            {"red": "红字出库单", "blue": "例外蓝字（物资退库入库单）"},
            "004-1§5",
            "INV-40 INV-41",
            "C-33",
        ),
        _choice(
            "inv.storage_damage_out",
            "保存不善的损坏配套的出库",
            "own_use",
            {"own_use": "自用领用，原因保存不善", "none": "不配套"},
            "〔推定〕",
            "INV-30",
            presumed=True,
        ),
        # 登记
        _number("entry.late_min", "登记晚于发生多久算后补", 30, "分钟", "〔推定〕", "TKT-02", presumed=True),
        _number(
            "import.keep_days",
            "导入的逐行结论保存",
            30,
            "天",
            "004-0 方案7",
            "BASE-02",
            presumed=True,
            bounds=(1, 3650),
        ),
        # 登录
        _number("login.idle_min", "多久不用自动退出", 120, "分钟", "004-0 方案7", "BASE-02", presumed=True),
        _number("login.hours", "登录最长有效", 12, "小时", "004-0 方案7", "BASE-02", presumed=True),
        _number("reveal.per_hour", "每人每小时显示上限", 60, "次", "002-2§3", "BASE-01", presumed=True),
        _number("backup.max_days", "备份最多隔多久", 1, "天", "〔推定〕", "BASE-02", presumed=True, bounds=(1, 30)),
    )
}


def policy(session: Session, key: str, org_id: int, at: datetime | None = None) -> Any:
    """The value in force in the unit at the moment: the nearest ancestor's newest one, else the default.

    A clock passes the moment it started, so that a running one keeps the value it started with.
    """
    known = POLICIES[key]
    moment = at or clock.now()
    for unit, values in _values(session, key, org_id):
        del unit
        current = [v for since, v in values if since <= moment]
        if current:
            return current[-1]
    return known.default


def _values(session: Session, key: str, org_id: int) -> list[tuple[int, list[tuple[datetime, Any]]]]:
    """Per ancestor, nearest first, its values of the key in order; remembered for the life of the session."""
    cache: dict[Any, Any] = session.info.setdefault("policies", {})
    if "all" not in cache:
        rows = session.execute(
            select(PolicyValue.org_id, PolicyValue.key, PolicyValue.effective_from, PolicyValue.value).order_by(
                PolicyValue.effective_from, PolicyValue.id
            )
        )
        table: dict[tuple[int, str], list[tuple[datetime, Any]]] = {}
        for unit, name, since, value in rows:
            table.setdefault((unit, name), []).append((since, value))
        cache["all"] = table
    if ("line", org_id) not in cache:
        cache["line", org_id] = ancestors(session, org_id) if cache["all"] else []
    return [(unit, cache["all"][unit, key]) for unit in cache["line", org_id] if (unit, key) in cache["all"]]


def value_words(key: str, value: Any) -> str:
    """The value as people read it: 「10 分钟」, 「综合」, 「21:00-10:00，17:30-19:00」."""
    known = POLICIES[key]
    if known.kind in ("windows", "hours"):
        return "，".join(f"{a}-{b}" for a, b in value) or "无"
    if known.presets:
        return str(known.presets.get(value, value))
    return f"{value} {known.unit}".strip()
