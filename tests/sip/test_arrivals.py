"""How listeners take connections: a few at a time, and with little memory over TLS."""

import asyncio
import gc
import socket
import ssl
import sys
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from parlour.arrivals import AT_ONCE, in_turn, let_wait, over_tls

LONG = bytes(range(256)) * 8192  # 2 MiB


class Echo(asyncio.Protocol):
    """Sends everything back, however slowly it is taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=len(LONG) * 2)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


@asynccontextmanager
async def serving(make: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[tuple[str, int]]:
    listener = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, backlog=AT_ONCE)
    with listener.sockets[0].dup() as same:
        let_wait(same)
    async with listener:
        yield listener.sockets[0].getsockname()


async def test_long_messages_arrive_whole(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    async with serving(over_tls(Echo, server_tls)) as address:
        reader, writer = await asyncio.open_connection(*address, ssl=client_tls)
        writer.write(LONG)
        assert await reader.readexactly(len(LONG)) == LONG
        writer.close()
        await writer.wait_closed()


async def test_without_tls_as_well() -> None:
    async with serving(in_turn(Echo)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(LONG)
        assert await reader.readexactly(len(LONG)) == LONG
        writer.close()
        await writer.wait_closed()


async def test_what_many_send_does_not_mix(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    async def talk(address: tuple[str, int], letter: bytes) -> None:
        reader, writer = await asyncio.open_connection(*address, ssl=client_tls)
        for size in (1, 5000, 70_000):
            writer.write(letter * size)
            assert await reader.readexactly(size) == letter * size
        writer.close()
        await writer.wait_closed()

    async with serving(over_tls(Echo, server_tls)) as address, asyncio.TaskGroup() as tasks:
        for letter in b"abcdefgh":
            tasks.create_task(talk(address, bytes((letter,))))


async def test_silent_connections_have_no_buffer_of_their_own(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with serving(over_tls(Echo, server_tls)) as address:
        writers = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*address, ssl=client_tls)
            writer.write(b"x")
            await reader.readexactly(1)
            writers.append(writer)
        ours = [one for one in gc.get_objects() if isinstance(one, SSLProtocol) and type(one) is not SSLProtocol]
        buffers = {id(held): sys.getsizeof(held)
                   for one in ours for held in vars(one).values() if isinstance(held, bytearray)}
        assert len(ours) == len(writers)
        assert sum(buffers.values()) < 20_000
        for writer in writers:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_failed_handshake_is_the_peers_own_affair(server_tls: ssl.SSLContext, sent: bytes) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    async with serving(over_tls(Echo, server_tls)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(sent)
        writer.write_eof()
        await reader.read()
        writer.close()
    gc.collect()  # what nobody asked for would be reported now
    await asyncio.sleep(0)
    assert not faults


class Counted(asyncio.Protocol):
    """Counts who was taken, and who began.

    Attributes:
        taken: connections of which the protocol heard.
        begun: those that sent something.
        lost: those that ended.
    """

    def __init__(self) -> None:
        self.taken = self.begun = self.lost = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count."""
        self.taken += 1

    def data_received(self, data: bytes) -> None:
        """Count."""
        self.begun += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Count."""
        self.lost += 1


async def each_turn(look: Callable[[], int], until: int) -> list[int]:
    """Return by how much a count grew in each turn of the event loop, until it is what is wanted."""
    loop, seen = asyncio.get_running_loop(), [look()]

    def note() -> None:
        seen.append(look())
        if seen[-1] < until:
            loop.call_soon(note)
    note()
    while look() < until:  # noqa: ASYNC110 - the turns are what is looked at
        await asyncio.sleep(0)
    return [after - before for before, after in pairwise(seen)]


async def test_a_turn_takes_a_few_and_the_others_wait() -> None:
    counted = Counted()
    async with serving(in_turn(lambda: counted)) as address:
        peers = [socket.create_connection(address) for _ in range(5 * AT_ONCE)]  # no turn passes meanwhile
        assert max(await each_turn(lambda: counted.taken, len(peers))) <= AT_ONCE
        for peer in peers:
            peer.sendall(b"x")
        assert max(await each_turn(lambda: counted.begun, len(peers))) <= AT_ONCE
        for peer in peers:
            peer.sendall(b"x")  # who is in has no more turns to wait for
            peer.close()
        await each_turn(lambda: counted.lost, len(peers))
        assert counted.begun == 2 * len(peers)


async def test_who_leaves_before_his_turn_is_not_heard() -> None:
    counted = Counted()
    async with serving(in_turn(lambda: counted)) as address:
        peers = [socket.create_connection(address) for _ in range(3)]
        await each_turn(lambda: counted.taken, len(peers))
        peers[0].close()
        await each_turn(lambda: counted.lost, 1)
        peers[1].sendall(b"x")
        peers[1].shutdown(socket.SHUT_WR)  # it is still heard
        peers[2].sendall(b"x")
        await each_turn(lambda: counted.begun, 2)
        await each_turn(lambda: counted.lost, 2)
        for peer in peers:
            peer.close()
