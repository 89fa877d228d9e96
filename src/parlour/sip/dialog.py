"""Dialogs seen from the side that was invited (RFC 3261 section 12).

From and To go out exactly as they came in, since clients find their conversation by that text.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from parlour.errors import SIP_DIALOG_OUT_OF_ORDER, SIP_DIALOG_UNKNOWN, ErrorKind, ParlourError
from parlour.sip.headers import Headers, Item, parse_name_addr
from parlour.sip.message import Request, Response, has_tag
from parlour.sip.uri import SipUri, parse_uri

_MAX_FORWARDS = 70


class DialogState(Enum):
    """RFC 3261 section 12, figure of the states in prose."""

    EARLY = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class DialogEvent(Enum):
    """What happens to a dialog."""

    PROGRESS = auto()  # 1xx sent
    ANSWERED = auto()  # 2xx sent
    REFUSED = auto()  # 300 to 699 sent to the request that would have made the dialog
    ACK = auto()
    REQUEST = auto()  # any other request received in it
    BYE = auto()  # received
    ENDED = auto()  # BYE sent, 408 or 481 received, session timer ran out, or connection lost


_S, _E = DialogState, DialogEvent

DIALOG_TABLE: dict[tuple[DialogState, DialogEvent], DialogState] = {
    (_S.EARLY, _E.PROGRESS): _S.EARLY,
    (_S.EARLY, _E.ANSWERED): _S.CONFIRMED,
    (_S.EARLY, _E.REFUSED): _S.TERMINATED,
    (_S.EARLY, _E.ACK): _S.EARLY,
    (_S.EARLY, _E.REQUEST): _S.EARLY,
    (_S.EARLY, _E.BYE): _S.TERMINATED,
    (_S.EARLY, _E.ENDED): _S.TERMINATED,

    # A later INVITE in the dialog may be answered or refused; the dialog stays (section 14.2).
    (_S.CONFIRMED, _E.PROGRESS): _S.CONFIRMED,
    (_S.CONFIRMED, _E.ANSWERED): _S.CONFIRMED,
    (_S.CONFIRMED, _E.REFUSED): _S.CONFIRMED,
    (_S.CONFIRMED, _E.ACK): _S.CONFIRMED,
    (_S.CONFIRMED, _E.REQUEST): _S.CONFIRMED,
    (_S.CONFIRMED, _E.BYE): _S.TERMINATED,
    (_S.CONFIRMED, _E.ENDED): _S.TERMINATED,

    (_S.TERMINATED, _E.PROGRESS): _S.TERMINATED,
    (_S.TERMINATED, _E.ANSWERED): _S.TERMINATED,
    (_S.TERMINATED, _E.REFUSED): _S.TERMINATED,
    (_S.TERMINATED, _E.ACK): _S.TERMINATED,
    (_S.TERMINATED, _E.REQUEST): _S.TERMINATED,
    (_S.TERMINATED, _E.BYE): _S.TERMINATED,
    (_S.TERMINATED, _E.ENDED): _S.TERMINATED,
}

_RECEIVED = {"ACK": DialogEvent.ACK, "BYE": DialogEvent.BYE}
_REFRESHES_TARGET = frozenset({"INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY"})


class Verdict(Enum):
    """What to do with a request received in a dialog."""

    HANDLE = auto()
    ACK = auto()  # never answered
    BYE = auto()  # answer 200; the dialog has ended
    OUT_OF_ORDER = auto()  # answer 500 (section 12.2.2)
    UNKNOWN = auto()  # answer 481: it had ended before

    @property
    def error(self) -> ErrorKind | None:
        """The error to answer with, or None if the request is fine."""
        return {Verdict.OUT_OF_ORDER: SIP_DIALOG_OUT_OF_ORDER, Verdict.UNKNOWN: SIP_DIALOG_UNKNOWN}.get(self)


@dataclass(frozen=True, slots=True)
class DialogKey:
    """What a dialog is found by (section 12)."""

    call_id: str
    local_tag: str
    remote_tag: str | None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the key of the dialog that a received request belongs to; its local tag is '' outside of any."""
        return cls(request.call_id, request.to.tag or "", request.from_.tag)


