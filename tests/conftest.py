"""What all tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

# so that `tests.real_client.harness` is found however pytest was started
_REPOSITORY = str(Path(__file__).resolve().parents[1])
if _REPOSITORY not in sys.path:
    sys.path.insert(0, _REPOSITORY)


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """Forget how a program that a test ran had set up its logs: its standard error is closed with the test."""
    yield
    structlog.reset_defaults()
