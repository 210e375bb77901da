"""The life of an import: refused, matched, confirmed, applied in pieces, killed and resumed, given up, forgotten."""

import io
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Occupancy, Resident, TrailEntry, Unit, clock
from models.imports import ImportRow, ImportRun
from rules.errors import NotAllowed, RuleError, WrongState
from rules.importing import applying, judging, residents
from rules.importing.applying import apply_run, progress_of
from rules.importing.chores import tidy
from rules.importing.judging import judge_run
from rules.importing.registers import register_of
from rules.importing.runs import (
    abandoned_runs,
    cancel_run,
    confirm_run,
    earlier_run,
    forget_rows,
    match_run,
    start_run,
)
from rules.importing.safety import REFUSED_OTHER
from rules.importing.verdicts import rows_page
from tests.import_files import HOUSEHOLDS, person, table, workbook
from tests.importers import Importer, importer
from tests.makers import world

NUMBER = "440301199704215903"
RESIDENTS = register_of("resident")


@pytest.fixture
def desk(session, write, tmp_path) -> Importer:
    return importer(world(session), write, tmp_path)


def households(count: int, start: int = 0) -> list[list[object]]:
    """That many new households of 8栋 onwards."""
    return [
        person(f"{8 + n // 400}-1-{n % 400 + 100}", f"住{chr(0x4E00 + n)}", f"138{n:08d}")
        for n in range(start, start + count)
    ]


def lying(desk: Importer) -> int:
    return len(list(desk.spool._folder.iterdir()))


# ---- taking in -------------------------------------------------------------------------------------------------


def test_a_refused_file_leaves_nothing_behind(desk):
    with pytest.raises(RuleError, match=REFUSED_OTHER):
        desk.upload(io.BytesIO(b"%PDF-1.7"))
    with pytest.raises(RuleError, match="没有找到表头行"):
        desk.upload(workbook(("a", [["随便"]])))
    assert (desk.count(ImportRun), lying(desk)) == (0, 0)


def test_an_upload_above_the_limit_is_stopped_while_it_comes_in(desk, monkeypatch):
    monkeypatch.setattr("rules.importing.spool.MAX_FILE", 1_000_000)
    read = []

    class Endless(io.RawIOBase):
        def read(self, size=-1):
            read.append(size)
            return b"x" * size

    with pytest.raises(RuleError, match="50 MB"):
        start_run(desk.write, desk.spool, "resident", desk.world.yj.id, desk.by, "big.xlsx", Endless())
    assert len(read) < 4
    assert lying(desk) == 0


@pytest.mark.parametrize("post", ["desk_clerk", "engineering_supervisor", "system_admin", "lobby_receptionist"])
def test_who_may_not_import_or_may_not_write_households_is_refused(desk, post):
    desk.by = desk.world.person(post)
    with pytest.raises(NotAllowed):
        desk.upload(table(person("7-1-301", "张丽华")))
    assert (desk.count(ImportRun), lying(desk)) == (0, 0)


def test_nobody_imports_into_another_project(desk):
    run_id = desk.read(person("7-1-301", "张丽华"))
    desk.by = desk.world.person("service_supervisor", "WJ")
    with pytest.raises(NotAllowed):
        desk.upload(table(person("7-1-301", "张丽华")))
    with pytest.raises(NotAllowed):
        desk.confirm(run_id)
    assert desk.run(run_id).state == "read"


def test_the_same_file_is_recognised_when_it_comes_again(desk):
    content = table(person("7-1-301", "张丽华")).getvalue()
    first = desk.take_in(file=io.BytesIO(content))
    run = desk.run(desk.upload(io.BytesIO(content)))
    assert earlier_run(desk.now, first) is None
    assert earlier_run(desk.now, run).id == first.id


def test_a_run_without_a_required_column_waits_to_be_matched(desk):
    run_id = desk.upload(workbook(("a", [["房号", "身份", "备注"], ["7-1-301", "业主", "张丽华"]])))
    with pytest.raises(RuleError, match="还没有指定哪一列是姓名"):
        judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert (desk.run(run_id).state, desk.run(run_id).message) == (
        "uploaded", "还没有指定哪一列是姓名，请在匹配页选好再继续",
    )  # fmt: skip


def test_reading_again_forgets_the_verdicts_before(desk):
    run_id = desk.read(person("7-1-301", "张丽华"), person("7-1-302", "王芳"))
    judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert desk.verdicts(run_id) == {2: "create", 3: "create"}
    assert desk.run(run_id).to_create == 2


