"""Org units (组织), staff (员工), their appointments (任职), leave (请假) and log-ins (登录)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models import clock
from models.base import Base, Record, field, line, short
from models.posts import DEPARTMENTS, POSTS

ORG_KINDS = {
    "company": "公司总部",
    "region": "区域公司",
    "area": "片区",
    "project": "项目",
    "department": "部门",
    "materials": "业务管理部",
    "division": "业务部",
    "site": "现场",
}


class OrgUnit(Record):
    """A unit of the tree 公司总部 → 区域公司/片区 → 项目(管理处) → 部门, and → 业务管理部 → 业务部 → 现场."""

    __tablename__ = "org_unit"
    __label__ = "组织"
    __table_args__ = (CheckConstraint("kind <> 'project' OR code IS NOT NULL", name="project_has_code"),)

    name: Mapped[short] = field("名称")
    kind: Mapped[str] = field("层级", String(16), choices=ORG_KINDS)
    parent_id: Mapped[int | None] = field("上级", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    code: Mapped[str | None] = field("代码", String(8), unique=True, note="项目代码用于单号，如 YJ")
    department: Mapped[str | None] = field("部门", String(16), choices=DEPARTMENTS)
    serves_id: Mapped[int | None] = field("服务项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    path: Mapped[str] = field("路径", String(255), index=True, default="/", internal=True)
    address: Mapped[line | None] = field("地址")
    phone: Mapped[str | None] = field("电话", String(32), note="本单位的服务电话，印在表头")
    active: Mapped[bool] = field("启用", default=True)

    parent: Mapped["OrgUnit | None"] = relationship(foreign_keys=[parent_id], remote_side="OrgUnit.id")

    def __str__(self) -> str:
        return self.name


class Staff(Record):
    """A member of staff (员工) and their log-in name."""

    __tablename__ = "staff"
    __label__ = "员工"

    name: Mapped[short] = field("姓名", index=True)
    initials: Mapped[str] = field("拼音首字母", String(32), default="", index=True, internal=True)
    org_id: Mapped[int] = field("所属组织", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    badge_no: Mapped[str | None] = field("工作牌", String(32))
    phone: Mapped[str | None] = field("电话", String(32), secret="phone")
    login: Mapped[str | None] = field("登录名", String(64), unique=True)
    password_hash: Mapped[str | None] = field("密码", String(255), internal=True)
    must_change: Mapped[bool] = field("首次登录须改密码", default=True)
    pin_hash: Mapped[str | None] = field("签字 PIN", String(255), internal=True)
    active: Mapped[bool] = field("在岗", default=True)
    demo: Mapped[bool] = field("演示账号", default=False, internal=True)

    org: Mapped[OrgUnit] = relationship(foreign_keys=[org_id])
    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="staff", foreign_keys="Appointment.staff_id"
    )

    def __str__(self) -> str:
        return self.name


class Appointment(Record):
    """A person holds a post in a unit from a day on (任职); by delegation it names whose post it is."""

    __tablename__ = "appointment"
    __label__ = "任职"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="in_order"),
        CheckConstraint("delegated_by_id IS NULL OR ends_on IS NOT NULL", name="delegation_ends"),
    )

    staff_id: Mapped[int] = field("员工", ForeignKey("staff.id"), index=True, picker="staff")
    post: Mapped[str] = field("岗位", String(32), index=True, choices={k: p.label for k, p in POSTS.items()})
    org_id: Mapped[int] = field("任职单位", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    starts_on: Mapped[date] = field("开始日期", default=lambda: clock.today())
    ends_on: Mapped[date | None] = field("结束日期")
    delegated_by_id: Mapped[int | None] = field("委托人", ForeignKey("staff.id"), index=True, picker="staff")
    approvals: Mapped[bool] = field("含审批权", default=True, note="委托时：是否连同审批一并委托")

    staff: Mapped[Staff] = relationship(back_populates="appointments", foreign_keys=[staff_id])
    org: Mapped[OrgUnit] = relationship(foreign_keys=[org_id])
    delegated_by: Mapped[Staff | None] = relationship(foreign_keys=[delegated_by_id])

    def __str__(self) -> str:
        return f"{POSTS[self.post].label}"


class PostName(Record):
    """What a unit calls a post (岗位名称); rules go by the post's key and never see the name."""

    __tablename__ = "post_name"
    __label__ = "岗位名称"
    __table_args__ = (UniqueConstraint("org_id", "post"),)

    org_id: Mapped[int] = field("单位", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    post: Mapped[str] = field("岗位", String(32), index=True, choices={k: p.label for k, p in POSTS.items()})
    label: Mapped[short] = field("本单位的叫法")

    def __str__(self) -> str:
        return self.label


class Leave(Record):
    """A person is away from a day to a day (请假); who stands in is an appointment by delegation."""

    __tablename__ = "leave"
    __label__ = "请假"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="in_order"),)

    staff_id: Mapped[int] = field("员工", ForeignKey("staff.id"), index=True, picker="staff")
    org_id: Mapped[int] = field("所属组织", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    starts_on: Mapped[date] = field("开始日期")
    ends_on: Mapped[date] = field("结束日期")
    reason: Mapped[line] = field("事由")

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


class LoginSession(Base):
    """One log-in: the cookie holds only its token; deleting or revoking the row ends it everywhere."""

    __tablename__ = "login_session"
    id: Mapped[int] = field("序号", primary_key=True)
    token_hash: Mapped[str] = field("令牌摘要", String(64), unique=True)
    staff_id: Mapped[int] = field("员工", ForeignKey("staff.id"), index=True)
    project_id: Mapped[int | None] = field("当前项目", ForeignKey("org_unit.id"), index=True)
    created_at: Mapped[datetime] = field("登录时间", default=lambda: clock.now())
    last_seen_at: Mapped[datetime] = field("最近使用", default=lambda: clock.now())
    expires_at: Mapped[datetime] = field("到期时间")
    revoked_at: Mapped[datetime | None] = field("注销时间")
    address: Mapped[str] = field("来源地址", String(64), default="")
    agent: Mapped[str] = field("浏览器", String(255), default="")


class LoginThrottle(Base):
    """Failures per account and per address; the delay grows, nobody can lock another out for good."""

    __tablename__ = "login_throttle"
    __table_args__ = (UniqueConstraint("kind", "subject"),)
    id: Mapped[int] = field("序号", primary_key=True)
    kind: Mapped[str] = field("种类", String(16))
    subject: Mapped[str] = field("对象", String(128))
    failures: Mapped[int] = field("失败次数", default=0)
    last_at: Mapped[datetime] = field("最近失败", default=lambda: clock.now())
    open_at: Mapped[datetime | None] = field("可再试时间")


Index("ix_appointment_current", Appointment.post, Appointment.org_id, Appointment.ends_on)


def org_path(parent: OrgUnit | None, own_id: int) -> str:
    """`/1/4/9/`: a unit's place in the tree; everything below a unit starts with its path."""
    return f"{parent.path if parent else '/'}{own_id}/"
