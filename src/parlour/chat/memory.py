"""What was read from a store and still holds: kept until anything of its kind changes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from parlour.together import Together

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by their keys; those that were not asked for in the longest time go first.

    Args:
        read: reads values from the store; a key that has none is left out, and nothing is kept of it.
        revision: of the store: goes up with each change before that is acknowledged.
        most: how much is kept, as `weigh` weighs it.
        weigh: tells how much one value is.
    """

    def __init__(
        self, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], revision: Callable[[], int], most: int,
        weigh: Callable[[V], int] = lambda _: 1,
    ) -> None:
        self._read = read
        self._revision = revision
        self._most = most
        self._weigh = weigh
        self._together = Together(self._read_and_keep)
        self._kept: dict[K, V] = {}  # in the order in which they were last asked for
        self._weight = 0
        self._kept_at = revision()

    def known(self, key: K) -> V | None:
        """Return what is kept; None if that is nothing, or nothing that still holds."""
        if self._kept_at != self._revision():
            self._forget()
            return None
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    async def get(self, key: K) -> V | None:
        """Return what is kept, or read it; None if there is none."""
        found = self.known(key)
        return await self.read(key) if found is None else found

    def read(self, key: K) -> Awaitable[V | None]:
        """Read a value anew, together with what others ask for, and keep it; None if there is none."""
        return self._together.ask(key)

    async def _read_and_keep(self, keys: Sequence[K]) -> Mapping[K, V]:
        revision = self._revision()
        found = await self._read(keys)
        if revision == self._revision():  # otherwise it may be from before the change
            self._keep(found, revision)
        return found

    def _keep(self, found: Mapping[K, V], revision: int) -> None:
        if self._kept_at != revision:
            self._forget()
        for key, value in found.items():
            self._drop(key)
            self._kept[key] = value
            self._weight += self._weigh(value)
        while self._weight > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: K) -> None:
        if key in self._kept:
            self._weight -= self._weigh(self._kept.pop(key))

    def _forget(self) -> None:
        self._kept.clear()
        self._weight = 0
        self._kept_at = self._revision()
