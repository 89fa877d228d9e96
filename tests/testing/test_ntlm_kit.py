"""The kit's NTLM against the vector recorded from a real client, and against itself."""

import os

import pytest
from spnego._ntlm_raw import crypto
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvId,
    Challenge,
    FileTime,
    NegotiateFlags,
    TargetInfo,
    Version,
)

from parlour.sip import Headers, Request, Response
from parlour.testing import ntlm

REALM, TARGET = "SIP Communications Service", "stub.litwareinc.com"
CALL_ID = "76FAgE173aCBCEi325FmCCCBt0B76b6E4FxB3E2x"
ALICE = "<sip:alice@litwareinc.com>"
RECORDED = ntlm.Security(0x62988255, bytes.fromhex("5a9fdbaff967361a829e8913d2587279"))
CLIENT_TEXT = (
    f"<NTLM><a8d20690><1><{REALM}><{TARGET}><{CALL_ID}><3><REGISTER>"
    "<sip:alice@litwareinc.com><2262220015><sip:alice@litwareinc.com><><><><>")
SERVER_TEXT = (
    f"<NTLM><EB91C3AD><1><{REALM}><{TARGET}><{CALL_ID}><3><REGISTER>"
    "<sip:alice@litwareinc.com><2262220015><sip:alice@litwareinc.com><EE2F3F1161><><><600><200>")
WORKING_FLAGS = 0xE2998255


def challenge(flags: int = WORKING_FLAGS) -> bytes:
    target = TargetInfo()
    target[AvId.nb_domain_name] = "LITWARE"
    target[AvId.timestamp] = FileTime.now()
    offer = Challenge(
        flags, os.urandom(8), target_name="LITWARE", target_info=target, version=Version.get_current())
    offer.flags = flags  # the constructor adds what it thinks is missing
    return offer.pack()


def register(*headers: tuple[str, str]) -> Request:
    return Request("REGISTER", "sip:litwareinc.com", Headers((
        ("From", f"{ALICE};tag=2262220015;epid=1ec410494584"), ("To", ALICE), ("Call-ID", CALL_ID),
        ("CSeq", "3 REGISTER"), *headers)))


def test_signs_as_the_recorded_client_did() -> None:
    assert RECORDED.client_signature(CLIENT_TEXT) == "0100000054B918C383FC5A3964000000"


def test_signs_as_the_recorded_server_did() -> None:
    assert RECORDED.server_signature(SERVER_TEXT) == "01000000A7F25E23C36D4F5E64000000"


def test_the_same_text_has_the_same_signature_however_often() -> None:
    assert RECORDED.client_signature(CLIENT_TEXT) == RECORDED.client_signature(CLIENT_TEXT)


def test_string_to_sign_of_a_request() -> None:
    assert ntlm.string_to_sign(register(), "a8d20690", "1", REALM, TARGET) == CLIENT_TEXT


def test_string_to_sign_of_a_response_has_expires_and_status() -> None:
    response = Response(200, "OK", Headers((
        ("From", f"{ALICE};tag=2262220015;epid=1ec410494584"), ("To", f"{ALICE};tag=EE2F3F1161"),
        ("Call-ID", CALL_ID), ("CSeq", "3 REGISTER"), ("Expires", "600"))))
    assert ntlm.string_to_sign(response, "EB91C3AD", "1", REALM, TARGET) == SERVER_TEXT


def test_string_to_sign_names_asserted_identities() -> None:
    request = register(("P-Asserted-Identity", '"Alice" <sip:a@b.example>, <tel:+1555>'))
    assert ntlm.string_to_sign(request, "r", "1", REALM, TARGET).endswith("<sip:a@b.example><tel:+1555><>")


def test_authenticate_is_what_a_server_computes() -> None:
    offer = challenge()
    token, security = ntlm.authenticate(offer, "alice@litwareinc.com", "Pa$$w0rd")
    answer = Authenticate.unpack(token)
    key = crypto.ntowfv2(answer.user_name or "", crypto.ntowfv1("Pa$$w0rd"), answer.domain_name or "")
    response = answer.nt_challenge_response or b""
    proof = crypto.hmac_md5(key, Challenge.unpack(offer).server_challenge + response[16:])
    assert (answer.user_name, answer.flags) == ("alice@litwareinc.com", 0x62988255)
    assert proof == response[:16]
    exported = crypto.rc4k(crypto.hmac_md5(key, proof), answer.encrypted_random_session_key or b"")
    assert ntlm.Security(answer.flags, exported) == security


@pytest.mark.parametrize("flag", list(ntlm.NEEDED_FLAGS), ids=lambda flag: str(flag.name))
def test_gives_up_on_a_challenge_that_real_clients_give_up_on(flag: NegotiateFlags) -> None:
    with pytest.raises(ntlm.ChallengeError):
        ntlm.authenticate(challenge(WORKING_FLAGS & ~flag), "alice@litwareinc.com", "Pa$$w0rd")
