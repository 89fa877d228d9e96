"""SIP over TCP and TLS: the only input and output of this package.

One connection's messages are handled strictly one after the other. While a handler works, its connection is not read:
a peer that sends faster than it is served is held back by TCP. Writing never waits: what was sent in one turn of the
event loop is written together at its end (`parlour.rounds`), what a peer does not take collects in its transport's
buffer, and a peer with too much there is cut off (it hurts only itself).
"""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Protocol, Self, cast

import structlog

from parlour.arrivals import AT_ONCE, in_turn, let_wait, over_tls
from parlour.clock import Clock
from parlour.errors import ParlourError
from parlour.rounds import Rounds
from parlour.sip.message import Request, Response
from parlour.sip.parser import Answered, Broken, Event, KeepAlive, Limits, Rejected, StreamParser

_log = structlog.get_logger(__name__)
_READ_BYTES = 65_536  # most that is read of one connection before the others have their turn

Address = tuple[str, int]


class CloseReason(StrEnum):
    """Why a connection ended: in the log, in the metrics, and in `ConnectionHandler.lost`."""

    PEER_CLOSED = "peer-closed"
    PEER_RESET = "peer-reset"
    IDLE = "idle"
    HALF_MESSAGE = "half-message"
    NOT_SIGNED_IN = "not-signed-in"
    SLOW_READER = "slow-reader"
    BROKEN_STREAM = "broken-stream"
    HANDLER_FAILED = "handler-failed"
    SIGNED_OUT = "signed-out"
    REPLACED = "replaced"
    REFUSED = "refused"
    UNKNOWN_DIALOG = "unknown-dialog"
    DRAINING = "draining"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a connection may be what it is, in seconds.

    Attributes:
        idle: without a byte from the peer. Healthy pidgin-sipe clients send one every 60 to 300 seconds.
        half_message: with a message begun and not ended.
        sign_in: until the handler sets `SipConnection.admitted`.
        close: for the peer to take what is left after `SipConnection.close`.
        sweep: between two looks at all connections.
    """

    idle: float = 660.0
    half_message: float = 30.0
    sign_in: float = 60.0
    close: float = 5.0
    sweep: float = 1.0


class ConnectionHandler(Protocol):
    """What is done with a connection. Only `request` may take time: it may return an awaitable."""

    def connected(self, conn: "SipConnection") -> None:
        """Take a new connection; for TLS, after the handshake."""
        ...

    def request(self, conn: "SipConnection", request: Request) -> Awaitable[None] | None:
        """Handle a request; the connection's next message waits for the awaitable returned."""
        ...

    def answered(self, conn: "SipConnection", answer: Answered) -> None:
        """Handle a response that says that all is well, and nothing else."""
        ...

    def response(self, conn: "SipConnection", response: Response) -> None:
        """Handle any other response."""
        ...

    def keep_alive(self, conn: "SipConnection") -> None:
        """Handle a ping (RFC 5626 double CRLF)."""
        ...

    def rejected(self, conn: "SipConnection", error: ParlourError, request: Request | None) -> None:
        """Answer a message that cannot be accepted, if `request` is there to answer."""
        ...

    def lost(self, conn: "SipConnection", reason: str) -> None:
        """Take the end of a connection, with the first reason that was given for it."""
        ...


