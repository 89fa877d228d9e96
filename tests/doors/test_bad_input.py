"""What strangers and broken clients send: each is refused by name, nothing is stored, and others notice nothing."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from tests.doors.kit import (
    ALICE,
    BOBBY,
    PEOPLE,
    TRANSPORTS,
    in_room,
    made,
    outside,
    raw_peer,
    registration,
    served_here,
    signed_in,
    texts,
)

from parlour.sip import Request, Response
from parlour.testing import Deployment, RefusedError, SipClient
from parlour.testing.chat_events import chat, envelope

MOMENT = "2026-01-05T10:00:00Z"
OUTBOUND = 1_048_576  # bytes that may wait for a slow reader here


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that is served, and has less patience with slow readers than usual."""
    folder = tmp_path_factory.mktemp("doors")
    with made(Deployment(folder, users=PEOPLE, rooms=(), settings=f"sip_max_outbound = {OUTBOUND}\n")) as served:
        yield served


def post_of(room: str, text: str = "bad", author: str = f"sip:{ALICE}") -> str:
    """Write a message as XML."""
    return chat(room, author, text, MOMENT)


# --- bodies -----------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BODIES = {
    "nothing": "",
    "no XML": "hello",
    "broken": '<xccos ver="1" envid="1"><grpchat></xccos>',
    "cut off": '<xccos ver="1" envid="1"><cmd id="cmd:join"',
    "two roots": "{post}{post}",
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>' + "{post}",
    "laughs in the text": '<!DOCTYPE x [<!ENTITY e "e">]>{post_of_entity}',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{post_of_entity}',
    "external document type": '<!DOCTYPE xccos SYSTEM "http://127.0.0.1:9/x.dtd">{post}',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>{post}',
    "quadratic": f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]>' + "{post_of_entity}",
    "undeclared entity": "{post_of_entity}",
    "deep": "<xccos>" * 100_000,
    "deep and closed": "<a>" * 50 + "</a>" * 50,
    "100,000 elements": '<xccos ver="1" envid="1">' + "<a/>" * 100_000 + "</xccos>",
    "another document": '<html envid="1"><body/></html>',
    "no command": '<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"/>',
    "no envelope number": '<xccos ver="1">{bare}</xccos>',
    "odd envelope number": '<xccos ver="1" envid="-1">{bare}</xccos>',
    "two messages": '<xccos ver="1" envid="1">{bare}{bare}</xccos>',
    "message and command": '<xccos ver="1" envid="1">{bare}<cmd id="cmd:getinv" seqid="1"/></xccos>',
    "no text": '<xccos ver="1" envid="1"><grpchat seqid="1" chanUri="{room}" author="" ts=""/></xccos>',
    "no room": '<xccos ver="1" envid="1"><grpchat seqid="1" author="" ts=""><chat>bad</chat></grpchat></xccos>',
    "unknown encoding": '<?xml version="1.0" encoding="foo"?>{post}',
    "no encoding at all": '<?xml version="1.0" encoding="rot13"?>{post}',
    "encoding of many bytes": '<?xml version="1.0" encoding="shift_jis"?>{post}',
    "NUL": "{post}".replace("{post}", '<xccos ver="1" envid="1"><grpchat>\0</grpchat></xccos>'),
    "escaped NUL": '<xccos ver="1" envid="1"><grpchat seqid="1"><chat>&#0;</chat></grpchat></xccos>',
    "half a surrogate": '<xccos ver="1" envid="1"><grpchat seqid="1"><chat>&#xD800;</chat></grpchat></xccos>',
}


def body_of(template: str, room: str) -> bytes:
    """Fill in a body; the envelope is the client's own."""
    bare = post_of(room)
    post = envelope(1, bare).decode()
    for name, value in (("{post_of_entity}", post.replace(">bad<", ">&e;<")), ("{post}", post), ("{bare}", bare),
                        ("{room}", room)):
        template = template.replace(name, value)
    return template.encode()


