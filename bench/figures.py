"""What is measured: pages, searches, files, papers and an import, each with the aim it is held against."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import xlsxwriter
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

import printouts
from bench.service import HOUSE, Browser, Times
from bench.town import NEWEST, TICKETS_PER_DAY, Size
from models import OrgUnit, Resident, Ticket, Unit, WorkOrder, clock

FAR = 200_000
FLAT = 40.0
"""Memory aims read: within so many MB of idle (decision 49)."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report; `met` is None where there is no aim."""

    part: str
    what: str
    measured: str
    aim: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Aims:
    """CPU milliseconds of a page at the median; CPU seconds and MB of a job. None: it is only told."""

    cpu: float | None = None
    seconds: float | None = None
    growth: float | None = None
    peak: float | None = None

    @property
    def said(self) -> str:
        """In words."""
        parts = [f"≤ {self.cpu:g} ms CPU" if self.cpu else "", f"≤ {self.seconds:g} s CPU" if self.seconds else ""]
        parts += [f"≤ idle + {self.growth:g} MB" if self.growth else "", f"≤ {self.peak:g} MB" if self.peak else ""]
        return ", ".join(part for part in parts if part)

    def met(self, times: Times) -> bool | None:
        """Whether all of them were; None where none was set."""
        pairs = (
            (self.cpu, times.at(times.cpu, 0.5)),
            (self.seconds, times.at(times.cpu, 0.5) / 1000),
            (self.growth, times.peak - times.idle),
            (self.peak, times.peak),
        )
        asked = [value <= aim for aim, value in pairs if aim is not None]
        return all(asked) if asked else None


