"""What the kit's connection accepts from a server, and what it holds against it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from parlour.sip import Headers, Request, Response, StreamParser, parse_auth, render_auth, respond
from parlour.testing import Dialog, LostError, Signing, SipClient, ViolationError, ntlm
from parlour.testing.sip_connection import Association

SECURITY = ntlm.Security(0x62988255, bytes.fromhex("5a9fdbaff967361a829e8913d2587279"))
ASSOCIATION = Association(SECURITY, "SIP Communications Service", "stub.litwareinc.com", "A602709E")
CHAT = "sip:chat@litwareinc.com"
OK_HEADERS = [("Expires", "600"), ("Supported", "msrtc-event-categories"),
              ("Allow-Events", "presence,vnd-microsoft-provisioning-v2")]


@dataclass
class Peer:
    """The other end of one client's connection, by hand."""

    client: SipClient
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    parser: StreamParser
    pending: list[Request | Response] = field(default_factory=list)

    async def receive(self) -> Request | Response:
        """Read the client's next message."""
        async with asyncio.timeout(5):
            while not self.pending:
                arrived = self.parser.receive_data(await self.reader.read(65536))
                self.pending += [event for event in arrived if isinstance(event, Request | Response)]
        return self.pending.pop(0)

    def send(self, message: Request | Response) -> None:
        """Send a message as it is."""
        self.writer.write(message.to_bytes())


@asynccontextmanager
async def connected(strict: bool = True) -> AsyncIterator[Peer]:
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *streams: accepted.put_nowait(streams), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, SipClient("alice@litwareinc.com", "127.0.0.1", port, tls=False) as client:
        client.strict = strict
        reader, writer = await accepted.get()
        yield Peer(client, reader, writer, StreamParser())
        writer.close()


def signed(message: Request, known: Association = ASSOCIATION, spoil: str = "") -> Request:
    text = ntlm.string_to_sign(message, "EB91C3AD", "1", known.realm, known.target)
    info = render_auth("NTLM", {
        "rspauth": known.security.server_signature(text + spoil), "srand": "EB91C3AD", "snum": "1",
        "opaque": known.opaque, "qop": "auth", "targetname": known.target, "realm": known.realm})
    return replace(message, headers=message.headers.with_("Authentication-Info", info))


def options() -> Request:
    return Request("OPTIONS", "sip:alice@litwareinc.com", Headers((
        ("Via", "SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1"), ("From", f"<{CHAT}>;tag=1"),
        ("To", "<sip:alice@litwareinc.com>"), ("Call-ID", "c1"), ("CSeq", "1 OPTIONS"))))


async def test_a_signed_request_is_answered_signed() -> None:
    async with connected() as peer:
        peer.client.wire.association = ASSOCIATION
        peer.send(signed(options()))
        answered = await peer.receive()
        assert isinstance(answered, Response)
        params = parse_auth(answered.header("Authorization")).params
        text = ntlm.string_to_sign(answered, params["crand"], params["cnum"], params["realm"], params["targetname"])
        assert (answered.status, params["response"]) == (200, SECURITY.client_signature(text))


async def test_an_unsigned_request_is_dropped_and_held_against_the_server() -> None:
    async with connected(strict=False) as peer:
        peer.client.wire.association = ASSOCIATION
        peer.send(options())
        peer.send(signed(options()))
        assert isinstance(await peer.receive(), Response)
        assert "unsigned: OPTIONS" in peer.client.violations[0]


@pytest.mark.parametrize("known", [
    ASSOCIATION, replace(ASSOCIATION, realm="Other"), replace(ASSOCIATION, target="other.litwareinc.com")])
async def test_a_wrong_signature_ends_the_connection(known: Association) -> None:
    async with connected(strict=False) as peer:
        peer.client.wire.association = ASSOCIATION
        peer.send(signed(options(), known, spoil="x" if known is ASSOCIATION else ""))
        await peer.client.lost()
        assert "signed wrongly: OPTIONS" in peer.client.violations[0]


async def answer(peer: Peer, status: int, *headers: tuple[str, str]) -> Request:
    """Answer the client's next request, unsigned."""
    request = await peer.receive()
    assert isinstance(request, Request)
    peer.send(respond(request, status, headers=headers, to_tag="t"))
    return request


async def begin_dialog(peer: Peer) -> Dialog:
    async with asyncio.TaskGroup() as group:
        inviting = group.create_task(peer.client.invite(CHAT))
        await answer(peer, 200, ("Contact", f"<{CHAT};gruu>"), ("Session-Expires", "1800;refresher=uac"),
                     ("Record-Route", "<sip:one;lr>"), ("Record-Route", "<sip:two;lr>"))
        ack = await peer.receive()
    assert isinstance(ack, Request)
    assert (ack.method, ack.cseq.number) == ("ACK", 1)
    return inviting.result()


def info(dialog: Dialog, sender: str = CHAT, body: bytes = b"<xccos/>") -> Request:
    return Request("INFO", "sip:alice@litwareinc.com", Headers((
        ("Via", "SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1"), ("From", f"<{sender}>;tag=t"),
        ("To", dialog.local), ("Call-ID", dialog.call_id), ("CSeq", "7 INFO"))), body)


