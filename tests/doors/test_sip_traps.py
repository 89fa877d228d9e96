"""The ten traps of reference/sip-client-flow.md section 11, each on the wire of a live node.

Two of them (1 and 10) are defects of the client: there the test holds the server to its own part.
"""

import xml.sax
from collections.abc import AsyncIterator
from xml.dom import minidom
from xml.etree import ElementTree

import pytest
from spnego._ntlm_raw.messages import Challenge, NegotiateFlags
from structlog.testing import capture_logs
from tests.doors.kit import (
    TRANSPORTS,
    connected,
    fresh_person,
    fresh_room,
    in_room,
    raw_peer,
    record,
    registration,
    room_name,
    served_here,
    signed_in,
)

from parlour.sip import Message, Request, Response, parse_auth
from parlour.testing import Deployment, RefusedError, SipClient

PROVISIONING = "vnd-microsoft-provisioning-v2"
AWKWARD = 'a <b>bold</b> & "quoted" ]]> &amp; 😀 line 1\nline 2'


async def whole_session(deployment: Deployment, client: SipClient, room: str) -> None:
    """Do everything that a client does in a session."""
    await client.register(deployment.password("alice"))
    await client.subscribe("vnd-microsoft-roaming-contacts")
    await client.provisioning()
    await client.subscribe("vnd-microsoft-roaming-self")
    await client.publish()
    chat = await client.open_chat(deployment.endpoint)
    await client.getinv()
    await client.getserverinfo()
    await client.chansrch()
    await client.join(room)
    await client.post(room, AWKWARD)
    await client.next("grpchat", text=AWKWARD)
    await client.bccontext(room)
    await client.update(chat)
    await client.part(room)
    with pytest.raises(RefusedError):
        await client.command("join", '<chanid key="0" domain="litwareinc.com" value="&lt;none&gt;"/>')


@pytest.fixture
async def session(deployment: Deployment, room: str) -> AsyncIterator[SipClient]:
    """Alice, after she did all that clients do."""
    async with connected(deployment, "alice") as alice:
        await whole_session(deployment, alice, room)
        yield alice


def bodies(client: SipClient) -> list[bytes]:
    """Return the XML bodies that a client received."""
    return [message.body for message in client.wire.messages
            if message.body and message.headers.get("Content-Type") != "application/sdp"]


# --- 1 ----------------------------------------------------------------------------------------------------------------

def test_trap_01_every_body_is_plain_xml_that_any_parser_reads(session: SipClient) -> None:
    found = bodies(session)
    assert len(found) >= 10
    for body in found:
        assert b"<!" not in body
        root = ElementTree.fromstring(body)  # noqa: S314 - what our own server wrote
        assert root.tag.startswith("{") or root.tag == "contactList"
        assert minidom.parseString(body).documentElement is not None  # noqa: S318 - as above
        xml.sax.parseString(body, xml.sax.ContentHandler())  # noqa: S317 - as above


# --- 2 ----------------------------------------------------------------------------------------------------------------

