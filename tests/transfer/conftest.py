"""Deployments for the tests of exports and imports."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.transfer.transfer_kit import deployment, furnish, make_pattern

from parlour.node import Node


@pytest.fixture(scope="session")
def people_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment to copy: people and groups."""
    folder = tmp_path_factory.mktemp("pattern") / "data"
    asyncio.run(make_pattern(folder))
    return folder


@pytest.fixture
async def furnished(tmp_path: Path, people_only: Path) -> AsyncIterator[Node]:
    """A deployment with rooms of every kind, in which nothing was said."""
    async with deployment(tmp_path / "source", people_only) as node:
        await furnish(node)
        yield node


@pytest.fixture
async def target(tmp_path: Path, people_only: Path) -> AsyncIterator[Node]:
    """A deployment of the same people with nothing else in it."""
    async with deployment(tmp_path / "target", people_only) as node:
        yield node
