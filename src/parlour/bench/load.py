"""The load itself: posts at a rate, then as many as go, and how long each took to every member."""

import asyncio
import time
from array import array
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

LENGTH = 100  # characters of a message
IN_FLIGHT = 16  # posts that wait for their answer at a time, as many as go
_PATIENCE = 30  # seconds to wait for what has not arrived yet

Heard = Callable[[str], None]
"""Is told the text of each message that arrives at a member."""


class Poster(Protocol):
    """A member of the room."""

    async def post(self, text: str) -> None:
        """Post, and return when it is on disk."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What a round came to.

    Attributes:
        messages: how many were posted.
        deliveries: how many arrived, at all members together.
        seconds: from the first post to the last arrival.
        latencies: of the deliveries in seconds, from the moment that a post was due; the shortest first.
        processor: which part of one processor this process took for it.
    """

    messages: int
    deliveries: int
    seconds: float
    latencies: Sequence[float] = field(repr=False)
    processor: float

    def latency(self, part: float) -> float:
        """Return the seconds within which that part of all deliveries arrived; 0 if none did."""
        return self.latencies[min(int(len(self.latencies) * part), len(self.latencies) - 1)] if self.latencies else 0.0


class Load:
    """What members post, and when it arrives.

    Attributes:
        members: who takes part; they tell `heard` what arrives.
    """

    def __init__(self) -> None:
        self.members: Sequence[Poster] = ()
        self._due: list[float] = []
        self._taken = array("d")
        self._last = 0.0
        self._awaited = 0
        self._arrived = asyncio.Event()

    def heard(self, text: str) -> None:
        """Note that a message arrived at a member."""
        self._last = time.perf_counter()
        self._taken.append(self._last - self._due[int(text.split(maxsplit=2)[1])])
        if len(self._taken) == self._awaited:
            self._arrived.set()

    async def at_rate(self, rate: float, seconds: float) -> Result:
        """Post so many messages a second, one member after the other, whether or not the others have arrived."""
        return await self._measured(self._in_time(rate, max(1, round(rate * seconds))))

    async def as_fast_as_goes(self, seconds: float) -> Result:
        """Post with some posts under way at any time."""
        end = time.perf_counter() + seconds
        return await self._measured(self._one_after_the_other(end))

    async def _in_time(self, rate: float, count: int) -> None:
        start = time.perf_counter()
        async with asyncio.TaskGroup() as posts:
            for number in range(count):
                due = start + number / rate
                await asyncio.sleep(due - time.perf_counter())
                posts.create_task(self._post(due))

    async def _one_after_the_other(self, end: float) -> None:
        async def keep_posting() -> None:
            while (now := time.perf_counter()) < end:
                await self._post(now)
        async with asyncio.TaskGroup() as posts:
            for _ in range(IN_FLIGHT):
                posts.create_task(keep_posting())

    async def _post(self, due: float) -> None:
        number = len(self._due)
        self._due.append(due)
        await self.members[number % len(self.members)].post(f"benchmark {number} ".ljust(LENGTH, "."))

    async def _measured(self, work: Coroutine[Any, Any, None]) -> Result:
        posted, arrived = len(self._due), len(self._taken)
        start, processor = time.perf_counter(), time.process_time()
        await work
        messages = len(self._due) - posted
        await self._until(arrived + messages * len(self.members))
        seconds = max(self._last - start, 1e-9)
        taken = sorted(self._taken[arrived:])
        return Result(messages, len(taken), seconds, taken, (time.process_time() - processor) / seconds)

    async def _until(self, count: int) -> None:
        """Wait until so many deliveries were heard of, but not forever."""
        self._awaited = count
        self._arrived.clear()
        if len(self._taken) < count:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), _PATIENCE)
