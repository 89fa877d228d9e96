"""A house with two people, for the tests of signing in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.web.signin_kit import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house