@pytest.mark.parametrize("template", BODIES.values(), ids=BODIES)
async def test_a_bad_body_is_refused(deployment: Deployment, room: str, template: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        answer = await alice.info(body_of(template, room))
        assert answer.status == 400
        assert answer.headers.get("ms-diagnostics")
        await alice.post(room, "good")  # the connection that can go on goes on
    assert await texts(deployment, room) == ["good"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
async def test_another_encoding_hides_no_document_type(deployment: Deployment, room: str, encoding: str) -> None:
    text = f'<!DOCTYPE x [<!ENTITY e "e">]>{envelope(1, post_of(room)).decode()}'
    async with in_room(deployment, "alice", room) as alice:
        assert (await alice.info(text.encode(encoding))).status == 400
        await alice.post(room, "good")
    assert await texts(deployment, room) == ["good"]


async def test_invalid_utf_8_is_refused(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        body = envelope(1, post_of(room)).replace(b">bad<", b">\xc3\x28\xed\xa0\x80<")
        assert (await alice.info(body)).status == 400
    assert await texts(deployment, room) == []


@pytest.mark.parametrize("kind", ["text/html", "application/xml", "multipart/mixed;boundary=x", "garbage", ""])
async def test_a_body_of_another_type_is_refused(deployment: Deployment, room: str, kind: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        post = alice.post_request(room, "wrong type")
        answer = await alice.send(replace(post, headers=post.headers.replaced("Content-Type", kind)))
        assert answer.status == 415
        assert answer.headers.get("Accept") == "text/plain"
        await alice.post(room, "good")
    assert await texts(deployment, room) == ["good"]


# --- messages ---------------------------------------------------------------------------------------------------------

async def refused_post(client: SipClient, room: str, text: str, author: str | None = None) -> int:
    """Post in vain; return the status."""
    with pytest.raises(RefusedError) as caught:
        await client.post(room, text, author)
    assert isinstance(caught.value.answer, Response)
    assert caught.value.answer.headers.get("ms-diagnostics")
    return caught.value.code


@pytest.mark.parametrize("author", [
    f"sip:{BOBBY}", BOBBY, "sip:alice@litwareinc.com.example", "sip:alice@litwareinc.com;x=sip:bobby@litwareinc.com",
    "sip:\u0430lice@litwareinc.com", "Alice"])
async def test_a_forged_author_is_refused(deployment: Deployment, room: str, author: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert await refused_post(alice, room, "not me", author) == 403
    assert await texts(deployment, room) == []


async def test_a_post_to_a_room_not_joined_is_refused(deployment: Deployment, room: str) -> None:
    async with signed_in(deployment, "alice") as alice, in_room(deployment, "bobby", room) as bobby:
        assert await refused_post(alice, room, "from outside") == 403
        await alice.join(room)
        await alice.part(room)
        assert await refused_post(alice, room, "from outside again") == 403
        await bobby.getinv()
        assert bobby.heard(room) == []
    assert await texts(deployment, room) == []


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \u00a0 \u2003"])
async def test_an_empty_message_is_refused(deployment: Deployment, room: str, text: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert await refused_post(alice, room, text) == 400
    assert await texts(deployment, room) == []


async def test_a_message_over_the_limit_is_refused(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert await refused_post(alice, room, "x" * 65_537) == 413
        assert await refused_post(alice, room, "😀" * 65_537) == 413
        await alice.post(room, "x" * 65_536)
    assert [len(text) for text in await texts(deployment, room)] == [65_536]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_body_over_the_limit_is_refused(deployment: Deployment, room: str, transport: str) -> None:
    async with in_room(deployment, "alice", room, transport=transport) as alice:
        assert (await alice.info(b"x" * 1_048_577)).status == 413
        await alice.post(room, "good")
    assert await texts(deployment, room) == ["good"]


# --- requests ---------------------------------------------------------------------------------------------------------

async def test_a_request_out_of_order_is_refused(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        early = alice.post_request(room, "too late")
        await alice.post(room, "in time")
        assert (await alice.send(early)).status == 500
        await alice.post(room, "afterwards")
    assert await texts(deployment, room) == ["in time", "afterwards"]


async def test_a_description_of_another_type_is_refused(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        answer = await alice.send(outside(
            "INVITE", ("Content-Type", "text/plain"), uri=deployment.endpoint, body=b"hello"))
        assert answer.status == 415
        assert answer.headers.get("Accept") == "application/sdp"
        assert (await alice.getserverinfo()).code == 200


async def test_a_dialog_is_not_negotiated_anew(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        assert alice.chat
        assert (await alice.send(alice.inside(alice.chat, "INVITE"))).status == 488
        assert (await alice.getserverinfo()).code == 200


async def test_a_cancel_comes_too_late(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        invite = outside("INVITE", uri=deployment.endpoint)
        assert (await alice.send(invite)).status == 200
        cancel = replace(invite, method="CANCEL", headers=invite.headers.replaced("CSeq", "1 CANCEL"))
        assert (await alice.send(cancel)).status == 200
        assert (await alice.send(outside("CANCEL", uri=deployment.endpoint))).status == 481
        assert (await alice.getserverinfo()).code == 200


async def test_a_second_bye_finds_nothing(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        ended = alice.chat
        assert ended
        assert (await alice.bye(ended)).status == 200
        assert (await alice.bye(ended)).status == 481
        alice.chat = await alice.invite(deployment.endpoint)
        assert (await alice.getserverinfo()).code == 200


async def test_nothing_is_posted_after_a_bye(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert alice.chat
        await alice.bye(alice.chat)
        assert (await alice.send(alice.post_request(room, "after the end"))).status == 481
        await alice.lost()
    assert await texts(deployment, room) == []


# Known to SIP but not served here, unknown, and with headers that no request may have.
BAD_REQUESTS = {
    "known method": (outside("PUBLISH"), 405),
    "unknown method": (outside("FROBNICATE"), 501),
    "extension": (outside("OPTIONS", ("Require", "teleportation")), 420),
    "other scheme": (outside("OPTIONS", uri="tel:+15551234"), 416),
    "no address": (outside("OPTIONS", uri="sip:"), 400),
    "version": (replace(outside("OPTIONS"), version="SIP/3.0"), 505),
    "sequence": (replace(outside("OPTIONS"), headers=outside("INVITE").headers), 400),
    "expires": (outside("SUBSCRIBE", ("Expires", "soon")), 400),
    "event": (outside("SUBSCRIBE", ("Event", "full-moon")), 489),
    "publication": (outside("SERVICE", ("Content-Type", "application/msrtc-category-publish+xml"), body=b"<x"), 400),
    "service": (outside("SERVICE", ("Content-Type", "text/plain"), body=b"x"), 415),
}


@pytest.mark.parametrize(("request_", "status"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
async def test_a_bad_request_is_refused(deployment: Deployment, request_: Request, status: int) -> None:
    async with signed_in(deployment, "alice", scheme="digest") as alice:
        assert (await alice.send(request_)).status == status
        assert (await alice.getserverinfo()).code == 200


# --- streams ----------------------------------------------------------------------------------------------------------

OPTIONS = outside("OPTIONS").to_bytes()
BROKEN = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "endless line": b"x" * 20_000,
    "endless head": OPTIONS[:-4] + b"\r\nX: y" * 100_000,
    "length of letters": OPTIONS.replace(b"Content-Length: 0", b"Content-Length: abc"),
    "negative length": OPTIONS.replace(b"Content-Length: 0", b"Content-Length: -1"),
    "two lengths": OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 0\r\nContent-Length: 5"),
    "absurd length": OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 99999999999999999999"),
}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
async def test_a_broken_stream_is_closed(deployment: Deployment, data: bytes, transport: str) -> None:
    async with signed_in(deployment, "bobby") as bobby, raw_peer(deployment, transport) as peer:
        await peer.send(data)
        answer = await peer.rest()
        assert b"SIP/2.0 200" not in answer
        assert (await bobby.getserverinfo()).code == 200


REFUSED = {
    "10,000 headers": (OPTIONS[:-4] + b"\r\nX: y" * 10_000 + b"\r\n\r\n", 513),
    "a long header": (OPTIONS[:-4] + b"\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 513),
    "no Via": (OPTIONS.replace(b"Via:", b"Viz:"), 400),
    "no name": (OPTIONS[:-4] + b"\r\n: y\r\n\r\n", 400),
    "half a line end": (OPTIONS[:-4] + b"\r\nX: a\nY: b\r\n\r\n", 400),
    "no UTF-8": (OPTIONS[:-4] + b"\r\nX: \xff\xfe\r\n\r\n", 400),
}


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED)
async def test_a_bad_head_is_refused_and_the_next_is_read(deployment: Deployment, data: bytes, status: int) -> None:
    async with raw_peer(deployment) as peer:
        await peer.send(data + registration().to_bytes())
        answers = [message.status for message in await peer.messages(2) if isinstance(message, Response)]
        assert answers == [status, 401]


async def test_half_a_message_and_silence_end_one_connection(unserved: Deployment) -> None:
    async with served_here(unserved) as clock, signed_in(unserved, "bobby") as bobby, \
            signed_in(unserved, "alice", scheme="digest") as alice, raw_peer(unserved) as stranger:
        alice.wire.write(OPTIONS[:-10])
        await stranger.send(OPTIONS[:50])
        await bobby.getinv()  # by now both halves were read
        clock.advance(31)
        await alice.lost()
        assert await stranger.rest() == b""
        assert (await bobby.getserverinfo()).code == 200


# --- many, and slow ---------------------------------------------------------------------------------------------------

async def test_200_connections_that_do_nothing(deployment: Deployment, room: str) -> None:
    async with AsyncExitStack() as stack:
        for number in range(200):
            await stack.enter_async_context(raw_peer(deployment, TRANSPORTS[number % 2]))
        async with in_room(deployment, "alice", room) as alice:
            await alice.post(room, "undisturbed")
            await alice.next("grpchat", text="undisturbed")
    assert await texts(deployment, room) == ["undisturbed"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_slow_reader_hurts_only_itself(deployment: Deployment, room: str, transport: str) -> None:
    count, text = 400, "x" * 60_000
    async with in_room(deployment, "alice", room, transport=transport) as slow, \
            in_room(deployment, "bobby", room) as bobby, in_room(deployment, "carol", room) as carol:
        slow.wire.pause()
        for number in range(count):
            await bobby.post(room, f"{number} {text}")
        await carol.next("ntc:part", users=[slow.uri])
        for client in (bobby, carol):
            await client.next("grpchat", number=count)
            assert client.heard(room) == [f"{number} {text}" for number in range(count)]
        slow.wire.resume()
        await slow.lost()
        assert len(slow.heard(room)) < count
