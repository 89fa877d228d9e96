"""What the tests of the browser client stand on."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from tests.browser.browser_kit import Windows, chromium

from parlour.testing import Deployment

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator["Browser"]:
    """A browser for the tests of a module."""
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: "Browser", deployment: Deployment, request: pytest.FixtureRequest) -> AsyncIterator[Windows]:
    """Opens windows for people; at the end none may have had a fault."""
    windows = Windows(browser, deployment)
    yield windows
    await windows.close()
