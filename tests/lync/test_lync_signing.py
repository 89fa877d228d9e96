"""Signatures of NTLM sign-ins: the known ones, and what happens to every message that was tampered with."""

import struct
from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lync.lync_kit import HOST, PASSWORD, REALM, Client, make_client, request

from parlour.directory.secrets import nt_hash
from parlour.errors import ParlourError
from parlour.lync.ntlm import NtlmChallenge, NtlmKeys, NtlmLogin
from parlour.lync.signing import SecurityAssociation, string_to_sign
from parlour.sip import Request, Response, parse_auth, parse_message, parse_name_addr, respond
from parlour.testing.ntlm import Security, authenticate
from parlour.testing.ntlm import string_to_sign as expected_string

# reference/sip-client-flow.md section 4.3: observed with pidgin-sipe 1.25
FLAGS, SESSION_KEY = 0x62988255, bytes.fromhex("5a9fdbaff967361a829e8913d2587279")
CALL_ID = "76FAgE173aCBCEi325FmCCCBt0B76b6E4FxB3E2x"
CLIENT_TEXT = (f"<NTLM><a8d20690><1><{REALM}><{HOST}><{CALL_ID}><3><REGISTER>"
               "<sip:alice@litwareinc.com><2262220015><sip:alice@litwareinc.com><><><><>")
SERVER_TEXT = (f"<NTLM><EB91C3AD><1><{REALM}><{HOST}><{CALL_ID}><3><REGISTER>"
               "<sip:alice@litwareinc.com><2262220015><sip:alice@litwareinc.com><EE2F3F1161><><><600><200>")
CLIENT_MAC, SERVER_MAC = "0100000054B918C383FC5A3964000000", "01000000A7F25E23C36D4F5E64000000"
NONCE = bytes.fromhex("0f24a9eade2020dc")
AUTHENTICATE = b64decode(
    "TlRMTVNTUAADAAAAGAAYAHQAAACoAKgAjAAAAAAAAABIAAAAKAAoAEgAAAAEAAQAcAAAABAAEAA0AQAAVYKYYgUBKAoAAAAPYQBsAGkAYwBlAEAAbABp"
    "AHQAdwBhAHIAZQBpAG4AYwAuAGMAbwBtAFYATQAkawOtHJtim58oZV+wQSSXHFNe4Rw4MRnOiAZYMFnXjCaQ1wQZpr5PAQEAAAAAAADIkWhCl3rdARxT"
    "XuEcODEZAAAAAAIADgBMAEkAVABXAEEAUgBFAAEACABTAFQAVQBCAAQAHABsAGkAdAB3AGEAcgBlAGkAbgBjAC4AYwBvAG0AAwAmAHMAdAB1AGIALgBs"
    "AGkAdAB3AGEAcgBlAGkAbgBjAC4AYwBvAG0ABwAIAMiRaEKXet0BAAAAAAAAAADxWhfM0UwVfy/8R7iisEnW")
LOGINS = ("alice@litwareinc.com", "alice")


