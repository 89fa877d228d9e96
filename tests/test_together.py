"""What is asked for in one turn is read together, and nobody gets what was there before he asked."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from parlour.together import Together


class Store:
    """Values that can be read; a reading lasts until it may end."""

    def __init__(self, **values: int) -> None:
        self.values = values
        self.readings: list[tuple[str, ...]] = []
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        """Read what is there when the reading begins."""
        self.readings.append(tuple(keys))
        self.begun.set()
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.may_end.wait()
        if "bad" in keys:
            raise OSError("no disk")
        return found


async def test_those_of_one_turn_are_read_together_and_each_once() -> None:
    store = Store(a=1, b=2)
    together = Together(store.read)
    assert await asyncio.gather(*map(together.ask, ("a", "b", "a", "c"))) == [1, 2, 1, None]
    assert store.readings == [("a", "b", "c")]


async def test_who_asks_while_it_is_being_read_has_it_read_anew() -> None:
    store = Store(a=1)
    together = Together(store.read)
    store.may_end.clear()
    first = together.ask("a")
    await store.begun.wait()
    store.values["a"] = 2
    second = together.ask("a")
    store.may_end.set()
    assert list(await asyncio.gather(first, second)) == [1, 2]


async def test_many_are_read_in_several_readings() -> None:
    store = Store(**{f"k{number}": number for number in range(450)})
    together = Together(store.read)
    assert await asyncio.gather(*map(together.ask, store.values)) == list(range(450))
    assert len(store.readings) == 3


async def test_a_fault_is_for_everybody_who_asked_then_and_for_nobody_later() -> None:
    store = Store(a=1)
    together = Together(store.read)
    results = await asyncio.gather(together.ask("a"), together.ask("bad"), return_exceptions=True)
    assert [type(result) for result in results] == [OSError, OSError]
    assert await together.ask("a") == 1


async def test_who_stops_waiting_stops_nobody_else() -> None:
    store = Store(a=1)
    together = Together(store.read)
    impatient, patient = asyncio.ensure_future(together.ask("a")), together.ask("a")
    impatient.cancel()
    assert await patient == 1
    with pytest.raises(asyncio.CancelledError):
        await impatient