async def test_trap_02_allow_events_have_no_blanks_and_supported_stands_alone(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        headers = (await alice.register(deployment.password("alice"))).headers
    events = ",".join(headers.all("Allow-Events"))
    assert " " not in events
    assert PROVISIONING in events.split(",")
    assert "msrtc-event-categories" in headers.all("Supported")
    assert int(headers.get("Expires") or "0") > 0


# --- 3 ----------------------------------------------------------------------------------------------------------------

async def test_trap_03_provisioning_comes_once_and_with_the_subscription(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        response = await alice.subscribe(PROVISIONING, expires=0)
        assert response.headers.get("ms-piggyback-cseq") == "1"
        assert response.headers.get("Event") == PROVISIONING
        assert response.headers.get("Expires") == "0"
        properties = await alice.provisioning()
        assert properties["EnablePersistentChat"] == "true"
        await alice.open_chat(properties["DefaultPersistentChatPoolUri"])
        assert (await alice.getserverinfo()).code == 200
        assert alice.notifications == []


# --- 4 ----------------------------------------------------------------------------------------------------------------

async def test_trap_04_ntlm_is_connection_less(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        handshake = await alice.challenge()  # there was no NEGOTIATE
        flags = Challenge.unpack(handshake.token).flags
        assert flags & NegotiateFlags.datagram
        assert flags & NegotiateFlags.identity
        await alice.answer(handshake, deployment.password("alice"))
        await alice.open_chat(deployment.endpoint)
        signatures = [signature_of(message) for message in alice.wire.messages[2:]]
    assert len(signatures) >= 6
    # Sequence number 100 in each; that each is right for keys made anew is checked by the client itself.
    assert all(value.startswith("01000000") and value.endswith("64000000") for value in signatures)


def signature_of(message: Message) -> str:
    """Return the rspauth of a message, '' if it has none."""
    return parse_auth(message.headers.get("Authentication-Info") or "NTLM x=y").params.get("rspauth", "")


# --- 5 ----------------------------------------------------------------------------------------------------------------

def test_trap_05_every_message_is_signed_and_names_realm_and_target(session: SipClient) -> None:
    signed = [parse_auth(message.headers.get("Authentication-Info") or "") for message in session.wire.messages[2:]]
    assert len(signed) >= 20
    association = session.association
    assert association
    assert {value.params["realm"] for value in signed} == {association.realm}
    assert {value.params["targetname"] for value in signed} == {association.target}
    assert [int(value.params["snum"]) for value in signed] == list(range(1, len(signed) + 1))
    assert session.violations == []


# --- 6 ----------------------------------------------------------------------------------------------------------------

async def test_trap_06_requests_of_the_server_come_from_the_service(deployment: Deployment, room: str) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        lookup = await alice.invite(deployment.endpoint)
        service = await alice.requri(lookup)
        await alice.bye(lookup)
        alice.chat = await alice.invite(service)
        await alice.join(room)
        await alice.post(room, "hello")
        infos = [message for message in alice.wire.messages if isinstance(message, Request)]
        in_chat = [info for info in infos if info.call_id == alice.chat.call_id]
    assert service.startswith("sip:")
    assert len(in_chat) >= 2
    assert {info.from_.uri for info in in_chat} == {service}
    assert {info.call_id for info in infos} == {lookup.call_id, alice.chat.call_id}


async def test_trap_06_nothing_waits_behind_a_request_that_is_never_answered(
    deployment: Deployment, room: str
) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        alice.answering = False
        for number in range(50):
            await bobby.post(room, f"message {number}")
        await alice.next("grpchat", text="message 49")
        assert alice.heard(room) == [f"message {number}" for number in range(50)]


# --- 7 ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_trap_07_authors_get_their_own_message_back_once(
    deployment: Deployment, room: str, transport: str
) -> None:
    async with in_room(deployment, "alice", room, transport=transport) as alice:
        await alice.post(room, "mine")
        event = await alice.next("grpchat", text="mine")
        await alice.getinv()  # whatever else was on its way has arrived
        assert event.message.author == "sip:alice@litwareinc.com"
        assert alice.heard(room) == ["mine"]
        assert "rpl:grpchat" not in {event.kind for event in alice.events}


# --- 8 ----------------------------------------------------------------------------------------------------------------

async def test_trap_08_session_expires_is_in_the_answer_to_the_lookup(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        lookup = await alice.invite(deployment.endpoint)
        assert lookup.session_expires == 1800
        chat = await alice.invite(await alice.requri(lookup))
        assert chat.session_expires == 1800
        assert (await alice.update(chat)).status == 200


# --- 9 ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("methods", [("INFO", "INFO"), ("INFO", "UPDATE"), ("UPDATE", "INFO")])
async def test_trap_09_one_481_and_the_end_of_the_connection(deployment: Deployment, methods: tuple[str, str]) -> None:
    async with signed_in(deployment, "alice") as before:
        stale = before.chat
        assert stale
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        answer = alice.wire.request(alice.inside(stale, methods[0], b"<x/>" if methods[0] == "INFO" else b""))
        alice.wire.request(alice.inside(stale, methods[1]))
        await alice.lost()
        assert (await answer).status == 481
        assert statuses(alice).count(481) == 1


def statuses(client: SipClient) -> list[int]:
    """Return the status of each response that a client received."""
    return [message.status for message in client.wire.messages if isinstance(message, Response)]


async def test_trap_09_after_a_restart_too(unserved: Deployment) -> None:
    await unserved.serve()
    async with in_room(unserved, "alice", unserved.rooms["Hall"]) as alice:
        stale = alice.chat
        assert stale
        await unserved.kill()
        await alice.lost()
    assert "BYE" not in {message.method for message in alice.wire.messages if isinstance(message, Request)}
    await unserved.restart()
    async with connected(unserved, "alice") as again:
        await again.register(unserved.password("alice"))
        posts = [again.wire.request(again.inside(stale, "INFO", b"<xccos/>")) for _ in range(3)]
        await again.lost()
        assert (await posts[0]).status == 481
        assert statuses(again).count(481) == 1
    await unserved.stop()


async def test_trap_09_the_server_never_says_bye(deployment: Deployment, room: str) -> None:
    user = await fresh_person(deployment)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, user, room) as other:
        await deployment.parlour(
            "Remove-CsPersistentChatRoom", room_name(deployment, room), "-Confirm:$false", expect=0)
        await alice.next("ntc:part")
        await deployment.parlour("user", "disable", deployment.address(user), expect=0)
        await other.lost()
        for client in (alice, other):
            assert "BYE" not in {found.method for found in client.wire.messages if isinstance(found, Request)}


async def test_trap_09_nor_when_it_is_stopped(unserved: Deployment) -> None:
    room = unserved.rooms["Hall"]
    await unserved.serve()
    async with in_room(unserved, "alice", room) as alice:
        await unserved.stop()
        await alice.lost()
        assert {found.method for found in alice.wire.messages if isinstance(found, Request)} == {"INFO"}


async def test_trap_09_each_join_is_answered_once(deployment: Deployment, room: str) -> None:
    other = await fresh_room(deployment)
    async with in_room(deployment, "alice", room, other) as alice, in_room(deployment, "bobby", room, other) as bobby:
        await bobby.part(other)
        await bobby.post(room, "hello")
        await alice.next("grpchat", text="hello")
        await alice.join(room)  # asked for: this one is answered
        await alice.bjoin([room, other])
        await alice.getinv()
        kinds = [event.kind for event in alice.events]
        assert kinds.count("rpl:join") == 3
        assert kinds.count("rpl:bjoin") == 1


# --- 10 ---------------------------------------------------------------------------------------------------------------

async def test_trap_10_a_rotated_first_message_costs_only_its_own_connection(unserved: Deployment) -> None:
    message = registration(("Authorization", f'NTLM gssapi-data="{"TlRMTVNTUAAD" * 40}"')).to_bytes()
    async with served_here(unserved), signed_in(unserved, "bobby") as bobby:
        with capture_logs() as logs:
            async with raw_peer(unserved) as dave:
                await dave.send(message[512:] + message[:512])
                assert await dave.rest() == b""
        assert [entry["error"] for entry in logs if entry["event"] == "sip.broken-stream"] == ["SipNotSip"]
        assert (await bobby.getserverinfo()).code == 200


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_trap_10_no_line_end_follows_a_message(deployment: Deployment, room: str, transport: str) -> None:
    async with connected(deployment, "alice", transport) as alice:
        taken = record(alice)
        await whole_session(deployment, alice, room)
        await alice.unregister()
    count, rest = 0, bytes(taken)
    while rest:
        head, _, body = rest.partition(b"\r\n\r\n")
        assert head.startswith((b"SIP/2.0 ", b"INFO sip:"))
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
        rest = body[int(length.partition(b": ")[2]):]
        count += 1
    assert count >= 20