# ---- confirming ------------------------------------------------------------------------------------------------


def test_nothing_changes_before_it_is_confirmed(desk):
    before = desk.count(Resident)
    run_id = desk.read(*households(5))
    with pytest.raises(WrongState, match="待确认"):
        apply_run(desk.write, RESIDENTS, run_id, desk.by)
    assert desk.count(Resident) == before


def test_a_double_click_confirms_once(desk):
    run_id = desk.read(*households(2))
    desk.confirm(run_id)
    with pytest.raises(WrongState, match="待导入"):
        desk.confirm(run_id)
    assert lying(desk) == 0


def test_a_file_with_nothing_to_import_cannot_be_confirmed(desk):
    run_id = desk.read(person("商铺", "张丽华"))
    with pytest.raises(RuleError, match="没有可以导入的行"):
        desk.confirm(run_id)


def test_all_or_nothing_is_refused_while_there_are_errors(desk):
    run_id = desk.read(*households(2), person("商铺", "张丽华"))
    with pytest.raises(RuleError, match="还有 1 行错误"):
        desk.confirm(run_id, "all")
    desk.confirm(run_id, "rows")


def test_a_cancelled_run_keeps_nothing_of_the_file(desk):
    run_id = desk.read(*households(3))
    cancel_run(desk.write, desk.spool, run_id, desk.by)
    assert (desk.count(ImportRow), lying(desk), desk.run(run_id).state) == (0, 0, "cancelled")
    with pytest.raises(WrongState, match="已取消"):
        desk.confirm(run_id)


# ---- busy from the moment it is asked for, never for ever --------------------------------------------------------


class PowerCut(BaseException):
    """The process is gone: nothing of it is cleaned up."""


def cut(*_told: int) -> None:
    raise PowerCut


def ask_to_read(desk: Importer) -> int:
    """A run whose columns a clerk has just settled; nobody reads it yet."""
    run_id = desk.upload(table(*households(3)))
    match_run(desk.write, desk.spool, run_id, desk.by)
    return run_id


def test_a_run_is_busy_before_its_reader_begins(desk):
    run_id = ask_to_read(desk)
    assert progress_of(desk.now, desk.run(run_id))["is_busy"]
    with pytest.raises(WrongState, match="核对中"):  # the second clerk, a moment later
        match_run(desk.write, desk.spool, run_id, desk.by)
    judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert desk.verdicts(run_id) == {2: "create", 3: "create", 4: "create"}


def test_matching_again_hides_the_old_verdicts_at_once(desk):
    run_id = desk.read(*households(3))
    match_run(desk.write, desk.spool, run_id, desk.by)
    run = desk.run(run_id)
    assert (run.state, run.done, progress_of(desk.now, run)["is_busy"]) == ("reading", 0, True)


def test_two_clerks_who_press_at_once_start_one_reading(desk, monkeypatch):
    monkeypatch.setattr(judging, "BATCH", 2)
    run_id = desk.upload(table(*households(9)))
    read, refused = [], []

    def press():
        try:
            match_run(desk.write, desk.spool, run_id, desk.by)
            judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
            read.append(run_id)
        except WrongState as no:
            refused.append(no)

    threads = [threading.Thread(target=press) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(read), len(refused), desk.run(run_id).to_create) == (1, 2, 9)


def test_a_reading_nobody_began_is_begun_by_the_sweep(desk, at):
    run_id = ask_to_read(desk)
    assert tidy(desk.write, desk.spool) == (0, 0)  # its reader may just be starting
    at.forward(minutes=2)
    assert tidy(desk.write, desk.spool)[0] == 1
    assert (desk.run(run_id).state, desk.run(run_id).to_create) == ("read", 3)


def test_a_killed_reading_is_taken_up_again_by_the_sweep(desk, at, monkeypatch):
    monkeypatch.setattr(judging, "BATCH", 2)
    run_id = ask_to_read(desk)
    with pytest.raises(PowerCut):
        judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by, cut)
    assert desk.run(run_id).state == "reading"
    with pytest.raises(WrongState, match="核对中"):  # nobody can tell yet that the first one is gone
        judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    at.forward(minutes=2)
    tidy(desk.write, desk.spool)
    assert (desk.run(run_id).state, desk.verdicts(run_id)) == ("read", {2: "create", 3: "create", 4: "create"})


