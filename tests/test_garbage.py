"""Garbage is found among what is new, and among everything when it is quiet or high time."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from parlour import garbage
from parlour.testing import FakeClock


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    callbacks = gc.callbacks.copy()
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.enable()


def test_what_a_full_look_leaves_is_set_aside() -> None:
    garbage.look_at_new()
    kept, lost = Knot(), weakref.ref(Knot())
    before = gc.get_freeze_count()
    gc.collect()
    assert lost() is None
    assert gc.get_freeze_count() > before
    assert not any(one is kept for one in gc.get_objects())  # the next look is not at it


def test_a_look_at_the_young_sets_nothing_aside() -> None:
    garbage.look_at_new()
    gc.disable()  # no full look may come by itself meanwhile
    before = gc.get_freeze_count()
    gc.collect(0)
    assert gc.get_freeze_count() == before


def test_what_was_set_aside_is_let_go_of_by_itself_or_found_in_the_end() -> None:
    garbage.look_at_new()
    gc.disable()
    plain, knot = {"one": object()}, Knot()
    gone = weakref.ref(knot)
    gc.collect()
    del plain, knot
    gc.collect()
    assert gone() is not None
    garbage.look_at_all()
    assert gone() is None


@pytest.mark.parametrize(("share", "after"), [(0.05, garbage.SOON_SECONDS), (0.5, garbage.LATEST_SECONDS)])
async def test_a_look_at_everything_waits_for_quiet(
    monkeypatch: pytest.MonkeyPatch, share: float, after: float
) -> None:
    clock = FakeClock()
    looks: list[float] = []
    start = clock.monotonic()
    monkeypatch.setattr(garbage, "look_at_all", lambda: looks.append(clock.monotonic() - start))
    task = asyncio.ensure_future(garbage.look_at_all_when_quiet(clock, lambda: share * clock.monotonic()))
    while clock.monotonic() - start < 2 * after:
        await asyncio.sleep(0)
        clock.advance(garbage.LOOK_SECONDS)
    await asyncio.sleep(0)
    task.cancel()
    assert looks == [after, 2 * after]
