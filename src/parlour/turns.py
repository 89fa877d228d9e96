"""An event loop whose turns are short, however many connections have something to say.

asyncio takes all that is ready in one turn. When thousands answer at once, whoever says something meanwhile waits for
all of them, then once more for his message to go out. Here a turn takes some hundreds at most; of the others, those
that became ready first come in the next one.
"""

import asyncio
import os
import select
import selectors
from typing import Any, Final

MOST: Final = 512  # connections that are looked at in one turn


def make_loop() -> asyncio.AbstractEventLoop:
    """Make the event loop of a node."""
    return asyncio.SelectorEventLoop(_Few())


class _Few(selectors.EpollSelector):
    """Tells of a bounded number of files at once; the system goes on with the next ones the next time."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = select.epoll.fromfd(os.dup(self.fileno()))
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401
        """Watch a file."""
        return self._note(super().register(fileobj, events, data))

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401
        """Watch a file for something else."""
        return self._note(super().modify(fileobj, events, data))

    def _note(self, key: selectors.SelectorKey) -> selectors.SelectorKey:
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401
        """Watch a file no more."""
        key = super().unregister(fileobj)
        del self._keys[key.fd]
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait until files are ready, for at most `timeout` seconds; return some of them, and what for."""
        keys, found = self._keys, []
        for fd, event in self._ready.poll(timeout if timeout is None else max(timeout, 0), MOST):
            if key := keys.get(fd):
                events = (event & ~select.EPOLLIN and selectors.EVENT_WRITE) | (
                    event & ~select.EPOLLOUT and selectors.EVENT_READ)
                found.append((key, events & key.events))
        return found

    def close(self) -> None:
        """Watch nothing any more."""
        self._ready.close()
        super().close()
