"""What is expected of Parlour, beside others in the same run or by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.comparison.work import FEW, JOIN, POSTS, RATE, SATURATION
from benchmarks.figures import Figure

PARLOUR, EJABBERD, PROSODY = "parlour", "ejabberd", "prosody"


class Sense(StrEnum):
    """In which direction a figure is good."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound of one of Parlour's figures.

    Attributes:
        work, transport, members, metric: which figure.
        sense: whether the bound is one from above or from below.
        bound: it; in units of the figure, or as a multiple of what `beside` has.
        beside: the server whose figure of the same work, members and metric is the measure; None: none.
    """

    work: str
    transport: str
    members: int
    metric: str
    sense: Sense
    bound: float
    beside: str | None = None

    @property
    def wording(self) -> str:
        """What is expected, in words."""
        return f"{self.sense} {self.bound:,g}" + (f" × {self.beside}" if self.beside else "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a target was met.

    Attributes:
        target: which.
        figure: Parlour's.
        other: the other server's; None if none is the measure.
        ratio: of the first to the second.
    """

    target: Target
    figure: Figure
    other: Figure | None
    ratio: float | None

    @property
    def is_met(self) -> bool:
        """Whether it is as good as expected."""
        reached = self.figure.value if self.ratio is None else self.ratio
        return reached <= self.target.bound if self.target.sense is Sense.AT_MOST else reached >= self.target.bound


def _beside(
    works: Iterable[tuple[str, str, int]], transport: str, sense: Sense, bound: float, other: str = EJABBERD
) -> Iterator[Target]:
    for work, metric, members in works:
        yield Target(work, transport, members, metric, sense, bound, other)


_AT_RATE = [(RATE, "CPU", 1000), (RATE, "p99", 1000)]
_AT_SATURATION = [(SATURATION, "deliveries", 100), (SATURATION, "deliveries", 1000)]
_POSTING = [(POSTS, "posts", FEW)]

TARGETS = (
    *_beside(_AT_RATE, "websocket", Sense.AT_MOST, 0.5),
    *_beside(_AT_RATE, "sip-tls", Sense.AT_MOST, 0.8),  # without signatures, which Digest over TLS does without
    *_beside(_AT_RATE, "sip", Sense.AT_MOST, 1.2),
    *_beside(_AT_SATURATION, "websocket", Sense.AT_LEAST, 2.5),
    *_beside(_AT_SATURATION, "sip", Sense.AT_LEAST, 2.0),
    *(target for transport in ("websocket", "sip") for target in (
        *_beside(_POSTING, transport, Sense.AT_LEAST, 3.0),
        *_beside(_POSTING, transport, Sense.AT_LEAST, 5.0, PROSODY),
        Target(POSTS, transport, FEW, "posts", Sense.AT_LEAST, 5000),
        Target(JOIN, transport, 1000, "time", Sense.AT_MOST, 1.0))),
)


def judge(target: Target, figures: Iterable[Figure]) -> Verdict | None:
    """Say how a target was met; None if that was not measured."""
    ours = theirs = None
    for figure in figures:
        if (figure.work, figure.members, figure.metric) == (target.work, target.members, target.metric):
            if (figure.server, figure.transport) == (PARLOUR, target.transport):
                ours = figure
            elif figure.server == target.beside:
                theirs = figure
    if ours is None or (target.beside is not None and theirs is None):
        return None
    return Verdict(target, ours, theirs, ours.value / theirs.value if theirs and theirs.value else None)
