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

from parlour.arrivals import AT_ONCE, let_wait, over_tls

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


async def test_a_turn_takes_a_few_and_the_others_wait() -> None:
    taken: list[int] = []  # how many by the end of each turn
    loop = asyncio.get_running_loop()
    count = 0

    class Counted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal count
            count += 1

    def look() -> None:
        taken.append(count)
        loop.call_soon(look)
    async with serving(Counted) as address:
        peers = [socket.create_connection(address) for _ in range(5 * AT_ONCE)]  # no turn passes meanwhile
        look()
        while count < len(peers):  # noqa: ASYNC110 - the turns are what is looked at
            await asyncio.sleep(0)
        assert max(after - before for before, after in pairwise(taken)) <= AT_ONCE
        for peer in peers:
            peer.close()
