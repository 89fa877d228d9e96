"""RFC 4475: what a strict and friendly server makes of torture.

The RFC's own 49 messages are read if they lie beside the repository; the project's messages of the same classes always.
"""

from pathlib import Path

import pytest
from tests.sip.samples import wire

from parlour.errors import ParlourError
from parlour.sip import Request, check_accept, check_body, check_request, parse_auth, read_message, refuse

TORTURE = Path(__file__).parents[3] / "shared" / "data" / "rfc4475"
METHODS = ("ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "OPTIONS", "REGISTER")
UNDERSTOOD = {
    "INVITE": ("application/sdp",),
    "MESSAGE": ("text/plain", "multipart/mixed"),
}


def answer(datagram: bytes) -> int | None:
    """Return the status that a user agent server with the methods above gives; None for no answer.

    It serves INVITE with SDP and MESSAGE with text, wants a scheme it knows in Authorization, and drops bad responses.
    """
    try:
        message, error = read_message(datagram)
    except ParlourError:
        return None
    if not isinstance(message, Request):
        return None
    if error:
        return refuse(message, error).status
    refusal = check_request(message, methods=METHODS, to_tag="t") or check_body(
        message, UNDERSTOOD.get(message.method, ()), to_tag="t")
    if refusal is None and message.method == "INVITE":
        refusal = check_accept(message, UNDERSTOOD["INVITE"])
    if refusal is not None:
        return refusal.status
    credentials = message.headers.get("Authorization")
    return 401 if credentials and parse_auth(credentials).scheme != "NTLM" else 200


# What is answered here, and where RFC 4475 leaves a choice, why this.
EXPECTED: dict[str, int | None] = {
    # 3.1.1 valid messages
    "wsinv": 200, "esc01": 200, "escnull": 200, "lwsdisp": 200, "longreq": 200, "dblreq": 200, "semiuri": 200,
    "transports": 200, "mpart01": 200,
    "intmeth": 501, "esc02": 501,  # valid, and nobody serves these methods
    "unreason": None, "noreason": None,  # valid responses
    # 3.1.2 invalid messages
    "badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "quotbal": 400, "ltgtruri": 400, "lwsruri": 400,
    "lwsstart": 400, "trws": 400, "escruri": 400, "regbadct": 400, "badaspec": 400, "baddn": 400, "mismatch01": 400,
    "mismatch02": 400,  # 400 or 501
    "badvers": 505, "scalarlg": None, "bigcode": None,
    "baddate": 200,  # nobody looks at Date, and so nobody is harmed by it
    # 3.2 transaction layer: "z9hG4bK" alone names nothing, but no branch is needed to tell transactions apart here
    "badbranch": 200,
    # 3.3 application layer
    "insuf": 400, "unkscm": 416, "novelsc": 416, "unksm2": 400, "bext01": 420, "invut": 415, "regaut01": 401,
    "multi01": 400, "mcl01": 400, "bcast": None, "sdp01": 406,
    "zeromf": 200,  # only who forwards refuses it
    "cparam01": 200, "cparam02": 200, "regescrt": 200,
    # 3.4 backward compatibility
    "inv2543": 200,
}


@pytest.mark.skipif(not TORTURE.is_dir(), reason="the messages of RFC 4475 are not beside the repository")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_rfc4475(name: str) -> None:
    assert answer((TORTURE / f"{name}.dat").read_bytes()) == EXPECTED[name]


@pytest.mark.skipif(not TORTURE.is_dir(), reason="the messages of RFC 4475 are not beside the repository")
def test_every_message_of_the_rfc_is_answered() -> None:
    assert {path.stem for path in TORTURE.glob("*.dat")} == set(EXPECTED)
    assert len(EXPECTED) == 49


PLAIN = """
OPTIONS sip:desk@litwareinc.com SIP/2.0
Via: SIP/2.0/TCP host.litwareinc.com;branch=z9hG4bKx1
Max-Forwards: 70
From: <sip:dora@litwareinc.com>;tag=77
To: <sip:desk@litwareinc.com>
Call-ID: own-vector
CSeq: 4 OPTIONS
"""


def changed(old: str, new: str, body: bytes = b"") -> bytes:
    assert old in PLAIN
    return wire(PLAIN.replace(old, new), body)


def added(*lines: str, body: bytes = b"") -> bytes:
    return wire(PLAIN + "\n".join(lines), body)


_INVITE = PLAIN.replace("OPTIONS", "INVITE")

OWN: list[tuple[str, bytes, int | None]] = [
    ("plain", wire(PLAIN), 200),
    ("names in any case, spaces and folding", changed("From: <sip:dora@litwareinc.com>;tag=77",
     'fROM\t :\n "Dora \\"D\\" \\\\" \n\t<sip:dora@litwareinc.com> ;\n  tag = 77'), 200),
    ("compact forms", wire(PLAIN.replace("Via:", "v:").replace("From:", "f:").replace("To:", "t:").replace(
        "Call-ID:", "i:")), 200),
    ("several Via in one line", changed("x1", "x1 , SIP / 2.0 / WHAT-EVER other.example.com : 99 ;ttl=1"), 200),
    ("a method of odd characters", wire(PLAIN.replace("OPTIONS", "w*rd'~.%0")), 501),
    ("a method nobody serves here", wire(PLAIN.replace("OPTIONS", "PUBLISH")), 405),
    ("escapes in the Request-URI", changed("sip:desk@", "sip:d%65sk%40home;x=%2C@"), 200),
    ("an escaped NUL", changed("To: <sip:desk@", "To: <sip:%00desk@"), 200),
    ("an addr-spec with a header parameter", changed("<sip:dora@litwareinc.com>;t", "sip:dora@litwareinc.com;t"), 200),
    ("more behind the body", added("Content-Length: 0", body=b"INVITE sip:x SIP/2.0\r\n\r\n"), 200),
    ("long values", changed("tag=77", f"tag=77;{'long' * 200}={'value' * 200}"), 200),
    ("no Max-Forwards and no tag in From", wire(PLAIN.replace("Max-Forwards: 70\n", "").replace(";tag=77", "")), 200),
    ("a Via without branch", changed(";branch=z9hG4bKx1", ""), 200),
    ("Max-Forwards 0", changed("70", "0"), 200),
    ("Max-Forwards too large", changed("70", "256"), 400),
    ("empty parameters in Via", changed(";branch=z9hG4bKx1", ";;"), 400),
    ("quotes that do not close", changed("To: <", 'To: "Desk <'), 400),
    ("a display name that needs quotes", changed("To: <", "To: Desk, Front <"), 400),
    ("spaces in an address", changed("<sip:desk@litwareinc.com>", "< sip:desk@litwareinc.com >"), 400),
    ("a header in an addr-spec", added("Contact: sip:dora@litwareinc.com?Route=%3Csip:x%3E"), 400),
    ("headers in the Request-URI", changed("litwareinc.com SIP", "litwareinc.com?Subject=x SIP"), 400),
    ("a Request-URI in <>", changed("sip:desk@litwareinc.com SIP", "<sip:desk@litwareinc.com> SIP"), 400),
    ("a space in the Request-URI", changed("litwareinc.com SIP", "litwareinc.com ;x SIP"), 400),
    ("two spaces in the request line", changed("OPTIONS sip:", "OPTIONS  sip:"), 400),
    ("a space behind the version", changed("SIP/2.0\nVia", "SIP/2.0 \nVia"), 400),
    ("another version", changed("SIP/2.0\nVia", "SIP/3.0\nVia"), 505),
    ("another method in CSeq", changed("4 OPTIONS", "4 INFO"), 400),
    ("a CSeq too large", changed("4 OPTIONS", f"{2**31} OPTIONS"), 400),
    ("an Expires too large", added(f"Expires: {2**32}"), 400),
    ("a Contact that is no address", added("Contact: <>"), 400),
    ("every Contact", wire(PLAIN.replace("OPTIONS", "REGISTER") + "Contact: *\nExpires: 0\n"), 200),
    ("a Call-ID of odd characters", changed("own-vector", 'w~(<>):\\"/[]?{}@w%Z'), 200),
    ("a Call-ID with a space", changed("own-vector", "own vector"), 400),
    ("no Call-ID", changed("Call-ID: own-vector\n", ""), 400),
    ("no Via", changed("Via: SIP/2.0/TCP host.litwareinc.com;branch=z9hG4bKx1\n", ""), 400),
    ("an empty Via", changed("SIP/2.0/TCP host.litwareinc.com;branch=z9hG4bKx1", ""), 400),
    ("two Call-IDs", added("Call-ID: other"), 400),
    ("two different lengths", added("Content-Length: 1", "Content-Length: 2", body=b"xy"), 400),
    ("a negative length", added("Content-Length: -2", body=b"xy"), 400),
    ("a length beyond the end", added("Content-Length: 9", body=b"xy"), 400),
    ("an unknown scheme", changed("sip:desk@litwareinc.com SIP", "post:desk SIP"), 416),
    ("a known scheme that is not served", changed("sip:desk@litwareinc.com SIP", "tel:+49123 SIP"), 416),
    ("registering what is no SIP address", wire(PLAIN.replace("OPTIONS", "REGISTER").replace(
        "To: <sip:desk@litwareinc.com>", "To: tel:+49123")), 400),
    ("an unknown extension", added("Require: telepathy"), 420),
    ("an unknown proxy extension", added("Proxy-Require: ms-benotify, telepathy"), 420),
    ("the proxy extension of Lync", added("Proxy-Require: ms-benotify"), 200),
    ("a body of an unknown type", wire(_INVITE + "Content-Type: audio/dream\nContent-Length: 1", b"x"), 415),
    ("an encoded body", wire(_INVITE + "Content-Type: application/sdp\ne: gzip\nContent-Length: 1", b"x"), 415),
    ("nothing to answer with", wire(_INVITE + "Accept: text/dream"), 406),
    ("anything of a kind to answer with", wire(_INVITE + "Accept: text/dream, application/*"), 200),
    ("credentials of an unknown scheme", added("Authorization: Telepathy mood=good"), 401),
    ("not UTF-8", wire(PLAIN).replace(b"own-vector", b"\xff"), 400),
    ("a response", wire("SIP/2.0 200 OK"), None),
    ("a response without reason", wire("SIP/2.0 100 "), None),
    ("a response of no status", wire("SIP/2.0 99999 Huh"), None),
    ("not SIP", b"HELO litwareinc.com\r\n\r\n", None),
    ("nothing", b"", None),
]


@pytest.mark.parametrize(("datagram", "status"), [vector[1:] for vector in OWN], ids=[vector[0] for vector in OWN])
def test_own_vectors(datagram: bytes, status: int | None) -> None:
    assert answer(datagram) == status
