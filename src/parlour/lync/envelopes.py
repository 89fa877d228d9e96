"""Numbers of the envelopes that the server sends."""

import itertools
import secrets


class Envelopes:
    """Counts up from a random start, as the original did; clients only echo these numbers."""

    def __init__(self) -> None:
        self._numbers = itertools.count(secrets.randbits(31))

    def next(self) -> int:
        """Return the next number."""
        return next(self._numbers)
