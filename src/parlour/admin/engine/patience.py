"""How long others have to wait for one evaluation: nobody's filter may hold up the whole node.

What counts is the time that the processor is kept, not that of the clock: a busy machine is no fault of a filter.
"""

import time
from contextvars import ContextVar
from typing import Final

from parlour.admin.engine.limits import EVALUATION_SECONDS
from parlour.errors import EVALUATION_TOO_LONG, ParlourError

_ends: Final[ContextVar[float]] = ContextVar("parlour_evaluation_ends", default=float("inf"))


def begin() -> None:
    """Begin something that is evaluated in one go."""
    _ends.set(time.thread_time() + EVALUATION_SECONDS)


def left() -> float:
    """Return for how many seconds it may still go on."""
    return max(0.0, _ends.get() - time.thread_time())


def check() -> None:
    """See whether it may go on.

    Raises:
        ParlourError: EVALUATION_TOO_LONG.
    """
    if time.thread_time() > _ends.get():
        raise ParlourError(EVALUATION_TOO_LONG, None, limit=EVALUATION_SECONDS)
