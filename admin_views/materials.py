"""存货 and 新增编码申请 on screen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms.materials  # noqa: F401  (what the moves of a request ask for)
from admin_views.deeds import Deed, Details
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from admin_views.lookups import Looker
from admin_views.page import Column, LinesTable, LinkCell, Row, Text
from admin_views.registers import RegisterView
from admin_views.request import acting
from admin_views.slips import GROUP, Values
from forms.materials import PHOTO
from models import Material, NewCodeRequest, Record, StockBalance
from rules import materials
from rules.ledger import plain
from rules.person import Person
from rules.scope import readable
from rules.slips import SITE_POSTS


def _photo(name: str) -> Any:
    def run(session: Session, material: Material, by: Person, details: Details) -> None:
        materials.edit_material(session, material, by, **{name: details.get("attachment_id")})

    return run


class MaterialView(RegisterView):
    """The codes of the whole company."""

    record = Material
    menu_group = GROUP
    place = 30
    asks_owner = False
    columns = (
        "code",
        "name",
        "spec",
        "model",
        "measure",
        "kind",
        "repair_class",
        "abc",
        "hazard",
        "reserve_quota",
        "-shelf_life_days",
        "-upkeep_days",
        "-maker",
        "-warranty_until",
        "on_spare_list",
        "active",
    )
    filters = ("code", "name", "kind", "repair_class", "abc", "hazard", "active", "-spec", "-model", "-on_spare_list")
    search = "code name initials spec model maker"
    default_sort = "code"
    presets = (
        Preset("备品备件清单", "on_spare_list=yes"),
        Preset("有危险特性", "&".join(f"hazard={h}" for h in Material.info("hazard")["choices"] if h != "none")),
    )
    new_label = "新增存货编码"
    sections = (
        ("存货", "code name spec model measure kind repair_class"),
        ("保管", "abc hazard shelf_life_days upkeep_days reserve_quota maker warranty_until on_spare_list active"),
    )
    facts = (*sections, ("照片", "photo_far_id photo_near_id"))
    deeds = (
        Deed("photo_far", "上传远景", _photo("photo_far_id"), PHOTO, may="write", quiet=True, icon="camera"),
        Deed("photo_near", "上传近景", _photo("photo_near_id"), PHOTO, may="write", quiet=True, icon="camera"),
    )

    def make(self, session: Session, values: Values, by: Person) -> Record:
        """Owned by 业务管理部, whoever types it."""
        return materials.create_material(session, by, **values)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """The same when corrected."""
        materials.edit_material(session, row, by, **values)

    def more_cards(self, row: Any, look: Looker) -> Sequence[LinesTable]:
        """What lies of it where."""
        found = look.session.scalars(
            select(StockBalance)
            .where(StockBalance.material_id == row.id, readable(look.person, StockBalance))
            .order_by(StockBalance.warehouse_id)
        )
        columns = (Column("store", "仓库"), Column("qty", "现存量", "l", number=True))
        rows = tuple(
            Row(
                str(one.id),
                f"/stock_entry/?warehouse_id={one.warehouse_id}&material_id={row.id}",
                str(one.warehouse),
                (
                    LinkCell(str(one.warehouse), f"/stock_entry/?warehouse_id={one.warehouse_id}&material_id={row.id}"),
                    Text(f"{plain(one.qty)} {row.measure}"),
                ),
            )
            for one in found
        )
        return (LinesTable("现存量", columns, rows, empty="没有库存"),)


class NewCodeRequestView(DocumentView):
    """Things without a code, on their way to one."""

    record = NewCodeRequest
    menu_group = GROUP
    place = 31
    columns = ("number", "name", "spec", "model", "measure", "kind", "state", "material_id", "made_by_id", "created_at")
    filters = ("state", "kind", "name", "made_by_id", "created_at")
    search = "number name spec model"
    presets = (Preset("待转发", "state=submitted", "wait"), Preset("待编码", "state=forwarded", "wait"))
    menu_query = "state=submitted&state=forwarded"
    new_label = "申请新增编码"
    note = "没有编码的物资：现场拍远景、近景、规格型号三张照片提交，业务部转业务管理部增加编号。"
    asks_owner = True
    sections = (("物资", "name spec model measure kind repair_class remark"),)
    facts = (("物资", "name spec model measure kind repair_class material_id remark made_by_id created_at"),)
    first_verbs = "submit forward assign_code"

    def _owned(self, values: Values, by: Person) -> Values:
        """The site of whoever asks, where they have just one."""
        homes = {h.org_id for h in by.holdings if h.post in SITE_POSTS}
        if values.get("org_id") is None and len(homes) == 1:
            values["org_id"] = homes.pop()
        return super()._owned(values, by)

    def plan(self, row: Record | None) -> list[tuple[str, str]]:
        """A site's own people need not say which site."""
        plan = super().plan(row)
        one_site = len({h.org_id for h in acting().holdings if h.post in SITE_POSTS}) == 1
        return [(t, n) for t, n in plan if n != "org_id"] if one_site else plan

    def headline(self, row: Any) -> str:
        """The thing."""
        return f"{row.name} {row.spec} {row.model}"
