"""Strangers at the web listener: whoever says nothing is not waited for."""

import asyncio
import ssl
from collections.abc import Iterator

import pytest
from tests.doors.kit import PEOPLE, made

from parlour.testing import Deployment

PATIENCE = 25  # seconds: well above the ten in which a request must have come


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a web listener."""
    with made(Deployment(tmp_path_factory.mktemp("strangers"), users=PEOPLE, rooms=(), web=True)) as served:
        yield served


async def closed(deployment: Deployment, words: bytes) -> bytes:
    """Connect, say `words`, and return what comes until the server closes the connection."""
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    reader, writer = await asyncio.open_connection(deployment.host, deployment.web_port, ssl=context)
    writer.write(words)
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.transport.abort()


async def test_silence_and_half_a_request_are_not_waited_for(deployment: Deployment) -> None:
    answers = await asyncio.gather(*(closed(deployment, words) for words in (
        b"", b"GET /files/x HTTP/1.1\r\nHost: x\r\n", b"GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n")))
    assert answers[:2] == [b"", b""]
    assert answers[2].startswith(b"HTTP/1.1 403")