class SipConnection(asyncio.BufferedProtocol):
    """One peer's connection.

    Attributes:
        admitted: set by the handler once the peer has signed in.
        peer: the peer's host and port.
        local_address: our host and port on this connection.
        is_tls: whether it is encrypted.
    """

    __slots__ = (
        "_closing_since", "_ended_by_peer", "_half_since", "_handler", "_heard", "_parser", "_pieces",
        "_reason", "_retiring", "_server", "_since", "_task", "_transport", "_waiting", "admitted", "is_tls",
        "local_address", "peer")

    def __init__(self, server: "SipServer") -> None:
        self.admitted = False
        self.peer: Address = ("", 0)
        self.local_address: Address = ("", 0)
        self.is_tls = False
        self._server = server
        self._handler = server.handler
        self._parser = StreamParser(server.limits, brief=True)
        self._waiting: deque[Event] | None = None  # not an empty one: most are silent, and it takes 760 bytes
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._pieces: list[bytes | Callable[[], bytes]] = []
        self._reason = ""
        self._ended_by_peer = False
        self._retiring = ""  # why to end once the handler is done
        self._since = self._heard = server.clock.monotonic()
        self._half_since: float | None = None
        self._closing_since: float | None = None

    @property
    def is_closing(self) -> bool:
        """Whether the connection ended, or is about to."""
        return bool(self._reason)

    @property
    def unsent(self) -> int:
        """Bytes written that the peer has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def send(self, data: bytes) -> bool:
        """Send bytes behind all that was sent before; say whether the connection still takes them."""
        if self._reason or self._transport is None or self._transport.is_closing():
            return False
        self._pieces.append(data)
        self._server.rounds.add(self)
        return True

    def queue(self, piece: Callable[[], bytes]) -> None:
        """Have bytes made and written behind all that was sent before, when a round that has this connection comes by.

        Args:
            piece: makes them; what it raises ends the connection.
        """
        self._pieces.append(piece)

    def flush(self) -> None:
        """Write now what was sent and queued."""
        pieces = self._pieces
        if not pieces:
            return
        self._pieces = []
        if self._reason or self._transport is None or self._transport.is_closing():
            return
        try:
            made = [piece if isinstance(piece, bytes) else piece() for piece in pieces]
        except Exception:
            self._failed()
        else:
            self._transport.write(made[0] if len(made) == 1 else b"".join(made))

    def close(self, reason: str) -> None:
        """End the connection once the peer took what was written; what it still sends is thrown away."""
        self.flush()
        if self._end(reason) and self._transport:
            self._closing_since = self._server.clock.monotonic()
            self._hang_up(self._transport)

    def retire(self, reason: str) -> None:
        """End the connection after the message being handled; further ones are thrown away."""
        self._retiring = reason
        self._waiting = None
        self._work()

    def _leave(self, reason: str) -> None:
        # The peer need not take part in this: what is written to the system is delivered after an abort, too.
        self.flush()
        if self.unsent:
            self.close(reason)
        else:
            self.abort(reason)

    def _hang_up(self, transport: asyncio.Transport) -> None:
        # Closing a TCP socket with unread bytes in it resets it, and a reset takes the last answers with it: so
        # only our half is closed, and the rest is read away until the peer closes too, or `Timeouts.close`.
        if self._ended_by_peer or not transport.can_write_eof():
            transport.close()
            return
        transport.resume_reading()
        try:
            transport.write_eof()
        except OSError:
            transport.abort()

    def abort(self, reason: str) -> None:
        """End the connection at once; what was not sent is lost."""
        self._end(reason)
        if self._transport:
            self._transport.abort()

    def _end(self, reason: str) -> bool:
        if self._reason:
            return False
        self._reason = reason
        self._waiting = None
        self._pieces.clear()
        return True

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio calls this)."""
        self._transport = cast("asyncio.Transport", transport)
        self.peer = _address(transport.get_extra_info("peername"))
        self.local_address = _address(transport.get_extra_info("sockname"))
        self.is_tls = transport.get_extra_info("ssl_object") is not None
        self._transport.set_write_buffer_limits(high=self._server.max_outbound)
        self._server.joined(self)
        if self._server.is_stopping:
            self.abort(CloseReason.SHUTDOWN)
        else:
            self._greet()

    def _greet(self) -> None:
        try:
            self._handler.connected(self)
        except Exception:
            self._failed()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where the next bytes may be put (asyncio calls this); they are taken before anybody else's come."""
        return self._server.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes (asyncio calls this)."""
        if self._reason or self._retiring:
            return
        self._heard = self._server.clock.monotonic()
        events = self._parser.receive_data(self._server.read_buffer[:nbytes])
        if not self._parser.has_partial:
            self._half_since = None
        elif events or self._half_since is None:
            self._half_since = self._heard
        self._work(events)

    def eof_received(self) -> bool:
        """Take the end of what the peer sends; what it asked before is still answered (asyncio calls this)."""
        if self._reason:
            return False
        self._ended_by_peer = True
        self._work(self._parser.receive_eof())
        return self._task is not None and not self.is_tls  # TLS has no half-closed connections

    def pause_writing(self) -> None:
        """Cut off a peer that does not read (asyncio calls this over the high-water mark)."""
        self.abort(CloseReason.SLOW_READER)

    def connection_lost(self, exc: Exception | None) -> None:
        """End (asyncio calls this)."""
        self._end(CloseReason.PEER_CLOSED if exc is None else CloseReason.PEER_RESET)
        self._server.left(self, self._reason)
        try:
            self._handler.lost(self, self._reason)
        except Exception:
            _log.exception("sip.handler-failed", peer=self.peer)
        self._transport = None

    # --- messages, one after the other ---

    def _work(self, events: Sequence[Event] = ()) -> None:
        if self._waiting:
            self._waiting += events
        elif events:
            self._waiting = deque(events)
        while self._waiting and self._task is None:
            event = self._waiting.popleft()
            try:
                if isinstance(event, Answered):  # each message to each client is answered
                    self._handler.answered(self, event)
                else:
                    self._handle(event)
            except Exception:
                self._failed()
        self._waiting = self._waiting or None
        if self._ended_by_peer and self._task is None:
            self.close(CloseReason.PEER_CLOSED)
        if self._retiring and self._task is None:
            self._leave(self._retiring)

    def _handle(self, event: Event) -> None:
        match event:
            case Request():
                work = self._handler.request(self, event)
                if work is not None:
                    self._start(work)
            case Response():
                self._handler.response(self, event)
            case KeepAlive():
                self._handler.keep_alive(self)
            case Rejected(error, request):
                self._handler.rejected(self, error, request)
            case Broken(error):
                _log.warning("sip.broken-stream", peer=self.peer, error=error.kind.name, detail=str(error))
                self.close(CloseReason.BROKEN_STREAM)

    def _start(self, work: Awaitable[None]) -> None:
        if self._transport:
            self._transport.pause_reading()
        self._task = self._server.tasks.create_task(self._finish(work))

    async def _finish(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            self._failed()
        finally:
            self._task = None
        self._heard = self._server.clock.monotonic()
        if not self._reason and self._transport:
            self._transport.resume_reading()
        self._work()

    def _failed(self) -> None:
        # Of the programmer's making, not the peer's: it costs this connection, never the others.
        _log.exception("sip.handler-failed", peer=self.peer)
        self.close(CloseReason.HANDLER_FAILED)

    # --- time ---

    def check_time(self, now: float, limits: Timeouts) -> None:
        """End the connection if it was too long what it is; the server's sweeper calls this."""
        if self._closing_since is not None:
            if now - self._closing_since >= limits.close and self._transport:
                self._transport.abort()
        elif not self._reason and (reason := self._overdue(now, limits)):
            self.close(reason)

    def _overdue(self, now: float, limits: Timeouts) -> CloseReason | None:
        if not self.admitted and now - self._since >= limits.sign_in:
            return CloseReason.NOT_SIGNED_IN
        if self._task is not None:
            return None  # it is not being read: its silence is ours
        if self._half_since is not None and now - self._half_since >= limits.half_message:
            return CloseReason.HALF_MESSAGE
        return CloseReason.IDLE if now - self._heard >= limits.idle else None


