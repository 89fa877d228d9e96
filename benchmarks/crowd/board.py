"""What the crowd receives: how late, and whether each message came once and in its order.

Every text begins with a mark: when the message was due, on the clock that all processes of a machine share, and the
index of its room. The numbers by which order is judged are the server's own: in a room they have no gaps.
"""

from array import array
from collections.abc import Iterable, Sequence
from operator import add
from typing import Final, Self

MARK: Final = b"~~"
_STEP = 100_000  # ns in a step of the histogram
_STEPS = 600_000  # a minute
_AT, _ROOM = slice(0, 19), slice(19, 25)
MARK_LENGTH: Final = len(MARK) + _ROOM.stop

Seen = dict[int, int]
"""By room, the newest number that a client has seen."""


def marked(at: int, room: int, length: int = 100) -> str:
    """Return the text of a message.

    Args:
        at: when it is due: nanoseconds of the monotonic clock.
        room: index of its room.
        length: characters.
    """
    return f"{MARK.decode()}{at:019}{room:06} ".ljust(length, "x")


class Histogram:
    """Durations, in steps of a tenth of a millisecond."""

    def __init__(self) -> None:
        self.count = 0
        self.longest = 0
        self.steps = array("I", bytes(4 * _STEPS))

    def add(self, ns: int) -> None:
        """Add a duration, in nanoseconds."""
        self.count += 1
        if ns > self.longest:
            self.longest = ns
        step = ns // _STEP
        self.steps[step if 0 <= step < _STEPS else (_STEPS - 1 if step > 0 else 0)] += 1

    def share(self, part: float) -> float:
        """Return, in milliseconds, what this part of all durations does not exceed; 0 without any."""
        wanted, found = part * self.count, 0
        for step, count in enumerate(self.steps):
            found += count
            if found >= wanted and found:
                return (step + 1) * _STEP / 1e6
        return 0.0

    @classmethod
    def of_all(cls, parts: Iterable[Self]) -> Self:
        """Return one with the durations of several."""
        whole = cls()
        for part in parts:
            whole.count += part.count
            whole.longest = max(whole.longest, part.longest)
            whole.steps = array("I", map(add, whole.steps, part.steps))
        return whole

    @property
    def max(self) -> float:
        """The longest one, in milliseconds."""
        return self.longest / 1e6


class Board:
    """Keeps the count of what a crowd receives.

    Args:
        groups: the group of each room, by index; each group has its own histogram.

    Attributes:
        lateness: from when a message was due until a client had read it, by group.
        acknowledged: from when it was due until its author's client had the acknowledgement.
        newest: by room, the newest number that anybody has seen.
        newest_at: when a client last received something in a room, by its group, in ns.
        lost, doubled, disordered: messages by what was wrong with their numbers.
        refusals: how often the server said no, or something else went wrong.
        news: what else clients received of rooms: who comes and goes, and the like.
        refused: what the server said no to, in words; the first few.
    """

    def __init__(self, groups: Sequence[int]) -> None:
        kinds = max(groups, default=0) + 1
        self.groups = groups
        self.lateness = [Histogram() for _ in range(kinds)]
        self.acknowledged = Histogram()
        self.newest: Seen = {}
        self.newest_at = [0] * kinds
        self.lost = self.doubled = self.disordered = self.refusals = self.news = 0
        self.refused: list[str] = []

    def begin(self) -> None:
        """Forget what was counted; what clients have seen stays."""
        self.lateness = [Histogram() for _ in self.lateness]
        self.acknowledged = Histogram()
        self.lost = self.doubled = self.disordered = self.refusals = self.news = 0

    @property
    def delivered(self) -> int:
        """How many messages clients have received."""
        return sum(one.count for one in self.lateness)

    def total(self) -> Histogram:
        """Return the lateness in all groups."""
        return Histogram.of_all(self.lateness)

    def arrived(self, seen: Seen, mark: bytes, number: int, now: int) -> None:
        """Count a message that a client received.

        Args:
            seen: what that client has seen before.
            mark: its text, after `MARK`.
            number: the server's number.
            now: when it was read.
        """
        room = int(mark[_ROOM])
        before = seen.get(room)
        if before is None or number == before + 1:
            seen[room] = number
        elif number > before:
            self.lost += number - before - 1
            seen[room] = number
        else:
            self._not_newer(number, before)
        if number > self.newest.get(room, 0):
            self.newest[room] = number
        group = self.groups[room]
        self.newest_at[group] = now
        self.lateness[group].add(now - int(mark[_AT]))

    def _not_newer(self, number: int, before: int) -> None:
        if number == before or self.lost == 0:
            self.doubled += 1
        else:  # it was taken for lost when its successor came
            self.lost -= 1
            self.disordered += 1

    def refuse(self, what: str) -> None:
        """Note that something went wrong."""
        self.refusals += 1
        if len(self.refused) < 20:
            self.refused.append(what)
