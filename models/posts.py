"""The posts (岗位) of catalogue §8 as one table: department, rank and the names the regulations give them."""

from dataclasses import dataclass

DEPARTMENTS: dict[str, str] = {
    "management": "管理处",
    "service": "客服部",
    "engineering": "工程部",
    "security": "保安部",
    "cleaning": "保洁部",
    "greening": "绿化部",
    "finance": "财务部",
    "sales": "销售部",
    "office": "办公室",
    "quality": "品质管理中心",
    "area": "片区",
    "company": "公司总部",
    "materials": "业务管理部",
    "division": "业务部",
    "site": "现场",
}


@dataclass(frozen=True, slots=True)
class Post:
    """One post (岗位). `rank` compares inside a department (「领班以上」) and bounds what a person may grant."""

    key: str
    label: str
    department: str
    rank: int
    aliases: tuple[str, ...] = ()
    source: str = ""


def _post(key: str, label: str, department: str, rank: int, aliases: str = "", source: str = "") -> Post:
    return Post(key, label, department, rank, tuple(aliases.split()), source)


#: key -> post. Ranks: 1 executes, 2 assists or leads a crew, 3 administers, 4 heads a department,
#: 5 heads a project, 6 an area, 7 the company, 9 keeps the system.
POSTS: dict[str, Post] = {
    p.key: p
    for p in (
        _post("system_admin", "系统管理员", "company", 9),
        _post("company_leader", "公司领导", "company", 7, "", "003-1"),
        _post("quality_manager", "品质管理中心客服专业经理", "quality", 6, "公司客服专业经理 品质管理中心", "003-2"),
        _post("station_head", "公司物业管理站站长", "company", 6, "物业管理站站长", "000-A"),
        _post("area_manager", "片区经理", "area", 6, "片区总监", "003-2"),
        _post(
            "project_manager",
            "管理处经理",
            "management",
            5,
            "管理处主任 项目经理 物业服务中心经理 上级经理",
            "004-8§3.1",
        ),
        _post("duty_manager", "值班经理", "management", 4, "", "002-3§7"),
        _post(
            "service_supervisor",
            "客服主管",
            "service",
            4,
            "客户服务主管 客户服务中心主管 客户服务部主管 客服负责人 客服组负责人",
            "002-6a",
        ),
        _post(
            "service_administrator",
            "客服管理员",
            "service",
            3,
            "客户服务管理员 客户服务部管理员 管理员 后台客服管理员 后台服务管理员",
            "002-6b",
        ),
        _post("archivist", "档案管理员", "service", 3, "档案专人", "002-2"),
        _post("service_assistant", "客服助理", "service", 2, "客户服务助理 客户助理 物业助理 客户服务员", "004-15§3.3"),
        _post("zone_steward", "片区管家", "service", 2, "", "003-5§7"),
        _post(
            "desk_clerk", "前台值班员", "service", 1, "值班人员 客户服务中心值班人员 客服前台 客户服务前台", "004-14"
        ),
        _post("receptionist", "接待员", "service", 1, "客服中心接待员 接待人员 客服专员", "002-6c"),
        _post("lobby_receptionist", "大堂前台接待员", "service", 1, "前台接待员 写字楼大堂前台", "002-6d"),
        _post("cashier", "收费员", "finance", 1, "物业收费 收费人员", "004-9"),
        _post("engineering_manager", "工程部部门经理", "engineering", 5, "", "004-5§3.1"),
        _post("engineering_supervisor", "工程主管", "engineering", 4, "工程部主管", "001-4"),
        _post("engineering_assistant", "工程部助理", "engineering", 3, "", "004-5§3"),
        _post("engineering_duty", "工程部值班人员", "engineering", 1, "责任人 维修部专业人员", "004-5"),
        _post("technician", "工程部技工", "engineering", 1, "技工 维修人员", "004-5"),
        _post("security_supervisor", "秩序主管", "security", 4, "", "001-4"),
        _post("security_leader", "保安部领班", "security", 2, "主管领班", "004-5§4.3.6"),
        _post("guard", "秩序维护员", "security", 1, "保安员 安护部 安保部", "002-5"),
        _post("cleaning_supervisor", "保洁部主管", "cleaning", 4, "", "001-4"),
        _post("greening_supervisor", "绿化主管", "greening", 4, "", "001-4"),
        _post("office_clerk", "办公室工作人员", "office", 1, "", "004-5§4.3.6"),
        _post("sales_clerk", "现场销售人员", "sales", 1, "", "004-5§4.3.6"),
        _post("site_representative", "现场总代表", "site", 4, "", "004-2"),
        _post("storekeeper", "现场仓储保管人员", "site", 1, "保管人员 现场人员", "004-2"),
        _post("division_manager", "业务部经理", "division", 5, "业务部领导", "004-2"),
        _post("division_supervisor", "业务部主管", "division", 4, "", "004-3"),
        _post("division_planner", "业务部计划员", "division", 3, "业务部计划室", "004-2§1.1"),
        _post("division_accountant", "业务部账务员", "division", 3, "业务部账务人员 业务部账务管理员", "004-1§1"),
        _post("central_planner", "业务管理部计划室", "materials", 4, "业务管理部计划员 北京计划室", "004-1§4.1"),
        _post("central_accountant", "业务管理部账务人员", "materials", 4, "物资管理室", "004-1§1"),
        _post("materials_head", "业务管理部负责人", "materials", 6, "业务管理部", "004-2"),
    )
}

#: Posts that head their department: who is meant by 部门主管.
HEADS: dict[str, str] = {
    "service": "service_supervisor",
    "engineering": "engineering_supervisor",
    "security": "security_supervisor",
    "cleaning": "cleaning_supervisor",
    "greening": "greening_supervisor",
    "management": "project_manager",
}

_BY_NAME = {name: p for p in POSTS.values() for name in (p.label, *p.aliases)}


def post_named(name: str) -> Post | None:
    """The one post behind any of its names in the regulations (BASE-08)."""
    return _BY_NAME.get(name.strip())
