"""A directory on a real database, with a pool and its own endpoint."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.directory.directory_kit import Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        yield desk
