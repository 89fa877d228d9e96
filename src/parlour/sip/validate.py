"""The general checks of a user agent server on a request (RFC 3261 section 8.2), as data.

Deliberately accepted, because real clients need it: no branch in the Via and no tag in From (RFC 2543, and
pidgin-sipe in dialogs), no Max-Forwards, a Max-Forwards of 0 (only who passes a request on may refuse that).
"""

import re
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass

from parlour.errors import (
    SIP_ANSWER_UNACCEPTABLE,
    SIP_BODY_UNSUPPORTED,
    SIP_EXTENSION_UNSUPPORTED,
    SIP_HEADER_INVALID,
    SIP_HEADER_MISSING,
    SIP_HEADER_REPEATED,
    SIP_METHOD_NOT_ALLOWED,
    SIP_METHOD_UNKNOWN,
    SIP_URI_INVALID,
    SIP_URI_SCHEME_UNSUPPORTED,
    SIP_VERSION_UNSUPPORTED,
    ParlourError,
)
from parlour.sip.headers import NameAddr, parse_cseq, parse_name_addr, parse_number, parse_via, split_list
from parlour.sip.message import MAX_SECONDS, VERSION, Request, Response, respond
from parlour.sip.uri import OtherUri, SipUri, parse_uri

# The methods of the IANA registry, and Microsoft's: known, so that refusing them is 405 and not 501.
KNOWN_METHODS = frozenset({
    "ACK", "BENOTIFY", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH",
    "REFER", "REGISTER", "SERVICE", "SUBSCRIBE", "UPDATE",
})
# Lync-style clients require this of every proxy on the way; a server that sends BENOTIFY satisfies it (MS-SIP).
PROXY_EXTENSIONS = frozenset({"ms-benotify"})

# RFC 3261 section 25.1: callid = word [ "@" word ]
_WORD = r"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]+"
_CALL_ID = re.compile(rf"{_WORD}(?:@{_WORD})?")
_MAX_HOPS = 255


def _check_call_id(value: str) -> None:
    if not _CALL_ID.fullmatch(value):
        raise ParlourError(SIP_HEADER_INVALID, "Call-ID", name="Call-ID", reason="it has characters it may not have")


def _check_via(value: str) -> None:
    elements = split_list(value)
    if not elements:
        raise ParlourError(SIP_HEADER_MISSING, "Via", name="Via")
    for element in elements:
        parse_via(element)


