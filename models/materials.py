"""存货 (Material): code and keeping rules; 新增编码申请 (NewCodeRequest): how a thing without a code gets one."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from models.base import Quantity, Record, field, line, short
from models.document import Document, Series
from models.lifecycle import Lifecycle, move
from models.paper import Attachment

MATERIAL_KINDS = {"tool": "工具", "spare": "备件", "consumable": "耗材", "gear": "仓储设备"}
REPAIR_CLASSES = {"class1": "ⅰ类物资", "class2": "ⅱ类物资"}
ABC = {"A": "A类", "B": "B类", "C": "C类"}
HAZARDS = {
    "none": "无",
    "flammable": "易燃",
    "explosive": "易爆",
    "corrosive": "易腐蚀",
    "precise": "精密",
    "fragile": "易碎",
    "heat": "怕热",
    "frost": "怕冻",
    "damp": "怕潮",
    "sun": "怕晒",
    "volatile": "易挥发",
}


class Material(Record):
    """A kind of thing kept in store (存货): one code for the whole company."""

    __tablename__ = "material"
    __label__ = "存货"
    __table_args__ = (
        CheckConstraint("shelf_life_days IS NULL OR shelf_life_days > 0", name="shelf_life"),
        CheckConstraint("upkeep_days IS NULL OR upkeep_days > 0", name="upkeep"),
        CheckConstraint("reserve_quota IS NULL OR reserve_quota >= 0", name="reserve"),
    )
    company_wide = True

    org_id: Mapped[int] = field("编码单位", ForeignKey("org_unit.id"), index=True, picker="org_unit")
    code: Mapped[str] = field("存货编码", String(40), unique=True)
    name: Mapped[short] = field("名称", index=True)
    initials: Mapped[str] = field("拼音首字母", String(64), default="", index=True, internal=True)
    spec: Mapped[str] = field("规格", String(64), default="")
    model: Mapped[str] = field("型号", String(64), default="")
    measure: Mapped[str] = field("单位", String(16))
    kind: Mapped[str] = field("类别", String(16), choices=MATERIAL_KINDS, index=True)
    repair_class: Mapped[str] = field("商修类别", String(8), choices=REPAIR_CLASSES)
    abc: Mapped[str | None] = field("abc分类", String(1), choices=ABC)
    hazard: Mapped[str] = field("危险特性", String(16), choices=HAZARDS, default="none")
    shelf_life_days: Mapped[int | None] = field("有效期限（天）", note="有保质期的物资必填；收货时记生产日期")
    upkeep_days: Mapped[int | None] = field("维护保养周期（天）")
    reserve_quota: Mapped[Decimal | None] = field("储备定额", Quantity())
    maker: Mapped[line | None] = field("产地或厂商")
    warranty_until: Mapped[date | None] = field("质保期")
    on_spare_list: Mapped[bool] = field("列入备品备件清单", default=False, note="清单内的备件属于现场备件更换范围")
    active: Mapped[bool] = field("启用", default=True)
    photo_far_id: Mapped[int | None] = field("远景", ForeignKey("attachment.id"), index=True, picker="attachment")
    photo_near_id: Mapped[int | None] = field("近景", ForeignKey("attachment.id"), index=True, picker="attachment")

    photo_far: Mapped[Attachment | None] = relationship(foreign_keys=[photo_far_id])
    photo_near: Mapped[Attachment | None] = relationship(foreign_keys=[photo_near_id])

    @property
    def type_words(self) -> str:
        """规格型号 in one column."""
        return " ".join(word for word in (self.spec, self.model) if word)

    def __str__(self) -> str:
        return f"{self.code} {self.name}{f' {self.type_words}' if self.type_words else ''}"


class NewCodeRequest(Document):
    """A thing that has no code yet (新增编码申请): photographed on site, passed on, given its code (004-1§2.2)."""

    __tablename__ = "new_code_request"
    __label__ = "新增编码申请"
    series = Series("BM")
    lifecycle = Lifecycle(
        {
            "draft": "草稿",
            "submitted": "现场已提交",
            "forwarded": "业务部已转发",
            "coded": "已增加编号",
            "void": "已作废",
        },
        [
            move("submit", "draft", "submitted", "提交", form="submit", rule="INV-27"),
            move("forward", "submitted", "forwarded", "转业务管理部", rule="INV-27"),
            move("assign_code", "forwarded", "coded", "增加物资编号", form="assign_code", rule="INV-27"),
            move("send_back", "submitted forwarded", "draft", "退回", reason=True, danger=True, rule="INV-27"),
            move("cancel", "draft", "void", "作废", reason=True, danger=True, rule="BASE-05"),
        ],
        frozen=("coded", "void"),
        tones={"submitted": "open", "forwarded": "wait", "coded": "done", "void": "void"},
        path=("draft", "submitted", "forwarded", "coded"),
    )

    name: Mapped[short] = field("名称")
    spec: Mapped[str] = field("规格", String(64))
    model: Mapped[str] = field("型号", String(64))
    measure: Mapped[str] = field("单位", String(16))
    kind: Mapped[str] = field("类别", String(16), choices=MATERIAL_KINDS)
    repair_class: Mapped[str] = field("商修类别", String(8), choices=REPAIR_CLASSES, default="class1")
    remark: Mapped[line | None] = field("备注")
    material_id: Mapped[int | None] = field("存货", ForeignKey("material.id"), index=True, picker="material")

    material: Mapped[Material | None] = relationship(foreign_keys=[material_id])
