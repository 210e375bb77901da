"""组织、员工、任职、请假 and what units call their posts, on screen; who may grant what is the rules' business."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from admin_views.base import found
from admin_views.columns import Col, Line, Look
from admin_views.deeds import Deed, Details
from admin_views.doing import tell_once
from admin_views.filters import ChoiceFilter
from admin_views.list_pages import Preset
from admin_views.lookups import page_of
from admin_views.page import Cell, Text
from admin_views.registers import RegisterView
from admin_views.request import acting, reading
from forms.fields import Words
from forms.people import DELEGATE, END, END_LEAVE, MOVE, STAND_IN
from models import Appointment, Leave, OrgUnit, PostName, Record, Staff, clock
from rules import administration, org_units, staffing
from rules.errors import RuleError
from rules.login import hash_secret
from rules.permissions import allows, require
from rules.person import Person
from rules.scope import find

Values = dict[str, Any]


def _changed(row: Any, values: Values) -> Values:
    """Only what is different: some values may be typed again by whoever may not change them."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _in_scope(session: Session, by: Person, model: Any, row_id: int | None, field: str) -> Any:
    row = find(session, by, model, row_id) if row_id else None
    if row_id and row is None:
        raise RuleError(f"没有这条{model.__label__}记录，或不在您的范围内", field=field)
    return row


# ---- 组织 ------------------------------------------------------------------------------------------------------


def _move(session: Session, unit: OrgUnit, by: Person, details: Details) -> None:
    parent = _in_scope(session, by, OrgUnit, details["parent_id"], "parent_id")
    org_units.move_unit(session, unit, by, parent)


def _close(session: Session, unit: OrgUnit, by: Person, details: Details) -> None:
    del details
    org_units.close_unit(session, unit, by)


class OrgUnitView(RegisterView):
    """The tree of units."""

    record = OrgUnit
    menu_group = "设置"
    place = 10
    columns = ("name", "kind", "parent_id", "code", "department", "serves_id", "phone", "-address", "active")
    filters = ("name", "kind", "parent_id", "department", "active")
    search = "name code"
    default_sort = "id"
    sections = (("组织", "name kind parent_id code department serves_id address phone"),)
    fixed = "kind parent_id"
    deeds = (
        Deed("move", "移到别处", _move, MOVE, may="write", quiet=True, said=lambda unit: f"{unit} 已移动"),
        Deed(
            "close",
            "停用",
            _close,
            may="write",
            when=lambda unit: unit.active,
            danger=True,
            confirm="停用后不能再在这里办理业务，以前的记录都保留。",
        ),
    )

    def make(self, session: Session, values: Values, by: Person) -> OrgUnit:
        """Under its parent."""
        parent = _in_scope(session, by, OrgUnit, values.pop("parent_id", None), "parent_id")
        return org_units.create_unit(session, by, parent=parent, **values)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """Name, code and the like; its place in the tree is moved by a deed of its own."""
        org_units.edit_unit(session, row, by, **_changed(row, values))


# ---- 员工 ------------------------------------------------------------------------------------------------------


def _with_password(_details: Values) -> Mapping[str, Any]:
    """A first password, hashed outside the transaction, told once to who made it."""
    g.first_password = staffing.first_password()
    g.first_hash = hash_secret(g.first_password)
    return {"password_hash": g.first_hash}


def _tell_password(staff: Any) -> str:
    return f"{staff.name} 的初始密码是 {g.first_password}，只显示这一次，首次登录须修改"


def _disable(session: Session, staff: Staff, by: Person, details: Details) -> None:
    del details
    staffing.disable_staff(session, staff, by)


def _enable(session: Session, staff: Staff, by: Person, details: Details) -> None:
    staffing.enable_staff(session, staff, by, details["password_hash"])


def _reset(session: Session, staff: Staff, by: Person, details: Details) -> None:
    staffing.reset_password(session, staff, by, details["password_hash"])


def _account_filter() -> ChoiceFilter:
    wheres = {
        "none": lambda _sources, _asking: administration.without_account(),
        "fresh": lambda _sources, _asking: administration.first_password_unused(),
    }
    return ChoiceFilter(
        name="account", label="账号", choices={"none": "没有账号", "fresh": "没改初始密码"}, wheres=wheres, extra=True
    )


