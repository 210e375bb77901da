"""Org units (组织): one tree, whose paths everything a person may see is read from; and what units call their posts."""

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import DEPARTMENTS, POSTS, Appointment, OrgUnit, PostName, SeriesCounter, Staff, clock
from models.people import ORG_KINDS, org_path
from rules.errors import RuleError
from rules.permissions import require
from rules.person import Person, ancestors

#: kind -> the kinds a unit of it may stand under (decision 2).
UNDER: dict[str, tuple[str, ...]] = {
    "company": (),
    "region": ("company",),
    "area": ("company", "region"),
    "project": ("company", "region", "area"),
    "department": ("company", "region", "area", "project"),
    "materials": ("company",),
    "division": ("materials",),
    "site": ("division",),
}
CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def create_unit(
    session: Session, by: Person, *, name: str, kind: str, parent: OrgUnit | None, code: str | None = None, **more: Any
) -> OrgUnit:
    """A new unit under `parent`; `more` are department, serves_id, address, phone. Raises NotAllowed or RuleError."""
    unit = OrgUnit(name=" ".join(name.split()), kind=kind, code=code, path="/", **more)
    require(by, "org_unit.write", parent, "新增组织")
    _fit(session, unit, parent)
    unit.parent_id = parent.id if parent else None
    session.add(unit)
    session.flush()
    unit.path = org_path(parent, unit.id)
    session.flush()
    return unit


def edit_unit(session: Session, unit: OrgUnit, by: Person, **values: Any) -> None:
    """Rename, or change code, department, served project, address, telephone. Raises NotAllowed or RuleError."""
    require(by, "org_unit.write", unit, "修改组织")
    unknown = values.keys() - {"name", "code", "department", "serves_id", "address", "phone"}
    assert not unknown, f"not edited here: {sorted(unknown)}"
    if "code" in values and values["code"] != unit.code and _is_numbered(session, unit.code):
        raise RuleError(f"代码 {unit.code} 已用于单号，不能再改", field="code")
    for key, value in values.items():
        setattr(unit, key, value)
    unit.name = " ".join(unit.name.split())
    _fit(session, unit, unit.parent)


def move_unit(session: Session, unit: OrgUnit, by: Person, parent: OrgUnit) -> None:
    """Put a unit with everything below it under another one; the paths of all of them follow.

    Raises NotAllowed, or RuleError where the tree would become a circle or the kinds do not fit.
    """
    _lock_tree(session)
    session.refresh(unit)
    session.refresh(parent)
    require(by, "org_unit.write", unit, "移动组织")
    require(by, "org_unit.write", parent, "移动组织")
    if parent.path.startswith(unit.path):
        raise RuleError(f"{parent.name}在{unit.name}之下，不能成为它的上级", field="parent_id")
    _fit(session, unit, parent)
    below = session.scalars(select(OrgUnit).where(OrgUnit.path.startswith(unit.path, autoescape=True))).all()
    was, unit.parent_id = unit.path, parent.id
    new = org_path(parent, unit.id)
    for one in below:
        one.path = new + one.path[len(was) :]
    session.flush()


def close_unit(session: Session, unit: OrgUnit, by: Person) -> None:
    """Take a unit out of use; refused while people or units in use belong to it."""
    require(by, "org_unit.write", unit, "停用组织")
    if session.scalars(select(OrgUnit.id).where(OrgUnit.parent_id == unit.id, OrgUnit.active).limit(1)).first():
        raise RuleError(f"{unit.name}下面还有启用的单位，请先停用或移走")
    if session.scalars(select(Staff.id).where(Staff.org_id == unit.id, Staff.active).limit(1)).first():
        raise RuleError(f"{unit.name}还有在岗员工，请先调走")
    today = clock.today()
    holding = select(Appointment.id).where(
        Appointment.org_id == unit.id, or_(Appointment.ends_on.is_(None), Appointment.ends_on >= today)
    )
    if session.scalars(holding.limit(1)).first():
        raise RuleError(f"{unit.name}还有未结束的任职，请先终止")
    unit.active = False


