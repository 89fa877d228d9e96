"""SIP headers: an ordered multi-map, and readers of the structured ones (RFC 3261 sections 7.3, 20 and 25.1).

Values stay text until somebody asks for their structure: most headers of most messages are never looked into.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from parlour.errors import SIP_HEADER_INVALID, SIP_MESSAGE_UNSAFE, ParlourError
from parlour.sip.uri import Pairs, is_host

# RFC 3261 section 7.3.3 and the registry's later additions (RFC 3265, 3515, 3892, 4028, 3841, 4474, 8224).
COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
    "l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To", "s": "Subject",
    "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}
TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")

# Quoted strings are matched in stretches, and what does not end is taken whole: time stays linear in what is sent.
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_DISPLAY = re.compile(r"[A-Za-z0-9\-.!%*_+`'~ \t]*")
_NO_URI = re.compile(r"[\x00-\x20<>\"\x7f]")
_LIST_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|<[^>]*>?|,|[^",<]+', re.DOTALL)
_PARAM_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|;|[^";]+', re.DOTALL)
_VIA = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*/[ \t]*([0-9.]+)[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+")
_SENT_BY = re.compile(r"(\[[^\]]*\]|[^:;\[\] \t]+)[ \t]*(?::[ \t]*(\d{1,5}))?[ \t]*")
_CSEQ = re.compile(r"(\d+)[ \t]+([A-Za-z0-9\-.!%*_+`'~]+)")
_AUTH_PARAM = re.compile(
    r"""[ \t,]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*"""
    r"""(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^ \t,"]*))[ \t]*(?=,|$)""", re.DOTALL)
_MAX_CSEQ = 2**31 - 1  # RFC 3261 section 8.1.1.5
_MAX_CACHED = 512

Item = tuple[str, str]
_Index = dict[str, tuple[str, ...]]

_names: dict[str, str] = {
    name: name for name in (
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Type", "Content-Length",
        "Authorization", "Authentication-Info", "WWW-Authenticate", "User-Agent", "Server", "Expires", "Route",
        "Record-Route", "Supported", "Require", "Proxy-Require", "Event", "Allow", "Allow-Events", "Accept",
        "Session-Expires", "Subscription-State", "ms-keep-alive", "ms-piggyback-cseq", "Subject", "Date")
}


def header_name(written: str) -> str | None:
    """Return the long form of a header name, or None if it cannot be one."""
    known = _names.get(written)
    if known is not None:
        return known
    name = written.strip(" \t")
    if not TOKEN.fullmatch(name):
        return None
    return COMPACT.get(name.lower(), name) if len(name) == 1 else name


