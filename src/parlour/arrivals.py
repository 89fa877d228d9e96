"""How listeners take connections: a few in a turn of the event loop, and with little memory for each over TLS.

When thousands come at once, whoever is there already must not wait until all of them are in. So a turn takes only a
few, with the handshakes and sign-ins that follow from it, and the rest waits where it costs nothing: in the kernel.
"""

import asyncio
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Iterable
from typing import Final, ParamSpec

_Given = ParamSpec("_Given")

AT_ONCE: Final = 8
"""Connections that a listener takes in one turn: asyncio takes as many as its `backlog` says."""

_MOST_WAITING = 4096  # connections in the kernel's queue; it may allow fewer (on Linux, net.core.somaxconn)
_HANDSHAKE_SECONDS = 15
_READ = 16_384  # bytes that are read of one connection before the others have their turn; a record of TLS has no more
_WRITTEN = 8_192  # bytes that are encrypted at a time


def let_wait(listener: socket.socket) -> None:
    """Let more connections wait than are taken in one turn; a listener's server must have begun before."""
    listener.listen(_MOST_WAITING)


class _Tls(SSLProtocol):
    """TLS for connections that are silent most of the time.

    asyncio keeps 256 KiB for what a connection will send next, for each connection. What is read is decrypted before
    another one is read, so that all of them can have the same place for it. And between OpenSSL and asyncio there are
    buffers that never become smaller: so only a little is put there at a time.

    All this is about asyncio's own names. Should it change them, this has no effect any more, and does no harm.
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
    """Return what makes protocols with TLS below them, for a listener that does not know of it.

    Args:
        make: makes the protocol of a connection; it learns of the connection after the handshake.
        context: the server's side of TLS.
    """
    place = bytearray(_READ)

    def made(*given: _Given.args, **named: _Given.kwargs) -> asyncio.BaseProtocol:
        return _Tls(make(*given, **named), context, place)
    return made
