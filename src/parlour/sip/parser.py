"""Bytes in, SIP messages out (RFC 3261 sections 7, 18.3 and 20.14).

A reader either consumes bytes and yields an event, or keeps what it has and waits. What the bytes mean never depends
on how they were cut into pieces: every rule below looks at whole lines, whole heads and whole bodies only.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

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
from parlour.sip.headers import TOKEN, Headers, Item, header_name
from parlour.sip.message import VERSION, Request, Response

_END = b"\r\n\r\n"
_FOLD = re.compile(r"\r\n[ \t]+")
_SIP_LINE = re.compile(rb"(?:.* )?SIP/[0-9]+\.[0-9]+(?: .*)?", re.IGNORECASE | re.DOTALL)
_OK = b"SIP/2.0 200 "
_ANSWERED = re.compile(rb"\r\nCall-ID: ([!-~]+)\r\nCSeq: ([0-9]{1,10}) ")
_NO_BODY = re.compile(rb"\r\nContent-Length: 0\r\n")
_EMPTY = b"\r\nContent-Length: 0"
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_STATUS = re.compile(r"[1-6][0-9][0-9]")
_SHOWN = 40  # bytes of a garbage line worth a place in the log


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may send, in bytes (and `header_count` in headers). Each limit has its own error."""

    start_line: int = 8192
    header_line: int = 16384
    header_count: int = 128
    header_bytes: int = 65536
    body: int = 1_048_576
    pending: int = 65536 + 1_048_576


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A double CRLF between messages: the peer's ping (RFC 5626 section 3.5.1)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that was understood well enough to find its end, but not to be accepted.

    Attributes:
        error: why; its SIP status is the one to answer with.
        request: what there is of the request, for `respond`; None if it was a response or an ACK (never answered).
    """

    error: ParlourError
    request: Request | None


@dataclass(frozen=True, slots=True)
class Broken:
    """The stream cannot be trusted any more: close the connection. Later data is ignored."""

    error: ParlourError


class Answered(NamedTuple):
    """A 200 without a body: whoever was asked says that all is well, and nothing else of it was read.

    Each message to each client is answered by one, so they must cost next to nothing (a tuple is made fastest).

    Attributes:
        call_id: of what was asked.
        cseq: its number.
    """

    call_id: str
    cseq: int


Message = Request | Response
Event = Request | Response | Answered | KeepAlive | Rejected | Broken


class StreamParser:
    """Cuts a byte stream into messages.

    Args:
        limits: what the peer may send.
        brief: report a 200 without a body as `Answered`, and not as a `Response`.
    """

    def __init__(self, limits: Limits | None = None, *, brief: bool = False) -> None:
        self._limits = limits or Limits()
        self._brief = brief
        self._brief_size = min(self._limits.start_line, self._limits.header_bytes, self._limits.pending)
        self._buffer = bytearray()
        self._position = 0  # of the first byte not yet consumed
        self._searched = 0  # no head ends before this
        self._started = False  # the start line of the current message was checked
        self._head: tuple[Message, int, ParlourError | None] | None = None  # read, but its body is not here yet
        self._skip = 0  # bytes still to come of a body that was refused
        self._half_ping = False
        self._broken = False

    @property
    def has_partial(self) -> bool:
        """Whether a message began and has not ended."""
        return not self._broken and bool(self._buffer or self._skip or self._head)

    def receive_data(self, data: bytes | memoryview) -> list[Event]:
        """Take bytes from the peer and return what they complete."""
        if self._brief and not self._buffer and (answers := self._answers(bytes(data))):
            return answers
        events: list[Event] = []
        if self._broken:
            return events
        self._buffer += data
        while self._step(events):
            pass
        del self._buffer[:self._position]
        self._searched = max(0, self._searched - self._position)
        self._position = 0
        return events

    def _answers(self, data: bytes) -> list[Event] | None:
        """Read data that is whole answers and nothing else: that is nearly all that a client sends who listens."""
        if not data.startswith(_OK) or not data.endswith(_END) or self.has_partial or self._broken:
            return None
        answers: list[Event] = []
        for head in data[:-len(_END)].split(_END):
            answer = read_answer(head) if len(head) <= self._brief_size else None
            if answer is None:
                return None
            answers.append(answer)
        self._half_ping = False
        return answers

    def receive_eof(self) -> list[Event]:
        """Take the end of the stream: an unfinished message is an error."""
        return self._break(ParlourError(SIP_MESSAGE_CUT_OFF)) if self.has_partial else []

    def _break(self, error: ParlourError) -> list[Event]:
        self._broken = True
        self._buffer.clear()
        self._position = self._searched = 0
        return [Broken(error)]

    def _step(self, events: list[Event]) -> bool:
        """Consume one thing; say whether there may be more."""
        if self._skip:
            return self._skipped()
        if self._head is not None:
            return self._body(events)
        if not self._started:
            return self._begun(events)
        return self._headed(events)

    def _skipped(self) -> bool:
        taken = min(self._skip, len(self._buffer) - self._position)
        self._position += taken
        self._skip -= taken
        return not self._skip

    def _begun(self, events: list[Event]) -> bool:
        """Take line ends before a message, then check its first line."""
        buffer, at = self._buffer, self._position
        if buffer.startswith(b"\r\n", at):
            self._position += 2
            if self._half_ping:
                events.append(KeepAlive())
            self._half_ping = not self._half_ping
            return True
        if len(buffer) - at < 2:
            return False
        return self._start_line(events)

    def _start_line(self, events: list[Event]) -> bool:
        limit = self._limits.start_line
        end = self._buffer.find(b"\r\n", max(self._position, self._searched - 1))
        # Without its end, the line is at least all that is here but a last CR.
        size = (len(self._buffer) - 1 if end < 0 else end) - self._position
        if size > limit:
            events += self._break(ParlourError(SIP_START_LINE_TOO_LONG, limit=limit))
            return False
        if end < 0:
            self._searched = len(self._buffer)
            return False
        line = bytes(self._buffer[self._position:end])
        if not _SIP_LINE.fullmatch(line):
            events += self._break(ParlourError(SIP_NOT_SIP, line=line[:_SHOWN]))
            return False
        self._started, self._half_ping, self._searched = True, False, end
        return True

    def _headed(self, events: list[Event]) -> bool:
        limit = min(self._limits.header_bytes, self._limits.pending)
        end = self._buffer.find(_END, max(self._position, self._searched - 3))
        size = (len(self._buffer) - 3 if end < 0 else end) - self._position
        if size > limit:
            events += self._break(self._head_error())
            return False
        if end < 0:
            self._searched = len(self._buffer)
            return False
        head = bytes(self._buffer[self._position:end])
        self._position = self._searched = end + 4
        self._started = False
        if self._brief and (answer := read_answer(head)):
            events.append(answer)
            return True
        return self._framed(head, events)

    def _head_error(self) -> ParlourError:
        limits = self._limits
        if limits.pending < limits.header_bytes:
            return ParlourError(SIP_MESSAGE_TOO_LARGE, size=limits.pending + 1, limit=limits.pending)
        return ParlourError(SIP_HEADERS_TOO_LARGE, limit=limits.header_bytes)

    def _framed(self, head: bytes, events: list[Event]) -> bool:
        message, error = parse_head(head, self._limits)
        try:
            length = content_length(message.headers) or 0
        except ParlourError as fault:
            # Where this message ends nobody knows: refuse it, then give the stream up.
            events.append(_rejected(fault, message))
            events += self._break(fault)
            return False
        if too_large := self._too_large(len(head), length):
            events.append(_rejected(error or too_large, message))
            self._skip = length
        else:
            self._head = message, length, error
        return True

    def _too_large(self, head: int, length: int) -> ParlourError | None:
        limits = self._limits
        if length > limits.body:
            return ParlourError(SIP_BODY_TOO_LARGE, size=length, limit=limits.body)
        if head + len(_END) + length > limits.pending:
            return ParlourError(SIP_MESSAGE_TOO_LARGE, size=head + len(_END) + length, limit=limits.pending)
        return None

    def _body(self, events: list[Event]) -> bool:
        if self._head is None:
            return False
        message, length, error = self._head
        end = self._position + length
        if len(self._buffer) < end:
            return False
        body = bytes(self._buffer[self._position:end])
        self._position = self._searched = end
        self._head = None
        whole = with_body(message, body) if body else message
        events.append(_rejected(error, whole) if error else whole)
        return True


def read_answer(head: bytes) -> Answered | None:
    """Read a 200 that says nothing more; None if `head` is anything else, or is written in another way than usual."""
    if not head.startswith(_OK) or not (head.endswith(_EMPTY) or _NO_BODY.search(head)):
        return None
    found = _ANSWERED.search(head)
    return Answered(found[1].decode(), int(found[2])) if found else None


def _rejected(error: ParlourError, message: Message) -> Rejected:
    if isinstance(message, Request) and message.method != "ACK":
        return Rejected(error, message)
    return Rejected(error, None)


def with_body(message: Message, body: bytes) -> Message:
    """Return the message with another body."""
    if isinstance(message, Request):
        return Request(message.method, message.uri, message.headers, body, message.version)
    return Response(message.status, message.reason, message.headers, body)


def parse_message(datagram: bytes) -> Message:
    """Read a whole message: what follows the body that Content-Length names is cut (RFC 3261 section 18.3).

    Raises:
        ParlourError: what is wrong with it.
    """
    message, error = read_message(datagram)
    if error:
        raise error
    return message


def read_message(datagram: bytes) -> tuple[Message, ParlourError | None]:
    """Read a whole message as far as it goes, and say what is wrong with it: for who has to answer it anyway.

    Raises:
        ParlourError: SipNotSip if it is no SIP message at all.
    """
    text = datagram.lstrip(b"\r\n")
    head, end, rest = text.partition(_END)
    line = head.partition(b"\r\n")[0]
    if not _SIP_LINE.fullmatch(line):
        raise ParlourError(SIP_NOT_SIP, line=line[:_SHOWN])
    message, error = parse_head(head if end else head.removesuffix(b"\r\n"), Limits())
    if not end:
        return message, error or ParlourError(SIP_MESSAGE_CUT_OFF)
    try:
        length = content_length(message.headers)
    except ParlourError as fault:
        return message, error or fault
    if length is not None and length > len(rest):
        return with_body(message, rest), error or ParlourError(SIP_MESSAGE_CUT_OFF)
    return with_body(message, rest[:length]), error


def content_length(headers: Headers) -> int | None:
    """Return the length of the body that the headers name, or None if they name none.

    Raises:
        ParlourError: SipContentLengthInvalid for anything but one number (it may be repeated).
    """
    values = headers.all("Content-Length")
    if not values:
        return None
    if len(values) > 1 and len(set(values)) > 1:
        raise ParlourError(SIP_CONTENT_LENGTH_INVALID, reason="there are several that differ")
    value = values[0]
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise ParlourError(SIP_CONTENT_LENGTH_INVALID, reason="it is not a number that can be true")
    return int(value)


def parse_head(head: bytes, limits: Limits) -> tuple[Message, ParlourError | None]:
    """Read a first line and headers, without the empty line behind them.

    Returns:
        The message as far as it could be read, without body, and what is wrong with it, if anything is.
    """
    error = None
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("utf-8", "surrogateescape")
        error = ParlourError(SIP_NOT_UTF8)
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        error = error or _fault(SIP_HEADER_INVALID, name="of one line", reason="it has half a line break")
        # The refusal echoes some of these lines, and must not echo that.
        lines = [line.replace("\r", " ").replace("\n", " ") for line in lines]
    headers, fault = _headers(lines)
    error = error or fault or _limit_error(head, lines, limits)
    message, start_error = _start(lines[0], headers)
    return message, start_error or error


def _headers(lines: list[str]) -> tuple[Headers, ParlourError | None]:
    items: list[Item] = []
    error: ParlourError | None = None
    for line in lines[1:]:
        written, colon, value = line.partition(":")
        name = header_name(written)
        if name is None or not colon:
            error = error or _fault(
                SIP_HEADER_INVALID, name=repr(written[:_SHOWN]), reason="it is not a name, a colon and a value")
        else:
            items.append((name, value.strip(" \t")))
    return Headers.trusted(tuple(items)), error


def _limit_error(head: bytes, lines: list[str], limits: Limits) -> ParlourError | None:
    if len(lines) - 1 > limits.header_count:
        return ParlourError(SIP_HEADERS_TOO_MANY, limit=limits.header_count)
    if len(head) <= limits.header_line:
        return None
    longest = max(len(line.encode("utf-8", "surrogateescape")) for line in lines)
    return ParlourError(SIP_HEADER_TOO_LONG, limit=limits.header_line) if longest > limits.header_line else None


def _start(line: str, headers: Headers) -> tuple[Message, ParlourError | None]:
    words = line.split(" ", 2)
    if _VERSION.fullmatch(words[0]):
        return _status_line(words, headers)
    return _request_line(line.split(" "), headers)


def _status_line(words: list[str], headers: Headers) -> tuple[Response, ParlourError | None]:
    reason = words[2] if len(words) > 2 else ""
    if len(words) < 2 or not _STATUS.fullmatch(words[1]):
        return Response(0, reason, headers), _fault(SIP_START_LINE_INVALID, reason="its status is not 100 to 699")
    response = Response(int(words[1]), reason, headers)
    if words[0].upper() != VERSION:
        return response, _fault(SIP_START_LINE_INVALID, reason="its version is not SIP/2.0")
    return response, None


def _request_line(words: list[str], headers: Headers) -> tuple[Request, ParlourError | None]:
    if len(words) == 3 and TOKEN.fullmatch(words[0]) and words[1] and _VERSION.fullmatch(words[2]):
        version = VERSION if words[2].upper() == VERSION else words[2]
        return Request(words[0], words[1], headers, b"", version), None
    return Request(words[0], "", headers), _fault(
        SIP_START_LINE_INVALID, reason="it is not a method, a URI and a version with one space between them")


def _fault(kind: ErrorKind, **details: object) -> ParlourError:
    return ParlourError(kind, **details)
