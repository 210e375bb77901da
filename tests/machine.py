"""What a test may do when this machine lacks something it needs."""

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether this run has to prove everything."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def cannot(reason: str) -> NoReturn:
    """At home the test is listed with the reason, in CI it fails."""
    if in_ci():
        pytest.fail(f"在 CI 中必须运行：{reason}", pytrace=False)
    pytest.skip(reason)
