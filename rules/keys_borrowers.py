"""Who may borrow what on which papers (KEY-19…24, KEY-38, KEY-41): one table, read top to bottom with the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import KeyItem, KeyLoan, Staff
from models.keys import CATEGORIES
from models.keys_loans import BORROWER_KINDS, CREDENTIALS
from rules.errors import RuleError
from rules.keys_owners import owner_names
from rules.person import person_of
from rules.policies import policy

Details = dict[str, Any]

#: Category → the kinds of borrower who may have its keys at all. Contractors borrow, they never pick up (decision 32).
MAY_BORROW: Mapping[str, tuple[str, ...]] = {
    "entrusted": ("owner", "nanny", "family", "agent", "staff", "department"),
    "vacant": ("staff", "department", "contractor"),
    "repair": ("staff", "department", "contractor"),
    "special": ("staff", "department", "contractor"),
    "cabinet": (),
}
COLLEAGUES = ("staff", "department")


@dataclass(frozen=True, slots=True)
class Papers:
    """What a borrower shows: one of these, of which a copy (or the original) is kept, or just its number."""

    any_of: tuple[str, ...] = ()
    kept: bool = False
    numbered: bool = False
    rule: str = "KEY-20"

    @property
    def words(self) -> str:
        """「身份证或业户委托书」."""
        return "或".join(CREDENTIALS[name] for name in self.any_of)


NONE = Papers()
MANDATE = Papers(("mandate",), kept=True, rule="KEY-19")
#: 004-8§4.1(5): a nanny or hourly helper shows the 出入证, whose number is written down; the family and agents show
#: 身份证 or 委托书, of which the copy or the original stays; a contractor brings the developer's proof (§4.3(4)).
MATRIX: Mapping[str, Papers] = {
    "owner": NONE,
    "nanny": Papers(("pass",), numbered=True),
    "family": Papers(("id_card", "mandate"), kept=True),
    "agent": Papers(("id_card", "mandate"), kept=True),
    "staff": NONE,
    "department": NONE,
    "contractor": Papers(("proof",), kept=True, rule="KEY-38"),
}


def papers_for(session: Session, key: KeyItem, kind: str) -> Papers:
    """What this kind of borrower must bring for this key, as the project chose between 002 and 004-8 (C-21)."""
    if key.category != "entrusted" or kind in ("owner", *COLLEAGUES):
        return MATRIX[kind]
    choice = policy(session, "key.credential", key.org_id)
    if choice == "002" or (choice == "strict" and kind != "nanny"):
        return MANDATE
    return MATRIX[kind]


def refuse_wrong_borrower(session: Session, loan: KeyLoan, key: KeyItem) -> None:
    """Whether this kind may borrow from this category, and who it is; raises RuleError at the field."""
    allowed = MAY_BORROW[key.category]
    if not allowed:
        raise RuleError("钥匙柜钥匙由专人保管，不外借", field="key_id", rule="KEY-02")
    if loan.borrower_kind not in allowed:
        said = "、".join(BORROWER_KINDS[kind] for kind in allowed)
        rule = "KEY-38" if key.category == "repair" else "KEY-15"
        raise RuleError(f"{CATEGORIES[key.category]}只能借给{said}", field="borrower_kind", rule=rule)
    if loan.borrower_kind in COLLEAGUES:
        _refuse_stranger(session, loan)
    elif not (loan.borrower or "").strip():
        raise RuleError("请填写领取人姓名", field="borrower", rule="KEY-16")
    elif loan.borrower_id is not None:
        raise RuleError("不是本公司员工的，请把“领取员工”清空", field="borrower_id", rule="KEY-16")
    if loan.borrower_kind == "owner" and (loan.borrower or "").strip() not in owner_names(session, key.unit_id):
        raise RuleError("领取人不是这套房屋登记的业主，请改选借用人类别", field="borrower", rule="KEY-20")
    if loan.borrower_kind == "contractor" and not (loan.borrower_unit or "").strip():
        raise RuleError("请填写施工返修单位", field="borrower_unit", rule="KEY-38")


def _refuse_stranger(session: Session, loan: KeyLoan) -> None:
    staff = session.get(Staff, loan.borrower_id) if loan.borrower_id else None
    if staff is None or not staff.active or loan.org_id not in person_of(session, staff).units:
        raise RuleError("请选择本项目在岗的领取员工", field="borrower_id", rule="KEY-16")


def refuse_without_papers(session: Session, loan: KeyLoan, key: KeyItem, details: Details) -> None:
    """KEY-19…21, KEY-38: the right credential, its copy kept or its number written; raises RuleError at the field."""
    needed = papers_for(session, key, loan.borrower_kind)
    if loan.borrower_kind not in COLLEAGUES and not details.get("identity_seen"):
        raise RuleError("请核对领取人身份，再勾选“已核对身份”", field="identity_seen", rule=needed.rule)
    if not needed.any_of:
        return
    if loan.credential not in needed.any_of:
        raise RuleError(
            f"{BORROWER_KINDS[loan.borrower_kind]}领取须凭{needed.words}", field="credential", rule=needed.rule
        )
    if needed.numbered and not (loan.credential_no or "").strip():
        raise RuleError("请登记出入证号", field="credential_no", rule="KEY-20")
    if needed.kept and "credential_file" not in (details.get("kept") or {}):
        raise RuleError(f"须保留{needed.words}（复印件或原件的照片），请上传", field="credential_file", rule="KEY-21")


def needs_consent(session: Session, loan: KeyLoan, key: KeyItem) -> bool:
    """KEY-22, C-20: whether the owner must have agreed by telephone before this key goes out."""
    if key.category != "entrusted" or loan.borrower_kind == "owner":
        return False
    return bool(policy(session, "key.consent", key.org_id) == "004-8")