def test_a_file_that_brings_down_every_reader_is_given_back(desk, at):
    run_id = ask_to_read(desk)
    for _fall in range(3):
        with pytest.raises(PowerCut):
            judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by, cut)
        at.forward(minutes=2)
    assert tidy(desk.write, desk.spool)[0] == 1
    run = desk.run(run_id)
    assert (run.state, run.message[:6]) == ("uploaded", "检查多次中断")
    match_run(desk.write, desk.spool, run_id, desk.by)  # a person may ask again, and it gets its tries back
    judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert (desk.run(run_id).state, desk.run(run_id).message) == ("read", None)


def test_an_import_that_brings_down_every_process_is_given_back(desk, at, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 1)
    run_id = desk.read(*households(5))
    desk.confirm(run_id)
    for _fall in range(3):
        with pytest.raises(PowerCut):
            apply_run(desk.write, RESIDENTS, run_id, desk.by, cut)
        at.forward(minutes=2)
    tidy(desk.write, desk.spool)
    assert (desk.run(run_id).state, desk.run(run_id).created) == ("failed", 3)
    desk.confirm(run_id)  # the clerk's 继续写入
    assert (desk.apply(run_id).state, desk.run(run_id).created) == ("done", 5)


def test_a_reader_that_falls_over_a_bug_gives_the_run_back_in_words(desk, monkeypatch):
    run_id = ask_to_read(desk)
    with monkeypatch.context() as patch:
        patch.setattr(judging, "_finish", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert (desk.run(run_id).state, desk.run(run_id).message[:4]) == ("uploaded", "程序出错")
    judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by)
    assert desk.run(run_id).state == "read"


def test_a_reader_that_slept_too_long_leaves_the_run_to_its_follower(desk, at, monkeypatch):
    monkeypatch.setattr(judging, "BATCH", 2)
    run_id = ask_to_read(desk)
    followed = []

    def sleep(_done, _total):
        if not followed:
            at.forward(minutes=2)
            followed.append(tidy(desk.write, desk.spool))

    with pytest.raises(WrongState, match="另一个进程"):
        judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by, sleep)
    assert (followed[0][0], desk.run(run_id).state, desk.run(run_id).to_create) == (1, "read", 3)


def test_a_run_that_stopped_may_go_on_row_by_row(desk):
    run_id = desk.read(*households(4), person("7-1-301", "张丽华", None, NUMBER))
    desk.confirm(run_id, "all")
    desk.take_in(person("7-1-302", "王芳", None, NUMBER))
    with pytest.raises(RuleError, match="第6行"):
        desk.apply(run_id)
    desk.confirm(run_id, "rows")
    run = desk.apply(run_id)
    assert (run.mode, run.state, run.created, run.failed) == ("rows", "done", 4, 1)


# ---- applying --------------------------------------------------------------------------------------------------


def test_a_row_that_no_longer_fits_costs_only_itself(desk):
    run_id = desk.read(*households(4), person("7-1-301", "张丽华", None, NUMBER))
    desk.confirm(run_id)
    desk.take_in(person("7-1-302", "王芳", None, NUMBER))
    run = desk.apply(run_id)
    assert (run.state, run.created, run.failed) == ("done", 4, 1)
    page = rows_page(desk.now, run, "failed")
    assert [(row.number, row.outcome_reason) for row in page.rows] == [(6, "这个身份证号码在系统里是王芳的，请核对")]


def test_a_row_the_database_refuses_costs_only_itself(desk, monkeypatch):
    fill = residents._Saving._phones

    def spoil(self, resident, numbers):
        fill(self, resident, numbers)
        if resident.name == "坏行":
            resident.name = None

    monkeypatch.setattr(residents._Saving, "_phones", spoil)
    run = desk.take_in(*households(3), person("7-1-301", "坏行"), *households(3, start=10))
    assert (run.state, run.created, run.failed) == ("done", 6, 1)
    assert desk.look(select(Resident).where(Resident.name == "坏行")) == []
    assert desk.look(select(Unit).where(Unit.code == "7-1-301")) == []


def test_all_or_nothing_takes_everything_back_for_one_row(desk):
    before = {model: desk.count(model) for model in (Resident, Unit, Occupancy, TrailEntry)}
    run_id = desk.read(*households(4), person("7-1-301", "张丽华", None, NUMBER))
    desk.confirm(run_id, "all")
    other = desk.take_in(person("7-1-302", "王芳", None, NUMBER))
    with pytest.raises(RuleError, match="第6行：这个身份证号码在系统里是王芳的"):
        desk.apply(run_id)
    run = desk.run(run_id)
    assert (run.state, run.created, other.created) == ("failed", 0, 1)
    assert "第6行" in run.message
    assert desk.count(Resident) == before[Resident] + 1


