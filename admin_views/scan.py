"""收联: a code scanned, photographed or typed opens the slip and takes the copy back."""

from datetime import time

from flask import Blueprint, Flask, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from sqlalchemy import select
from sqlalchemy.orm import Session
from zxingcpp import read_barcodes

from admin_views.base import new_token
from admin_views.errors import about, write_down
from admin_views.lookups import page_of
from admin_views.page import (
    Action,
    Badge,
    Column,
    Crumb,
    LinesTable,
    LinkCell,
    Row,
    ScanPage,
    Text,
)
from admin_views.request import acting, reading, write
from admin_views.shell import draw
from forms.fields import clean
from models import PaperCopy, WorkOrder, clock
from rules.attachments import MOST_BYTES, opened_picture
from rules.copies import Scan, copies_out, copy_to_take_back, find_by_scan, take_back
from rules.errors import RuleError
from rules.keys_labels import labelled
from rules.permissions import allows, require
from rules.scope import find, readable
from rules.work_orders import IN_HAND_STATES

ORDER = 60
SHOWN = 12
LONGEST_CODE = 300
scan_blueprint = Blueprint("scan", __name__)


def register(app: Flask, admin: Admin) -> None:
    """Add the routes."""
    del admin
    app.register_blueprint(scan_blueprint)


@scan_blueprint.get("/q/<code>")
def by_code(code: str) -> ResponseReturnValue:
    """What the QR of a copy opens: its slip while the work is under way, then the counter's page with it in the box."""
    seen = find_by_scan(reading(), acting(), code)
    if seen is None:
        return redirect(page_of(labelled(reading(), acting(), code) or abort(404)))
    under_way = seen.order.state in IN_HAND_STATES  # whoever scans at the door wants to say that they are there
    if seen.copy is not None and not under_way and allows(acting(), "paper_copy.bring_back", seen.copy):
        return redirect(url_for("scan.scan", code=seen.copy.code))
    return redirect(f"/work_order/{seen.order.id}")


@scan_blueprint.get("/scan")
def scan() -> ResponseReturnValue:
    """The counter's page: one box (with the copy just scanned in it), and what is still out."""
    return _page(clean(request.args.get("code", ""))[:LONGEST_CODE])


def _page(value: str = "", error: str = "", seen: Scan | None = None) -> ResponseReturnValue:
    require(acting(), "paper_copy.bring_back", doing="收联")
    page = ScanPage(
        url=url_for("scan.take"),
        token=new_token(),
        value=value,
        error=error,
        asks=_asks(seen) if seen else (),
        done=_done_today(),
        out=_still_out(),
        note="扫到哪一联就收哪一联；只有单号时，前台收第三联，工程部收第二联。",
        crumbs=(Crumb("工作台", "/"), Crumb("收联")),
    )
    return draw("scan.html", page, 422 if error else 200)


def _asks(seen: Scan) -> tuple[Action, ...]:
    return tuple(
        Action(
            f"{c.copy_label}（{c.recipient}，{c.state_label}）",
            url_for("scan.take"),
            "post",
            value=f"{seen.order.number}-{c.copy_no}",
        )
        for c in seen.copies
    )


@scan_blueprint.post("/scan")
def take() -> ResponseReturnValue:
    """Take the copy back; what cannot be taken is said at the box and nothing changes."""
    person = acting()
    require(person, "paper_copy.bring_back", doing="收联")
    typed = (request.form.get("code") or request.form.get("value") or "").strip()[:LONGEST_CODE]
    try:
        typed = typed or _from_photo()
        seen = find_by_scan(reading(), person, typed)
        if seen is None:
            return _page(typed, "没有这个码或单号，或不在您的项目里")
        copy = copy_to_take_back(seen, person)
        if copy is None:
            return _page(typed, "这张单还没有打印过三联" if not seen.copies else "请选择是哪一联", seen=seen)
        copy_id = copy.id
        about(copy)

        def back(session: Session) -> str:
            own = find(session, person, PaperCopy, copy_id)
            if own is None:
                raise RuleError("这一联已不在您的范围内")
            take_back(session, own, person)
            return f"{own} {own.state_label}"

        words = write(back)
    except RuleError as no:
        write_down(no)
        return _page(typed, str(no))
    flash(words, "done")
    return redirect(url_for("scan.scan"), 303)


def _from_photo() -> str:
    photo = request.files.get("photo")
    if photo is None or not photo.filename:
        raise RuleError("请扫码、输入单号，或拍一张二维码的照片")
    try:
        with opened_picture(photo.stream.read(MOST_BYTES + 1)) as image:
            codes = read_barcodes(image.convert("L"))
    except RuleError as wrong:
        raise RuleError("这不是能认的照片，或照片太大，请重拍或输入单号") from wrong
    if not codes:
        raise RuleError("照片里没有认出二维码，请拍近一些，或输入单号")
    return str(codes[0].text)


def _still_out() -> LinesTable:
    person, session = acting(), reading()
    out = copies_out(session, person, org_id=person.project_id)
    columns = (
        Column("number", "单号", "xxl", place="left"),
        Column("copy", "联", "l"),
        Column("where", "房号 / 故障点"),
        Column("holder", "在谁处", "l"),
        Column("since", "领出", "l"),
        Column("state", "状态", "m", place="corner"),
    )
    rows = tuple(
        Row(
            str(it.copy.id),
            f"/work_order/{it.order.id}",
            str(it.copy),
            (
                LinkCell(it.copy.number, f"/work_order/{it.order.id}", number=True),
                Text(f"{it.copy.copy_label} {it.copy.recipient}"),
                Text(it.order.where),
                Text(it.holder or "—"),
                Text(clock.shown(it.copy.out_at)[5:] if it.copy.out_at else "—"),
                Badge(it.copy.state_label, it.copy.lifecycle.tone(it.copy.state)),
            ),
        )
        for it in out[:SHOWN]
    )
    return LinesTable(f"还在外面 {len(out)} 张", columns, rows, empty="都收回了")


def _done_today() -> LinesTable:
    person, session = acting(), reading()
    since = clock.at_wall(clock.today(), time(0))
    found = session.execute(
        select(PaperCopy, WorkOrder)
        .join(WorkOrder, WorkOrder.id == PaperCopy.row_id)
        .where(PaperCopy.noun == "work_order", PaperCopy.settled_at >= since)
        .where(PaperCopy.state.in_(("back", "handed")), readable(person, PaperCopy))
        .order_by(PaperCopy.settled_at.desc())
        .limit(SHOWN)
    )
    columns = (
        Column("number", "单号", "xxl", place="left"),
        Column("copy", "联", "l"),
        Column("at", "时间", "l"),
        Column("state", "状态", "m", place="corner"),
    )
    rows = tuple(
        Row(
            str(copy.id),
            f"/work_order/{order.id}",
            str(copy),
            (
                LinkCell(copy.number, f"/work_order/{order.id}", number=True),
                Text(copy.copy_label),
                Text(clock.shown(copy.settled_at)[5:] if copy.settled_at else "—"),
                Badge(copy.state_label, "done"),
            ),
        )
        for copy, order in found
    )
    return LinesTable("今天收回和交出的", columns, rows, empty="今天还没有")
