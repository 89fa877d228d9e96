"""A SIP server for tests: real sockets on 127.0.0.1, fake time, a handler that notes what it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from parlour.errors import ParlourError
from parlour.sip import (
    Answered,
    Limits,
    Request,
    Response,
    SipConnection,
    SipServer,
    Timeouts,
    make_tls_context,
    refuse,
    respond,
)
from parlour.testing import FakeClock


@dataclass
class Recorder:
    """A handler that notes everything, and answers requests with 200."""

    seen: "asyncio.Queue[tuple[str, object]]" = field(default_factory=asyncio.Queue)
    conns: list[SipConnection] = field(default_factory=list)
    on_request: Callable[[SipConnection, Request], Awaitable[None] | None] | None = None
    greeting: Callable[[SipConnection], None] | None = None

    def connected(self, conn: SipConnection) -> None:
        """Note a connection."""
        self.conns.append(conn)
        self.seen.put_nowait(("connected", conn.peer))
        if self.greeting:
            self.greeting(conn)

    def request(self, conn: SipConnection, request: Request) -> Awaitable[None] | None:
        """Note a request, and answer it or do what the test wants."""
        self.seen.put_nowait(("request", request))
        if self.on_request:
            return self.on_request(conn, request)
        conn.send(respond(request, 200).to_bytes())
        return None

    def answered(self, conn: SipConnection, answer: Answered) -> None:
        """Note that all is well."""
        self.seen.put_nowait(("answered", answer.cseq))

    def response(self, conn: SipConnection, response: Response) -> None:
        """Note another response."""
        self.seen.put_nowait(("response", response.status))

    def keep_alive(self, conn: SipConnection) -> None:
        """Note a ping."""
        self.seen.put_nowait(("keep_alive", None))

    def rejected(self, conn: SipConnection, error: ParlourError, request: Request | None) -> None:
        """Note a bad message, and answer it."""
        self.seen.put_nowait(("rejected", error.kind.name))
        if request:
            conn.send(refuse(request, error).to_bytes())

    def lost(self, conn: SipConnection, reason: str) -> None:
        """Note the end."""
        self.seen.put_nowait(("lost", reason))

    async def until(self, what: str) -> object:
        """Wait until something was noted, and return what about it."""
        while True:
            name, value = await self.seen.get()
            if name == what:
                return value


@dataclass
class Bench:
    """A server under test."""

    server: SipServer
    handler: Recorder
    clock: FakeClock
    address: tuple[str, int]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect a client, and wait until the server knows it."""
        streams = await asyncio.open_connection(*self.address)
        await self.handler.until("connected")
        return streams


Serve = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def serve() -> Serve:
    @asynccontextmanager
    async def start(
        tls: ssl.SSLContext | None = None, timeouts: Timeouts | None = None, limits: Limits | None = None,
        max_outbound: int = 1 << 20,
    ) -> AsyncIterator[Bench]:
        handler, clock = Recorder(), FakeClock()
        async with SipServer(
            handler, clock, timeouts=timeouts, limits=limits, max_outbound=max_outbound) as server:
            yield Bench(server, handler, clock, await server.listen("127.0.0.1", 0, tls))

    return start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return make_tls_context(*certificate)


@pytest.fixture
def client_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))
