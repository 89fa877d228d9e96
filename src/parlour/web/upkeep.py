"""Keeps sessions and access tokens in order while the web listener is open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from parlour.clock import Clock
from parlour.directory.bearers import Bearers
from parlour.errors import ParlourError
from parlour.web.live.door import LiveDoor

LOOK_SECONDS: Final = 60.0
LOOKS_PER_WRITE: Final = 5
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def upkeep(bearers: Bearers, door: LiveDoor, clock: Clock) -> AsyncIterator[None]:
    """End live connections whose session is over, and write now and then what was used when.

    An open live connection is a use of its session.
    """
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(_look_forever(bearers, door, clock))
        try:
            yield
        finally:
            looking.cancel()
    await bearers.flush()


async def _look_forever(bearers: Bearers, door: LiveDoor, clock: Clock) -> None:
    looks = 0
    while True:
        await clock.sleep(LOOK_SECONDS)
        looks += 1
        try:
            await door.check_bearers(bearers)
            if looks % LOOKS_PER_WRITE == 0:
                await bearers.flush()
        except ParlourError as fault:  # it is tried again, and nobody waits for it
            _log.warning("sign-in.upkeep-failed", reason=str(fault))
