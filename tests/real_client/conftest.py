"""Real pidgin-sipe clients at one real server."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.real_client.stage import Stage

from parlour.testing import Deployment

_PLUGIN = Path("/usr/lib/purple-2/libsipe.so")  # of pidgin-sipe, which depends on libpurple0
_MISSING = ("real-client tests need the Debian packages pidgin-sipe and libpurple0: "
            "apt-get install --no-install-recommends pidgin-sipe libpurple0")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.real_client)


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    """Skip without the client's packages; in CI that is a failure."""
    if _PLUGIN.exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(_MISSING, pytrace=False)
    pytest.skip(_MISSING)


async def _begin(deployment: Deployment) -> None:
    await deployment.create()
    await deployment.serve()


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, packages: None) -> Iterator[Deployment]:
    """A served deployment for all tests that do not stop it."""
    made = Deployment(tmp_path_factory.mktemp("deployment"))
    asyncio.run(_begin(made))
    yield made
    asyncio.run(made.stop())


@pytest.fixture
async def stage(deployment: Deployment, tmp_path: Path) -> AsyncIterator[Stage]:
    """Clients for the shared server."""
    made = Stage(deployment, tmp_path)
    yield made
    await made.clear()


_numbers = itertools.count(1)


@pytest.fixture
async def room(deployment: Deployment) -> str:
    """Return the URI of a room that nobody used before."""
    return await deployment.add_room(f"Room {next(_numbers)}")