class Headers:
    """The headers of a message: immutable, ordered, names without letter case, compact forms made long.

    Args:
        items: names and values.
        checked: whether the items are known to be safe and their names long; see `trusted`.
        index: their values by their names in lower case, if that is known.

    Raises:
        ParlourError: SipMessageUnsafe for a name that is no token, or a value with a line break.
    """

    __slots__ = ("_index", "_items")

    def __init__(self, items: Iterable[Item] = (), *, checked: bool = False, index: _Index | None = None) -> None:
        self._items = tuple(items) if checked else tuple(_safe(name, value) for name, value in items)
        self._index = index

    @classmethod
    def trusted(cls, items: tuple[Item, ...]) -> "Headers":
        """Make headers of items known to be safe: the parser's way, where lines were split already."""
        return cls(items, checked=True)

    @property
    def items(self) -> tuple[Item, ...]:
        """All names and values in order."""
        return self._items

    def get(self, name: str) -> str | None:
        """Return the first value of this name, or None."""
        values = (self._index or self._indexed()).get(name.lower())
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of this name, in order."""
        return (self._index or self._indexed()).get(name.lower(), ())

    def list(self, name: str) -> tuple[str, ...]:
        """Return every element of a comma-separated header, over all its lines."""
        return tuple(element for value in self.all(name) for element in split_list(value))

    def without(self, *names: str) -> "Headers":
        """Return these headers less those of the names given."""
        gone = {name.lower() for name in names}
        return Headers.trusted(tuple(item for item in self._items if item[0].lower() not in gone))

    def with_(self, name: str, value: str) -> "Headers":
        """Return these headers and one more behind them."""
        return Headers.trusted((*self._items, _safe(name, value)))

    def prepended(self, name: str, value: str) -> "Headers":
        """Return these headers with one more before them."""
        item = _safe(name, value)
        index, key = self._index or self._indexed(), item[0].lower()
        # Answers are signed so, and looked into before and after: the index is not made twice.
        return Headers((item, *self._items), checked=True, index={**index, key: (value, *index.get(key, ()))})

    def replaced(self, name: str, value: str) -> "Headers":
        """Return these headers with the one of this name set, in its old place if it had one."""
        new, wanted = _safe(name, value), name.lower()
        at = next((i for i, item in enumerate(self._items) if item[0].lower() == wanted), len(self._items))
        before, after = Headers.trusted(self._items[:at]), Headers.trusted(self._items[at:])
        return Headers.trusted((*before, new, *after.without(name)))

    def render(self) -> str:
        """Return the header lines, each with its line end."""
        return "".join([f"{name}: {value}\r\n" for name, value in self._items])

    def _indexed(self) -> _Index:
        index: _Index = {}
        for name, value in self._items:
            key = name.lower()
            index[key] = (*index[key], value) if key in index else (value,)
        self._index = index
        return index

    def __contains__(self, name: str) -> bool:
        return name.lower() in (self._index or self._indexed())

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({self._items!r})"


def _safe(written: str, value: str) -> Item:
    name = header_name(written)
    if name is None or "\r" in value or "\n" in value:
        raise ParlourError(SIP_MESSAGE_UNSAFE, written, where=f"the header {written!r}")
    return name, value


def split_list(value: str) -> list[str]:
    """Split a comma-separated header value; commas in quotes or in <> do not count. Empty elements vanish."""
    if '"' not in value and "<" not in value:
        return [element for part in value.split(",") if (element := part.strip(" \t"))]
    return [element for part in _split(_LIST_PIECE, ",", value) if (element := part.strip(" \t"))]


def _split(piece: re.Pattern[str], separator: str, value: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for match in piece.finditer(value):
        if match.group() == separator:
            parts.append([])
        else:
            parts[-1].append(match.group())
    return ["".join(part) for part in parts]


def unquote(value: str) -> str:
    """Undo the quoting of a quoted string; any other value stays as it is (RFC 3261 section 25.1)."""
    match = _QUOTED.fullmatch(value)
    return _QUOTED_PAIR.sub(r"\1", match.group(1)) if match else value


def quote(value: str) -> str:
    """Write a value as a quoted string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_params(name: str, text: str) -> Pairs:
    """Read ``;name=value`` parameters: `text` begins with a semicolon or is empty.

    Raises:
        ParlourError: SipHeaderInvalid for the header `name`.
    """
    if not text:
        return ()
    parts = text.split(";") if '"' not in text else _split(_PARAM_PIECE, ";", text)
    if parts[0].strip(" \t"):
        raise _fault(name, f'"{parts[0].strip()}" stands where a parameter should begin')
    return tuple(_param(name, part) for part in parts[1:])


def _param(header: str, part: str) -> tuple[str, str | None]:
    written, equals, written_value = part.partition("=")
    name, value = written.strip(" \t"), written_value.strip(" \t")
    if not TOKEN.fullmatch(name):
        raise _fault(header, f'"{name}" is not a parameter name')
    if not equals:
        return name, None
    if value.startswith('"') and not _QUOTED.fullmatch(value):
        raise _fault(header, f"the quoted value of {name} does not end")
    if not value or (" " in value and value[0] != '"'):
        raise _fault(header, f"the parameter {name} has no valid value")
    return name, value


def _find(params: Pairs, name: str) -> str | None:
    for key, value in params:
        if key.lower() == name:
            return unquote(value) if value else ""
    return None


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A From, To, Contact, Route … value: display name, URI as written, header parameters."""

    display: str
    uri: str
    params: Pairs = ()

    @property
    def tag(self) -> str | None:
        """The dialog tag, or None."""
        return _find(self.params, "tag")

    def param(self, name: str) -> str | None:
        """Return a parameter's value ('' if it has none), or None if it is absent."""
        return _find(self.params, name.lower())


@lru_cache(maxsize=_MAX_CACHED)
def parse_name_addr(value: str, header: str = "address") -> NameAddr:
    """Read a name-addr or addr-spec with its parameters (RFC 3261 sections 20.10 and 25.1).

    Args:
        value: one header value, not a list.
        header: the header's name, for the error.

    Raises:
        ParlourError: SipHeaderInvalid.
    """
    display, rest = _display(header, value.strip(" \t"))
    if not rest.startswith("<"):
        return _addr_spec(header, rest)
    uri, bracket, params = rest[1:].partition(">")
    if not bracket:
        raise _fault(header, "its < has no >")
    return NameAddr(display, _uri(header, uri), parse_params(header, params.lstrip(" \t")))


def _display(header: str, value: str) -> tuple[str, str]:
    if value.startswith('"'):
        return _quoted_display(header, value)
    display, bracket, rest = value.partition("<")
    if not bracket:
        return "", value
    if not _DISPLAY.fullmatch(display):
        raise _fault(header, "its display name must be quoted")
    return display.strip(" \t"), "<" + rest


