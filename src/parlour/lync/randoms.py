"""Random hexadecimal digits in plenty: to ask the system for a few of them each time is dear."""

import os
from collections.abc import Iterator

_BYTES = 4096  # asked of the system at once


def random_digits(count: int) -> Iterator[str]:
    """Yield texts of `count` random hexadecimal digits in upper case, for ever."""
    while True:
        digits = os.urandom(_BYTES).hex().upper()
        for start in range(0, len(digits) - count + 1, count):
            yield digits[start:start + count]