def _address(name: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        _checked_address(name, value)
    return check


def _checked_address(name: str, value: str) -> NameAddr:
    address = parse_name_addr(value, name)
    parse_uri(address.uri)
    return address


def _check_contact(value: str) -> None:
    for element in split_list(value):
        if element != "*":
            _checked_address("Contact", element)


def _route(name: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        for element in split_list(value):
            _checked_address(name, element)
    return check


def _number(name: str, largest: int) -> Callable[[str], None]:
    def check(value: str) -> None:
        parse_number(name, value, largest)
    return check


def _check_cseq(value: str) -> None:
    parse_cseq(value)


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """What a header of a request must be.

    Attributes:
        name: the header.
        check: raises if a value is not valid.
        required: whether a request without it is refused.
        single: whether it may stand in a request only once.
    """

    name: str
    check: Callable[[str], None]
    required: bool = False
    single: bool = True


# RFC 3261 sections 8.1.1 and 20; in the order in which a fault is reported.
HEADER_RULES = (
    HeaderRule("Via", _check_via, required=True, single=False),
    HeaderRule("From", _address("From"), required=True),
    HeaderRule("To", _address("To"), required=True),
    HeaderRule("Call-ID", _check_call_id, required=True),
    HeaderRule("CSeq", _check_cseq, required=True),
    HeaderRule("Max-Forwards", _number("Max-Forwards", _MAX_HOPS)),
    HeaderRule("Expires", _number("Expires", MAX_SECONDS)),
    HeaderRule("Contact", _check_contact, single=False),
    HeaderRule("Route", _route("Route"), single=False),
    HeaderRule("Record-Route", _route("Record-Route"), single=False),
)


def check_request(
    request: Request, *, methods: Collection[str], extensions: Container[str] = (),
    proxy_extensions: Container[str] = PROXY_EXTENSIONS, to_tag: str | None = None,
) -> Response | None:
    """Check what any request must satisfy.

    Args:
        request: the request. To an ACK no response may be sent: whoever asks drops it instead.
        methods: the methods served here; listed in Allow.
        extensions: option tags that may be required.
        proxy_extensions: option tags that may be required of proxies.
        to_tag: tag for the To header of the response.

    Returns:
        The response that refuses the request (505, 400, 405, 501, 416 or 420), or None.
    """
    try:
        _check_version(request)
        _check_headers(request)
        _check_method(request, methods)
        _check_uri(request)
        _check_extensions(request, extensions, proxy_extensions)
    except ParlourError as error:
        return refuse(request, error, methods=methods, to_tag=to_tag)
    return None


def refuse(
    request: Request, error: ParlourError, *, methods: Collection[str] = (), to_tag: str | None = None,
) -> Response:
    """Make the response that an error of the registry means.

    Args:
        request: what there is of the request.
        error: why it is refused.
        methods: for 405 and 501, what Allow says.
        to_tag: tag for the To header.
    """
    headers: list[tuple[str, str]] = []
    if error.kind in (SIP_METHOD_NOT_ALLOWED, SIP_METHOD_UNKNOWN):
        headers.append(("Allow", ", ".join(sorted(methods))))
    if error.kind is SIP_EXTENSION_UNSUPPORTED:
        headers.append(("Unsupported", str(error.details["extensions"])))
    return respond(request, error.kind.sip, headers=headers, to_tag=to_tag)


def _check_version(request: Request) -> None:
    if request.version != VERSION:
        raise ParlourError(SIP_VERSION_UNSUPPORTED, request.version, version=request.version)


def _check_headers(request: Request) -> None:
    for rule in HEADER_RULES:
        values = request.headers.all(rule.name)
        if not values:
            if rule.required:
                raise ParlourError(SIP_HEADER_MISSING, rule.name, name=rule.name)
            continue
        if rule.single and len(values) > 1:
            raise ParlourError(SIP_HEADER_REPEATED, rule.name, name=rule.name)
        for value in values:
            rule.check(value)
    if request.cseq.method != request.method:
        raise ParlourError(SIP_HEADER_INVALID, "CSeq", name="CSeq", reason="it names another method")


def _check_method(request: Request, methods: Container[str]) -> None:
    if request.method not in methods:
        kind = SIP_METHOD_NOT_ALLOWED if request.method in KNOWN_METHODS else SIP_METHOD_UNKNOWN
        raise ParlourError(kind, request.method, method=request.method)


def _check_uri(request: Request) -> None:
    uri = _served(parse_uri(request.uri))
    if uri.headers:
        raise ParlourError(SIP_URI_INVALID, request.uri, uri=request.uri, reason="a Request-URI has no headers")
    # RFC 3261 section 10.3: what is registered is a SIP address.
    if request.method == "REGISTER" and isinstance(parse_uri(request.to.uri), OtherUri):
        raise ParlourError(SIP_HEADER_INVALID, "To", name="To", reason="only SIP addresses can be registered")


def _served(uri: SipUri | OtherUri) -> SipUri:
    if isinstance(uri, OtherUri):
        raise ParlourError(SIP_URI_SCHEME_UNSUPPORTED, uri.text, scheme=uri.scheme)
    return uri


def _check_extensions(request: Request, extensions: Container[str], proxy_extensions: Container[str]) -> None:
    if request.method in ("ACK", "CANCEL"):  # RFC 3261 section 8.2.2.3
        return
    unknown = [tag for tag in request.headers.list("Require") if tag not in extensions]
    unknown += [tag for tag in request.headers.list("Proxy-Require")
                if tag not in extensions and tag not in proxy_extensions]
    if unknown:
        raise ParlourError(SIP_EXTENSION_UNSUPPORTED, unknown[0], extensions=", ".join(unknown))


def media_type(value: str) -> str:
    """Return the type and subtype of a Content-Type value, in lower case and without parameters."""
    return value.partition(";")[0].strip(" \t").lower()


def check_body(
    request: Request, types: Collection[str], *, to_tag: str | None = None,
) -> Response | None:
    """Check that the body is of a type understood here (RFC 3261 section 8.2.3).

    Args:
        request: the request.
        types: media types in lower case.
        to_tag: tag for the To header of the response.

    Returns:
        A 415 with Accept and Accept-Encoding, or None. A request without body passes.
    """
    if not request.body:
        return None
    encoding = (request.headers.get("Content-Encoding") or "identity").lower()
    if encoding == "identity" and media_type(request.headers.get("Content-Type") or "") in types:
        return None
    headers = [("Accept", ", ".join(sorted(types))), ("Accept-Encoding", "identity")]
    return respond(request, SIP_BODY_UNSUPPORTED.sip, headers=headers, to_tag=to_tag)


def check_accept(
    request: Request, offered: Collection[str], *, to_tag: str | None = None,
) -> Response | None:
    """Check that the sender takes one of the media types offered (RFC 3261 section 20.1); without Accept it does.

    Returns:
        A 406, or None.
    """
    if "Accept" not in request.headers:
        return None
    accepted = {media_type(element) for element in request.headers.list("Accept")}
    ranges = {"*/*"} | set(offered) | {f"{kind.partition('/')[0]}/*" for kind in offered}
    return None if accepted & ranges else respond(request, SIP_ANSWER_UNACCEPTABLE.sip, to_tag=to_tag)
