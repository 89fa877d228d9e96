"""Bytes in, messages out; whatever the bytes, and however they are cut."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.sip.samples import INFO, INFO_OK, INVITE, REGISTER, STREAM, fault, request, wire

from parlour.errors import (
    SIP_BODY_TOO_LARGE,
    SIP_CONTENT_LENGTH_INVALID,
    SIP_HEADER_INVALID,
    SIP_HEADER_TOO_LONG,
    SIP_HEADERS_TOO_LARGE,
    SIP_HEADERS_TOO_MANY,
    SIP_MESSAGE_CUT_OFF,
    SIP_MESSAGE_TOO_LARGE,
    SIP_NOT_SIP,
    SIP_NOT_UTF8,
    SIP_START_LINE_INVALID,
    SIP_START_LINE_TOO_LONG,
    ErrorKind,
    ParlourError,
)
from parlour.sip import (
    Answered,
    Broken,
    Event,
    Headers,
    KeepAlive,
    Limits,
    Rejected,
    Request,
    Response,
    StreamParser,
    parse_message,
    read_message,
    respond,
)

SMALL = Limits(start_line=40, header_line=60, header_count=4, header_bytes=200, body=50, pending=220)


def described(events: list[Event]) -> list[object]:
    """Return events in a form that can be compared: errors by their kind."""
    return [
        (type(event), event.error.kind.name, event.request if isinstance(event, Rejected) else None)
        if isinstance(event, Rejected | Broken) else event for event in events]


def fed(parser: StreamParser, *pieces: bytes) -> list[object]:
    return described([event for piece in pieces for event in parser.receive_data(piece)])


def kinds(data: bytes, limits: Limits = SMALL) -> list[tuple[type[Event], ErrorKind]]:
    return [(type(event), event.error.kind) for event in StreamParser(limits).receive_data(data)
            if isinstance(event, Rejected | Broken)]


def test_a_stream() -> None:
    events = StreamParser().receive_data(b"".join(STREAM))
    assert [type(event) for event in events] == [Request, KeepAlive, Request, Request, Response]
    assert events[0] == parse_message(REGISTER)
    assert events[2] == parse_message(INVITE)
    assert isinstance(events[3], Request)
    assert events[3].body == "<xccos>Grüß".encode()[:12]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


BAD_STREAMS = [
    b"".join(STREAM), b"\r\n\r\n\r\n" + INFO + b"\r\n" + INFO, INFO + b"junk\r\n" + INFO, b"x" * 50 + b"\r\n",
    b"\r" + INFO,
    wire("INFO sip:a SIP/2.0\nContent-Length: 51") + b"x" * 51 + INFO_OK,
    wire("INFO sip:a SIP/2.0\nContent-Length: 5\nContent-Length: 6") + INFO,
    wire("INFO sip:a SIP/2.0\n" + "X: y\n" * 5) + b"\r\n\r\n" + wire("OPTIONS sip:a SIP/2.0"),
    wire("INFO sip:a SIP/2.0\nX: " + "y" * 250), b"INFO sip:a SIP/2.0\r\nX: \xff\r\n\r\nSIP/2.0 abc\r\n\r\n",
]


@pytest.mark.parametrize("data", BAD_STREAMS)
@pytest.mark.parametrize("limits", [Limits(), SMALL])
@pytest.mark.parametrize("brief", [False, True])
def test_byte_by_byte_is_the_same(data: bytes, limits: Limits, brief: bool) -> None:
    whole = fed(StreamParser(limits, brief=brief), data)
    assert fed(StreamParser(limits, brief=brief), *(bytes([byte]) for byte in data)) == whole


@given(st.lists(st.sampled_from([*STREAM, *BAD_STREAMS]), max_size=4), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cut_is_the_same(parts: list[bytes], places: list[int]) -> None:
    data = b"".join(parts)
    for limits, brief in itertools.product((Limits(), SMALL), (False, True)):
        whole = fed(StreamParser(limits, brief=brief), data)
        assert fed(StreamParser(limits, brief=brief), *cut(data, places)) == whole


@pytest.mark.parametrize("answer", [
    INFO_OK.replace(b"200 OK", b"202 Accepted"), INFO_OK.replace(b"Call-ID: 1645g\r\n", b""),
    INFO_OK.replace(b"Content-Length: 0", b"Content-Length: 1") + b"x", INFO_OK.replace(b"CSeq: 9", b"CSeq: nine"),
    REGISTER,
])
def test_only_a_success_without_a_body_is_taken_briefly(answer: bytes) -> None:
    assert fed(StreamParser(brief=True), INFO_OK + answer) == [Answered("1645g", 9), *fed(StreamParser(), answer)]


_NAME = st.from_regex(r"[A-Za-z][A-Za-z\-]{1,10}", fullmatch=True).filter(lambda name: name.lower() != "content-length")
_VALUE = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=30).map(
    lambda value: value.strip(" \t"))
_HEADERS = st.lists(st.tuples(_NAME, _VALUE), max_size=6)
_METHOD = st.from_regex(r"[A-Za-z0-9\-.!%*_+`'~]{1,12}", fullmatch=True)
_URI = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
_REASON = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=20)


def made(headers: list[tuple[str, str]], body: bytes) -> Headers:
    return Headers((*headers, ("Content-Length", str(len(body)))))


@given(_METHOD, _URI, _HEADERS, st.binary(max_size=60))
def test_requests_read_back(method: str, uri: str, headers: list[tuple[str, str]], body: bytes) -> None:
    message = Request(method, uri, made(headers, body), body)
    assert StreamParser().receive_data(message.to_bytes()) == [message]
    assert parse_message(message.to_bytes()) == message


@given(st.integers(100, 699), _REASON, _HEADERS, st.binary(max_size=60))
def test_responses_read_back(status: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> None:
    message = Response(status, reason, made(headers, body), body)
    assert StreamParser().receive_data(message.to_bytes()) == [message]


_SPECIAL = [b"", b"\r\n", b"\r", b"\n", b":", b" ", b"\x00", b"\xff", b'"', b"<", b";"]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(STREAM)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = at + draw(st.integers(0, 6))
        data[at:end] = draw(st.sampled_from(_SPECIAL) | st.binary(max_size=4))
    return bytes(data)


@given(mutated() | st.binary(max_size=200))
@example(b"\r\n")
@example(b"SIP/2.0\r\n\r\n")
@example(b" SIP/2.0\r\n\r\n")
def test_no_bytes_crash_anything(data: bytes) -> None:
    for parser in (StreamParser(), StreamParser(SMALL)):
        for event in [*parser.receive_data(data), *parser.receive_data(INFO), *parser.receive_eof()]:
            if isinstance(event, Request):
                assert respond(event, 200, to_tag="x").to_bytes()
            if isinstance(event, Rejected) and event.request:
                assert respond(event.request, event.error.kind.sip, to_tag="x").to_bytes()
    kind = fault(parse_message, data)
    assert kind is None or 400 <= kind.sip < 600


# --- limits: each has its own error, and just below it there is none ---


@pytest.mark.parametrize(("data", "verdict", "error"), [
    (b"INFO sip:" + b"a" * 24 + b" SIP/2.0\r\n", Broken, SIP_START_LINE_TOO_LONG),
    (b"INFO sip:" + b"a" * 40, Broken, SIP_START_LINE_TOO_LONG),
    (wire("INFO sip:a SIP/2.0\nX: " + "y" * 58), Rejected, SIP_HEADER_TOO_LONG),
    (wire("INFO sip:a SIP/2.0\n" + "X: y\n" * 5), Rejected, SIP_HEADERS_TOO_MANY),
    (wire("INFO sip:a SIP/2.0\n" + f"X: {'y' * 57}\n" * 3), Broken, SIP_HEADERS_TOO_LARGE),
    (b"INFO sip:a SIP/2.0\r\n" + b"X" * 200, Broken, SIP_HEADERS_TOO_LARGE),
    (wire("INFO sip:a SIP/2.0\nContent-Length: 51", b"x" * 51), Rejected, SIP_BODY_TOO_LARGE),
    (wire("INFO sip:a SIP/2.0\nContent-Length: 50\n" + f"X: {'y' * 48}\n" * 3, b"x" * 50), Rejected,
     SIP_MESSAGE_TOO_LARGE),
])
def test_limits(data: bytes, verdict: type[Event], error: ErrorKind) -> None:
    assert kinds(data) == [(verdict, error)]


@pytest.mark.parametrize("data", [
    wire("INFO sip:" + "a" * 23 + " SIP/2.0"), wire("INFO sip:a SIP/2.0\nX: " + "y" * 57),
    wire("INFO sip:a SIP/2.0\n" + "X: y\n" * 4), wire("INFO sip:a SIP/2.0\n" + f"X: {'y' * 55}\n" * 3),
    wire("INFO sip:a SIP/2.0\nContent-Length: 50", b"x" * 50)])
def test_limits_reached_but_not_passed(data: bytes) -> None:
    events = StreamParser(SMALL).receive_data(data)
    assert [type(event) for event in events] == [Request]


def test_a_limit_on_everything_unfinished() -> None:
    assert kinds(b"INFO sip:a SIP/2.0\r\n" + b"X" * 60, Limits(pending=50)) == [(Broken, SIP_MESSAGE_TOO_LARGE)]


@pytest.mark.parametrize("data", [
    wire("INFO sip:a SIP/2.0\nX: " + "y" * 100), wire("INFO sip:a SIP/2.0\n" + "X: y\n" * 9),
    wire("INFO sip:a SIP/2.0\nContent-Length: 500", b"x" * 500)])
def test_the_stream_goes_on_behind_a_refused_message(data: bytes) -> None:
    after = wire("OPTIONS sip:a SIP/2.0")
    events = StreamParser(SMALL).receive_data(data + after)
    assert [type(event) for event in events] == [Rejected, Request]


def test_a_refused_body_is_not_kept() -> None:
    parser = StreamParser(SMALL)
    head = wire("INFO sip:a SIP/2.0\nContent-Length: 5000")
    assert [type(event) for event in parser.receive_data(head)] == [Rejected]
    for _ in range(50):
        assert parser.has_partial
        assert parser.receive_data(b"x" * 100) == []
    assert not parser.has_partial
    assert parser.receive_data(wire("OPTIONS sip:a SIP/2.0"))


# --- what is wrong, and what is not ---


@pytest.mark.parametrize(("data", "error"), [
    (wire("INFO sip:a SIP/2.0\nContent-Length: 5\nContent-Length: 6"), SIP_CONTENT_LENGTH_INVALID),
    (wire("INFO sip:a SIP/2.0\nContent-Length: -1"), SIP_CONTENT_LENGTH_INVALID),
    (wire("INFO sip:a SIP/2.0\nContent-Length: " + "9" * 5000), SIP_CONTENT_LENGTH_INVALID),
    (wire("INFO sip:a SIP/2.0\nl: 5, 5"), SIP_CONTENT_LENGTH_INVALID)])
def test_without_a_length_the_request_is_refused_and_the_stream_given_up(data: bytes, error: ErrorKind) -> None:
    assert kinds(data + INFO, Limits()) == [(Rejected, error), (Broken, error)]


@pytest.mark.parametrize(("data", "error"), [
    (wire("INFO  sip:a  SIP/2.0"), SIP_START_LINE_INVALID), (wire("INFO sip:a SIP/2.0 "), SIP_START_LINE_INVALID),
    (wire("INFO sip:a; lr SIP/2.0"), SIP_START_LINE_INVALID), (wire(" SIP/2.0"), SIP_START_LINE_INVALID),
    (wire("IN@FO sip:a SIP/2.0"), SIP_START_LINE_INVALID), (wire("SIP/2.0 4294967301 no"), SIP_START_LINE_INVALID),
    (wire("SIP/7.0 200 OK"), SIP_START_LINE_INVALID), (wire("SIP/2.0"), SIP_START_LINE_INVALID),
    (wire("INFO sip:a SIP/2.0\nno colon"), SIP_HEADER_INVALID), (wire("INFO sip:a SIP/2.0\n: v"), SIP_HEADER_INVALID),
    (wire("INFO sip:a SIP/2.0\nX y: v"), SIP_HEADER_INVALID),
    (b"INFO sip:a SIP/2.0\r\nX: a\nY: b\r\n\r\n", SIP_HEADER_INVALID),
    (b"INFO sip:a SIP/2.0\r\nX: a\rb\r\n\r\n", SIP_HEADER_INVALID),
    (b"INFO sip:a SIP/2.0\r\nX: \xff\xfe\r\n\r\n", SIP_NOT_UTF8)])
def test_refused_messages(data: bytes, error: ErrorKind) -> None:
    events = StreamParser().receive_data(data + INFO)
    assert [type(event) for event in events] == [Rejected, Request]
    assert kinds(data, Limits()) == [(Rejected, error)]
    first = events[0]
    assert isinstance(first, Rejected)
    assert (first.request is None) is data.startswith(b"SIP/")


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\r\n", b"9zdA==\r\nCSeq: 1 X\r\n\r\n", b"\r\rx\r\n"])
def test_what_is_not_sip_ends_the_stream(data: bytes) -> None:
    parser = StreamParser()
    assert fed(parser, data) == [(Broken, SIP_NOT_SIP.name, None)]
    assert parser.receive_data(INFO) == []
    assert parser.receive_eof() == []
    assert not parser.has_partial


def test_an_ack_is_never_answered() -> None:
    (event,) = StreamParser().receive_data(wire("ACK sip:a SIP/2.0\nno colon"))
    assert isinstance(event, Rejected)
    assert event.request is None


def test_broken_utf8_is_echoed_as_it_came() -> None:
    (event,) = StreamParser().receive_data(b"INFO sip:a SIP/2.0\r\nCall-ID: \xff\r\n\r\n")
    assert isinstance(event, Rejected)
    assert event.request
    assert b"Call-ID: \xff\r\n" in respond(event.request, 400).to_bytes()


def test_lines_may_be_folded_and_names_spaced() -> None:
    folded = b"INFO sip:a SIP/2.0\r\nTO :\r\n sip:b ;\r\n\t tag=1\r\nL:0\r\nsubject:\r\n\r\n"
    (event,) = StreamParser().receive_data(folded)
    assert isinstance(event, Request)
    assert event.headers.items == (("TO", "sip:b ; tag=1"), ("Content-Length", "0"), ("subject", ""))


def test_no_length_is_no_body_on_a_stream() -> None:
    events = StreamParser().receive_data(wire("INFO sip:a SIP/2.0") + wire("OPTIONS sip:a SIP/2.0"))
    assert [event.method for event in events if isinstance(event, Request)] == ["INFO", "OPTIONS"]


def test_equal_lengths_may_be_repeated() -> None:
    (event,) = StreamParser().receive_data(wire("INFO sip:a SIP/2.0\nContent-Length: 1\nl: 1", b"x"))
    assert isinstance(event, Request)
    assert event.body == b"x"


def test_pings() -> None:
    parser = StreamParser()
    assert fed(parser, b"\r\n", b"\r", b"\n", b"\r\n") == [KeepAlive()]
    assert [type(event) for event in parser.receive_data(INFO + b"\r\n\r\n")] == [Request, KeepAlive]
    assert not parser.has_partial


def test_the_end_of_the_stream() -> None:
    parser = StreamParser()
    assert parser.receive_data(INFO[:-1]) == []
    assert parser.has_partial
    assert described(parser.receive_eof()) == [(Broken, SIP_MESSAGE_CUT_OFF.name, None)]
    parser = StreamParser()
    parser.receive_data(INFO)
    assert parser.receive_eof() == []


def test_a_head_without_its_body_is_half_a_message() -> None:
    parser = StreamParser()
    assert parser.receive_data(wire("INFO sip:a SIP/2.0\nContent-Length: 3")) == []
    assert parser.has_partial
    assert described(parser.receive_eof()) == [(Broken, SIP_MESSAGE_CUT_OFF.name, None)]


def test_answers_that_come_together_are_taken_together() -> None:
    parser = StreamParser(brief=True)
    assert parser.receive_data(INFO_OK * 3) == [Answered("1645g", 9)] * 3
    assert parser.receive_data(INFO_OK + INFO_OK[:-1]) == [Answered("1645g", 9)]
    assert parser.receive_data(INFO_OK[-1:] + INFO_OK) == [Answered("1645g", 9)] * 2


# --- whole messages ---


def test_a_datagram_is_cut_to_its_length() -> None:
    assert parse_message(wire("INFO sip:a SIP/2.0\nl: 2", b"abc")).body == b"ab"
    assert parse_message(wire("INFO sip:a SIP/2.0", b"abc")).body == b"abc"
    assert parse_message(b"\r\n\r\n" + wire("INFO sip:a SIP/2.0")).body == b""


@pytest.mark.parametrize(("data", "error"), [
    (wire("INFO sip:a SIP/2.0\nl: 4", b"abc"), SIP_MESSAGE_CUT_OFF),
    (b"INFO sip:a SIP/2.0\r\nX: y\r\n", SIP_MESSAGE_CUT_OFF),
    (wire("INFO sip:a SIP/2.0\nl: x"), SIP_CONTENT_LENGTH_INVALID), (b"", SIP_NOT_SIP),
    (wire("INFO  sip:a SIP/2.0"), SIP_START_LINE_INVALID)])
def test_bad_datagrams(data: bytes, error: ErrorKind) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_message(data)
    assert caught.value.kind is error


def test_what_could_be_read_of_a_bad_datagram_can_be_answered() -> None:
    message, error = read_message(wire("INFO sip:a SIP/2.0\nCall-ID: x\nl: 4", b"abc"))
    assert error
    assert message.call_id == "x"
    assert request().to_bytes()
