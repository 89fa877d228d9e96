"""How often somebody may do something: so many a minute, and as many at once."""

import math
from collections import OrderedDict

from parlour.clock import Clock

_MOST_REMEMBERED = 10_000


class Allowance:
    """Counts by whatever key.

    Args:
        rate: times a minute.
        clock: time.
    """

    def __init__(self, rate: int, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._left: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def take(self, key: int) -> int:
        """Take one of a key's allowance; return 0, or after how many seconds there is one again."""
        now = self._clock.monotonic()
        left, since = self._left.get(key, (float(self._rate), now))
        left = min(float(self._rate), left + (now - since) * self._rate / 60)
        wait = 0 if left >= 1 else max(1, math.ceil((1 - left) * 60 / self._rate))
        self._left[key] = (left if wait else left - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > _MOST_REMEMBERED:
            self._left.popitem(last=False)
        return wait
