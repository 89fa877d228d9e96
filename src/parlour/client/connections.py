"""The live connection, with and without asyncio. One task or thread at a time asks and reads."""

import json
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection as SyncClientConnection
from websockets.sync.client import connect as connect_sync

from parlour.client.errors import ApiError, ConnectionEnded
from parlour.client.live import Ask
from parlour.forms import LiveEvent

T = TypeVar("T")
_MOST = 1 << 24  # bytes of a frame from the server


class _Base:
    """What both forms share.

    Args:
        url: of the live connection.
        headers: that say who asks.
        trust: whom to trust to certify the server.
    """

    def __init__(self, url: str, headers: Mapping[str, str], trust: ssl.SSLContext) -> None:
        self._url = url
        self._options: dict[str, Any] = {
            "additional_headers": dict(headers), "ssl": trust if url.startswith("wss:") else None, "compression": None,
            "proxy": None, "max_size": _MOST}
        self._mark = 0
        self._events: deque[LiveEvent] = deque()

    def kept(self) -> list[LiveEvent]:
        """Return what happened and was not read yet; more may be on its way."""
        found = list(self._events)
        self._events.clear()
        return found

    def _frame(self, ask: Ask[T]) -> str:
        self._mark += 1
        return json.dumps(ask.frame(self._mark))

    def _answer(self, text: str | bytes) -> dict[str, Any] | None:
        """Return the answer that is waited for; what happens meanwhile is kept for whoever reads on."""
        frame = json.loads(text)
        if frame.get("re") == self._mark:
            return cast("dict[str, Any]", frame)
        if "event" in frame:
            self._events.append(frame)
        return None


def _given(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever was asked for
    if "error" in answer:
        error = answer["error"]
        raise ApiError(error["status"], error["id"], error["message"])
    return answer["ok"]


def _ended(fault: ConnectionClosed) -> ConnectionEnded:
    return ConnectionEnded(fault.rcvd.code if fault.rcvd else None, fault.rcvd.reason if fault.rcvd else "")


def _refused(fault: InvalidStatus) -> ApiError:
    body = fault.response.body
    return ApiError(fault.response.status_code, "", bytes(body).decode("utf-8", "replace").strip() if body else "")


class AsyncConnection(_Base):
    """A live connection with asyncio: an async context manager, and an async iterator of what happens."""

    _socket: ClientConnection

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        try:
            self._socket = await self._stack.enter_async_context(connect(self._url, **self._options))
        except InvalidStatus as fault:
            raise _refused(fault) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def drop(self) -> None:
        """Let the connection be gone without a word."""
        self._socket.transport.abort()

    async def ask(self, ask: Ask[T]) -> T:
        """Ask for something and return what came of it.

        Raises:
            ApiError: it was refused.
            ConnectionEnded: the connection is over.
        """
        try:
            await self._socket.send(self._frame(ask))
            while (answer := self._answer(await self._socket.recv())) is None:
                pass
        except ConnectionClosed as fault:
            raise _ended(fault) from None
        return cast("T", _given(answer))

    async def send(self, ask: Ask[object]) -> int:
        """Ask for something without waiting, and return the mark (``re``) of the answer; `receive` takes that.

        One task may send while another one receives, but neither asks then.

        Raises:
            ConnectionEnded: the connection is over.
        """
        frame = self._frame(ask)
        mark = self._mark
        try:
            await self._socket.send(frame)
        except ConnectionClosed as fault:
            raise _ended(fault) from None
        return mark

    async def receive(self) -> dict[str, Any]:
        """Return the next frame as it is: an answer or an event.

        Raises:
            ConnectionEnded: the connection is over.
        """
        if self._events:
            return cast("dict[str, Any]", self._events.popleft())
        try:
            return cast("dict[str, Any]", json.loads(await self._socket.recv()))
        except ConnectionClosed as fault:
            raise _ended(fault) from None

    async def event(self) -> LiveEvent:
        """Return what happened next.

        Raises:
            ConnectionEnded: the connection is over.
        """
        try:
            while not self._events:
                self._answer(await self._socket.recv())
        except ConnectionClosed as fault:
            raise _ended(fault) from None
        return self._events.popleft()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        return await self.event()


class Connection(_Base):
    """A live connection without asyncio: a context manager, and an iterator of what happens."""

    _socket: SyncClientConnection

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        try:
            self._socket = self._stack.enter_context(connect_sync(self._url, **self._options))
        except InvalidStatus as fault:
            raise _refused(fault) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ask(self, ask: Ask[T]) -> T:
        """Ask for something and return what came of it.

        Raises:
            ApiError: it was refused.
            ConnectionEnded: the connection is over.
        """
        try:
            self._socket.send(self._frame(ask))
            while (answer := self._answer(self._socket.recv())) is None:
                pass
        except ConnectionClosed as fault:
            raise _ended(fault) from None
        return cast("T", _given(answer))

    def event(self) -> LiveEvent:
        """Return what happened next.

        Raises:
            ConnectionEnded: the connection is over.
        """
        try:
            while not self._events:
                self._answer(self._socket.recv())
        except ConnectionClosed as fault:
            raise _ended(fault) from None
        return self._events.popleft()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> LiveEvent:
        return self.event()
