"""Signing in and out at the SIP door of a live node, rightly and wrongly."""

import base64
from dataclasses import replace

import pytest
from spnego._ntlm_raw import crypto
from spnego._ntlm_raw.messages import Authenticate, Challenge
from tests.doors.kit import (
    ALICE,
    BOBBY,
    TRANSPORTS,
    connected,
    fresh_person,
    in_room,
    outside,
    registration,
    served_here,
    signed_in,
    texts,
)

from parlour.sip import Request, Response, parse_auth, render_auth
from parlour.testing import Deployment, RefusedError, Signing, SipClient, digest
from parlour.testing.ntlm import string_to_sign

NOBODY = "nobody@litwareinc.com"
EMPTY = b'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"/>'


def offered(response: Response) -> list[str]:
    """Return the schemes that a challenge offers."""
    values = response.headers.all("WWW-Authenticate") + response.headers.all("Proxy-Authenticate")
    return [parse_auth(value).scheme for value in values]


def shape(response: Response) -> tuple[int, str, list[str], str | None]:
    """Return all of a response that may tell something."""
    names = [name for name, _ in response.headers]
    return response.status, response.reason, names, response.headers.get("ms-diagnostics")


async def refused(client: SipClient, password: str, scheme: str = "ntlm", login: str | None = None) -> Response:
    """Sign in in vain; return the refusal."""
    with pytest.raises(RefusedError) as caught:
        await client.register(password, scheme, login=login)
    assert isinstance(caught.value.answer, Response)
    return caught.value.answer


async def authenticated(client: SipClient, token: bytes, opaque: str) -> Response:
    """Send an AUTHENTICATE message as it is, unsigned."""
    value = render_auth("NTLM", {
        "qop": "auth", "opaque": opaque, "gssapi-data": base64.b64encode(token).decode(), "version": "4"})
    return await client.send(registration(("Authorization", value), sender=client.address, receiver=client.address))


async def handshake_anew(client: SipClient, user: str, password: str) -> Response:
    """Sign in as a client without keys does, on a connection that is signed in already."""
    client.signing = Signing.NONE
    try:
        handshake = await client.challenge(user)
    finally:
        client.signing = Signing.GOOD
    return await client.answer(handshake, password, login=user, address=user)


def is_in(client: SipClient) -> bool:
    """Say whether the connection is still there."""
    return not client.wire.lost.done()


# --- rightly ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_sign_in_by_ntlm(deployment: Deployment, room: str, transport: str) -> None:
    async with in_room(deployment, "alice", room, transport=transport) as alice:
        await alice.post(room, "by NTLM")
    assert await texts(deployment, room) == ["by NTLM"]


async def test_sign_in_by_digest_over_tls(deployment: Deployment, room: str) -> None:
    async with signed_in(deployment, "alice", scheme="digest") as alice:
        assert alice.association is None
        await alice.join(room)
        await alice.post(room, "by Digest")
    assert await texts(deployment, room) == ["by Digest"]


@pytest.mark.parametrize("header", ["Authorization", "Proxy-Authorization"])
@pytest.mark.parametrize("uri", [digest.PIDGIN_URI, "sip:litwareinc.com"])
async def test_digest_credentials_are_taken_from_either_header(
    deployment: Deployment, header: str, uri: str
) -> None:
    async with connected(deployment, "alice") as alice:
        asked = await alice.send(registration())
        assert asked.status == 401
        assert offered(asked) == ["NTLM", "Digest"]
        given = digest.credentials(
            parse_auth(asked.headers.all("WWW-Authenticate")[1]).params, "REGISTER", ALICE,
            deployment.password("alice"), uri)
        assert (await alice.send(registration((header, given)))).status == 200


async def test_who_has_no_ntlm_secret_is_asked_for_digest_by_407(deployment: Deployment) -> None:
    user = await fresh_person(deployment, "--no-ntlm")
    async with connected(deployment, user) as client:
        asked = await client.send(registration(sender=client.address, receiver=client.address))
        assert asked.status == 407
        assert offered(asked) == ["Digest"]
        assert (await client.register(deployment.password(user), "digest")).status == 200
        await client.open_chat(deployment.endpoint)
        assert (await client.getserverinfo()).code == 200


