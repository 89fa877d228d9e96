"""The clock that moves only when told."""

import asyncio
from datetime import UTC, datetime, timedelta

from parlour.testing import FakeClock


def test_stands_still() -> None:
    clock = FakeClock(datetime(2026, 1, 5, tzinfo=UTC))
    assert (clock.now(), clock.monotonic()) == (datetime(2026, 1, 5, tzinfo=UTC), 0)
    assert clock.now() == clock.now()


def test_advances_both_times_alike() -> None:
    clock = FakeClock()
    before = clock.now()
    clock.advance(90.5)
    assert clock.now() - before == timedelta(seconds=90.5)
    assert clock.monotonic() == 90.5


async def test_sleepers_wake_in_the_order_of_their_deadlines() -> None:
    clock, woken = FakeClock(), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (3, 1, 2, 10):
            group.create_task(sleep(seconds))
        await asyncio.sleep(0)
        clock.advance(5)
        for _ in range(3):
            await asyncio.sleep(0)
        assert woken == [1, 2, 3]
        clock.advance(5)
    assert woken == [1, 2, 3, 10]


async def test_a_cancelled_sleeper_does_not_matter() -> None:
    clock = FakeClock()
    sleeper = asyncio.ensure_future(clock.sleep(1))
    await asyncio.sleep(0)
    sleeper.cancel()
    clock.advance(2)
    assert await asyncio.gather(sleeper, return_exceptions=True)
