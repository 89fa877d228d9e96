"""What the tests of the SIP door share: people, raw bytes, a node in this process with a clock that stands still."""

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache

from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.node import open_node, running
from parlour.sip import Headers, Message, Request, Response, StreamParser
from parlour.testing import ChatMessage, Deployment, FakeClock, SipClient

ALICE, BOBBY = "alice@litwareinc.com", "bobby@litwareinc.com"
PEOPLE = ("alice", "bobby", "carol")
TRANSPORTS = ("tls", "tcp")
SECONDS = 10  # longest wait for anything


class RawPeer:
    """A peer that writes what it likes, without any of the client's good manners.

    Args:
        reader: from asyncio.
        writer: from asyncio.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = StreamParser()

    async def send(self, data: bytes) -> None:
        """Write bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def messages(self, wanted: int = 1) -> list[Message]:
        """Return the next messages, or fewer if the server closes the connection before."""
        found: list[Message] = []
        async with asyncio.timeout(SECONDS):
            while len(found) < wanted and (data := await self._reader.read(65536)):
                found += [event for event in self._parser.receive_data(data) if isinstance(event, Request | Response)]
        return found

    async def rest(self) -> bytes:
        """Return everything up to the end that the server makes of the connection; a reset is an end, too."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._reader.read()
        except ConnectionResetError:
            return b""


@cache
def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the server's certificate is one that it made for itself
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def raw_peer(deployment: Deployment, transport: str = "tcp") -> AsyncIterator[RawPeer]:
    """Connect a peer that writes raw bytes."""
    context = _trusting() if transport == "tls" else None
    port = deployment.tls_port if transport == "tls" else deployment.tcp_port
    reader, writer = await asyncio.open_connection(deployment.host, port, ssl=context)
    try:
        yield RawPeer(reader, writer)
    finally:
        writer.transport.abort()


def outside(
    method: str, *headers: tuple[str, str], sender: str = ALICE, receiver: str = ALICE, uri: str = "",
    body: bytes = b"", number: int = 1,
) -> Request:
    """Make a request outside of dialogs; `uri` is the receiver's unless another is given."""
    return Request(method, uri or f"sip:{receiver}", Headers((
        ("Via", f"SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{uuid.uuid4().hex}"),
        ("From", f"<sip:{sender}>;tag={uuid.uuid4().hex};epid=1ec410494584"), ("To", f"<sip:{receiver}>"),
        ("Max-Forwards", "70"), ("CSeq", f"{number} {method}"), ("Call-ID", uuid.uuid4().hex),
        ("Contact", "<sip:127.0.0.1:5060;transport=tcp>"), *headers)), body)


def registration(*headers: tuple[str, str], sender: str = ALICE, receiver: str = ALICE) -> Request:
    """Make a REGISTER of `receiver` by `sender`."""
    return outside("REGISTER", *headers, sender=sender, receiver=receiver, uri="sip:litwareinc.com")


def record(client: SipClient) -> bytearray:
    """Keep every byte that the server sends to a client from now on."""
    taken, handle = bytearray(), client.wire.data_received

    def data_received(data: bytes) -> None:
        taken.extend(data)
        handle(data)

    client.wire.data_received = data_received  # type: ignore[method-assign]  # asyncio looks it up for each call
    return taken


async def fresh_room(deployment: Deployment, *arguments: str, name: str = "") -> str:
    """Make a room of its own for a test, Open unless `arguments` say otherwise; return its URI."""
    words = arguments if "-Privacy" in arguments else ("-Privacy", "Open", *arguments)
    called = name or f"Room {uuid.uuid4()}"
    outcome = await deployment.parlour(
        "New-CsPersistentChatRoom", "-Name", called, "-Category", "General", *words, expect=0)
    uri = next(word for word in outcome.out.split() if word.startswith("ma-chan://"))
    deployment.rooms[called] = uri
    return uri


def room_name(deployment: Deployment, uri: str) -> str:
    """Return the name that a room was made with."""
    return next(name for name, known in deployment.rooms.items() if known == uri)


async def fresh_person(deployment: Deployment, *arguments: str) -> str:
    """Add a person of its own for a test; return the user part of the address."""
    user = f"person{uuid.uuid4().hex[:8]}"
    await deployment.parlour("user", "add", deployment.address(user), *arguments, expect=0,
                             env={"PARLOUR_USER_PASSWORD": deployment.password(user)})
    return user


@asynccontextmanager
async def connected(deployment: Deployment, user: str, transport: str = "tls") -> AsyncIterator[SipClient]:
    """Connect somebody's client; at the end, wait until its connection is really gone."""
    async with deployment.client(user, transport) as client:
        yield client
    await client.lost()


@asynccontextmanager
async def signed_in(
    deployment: Deployment, user: str, transport: str = "tls", scheme: str = "ntlm"
) -> AsyncIterator[SipClient]:
    """Sign somebody in and open his chat dialog."""
    async with connected(deployment, user, transport) as client:
        await client.register(deployment.password(user), scheme)
        await client.open_chat(deployment.endpoint)
        yield client


@asynccontextmanager
async def in_room(deployment: Deployment, user: str, *rooms: str, transport: str = "tls") -> AsyncIterator[SipClient]:
    """Sign somebody in and let him join rooms."""
    async with signed_in(deployment, user, transport) as client:
        for room in rooms:
            await client.join(room)
        yield client


async def history(deployment: Deployment, room: str, count: int = 500) -> list[ChatMessage]:
    """Return a room's history as somebody sees it who signs in for it: so it shows that the node serves, too."""
    async with signed_in(deployment, "carol") as reader:
        return (await reader.bccontext(room, count)).history


async def texts(deployment: Deployment, room: str) -> list[str]:
    """Return the texts of a room's history."""
    return [message.text for message in await history(deployment, room)]


def trust(deployment: Deployment) -> ssl.SSLContext:
    """Return what certifies a deployment; its name is in no DNS."""
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    return context


@contextmanager
def made(deployment: Deployment) -> Iterator[Deployment]:
    """Make and serve a deployment for the tests of a module."""
    asyncio.run(deployment.create())
    asyncio.run(deployment.serve())
    try:
        yield deployment
    finally:
        asyncio.run(deployment.stop())


@asynccontextmanager
async def served_here(deployment: Deployment) -> AsyncIterator[FakeClock]:
    """Serve a deployment in this process, where time stands still unless the clock is told to go on."""
    clock = FakeClock()
    settings = Settings.load(deployment.data, sip_tls=f"127.0.0.1:{deployment.tls_port}",
                             sip_tcp=f"127.0.0.1:{deployment.tcp_port}")
    async with open_node(DataFolder(deployment.data), settings, clock) as node, running(node):
        yield clock
