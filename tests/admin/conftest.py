"""A role book on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlour.directory.rolebook import RoleBook
from parlour.storage.database import Database
from parlour.storage.migrate import upgrade


@pytest.fixture
async def role_book(tmp_path: Path) -> AsyncIterator[RoleBook]:
    url = f"sqlite:///{tmp_path / 'parlour.db'}"
    upgrade(url)
    database = Database(url)
    yield RoleBook(database, "DC=litwareinc,DC=com")
    await database.close()