def _post_filter() -> ChoiceFilter:
    wheres = {"none": lambda _sources, _asking: administration.without_post(clock.today())}
    return ChoiceFilter(name="post", label="任职", choices={"none": "没有任职"}, wheres=wheres, extra=True)


class StaffView(RegisterView):
    """The members of staff and their accounts."""

    record = Staff
    menu_group = "设置"
    place = 11
    columns = ("name", "org_id", "badge_no", "login", "phone", "active", "-must_change")
    filters = ("name", "org_id", "active", _account_filter(), _post_filter(), "-badge_no", "-login")
    search = "name badge_no login org_id"
    default_sort = "name"
    presets = (Preset("在岗", "active=yes"), Preset("已停用", "active=no"))
    sections = (("员工", "name org_id badge_no phone login"),)
    free = "login"
    over = {"login": Words("登录名", longest=64, help="填了就给出初始密码，只显示一次；不填不能登录")}
    facts = (("员工", "name org_id badge_no phone login active must_change"),)
    deeds = (
        Deed(
            "reset_password",
            "重置密码",
            _reset,
            when=lambda staff: staff.active and staff.login,
            before=_with_password,
            confirm="本人现在的登录会全部退出，签字 PIN 也一并作废。",
            said=_tell_password,
            once=True,
            quiet=True,
        ),
        Deed(
            "disable",
            "停用",
            _disable,
            may="write",
            when=lambda staff: staff.active,
            danger=True,
            confirm="登录立即退出，任职到今天为止；以前的记录都保留。",
        ),
        Deed(
            "enable",
            "启用",
            _enable,
            may="write",
            when=lambda staff: not staff.active,
            before=_with_password,
            confirm="启用后须重新任职，并用新的初始密码登录。",
            said=_tell_password,
            once=True,
        ),
    )

    def before(self, values: Values, row: Record | None) -> Values:
        """A new account gets its first password before the transaction begins."""
        has_one = isinstance(row, Staff) and row.password_hash is not None
        return {**values, **_with_password(values)} if values.get("login") and not has_one else values

    def _after(self, row_id: int, is_new: bool) -> ResponseReturnValue:
        """Told once, on a page of its own; the second click on the same form has no password to tell."""
        reply = super()._after(row_id, is_new)
        row = found(Staff, row_id)
        if row.password_hash and row.password_hash == g.get("first_hash"):
            return tell_once(self, "初始密码", _tell_password(row), page_of(row))
        return reply

    def make(self, session: Session, values: Values, by: Person) -> Staff:
        """By the rules of accounts."""
        return staffing.create_staff(session, by, **values)

    def change(self, session: Session, row: Any, values: Values, by: Person) -> None:
        """Only what is different; whoever gets a log-in name now gets the first password with it."""
        first = values.pop("password_hash", None)
        staffing.edit_staff(session, row, by, **_changed(row, values))
        if first is not None and row.active:
            staffing.reset_password(session, row, by, first)


# ---- 任职 ------------------------------------------------------------------------------------------------------


def _end(session: Session, held: Appointment, by: Person, details: Details) -> None:
    staffing.end_appointment(session, held, by, details["last_day"])


def _delegate(session: Session, held: Appointment, by: Person, details: Details) -> Appointment:
    to = _in_scope(session, by, Staff, details["to_id"], "to_id")
    return staffing.delegate(
        session, by, held, to, details["starts_on"], details["ends_on"], approvals=details["approvals"]
    )


def _is_mine_or_granted(held: Any) -> bool:
    person = acting()
    mine = person.staff_id in (held.staff_id, held.delegated_by_id)
    return mine or allows(person, "appointment.write", held)


def _posts(look: Look, lines: Sequence[Line]) -> Mapping[int, Cell]:
    """Each post as its own unit says it."""
    return {line.id: Text(org_units.post_label(look.session, line.post, line.org_id)) for line in lines}


