"""Messages as pidgin-sipe and Parlour write them, and makers of others."""

from collections.abc import Callable
from typing import TypeVar

from parlour.errors import ErrorKind, ParlourError
from parlour.sip import Headers, Request

T = TypeVar("T")


def wire(text: str, body: bytes = b"") -> bytes:
    """Return lines as a message: CRLF line ends, an empty line, the body."""
    return text.strip("\n").replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


REGISTER = wire("""
REGISTER sip:litwareinc.com SIP/2.0
Via: SIP/2.0/tls 127.0.0.1:39202;branch=z9hG4bK8D6B
From: <sip:alice@litwareinc.com>;tag=2592254980;epid=1ec410494584
To: <sip:alice@litwareinc.com>
Max-Forwards: 70
CSeq: 1 REGISTER
Call-ID: 76FAg
Contact: <sip:127.0.0.1:39202;transport=tls;ms-opaque=d3>;methods="INVITE, BYE";+sip.instance="<urn:uuid:55>"
Supported: gruu-10, adhoclist, msrtc-event-categories
ms-keep-alive: UAC;hop-hop=yes
Content-Length: 0
""")

INVITE = wire("""
INVITE sip:pce@litwareinc.com SIP/2.0
Via: SIP/2.0/tls 127.0.0.1:39202
From: <sip:alice@litwareinc.com>;tag=2325937016;epid=1ec410494584
To: <sip:pce@litwareinc.com>
Max-Forwards: 70
CSeq: 1 INVITE
Call-ID: 1645g
Record-Route: <sip:one.example.com;lr>, <sip:two.example.com;lr>
Contact: <sip:alice@litwareinc.com;opaque=user:epid:hRxv;gruu>
Content-Type: application/sdp
Content-Length: 14
""", b"v=0\r\ns=session")

INFO = wire("""
INFO sip:pce@litwareinc.com SIP/2.0
Via: SIP/2.0/tls 127.0.0.1:39202
From: <sip:alice@litwareinc.com>;tag=2325937016;epid=1ec410494584
To: <sip:pce@litwareinc.com>;tag=c826d6aa01
Max-Forwards: 70
CSeq: 2 INFO
Call-ID: 1645g
Content-Type: text/plain
Content-Length: 12
""", "<xccos>Grüß".encode()[:12])

INFO_OK = wire("""
SIP/2.0 200 OK
Via: SIP/2.0/TLS 127.0.0.1:41087;branch=z9hG4bKa1873bdb19c735ba
From: <sip:pce@litwareinc.com>;tag=c826d6aa01
To: <sip:alice@litwareinc.com>;tag=2325937016;epid=1ec410494584
Call-ID: 1645g
CSeq: 9 INFO
Contact: <sip:alice@litwareinc.com;opaque=user:epid:hRxv;gruu>
Content-Length: 0
User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)
Authorization: NTLM qop="auth", opaque="A602709E", realm="SIP Communications Service", crand="e5b69796", cnum="29"
""")

STREAM = (REGISTER, b"\r\n\r\n", INVITE, INFO, INFO_OK)


def fault(read: Callable[[T], object], value: T) -> ErrorKind | None:
    """Return the kind of error that reading a value ends in, or None."""
    try:
        read(value)
    except ParlourError as error:
        return error.kind
    return None


def request(
    method: str = "INFO", number: int = 1, *, call_id: str = "c1", from_tag: str | None = "a1",
    to_tag: str | None = None, uri: str = "sip:pce@litwareinc.com", extra: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Request:
    """Make a request that nothing is wrong with."""
    sender = "<sip:alice@litwareinc.com>" + (f";tag={from_tag}" if from_tag else "")
    target = "<sip:pce@litwareinc.com>" + (f";tag={to_tag}" if to_tag else "")
    return Request(method, uri, Headers((
        ("Via", "SIP/2.0/TLS 127.0.0.1:39202"), ("From", sender), ("To", target), ("Call-ID", call_id),
        ("CSeq", f"{number} {method}"), *extra)), body)
