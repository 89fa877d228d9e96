"""What the tests of the core share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.chat.stage_kit import Stage
from tests.storage.storage_kit import Archive, open_archive


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with open_archive(tmp_path) as archive:
        yield archive


@pytest.fixture
def stage(archive: Archive) -> Stage:
    return Stage(archive)