def _quoted_display(header: str, value: str) -> tuple[str, str]:
    match = _QUOTED.match(value)
    rest = value[match.end():].lstrip(" \t") if match else ""
    if not rest.startswith("<"):
        raise _fault(header, "no < follows its display name")
    return unquote(match.group() if match else ""), rest


def _addr_spec(header: str, value: str) -> NameAddr:
    # Without <> a semicolon belongs to the header, and comma and question mark are not allowed (section 20.10).
    uri, semicolon, params = value.partition(";")
    if "?" in uri or "," in uri:
        raise _fault(header, "its URI must stand in <>")
    return NameAddr("", _uri(header, uri.rstrip(" \t")), parse_params(header, semicolon + params))


def _uri(header: str, uri: str) -> str:
    if not uri or _NO_URI.search(uri):
        raise _fault(header, "its URI is empty or has characters that no URI may")
    return uri


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value. `branch` is None with clients of RFC 2543 and, in dialogs, with pidgin-sipe."""

    protocol: str
    version: str
    transport: str
    host: str
    port: int | None
    params: Pairs = ()

    @property
    def branch(self) -> str | None:
        """The branch parameter, or None."""
        return self.param("branch")

    def param(self, name: str) -> str | None:
        """Return a parameter's value ('' if it has none), or None if it is absent."""
        return _find(self.params, name.lower())


@lru_cache(maxsize=_MAX_CACHED)
def parse_via(value: str) -> Via:
    """Read one Via value (RFC 3261 section 20.42).

    Raises:
        ParlourError: SipHeaderInvalid.
    """
    text = value.strip(" \t")
    sent = _VIA.match(text)
    by = _SENT_BY.match(text, sent.end()) if sent else None
    if not sent or not by:
        raise _fault("Via", "it is not protocol/version/transport and host")
    host, port = by.group(1), by.group(2)
    # Windows computer names may have underscores, which host names may not.
    if not is_host(host.replace("_", "-") if host[:1] != "[" else host) or (port and int(port) > 65535):
        raise _fault("Via", f'"{host}" is not a host, or its port is not valid')
    params = parse_params("Via", text[by.end():])
    return Via(sent.group(1), sent.group(2), sent.group(3), host, int(port) if port else None, params)


@dataclass(frozen=True, slots=True)
class CSeq:
    """A request's number and method."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@lru_cache(maxsize=_MAX_CACHED)
def parse_cseq(value: str) -> CSeq:
    """Read a CSeq value; its number is below 2**31 (RFC 3261 section 8.1.1.5).

    Raises:
        ParlourError: SipHeaderInvalid.
    """
    match = _CSEQ.fullmatch(value.strip(" \t"))
    if not match or not match.group(1).isascii():
        raise _fault("CSeq", "it is not a number and a method")
    return CSeq(parse_number("CSeq", match.group(1), _MAX_CSEQ), match.group(2))


def parse_number(header: str, value: str, largest: int) -> int:
    """Read a number of a header, at most `largest`.

    Raises:
        ParlourError: SipHeaderInvalid.
    """
    digits = value.strip(" \t")
    # The length first: Python takes quadratic time for numbers of many digits, and refuses thousands of them.
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or int(digits) > largest:
        raise _fault(header, f"it is not a number up to {largest}")
    return int(digits)


@dataclass(frozen=True, slots=True)
class AuthValue:
    """A challenge or credentials: the scheme, and parameters by their names in lower case."""

    scheme: str
    params: Mapping[str, str]


def parse_auth(value: str) -> AuthValue:
    """Read an Authorization, WWW-Authenticate or Authentication-Info value of the form ``Scheme name=value, …``.

    Raises:
        ParlourError: SipHeaderInvalid.
    """
    scheme, _, rest = value.strip(" \t").partition(" ")
    if not TOKEN.fullmatch(scheme):
        raise _fault("Authorization", "it has no scheme")
    params: dict[str, str] = {}
    position = 0
    while match := _AUTH_PARAM.match(rest, position):
        written, quoted, plain = match.groups()
        name = written.lower()
        if name in params:
            raise _fault("Authorization", f"{written} stands in it twice")
        params[name] = plain or (_QUOTED_PAIR.sub(r"\1", quoted) if quoted and "\\" in quoted else quoted or "")
        position = match.end()
    if rest[position:].strip(" \t,"):
        raise _fault("Authorization", "it is not a list of name=value")
    return AuthValue(scheme, params)


def render_auth(
    scheme: str, params: Mapping[str, str], unquoted: frozenset[str] = frozenset({"version"})
) -> str:
    """Write a challenge or credentials: every value quoted but those of `unquoted`."""
    parts = (f"{name}={value if name in unquoted else quote(value)}" for name, value in params.items())
    return f"{scheme} {', '.join(parts)}"


def _fault(header: str, reason: str) -> ParlourError:
    return ParlourError(SIP_HEADER_INVALID, header, name=header, reason=reason)
