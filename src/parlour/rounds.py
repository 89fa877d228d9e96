"""When connections write what was queued for them: after everything else of this turn, and a slice of time at once.

What is said in one turn of the event loop, by whomever, goes out to each connection in one write. And a message for
thousands does not hold up the others: between two slices the loop does whatever else there is to do, and what is for
few goes before what is for many.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)
_SLICE_SECONDS = 0.004


class Sender(Protocol):
    """What is called on in a round."""

    def flush(self) -> None:
        """Write what was queued, if anything was."""
        ...


class Rounds:
    """Calls on connections that have something queued.

    Args:
        slice_seconds: for how long it works before others have their turn.
    """

    def __init__(self, slice_seconds: float = _SLICE_SECONDS) -> None:
        self._slice_seconds = slice_seconds
        self._alone: deque[Sender] = deque()
        # Each with how many senders it had at the start, in the order in which they came.
        self._rounds: list[tuple[int, Iterator[Sender]]] = []
        self._scheduled = False
        self._oldest_first = False

    def add(self, sender: Sender) -> None:
        """Call on one connection soon."""
        self._alone.append(sender)
        self._schedule()

    def add_all(self, senders: Collection[Sender]) -> None:
        """Call on all of these, which must not change meanwhile, in their order."""
        self._rounds.append((len(senders), iter(senders)))
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._go)

    def _go(self) -> None:
        """Work for a slice of time."""
        now = asyncio.get_running_loop().time
        until = now() + self._slice_seconds
        self._scheduled = False
        while self._alone:
            _call_on(self._alone.popleft())
        while self._rounds:
            chosen = self._choose()
            for sender in chosen[1]:
                _call_on(sender)
                if now() > until:
                    self._schedule()
                    return
            self._rounds.remove(chosen)

    def _choose(self) -> tuple[int, Iterator[Sender]]:
        """Take the smallest round, and every other time the oldest, so that none waits for ever."""
        self._oldest_first = not self._oldest_first
        return self._rounds[0] if self._oldest_first else min(self._rounds, key=lambda one: one[0])


def _call_on(sender: Sender) -> None:
    try:
        sender.flush()
    except Exception:  # whatever is wrong with one of them: the others get theirs
        _log.exception("rounds.flush-failed")
