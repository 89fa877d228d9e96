"""How listeners take connections: a few in a turn of the event loop, and with little memory for each over TLS.

When thousands come at once, whoever is there already must not wait until all of them are in. So a turn takes only a
few, with the handshakes and sign-ins that follow from it, and the rest waits where it costs nothing: in the kernel.
"""

import asyncio
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, ParamSpec, cast

_Given = ParamSpec("_Given")

AT_ONCE: Final = 16
"""Connections that a listener takes in one turn: asyncio takes as many as its `backlog` says. As many may begin."""

_MOST_WAITING = 4096  # connections in the kernel's queue; it may allow fewer (on Linux, net.core.somaxconn)
_HANDSHAKE_SECONDS = 60  # with the time in which others have their turn
_READ = 16_384  # bytes that are read of one connection before the others have their turn; a record of TLS has no more
_WRITTEN = 8_192  # bytes that are encrypted at a time


def let_wait(listener: socket.socket) -> None:
    """Let more connections wait than are taken in one turn; a listener's server must have begun before."""
    listener.listen(_MOST_WAITING)


class _Turns:
    """Does what those who arrive wait for, in their order, and a few in one turn of the event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, act: Callable[[], None]) -> None:
        """Have something done soon; what is wrong with it is reported by the event loop."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._go)
        self._waiting.append(act)

    def _go(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(min(AT_ONCE, len(self._waiting))):
            loop.call_soon(self._waiting.popleft())
        if self._waiting:
            loop.call_soon(self._go)


class Doorstep(asyncio.BufferedProtocol):
    """Where a connection waits for its turn with the first bytes that it sent, and is read no further.

    Args:
        protocol: its protocol, which hears of everything but these bytes at once.
        turns: who is next.
        place: for the bytes of whichever connection is read.

    Attributes:
        waits: whether bytes are waiting.
    """

    def __init__(self, protocol: asyncio.Protocol | asyncio.BufferedProtocol, turns: _Turns, place: bytearray) -> None:
        self.waits = False
        self._protocol = protocol
        self._turns = turns
        self._place = memoryview(place)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio calls this)."""
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where the next bytes may be put (asyncio calls this)."""
        return self._place

    def buffer_updated(self, nbytes: int) -> None:
        """Take the first bytes (asyncio calls this)."""
        self.waits = True
        self._transport.pause_reading()
        self._turns.add(partial(self._go_in, bytes(self._place[:nbytes])))

    def _go_in(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        protocol = self._protocol
        self._transport.set_protocol(protocol)
        self._transport.resume_reading()
        if isinstance(protocol, asyncio.BufferedProtocol):
            memoryview(protocol.get_buffer(len(data)))[:len(data)] = data
            protocol.buffer_updated(len(data))
        else:
            protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Take the end of what the peer sends (asyncio calls this)."""
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Take that the peer does not read (asyncio calls this)."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Take that the peer reads (asyncio calls this)."""
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End (asyncio calls this)."""
        self._protocol.connection_lost(exc)


def in_turn(
    make: Callable[_Given, asyncio.Protocol | asyncio.BufferedProtocol]
) -> Callable[_Given, asyncio.BaseProtocol]:
    """Return what makes protocols that begin when it is their turn, for a listener without TLS.

    Args:
        make: makes the protocol of a connection. One that says itself where bytes are put has room for a record of TLS.
    """
    turns, place = _Turns(), bytearray(_READ)

    def made(*given: _Given.args, **named: _Given.kwargs) -> asyncio.BaseProtocol:
        return Doorstep(make(*given, **named), turns, place)
    return made


class _Tls(SSLProtocol):
    """TLS for connections that are silent most of the time.

    asyncio keeps 256 KiB for what a connection will send next, for each connection. What is read is decrypted before
    another one is read, so that all of them can have the same place for it. And between OpenSSL and asyncio there are
    buffers that never become smaller: so only a little is put there at a time.

    All this is about asyncio's own names: with every new Python, the tests over TLS tell whether they are still these.
    """

    max_size = _READ

    def __init__(self, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, place: bytearray) -> None:
        loop = asyncio.get_running_loop()
        nobody = loop.create_future()  # waits for the handshake
        nobody.cancel()
        super().__init__(loop, protocol, context, nobody, server_side=True, ssl_handshake_timeout=_HANDSHAKE_SECONDS)
        self._ssl_buffer = place
        self._ssl_buffer_view = memoryview(place)

    def get_buffer(self, n: int) -> memoryview:
        """Say where the next bytes may be put (asyncio calls this)."""
        return self._ssl_buffer_view

    def _write_appdata(self, list_of_data: Iterable[bytes]) -> None:
        for data in list_of_data:
            for start in range(0, len(data), _WRITTEN):
                super()._write_appdata([data[start:start + _WRITTEN]])


def over_tls(
    make: Callable[_Given, asyncio.BaseProtocol], context: ssl.SSLContext
) -> Callable[_Given, asyncio.BaseProtocol]:
    """Return what makes protocols with TLS below them, which begin when it is their turn.

    Args:
        make: makes the protocol of a connection; it learns of the connection after the handshake.
        context: the server's side of TLS.
    """
    place = bytearray(_READ)

    def made(*given: _Given.args, **named: _Given.kwargs) -> _Tls:
        return _Tls(make(*given, **named), context, place)
    return in_turn(made)
