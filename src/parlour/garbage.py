"""When Python looks for garbage: among what is new, which is quick; among everything only while little happens.

Everybody waits while it looks, and a look at everything takes some 40 ms for each thousand clients. So whatever a full
look leaves is set aside ("frozen"), and the next one need not look at it again. What becomes garbage there later, and
is not let go of by itself since it refers to itself, is found when it is quiet.
"""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from parlour.clock import Clock

LOOK_SECONDS: Final = 60.0  # between two looks whether it is quiet
QUIET: Final = 0.1  # of a processor's time: nobody is likely to wait
SOON_SECONDS: Final = 3600.0  # after the last look at everything, if it is quiet
LATEST_SECONDS: Final = 86_400.0  # even if it is never quiet
_OLDEST: Final = 2  # generation: a look at it is one at everything that is not set aside


def look_at_new() -> None:
    """Look for garbage from now on, and only among what is new."""
    if _set_aside not in gc.callbacks:
        gc.callbacks.append(_set_aside)
    gc.freeze()
    gc.enable()


def _set_aside(phase: str, info: Mapping[str, Any]) -> None:
    if phase == "stop" and info["generation"] == _OLDEST:
        gc.freeze()


def look_at_all() -> None:
    """Look for garbage among everything, now."""
    gc.unfreeze()
    gc.collect()


async def look_at_all_when_quiet(clock: Clock, used: Callable[[], float] = time.process_time) -> None:
    """Look at everything once in a while, for ever.

    Args:
        clock: time.
        used: returns the processor time that was used so far, in seconds.
    """
    looked_at = clock.monotonic()
    while True:
        used_before, before = used(), clock.monotonic()
        await clock.sleep(LOOK_SECONDS)
        now = clock.monotonic()
        is_quiet = used() - used_before < QUIET * (now - before)
        if now - looked_at >= (SOON_SECONDS if is_quiet else LATEST_SECONDS):
            look_at_all()
            looked_at = now