def wire(text: str) -> Request | Response:
    message = parse_message(text.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n")
    assert isinstance(message, Request | Response)
    return message


def login() -> NtlmLogin:
    return NtlmChallenge(NONCE, b"").accept(AUTHENTICATE, nt_hash(PASSWORD), LOGINS)


# -- the keys


@pytest.mark.parametrize(("usage", "text", "mac"), [
    ("initiate", CLIENT_TEXT, CLIENT_MAC), ("accept", SERVER_TEXT, SERVER_MAC)])
def test_signatures_are_the_observed_ones(usage: str, text: str, mac: str) -> None:
    assert NtlmKeys.derive(FLAGS, SESSION_KEY, usage).sign(text.encode()).decode() == mac


def test_the_observed_handshake_is_accepted_and_gives_the_observed_keys() -> None:
    keys = login()
    assert (keys.client.sign(CLIENT_TEXT.encode()), keys.server.sign(SERVER_TEXT.encode())) == (
        CLIENT_MAC.encode(), SERVER_MAC.encode())
    assert keys.client.signing.hex() == "a82c025f3573f746b9e369642e8ba051"
    assert keys.server.signing.hex() == "451041c7a03785d97b583a421a8d68cd"


@given(key=st.binary(min_size=16, max_size=16), text=st.text(st.characters(exclude_categories=["Cs"])))
def test_both_sides_compute_the_same(key: bytes, text: str) -> None:
    client = Security(FLAGS, key)
    assert NtlmKeys.derive(FLAGS, key, "initiate").sign(text.encode()).decode() == client.client_signature(text)
    assert NtlmKeys.derive(FLAGS, key, "accept").sign(text.encode()).decode() == client.server_signature(text)


# -- the handshake


def challenge() -> NtlmChallenge:
    return NtlmChallenge.make(NONCE, "litwareinc.com", HOST)


def accepted(token: bytes, password: str = PASSWORD, logins: tuple[str, ...] = LOGINS) -> bool:
    try:
        challenge().accept(token, nt_hash(password), logins)
    except ParlourError as fault:
        return fault.kind.name != "SignInRefused"
    return True


@pytest.mark.parametrize(("user", "domain"), [
    ("alice@litwareinc.com", ""), ("ALICE@LitwareInc.com", ""), ("alice", "LITWARE"), ("alice", ""),
])
def test_every_way_to_write_the_login_is_accepted(user: str, domain: str) -> None:
    assert accepted(authenticate(challenge().token, user, PASSWORD, domain)[0])


@pytest.mark.parametrize(("user", "password"), [("bob", PASSWORD), ("alice", "wrong"), ("", PASSWORD), ("alice", "")])
def test_a_wrong_name_or_password_is_refused(user: str, password: str) -> None:
    assert not accepted(authenticate(challenge().token, user, password)[0])


def test_an_answer_to_another_challenge_is_refused() -> None:
    other = NtlmChallenge.make(bytes(8), "litwareinc.com", HOST)
    assert not accepted(authenticate(other.token, "alice", PASSWORD)[0])


@pytest.mark.parametrize("token", [b"", b"x", AUTHENTICATE[:40], AUTHENTICATE[:64], b"NTLMSSP\x00\x01\x00\x00\x00"])
def test_a_broken_token_is_refused(token: bytes) -> None:
    assert not accepted(token)


@pytest.mark.parametrize("flag", [0x1, 0x10, 0x80000, 0x40000000])  # unicode, sign, extended security, key exchange
def test_a_token_without_a_needed_flag_is_refused(flag: int) -> None:
    token = bytearray(authenticate(challenge().token, "alice", PASSWORD)[0])
    (flags,) = struct.unpack_from("<I", token, 60)
    struct.pack_into("<I", token, 60, flags & ~flag)
    assert not accepted(bytes(token))


def test_ntlm_version_1_is_refused() -> None:
    token = bytearray(AUTHENTICATE)
    struct.pack_into("<HH", token, 20, 24, 24)  # the length of the response
    assert not accepted(bytes(token))


def test_a_session_key_of_another_length_is_refused() -> None:
    token = bytearray(authenticate(challenge().token, "alice", PASSWORD)[0])
    struct.pack_into("<HH", token, 52, 8, 8)
    assert not accepted(bytes(token))


@given(data=st.data())
def test_no_token_raises_anything_but_the_refusal(data: st.DataObject) -> None:
    token = bytearray(AUTHENTICATE)
    for _ in range(data.draw(st.integers(1, 6))):
        token[data.draw(st.integers(0, len(token) - 1))] = data.draw(st.integers(0, 255))
    accepted(bytes(token)[:data.draw(st.integers(0, len(token)))])


# -- what is signed


@pytest.mark.parametrize(("lines", "status"), [
    ("", None), ("Expires: 0\n", None), ("P-Asserted-Identity: <sip:alice@x.y>, <tel:+1425>\n", None),
    ('P-Preferred-Identity: "A, B" <SIP:alice@x.y>\n', None), ("P-Asserted-Identity: <tel:+1>\n", 200),
    ("Expires: 600\n", 200),
])
def test_what_is_signed_is_what_the_test_kit_says(lines: str, status: int | None) -> None:
    start = "INFO sip:pce@x.y SIP/2.0" if status is None else f"SIP/2.0 {status} OK"
    message = wire(f'{start}\nVia: SIP/2.0/TCP h\nFrom: "Alice" <sip:alice@x.y>;tag=1;epid=2\n'
                   f"To: sip:pce@x.y;tag=9\nCall-ID: c\nCSeq: 4 INFO\n{lines}Content-Length: 0\n")
    text = string_to_sign(message, scheme="NTLM", rand="r", num="5", realm=REALM, target=HOST).decode()
    assert text == expected_string(message, "r", "5", REALM, HOST)
    assert text.startswith(f"<NTLM><r><5><{REALM}><{HOST}><c><4><INFO><sip:alice@x.y><1><sip:pce@x.y><9>")


# -- an association


class Pair:
    """The server's association and the client that made it."""

    def __init__(self) -> None:
        self.client: Client = make_client()
        token, self.client.security = authenticate(challenge().token, "alice", PASSWORD)
        self.client.opaque = "A602709E"
        self.server = SecurityAssociation(
            challenge().accept(token, nt_hash(PASSWORD), LOGINS), "A602709E", REALM, HOST)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_what_the_client_signs_is_accepted_once(pair: Pair) -> None:
    signed = pair.client.signed(request("INFO"))
    assert pair.server.accepts(signed)
    assert not pair.server.accepts(signed)  # a replay
    assert pair.server.accepts(pair.client.signed(request("INFO", number=4)))


def test_an_older_number_is_not_accepted_after_a_newer_one(pair: Pair) -> None:
    older, newer = (pair.client.signed(request("INFO", number=number)) for number in (4, 5))
    assert pair.server.accepts(newer)
    assert not pair.server.accepts(older)


def test_a_refused_signature_does_not_use_up_its_number(pair: Pair) -> None:
    signed = pair.client.signed(request("INFO"))
    assert not pair.server.accepts(replace(signed, headers=signed.headers.replaced("Call-ID", "forged")))
    assert pair.server.accepts(signed)


@pytest.mark.parametrize(("name", "value"), [
    ("From", "<sip:bob@litwareinc.com>;tag=2262220015"), ("From", "<sip:alice@litwareinc.com>;tag=1"),
    ("To", "<sip:bob@litwareinc.com>"), ("To", "<sip:alice@litwareinc.com>;tag=1"), ("Call-ID", "other"),
    ("CSeq", "4 INFO"), ("CSeq", "3 BYE"), ("Expires", "0"), ("P-Asserted-Identity", "<sip:bob@litwareinc.com>"),
    ("P-Preferred-Identity", "<tel:+1>"), ("From", "garbage <"), ("CSeq", "x"),
])
def test_a_changed_field_is_noticed(pair: Pair, name: str, value: str) -> None:
    signed = pair.client.signed(request("INFO", ("Expires", "60"), ("P-Asserted-Identity", "<sip:a@b.c>"),
                                        ("P-Preferred-Identity", "<sip:a@b.c>")))
    if name == "P-Preferred-Identity":
        signed = replace(signed, headers=signed.headers.without("P-Asserted-Identity"))
    assert not pair.server.accepts(replace(signed, headers=signed.headers.replaced(name, value)))


@pytest.mark.parametrize("change", [
    {"crand": "00000000"}, {"cnum": "2"}, {"cnum": "0"}, {"cnum": ""}, {"cnum": "-1"}, {"cnum": "x"}, {"cnum": "١"},
    {"response": ""}, {"response": "0" * 32}, {"response": CLIENT_MAC},
])
def test_a_changed_parameter_is_noticed(pair: Pair, change: dict[str, str]) -> None:
    message = request("INFO")
    value = pair.client.ntlm(opaque=pair.client.opaque, **{**pair.client.signature(message), **change})
    assert not pair.server.accepts(replace(message, headers=message.headers.with_("Authorization", value)))


@pytest.mark.parametrize("change", [{"response": "é" * 32}, {"cnum": "9" * 5000}])
def test_an_odd_parameter_is_only_not_accepted(pair: Pair, change: dict[str, str]) -> None:
    message = request("INFO")
    value = pair.client.ntlm(**{**pair.client.signature(message), **change})
    assert not pair.server.accepts(replace(message, headers=message.headers.with_("Authorization", value)))


@pytest.mark.parametrize("value", ["", "NTLM", 'Digest response="x"', "NTLM cnum=", "NTLM a=1, a=2", "("])
def test_other_credentials_are_not_accepted(pair: Pair, value: str) -> None:
    assert not pair.server.accepts(request("INFO", ("Authorization", value)))
    assert not pair.server.accepts(request("INFO"))


def test_a_signature_in_lower_case_is_accepted(pair: Pair) -> None:
    message = request("INFO")
    given = pair.client.signature(message)
    value = pair.client.ntlm(**{**given, "response": given["response"].lower()})
    assert pair.server.accepts(replace(message, headers=message.headers.with_("Authorization", value)))


def server_signature(pair: Pair, message: Request | Response) -> tuple[str, str]:
    """Return the signature of one of the server's messages, and the one that it should have."""
    info = parse_auth(message.headers.get("Authentication-Info") or "").params
    assert (info["realm"], info["targetname"], info["opaque"], info["qop"]) == (REALM, HOST, "A602709E", "auth")
    assert pair.client.security is not None
    text = expected_string(message, info["srand"], info["snum"], info["realm"], info["targetname"])
    return info["rspauth"], pair.client.security.server_signature(text)


def test_responses_are_signed_as_clients_check(pair: Pair) -> None:
    numbers = []
    for status in (200, 404):
        response = pair.server.sign_response(
            respond(request(), status, headers=[("Expires", "600")], to_tag="EE2F3F1161"))
        actual, expected = server_signature(pair, response)
        assert actual == expected
        numbers.append(parse_auth(response.header("Authentication-Info")).params["snum"])
    assert numbers == ["1", "2"]


def test_requests_are_signed_as_clients_check(pair: Pair) -> None:
    local, remote = "<sip:pce@litwareinc.com>;tag=1", "<sip:alice@litwareinc.com>;tag=2;epid=3"
    signer = pair.server.request_signer(
        call_id="c", method="INFO", from_=parse_name_addr(local), to=parse_name_addr(remote))
    for number in (1, 2):
        line = signer.header_line(number).decode()
        message = wire(f"INFO sip:x SIP/2.0\nVia: SIP/2.0/TCP h\nFrom: {local}\nTo: {remote}\nCall-ID: c\n"
                       f"CSeq: {number} INFO\n{line.strip()}\nContent-Length: 0\n")
        actual, expected = server_signature(pair, message)
        assert actual == expected
