"""The workbook of faulty rows, in the clear: for whoever wrote down that they take it, for a quarter of an hour."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import TrailEntry
from rules.importing.spool import Spool
from rules.write import Writer
from tests.conftest import Hands
from tests.desk import sit
from tests.importers import Importer
from tests.makers import world


@pytest.mark.engines("sqlite")
def test_the_faulty_rows_are_for_who_took_them_and_not_for_long(
    app: Flask, session: Session, write: Writer, tmp_path: Path, at: Hands
):
    made = world(session)
    by = made.person("service_supervisor")
    mine, other = sit(app, session, "service_supervisor"), sit(app, session, "service_administrator")
    session.rollback()
    bad = ["3-2-1204", "孙某", "家属", "13800001234", "4.40301E+17"]
    run_id = Importer(made, write, Spool(tmp_path), by).read(bad)
    home = f"/imports/{run_id}/errors.xlsx"
    assert mine.client.get(home).status_code == 422, "nothing is taken without being written down"
    file = mine.post(f"/imports/{run_id}/errors").headers["Location"]
    assert mine.client.get(file).data.startswith(b"PK")
    assert other.client.get(file).status_code == 422
    session.rollback()
    told = session.scalars(select(TrailEntry.actor_id).where(TrailEntry.action == "取走错误清单")).all()
    assert told == [by.staff_id]
    at.forward(minutes=16)
    assert mine.client.get(file).status_code == 422
