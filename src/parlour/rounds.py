"""When connections write what was queued for them: after everything else of this turn, and a slice of time at once.

What is said in one turn of the event loop, by whomever, goes out to each connection in one write. And a message for
thousands does not hold up the others: between two slices the loop does whatever else there is to do, and what is for
few goes before what is for many.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)
_SLICE_SECONDS = 0.004
_MOST_SECONDS = 0.01  # of a slice, however long the others take


class Sender(Protocol):
    """What is called on in a round."""

    def flush(self) -> None:
        """Write what was queued, if anything was."""
        ...


_Round = tuple[int, int, Iterator[Sender]]  # how many there were, its number, and those who are left


class Rounds:
    """Calls on connections that have something queued.

    Args:
        slice_seconds: for how long it works at least before others have their turn; when they take longer than that,
            as when thousands arrive at once, it works for as long as they do.
    """

    def __init__(self, slice_seconds: float = _SLICE_SECONDS) -> None:
        self._slice_seconds = slice_seconds
        self._alone: deque[Sender] = deque()
        # Every round stands in both, and has nobody left where it comes second.
        self._oldest: deque[_Round] = deque()
        self._smallest: list[_Round] = []
        self._numbers = count()
        self._scheduled = False
        self._oldest_first = False
        self._ended: float | None = None  # when the last slice did, if there is more to do

    def add(self, sender: Sender) -> None:
        """Call on one connection soon."""
        self._alone.append(sender)
        self._schedule()

    def add_all(self, senders: Collection[Sender]) -> None:
        """Call on all of these, which must not change meanwhile, in their order."""
        added = (len(senders), next(self._numbers), iter(senders))
        self._oldest.append(added)
        heappush(self._smallest, added)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._go)

    def _go(self) -> None:
        """Work for a slice of time."""
        now = asyncio.get_running_loop().time
        began = now()
        taken = 0.0 if self._ended is None else min(began - self._ended, _MOST_SECONDS)
        until = began + max(taken, self._slice_seconds)
        self._scheduled, self._ended = False, None
        while self._alone:
            _call_on(self._alone.popleft())
        while self._oldest:
            chosen = self._take()
            for sender in chosen[2]:
                _call_on(sender)
                if now() > until:
                    self._put_back(chosen)
                    self._ended = now()
                    self._schedule()
                    return
        self._smallest.clear()

    def _take(self) -> _Round:
        """Take the smallest round, and every other time the oldest, so that none waits for ever."""
        self._oldest_first = not self._oldest_first or not self._smallest
        return self._oldest.popleft() if self._oldest_first else heappop(self._smallest)

    def _put_back(self, begun: _Round) -> None:
        if self._oldest_first:
            self._oldest.appendleft(begun)
        else:
            heappush(self._smallest, begun)


def _call_on(sender: Sender) -> None:
    try:
        sender.flush()
    except Exception:  # whatever is wrong with one of them: the others get theirs
        _log.exception("rounds.flush-failed")
