"""Opening stock taken over from the office's own workbook: one 期初单 per store, approved only when it was counted."""

import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Material, StockIn, StorageBin
from rules.errors import NotAllowed
from rules.importing.cells import Cell
from rules.importing.columns import Bad
from rules.importing.runs import start_run
from rules.importing.spool import Spool
from rules.importing.stock import place, quantity
from rules.ledger_check import verify_ledger
from rules.write import Writer
from tests.importers import Importer
from tests.storehouse import Stores, desk_of, storehouse

WORKBOOK = Path(__file__).parent / "data" / "物资库存表.xlsx"


@pytest.fixture
def made(session: Session) -> Stores:
    return storehouse(session)


@pytest.fixture
def desk(made: Stores, write: Writer, tmp_path: Path) -> Importer:
    """The accountant of the south at the import pages, for 云锦里现场."""
    made.session.commit()
    clerk = AtSite(made.world, write, Spool(tmp_path / "spool"), made.accountant, "stock_in")
    clerk.site = made.orgs["yj"].id
    return clerk


class AtSite(Importer):
    """The file belongs to a 现场."""

    site = 0

    def upload(self, file: io.BytesIO, name: str = "期初.xlsx") -> int:
        """A run, its columns matched by name."""
        file.seek(0)
        self.world.session.rollback()
        return start_run(self.write, self.spool, self.noun, self.site, self.by, name, file)


def test_the_real_workbook_becomes_one_opening_paper(desk: Importer, made: Stores):
    run_id = desk.read(file=io.BytesIO(WORKBOOK.read_bytes()))
    verdicts = Counter(desk.verdicts(run_id).values())
    assert verdicts["create"] > 40
    desk.confirm(run_id)
    run = desk.apply(run_id)
    assert (run.state, run.failed) == ("done", 0)
    made.session.rollback()
    slip = made.session.scalars(select(StockIn)).one()
    assert (slip.category_label, slip.state_label, len(slip.lines)) == ("期初", "未审核", verdicts["create"])
    assert made.session.query(StorageBin).count() > 30
    hose = made.session.scalars(select(Material).where(Material.code == "MS-0002")).one()
    assert (hose.name, hose.measure, hose.initials) == ("不锈钢编织软管", "根", "bxgbzrg")
    lock = next(line for line in slip.lines if line.material.code == "KT-0004")
    assert (lock.qty, lock.material.measure) == (16, "套"), "16套 is a number and a unit"
    made.move(slip, "approve")
    assert made.session.query(StockIn).count() == 1
    assert verify_ledger(made.session) == []
    made.session.rollback()
    again = desk.read(file=io.BytesIO(WORKBOOK.read_bytes()))
    assert desk.run(again).to_create == 0, "the same file twice is the same stock once"


def test_a_line_that_contradicts_a_known_code_is_not_taken(desk: Importer, made: Stores):
    head = ["物资编码", "物资名称", "单位", "类别", "库存数量"]
    run_id = desk.read(file=sheet(head, ["A001", "灯泡", "支", "耗材", 3], ["A001", "LED灯管", "只", "耗材", 3]))
    bodies = [desk.body(run_id, n) for n in (2, 3)]
    assert "在系统里是“LED灯管”" in bodies[0].problems["name"]
    assert desk.verdicts(run_id) == {2: "error", 3: "error"}


def sheet(*rows: list) -> io.BytesIO:
    """A small workbook."""
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("16套", (Decimal(16), "套")),
        ("1,200.5", (Decimal("1200.5"), "")),
        ("-3", None),
        ("一些", None),
        ("0.0001", None),
    ],
)
def test_quantities_as_people_write_them(typed: str, value: tuple | None):
    found = quantity(Cell(typed))
    assert isinstance(found, Bad) if value is None else found.value == value


def test_the_four_numbers_of_a_place():
    assert place(Cell("2库-6架-3层-15位")).value == ("2", "6", "3", "15")
    assert isinstance(place(Cell("2库6架")), Bad)


def test_only_the_books_own_keeper_imports_them(made: Stores, write: Writer, tmp_path: Path):
    made.session.rollback()
    for post, where in (("storekeeper", "yj"), ("division_accountant", "north")):
        by = made.person(post, where)
        site, file = made.orgs["yj"].id, io.BytesIO(WORKBOOK.read_bytes())
        made.session.rollback()
        with pytest.raises(NotAllowed):
            start_run(write, Spool(tmp_path / "s"), "stock_in", site, by, "x.xlsx", file)


def test_the_page_takes_the_file_for_the_site_of_the_chosen_project(app: Flask, made: Stores):
    desk = desk_of(app, made, "division_accountant", "south")
    desk.post("/project", {"org": str(made.world.yj.id)}, None)
    page = desk.get("/imports?register=stock_in")
    assert "期初库存" in page