async def test_who_has_no_ntlm_secret_cannot_sign_in_by_ntlm(deployment: Deployment) -> None:
    user = await fresh_person(deployment, "--no-ntlm")
    async with connected(deployment, user, "tcp") as client:
        assert (await refused(client, deployment.password(user))).status == 401
    async with connected(deployment, user, "tcp") as client:
        assert (await refused(client, "")).status == 401


async def test_digest_is_neither_offered_nor_taken_over_tcp(deployment: Deployment) -> None:
    async with connected(deployment, "alice", "tcp") as alice, connected(deployment, "alice") as safe:
        assert offered(await alice.send(registration())) == ["NTLM"]
        asked = parse_auth((await safe.send(registration())).headers.all("WWW-Authenticate")[1])
        given = digest.credentials(asked.params, "REGISTER", ALICE, deployment.password("alice"))
        answer = await alice.send(registration(("Authorization", given)))
        assert (answer.status, offered(answer)) == (401, ["NTLM"])
        assert (await alice.send(outside("SUBSCRIBE", ("Event", "vnd-microsoft-roaming-self")))).status == 401


@pytest.mark.parametrize("login", [ALICE, "ALICE@LitwareInc.com", "alice"])
async def test_the_login_may_be_the_address_or_its_first_part(deployment: Deployment, login: str) -> None:
    async with connected(deployment, "alice") as alice:
        assert (await alice.register(deployment.password("alice"), login=login)).status == 200


# --- wrongly ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("scheme", ["ntlm", "digest"])
async def test_an_unknown_person_looks_like_a_wrong_password(deployment: Deployment, scheme: str) -> None:
    found = []
    for user in ("alice", "nobody"):
        async with connected(deployment, user) as client:
            await refused(client, "wrong", scheme)
            found.append([shape(message) for message in client.wire.messages if isinstance(message, Response)])
    assert found[0] == found[1]
    assert [status for status, *_ in found[0]] == [401] * len(found[0])
    assert len(found[0]) == {"ntlm": 3, "digest": 2}[scheme]


@pytest.mark.parametrize("scheme", ["ntlm", "digest"])
async def test_a_disabled_person_is_told_so_after_the_right_password_only(
    deployment: Deployment, scheme: str
) -> None:
    user = await fresh_person(deployment)
    await deployment.parlour("user", "disable", deployment.address(user), expect=0)
    async with connected(deployment, user) as client:
        assert (await refused(client, "wrong", scheme)).status == 401
    async with connected(deployment, user) as client:
        answer = await refused(client, deployment.password(user), scheme)
        assert answer.status == 403
        assert "may not sign in" in (answer.headers.get("Warning") or "")
        await client.lost()
    await deployment.parlour("user", "enable", deployment.address(user), expect=0)
    async with connected(deployment, user) as client:
        assert (await client.register(deployment.password(user), scheme)).status == 200


async def test_who_gets_disabled_is_disconnected_at_once(deployment: Deployment, room: str) -> None:
    user = await fresh_person(deployment)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, user, room) as gone:
        await deployment.parlour("user", "disable", deployment.address(user), expect=0)
        await gone.lost()
        await alice.next("ntc:part", users=[gone.uri])
        await alice.post(room, "without you")
        assert gone.heard(room) == []


async def test_a_new_password_ends_the_sessions_of_the_old_one(deployment: Deployment) -> None:
    user = await fresh_person(deployment)
    async with signed_in(deployment, user) as first, signed_in(deployment, user, "tls", "digest") as second:
        await deployment.parlour(
            "user", "passwd", deployment.address(user), expect=0, env={"PARLOUR_USER_PASSWORD": "another one"})
        await first.lost()
        await second.lost()
    for scheme in ("ntlm", "digest"):
        async with connected(deployment, user) as client:
            assert (await refused(client, deployment.password(user), scheme)).status == 401
        async with connected(deployment, user) as client:
            assert (await client.register("another one", scheme)).status == 200


