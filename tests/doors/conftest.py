"""Fixtures of the SIP door's tests: one deployment for each module, one room for each test."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.doors.kit import PEOPLE, fresh_room, made

from parlour.testing import Deployment


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that is served."""
    with made(Deployment(tmp_path_factory.mktemp("doors"), users=PEOPLE, rooms=())) as served:
        yield served


@pytest.fixture(scope="module")
def unserved(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment that nobody serves yet."""
    deployment = Deployment(tmp_path_factory.mktemp("unserved"), users=PEOPLE, rooms=("Hall",))
    asyncio.run(deployment.create())
    return deployment


@pytest.fixture
async def room(deployment: Deployment) -> str:
    """An open room that nobody has used."""
    return await fresh_room(deployment)
