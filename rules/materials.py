"""存货 and 新增编码申请: who owns a code, what may be changed once it is used, how a thing without a code gets one."""

from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import exists, inspect, select
from sqlalchemy.orm import Session

from models import Attachment, Material, NewCodeRequest, OrgUnit, StockEntry
from rules.advance import check
from rules.errors import Invalid, RuleError
from rules.permissions import require
from rules.person import Person

Details = dict[str, Any]
PHOTOS = ("远景", "近景", "规格型号")


def coding_unit(session: Session) -> OrgUnit:
    """业务管理部, which gives the codes of the whole company. Raises RuleError where there is none."""
    found = session.scalars(
        select(OrgUnit).where(OrgUnit.kind == "materials", OrgUnit.active).order_by(OrgUnit.id)
    ).first()
    if found is None:
        raise RuleError("还没有建立业务管理部，请先在组织里建立")
    return found


def create_material(session: Session, by: Person, **values: Any) -> Material:
    """A new code. Raises NotAllowed, or RuleError at the field that is wrong."""
    material = Material(**{**values, "org_id": coding_unit(session).id})
    require(by, "material.write", material, "新增存货")
    return add_material(session, material)


def add_material(session: Session, material: Material) -> Material:
    """Put a code on file on whose behalf somebody else was asked already (an import, a request for a code)."""
    with session.no_autoflush:
        _sound(session, material)
    session.add(material)
    session.flush()
    return material


def edit_material(session: Session, material: Material, by: Person, **values: Any) -> None:
    """Correct a code's facts; what the ledger was written in stays. Raises NotAllowed or RuleError."""
    require(by, "material.write", material, "修改存货")
    with session.no_autoflush:
        for name, value in values.items():
            setattr(material, name, value)
        _sound(session, material)
        _refuse_changed_measure(session, material)
    session.flush()


def _sound(session: Session, material: Material) -> None:
    labels = material.labels()
    wrong = {n: f"请填写{labels[n]}" for n in ("code", "name", "measure") if not (getattr(material, n) or "").strip()}
    if wrong:
        raise Invalid(wrong, rule="INV-06")
    material.code = material.code.strip().upper()
    material.initials = initials_of(material.name)
    same = select(Material.id).where(Material.code == material.code)
    if any(found != material.id for found in session.scalars(same)):
        raise RuleError(f"存货编码 {material.code} 已经有了，请核对", field="code")


def initials_of(name: str) -> str:
    """`fxq` of 防锈漆: what a clerk may type instead of the name."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:64]


def _refuse_changed_measure(session: Session, material: Material) -> None:
    was = inspect(material).attrs.measure.history.deleted
    if was and session.scalar(select(exists().where(StockEntry.material_id == material.id))):
        raise RuleError(f"{material} 已有出入库记录，计量单位不能从“{was[0]}”改动", field="measure")


# ---- 新增编码申请 ------------------------------------------------------------------------------------------------


@check(NewCodeRequest, "submit")
def _has_its_three_photos(session: Session, request: NewCodeRequest, by: Person, details: Details) -> None:
    """远景, 近景, 规格型号: without the three nobody at 业务管理部 can tell what it is (INV-27)."""
    there = set(
        session.scalars(
            select(Attachment.purpose).where(Attachment.noun == "new_code_request", Attachment.row_id == request.id)
        )
    )
    if missing := [word for word in PHOTOS if word not in there]:
        raise RuleError(f"请拍照并上传：{'、'.join(missing)}", field=FIELD_OF[missing[0]], rule="INV-27")


FIELD_OF = dict(zip(PHOTOS, ("photo_far", "photo_near", "photo_spec"), strict=True))


@check(NewCodeRequest, "assign_code")
def _gets_its_code(session: Session, request: NewCodeRequest, by: Person, details: Details) -> None:
    """业务管理部 adds the 物资编号; the photographs go along."""
    pictures = {
        a.purpose: a.id
        for a in session.scalars(
            select(Attachment).where(Attachment.noun == "new_code_request", Attachment.row_id == request.id)
        )
    }
    facts = {n: getattr(request, n) for n in ["name", "spec", "model", "measure", "kind", "repair_class"]}
    material = Material(
        **facts,
        org_id=coding_unit(session).id,
        code=str(details.get("code") or ""),
        photo_far_id=pictures.get("远景"),
        photo_near_id=pictures.get("近景"),
    )
    request.material_id = add_material(session, material).id