def test_all_or_nothing_imports_everything_when_nothing_is_wrong(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 3)
    entries = desk.count(TrailEntry)
    run_id = desk.read(*households(8))
    desk.confirm(run_id, "all")
    seen = []
    apply_run(desk.write, RESIDENTS, run_id, desk.by, lambda done, total: seen.append((done, total)))
    assert seen == [(3, 8), (6, 8), (8, 8)]
    assert (desk.run(run_id).state, desk.run(run_id).created) == ("done", 8)
    assert desk.count(TrailEntry) - entries > 8 * 4


def test_a_killed_import_goes_on_where_it_was_and_doubles_nothing(desk, monkeypatch, at):
    monkeypatch.setattr(applying, "BATCH", 4)
    before = desk.count(Resident)
    run_id = desk.read(*households(10))
    desk.confirm(run_id)

    def cut_late(done, _total):
        if done >= 8:
            raise PowerCut

    with pytest.raises(PowerCut):
        apply_run(desk.write, RESIDENTS, run_id, desk.by, cut_late)
    assert desk.count(Resident) == before + 8
    assert desk.run(run_id).state == "applying"
    with pytest.raises(WrongState, match="导入中"):  # nobody can tell yet that the first one is gone
        apply_run(desk.write, RESIDENTS, run_id, desk.by)
    at.forward(minutes=2)
    assert [run.id for run in desk.look(select(ImportRun)) if run in abandoned_runs(desk.world.session)] == [run_id]
    run = desk.apply(run_id)
    assert (run.state, run.done, run.created) == ("done", 10, 10)
    assert desk.count(Resident) == before + 10