def _fit(session: Session, unit: OrgUnit, parent: OrgUnit | None) -> None:
    """What must be true of a unit where it stands."""
    if not unit.name:
        raise RuleError("请填写名称", field="name")
    if unit.kind not in ORG_KINDS:
        raise RuleError("没有这种层级", field="kind")
    _fit_place(session, unit, parent)
    _fit_code(session, unit)
    if unit.kind == "department" and unit.department not in DEPARTMENTS:
        raise RuleError("请选择是哪个部门", field="department")
    if unit.serves_id is not None:
        served = session.get(OrgUnit, unit.serves_id)
        if served is None or served.kind != "project":
            raise RuleError("服务项目须是一个项目", field="serves_id")


def _fit_place(session: Session, unit: OrgUnit, parent: OrgUnit | None) -> None:
    allowed = UNDER[unit.kind]
    if parent is None:
        others = select(func.count()).select_from(OrgUnit).where(OrgUnit.parent_id.is_(None), OrgUnit.id != unit.id)
        if allowed or session.scalar(others if unit.id else select(func.count()).select_from(OrgUnit)):
            raise RuleError("请选择上级", field="parent_id")
        return
    if parent.kind not in allowed:
        words = "、".join(ORG_KINDS[k] for k in allowed) or "无"
        raise RuleError(
            f"{ORG_KINDS[unit.kind]}不能设在{ORG_KINDS[parent.kind]}之下（可设在：{words}）", field="parent_id"
        )
    if not parent.active:
        raise RuleError(f"{parent.name}已停用，不能作为上级", field="parent_id")


def _fit_code(session: Session, unit: OrgUnit) -> None:
    if unit.code:
        unit.code = unit.code.strip().upper()
    if not unit.code:
        unit.code = None
        if unit.kind == "project":
            raise RuleError("项目须有代码，用于单号，如 YJ", field="code")
        return
    if not 2 <= len(unit.code) <= 8 or not set(unit.code) <= CODE:
        raise RuleError("代码用 2 到 8 个大写字母或数字", field="code")
    with session.no_autoflush:
        taken = session.scalars(select(OrgUnit).where(OrgUnit.code == unit.code)).first()
    if taken is not None and taken is not unit:
        raise RuleError(f"代码 {unit.code} 已由{taken.name}使用", field="code")


def _is_numbered(session: Session, code: str | None) -> bool:
    if not code:
        return False
    used = select(SeriesCounter.key).where(SeriesCounter.key.contains(f"-{code}-", autoescape=True))
    return session.scalars(used.limit(1)).first() is not None


def _lock_tree(session: Session) -> None:
    """Two moves at once could close a circle that neither of them sees: one waits for the other."""
    session.execute(select(OrgUnit.id).where(OrgUnit.parent_id.is_(None)).with_for_update()).all()


# --- what units call their posts (BASE-08) -----------------------------------------------------------------------


def post_label(session: Session, post: str, org_id: int) -> str:
    """The post's name as the unit says it: the nearest unit's own name, else that of the table."""
    own = {row.org_id: row.label for row in session.scalars(select(PostName).where(PostName.post == post))}
    line = ancestors(session, org_id) if own else []
    return next((own[unit] for unit in line if unit in own), POSTS[post].label)


def posts_held(session: Session, person: Person) -> str:
    """The posts a person holds, each as its unit says it: 「前台管家、楼长」."""
    return "、".join(dict.fromkeys(post_label(session, h.post, h.org_id) for h in person.holdings))


def name_post(session: Session, by: Person, post: str, org_id: int, label: str) -> PostName | None:
    """Call a post something else in a unit and below; an empty name takes that back. Rules stay as they are."""
    found = session.scalars(select(PostName).where(PostName.post == post, PostName.org_id == org_id)).one_or_none()
    wanted = " ".join(label.split())
    row = found or PostName(org_id=org_id, post=post, label=wanted)
    require(by, "post_name.write", row, "修改岗位名称")
    if post not in POSTS:
        raise RuleError("没有这个岗位", field="post")
    if not wanted:
        if found is not None:
            session.delete(found)
        return None
    row.label = wanted
    session.add(row)
    session.flush()
    return row