class SipServer:
    """Listens, and owns the connections and their tasks.

    Use it as a context: ``async with SipServer(handler, clock) as server: await server.listen(host, port)``.

    Args:
        handler: what is done with connections.
        clock: time.
        limits: what a peer may send.
        timeouts: how long a connection may be what it is.
        max_outbound: bytes that may wait for a peer before it is cut off.
        rounds: when connections write; for whoever queues something for many.

    Attributes:
        read_buffer: where bytes arrive, of whichever connection has its turn.
        connections: the connections there are now.
        accepted: how many there have been.
        tasks: the group in which handlers' awaitables run.
    """

    def __init__(
        self, handler: ConnectionHandler, clock: Clock, *, limits: Limits | None = None,
        timeouts: Timeouts | None = None, max_outbound: int = 8 * 1024 * 1024, rounds: Rounds | None = None,
    ) -> None:
        self.handler = handler
        self.clock = clock
        self.limits = limits or Limits()
        self.max_outbound = max_outbound
        self.rounds = rounds or Rounds()
        self.read_buffer = memoryview(bytearray(_READ_BYTES))
        self.connections: set[SipConnection] = set()
        self.accepted = 0
        self.is_stopping = False
        self.tasks = asyncio.TaskGroup()
        self._timeouts = timeouts or Timeouts()
        self._closed: Counter[str] = Counter()
        self._listeners: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def addresses(self) -> list[Address]:
        """Host and port of every listening socket."""
        return [_address(sock.getsockname()) for listener in self._listeners for sock in listener.sockets]

    @property
    def closed(self) -> Mapping[str, int]:
        """How many connections ended, by reason."""
        return MappingProxyType(self._closed)

    async def __aenter__(self) -> Self:
        await self.tasks.__aenter__()
        self._sweeper = self.tasks.create_task(self._sweep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.stop()
        self._give_up()
        await self.tasks.__aexit__(kind, error, trace)

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> Address:
        """Listen on one more address.

        Args:
            host: name or address.
            port: port number; 0 for a free one.
            tls: for TLS, from `make_tls_context`.

        Returns:
            Host and port of the first socket that listens.

        Raises:
            OSError: the address cannot be listened on.
        """
        def make() -> SipConnection:
            return SipConnection(self)
        # When there are no file descriptors left, asyncio itself stops accepting for a second, and goes on.
        listener = await asyncio.get_running_loop().create_server(
            over_tls(make, tls) if tls else in_turn(make), host, port, backlog=AT_ONCE)
        self._listeners.append(listener)
        for one in listener.sockets:
            with one.dup() as same:
                let_wait(same)
        return _address(listener.sockets[0].getsockname())

    def close_listeners(self) -> None:
        """Take no new connections; the ones there are go on."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    async def stop(self) -> None:
        """End in good order: nothing new; what is being handled is finished and answered; then all close."""
        self.is_stopping = True
        self.close_listeners()
        for conn in list(self.connections):
            conn.retire(CloseReason.SHUTDOWN)
        await self._empty.wait()

    def _give_up(self) -> None:
        """Drop whatever is left: the sweeper and, after an error, connections."""
        self.is_stopping = True
        self.close_listeners()
        for conn in list(self.connections):
            conn.abort(CloseReason.SHUTDOWN)
        if self._sweeper:
            self._sweeper.cancel()

    def joined(self, conn: SipConnection) -> None:
        """Count a connection in; connections call this."""
        self.accepted += 1
        self.connections.add(conn)
        self._empty.clear()

    def left(self, conn: SipConnection, reason: str) -> None:
        """Count a connection out; connections call this."""
        self.connections.discard(conn)
        self._closed[reason] += 1
        if not self.connections:
            self._empty.set()

    async def _sweep(self) -> None:
        while True:
            await self.clock.sleep(self._timeouts.sweep)
            now = self.clock.monotonic()
            for conn in list(self.connections):
                conn.check_time(now, self._timeouts)


def make_tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make the server side's TLS settings: TLS 1.2 or later.

    Args:
        certificate: PEM file with the certificate, and its chain behind it.
        key: PEM file with the private key.

    Raises:
        OSError: a file cannot be read.
        ssl.SSLError: they do not belong together, or are no PEM.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _address(name: object) -> Address:
    # IPv6 socket names have four parts, and a socket that is gone has none.
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else ("", 0)
