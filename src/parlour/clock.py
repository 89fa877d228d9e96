"""Time as something passed in, so that tests own it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the house needs of time. The real one is `SystemClock`; tests use `parlour.testing.FakeClock`."""

    def now(self) -> datetime:
        """Return the current moment, in UTC, for time stamps people see."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for intervals."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` on the running event loop."""
        await asyncio.sleep(seconds)
