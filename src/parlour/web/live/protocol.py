"""WebSockets on the web listener's own connections: the library keeps to RFC 6455, and this to the transport.

uvicorn hands a connection over when a client asks for the upgrade. Frames then go straight to its transport, since a
message that is rendered once must not cost a task or a call through the application for everybody who gets it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Final, Self

import structlog
from starlette.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from parlour.errors import ParlourError
from parlour.web.callers import Caller
from parlour.web.live.connection import LiveConnection, LiveServices
from parlour.web.live.door import LiveDoor
from parlour.web.live.events import text_frame
from parlour.web.proxies import Proxies

PATH: Final = "/api/v1/live"
_MOST_FRAME: Final = 1 << 20  # bytes of a message from a client
_SLICE: Final = 4096  # bytes that are read of one client before the others have their turn
_MOST_PARTS: Final = 1024  # pieces that a text may come in
_SILENCE_SECONDS: Final = 60.0  # between two signs of life that are asked for
_CLOSE_SECONDS: Final = 5.0  # for a client to say good-bye

_log = structlog.get_logger(__name__)

SignIn = Callable[[Mapping[str, str], str], Awaitable[Caller]]
"""Says who asks, by the headers of the request and the network address that it comes from.

Raises:
    ParlourError: nobody who may.
"""


class LiveEndpoint:
    """Makes the protocol of each connection; uvicorn's ``ws``. An async context manager.

    Args:
        services: what connections work with.
        sign_in: says who asks.
        door: delivers to them.
        max_outbound: bytes that may wait for a client before it is cut off.
        proxies: who is believed to speak for somebody else.
    """

    def __init__(
        self, services: LiveServices, sign_in: SignIn, door: LiveDoor, max_outbound: int, proxies: Proxies
    ) -> None:
        self.services = services
        self.sign_in = sign_in
        self.door = door
        self.max_outbound = max_outbound
        self.proxies = proxies
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every connection, and what they still do."""
        self.door.close_all()
        for task in tuple(self._tasks):
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def __call__(self, config: object, server_state: object, app_state: object) -> "LiveProtocol":
        """Return the protocol of a connection."""
        return LiveProtocol(self)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something for a connection, whose fault is nobody else's."""
        task = self._group.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class LiveProtocol(asyncio.Protocol):
    """One WebSocket.

    Args:
        endpoint: what all of them share.
    """

    transport: asyncio.Transport

    def __init__(self, endpoint: LiveEndpoint) -> None:
        self._endpoint = endpoint
        self._websocket = ServerProtocol(max_size=_MOST_FRAME)
        self._connection: LiveConnection | None = None
        self._frames: list[bytes] = []
        self._parts: list[bytes] = []
        self._unread = b""
        self._pauses = 0
        self._timer: asyncio.TimerHandle | None = None
        self._heard = True
        self._closing = False

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("this is no stream")
        self.transport = transport
        transport.set_write_buffer_limits(high=self._endpoint.max_outbound)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client."""
        self._heard = True
        waits, self._unread = bool(self._unread), self._unread + data
        if not waits:
            self._read_some()

    def _read_some(self) -> None:
        """Read a little, and the rest after everybody else had his turn: thousands of small frames take a while."""
        piece, self._unread = self._unread[:_SLICE], self._unread[_SLICE:]
        self._websocket.receive_data(piece)
        self._react()
        if self._unread:
            self.pause()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        self.resume()
        if self._unread and not self.transport.is_closing():
            self._read_some()

    def eof_received(self) -> None:
        """Take the end of what the client has to say."""
        self._websocket.receive_data(self._unread)
        self._unread = b""
        self._websocket.receive_eof()
        self._react()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection: the person leaves every room."""
        if self._timer is not None:
            self._timer.cancel()
        self._leave()

    def _leave(self) -> None:
        """Hear and say nothing more, whatever the client still sends."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._endpoint.door.discard(connection)
            connection.end()
            _log.info("live.ended", person=str(connection.person.address), code=self._websocket.close_code)

    def pause_writing(self) -> None:
        """Cut off a client that does not read: it resumes later, and the others never wait for it (promise 4)."""
        if self._connection is not None:
            _log.warning("live.slow-reader", person=str(self._connection.person.address))
        self.transport.abort()

    def resume_writing(self) -> None:
        """Nothing is held back."""

    # -- the protocol's side

    def _react(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Request):
                self.pause()
                self._endpoint.start(self._open(event))
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    async def _open(self, request: Request) -> None:
        """Answer the request for an upgrade: with a connection, or a problem."""
        response = self._websocket.accept(request)
        try:
            if response.status_code == 101 and request.path.partition("?")[0] != PATH:
                response = self._websocket.reject(404, "There is no live connection at this address.\n")
            elif response.status_code == 101:
                headers = Headers(raw=[(name.lower().encode("latin-1"), value.encode("latin-1"))
                                       for name, value in request.headers.raw_items()])
                door, endings = self._endpoint.door, self._endpoint.door.endings
                caller = await self._endpoint.sign_in(headers, self._endpoint.proxies.client(self._peer, headers.raw))
                door.check_sign_in(caller.person, endings)
                door.check(caller.person)
                self._begin(caller)
        except ParlourError as refused:
            response = self._websocket.reject(refused.kind.http, f"{refused}\n")
        except Exception:  # one connection's fault is not the listener's
            _log.exception("live.open-failed", peer=self._peer)
            response = self._websocket.reject(500, "Something went wrong.\n")
        if self.transport.is_closing():
            return
        self._websocket.send_response(response)
        self._flush()
        self.resume()

    def _begin(self, caller: Caller) -> None:
        if self.transport.is_closing():
            return
        endpoint = self._endpoint
        self._connection = LiveConnection(
            endpoint.services, caller.person, self, endpoint.door, endpoint.start, bearer=caller.bearer)
        endpoint.door.add(self._connection)
        self._watch()

    @property
    def _peer(self) -> str:
        peer = self.transport.get_extra_info("peername")
        return str(peer[0]) if peer else "unknown"

    def _watch(self) -> None:
        """Ask for a sign of life now and then; who gives none is gone."""
        self._set_timer(_SILENCE_SECONDS, self._look)

    def _set_timer(self, seconds: float, act: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, act)

    def _look(self) -> None:
        if not self._heard:
            self.transport.abort()
            return
        self._heard = False
        self._websocket.send_ping(b"")
        self._flush()
        self._watch()

    def _take(self, frame: Frame) -> None:
        if self._connection is None:
            return
        if frame.opcode is Opcode.BINARY:
            self.close(1003, "frames are texts")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if len(self._parts) > _MOST_PARTS:
                self.close(1008, "a text comes in too many pieces")
            elif frame.fin:
                self._take_text(b"".join(self._parts))
                self._parts.clear()

    def _take_text(self, content: bytes) -> None:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            self.close(1007, "this is no UTF-8")
            return
        if self._connection is not None:
            self._connection.receive(text)

    def flush(self) -> None:
        """Write the frames that were queued, together."""
        frames = self._frames
        if frames:
            self._frames = []
            if not self.transport.is_closing():
                self.transport.write(b"".join(frames))

    def _flush(self) -> None:
        self.flush()
        for data in self._websocket.data_to_send():
            if self.transport.is_closing():
                return
            if data:
                self.transport.write(data)
            else:
                self.transport.write_eof() if self.transport.can_write_eof() else self.transport.close()
        if self._websocket.close_expected() and not self._closing:
            self._closing = True
            self._set_timer(_CLOSE_SECONDS, self.transport.abort)

    # -- as a wire

    def send_text(self, text: bytes) -> None:
        """Send a text frame; what comes after the end is lost, as everything would be that comes later."""
        if self._websocket.state is State.OPEN:
            self._frames.append(text_frame(text))
            self._endpoint.door.rounds.add(self)

    def queue(self, frame: bytes) -> None:
        """Queue a whole frame that was rendered before: with `flush`, the whole cost of one recipient."""
        self._frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        """End the connection: at once for us, and for the client when it has said good-bye."""
        if self._websocket.state is State.OPEN:
            self._leave()
            self.flush()
            self._websocket.send_close(code, reason)
            self._flush()

    @property
    def unsent(self) -> int:
        """How many bytes wait to be sent."""
        if self.transport.is_closing():
            return 0
        return sum(map(len, self._frames)) + self.transport.get_write_buffer_size()

    def pause(self) -> None:
        """Read nothing more, for one more reason."""
        self._pauses += 1
        self.transport.pause_reading()

    def resume(self) -> None:
        """Read on, if there is no other reason not to."""
        self._pauses -= 1
        if not self._pauses and not self.transport.is_closing():
            self.transport.resume_reading()


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # it is reported, and the other connections go on
        _log.exception("live.work-failed")
