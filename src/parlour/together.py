"""Reading once for all who ask: what is asked for in one turn of the event loop is read together.

A reading begins after everybody asked whom it answers, so nobody gets what was there before he asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MOST_AT_ONCE = 200  # keys of one reading: those who ask next need not wait for longer than that


class Together(Generic[K, V]):
    """Reads values by their keys, those of one turn together, and each key once.

    Args:
        read: reads values; a key that has none may be left out.
    """

    def __init__(self, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._wanted: dict[K, asyncio.Future[V | None]] = {}
        self._readings: set[asyncio.Task[None]] = set()

    def ask(self, key: K) -> "asyncio.Future[V | None]":
        """Have a value read; the result is None if there is none, and the error is that of the reading."""
        found = self._wanted.get(key)
        if found is None:
            loop = asyncio.get_running_loop()
            if not self._wanted:
                loop.call_soon(self._begin)
            found = self._wanted[key] = loop.create_future()
        return asyncio.shield(found)  # who stops waiting stops nobody else's reading

    def _begin(self) -> None:
        wanted, self._wanted = self._wanted, {}
        rest = iter(wanted.items())
        while some := dict(islice(rest, _MOST_AT_ONCE)):
            reading = asyncio.get_running_loop().create_task(self._answer(some))
            self._readings.add(reading)
            reading.add_done_callback(self._readings.discard)

    async def _answer(self, wanted: "dict[K, asyncio.Future[V | None]]") -> None:
        try:
            found = await self._read(tuple(wanted))
        except Exception as fault:  # it is for whoever asked
            for future in wanted.values():
                future.set_exception(fault)
        else:
            for key, future in wanted.items():
                future.set_result(found.get(key))
