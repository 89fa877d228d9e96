"""How fast one connection may post: a bucket of bytes that fills with time (promise 4: nobody drowns a room)."""

from parlour.clock import Clock


class Pace:
    """What is left of a sender's allowance.

    Args:
        rate: bytes a second; twice as many may come at once.
        clock: time.
    """

    def __init__(self, rate: int, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._left = 2.0 * rate
        self._since = clock.monotonic()

    def spend(self, size: int) -> float:
        """Take `size` bytes; return for how many seconds nothing more should be read from the sender."""
        now = self._clock.monotonic()
        self._left = min(2.0 * self._rate, self._left + (now - self._since) * self._rate) - size
        self._since = now
        return max(0.0, -self._left / self._rate)
