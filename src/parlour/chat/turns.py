"""One thing at a time for each person: the others wait for their turn, and not too many of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from parlour.errors import ErrorKind, ParlourError


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    size: int = 0


class Turns:
    """Gives turns, first come, first served.

    Args:
        most: of one person, under way and waiting together.
        refusal: what whoever comes after so many is told; it is given the `limit`.
    """

    def __init__(self, most: int, refusal: ErrorKind) -> None:
        self._most = most
        self._refusal = refusal
        self._queues: dict[int, _Queue] = {}

    @asynccontextmanager
    async def of(self, person_id: int) -> AsyncIterator[None]:
        """Wait for the turn of a person and keep it until the context ends.

        Raises:
            ParlourError: the refusal.
        """
        queue = self._queues.setdefault(person_id, _Queue())
        if queue.size >= self._most:
            raise ParlourError(self._refusal, limit=self._most)
        queue.size += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.size -= 1
            if not queue.size:
                del self._queues[person_id]