@dataclass
class House:
    """One data set being measured: the database, its server, who asks, how big it is and how often to ask."""

    name: str
    engine: Engine
    browser: Browser
    size: Size
    rounds: int
    folder: Path
    url: str
    aims: bool = True

    def page(self, part: str, what: str, ask: Callable[[int], object], aims: Aims = Aims()) -> Result:
        """A page asked many times."""
        times = self.browser.measure(ask, self.rounds, warm=min(5, self.rounds))
        c5, c95, w5, w95 = (times.at(v, p) for v in (times.cpu, times.wall) for p in (0.5, 0.95))
        return self._told(part, what, f"CPU {c5:.1f} / {c95:.1f} ms, wait {w5:.1f} / {w95:.1f} ms", times, aims)

    def job(self, part: str, what: str, ask: Callable[[int], object], aims: Aims = Aims(), rounds: int = 3) -> Result:
        """Something long, asked a few times."""
        times = self.browser.measure(ask, min(rounds, self.rounds), warm=1 if rounds > 1 else 0)
        seconds, cpu = times.at(times.wall, 0.5) / 1000, times.at(times.cpu, 0.5) / 1000
        said = f"{seconds:.2f} s (CPU {cpu:.2f} s), RSS {times.idle:.0f} → {times.peak:.0f} MB"
        return self._told(part, what, said, times, aims)

    def _told(self, part: str, what: str, said: str, times: Times, aims: Aims) -> Result:
        if not self.aims:
            return Result(part, what, said)
        return Result(part, what, said, aims.said, aims.met(times))

    def changed(self) -> None:
        """Make every remembered count stale, as any deed of anybody does."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE trail_head SET seq = seq + 1"))

    def told(self, rows: int) -> str:
        """How many rows `newest` finds."""
        return f"{rows:,}" if self.aims else "all"

    def newest(self, rows: int) -> str:
        """The query that finds just so many of the generated tickets; of the demo, all there are."""
        if not self.aims:
            return ""
        last = clock.today() - timedelta(days=NEWEST)
        first = last - timedelta(days=max(1, rows // TICKETS_PER_DAY) - 1)
        return f"received_at_from={first}&received_at_to={last}"


# ---- pages -----------------------------------------------------------------------------------------------------


def pages(house: House) -> Iterator[Result]:
    """List, page far behind, household, form."""
    get = house.browser.get
    yield house.page("list", "residents, page 1", lambda n: get("/resident/"), Aims(10))
    yield house.page("list", "tickets, page 1", lambda n: get("/ticket/"), Aims(10))

    def after_a_change(path: str) -> Callable[[int], object]:
        return lambda n: (house.changed(), get(path))

    yield house.page("list", "residents, page 1, counted anew", after_a_change("/resident/"))
    yield house.page("list", "tickets, page 1, counted anew", after_a_change("/ticket/"))
    for noun, rows in (("resident", house.size.residents), ("ticket", house.size.tickets)):
        page = min(FAR, rows * 2 // 3) // 25 + 1
        path = f"/{noun}/?page={page}"
        yield house.page("deep", f"{noun}s at offset {page * 25 - 25:,}", lambda n, p=path: get(p), Aims(12))
    with Session(house.engine) as session:
        mine = select(Unit.id).join(OrgUnit, OrgUnit.id == Unit.org_id).where(OrgUnit.code == "YJ")
        homes = session.scalars(mine.order_by(Unit.id.desc()).limit(house.rounds + 5)).all()
    yield house.page("household", "household page", lambda n: get(f"/household/{homes[n % len(homes)]}"))
    yield house.page("form", "new ticket form", lambda n: get("/ticket/new"))
    yield house.page("form", "new resident form", lambda n: get("/resident/new"))


def searches(house: House) -> Iterator[Result]:
    """The words of registers and the one search box; another word each time, so nothing is remembered."""
    get, many = house.browser.get, house.rounds + 5
    with Session(house.engine) as session:
        residents = session.execute(select(Resident.name, Resident.remark).order_by(Resident.id.desc()).limit(many))
        remarks = [f"备注{n}" for n in range(1000, house.size.residents, 990)] or ["备注1"]
        names = list(dict.fromkeys(name for name, _remark in residents))
        tickets = session.execute(
            select(Ticket.number, Ticket.content, Ticket.customer, Ticket.reporter_phone, Unit.code)
            .join(Unit, Unit.id == Ticket.unit_id)
            .order_by(Ticket.id.desc())
            .limit(many)
        ).all()

    def words(path: str, said: list[str]) -> Callable[[int], object]:
        return lambda n: get(f"{path}?q={quote(said[n % len(said)])}")

    told = (
        ("residents by name", "/resident/", names),
        (
            "residents by a remark",
            "/resident/",
            remarks,
        ),
        ("tickets by number", "/ticket/", [t.number for t in tickets]),
        ("tickets by the tail of a number", "/ticket/", [t.number[-5:] for t in tickets]),
        ("tickets by customer", "/ticket/", [t.customer for t in tickets]),
        ("tickets by unit", "/ticket/", [t.code for t in tickets]),
        ("tickets by rare words of the matter", "/ticket/", [t.content[-6:] for t in tickets]),
        ("the box: a name", "/search", names),
        ("the box: a unit", "/search", [t.code for t in tickets]),
        ("the box: the tail of a phone", "/search", [t.reporter_phone[-4:] for t in tickets]),
        ("the box: a number", "/search", [t.number for t in tickets]),
    )
    for what, path, said in told:
        yield house.page("search", what, words(path, said), Aims(8))
    common = ["水", "漏水", "噪音", "电梯", "灯", "请尽快处理", "业主", "门", "老人", "路灯"]
    yield house.page("search", "tickets by a word every tenth has", words("/ticket/", common))


# ---- files and papers ------------------------------------------------------------------------------------------


def files(house: House) -> Iterator[Result]:
    """A register taken away."""
    rows = min(100_000, house.size.tickets)
    for kind, seconds in (("csv", None), ("xlsx", None)):

        def take(n: int, kind: str = kind) -> None:
            house.browser.get(house.browser.post("/ticket/export", {"kind": kind, "query": house.newest(rows)}))

        yield house.job("export", f"{kind.upper()} of {house.told(rows)} tickets", take, Aims(None, seconds, FLAT))


def papers(house: House) -> Iterator[Result]:
    """Slips and ledgers, through the house: rows read, drawn, remembered, kept closed, fetched."""
    with Session(house.engine) as session:
        mine = select(WorkOrder.id).where(WorkOrder.number.contains("-YJ-"), WorkOrder.state != "draft")
        orders = list(session.scalars(mine.order_by(WorkOrder.id.desc()).limit(100)))

    def slips(ids: list[int]) -> Callable[[int], object]:
        pairs = [("token", ""), *(("id", one) for one in ids)]
        return lambda n: house.browser.get(house.browser.post("/work_order/bulk/print-F-01", pairs))

    yield house.job("paper", "one 三联", slips(orders[:1]), rounds=9)
    yield house.job("paper", f"{len(orders)} 三联 in one file", slips(orders))
    for rows, aims in ((500, Aims(None, 0.12)), (20_000, Aims(None, 3, FLAT))):
        count = min(rows, house.size.tickets)

        def ledger(n: int, count: int = count) -> None:
            form = {"kind": "ledger:F-16", "query": house.newest(count)}
            house.browser.get(house.browser.post("/ticket/export", form))

        what = f"ledger of {house.told(count)} rows through the house"
        yield house.job("paper", what, ledger, aims, 3 if rows > 500 else 9)
        if house.aims:
            yield drawn(count, replace(aims, growth=None, peak=250))


def drawn(rows: int, aims: Aims) -> Result:
    """The drawing alone, in a process of its own that has drawn before."""
    program = "import sys; from bench.figures import draw_ledger; draw_ledger(int(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(rows)], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    cpu, wall, idle, peak = (float(part) for part in done.stdout.split())
    times = Times([cpu * 1000], [wall * 1000], idle, peak)
    said = f"{wall:.2f} s (CPU {cpu:.2f} s), RSS {idle:.0f} → {peak:.0f} MB"
    return Result("paper", f"ledger of {rows:,} rows, drawing alone", said, aims.said, aims.met(times))


def draw_ledger(rows: int) -> None:
    """Print seconds and memory of the second drawing of the ticket ledger."""
    from bench.service import forget_peak, memory  # noqa: PLC0415 (only in the process that is measured)

    form = printouts.form("F-16")
    row = {name: str(value) for name, value in dict(form.ledger_sample or {}).items()}
    context = printouts.Context(company="首接", project="云锦里", printed_by="某人", printed_at="2026-01-01 10:00")

    def draw(count: int) -> None:
        each = ({**row, "number": f"BS-YJ-202601-{n:04d}"} for n in range(count))
        printouts.render("F-16", "ledger", context, printouts.Rows(each, count, {}))

    draw(500)
    forget_peak()
    idle = memory()[0]
    taken = []
    for _n in range(5 if rows <= 500 else 1):
        cpu, wall = time.process_time(), time.perf_counter()
        draw(rows)
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    print(*sorted(taken)[len(taken) // 2], idle / 1024, memory()[1] / 1024)


# ---- import ----------------------------------------------------------------------------------------------------


def imports(house: House) -> Iterator[Result]:
    """A household register from the terminal: read, judged, written."""
    rows = min(50_000, max(50, house.size.residents // 6))
    file = house.folder / "households.xlsx"
    _workbook(file, rows)
    program = "import sys; from bench.figures import take_in; take_in(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, house.url, str(house.folder), str(file)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    cpu, judged, written, idle, peak = (float(part) for part in done.stdout.split())
    aims, times = Aims(None, 60, FLAT), Times([cpu * 1000], [(judged + written) * 1000], idle, peak)
    said = f"{judged + written:.1f} s (judging {judged:.1f}, writing {written:.1f}; CPU {cpu:.1f} s)"
    said += f", RSS {idle:.0f} → {peak:.0f} MB"
    yield Result("import", f"{rows:,} rows of XLSX", said, aims.said, aims.met(times))


def _workbook(file: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    sheet = book.add_worksheet("业主资料")
    sheet.write_row(0, 0, ["房号", "姓名", "身份", "联系电话", "入住时间", "建筑面积", "备注"])
    for n in range(rows):
        home = f"{901 + n // 960}-{n // 480 % 2 + 1}-{n % 480 // 8 + 1}{n % 8 // 2 + 1:02d}"
        relation = "家属" if n % 2 else "业主"
        sheet.write_row(n + 1, 0, [home, f"周{'文武成康昭穆'[n % 6]}{'甲乙丙丁'[n // 6 % 4]}", relation])
        sheet.write_row(n + 1, 3, [f"149{n * 1_234_577 % 100_000_000:08d}", "2021-05-06", 88.5, ""])
    book.close()


def take_in(url: str, folder: str, file: str) -> None:
    """Print seconds of judging and of writing, and memory before and at the peak."""
    from app import create_app  # noqa: PLC0415 (only in the process that is measured)
    from bench.service import forget_peak, memory  # noqa: PLC0415
    from models import ImportRun, OrgUnit, Staff  # noqa: PLC0415
    from rules.importing.applying import apply_run  # noqa: PLC0415
    from rules.importing.judging import judge_run  # noqa: PLC0415
    from rules.importing.registers import register_of  # noqa: PLC0415
    from rules.importing.runs import confirm_run, start_run  # noqa: PLC0415
    from rules.importing.spool import Spool  # noqa: PLC0415
    from rules.person import person_of  # noqa: PLC0415

    app = create_app(DATABASE_URL=url, INSTANCE=folder)
    write, spool, register = app.extensions["writer"], Spool(Path(folder) / "imports"), register_of("resident")
    with Session(write.engine) as session:
        org_id = session.scalars(select(OrgUnit.id).where(OrgUnit.code == "YJ")).one()
        by = person_of(session, session.scalars(select(Staff).where(Staff.login == "jingli")).one())
    forget_peak()
    idle, started, cpu = memory()[0], time.perf_counter(), time.process_time()
    with Path(file).open("rb") as stream:
        run_id = start_run(write, spool, "resident", org_id, by, "households.xlsx", stream)
    judge_run(write, spool, register, run_id, by)
    judged = time.perf_counter() - started
    confirm_run(write, spool, run_id, by, "rows")
    apply_run(write, register, run_id, by)
    written, used = time.perf_counter() - started - judged, time.process_time() - cpu
    with Session(write.engine) as session:
        run = session.get_one(ImportRun, run_id)
        if run.state != "done" or not run.created:
            raise RuntimeError(f"the import did not go through: {run.message}")
    print(used, judged, written, idle / 1024, memory()[1] / 1024)


PARTS: dict[str, Callable[[House], Iterator[Result]]] = {
    "pages": pages,
    "searches": searches,
    "files": files,
    "papers": papers,
    "imports": imports,
}
