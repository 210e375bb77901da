"""The estate: buildings (楼), units (房屋), residents (住户), who lives where (入住关系)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as db_text
from sqlalchemy.orm import Mapped, relationship

from models.base import Encrypted, Quantity, Record, field, line, short, text

UNIT_KINDS = {"flat": "房屋", "parking": "车位", "store": "仓库", "advert": "广告位", "ground": "场地"}
RESIDENT_KINDS = {"person": "个人", "company": "单位"}
RELATIONS = {
    "owner": "业主",
    "family": "家属",
    "tenant": "租户",
    "agent": "代理人",
    "nanny": "保姆",
    "hourly": "小时工",
    "user": "使用人",
}
#: Adults of the household may sign a slip in a home; the others of the list may not (WO-19).
HOUSEHOLD_RELATIONS = ("owner", "family", "tenant", "agent", "user")
#: Which residents may not share an identity number within a project: those that count.
ONE_PER_NUMBER = "merged_into_id IS NULL AND id_no_print IS NOT NULL"


class Building(Record):
    """A building (楼) of a project."""

    __tablename__ = "building"
    __label__ = "楼栋"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    name: Mapped[str] = field("楼", String(16), note="只写楼号，如 3")
    cluster: Mapped[short | None] = field("组团")
    floors: Mapped[str | None] = field("层", String(16))
    engineer_id: Mapped[int | None] = field("责任区责任人", ForeignKey("staff.id"), index=True, picker="staff")
    steward_id: Mapped[int | None] = field("片区管家", ForeignKey("staff.id"), index=True, picker="staff")

    def __str__(self) -> str:
        return f"{self.name}栋"


class Unit(Record):
    """A unit (房屋, 车位 …); `code` is what people say: 3-2-1203."""

    __tablename__ = "unit"
    __label__ = "房屋"
    searched = ("code", "ownership", "remark")
    __table_args__ = (
        UniqueConstraint("building_id", "entrance", "room_no"),
        UniqueConstraint("org_id", "code"),
        CheckConstraint("area IS NULL OR area > 0", name="area_positive"),
    )

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    building_id: Mapped[int] = field("楼栋", ForeignKey("building.id"), index=True, picker="building")
    entrance: Mapped[str] = field("单元", String(16), default="")
    room_no: Mapped[str] = field("室号", String(16), index=True)
    code: Mapped[str] = field("房号", String(48), index=True)
    kind: Mapped[str] = field("类型", String(16), default="flat", choices=UNIT_KINDS)
    area: Mapped[Decimal | None] = field("建筑面积", Quantity())
    ownership: Mapped[line | None] = field("产权归属")
    structure: Mapped[short | None] = field("房屋结构")
    sold: Mapped[bool] = field("已售出", default=True)
    renovating: Mapped[bool] = field("装修中", default=False)
    in_custody: Mapped[bool] = field("托管", default=False)
    long_vacant: Mapped[bool] = field("长期空房户", default=False)
    remark: Mapped[text | None] = field("备注")

    building: Mapped[Building] = relationship(foreign_keys=[building_id])
    occupancies: Mapped[list["Occupancy"]] = relationship(back_populates="unit", foreign_keys="Occupancy.unit_id")

    def __str__(self) -> str:
        return self.code


class Resident(Record):
    """A resident (业户/住户/客户), a person or a firm; belongs to one project."""

    __tablename__ = "resident"
    __label__ = "住户"
    searched = ("name", "salutation", "remark")
    __table_args__ = (
        Index("ix_resident_org_id_name_id", "org_id", "name", "id"),  # the list, without a look at the rows
        Index("ix_resident_org_id_id_no_print", "org_id", "id_no_print"),  # those merged away are found by it too
        Index(
            "uq_resident_org_id_id_no_print",
            "org_id",
            "id_no_print",
            unique=True,
            sqlite_where=db_text(ONE_PER_NUMBER),
            postgresql_where=db_text(ONE_PER_NUMBER),
        ),
    )

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    name: Mapped[short] = field("姓名", index=True)
    initials: Mapped[str] = field("拼音首字母", String(64), default="", index=True, internal=True)
    kind: Mapped[str] = field("客户性质", String(16), default="person", choices=RESIDENT_KINDS)
    gender: Mapped[str | None] = field("性别", String(8), choices={"male": "男", "female": "女"})
    salutation: Mapped[str | None] = field("称呼", String(16))
    id_no: Mapped[str | None] = field("身份证号码", Encrypted(), secret="id_no")
    id_no_print: Mapped[str | None] = field("身份证索引", String(64), internal=True)
    employer: Mapped[str | None] = field("工作单位", Encrypted(), secret="employer")
    important: Mapped[bool] = field("重要客户", default=False)
    vip_reason: Mapped[line | None] = field("重要客户说明")
    contact_wish: Mapped[short | None] = field("联系时段")
    household_size: Mapped[int | None] = field("家庭人口")
    remark: Mapped[text | None] = field("备注")
    merged_into_id: Mapped[int | None] = field("已并入", ForeignKey("resident.id"), index=True, picker="resident")

    phones: Mapped[list["ResidentPhone"]] = relationship(
        back_populates="resident", foreign_keys="ResidentPhone.resident_id", order_by="ResidentPhone.position"
    )
    occupancies: Mapped[list["Occupancy"]] = relationship(
        back_populates="resident", foreign_keys="Occupancy.resident_id"
    )

    def __str__(self) -> str:
        return self.name


class ResidentPhone(Record):
    """One phone number of a resident; digits only, `tail` reversed so that a tail is a prefix search."""

    __tablename__ = "resident_phone"
    __label__ = "联系电话"
    __table_args__ = (UniqueConstraint("resident_id", "number"),)

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    resident_id: Mapped[int] = field("住户", ForeignKey("resident.id"), index=True, picker="resident")
    number: Mapped[str] = field("电话", String(32), secret="phone", index=True)
    reversed: Mapped[str] = field("倒序号码", String(32), index=True, internal=True, secret="phone")
    position: Mapped[int] = field("次序", default=1)
    note: Mapped[short | None] = field("说明")

    resident: Mapped[Resident] = relationship(back_populates="phones", foreign_keys=[resident_id])


class Occupancy(Record):
    """A resident's tie to a unit (入住关系) from a day to a day."""

    __tablename__ = "occupancy"
    __label__ = "入住关系"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="in_order"),)

    org_id: Mapped[int] = field("项目", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    unit_id: Mapped[int] = field("房号", ForeignKey("unit.id"), index=True, picker="unit")
    resident_id: Mapped[int] = field("住户", ForeignKey("resident.id"), index=True, picker="resident")
    relation: Mapped[str] = field("关系", String(16), choices=RELATIONS)
    move_in_on: Mapped[date | None] = field("入住时间")
    starts_on: Mapped[date | None] = field("起始日期")
    ends_on: Mapped[date | None] = field("结束日期")
    lives_here: Mapped[bool] = field("常居人口", default=True)
    is_contact: Mapped[bool] = field("联系人", default=False)

    unit: Mapped[Unit] = relationship(back_populates="occupancies", foreign_keys=[unit_id])
    resident: Mapped[Resident] = relationship(back_populates="occupancies", foreign_keys=[resident_id])