class AppointmentView(RegisterView):
    """Who holds which post where, from when to when."""

    record = Appointment
    menu_group = "设置"
    place = 12
    columns = (
        "staff_id",
        Col(key="post", label="岗位", width="xl", needs=("post", "org_id"), batch=_posts, sort="post"),
        "org_id",
        "starts_on",
        "ends_on",
        "delegated_by_id",
        "approvals",
    )
    filters = ("staff_id", "post", "org_id", "starts_on", "ends_on", "-delegated_by_id")
    search = "staff.name org.name"
    sections = (("任职", "staff_id post org_id starts_on ends_on"),)
    facts = (("任职", "staff_id post org_id starts_on ends_on delegated_by_id approvals"),)
    fixed = "staff_id post org_id starts_on ends_on"
    deeds = (
        Deed(
            "delegate",
            "委托",
            _delegate,
            DELEGATE,
            may="read",
            when=lambda held: held.delegated_by_id is None and _is_mine_or_granted(held),
            quiet=True,
            said=lambda held: f"{held.staff} 已受委托任{held}",
        ),
        Deed("end", "终止任职", _end, END, may="read", when=_is_mine_or_granted, danger=True),
    )

    def deed(self, row: Any, verb: str) -> Deed | None:
        """One's own appointment, or one below oneself."""
        if not _is_mine_or_granted(row):
            require(acting(), "appointment.write", row, "变更任职")
        return super().deed(row, verb)

    def headline(self, row: Any) -> str:
        """Who, as what, where."""
        return f"{row.staff} 任 {row.org} {org_units.post_label(reading(), row.post, row.org_id)}"

    def make(self, session: Session, values: Values, by: Person) -> Appointment:
        """Only below one's own post, never to oneself."""
        staff = _in_scope(session, by, Staff, values["staff_id"], "staff_id")
        return staffing.appoint(
            session, by, staff, values["post"], values["org_id"], values["starts_on"], values["ends_on"]
        )


# ---- 请假 ------------------------------------------------------------------------------------------------------


def _end_leave(session: Session, leave: Leave, by: Person, details: Details) -> None:
    staffing.end_leave(session, leave, by, details["last_day"])


class LeaveView(RegisterView):
    """Who is away when, and who stands in."""

    record = Leave
    menu_group = "设置"
    place = 13
    columns = ("staff_id", "org_id", "starts_on", "ends_on", "reason")
    filters = ("staff_id", "org_id", "starts_on", "ends_on")
    search = "staff.name reason"
    default_sort = "-starts_on"
    sections = (("请假", "staff_id starts_on ends_on reason stand_in_id approvals"),)
    fixed = "staff_id starts_on ends_on reason stand_in_id approvals"
    over = STAND_IN
    facts = (("请假", "staff_id org_id starts_on ends_on reason"),)
    deeds = (Deed("end", "销假", _end_leave, END_LEAVE, may="write", said=lambda leave: f"{leave.staff} 已销假"),)

    def headline(self, row: Any) -> str:
        """Who, from when to when."""
        return f"{row.staff} 请假 {row.starts_on} 至 {row.ends_on}"

    def plan(self, row: Record | None) -> list[tuple[str, str]]:
        """The unit is that of the member of staff."""
        return [(title, names) for title, names in super().plan(row) if names != "org_id"]

    def make(self, session: Session, values: Values, by: Person) -> Leave:
        """With a stand-in for all posts of the person, where one was named."""
        staff = _in_scope(session, by, Staff, values["staff_id"], "staff_id")
        stand_in = _in_scope(session, by, Staff, values.get("stand_in_id"), "stand_in_id")
        return staffing.take_leave(
            session,
            by,
            staff,
            values["starts_on"],
            values["ends_on"],
            values["reason"],
            stand_in=stand_in,
            approvals=values["approvals"],
        )


# ---- 岗位名称 --------------------------------------------------------------------------------------------------


class PostNameView(RegisterView):
    """What units call their posts; rules never see it."""

    record = PostName
    menu_group = "设置"
    place = 14
    columns = ("post", "label", "org_id")
    filters = ("post", "org_id")
    search = "label"
    sections = (("岗位名称", "org_id post label"),)
    fixed = "org_id post"
    note = "规则按岗位本身执行，这里只改本单位的叫法。"

    def make(self, session: Session, values: dict[str, Any], by: Person) -> Any:
        """Through the rule: only in one's own units, one name a post."""
        return org_units.name_post(session, by, values["post"], values["org_id"], values["label"])

    def change(self, session: Session, row: Any, values: dict[str, Any], by: Person) -> None:
        """The unit's new name for the same post."""
        org_units.name_post(session, by, row.post, row.org_id, values["label"])
