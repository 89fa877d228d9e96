"""A turn of the loop takes a bounded number of connections, and in time all of them."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from parlour import turns


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner(loop_factory=turns.make_loop) as runner:
        yield runner.get_loop()


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(3 * turns.MOST)]
    yield made
    for pair in made:
        for end in pair:
            end.close()


def test_a_turn_takes_so_many_and_the_next_ones_take_the_others(
    loop: asyncio.AbstractEventLoop, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    told: Counter[int] = Counter()
    in_turns: list[int] = []

    def take(number: int, near: socket.socket) -> None:
        near.recv(1)
        told[number] += 1
    for number, (near, far) in enumerate(pairs):
        loop.add_reader(near, take, number, near)
        far.send(b"x")

    async def look() -> None:
        while told.total() < len(pairs):
            before = told.total()
            await asyncio.sleep(0)
            in_turns.append(told.total() - before)
    loop.run_until_complete(look())
    assert max(in_turns) == turns.MOST
    assert set(told.values()) == {1}


def test_who_is_always_ready_keeps_nobody_waiting(
    loop: asyncio.AbstractEventLoop, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    told: Counter[int] = Counter()
    for number, (near, far) in enumerate(pairs):
        loop.add_reader(near, told.update, [number])  # what came stays where it is
        far.send(b"x")

    async def look() -> None:
        for _ in range(7):
            await asyncio.sleep(0)
    loop.run_until_complete(look())
    assert set(told.values()) <= {1, 2, 3}
    assert len(told) == len(pairs)


def test_what_is_not_watched_any_more_is_not_told_of(loop: asyncio.AbstractEventLoop) -> None:
    near, far = socket.socketpair()
    told: list[str] = []
    with near, far:
        far.send(b"x")
        loop.add_reader(near, told.append, "read")
        loop.add_writer(near, told.append, "write")
        loop.run_until_complete(asyncio.sleep(0.01))
        assert set(told) == {"read", "write"}
        loop.remove_reader(near)
        told.clear()
        loop.run_until_complete(asyncio.sleep(0.01))
        assert set(told) == {"write"}
        loop.remove_writer(near)
        told.clear()
        loop.run_until_complete(asyncio.sleep(0.01))
        assert told == []


def test_a_loop_waits_for_what_comes_later(loop: asyncio.AbstractEventLoop) -> None:
    async def later() -> str:
        reader, writer = await asyncio.open_connection(sock=near)
        loop.call_later(0.02, far.send, b"hello\n")
        try:
            return (await reader.readline()).decode()
        finally:
            writer.close()
    near, far = socket.socketpair()
    with far:
        assert loop.run_until_complete(later()) == "hello\n"
