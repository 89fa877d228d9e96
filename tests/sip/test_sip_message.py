"""Messages as values, and the making of responses."""

import pytest
from tests.sip.samples import INVITE, REGISTER, request

from parlour.errors import SIP_HEADER_INVALID, SIP_HEADER_MISSING, SIP_MESSAGE_UNSAFE, ParlourError
from parlour.sip import CSeq, Headers, Request, Response, parse_message, respond


def test_readers() -> None:
    message = parse_message(REGISTER)
    assert message.call_id == "76FAg"
    assert message.cseq == CSeq(1, "REGISTER")
    assert message.from_.tag == "2592254980"
    assert message.to.uri == "sip:alice@litwareinc.com"
    assert message.top_via.port == 39202
    assert message.expires is None
    assert Request("X", "sip:a", Headers((("Expires", "600"),))).expires == 600


@pytest.mark.parametrize("name", ["call_id", "cseq", "from_", "to", "top_via"])
def test_missing_headers_are_named(name: str) -> None:
    with pytest.raises(ParlourError) as caught:
        getattr(Request("INFO", "sip:a"), name)
    assert caught.value.kind is SIP_HEADER_MISSING


@pytest.mark.parametrize(("name", "header"), [("expires", "Expires"), ("top_via", "Via")])
def test_bad_headers_are_named(name: str, header: str) -> None:
    with pytest.raises(ParlourError) as caught:
        getattr(Request("INFO", "sip:a", Headers(((header, ""),))), name)
    assert caught.value.kind is SIP_HEADER_INVALID


def test_the_length_is_always_right() -> None:
    lying = Headers((("Content-Length", "99"), ("Q", "y"), ("l", "1")))
    assert Request("INFO", "sip:a", lying, b"abc").to_bytes() == (
        b"INFO sip:a SIP/2.0\r\nContent-Length: 3\r\nQ: y\r\n\r\nabc")
    assert Response(200, "OK").to_bytes() == b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("message", [
    Request("INFO", "sip:a\r\nX: y"), Request("INFO\n", "sip:a"), Response(200, "OK\r\n\r\nx")])
def test_no_line_break_in_the_first_line(message: Request | Response) -> None:
    with pytest.raises(ParlourError) as caught:
        message.to_bytes()
    assert caught.value.kind is SIP_MESSAGE_UNSAFE


def test_a_response_copies_what_it_must() -> None:
    got = parse_message(INVITE)
    assert isinstance(got, Request)
    response = respond(got, 200, headers=[("Contact", "<sip:x>")], to_tag="t1")
    assert response.headers.items == (
        ("Via", "SIP/2.0/tls 127.0.0.1:39202"),
        ("Record-Route", "<sip:one.example.com;lr>, <sip:two.example.com;lr>"),
        ("From", "<sip:alice@litwareinc.com>;tag=2325937016;epid=1ec410494584"),
        ("To", "<sip:pce@litwareinc.com>;tag=t1"), ("Call-ID", "1645g"), ("CSeq", "1 INVITE"), ("Contact", "<sip:x>"))
    assert response.reason == "OK"
    assert response.is_final
    assert "Record-Route" not in respond(got, 404).headers
    assert not respond(got, 180).is_final


def test_a_to_tag_is_added_only_once() -> None:
    assert respond(request(to_tag="mine"), 200, to_tag="other").headers.get("To") == "<sip:pce@litwareinc.com>;tag=mine"
    assert respond(request(), 200).headers.get("To") == "<sip:pce@litwareinc.com>"


def test_broken_requests_can_be_answered() -> None:
    assert respond(Request("INFO", "x"), 400, to_tag="t").headers.items == ()
    broken = Request("INFO", "x", Headers((("To", '"open <sip:a@b>;tag=1'),)))
    assert respond(broken, 400, to_tag="t").headers.get("To") == '"open <sip:a@b>;tag=1'


def test_reasons() -> None:
    assert respond(request(), 481).reason == "Call/Transaction Does Not Exist"
    assert respond(request(), 299).reason == "Unknown"
    assert respond(request(), 403, "No").start_line == "SIP/2.0 403 No"


def test_one_more_header() -> None:
    assert Response(200, "OK").with_header("Q", "y").headers.items == (("Q", "y"),)
