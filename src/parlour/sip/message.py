"""SIP requests and responses as values (RFC 3261 sections 7 and 8.2.6)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from parlour.errors import SIP_HEADER_MISSING, SIP_MESSAGE_UNSAFE, ParlourError
from parlour.sip.headers import (
    CSeq,
    Headers,
    Item,
    NameAddr,
    Via,
    parse_cseq,
    parse_name_addr,
    parse_number,
    parse_via,
    split_list,
)

VERSION = "SIP/2.0"
MAX_SECONDS = 2**32 - 1  # RFC 3261 section 20.19
_TAG = re.compile(r";[ \t]*tag[ \t]*=", re.IGNORECASE)
_NO_HEADERS = Headers()
_DIALOG_METHODS = frozenset({"INVITE", "SUBSCRIBE"})

# RFC 3261 section 21, and the registry's additions that somebody here sends or receives.
REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 204: "No Notification",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required",
    408: "Request Timeout", 409: "Conflict", 410: "Gone", 412: "Conditional Request Failed",
    413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
    422: "Session Interval Too Small", 423: "Interval Too Brief", 429: "Provide Referrer Identity",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    493: "Undecipherable",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
    600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}


class _Message:
    """What requests and responses share: readers of the headers that every message has."""

    __slots__ = ()
    headers: Headers
    body: bytes

    @property
    def start_line(self) -> str:
        """The first line, without its line end."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """Return the message for the wire, with the Content-Length that its body has.

        Raises:
            ParlourError: SipMessageUnsafe if the first line contains a line break.
        """
        start, size = self.start_line, str(len(self.body))
        if "\r" in start or "\n" in start:
            raise ParlourError(SIP_MESSAGE_UNSAFE, start, where="the first line")
        headers, length = self.headers, ""
        if "Content-Length" not in headers:
            length = f"Content-Length: {size}\r\n"
        elif headers.all("Content-Length") != (size,):
            headers = headers.replaced("Content-Length", size)
        # What came in as broken UTF-8 goes out as the same bytes: a refusal echoes its request's headers.
        return f"{start}\r\n{headers.render()}{length}\r\n".encode("utf-8", "surrogateescape") + self.body

    def header(self, name: str) -> str:
        """Return the first value of a header that must be there.

        Raises:
            ParlourError: SipHeaderMissing.
        """
        value = self.headers.get(name)
        if value is None:
            raise ParlourError(SIP_HEADER_MISSING, name, name=name)
        return value

    @property
    def call_id(self) -> str:
        """The Call-ID; raises SipHeaderMissing."""
        return self.header("Call-ID")

    @property
    def cseq(self) -> CSeq:
        """The CSeq; raises SipHeaderMissing or SipHeaderInvalid."""
        return parse_cseq(self.header("CSeq"))

    @property
    def from_(self) -> NameAddr:
        """The From header; raises SipHeaderMissing or SipHeaderInvalid."""
        return parse_name_addr(self.header("From"), "From")

    @property
    def to(self) -> NameAddr:
        """The To header; raises SipHeaderMissing or SipHeaderInvalid."""
        return parse_name_addr(self.header("To"), "To")

    @property
    def top_via(self) -> Via:
        """The first Via value; raises SipHeaderMissing or SipHeaderInvalid."""
        values = split_list(self.header("Via"))
        return parse_via(values[0] if values else "")

    @property
    def expires(self) -> int | None:
        """Seconds of the Expires header, or None without one; raises SipHeaderInvalid."""
        value = self.headers.get("Expires")
        return None if value is None else parse_number("Expires", value, MAX_SECONDS)


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """A request. `uri` is the Request-URI exactly as it was written; read it with `parse_uri`."""

    method: str
    uri: str
    headers: Headers = _NO_HEADERS
    body: bytes = b""
    version: str = VERSION

    @property
    def start_line(self) -> str:
        """The request line."""
        return f"{self.method} {self.uri} {self.version}"


@dataclass(frozen=True, slots=True)
class Response(_Message):
    """A response."""

    status: int
    reason: str
    headers: Headers = _NO_HEADERS
    body: bytes = b""

    @property
    def start_line(self) -> str:
        """The status line."""
        return f"{VERSION} {self.status} {self.reason}"

    @property
    def is_final(self) -> bool:
        """Whether no other response to the request follows."""
        return self.status >= 200

    def with_header(self, name: str, value: str) -> Self:
        """Return this response with one more header."""
        return replace(self, headers=self.headers.with_(name, value))


def respond(
    request: Request, status: int, reason: str | None = None, headers: Iterable[Item] = (), body: bytes = b"",
    to_tag: str | None = None,
) -> Response:
    """Make the response to a request (RFC 3261 sections 8.2.6 and 12.1.1).

    Args:
        request: copied from it are Via, From, To, Call-ID, CSeq, and Record-Route where a dialog may begin.
        status: status code.
        reason: reason phrase; the usual one by default.
        headers: further headers, behind the copied ones.
        body: body.
        to_tag: tag for the To header, added only if it has none.
    """
    copied = [("Via", value) for value in request.headers.all("Via")]
    if 100 < status < 300 and request.method in _DIALOG_METHODS:
        copied += [("Record-Route", value) for value in request.headers.all("Record-Route")]
    copied += [(name, value) for name in ("From", "To", "Call-ID", "CSeq")
               if (value := _copied(request, name, to_tag)) is not None]
    phrase = REASONS.get(status, "Unknown") if reason is None else reason
    # What was copied is safe: it was split into lines before.
    return Response(status, phrase, Headers.trusted((*copied, *Headers(headers))), body)


def _copied(request: Request, name: str, to_tag: str | None) -> str | None:
    value = request.headers.get(name)
    if name != "To" or value is None or to_tag is None or has_tag(value):
        return value
    return f"{value};tag={to_tag}"


def has_tag(value: str) -> bool:
    """Say whether a From or To value has a tag; works for values too broken to be read, too."""
    try:
        return parse_name_addr(value).tag is not None
    except ParlourError:
        return _TAG.search(value) is not None