async def test_ntlm_version_1_is_refused(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        handshake = await alice.challenge()
        offer = Challenge.unpack(handshake.token)
        secret = crypto.ntowfv1(deployment.password("alice"))
        nt, lm, _ = crypto.compute_response_v1(
            offer.flags, secret, crypto.lmowfv1(deployment.password("alice")), offer.server_challenge, b"8 bytes.")
        assert len(nt) == 24
        token = Authenticate(offer.flags, lm, nt, "", ALICE, "TEST", bytes(16)).pack()
        assert (await authenticated(alice, token, handshake.opaque)).status == 401
        assert (await alice.send(outside("SUBSCRIBE", ("Event", "vnd-microsoft-roaming-self")))).status == 401


@pytest.mark.parametrize("token", [
    b"NTLMSSP\x00", b"NTLMSSP\x00\x01\x00\x00\x00", b"NTLMSSP\x00\x03\x00\x00\x00" + b"\xff" * 80, b"\x00" * 5000])
async def test_garbage_for_a_token_is_a_wrong_password(deployment: Deployment, token: bytes) -> None:
    async with connected(deployment, "alice") as alice:
        handshake = await alice.challenge()
        answer = await authenticated(alice, token, handshake.opaque)
        assert answer.status == 401
        assert (await alice.register(deployment.password("alice"))).status == 200


async def test_three_failures_close_the_connection(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        for _ in range(2):
            await refused(alice, "wrong")
            assert is_in(alice)
        await refused(alice, "wrong")
        await alice.lost()


@pytest.mark.parametrize("method", ["INVITE", "SUBSCRIBE", "SERVICE", "INFO", "UPDATE", "BYE"])
async def test_nothing_is_done_before_sign_in(deployment: Deployment, method: str) -> None:
    async with connected(deployment, "alice") as alice:
        answer = await alice.send(outside(method, ("Event", "vnd-microsoft-roaming-self"), uri=deployment.endpoint))
        assert (answer.status, offered(answer)) == (401, ["NTLM"])
        assert answer.body == b""


async def test_options_is_answered_before_sign_in(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        answer = await alice.send(outside("OPTIONS", uri="sip:litwareinc.com"))
        assert answer.status == 200
        assert "INVITE" in (answer.headers.get("Allow") or "")


# --- somebody else ----------------------------------------------------------------------------------------------------

async def test_nobody_registers_somebody_else_before_signing_in(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        assert (await alice.send(registration(receiver=BOBBY))).status == 403
        with pytest.raises(RefusedError) as caught:
            await alice.register(deployment.password("alice"), login=ALICE, address=BOBBY)
        assert caught.value.code == 401


async def test_nobody_registers_somebody_else_after_signing_in(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        assert (await alice.send(registration(receiver=BOBBY))).status == 403
        assert (await alice.send(registration(sender=BOBBY, receiver=BOBBY))).status == 403
        assert (await alice.getserverinfo()).code == 200


@pytest.mark.parametrize("scheme", ["ntlm", "digest"])
async def test_a_connection_stays_with_who_signed_in(deployment: Deployment, room: str, scheme: str) -> None:
    async with signed_in(deployment, "alice", "tls", scheme) as alice:
        await alice.join(room)
        with pytest.raises(RefusedError) as caught:
            await handshake_anew(alice, BOBBY, deployment.password("bobby"))
        assert caught.value.code == 403
        await alice.post(room, "still me")
        event = await alice.next("grpchat", text="still me")
        assert event.message.author == alice.uri


@pytest.mark.parametrize("scheme", ["ntlm", "digest"])
async def test_another_person_may_sign_in_after_the_first_signed_out(deployment: Deployment, scheme: str) -> None:
    async with signed_in(deployment, "alice", "tls", scheme) as alice:
        await alice.unregister()
        alice.wire.association = None
        await alice.register(deployment.password("bobby"), scheme, login=BOBBY, address=BOBBY)
        answer = await alice.send(outside("INVITE", uri=deployment.endpoint, sender=BOBBY))
        assert answer.status == 200


@pytest.mark.parametrize("method", ["INVITE", "SUBSCRIBE", "SERVICE"])
async def test_nobody_writes_in_another_name(deployment: Deployment, method: str) -> None:
    async with signed_in(deployment, "alice") as alice:
        answer = await alice.send(outside(
            method, ("Event", "vnd-microsoft-roaming-self"), sender=BOBBY, uri=deployment.endpoint))
        assert answer.status == 403
        assert answer.body == b""
        assert (await alice.getserverinfo()).code == 200


async def test_nobody_posts_in_another_name(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        post = alice.post_request(room, "not me")
        sender = post.header("From").replace(ALICE, BOBBY)
        assert (await alice.send(replace(post, headers=post.headers.replaced("From", sender)))).status == 403
    assert await texts(deployment, room) == []


# --- signatures -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", [Signing.NONE, Signing.WRONG])
async def test_what_is_not_signed_rightly_is_not_done(deployment: Deployment, room: str, how: Signing) -> None:
    async with in_room(deployment, "alice", room) as alice:
        alice.signing = how
        answer = await alice.send(alice.post_request(room, "unsigned"))
        assert (answer.status, offered(answer)) == (401, ["NTLM"])
        alice.signing = Signing.GOOD
        await alice.post(room, "signed")
    assert await texts(deployment, room) == ["signed"]


async def test_the_same_request_again_with_a_signature_is_done(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        post = alice.post_request(room, "at last")
        alice.signing = Signing.NONE
        assert (await alice.send(post)).status == 401
        alice.signing = Signing.GOOD
        assert (await alice.send(post)).status == 200  # the same CSeq, as pidgin-sipe does
    assert await texts(deployment, room) == ["at last"]


def signed_with_number(client: SipClient, request: Request, number: str) -> Request:
    """Sign a request rightly, with a number (cnum) of one's own choice."""
    known = client.association
    assert known
    text = string_to_sign(request, "0badcafe", number, known.realm, known.target)
    return replace(request, headers=request.headers.with_("Authorization", render_auth("NTLM", {
        "qop": "auth", "opaque": known.opaque, "realm": known.realm, "targetname": known.target,
        "crand": "0badcafe", "cnum": number, "response": known.security.client_signature(text)})))


async def test_a_signature_is_good_once(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        first = signed_with_number(alice, alice.post_request(room, "first"), "1000")
        assert (await alice.send(first)).status == 200
        assert (await alice.send(first)).status == 200  # to the byte: the same request, so the same answer
        again = signed_with_number(alice, alice.post_request(room, "same number"), "1000")
        assert (await alice.send(again)).status == 401
        moved = alice.post_request(room, "signature of another")
        stolen = first.headers.get("Authorization") or ""
        assert (await alice.send(replace(moved, headers=moved.headers.with_("Authorization", stolen)))).status == 401
        assert (await alice.send(signed_with_number(alice, alice.post_request(room, "next"), "1001"))).status == 200
    assert await texts(deployment, room) == ["first", "next"]


async def test_a_signed_message_is_worthless_on_another_connection(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "alice", room) as second:
        post = signed_with_number(alice, alice.post_request(room, "once"), "1000")
        assert (await second.send(post)).status == 401
        assert (await alice.send(post)).status == 200
    assert await texts(deployment, room) == ["once"]


# --- handshakes -------------------------------------------------------------------------------------------------------

async def test_an_authenticate_message_cannot_be_replayed(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice, connected(deployment, "alice") as thief:
        handshake = await alice.challenge()
        await alice.answer(handshake, deployment.password("alice"))
        taken = alice.last_authenticate
        assert (await authenticated(alice, taken, handshake.opaque)).status == 401
        assert (await authenticated(thief, taken, handshake.opaque)).status == 401
        theirs = await thief.challenge()
        assert (await authenticated(thief, taken, theirs.opaque)).status == 401
        assert (await thief.send(outside("INVITE", uri=deployment.endpoint))).status == 401
        await alice.open_chat(deployment.endpoint)


async def test_a_challenge_is_answered_once(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        handshake = await alice.challenge()
        for password in ("wrong", deployment.password("alice")):
            with pytest.raises(RefusedError) as caught:
                await alice.answer(handshake, password)
            assert caught.value.code == 401
        assert (await alice.register(deployment.password("alice"))).status == 200


async def test_a_digest_nonce_is_good_once(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice, connected(deployment, "alice") as thief:
        asked = parse_auth((await alice.send(registration())).headers.all("WWW-Authenticate")[1]).params
        given = digest.credentials(asked, "REGISTER", ALICE, deployment.password("alice"))
        assert (await thief.send(registration(("Authorization", given)))).status == 401
        assert (await alice.send(registration(("Authorization", given)))).status == 200
        await alice.unregister()
        assert (await alice.send(registration(("Authorization", given)))).status == 401


async def test_a_new_handshake_on_the_same_connection(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        assert alice.association
        before = alice.association.security
        await handshake_anew(alice, ALICE, deployment.password("alice"))
        assert alice.association.security != before
        await bobby.post(room, "signed anew")
        await alice.next("grpchat", text="signed anew")
        await alice.post(room, "so am I")
        await bobby.next("grpchat", text="so am I")


async def test_registering_again_changes_nothing(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert (await alice.refresh()).status == 200
        await alice.post(room, "still here")
        await alice.next("grpchat", text="still here")


# --- several places, and the end --------------------------------------------------------------------------------------

async def test_who_signs_in_twice_is_in_both_places(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby:
        async with in_room(deployment, "alice", room) as first:
            async with in_room(deployment, "alice", room, transport="tcp") as second:
                await bobby.post(room, "to both")
                for alice in (first, second):
                    await alice.next("grpchat", text="to both")
                await second.post(room, "from one")
                await first.next("grpchat", text="from one")
            await first.post(room, "one left")
            await bobby.next("grpchat", text="one left")
            assert not [event for event in bobby.events if event.kind == "ntc:part"]
        await bobby.next("ntc:part", users=[f"sip:{ALICE}"])
        assert len([event for event in bobby.events if event.kind == "ntc:join"]) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_signing_out_ends_participation(deployment: Deployment, room: str, transport: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby, \
            in_room(deployment, "alice", room, transport=transport) as alice:
        assert (await alice.unregister()).headers.get("Expires") == "0"
        await bobby.next("ntc:part", users=[alice.uri])
        await bobby.post(room, "gone?")
        answer = await alice.send(outside("INVITE", uri=deployment.endpoint))
        assert answer.status == 401
        assert alice.heard(room) == []


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_losing_the_connection_ends_participation(deployment: Deployment, room: str, transport: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby:
        async with in_room(deployment, "alice", room, transport=transport) as alice:
            alice.drop()
            await bobby.next("ntc:part", users=[alice.uri])
        await bobby.part(room)
        assert (await bobby.join(room)).users == [bobby.uri]


async def test_saying_bye_ends_participation(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby, in_room(deployment, "alice", room) as alice:
        assert alice.chat
        assert (await alice.bye(alice.chat)).status == 200
        await bobby.next("ntc:part", users=[alice.uri])


# --- time -------------------------------------------------------------------------------------------------------------

async def test_who_does_not_sign_in_is_disconnected(unserved: Deployment) -> None:
    async with served_here(unserved) as clock, connected(unserved, "alice") as idle, \
            signed_in(unserved, "bobby") as bobby:
        await idle.challenge()
        clock.advance(59)
        await bobby.refresh()
        assert is_in(idle)
        clock.advance(2)
        await idle.lost()
        assert (await bobby.getserverinfo()).code == 200


async def test_a_registration_that_is_not_renewed_ends(unserved: Deployment) -> None:
    room = unserved.rooms["Hall"]
    async with served_here(unserved) as clock, in_room(unserved, "alice", room) as alice, \
            in_room(unserved, "bobby", room) as bobby:
        for _ in range(3):
            clock.advance(300)
            await bobby.refresh()
        await alice.lost()
        await bobby.next("ntc:part", users=[alice.uri])
        assert is_in(bobby)
