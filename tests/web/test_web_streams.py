"""Runs that stream: a fault is one run's own, and whoever goes away leaves nothing behind."""

from collections.abc import Awaitable, Callable

import pytest

from parlour.admin.engine import Result, Status
from parlour.web.streams import EventHost, Runs


async def broken() -> Result:
    raise ValueError("nobody foresaw it")


def talking(host: EventHost, told: list[int]) -> Callable[[], Awaitable[Result]]:
    """Return a run that says a thousand things, one after the other."""
    async def run() -> Result:
        for number in range(1000):
            await host.host_line(str(number))
            told.append(number)
        return Result(Status.DONE)
    return run


@pytest.mark.filterwarnings("default")
async def test_a_fault_that_nobody_foresaw_ends_its_run_alone() -> None:
    async with Runs() as runs:
        host = EventHost()
        async with runs.events(host, broken) as events:
            error, end = [event async for event in events]
        assert error["error"]["id"] == "Unexpected"
        assert end == {"end": {"status": 1, "errors": 1}}
        host = EventHost()
        async with runs.events(host, talking(host, [])) as events:
            assert len([event async for event in events]) == 1001


async def test_a_run_waits_for_its_reader_and_ends_when_he_goes() -> None:
    told: list[int] = []
    async with Runs() as runs:
        host = EventHost()
        async with runs.events(host, talking(host, told)) as events:
            assert await anext(events) == {"line": "0"}
    assert len(told) < 100
