"""What `flask check` and the start see to: nobody else on the machine reads the house's data."""

import stat
from pathlib import Path
from typing import Any

import pytest

from commands.check import faults
from tests.conftest import make_app


@pytest.mark.engines("sqlite")
@pytest.mark.rule("BASE-02")
def test_nobody_else_on_the_machine_may_read_the_database(databases: Any, tmp_path: Path) -> None:
    file = tmp_path / "shoujie.db"
    app = make_app(f"sqlite:///{file}", tmp_path)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.connect().close()
        for part in tmp_path.glob("shoujie.db*"):
            assert stat.S_IMODE(part.stat().st_mode) & 0o077 == 0, part.name
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
        assert not [words for words in _words(app) if "可被他人读取" in words]
        file.chmod(0o644)
        assert "shoujie.db 可被他人读取，请执行 chmod 600" in _words(app)


def _words(app: Any) -> list[str]:
    """The faults that need no table."""
    try:
        return faults(app)
    finally:
        app.extensions["sqlalchemy"].session.remove()
