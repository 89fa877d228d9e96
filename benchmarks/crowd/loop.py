"""Connections on epoll: no tasks, no futures, a few hundred bytes for each of them."""

import heapq
import itertools
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 65_536
_BIND_WITHOUT_PORT = 24  # IP_BIND_ADDRESS_NO_PORT: the port is chosen on connecting, for the pair of addresses
_EVENTS = 256
_BETWEEN = 32  # events of others before those who are preferred have their turn
_FAULT = select.EPOLLERR | select.EPOLLHUP

Act = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect.

    Attributes:
        host: address.
        port: port.
        tls: how to use TLS; None for plain TCP.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Loop:
    """Waits for connections and for the time.

    Attributes:
        now: when the bytes that are being handled were read, in ns of the monotonic clock.
    """

    def __init__(self) -> None:
        self.now = time.monotonic_ns()
        self._poller, self._preferred = select.epoll(), select.epoll()
        self._poller.register(self._preferred.fileno(), select.EPOLLIN)
        self._favourites: set[int] = set()
        self._connections: dict[int, Connection] = {}
        self._timers: list[tuple[int, int, Act]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        """Return how many connections are open or opening."""
        return len(self._connections)

    def at(self, when: int, act: Act) -> None:
        """Do something at a time, given in ns of the monotonic clock."""
        heapq.heappush(self._timers, (when, next(self._numbers), act))

    def run(self, until: Callable[[], bool], within: float) -> bool:
        """Handle what comes until something is so.

        Args:
            until: asked after every look.
            within: seconds.

        Returns:
            Whether it came to be so in time.
        """
        deadline = time.monotonic_ns() + int(within * 1e9)
        while not until():
            now = time.monotonic_ns()
            if now >= deadline:
                return False
            self._run_timers(now)
            due = min(self._timers[0][0], deadline) if self._timers else deadline
            wait = min(max(0, due - time.monotonic_ns()) / 1e9, 0.05)
            for place, (descriptor, mask) in enumerate(self._poller.poll(wait, _EVENTS)):
                if place % _BETWEEN == 0 and self._favourites:
                    self._handle_preferred()
                if (connection := self._connections.get(descriptor)) is not None:
                    connection.on_event(mask)
        return True

    def _handle_preferred(self) -> None:
        for descriptor, mask in self._preferred.poll(0, _EVENTS):
            if (connection := self._connections.get(descriptor)) is not None:
                connection.on_event(mask)

    def prefer(self, connection: "Connection") -> None:
        """Handle an open connection before others: how late it is says what the server does, not how busy we are."""
        descriptor = connection.socket.fileno()
        self._poller.unregister(descriptor)
        self._preferred.register(descriptor, select.EPOLLIN)
        self._favourites.add(descriptor)

    def wait(self, seconds: float) -> None:
        """Handle what comes for a while."""
        self.run(lambda: False, seconds)

    def _run_timers(self, now: int) -> None:
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def forget_timers(self) -> None:
        """Do nothing of what was to be done later."""
        self._timers.clear()

    def add(self, connection: "Connection", mask: int) -> None:
        """Begin to watch a connection."""
        descriptor = connection.socket.fileno()
        self._connections[descriptor] = connection
        self._poller.register(descriptor, mask)

    def change(self, connection: "Connection", mask: int) -> None:
        """Wait for something else of a connection."""
        descriptor = connection.socket.fileno()
        self._poller_of(descriptor).modify(descriptor, mask)

    def _poller_of(self, descriptor: int) -> select.epoll:
        return self._preferred if descriptor in self._favourites else self._poller

    def remove(self, connection: "Connection") -> None:
        """Forget a connection, before it is closed."""
        descriptor = connection.socket.fileno()
        if self._connections.pop(descriptor, None) is not None:
            self._poller_of(descriptor).unregister(descriptor)
            self._favourites.discard(descriptor)


class Connection:
    """A TCP or TLS connection of a client; heirs say what is done with bytes.

    Args:
        loop: waits for it.
    """

    __slots__ = ("_is_open", "_tls", "_unread", "_unsent", "loop", "socket")

    socket: socket.socket

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._is_open = False
        self._tls: ssl.SSLContext | None = None  # until the handshake begins
        self._unread = b""
        self._unsent = b""

    # -- for heirs

    def opened(self) -> None:
        """Begin: the connection is there."""
        raise NotImplementedError

    def take(self, data: bytes) -> bytes:
        """Take bytes; return those at the end that are no whole message yet."""
        raise NotImplementedError

    def lost(self, reason: str) -> None:
        """Learn that the connection has ended, but not by `close`."""
        raise NotImplementedError

    # -- the connection

    @property
    def is_open(self) -> bool:
        """Whether it is there."""
        return self._is_open

    def open(self, place: Place, source: str) -> None:
        """Begin to connect, from one of our own addresses."""
        self.socket = plain = socket.socket()  # not before: descriptors are few
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.IPPROTO_IP, _BIND_WITHOUT_PORT, 1)
        plain.bind((source, 0))
        plain.connect_ex((place.host, place.port))
        self._tls = place.tls
        self.loop.add(self, select.EPOLLIN | select.EPOLLOUT)

    def close(self) -> None:
        """End it at once; `lost` is not called."""
        self._is_open = False
        self.loop.remove(self)
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes, later if the kernel takes no more of them."""
        if self._unsent:
            self._unsent += data
            return
        sent = self._send_some(data)
        if sent < len(data):
            self._unsent = data[sent:]
            if self._is_open:
                self.loop.change(self, select.EPOLLIN | select.EPOLLOUT)

    def _send_some(self, data: bytes) -> int:
        try:
            return self.socket.send(data)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except OSError as fault:
            self._end(f"sending: {fault}")
            return len(data)

    def on_event(self, mask: int) -> None:
        """Do what the kernel has news for."""
        if not self._is_open:
            # what is heard before the connection is there was meant for another one, whose descriptor this has now
            if mask & (select.EPOLLOUT | _FAULT) or isinstance(self.socket, ssl.SSLSocket):
                self._finish_opening()
            return
        if mask & select.EPOLLOUT:
            self._flush()
        if self._is_open and mask & (select.EPOLLIN | _FAULT):
            self._read()

    def _finish_opening(self) -> None:
        try:
            if fault := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(fault, "no connection")
            if self._tls is not None:
                self.socket, self._tls = self._tls.wrap_socket(self.socket, do_handshake_on_connect=False), None
            if isinstance(self.socket, ssl.SSLSocket):
                self.socket.do_handshake()
        except ssl.SSLWantReadError:
            self.loop.change(self, select.EPOLLIN)
        except ssl.SSLWantWriteError:
            self.loop.change(self, select.EPOLLIN | select.EPOLLOUT)
        except OSError as error:
            self._end(str(error))
        else:
            self._is_open = True
            self.loop.change(self, select.EPOLLIN)
            self.opened()

    def _flush(self) -> None:
        data, self._unsent = self._unsent, b""
        if data:
            self.send(data)
        if self._is_open and not self._unsent:
            self.loop.change(self, select.EPOLLIN)

    def _read(self) -> None:
        more = True
        while more and self._is_open:
            try:
                data = self.socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except OSError as fault:
                self._end(str(fault))
                return
            if not data:
                self._end("the server closed it")
                return
            self.loop.now = time.monotonic_ns()
            self._unread = self.take(self._unread + data if self._unread else data)
            # what TLS has decrypted already, epoll knows nothing of
            more = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0

    def _end(self, reason: str) -> None:
        self.close()
        self.lost(reason)
