"""全部或全不: what is worked out ahead comes out as if it had gone in row by row, at once or not at all."""

import re
import threading
from collections import Counter

import pytest
from sqlalchemy import select

from models import Building, Occupancy, Resident, TrailEntry, Unit
from models.imports import ImportRow
from rules.errors import RuleError
from rules.importing import applying, residents
from rules.importing.applying import apply_run
from rules.importing.chores import tidy
from rules.importing.registers import register_of
from rules.importing.rehearsing import Script
from tests.import_files import person
from tests.importers import Importer, importer
from tests.makers import world

NUMBER = "440301199704215903"
RESIDENTS = register_of("resident")
#: The same person in three rows and two units, a unit whose area comes later, strangers in one unit.
TANGLED = [
    person("7-1-301", "张丽华", "13800000001", NUMBER),
    person("7-1-302", "王芳"),
    person("7-1-303", "陈刚", "13800000009"),
    person("7-1-301", "张丽华", "13800000002", NUMBER, None, None, None, "某科技公司"),
    person("7-1-305", "张丽华", "13800000003", NUMBER, relation="租户"),
    person("7-1-305", "李静"),
    person("7-1-302", "王强", None, None, None, "88.5"),
    person("8-1-101", "赵敏", "13800000004"),
    person("7-1-305", "张丽华", None, None, None, None, "3"),
]


@pytest.fixture
def desk(session, write, tmp_path, monkeypatch) -> Importer:
    monkeypatch.setattr(applying, "BATCH", 3)
    return importer(world(session), write, tmp_path)


def confirmed(desk: Importer, *rows: list[object]) -> int:
    """A run that waits to go in as a whole."""
    run_id = desk.read(*rows)
    desk.confirm(run_id, "all")
    return run_id


def told(desk: Importer, org_id: int) -> list[tuple[str, ...]]:
    """What the trail says of the estate of a project, without keys, which differ."""
    lines = desk.look(select(TrailEntry).where(TrailEntry.chain_id == org_id, TrailEntry.noun.in_(RESIDENTS.touches)))
    keyless = (re.sub(r'("\w+_id"):\[null,"\d+"\]', r"\1", line.changes) for line in lines)
    return sorted(
        (line.action, line.noun, re.sub(r" \d+$", "", line.subject), words)
        for line, words in zip(lines, keyless, strict=True)
    )


def homes(desk: Importer, org_id: int) -> list[tuple[object, ...]]:
    """Who lives where, reached how."""
    ties = desk.look(select(Occupancy).where(Occupancy.org_id == org_id))
    return sorted(
        (
            tie.unit.code,
            str(tie.unit.area),
            tie.resident.name,
            tie.relation,
            tie.resident.id_no or "",
            tie.resident.employer or "",
            tie.resident.household_size or 0,
            *(f"{phone.number} {phone.position}" for phone in tie.resident.phones),
        )
        for tie in ties
        if tie.unit.code[:2] in ("7-", "8-")
    )


def test_rehearsed_or_row_by_row_the_house_comes_out_the_same(desk, session):
    other = Importer(desk.world, desk.write, desk.spool, desk.world.person("service_supervisor", "WJ"))
    other.org_id = desk.world.wj.id
    session.rollback()
    run = desk.apply(confirmed(desk, *TANGLED))
    plain = other.take_in(*TANGLED)
    assert (run.state, run.done, run.created, run.updated) == (plain.state, plain.done, plain.created, plain.updated)
    mine, theirs = desk.world.yj.id, other.org_id
    assert homes(desk, mine) == homes(other, theirs)
    assert {row.outcome for row in desk.look(select(ImportRow))} == {"create", "update"}


def test_a_rehearsed_import_tells_the_trail_of_every_row(desk):
    before = Counter(told(desk, desk.world.yj.id))
    desk.apply(confirmed(desk, *TANGLED[:3]))
    lines = list((Counter(told(desk, desk.world.yj.id)) - before).elements())
    assert Counter(line[:2] for line in lines) == {
        ("新增", "building"): 1,
        ("新增", "unit"): 3,
        ("新增", "resident"): 3,
        ("新增", "occupancy"): 3,
        ("新增", "resident_phone"): 2,
    }
    said = next(words for _action, noun, subject, words in lines if (noun, subject) == ("resident", "张丽华"))
    assert NUMBER not in said
    assert "440***********5903" in said