async def test_a_challenge_may_be_unsigned() -> None:
    async with connected() as peer:
        dialog = await begin_dialog(peer)
        peer.client.wire.association = ASSOCIATION
        async with asyncio.TaskGroup() as group:
            updating = group.create_task(peer.client.update(dialog))
            await answer(peer, 401)
        assert updating.result().status == 401


async def test_dialog_takes_target_routes_and_timer_from_the_answer() -> None:
    async with connected() as peer:
        dialog = await begin_dialog(peer)
        assert (dialog.target, dialog.session_expires) == (f"{CHAT};gruu", 1800)
        assert dialog.routes == ["<sip:two;lr>", "<sip:one;lr>"]


@pytest.mark.parametrize(("signing", "good"), [(Signing.GOOD, True), (Signing.WRONG, False)])
async def test_signs_well_or_wrongly_as_told(signing: Signing, good: bool) -> None:
    async with connected() as peer:
        dialog = await begin_dialog(peer)
        peer.client.wire.association = ASSOCIATION
        peer.client.signing = signing
        peer.client.wire.send(request := peer.client.inside(dialog, "UPDATE"))
        params = parse_auth((await peer.receive()).header("Authorization")).params
        text = ntlm.string_to_sign(request, params["crand"], params["cnum"], params["realm"], params["targetname"])
        assert (params["response"] == SECURITY.client_signature(text)) is good


async def test_signs_not_at_all_as_told() -> None:
    async with connected() as peer:
        dialog = await begin_dialog(peer)
        peer.client.wire.association = ASSOCIATION
        peer.client.signing = Signing.NONE
        peer.client.wire.send(peer.client.inside(dialog, "UPDATE"))
        assert "Authorization" not in (await peer.receive()).headers


async def test_info_from_another_address_is_never_answered() -> None:
    async with connected(strict=False) as peer:
        dialog = await begin_dialog(peer)
        peer.send(info(dialog, sender="sip:else@litwareinc.com"))
        peer.send(info(dialog))
        assert (await peer.receive()).headers.get("CSeq") == "7 INFO"
        assert "clients never answer it" in peer.client.violations[0]


async def test_info_after_bye_is_held_against_the_server() -> None:
    async with connected(strict=False) as peer:
        dialog = await begin_dialog(peer)
        peer.send(replace(info(dialog), method="BYE", headers=info(dialog).headers.replaced("CSeq", "6 BYE")))
        await peer.receive()
        peer.send(info(dialog))
        await peer.receive()
        assert "INFO after BYE" in peer.client.violations[0]


async def test_a_body_that_is_no_xml_is_held_against_the_server() -> None:
    async with connected(strict=False) as peer:
        dialog = await begin_dialog(peer)
        peer.send(info(dialog, body=b"<xccos"))
        await peer.receive()
        assert "not XML" in peer.client.violations[0]


async def test_told_not_to_answer_it_does_not() -> None:
    async with connected() as peer:
        dialog = await begin_dialog(peer)
        peer.client.answering = False
        peer.send(info(dialog))
        peer.client.answering = False
        peer.client.wire.send(peer.client.inside(dialog, "UPDATE"))
        following = await peer.receive()
        assert isinstance(following, Request)


@pytest.mark.parametrize(("headers", "complaint"), [
    (OK_HEADERS[1:], "no Expires"),
    ([OK_HEADERS[0], ("Supported", "msrtc-event-categories, adhoclist"), OK_HEADERS[2]], "alone on a line"),
    ([*OK_HEADERS[:2], ("Allow-Events", "presence, vnd-microsoft-provisioning-v2")], "without blanks"),
])
async def test_insists_on_what_pidgin_sipe_silently_fails_without(
    headers: list[tuple[str, str]], complaint: str
) -> None:
    async with connected() as peer:
        registering = asyncio.ensure_future(peer.client.register("secret", "digest"))
        await answer(peer, 200, *headers)
        with pytest.raises(ViolationError, match=complaint):
            await registering


async def test_digest_answers_a_challenge_with_the_next_number() -> None:
    async with connected() as peer:
        registering = asyncio.ensure_future(peer.client.register("secret", "digest"))
        first = await answer(peer, 407, ("Proxy-Authenticate", 'Digest realm="r", nonce="n", qop="auth"'))
        second = await answer(peer, 200, *OK_HEADERS)
        assert (await registering).status == 200
        assert second.cseq.number == first.cseq.number + 1
        assert 'uri="(null)"' in second.header("Proxy-Authorization")


async def test_a_connected_client_is_not_connected_again() -> None:
    async with connected() as peer:
        wire = peer.client.wire
        assert (await peer.client.__aenter__()).wire is wire


async def test_whatever_the_server_did_wrong_fails_the_test_at_the_end() -> None:
    async with connected(strict=False) as peer:
        peer.client.violations.append("unsigned: OPTIONS")
        await peer.client.__aexit__(None, None, None)
        peer.client.strict = True
        with pytest.raises(ViolationError, match="unsigned: OPTIONS"):
            await peer.client.__aexit__(None, None, None)
        peer.client.strict = False


async def test_who_waits_learns_that_the_connection_is_lost() -> None:
    async with connected() as peer:
        waiting = asyncio.ensure_future(peer.client.next("grpchat"))
        requesting = asyncio.ensure_future(peer.client.invite(CHAT))
        await peer.receive()
        peer.writer.close()
        for lost in (waiting, requesting):
            with pytest.raises(LostError):
                await lost
        with pytest.raises(LostError):
            peer.client.wire.write(b"x")
