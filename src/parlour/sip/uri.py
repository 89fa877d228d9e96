"""SIP and SIPS URIs, and whatever other URI may stand where one is expected (RFC 3261 sections 19.1 and 25.1)."""

import ipaddress
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from parlour.errors import SIP_URI_INVALID, ParlourError

# Rules of RFC 3261 section 25.1, by their names there. Each alternative begins with another character, so that
# matching is linear.
_ESCAPED = "%[0-9A-Fa-f]{2}"
_UNRESERVED = r"A-Za-z0-9\-_.!~*'()"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_USER = re.compile(rf"(?:[{_UNRESERVED}&=+$,;?/]|{_ESCAPED})+")
_PASSWORD = re.compile(rf"(?:[{_UNRESERVED}&=+$,]|{_ESCAPED})*")
_PARAM = re.compile(rf"(?:[{_UNRESERVED}\[\]/:&+$]|{_ESCAPED})+")
_HNAME = re.compile(rf"(?:[{_UNRESERVED}\[\]/?:+$]|{_ESCAPED})+")
_HVALUE = re.compile(rf"(?:[{_UNRESERVED}\[\]/?:+$]|{_ESCAPED})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_OPAQUE = re.compile(r"[^\x00-\x20<>\"\x7f]+")

_ESCAPE = re.compile(_ESCAPED)
_RESERVED = frozenset(";/?:@&=+$,")
_MAX_HOST = 255
_MAX_CACHED = 1024

# RFC 3261 section 19.1.4: these matter even if only one of two URIs has them. (`transport` is among them because
# a URI that leaves out a component never matches one that names the default.)
_DISTINGUISHING = frozenset({"user", "ttl", "method", "maddr", "transport"})

Pairs = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class SipUri:
    """A SIP or SIPS URI; its parts still escaped as they were written.

    Attributes:
        scheme: ``sip`` or ``sips``.
        user: user part, or None.
        password: password, or None.
        host: host name, IPv4 address or bracketed IPv6 reference.
        port: port number, or None.
        params: URI parameters in their order; None for one without a value.
        headers: URI headers in their order.
        text: the URI exactly as it was written.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None = None
    params: Pairs = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str = field(default="", compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a SIP or SIPS URI.

        Raises:
            ParlourError: SipUriInvalid, with the reason.
        """
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() not in ("sip", "sips"):
            raise _fault(text, "it does not begin with sip: or sips:")
        userinfo, at, rest = rest.rpartition("@")
        user, password = _userinfo(text, userinfo) if at else (None, None)
        rest, question, headers = rest.partition("?")
        hostport, semicolon, params = rest.partition(";")
        host, port = _hostport(text, hostport)
        return cls(
            scheme.lower(), user, password, host, port,
            _params(text, params) if semicolon else (), _headers(text, headers) if question else (), text)

    def param(self, name: str) -> str | None:
        """Return a parameter's value ('' if it has none), or None if it is absent."""
        wanted = name.lower()
        return next((value or "" for key, value in self.params if key.lower() == wanted), None)

    def equivalent(self, other: "SipUri") -> bool:
        """Compare by RFC 3261 section 19.1.4 (a relation that is not transitive, hence not ``==``)."""
        return (
            self.scheme == other.scheme
            and _unescape(self.user) == _unescape(other.user)
            and _unescape(self.password) == _unescape(other.password)
            and self.host.lower() == other.host.lower()
            and self.port == other.port
            and _same_params(self.params, other.params)
            and _header_set(self) == _header_set(other)
        )

    def __str__(self) -> str:
        return self.text or self._written()

    def _written(self) -> str:
        password = "" if self.password is None else f":{self.password}"
        userinfo = "" if self.user is None else f"{self.user}{password}@"
        port = "" if self.port is None else f":{self.port}"
        params = "".join(f";{key}" if value is None else f";{key}={value}" for key, value in self.params)
        headers = "&".join(f"{key}={value}" for key, value in self.headers)
        return f"{self.scheme}:{userinfo}{self.host}{port}{params}{'?' if headers else ''}{headers}"


@dataclass(frozen=True, slots=True)
class OtherUri:
    """An absolute URI of another scheme, e.g. ``tel:+1``; kept as it was written."""

    scheme: str
    text: str

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=_MAX_CACHED)
def parse_uri(text: str) -> SipUri | OtherUri:
    """Read any absolute URI; of other schemes than SIP's only the scheme is understood.

    Raises:
        ParlourError: SipUriInvalid, with the reason.
    """
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        raise _fault(text, "it has no scheme")
    if scheme.lower() in ("sip", "sips"):
        return SipUri.parse(text)
    if not _OPAQUE.fullmatch(rest):
        raise _fault(text, "it contains characters that no URI may")
    return OtherUri(scheme.lower(), text)


