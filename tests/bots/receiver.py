"""A system elsewhere, as a real HTTP server on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SECONDS = 10  # longest wait for anything


@dataclass(frozen=True)
class Received:
    """A request that came; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what is answered.

    Attributes:
        port: where it listens.
        answers: the next answers, each the bytes of a whole one; after them, an empty 200.
        silent: it does not answer at all.
    """

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    silent: bool = False
    came: "asyncio.Queue[Received]" = field(default_factory=asyncio.Queue)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/here"

    async def next(self) -> Received:
        """Return the next request."""
        async with asyncio.timeout(SECONDS):
            return await self.came.get()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        try:
            await self._take(reader, writer)
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.came.put_nowait(Received(head[0].split()[1], headers, body))
        if self.silent:
            await reader.read()
        else:
            writer.write(self.answers.pop(0) if self.answers else answer())
            await writer.drain()


def answer(status: int = 200, body: str = "", *headers: str) -> bytes:
    """Return a whole answer."""
    content = body.encode()
    lines = (f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + content


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Have a receiver listen."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
