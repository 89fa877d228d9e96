"""Servers that answer nonsense: each step names its fault, and nothing that a server says fills the memory."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from parlour.clock import SystemClock
from parlour.sip import Request, Response, StreamParser, respond
from parlour.sipclient import ChatClient, FoundRoom, Password, ViolationError
from parlour.sipclient.errors import Violations
from parlour.sipclient.transaction import Actor, Place, Plan, Step, StepError, Steps, transact

FLAGS = b"\xff\xff\xff\xff"
CHALLENGES = {
    "short": base64.b64encode(b"NTLMSSP\0\2\0\0\0").decode(),
    "nothing known": base64.b64encode(b"x" * 50).decode(), "no Base64": "%%%", "empty": "",
    "fields that point outside": base64.b64encode(
        b"NTLMSSP\0\2\0\0\0" + b"\0" * 8 + FLAGS + b"A" * 8 + b"\0" * 8 + FLAGS + b"\x30\0\0\0").decode(),
    "broken target information": base64.b64encode(
        b"NTLMSSP\0\2\0\0\0" + b"\0" * 8 + FLAGS + b"A" * 8 + b"\0" * 8 + b"\3\0\3\0\x38\0\0\0" + b"\0" * 8
        + b"\1\0\xff").decode(),
}


@asynccontextmanager
async def server(answer: Callable[[Request], Response]) -> AsyncIterator[int]:
    """Listen on a port and answer each request."""
    ended: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        over = ended[-1]
        parser = StreamParser()
        while data := await reader.read(65536):
            for event in parser.receive_data(data):
                if isinstance(event, Request) and event.method != "ACK":
                    writer.write(answer(event).to_bytes())
        writer.close()
        over.set()
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
        for one in ended:
            await one.wait()
    finally:
        listening.close()


async def choose(_: Sequence[FoundRoom], rooms: Sequence[FoundRoom]) -> FoundRoom:
    return rooms[0]


async def ends_with(answer: Callable[[Request], Response]) -> tuple[str, StepError]:
    """Let two people try; return the step that failed, and how."""
    told: list[Step] = []

    async def report(step: Step) -> None:
        told.append(step)
    actors = [Actor(name, f"{name}@x.example", Password(name, "hush-hush")) for name in ("Sender", "Receiver")]
    async with server(answer) as port:
        with pytest.raises(StepError) as caught:
            await transact(Steps(SystemClock().monotonic, report), Plan(
                Place("127.0.0.1", port, None), actors[0], actors[1], choose))
    assert told[-1].fault is caught.value
    return told[-1].name, caught.value


@pytest.mark.parametrize("token", CHALLENGES.values(), ids=CHALLENGES)
async def test_a_challenge_that_nobody_can_read_fails_the_step(token: str) -> None:
    def answer(request: Request) -> Response:
        value = f'NTLM realm="r", targetname="t", version=4, opaque="o", gssapi-data="{token}"'
        return respond(request, 401, headers=[("WWW-Authenticate", value)])
    step, fault = await ends_with(answer)
    assert step == "Sender signs in"
    assert len(fault.error) < 400


async def test_provisioning_that_is_not_xml_is_a_violation() -> None:
    def answer(request: Request) -> Response:
        return respond(request, 200, headers=[
            ("ms-piggyback-cseq", "1"), ("Event", "vnd-microsoft-provisioning-v2"), ("Content-Type", "x/y")],
            body=b"<not xml")
    async with server(answer) as port, ChatClient("alice@x.example", "127.0.0.1", port, tls=None) as alice:
        with pytest.raises(ViolationError, match="the provisioning answer is not XML"):
            await alice.provisioning()


async def test_a_flood_of_faults_fills_no_memory() -> None:
    """Thousands of requests for dialogs that nobody has, each one wrong, before the answer."""
    wrong = "".join(
        f"INFO sip:a SIP/2.0\r\nVia: SIP/2.0/TCP x\r\nFrom: <sip:{'A' * 150}@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n"
        f"Call-ID: {number}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n" for number in range(3000)).encode()

    async with (server(lambda request: respond(request, 200)) as port,
                ChatClient("alice@x.example", "127.0.0.1", port, tls=None) as alice):
        alice.wire.data_received(wrong)
        assert alice.violations == ["INFO for a dialog that is not ours"]


def test_a_few_short_violations_are_kept() -> None:
    violations = Violations()
    for number in range(9):
        violations.append(f"{number}" * 1000)
    assert violations == [f"{number}" * 300 for number in range(5)]


async def test_breaking_off_what_is_over_does_nothing() -> None:
    """A server that reads nothing until the client has closed: much is still to be sent then."""
    reading, over = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reading.wait()
        while await reader.read(1 << 20):
            pass
        writer.close()
        over.set()
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1024)
    port = listening.sockets[0].getsockname()[1]
    alice = ChatClient("alice@x.example", "127.0.0.1", port, tls=None)
    await alice.connect()
    alice.wire.write(b"\r\n\r\n" * (1 << 22))
    alice.wire.close()
    reading.set()
    assert await alice.wire.lost
    await over.wait()
    alice.wire.abort()
    listening.close()