def _fault(text: str, reason: str) -> ParlourError:
    return ParlourError(SIP_URI_INVALID, text, uri=text, reason=reason)


def _userinfo(text: str, userinfo: str) -> tuple[str, str | None]:
    user, colon, password = userinfo.partition(":")
    if not _USER.fullmatch(user):
        raise _fault(text, "its user part is empty or has characters that must be escaped")
    if not _PASSWORD.fullmatch(password):
        raise _fault(text, "its password has characters that must be escaped")
    return user, password if colon else None


def _hostport(text: str, hostport: str) -> tuple[str, int | None]:
    if hostport.startswith("["):
        address, bracket, rest = hostport.partition("]")
        host, colon, port = address + bracket, rest[:1], rest[1:]
        if colon not in ("", ":"):
            raise _fault(text, "something follows its IPv6 address")
    else:
        host, colon, port = hostport.partition(":")
    if not is_host(host):
        raise _fault(text, "it has no valid host")
    return host, _port(text, port) if colon else None


def is_host(host: str) -> bool:
    """Say whether this is a host name, IPv4 address or bracketed IPv6 address."""
    if host.startswith("["):
        return host.endswith("]") and _is_ipv6(host[1:-1])
    return len(host) <= _MAX_HOST and _HOSTNAME.fullmatch(host) is not None


def _is_ipv6(address: str) -> bool:
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return "%" not in address  # a zone means nothing to others (RFC 3261 has no syntax for it)


def _port(text: str, port: str) -> int:
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise _fault(text, "its port is not a number up to 65535")
    return int(port)


def _params(text: str, params: str) -> Pairs:
    return tuple(_param(text, item) for item in params.split(";"))


def _param(text: str, item: str) -> tuple[str, str | None]:
    name, equals, value = item.partition("=")
    if not _PARAM.fullmatch(name) or (equals and not _PARAM.fullmatch(value)):
        raise _fault(text, f'"{item}" is not a parameter')
    return name, value if equals else None


def _headers(text: str, headers: str) -> tuple[tuple[str, str], ...]:
    return tuple(_header(text, item) for item in headers.split("&"))


def _header(text: str, item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not _HNAME.fullmatch(name) or not _HVALUE.fullmatch(value):
        raise _fault(text, f'"{item}" is not a header')
    return name, value


def _unescape(part: str | None) -> str | None:
    return part if part is None or "%" not in part else _ESCAPE.sub(_unescaped, part)


def _unescaped(match: re.Match[str]) -> str:
    # Only an unreserved character equals its escape: "%40" in a user part is no "@".
    character = chr(int(match.group()[1:], 16))
    return match.group().upper() if character in _RESERVED or character > "~" else character


def _same_params(ours: Pairs, theirs: Pairs) -> bool:
    mine, other = _param_map(ours), _param_map(theirs)
    return all(mine[name] == other[name] for name in mine.keys() & other.keys()) and not (
        (mine.keys() ^ other.keys()) & _DISTINGUISHING)


def _param_map(params: Pairs) -> dict[str, str]:
    return {(_unescape(name) or "").lower(): (_unescape(value) or "").lower() for name, value in params}


def _header_set(uri: SipUri) -> list[tuple[str, str]]:
    return sorted(((_unescape(name) or "").lower(), _unescape(value) or "") for name, value in uri.headers)