def test_the_sweep_carries_on_a_killed_import_and_forgets_its_rows_in_time(desk, at, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 4)
    run_id = desk.read(*households(10))
    desk.confirm(run_id)

    def killed(done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_run(desk.write, RESIDENTS, run_id, desk.by, killed)
    assert tidy(desk.write, desk.spool) == (0, 0)  # somebody may still be at it
    at.forward(minutes=2)
    assert tidy(desk.write, desk.spool)[0] == 1
    assert (desk.run(run_id).state, desk.run(run_id).created) == ("done", 10)
    at.forward(days=29)
    assert tidy(desk.write, desk.spool) == (0, 0)
    at.forward(days=2)
    assert tidy(desk.write, desk.spool) == (0, 1)


def test_an_import_stopped_by_a_fault_can_be_continued(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 4)
    run_id = desk.read(*households(10))
    desk.confirm(run_id)

    def fall(done, _total):
        if done >= 4:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        apply_run(desk.write, RESIDENTS, run_id, desk.by, fall)
    assert desk.run(run_id).message == "程序出错，已停在出错之前，可以继续导入"
    assert desk.apply(run_id).created == 10


def test_two_processes_at_one_run_do_its_work_once(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    before = desk.count(Resident)
    run_id = desk.read(*households(12))
    desk.confirm(run_id)
    refused = []

    def work():
        try:
            apply_run(desk.write, RESIDENTS, run_id, desk.by)
        except WrongState as no:
            refused.append(no)

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert (desk.run(run_id).created, desk.count(Resident)) == (12, before + 12)


def test_other_writers_get_in_between_the_pieces(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 5)
    run_id = desk.read(*households(20))
    desk.confirm(run_id)
    between = []

    def somebody_else(done, _total):
        desk.write(lambda session: session.add(Resident(org_id=desk.world.yj.id, name=f"柜台{done}")), by=desk.by)
        between.append(done)

    apply_run(desk.write, RESIDENTS, run_id, desk.by, somebody_else)
    assert between == [5, 10, 15, 20]
    assert desk.run(run_id).created == 20


def test_the_progress_bar_is_told_how_far_it_is(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 5)
    monkeypatch.setattr(judging, "BATCH", 5)
    run_id = desk.upload(table(*households(20)))
    told = []

    def look(_done, _total):
        found = progress_of(desk.world.session, desk.look(select(ImportRun))[0])
        told.append((found["state"], found["done"], found["total"], found["percent"], found["is_busy"]))

    judge_run(desk.write, desk.spool, RESIDENTS, run_id, desk.by, look)
    assert told[0] == ("reading", 6, 21, 28, True)
    told.clear()
    desk.confirm(run_id)
    apply_run(desk.write, RESIDENTS, run_id, desk.by, look)
    assert [line[1:4] for line in told] == [(5, 20, 25), (10, 20, 50), (15, 20, 75), (20, 20, 100)]
    found = progress_of(desk.world.session, desk.look(select(ImportRun))[0])
    assert (found["is_busy"], found["message"]) == (False, "新增 20 行，更新 0 行")


def test_a_progress_bar_leaves_no_trace_in_the_trail_but_every_state_does(desk, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    run = desk.take_in(*households(10))
    lines = desk.look(select(TrailEntry).where(TrailEntry.noun == "import_run", TrailEntry.row_id == run.id))
    states = [line.changes for line in lines if '"state"' in line.changes]
    assert len(states) == 5  # 核对中, 待确认, 待导入, 导入中, 已导入
    assert len(lines) == 1 + len(states)


# ---- the verdict page -------------------------------------------------------------------------------------------


def test_the_verdict_page_shows_rows_by_verdict_and_page(desk):
    run_id = desk.read(file=io.BytesIO(HOUSEHOLDS.read_bytes()))
    run = desk.run(run_id)
    everything = rows_page(desk.now, run, page=2, size=100)
    assert (everything.total, everything.pages, everything.page, len(everything.rows)) == (635, 7, 2, 100)
    wrong = rows_page(desk.now, run, "error", clear=True)
    assert wrong.total == run.errors
    assert [label for _key, label in wrong.columns][:3] == ["楼栋", "房号", "建筑面积"]
    rounded = next(row for row in wrong.rows if row.number == 10)
    assert rounded.verdict_label == "错误"
    assert rounded.reason.startswith("身份证号码：表格把身份证号码当成数字存")
    assert {cell.key: cell.problem for cell in rounded.cells}["id_no"]
    assert rows_page(desk.now, run, "changed").total == run.cleaned
    assert rows_page(desk.now, run, "update", page=99).page == 1


@pytest.mark.rule("BASE-01")
def test_the_verdict_page_masks_personal_values_unless_it_may_show_them(desk):
    run_id = desk.read(person("7-1-301", "张丽华", "１３０６７９２４７０８", NUMBER, None, None, None, "某科技公司"))
    run = desk.run(run_id)
    masked = {cell.key: cell for cell in rows_page(desk.now, run).rows[0].cells}
    clear = {cell.key: cell for cell in rows_page(desk.now, run, clear=True).rows[0].cells}
    assert (masked["id_no"].before, clear["id_no"].before) == ("440***********5903", NUMBER)
    assert (masked["phones"].after, clear["phones"].after) == ("130****4708", "13067924708")
    assert "科技" not in masked["employer"].before


# ---- forgetting -------------------------------------------------------------------------------------------------


def test_rows_are_forgotten_after_their_retention_and_the_run_stays(desk, at):
    done, open_one = desk.take_in(*households(3)), desk.read(*households(3, start=50))
    at.forward(days=31)
    young = desk.read(*households(2, start=90))
    assert forget_rows(desk.write, desk.spool, clock.now() - timedelta(days=30)) == 2
    assert (desk.run(done.id).created, desk.run(open_one).state, desk.run(young).state) == (3, "cancelled", "read")
    assert set(desk.look(select(ImportRow.run_id))) == {young}
    assert desk.count(ImportRun) == 3


def test_a_file_no_run_knows_is_swept_from_the_spool(desk, at):
    parcel = desk.spool.take(io.BytesIO(b"left behind by a power cut"))
    kept = desk.upload(table(person("7-1-301", "张丽华")))
    forget_rows(desk.write, desk.spool, clock.now() - timedelta(days=400))
    assert lying(desk) == 2  # young ones may just be on their way in
    forget_rows(desk.write, desk.spool, clock.now() + timedelta(days=400))
    assert desk.run(kept).state == "cancelled"
    assert not (desk.spool._folder / parcel.key).exists()


def test_a_name_that_is_no_key_never_reaches_the_disk(desk):
    with pytest.raises(ValueError, match="not a key"):
        desk.spool.drop("../../etc/passwd")


def test_confirming_twice_from_two_windows_keeps_the_first(desk):
    run_id = desk.read(*households(2))
    confirm_run(desk.write, desk.spool, run_id, desk.by, "all")
    with pytest.raises(WrongState):
        confirm_run(desk.write, desk.spool, run_id, desk.by, "rows")
    assert desk.run(run_id).mode == "all"
