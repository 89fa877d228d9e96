"""What is kept in memory is what the store would say: nothing outlasts a change, and nothing grows for ever."""

import asyncio
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from parlour.chat.memory import Memory


class Store:
    """Values of which each says how much it is, and how often they changed."""

    def __init__(self, **values: int) -> None:
        self.values = values
        self.revision = 0
        self.readings = 0
        self.begun = asyncio.Event()

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        """Read what is there when the reading begins, a moment later."""
        self.readings += 1
        self.begun.set()
        found = {key: self.values[key] for key in keys if key in self.values}
        await asyncio.sleep(0)
        return found

    def change(self, key: str, value: int | None) -> None:
        """Change a value, or take it away."""
        self.values.pop(key, None)
        if value is not None:
            self.values[key] = value
        self.revision += 1

    def memory(self, most: int = 100) -> Memory[str, int]:
        """Return a memory of these."""
        return Memory(self.read, lambda: self.revision, most, lambda value: value)


async def test_what_was_read_is_known_until_something_changes() -> None:
    store = Store(a=1, b=2)
    memory = store.memory()
    assert memory.known("a") is None
    assert [await memory.get("a") for _ in range(3)] == [1, 1, 1]
    assert store.readings == 1
    store.change("b", 3)
    assert memory.known("a") is None
    assert await memory.get("a") == 1


async def test_what_is_not_there_is_not_kept() -> None:
    store = Store()
    memory = store.memory()
    assert await memory.get("a") is None
    store.values["a"] = 1  # without a word: it is asked for again all the same
    assert await memory.get("a") == 1


async def test_what_changed_while_it_was_read_is_not_kept() -> None:
    store = Store(a=1)
    memory = store.memory()
    reading = asyncio.ensure_future(memory.get("a"))
    await store.begun.wait()
    store.change("a", 2)
    assert await reading == 1  # he asked before the change
    assert memory.known("a") is None
    assert await memory.get("a") == 2


async def test_to_read_is_to_read_anew() -> None:
    store = Store(a=1)
    memory = store.memory()
    await memory.get("a")
    assert await memory.read("a") == 1
    assert store.readings == 2


async def test_what_was_not_asked_for_in_the_longest_time_goes_first() -> None:
    store = Store(a=40, b=40, c=40, d=200)
    memory = store.memory()
    for key in ("a", "b", "a", "c"):
        await memory.get(key)
    assert [memory.known(key) for key in ("a", "b", "c")] == [40, None, 40]
    assert await memory.get("d") == 200  # more than there is room for
    assert [memory.known(key) for key in ("a", "c", "d")] == [None, None, None]
    await memory.get("a")
    assert memory.known("a") == 40


_KEYS = st.sampled_from("abcde")


@given(st.lists(st.one_of(
    st.tuples(st.just("get"), _KEYS, st.none()),
    st.tuples(st.just("read"), _KEYS, st.none()),
    st.tuples(st.just("change"), _KEYS, st.none() | st.integers(1, 60)))))
def test_a_memory_says_what_the_store_says(acts: list[tuple[str, str, int | None]]) -> None:
    async def play() -> None:
        store = Store(a=1, b=20, c=50)
        memory = store.memory()
        for act, key, value in acts:
            if act == "change":
                store.change(key, value)
            else:
                assert await (memory.get(key) if act == "get" else memory.read(key)) == store.values.get(key)
            known = {one: memory.known(one) for one in "abcde"}
            assert all(value in (None, store.values.get(one)) for one, value in known.items())
            assert sum(value or 0 for value in known.values()) <= 100
    asyncio.run(play())
