"""The web listener: one application on one socket, inside the node's own event loop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import uvicorn
from fastapi import APIRouter, FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from parlour.arrivals import AT_ONCE, Doorstep, in_turn, let_wait, over_tls
from parlour.chat.core import Core
from parlour.directory.lookup import Lookup
from parlour.web import problems
from parlour.web.api.routes import add_api
from parlour.web.api.serving import ApiServices
from parlour.web.callers import Callers
from parlour.web.cmdlets import AdminServices, admin_routes
from parlour.web.files import file_routes
from parlour.web.headers import SafeHeaders
from parlour.web.hooks import HookServices, add_hooks
from parlour.web.live.protocol import LiveEndpoint
from parlour.web.pages import page_routes
from parlour.web.proxies import ClientAddress, Proxies
from parlour.web.sessions import SignInServices, session_routes

_GRACE_SECONDS = 5  # for what is under way when the node stops
_HEAD_SECONDS = 10.0  # in which a new connection must have made its request
_UNREAD_SECONDS = 30.0  # that a client may read nothing of what waits for it
_MOST_CONNECTIONS = 500
_KEPT_SECONDS = 5  # that a connection may wait for the next request


def make_app(
    core: Core, callers: Callers, signing_in: SignInServices, admin: AdminServices, lookup: Lookup,
    hooks: HookServices, proxies: Proxies, more: Sequence[APIRouter] = (),
) -> FastAPI:
    """Return the application.

    Args:
        core: the chat.
        callers: says who asks.
        signing_in: what signing in needs.
        admin: what administration needs.
        lookup: finds people by their names.
        hooks: what hooks of rooms need.
        proxies: who is believed to speak for somebody else.
        more: routes that only some deployments have.
    """
    app = FastAPI(title="Parlour", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(file_routes(core.files))
    app.include_router(session_routes(signing_in))
    for router in more:
        app.include_router(router)
    app.include_router(admin_routes(admin))
    add_api(app, ApiServices(core, callers, lookup))
    add_hooks(app, hooks)
    app.include_router(page_routes(core.addins.all))
    problems.register(app)
    app.add_middleware(ClientAddress, proxies=proxies)
    return app


class _Protocol(H11Protocol):
    """HTTP/1.1 that does not wait forever: for a stranger's first request, his handshake, or that he reads on."""

    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, and begin to count."""
        super().connection_made(transport)
        self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(_HEAD_SECONDS, self._give_up)

    def on_response_complete(self) -> None:
        """Begin to count anew: the next request must come whole as well."""
        super().on_response_complete()
        self._deadline.cancel()
        self._wait_for_head()

    def handle_websocket_upgrade(self, event: Any) -> None:  # noqa: ANN401 - h11 is uvicorn's own affair
        """Hand the connection over: what comes on it from now on has a protocol of its own to watch over it."""
        self._deadline.cancel()
        self._end_wait()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for long without its reading anything."""
        super().pause_writing()
        self._unread = asyncio.get_running_loop().call_later(_UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it has read."""
        self._end_wait()
        super().resume_writing()

    def _end_wait(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        before = self.transport.get_protocol()
        if isinstance(before, Doorstep) and before.waits:
            self._wait_for_head()  # it has made its request: others have their turn before it
            return
        waits = self.cycle is None or self.cycle.response_complete
        if waits and not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of a connection."""
        self._deadline.cancel()
        self._end_wait()
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: the node has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        for listener in sockets or ():
            let_wait(listener)


def listen(host: str, port: int) -> socket.socket:
    """Open a socket to listen at.

    Raises:
        OSError: that is not possible.
    """
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Connections have it from their listener. Without it, what follows a first small piece waits 40 ms for the peer's
    # acknowledgement; asyncio sets it only where the socket names its protocol, which these do not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@asynccontextmanager
async def serving(
    app: FastAPI, live: LiveEndpoint, listener: socket.socket, tls: ssl.SSLContext | None
) -> AsyncIterator[None]:
    """Serve `app` at `listener` until the context ends, and WebSockets by `live`; without `tls`, to a proxy."""
    make = in_turn(_Protocol) if tls is None else over_tls(_Protocol, tls)
    server = _Server(uvicorn.Config(
        SafeHeaders(app), http=cast("type[asyncio.Protocol]", make),
        ws=cast("type[asyncio.Protocol]", live), limit_concurrency=_MOST_CONNECTIONS, backlog=AT_ONCE,
        timeout_keep_alive=_KEPT_SECONDS, log_config=None, access_log=False, lifespan="off", server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_GRACE_SECONDS))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
