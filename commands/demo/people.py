"""The demo company's tree and staff: head office, two areas, three projects, every post filled."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from pypinyin import Style, lazy_pinyin
from sqlalchemy.orm import Session

from commands.demo.names import Namer
from models import Appointment, OrgUnit, Staff, Warehouse, clock
from models.people import org_path
from models.posts import DEPARTMENTS

#: login -> (post, name, unit); `None` as the unit is the company.
CAST: dict[str, tuple[str, str, str | None]] = {
    "xitong": ("system_admin", "简舟", None),
    "zongbu": ("company_leader", "裴景行", None),
    "pinzhi": ("quality_manager", "苗清和", None),
    "pianqu": ("area_manager", "闻人杰", "南片区"),
    "pianqu2": ("area_manager", "左书瑶", "北片区"),
    "jingli": ("project_manager", "何婉清", "YJ"),
    "zhiban": ("duty_manager", "贺铮", "YJ"),
    "zhuguan": ("service_supervisor", "沈知夏", "YJ"),
    "guanli": ("service_administrator", "施雨薇", "YJ"),
    "zhuli": ("service_assistant", "宋佳宁", "YJ"),
    "guanjia": ("zone_steward", "俞晴", "YJ"),
    "qiantai": ("desk_clerk", "陆文婷", "YJ"),
    "qiantai2": ("desk_clerk", "范小鸥", "YJ"),
    "jiedai": ("receptionist", "白露", "YJ"),
    "datang": ("lobby_receptionist", "池欣", "YJ"),
    "dangan": ("archivist", "顾未央", "YJ"),
    "shoufei": ("cashier", "钱穗", "YJ"),
    "gcjingli": ("engineering_manager", "武岳", "YJ"),
    "gczhuguan": ("engineering_supervisor", "段立军", "YJ"),
    "gczhuli": ("engineering_assistant", "柴可", "YJ"),
    "weixiu": ("engineering_duty", "罗志强", "YJ"),
    "weixiu2": ("technician", "蒙伟", "YJ"),
    "weixiu3": ("technician", "莫小川", "YJ"),
    "zxzhuguan": ("security_supervisor", "雷震", "YJ"),
    "lingban": ("security_leader", "谭卫东", "YJ"),
    "baoan": ("guard", "丁一", "YJ"),
    "baojie": ("cleaning_supervisor", "梅若兰", "YJ"),
    "lvhua": ("greening_supervisor", "林森", "YJ"),
    "bangong": ("office_clerk", "柯敏", "YJ"),
    "xiaoshou": ("sales_clerk", "尹航", "YJ"),
    "zhanzhang": ("station_head", "顾长河", None),
    "jihuashi": ("central_planner", "简宁", "materials"),
    "zhangwushi": ("central_accountant", "卓然", "materials"),
    "wuzi": ("materials_head", "方既白", "materials"),
    "yewu": ("division_manager", "冉启明", "south"),
    "yewuzg": ("division_supervisor", "佟雅", "south"),
    "jihua": ("division_planner", "麦冬", "south"),
    "zhangwu": ("division_accountant", "席慕", "south"),
    "yewub": ("division_manager", "燕北辰", "north"),
    "zhangwub": ("division_accountant", "管若素", "north"),
    "xianchang": ("site_representative", "屠岸", "YJ/site"),
    "baoguan": ("storekeeper", "车前", "YJ/site"),
    "xianchangw": ("site_representative", "冉望山", "WJ/site"),
    "baoguanw": ("storekeeper", "宗有余", "WJ/site"),
    "xianchangt": ("site_representative", "桂长亭", "TY/site"),
    "baoguant": ("storekeeper", "乐丰年", "TY/site"),
}
#: The posts that the other projects fill too, under the login plus a letter.
OTHER_PROJECTS = {"WJ": "w", "TY": "t"}
ALSO_THERE = (
    "jingli", "zhiban", "zhuguan", "guanli", "zhuli", "qiantai", "gczhuguan", "gczhuli", "weixiu", "weixiu2", "lingban"
)  # fmt: skip
PROJECTS = {"YJ": ("云锦里", "南片区"), "WJ": ("望江府", "南片区"), "TY": ("桐阴雅苑", "北片区")}
AREA_CODES = {"南片区": "NPQ", "北片区": "BPQ"}
PROJECT_DEPARTMENTS = ("service", "engineering", "security", "cleaning", "greening", "finance", "sales", "office")


@dataclass
class Company:
    """What was made, by the names that the rest of the demo uses."""

    root: OrgUnit
    orgs: dict[str, OrgUnit] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)


def _unit(session: Session, name: str, kind: str, parent: OrgUnit | None, **more: str) -> OrgUnit:
    unit = OrgUnit(name=name, kind=kind, parent_id=parent.id if parent else None, **more)
    session.add(unit)
    session.flush()
    unit.path = org_path(parent, unit.id)
    return unit


def make_tree(session: Session) -> Company:
    """The org units."""
    root = _unit(session, "万和物业服务有限公司", "company", None, code="WH")
    made = Company(root)
    for name in ("南片区", "北片区"):
        made.orgs[name] = _unit(session, name, "area", root, code=AREA_CODES[name])
    made.orgs["quality"] = _unit(session, DEPARTMENTS["quality"], "department", root, department="quality")
    for code, (name, area) in PROJECTS.items():
        project = _unit(session, name, "project", made.orgs[area], code=code, phone="0755-8203 8203")
        made.orgs[code] = project
        for key in PROJECT_DEPARTMENTS:
            made.orgs[f"{code}/{key}"] = _unit(session, DEPARTMENTS[key], "department", project, department=key)
    make_line(session, made)
    return made


def make_line(session: Session, made: Company) -> None:
    """The materials line: 业务管理部, two 业务部, a 现场 for each project with its two stores."""
    centre = made.orgs["materials"] = _unit(session, "业务管理部", "materials", made.root, code="YG")
    for key, name, code in (("south", "华南业务部", "NYW"), ("north", "华北业务部", "BYW")):
        made.orgs[key] = _unit(session, name, "division", centre, code=code)
    for code, (name, area) in PROJECTS.items():
        division = made.orgs["south" if area == "南片区" else "north"]
        site = _unit(session, f"{name}现场", "site", division, code=f"{code}X")
        site.serves_id = made.orgs[code].id
        made.orgs[f"{code}/site"] = site
    session.flush()
    for key in ("south", "north", *(f"{code}/site" for code in PROJECTS)):
        unit = made.orgs[key]
        for n, (quality, word) in enumerate((("sound", "完好品库"), ("damaged", "损坏品库")), 1):
            facts = {"name": f"{unit.name}{word}", "wh_no": f"{unit.code}{n}", "level": unit.kind, "quality": quality}
            session.add(Warehouse(org_id=unit.id, **facts))


def make_staff(session: Session, made: Company, namer: Namer, password_hash: str) -> None:
    """Everybody in CAST, their colleagues in the other projects, each appointed a year ago."""
    since = clock.today() - timedelta(days=400)
    for login, (post, name, where) in CAST.items():
        _person(session, made, login, name, post, made.orgs[where] if where else made.root, password_hash, since, namer)
    for code, letter in OTHER_PROJECTS.items():
        for login in ALSO_THERE:
            post = CAST[login][0]
            _person(session, made, login + letter, namer.name(), post, made.orgs[code], password_hash, since, namer)


def _person(
    session: Session,
    made: Company,
    login: str,
    name: str,
    post: str,
    org: OrgUnit,
    password_hash: str,
    since: date,
    namer: Namer,
) -> None:
    staff = Staff(
        name=name,
        initials="".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower(),
        org_id=org.id,
        login=login,
        password_hash=password_hash,
        must_change=False,
        demo=True,
        phone=namer.phone(),
        badge_no=f"WH{len(made.staff) + 1:04d}",
    )
    session.add(staff)
    session.flush()
    session.add(Appointment(staff_id=staff.id, post=post, org_id=org.id, starts_on=since))
    made.staff[login] = staff