class RequestHead:
    """The constant bytes of one method's requests in a dialog, so that each request costs little more than a join."""

    __slots__ = ("_after_branch", "_after_cseq", "_before_branch", "_take")

    def __init__(self, before_branch: bytes, after_branch: bytes, after_cseq: bytes, take: Callable[[], int]) -> None:
        self._before_branch = before_branch
        self._after_branch = after_branch
        self._after_cseq = after_cseq
        self._take = take

    def render(self, tail: bytes, sign: Callable[[int], bytes] | None = None) -> bytes:
        """Return the dialog's next request.

        Args:
            tail: from `shared_tail`; the same for every recipient.
            sign: given the CSeq number, returns further header lines (each with its line end), e.g. a signature.
        """
        number = self._take()
        return b"%b%d%b%d%b%b%b" % (
            self._before_branch, number, self._after_branch, number, self._after_cseq,
            sign(number) if sign else b"", tail)


def shared_tail(headers: Iterable[Item], body: bytes) -> bytes:
    """Render what is the same for every recipient: headers, Content-Length, empty line and body."""
    lines = Headers((*headers, ("Content-Length", str(len(body))))).render()
    return f"{lines}\r\n".encode() + body


class Dialog:
    """One dialog that the peer began.

    Use `from_invite`. Events that are not requests are told by `apply`.
    """

    __slots__ = (
        "_cseq", "_heads", "_remote_cseq", "call_id", "contact", "key", "local", "remote", "remote_target", "routes",
        "state", "via")

    def __init__(self, request: Request, local_tag: str, contact: str, via: str) -> None:
        to, sender = request.header("To"), request.header("From")
        self.call_id = request.call_id
        self.local = to if has_tag(to) else f"{to};tag={local_tag}"
        self.remote = sender
        self.key = DialogKey(request.call_id, parse_name_addr(self.local, "To").tag or "", request.from_.tag)
        self.contact = contact
        self.via = via
        self.remote_target = _target(request) or request.from_.uri
        # Section 12.1.1: as they stand in the request; only who sends the INVITE reverses them.
        self.routes = request.headers.list("Record-Route")
        self.state = DialogState.EARLY
        self._remote_cseq = request.cseq.number
        self._cseq = 0
        self._heads: dict[str, RequestHead] = {}

    @classmethod
    def from_invite(cls, request: Request, local_tag: str, contact: str, via: str = "SIP/2.0/TCP 0.0.0.0") -> Self:
        """Begin a dialog for an INVITE (or SUBSCRIBE) that arrived.

        Args:
            request: the request, checked by `check_request`.
            local_tag: tag for our side, unguessable and never used before: branches are made of it.
            contact: value of our Contact header; '' for none.
            via: protocol and host of our Via headers, e.g. ``SIP/2.0/TLS chat.example.com:5061``.

        Raises:
            ParlourError: SipHeaderMissing or SipHeaderInvalid.
        """
        return cls(request, local_tag, contact, via)

    @property
    def local_uri(self) -> str:
        """Our URI, as the peer wrote it in To."""
        return parse_name_addr(self.local, "To").uri

    @property
    def remote_uri(self) -> str:
        """The peer's URI, as it wrote it in From."""
        return parse_name_addr(self.remote, "From").uri

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return self.key.local_tag

    @property
    def remote_tag(self) -> str | None:
        """The peer's tag; None with clients of RFC 2543."""
        return self.key.remote_tag

    @property
    def local_cseq(self) -> int:
        """The number of the last request we made; 0 before the first."""
        return self._cseq

    @property
    def is_over(self) -> bool:
        """Whether nothing may be sent in it any more."""
        return self.state is DialogState.TERMINATED

    def apply(self, event: DialogEvent) -> None:
        """Take an event that is no request."""
        self.state = DIALOG_TABLE[self.state, event]
        if self.is_over:
            self._heads.clear()  # they know the dialog: so that all are let go of at once

    def answered(self, response: Response) -> None:
        """Note that this response was sent to an INVITE of the dialog."""
        if response.is_final:
            self.apply(DialogEvent.ANSWERED if response.status < 300 else DialogEvent.REFUSED)
        else:
            self.apply(DialogEvent.PROGRESS)

    def receive(self, request: Request) -> Verdict:
        """Take a request of this dialog and say what to do with it."""
        if self.is_over:
            return Verdict.ACK if request.method == "ACK" else Verdict.UNKNOWN
        event = _RECEIVED.get(request.method, DialogEvent.REQUEST)
        # ACK and CANCEL carry the number of their INVITE; an equal number is a request sent again with credentials.
        if request.method not in ("ACK", "CANCEL"):
            number = request.cseq.number
            if number < self._remote_cseq:
                return Verdict.OUT_OF_ORDER
            self._remote_cseq = number
            self._refresh(request)
        self.apply(event)
        return Verdict[event.name] if event is not DialogEvent.REQUEST else Verdict.HANDLE

    def request(self, method: str, headers: Iterable[Item] = (), body: bytes = b"") -> Request:
        """Make the next request in the dialog (section 12.2.1.1); after a BYE the dialog is over.

        Raises:
            ParlourError: SipDialogUnknown if the dialog has ended.
        """
        if self.is_over:
            raise ParlourError(SIP_DIALOG_UNKNOWN, self.call_id)
        number = self._take()
        before, after = self._fixed_headers()
        uri, _ = self._path()
        made = Headers((
            ("Via", f"{self.via};branch={self._branch()}{number}"), *before, ("CSeq", f"{number} {method}"), *after,
            *headers))
        if method == "BYE":
            self.apply(DialogEvent.ENDED)
        return Request(method, uri, made, body)

    def request_head(self, method: str) -> RequestHead:
        """Return the prepared head for many requests of one method; ask again for each request.

        Raises:
            ParlourError: SipDialogUnknown if the dialog has ended.
        """
        if self.state is DialogState.TERMINATED:
            raise ParlourError(SIP_DIALOG_UNKNOWN, self.call_id)
        return self._heads.get(method) or self._prepare(method)

    def _prepare(self, method: str) -> RequestHead:
        uri, _ = self._path()
        before, after = (Headers(items).render() for items in self._fixed_headers())
        # Rendered through Headers, so that no line break can hide in the peer's Contact either.
        start = Request(method, uri).to_bytes().partition(b"\r\n")[0]
        via = Headers([("Via", f"{self.via};branch={self._branch()}")]).render().removesuffix("\r\n")
        head = RequestHead(
            start + b"\r\n" + via.encode(), f"\r\n{before}CSeq: ".encode(), f" {method}\r\n{after}".encode(),
            self._take)
        self._heads[method] = head
        return head

    def _fixed_headers(self) -> tuple[list[Item], list[Item]]:
        _, routes = self._path()
        before = [("Max-Forwards", str(_MAX_FORWARDS)), *(("Route", route) for route in routes),
                  ("From", self.local), ("To", self.remote), ("Call-ID", self.call_id)]
        return before, [("Contact", self.contact)] if self.contact else []

    def _branch(self) -> str:
        # Unique without a random number for each request: the tag is unguessable, the number counts up.
        return f"z9hG4bK{self.local_tag}."

    def _path(self) -> tuple[str, tuple[str, ...]]:
        """Return Request-URI and Route values (section 12.2.1.1): loose routing, or strict for old proxies."""
        if not self.routes or _is_loose(self.routes[0]):
            return self.remote_target, self.routes
        first = parse_name_addr(self.routes[0], "Route").uri
        return first, (*self.routes[1:], f"<{self.remote_target}>")

    def _take(self) -> int:
        self._cseq += 1
        return self._cseq

    def _refresh(self, request: Request) -> None:
        if request.method in _REFRESHES_TARGET and (target := _target(request)):
            self.remote_target = target
            self._heads.clear()


def _target(request: Request) -> str | None:
    contacts = request.headers.list("Contact")
    return parse_name_addr(contacts[0], "Contact").uri if contacts and contacts[0] != "*" else None


def _is_loose(route: str) -> bool:
    uri = parse_uri(parse_name_addr(route, "Route").uri)
    return isinstance(uri, SipUri) and uri.param("lr") is not None