def test_nobody_sees_a_row_before_all_of_them_are_in(desk):
    run_id = confirmed(desk, *TANGLED)
    before, seen = desk.count(Resident), []

    def look(_done, _total):
        seen.append(desk.count(Resident))
        desk.write(lambda session: session.add(Building(org_id=desk.world.company.id, name=f"柜{len(seen)}")))

    apply_run(desk.write, RESIDENTS, run_id, desk.by, look)
    assert seen == [before] * 3, "three batches were worked out, others wrote between them, nothing was to be seen"
    assert desk.count(Resident) == before + 6


def test_a_kill_in_the_rehearsal_leaves_nothing_and_the_sweep_does_it_all(desk, at):
    run_id, before = confirmed(desk, *TANGLED), desk.count(Unit)

    class PowerCut(BaseException):
        pass

    def cut(done, _total):
        if done >= 6:
            raise PowerCut

    with pytest.raises(PowerCut):
        apply_run(desk.write, RESIDENTS, run_id, desk.by, cut)
    assert (desk.count(Unit), desk.run(run_id).state) == (before, "applying")
    at.forward(minutes=2)
    tidy(desk.write, desk.spool)
    assert (desk.run(run_id).state, desk.run(run_id).done) == ("done", 9)


def test_what_somebody_saved_meanwhile_is_looked_at_again(desk, monkeypatch):
    run_id, rehearsed = confirmed(desk, *TANGLED), []
    rehearse = Script.rehearse

    def watched(self, rows):
        rehearsed.append(len(rows))
        return rehearse(self, rows)

    def meet(done, _total):
        if (done, len(rehearsed)) == (3, 1):  # the desk registers the very person the file brings
            found = Resident(org_id=desk.world.yj.id, name="赵敏")
            unit = desk.world.units["3-2-1203"]
            tie = Occupancy(org_id=unit.org_id, unit_id=unit.id, resident=found, relation="owner")
            desk.write(lambda session: session.add_all([found, tie]))

    monkeypatch.setattr(Script, "rehearse", watched)
    apply_run(desk.write, RESIDENTS, run_id, desk.by, meet)
    assert len(rehearsed) == 6, "rehearsed once more, because the register is not what it was"
    assert desk.run(run_id).state == "done"


def test_an_import_that_is_outrun_every_time_goes_in_by_one_long_transaction(desk, monkeypatch):
    run_id = confirmed(desk, *TANGLED)
    monkeypatch.setattr(Script, "is_stale", lambda *_all: True)
    run = desk.apply(run_id)
    assert (run.state, run.created + run.updated) == ("done", 9)


def test_a_row_that_no_longer_fits_takes_the_rehearsal_back(desk):
    run_id = confirmed(desk, *TANGLED)
    desk.take_in(person("9-1-301", "王芳", None, NUMBER))
    before = desk.count(Unit)
    with pytest.raises(RuleError, match="第2行：这个身份证号码在系统里是王芳的"):
        desk.apply(run_id)
    assert (desk.run(run_id).state, desk.count(Unit)) == ("failed", before)


def test_a_register_that_cannot_be_rehearsed_still_goes_in_all_or_not_at_all(desk, monkeypatch):
    run_id = confirmed(desk, *TANGLED)
    monkeypatch.setitem(RESIDENTS.__dict__, "stands_alone", None)
    fill = residents._Saving._phones

    def spoil(self, resident, numbers):
        fill(self, resident, numbers)
        if resident.name == "赵敏":
            resident.name = None

    before = desk.count(Unit)
    with monkeypatch.context() as patch:
        patch.setattr(residents._Saving, "_phones", spoil)
        with pytest.raises(Exception, match=r"NOT NULL|null value"):
            desk.apply(run_id)
    assert desk.count(Unit) == before
    desk.confirm(run_id, "all")
    assert desk.apply(run_id).state == "done"


def test_two_processes_at_one_rehearsal_write_it_once(desk):
    run_id, before, refused = confirmed(desk, *TANGLED), desk.count(Resident), []

    def work():
        try:
            apply_run(desk.write, RESIDENTS, run_id, desk.by)
        except RuleError as no:
            refused.append(no)

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), desk.count(Resident)) == (1, before + 6)
