"""What the walks through a browser share."""

import pytest

from printouts.draw.fonts import ensure_fonts


@pytest.fixture(scope="session")
def fonts() -> None:
    """The print fonts, built once per machine."""
    ensure_fonts()
