"""What the 住户登记表 and the ledger of residents say; personal values stay masked on both."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Occupancy, Resident, Unit
from models.masks import masked
from printouts.filling import Facts, fills, lists
from printouts.filling.words import word
from rules.permissions import require
from rules.person import Person
from rules.residents import is_current


def _current(unit: Unit) -> list[Occupancy]:
    return [o for o in unit.occupancies if is_current(o)]


def _phones(resident: Resident) -> str:
    return " / ".join(masked("phone", p.number) for p in resident.phones)


@fills("F-29", Unit)
def home(session: Session, viewer: Person, it: Unit) -> Facts:
    """One sheet per home (001-1); raises NotAllowed for whom residents are closed."""
    del session
    require(viewer, "resident.read", it, "打印住户登记表")
    living = _current(it)
    owner = next((o.resident for o in living if o.relation == "owner"), None)
    tenant = next((o.resident for o in living if o.relation == "tenant"), None)
    others = [o for o in living if o.resident not in (owner, tenant)]
    moved_in = next((o.move_in_on for o in living if o.move_in_on), None)
    facts: Facts = {
        "number": "",
        "unit": f"{it.building.name}栋{it.entrance + '单元' if it.entrance else ''}{it.room_no}（{it.code}）",
        "area": f"{it.area.normalize():f} ㎡" if it.area else "",
        "structure": it.structure or "",
        "moved_in_on": moved_in.isoformat() if moved_in else "",
        "use": "空置" if it.long_vacant else "出租" if tenant else "自住" if owner else "",
        "family": [
            {
                "name": o.resident.name,
                "relation": word(o, "relation", viewer),
                "gender": word(o.resident, "gender", viewer),
                "born": "",
                "phone": _phones(o.resident),
                "note": "",
            }
            for o in others
        ],
    }
    if owner:
        facts |= _owner(owner, viewer)
    if tenant:
        facts |= {
            "tenant": tenant.name,
            "tenant_phone": _phones(tenant),
            "tenant_id_no": word(tenant, "id_no", viewer),
            "tenant_employer": word(tenant, "employer", viewer),
        }
    return facts


def _owner(owner: Resident, viewer: Person) -> Facts:
    return {
        "name": owner.name,
        "gender": word(owner, "gender", viewer),
        "phone": _phones(owner),
        "id_kind": "居民身份证" if owner.kind == "person" and owner.id_no else "",
        "id_no": word(owner, "id_no", viewer),
        "employer": word(owner, "employer", viewer),
        "contact_wish": owner.contact_wish or "",
    }


@lists("F-29", Resident)
def ledger(session: Session, viewer: Person, residents: Sequence[Resident]) -> list[Mapping[str, str]]:
    """The 住户台账, a line per person and home of today; whoever has none any more stands there without."""
    ids = [r.id for r in residents]
    rows = session.scalars(
        select(Occupancy)
        .where(Occupancy.resident_id.in_(ids))
        .options(joinedload(Occupancy.unit), joinedload(Occupancy.resident).selectinload(Resident.phones))
    )
    homes: dict[int, list[Occupancy | None]] = {}
    for occupancy in (tie for tie in rows if is_current(tie)):
        homes.setdefault(occupancy.resident_id, []).append(occupancy)
    return [_line(r, o, viewer) for r in residents for o in homes.get(r.id, [None])]


def _line(resident: Resident, tie: Occupancy | None, viewer: Person) -> Mapping[str, str]:
    unit = tie.unit if tie else None
    return {
        "unit": unit.code if unit else "",
        "name": resident.name,
        "relation": word(tie, "relation", viewer) if tie else "",
        "gender": word(resident, "gender", viewer),
        "id_no": word(resident, "id_no", viewer),
        "phone": _phones(resident),
        "area": f"{unit.area.normalize():f}" if unit and unit.area else "",
        "moved_in_on": tie.move_in_on.isoformat() if tie and tie.move_in_on else "",
        "lives_here": "是" if tie and tie.lives_here else "",
        "importance": "重要客户" if resident.important else "",
        "remark": resident.remark or "",
    }
